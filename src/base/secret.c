/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Secrets live in anonymous pages of their own: mlock, MADV_DONTDUMP, wiped before munmap. There
 * are few of them (one a credential), so a page each costs nothing.
 */
#include "keepwatch/secret.h"

#include "keepwatch/err.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SECRET_PAGE = 4096 };

struct secret {
	size_t len;
	char text[SECRET_MAX + 1];
};

_Static_assert(sizeof(struct secret) <= SECRET_PAGE, "a secret fits its page");

int
secret_new(struct secret **out, const char *bytes, size_t len)
{
	if (len <= SECRET_MAX && memchr(bytes, '\0', len) != NULL)
		return ERR_INVAL;
	return secret_new_bytes(out, bytes, len);
}

int
secret_new_bytes(struct secret **out, const void *bytes, size_t len)
{
	struct secret *secret;

	if (len > SECRET_MAX)
		return ERR_TOOBIG;
	secret =
		mmap(NULL, SECRET_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (secret == MAP_FAILED)
		return ERR_NOMEM;
	/* Without the right to lock (RLIMIT_MEMLOCK) the other two protections remain. */
	(void)mlock(secret, SECRET_PAGE);
	(void)madvise(secret, SECRET_PAGE, MADV_DONTDUMP);
	(void)madvise(secret, SECRET_PAGE, MADV_WIPEONFORK);
	memcpy(secret->text, bytes, len);
	secret->len = len;
	*out = secret;
	return 0;
}

int
secret_read_file(struct secret **out, const char *path)
{
	char bytes[SECRET_MAX + 2];
	size_t len = 0, line;
	struct stat st;
	int fd, rc = 0;
	ssize_t n;

	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return err_from_errno(errno);
	if (fstat(fd, &st) != 0)
		rc = err_from_errno(errno);
	else if (!S_ISREG(st.st_mode))
		rc = ERR_INVAL;
	else if ((st.st_mode & (S_IWGRP | S_IRWXO)) != 0)
		rc = ERR_PERM;
	while (rc == 0 && len < sizeof(bytes)) {
		n = read(fd, bytes + len, sizeof(bytes) - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			rc = err_from_errno(errno);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	close(fd);
	if (rc == 0) {
		for (line = 0; line < len && bytes[line] != '\n' && bytes[line] != '\r'; line++)
			continue;
		rc = line == 0 ? ERR_INVAL : secret_new(out, bytes, line);
	}
	secret_wipe(bytes, sizeof(bytes));
	return rc;
}

void
secret_free(struct secret *secret)
{
	if (secret == NULL)
		return;
	secret_wipe(secret, SECRET_PAGE);
	munmap(secret, SECRET_PAGE);
}

const char *
secret_text(const struct secret *secret)
{
	return secret->text;
}

const void *
secret_bytes(const struct secret *secret)
{
	return secret->text;
}

size_t
secret_len(const struct secret *secret)
{
	return secret->len;
}

int
secret_equal(const struct secret *a, const struct secret *b)
{
	unsigned char differ = 0;

	if (a == NULL || b == NULL)
		return a == b;
	if (a->len != b->len)
		return 0;
	for (size_t i = 0; i < a->len; i++)
		differ |= (unsigned char)(a->text[i] ^ b->text[i]);
	return differ == 0;
}

void
secret_wipe(void *data, size_t len)
{
	explicit_bzero(data, len);
}

void
secret_harden_process(void)
{
	struct rlimit none = {0, 0};

	(void)setrlimit(RLIMIT_CORE, &none);
	(void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
}
