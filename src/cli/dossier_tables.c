/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tables of the pack: what happened around the incident, ports of the switches, raw values of
 * the probes, facts with their history.
 */
#include "dossier.h"

#include "event_sheet.h"
#include "human.h"
#include "incident_sheet.h"
#include "select.h"
#include "topo_text.h"

#include "keepwatch/buf.h"

#include <string.h>

enum { TEXT_MAX = 64 << 10 };

#define TIMELINE_COLUMNS(X)                                                                \
	X(TIME, "time", TIME, "when")                                                      \
	X(SOURCE, "source", TEXT, "event, incident, evidence or outage")                   \
	X(DEVICE, "device", TEXT, "device; none: the agent, or nobody in particular")      \
	X(TYPE, "type", TEXT, "type of the event, step of the incident, lost or answered") \
	X(PROBE, "probe", TEXT, "probe that saw it")                                       \
	X(TEXT, "text", TEXT, "in words")

#define PORT_COLUMNS(X)                                                            \
	X(SWITCH, "switch", TEXT, "switch")                                        \
	X(IF_INDEX, "if_index", COUNT, "ifIndex")                                  \
	X(NAME, "port", TEXT, "name of the port")                                  \
	X(ALIAS, "alias", TEXT, "ifAlias")                                         \
	X(CONCERNED, "devices", LIST, "what of the incident hangs on it")          \
	X(ROLE, "role", TEXT, "edge, uplink, downlink, member or unused")          \
	X(STATE, "state", TEXT, "up, down, disabled ...")                          \
	X(CHANGED, "link_changed", TIME, "when its link changed last")             \
	X(SPEED, "speed_mbps", COUNT, "speed")                                     \
	X(DUPLEX, "duplex", TEXT, "full or half")                                  \
	X(PVID, "pvid", COUNT, "VLAN of untagged frames")                          \
	X(STP, "spanning_tree", TEXT, "state in the spanning tree")                \
	X(POE, "poe", TEXT, "PoE status")                                          \
	X(POE_CLASS, "poe_class", COUNT, "PoE class")                              \
	X(POE_MW, "poe_mw", COUNT, "power given, mW")                              \
	X(OVERLOAD, "poe_overload", BOOL, "whether it was overloaded")             \
	X(STATIONS, "stations", COUNT, "MAC addresses learned on it")              \
	X(LAG, "aggregate", COUNT, "ifIndex of the aggregate that it belongs to")  \
	X(NEIGHBOUR, "neighbour", TEXT, "what LLDP or CDP tells of the other end") \
	X(SEEN, "seen", TIME, "when the switch was read last")

#define METRIC_COLUMNS(X)                                             \
	X(TIME, "time", TIME, "begin of five minutes, or of an hour") \
	X(PERIOD, "period_ms", COUNT, "length of that")               \
	X(DEVICE, "device", TEXT, "device")                           \
	X(PROBE, "probe", TEXT, "probe")                              \
	X(RUNS, "runs", COUNT, "runs of the probe")                   \
	X(UP, "answered", COUNT, "of these answered")                 \
	X(SENT, "sent", COUNT, "packets or requests sent")            \
	X(LOST, "lost", COUNT, "of these lost")                       \
	X(RTT_MIN, "rtt_min_us", COUNT, "shortest round trip, us")    \
	X(RTT_AVG, "rtt_avg_us", COUNT, "mean round trip, us")        \
	X(RTT_MAX, "rtt_max_us", COUNT, "longest round trip, us")

#define FACT_COLUMNS(X)                                                  \
	X(DEVICE, "device", TEXT, "device")                              \
	X(FACT, "fact", TEXT, "what it is")                              \
	X(INSTANCE, "instance", TEXT, "of what part of the device")      \
	X(VALUE, "value", TEXT, "value")                                 \
	X(PROBE, "probe", TEXT, "probe that learnt it")                  \
	X(SINCE, "since", TIME, "since when it has, or had, that value") \
	X(SEEN, "last_seen", TIME, "when it was last seen")              \
	X(UNTIL, "until", TIME, "of a former value: until when")

#define X(id, name, type, help) TIME_##id,
enum timeline_column { TIMELINE_COLUMNS(X) TIME_COUNT };
#undef X
#define X(id, name, type, help) PORT_##id,
enum port_column { PORT_COLUMNS(X) PORT_COUNT };
#undef X
#define X(id, name, type, help) METRIC_##id,
enum metric_column { METRIC_COLUMNS(X) METRIC_COUNT };
#undef X
#define X(id, name, type, help) FACT_COL_##id,
enum fact_column { FACT_COLUMNS(X) FACT_COL_COUNT };
#undef X

#define X(id, name, type, help) {name, name, CELL_##type, COLUMN_SHOWN, help},
const struct column dossier_timeline_columns[] = {TIMELINE_COLUMNS(X)};
const struct column dossier_port_columns[] = {PORT_COLUMNS(X)};
const struct column dossier_metric_columns[] = {METRIC_COLUMNS(X)};
const struct column dossier_fact_columns[] = {FACT_COLUMNS(X)};
#undef X
const size_t dossier_timeline_column_count = TIME_COUNT;
const size_t dossier_port_column_count = PORT_COUNT;
const size_t dossier_metric_column_count = METRIC_COUNT;
const size_t dossier_fact_column_count = FACT_COL_COUNT;

static struct cell *
add_moment(struct sheet *sheet, int64_t at_ms, const char *source, const char *device,
	   const char *type)
{
	struct cell *row = sheet_add(sheet);

	cell_set_time(&row[TIME_TIME], at_ms);
	cell_set_text(&row[TIME_SOURCE], source);
	cell_set_copy(sheet, &row[TIME_DEVICE], device);
	cell_set_copy(sheet, &row[TIME_TYPE], type);
	return row;
}

struct gathering {
	const struct dossier *dossier;
	struct sheet *sheet;
	struct buf words;
};

static int
add_event(void *arg, const struct reader_event *event)
{
	struct gathering *gathering = arg;
	const struct dossier *dossier = gathering->dossier;
	struct cell *row;

	/* What happened to the incident stands there already, with more words. */
	if (event->type == EVENT_INCIDENT_OPENED || event->type == EVENT_INCIDENT_CHANGED ||
	    event->type == EVENT_INCIDENT_CLOSED)
		return 0;
	if (event->device != 0 &&
	    ids_find(dossier->ids, dossier->devices.count, event->device) == SIZE_MAX)
		return 0;
	row = add_moment(gathering->sheet, event->at_ms, "event", event->name, event->type_name);
	cell_set_copy(gathering->sheet, &row[TIME_PROBE], event->probe);
	buf_reset(&gathering->words);
	event_put_what(&gathering->words, event);
	if (gathering->words.data != NULL)
		cell_set_copy(gathering->sheet, &row[TIME_TEXT], gathering->words.data);
	return 0;
}

static void
add_own_moments(struct gathering *gathering)
{
	const struct why *why = gathering->dossier->why;
	struct buf *words = &gathering->words;

	for (size_t i = 0; i < why->steps.count; i++) {
		const struct reader_incident_step *step = &why->steps.items[i];
		struct cell *row = add_moment(gathering->sheet, step->at_ms, "incident",
					      step->blame_name, incident_step_name(step->step));

		buf_reset(words);
		incident_put_what(words, step->verdict, step->blame_name);
		buf_printf(words, ", %d %% sure, %u device%s%s%s", human_share(step->confidence),
			   step->devices, step->devices == 1 ? "" : "s",
			   *step->note != '\0' ? ": " : "", step->note);
		if (words->data != NULL)
			cell_set_copy(gathering->sheet, &row[TIME_TEXT], words->data);
	}
	for (size_t i = 0; i < why->evidence.count; i++) {
		const struct evidence_line *line = &why->evidence.items[i];
		const struct reader_device *device = why_find_device(why, line->node);
		struct cell *row;

		if (line->at_ms == 0)
			continue;
		row = add_moment(gathering->sheet, line->at_ms, "evidence",
				 device != NULL ? device->name : "", "");
		cell_set_text(&row[TIME_TEXT], line->text);
	}
	for (size_t i = 0; i < why->devices.count; i++) {
		const struct reader_incident_device *device = &why->devices.items[i];

		if (device->outage.since_ms != 0)
			cell_set_text(&add_moment(gathering->sheet, device->outage.since_ms,
						  "outage", device->name, "lost")[TIME_TEXT],
				      "first lost poll");
		if (device->outage.until_ms != 0)
			cell_set_text(&add_moment(gathering->sheet, device->outage.until_ms,
						  "outage", device->name, "answered")[TIME_TEXT],
				      "first answer after it");
	}
}

int
dossier_fill_timeline(const struct dossier *dossier, struct sheet *sheet)
{
	static const char *const keys[] = {"time"};
	const struct arg_values by_time = {.items = (const char **)keys, .count = 1};
	struct gathering gathering = {.dossier = dossier, .sheet = sheet};
	struct reader_event_query query = {.devices = READER_FILTER_ANY,
					   .since_ms = dossier->since_ms,
					   .until_ms = dossier->until_ms};
	int rc;

	buf_init(&gathering.words, TEXT_MAX);
	rc = reader_each_event(dossier->cli->reader, &query, add_event, &gathering);
	if (rc == 0)
		add_own_moments(&gathering);
	if (rc == 0)
		rc = sheet_sort(sheet, &by_time, NULL);
	buf_fini(&gathering.words);
	return rc;
}

/* What of the incident hangs on a port. */
static void
set_concerned(const struct dossier *dossier, struct sheet *sheet, struct cell *cell,
	      const struct reader_port *port)
{
	const struct reader_link_list *links = &dossier->why->place.links;
	struct cell_pair *pairs = NULL;
	uint16_t count = 0;

	for (int pass = 0; pass < 2; pass++) {
		if (pass == 1 && count > 0)
			pairs = arena_alloc(&sheet->arena, sizeof(*pairs) * count);
		if (pass == 1 && pairs == NULL)
			return;
		count = 0;
		for (size_t i = 0; i < links->count && count < UINT16_MAX; i++) {
			const struct topo_link *link = &links->items[i].link;
			size_t place = ids_find(dossier->ids, dossier->devices.count, link->device);

			if (place == SIZE_MAX || link->parent != port->device ||
			    link->if_index != port->port.if_index)
				continue;
			if (pass == 1)
				pairs[count].value = dossier->devices.items[place].name;
			count++;
		}
	}
	cell->is_set = true;
	cell->pairs = pairs;
	cell->pair_count = count;
}

static void
add_port(const struct dossier *dossier, struct sheet *sheet, const char *name,
	 const struct reader_port *row_of)
{
	const struct topo_port *port = &row_of->port;
	struct cell *row = sheet_add(sheet);

	cell_set_text(&row[PORT_SWITCH], name);
	cell_set_number(&row[PORT_IF_INDEX], port->if_index);
	cell_set_copy(sheet, &row[PORT_NAME], port->name);
	cell_set_copy(sheet, &row[PORT_ALIAS], port->alias);
	set_concerned(dossier, sheet, &row[PORT_CONCERNED], row_of);
	cell_set_text(&row[PORT_ROLE], topo_role_name((enum topo_role)port->role));
	cell_set_text(&row[PORT_STATE], topo_port_state(port));
	cell_set_time(&row[PORT_CHANGED], port->changed_ms);
	if (port->speed_mbps != 0)
		cell_set_number(&row[PORT_SPEED], (int64_t)port->speed_mbps);
	cell_set_text(&row[PORT_DUPLEX], port->duplex == DUPLEX_FULL   ? "full"
					 : port->duplex == DUPLEX_HALF ? "half"
								       : "");
	if (port->pvid != 0)
		cell_set_number(&row[PORT_PVID], port->pvid);
	if (port->stp != STP_UNKNOWN)
		cell_set_text(&row[PORT_STP], view_stp_state_name((enum view_stp_state)port->stp));
	if (port->poe_status != POE_NONE)
		cell_set_text(&row[PORT_POE],
			      view_poe_status_name((enum view_poe_status)port->poe_status));
	if (port->poe_class >= 0)
		cell_set_number(&row[PORT_POE_CLASS], port->poe_class);
	if (port->poe_mw != VIEW_UNKNOWN_MW)
		cell_set_number(&row[PORT_POE_MW], port->poe_mw);
	cell_set_number(&row[PORT_OVERLOAD], port->poe_overload);
	cell_set_number(&row[PORT_STATIONS], port->stations);
	if (port->lag != 0)
		cell_set_number(&row[PORT_LAG], port->lag);
	cell_set_copy(sheet, &row[PORT_NEIGHBOUR], port->neighbour);
	cell_set_time(&row[PORT_SEEN], row_of->seen_ms);
}

/* Filter for one of the devices. */
static struct reader_filter
one_of(const struct dossier *dossier, size_t i)
{
	struct reader_filter filter = READER_FILTER_ANY;

	filter.device = dossier->devices.items[i].id;
	filter.with_removed = true;
	return filter;
}

int
dossier_fill_ports(const struct dossier *dossier, struct sheet *sheet)
{
	int rc = 0;

	for (size_t i = 0; i < dossier->devices.count && rc == 0; i++) {
		struct reader_filter filter = one_of(dossier, i);
		struct reader_port_list ports = {0};

		rc = reader_ports(dossier->cli->reader, &filter, &ports);
		for (size_t k = 0; k < ports.count && rc == 0; k++)
			add_port(dossier, sheet, dossier->devices.items[i].name, &ports.items[k]);
		reader_port_list_fini(&ports);
	}
	return rc;
}

static int
add_series(const struct dossier *dossier, struct sheet *sheet, const struct reader_device *device,
	   const char *probe, enum rollup_tier tier)
{
	struct rollup_point_list points = {0};
	int rc =
		reader_series(dossier->cli->reader, device->id, probe, tier,
			      rollup_start_ms(tier, dossier->since_ms), dossier->until_ms, &points);

	for (size_t i = 0; i < points.count && rc == 0; i++) {
		const struct rollup_point *point = &points.items[i];
		struct cell *row = sheet_add(sheet);

		cell_set_time(&row[METRIC_TIME], point->start_ms);
		cell_set_number(&row[METRIC_PERIOD], rollup_tier_ms(tier));
		cell_set_text(&row[METRIC_DEVICE], device->name);
		cell_set_copy(sheet, &row[METRIC_PROBE], probe);
		cell_set_number(&row[METRIC_RUNS], point->runs);
		cell_set_number(&row[METRIC_UP], point->up);
		cell_set_number(&row[METRIC_SENT], point->sent);
		cell_set_number(&row[METRIC_LOST], point->lost);
		if (point->rtt_count > 0) {
			cell_set_number(&row[METRIC_RTT_MIN], point->rtt_min_us);
			cell_set_number(&row[METRIC_RTT_AVG], point->rtt_avg_us);
			cell_set_number(&row[METRIC_RTT_MAX], point->rtt_max_us);
		}
	}
	/* Older ones are kept by the hour only. */
	if (rc == 0 && points.count == 0 && tier == ROLLUP_5MIN)
		rc = add_series(dossier, sheet, device, probe, ROLLUP_HOUR);
	rollup_point_list_fini(&points);
	return rc;
}

int
dossier_fill_metrics(const struct dossier *dossier, struct sheet *sheet)
{
	int rc = 0;

	for (size_t i = 0; i < dossier->devices.count && rc == 0; i++) {
		struct reader_filter filter = one_of(dossier, i);
		struct reader_probe_list probes = {0};

		rc = reader_probes(dossier->cli->reader, &filter, &probes);
		for (size_t k = 0; k < probes.count && rc == 0; k++)
			rc = add_series(dossier, sheet, &dossier->devices.items[i],
					probes.items[k].probe, ROLLUP_5MIN);
		reader_probe_list_fini(&probes);
	}
	return rc;
}

static struct cell *
add_fact(struct sheet *sheet, const char *device, enum fact_key key, const char *instance,
	 const char *value)
{
	struct cell *row = sheet_add(sheet);

	cell_set_text(&row[FACT_COL_DEVICE], device);
	cell_set_text(&row[FACT_COL_FACT], fact_name(key));
	cell_set_copy(sheet, &row[FACT_COL_INSTANCE], instance);
	cell_set_copy(sheet, &row[FACT_COL_VALUE], value);
	return row;
}

int
dossier_fill_facts(const struct dossier *dossier, struct sheet *sheet)
{
	int rc = 0;

	for (size_t i = 0; i < dossier->devices.count && rc == 0; i++) {
		struct reader_filter filter = one_of(dossier, i);
		const char *name = dossier->devices.items[i].name;
		struct reader_fact_list facts = {0};
		struct reader_past_list past = {0};

		rc = reader_facts(dossier->cli->reader, &filter, 0, true, &facts);
		if (rc == 0)
			rc = reader_history(dossier->cli->reader, &filter, 0, dossier->since_ms, 0,
					    &past);
		for (size_t k = 0; k < facts.count && rc == 0; k++) {
			const struct reader_fact *fact = &facts.items[k];
			struct cell *row =
				add_fact(sheet, name, fact->key, fact->instance, fact->value);

			cell_set_copy(sheet, &row[FACT_COL_PROBE], fact->probe);
			cell_set_time(&row[FACT_COL_SINCE], fact->changed_ms);
			cell_set_time(&row[FACT_COL_SEEN], fact->last_seen_ms);
			cell_set_time(&row[FACT_COL_UNTIL], fact->gone_ms);
		}
		for (size_t k = 0; k < past.count && rc == 0; k++) {
			const struct reader_past *was = &past.items[k];
			struct cell *row =
				add_fact(sheet, name, was->key, was->instance, was->value);

			cell_set_time(&row[FACT_COL_SINCE], was->since_ms);
			cell_set_time(&row[FACT_COL_UNTIL], was->until_ms);
		}
		reader_fact_list_fini(&facts);
		reader_past_list_fini(&past);
	}
	return rc;
}
