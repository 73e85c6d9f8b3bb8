/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading link aggregation: IEEE8023-LAG-MIB, and ifStackTable for agents without it.
 */
#include "topology_impl.h"

static const struct topology_table lag_tables[] = {
	{VIEW_TABLE_LAG, true},
	{VIEW_TABLE_IF_STACK, true},
};

const struct topology_reader topology_read_lag = {
	.tables = lag_tables,
	.count = MEM_COUNT(lag_tables),
	.doubt = {8, 50},
};
