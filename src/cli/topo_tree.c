/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Builds the tree: devices first, then nodes for what is outside the fleet or hidden behind a port;
 * rings are cut where they are known least; last the order in which it is drawn.
 */
#include "topo_tree.h"

#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

bool
tree_node_is_switch(const struct tree_node *node)
{
	return node->type != TREE_DEVICE || node->child != TREE_NONE ||
	       node->device->kind == KIND_SWITCH || node->device->kind == KIND_ROUTER;
}

static int
compare_id_places(const void *pa, const void *pb, void *arg)
{
	const struct tree_node *nodes = arg;
	uint32_t a = nodes[*(const size_t *)pa].device->id;
	uint32_t b = nodes[*(const size_t *)pb].device->id;

	return a < b ? -1 : a > b;
}

size_t
topo_tree_find(const struct topo_tree *tree, uint32_t id)
{
	size_t low = 0, high = tree->device_count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (tree->ids[middle] < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < tree->device_count && tree->ids[low] == id ? tree->places[low] : TREE_NONE;
}

static int
index_devices(struct topo_tree *tree, const struct reader_device_list *devices)
{
	size_t count = devices->count;

	tree->device_count = tree->count = count;
	if (mem_grow(&tree->nodes, &tree->cap, count + 1, sizeof(*tree->nodes)) != 0)
		return ERR_NOMEM;
	tree->ids = malloc(sizeof(*tree->ids) * (count + 1));
	tree->places = malloc(sizeof(*tree->places) * (count + 1));
	if (tree->ids == NULL || tree->places == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < count; i++) {
		tree->nodes[i] = (struct tree_node){.type = TREE_DEVICE,
						    .device = &devices->items[i],
						    .name = devices->items[i].name,
						    .parent = TREE_NONE,
						    .child = TREE_NONE,
						    .next = TREE_NONE};
		tree->places[i] = i;
	}
	qsort_r(tree->places, count, sizeof(*tree->places), compare_id_places, tree->nodes);
	for (size_t i = 0; i < count; i++)
		tree->ids[i] = tree->nodes[tree->places[i]].device->id;
	return 0;
}

static int
compare_spares(const void *pa, const void *pb)
{
	const struct topo_link *a = *(const struct topo_link *const *)pa;
	const struct topo_link *b = *(const struct topo_link *const *)pb;

	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	if (a->parent != b->parent)
		return a->parent < b->parent ? -1 : 1;
	return a->if_index < b->if_index ? -1 : a->if_index > b->if_index;
}

/* Gives every device its link; the spare ones are kept apart. */
static int
take_links(struct topo_tree *tree, const struct reader_link_list *links)
{
	tree->spares = malloc(sizeof(*tree->spares) * (links->count + 1));
	if (tree->spares == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < links->count; i++) {
		const struct topo_link *link = &links->items[i].link;
		size_t place = topo_tree_find(tree, link->device);

		if (place == TREE_NONE)
			continue;
		if (link->is_spare)
			tree->spares[tree->spare_count++] = link;
		else if (tree->nodes[place].link == NULL)
			tree->nodes[place].link = link;
	}
	qsort(tree->spares, tree->spare_count, sizeof(*tree->spares), compare_spares);
	return 0;
}

const struct topo_link *const *
topo_tree_spares(const struct topo_tree *tree, uint32_t id, size_t *count)
{
	size_t low = 0, high = tree->spare_count, first;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (tree->spares[middle]->device < id)
			low = middle + 1;
		else
			high = middle;
	}
	first = low;
	while (low < tree->spare_count && tree->spares[low]->device == id)
		low++;
	*count = low - first;
	return tree->spares + first;
}

/* What a node stands below, before there are nodes for what is no device. */
struct wish {
	size_t child;
	uint32_t parent_id;	 /* 0: by name */
	bool is_known;		 /* parent_id is a device */
	bool is_hidden;		 /* something is between */
	const char *parent_name; /* of an outside parent */
	const char *between;	 /* name of what is between, "" if not told */
	const struct topo_link *link;
};

static int
compare_wishes(const void *pa, const void *pb)
{
	const struct wish *a = pa, *b = pb;
	int rc;

	if (a->parent_id != b->parent_id)
		return a->parent_id < b->parent_id ? -1 : 1;
	rc = strcmp(a->parent_name, b->parent_name);
	if (rc != 0)
		return rc;
	if (a->is_hidden != b->is_hidden)
		return a->is_hidden ? 1 : -1;
	if (a->link->if_index != b->link->if_index)
		return a->link->if_index < b->link->if_index ? -1 : 1;
	rc = strcmp(a->link->port, b->link->port);
	if (rc == 0)
		rc = strcmp(a->between, b->between);
	if (rc == 0 && a->link->via != b->link->via)
		rc = a->link->via < b->link->via ? -1 : 1;
	return rc != 0 ? rc : a->child < b->child ? -1 : 1;
}

static bool
has_same_parent(const struct wish *a, const struct wish *b)
{
	return a->parent_id == b->parent_id && strcmp(a->parent_name, b->parent_name) == 0;
}

static bool
is_same_hidden(const struct wish *a, const struct wish *b)
{
	return b->is_hidden && has_same_parent(a, b) && a->link->if_index == b->link->if_index &&
	       a->link->via == b->link->via && strcmp(a->link->port, b->link->port) == 0 &&
	       strcmp(a->between, b->between) == 0;
}

static size_t
add_node(struct topo_tree *tree, enum tree_node_type type, const char *name)
{
	if (mem_grow(&tree->nodes, &tree->cap, tree->count + 1, sizeof(*tree->nodes)) != 0)
		return TREE_NONE;
	tree->nodes[tree->count] = (struct tree_node){.type = type,
						      .name = name,
						      .parent = TREE_NONE,
						      .child = TREE_NONE,
						      .next = TREE_NONE};
	return tree->count++;
}

static bool
wish_of(const struct topo_tree *tree, size_t place, struct wish *wish)
{
	const struct topo_link *link = tree->nodes[place].link;
	const char *between;

	if (link == NULL || (link->parent == 0 && link->parent_name[0] == '\0') ||
	    link->parent == link->device)
		return false;
	between = link->parent != 0 ? link->parent_name : "";
	*wish = (struct wish){.child = place,
			      .parent_id = link->parent,
			      .is_known = topo_tree_find(tree, link->parent) != TREE_NONE,
			      .is_hidden = link->via == VIA_UNMANAGED ||
					   link->via == VIA_WIRELESS || between[0] != '\0',
			      .parent_name = link->parent == 0 ? link->parent_name : "",
			      .between = between,
			      .link = link};
	return true;
}

/* Hangs the nodes below their parents, which are made where they are no devices. */
static int
hang(struct topo_tree *tree)
{
	struct wish *wishes = malloc(sizeof(*wishes) * (tree->device_count + 1));
	size_t count = 0, parent = TREE_NONE, hidden = TREE_NONE;
	int rc = ERR_NOMEM;

	if (wishes == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < tree->device_count; i++)
		count += wish_of(tree, i, &wishes[count]);
	qsort(wishes, count, sizeof(*wishes), compare_wishes);
	for (size_t i = 0; i < count; i++) {
		const struct wish *wish = &wishes[i], *before = i > 0 ? &wishes[i - 1] : NULL;

		if (before == NULL || !has_same_parent(before, wish)) {
			parent = wish->is_known ? topo_tree_find(tree, wish->parent_id)
						: add_node(tree, TREE_OUTSIDE, wish->parent_name);
			if (parent == TREE_NONE)
				goto out;
			if (!wish->is_known)
				tree->nodes[parent].parent_id = wish->parent_id;
			hidden = TREE_NONE;
		}
		if (!wish->is_hidden) {
			tree->nodes[wish->child].parent = parent;
			continue;
		}
		if (hidden == TREE_NONE || !is_same_hidden(before, wish)) {
			hidden = add_node(tree, TREE_HIDDEN, wish->between);
			if (hidden == TREE_NONE)
				goto out;
			tree->nodes[hidden].link = wish->link;
			tree->nodes[hidden].parent = parent;
		}
		tree->nodes[wish->child].parent = hidden;
	}
	rc = 0;
out:
	free(wishes);
	return rc;
}

/* Cuts a ring, of which `place` is a part, at the link that is known least. */
static void
cut_ring(struct topo_tree *tree, size_t place)
{
	size_t least = place;

	for (size_t i = tree->nodes[place].parent; i != place; i = tree->nodes[i].parent) {
		const struct tree_node *node = &tree->nodes[i], *best = &tree->nodes[least];

		if (node->type != TREE_DEVICE)
			continue;
		if (best->type != TREE_DEVICE || node->link->confidence < best->link->confidence ||
		    (node->link->confidence == best->link->confidence &&
		     node->device->id < best->device->id))
			least = i;
	}
	tree->nodes[least].parent = TREE_NONE;
	tree->nodes[least].is_ring = true;
}

static int
cut_rings(struct topo_tree *tree)
{
	/* Who walked by: 0 nobody yet, else the number of the walk. */
	size_t *walks = calloc(tree->count + 1, sizeof(*walks));

	if (walks == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < tree->count; i++) {
		size_t place = i;

		while (place != TREE_NONE && walks[place] == 0) {
			walks[place] = i + 1;
			place = tree->nodes[place].parent;
		}
		if (place != TREE_NONE && walks[place] == i + 1)
			cut_ring(tree, place);
	}
	free(walks);
	return 0;
}

/* Siblings: by port, those without one last; then by name in the order of people. At the top: by
 * site and name. */
static int
compare_siblings(const void *pa, const void *pb, void *arg)
{
	const struct tree_node *nodes = arg;
	const struct tree_node *a = &nodes[*(const size_t *)pa], *b = &nodes[*(const size_t *)pb];
	uint32_t a_port, b_port;
	int rc;

	/* TREE_NONE + 1 is 0: the top comes first. */
	if (a->parent != b->parent)
		return a->parent + 1 < b->parent + 1 ? -1 : 1;
	if (a->parent == TREE_NONE && a->is_unplaced != b->is_unplaced)
		return a->is_unplaced ? 1 : -1;
	if (a->parent != TREE_NONE) {
		a_port = a->link->if_index - 1;
		b_port = b->link->if_index - 1;
		if (a_port != b_port)
			return a_port < b_port ? -1 : 1;
		rc = strverscmp(a->link->port, b->link->port);
		if (rc != 0)
			return rc;
	} else if (a->device != NULL && b->device != NULL) {
		rc = strcmp(a->device->site, b->device->site);
		if (rc != 0)
			return rc;
	} else if ((a->device == NULL) != (b->device == NULL)) {
		return a->device == NULL ? 1 : -1;
	}
	rc = strverscmp(a->name, b->name);
	return rc != 0 ? rc : *(const size_t *)pa < *(const size_t *)pb ? -1 : 1;
}

/* Leaves out what is gone, or stands for nothing, until nothing more is found. */
static void
leave_out(struct topo_tree *tree, bool with_removed)
{
	bool is_done = false;

	while (!is_done) {
		is_done = true;
		for (size_t i = 0; i < tree->count; i++)
			tree->nodes[i].child = TREE_NONE;
		for (size_t i = 0; i < tree->count; i++) {
			if (tree->nodes[i].parent != TREE_NONE)
				tree->nodes[tree->nodes[i].parent].child = i;
		}
		for (size_t i = 0; i < tree->count; i++) {
			struct tree_node *node = &tree->nodes[i];
			bool is_idle = node->type != TREE_DEVICE ||
				       (node->device->removed_ms != 0 && !with_removed);

			if (node->child != TREE_NONE || node->is_left_out || !is_idle)
				continue;
			node->is_left_out = true;
			node->parent = TREE_NONE;
			is_done = false;
		}
	}
}

/* Who has a place, and who has none. */
static void
sort_out(struct topo_tree *tree, bool with_removed)
{
	leave_out(tree, with_removed);
	for (size_t i = 0; i < tree->device_count; i++) {
		struct tree_node *node = &tree->nodes[i];

		node->is_unplaced = node->child == TREE_NONE && !node->is_left_out &&
				    node->parent == TREE_NONE && !node->is_ring;
		tree->unplaced += node->is_unplaced;
	}
}

/* Chains the siblings and lays down the order. */
static int
chain(struct topo_tree *tree)
{
	size_t *sorted = malloc(sizeof(*sorted) * (tree->count + 1));
	size_t top = TREE_NONE;

	tree->order = malloc(sizeof(*tree->order) * (tree->count + 1));
	if (sorted == NULL || tree->order == NULL) {
		free(sorted);
		return ERR_NOMEM;
	}
	for (size_t i = 0; i < tree->count; i++) {
		sorted[i] = i;
		tree->nodes[i].child = TREE_NONE;
	}
	qsort_r(sorted, tree->count, sizeof(*sorted), compare_siblings, tree->nodes);
	for (size_t i = tree->count; i-- > 0;) {
		struct tree_node *node = &tree->nodes[sorted[i]];
		size_t *first = node->parent == TREE_NONE ? &top : &tree->nodes[node->parent].child;

		if (node->is_left_out)
			continue;
		node->next = *first;
		*first = sorted[i];
	}
	free(sorted);
	for (size_t place = top; place != TREE_NONE;) {
		struct tree_node *node = &tree->nodes[place];

		node->depth = node->parent == TREE_NONE ? 0 : tree->nodes[node->parent].depth + 1;
		tree->order[tree->order_count++] = place;
		if (node->child != TREE_NONE) {
			place = node->child;
			continue;
		}
		while (place != TREE_NONE && tree->nodes[place].next == TREE_NONE)
			place = tree->nodes[place].parent;
		place = place != TREE_NONE ? tree->nodes[place].next : TREE_NONE;
	}
	return 0;
}

static void
sum_up(struct topo_tree *tree)
{
	for (size_t i = tree->order_count; i-- > 0;) {
		const struct tree_node *node = &tree->nodes[tree->order[i]];
		struct tree_node *above;

		if (node->parent == TREE_NONE)
			continue;
		above = &tree->nodes[node->parent];
		above->devices += node->devices;
		above->switches += node->switches;
		for (int k = 0; k < HEALTH_COUNT; k++)
			above->by_health[k] += node->by_health[k];
		if (node->type != TREE_DEVICE)
			continue;
		above->devices++;
		above->by_health[node->device->health]++;
		above->switches +=
			node->device->kind == KIND_SWITCH || node->device->kind == KIND_ROUTER;
	}
}

int
topo_tree_build(struct topo_tree *tree, const struct reader_device_list *devices,
		const struct reader_link_list *links, bool with_removed)
{
	int rc;

	*tree = (struct topo_tree){0};
	rc = index_devices(tree, devices);
	if (rc == 0)
		rc = take_links(tree, links);
	if (rc == 0)
		rc = hang(tree);
	if (rc == 0)
		rc = cut_rings(tree);
	if (rc != 0)
		return rc;
	sort_out(tree, with_removed);
	rc = chain(tree);
	if (rc == 0)
		sum_up(tree);
	return rc;
}

void
topo_tree_fini(struct topo_tree *tree)
{
	free(tree->nodes);
	free(tree->order);
	free(tree->spares);
	free(tree->ids);
	free(tree->places);
	*tree = (struct topo_tree){0};
}

size_t
topo_tree_above(const struct topo_tree *tree, size_t place)
{
	place = tree->nodes[place].parent;
	while (place != TREE_NONE && tree->nodes[place].type == TREE_HIDDEN)
		place = tree->nodes[place].parent;
	return place;
}
