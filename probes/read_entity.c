/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading the hardware: entPhysicalTable, and which entity is which interface. It is read last:
 * what is missing of it when the time is over hurts least.
 */
#include "topology_impl.h"

static const struct topology_table entity_tables[] = {
	{VIEW_TABLE_ENTITY, true},
};
static const struct topology_table alias_tables[] = {
	{VIEW_TABLE_ENTITY_ALIAS, false},
};

static bool
entities_are_wanted(const struct probe_run *run)
{
	return probe_option(run, OPT_TOPOLOGY_ENTITIES) != 0;
}

const struct topology_reader topology_read_entity = {
	.tables = entity_tables,
	.count = MEM_COUNT(entity_tables),
	.doubt = {8, 50},
	.is_wanted = entities_are_wanted,
};

/* Of no use by itself: it tells other readers' tables which interface is meant. */
const struct topology_reader topology_read_entity_alias = {
	.tables = alias_tables,
	.count = MEM_COUNT(alias_tables),
	.doubt = {8, 50},
};
