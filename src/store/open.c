/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Opening and closing the database for writing: lock, checks, settings, schema, who we are.
 *
 * Settings: WAL, so that readers and the writer never wait for each other. The WAL and its index
 * stay after the last close (PERSIST_WAL), because a reader that may not write to the folder cannot
 * make them. No automatic checkpoints: a commit should not pay for them, store_maintain does.
 * auto_vacuum = INCREMENTAL, so that retention can give pages back in small steps.
 */
#include "store.h"

#include "files.h"
#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/reader_audit.h"
#include "migrate.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	BUSY_TIMEOUT_MS = 5000, /* for a person with the sqlite3 shell */
	CHECK_MS = 300,		/* time for looking for damage at start */
	CHECK_STEPS = 1000,	/* virtual machine steps between looks at the clock */
	AUTO_VACUUM_INCREMENTAL = 2,
	PACKED_MAX = SERIES_MAX * 64, /* bytes of a packed row: more than the worst case */
};

struct sql_call
store_call(struct store *store, enum store_stmt stmt, const char *text)
{
	return sql_reuse(&store->sql, &store->stmts[stmt], text);
}

static int
out_of_time(void *deadline)
{
	return clock_mono_ms() > *(uint64_t *)deadline;
}

/*
 * Looks for damage for as long as a start may take; what is not reached is found by the load, which
 * reads all present state.
 */
static int
check_damage(struct sql *sql)
{
	uint64_t deadline = clock_mono_ms() + CHECK_MS;
	struct sql_call call;
	char found[sizeof(sql->error)] = "";
	int rc;

	sqlite3_progress_handler(sql->db, CHECK_STEPS, out_of_time, &deadline);
	call = sql_prepare(sql, "PRAGMA quick_check(1)");
	if (sql_row(&call) && strcmp(sql_text(&call, 0), "ok") != 0)
		snprintf(found, sizeof(found), "%s", sql_text(&call, 0));
	rc = sql_done(&call);
	sqlite3_progress_handler(sql->db, 0, NULL, NULL);
	if (found[0] != '\0') {
		memcpy(sql->error, found, sizeof(found));
		return ERR_SYNTAX;
	}
	return clock_mono_ms() > deadline && rc != ERR_SYNTAX ? 0 : rc;
}

static int
set_up(struct sql *sql)
{
	int persist = 1, on = 0, rc;

	sqlite3_extended_result_codes(sql->db, 1);
	sqlite3_busy_timeout(sql->db, BUSY_TIMEOUT_MS);
	sqlite3_db_config(sql->db, SQLITE_DBCONFIG_DEFENSIVE, 1, &on);
	sqlite3_db_config(sql->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, &on);
	rc = sql_failed(sql,
			sqlite3_file_control(sql->db, "main", SQLITE_FCNTL_PERSIST_WAL, &persist));
	if (rc != 0)
		return rc;
	return sql_exec(sql, "PRAGMA foreign_keys = ON;"
			     "PRAGMA synchronous = NORMAL;"
			     "PRAGMA temp_store = MEMORY;"
			     "PRAGMA cache_size = -8192;"
			     "PRAGMA wal_autocheckpoint = 0;"
			     "PRAGMA journal_size_limit = 16777216");
}

/* The two that only an empty file takes, then WAL. The id comes first, to be in the file itself
 * before anything is in the WAL: it is looked for there. */
static int
set_format(struct sql *sql, bool is_new)
{
	int64_t auto_vacuum = 0;
	char set_id[64];
	struct sql_call call;
	bool is_wal;
	int rc;

	if (is_new) {
		snprintf(set_id, sizeof(set_id), "PRAGMA application_id = %d", SQL_APPLICATION_ID);
		rc = sql_exec(sql, "PRAGMA auto_vacuum = INCREMENTAL");
		if (rc == 0)
			rc = sql_exec(sql, set_id);
		if (rc == 0)
			rc = sql_get_int(sql, "PRAGMA auto_vacuum", &auto_vacuum);
		if (rc == 0 && auto_vacuum != AUTO_VACUUM_INCREMENTAL) /* it was not quite new */
			rc = sql_exec(sql, "PRAGMA auto_vacuum = INCREMENTAL; VACUUM");
		if (rc != 0)
			return rc;
	}
	call = sql_prepare(sql, "PRAGMA journal_mode = WAL");
	is_wal = sql_row(&call) && strcmp(sql_text(&call, 0), "wal") == 0;
	rc = sql_done(&call);
	if (rc == 0 && !is_wal) {
		snprintf(sql->error, sizeof(sql->error),
			 "its file system does not allow write-ahead logging");
		rc = ERR_UNSUPPORTED;
	}
	return rc;
}

/* The numbers of our probes in the database; new ones are added. */
static int
load_probes(struct store *store)
{
	struct sql_call call;
	int rc = 0;

	memset(store->probe_ids, -1, sizeof(store->probe_ids));
	for (int p = 0; p < PROBE_COUNT && rc == 0; p++) {
		call = sql_prepare(&store->sql,
				   "INSERT INTO probe (name) VALUES (?) ON CONFLICT DO NOTHING");
		sql_put_text(&call, probe_spec((enum probe_id)p)->name);
		rc = sql_run(&call);
		if (rc != 0)
			break;
		call = sql_prepare(&store->sql, "SELECT id FROM probe WHERE name = ?");
		sql_put_text(&call, probe_spec((enum probe_id)p)->name);
		if (sql_row(&call)) {
			store->probe_numbers[p] = (uint8_t)sql_int(&call, 0);
			store->probe_ids[store->probe_numbers[p] % SERIES_PROBES] = (int8_t)p;
		}
		rc = sql_done(&call);
	}
	return rc;
}

/* The run before is over: since when nobody watched. */
static int
note_gap(struct store *store, int64_t now_ms)
{
	struct sql_call call = sql_prepare(
		&store->sql,
		"INSERT INTO agent_gap (since, until, kind) SELECT since, ?1, kind FROM (SELECT"
		" iif(stopped_at > 0, stopped_at, heartbeat_at) AS since,"
		" iif(stopped_at > 0, ?2, ?3) AS kind FROM agent) WHERE since < ?1");

	sql_put_int(&call, now_ms);
	sql_put_text(&call, downtime_name(DOWNTIME_STOPPED));
	sql_put_text(&call, downtime_name(DOWNTIME_CRASHED));
	return sql_run(&call);
}

static int
sign_in(struct store *store, const struct store_options *options)
{
	struct sql_call call;
	char host[HOST_NAME_MAX + 1] = "?", id[33] = "";
	unsigned char random[16] = {0};
	int rc = note_gap(store, options->now_ms);

	if (rc != 0)
		return rc;
	store->heartbeat_ms = options->now_ms;

	if (getrandom(random, sizeof(random), 0) < 0)
		memcpy(random, &options->now_ms, sizeof(options->now_ms));
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(id + 2 * i, 3, "%02x", random[i]);
	gethostname(host, sizeof(host) - 1);
	call = sql_prepare(&store->sql,
			   "INSERT OR REPLACE INTO agent (one, id, pid, host, version, started_at,"
			   " heartbeat_at) VALUES (1, ?, ?, ?, ?, ?, ?)");
	sql_put_text(&call, id);
	sql_put_int(&call, getpid());
	sql_put_text(&call, host);
	sql_put_text(&call, options->version == NULL ? "?" : options->version);
	sql_put_int(&call, options->now_ms);
	sql_put_int(&call, options->now_ms);
	return sql_run(&call);
}

/* Everything that is done with the open database before anybody else may use it. */
static int
bring_up(struct store *store, const struct store_options *options, bool is_new, char *message,
	 size_t size)
{
	struct sql *sql = &store->sql;
	char what[128] = "cannot be set up";
	int64_t version;
	int rc = set_up(sql);

	if (rc == 0)
		rc = migration_version(sql, &version);
	if (rc == 0 && version > migration_latest()) {
		snprintf(message, size,
			 "%s: its schema is version %" PRId64
			 ", this program knows up to %d: it was used by a newer keepwatch, install "
			 "that one; nothing was changed",
			 sql->path, version, migration_latest());
		return ERR_VERSION;
	}
	if (rc == 0 && !is_new)
		rc = check_damage(sql);
	if (rc == 0)
		rc = set_format(sql, is_new);
	if (rc == 0)
		rc = migrate(sql, what, sizeof(what));
	if (rc == 0) {
		snprintf(what, sizeof(what), "cannot be written");
		rc = load_probes(store);
	}
	if (rc == 0)
		rc = sign_in(store, options);
	if (rc == 0)
		rc = sql_get_int(sql, "SELECT next_hour FROM rollup_progress", &store->next_hour);
	if (rc == ERR_SYNTAX)
		snprintf(message, size,
			 "%s: is damaged: %s; nothing was changed: save the file with its -wal, "
			 "then put a backup in its place or move it away to begin anew",
			 sql->path, sql->error);
	else if (rc != 0)
		sql_message(sql, what, message, size);
	else
		rc = files_share(sql->path, store->group, message, size);
	return rc;
}

static struct store *
store_new(const char *path)
{
	struct store *store = calloc(1, sizeof(*store));

	if (store == NULL)
		return NULL;
	store->lock_fd = -1;
	store->sql.path = mem_strdup(path);
	store->points = calloc(SERIES_MAX, sizeof(*store->points));
	store->new_points = calloc(SERIES_MAX, sizeof(*store->new_points));
	store->lasts = calloc(SERIES_MAX, sizeof(*store->lasts));
	store->new_lasts = calloc(SERIES_MAX, sizeof(*store->new_lasts));
	buf_init(&store->packed, PACKED_MAX);
	if (store->sql.path != NULL && store->points != NULL && store->new_points != NULL &&
	    store->lasts != NULL && store->new_lasts != NULL)
		return store;
	store_close(store, 0);
	return NULL;
}

int
store_open(struct store **out, const char *path, const struct store_options *options, char *message,
	   size_t message_size)
{
	struct store *store = store_new(path);
	bool is_new = false;
	int rc = 0;

	if (store == NULL) {
		snprintf(message, message_size, "%s: %s", path, err_text(ERR_NOMEM));
		return ERR_NOMEM;
	}
	if (files_group(options->group, &store->group) != 0) {
		snprintf(message, message_size,
			 "%s: there is no group \"%s\" to share it with: make it (addgroup "
			 "--system %s) or set `group:`",
			 path, options->group, options->group);
		rc = ERR_PERM;
		goto out;
	}
	if (options->create)
		rc = files_make_folder(path, store->group, message, message_size);
	else if (access(path, F_OK) != 0)
		rc = files_prepare(path, false, &is_new, message, message_size);
	if (rc == 0)
		rc = files_lock(path, options->now_ms, &store->lock_fd, message, message_size);
	if (rc == 0)
		rc = files_prepare(path, options->create, &is_new, message, message_size);
	if (rc != 0)
		goto out;
	/* before SQLite opens it: -wal and -shm take owner and mode after the database */
	rc = files_share(path, store->group, message, message_size);
	if (rc != 0)
		goto out;
	rc = sql_failed(&store->sql,
			sqlite3_open_v2(path, &store->sql.db,
					SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL));
	if (rc != 0) {
		sql_message(&store->sql, "cannot be opened", message, message_size);
		goto out;
	}
	rc = bring_up(store, options, is_new, message, message_size);
out:
	if (rc != 0)
		store_close(store, 0);
	else
		*out = store;
	return rc;
}

void
store_close(struct store *store, int64_t now_ms)
{
	struct sql_call call;

	if (store == NULL)
		return;
	if (store->sql.db != NULL && now_ms != 0) {
		/* if it fails, the heartbeat's age says the same, later */
		call = sql_prepare(&store->sql, "UPDATE agent SET stopped_at = ?");
		sql_put_int(&call, now_ms);
		sql_run(&call);
	}
	for (int i = 0; i < STMT_COUNT; i++)
		sqlite3_finalize(store->stmts[i]);
	sqlite3_close(store->sql.db);
	if (store->lock_fd >= 0)
		close(store->lock_fd);
	free(store->sql.path);
	free(store->points);
	free(store->new_points);
	free(store->lasts);
	free(store->new_lasts);
	buf_fini(&store->packed);
	free(store);
}

uint64_t
store_wal_bytes(const struct store *store)
{
	char name[PATH_MAX];
	struct stat st;

	if (snprintf(name, sizeof(name), "%s-wal", store->sql.path) >= (int)sizeof(name) ||
	    stat(name, &st) != 0)
		return 0;
	return (uint64_t)st.st_size;
}

void
store_get_size(struct store *store, struct store_size *out)
{
	int64_t pages = 0, page_size = 0, free_pages = 0;

	sql_get_int(&store->sql, "PRAGMA page_count", &pages);
	sql_get_int(&store->sql, "PRAGMA page_size", &page_size);
	sql_get_int(&store->sql, "PRAGMA freelist_count", &free_pages);
	*out = (struct store_size){
		.database_bytes = (uint64_t)(pages * page_size),
		.wal_bytes = store_wal_bytes(store),
		.free_bytes = (uint64_t)(free_pages * page_size),
	};
}
