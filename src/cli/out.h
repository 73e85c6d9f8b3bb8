/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where a command writes to: standard output, or a file that appears whole or not at all. Errors
 * are kept until the end, because a full disk shows only then.
 */
#ifndef CLI_OUT_H
#define CLI_OUT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum { OUT_SHA256_SIZE = 65 }; /* hex digits and a NUL */

struct out;

/* Writes to an open stream, which stays the caller's. ERR_NOMEM. */
int out_open_stream(struct out **out, FILE *stream);
/*
 * Writes to a temporary file in path's folder (O_EXCL, O_NOFOLLOW, mode 0640 less the umask), which
 * out_commit renames to path. ERR_EXISTS if path is a symbolic link, ERR_INVAL if it is anything
 * else but a regular file or nothing; ERR_PERM, ERR_NOTFOUND (no such folder), ERR_FULL, ERR_IO,
 * ERR_NOMEM.
 */
int out_open_file(struct out **out, const char *path);
/* The same with mode 0644 whatever the umask, for what the agent is to read under its own user. */
int out_open_public_file(struct out **out, const char *path);

/* Called once before the first byte goes out: to wipe what stands on the terminal. */
void out_before_first(struct out *out, void (*call)(void *arg), void *arg);

void out_put(struct out *out, const void *data, size_t len);
void out_puts(struct out *out, const char *text);
void out_printf(struct out *out, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Notes a failure of whoever made what was to be written; 0 is none. */
void out_fail(struct out *out, int rc);
/* 0, or the first error of writing. */
int out_error(const struct out *out);
/* errno of that error, for the words. */
int out_errno(const struct out *out);

/*
 * Flushes; a file is brought to the disk (fsync), but not yet renamed. Then the digest of all that
 * was written can be asked for.
 */
int out_finish(struct out *out);
/* Bytes written so far. */
uint64_t out_bytes(const struct out *out);
/* SHA-256 of what was written (FIPS 180-4), lower-case hex; after out_finish, of files only. */
const char *out_sha256(const struct out *out);
/* Renames the finished file to its path and brings the folder to the disk. */
int out_commit(struct out *out);
/* Frees; a file that was not committed leaves nothing behind. */
void out_close(struct out *out);

#endif
