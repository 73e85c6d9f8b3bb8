/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows of a CSV file with the place of each cell. The only place that parses CSV; what the cells
 * mean is fleet_file.c's.
 */
#ifndef CONF_CSV_ROWS_H
#define CONF_CSV_ROWS_H

#include "complaints.h"

struct cell {
	const char *text; /* NUL-terminated, valid UTF-8 without control characters; borrowed */
	size_t len;
	struct mark at; /* where it starts in the file: its quote, if it has one */
	bool is_broken; /* what it held was complained of; text is "" */
};

struct row {
	struct cell *cells;
	size_t count;
	struct mark at; /* of its first cell */
};

typedef void row_fn(void *arg, const struct row *row);

enum { CSV_COLUMNS_MAX = 255, CSV_CELL_MAX = 4096 };

/*
 * Calls fn for each row that is neither blank nor a comment. Understands a UTF-8 byte order mark,
 * LF and CRLF, cells in quotes, and as separator comma, semicolon or tab, by the first row or a
 * line `sep=;`. 0 or ERR_NOMEM; mistakes are complained of and the next line is gone on with.
 */
int csv_rows(struct complaints *complaints, const void *data, size_t len, row_fn *fn, void *arg);

#endif
