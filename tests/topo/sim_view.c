/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a switch or router of the made-up network says of itself, and how that is damaged: rows that
 * are missing, on a wrong port, or left from elsewhere.
 */
#include "sim.h"

#include "keepwatch/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { IF_ETHERNET = 6, IF_LAG = 161, DEPTH_MAX = 6 };

/* What is being put together. */
struct look {
	const struct sim *sim;
	const struct sim_box *box;
	uint32_t at;
	const struct sim_damage *damage;
	struct switch_view *view;
};

/* Room for one more, cleared by the caller. */
#define ADD(items, count, cap)                                                            \
	(mem_grow(&(items), &(cap), (count) + 1, sizeof(*(items))) != 0 ? (abort(), NULL) \
									: &(items)[(count)++])

/* A fate of one row: the same in every round if the damage is persistent. */
static struct sim_random
fate(const struct look *look, uint64_t what)
{
	struct sim_random random = {look->damage->seed ^ what * 0x9E3779B97F4A7C15U};

	if (!look->damage->is_persistent)
		random.state += (uint64_t)look->sim->round << 32;
	random.state ^= (uint64_t)look->at << 48;
	sim_random(&random);
	return random;
}

static uint16_t
access_vlan(const struct look *look, uint16_t port)
{
	uint32_t peer = look->box->port[port].peer;

	if (peer == SIM_NONE || sim_is_switch(&look->sim->boxes[peer]))
		return 10;
	return (uint16_t)(10 + 10 * look->sim->boxes[peer].vlan);
}

static void
put_port(struct look *look, uint16_t n)
{
	const struct sim_box *box = look->box;
	const struct sim_port *port = &box->port[n];
	bool is_lag = n > box->ports;
	bool is_up =
		port->peer != SIM_NONE || (port->lag != 0 && box->port[port->lag].peer != SIM_NONE);
	struct view_port *out =
		ADD(look->view->ports, look->view->port_count, look->view->port_cap);

	*out = (struct view_port){
		.if_index = sim_if_index(box, n),
		.base_port = sim_is_switch(box) && port->lag == 0 ? n : 0,
		.type = is_lag ? IF_LAG : IF_ETHERNET,
		.lag = sim_if_index(box, port->lag),
		.is_aggregate = is_lag,
		.admin = 1,
		.oper = is_up ? 1 : 2,
		.duplex = is_up ? DUPLEX_FULL : DUPLEX_UNKNOWN,
		.stp = !is_up		  ? STP_DISABLED
		       : port->is_blocked ? STP_BLOCKING
					  : STP_FORWARDING,
		.pvid = access_vlan(look, n),
		.speed_mbps = is_up ? 1000 : 0,
		.in_errors = VIEW_UNKNOWN_COUNT,
		.out_errors = VIEW_UNKNOWN_COUNT,
		.in_discards = VIEW_UNKNOWN_COUNT,
		.out_discards = VIEW_UNKNOWN_COUNT,
		.poe = {.mw = VIEW_UNKNOWN_MW, .limit_mw = VIEW_UNKNOWN_MW, .power_class = -1},
	};
	sim_port_name(box, n, out->name);
	memcpy(out->descr, out->name, sizeof(out->descr));
}

/* The physical port number n of a cable: member i of an aggregation. */
static uint16_t
member(const struct sim_box *box, uint16_t port, unsigned i)
{
	if (port <= box->ports)
		return port;
	for (uint16_t n = 1; n <= box->ports; n++) {
		if (box->port[n].lag == port && i-- == 0)
			return n;
	}
	return 0;
}

static void
describe(const struct sim_box *peer, uint16_t peer_port, struct view_neighbour *out)
{
	char mac[MAC_TEXT_SIZE];

	out->chassis_subtype = 4;
	out->chassis_mac = peer->macs[0];
	snprintf(out->chassis_id, sizeof(out->chassis_id), "%s", mac_format(peer->macs[0], mac));
	if (peer_port != 0 && peer->kind != SIM_PHONE) {
		sim_port_name(peer, peer_port, out->port_id);
		sim_port_name(peer, peer_port, out->port_descr);
		out->port_subtype = peer->style == 2 ? 7 : 5;
	} else {
		out->port_subtype = 3;
		out->port_mac = peer->macs[0];
		snprintf(out->port_id, sizeof(out->port_id), "%s", mac);
		snprintf(out->port_descr, sizeof(out->port_descr), "eth0");
	}
	if (peer->tells_name)
		snprintf(out->sys_name, sizeof(out->sys_name), "%s", peer->name);
	else
		snprintf(out->sys_name, sizeof(out->sys_name), "axis-%012llx",
			 (unsigned long long)peer->macs[0]);
	if (peer->tells_name)
		out->address = sim_ip(peer->ip);
	out->caps = sim_is_switch(peer)	       ? CAP_BRIDGE
		    : peer->kind == SIM_ROUTER ? CAP_ROUTER
		    : peer->kind == SIM_PHONE  ? CAP_TELEPHONE | CAP_BRIDGE
					       : CAP_STATION;
	out->caps_supported = out->caps;
}

static void
add_neighbour(struct look *look, uint16_t local, uint32_t at, uint16_t peer_port)
{
	const struct sim_box *peer = &look->sim->boxes[at];
	struct view_neighbour *out;

	if (peer->has_lldp && look->box->has_lldp) {
		out = ADD(look->view->neighbours, look->view->neighbour_count,
			  look->view->neighbour_cap);
		*out = (struct view_neighbour){.if_index = sim_if_index(look->box, local)};
		describe(peer, peer_port, out);
		sim_port_name(look->box, local, out->local_port);
	}
	if (peer->has_cdp && look->box->has_cdp) {
		out = ADD(look->view->neighbours, look->view->neighbour_count,
			  look->view->neighbour_cap);
		*out = (struct view_neighbour){.if_index = sim_if_index(look->box, local),
					       .protocol = VIEW_CDP,
					       .address = sim_ip(peer->ip),
					       .caps = CAP_BRIDGE};
		snprintf(out->chassis_id, sizeof(out->chassis_id), "%s", peer->name);
		snprintf(out->sys_name, sizeof(out->sys_name), "%s", peer->name);
		snprintf(out->platform, sizeof(out->platform), "cisco WS-C2960");
		sim_port_name(peer, peer_port, out->port_id);
		sim_port_name(look->box, local, out->local_port);
	}
}

/* The port of the peer at the other end of a cable. */
static uint16_t
far_port(const struct sim *sim, uint32_t at, uint32_t peer, uint16_t port)
{
	const struct sim_box *box = &sim->boxes[at], *other = &sim->boxes[peer];

	if (box->parent == peer && box->own_port == port)
		return box->parent_port;
	if (box->spare == peer && box->own_spare_port == port)
		return box->spare_port;
	if (other->spare == at && other->spare_port == port)
		return other->own_spare_port;
	return other->own_port;
}

/* Who is heard on a port: the box at the other end, and through it if it passes LLDP on. */
static void
hear(struct look *look, uint16_t local, uint32_t at, uint32_t from, uint16_t peer_port, int depth)
{
	const struct sim_box *peer = &look->sim->boxes[at];

	if (!peer->is_attached || depth > DEPTH_MAX)
		return;
	if (!peer->is_dark)
		add_neighbour(look, local, at, peer_port);
	if (!peer->floods_lldp || peer->ports == 0)
		return;
	for (uint16_t n = 1; n <= peer->ports + peer->lags; n++) {
		uint32_t next = peer->port[n].peer;

		if (next == SIM_NONE || next == from || peer->port[n].is_blocked)
			continue;
		hear(look, local, next, at,
		     member(&look->sim->boxes[next], far_port(look->sim, at, next, n), 0),
		     depth + 1);
	}
}

static void
put_neighbours(struct look *look)
{
	const struct sim_box *box = look->box;

	for (uint16_t n = 1; n <= box->ports + box->lags; n++) {
		uint32_t peer = box->port[n].peer;
		unsigned cables = n > box->ports ? 2 : 1;

		if (peer == SIM_NONE)
			continue;
		for (unsigned i = 0; i < cables; i++)
			hear(look, member(box, n, i), peer, look->at,
			     member(&look->sim->boxes[peer], far_port(look->sim, look->at, peer, n),
				    i),
			     0);
	}
}

/* Another port that is in use. */
static uint16_t
other_port(const struct look *look, struct sim_random *random, uint16_t port)
{
	const struct sim_box *box = look->box;

	for (int i = 0; i < 200; i++) {
		uint16_t n = (uint16_t)(1 + sim_below(random, box->ports + box->lags));

		if (n != port && box->port[n].peer != SIM_NONE && box->port[n].lag == 0)
			return n;
	}
	return port;
}

static void
add_fdb(struct look *look, mac_addr mac, uint8_t vlan, uint16_t port)
{
	const struct sim_box *box = look->box;
	struct view_fdb *out = ADD(look->view->fdb, look->view->fdb_count, look->view->fdb_cap);

	if (port > box->ports && box->fdb_on_member)
		port = member(box, port, 0);
	*out = (struct view_fdb){
		.mac = mac,
		.if_index = sim_if_index(box, port),
		.vlan = box->has_fdb_vlans ? (uint16_t)(10 + 10 * vlan) : 0,
		.status = FDB_LEARNED,
	};
}

static int
compare_fdb(const void *left, const void *right)
{
	const struct view_fdb *a = left, *b = right;

	if (a->mac != b->mac)
		return a->mac < b->mac ? -1 : 1;
	return (int)a->vlan - (int)b->vlan;
}

/* Rows of stations that once were here: seen on an edge port, though they are elsewhere. */
static void
put_strays(struct look *look, size_t count)
{
	const struct sim *sim = look->sim;

	for (size_t i = 0; i < count; i++) {
		struct sim_random random = fate(look, 0x5743 + i);
		const struct sim_box *box = &sim->boxes[sim_below(&random, (uint32_t)sim->count)];
		uint16_t port = other_port(look, &random, 0);

		if (box->mac_count > 0 && box->kind == SIM_END && port != 0)
			add_fdb(look, box->macs[0], box->vlan, port);
	}
}

static void
put_fdb(struct look *look)
{
	const struct sim_box *box = look->box;
	const struct sim_damage *damage = look->damage;
	struct view_fdb *rows;
	size_t kept = 0;

	for (size_t i = 0; i < box->row_count; i++) {
		const struct sim_row *row = &box->rows[i];
		struct sim_random random = fate(look, row->mac + row->vlan);
		uint16_t port = row->port;

		if (sim_chance(&random, damage->missing_permille))
			continue;
		if (sim_chance(&random, damage->wrong_permille / 2))
			port = other_port(look, &random, port);
		add_fdb(look, row->mac, row->vlan, port);
	}
	put_strays(look, box->row_count * (damage->wrong_permille / 2) / 1000);
	add_fdb(look, box->macs[0], 0, 0);
	look->view->fdb[look->view->fdb_count - 1].status = FDB_SELF;
	rows = look->view->fdb;
	qsort(rows, look->view->fdb_count, sizeof(*rows), compare_fdb);
	for (size_t i = 0; i < look->view->fdb_count; i++) {
		if (kept == 0 || compare_fdb(&rows[kept - 1], &rows[i]) != 0)
			rows[kept++] = rows[i];
	}
	look->view->fdb_count = kept;
}

static void
put_arp(struct look *look)
{
	const struct sim *sim = look->sim;

	for (size_t i = 0; i < sim->count; i++) {
		const struct sim_box *box = &sim->boxes[i];
		struct sim_random random = fate(look, box->macs[0] ^ 0xa5);
		struct view_arp *out;

		if (box->ip == 0 || box->mac_count == 0 || box->is_dark || !box->is_attached ||
		    i == look->at || box->kind == SIM_MONITOR ||
		    sim_chance(&random, look->damage->missing_permille))
			continue;
		out = ADD(look->view->arp, look->view->arp_count, look->view->arp_cap);
		*out = (struct view_arp){.ip = sim_ip(box->ip), .mac = box->macs[0]};
		if (box->ip == sim->duplicate_ip && sim->round % 2 == 1)
			out->mac = sim->duplicate_mac;
		if (sim_chance(&random, look->damage->wrong_permille))
			out->mac = sim->boxes[sim_below(&random, (uint32_t)sim->count)].macs[0];
	}
}

/* Missing ones, pairs that have changed places, and some that are heard where they once were. */
static void
damage_neighbours(struct look *look)
{
	struct view_neighbour *rows = look->view->neighbours;
	size_t count = look->view->neighbour_count, kept = 0;

	for (size_t i = 0; i < count; i++) {
		struct sim_random random =
			fate(look, rows[i].chassis_mac + rows[i].if_index + 0x11d9);

		if (!sim_chance(&random, look->damage->missing_permille))
			rows[kept++] = rows[i];
	}
	for (size_t i = 0; i < kept; i++) {
		struct sim_random random =
			fate(look, rows[i].chassis_mac + rows[i].if_index + 0x11da);
		struct view_neighbour *other = &rows[sim_below(&random, (uint32_t)kept)];
		uint32_t if_index = rows[i].if_index;

		if (!sim_chance(&random, look->damage->wrong_permille))
			continue;
		if (sim_chance(&random, 500)) {
			rows[i].if_index = other->if_index;
			other->if_index = if_index;
		} else {
			rows[i].if_index = sim_if_index(look->box, other_port(look, &random, 0));
		}
	}
	look->view->neighbour_count = kept;
}

static int
compare_neighbours(const void *left, const void *right)
{
	const struct view_neighbour *a = left, *b = right;

	if (a->if_index != b->if_index)
		return a->if_index < b->if_index ? -1 : 1;
	return (int)a->protocol - (int)b->protocol;
}

static int
compare_ports(const void *left, const void *right)
{
	const struct view_port *a = left, *b = right;

	return (a->if_index > b->if_index) - (a->if_index < b->if_index);
}

static void
put_system(struct look *look)
{
	const struct sim_box *box = look->box;
	const struct sim_box *core = &look->sim->boxes[look->sim->core];
	struct switch_view *view = look->view;
	char mac[MAC_TEXT_SIZE];

	view->uptime_cs = 100000U + look->sim->round * SIM_ROUND_S * 100U;
	snprintf(view->sys_name, sizeof(view->sys_name), "%s", box->name);
	snprintf(view->sys_descr, sizeof(view->sys_descr), "made-up switch");
	if (sim_is_switch(box)) {
		view->bridge_mac = box->macs[0];
		view->stp_root = UINT64_C(0x8000) << 48 | core->macs[0];
		view->stp_root_if =
			look->at == look->sim->core ? 0 : sim_if_index(box, box->own_port);
	}
	if (box->has_lldp) {
		view->chassis_mac = box->macs[0];
		snprintf(view->chassis_id, sizeof(view->chassis_id), "%s",
			 mac_format(box->macs[0], mac));
	}
	for (unsigned unit = 0; unit < box->units; unit++) {
		struct view_entity *entity =
			ADD(view->entities, view->entity_count, view->entity_cap);

		*entity = (struct view_entity){.index = 1 + unit, .entity_class = 3};
		snprintf(entity->serial, sizeof(entity->serial), "%s%u", box->serial, unit);
	}
}

struct switch_view *
sim_view(const struct sim *sim, uint32_t at, const struct sim_damage *damage)
{
	static const struct sim_damage none;
	struct look look = {sim, &sim->boxes[at], at, damage == NULL ? &none : damage, NULL};

	if (!look.box->has_snmp || !look.box->is_attached || look.box->is_dark)
		return NULL;
	look.view = switch_view_new();
	if (look.view == NULL)
		abort();
	for (int part = 0; part < VIEW_PART_COUNT; part++)
		look.view->trust[part] = VIEW_WHOLE;
	put_system(&look);
	for (uint16_t n = 1; n <= look.box->ports + look.box->lags; n++)
		put_port(&look, n);
	qsort(look.view->ports, look.view->port_count, sizeof(*look.view->ports), compare_ports);
	put_neighbours(&look);
	if (damage != NULL)
		damage_neighbours(&look);
	if (look.view->neighbour_count > 0)
		qsort(look.view->neighbours, look.view->neighbour_count,
		      sizeof(*look.view->neighbours), compare_neighbours);
	if (sim_is_switch(look.box))
		put_fdb(&look);
	if (at == sim->router)
		put_arp(&look);
	return look.view;
}
