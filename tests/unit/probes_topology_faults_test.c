/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Switches that do not behave, read by the topology probe: what is lost, refused, circling or
 * suddenly gone is told of, and harms nothing else.
 */
#include "../snmp/switch_rig.h"

#include "keepwatch/snmpc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define IF_ENTRY   "1.3.6.1.2.1.2.2.1"
#define QFDB_ENTRY "1.3.6.1.2.1.17.7.1.2.2.1"
#define LLDP_ENTRY "1.0.8802.1.1.2.1.4.1.1"
#define ENTITIES   "1.3.6.1.2.1.47.1.1.1.1"

static void
assert_all(const struct switch_rig *rig)
{
	ASSERT_OUTCOME(rig, OK, NONE);
	assert_string_equal(rig->result.detail, "");
	for (int part = 0; part < VIEW_PART_COUNT; part++)
		assert_int_equal(rig->result.view->trust[part], VIEW_WHOLE);
	assert_int_equal(rig->result.view->port_count, 48);
	assert_int_equal(rig->result.view->fdb_count, 1000);
	assert_int_equal(rig->result.view->neighbour_count, 8);
}

/* ---- no answer at all */

static void
test_silent(void **state)
{
	struct switch_rig *rig = *state;

	switch_rig_fill(rig);
	rig->sw.is_silent = true;
	switch_rig_run(rig);
	ASSERT_OUTCOME(rig, FAIL, TIMEOUT);
	assert_string_equal(rig->result.detail, "2 of 2 unanswered, timeout 100ms");
	assert_null(rig->result.view);
	assert_int_equal(rig->result.facts.count, 0);
	assert_int_equal(rig->result.complete, 0);
	assert_int_equal(rig->sw.heard, 2);
}

static void
test_no_credential(void **state)
{
	struct switch_rig *rig = *state;

	switch_rig_use(rig, PROBE_TOPOLOGY, SNMP_NONE);
	switch_rig_run(rig);
	ASSERT_OUTCOME(rig, ERROR, NO_CREDENTIAL);
	assert_int_equal(rig->sw.heard, 0);
}

static void
test_nothing_served(void **state)
{
	struct switch_rig *rig = *state;

	switch_put_number(&rig->sw, 0, "1.3.6.1.4.1.32473.1.0", UINT32_MAX, VB_INTEGER, 1);
	switch_rig_run(rig);
	ASSERT_OUTCOME(rig, DEGRADED, NOT_SERVED);
	assert_null(rig->result.view);
	/* Without the system group it is read nevertheless. */
	switch_put_ports(&rig->sw, 4);
	switch_rig_run(rig);
	ASSERT_OUTCOME(rig, OK, NONE);
	assert_int_equal(rig->result.view->port_count, 4);
}

/* ---- loss */

/* In the middle of the table five requests are lost, which is more than attempts and smaller
 * questions bear: the walk goes on from where it was. */
static void
test_loss_in_the_middle(void **state)
{
	struct switch_rig *rig = *state;
	unsigned bulks;

	switch_rig_fill(rig);
	switch_rig_run(rig);
	bulks = rig->sw.bulks;
	switch_aim(&rig->sw, QFDB_ENTRY);
	rig->sw.skip = 3; /* the presence check is one of them */
	rig->sw.lose = 8;
	switch_rig_run(rig);
	assert_all(rig);
	assert_int_equal(rig->sw.lose, 0);
	assert_int_equal(rig->result.lost, 8);
	assert_non_null(strstr(rig->trace, "it goes on from there"));
	assert_non_null(strstr(rig->trace, "dot1qTpFdbTable: 1000 rows, 1000 values"));
	assert_true(rig->sw.bulks < 4 * bulks);
}

/* One that stays silent over a table: the table is told of, what was read of it is kept, and the
 * others are read. */
static void
test_silent_table(void **state)
{
	struct switch_rig *rig = *state;
	unsigned heard;

	switch_rig_fill(rig);
	switch_aim(&rig->sw, QFDB_ENTRY);
	rig->sw.skip = 3;
	rig->sw.lose = 1000;
	switch_rig_run(rig);
	ASSERT_OUTCOME(rig, OK, NONE);
	ASSERT_TRUST(rig, FDB, CUT);
	ASSERT_TRUST(rig, PORTS, WHOLE);
	ASSERT_TRUST(rig, ENTITIES, WHOLE);
	assert_in_range(rig->result.view->fdb_count, 10, 999);
	assert_string_equal(switch_rig_fact(rig, FACT_TABLES, "forwarding"),
			    "cut: the agent fell silent");
	/* From the beginning on, twice: then it is spared for a while. */
	switch_rig_run(rig);
	ASSERT_TRUST(rig, FDB, NOT_READ);
	switch_rig_run(rig);
	ASSERT_TRUST(rig, FDB, NOT_READ);
	heard = rig->sw.heard;
	switch_rig_run(rig);
	ASSERT_TRUST(rig, FDB, NOT_READ);
	ASSERT_TRUST(rig, PORTS, WHOLE);
	assert_in_range(rig->sw.heard - heard, 10, 40);
	assert_string_equal(switch_rig_fact(rig, FACT_TABLES, "forwarding"),
			    "left out in most readings: it has silenced the agent");
	/* In the sixteenth it is asked for again. */
	rig->sw.lose = 0;
	for (unsigned run = 5; run <= 16; run++)
		switch_rig_run(rig);
	assert_all(rig);
}

/* It goes away altogether: the rest is not waited for table by table. */
static void
test_gone_in_the_middle(void **state)
{
	struct switch_rig *rig = *state;

	switch_rig_fill(rig);
	switch_rig_set(rig, OPT_TOPOLOGY_GAP, 2);
	switch_rig_start(rig);
	while (rig->sw.bulks < 8 && rig->ends == 0)
		switch_rig_turn(rig);
	rig->sw.is_silent = true;
	while (rig->ends == 0)
		switch_rig_turn(rig);
	ASSERT_OUTCOME(rig, OK, NONE);
	ASSERT_TRUST(rig, PORTS, WHOLE);
	ASSERT_TRUST(rig, ENTITIES, NOT_READ);
	assert_true(rig->result.took_ms < 8000);
	assert_string_equal(switch_rig_fact(rig, FACT_TABLES, "entities"),
			    "cut: the agent fell silent");
}

/* ---- GETBULK */

static void
test_bulk_refused(void **state)
{
	struct switch_rig *rig = *state;

	switch_rig_fill(rig);
	rig->sw.refuses_bulk = true;
	switch_rig_run(rig);
	assert_all(rig);
	assert_in_range(rig->sw.bulks, 1, 3);
	rig->sw.bulks = 0;
	switch_rig_run(rig);
	assert_int_equal(rig->sw.bulks, 0); /* remembered */
}

static void
test_too_big(void **state)
{
	struct switch_rig *rig = *state;

	switch_rig_fill(rig);
	rig->sw.too_big_over = 20;
	switch_rig_run(rig);
	assert_all(rig);
}

/* A GETBULK kills the agent, which then takes its time to come back; and so each time. */
static void
test_bulk_kills(void **state)
{
	struct switch_rig *rig = *state;
	unsigned bulks;

	switch_rig_fill(rig);
	rig->sw.dead_after_bulk = 5;
	switch_rig_run(rig);
	assert_all(rig);
	bulks = rig->sw.bulks;
	assert_in_range(bulks, 1, 8);
	for (unsigned run = 0; run < 5; run++) {
		switch_rig_run(rig);
		assert_all(rig);
	}
	assert_int_equal(rig->sw.bulks, bulks); /* never again */
}

/* ---- answers without sense */

static void
test_circling(void **state)
{
	struct switch_rig *rig = *state;

	switch_rig_fill(rig);
	switch_aim(&rig->sw, QFDB_ENTRY);
	rig->sw.is_circling = true;
	switch_rig_run(rig);
	ASSERT_OUTCOME(rig, OK, NONE);
	ASSERT_TRUST(rig, FDB, CUT);
	ASSERT_TRUST(rig, PORTS, WHOLE);
	ASSERT_TRUST(rig, VLANS, WHOLE);
	assert_in_range(rig->result.view->fdb_count, 1, 20);
	assert_string_equal(rig->result.detail, "forwarding cut");
	assert_string_equal(switch_rig_fact(rig, FACT_TABLES, "forwarding"),
			    "cut: the agent's OIDs do not increase");
	assert_true(rig->sw.heard < 80);
}

static void
test_refused(void **state)
{
	struct switch_rig *rig = *state;

	switch_rig_fill(rig);
	switch_aim(&rig->sw, LLDP_ENTRY);
	rig->sw.is_refused = true;
	switch_rig_run(rig);
	ASSERT_OUTCOME(rig, OK, NONE);
	ASSERT_TRUST(rig, NEIGHBOURS, NOT_READ);
	ASSERT_TRUST(rig, PORTS, WHOLE);
	ASSERT_TRUST(rig, FDB, WHOLE);
	assert_int_equal(rig->result.view->fdb_count, 1000);
	assert_string_equal(switch_rig_fact(rig, FACT_TABLES, "neighbours"),
			    "refused by the agent");
	assert_int_equal(rig->result.complete >> FACT_NEIGHBOUR & 1, 0);
	assert_true(rig->sw.bulks > 5); /* it was not GETBULK that was refused */
}

/* ---- doubt */

static void
test_empty_where_full(void **state)
{
	struct switch_rig *rig = *state;

	switch_rig_fill(rig);
	switch_rig_run(rig);
	assert_all(rig);
	switch_drop(&rig->sw, QFDB_ENTRY, 0);
	switch_rig_run(rig);
	ASSERT_OUTCOME(rig, OK, NONE);
	ASSERT_TRUST(rig, FDB, DOUBTED);
	ASSERT_TRUST(rig, NEIGHBOURS, WHOLE);
	assert_string_equal(rig->result.detail, "forwarding doubted");
	assert_non_null(strstr(switch_rig_fact(rig, FACT_TABLES, "forwarding"), "doubted"));
	assert_non_null(strstr(rig->trace, "it is read again"));
	/* The next reading says the same: it is so. */
	switch_rig_run(rig);
	ASSERT_TRUST(rig, FDB, WHOLE);
	assert_int_equal(rig->result.view->fdb_count, 0);
	assert_string_equal(rig->result.detail, "");
	/* And it stays so. */
	switch_rig_run(rig);
	ASSERT_TRUST(rig, FDB, WHOLE);
	assert_null(strstr(rig->trace, "it is read again"));
}

static void
test_shrunken(void **state)
{
	struct switch_rig *rig = *state;

	switch_rig_fill(rig);
	switch_rig_run(rig);
	/* A little less is as it should be. */
	switch_drop(&rig->sw, QFDB_ENTRY ".2", 600);
	switch_rig_run(rig);
	ASSERT_TRUST(rig, FDB, WHOLE);
	/* Half of that and more is gone. */
	switch_drop(&rig->sw, QFDB_ENTRY ".2", 299);
	switch_drop(&rig->sw, QFDB_ENTRY ".3", 299);
	switch_rig_run(rig);
	ASSERT_TRUST(rig, FDB, DOUBTED);
	/* All of it is back: nothing is doubted, and the next time doubt begins anew. */
	switch_put_qfdb(&rig->sw, 1000, 48);
	switch_rig_run(rig);
	ASSERT_TRUST(rig, FDB, WHOLE);
	switch_drop(&rig->sw, QFDB_ENTRY, 0);
	switch_rig_run(rig);
	ASSERT_TRUST(rig, FDB, DOUBTED);
}

/* Few neighbours may be fewer at any time, but none at all is doubted once. */
static void
test_small_tables(void **state)
{
	struct switch_rig *rig = *state;

	switch_put_system(&rig->sw, "1.3.6.1.4.1.32473.7");
	switch_put_ports(&rig->sw, 8);
	switch_put_lldp(&rig->sw, 5, 8);
	switch_rig_run(rig);
	assert_int_equal(rig->result.view->neighbour_count, 5);
	for (unsigned column = 4; column <= 12; column++) {
		char oid[64];

		snprintf(oid, sizeof(oid), LLDP_ENTRY ".%u", column);
		switch_drop(&rig->sw, oid, 1);
	}
	switch_rig_run(rig);
	ASSERT_TRUST(rig, NEIGHBOURS, WHOLE);
	assert_int_equal(rig->result.view->neighbour_count, 1);
	switch_drop(&rig->sw, LLDP_ENTRY, 0);
	switch_rig_run(rig);
	ASSERT_TRUST(rig, NEIGHBOURS, DOUBTED);
	switch_rig_run(rig);
	ASSERT_TRUST(rig, NEIGHBOURS, WHOLE);
	assert_int_equal(rig->result.view->neighbour_count, 0);
}

/* An agent under load that answers as if there were nothing, for a moment. */
static void
test_empty_for_a_moment(void **state)
{
	struct switch_rig *rig = *state;

	switch_rig_fill(rig);
	switch_rig_run(rig);
	switch_aim(&rig->sw, QFDB_ENTRY);
	rig->sw.is_missing = true;
	rig->sw.missing_for = 3; /* the presence check, the walk, and then no more */
	switch_rig_run(rig);
	assert_non_null(strstr(rig->trace, "it is read again"));
	assert_all(rig);
}

/* After a restart of the agent what comes first is believed. */
static void
test_restart(void **state)
{
	struct switch_rig *rig = *state;

	switch_rig_fill(rig);
	switch_rig_run(rig);
	switch_drop(&rig->sw, QFDB_ENTRY, 0);
	switch_drop(&rig->sw, ENTITIES, 0);
	switch_rig_forget(rig);
	switch_rig_run(rig);
	ASSERT_OUTCOME(rig, OK, NONE);
	assert_string_equal(rig->result.detail, "");
	ASSERT_TRUST(rig, FDB, WHOLE);
	ASSERT_TRUST(rig, ENTITIES, WHOLE);
	assert_int_equal(rig->result.view->fdb_count, 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, switch_rig_setup, switch_rig_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_silent),
		TEST(test_no_credential),
		TEST(test_nothing_served),
		TEST(test_loss_in_the_middle),
		TEST(test_silent_table),
		TEST(test_gone_in_the_middle),
		TEST(test_bulk_refused),
		TEST(test_too_big),
		TEST(test_bulk_kills),
		TEST(test_circling),
		TEST(test_refused),
		TEST(test_empty_where_full),
		TEST(test_shrunken),
		TEST(test_small_tables),
		TEST(test_empty_for_a_moment),
		TEST(test_restart),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
