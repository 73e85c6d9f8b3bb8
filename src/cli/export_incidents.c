/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Exports of incidents and findings: all there were, or those that went on since --since.
 */
#include "export.h"

#include "finding_sheet.h"
#include "incident_sheet.h"

int
export_incidents_run(struct export *export)
{
	struct reader_incident_list incidents = {0};
	struct reader_incident_query query;
	int rc = incident_query_init(export->cli, false, &query);

	if (rc == 0)
		rc = incidents_read(&export->selection, &query, &incidents);
	for (size_t i = 0; i < incidents.count && rc == 0; i++) {
		incident_sheet_add(export->cli, &export->sheet, &incidents.items[i]);
		if (export->sheet.row_count >= EXPORT_PIECE_ROWS)
			export_write_piece(export);
	}
	if (rc == 0)
		export_end(export);
	reader_incident_list_fini(&incidents);
	return rc;
}

int
export_findings_run(struct export *export)
{
	struct reader_finding_list findings = {0};
	struct reader_finding_query query;
	int rc = finding_query_init(export->cli, false, &query);

	if (rc == 0)
		rc = findings_read(&export->selection, &query, &findings);
	for (size_t i = 0; i < findings.count && rc == 0; i++) {
		finding_sheet_add(export->cli, &export->sheet, &findings.items[i]);
		if (export->sheet.row_count >= EXPORT_PIECE_ROWS)
			export_write_piece(export);
	}
	if (rc == 0)
		export_end(export);
	reader_finding_list_fini(&findings);
	return rc;
}
