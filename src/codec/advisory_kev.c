/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CISA's catalogue of Known Exploited Vulnerabilities: an entry of its JSON form, and its CSV form
 * (RFC 4180, columns by the names of its first row).
 */
#include "advisory_build.h"

#include "keepwatch/err.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	TITLE_MAX = 160,
	REMEDY_MAX = 300,
	NAME_MAX_LEN = 120,
	COLUMNS_MAX = 32,
	CELL_MAX = 1 << 20
};

/* The same names in both forms. */
enum member { CVE_ID, VENDOR, PRODUCT, NAME, ADDED, ACTION, DUE, MEMBERS };
static const char *const names[MEMBERS] = {
	"cveID",     "vendorProject",  "product", "vulnerabilityName",
	"dateAdded", "requiredAction", "dueDate"};

static int
deliver(struct advisory_reader *reader, const char *const values[MEMBERS], const char *place)
{
	struct advisory_build build;
	struct advisory *advisory = &build.advisory;
	int rc;

	advisory_build_init(&build, ADVISORY_KEV);
	advisory->id = build_text(&build, values[CVE_ID], NAME_MAX_LEN);
	advisory->vendor = build_text(&build, values[VENDOR], NAME_MAX_LEN);
	advisory->product = build_text(&build, values[PRODUCT], NAME_MAX_LEN);
	advisory->title = build_text(&build, values[NAME], TITLE_MAX);
	advisory->remedy = build_text(&build, values[ACTION], REMEDY_MAX);
	advisory->published_ms = advisory->modified_ms = build_time(values[ADDED]);
	advisory->due_ms = build_time(values[DUE]);
	advisory->is_exploited = true;
	if (advisory->id[0] == '\0')
		build.why = "it has no cveID";
	else if (advisory->vendor[0] == '\0')
		build.why = "it has no vendorProject";
	rc = advisory_deliver(reader, &build, place);
	advisory_build_fini(&build);
	return rc;
}

int
advisory_read_kev(struct advisory_reader *reader, const json_t *record, const char *place)
{
	const char *values[MEMBERS];

	for (size_t i = 0; i < MEMBERS; i++)
		values[i] = json_text(record, names[i]);
	return deliver(reader, values, place);
}

/* ---- CSV */

struct csv {
	const char *p, *end;
	size_t line;
	char *cells; /* of the row, each with a NUL */
	size_t cap, used;
	size_t starts[COLUMNS_MAX], count;
	int error;
};

static void
put(struct csv *csv, char c)
{
	if (csv->error == 0 && csv->used >= CELL_MAX)
		csv->error = ERR_TOOBIG;
	if (csv->error == 0)
		csv->error = mem_grow(&csv->cells, &csv->cap, csv->used + 1, 1);
	if (csv->error == 0)
		csv->cells[csv->used++] = c;
}

static void
quoted(struct csv *csv)
{
	for (csv->p++; csv->p < csv->end; csv->p++) {
		if (*csv->p == '"') {
			csv->p++;
			if (csv->p == csv->end || *csv->p != '"')
				return;
		}
		csv->line += *csv->p == '\n';
		put(csv, *csv->p);
	}
	if (csv->error == 0)
		csv->error = ERR_TRUNCATED;
}

/* The next row; false at the end or after an error. */
static bool
next_row(struct csv *csv)
{
	csv->used = csv->count = 0;
	while (csv->p < csv->end && (*csv->p == '\n' || *csv->p == '\r'))
		csv->line += *csv->p++ == '\n';
	if (csv->p == csv->end)
		return false;
	for (;;) {
		if (csv->count < COLUMNS_MAX)
			csv->starts[csv->count++] = csv->used;
		while (csv->p < csv->end && *csv->p != ',' && *csv->p != '\n' && *csv->p != '\r' &&
		       csv->error == 0) {
			if (*csv->p == '"')
				quoted(csv);
			else
				put(csv, *csv->p++);
		}
		put(csv, '\0');
		if (csv->error != 0 || csv->p == csv->end || *csv->p != ',')
			return csv->error == 0;
		csv->p++;
	}
}

static const char *
cell(const struct csv *csv, size_t column)
{
	return column < csv->count ? csv->cells + csv->starts[column] : "";
}

int
advisory_read_kev_csv(struct advisory_reader *reader, const char *data, size_t len)
{
	struct csv csv = {.p = data, .end = data + len, .line = 1};
	size_t columns[MEMBERS];
	int rc = 0;

	for (size_t i = 0; i < MEMBERS; i++)
		columns[i] = COLUMNS_MAX;
	if (next_row(&csv)) {
		for (size_t i = 0; i < csv.count; i++) {
			for (size_t k = 0; k < MEMBERS; k++) {
				if (strcasecmp(cell(&csv, i), names[k]) == 0)
					columns[k] = i;
			}
		}
	}
	if (csv.error == 0 && (columns[CVE_ID] == COLUMNS_MAX || columns[VENDOR] == COLUMNS_MAX)) {
		snprintf(reader->result->words, ADVISORY_WORDS_SIZE,
			 "line 1: no columns cveID and vendorProject");
		rc = ERR_UNSUPPORTED;
	}
	/* Twice: a file that ends within a quote is refused before anything is taken. */
	for (int pass = 0; pass < 2 && rc == 0 && csv.error == 0; pass++) {
		struct csv rows = csv;

		rows.cells = NULL;
		rows.cap = rows.used = 0;
		for (size_t line = rows.line; rc == 0 && next_row(&rows); line = rows.line) {
			const char *values[MEMBERS];
			char place[40];

			for (size_t k = 0; k < MEMBERS; k++)
				values[k] = cell(&rows, columns[k]);
			snprintf(place, sizeof(place), "line %zu", line + 1);
			if (pass == 1)
				rc = deliver(reader, values, place);
		}
		csv.error = rows.error;
		csv.line = rows.error != 0 ? rows.line : csv.line;
		free(rows.cells);
	}
	if (rc == 0 && csv.error != 0) {
		rc = csv.error;
		snprintf(reader->result->words, ADVISORY_WORDS_SIZE, "line %zu: %s", csv.line,
			 rc == ERR_TRUNCATED ? "it ends within quotes" : err_text(rc));
	}
	free(csv.cells);
	return rc;
}
