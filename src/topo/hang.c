/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Containment: a switch hangs on the deepest one that sees its stations on a port that does not
 * lead up.
 */
#include "tree.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

enum { SAMPLE = 64 };

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

/* How likely a switch hangs elsewhere than where so many of its stations are seen. */
double
tree_hang_error(const struct topo *topo, uint32_t agree)
{
	return agree >= 8   ? topo->fdb_error * 0.3 + 0.001
	       : agree >= 3 ? topo->fdb_error + 0.01
			    : 0.1;
}

/* Hangs the part of `top` on the component, if its stations are seen there. Which of its ports
 * leads up shows by what the holder has elsewhere; if that is not what was assumed, once more. */
int
tree_part_hang(struct topo *topo, struct build *build, uint32_t top, uint32_t component,
	       uint32_t *seen, bool *is_hung)
{
	struct node *node = topo->nodes[top];
	uint16_t up_port = tree_beacon_port(topo, build, top), mode;
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
	error = tree_hang_error(topo, hold.agree);
	if (tree_joint_add(build, top, up_port, hold.node, hold.port, TOPO_FDB, error) != 0)
		return ERR_NOMEM;
	*is_hung = true;
	return 0;
}
