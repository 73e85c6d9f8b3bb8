/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tree of the switches. The heaviest spanning forest of what neighbours tell; each part gets a
 * root, towards the monitor; parts that no neighbour joins are joined by FDB containment: a switch
 * hangs on the deepest one that sees its stations on a port that does not lead up.
 */
#include "topo_impl.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
	SAMPLE = 64,
	SEEN_MAX = 4096,
	BEACONS = 2 * MONITOR_MAX,
	HOPS_MAX = 64,
	WAYS_SCORE = 10000,
	NETWORK_SAMPLE = 8,
	BEACON_COUNT = 3,
	FORMER_SCORE = 1500
};

#define NEARLY	       0.4
#define UPSIDE_DOWN    0.05
#define PART_COMPONENT (UINT32_MAX - 1)

struct joint {
	uint32_t node, peer; /* to the peer */
	uint16_t port, peer_port;
	uint8_t source;
	double error;
	uint32_t next;
};

/* Scratch of one building. */
struct build {
	struct joint *joints; /* both directions of each edge of the tree */
	size_t joint_count, joint_cap;
	uint32_t *first;   /* by node */
	uint32_t *part;	   /* by node: representative */
	uint32_t *network; /* by node: representative of all that may be joined */
	uint32_t *queue;
	uint32_t *counts;	   /* by node: stations of another that it sees */
	uint16_t *ports;	   /* by node: and on which port */
	double *score;		   /* by node: for being the root */
	uint32_t beacons[BEACONS]; /* stations on the way to the monitor */
	size_t beacon_count;
	bool is_monitor_seen;
	uint16_t *up; /* by node: the port where it sees a beacon */
};

static int
joint_add(struct build *build, uint32_t a, uint16_t pa, uint32_t b, uint16_t pb, uint8_t source,
	  double error)
{
	if (mem_grow(&build->joints, &build->joint_cap, build->joint_count + 2,
		     sizeof(*build->joints)) != 0)
		return ERR_NOMEM;
	build->joints[build->joint_count] =
		(struct joint){a, b, pa, pb, source, error, build->first[a]};
	build->first[a] = (uint32_t)build->joint_count++;
	build->joints[build->joint_count] =
		(struct joint){b, a, pb, pa, source, error, build->first[b]};
	build->first[b] = (uint32_t)build->joint_count++;
	return 0;
}

static uint32_t
part_of(uint32_t *part, uint32_t n)
{
	while (part[n] != n) {
		part[n] = part[part[n]];
		n = part[n];
	}
	return n;
}

/* ---- by neighbours */

static int
weight_compare(const void *x, const void *y)
{
	const struct edge *a = x, *b = y;

	if (a->weight != b->weight)
		return a->weight > b->weight ? -1 : 1;
	if (a->a != b->a)
		return a->a < b->a ? -1 : 1;
	if (a->b != b->b)
		return a->b < b->b ? -1 : 1;
	return a->pa < b->pa ? -1 : a->pa > b->pa;
}

/* How likely a cable that neighbours tell of is not there, or not on these ports. */
static double
edge_error(const struct topo *topo, const struct edge *edge)
{
	double told = edge->ends == 3 ? topo->lldp_error * topo->lldp_error : topo->lldp_error;
	double share = edge->seen > 0 ? (double)edge->agree / edge->seen : 0;

	if (edge->pa == NONE16 || edge->pb == NONE16)
		told = told < 0.02 ? 0.02 : told;
	if (edge->seen == 0)
		return told * 0.8;
	if (share >= 0.6)
		return edge->seen >= 4 ? told * 0.02 : told * 0.2;
	/* Both ends tell the same ports: then rows are late, rather. */
	if (edge->ends == 3 && edge->pa != NONE16 && edge->pb != NONE16)
		return 0.02;
	return share < 0.3 && edge->seen >= 4 ? 0.5 : told * 4 + 0.05;
}

static int
forest_build(struct topo *topo, struct build *build)
{
	if (topo->edge_count > 0)
		qsort(topo->edges, topo->edge_count, sizeof(*topo->edges), weight_compare);
	for (size_t i = 0; i < topo->edge_count; i++) {
		struct edge *edge = &topo->edges[i];
		uint32_t a = part_of(build->part, edge->a), b = part_of(build->part, edge->b);

		edge->is_tree = false;
		if (a == b || edge->is_down || edge->is_blocked || edge->weight < 0)
			continue;
		edge->is_tree = true;
		build->part[a > b ? a : b] = a > b ? b : a;
		if (joint_add(build, edge->a, edge->pa, edge->b, edge->pb,
			      edge->protocol == VIEW_CDP ? TOPO_CDP : TOPO_LLDP,
			      edge_error(topo, edge)) != 0)
			return ERR_NOMEM;
	}
	return 0;
}

/* ---- the root: where the monitor is */

static void
beacon_add(struct build *build, uint32_t station)
{
	if (station != NONE32 && build->beacon_count < BEACONS)
		build->beacons[build->beacon_count++] = station;
}

/* Stations on the way to the monitor: itself; if nobody sees it, its gateways. */
static void
beacons_find(const struct topo *topo, struct build *build)
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
	} else if (port != NONE16 && node->beacon_count > 1) {
		node->beacon_count--;
	} else if (port != NONE16) {
		node->beacon_port = port;
		node->beacon_count = 1;
	}
	return node->beacon_count > 0 ? node->beacon_port : port;
}

/* Where it sees the way up: the beacons, else the root's own MACs. */
static uint16_t
beacon_port(const struct topo *topo, const struct build *build, uint32_t n)
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
		build->score[topo->devs[node->dev].node] +=
			topo->devs[node->dev].kind == KIND_ROUTER ? 300 : 0;
		for (size_t k = 0; k < topo->gateway_count; k++) {
			if (ipaddr_equal(&row->ip, &topo->gateways[k]))
				build->score[topo->devs[node->dev].node] += 1000;
		}
	}
	for (size_t k = 0; k < topo->gateway_count; k++) {
		uint32_t dev = map64_get(&topo->by_ip, topo_ip_key(&topo->gateways[k]));

		if (dev < topo->dev_count && topo->devs[dev].node != NONE32)
			build->score[topo->devs[dev].node] += 1000;
	}
	/* In a network of its own, the monitor has no neighbour but its router. */
	for (size_t i = 0; i < topo->host_arp_count && nodes <= 2; i++)
		score_mac(topo, build, topo->host_arp[i].mac, 200);
}

static void
score_roots(const struct topo *topo, struct build *build)
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

/* Breadth first from the root: parents, ports and depths of its part. */
static uint32_t
orient(struct topo *topo, struct build *build, uint32_t root, uint32_t component)
{
	uint32_t head = 0, tail = 0;

	build->queue[tail++] = root;
	topo->nodes[root]->component = component;
	while (head < tail) {
		uint32_t n = build->queue[head++];

		for (uint32_t j = build->first[n]; j != NONE32; j = build->joints[j].next) {
			const struct joint *joint = &build->joints[j];
			struct node *child = topo->nodes[joint->peer];

			if (joint->peer == topo->nodes[n]->parent || child->component == component)
				continue;
			child->component = component;
			child->parent = n;
			child->parent_port = joint->port;
			child->up_port = joint->peer_port;
			child->source = joint->source;
			child->error = joint->error;
			child->depth = topo->nodes[n]->depth + 1;
			build->queue[tail++] = joint->peer;
		}
	}
	return tail;
}

/* ---- by containment */

static void
count_station(const struct topo *topo, struct build *build, uint32_t component,
	      const struct station *station, uint32_t *seen, size_t *seen_count)
{
	const uint32_t *refs = station_refs(station);

	if (station->ref_count > REFS_MANY)
		return;
	for (uint32_t i = 0; i < station->ref_count; i++) {
		uint32_t t = ref_node(refs[i]);
		const struct node *node = topo->nodes[t];
		uint16_t port = node->ports[ref_port(refs[i])].agg;

		if (node->component != component || port == node->up_port ||
		    port_is_down(&node->ports[port]))
			continue;
		if (build->counts[t] == 0) {
			if (*seen_count == SEEN_MAX)
				continue;
			seen[(*seen_count)++] = t;
			build->ports[t] = port;
		}
		/* The port that most of them are on: majority vote (Boyer, Moore). */
		if (build->ports[t] == port) {
			build->counts[t] += 2;
		} else if (build->counts[t] > 1) {
			build->counts[t]--;
		} else {
			build->ports[t] = port;
		}
	}
}

/* The port with by far the most stations, if nothing else tells the way up. */
static uint16_t
fullest_port(const struct node *node)
{
	uint32_t most = 0, second = 0;
	uint16_t port = NONE16;

	for (size_t i = 0; i < node->port_count; i++) {
		uint32_t count = node->ports[i].stations;

		if (count > most) {
			second = most;
			most = count;
			port = node->ports[i].agg;
		} else if (count > second) {
			second = count;
		}
	}
	return most >= 3 && most > second * 2 ? port : NONE16;
}

struct hold {
	uint32_t node, agree, total;
	uint16_t port;
};

static bool
hold_find(const struct topo *topo, struct build *build, uint32_t n, uint16_t up_port,
	  uint32_t component, uint32_t *seen, struct hold *out)
{
	const struct node *node = topo->nodes[n];
	size_t seen_count = 0, step = node->fdb_count / SAMPLE + 1, total = 0;
	const struct topo_link *link = topo->devs[node->dev].link;
	uint32_t most = 0, former = link != NULL ? link->parent : 0;
	bool is_found = false;

	for (uint32_t i = topo->devs[node->dev].claims; i != NONE32;
	     i = topo->claims[i].next_of_device) {
		const struct station *station = &topo->stations[topo->claims[i].station];

		if (station->owner != node->dev)
			continue;
		/* Its own MACs weigh more than what may have been there before. */
		for (int k = 0; k < 4; k++)
			count_station(topo, build, component, station, seen, &seen_count);
		total += station->ref_count > 0 ? 4 : 0;
	}
	for (size_t i = 0; i < node->fdb_count && up_port != NONE16; i += step) {
		const struct fdb_row *row = &node->fdb[i];
		uint32_t station;

		if (node->ports[row->port].agg == up_port)
			continue;
		station = topo_station_find(topo, row->key >> 16);
		if (station == MAP64_NONE)
			continue;
		total++;
		count_station(topo, build, component, &topo->stations[station], seen, &seen_count);
	}
	for (size_t i = 0; i < seen_count; i++) {
		if (seen[i] != n && build->counts[seen[i]] > most)
			most = build->counts[seen[i]];
	}
	for (size_t i = 0; i < seen_count; i++) {
		uint32_t t = seen[i];

		bool is_former = topo->nodes[t]->dev != NONE32 &&
				 former == topo->devs[topo->nodes[t]->dev].id;

		if (t != n && (build->counts[t] * 5 >= most * 2 || is_former) && most > 0 &&
		    (!is_found || topo->nodes[t]->depth > topo->nodes[out->node]->depth ||
		     (topo->nodes[t]->depth == topo->nodes[out->node]->depth &&
		      build->counts[t] > build->counts[out->node]))) {
			*out = (struct hold){.node = t, .port = build->ports[t]};
			is_found = true;
		}
	}
	if (is_found) {
		out->agree = build->counts[out->node] / 2;
		out->total = (uint32_t)total;
	}
	for (size_t i = 0; i < seen_count; i++)
		build->counts[seen[i]] = 0;
	return is_found;
}

/* Hangs the part of `top` on the component, if its stations are seen there. Which of its ports
 * leads up shows by what the holder has elsewhere; if that is not what was assumed, once more. */
static int
part_hang(struct topo *topo, struct build *build, uint32_t top, uint32_t component, uint32_t *seen,
	  bool *is_hung)
{
	struct node *node = topo->nodes[top];
	uint16_t up_port = beacon_port(topo, build, top), mode;
	struct hold hold = {.port = NONE16};
	uint32_t agree, total;
	double error;

	*is_hung = false;
	if (up_port == NONE16)
		up_port = fullest_port(node);
	if (!hold_find(topo, build, top, up_port, component, seen, &hold))
		return 0;
	mode = topo_port_towards(topo, top, hold.node, hold.port, &agree, &total);
	if (mode != NONE16 && mode != up_port &&
	    (up_port == NONE16 || (agree >= 4 && agree * 3 > total * 2))) {
		up_port = mode;
		if (!hold_find(topo, build, top, up_port, component, seen, &hold))
			return 0;
	}
	error = hold.agree >= 8	  ? topo->fdb_error * 0.3 + 0.001
		: hold.agree >= 3 ? topo->fdb_error + 0.01
				  : 0.1;
	if (joint_add(build, top, up_port, hold.node, hold.port, TOPO_FDB, error) != 0)
		return ERR_NOMEM;
	*is_hung = true;
	return 0;
}

struct part {
	uint32_t root, network;
	double score;
	size_t size;
};

static int
part_compare(const void *x, const void *y)
{
	const struct part *a = x, *b = y;

	if (a->network != b->network)
		return a->network < b->network ? -1 : 1;
	if (a->size != b->size)
		return a->size > b->size ? -1 : 1;
	if (a->score != b->score)
		return a->score > b->score ? -1 : 1;
	return a->root < b->root ? -1 : a->root > b->root;
}

/* The node of a part that is next to the rest: it sees the way up on a port of its own. */
static uint32_t
part_top(const struct topo *topo, const struct build *build, uint32_t root, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t n = build->queue[i];
		uint16_t port = beacon_port(topo, build, n);
		bool is_inner = false;

		for (uint32_t j = build->first[n]; j != NONE32; j = build->joints[j].next)
			is_inner = is_inner || build->joints[j].port == port;
		if (port != NONE16 && !is_inner)
			return n;
	}
	return root;
}

static void
part_reset(struct topo *topo, const uint32_t *nodes, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++) {
		struct node *node = topo->nodes[nodes[i]];

		node->component = NONE32;
		node->parent = NONE32;
		node->up_port = NONE16;
		node->parent_port = NONE16;
		node->depth = 0;
	}
}

/* The best root of each part; the parts by size. */
static struct part *
parts_list(const struct topo *topo, struct build *build, size_t *count)
{
	struct part *parts = calloc(topo->node_count + 1, sizeof(*parts));
	uint32_t *index = build->queue;

	*count = 0;
	if (parts == NULL)
		return NULL;
	for (uint32_t n = 0; n < topo->node_count; n++)
		index[n] = NONE32;
	for (uint32_t n = 0; n < topo->node_count; n++) {
		uint32_t p = part_of(build->part, n);
		struct part *part;

		if (topo->nodes[n]->dev == NONE32)
			continue;
		if (index[p] == NONE32) {
			index[p] = (uint32_t)*count;
			parts[(*count)++] = (struct part){
				.root = n, .network = build->network[n], .score = build->score[n]};
		}
		part = &parts[index[p]];
		part->size += 1 + topo->nodes[n]->fdb_count;
		if (build->score[n] > part->score) {
			part->score = build->score[n];
			part->root = n;
		}
	}
	return parts;
}

/* On from where it hangs, by the joint that was made last. */
static void
part_join(struct topo *topo, struct build *build, uint32_t top, uint32_t component)
{
	const struct joint *joint = &build->joints[build->joint_count - 2];
	struct node *node = topo->nodes[top];

	node->parent = joint->peer;
	node->up_port = joint->port;
	node->parent_port = joint->peer_port;
	node->source = joint->source;
	node->error = joint->error;
	node->depth = topo->nodes[joint->peer]->depth + 1;
	(void)orient(topo, build, top, component);
}

/* After all is joined, the ways to the monitor tell more. */
static void
score_again(const struct topo *topo, struct build *build, uint32_t component)
{
	for (uint32_t n = 0; n < topo->node_count && build->is_monitor_seen; n++) {
		uint32_t end = topo->nodes[n]->component == component ? way_end(build, n) : NONE32;

		if (end != NONE32)
			build->score[end] += 2.0 * WAYS_SCORE / (double)topo->node_count;
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

/* After all is joined, the best of all may be one that was hung on the rest. */
static void
root_choose(struct topo *topo, struct build *build, uint32_t component)
{
	uint32_t best = topo->root, count = 0;

	score_again(topo, build, component);
	if (topo->former_root < topo->node_count)
		build->score[topo->former_root] += FORMER_SCORE;

	for (uint32_t n = 0; n < topo->node_count; n++) {
		if (topo->nodes[n]->component == component && build->score[n] > build->score[best])
			best = n;
	}
	if (best == topo->root) {
		doubt_path(topo, build, component);
		return;
	}
	for (uint32_t n = 0; n < topo->node_count; n++) {
		if (topo->nodes[n]->component == component)
			build->queue[count++] = n;
	}
	part_reset(topo, build->queue, count);
	topo->root = best;
	(void)orient(topo, build, best, component);
	doubt_path(topo, build, component);
}

/* Parts that see a common station are of one network: only within those, one hangs on another. */
static void
networks_find(const struct topo *topo, struct build *build)
{
	for (uint32_t n = 0; n < topo->node_count; n++)
		build->network[n] = part_of(build->part, n);
	for (size_t s = 0; s < topo->station_count; s++) {
		const struct station *station = &topo->stations[s];
		const uint32_t *refs = station_refs(station);
		uint32_t first;

		if (station->ref_count < 2 || (!station->is_node && s % NETWORK_SAMPLE != 0))
			continue;
		first = part_of(build->network, ref_node(refs[0]));
		for (uint32_t i = 1; i < station->ref_count; i++) {
			uint32_t other = part_of(build->network, ref_node(refs[i]));

			if (other == first)
				continue;
			build->network[first > other ? first : other] =
				first > other ? other : first;
			first = first > other ? other : first;
		}
		if (station->is_node && station->owner != NONE32 &&
		    topo->devs[station->owner].node != NONE32) {
			uint32_t other = part_of(build->network, topo->devs[station->owner].node);

			build->network[first > other ? first : other] =
				first > other ? other : first;
		}
	}
	for (uint32_t n = 0; n < topo->node_count; n++)
		build->network[n] = part_of(build->network, n);
}

/* Joins the parts of one network to a tree. */
static int
network_join(struct topo *topo, struct build *build, struct part *parts, size_t count,
	     uint32_t component, uint32_t *seen)
{
	size_t main_part = 0;
	bool any = true;
	int err = 0;

	/* The largest comes first; a router that no neighbour joins is not the main part. */
	for (size_t i = 1; i < count; i++) {
		if (parts[i].score > parts[main_part].score + 90 &&
		    (parts[i].size > 1 || parts[main_part].size <= 1))
			main_part = i;
	}
	topo->root = parts[main_part].root;
	(void)orient(topo, build, topo->root, component);
	parts[main_part].size = 0;
	for (unsigned round = 0; any && round < 8 && err == 0; round++) {
		any = false;
		for (size_t i = 0; i < count && err == 0; i++) {
			uint32_t nodes, top;
			bool is_hung;

			if (parts[i].size == 0)
				continue;
			nodes = orient(topo, build, parts[i].root, PART_COMPONENT);
			top = part_top(topo, build, parts[i].root, nodes);
			err = part_hang(topo, build, top, component, seen, &is_hung);
			part_reset(topo, build->queue, nodes);
			if (err != 0 || !is_hung)
				continue;
			part_join(topo, build, top, component);
			parts[i].size = 0;
			any = true;
		}
	}
	root_choose(topo, build, component);
	return err;
}

static int
forest_join(struct topo *topo, struct build *build)
{
	size_t count, end;
	uint32_t *seen = calloc(SEEN_MAX, sizeof(*seen));
	struct part *parts;
	uint32_t component = 0, best = NONE32;
	int err = ERR_NOMEM;

	networks_find(topo, build);
	parts = parts_list(topo, build, &count);
	topo->root = NONE32;
	if (seen == NULL || parts == NULL)
		goto out;
	err = 0;
	qsort(parts, count, sizeof(*parts), part_compare);
	for (size_t i = 0; i < count && err == 0; i = end) {
		for (end = i + 1; end < count && parts[end].network == parts[i].network;)
			end++;
		err = network_join(topo, build, parts + i, end - i, component++, seen);
		if (best == NONE32 || build->score[topo->root] > build->score[best])
			best = topo->root;
		/* What could not be joined stays for itself. */
		for (size_t k = i; k < end; k++) {
			if (parts[k].size != 0)
				(void)orient(topo, build, parts[k].root, component++);
		}
	}
	topo->root = best;
	topo->former_root = best;
out:
	free(parts);
	free(seen);
	return err;
}

/* ---- the order of the tree: what lies below a node, and below each of its ports, is a range */

struct child {
	uint32_t parent, node;
	uint16_t port;
};

static int
child_compare(const void *x, const void *y)
{
	const struct child *a = x, *b = y;

	if (a->parent != b->parent)
		return a->parent < b->parent ? -1 : 1;
	if (a->port != b->port)
		return a->port < b->port ? -1 : 1;
	return a->node < b->node ? -1 : a->node > b->node;
}

static void
node_open(struct node *node, uint32_t tin)
{
	node->tin = tin;
	node->has_blind_child = false;
	for (size_t i = 0; i < node->port_count; i++) {
		node->ports[i].tin_low = node->ports[i].tin_high = 0;
		node->ports[i].peer = NONE32;
		node->ports[i].is_segment = false;
	}
}

static void
node_close(struct topo *topo, uint32_t n, uint32_t tout)
{
	struct node *node = topo->nodes[n], *parent;
	struct port *port;

	node->tout = tout;
	if (node->parent == NONE32)
		return;
	parent = topo->nodes[node->parent];
	if (node->up_port != NONE16)
		node->ports[node->up_port].peer = node->parent;
	if (node->parent_port == NONE16) {
		parent->has_blind_child = true;
		return;
	}
	port = &parent->ports[node->parent_port];
	if (node->source == TOPO_FDB || node->mates > 0)
		port->is_segment = true;
	if (port->peer == NONE32) {
		port->peer = n;
		port->tin_low = node->tin;
	}
	port->tin_high = tout;
}

/* Without recursion, as a chain may be as long as there are switches. */
static int
tree_number(struct topo *topo)
{
	size_t count = topo->node_count, used = 0;
	struct child *children = calloc(count + 1, sizeof(*children));
	uint32_t *first = calloc(count + 2, sizeof(*first));
	uint32_t *stack = calloc(count + 1, sizeof(*stack));
	uint32_t *next = calloc(count + 1, sizeof(*next));
	uint32_t clock = 0;
	int err = ERR_NOMEM;

	if (children == NULL || first == NULL || stack == NULL || next == NULL)
		goto out;
	for (uint32_t n = 0; n < count; n++) {
		if (topo->nodes[n]->parent != NONE32)
			children[used++] = (struct child){topo->nodes[n]->parent, n,
							  topo->nodes[n]->parent_port};
	}
	qsort(children, used, sizeof(*children), child_compare);
	for (size_t i = 0; i < used; i++) {
		first[children[i].parent + 1]++;
		topo->nodes[children[i].node]->mates =
			(uint32_t)(i > 0 && children[i - 1].parent == children[i].parent &&
				   children[i - 1].port == children[i].port) +
			(uint32_t)(i + 1 < used && children[i + 1].parent == children[i].parent &&
				   children[i + 1].port == children[i].port);
	}
	for (size_t n = 0; n < count; n++)
		first[n + 1] += first[n];
	for (uint32_t root = 0; root < count; root++) {
		size_t depth = 0;

		if (topo->nodes[root]->parent != NONE32)
			continue;
		stack[depth++] = root;
		next[root] = first[root];
		node_open(topo->nodes[root], clock++);
		while (depth > 0) {
			uint32_t n = stack[depth - 1];

			if (next[n] < first[n + 1]) {
				uint32_t child = children[next[n]++].node;

				next[child] = first[child];
				node_open(topo->nodes[child], clock++);
				stack[depth++] = child;
			} else {
				node_close(topo, n, clock);
				depth--;
			}
		}
	}
	err = 0;
out:
	free(children);
	free(first);
	free(stack);
	free(next);
	return err;
}

int
topo_leads(const struct topo *topo, uint32_t n, uint16_t port, uint32_t to)
{
	const struct node *node = topo->nodes[n], *target = topo->nodes[to];
	const struct port *p = &node->ports[port];

	if (node->component != target->component)
		return 0;
	if (target->tin >= node->tin && target->tin < node->tout) {
		if (p->tin_high > p->tin_low)
			return target->tin >= p->tin_low && target->tin < p->tin_high ? 1 : -1;
		return node->has_blind_child && port != node->up_port ? 0 : -1;
	}
	if (node->parent == NONE32)
		return 0;
	if (node->up_port == NONE16)
		return p->tin_high > p->tin_low ? -1 : 0;
	return port == node->up_port ? 1 : -1;
}

int
topo_tree_build(struct topo *topo)
{
	size_t count = topo->node_count;
	struct build build = {
		.first = calloc(count + 1, sizeof(uint32_t)),
		.part = calloc(count + 1, sizeof(uint32_t)),
		.queue = calloc(count + 1, sizeof(uint32_t)),
		.network = calloc(count + 1, sizeof(uint32_t)),
		.counts = calloc(count + 1, sizeof(uint32_t)),
		.ports = calloc(count + 1, sizeof(uint16_t)),
		.score = calloc(count + 1, sizeof(double)),
		.up = calloc(count + 1, sizeof(uint16_t)),
	};
	int err = ERR_NOMEM;

	if (build.first == NULL || build.part == NULL || build.queue == NULL ||
	    build.counts == NULL || build.ports == NULL || build.score == NULL ||
	    build.up == NULL || build.network == NULL)
		goto out;
	for (uint32_t n = 0; n < count; n++) {
		build.first[n] = NONE32;
		build.part[n] = n;
		build.queue[n] = n;
	}
	err = topo_edges_build(topo);
	if (err == 0)
		err = forest_build(topo, &build);
	if (err != 0)
		goto out;
	part_reset(topo, build.queue, (uint32_t)count);
	topo->root = NONE32;
	beacons_find(topo, &build);
	score_roots(topo, &build);

	err = forest_join(topo, &build);

	if (err == 0)
		err = tree_number(topo);
out:
	free(build.joints);
	free(build.first);
	free(build.part);
	free(build.queue);
	free(build.counts);
	free(build.ports);
	free(build.score);
	free(build.up);
	free(build.network);
	return err;
}
