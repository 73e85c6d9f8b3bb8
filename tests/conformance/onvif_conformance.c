/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * onvif_conformance CAPTURES EDGES: reads every captured ONVIF reply and every edge file, and says
 * in TAP what was decoded, refused, and where that is not what it should be.
 */
#include "onvif_conformance.h"

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

int
main(int argc, char **argv)
{
	struct tap tap = {0};

	if (argc != 3) {
		fprintf(stderr, "usage: %s CAPTURES EDGES\n", argv[0]);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	check_captures(&tap, argv[1]);
	check_edges(&tap, argv[2]);
	printf("1..%d\n", tap.count);
	return tap.failed == 0 ? 0 : 1;
}
