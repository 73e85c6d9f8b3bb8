/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Secrets and journals on disk. Every file is written beside its name, synced and renamed, and then
 * the folder is synced: after a power cut there is the old content or the new one. Nothing follows
 * a symbolic link.
 */
#include "folder.h"

#include "keepwatch/buf.h"
#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define WORK	 ".rotate"
#define NEW	 ".new"
#define OLD	 ".old"
#define JOURNAL	 ".journal"
#define LOCKFILE ".lock"

enum { NAME_SIZE = CREDENTIAL_FILE_SIZE + 16 };

static int
sync_fd(int fd)
{
	return fsync(fd) == 0 ? 0 : err_from_errno(errno);
}

static int
name_of(char out[NAME_SIZE], const char *file, const char *suffix)
{
	int n = snprintf(out, NAME_SIZE, "%s%s", file, suffix);

	return n < 0 || n > 255 ? ERR_TOOBIG : 0;
}

/* ---- folders */

static int
open_folder(int at, const char *path, int *out)
{
	int fd = openat(at, path,
			O_RDONLY | O_DIRECTORY | O_CLOEXEC | (at == AT_FDCWD ? 0 : O_NOFOLLOW));
	struct stat st;

	if (fd < 0)
		return err_from_errno(errno);
	if (fstat(fd, &st) != 0 || (st.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
		close(fd);
		return ERR_PERM;
	}
	*out = fd;
	return 0;
}

int
rotate_folder_look(struct rotate_folder *folder, const char *path)
{
	int rc;

	*folder = (struct rotate_folder){.dir = -1, .work = -1, .lock = -1};
	folder->path = mem_strdup(path);
	if (folder->path == NULL)
		return ERR_NOMEM;
	rc = open_folder(AT_FDCWD, path, &folder->dir);
	if (rc == 0) {
		rc = open_folder(folder->dir, WORK, &folder->work);
		if (rc == ERR_NOTFOUND)
			rc = 0;
	}
	if (rc != 0)
		rotate_folder_close(folder);
	return rc;
}

int
rotate_folder_open(struct rotate_folder *folder, const char *path)
{
	int rc = rotate_folder_look(folder, path);

	if (rc != 0)
		return rc;
	if (folder->work < 0) {
		if (mkdirat(folder->dir, WORK, 0700) != 0 && errno != EEXIST)
			rc = err_from_errno(errno);
		if (rc == 0)
			rc = open_folder(folder->dir, WORK, &folder->work);
		if (rc == 0)
			rc = sync_fd(folder->dir);
	}
	if (rc == 0) {
		folder->lock = openat(folder->work, LOCKFILE,
				      O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (folder->lock < 0)
			rc = err_from_errno(errno);
		else if (flock(folder->lock, LOCK_EX | LOCK_NB) != 0)
			rc = errno == EWOULDBLOCK ? ERR_BUSY : err_from_errno(errno);
	}
	if (rc != 0)
		rotate_folder_close(folder);
	return rc;
}

void
rotate_folder_close(struct rotate_folder *folder)
{
	if (folder->lock >= 0)
		close(folder->lock);
	if (folder->work >= 0)
		close(folder->work);
	if (folder->dir >= 0)
		close(folder->dir);
	free(folder->path);
	*folder = (struct rotate_folder){.dir = -1, .work = -1, .lock = -1};
}

/* ---- files */

static int
write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return err_from_errno(errno);
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* Overwrites what was written, then removes it. No error if it is not there. */
static int
wipe(const struct rotate_folder *folder, const char *name)
{
	static const char zeros[SECRET_MAX + 1];
	int fd = openat(folder->work, name, O_WRONLY | O_CLOEXEC | O_NOFOLLOW), rc = 0;
	struct stat st;

	if (fd < 0)
		return errno == ENOENT ? 0 : err_from_errno(errno);
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size > 0 &&
	    (size_t)st.st_size <= sizeof(zeros))
		rc = write_all(fd, zeros, (size_t)st.st_size);
	if (rc == 0)
		rc = sync_fd(fd);
	close(fd);
	if (rc == 0 && unlinkat(folder->work, name, 0) != 0)
		rc = err_from_errno(errno);
	return rc;
}

/* On disk when it returns 0, under its name or not at all. */
static int
put_file(const struct rotate_folder *folder, const char *file, const char *suffix, const char *data,
	 size_t len)
{
	char name[NAME_SIZE], temporary[NAME_SIZE];
	int rc = name_of(name, file, suffix), fd;

	if (rc == 0)
		rc = name_of(temporary, file, ".tmp");
	if (rc == 0)
		rc = wipe(folder, temporary);
	if (rc != 0)
		return rc;
	fd = openat(folder->work, temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
		    0600);
	if (fd < 0)
		return err_from_errno(errno);
	rc = write_all(fd, data, len);
	if (rc == 0)
		rc = sync_fd(fd);
	close(fd);
	if (rc == 0 && renameat(folder->work, temporary, folder->work, name) != 0)
		rc = err_from_errno(errno);
	if (rc == 0)
		rc = sync_fd(folder->work);
	return rc;
}

static int
put_secret(const struct rotate_folder *folder, const char *file, const char *suffix,
	   const struct secret *secret)
{
	char line[SECRET_MAX + 1];
	size_t len = secret_len(secret);
	int rc;

	memcpy(line, secret_text(secret), len);
	line[len] = '\n';
	rc = put_file(folder, file, suffix, line, len + 1);
	secret_wipe(line, sizeof(line));
	return rc;
}

static bool
is_there(int at, const char *name)
{
	struct stat st;

	return fstatat(at, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode);
}

/* ---- the journal */

int
rotate_record(const struct rotate_folder *folder, const char *file,
	      const struct rotate_journal *journal)
{
	struct buf text;
	int rc;

	buf_init(&text, 4096);
	buf_printf(&text,
		   "keepwatch rotation 1\nstage %s\nby %s\nbegan %lld\ntries %u %u\nstuck %d\n"
		   "other %d\ndevice %s\naccount %s\n",
		   rotate_stage_name(journal->stage), rotate_by_name(journal->by),
		   (long long)journal->began_ms, journal->tries_old, journal->tries_new,
		   journal->is_stuck, journal->has_other, journal->device, journal->account);
	rc = text.error != 0 ? text.error : put_file(folder, file, JOURNAL, text.data, text.len);
	buf_fini(&text);
	return rc;
}

static bool
read_line(struct rotate_journal *journal, const char *line)
{
	const char *value = strchr(line, ' ');
	size_t len = value != NULL ? (size_t)(value - line) : 0;
	int number = 0;

	if (value++ == NULL)
		return false;
	if (strncmp(line, "stage ", len + 1) == 0) {
		for (int i = 0; i < ROTATE_STAGE_COUNT; i++) {
			if (strcmp(value, rotate_stage_name((enum rotate_stage)i)) == 0) {
				journal->stage = (enum rotate_stage)i;
				return true;
			}
		}
		return false;
	}
	if (strncmp(line, "by ", len + 1) == 0)
		return rotate_by_parse(value, &journal->by) == 0;
	if (strncmp(line, "tries ", len + 1) == 0)
		return sscanf(value, "%u %u", &journal->tries_old, &journal->tries_new) == 2;
	if (strncmp(line, "began ", len + 1) == 0) {
		long long began_ms;
		bool is_number = sscanf(value, "%lld", &began_ms) == 1;

		if (is_number)
			journal->began_ms = began_ms;
		return is_number;
	}
	if (strncmp(line, "stuck ", len + 1) == 0 || strncmp(line, "other ", len + 1) == 0) {
		if (sscanf(value, "%d", &number) != 1)
			return false;
		*(line[0] == 's' ? &journal->is_stuck : &journal->has_other) = number != 0;
		return true;
	}
	if (strncmp(line, "device ", len + 1) == 0)
		return snprintf(journal->device, sizeof(journal->device), "%s", value) <
		       (int)sizeof(journal->device);
	if (strncmp(line, "account ", len + 1) == 0)
		return snprintf(journal->account, sizeof(journal->account), "%s", value) <
		       (int)sizeof(journal->account);
	return false;
}

int
rotate_load(const struct rotate_folder *folder, const char *file, struct rotate_journal *out)
{
	struct rotate_journal journal = {.stage = ROTATE_STAGE_COUNT};
	char name[NAME_SIZE], text[4097], *rest = text, *line;
	int rc = name_of(name, file, JOURNAL), fd;
	ssize_t len;

	if (rc != 0)
		return rc;
	if (folder->work < 0)
		return ERR_NOTFOUND;
	fd = openat(folder->work, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return err_from_errno(errno);
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len < 0)
		return ERR_IO;
	text[len] = '\0';
	if (strncmp(text, "keepwatch rotation 1\n", 21) != 0 || text[len - 1] != '\n')
		return ERR_SYNTAX;
	(void)strsep(&rest, "\n");
	while ((line = strsep(&rest, "\n")) != NULL && *line != '\0') {
		if (!read_line(&journal, line))
			return ERR_SYNTAX;
	}
	if (journal.stage == ROTATE_STAGE_COUNT || journal.by == ROTATE_BY_AUTO)
		return ERR_SYNTAX;
	*out = journal;
	return 0;
}

/* ---- the steps */

int
rotate_save(const struct rotate_folder *folder, const char *file,
	    const struct rotate_journal *journal, const struct secret *old,
	    const struct secret *new)
{
	char name[NAME_SIZE];
	int rc = name_of(name, file, JOURNAL);

	if (rc == 0 && is_there(folder->work, name))
		rc = ERR_EXISTS;
	if (rc == 0)
		rc = put_secret(folder, file, OLD, old);
	if (rc == 0)
		rc = put_secret(folder, file, NEW, new);
	if (rc == 0)
		rc = rotate_record(folder, file, journal);
	return rc;
}

static int
read_secret(const struct rotate_folder *folder, const char *file, const char *suffix,
	    struct secret **out)
{
	struct buf path;
	int rc;

	*out = NULL;
	buf_init(&path, 8192);
	buf_printf(&path, "%s/" WORK "/%s%s", folder->path, file, suffix);
	rc = path.error != 0 ? path.error : secret_read_file(out, path.data);
	buf_fini(&path);
	return rc == ERR_NOTFOUND ? 0 : rc;
}

int
rotate_secrets(const struct rotate_folder *folder, const char *file, struct secret **old,
	       struct secret **new)
{
	int rc = read_secret(folder, file, OLD, old);

	if (rc == 0)
		rc = read_secret(folder, file, NEW, new);
	return rc;
}

/* Read by whom the folder lets in: the agent is most often not who rotates. */
static int
give_to_folder(const struct rotate_folder *folder, const char *name)
{
	int fd = openat(folder->work, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), rc = 0;
	struct stat dir;

	if (fd < 0)
		return err_from_errno(errno);
	if (fstat(folder->dir, &dir) != 0)
		rc = err_from_errno(errno);
	/* Only root can give files away; for others they are theirs already. */
	if (rc == 0 && geteuid() == 0 && fchown(fd, dir.st_uid, dir.st_gid) != 0)
		rc = err_from_errno(errno);
	if (rc == 0 && fchmod(fd, 0600 | (dir.st_mode & S_IRGRP)) != 0)
		rc = err_from_errno(errno);
	if (rc == 0)
		rc = sync_fd(fd);
	close(fd);
	return rc;
}

int
rotate_commit(const struct rotate_folder *folder, const char *file)
{
	char name[NAME_SIZE];
	int rc = name_of(name, file, NEW);

	if (rc != 0)
		return rc;
	if (!is_there(folder->work, name))
		return is_there(folder->dir, file) ? 0 : ERR_NOTFOUND;
	rc = give_to_folder(folder, name);
	if (rc == 0 && renameat(folder->work, name, folder->dir, file) != 0)
		rc = err_from_errno(errno);
	if (rc == 0)
		rc = sync_fd(folder->dir);
	if (rc == 0)
		rc = sync_fd(folder->work);
	return rc;
}

int
rotate_clean(const struct rotate_folder *folder, const char *file)
{
	static const char *const suffixes[] = {NEW, OLD, ".tmp"};
	char name[NAME_SIZE];
	int rc = 0;

	for (size_t i = 0; i < MEM_COUNT(suffixes) && rc == 0; i++) {
		rc = name_of(name, file, suffixes[i]);
		if (rc == 0)
			rc = wipe(folder, name);
	}
	/* The secrets are gone for certain before the journal is. */
	if (rc == 0)
		rc = sync_fd(folder->work);
	if (rc == 0)
		rc = name_of(name, file, JOURNAL);
	if (rc == 0 && unlinkat(folder->work, name, 0) != 0 && errno != ENOENT)
		rc = err_from_errno(errno);
	return rc == 0 ? sync_fd(folder->work) : rc;
}
