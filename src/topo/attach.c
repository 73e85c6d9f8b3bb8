/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * On which port a device hangs. Candidates are the edge ports where its MAC is learned or a
 * neighbour's row names it, and where it was; each is weighed by how well it explains every row
 * about the device on every switch: over the tree, each switch must see it towards the candidate.
 * How often rows are wrong is measured on the fleet itself (update.c), not assumed.
 */
#include "attach.h"

#include <math.h>
#include <string.h>

enum { CROWD = 16, CROWD_MUCH = 64 };

/* 80 where 4 in 1,000 are wrong; each factor of ten is worth 10 above and 22 below. */
uint8_t
topo_confidence(double error)
{
	double value;

	if (error < 1e-6)
		error = 1e-6;
	value = error <= HIGH_ERROR ? 80 + 10 * log10(HIGH_ERROR / error)
				    : 79.9 - 22 * log10(error / HIGH_ERROR);
	if (value > 99)
		value = 99;
	return value < 1 ? 1 : (uint8_t)value;
}

double
topo_error_of(uint8_t confidence)
{
	if (confidence >= TOPO_CONFIDENCE_HIGH)
		return HIGH_ERROR / pow(10, (confidence - 80) / 10.0);
	return fmin(0.9, HIGH_ERROR * pow(10, (79.9 - confidence) / 22.0));
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
	/* Where the monitor is seen, too: it hangs there with all else above the root. */
	if (candidate->place.node == topo->root && node->beacon_count > 0 &&
	    node->beacon_port == candidate->place.port &&
	    (field->dev->kind == KIND_ROUTER || field->dev->kind == KIND_SWITCH))
		error = fmax(error, 0.05);
	if (attach_is_stale(topo, node))
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
		attach_score_rows(field, &candidate);
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
	const struct candidate *best = &field->list[0], *former = NULL;
	double rest = 0, between;

	for (size_t i = 0; i < field->count; i++) {
		const struct candidate *candidate = &field->list[i];

		if (candidate->is_former)
			former = candidate;
		if (candidate->score > best->score ||
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
	out->first_s = attach_newest(best);
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

void
topo_find_place(struct topo *topo, const struct device_state *dev, struct finding *out)
{
	struct field field = {.topo = topo, .dev = dev};

	*out = (struct finding){.place = {NONE32, NONE16}, .station = NONE32, .error = 1};
	attach_prepare(&field);
	out->lldp_verdict = verdict_of(&field);
	out->station = field.station != NULL ? field.station_index : NONE32;
	if (field.count > 0)
		choose(&field, out);
	else
		region_find(&field, out);
	if (out->place.node == NONE32)
		topo_router_find(topo, dev, out);
}
