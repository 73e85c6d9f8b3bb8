/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading LLDP: LLDP-MIB, else its successor LLDP-V2-MIB (IEEE 802.1AB-2005 and -2009), else a
 * vendor's copy of one of them. The addresses come last: without them a neighbour is as good as
 * known.
 */
#include "topology_impl.h"

static const struct topology_table lldp_tables[] = {
	{VIEW_TABLE_LLDP_REMOTE, true},	  {VIEW_TABLE_LLDP_LOCAL, true},
	{VIEW_TABLE_LLDP_ADDRESS, false}, {VIEW_TABLE_LLDP2_REMOTE, true},
	{VIEW_TABLE_LLDP2_LOCAL, true},	  {VIEW_TABLE_LLDP2_ADDRESS, false},
	{VIEW_TABLE_LLDP_TIMETRA, true},  {VIEW_TABLE_LLDP_BDCOM, true},
	{VIEW_TABLE_LLDP_PBN, true},	  {VIEW_TABLE_LLDP_VENDOR, false},
};

const struct topology_reader topology_read_lldp = {
	.tables = lldp_tables,
	.count = MEM_COUNT(lldp_tables),
	.doubt = {8, 50},
};
