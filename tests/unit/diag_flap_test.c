/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Switches that fail now and then, and devices that do: told from who drops out with whom.
 */
#include "diag_world.h"

static void
cut(struct world *w, uint32_t from, uint32_t to, bool is_cut)
{
	for (uint32_t id = from; id <= to; id++)
		w->things[id].is_cut = is_cut;
}

/* Out for so long at the beginning of some minutes in a row of six. */
static void
blink(struct world *w, uint32_t from, uint32_t to, uint32_t seconds, unsigned times)
{
	for (unsigned k = 0; k < times; k++) {
		cut(w, from, to, true);
		world_run(w, seconds);
		cut(w, from, to, false);
		world_run(w, 360 - seconds);
	}
}

static bool
has_said(const struct world *w, enum verdict verdict, uint32_t blame)
{
	for (size_t i = 0; i < w->told_count; i++)
		if (w->told[i].verdict == verdict && w->told[i].blame.id == blame)
			return true;
	return false;
}

/* Nobody is sent to a device. */
static void
assert_no_dispatch(const struct world *w)
{
	assert_null(strstr(w->log, verdict_name(VERDICT_DEVICE_HW)));
	assert_null(strstr(w->log, verdict_name(VERDICT_CABLE_PORT)));
}

static void
forget_snmp(struct world *w)
{
	for (uint32_t id = 1; id < WORLD_NODES; id++)
		w->things[id].has_snmp = false;
}

static void
test_switch_that_blinks(void **state)
{
	struct world *w = world_new();

	(void)state;
	blink(w, 10, 10, 40, 2);
	assert_true(has_said(w, VERDICT_SWITCH_FLAP, 10));
	blink(w, 10, 10, 40, 2);
	/* Two cameras are polled at other seconds, and never seen to drop out. */
	assert_string_equal(world_says(w), "1 uplink 10 [100-101 103-104] it_network closed\n"
					   "2 switch_flap 10 [100-101 103-104] it_network open\n");
	assert_int_equal(w->told[1].alerts, 1);
	assert_no_dispatch(w);
	world_free(w);
}

/* Stable for twenty cycles it is over, and what was told does not open it again. */
static void
test_flap_closes(void **state)
{
	struct world *w = world_new();
	size_t told;

	(void)state;
	blink(w, 10, 10, 40, 3);
	world_minutes(w, 12);
	assert_non_null(
		strstr(world_says(w), "switch_flap 10 [100-101 103-104] it_network open\n"));
	world_minutes(w, 10);
	assert_non_null(
		strstr(world_says(w), "switch_flap 10 [100-101 103-104] it_network closed\n"));
	told = w->told_count;
	world_minutes(w, 30);
	assert_int_equal(w->told_count, told);
	world_free(w);
}

/* Between bursts all works, and that is told; it is open all the same. */
static void
test_healed_between_bursts(void **state)
{
	struct world *w = world_new();
	size_t events;

	(void)state;
	blink(w, 10, 10, 40, 3);
	assert_non_null(strstr(world_says(w), "switch_flap 10 [100-101 103-104] it_network open"));
	world_minutes(w, 3);
	assert_non_null(strstr(w->log, " healed switch_flap "));
	w->log[0] = '\0';
	events = w->event_count;
	world_minutes(w, 5);
	assert_int_equal(w->event_count, events); /* once */
	blink(w, 10, 10, 40, 1);
	assert_non_null(strstr(w->log, " grown switch_flap "));
	assert_non_null(strstr(w->log, " healed switch_flap "));
	assert_null(strstr(w->log, " opened switch_flap "));
	world_free(w);
}

/* No SNMP anywhere: the cameras say it. */
static void
test_blind(void **state)
{
	struct world *w = world_plan();

	(void)state;
	forget_snmp(w);
	world_tell(w);
	world_minutes(w, 10);
	w->things[10].is_mute = true; /* nor does it answer ping */
	world_minutes(w, 10);
	blink(w, 100, 105, 40, 4);
	assert_true(has_said(w, VERDICT_SWITCH_FLAP, 10));
	assert_no_dispatch(w);
	world_free(w);
}

/* Four cameras behind one port drop out together, and the others stay up. */
static void
test_unmanaged_switch_on_a_port(void **state)
{
	struct world *w = world_plan();

	(void)state;
	for (uint32_t id = 100; id < 104; id++) {
		w->things[id].real_port = 1;
		w->things[id].parents[0].port = 1;
	}
	forget_snmp(w);
	world_tell(w);
	world_minutes(w, 10);
	blink(w, 100, 103, 40, 4);
	assert_true(has_said(w, VERDICT_SWITCH_FLAP, 10));
	assert_no_dispatch(w);
	world_free(w);
}

/* One bad camera does not incriminate the switch, even if a neighbour once goes with it. */
static void
test_one_bad_camera(void **state)
{
	struct world *w = world_new();

	(void)state;
	blink(w, 100, 101, 70, 1);
	for (unsigned k = 0; k < 5; k++)
		blink(w, 100, 100, 70, 1);
	assert_false(has_said(w, VERDICT_SWITCH_FLAP, 10));
	assert_true(has_said(w, VERDICT_DEVICE_HW, 100));
	assert_false(has_said(w, VERDICT_DEVICE_HW, 101));
	world_free(w);
}

/* A port that counts errors with every reading: one drop-out is enough. */
static void
test_worn_cable(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->things[102].errors = 20;
	world_minutes(w, 6);
	assert_int_equal(w->told_count, 0);
	blink(w, 102, 102, 70, 1);
	assert_string_equal(world_says(w), "1 cable_port 102 [102] integrator open\n");
	world_free(w);
}

/* Outages above are no bursts of the switches below. */
static void
test_uplink_of_the_site(void **state)
{
	struct world *w = world_new();

	(void)state;
	blink(w, 2, 2, 130, 3);
	for (uint32_t id = 10; id <= 13; id++)
		assert_false(has_said(w, VERDICT_SWITCH_FLAP, id));
	assert_no_dispatch(w);
	world_free(w);
}

/* A distribution switch that fails again and again is to blame, not those behind it. */
static void
test_distribution_switch(void **state)
{
	struct world *w = world_new();

	(void)state;
	blink(w, 4, 4, 130, 4);
	assert_true(has_said(w, VERDICT_SWITCH_FLAP, 4));
	assert_false(has_said(w, VERDICT_SWITCH_FLAP, 10));
	assert_false(has_said(w, VERDICT_SWITCH_FLAP, 11));
	assert_no_dispatch(w);
	world_minutes(w, 25);
	assert_non_null(strstr(world_says(w), "switch_flap 4 [100-105 110-115] it_network closed"));
	world_free(w);
}

static void
test_maintenance_is_no_burst(void **state)
{
	struct world *w = world_new();
	struct evidence e = {.kind = EVIDENCE_MAINTENANCE, .node = 10, .at_ms = w->now_ms};

	(void)state;
	e.window.from_ms = w->now_ms;
	e.window.to_ms = w->now_ms + INT64_C(3600000);
	world_take(w, e);
	blink(w, 10, 10, 40, 4);
	assert_false(has_said(w, VERDICT_SWITCH_FLAP, 10));
	assert_no_dispatch(w);
	world_free(w);
}

/* How often it is asked for conclusions does not change them. */
static void
test_ticks(void **state)
{
	struct world *a = world_new(), *b = world_new();

	(void)state;
	b->tick_s = 1;
	blink(a, 10, 10, 40, 4);
	blink(b, 10, 10, 40, 4);
	assert_int_equal(a->told_count, 2);
	assert_int_equal(a->told[1].verdict, VERDICT_SWITCH_FLAP);
	assert_string_equal(world_says(a), world_says(b));
	assert_true(llabs(a->told[1].opened_ms - b->told[1].opened_ms) <= 15000);
	world_free(a);
	world_free(b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_switch_that_blinks),
		cmocka_unit_test(test_flap_closes),
		cmocka_unit_test(test_healed_between_bursts),
		cmocka_unit_test(test_blind),
		cmocka_unit_test(test_unmanaged_switch_on_a_port),
		cmocka_unit_test(test_one_bad_camera),
		cmocka_unit_test(test_worn_cable),
		cmocka_unit_test(test_uplink_of_the_site),
		cmocka_unit_test(test_distribution_switch),
		cmocka_unit_test(test_maintenance_is_no_burst),
		cmocka_unit_test(test_ticks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
