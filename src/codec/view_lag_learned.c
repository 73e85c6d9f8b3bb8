/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Aggregations whose members no table tells (RADLAN, Nortel and others serve neither
 * dot3adAggPortTable nor ifStackTable for them): LLDP speaks on the members, learning is on the
 * aggregation. A port that learns nothing itself, whose neighbour is learned on one aggregation
 * and nowhere else, is a member of that.
 */
#include "view_port_numbers.h"

#include "keepwatch/mem.h"

#include <stdlib.h>

enum { IF_TYPE_LAG = 161 }; /* IANAifType ieee8023adLag */

/* The aggregation on which a MAC is learned; NULL if it is learned elsewhere, or not at all. */
static struct view_port *
lag_of_mac(const struct switch_view *view, mac_addr mac)
{
	struct view_port *lag = NULL;
	size_t low = 0, high = view->fdb_count;

	if (mac == MAC_NONE)
		return NULL;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (view->fdb[middle].mac < mac)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < view->fdb_count && view->fdb[low].mac == mac; low++) {
		struct view_port *port = switch_view_port(view, view->fdb[low].if_index);

		if (port == NULL)
			continue;
		if (port->type != IF_TYPE_LAG || (lag != NULL && lag != port))
			return NULL;
		lag = port;
	}
	return lag;
}

enum { PORT_LEARNS = 1, LAG_IS_TOLD = 2 };

void
view_lags_learned(struct switch_view *view)
{
	uint8_t *marks = NULL;
	size_t cap = 0;

	/* Without memory it stays as the tables tell it. */
	if (view->neighbour_count == 0 || view->port_count == 0 ||
	    mem_grow(&marks, &cap, view->port_count, 1) != 0)
		return;
	for (size_t i = 0; i < view->port_count; i++)
		marks[i] = 0;
	for (size_t i = 0; i < view->port_count; i++) {
		const struct view_port *lag = switch_view_port(view, view->ports[i].lag);

		if (lag != NULL)
			marks[lag - view->ports] |= LAG_IS_TOLD;
	}
	for (size_t i = 0; i < view->fdb_count; i++) {
		const struct view_port *port = switch_view_port(view, view->fdb[i].if_index);

		if (port != NULL && view->fdb[i].status == FDB_LEARNED)
			marks[port - view->ports] |= PORT_LEARNS;
	}
	for (size_t i = 0; i < view->neighbour_count; i++) {
		const struct view_neighbour *neighbour = &view->neighbours[i];
		struct view_port *port = switch_view_port(view, neighbour->if_index);
		struct view_port *lag;

		if (port == NULL || port->lag != 0 || !view_port_is_ethernet(port) ||
		    (marks[port - view->ports] & PORT_LEARNS) != 0)
			continue;
		lag = lag_of_mac(view, neighbour->chassis_mac);
		if (lag == NULL)
			lag = lag_of_mac(view, neighbour->port_mac);
		if (lag == NULL || (marks[lag - view->ports] & LAG_IS_TOLD) != 0)
			continue;
		port->lag = lag->if_index;
		lag->is_aggregate = true;
	}
	free(marks);
}
