/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading the interfaces: ifTable and ifXTable with duplex, then the counters. Interfaces seldom
 * go: a stack that lost a member is believed at the second reading.
 */
#include "topology_impl.h"

static const struct topology_table interfaces_tables[] = {
	{VIEW_TABLE_IF, true},
	{VIEW_TABLE_IF_COUNTERS, false},
};

const struct topology_reader topology_read_interfaces = {
	.tables = interfaces_tables,
	.count = MEM_COUNT(interfaces_tables),
	.doubt = {8, 50},
};
