/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Findings as rows of a sheet, and which ones are wanted.
 */
#include "finding_sheet.h"

#include "event_sheet.h"
#include "select.h"

#include "keepwatch/err.h"
#include "keepwatch/near.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define S COLUMN_SHOWN
#define L COLUMN_LISTED
#define Y COLUMN_YIELDS

#define FINDING_COLUMNS(X)                                                                        \
	X(ID, "id", "ID", COUNT, 0, "number")                                                     \
	X(DEVICE, "device", "DEVICE", TEXT, S, "device, or what else it is about")                \
	X(SITE, "site", "SITE", TEXT, S | COLUMN_HIDDEN_IF_EMPTY | COLUMN_TRUNC | 3 * Y,          \
	  "site of the device")                                                                   \
	X(KIND, "kind", "KIND", TEXT, 0, "kind of the device")                                    \
	X(PORT, "port", "PORT", TEXT, S | COLUMN_HIDDEN_IF_EMPTY | COLUMN_TRUNC,                  \
	  "port of it; none: the device as a whole")                                              \
	X(IF_INDEX, "if_index", "IFINDEX", COUNT, 0, "ifIndex of that port")                      \
	X(INSTANCE, "instance", "OF", TEXT, S | COLUMN_HIDDEN_IF_EMPTY | COLUMN_TRUNC | 4 * Y,    \
	  "which of several: a TCP port, an account, a CVE")                                      \
	X(RULE, "rule", "RULE", TEXT, 0, "rule, as a name")                                       \
	X(SEVERITY, "severity", "SEVERITY", TEXT, S | 1 * Y, "notice, warning or critical")       \
	X(WHAT, "what", "WHAT", TEXT, S | L | COLUMN_WRAP, "what the rule says, and the trend")   \
	X(TREND, "evidence", "EVIDENCE", TEXT, 0, "what justifies it, in words")                  \
	X(VALUE, "value", "VALUE", REAL, 0, "the measured figure")                                \
	X(LIMIT, "limit", "LIMIT", REAL, 0, "what it was held against")                           \
	X(TEAM, "team", "TEAM", TEXT, 0, "whose job it is, as a name")                            \
	X(FOR, "duration_ms", "FOR", DURATION, S, "how long, until it was over or now, in ms")    \
	X(SINCE, "since", "SINCE", TIME, 0, "when it was first seen")                             \
	X(CONFIRMED, "confirmed", "CONFIRMED", TIME, 0, "when it was last seen")                  \
	X(NOTED, "noted", "STATE", TEXT, S | L | COLUMN_HIDDEN_IF_EMPTY,                          \
	  "accepted or resolved, if it is")                                                       \
	X(STATE, "state", "STATE", TEXT, 0, "open, accepted or resolved")                         \
	X(RESOLVED, "resolved", "OVER", TIME, 0, "when it was over")                              \
	X(CHANGES, "changes", "CHANGES", COUNT, 0, "how often its severity changed, or it ended") \
	X(OWNER, "owner", "OWNER", TEXT, 0, "who looks after the device")                         \
	X(REMEDY, "remedy", "REMEDY", TEXT, 0, "what to do about it")                             \
	X(ISO, "iso27001", "ISO 27001", TEXT, 0, "control of ISO/IEC 27001:2022 Annex A")         \
	X(IEC, "iec62443", "IEC 62443", TEXT, 0, "system requirement of IEC 62443-3-3")           \
	X(NIS2, "nis2", "NIS2", TEXT, 0, "article of Directive (EU) 2022/2555")                   \
	X(NIST, "nist80053", "NIST 800-53", TEXT, 0, "control of NIST SP 800-53 Rev. 5")          \
	X(BY, "accepted_by", "ACCEPTED BY", TEXT, 0, "who accepted it")                           \
	X(REASON, "accepted_why", "BECAUSE", TEXT, 0, "and why")                                  \
	X(ACCEPTED, "accepted", "ACCEPTED", TIME, 0, "when")                                      \
	X(UNTIL, "accepted_until", "UNTIL", TIME, 0, "until when; none: for ever")                \
	X(EXPIRED, "expired", "EXPIRED", TIME, 0, "when the acceptance ran out, if it did")

enum finding_column {
#define X(id, name, title, type, flags, help) COL_##id,
	FINDING_COLUMNS(X)
#undef X
		COL_COUNT
};

#define X(id, name, title, type, flags, help) {name, title, CELL_##type, flags, help},
const struct column finding_columns[] = {FINDING_COLUMNS(X)};
#undef X
const size_t finding_column_count = COL_COUNT;

/* A port whose name is not known. */
static void
set_port(struct sheet *sheet, struct cell *cell, uint32_t if_index)
{
	char text[32];

	snprintf(text, sizeof(text), "ifIndex %u", if_index);
	cell_set_text(cell, arena_strdup(&sheet->arena, text));
}

/* What the rule itself says. */
static void
set_rule(struct cell *row, enum finding_rule rule)
{
	const struct finding_reference *reference = finding_rule_reference(rule);

	cell_set_text(&row[COL_REMEDY], finding_rule_remedy(rule));
	cell_set_text(&row[COL_ISO], reference->iso27001);
	cell_set_text(&row[COL_IEC], reference->iec62443);
	cell_set_text(&row[COL_NIS2], reference->nis2);
	cell_set_text(&row[COL_NIST], reference->nist80053);
}

void
finding_sheet_add(const struct cli *cli, struct sheet *sheet, const struct reader_finding *row_of)
{
	const struct finding *finding = &row_of->finding;
	struct cell *row = sheet_add(sheet);
	bool is_known = finding->rule < RULE_COUNT, is_over = finding->resolved_ms != 0;

	cell_set_number(&row[COL_ID], row_of->id);
	cell_set_text(&row[COL_DEVICE], row_of->name);
	cell_set_text(&row[COL_SITE], row_of->site);
	cell_set_text(&row[COL_KIND], kind_name(row_of->kind));
	cell_set_text(&row[COL_PORT], row_of->port_name);
	if (finding->port != 0)
		cell_set_number(&row[COL_IF_INDEX], finding->port);
	if (finding->port != 0 && *row_of->port_name == '\0')
		set_port(sheet, &row[COL_PORT], finding->port);
	cell_set_text(&row[COL_INSTANCE], finding->instance);
	cell_set_text(&row[COL_RULE], row_of->rule_name);
	cell_set_text(&row[COL_SEVERITY], finding_severity_name(finding->severity));
	row[COL_SEVERITY].tint = finding->severity == FINDING_CRITICAL	? TINT_BAD
				 : finding->severity == FINDING_WARNING ? TINT_WARN
									: TINT_NONE;
	cell_set_why(sheet, &row[COL_WHAT],
		     is_known ? finding_rule_words(finding->rule) : row_of->rule_name,
		     finding->evidence);
	cell_set_text(&row[COL_TREND], finding->evidence);
	cell_set_real(&row[COL_VALUE], finding->value);
	cell_set_real(&row[COL_LIMIT], finding->limit);
	cell_set_text(&row[COL_TEAM],
		      team_name(is_known ? finding_rule_team(finding->rule) : TEAM_NONE));
	cell_set_age(&row[COL_FOR], finding->since_ms,
		     is_over ? finding->resolved_ms : cli->now_ms);
	cell_set_time(&row[COL_SINCE], finding->since_ms);
	cell_set_time(&row[COL_CONFIRMED], finding->confirmed_ms);
	cell_set_text(&row[COL_NOTED],
		      row_of->state == FINDING_OPEN ? "" : finding_state_name(row_of->state));
	cell_set_text(&row[COL_STATE], finding_state_name(row_of->state));
	cell_set_time(&row[COL_RESOLVED], finding->resolved_ms);
	cell_set_number(&row[COL_CHANGES], row_of->changes);
	cell_set_text(&row[COL_OWNER], row_of->owner);
	if (is_known)
		set_rule(row, finding->rule);
	cell_set_text(&row[COL_BY], row_of->accepted_by);
	cell_set_text(&row[COL_REASON], row_of->accepted_why);
	cell_set_time(&row[COL_ACCEPTED], row_of->accepted_ms);
	cell_set_time(&row[COL_UNTIL], row_of->accepted_until_ms);
	cell_set_time(&row[COL_EXPIRED], row_of->expired_ms);
}

bool
finding_asked_rules(struct cli *cli)
{
	const struct arg_values *given = &cli->args.given[ARG_RULE];

	if (given->count != 1 || strcmp(given->items[0], "help") != 0)
		return false;
	for (int r = 0; r < RULE_COUNT; r++)
		out_printf(cli->out, "%-16s %s\n", finding_rule_name((enum finding_rule)r),
			   finding_rule_words((enum finding_rule)r));
	return true;
}

static int
parse_rule(const struct cli *cli, const char *text, enum finding_rule *out)
{
	struct near_best best;

	if (finding_rule_parse(text, out) == 0)
		return 0;
	near_init(&best, text);
	for (int r = 0; r < RULE_COUNT; r++)
		near_try(&best, finding_rule_name((enum finding_rule)r));
	return cli_usage(cli, "--rule %s: no such rule%s%s%s (--rule help lists them)", text,
			 best.name != NULL ? "; did you mean " : "",
			 best.name != NULL ? best.name : "", best.name != NULL ? "?" : "");
}

int
finding_query_init(const struct cli *cli, bool by_default_open, struct reader_finding_query *query)
{
	const struct arg_values *rules = &cli->args.given[ARG_RULE];
	const char *severity = args_value(&cli->args, ARG_SEVERITY);
	struct reader_event_query times;
	int rc = event_query_init(cli, &times, 0);

	*query = READER_FINDINGS_OPEN;
	for (size_t i = 0; i < rules->count && rc == 0; i++) {
		enum finding_rule rule = RULE_LOSS_RISING;

		rc = parse_rule(cli, rules->items[i], &rule);
		query->rules |= 1ULL << rule;
	}
	if (rc == 0 && severity != NULL &&
	    finding_severity_parse(severity, &query->min_severity) != 0)
		rc = cli_usage(cli, "--severity %s: expected notice, warning or critical",
			       severity);
	if (rc != 0)
		return rc;
	query->since_ms = times.since_ms;
	query->until_ms = times.until_ms;
	query->now_ms = cli->now_ms;
	query->with_resolved = !by_default_open || args_has(&cli->args, ARG_FINDINGS_ALL) ||
			       args_has(&cli->args, ARG_SINCE);
	return 0;
}

int
findings_read(const struct selection *selection, const struct reader_finding_query *query,
	      struct reader_finding_list *out)
{
	const struct cli *cli = selection->cli;
	struct reader_finding_query all = *query;
	struct reader_device_list devices = {0};
	struct id_place *ids = NULL;
	size_t kept = 0;
	int rc = 0;

	if (!selection_is_all(selection)) {
		rc = selection_read_all(selection, &devices);
		if (rc != 0)
			return rc;
		ids = ids_sort(&devices);
		all.limit = 0;
		rc = ids == NULL ? ERR_NOMEM : 0;
	}
	if (rc == 0)
		rc = reader_findings(cli->reader, &all, out);
	for (size_t i = 0; i < out->count && rc == 0 && ids != NULL; i++) {
		if (ids_find(ids, devices.count, out->items[i].finding.node) != SIZE_MAX)
			out->items[kept++] = out->items[i];
	}
	if (ids != NULL)
		out->count = kept;
	if (query->limit != 0 && out->count > query->limit)
		out->count = query->limit;
	free(ids);
	reader_device_list_fini(&devices);
	return rc != 0 ? cli_reader_failed(cli, rc) : 0;
}
