/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Script lines of fill_store about the topology.
 */
#include "fill_store.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The value if the field is "key=value", else NULL. */
static const char *
value_of(const char *field, const char *key)
{
	size_t len = strlen(key);

	return strncmp(field, key, len) == 0 && field[len] == '=' ? field + len + 1 : NULL;
}

static unsigned
number(const char *text)
{
	return (unsigned)strtoul(text, NULL, 10);
}

static void
set_link(struct filler *filler, struct topo_link *link, const char *field)
{
	enum topo_source source;
	enum topo_via via;
	const char *value;

	if ((value = value_of(field, "source")) != NULL) {
		fill_check(topo_source_parse(value, &source), field, "");
		link->source = (uint8_t)source;
	} else if ((value = value_of(field, "via")) != NULL) {
		fill_check(topo_via_parse(value, &via), field, "");
		link->via = (uint8_t)via;
	} else if ((value = value_of(field, "sure")) != NULL) {
		link->confidence = (uint8_t)number(value);
	} else if ((value = value_of(field, "vlan")) != NULL) {
		link->vlan = (uint16_t)number(value);
	} else if ((value = value_of(field, "shared")) != NULL) {
		link->shared = (uint16_t)number(value);
	} else if ((value = value_of(field, "mac")) != NULL) {
		fill_check(mac_parse(value, &link->mac), field, "");
	} else if ((value = value_of(field, "since")) != NULL) {
		link->first_seen_ms = fill_past(filler, value);
	} else if ((value = value_of(field, "confirmed")) != NULL) {
		link->confirmed_ms = fill_past(filler, value);
	} else if ((value = value_of(field, "own")) != NULL) {
		snprintf(link->device_port, sizeof(link->device_port), "%s", value);
	} else if ((value = value_of(field, "own_if")) != NULL) {
		link->device_if = number(value);
	} else if ((value = value_of(field, "name")) != NULL) {
		snprintf(link->parent_name, sizeof(link->parent_name), "%s", value);
	} else if ((value = value_of(field, "why")) != NULL) {
		snprintf(link->why, sizeof(link->why), "%s", value);
	} else if ((value = value_of(field, "seen")) != NULL) {
		link->seen_parent = fill_id(filler, value);
	} else if ((value = value_of(field, "seen_port")) != NULL) {
		snprintf(link->seen_port, sizeof(link->seen_port), "%s", value);
	} else if ((value = value_of(field, "seen_if")) != NULL) {
		link->seen_if_index = number(value);
	} else if (strcmp(field, "spare") == 0) {
		link->is_spare = true;
	} else if (strcmp(field, "contradicted") == 0) {
		link->is_contradicted = true;
	} else if (strcmp(field, "-") != 0) {
		fill_check(ERR_NOTFOUND, field, "");
	}
}

void
fill_link(struct filler *filler, char **f)
{
	struct topo_link link = {.device = fill_id(filler, f[1]),
				 .parent = fill_id(filler, f[2]),
				 .if_index = f[4][0] == '-' ? 0 : number(f[4]),
				 .source = TOPO_LLDP,
				 .confidence = 95,
				 .first_seen_ms = filler->now_ms - 20 * 86400000LL,
				 .confirmed_ms = filler->now_ms - 9030000};

	snprintf(link.port, sizeof(link.port), "%s", fill_text(f[3]));
	for (size_t i = 5; i < FIELDS; i++)
		set_link(filler, &link, f[i]);
	fill_check(store_batch_link(filler->batch, &link), "link", "");
}

void
fill_unlink(struct filler *filler, char **f)
{
	struct topo_link link = {.device = fill_id(filler, f[1]),
				 .parent = fill_id(filler, f[2]),
				 .if_index = number(f[3])};

	fill_check(store_batch_link_gone(filler->batch, &link), "unlink", "");
}

static void
set_port(struct filler *filler, struct topo_port *port, const char *field)
{
	static const char *const statuses[] = {"none",	"disabled", "searching",  "delivering",
					       "fault", "test",	    "other-fault"};
	enum topo_role role;
	const char *value;

	if ((value = value_of(field, "role")) != NULL) {
		fill_check(topo_role_parse(value, &role), field, "");
		port->role = (uint8_t)role;
	} else if ((value = value_of(field, "alias")) != NULL) {
		snprintf(port->alias, sizeof(port->alias), "%s", value);
	} else if ((value = value_of(field, "neighbour")) != NULL) {
		snprintf(port->neighbour, sizeof(port->neighbour), "%s", value);
	} else if ((value = value_of(field, "oper")) != NULL) {
		port->oper = (uint8_t)number(value);
	} else if ((value = value_of(field, "admin")) != NULL) {
		port->admin = (uint8_t)number(value);
	} else if ((value = value_of(field, "duplex")) != NULL) {
		port->duplex = (uint8_t)number(value);
	} else if ((value = value_of(field, "speed")) != NULL) {
		port->speed_mbps = number(value);
	} else if ((value = value_of(field, "pvid")) != NULL) {
		port->pvid = (uint16_t)number(value);
	} else if ((value = value_of(field, "lag")) != NULL) {
		port->lag = number(value);
	} else if ((value = value_of(field, "stations")) != NULL) {
		port->stations = number(value);
	} else if ((value = value_of(field, "class")) != NULL) {
		port->poe_class = (int8_t)number(value);
	} else if ((value = value_of(field, "mw")) != NULL) {
		port->poe_mw = number(value);
	} else if ((value = value_of(field, "changed")) != NULL) {
		port->changed_ms = fill_past(filler, value);
	} else if ((value = value_of(field, "poe")) != NULL) {
		for (size_t i = 0; i < MEM_COUNT(statuses); i++) {
			if (strcmp(statuses[i], value) == 0)
				port->poe_status = (uint8_t)i;
		}
	} else if (strcmp(field, "overload") == 0) {
		port->poe_overload = true;
	} else if (strcmp(field, "-") != 0) {
		fill_check(ERR_NOTFOUND, field, "");
	}
}

void
fill_port(struct filler *filler, char **f)
{
	struct topo_port *port = &filler->ports[filler->port_count];

	fill_check(filler->port_count == PORTS ? ERR_TOOBIG : 0, "port", "");
	filler->port_count++;
	*port = (struct topo_port){.if_index = number(f[1]),
				   .admin = 1,
				   .oper = 1,
				   .duplex = DUPLEX_FULL,
				   .speed_mbps = 1000,
				   .poe_class = -1,
				   .poe_mw = VIEW_UNKNOWN_MW};
	snprintf(port->name, sizeof(port->name), "%s", f[2]);
	for (size_t i = 3; i < FIELDS; i++)
		set_port(filler, port, f[i]);
}

void
fill_ports(struct filler *filler, char **f)
{
	fill_check(store_batch_ports(filler->batch, fill_id(filler, f[1]), fill_past(filler, f[2]),
				     filler->ports, filler->port_count),
		   "ports", "");
	filler->port_count = 0;
}
