/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the diagnosis reckons with: lists of indices, logarithms of chances, memory that lives
 * until the next tick, and tables from keys (ids, MACs, addresses) to indices.
 */
#include "engine.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

int
list_add(struct list *list, uint32_t value)
{
	int rc = mem_grow(&list->v, &list->cap, list->n + 1, sizeof(*list->v));

	if (rc < 0)
		return rc;
	list->v[list->n++] = value;
	return 0;
}

enum { DIGIT_BITS = 8, DIGIT_MASK = (1 << DIGIT_BITS) - 1, RADIX_MIN = 128 };

static int
compare_index(const void *a, const void *b)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;

	return left < right ? -1 : left > right;
}

/* One pass of a radix sort. False: the digit is the same in all, nothing was moved. */
static bool
sort_by_digit(const uint32_t *from, uint32_t *to, size_t n, unsigned shift)
{
	size_t at[1 << DIGIT_BITS] = {0}, sum = 0;

	for (size_t i = 0; i < n; i++)
		at[from[i] >> shift & DIGIT_MASK]++;
	if (at[from[0] >> shift & DIGIT_MASK] == n)
		return false;
	for (size_t digit = 0; digit <= DIGIT_MASK; digit++) {
		size_t count = at[digit];

		at[digit] = sum;
		sum += count;
	}
	for (size_t i = 0; i < n; i++)
		to[at[from[i] >> shift & DIGIT_MASK]++] = from[i];
	return true;
}

/* Lists of thousands are sorted in every tick while much is dark; most are in order already. */
void
index_sort(uint32_t *v, size_t n)
{
	uint32_t *spare = NULL, *from = v, *to;
	size_t sorted = 1;

	while (sorted < n && v[sorted - 1] <= v[sorted])
		sorted++;
	if (sorted >= n)
		return;
	if (n >= RADIX_MIN)
		spare = malloc(n * sizeof(*spare));
	if (!spare) {
		qsort(v, n, sizeof(*v), compare_index);
		return;
	}
	to = spare;
	for (unsigned shift = 0; shift < 32; shift += DIGIT_BITS)
		if (sort_by_digit(from, to, n, shift)) {
			from = to;
			to = from == v ? spare : v;
		}
	if (from != v)
		memcpy(v, from, n * sizeof(*v));
	free(spare);
}

void
list_sort(struct list *list)
{
	index_sort(list->v, list->n);
}

void
list_drop(struct list *list, size_t at)
{
	memmove(list->v + at, list->v + at + 1, (list->n - at - 1) * sizeof(*list->v));
	list->n--;
}

bool
list_has(const struct list *list, uint32_t value)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->v[i] == value)
			return true;
	return false;
}

int
few_grow(struct diag *d, void *items, unsigned count, unsigned most, size_t size)
{
	unsigned cap = count == 0 ? 2 : 2 * count, had = count < 2 ? 0 : count;
	void **slot = items, *grown;

	/* It is full at each power of two. */
	if (count == 1 || (count & (count - 1)) != 0 || count >= most)
		return 0;
	cap = cap < most ? cap : most;
	grown = realloc(*slot, cap * size);
	if (!grown)
		return ERR_NOMEM;
	*slot = grown;
	d->bytes += (cap - had) * size;
	return 0;
}

/* lgamma() writes the global signgam; the arguments here are positive. */
static double
log_gamma(double x)
{
	int sign;

	return lgamma_r(x, &sign);
}

double
log_choose(double n, double k)
{
	if (k <= 0 || k >= n)
		return 0;
	return log_gamma(n + 1) - log_gamma(k + 1) - log_gamma(n - k + 1);
}

double
logistic(double x)
{
	return 1 / (1 + exp(-x));
}

/* ---- memory until the next tick */

enum { CHUNK_SIZE = 16 * 1024 };

struct chunk {
	struct chunk *next;
	size_t size, used;
	max_align_t data[];
};

/* Chunks are kept in the order of their making; `at` is the one that is being filled. */
struct arena {
	struct chunk *first, *at;
	size_t bytes;
};

struct arena *
arena_new(void)
{
	return calloc(1, sizeof(struct arena));
}

void
arena_free(struct arena *arena)
{
	if (!arena)
		return;
	for (struct chunk *chunk = arena->first, *next; chunk; chunk = next) {
		next = chunk->next;
		free(chunk);
	}
	free(arena);
}

void
arena_reset(struct arena *arena)
{
	struct chunk **link = &arena->first, *chunk;

	/* One is kept for the usual tick; what a storm took is given back. */
	while ((chunk = *link) != NULL) {
		if (chunk->size == CHUNK_SIZE && link == &arena->first) {
			chunk->used = 0;
			link = &chunk->next;
			continue;
		}
		*link = chunk->next;
		arena->bytes -= sizeof(*chunk) + chunk->size;
		free(chunk);
	}
	arena->at = arena->first;
}

void *
arena_take(struct arena *arena, size_t size)
{
	struct chunk **link = arena->at ? &arena->at : &arena->first;
	void *out;

	if (size > SIZE_MAX / 2)
		return NULL;
	size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
	/* What is too large for the rest of a chunk leaves that rest unused until the reset. */
	while (*link && (*link)->size - (*link)->used < size)
		link = &(*link)->next;
	if (!*link) {
		size_t room = size > CHUNK_SIZE ? size : CHUNK_SIZE;

		*link = malloc(sizeof(**link) + room);
		if (!*link)
			return NULL;
		**link = (struct chunk){.size = room};
		arena->bytes += sizeof(**link) + room;
	}
	arena->at = *link;
	out = (char *)(*link)->data + (*link)->used;
	(*link)->used += size;
	return memset(out, 0, size);
}

size_t
arena_bytes(const struct arena *arena)
{
	return sizeof(*arena) + arena->bytes;
}

/* ---- keys to indices */

enum { INDEX_FIRST_SIZE = 64 };

/* Open addressing with linear probing; a free slot has the value NONE. Never more than half full:
 * who is looked at in vain is far away in memory.
 */
struct index_table {
	struct node *const *nodes;
	uint64_t (*key)(const struct node *);
	uint32_t *values;
	size_t size, used; /* size: power of two, or 0 */
};

struct index_table *
index_new(struct node *const *nodes, uint64_t (*key)(const struct node *))
{
	struct index_table *t = calloc(1, sizeof(struct index_table));

	if (t) {
		t->nodes = nodes;
		t->key = key;
	}
	return t;
}

void
index_free(struct index_table *t)
{
	if (!t)
		return;
	free(t->values);
	free(t);
}

static uint64_t
key_at(const struct index_table *t, size_t slot)
{
	return t->key(&(*t->nodes)[t->values[slot]]);
}

/* Fibonacci hashing: the product's high bits depend on all of the key. */
static size_t
home_of(const struct index_table *t, uint64_t key)
{
	uint64_t hash = (key ^ key >> 32) * UINT64_C(0x9E3779B97F4A7C15);

	return (size_t)(hash >> 32) & (t->size - 1);
}

/* The slot of the key, or the free one where it would go. The table has a free slot. */
static size_t
slot_of(const struct index_table *t, uint64_t key)
{
	size_t slot = home_of(t, key);

	while (t->values[slot] != NONE && key_at(t, slot) != key)
		slot = (slot + 1) & (t->size - 1);
	return slot;
}

uint32_t
index_find(const struct index_table *t, uint64_t key)
{
	return t->size == 0 ? NONE : t->values[slot_of(t, key)];
}

static int
index_resize(struct index_table *t, size_t size)
{
	struct index_table bigger = *t;

	bigger.size = size;
	bigger.values = malloc(size * sizeof(*bigger.values));
	if (!bigger.values)
		return ERR_NOMEM;
	for (size_t i = 0; i < size; i++)
		bigger.values[i] = NONE;
	for (size_t i = 0; i < t->size; i++)
		if (t->values[i] != NONE)
			bigger.values[slot_of(&bigger, key_at(t, i))] = t->values[i];
	free(t->values);
	*t = bigger;
	return 0;
}

int
index_put(struct index_table *t, uint64_t key, uint32_t value)
{
	size_t slot;
	int rc;

	if ((t->used + 1) * 2 > t->size) {
		rc = index_resize(t, t->size ? t->size * 2 : INDEX_FIRST_SIZE);
		if (rc < 0)
			return rc;
	}
	slot = slot_of(t, key);
	if (t->values[slot] == NONE)
		t->used++;
	t->values[slot] = value;
	return 0;
}

void
index_remove(struct index_table *t, uint64_t key)
{
	size_t hole, mask = t->size - 1;

	if (t->size == 0)
		return;
	hole = slot_of(t, key);
	if (t->values[hole] == NONE)
		return;
	t->used--;
	/* Whatever follows without a gap and may stand in the hole moves back into it. */
	for (size_t i = (hole + 1) & mask; t->values[i] != NONE; i = (i + 1) & mask) {
		size_t home = home_of(t, key_at(t, i));

		if (((i - home) & mask) < ((i - hole) & mask))
			continue;
		t->values[hole] = t->values[i];
		hole = i;
	}
	t->values[hole] = NONE;
}

size_t
index_bytes(const struct index_table *t)
{
	return sizeof(*t) + t->size * sizeof(*t->values);
}
