/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ledger's key file: read with the care of any secret, made once, complete or not at all.
 */
#include "keepwatch/ledger_key.h"

#include "keepwatch/err.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* 0, or a code with the problem in words. */
static int
read_key(struct secret **out, const char *path, char problem[LEDGER_KEY_PROBLEM_SIZE])
{
	struct secret *key = NULL;
	const char *what = NULL;
	size_t got = 1;
	struct stat st;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY), rc;

	if (fd < 0 || fstat(fd, &st) != 0)
		rc = err_from_errno(errno);
	else if (!S_ISREG(st.st_mode) || st.st_size != LEDGER_KEY_SIZE)
		rc = ERR_INVAL;
	else if ((st.st_mode & (S_IWGRP | S_IRWXO)) != 0)
		rc = ERR_PERM;
	else
		rc = secret_begin(&key);
	while (rc == 0 && got > 0)
		rc = secret_read(key, fd, &got);
	if (rc == 0 && secret_len(key) != LEDGER_KEY_SIZE)
		rc = ERR_INVAL;
	switch (rc) {
	case 0:
		*out = key;
		key = NULL;
		break;
	case ERR_NOTFOUND:
		what = "not found; the agent makes it when it starts";
		break;
	case ERR_INVAL:
		what = "is no file of 32 bytes; put the one from the backup in its place, or move "
		       "it "
		       "away for a new one, with which the ledger begins anew";
		break;
	case ERR_PERM:
		what = fd < 0 ? "may not be read by this user"
			      : "can be read or changed by others; run chmod 600 on it";
		break;
	default:
		what = err_text(rc);
		break;
	}
	if (rc != 0)
		snprintf(problem, LEDGER_KEY_PROBLEM_SIZE, "key of the password ledger %s: %s",
			 path, what);
	if (fd >= 0)
		close(fd);
	secret_free(key);
	return rc;
}

/* The folder's entry has to be on disk as well (fsync(2)). */
static int
sync_folder(const char *path)
{
	const char *slash = strrchr(path, '/');
	char *folder = slash == NULL   ? strdup(".")
		       : slash == path ? strdup("/")
				       : strndup(path, (size_t)(slash - path));
	int fd = folder == NULL ? -1 : open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int error = folder == NULL ? ENOMEM : fd < 0 || fsync(fd) != 0 ? errno : 0;

	if (fd >= 0)
		close(fd);
	free(folder);
	return error;
}

/* Under a name of its own first: whoever reads the real one sees all of it. 0 or an errno; one that
 * is there already stays. */
static int
make_key(const char *path)
{
	uint8_t key[LEDGER_KEY_SIZE];
	char *draft = NULL;
	int fd = -1, error = 0;

	if (getrandom(key, sizeof(key), 0) != (ssize_t)sizeof(key))
		return EIO;
	if (asprintf(&draft, "%s.XXXXXX", path) < 0) {
		secret_wipe(key, sizeof(key));
		return ENOMEM;
	}
	fd = mkostemp(draft, O_CLOEXEC); /* mode 600 */
	if (fd < 0)
		error = errno;
	else if (write(fd, key, sizeof(key)) != (ssize_t)sizeof(key))
		error = errno != 0 ? errno : ENOSPC;
	else if (fsync(fd) != 0)
		error = errno;
	else if (link(draft, path) != 0 && errno != EEXIST)
		error = errno;
	if (fd >= 0) {
		(void)unlink(draft);
		close(fd);
	}
	if (error == 0)
		error = sync_folder(path);
	secret_wipe(key, sizeof(key));
	free(draft);
	return error;
}

int
ledger_key_open(struct secret **out, const char *path, bool may_create,
		char problem[LEDGER_KEY_PROBLEM_SIZE])
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	char *given = NULL;
	struct stat st;
	int rc, error;

	if (directory != NULL && *directory != '\0') {
		if (asprintf(&given, "%s/%s", directory, LEDGER_KEY_CREDENTIAL) < 0) {
			snprintf(problem, LEDGER_KEY_PROBLEM_SIZE, "%s", err_text(ERR_NOMEM));
			return ERR_NOMEM;
		}
		if (stat(given, &st) == 0) {
			rc = read_key(out, given, problem);
			free(given);
			return rc;
		}
		free(given);
	}
	rc = read_key(out, path, problem);
	if (rc != ERR_NOTFOUND || !may_create)
		return rc;
	error = make_key(path);
	if (error == 0)
		return read_key(out, path, problem);
	snprintf(problem, LEDGER_KEY_PROBLEM_SIZE,
		 "key of the password ledger %s: cannot be made: %s", path, strerror(error));
	return err_from_errno(error);
}
