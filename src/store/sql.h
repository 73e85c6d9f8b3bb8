/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The one place that talks to SQLite's C interface: statements with bound values (no SQL is ever
 * made from a value), result codes as ours, and messages that name file and cause.
 */
#ifndef KEEPWATCH_STORE_SQL_H
#define KEEPWATCH_STORE_SQL_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SQL_APPLICATION_ID = 0x4b574442, /* "KWDB", in the file's header */
	SQL_ERROR_SIZE = 400,
};

struct sql {
	sqlite3 *db;
	char *path;
	char error[SQL_ERROR_SIZE]; /* of the last failure, without the path */
};

/* Our code for a result code of SQLite; keeps its words in sql->error. 0 for OK, ROW and DONE. */
int sql_failed(struct sql *sql, int rc);
/* "PATH: what: cause", for a person. */
void sql_message(const struct sql *sql, const char *what, char *message, size_t size);

/* Statements without values, also several. */
int sql_exec(struct sql *sql, const char *text);
/* The first column of the first row of a fixed query (a pragma). ERR_NOTFOUND without a row. */
int sql_get_int(struct sql *sql, const char *text, int64_t *out);

/*
 * A call of a prepared statement: values are bound from left to right, borrowed until sql_done. The
 * first failure is kept and makes the following calls do nothing.
 */
struct sql_call {
	struct sql *sql;
	sqlite3_stmt *stmt;
	int next;
	int rc;
	bool is_kept; /* sql_done resets the statement instead of finalizing it */
};

/* Prepares text for one use. */
struct sql_call sql_prepare(struct sql *sql, const char *text);
/* The same, kept in *slot for the next use. */
struct sql_call sql_reuse(struct sql *sql, sqlite3_stmt **slot, const char *text);
void sql_put_int(struct sql_call *call, int64_t value);
/* NaN, which SQLite takes for NULL: 0. */
void sql_put_real(struct sql_call *call, double value);
void sql_put_text(struct sql_call *call, const char *value); /* NULL: NULL */
void sql_put_blob(struct sql_call *call, const void *data, size_t len);
void sql_put_null(struct sql_call *call);
/* Steps to the next row: false at the end or on failure, which sql_done tells apart. */
bool sql_row(struct sql_call *call);
/* Ends the call: 0 or the code of what failed. */
int sql_done(struct sql_call *call);
/* For statements without rows: sql_row until the end, then sql_done. */
int sql_run(struct sql_call *call);

/*
 * All rows to the end, each read into one more element of an array with count and capacity; ends
 * the call. read: 0 takes the element, SQL_SKIP does not, SQL_STOP ends the reading, other codes
 * too and are returned. arg: given to read.
 */
enum { SQL_SKIP = 1, SQL_STOP = 2 };
typedef int (*sql_read_fn)(struct sql_call *call, void *item, void *arg);
int sql_collect(struct sql_call *call, void *items, size_t *count, size_t *cap, size_t size,
		sql_read_fn read, void *arg);
/* The same for anything with items, count and cap. */
#define SQL_COLLECT(call, list, read, arg)                                                        \
	sql_collect((call), &(list)->items, &(list)->count, &(list)->cap, sizeof(*(list)->items), \
		    (read), (arg))

int64_t sql_int(struct sql_call *call, int column);
double sql_real(struct sql_call *call, int column);
/* "" for NULL; borrowed until the next row. */
const char *sql_text(struct sql_call *call, int column);
const void *sql_blob(struct sql_call *call, int column, size_t *len);

#endif
