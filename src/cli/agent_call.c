/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One request to the agent, and what a person reads when it fails.
 */
#include "agent_call.h"

#include "keepwatch/buf.h"
#include "keepwatch/conf.h"
#include "keepwatch/control.h"
#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_MS = 10000 };

/* The agent's socket: --socket, else the configuration's, else the default. NULL: out of memory. */
static char *
find_socket(const struct cli *cli)
{
	const char *given = args_value(&cli->args, ARG_SOCKET);
	struct conf_problems problems = {0};
	struct conf *conf = NULL;
	char *path;
	int rc;

	if (given != NULL)
		return mem_strdup(given);
	rc = conf_load_with(&conf, cli_config_path(cli), NULL, CONF_NO_SECRETS | CONF_NO_FLEET,
			    &problems);
	path = mem_strdup(rc == 0 && conf->socket_path != NULL ? conf->socket_path
							       : CONTROL_SOCKET_DEFAULT);
	conf_problems_fini(&problems);
	conf_free(conf);
	return path;
}

void
agent_call_add(struct buf *request, const char *name, const char *value)
{
	if (value != NULL && *value != '\0')
		buf_printf(request, "\t%s=%s", name, value);
}

int
agent_call_check(const struct cli *cli, const char *option, const char *text, size_t max)
{
	for (const char *p = text; *p != '\0'; p++) {
		if ((unsigned char)*p < ' ' || *p == 127)
			return cli_usage(cli, "--%s: one line, without tabs", option);
	}
	if (strlen(text) > max)
		return cli_usage(cli, "--%s: at most %zu bytes", option, max);
	return 0;
}

const char *
agent_call_who(void)
{
	static const char *const names[] = {"SUDO_USER", "LOGNAME", "USER"};

	for (size_t i = 0; i < MEM_COUNT(names); i++) {
		const char *who = getenv(names[i]);

		if (who != NULL && *who != '\0' && strlen(who) < AGENT_WHO_SIZE &&
		    strpbrk(who, "\t\r\n") == NULL)
			return who;
	}
	return NULL;
}

static int
complain_call(const struct cli *cli, const char *path, const char *late, int rc)
{
	switch (rc) {
	case ERR_NOTFOUND:
	case ERR_REFUSED:
		cli_complain(cli,
			     "%s: no agent listens there; does keepwatchd run? (-c FILE or "
			     "--socket FILE names another)",
			     path);
		break;
	case ERR_PERM:
		cli_complain(cli, "%s: permission denied; only members of the agent's group may",
			     path);
		break;
	case ERR_TIMEOUT:
		cli_complain(cli, "%s: the agent did not answer within %d s; %s", path,
			     TIMEOUT_MS / 1000, late);
		break;
	default:
		cli_complain(cli, "%s: %s", path, err_text(rc));
		break;
	}
	return CLI_UNREADABLE;
}

/* What the agent said, made harmless. */
static void
put_answer(const struct cli *cli, int code, struct buf *answer)
{
	struct buf safe;

	while (answer->len > 0 && answer->data[answer->len - 1] == '\n')
		answer->data[--answer->len] = '\0';
	buf_init(&safe, CONTROL_ANSWER_MAX);
	if (answer->len > 0)
		term_put_text(cli->term.has_utf8, &safe, answer->data, answer->len);
	if (code != 0)
		cli_complain(cli, "%s", answer->len > 0 ? answer->data : "the agent refused");
	else if (safe.len > 0)
		out_printf(cli->out, "%s\n", safe.data);
	buf_fini(&safe);
}

int
agent_call(struct cli *cli, struct buf *request, int failed, const char *late)
{
	struct buf answer;
	char *path;
	int rc, code = 0;

	buf_init(&answer, CONTROL_ANSWER_MAX);
	path = find_socket(cli);
	rc = path == NULL || request->error != 0 ? ERR_NOMEM : 0;
	if (rc == 0)
		rc = control_call(path, request->data, TIMEOUT_MS, &code, &answer);
	if (rc != 0)
		rc = complain_call(cli, path != NULL ? path : "", late, rc);
	else
		put_answer(cli, code, &answer);
	if (rc == 0 && code != 0)
		rc = failed;
	free(path);
	buf_fini(&answer);
	return rc;
}

int
agent_call_quietly(const struct cli *cli, const char *request, struct buf *answer)
{
	struct buf own;
	char *path = find_socket(cli);
	int rc = ERR_NOMEM, code = 0;

	buf_init(&own, CONTROL_ANSWER_MAX);
	if (path != NULL)
		rc = control_call(path, request, TIMEOUT_MS, &code, answer != NULL ? answer : &own);
	free(path);
	buf_fini(&own);
	return rc == 0 && code != 0 ? ERR_INVAL : rc;
}
