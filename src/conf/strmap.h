/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From strings to numbers and back to the first copy of the string: finds duplicates, and lets the
 * thousand equal owners of a fleet share one text. Keys are borrowed.
 */
#ifndef CONF_STRMAP_H
#define CONF_STRMAP_H

#include <stddef.h>
#include <stdint.h>

struct strmap_entry {
	const char *key; /* NULL: free */
	uint32_t hash, value;
};

struct strmap {
	struct strmap_entry *slots;
	size_t slot_count, count; /* slot_count is 0 or a power of two */
};

/* Zeroed is empty. */
void strmap_fini(struct strmap *map);
/* NULL if there is none. Valid until the next strmap_put. */
const struct strmap_entry *strmap_get(const struct strmap *map, const char *key);
/* Adds a key that is not there yet. 0 or ERR_NOMEM. */
int strmap_put(struct strmap *map, const char *key, uint32_t value);

#endif
