/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch findings: what is on its way down.
 */
#include "cli.h"
#include "finding_sheet.h"
#include "select.h"

int
cmd_findings_run(struct cli *cli)
{
	struct reader_finding_list findings = {0};
	struct reader_finding_query query;
	struct selection selection;
	struct sheet sheet;
	size_t limit;
	int rc;

	if (cli_asked_columns(cli, finding_columns, finding_column_count) ||
	    finding_asked_rules(cli))
		return CLI_OK;
	sheet_init(&sheet, finding_columns, finding_column_count);
	rc = cli_limit(cli, 0, &limit);
	if (rc == 0)
		rc = selection_init(&selection, cli, false);
	if (rc == 0)
		rc = finding_query_init(cli, true, &query);
	if (rc == 0 && !query.with_resolved)
		query.states = 1U << FINDING_OPEN;
	if (rc == 0)
		rc = cli_open_store(cli);
	if (rc == 0) {
		query.limit = limit;
		rc = findings_read(&selection, &query, &findings);
	}
	for (size_t i = 0; i < findings.count && rc == 0; i++)
		finding_sheet_add(cli, &sheet, &findings.items[i]);
	if (rc == 0)
		rc = cli_write_sheet(cli, &sheet,
				     query.with_resolved || cli->format != SHEET_TABLE
					     ? "findings"
					     : "open findings");
	sheet_fini(&sheet);
	reader_finding_list_fini(&findings);
	return rc;
}
