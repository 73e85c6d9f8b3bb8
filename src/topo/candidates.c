/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Candidates for the place of a device: the ports where its MAC is learned or a neighbour's row
 * names it, and where it was; each is weighed by how well it explains every row about the device.
 */
#include "attach.h"

#include <math.h>

#define STALE  0.2  /* a row outlives the move of its station */
#define SPREAD 12.0 /* ports over which wrong rows spread */

void
topo_scores_set(struct topo *topo)
{
	topo->score_right = log(1 - topo->fdb_error);
	topo->score_wrong = log(topo->fdb_error / SPREAD);
	topo->heard_right = log(1 - topo->lldp_error);
	topo->heard_wrong = log(topo->lldp_error / SPREAD);
	for (int i = 0; i < LOGS; i++)
		topo->crowd[i] = 0.8 * log(1 + i);
}

bool
attach_is_stale(const struct topo *topo, const struct node *node)
{
	return topo->now_ms - node->fdb_ms > topo->params.fdb_age_ms;
}

/* The device's row in the FDB of a node, on this port. */
static const struct fdb_row *
row_of(const struct node *node, mac_addr mac, uint16_t port)
{
	const struct fdb_row *row, *end = node->fdb + node->fdb_count;
	uint64_t key = mac << 16;
	size_t fence = 0, left;

	/* The last fence below the key, then the rows from there; no branch is to be guessed. */
	for (left = node->fdb_count > 0 ? (node->fdb_count - 1) / FENCE : 0; left > 0;) {
		size_t half = (left + 1) / 2;

		fence += node->fences[fence + half] < key ? half : 0;
		left -= half;
	}
	row = node->fdb + fence * FENCE;
	left = (size_t)(end - row) < FENCE ? (size_t)(end - row) : FENCE;
	for (size_t i = 0; i < left; i += CACHE_LINE / sizeof(*row))
		__builtin_prefetch(&row[i]);
	while (left > 0) {
		size_t half = (left + 1) / 2;

		row += row[half - 1].key < key ? half : 0;
		left -= half;
	}
	for (; row < end && row->key >> 16 == mac; row++) {
		if (node->facts[row->port].agg == port)
			return row;
	}
	return NULL;
}

/* The same as topo_leads, by what lies together for each row. */
static int
row_leads(const struct node *node, const struct port_facts *facts, const struct node *target)
{
	if (node->component != target->component)
		return 0;
	if (target->tin >= node->tin && target->tin < node->tout) {
		if (facts->tin_high > facts->tin_low)
			return target->tin >= facts->tin_low && target->tin < facts->tin_high ? 1
											      : -1;
		return node->has_blind_child && facts->agg != node->up_port ? 0 : -1;
	}
	if (node->parent == NONE32)
		return 0;
	if (node->up_port == NONE16)
		return facts->tin_high > facts->tin_low ? -1 : 0;
	return facts->agg == node->up_port ? 1 : -1;
}

static struct candidate *
candidate_get(struct field *field, uint32_t node, uint16_t port)
{
	struct candidate *candidate;

	for (size_t i = 0; i < field->count; i++) {
		if (field->list[i].place.node == node && field->list[i].place.port == port)
			return &field->list[i];
	}
	if (field->count == CANDIDATES)
		return NULL;
	candidate = &field->list[field->count++];
	*candidate = (struct candidate){.place = {node, port}};
	return candidate;
}

/* By the MAC of its address, if that is seen; else by another of its own. */
static void
station_choose(struct field *field)
{
	const struct topo *topo = field->topo;
	uint32_t self = (uint32_t)(field->dev - topo->devs);

	field->station_index = field->dev->station;
	if (field->station_index != NONE32) {
		field->station = &topo->stations[field->station_index];
		if (field->station->owner == self && field->station->ref_count > 0)
			return;
		if (field->station->owner != self)
			field->station = NULL;
	}
	for (uint32_t i = field->dev->claims; i != NONE32; i = topo->claims[i].next_of_device) {
		const struct station *station = &topo->stations[topo->claims[i].station];

		/* Not one that only answers for its address for the time being. */
		if (topo->claims[i].origin < ORIGIN_NODE && field->dev->station != NONE32)
			continue;
		if (station->owner == self && station->ref_count > 0) {
			field->station = station;
			field->station_index = topo->claims[i].station;
			return;
		}
	}
}

static void
candidates_sighted(struct field *field)
{
	const struct topo *topo = field->topo;
	const uint32_t *refs;

	if (field->station == NULL)
		return;
	refs = station_refs(field->station);
	for (uint32_t i = 0; i < field->station->ref_count; i++) {
		const struct node *node = topo->nodes[ref_node(refs[i])];
		const struct port_facts *facts = &node->facts[ref_port(refs[i])];
		struct candidate *candidate;
		const struct fdb_row *row;

		if (facts->is_down || !facts->may_hold)
			continue;
		candidate = candidate_get(field, ref_node(refs[i]), facts->agg);
		row = row_of(node, field->station->mac, facts->agg);
		if (candidate == NULL || row == NULL)
			continue;
		candidate->has_row = true;
		candidate->first_s = row->first_s;
		candidate->vlan = (uint16_t)(row->key & 0xffff);
	}
}

static bool
heard_is_usable(const struct topo *topo, const struct heard *heard)
{
	const struct node *node = topo->nodes[heard->node];
	const struct port *port;

	if (heard->port == NONE16)
		return false;
	port = &node->ports[node->ports[heard->port].agg];
	return !port_is_down(port) && port_may_hold(port);
}

static void
candidates_heard(struct field *field)
{
	const struct topo *topo = field->topo;

	for (const struct heard *heard = field->dev->heard; heard != NULL; heard = heard->next) {
		struct candidate *candidate;

		if (!heard_is_usable(topo, heard))
			continue;
		candidate = candidate_get(field, heard->node,
					  topo->nodes[heard->node]->ports[heard->port].agg);
		if (candidate == NULL)
			continue;
		if (candidate->heard == NULL || heard->first_s < candidate->heard->first_s)
			candidate->heard = heard;
	}
}

static void
candidate_former(struct field *field)
{
	struct place place = field->dev->place;
	struct candidate *candidate;
	const struct port *port;

	if (place.node == NONE32 || place.port == NONE16 || field->dev->link == NULL)
		return;
	port = &field->topo->nodes[place.node]->ports[place.port];
	if (!port_may_hold(port) || port->agg != place.port ||
	    (port_is_down(port) && field->count > 0))
		return;
	candidate = candidate_get(field, place.node, place.port);
	if (candidate != NULL)
		candidate->is_former = true;
}

uint32_t
attach_newest(const struct candidate *candidate)
{
	uint32_t first_s = candidate->has_row ? candidate->first_s : 0;

	if (candidate->heard != NULL && candidate->heard->first_s > first_s)
		first_s = candidate->heard->first_s;
	return first_s;
}

/* How likely the switches' rows are, if the device is at the candidate. */
void
attach_score_rows(const struct field *field, struct candidate *candidate)
{
	const struct topo *topo = field->topo;
	const struct node *target = topo->nodes[candidate->place.node];
	double right = topo->score_right, wrong = topo->score_wrong;
	const uint32_t *refs;
	uint32_t newest_s = attach_newest(candidate);

	if (field->station == NULL)
		return;
	refs = station_refs(field->station);
	for (uint32_t i = 0; i < field->station->ref_count; i++) {
		uint32_t t = ref_node(refs[i]);
		const struct node *node = topo->nodes[t];
		const struct port_facts *facts = &node->facts[ref_port(refs[i])];
		bool is_weak = attach_is_stale(topo, node);
		double score;
		int leads;

		if (facts->is_down)
			continue;
		if (t == candidate->place.node)
			leads = facts->agg == candidate->place.port ? 1 : -1;
		else
			leads = row_leads(node, facts, target);
		score = leads > 0 ? right : leads < 0 ? wrong : -0.7;
		if (leads < 0) {
			const struct fdb_row *row =
				newest_s > 0 ? row_of(node, field->station->mac, facts->agg) : NULL;

			/* A row that is older than what speaks for the candidate may be stale. */
			if (row != NULL && newest_s > row->first_s)
				score = log(STALE);
		}
		candidate->score += is_weak ? score * 0.3 : score;
		if (t == candidate->place.node || is_weak)
			continue;
		candidate->agreeing = (uint16_t)(candidate->agreeing + (leads > 0));
		candidate->opposing = (uint16_t)(candidate->opposing + (leads < 0));
	}
}

static void
score_heard(const struct field *field, struct candidate *candidate)
{
	const struct topo *topo = field->topo;

	for (const struct heard *heard = field->dev->heard; heard != NULL; heard = heard->next) {
		if (!heard_is_usable(topo, heard))
			continue;
		if (heard->node == candidate->place.node &&
		    topo->nodes[heard->node]->ports[heard->port].agg == candidate->place.port)
			candidate->score += topo->heard_right;
		else if (attach_newest(candidate) > heard->first_s)
			candidate->score += log(STALE);
		else
			candidate->score += topo->heard_wrong;
	}
}

static void
score(const struct field *field, struct candidate *candidate)
{
	const struct node *node = field->topo->nodes[candidate->place.node];
	uint32_t stations = node->ports[candidate->place.port].group_stations;

	candidate->score = 0;
	candidate->agreeing = candidate->opposing = 0;
	attach_score_rows(field, candidate);
	score_heard(field, candidate);
	if (!candidate->has_row && node->readings > 0)
		candidate->score += log(UNSEEN);
	if (!candidate->has_row && candidate->heard == NULL)
		candidate->score += log(UNSEEN);
	/* Devices hang on ports with few stations rather than on those with many. */
	candidate->score -=
		stations < LOGS ? field->topo->crowd[stations] : 0.8 * log(1 + (double)stations);
	/* Most of what is seen on such a port is on the switches behind it. */
	if (topo_port_is_between(&node->ports[candidate->place.port]))
		candidate->score += log(0.02);
	if (candidate->is_former)
		candidate->score += log(field->dev->error <= HIGH_ERROR ? 50 : 5);
}

void
attach_prepare(struct field *field)
{
	station_choose(field);
	candidates_sighted(field);
	candidates_heard(field);
	candidate_former(field);
	for (size_t i = 0; i < field->count; i++)
		score(field, &field->list[i]);
}
