/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The files around a database: folder, permissions, group, and the lock that makes an agent the
 * only one. No SQL here.
 */
#ifndef KEEPWATCH_STORE_FILES_H
#define KEEPWATCH_STORE_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { FILES_GROUP_NONE = -1 };

/* The id of a group by name or number; FILES_GROUP_NONE for NULL. ERR_NOTFOUND. */
int files_group(const char *name, gid_t *out);
/* Makes the folder of path (0750, one level) if it is not there. errno text in message on failure.
 */
int files_make_folder(const char *path, gid_t group, char *message, size_t size);
/*
 * Makes an empty database file (0640) if there is none. *is_new says whether the file is empty. Its
 * first bytes are looked at: ERR_UNSUPPORTED if it is not a database of ours, ERR_NOTFOUND without
 * create.
 */
int files_prepare(const char *path, bool create, bool *is_new, char *message, size_t size);
/* Gives path and those of -wal and -shm that exist to the group, mode 0640. */
int files_share(const char *path, gid_t group, char *message, size_t size);

/*
 * Takes PATH.lock for as long as *fd is open. ERR_BUSY names the holder in message. The lock is an
 * open-file-description lock (fcntl_locking(2)): the kernel drops it with the process, however
 * that ends.
 */
int files_lock(const char *path, int64_t now_ms, int *fd, char *message, size_t size);

#endif
