/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch incident show|close ID: one incident, or a person's word on what it was, which the
 * agent takes over its control socket.
 */
#include "incident_sheet.h"
#include "why.h"

#include "keepwatch/buf.h"
#include "keepwatch/conf.h"
#include "keepwatch/control.h"
#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_MS = 10000, WHO_MAX = 64 };

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

/* Whether the agent can take it: one line of fields between tabs, and its place in the store. */
static int
check_note(const struct cli *cli, const char *note)
{
	for (const char *p = note; *p != '\0'; p++) {
		if ((unsigned char)*p < ' ' || *p == 127)
			return cli_usage(cli, "--note: one line, without tabs");
	}
	if (strlen(note) >= INCIDENT_NOTE_SIZE)
		return cli_usage(cli, "--note: at most %d bytes", INCIDENT_NOTE_SIZE - 1);
	return 0;
}

/* Who says so, for the record; the agent adds whom the kernel knows. NULL: nobody can tell. */
static const char *
who_says(void)
{
	static const char *const names[] = {"SUDO_USER", "LOGNAME", "USER"};

	for (size_t i = 0; i < MEM_COUNT(names); i++) {
		const char *who = getenv(names[i]);

		if (who != NULL && *who != '\0' && strlen(who) < WHO_MAX &&
		    strpbrk(who, "\t\r\n") == NULL)
			return who;
	}
	return NULL;
}

static int
complain_call(const struct cli *cli, const char *path, int rc)
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
		cli_complain(cli,
			     "%s: the agent did not answer within %d s; whether it closed the "
			     "incident is to be seen in 'keepwatch incidents --all'",
			     path, TIMEOUT_MS / 1000);
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

static int
close_incident(struct cli *cli, uint32_t id)
{
	const char *cause_text = args_value(&cli->args, ARG_CAUSE);
	const char *note = args_value(&cli->args, ARG_NOTE);
	const char *who = who_says();
	enum verdict cause;
	struct buf request, answer;
	char *path = NULL;
	int rc, code = 0;

	if (cause_text == NULL)
		return cli_usage(cli, "--cause CLASS is missing: what was it? (--cause help lists "
				      "them)");
	rc = incident_parse_class(cli, "cause", cause_text, &cause);
	if (rc == 0 && note != NULL)
		rc = check_note(cli, note);
	if (rc != 0)
		return rc;
	buf_init(&request, CONTROL_REQUEST_MAX);
	buf_init(&answer, CONTROL_ANSWER_MAX);
	buf_printf(&request, "incident\tdo=close\tid=%u\tcause=%s", id, verdict_name(cause));
	if (note != NULL && *note != '\0')
		buf_printf(&request, "\tnote=%s", note);
	if (who != NULL)
		buf_printf(&request, "\twho=%s", who);
	path = find_socket(cli);
	rc = path == NULL || request.error != 0 ? ERR_NOMEM : 0;
	if (rc == 0)
		rc = control_call(path, request.data, TIMEOUT_MS, &code, &answer);
	if (rc != 0)
		rc = complain_call(cli, path != NULL ? path : "", rc);
	else
		put_answer(cli, code, &answer);
	if (rc == 0 && code != 0)
		rc = CLI_NO_DEVICE;
	free(path);
	buf_fini(&request);
	buf_fini(&answer);
	return rc;
}

int
cmd_incident_run(struct cli *cli)
{
	const char *what = cli->args.operands.items[0], *text = cli->args.operands.items[1];
	bool is_close = strcmp(what, "close") == 0;
	uint32_t id;

	if (incident_asked_classes(cli))
		return CLI_OK;
	if (!is_close && strcmp(what, "show") != 0)
		return cli_usage(cli, "'%s': expected show or close", what);
	if (!incident_parse_id(text, &id))
		return cli_usage(cli,
				 "'%s' is no number of an incident; 'keepwatch incidents' lists "
				 "them",
				 text);
	if (is_close)
		return close_incident(cli, id);
	if (args_has(&cli->args, ARG_CAUSE) || args_has(&cli->args, ARG_NOTE))
		return cli_usage(cli, "--cause and --note are for 'incident close'");
	return why_run(cli, text);
}
