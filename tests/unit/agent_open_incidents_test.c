/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The open incidents in memory: what steps make of them, in any order of numbers.
 */
#include "../../src/agent/open_incidents.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static int
setup(void **state)
{
	*state = open_incidents_new();
	return *state == NULL ? -1 : 0;
}

static int
teardown(void **state)
{
	open_incidents_free(*state);
	return 0;
}

static const struct incident_device four[] = {
	{.device = 2, .since_ms = 1000},
	{.device = 3, .since_ms = 1000, .until_ms = 5000},
	{.device = 4},
	{.device = 9, .since_ms = 1200},
};
static const struct evidence_line line = {.weight = 4, .text = "4 of 4 silent"};
static const struct store_alt alt = {{VERDICT_UPLINK, {BLAME_NODE, 7}, 0.4F}, "acc1"};

static struct store_incident
opened(uint32_t id)
{
	return (struct store_incident){.incident = id,
				       .step = INCIDENT_OPENED,
				       .at_ms = 2000,
				       .verdict = VERDICT_SWITCH_DOWN,
				       .blame = {BLAME_NODE, 7},
				       .blame_name = "acc1",
				       .team = TEAM_IT_NETWORK,
				       .confidence = 0.6F,
				       .since_ms = 1000,
				       .devices = four,
				       .device_count = 4,
				       .evidence = &line,
				       .evidence_count = 1,
				       .alts = &alt,
				       .alt_count = 1};
}

static void
test_opened_is_found(void **state)
{
	struct store_incident step = opened(5);
	const struct open_incident *incident;

	assert_int_equal(open_incidents_take(*state, &step), 0);
	assert_int_equal(open_incidents_count(*state), 1);
	incident = open_incidents_find(*state, 5);
	assert_non_null(incident);
	assert_string_equal(incident->name, "acc1");
	assert_int_equal(incident->device_count, 4);
	assert_int_equal(incident->out_count, 2);
	assert_string_equal(incident->why, "4 of 4 silent");
	assert_int_equal(incident->alt.verdict, VERDICT_UPLINK);
	assert_int_equal(open_incidents_next(*state), 6);
	assert_null(open_incidents_find(*state, 4));
	assert_null(open_incidents_find(*state, 6));
}

static void
test_step_without_devices_or_evidence_keeps_them(void **state)
{
	struct store_incident step = opened(5);
	const struct open_incident *incident;

	assert_int_equal(open_incidents_take(*state, &step), 0);
	step.step = INCIDENT_REFINED;
	step.verdict = VERDICT_UPLINK;
	step.confidence = 0.9F;
	step.devices = NULL;
	step.evidence = NULL;
	step.alts = NULL;
	step.device_count = step.evidence_count = step.alt_count = 0;
	assert_int_equal(open_incidents_take(*state, &step), 0);
	incident = open_incidents_find(*state, 5);
	assert_int_equal(incident->verdict, VERDICT_UPLINK);
	assert_int_equal(incident->out_count, 2);
	assert_string_equal(incident->why, "4 of 4 silent");
	assert_string_equal(incident->alt_name, "acc1");
}

static void
test_healed_lasts_until_it_grows(void **state)
{
	struct store_incident step = opened(5);

	assert_int_equal(open_incidents_take(*state, &step), 0);
	step.step = INCIDENT_HEALED;
	assert_int_equal(open_incidents_take(*state, &step), 0);
	step.step = INCIDENT_REFINED;
	assert_int_equal(open_incidents_take(*state, &step), 0);
	assert_true(open_incidents_find(*state, 5)->is_healed);
	step.step = INCIDENT_GROWN;
	assert_int_equal(open_incidents_take(*state, &step), 0);
	assert_false(open_incidents_find(*state, 5)->is_healed);
}

static void
test_numbers_stay_sorted_and_ends_leave_no_gap(void **state)
{
	static const uint32_t ids[] = {8, 3, 5, 12, 1};
	static const enum incident_step ends[] = {INCIDENT_CLOSED, INCIDENT_ADOPTED,
						  INCIDENT_OVERTURNED};
	struct store_incident step;

	for (size_t i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		step = opened(ids[i]);
		assert_int_equal(open_incidents_take(*state, &step), 0);
	}
	for (size_t i = 1; i < open_incidents_count(*state); i++)
		assert_true(open_incidents_at(*state, i - 1)->id <
			    open_incidents_at(*state, i)->id);
	for (size_t i = 0; i < 3; i++) {
		step = opened(ids[i]);
		step.step = ends[i];
		assert_int_equal(open_incidents_take(*state, &step), 0);
		assert_null(open_incidents_find(*state, ids[i]));
	}
	assert_int_equal(open_incidents_count(*state), 2);
	assert_int_equal(open_incidents_at(*state, 0)->id, 1);
	assert_int_equal(open_incidents_at(*state, 1)->id, 12);
	step = opened(30);
	step.step = INCIDENT_CLOSED;
	assert_int_equal(open_incidents_take(*state, &step), 0); /* never heard of */
	assert_int_equal(open_incidents_count(*state), 2);
	assert_int_equal(open_incidents_next(*state), 31);
}

static void
test_restored_is_as_stored(void **state)
{
	const struct store_known_incident known = {.incident = 4,
						   .verdict = VERDICT_DEVICE_HW,
						   .blame = {BLAME_NODE, 2},
						   .blame_name = "cam2",
						   .team = TEAM_INTEGRATOR,
						   .confidence = 0.8F,
						   .since_ms = 1000,
						   .opened_ms = 2000,
						   .healed_ms = 3000,
						   .devices = four,
						   .device_count = 1};

	assert_int_equal(open_incidents_restore(*state, &known), 0);
	assert_true(open_incidents_find(*state, 4)->is_healed);
	assert_int_equal(open_incidents_find(*state, 4)->out_count, 1);
	assert_string_equal(open_incidents_find(*state, 4)->why, "");
	open_incidents_set_next(*state, 50);
	open_incidents_set_next(*state, 20);
	assert_int_equal(open_incidents_next(*state), 50);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_opened_is_found, setup, teardown),
		cmocka_unit_test_setup_teardown(test_step_without_devices_or_evidence_keeps_them,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_healed_lasts_until_it_grows, setup, teardown),
		cmocka_unit_test_setup_teardown(test_numbers_stay_sorted_and_ends_leave_no_gap,
						setup, teardown),
		cmocka_unit_test_setup_teardown(test_restored_is_as_stored, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
