/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * "Did you mean": the candidate nearest to what was typed, by edit distance with swapped neighbours
 * (optimal string alignment), ignoring case.
 */
#ifndef KEEPWATCH_NEAR_H
#define KEEPWATCH_NEAR_H

#include <stddef.h>

enum { NEAR_NAME_MAX = 128 };

struct near_best {
	const char *wanted;
	const char *name; /* borrowed from the candidates; NULL while none is near enough */
	size_t distance;
};

/* Edit distance; longer names than NEAR_NAME_MAX are as far as can be (SIZE_MAX). */
size_t near_distance(const char *a, const char *b);

/* wanted is borrowed. */
void near_init(struct near_best *best, const char *wanted);
/* At most a third of the letters may be wrong; a candidate that begins with `wanted` is near too.
 */
void near_try(struct near_best *best, const char *candidate);

#endif
