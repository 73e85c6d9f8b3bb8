/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Incidents as rows: `incidents`, `export incidents`, `report` and `why` have the same columns. And
 * which of them are wanted.
 */
#ifndef CLI_INCIDENT_SHEET_H
#define CLI_INCIDENT_SHEET_H

#include "cli.h"

#include "keepwatch/reader_incident.h"

struct selection;

extern const struct column incident_columns[];
extern const size_t incident_column_count;

/* Adds a row. Texts are borrowed and must outlive the sheet, or its next sheet_clear. */
void incident_sheet_add(const struct cli *cli, struct sheet *sheet,
			const struct reader_incident *incident);

/* "switch down: hq-acc-3"; of a monitor or without a name the verdict alone. */
void incident_put_what(struct buf *buf, enum verdict verdict, const char *blame_name);
const char *incident_blame_type(const struct blame *blame); /* "node", "site", "zone" */
/* Whether a technician has to go to the devices: "no", "yes", "wait"; "" if it depends. */
const char *incident_send(enum verdict verdict);
/* "open", "healed" (what was to blame works again), "closed", "adopted", "overturned". */
const char *incident_state(const struct reader_incident *incident);
/* A number as people write it, "42" or "#42": true, and *id. */
bool incident_parse_id(const char *text, uint32_t *id);

/*
 * What --open, --all, --since, --team, --class and --limit ask for. by_default_open: closed ones
 * only if asked for. 0 or an exit code after complaining.
 */
int incident_query_init(const struct cli *cli, bool by_default_open,
			struct reader_incident_query *query);
/* `--class help` or `--cause help`: prints the classes and returns true. */
bool incident_asked_classes(struct cli *cli);
/* A class by name; an exit code after suggesting the nearest. */
int incident_parse_class(const struct cli *cli, const char *option, const char *text,
			 enum verdict *out);

/* Those that the query and the selection want: they blame or affect one of its devices. 0, or an
 * exit code after complaining. */
int incidents_read(const struct selection *selection, const struct reader_incident_query *query,
		   struct reader_incident_list *out);

#endif
