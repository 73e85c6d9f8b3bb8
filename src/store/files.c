/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Folder, permissions, group and lock of a database.
 */
#include "files.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "sql.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	FILE_MODE = 0640,
	LOCK_MODE = 0600, /* a reader with a read lock on it could keep the agent from starting */
	FOLDER_MODE = 0750,
	/* sqlite.org/fileformat2.html, 1.3 and 1.6 */
	HEADER_SIZE = 108,	    /* header of the file, and of the page that holds the schema */
	HEADER_APPLICATION_ID = 68, /* where PRAGMA application_id is, big-endian */
	HEADER_TYPE = 100,	    /* 13: a leaf, no larger schema */
	HEADER_CELLS = 103,	    /* number of tables and indexes, big-endian */
};

static int
complain(char *message, size_t size, const char *path, const char *what)
{
	int errnum = errno;

	snprintf(message, size, "%s: %s: %s", path, what, strerror(errnum));
	return err_from_errno(errnum);
}

int
files_group(const char *name, gid_t *out)
{
	struct group group, *found = NULL;
	char buffer[16384];

	if (name == NULL) {
		*out = (gid_t)FILES_GROUP_NONE;
		return 0;
	}
	if (getgrnam_r(name, &group, buffer, sizeof(buffer), &found) != 0 || found == NULL)
		return ERR_NOTFOUND;
	*out = found->gr_gid;
	return 0;
}

int
files_make_folder(const char *path, gid_t group, char *message, size_t size)
{
	char copy[PATH_MAX];
	const char *folder;
	struct stat st;

	if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy)) {
		errno = ENAMETOOLONG;
		return complain(message, size, path, "cannot be used");
	}
	folder = dirname(copy);
	if (stat(folder, &st) == 0)
		return 0;
	if (mkdir(folder, FOLDER_MODE) != 0)
		return complain(message, size, folder, "cannot make this folder");
	/* not subject to the umask: the group must get through */
	if (chmod(folder, FOLDER_MODE) != 0 || chown(folder, (uid_t)-1, group) != 0)
		return complain(message, size, folder, "cannot give this folder to the group");
	return 0;
}

static uint32_t
application_id(const unsigned char *header)
{
	const unsigned char *id = header + HEADER_APPLICATION_ID;

	return (uint32_t)id[0] << 24 | (uint32_t)id[1] << 16 | (uint32_t)id[2] << 8 | id[3];
}

/* A database without a table: what is left when the disk was full while it was made. */
static bool
is_blank(const unsigned char *header)
{
	return application_id(header) == 0 && header[HEADER_TYPE] == 13 &&
	       header[HEADER_CELLS] == 0 && header[HEADER_CELLS + 1] == 0;
}

/* Our mark in the header of a file that is not empty. */
static int
check_header(int fd, const char *path, bool *is_new, char *message, size_t size)
{
	unsigned char header[HEADER_SIZE];
	ssize_t got;
	struct stat st;

	if (fstat(fd, &st) != 0)
		return complain(message, size, path, "cannot be read");
	if (!S_ISREG(st.st_mode)) {
		snprintf(message, size, "%s: is not a regular file", path);
		return ERR_UNSUPPORTED;
	}
	got = pread(fd, header, sizeof(header), 0);
	if (got < 0)
		return complain(message, size, path, "cannot be read");
	*is_new = got == 0;
	if (got == 0)
		return 0;
	if (got == HEADER_SIZE && memcmp(header, "SQLite format 3", 16) == 0) {
		*is_new = is_blank(header);
		if (*is_new || application_id(header) == SQL_APPLICATION_ID)
			return 0;
	}
	snprintf(message, size,
		 "%s: is not a keepwatch database; it was left alone: check `database:`, or move "
		 "the file away",
		 path);
	return ERR_UNSUPPORTED;
}

int
files_prepare(const char *path, bool create, bool *is_new, char *message, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int rc;

	if (fd < 0 && errno == ENOENT && create) {
		fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
		if (fd >= 0 && fchmod(fd, FILE_MODE) != 0) {
			rc = complain(message, size, path, "cannot set its permissions");
			close(fd);
			return rc;
		}
	}
	if (fd < 0)
		return complain(message, size, path,
				create ? "cannot be made or opened" : "cannot be opened");
	rc = check_header(fd, path, is_new, message, size);
	close(fd);
	return rc;
}

int
files_share(const char *path, gid_t group, char *message, size_t size)
{
	static const char *const suffixes[] = {"", "-wal", "-shm"};
	char name[PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		if (snprintf(name, sizeof(name), "%s%s", path, suffixes[i]) >= (int)sizeof(name) ||
		    stat(name, &st) != 0)
			continue;
		if (group != (gid_t)FILES_GROUP_NONE && st.st_gid != group &&
		    chown(name, (uid_t)-1, group) != 0)
			return complain(message, size, name, "cannot be given to the group");
		if ((st.st_mode & 07777) != FILE_MODE && chmod(name, FILE_MODE) != 0)
			return complain(message, size, name, "cannot set its permissions");
	}
	return 0;
}

/* Who holds the lock, in words from the lock file, cleaned. */
static void
describe_holder(int fd, const char *path, char *message, size_t size)
{
	char text[256];
	ssize_t got = pread(fd, text, sizeof(text) - 1, 0);

	text[got < 0 ? 0 : got] = '\0';
	for (char *p = text; *p != '\0'; p++) {
		if ((unsigned char)*p < ' ' || (unsigned char)*p > '~') {
			*p = '\0';
			break;
		}
	}
	snprintf(message, size,
		 "%s: in use by another agent: %s; one agent writes a database, end that one first",
		 path, text[0] == '\0' ? "it has not said who it is" : text);
}

int
files_lock(const char *path, int64_t now_ms, int *out, char *message, size_t size)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char name[PATH_MAX], host[HOST_NAME_MAX + 1] = "?", text[512], since[CLOCK_ISO_SIZE];
	int fd, len, rc;

	if (snprintf(name, sizeof(name), "%s.lock", path) >= (int)sizeof(name)) {
		errno = ENAMETOOLONG;
		return complain(message, size, path, "cannot be locked");
	}
	fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, LOCK_MODE);
	if (fd < 0)
		return complain(message, size, name, "cannot be opened");
	if (fcntl(fd, F_OFD_SETLK, &lock) != 0) {
		if (errno == EAGAIN || errno == EACCES) {
			describe_holder(fd, path, message, size);
			rc = ERR_BUSY;
		} else {
			rc = complain(message, size, name, "cannot be locked");
		}
		close(fd);
		return rc;
	}
	/* Words for the next one who asks. On a full disk they are missing, which hurts nobody. */
	gethostname(host, sizeof(host) - 1);
	clock_format_iso(now_ms, since, sizeof(since));
	len = snprintf(text, sizeof(text), "pid %ld on %s since %s\n", (long)getpid(), host, since);
	if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)len, 0) < 0)
		errno = 0;
	*out = fd;
	return 0;
}
