/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch password mark DEVICE: a person says when a password was changed, and how that is known.
 */
#include "agent_call.h"
#include "password.h"
#include "select.h"

#include "keepwatch/buf.h"
#include "keepwatch/clock.h"
#include "keepwatch/control.h"
#include "keepwatch/ledger.h"

#include <string.h>

enum { WHY_MAX = 255 };

/* When: now, a duration back from now, or a time. */
static int
parse_at(const struct cli *cli, int64_t *out)
{
	const char *text = args_value(&cli->args, ARG_MARK_AT);

	*out = cli->now_ms;
	if (text != NULL && cli_parse_when(cli, text, out) != 0)
		return cli_usage(cli,
				 "--at %s: expected a duration back from now (2h, 7d) or a time "
				 "(2026-03-01, 2026-03-01T14:00Z)",
				 text);
	return *out <= cli->now_ms ? 0 : cli_usage(cli, "--at %s: that is still to come", text);
}

int
password_mark_run(struct cli *cli)
{
	const char *account = args_value(&cli->args, ARG_ACCOUNT);
	const char *use_text = args_value(&cli->args, ARG_USE);
	const char *why = args_value(&cli->args, ARG_FINDING_WHY);
	struct reader_device_list devices = {0};
	char at[CLOCK_ISO_SIZE];
	struct buf request;
	int64_t at_ms = 0;
	uint8_t use = 0;
	int rc = 0;

	if (cli->args.operands.count != 1)
		return cli_usage(cli, "password mark takes one DEVICE");
	if (account == NULL || *account == '\0')
		return cli_usage(cli, "--account NAME is missing: whose password was changed?");
	if (why == NULL || *why == '\0')
		return cli_usage(cli, "--why TEXT is missing: how is it known?");
	if (ledger_use_parse(use_text != NULL ? use_text : "onvif", &use) != 0)
		return cli_usage(cli, "--use %s: expected onvif, http or snmp", use_text);
	rc = agent_call_check(cli, "account", account, LEDGER_ACCOUNT_SIZE - 1);
	if (rc == 0)
		rc = agent_call_check(cli, "why", why, WHY_MAX);
	if (rc == 0)
		rc = parse_at(cli, &at_ms);
	if (rc == 0)
		rc = cli_open_store(cli);
	if (rc == 0)
		rc = select_device(cli, cli->args.operands.items[0], &devices);
	if (rc == 0) {
		buf_init(&request, CONTROL_REQUEST_MAX);
		buf_printf(&request, "password\tdo=mark\tdevice=%s\tuse=%s\taccount=%s\tat=%s",
			   devices.items[0].name, ledger_use_name(use), account,
			   clock_format_iso(at_ms, at, sizeof(at)));
		agent_call_add(&request, "why", why);
		agent_call_add(&request, "who", agent_call_who());
		rc = agent_call(
			cli, &request, CLI_NO_DEVICE,
			"whether it was noted is to be seen in 'keepwatch password status'");
		buf_fini(&request);
	}
	reader_device_list_fini(&devices);
	return rc;
}
