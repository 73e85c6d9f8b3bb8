/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Telling the agent something over its control socket (control.h), with what a person reads when
 * that fails. Requests are one line of fields between tabs.
 */
#ifndef CLI_AGENT_CALL_H
#define CLI_AGENT_CALL_H

#include "cli.h"

struct buf;

enum { AGENT_WHO_SIZE = 64 };

/* Adds "\tNAME=VALUE" to a request; nothing if value is NULL or "". */
void agent_call_add(struct buf *request, const char *name, const char *value);
/*
 * Whether the agent can take a text that a person gave for an option: one line, at most max bytes.
 * 0, or an exit code after complaining.
 */
int agent_call_check(const struct cli *cli, const char *option, const char *text, size_t max);
/* Who says so, for the record; the agent adds whom the kernel knows. NULL: nobody can tell. */
const char *agent_call_who(void);
/*
 * Sends the request and writes the agent's answer, made harmless, to standard output. failed: exit
 * code when the agent refuses. late: how to find out what became of it if the answer does not come.
 * 0, or an exit code after complaining.
 */
int agent_call(struct cli *cli, struct buf *request, int failed, const char *late);
/* The same without a word on either output: 0, ERR_INVAL if the agent refused, or as control_call.
 * answer (initialised; may be NULL) gets what it said. */
int agent_call_quietly(const struct cli *cli, const char *request, struct buf *answer);

#endif
