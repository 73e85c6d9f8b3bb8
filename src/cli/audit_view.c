/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Summing up what an audit finds.
 */
#include "audit_view.h"

#include "finding_sheet.h"
#include "jsonw.h"
#include "select.h"

#include "keepwatch/audit.h"
#include "keepwatch/buf.h"
#include "keepwatch/err.h"
#include "keepwatch/name_find.h"

#include <stdlib.h>
#include <string.h>

static const char *const group_names[] = {
#define X(name, text, plural) text,
	AUDIT_GROUPS(X)
#undef X
};
static const char *const group_plurals[] = {
#define X(name, text, plural) plural,
	AUDIT_GROUPS(X)
#undef X
};

#define S COLUMN_SHOWN
#define E COLUMN_HIDDEN_IF_EMPTY

#define ROW_COLUMNS(X)                                                                            \
	X(NAME, "name", "", TEXT, S, "site, owner, team or rule")                                 \
	X(WHAT, "what", "WHAT", TEXT, S | E | COLUMN_TRUNC | COLUMN_YIELDS, "what the rule says") \
	X(DEVICES, "devices", "DEVICES", COUNT, S, "devices; of a team or rule: that break it")   \
	X(BREAKING, "breaking", "BREAKING", COUNT, S | E, "devices with an open finding")         \
	X(SCORE, "score", "SCORE", COUNT, S | E, "0 to 100: the share of devices that are fine")  \
	X(CRITICAL, "critical", "CRITICAL", COUNT, S, "open critical findings")                   \
	X(WARNING, "warning", "WARNING", COUNT, S, "open warnings")                               \
	X(NOTICE, "notice", "NOTICE", COUNT, S, "open notices")                                   \
	X(ACCEPTED, "accepted", "ACCEPTED", COUNT, S, "findings that somebody lives with")        \
	X(FOR, "duration_ms", "FOR", DURATION, S, "how long the oldest is open, in ms")           \
	X(SINCE, "since", "SINCE", TIME, 0, "since when the oldest is open")

enum row_column {
#define X(id, name, title, type, flags, help) COL_##id,
	ROW_COLUMNS(X)
#undef X
		COL_COUNT
};

static const struct column row_columns[] = {
#define X(id, name, title, type, flags, help) {name, title, CELL_##type, flags, help},
	ROW_COLUMNS(X)
#undef X
};

const char *
audit_group_name(enum audit_group group)
{
	return name_of(group_names, MEM_COUNT(group_names), (int)group);
}

int
audit_group_parse(const char *text, enum audit_group *out)
{
	int i = name_find(group_names, MEM_COUNT(group_names), text);

	if (i < 0)
		return i;
	*out = (enum audit_group)i;
	return 0;
}

int
audit_row_score(const struct audit_row *row)
{
	return audit_score(row->devices, row->worst[FINDING_CRITICAL], row->worst[FINDING_WARNING],
			   row->worst[FINDING_NOTICE]);
}

/* ---- gathering */

static struct audit_row *
get_row(struct audit_rows *rows, const char *name)
{
	for (size_t i = 0; i < rows->count; i++) {
		if (strcmp(rows->items[i].name, name) == 0)
			return &rows->items[i];
	}
	if (mem_grow(&rows->items, &rows->cap, rows->count + 1, sizeof(*rows->items)) != 0)
		return NULL;
	rows->items[rows->count] = (struct audit_row){.name = name};
	return &rows->items[rows->count++];
}

static bool
is_open(const struct reader_finding *finding)
{
	return finding->state == FINDING_OPEN;
}

static void
add_finding(struct audit_row *row, const struct reader_finding *finding)
{
	int64_t since_ms = finding->finding.since_ms;

	if (!is_open(finding)) {
		row->accepted++;
		return;
	}
	row->open[finding->finding.severity]++;
	if (row->since_ms == 0 || since_ms < row->since_ms)
		row->since_ms = since_ms;
}

static const char *
key_of(const struct reader_finding *finding, enum audit_group group)
{
	switch (group) {
	case AUDIT_BY_SITE:
		return finding->site;
	case AUDIT_BY_OWNER:
		return finding->owner;
	case AUDIT_BY_TEAM:
		return team_name(finding->finding.rule < RULE_COUNT
					 ? finding_rule_team(finding->finding.rule)
					 : TEAM_NONE);
	default:
		return finding->rule_name;
	}
}

/* Of one device, all of them; ordered so that those of a device and group stand together. */
struct by_device {
	const struct reader_finding *finding;
	const char *key;
};

static int
compare_keys(const void *left, const void *right)
{
	const struct by_device *a = left, *b = right;
	int order = strcmp(a->key, b->key);

	if (order != 0)
		return order;
	if (a->finding->finding.node != b->finding->finding.node)
		return a->finding->finding.node < b->finding->finding.node ? -1 : 1;
	return (int)is_open(b->finding) - (int)is_open(a->finding) != 0
		       ? (int)is_open(b->finding) - (int)is_open(a->finding)
		       : (int)b->finding->finding.severity - (int)a->finding->finding.severity;
}

/* Devices count by their worst open finding, which stands first among theirs. */
static void
count_device(struct audit_row *row, const struct reader_finding *worst, bool has_devices)
{
	if (!has_devices)
		row->devices++;
	if (!is_open(worst))
		return;
	row->breaking++;
	row->worst[worst->finding.severity]++;
}

static int
sum_up(struct audit_view *view, struct audit_rows *rows, int group)
{
	size_t count = view->findings.count;
	struct by_device *sorted = calloc(count + 1, sizeof(*sorted));
	bool has_devices = group == AUDIT_BY_SITE || group == AUDIT_BY_OWNER || group < 0;
	int rc = sorted == NULL ? ERR_NOMEM : 0;

	for (size_t i = 0; i < count && rc == 0; i++) {
		sorted[i].finding = &view->findings.items[i];
		sorted[i].key = group < 0 ? "" : key_of(sorted[i].finding, (enum audit_group)group);
	}
	if (rc == 0)
		qsort(sorted, count, sizeof(*sorted), compare_keys);
	for (size_t i = 0; i < count && rc == 0; i++) {
		const struct reader_finding *finding = sorted[i].finding;
		struct audit_row *row = get_row(rows, sorted[i].key);

		if (row == NULL) {
			rc = ERR_NOMEM;
			break;
		}
		add_finding(row, finding);
		if (i == 0 || strcmp(sorted[i - 1].key, sorted[i].key) != 0 ||
		    sorted[i - 1].finding->finding.node != finding->finding.node)
			count_device(row, finding, has_devices);
	}
	free(sorted);
	return rc;
}

static int
count_devices(struct audit_view *view)
{
	for (size_t i = 0; i < view->devices.count; i++) {
		const struct reader_device *device = &view->devices.items[i];
		struct audit_row *site = get_row(&view->groups[AUDIT_BY_SITE], device->site);
		struct audit_row *owner = get_row(&view->groups[AUDIT_BY_OWNER], device->owner);

		if (site == NULL || owner == NULL)
			return ERR_NOMEM;
		site->devices++;
		owner->devices++;
	}
	return 0;
}

static int
compare_rows(const void *left, const void *right)
{
	const struct audit_row *a = left, *b = right;

	for (int severity = FINDING_SEVERITY_COUNT - 1; severity >= 0; severity--) {
		if (a->open[severity] != b->open[severity])
			return a->open[severity] > b->open[severity] ? -1 : 1;
	}
	return strcmp(a->name, b->name);
}

int
audit_view_read(struct audit_view *view, const struct selection *selection,
		struct reader_finding_query *query)
{
	struct audit_rows total = {0};
	int rc;

	if (query->rules == 0)
		query->rules = ~UINT64_C(0) << RULE_AUDIT_FIRST;
	rc = selection_read_all(selection, &view->devices);
	if (rc == 0)
		rc = findings_read(selection, query, &view->findings);
	if (rc != 0)
		return rc;
	rc = count_devices(view);
	for (int group = 0; group < AUDIT_GROUP_COUNT && rc == 0; group++) {
		struct audit_rows *rows = &view->groups[group];

		rc = sum_up(view, rows, group);
		if (rows->count > 0)
			qsort(rows->items, rows->count, sizeof(*rows->items), compare_rows);
	}
	if (rc == 0)
		rc = sum_up(view, &total, -1);
	if (rc == 0 && total.count > 0)
		view->total = total.items[0];
	view->total.devices = view->devices.count;
	view->total.name = "";
	free(total.items);
	if (rc != 0)
		cli_complain(selection->cli, "%s", err_text(rc));
	return rc == 0 ? 0 : CLI_UNREADABLE;
}

void
audit_view_fini(struct audit_view *view)
{
	for (int group = 0; group < AUDIT_GROUP_COUNT; group++)
		free(view->groups[group].items);
	reader_finding_list_fini(&view->findings);
	reader_device_list_fini(&view->devices);
}

/* ---- writing */

void
audit_view_sheet(const struct cli *cli, const struct audit_view *view, enum audit_group group,
		 struct sheet *sheet)
{
	const struct audit_rows *rows = &view->groups[group];
	bool has_score = group == AUDIT_BY_SITE || group == AUDIT_BY_OWNER;

	sheet_init(sheet, row_columns, COL_COUNT);
	for (size_t i = 0; i < rows->count; i++) {
		const struct audit_row *from = &rows->items[i];
		struct cell *row = sheet_add(sheet);
		enum finding_rule rule;

		cell_set_text(&row[COL_NAME], from->name);
		if (group == AUDIT_BY_RULE && finding_rule_parse(from->name, &rule) == 0)
			cell_set_text(&row[COL_WHAT], finding_rule_words(rule));
		cell_set_number(&row[COL_DEVICES], (int64_t)from->devices);
		if (has_score) {
			cell_set_number(&row[COL_BREAKING], (int64_t)from->breaking);
			cell_set_number(&row[COL_SCORE], audit_row_score(from));
		}
		cell_set_number(&row[COL_CRITICAL], (int64_t)from->open[FINDING_CRITICAL]);
		cell_set_number(&row[COL_WARNING], (int64_t)from->open[FINDING_WARNING]);
		cell_set_number(&row[COL_NOTICE], (int64_t)from->open[FINDING_NOTICE]);
		cell_set_number(&row[COL_ACCEPTED], (int64_t)from->accepted);
		if (from->since_ms != 0) {
			cell_set_age(&row[COL_FOR], from->since_ms, cli->now_ms);
			cell_set_time(&row[COL_SINCE], from->since_ms);
		}
		if (from->open[FINDING_CRITICAL] > 0)
			row[COL_CRITICAL].tint = TINT_BAD;
		if (from->open[FINDING_WARNING] > 0)
			row[COL_WARNING].tint = TINT_WARN;
	}
}

void
audit_view_put_headline(const struct audit_view *view, struct buf *out)
{
	const struct audit_row *total = &view->total;

	buf_printf(out,
		   "score %d of 100: %zu critical, %zu warning, %zu notice open on %zu of %zu "
		   "devices",
		   audit_row_score(total), total->open[FINDING_CRITICAL],
		   total->open[FINDING_WARNING], total->open[FINDING_NOTICE], total->breaking,
		   total->devices);
	if (total->accepted > 0)
		buf_printf(out, "; %zu accepted", total->accepted);
}

void
audit_view_put_json(const struct cli *cli, const struct audit_view *view, struct jsonw *json)
{
	const struct audit_row *total = &view->total;

	jsonw_number(json, "score", audit_row_score(total));
	jsonw_number(json, "devices", (int64_t)total->devices);
	jsonw_number(json, "breaking", (int64_t)total->breaking);
	jsonw_number(json, "critical", (int64_t)total->open[FINDING_CRITICAL]);
	jsonw_number(json, "warning", (int64_t)total->open[FINDING_WARNING]);
	jsonw_number(json, "notice", (int64_t)total->open[FINDING_NOTICE]);
	jsonw_number(json, "accepted", (int64_t)total->accepted);
	for (int group = 0; group < AUDIT_GROUP_COUNT; group++) {
		struct sheet sheet;

		audit_view_sheet(cli, view, (enum audit_group)group, &sheet);
		sheet_select(&sheet, SHEET_JSON, NULL, NULL);
		sheet_write_json(&sheet, json, group_plurals[group]);
		out_fail(cli->out, sheet.error);
		sheet_fini(&sheet);
	}
}
