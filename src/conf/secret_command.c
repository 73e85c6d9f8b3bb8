/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One external command, given as a line.
 */
#include "keepwatch/secret_command.h"

#include "command.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARGUMENTS_MAX = 64 };

int
secret_from_command(const char *line, const char *device, struct secret **out, char *why,
		    size_t why_size)
{
	char *argv[ARGUMENTS_MAX + 1] = {NULL}, *copy = mem_strdup(line), *rest = copy, *word;
	struct command command = {.argv = argv, .credential = "", .device = device};
	int rc = copy == NULL ? ERR_NOMEM : 0;
	size_t count = 0;

	while (rc == 0 && (word = strsep(&rest, " \t")) != NULL) {
		if (*word == '\0')
			continue;
		if (count == ARGUMENTS_MAX)
			rc = ERR_INVAL;
		else
			argv[count++] =
				strcmp(word, "%d") == 0 && device != NULL ? (char *)device : word;
	}
	if (rc == 0 && (count == 0 || argv[0][0] != '/'))
		rc = ERR_INVAL;
	if (rc == ERR_INVAL)
		snprintf(why, why_size, "a command begins with the absolute path of a program");
	if (rc == 0)
		rc = commands_run(&command, 1);
	if (rc == 0 && command.secret == NULL) {
		snprintf(why, why_size, "%s", command.problem);
		rc = ERR_INVAL;
	}
	if (rc == 0)
		*out = command.secret;
	free(copy);
	return rc;
}
