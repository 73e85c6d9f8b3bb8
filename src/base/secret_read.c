/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Secrets from files and pipes, straight into the memory that they stay in.
 */
#include "secret_impl.h"

#include "keepwatch/err.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEXT_ROOM = SECRET_PAGE - sizeof(struct secret) };

int
secret_read(struct secret *secret, int fd, size_t *got)
{
	ssize_t n;

	if (secret->len == TEXT_ROOM)
		return ERR_TOOBIG;
	do {
		n = read(fd, secret->text + secret->len, TEXT_ROOM - secret->len);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		return errno == EAGAIN ? ERR_BUSY : err_from_errno(errno);
	secret->len += (size_t)n;
	*got = (size_t)n;
	return 0;
}

int
secret_end(struct secret *secret)
{
	size_t line = 0;

	while (line < secret->len && secret->text[line] != '\n' && secret->text[line] != '\r')
		line++;
	secret_wipe(secret->text + line, secret->len - line);
	secret->len = line;
	if (line > SECRET_MAX)
		return ERR_TOOBIG;
	return line == 0 || memchr(secret->text, '\0', line) != NULL ? ERR_INVAL : 0;
}

int
secret_read_file(struct secret **out, const char *path)
{
	return secret_pool_read_file(NULL, out, path);
}

int
secret_pool_read_file(struct secret_pool *pool, struct secret **out, const char *path)
{
	struct secret *secret = NULL;
	size_t got = 1;
	struct stat st;
	int fd, rc;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return err_from_errno(errno);
	if (fstat(fd, &st) != 0)
		rc = err_from_errno(errno);
	else if (!S_ISREG(st.st_mode))
		rc = ERR_INVAL;
	else if ((st.st_mode & (S_IWGRP | S_IRWXO)) != 0)
		rc = ERR_PERM;
	else
		rc = secret_pool_begin(pool, &secret);
	while (rc == 0 && got > 0)
		rc = secret_read(secret, fd, &got);
	close(fd);
	if (secret != NULL && (rc == 0 || rc == ERR_TOOBIG))
		rc = secret_end(secret); /* what follows the first line may be long */
	if (rc == 0 && pool != NULL)
		rc = secret_pool_take(pool, &secret);
	if (rc == 0)
		*out = secret;
	else
		secret_free(secret);
	return rc;
}
