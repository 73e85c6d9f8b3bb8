/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the tests of the ICMP engine share.
 */
#include "icmp_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

struct ipaddr
icmp_rig_address(const char *text)
{
	struct ipaddr addr;

	assert_int_equal(ipaddr_parse(text, &addr), 0);
	return addr;
}

static void
on_done(struct icmp_echo *echo)
{
	struct icmp_target *target = (struct icmp_target *)echo;

	target->dones++;
	if (target->also_cancel != NULL)
		icmp_echo_cancel(&target->also_cancel->echo);
	if (target->again > 0) {
		target->again--;
		assert_int_equal(icmp_echo_start(echo->p.engine, echo), 0);
	}
}

void
icmp_target_init(struct icmp_target *target, const char *text)
{
	memset(target, 0, sizeof(*target));
	target->echo = (struct icmp_echo){.to = icmp_rig_address(text),
					  .done = on_done,
					  .timeout_ms = 400,
					  .gap_ms = 20,
					  .size = 56,
					  .count = 3};
}

static void
on_deadline(struct net_timer *timer)
{
	((struct icmp_rig *)((char *)timer - offsetof(struct icmp_rig, deadline)))->is_over = true;
}

int
icmp_rig_setup(void **state)
{
	struct icmp_rig *f = test_calloc(1, sizeof(*f));

	assert_int_equal(uv_loop_init(&f->uv), 0);
	assert_int_equal(net_loop_open(&f->loop, &f->uv, 10), 0);
	net_timer_init(&f->deadline, on_deadline);
	f->tun = -1;
	*state = f;
	return 0;
}

int
icmp_rig_teardown(void **state)
{
	struct icmp_rig *f = *state;

	icmp_engine_close(f->engine);
	net_timer_stop(f->loop, &f->deadline);
	net_loop_close(f->loop);
	if (f->has_tun) {
		uv_close((uv_handle_t *)&f->tun_poll, NULL);
		uv_run(&f->uv, UV_RUN_DEFAULT);
		close(f->tun);
	}
	uv_run(&f->uv, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->uv), 0);
	test_free(f);
	return 0;
}

void
icmp_rig_open(struct icmp_rig *f)
{
	if (icmp_engine_open(&f->engine, f->loop) != 0)
		skip();
}

void
icmp_rig_wait(struct icmp_rig *f, struct icmp_target *target, int dones)
{
	f->is_over = false;
	net_timer_start(f->loop, &f->deadline, 10000);
	while (target->dones < dones && !f->is_over)
		uv_run(&f->uv, UV_RUN_ONCE);
	net_timer_stop(f->loop, &f->deadline);
	assert_int_equal(target->dones, dones);
}

/* Starts it, and waits until it is done. */
void
icmp_rig_ping(struct icmp_rig *f, struct icmp_target *target)
{
	assert_int_equal(icmp_echo_start(f->engine, &target->echo), 0);
	assert_int_equal(target->dones, 0);
	icmp_rig_wait(f, target, 1);
}

void
icmp_target_assert_answered(const struct icmp_target *target)
{
	const struct icmp_echo *echo = &target->echo;

	assert_int_equal(echo->sent, echo->count);
	assert_int_equal(echo->received, echo->count);
	assert_false(echo->is_unreachable);
	assert_in_range(echo->rtt_min_us, 1, icmp_echo_rtt_avg_us(echo));
	assert_in_range(icmp_echo_rtt_avg_us(echo), 1, echo->rtt_max_us);
	assert_in_range(echo->rtt_max_us, 1, 400000);
}
