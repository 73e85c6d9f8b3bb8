/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CSV as RFC 4180 has it (CRLF, quotes doubled), safe to open in a spreadsheet: text that one would
 * take for a formula begins with an apostrophe.
 */
#ifndef CLI_CSVW_H
#define CLI_CSVW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf;

struct csvw {
	struct buf *buf; /* borrowed */
	bool in_row;
};

void csvw_init(struct csvw *csv, struct buf *buf);
/*
 * Text of any origin. Control characters and broken UTF-8 become \xHH. An apostrophe is put before
 * =, +, - and @ (and their full-width forms U+FF1D, U+FF0B, U+FF0D, U+FF20) at the beginning, also
 * after blanks and quotes; after a semicolon likewise, since a spreadsheet of another locale takes
 * it for the end of a cell; and before a leading tab, line feed or carriage return.
 */
void csvw_text(struct csvw *csv, const char *text);
/* A number of our own: never an apostrophe, also when it is negative. */
void csvw_number(struct csvw *csv, int64_t number);
/* Our own text, known to hold nothing of the above (a name of a column, a time). */
void csvw_plain(struct csvw *csv, const char *text);
void csvw_empty(struct csvw *csv);
void csvw_end_row(struct csvw *csv);

#endif
