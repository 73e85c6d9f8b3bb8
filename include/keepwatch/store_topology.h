/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The topology in batches and at start, writing half of the store; as store_batch.h: everything is
 * copied, 0 or ERR_NOMEM. What is stored already costs no write.
 */
#ifndef KEEPWATCH_STORE_TOPOLOGY_H
#define KEEPWATCH_STORE_TOPOLOGY_H

#include "keepwatch/store.h"
#include "keepwatch/topology.h"

/*
 * The link of a device that holds, or a spare one, new, changed or confirmed. When parent, port or
 * a name of either differ from what is stored, the stored one goes to the history, from its
 * first_seen_ms until its confirmed_ms; a spare link is told from others by parent and if_index. A
 * later confirmed_ms alone is written once an hour. When a device is removed from the fleet, its
 * links and those of what hangs on it go to the history by themselves.
 */
int store_batch_link(struct store_batch *batch, const struct topo_link *link);
/* It holds no longer: device, parent, if_index, is_spare say which; it goes to the history, until
 * confirmed_ms if that is later than what is stored. One that is not stored is no mistake. */
int store_batch_link_gone(struct store_batch *batch, const struct topo_link *link);
/* All ports of a switch as last read: rows that differ are written, stored ones that are missing
 * here are dropped. What moves all the time is written only when it moved by much, or with the
 * hourly note that the switch was read: watts by half a watt and a tenth; stations, if more than 8,
 * by a quarter. changed_ms within 10 s is the same. */
int store_batch_ports(struct store_batch *batch, uint32_t device, int64_t at_ms,
		      const struct topo_port *ports, size_t count);
int store_batch_identity(struct store_batch *batch, const struct topo_identity *identity);
int store_batch_station(struct store_batch *batch, const struct topo_station *station);

/* At start, after store_load: what was stored. Borrowed during the call; a non-zero return ends the
 * load and is returned. Any may be NULL. */
struct store_topology_handlers {
	int (*link)(void *arg, const struct topo_link *link);
	int (*identity)(void *arg, const struct topo_identity *identity);
	int (*station)(void *arg, const struct topo_station *station);
};
int store_load_topology(struct store *store, const struct store_topology_handlers *handlers,
			void *arg, char *message, size_t message_size);

#endif
