/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hysteresis, flapping, and the state of a device, as tables of results and what they must lead to.
 */
#include "keepwatch/health.h"

#include <stdarg.h>
#include <stdlib.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <string.h>

static const struct health_params params = {
	.down_after = 2,
	.up_after = 1,
	.unknown_after = 3,
	.flap_high = 35,
	.flap_low = 15,
};

/* Feeds one letter a second: o OK, d degraded, f fail, e error. Returns the number of changes. */
static unsigned
feed(struct health_probe *probe, const char *results, int64_t *at_ms, struct health_change *last)
{
	unsigned changes = 0;

	for (; *results != '\0'; results++) {
		enum outcome outcome = *results == 'o'	 ? OUTCOME_OK
				       : *results == 'd' ? OUTCOME_DEGRADED
				       : *results == 'f' ? OUTCOME_FAIL
							 : OUTCOME_ERROR;
		struct health_change change = health_probe_update(
			probe, &params, outcome,
			outcome == OUTCOME_OK ? REASON_NONE : REASON_TIMEOUT, *at_ms);

		if (change.is_changed) {
			changes++;
			*last = change;
		}
		*at_ms += 1000;
	}
	return changes;
}

static void
test_tables(void **state)
{
	static const struct {
		const char *results;
		enum health after;
		unsigned changes;
	} rows[] = {
		{"", HEALTH_UNKNOWN, 0},
		{"o", HEALTH_UP, 1},
		{"f", HEALTH_UNKNOWN, 0},
		{"ff", HEALTH_DOWN, 1},
		{"of", HEALTH_UP, 1}, /* one lost run changes nothing */
		{"ofo", HEALTH_UP, 1},
		{"ofofofo", HEALTH_UP, 1}, /* nor several, one at a time */
		{"off", HEALTH_DOWN, 2},
		{"offo", HEALTH_UP, 3},
		{"odd", HEALTH_DEGRADED, 2},
		{"odf", HEALTH_DOWN, 2}, /* two in a row that are not up */
		{"offd", HEALTH_DEGRADED, 3},
		{"dd", HEALTH_DEGRADED, 1},
		{"oe", HEALTH_UP, 1}, /* what could not be tried says nothing */
		{"oefeo", HEALTH_UP, 1},
		{"oeee", HEALTH_UNKNOWN, 2},
		{"eee", HEALTH_UNKNOWN, 0},
		{"offeeeo", HEALTH_UP, 4},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct health_probe probe = {0};
		struct health_change last = {0};
		int64_t at_ms = 1000;

		assert_int_equal(feed(&probe, rows[i].results, &at_ms, &last), rows[i].changes);
		assert_int_equal(probe.state, rows[i].after);
	}
}

static void
test_since_is_the_onset(void **state)
{
	struct health_probe probe = {0};
	struct health_change last = {0};
	int64_t at_ms = 1000;

	(void)state;
	feed(&probe, "ooo", &at_ms, &last);
	assert_int_equal(probe.since_ms, 1000);
	feed(&probe, "f", &at_ms, &last);
	assert_int_equal(probe.streak, 1);
	feed(&probe, "f", &at_ms, &last);
	/* Down since the first failure at 4 s, not since it was believed. */
	assert_int_equal(probe.since_ms, 4000);
	assert_int_equal(last.since_ms, 4000);
	assert_int_equal(last.from, HEALTH_UP);
	assert_int_equal(last.to, HEALTH_DOWN);
	assert_int_equal(last.reason, REASON_TIMEOUT);
}

static void
test_flapping(void **state)
{
	struct health_probe probe = {0};
	struct health_change last = {0};
	int64_t at_ms = 1000;

	(void)state;
	feed(&probe, "oooooooooo", &at_ms, &last);
	assert_int_equal(health_flap_percent(&probe), 0);
	/* One lost run in a while is no flapping. */
	feed(&probe, "fooooooooo", &at_ms, &last);
	assert_false(probe.is_flapping);
	/* Every other run lost is, though none of it ever was believed to be down. */
	feed(&probe, "fofofofofo", &at_ms, &last);
	assert_true(probe.is_flapping);
	assert_int_equal(probe.state, HEALTH_UP);
	feed(&probe, "oooooooooooooooooooo", &at_ms, &last);
	assert_false(probe.is_flapping);
	/* Going down for good is no flapping either. */
	feed(&probe, "ffffffffff", &at_ms, &last);
	assert_false(probe.is_flapping);
}

static enum health
combine(const char *states, bool reach_was_up)
{
	struct health_probe probes[4] = {0};
	struct health_input inputs[4];
	enum reason reason;
	int64_t since_ms;
	size_t n = strlen(states);

	for (size_t i = 0; i < n; i++) {
		probes[i].state = (uint8_t)(states[i] == 'u'   ? HEALTH_UP
					    : states[i] == 'd' ? HEALTH_DEGRADED
					    : states[i] == 'x' ? HEALTH_DOWN
							       : HEALTH_UNKNOWN);
		probes[i].since_ms = 1000 * (int64_t)(i + 1);
		probes[i].was_up = i > 0 || reach_was_up;
		inputs[i] = (struct health_input){&probes[i], i == 0, false};
	}
	return health_combine(inputs, n, &reason, &since_ms);
}

static void
test_combine(void **state)
{
	(void)state;
	assert_int_equal(combine("", true), HEALTH_UNKNOWN);
	assert_int_equal(combine("??", true), HEALTH_UNKNOWN);
	assert_int_equal(combine("u", true), HEALTH_UP);
	assert_int_equal(combine("u?", true), HEALTH_UP);
	assert_int_equal(combine("uu", true), HEALTH_UP);
	assert_int_equal(combine("ux", true), HEALTH_DEGRADED); /* answers, a service is broken */
	assert_int_equal(combine("ud", true), HEALTH_DEGRADED);
	assert_int_equal(combine("xx", true), HEALTH_DOWN);
	assert_int_equal(combine("x?", true), HEALTH_DOWN);
	assert_int_equal(combine("xu", true), HEALTH_DEGRADED);
	assert_int_equal(combine("xu", false), HEALTH_UP); /* ICMP never answered: filtered */
	assert_int_equal(combine("xx", false), HEALTH_DOWN);
	assert_int_equal(combine("x", false), HEALTH_DOWN);
}

/* ICMP falls silent, SNMP two seconds later: one change of the device, not degraded and then down.
 */
static void
test_device_waits_for_its_probes(void **state)
{
	struct health_probe probes[2] = {0};
	struct health_input inputs[2] = {{&probes[0], true, false}, {&probes[1], false, false}};
	struct health_device device = {0};
	struct health_change change, last = {0};
	int64_t at_ms = 1000;

	(void)state;
	feed(&probes[0], "o", &at_ms, &last);
	feed(&probes[1], "o", &at_ms, &last);
	change = health_device_update(&device, inputs, 2, at_ms, 30000);
	assert_true(change.is_changed);
	assert_int_equal(change.to, HEALTH_UP);
	feed(&probes[0], "ff", &at_ms, &last);
	inputs[1].is_pending = true;
	change = health_device_update(&device, inputs, 2, at_ms, 30000);
	assert_false(change.is_changed);
	inputs[1].is_pending = false;
	feed(&probes[1], "f", &at_ms, &last);
	change = health_device_update(&device, inputs, 2, at_ms, 30000);
	assert_false(change.is_changed);
	assert_true(change.is_unsettled);
	feed(&probes[1], "f", &at_ms, &last);
	change = health_device_update(&device, inputs, 2, at_ms, 30000);
	assert_true(change.is_changed);
	assert_int_equal(change.from, HEALTH_UP);
	assert_int_equal(change.to, HEALTH_DOWN);
	/* Dark since the last of them fell silent. */
	assert_int_equal(change.since_ms, probes[1].since_ms);
}

static void
test_device_does_not_wait_for_ever(void **state)
{
	struct health_probe probes[2] = {0};
	struct health_input inputs[2] = {{&probes[0], true, false}, {&probes[1], false, true}};
	struct health_device device = {.state = HEALTH_UP, .since_ms = 1};
	struct health_change last = {0};
	int64_t at_ms = 1000;

	(void)state;
	feed(&probes[0], "off", &at_ms, &last);
	feed(&probes[1], "o", &at_ms, &last);
	assert_false(health_device_update(&device, inputs, 2, at_ms, 30000).is_changed);
	assert_false(health_device_update(&device, inputs, 2, at_ms + 29999, 30000).is_changed);
	assert_true(health_device_update(&device, inputs, 2, at_ms + 30000, 30000).is_changed);
	assert_int_equal(device.state, HEALTH_DEGRADED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_tables),
		cmocka_unit_test(test_since_is_the_onset),
		cmocka_unit_test(test_flapping),
		cmocka_unit_test(test_combine),
		cmocka_unit_test(test_device_waits_for_its_probes),
		cmocka_unit_test(test_device_does_not_wait_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
