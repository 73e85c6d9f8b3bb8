/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Events as rows: `events`, `export events` and `show` have the same columns.
 */
#ifndef CLI_EVENT_SHEET_H
#define CLI_EVENT_SHEET_H

#include "cli.h"

struct selection;

extern const struct column event_columns[];
extern const size_t event_column_count;

/* From, to, reason and detail in words: "hq-acc-1 p3 -> hq-acc-1 p4: ...". */
void event_put_what(struct buf *buf, const struct reader_event *event);
/* Adds a row; the event's strings are copied. */
void event_sheet_add(struct sheet *sheet, const struct reader_event *event);

/*
 * What --since, --until and --type ask for; without --since, from default_since_ms. 0 or an exit
 * code after complaining.
 */
int event_query_init(const struct cli *cli, struct reader_event_query *query,
		     int64_t default_since_ms);
/* `--type help`: prints them and returns true. */
bool event_asked_types(struct cli *cli);

/* Calls for each event that the query and the selection want. 0, or an exit code after
 * complaining. */
int event_each(const struct selection *selection, const struct reader_event_query *query,
	       void (*each)(void *arg, const struct reader_event *event), void *arg);

#endif
