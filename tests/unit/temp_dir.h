/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A folder that a test has to itself: made, filled with files, removed with all that is in it.
 */
#ifndef KEEPWATCH_TESTS_TEMP_DIR_H
#define KEEPWATCH_TESTS_TEMP_DIR_H

#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

enum { TEMP_DIR_SIZE = 64 };

/* -1 if it cannot be made. No systemd credentials are there either. */
static inline int
temp_dir_make(char dir[TEMP_DIR_SIZE], const char *name)
{
	snprintf(dir, TEMP_DIR_SIZE, "/tmp/keepwatch-%s.XXXXXX", name);
	unsetenv("CREDENTIALS_DIRECTORY");
	return mkdtemp(dir) == NULL ? -1 : 0;
}

static inline int
temp_dir_remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

static inline void
temp_dir_remove(const char *dir)
{
	nftw(dir, temp_dir_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* The whole file; its mode whatever the umask is. */
static inline void
temp_file_put(const char *path, const void *bytes, size_t len, mode_t mode)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, len), len);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

#endif
