/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The steps of a reading, for each other: presence check, tables, pauses between.
 */
#ifndef KEEPWATCH_PROBES_TOPOLOGY_RUN_H
#define KEEPWATCH_PROBES_TOPOLOGY_RUN_H

#include "snmp_agent.h"
#include "topology_impl.h"

/* Calls `then` after so many ms, from the loop. */
void topology_pause(struct probe_run *run, uint32_t ms, void (*then)(struct probe_run *run));
/* Where the reading is. */
static inline const struct topology_reader *
topology_reader_of(const struct topology_state *state)
{
	return topology_reader(state->reader);
}

static inline enum view_table
topology_table_of(const struct topology_state *state)
{
	return topology_reader_of(state)->tables[state->table].table;
}

/* Of the FDBs of the VLANs only the sum is remembered. */
static inline size_t
topology_slot(const struct topology_state *state)
{
	return topology_reader_of(state)->is_per_vlan ? TOPOLOGY_VLAN_FDB
						      : (size_t)topology_table_of(state);
}

/* The time for the reading is over. */
bool topology_is_late(const struct topology_state *state);
/* Fills state->present, then goes on with topology_next_table. */
void topology_check_presence(struct probe_run *run);
/* The next table that is wanted, or the end. */
void topology_next_table(struct probe_run *run);

/* ---- the walk of a table (topology_walk.c) */

/* Puts the table's columns that are walked now into state->oids: those that are served, or all. */
uint8_t topology_columns(struct topology_state *state, const struct view_table_spec *spec,
			 bool are_all);
/* Walks so many of state->oids into the builder. As snmpc_walk_start. */
int topology_start_walk(struct probe_run *run, uint8_t columns,
			void (*done)(struct snmpc_walk *walk));
/* A long table that was cut by time goes on from there in the next run; else from its beginning.
 * Before the walk is let go of. */
void topology_keep_place(struct probe_run *run, enum topology_end end);

#endif
