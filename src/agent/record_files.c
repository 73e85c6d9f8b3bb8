/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Files evidence-TIME.jsonl of one folder. Names sort as their times do, so the first in the order
 * of names is the oldest; other files in the folder are left alone.
 */
#include "record_files.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { NAME_SIZE = 64, SAME_TIME_MAX = 100 };
#define NAME_HEAD "evidence-"
#define NAME_TAIL ".jsonl"

struct record_files {
	char *dir;
	int dir_fd, fd; /* fd -1: none is written */
	uint64_t keep_bytes, closed_bytes, current;
	char name[NAME_SIZE]; /* of the file that is written */
};

int
record_files_new(struct record_files **out, const char *dir, uint64_t keep_bytes)
{
	struct record_files *files = calloc(1, sizeof(*files));
	int rc = 0;

	if (files == NULL)
		return ERR_NOMEM;
	files->fd = files->dir_fd = -1;
	files->keep_bytes = keep_bytes;
	files->dir = mem_strdup(dir);
	if (files->dir == NULL)
		rc = ERR_NOMEM;
	if (rc == 0) {
		files->dir_fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (files->dir_fd < 0)
			rc = err_from_errno(errno);
	}
	if (rc != 0) {
		record_files_free(files);
		return rc;
	}
	*out = files;
	return 0;
}

void
record_files_free(struct record_files *files)
{
	if (files == NULL)
		return;
	record_files_end(files);
	if (files->dir_fd >= 0)
		close(files->dir_fd);
	free(files->dir);
	free(files);
}

const char *
record_files_dir(const struct record_files *files)
{
	return files->dir;
}

static bool
is_ours(const char *name)
{
	size_t len = strlen(name);

	return len > strlen(NAME_HEAD NAME_TAIL) && len < NAME_SIZE &&
	       strncmp(name, NAME_HEAD, strlen(NAME_HEAD)) == 0 &&
	       strcmp(name + len - strlen(NAME_TAIL), NAME_TAIL) == 0;
}

/* What all our files hold together, and the name of the oldest; "" if there is none. */
static int
look(struct record_files *files, uint64_t *bytes, char oldest[NAME_SIZE])
{
	int fd = openat(files->dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
	const struct dirent *entry;
	struct stat info;

	if (dir == NULL) {
		int rc = err_from_errno(errno);

		if (fd >= 0)
			close(fd);
		return rc;
	}
	*bytes = 0;
	oldest[0] = '\0';
	while ((entry = readdir(dir)) != NULL) {
		if (!is_ours(entry->d_name) ||
		    fstatat(files->dir_fd, entry->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0 ||
		    !S_ISREG(info.st_mode))
			continue;
		*bytes += (uint64_t)info.st_size;
		if (oldest[0] == '\0' || strcmp(entry->d_name, oldest) < 0)
			snprintf(oldest, NAME_SIZE, "%.*s", NAME_SIZE - 1, entry->d_name);
	}
	closedir(dir);
	return 0;
}

static int
delete_oldest(struct record_files *files)
{
	char oldest[NAME_SIZE];
	uint64_t bytes = 0;

	for (;;) {
		int rc = look(files, &bytes, oldest);

		if (rc != 0)
			return rc;
		files->closed_bytes = bytes;
		if (bytes <= files->keep_bytes || oldest[0] == '\0')
			return 0;
		if (unlinkat(files->dir_fd, oldest, 0) != 0 && errno != ENOENT)
			return err_from_errno(errno);
	}
}

int
record_files_begin(struct record_files *files, int64_t now_ms)
{
	time_t now = (time_t)(now_ms / 1000);
	char stamp[32];
	struct tm utc;
	int rc;

	record_files_end(files);
	rc = delete_oldest(files);
	if (rc != 0)
		return rc;
	if (gmtime_r(&now, &utc) == NULL)
		return ERR_RANGE;
	strftime(stamp, sizeof(stamp), "%Y%m%dT%H%M%SZ", &utc);
	/* Several of one second are told apart by a number. */
	for (int i = 0; i < SAME_TIME_MAX && files->fd < 0; i++) {
		snprintf(files->name, sizeof(files->name), NAME_HEAD "%s-%02d" NAME_TAIL, stamp, i);
		files->fd = openat(files->dir_fd, files->name,
				   O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0640);
		if (files->fd < 0 && errno != EEXIST)
			return err_from_errno(errno);
	}
	return files->fd >= 0 ? 0 : ERR_EXISTS;
}

int
record_files_write(struct record_files *files, const char *data, size_t len)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = write(files->fd, data + done, len - done);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			int rc = n < 0 ? err_from_errno(errno) : ERR_IO;

			/* If that fails too, the reader finds a torn last line. */
			if (ftruncate(files->fd, (off_t)files->current) != 0)
				return rc;
			return rc;
		}
		done += (size_t)n;
	}
	files->current += len;
	return 0;
}

void
record_files_end(struct record_files *files)
{
	if (files->fd < 0)
		return;
	close(files->fd);
	files->fd = -1;
	/* On a full disk a file can be made, but nothing put into it. */
	if (files->current == 0)
		(void)unlinkat(files->dir_fd, files->name, 0);
	files->closed_bytes += files->current;
	files->current = 0;
}

uint64_t
record_files_current(const struct record_files *files)
{
	return files->current;
}

uint64_t
record_files_bytes(const struct record_files *files)
{
	return files->closed_bytes + files->current;
}
