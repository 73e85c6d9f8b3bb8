/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading the topology: links as they are, as they were at a moment, and one after the other; ports
 * of switches.
 */
#include "reader.h"

#include "keepwatch/err.h"
#include "keepwatch/reader_topology.h"
#include "topology_rows.h"

#include <stdlib.h>

/* Rows of links or of their history. */
static int
read_links(struct sql_call *call, bool is_history, struct reader_link_list *out)
{
	int rc = 0;

	while (rc == 0 && sql_row(call)) {
		rc = READER_GROW(out);
		if (rc != 0)
			break;
		link_row_read(call, 0, &out->items[out->count].link);
		out->items[out->count].until_ms =
			is_history ? out->items[out->count].link.confirmed_ms : 0;
		out->count++;
	}
	return sql_done(call) != 0 ? call->rc : rc;
}

#define LINKS "SELECT l.* FROM" READER_FROM "JOIN link l ON l.device = d.id WHERE" READER_WHERE

int
reader_links(struct reader *reader, const struct reader_filter *filter,
	     struct reader_link_list *out)
{
	struct sql_call call = sql_prepare(
		&reader->sql, reader_is_one(filter)
				      ? LINKS READER_ONE " ORDER BY l.spare, l.parent, l.if_index"
				      : LINKS " ORDER BY d.id, l.spare, l.parent, l.if_index");
	int rc;

	*out = (struct reader_link_list){0};
	reader_put_filter(&call, filter);
	rc = read_links(&call, false, out);
	if (rc != 0)
		reader_link_list_fini(out);
	return reader_failed(reader, rc, "links cannot be read");
}

/* By device; of one device's the one that began last is the last. */
static int
compare_links(const void *left, const void *right)
{
	const struct reader_link *a = left, *b = right;
	int64_t since_a = a->link.first_seen_ms, since_b = b->link.first_seen_ms;

	if (a->link.device != b->link.device)
		return a->link.device < b->link.device ? -1 : 1;
	if (since_a != since_b)
		return since_a < since_b ? -1 : 1;
	if ((a->until_ms == 0) != (b->until_ms == 0))
		return a->until_ms == 0 ? 1 : -1;
	return (a->until_ms > b->until_ms) - (a->until_ms < b->until_ms);
}

/* Keeps the last of each device. */
static void
keep_last(struct reader_link_list *list)
{
	size_t kept = 0;

	if (list->count == 0)
		return;
	qsort(list->items, list->count, sizeof(*list->items), compare_links);
	for (size_t i = 0; i < list->count; i++) {
		if (i + 1 == list->count ||
		    list->items[i + 1].link.device != list->items[i].link.device)
			list->items[kept++] = list->items[i];
	}
	list->count = kept;
}

#define LINK_PAST_COLUMNS                                                                     \
	"SELECT h.device, h.spare, h.parent, h.if_index, h.port, h.device_if, h.device_port," \
	" h.parent_name, h.source, h.via, h.confidence, h.contradicted, h.seen_parent, "      \
	"h.seen_if_index, h.seen_port, h.vlan, h.shared,"                                     \
	" h.mac, h.why, h.since, h.until FROM"
#define LINK_PAST \
	LINK_PAST_COLUMNS READER_FROM "JOIN link_history h ON h.device = d.id WHERE" READER_WHERE

int
reader_links_at(struct reader *reader, const struct reader_filter *filter, int64_t at_ms,
		struct reader_link_list *out)
{
	struct sql_call call;
	int rc = reader_begin(reader); /* the two halves are of one moment */

	*out = (struct reader_link_list){0};
	if (rc != 0)
		return rc;
	call = sql_prepare(&reader->sql, reader_is_one(filter) ? LINKS READER_ONE
						 " AND l.spare = 0 AND l.first_seen <= ?8"
							       : LINKS
						 " AND l.spare = 0 AND l.first_seen <= ?8");
	reader_put_filter(&call, filter);
	sql_put_int(&call, at_ms);
	rc = read_links(&call, false, out);
	if (rc == 0) {
		call = sql_prepare(&reader->sql, reader_is_one(filter) ? LINK_PAST READER_ONE
							 " AND h.spare = 0 AND h.since <= ?8"
								       : LINK_PAST
							 " AND h.spare = 0 AND h.since <= ?8");
		reader_put_filter(&call, filter);
		sql_put_int(&call, at_ms);
		rc = read_links(&call, true, out);
	}
	reader_end(reader);
	if (rc != 0)
		reader_link_list_fini(out);
	keep_last(out);
	return reader_failed(reader, rc, "links cannot be read");
}

int
reader_link_history(struct reader *reader, const struct reader_filter *filter, int64_t since_ms,
		    size_t limit, struct reader_link_list *out)
{
	struct sql_call call =
		sql_prepare(&reader->sql, reader_is_one(filter) ? LINK_PAST READER_ONE
						  " AND h.device = ?6 AND h.until >= ?8"
						  " ORDER BY h.until DESC, h.id DESC LIMIT ?9"
								: LINK_PAST
						  " AND h.until >= ?8"
						  " ORDER BY h.until DESC, h.id DESC LIMIT ?9");
	int rc;

	*out = (struct reader_link_list){0};
	reader_put_filter(&call, filter);
	sql_put_int(&call, since_ms);
	sql_put_int(&call, limit == 0 || limit > INT64_MAX ? -1 : (int64_t)limit);
	rc = read_links(&call, true, out);
	if (rc != 0)
		reader_link_list_fini(out);
	return reader_failed(reader, rc, "the history of links cannot be read");
}

#define PORTS                                                    \
	"SELECT p.*, coalesce(w.ports_seen, 0) FROM" READER_FROM \
	"JOIN port p ON p.device = d.id LEFT JOIN switch w ON w.device = d.id WHERE" READER_WHERE

int
reader_ports(struct reader *reader, const struct reader_filter *filter,
	     struct reader_port_list *out)
{
	struct sql_call call = sql_prepare(
		&reader->sql, reader_is_one(filter) ? PORTS READER_ONE " ORDER BY p.if_index"
						    : PORTS " ORDER BY d.id, p.if_index");
	int rc = 0;

	*out = (struct reader_port_list){0};
	reader_put_filter(&call, filter);
	while (rc == 0 && sql_row(&call)) {
		rc = READER_GROW(out);
		if (rc != 0)
			break;
		out->items[out->count].device = (uint32_t)sql_int(&call, 0);
		port_row_read(&call, 1, &out->items[out->count].port);
		out->items[out->count].seen_ms = sql_int(&call, 1 + PORT_COLUMN_COUNT);
		out->count++;
	}
	if (sql_done(&call) != 0)
		rc = call.rc;
	if (rc != 0)
		reader_port_list_fini(out);
	return reader_failed(reader, rc, "ports cannot be read");
}
