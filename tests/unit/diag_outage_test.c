/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Outages of switches, sites, power zones and the monitor: the class, and its neighbours.
 */
#include "diag_world.h"

/* Dead from now on, with what its neighbours see of it. */
static void
kill_node(struct world *w, uint32_t id)
{
	w->things[id].is_dead = true;
	w->things[id].link_ms = w->now_ms;
}

static void
revive(struct world *w, uint32_t id)
{
	w->things[id].is_dead = false;
	w->things[id].boot_ms = w->things[id].link_ms = w->now_ms;
}

static void
trap(struct world *w, uint32_t id, enum trap_hint hint)
{
	struct evidence e = {.kind = EVIDENCE_TRAP, .node = id, .at_ms = w->now_ms};

	e.trap.hint = (uint8_t)hint;
	world_take(w, e);
}

static void
test_dead_switch_that_restarts(void **state)
{
	struct world *w = world_new();

	(void)state;
	kill_node(w, 10);
	world_minutes(w, 4);
	assert_string_equal(world_says(w), "1 switch_down 10 [100-105] it_network open\n");
	revive(w, 10);
	world_minutes(w, 10);
	assert_string_equal(world_says(w), "1 switch_down 10 [100-105] it_network closed\n");
	assert_int_equal(w->told[0].alerts, 1);
	assert_true(w->told[0].confidence > 0.9F);
	world_free(w);
}

static void
test_dying_gasp_tells_at_once(void **state)
{
	struct world *w = world_new();

	(void)state;
	trap(w, 10, TRAP_HINT_DYING_GASP);
	kill_node(w, 10);
	world_minutes(w, 3);
	assert_string_equal(world_says(w), "1 switch_down 10 [100-105] it_network open\n");
	assert_true(w->told[0].confidence > 0.9F);
	world_free(w);
}

static void
test_uplink_keeps_uptime(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->things[10].is_cut = true;
	world_minutes(w, 4);
	assert_int_equal(w->told_count, 1); /* as yet it may be either */
	assert_true(w->told[0].confidence < 0.75F);
	w->things[10].is_cut = false;
	world_minutes(w, 10);
	assert_string_equal(world_says(w), "1 uplink 10 [100-105] it_network closed\n");
	world_free(w);
}

static void
test_uplink_with_errors_on_the_parent(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->things[10].errors = 200;
	world_minutes(w, 3);
	w->things[10].is_cut = true;
	world_minutes(w, 4);
	assert_string_equal(world_says(w), "1 uplink 10 [100-105] it_network open\n");
	world_free(w);
}

static void
test_uplink_shut_by_hand(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->things[10].is_admin_down = true;
	world_minutes(w, 4);
	assert_string_equal(world_says(w), "1 uplink 10 [100-105] it_network open\n");
	assert_true(w->told[0].confidence > 0.9F);
	world_free(w);
}

static void
test_distribution_switch_takes_what_hangs_on_it_alone(void **state)
{
	struct world *w = world_new();

	(void)state;
	kill_node(w, 4);
	world_minutes(w, 4);
	/* 13 has another way, by 5. */
	assert_string_equal(world_says(w), "1 switch_down 4 [100-105 110-115] it_network open\n");
	world_free(w);
}

static void
test_dual_homed_switch_hangs_on_what_both_ways_share(void **state)
{
	struct world *w = world_new();

	(void)state;
	kill_node(w, 3);
	world_minutes(w, 4);
	assert_string_equal(world_says(w),
			    "1 switch_down 3 [100-105 110-115 120-125 130-135] it_network open\n");
	revive(w, 3);
	world_minutes(w, 10);
	assert_int_equal(w->told[0].last, INCIDENT_CLOSED);
	/* And it is to blame itself when it alone dies. */
	kill_node(w, 13);
	world_minutes(w, 4);
	assert_int_equal(w->told_count, 2);
	assert_int_equal(w->told[1].blame.id, 13);
	assert_int_equal(w->told[1].device_count, 6);
	world_free(w);
	/* One of its ways does not explain it. */
	w = world_new();
	kill_node(w, 5);
	world_minutes(w, 5);
	assert_string_equal(world_says(w), "1 switch_down 5 [120-125] it_network open\n");
	kill_node(w, 13);
	world_minutes(w, 5);
	assert_string_equal(world_says(w), "1 switch_down 5 [120-125] it_network open\n"
					   "2 switch_down 13 [130-135] it_network open\n");
	world_free(w);
}

static void
test_site(void **state)
{
	struct world *w = world_new();

	(void)state;
	kill_node(w, 22);
	world_minutes(w, 4);
	assert_string_equal(world_says(w), "1 wan 22 [300-305] it_network open\n");
	revive(w, 22);
	world_minutes(w, 10);
	assert_string_equal(world_says(w), "1 wan 22 [300-305] it_network closed\n");
	world_free(w);
}

static void
test_core_that_answers_is_not_left_to_blame(void **state)
{
	struct world *w = world_new();

	(void)state;
	kill_node(w, 4);
	kill_node(w, 5);
	world_minutes(w, 10);
	/* At first it may be the core; it answers ever since. */
	for (size_t i = 0; i < w->told_count; i++) {
		assert_true(w->told[i].verdict != VERDICT_WAN);
		assert_true(w->told[i].blame.id != 3 || w->told[i].closed_ms != 0);
		assert_true(verdict_is_device_innocent(w->told[i].verdict));
	}
	world_free(w);
}

static void
test_monitor_without_gateway_trusts_nobody(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->is_gateway_out = true;
	world_minutes(w, 4);
	assert_string_equal(world_says(w), "1 monitor 1 [100-105 110-115 120-125 130-135 300-305] "
					   "monitor_admin open\n");
	w->is_gateway_out = false;
	world_minutes(w, 10);
	assert_int_equal(w->told_count, 1);
	assert_int_equal(w->told[0].last, INCIDENT_CLOSED);
	world_free(w);
}

static void
test_monitor_that_is_late(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->lag_ms = 9000;
	for (uint32_t i = 0; i < 4; i++)
		w->things[100 + 10 * i].is_cut = true;
	world_minutes(w, 6);
	assert_int_equal(w->told_count, 1);
	assert_int_equal(w->told[0].verdict, VERDICT_MONITOR);
	for (uint32_t i = 0; i < 4; i++)
		w->things[100 + 10 * i].is_cut = false;
	w->lag_ms = 0;
	world_minutes(w, 10);
	assert_int_equal(w->told_count, 1);
	assert_int_equal(w->told[0].last, INCIDENT_CLOSED);
	world_free(w);
}

static void
test_power_zone(void **state)
{
	struct world *w = world_plan();

	(void)state;
	w->things[10].zone = w->things[12].zone = 7;
	world_tell(w);
	world_minutes(w, 10);
	kill_node(w, 10);
	kill_node(w, 12);
	world_minutes(w, 4);
	assert_string_equal(world_says(w),
			    "1 power_loss zone 7 [100-105 120-125] facilities_power open\n");
	revive(w, 10);
	world_minutes(w, 10);
	assert_int_equal(w->told[0].last == INCIDENT_CLOSED, 0); /* 12 is still without */
	revive(w, 12);
	world_minutes(w, 10);
	assert_int_equal(w->told[0].last, INCIDENT_CLOSED);
	assert_int_equal(w->told_count, 1);
	world_free(w);
}

static void
test_power_without_zones(void **state)
{
	struct world *w = world_new();

	(void)state;
	kill_node(w, 10);
	kill_node(w, 12);
	world_minutes(w, 4);
	assert_int_equal(w->told_count, 1);
	assert_int_equal(w->told[0].verdict, VERDICT_POWER_LOSS);
	assert_int_equal(w->told[0].blame.type, BLAME_NODE);
	assert_int_equal(w->told[0].device_count, 12);
	world_free(w);
}

static void
test_different_zones_share_no_power(void **state)
{
	struct world *w = world_plan();

	(void)state;
	w->things[10].zone = 7;
	w->things[12].zone = 8;
	world_tell(w);
	world_minutes(w, 10);
	kill_node(w, 10);
	kill_node(w, 12);
	world_minutes(w, 5);
	assert_string_equal(world_says(w), "1 switch_down 10 [100-105] it_network open\n"
					   "2 switch_down 12 [120-125] it_network open\n");
	world_free(w);
}

static void
announce(struct world *w, uint32_t id, int64_t minutes)
{
	struct evidence e = {.kind = EVIDENCE_MAINTENANCE, .node = id, .at_ms = w->now_ms};

	e.window.from_ms = w->now_ms;
	e.window.to_ms = w->now_ms + minutes * 60000;
	world_take(w, e);
}

static void
test_window(void **state)
{
	struct world *w = world_new();

	(void)state;
	announce(w, 10, 20);
	world_minutes(w, 2);
	kill_node(w, 10);
	world_minutes(w, 5);
	assert_string_equal(world_says(w), "1 maintenance 10 [100-105] none open\n");
	assert_int_equal(w->told[0].alerts, 0);
	revive(w, 10);
	world_minutes(w, 10);
	assert_int_equal(w->told[0].last, INCIDENT_CLOSED);
	assert_int_equal(w->told_count, 1);
	world_free(w);
}

/* The end may change, and a window may be taken back: what comes then is no maintenance. */
static void
test_window_is_withdrawn(void **state)
{
	struct world *w = world_new();
	struct evidence e = {.kind = EVIDENCE_MAINTENANCE, .node = 10};

	(void)state;
	e.window.from_ms = w->now_ms;
	announce(w, 10, 60);
	world_minutes(w, 5);
	e.at_ms = e.window.to_ms = w->now_ms;
	world_take(w, e);
	e.window = (struct evidence_window){w->now_ms + 60000, w->now_ms + 3600000};
	world_take(w, e);
	world_minutes(w, 1);
	e.window.to_ms = 0;
	world_take(w, e);
	world_minutes(w, 2);
	kill_node(w, 10);
	world_minutes(w, 5);
	assert_string_equal(world_says(w), "1 switch_down 10 [100-105] it_network open\n");
	world_free(w);
}

static void
test_dark_after_the_window(void **state)
{
	struct world *w = world_new();

	(void)state;
	announce(w, 10, 10);
	world_minutes(w, 2);
	kill_node(w, 10);
	world_minutes(w, 30);
	assert_int_equal(w->told[w->told_count - 1].verdict, VERDICT_SWITCH_DOWN);
	assert_int_equal(w->told[w->told_count - 1].alerts, 1);
	assert_int_equal(w->told[w->told_count - 1].device_count, 6);
	world_free(w);
}

static void
test_management_is_no_outage(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->things[10].is_mute = true;
	world_minutes(w, 10);
	assert_string_equal(world_says(w), "1 mgmt_agent 10 [] it_network open\n");
	w->things[10].is_mute = false;
	world_minutes(w, 5);
	assert_string_equal(world_says(w), "1 mgmt_agent 10 [] it_network closed\n");
	world_free(w);
}

static void
test_snmp_alone_is_no_outage(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->things[10].is_snmp_mute = true;
	world_minutes(w, 12);
	assert_string_equal(world_says(w), "1 mgmt_agent 10 [] it_network open\n");
	w->things[10].is_snmp_mute = false;
	world_minutes(w, 5);
	assert_string_equal(world_says(w), "1 mgmt_agent 10 [] it_network closed\n");
	world_free(w);
}

static void
test_who_answers_behind_a_suspect(void **state)
{
	struct world *w = world_new();

	(void)state;
	/* Half of its cameras are silent, the others and the switch itself answer. */
	for (uint32_t id = 100; id < 103; id++)
		w->things[id].is_hung = true;
	world_minutes(w, 10);
	assert_int_not_equal(w->told_count, 0);
	for (size_t i = 0; i < w->told_count; i++) {
		assert_true(w->told[i].verdict != VERDICT_SWITCH_DOWN &&
			    w->told[i].verdict != VERDICT_UPLINK);
		for (size_t k = 0; k < w->told[i].device_count; k++)
			assert_true(w->told[i].devices[k].device < 103);
	}
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dead_switch_that_restarts),
		cmocka_unit_test(test_dying_gasp_tells_at_once),
		cmocka_unit_test(test_uplink_keeps_uptime),
		cmocka_unit_test(test_uplink_with_errors_on_the_parent),
		cmocka_unit_test(test_uplink_shut_by_hand),
		cmocka_unit_test(test_distribution_switch_takes_what_hangs_on_it_alone),
		cmocka_unit_test(test_dual_homed_switch_hangs_on_what_both_ways_share),
		cmocka_unit_test(test_site),
		cmocka_unit_test(test_core_that_answers_is_not_left_to_blame),
		cmocka_unit_test(test_monitor_without_gateway_trusts_nobody),
		cmocka_unit_test(test_monitor_that_is_late),
		cmocka_unit_test(test_power_zone),
		cmocka_unit_test(test_power_without_zones),
		cmocka_unit_test(test_different_zones_share_no_power),
		cmocka_unit_test(test_window),
		cmocka_unit_test(test_window_is_withdrawn),
		cmocka_unit_test(test_dark_after_the_window),
		cmocka_unit_test(test_management_is_no_outage),
		cmocka_unit_test(test_snmp_alone_is_no_outage),
		cmocka_unit_test(test_who_answers_behind_a_suspect),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
