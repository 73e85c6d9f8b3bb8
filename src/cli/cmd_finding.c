/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch finding show|accept|reopen ID: one finding with its evidence, remedy and history; or a
 * person's word that it is to be lived with, which the agent keeps.
 */
#include "agent_call.h"
#include "finding_sheet.h"
#include "human.h"
#include "jsonw.h"
#include "select.h"

#include "keepwatch/buf.h"
#include "keepwatch/clock.h"
#include "keepwatch/control.h"
#include "keepwatch/reader_audit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { WHY_MAX = 255 };

static bool
parse_id(const char *text, int64_t *out)
{
	char *end;

	errno = 0;
	*out = strtoll(text, &end, 10);
	return errno == 0 && *text >= '0' && *text <= '9' && *end == '\0' && *out > 0;
}

/* The finding of that number: one item. */
static int
read_one(struct cli *cli, int64_t id, struct reader_finding_list *out)
{
	struct reader_finding_query query = READER_FINDINGS_OPEN;
	int rc = cli_open_store(cli);

	if (rc != 0)
		return rc;
	query.with_resolved = true;
	query.id = id;
	rc = reader_findings(cli->reader, &query, out);
	if (rc != 0)
		return cli_reader_failed(cli, rc);
	if (out->count == 1)
		return 0;
	cli_complain(cli,
		     "there is no finding %lld; 'keepwatch findings' and 'keepwatch audit' "
		     "list them",
		     (long long)id);
	return CLI_NO_DEVICE;
}

/* ---- accept, reopen */

static int
check_until(const struct cli *cli, const char *until)
{
	char end[40];
	int64_t at_ms;

	snprintf(end, sizeof(end), "%.10sT23:59:59Z", until);
	if (strlen(until) != 10 || clock_parse_time(end, &at_ms) != 0)
		return cli_usage(cli, "--until-day %s: expected a day, as 2027-03-31", until);
	return at_ms > cli->now_ms ? 0 : cli_usage(cli, "--until-day %s: that day is over", until);
}

static int
say(struct cli *cli, const struct reader_finding *finding, bool is_accepted)
{
	const char *why = args_value(&cli->args, ARG_FINDING_WHY);
	const char *until = args_value(&cli->args, ARG_UNTIL_DAY);
	struct buf request;
	int rc;

	if (why == NULL || *why == '\0')
		return cli_usage(cli, "--why TEXT is missing: an auditor will ask");
	rc = agent_call_check(cli, "why", why, WHY_MAX);
	if (rc == 0 && until != NULL)
		rc = is_accepted ? check_until(cli, until)
				 : cli_usage(cli, "--until-day is for 'finding accept'");
	if (rc != 0)
		return rc;
	buf_init(&request, CONTROL_REQUEST_MAX);
	buf_printf(&request, "finding\tdo=%s\trule=%s\tdevice=%s",
		   is_accepted ? "accept" : "reopen", finding->rule_name, finding->name);
	if (finding->finding.port != 0)
		buf_printf(&request, "\tport=%u", finding->finding.port);
	agent_call_add(&request, "instance", finding->finding.instance);
	agent_call_add(&request, "until", until);
	agent_call_add(&request, "why", why);
	agent_call_add(&request, "who", agent_call_who());
	rc = agent_call(cli, &request, CLI_NO_DEVICE,
			"whether it was noted is to be seen in 'keepwatch finding show'");
	buf_fini(&request);
	return rc;
}

/* ---- show */

static void
put_line(struct cli *cli, const char *label, const char *text)
{
	struct buf safe;

	if (text[0] == '\0')
		return;
	buf_init(&safe, 8192);
	term_put_text(cli->term.has_utf8, &safe, text, strlen(text));
	out_printf(cli->out, "%-12s %s\n", label, safe.data != NULL ? safe.data : "");
	buf_fini(&safe);
}

static void
put_time(struct cli *cli, const char *label, int64_t at_ms)
{
	char text[CLOCK_ISO_SIZE], age[HUMAN_SIZE], line[CLOCK_ISO_SIZE + HUMAN_SIZE + 16];

	if (at_ms == 0)
		return;
	snprintf(line, sizeof(line), "%s (%s ago)", clock_format_iso(at_ms, text, sizeof(text)),
		 human_age(at_ms, cli->now_ms, age, sizeof(age)));
	put_line(cli, label, line);
}

static void
put_history(struct cli *cli, const struct reader_finding_change_list *changes)
{
	char at[CLOCK_ISO_SIZE];
	struct buf safe;

	for (size_t i = 0; i < changes->count; i++) {
		const struct reader_finding_change *change = &changes->items[i];

		buf_init(&safe, 8192);
		term_put_text(cli->term.has_utf8, &safe, change->evidence,
			      strlen(change->evidence));
		out_printf(cli->out, "%-12s %s  %s: %s\n", i == 0 ? "history" : "",
			   clock_format_iso(change->at_ms, at, sizeof(at)),
			   change->is_resolved ? "resolved"
					       : finding_severity_name(change->severity),
			   safe.data != NULL ? safe.data : "");
		buf_fini(&safe);
	}
}

static void
show_screen(struct cli *cli, const struct reader_finding *row,
	    const struct reader_finding_change_list *changes)
{
	const struct finding *finding = &row->finding;
	bool is_known = finding->rule < RULE_COUNT;
	const struct finding_reference *reference =
		finding_rule_reference(is_known ? finding->rule : RULE_LOSS_RISING);

	out_printf(cli->out, "finding %lld: %s\n", (long long)row->id,
		   is_known ? finding_rule_words(finding->rule) : row->rule_name);
	put_line(cli, "device", row->name);
	put_line(cli, "site", row->site);
	put_line(cli, "rule", row->rule_name);
	put_line(cli, "about", finding->instance);
	put_line(cli, "severity", finding_severity_name(finding->severity));
	put_line(cli, "state", finding_state_name(row->state));
	put_line(cli, "evidence", finding->evidence);
	put_time(cli, "since", finding->since_ms);
	put_time(cli, "confirmed", finding->confirmed_ms);
	put_time(cli, "resolved", finding->resolved_ms);
	put_line(cli, "remedy", is_known ? finding_rule_remedy(finding->rule) : "");
	put_line(cli, "whose job",
		 team_words(is_known ? finding_rule_team(finding->rule) : TEAM_NONE));
	put_line(cli, "owner", row->owner);
	put_line(cli, "ISO 27001", reference->iso27001);
	put_line(cli, "IEC 62443", reference->iec62443);
	put_line(cli, "NIS2", reference->nis2);
	put_line(cli, "NIST 800-53", reference->nist80053);
	put_line(cli, "accepted by", row->accepted_by);
	put_line(cli, "because", row->accepted_why);
	put_time(cli, "accepted", row->accepted_ms);
	put_history(cli, changes);
}

static void
show_json(struct cli *cli, const struct reader_finding *row,
	  const struct reader_finding_change_list *changes)
{
	struct sheet sheet;
	struct jsonw json;
	struct buf buf;

	cli_begin_json(cli, &json, &buf, "finding");
	sheet_init(&sheet, finding_columns, finding_column_count);
	finding_sheet_add(cli, &sheet, row);
	sheet_select(&sheet, SHEET_JSON, NULL, NULL);
	sheet_write_json(&sheet, &json, "findings");
	sheet_fini(&sheet);
	jsonw_array(&json, "history");
	for (size_t i = 0; i < changes->count; i++) {
		const struct reader_finding_change *change = &changes->items[i];

		jsonw_flat_object(&json, NULL);
		jsonw_time(&json, "at", change->at_ms);
		jsonw_text(&json, "severity", finding_severity_name(change->severity));
		jsonw_bool(&json, "resolved", change->is_resolved);
		jsonw_text(&json, "evidence", change->evidence);
		jsonw_end_object(&json);
	}
	jsonw_end_array(&json);
	cli_end_json(cli, &json);
}

static int
show(struct cli *cli, const struct reader_finding *row)
{
	struct reader_finding_change_list changes = {0};
	int rc = reader_finding_changes(cli->reader, row->id, &changes);

	if (rc != 0)
		rc = cli_reader_failed(cli, rc);
	else if (cli->format == SHEET_JSON)
		show_json(cli, row, &changes);
	else
		show_screen(cli, row, &changes);
	reader_finding_change_list_fini(&changes);
	return rc;
}

int
cmd_finding_run(struct cli *cli)
{
	const char *what = cli->args.operands.items[0], *text = cli->args.operands.items[1];
	bool is_show = strcmp(what, "show") == 0, is_accept = strcmp(what, "accept") == 0;
	struct reader_finding_list findings = {0};
	int64_t id;
	int rc;

	if (!is_show && !is_accept && strcmp(what, "reopen") != 0)
		return cli_usage(cli, "'%s': expected show, accept or reopen", what);
	if (!parse_id(text, &id))
		return cli_usage(
			cli, "'%s' is no number of a finding; 'keepwatch audit' lists them", text);
	if (is_show &&
	    (args_has(&cli->args, ARG_FINDING_WHY) || args_has(&cli->args, ARG_UNTIL_DAY)))
		return cli_usage(cli,
				 "--why and --until-day are for 'finding accept' and 'reopen'");
	rc = read_one(cli, id, &findings);
	if (rc == 0)
		rc = is_show ? show(cli, &findings.items[0])
			     : say(cli, &findings.items[0], is_accept);
	reader_finding_list_fini(&findings);
	return rc;
}
