/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where a secret comes from: a file, a systemd credential, an external command, or a folder of
 * files by device. Exactly one, and every mistake in words.
 */
#ifndef CONF_SECRET_SOURCE_H
#define CONF_SECRET_SOURCE_H

#include "settings.h"

/* Reading the secrets of one configuration. */
struct secret_reader {
	struct reader *reader;
	const char *dir; /* of the settings file */
	unsigned flags;
	struct secret_pool *pool;
	struct secret_job *jobs; /* commands, to be run together */
	size_t job_count, job_cap;
};

/* One secret that is wanted. */
struct secret_want {
	const struct secret_settings *from;
	const char *name;	/* "auth_password": the start of its keys */
	const char *credential; /* whose */
	const char *device;	/* of which device; NULL: of all that have the credential */
	size_t least;		/* bytes; less is a mistake */
	struct secret **out;	/* lives until secret_run_commands */
};

/* path, or dir/path if it is relative; malloc. */
char *path_resolve(const char *dir, const char *path);

bool secret_is_given(const struct secret_settings *from);
/* Whether its command is to be run for each device: `%d` stands in it. */
bool secret_is_per_device(const struct secret_settings *from);
/* Complains of more than one source, and of commands that cannot be right. may_have_device: `%d`
 * has a meaning. */
void secret_check(struct secret_reader *r, const struct secret_settings *from, const char *name,
		  bool may_have_device);
/* Complains of each of its keys that is given. */
void secret_refuse(struct secret_reader *r, const struct secret_settings *from, const char *name,
		   const char *why);
/* The place of the source that is given, for complaints. */
struct mark secret_mark(const struct secret_settings *from);
/* How the name of its key ends: "_file", "_credential", "_command". */
const char *secret_key_end(const struct secret_settings *from);

/* Reads one from its file or credential, or notes its command; complains of what is wrong. The path
 * of a file that may be written to again goes to *path (malloc; may be NULL). */
void secret_get(struct secret_reader *r, const struct secret_want *want, char **path);
/* Reads one from the folder; false if it has no file there. Complains of other mistakes. */
bool secret_get_own(struct secret_reader *r, const struct secret_want *want, const char *folder,
		    char **path);
/* The folder of `dir`, checked; NULL with a complaint if it is none. malloc. */
char *secret_folder(struct secret_reader *r, const struct secret_settings *from, const char *name);
/* Runs the commands that were noted, unless a mistake was found already. ERR_NOMEM. */
int secret_run_commands(struct secret_reader *r);
void secret_reader_fini(struct secret_reader *r);

#endif
