/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Passwords and keys in memory: pages that are locked, left out of core dumps and wiped when freed.
 * A secret is never logged, stored or put on a command line; only its presence may be said.
 */
#ifndef KEEPWATCH_SECRET_H
#define KEEPWATCH_SECRET_H

#include <stddef.h>

struct secret; /* opaque; created by secret_new or secret_read_file, freed by secret_free */

enum { SECRET_MAX = 1024 }; /* bytes a secret may have */

/* Copies len bytes. ERR_NOMEM, ERR_TOOBIG; ERR_INVAL if they hold a NUL. */
int secret_new(struct secret **out, const char *bytes, size_t len);

/*
 * Reads a secret from the first line of a file (the line end is not part of it). ERR_PERM if anyone
 * but owner and group may read or write the file, or if the process may not; ERR_NOTFOUND;
 * ERR_INVAL if empty; ERR_TOOBIG. A symbolic link is followed (systemd's credential directory uses
 * them); what it points to must be a regular file.
 */
int secret_read_file(struct secret **out, const char *path);

/* As secret_new for bytes that are no text: a key. */
int secret_new_bytes(struct secret **out, const void *bytes, size_t len);
/* secret_len bytes, borrowed, valid until secret_free. */
const void *secret_bytes(const struct secret *secret);

/* Wipes and frees; NULL is fine. From any thread. */
void secret_free(struct secret *secret);

/* NUL-terminated, borrowed, valid until secret_free. */
const char *secret_text(const struct secret *secret);
size_t secret_len(const struct secret *secret);

/* Constant-time comparison; NULL equals only NULL. */
int secret_equal(const struct secret *a, const struct secret *b);

/* Overwrites memory in a way the compiler does not remove. */
void secret_wipe(void *data, size_t len);

/* For the start of main: no core dumps, not traceable by the same user (PR_SET_DUMPABLE,
 * RLIMIT_CORE). */
void secret_harden_process(void);

#endif
