/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Allocations of the house's own code that fail when the test says so. build.mk has the linker wrap
 * them, which leaves no other way in than names of its choice; a test includes this once, and
 * defines is_refused.
 */
#ifndef KEEPWATCH_TESTS_REFUSE_ALLOC_H
#define KEEPWATCH_TESTS_REFUSE_ALLOC_H

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>

/* Whether the allocation that is asked for now fails. The test's own. */
static bool is_refused(void);

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__real_reallocarray(void *old, size_t count, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__wrap_reallocarray(void *old, size_t count, size_t size);
char *__wrap_strdup(const char *text);

static bool
alloc_fails(void)
{
	if (!is_refused())
		return false;
	errno = ENOMEM;
	return true;
}

void *
__wrap_malloc(size_t size)
{
	return alloc_fails() ? NULL : __real_malloc(size);
}

void *
__wrap_calloc(size_t count, size_t size)
{
	return alloc_fails() ? NULL : __real_calloc(count, size);
}

void *
__wrap_realloc(void *old, size_t size)
{
	return alloc_fails() ? NULL : __real_realloc(old, size);
}

void *
__wrap_reallocarray(void *old, size_t count, size_t size)
{
	return alloc_fails() ? NULL : __real_reallocarray(old, count, size);
}

char *
__wrap_strdup(const char *text)
{
	return alloc_fails() ? NULL : __real_strdup(text);
}

#endif
