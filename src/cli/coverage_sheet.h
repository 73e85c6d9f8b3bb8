/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an audit rests on, as rows: what could be checked of which device, when the agent did not
 * watch, and with which findings people live.
 */
#ifndef CLI_COVERAGE_SHEET_H
#define CLI_COVERAGE_SHEET_H

#include "cli.h"

#include "keepwatch/reader_audit.h"

extern const struct column coverage_columns[];
extern const size_t coverage_column_count;
extern const struct column downtime_columns[];
extern const size_t downtime_column_count;
extern const struct column acceptance_columns[];
extern const size_t acceptance_column_count;

/* Texts are borrowed, and must outlive the sheet or its next sheet_clear. */
void coverage_sheet_add(struct sheet *sheet, const struct reader_coverage *coverage,
			enum coverage_part part);
void downtime_sheet_add(const struct cli *cli, struct sheet *sheet,
			const struct reader_downtime *downtime);
void acceptance_sheet_add(const struct cli *cli, struct sheet *sheet,
			  const struct reader_acceptance *acceptance);

#endif
