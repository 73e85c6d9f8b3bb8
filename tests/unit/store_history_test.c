/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rollups through the database: parts of a period, hours, retention, and that the file stays
 * bounded.
 */
#include "../store/fixture.h"

#include "keepwatch/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct store_retention keep_all = {0, 0, 0};

static struct rollup_point_list
series(struct reader *reader, uint32_t id, const char *probe, enum rollup_tier tier, int64_t since,
       int64_t until)
{
	struct rollup_point_list list;

	assert_int_equal(reader_series(reader, id, probe, tier, since, until, &list), 0);
	return list;
}

static void
test_series(void **state)
{
	struct fixture *f = *state;
	int64_t start = rollup_start_ms(ROLLUP_5MIN, AT(0)), length = 300000;
	struct rollup_point_list list;
	uint32_t ids[200];
	struct reader *reader;

	for (uint32_t i = 0; i < MEM_COUNT(ids); i++) {
		char name[16];

		snprintf(name, sizeof(name), "d%u", i);
		ids[i] = fixture_declare(f, name, KIND_CAMERA, 0);
	}
	for (int period = 0; period < 5; period++) {
		/* backwards, to be sorted by the store */
		for (size_t i = MEM_COUNT(ids); i-- > 0;) {
			if (period == 2 && i == 100)
				continue;
			fixture_rollup(f, ids[i], PROBE_SNMP, start + period * length, 5, 4,
				       1000 + ids[i]);
			fixture_rollup(f, ids[i], PROBE_ICMP, start + period * length + 7, 5, 5,
				       100 + ids[i]);
		}
		fixture_commit(f);
	}
	reader = fixture_reader(f);
	for (size_t i = 0; i < MEM_COUNT(ids); i += 50) {
		list = series(reader, ids[i], "snmp", ROLLUP_5MIN, start, start + 5 * length);
		assert_int_equal(list.count, i == 100 ? 4 : 5);
		for (size_t n = 0; n < list.count; n++) {
			assert_int_equal(list.items[n].runs, 5);
			assert_int_equal(list.items[n].up, 4);
			assert_int_equal(list.items[n].lost, 1);
			assert_int_equal(list.items[n].rtt_avg_us, 1000 + ids[i]);
		}
		assert_true(list.items[list.count - 1].start_ms == start + 4 * length);
		rollup_point_list_fini(&list);
	}
	/* borders: begins in since <= start < until */
	list = series(reader, ids[0], "icmp", ROLLUP_5MIN, start + 1, start + 3 * length + 1);
	assert_int_equal(list.count, 3);
	assert_true(list.items[0].start_ms == start + length);
	rollup_point_list_fini(&list);
	list = series(reader, ids[0], "icmp", ROLLUP_5MIN, INT64_MIN, INT64_MAX);
	assert_int_equal(list.count, 5);
	rollup_point_list_fini(&list);
	list = series(reader, ids[0], "no-such-probe", ROLLUP_5MIN, 0, INT64_MAX);
	assert_int_equal(list.count, 0);
	list = series(reader, 9999, "icmp", ROLLUP_5MIN, 0, INT64_MAX);
	assert_int_equal(list.count, 0);
	list = series(reader, ids[0], "icmp", ROLLUP_5MIN, AT(1000000), AT(2000000));
	assert_int_equal(list.count, 0);
	reader_close(reader);
}

/* The agent restarts in the middle of a period: the parts add up. */
static void
test_parts(void **state)
{
	struct fixture *f = *state;
	uint32_t a = fixture_declare(f, "a", KIND_CAMERA, 0);
	int64_t start = rollup_start_ms(ROLLUP_5MIN, AT(0));
	struct rollup_point_list list;
	struct reader *reader;

	fixture_rollup(f, a, PROBE_ICMP, start + 10, 2, 2, 100);
	fixture_commit(f);
	fixture_reopen(f);
	fixture_rollup(f, a, PROBE_ICMP, start + 200000, 3, 1, 400);
	fixture_rollup(f, a, PROBE_ICMP, start + 200000, 1, 1, 700);
	fixture_rollup(f, a, PROBE_SNMP, start + 200000, 1, 1, 900);
	fixture_commit(f);
	reader = fixture_reader(f);
	list = series(reader, a, "icmp", ROLLUP_5MIN, start, start + 1);
	assert_int_equal(list.count, 1);
	assert_int_equal(list.items[0].runs, 6);
	assert_int_equal(list.items[0].up, 4);
	assert_int_equal(list.items[0].rtt_min_us, 100);
	assert_int_equal(list.items[0].rtt_avg_us, 325);
	assert_int_equal(list.items[0].rtt_max_us, 700);
	rollup_point_list_fini(&list);
	reader_close(reader);
}

static void
test_hours(void **state)
{
	struct fixture *f = *state;
	uint32_t a = fixture_declare(f, "a", KIND_CAMERA, 0);
	uint32_t far = 0;
	int64_t hour = rollup_start_ms(ROLLUP_HOUR, AT(0));
	struct rollup_point_list list;
	struct reader *reader;

	for (int i = 0; i < 300; i++) { /* another chunk */
		char name[16];

		snprintf(name, sizeof(name), "d%d", i);
		far = fixture_declare(f, name, KIND_CAMERA, 0);
	}
	for (int period = 0; period < 30; period++) {
		fixture_rollup(f, a, PROBE_ICMP, hour + period * 300000, 5, 5, 100);
		fixture_rollup(f, far, PROBE_ICMP, hour + period * 300000, 5, 4, 200);
		fixture_commit(f);
	}
	/* before any hour is built, and after each step, the reader sees the same */
	reader = fixture_reader(f);
	for (int step = 0; step < 4; step++) {
		list = series(reader, far, "icmp", ROLLUP_HOUR, hour, hour + 3 * 3600000);
		assert_int_equal(list.count, 3);
		assert_int_equal(list.items[0].runs, 60);
		assert_int_equal(list.items[1].up, 48);
		assert_int_equal(list.items[2].runs, 30);
		assert_true(list.items[2].start_ms == hour + 2 * 3600000);
		rollup_point_list_fini(&list);
		fixture_maintain(f, &keep_all, hour + step * 3600000 + 11 * 60000);
		assert_int_equal(fixture_sql_int(f->path, "SELECT count(DISTINCT id / 65536) FROM"
							  " rollup_hour"),
				 step);
	}
	/* a late part of an hour that is built goes to both */
	fixture_rollup(f, far, PROBE_ICMP, hour + 300000, 5, 5, 200);
	fixture_commit(f);
	list = series(reader, far, "icmp", ROLLUP_HOUR, hour, hour + 1);
	assert_int_equal(list.items[0].runs, 65);
	rollup_point_list_fini(&list);
	list = series(reader, far, "icmp", ROLLUP_5MIN, hour + 300000, hour + 300001);
	assert_int_equal(list.items[0].runs, 10);
	rollup_point_list_fini(&list);
	/* what was built is not built again after a restart */
	fixture_reopen(f);
	fixture_maintain(f, &keep_all, hour + 5 * 3600000);
	list = series(reader, a, "icmp", ROLLUP_HOUR, hour, hour + 4 * 3600000);
	assert_int_equal(list.count, 3);
	assert_int_equal(list.items[0].runs, 60);
	rollup_point_list_fini(&list);
	reader_close(reader);
}

/* Months of running in short: old rows go, the file stops growing, the hours stay. */
static void
test_retention(void **state)
{
	struct store_retention keep = {.keep_5min_ms = 6 * 3600000,
				       .keep_hourly_ms = 48 * 3600000,
				       .keep_events_ms = 24 * 3600000};
	struct fixture *f = *state;
	int64_t hour = rollup_start_ms(ROLLUP_HOUR, AT(0));
	uint64_t at_half = 0;
	struct store_size size;
	uint32_t ids[640];

	for (uint32_t i = 0; i < MEM_COUNT(ids); i++) {
		char name[16];

		snprintf(name, sizeof(name), "d%u", i);
		ids[i] = fixture_declare(f, name, KIND_CAMERA, 0);
	}
	for (int h = 0; h < 96; h++) {
		for (int period = 0; period < 12; period += 3) {
			int64_t at = hour + h * INT64_C(3600000) + period * 300000;

			for (size_t i = 0; i < MEM_COUNT(ids); i++)
				fixture_rollup(f, ids[i], PROBE_ICMP, at, 5, 5, 100 + ids[i]);
			for (int i = 0; i < 20; i++)
				fixture_event(f, ids[i], EVENT_DEVICE_STATE, at, "up and down");
			fixture_commit(f);
		}
		fixture_maintain(f, &keep, hour + (h + 1) * INT64_C(3600000));
		store_get_size(f->store, &size);
		if (h == 48)
			at_half = size.database_bytes;
	}
	assert_true(size.database_bytes <= at_half + at_half / 10);
	assert_true(size.wal_bytes < 32 << 20);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(DISTINCT id / 65536)"
						  " FROM rollup_5min"),
			 24);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(DISTINCT id / 65536)"
						  " FROM rollup_hour"),
			 47);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM event"), 24 * 4 * 20);
	/* everything goes: the pages are given back */
	keep = (struct store_retention){1, 1, 1};
	fixture_maintain(f, &keep, hour + 1000 * INT64_C(3600000));
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM rollup_5min"), 0);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM event"), 1);
}

static void
test_last_runs(void **state)
{
	struct store_state probe = {.health = HEALTH_UP, .since_ms = AT(0)};
	struct fixture *f = *state;
	struct reader_device_list devices;
	struct reader_probe_list probes;
	struct reader *reader;
	uint32_t a = fixture_declare(f, "a", KIND_CAMERA, 0);

	assert_int_equal(store_batch_probe_state(f->batch, a, PROBE_ICMP, &probe), 0);
	assert_int_equal(store_batch_probe_state(f->batch, a, PROBE_SNMP, &probe), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(store_batch_last(f->batch, a, PROBE_ICMP,
						  &(struct store_last){OUTCOME_OK, 250, AT(60 * i),
								       AT(60 * i)}),
				 0);
	fixture_commit(f);
	assert_int_equal(store_batch_last(f->batch, a, PROBE_ICMP,
					  &(struct store_last){OUTCOME_FAIL, RTT_NONE, AT(180), 0}),
			 0);
	fixture_commit(f);
	reader = fixture_reader(f);
	assert_int_equal(reader_probes(reader, NULL, &probes), 0);
	assert_int_equal(probes.count, 2);
	assert_string_equal(probes.items[0].probe, "icmp");
	assert_int_equal(probes.items[0].outcome, OUTCOME_FAIL);
	assert_true(probes.items[0].run_ms == AT(180));
	assert_true(probes.items[0].answer_ms == AT(120));
	assert_int_equal(probes.items[0].rtt_us, RTT_NONE);
	assert_true(probes.items[1].run_ms == 0);
	reader_probe_list_fini(&probes);
	assert_int_equal(reader_devices(reader, NULL, &devices), 0);
	assert_true(devices.items[0].run_ms == AT(180));
	assert_true(devices.items[0].answer_ms == AT(120));
	reader_device_list_fini(&devices);
	reader_close(reader);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_series),    TEST(test_parts),	    TEST(test_hours),
		TEST(test_retention), TEST(test_last_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
