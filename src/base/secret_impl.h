/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a secret looks like in memory: for secret.c and secret_read.c only.
 */
#ifndef BASE_SECRET_IMPL_H
#define BASE_SECRET_IMPL_H

#include "keepwatch/secret.h"

enum { SECRET_PAGE = 4096 };

struct secret {
	struct secret_pool *pool; /* NULL: a page of its own */
	size_t len;
	char text[]; /* len bytes and a NUL */
};

/* secret_begin, on the page that the last one left to the pool; pool may be NULL. */
int secret_pool_begin(struct secret_pool *pool, struct secret **out);

#endif
