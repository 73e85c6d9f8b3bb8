/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The folder of imported advisories, for the command that fills it and lists it.
 */
#ifndef CLI_ADVISORIES_H
#define CLI_ADVISORIES_H

#include "cli.h"

#include "keepwatch/advisory.h"

/* All that the folder holds. 0, or an exit code after complaining. */
int advisories_load(struct cli *cli, const char *folder, struct advisory_set **out);

/* Both take operands from the second on; exit codes. */
int advisories_import(struct cli *cli, const char *folder);
int advisories_list(struct cli *cli, const char *folder);

#endif
