/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One row of the fleet file into one device: what fleet_file.c knows of the file, and what
 * fleet_row.c does with a row.
 */
#ifndef CONF_FLEET_ROW_H
#define CONF_FLEET_ROW_H

#include "csv_rows.h"
#include "plan.h"
#include "upstream.h"

/* Those needed come first. */
#define COLUMNS(X)                  \
	X(NAME, "name")             \
	X(ADDRESS, "address")       \
	X(KIND, "kind")             \
	X(SITE, "site")             \
	X(OWNER, "owner")           \
	X(CREDENTIAL, "credential") \
	X(UPSTREAM, "upstream")     \
	X(PROBES, "probes")

enum column {
#define X(name, text) COLUMN_##name,
	COLUMNS(X)
#undef X
		COLUMN_COUNT
};

enum { COLUMNS_NEEDED = COLUMN_KIND + 1, COLUMN_ABSENT = -1 };

struct fleet_reader {
	struct reader *reader;
	struct complaints *complaints;
	struct settings *settings;
	struct fleet *fleet;
	struct planner *planner;
	bool has_header, is_header_wrong;
	int columns[COLUMN_COUNT];	       /* number of the cell, or COLUMN_ABSENT */
	const char *tag_keys[CSV_COLUMNS_MAX]; /* by number of the cell; NULL: no tag */
	size_t width;
	struct strmap names;		  /* of devices, to their numbers */
	struct strmap sites, credentials; /* to their numbers */
	struct strmap texts;		  /* owners and tag values, shared */
	unsigned *lines;		  /* of each device */
	size_t line_cap;
	struct upstream_cell *upstreams;
	size_t upstream_count, upstream_cap;
};

#define complain_csv(r, at, ...) complain((r)->complaints, CONF_FILE_CSV, at, __VA_ARGS__)

/* The text in the fleet's memory, one copy however many devices have it. */
const char *fleet_intern(struct fleet_reader *r, const char *text);
/* Adds the device of a row; a row with a mistake still lends its name, so that one mistake does not
 * make others. */
void fleet_row_read(struct fleet_reader *r, const struct row *row);

#endif
