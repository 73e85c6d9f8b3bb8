/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Boxes, cables and their numbers; where everything hangs as seen from the monitor.
 */
#include "sim.h"

#include "keepwatch/mem.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>

/* splitmix64 (public domain algorithm of S. Vigna). */
uint64_t
sim_random(struct sim_random *random)
{
	uint64_t z = random->state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

uint32_t
sim_below(struct sim_random *random, uint32_t n)
{
	return (uint32_t)((sim_random(random) >> 32) * n >> 32);
}

bool
sim_chance(struct sim_random *random, unsigned permille)
{
	return sim_below(random, 1000) < permille;
}

bool
sim_is_switch(const struct sim_box *box)
{
	return box->kind == SIM_SWITCH;
}

mac_addr
sim_mac(struct sim *sim)
{
	static const uint32_t vendors[] = {0x00408c, 0xb8a44f, 0x4419b6, 0x001b21, 0x3cef8c};
	uint32_t n = sim->next_mac++;

	return (mac_addr)vendors[n % MEM_COUNT(vendors)] << 24 | (n * 2654435761U & 0xffffff);
}

uint32_t
sim_add(struct sim *sim, enum sim_kind kind, unsigned ports)
{
	struct sim_box *box;

	if (mem_grow(&sim->boxes, &sim->cap, sim->count + 1, sizeof(*sim->boxes)) != 0)
		abort();
	assert(ports < SIM_PORTS_MAX);
	box = &sim->boxes[sim->count];
	*box = (struct sim_box){
		.kind = kind,
		.parent = SIM_NONE,
		.spare = SIM_NONE,
		.talks_to = SIM_NONE,
		.ports = (uint16_t)ports,
		.units = 1,
		.mac_count = 1,
		.macs = {sim_mac(sim)},
	};
	if (ports > 0) {
		box->port = calloc(SIM_PORTS_MAX, sizeof(*box->port));
		if (box->port == NULL)
			abort();
	}
	for (unsigned i = 0; i < SIM_PORTS_MAX && ports > 0; i++)
		box->port[i].peer = SIM_NONE;
	return (uint32_t)sim->count++;
}

uint16_t
sim_free_port(struct sim *sim, uint32_t at)
{
	const struct sim_box *box = &sim->boxes[at];
	uint32_t first = box->ports == 0 ? 0 : sim_below(&sim->random, box->ports);

	for (uint32_t i = 0; i < box->ports; i++) {
		uint32_t port = 1 + (first + i) % box->ports;

		if (box->port[port].peer == SIM_NONE && box->port[port].lag == 0)
			return (uint16_t)port;
	}
	return 0;
}

void
sim_attach(struct sim *sim, uint32_t at, uint32_t parent, uint16_t port)
{
	struct sim_box *box = &sim->boxes[at];

	box->parent = parent;
	box->parent_port = port;
	box->is_attached = true;
	if (box->own_port == 0 && box->ports > 0)
		box->own_port = sim_free_port(sim, at);
	if (box->ports > 0)
		box->port[box->own_port].peer = parent;
	if (sim->boxes[parent].ports > 0)
		sim->boxes[parent].port[port].peer = at;
}

void
sim_detach(struct sim *sim, uint32_t at)
{
	struct sim_box *box = &sim->boxes[at];

	if (sim->boxes[box->parent].ports > 0)
		sim->boxes[box->parent].port[box->parent_port].peer = SIM_NONE;
	box->is_attached = false;
}

/* As vendors number: by one, by unit and slot, with gaps. */
uint32_t
sim_if_index(const struct sim_box *box, uint16_t port)
{
	unsigned per_unit = box->ports / box->units;
	unsigned unit = (port - 1U) / (per_unit == 0 ? 1 : per_unit);

	if (port == 0)
		return 0;
	if (port > box->ports)
		return (box->style == 0	  ? 1000U
			: box->style == 1 ? 5000U
					  : 600U) +
		       port - box->ports;
	if (box->style == 0)
		return port + unit * 4U;
	if (box->style == 1)
		return 10100U + unit * 500U + (port - 1U) % per_unit + 1U;
	return 3U + port * 2U;
}

void
sim_port_name(const struct sim_box *box, uint16_t port, char out[VIEW_TEXT])
{
	unsigned per_unit = box->ports / box->units,
		 n = (port - 1U) % (per_unit == 0 ? 1 : per_unit);
	unsigned unit = (port - 1U) / (per_unit == 0 ? 1 : per_unit);

	if (port > box->ports)
		snprintf(out, VIEW_TEXT, "%s%u", box->style == 1 ? "Port-channel" : "Trk",
			 port - box->ports);
	else if (box->style == 1)
		snprintf(out, VIEW_TEXT, "GigabitEthernet%u/0/%u", unit + 1, n + 1);
	else if (box->style == 0)
		snprintf(out, VIEW_TEXT, "gi%u/0/%u", unit + 1, n + 1);
	else
		snprintf(out, VIEW_TEXT, "%u", port);
}

/* True if `above` is the box itself or between it and the root. */
static bool
is_above(const struct sim *sim, uint32_t above, uint32_t box)
{
	while (box != SIM_NONE && box != above)
		box = sim->boxes[box].parent;
	return box == above;
}

uint32_t
sim_towards_monitor(const struct sim *sim, uint32_t at, uint16_t *port)
{
	uint32_t child = sim->monitor;

	if (at == sim->monitor || !sim->boxes[at].is_attached)
		return SIM_NONE;
	if (!is_above(sim, at, sim->monitor)) {
		*port = sim->boxes[at].parent_port;
		return sim->boxes[at].parent;
	}
	while (sim->boxes[child].parent != at)
		child = sim->boxes[child].parent;
	*port = sim->boxes[child].own_port;
	return child;
}

static void
add_place(struct sim_place *out, size_t *count, uint32_t parent, uint32_t if_index)
{
	if (*count < SIM_PLACES_MAX)
		out[(*count)++] = (struct sim_place){parent, if_index};
}

/* Up to the first box that can be asked; a switch of the fleet on the way that cannot be is right,
 * too, and so is a router whose port is not known. */
size_t
sim_truth(const struct sim *sim, uint32_t at, struct sim_place out[SIM_PLACES_MAX])
{
	size_t count = 0;
	uint16_t port = 0;

	for (at = sim_towards_monitor(sim, at, &port); at != SIM_NONE;
	     at = sim_towards_monitor(sim, at, &port)) {
		const struct sim_box *box = &sim->boxes[at];

		if (box->id == 0 || (box->kind != SIM_SWITCH && box->kind != SIM_ROUTER))
			continue;
		if (box->has_snmp)
			add_place(out, &count, box->id, sim_if_index(box, port));
		if (!box->has_snmp || box->kind == SIM_ROUTER)
			add_place(out, &count, box->id, 0);
		if (!box->has_snmp)
			continue;
		/* a member stands for its aggregation */
		for (uint16_t i = 1; i <= box->ports; i++) {
			if (box->port[i].lag != 0 && box->port[i].lag == port)
				add_place(out, &count, box->id, sim_if_index(box, i));
		}
		break;
	}
	return count;
}

void
sim_free(struct sim *sim)
{
	if (sim == NULL)
		return;
	for (size_t i = 0; i < sim->count; i++) {
		free(sim->boxes[i].port);
		free(sim->boxes[i].rows);
	}
	free(sim->boxes);
	free(sim);
}

struct ipaddr
sim_ip(uint32_t ip)
{
	struct ipaddr out = {.family = ip == 0 ? 0 : 4};

	for (int i = 0; i < 4 && ip != 0; i++)
		out.bytes[i] = (uint8_t)(ip >> (24 - 8 * i));
	return out;
}
