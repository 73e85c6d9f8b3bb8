/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Calls of SQLite, its codes and words as ours.
 */
#include "sql.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Errors of the system below: SQLite only says that reading or writing failed. */
static int
code_of_io(int errnum)
{
	switch (errnum) {
	case ENOSPC:
	case EDQUOT:
	case EFBIG:
		return ERR_FULL;
	case EACCES:
	case EPERM:
	case EROFS:
		return ERR_PERM;
	default:
		return ERR_IO;
	}
}

static int
code_of(int rc, int errnum)
{
	switch (rc & 0xff) {
	case SQLITE_OK:
	case SQLITE_ROW:
	case SQLITE_DONE:
		return 0;
	case SQLITE_FULL:
		return ERR_FULL;
	case SQLITE_NOMEM:
		return ERR_NOMEM;
	case SQLITE_BUSY:
	case SQLITE_LOCKED:
		return ERR_BUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB:
		return ERR_SYNTAX;
	case SQLITE_PERM:
	case SQLITE_READONLY:
	case SQLITE_AUTH:
		return ERR_PERM;
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
	case SQLITE_RANGE:
	case SQLITE_MISUSE:
		return ERR_INVAL;
	case SQLITE_TOOBIG:
		return ERR_TOOBIG;
	case SQLITE_CANTOPEN:
		if (errnum == ENOENT)
			return ERR_NOTFOUND;
		return code_of_io(errnum);
	case SQLITE_IOERR:
		return code_of_io(errnum);
	default:
		return ERR_IO;
	}
}

/*
 * errno of a failed read or write; 0 if it is not known. SQLite keeps it for statements, but not
 * for a COMMIT: that one's is asked of the log's file.
 */
static int
system_errno(sqlite3 *db, int rc)
{
	sqlite3_file *log = NULL;
	int errnum;

	if (db == NULL || ((rc & 0xff) != SQLITE_IOERR && (rc & 0xff) != SQLITE_CANTOPEN))
		return 0;
	errnum = sqlite3_system_errno(db);
	if (errnum != 0 || (rc & 0xff) != SQLITE_IOERR)
		return errnum;
	if (sqlite3_file_control(db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK &&
	    log != NULL && log->pMethods != NULL)
		log->pMethods->xFileControl(log, SQLITE_FCNTL_LAST_ERRNO, &errnum);
	return errnum;
}

int
sql_failed(struct sql *sql, int rc)
{
	int errnum = system_errno(sql->db, rc);
	int code;

	code = code_of(rc, errnum);
	if (code == 0)
		return 0;
	snprintf(sql->error, sizeof(sql->error), "%s%s%s",
		 sql->db == NULL ? sqlite3_errstr(rc) : sqlite3_errmsg(sql->db),
		 errnum == 0 ? "" : ": ", errnum == 0 ? "" : strerror(errnum));
	return code;
}

void
sql_message(const struct sql *sql, const char *what, char *message, size_t size)
{
	snprintf(message, size, "%s: %s: %s", sql->path, what,
		 sql->error[0] == '\0' ? "no reason known" : sql->error);
}

int
sql_exec(struct sql *sql, const char *text)
{
	return sql_failed(sql, sqlite3_exec(sql->db, text, NULL, NULL, NULL));
}

int
sql_get_int(struct sql *sql, const char *text, int64_t *out)
{
	struct sql_call call = sql_prepare(sql, text);
	bool has_row = sql_row(&call);
	int64_t value = has_row ? sql_int(&call, 0) : 0;
	int rc = sql_done(&call);

	if (rc == 0 && !has_row)
		rc = ERR_NOTFOUND;
	if (rc == 0)
		*out = value;
	return rc;
}

struct sql_call
sql_prepare(struct sql *sql, const char *text)
{
	struct sql_call call = {.sql = sql, .next = 1};

	call.rc = sql_failed(sql, sqlite3_prepare_v3(sql->db, text, -1, 0, &call.stmt, NULL));
	return call;
}

struct sql_call
sql_reuse(struct sql *sql, sqlite3_stmt **slot, const char *text)
{
	struct sql_call call = {.sql = sql, .next = 1, .is_kept = true};

	if (*slot == NULL)
		call.rc =
			sql_failed(sql, sqlite3_prepare_v3(sql->db, text, -1,
							   SQLITE_PREPARE_PERSISTENT, slot, NULL));
	call.stmt = *slot;
	return call;
}

void
sql_put_int(struct sql_call *call, int64_t value)
{
	if (call->rc == 0)
		call->rc =
			sql_failed(call->sql, sqlite3_bind_int64(call->stmt, call->next++, value));
}

void
sql_put_real(struct sql_call *call, double value)
{
	if (call->rc == 0)
		call->rc = sql_failed(call->sql, sqlite3_bind_double(call->stmt, call->next++,
								     isnan(value) ? 0 : value));
}

void
sql_put_text(struct sql_call *call, const char *value)
{
	if (call->rc == 0)
		call->rc = sql_failed(call->sql, sqlite3_bind_text(call->stmt, call->next++, value,
								   -1, SQLITE_STATIC));
}

void
sql_put_blob(struct sql_call *call, const void *data, size_t len)
{
	if (call->rc == 0)
		call->rc = sql_failed(call->sql, sqlite3_bind_blob64(call->stmt, call->next++, data,
								     len, SQLITE_STATIC));
}

void
sql_put_null(struct sql_call *call)
{
	if (call->rc == 0)
		call->rc = sql_failed(call->sql, sqlite3_bind_null(call->stmt, call->next++));
}

bool
sql_row(struct sql_call *call)
{
	int rc;

	if (call->rc != 0)
		return false;
	rc = sqlite3_step(call->stmt);
	if (rc == SQLITE_ROW)
		return true;
	call->rc = sql_failed(call->sql, rc);
	return false;
}

int
sql_done(struct sql_call *call)
{
	if (call->stmt != NULL && call->is_kept) {
		sqlite3_reset(call->stmt);
		sqlite3_clear_bindings(call->stmt);
	} else {
		sqlite3_finalize(call->stmt);
	}
	call->stmt = NULL;
	return call->rc;
}

int
sql_run(struct sql_call *call)
{
	while (sql_row(call))
		continue;
	return sql_done(call);
}

int
sql_collect(struct sql_call *call, void *items, size_t *count, size_t *cap, size_t size,
	    sql_read_fn read, void *arg)
{
	int rc = 0;

	while ((rc == 0 || rc == SQL_SKIP) && sql_row(call)) {
		char *base;

		rc = mem_grow(items, cap, *count + 1, size);
		if (rc != 0)
			break;
		memcpy(&base, items, sizeof(base));
		rc = read(call, base + *count * size, arg);
		if (rc == 0)
			++*count;
	}
	if (sql_done(call) != 0)
		return call->rc;
	return rc == SQL_SKIP || rc == SQL_STOP ? 0 : rc;
}

int64_t
sql_int(struct sql_call *call, int column)
{
	return sqlite3_column_int64(call->stmt, column);
}

double
sql_real(struct sql_call *call, int column)
{
	return sqlite3_column_double(call->stmt, column);
}

const char *
sql_text(struct sql_call *call, int column)
{
	const unsigned char *text = sqlite3_column_text(call->stmt, column);

	return text == NULL ? "" : (const char *)text;
}

const void *
sql_blob(struct sql_call *call, int column, size_t *len)
{
	const void *data = sqlite3_column_blob(call->stmt, column);

	*len = data == NULL ? 0 : (size_t)sqlite3_column_bytes(call->stmt, column);
	return data;
}
