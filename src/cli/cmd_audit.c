/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch audit: which devices break which rule, how badly, since when, and whose job it is.
 */
#include "audit_view.h"
#include "finding_sheet.h"
#include "jsonw.h"
#include "select.h"

#include "keepwatch/buf.h"

#include <stddef.h>

enum { LIST_ROWS = 20 };

static void
fill_findings(const struct cli *cli, const struct audit_view *view, size_t limit,
	      struct sheet *sheet)
{
	size_t count = view->findings.count;

	if (limit != 0 && count > limit)
		count = limit;
	sheet_init(sheet, finding_columns, finding_column_count);
	for (size_t i = 0; i < count; i++)
		finding_sheet_add(cli, sheet, &view->findings.items[i]);
}

static void
put_groups(struct cli *cli, const struct audit_view *view, enum audit_group group)
{
	struct sheet sheet;

	if (view->groups[group].count == 0)
		return;
	audit_view_sheet(cli, view, group, &sheet);
	out_printf(cli->out, "\nBY %s\n",
		   group == AUDIT_BY_SITE    ? "SITE"
		   : group == AUDIT_BY_OWNER ? "OWNER"
		   : group == AUDIT_BY_TEAM  ? "TEAM"
					     : "RULE");
	cli_put_table(cli, &sheet);
}

static void
write_screen(struct cli *cli, const struct audit_view *view, int by, size_t limit)
{
	size_t count = view->findings.count;
	struct sheet sheet;
	struct buf head;

	buf_init(&head, 4096);
	audit_view_put_headline(view, &head);
	out_printf(cli->out, "%s\n", head.data != NULL ? head.data : "");
	buf_fini(&head);
	if (by >= 0) {
		put_groups(cli, view, (enum audit_group)by);
		return;
	}
	put_groups(cli, view, AUDIT_BY_SITE);
	put_groups(cli, view, AUDIT_BY_RULE);
	if (count == 0)
		return;
	out_printf(cli->out, "\nFINDINGS\n");
	fill_findings(cli, view, limit, &sheet);
	cli_put_table(cli, &sheet);
	if (limit != 0 && count > limit)
		out_printf(cli->out, "%zu more: --limit 0\n", count - limit);
}

static void
write_json(struct cli *cli, const struct audit_view *view)
{
	struct sheet sheet;
	struct jsonw json;
	struct buf buf;

	cli_begin_json(cli, &json, &buf, "audit");
	audit_view_put_json(cli, view, &json);
	fill_findings(cli, view, 0, &sheet);
	sheet_select(&sheet, SHEET_JSON, NULL, NULL);
	sheet_write_json(&sheet, &json, "findings");
	out_fail(cli->out, sheet.error);
	sheet_fini(&sheet);
	cli_end_json(cli, &json);
}

/* --check: does anything break a rule? */
static int
verdict(const struct cli *cli, const struct audit_view *view)
{
	bool is_bad = view->total.breaking > 0 || cli_freshness(cli) != CLI_FRESH;

	return args_has(&cli->args, ARG_AUDIT_CHECK) && is_bad ? CLI_BAD_NEWS : CLI_OK;
}

int
cmd_audit_run(struct cli *cli)
{
	const char *by_text = args_value(&cli->args, ARG_BY);
	struct audit_view view = {0};
	struct reader_finding_query query;
	struct selection selection;
	enum audit_group by = AUDIT_BY_SITE;
	struct sheet sheet;
	size_t limit;
	int rc;

	if (finding_asked_rules(cli))
		return CLI_OK;
	rc = cli_limit(cli, LIST_ROWS, &limit);
	if (rc == 0 && by_text != NULL && audit_group_parse(by_text, &by) != 0)
		rc = cli_usage(cli, "--by %s: expected site, owner, team or rule", by_text);
	if (rc == 0)
		rc = selection_init(&selection, cli, false);
	if (rc == 0)
		rc = finding_query_init(cli, true, &query);
	if (rc == 0)
		rc = cli_open_store(cli);
	if (rc == 0)
		rc = audit_view_read(&view, &selection, &query);
	if (rc == 0) {
		if (cli->format == SHEET_JSON) {
			write_json(cli, &view);
		} else if (cli->format == SHEET_CSV) {
			if (by_text != NULL)
				audit_view_sheet(cli, &view, by, &sheet);
			else
				fill_findings(cli, &view, 0, &sheet);
			cli_put_csv(cli, &sheet);
		} else {
			cli_put_staleness(cli);
			write_screen(cli, &view, by_text != NULL ? (int)by : -1, limit);
		}
		rc = verdict(cli, &view);
	}
	audit_view_fini(&view);
	return rc;
}
