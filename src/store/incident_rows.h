/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows of incidents and findings to values and back, for the writer and the reader. Words that this
 * program does not know (a newer row) become the least that can be said.
 */
#ifndef KEEPWATCH_STORE_INCIDENT_ROWS_H
#define KEEPWATCH_STORE_INCIDENT_ROWS_H

#include "keepwatch/finding.h"
#include "keepwatch/incident.h"
#include "sql.h"

#define BLAME_COLUMNS  "blame_type, blame_id, blame_name"
#define LINE_COLUMNS   "at, node, port, weight, text"
#define OUTAGE_COLUMNS "device, since, until"
/* Of `finding` f; the last two: when all of its rule, or of the audit, were seen again. */
#define FINDING_COLUMNS                                                                           \
	"f.rule, f.severity, f.node, f.port, f.since, f.confirmed, f.resolved, f.value, f.bound," \
	" f.evidence, f.instance, (SELECT c.at FROM finding_confirmed c"                          \
	" WHERE c.node = f.node AND c.rule = f.rule), (SELECT c.at FROM finding_confirmed c"      \
	" WHERE c.node = f.node AND c.rule = '')"

/* UNDETERMINED, NONE, REFINED, NOTICE if not known. */
enum verdict verdict_row_read(struct sql_call *call, int column);
enum team team_row_read(struct sql_call *call, int column);
enum incident_step step_row_read(struct sql_call *call, int column);
enum finding_severity severity_row_read(struct sql_call *call, int column);

/* Type and id, the first two of BLAME_COLUMNS; bound with the name all three. */
struct blame blame_row_read(struct sql_call *call, int column);
void blame_row_bind(struct sql_call *call, const struct blame *blame, const char *name);

void line_row_read(struct sql_call *call, int column, struct evidence_line *out);
void line_row_bind(struct sql_call *call, const struct evidence_line *line);

struct incident_device outage_row_read(struct sql_call *call, int column);

/* FINDING_COLUMNS of table `finding` f. Rule RULE_COUNT if not known. */
void finding_row_read(struct sql_call *call, int column, struct finding *out);

#endif
