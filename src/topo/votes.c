/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * On which side of each cable the monitor is. Every switch that sees the monitor's MAC says so for
 * its own port; the root is the switch that most of them point to, and a link that they contradict
 * may be upside down.
 */
#include "tree.h"

#define OPPOSED	  0.7  /* only contradicted */
#define DISPUTED  0.3  /* as much contradicted as supported */
#define SUPPORTED 0.05 /* contradicted by fewer than support it */
#define UNSPOKEN  0.05 /* nobody says anything, where rows are often wrong */

/* The child of n on the port by which it sees the monitor; NONE32. */
static uint32_t
child_at(const struct topo *topo, const struct build *build, uint32_t n)
{
	for (uint32_t j = build->first[n]; j != NONE32; j = build->joints[j].next) {
		uint32_t peer = build->joints[j].peer;

		if (build->joints[j].port == build->up[n] && topo->nodes[peer]->parent == n)
			return peer;
	}
	return NONE32;
}

static bool
says_up(const struct topo *topo, const struct build *build, uint32_t n)
{
	return topo->nodes[n]->parent != NONE32 && build->up[n] == topo->nodes[n]->up_port;
}

uint32_t
tree_votes_count(const struct topo *topo, struct build *build, uint32_t count)
{
	uint32_t voters = 0, elsewhere = 0;

	for (uint32_t i = 0; i < count; i++)
		build->votes[build->queue[i]] = 0;
	/* Beyond its uplink: all but what is below it. By a port with a child: that and below. */
	for (uint32_t i = 0; i < count; i++) {
		uint32_t n = build->queue[i], child;

		if (build->up[n] == NONE16)
			continue;
		voters++;
		if (says_up(topo, build, n)) {
			elsewhere++;
			build->votes[n]--;
			continue;
		}
		child = child_at(topo, build, n);
		if (child != NONE32)
			build->votes[child]++;
	}
	for (uint32_t i = 0; i < count; i++) {
		uint32_t n = build->queue[i], parent = topo->nodes[n]->parent;

		build->votes[n] += parent != NONE32 && i > 0 ? build->votes[parent] : 0;
	}
	/* On a port where no switch is: only here. */
	for (uint32_t i = 0; i < count; i++) {
		uint32_t n = build->queue[i];

		build->votes[n] += (int32_t)elsewhere;
		if (build->up[n] != NONE16 && !says_up(topo, build, n) &&
		    child_at(topo, build, n) == NONE32)
			build->votes[n]++;
	}
	return voters;
}

static double
upside_down(const struct topo *topo, unsigned support, unsigned against)
{
	if (against == 0 && support > 0)
		return 0;
	if (against == 0)
		return topo->fdb_error < NOISY ? 0 : UNSPOKEN;
	if (support == 0)
		return OPPOSED;
	return against >= support ? DISPUTED : topo->fdb_error < NOISY ? 0 : SUPPORTED;
}

void
tree_votes_doubt(struct topo *topo, struct build *build, uint32_t count)
{
	int32_t *against = build->votes;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t n = build->queue[i];

		against[n] = build->up[n] != NONE16 && !says_up(topo, build, n);
	}
	/* From below: what contradicts a cable contradicts those above it, too. */
	for (uint32_t i = count; i-- > 1;) {
		uint32_t n = build->queue[i], parent = topo->nodes[n]->parent;
		struct node *node = topo->nodes[n];
		unsigned support = says_up(topo, build, n);
		double error;

		if (build->up[parent] != NONE16 && build->up[parent] != node->parent_port)
			support++;
		error = upside_down(topo, support,
				    (unsigned)against[n] +
					    (build->up[parent] != NONE16 &&
					     build->up[parent] == node->parent_port));
		if (node->error < error)
			node->error = error;
		if (i > 0 && against[n] > 0)
			against[parent] += against[n];
	}
}
