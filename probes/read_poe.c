/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading Power over Ethernet: POWER-ETHERNET-MIB, and for the watts of a port its vendor's table.
 */
#include "topology_impl.h"

static const struct topology_table poe_tables[] = {
	{VIEW_TABLE_POE_PORT, true},	 {VIEW_TABLE_POE_MAIN, false},
	{VIEW_TABLE_POE_VENDOR, false},	 {VIEW_TABLE_POE_VENDOR2, false},
	{VIEW_TABLE_POE_VENDOR3, false}, {VIEW_TABLE_POE_CISCO, false},
};

static bool
poe_is_wanted(const struct probe_run *run)
{
	return probe_option(run, OPT_TOPOLOGY_POE) != 0;
}

const struct topology_reader topology_read_poe = {
	.tables = poe_tables,
	.count = MEM_COUNT(poe_tables),
	.doubt = {8, 50},
	.is_wanted = poe_is_wanted,
};
