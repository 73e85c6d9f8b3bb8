/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Fitting columns.
 */
#include "fit.h"

#include "keepwatch/buf.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { TEXT_MAX = 1 << 20 };

/* Bytes of the character at text, and the places it takes. */
static size_t
character(const char *text, size_t *places)
{
	mbstate_t state = {0};
	wchar_t wide;
	size_t n;
	int width;

	*places = 1;
	if ((unsigned char)*text < 0x80)
		return 1;
	n = mbrtowc(&wide, text, MB_CUR_MAX, &state);
	if (n == 0 || n > MB_CUR_MAX)
		return 1;
	width = wcwidth(wide);
	*places = width < 0 ? 1 : (size_t)width;
	return n;
}

size_t
fit_width(const char *text)
{
	size_t longest = 0, width = 0, places;

	while (*text != '\0') {
		if (*text == '\n') {
			longest = width > longest ? width : longest;
			width = 0;
			text++;
			continue;
		}
		text += character(text, &places);
		width += places;
	}
	return width > longest ? width : longest;
}

/* Bytes of text that fit a line: up to a blank if there is one, else as much as there is room. */
static size_t
line_bytes(const char *text, size_t width)
{
	size_t used = 0, places, i = 0, blank = 0;

	while (text[i] != '\0') {
		size_t n = character(text + i, &places);

		if (text[i] == ' ')
			blank = i;
		if (used + places > width)
			return blank > 0 ? blank : i > 0 ? i : n;
		used += places;
		i += n;
	}
	return i;
}

char *
fit_wrap(const char *text, size_t width)
{
	struct buf buf;

	buf_init(&buf, TEXT_MAX);
	buf_puts(&buf, "");
	while (*text != '\0') {
		size_t n = line_bytes(text, width);

		buf_put(&buf, text, n);
		text += n;
		while (*text == ' ')
			text++;
		if (*text != '\0')
			buf_puts(&buf, "\n");
	}
	return buf_take(&buf);
}

char *
fit_cut(const char *text, size_t width, bool has_utf8)
{
	const char *mark = has_utf8 ? "…" : "~";
	size_t used = 0, places, i = 0;
	struct buf buf;

	if (width == 0 || fit_width(text) <= width)
		return strdup(text);
	while (text[i] != '\0') {
		size_t n = character(text + i, &places);

		if (used + places > width - 1)
			break;
		used += places;
		i += n;
	}
	buf_init(&buf, TEXT_MAX);
	buf_put(&buf, text, i);
	buf_puts(&buf, mark);
	return buf_take(&buf);
}

static size_t
min_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Width that a column needs at least, while nothing better is left to do. */
static size_t
least(const struct fit_column *column)
{
	if (column->may_wrap)
		return min_of(column->natural, FIT_WRAP_LEAST);
	return column->may_cut ? min_of(column->natural, FIT_CUT_LEAST) : column->natural;
}

/* What all columns take, with the blanks between. */
static size_t
sum(const struct fit_column *columns, size_t count, bool of_least)
{
	size_t total = 0, shown = 0;

	for (size_t i = 0; i < count; i++) {
		if (columns[i].is_gone)
			continue;
		total += of_least ? least(&columns[i]) : columns[i].width;
		shown++;
	}
	return shown > 0 ? total + shown - 1 : 0;
}

static struct fit_column *
next_to_go(struct fit_column *columns, size_t count)
{
	struct fit_column *next = NULL;

	for (size_t i = 0; i < count; i++) {
		if (!columns[i].is_gone && columns[i].yields > 0 &&
		    (next == NULL || columns[i].yields >= next->yields))
			next = &columns[i];
	}
	return next;
}

/* Takes from the widest column of a sort, place by place, until it fits or all are at their least.
 */
static void
shrink(struct fit_column *columns, size_t count, size_t total, bool wrapped, size_t floor)
{
	for (;;) {
		struct fit_column *widest = NULL;

		if (sum(columns, count, false) <= total)
			return;
		for (size_t i = 0; i < count; i++) {
			struct fit_column *column = &columns[i];
			bool fits =
				wrapped ? column->may_wrap : column->may_cut && !column->may_wrap;

			if (!column->is_gone && fits && column->width > floor &&
			    (widest == NULL || column->width > widest->width))
				widest = column;
		}
		if (widest == NULL)
			return;
		widest->width--;
	}
}

void
fit_columns(struct fit_column *columns, size_t count, size_t total)
{
	for (size_t i = 0; i < count; i++) {
		columns[i].width = columns[i].natural;
		columns[i].is_gone = false;
	}
	if (total == 0)
		return;
	while (sum(columns, count, true) > total) {
		struct fit_column *go = next_to_go(columns, count);

		if (go == NULL)
			break;
		go->is_gone = true;
	}
	shrink(columns, count, total, true, FIT_WRAP_LEAST);
	shrink(columns, count, total, false, FIT_CUT_LEAST);
	shrink(columns, count, total, true, FIT_WRAP_HARD);
	shrink(columns, count, total, false, 4);
}
