/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Making columns of text fit the terminal: which may be broken into lines, cut, or left out, and
 * how wide each becomes. libsmartcols would do it without regard for words, and squeeze all
 * columns.
 */
#ifndef CLI_FIT_H
#define CLI_FIT_H

#include <stdbool.h>
#include <stddef.h>

enum {
	FIT_WRAP_LEAST = 24, /* a wrapped column is not made narrower while another way is left */
	FIT_WRAP_HARD = 12,
	FIT_CUT_LEAST = 10,
};

struct fit_column {
	size_t natural; /* width of its widest cell or heading */
	bool may_wrap, may_cut;
	unsigned yields; /* 0: stays; else the highest goes first */

	bool is_gone; /* result */
	size_t width; /* result */
};

/* Columns stand one blank apart. total 0: all as wide as they are. */
void fit_columns(struct fit_column *columns, size_t count, size_t total);

/* Places that harmless text takes on a terminal (wcwidth); the longest of its lines. */
size_t fit_width(const char *text);
/* A copy with line ends put in between words, or within those that are too long. NULL: out of
 * memory. */
char *fit_wrap(const char *text, size_t width);
/* A copy cut to the width, with an ellipsis at its end if something is missing. NULL: out of
 * memory. */
char *fit_cut(const char *text, size_t width, bool has_utf8);

#endif
