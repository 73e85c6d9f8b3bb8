/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tables that can be exported, by name. `export` writes one into a file, the evidence pack of
 * an audit many into a folder.
 */
#ifndef CLI_EXPORT_TABLE_H
#define CLI_EXPORT_TABLE_H

#include "cli.h"

struct export;
struct selection;

struct export_table {
	const char *name;    /* of the export, of the rows in JSON, of schemas/NAME.schema.json */
	const char *summary; /* a few words */
	int (*run)(struct export *export);
	const struct column *columns;
	const size_t *column_count;
};

/* The i-th, NULL past the end; by name, NULL if there is none. */
const struct export_table *export_table_at(size_t i);
const struct export_table *export_table_find(const char *name);

struct export_style {
	enum sheet_format format; /* CSV or JSON */
	bool has_header;	  /* the heading line of CSV */
	bool has_bom;		  /* CSV begins with a byte order mark */
};

/*
 * Writes the whole table, of the devices of a selection, to `out` (which stays the caller's, and
 * keeps failures of writing). --since and the other options of the command line that fit the table
 * count as for `export`. rows: how many. 0, or an exit code after complaining. The store is open.
 */
int export_table_write(struct cli *cli, const struct export_table *table,
		       const struct selection *selection, const struct export_style *style,
		       struct out *out, size_t *rows);

#endif
