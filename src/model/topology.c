/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Links and ports of the topology as values: their words, and when two of them say the same.
 */
#include "keepwatch/topology.h"

#include "keepwatch/mem.h"
#include "keepwatch/name_find.h"

#include <string.h>

static const char *const topo_sources[] = {
#define X(name, text) text,
	TOPO_SOURCES(X)
#undef X
};
static const char *const topo_vias[] = {
#define X(name, text) text,
	TOPO_VIAS(X)
#undef X
};
static const char *const topo_roles[] = {
#define X(name, text) text,
	TOPO_ROLES(X)
#undef X
};
static const char *const topo_events[] = {
#define X(name, text) text,
	TOPO_EVENTS(X)
#undef X
};

const char *
topo_source_name(enum topo_source source)
{
	return name_of(topo_sources, MEM_COUNT(topo_sources), (int)source);
}

const char *
topo_via_name(enum topo_via via)
{
	return name_of(topo_vias, MEM_COUNT(topo_vias), (int)via);
}

const char *
topo_role_name(enum topo_role role)
{
	return name_of(topo_roles, MEM_COUNT(topo_roles), (int)role);
}

const char *
topo_event_type_name(enum topo_event_type type)
{
	return name_of(topo_events, MEM_COUNT(topo_events), (int)type);
}

int
topo_source_parse(const char *text, enum topo_source *out)
{
	int i = name_find(topo_sources, MEM_COUNT(topo_sources), text);

	if (i < 0)
		return i;
	*out = (enum topo_source)i;
	return 0;
}

int
topo_via_parse(const char *text, enum topo_via *out)
{
	int i = name_find(topo_vias, MEM_COUNT(topo_vias), text);

	if (i < 0)
		return i;
	*out = (enum topo_via)i;
	return 0;
}

int
topo_role_parse(const char *text, enum topo_role *out)
{
	int i = name_find(topo_roles, MEM_COUNT(topo_roles), text);

	if (i < 0)
		return i;
	*out = (enum topo_role)i;
	return 0;
}

bool
topo_link_same_seen(const struct topo_link *a, const struct topo_link *b)
{
	return a->is_contradicted == b->is_contradicted && a->seen_parent == b->seen_parent &&
	       a->seen_if_index == b->seen_if_index && strcmp(a->seen_port, b->seen_port) == 0;
}

bool
topo_link_same(const struct topo_link *a, const struct topo_link *b)
{
	return a->device == b->device && a->parent == b->parent && a->if_index == b->if_index &&
	       a->device_if == b->device_if && a->source == b->source && a->via == b->via &&
	       a->confidence == b->confidence && a->is_spare == b->is_spare &&
	       topo_link_same_seen(a, b) && a->vlan == b->vlan && a->shared == b->shared &&
	       a->mac == b->mac && a->first_seen_ms == b->first_seen_ms &&
	       strcmp(a->port, b->port) == 0 && strcmp(a->device_port, b->device_port) == 0 &&
	       strcmp(a->parent_name, b->parent_name) == 0 && strcmp(a->why, b->why) == 0;
}

bool
topo_port_same(const struct topo_port *a, const struct topo_port *b)
{
	return a->if_index == b->if_index && a->lag == b->lag && a->role == b->role &&
	       a->admin == b->admin && a->oper == b->oper && a->duplex == b->duplex &&
	       a->stp == b->stp && a->poe_status == b->poe_status && a->poe_class == b->poe_class &&
	       a->poe_overload == b->poe_overload && a->pvid == b->pvid && a->poe_mw == b->poe_mw &&
	       a->stations == b->stations && a->speed_mbps == b->speed_mbps &&
	       a->changed_ms == b->changed_ms && strcmp(a->name, b->name) == 0 &&
	       strcmp(a->alias, b->alias) == 0 && strcmp(a->neighbour, b->neighbour) == 0;
}
