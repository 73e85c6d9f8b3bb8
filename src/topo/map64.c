/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Open addressing with linear probing; removal shifts back, so there are no tombstones.
 */
#include "map64.h"

#include "keepwatch/err.h"

#include <stdlib.h>

static size_t
slot_of(const struct map64 *map, uint64_t key)
{
	key ^= key >> 31;
	key *= 0x9e3779b97f4a7c15U;
	key ^= key >> 29;
	key *= 0xbf58476d1ce4e5b9U;
	return (size_t)(key >> 32) & (map->cap - 1);
}

void
map64_fini(struct map64 *map)
{
	free(map->slots);
	*map = (struct map64){0};
}

uint32_t
map64_get(const struct map64 *map, uint64_t key)
{
	if (map->count == 0)
		return MAP64_NONE;
	for (size_t i = slot_of(map, key); map->slots[i].key != 0; i = (i + 1) & (map->cap - 1)) {
		if (map->slots[i].key == key)
			return map->slots[i].value;
	}
	return MAP64_NONE;
}

static int
map64_enlarge(struct map64 *map)
{
	struct map64 larger = {.cap = map->cap > 0 ? map->cap * 2 : 64, .count = map->count};

	larger.slots = calloc(larger.cap, sizeof(*larger.slots));
	if (larger.slots == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < map->cap; i++) {
		size_t at;

		if (map->slots[i].key == 0)
			continue;
		at = slot_of(&larger, map->slots[i].key);
		while (larger.slots[at].key != 0)
			at = (at + 1) & (larger.cap - 1);
		larger.slots[at] = map->slots[i];
	}
	free(map->slots);
	*map = larger;
	return 0;
}

int
map64_put(struct map64 *map, uint64_t key, uint32_t value)
{
	size_t i;

	if ((map->count + 1) * 2 > map->cap && map64_enlarge(map) != 0)
		return ERR_NOMEM;
	i = slot_of(map, key);
	while (map->slots[i].key != 0 && map->slots[i].key != key)
		i = (i + 1) & (map->cap - 1);
	if (map->slots[i].key == 0)
		map->count++;
	map->slots[i] = (struct map64_slot){.key = key, .value = value};
	return 0;
}

void
map64_remove(struct map64 *map, uint64_t key)
{
	size_t i, next;

	if (map->count == 0)
		return;
	i = slot_of(map, key);
	while (map->slots[i].key != 0 && map->slots[i].key != key)
		i = (i + 1) & (map->cap - 1);
	if (map->slots[i].key == 0)
		return;
	map->count--;
	for (next = (i + 1) & (map->cap - 1); map->slots[next].key != 0;
	     next = (next + 1) & (map->cap - 1)) {
		size_t home = slot_of(map, map->slots[next].key);

		/* It may move to i unless its home lies cyclically in (i, next]. */
		if (((next - home) & (map->cap - 1)) >= ((next - i) & (map->cap - 1))) {
			map->slots[i] = map->slots[next];
			i = next;
		}
	}
	map->slots[i] = (struct map64_slot){0};
}
