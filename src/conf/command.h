/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * External commands that print a secret: `password_command`. Many at a time, none for long.
 */
#ifndef CONF_COMMAND_H
#define CONF_COMMAND_H

#include "keepwatch/secret.h"

#include <stdbool.h>
#include <stddef.h>

enum {
	COMMAND_TIMEOUT_MS = 10000, /* of one */
	COMMAND_START_MS = 15000, /* then no more are started: systemd's watchdog waits for 30 s */
	COMMAND_OUTPUT_MAX = 65536, /* bytes; only the first line counts */
	COMMAND_AT_ONCE = 16,
	COMMAND_FAILURES_MAX = 20, /* then no more are started */
};

struct command {
	char **argv;		/* ends with NULL; argv[0] is an absolute path */
	const char *credential; /* in its environment as KEEPWATCH_CREDENTIAL */
	const char *device;	/* as KEEPWATCH_DEVICE; NULL: of none */
	struct secret *secret;	/* what it printed; NULL: nothing of use */
	bool was_run;		/* else those before it took too long, or failed */
	char problem[128];	/* why there is no secret; never what it printed */
};

/*
 * Runs them all, without a shell: standard input and error are /dev/null, the environment is PATH,
 * HOME and the two above. ERR_NOMEM, else 0, whatever came of each.
 */
int commands_run(struct command *commands, size_t count);

#endif
