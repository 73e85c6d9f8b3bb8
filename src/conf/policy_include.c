/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * `policy: include:`: files beside the settings that hold more of the policy, by name or pattern. A
 * file that is named must be there; a pattern may match none.
 */
#include "file_read.h"
#include "policy.h"
#include "secret_source.h"

#include "keepwatch/err.h"

#include <glob.h>
#include <stdlib.h>
#include <string.h>

static int
compare(const void *left, const void *right)
{
	const char *const *a = left, *const *b = right;

	return strcmp(*a, *b);
}

/* Reads one file as if it were part of the policy. Takes the path. */
static void
include_file(struct reader *reader, struct mark at, char *path, struct policy_settings *settings)
{
	struct complaints *complaints = reader->complaints;
	struct reader included = {.complaints = complaints};
	const yaml_node_t *root;
	size_t len;
	char *data;
	int rc;

	for (size_t i = 0; i < settings->name_count; i++) {
		if (strcmp(settings->names[i], path) == 0) {
			free(path); /* by its name and by a pattern: once */
			return;
		}
	}
	if (settings->name_count == CONF_INCLUDED_MAX) {
		complain_yaml(reader, at, "include: more than %d files", CONF_INCLUDED_MAX);
		free(path);
		return;
	}
	included.file = CONF_FILE_INCLUDED + (int)settings->name_count;
	complaints->names[included.file] = path;
	settings->names[settings->name_count++] = path;
	data = file_read(complaints, included.file, path, CONF_YAML_MAX, &len);
	if (data == NULL)
		return;
	arena_init(&included.arena);
	rc = tree_load(&included, data, len);
	if (rc == ERR_NOMEM)
		complaints->out_of_memory = true;
	root = rc == 0 ? tree_root(&included) : NULL;
	if (root != NULL)
		policy_file(&included, root, settings);
	tree_fini(&included);
	arena_fini(&included.arena);
	free(data);
}

/* Files that match, in the order of their bytes, whatever the locale. */
static void
include_pattern(struct reader *reader, struct mark at, const char *pattern,
		struct policy_settings *settings)
{
	glob_t found = {0};
	int rc = glob(pattern, GLOB_NOSORT, NULL, &found);

	if (rc == 0 && found.gl_pathc > 1)
		qsort(found.gl_pathv, found.gl_pathc, sizeof(*found.gl_pathv), compare);
	for (size_t i = 0; rc == 0 && i < found.gl_pathc; i++) {
		char *path = strdup(found.gl_pathv[i]);

		if (path == NULL)
			reader->complaints->out_of_memory = true;
		else
			include_file(reader, at, path, settings);
	}
	if (rc == GLOB_NOSPACE)
		reader->complaints->out_of_memory = true;
	globfree(&found);
}

void
policy_include(struct reader *reader, const struct text_list *include,
	       struct policy_settings *settings)
{
	for (const struct text_item *i = include->first; i != NULL; i = i->next) {
		char *path = path_resolve(settings->dir, i->knob.text);

		if (path == NULL) {
			reader->complaints->out_of_memory = true;
		} else if (strpbrk(i->knob.text, "*?[") != NULL) {
			include_pattern(reader, i->knob.at, path, settings);
			free(path);
		} else {
			include_file(reader, i->knob.at, path, settings);
		}
	}
}
