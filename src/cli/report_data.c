/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The report as JSON, and as one flat CSV whose first column says what a row is about.
 */
#include "report.h"

#include "json.h"

#include "keepwatch/buf.h"

#include <string.h>

enum { JSON_MAX = 64 << 20 };

static void
put_counts(struct json *json, const struct report_count *count)
{
	json_number(json, "devices", (int64_t)count->devices);
	for (int h = 0; h < HEALTH_COUNT; h++)
		json_number(json, health_name((enum health)h), (int64_t)count->by_health[h]);
	json_number(json, "flapping", (int64_t)count->flapping);
}

static const char *
text_or_null(const char *text)
{
	return *text != '\0' ? text : NULL;
}

static void
put_devices(struct json *json, const char *key, const struct reader_device *const *devices,
	    size_t count)
{
	json_array(json, key);
	for (size_t i = 0; i < count; i++) {
		const struct reader_device *device = devices[i];

		json_flat_object(json, NULL);
		json_text(json, "name", device->name);
		json_text(json, "site", text_or_null(device->site));
		json_text(json, "kind", kind_name(device->kind));
		json_text(json, "address", device->address);
		json_text(json, "owner", text_or_null(device->owner));
		json_text(json, "state", health_name(device->health));
		json_time(json, "since", device->since_ms);
		json_text(json, "reason", device->reason != REASON_NONE ? reason_name(device->reason)
									: NULL);
		json_text(json, "detail", text_or_null(device->detail));
		json_end_object(json);
	}
	json_end_array(json);
}

static void
put_firmware(struct json *json, const struct report *report)
{
	json_array(json, "firmware");
	for (size_t i = 0; i < report->firmware_count; i++) {
		const struct report_firmware *item = &report->firmware[i];

		json_flat_object(json, NULL);
		json_text(json, "vendor", text_or_null(item->vendor));
		json_text(json, "model", text_or_null(item->model));
		json_text(json, "firmware", text_or_null(item->firmware));
		json_number(json, "devices", (int64_t)item->devices);
		json_end_object(json);
	}
	json_end_array(json);
}

void
report_write_json(struct cli *cli, const struct report *report)
{
	const struct report_count *total = &report->total;
	struct buf buf;
	struct json json;

	buf_init(&buf, JSON_MAX);
	json_init(&json, cli->out, &buf);
	json_object(&json, NULL);
	cli_put_json_head(cli, &json, "report");
	json_flat_object(&json, "total");
	put_counts(&json, total);
	json_end_object(&json);
	json_array(&json, "sites");
	for (size_t i = 0; i < report->site_count; i++) {
		json_flat_object(&json, NULL);
		json_text(&json, "site", text_or_null(report->sites[i].name));
		put_counts(&json, &report->sites[i]);
		json_end_object(&json);
	}
	json_end_array(&json);
	json_array(&json, "kinds");
	for (int k = 0; k < KIND_COUNT; k++) {
		if (report->kinds[k].devices == 0)
			continue;
		json_flat_object(&json, NULL);
		json_text(&json, "kind", report->kinds[k].name);
		put_counts(&json, &report->kinds[k]);
		json_end_object(&json);
	}
	json_end_array(&json);
	put_devices(&json, "down", report->by_health[HEALTH_DOWN], total->by_health[HEALTH_DOWN]);
	put_devices(&json, "degraded", report->by_health[HEALTH_DEGRADED],
		    total->by_health[HEALTH_DEGRADED]);
	put_devices(&json, "unknown", report->by_health[HEALTH_UNKNOWN],
		    total->by_health[HEALTH_UNKNOWN]);
	put_devices(&json, "flapping", report->flapping, total->flapping);
	json_array(&json, "clock_drift");
	for (size_t i = 0; i < report->drifts.count; i++) {
		const struct reader_drift *drift = &report->drifts.items[i];

		json_flat_object(&json, NULL);
		json_text(&json, "name", drift->name);
		json_text(&json, "site", text_or_null(drift->site));
		json_number(&json, "clock_offset_ms", drift->offset_ms);
		json_text(&json, "clock_source", text_or_null(drift->source));
		json_time(&json, "seen", drift->seen_ms);
		json_end_object(&json);
	}
	json_end_array(&json);
	put_firmware(&json, report);
	json_end_object(&json);
	json_finish(&json);
	out_fail(cli->out, buf.error);
	buf_fini(&buf);
}

#define CSV_COLUMNS(X)                                                                             \
	X(SECTION, "section", TEXT)                                                                \
	X(NAME, "name", TEXT)                                                                      \
	X(SITE, "site", TEXT)                                                                      \
	X(KIND, "kind", TEXT)                                                                      \
	X(ADDRESS, "address", TEXT)                                                                \
	X(STATE, "state", TEXT)                                                                    \
	X(SINCE, "since", TIME)                                                                    \
	X(REASON, "reason", TEXT)                                                                  \
	X(DETAIL, "detail", TEXT)                                                                  \
	X(CLOCK_OFFSET, "clock_offset_ms", OFFSET)                                                 \
	X(VENDOR, "vendor", TEXT)                                                                  \
	X(MODEL, "model", TEXT)                                                                    \
	X(FIRMWARE, "firmware", TEXT)                                                              \
	X(DEVICES, "devices", COUNT)                                                               \
	X(UNKNOWN, "unknown", COUNT)                                                               \
	X(UP, "up", COUNT)                                                                         \
	X(DEGRADED, "degraded", COUNT)                                                             \
	X(DOWN, "down", COUNT)                                                                     \
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
		if (device->since_ms != 0)
			cell_set_number(&row[COL_SINCE], device->since_ms);
		if (device->reason != REASON_NONE)
			cell_set_text(&row[COL_REASON], reason_name(device->reason));
		cell_set_text(&row[COL_DETAIL], device->detail);
	}
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
	for (size_t i = 0; i < report->firmware_count; i++) {
		struct cell *row = add_row(&sheet, "firmware");

		cell_set_text(&row[COL_VENDOR], report->firmware[i].vendor);
		cell_set_text(&row[COL_MODEL], report->firmware[i].model);
		cell_set_text(&row[COL_FIRMWARE], report->firmware[i].firmware);
		cell_set_number(&row[COL_DEVICES], (int64_t)report->firmware[i].devices);
	}
	sheet_select(&sheet, SHEET_CSV, NULL, NULL);
	sheet_write_csv(&sheet, cli->out, !args_has(&cli->args, ARG_NO_HEADER));
	out_fail(cli->out, sheet.error);
	sheet_fini(&sheet);
}
