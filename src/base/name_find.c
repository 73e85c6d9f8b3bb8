/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names of a vocabulary, looked up both ways.
 */
#include "keepwatch/name_find.h"

#include "keepwatch/err.h"

#include <strings.h>

const char *
name_of(const char *const *names, size_t count, int value)
{
	return value < 0 || (size_t)value >= count ? "?" : names[value];
}

int
name_find(const char *const *names, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++) {
		if (strcasecmp(names[i], text) == 0)
			return (int)i;
	}
	return ERR_NOTFOUND;
}
