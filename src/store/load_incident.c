/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Incidents and findings at start: what is open, for the diagnosis to go on from.
 */
#include "store.h"

#include "incident_rows.h"
#include "keepwatch/err.h"

#include <stdlib.h>

struct outages {
	struct incident_device *items;
	size_t count, cap;
};

static int
read_outage(struct sql_call *call, void *item, void *arg)
{
	(void)arg;
	*(struct incident_device *)item = outage_row_read(call, 0);
	return 0;
}

static int
load_outages(struct store *store, uint32_t incident, struct outages *out)
{
	struct sql_call call = store_call(store, STMT_INCIDENT_OUTAGES,
					  "SELECT " OUTAGE_COLUMNS " FROM incident_device"
					  " WHERE incident = ? AND left_at = 0 ORDER BY device");

	out->count = 0;
	sql_put_int(&call, incident);
	return SQL_COLLECT(&call, out, read_outage, NULL);
}

static int
load_open(struct store *store, const struct store_incident_handlers *handlers, void *arg)
{
	struct sql_call call = sql_prepare(
		&store->sql, "SELECT id, verdict, " BLAME_COLUMNS ", team, confidence, since,"
			     " opened, healed, told > 0 FROM incident WHERE closed = 0"
			     " ORDER BY id");
	struct outages outages = {0};
	int rc = 0;

	while (rc == 0 && sql_row(&call)) {
		struct store_known_incident known = {
			.incident = (uint32_t)sql_int(&call, 0),
			.verdict = verdict_row_read(&call, 1),
			.blame = blame_row_read(&call, 2),
			.blame_name = sql_text(&call, 4),
			.team = team_row_read(&call, 5),
			.confidence = (float)sql_real(&call, 6),
			.since_ms = sql_int(&call, 7),
			.opened_ms = sql_int(&call, 8),
			.healed_ms = sql_int(&call, 9),
			.was_told = sql_int(&call, 10) != 0,
		};

		rc = load_outages(store, known.incident, &outages);
		known.devices = outages.items;
		known.device_count = outages.count;
		if (rc == 0)
			rc = handlers->incident(arg, &known);
	}
	free(outages.items);
	return sql_done(&call) != 0 && rc == 0 ? call.rc : rc;
}

static int
load_findings(struct store *store, const struct store_incident_handlers *handlers, void *arg)
{
	struct sql_call call = sql_prepare(&store->sql, "SELECT " FINDING_COLUMNS " FROM finding f"
							" WHERE resolved = 0 ORDER BY id");
	struct finding finding;
	int rc = 0;

	while (rc == 0 && sql_row(&call)) {
		finding_row_read(&call, 0, &finding);
		if (finding.rule != RULE_COUNT)
			rc = handlers->finding(arg, &finding);
	}
	return sql_done(&call) != 0 && rc == 0 ? call.rc : rc;
}

static int
load_next(struct store *store, uint32_t *next)
{
	int64_t highest = 0;
	int rc = sql_get_int(&store->sql, "SELECT seq FROM sqlite_sequence WHERE name = 'incident'",
			     &highest);

	if (rc != 0 && rc != ERR_NOTFOUND)
		return rc;
	*next = (uint32_t)highest + 1;
	return 0;
}

int
store_load_incidents(struct store *store, const struct store_incident_handlers *handlers, void *arg,
		     uint32_t *next_incident, char *message, size_t message_size)
{
	int rc = 0;

	store->sql.error[0] = '\0';
	if (next_incident != NULL)
		rc = load_next(store, next_incident);
	if (rc == 0 && handlers != NULL && handlers->incident != NULL)
		rc = load_open(store, handlers, arg);
	if (rc == 0 && handlers != NULL && handlers->finding != NULL)
		rc = load_findings(store, handlers, arg);
	if (rc != 0)
		sql_message(&store->sql, "the incidents that were open cannot be read", message,
			    message_size);
	return rc;
}
