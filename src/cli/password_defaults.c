/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * keepwatch password defaults: whether devices still take the passwords with which they left the
 * factory. Asked for by name and number, and a trial unless --apply is given.
 */
#include "agent_call.h"
#include "password.h"
#include "password_rotate.h"

#include "keepwatch/buf.h"
#include "keepwatch/clock.h"
#include "keepwatch/control.h"
#include "keepwatch/err.h"
#include "keepwatch/rotate_defaults.h"

#include <stdlib.h>
#include <string.h>

#define S COLUMN_SHOWN

#define DEFAULT_COLUMNS(X)                                                                      \
	X(DEVICE, "device", "DEVICE", TEXT, S, "device")                                        \
	X(SITE, "site", "SITE", TEXT, S | COLUMN_HIDDEN_IF_EMPTY | COLUMN_TRUNC, "its site")    \
	X(VENDOR, "vendor", "VENDOR", TEXT, S | COLUMN_TRUNC, "its vendor, as far as known")    \
	X(RESULT, "result", "RESULT", TEXT, S, "found, none, unknown, skipped; ready: a trial") \
	X(ACCOUNT, "account", "ACCOUNT", TEXT, S | COLUMN_HIDDEN_IF_EMPTY,                      \
	  "account that has a default password")                                                \
	X(WHY, "why", "WHY", TEXT, S | COLUMN_WRAP, "why, in words")                            \
	X(TRIES, "tries", "TRIES", COUNT, 0, "logins that were tried now")

enum default_column {
#define X(id, name, title, type, flags, help) COL_##id,
	DEFAULT_COLUMNS(X)
#undef X
		COL_COUNT
};

static const struct column default_columns[] = {
#define X(id, name, title, type, flags, help) {name, title, CELL_##type, flags, help},
	DEFAULT_COLUMNS(X)
#undef X
};

/* "default-passwords" beside the database: the agent's own folder. NULL: out of memory. */
static char *
state_dir(const struct conf *conf)
{
	const char *slash = strrchr(conf->database, '/');
	size_t len = slash != NULL ? (size_t)(slash - conf->database) + 1 : 0;
	char *out = NULL;

	if (asprintf(&out, "%.*sdefault-passwords", (int)len, conf->database) < 0)
		return NULL;
	return out;
}

static void
fill_target(struct rotate_plan *plan, size_t i, struct defaults_target *out)
{
	const struct device *device = plan->devices[i];
	const struct fleet *fleet = plan->conf->fleet;
	const struct credential *onvif = device_credential(fleet, device, USE_ONVIF);
	const struct credential *http = device_credential(fleet, device, USE_HTTP);
	bool is_network = device->kind == KIND_SWITCH || device->kind == KIND_ROUTER;

	*out = (struct defaults_target){
		.name = device->name,
		.host = plan->targets[i].host,
		.ip = plan->targets[i].ip,
		.vendor = plan->vendors[i],
		.onvif = rotate_plan_onvif(plan, device),
		.http = rotate_plan_http(plan, device),
		.logins = {onvif != NULL && onvif->onvif.is_set ? &onvif->onvif : NULL,
			   http != NULL && http->http.is_set ? &http->http : NULL},
	};
	if (is_network)
		out->onvif.path = NULL;
	if (plan->held[i])
		out->skip = "the agent's login is refused, or the account is locked: nothing is "
			    "tried that could lock it";
	else if (out->ip.family == 0)
		out->skip = "its address cannot be resolved";
}

static int
write_sheet(struct cli *cli, const struct rotate_plan *plan, const struct defaults_result *results)
{
	bool is_found = false;
	struct sheet sheet;
	int rc;

	sheet_init(&sheet, default_columns, COL_COUNT);
	for (size_t i = 0; i < plan->count; i++) {
		const struct defaults_result *result = &results[i];
		struct cell *row = sheet_add(&sheet);

		cell_set_text(&row[COL_DEVICE], plan->devices[i]->name);
		cell_set_text(&row[COL_SITE],
			      device_site_name(plan->conf->fleet, plan->devices[i]));
		cell_set_text(&row[COL_VENDOR], plan->vendors[i]);
		cell_set_text(&row[COL_RESULT], defaults_end_name(result->end));
		row[COL_RESULT].tint = result->end == DEFAULTS_FOUND  ? TINT_BAD
				       : result->end == DEFAULTS_NONE ? TINT_GOOD
								      : TINT_NONE;
		cell_set_text(&row[COL_ACCOUNT], result->account);
		cell_set_text(&row[COL_WHY], result->words);
		cell_set_number(&row[COL_TRIES], result->tries);
		is_found |= result->end == DEFAULTS_FOUND;
	}
	rc = cli_write_sheet(cli, &sheet, "default-passwords");
	sheet_fini(&sheet);
	return rc == 0 && is_found ? CLI_BAD_NEWS : rc;
}

static int
run(struct cli *cli, struct rotate_plan *plan, bool apply)
{
	const char *socket_path = args_value(&cli->args, ARG_SOCKET);
	struct defaults_target *targets = calloc(plan->count + 1, sizeof(*targets));
	struct defaults_result *results = calloc(plan->count + 1, sizeof(*results));
	char *dir = state_dir(plan->conf);
	int rc = targets == NULL || results == NULL || dir == NULL ? ERR_NOMEM : 0;

	if (socket_path == NULL)
		socket_path = plan->conf->socket_path != NULL ? plan->conf->socket_path
							      : CONTROL_SOCKET_DEFAULT;
	for (size_t i = 0; i < plan->count && rc == 0; i++)
		fill_target(plan, i, &targets[i]);
	if (rc == 0) {
		const struct defaults_options options = {
			.state_dir = dir,
			.apply = apply,
			.timeout_ms = ROTATE_TIMEOUT_MS,
			.socket_path = socket_path,
			.who = agent_call_who(),
			.now_ms = cli->now_ms,
		};

		rc = defaults_run(targets, plan->count, &options, results);
	}
	if (rc != 0) {
		cli_complain(cli, "%s: %s", dir != NULL ? dir : "", err_text(rc));
		rc = CLI_UNREADABLE;
	} else {
		rc = write_sheet(cli, plan, results);
	}
	free(targets);
	free(results);
	free(dir);
	return rc;
}

int
password_defaults_run(struct cli *cli)
{
	const struct arg_values *given = cli->args.given;
	const char *most = args_value(&cli->args, ARG_MAX_DEVICES);
	bool apply = args_has(&cli->args, ARG_APPLY);
	struct rotate_plan plan = {0};
	char *end = NULL;
	unsigned long max_devices;
	int rc;

	if (cli_asked_columns(cli, default_columns, COL_COUNT))
		return CLI_OK;
	if (cli->args.operands.count == 0 && given[ARG_SITE].count == 0 &&
	    given[ARG_KIND].count == 0 && given[ARG_OWNER].count == 0)
		return cli_usage(cli, "which devices? Name them, or use --site, --kind, --owner");
	if (most == NULL)
		return cli_usage(cli, "--max-devices COUNT is missing: how many devices may be "
				      "asked?");
	max_devices = strtoul(most, &end, 10);
	if (*most < '0' || *most > '9' || *end != '\0' || max_devices == 0)
		return cli_usage(cli, "--max-devices %s: expected a number from 1 on", most);
	rc = rotate_plan_make(&plan, cli, ROTATE_BY_AUTO, false);
	if (rc == 0 && plan.count == 0) {
		cli_complain(cli, "no device is chosen");
		rc = CLI_NO_DEVICE;
	}
	if (rc == 0 && plan.count > max_devices)
		rc = cli_usage(cli, "%zu devices are chosen, more than --max-devices %lu",
			       plan.count, max_devices);
	if (rc == 0)
		rc = run(cli, &plan, apply);
	if (rc == CLI_OK && !apply && cli->format == SHEET_TABLE)
		out_printf(cli->out, "Nothing was asked; --apply does it.\n");
	rotate_plan_fini(&plan);
	return rc;
}
