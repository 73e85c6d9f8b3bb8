/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the two halves of the agent's topology share: evidence in (topology.c), changes out
 * (topology_store.c).
 */
#ifndef AGENT_TOPOLOGY_H
#define AGENT_TOPOLOGY_H

#include "agent.h"

struct agent_topology {
	struct topo *topo;
	bool is_dirty;
	uint64_t host_at_ms, update_at_ms; /* monotonic */
	uint32_t host_pause_ms;
	struct ipaddr gateway; /* of the monitor's host; family 0: none */
	uint64_t views, updates;
	uint32_t worst_us; /* of an update */
};

/* Puts what an update brought into the batch. */
void agent_topology_store(struct agent *agent, const struct topo_changes *changes, int64_t now_ms);

#endif
