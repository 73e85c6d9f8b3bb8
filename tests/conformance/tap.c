/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TAP lines and whole files, for the conformance programs.
 */
#include "tap.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void
tap_result(struct tap *tap, bool is_ok, const char *fmt, ...)
{
	va_list ap;

	tap->count++;
	tap->failed += !is_ok;
	printf("%sok %d - ", is_ok ? "" : "not ", tap->count);
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

void
tap_note(const char *fmt, ...)
{
	va_list ap;

	printf("# ");
	va_start(ap, fmt);
	vprintf(fmt, ap);
	va_end(ap);
	printf("\n");
}

char *
read_whole(const char *path, size_t *len)
{
	FILE *file = fopen(path, "rb");
	char *data = NULL, *grown;
	size_t cap = 1 << 16, used = 0, n;

	if (file == NULL)
		return NULL;
	data = malloc(cap + 1);
	while (data != NULL && (n = fread(data + used, 1, cap - used, file)) > 0) {
		used += n;
		if (used == cap) {
			cap *= 2;
			grown = realloc(data, cap + 1);
			if (grown == NULL)
				free(data);
			data = grown;
		}
	}
	fclose(file);
	if (data != NULL) {
		data[used] = '\0';
		*len = used;
	}
	return data;
}
