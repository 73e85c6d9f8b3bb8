/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The report as JSON, and as one flat CSV whose first column says what a row is about.
 */
#include "report.h"

#include "event_sheet.h"
#include "incident_sheet.h"
#include "jsonw.h"

#include "keepwatch/buf.h"

#include <string.h>

static void
put_counts(struct jsonw *json, const struct report_count *count)
{
	jsonw_number(json, "devices", (int64_t)count->devices);
	for (int h = 0; h < HEALTH_COUNT; h++)
		jsonw_number(json, health_name((enum health)h), (int64_t)count->by_health[h]);
	jsonw_number(json, "flapping", (int64_t)count->flapping);
}

static void
put_devices(struct jsonw *json, const char *key, const struct reader_device *const *devices,
	    size_t count)
{
	jsonw_array(json, key);
	for (size_t i = 0; i < count; i++) {
		const struct reader_device *device = devices[i];

		jsonw_flat_object(json, NULL);
		jsonw_text(json, "name", device->name);
		jsonw_text_or_null(json, "site", device->site);
		jsonw_text(json, "kind", kind_name(device->kind));
		jsonw_text(json, "address", device->address);
		jsonw_text_or_null(json, "owner", device->owner);
		jsonw_text(json, "state", health_name(device->health));
		jsonw_time(json, "since", device->since_ms);
		jsonw_text(json, "reason",
			   device->reason != REASON_NONE ? reason_name(device->reason) : NULL);
		jsonw_text_or_null(json, "detail", device->detail);
		jsonw_end_object(json);
	}
	jsonw_end_array(json);
}

static void
put_firmware(struct jsonw *json, const struct report *report)
{
	jsonw_array(json, "firmware");
	for (size_t i = 0; i < report->firmware_count; i++) {
		const struct report_firmware *item = &report->firmware[i];

		jsonw_flat_object(json, NULL);
		jsonw_text_or_null(json, "vendor", item->vendor);
		jsonw_text_or_null(json, "model", item->model);
		jsonw_text_or_null(json, "firmware", item->firmware);
		jsonw_number(json, "devices", (int64_t)item->devices);
		jsonw_end_object(json);
	}
	jsonw_end_array(json);
}

static void
put_place(struct jsonw *json, const struct report *report, enum report_place_class class,
	  const struct report_place *place)
{
	const struct topo_link *link = place->link;
	struct buf words;

	buf_init(&words, 4096);
	report_put_place(&words, report, class, place);
	jsonw_flat_object(json, NULL);
	jsonw_text(json, "name", place->device->name);
	jsonw_text_or_null(json, "site", place->device->site);
	jsonw_text(json, "kind", kind_name(place->device->kind));
	jsonw_text_or_null(json, "place", words.data != NULL ? words.data : "");
	if (link != NULL)
		jsonw_number(json, "confidence", link->confidence);
	else
		jsonw_null(json, "confidence");
	if (link != NULL && link->vlan != 0)
		jsonw_number(json, "vlan", link->vlan);
	else
		jsonw_null(json, "vlan");
	jsonw_text(json, "why", link != NULL && link->why[0] != '\0' ? link->why : NULL);
	jsonw_end_object(json);
	buf_fini(&words);
}

static void
put_topology(struct jsonw *json, const struct report *report)
{
	const struct report_topology *topology = &report->topology;

	jsonw_object(json, "topology");
	for (int c = 0; c < REPORT_PLACE_CLASSES; c++) {
		enum report_place_class class = (enum report_place_class)c;

		if (class == REPORT_WRONG_VLAN && !topology->knows_vlans) {
			jsonw_null(json, report_place_name(class));
			continue;
		}
		jsonw_array(json, report_place_name(class));
		for (size_t i = 0; i < topology->counts[c]; i++)
			put_place(json, report, class, &topology->places[c][i]);
		jsonw_end_array(json);
	}
	jsonw_time(json, "since", topology->since_ms);
	jsonw_array(json, "changes");
	for (size_t i = 0; i < topology->changes.count; i++) {
		const struct reader_event *event = &topology->changes.items[i];

		jsonw_flat_object(json, NULL);
		jsonw_time(json, "time", event->at_ms);
		jsonw_text(json, "type", event->type_name);
		jsonw_text(json, "device", event->name);
		jsonw_text_or_null(json, "site", event->site);
		jsonw_text_or_null(json, "from", event->from);
		jsonw_text_or_null(json, "to", event->to);
		jsonw_text_or_null(json, "detail", event->detail);
		jsonw_end_object(json);
	}
	jsonw_end_array(json);
	jsonw_end_object(json);
}

void
report_write_json(struct cli *cli, const struct report *report)
{
	const struct report_count *total = &report->total;
	struct buf buf;
	struct jsonw json;

	cli_begin_json(cli, &json, &buf, "report");
	report_incidents_write_json(cli, &json, report);
	jsonw_flat_object(&json, "total");
	put_counts(&json, total);
	jsonw_end_object(&json);
	jsonw_array(&json, "sites");
	for (size_t i = 0; i < report->site_count; i++) {
		jsonw_flat_object(&json, NULL);
		jsonw_text_or_null(&json, "site", report->sites[i].name);
		put_counts(&json, &report->sites[i]);
		jsonw_end_object(&json);
	}
	jsonw_end_array(&json);
	jsonw_array(&json, "kinds");
	for (int k = 0; k < KIND_COUNT; k++) {
		if (report->kinds[k].devices == 0)
			continue;
		jsonw_flat_object(&json, NULL);
		jsonw_text(&json, "kind", report->kinds[k].name);
		put_counts(&json, &report->kinds[k]);
		jsonw_end_object(&json);
	}
	jsonw_end_array(&json);
	put_devices(&json, "down", report->by_health[HEALTH_DOWN], total->by_health[HEALTH_DOWN]);
	put_devices(&json, "degraded", report->by_health[HEALTH_DEGRADED],
		    total->by_health[HEALTH_DEGRADED]);
	put_devices(&json, "unknown", report->by_health[HEALTH_UNKNOWN],
		    total->by_health[HEALTH_UNKNOWN]);
	put_devices(&json, "flapping", report->flapping, total->flapping);
	jsonw_array(&json, "clock_drift");
	for (size_t i = 0; i < report->drifts.count; i++) {
		const struct reader_drift *drift = &report->drifts.items[i];

		jsonw_flat_object(&json, NULL);
		jsonw_text(&json, "name", drift->name);
		jsonw_text_or_null(&json, "site", drift->site);
		jsonw_number(&json, "clock_offset_ms", drift->offset_ms);
		jsonw_text_or_null(&json, "clock_source", drift->source);
		jsonw_time(&json, "seen", drift->seen_ms);
		jsonw_end_object(&json);
	}
	jsonw_end_array(&json);
	put_topology(&json, report);
	put_firmware(&json, report);
	cli_end_json(cli, &json);
}

#define CSV_COLUMNS(X)                             \
	X(SECTION, "section", TEXT)                \
	X(NAME, "name", TEXT)                      \
	X(SITE, "site", TEXT)                      \
	X(KIND, "kind", TEXT)                      \
	X(ADDRESS, "address", TEXT)                \
	X(STATE, "state", TEXT)                    \
	X(SINCE, "since", TIME)                    \
	X(REASON, "reason", TEXT)                  \
	X(DETAIL, "detail", TEXT)                  \
	X(CLOCK_OFFSET, "clock_offset_ms", OFFSET) \
	X(VENDOR, "vendor", TEXT)                  \
	X(MODEL, "model", TEXT)                    \
	X(FIRMWARE, "firmware", TEXT)              \
	X(DEVICES, "devices", COUNT)               \
	X(UNKNOWN, "unknown", COUNT)               \
	X(UP, "up", COUNT)                         \
	X(DEGRADED, "degraded", COUNT)             \
	X(DOWN, "down", COUNT)                     \
	X(FLAPPING, "flapping", COUNT)

enum csv_column {
#define X(id, name, type) COL_##id,
	CSV_COLUMNS(X)
#undef X
		COL_COUNT
};

static struct cell *
add_row(struct sheet *sheet, const char *section)
{
	struct cell *row = sheet_add(sheet);

	cell_set_text(&row[COL_SECTION], section);
	return row;
}

static void
add_counts(struct sheet *sheet, const char *section, enum csv_column name_column,
	   const struct report_count *count)
{
	struct cell *row = add_row(sheet, section);

	cell_set_text(&row[name_column], count->name);
	cell_set_number(&row[COL_DEVICES], (int64_t)count->devices);
	cell_set_number(&row[COL_UNKNOWN], (int64_t)count->by_health[HEALTH_UNKNOWN]);
	cell_set_number(&row[COL_UP], (int64_t)count->by_health[HEALTH_UP]);
	cell_set_number(&row[COL_DEGRADED], (int64_t)count->by_health[HEALTH_DEGRADED]);
	cell_set_number(&row[COL_DOWN], (int64_t)count->by_health[HEALTH_DOWN]);
	cell_set_number(&row[COL_FLAPPING], (int64_t)count->flapping);
}

static void
add_devices(struct sheet *sheet, const char *section, const struct reader_device *const *devices,
	    size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct reader_device *device = devices[i];
		struct cell *row = add_row(sheet, section);

		cell_set_text(&row[COL_NAME], device->name);
		cell_set_text(&row[COL_SITE], device->site);
		cell_set_text(&row[COL_KIND], kind_name(device->kind));
		cell_set_text(&row[COL_ADDRESS], device->address);
		cell_set_text(&row[COL_STATE], health_name(device->health));
		cell_set_time(&row[COL_SINCE], device->since_ms);
		if (device->reason != REASON_NONE)
			cell_set_text(&row[COL_REASON], reason_name(device->reason));
		cell_set_text(&row[COL_DETAIL], device->detail);
	}
}

/* What is to blame, and what is on its way down; in the columns that all sections share. */
static void
add_incidents(struct sheet *sheet, const struct report *report)
{
	struct buf words;

	buf_init(&words, 4096);
	for (size_t i = 0; i < report->incidents.count; i++) {
		const struct reader_incident *incident = &report->incidents.items[i];
		struct cell *row = add_row(sheet, "incident");

		cell_set_text(&row[COL_NAME], incident->blame_name);
		cell_set_text(&row[COL_SITE], incident->site);
		cell_set_text(&row[COL_STATE], incident_state(incident));
		cell_set_time(&row[COL_SINCE], incident->since_ms);
		cell_set_text(&row[COL_REASON], verdict_name(incident->verdict));
		incident_put_what(&words, incident->verdict, incident->blame_name);
		cell_set_text(&row[COL_DETAIL], arena_strdup(&sheet->arena, words.data));
		cell_set_number(&row[COL_DEVICES], incident->devices);
		cell_set_number(&row[COL_DOWN], incident->out);
		buf_reset(&words);
	}
	for (size_t i = 0; i < report->findings.count; i++) {
		const struct reader_finding *finding = &report->findings.items[i];
		struct cell *row = add_row(sheet, "finding");

		cell_set_text(&row[COL_NAME], finding->name);
		cell_set_text(&row[COL_SITE], finding->site);
		cell_set_text(&row[COL_KIND], kind_name(finding->kind));
		cell_set_text(&row[COL_STATE], finding_severity_name(finding->finding.severity));
		cell_set_time(&row[COL_SINCE], finding->finding.since_ms);
		cell_set_text(&row[COL_REASON], finding->rule_name);
		cell_set_text(&row[COL_DETAIL], finding->finding.evidence);
	}
	if (words.error != 0)
		sheet->error = words.error;
	buf_fini(&words);
}

static void
add_topology(struct sheet *sheet, const struct report *report)
{
	const struct report_topology *topology = &report->topology;
	struct buf words;

	buf_init(&words, 64 << 10);
	for (int c = 0; c < REPORT_PLACE_CLASSES; c++) {
		enum report_place_class class = (enum report_place_class)c;

		for (size_t i = 0; i < topology->counts[c]; i++) {
			const struct report_place *place = &topology->places[c][i];
			struct cell *row = add_row(sheet, report_place_name(class));

			cell_set_text(&row[COL_NAME], place->device->name);
			cell_set_text(&row[COL_SITE], place->device->site);
			cell_set_text(&row[COL_KIND], kind_name(place->device->kind));
			cell_set_text(&row[COL_ADDRESS], place->device->address);
			report_put_place(&words, report, class, place);
			if (words.len > 0)
				cell_set_text(&row[COL_DETAIL],
					      arena_strdup(&sheet->arena, words.data));
			buf_reset(&words);
		}
	}
	for (size_t i = 0; i < topology->changes.count; i++) {
		const struct reader_event *event = &topology->changes.items[i];
		struct cell *row = add_row(sheet, event->type_name);

		cell_set_text(&row[COL_NAME], event->name);
		cell_set_text(&row[COL_SITE], event->site);
		cell_set_text(&row[COL_KIND], kind_name(event->kind));
		cell_set_time(&row[COL_SINCE], event->at_ms);
		event_put_what(&words, event);
		cell_set_text(&row[COL_DETAIL], arena_strdup(&sheet->arena, words.data));
		buf_reset(&words);
	}
	if (words.error != 0)
		sheet->error = words.error;
	buf_fini(&words);
}

void
report_write_csv(struct cli *cli, const struct report *report)
{
#define X(id, name, type) {name, name, CELL_##type, COLUMN_SHOWN, ""},
	static const struct column columns[] = {CSV_COLUMNS(X)};
#undef X
	const struct report_count *total = &report->total;
	struct sheet sheet;

	sheet_init(&sheet, columns, COL_COUNT);
	add_incidents(&sheet, report);
	add_counts(&sheet, "total", COL_NAME, total);
	for (size_t i = 0; i < report->site_count; i++)
		add_counts(&sheet, "site", COL_SITE, &report->sites[i]);
	for (int k = 0; k < KIND_COUNT; k++) {
		if (report->kinds[k].devices > 0)
			add_counts(&sheet, "kind", COL_KIND, &report->kinds[k]);
	}
	add_devices(&sheet, "down", report->by_health[HEALTH_DOWN], total->by_health[HEALTH_DOWN]);
	add_devices(&sheet, "degraded", report->by_health[HEALTH_DEGRADED],
		    total->by_health[HEALTH_DEGRADED]);
	add_devices(&sheet, "unknown", report->by_health[HEALTH_UNKNOWN],
		    total->by_health[HEALTH_UNKNOWN]);
	add_devices(&sheet, "flapping", report->flapping, total->flapping);
	for (size_t i = 0; i < report->drifts.count; i++) {
		struct cell *row = add_row(&sheet, "clock_drift");

		cell_set_text(&row[COL_NAME], report->drifts.items[i].name);
		cell_set_text(&row[COL_SITE], report->drifts.items[i].site);
		cell_set_number(&row[COL_CLOCK_OFFSET], report->drifts.items[i].offset_ms);
	}
	add_topology(&sheet, report);
	for (size_t i = 0; i < report->firmware_count; i++) {
		struct cell *row = add_row(&sheet, "firmware");

		cell_set_text(&row[COL_VENDOR], report->firmware[i].vendor);
		cell_set_text(&row[COL_MODEL], report->firmware[i].model);
		cell_set_text(&row[COL_FIRMWARE], report->firmware[i].firmware);
		cell_set_number(&row[COL_DEVICES], (int64_t)report->firmware[i].devices);
	}
	cli_put_csv(cli, &sheet);
}
