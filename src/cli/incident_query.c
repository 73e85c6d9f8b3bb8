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
	if (*out || wanted->count == 0)
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

static bool
is_single(unsigned set)
{
	return (set & (set - 1)) == 0;
}

/* What was asked for as one question to the store; false: it is more than one. */
static bool
as_filter(const struct selection *selection, struct reader_filter *out)
{
	if (selection->sites->count > 1 || selection->owners->count > 1 || selection->flapping ||
	    selection->names != NULL || !is_single(selection->kinds) ||
	    !is_single(selection->states))
		return false;
	*out = READER_FILTER_ANY;
	if (selection->sites->count > 0)
		out->site = selection->sites->items[0];
	if (selection->owners->count > 0)
		out->owner = selection->owners->items[0];
	if (selection->kinds != 0)
		out->kind = __builtin_ctz(selection->kinds);
	if (selection->states != 0)
		out->state = __builtin_ctz(selection->states);
	return true;
}

/*
 * Those that the store finds by itself, and those of the site. None: perhaps a name was written in
 * other letters, and all must be looked at.
 */
static int
ask_store(const struct wanted *wanted, const struct reader_incident_query *query,
	  struct reader_incident_list *out)
{
	struct reader_incident_query some = *query;
	struct reader_incident_list found = {0};
	size_t kept = 0, at = 0;
	int rc;

	if (!as_filter(wanted->selection, &some.devices))
		return 0;
	rc = reader_incidents(wanted->selection->cli->reader, &some, &found);
	if (rc == 0 && found.count > 0)
		rc = reader_incidents(wanted->selection->cli->reader, query, out);
	/* Both are the newest first. */
	for (size_t i = 0; i < out->count; i++) {
		while (at < found.count && found.items[at].id > out->items[i].id)
			at++;
		if ((at < found.count && found.items[at].id == out->items[i].id) ||
		    is_at_site(wanted, &out->items[i]))
			out->items[kept++] = out->items[i];
	}
	out->count = kept;
	reader_incident_list_fini(&found);
	return rc;
}

/* All of them, one after the other. */
static int
look_at_all(struct wanted *wanted, const struct reader_incident_query *query,
	    struct reader_incident_list *out)
{
	struct reader_device_list devices = {0};
	int rc = selection_read_all(wanted->selection, &devices);

	if (rc != 0)
		return rc;
	wanted->count = devices.count;
	wanted->ids = ids_sort(&devices);
	rc = wanted->ids == NULL ? ERR_NOMEM : 0;
	reader_incident_list_fini(out);
	if (rc == 0)
		rc = reader_incidents(wanted->selection->cli->reader, query, out);
	if (rc == 0)
		rc = keep_wanted(wanted, out);
	free(wanted->ids);
	reader_device_list_fini(&devices);
	return rc;
}

int
incidents_read(const struct selection *selection, const struct reader_incident_query *query,
	       struct reader_incident_list *out)
{
	struct wanted wanted = {.selection = selection};
	struct reader_incident_query all = *query;
	int rc;

	if (selection_is_all(selection)) {
		rc = reader_incidents(selection->cli->reader, query, out);
	} else {
		all.limit = 0; /* the newest ones are known only after the filters */
		rc = ask_store(&wanted, &all, out);
		if (rc == 0 && out->count == 0)
			rc = look_at_all(&wanted, &all, out);
	}
	if (query->limit != 0 && out->count > query->limit)
		out->count = query->limit;
	if (rc == ERR_NOMEM) {
		cli_complain(selection->cli, "%s", err_text(rc));
		return CLI_UNREADABLE;
	}
	return rc < 0 ? cli_reader_failed(selection->cli, rc) : rc;
}
