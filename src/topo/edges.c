/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which switches are neighbours: what both ends tell of a cable is brought together, and FDBs are
 * asked whether they bear it out. Over a true cable between a and b every station that both see is
 * seen by exactly one of them on the cable's port.
 */
#include "topo_impl.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

enum { SAMPLE = 48, TALLY = 32 };

bool
topo_port_is_between(const struct port *port)
{
	return port->role == ROLE_UPLINK || port->role == ROLE_DOWNLINK;
}

static uint16_t
agg_of(const struct node *node, uint16_t port)
{
	return port != NONE16 ? node->ports[port].agg : NONE16;
}

/* The port of the peer that a row names. */
static uint16_t
peer_port(const struct node *peer, const struct heard *heard)
{
	uint16_t port = NONE16;

	if (heard->port_mac != 0)
		port = topo_port_by_mac(peer, heard->port_mac);
	if (port == NONE16)
		port = topo_port_by_text(peer, heard->port_id);
	if (port == NONE16 && heard->port_subtype == 7 &&
	    strspn(heard->port_id, "0123456789") == strlen(heard->port_id))
		port = topo_port_by_index(peer, (uint32_t)strtoul(heard->port_id, NULL, 10));
	if (port == NONE16)
		port = topo_port_by_text(peer, heard->port_descr);
	return agg_of(peer, port);
}

static int
edge_add(struct topo *topo, const struct edge *edge)
{
	if (mem_grow(&topo->edges, &topo->edge_cap, topo->edge_count + 1, sizeof(*edge)) != 0)
		return ERR_NOMEM;
	topo->edges[topo->edge_count++] = *edge;
	return 0;
}

static int
edges_told(struct topo *topo)
{
	for (uint32_t n = 0; n < topo->node_count; n++) {
		const struct node *node = topo->nodes[n];

		for (size_t i = 0; i < node->heard_count; i++) {
			const struct heard *heard = &node->heard[i];
			const struct node *peer = topo_node_of(topo, heard->target);
			uint32_t p = peer != NULL ? topo->devs[heard->target].node : NONE32;
			uint16_t mine, its;
			struct edge edge;

			if (peer == NULL || p == n)
				continue;
			mine = agg_of(node, heard->port);
			its = peer_port(peer, heard);
			edge = (struct edge){
				.a = n < p ? n : p,
				.b = n < p ? p : n,
				.pa = n < p ? mine : its,
				.pb = n < p ? its : mine,
				.ends = n < p ? 1 : 2,
				.protocol = heard->protocol,
			};
			if (edge_add(topo, &edge) != 0)
				return ERR_NOMEM;
		}
	}
	return 0;
}

static int
edge_compare(const void *x, const void *y)
{
	const struct edge *a = x, *b = y;

	if (a->a != b->a)
		return a->a < b->a ? -1 : 1;
	if (a->b != b->b)
		return a->b < b->b ? -1 : 1;
	if (a->ends != b->ends)
		return a->ends < b->ends ? -1 : 1;
	if (a->pa != b->pa)
		return a->pa < b->pa ? -1 : 1;
	if (a->pb != b->pb)
		return a->pb < b->pb ? -1 : 1;
	return (int)a->protocol - (int)b->protocol;
}

/* Both are told of the same cable, as far as their ports are known. */
static bool
is_same_cable(const struct edge *a, const struct edge *b)
{
	return a->a == b->a && a->b == b->b &&
	       (a->pa == b->pa || a->pa == NONE16 || b->pa == NONE16) &&
	       (a->pb == b->pb || a->pb == NONE16 || b->pb == NONE16);
}

static void
edges_merge(struct topo *topo)
{
	size_t kept = 0;

	if (topo->edge_count > 0)
		qsort(topo->edges, topo->edge_count, sizeof(*topo->edges), edge_compare);
	for (size_t i = 0; i < topo->edge_count; i++) {
		const struct edge *edge = &topo->edges[i];
		struct edge *into = NULL;

		for (size_t k = kept; k > 0 && topo->edges[k - 1].a == edge->a &&
				      topo->edges[k - 1].b == edge->b && into == NULL;
		     k--) {
			if (is_same_cable(&topo->edges[k - 1], edge))
				into = &topo->edges[k - 1];
		}
		if (into == NULL) {
			topo->edges[kept++] = *edge;
			continue;
		}
		into->ends |= edge->ends;
		if (into->pa == NONE16)
			into->pa = edge->pa;
		if (into->pb == NONE16)
			into->pb = edge->pb;
	}
	topo->edge_count = kept;
}

/* ---- what the FDBs say */

struct tally {
	uint16_t ports[TALLY];
	uint32_t counts[TALLY];
	size_t used;
	uint32_t total;
};

static void
tally_add(struct tally *tally, uint16_t port)
{
	for (size_t i = 0; i < tally->used; i++) {
		if (tally->ports[i] == port) {
			tally->counts[i]++;
			tally->total++;
			return;
		}
	}
	if (tally->used == TALLY)
		return;
	tally->ports[tally->used] = port;
	tally->counts[tally->used++] = 1;
	tally->total++;
}

static void
tally_station(const struct topo *topo, struct tally *tally, uint32_t from,
	      const struct station *station)
{
	const uint32_t *refs = station_refs(station);

	if (station->ref_count > REFS_MANY)
		return;
	for (uint32_t i = 0; i < station->ref_count; i++) {
		const struct node *node;

		if (ref_node(refs[i]) != from)
			continue;
		node = topo->nodes[from];
		tally_add(tally, node->ports[ref_port(refs[i])].agg);
	}
}

/* Some of the stations that a node has elsewhere than on the port; they are fetched meanwhile. */
static size_t
sample_beyond(const struct topo *topo, const struct node *node, uint16_t port, size_t step,
	      uint32_t *stations)
{
	size_t count = 0;

	for (size_t i = 0; i < node->fdb_count && count < SAMPLE; i += step) {
		const struct fdb_row *row = &node->fdb[i];

		if (node->ports[row->port].agg == port)
			continue;
		stations[count] = topo_station_find(topo, row->key >> 16);
		if (stations[count] == MAP64_NONE)
			continue;
		__builtin_prefetch(&topo->stations[stations[count++]]);
	}
	for (size_t i = 0; i < count; i++)
		__builtin_prefetch(station_refs(&topo->stations[stations[i]]));
	return count;
}

uint16_t
topo_port_towards(const struct topo *topo, uint32_t from, uint32_t to, uint16_t to_port,
		  uint32_t *agree, uint32_t *seen)
{
	const struct node *there = topo->nodes[to];
	struct tally tally = {.used = 0};
	uint32_t stations[SAMPLE];
	size_t step = there->fdb_count / SAMPLE + 1, best = 0, count;

	for (uint32_t i = topo->devs[there->dev].claims; i != NONE32;
	     i = topo->claims[i].next_of_device) {
		const struct station *station = &topo->stations[topo->claims[i].station];

		if (station->owner == there->dev)
			tally_station(topo, &tally, from, station);
	}
	count = to_port != NONE16 ? sample_beyond(topo, there, to_port, step, stations) : 0;
	for (size_t i = 0; i < count; i++)
		tally_station(topo, &tally, from, &topo->stations[stations[i]]);
	*seen = tally.total;
	*agree = 0;
	if (tally.used == 0)
		return NONE16;
	for (size_t i = 1; i < tally.used; i++) {
		if (tally.counts[i] > tally.counts[best])
			best = i;
	}
	*agree = tally.counts[best];
	return tally.ports[best];
}

static bool
is_blocked(const struct node *node, uint16_t port)
{
	return port != NONE16 &&
	       (node->ports[port].stp == STP_BLOCKING || node->ports[port].stp == STP_BROKEN);
}

static bool
is_down(const struct node *node, uint16_t port)
{
	return port != NONE16 && port_is_down(&node->ports[port]);
}

/* One direction: what b has beyond itself should be on pa. */
static void
edge_ask(const struct topo *topo, uint32_t from, uint16_t *from_port, uint32_t to, uint16_t to_port,
	 uint32_t *agree, uint32_t *seen)
{
	uint32_t mode_agree, total;
	uint16_t mode = topo_port_towards(topo, from, to, to_port, &mode_agree, &total);

	if (total == 0)
		return;
	if (*from_port == NONE16 && mode_agree * 2 > total)
		*from_port = mode;
	*seen += total;
	/* If another port has most of them, the few on this one do not matter. */
	if (mode == *from_port)
		*agree += mode_agree;
}

/* Stations that each sees beyond the other: if they are the most, the two do not hang on each other
 * but both on a third that passes LLDP or CDP on. */
static bool
is_passed_on(const struct topo *topo, const struct edge *edge)
{
	const struct node *a = topo->nodes[edge->a], *b = topo->nodes[edge->b];
	size_t step = b->fdb_count / SAMPLE + 1;
	uint32_t both = 0, one = 0;

	if (edge->pa == NONE16 || edge->pb == NONE16)
		return false;
	for (size_t i = 0; i < b->fdb_count; i += step) {
		uint32_t s = topo_station_find(topo, b->fdb[i].key >> 16);
		const uint32_t *refs;

		if (b->ports[b->fdb[i].port].agg != edge->pb || s == MAP64_NONE ||
		    topo->stations[s].ref_count > REFS_MANY)
			continue;
		refs = station_refs(&topo->stations[s]);
		for (uint32_t r = 0; r < topo->stations[s].ref_count; r++) {
			if (ref_node(refs[r]) != edge->a)
				continue;
			if (a->ports[ref_port(refs[r])].agg == edge->pa)
				both++;
			else
				one++;
		}
	}
	return both >= 4 && both > one;
}

static void
edge_weigh(const struct topo *topo, struct edge *edge)
{
	const struct node *a = topo->nodes[edge->a], *b = topo->nodes[edge->b];
	uint32_t agree[2] = {0}, seen[2] = {0};
	int worse;

	/* The first bears out the port of a, the second that of b. */
	edge_ask(topo, edge->a, &edge->pa, edge->b, edge->pb, &agree[0], &seen[0]);
	edge_ask(topo, edge->b, &edge->pb, edge->a, edge->pa, &agree[1], &seen[1]);
	worse = seen[1] > 0 &&
		(seen[0] == 0 || (uint64_t)agree[1] * seen[0] < (uint64_t)agree[0] * seen[1]);
	/* Few stations speak for little: then the other direction counts. */
	if (seen[worse] < 4 && seen[!worse] >= 4)
		worse = !worse;
	edge->agree = agree[worse];
	edge->seen = seen[worse];
	edge->is_blocked = is_blocked(a, edge->pa) || is_blocked(b, edge->pb);
	edge->is_down = is_down(a, edge->pa) || is_down(b, edge->pb);
	edge->weight = edge->ends == 3 ? 6 : 3;
	if (edge->seen > 0) {
		double share = (double)edge->agree / edge->seen;
		double trust = edge->seen >= 4 ? 1 : edge->seen / 4.0;

		edge->weight += trust * (share * 9 - 5);
	}
	if (is_passed_on(topo, edge))
		edge->weight -= 20;
	if (edge->is_blocked)
		edge->weight -= 20;
	if (edge->is_down)
		edge->weight -= 100;
}

int
topo_edges_build(struct topo *topo)
{
	int err;

	topo->edge_count = 0;
	err = edges_told(topo);
	if (err != 0)
		return err;
	if (topo->edge_count > 0)
		edges_merge(topo);
	for (size_t i = 0; i < topo->edge_count; i++)
		edge_weigh(topo, &topo->edges[i]);
	return 0;
}
