/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A secret from an external command, as `password_command` and `--password-command` name one.
 */
#ifndef KEEPWATCH_SECRET_COMMAND_H
#define KEEPWATCH_SECRET_COMMAND_H

#include "keepwatch/secret.h"

/*
 * Runs the program, found by its absolute path; what follows it in the line are its arguments,
 * taken apart at blanks, without a shell; an argument %d is the device. The device is in its
 * environment as KEEPWATCH_DEVICE too (NULL: of none). The first line that it prints is the secret.
 * 0; ERR_INVAL with words in why (never what it printed); ERR_NOMEM.
 */
int secret_from_command(const char *line, const char *device, struct secret **out, char *why,
			size_t why_size);

#endif
