/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch advisories list: what was imported, a row for each source that tells of an id.
 */
#include "advisories.h"

#include "keepwatch/buf.h"
#include "keepwatch/version.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { LISTED_MAX = 2000, VERSIONS_SIZE = 400 };

#define S COLUMN_SHOWN
#define L COLUMN_LISTED
#define Y COLUMN_YIELDS

#define ADVISORY_COLUMNS(X)                                                                     \
	X(ID, "id", "ID", TEXT, S, "CVE, or what the source calls it")                          \
	X(EXPLOITED, "exploited", "EXPLOITED", BOOL, S, "known to be exploited, by any source") \
	X(CVSS, "cvss", "CVSS", REAL, S, "base score, 0.1 to 10")                               \
	X(VENDORS, "vendors", "VENDOR", LIST, S | COLUMN_TRUNC,                                 \
	  "whose products, as keepwatch calls them")                                            \
	X(PRODUCTS, "products", "PRODUCTS", LIST, S | COLUMN_TRUNC | 2 * Y,                     \
	  "products, as the source calls them")                                                 \
	X(VERSIONS, "versions", "VERSIONS", TEXT, S | COLUMN_TRUNC | 3 * Y,                     \
	  "affected versions, of the first products")                                           \
	X(RANGES, "ranges", "RANGES", COUNT, 0, "how many products and ranges of versions")     \
	X(TITLE, "title", "WHAT", TEXT, S | COLUMN_TRUNC | 1 * Y, "what it is")                 \
	X(SOURCE, "source", "SOURCE", TEXT, S, "kev, nvd or csaf")                              \
	X(DOCUMENT, "document", "DOCUMENT", TEXT, 0, "id of the CSAF document")                 \
	X(REMEDY, "remedy", "REMEDY", TEXT, 0, "what the source says is to be done")            \
	X(DUE, "due", "DUE", TIME, 0, "by when CISA wants it done")                             \
	X(PUBLISHED, "published", "PUBLISHED", TIME, 0, "when it was published; of KEV: added") \
	X(MODIFIED, "modified", "MODIFIED", TIME, 0, "when it last changed")

enum advisory_column {
#define X(id, name, title, type, flags, help) COL_##id,
	ADVISORY_COLUMNS(X)
#undef X
		COL_COUNT
};

#define X(id, name, title, type, flags, help) {name, title, CELL_##type, flags, help},
static const struct column columns[] = {ADVISORY_COLUMNS(X)};
#undef X

/* ---- cells */

static void
put_once(struct sheet *sheet, struct cell *cell, struct cell_pair *pairs, const char *text)
{
	for (size_t i = 0; i < cell->pair_count; i++) {
		if (strcasecmp(pairs[i].value, text) == 0)
			return;
	}
	if (cell->pair_count == LISTED_MAX || text[0] == '\0')
		return;
	text = arena_strdup(&sheet->arena, text);
	if (text != NULL)
		pairs[cell->pair_count++].value = text;
}

/* Of each different vendor and product one item. */
static void
set_lists(struct sheet *sheet, struct cell *row, const struct advisory *advisory)
{
	size_t most = advisory->range_count < LISTED_MAX ? advisory->range_count : LISTED_MAX;
	struct cell *cells[] = {&row[COL_VENDORS], &row[COL_PRODUCTS]};
	struct cell_pair *pairs[2];
	const char *last = "";

	for (size_t i = 0; i < 2; i++) {
		pairs[i] = arena_alloc(&sheet->arena, (most + 1) * sizeof(**pairs));
		if (pairs[i] == NULL)
			return;
	}
	put_once(sheet, cells[0], pairs[0], version_vendor(advisory->vendor));
	put_once(sheet, cells[1], pairs[1], advisory->product);
	for (size_t i = 0; i < advisory->range_count; i++) {
		const struct advisory_range *range = &advisory->ranges[i];

		/* Lists of versions of one product are the rule. */
		if (i > 0 && strcmp(last, range->product) == 0)
			continue;
		last = range->product;
		put_once(sheet, cells[0], pairs[0], version_vendor(range->vendor));
		put_once(sheet, cells[1], pairs[1], range->product);
	}
	for (size_t i = 0; i < 2; i++) {
		cells[i]->pairs = pairs[i];
		cells[i]->is_set = cells[i]->pair_count > 0;
	}
}

static void
put_range(struct buf *out, const struct advisory_range *range)
{
	if (range->is_all)
		buf_puts(out, "all");
	else if (range->exact[0] != '\0')
		buf_puts(out, range->exact);
	else if (range->from[0] == '\0' && range->until[0] == '\0')
		buf_puts(out, "not told");
	if (range->from[0] != '\0')
		buf_printf(out, "%s%s%s", range->is_from_excluded ? ">" : ">=", range->from,
			   range->until[0] != '\0' ? " " : "");
	if (range->until[0] != '\0')
		buf_printf(out, "%s%s", range->is_until_excluded ? "<" : "<=", range->until);
}

static void
set_versions(struct sheet *sheet, struct cell *cell, const struct advisory *advisory)
{
	struct buf text;

	buf_init(&text, VERSIONS_SIZE * 4);
	for (size_t i = 0; i < advisory->range_count; i++) {
		if (text.len > VERSIONS_SIZE) {
			buf_puts(&text, ", ...");
			break;
		}
		buf_puts(&text, i > 0 ? ", " : "");
		put_range(&text, &advisory->ranges[i]);
	}
	if (text.len > 0)
		cell_set_text(cell, arena_strdup(&sheet->arena, text.data));
	buf_fini(&text);
}

static void
add_row(struct sheet *sheet, const struct advisory_set *set, const struct advisory *advisory)
{
	struct cell *row = sheet_add(sheet);

	cell_set_text(&row[COL_ID], advisory->id);
	row[COL_EXPLOITED].is_set = true;
	row[COL_EXPLOITED].number = advisory_set_is_exploited(set, advisory->id);
	if (advisory->cvss > 0)
		cell_set_real(&row[COL_CVSS], (double)(int)(advisory->cvss * 10 + 0.5F) / 10);
	set_lists(sheet, row, advisory);
	set_versions(sheet, &row[COL_VERSIONS], advisory);
	cell_set_number(&row[COL_RANGES], (int64_t)advisory->range_count);
	cell_set_text(&row[COL_TITLE], advisory->title);
	cell_set_text(&row[COL_SOURCE], advisory_source_name(advisory->source));
	cell_set_text(&row[COL_DOCUMENT], advisory->document);
	cell_set_text(&row[COL_REMEDY], advisory->remedy);
	cell_set_time(&row[COL_DUE], advisory->due_ms);
	cell_set_time(&row[COL_PUBLISHED], advisory->published_ms);
	cell_set_time(&row[COL_MODIFIED], advisory->modified_ms);
}

/* ---- which ones */

static bool
is_vendor(const struct arg_values *names, const char *text)
{
	const char *vendor = version_vendor(text);

	for (size_t i = 0; i < names->count; i++) {
		if (strcasecmp(version_vendor(names->items[i]), vendor) == 0)
			return true;
	}
	return false;
}

static bool
is_wanted(struct cli *cli, const struct advisory_set *set, const struct advisory *advisory)
{
	const struct arg_values *vendors = &cli->args.given[ARG_VENDOR];
	const struct arg_values *ids = &cli->args.operands; /* the first is "list" */
	bool is_one = ids->count < 2;

	for (size_t i = 1; i < ids->count && !is_one; i++)
		is_one = strcasecmp(ids->items[i], advisory->id) == 0 ||
			 (advisory->document[0] != '\0' &&
			  strcasecmp(ids->items[i], advisory->document) == 0);
	if (!is_one ||
	    (args_has(&cli->args, ARG_EXPLOITED) && !advisory_set_is_exploited(set, advisory->id)))
		return false;
	if (vendors->count == 0 || is_vendor(vendors, advisory->vendor))
		return true;
	for (size_t i = 0; i < advisory->range_count; i++) {
		if (is_vendor(vendors, advisory->ranges[i].vendor))
			return true;
	}
	return false;
}

static int
by_weight(const void *left, const void *right, void *arg)
{
	const struct advisory *a = *(const struct advisory *const *)left,
			      *b = *(const struct advisory *const *)right;
	const struct advisory_set *set = arg;
	int order = advisory_set_is_exploited(set, b->id) - advisory_set_is_exploited(set, a->id);

	if (order == 0)
		order = (a->cvss < b->cvss) - (a->cvss > b->cvss);
	if (order == 0)
		order = -strcmp(a->id, b->id);
	if (order == 0)
		order = (a->source > b->source) - (a->source < b->source);
	return order != 0 ? order : strcmp(a->document, b->document);
}

static int
put_rows(struct cli *cli, struct advisory_set *set, struct sheet *sheet)
{
	size_t total = advisory_set_count(set), count = 0;
	const struct advisory **items = calloc(total + 1, sizeof(const struct advisory *));

	if (items == NULL)
		return CLI_UNREADABLE;
	for (size_t i = 0; i < total; i++) {
		const struct advisory *advisory = advisory_set_at(set, i);

		if (is_wanted(cli, set, advisory))
			items[count++] = advisory;
	}
	if (count > 0)
		qsort_r(items, count, sizeof(const struct advisory *), by_weight, set);
	for (size_t i = 0; i < count; i++)
		add_row(sheet, set, items[i]);
	free(items);
	if (count > 0 || cli->args.operands.count < 2)
		return 0;
	cli_complain(cli, "no such advisory was imported: %s%s", cli->args.operands.items[1],
		     cli->args.operands.count > 2 ? " ..." : "");
	return CLI_NO_DEVICE;
}

int
advisories_list(struct cli *cli, const char *folder)
{
	struct advisory_set *set = NULL;
	struct sheet sheet;
	size_t limit;
	int rc;

	if (cli_asked_columns(cli, columns, COL_COUNT))
		return CLI_OK;
	sheet_init(&sheet, columns, COL_COUNT);
	rc = cli_limit(cli, 0, &limit);
	if (rc == 0)
		rc = advisories_load(cli, folder, &set);
	if (rc == 0)
		rc = put_rows(cli, set, &sheet);
	if (rc == 0) {
		sheet.limit = limit;
		rc = cli_write_sheet(cli, &sheet, "advisories");
	}
	sheet_fini(&sheet);
	advisory_set_free(set);
	return rc;
}
