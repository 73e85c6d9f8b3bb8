/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The snmp probe over several runs: when it tells something again, what it takes for a restart,
 * when the interface table counts, and that what it keeps across a reload belongs to nobody else.
 */
#include "../snmp/probe_rig.h"
#include "../snmp/v3_agent.h"

#include "keepwatch/clock.h"
#include "keepwatch/snmpc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void
copy_boot_time(const struct rig *rig, char *out, size_t size)
{
	assert_non_null(rig_fact(rig, FACT_BOOT_TIME, NULL));
	snprintf(out, size, "%s", rig_fact(rig, FACT_BOOT_TIME, NULL));
}

/* ---- over time */

static void
test_told_once(void **state)
{
	struct rig *rig = *state;
	char boot_time[64];

	rig_run(rig);
	copy_boot_time(rig, boot_time, sizeof(boot_time));
	assert_int_equal(rig->device.last_oids, 6);
	/* Between, only sysUpTime is asked for, and nothing is told. */
	for (unsigned i = 0; i < 9; i++) {
		rig_pass(rig, MINUTE, MINUTE);
		rig_run(rig);
		ASSERT_RESULT(rig, OK, NONE);
		assert_int_equal(rig->device.last_oids, 1);
		assert_int_equal(rig->result.facts.count, 0);
	}
	/* With the inventory it is told again, and is the same. */
	rig_pass(rig, MINUTE, MINUTE);
	rig_run(rig);
	assert_int_equal(rig->device.last_oids, 6);
	ASSERT_FACT(rig, BOOT_TIME, NULL, boot_time);
	ASSERT_FACT(rig, HOSTNAME, NULL, "sw-1");
}

static void
test_restarted(void **state)
{
	struct rig *rig = *state;
	char before[64], after[64], again[64];

	rig_run(rig);
	copy_boot_time(rig, before, sizeof(before));
	rig_pass(rig, MINUTE, 0);
	rig->device.ticks = 3000;
	rig->device.name = "sw-1-new";
	rig_run(rig);
	ASSERT_RESULT(rig, OK, NONE);
	copy_boot_time(rig, after, sizeof(after));
	assert_string_not_equal(before, after);
	assert_non_null(strstr(rig->trace, "it has restarted"));
	/* The inventory is due at once, as the firmware may be new; the boot time stays. */
	rig_pass(rig, MINUTE, MINUTE);
	rig_run(rig);
	copy_boot_time(rig, again, sizeof(again));
	assert_string_equal(after, again);
	ASSERT_FACT(rig, HOSTNAME, NULL, "sw-1-new");
}

/* The counter of a paused virtual machine, or of a bad clock. */
static void
test_lagging_is_no_restart(void **state)
{
	struct rig *rig = *state;
	static const int64_t counted_ms[] = {0, MINUTE / 2, MINUTE - 3000, MINUTE, 0};

	rig_run(rig);
	for (size_t i = 0; i < sizeof(counted_ms) / sizeof(counted_ms[0]); i++) {
		rig_pass(rig, MINUTE, counted_ms[i]);
		rig_run(rig);
		ASSERT_RESULT(rig, OK, NONE);
		assert_null(rig_fact(rig, FACT_BOOT_TIME, NULL));
		assert_null(strstr(rig->trace, "restarted"));
	}
}

/* After a start of the agent, the boot time is the stored one unless the device has restarted. */
static void
test_restored(void **state)
{
	struct rig *rig = *state;
	char before[64];

	rig_run(rig);
	copy_boot_time(rig, before, sizeof(before));
	for (unsigned i = 0; i < 2; i++) {
		struct fact_list facts = {.items = NULL};

		assert_int_equal(fact_add(&facts, FACT_BOOT_TIME, NULL, before), 0);
		rig_use_config(rig, SNMP_V2C, "public", rig->device.port);
		probe_ops(PROBE_SNMP)->restore(&rig->config->target, &facts);
		fact_list_fini(&facts);
		rig_pass(rig, MINUTE, MINUTE - 1500); /* within what clocks drift */
		if (i == 1)
			rig->device.ticks = 500;
		rig_run(rig);
		if (i == 0)
			ASSERT_FACT(rig, BOOT_TIME, NULL, before);
		else
			assert_string_not_equal(rig_text(rig_fact(rig, FACT_BOOT_TIME, NULL)),
						before);
	}
}

/* ---- the interface table */

static void
test_partial_table(void **state)
{
	struct rig *rig = *state;

	rig_set_option(rig->config, OPT_SNMP_INTERFACES, 5 * MINUTE);
	rig->device.interfaces = 24;
	rig->device.table_replies = 1;
	rig_run(rig);
	/* It answered; only the table is not whole. */
	ASSERT_RESULT(rig, OK, NONE);
	assert_non_null(strstr(rig->result.detail, "only in part"));
	assert_int_equal(rig->result.complete, 0);
	assert_null(rig_fact(rig, FACT_INTERFACES, NULL));
	assert_non_null(rig_fact(rig, FACT_HOSTNAME, NULL));
	/* It is tried again sooner than is its turn. */
	rig->device.table_replies = 0;
	rig_pass(rig, MINUTE, MINUTE);
	rig_run(rig);
	ASSERT_FACT(rig, INTERFACES, NULL, "24");
	assert_int_equal(rig->result.complete,
			 (uint64_t)1 << FACT_IF_STATE | (uint64_t)1 << FACT_MAC);
	/* And then at its turn. */
	rig_pass(rig, MINUTE, MINUTE);
	rig_run(rig);
	assert_int_equal(rig->result.complete, 0);
	assert_int_equal(rig->result.facts.count, 0);
}

/* Walks come back empty from agents under load: doubt, not fact. */
static void
test_empty_table(void **state)
{
	struct rig *rig = *state;

	rig_set_option(rig->config, OPT_SNMP_INTERFACES, 5 * MINUTE);
	rig->device.interfaces = 0;
	rig_run(rig);
	ASSERT_FACT(rig, INTERFACES, NULL, "0"); /* there were none before */
	assert_true(rig->result.complete != 0);
	rig->device.interfaces = 4;
	rig_pass(rig, 5 * MINUTE, 5 * MINUTE);
	rig_run(rig);
	ASSERT_FACT(rig, INTERFACES, NULL, "4");
	rig->device.interfaces = 0;
	rig_pass(rig, 5 * MINUTE, 5 * MINUTE);
	rig_run(rig);
	ASSERT_RESULT(rig, OK, NONE);
	assert_int_equal(rig->result.complete, 0);
	assert_null(rig_fact(rig, FACT_INTERFACES, NULL));
}

/* ---- reload: memory moves to another target, and the old configuration goes */

static void
reload(struct rig *rig, struct rig_config *next)
{
	next->target.memory = rig->config->target.memory;
	rig->config->target.memory = NULL;
	rig_config_free(rig->config);
	rig->config = next;
}

static void
test_reload(void **state)
{
	struct rig *rig = *state;
	struct snmp_device other;
	char boot_time[64];

	rig_run(rig);
	copy_boot_time(rig, boot_time, sizeof(boot_time));
	/* Nothing has changed but whose it is: neither asked anew nor told anew. */
	reload(rig, rig_config_new(SNMP_V2C, "public", rig->device.port));
	rig_pass(rig, MINUTE, MINUTE);
	rig_run(rig);
	ASSERT_RESULT(rig, OK, NONE);
	assert_int_equal(rig->device.last_oids, 1);
	assert_int_equal(rig->result.facts.count, 0);
	/* Another community. */
	reload(rig, rig_config_new(SNMP_V2C, "secret", rig->device.port));
	rig_run(rig);
	ASSERT_RESULT(rig, FAIL, TIMEOUT);
	rig->device.community = "secret";
	rig_run(rig);
	ASSERT_RESULT(rig, OK, NONE);
	/* Another version. */
	reload(rig, rig_config_new(SNMP_V1, "secret", rig->device.port));
	rig_run(rig);
	ASSERT_RESULT(rig, OK, NONE);
	assert_int_equal(rig->device.last_version, 0);
	/* Another port, of the credential and then of the probe. */
	snmp_device_open(&other, &rig->uv, "secret");
	other.ticks = rig->device.ticks;
	reload(rig, rig_config_new(SNMP_V2C, "secret", other.port));
	rig_run(rig);
	ASSERT_RESULT(rig, OK, NONE);
	assert_int_equal(other.heard, 1);
	reload(rig, rig_config_new(SNMP_V2C, "secret", other.port));
	rig_set_option(rig->config, OPT_SNMP_PORT, rig->device.port);
	rig_run(rig);
	ASSERT_RESULT(rig, OK, NONE);
	assert_int_equal(other.heard, 1);
	/* The boot time was kept through it all. */
	rig_pass(rig, 10 * MINUTE, 10 * MINUTE);
	rig_run(rig);
	ASSERT_FACT(rig, BOOT_TIME, NULL, boot_time);
	snmp_device_close(&other);
	uv_run(&rig->uv, UV_RUN_NOWAIT);
}

static void
test_reload_v3(void **state)
{
	struct rig *rig = *state;
	struct v3_agent agent;
	struct rig_config *next;

	v3_agent_open(&agent, &rig->uv, "127.0.0.1", "\x80xxx\4real", "monitor", "password1");
	rig_use_config(rig, SNMP_NONE, NULL, agent.port);
	v3_agent_credential(&rig->config->fleet->credentials[0], "monitor", "password1");
	rig_run(rig);
	ASSERT_RESULT(rig, OK, NONE);
	/* The engine and the keys are known still: one request. */
	next = rig_config_new(SNMP_NONE, NULL, agent.port);
	v3_agent_credential(&next->fleet->credentials[0], "monitor", "password1");
	next->fleet->credentials[0].generation = 2;
	reload(rig, next);
	agent.heard = 0;
	rig_run(rig);
	ASSERT_RESULT(rig, OK, NONE);
	assert_int_equal(agent.heard, 1);
	/* Another password, which the agent does not know. */
	next = rig_config_new(SNMP_NONE, NULL, agent.port);
	v3_agent_credential(&next->fleet->credentials[0], "monitor", "password2");
	reload(rig, next);
	rig_run(rig);
	ASSERT_RESULT(rig, DEGRADED, WRONG_DIGEST);
	v3_agent_close(&agent);
	uv_run(&rig->uv, UV_RUN_NOWAIT);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_told_once), TEST(test_restarted),	TEST(test_lagging_is_no_restart),
		TEST(test_restored),  TEST(test_partial_table), TEST(test_empty_table),
		TEST(test_reload),    TEST(test_reload_v3),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
