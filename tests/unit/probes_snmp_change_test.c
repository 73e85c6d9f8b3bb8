/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The snmp probe tells when a switch says that its topology has changed, in the request that it
 * makes anyway, and is not led by the nose by agents that say so all the time.
 */
#include "../snmp/switch_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define UPTIME	      "1.3.6.1.2.1.1.3.0"
#define LLDP_CHANGE   "1.0.8802.1.1.2.1.2.1.0"
#define IF_CHANGE     "1.3.6.1.2.1.31.1.5.0"
#define STP_CHANGES   "1.3.6.1.2.1.17.2.4.0"
#define ENTITY_CHANGE "1.3.6.1.2.1.47.1.4.1.0"

static int
setup(void **state)
{
	struct switch_rig *rig;

	switch_rig_setup(state);
	rig = *state;
	switch_put_system(&rig->sw, "1.3.6.1.4.1.32473.7");
	switch_put_number(&rig->sw, 0, LLDP_CHANGE, UINT32_MAX, VB_TIMETICKS, 100);
	switch_put_number(&rig->sw, 0, IF_CHANGE, UINT32_MAX, VB_TIMETICKS, 200);
	switch_put_number(&rig->sw, 0, STP_CHANGES, UINT32_MAX, VB_COUNTER32, 3);
	switch_put_number(&rig->sw, 0, ENTITY_CHANGE, UINT32_MAX, VB_TIMETICKS, 400);
	switch_rig_use(rig, PROBE_SNMP, SNMP_V2C);
	switch_rig_set(rig, OPT_SNMP_INTERFACES, 0);
	return 0;
}

static bool
run_tells(struct switch_rig *rig)
{
	switch_rig_run(rig);
	ASSERT_OUTCOME(rig, OK, NONE);
	return rig->result.has_topology_change;
}

static void
test_each(void **state)
{
	static const char *const oids[] = {LLDP_CHANGE, IF_CHANGE, STP_CHANGES, ENTITY_CHANGE};
	struct switch_rig *rig = *state;

	assert_false(run_tells(rig)); /* the first run knows of nothing before */
	assert_false(run_tells(rig));
	for (size_t i = 0; i < 4; i++) {
		switch_set_number(&rig->sw, oids[i], 5000);
		assert_true(run_tells(rig));
		assert_false(run_tells(rig));
	}
	/* One request each. */
	assert_int_equal(rig->sw.heard, 10);
}

static void
test_restart(void **state)
{
	struct switch_rig *rig = *state;

	assert_false(run_tells(rig));
	switch_set_number(&rig->sw, UPTIME, 10);
	switch_set_number(&rig->sw, LLDP_CHANGE, 0);
	assert_true(run_tells(rig));
	assert_false(run_tells(rig));
}

/* One that is made up at each request is ignored from the third time on; the others are not. */
static void
test_moving(void **state)
{
	struct switch_rig *rig = *state;
	unsigned told = 0;

	run_tells(rig);
	for (uint32_t i = 0; i < 10; i++) {
		switch_set_number(&rig->sw, IF_CHANGE, 300 + i);
		told += run_tells(rig);
	}
	assert_int_equal(told, 2);
	switch_set_number(&rig->sw, IF_CHANGE, 400);
	switch_set_number(&rig->sw, STP_CHANGES, 4);
	assert_true(run_tells(rig));
	/* It stands still for long: then it is heard again. */
	for (uint32_t i = 0; i < 31; i++)
		assert_false(run_tells(rig));
	switch_set_number(&rig->sw, IF_CHANGE, 500);
	assert_true(run_tells(rig));
}

/* Two changes in a row are nothing unusual. */
static void
test_twice(void **state)
{
	struct switch_rig *rig = *state;

	run_tells(rig);
	for (uint32_t i = 0; i < 4; i++) {
		switch_set_number(&rig->sw, LLDP_CHANGE, 1000 + 2 * i);
		assert_true(run_tells(rig));
		switch_set_number(&rig->sw, LLDP_CHANGE, 1001 + 2 * i);
		assert_true(run_tells(rig));
		assert_false(run_tells(rig));
	}
}

static void
test_only_switches(void **state)
{
	struct switch_rig *rig = *state;

	rig->fleet->devices[0].kind = KIND_CAMERA;
	run_tells(rig);
	switch_set_number(&rig->sw, LLDP_CHANGE, 5000);
	assert_false(run_tells(rig));
	rig->fleet->devices[0].kind = KIND_ROUTER;
	run_tells(rig);
	switch_set_number(&rig->sw, LLDP_CHANGE, 6000);
	assert_true(run_tells(rig));
}

/* v1 refuses the whole request for one that is missing: that one is not asked for again. */
static void
test_v1_lacks(void **state)
{
	struct switch_rig *rig = *state;
	unsigned heard;

	switch_drop(&rig->sw, IF_CHANGE, 0);
	switch_drop(&rig->sw, ENTITY_CHANGE, 0);
	switch_rig_use(rig, PROBE_SNMP, SNMP_V1);
	switch_rig_set(rig, OPT_SNMP_INTERFACES, 0);
	assert_false(run_tells(rig));
	assert_string_equal(switch_rig_fact(rig, FACT_HOSTNAME, NULL), "acc-1");
	heard = rig->sw.heard;
	switch_set_number(&rig->sw, LLDP_CHANGE, 5000);
	assert_true(run_tells(rig));
	assert_int_equal(rig->sw.heard, heard + 1);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, switch_rig_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_each),  TEST(test_restart),	    TEST(test_moving),
		TEST(test_twice), TEST(test_only_switches), TEST(test_v1_lacks),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
