/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Marks what is below, then lets the paths that remain win nodes back: from those that stay
 * reachable over spare links, and on through switches, in either direction.
 */
#include "topo_impact.h"

#include "keepwatch/err.h"
#include "keepwatch/port_name.h"

#include <stdlib.h>
#include <string.h>

enum { SET_MAX = 64 };

struct marks {
	bool is_below, is_saved, is_doubtful;
	bool is_torn; /* declared to hang there, but seen where it does not fall for certain */
	uint8_t confidence;
	size_t seen; /* place + 1 of what is seen there, though declared elsewhere; 0 */
	const struct topo_link *spare;
};

struct work {
	struct impact *impact;
	const struct topo_tree *tree;
	struct marks *marks; /* by node */
	size_t *queue;	     /* saved ones whose neighbours are still to be looked at */
	size_t queue_len;
	/* What belongs to the port: itself, its aggregation, or the members of it. */
	const struct topo_port *set[SET_MAX];
	size_t set_len;
};

const char *
impact_effect_name(enum impact_effect effect)
{
	static const char *const names[IMPACT_EFFECTS] = {"dark", "perhaps", "spared"};

	return names[effect];
}

/* Gathers the ports that fall with the port, and counts those that carry on for it. */
static void
gather_ports(struct work *work, const struct reader_port_list *ports)
{
	struct impact *impact = work->impact;
	uint32_t lag = impact->port->lag != 0 ? impact->port->lag : impact->port->if_index;

	work->set[work->set_len++] = impact->port;
	for (size_t i = 0; i < ports->count; i++) {
		const struct topo_port *port = &ports->items[i].port;

		if (port == impact->port)
			continue;
		if (port->if_index == lag)
			impact->aggregate = port;
		else if (port->lag != lag)
			continue;
		else if (impact->port->lag != 0 && port->oper == 1)
			impact->members_left++;
		if (work->set_len < SET_MAX)
			work->set[work->set_len++] = port;
	}
}

static bool
is_of_port(const struct work *work, uint32_t if_index, const char *name)
{
	for (size_t i = 0; i < work->set_len; i++) {
		if (if_index != 0 ? work->set[i]->if_index == if_index
				  : port_name_same(work->set[i]->name, name))
			return true;
	}
	return false;
}

/* Whether what is taken down carries the link between a node and its parent. */
static bool
is_cut(const struct work *work, const struct topo_link *link, size_t child, size_t parent)
{
	size_t target = work->impact->target;

	if (work->impact->port == NULL)
		return child == target || parent == target;
	if (parent == target)
		return is_of_port(work, link->if_index, link->port);
	return child == target && is_of_port(work, link->device_if, link->device_port);
}

static bool
is_port_unknown(const struct topo_link *link)
{
	return link->if_index == 0 && link->port[0] == '\0';
}

/* Begins below the target: which of its neighbours in the tree fall first. */
static bool
falls_first(const struct work *work, size_t place, bool *is_doubtful)
{
	const struct tree_node *node = &work->tree->nodes[place];

	*is_doubtful = false;
	if (work->impact->port == NULL)
		return node->parent == work->impact->target;
	if (place == work->impact->target)
		return work->impact->is_uplink;
	if (node->parent != work->impact->target)
		return false;
	if (is_port_unknown(node->link)) {
		*is_doubtful = true;
		return true;
	}
	return is_of_port(work, node->link->if_index, node->link->port);
}

static void
mark_below(struct work *work)
{
	const struct topo_tree *tree = work->tree;

	for (size_t i = 0; i < tree->order_count; i++) {
		size_t place = tree->order[i];
		const struct tree_node *node = &tree->nodes[place];
		struct marks *marks = &work->marks[place];
		const struct marks *above =
			node->parent != TREE_NONE ? &work->marks[node->parent] : NULL;

		marks->confidence = TOPO_CONFIDENCE_MAX;
		if (falls_first(work, place, &marks->is_doubtful))
			marks->is_below = true;
		else if (above == NULL || !above->is_below)
			continue;
		if (above != NULL && above->is_below) {
			marks->is_below = true;
			marks->confidence = above->confidence;
			marks->is_doubtful = marks->is_doubtful || above->is_doubtful;
		}
		/* The switch whose uplink is cut hangs there for certain: it is its own port. */
		if (node->link == NULL || place == work->impact->target)
			continue;
		if (node->link->confidence < marks->confidence)
			marks->confidence = node->link->confidence;
		marks->is_doubtful = marks->is_doubtful || marks->confidence < TOPO_CONFIDENCE_LOW;
	}
}

static bool
is_lost(const struct work *work, size_t place)
{
	return place != TREE_NONE && work->marks[place].is_below && !work->marks[place].is_saved;
}

/* Whether a node is there and carries others. */
static bool
is_carrier(const struct work *work, size_t place)
{
	if ((work->impact->port == NULL && place == work->impact->target) ||
	    work->tree->nodes[place].is_left_out)
		return false;
	return !is_lost(work, place) && tree_node_is_switch(&work->tree->nodes[place]);
}

static void
save(struct work *work, size_t place, const struct topo_link *spare)
{
	work->marks[place].is_saved = true;
	work->marks[place].spare = spare;
	work->queue[work->queue_len++] = place;
}

/* On from those that were won back: to what hangs on them, and to what they hang on. */
static void
spread(struct work *work)
{
	while (work->queue_len > 0) {
		size_t place = work->queue[--work->queue_len];
		const struct tree_node *node = &work->tree->nodes[place];
		const struct topo_link *spare = work->marks[place].spare;

		if (!tree_node_is_switch(node))
			continue;
		if (is_lost(work, node->parent) && !is_cut(work, node->link, place, node->parent))
			save(work, node->parent, spare);
		for (size_t i = node->child; i != TREE_NONE; i = work->tree->nodes[i].next) {
			if (is_lost(work, i) && !is_cut(work, work->tree->nodes[i].link, i, place))
				save(work, i, spare);
		}
	}
}

/* Over one spare link, from its end that is reached to the one that is not. */
static bool
use_spare(struct work *work, const struct topo_link *spare)
{
	size_t child = topo_tree_find(work->tree, spare->device);
	size_t parent = topo_tree_find(work->tree, spare->parent);

	if (child == TREE_NONE || parent == TREE_NONE || spare->confidence < TOPO_CONFIDENCE_LOW ||
	    is_cut(work, spare, child, parent))
		return false;
	if (is_lost(work, child) && is_carrier(work, parent))
		save(work, child, spare);
	else if (is_lost(work, parent) && is_carrier(work, child))
		save(work, parent, spare);
	else
		return false;
	spread(work);
	return true;
}

/* Whether the port where a contradicted one is seen is what is taken down. */
static bool
is_seen_cut(const struct work *work, const struct topo_link *link)
{
	if (topo_tree_find(work->tree, link->seen_parent) != work->impact->target)
		return false;
	return work->impact->port == NULL ||
	       (link->seen_if_index == 0 && link->seen_port[0] == '\0') ||
	       is_of_port(work, link->seen_if_index, link->seen_port);
}

static bool
is_seen_lost(const struct work *work, const struct topo_link *link)
{
	size_t seen = topo_tree_find(work->tree, link->seen_parent);

	return seen != TREE_NONE &&
	       (is_seen_cut(work, link) || is_lost(work, seen) || work->marks[seen].seen != 0);
}

/* What is declared at one place and seen at another may fall with either. */
static void
mark_seen(struct work *work)
{
	const struct topo_tree *tree = work->tree;
	bool is_done = false, is_first = true;

	while (!is_done) {
		is_done = true;
		for (size_t i = 0; i < tree->order_count; i++) {
			size_t place = tree->order[i], parent = tree->nodes[place].parent;
			const struct topo_link *link = tree->nodes[place].link;
			const struct marks *above =
				parent != TREE_NONE ? &work->marks[parent] : NULL;
			struct marks *marks = &work->marks[place];
			/* The link of what is hidden is that of one of those behind it. */
			bool is_against = tree->nodes[place].type == TREE_DEVICE && link != NULL &&
					  link->is_contradicted;

			if (place == work->impact->target)
				continue;
			if (is_first)
				marks->is_torn = marks->is_below &&
						 ((above->is_below && above->is_torn) ||
						  (is_against && !is_seen_cut(work, link)));
			if (marks->seen != 0)
				continue;
			if (is_against && is_seen_lost(work, link))
				marks->seen = place + 1;
			else if (above != NULL)
				marks->seen = above->seen;
			is_done = is_done && marks->seen == 0;
		}
		is_first = false;
	}
}

static int
add_to_group(struct impact *impact, const struct reader_device *device, enum impact_effect effect)
{
	struct impact_group *group = NULL;

	for (size_t i = 0; i < impact->group_count && group == NULL; i++) {
		if (strcmp(impact->groups[i].site, device->site) == 0 &&
		    strcmp(impact->groups[i].owner, device->owner) == 0)
			group = &impact->groups[i];
	}
	if (group == NULL) {
		if (mem_grow(&impact->groups, &impact->group_cap, impact->group_count + 1,
			     sizeof(*impact->groups)) != 0)
			return ERR_NOMEM;
		group = &impact->groups[impact->group_count++];
		*group = (struct impact_group){.site = device->site, .owner = device->owner};
	}
	group->counts[effect]++;
	impact->counts[effect]++;
	if (effect == IMPACT_DARK) {
		group->kinds[device->kind]++;
		impact->kinds[device->kind]++;
		impact->down_already += device->health == HEALTH_DOWN;
	}
	return 0;
}

static int
compare_groups(const void *pa, const void *pb)
{
	const struct impact_group *a = pa, *b = pb;
	int rc = strcmp(a->site, b->site);

	return rc != 0 ? rc : strcmp(a->owner, b->owner);
}

static enum impact_effect
effect_of(const struct marks *marks)
{
	if (marks->is_below && !marks->is_saved)
		return marks->is_doubtful || marks->is_torn ? IMPACT_PERHAPS : IMPACT_DARK;
	return marks->seen != 0 ? IMPACT_PERHAPS : IMPACT_SPARED;
}

/* Puts down the devices, effect by effect, and counts them. */
static int
collect(struct work *work)
{
	const struct topo_tree *tree = work->tree;
	struct impact *impact = work->impact;

	impact->devices = malloc(sizeof(*impact->devices) * (tree->device_count + 1));
	if (impact->devices == NULL)
		return ERR_NOMEM;
	for (int effect = 0; effect < IMPACT_EFFECTS; effect++) {
		for (size_t i = 0; i < tree->order_count; i++) {
			size_t place = tree->order[i];
			const struct tree_node *node = &tree->nodes[place];
			const struct marks *marks = &work->marks[place];

			if (node->type != TREE_DEVICE || (!marks->is_below && marks->seen == 0) ||
			    (int)effect_of(marks) != effect)
				continue;
			impact->devices[impact->device_count++] = (struct impact_device){
				.place = place,
				.effect = (enum impact_effect)effect,
				.confidence = marks->confidence,
				.seen = is_lost(work, place) ? TREE_NONE : marks->seen - 1,
				.spare = effect == IMPACT_SPARED ? marks->spare : NULL};
			if (add_to_group(impact, node->device, (enum impact_effect)effect) != 0)
				return ERR_NOMEM;
		}
	}
	if (impact->group_count > 0)
		qsort(impact->groups, impact->group_count, sizeof(*impact->groups), compare_groups);
	return 0;
}

static bool
is_concerned(const struct impact *impact, const struct topo_tree *tree, const char *site)
{
	if (strcmp(site, tree->nodes[impact->target].device->site) == 0)
		return true;
	for (size_t i = 0; i < impact->group_count; i++) {
		if (strcmp(site, impact->groups[i].site) == 0)
			return true;
	}
	return false;
}

/* Those of the sites concerned of which it is not known whether they hang there as well. */
static void
count_uncertain(struct work *work)
{
	const struct topo_tree *tree = work->tree;
	struct impact *impact = work->impact;

	for (size_t i = 0; i < tree->device_count; i++) {
		const struct tree_node *node = &tree->nodes[i];
		bool is_contradicted = node->link != NULL && node->link->is_contradicted &&
				       !work->marks[i].is_below &&
				       topo_tree_find(tree, node->link->seen_parent) == TREE_NONE;

		if (node->is_left_out || i == impact->target ||
		    !(node->is_unplaced || is_contradicted) ||
		    !is_concerned(impact, tree, node->device->site))
			continue;
		impact->unplaced += node->is_unplaced;
		impact->contradicted += is_contradicted;
	}
}

int
impact_compute(struct impact *impact, const struct topo_tree *tree, size_t target,
	       const struct reader_port_list *ports, const struct topo_port *port)
{
	const struct topo_link *up = tree->nodes[target].link;
	struct work work = {.impact = impact, .tree = tree};
	bool is_done = false;
	int rc = ERR_NOMEM;

	*impact = (struct impact){.target = target, .port = port};
	work.marks = calloc(tree->count + 1, sizeof(*work.marks));
	work.queue = malloc(sizeof(*work.queue) * (tree->count + 1));
	if (work.marks == NULL || work.queue == NULL)
		goto out;
	if (port != NULL) {
		gather_ports(&work, ports);
		impact->is_uplink = up != NULL && is_of_port(&work, up->device_if, up->device_port);
	}
	if (impact->members_left == 0)
		mark_below(&work);
	while (!is_done) {
		is_done = true;
		for (size_t i = 0; i < tree->spare_count; i++) {
			if (use_spare(&work, tree->spares[i]))
				is_done = false;
		}
	}
	if (impact->members_left == 0)
		mark_seen(&work);
	rc = collect(&work);
	if (rc == 0)
		count_uncertain(&work);
out:
	free(work.marks);
	free(work.queue);
	return rc;
}

void
impact_fini(struct impact *impact)
{
	free(impact->devices);
	free(impact->groups);
	*impact = (struct impact){0};
}
