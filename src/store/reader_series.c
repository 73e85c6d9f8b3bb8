/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading the rollups of one series: computed row ids, so every period is one short look-up.
 */
#include "reader.h"

#include "keepwatch/err.h"

#include <stdlib.h>

enum {
	CHUNKS = 65536, /* in a period, see migration 0004 */
	PERIODS_MAX = 2000000,
};

struct series_query {
	uint32_t device;
	int number; /* of the probe */
	enum rollup_tier tier;
	int64_t first, end; /* periods first <= n < end */
};

/* The number of a probe in this database, -1 if it has none. */
static int
probe_number(const struct reader *reader, const char *name)
{
	for (int i = 0; i < SERIES_PROBES; i++) {
		if (reader->probes[i] != NULL && strcmp(reader->probes[i], name) == 0)
			return i;
	}
	return -1;
}

/* Finds the series among the points of a row. */
static const struct rollup_point *
find_point(const struct reader *reader, size_t count, const struct series_query *query)
{
	for (size_t i = 0; i < count; i++) {
		if (reader->points[i].device == query->device % SERIES_DEVICES &&
		    reader->points[i].probe == query->number)
			return &reader->points[i].point;
	}
	return NULL;
}

/* Reads one tier; points of `tier` periods are appended, or added up when `into` is a longer one.
 */
static int
read_tier(struct reader *reader, const struct series_query *query, enum rollup_tier into,
	  struct rollup_point_list *out)
{
	struct sql_call call = sql_prepare(
		&reader->sql,
		query->tier == ROLLUP_5MIN
			? "WITH RECURSIVE period (n) AS (SELECT ?1 WHERE ?1 < ?2 UNION ALL"
			  " SELECT n + 1 FROM period WHERE n + 1 < ?2)"
			  " SELECT n, data FROM period JOIN rollup_5min ON id = n * 65536 + ?3"
			: "WITH RECURSIVE period (n) AS (SELECT ?1 WHERE ?1 < ?2 UNION ALL"
			  " SELECT n + 1 FROM period WHERE n + 1 < ?2)"
			  " SELECT n, data FROM period JOIN rollup_hour ON id = n * 65536 + ?3");
	int rc = 0;

	sql_put_int(&call, query->first);
	sql_put_int(&call, query->end);
	sql_put_int(&call, query->device / SERIES_DEVICES);
	while (rc == 0 && sql_row(&call)) {
		int64_t start = sql_int(&call, 0) * rollup_tier_ms(query->tier);
		const struct rollup_point *point;
		size_t len, count;
		const void *data = sql_blob(&call, 1, &len);

		/* a damaged row, or one of a newer format, is a gap */
		if (series_unpack(data, len, reader->points, &count) != 0)
			continue;
		point = find_point(reader, count, query);
		if (point == NULL)
			continue;
		start = rollup_start_ms(into, start);
		if (out->count > 0 && out->items[out->count - 1].start_ms == start) {
			rollup_merge(&out->items[out->count - 1], point);
			continue;
		}
		rc = READER_GROW(out);
		if (rc != 0)
			break;
		out->items[out->count] = *point;
		out->items[out->count++].start_ms = start;
	}
	return sql_done(&call) != 0 ? call.rc : rc;
}

/* Narrows the periods to those that are in the table at all. */
static int
clip(struct reader *reader, struct series_query *query)
{
	struct sql_call call = sql_prepare(
		&reader->sql, query->tier == ROLLUP_5MIN
				      ? "SELECT (SELECT min(id) FROM rollup_5min) / 65536,"
					" (SELECT max(id) FROM rollup_5min) / 65536"
				      : "SELECT (SELECT min(id) FROM rollup_hour) / 65536,"
					" (SELECT max(id) FROM rollup_hour) / 65536");
	int64_t first = 0, last = -1;

	if (sql_row(&call) && sql_int(&call, 1) != 0) {
		first = sql_int(&call, 0);
		last = sql_int(&call, 1);
	}
	if (query->first < first)
		query->first = first;
	if (query->end > last + 1)
		query->end = last + 1;
	if (query->end - query->first > PERIODS_MAX)
		query->first = query->end - PERIODS_MAX;
	return sql_done(&call);
}

/* Hours: the built ones, then what the 5-minute rows have since. */
static int
read_hours(struct reader *reader, struct series_query query, struct rollup_point_list *out)
{
	int64_t in_hour = rollup_tier_ms(ROLLUP_HOUR) / rollup_tier_ms(ROLLUP_5MIN);
	struct series_query late = query;
	int64_t next_hour;
	int rc = sql_get_int(&reader->sql, "SELECT next_hour FROM rollup_progress", &next_hour);

	if (rc != 0)
		return rc;
	if (query.end > next_hour)
		query.end = next_hour;
	if (late.first < next_hour)
		late.first = next_hour;
	late.tier = ROLLUP_5MIN;
	late.first *= in_hour;
	late.end *= in_hour;
	rc = clip(reader, &query);
	if (rc == 0)
		rc = clip(reader, &late);
	if (rc == 0)
		rc = read_tier(reader, &query, ROLLUP_HOUR, out);
	if (rc == 0)
		rc = read_tier(reader, &late, ROLLUP_HOUR, out);
	return rc;
}

/* Number of the first period that begins at or after a time. */
static int64_t
period_from(enum rollup_tier tier, int64_t ms)
{
	int64_t start = rollup_start_ms(tier, ms);

	return start / rollup_tier_ms(tier) + (start < ms);
}

int
reader_series(struct reader *reader, uint32_t device, const char *probe, enum rollup_tier tier,
	      int64_t since_ms, int64_t until_ms, struct rollup_point_list *out)
{
	/* far enough for any clock, and safe to multiply */
	int64_t latest = INT64_C(1) << 52;
	struct series_query query = {
		.device = device,
		.number = probe_number(reader, probe),
		.tier = tier,
	};
	int rc;

	*out = (struct rollup_point_list){0};
	if (query.number < 0)
		return 0;
	query.first = period_from(tier, since_ms < 0 ? 0 : since_ms);
	query.end = period_from(tier, until_ms > latest ? latest : until_ms);
	rc = reader_begin(reader);
	if (rc != 0)
		return rc;
	if (tier == ROLLUP_HOUR) {
		rc = read_hours(reader, query, out);
	} else {
		rc = clip(reader, &query);
		if (rc == 0)
			rc = read_tier(reader, &query, tier, out);
	}
	reader_end(reader);
	if (rc != 0)
		rollup_point_list_fini(out);
	return reader_failed(reader, rc, "rollups cannot be read");
}
