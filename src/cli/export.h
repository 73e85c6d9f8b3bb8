/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An export under way: rows gather in a sheet, and go out in pieces.
 */
#ifndef CLI_EXPORT_H
#define CLI_EXPORT_H

#include "cli.h"
#include "export_table.h"
#include "jsonw.h"
#include "select.h"

#include "keepwatch/buf.h"

enum { EXPORT_PIECE_ROWS = 2000 };

struct export
{
	struct cli *cli;
	const char *name; /* inventory, states, events ... */
	struct export_style style;
	struct selection selection;
	struct out *out; /* the file, or standard output */
	struct sheet sheet;
	struct buf buf;
	struct jsonw json;
	size_t rows;
	bool is_begun;
};

/* Writes the rows that have gathered. */
void export_write_piece(struct export *export);
/* The same, and what closes the document. */
void export_end(struct export *export);

extern const struct column state_columns[];
extern const size_t state_column_count;

int export_inventory_run(struct export *export);
int export_states_run(struct export *export);
int export_events_run(struct export *export);
/* The links that hold, or by the name of the export those that were. */
int export_links_run(struct export *export);
int export_incidents_run(struct export *export);
int export_findings_run(struct export *export);
int export_acceptances_run(struct export *export);
int export_firmware_run(struct export *export);
int export_firmware_history_run(struct export *export);
int export_passwords_run(struct export *export);
int export_passwords_history_run(struct export *export);
int export_credentials_age_run(struct export *export);
int export_coverage_run(struct export *export);
int export_downtime_run(struct export *export);

#endif
