/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows by key: an array in the order of arrival with an open hash over it. Tables are walked
 * column by column and mostly in order, so the row after the last one is tried first.
 */
#include "view_impl.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

void
view_rows_init(struct view_rows *rows, size_t item_size, size_t key_size, uint32_t max)
{
	memset(rows, 0, sizeof(*rows));
	rows->item_size = (uint16_t)item_size;
	rows->key_size = (uint16_t)key_size;
	rows->max = max;
}

void
view_rows_fini(struct view_rows *rows)
{
	free(rows->items);
	free(rows->slots);
	view_rows_init(rows, rows->item_size, rows->key_size, rows->max);
}

void
view_rows_clear(struct view_rows *rows)
{
	view_rows_fini(rows);
}

/* The place in memory is mixed in: who chooses the keys cannot choose the collisions. */
static uint64_t
view_rows_hash(const struct view_rows *rows, const void *key)
{
	const unsigned char *bytes = key;
	uint64_t hash = (uint64_t)(uintptr_t)rows->slots * 0x9e3779b97f4a7c15U;

	for (size_t i = 0; i < rows->key_size; i++) {
		hash = (hash ^ bytes[i]) * 0xff51afd7ed558ccdU;
		hash ^= hash >> 32;
	}
	return hash;
}

/* The slot of a key, or the empty one where it belongs. */
static size_t
view_rows_slot(const struct view_rows *rows, const void *key)
{
	size_t slot = (size_t)view_rows_hash(rows, key) & (rows->slot_count - 1);

	while (rows->slots[slot] != 0 &&
	       memcmp(view_rows_at(rows, rows->slots[slot] - 1), key, rows->key_size) != 0)
		slot = (slot + 1) & (rows->slot_count - 1);
	return slot;
}

static int
view_rows_rehash(struct view_rows *rows)
{
	size_t count = rows->slot_count == 0 ? 64 : rows->slot_count * 2;
	uint32_t *slots = calloc(count, sizeof(*slots));

	if (slots == NULL)
		return ERR_NOMEM;
	free(rows->slots);
	rows->slots = slots;
	rows->slot_count = count;
	for (size_t i = 0; i < rows->count; i++)
		slots[view_rows_slot(rows, view_rows_at(rows, i))] = (uint32_t)i + 1;
	return 0;
}

int
view_rows_get(struct view_rows *rows, const void *key, void **out)
{
	size_t slot;
	int rc;

	if (rows->next < rows->count &&
	    memcmp(view_rows_at(rows, rows->next), key, rows->key_size) == 0) {
		*out = view_rows_at(rows, rows->next++);
		return 0;
	}
	if ((rows->count + 1) * 2 > rows->slot_count) {
		rc = view_rows_rehash(rows);
		if (rc != 0)
			return rc;
	}
	slot = view_rows_slot(rows, key);
	if (rows->slots[slot] != 0) {
		*out = view_rows_at(rows, rows->slots[slot] - 1);
		rows->next = rows->slots[slot];
		return 0;
	}
	if (rows->count >= rows->max)
		return ERR_TOOBIG;
	rc = mem_grow(&rows->items, &rows->cap, rows->count + 1, rows->item_size);
	if (rc != 0)
		return rc;
	*out = view_rows_at(rows, rows->count);
	memset(*out, 0, rows->item_size);
	memcpy(*out, key, rows->key_size);
	rows->slots[slot] = (uint32_t)++rows->count;
	rows->next = rows->count;
	return 0;
}

void *
view_rows_find(const struct view_rows *rows, const void *key)
{
	size_t slot;

	if (rows->slot_count == 0)
		return NULL;
	slot = view_rows_slot(rows, key);
	return rows->slots[slot] == 0 ? NULL : view_rows_at(rows, rows->slots[slot] - 1);
}
