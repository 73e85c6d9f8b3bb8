/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The parts of `keepwatch password`. Each is called with its name taken off the operands.
 */
#ifndef CLI_PASSWORD_H
#define CLI_PASSWORD_H

#include "cli.h"

/* password_status.c: how old passwords are, and how that is known. An exit code. */
int password_status_run(struct cli *cli);
/* password_mark.c: a person says that one was changed. */
int password_mark_run(struct cli *cli);
/* password_rotate.c: new passwords are set on devices. */
int password_rotate_run(struct cli *cli);
/* password_defaults.c: whether devices take default passwords. */
int password_defaults_run(struct cli *cli);

#endif
