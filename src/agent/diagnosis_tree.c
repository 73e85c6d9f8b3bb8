/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tree that the diagnosis reasons in: the infrastructure from the monitor down, made of links
 * and sites. What connects a site that the monitor is not in is a router of the fleet, or a node
 * of its own.
 */
#include "diagnosis.h"
#include "topology.h"

#include "keepwatch/err.h"
#include "keepwatch/host_net.h"
#include "keepwatch/log.h"

#include <stdlib.h>
#include <string.h>

enum { HOPS_MAX = 64 };

size_t
diagnosis_site_of(const struct diagnosis_tree *tree, const struct device *device)
{
	return device->site < tree->site_count - 1 ? device->site : tree->site_count - 1;
}

static const struct agent_table *
table_of(const struct agent_diagnosis *diagnosis)
{
	return diagnosis->agent->table;
}

/* Index of what the device hangs on, as it is seen, else as it is declared. */
static uint32_t
parent_of(const struct agent_diagnosis *diagnosis, size_t index)
{
	const struct topo_link *link = topo_link_of(diagnosis->agent->topology->topo,
						    table_of(diagnosis)->devices[index].id);
	const struct diagnosis_device *parent;

	if (link == NULL)
		return NO_INDEX;
	parent =
		diagnosis_find(diagnosis, link->is_contradicted ? link->seen_parent : link->parent);
	return parent == NULL ? NO_INDEX : (uint32_t)(parent - diagnosis->devices);
}

/* ---- sites */

static const struct ipaddr *
address_of(const struct agent_table *table, size_t index)
{
	const struct agent_device *device = &table->devices[index];

	return device->probe_count > 0 ? &table->probes[device->first_probe].target.ip
				       : &device->device->ip;
}

/* A site is the monitor's own if one of its devices is reached without a router, or if the first
 * hop is a switch of it. */
static void
find_local(struct agent_diagnosis *diagnosis, struct diagnosis_tree *tree)
{
	const struct agent_table *table = table_of(diagnosis);
	struct host_onlink onlink = {0};
	const struct diagnosis_device *hop =
		diagnosis_find(diagnosis, topo_gateway_of(diagnosis->agent->topology->topo));
	int rc = host_onlink_read(&onlink);

	if (rc != 0)
		log_warn("diagnosis", "the host's own networks are not known: %s", err_text(rc));
	diagnosis->monitor.is_gateway_used = false;
	for (size_t i = 0; i < table->device_count; i++) {
		const struct device *device = table->devices[i].device;
		const struct ipaddr *ip = address_of(table, i);
		bool is_onlink = host_onlink_has(&onlink, ip);

		if (is_onlink && device->kind != KIND_ROUTER)
			tree->is_local[diagnosis_site_of(tree, device)] = true;
		if (!is_onlink && ip->family != 0)
			diagnosis->monitor.is_gateway_used = true;
	}
	if (hop != NULL) {
		const struct device *device = diagnosis_agent_device(diagnosis, hop)->device;

		if (device->kind != KIND_ROUTER)
			tree->is_local[diagnosis_site_of(tree, device)] = true;
	}
	host_onlink_fini(&onlink);
}

static void
find_wans(const struct agent_diagnosis *diagnosis, struct diagnosis_tree *tree)
{
	const struct agent_table *table = table_of(diagnosis);
	const struct fleet *fleet = table->conf->fleet;

	for (size_t s = 0; s < tree->site_count; s++) {
		const struct device *uplink = NULL;

		tree->wan[s] = NO_INDEX;
		if (s < fleet->site_count && fleet->sites[s].uplink != NULL)
			uplink = fleet_find(fleet, fleet->sites[s].uplink);
		if (uplink != NULL) {
			tree->wan[s] = (uint32_t)(uplink - fleet->devices);
			tree->is_local[s] = false;
		}
	}
	for (size_t i = 0; i < table->device_count; i++) {
		const struct device *device = table->devices[i].device;
		size_t site = diagnosis_site_of(tree, device);

		if (device->kind == KIND_ROUTER && tree->wan[site] == NO_INDEX &&
		    !tree->is_local[site] && site + 1 < tree->site_count)
			tree->wan[site] = (uint32_t)i;
	}
	for (size_t s = 0; s < tree->site_count; s++) {
		if (tree->wan[s] != NO_INDEX)
			tree->role[tree->wan[s]] = NODE_WAN;
	}
}

uint32_t
diagnosis_wan_node(struct agent_diagnosis *diagnosis, const struct diagnosis_tree *tree,
		   size_t site)
{
	if (tree->wan[site] != NO_INDEX)
		return diagnosis->devices[tree->wan[site]].id;
	if (tree->is_local[site])
		return 0;
	return DIAGNOSIS_WAN | diagnosis_site_id(diagnosis, (uint16_t)site);
}

/* ---- switches */

static void
find_infrastructure(const struct agent_diagnosis *diagnosis, struct diagnosis_tree *tree)
{
	const struct agent_table *table = table_of(diagnosis);

	for (size_t i = 0; i < table->device_count; i++) {
		uint32_t parent = parent_of(diagnosis, i);

		if (table->devices[i].device->kind == KIND_SWITCH && tree->role[i] != NODE_WAN)
			tree->role[i] = NODE_ACCESS;
		if (parent != NO_INDEX && tree->role[parent] == NODE_DEVICE)
			tree->role[parent] = NODE_ACCESS;
	}
}

/* What is above each; a ring of links, which are wrong then, is cut. */
static void
hang(const struct agent_diagnosis *diagnosis, struct diagnosis_tree *tree)
{
	size_t count = table_of(diagnosis)->device_count;

	for (size_t i = 0; i < count; i++) {
		tree->up[i] = NO_INDEX;
		if (tree->role[i] != NODE_DEVICE && tree->role[i] != NODE_WAN)
			tree->up[i] = parent_of(diagnosis, i);
	}
	for (size_t i = 0; i < count; i++) {
		uint32_t at = tree->up[i];
		unsigned hops = 0;

		while (at != NO_INDEX && at != i && hops++ < HOPS_MAX)
			at = tree->up[at];
		if (at != NO_INDEX)
			tree->up[i] = NO_INDEX;
	}
	for (size_t i = 0; i < count; i++) {
		if (tree->role[i] == NODE_DEVICE)
			continue;
		for (uint32_t at = tree->up[i]; at != NO_INDEX; at = tree->up[at])
			tree->below[at]++;
	}
}

/* Whether nothing of its site but what connects it is above a switch. */
static bool
is_root(const struct diagnosis_tree *tree, size_t index)
{
	return tree->role[index] != NODE_DEVICE && tree->role[index] != NODE_WAN &&
	       (tree->up[index] == NO_INDEX || tree->role[tree->up[index]] == NODE_WAN);
}

static int
name_roles(const struct agent_diagnosis *diagnosis, struct diagnosis_tree *tree)
{
	const struct agent_table *table = table_of(diagnosis);
	uint32_t *core = malloc(tree->site_count * sizeof(*core));

	if (core == NULL)
		return ERR_NOMEM;
	for (size_t s = 0; s < tree->site_count; s++)
		core[s] = NO_INDEX;
	for (size_t i = 0; i < table->device_count; i++) {
		size_t site = diagnosis_site_of(tree, table->devices[i].device);

		if (tree->role[i] == NODE_DEVICE || tree->role[i] == NODE_WAN)
			continue;
		if (tree->below[i] > 0)
			tree->role[i] = NODE_DIST;
		if (is_root(tree, i) &&
		    (core[site] == NO_INDEX || tree->below[i] > tree->below[core[site]]))
			core[site] = (uint32_t)i;
	}
	for (size_t s = 0; s < tree->site_count; s++) {
		/* One switch alone is as good as any on which devices hang. */
		if (core[s] != NO_INDEX && tree->below[core[s]] > 0)
			tree->role[core[s]] = NODE_CORE;
	}
	free(core);
	return 0;
}

int
diagnosis_tree_make(struct agent_diagnosis *diagnosis, struct diagnosis_tree *out)
{
	size_t count = diagnosis->device_count;
	struct diagnosis_tree tree = {
		.site_count = table_of(diagnosis)->conf->fleet->site_count + 1,
	};
	int rc = ERR_NOMEM;

	tree.up = malloc((count + 1) * sizeof(*tree.up));
	tree.below = calloc(count + 1, sizeof(*tree.below));
	tree.role = malloc(count + 1);
	tree.wan = malloc(tree.site_count * sizeof(*tree.wan));
	tree.is_local = calloc(tree.site_count, sizeof(*tree.is_local));
	if (tree.up == NULL || tree.below == NULL || tree.role == NULL || tree.wan == NULL ||
	    tree.is_local == NULL)
		goto out;
	memset(tree.role, NODE_DEVICE, count);
	find_local(diagnosis, &tree);
	find_wans(diagnosis, &tree);
	find_infrastructure(diagnosis, &tree);
	hang(diagnosis, &tree);
	rc = name_roles(diagnosis, &tree);
out:
	if (rc != 0)
		diagnosis_tree_fini(&tree);
	else
		*out = tree;
	return rc;
}

void
diagnosis_tree_fini(struct diagnosis_tree *tree)
{
	free(tree->up);
	free(tree->below);
	free(tree->role);
	free(tree->wan);
	free(tree->is_local);
}
