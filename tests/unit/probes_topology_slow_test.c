/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Agents that give one row at a time, and have more of them than one reading has time for: several
 * readings together see them all, and what comes after the long table is read nevertheless.
 */
#include "../snmp/switch_rig.h"

#include "keepwatch/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { STATIONS = 400, RUNS_MAX = 40 };

static void
put_slow(struct switch_rig *rig)
{
	switch_put_system(&rig->sw, "1.3.6.1.4.1.32473.7");
	switch_put_ports(&rig->sw, 4);
	switch_put_base_ports(&rig->sw, 0, 4);
	switch_put_qfdb(&rig->sw, STATIONS, 4);
	switch_put_poe(&rig->sw, 4);
	switch_rig_use(rig, PROBE_TOPOLOGY, SNMP_V1);
	switch_rig_set(rig, OPT_TOPOLOGY_GAP, 1);
	switch_rig_set(rig, OPT_TOPOLOGY_MAX_TIME, 700);
}

/* The stations of a reading, by the low bytes of their MACs; returns how many are new. */
static size_t
note(const struct switch_view *view, uint8_t seen[65536])
{
	size_t fresh = 0;

	for (size_t i = 0; i < view->fdb_count; i++) {
		uint8_t *place = &seen[view->fdb[i].mac & 0xffff];

		fresh += *place == 0;
		*place = 1;
	}
	return fresh;
}

static void
test_goes_on(void **state)
{
	struct switch_rig *rig = *state;
	uint8_t *seen = calloc(1, 65536);
	size_t sum = 0, runs, first = 0;

	assert_non_null(seen);
	put_slow(rig);
	for (runs = 0; runs < RUNS_MAX && sum < STATIONS; runs++) {
		switch_rig_run(rig);
		ASSERT_OUTCOME(rig, OK, NONE);
		ASSERT_TRUST(rig, FDB, CUT);
		ASSERT_TRUST(rig, PORTS, WHOLE);
		ASSERT_TRUST(rig, POE, WHOLE); /* comes after it */
		if (runs == 0)
			first = rig->result.view->fdb_count;
		sum += note(rig->result.view, seen);
	}
	assert_int_equal(sum, STATIONS);
	assert_in_range(runs, 2, RUNS_MAX);
	assert_in_range(first, 1, STATIONS - 1);
	assert_string_equal(switch_rig_fact(rig, FACT_TABLES, "forwarding"),
			    "cut: the rest of what was longer than max_time");
	/* Then from its beginning; and with time enough it is whole. */
	memset(seen, 0, 65536);
	switch_rig_set(rig, OPT_TOPOLOGY_MAX_TIME, 60000);
	switch_rig_run(rig);
	ASSERT_TRUST(rig, FDB, WHOLE);
	assert_int_equal(note(rig->result.view, seen), STATIONS);
	free(seen);
}

/* The rest is gone meanwhile: nothing is known, and the next reading begins anew. */
static void
test_rest_is_gone(void **state)
{
	struct switch_rig *rig = *state;

	put_slow(rig);
	switch_rig_run(rig);
	ASSERT_TRUST(rig, FDB, CUT);
	switch_drop(&rig->sw, "1.3.6.1.2.1.17.7.1.2.2", 1);
	switch_rig_run(rig);
	assert_true(rig->result.view->trust[VIEW_FDB] < VIEW_WHOLE);
	assert_int_equal(rig->result.view->fdb_count, 0);
	switch_rig_run(rig);
	ASSERT_TRUST(rig, FDB, WHOLE);
	assert_int_equal(rig->result.view->fdb_count, 1);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, switch_rig_setup, switch_rig_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_goes_on),
		TEST(test_rest_is_gone),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
