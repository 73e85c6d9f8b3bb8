/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Commands that print secrets, as the settings have them: for secret_source.c and secret_job.c.
 */
#ifndef CONF_SECRET_JOB_H
#define CONF_SECRET_JOB_H

#include "secret_source.h"

/* Complains of what no command can be. */
void secret_check_command(struct secret_reader *r, const struct text_list *command,
			  const char *name, bool may_have_device);
/* To be run by secret_run_commands. */
void secret_note_command(struct secret_reader *r, const struct secret_want *want);

/* Takes a secret that was read to where it is wanted, unless it is too short. */
void secret_keep(struct secret_reader *r, const struct secret_want *want, const char *whence,
		 struct secret *secret);

#endif
