/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tree of the switches: the heaviest spanning forest of what neighbours tell; parts that no
 * neighbour joins are joined by FDB containment, within each network; then each gets its root.
 */
#include "tree.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

#define PART_COMPONENT (UINT32_MAX - 1)

enum { NETWORK_SAMPLE = 8 };

int
tree_joint_add(struct build *build, uint32_t a, uint16_t pa, uint32_t b, uint16_t pb,
	       uint8_t source, double error)
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
		if (tree_joint_add(build, edge->a, edge->pa, edge->b, edge->pb,
				   edge->protocol == VIEW_CDP ? TOPO_CDP : TOPO_LLDP,
				   edge_error(topo, edge)) != 0)
			return ERR_NOMEM;
	}
	return 0;
}
/* Breadth first from the root: parents, ports and depths of its part. */
uint32_t
tree_orient(struct topo *topo, struct build *build, uint32_t root, uint32_t component)
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
		uint16_t port = tree_beacon_port(topo, build, n);
		bool is_inner = false;

		for (uint32_t j = build->first[n]; j != NONE32; j = build->joints[j].next)
			is_inner = is_inner || build->joints[j].port == port;
		if (port != NONE16 && !is_inner)
			return n;
	}
	return root;
}

void
tree_part_reset(struct topo *topo, const uint32_t *nodes, uint32_t count)
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
	(void)tree_orient(topo, build, top, component);
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
	(void)tree_orient(topo, build, topo->root, component);
	parts[main_part].size = 0;
	for (unsigned round = 0; any && round < 8 && err == 0; round++) {
		any = false;
		for (size_t i = 0; i < count && err == 0; i++) {
			uint32_t nodes, top;
			bool is_hung;

			if (parts[i].size == 0)
				continue;
			nodes = tree_orient(topo, build, parts[i].root, PART_COMPONENT);
			top = part_top(topo, build, parts[i].root, nodes);
			err = tree_part_hang(topo, build, top, component, seen, &is_hung);
			tree_part_reset(topo, build->queue, nodes);
			if (err != 0 || !is_hung)
				continue;
			part_join(topo, build, top, component);
			parts[i].size = 0;
			any = true;
		}
	}
	tree_root_choose(topo, build, component);
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
				(void)tree_orient(topo, build, parts[k].root, component++);
		}
	}
	topo->root = best;
	topo->former_root = best;
out:
	free(parts);
	free(seen);
	return err;
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
		.votes = calloc(count + 1, sizeof(int32_t)),
	};
	int err = ERR_NOMEM;

	if (build.first == NULL || build.part == NULL || build.queue == NULL ||
	    build.counts == NULL || build.ports == NULL || build.score == NULL ||
	    build.up == NULL || build.network == NULL || build.votes == NULL)
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
	tree_part_reset(topo, build.queue, (uint32_t)count);
	topo->root = NONE32;
	tree_beacons_find(topo, &build);
	tree_score_roots(topo, &build);
	tree_former_weigh(topo, &build);

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
	free(build.votes);
	free(build.network);
	return err;
}
