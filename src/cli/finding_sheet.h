/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Findings as rows: `findings`, `export findings` and `report` have the same columns. And which of
 * them are wanted.
 */
#ifndef CLI_FINDING_SHEET_H
#define CLI_FINDING_SHEET_H

#include "cli.h"

#include "keepwatch/reader_incident.h"

struct selection;

extern const struct column finding_columns[];
extern const size_t finding_column_count;

/* Adds a row. Texts are borrowed and must outlive the sheet, or its next sheet_clear. */
void finding_sheet_add(const struct cli *cli, struct sheet *sheet,
		       const struct reader_finding *finding);

/* What --all, --since, --rule, --severity ask for. by_default_open: those that are over only if
 * asked for. 0 or an exit code after complaining. */
int finding_query_init(const struct cli *cli, bool by_default_open,
		       struct reader_finding_query *query);
/* `--rule help`: prints them and returns true. */
bool finding_asked_rules(struct cli *cli);
/* Those that the query and the selection want. 0, or an exit code after complaining. */
int findings_read(const struct selection *selection, const struct reader_finding_query *query,
		  struct reader_finding_list *out);

#endif
