/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch version
 */
#include "cli.h"

int
cmd_version_run(struct cli *cli)
{
	out_puts(cli->out, "keepwatch " KEEPWATCH_VERSION "\n");
	return CLI_OK;
}
