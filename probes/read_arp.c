/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading what a router knows of addresses: ipNetToMediaTable (RFC 4293, IPv4) and
 * ipNetToPhysicalTable.
 */
#include "topology_impl.h"

static const struct topology_table arp_tables[] = {
	{VIEW_TABLE_ARP, true},
	{VIEW_TABLE_ARP2, true},
};

static bool
arp_is_wanted(const struct probe_run *run)
{
	return probe_option(run, OPT_TOPOLOGY_ARP) != 0;
}

const struct topology_reader topology_read_arp = {
	.tables = arp_tables,
	.count = MEM_COUNT(arp_tables),
	.doubt = {8, 50},
	.longs = (uint64_t)1 << VIEW_TABLE_ARP | (uint64_t)1 << VIEW_TABLE_ARP2,
	.is_wanted = arp_is_wanted,
};
