/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading the VLANs of the ports: dot1qPvid and CISCO-VLAN-MEMBERSHIP-MIB, egress and untagged
 * ports, and which VLANs a Cisco switch has.
 */
#include "topology_impl.h"

static const struct topology_table vlan_tables[] = {
	{VIEW_TABLE_VLAN_PORT, true},
	{VIEW_TABLE_VLAN_EGRESS, true},
	{VIEW_TABLE_VLAN_FDB, false},
	{VIEW_TABLE_CISCO_VLAN, false},
};

const struct topology_reader topology_read_vlan = {
	.tables = vlan_tables,
	.count = MEM_COUNT(vlan_tables),
	.doubt = {8, 50},
};
