/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Growing arrays, arenas, hashes.
 */
#include "keepwatch/mem.h"

#include "keepwatch/err.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MEM_CHUNK_SIZE = 16 * 1024 - 32 };

struct mem_chunk {
	struct mem_chunk *next;
	size_t whole; /* bytes of data; those from size on are texts */
	size_t size;
	size_t used;
	alignas(max_align_t) unsigned char data[];
};

int
mem_grow(void *items, size_t *cap, size_t need, size_t size)
{
	void **slot = items;
	size_t want = *cap;
	void *grown;

	if (need <= *cap)
		return 0;
	if (want < 8)
		want = 8;
	while (want < need) {
		if (want > SIZE_MAX / 2)
			return ERR_NOMEM;
		want *= 2;
	}
	grown = reallocarray(*slot, want, size);
	if (grown == NULL)
		return ERR_NOMEM;
	*slot = grown;
	*cap = want;
	return 0;
}

char *
mem_strdup(const char *text)
{
	return text == NULL ? NULL : strdup(text);
}

void
arena_init(struct mem_arena *arena)
{
	arena->head = NULL;
	arena->used = 0;
}

void
arena_fini(struct mem_arena *arena)
{
	struct mem_chunk *next;

	for (struct mem_chunk *chunk = arena->head; chunk != NULL; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	arena_init(arena);
}

void
arena_fini_wiped(struct mem_arena *arena)
{
	for (struct mem_chunk *chunk = arena->head; chunk != NULL; chunk = chunk->next)
		explicit_bzero(chunk->data, chunk->whole);
	arena_fini(arena);
}

void *
arena_alloc(struct mem_arena *arena, size_t size)
{
	const size_t align = alignof(max_align_t);
	struct mem_chunk *chunk = arena->head;
	size_t want;
	void *p;

	if (size > SIZE_MAX - align - sizeof(*chunk))
		return NULL;
	size = (size + align - 1) / align * align;
	if (chunk == NULL || chunk->size - chunk->used < size) {
		want = size > MEM_CHUNK_SIZE ? size : MEM_CHUNK_SIZE;
		chunk = malloc(sizeof(*chunk) + want);
		if (chunk == NULL)
			return NULL;
		chunk->next = arena->head;
		chunk->size = chunk->whole = want;
		chunk->used = 0;
		arena->head = chunk;
	}
	p = chunk->data + chunk->used;
	chunk->used += size;
	arena->used += size;
	return memset(p, 0, size);
}

char *
arena_strndup(struct mem_arena *arena, const char *text, size_t len)
{
	struct mem_chunk *chunk = arena->head;
	char *copy;

	/* Texts need no alignment: they are packed at the far end of the chunk. */
	if (chunk != NULL && len < chunk->size - chunk->used) {
		chunk->size -= len + 1;
		arena->used += len + 1;
		copy = (char *)chunk->data + chunk->size;
	} else {
		copy = len == SIZE_MAX ? NULL : arena_alloc(arena, len + 1);
	}
	if (copy == NULL)
		return NULL;
	if (len > 0)
		memcpy(copy, text, len);
	copy[len] = '\0';
	return copy;
}

char *
arena_strdup(struct mem_arena *arena, const char *text)
{
	return arena_strndup(arena, text, strlen(text));
}

uint32_t
mem_hash(uint32_t hash, const void *data, size_t size)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * 16777619U;
	return hash;
}

uint64_t
mem_hash64(uint64_t hash, const void *data, size_t size)
{
	const unsigned char *bytes = data;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ bytes[i]) * 0x100000001b3U;
	return hash;
}

uint32_t
mem_hash_text(const char *text)
{
	uint32_t hash = mem_hash(MEM_HASH_START, text, strlen(text));

	hash ^= hash >> 16;
	hash *= 0x85ebca6bU;
	return hash ^ hash >> 13;
}
