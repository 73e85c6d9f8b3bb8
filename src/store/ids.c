/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ids of devices, in memory: a hash of names. The database only learns of an id when the device is
 * declared in a batch.
 */
#include "ids.h"

#include <stdlib.h>
#include <string.h>

#define uthash_fatal(msg) abort()
#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(obj) \
	do {                     \
		(obj)->id = 0;   \
	} while (0)
#include <uthash.h>

struct store_id {
	UT_hash_handle hh;
	uint32_t id;
	char name[];
};

void
store_ids_init(struct store_ids *ids)
{
	*ids = (struct store_ids){.next = 1};
}

void
store_ids_fini(struct store_ids *ids)
{
	struct store_id *entry, *next;

	HASH_ITER (hh, ids->by_name, entry, next) {
		HASH_DEL(ids->by_name, entry);
		free(entry);
	}
	store_ids_init(ids);
}

uint32_t
store_ids_find(const struct store_ids *ids, const char *name)
{
	struct store_id *entry;

	HASH_FIND_STR(ids->by_name, name, entry);
	return entry == NULL ? 0 : entry->id;
}

int
store_ids_put(struct store_ids *ids, const char *name, uint32_t id)
{
	size_t size = strlen(name) + 1;
	struct store_id *entry = calloc(1, sizeof(*entry) + size);

	if (entry == NULL)
		return ERR_NOMEM;
	entry->id = id;
	memcpy(entry->name, name, size);
	HASH_ADD_STR(ids->by_name, name, entry);
	if (entry->id == 0) {
		free(entry);
		return ERR_NOMEM;
	}
	if (id >= ids->next)
		ids->next = id + 1;
	return 0;
}

uint32_t
store_ids_get(struct store_ids *ids, const char *name)
{
	uint32_t id = store_ids_find(ids, name);

	if (id != 0 || ids->next >= STORE_ID_MAX)
		return id;
	id = ids->next;
	return store_ids_put(ids, name, id) == 0 ? id : 0;
}
