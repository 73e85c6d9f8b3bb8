/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CSV through libcsv (RFC 4180 and the dialects of spreadsheets). libcsv tells no positions, so the
 * text is fed to it in pieces that end with a separator, quote or line end: only there it can
 * complete a cell, and there we know where we are.
 */
#include "csv_rows.h"

#include "keepwatch/buf.h"
#include "keepwatch/err.h"

#include <csv.h>
#include <stdlib.h>
#include <string.h>

struct csv_reader {
	struct complaints *complaints;
	row_fn *fn;
	void *arg;
	struct csv_parser parser;
	const char *data;
	size_t len, pos;
	struct mark at;	     /* of data[pos] */
	struct mark cell_at; /* of the first character of the cell being read; line 0: none yet */
	size_t resume;	     /* where its line ends: where to go on if its quote never closes */
	char delimiter;
	/* the row so far; texts one behind the other, as offsets until the row is complete */
	struct buf text;
	struct cell *cells;
	size_t count, cap;
	size_t excess; /* cells beyond CSV_COLUMNS_MAX */
};

/* Moves on by n bytes, counting lines (LF, CRLF, CR) and characters. */
static void
advance(struct csv_reader *reader, size_t n)
{
	for (; n > 0; n--, reader->pos++) {
		unsigned char c = (unsigned char)reader->data[reader->pos];
		bool is_crlf = c == '\r' && reader->pos + 1 < reader->len &&
			       reader->data[reader->pos + 1] == '\n';

		if (c == '\n' || (c == '\r' && !is_crlf)) {
			reader->at.line++;
			reader->at.column = 1;
		} else if ((c & 0xc0) != 0x80) {
			reader->at.column++;
		}
	}
}

/* Whether a cell is text that may go into a report; complains if not. */
static bool
check_text(struct csv_reader *reader, const char *text, size_t len, struct mark at)
{
	if (len > CSV_CELL_MAX) {
		complain(reader->complaints, CONF_FILE_CSV, at,
			 "a cell of %zu bytes; expected at most %d (is a quote missing?)", len,
			 CSV_CELL_MAX);
		return false;
	}
	for (size_t i = 0; i < len;) {
		size_t n = utf8_sequence(text + i, len - i);
		unsigned char c = (unsigned char)text[i];

		if (n == 0) {
			complain(reader->complaints, CONF_FILE_CSV, at,
				 "%s is not UTF-8; save the file as \"CSV UTF-8\"",
				 quoted(reader->complaints, text, len));
			return false;
		}
		/* Lines within a cell are a spreadsheet's; names and addresses refuse them. */
		if ((c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7f ||
		    (n == 2 && c == 0xc2 && (unsigned char)text[i + 1] < 0xa0)) {
			complain(reader->complaints, CONF_FILE_CSV, at, "control character in %s",
				 quoted(reader->complaints, text, len));
			return false;
		}
		i += n;
	}
	return true;
}

static void
on_cell(void *data, size_t len, void *arg)
{
	struct csv_reader *reader = arg;
	struct cell cell = {.at = reader->cell_at.line > 0 ? reader->cell_at : reader->at};

	reader->cell_at.line = 0;
	if (reader->count == CSV_COLUMNS_MAX) {
		reader->excess++;
		return;
	}
	cell.is_broken = !check_text(reader, data, len, cell.at);
	if (cell.is_broken)
		len = 0;
	cell.len = len;
	if (mem_grow(&reader->cells, &reader->cap, reader->count + 1, sizeof(cell)) != 0) {
		reader->complaints->out_of_memory = true;
		return;
	}
	reader->cells[reader->count++] = cell;
	buf_put(&reader->text, data, len);
	buf_put(&reader->text, "", 1);
}

static void
on_row(int terminator, void *arg)
{
	struct csv_reader *reader = arg;
	struct row row = {.cells = reader->cells, .count = reader->count};
	const char *text = reader->text.data;
	bool is_blank = true;

	(void)terminator;
	if (reader->text.error != 0)
		reader->complaints->out_of_memory = true;
	for (size_t i = 0; i < row.count && reader->text.error == 0; i++) {
		row.cells[i].text = text;
		text += row.cells[i].len + 1;
		is_blank &= row.cells[i].len == 0 && !row.cells[i].is_broken;
	}
	if (reader->excess > 0)
		complain(reader->complaints, CONF_FILE_CSV, row.cells[row.count - 1].at,
			 "a row of %zu cells; expected at most %d", row.count + reader->excess,
			 CSV_COLUMNS_MAX);
	else if (!is_blank) { /* a spreadsheet writes an empty row as ",,,," */
		row.at = row.cells[0].at;
		reader->fn(reader->arg, &row);
	}
	reader->count = reader->excess = 0;
	buf_reset(&reader->text);
}

static int
start_parser(struct csv_reader *reader)
{
	if (csv_init(&reader->parser, CSV_STRICT | CSV_STRICT_FINI) != 0)
		return ERR_NOMEM;
	csv_set_delim(&reader->parser, (unsigned char)reader->delimiter);
	reader->count = reader->excess = 0;
	reader->cell_at.line = 0;
	buf_reset(&reader->text);
	return 0;
}

/* After a mistake: on with the line behind the one where the cell began. */
static int
restart_parser(struct csv_reader *reader, size_t resume, struct mark at)
{
	csv_free(&reader->parser);
	reader->pos = resume;
	reader->at = at;
	while (reader->pos < reader->len && reader->at.line == at.line)
		advance(reader, 1);
	return start_parser(reader);
}

/* The length of the piece at pos: up to and with the next byte that can end a cell. */
static size_t
piece_length(const struct csv_reader *reader)
{
	size_t end = reader->pos;

	while (end < reader->len) {
		char c = reader->data[end++];
		if (c == reader->delimiter || c == '"' || c == '\n' || c == '\r')
			break;
	}
	return end - reader->pos;
}

/* Whether the line at pos, where a row may begin, is a comment. */
static bool
is_comment(const struct csv_reader *reader)
{
	return reader->count == 0 && reader->cell_at.line == 0 && reader->at.column == 1 &&
	       reader->data[reader->pos] == '#';
}

static void
skip_line(struct csv_reader *reader)
{
	unsigned line = reader->at.line;

	while (reader->pos < reader->len && reader->at.line == line)
		advance(reader, 1);
}

/* At pos libcsv found a quote where none may be, or text behind a closing one. */
static void
complain_of_quote(struct csv_reader *reader, struct mark cell_at)
{
	struct mark at = reader->at;

	if (at.line != cell_at.line) {
		complain(reader->complaints, CONF_FILE_CSV, cell_at,
			 "a quote that is not closed where the cell ends (the next one is in line "
			 "%u); write quotes within a cell twice",
			 at.line);
		return;
	}
	if (reader->pos > 0 && reader->data[reader->pos] != '"' &&
	    reader->data[reader->pos - 1] == '"')
		at.column--; /* said of what follows the quote */
	complain(reader->complaints, CONF_FILE_CSV, at,
		 "a quote in the middle of a cell; quote the whole cell and write quotes in it "
		 "twice");
}

static int
feed(struct csv_reader *reader)
{
	size_t begin = 0; /* of the cell being read */

	while (reader->pos < reader->len) {
		size_t piece, done;

		if (is_comment(reader)) {
			skip_line(reader);
			continue;
		}
		if (reader->cell_at.line == 0) {
			char c = reader->data[reader->pos];

			if (c == ' ' || (c == '\t' && c != reader->delimiter)) {
				advance(reader, 1); /* libcsv would cut it off */
				continue;
			}
			/* A line end in front of a row begins nothing. */
			if (reader->count > 0 || (c != '\n' && c != '\r')) {
				reader->cell_at = reader->at;
				begin = reader->pos;
			}
		}
		piece = piece_length(reader);
		done = csv_parse(&reader->parser, reader->data + reader->pos, piece, on_cell,
				 on_row, reader);
		if (done < piece) {
			struct mark cell_at = reader->cell_at;

			if (csv_error(&reader->parser) != CSV_EPARSE)
				return ERR_NOMEM;
			advance(reader, done);
			complain_of_quote(reader, cell_at);
			if (restart_parser(reader, begin, cell_at) != 0)
				return ERR_NOMEM;
			continue;
		}
		advance(reader, piece);
	}
	if (csv_fini(&reader->parser, on_cell, on_row, reader) != 0) {
		if (csv_error(&reader->parser) != CSV_EPARSE)
			return ERR_NOMEM;
		complain(reader->complaints, CONF_FILE_CSV, reader->cell_at,
			 "a quote that is never closed");
		if (restart_parser(reader, begin, reader->cell_at) != 0)
			return ERR_NOMEM;
		return feed(reader);
	}
	return 0;
}

/* The separator: named by `sep=;` in the first line, else the one most used in the first row. */
static void
find_delimiter(struct csv_reader *reader)
{
	static const char candidates[] = {',', ';', '\t'};
	size_t counts[MEM_COUNT(candidates)] = {0}, best = 0, i = reader->pos;
	const char *data = reader->data;
	bool is_quoted = false;

	if (reader->len - i >= 5 && strncasecmp(data + i, "sep=", 4) == 0 &&
	    memchr(candidates, data[i + 4], sizeof(candidates)) != NULL &&
	    (reader->len - i == 5 || data[i + 5] == '\r' || data[i + 5] == '\n')) {
		reader->delimiter = data[i + 4];
		skip_line(reader);
		return;
	}
	/* Over comments and blank lines to the header. */
	while (i < reader->len && (data[i] == '#' || data[i] == '\n' || data[i] == '\r')) {
		while (i < reader->len && data[i] != '\n' && data[i] != '\r')
			i++;
		while (i < reader->len && (data[i] == '\n' || data[i] == '\r'))
			i++;
	}
	for (; i < reader->len && (is_quoted || (data[i] != '\n' && data[i] != '\r')); i++) {
		is_quoted ^= data[i] == '"';
		for (size_t c = 0; c < MEM_COUNT(candidates) && !is_quoted; c++)
			counts[c] += data[i] == candidates[c];
	}
	for (size_t c = 1; c < MEM_COUNT(candidates); c++) {
		if (counts[c] > counts[best])
			best = c;
	}
	reader->delimiter = candidates[best];
}

int
csv_rows(struct complaints *complaints, const void *data, size_t len, row_fn *fn, void *arg)
{
	struct csv_reader reader = {
		.complaints = complaints,
		.fn = fn,
		.arg = arg,
		.data = data,
		.len = len,
		.at = {1, 1},
	};
	int rc;

	if (len >= 2 && (memcmp(data, "\xff\xfe", 2) == 0 || memcmp(data, "\xfe\xff", 2) == 0)) {
		complain(complaints, CONF_FILE_CSV, reader.at,
			 "UTF-16 text; save the file as \"CSV UTF-8\"");
		return 0;
	}
	if (len >= 3 && memcmp(data, "\xef\xbb\xbf", 3) == 0)
		reader.pos = 3; /* no character of the text: column 1 follows it */
	buf_init(&reader.text, (size_t)CONF_CSV_MAX + CSV_COLUMNS_MAX);
	find_delimiter(&reader);
	rc = start_parser(&reader);
	if (rc == 0) {
		rc = feed(&reader);
		csv_free(&reader.parser);
	}
	buf_fini(&reader.text);
	free(reader.cells);
	return rc;
}
