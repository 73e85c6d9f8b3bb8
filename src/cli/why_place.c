/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The part of the topology that an incident is about. Of a few devices only they and what they hang
 * on are read, one by one: a fleet has many more.
 */
#include "why.h"

#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

enum { ONE_BY_ONE_MOST = 300 };

/* Ids to be read, each once. */
struct todo {
	uint32_t *ids;
	size_t count, cap;
};

static int
add_todo(struct todo *todo, uint32_t id)
{
	if (id == 0)
		return 0;
	for (size_t i = 0; i < todo->count; i++) {
		if (todo->ids[i] == id)
			return 0;
	}
	if (mem_grow(&todo->ids, &todo->cap, todo->count + 1, sizeof(*todo->ids)) != 0)
		return ERR_NOMEM;
	todo->ids[todo->count++] = id;
	return 0;
}

/* The time that the links are to be of; 0: now. */
static int64_t
at_of(const struct why *why)
{
	return why->incident->closed_ms != 0 ? why->incident->since_ms : 0;
}

static int
read_links(const struct why *why, const struct reader_filter *filter, struct reader_link_list *out)
{
	struct reader *reader = why->cli->reader;
	int rc = 0;

	if (at_of(why) != 0)
		rc = reader_links_at(reader, filter, at_of(why), out);
	/* Where it was then is not known: where it is now. */
	if (rc == 0 && out->count == 0) {
		reader_link_list_fini(out);
		rc = reader_links(reader, filter, out);
	}
	return rc;
}

/* Takes a list over; its devices stand in place->devices, too. */
static int
take_part(struct why_place *place, struct reader_device_list *part)
{
	if (mem_grow(&place->parts, &place->part_cap, place->part_count + 1,
		     sizeof(*place->parts)) != 0 ||
	    mem_grow(&place->devices.items, &place->devices.cap,
		     place->devices.count + part->count + 1, sizeof(*part->items)) != 0) {
		reader_device_list_fini(part);
		return ERR_NOMEM;
	}
	if (part->count > 0)
		memcpy(&place->devices.items[place->devices.count], part->items,
		       sizeof(*part->items) * part->count);
	place->devices.count += part->count;
	place->parts[place->part_count++] = *part;
	return 0;
}

static int
read_one(struct why *why, uint32_t id, struct todo *todo)
{
	struct why_place *place = &why->place;
	struct reader_filter one = READER_FILTER_ANY;
	struct reader_device_list part = {0};
	struct reader_link_list links = {0};
	int rc;

	one.device = id;
	one.with_removed = true;
	rc = reader_devices(why->cli->reader, &one, &part);
	if (rc != 0 || part.count == 0)
		return rc; /* not in the fleet: the monitor, say */
	rc = take_part(place, &part);
	if (rc == 0)
		rc = read_links(why, &one, &links);
	for (size_t i = 0; i < links.count && rc == 0; i++) {
		if (mem_grow(&place->links.items, &place->links.cap, place->links.count + 1,
			     sizeof(*links.items)) != 0)
			rc = ERR_NOMEM;
		else
			place->links.items[place->links.count++] = links.items[i];
		if (rc == 0 && !links.items[i].link.is_spare)
			rc = add_todo(todo, links.items[i].link.parent);
	}
	reader_link_list_fini(&links);
	return rc;
}

static int
read_all(struct why *why)
{
	struct reader_filter all = READER_FILTER_ANY;
	struct reader_device_list part = {0};
	int rc;

	all.with_removed = true;
	rc = reader_devices(why->cli->reader, &all, &part);
	if (rc == 0)
		rc = take_part(&why->place, &part);
	return rc == 0 ? read_links(why, &all, &why->place.links) : rc;
}

static int
read_parts(struct why *why)
{
	const struct reader_incident *incident = why->incident;
	struct todo todo = {0};
	int rc = 0;

	if (incident->blame.type == BLAME_NODE)
		rc = add_todo(&todo, incident->blame.id);
	for (size_t i = 0; i < why->devices.count && i <= ONE_BY_ONE_MOST && rc == 0; i++)
		rc = add_todo(&todo, why->devices.items[i].outage.device);
	if (rc == 0 && todo.count > ONE_BY_ONE_MOST)
		rc = read_all(why);
	else
		for (size_t i = 0; i < todo.count && rc == 0; i++)
			rc = read_one(why, todo.ids[i], &todo);
	free(todo.ids);
	return rc;
}

int
why_place_read(struct why *why)
{
	struct why_place *place = &why->place;
	int rc;

	place->cause = place->parent = TREE_NONE;
	rc = read_parts(why);
	if (rc == 0)
		rc = topo_tree_build(&place->tree, &place->devices, &place->links, true);
	if (rc != 0 || why->incident->blame.type != BLAME_NODE)
		return rc;
	place->cause = topo_tree_find(&place->tree, why->incident->blame.id);
	if (place->cause != TREE_NONE)
		place->parent = topo_tree_above(&place->tree, place->cause);
	return 0;
}

void
why_place_fini(struct why_place *place)
{
	topo_tree_fini(&place->tree);
	for (size_t i = 0; i < place->part_count; i++)
		reader_device_list_fini(&place->parts[i]);
	free(place->parts);
	free(place->devices.items);
	reader_link_list_fini(&place->links);
}

const struct reader_device *
why_find_device(const struct why *why, uint32_t id)
{
	size_t place = topo_tree_find(&why->place.tree, id);

	return place != TREE_NONE ? why->place.tree.nodes[place].device : NULL;
}
