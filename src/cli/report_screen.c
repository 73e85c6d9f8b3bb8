/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The report as a screen: what hurts stands above what is merely worth knowing.
 */
#include "report.h"

#include "human.h"

#include "keepwatch/buf.h"
#include "keepwatch/clock.h"
#include "keepwatch/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_LEAST = 2, ROWS_MOST = 10, ROOMY_WIDTH = 120 };

void
report_put_title(struct cli *cli, enum term_tint tint, const char *title, size_t count,
		 size_t limit, const char *more)
{
	struct buf buf;
	char text[160];

	buf_init(&buf, 1024);
	snprintf(text, sizeof(text), "%s", title);
	term_put_tinted(&cli->term, &buf, tint, text);
	if (count > 0)
		buf_printf(&buf, " (%zu)", count);
	if (limit != 0 && count > limit)
		buf_printf(&buf, ", the first %zu here%s%s", limit, *more != '\0' ? "; all: " : "",
			   more);
	out_printf(cli->out, "\n%s\n", buf.data != NULL ? buf.data : "");
	buf_fini(&buf);
}

static void
put_count(struct cli *cli, struct buf *buf, enum term_tint tint, size_t count, const char *what)
{
	char text[64];

	snprintf(text, sizeof(text), "%zu %s", count, what);
	term_put_tinted(&cli->term, buf, count > 0 ? tint : TINT_NONE, text);
}

static void
put_head(struct cli *cli, const struct report *report)
{
	const struct report_count *total = &report->total;
	char age[HUMAN_SIZE], up[HUMAN_SIZE], when[CLOCK_ISO_SIZE];
	struct buf buf;

	cli_put_staleness(cli);
	if (total->devices == 0 && cli_freshness(cli) == CLI_NEVER)
		return;
	buf_init(&buf, 4096);
	buf_printf(&buf, "%zu device%s at %zu site%s: ", total->devices,
		   total->devices == 1 ? "" : "s", report->site_count,
		   report->site_count == 1 ? "" : "s");
	put_count(cli, &buf, TINT_GOOD, total->by_health[HEALTH_UP], "up");
	buf_puts(&buf, ", ");
	put_count(cli, &buf, TINT_WARN, total->by_health[HEALTH_DEGRADED], "degraded");
	buf_puts(&buf, ", ");
	put_count(cli, &buf, TINT_BAD, total->by_health[HEALTH_DOWN], "down");
	buf_puts(&buf, ", ");
	put_count(cli, &buf, TINT_FAINT, total->by_health[HEALTH_UNKNOWN], "unknown");
	if (total->flapping > 0) {
		buf_puts(&buf, "; ");
		put_count(cli, &buf, TINT_WARN, total->flapping, "flapping");
	}
	buf_puts(&buf, "\n");
	if (cli_freshness(cli) == CLI_FRESH) {
		struct buf host;

		buf_init(&host, 4096);
		term_put_text(cli->term.has_utf8, &host, cli->agent.host, strlen(cli->agent.host));
		buf_printf(&buf, "As of %s; data %s old; agent %s on %s, running for %s\n",
			   clock_format_local(cli->now_ms, when, sizeof(when)),
			   human_age(cli->agent.heartbeat_ms, cli->now_ms, age, sizeof(age)),
			   cli->agent.version, host.data != NULL ? host.data : "?",
			   human_age(cli->agent.started_ms, cli->now_ms, up, sizeof(up)));
		buf_fini(&host);
	}
	out_puts(cli->out, buf.data != NULL ? buf.data : "");
	buf_fini(&buf);
}

static const struct column count_columns[] = {
	{"name", "SITE", CELL_TEXT, COLUMN_SHOWN | COLUMN_TRUNC, ""},
	{"devices", "DEVICES", CELL_COUNT, COLUMN_SHOWN, ""},
	{"up", "UP", CELL_COUNT, COLUMN_SHOWN, ""},
	{"degraded", "DEGRADED", CELL_COUNT, COLUMN_SHOWN, ""},
	{"down", "DOWN", CELL_COUNT, COLUMN_SHOWN, ""},
	{"unknown", "UNKNOWN", CELL_COUNT, COLUMN_SHOWN, ""},
	{"flapping", "FLAPPING", CELL_COUNT, COLUMN_SHOWN, ""},
};

static void
set_count(struct cell *cell, size_t count, enum term_tint tint)
{
	/* Zeroes are dots to the eye: "-". */
	if (count == 0)
		return;
	cell_set_number(cell, (int64_t)count);
	cell->tint = (uint8_t)tint;
}

static void
add_count(struct sheet *sheet, const struct report_count *count)
{
	struct cell *row = sheet_add(sheet);

	cell_set_text(&row[0], *count->name != '\0' ? count->name : "(no site)");
	set_count(&row[1], count->devices, TINT_NONE);
	set_count(&row[2], count->by_health[HEALTH_UP], TINT_GOOD);
	set_count(&row[3], count->by_health[HEALTH_DEGRADED], TINT_WARN);
	set_count(&row[4], count->by_health[HEALTH_DOWN], TINT_BAD);
	set_count(&row[5], count->by_health[HEALTH_UNKNOWN], TINT_NONE);
	set_count(&row[6], count->flapping, TINT_WARN);
}

static int
worst_first(const void *pa, const void *pb)
{
	const struct report_count *a = pa, *b = pb;

	for (int h = HEALTH_DOWN; h >= HEALTH_UNKNOWN; h--) {
		if (h != HEALTH_UP && a->by_health[h] != b->by_health[h])
			return a->by_health[h] > b->by_health[h] ? -1 : 1;
	}
	if (a->flapping != b->flapping)
		return a->flapping > b->flapping ? -1 : 1;
	return strverscmp(a->name, b->name);
}

/* In their order if all have room, else the worst, and how many are left. */
static void
put_counts(struct cli *cli, const struct report_count *counts, size_t count, size_t limit,
	   const char *title, const char *plural)
{
	struct column columns[MEM_COUNT(count_columns)];
	struct report_count *items = malloc(sizeof(*items) * (count + 1));
	struct sheet sheet;
	size_t kept = 0, bad = 0;

	if (items == NULL) {
		out_fail(cli->out, ERR_NOMEM);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		if (counts[i].devices == 0)
			continue;
		items[kept++] = counts[i];
		bad += counts[i].by_health[HEALTH_UP] < counts[i].devices || counts[i].flapping > 0;
	}
	if (kept == limit + 1)
		limit = kept; /* saying that there is one more takes a line, too */
	if (limit != 0 && kept > limit)
		qsort(items, kept, sizeof(*items), worst_first);
	memcpy(columns, count_columns, sizeof(columns));
	columns[0].title = title;
	sheet_init(&sheet, columns, MEM_COUNT(columns));
	for (size_t i = 0; i < kept && (limit == 0 || i < limit); i++)
		add_count(&sheet, &items[i]);
	free(items);
	out_puts(cli->out, "\n");
	cli_put_table(cli, &sheet);
	if (limit != 0 && kept > limit)
		out_printf(cli->out, "and %zu more %s%s; all: --limit 0\n", kept - limit, plural,
			   bad <= limit ? ", where all is up" : "");
}

static const struct column trouble_columns[] = {
	{"name", "DEVICE", CELL_TEXT, COLUMN_SHOWN, ""},
	{"site", "SITE", CELL_TEXT, COLUMN_SHOWN | COLUMN_TRUNC | 1 * COLUMN_YIELDS, ""},
	{"kind", "KIND", CELL_TEXT, COLUMN_SHOWN | 3 * COLUMN_YIELDS, ""},
	{"address", "ADDRESS", CELL_TEXT, COLUMN_SHOWN | COLUMN_TRUNC | 2 * COLUMN_YIELDS, ""},
	{"state", "STATE", CELL_STATE, 0, ""},
	{"for", "FOR", CELL_DURATION, COLUMN_SHOWN, ""},
	{"since", "SINCE", CELL_TIME, COLUMN_SHOWN | 4 * COLUMN_YIELDS, ""},
	{"why", "WHY", CELL_TEXT, COLUMN_SHOWN | COLUMN_WRAP, ""},
};

static void
put_trouble(struct cli *cli, const char *title, enum term_tint tint,
	    const struct reader_device *const *devices, size_t count, size_t limit,
	    const char *more)
{
	struct sheet sheet;

	if (count == 0)
		return;
	report_put_title(cli, tint, title, count, limit, more);
	sheet_init(&sheet, trouble_columns, MEM_COUNT(trouble_columns));
	for (size_t i = 0; i < count && (limit == 0 || i < limit); i++) {
		const struct reader_device *device = devices[i];
		struct cell *row = sheet_add(&sheet);

		cell_set_text(&row[0], device->name);
		cell_set_text(&row[1], device->site);
		cell_set_text(&row[2], kind_name(device->kind));
		cell_set_text(&row[3], device->address);
		cell_set_text(&row[4], health_name(device->health));
		cell_set_age(&row[5], device->since_ms, cli->now_ms);
		cell_set_time(&row[6], device->since_ms);
		cell_set_why(&sheet, &row[7], reason_text(device->reason), device->detail);
	}
	cli_put_table(cli, &sheet);
}

static void
put_drifts(struct cli *cli, const struct report *report, size_t limit)
{
	static const struct column columns[] = {
		{"name", "DEVICE", CELL_TEXT, COLUMN_SHOWN, ""},
		{"site", "SITE", CELL_TEXT, COLUMN_SHOWN | COLUMN_TRUNC, ""},
		{"offset", "OFFSET", CELL_OFFSET, COLUMN_SHOWN, ""},
		{"source", "SET BY", CELL_TEXT, COLUMN_SHOWN, ""},
		{"seen", "SEEN", CELL_TIME, COLUMN_SHOWN, ""},
	};
	char title[96], text[CLOCK_DURATION_SIZE];
	struct sheet sheet;

	if (report->drifts.count == 0)
		return;
	snprintf(title, sizeof(title), "CLOCKS off by %s or more",
		 clock_format_duration(cli->clock_offset_ms, text, sizeof(text)));
	report_put_title(cli, TINT_WARN, title, report->drifts.count, limit, "--limit 0");
	sheet_init(&sheet, columns, MEM_COUNT(columns));
	for (size_t i = 0; i < report->drifts.count && (limit == 0 || i < limit); i++) {
		const struct reader_drift *drift = &report->drifts.items[i];
		struct cell *row = sheet_add(&sheet);

		cell_set_text(&row[0], drift->name);
		cell_set_text(&row[1], drift->site);
		cell_set_number(&row[2], drift->offset_ms);
		cell_set_text(&row[3], drift->source);
		cell_set_time(&row[4], drift->seen_ms);
	}
	cli_put_table(cli, &sheet);
}

static bool
is_same_model(const struct report_firmware *a, const struct report_firmware *b)
{
	return strcmp(a->vendor, b->vendor) == 0 && strcmp(a->model, b->model) == 0;
}

/* A row a model: "9.80.1 (30), 10.12.2 (10)". items[0..count) are of one model. */
static void
add_model(struct sheet *sheet, const struct report_firmware *items, size_t count)
{
	struct cell *row = sheet_add(sheet);
	struct buf buf;
	size_t devices = 0;

	buf_init(&buf, 64 << 10);
	for (size_t i = 0; i < count; i++) {
		const char *firmware = *items[i].firmware != '\0' ? items[i].firmware : "unknown";

		devices += items[i].devices;
		if (i >= 4) {
			if (i == 4)
				buf_printf(&buf, ", %zu others", count - i);
			continue;
		}
		buf_printf(&buf, "%s%s (%zu)", i > 0 ? ", " : "", firmware, items[i].devices);
	}
	cell_set_text(&row[0], *items->vendor != '\0' ? items->vendor : "unknown");
	cell_set_text(&row[1], items->model);
	cell_set_number(&row[2], (int64_t)devices);
	cell_set_text(&row[3], buf.data != NULL ? arena_strdup(&sheet->arena, buf.data) : NULL);
	buf_fini(&buf);
}

static void
put_firmware(struct cli *cli, const struct report *report, size_t limit)
{
	static const struct column columns[] = {
		{"vendor", "VENDOR", CELL_TEXT, COLUMN_SHOWN | COLUMN_TRUNC, ""},
		{"model", "MODEL", CELL_TEXT, COLUMN_SHOWN | COLUMN_TRUNC, ""},
		{"devices", "DEVICES", CELL_COUNT, COLUMN_SHOWN, ""},
		{"firmware", "FIRMWARE", CELL_TEXT, COLUMN_SHOWN | COLUMN_WRAP, ""},
	};
	const struct report_firmware *items = report->firmware;
	struct sheet sheet;
	size_t models = 0;

	/* Nothing but unknown is no table. */
	if (report->firmware_count == 0 || *items->vendor == '\0')
		return;
	sheet_init(&sheet, columns, MEM_COUNT(columns));
	for (size_t i = 0, n; i < report->firmware_count; i += n) {
		for (n = 1;
		     i + n < report->firmware_count && is_same_model(&items[i], &items[i + n]);)
			n++;
		if (limit == 0 || models < limit)
			add_model(&sheet, &items[i], n);
		models++;
	}
	report_put_title(cli, TINT_BOLD, "FIRMWARE by model", models, limit, "--limit 0");
	cli_put_table(cli, &sheet);
}

static size_t
model_count(const struct report *report)
{
	size_t count = 0;

	for (size_t i = 0; i < report->firmware_count; i++)
		count += i == 0 || !is_same_model(&report->firmware[i - 1], &report->firmware[i]);
	return count;
}

/* Lines that the report takes with that many rows in each section. */
static size_t
lines_with(const struct cli *cli, const struct report *report, size_t limit)
{
	const struct report_count *total = &report->total;
	/* A reason takes a second line where there is little room. */
	size_t per_reason = cli->term.width > 0 && cli->term.width < ROOMY_WIDTH ? 2 : 1;
	size_t kinds = 0, lines = 3; /* the head, and the shell's next line */

	for (int k = 0; k < KIND_COUNT; k++)
		kinds += report->kinds[k].devices > 0;
	const struct {
		size_t rows, per_row;
	} sections[] = {
		{report->site_count, 1},
		{kinds, 1},
		{total->by_health[HEALTH_DOWN], per_reason},
		{total->by_health[HEALTH_DEGRADED], per_reason},
		{total->flapping, per_reason},
		{total->by_health[HEALTH_UNKNOWN], per_reason},
		{report->drifts.count, 1},
		{model_count(report), 1},
	};

	for (size_t i = 0; i < MEM_COUNT(sections); i++) {
		size_t rows = sections[i].rows < limit ? sections[i].rows : limit;

		/* a blank line, the title (or how many are left), the heading */
		lines += rows > 0 ? 3 + rows * sections[i].per_row : 0;
	}
	return lines + report_topology_lines(report) + report_incidents_lines(report, limit);
}

/* As many rows in each section as leave the report on one screen. */
static size_t
rows_for_screen(const struct cli *cli, const struct report *report)
{
	size_t limit = ROWS_MOST;

	while (limit > ROWS_LEAST && cli->term.height > 0 &&
	       lines_with(cli, report, limit) > cli->term.height)
		limit--;
	return limit;
}

void
report_write_screen(struct cli *cli, const struct report *report, size_t limit)
{
	const struct report_count *total = &report->total;

	put_head(cli, report);
	if (total->devices == 0)
		return;
	if (limit == REPORT_FITTING)
		limit = rows_for_screen(cli, report);
	report_incidents_write_screen(cli, report, limit);
	put_counts(cli, report->sites, report->site_count, limit, "SITE", "sites");
	put_counts(cli, report->kinds, KIND_COUNT, limit, "KIND", "kinds");
	put_trouble(cli, "DOWN", TINT_BAD, report->by_health[HEALTH_DOWN],
		    total->by_health[HEALTH_DOWN], limit, "keepwatch devices --state down");
	put_trouble(cli, "DEGRADED", TINT_WARN, report->by_health[HEALTH_DEGRADED],
		    total->by_health[HEALTH_DEGRADED], limit, "keepwatch devices --state degraded");
	put_trouble(cli, "FLAPPING", TINT_WARN, report->flapping, total->flapping, limit,
		    "keepwatch devices --state flapping");
	put_trouble(cli, "UNKNOWN", TINT_FAINT, report->by_health[HEALTH_UNKNOWN],
		    total->by_health[HEALTH_UNKNOWN], limit, "keepwatch devices --state unknown");
	put_drifts(cli, report, limit);
	report_topology_write_screen(cli, report, limit);
	put_firmware(cli, report, limit);
}
