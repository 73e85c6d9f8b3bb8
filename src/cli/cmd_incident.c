/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch incident show|close ID: one incident, or a person's word on what it was, which the
 * agent takes over its control socket.
 */
#include "agent_call.h"
#include "incident_sheet.h"
#include "why.h"

#include "keepwatch/buf.h"
#include "keepwatch/control.h"

#include <string.h>

static int
close_incident(struct cli *cli, uint32_t id)
{
	const char *cause_text = args_value(&cli->args, ARG_CAUSE);
	const char *note = args_value(&cli->args, ARG_NOTE);
	enum verdict cause;
	struct buf request;
	int rc;

	if (cause_text == NULL)
		return cli_usage(cli, "--cause CLASS is missing: what was it? (--cause help lists "
				      "them)");
	rc = incident_parse_class(cli, "cause", cause_text, &cause);
	if (rc == 0 && note != NULL)
		rc = agent_call_check(cli, "note", note, INCIDENT_NOTE_SIZE - 1);
	if (rc != 0)
		return rc;
	buf_init(&request, CONTROL_REQUEST_MAX);
	buf_printf(&request, "incident\tdo=close\tid=%u\tcause=%s", id, verdict_name(cause));
	agent_call_add(&request, "note", note);
	agent_call_add(&request, "who", agent_call_who());
	rc = agent_call(
		cli, &request, CLI_NO_DEVICE,
		"whether it closed the incident is to be seen in 'keepwatch incidents --all'");
	buf_fini(&request);
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
