/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What each port is for, once the tree stands, and how many stations are on it; and the ports as
 * they are told.
 */
#include "topo_impl.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <string.h>

enum { ETHERNET = 6, GIGABIT_ETHERNET = 117, LAG = 161, FAST_ETHERNET = 62, FAST_FX = 69 };

static bool
is_physical(const struct port *port)
{
	return port->base_port != 0 || port->type == ETHERNET || port->type == GIGABIT_ETHERNET ||
	       port->type == LAG || port->type == FAST_ETHERNET || port->type == FAST_FX ||
	       port->is_aggregate || port->group_stations > 0 || port->heard > 0;
}

static enum topo_role
role_of(const struct node *node, uint16_t p)
{
	const struct port *port = &node->ports[p];

	if (!port->is_present && port->group_stations == 0)
		return ROLE_UNKNOWN;
	if (port->agg != p)
		return ROLE_MEMBER;
	if (port->peer != NONE32)
		return p == node->up_port ? ROLE_UPLINK : ROLE_DOWNLINK;
	if (!is_physical(port))
		return ROLE_UNKNOWN;
	if (port->oper != 1 && port->group_stations == 0 && port->heard == 0)
		return ROLE_UNUSED;
	return ROLE_EDGE;
}

/* A port with a cable of the tree. */
bool
topo_port_is_tree(const struct node *node, uint16_t port)
{
	return port == node->up_port || node->ports[port].tin_high > node->ports[port].tin_low;
}

/* Both ends of a redundant path are between switches, too. */
void
topo_spares_mark(struct topo *topo)
{
	for (size_t i = 0; i < topo->edge_count; i++) {
		const struct edge *edge = &topo->edges[i];
		struct node *a = topo->nodes[edge->a], *b = topo->nodes[edge->b];

		if (edge->is_tree || a->component != b->component ||
		    !(edge->is_blocked || (edge->ends == 3 && edge->weight > 0)))
			continue;
		if (edge->pa != NONE16 && a->ports[edge->pa].peer == NONE32)
			a->ports[edge->pa].peer = edge->b;
		if (edge->pb != NONE16 && b->ports[edge->pb].peer == NONE32)
			b->ports[edge->pb].peer = edge->a;
	}
}

static void
facts_set(struct node *node)
{
	for (size_t i = 0; i < node->port_count; i++) {
		uint16_t agg = node->ports[i].agg;
		const struct port *port = &node->ports[agg];

		node->facts[i] = (struct port_facts){
			.tin_low = port->tin_low,
			.tin_high = port->tin_high,
			.agg = agg,
			.is_down = port_is_down(port),
			.may_hold = port_may_hold(port),
		};
	}
}

void
topo_roles_set(struct topo *topo, struct node *node)
{
	(void)topo;
	node->bare = 0;
	node->edges = 0;
	for (size_t i = 0; i < node->port_count; i++) {
		node->ports[i].group_stations = 0;
		node->ports[i].heard = 0;
	}
	for (size_t i = 0; i < node->heard_count; i++) {
		if (node->heard[i].port != NONE16)
			node->ports[node->ports[node->heard[i].port].agg].heard++;
	}
	for (size_t i = 0; i < node->port_count; i++)
		node->ports[node->ports[i].agg].group_stations += node->ports[i].stations;
	for (size_t i = 0; i < node->port_count; i++) {
		struct port *port = &node->ports[i];
		enum topo_role role = role_of(node, (uint16_t)i);

		if (port->role != role)
			node->is_told_dirty = true;
		port->role = (uint8_t)role;
		if (role == ROLE_EDGE && port->oper == 1) {
			node->edges++;
			node->bare += port->group_stations == 0 && port->heard == 0;
		}
	}
	facts_set(node);
	node->is_dirty = false;
}

/* ---- telling */

static void
neighbours_tell(const struct topo *topo, const struct node *node, uint16_t p, char *buffer,
		size_t size)
{
	struct words words = words_open(buffer, size);
	bool is_first = true;

	for (size_t i = 0; i < node->heard_count; i++) {
		const struct heard *heard = &node->heard[i];

		if (heard->port != p)
			continue;
		words_add(&words, is_first ? "" : "; ");
		is_first = false;
		words_add(&words, heard->target != NONE32      ? topo->devs[heard->target].name
				  : heard->sys_name[0] != '\0' ? heard->sys_name
							       : heard->chassis_id);
		if (heard->port_id[0] != '\0' && heard->port_mac == 0) {
			words_add(&words, " ");
			words_add(&words, heard->port_id);
		}
		words_add(&words, " (");
		words_add(&words, view_protocol_name((enum view_protocol)heard->protocol));
		words_add(&words, ")");
	}
}

static void
port_tell(const struct topo *topo, const struct node *node, uint16_t p, struct topo_port *out)
{
	const struct port *port = &node->ports[p];

	memset(out, 0, sizeof(*out));
	out->if_index = port->if_index;
	out->lag = port->lag_if;
	out->role = port->role;
	out->admin = port->admin;
	out->oper = port->oper;
	out->duplex = port->duplex;
	out->stp = port->stp;
	out->poe_status = port->poe_status;
	out->poe_class = port->poe_class;
	out->poe_overload = port->poe_overload;
	out->pvid = port->pvid;
	out->poe_mw = port->poe_mw;
	out->poe_group = port->poe_group;
	out->poe_index = port->poe_index;
	out->stations = port->group_stations;
	out->speed_mbps = port->speed_mbps;
	out->changed_ms = port->changed_ms;
	strncpy(out->name, port->name, sizeof(out->name) - 1);
	strncpy(out->alias, port->alias, sizeof(out->alias) - 1);
	neighbours_tell(topo, node, p, out->neighbour, sizeof(out->neighbour));
}

/* What topo_ports will say; whether it differs from what was said before. */
int
topo_ports_tell(struct topo *topo, struct node *node)
{
	uint64_t hash = topo_hash(TOPO_HASH_START, &node->identity, sizeof(node->identity));
	uint64_t row;

	for (size_t i = 0; i < node->port_count; i++) {
		const struct port *port = &node->ports[i];
		uint64_t numbers[] = {port->if_index,	  port->lag_if,
				      port->role,	  port->admin,
				      port->oper,	  port->duplex,
				      port->stp,	  port->poe_status,
				      port->poe_overload, port->pvid,
				      port->poe_mw,	  port->group_stations,
				      port->speed_mbps,	  (uint64_t)port->changed_ms,
				      port->is_present,	  (uint64_t)port->poe_class,
				      port->poe_group,	  port->poe_index};

		hash = topo_hash(hash, numbers, sizeof(numbers));
		hash = topo_hash_text(hash, port->name);
		hash = topo_hash_text(hash, port->alias);
	}
	for (size_t i = 0; i < node->heard_count; i++) {
		row = node->heard[i].port | (uint64_t)node->heard[i].target << 16;
		hash = topo_hash(hash, &row, sizeof(row));
		hash = topo_hash_text(hash, node->heard[i].sys_name);
		hash = topo_hash_text(hash, node->heard[i].port_id);
	}
	node->is_told_dirty = false;
	/* Once an hour even if nothing has changed: when it was read is stored, too. */
	if (hash == node->told_hash && node->at_ms - node->told_ms < HOUR_MS)
		return 0;
	node->told_hash = hash;
	node->told_ms = node->at_ms;
	node->told_count = 0;
	if (mem_grow(&topo->out_switches, &topo->out_switch_cap, topo->out_switch_count + 1,
		     sizeof(*topo->out_switches)) != 0)
		return ERR_NOMEM;
	topo->out_switches[topo->out_switch_count++] = topo->devs[node->dev].id;
	return 0;
}

const struct topo_port *
topo_ports(const struct topo *topo, uint32_t id, size_t *count)
{
	const struct device_state *dev = topo_dev_by_id(topo, id);
	struct node *node = dev != NULL && dev->node != NONE32 ? topo->nodes[dev->node] : NULL;
	size_t told = 0;

	*count = 0;
	if (node == NULL ||
	    mem_grow(&node->told, &node->told_cap, node->port_count + 1, sizeof(*node->told)) != 0)
		return NULL;
	for (size_t i = 0; i < node->port_count; i++) {
		uint16_t p = node->order[i];

		if (node->ports[p].is_present || node->ports[p].group_stations > 0)
			port_tell(topo, node, p, &node->told[told++]);
	}
	*count = told;
	return node->told;
}
