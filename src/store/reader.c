/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The reader itself: opening, snapshots, who the agent is, and what its other files share.
 */
#include "reader.h"

#include "keepwatch/err.h"
#include "migrate.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { BUSY_TIMEOUT_MS = 2000 }; /* while a crashed agent's WAL is being recovered by another */

int
reader_failed(struct reader *reader, int code, const char *what)
{
	if (code == ERR_SYNTAX)
		snprintf(reader->message, sizeof(reader->message), "%s: is damaged: %s",
			 reader->sql.path, reader->sql.error);
	else if (code == ERR_NOMEM)
		snprintf(reader->message, sizeof(reader->message), "%s", err_text(code));
	else if (code != 0)
		sql_message(&reader->sql, what, reader->message, sizeof(reader->message));
	reader->sql.error[0] = '\0';
	return code;
}

const char *
reader_error(const struct reader *reader)
{
	return reader->message;
}

/* Which group may read it, from the file itself. */
static void
explain_permission(const char *path, char *message, size_t size)
{
	struct group group, *found = NULL;
	char buffer[4096];
	struct stat st;

	if (stat(path, &st) == 0 && (st.st_mode & S_IRGRP) != 0 &&
	    getgrgid_r(st.st_gid, &group, buffer, sizeof(buffer), &found) == 0 && found != NULL)
		snprintf(message, size,
			 "%s: permission denied: join group \"%s\" (adduser YOU %s, then log in "
			 "again) or use sudo",
			 path, found->gr_name, found->gr_name);
	else
		snprintf(message, size,
			 "%s: permission denied: join group \"keepwatch\" (adduser YOU keepwatch, "
			 "then log in again) or use sudo",
			 path);
}

/* What open(2) says is clearer than what SQLite makes of it. */
static int
try_file(const char *path, char *message, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;
	int errnum = errno;

	if (fd < 0) {
		if (errnum == ENOENT)
			snprintf(message, size, "%s: is not there: has the agent run yet?", path);
		else if (errnum == EACCES)
			explain_permission(path, message, size);
		else
			snprintf(message, size, "%s: cannot be opened: %s", path, strerror(errnum));
		return err_from_errno(errnum);
	}
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		snprintf(message, size, "%s: is not a regular file", path);
		return ERR_UNSUPPORTED;
	}
	close(fd);
	return 0;
}

/* True if it is ours and of the schema that the queries of this program are written for. */
static int
check_schema(struct reader *reader, char *message, size_t size)
{
	int64_t id = 0, version = 0;
	int rc = sql_get_int(&reader->sql, "PRAGMA application_id", &id);

	if (rc == 0)
		rc = migration_version(&reader->sql, &version);
	if (rc == ERR_SYNTAX && (sqlite3_errcode(reader->sql.db) & 0xff) == SQLITE_NOTADB)
		rc = ERR_UNSUPPORTED;
	if (rc == ERR_UNSUPPORTED || (rc == 0 && id != SQL_APPLICATION_ID)) {
		snprintf(message, size, "%s: is not a keepwatch database", reader->sql.path);
		return ERR_UNSUPPORTED;
	}
	if (rc != 0) {
		reader_failed(reader, rc, "cannot be read");
		snprintf(message, size, "%s", reader->message);
		return rc;
	}
	if (version > migration_latest()) {
		snprintf(message, size,
			 "%s: its schema is version %" PRId64
			 ", this program knows up to %d: use the newer keepwatch that wrote it",
			 reader->sql.path, version, migration_latest());
		return ERR_VERSION;
	}
	if (version < migration_latest()) {
		snprintf(message, size,
			 "%s: its schema is version %" PRId64
			 ", this program needs %d: start the agent of this version, which brings "
			 "it up to date",
			 reader->sql.path, version, migration_latest());
		return ERR_VERSION;
	}
	return 0;
}

static int
load_probes(struct reader *reader)
{
	struct sql_call call = sql_prepare(&reader->sql, "SELECT id, name FROM probe");
	int rc = 0;

	while (rc == 0 && sql_row(&call)) {
		char **slot = &reader->probes[sql_int(&call, 0) % SERIES_PROBES];

		free(*slot);
		*slot = mem_strdup(sql_text(&call, 1));
		if (*slot == NULL)
			rc = ERR_NOMEM;
	}
	return sql_done(&call) != 0 ? call.rc : rc;
}

static int
open_database(struct reader *reader, char *message, size_t size)
{
	struct sql *sql = &reader->sql;
	int off = 0;
	int rc = sql_failed(sql, sqlite3_open_v2(sql->path, &sql->db,
						 SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX, NULL));

	if (rc == 0) {
		sqlite3_extended_result_codes(sql->db, 1);
		sqlite3_busy_timeout(sql->db, BUSY_TIMEOUT_MS);
		sqlite3_db_config(sql->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
		sqlite3_db_config(sql->db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, &off);
		rc = sql_exec(sql, "PRAGMA query_only = ON; PRAGMA temp_store = MEMORY");
	}
	if (rc != 0) {
		sql_message(sql, "cannot be opened", message, size);
		return rc;
	}
	rc = check_schema(reader, message, size);
	if (rc != 0)
		return rc;
	rc = load_probes(reader);
	if (rc != 0) {
		reader_failed(reader, rc, "cannot be read");
		snprintf(message, size, "%s", reader->message);
	}
	return rc;
}

int
reader_open(struct reader **out, const char *path, char *message, size_t message_size)
{
	struct reader *reader;
	int rc = try_file(path, message, message_size);

	if (rc != 0)
		return rc;
	reader = calloc(1, sizeof(*reader));
	if (reader != NULL) {
		reader->sql.path = mem_strdup(path);
		reader->points = calloc(SERIES_MAX, sizeof(*reader->points));
		reader->lasts = calloc(SERIES_MAX, sizeof(*reader->lasts));
	}
	if (reader == NULL || reader->sql.path == NULL || reader->points == NULL ||
	    reader->lasts == NULL) {
		snprintf(message, message_size, "%s: %s", path, err_text(ERR_NOMEM));
		rc = ERR_NOMEM;
	} else {
		rc = open_database(reader, message, message_size);
	}
	if (rc != 0)
		reader_close(reader);
	else
		*out = reader;
	return rc;
}

void
reader_close(struct reader *reader)
{
	if (reader == NULL)
		return;
	sqlite3_close(reader->sql.db);
	for (size_t i = 0; i < SERIES_PROBES; i++)
		free(reader->probes[i]);
	free(reader->sql.path);
	free(reader->points);
	free(reader->lasts);
	free(reader);
}

int
reader_begin(struct reader *reader)
{
	int64_t ignored;
	int rc;

	if (reader->depth++ > 0)
		return 0;
	rc = sql_exec(&reader->sql, "BEGIN");
	/* the snapshot is taken by the first read, not by BEGIN */
	if (rc == 0)
		rc = sql_get_int(&reader->sql, "SELECT count(*) FROM agent", &ignored);
	if (rc == 0)
		return 0;
	reader_failed(reader, rc, "cannot be read");
	reader_end(reader);
	return rc;
}

void
reader_end(struct reader *reader)
{
	if (reader->depth == 0 || --reader->depth > 0)
		return;
	if (!sqlite3_get_autocommit(reader->sql.db))
		sqlite3_exec(reader->sql.db, "COMMIT", NULL, NULL, NULL);
}

int
reader_agent(struct reader *reader, struct reader_agent *out)
{
	struct sql_call call =
		sql_prepare(&reader->sql, "SELECT id, host, version, pid, started_at, heartbeat_at,"
					  " config_loaded_at, stopped_at FROM agent");
	bool has_row = sql_row(&call);
	int rc;

	if (has_row) {
		*out = (struct reader_agent){
			.pid = sql_int(&call, 3),
			.started_ms = sql_int(&call, 4),
			.heartbeat_ms = sql_int(&call, 5),
			.config_loaded_ms = sql_int(&call, 6),
			.stopped_ms = sql_int(&call, 7),
		};
		snprintf(out->id, sizeof(out->id), "%s", sql_text(&call, 0));
		snprintf(out->host, sizeof(out->host), "%s", sql_text(&call, 1));
		snprintf(out->version, sizeof(out->version), "%s", sql_text(&call, 2));
	}
	rc = sql_done(&call);
	if (rc == 0 && !has_row) {
		snprintf(reader->message, sizeof(reader->message), "%s: no agent has run on it yet",
			 reader->sql.path);
		return ERR_NOTFOUND;
	}
	return reader_failed(reader, rc, "the agent's entry cannot be read");
}

void
reader_put_filter(struct sql_call *call, const struct reader_filter *filter)
{
	static const struct reader_filter any = {.kind = -1, .state = -1};

	if (filter == NULL)
		filter = &any;
	sql_put_text(call, filter->site);
	sql_put_text(call, filter->owner);
	sql_put_text(call, filter->name);
	sql_put_text(call, filter->kind < 0 ? NULL : kind_name((enum device_kind)filter->kind));
	sql_put_text(call, filter->state < 0 ? NULL : health_name((enum health)filter->state));
	sql_put_int(call, filter->device);
	sql_put_int(call, filter->with_removed);
}

void
reader_put_past(struct sql_call *call, const struct reader_filter *devices, int64_t since_ms,
		int64_t until_ms)
{
	struct reader_filter filter = *devices;

	filter.with_removed = true;
	reader_put_filter(call, &filter);
	sql_put_int(call, reader_is_any(&filter));
	sql_put_int(call, since_ms);
	sql_put_int(call, until_ms == 0 ? INT64_MAX : until_ms);
}

bool
reader_is_one(const struct reader_filter *filter)
{
	return filter != NULL && filter->device != 0;
}

bool
reader_is_any(const struct reader_filter *f)
{
	return f->site == NULL && f->owner == NULL && f->name == NULL && f->kind < 0 &&
	       f->state < 0 && f->device == 0;
}

char *
reader_text(struct mem_arena *arena, struct sql_call *call, int column, int *rc)
{
	char *copy = arena_strdup(arena, sql_text(call, column));

	if (copy == NULL)
		*rc = ERR_NOMEM;
	return copy;
}

/* A name that is not known was written by another version: say the least. */
enum health
reader_health(const char *name)
{
	enum health health;

	return health_parse(name, &health) == 0 ? health : HEALTH_UNKNOWN;
}

enum reason
reader_reason(const char *name)
{
	enum reason reason;

	return reason_parse(name, &reason) == 0 ? reason : REASON_NONE;
}

enum device_kind
reader_kind(const char *name)
{
	enum device_kind kind;

	return kind_parse(name, &kind) == 0 ? kind : KIND_OTHER;
}
