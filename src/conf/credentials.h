/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From credentials as written to credentials in force: consistency, secrets, generations.
 */
#ifndef CONF_CREDENTIALS_H
#define CONF_CREDENTIALS_H

#include "secret_source.h"

/*
 * Builds fleet->credentials, complaining of what is wrong. previous may be NULL. 0 or ERR_NOMEM.
 */
int credentials_build(struct secret_reader *r, const struct settings *settings,
		      const struct fleet *previous, struct fleet *fleet);

/*
 * Once the devices are there: a credential more for each that has a password of its own, by
 * password_dir or by a command with %d. 0 or ERR_NOMEM.
 */
int own_passwords_build(struct secret_reader *r, const struct settings *settings,
			const struct fleet *previous, struct fleet *fleet);

/* Random, never 0. */
uint64_t credential_fresh_generation(void);

#endif
