/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading the forwarding tables: Q-BRIDGE-MIB, else BRIDGE-MIB, which old Cisco IOS serves in one
 * context for each VLAN, with the base ports of that VLAN.
 */
#include "topology_impl.h"

static const struct topology_table fdb_tables[] = {
	{VIEW_TABLE_BASE_PORT, true},
	{VIEW_TABLE_QFDB, true},
	{VIEW_TABLE_FDB, true},
};

/* The devices of half a switch do go dark together, with its power; but not twice in vain. */
const struct topology_reader topology_read_fdb = {
	.tables = fdb_tables,
	.count = MEM_COUNT(fdb_tables),
	.doubt = {8, 50},
	.longs = (uint64_t)1 << VIEW_TABLE_QFDB | (uint64_t)1 << VIEW_TABLE_FDB,
};

static const struct topology_table vlan_tables[] = {
	{VIEW_TABLE_BASE_PORT, true},
	{VIEW_TABLE_FDB, true},
};

static bool
vlans_are_wanted(const struct probe_run *run)
{
	return probe_option(run, OPT_TOPOLOGY_VLAN_CONTEXTS) != 0;
}

const struct topology_reader topology_read_fdb_vlans = {
	.tables = vlan_tables,
	.count = MEM_COUNT(vlan_tables),
	.doubt = {8, 50},
	.is_per_vlan = true,
	.is_wanted = vlans_are_wanted,
};
