/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The report's first part: what is to blame now, and, briefly, what is on its way down.
 */
#include "report.h"

#include "finding_sheet.h"
#include "incident_sheet.h"
#include "jsonw.h"
#include "select.h"

#include "keepwatch/buf.h"
#include "keepwatch/err.h"

#include <string.h>

enum { FINDINGS_MOST = 5 };

int
report_incidents_read(struct report *report, const struct selection *selection)
{
	struct reader_incident_query incidents = READER_INCIDENTS_ALL;
	struct reader_finding_query findings = READER_FINDINGS_OPEN;
	struct reader_finding_query audit = READER_FINDINGS_OPEN;
	int rc;

	incidents.only_open = true;
	findings.rules = (UINT64_C(1) << RULE_AUDIT_FIRST) - 1;
	rc = incidents_read(selection, &incidents, &report->incidents);
	if (rc == 0)
		rc = findings_read(selection, &findings, &report->findings);
	return rc != 0 ? rc : audit_view_read(&report->audit, selection, &audit);
}

void
report_incidents_fini(struct report *report)
{
	reader_incident_list_fini(&report->incidents);
	reader_finding_list_fini(&report->findings);
	audit_view_fini(&report->audit);
}

static size_t
shown(size_t count, size_t limit)
{
	return limit != 0 && count > limit ? limit : count;
}

static void
fill_incidents(const struct cli *cli, struct sheet *sheet, const struct report *report,
	       size_t limit)
{
	sheet_init(sheet, incident_columns, incident_column_count);
	for (size_t i = 0; i < shown(report->incidents.count, limit); i++)
		incident_sheet_add(cli, sheet, &report->incidents.items[i]);
}

static void
fill_findings(const struct cli *cli, struct sheet *sheet, const struct report *report, size_t limit)
{
	sheet_init(sheet, finding_columns, finding_column_count);
	for (size_t i = 0; i < shown(report->findings.count, limit); i++)
		finding_sheet_add(cli, sheet, &report->findings.items[i]);
}

static size_t
findings_limit(size_t limit)
{
	return limit == 0 || limit > FINDINGS_MOST ? limit == 0 ? 0 : FINDINGS_MOST : limit;
}

size_t
report_incidents_lines(const struct report *report, size_t limit)
{
	size_t incidents = shown(report->incidents.count, limit);
	size_t findings = shown(report->findings.count, findings_limit(limit));

	/* a blank line, the title, the heading, where to find more; a trend takes two lines */
	return (incidents > 0 ? incidents + 4 : 0) + (findings > 0 ? 2 * findings + 3 : 0) +
	       (report->audit.findings.count > 0 ? 3 : 0);
}

void
report_incidents_write_screen(struct cli *cli, const struct report *report, size_t limit)
{
	struct sheet sheet;

	if (report->incidents.count > 0) {
		report_put_title(cli, TINT_BAD, "TO BLAME", report->incidents.count, limit,
				 "keepwatch incidents");
		fill_incidents(cli, &sheet, report, limit);
		cli_put_table(cli, &sheet);
		out_puts(cli->out, "why, and what to do: keepwatch why ID\n");
	}
	if (report->findings.count > 0) {
		report_put_title(cli, TINT_WARN, "ON ITS WAY DOWN", report->findings.count,
				 findings_limit(limit), "keepwatch findings");
		fill_findings(cli, &sheet, report, findings_limit(limit));
		cli_put_table(cli, &sheet);
	}
	if (report->audit.findings.count > 0) {
		struct buf head;

		buf_init(&head, 4096);
		audit_view_put_headline(&report->audit, &head);
		report_put_title(cli, TINT_WARN, "AUDIT", report->audit.findings.count, 0,
				 "keepwatch audit");
		out_printf(cli->out, "%s (keepwatch audit)\n", head.data != NULL ? head.data : "");
		buf_fini(&head);
	}
}

void
report_incidents_write_json(struct cli *cli, struct jsonw *json, const struct report *report)
{
	struct sheet sheet;

	fill_incidents(cli, &sheet, report, 0);
	sheet_select(&sheet, SHEET_JSON, NULL, NULL);
	sheet_write_json(&sheet, json, "incidents");
	out_fail(cli->out, sheet.error);
	sheet_fini(&sheet);
	fill_findings(cli, &sheet, report, 0);
	sheet_select(&sheet, SHEET_JSON, NULL, NULL);
	sheet_write_json(&sheet, json, "findings");
	out_fail(cli->out, sheet.error);
	sheet_fini(&sheet);
	jsonw_object(json, "audit");
	audit_view_put_json(cli, &report->audit, json);
	jsonw_end_object(json);
}
