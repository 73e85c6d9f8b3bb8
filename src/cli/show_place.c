/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Gathers where a device is in the network.
 */
#include "show_place.h"

#include "keepwatch/err.h"
#include "keepwatch/port_name.h"

#include <stdlib.h>
#include <string.h>

static bool
is_port_of(const struct topo_link *link, const struct topo_port *port)
{
	return link->if_index != 0 ? link->if_index == port->if_index
				   : port_name_same(link->port, port->name);
}

static bool
is_same_port(const struct topo_link *a, const struct topo_link *b)
{
	if (a->if_index != 0 || b->if_index != 0)
		return a->if_index == b->if_index;
	return a->port[0] != '\0' && strcmp(a->port, b->port) == 0;
}

static void
find_port(struct show_place *place)
{
	for (size_t i = 0; i < place->port_list.count && place->port == NULL; i++) {
		if (is_port_of(place->link, &place->port_list.items[i].port))
			place->port = &place->port_list.items[i];
	}
}

/* Counts a node on the same switch. */
static void
add_other(struct show_place *place, size_t node_place)
{
	const struct tree_node *node = &place->tree.nodes[node_place];

	if (node_place == place->place || node->type != TREE_DEVICE)
		return;
	place->others++;
	place->kinds[node->device->kind]++;
	place->by_health[node->device->health]++;
	if (is_same_port(place->link, node->link))
		place->beside[place->beside_count++] = node_place;
	if (node->device->health == HEALTH_DOWN)
		place->down[place->down_count++] = node_place;
}

static int
find_others(struct show_place *place)
{
	const struct topo_tree *tree = &place->tree;

	place->beside = malloc(sizeof(*place->beside) * (tree->count + 1));
	place->down = malloc(sizeof(*place->down) * (tree->count + 1));
	if (place->beside == NULL || place->down == NULL)
		return ERR_NOMEM;
	for (size_t i = tree->nodes[place->parent].child; i != TREE_NONE; i = tree->nodes[i].next) {
		add_other(place, i);
		if (tree->nodes[i].type != TREE_HIDDEN)
			continue;
		for (size_t k = tree->nodes[i].child; k != TREE_NONE; k = tree->nodes[k].next)
			add_other(place, k);
	}
	return 0;
}

static int
read_lists(struct cli *cli, uint32_t device, struct show_place *place)
{
	struct reader_filter all = READER_FILTER_ANY, one = READER_FILTER_ANY;
	int rc;

	all.with_removed = true;
	one.with_removed = true;
	one.device = device;
	rc = reader_links(cli->reader, &all, &place->links);
	if (rc == 0)
		rc = reader_link_history(cli->reader, &one, 0, PLACE_FORMER, &place->former);
	if (rc == 0)
		rc = reader_ports(cli->reader, &one, &place->ports);
	/* Names are needed only where there is something to name. */
	if (rc == 0 && (place->links.count > 0 || place->former.count > 0))
		rc = reader_devices(cli->reader, &all, &place->devices);
	return rc;
}

int
show_place_read(struct cli *cli, const struct reader_device *device, struct show_place *place)
{
	struct reader_filter parent = READER_FILTER_ANY;
	int rc;

	*place = (struct show_place){.place = TREE_NONE, .parent = TREE_NONE};
	rc = read_lists(cli, device->id, place);
	if (rc == 0)
		rc = topo_tree_build(&place->tree, &place->devices, &place->links, true);
	if (rc != 0)
		return rc;
	place->place = topo_tree_find(&place->tree, device->id);
	if (place->place == TREE_NONE)
		return 0;
	place->link = place->tree.nodes[place->place].link;
	place->parent = topo_tree_above(&place->tree, place->place);
	if (place->parent == TREE_NONE)
		return 0;
	rc = find_others(place);
	if (rc != 0 || place->tree.nodes[place->parent].type != TREE_DEVICE)
		return rc;
	parent.device = place->tree.nodes[place->parent].device->id;
	parent.with_removed = true;
	rc = reader_ports(cli->reader, &parent, &place->port_list);
	if (rc == 0)
		find_port(place);
	return rc;
}

void
show_place_fini(struct show_place *place)
{
	free(place->beside);
	free(place->down);
	topo_tree_fini(&place->tree);
	reader_device_list_fini(&place->devices);
	reader_link_list_fini(&place->links);
	reader_link_list_fini(&place->former);
	reader_port_list_fini(&place->port_list);
	reader_port_list_fini(&place->ports);
}

bool
show_place_is_known(const struct show_place *place)
{
	return place->links.count > 0 || place->former.count > 0 || place->ports.count > 0;
}

void
show_place_each_on_port(const struct show_place *place, const struct topo_port *port,
			void (*each)(void *arg, const struct tree_node *node), void *arg)
{
	const struct topo_tree *tree = &place->tree;

	if (place->place == TREE_NONE)
		return;
	for (size_t i = tree->nodes[place->place].child; i != TREE_NONE; i = tree->nodes[i].next) {
		const struct tree_node *node = &tree->nodes[i];

		if (!is_port_of(node->link, port))
			continue;
		if (node->type == TREE_DEVICE)
			each(arg, node);
		for (size_t k = node->child; node->type == TREE_HIDDEN && k != TREE_NONE;
		     k = tree->nodes[k].next)
			each(arg, &tree->nodes[k]);
	}
}
