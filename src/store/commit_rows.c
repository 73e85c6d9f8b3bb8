/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packed rows in a commit: rollups and last runs, one row for each chunk of devices. A row that is
 * there already is merged with; one that cannot be read is replaced, for nothing can be got from
 * it.
 */
#include "store.h"

#include "keepwatch/err.h"
#include "last_row.h"

#include <stdlib.h>

struct row_text {
	enum store_stmt get, put;
	const char *get_sql, *put_sql;
};

static const struct row_text rollup_rows[ROLLUP_TIERS] = {
	[ROLLUP_5MIN] = {STMT_5MIN_GET, STMT_5MIN_PUT, "SELECT data FROM rollup_5min WHERE id = ?",
			 "INSERT OR REPLACE INTO rollup_5min (id, data) VALUES (?, ?)"},
	[ROLLUP_HOUR] = {STMT_HOUR_GET, STMT_HOUR_PUT, "SELECT data FROM rollup_hour WHERE id = ?",
			 "INSERT OR REPLACE INTO rollup_hour (id, data) VALUES (?, ?)"},
};

/* Writes store->packed. */
static int
put_row(struct store *store, enum store_stmt stmt, const char *sql, int64_t id)
{
	struct sql_call call;

	if (store->packed.error != 0)
		return store->packed.error;
	call = store_call(store, stmt, sql);
	sql_put_int(&call, id);
	sql_put_blob(&call, store->packed.data, store->packed.len);
	return sql_run(&call);
}

int
rollup_row_add(struct store *store, enum rollup_tier tier, int64_t id,
	       const struct series_point *points, size_t count)
{
	const struct row_text *row = &rollup_rows[tier];
	struct sql_call call = store_call(store, row->get, row->get_sql);
	size_t stored = 0, len;
	const void *data;
	int rc;

	sql_put_int(&call, id);
	if (sql_row(&call)) {
		data = sql_blob(&call, 0, &len);
		if (series_unpack(data, len, store->points, &stored) != 0)
			stored = 0;
	}
	rc = sql_done(&call);
	if (rc != 0)
		return rc;
	stored = series_merge(store->points, stored, points, count);
	buf_reset(&store->packed);
	series_pack(&store->packed, store->points, stored);
	return put_row(store, row->put, row->put_sql, id);
}

/* By period, then device and probe. */
static int
compare_rollups(const void *left, const void *right)
{
	const struct batch_rollup *a = left, *b = right;

	if (a->start_ms != b->start_ms)
		return a->start_ms < b->start_ms ? -1 : 1;
	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	return (int)a->probe - (int)b->probe;
}

/* A stable order among equals does not matter to sums, but it does to last runs. */
static int
compare_lasts(const void *left, const void *right)
{
	const struct batch_last *a = left, *b = right;

	if (a->id != b->id)
		return a->id < b->id ? -1 : 1;
	if (a->probe != b->probe)
		return (int)a->probe - (int)b->probe;
	return (a->last.run_ms > b->last.run_ms) - (a->last.run_ms < b->last.run_ms);
}

/* Sorts unless it is sorted, as it is when the agent goes through its devices in order. */
static void
sort(void *items, size_t count, size_t size, int (*compare)(const void *, const void *))
{
	const char *at = items;

	for (size_t i = 1; i < count; i++, at += size) {
		if (compare(at, at + size) > 0) {
			qsort(items, count, size, compare);
			return;
		}
	}
}

/* Numbers of probes in the database need not ascend as ours do: sort a chunk by them. */
static int
compare_points(const void *left, const void *right)
{
	const struct series_point *a = left, *b = right;

	return a->device != b->device ? a->device - b->device : a->probe - b->probe;
}

static int
compare_series_lasts(const void *left, const void *right)
{
	const struct series_last *a = left, *b = right;

	if (a->device != b->device)
		return a->device - b->device;
	if (a->probe != b->probe)
		return a->probe - b->probe;
	return (a->last.run_ms > b->last.run_ms) - (a->last.run_ms < b->last.run_ms);
}

/* Adds store->new_points, one chunk of one 5-minute period, and to its hour if that is built. */
static int
flush_points(struct store *store, int64_t start_ms, uint32_t chunk, size_t count)
{
	int64_t period = start_ms / rollup_tier_ms(ROLLUP_5MIN);
	int64_t hour = start_ms / rollup_tier_ms(ROLLUP_HOUR);
	int rc;

	sort(store->new_points, count, sizeof(*store->new_points), compare_points);
	rc = rollup_row_add(store, ROLLUP_5MIN, period * ROLLUP_CHUNKS + chunk, store->new_points,
			    count);
	if (rc == 0 && hour < store->next_hour)
		rc = rollup_row_add(store, ROLLUP_HOUR, hour * ROLLUP_CHUNKS + chunk,
				    store->new_points, count);
	return rc;
}

int
commit_rollups(struct store *store, const struct store_batch *batch)
{
	struct batch_rollup *items = batch->rollups.items;
	size_t count = batch->rollups.count, in_chunk = 0;
	int rc = 0;

	sort(items, count, sizeof(*items), compare_rollups);
	for (size_t i = 0; i < count && rc == 0; i++) {
		const struct batch_rollup *r = &items[i];
		struct series_point *point = &store->new_points[in_chunk++];

		point->device = (uint8_t)(r->id % SERIES_DEVICES);
		point->probe = store->probe_numbers[r->probe];
		rollup_to_point(&r->acc, r->start_ms, &point->point);
		if (i + 1 < count && items[i + 1].start_ms == r->start_ms &&
		    items[i + 1].id / SERIES_DEVICES == r->id / SERIES_DEVICES &&
		    in_chunk < SERIES_MAX)
			continue;
		rc = flush_points(store, r->start_ms, r->id / SERIES_DEVICES, in_chunk);
		in_chunk = 0;
	}
	return rc;
}

static int
flush_lasts(struct store *store, uint32_t chunk, size_t count)
{
	struct sql_call call = store_call(store, STMT_LAST_GET, LAST_ROW);
	size_t stored;
	int rc = last_row_read(&call, chunk, store->lasts, &stored);

	if (rc != 0)
		return rc;
	sort(store->new_lasts, count, sizeof(*store->new_lasts), compare_series_lasts);
	stored = series_merge_last(store->lasts, stored, store->new_lasts, count);
	buf_reset(&store->packed);
	series_pack_last(&store->packed, store->lasts, stored);
	return put_row(store, STMT_LAST_PUT,
		       "INSERT OR REPLACE INTO last_run (chunk, data) VALUES (?, ?)", chunk);
}

int
commit_lasts(struct store *store, const struct store_batch *batch)
{
	struct batch_last *items = batch->lasts.items;
	size_t count = batch->lasts.count, in_chunk = 0;
	int rc = 0;

	sort(items, count, sizeof(*items), compare_lasts);
	for (size_t i = 0; i < count && rc == 0; i++) {
		const struct batch_last *l = &items[i];

		store->new_lasts[in_chunk++] = (struct series_last){
			(uint8_t)(l->id % SERIES_DEVICES), store->probe_numbers[l->probe], l->last};
		if (i + 1 < count && items[i + 1].id / SERIES_DEVICES == l->id / SERIES_DEVICES &&
		    in_chunk < SERIES_MAX)
			continue;
		rc = flush_lasts(store, l->id / SERIES_DEVICES, in_chunk);
		in_chunk = 0;
	}
	return rc;
}
