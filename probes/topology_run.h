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
/* The time for the reading is over. */
bool topology_is_late(const struct topology_state *state);
/* Fills state->present, then goes on with topology_next_table. */
void topology_check_presence(struct probe_run *run);
/* The next table that is wanted, or the end. */
void topology_next_table(struct probe_run *run);

#endif
