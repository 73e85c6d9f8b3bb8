/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch password rotate: new passwords on devices. A trial, unless --apply is given.
 */
#include "password_rotate.h"

#include "agent_call.h"
#include "password.h"

#include "keepwatch/buf.h"
#include "keepwatch/clock.h"
#include "keepwatch/control.h"
#include "keepwatch/err.h"
#include "keepwatch/secret_command.h"

#include <stdlib.h>
#include <string.h>

enum { MAX_DEVICES = 10, TIMEOUT_MAX_MS = 120000, SETTLE_MAX_MS = 3600000 };

struct teller {
	const struct cli *cli;
	const char *command;
	bool is_quiet;
};

static void
tell(void *arg, const char *device, const char *line)
{
	const struct teller *teller = arg;
	struct buf text;

	if (teller->is_quiet)
		return;
	buf_init(&text, 4096);
	term_put_text(teller->cli->err_term.has_utf8, &text, device, strlen(device));
	if (text.data != NULL)
		fprintf(stderr, "%s: %s\n", text.data, line);
	buf_fini(&text);
}

static int
ask_command(void *arg, const char *device, struct secret **out)
{
	const struct teller *teller = arg;
	char why[128] = "";
	int rc = secret_from_command(teller->command, device, out, why, sizeof(why));

	if (rc != 0)
		cli_complain(teller->cli, "--password-command, for %s: %s", device,
			     why[0] != '\0' ? why : err_text(rc));
	return rc;
}

/* ---- options */

static int
parse_count(const struct cli *cli, enum arg_id id, unsigned least, unsigned most, unsigned fallback,
	    unsigned *out)
{
	const char *text = args_value(&cli->args, id);
	unsigned long value;
	char *end;

	*out = fallback;
	if (text == NULL)
		return 0;
	value = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || value < least || value > most)
		return cli_usage(cli, "--%s %s: expected a number from %u to %u",
				 arg_spec(id)->name, text, least, most);
	*out = (unsigned)value;
	return 0;
}

static int
parse_duration(const struct cli *cli, enum arg_id id, int64_t most_ms, uint32_t fallback_ms,
	       uint32_t *out)
{
	const char *text = args_value(&cli->args, id);
	int64_t value = fallback_ms;

	if (text != NULL &&
	    (clock_parse_duration(text, &value) != 0 || value < 100 || value > most_ms))
		return cli_usage(cli, "--%s %s: expected a duration from 100ms to %lld s",
				 arg_spec(id)->name, text, (long long)most_ms / 1000);
	*out = (uint32_t)value;
	return 0;
}

static int
parse_options(const struct cli *cli, struct rotate_options *options, enum rotate_by *by,
	      unsigned *max_devices)
{
	const char *by_text = args_value(&cli->args, ARG_ROTATE_BY);
	int rc = 0;

	*by = ROTATE_BY_AUTO;
	if (by_text != NULL && rotate_by_parse(by_text, by) != 0)
		return cli_usage(cli, "--by %s: expected onvif, axis, hikvision or auto", by_text);
	options->resume = args_has(&cli->args, ARG_RESUME);
	options->again = args_has(&cli->args, ARG_AGAIN);
	options->apply = args_has(&cli->args, ARG_APPLY) || options->resume;
	if (args_has(&cli->args, ARG_DRY_RUN) && options->apply)
		return cli_usage(cli, "--dry-run and --apply or --resume exclude each other");
	if (options->again && !options->resume)
		return cli_usage(cli, "--again is for --resume");
	if (args_has(&cli->args, ARG_PASSWORD_FILE) && args_has(&cli->args, ARG_PASSWORD_COMMAND))
		return cli_usage(cli, "--password-file and --password-command exclude each other");
	rc = parse_count(cli, ARG_PARALLEL, 1, ROTATE_PARALLEL_MAX, 1, &options->parallel);
	if (rc == 0)
		rc = parse_count(cli, ARG_LENGTH, ROTATE_LENGTH_MIN, ROTATE_LENGTH_MAX,
				 ROTATE_LENGTH, &options->length);
	if (rc == 0)
		rc = parse_count(cli, ARG_MAX_DEVICES, 1, 1000000, MAX_DEVICES, max_devices);
	if (rc == 0)
		rc = parse_duration(cli, ARG_SETTLE, SETTLE_MAX_MS, ROTATE_SETTLE_MS,
				    &options->settle_ms);
	if (rc == 0)
		rc = parse_duration(cli, ARG_TIMEOUT, TIMEOUT_MAX_MS, ROTATE_TIMEOUT_MS,
				    &options->timeout_ms);
	return rc;
}

static int
read_given(const struct cli *cli, struct secret **out)
{
	const char *path = args_value(&cli->args, ARG_PASSWORD_FILE);
	int rc = path != NULL ? secret_read_file(out, path) : 0;

	if (rc == 0)
		return 0;
	if (rc == ERR_PERM)
		cli_complain(cli,
			     "--password-file %s: permission denied, or others than its owner and "
			     "group can read it (chmod 600)",
			     path);
	else
		cli_complain(cli, "--password-file %s: %s", path,
			     rc == ERR_INVAL ? "its first line is empty" : err_text(rc));
	return CLI_UNREADABLE;
}

/* ---- the command */

static int
check_size(const struct cli *cli, const struct rotate_plan *plan, bool resume, unsigned max_devices)
{
	size_t count = 0;

	for (size_t i = 0; i < plan->count; i++)
		count += plan->targets[i].skip == NULL;
	if (plan->count == 0 && !resume) {
		cli_complain(cli, "no device is chosen");
		return CLI_NO_DEVICE;
	}
	/* What was left has to be brought to an end, however many they are. */
	if (count <= max_devices || resume)
		return 0;
	return cli_usage(cli, "%zu devices are chosen, more than --max-devices %u", count,
			 max_devices);
}

static int
is_chosen(const struct cli *cli, bool resume)
{
	const struct arg_values *given = cli->args.given;

	if (resume || cli->args.operands.count > 0 || given[ARG_SITE].count > 0 ||
	    given[ARG_KIND].count > 0 || given[ARG_OWNER].count > 0)
		return 0;
	return cli_usage(cli, "which devices? Name them, or use --site, --kind, --owner");
}

static int
run(struct cli *cli, struct rotate_plan *plan, struct rotate_options *options)
{
	const char *socket_path = args_value(&cli->args, ARG_SOCKET);
	char why[512];
	int rc;

	if (socket_path == NULL)
		socket_path = plan->conf->socket_path != NULL ? plan->conf->socket_path
							      : CONTROL_SOCKET_DEFAULT;
	options->socket_path = socket_path;
	options->who = agent_call_who();
	rc = rotate_plan_find(plan, options->timeout_ms);
	if (rc == 0)
		rc = rotate_run(plan->targets, plan->count, options, plan->results, why,
				sizeof(why));
	if (rc == ERR_BUSY)
		cli_complain(cli, "%s: another rotation is at work there", why);
	else if (rc != 0)
		cli_complain(cli, "%s%s%s", why, why[0] != '\0' ? ": " : "", err_text(rc));
	return rc != 0 ? CLI_UNREADABLE : 0;
}

int
password_rotate_run(struct cli *cli)
{
	struct rotate_options options = {0};
	struct teller teller = {.cli = cli, .is_quiet = args_has(&cli->args, ARG_QUIET)};
	struct secret *given = NULL;
	struct rotate_plan plan = {0};
	unsigned max_devices = 0;
	enum rotate_by by;
	int rc;

	if (rotate_sheet_asked_columns(cli))
		return CLI_OK;
	rc = parse_options(cli, &options, &by, &max_devices);
	if (rc == 0 && args_has(&cli->args, ARG_LEFT)) {
		rc = rotate_plan_make(&plan, cli, by, true);
		if (rc == 0)
			rc = rotate_sheet_left(cli, &plan);
		rotate_plan_fini(&plan);
		return rc;
	}
	if (rc == 0)
		rc = is_chosen(cli, options.resume);
	if (rc == 0)
		rc = read_given(cli, &given);
	if (rc == 0)
		rc = rotate_plan_make(&plan, cli, by, options.resume);
	if (rc == 0)
		rc = check_size(cli, &plan, options.resume, max_devices);
	options.given = given;
	teller.command = args_value(&cli->args, ARG_PASSWORD_COMMAND);
	options.ask = teller.command != NULL ? ask_command : NULL;
	options.tell = tell;
	options.arg = &teller;
	if (rc == 0)
		rc = run(cli, &plan, &options);
	if (rc == 0)
		rc = rotate_sheet_write(cli, &plan);
	if (rc == CLI_OK && !options.apply && cli->format == SHEET_TABLE)
		out_printf(cli->out, "Nothing was changed; --apply does it.\n");
	rotate_plan_fini(&plan);
	secret_free(given);
	return rc;
}
