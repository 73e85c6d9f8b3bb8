/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Housekeeping between commits: hours from 5-minute rows, retention, free pages, checkpoints. Every
 * call does one small piece of each, so that no commit waits long behind it.
 */
#include "store.h"

#include "keepwatch/err.h"

#include <limits.h>

enum {
	HOUR_GRACE_MS = 10 * 60 * 1000, /* late parts of an hour are waited for this long */
	DELETE_STEP = 500,		/* rows at a time */
	DELETE_FEW = 20,		/* of those that have many others below them */
	VACUUM_SLACK = 2048,		/* free pages that are kept for what comes next (8 MiB) */
	VACUUM_STEP = 256,		/* pages given back at a time */
	WAL_CHECKPOINT = 1024 * 1024,	/* a shorter WAL is left alone */
};

/* A statement in a transaction of its own that binds up to two numbers. */
static int
run_with(struct store *store, const char *text, int64_t first, int64_t second)
{
	struct sql_call call = sql_prepare(&store->sql, text);

	sql_put_int(&call, first);
	sql_put_int(&call, second);
	return sql_run(&call);
}

/* The first hour that has 5-minute rows and is not built; LLONG_MAX if there is none. */
static int
find_hour(struct store *store, int64_t *hour)
{
	int64_t in_hour = rollup_tier_ms(ROLLUP_HOUR) / rollup_tier_ms(ROLLUP_5MIN);
	struct sql_call call = sql_prepare(
		&store->sql, "SELECT id FROM rollup_5min WHERE id >= ? ORDER BY id LIMIT 1");

	*hour = LLONG_MAX;
	sql_put_int(&call, store->next_hour * in_hour * ROLLUP_CHUNKS);
	if (sql_row(&call))
		*hour = sql_int(&call, 0) / ROLLUP_CHUNKS / in_hour;
	return sql_done(&call);
}

/* Adds all 5-minute rows of an hour to its rows. */
static int
build_hour(struct store *store, int64_t hour)
{
	int64_t in_hour = rollup_tier_ms(ROLLUP_HOUR) / rollup_tier_ms(ROLLUP_5MIN);
	/* chunk by chunk, so that an hour's row is written once */
	struct sql_call call = sql_prepare(
		&store->sql, "SELECT id % 65536, data FROM rollup_5min WHERE id >= ? AND id < ?"
			     " ORDER BY id % 65536, id");
	int64_t chunk = -1;
	size_t count = 0, len, n;
	int rc = 0;

	sql_put_int(&call, hour * in_hour * ROLLUP_CHUNKS);
	sql_put_int(&call, (hour + 1) * in_hour * ROLLUP_CHUNKS);
	while (rc == 0 && sql_row(&call)) {
		const void *data = sql_blob(&call, 1, &len);

		if (sql_int(&call, 0) != chunk && count > 0) {
			rc = rollup_row_add(store, ROLLUP_HOUR, hour * ROLLUP_CHUNKS + chunk,
					    store->new_points, count);
			count = 0;
		}
		chunk = sql_int(&call, 0);
		/* store->points is free: rollup_row_add fills it anew */
		if (series_unpack(data, len, store->points, &n) == 0)
			count = series_merge(store->new_points, count, store->points, n);
	}
	if (sql_done(&call) != 0)
		rc = call.rc;
	if (rc == 0 && count > 0)
		rc = rollup_row_add(store, ROLLUP_HOUR, hour * ROLLUP_CHUNKS + chunk,
				    store->new_points, count);
	return rc;
}

static int
build_next_hour(struct store *store, int64_t now_ms, bool *more)
{
	int64_t hour;
	int rc = find_hour(store, &hour);

	if (rc != 0 || hour == LLONG_MAX ||
	    (hour + 1) * rollup_tier_ms(ROLLUP_HOUR) + HOUR_GRACE_MS > now_ms)
		return rc;
	rc = sql_exec(&store->sql, "BEGIN IMMEDIATE");
	if (rc == 0)
		rc = build_hour(store, hour);
	if (rc == 0)
		rc = run_with(store, "UPDATE rollup_progress SET next_hour = max(?1, ?2)", hour + 1,
			      store->next_hour);
	if (rc == 0)
		rc = sql_exec(&store->sql, "COMMIT");
	if (rc != 0) {
		if (!sqlite3_get_autocommit(store->sql.db))
			sqlite3_exec(store->sql.db, "ROLLBACK", NULL, NULL, NULL);
		return rc;
	}
	store->next_hour = hour + 1;
	*more = true;
	return 0;
}

/* Deletes some of what is older than `before`. */
static int
forget_some(struct store *store, const char *text, int64_t before, int some, bool *more)
{
	int rc = run_with(store, text, before, some);

	if (rc == 0 && sqlite3_changes(store->sql.db) >= some)
		*more = true;
	return rc;
}

static int
forget(struct store *store, const char *text, int64_t before, bool *more)
{
	return forget_some(store, text, before, DELETE_STEP, more);
}

static int
forget_rollups(struct store *store, const struct store_retention *keep, int64_t now_ms, bool *more)
{
	int64_t before;
	int rc = 0;

	if (keep->keep_5min_ms != 0) {
		before = (now_ms - keep->keep_5min_ms) / rollup_tier_ms(ROLLUP_5MIN);
		rc = forget(store,
			    "DELETE FROM rollup_5min WHERE id IN (SELECT id FROM rollup_5min"
			    " WHERE id < ?1 * 65536 ORDER BY id LIMIT ?2)",
			    before, more);
	}
	if (rc == 0 && keep->keep_hourly_ms != 0) {
		before = (now_ms - keep->keep_hourly_ms) / rollup_tier_ms(ROLLUP_HOUR);
		rc = forget(store,
			    "DELETE FROM rollup_hour WHERE id IN (SELECT id FROM rollup_hour"
			    " WHERE id < ?1 * 65536 ORDER BY id LIMIT ?2)",
			    before, more);
	}
	return rc;
}

static int
forget_events(struct store *store, const struct store_retention *keep, int64_t now_ms, bool *more)
{
	int64_t before = now_ms - keep->keep_events_ms;
	int rc;

	if (keep->keep_events_ms == 0)
		return 0;
	/* the trigger on event lets go only of what is older than this */
	rc = run_with(
		store,
		"UPDATE event_horizon SET before = ?1 WHERE before < ?1 AND ?2 = 0"
		" AND EXISTS (SELECT 1 FROM event WHERE at / 300000 <= ?1 / 300000 AND at < ?1)",
		before, 0);
	if (rc == 0)
		rc = forget(store,
			    "DELETE FROM event WHERE id IN (SELECT id FROM event"
			    " WHERE at / 300000 <= ?1 / 300000 AND at < ?1"
			    " AND id < (SELECT max(id) FROM event) ORDER BY at / 300000 LIMIT ?2)",
			    before, more);
	if (rc == 0)
		rc = forget(store,
			    "DELETE FROM fact_history WHERE id IN (SELECT id FROM fact_history"
			    " WHERE until / 300000 < ?1 / 300000 ORDER BY until / 300000 LIMIT ?2)",
			    before, more);
	if (rc == 0)
		rc = forget(store,
			    "DELETE FROM link_history WHERE id IN (SELECT id FROM link_history"
			    " WHERE until < ?1 ORDER BY until LIMIT ?2)",
			    before, more);
	if (rc == 0)
		rc = forget(store,
			    "DELETE FROM fact WHERE (device, probe, key, instance) IN"
			    " (SELECT device, probe, key, instance FROM fact"
			    " WHERE gone_at > 0 AND gone_at < ?1 LIMIT ?2)",
			    before, more);
	return rc;
}

/* What is over: incidents and findings with all that belongs to them, as long as events. */
static int
forget_incidents(struct store *store, const struct store_retention *keep, int64_t now_ms,
		 bool *more)
{
	int64_t before = now_ms - keep->keep_events_ms;
	int rc;

	if (keep->keep_events_ms == 0)
		return 0;
	rc = forget_some(store,
			 "DELETE FROM incident WHERE id IN (SELECT id FROM incident"
			 " WHERE closed > 0 AND closed < ?1 ORDER BY closed LIMIT ?2)",
			 before, DELETE_FEW, more);
	if (rc == 0)
		rc = forget_some(store,
				 "DELETE FROM finding WHERE id IN (SELECT id FROM finding WHERE"
				 " resolved > 0 AND resolved < ?1 ORDER BY resolved LIMIT ?2)",
				 before, DELETE_FEW, more);
	return rc;
}

/* Devices that left the fleet so long ago that nothing of them is kept. */
static int
forget_devices(struct store *store, const struct store_retention *keep, int64_t now_ms)
{
	int64_t longest = keep->keep_events_ms;

	if (keep->keep_events_ms == 0 || keep->keep_5min_ms == 0 || keep->keep_hourly_ms == 0)
		return 0;
	if (keep->keep_5min_ms > longest)
		longest = keep->keep_5min_ms;
	if (keep->keep_hourly_ms > longest)
		longest = keep->keep_hourly_ms;
	return run_with(store,
			"DELETE FROM device WHERE id IN (SELECT id FROM device"
			" WHERE removed_at > 0 AND removed_at < ?1 LIMIT ?2)",
			now_ms - longest, DELETE_FEW);
}

/* Pages that deletion left free are used again; only a large surplus is worth a write. */
static int
shrink(struct store *store, bool *more)
{
	struct sql_call call;
	int64_t free_pages;
	int rc = sql_get_int(&store->sql, "PRAGMA freelist_count", &free_pages);

	if (rc != 0 || free_pages < VACUUM_SLACK + VACUUM_STEP)
		return rc;
	call = sql_prepare(&store->sql, "PRAGMA incremental_vacuum(256)");
	rc = sql_run(&call);
	*more = rc == 0;
	return rc;
}

int
store_checkpoint(struct store *store, bool *is_complete)
{
	int in_wal = 0, copied = 0;
	int rc = sqlite3_wal_checkpoint_v2(store->sql.db, NULL, SQLITE_CHECKPOINT_PASSIVE, &in_wal,
					   &copied);

	if (is_complete != NULL)
		*is_complete = rc == SQLITE_OK && in_wal == copied;
	/* somebody else's checkpoint will do as well */
	return rc == SQLITE_BUSY ? 0 : sql_failed(&store->sql, rc);
}

int
store_maintain(struct store *store, const struct store_retention *retention, int64_t now_ms,
	       bool *more, char *message, size_t message_size)
{
	const char *what = "hourly rollups not built";
	bool again = false;
	int rc = build_next_hour(store, now_ms, &again);

	if (rc == 0) {
		what = "old rows not forgotten";
		rc = forget_rollups(store, retention, now_ms, &again);
	}
	if (rc == 0)
		rc = forget_events(store, retention, now_ms, &again);
	if (rc == 0)
		rc = forget_incidents(store, retention, now_ms, &again);
	if (rc == 0)
		rc = forget_devices(store, retention, now_ms);
	if (rc == 0) {
		what = "free pages not given back";
		rc = shrink(store, &again);
	}
	if (rc == 0 && store_wal_bytes(store) >= WAL_CHECKPOINT) {
		what = "write-ahead log not copied into the database";
		rc = store_checkpoint(store, NULL);
	}
	if (rc != 0)
		sql_message(&store->sql, what, message, message_size);
	else if (more != NULL)
		*more = again;
	return rc;
}
