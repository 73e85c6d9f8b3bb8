/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading the folder of imported advisories.
 */
#include "keepwatch/advisory_files.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_MAX_SIZE = 16 << 20 };

static const char *const names[] = {
#define X(name, text) text ".jsonl",
	ADVISORY_SOURCES(X)
#undef X
};

const char *
advisory_files_name(enum advisory_source source)
{
	return names[source];
}

static int
read_lines(FILE *file, int (*line)(void *arg, const char *line, size_t len), void *arg)
{
	char *text = NULL;
	size_t size = 0;
	ssize_t len;
	int rc = 0;

	while (rc == 0 && (len = getline(&text, &size, file)) >= 0) {
		if (len > 0 && text[len - 1] == '\n')
			len--;
		if (len > LINE_MAX_SIZE)
			rc = ERR_TOOBIG;
		else if (len > 0)
			rc = line(arg, text, (size_t)len);
	}
	if (rc == 0 && ferror(file))
		rc = err_from_errno(errno);
	free(text);
	return rc;
}

int
advisory_files_read(const char *folder, int (*line)(void *arg, const char *line, size_t len),
		    void *arg, char *problem, size_t problem_size)
{
	char path[4096];
	int rc = 0;

	for (size_t i = 0; i < MEM_COUNT(names) && rc == 0; i++) {
		FILE *file;

		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		file = fopen(path, "re");
		if (file == NULL && (errno == ENOENT || errno == ENOTDIR))
			continue;
		if (file == NULL) {
			rc = err_from_errno(errno);
		} else {
			rc = read_lines(file, line, arg);
			(void)fclose(file);
		}
		if (rc != 0)
			snprintf(problem, problem_size, "%s: %s", path, err_text(rc));
	}
	return rc;
}
