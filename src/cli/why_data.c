/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Why something is dark, as JSON.
 */
#include "why.h"

#include "incident_sheet.h"
#include "jsonw.h"
#include "topo_text.h"

#include "keepwatch/buf.h"

static void
put_sheet(struct cli *cli, struct jsonw *json, struct sheet *sheet, const char *key)
{
	sheet_select(sheet, SHEET_JSON, NULL, NULL);
	sheet_write_json(sheet, json, key);
	out_fail(cli->out, sheet->error);
	sheet_fini(sheet);
}

static void
put_buf(struct cli *cli, struct jsonw *json, const char *key, struct buf *buf)
{
	jsonw_text_or_null(json, key, buf->data != NULL ? buf->data : "");
	out_fail(cli->out, buf->error);
	buf_reset(buf);
}

static void
put_incident(struct cli *cli, struct jsonw *json, const struct why *why)
{
	const struct why_place *place = &why->place;
	struct sheet sheet;
	struct buf buf;

	/* The very row that `incidents` has. */
	sheet_init(&sheet, incident_columns, incident_column_count);
	incident_sheet_add(cli, &sheet, why->incident);
	put_sheet(cli, json, &sheet, "incidents");
	buf_init(&buf, 64 << 10);
	why_put_advice(&buf, why);
	put_buf(cli, json, "what_to_do", &buf);
	if (place->cause != TREE_NONE)
		topo_put_path(&buf, &place->tree, TREE_NONE, place->cause);
	put_buf(cli, json, "place", &buf);
	buf_fini(&buf);
	sheet_init(&sheet, why_line_columns, why_line_column_count);
	why_fill_lines(why, &sheet, &why->evidence, SIZE_MAX);
	put_sheet(cli, json, &sheet, "evidence");
	sheet_init(&sheet, why_alt_columns, why_alt_column_count);
	why_fill_alts(why, &sheet);
	put_sheet(cli, json, &sheet, "alternatives");
	sheet_init(&sheet, why_line_columns, why_line_column_count);
	why_fill_lines(why, &sheet, &why->deciders, SIZE_MAX);
	put_sheet(cli, json, &sheet, "deciders");
	sheet_init(&sheet, why_outage_columns, why_outage_column_count);
	why_fill_outages(why, &sheet, false);
	put_sheet(cli, json, &sheet, "tree");
	sheet_init(&sheet, why_step_columns, why_step_column_count);
	why_fill_steps(why, &sheet, 0);
	put_sheet(cli, json, &sheet, "changes");
}

void
why_write_json(struct cli *cli, const struct why *why)
{
	struct buf buf;
	struct jsonw json;

	cli_begin_json(cli, &json, &buf, "why");
	if (why->asked.count > 0) {
		const struct reader_device *device = &why->asked.items[0];

		jsonw_flat_object(&json, "device");
		jsonw_text(&json, "name", device->name);
		jsonw_text(&json, "state", health_name(device->health));
		jsonw_time(&json, "since", device->since_ms);
		jsonw_number(&json, "other_open_incidents", (int64_t)why->others);
		jsonw_end_object(&json);
	} else {
		jsonw_null(&json, "device");
	}
	if (why->incident != NULL) {
		put_incident(cli, &json, why);
	} else {
		jsonw_flat_array(&json, "incidents");
		jsonw_end_array(&json);
	}
	cli_end_json(cli, &json);
}
