/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ICMP echo against this machine's own kernel on loopback: many at once, cancelling, bad requests.
 */
#include "keepwatch/err.h"

#include "../net/icmp_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

enum { MANY = 3000 };

static void
loopback_answers(struct icmp_rig *f, const char *text)
{
	static const uint16_t sizes[] = {ICMP_ECHO_SIZE_MIN, 57, ICMP_ECHO_SIZE_MAX};
	struct icmp_target target;

	if (icmp_engine_socket(f->engine, icmp_rig_address(text).family) == ICMP_SOCKET_NONE)
		skip();
	for (size_t i = 0; i < 3; i++) {
		icmp_target_init(&target, text);
		target.echo.size = sizes[i];
		icmp_rig_ping(f, &target);
		icmp_target_assert_answered(&target);
	}
}

static void
ipv4_loopback_answers(void **state)
{
	icmp_rig_open(*state);
	loopback_answers(*state, "127.0.0.1");
}

static void
ipv6_loopback_answers(void **state)
{
	struct icmp_rig *f = *state;

	icmp_rig_open(f);
	net_loop_set_eager(f->loop, true);
	loopback_answers(f, "::1");
}

static void
thousands_at_once(void **state)
{
	struct icmp_rig *f = *state;
	struct icmp_target *targets = test_calloc(MANY, sizeof(*targets));
	size_t answered = 0;

	icmp_rig_open(f);
	for (size_t i = 0; i < MANY; i++) {
		icmp_target_init(&targets[i], "127.9.0.1");
		targets[i].echo.to.bytes[2] = (uint8_t)(i / 200);
		targets[i].echo.to.bytes[3] = (uint8_t)(i % 200 + 1);
		targets[i].echo.count = 1;
		targets[i].echo.timeout_ms = 5000;
		assert_int_equal(icmp_echo_start(f->engine, &targets[i].echo), 0);
	}
	for (size_t i = 0; i < MANY; i++) {
		icmp_rig_wait(f, &targets[i], 1);
		answered += targets[i].echo.received;
	}
	assert_int_equal(answered, MANY);
	assert_int_equal(icmp_engine_stats(f->engine).dropped, 0);
	test_free(targets);
}

static void
it_can_be_started_again_by_its_callback(void **state)
{
	struct icmp_rig *f = *state;
	struct icmp_target target;

	icmp_rig_open(f);
	icmp_target_init(&target, "127.0.0.1");
	target.again = 50;
	assert_int_equal(icmp_echo_start(f->engine, &target.echo), 0);
	icmp_rig_wait(f, &target, 51);
	icmp_target_assert_answered(&target);
}

static void
a_cancelled_one_is_never_done(void **state)
{
	struct icmp_rig *f = *state;
	struct icmp_target waiting, flying, other, peer;

	icmp_rig_open(f);
	icmp_target_init(&waiting, "127.0.0.2");
	icmp_target_init(&flying, "127.0.0.3");
	icmp_target_init(&other, "127.0.0.4");
	icmp_target_init(&peer, "127.0.0.5");
	flying.echo.gap_ms = 60;
	other.also_cancel = &flying;
	peer.echo.gap_ms = 100;
	assert_int_equal(icmp_echo_start(f->engine, &waiting.echo), 0);
	icmp_echo_cancel(&waiting.echo);
	icmp_echo_cancel(&waiting.echo);
	assert_int_equal(icmp_echo_start(f->engine, &flying.echo), 0);
	assert_int_equal(icmp_echo_start(f->engine, &peer.echo), 0);
	icmp_rig_ping(f, &other);
	icmp_rig_wait(f, &peer, 1);
	assert_int_equal(waiting.dones, 0);
	assert_int_equal(flying.dones, 0);
	assert_in_range(flying.echo.sent, 1, 2);
}

static void
bad_requests_are_refused(void **state)
{
	struct icmp_rig *f = *state;
	struct icmp_target target;

	icmp_rig_open(f);
	icmp_target_init(&target, "127.0.0.1");
	target.echo.count = 0;
	assert_int_equal(icmp_echo_start(f->engine, &target.echo), ERR_INVAL);
	target.echo.count = ICMP_ECHO_COUNT_MAX + 1;
	assert_int_equal(icmp_echo_start(f->engine, &target.echo), ERR_INVAL);
	target.echo.count = ICMP_ECHO_COUNT_MAX;
	target.echo.size = ICMP_ECHO_SIZE_MIN - 1;
	assert_int_equal(icmp_echo_start(f->engine, &target.echo), ERR_INVAL);
	target.echo.size = ICMP_ECHO_SIZE_MIN;
	target.echo.timeout_ms = 0;
	assert_int_equal(icmp_echo_start(f->engine, &target.echo), ERR_INVAL);
	target.echo.timeout_ms = 100;
	target.echo.to.family = 0;
	assert_int_equal(icmp_echo_start(f->engine, &target.echo), ERR_UNSUPPORTED);
}

/* The most echoes that a request can have, each settled once. */
static void
twenty_echoes(void **state)
{
	struct icmp_rig *f = *state;
	struct icmp_target target;

	icmp_rig_open(f);
	icmp_target_init(&target, "127.0.0.1");
	target.echo.count = ICMP_ECHO_COUNT_MAX;
	target.echo.gap_ms = 0;
	icmp_rig_ping(f, &target);
	icmp_target_assert_answered(&target);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, icmp_rig_setup, icmp_rig_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ipv4_loopback_answers),
		TEST(ipv6_loopback_answers),
		TEST(thousands_at_once),
		TEST(it_can_be_started_again_by_its_callback),
		TEST(a_cancelled_one_is_never_done),
		TEST(bad_requests_are_refused),
		TEST(twenty_echoes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
