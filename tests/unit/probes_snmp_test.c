/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One run of the snmp probe: what it tells of a device that answers, and what it makes of silence,
 * refusal and credentials that do not fit.
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
test_facts(void **state)
{
	struct rig *rig = *state;

	rig_set_option(rig->config, OPT_SNMP_INTERFACES, 5 * MINUTE);
	rig_run(rig);
	ASSERT_RESULT(rig, OK, NONE);
	ASSERT_FACT(rig, SYS_DESCR, NULL, "Example switch");
	ASSERT_FACT(rig, SYS_OBJECT_ID, NULL, "1.3.6.1.4.1.32473.7");
	ASSERT_FACT(rig, SYS_CONTACT, NULL, "noc@example.org");
	ASSERT_FACT(rig, HOSTNAME, NULL, "sw-1");
	ASSERT_FACT(rig, SYS_LOCATION, NULL, "Hall 4");
	ASSERT_FACT(rig, IF_STATE, "2", "p2 up/up 1000M (p2)");
	ASSERT_FACT(rig, MAC, "p4", "02:00:00:00:00:04");
	ASSERT_FACT(rig, INTERFACES, NULL, "4");
	assert_null(rig_fact(rig, FACT_ENGINE_ID, NULL));
	assert_int_equal(rig->result.complete,
			 (uint64_t)1 << FACT_IF_STATE | (uint64_t)1 << FACT_MAC);
	assert_in_range(rig->result.rtt_us, 1, 600000);
	assert_true(rig->result.sent >= 2);
	assert_int_equal(rig->result.lost, 0);
	assert_int_equal(rig->result.at_ms / MINUTE, clock_wall_ms() / MINUTE);
}

static void
test_timeout(void **state)
{
	struct rig *rig = *state;

	rig->device.is_silent = true;
	rig_run(rig);
	ASSERT_RESULT(rig, FAIL, TIMEOUT);
	assert_string_equal(rig->result.detail, "2 of 2 unanswered, timeout 300ms");
	assert_int_equal(rig->result.sent, 2);
	assert_int_equal(rig->result.lost, 2);
	assert_int_equal(rig->result.rtt_us, RTT_NONE);
	assert_int_equal(rig->result.facts.count, 0);
	assert_int_equal(rig->result.complete, 0);
	/* A wrong community looks the same. */
	rig->device.is_silent = false;
	rig->device.community = "other";
	rig_run(rig);
	ASSERT_RESULT(rig, FAIL, TIMEOUT);
}

static void
test_no_credential(void **state)
{
	struct rig *rig = *state;

	rig->config->fleet->devices[0].credentials[USE_SNMP] = CREDENTIAL_NONE;
	rig_run(rig);
	ASSERT_RESULT(rig, ERROR, NO_CREDENTIAL);
	rig_use_config(rig, SNMP_NONE, NULL, 0);
	rig_run(rig);
	ASSERT_RESULT(rig, ERROR, NO_CREDENTIAL);
	assert_int_equal(rig->device.heard, 0);
}

static void
test_unusable_credential(void **state)
{
	struct rig *rig = *state;
	struct credential_snmp *snmp;

	rig_use_config(rig, SNMP_V3, NULL, 0);
	snmp = &rig->config->fleet->credentials[0].snmp;
	snmp->user = strdup("monitor");
	snmp->auth = SNMP_AUTH_SHA256;
	assert_int_equal(secret_new(&snmp->auth_password, "short", 5), 0);
	rig_run(rig);
	ASSERT_RESULT(rig, ERROR, LOCAL);
	assert_non_null(strstr(rig->result.detail, "\"switches\""));
	assert_non_null(strstr(rig->result.detail, "8 characters"));
	assert_null(strstr(rig->result.detail, "short"));
}

static void
test_no_uptime(void **state)
{
	struct rig *rig = *state;

	rig->device.lacks = 1u << 3;
	rig_run(rig);
	ASSERT_RESULT(rig, DEGRADED, NOT_SERVED);
	assert_non_null(strstr(rig->result.detail, "sysUpTime"));
	rig_use_config(rig, SNMP_V1, "public", rig->device.port);
	rig_run(rig);
	ASSERT_RESULT(rig, DEGRADED, FAULT);
	assert_string_equal(rig->result.detail, "error-status 2");
}

/* RFC 1157: one object that is missing refuses the whole request, and names the first only. */
static void
test_v1_refuses(void **state)
{
	struct rig *rig = *state;

	rig_use_config(rig, SNMP_V1, "public", rig->device.port);
	rig->device.lacks = 1u << 4 | 1u << 6; /* sysContact, sysLocation */
	rig_run(rig);
	ASSERT_RESULT(rig, OK, NONE);
	assert_int_equal(rig->device.gets, 3);
	assert_int_equal(rig->device.last_oids, 4);
	ASSERT_FACT(rig, HOSTNAME, NULL, "sw-1");
	ASSERT_FACT(rig, SYS_DESCR, NULL, "Example switch");
	assert_null(rig_fact(rig, FACT_SYS_LOCATION, NULL));
	assert_non_null(rig_fact(rig, FACT_BOOT_TIME, NULL));
	assert_int_equal(rig->result.sent, 3);
	/* v2c says so of each object by itself. */
	rig_use_config(rig, SNMP_V2C, "public", rig->device.port);
	rig->device.gets = 0;
	rig_run(rig);
	ASSERT_RESULT(rig, OK, NONE);
	assert_int_equal(rig->device.gets, 1);
	assert_null(rig_fact(rig, FACT_SYS_LOCATION, NULL));
	ASSERT_FACT(rig, HOSTNAME, NULL, "sw-1");
}

static void
test_v3(void **state)
{
	struct rig *rig = *state;
	struct v3_agent agent;
	struct credential_snmp *snmp;

	v3_agent_open(&agent, &rig->uv, "127.0.0.1", "\x80xxx\4real", "monitor", "password1");
	rig_use_config(rig, SNMP_NONE, NULL, agent.port);
	v3_agent_credential(&rig->config->fleet->credentials[0], "nobody", "password1");
	rig_run(rig);
	ASSERT_RESULT(rig, DEGRADED, UNKNOWN_USER);
	assert_int_equal(rig->result.login, LOGIN_REFUSED);
	assert_in_range(rig->result.rtt_us, 1, 6000000);
	assert_int_equal(rig->result.lost, 0);
	snmp = &rig->config->fleet->credentials[0].snmp;
	free(snmp->user);
	snmp->user = strdup("monitor");
	agent.ticks = 360000;
	rig_run(rig);
	ASSERT_RESULT(rig, OK, NONE);
	ASSERT_FACT(rig, ENGINE_ID, NULL, "80787878047265616c");
	assert_int_equal(rig->result.login, LOGIN_PROVEN);
	v3_agent_close(&agent);
	uv_run(&rig->uv, UV_RUN_NOWAIT);
}

static void
test_cancelled(void **state)
{
	struct rig *rig = *state;
	struct probe_run *run;

	/* Before the answer, and amid the table. */
	for (unsigned i = 0; i < 2; i++) {
		rig->ends = 0;
		rig_set_option(rig->config, OPT_SNMP_INTERFACES, i == 0 ? 0 : 5 * MINUTE);
		rig->device.table_replies = 1;
		rig->device.interfaces = 24;
		run = probe_run_start(&rig->env, &rig->config->target, clock_wall_ms(),
				      rig_on_ended, rig);
		assert_non_null(run);
		net_loop_kick(rig->env.loop);
		while (i == 1 && rig->device.walks < 2)
			uv_run(&rig->uv, UV_RUN_ONCE);
		assert_int_equal(rig->ends, 0);
		probe_run_cancel(run);
		assert_int_equal(rig->ends, 1);
		ASSERT_RESULT(rig, ERROR, CANCELED);
		assert_int_equal(snmpc_stats(rig->env.snmp).in_flight, 0);
	}
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, rig_setup, rig_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_facts),
		TEST(test_timeout),
		TEST(test_no_credential),
		TEST(test_unusable_credential),
		TEST(test_no_uptime),
		TEST(test_v1_refuses),
		TEST(test_v3),
		TEST(test_cancelled),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
