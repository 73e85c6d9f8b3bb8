/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Memory for secrets: mlock, MADV_DONTDUMP, wiped before it is given back. A secret is made on a
 * page of its own; one that stays is moved to a pool, where thousands share a few pages.
 */
#include "secret_impl.h"

#include "keepwatch/err.h"

#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>

enum { SLAB_SIZE = 16 * SECRET_PAGE, SLAB_ALIGN = 16 };

/* At the start of its own memory; what is handed out follows. */
struct slab {
	struct slab *next;
	size_t used;
};

/* Slots are handed out in a row and never again: a pool lives as long as one configuration. */
struct secret_pool {
	struct slab *slabs;   /* the one with room first */
	struct secret *spare; /* a page for the next secret to begin on; wiped */
	atomic_size_t users;  /* its owner, and its secrets */
};

_Static_assert(sizeof(struct secret) + SECRET_MAX < SECRET_PAGE, "a secret fits its page");

void *
secret_buffer(size_t size)
{
	void *data = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (data == MAP_FAILED)
		return NULL;
	(void)madvise(data, size, MADV_DONTDUMP);
	return data;
}

void
secret_buffer_free(void *buffer, size_t size)
{
	if (buffer == NULL)
		return;
	secret_wipe(buffer, size);
	munmap(buffer, size);
}

int
secret_buffer_grow(void *buffer, size_t *cap, size_t need)
{
	void **slot = buffer, *grown;
	size_t want = *cap < SECRET_PAGE ? SECRET_PAGE : *cap;

	if (need <= *cap)
		return 0;
	while (want < need) {
		if (want > SIZE_MAX / 2)
			return ERR_NOMEM;
		want *= 2;
	}
	grown = secret_buffer(want);
	if (grown == NULL)
		return ERR_NOMEM;
	if (*cap > 0)
		memcpy(grown, *slot, *cap);
	secret_buffer_free(*slot, *cap);
	*slot = grown;
	*cap = want;
	return 0;
}

/* Zeroed; NULL: out of memory. */
static void *
guarded_map(size_t size)
{
	void *data = secret_buffer(size);

	if (data == NULL)
		return NULL;
	/* Without the right to lock (RLIMIT_MEMLOCK) the other two protections remain. */
	(void)mlock(data, size);
	(void)madvise(data, size, MADV_WIPEONFORK);
	return data;
}

int
secret_begin(struct secret **out)
{
	struct secret *secret = guarded_map(SECRET_PAGE);

	if (secret == NULL)
		return ERR_NOMEM;
	*out = secret;
	return 0;
}

int
secret_pool_begin(struct secret_pool *pool, struct secret **out)
{
	if (pool == NULL || pool->spare == NULL)
		return secret_begin(out);
	*out = pool->spare;
	pool->spare = NULL;
	return 0;
}

int
secret_new(struct secret **out, const char *bytes, size_t len)
{
	if (len <= SECRET_MAX && memchr(bytes, '\0', len) != NULL)
		return ERR_INVAL;
	return secret_new_bytes(out, bytes, len);
}

int
secret_new_bytes(struct secret **out, const void *bytes, size_t len)
{
	struct secret *secret;

	if (len > SECRET_MAX)
		return ERR_TOOBIG;
	if (secret_begin(&secret) != 0)
		return ERR_NOMEM;
	memcpy(secret->text, bytes, len);
	secret->len = len;
	*out = secret;
	return 0;
}

struct secret_pool *
secret_pool_new(void)
{
	struct secret_pool *pool = calloc(1, sizeof(*pool));

	if (pool != NULL)
		atomic_init(&pool->users, 1);
	return pool;
}

static void
pool_release(struct secret_pool *pool)
{
	struct slab *next;

	if (atomic_fetch_sub(&pool->users, 1) > 1)
		return;
	for (struct slab *slab = pool->slabs; slab != NULL; slab = next) {
		next = slab->next;
		secret_buffer_free(slab, SLAB_SIZE);
	}
	secret_free(pool->spare);
	free(pool);
}

void
secret_pool_free(struct secret_pool *pool)
{
	if (pool != NULL)
		pool_release(pool);
}

int
secret_pool_take(struct secret_pool *pool, struct secret **secret)
{
	struct secret *from = *secret, *to;
	struct slab *slab = pool->slabs;
	size_t size = (sizeof(*to) + from->len + SLAB_ALIGN) / SLAB_ALIGN * SLAB_ALIGN;

	if (from->pool == pool)
		return 0;
	if (slab == NULL || SLAB_SIZE - slab->used < size) {
		slab = guarded_map(SLAB_SIZE);
		if (slab == NULL)
			return ERR_NOMEM;
		slab->used = sizeof(*slab);
		slab->next = pool->slabs;
		pool->slabs = slab;
	}
	to = (struct secret *)(void *)((char *)slab + slab->used);
	slab->used += size;
	to->pool = pool;
	to->len = from->len;
	memcpy(to->text, from->text, from->len);
	atomic_fetch_add(&pool->users, 1);
	if (pool->spare == NULL && from->pool == NULL) {
		secret_wipe(from, SECRET_PAGE);
		pool->spare = from;
	} else {
		secret_free(from);
	}
	*secret = to;
	return 0;
}

void
secret_free(struct secret *secret)
{
	struct secret_pool *pool;

	if (secret == NULL)
		return;
	pool = secret->pool;
	if (pool == NULL) {
		secret_buffer_free(secret, SECRET_PAGE);
		return;
	}
	secret_wipe(secret->text, secret->len);
	pool_release(pool);
}

const char *
secret_text(const struct secret *secret)
{
	return secret->text;
}

const void *
secret_bytes(const struct secret *secret)
{
	return secret->text;
}

size_t
secret_len(const struct secret *secret)
{
	return secret->len;
}

int
secret_equal(const struct secret *a, const struct secret *b)
{
	unsigned char differ = 0;

	if (a == NULL || b == NULL)
		return a == b;
	if (a->len != b->len)
		return 0;
	for (size_t i = 0; i < a->len; i++)
		differ |= (unsigned char)(a->text[i] ^ b->text[i]);
	return differ == 0;
}

void
secret_wipe(void *data, size_t len)
{
	explicit_bzero(data, len);
}

void
secret_harden_process(void)
{
	struct rlimit none = {0, 0};

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
