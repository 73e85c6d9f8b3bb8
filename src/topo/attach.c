/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * On which port a device hangs. Candidates are the edge ports where its MAC is learned or a
 * neighbour's row names it, and where it was; each is weighed by how well it explains every row
 * about the device on every switch: over the tree, each switch must see it towards the candidate.
 * How often rows are wrong is measured on the fleet itself (update.c), not assumed.
 */
#include "topo_impl.h"

#include <math.h>
#include <string.h>

enum { CANDIDATES = 12, CROWD = 16, CROWD_MUCH = 64 };
#define HIGH_ERROR 0.004 /* of links with TOPO_CONFIDENCE_HIGH at most this share is wrong */
#define UNSEEN	   0.15	 /* a switch that is right may lack the row */
#define STALE	   0.2	 /* a row outlives the move of its station */
#define SPREAD	   12.0	 /* ports over which wrong rows spread */

struct candidate {
	struct place place;
	const struct heard *heard;
	bool has_row, is_former;
	uint32_t first_s;
	uint16_t vlan, agreeing, opposing;
	double score;
};

struct field {
	const struct topo *topo;
	const struct device_state *dev;
	const struct station *station;
	uint32_t station_index;
	struct candidate list[CANDIDATES];
	size_t count;
};

/* 80 where 4 in 1,000 are wrong; each factor of ten is worth 10 above and 30 below. */
uint8_t
topo_confidence(double error)
{
	double value;

	if (error < 1e-6)
		error = 1e-6;
	value = error <= HIGH_ERROR ? 80 + 10 * log10(HIGH_ERROR / error)
				    : 79.9 - 30 * log10(error / HIGH_ERROR);
	if (value > 99)
		value = 99;
	return value < 1 ? 1 : (uint8_t)value;
}

double
topo_error_of(uint8_t confidence)
{
	if (confidence >= TOPO_CONFIDENCE_HIGH)
		return HIGH_ERROR / pow(10, (confidence - 80) / 10.0);
	return fmin(0.9, HIGH_ERROR * pow(10, (79.9 - confidence) / 30.0));
}

void
topo_scores_set(struct topo *topo)
{
	topo->score_right = log(1 - topo->fdb_error);
	topo->score_wrong = log(topo->fdb_error / SPREAD);
}

static bool
is_stale(const struct topo *topo, const struct node *node)
{
	return topo->now_ms - node->fdb_ms > topo->params.fdb_age_ms;
}

/* The device's row in the FDB of a node, on this port. */
static const struct fdb_row *
row_of(const struct node *node, mac_addr mac, uint16_t port)
{
	size_t low = 0, high = node->fdb_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (node->fdb[middle].key < mac << 16)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < node->fdb_count && node->fdb[low].key >> 16 == mac; low++) {
		if (node->ports[node->fdb[low].port].agg == port)
			return &node->fdb[low];
	}
	return NULL;
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
		uint16_t p = node->ports[ref_port(refs[i])].agg;
		const struct port *port = &node->ports[p];
		struct candidate *candidate;
		const struct fdb_row *row;

		if (port_is_down(port) || !port_may_hold(port))
			continue;
		candidate = candidate_get(field, ref_node(refs[i]), p);
		row = row_of(node, field->station->mac, p);
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

static uint32_t
newest(const struct candidate *candidate)
{
	uint32_t first_s = candidate->has_row ? candidate->first_s : 0;

	if (candidate->heard != NULL && candidate->heard->first_s > first_s)
		first_s = candidate->heard->first_s;
	return first_s;
}

/* How likely the switches' rows are, if the device is at the candidate. */
static void
score_rows(const struct field *field, struct candidate *candidate)
{
	const struct topo *topo = field->topo;
	double right = topo->score_right, wrong = topo->score_wrong;
	const uint32_t *refs;
	uint32_t newest_s = newest(candidate);

	if (field->station == NULL)
		return;
	refs = station_refs(field->station);
	for (uint32_t i = 0; i < field->station->ref_count; i++) {
		uint32_t t = ref_node(refs[i]);
		const struct node *node = topo->nodes[t];
		uint16_t p = node->ports[ref_port(refs[i])].agg;
		bool is_weak = is_stale(topo, node);
		double score;
		int leads;

		if (port_is_down(&node->ports[p]))
			continue;
		if (t == candidate->place.node)
			leads = p == candidate->place.port ? 1 : -1;
		else
			leads = topo_leads(topo, t, p, candidate->place.node);
		score = leads > 0 ? right : leads < 0 ? wrong : -0.7;
		if (leads < 0) {
			const struct fdb_row *row =
				newest_s > 0 ? row_of(node, field->station->mac, p) : NULL;

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
			candidate->score += log(1 - topo->lldp_error);
		else if (newest(candidate) > heard->first_s)
			candidate->score += log(STALE);
		else
			candidate->score += log(topo->lldp_error / SPREAD);
	}
}

static void
score(const struct field *field, struct candidate *candidate)
{
	const struct node *node = field->topo->nodes[candidate->place.node];

	candidate->score = 0;
	candidate->agreeing = candidate->opposing = 0;
	score_rows(field, candidate);
	score_heard(field, candidate);
	if (!candidate->has_row && node->readings > 0)
		candidate->score += log(UNSEEN);
	if (!candidate->has_row && candidate->heard == NULL)
		candidate->score += log(UNSEEN);
	/* Devices hang on ports with few stations rather than on those with many. */
	candidate->score -=
		0.8 * log(1 + (double)node->ports[candidate->place.port].group_stations);
	/* Most of what is seen on such a port is on the switches behind it. */
	if (topo_port_is_between(&node->ports[candidate->place.port]))
		candidate->score += log(0.02);
	if (candidate->is_former)
		candidate->score += log(field->dev->error <= HIGH_ERROR ? 50 : 5);
}

/* ---- how likely the best is wrong */

/* Stations beside the device's own on the port. */
static uint16_t
others_on(const struct field *field, const struct candidate *candidate)
{
	const struct topo *topo = field->topo;
	const struct node *node = topo->nodes[candidate->place.node];
	uint32_t total = node->ports[candidate->place.port].group_stations;
	uint32_t self = (uint32_t)(field->dev - topo->devs);

	for (uint32_t i = field->dev->claims; i != NONE32 && total > 0;
	     i = topo->claims[i].next_of_device) {
		const struct station *station = &topo->stations[topo->claims[i].station];
		const uint32_t *refs = station_refs(station);
		bool is_again = station->owner != self;

		for (uint32_t k = field->dev->claims; k != i && !is_again;
		     k = topo->claims[k].next_of_device)
			is_again = topo->claims[k].station == topo->claims[i].station;
		for (uint32_t r = 0; r < station->ref_count && !is_again && total > 0; r++) {
			if (ref_node(refs[r]) == candidate->place.node &&
			    node->ports[ref_port(refs[r])].agg == candidate->place.port) {
				total--;
				break;
			}
		}
	}
	return total > UINT16_MAX ? UINT16_MAX : (uint16_t)total;
}

/* Neighbours on the port that are not the device: one that passes frames on is between; a device
 * of the fleet that does not is at odds with it. */
static bool
neighbours_look(const struct field *field, const struct candidate *candidate, struct finding *out)
{
	const struct topo *topo = field->topo;
	const struct node *node = topo->nodes[candidate->place.node];
	bool is_odd = false;

	if (node->ports[candidate->place.port].heard == 0)
		return false;
	for (size_t i = 0; i < node->heard_count; i++) {
		const struct heard *heard = &node->heard[i];

		if (heard->port == NONE16 ||
		    node->ports[heard->port].agg != candidate->place.port ||
		    (heard->target != NONE32 && &topo->devs[heard->target] == field->dev))
			continue;
		if ((heard->caps &
		     (CAP_BRIDGE | CAP_ROUTER | CAP_WLAN_AP | CAP_REPEATER | CAP_TELEPHONE)) != 0 ||
		    (heard->target != NONE32 && (topo->devs[heard->target].kind == KIND_SWITCH ||
						 topo->devs[heard->target].kind == KIND_ROUTER))) {
			if (out->between == NULL || (out->between->caps & CAP_TELEPHONE) != 0)
				out->between = heard;
		} else if (heard->target != NONE32) {
			is_odd = true;
		}
	}
	return is_odd;
}

static double
error_alone(const struct field *field, const struct candidate *candidate, struct finding *out)
{
	const struct topo *topo = field->topo;
	const struct node *node = topo->nodes[candidate->place.node];
	const struct port *port = &node->ports[candidate->place.port];
	/* A wrong row that looks right has landed on a port whose own station is not seen. */
	double landing = (node->bare + 0.5) / (node->edges + 8.0) *
			 (1 + fmin(1, topo->fdb_error / NOISY)),
	       error;
	bool is_odd = neighbours_look(field, candidate, out);

	out->shared = others_on(field, candidate);
	if (candidate->has_row && candidate->heard != NULL)
		error = topo->fdb_error * topo->lldp_error * 0.08;
	else if (candidate->has_row)
		error = topo->fdb_error * (out->shared == 0	  ? landing
					   : out->between != NULL ? 0.3
					   : out->shared == 1 ? (topo->fdb_error < NOISY ? 1 : 3)
					   : out->shared == 2 ? 0.5
							      : 0.25);
	else
		error = topo->lldp_error * (out->shared == 0 ? 0.6 : 3);
	if (is_odd && candidate->heard == NULL)
		error = fmax(error, 0.1 + topo->fdb_error);
	if (candidate->heard == NULL && out->shared > CROWD)
		error = fmax(error, out->shared > CROWD_MUCH ? 0.3 : 0.05);
	/* Nobody else saw it, though somebody could have. */
	if (candidate->heard == NULL && candidate->agreeing == 0 &&
	    (node->parent != NONE32 || node->component != 0))
		error = fmax(error, 0.01);
	if (topo_port_is_between(port)) {
		double behind = 0.01 + 6 * topo->fdb_error;

		error = fmax(error, candidate->agreeing > 0 ? behind / 4 : behind);
	}
	/* A switch of the fleet is there that has not been asked yet. */
	if (out->between != NULL && out->between->target != NONE32 &&
	    field->dev->confirmations == 0 && topo->devs[out->between->target].node == NONE32)
		error = fmax(error, 0.05);
	if (port->oper != 1)
		error = fmax(error, 0.02);
	if (is_stale(topo, node))
		error = fmax(error * 4, 0.01);
	return fmin(error, 0.95);
}

static uint8_t
via_of(const struct finding *found)
{
	if (found->between != NULL) {
		if ((found->between->caps & CAP_WLAN_AP) != 0)
			return VIA_WIRELESS;
		return (found->between->caps & CAP_TELEPHONE) != 0 ? VIA_SHARED : VIA_NAMED;
	}
	return found->shared == 0 ? VIA_DIRECT : found->shared < 3 ? VIA_SHARED : VIA_UNMANAGED;
}

/* Which of the devices' rows the rates of error are counted from. */
static int8_t
verdict_of(const struct field *field)
{
	bool has_heard = false;

	for (size_t i = 0; i < field->count; i++) {
		if (field->list[i].heard != NULL && field->list[i].has_row)
			return 1;
		has_heard = has_heard || field->list[i].heard != NULL;
	}
	if (!has_heard)
		return 0;
	for (size_t i = 0; i < field->count; i++) {
		for (size_t k = 0; k < field->count; k++) {
			if (field->list[i].has_row && field->list[k].heard != NULL &&
			    field->list[i].place.node == field->list[k].place.node)
				return -1;
		}
	}
	return 0;
}

/* The switch that those above it point to, port unknown: the true place if its row is missing. */
static struct candidate
region_best(const struct field *field)
{
	const struct topo *topo = field->topo;
	const uint32_t *refs;
	struct candidate best = {.place = {NONE32, NONE16}, .score = -1e9};

	if (field->station == NULL)
		return best;
	refs = station_refs(field->station);
	for (uint32_t i = 0; i < field->station->ref_count && i < REFS_MANY; i++) {
		const struct node *node = topo->nodes[ref_node(refs[i])];
		const struct port *port = &node->ports[node->ports[ref_port(refs[i])].agg];
		struct candidate candidate = {.place = {port->peer, NONE16}};

		if (port->peer == NONE32 || port_is_down(port) || port->role != ROLE_DOWNLINK)
			continue;
		score_rows(field, &candidate);
		if (candidate.score > best.score ||
		    (candidate.score == best.score &&
		     topo->nodes[port->peer]->depth > topo->nodes[best.place.node]->depth))
			best = candidate;
	}
	return best;
}

static void
choose(const struct field *field, struct finding *out)
{
	const struct topo *topo = field->topo;
	const struct candidate *best = NULL, *former = NULL;
	double rest = 0, between;

	for (size_t i = 0; i < field->count; i++) {
		const struct candidate *candidate = &field->list[i];

		if (candidate->is_former)
			former = candidate;
		if (best == NULL || candidate->score > best->score ||
		    (candidate->score == best->score &&
		     topo->nodes[candidate->place.node]->depth >
			     topo->nodes[best->place.node]->depth))
			best = candidate;
	}
	for (size_t i = 0; i < field->count; i++) {
		if (&field->list[i] != best)
			rest += exp(field->list[i].score - best->score);
	}
	/* Where rows are at odds with the best, its true place may be none of the candidates. */
	if (best->opposing > 0 && best->heard == NULL) {
		struct candidate region = region_best(field);

		if (region.place.node != NONE32)
			rest += exp(region.score + 2 * log(UNSEEN) - best->score);
	}
	between = rest / (1 + rest);
	out->place = best->place;
	out->agreeing = best->agreeing;
	out->opposing = best->opposing;
	out->first_s = newest(best);
	out->heard = best->heard;
	out->is_fresh = best->has_row || best->heard != NULL;
	out->source = best->heard != NULL
			      ? (best->heard->protocol == VIEW_CDP ? TOPO_CDP : TOPO_LLDP)
		      : best->has_row ? TOPO_FDB
				      : TOPO_REMEMBERED;
	out->vlan = best->vlan != 0 ? best->vlan
				    : topo->nodes[best->place.node]->ports[best->place.port].pvid;
	out->error = error_alone(field, best, out);
	out->error = 1 - (1 - out->error) * (1 - between);
	/* More rows against it than for it: the tree or the row is wrong. */
	if (best->opposing > best->agreeing)
		out->error = fmax(out->error, 0.05);
	out->via = via_of(out);
	out->is_witnessed = best->heard != NULL || best->agreeing > 0;
	out->is_doubtful =
		former != NULL && best != former ? true : best->opposing > best->agreeing;
}

static void
region_find(const struct field *field, struct finding *out)
{
	struct candidate best = region_best(field);

	if (best.place.node == NONE32 || best.opposing > best.agreeing)
		return;
	out->place = best.place;
	out->source = TOPO_FDB;
	out->agreeing = best.agreeing;
	out->opposing = best.opposing;
	out->error = best.agreeing > 1 ? 0.05 : 0.15;
	out->is_fresh = true;
}

/* A router that has its address in the ARP table, at least. */
static void
router_find(const struct field *field, struct finding *out)
{
	const struct topo *topo = field->topo;

	for (uint32_t i = field->dev->claims; i != NONE32; i = topo->claims[i].next_of_device) {
		const struct claim *claim = &topo->claims[i];
		uint32_t n = (uint32_t)(ORIGIN_ARP - claim->origin);

		if (claim->origin > ORIGIN_ARP || n >= topo->node_count ||
		    topo->nodes[n]->dev == NONE32 ||
		    topo->stations[claim->station].owner != (uint32_t)(field->dev - topo->devs))
			continue;
		if (out->place.node != NONE32 &&
		    topo->nodes[out->place.node]->arp_count >= topo->nodes[n]->arp_count)
			continue;
		out->place = (struct place){n, NONE16};
		out->source = TOPO_ARP;
		out->error = 0.3;
		out->is_fresh = true;
	}
}

void
topo_find_place(struct topo *topo, const struct device_state *dev, struct finding *out)
{
	struct field field = {.topo = topo, .dev = dev};

	*out = (struct finding){.place = {NONE32, NONE16}, .station = NONE32, .error = 1};
	station_choose(&field);
	candidates_sighted(&field);
	candidates_heard(&field);
	candidate_former(&field);
	for (size_t i = 0; i < field.count; i++)
		score(&field, &field.list[i]);
	out->lldp_verdict = verdict_of(&field);
	out->station = field.station != NULL ? field.station_index : NONE32;
	if (field.count > 0)
		choose(&field, out);
	else
		region_find(&field, out);
	if (out->place.node == NONE32)
		router_find(&field, out);
}
