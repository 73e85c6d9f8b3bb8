/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * "Did you mean": the nearest of the names that would have been right, or a list of them.
 */
#ifndef CONF_SUGGEST_H
#define CONF_SUGGEST_H

#include <stddef.h>

struct suggest {
	const char *wanted;
	const char *best; /* borrowed from the caller of suggest_offer */
	size_t best_distance;
	size_t offered;
	char list[256];	 /* "a, b, c" */
	size_t list_len; /* sizeof(list) once it did not fit */
	char text[320];
};

void suggest_init(struct suggest *suggest, const char *wanted);
void suggest_offer(struct suggest *suggest, const char *name);
/* "; did you mean 'interval'?", else "; expected one of a, b, c", or "" when there is neither. */
const char *suggest_text(struct suggest *suggest);

#endif
