/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The list of tables that can be exported, and how their rows go out in pieces.
 */
#include "export_table.h"

#include "coverage_sheet.h"
#include "device_sheet.h"
#include "event_sheet.h"
#include "export.h"
#include "finding_sheet.h"
#include "firmware_sheet.h"
#include "incident_sheet.h"
#include "link_sheet.h"
#include "password_sheet.h"
#include "progress.h"

#include "keepwatch/mem.h"

#include <string.h>

enum { JSON_MAX = 64 << 20 };

#define TABLE(name, run, columns, summary)                       \
	{                                                        \
		name, summary, run, columns##s, &columns##_count \
	}
static const struct export_table tables[] = {
	TABLE("inventory", export_inventory_run, device_column,
	      "the devices with all that is known of them"),
	TABLE("states", export_states_run, state_column, "what each probe sees of them"),
	TABLE("events", export_events_run, event_column, "what happened"),
	TABLE("incidents", export_incidents_run, incident_column,
	      "what was to blame for what was dark"),
	TABLE("findings", export_findings_run, finding_column,
	      "what breaks a rule, or is on its way down"),
	TABLE("acceptances", export_acceptances_run, acceptance_column,
	      "who lives with which finding, why and until when"),
	TABLE("firmware", export_firmware_run, firmware_column,
	      "firmware, model and serial number, and what came with the last change"),
	TABLE("firmware-history", export_firmware_history_run, firmware_change_column,
	      "every upgrade, downgrade and replaced unit"),
	TABLE("passwords", export_passwords_run, password_column,
	      "what is proven of the password of every account"),
	TABLE("passwords-history", export_passwords_history_run, password_event_column,
	      "every change and refusal of one"),
	TABLE("credentials-age", export_credentials_age_run, password_age_column,
	      "how old passwords are, and may be"),
	TABLE("coverage", export_coverage_run, coverage_column,
	      "what could be checked of which device, and why not"),
	TABLE("downtime", export_downtime_run, downtime_column, "when the agent did not watch"),
	TABLE("topology", export_links_run, link_column, "where every device hangs now"),
	TABLE("topology-history", export_links_run, link_column, "where it hung before"),
};

const struct export_table *
export_table_at(size_t i)
{
	return i < MEM_COUNT(tables) ? &tables[i] : NULL;
}

const struct export_table *
export_table_find(const char *name)
{
	for (size_t i = 0; i < MEM_COUNT(tables); i++) {
		if (strcmp(tables[i].name, name) == 0)
			return &tables[i];
	}
	return NULL;
}

static void
begin(struct export *export)
{
	export->is_begun = true;
	sheet_select(&export->sheet, export->style.format, NULL, NULL);
	if (export->style.format == SHEET_CSV) {
		if (export->style.has_bom)
			out_puts(export->out, "\xef\xbb\xbf");
		return;
	}
	jsonw_init(&export->json, export->out, &export->buf);
	jsonw_object(&export->json, NULL);
	cli_put_json_head(export->cli, &export->json, export->name);
	selection_put_json(&export->selection, &export->json);
	jsonw_array(&export->json, export->name);
}

void
export_write_piece(struct export *export)
{
	bool is_first = !export->is_begun;

	if (is_first)
		begin(export);
	if (export->style.format == SHEET_CSV)
		sheet_write_csv(&export->sheet, export->out, is_first && export->style.has_header);
	else
		sheet_write_json_rows(&export->sheet, &export->json);
	export->rows += export->sheet.row_count;
	progress_count(export->cli->progress, export->rows);
	out_fail(export->out, export->sheet.error);
	sheet_clear(&export->sheet);
}

void
export_end(struct export *export)
{
	export_write_piece(export);
	if (export->style.format == SHEET_JSON) {
		jsonw_end_array(&export->json);
		jsonw_end_object(&export->json);
		jsonw_finish(&export->json);
		out_fail(export->out, export->buf.error);
	}
}

int
export_table_write(struct cli *cli, const struct export_table *table,
		   const struct selection *selection, const struct export_style *style,
		   struct out *out, size_t *rows)
{
	struct export export = {.cli = cli,
				.name = table->name,
				.style = *style,
				.selection = *selection,
				.out = out};
	int rc;

	buf_init(&export.buf, JSON_MAX);
	sheet_init(&export.sheet, table->columns, *table->column_count);
	rc = table->run(&export);
	*rows = export.rows;
	sheet_fini(&export.sheet);
	buf_fini(&export.buf);
	return rc;
}
