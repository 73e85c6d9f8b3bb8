/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Nearest names by edit distance (optimal string alignment: a swap of neighbours counts one).
 */
#include "suggest.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { SUGGEST_NAME_MAX = 64, SUGGEST_FAR = SUGGEST_NAME_MAX };

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* Edits from a to b, ignoring case; SUGGEST_FAR if either is too long to bother. */
static size_t
edit_distance(const char *a, const char *b)
{
	size_t rows[3][SUGGEST_NAME_MAX + 1];
	size_t *before = rows[0], *last = rows[1], *row = rows[2], *spare;
	size_t la = strnlen(a, SUGGEST_NAME_MAX + 1), lb = strnlen(b, SUGGEST_NAME_MAX + 1);

	if (la > SUGGEST_NAME_MAX || lb > SUGGEST_NAME_MAX)
		return SUGGEST_FAR;
	for (size_t j = 0; j <= lb; j++) {
		before[j] = SUGGEST_FAR;
		last[j] = j;
	}
	for (size_t i = 1; i <= la; i++) {
		row[0] = i;
		for (size_t j = 1; j <= lb; j++) {
			int ca = tolower((unsigned char)a[i - 1]);
			int cb = tolower((unsigned char)b[j - 1]);

			row[j] = least(least(last[j], row[j - 1]) + 1, last[j - 1] + (ca != cb));
			if (i > 1 && j > 1 && ca == tolower((unsigned char)b[j - 2]) &&
			    cb == tolower((unsigned char)a[i - 2]))
				row[j] = least(row[j], before[j - 2] + 1);
		}
		spare = before;
		before = last;
		last = row;
		row = spare;
	}
	return last[lb];
}

/* The longer the name, the more typing errors. */
static size_t
near_enough(const struct suggest *suggest)
{
	size_t len = strnlen(suggest->wanted, SUGGEST_NAME_MAX);

	return len < 4 ? 1 : 1 + len / 4;
}

void
suggest_init(struct suggest *suggest, const char *wanted)
{
	*suggest = (struct suggest){.wanted = wanted, .best_distance = SUGGEST_FAR};
}

void
suggest_offer(struct suggest *suggest, const char *name)
{
	size_t lw = strlen(suggest->wanted), ln = strlen(name);
	size_t apart = lw > ln ? lw - ln : ln - lw;
	size_t distance =
		apart > near_enough(suggest) ? SUGGEST_FAR : edit_distance(suggest->wanted, name);

	if (*name == '\0')
		return;
	suggest->offered++;
	if (distance < suggest->best_distance) {
		suggest->best_distance = distance;
		suggest->best = name;
	}
	if (suggest->list_len < sizeof(suggest->list)) {
		int n = snprintf(suggest->list + suggest->list_len,
				 sizeof(suggest->list) - suggest->list_len, "%s%s",
				 suggest->list_len == 0 ? "" : ", ", name);
		suggest->list_len =
			least(suggest->list_len + (size_t)(n < 0 ? 0 : n), sizeof(suggest->list));
	}
}

const char *
suggest_text(struct suggest *suggest)
{
	if (suggest->best != NULL && suggest->best_distance <= near_enough(suggest))
		snprintf(suggest->text, sizeof(suggest->text), "; did you mean '%s'?",
			 suggest->best);
	else if (suggest->offered > 0 && suggest->list_len < sizeof(suggest->list))
		snprintf(suggest->text, sizeof(suggest->text), "; expected %s%s",
			 suggest->offered == 1 ? "" : "one of ", suggest->list);
	return suggest->text;
}
