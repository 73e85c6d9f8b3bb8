/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An ICMP engine on a loop, and requests that count how often they were done: what the tests of the
 * engine share.
 */
#ifndef TESTS_NET_ICMP_RIG_H
#define TESTS_NET_ICMP_RIG_H

#include "keepwatch/icmp.h"

struct icmp_rig {
	uv_loop_t uv;
	struct net_loop *loop;
	struct icmp_engine *engine;
	struct net_timer deadline;
	bool is_over;
	/* The far end, of the test that has one. */
	uv_poll_t tun_poll;
	int tun;
	bool has_tun;
	int behaviour;
	size_t requests;
	uint8_t first[2048];
	size_t first_len;
};

struct icmp_target {
	struct icmp_echo echo; /* first */
	int dones, again;
	struct icmp_target *also_cancel;
};

int icmp_rig_setup(void **state);
int icmp_rig_teardown(void **state);
/* Opens the engine, or skips the test. */
void icmp_rig_open(struct icmp_rig *f);
/* Runs the loop until the target was done so often; fails after 10 s. */
void icmp_rig_wait(struct icmp_rig *f, struct icmp_target *target, int dones);
/* Starts it, and waits until it is done. */
void icmp_rig_ping(struct icmp_rig *f, struct icmp_target *target);
/* Three echoes, 20 ms apart, 400 ms each. */
void icmp_target_init(struct icmp_target *target, const char *text);
void icmp_target_assert_answered(const struct icmp_target *target);
struct ipaddr icmp_rig_address(const char *text);

#endif
