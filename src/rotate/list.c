/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which journals a folder has.
 */
#include "folder.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static int
add(struct rotate_left_list *list, const char *file, const struct rotate_journal *journal)
{
	struct rotate_left *left;
	int rc = mem_grow(&list->items, &list->cap, list->count + 1, sizeof(*list->items));

	if (rc != 0)
		return rc;
	left = &list->items[list->count];
	*left = (struct rotate_left){
		.file = mem_strdup(file),
		.device = mem_strdup(journal->device),
		.account = mem_strdup(journal->account),
		.by = journal->by,
		.stage = journal->stage,
		.is_stuck = journal->is_stuck,
		.began_ms = journal->began_ms,
	};
	list->count++;
	return left->file == NULL || left->device == NULL || left->account == NULL ? ERR_NOMEM : 0;
}

static int
compare(const void *pa, const void *pb)
{
	const struct rotate_left *a = pa, *b = pb;

	return strverscmp(a->file, b->file);
}

int
rotate_list(const char *dir, struct rotate_left_list *out)
{
	struct rotate_folder folder;
	const struct dirent *entry;
	DIR *entries = NULL;
	int rc = rotate_folder_look(&folder, dir), fd = -1;

	if (rc != 0 || folder.work < 0)
		goto out;
	fd = openat(folder.work, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	entries = fd >= 0 ? fdopendir(fd) : NULL;
	if (entries == NULL) {
		rc = err_from_errno(errno);
		if (fd >= 0)
			close(fd);
		goto out;
	}
	while (rc == 0 && (entry = readdir(entries)) != NULL) {
		char file[256];
		size_t len = strlen(entry->d_name);
		struct rotate_journal journal = {.stage = ROTATE_STAGE_COUNT};

		if (len <= 8 || strcmp(entry->d_name + len - 8, ".journal") != 0)
			continue;
		memcpy(file, entry->d_name, len - 8);
		file[len - 8] = '\0';
		/* One that cannot be read is told as well: with no stage. */
		if (rotate_load(&folder, file, &journal) != 0)
			journal = (struct rotate_journal){.stage = ROTATE_STAGE_COUNT};
		rc = add(out, file, &journal);
	}
	if (out->count > 0)
		qsort(out->items, out->count, sizeof(*out->items), compare);
out:
	if (entries != NULL)
		closedir(entries);
	rotate_folder_close(&folder);
	return rc;
}

void
rotate_left_list_fini(struct rotate_left_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].file);
		free(list->items[i].device);
		free(list->items[i].account);
	}
	free(list->items);
	*list = (struct rotate_left_list){0};
}
