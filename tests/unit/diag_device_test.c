/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Single devices: what their port tells of why they are silent, whose job it is, groups of one
 * switch, moves, services, and documents that are wrong.
 */
#include "diag_world.h"

static void
expect(struct world *w, const char *says)
{
	if (strcmp(world_says(w), says) != 0)
		print_error("%s", w->log);
	assert_string_equal(w->says, says);
}

static void
test_dead_camera(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->things[102].is_dead = true;
	w->things[102].link_ms = w->now_ms;
	world_minutes(w, 8);
	/* A dead camera and a cut cable look the same: both are told. */
	assert_int_equal(w->told_count, 1);
	assert_true(w->told[0].verdict == VERDICT_DEVICE_HW ||
		    w->told[0].verdict == VERDICT_CABLE_PORT);
	assert_true(w->told[0].confidence < 0.75F);
	assert_int_equal(w->told[0].blame.id, 102);
	assert_int_equal(w->told[0].team, TEAM_INTEGRATOR);
	w->things[102].is_dead = false;
	world_minutes(w, 4);
	assert_int_equal(w->told[0].last, INCIDENT_CLOSED);
	world_free(w);
}

static void
test_hung_camera_has_link_and_power(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->things[102].is_hung = true;
	world_minutes(w, 8);
	expect(w, "1 device_hw 102 [102] integrator open\n");
	assert_true(w->told[0].confidence > 0.9F);
	world_free(w);
}

static void
test_cable_makes_errors_before_it_fails(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->things[102].errors = 60;
	world_minutes(w, 3);
	w->things[102].is_cut = true;
	world_minutes(w, 8);
	expect(w, "1 cable_port 102 [102] integrator open\n");
	assert_true(w->told[0].confidence > 0.75F);
	world_free(w);
}

static void
test_poe_fault(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->things[102].is_poe_fault = true;
	world_minutes(w, 8);
	expect(w, "1 poe_port 102 [102] it_network open\n");
	world_free(w);
}

static void
test_port_shut_by_hand_is_the_network_teams(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->things[102].is_admin_down = true;
	world_minutes(w, 8);
	assert_int_equal(w->told_count, 1);
	assert_int_equal(w->told[0].team, TEAM_IT_NETWORK);
	assert_int_equal(w->told[0].alerts, 1);
	world_free(w);
}

static void
test_denied_power_is_the_budget(void **state)
{
	struct world *w = world_new();

	(void)state;
	for (uint32_t id = 103; id <= 105; id++)
		w->things[id].is_poe_denied = true;
	world_minutes(w, 6);
	expect(w, "1 poe_budget 10 [103-105] it_network open\n");
	assert_true(w->told[0].confidence > 0.9F);
	for (uint32_t id = 103; id <= 105; id++)
		w->things[id].is_poe_denied = false;
	world_minutes(w, 5);
	expect(w, "1 poe_budget 10 [103-105] it_network closed\n");
	world_free(w);
}

static void
test_group_that_nobody_can_look_into(void **state)
{
	struct world *w = world_plan();

	(void)state;
	w->things[10].has_snmp = false;
	world_tell(w);
	world_minutes(w, 10);
	for (uint32_t id = 103; id <= 105; id++)
		w->things[id].is_poe_denied = true;
	world_minutes(w, 8);
	/* One incident, not three, and not sure what it is. */
	assert_int_equal(w->told_count, 1);
	assert_int_equal(w->told[0].device_count, 3);
	assert_int_equal(w->told[0].blame.id, 10);
	assert_true(w->told[0].confidence < 0.75F);
	world_free(w);
}

static void
move(struct world *w, uint32_t id, uint32_t to, uint32_t port)
{
	w->things[id].real_parent[0] = to;
	w->things[id].real_port = port;
	w->things[id].link_ms = w->now_ms;
}

static void
test_moved_and_moved_back(void **state)
{
	struct world *w = world_new();

	(void)state;
	move(w, 102, 12, 20);
	world_minutes(w, 6);
	expect(w, "1 moved 102 [102] physical_security open\n");
	move(w, 102, 10, 3);
	world_minutes(w, 6);
	expect(w, "1 moved 102 [102] physical_security closed\n");
	world_free(w);
}

static void
test_one_that_is_silent_first_and_then_elsewhere(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->things[102].is_cut = true;
	world_minutes(w, 8);
	assert_int_equal(w->told_count, 1);
	w->things[102].is_cut = false;
	move(w, 102, 12, 20);
	world_minutes(w, 8);
	for (size_t i = 0; i < w->told_count; i++)
		assert_true(w->told[i].verdict == VERDICT_MOVED || w->told[i].closed_ms != 0);
	assert_int_equal(w->told[w->told_count - 1].verdict, VERDICT_MOVED);
	world_free(w);
}

static void
test_wrong_documents(void **state)
{
	struct world *w = world_plan();

	(void)state;
	/* 112 is written down for switch 11, but hangs on 10, whose tables cannot be read. */
	w->things[10].has_snmp = w->things[11].has_snmp = false;
	w->things[112].real_parent[0] = 10;
	world_tell(w);
	world_minutes(w, 10);
	w->things[10].is_dead = true;
	world_minutes(w, 8);
	/* It fell with that switch: no technician is sent to it. */
	expect(w, "1 switch_down 10 [100-105] it_network open\n");
	world_free(w);
}

static void
test_window_over_one_device(void **state)
{
	struct world *w = world_new();
	struct evidence e = {.kind = EVIDENCE_MAINTENANCE, .node = 102, .at_ms = w->now_ms};

	(void)state;
	e.window.from_ms = w->now_ms;
	e.window.to_ms = w->now_ms + 1800000;
	world_take(w, e);
	w->things[102].is_dead = true;
	world_minutes(w, 10);
	assert_int_equal(w->told_count, 1);
	assert_int_equal(w->told[0].verdict, VERDICT_MAINTENANCE);
	assert_int_equal(w->told[0].alerts, 0);
	world_minutes(w, 40); /* the window is over, and it is still dead */
	assert_int_equal(w->told_count, 2);
	assert_int_equal(w->told[0].last, INCIDENT_CLOSED);
	assert_int_equal(w->told[1].blame.id, 102);
	assert_int_equal(w->told[1].alerts, 1);
	world_free(w);
}

static void
test_service(void **state)
{
	struct world *w = world_new();

	(void)state;
	memcpy(w->things[102].services, "ee", 2);
	world_minutes(w, 10);
	expect(w, "1 device_service 102 [102] physical_security open\n");
	memcpy(w->things[102].services, "oo", 2);
	world_minutes(w, 10);
	expect(w, "1 device_service 102 [102] physical_security closed\n");
	world_free(w);
}

static void
test_logins_of_a_site(void **state)
{
	struct world *w = world_new();

	(void)state;
	for (uint32_t id = 100; id <= 105; id++)
		memcpy(w->things[id].services, "aa", 2);
	world_minutes(w, 10);
	assert_int_equal(w->told_count, 1);
	assert_int_equal(w->told[0].verdict, VERDICT_CREDENTIALS);
	assert_int_equal(w->told[0].alerts, 1);
	for (uint32_t id = 100; id <= 105; id++)
		memcpy(w->things[id].services, "oo", 2);
	world_minutes(w, 10);
	expect(w, "1 credentials site 1 [100-105] physical_security closed\n");
	world_free(w);
}

static void
test_address_that_two_claim(void **state)
{
	struct world *w = world_new();
	struct evidence e = {.kind = EVIDENCE_ARP, .node = 102};

	(void)state;
	memcpy(w->things[102].services, "ee", 2);
	world_minutes(w, 2);
	e.at_ms = w->now_ms;
	e.arp.ip4 = 0x0a000000 + 102;
	e.arp.mac = 0x02ffffffffff;
	world_take(w, e);
	world_minutes(w, 6);
	expect(w, "1 dup_ip 102 [102] it_network open\n");
	assert_true(w->told[0].confidence > 0.85F);
	world_free(w);
}

static void
test_a_lost_poll_is_nothing(void **state)
{
	struct world *w = world_new();

	(void)state;
	for (uint32_t i = 0; i < 4; i++) {
		w->things[102].is_hung = true;
		world_minutes(w, 1);
		w->things[102].is_hung = false;
		world_minutes(w, 30);
	}
	assert_string_equal(w->log, "");
	world_free(w);
}

static void
test_never_answered(void **state)
{
	struct world *w = world_plan();

	(void)state;
	w->things[102].is_dead = true;
	world_tell(w);
	world_minutes(w, 15);
	assert_int_equal(w->told_count, 1);
	assert_int_equal(w->told[0].blame.id, 102);
	assert_int_equal(w->told[0].device_count, 1);
	world_free(w);
}

static void
test_two_dead_ones_are_two(void **state)
{
	struct world *w = world_new();

	(void)state;
	w->things[102].is_hung = true;
	world_minutes(w, 3);
	w->things[124].is_poe_fault = true;
	world_minutes(w, 8);
	expect(w, "1 device_hw 102 [102] integrator open\n"
		  "2 poe_port 124 [124] it_network open\n");
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_dead_camera),
		cmocka_unit_test(test_hung_camera_has_link_and_power),
		cmocka_unit_test(test_cable_makes_errors_before_it_fails),
		cmocka_unit_test(test_poe_fault),
		cmocka_unit_test(test_port_shut_by_hand_is_the_network_teams),
		cmocka_unit_test(test_denied_power_is_the_budget),
		cmocka_unit_test(test_group_that_nobody_can_look_into),
		cmocka_unit_test(test_moved_and_moved_back),
		cmocka_unit_test(test_one_that_is_silent_first_and_then_elsewhere),
		cmocka_unit_test(test_wrong_documents),
		cmocka_unit_test(test_window_over_one_device),
		cmocka_unit_test(test_service),
		cmocka_unit_test(test_logins_of_a_site),
		cmocka_unit_test(test_address_that_two_claim),
		cmocka_unit_test(test_a_lost_poll_is_nothing),
		cmocka_unit_test(test_never_answered),
		cmocka_unit_test(test_two_dead_ones_are_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
