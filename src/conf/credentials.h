/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From credentials as written to credentials in force: consistency, secret files, generations.
 */
#ifndef CONF_CREDENTIALS_H
#define CONF_CREDENTIALS_H

#include "settings.h"

/*
 * Builds fleet->credentials, complaining of what is wrong. dir is the folder of the settings file;
 * previous may be NULL. 0 or ERR_NOMEM.
 */
int credentials_build(struct reader *reader, const struct settings *settings, const char *dir,
		      unsigned flags, const struct fleet *previous, struct fleet *fleet);

/* path, or dir/path if it is relative; malloc. */
char *path_resolve(const char *dir, const char *path);

#endif
