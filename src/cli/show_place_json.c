/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where a device is in the network, as JSON.
 */
#include "show_place.h"

#include "jsonw.h"
#include "topo_text.h"

#include "keepwatch/buf.h"

enum { TEXT_MAX = 64 << 10 };

static void
put_positive(struct jsonw *json, const char *key, uint64_t number)
{
	if (number > 0)
		jsonw_number(json, key, (int64_t)number);
	else
		jsonw_null(json, key);
}

static void
put_poe(struct jsonw *json, const struct topo_port *port)
{
	if (port->poe_status == POE_NONE) {
		jsonw_null(json, "poe");
		return;
	}
	jsonw_flat_object(json, "poe");
	jsonw_text(json, "status", view_poe_status_name((enum view_poe_status)port->poe_status));
	if (port->poe_class >= 0)
		jsonw_number(json, "class", port->poe_class);
	else
		jsonw_null(json, "class");
	if (port->poe_mw != VIEW_UNKNOWN_MW)
		jsonw_number(json, "mw", port->poe_mw);
	else
		jsonw_null(json, "mw");
	jsonw_bool(json, "overload", port->poe_overload);
	jsonw_end_object(json);
}

static void
put_port(struct jsonw *json, const struct reader_port *row)
{
	const struct topo_port *port = &row->port;

	jsonw_text(json, "name", port->name);
	jsonw_number(json, "if_index", port->if_index);
	jsonw_text_or_null(json, "alias", port->alias);
	jsonw_text(json, "role", topo_role_name((enum topo_role)port->role));
	jsonw_text_or_null(json, "state", topo_port_state(port));
	put_positive(json, "speed_mbps", port->speed_mbps);
	jsonw_text(json, "duplex",
		   port->duplex == DUPLEX_FULL	 ? "full"
		   : port->duplex == DUPLEX_HALF ? "half"
						 : NULL);
	put_positive(json, "vlan", port->pvid);
	jsonw_text(json, "stp",
		   port->stp != STP_UNKNOWN ? view_stp_state_name((enum view_stp_state)port->stp)
					    : NULL);
	put_positive(json, "aggregate_if_index", port->lag);
	put_poe(json, port);
	jsonw_number(json, "stations", port->stations);
	jsonw_text_or_null(json, "neighbour", port->neighbour);
	jsonw_time(json, "changed", port->changed_ms);
	jsonw_time(json, "seen", row->seen_ms);
}

static void
put_parent(struct jsonw *json, const struct show_place *place, const struct topo_link *link)
{
	struct buf buf;

	buf_init(&buf, TEXT_MAX);
	topo_put_parent(&buf, &place->tree, link);
	if (topo_tree_find(&place->tree, link->parent) == TREE_NONE && link->parent == 0)
		jsonw_text_or_null(json, "switch", link->parent_name);
	else
		jsonw_text_or_null(json, "switch", buf.data != NULL ? buf.data : "");
	buf_fini(&buf);
}

static void
put_link(struct jsonw *json, const struct show_place *place, const struct topo_link *link)
{
	size_t seen = topo_tree_find(&place->tree, link->seen_parent);
	char mac[MAC_TEXT_SIZE];

	put_parent(json, place, link);
	jsonw_text_or_null(json, "port", link->port);
	put_positive(json, "if_index", link->if_index);
	jsonw_text_or_null(json, "device_port", link->device_port);
	put_positive(json, "vlan", link->vlan);
	jsonw_text(json, "via", topo_via_name((enum topo_via)link->via));
	jsonw_text(json, "between",
		   link->parent != 0 && link->parent_name[0] != '\0' ? link->parent_name : NULL);
	jsonw_text(json, "source", topo_source_name((enum topo_source)link->source));
	jsonw_number(json, "confidence", link->confidence);
	jsonw_text_or_null(json, "why", link->why);
	jsonw_text(json, "mac", link->mac != MAC_NONE ? mac_format(link->mac, mac) : NULL);
	jsonw_bool(json, "spare", link->is_spare);
	jsonw_bool(json, "contradicted", link->is_contradicted);
	jsonw_text(json, "seen_switch", seen != TREE_NONE ? place->tree.nodes[seen].name : NULL);
	jsonw_text_or_null(json, "seen_port", link->seen_port);
	put_positive(json, "seen_if_index", link->seen_if_index);
	jsonw_number(json, "other_stations", link->shared);
	jsonw_time(json, "first_seen", link->first_seen_ms);
	jsonw_time(json, "confirmed", link->confirmed_ms);
}

static void
put_names(struct jsonw *json, const struct show_place *place, const char *key, const size_t *places,
	  size_t count)
{
	jsonw_flat_array(json, key);
	for (size_t i = 0; i < count; i++)
		jsonw_text(json, NULL, place->tree.nodes[places[i]].name);
	jsonw_end_array(json);
}

/* The others on the same switch. */
static void
put_others(struct jsonw *json, const struct show_place *place)
{
	jsonw_object(json, "same_switch");
	jsonw_number(json, "devices", (int64_t)place->others);
	jsonw_flat_object(json, "by_kind");
	for (int i = 0; i < KIND_COUNT; i++) {
		if (place->kinds[i] > 0)
			jsonw_number(json, kind_name((enum device_kind)i),
				     (int64_t)place->kinds[i]);
	}
	jsonw_end_object(json);
	jsonw_flat_object(json, "by_state");
	for (int i = 0; i < HEALTH_COUNT; i++) {
		if (place->by_health[i] > 0)
			jsonw_number(json, health_name((enum health)i),
				     (int64_t)place->by_health[i]);
	}
	jsonw_end_object(json);
	put_names(json, place, "down", place->down, place->down_count);
	put_names(json, place, "same_port", place->beside, place->beside_count);
	jsonw_end_object(json);
}

/* From the top down: what it hangs on, with the port of each. */
static void
put_way(struct jsonw *json, const struct show_place *place)
{
	const struct topo_tree *tree = &place->tree;
	size_t depth = tree->nodes[place->place].depth;

	jsonw_array(json, "way");
	for (size_t level = 1; level <= depth; level++) {
		size_t i = place->place;
		struct buf buf;

		for (size_t k = depth; k > level; k--)
			i = tree->nodes[i].parent;
		buf_init(&buf, TEXT_MAX);
		topo_put_name(&buf, &tree->nodes[tree->nodes[i].parent]);
		jsonw_flat_object(json, NULL);
		jsonw_text_or_null(json, "device", buf.data != NULL ? buf.data : "");
		jsonw_text_or_null(json, "port", tree->nodes[i].link->port);
		jsonw_end_object(json);
		buf_fini(&buf);
	}
	jsonw_end_array(json);
}

static void
put_place(struct jsonw *json, const struct show_place *place)
{
	if (place->parent == TREE_NONE) {
		jsonw_null(json, "place");
		return;
	}
	jsonw_object(json, "place");
	put_link(json, place, place->link);
	if (place->port != NULL) {
		jsonw_object(json, "switch_port");
		put_port(json, place->port);
		jsonw_end_object(json);
	} else {
		jsonw_null(json, "switch_port");
	}
	put_way(json, place);
	put_others(json, place);
	jsonw_end_object(json);
}

static void
add_name(void *arg, const struct tree_node *node)
{
	jsonw_text(arg, NULL, node->name);
}

static void
put_ports(struct jsonw *json, const struct show_place *place)
{
	jsonw_array(json, "ports");
	for (size_t i = 0; i < place->ports.count; i++) {
		jsonw_flat_object(json, NULL);
		put_port(json, &place->ports.items[i]);
		jsonw_flat_array(json, "devices");
		show_place_each_on_port(place, &place->ports.items[i].port, add_name, json);
		jsonw_end_array(json);
		jsonw_end_object(json);
	}
	jsonw_end_array(json);
}

void
show_place_write_json(struct jsonw *json, const struct show_place *place)
{
	const struct topo_link *const *spares = NULL;
	size_t count = 0;

	put_place(json, place);
	if (place->place != TREE_NONE)
		spares = topo_tree_spares(&place->tree, place->tree.nodes[place->place].device->id,
					  &count);
	jsonw_array(json, "spare_places");
	for (size_t i = 0; i < count; i++) {
		jsonw_flat_object(json, NULL);
		put_link(json, place, spares[i]);
		jsonw_end_object(json);
	}
	jsonw_end_array(json);
	jsonw_array(json, "former_places");
	for (size_t i = 0; i < place->former.count; i++) {
		jsonw_flat_object(json, NULL);
		put_link(json, place, &place->former.items[i].link);
		jsonw_time(json, "until", place->former.items[i].until_ms);
		jsonw_end_object(json);
	}
	jsonw_end_array(json);
	put_ports(json, place);
}
