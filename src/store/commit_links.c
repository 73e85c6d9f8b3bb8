/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Links in a commit: compared with what is stored, so that one that is only confirmed again costs a
 * write an hour, and one that is elsewhere now goes to the history. All rows of a device lie
 * together: they are read in one look-up, and decided about here rather than in SQL.
 */
#include "store.h"

#include "keepwatch/err.h"
#include "topology_rows.h"

#include <stdlib.h>
#include <string.h>

enum { CONFIRMED_EVERY_MS = 3600 * 1000 };

/* What is stored of one device. */
struct link_rows {
	struct topo_link *items;
	size_t count, cap;
};

static int
read_row(struct sql_call *call, void *item, void *arg)
{
	(void)arg;
	link_row_read(call, 0, item);
	return 0;
}

/* Adds what the call asks for, which takes a device. */
static int
add_rows(struct sql_call call, uint32_t device, struct link_rows *rows)
{
	sql_put_int(&call, device);
	return SQL_COLLECT(&call, rows, read_row, NULL);
}

static int
read_rows(struct store *store, uint32_t device, struct link_rows *rows)
{
	struct sql_call call = store_call(store, STMT_LINK_LIST,
					  "SELECT " LINK_COLUMNS " FROM link NOT INDEXED"
					  " WHERE device = ? ORDER BY device, spare, parent,"
					  " if_index");

	rows->count = 0;
	return add_rows(call, device, rows);
}

static int
put_row(struct store *store, const struct topo_link *link)
{
	char mac[MAC_TEXT_SIZE];
	struct sql_call call =
		store_call(store, STMT_LINK_PUT,
			   "INSERT OR REPLACE INTO link (" LINK_COLUMNS ") VALUES"
			   " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");

	link_row_bind(&call, link, mac);
	return sql_run(&call);
}

static int
put_confirmed(struct store *store, const struct topo_link *link)
{
	struct sql_call call =
		store_call(store, STMT_LINK_CONFIRMED,
			   "UPDATE link NOT INDEXED SET confirmed = ?5 WHERE device = ?1"
			   " AND spare = ?2 AND parent = ?3 AND if_index = ?4");

	sql_put_int(&call, link->device);
	sql_put_int(&call, link->is_spare);
	sql_put_int(&call, link->parent);
	sql_put_int(&call, link->if_index);
	sql_put_int(&call, link->confirmed_ms);
	return sql_run(&call);
}

/* Of rows that hold all, since there is no more than one; also one whose key makes no sense. */
static int
delete_row(struct store *store, const struct topo_link *link)
{
	struct sql_call call = store_call(store, STMT_LINK_DELETE,
					  "DELETE FROM link WHERE device = ?1 AND spare = ?2"
					  " AND (?2 = 0 OR (parent = ?3 AND if_index = ?4))");

	sql_put_int(&call, link->device);
	sql_put_int(&call, link->is_spare);
	sql_put_int(&call, link->parent);
	sql_put_int(&call, link->if_index);
	return sql_run(&call);
}

/* The stored row goes to the history. confirmed_ms: when it was last known to hold, if later than
 * what is stored. */
static int
end_row(struct store *store, const struct topo_link *stored, int64_t confirmed_ms)
{
	struct topo_link past = *stored;
	char mac[MAC_TEXT_SIZE];
	struct sql_call call;
	int rc;

	if (confirmed_ms > past.confirmed_ms)
		past.confirmed_ms = confirmed_ms;
	if (past.confirmed_ms < past.first_seen_ms)
		past.confirmed_ms = past.first_seen_ms;
	if (past.confirmed_ms <= 0) /* 0 would say that it holds */
		past.confirmed_ms = 1;
	call = store_call(store, STMT_LINK_PAST,
			  "INSERT INTO link_history (" LINK_HISTORY_COLUMNS ") VALUES"
			  " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
	link_row_bind(&call, &past, mac);
	rc = sql_run(&call);
	return rc != 0 ? rc : delete_row(store, stored);
}

/* The port by its name: ifIndex may be numbered anew when the switch restarts, and is not known at
 * first of a port that was only declared. A port that was not known at all and is now is no move.
 */
static bool
is_same_place(const struct topo_link *stored, const struct topo_link *link)
{
	if (stored->parent != link->parent || strcmp(stored->parent_name, link->parent_name) != 0)
		return false;
	if (stored->port[0] == '\0' && stored->if_index == 0)
		return true;
	if (stored->port[0] == '\0' && link->port[0] == '\0')
		return stored->if_index == link->if_index;
	return strcmp(stored->port, link->port) == 0;
}

/* The stored row that the link is about: the one that holds, or the spare one of that port. */
static bool
is_counterpart(const struct topo_link *stored, const struct topo_link *link)
{
	if (stored->is_spare != link->is_spare)
		return false;
	return !link->is_spare ||
	       (stored->parent == link->parent && stored->if_index == link->if_index);
}

/* The same place as before: written if there is something new to say. */
static int
renew_row(struct store *store, const struct topo_link *stored, const struct topo_link *link)
{
	struct topo_link now = *link;

	if (now.first_seen_ms > stored->confirmed_ms) {
		/* known anew, after a time of which nothing is known */
		int rc = end_row(store, stored, 0);

		return rc != 0 ? rc : put_row(store, &now);
	}
	if (stored->first_seen_ms < now.first_seen_ms)
		now.first_seen_ms = stored->first_seen_ms;
	if (stored->if_index != now.if_index) {
		int rc = delete_row(store, stored); /* it is part of the key */

		return rc != 0 ? rc : put_row(store, &now);
	}
	if (!topo_link_same(stored, &now))
		return put_row(store, &now);
	if (llabs(now.confirmed_ms - stored->confirmed_ms) < CONFIRMED_EVERY_MS)
		return 0;
	return put_confirmed(store, &now);
}

static int
commit_new(struct store *store, const struct link_rows *rows, const struct topo_link *link)
{
	const struct topo_link *same = NULL;
	size_t known = 0;
	int rc = 0;

	for (size_t i = 0; i < rows->count; i++) {
		if (!is_counterpart(&rows->items[i], link))
			continue;
		known++;
		if (is_same_place(&rows->items[i], link))
			same = &rows->items[i];
	}
	if (known == 1 && same != NULL)
		return renew_row(store, same, link);
	for (size_t i = 0; i < rows->count && rc == 0; i++) {
		if (is_counterpart(&rows->items[i], link))
			rc = end_row(store, &rows->items[i], 0);
	}
	return rc != 0 ? rc : put_row(store, link);
}

static int
commit_gone(struct store *store, const struct link_rows *rows, const struct topo_link *link)
{
	int rc = 0;

	for (size_t i = 0; i < rows->count && rc == 0; i++) {
		const struct topo_link *stored = &rows->items[i];

		if (stored->is_spare == link->is_spare && stored->parent == link->parent &&
		    stored->if_index == link->if_index)
			rc = end_row(store, stored, link->confirmed_ms);
	}
	return rc;
}

int
commit_links(struct store *store, const struct store_batch *batch)
{
	struct link_rows rows = {0};
	int rc = 0;

	for (size_t i = 0; i < batch->links.count && rc == 0; i++) {
		const struct batch_topo_link *item = &batch->links.items[i];

		rc = read_rows(store, item->link.device, &rows);
		if (rc == 0)
			rc = item->is_gone ? commit_gone(store, &rows, &item->link)
					   : commit_new(store, &rows, &item->link);
	}
	free(rows.items);
	return rc;
}

int
commit_links_of_removed(struct store *store, uint32_t device)
{
	struct link_rows rows = {0};
	int rc = add_rows(
		sql_prepare(&store->sql, "SELECT " LINK_COLUMNS " FROM link WHERE device = ?"),
		device, &rows);

	if (rc == 0)
		rc = add_rows(sql_prepare(&store->sql,
					  "SELECT " LINK_COLUMNS " FROM link WHERE parent = ?"),
			      device, &rows);
	for (size_t i = 0; i < rows.count && rc == 0; i++)
		rc = end_row(store, &rows.items[i], 0);
	free(rows.items);
	return rc;
}
