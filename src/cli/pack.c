/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A directory that appears whole or not at all.
 */
#include "pack.h"

#include "out.h"

#include "keepwatch/buf.h"
#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { MANIFEST_MAX = 1 << 20, FILES_MOST = 64 };

struct pack {
	char *path;
	char *temporary; /* NULL: not made, or renamed */
	char *names[FILES_MOST];
	size_t count;
	struct out *file; /* under way */
	char *file_path;
	struct buf manifest;
};

static int
is_content(const struct dirent *entry)
{
	return strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
}

/* Nothing, or an empty directory. */
static int
check_place(const char *path)
{
	struct dirent **entries = NULL;
	struct stat st;
	int count;

	if (lstat(path, &st) != 0)
		return errno == ENOENT ? 0 : err_from_errno(errno);
	if (!S_ISDIR(st.st_mode))
		return ERR_INVAL;
	count = scandir(path, &entries, is_content, alphasort);
	if (count < 0)
		return err_from_errno(errno);
	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	return count > 0 ? ERR_EXISTS : 0;
}

static int
make_temporary(struct pack *pack)
{
	mode_t mask = umask(0);
	char *name = NULL;
	int rc = 0;

	umask(mask);
	if (asprintf(&name, "%s.XXXXXX", pack->path) < 0)
		return ERR_NOMEM;
	if (mkdtemp(name) == NULL || chmod(name, 0750 & ~mask) != 0)
		rc = err_from_errno(errno);
	if (rc == 0)
		pack->temporary = name;
	else
		free(name);
	return rc;
}

int
pack_open(struct pack **out, const char *path)
{
	struct pack *pack = calloc(1, sizeof(*pack));
	size_t len = strlen(path);
	int rc = ERR_NOMEM;

	if (pack == NULL)
		return rc;
	buf_init(&pack->manifest, MANIFEST_MAX);
	while (len > 1 && path[len - 1] == '/')
		len--;
	pack->path = strndup(path, len);
	if (pack->path != NULL)
		rc = len == 0 ? ERR_INVAL : check_place(pack->path);
	if (rc == 0)
		rc = make_temporary(pack);
	if (rc != 0)
		pack_close(pack);
	else
		*out = pack;
	return rc;
}

int
pack_begin(struct pack *pack, const char *name, struct out **out)
{
	int rc = 0;

	if (pack->count == FILES_MOST)
		return ERR_TOOBIG;
	if (asprintf(&pack->file_path, "%s/%s", pack->temporary, name) < 0) {
		pack->file_path = NULL;
		return ERR_NOMEM;
	}
	rc = out_open_file(&pack->file, pack->file_path);
	if (rc == 0)
		*out = pack->file;
	return rc;
}

int
pack_end(struct pack *pack)
{
	int rc = out_finish(pack->file);

	if (rc == 0)
		rc = out_commit(pack->file);
	if (rc == 0) {
		buf_printf(&pack->manifest, "%s  %s\n", out_sha256(pack->file),
			   strrchr(pack->file_path, '/') + 1);
		rc = pack->manifest.error;
	}
	out_close(pack->file);
	pack->file = NULL;
	pack->names[pack->count++] = pack->file_path;
	pack->file_path = NULL;
	return rc;
}

/* The folder of the pack knows its new name. */
static int
sync_folder(const char *path)
{
	char *copy = mem_strdup(path);
	int fd, rc = 0;

	if (copy == NULL)
		return ERR_NOMEM;
	fd = open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	/* A folder that cannot be synced (some network file systems) is no failure. */
	if (fd >= 0 && fsync(fd) != 0 && errno != EINVAL && errno != EROFS)
		rc = err_from_errno(errno);
	if (fd >= 0)
		close(fd);
	free(copy);
	return rc;
}

int
pack_commit(struct pack *pack)
{
	struct out *out = NULL;
	int rc = pack_begin(pack, "MANIFEST", &out);

	if (rc != 0)
		return rc;
	out_put(out, pack->manifest.data != NULL ? pack->manifest.data : "", pack->manifest.len);
	rc = pack_end(pack);
	/* Replaces an empty directory, and fails on one that got content meanwhile. */
	if (rc == 0 && rename(pack->temporary, pack->path) != 0)
		rc = errno == ENOTEMPTY ? ERR_EXISTS : err_from_errno(errno);
	if (rc != 0)
		return rc;
	free(pack->temporary);
	pack->temporary = NULL;
	return sync_folder(pack->path);
}

void
pack_close(struct pack *pack)
{
	if (pack == NULL)
		return;
	out_close(pack->file);
	for (size_t i = 0; i < pack->count; i++) {
		if (pack->temporary != NULL)
			unlink(pack->names[i]);
		free(pack->names[i]);
	}
	if (pack->temporary != NULL)
		rmdir(pack->temporary);
	free(pack->file_path);
	free(pack->temporary);
	free(pack->path);
	buf_fini(&pack->manifest);
	free(pack);
}
