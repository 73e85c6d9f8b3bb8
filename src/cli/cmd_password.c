/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch password: which of its parts is meant.
 */
#include "password.h"

#include "keepwatch/mem.h"

#include <string.h>

static const struct {
	const char *name;
	int (*run)(struct cli *cli);
} parts[] = {
	{"status", password_status_run},
	{"mark", password_mark_run},
	{"rotate", password_rotate_run},
	{"defaults", password_defaults_run},
};

int
cmd_password_run(struct cli *cli)
{
	const char *what = cli->args.operands.items[0];

	for (size_t i = 0; i < MEM_COUNT(parts); i++) {
		if (strcmp(parts[i].name, what) != 0)
			continue;
		cli->args.operands.count--;
		memmove(cli->args.operands.items, cli->args.operands.items + 1,
			cli->args.operands.count * sizeof(*cli->args.operands.items));
		return parts[i].run(cli);
	}
	return cli_usage(cli, "'%s': see 'keepwatch help password' for what there is", what);
}
