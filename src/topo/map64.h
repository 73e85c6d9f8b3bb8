/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A map from 64-bit keys (MACs, ids, hashes of names) to 32-bit indexes: open addressing, keys are
 * never 0. Nothing here knows what the keys mean.
 */
#ifndef KEEPWATCH_TOPO_MAP64_H
#define KEEPWATCH_TOPO_MAP64_H

#include <stddef.h>
#include <stdint.h>

#define MAP64_NONE UINT32_MAX

struct map64_slot {
	uint64_t key;
	uint32_t value;
};

struct map64 {
	struct map64_slot *slots;
	size_t cap, count; /* cap: 0 or a power of two */
};

void map64_fini(struct map64 *map);
/* MAP64_NONE if it is not there. */
uint32_t map64_get(const struct map64 *map, uint64_t key);
/* Sets or replaces. ERR_NOMEM. */
int map64_put(struct map64 *map, uint64_t key, uint32_t value);
void map64_remove(struct map64 *map, uint64_t key);

#endif
