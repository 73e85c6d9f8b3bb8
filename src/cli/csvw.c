/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CSV for auditors and their spreadsheets.
 */
#include "csvw.h"

#include "keepwatch/buf.h"

#include <string.h>

void
csvw_init(struct csvw *csv, struct buf *buf)
{
	*csv = (struct csvw){.buf = buf};
}

static void
begin_cell(struct csvw *csv)
{
	if (csv->in_row)
		buf_puts(csv->buf, ",");
	csv->in_row = true;
}

/* True if a spreadsheet would take what begins here for a formula. */
static bool
begins_formula(const char *s)
{
	static const char *const wide[] = {"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d",
					   "\xef\xbc\xa0"};

	if (*s == '=' || *s == '+' || *s == '-' || *s == '@')
		return true;
	for (size_t i = 0; i < 4; i++) {
		if (strncmp(s, wide[i], 3) == 0)
			return true;
	}
	return false;
}

/* What a reader may skip before it looks for a formula: blanks (U+00A0, U+3000 too) and quotes. */
static size_t
skippable(const char *s)
{
	if (*s == ' ' || *s == '"' || *s == ';')
		return 1;
	if (strncmp(s, "\xc2\xa0", 2) == 0)
		return 2;
	return strncmp(s, "\xe3\x80\x80", 3) == 0 ? 3 : 0;
}

/* The text with apostrophes put in. Control characters are made visible later, so that of all that
 * may end a cell elsewhere only the semicolon is left. */
static void
put_guarded(struct buf *buf, const char *text)
{
	const char *s = text;
	bool at_start = true;

	if (*s == '\t' || *s == '\r' || *s == '\n')
		buf_puts(buf, "'");
	while (*s != '\0') {
		const char *word = s;
		size_t n;

		if (at_start) {
			while ((n = skippable(s)) > 0)
				s += n;
			/* At the very beginning of the cell, where spreadsheets understand it. */
			if (begins_formula(s)) {
				if (word == text) {
					buf_puts(buf, "'");
					buf_put(buf, word, (size_t)(s - word));
				} else {
					buf_put(buf, word, (size_t)(s - word));
					buf_puts(buf, "'");
				}
				word = s;
			}
			at_start = false;
		}
		s += strcspn(s, ";");
		if (*s != '\0') {
			s++;
			at_start = true;
		}
		buf_put(buf, word, (size_t)(s - word));
	}
}

void
csvw_text(struct csvw *csv, const char *text)
{
	struct buf guarded, clean;
	const char *s;

	begin_cell(csv);
	if (*text == '\0')
		return;
	buf_init(&guarded, csv->buf->max);
	buf_init(&clean, csv->buf->max);
	put_guarded(&guarded, text);
	if (guarded.data != NULL)
		buf_put_escaped(&clean, guarded.data, guarded.len);
	if (guarded.error != 0 || clean.error != 0)
		csv->buf->error = guarded.error != 0 ? guarded.error : clean.error;
	if (csv->buf->error != 0 || clean.data == NULL)
		goto out;
	s = clean.data;
	/* Quoted also at blanks and semicolons: some readers trim, some take ; for the separator.
	 */
	if (s[strcspn(s, ",\"; '\r\n\t")] == '\0') {
		buf_puts(csv->buf, s);
		goto out;
	}
	buf_puts(csv->buf, "\"");
	for (;;) {
		size_t n = strcspn(s, "\"");

		buf_put(csv->buf, s, n);
		if (s[n] == '\0')
			break;
		buf_puts(csv->buf, "\"\"");
		s += n + 1;
	}
	buf_puts(csv->buf, "\"");
out:
	buf_fini(&guarded);
	buf_fini(&clean);
}

void
csvw_number(struct csvw *csv, int64_t number)
{
	begin_cell(csv);
	buf_printf(csv->buf, "%lld", (long long)number);
}

void
csvw_plain(struct csvw *csv, const char *text)
{
	begin_cell(csv);
	buf_puts(csv->buf, text);
}

void
csvw_empty(struct csvw *csv)
{
	begin_cell(csv);
}

void
csvw_end_row(struct csvw *csv)
{
	buf_puts(csv->buf, "\r\n");
	csv->in_row = false;
}
