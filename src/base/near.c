/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Near names.
 */
#include "keepwatch/near.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

static size_t
min_of(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t
near_distance(const char *a, const char *b)
{
	size_t rows[3][NEAR_NAME_MAX + 1];
	size_t *above2 = rows[0], *above = rows[1], *now = rows[2];
	size_t a_len = strlen(a), b_len = strlen(b);

	if (a_len > NEAR_NAME_MAX || b_len > NEAR_NAME_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= b_len; j++)
		above[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t *free_row = above2;
		int ca = tolower((unsigned char)a[i - 1]);

		now[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			int cb = tolower((unsigned char)b[j - 1]);

			now[j] =
				min_of(min_of(above[j], now[j - 1]) + 1, above[j - 1] + (ca != cb));
			if (i > 1 && j > 1 && ca == tolower((unsigned char)b[j - 2]) &&
			    cb == tolower((unsigned char)a[i - 2]))
				now[j] = min_of(now[j], above2[j - 2] + 1);
		}
		above2 = above;
		above = now;
		now = free_row;
	}
	return above[b_len];
}

void
near_init(struct near_best *best, const char *wanted)
{
	*best = (struct near_best){.wanted = wanted, .distance = SIZE_MAX};
}

void
near_try(struct near_best *best, const char *candidate)
{
	size_t wanted_len = strlen(best->wanted), len = strlen(candidate);
	size_t longest = wanted_len > len ? wanted_len : len;
	size_t gap = longest - (wanted_len < len ? wanted_len : len);
	size_t limit = longest < 6 ? 1 : longest / 3;
	bool begins = wanted_len >= 3 && strncasecmp(candidate, best->wanted, wanted_len) == 0;
	size_t distance;

	if (gap > limit && !begins)
		return;
	distance = begins ? 1 : near_distance(best->wanted, candidate);
	if (distance <= limit && distance < best->distance) {
		best->distance = distance;
		best->name = candidate;
	}
}
