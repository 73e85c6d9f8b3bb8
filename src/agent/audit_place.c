/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where devices hang, for the audit: switch, port and VLAN, whether policy allows the VLAN, and
 * whether computers share it. A VLAN is shared if, at the same site, a port in it has stations that
 * no device of the fleet explains, or if a server hangs in it; now, or a day ago: who goes home in
 * the evening comes back in the morning.
 */
#include "audit.h"

#include "topology.h"

#include "keepwatch/clock.h"
#include "keepwatch/log.h"

#include <stdlib.h>
#include <string.h>

enum {
	PLACES_MS = 15000, /* the topology is told no more often */
	DAY_MS = 24 * 3600 * 1000,
	VLAN_WORDS = (CONF_VLAN_MAX + 1 + 63) / 64,
};

/* Devices of the fleet on one port. */
struct on_port {
	uint32_t parent, if_index, devices;
};

/* VLANs that were shared today and the day before. */
struct audit_shared {
	uint64_t (*vlans[2])[VLAN_WORDS];
	uint64_t day_ms; /* monotonic: when today began */
};

struct sharing {
	uint64_t (*vlans)[VLAN_WORDS]; /* by site, the last for devices without one; today's */
	uint64_t (*before)[VLAN_WORDS];
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

static size_t
site_of(const struct sharing *sharing, const struct device *device)
{
	return device->site < sharing->site_count ? device->site : sharing->site_count;
}

static uint64_t *
vlans_of(struct sharing *sharing, const struct device *device)
{
	return sharing->vlans[site_of(sharing, device)];
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
			link->vlan != 0 &&
			(has_bit(vlans_of(sharing, device->device), link->vlan) ||
			 has_bit(sharing->before[site_of(sharing, device->device)], link->vlan));
	}
	return audit_take_place(agent->audit->audit, device->id, &place);
}

void
audit_places_forget(struct agent *agent)
{
	struct audit_shared *shared = agent->audit->shared;

	if (shared == NULL)
		return;
	free(shared->vlans[0]);
	free(shared->vlans[1]);
	free(shared);
	agent->audit->shared = NULL;
}

/* What is known of the sites' VLANs, with a new day begun if it is time. NULL: out of memory. */
static struct audit_shared *
shared_of(struct agent *agent, size_t sites, uint64_t now_ms)
{
	struct audit_shared *shared = agent->audit->shared;

	if (shared == NULL) {
		shared = agent->audit->shared = calloc(1, sizeof(*shared));
		if (shared == NULL)
			return NULL;
		shared->day_ms = now_ms;
		for (size_t i = 0; i < 2; i++)
			shared->vlans[i] = calloc(sites, sizeof(*shared->vlans[i]));
		if (shared->vlans[0] == NULL || shared->vlans[1] == NULL) {
			audit_places_forget(agent);
			return NULL;
		}
	} else if (now_ms - shared->day_ms >= DAY_MS) {
		uint64_t(*oldest)[VLAN_WORDS] = shared->vlans[1];

		shared->vlans[1] = shared->vlans[0];
		shared->vlans[0] = oldest;
		memset(oldest, 0, sites * sizeof(*oldest));
		shared->day_ms = now_ms;
	}
	return shared;
}

void
audit_places_tell(struct agent *agent)
{
	const struct agent_table *table = agent->table;
	struct sharing sharing = {.site_count = table->conf->fleet->site_count};
	uint64_t now_ms = clock_mono_ms();
	const struct audit_shared *shared;
	int rc = 0;

	if (!agent->audit->are_places_old || now_ms < agent->audit->places_at_ms)
		return;
	shared = shared_of(agent, sharing.site_count + 1, now_ms);
	sharing.ports = calloc(table->device_count + 1, sizeof(*sharing.ports));
	if (shared == NULL || sharing.ports == NULL)
		goto out;
	sharing.vlans = shared->vlans[0];
	sharing.before = shared->vlans[1];
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
	free(sharing.ports);
}
