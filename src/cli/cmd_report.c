/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch report: the fleet on one screen.
 */
#include "cli.h"
#include "event_sheet.h"
#include "report.h"
#include "select.h"

#include "keepwatch/clock.h"

enum { DAY_MS = 24 * 3600 * 1000 };

/* --check: is all well? */
static int
verdict(const struct cli *cli, const struct report *report)
{
	if (!args_has(&cli->args, ARG_CHECK))
		return CLI_OK;
	if (report->total.by_health[HEALTH_DOWN] > 0 ||
	    report->total.by_health[HEALTH_DEGRADED] > 0 || cli_freshness(cli) != CLI_FRESH)
		return CLI_BAD_NEWS;
	return CLI_OK;
}

int
cmd_report_run(struct cli *cli)
{
	const char *offset = args_value(&cli->args, ARG_CLOCK_OFFSET);
	struct report report = {0};
	struct reader_event_query times;
	struct selection selection;
	size_t limit;
	int rc = cli_limit(cli, REPORT_FITTING, &limit);

	if (rc == 0)
		rc = selection_init(&selection, cli, false);
	if (rc == 0)
		rc = event_query_init(cli, &times, cli->now_ms - DAY_MS);
	if (rc == 0)
		rc = cli_open_store(cli);
	if (rc == 0 && offset != NULL && clock_parse_duration(offset, &cli->clock_offset_ms) != 0)
		rc = cli_usage(cli, "--clock-offset %s: expected a duration, as 500ms or 5s",
			       offset);
	if (rc == 0)
		rc = report_read(&report, &selection, cli->clock_offset_ms, times.since_ms);
	if (rc == 0) {
		if (cli->format == SHEET_JSON)
			report_write_json(cli, &report);
		else if (cli->format == SHEET_CSV)
			report_write_csv(cli, &report);
		else
			report_write_screen(cli, &report, limit);
		rc = verdict(cli, &report);
	}
	report_fini(&report);
	return rc;
}
