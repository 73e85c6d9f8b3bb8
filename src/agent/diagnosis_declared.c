/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What people have declared, for the diagnosis: numbers of sites and power zones, made of their
 * names, and announced windows.
 */
#include "diagnosis.h"

#include "keepwatch/clock.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

/* ---- names */

uint32_t
diagnosis_name_id(struct diagnosis_names *names, const char *name)
{
	/* Below DIAGNOSIS_WAN, as both together make a node's number, and not the monitor's. */
	uint32_t id = mem_hash_text(name) & 0x3fffffff;
	size_t i = 0;

	id += id == 0;
	while (i < names->count) {
		if (strcmp(names->items[i].name, name) == 0)
			return names->items[i].id;
		if (names->items[i].id == id) { /* two names, one number: the later moves on */
			id++;
			i = 0;
			continue;
		}
		i++;
	}
	if (mem_grow(&names->items, &names->cap, names->count + 1, sizeof(*names->items)) != 0)
		return 0;
	names->items[names->count].name = strdup(name);
	if (names->items[names->count].name == NULL)
		return 0;
	names->items[names->count].id = id;
	return names->items[names->count++].id;
}

void
diagnosis_names_fini(struct diagnosis_names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i].name);
	free(names->items);
	*names = (struct diagnosis_names){0};
}

uint32_t
diagnosis_site_id(struct agent_diagnosis *diagnosis, uint16_t site)
{
	const struct fleet *fleet = diagnosis->agent->table->conf->fleet;

	return site < fleet->site_count
		       ? diagnosis_name_id(&diagnosis->sites, fleet->sites[site].name)
		       : 0;
}

/* ---- announced windows */

/* It is told, and has not gone since. */
static bool
is_node_told(const struct agent_diagnosis *diagnosis, uint32_t node)
{
	const struct diagnosis_device *device = diagnosis_find(diagnosis, node);

	for (size_t i = 0; i < diagnosis->wan_count; i++) {
		if (diagnosis->wans[i] == node)
			return true;
	}
	return device != NULL && device->is_told;
}

static struct diagnosis_window *
window_find(const struct agent_diagnosis *diagnosis, uint32_t node, int64_t from_ms)
{
	for (size_t i = 0; i < diagnosis->window_count; i++) {
		struct diagnosis_window *window = &diagnosis->windows[i];

		if (window->node == node && window->from_ms == from_ms)
			return window;
	}
	return NULL;
}

static void
put_window(struct agent_diagnosis *diagnosis, const struct diagnosis_window *window, int64_t now_ms)
{
	struct evidence evidence = {
		.kind = EVIDENCE_MAINTENANCE,
		.node = window->node,
		.at_ms = now_ms,
		.window = {window->from_ms, window->to_ms},
	};

	diagnosis_take(diagnosis, &evidence);
}

static void
tell_window(struct agent_diagnosis *diagnosis, uint32_t node, const struct conf_window *window,
	    int64_t now_ms)
{
	struct diagnosis_window *known = window_find(diagnosis, node, window->from_ms);

	if (known == NULL) {
		if (mem_grow(&diagnosis->windows, &diagnosis->window_cap,
			     diagnosis->window_count + 1, sizeof(*diagnosis->windows)) != 0)
			return;
		known = &diagnosis->windows[diagnosis->window_count++];
		*known = (struct diagnosis_window){.node = node, .from_ms = window->from_ms};
	}
	known->is_declared = true;
	/* A reload has most of them again. */
	if (known->is_told && known->to_ms == window->to_ms)
		return;
	known->to_ms = window->to_ms;
	known->is_told = true;
	put_window(diagnosis, known, now_ms);
}

/* What is no longer announced ends now, or never comes. */
static void
withdraw_windows(struct agent_diagnosis *diagnosis, int64_t now_ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < diagnosis->window_count; i++) {
		struct diagnosis_window window = diagnosis->windows[i];

		if (window.is_declared) {
			diagnosis->windows[kept++] = window;
		} else if (window.to_ms > now_ms && is_node_told(diagnosis, window.node)) {
			window.to_ms = window.from_ms < now_ms ? now_ms : 0;
			put_window(diagnosis, &window, now_ms);
		}
	}
	diagnosis->window_count = kept;
}

/* Of a site: what connects it, as all in it is behind that; of the monitor's own, what hangs on
 * nothing that is in it. */
static void
tell_site_window(struct agent_diagnosis *diagnosis, const struct diagnosis_tree *tree,
		 const struct conf_window *window, int64_t now_ms)
{
	const struct agent_table *table = diagnosis->agent->table;
	uint32_t wan = diagnosis_wan_node(diagnosis, tree, window->index);

	if (wan != 0) {
		tell_window(diagnosis, wan, window, now_ms);
		return;
	}
	for (size_t i = 0; i < table->device_count; i++) {
		const struct diagnosis_device *d = &diagnosis->devices[i];
		bool is_top = d->role == NODE_DEVICE
				      ? d->place.parent.node == 0 && d->first.node == 0
				      : tree->up[i] == NO_INDEX;

		if (is_top && diagnosis_site_of(tree, table->devices[i].device) == window->index)
			tell_window(diagnosis, d->id, window, now_ms);
	}
}

void
diagnosis_windows_tell(struct agent_diagnosis *diagnosis)
{
	const struct conf_diagnosis *conf = &diagnosis->agent->table->conf->diagnosis;
	int64_t now_ms = clock_wall_ms(), grace_ms = 4 * (int64_t)diagnosis->cycle_ms;
	struct diagnosis_tree tree;

	if (conf->window_count + diagnosis->window_count == 0 ||
	    diagnosis_tree_make(diagnosis, &tree) != 0)
		return;
	for (size_t i = 0; i < diagnosis->window_count; i++)
		diagnosis->windows[i].is_declared = false;
	for (size_t i = 0; i < conf->window_count; i++) {
		const struct conf_window *window = &conf->windows[i];

		if (window->to_ms + grace_ms < now_ms)
			continue; /* nothing can be explained by it any more */
		if (window->is_site)
			tell_site_window(diagnosis, &tree, window, now_ms);
		else
			tell_window(diagnosis, diagnosis->devices[window->index].id, window,
				    now_ms);
	}
	withdraw_windows(diagnosis, now_ms);
	diagnosis_tree_fini(&tree);
}
