/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One device as JSON or CSV.
 */
#include "show.h"

#include "device_sheet.h"
#include "event_sheet.h"
#include "jsonw.h"
#include "topo_text.h"

#include "keepwatch/buf.h"
#include "keepwatch/err.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *
reason_or_null(enum reason reason)
{
	return reason != REASON_NONE ? reason_name(reason) : NULL;
}

static void
put_device(struct jsonw *json, const struct reader_device *device)
{
	const struct cell_pair *tags;
	struct sheet sheet;
	uint16_t count;

	jsonw_text(json, "name", device->name);
	jsonw_text(json, "kind", kind_name(device->kind));
	jsonw_text(json, "address", device->address);
	jsonw_text_or_null(json, "site", device->site);
	jsonw_text_or_null(json, "owner", device->owner);
	jsonw_text_or_null(json, "upstream", device->upstream_switch);
	jsonw_text_or_null(json, "upstream_port", device->upstream_port);
	sheet_init(&sheet, device_columns, device_column_count);
	tags = device_tags(&sheet, device->tags, &count);
	jsonw_flat_object(json, "tags");
	for (uint16_t i = 0; i < count; i++)
		jsonw_text(json, tags[i].key, tags[i].value);
	jsonw_end_object(json);
	sheet_fini(&sheet);
	jsonw_time(json, "declared", device->declared_ms);
	jsonw_time(json, "removed", device->removed_ms);
	jsonw_text(json, "state", health_name(device->health));
	jsonw_time(json, "since", device->since_ms);
	jsonw_text(json, "reason", reason_or_null(device->reason));
	jsonw_text_or_null(json, "detail", device->detail);
	jsonw_bool(json, "flapping", device->is_flapping);
	jsonw_time(json, "last_run", device->run_ms);
	jsonw_time(json, "last_answer", device->answer_ms);
}

static void
put_day(struct jsonw *json, const struct show_day *day)
{
	jsonw_object(json, "last_24h");
	jsonw_number(json, "runs", (int64_t)day->runs);
	jsonw_number(json, "answered", (int64_t)day->up);
	jsonw_number(json, "sent", (int64_t)day->sent);
	jsonw_number(json, "lost", (int64_t)day->lost);
	if (day->rtt_avg_us >= 0) {
		jsonw_number(json, "rtt_min_us", day->rtt_min_us);
		jsonw_number(json, "rtt_avg_us", (int64_t)day->rtt_avg_us);
		jsonw_number(json, "rtt_max_us", day->rtt_max_us);
	}
	jsonw_flat_array(json, "half_hour_rtt_us");
	for (size_t i = 0; i < SHOW_SLOTS; i++) {
		if (day->rtt_us[i] < 0)
			jsonw_null(json, NULL);
		else
			jsonw_number(json, NULL, (int64_t)day->rtt_us[i]);
	}
	jsonw_end_array(json);
	jsonw_flat_array(json, "half_hour_answered");
	for (size_t i = 0; i < SHOW_SLOTS; i++)
		jsonw_real(json, NULL, day->down[i] < 0 ? (double)NAN : 1 - day->down[i]);
	jsonw_end_array(json);
	jsonw_end_object(json);
}

static void
put_probes(struct jsonw *json, const struct show *show)
{
	jsonw_array(json, "probes");
	for (size_t i = 0; i < show->probes.count; i++) {
		const struct reader_probe *probe = &show->probes.items[i];

		jsonw_object(json, NULL);
		jsonw_text(json, "probe", probe->probe);
		jsonw_text(json, "state", health_name(probe->health));
		jsonw_time(json, "since", probe->since_ms);
		jsonw_text(json, "reason", reason_or_null(probe->reason));
		jsonw_text_or_null(json, "detail", probe->detail);
		jsonw_bool(json, "flapping", probe->is_flapping);
		jsonw_text(json, "last_outcome",
			   probe->run_ms != 0 ? outcome_name(probe->outcome) : NULL);
		jsonw_time(json, "last_run", probe->run_ms);
		jsonw_time(json, "last_answer", probe->answer_ms);
		if (probe->rtt_us != RTT_NONE)
			jsonw_number(json, "rtt_us", probe->rtt_us);
		else
			jsonw_null(json, "rtt_us");
		put_day(json, &show->days[i]);
		jsonw_end_object(json);
	}
	jsonw_end_array(json);
}

static void
put_facts(struct jsonw *json, const struct show *show)
{
	jsonw_array(json, "facts");
	for (size_t i = 0; i < show->facts.count; i++) {
		const struct reader_fact *fact = &show->facts.items[i];

		jsonw_flat_object(json, NULL);
		jsonw_text(json, "fact", fact_name(fact->key));
		jsonw_text_or_null(json, "instance", fact->instance);
		jsonw_text(json, "value", fact->value);
		jsonw_text_or_null(json, "probe", fact->probe);
		jsonw_time(json, "first_seen", fact->first_seen_ms);
		jsonw_time(json, "last_seen", fact->last_seen_ms);
		jsonw_time(json, "since", fact->changed_ms);
		jsonw_time(json, "gone", fact->gone_ms);
		jsonw_end_object(json);
	}
	jsonw_end_array(json);
	jsonw_array(json, "history");
	for (size_t i = 0; i < show->history.count; i++) {
		const struct reader_past *past = &show->history.items[i];

		jsonw_flat_object(json, NULL);
		jsonw_text(json, "fact", fact_name(past->key));
		jsonw_text_or_null(json, "instance", past->instance);
		jsonw_text(json, "value", past->value);
		jsonw_time(json, "since", past->since_ms);
		jsonw_time(json, "until", past->until_ms);
		jsonw_bool(json, "gone", past->is_gone);
		jsonw_end_object(json);
	}
	jsonw_end_array(json);
}

void
show_write_json(struct cli *cli, const struct show *show)
{
	struct sheet events;
	struct buf buf;
	struct jsonw json;

	cli_begin_json(cli, &json, &buf, "show");
	jsonw_object(&json, "device");
	put_device(&json, show->device);
	jsonw_end_object(&json);
	put_probes(&json, show);
	put_facts(&json, show);
	show_place_write_json(&json, &show->place);
	sheet_init(&events, event_columns, event_column_count);
	for (size_t i = 0; i < show->events.count; i++)
		event_sheet_add(&events, &show->events.items[i]);
	sheet_select(&events, SHEET_JSON, NULL, NULL);
	sheet_write_json(&events, &json, "events");
	out_fail(cli->out, events.error);
	sheet_fini(&events);
	cli_end_json(cli, &json);
}

#define CSV_COLUMNS(X)                \
	X(SECTION, "section", TEXT)   \
	X(NAME, "name", TEXT)         \
	X(INSTANCE, "instance", TEXT) \
	X(VALUE, "value", TEXT)       \
	X(REASON, "reason", TEXT)     \
	X(DETAIL, "detail", TEXT)     \
	X(SINCE, "since", TIME)       \
	X(UNTIL, "until", TIME)       \
	X(LAST, "last_seen", TIME)    \
	X(RTT, "rtt_us", RTT)         \
	X(RUNS, "runs_24h", COUNT)    \
	X(ANSWERED, "answered_24h", COUNT)

enum csv_column {
#define X(id, name, type) COL_##id,
	CSV_COLUMNS(X)
#undef X
		COL_COUNT
};

static struct cell *
add_row(struct sheet *sheet, const char *section, const char *name, const char *value)
{
	struct cell *row = sheet_add(sheet);

	cell_set_text(&row[COL_SECTION], section);
	cell_set_text(&row[COL_NAME], name);
	cell_set_text(&row[COL_VALUE], value);
	return row;
}

static void
add_device(struct sheet *sheet, const struct reader_device *device)
{
	const struct cell_pair *tags;
	struct cell *row;
	uint16_t count;

	row = add_row(sheet, "device", "state", health_name(device->health));
	cell_set_text(&row[COL_REASON], reason_or_null(device->reason));
	cell_set_text(&row[COL_DETAIL], device->detail);
	cell_set_time(&row[COL_SINCE], device->since_ms);
	cell_set_time(&row[COL_LAST], device->answer_ms);
	add_row(sheet, "device", "name", device->name);
	add_row(sheet, "device", "kind", kind_name(device->kind));
	add_row(sheet, "device", "address", device->address);
	add_row(sheet, "device", "site", device->site);
	add_row(sheet, "device", "owner", device->owner);
	add_row(sheet, "device", "upstream", device->upstream_switch);
	add_row(sheet, "device", "upstream_port", device->upstream_port);
	tags = device_tags(sheet, device->tags, &count);
	for (uint16_t i = 0; i < count; i++)
		add_row(sheet, "tag", tags[i].key, tags[i].value);
}

static void
add_text(struct sheet *sheet, struct cell *cell, const char *before, const char *text)
{
	size_t size = strlen(before) + strlen(text) + 2;
	char *copy = arena_alloc(&sheet->arena, size);

	if (copy == NULL) {
		sheet->error = ERR_NOMEM;
		return;
	}
	snprintf(copy, size, "%s%s%s", before, *before != '\0' && *text != '\0' ? " " : "", text);
	cell_set_text(cell, copy);
}

/* A link, as "hq-acc-1 gi1/0/13". */
static void
add_link(struct sheet *sheet, const struct show_place *place, const char *section,
	 const struct reader_link *row)
{
	const struct topo_link *link = &row->link;
	struct cell *cells =
		add_row(sheet, section, topo_source_name((enum topo_source)link->source), NULL);
	struct buf buf;

	buf_init(&buf, 1 << 12);
	topo_put_parent(&buf, &place->tree, link);
	add_text(sheet, &cells[COL_VALUE], buf.data != NULL ? buf.data : "", link->port);
	buf_fini(&buf);
	cell_set_text(&cells[COL_DETAIL], link->why);
	cell_set_time(&cells[COL_SINCE], link->first_seen_ms);
	cell_set_time(&cells[COL_UNTIL], row->until_ms);
	cell_set_time(&cells[COL_LAST], link->confirmed_ms);
}

static void
add_place(struct sheet *sheet, const struct show_place *place, uint32_t device)
{
	for (size_t i = 0; i < place->links.count; i++) {
		const struct reader_link *link = &place->links.items[i];

		if (link->link.device == device)
			add_link(sheet, place, link->link.is_spare ? "spare_place" : "place", link);
	}
	for (size_t i = 0; i < place->former.count; i++)
		add_link(sheet, place, "former_place", &place->former.items[i]);
	for (size_t i = 0; i < place->ports.count; i++) {
		const struct topo_port *port = &place->ports.items[i].port;
		struct cell *row = add_row(sheet, "port", port->name, topo_port_state(port));

		cell_set_text(&row[COL_INSTANCE], port->alias);
		cell_set_text(&row[COL_DETAIL], port->neighbour);
		cell_set_time(&row[COL_SINCE], port->changed_ms);
		cell_set_time(&row[COL_LAST], place->ports.items[i].seen_ms);
	}
}

static void
add_rest(struct sheet *sheet, const struct show *show)
{
	for (size_t i = 0; i < show->probes.count; i++) {
		const struct reader_probe *probe = &show->probes.items[i];
		struct cell *row =
			add_row(sheet, "probe", probe->probe, health_name(probe->health));

		cell_set_text(&row[COL_REASON], reason_or_null(probe->reason));
		cell_set_text(&row[COL_DETAIL], probe->detail);
		cell_set_time(&row[COL_SINCE], probe->since_ms);
		cell_set_time(&row[COL_LAST], probe->answer_ms);
		if (probe->rtt_us != RTT_NONE)
			cell_set_number(&row[COL_RTT], probe->rtt_us);
		cell_set_number(&row[COL_RUNS], (int64_t)show->days[i].runs);
		cell_set_number(&row[COL_ANSWERED], (int64_t)show->days[i].up);
	}
	for (size_t i = 0; i < show->facts.count; i++) {
		const struct reader_fact *fact = &show->facts.items[i];
		struct cell *row = add_row(sheet, "fact", fact_name(fact->key), fact->value);

		cell_set_text(&row[COL_INSTANCE], fact->instance);
		cell_set_time(&row[COL_SINCE], fact->changed_ms);
		cell_set_time(&row[COL_UNTIL], fact->gone_ms);
		cell_set_time(&row[COL_LAST], fact->last_seen_ms);
	}
	for (size_t i = 0; i < show->history.count; i++) {
		const struct reader_past *past = &show->history.items[i];
		struct cell *row = add_row(sheet, "history", fact_name(past->key), past->value);

		cell_set_text(&row[COL_INSTANCE], past->instance);
		cell_set_time(&row[COL_SINCE], past->since_ms);
		cell_set_time(&row[COL_UNTIL], past->until_ms);
	}
	for (size_t i = 0; i < show->events.count; i++) {
		const struct reader_event *event = &show->events.items[i];
		struct cell *row = add_row(sheet, "event", event->type_name, event->to);

		cell_set_text(&row[COL_INSTANCE], event->probe);
		cell_set_text(&row[COL_REASON], reason_or_null(event->reason));
		cell_set_text(&row[COL_DETAIL], event->detail);
		cell_set_time(&row[COL_SINCE], event->at_ms);
	}
}

void
show_write_csv(struct cli *cli, const struct show *show)
{
#define X(id, name, type) {name, name, CELL_##type, COLUMN_SHOWN, ""},
	static const struct column columns[] = {CSV_COLUMNS(X)};
#undef X
	struct sheet sheet;

	sheet_init(&sheet, columns, COL_COUNT);
	add_device(&sheet, show->device);
	add_rest(&sheet, show);
	add_place(&sheet, &show->place, show->device->id);
	cli_put_csv(cli, &sheet);
}
