/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A forwarding table comes in. Rows are kept sorted as the view has them (MAC, VLAN), 16 bytes
 * each; the new table is merged against the old one, and only what differs is worked off.
 */
#include "topo_impl.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

static bool
is_wanted(const struct view_fdb *row)
{
	return row->if_index != 0 && row->status != FDB_SELF && row->status != FDB_INVALID &&
	       mac_is_station(row->mac) && !topo_mac_is_virtual(row->mac);
}

static int
row_compare(const void *a, const void *b)
{
	const struct fdb_row *x = a, *y = b;

	return x->key < y->key ? -1 : x->key > y->key;
}

static size_t
group_end(const struct fdb_row *rows, size_t count, size_t from)
{
	size_t end = from + 1;

	while (end < count && rows[end].key >> 16 == rows[from].key >> 16)
		end++;
	return end;
}

/* The view's rows as ours, into scratch. Most are where they were: their ports are found beside. */
static int
rows_take(struct topo *topo, const struct node *node, const struct switch_view *view, size_t *out)
{
	size_t count = 0, old = 0;
	bool is_sorted = true;

	if (mem_grow(&topo->scratch, &topo->scratch_cap, view->fdb_count + node->fdb_count + 1,
		     sizeof(*topo->scratch)) != 0)
		return ERR_NOMEM;
	for (size_t i = 0; i < view->fdb_count; i++) {
		const struct view_fdb *row = &view->fdb[i];
		struct fdb_row *mine = &topo->scratch[count];
		uint16_t port;

		if (!is_wanted(row))
			continue;
		mine->key = row->mac << 16 | row->vlan;
		while (old < node->fdb_count && node->fdb[old].key < mine->key)
			old++;
		if (old < node->fdb_count && node->fdb[old].key == mine->key &&
		    node->ports[node->fdb[old].port].if_index == row->if_index)
			port = node->fdb[old].port;
		else
			port = topo_port_by_index(node, row->if_index);
		if (port == NONE16)
			continue;
		mine->port = port;
		mine->first_s = 0;
		mine->spare = 0;
		if (count > 0 && mine[-1].key >= mine->key) {
			if (mine[-1].key == mine->key)
				continue;
			is_sorted = false;
		}
		count++;
	}
	if (!is_sorted)
		qsort(topo->scratch, count, sizeof(*topo->scratch), row_compare);
	*out = count;
	return 0;
}

static bool
is_same(const struct node *node, const struct fdb_row *rows, size_t count)
{
	if (count != node->fdb_count)
		return false;
	for (size_t i = 0; i < count; i++) {
		if (rows[i].key != node->fdb[i].key || rows[i].port != node->fdb[i].port)
			return false;
	}
	return true;
}

/* Of a table that was cut, the rows that are missing are kept. */
static size_t
cut_fill(struct topo *topo, const struct node *node, size_t count)
{
	struct fdb_row *rows = topo->scratch;
	size_t taken = count, at = 0;

	for (size_t i = 0; i < node->fdb_count;) {
		size_t end = group_end(node->fdb, node->fdb_count, i);

		while (at < taken && rows[at].key >> 16 < node->fdb[i].key >> 16)
			at++;
		if (at == taken || rows[at].key >> 16 != node->fdb[i].key >> 16) {
			memcpy(&rows[count], &node->fdb[i], (end - i) * sizeof(*rows));
			count += end - i;
		}
		i = end;
	}
	qsort(rows, count, sizeof(*rows), row_compare);
	return count;
}

static bool
has_port(const struct fdb_row *rows, size_t count, uint16_t port, uint32_t *first_s)
{
	for (size_t i = 0; i < count; i++) {
		if (rows[i].port == port) {
			*first_s = rows[i].first_s;
			return true;
		}
	}
	return false;
}

/* A switch that is seen elsewhere than where the tree has it. */
static void
node_sighted(struct topo *topo, uint32_t n, uint16_t port, const struct station *station)
{
	uint32_t owner = station->owner != NONE32 ? topo->devs[station->owner].node : NONE32;

	if (station->is_node && owner != NONE32 && owner != n &&
	    topo_leads(topo, n, topo->nodes[n]->ports[port].agg, owner) != 1)
		topo->is_tree_dirty = true;
}

/* One MAC: from its old rows to its new ones; either may be none. */
static int
group_take(struct topo *topo, uint32_t n, const struct fdb_row *old, size_t old_count,
	   struct fdb_row *new, size_t new_count, int64_t at_ms)
{
	struct node *node = topo->nodes[n];
	mac_addr mac = (old_count > 0 ? old[0].key : new[0].key) >> 16;
	uint32_t now_s = node->readings == 0 ? 0 : topo_seconds(topo, at_ms);
	uint32_t station = NONE32, first_s;
	int err = 0;

	for (size_t i = 0; i < new_count && err == 0; i++) {
		if (has_port(old, old_count, new[i].port, &first_s)) {
			new[i].first_s = first_s;
			continue;
		}
		if (has_port(new, i, new[i].port, &first_s)) {
			new[i].first_s = first_s;
			continue;
		}
		new[i].first_s = now_s;
		station = topo_station_get(topo, mac);
		if (station == NONE32)
			return ERR_NOMEM;
		err = topo_ref_add(topo, station, ref_make(n, new[i].port));
		node->ports[new[i].port].stations++;
		node->is_dirty = true;
		node_sighted(topo, n, new[i].port, &topo->stations[station]);
	}
	for (size_t i = 0; i < old_count && err == 0; i++) {
		if (has_port(new, new_count, old[i].port, &first_s) ||
		    has_port(old, i, old[i].port, &first_s))
			continue;
		station = topo_station_find(topo, mac);
		if (station != MAP64_NONE)
			topo_ref_remove(topo, station, ref_make(n, old[i].port));
		if (node->ports[old[i].port].stations > 0)
			node->ports[old[i].port].stations--;
		node->is_dirty = true;
	}
	return err;
}

static int
merge(struct topo *topo, uint32_t n, struct fdb_row *rows, size_t count, int64_t at_ms)
{
	const struct node *node = topo->nodes[n];
	const struct fdb_row *old = node->fdb;
	size_t i = 0, k = 0;
	int err = 0;

	topo->reread += node->fdb_count;
	while ((i < node->fdb_count || k < count) && err == 0) {
		uint64_t a = i < node->fdb_count ? old[i].key >> 16 : UINT64_MAX;
		uint64_t b = k < count ? rows[k].key >> 16 : UINT64_MAX;
		size_t i_end = a <= b ? group_end(old, node->fdb_count, i) : i;
		size_t k_end = b <= a ? group_end(rows, count, k) : k;

		if (i_end - i == 1 && k_end - k == 1 && old[i].port == rows[k].port)
			rows[k].first_s = old[i].first_s;
		else {
			topo->changed += i_end > i && k_end > k && old[i].port != rows[k].port;
			err = group_take(topo, n, old + i, i_end - i, rows + k, k_end - k, at_ms);
		}
		i = i_end;
		k = k_end;
	}
	return err;
}

/* New stations on ports with cameras and doors: told once the tree knows what the port is. */
static int
stations_watch(struct topo *topo, uint32_t n, const struct fdb_row *rows, size_t count,
	       int64_t at_ms)
{
	uint32_t now_s = topo_seconds(topo, at_ms);
	int err = 0;

	for (size_t i = 0; i < count && err == 0; i++) {
		if (rows[i].first_s != 0 && rows[i].first_s == now_s)
			err = topo_station_seen(topo, n, rows[i].port, rows[i].key >> 16, at_ms);
	}
	return err;
}

int
topo_fdb_take(struct topo *topo, uint32_t n, const struct switch_view *view, int64_t at_ms)
{
	struct node *node = topo->nodes[n];
	bool is_cut = view->trust[VIEW_FDB] == VIEW_CUT;
	size_t count;
	int err;

	if (view->trust[VIEW_FDB] != VIEW_WHOLE && !is_cut)
		return 0;
	err = rows_take(topo, node, view, &count);
	if (err != 0)
		return err;
	if (is_cut)
		count = cut_fill(topo, node, count);
	node->fdb_ms = at_ms;
	if (is_same(node, topo->scratch, count)) {
		topo->reread += count;
		node->readings++;
		return 0;
	}
	err = merge(topo, n, topo->scratch, count, at_ms);
	if (err == 0)
		err = mem_grow(&node->fdb, &node->fdb_cap, count, sizeof(*node->fdb));
	if (err == 0)
		err = mem_grow(&node->fences, &node->fence_cap, count / FENCE + 1,
			       sizeof(*node->fences));
	if (err != 0)
		return err;
	if (count > 0)
		memcpy(node->fdb, topo->scratch, count * sizeof(*node->fdb));
	node->fdb_count = count;
	for (size_t i = 0; i * FENCE < count; i++)
		node->fences[i] = node->fdb[i * FENCE].key;
	if (node->readings > 0)
		err = stations_watch(topo, n, node->fdb, node->fdb_count, at_ms);
	node->readings++;
	node->is_told_dirty = true;
	return err;
}
