/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the tests of SNMPv3 exchanges share: the command generator, and up to two agents, each with
 * a peer of its own.
 */
#ifndef KEEPWATCH_TESTS_SNMP_V3_RIG_H
#define KEEPWATCH_TESTS_SNMP_V3_RIG_H

#include "v3_agent.h"

#include "keepwatch/snmpc.h"

enum { V3_SIDES = 2 };

struct v3_side {
	struct v3_agent agent;
	struct credential credential;
	struct snmpc_peer *peer;
	struct snmpc_request request;
	bool is_open;
	uint16_t retries; /* of the requests to come */
	unsigned done;
	enum reason reason;
	uint64_t ticks;
	uint16_t sent, lost;
	uint32_t rtt_us;
};

struct v3_lab {
	uv_loop_t uv;
	struct net_loop *loop;
	struct snmpc *snmpc;
	struct v3_side sides[V3_SIDES];
	/* of the attacker */
	enum v3_kind kind;
	int fd;		/* speaks from here; -1: as the agent */
	bool has_no_id; /* does not know the msgID */
};

int v3_setup(void **state);
int v3_teardown(void **state);
struct v3_side *v3_open_side(struct v3_lab *lab, size_t i, const char *ip, const char *engine_id,
			     const char *user, const char *password);
/* One on 127.0.0.1. */
struct v3_side *v3_open_one(struct v3_lab *lab);
void v3_start(struct v3_side *side, uint32_t timeout_ms);
void v3_await(struct v3_lab *lab, const struct v3_side *side);
/* Starts one and awaits it. */
void v3_get(struct v3_lab *lab, struct v3_side *side, uint32_t timeout_ms);
void v3_assert_answered(const struct v3_side *side);
/* What is believed of the engine is what the agent is. */
void v3_assert_engine(const struct v3_side *side);

#endif
