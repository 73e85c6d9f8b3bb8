/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which incidents are wanted: from the options, and from the devices that the filters choose.
 */
#include "incident_sheet.h"

#include "event_sheet.h"
#include "select.h"

#include "keepwatch/err.h"
#include "keepwatch/near.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool
incident_asked_classes(struct cli *cli)
{
	static const enum arg_id options[] = {ARG_CLASS, ARG_CAUSE};

	for (size_t i = 0; i < MEM_COUNT(options); i++) {
		const struct arg_values *given = &cli->args.given[options[i]];

		if (given->count != 1 || strcmp(given->items[0], "help") != 0)
			continue;
		for (int v = 0; v < VERDICT_COUNT; v++)
			out_printf(cli->out, "%-14s %s\n", verdict_name((enum verdict)v),
				   verdict_words((enum verdict)v));
		return true;
	}
	return false;
}

int
incident_parse_class(const struct cli *cli, const char *option, const char *text, enum verdict *out)
{
	struct near_best best;

	if (verdict_parse(text, out) == 0)
		return 0;
	near_init(&best, text);
	for (int v = 0; v < VERDICT_COUNT; v++)
		near_try(&best, verdict_name((enum verdict)v));
	return cli_usage(cli, "--%s %s: no such class%s%s%s (--%s help lists them)", option, text,
			 best.name != NULL ? "; did you mean " : "",
			 best.name != NULL ? best.name : "", best.name != NULL ? "?" : "", option);
}

static int
parse_team(const struct cli *cli, const char *text, enum team *out)
{
	if (team_parse(text, out) == 0)
		return 0;
	return cli_usage(cli,
			 "--team %s: expected it_network, physical_security, integrator, "
			 "facilities_power, monitor_admin or none",
			 text);
}

int
incident_query_init(const struct cli *cli, bool by_default_open,
		    struct reader_incident_query *query)
{
	const struct arg_values *classes = &cli->args.given[ARG_CLASS];
	const struct arg_values *teams = &cli->args.given[ARG_TEAM];
	struct reader_event_query times;
	/* --since and --until are read as those of events are. */
	int rc = event_query_init(cli, &times, 0);

	*query = READER_INCIDENTS_ALL;
	for (size_t i = 0; i < classes->count && rc == 0; i++) {
		enum verdict verdict = VERDICT_UNDETERMINED;

		rc = incident_parse_class(cli, "class", classes->items[i], &verdict);
		query->verdicts |= 1U << verdict;
	}
	for (size_t i = 0; i < teams->count && rc == 0; i++) {
		enum team team = TEAM_NONE;

		rc = parse_team(cli, teams->items[i], &team);
		query->teams |= 1U << team;
	}
	if (rc != 0)
		return rc;
	query->since_ms = times.since_ms;
	query->until_ms = times.until_ms;
	if (args_has(&cli->args, ARG_INCIDENTS_OPEN) && args_has(&cli->args, ARG_INCIDENTS_ALL))
		return cli_usage(cli, "--open or --all, but not both");
	query->only_open = args_has(&cli->args, ARG_INCIDENTS_OPEN) ||
			   (by_default_open && !args_has(&cli->args, ARG_INCIDENTS_ALL) &&
			    !args_has(&cli->args, ARG_SINCE));
	return 0;
}

/* The devices that are wanted. */
struct wanted {
	const struct selection *selection;
	struct id_place *ids;
	size_t count;
};

static bool
has_id(const struct wanted *wanted, uint32_t id)
{
	return ids_find(wanted->ids, wanted->count, id) != SIZE_MAX;
}

/* Whether nothing but sites was asked for: then the incident's own says it, too. */
static bool
is_at_site(const struct wanted *wanted, const struct reader_incident *incident)
{
	const struct selection *selection = wanted->selection;

	if (selection->kinds != 0 || selection->states != 0 || selection->flapping ||
	    selection->owners->count > 0 || selection->names != NULL || *incident->site == '\0')
		return false;
	for (size_t i = 0; i < selection->sites->count; i++) {
		if (strcasecmp(selection->sites->items[i], incident->site) == 0)
			return true;
	}
	return false;
}

static int
is_wanted(const struct wanted *wanted, const struct reader_incident *incident, bool *out)
{
	struct reader_incident_device_list devices = {0};
	int rc;

	*out = (incident->blame.type == BLAME_NODE && has_id(wanted, incident->blame.id)) ||
	       is_at_site(wanted, incident);
	if (*out)
		return 0;
	rc = reader_incident_devices(wanted->selection->cli->reader, incident->id, &devices);
	for (size_t i = 0; i < devices.count && rc == 0 && !*out; i++)
		*out = has_id(wanted, devices.items[i].outage.device);
	reader_incident_device_list_fini(&devices);
	return rc;
}

static int
keep_wanted(const struct wanted *wanted, struct reader_incident_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		bool is_kept;
		int rc = is_wanted(wanted, &list->items[i], &is_kept);

		if (rc != 0)
			return rc;
		if (is_kept)
			list->items[kept++] = list->items[i];
	}
	list->count = kept;
	return 0;
}

int
incidents_read(const struct selection *selection, const struct reader_incident_query *query,
	       struct reader_incident_list *out)
{
	struct wanted wanted = {.selection = selection};
	struct reader_incident_query all = *query;
	struct reader_device_list devices = {0};
	int rc = 0;

	if (!selection_is_all(selection)) {
		rc = selection_read_all(selection, &devices);
		if (rc != 0)
			return rc;
		wanted.count = devices.count;
		wanted.ids = ids_sort(&devices);
		all.limit = 0; /* the newest ones are known only after the filters */
		rc = wanted.ids == NULL ? ERR_NOMEM : 0;
	}
	if (rc == 0)
		rc = reader_incidents(selection->cli->reader, &all, out);
	if (rc == 0 && wanted.ids != NULL)
		rc = keep_wanted(&wanted, out);
	if (query->limit != 0 && out->count > query->limit)
		out->count = query->limit;
	free(wanted.ids);
	reader_device_list_fini(&devices);
	if (rc == ERR_NOMEM) {
		cli_complain(selection->cli, "%s", err_text(rc));
		return CLI_UNREADABLE;
	}
	return rc != 0 ? cli_reader_failed(selection->cli, rc) : 0;
}
