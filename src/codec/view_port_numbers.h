/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Port numbers of a table whose numbering is not sure: dot1dBasePort by the book, but agents also
 * put ifIndex or the number on the front panel there; PoE has (group, port). All numbers of the
 * table are collected first, then one numbering is decided for the whole agent: never per row.
 */
#ifndef KEEPWATCH_CODEC_VIEW_PORT_NUMBERS_H
#define KEEPWATCH_CODEC_VIEW_PORT_NUMBERS_H

#include "view_impl.h"

struct view_port_numbers {
	struct view_rows rows; /* struct port_number of view_port_numbers.c */
};

void view_port_numbers_init(struct view_port_numbers *numbers);
void view_port_numbers_fini(struct view_port_numbers *numbers);
/* A number that the table uses; group 0 where there are no groups. More than there can be ports
 * are passed over. ERR_NOMEM. */
int view_port_numbers_note(struct view_port_numbers *numbers, uint32_t group, uint32_t number);
/*
 * Decides for numbers of bridge ports: dot1dBasePortIfIndex if it maps them; ifIndex if that maps
 * all of them and the former at most half; the number in the ports' names likewise, where neither
 * says anything. ERR_NOMEM.
 */
int view_port_numbers_bridge(struct view_port_numbers *numbers, const struct view_builder *builder,
			     const struct switch_view *view);
/* The same for the bits of port lists, where agents set those of ports that there are not. */
int view_port_numbers_list(struct view_port_numbers *numbers, const struct view_builder *builder,
			   const struct switch_view *view);
/*
 * Decides for PoE ports (RFC 3621 pethPsePortGroupIndex: box of the stack or module): the number
 * in the ports' names, of unit = group where there are several; else base port; else ifIndex, where
 * all are ports of their own. Otherwise they stay unmapped. ERR_NOMEM.
 */
int view_port_numbers_poe(struct view_port_numbers *numbers, const struct view_builder *builder,
			  const struct switch_view *view);
/* ifIndex, after one of the two; 0: undecided, or none. */
uint32_t view_port_numbers_if(const struct view_port_numbers *numbers, uint32_t group,
			      uint32_t number);

/* view_port_names.c: the port of each noted number by the names of ports, families of names
 * considered ("1/0/x"): calls `found` for those that are certain. ERR_NOMEM. */
int view_port_names_match(const struct switch_view *view, const struct view_rows *numbers,
			  bool is_grouped, void (*found)(void *number, uint32_t if_index));

/* A port that stations or PoE can be on: no loopback, VLAN interface or tunnel. */
bool view_port_is_bridged(const struct view_port *port);
/* A port with a socket: Ethernet of one kind or another, no aggregate. */
bool view_port_is_ethernet(const struct view_port *port);

/* ---- view_bridge.c */

/* As view_base_port_if, in the context of a VLAN; 0: the default context. */
uint32_t view_base_port_if_in(const struct view_builder *builder, uint16_t vlan,
			      uint32_t base_port);
/* Whether a base port has an interface at all. */
bool view_base_ports_told(const struct view_builder *builder);

/* ---- view_vlan.c */

enum { VIEW_VLAN_WORDS = 64 };
/* Which VLANs there are, after all tables that tell of VLANs: bit v % 64 of bits[v / 64]. */
void view_vlans_known(const struct view_builder *builder, uint64_t bits[VIEW_VLAN_WORDS]);
/* The i-th row of VLAN_PORT: its VLAN, and the ifIndex if it is an access or voice VLAN by the
 * vendor's table, else 0. 0 past the end. */
uint32_t view_vlan_access_at(const struct view_builder *builder, size_t i, uint32_t *if_index);

#endif
