/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The audit as an engine: a finding is told once, goes on, changes, and ends; what is accepted;
 * what is restored; what a probe's silence does not end.
 */
#include "policy_world.h"

static void
told_once_and_resolved(void **state)
{
	struct world *world = *state;
	const struct finding *finding;

	FACTS(world, 1, PROBE_ONVIF, FACT_DISCOVERY_MODE, "", "Discoverable");
	world_run(world);
	finding = world_opened(world, RULE_DISCOVERY_ON, "");
	assert_non_null(finding);
	assert_int_equal(finding->since_ms, T0);
	assert_int_equal(finding->node, 1);
	assert_string_not_equal(finding->evidence, "");
	world->now_ms += HOUR;
	FACTS(world, 1, PROBE_ONVIF, FACT_DISCOVERY_MODE, "", "Discoverable");
	world_run(world);
	assert_int_equal(world->step_count, 0);
	world->now_ms += HOUR;
	FACTS(world, 1, PROBE_ONVIF, FACT_DISCOVERY_MODE, "", "NonDiscoverable");
	world_run(world);
	finding = world_step(world, AUDIT_RESOLVED, RULE_DISCOVERY_ON, "");
	assert_non_null(finding);
	assert_int_equal(finding->resolved_ms, T0 + 2 * HOUR);
	assert_int_equal(finding->since_ms, T0);
	assert_int_equal(finding->confirmed_ms, T0 + HOUR);
	assert_int_equal(world->step_count, 1);
}

static void
confirmed_now_and_then(void **state)
{
	struct world *world = *state;
	size_t confirmed = 0;

	FACTS(world, 1, PROBE_ONVIF, FACT_DISCOVERY_MODE, "", "Discoverable");
	world_run(world);
	for (int i = 0; i < 24; i++) {
		world->now_ms += HOUR;
		FACTS(world, 1, PROBE_ONVIF, FACT_DISCOVERY_MODE, "", "Discoverable");
		world_run(world);
		confirmed += world_has(world, AUDIT_CONFIRMED, RULE_DISCOVERY_ON);
		assert_false(world_has(world, AUDIT_CHANGED, RULE_DISCOVERY_ON));
	}
	assert_in_range(confirmed, 3, 4);
}

/* A device that has gone silent keeps its findings, and they are not confirmed. */
static void
silence_ends_nothing(void **state)
{
	struct world *world = *state;

	FACTS(world, 1, PROBE_ONVIF, FACT_DISCOVERY_MODE, "", "Discoverable");
	world_run(world);
	for (int i = 0; i < 10; i++) {
		world->now_ms += DAY;
		world_run(world);
		assert_int_equal(world->step_count, 0);
	}
}

static void
gone_from_a_complete_set(void **state)
{
	struct world *world = *state;
	uint64_t ports = UINT64_C(1) << FACT_OPEN_PORT;

	world_facts(world, 1, PROBE_TCP, ports, FACT_OPEN_PORT, "23", "telnet", FACT_OPEN_PORT,
		    "21", "ftp", -1);
	world_run(world);
	assert_non_null(world_opened(world, RULE_PORT_OPEN, "23"));
	assert_non_null(world_opened(world, RULE_PORT_OPEN, "21"));
	world->now_ms += HOUR;
	/* Another probe's complete set says nothing of this one's. */
	world_facts(world, 1, PROBE_ONVIF, ports, -1);
	world_run(world);
	assert_int_equal(world->step_count, 0);
	world_facts(world, 1, PROBE_TCP, ports, FACT_OPEN_PORT, "21", "ftp", -1);
	world_run(world);
	assert_int_equal(world->step_count, 1);
	assert_non_null(world_step(world, AUDIT_RESOLVED, RULE_PORT_OPEN, "23"));
}

static void
removed_device(void **state)
{
	struct world *world = *state;
	const struct finding *finding;

	FACTS(world, 1, PROBE_ONVIF, FACT_DISCOVERY_MODE, "", "Discoverable");
	world_run(world);
	audit_device_remove(world->audit, 1);
	world_run(world);
	finding = world_step(world, AUDIT_RESOLVED, RULE_DISCOVERY_ON, "");
	assert_non_null(finding);
	assert_non_null(strstr(finding->evidence, "left the fleet"));
}

static void
rule_switched_off(void **state)
{
	struct world *world = *state;

	FACTS(world, 1, PROBE_ONVIF, FACT_DISCOVERY_MODE, "", "Discoverable");
	world_run(world);
	world->policy.rules_off = UINT64_C(1) << RULE_DISCOVERY_ON;
	audit_set_policy(world->audit, &world->policy);
	world_run(world);
	assert_non_null(world_step(world, AUDIT_RESOLVED, RULE_DISCOVERY_ON, ""));
	world->policy.rules_off = 0;
	world->policy.severities[RULE_DISCOVERY_ON] = FINDING_CRITICAL;
	audit_set_policy(world->audit, &world->policy);
	world_run(world);
	assert_int_equal(world_opened(world, RULE_DISCOVERY_ON, "")->severity, FINDING_CRITICAL);
}

static void
restored(void **state)
{
	struct world *world = *state, other = {.now_ms = T0 + HOUR};
	struct finding stored;

	FACTS(world, 1, PROBE_ONVIF, FACT_DISCOVERY_MODE, "", "Discoverable");
	world_run(world);
	stored = *world_opened(world, RULE_DISCOVERY_ON, "");
	assert_int_equal(audit_new(&other.audit), 0);
	audit_set_policy(other.audit, &world->policy);
	world_device(&other, 1, KIND_CAMERA, "cam1");
	assert_int_equal(audit_restore(other.audit, &stored), 0);
	FACTS(&other, 1, PROBE_ONVIF, FACT_DISCOVERY_MODE, "", "Discoverable", FACT_FIRMWARE, "",
	      "1.0");
	world_run(&other);
	assert_int_equal(other.step_count, 0); /* nothing is told twice */
	FACTS(&other, 1, PROBE_ONVIF, FACT_DISCOVERY_MODE, "", "NonDiscoverable");
	world_run(&other);
	assert_int_equal(world_step(&other, AUDIT_RESOLVED, RULE_DISCOVERY_ON, "")->since_ms, T0);
	audit_free(other.audit);
}

/* What was known before the start was not seen since. */
static void
restored_is_not_seen(void **state)
{
	struct world *world = *state;
	struct finding stored = {.rule = RULE_DISCOVERY_ON,
				 .node = 1,
				 .since_ms = T0 - 30 * DAY,
				 .confirmed_ms = T0 - 20 * DAY};
	struct fact_list facts = {0};

	assert_int_equal(audit_restore(world->audit, &stored), 0);
	assert_int_equal(fact_add(&facts, FACT_DISCOVERY_MODE, "", "Discoverable"), 0);
	assert_int_equal(fact_add(&facts, FACT_NTP_SERVER, "", "none"), 0);
	assert_int_equal(audit_take_facts(world->audit, 1, PROBE_ONVIF, &facts, 0, T0, true), 0);
	fact_list_fini(&facts);
	world_run(world);
	assert_false(world_has(world, AUDIT_CONFIRMED, RULE_DISCOVERY_ON));
	assert_int_equal(world_opened(world, RULE_NTP_NONE, "")->confirmed_ms, T0);
	if (world_has(world, AUDIT_CHANGED, RULE_DISCOVERY_ON))
		assert_int_equal(
			world_step(world, AUDIT_CHANGED, RULE_DISCOVERY_ON, "")->confirmed_ms,
			T0 - 20 * DAY);
	FACTS(world, 1, PROBE_ONVIF, FACT_DISCOVERY_MODE, "", "Discoverable");
	world->now_ms += 2 * HOUR;
	world_run(world);
	assert_true(world_has(world, AUDIT_CONFIRMED, RULE_DISCOVERY_ON));
}

/* Of an early warning that is stored nothing is taken. */
static void
early_warnings_are_not_ours(void **state)
{
	struct world *world = *state;
	struct finding stored = {.rule = RULE_REBOOTS, .node = 1, .since_ms = T0};

	assert_int_equal(audit_restore(world->audit, &stored), 0);
	world_run(world);
	assert_int_equal(world->step_count, 0);
}

static void
accepted(void **state)
{
	struct world *world = *state;
	struct audit_acceptance acceptance = {
		.rule = RULE_DISCOVERY_ON, .node = 1, .until_ms = T0 + 10 * DAY};
	struct audit_filter all = {0};
	struct audit_count count;

	FACTS(world, 1, PROBE_ONVIF, FACT_DISCOVERY_MODE, "", "Discoverable");
	world_run(world);
	audit_count(world->audit, &all, T0, &count);
	assert_int_equal(count.open[FINDING_NOTICE], 1);
	assert_int_equal(count.breaking, 1);
	assert_int_equal(count.worst_rule, RULE_DISCOVERY_ON);
	assert_string_equal(count.worst_device, "cam1");
	assert_int_equal(audit_accept(world->audit, &acceptance), 0);
	audit_count(world->audit, &all, T0 + DAY, &count);
	assert_int_equal(count.open[FINDING_NOTICE], 0);
	assert_int_equal(count.accepted, 1);
	assert_int_equal(count.score, 100);
	/* The day has come. */
	audit_count(world->audit, &all, T0 + 11 * DAY, &count);
	assert_int_equal(count.open[FINDING_NOTICE], 1);
	audit_reopen(world->audit, &acceptance);
	audit_count(world->audit, &all, T0 + DAY, &count);
	assert_int_equal(count.open[FINDING_NOTICE], 1);
}

static void
counted_by_site(void **state)
{
	struct world *world = *state;
	struct audit_filter odd = {.site = "odd"}, even = {.site = "even"};
	struct audit_count count;

	world_device(world, 2, KIND_CAMERA, "cam2");
	FACTS(world, 1, PROBE_ONVIF, FACT_DISCOVERY_MODE, "", "Discoverable");
	world_run(world);
	audit_count(world->audit, &odd, T0, &count);
	assert_int_equal(count.devices, 1);
	assert_int_equal(count.open[FINDING_NOTICE], 1);
	audit_count(world->audit, &even, T0, &count);
	assert_int_equal(count.devices, 1);
	assert_int_equal(count.open[FINDING_NOTICE], 0);
	assert_int_equal(count.score, 100);
}

static void
score(void **state)
{
	(void)state;
	assert_int_equal(audit_score(0, 0, 0, 0), 100);
	assert_int_equal(audit_score(10, 0, 0, 0), 100);
	assert_int_equal(audit_score(10, 10, 0, 0), 0);
	assert_int_equal(audit_score(10, 0, 10, 0), 50);
	assert_int_equal(audit_score(10, 1, 2, 1), 79);
	assert_int_equal(audit_score(1000, 1, 0, 0), 99); /* never 100 while something is open */
}

/* The word that counts most is believed, whichever came last. */
static void
believed(void **state)
{
	struct world *world = *state;
	struct audit_firmware_rule rule = {.vendor = "axis", .minimum = "10.0.0"};

	world->policy.firmware = &rule;
	world->policy.firmware_count = 1;
	FACTS(world, 1, PROBE_ONVIF, FACT_VENDOR, "", "AXIS", FACT_FIRMWARE, "", "9.80.1");
	FACTS(world, 1, PROBE_SNMP, FACT_FIRMWARE, "", "11.0.0");
	world_run(world);
	assert_non_null(world_opened(world, RULE_FIRMWARE_OLD, ""));
	FACTS(world, 1, PROBE_ONVIF, FACT_FIRMWARE, "", "10.0.0");
	FACTS(world, 1, PROBE_SNMP, FACT_FIRMWARE, "", "9.80.1");
	world_run(world);
	assert_non_null(world_step(world, AUDIT_RESOLVED, RULE_FIRMWARE_OLD, ""));
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)
	const struct CMUnitTest tests[] = {
		T(told_once_and_resolved),
		T(confirmed_now_and_then),
		T(silence_ends_nothing),
		T(gone_from_a_complete_set),
		T(removed_device),
		T(rule_switched_off),
		T(restored),
		T(restored_is_not_seen),
		T(early_warnings_are_not_ours),
		T(accepted),
		T(counted_by_site),
		T(score),
		T(believed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
