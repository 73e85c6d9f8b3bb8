/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The neighbours of a view: rows of LLDP-MIB, LLDP-V2-MIB, CISCO-CDP-MIB and vendors' MIBs become
 * neighbours; each table's local ports are brought to interfaces as a whole.
 */
#include "view_cdp.h"
#include "view_lldp.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The neighbours of one table while they are brought to interfaces. */
struct found {
	struct view_neighbour *neighbours;
	uint32_t *numbers;	    /* of their local ports */
	const struct lldp_id **ids; /* what the port is called; NULL not told */
	const char **descrs;	    /* "" not told */
	size_t count;
};

static void
found_fini(struct found *found)
{
	free(found->neighbours);
	free(found->numbers);
	free(found->ids);
	free(found->descrs);
}

static int
found_init(struct found *found, size_t max)
{
	memset(found, 0, sizeof(*found));
	found->neighbours = calloc(max, sizeof(*found->neighbours));
	found->numbers = calloc(max, sizeof(*found->numbers));
	found->ids = calloc(max, sizeof(*found->ids));
	found->descrs = calloc(max, sizeof(*found->descrs));
	if (found->neighbours != NULL && found->numbers != NULL && found->ids != NULL &&
	    found->descrs != NULL)
		return 0;
	found_fini(found);
	return ERR_NOMEM;
}

static bool
lldp_neighbour(const struct view_builder *builder, bool is_v2, size_t i, struct found *found)
{
	const struct lldp_remote_row *row = view_rows_at(
		&builder->rows[is_v2 ? VIEW_TABLE_LLDP2_REMOTE : VIEW_TABLE_LLDP_REMOTE], i);
	const struct lldp_address_row *address = view_rows_find(
		&builder->rows[is_v2 ? VIEW_TABLE_LLDP2_ADDRESS : VIEW_TABLE_LLDP_ADDRESS],
		&row->key);
	const struct lldp_local_row *local = view_rows_find(
		&builder->rows[is_v2 ? VIEW_TABLE_LLDP2_LOCAL : VIEW_TABLE_LLDP_LOCAL],
		&row->key.port);
	struct view_neighbour *out = &found->neighbours[found->count];

	if (row->chassis.len == 0 && row->port.len == 0 && row->sys_name[0] == '\0' &&
	    row->sys_descr[0] == '\0')
		return false;
	out->protocol = is_v2 ? VIEW_LLDP_V2 : VIEW_LLDP;
	out->chassis_subtype = row->chassis.subtype;
	out->port_subtype = row->port.subtype;
	out->caps = row->caps;
	out->caps_supported = row->caps_supported;
	out->vlan = row->vlan;
	memcpy(out->port_descr, row->port_descr, sizeof(out->port_descr));
	memcpy(out->sys_name, row->sys_name, sizeof(out->sys_name));
	memcpy(out->sys_descr, row->sys_descr, sizeof(out->sys_descr));
	/* A chassis may be called by its address: better than none. */
	lldp_chassis_text(&row->chassis, out->chassis_id, sizeof(out->chassis_id),
			  &out->chassis_mac, &out->address);
	lldp_port_text(&row->port, out->port_id, sizeof(out->port_id), &out->port_mac);
	if (address != NULL && address->time_mark <= row->time_mark &&
	    lldp_address_rank(&address->address) > 0)
		out->address = address->address;
	else if (lldp_address_rank(&out->address) == 0)
		memset(&out->address, 0, sizeof(out->address));
	found->numbers[found->count] = row->key.port;
	if (row->key.port == 0)
		out->if_index = view_vendor_interface(builder, row->key.index);
	found->ids[found->count] = local != NULL && local->id.len > 0 ? &local->id : NULL;
	found->descrs[found->count] = local != NULL ? local->descr : "";
	return true;
}

static bool
found_one(const struct view_builder *builder, enum view_table table, size_t i, struct found *found)
{
	uint32_t *number = &found->numbers[found->count];
	const struct lldp_id **id = &found->ids[found->count];
	struct view_neighbour *out = &found->neighbours[found->count];

	found->descrs[found->count] = "";
	*id = NULL;
	memset(out, 0, sizeof(*out));
	if (table == VIEW_TABLE_CDP) {
		if (!view_cdp_neighbour(builder, i, number, out))
			return false;
		*id = view_cdp_local(builder, *number);
		return true;
	}
	if (table == VIEW_TABLE_LLDP_VENDOR)
		return view_vendor_neighbour(builder, i, number, id, out);
	return lldp_neighbour(builder, table == VIEW_TABLE_LLDP2_REMOTE, i, found);
}

struct place {
	uint32_t number;
	uint32_t at; /* in the table's neighbours */
};

static int
place_order(const void *a, const void *b)
{
	const struct place *one = a, *other = b;

	if (one->number != other->number)
		return one->number < other->number ? -1 : 1;
	return (one->at > other->at) - (one->at < other->at);
}

/* As the agent calls the port, else its number. */
static void
local_text(const struct found *found, size_t i)
{
	struct view_neighbour *out = &found->neighbours[i];
	const struct lldp_id *id = found->ids[i];
	mac_addr mac = MAC_NONE;

	if (id != NULL)
		lldp_port_text(id, out->local_port, sizeof(out->local_port), &mac);
	if (id != NULL && mac == MAC_NONE && out->local_port[0] != '\0')
		return;
	if (found->descrs[i][0] != '\0')
		memcpy(out->local_port, found->descrs[i], sizeof(out->local_port));
	else
		snprintf(out->local_port, sizeof(out->local_port), "%u", found->numbers[i]);
}

/* Several neighbours may be on one local port: each port is judged once. */
static int
found_map(const struct view_builder *builder, const struct switch_view *view,
	  enum local_numbers numbers, const struct found *found)
{
	struct place *places = calloc(found->count, sizeof(*places));
	struct local_port *ports = calloc(found->count, sizeof(*ports));
	struct view_neighbour *neighbour;
	size_t count = 0;
	int rc = ERR_NOMEM;

	if (places == NULL || ports == NULL)
		goto out;
	for (size_t i = 0; i < found->count; i++)
		places[i] = (struct place){.number = found->numbers[i], .at = (uint32_t)i};
	qsort(places, found->count, sizeof(*places), place_order);
	for (size_t i = 0; i < found->count; i++) {
		if (i > 0 && places[i].number == places[i - 1].number)
			continue;
		neighbour = &found->neighbours[places[i].at];
		ports[count++] = (struct local_port){
			.number = places[i].number,
			.id = found->ids[places[i].at],
			.descr = found->descrs[places[i].at],
			.macs = {neighbour->chassis_mac, neighbour->port_mac},
		};
	}
	rc = local_ports_map(builder, view, numbers, ports, count);
	if (rc != 0)
		goto out;
	for (size_t i = 0, port = 0; i < found->count; i++) {
		if (i > 0 && places[i].number != places[i - 1].number)
			port++;
		neighbour = &found->neighbours[places[i].at];
		if (switch_view_port(view, neighbour->if_index) == NULL)
			neighbour->if_index = ports[port].if_index;
		local_text(found, places[i].at);
	}
out:
	free(places);
	free(ports);
	return rc;
}

static int
neighbours_of(const struct view_builder *builder, struct switch_view *view, enum view_table table)
{
	size_t rows = builder->rows[table].count;
	enum local_numbers numbers = table == VIEW_TABLE_LLDP_REMOTE ? LOCAL_LLDP
				     : table == VIEW_TABLE_CDP	     ? LOCAL_CDP
								     : LOCAL_LLDP_V2;
	struct found found;
	int rc;

	if (rows == 0)
		return 0;
	rc = found_init(&found, rows);
	if (rc != 0)
		return rc;
	for (size_t i = 0; i < rows; i++)
		found.count += found_one(builder, table, i, &found);
	if (found.count == 0)
		goto out;
	rc = found_map(builder, view, numbers, &found);
	if (rc != 0)
		goto out;
	rc = mem_grow(&view->neighbours, &view->neighbour_cap, view->neighbour_count + found.count,
		      sizeof(*view->neighbours));
	if (rc != 0)
		goto out;
	memcpy(&view->neighbours[view->neighbour_count], found.neighbours,
	       found.count * sizeof(*found.neighbours));
	view->neighbour_count += found.count;
out:
	found_fini(&found);
	return rc;
}

static int
neighbour_order(const void *a, const void *b)
{
	const struct view_neighbour *one = a, *other = b;
	int order;

	if (one->if_index != other->if_index)
		return one->if_index < other->if_index ? -1 : 1;
	if (one->protocol != other->protocol)
		return one->protocol < other->protocol ? -1 : 1;
	order = strcmp(one->local_port, other->local_port);
	if (order == 0)
		order = strcmp(one->chassis_id, other->chassis_id);
	if (order == 0)
		order = strcmp(one->port_id, other->port_id);
	return order != 0 ? order : strcmp(one->sys_name, other->sys_name);
}

int
view_finish_neighbours(struct view_builder *builder, struct switch_view *view)
{
	static const enum view_table tables[] = {VIEW_TABLE_LLDP_REMOTE, VIEW_TABLE_LLDP2_REMOTE,
						 VIEW_TABLE_LLDP_VENDOR, VIEW_TABLE_CDP};
	size_t kept = 0;

	for (size_t i = 0; i < MEM_COUNT(tables); i++) {
		int rc = neighbours_of(builder, view, tables[i]);

		if (rc != 0)
			return rc;
	}
	if (view->neighbour_count == 0)
		return 0;
	qsort(view->neighbours, view->neighbour_count, sizeof(*view->neighbours), neighbour_order);
	/* The same neighbour through another destination address, or under an old index. */
	for (size_t i = 0; i < view->neighbour_count; i++) {
		if (kept > 0 &&
		    neighbour_order(&view->neighbours[kept - 1], &view->neighbours[i]) == 0)
			continue;
		if (kept != i)
			view->neighbours[kept] = view->neighbours[i];
		kept++;
	}
	view->neighbour_count = kept;
	return view_lag_by_neighbours(view);
}
