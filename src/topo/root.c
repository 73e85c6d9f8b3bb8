/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which end of the tree is up: where the monitor is. Its MAC, or that of its gateways, is a beacon:
 * most ways from switch to switch along the ports where it is seen end at the root.
 */
#include "tree.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

#define NEARLY	    0.4
#define UPSIDE_DOWN 0.05

enum {
	HOPS_MAX = 64,
	BEACON_COUNT = 2,
	FORMER_SCORE = 1500,
	FORMER_ANEW = 150,
	VOTES_SCORE = 30000
};

/* ---- the root: where the monitor is */

static void
beacon_add(struct build *build, uint32_t station)
{
	if (station != NONE32 && build->beacon_count < BEACONS)
		build->beacons[build->beacon_count++] = station;
}

/* Stations on the way to the monitor: itself; if nobody sees it, its gateways. */
void
tree_beacons_find(const struct topo *topo, struct build *build)
{
	for (size_t i = 0; i < topo->monitor_mac_count; i++) {
		uint32_t station = topo_station_find(topo, topo->monitor_macs[i]);

		if (station != NONE32 && topo->stations[station].ref_count > 0)
			beacon_add(build, station);
	}
	build->is_monitor_seen = build->beacon_count > 0;
	for (size_t k = 0; k < topo->gateway_count && !build->is_monitor_seen; k++) {
		uint32_t dev = map64_get(&topo->by_ip, topo_ip_key(&topo->gateways[k]));

		if (dev < topo->dev_count)
			beacon_add(build, topo->devs[dev].station);
		for (size_t i = 0; i < topo->host_arp_count; i++) {
			if (ipaddr_equal(&topo->host_arp[i].ip, &topo->gateways[k]))
				beacon_add(build, topo_station_find(topo, topo->host_arp[i].mac));
		}
	}
}

/* Where a node sees the first of the beacons that it sees. */
static uint16_t
beacon_look(const struct topo *topo, const struct build *build, uint32_t n)
{
	const struct node *node = topo->nodes[n];

	for (size_t i = 0; i < build->beacon_count; i++) {
		const struct station *station = &topo->stations[build->beacons[i]];
		const uint32_t *refs = station_refs(station);

		if (station->owner == node->dev)
			return NONE16;
		for (uint32_t r = 0; r < station->ref_count; r++) {
			uint16_t port;

			if (ref_node(refs[r]) != n)
				continue;
			port = node->ports[ref_port(refs[r])].agg;
			if (!port_is_down(&node->ports[port]))
				return port;
		}
	}
	return NONE16;
}

/* What it saw most often, as a row may be missing or wrong this time. */
static uint16_t
beacon_recall(const struct topo *topo, const struct build *build, uint32_t n)
{
	struct node *node = topo->nodes[n];
	uint16_t port = beacon_look(topo, build, n);

	if (node->beacon_reading == node->readings)
		return node->beacon_count > 0 ? node->beacon_port : port;
	node->beacon_reading = node->readings;
	if (port != NONE16 && port == node->beacon_port && node->beacon_count > 0) {
		node->beacon_count =
			(uint8_t)(node->beacon_count + (node->beacon_count < BEACON_COUNT));
	} else if (port != NONE16 && node->beacon_count > 1 && topo->fdb_error >= NOISY) {
		node->beacon_count--;
	} else if (port != NONE16) {
		node->beacon_port = port;
		node->beacon_count = 1;
	}
	return node->beacon_count > 0 ? node->beacon_port : port;
}

/* Where it sees the way up: the beacons, else the root's own MACs. */
uint16_t
tree_beacon_port(const struct topo *topo, const struct build *build, uint32_t n)
{
	uint16_t port = build->up[n];
	uint32_t agree, seen;

	if (port == NONE16 && topo->root != NONE32 && topo->root != n)
		port = topo_port_towards(topo, n, topo->root, NONE16, &agree, &seen);
	return port;
}

/* From each switch on to where it sees the monitor: most of these ways end at the root. */
static uint32_t
way_end(const struct build *build, uint32_t start)
{
	uint32_t n = start;

	for (unsigned hops = 0; hops < HOPS_MAX; hops++) {
		uint32_t next = NONE32;

		/* It cannot be told further; the next may be anywhere. */
		if (build->up[n] == NONE16)
			return NONE32;
		for (uint32_t j = build->first[n]; j != NONE32; j = build->joints[j].next) {
			if (build->joints[j].port == build->up[n])
				next = build->joints[j].peer;
		}
		if (next == NONE32)
			return n;
		n = next;
	}
	return NONE32;
}

/* The root has the monitor on a port with few stations, and the others see it where they see the
 * monitor; one that is not the root is seen by those above it elsewhere. */
static double
root_like(const struct topo *topo, const struct build *build, uint32_t n)
{
	const struct node *node = topo->nodes[n];
	double score = 0;

	if (build->up[n] != NONE16) {
		uint32_t stations = 0;

		for (size_t i = 0; i < node->port_count; i++) {
			if (node->ports[i].agg == build->up[n])
				stations += node->ports[i].stations;
		}
		score += 1000.0 / (stations + 1);
	}
	for (uint32_t i = topo->devs[node->dev].claims; i != NONE32;
	     i = topo->claims[i].next_of_device) {
		const struct station *station = &topo->stations[topo->claims[i].station];
		const uint32_t *refs = station_refs(station);

		for (uint32_t r = 0; r < station->ref_count && station->owner == node->dev; r++) {
			uint32_t t = ref_node(refs[r]);
			uint16_t port = topo->nodes[t]->ports[ref_port(refs[r])].agg;

			if (build->up[t] != NONE16)
				score += port == build->up[t] ? 20 : -80;
		}
	}
	return score;
}

static void
score_ways(const struct topo *topo, struct build *build)
{
	double whole = build->is_monitor_seen ? WAYS_SCORE : WAYS_SCORE / 10.0;

	for (uint32_t n = 0; n < topo->node_count; n++)
		build->up[n] =
			topo->nodes[n]->dev != NONE32 ? beacon_recall(topo, build, n) : NONE16;
	if (build->beacon_count == 0)
		return;
	for (uint32_t n = 0; n < topo->node_count; n++) {
		uint32_t end;

		if (topo->nodes[n]->dev == NONE32)
			continue;
		end = way_end(build, n);
		if (end != NONE32)
			build->score[end] += whole / (double)topo->node_count;
		if (end == n)
			build->score[n] += root_like(topo, build, n);
	}
}

static void
score_mac(const struct topo *topo, struct build *build, mac_addr mac, double score)
{
	uint32_t station = topo_station_find(topo, mac);
	const struct node *node;

	if (station == MAP64_NONE)
		return;
	node = topo_node_of(topo, topo->stations[station].owner);
	if (node != NULL)
		build->score[topo->devs[node->dev].node] += score;
}

static void
score_hosts(const struct topo *topo, struct build *build)
{
	size_t nodes = 0;

	/* It is told by where the monitor is seen, then; a gateway may hang anywhere beside. */
	if (build->is_monitor_seen)
		return;

	for (size_t i = 0; i < topo->host_arp_count; i++) {
		const struct arp_row *row = &topo->host_arp[i];
		uint32_t station = topo_station_find(topo, row->mac);
		const struct node *node = NULL;

		if (station != MAP64_NONE)
			node = topo_node_of(topo, topo->stations[station].owner);
		if (node == NULL)
			continue;
		nodes++;
		build->is_gateway_known = true;
		build->score[topo->devs[node->dev].node] +=
			topo->devs[node->dev].kind == KIND_ROUTER ? 300 : 0;
		for (size_t k = 0; k < topo->gateway_count; k++) {
			if (ipaddr_equal(&row->ip, &topo->gateways[k]))
				build->score[topo->devs[node->dev].node] += 1000;
		}
	}
	for (size_t k = 0; k < topo->gateway_count; k++) {
		uint32_t dev = map64_get(&topo->by_ip, topo_ip_key(&topo->gateways[k]));

		if (dev < topo->dev_count && topo->devs[dev].node != NONE32) {
			build->score[topo->devs[dev].node] += 1000;
			build->is_gateway_known = true;
		}
	}
	/* In a network of its own, the monitor has no neighbour but its router. */
	for (size_t i = 0; i < topo->host_arp_count && nodes <= 2; i++)
		score_mac(topo, build, topo->host_arp[i].mac, 200);
}

void
tree_score_roots(const struct topo *topo, struct build *build)
{
	for (uint32_t n = 0; n < topo->node_count; n++) {
		const struct node *node = topo->nodes[n];

		build->score[n] = 0;
		if (node->dev == NONE32)
			continue;
		for (uint32_t j = build->first[n]; j != NONE32; j = build->joints[j].next)
			build->score[n] += 1;
		build->score[n] += (double)node->fdb_count * 1e-6;
		if (topo->devs[node->dev].kind == KIND_ROUTER)
			build->score[n] += 50;
		if (topo->devs[node->dev].upstream != 0)
			continue;
		if (node->stp_root != 0 &&
		    (node->stp_root & MAC_BROADCAST) == node->identity.bridge_mac)
			build->score[n] += 100;
	}
	for (uint32_t n = 0; n < topo->node_count; n++) {
		const struct device_state *dev;

		if (topo->nodes[n]->dev == NONE32)
			continue;
		/* The top of a declared chain. */
		dev = &topo->devs[topo->nodes[n]->dev];
		for (unsigned hops = 0; dev != NULL && dev->upstream != 0 && hops < 64; hops++) {
			const struct device_state *up = topo_dev_by_id(topo, dev->upstream);

			if (up != NULL && up->upstream == 0 && up->node != NONE32)
				build->score[up->node] += 500;
			dev = up;
		}
	}
	score_hosts(topo, build);
	score_ways(topo, build);
}
/* After all is joined, what all see tells more. */
static void
score_again(const struct topo *topo, struct build *build, uint32_t count)
{
	uint32_t voters = tree_votes_count(topo, build, count);

	for (uint32_t i = 0; i < count && voters > 0; i++) {
		uint32_t n = build->queue[i];

		build->score[n] += VOTES_SCORE * (double)build->votes[n] / voters;
	}
}

/* If another is nearly as likely to be the root, what lies between them may be upside down. */
static void
doubt_path(struct topo *topo, const struct build *build, uint32_t component)
{
	uint32_t second = NONE32;

	for (uint32_t n = 0; n < topo->node_count; n++) {
		if (n != topo->root && topo->nodes[n]->component == component &&
		    (second == NONE32 || build->score[n] > build->score[second]))
			second = n;
	}
	if (second == NONE32 || build->score[second] < build->score[topo->root] * NEARLY)
		return;
	for (uint32_t n = second; n != NONE32; n = topo->nodes[n]->parent) {
		if (topo->nodes[n]->error < UPSIDE_DOWN)
			topo->nodes[n]->error = UPSIDE_DOWN;
	}
}

/* All of a component, in build->queue, parents first. */
static uint32_t
orient_anew(struct topo *topo, struct build *build, uint32_t root, uint32_t component)
{
	uint32_t count = 0;

	for (uint32_t n = 0; n < topo->node_count; n++) {
		if (topo->nodes[n]->component == component)
			build->queue[count++] = n;
	}
	tree_part_reset(topo, build->queue, count);
	return tree_orient(topo, build, root, component);
}

/* What the choice can rest on: the switches that were read, and whether one is known to be next to
 * the monitor. */
static uint32_t
count_basis(const struct topo *topo, const struct build *build)
{
	uint32_t basis = build->is_monitor_seen || build->is_gateway_known;

	for (uint32_t n = 0; n < topo->node_count; n++)
		basis += topo->nodes[n]->dev != NONE32 && topo->nodes[n]->readings > 0;
	return basis;
}

/* Of two that are nearly as likely, that which was the root stays it; but less surely if it was
 * chosen when less was known: of those that were read first, one had to be. */
void
tree_former_weigh(struct topo *topo, struct build *build)
{
	uint32_t basis = count_basis(topo, build);

	build->former_score = basis > topo->basis ? FORMER_ANEW : FORMER_SCORE;
	if (basis > topo->basis)
		topo->basis = basis;
}

/* After all is joined, the best of all may be one that was hung on the rest. */
void
tree_root_choose(struct topo *topo, struct build *build, uint32_t component)
{
	uint32_t best = topo->root, count = orient_anew(topo, build, best, component);

	if (build->is_monitor_seen)
		score_again(topo, build, count);
	if (topo->former_root < topo->node_count)
		build->score[topo->former_root] += build->former_score;
	for (uint32_t i = 0; i < count; i++) {
		if (build->score[build->queue[i]] > build->score[best])
			best = build->queue[i];
	}
	if (best != topo->root) {
		topo->root = best;
		count = orient_anew(topo, build, best, component);
	}
	if (build->is_monitor_seen)
		tree_votes_doubt(topo, build, count);
	else
		doubt_path(topo, build, component);
}
