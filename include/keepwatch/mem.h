/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Allocation with overflow checks, and arenas: many small values that die together (a fleet, a
 * decoded reply); hashes. Nothing here aborts; every allocation may return NULL.
 */
#ifndef KEEPWATCH_MEM_H
#define KEEPWATCH_MEM_H

#include <stddef.h>
#include <stdint.h>

/* Number of elements of an array. */
#define MEM_COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*
 * Grows *items (element size `size`, capacity *cap) so that `need` elements fit, doubling.
 * 0 or ERR_NOMEM, in which case nothing has changed.
 */
int mem_grow(void *items, size_t *cap, size_t need, size_t size);

/* strdup that accepts NULL and then returns NULL. */
char *mem_strdup(const char *text);

struct mem_arena {
	struct mem_chunk *head;
	size_t used; /* bytes handed out, for accounting */
};

void arena_init(struct mem_arena *arena);
/* Frees everything handed out. */
void arena_fini(struct mem_arena *arena);
/* The same, of what may have been secret: it is overwritten first. */
void arena_fini_wiped(struct mem_arena *arena);
/* Zeroed, aligned for any type; NULL when out of memory. Lives until arena_fini. */
void *arena_alloc(struct mem_arena *arena, size_t size);
/* Copies len bytes and adds a NUL. */
char *arena_strndup(struct mem_arena *arena, const char *text, size_t len);
char *arena_strdup(struct mem_arena *arena, const char *text);

/* FNV-1a over bytes, begun with MEM_HASH_START; not for keys that somebody may choose to collide.
 */
#define MEM_HASH_START 2166136261U
uint32_t mem_hash(uint32_t hash, const void *data, size_t size);
/* The same in 64 bits. Its values are kept: phases of probes follow from them. */
#define MEM_HASH64_START 0xcbf29ce484222325U
uint64_t mem_hash64(uint64_t hash, const void *data, size_t size);
/* Of a text, mixed so that the low bits depend on all of it. */
uint32_t mem_hash_text(const char *text);

#endif
