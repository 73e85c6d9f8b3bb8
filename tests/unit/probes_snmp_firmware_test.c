/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The snmp probe reads firmware, model and serial number by the rules, with the system group; and
 * agents that refuse, choke or fall silent on vendors' objects are none the worse for it.
 */
#include "../../probes/snmp_firmware.h"
#include "../snmp/probe_rig.h"

#include "keepwatch/clock.h"
#include "keepwatch/firmware_rule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define ACME "1.3.6.1.4.1.32473"

/* Twelve scalars, so that one request is not enough; then a column. */
static const char table[] =
	"vendor\tsysobjectid\twhen\titem\tobject\toid\tpattern\n"
	"Acme\t" ACME "\t-\tfirmware\tA::f1\t" ACME ".1.1.0 + " ACME ".1.2.0?\t-\n"
	"Acme\t" ACME "\t-\tfirmware\tA::f3\t" ACME ".1.3.0\t-\n"
	"Acme\t" ACME "\t-\tmodel\tA::m4\t" ACME ".1.4.0 + " ACME ".1.5.0? + " ACME ".1.6.0?\t-\n"
	"Acme\t" ACME "\t-\tmodel\tsysDescr\t-\tExample (.*)\n"
	"Acme\t" ACME "\t-\thardware\tA::h\t" ACME ".1.7.0 + " ACME ".1.8.0 + " ACME
	".1.9.0 + " ACME ".1.10.0\t-\n"
	"Acme\t" ACME "\t-\thardware\tA::h11\t" ACME ".1.11.0 + " ACME ".1.12.0\t-\n"
	"Acme\t" ACME "\t-\tserial\tA::unit\t" ACME ".2.1.*\t^SN(.*)$\n";

static int
setup(void **state)
{
	struct rig *rig;

	assert_int_equal(rig_setup(state), 0);
	rig = *state;
	assert_int_equal(firmware_rules_parse(&rig->env.firmware, table, sizeof(table) - 1, NULL),
			 0);
	rig->device.vendor[2] = "3.3";
	rig->device.vendor[10] = "h11";
	rig->device.vendor[11] = "h12";
	rig->device.units[1] = "no serial number here";
	rig->device.units[2] = "SN1234";
	rig->device.units[3] = "SN5678";
	return 0;
}

static int
teardown(void **state)
{
	struct rig *rig = *state;

	firmware_rules_free(rig->env.firmware);
	return rig_teardown(state);
}

static void
expect_all(struct rig *rig)
{
	ASSERT_RESULT(rig, OK, NONE);
	ASSERT_FACT(rig, FIRMWARE, NULL, "3.3");
	ASSERT_FACT(rig, SOURCE, "firmware", "A::f3");
	ASSERT_FACT(rig, MODEL, NULL, "switch");
	ASSERT_FACT(rig, SOURCE, "model", "sysDescr");
	ASSERT_FACT(rig, HARDWARE, NULL, "h11 h12");
	ASSERT_FACT(rig, SERIAL, NULL, "1234");
	ASSERT_FACT(rig, SOURCE, "serial", "A::unit");
	ASSERT_FACT(rig, VENDOR, NULL, "Acme");
	assert_int_equal(rig->result.lost, 0);
}

static void
test_with_the_system_group(void **state)
{
	struct rig *rig = *state;

	rig_run(rig);
	expect_all(rig);
	assert_int_equal(rig->device.vendor_heard, 3); /* 8 and 4 scalars, a column */
	assert_true(rig->device.walks < 3);
	/* and not with each poll */
	rig_pass(rig, MINUTE, MINUTE);
	rig_run(rig);
	ASSERT_RESULT(rig, OK, NONE);
	assert_null(rig_fact(rig, FACT_FIRMWARE, NULL));
	assert_int_equal(rig->device.vendor_heard, 3);
	rig_pass(rig, 10 * MINUTE, 10 * MINUTE);
	rig_run(rig);
	expect_all(rig);
	/* after a restart it may be another */
	rig->device.vendor[2] = "3.4";
	rig_pass(rig, MINUTE, 0);
	rig->device.ticks = 100;
	rig_run(rig);
	rig_pass(rig, MINUTE, MINUTE);
	rig_run(rig);
	ASSERT_FACT(rig, FIRMWARE, NULL, "3.4");
}

static void
test_v1_lacks(void **state)
{
	struct rig *rig = *state;

	rig_use_config(rig, SNMP_V1, "public", rig->device.port);
	rig_run(rig);
	expect_all(rig);
}

static void
test_chokes(void **state)
{
	struct rig *rig = *state;

	for (uint32_t n = 1; n <= 10; n++) {
		if (n == 3)
			continue; /* that one is wanted */
		rig->device.chokes_on = n;
		rig_pass(rig, 11 * MINUTE, 11 * MINUTE);
		rig_run(rig);
		expect_all(rig);
	}
}

/* Nothing is told of what was read in part, and the device is well. */
static void
test_silent(void **state)
{
	struct rig *rig = *state;

	rig_set_option(rig->config, OPT_SNMP_INTERFACES, 5 * MINUTE);
	rig->device.is_vendor_silent = true;
	rig_run(rig);
	ASSERT_RESULT(rig, OK, NONE);
	assert_string_equal(rig->result.detail, "");
	assert_int_equal(rig->result.lost, 0);
	assert_null(rig_fact(rig, FACT_FIRMWARE, NULL));
	assert_null(rig_fact(rig, FACT_MODEL, NULL));
	assert_null(rig_fact(rig, FACT_VENDOR, NULL));
	ASSERT_FACT(rig, SYS_DESCR, NULL, "Example switch");
	ASSERT_FACT(rig, INTERFACES, NULL, "4");
	assert_non_null(strstr(rig->trace, "firmware is not told of"));
	/* now and then is chance */
	rig->device.is_vendor_silent = false;
	rig_pass(rig, 11 * MINUTE, 11 * MINUTE);
	rig_run(rig);
	expect_all(rig);
}

/* An agent that never answers for such objects is told of by what it does tell. */
static void
test_always_silent(void **state)
{
	struct rig *rig = *state;

	rig->device.is_vendor_silent = true;
	for (int i = 0; i < SNMP_FIRMWARE_SILENCES; i++) {
		assert_null(rig_fact(rig, FACT_MODEL, NULL));
		rig_run(rig);
		ASSERT_RESULT(rig, OK, NONE);
		rig_pass(rig, 11 * MINUTE, 11 * MINUTE);
	}
	ASSERT_FACT(rig, MODEL, NULL, "switch");
	ASSERT_FACT(rig, SOURCE, "model", "sysDescr");
	assert_null(rig_fact(rig, FACT_FIRMWARE, NULL));
	rig->device.is_vendor_silent = false;
	rig_run(rig);
	expect_all(rig);
}

static void
test_cancelled(void **state)
{
	struct rig *rig = *state;
	struct probe_run *run;

	/* amid the scalars, and amid the column */
	for (unsigned i = 1; i <= 3; i += 2) {
		rig->ends = 0;
		rig->device.vendor_heard = 0;
		rig_pass(rig, 11 * MINUTE, 11 * MINUTE);
		run = probe_run_start(&rig->env, &rig->config->target, clock_wall_ms(),
				      rig_on_ended, rig);
		assert_non_null(run);
		net_loop_kick(rig->env.loop);
		while (rig->device.vendor_heard < i) {
			if (rig->device.vendor_heard + 1 == i)
				rig->device.is_vendor_silent = true;
			uv_run(&rig->uv, UV_RUN_ONCE);
		}
		probe_run_cancel(run);
		assert_int_equal(rig->ends, 1);
		ASSERT_RESULT(rig, ERROR, CANCELED);
		rig->device.is_vendor_silent = false;
	}
}

static void
test_login(void **state)
{
	struct rig *rig = *state;

	rig->config->fleet->credentials[0].generation = 7;
	rig_run(rig);
	assert_int_equal(rig->result.login, LOGIN_PROVEN);
	assert_int_equal(rig->result.login_use, USE_SNMP);
	assert_int_equal(rig->result.login_generation, 7);
	/* silence proves nothing */
	rig->device.is_silent = true;
	rig_run(rig);
	assert_int_equal(rig->result.login, LOGIN_NOT_TRIED);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_with_the_system_group),
		TEST(test_v1_lacks),
		TEST(test_chokes),
		TEST(test_silent),
		TEST(test_always_silent),
		TEST(test_cancelled),
		TEST(test_login),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
