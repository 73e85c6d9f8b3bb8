/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Links and ports between structs and statements.
 */
#include "topology_rows.h"

#include "keepwatch/mem.h"

#include <stdio.h>
#include <string.h>

/* RFC 2863, from 0: not known. */
static const char *const if_states[] = {
	"", "up", "down", "testing", "unknown", "dormant", "notPresent", "lowerLayerDown",
};
static const char *const duplexes[] = {"", "half", "full"};

static const char *
word(const char *const *words, size_t count, unsigned value)
{
	return value < count ? words[value] : "";
}

static uint8_t
find_word(const char *const *words, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++) {
		if (strcmp(words[i], text) == 0)
			return (uint8_t)i;
	}
	return 0;
}

/* A column as a number of 0 .. max; 0 if it is none. */
static uint64_t
read_number(struct sql_call *call, int column, uint64_t max)
{
	int64_t value = sql_int(call, column);

	return value < 0 || (uint64_t)value > max ? 0 : (uint64_t)value;
}

static void
read_text(struct sql_call *call, int column, char *out, size_t size)
{
	snprintf(out, size, "%s", sql_text(call, column));
}

mac_addr
mac_row_read(struct sql_call *call, int column)
{
	mac_addr mac;

	return mac_parse(sql_text(call, column), &mac) == 0 ? mac : MAC_NONE;
}

const char *
mac_row_text(mac_addr mac, char out[MAC_TEXT_SIZE])
{
	out[0] = '\0';
	return mac == MAC_NONE ? out : mac_format(mac, out);
}

void
link_row_read(struct sql_call *call, int column, struct topo_link *out)
{
	enum topo_source source;
	enum topo_via via;

	*out = (struct topo_link){
		.device = (uint32_t)read_number(call, column, UINT32_MAX),
		.is_spare = sql_int(call, column + 1) != 0,
		.parent = (uint32_t)read_number(call, column + 2, UINT32_MAX),
		.if_index = (uint32_t)read_number(call, column + 3, UINT32_MAX),
		.device_if = (uint32_t)read_number(call, column + 5, UINT32_MAX),
		.confidence = (uint8_t)read_number(call, column + 10, TOPO_CONFIDENCE_MAX),
		.is_contradicted = sql_int(call, column + 11) != 0,
		.seen_parent = (uint32_t)read_number(call, column + 12, UINT32_MAX),
		.seen_if_index = (uint32_t)read_number(call, column + 13, UINT32_MAX),
		.vlan = (uint16_t)read_number(call, column + 15, VIEW_VLAN_ID_MAX),
		.shared = (uint16_t)read_number(call, column + 16, UINT16_MAX),
		.mac = mac_row_read(call, column + 17),
		.first_seen_ms = sql_int(call, column + 19),
		.confirmed_ms = sql_int(call, column + 20),
	};
	read_text(call, column + 4, out->port, sizeof(out->port));
	read_text(call, column + 6, out->device_port, sizeof(out->device_port));
	read_text(call, column + 7, out->parent_name, sizeof(out->parent_name));
	read_text(call, column + 14, out->seen_port, sizeof(out->seen_port));
	read_text(call, column + 18, out->why, sizeof(out->why));
	if (topo_source_parse(sql_text(call, column + 8), &source) == 0)
		out->source = (uint8_t)source;
	if (topo_via_parse(sql_text(call, column + 9), &via) == 0)
		out->via = (uint8_t)via;
}

void
link_row_bind(struct sql_call *call, const struct topo_link *link, char mac[MAC_TEXT_SIZE])
{
	sql_put_int(call, link->device);
	sql_put_int(call, link->is_spare);
	sql_put_int(call, link->parent);
	sql_put_int(call, link->if_index);
	sql_put_text(call, link->port);
	sql_put_int(call, link->device_if);
	sql_put_text(call, link->device_port);
	sql_put_text(call, link->parent_name);
	sql_put_text(call, topo_source_name((enum topo_source)link->source));
	sql_put_text(call, topo_via_name((enum topo_via)link->via));
	sql_put_int(call, link->confidence);
	sql_put_int(call, link->is_contradicted);
	sql_put_int(call, link->seen_parent);
	sql_put_int(call, link->seen_if_index);
	sql_put_text(call, link->seen_port);
	sql_put_int(call, link->vlan);
	sql_put_int(call, link->shared);
	sql_put_text(call, mac_row_text(link->mac, mac));
	sql_put_text(call, link->why);
	sql_put_int(call, link->first_seen_ms);
	sql_put_int(call, link->confirmed_ms);
}

static uint8_t
find_stp(const char *text)
{
	for (unsigned i = STP_UNKNOWN; i <= STP_BROKEN; i++) {
		if (strcmp(view_stp_state_name((enum view_stp_state)i), text) == 0)
			return (uint8_t)i;
	}
	return STP_UNKNOWN;
}

static uint8_t
find_poe(const char *text)
{
	for (unsigned i = POE_NONE; i <= POE_OTHER_FAULT; i++) {
		if (strcmp(view_poe_status_name((enum view_poe_status)i), text) == 0)
			return (uint8_t)i;
	}
	return POE_NONE;
}

/* NULL and what is out of range are `unknown`. */
static int64_t
read_optional(struct sql_call *call, int column, int64_t max, int64_t unknown)
{
	int64_t value = sql_int(call, column);

	return sqlite3_column_type(call->stmt, column) == SQLITE_NULL || value < 0 || value > max
		       ? unknown
		       : value;
}

static void
put_optional(struct sql_call *call, int64_t value, bool is_known)
{
	if (is_known)
		sql_put_int(call, value);
	else
		sql_put_null(call);
}

void
port_row_read(struct sql_call *call, int column, struct topo_port *out)
{
	enum topo_role role;

	*out = (struct topo_port){
		.if_index = (uint32_t)read_number(call, column, UINT32_MAX),
		.admin = find_word(if_states, MEM_COUNT(if_states), sql_text(call, column + 4)),
		.oper = find_word(if_states, MEM_COUNT(if_states), sql_text(call, column + 5)),
		.speed_mbps = read_number(call, column + 6, INT64_MAX),
		.duplex = find_word(duplexes, MEM_COUNT(duplexes), sql_text(call, column + 7)),
		.lag = (uint32_t)read_number(call, column + 8, UINT32_MAX),
		.stp = find_stp(sql_text(call, column + 9)),
		.pvid = (uint16_t)read_number(call, column + 10, VIEW_VLAN_ID_MAX),
		.poe_status = find_poe(sql_text(call, column + 11)),
		.poe_class = (int8_t)read_optional(call, column + 12, INT8_MAX, -1),
		.poe_mw = (uint32_t)read_optional(call, column + 13, UINT32_MAX, VIEW_UNKNOWN_MW),
		.poe_overload = sql_int(call, column + 14) != 0,
		.stations = (uint32_t)read_number(call, column + 15, UINT32_MAX),
		.changed_ms = sql_int(call, column + 16),
	};
	read_text(call, column + 1, out->name, sizeof(out->name));
	read_text(call, column + 2, out->alias, sizeof(out->alias));
	read_text(call, column + 17, out->neighbour, sizeof(out->neighbour));
	if (topo_role_parse(sql_text(call, column + 3), &role) == 0)
		out->role = (uint8_t)role;
}

void
port_row_bind(struct sql_call *call, const struct topo_port *port)
{
	sql_put_int(call, port->if_index);
	sql_put_text(call, port->name);
	sql_put_text(call, port->alias);
	sql_put_text(call, topo_role_name((enum topo_role)port->role));
	sql_put_text(call, word(if_states, MEM_COUNT(if_states), port->admin));
	sql_put_text(call, word(if_states, MEM_COUNT(if_states), port->oper));
	sql_put_int(call, port->speed_mbps > INT64_MAX ? 0 : (int64_t)port->speed_mbps);
	sql_put_text(call, word(duplexes, MEM_COUNT(duplexes), port->duplex));
	sql_put_int(call, port->lag);
	sql_put_text(call, view_stp_state_name((enum view_stp_state)port->stp));
	sql_put_int(call, port->pvid);
	sql_put_text(call, view_poe_status_name((enum view_poe_status)port->poe_status));
	put_optional(call, port->poe_class, port->poe_class >= 0);
	put_optional(call, port->poe_mw, port->poe_mw != VIEW_UNKNOWN_MW);
	sql_put_int(call, port->poe_overload);
	sql_put_int(call, port->stations);
	sql_put_int(call, port->changed_ms);
	sql_put_text(call, port->neighbour);
}
