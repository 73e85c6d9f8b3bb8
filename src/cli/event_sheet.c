/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Events as rows of a sheet, and which ones are wanted.
 */
#include "event_sheet.h"

#include "select.h"

#include "keepwatch/buf.h"
#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/near.h"

#include <stdlib.h>
#include <string.h>

#define EVENT_COLUMNS(X)                                                                        \
	X(ID, "id", "ID", COUNT, 0, "number, ascending in the order of writing")                \
	X(TIME, "time", "TIME", TIME, COLUMN_SHOWN, "when it happened")                         \
	X(DEVICE, "device", "DEVICE", TEXT, COLUMN_SHOWN, "device; none: the agent itself")     \
	X(SITE, "site", "SITE", TEXT, COLUMN_SHOWN | COLUMN_TRUNC | 2 * COLUMN_YIELDS,          \
	  "site of the device")                                                                 \
	X(KIND, "kind", "KIND", TEXT, 0, "kind of the device")                                  \
	X(TYPE, "type", "EVENT", TEXT, COLUMN_SHOWN | COLUMN_TRUNC, "what happened")            \
	X(PROBE, "probe", "PROBE", TEXT, COLUMN_SHOWN | 1 * COLUMN_YIELDS, "probe that saw it") \
	X(WHAT, "what", "WHAT", TEXT, COLUMN_SHOWN | COLUMN_WRAP | COLUMN_LISTED,               \
	  "from, to, reason and detail in words")                                               \
	X(FROM, "from", "FROM", TEXT, 0, "state or value before")                               \
	X(TO, "to", "TO", TEXT, 0, "state or value after")                                      \
	X(REASON, "reason", "REASON", TEXT, 0, "why, as a name")                                \
	X(DETAIL, "detail", "DETAIL", TEXT, 0, "what was seen, in words")

enum event_column {
#define X(id, name, title, type, flags, help) COL_##id,
	EVENT_COLUMNS(X)
#undef X
		COL_COUNT
};

#define X(id, name, title, type, flags, help) {name, title, CELL_##type, flags, help},
const struct column event_columns[] = {EVENT_COLUMNS(X)};
#undef X
const size_t event_column_count = COL_COUNT;

static enum term_tint
tint_of(const struct reader_event *event)
{
	switch (event->type) {
	case EVENT_DEVICE_STATE:
	case EVENT_PROBE_STATE:
		if (strcmp(event->to, "down") == 0)
			return TINT_BAD;
		if (strcmp(event->to, "degraded") == 0)
			return TINT_WARN;
		return strcmp(event->to, "up") == 0 ? TINT_GOOD : TINT_NONE;
	case EVENT_CREDENTIAL_REFUSED:
	case EVENT_TLS_KEY_CHANGED:
	case EVENT_CONFIG_REJECTED:
	case EVENT_INCIDENT_OPENED:
		return TINT_BAD;
	case EVENT_FLAPPING_START:
	case EVENT_RESTARTED:
	case EVENT_CLOCK_DRIFT:
	case EVENT_MOVED:
	case EVENT_REPLACED:
	case EVENT_DUPLICATE_IP:
	case EVENT_NEW_MAC:
	case EVENT_SWITCH_REPLACED:
	case EVENT_UPLINK_CHANGED:
	case EVENT_WRONG_VLAN:
	case EVENT_UPSTREAM_CONTRADICTED:
	case EVENT_INCIDENT_CHANGED:
		return TINT_WARN;
	case EVENT_VLAN_RIGHT:
	case EVENT_UPSTREAM_AGREED:
	case EVENT_INCIDENT_CLOSED:
		return TINT_GOOD;
	default:
		return TINT_NONE;
	}
}

/* What stands before the two values, and between them. */
struct change_words {
	const char *before, *between;
};

static struct change_words
words_of(const struct reader_event *event)
{
	if (*event->from == '\0')
		return (struct change_words){"", ""};
	switch (event->type) {
	case EVENT_UPSTREAM_CONTRADICTED:
	case EVENT_UPSTREAM_AGREED:
		return (struct change_words){"declared ", ", seen at "};
	case EVENT_DUPLICATE_IP:
		return (struct change_words){"", " and "};
	case EVENT_NEW_MAC:
		return (struct change_words){"", " has "};
	default:
		return (struct change_words){"", " -> "};
	}
}

void
event_put_what(struct buf *buf, const struct reader_event *event)
{
	const char *reason = reason_text(event->reason);
	struct change_words words = words_of(event);
	bool has_change = *event->from != '\0' || *event->to != '\0';
	bool has_reason = *reason != '\0', has_detail = *event->detail != '\0';

	if (event->type == EVENT_FACT_CHANGED) {
		/* The detail is the fact's name: "firmware 9.80.1 -> 9.80.3". */
		buf_printf(buf, "%s %s -> %s", event->detail, event->from,
			   *event->to != '\0' ? event->to : "(none)");
		return;
	}
	buf_printf(buf, "%s%s%s%s%s%s%s%s", words.before, event->from, words.between,
		   has_change && *event->to == '\0' ? "(none)" : event->to,
		   has_change && (has_reason || has_detail) ? ": " : "", reason,
		   has_reason && has_detail ? ": " : "", event->detail);
}

static void
set_what(struct sheet *sheet, struct cell *cell, const struct reader_event *event)
{
	struct buf buf;

	buf_init(&buf, 64 << 10);
	event_put_what(&buf, event);
	if (buf.error != 0)
		sheet->error = buf.error;
	else
		cell_set_copy(sheet, cell, buf.data != NULL ? buf.data : "");
	buf_fini(&buf);
}

void
event_sheet_add(struct sheet *sheet, const struct reader_event *event)
{
	struct cell *row = sheet_add(sheet);

	cell_set_number(&row[COL_ID], event->id);
	cell_set_number(&row[COL_TIME], event->at_ms);
	if (event->device != 0) {
		cell_set_copy(sheet, &row[COL_DEVICE], event->name);
		cell_set_copy(sheet, &row[COL_SITE], event->site);
		cell_set_text(&row[COL_KIND], kind_name(event->kind));
	}
	cell_set_copy(sheet, &row[COL_TYPE], event->type_name);
	row[COL_TYPE].tint = (uint8_t)tint_of(event);
	cell_set_copy(sheet, &row[COL_PROBE], event->probe);
	set_what(sheet, &row[COL_WHAT], event);
	cell_set_copy(sheet, &row[COL_FROM], event->from);
	cell_set_copy(sheet, &row[COL_TO], event->to);
	if (event->reason != REASON_NONE)
		cell_set_text(&row[COL_REASON], reason_name(event->reason));
	cell_set_copy(sheet, &row[COL_DETAIL], event->detail);
}

static int
parse_when(const struct cli *cli, enum arg_id id, int64_t *out)
{
	const char *text = args_value(&cli->args, id);

	if (text == NULL || cli_parse_when(cli, text, out) == 0)
		return 0;
	return cli_usage(cli,
			 "--%s %s: expected a duration back from now, as 2h or 7d, or a time, as "
			 "2026-03-01 or 2026-03-01T14:00Z",
			 arg_spec(id)->name, text);
}

static int
parse_types(const struct cli *cli, uint64_t *types)
{
	const struct arg_values *names = &cli->args.given[ARG_TYPE];

	for (size_t i = 0; i < names->count; i++) {
		struct near_best best;
		enum event_type type;

		if (event_parse(names->items[i], &type) == 0) {
			*types |= 1ULL << type;
			continue;
		}
		near_init(&best, names->items[i]);
		for (int k = 0; k < EVENT_COUNT; k++)
			near_try(&best, event_name((enum event_type)k));
		return cli_usage(cli, "--type %s: no such type%s%s%s (--type help lists them)",
				 names->items[i], best.name != NULL ? "; did you mean " : "",
				 best.name != NULL ? best.name : "", best.name != NULL ? "?" : "");
	}
	return 0;
}

int
event_query_init(const struct cli *cli, struct reader_event_query *query, int64_t default_since_ms)
{
	int rc;

	*query = (struct reader_event_query){.devices = READER_FILTER_ANY,
					     .since_ms = default_since_ms};
	rc = parse_when(cli, ARG_SINCE, &query->since_ms);
	if (rc == 0)
		rc = parse_when(cli, ARG_UNTIL, &query->until_ms);
	if (rc == 0 && query->until_ms != 0 && query->until_ms <= query->since_ms)
		rc = cli_usage(cli, "--until is not after --since");
	return rc != 0 ? rc : parse_types(cli, &query->types);
}

bool
event_asked_types(struct cli *cli)
{
	const struct arg_values *names = &cli->args.given[ARG_TYPE];

	if (names->count != 1 || strcmp(names->items[0], "help") != 0)
		return false;
	for (int i = 0; i < EVENT_COUNT; i++)
		out_printf(cli->out, "%s\n", event_name((enum event_type)i));
	return true;
}

struct each_state {
	struct id_place *wanted; /* NULL: all */
	size_t wanted_count;
	void (*each)(void *arg, const struct reader_event *event);
	void *arg;
};

static int
each_event(void *arg, const struct reader_event *event)
{
	struct each_state *state = arg;

	if (state->wanted == NULL ||
	    ids_find(state->wanted, state->wanted_count, event->device) != SIZE_MAX)
		state->each(state->arg, event);
	return 0;
}

int
event_each(const struct selection *selection, const struct reader_event_query *query,
	   void (*each)(void *arg, const struct reader_event *event), void *arg)
{
	struct each_state state = {.each = each, .arg = arg};
	struct reader_device_list devices = {0};
	int rc;

	if (!selection_is_all(selection)) {
		rc = selection_read_all(selection, &devices);
		if (rc != 0)
			return rc;
		state.wanted = ids_sort(&devices);
		state.wanted_count = devices.count;
		if (state.wanted == NULL) {
			cli_complain(selection->cli, "%s", err_text(ERR_NOMEM));
			rc = CLI_UNREADABLE;
			goto out;
		}
	}
	rc = reader_each_event(selection->cli->reader, query, each_event, &state);
	if (rc != 0)
		rc = cli_reader_failed(selection->cli, rc);
out:
	free(state.wanted);
	reader_device_list_fini(&devices);
	return rc;
}
