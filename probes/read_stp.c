/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading the spanning tree: the states of the ports; root and costs are scalars.
 */
#include "topology_impl.h"

static const struct topology_table stp_tables[] = {
	{VIEW_TABLE_STP_PORT, true},
};

const struct topology_reader topology_read_stp = {
	.tables = stp_tables,
	.count = MEM_COUNT(stp_tables),
	.doubt = {8, 50},
};
