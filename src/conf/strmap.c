/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Open addressing with linear probing, at most two thirds full. Entries are never removed.
 */
#include "strmap.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

void
strmap_fini(struct strmap *map)
{
	free(map->slots);
	*map = (struct strmap){0};
}

static struct strmap_entry *
slot_of(struct strmap_entry *slots, size_t slot_count, const char *key, uint32_t hash)
{
	for (size_t at = hash;; at++) {
		struct strmap_entry *slot = &slots[at & (slot_count - 1)];

		if (slot->key == NULL || (slot->hash == hash && strcmp(slot->key, key) == 0))
			return slot;
	}
}

const struct strmap_entry *
strmap_get(const struct strmap *map, const char *key)
{
	const struct strmap_entry *slot;

	if (map->count == 0)
		return NULL;
	slot = slot_of(map->slots, map->slot_count, key, mem_hash_text(key));
	return slot->key == NULL ? NULL : slot;
}

static int
grow(struct strmap *map)
{
	size_t want = map->slot_count == 0 ? 16 : map->slot_count * 2;
	struct strmap_entry *slots = calloc(want, sizeof(*slots));

	if (slots == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < map->slot_count; i++) {
		const struct strmap_entry *entry = &map->slots[i];

		if (entry->key != NULL)
			*slot_of(slots, want, entry->key, entry->hash) = *entry;
	}
	free(map->slots);
	map->slots = slots;
	map->slot_count = want;
	return 0;
}

int
strmap_put(struct strmap *map, const char *key, uint32_t value)
{
	uint32_t hash = mem_hash_text(key);

	if ((map->count + 1) * 3 > map->slot_count * 2 && grow(map) != 0)
		return ERR_NOMEM;
	*slot_of(map->slots, map->slot_count, key, hash) =
		(struct strmap_entry){.key = key, .hash = hash, .value = value};
	map->count++;
	return 0;
}
