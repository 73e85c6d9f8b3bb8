/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Incidents and findings between structs and statements.
 */
#include "incident_rows.h"

#include "keepwatch/mem.h"
#include "keepwatch/name_find.h"

#include <stdio.h>

static const char *const blame_types[] = {
	[BLAME_NODE] = "node",
	[BLAME_SITE] = "site",
	[BLAME_ZONE] = "zone",
};

enum verdict
verdict_row_read(struct sql_call *call, int column)
{
	enum verdict verdict;

	return verdict_parse(sql_text(call, column), &verdict) == 0 ? verdict
								    : VERDICT_UNDETERMINED;
}

enum team
team_row_read(struct sql_call *call, int column)
{
	enum team team;

	return team_parse(sql_text(call, column), &team) == 0 ? team : TEAM_NONE;
}

enum incident_step
step_row_read(struct sql_call *call, int column)
{
	enum incident_step step;

	return incident_step_parse(sql_text(call, column), &step) == 0 ? step : INCIDENT_REFINED;
}

enum finding_severity
severity_row_read(struct sql_call *call, int column)
{
	enum finding_severity severity;

	return finding_severity_parse(sql_text(call, column), &severity) == 0 ? severity
									      : FINDING_NOTICE;
}

struct blame
blame_row_read(struct sql_call *call, int column)
{
	int type = name_find(blame_types, MEM_COUNT(blame_types), sql_text(call, column));

	return (struct blame){
		.type = type < 0 ? BLAME_NODE : (uint8_t)type,
		.id = (uint32_t)sql_int(call, column + 1),
	};
}

void
blame_row_bind(struct sql_call *call, const struct blame *blame, const char *name)
{
	sql_put_text(call, name_of(blame_types, MEM_COUNT(blame_types), blame->type));
	sql_put_int(call, blame->id);
	sql_put_text(call, name);
}

void
line_row_read(struct sql_call *call, int column, struct evidence_line *out)
{
	*out = (struct evidence_line){
		.at_ms = sql_int(call, column),
		.node = (uint32_t)sql_int(call, column + 1),
		.port = (uint32_t)sql_int(call, column + 2),
		.weight = (float)sql_real(call, column + 3),
	};
	snprintf(out->text, sizeof(out->text), "%s", sql_text(call, column + 4));
}

void
line_row_bind(struct sql_call *call, const struct evidence_line *line)
{
	sql_put_int(call, line->at_ms);
	sql_put_int(call, line->node);
	sql_put_int(call, line->port);
	sql_put_real(call, line->weight);
	sql_put_text(call, line->text);
}

struct incident_device
outage_row_read(struct sql_call *call, int column)
{
	return (struct incident_device){
		.device = (uint32_t)sql_int(call, column),
		.since_ms = sql_int(call, column + 1),
		.until_ms = sql_int(call, column + 2),
	};
}

/* It was seen again, with the others of its rule, or with all of the audit. */
static void
confirm(struct finding *finding, int64_t of_rule, int64_t of_all)
{
	if (of_rule > finding->confirmed_ms)
		finding->confirmed_ms = of_rule;
	if (of_all > finding->confirmed_ms)
		finding->confirmed_ms = of_all;
}

void
finding_row_read(struct sql_call *call, int column, struct finding *out)
{
	*out = (struct finding){
		.rule = RULE_COUNT,
		.severity = severity_row_read(call, column + 1),
		.node = (uint32_t)sql_int(call, column + 2),
		.port = (uint32_t)sql_int(call, column + 3),
		.since_ms = sql_int(call, column + 4),
		.confirmed_ms = sql_int(call, column + 5),
		.resolved_ms = sql_int(call, column + 6),
		.value = sql_real(call, column + 7),
		.limit = sql_real(call, column + 8),
	};
	finding_rule_parse(sql_text(call, column), &out->rule);
	snprintf(out->evidence, sizeof(out->evidence), "%s", sql_text(call, column + 9));
	snprintf(out->instance, sizeof(out->instance), "%s", sql_text(call, column + 10));
	if (out->resolved_ms == 0)
		confirm(out, sql_int(call, column + 11),
			out->rule >= RULE_AUDIT_FIRST ? sql_int(call, column + 12) : 0);
}
