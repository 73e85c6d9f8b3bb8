/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading facts: as they are and as they were. Several probes may know the same of a device; which
 * is believed is decided here, once, for reports and summaries alike.
 */
#include "reader.h"

#include "keepwatch/err.h"
#include "keepwatch/probe_spec.h"

#include <stdlib.h>
#include <string.h>

/* A view that was not confirmed for so long, while another was, is no longer believed first. */
enum { OUTDATED_MS = 86400 * 1000 };

static bool
is_wanted(uint64_t keys, enum fact_key key)
{
	return keys == 0 || (keys >> key & 1) != 0;
}

/* Smaller is believed more; a probe of a newer program least. */
static int
rank(const char *probe)
{
	enum probe_id id;

	return probe_spec_find(probe, &id) == 0 ? probe_rank(id) : PROBE_COUNT;
}

static bool
is_same_thing(const struct reader_fact *a, const struct reader_fact *b)
{
	return a->device == b->device && a->key == b->key && strcmp(a->instance, b->instance) == 0;
}

/* In the order of a person: key by key, numbers by value; then by belief. */
static int
compare_facts(const void *left, const void *right)
{
	const struct reader_fact *a = left, *b = right;
	int order;

	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	if (a->key != b->key)
		return (int)a->key - (int)b->key;
	order = strverscmp(a->instance, b->instance);
	if (order != 0)
		return order;
	if ((a->gone_ms != 0) != (b->gone_ms != 0))
		return a->gone_ms != 0 ? 1 : -1;
	order = rank(a->probe) - rank(b->probe);
	return order != 0 ? order : strcmp(a->probe, b->probe);
}

/* Of a group about the same thing one is believed: the first that is not outdated. */
static void
mark_group(struct reader_fact *group, size_t count)
{
	int64_t latest = 0;
	bool is_found = false;

	for (size_t i = 0; i < count; i++) {
		if (group[i].gone_ms == 0 && group[i].last_seen_ms > latest)
			latest = group[i].last_seen_ms;
	}
	for (size_t i = 0; i < count; i++) {
		group[i].is_shadowed = is_found || (group[i].gone_ms == 0 &&
						    group[i].last_seen_ms < latest - OUTDATED_MS);
		is_found = is_found || !group[i].is_shadowed;
	}
}

static void
sort_facts(struct reader_fact_list *list)
{
	size_t first = 0;

	if (list->count == 0)
		return;
	qsort(list->items, list->count, sizeof(*list->items), compare_facts);
	for (size_t i = 1; i <= list->count; i++) {
		if (i == list->count || !is_same_thing(&list->items[first], &list->items[i])) {
			mark_group(&list->items[first], i - first);
			first = i;
		}
	}
}

/* The names of a set of keys as a JSON array: a list that can be bound as one value. */
static void
put_keys(struct buf *out, uint64_t keys)
{
	buf_puts(out, "[");
	for (int key = 0; key < FACT_COUNT; key++) {
		if (is_wanted(keys, (enum fact_key)key))
			buf_printf(out, "%s\"%s\"", out->len == 1 ? "" : ",",
				   fact_name((enum fact_key)key));
	}
	buf_puts(out, "]");
}

static int
read_facts(struct sql_call *call, uint64_t keys, struct reader_fact_list *out)
{
	enum fact_key key;
	int rc = 0;

	while (rc == 0 && sql_row(call)) {
		struct reader_fact fact;

		/* a key that is not known was written by another version */
		if (fact_parse(sql_text(call, 1), &key) != 0 || !is_wanted(keys, key))
			continue;
		fact = (struct reader_fact){
			.device = (uint32_t)sql_int(call, 0),
			.key = key,
			.instance = reader_text(&out->text, call, 2, &rc),
			.value = reader_text(&out->text, call, 3, &rc),
			.probe = reader_text(&out->text, call, 4, &rc),
			.first_seen_ms = sql_int(call, 5),
			.last_seen_ms = sql_int(call, 6),
			.changed_ms = sql_int(call, 7),
			.gone_ms = sql_int(call, 8),
		};
		if (rc == 0)
			rc = READER_GROW(out);
		if (rc == 0)
			out->items[out->count++] = fact;
	}
	return sql_done(call) != 0 ? call->rc : rc;
}

#define FACT_COLUMNS                                                                       \
	"SELECT f.device, f.key, f.instance, f.value, n.name, f.first_seen, f.last_seen,"  \
	" f.changed_at, f.gone_at FROM" READER_FROM                                        \
	"JOIN fact f ON f.device = d.id JOIN probe n ON n.id = f.probe WHERE" READER_WHERE \
	"AND (?8 OR f.gone_at = 0)"

int
reader_facts(struct reader *reader, const struct reader_filter *filter, uint64_t keys,
	     bool with_gone, struct reader_fact_list *out)
{
	/* some keys of the whole fleet have an index, one device's facts lie together */
	bool is_by_key = keys != 0 && !reader_is_one(filter);
	struct sql_call call;
	struct buf names;
	int rc;

	*out = (struct reader_fact_list){0};
	buf_init(&names, 4096);
	put_keys(&names, keys);
	call = sql_prepare(&reader->sql, reader_is_one(filter) ? FACT_COLUMNS READER_ONE
					 : is_by_key	       ? FACT_COLUMNS
						 " AND f.key IN (SELECT value FROM json_each(?9))"
						     : FACT_COLUMNS);
	reader_put_filter(&call, filter);
	sql_put_int(&call, with_gone);
	if (is_by_key)
		sql_put_text(&call, names.data);
	rc = read_facts(&call, keys, out);
	if (rc == 0)
		rc = names.error;
	buf_fini(&names);
	if (rc != 0)
		reader_fact_list_fini(out);
	sort_facts(out);
	return reader_failed(reader, rc, "facts cannot be read");
}

#define PAST_COLUMNS \
	"SELECT h.device, h.key, h.instance, h.value, h.since, h.until, h.ended = 'gone' FROM "
#define PAST_REST                                                                  \
	" fact_history h JOIN device d ON d.id = h.device"                         \
	" LEFT JOIN state s ON s.device = d.id AND s.probe = 0 WHERE" READER_WHERE \
	" AND h.until >= ?8 AND h.until / 300000 >= ?8 / 300000"
#define PAST_ORDER " ORDER BY h.until / 300000 DESC, h.until DESC, h.id DESC"

/* The 5-minute periods in which one device's history is looked up. */
#define PAST_PERIODS                                                             \
	"WITH RECURSIVE bounds (first, last) AS (SELECT"                         \
	" max(?8 / 300000, (SELECT min(until / 300000) FROM fact_history)),"     \
	" (SELECT max(until / 300000) FROM fact_history)),"                      \
	" period (n) AS (SELECT first FROM bounds WHERE first <= last UNION ALL" \
	" SELECT n + 1 FROM period, bounds WHERE n < last) "

int
reader_history(struct reader *reader, const struct reader_filter *filter, uint64_t keys,
	       int64_t since_ms, size_t limit, struct reader_past_list *out)
{
	struct sql_call call =
		sql_prepare(&reader->sql,
			    reader_is_one(filter) ? PAST_PERIODS PAST_COLUMNS
				    "period CROSS JOIN" PAST_REST " AND h.until / 300000 = period.n"
				    " AND h.device = ?6" PAST_ORDER
						  : PAST_COLUMNS PAST_REST PAST_ORDER);
	enum fact_key key;
	int rc = 0;

	*out = (struct reader_past_list){0};
	reader_put_filter(&call, filter);
	sql_put_int(&call, since_ms);
	while (rc == 0 && (limit == 0 || out->count < limit) && sql_row(&call)) {
		struct reader_past past;

		if (fact_parse(sql_text(&call, 1), &key) != 0 || !is_wanted(keys, key))
			continue;
		past = (struct reader_past){
			.device = (uint32_t)sql_int(&call, 0),
			.key = key,
			.instance = reader_text(&out->text, &call, 2, &rc),
			.value = reader_text(&out->text, &call, 3, &rc),
			.since_ms = sql_int(&call, 4),
			.until_ms = sql_int(&call, 5),
			.is_gone = sql_int(&call, 6) != 0,
		};
		if (rc == 0)
			rc = READER_GROW(out);
		if (rc == 0)
			out->items[out->count++] = past;
	}
	if (sql_done(&call) != 0)
		rc = call.rc;
	if (rc != 0)
		reader_past_list_fini(out);
	return reader_failed(reader, rc, "history cannot be read");
}
