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
#define FINDING_COLUMNS \
	"rule, severity, node, port, since, confirmed, resolved, value, bound, evidence"

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

/* Rule RULE_COUNT if not known. */
void finding_row_read(struct sql_call *call, int column, struct finding *out);

#endif
