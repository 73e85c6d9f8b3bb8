/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading events: by time, by device, all of them one by one.
 */
#include "reader.h"

#include "keepwatch/err.h"

#include <limits.h>
#include <stdlib.h>

/* The set of types as a JSON array of names, or empty for all. */
static void
put_types(struct buf *out, uint64_t types)
{
	if (types == 0)
		return;
	buf_puts(out, "[");
	for (int type = 0; type < EVENT_COUNT; type++) {
		if ((types >> type & 1) != 0)
			buf_printf(out, "%s\"%s\"", out->len == 1 ? "" : ",",
				   event_name((enum event_type)type));
	}
	buf_puts(out, "]");
}

#define EVENT_COLUMNS                                                                        \
	"SELECT e.id, e.at, e.device, d.name, d.site, d.kind, e.type, n.name, e.from_value," \
	" e.to_value, e.detail, e.reason FROM "
#define EVENT_REST                                                                            \
	" event e LEFT JOIN device d ON d.id = e.device"                                      \
	" LEFT JOIN state s ON s.device = d.id AND s.probe = 0"                               \
	" LEFT JOIN probe n ON n.id = e.probe"                                                \
	" WHERE ((e.device IS NULL AND ?8) OR (d.id IS NULL AND e.device IS NOT NULL AND ?8)" \
	" OR (d.id IS NOT NULL AND" READER_WHERE "))"                                         \
	" AND e.at / 300000 BETWEEN ?9 / 300000 AND ?10 / 300000"                             \
	" AND e.at >= ?9 AND e.at < ?10 AND e.id > ?11"                                       \
	" AND (?12 IS NULL OR e.type IN (SELECT value FROM json_each(?12)))"
#define EVENT_NEWEST " ORDER BY e.at / 300000 DESC, e.at DESC, e.id DESC LIMIT ?13"

/* The 5-minute periods of the asked time in which there can be events. */
#define EVENT_PERIODS                                                            \
	"WITH RECURSIVE bounds (first, last) AS (SELECT"                         \
	" max(?9 / 300000, (SELECT min(at / 300000) FROM event)),"               \
	" min(?10 / 300000, (SELECT max(at / 300000) FROM event))),"             \
	" period (n) AS (SELECT first FROM bounds WHERE first <= last UNION ALL" \
	" SELECT n + 1 FROM period, bounds WHERE n < last) "

/* By time; one device's by looking it up in every period. */
static const char *
event_query(const struct reader_event_query *query)
{
	if (query->devices.device != 0)
		return EVENT_PERIODS "SELECT * FROM (" EVENT_COLUMNS "period CROSS JOIN" EVENT_REST
				     " AND e.at / 300000 = period.n AND e.device = ?6" EVENT_NEWEST
				     ") ORDER BY 2, 1";
	if (query->limit != 0)
		return "SELECT * FROM (" EVENT_COLUMNS EVENT_REST EVENT_NEWEST ") ORDER BY 2, 1";
	/* without a limit rows come as they are read, however many there are */
	return EVENT_COLUMNS EVENT_REST " ORDER BY e.at / 300000, e.at, e.id LIMIT ?13";
}

static void
bind_query(struct sql_call *call, const struct reader_event_query *query, const struct buf *types)
{
	reader_put_past(call, &query->devices, query->since_ms, query->until_ms);
	sql_put_int(call, query->after_id);
	sql_put_text(call, types->len == 0 ? NULL : types->data);
	sql_put_int(call,
		    query->limit == 0 || query->limit > LLONG_MAX ? -1 : (int64_t)query->limit);
}

/* The row at hand; its strings live until the next row. */
static int
read_event(struct sql_call *call, struct mem_arena *text, struct reader_event *out)
{
	int rc = 0;

	*out = (struct reader_event){
		.id = sql_int(call, 0),
		.at_ms = sql_int(call, 1),
		.device = (uint32_t)sql_int(call, 2),
		.name = reader_text(text, call, 3, &rc),
		.site = reader_text(text, call, 4, &rc),
		.kind = reader_kind(sql_text(call, 5)),
		.type_name = reader_text(text, call, 6, &rc),
		.probe = reader_text(text, call, 7, &rc),
		.from = reader_text(text, call, 8, &rc),
		.to = reader_text(text, call, 9, &rc),
		.detail = reader_text(text, call, 10, &rc),
		.reason = reader_reason(sql_text(call, 11)),
	};
	if (rc == 0 && event_parse(out->type_name, &out->type) != 0)
		out->type = EVENT_COUNT;
	return rc;
}

int
reader_each_event(struct reader *reader, const struct reader_event_query *query,
		  int (*each)(void *arg, const struct reader_event *event), void *arg)
{
	struct sql_call call;
	struct reader_event event;
	struct mem_arena text;
	struct buf types;
	int rc = 0, stopped = 0;

	buf_init(&types, 4096);
	arena_init(&text);
	put_types(&types, query->types);
	call = sql_prepare(&reader->sql, event_query(query));
	bind_query(&call, query, &types);
	while (rc == 0 && stopped == 0 && sql_row(&call)) {
		rc = read_event(&call, &text, &event);
		if (rc == 0)
			stopped = each(arg, &event);
		arena_fini(&text);
	}
	if (sql_done(&call) != 0)
		rc = call.rc;
	buf_fini(&types);
	return rc != 0 ? reader_failed(reader, rc, "events cannot be read") : stopped;
}

/* A copy of the event at the end of a list. */
static int
keep_event(void *arg, const struct reader_event *event)
{
	struct reader_event_list *out = arg;
	struct reader_event copy = *event;
	int rc;

	copy.name = arena_strdup(&out->text, event->name);
	copy.site = arena_strdup(&out->text, event->site);
	copy.type_name = arena_strdup(&out->text, event->type_name);
	copy.probe = arena_strdup(&out->text, event->probe);
	copy.from = arena_strdup(&out->text, event->from);
	copy.to = arena_strdup(&out->text, event->to);
	copy.detail = arena_strdup(&out->text, event->detail);
	if (copy.name == NULL || copy.site == NULL || copy.type_name == NULL ||
	    copy.probe == NULL || copy.from == NULL || copy.to == NULL || copy.detail == NULL)
		return ERR_NOMEM;
	rc = READER_GROW(out);
	if (rc == 0)
		out->items[out->count++] = copy;
	return rc;
}

int
reader_events(struct reader *reader, const struct reader_event_query *query,
	      struct reader_event_list *out)
{
	int rc;

	*out = (struct reader_event_list){0};
	rc = reader_each_event(reader, query, keep_event, out);
	if (rc != 0)
		reader_event_list_fini(out);
	return rc == ERR_NOMEM ? reader_failed(reader, rc, "events cannot be read") : rc;
}
