/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Steps of incidents in a commit: what the incident is after it, and its devices. Each is set to
 * what the step says, so that a batch that is committed again ends in the same rows.
 */
#include "store.h"

#include "incident_log.h"
#include "incident_rows.h"
#include "keepwatch/err.h"

#include <stdlib.h>

struct outage {
	struct incident_device device;
	bool has_left;
};

struct outage_rows {
	struct outage *items;
	size_t count, cap;
};

static int
add_incident(struct store *store, const struct store_incident *s)
{
	struct sql_call call = store_call(
		store, STMT_INCIDENT_ADD,
		"INSERT INTO incident (id, opened) VALUES (?, ?) ON CONFLICT DO NOTHING");

	sql_put_int(&call, s->incident);
	sql_put_int(&call, s->at_ms);
	return sql_run(&call);
}

static int
read_outage(struct sql_call *call, void *item, void *arg)
{
	struct outage *out = item;

	(void)arg;
	*out = (struct outage){outage_row_read(call, 0), sql_int(call, 3) != 0};
	return 0;
}

static int
put_outage(struct store *store, uint32_t incident, const struct incident_device *device,
	   int64_t left_ms)
{
	struct sql_call call = store_call(store, STMT_INCIDENT_DEVICE_PUT,
					  "INSERT INTO incident_device (incident, device, since,"
					  " until, left_at) VALUES (?, ?, ?, ?, ?)"
					  " ON CONFLICT (incident, device) DO UPDATE SET since ="
					  " excluded.since, until = excluded.until,"
					  " left_at = excluded.left_at");

	sql_put_int(&call, incident);
	sql_put_int(&call, device->device);
	sql_put_int(&call, device->since_ms);
	sql_put_int(&call, device->until_ms);
	sql_put_int(&call, left_ms);
	return sql_run(&call);
}

static bool
is_outage_same(const struct outage *stored, const struct incident_device *now)
{
	return !stored->has_left && stored->device.since_ms == now->since_ms &&
	       stored->device.until_ms == now->until_ms;
}

/* Goes through the stored and the given devices side by side, both ascending. */
static int
commit_outages(struct store *store, const struct store_incident *s)
{
	struct sql_call call = store_call(store, STMT_INCIDENT_DEVICE_LIST,
					  "SELECT " OUTAGE_COLUMNS ", left_at FROM incident_device"
					  " WHERE incident = ? ORDER BY device");
	struct outage_rows rows = {0};
	size_t at = 0, n = 0;
	int rc;

	sql_put_int(&call, s->incident);
	rc = SQL_COLLECT(&call, &rows, read_outage, NULL);
	while (rc == 0 && (at < rows.count || n < s->device_count)) {
		const struct outage *stored = at < rows.count ? &rows.items[at] : NULL;
		const struct incident_device *now = n < s->device_count ? &s->devices[n] : NULL;

		if (now == NULL || (stored != NULL && stored->device.device < now->device)) {
			if (!stored->has_left)
				rc = put_outage(store, s->incident, &stored->device, s->at_ms);
			at++;
			continue;
		}
		if (stored != NULL && stored->device.device > now->device)
			stored = NULL;
		if (stored == NULL || !is_outage_same(stored, now))
			rc = put_outage(store, s->incident, now, 0);
		at += stored != NULL;
		n++;
	}
	free(rows.items);
	return rc;
}

/* How many are affected, how many are out, and the site that the fault is in. */
static int
put_extent(struct store *store, const struct store_incident *s)
{
	struct sql_call call = store_call(
		store, STMT_INCIDENT_EXTENT,
		"UPDATE incident SET (devices, devices_out) = (SELECT count(*),"
		" count(nullif(since > 0 AND until = 0, 0)) FROM incident_device x"
		" WHERE x.incident = incident.id AND x.left_at = 0), site ="
		" CASE blame_type WHEN 'site' THEN blame_name ELSE coalesce("
		"(SELECT d.site FROM device d WHERE blame_type = 'node' AND d.id = blame_id),"
		" (SELECT iif(min(d.site) = max(d.site), d.site, '') FROM incident_device x"
		" JOIN device d ON d.id = x.device WHERE x.incident = incident.id"
		" AND x.left_at = 0), '') END WHERE id = ?");

	sql_put_int(&call, s->incident);
	return sql_run(&call);
}

static int
put_verdict(struct store *store, const struct store_incident *s)
{
	struct sql_call call = store_call(
		store, STMT_INCIDENT_VERDICT,
		"UPDATE incident SET verdict = ?2, blame_type = ?3, blame_id = ?4,"
		" blame_name = ?5, team = ?6, confidence = ?7, since = ?8 WHERE id = ?1");

	sql_put_int(&call, s->incident);
	sql_put_text(&call, verdict_name(s->verdict));
	blame_row_bind(&call, &s->blame, s->blame_name);
	sql_put_text(&call, team_name(s->team));
	sql_put_real(&call, s->confidence);
	sql_put_int(&call, s->since_ms);
	return sql_run(&call);
}

/* The times of an incident's life; is_told: an alert that was not counted yet. */
static int
put_life(struct store *store, const struct store_incident *s, const struct log_place *place)
{
	bool is_told = s->is_alert && !place->is_again;
	bool is_worse = s->step == INCIDENT_GROWN || s->step == INCIDENT_REBLAMED;
	bool is_end = s->step == INCIDENT_CLOSED || s->step == INCIDENT_ADOPTED ||
		      s->step == INCIDENT_OVERTURNED;
	struct sql_call call = store_call(
		store, STMT_INCIDENT_LIFE,
		"UPDATE incident SET changed = max(changed, ?2), steps = max(steps, ?3),"
		" healed = CASE WHEN ?4 THEN ?2 WHEN ?5 AND closed = 0 THEN 0 ELSE healed END,"
		" closed = iif(?6 AND closed = 0, ?2, closed),"
		" adopted_by = iif(?7 = 0, adopted_by, ?7),"
		" told = iif(?8 AND told = 0, ?2, told), told_count = told_count + ?8 "
		"WHERE id = ?1");

	sql_put_int(&call, s->incident);
	sql_put_int(&call, s->at_ms);
	sql_put_int(&call, place->number);
	sql_put_int(&call, s->step == INCIDENT_HEALED);
	sql_put_int(&call, is_worse);
	sql_put_int(&call, is_end);
	sql_put_int(&call, s->step == INCIDENT_ADOPTED ? s->other : 0);
	sql_put_int(&call, is_told);
	return sql_run(&call);
}

/* What a person said. */
static int
put_said(struct store *store, const struct store_incident *s)
{
	struct sql_call call;

	if (incident_is_verdict(s) && s->note[0] == '\0' && s->by[0] == '\0')
		return 0;
	call = store_call(store, STMT_INCIDENT_SAID,
			  "UPDATE incident SET overturned = iif(?2, ?3, overturned),"
			  " cause = iif(?2, ?4, cause), note = ?5, said_by = ?6 WHERE id = ?1");
	sql_put_int(&call, s->incident);
	sql_put_int(&call, !incident_is_verdict(s));
	sql_put_int(&call, s->at_ms);
	sql_put_text(&call, verdict_name(s->cause));
	sql_put_text(&call, s->note);
	sql_put_text(&call, s->by);
	return sql_run(&call);
}

static int
commit_alts(struct store *store, const struct store_incident *s)
{
	struct sql_call call;
	int rc;

	if (s->evidence_count == 0)
		return 0;
	call = store_call(store, STMT_ALT_DELETE, "DELETE FROM incident_alt WHERE incident = ?");
	sql_put_int(&call, s->incident);
	rc = sql_run(&call);
	for (size_t i = 0; i < s->alt_count && rc == 0; i++) {
		const struct verdict_alt *alt = &s->alts[i].alt;

		call = store_call(store, STMT_ALT_PUT,
				  "INSERT INTO incident_alt (incident, n, verdict, " BLAME_COLUMNS
				  ", share) VALUES (?, ?, ?, ?, ?, ?, ?)");
		sql_put_int(&call, s->incident);
		sql_put_int(&call, (int64_t)i);
		sql_put_text(&call, verdict_name(alt->verdict));
		blame_row_bind(&call, &alt->blame, s->alts[i].name);
		sql_put_real(&call, alt->share);
		rc = sql_run(&call);
	}
	return rc;
}

static int
commit_step(struct store *store, const struct store_incident *s)
{
	struct log_place place = {0};
	int rc = add_incident(store, s);

	if (rc == 0)
		rc = incident_log_find(store, s, &place);
	if (rc == 0 && incident_is_verdict(s))
		rc = put_verdict(store, s);
	if (rc == 0)
		rc = put_life(store, s, &place);
	if (rc == 0)
		rc = put_said(store, s);
	if (rc == 0 && s->device_count > 0)
		rc = commit_outages(store, s);
	if (rc == 0)
		rc = put_extent(store, s);
	if (rc == 0)
		rc = commit_alts(store, s);
	return rc != 0 ? rc : incident_log_put(store, s, &place);
}

int
commit_incidents(struct store *store, const struct store_batch *batch)
{
	int rc = 0;

	for (size_t i = 0; i < batch->incidents.count && rc == 0; i++)
		rc = commit_step(store, &batch->incidents.items[i]);
	return rc;
}
