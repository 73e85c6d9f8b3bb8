/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The topology's part of a batch. Memory only.
 */
#include "batch.h"

#include "keepwatch/err.h"
#include "keepwatch/store_topology.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static int
add_link(struct store_batch *batch, const struct topo_link *link, bool is_gone)
{
	assert(link->device > 0);
	if (BATCH_GROW(&batch->links) != 0)
		return ERR_NOMEM;
	batch->links.items[batch->links.count++] = (struct batch_topo_link){*link, is_gone};
	return 0;
}

int
store_batch_link(struct store_batch *batch, const struct topo_link *link)
{
	return add_link(batch, link, false);
}

int
store_batch_link_gone(struct store_batch *batch, const struct topo_link *link)
{
	return add_link(batch, link, true);
}

static int
compare_ports(const void *left, const void *right)
{
	const struct topo_port *a = left, *b = right;

	return (a->if_index > b->if_index) - (a->if_index < b->if_index);
}

int
store_batch_ports(struct store_batch *batch, uint32_t device, int64_t at_ms,
		  const struct topo_port *ports, size_t count)
{
	struct topo_port *copy = NULL;

	assert(device > 0);
	if (count > 0) {
		copy = calloc(count, sizeof(*copy));
		if (copy == NULL)
			return ERR_NOMEM;
		memcpy(copy, ports, count * sizeof(*copy));
		qsort(copy, count, sizeof(*copy), compare_ports);
	}
	if (BATCH_GROW(&batch->ports) != 0) {
		free(copy);
		return ERR_NOMEM;
	}
	batch->ports.items[batch->ports.count++] = (struct batch_ports){device, at_ms, copy, count};
	batch->port_bytes += count * sizeof(*copy);
	return 0;
}

int
store_batch_identity(struct store_batch *batch, const struct topo_identity *identity)
{
	assert(identity->device > 0);
	if (BATCH_GROW(&batch->identities) != 0)
		return ERR_NOMEM;
	batch->identities.items[batch->identities.count++] = *identity;
	return 0;
}

int
store_batch_station(struct store_batch *batch, const struct topo_station *station)
{
	assert(station->device > 0);
	if (BATCH_GROW(&batch->stations) != 0)
		return ERR_NOMEM;
	batch->stations.items[batch->stations.count++] = *station;
	return 0;
}

void
batch_topology_clear(struct store_batch *batch)
{
	for (size_t i = 0; i < batch->ports.count; i++)
		free(batch->ports.items[i].items);
	free(batch->links.items);
	free(batch->ports.items);
	free(batch->identities.items);
	free(batch->stations.items);
}

bool
batch_topology_is_empty(const struct store_batch *batch)
{
	return batch->links.count + batch->ports.count + batch->identities.count +
		       batch->stations.count ==
	       0;
}

size_t
batch_topology_bytes(const struct store_batch *batch)
{
	return batch->port_bytes + batch->links.cap * sizeof(*batch->links.items) +
	       batch->ports.cap * sizeof(*batch->ports.items) +
	       batch->identities.cap * sizeof(*batch->identities.items) +
	       batch->stations.cap * sizeof(*batch->stations.items);
}
