/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The made-up fleet: node 1 is the monitor; then, site by site, a router, a core switch, two
 * distribution switches, twelve access switches, and the devices, spread over those.
 */
#include "fleet.h"

#include <stdlib.h>

enum {
	OWN = 2 + FLEET_DISTS + FLEET_ACCESS, /* nodes of a site that are no devices */
	SITE_NODES = OWN + FLEET_SITE_DEVICES,
	NODES = 1 + FLEET_SITES * SITE_NODES,
	PORTS_TOLD = 4, /* rows that changed since the walk before */
	UPTIME_START_S = 1000000,
};

struct fleet {
	struct evidence *pieces;
	size_t cap, count;
	mac_addr macs[NODES + 1]; /* by node */
};

struct fleet *
fleet_new(void)
{
	struct fleet *fleet = calloc(1, sizeof(*fleet));

	if (!fleet)
		return NULL;
	for (uint32_t node = 1; node <= NODES; node++)
		fleet->macs[node] = UINT64_C(0x020000000000) + node;
	return fleet;
}

void
fleet_free(struct fleet *fleet)
{
	if (!fleet)
		return;
	free(fleet->pieces);
	free(fleet);
}

/* Of node, counted within its site: 0 router, 1 core, then distribution, access, devices. */
static uint32_t
rank_of(uint32_t node)
{
	return (node - 2) % SITE_NODES;
}

static uint32_t
site_of(uint32_t node)
{
	return (node - 2) / SITE_NODES;
}

static enum node_role
role_of(uint32_t node)
{
	uint32_t rank = rank_of(node);

	if (node == 1)
		return NODE_MONITOR;
	return rank == 0		? NODE_WAN
	       : rank == 1		? NODE_CORE
	       : rank < 2 + FLEET_DISTS ? NODE_DIST
	       : rank < OWN		? NODE_ACCESS
					: NODE_DEVICE;
}

static struct evidence_parent
parent_of(uint32_t node)
{
	uint32_t rank = rank_of(node), first = node - rank;

	switch (role_of(node)) {
	case NODE_WAN:
		return (struct evidence_parent){.node = 1, .port = 1 + site_of(node)};
	case NODE_CORE:
		return (struct evidence_parent){.node = first, .port = 101};
	case NODE_DIST:
		return (struct evidence_parent){.node = first + 1, .port = 101 + rank};
	case NODE_ACCESS:
		return (struct evidence_parent){.node = first + 2 + rank % FLEET_DISTS,
						.port = 101 + rank};
	default:
		return (struct evidence_parent){.node = first + 2 + FLEET_DISTS +
							(rank - OWN) % FLEET_ACCESS,
						.port = 1 + (rank - OWN) / FLEET_ACCESS};
	}
}

int
fleet_declare(const struct fleet *fleet, struct diag *diag, int64_t now_ms)
{
	int rc = 0;

	for (uint32_t node = 1; node <= NODES && rc == 0; node++) {
		enum node_role role = role_of(node);
		struct evidence e = {
			.kind = EVIDENCE_NODE,
			.node = node,
			.at_ms = now_ms,
			.info = {.role = (uint8_t)role,
				 .has_snmp = role != NODE_DEVICE && role != NODE_WAN,
				 .has_ping = true,
				 .uses_poe = role == NODE_DEVICE,
				 .site = node == 1 ? 0 : site_of(node),
				 .ports = role == NODE_ACCESS ? 48 : 0,
				 .mac = fleet->macs[node],
				 .ip4 = 0x0A000000 + node},
		};

		if (node > 1) {
			e.info.parent_count = 1;
			e.info.parents[0] = parent_of(node);
		}
		rc = diag_take(diag, &e);
		if (rc != 0 || role != NODE_DEVICE)
			continue;
		e = (struct evidence){
			.kind = EVIDENCE_PLACE,
			.node = node,
			.at_ms = now_ms,
			.place = {.parent = parent_of(node), .is_seen = true},
		};
		rc = diag_take(diag, &e);
	}
	return rc;
}

static struct evidence *
add(struct fleet *fleet, enum evidence_kind kind, uint32_t node, int64_t at_ms)
{
	struct evidence *e;

	if (fleet->count == fleet->cap) {
		size_t cap = fleet->cap ? 2 * fleet->cap : 4096;
		struct evidence *grown = realloc(fleet->pieces, cap * sizeof(*grown));

		if (!grown)
			abort();
		fleet->pieces = grown;
		fleet->cap = cap;
	}
	e = &fleet->pieces[fleet->count++];
	*e = (struct evidence){
		.kind = (uint8_t)kind, .node = node, .at_ms = at_ms, .seen_ms = at_ms};
	return e;
}

static bool
is_dark(uint32_t node, enum darkness darkness)
{
	switch (darkness) {
	case DARK_SITE:
		return node > 1 && site_of(node) == 0;
	case DARK_ALL:
		return node > 1;
	case DARK_DEVICES:
		return role_of(node) == NODE_DEVICE;
	default:
		return false;
	}
}

static void
watch_device(struct fleet *fleet, uint32_t node, int64_t at_ms, bool dark)
{
	struct evidence_poll *poll = &add(fleet, EVIDENCE_POLL, node, at_ms)->poll;

	poll->sent = 3;
	poll->answered = dark ? 0 : 3;
	for (unsigned k = 0; k < 3; k++)
		poll->service[k] = dark ? SERVICE_TIMEOUT : SERVICE_OK;
	/* One poll in a hundred loses an echo. */
	if (!dark && (node * 31 + at_ms / FLEET_CYCLE_MS) % 100 == 0)
		poll->answered = 2;
}

static void
watch_switch(struct fleet *fleet, uint32_t node, int64_t at_ms, bool dark)
{
	struct evidence_switch *sw = &add(fleet, EVIDENCE_SWITCH, node, at_ms)->sw;
	uint32_t first = node - rank_of(node);

	sw->sent = 3;
	sw->answered = dark ? 0 : 3;
	if (role_of(node) == NODE_WAN)
		return;
	sw->snmp = dark ? SNMP_STATE_TIMEOUT : SNMP_STATE_OK;
	if (dark)
		return;
	sw->is_walk = sw->has_uptime = true;
	sw->uptime_s = UPTIME_START_S + (uint32_t)(at_ms / 1000 % 1000000000);
	if (role_of(node) != NODE_ACCESS)
		return;
	for (uint32_t k = 0; k < PORTS_TOLD; k++) {
		uint32_t nth = (uint32_t)(at_ms / FLEET_CYCLE_MS * PORTS_TOLD + k) % 41;
		uint32_t device =
			first + OWN + nth * FLEET_ACCESS + (rank_of(node) - 2 - FLEET_DISTS);
		struct evidence_port *port = &add(fleet, EVIDENCE_PORT, node, at_ms)->port;

		port->port = 1 + nth;
		port->is_up = port->has_macs = true;
		port->poe = POE_STATE_ON;
		port->power_mw = 6000;
		port->mac_count = 1;
		port->macs = &fleet->macs[device];
	}
}

size_t
fleet_watch(struct fleet *fleet, int64_t from_ms, int64_t to_ms, enum darkness darkness,
	    const struct evidence **out)
{
	fleet->count = 0;
	for (int64_t at_ms = from_ms; at_ms < to_ms; at_ms += 1000) {
		uint32_t second = (uint32_t)(at_ms / 1000 % (FLEET_CYCLE_MS / 1000));

		if (second == 0)
			add(fleet, EVIDENCE_MONITOR, 1, at_ms)->monitor =
				(struct evidence_monitor){.sent = 3, .answered = 3, .lag_ms = 5};
		/* Each has its second, as a scheduler spreads them. */
		for (uint32_t node = 2 + second; node <= NODES; node += FLEET_CYCLE_MS / 1000) {
			if (role_of(node) == NODE_DEVICE)
				watch_device(fleet, node, at_ms, is_dark(node, darkness));
			else
				watch_switch(fleet, node, at_ms, is_dark(node, darkness));
		}
	}
	*out = fleet->pieces;
	return fleet->count;
}
