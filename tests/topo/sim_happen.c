/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What people do to a network: devices are moved, swapped and replaced, addresses taken twice,
 * strangers plugged in, switches exchanged, uplinks lost.
 */
#include "sim_play.h"

#include <stdio.h>

enum { TRIES = 200 };

static void
expect(struct play *play, enum topo_event_type type, uint32_t id)
{
	if (play->expected_count < PLAY_EXPECTED_MAX)
		play->expected[play->expected_count++] =
			(struct play_expected){type, id, play->sim->round + 1, false};
}

static bool
has_happened(const struct play *play, uint32_t id)
{
	for (size_t i = 0; i < play->expected_count; i++) {
		if (play->expected[i].id == id)
			return true;
	}
	return false;
}

/* A lit device of the fleet that is known where it is, and to which nothing has happened. */
static uint32_t
choose_device(struct play *play)
{
	struct sim *sim = play->sim;

	for (int i = 0; i < TRIES; i++) {
		uint32_t at = sim_below(&play->random, (uint32_t)sim->count);
		const struct sim_box *box = &sim->boxes[at];
		const struct topo_link *link;

		if (box->kind != SIM_END || box->id == 0 || box->is_dark || !box->is_attached ||
		    has_happened(play, box->id))
			continue;
		link = topo_link_of(play->topo, box->id);
		if (link != NULL && link->confidence >= TOPO_CONFIDENCE_LOW &&
		    play_is_right(play, at, link))
			return at;
	}
	return SIM_NONE;
}

/* Link down: the switch forgets what it had learned there. */
static void
unplug(struct play *play, uint32_t at)
{
	struct sim_box *box = &play->sim->boxes[at];
	struct sim_box *from = &play->sim->boxes[box->parent];
	size_t kept = 0;

	for (size_t i = 0; i < from->row_count; i++) {
		if (from->rows[i].port != box->parent_port)
			from->rows[kept++] = from->rows[i];
	}
	from->row_count = kept;
	sim_detach(play->sim, at);
}

static bool
is_same_place(const struct play *play, uint32_t a, uint32_t b)
{
	struct sim_place of_a[SIM_PLACES_MAX], of_b[SIM_PLACES_MAX];
	size_t count_a = sim_truth(play->sim, a, of_a), count_b = sim_truth(play->sim, b, of_b);

	if (count_a == 0 || count_b == 0)
		return true;
	for (size_t i = 0; i < count_a; i++) {
		for (size_t n = 0; n < count_b; n++) {
			if (of_a[i].parent == of_b[n].parent &&
			    of_a[i].if_index == of_b[n].if_index)
				return true;
		}
	}
	return false;
}

/* A managed switch that can be asked and has a free port, and the port. */
static uint32_t
choose_switch(struct play *play, uint16_t *port)
{
	struct sim *sim = play->sim;

	for (int i = 0; i < TRIES; i++) {
		uint32_t at = sim_below(&play->random, (uint32_t)sim->count);
		const struct sim_box *box = &sim->boxes[at];

		if (box->kind != SIM_SWITCH || !box->has_snmp || !box->is_attached ||
		    at == sim->core)
			continue;
		*port = sim_free_port(sim, at);
		if (*port != 0)
			return at;
	}
	return SIM_NONE;
}

bool
play_move(struct play *play)
{
	uint16_t port = 0;
	uint32_t at = choose_device(play), to = choose_switch(play, &port);

	if (at == SIM_NONE || to == SIM_NONE)
		return false;
	unplug(play, at);
	sim_attach(play->sim, at, to, port);
	expect(play, TOPO_EVENT_MOVED, play->sim->boxes[at].id);
	return true;
}

bool
play_swap(struct play *play)
{
	struct sim *sim = play->sim;
	uint32_t a = choose_device(play), b = choose_device(play), parent;
	uint16_t port;

	if (a == SIM_NONE || b == SIM_NONE || a == b || is_same_place(play, a, b))
		return false;
	unplug(play, a);
	unplug(play, b);
	parent = sim->boxes[a].parent;
	port = sim->boxes[a].parent_port;
	sim_attach(sim, a, sim->boxes[b].parent, sim->boxes[b].parent_port);
	sim_attach(sim, b, parent, port);
	expect(play, TOPO_EVENT_MOVED, sim->boxes[a].id);
	expect(play, TOPO_EVENT_MOVED, sim->boxes[b].id);
	return true;
}

bool
play_replace(struct play *play)
{
	uint32_t at = choose_device(play);

	if (at == SIM_NONE)
		return false;
	unplug(play, at);
	play->sim->boxes[at].macs[0] = sim_mac(play->sim);
	sim_attach(play->sim, at, play->sim->boxes[at].parent, play->sim->boxes[at].parent_port);
	play_tell_macs(play, at);
	expect(play, TOPO_EVENT_REPLACED, play->sim->boxes[at].id);
	return true;
}

static uint32_t
add_stranger(struct play *play, uint32_t parent, uint16_t port, uint8_t vlan)
{
	uint32_t at = sim_add(play->sim, SIM_PC, 0);

	play->sim->boxes[at].vlan = vlan;
	sim_attach(play->sim, at, parent, port);
	return at;
}

bool
play_duplicate(struct play *play)
{
	struct sim *sim = play->sim;
	uint16_t port = 0;
	uint32_t at = choose_device(play), to = choose_switch(play, &port), stranger;

	/* somebody must have an ARP table */
	if (at == SIM_NONE || to == SIM_NONE || sim->duplicate_ip != 0 ||
	    (sim->router != SIM_NONE && !sim->boxes[sim->router].has_snmp))
		return false;
	stranger = add_stranger(play, to, port, sim->boxes[at].vlan);
	sim->duplicate_ip = sim->boxes[at].ip;
	sim->duplicate_mac = sim->boxes[stranger].macs[0];
	expect(play, TOPO_EVENT_DUPLICATE_IP, sim->boxes[at].id);
	return true;
}

/* A PC beside a camera, on the phone or the small switch that is there. */
bool
play_stranger(struct play *play)
{
	struct sim *sim = play->sim;
	struct sim_place places[SIM_PLACES_MAX];

	for (int i = 0; i < TRIES; i++) {
		uint32_t at = choose_device(play);
		const struct sim_box *box, *parent;
		uint16_t port;

		if (at == SIM_NONE)
			return false;
		box = &sim->boxes[at];
		parent = &sim->boxes[box->parent];
		if (parent->kind == SIM_SWITCH || box->device_kind == KIND_OTHER ||
		    sim_truth(sim, at, places) != 1)
			continue;
		port = sim_free_port(sim, box->parent);
		if (port == 0)
			continue;
		add_stranger(play, box->parent, port, box->vlan);
		expect(play, TOPO_EVENT_NEW_MAC, places[0].parent);
		return true;
	}
	return false;
}

bool
play_replace_switch(struct play *play)
{
	struct sim *sim = play->sim;
	uint16_t port;
	uint32_t at = choose_switch(play, &port);
	struct sim_box *box;

	if (at == SIM_NONE || has_happened(play, sim->boxes[at].id))
		return false;
	box = &sim->boxes[at];
	box->macs[0] = sim_mac(sim);
	snprintf(box->serial, sizeof(box->serial), "SX%06u", sim->round);
	box->row_count = 0;
	play_tell_macs(play, at);
	expect(play, TOPO_EVENT_SWITCH_REPLACED, box->id);
	return true;
}

/* The uplink is cut; spanning tree opens the second one. */
bool
play_reroute(struct play *play)
{
	struct sim *sim = play->sim;

	for (uint32_t i = 0; i < sim->count; i++) {
		struct sim_box *box = &sim->boxes[i];
		const struct topo_link *link =
			box->id == 0 ? NULL : topo_link_of(play->topo, box->id);
		uint16_t port = 0;

		/* nothing that the monitor itself is behind */
		if (box->spare == SIM_NONE || link == NULL || !play_is_right(play, i, link) ||
		    has_happened(play, box->id) ||
		    sim_towards_monitor(sim, i, &port) != box->parent)
			continue;
		if (!sim->boxes[box->spare].has_snmp || !sim->boxes[box->parent].has_snmp)
			continue;
		unplug(play, i);
		box->port[box->own_port].peer = SIM_NONE;
		box->row_count = 0;
		box->own_port = box->own_spare_port;
		box->port[box->own_port].is_blocked = false;
		sim_attach(sim, i, box->spare, box->spare_port);
		box->spare = SIM_NONE;
		expect(play, TOPO_EVENT_UPLINK_CHANGED, box->id);
		return true;
	}
	return false;
}
