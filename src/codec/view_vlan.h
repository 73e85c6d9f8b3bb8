/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows of the VLAN tables, between the file that reads them and the one that makes the members of
 * VLANs out of them.
 */
#ifndef KEEPWATCH_CODEC_VIEW_VLAN_H
#define KEEPWATCH_CODEC_VIEW_VLAN_H

#include "view_impl.h"

enum { PORT_PVID, PORT_ACCESS, PORT_VOICE, PORT_COLUMNS };
enum { WORD_BITS = 32, LIST_WORDS_MAX = VIEW_PORTS_MAX / WORD_BITS, LIST_ROWS_MAX = 131072 };

/* Of VIEW_TABLE_VLAN_PORT. */
struct vlan_port_row {
	uint32_t column, index; /* key; dot1dBasePort, or ifIndex */
	uint32_t vlan;
};

/* Of VIEW_TABLE_VLAN_EGRESS: 32 ports of a PortList; only words that have any. */
struct vlan_list_row {
	uint32_t vlan; /* key: + STATIC_VLAN if of dot1qVlanStaticTable */
	uint32_t word; /* key */
	uint32_t egress, untagged;
};
enum { STATIC_VLAN = 0x10000 };

/* An instance of dot1qVlanFdbId, by dot1qVlanTimeMark and dot1qVlanIndex (view_fdb.c). As
 * view_table_spec.add. */
int view_fdb_id_put(struct view_builder *builder, const uint32_t *index, size_t len,
		    const struct varbind *varbind);

#endif
