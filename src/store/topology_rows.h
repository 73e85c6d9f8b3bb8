/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows of the topology to values and back, for the writer and the reader. Words that this program
 * does not know and numbers out of range (a damaged or newer row) become "not known".
 */
#ifndef KEEPWATCH_STORE_TOPOLOGY_ROWS_H
#define KEEPWATCH_STORE_TOPOLOGY_ROWS_H

#include "keepwatch/topology.h"
#include "sql.h"

#define LINK_NAMES                                                                       \
	"device, spare, parent, if_index, port, device_if, device_port, parent_name,"    \
	" source, via, confidence, contradicted, seen_parent, seen_if_index, seen_port," \
	" vlan, shared, mac, why"
#define LINK_COLUMNS	     LINK_NAMES ", first_seen, confirmed"
#define LINK_HISTORY_COLUMNS LINK_NAMES ", since, until"
#define PORT_COLUMNS                                                                    \
	"if_index, name, alias, role, admin, oper, speed_mbps, duplex, lag, stp, pvid," \
	" poe, poe_class, poe_mw, poe_overload, stations, changed_at, neighbour"

enum { LINK_COLUMN_COUNT = 21, PORT_COLUMN_COUNT = 18 };

/* Reads LINK_COLUMNS or LINK_HISTORY_COLUMNS from the row at hand. */
void link_row_read(struct sql_call *call, int column, struct topo_link *out);
/*
 * Binds the same, in that order. The texts must outlive the call: mac is the caller's, and holds
 * the address as text.
 */
void link_row_bind(struct sql_call *call, const struct topo_link *link, char mac[MAC_TEXT_SIZE]);

void port_row_read(struct sql_call *call, int column, struct topo_port *out);
void port_row_bind(struct sql_call *call, const struct topo_port *port);

/* MAC_NONE for "" and for what is no address. */
mac_addr mac_row_read(struct sql_call *call, int column);
/* "" for none; returns out. */
const char *mac_row_text(mac_addr mac, char out[MAC_TEXT_SIZE]);

#endif
