/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A restart of the agent in the midst of incidents: nothing is told again, nothing is forgotten,
 * and what is healed is closed under its number. And what a person has closed.
 */
#include "diag_world.h"

/* The agent restarts: what it had concluded comes from the store. */
static void
world_restart(struct world *w)
{
	struct diag_params params = diag_default_params;
	struct diag_memory *memory = calloc(WORLD_NODES, sizeof(*memory));

	assert_non_null(memory);
	diag_free(w->diag);
	for (size_t i = 0; i < w->told_count; i++)
		if (w->told[i].number >= params.first_id)
			params.first_id = w->told[i].number + 1;
	w->diag = diag_new(&params);
	assert_non_null(w->diag);
	world_tell(w);
	for (uint32_t id = 2; id < WORLD_NODES; id++) {
		bool is_up = world_is_reached(w, id) && !w->things[id].is_mute;

		if (!w->things[id].exists)
			continue;
		memory[id] = (struct diag_memory){
			.node = id,
			.was_up = true,
			.last_ok_ms = is_up ? w->now_ms - 30000 : w->now_ms - 600000,
			.down_since_ms = is_up ? 0 : w->now_ms - 540000,
		};
		for (size_t i = 0; i < w->told_count && !is_up; i++)
			if (w->told[i].closed_ms == 0 && w->told[i].since_ms != 0) {
				memory[id].down_since_ms = w->told[i].since_ms + 1000;
				memory[id].last_ok_ms = w->told[i].since_ms - 40000;
			}
		assert_int_equal(diag_restore_node(w->diag, &memory[id]), 0);
	}
	for (size_t i = 0; i < w->told_count; i++) {
		const struct told *t = &w->told[i];

		if (t->closed_ms == 0)
			assert_int_equal(diag_restore_incident(w->diag, t->number, t->verdict,
							       &t->blame, t->since_ms,
							       t->confidence, t->devices,
							       t->device_count),
					 0);
	}
	free(memory);
}

typedef void (*change_fn)(struct world *w, bool is_broken);

static void
switch_dies(struct world *w, bool is_broken)
{
	w->things[10].is_dead = is_broken;
	w->things[10].boot_ms = w->now_ms;
}

static void
uplink_is_shut(struct world *w, bool is_broken)
{
	w->things[10].is_admin_down = is_broken;
}

static void
site_is_cut(struct world *w, bool is_broken)
{
	w->things[22].is_cut = is_broken;
}

static void
zone_has_no_power(struct world *w, bool is_broken)
{
	w->things[10].is_dead = w->things[12].is_dead = is_broken;
	w->things[10].boot_ms = w->things[12].boot_ms = w->now_ms;
}

static void
camera_hangs(struct world *w, bool is_broken)
{
	w->things[102].is_hung = is_broken;
}

static void
port_is_faulty(struct world *w, bool is_broken)
{
	w->things[102].is_poe_fault = is_broken;
}

static void
budget_is_used_up(struct world *w, bool is_broken)
{
	for (uint32_t id = 103; id <= 105; id++)
		w->things[id].is_poe_denied = is_broken;
}

static void
management_is_mute(struct world *w, bool is_broken)
{
	w->things[10].is_mute = is_broken;
}

static void
snmp_is_mute(struct world *w, bool is_broken)
{
	w->things[10].is_snmp_mute = is_broken;
}

static void
service_fails(struct world *w, bool is_broken)
{
	memcpy(w->things[102].services, is_broken ? "ee" : "oo", 2);
}

static void
logins_fail(struct world *w, bool is_broken)
{
	for (uint32_t id = 100; id <= 105; id++)
		memcpy(w->things[id].services, is_broken ? "aa" : "oo", 2);
}

static void
gateway_is_lost(struct world *w, bool is_broken)
{
	w->is_gateway_out = is_broken;
}

static void
uplink_loses(struct world *w, bool is_broken)
{
	w->things[10].lost = is_broken ? 2 : 0;
}

/* Broken, told once; restarted after `minutes`; nothing new; healed; closed under its number. */
static void
survives(change_fn change, uint32_t before, uint32_t after)
{
	struct world *w = world_plan();
	struct told told;
	size_t events;

	w->things[10].zone = w->things[12].zone = 7;
	world_tell(w);
	world_minutes(w, 10);
	change(w, true);
	world_minutes(w, before);
	assert_int_equal(w->told_count, 1);
	assert_int_equal(w->told[0].closed_ms, 0);
	told = w->told[0];
	events = w->event_count;
	world_restart(w);
	world_minutes(w, 10);
	if (w->told_count != 1 || w->told[0].closed_ms != 0)
		print_error("%s", w->log);
	assert_int_equal(w->told_count, 1);
	assert_int_equal(w->told[0].closed_ms, 0);
	assert_int_equal(w->told[0].verdict, told.verdict);
	assert_int_equal(w->told[0].blame.type, told.blame.type);
	assert_int_equal(w->told[0].blame.id, told.blame.id);
	assert_int_equal(w->told[0].alerts, told.alerts);
	/* It may doubt for as long as the ports were not read again, but tells nobody. */
	assert_true(w->event_count <= events + 2);
	change(w, false);
	world_minutes(w, after);
	if (w->told_count != 1 || w->told[0].closed_ms == 0)
		print_error("%s", w->log);
	assert_int_equal(w->told_count, 1);
	assert_int_equal(w->told[0].last, INCIDENT_CLOSED);
	world_free(w);
}

static void
test_switch(void **state)
{
	(void)state;
	survives(switch_dies, 5, 10);
	survives(uplink_is_shut, 5, 10);
}

static void
test_site(void **state)
{
	(void)state;
	survives(site_is_cut, 5, 10);
}

static void
test_power(void **state)
{
	(void)state;
	survives(zone_has_no_power, 5, 10);
}

static void
test_device(void **state)
{
	(void)state;
	survives(camera_hangs, 8, 5);
	survives(port_is_faulty, 8, 5);
}

static void
test_budget(void **state)
{
	(void)state;
	survives(budget_is_used_up, 8, 5);
}

static void
test_management(void **state)
{
	(void)state;
	survives(management_is_mute, 12, 5);
	survives(snmp_is_mute, 12, 5);
}

static void
test_services(void **state)
{
	(void)state;
	survives(service_fails, 10, 10);
	survives(logins_fail, 10, 10);
}

static void
test_monitor(void **state)
{
	(void)state;
	survives(gateway_is_lost, 4, 10);
}

static void
test_loss(void **state)
{
	(void)state;
	survives(uplink_loses, 15, 20);
}

/* Drops out for half a minute, every five. */
static void
flap(struct world *w, uint32_t times)
{
	for (uint32_t i = 0; i < times; i++) {
		w->things[10].is_cut = true;
		world_run(w, 62);
		w->things[10].is_cut = false;
		world_run(w, 238);
	}
}

static void
test_intermittent_switch(void **state)
{
	struct world *w = world_new();
	size_t told;

	(void)state;
	flap(w, 6);
	told = w->told_count;
	assert_int_equal(w->told[told - 1].verdict, VERDICT_SWITCH_FLAP);
	assert_int_equal(w->told[told - 1].blame.id, 10);
	assert_int_equal(w->told[told - 1].closed_ms, 0);
	world_restart(w);
	flap(w, 3);
	if (w->told_count != told)
		print_error("%s", w->log);
	assert_int_equal(w->told_count, told);
	assert_int_equal(w->told[told - 1].closed_ms, 0);
	world_minutes(w, 60);
	assert_int_equal(w->told_count, told);
	assert_int_equal(w->told[told - 1].last, INCIDENT_CLOSED);
	world_free(w);
}

static void
test_healed_while_the_agent_was_away(void **state)
{
	struct world *w = world_new();

	(void)state;
	switch_dies(w, true);
	world_minutes(w, 5);
	switch_dies(w, false);
	world_restart(w);
	world_minutes(w, 8);
	assert_int_equal(w->told_count, 1);
	assert_int_equal(w->told[0].last, INCIDENT_CLOSED);
	world_free(w);
}

/* Who was out, and is back before the restart, has been out all the same. */
static void
test_outages_stay_told(void **state)
{
	struct world *w = world_new();
	struct told before;

	(void)state;
	switch_dies(w, true);
	world_minutes(w, 5);
	switch_dies(w, false);
	world_minutes(w, 2);
	before = w->told[0];
	assert_int_equal(before.closed_ms, 0);
	world_restart(w);
	world_minutes(w, 8);
	assert_int_equal(w->told[0].last, INCIDENT_CLOSED);
	assert_int_equal(w->told[0].device_count, before.device_count);
	assert_true(before.device_count > 0);
	for (size_t i = 0; i < before.device_count; i++) {
		assert_int_not_equal(before.devices[i].since_ms, 0);
		assert_int_equal(w->told[0].devices[i].since_ms, before.devices[i].since_ms);
		assert_int_not_equal(w->told[0].devices[i].until_ms, 0);
	}
	world_free(w);
}

static void
test_numbers_go_on(void **state)
{
	struct world *w = world_new();

	(void)state;
	switch_dies(w, true);
	world_minutes(w, 5);
	world_restart(w);
	world_minutes(w, 2);
	w->things[124].is_poe_fault = true;
	world_minutes(w, 8);
	assert_int_equal(w->told_count, 2);
	assert_int_equal(w->told[1].number, 2);
	assert_int_equal(w->told[1].verdict, VERDICT_POE_PORT);
	world_free(w);
}

static void
test_unknown_ones_are_refused(void **state)
{
	struct world *w = world_new();
	struct diag_memory memory = {.node = 250, .was_up = true};
	struct blame blame = {.type = BLAME_NODE, .id = 250};

	(void)state;
	assert_int_equal(diag_restore_node(w->diag, &memory), ERR_NOTFOUND);
	assert_int_equal(diag_restore_incident(w->diag, 9, VERDICT_SWITCH_DOWN, &blame, w->now_ms,
					       0.5F, NULL, 0),
			 ERR_NOTFOUND);
	assert_int_equal(diag_overturn(w->diag, 9, VERDICT_DEVICE_HW), ERR_NOTFOUND);
	world_minutes(w, 5);
	assert_string_equal(w->log, "");
	world_free(w);
}

static void
test_overturned_is_silent_for_that_outage(void **state)
{
	struct world *w = world_new();
	size_t events;

	(void)state;
	camera_hangs(w, true);
	world_minutes(w, 8);
	assert_int_equal(w->told_count, 1);
	assert_int_equal(diag_overturn(w->diag, 1, VERDICT_CABLE_PORT), 0);
	events = w->event_count;
	world_minutes(w, 20);
	camera_hangs(w, false);
	world_minutes(w, 20);
	assert_int_equal(w->event_count, events);
	/* Another outage is told again. */
	camera_hangs(w, true);
	world_minutes(w, 8);
	assert_int_equal(w->told_count, 2);
	assert_int_equal(w->told[1].number, 2);
	world_free(w);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_switch),
		cmocka_unit_test(test_site),
		cmocka_unit_test(test_power),
		cmocka_unit_test(test_device),
		cmocka_unit_test(test_budget),
		cmocka_unit_test(test_management),
		cmocka_unit_test(test_services),
		cmocka_unit_test(test_monitor),
		cmocka_unit_test(test_loss),
		cmocka_unit_test(test_intermittent_switch),
		cmocka_unit_test(test_healed_while_the_agent_was_away),
		cmocka_unit_test(test_outages_stay_told),
		cmocka_unit_test(test_numbers_go_on),
		cmocka_unit_test(test_unknown_ones_are_refused),
		cmocka_unit_test(test_overturned_is_silent_for_that_outage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
