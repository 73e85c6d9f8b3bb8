/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The folder of imported advisories: one file a source (kev.jsonl, nvd.jsonl, csaf.jsonl), one
 * advisory a line as advisory_format writes it. What stands in a line is the caller's business.
 */
#ifndef KEEPWATCH_ADVISORY_FILES_H
#define KEEPWATCH_ADVISORY_FILES_H

#include "keepwatch/advisory_value.h"

#include <stddef.h>

/* Name of the file of a source: "kev.jsonl". Static storage. */
const char *advisory_files_name(enum advisory_source source);

/*
 * Calls `line` for each line of all files there, without line feed; a return that is not 0 ends it
 * and is returned. No folder, or none of the files, is no mistake. ERR_PERM, ERR_IO, ERR_NOMEM,
 * ERR_TOOBIG (a line past 16 MiB); problem then names the file.
 */
int advisory_files_read(const char *folder, int (*line)(void *arg, const char *line, size_t len),
			void *arg, char *problem, size_t problem_size);

#endif
