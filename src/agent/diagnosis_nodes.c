/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is watched, as nodes and places for the diagnosis: told at first, and again where it has
 * changed. Parents come before their children.
 */
#include "diagnosis.h"
#include "topology.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/log.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define ZONE_COLUMN "power_zone"

enum { LEVELS_MAX = 32 }; /* of switches above each other */

/* All that one telling needs. */
struct telling {
	struct agent_diagnosis *diagnosis;
	const struct agent_table *table;
	struct diagnosis_tree tree;
	int64_t now_ms;
	uint32_t *sites; /* numbers, by index */
	uint32_t *wans;	 /* synthetic ones that are needed now */
	size_t wan_count, wan_cap;
};

/* ---- one node */

static const char *
zone_of(const struct device *device)
{
	for (size_t i = 0; i < device->tag_count; i++) {
		if (strcasecmp(device->tags[i].key, ZONE_COLUMN) == 0)
			return device->tags[i].value;
	}
	return NULL;
}

/* How often it is asked whether it is there: by ping, else by whatever there is. */
static uint32_t
period_of(const struct device *device)
{
	uint32_t period_ms = 0;

	for (size_t i = 0; i < device->probe_count; i++) {
		const struct probe_settings *settings = device->probes[i];

		if (settings->probe == PROBE_ICMP)
			return settings->interval_ms;
		if (probe_tells_health(settings->probe) &&
		    (period_ms == 0 || settings->interval_ms < period_ms))
			period_ms = settings->interval_ms;
	}
	return period_ms;
}

static bool
has_probe(const struct device *device, enum probe_id id)
{
	for (size_t i = 0; i < device->probe_count; i++) {
		if (device->probes[i]->probe == id)
			return true;
	}
	return false;
}

static const struct topo_port *
port_of(const struct telling *t, const struct evidence_parent *at)
{
	size_t count = 0;
	const struct topo_port *ports =
		at->port == 0 ? NULL
			      : topo_ports(t->diagnosis->agent->topology->topo, at->node, &count);

	for (size_t i = 0; ports != NULL && i < count; i++) {
		if (ports[i].if_index == at->port)
			return &ports[i];
	}
	return NULL;
}

/* Whether the port has ever been seen to feed it, or to fail in that. */
static void
note_poe(const struct telling *t, struct diagnosis_device *d)
{
	const struct topo_port *port = d->uses_poe ? NULL : port_of(t, &d->place.parent);

	if (port != NULL)
		d->uses_poe = port->poe_status == POE_DELIVERING || port->poe_status == POE_FAULT ||
			      port->poe_status == POE_OTHER_FAULT || port->poe_overload;
}

static uint32_t
count_ports(const struct telling *t, uint32_t id)
{
	size_t count = 0;
	const struct topo_port *ports = topo_ports(t->diagnosis->agent->topology->topo, id, &count);
	uint32_t usable = 0;

	for (size_t i = 0; ports != NULL && i < count; i++)
		usable += ports[i].role != ROLE_UNKNOWN;
	return usable;
}

static void
add_parent(struct evidence_node *node, uint32_t id, uint32_t port)
{
	for (size_t i = 0; i < node->parent_count; i++) {
		if (node->parents[i].node == id)
			return;
	}
	if (id != 0 && node->parent_count < EVIDENCE_PARENTS_MAX)
		node->parents[node->parent_count++] = (struct evidence_parent){id, port};
}

/* What a switch or router hangs on: its links, else what connects the site, else the monitor. */
static void
fill_parents(const struct telling *t, size_t index, struct evidence_node *node)
{
	struct agent_diagnosis *diagnosis = t->diagnosis;
	struct diagnosis_device *d = &diagnosis->devices[index];
	const struct topo *topo = diagnosis->agent->topology->topo;
	const struct topo_link *link = topo_link_of(topo, d->id);
	const struct topo_link *spare = topo_spare_of(topo, d->id);
	size_t site = diagnosis_site_of(&t->tree, t->table->devices[index].device);
	uint32_t up = t->tree.up[index], wan;

	if (node->role == NODE_WAN) {
		add_parent(node, DIAGNOSIS_MONITOR, 0);
		return;
	}
	if (up != NO_INDEX)
		add_parent(node, diagnosis->devices[up].id,
			   link->is_contradicted ? link->seen_if_index : link->if_index);
	if (up != NO_INDEX && spare != NULL && spare->parent != d->id &&
	    diagnosis_find(diagnosis, spare->parent) != NULL &&
	    diagnosis_find(diagnosis, spare->parent)->role != NODE_DEVICE)
		add_parent(node, spare->parent, spare->if_index);
	if (up == NO_INDEX) {
		wan = diagnosis_wan_node(diagnosis, &t->tree, site);
		add_parent(node, wan != 0 ? wan : DIAGNOSIS_MONITOR, 0);
	}
}

/* Where a device should be: as declared, else where it was seen first. */
static void
note_first(struct diagnosis_device *d, const struct topo_link *link)
{
	bool is_declared = link != NULL && (link->source == TOPO_DECLARED || link->is_contradicted);

	if (link != NULL && link->parent != 0 &&
	    (is_declared || (d->first.node == 0 && link->confidence >= TOPO_CONFIDENCE_HIGH)))
		d->first = (struct evidence_parent){link->parent, link->if_index};
}

/* Where it is now, and whether a switch says so. */
static struct evidence_place
place_of(const struct topo_link *link)
{
	struct evidence_place place = {0};

	if (link == NULL)
		return place;
	if (link->is_contradicted) {
		place.parent = (struct evidence_parent){link->seen_parent, link->seen_if_index};
		place.is_seen = true;
		return place;
	}
	place.parent = (struct evidence_parent){link->parent, link->if_index};
	place.is_seen = link->confidence >= TOPO_CONFIDENCE_HIGH && link->source != TOPO_DECLARED;
	return place;
}

static uint64_t
hash_node(const struct evidence_node *node)
{
	struct evidence_node copy = *node;
	uint64_t h = MEM_HASH64_START;

	copy.name = copy.site_name = copy.zone_name = NULL;
	h = mem_hash64(h, &copy, sizeof(copy));
	return h | 1;
}

/*
 * While a switch cannot be read, what hangs on it is seen on the port above that leads to it: that
 * is the same place from further away, and no other.
 */
bool
diagnosis_is_same_from_above(const struct agent_diagnosis *diagnosis,
			     const struct evidence_parent *from, const struct evidence_parent *to)
{
	const struct topo_link *link;
	uint32_t at = from->node;

	for (int level = 0; at != 0 && at != to->node && level < LEVELS_MAX; level++) {
		link = topo_link_of(diagnosis->agent->topology->topo, at);
		if (link == NULL)
			return false;
		at = link->parent;
		if (at == to->node)
			return link->if_index == to->port;
	}
	return false;
}

static void
tell_place(const struct telling *t, struct diagnosis_device *d, bool is_new)
{
	const struct topo_link *link = topo_link_of(t->diagnosis->agent->topology->topo, d->id);
	struct evidence evidence = {
		.kind = EVIDENCE_PLACE, .node = d->id, .at_ms = t->now_ms, .place = place_of(link)};
	const struct evidence_parent *parent = &evidence.place.parent;

	if (diagnosis_find(t->diagnosis, parent->node) == NULL)
		evidence.place = (struct evidence_place){0};
	if (diagnosis_is_same_from_above(t->diagnosis, &d->place.parent, parent))
		return;
	if (parent->node == d->place.parent.node && parent->port == d->place.parent.port &&
	    evidence.place.is_seen == d->place.is_seen && !(is_new && parent->node != 0))
		return;
	d->place = evidence.place;
	note_poe(t, d);
	diagnosis_take(t->diagnosis, &evidence);
}

static void
tell_device(struct telling *t, size_t index)
{
	struct agent_diagnosis *diagnosis = t->diagnosis;
	struct diagnosis_device *d = &diagnosis->devices[index];
	const struct device *device = t->table->devices[index].device;
	const struct topo_link *link = topo_link_of(diagnosis->agent->topology->topo, d->id);
	const struct agent_device *agent_device = &t->table->devices[index];
	struct evidence evidence = {.kind = EVIDENCE_NODE, .node = d->id, .at_ms = t->now_ms};
	const struct ipaddr *ip = agent_device->probe_count > 0
					  ? &t->table->probes[agent_device->first_probe].target.ip
					  : &device->ip;
	const char *zone = zone_of(device);
	struct evidence_node node;
	bool is_new = !d->is_told;
	uint64_t hash;

	memset(&node, 0, sizeof(node));
	node.role = d->role;
	node.has_ping = has_probe(device, PROBE_ICMP);
	node.has_snmp = has_probe(device, PROBE_SNMP) || has_probe(device, PROBE_TOPOLOGY);
	note_poe(t, d);
	node.uses_poe = d->uses_poe;
	node.site = t->sites[diagnosis_site_of(&t->tree, device)];
	node.zone = zone == NULL ? 0 : diagnosis_name_id(&diagnosis->zones, zone);
	node.period_ms = period_of(device);
	if (link != NULL && link->mac != MAC_NONE)
		d->mac = link->mac;
	node.mac = d->mac;
	if (ip->family == 4)
		node.ip4 = (uint32_t)ip->bytes[0] << 24 | (uint32_t)ip->bytes[1] << 16 |
			   (uint32_t)ip->bytes[2] << 8 | ip->bytes[3];
	if (d->role != NODE_DEVICE) {
		fill_parents(t, index, &node);
		node.ports = count_ports(t, d->id);
		node.poe_budget_mw = d->poe_budget_mw;
	} else {
		note_first(d, link);
		if (diagnosis_find(diagnosis, d->first.node) != NULL)
			add_parent(&node, d->first.node, d->first.port);
	}
	node.name = device->name;
	node.site_name = device_site_name(t->table->conf->fleet, device);
	node.zone_name = zone;
	hash = hash_node(&node);
	if (is_new || hash != d->told_hash) {
		d->told_hash = hash;
		d->is_told = true;
		evidence.info = node;
		diagnosis_take(diagnosis, &evidence);
	}
	/* Where a switch hangs stands with it; its place would be said of one path only. */
	if (d->role == NODE_DEVICE)
		tell_place(t, d, is_new);
}

/* ---- nodes of their own */

static void
tell_monitor(const struct telling *t)
{
	struct evidence evidence = {
		.kind = EVIDENCE_NODE, .node = DIAGNOSIS_MONITOR, .at_ms = t->now_ms};

	evidence.info.role = NODE_MONITOR;
	evidence.info.name = diagnosis_node_name(t->diagnosis, DIAGNOSIS_MONITOR);
	diagnosis_take(t->diagnosis, &evidence);
	t->diagnosis->is_monitor_told = true;
}

static void
tell_wan(struct telling *t, size_t site)
{
	const struct fleet *fleet = t->table->conf->fleet;
	uint32_t id = diagnosis_wan_node(t->diagnosis, &t->tree, site);
	struct evidence evidence = {.kind = EVIDENCE_NODE, .node = id, .at_ms = t->now_ms};
	bool is_told = false;

	if (id < DIAGNOSIS_WAN ||
	    mem_grow(&t->wans, &t->wan_cap, t->wan_count + 1, sizeof(*t->wans)) != 0)
		return;
	t->wans[t->wan_count++] = id;
	for (size_t i = 0; i < t->diagnosis->wan_count; i++)
		is_told = is_told || t->diagnosis->wans[i] == id;
	if (is_told)
		return;
	evidence.info.role = NODE_WAN;
	evidence.info.site = id & ~DIAGNOSIS_WAN;
	evidence.info.parent_count = 1;
	evidence.info.parents[0].node = DIAGNOSIS_MONITOR;
	evidence.info.site_name = site < fleet->site_count ? fleet->sites[site].name : "";
	evidence.info.name = diagnosis_node_name(t->diagnosis, id);
	diagnosis_take(t->diagnosis, &evidence);
}

/* Sites that have devices need to be connected. */
static int
tell_wans(struct telling *t)
{
	bool *is_used = calloc(t->tree.site_count, sizeof(*is_used));

	if (is_used == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < t->table->device_count; i++)
		is_used[diagnosis_site_of(&t->tree, t->table->devices[i].device)] = true;
	for (size_t s = 0; s < t->tree.site_count; s++) {
		if (is_used[s])
			tell_wan(t, s);
	}
	free(is_used);
	return 0;
}

static void
drop_wans(struct telling *t)
{
	struct agent_diagnosis *diagnosis = t->diagnosis;

	for (size_t i = 0; i < diagnosis->wan_count; i++) {
		struct evidence gone = {
			.kind = EVIDENCE_GONE, .node = diagnosis->wans[i], .at_ms = t->now_ms};
		size_t k = 0;

		while (k < t->wan_count && t->wans[k] != gone.node)
			k++;
		if (k == t->wan_count)
			diagnosis_take(diagnosis, &gone);
	}
	free(diagnosis->wans);
	diagnosis->wans = t->wans;
	diagnosis->wan_count = t->wan_count;
	diagnosis->wan_cap = t->wan_cap;
}

/* ---- all of them */

/* One that was a device and has others behind it now, or the other way round, is another node. */
static void
take_roles(struct telling *t)
{
	for (size_t i = 0; i < t->table->device_count; i++) {
		struct diagnosis_device *d = &t->diagnosis->devices[i];
		uint8_t role = t->tree.role[i];
		struct evidence gone = {.kind = EVIDENCE_GONE, .node = d->id, .at_ms = t->now_ms};

		if (d->is_told && (role == NODE_DEVICE) != (d->role == NODE_DEVICE)) {
			diagnosis_take(t->diagnosis, &gone);
			d->is_told = false;
			d->place = (struct evidence_place){0};
			d->first = (struct evidence_parent){0};
		}
		d->role = role;
	}
}

/* Those below the same number of others come together: the tree is not deep. */
static void
tell_infrastructure(struct telling *t)
{
	size_t left = 1;

	for (size_t i = 0; i < t->table->device_count; i++) {
		if (t->tree.role[i] == NODE_WAN)
			tell_device(t, i);
	}
	for (unsigned depth = 0; left > 0; depth++) {
		left = 0;
		for (size_t i = 0; i < t->table->device_count; i++) {
			unsigned above = 0;

			if (t->tree.role[i] == NODE_DEVICE || t->tree.role[i] == NODE_WAN)
				continue;
			for (uint32_t at = t->tree.up[i]; at != NO_INDEX; at = t->tree.up[at])
				above++;
			if (above == depth)
				tell_device(t, i);
			left += above > depth;
		}
	}
}

static uint32_t *
number_sites(struct telling *t)
{
	uint32_t *sites = calloc(t->tree.site_count, sizeof(*sites));

	for (size_t s = 0; sites != NULL && s < t->tree.site_count; s++)
		sites[s] = diagnosis_site_id(t->diagnosis, (uint16_t)s);
	return sites;
}

void
diagnosis_nodes_tell(struct agent_diagnosis *diagnosis)
{
	struct telling t = {
		.diagnosis = diagnosis,
		.table = diagnosis->agent->table,
		.now_ms = clock_wall_ms(),
	};
	int rc = diagnosis_tree_make(diagnosis, &t.tree);

	if (rc == 0)
		t.sites = number_sites(&t);
	if (rc == 0 && t.sites == NULL) {
		diagnosis_tree_fini(&t.tree);
		rc = ERR_NOMEM;
	}
	if (rc == 0) {
		if (!diagnosis->is_monitor_told)
			tell_monitor(&t);
		take_roles(&t);
		rc = tell_wans(&t);
		tell_infrastructure(&t);
		for (size_t i = 0; i < t.table->device_count; i++) {
			if (t.tree.role[i] == NODE_DEVICE)
				tell_device(&t, i);
		}
		drop_wans(&t);
		diagnosis_tree_fini(&t.tree);
		free(t.sites);
	}
	if (rc != 0)
		log_error("diagnosis", "not all nodes are known: %s", err_text(rc));
}
