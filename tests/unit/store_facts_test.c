/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What becomes of facts: first, same, changed, gone, back, volatile; and what reports make of them.
 */
#include "../store/fixture.h"

#include "keepwatch/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A complete list of MACs, NULL-terminated instances; the value is made from the instance. */
static void
macs(struct fixture *f, uint32_t id, int64_t at_ms, const char *const *instances)
{
	struct fact_list list = {0};

	for (; *instances != NULL; instances++)
		assert_int_equal(fact_addf(&list, FACT_MAC, *instances, "mac of %s", *instances),
				 0);
	assert_int_equal(
		store_batch_facts(f->batch, id, PROBE_SNMP, at_ms, &list, UINT64_C(1) << FACT_MAC),
		0);
	fixture_commit(f);
}

static void
test_change(void **state)
{
	struct fixture *f = *state;
	uint32_t a = fixture_declare(f, "a", KIND_CAMERA, 0);
	struct reader_event_list events;
	struct reader_past_list past;
	struct reader_fact_list facts;
	struct reader *reader;

	fixture_fact(f, a, PROBE_ONVIF, AT(0), FACT_FIRMWARE, NULL, "1.0");
	fixture_commit(f);
	fixture_fact(f, a, PROBE_ONVIF, AT(100), FACT_FIRMWARE, NULL, "2.0");
	fixture_commit(f);
	reader = fixture_reader(f);
	assert_int_equal(reader_facts(reader, NULL, 0, false, &facts), 0);
	assert_int_equal(facts.count, 1);
	assert_string_equal(facts.items[0].value, "2.0");
	assert_string_equal(facts.items[0].probe, "onvif");
	assert_int_equal(facts.items[0].key, FACT_FIRMWARE);
	assert_true(facts.items[0].first_seen_ms == AT(0));
	assert_true(facts.items[0].changed_ms == AT(100));
	assert_true(facts.items[0].last_seen_ms == AT(100));
	reader_fact_list_fini(&facts);
	assert_int_equal(reader_history(reader, NULL, 0, 0, 0, &past), 0);
	assert_int_equal(past.count, 1);
	assert_string_equal(past.items[0].value, "1.0");
	assert_true(past.items[0].since_ms == AT(0));
	assert_true(past.items[0].until_ms == AT(100));
	assert_false(past.items[0].is_gone);
	reader_past_list_fini(&past);
	assert_int_equal(reader_history(reader, NULL, UINT64_C(1) << FACT_MODEL, 0, 0, &past), 0);
	assert_int_equal(past.count, 0);
	assert_int_equal(reader_history(reader, NULL, 0, AT(101), 0, &past), 0);
	assert_int_equal(past.count, 0);
	assert_int_equal(reader_events(reader,
				       &(struct reader_event_query){.devices = READER_FILTER_ANY,
								    .types = UINT64_C(1)
									     << EVENT_FACT_CHANGED},
				       &events),
			 0);
	assert_int_equal(events.count, 1);
	assert_string_equal(events.items[0].detail, "firmware");
	assert_string_equal(events.items[0].from, "1.0");
	assert_string_equal(events.items[0].to, "2.0");
	assert_string_equal(events.items[0].probe, "onvif");
	assert_string_equal(events.items[0].name, "a");
	reader_event_list_fini(&events);
	reader_close(reader);
}

/* The same again costs no write for an hour, then notes that it was seen. */
static void
test_unchanged(void **state)
{
	struct fixture *f = *state;
	uint32_t a = fixture_declare(f, "a", KIND_CAMERA, 0);
	struct store_size before, after;

	fixture_fact(f, a, PROBE_ONVIF, AT(0), FACT_FIRMWARE, NULL, "1.0");
	fixture_commit(f);
	store_get_size(f->store, &before);
	for (int minute = 1; minute < 60; minute++) {
		fixture_fact(f, a, PROBE_ONVIF, AT(minute * 60), FACT_FIRMWARE, NULL, "1.0");
		fixture_commit(f);
	}
	store_get_size(f->store, &after);
	assert_int_equal(before.wal_bytes, after.wal_bytes);
	fixture_fact(f, a, PROBE_ONVIF, AT(2 * 3600), FACT_FIRMWARE, NULL, "1.0");
	fixture_commit(f);
	assert_true(fixture_sql_int(f->path, "SELECT last_seen FROM fact") == AT(2 * 3600));
	assert_true(fixture_sql_int(f->path, "SELECT changed_at FROM fact") == AT(0));
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM fact_history"), 0);
}

static void
test_gone_and_back(void **state)
{
	struct fixture *f = *state;
	uint32_t a = fixture_declare(f, "a", KIND_SWITCH, 0);
	struct reader_fact_list facts;
	struct reader_past_list past;
	struct reader *reader;

	macs(f, a, AT(0), (const char *[]){"p1", "p2", "p10", NULL});
	macs(f, a, AT(60), (const char *[]){"p1", "p10", NULL});
	reader = fixture_reader(f);
	assert_int_equal(reader_facts(reader, NULL, 0, false, &facts), 0);
	assert_int_equal(facts.count, 2);
	assert_string_equal(facts.items[0].instance, "p1");
	assert_string_equal(facts.items[1].instance, "p10");
	reader_fact_list_fini(&facts);
	assert_int_equal(reader_facts(reader, NULL, 0, true, &facts), 0);
	assert_int_equal(facts.count, 3);
	assert_string_equal(facts.items[1].instance, "p2"); /* numbers in their order */
	assert_true(facts.items[1].gone_ms == AT(60));
	reader_fact_list_fini(&facts);
	assert_int_equal(reader_history(reader, NULL, 0, 0, 0, &past), 0);
	assert_int_equal(past.count, 1);
	assert_true(past.items[0].is_gone);
	assert_string_equal(past.items[0].value, "mac of p2");
	reader_past_list_fini(&past);
	/* gone once, not at every reading */
	macs(f, a, AT(120), (const char *[]){"p1", "p10", NULL});
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM fact_history"), 1);
	macs(f, a, AT(180), (const char *[]){"p1", "p2", "p10", NULL});
	assert_int_equal(reader_facts(reader, NULL, 0, false, &facts), 0);
	assert_int_equal(facts.count, 3);
	assert_true(facts.items[1].first_seen_ms == AT(0));
	assert_true(facts.items[1].changed_ms == AT(180));
	reader_fact_list_fini(&facts);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM fact_history"), 1);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM event"
						  " WHERE type = 'fact-changed'"),
			 2);
	reader_close(reader);
}

/* A list that is not complete removes nothing, and an empty complete one everything of its key. */
static void
test_complete(void **state)
{
	struct fixture *f = *state;
	uint32_t a = fixture_declare(f, "a", KIND_SWITCH, 0);

	macs(f, a, AT(0), (const char *[]){"p1", "p2", NULL});
	fixture_fact(f, a, PROBE_SNMP, AT(0), FACT_HOSTNAME, NULL, "sw");
	fixture_fact(f, a, PROBE_ONVIF, AT(0), FACT_MAC, "p9", "another view");
	fixture_fact(f, a, PROBE_SNMP, AT(60), FACT_MAC, "p1", "mac of p1");
	fixture_commit(f);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM fact WHERE gone_at > 0"),
			 0);
	macs(f, a, AT(120), (const char *[]){NULL});
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM fact WHERE gone_at > 0"),
			 2);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM fact WHERE gone_at = 0"
						  " AND instance = 'p9'"),
			 1);
}

/* An offset that wanders by some ms is written now and then, a jump at once; no history of it. */
static void
test_volatile(void **state)
{
	static const struct {
		int seconds, offset, stored;
	} rows[] = {
		{0, 40, 40},	     {60, 55, 40},	  {120, -30, 40}, {180, 9000, 9000},
		{240, 9400, 9000},   {300, 10100, 10100}, {360, 12, 12},  {420, 15, 12},
		{361 + 900, 15, 15}, {1300, 0, 15},
	};
	struct fixture *f = *state;
	uint32_t a = fixture_declare(f, "a", KIND_CAMERA, 0);

	for (size_t i = 0; i < MEM_COUNT(rows); i++) {
		char value[16];

		snprintf(value, sizeof(value), "%d", rows[i].offset);
		fixture_fact(f, a, PROBE_ONVIF, AT(rows[i].seconds), FACT_CLOCK_OFFSET_MS, NULL,
			     value);
		fixture_commit(f);
		assert_int_equal(fixture_sql_int(f->path, "SELECT CAST(value AS INT) FROM fact"),
				 rows[i].stored);
	}
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM fact_history"), 0);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM event"), 0);
}

/* Ports and boot times move by nature: history, no event. */
static void
test_quiet_keys(void **state)
{
	struct fixture *f = *state;
	uint32_t a = fixture_declare(f, "a", KIND_SWITCH, 0);

	fixture_fact(f, a, PROBE_SNMP, AT(0), FACT_IF_STATE, "1", "p1 up/up");
	fixture_fact(f, a, PROBE_SNMP, AT(9), FACT_IF_STATE, "1", "p1 up/down");
	fixture_commit(f);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM fact_history"), 1);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM event"), 0);
}

/* Two probes with other words for the same: no quarrel, one is believed. */
static void
test_two_views(void **state)
{
	struct fixture *f = *state;
	uint32_t a = fixture_declare(f, "a", KIND_CAMERA, 0);
	struct reader_fact_list facts;
	struct reader_spread_list spread;
	struct reader *reader;

	for (int i = 0; i < 5; i++) {
		fixture_fact(f, a, PROBE_SNMP, AT(i), FACT_VENDOR, NULL, "AXIS");
		fixture_fact(f, a, PROBE_ONVIF, AT(i), FACT_VENDOR, NULL, "Axis");
	}
	fixture_fact(f, a, PROBE_SNMP, AT(9), FACT_MODEL, NULL, "by snmp only");
	fixture_commit(f);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM fact_history"), 0);
	reader = fixture_reader(f);
	assert_int_equal(reader_facts(reader, NULL, 0, false, &facts), 0);
	assert_int_equal(facts.count, 3);
	assert_string_equal(facts.items[0].value, "Axis");
	assert_false(facts.items[0].is_shadowed);
	assert_string_equal(facts.items[1].value, "AXIS");
	assert_true(facts.items[1].is_shadowed);
	assert_false(facts.items[2].is_shadowed);
	reader_fact_list_fini(&facts);
	/* ONVIF has been silent for days, SNMP has not */
	fixture_fact(f, a, PROBE_SNMP, AT(3 * 86400), FACT_VENDOR, NULL, "AXIS");
	fixture_commit(f);
	assert_int_equal(reader_facts(reader, NULL, UINT64_C(1) << FACT_VENDOR, false, &facts), 0);
	assert_int_equal(facts.count, 2);
	assert_true(facts.items[0].is_shadowed);
	assert_false(facts.items[1].is_shadowed);
	reader_fact_list_fini(&facts);
	assert_int_equal(reader_spread(reader, NULL, FACT_FIRMWARE, &spread), 0);
	assert_int_equal(spread.count, 1);
	assert_string_equal(spread.items[0].vendor, "AXIS");
	assert_string_equal(spread.items[0].model, "by snmp only");
	assert_string_equal(spread.items[0].value, "");
	reader_spread_list_fini(&spread);
	reader_close(reader);
}

static void
test_history_retention(void **state)
{
	struct store_retention keep = {.keep_events_ms = 86400000};
	struct fixture *f = *state;
	uint32_t a = fixture_declare(f, "a", KIND_SWITCH, 0);

	macs(f, a, AT(0), (const char *[]){"p1", "p2", NULL});
	macs(f, a, AT(60), (const char *[]){"p1", NULL});
	fixture_maintain(f, &keep, AT(3600));
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM fact"), 2);
	fixture_maintain(f, &keep, AT(2 * 86400));
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM fact"), 1);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM fact_history"), 0);
	/* the newest stays, so that ids go on from it */
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM event"), 1);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_change),    TEST(test_unchanged),	    TEST(test_gone_and_back),
		TEST(test_complete),  TEST(test_volatile),	    TEST(test_quiet_keys),
		TEST(test_two_views), TEST(test_history_retention),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
