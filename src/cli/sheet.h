/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows and columns on their way to a table, CSV or JSON. A command says once what its columns are
 * and fills cells; choosing, ordering and writing them is done here, the same for all commands.
 */
#ifndef CLI_SHEET_H
#define CLI_SHEET_H

#include "args.h"
#include "term.h"

#include "keepwatch/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;
struct jsonw;
struct out;

enum cell_type {
	CELL_TEXT,     /* of any origin */
	CELL_STATE,    /* a health's name; coloured */
	CELL_COUNT,    /* a number as it is */
	CELL_REAL,     /* a number with decimals */
	CELL_TIME,     /* ms since 1970: local time in tables, RFC 3339 UTC in CSV and JSON */
	CELL_DURATION, /* ms: "3h 10m" in tables, to the second from 1 s on; the number else */
	CELL_OFFSET,   /* ms with a sign: "+1.2s" in tables, the number else */
	CELL_RTT,      /* us: "1.24 ms" in tables, the number else */
	CELL_BOOL,     /* "yes" and "-" in tables, true and false else */
	CELL_LIST,     /* several texts: an array in JSON */
	CELL_MAP,      /* names and values: an object in JSON */
};

enum column_flag {
	COLUMN_SHOWN = 1 << 0,	/* in tables without being asked for */
	COLUMN_TRUNC = 1 << 1,	/* may be cut to fit the terminal */
	COLUMN_WRAP = 1 << 2,	/* may be broken into lines to fit the terminal */
	COLUMN_TREE = 1 << 3,	/* carries the tree, if there is one */
	COLUMN_LISTED = 1 << 4, /* only in tables; CSV and JSON have the raw value elsewhere */
	COLUMN_HIDDEN_IF_EMPTY = 1 << 5, /* left out of default tables while all its cells are */
	/* Times 1..15: left out of default tables that do not fit the terminal, the highest first.
	 */
	COLUMN_YIELDS = 1 << 8,
};

struct column {
	const char *name;  /* in CSV, JSON, --columns and --sort: stable */
	const char *title; /* in tables */
	enum cell_type type;
	unsigned flags;
	const char *help;
};

struct cell_pair {
	const char *key; /* NULL in a list */
	const char *value;
};

struct cell {
	bool is_set; /* otherwise "-", an empty cell, null */
	uint8_t tint;
	uint16_t pair_count;
	union {
		int64_t number;
		double real;
		const char *text;	       /* borrowed, or in the sheet's arena */
		const struct cell_pair *pairs; /* likewise */
	};
};

struct sheet {
	const struct column *columns;
	size_t column_count;
	struct cell *cells; /* row by row */
	size_t row_count, cap;
	size_t *parents; /* of trees: row numbers, SIZE_MAX for none; NULL without */
	size_t *order;	 /* row numbers as they are to be written; NULL: as they are */
	size_t limit;	 /* rows to be written, 0: all; not of trees */
	size_t skip;	 /* rows at the beginning not to be written */
	bool is_chosen;	 /* the columns were named by the user */
	uint16_t selected[64];
	size_t selected_count;
	struct mem_arena arena;
	int error;
};

void sheet_init(struct sheet *sheet, const struct column *columns, size_t count);
void sheet_fini(struct sheet *sheet);
/* Forgets the rows, not what was chosen: for sheets that are written in pieces. */
void sheet_clear(struct sheet *sheet);
/* The cells of a new row, all unset; never NULL (after ERR_NOMEM, in `error`, the last row). */
struct cell *sheet_add(struct sheet *sheet);
struct cell *sheet_cell(const struct sheet *sheet, size_t row, size_t column);

void cell_set_text(struct cell *cell, const char *text); /* NULL and "" leave it unset */
/* A copy in the sheet's arena; "" leaves it unset. */
void cell_set_copy(struct sheet *sheet, struct cell *cell, const char *text);
void cell_set_number(struct cell *cell, int64_t number);
void cell_set_real(struct cell *cell, double real); /* NaN leaves it unset */
/* A probability as percent: 0 and 100 only if it is sure. */
void cell_set_percent(struct cell *cell, double share);
void cell_set_time(struct cell *cell, int64_t wall_ms); /* 0 leaves it unset */
/* How long ago a time was; 0 leaves it unset, the future is now. */
void cell_set_age(struct cell *cell, int64_t wall_ms, int64_t now_ms);
/* "reason: detail", or the one that there is. */
void cell_set_why(struct sheet *sheet, struct cell *cell, const char *reason, const char *detail);

enum sheet_format { SHEET_TABLE, SHEET_JSON, SHEET_CSV };

/*
 * Chooses columns by name, or the default ones of the format. ERR_NOTFOUND with words in `why`.
 */
int sheet_select(struct sheet *sheet, enum sheet_format format, const struct arg_values *names,
		 struct buf *why);
/* Orders rows, stably. ERR_NOTFOUND with words in `why`. Not for trees. */
int sheet_sort(struct sheet *sheet, const struct arg_values *names, struct buf *why);

/* The rows as a table. */
void sheet_write_table(const struct sheet *sheet, struct out *out, const struct term *term,
		       bool has_header);
void sheet_write_csv(const struct sheet *sheet, struct out *out, bool has_header);
/* The objects alone, into an array that is open: for sheets that are written in pieces. */
void sheet_write_json_rows(const struct sheet *sheet, struct jsonw *json);
/* As an array of objects. */
void sheet_write_json(const struct sheet *sheet, struct jsonw *json, const char *key);
/* What `--columns help` prints. */
void sheet_write_help(const struct sheet *sheet, struct out *out);

/* How many rows are to be written. */
size_t sheet_height(const struct sheet *sheet);
/* The row number at place i, as ordered. */
size_t sheet_row_at(const struct sheet *sheet, size_t i);

#endif
