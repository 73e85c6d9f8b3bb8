/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Making up a network: core, distribution, access; aggregations, stacks, second uplinks; what
 * people put in between; and what hangs at the edge.
 */
#include "sim.h"

#include "keepwatch/mem.h"

#include <stdio.h>
#include <stdlib.h>

/* Half of the switches of some networks speak LLDP, all or none of others. */
static unsigned
choose_lldp(struct sim_random *random)
{
	static const unsigned shares[] = {0, 500, 900, 1000, 1000};

	return shares[sim_below(random, MEM_COUNT(shares))];
}

static uint32_t
next_ip(struct sim *sim, unsigned vlan)
{
	return sim->first_ip + (vlan << 16) + 10U + (uint32_t)sim->count;
}

static uint32_t
add_switch(struct sim *sim, const char *role, unsigned ports, unsigned no_snmp_permille)
{
	struct sim_random *r = &sim->random;
	uint32_t at = sim_add(sim, SIM_SWITCH, ports);
	struct sim_box *box = &sim->boxes[at];

	box->has_snmp = !sim_chance(r, no_snmp_permille);
	box->device_kind = KIND_SWITCH;
	/* one that cannot be asked may be in the fleet file or not */
	box->id = box->has_snmp || sim_chance(r, 600) ? sim->next_id++ : 0;
	box->has_lldp = sim_chance(r, sim->lldp_permille);
	box->has_cdp = sim_chance(r, 150);
	box->floods_lldp = !box->has_lldp && sim_chance(r, 100);
	box->has_fdb_vlans = sim_chance(r, 800);
	box->fdb_on_member = sim_chance(r, 100);
	box->tells_macs = box->has_snmp;
	box->tells_name = sim_chance(r, 800);
	box->style = (uint8_t)sim_below(r, 3);
	box->ip = next_ip(sim, 0);
	if (box->style < 2 && ports >= 24 && sim_chance(r, 100)) { /* a stack of two */
		box->units = 2;
		box->ports = (uint16_t)(ports * 2 > 96 ? 96 : ports * 2);
	}
	snprintf(box->name, sizeof(box->name), "%s-%u", role, at);
	snprintf(box->serial, sizeof(box->serial), "SN%06u", at);
	return at;
}

/* A new aggregation of two free ports; 0 if there are none. */
static uint16_t
add_lag(struct sim *sim, uint32_t at)
{
	struct sim_box *box = &sim->boxes[at];
	uint16_t lag = (uint16_t)(box->ports + box->lags + 1);
	uint16_t first = sim_free_port(sim, at), second;

	if (first == 0 || lag >= SIM_PORTS_MAX)
		return 0;
	box->port[first].lag = lag;
	second = sim_free_port(sim, at);
	if (second == 0) {
		box->port[first].lag = 0;
		return 0;
	}
	box->port[second].lag = lag;
	box->port[lag].members = 2;
	box->lags++;
	return lag;
}

/* By one cable or two. False: no port is free. */
static bool
join(struct sim *sim, uint32_t at, uint32_t parent, bool is_lag)
{
	uint16_t up, down;

	if (is_lag && sim_is_switch(&sim->boxes[at]) && sim_is_switch(&sim->boxes[parent])) {
		down = add_lag(sim, parent);
		up = down == 0 ? 0 : add_lag(sim, at);
		if (up != 0) {
			sim->boxes[at].own_port = up;
			sim_attach(sim, at, parent, down);
			return true;
		}
		if (down != 0) { /* undo */
			for (uint16_t i = 1; i <= sim->boxes[parent].ports; i++) {
				if (sim->boxes[parent].port[i].lag == down)
					sim->boxes[parent].port[i].lag = 0;
			}
			sim->boxes[parent].lags--;
		}
	}
	down = sim_free_port(sim, parent);
	if (down == 0)
		return false;
	sim_attach(sim, at, parent, down);
	return true;
}

static uint32_t
add_between(struct sim *sim, uint32_t parent, enum sim_kind kind)
{
	uint32_t at = sim_add(sim, kind, 8);
	struct sim_box *box = &sim->boxes[at];

	box->floods_lldp = kind == SIM_PHONE ? false : sim_chance(&sim->random, 500);
	box->has_lldp = kind == SIM_PHONE && sim_chance(&sim->random, 700);
	if (kind == SIM_DUMB)
		box->mac_count = 0;
	if (kind == SIM_RADIO || kind == SIM_PHONE) {
		box->vlan = kind == SIM_PHONE ? (uint8_t)sim_below(&sim->random, sim->vlans) : 0;
		box->ip = next_ip(sim, box->vlan);
	}
	snprintf(box->name, sizeof(box->name), "box-%u", at);
	if (!join(sim, at, parent, false)) {
		box->mac_count = 0;
		return parent;
	}
	return at;
}

static uint32_t
add_access(struct sim *sim, uint32_t parent, const struct sim_size *size)
{
	struct sim_random *r = &sim->random;
	uint32_t at, under = parent;

	if (sim_chance(r, 40))
		under = add_between(sim, parent, SIM_DUMB);
	else if (sim_chance(r, 40))
		under = add_between(sim, parent, SIM_RADIO);
	at = add_switch(sim, "acc", 8U + sim_below(r, size->ports / 8) * 8U, 80);
	if (!join(sim, at, under, under == parent && sim_chance(r, 300)))
		return SIM_NONE;
	return at;
}

static uint32_t
add_device(struct sim *sim, uint32_t parent)
{
	static const enum device_kind kinds[] = {KIND_CAMERA, KIND_CAMERA, KIND_CAMERA,
						 KIND_CAMERA, KIND_DOOR,   KIND_INTERCOM,
						 KIND_OTHER};
	struct sim_random *r = &sim->random;
	uint32_t at = sim_add(sim, SIM_END, 0);
	struct sim_box *box = &sim->boxes[at];

	box->id = sim->next_id++;
	box->device_kind = kinds[sim_below(r, MEM_COUNT(kinds))];
	box->vlan = (uint8_t)(sim->vlans == 1 ? 0 : 1 + sim_below(r, sim->vlans - 1));
	box->ip = next_ip(sim, box->vlan);
	box->has_lldp = sim_chance(r, 400);
	box->tells_macs = sim_chance(r, 700);
	box->tells_name = sim_chance(r, 300);
	box->is_dark = sim_chance(r, 20);
	if (sim_chance(r, 80)) {
		box->macs[1] = sim_mac(sim);
		box->mac_count = 2;
	}
	if (sim_chance(r, 30))
		box->told_mac = 0x024200000001; /* the same in every device that has it */
	snprintf(box->name, sizeof(box->name), "cam-%u", at);
	if (!join(sim, at, parent, false))
		box->id = 0;
	return at;
}

static void
add_stranger(struct sim *sim, uint32_t parent)
{
	uint32_t at = sim_add(sim, SIM_PC, 0);
	struct sim_box *box = &sim->boxes[at];

	box->vlan = (uint8_t)sim_below(&sim->random, sim->vlans);
	box->ip = next_ip(sim, box->vlan);
	box->is_dark = sim_chance(&sim->random, 300);
	join(sim, at, parent, false);
}

static void
fill_port(struct sim *sim, uint32_t access)
{
	struct sim_random *r = &sim->random;
	uint32_t what = sim_below(r, 1000), between, count;

	if (what < 740) {
		add_device(sim, access);
	} else if (what < 810) {
		between = add_between(sim, access, SIM_DUMB);
		count = 2 + sim_below(r, 5);
		for (uint32_t i = 0; i < count && between != access; i++)
			sim_chance(r, 850) ? (void)add_device(sim, between)
					   : add_stranger(sim, between);
	} else if (what < 870) {
		between = add_between(sim, access, SIM_PHONE);
		add_device(sim, between);
	} else if (what < 890) {
		between = add_between(sim, access, SIM_RADIO);
		count = 1 + sim_below(r, 3);
		for (uint32_t i = 0; i < count && between != access; i++)
			add_device(sim, between);
	} else {
		add_stranger(sim, access);
	}
}

/* A second uplink to another distribution switch, blocked at the access switch. */
static void
add_spare(struct sim *sim, uint32_t access, uint32_t other)
{
	uint16_t up = sim_free_port(sim, access), down = sim_free_port(sim, other);

	if (up == 0 || down == 0)
		return;
	sim->boxes[access].spare = other;
	sim->boxes[access].spare_port = down;
	sim->boxes[access].own_spare_port = up;
	sim->boxes[access].port[up].peer = other;
	sim->boxes[access].port[up].is_blocked = true;
	sim->boxes[other].port[down].peer = access;
}

static void
add_router(struct sim *sim, const struct sim_size *size)
{
	uint32_t at;

	if (sim->vlans == 1)
		return;
	if (!size->is_site && sim_chance(&sim->random, 500)) {
		sim->boxes[sim->core].is_l3 = true;
		sim->router = sim->core;
		return;
	}
	at = sim_add(sim, SIM_ROUTER, 4);
	sim->boxes[at].id = sim->next_id++;
	sim->boxes[at].device_kind = KIND_ROUTER;
	sim->boxes[at].has_snmp = sim->boxes[at].tells_macs = sim_chance(&sim->random, 850);
	sim->boxes[at].has_lldp = sim_chance(&sim->random, sim->lldp_permille / 2);
	sim->boxes[at].style = 2;
	sim->boxes[at].ip = sim->first_ip + 1;
	snprintf(sim->boxes[at].name, sizeof(sim->boxes[at].name), "router-%u", at);
	sim->router = at;
	join(sim, at, sim->core, false);
}

static void
add_monitor(struct sim *sim, uint32_t some_access, bool is_remote)
{
	uint32_t where = sim_below(&sim->random, 100), at, parent = sim->core;

	if ((is_remote || where < 15) && sim->router != SIM_NONE && sim->router != sim->core)
		parent = sim->router;
	else if (where < 30 && some_access != SIM_NONE)
		parent = some_access;
	at = sim_add(sim, SIM_MONITOR, 0);
	sim->monitor = at;
	sim->boxes[at].ip =
		parent == sim->router && parent != sim->core ? 0x0b000005U : next_ip(sim, 0);
	if (!join(sim, at, parent, false) && !join(sim, at, sim->core, false))
		abort();
}

/* Cameras that stream to a recorder in their VLAN. */
static void
choose_peers(struct sim *sim)
{
	for (size_t i = 0; i < sim->count; i++) {
		uint32_t other = sim_below(&sim->random, (uint32_t)sim->count);

		if (sim->boxes[i].kind == SIM_END && sim->boxes[other].kind == SIM_END &&
		    sim->boxes[other].vlan == sim->boxes[i].vlan && other != i &&
		    sim_chance(&sim->random, 300))
			sim->boxes[i].talks_to = other;
	}
}

static void
fill_edge(struct sim *sim, const uint32_t *access, size_t count, const struct sim_size *size)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t ports = sim->boxes[access[i]].ports;
		uint32_t used = ports * size->fill_permille / 1000;

		used = used / 2 + sim_below(&sim->random, used / 2 + 1);
		for (uint32_t n = 0; n < used && n + 4 < ports; n++)
			fill_port(sim, access[i]);
	}
}

struct sim *
sim_new(uint64_t seed, const struct sim_size *size)
{
	struct sim *sim = calloc(1, sizeof(*sim));
	uint32_t *distribution, *access;
	size_t distributions, accesses = 0, most = (size_t)size->distribution * size->access;

	if (sim == NULL)
		abort();
	sim->random.state = seed;
	sim->next_id = size->first_id + 1;
	sim->next_mac = size->first_mac + 1;
	sim->first_ip = 0x0a000000U + (size->site << 24);
	sim->router = sim->monitor = SIM_NONE;
	/* a large site is divided: a switch knows some thousand stations, not all */
	sim->broadcast_permille = size->is_site ? 250 : 500;
	sim->vlans = size->is_site ? SIM_VLANS_MAX : 1 + sim_below(&sim->random, SIM_VLANS_MAX);
	sim->lldp_permille = choose_lldp(&sim->random);
	distribution = calloc(size->distribution, sizeof(*distribution));
	access = calloc(most, sizeof(*access));
	if (distribution == NULL || access == NULL)
		abort();
	sim->core = add_switch(sim, "core", size->distribution > 12 ? 96 : 48, 0);
	sim->boxes[sim->core].is_attached = true;
	add_router(sim, size);
	distributions = size->is_site ? size->distribution
				      : 1 + sim_below(&sim->random, size->distribution);
	for (size_t i = 0; i < distributions; i++) {
		distribution[i] = sim->core;
		if (distributions > 1) { /* else a small site without them */
			distribution[i] = add_switch(sim, "dist", 48, 30);
			if (!join(sim, distribution[i], sim->core, sim_chance(&sim->random, 500)))
				distribution[i] = sim->core;
		}
	}
	for (size_t i = 0; i < distributions; i++) {
		uint32_t count =
			size->is_site ? size->access : 1 + sim_below(&sim->random, size->access);

		for (uint32_t n = 0; n < count; n++) {
			bool is_chained = accesses > 0 && sim_chance(&sim->random, 150);
			uint32_t parent = is_chained ? access[accesses - 1] : distribution[i];
			uint32_t at = add_access(sim, parent, size);

			if (at == SIM_NONE)
				continue;
			if (!is_chained && distributions > 1 && sim_chance(&sim->random, 300) &&
			    sim->boxes[at].parent == distribution[i])
				add_spare(sim, at, distribution[(i + 1) % distributions]);
			access[accesses++] = at;
		}
	}
	add_monitor(sim,
		    accesses == 0 ? SIM_NONE : access[sim_below(&sim->random, (uint32_t)accesses)],
		    size->is_site);
	fill_edge(sim, access, accesses, size);
	choose_peers(sim);
	free(distribution);
	free(access);
	return sim;
}
