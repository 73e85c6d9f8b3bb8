/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The main program of a fuzz target without a fuzzer: feeds the files named, or all files of the
 * folders named, to LLVMFuzzerTestOneInput, each from a buffer of exactly its size so that the
 * sanitizers see a read past its end. One TAP case: it fails if there was nothing to feed.
 */
#include <dirent.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int
feed_file(const char *path, off_t size)
{
	uint8_t *data;
	FILE *file;
	size_t got;

	file = fopen(path, "rb");
	if (file == NULL)
		return -1;
	data = malloc(size > 0 ? (size_t)size : 1);
	got = data != NULL ? fread(data, 1, (size_t)size, file) : 0;
	fclose(file);
	if (data == NULL || got != (size_t)size) {
		free(data);
		return -1;
	}
	LLVMFuzzerTestOneInput(data, got);
	free(data);
	return 1;
}

/* Files fed, or -1. */
static int
feed_path(const char *path)
{
	struct dirent **entries = NULL;
	struct stat st;
	int fed = 0, count;

	if (stat(path, &st) != 0)
		return -1;
	if (!S_ISDIR(st.st_mode))
		return feed_file(path, st.st_size);
	count = scandir(path, &entries, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		char *inner = NULL;
		int one = 0;

		if (entries[i]->d_name[0] != '.' && fed >= 0) {
			if (asprintf(&inner, "%s/%s", path, entries[i]->d_name) < 0)
				inner = NULL;
			one = inner != NULL ? feed_path(inner) : -1;
			fed = one < 0 ? -1 : fed + one;
			if (one < 0)
				printf("# %s: %s\n", inner != NULL ? inner : path, strerror(errno));
		}
		free(inner);
		free(entries[i]);
	}
	free(entries);
	return count < 0 ? -1 : fed;
}

int
main(int argc, char **argv)
{
	int total = 0, failed = 0;

	printf("1..1\n");
	fflush(stdout);
	for (int i = 1; i < argc; i++) {
		int fed = feed_path(argv[i]);

		if (fed < 0) {
			printf("# cannot read %s: %s\n", argv[i], strerror(errno));
			failed = 1;
		} else {
			total += fed;
		}
	}
	if (total == 0)
		failed = 1;
	printf("%sok 1 - %d seeds replayed\n", failed ? "not " : "", total);
	return failed;
}
