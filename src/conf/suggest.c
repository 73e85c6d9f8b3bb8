/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The nearest of the names offered, or all of them while they are few.
 */
#include "suggest.h"

#include "keepwatch/near.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum { SUGGEST_NAME_MAX = 64 };

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
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
	*suggest = (struct suggest){.wanted = wanted, .best_distance = SIZE_MAX};
}

void
suggest_offer(struct suggest *suggest, const char *name)
{
	size_t lw = strlen(suggest->wanted), ln = strlen(name);
	size_t apart = lw > ln ? lw - ln : ln - lw;
	bool is_far = apart > near_enough(suggest) || lw > SUGGEST_NAME_MAX;
	size_t distance = is_far ? SIZE_MAX : near_distance(suggest->wanted, name);

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
