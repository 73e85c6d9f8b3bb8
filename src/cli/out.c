/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Output with a sticky error, a digest, and files that appear whole or not at all. The folder is
 * held open and every step is relative to it, so that nobody can exchange a part of the path
 * meanwhile.
 */
#include "out.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <openssl/evp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

enum { TEMPORARY_TRIES = 8 };

struct out {
	FILE *stream;
	bool is_file;
	int folder;	    /* -1 for streams */
	char *name;	    /* within the folder */
	char *temporary;    /* name of the temporary file while it exists */
	EVP_MD_CTX *digest; /* files only */
	char sha256[OUT_SHA256_SIZE];
	uint64_t bytes;
	void (*before)(void *arg);
	void *before_arg;
	int error, saved_errno;
};

static int
fail_errno(struct out *out, int errnum)
{
	if (out->error == 0) {
		out->saved_errno = errnum;
		out->error = err_from_errno(errnum);
	}
	return out->error;
}

int
out_open_stream(struct out **result, FILE *stream)
{
	struct out *out = calloc(1, sizeof(*out));

	if (out == NULL)
		return ERR_NOMEM;
	out->stream = stream;
	out->folder = -1;
	*result = out;
	return 0;
}

/* What stands at the path may be nothing or a regular file. */
static int
check_target(const struct out *out)
{
	struct stat st;

	if (fstatat(out->folder, out->name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? 0 : err_from_errno(errno);
	if (S_ISLNK(st.st_mode))
		return ERR_EXISTS;
	return S_ISREG(st.st_mode) ? 0 : ERR_INVAL;
}

static int
open_temporary(struct out *out, mode_t mode)
{
	for (int i = 0; i < TEMPORARY_TRIES; i++) {
		unsigned char random[8];
		char *name = NULL;
		int fd;

		if (getrandom(random, sizeof(random), 0) != (ssize_t)sizeof(random))
			return ERR_IO;
		/* The name is cut: with the suffix it must stay below NAME_MAX. */
		if (asprintf(&name, ".%.200s.%02x%02x%02x%02x%02x%02x.tmp", out->name, random[0],
			     random[1], random[2], random[3], random[4], random[5]) < 0)
			return ERR_NOMEM;
		fd = openat(out->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
			    mode);
		if (fd < 0) {
			int saved = errno;

			free(name);
			if (saved == EEXIST)
				continue;
			out->saved_errno = saved;
			return err_from_errno(saved);
		}
		out->temporary = name;
		out->stream = fdopen(fd, "w");
		if (out->stream == NULL) {
			close(fd);
			return ERR_NOMEM;
		}
		return 0;
	}
	return ERR_EXISTS;
}

static int
open_file(struct out **result, const char *path, mode_t mode)
{
	char *folder = mem_strdup(path), *name = mem_strdup(path);
	struct out *out = calloc(1, sizeof(*out));
	int rc = ERR_NOMEM;

	if (out == NULL || folder == NULL || name == NULL)
		goto out;
	out->is_file = true;
	out->folder = -1;
	out->name = mem_strdup(basename(name));
	out->digest = EVP_MD_CTX_new();
	if (out->name == NULL || out->digest == NULL ||
	    EVP_DigestInit_ex(out->digest, EVP_sha256(), NULL) != 1)
		goto out;
	rc = ERR_INVAL;
	if (path[0] == '\0' || path[strlen(path) - 1] == '/' || strcmp(out->name, ".") == 0 ||
	    strcmp(out->name, "..") == 0)
		goto out;
	out->folder = open(dirname(folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (out->folder < 0) {
		rc = err_from_errno(errno);
		goto out;
	}
	rc = check_target(out);
	if (rc == 0)
		rc = open_temporary(out, mode);
out:
	free(folder);
	free(name);
	if (rc != 0)
		out_close(out);
	else
		*result = out;
	return rc;
}

int
out_open_file(struct out **result, const char *path)
{
	return open_file(result, path, 0640);
}

int
out_open_public_file(struct out **result, const char *path)
{
	struct out *out;
	int rc = open_file(&out, path, 0644);

	if (rc != 0)
		return rc;
	if (fchmod(fileno(out->stream), 0644) != 0) {
		rc = err_from_errno(errno);
		out_close(out);
		return rc;
	}
	*result = out;
	return 0;
}

void
out_put(struct out *out, const void *data, size_t len)
{
	if (out->error != 0 || len == 0)
		return;
	if (out->before != NULL) {
		out->before(out->before_arg);
		out->before = NULL;
	}
	if (fwrite(data, 1, len, out->stream) != len) {
		fail_errno(out, errno);
		return;
	}
	if (out->digest != NULL && EVP_DigestUpdate(out->digest, data, len) != 1)
		fail_errno(out, EIO);
	out->bytes += len;
}

void
out_before_first(struct out *out, void (*call)(void *arg), void *arg)
{
	out->before = call;
	out->before_arg = arg;
}

uint64_t
out_bytes(const struct out *out)
{
	return out->bytes;
}

void
out_puts(struct out *out, const char *text)
{
	out_put(out, text, strlen(text));
}

void
out_printf(struct out *out, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&text, fmt, ap);
	va_end(ap);
	if (n < 0) {
		fail_errno(out, ENOMEM);
		return;
	}
	out_put(out, text, (size_t)n);
	free(text);
}

void
out_fail(struct out *out, int rc)
{
	if (out->error == 0)
		out->error = rc;
}

int
out_error(const struct out *out)
{
	return out->error;
}

int
out_errno(const struct out *out)
{
	return out->saved_errno;
}

int
out_finish(struct out *out)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	unsigned len = 0;

	if (fflush(out->stream) != 0 || ferror(out->stream))
		fail_errno(out, errno);
	if (!out->is_file || out->error != 0)
		return out->error;
	if (fsync(fileno(out->stream)) != 0)
		return fail_errno(out, errno);
	if (EVP_DigestFinal_ex(out->digest, md, &len) != 1)
		return fail_errno(out, EIO);
	for (unsigned i = 0; i < len && i * 2 + 2 < sizeof(out->sha256); i++)
		snprintf(out->sha256 + i * 2, 3, "%02x", md[i]);
	/* Some file systems (NFS) tell of a full disk only at close. */
	if (fclose(out->stream) != 0)
		fail_errno(out, errno);
	out->stream = NULL;
	return out->error;
}

const char *
out_sha256(const struct out *out)
{
	return out->sha256;
}

int
out_commit(struct out *out)
{
	int rc;

	if (out->error != 0 || !out->is_file)
		return out->error;
	rc = check_target(out);
	if (rc != 0) {
		out->error = rc;
		return rc;
	}
	if (renameat(out->folder, out->temporary, out->folder, out->name) != 0)
		return fail_errno(out, errno);
	free(out->temporary);
	out->temporary = NULL;
	/* A folder that cannot be synced (some network file systems: EINVAL) is no failure. */
	if (fsync(out->folder) != 0 && errno != EINVAL && errno != EROFS)
		return fail_errno(out, errno);
	return 0;
}

void
out_close(struct out *out)
{
	if (out == NULL)
		return;
	if (out->is_file) {
		if (out->stream != NULL)
			fclose(out->stream);
		if (out->temporary != NULL)
			unlinkat(out->folder, out->temporary, 0);
		if (out->folder >= 0)
			close(out->folder);
	}
	EVP_MD_CTX_free(out->digest);
	free(out->temporary);
	free(out->name);
	free(out);
}
