/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Passwords and keys in memory that is locked, left out of core dumps and of forked processes, and
 * wiped when freed.
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

/*
 * A secret that comes in pieces: an empty one on a page of its own; what can be read from a
 * descriptor now, straight into it (*got bytes, 0 at the end; ERR_BUSY if there is nothing yet,
 * ERR_TOOBIG if the page is full); and at the end its first line, which is what stays of it
 * (ERR_INVAL if that is empty or holds a NUL, ERR_TOOBIG).
 */
int secret_begin(struct secret **out);
int secret_read(struct secret *secret, int fd, size_t *got);
int secret_end(struct secret *secret);

/*
 * Memory for many secrets that live and die with a configuration: 16 bytes each more than they
 * have, where one by itself takes a page. To be filled by one thread at a time. The pool goes with
 * the last of its owner and its secrets. NULL: out of memory.
 */
struct secret_pool;
struct secret_pool *secret_pool_new(void);
void secret_pool_free(struct secret_pool *pool); /* NULL is fine */
/* Moves a secret there; what *secret was is freed. ERR_NOMEM, and it stays. */
int secret_pool_take(struct secret_pool *pool, struct secret **secret);
/* secret_read_file, to there. */
int secret_pool_read_file(struct secret_pool *pool, struct secret **out, const char *path);

/* Wipes and frees; NULL is fine. From any thread. */
void secret_free(struct secret *secret);

/* NUL-terminated, borrowed, valid until secret_free. */
const char *secret_text(const struct secret *secret);
size_t secret_len(const struct secret *secret);

/* Constant-time comparison; NULL equals only NULL. */
int secret_equal(const struct secret *a, const struct secret *b);

/*
 * Zeroed memory for what secrets pass through on their way to the wire: left out of core dumps, but
 * not locked. Whole pages, so not for small things. NULL: out of memory.
 */
void *secret_buffer(size_t size);
void secret_buffer_free(void *buffer, size_t size); /* wipes; NULL is fine */
/* As mem_grow, for bytes: *buffer is a secret_buffer of *cap, or NULL and 0. */
int secret_buffer_grow(void *buffer, size_t *cap, size_t need);

/* Overwrites memory in a way the compiler does not remove. */
void secret_wipe(void *data, size_t len);

/* For the start of main: no core dumps, not traceable by the same user (PR_SET_DUMPABLE,
 * RLIMIT_CORE). */
void secret_harden_process(void);

#endif
