/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch events: what happened.
 */
#include "cli.h"
#include "event_sheet.h"
#include "select.h"

enum { DAY_MS = 24 * 3600 * 1000 };

static void
add(void *arg, const struct reader_event *event)
{
	event_sheet_add(arg, event);
}

int
cmd_events_run(struct cli *cli)
{
	struct reader_event_query query;
	struct selection selection;
	struct sheet sheet;
	size_t limit;
	int rc;

	if (cli_asked_columns(cli, event_columns, event_column_count) || event_asked_types(cli))
		return CLI_OK;
	sheet_init(&sheet, event_columns, event_column_count);
	rc = cli_limit(cli, 0, &limit);
	if (rc == 0)
		rc = selection_init(&selection, cli, false);
	if (rc == 0)
		rc = event_query_init(cli, &query, cli->now_ms - DAY_MS);
	if (rc == 0)
		rc = cli_open_store(cli);
	if (rc == 0) {
		/* The newest ones count; with a filter they are known only after it. */
		query.limit = selection_is_all(&selection) ? limit : 0;
		rc = event_each(&selection, &query, add, &sheet);
	}
	if (rc == 0) {
		sheet.skip = limit != 0 && sheet.row_count > limit ? sheet.row_count - limit : 0;
		rc = cli_write_sheet(cli, &sheet, "events");
	}
	sheet_fini(&sheet);
	return rc;
}
