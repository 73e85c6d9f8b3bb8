/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Neighbours, as LLDP and CDP tell them: kept with their words in one block for each switch, and
 * matched to devices of the fleet by chassis, port MAC, management address and name, in this order.
 */
#include "topo_impl.h"

#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

static uint64_t
heard_hash(const struct switch_view *view)
{
	uint64_t hash = TOPO_HASH_START;

	for (size_t i = 0; i < view->neighbour_count; i++) {
		const struct view_neighbour *row = &view->neighbours[i];
		uint64_t numbers[] = {row->if_index, row->protocol,    row->caps,
				      row->vlan,     row->chassis_mac, row->port_mac};

		hash = topo_hash(hash, numbers, sizeof(numbers));
		hash = topo_hash(hash, row->address.bytes, sizeof(row->address.bytes));
		hash = topo_hash_text(hash, row->chassis_id);
		hash = topo_hash_text(hash, row->port_id);
		hash = topo_hash_text(hash, row->port_descr);
		hash = topo_hash_text(hash, row->sys_name);
	}
	return topo_hash(hash, &view->trust[VIEW_NEIGHBOURS], sizeof(view->trust[0]));
}

static void
target_set(struct topo *topo, struct heard *heard, uint32_t target)
{
	if (heard->target == target)
		return;
	if (heard->target != NONE32) {
		struct heard **link = &topo->devs[heard->target].heard;

		while (*link != NULL && *link != heard)
			link = &(*link)->next;
		if (*link == heard)
			*link = heard->next;
		(void)topo_dirty(topo, heard->target);
		topo->is_tree_dirty =
			topo->is_tree_dirty || topo->devs[heard->target].node != NONE32;
	}
	heard->target = target;
	heard->next = NULL;
	if (target != NONE32) {
		heard->next = topo->devs[target].heard;
		topo->devs[target].heard = heard;
		(void)topo_dirty(topo, target);
		topo->is_tree_dirty = topo->is_tree_dirty || topo->devs[target].node != NONE32;
	}
}

void
topo_heard_drop(struct topo *topo, struct node *node)
{
	for (size_t i = 0; i < node->heard_count; i++)
		target_set(topo, &node->heard[i], NONE32);
	free(node->heard);
	free(node->heard_text);
	node->heard = NULL;
	node->heard_text = NULL;
	node->heard_count = 0;
	node->hashes[VIEW_NEIGHBOURS] = 0;
}

static uint32_t
device_of_mac(struct topo *topo, mac_addr mac)
{
	uint32_t station;

	if (!mac_is_station(mac) || topo_mac_is_virtual(mac))
		return NONE32;
	/* It is made, so that whoever claims it later is found by this row. */
	station = topo_station_get(topo, mac);
	if (station == NONE32)
		return NONE32;
	topo->stations[station].is_in_heard = true;
	return topo->stations[station].owner;
}

static uint32_t
target_of(struct topo *topo, const struct heard *heard)
{
	uint32_t dev = device_of_mac(topo, heard->chassis_mac);

	if (dev == NONE32)
		dev = device_of_mac(topo, heard->port_mac);
	if (dev == NONE32 && heard->address.family != 0) {
		dev = map64_get(&topo->by_ip, topo_ip_key(&heard->address));
		if (dev == MAP64_NONE || !ipaddr_equal(&topo->devs[dev].ip, &heard->address))
			dev = NONE32;
	}
	if (dev == NONE32)
		dev = topo_dev_by_name(topo, heard->sys_name);
	/* CDP's device id is a name. */
	if (dev == NONE32 && heard->chassis_mac == 0)
		dev = topo_dev_by_name(topo, heard->chassis_id);
	if (dev != NONE32 && dev == topo->nodes[heard->node]->dev)
		return NONE32;
	return dev;
}

void
topo_heard_resolve(struct topo *topo)
{
	topo->is_heard_dirty = false;
	for (size_t n = 0; n < topo->node_count; n++) {
		struct node *node = topo->nodes[n];

		for (size_t i = 0; i < node->heard_count; i++)
			target_set(topo, &node->heard[i], target_of(topo, &node->heard[i]));
	}
}

static const char *
text_keep(char **at, const char *text)
{
	size_t size = strlen(text) + 1;
	char *kept = *at;

	memcpy(kept, text, size);
	*at += size;
	return kept;
}

static size_t
text_size(const struct view_neighbour *row)
{
	return strlen(row->chassis_id) + strlen(row->port_id) + strlen(row->port_descr) +
	       strlen(row->sys_name) + strlen(row->platform) + 5;
}

/* What it said before of the same neighbour on the same port appeared then. */
static uint32_t
first_of(const struct node *node, uint16_t port, const struct view_neighbour *row, uint32_t now_s)
{
	for (size_t i = 0; i < node->heard_count; i++) {
		const struct heard *heard = &node->heard[i];

		if (heard->port == port && heard->chassis_mac == row->chassis_mac &&
		    strcmp(heard->chassis_id, row->chassis_id) == 0)
			return heard->first_s;
	}
	return now_s;
}

static void
heard_fill(struct heard *heard, const struct view_neighbour *row, char **text)
{
	heard->caps = row->caps != 0 ? row->caps : row->caps_supported;
	heard->vlan = row->vlan;
	heard->protocol = row->protocol;
	heard->port_subtype = row->port_subtype;
	heard->chassis_mac = row->chassis_mac;
	heard->port_mac = row->port_mac;
	heard->address = row->address;
	heard->chassis_id = text_keep(text, row->chassis_id);
	heard->port_id = text_keep(text, row->port_id);
	heard->port_descr = text_keep(text, row->port_descr);
	heard->sys_name = text_keep(text, row->sys_name);
	heard->platform = text_keep(text, row->platform);
	heard->target = NONE32;
}

/* Which nodes are heard on which ports: only if this changes, the tree may. */
static uint64_t
nodes_heard(const struct topo *topo, const struct node *node)
{
	uint64_t hash = TOPO_HASH_START;

	for (size_t i = 0; i < node->heard_count; i++) {
		const struct heard *heard = &node->heard[i];

		if (heard->target != NONE32 && topo->devs[heard->target].node != NONE32) {
			hash = topo_hash(hash, &heard->target, sizeof(heard->target));
			hash = topo_hash(hash, &heard->port, sizeof(heard->port));
			hash = topo_hash_text(hash, heard->port_id);
		}
	}
	return hash;
}

int
topo_heard_take(struct topo *topo, uint32_t n, const struct switch_view *view, int64_t at_ms)
{
	struct node *node = topo->nodes[n];
	uint32_t now_s = topo_seconds(topo, at_ms);
	struct heard *rows = NULL;
	char *text = NULL, *at;
	size_t size = 1, count = view->neighbour_count;
	bool was_tree_dirty = topo->is_tree_dirty;
	uint64_t hash, before = nodes_heard(topo, node);

	if (view->trust[VIEW_NEIGHBOURS] != VIEW_WHOLE && view->trust[VIEW_NEIGHBOURS] != VIEW_CUT)
		return 0;
	hash = heard_hash(view);
	if (hash == node->hashes[VIEW_NEIGHBOURS])
		return 0;
	/* Of a part that was cut nothing may be missed: it is taken only if it tells more. */
	if (view->trust[VIEW_NEIGHBOURS] == VIEW_CUT && count < node->heard_count)
		return 0;
	for (size_t i = 0; i < count; i++)
		size += text_size(&view->neighbours[i]);
	rows = calloc(count > 0 ? count : 1, sizeof(*rows));
	text = malloc(size);
	if (rows == NULL || text == NULL) {
		free(rows);
		free(text);
		return ERR_NOMEM;
	}
	at = text;
	for (size_t i = 0; i < count; i++) {
		const struct view_neighbour *row = &view->neighbours[i];

		rows[i].node = n;
		rows[i].port =
			row->if_index != 0 ? topo_port_by_index(node, row->if_index) : NONE16;
		heard_fill(&rows[i], row, &at);
		rows[i].first_s = first_of(node, rows[i].port, row, now_s);
	}
	topo_heard_drop(topo, node);
	node->heard = rows;
	node->heard_text = text;
	node->heard_count = count;
	node->hashes[VIEW_NEIGHBOURS] = hash;
	node->is_dirty = true;
	node->is_told_dirty = true;
	for (size_t i = 0; i < count && !topo->is_heard_dirty; i++)
		target_set(topo, &rows[i], target_of(topo, &rows[i]));
	if (!topo->is_heard_dirty && nodes_heard(topo, node) == before)
		topo->is_tree_dirty = was_tree_dirty;
	return 0;
}
