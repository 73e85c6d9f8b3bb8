/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One device as a screen.
 */
#include "show.h"

#include "device_sheet.h"
#include "event_sheet.h"
#include "human.h"

#include "keepwatch/buf.h"
#include "keepwatch/clock.h"

#include <stdio.h>
#include <string.h>

enum { TEXT_MAX = 64 << 10 };

static enum term_tint
health_tint(enum health health)
{
	static const enum term_tint tints[HEALTH_COUNT] = {
		[HEALTH_UNKNOWN] = TINT_FAINT,
		[HEALTH_UP] = TINT_GOOD,
		[HEALTH_DEGRADED] = TINT_WARN,
		[HEALTH_DOWN] = TINT_BAD,
	};

	return tints[health];
}

static void
put_text(struct cli *cli, struct buf *buf, const char *text)
{
	term_put_text(cli->term.has_utf8, buf, text, strlen(text));
}

/* "cam-lobby is DOWN for 3h 10m, since 2026-03-01 14:02:11: no answer in time: 3 of 3 lost" */
static void
put_state(struct cli *cli, struct buf *buf, const struct reader_device *device)
{
	char text[HUMAN_SIZE];
	const char *reason = reason_text(device->reason);

	put_text(cli, buf, device->name);
	buf_puts(buf, " is ");
	term_put_tinted(&cli->term, buf, health_tint(device->health), health_name(device->health));
	if (device->is_flapping) {
		buf_puts(buf, " and ");
		term_put_tinted(&cli->term, buf, TINT_WARN, "flapping");
	}
	if (device->since_ms != 0) {
		buf_printf(buf, " for %s",
			   human_age(device->since_ms, cli->now_ms, text, sizeof(text)));
		buf_printf(buf, ", since %s",
			   clock_format_local(device->since_ms, text, sizeof(text)));
	}
	if (*reason != '\0')
		buf_printf(buf, ": %s", reason);
	if (*device->detail != '\0') {
		buf_puts(buf, ": ");
		put_text(cli, buf, device->detail);
	}
	buf_puts(buf, "\n");
	if (device->removed_ms != 0) {
		buf_printf(buf, "It left the fleet file at %s and is not probed any more.\n",
			   clock_format_local(device->removed_ms, text, sizeof(text)));
	}
}

static void
put_field(struct cli *cli, struct buf *buf, const char *name, const char *value)
{
	if (*value == '\0')
		return;
	buf_printf(buf, "  %-12s ", name);
	put_text(cli, buf, value);
	buf_puts(buf, "\n");
}

static void
put_declared(struct cli *cli, struct buf *buf, const struct show *show)
{
	const struct reader_device *device = show->device;
	const struct cell_pair *tags;
	struct sheet sheet;
	uint16_t count;
	char text[HUMAN_SIZE];

	put_field(cli, buf, "kind", kind_name(device->kind));
	put_field(cli, buf, "address", device->address);
	put_field(cli, buf, "site", device->site);
	put_field(cli, buf, "owner", device->owner);
	if (*device->upstream_switch != '\0') {
		buf_puts(buf, "  upstream     ");
		put_text(cli, buf, device->upstream_switch);
		if (*device->upstream_port != '\0') {
			buf_puts(buf, ":");
			put_text(cli, buf, device->upstream_port);
		}
		if (show->upstream.count == 1) {
			enum health health = show->upstream.items[0].health;

			buf_puts(buf, " (");
			term_put_tinted(&cli->term, buf, health_tint(health), health_name(health));
			buf_puts(buf, ")");
		}
		buf_puts(buf, "\n");
	}
	put_field(cli, buf, "declared",
		  clock_format_local(device->declared_ms, text, sizeof(text)));
	sheet_init(&sheet, device_columns, device_column_count);
	tags = device_tags(&sheet, device->tags, &count);
	for (uint16_t i = 0; i < count; i++) {
		buf_puts(buf, i == 0 ? "  tags         " : "               ");
		put_text(cli, buf, tags[i].key);
		buf_puts(buf, "=");
		put_text(cli, buf, tags[i].value);
		buf_puts(buf, "\n");
	}
	sheet_fini(&sheet);
}

static void
put_probes(struct cli *cli, const struct show *show)
{
	static const struct column columns[] = {
		{"probe", "PROBE", CELL_TEXT, COLUMN_SHOWN, ""},
		{"state", "STATE", CELL_STATE, COLUMN_SHOWN, ""},
		{"for", "FOR", CELL_DURATION, COLUMN_SHOWN, ""},
		{"rtt", "RTT", CELL_RTT, COLUMN_SHOWN, ""},
		{"run", "LAST RUN", CELL_TIME, COLUMN_SHOWN | 2 * COLUMN_YIELDS, ""},
		{"answer", "LAST ANSWER", CELL_TIME, COLUMN_SHOWN | 1 * COLUMN_YIELDS, ""},
		{"why", "WHY", CELL_TEXT, COLUMN_SHOWN | COLUMN_WRAP, ""},
	};
	struct sheet sheet;

	if (show->probes.count == 0)
		return;
	cli_put_title(cli, "PROBES");
	sheet_init(&sheet, columns, MEM_COUNT(columns));
	for (size_t i = 0; i < show->probes.count; i++) {
		const struct reader_probe *probe = &show->probes.items[i];
		struct cell *row = sheet_add(&sheet);

		cell_set_text(&row[0], probe->probe);
		cell_set_text(&row[1], health_name(probe->health));
		cell_set_age(&row[2], probe->since_ms, cli->now_ms);
		if (probe->rtt_us != RTT_NONE)
			cell_set_number(&row[3], probe->rtt_us);
		cell_set_time(&row[4], probe->run_ms);
		cell_set_time(&row[5], probe->answer_ms);
		cell_set_why(&sheet, &row[6], reason_text(probe->reason), probe->detail);
	}
	cli_put_table(cli, &sheet);
}

/* The spark says where to look: half-hours without an answer are marked below. */
static void
put_day(struct cli *cli, const struct reader_probe *probe, const struct show_day *day)
{
	char percent[HUMAN_SIZE], min[HUMAN_SIZE], avg[HUMAN_SIZE], max[HUMAN_SIZE];
	bool has_gaps = false;
	struct buf buf;

	if (day->runs == 0)
		return;
	buf_init(&buf, TEXT_MAX);
	buf_printf(&buf, "  %-6s answered %s of %llu runs", probe->probe,
		   human_percent(day->up, day->runs, percent, sizeof(percent)),
		   (unsigned long long)day->runs);
	if (day->sent > 0)
		buf_printf(&buf, ", lost %s",
			   human_percent(day->lost, day->sent, percent, sizeof(percent)));
	if (day->rtt_avg_us >= 0)
		buf_printf(&buf, ", round trip %s / %s / %s",
			   human_rtt(day->rtt_min_us, min, sizeof(min)),
			   human_rtt((uint32_t)day->rtt_avg_us, avg, sizeof(avg)),
			   human_rtt(day->rtt_max_us, max, sizeof(max)));
	buf_puts(&buf, "\n");
	if (day->rtt_avg_us >= 0) {
		buf_puts(&buf, "         |");
		term_put_sparkline(cli->term.has_utf8, &buf, day->rtt_us, SHOW_SLOTS, 0);
		buf_puts(&buf, "| round trip\n");
	}
	for (size_t i = 0; i < SHOW_SLOTS; i++)
		has_gaps = has_gaps || day->down[i] > 0;
	if (has_gaps) {
		buf_puts(&buf, "         |");
		for (size_t i = 0; i < SHOW_SLOTS; i++)
			term_put_tinted(&cli->term, &buf, TINT_BAD,
					day->down[i] <= 0    ? " "
					: day->down[i] < 0.5 ? "x"
							     : "X");
		buf_puts(&buf, "| no answer (X: most of a half-hour)\n");
	}
	out_puts(cli->out, buf.data != NULL ? buf.data : "");
	buf_fini(&buf);
}

static void
put_days(struct cli *cli, const struct show *show)
{
	bool has_any = false;

	for (size_t i = 0; i < show->probes.count; i++)
		has_any = has_any || show->days[i].runs > 0;
	if (!has_any)
		return;
	cli_put_title(cli,
		      "LAST 24 HOURS (min / mean / max; a mark is half an hour, now at the right)");
	for (size_t i = 0; i < show->probes.count; i++)
		put_day(cli, &show->probes.items[i], &show->days[i]);
}

static void
put_facts(struct cli *cli, const struct show *show)
{
	static const struct column columns[] = {
		{"fact", "FACT", CELL_TEXT, COLUMN_SHOWN, ""},
		{"of", "OF", CELL_TEXT, COLUMN_SHOWN | COLUMN_HIDDEN_IF_EMPTY, ""},
		{"value", "VALUE", CELL_TEXT, COLUMN_SHOWN | COLUMN_WRAP, ""},
		{"since", "SINCE", CELL_TIME, COLUMN_SHOWN | 2 * COLUMN_YIELDS, ""},
		{"first", "FIRST SEEN", CELL_TIME, 0, ""},
		{"last", "LAST SEEN", CELL_TIME, COLUMN_SHOWN, ""},
		{"probe", "BY", CELL_TEXT, COLUMN_SHOWN | 1 * COLUMN_YIELDS, ""},
		{"gone", "GONE", CELL_TIME, COLUMN_SHOWN | COLUMN_HIDDEN_IF_EMPTY, ""},
	};
	struct sheet sheet;

	if (show->facts.count == 0)
		return;
	cli_put_title(cli, "FACTS");
	sheet_init(&sheet, columns, MEM_COUNT(columns));
	for (size_t i = 0; i < show->facts.count; i++) {
		const struct reader_fact *fact = &show->facts.items[i];
		struct cell *row = sheet_add(&sheet);

		cell_set_text(&row[0], fact_name(fact->key));
		cell_set_text(&row[1], fact->instance);
		cell_set_text(&row[2], fact->value);
		cell_set_time(&row[3], fact->changed_ms);
		cell_set_number(&row[4], fact->first_seen_ms);
		cell_set_number(&row[5], fact->last_seen_ms);
		cell_set_text(&row[6], fact->probe);
		cell_set_time(&row[7], fact->gone_ms);
	}
	cli_put_table(cli, &sheet);
}

static void
put_history(struct cli *cli, const struct show *show)
{
	static const struct column columns[] = {
		{"until", "UNTIL", CELL_TIME, COLUMN_SHOWN, ""},
		{"since", "FROM", CELL_TIME, COLUMN_SHOWN, ""},
		{"fact", "FACT", CELL_TEXT, COLUMN_SHOWN, ""},
		{"of", "OF", CELL_TEXT, COLUMN_SHOWN | COLUMN_HIDDEN_IF_EMPTY, ""},
		{"value", "WAS", CELL_TEXT, COLUMN_SHOWN | COLUMN_WRAP, ""},
	};
	struct sheet sheet;

	if (show->history.count == 0)
		return;
	cli_put_title(cli, "WHAT WAS BEFORE");
	sheet_init(&sheet, columns, MEM_COUNT(columns));
	for (size_t i = 0; i < show->history.count; i++) {
		const struct reader_past *past = &show->history.items[i];
		struct cell *row = sheet_add(&sheet);

		cell_set_number(&row[0], past->until_ms);
		cell_set_number(&row[1], past->since_ms);
		cell_set_text(&row[2], fact_name(past->key));
		cell_set_text(&row[3], past->instance);
		cell_set_text(&row[4], past->value);
	}
	cli_put_table(cli, &sheet);
}

static void
put_events(struct cli *cli, const struct show *show)
{
	static const char *const names[] = {"time", "type", "probe", "what"};
	const struct arg_values columns = {.items = (const char **)names,
					   .count = MEM_COUNT(names)};
	struct sheet sheet;

	if (show->events.count == 0)
		return;
	cli_put_title(cli, "LAST EVENTS");
	sheet_init(&sheet, event_columns, event_column_count);
	for (size_t i = 0; i < show->events.count; i++)
		event_sheet_add(&sheet, &show->events.items[i]);
	sheet_select(&sheet, SHEET_TABLE, &columns, NULL);
	sheet_write_table(&sheet, cli->out, &cli->term, !args_has(&cli->args, ARG_NO_HEADER));
	out_fail(cli->out, sheet.error);
	sheet_fini(&sheet);
}

void
show_write_screen(struct cli *cli, const struct show *show)
{
	struct buf buf;

	cli_put_staleness(cli);
	buf_init(&buf, 1 << 20);
	put_state(cli, &buf, show->device);
	put_declared(cli, &buf, show);
	out_puts(cli->out, buf.data != NULL ? buf.data : "");
	out_fail(cli->out, buf.error);
	buf_fini(&buf);
	show_place_write_screen(cli, &show->place, &show->facts);
	put_probes(cli, show);
	put_days(cli, show);
	put_facts(cli, show);
	put_history(cli, show);
	show_place_write_tables(cli, &show->place);
	put_events(cli, show);
}
