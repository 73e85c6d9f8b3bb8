/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading CDP: CISCO-CDP-MIB, which others than Cisco serve too.
 */
#include "topology_impl.h"

static const struct topology_table cdp_tables[] = {
	{VIEW_TABLE_CDP, true},
	{VIEW_TABLE_CDP_FASTPATH, false},
	{VIEW_TABLE_CDP_VENDOR, false},
	{VIEW_TABLE_CDP_LOCAL, false},
};

const struct topology_reader topology_read_cdp = {
	.tables = cdp_tables,
	.count = MEM_COUNT(cdp_tables),
	.doubt = {8, 50},
};
