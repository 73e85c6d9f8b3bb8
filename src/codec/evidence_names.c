/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names and numbers of what evidence speaks of, in hashes: lines name nodes several million times
 * in a replay.
 */
#include "evidence_names.h"

#include "keepwatch/err.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* Names are short, and asked for millions of times: eight bytes a step. */
static unsigned
hash_of(const void *key, size_t len)
{
	const unsigned char *p = key;
	uint64_t hash = len, word;

	for (; len >= sizeof(word); p += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, p, sizeof(word));
		hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
		hash ^= hash >> 32;
	}
	for (word = 0; len > 0; len--)
		word = word << 8 | *p++;
	hash = (hash ^ word) * UINT64_C(0x9E3779B97F4A7C15);
	return (unsigned)(hash >> 32);
}

#define HASH_FUNCTION(key, len, hash) ((hash) = hash_of(key, len))
#define uthash_fatal(msg)	      abort()
#define HASH_NONFATAL_OOM	      1
#define uthash_nonfatal_oom(obj)      ((void)((obj)->is_lost = true))
#include <uthash.h>

struct evidence_name {
	UT_hash_handle ids, names;
	uint32_t id;
	bool is_lost;	 /* the hash had no memory for it */
	bool is_by_name; /* found by its name, too */
	size_t len;
	char text[];
};

void
evidence_names_init(struct evidence_names *names)
{
	*names = (struct evidence_names){0};
}

void
evidence_names_fini(struct evidence_names *names)
{
	struct evidence_name *entry, *next;

	for (int type = 0; type <= BLAME_ZONE; type++) {
		HASH_CLEAR(names, names->by_name[type]);
		HASH_ITER (ids, names->by_id[type], entry, next) {
			HASH_DELETE(ids, names->by_id[type], entry);
			free(entry);
		}
	}
}

static struct evidence_name *
find_id(const struct evidence_names *names, enum blame_type type, uint32_t id)
{
	struct evidence_name *entry;

	HASH_FIND (ids, names->by_id[type], &id, sizeof(id), entry)
		;
	return entry;
}

static struct evidence_name *
find_name(const struct evidence_names *names, enum blame_type type, const char *name, size_t len)
{
	struct evidence_name *entry;

	HASH_FIND (names, names->by_name[type], name, len, entry)
		;
	return entry;
}

static void
forget(struct evidence_names *names, enum blame_type type, struct evidence_name *entry)
{
	HASH_DELETE(ids, names->by_id[type], entry);
	if (entry->is_by_name)
		HASH_DELETE(names, names->by_name[type], entry);
	free(entry);
}

int
evidence_names_put(struct evidence_names *names, enum blame_type type, uint32_t id,
		   const char *name, size_t len)
{
	struct evidence_name *entry = find_id(names, type, id), *other;

	if (entry != NULL && entry->len == len && memcmp(entry->text, name, len) == 0)
		return 0;
	if (entry != NULL)
		forget(names, type, entry);
	entry = calloc(1, sizeof(*entry) + len + 1);
	if (entry == NULL)
		return ERR_NOMEM;
	/* Of two that bear one name, the later is meant by it. */
	other = find_name(names, type, name, len);
	if (other != NULL) {
		HASH_DELETE(names, names->by_name[type], other);
		other->is_by_name = false;
	}
	entry->id = id;
	entry->len = len;
	memcpy(entry->text, name, len);
	HASH_ADD(ids, names->by_id[type], id, sizeof(entry->id), entry);
	if (!entry->is_lost) {
		HASH_ADD_KEYPTR(names, names->by_name[type], entry->text, entry->len, entry);
		entry->is_by_name = !entry->is_lost;
		if (entry->is_by_name)
			return 0;
		HASH_DELETE(ids, names->by_id[type], entry);
	}
	free(entry);
	return ERR_NOMEM;
}

const char *
evidence_names_get(const struct evidence_names *names, enum blame_type type, uint32_t id)
{
	const struct evidence_name *entry = find_id(names, type, id);

	return entry != NULL ? entry->text : NULL;
}

uint32_t
evidence_names_find(const struct evidence_names *names, enum blame_type type, const char *name,
		    size_t len)
{
	const struct evidence_name *entry = find_name(names, type, name, len);

	return entry != NULL ? entry->id : 0;
}
