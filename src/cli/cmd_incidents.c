/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch incidents: what is to blame for what is dark.
 */
#include "cli.h"
#include "incident_sheet.h"
#include "select.h"

int
cmd_incidents_run(struct cli *cli)
{
	struct reader_incident_list incidents = {0};
	struct reader_incident_query query;
	struct selection selection;
	struct sheet sheet;
	size_t limit;
	int rc;

	if (cli_asked_columns(cli, incident_columns, incident_column_count) ||
	    incident_asked_classes(cli))
		return CLI_OK;
	sheet_init(&sheet, incident_columns, incident_column_count);
	rc = cli_limit(cli, 0, &limit);
	if (rc == 0)
		rc = selection_init(&selection, cli, false);
	if (rc == 0)
		rc = incident_query_init(cli, true, &query);
	if (rc == 0)
		rc = cli_open_store(cli);
	if (rc == 0) {
		query.limit = limit;
		rc = incidents_read(&selection, &query, &incidents);
	}
	for (size_t i = 0; i < incidents.count && rc == 0; i++)
		incident_sheet_add(cli, &sheet, &incidents.items[i]);
	if (rc == 0)
		rc = cli_write_sheet(cli, &sheet,
				     query.only_open && cli->format == SHEET_TABLE
					     ? "open incidents"
					     : "incidents");
	sheet_fini(&sheet);
	reader_incident_list_fini(&incidents);
	return rc;
}
