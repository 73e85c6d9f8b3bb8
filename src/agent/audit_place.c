/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where devices hang, for the audit: switch, port and VLAN, whether policy allows the VLAN, and
 * whether computers share it. A VLAN is shared if, at the same site, a port in it has stations that
 * no device of the fleet explains, or if a server hangs in it.
 */
#include "audit.h"

#include "topology.h"

#include "keepwatch/clock.h"
#include "keepwatch/log.h"

#include <stdlib.h>

enum {
	PLACES_MS = 15000, /* the topology is told no more often */
	VLAN_WORDS = (CONF_VLAN_MAX + 1 + 63) / 64,
};

/* Devices of the fleet on one port. */
struct on_port {
	uint32_t parent, if_index, devices;
};

struct sharing {
	uint64_t (*vlans)[VLAN_WORDS]; /* by site, the last for devices without one */
	size_t site_count;
	struct on_port *ports; /* ascending */
	size_t port_count;
};

static int
compare_ports(const void *left, const void *right)
{
	const struct on_port *a = left, *b = right;

	if (a->parent != b->parent)
		return a->parent < b->parent ? -1 : 1;
	return a->if_index < b->if_index ? -1 : a->if_index > b->if_index;
}

static uint64_t *
vlans_of(struct sharing *sharing, const struct device *device)
{
	return sharing
		->vlans[device->site < sharing->site_count ? device->site : sharing->site_count];
}

static void
set_bit(uint64_t *words, uint16_t vlan)
{
	if (vlan <= CONF_VLAN_MAX)
		words[vlan / 64] |= UINT64_C(1) << vlan % 64;
}

static bool
has_bit(const uint64_t *words, uint16_t vlan)
{
	return vlan <= CONF_VLAN_MAX && (words[vlan / 64] >> vlan % 64 & 1) != 0;
}

/* How many of the fleet are on each port, and where servers are. */
static void
count_devices(struct agent *agent, struct sharing *sharing)
{
	const struct agent_table *table = agent->table;
	size_t n = 0;

	for (size_t i = 0; i < table->device_count; i++) {
		const struct agent_device *device = &table->devices[i];
		const struct topo_link *link = topo_link_of(agent->topology->topo, device->id);

		if (link == NULL)
			continue;
		if (link->vlan != 0 && device->device->kind == KIND_SERVER)
			set_bit(vlans_of(sharing, device->device), link->vlan);
		if (link->parent != 0 && link->if_index != 0)
			sharing->ports[n++] = (struct on_port){link->parent, link->if_index, 1};
	}
	qsort(sharing->ports, n, sizeof(*sharing->ports), compare_ports);
	for (size_t i = 0; i < n; i++) {
		struct on_port *last = &sharing->ports[sharing->port_count];

		if (sharing->port_count > 0 && compare_ports(last - 1, &sharing->ports[i]) == 0)
			last[-1].devices++;
		else
			sharing->ports[sharing->port_count++] = sharing->ports[i];
	}
}

/* Ports for devices with more stations than devices of the fleet. */
static void
find_strangers(struct agent *agent, struct sharing *sharing, const struct agent_device *device)
{
	size_t count = 0;
	const struct topo_port *ports = topo_ports(agent->topology->topo, device->id, &count);

	for (size_t i = 0; i < count; i++) {
		struct on_port key = {device->id, ports[i].if_index, 0};
		const struct on_port *known = bsearch(&key, sharing->ports, sharing->port_count,
						      sizeof(key), compare_ports);

		if (ports[i].role == ROLE_EDGE && ports[i].pvid != 0 &&
		    ports[i].stations > (known != NULL ? known->devices : 0))
			set_bit(vlans_of(sharing, device->device), ports[i].pvid);
	}
}

static int
tell_place(struct agent *agent, struct sharing *sharing, const struct agent_device *device)
{
	const struct topo_link *link = topo_link_of(agent->topology->topo, device->id);
	const uint64_t *allowed = agent->table->conf->vlans[device->device->kind];
	struct audit_place place = {0};

	if (link != NULL) {
		place.parent = link->parent != 0
				       ? audit_device_name(agent->audit->audit, link->parent)
				       : link->parent_name;
		place.port = link->port;
		place.vlan = link->vlan;
		place.is_vlan_forbidden =
			allowed != NULL && link->vlan != 0 && !has_bit(allowed, link->vlan);
		place.is_vlan_shared =
			link->vlan != 0 && has_bit(vlans_of(sharing, device->device), link->vlan);
	}
	return audit_take_place(agent->audit->audit, device->id, &place);
}

void
audit_places_tell(struct agent *agent)
{
	const struct agent_table *table = agent->table;
	struct sharing sharing = {.site_count = table->conf->fleet->site_count};
	uint64_t now_ms = clock_mono_ms();
	int rc = 0;

	if (!agent->audit->are_places_old || now_ms < agent->audit->places_at_ms)
		return;
	sharing.vlans = calloc(sharing.site_count + 1, sizeof(*sharing.vlans));
	sharing.ports = calloc(table->device_count + 1, sizeof(*sharing.ports));
	if (sharing.vlans == NULL || sharing.ports == NULL)
		goto out;
	agent->audit->are_places_old = false;
	agent->audit->places_at_ms = now_ms + PLACES_MS;
	count_devices(agent, &sharing);
	for (size_t i = 0; i < table->device_count; i++)
		find_strangers(agent, &sharing, &table->devices[i]);
	for (size_t i = 0; rc == 0 && i < table->device_count; i++)
		rc = tell_place(agent, &sharing, &table->devices[i]);
	if (rc != 0)
		log_error("audit", "not all places are known: out of memory");
out:
	free(sharing.vlans);
	free(sharing.ports);
}
