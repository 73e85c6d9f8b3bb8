/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A line on standard error that says what goes on, for anything over a second; only on a terminal,
 * and gone before anything else is written.
 */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stddef.h>

struct progress;

/* what: "reading /var/lib/...", copied. NULL if it is not wanted or cannot be had; all below accept
 * NULL. */
struct progress *progress_start(const char *what);
/* How many rows are done; shown beside. */
void progress_count(struct progress *progress, size_t rows);
/* Wipes the line; nothing is shown from now on. */
void progress_stop(struct progress *progress);
/* progress_stop and free. */
void progress_free(struct progress *progress);

#endif
