/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of default passwords, schemas/default-passwords.tsv, which is in the program.
 */
#include "keepwatch/rotate_defaults.h"

#include <string.h>
#include <strings.h>

static const char table[] = {
#include "default-passwords.inc"
};

static const char no_password[] = "<none>";

/* The next row's three cells; false at the end. */
static bool
next_row(const char **at, const char *cells[3], size_t lengths[3])
{
	while (**at != '\0') {
		const char *line = *at, *end = strchrnul(line, '\n');

		*at = *end == '\n' ? end + 1 : end;
		if (*line == '#' || line == end)
			continue;
		for (int i = 0; i < 3; i++) {
			size_t rest = (size_t)(end - line), len;
			const char *tab = i < 2 ? memchr(line, '\t', rest) : NULL;

			if (i < 2 && tab == NULL)
				return false;
			len = tab != NULL ? (size_t)(tab - line) : rest;
			cells[i] = line;
			lengths[i] = len;
			line += len + (tab != NULL);
		}
		return true;
	}
	return false;
}

bool
defaults_row_of(const char *vendor, size_t i, struct defaults_row *out)
{
	const char *at = table, *cells[3];
	size_t lengths[3], len = strlen(vendor);

	while (next_row(&at, cells, lengths)) {
		if (lengths[0] != len || strncasecmp(cells[0], vendor, len) != 0 || i-- > 0)
			continue;
		*out = (struct defaults_row){cells[1], cells[2], lengths[1], lengths[2]};
		if (lengths[2] == sizeof(no_password) - 1 &&
		    memcmp(cells[2], no_password, lengths[2]) == 0)
			out->password_len = 0;
		return true;
	}
	return false;
}
