/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A view comes in: what a switch says of itself and of its ports. Each part is compared with the
 * former by a hash, so that what has not changed costs next to nothing.
 */
#include "topo_impl.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

enum { UPTIME_JITTER_MS = 3000, CHASSIS = 3, STACK = 11, LAG_VIEWS = 2 };

static bool
is_believed(const struct switch_view *view, enum view_part part)
{
	return view->trust[part] == VIEW_CUT || view->trust[part] == VIEW_WHOLE;
}

/* ---- ports */

static int
port_text(struct port *port, const struct view_port *seen)
{
	size_t name = strlen(seen->name) + 1, alias = strlen(seen->alias) + 1;
	size_t descr = strlen(seen->descr) + 1;
	char *text;

	if (port->text != NULL && strcmp(port->name, seen->name) == 0 &&
	    strcmp(port->alias, seen->alias) == 0 && strcmp(port->descr, seen->descr) == 0)
		return 0;
	text = malloc(name + alias + descr);
	if (text == NULL)
		return ERR_NOMEM;
	memcpy(text, seen->name, name);
	memcpy(text + name, seen->alias, alias);
	memcpy(text + name + alias, seen->descr, descr);
	free(port->text);
	port->text = text;
	port->name = text;
	port->alias = text + name;
	port->descr = text + name + alias;
	return 0;
}

/* Its place, made if it is new; the order by ifIndex is kept. */
static uint16_t
port_get(struct node *node, uint32_t if_index)
{
	uint16_t found = topo_port_by_index(node, if_index);
	static const struct view_port unnamed;
	struct port_facts *facts;
	uint16_t *order;
	size_t at;

	if (found != NONE16)
		return found;
	if (node->port_count >= VIEW_PORTS_MAX ||
	    mem_grow(&node->ports, &node->port_cap, node->port_count + 1, sizeof(*node->ports)) !=
		    0)
		return NONE16;
	order = reallocarray(node->order, node->port_cap, sizeof(*order));
	if (order == NULL)
		return NONE16;
	node->order = order;
	facts = reallocarray(node->facts, node->port_cap, sizeof(*facts));
	if (facts == NULL)
		return NONE16;
	node->facts = facts;
	found = (uint16_t)node->port_count;
	node->ports[found] = (struct port){.if_index = if_index,
					   .agg = found,
					   .peer = NONE32,
					   .poe_class = -1,
					   .poe_mw = VIEW_UNKNOWN_MW};
	facts[found] = (struct port_facts){.agg = found};
	if (port_text(&node->ports[found], &unnamed) != 0)
		return NONE16;
	for (at = found; at > 0 && node->ports[order[at - 1]].if_index > if_index; at--)
		order[at] = order[at - 1];
	order[at] = found;
	node->port_count++;
	return found;
}

/* When the link last changed, by the wall clock; an old reckoning stands if it is about the same,
 * as uptime and time are not read at the same moment. */
static int64_t
changed_at(const struct port *port, const struct view_port *seen, const struct switch_view *view,
	   int64_t at_ms)
{
	int64_t changed;

	if (!seen->has_last_change || !is_believed(view, VIEW_SYSTEM) ||
	    view->uptime_cs < seen->last_change_cs)
		return port->changed_ms;
	changed = at_ms - (int64_t)(view->uptime_cs - seen->last_change_cs) * 10;
	if (llabs((long long)(changed - port->changed_ms)) < UPTIME_JITTER_MS)
		return port->changed_ms;
	return changed;
}

/* What matters for who hangs where; the rest is only told. */
static bool
matters(const struct port *a, const struct port *b)
{
	return a->oper != b->oper || a->admin != b->admin || a->lag_if != b->lag_if ||
	       a->is_present != b->is_present || a->is_aggregate != b->is_aggregate ||
	       a->mac != b->mac || a->stp != b->stp;
}

/* Where members are guessed from tables that age, they come and go: one that is no member any more
 * must have said so a few times. */
static void
lag_take(struct port *port, const struct view_port *seen)
{
	port->is_aggregate = seen->is_aggregate;
	if (seen->lag == 0 && port->lag_if != 0 && port->lag_doubt < LAG_VIEWS) {
		port->lag_doubt++;
		return;
	}
	port->lag_doubt = 0;
	port->lag_if = seen->lag;
	if (seen->lag != 0)
		port->former_lag = seen->lag;
}

static int
port_take(struct topo *topo, struct node *node, const struct view_port *seen,
	  const struct switch_view *view, int64_t at_ms)
{
	uint16_t place = port_get(node, seen->if_index);
	struct port *port, before;

	if (place == NONE16)
		return node->port_count >= VIEW_PORTS_MAX ? 0 : ERR_NOMEM;
	port = &node->ports[place];
	before = *port;
	if (port_text(port, seen) != 0)
		return ERR_NOMEM;
	port->is_present = true;
	port->type = seen->type;
	port->admin = seen->admin;
	port->oper = seen->oper;
	port->duplex = seen->duplex;
	port->speed_mbps = seen->speed_mbps;
	port->mac = seen->mac;
	port->changed_ms = changed_at(port, seen, view, at_ms);
	port->base_port = (uint16_t)seen->base_port;
	if (is_believed(view, VIEW_LAGS))
		lag_take(port, seen);
	if (is_believed(view, VIEW_STP))
		port->stp = seen->stp;
	if (is_believed(view, VIEW_VLANS)) {
		port->pvid = seen->pvid;
		port->voice_vlan = seen->voice_vlan;
	}
	if (is_believed(view, VIEW_POE)) {
		port->poe_status = seen->poe.status;
		port->poe_class = seen->poe.power_class;
		port->poe_overload = seen->poe.is_overload;
		port->poe_mw = seen->poe.mw;
		port->poe_group = seen->poe.group;
		port->poe_index = seen->poe.index;
	}
	if (!matters(&before, port))
		return 0;
	node->is_dirty = true;
	if (before.lag_if != port->lag_if || before.mac != port->mac ||
	    before.is_present != port->is_present || before.stp != port->stp ||
	    (topo_port_is_between(port) && port_is_down(&before) != port_is_down(port)))
		topo->is_tree_dirty = true;
	return 0;
}

static void
lags_join(struct node *node)
{
	for (size_t i = 0; i < node->port_count; i++) {
		struct port *port = &node->ports[i];
		uint16_t agg = port->lag_if != 0 && port->is_present
				       ? topo_port_by_index(node, port->lag_if)
				       : NONE16;

		port->agg = agg != NONE16 && node->ports[agg].lag_if == 0 ? agg : (uint16_t)i;
	}
}

/* Interface MACs are the node's own, if they are not all over the place. */
static int
node_macs(struct topo *topo, uint32_t n, int64_t at_ms)
{
	struct node *node = topo->nodes[n];
	uint32_t *keep = NULL;
	size_t kept = 0, cap = node->port_count + 2;
	mac_addr last = MAC_NONE;
	int err = ERR_NOMEM;

	keep = calloc(cap, sizeof(*keep));
	if (keep == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < cap; i++) {
		mac_addr mac = i == 0	? node->identity.bridge_mac
			       : i == 1 ? node->chassis_mac
					: node->ports[i - 2].mac;
		uint32_t station;

		if (i >= 2 && !node->ports[i - 2].is_present)
			continue;
		if (!mac_is_station(mac) || topo_mac_is_virtual(mac) || mac == last)
			continue;
		last = mac;
		station = topo_station_get(topo, mac);
		if (station == NONE32)
			goto out;
		err = topo_claim_add(topo, node->dev, station, ORIGIN_NODE, at_ms);
		if (err != 0)
			goto out;
		keep[kept++] = station;
		err = ERR_NOMEM;
	}
	topo_claims_drop(topo, node->dev, ORIGIN_NODE, keep, kept);
	err = 0;
out:
	free(keep);
	return err;
}

static uint64_t
ports_hash(const struct switch_view *view)
{
	uint64_t hash = TOPO_HASH_START;

	for (size_t i = 0; i < view->port_count; i++) {
		const struct view_port *port = &view->ports[i];
		uint64_t numbers[] = {port->if_index,
				      port->base_port,
				      port->type,
				      port->lag,
				      port->is_aggregate,
				      port->admin,
				      port->oper,
				      port->duplex,
				      port->stp,
				      port->pvid,
				      port->voice_vlan,
				      port->speed_mbps,
				      port->last_change_cs,
				      port->has_last_change,
				      port->mac,
				      port->poe.status,
				      port->poe.is_overload,
				      (uint64_t)port->poe.power_class,
				      port->poe.mw,
				      port->poe.group,
				      port->poe.index};

		hash = topo_hash(hash, numbers, sizeof(numbers));
		hash = topo_hash_text(hash, port->name);
		hash = topo_hash_text(hash, port->alias);
		hash = topo_hash_text(hash, port->descr);
	}
	for (size_t i = 0; i < VIEW_PART_COUNT; i++)
		hash = topo_hash(hash, &view->trust[i], sizeof(view->trust[i]));
	return hash;
}

int
topo_ports_take(struct topo *topo, uint32_t n, const struct switch_view *view, int64_t at_ms)
{
	struct node *node = topo->nodes[n];
	bool is_doubtful = false;
	uint64_t hash;
	int err = 0;

	if (!is_believed(view, VIEW_PORTS) || view->port_count == 0)
		return 0;
	hash = ports_hash(view);
	if (hash == node->hashes[VIEW_PORTS])
		return 0;
	/* A part that is missing this time must not be taken for unchanged the next time. */
	node->hashes[VIEW_PORTS] = 0;
	for (size_t i = 0; i < view->port_count && err == 0; i++)
		err = port_take(topo, node, &view->ports[i], view, at_ms);
	if (err != 0)
		return err;
	for (size_t i = 0; view->trust[VIEW_PORTS] == VIEW_WHOLE && i < node->port_count; i++) {
		struct port *port = &node->ports[i];

		if (port->is_present && switch_view_port(view, port->if_index) == NULL) {
			port->is_present = false;
			port->lag_if = 0;
			topo->is_tree_dirty = true;
		}
	}
	lags_join(node);
	for (size_t i = 0; i < node->port_count; i++)
		is_doubtful = is_doubtful || node->ports[i].lag_doubt > 0;
	err = node_macs(topo, n, at_ms);
	if (err != 0)
		return err;
	node->is_told_dirty = true;
	node->hashes[VIEW_PORTS] = is_doubtful ? 0 : hash;
	return 0;
}

/* ---- identity */

static const char *
serial_of(const struct switch_view *view)
{
	const char *serial = "";

	/* Of a stack: its first chassis; a stack itself has none. */
	for (size_t i = 0; i < view->entity_count; i++) {
		const struct view_entity *entity = &view->entities[i];

		if (entity->entity_class == CHASSIS && entity->serial[0] != '\0')
			return entity->serial;
		if (entity->entity_class == STACK && serial[0] == '\0')
			serial = entity->serial;
	}
	return serial;
}

/* One of the three that differs while another stays is a new supervisor or stack master. */
static bool
is_another(const struct topo_identity *was, const struct topo_identity *is)
{
	bool has_mac = was->bridge_mac != 0 && is->bridge_mac != 0;
	bool has_chassis = was->chassis_id[0] != '\0' && is->chassis_id[0] != '\0';

	if (was->serial[0] != '\0' && is->serial[0] != '\0')
		return strcmp(was->serial, is->serial) != 0;
	if (has_mac && was->bridge_mac == is->bridge_mac)
		return false;
	if (has_chassis && strcmp(was->chassis_id, is->chassis_id) == 0)
		return false;
	return has_mac || has_chassis;
}

static void
identity_words(char *buffer, size_t size, const struct topo_identity *identity)
{
	struct words words = words_open(buffer, size);

	if (identity->serial[0] != '\0') {
		words_add(&words, "serial ");
		words_add(&words, identity->serial);
	}
	if (identity->bridge_mac != 0) {
		words_add(&words, words.at > buffer ? ", " : "");
		words_mac(&words, identity->bridge_mac);
	} else if (identity->chassis_id[0] != '\0') {
		words_add(&words, words.at > buffer ? ", " : "");
		words_add(&words, identity->chassis_id);
	}
}

static int
identity_event(struct topo *topo, struct node *node, const struct topo_identity *now, int64_t at_ms)
{
	bool has_serials = node->identity.serial[0] != '\0' && now->serial[0] != '\0';
	struct topo_event *event;
	struct words words;

	/* A serial, or both ids, are sure; one id alone must be told twice. */
	if (!has_serials &&
	    (now->bridge_mac == 0 || now->chassis_id[0] == '\0' || node->identity.bridge_mac == 0 ||
	     node->identity.chassis_id[0] == '\0') &&
	    (node->doubt.bridge_mac != now->bridge_mac ||
	     strcmp(node->doubt.chassis_id, now->chassis_id) != 0)) {
		node->doubt = *now;
		return ERR_STALE;
	}
	event = topo_event_add(topo, TOPO_EVENT_SWITCH_REPLACED, topo->devs[node->dev].id, at_ms);
	if (event == NULL)
		return ERR_NOMEM;
	identity_words(event->from, sizeof(event->from), &node->identity);
	identity_words(event->to, sizeof(event->to), now);
	words = words_open(event->detail, sizeof(event->detail));
	words_add(&words, has_serials
				  ? "another chassis serial at the same address"
				  : "another bridge address and chassis id at the same address");
	return 0;
}

int
topo_identity_take(struct topo *topo, uint32_t n, const struct switch_view *view, int64_t at_ms)
{
	struct node *node = topo->nodes[n];
	struct topo_identity now = node->identity;
	const char *serial;
	int err;

	if (is_believed(view, VIEW_SYSTEM)) {
		if (mac_is_station(view->bridge_mac))
			now.bridge_mac = view->bridge_mac;
		if (view->chassis_id[0] != '\0')
			memcpy(now.chassis_id, view->chassis_id, sizeof(now.chassis_id));
		if (view->chassis_mac != 0)
			node->chassis_mac = view->chassis_mac;
		if (strcmp(view->sys_name, node->sys_name) != 0) {
			topo_name_remove(topo, node->sys_name, node->dev);
			memcpy(node->sys_name, view->sys_name, sizeof(node->sys_name));
			if (topo_name_add(topo, node->sys_name, node->dev) != 0 ||
			    topo_name_add(topo, topo->devs[node->dev].name, node->dev) != 0)
				return ERR_NOMEM;
			topo->is_heard_dirty = true;
		}
	}
	serial = is_believed(view, VIEW_ENTITIES) ? serial_of(view) : "";
	if (serial[0] != '\0')
		memcpy(now.serial, serial, sizeof(now.serial));
	if (is_believed(view, VIEW_STP) &&
	    (view->stp_root != node->stp_root || view->stp_root_if != node->stp_root_if)) {
		node->stp_root = view->stp_root;
		node->stp_root_if = view->stp_root_if;
		topo->is_tree_dirty = true;
	}
	if (memcmp(&now, &node->identity, sizeof(now)) == 0)
		return 0;
	if (is_another(&node->identity, &now)) {
		err = identity_event(topo, node, &now, at_ms);
		if (err != 0)
			return err == ERR_STALE ? 0 : err;
	}
	node->identity = now;
	node->is_told_dirty = true;
	node->hashes[VIEW_PORTS] = 0;
	return 0;
}

/* ---- all of it */

int
topo_node_new(struct topo *topo, uint32_t dev)
{
	struct node *node;

	if (topo->node_count >= NODES_MAX)
		return ERR_TOOBIG;
	if (mem_grow(&topo->nodes, &topo->node_cap, topo->node_count + 1, sizeof(*topo->nodes)) !=
	    0)
		return ERR_NOMEM;
	node = aligned_alloc(CACHE_LINE,
			     (sizeof(*node) + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);
	if (node == NULL)
		return ERR_NOMEM;
	memset(node, 0, sizeof(*node));
	node->dev = dev;
	node->parent = NONE32;
	node->up_port = NONE16;
	node->parent_port = NONE16;
	node->first_attached = NONE32;
	node->spare_edge = NONE32;
	node->identity.device = topo->devs[dev].id;
	node->is_told_dirty = true;
	topo->nodes[topo->node_count] = node;
	topo->devs[dev].node = (uint32_t)topo->node_count++;
	topo->is_tree_dirty = true;
	topo->is_heard_dirty = true;
	return 0;
}

int
topo_view_put(struct topo *topo, uint32_t id, const struct switch_view *view, int64_t at_ms)
{
	uint32_t dev = map64_get(&topo->by_id, id), n;
	int err;

	if (dev == MAP64_NONE)
		return ERR_NOTFOUND;
	(void)topo_seconds(topo, at_ms);
	if (topo->devs[dev].node == NONE32) {
		err = topo_node_new(topo, dev);
		if (err != 0)
			return err;
	}
	n = topo->devs[dev].node;
	topo->nodes[n]->at_ms = at_ms;
	if (at_ms - topo->nodes[n]->told_ms >= HOUR_MS)
		topo->nodes[n]->is_told_dirty = true;
	err = topo_identity_take(topo, n, view, at_ms);
	if (err == 0)
		err = topo_ports_take(topo, n, view, at_ms);
	if (err == 0)
		err = topo_heard_take(topo, n, view, at_ms);
	if (err == 0)
		err = topo_fdb_take(topo, n, view, at_ms);
	if (err == 0)
		err = topo_arp_take(topo, n, view, at_ms);
	if (err == 0)
		err = topo_dirty_node(topo, topo->nodes[n]);
	return err;
}
