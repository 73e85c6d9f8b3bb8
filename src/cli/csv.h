/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CSV as RFC 4180 has it (CRLF, quotes doubled), safe to open in a spreadsheet: text that one would
 * take for a formula begins with an apostrophe.
 */
#ifndef CLI_CSV_H
#define CLI_CSV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

struct csv {
	struct buf *buf; /* borrowed */
	bool in_row;
};

void csv_init(struct csv *csv, struct buf *buf);
/*
 * Text of any origin. Control characters and broken UTF-8 become \xHH. An apostrophe is put before
 * =, +, - and @ (and their full-width forms U+FF1D, U+FF0B, U+FF0D, U+FF20) at the beginning, also
 * after blanks and quotes; after a semicolon, tab or line end likewise, since a spreadsheet may take
 * those for the end of a cell; and before a leading tab, line feed or carriage return.
 */
void csv_text(struct csv *csv, const char *text);
/* A number of our own: never an apostrophe, also when it is negative. */
void csv_number(struct csv *csv, int64_t number);
/* Our own text, known to hold nothing of the above (a name of a column, a time). */
void csv_plain(struct csv *csv, const char *text);
void csv_empty(struct csv *csv);
void csv_end_row(struct csv *csv);

#endif
