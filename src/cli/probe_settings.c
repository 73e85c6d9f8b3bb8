/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which probes a one-shot runs, and how: from the device in the configuration, else from kind and
 * credentials; --probe, --set, --timeout and --retries come on top.
 */
#include "probe_plan.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/near.h"

#include <stdlib.h>
#include <string.h>

enum { TIMEOUT_MS = 2000, RETRIES = 1, TIMEOUT_MAX_MS = 120000, RETRIES_MAX = 20 };

static int
complain_probe(const struct cli *cli, const char *option, const char *name)
{
	struct near_best best;

	near_init(&best, name);
	for (int i = 0; i < PROBE_COUNT; i++)
		near_try(&best, probe_spec((enum probe_id)i)->name);
	return cli_usage(cli, "--%s %s: no such probe%s%s%s (keepwatch help probes lists them)",
			 option, name, best.name != NULL ? "; did you mean " : "",
			 best.name != NULL ? best.name : "", best.name != NULL ? "?" : "");
}

static int
choose(const struct probe_plan *plan, const struct cli *cli, unsigned *probes)
{
	const struct arg_values *names = &cli->args.given[ARG_PROBE];

	*probes = 0;
	for (size_t i = 0; i < names->count; i++) {
		enum probe_id id;

		if (probe_spec_find(names->items[i], &id) != 0)
			return complain_probe(cli, "probe", names->items[i]);
		*probes |= 1U << id;
	}
	if (plan->device.probe_count == 0 && names->count == 0)
		*probes = device_default_probes(&plan->device);
	for (size_t i = 0; i < plan->device.probe_count && names->count == 0; i++)
		*probes |= 1U << plan->device.probes[i]->probe;
	/* What was given a login by hand is to be tried. */
	if (names->count == 0 && plan->has_given[USE_ONVIF])
		*probes |= 1U << PROBE_ONVIF;
	if (names->count == 0 && plan->has_given[USE_SNMP])
		*probes |= 1U << PROBE_SNMP;
	return 0;
}

static const struct probe_settings *
declared(const struct probe_plan *plan, enum probe_id id)
{
	for (size_t i = 0; i < plan->device.probe_count; i++) {
		if (plan->device.probes[i]->probe == id)
			return plan->device.probes[i];
	}
	return NULL;
}

/* The device's own settings of a probe, else the defaults of the table. */
static int
fill(struct probe_plan *plan, enum probe_id id, struct probe_settings *out)
{
	const struct probe_settings *from = declared(plan, id);
	size_t count = probe_option_count(id);
	struct option_value *values = fleet_alloc(plan->fleet, sizeof(*values) * (count + 1));

	if (values == NULL)
		return ERR_NOMEM;
	*out = (struct probe_settings){
		.probe = id,
		.interval_ms = 60000,
		.timeout_ms = plan->conf != NULL ? plan->conf->timeout_ms : TIMEOUT_MS,
		.retries = plan->conf != NULL ? plan->conf->retries : RETRIES,
	};
	if (from != NULL)
		*out = *from;
	out->options = values;
	for (size_t i = 0; i < count; i++) {
		const struct option_spec *spec =
			option_spec((enum option_id)(probe_spec(id)->first_option + i));
		struct option_value parsed = {0};
		int rc = 0;

		if (from != NULL)
			parsed = from->options[i];
		else
			rc = option_parse(spec, spec->fallback, &parsed, NULL, 0);
		if (rc != 0)
			return rc;
		values[i] = parsed;
		if (from == NULL && parsed.text != NULL) {
			values[i].text = fleet_strdup(plan->fleet, parsed.text);
			free(parsed.text);
			if (values[i].text == NULL)
				return ERR_NOMEM;
		}
	}
	return 0;
}

static int
set_option(struct probe_plan *plan, const struct cli *cli, const char *text)
{
	const char *dot = strchr(text, '.'), *equals = strchr(text, '=');
	char name[64], expected[160] = "";
	struct option_value parsed = {0}, *values = NULL;
	const struct option_spec *spec;
	enum option_id option;
	enum probe_id probe;
	int rc;

	if (dot == NULL || equals == NULL || equals < dot ||
	    (size_t)(equals - text) >= sizeof(name))
		return cli_usage(cli, "--set %s: expected PROBE.OPTION=VALUE, as onvif.port=8000",
				 text);
	snprintf(name, sizeof(name), "%.*s", (int)(dot - text), text);
	if (probe_spec_find(name, &probe) != 0)
		return complain_probe(cli, "set", name);
	snprintf(name, sizeof(name), "%.*s", (int)(equals - dot - 1), dot + 1);
	if (option_find(probe, name, &option) != 0)
		return cli_usage(cli,
				 "--set %s: probe %s has no option '%s' (keepwatch help probes "
				 "lists them)",
				 text, probe_spec(probe)->name, name);
	spec = option_spec(option);
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->settings[i].probe == probe)
			values = (struct option_value *)(uintptr_t)plan->settings[i].options;
	}
	if (values == NULL)
		return cli_usage(cli, "--set %s: probe %s is not run; ask for it with --probe",
				 text, probe_spec(probe)->name);
	rc = option_parse(spec, equals + 1, &parsed, expected, sizeof(expected));
	if (rc != 0)
		return cli_usage(cli, "--set %s: expected %s", text, expected);
	values += option - probe_spec(probe)->first_option;
	values->number = parsed.number;
	if (parsed.text != NULL) {
		values->text = fleet_strdup(plan->fleet, parsed.text);
		free(parsed.text);
		if (values->text == NULL)
			return CLI_UNREADABLE;
	}
	return 0;
}

static int
set_common(struct probe_plan *plan, const struct cli *cli)
{
	const char *timeout = args_value(&cli->args, ARG_TIMEOUT);
	const char *retries = args_value(&cli->args, ARG_RETRIES);
	int64_t timeout_ms = 0;
	unsigned long count = 0;
	char *end;

	if (timeout != NULL && (clock_parse_duration(timeout, &timeout_ms) != 0 ||
				timeout_ms < 10 || timeout_ms > TIMEOUT_MAX_MS))
		return cli_usage(cli, "--timeout %s: expected a duration from 10ms to 2m", timeout);
	if (retries != NULL) {
		count = strtoul(retries, &end, 10);
		if (*retries < '0' || *retries > '9' || *end != '\0' || count > RETRIES_MAX)
			return cli_usage(cli, "--retries %s: expected a number from 0 to %d",
					 retries, RETRIES_MAX);
	}
	for (size_t i = 0; i < plan->count; i++) {
		if (timeout != NULL)
			plan->settings[i].timeout_ms = (uint32_t)timeout_ms;
		if (retries != NULL)
			plan->settings[i].retries = (uint16_t)count;
	}
	return 0;
}

int
probe_plan_settings(struct probe_plan *plan, const struct cli *cli)
{
	const struct arg_values *sets = &cli->args.given[ARG_SET];
	unsigned probes;
	int rc = choose(plan, cli, &probes);

	for (int i = 0; i < PROBE_COUNT && rc == 0; i++) {
		if (!(probes & 1U << i))
			continue;
		if (fill(plan, (enum probe_id)i, &plan->settings[plan->count++]) != 0) {
			cli_complain(cli, "%s", err_text(ERR_NOMEM));
			rc = CLI_UNREADABLE;
		}
	}
	if (rc == 0)
		rc = set_common(plan, cli);
	for (size_t i = 0; i < sets->count && rc == 0; i++)
		rc = set_option(plan, cli, sets->items[i]);
	return rc;
}
