/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading incidents: lists of them, and one with its devices, alternatives, steps and lines.
 */
#include "keepwatch/reader_incident.h"

#include "incident_rows.h"
#include "keepwatch/buf.h"
#include "keepwatch/err.h"
#include "reader.h"

#include <inttypes.h>
#include <stdio.h>

#define FAILED "incidents cannot be read"

#define INCIDENT_COLUMNS                                                                    \
	"SELECT i.id, i.verdict, i.blame_type, i.blame_id, i.blame_name, i.site, i.team,"   \
	" i.confidence, i.since, i.opened, i.changed, i.healed, i.closed, i.told,"          \
	" i.told_count, i.adopted_by, i.overturned, i.cause, i.note, i.said_by, i.devices," \
	" i.devices_out, i.steps FROM incident i"

/* Incidents that affect a device, and those that blame one, as two lists of numbers; CROSS: from
 * the devices, which are few beside years of outages. */
#define INCIDENTS_AFFECT                                                                       \
	"SELECT x.incident FROM" READER_FROM "CROSS JOIN incident_device x ON x.device = d.id" \
	" AND x.left_at = 0 WHERE" READER_WHERE
#define INCIDENTS_BLAME                                                                    \
	" UNION SELECT n.id FROM" READER_FROM "CROSS JOIN incident n ON n.blame_id = d.id" \
	" AND n.blame_type = 'node' WHERE" READER_WHERE

/* What is asked for, and the list that it goes to. */
struct incident_read {
	const struct reader_incident_query *query;
	struct reader_incident_list *list;
};

static bool
is_in(uint32_t set, unsigned value)
{
	return set == 0 || (set >> value & 1) != 0;
}

static int
read_incident(struct sql_call *call, void *item, void *arg)
{
	const struct incident_read *read = arg;
	struct mem_arena *text = &read->list->text;
	struct reader_incident *out = item;
	int rc = 0;

	if (read->query->limit != 0 && read->list->count == read->query->limit)
		return SQL_STOP;
	if (!is_in(read->query->verdicts, verdict_row_read(call, 1)) ||
	    !is_in(read->query->teams, team_row_read(call, 6)))
		return SQL_SKIP;
	*out = (struct reader_incident){
		.id = (uint32_t)sql_int(call, 0),
		.verdict = verdict_row_read(call, 1),
		.blame = blame_row_read(call, 2),
		.blame_name = reader_text(text, call, 4, &rc),
		.site = reader_text(text, call, 5, &rc),
		.team = team_row_read(call, 6),
		.confidence = (float)sql_real(call, 7),
		.since_ms = sql_int(call, 8),
		.opened_ms = sql_int(call, 9),
		.changed_ms = sql_int(call, 10),
		.healed_ms = sql_int(call, 11),
		.closed_ms = sql_int(call, 12),
		.told_ms = sql_int(call, 13),
		.told_count = (uint32_t)sql_int(call, 14),
		.adopted_by = (uint32_t)sql_int(call, 15),
		.overturned_ms = sql_int(call, 16),
		.cause = verdict_row_read(call, 17),
		.note = reader_text(text, call, 18, &rc),
		.by = reader_text(text, call, 19, &rc),
		.devices = (uint32_t)sql_int(call, 20),
		.out = (uint32_t)sql_int(call, 21),
		.steps = (uint32_t)sql_int(call, 22),
	};
	return rc;
}

/* Of conditions only those that are asked for, so that an index serves. */
static void
write_query(struct buf *text, const struct reader_incident_query *query)
{
	bool is_one = reader_is_one(&query->devices);

	buf_puts(text,
		 INCIDENT_COLUMNS " WHERE i.since < ?10 AND (i.closed = 0 OR i.closed >= ?9)");
	if (query->only_open)
		buf_puts(text, " AND i.closed = 0");
	if (query->only_overturned)
		buf_puts(text, " AND i.overturned > 0");
	if (!reader_is_any(&query->devices)) {
		buf_puts(text, " AND i.id IN (" INCIDENTS_AFFECT);
		buf_puts(text, is_one ? READER_ONE INCIDENTS_BLAME READER_ONE : INCIDENTS_BLAME);
		buf_puts(text, ")");
	}
	buf_puts(text, " ORDER BY i.id DESC");
}

int
reader_incidents(struct reader *reader, const struct reader_incident_query *query,
		 struct reader_incident_list *out)
{
	struct incident_read read = {query, out};
	struct sql_call call;
	struct buf text;
	int rc;

	*out = (struct reader_incident_list){0};
	buf_init(&text, READER_QUERY_MAX);
	write_query(&text, query);
	rc = text.error;
	if (rc == 0) {
		call = sql_prepare(&reader->sql, text.data);
		reader_put_past(&call, &query->devices, query->since_ms, query->until_ms);
		rc = SQL_COLLECT(&call, out, read_incident, &read);
	}
	buf_fini(&text);
	if (rc != 0)
		reader_incident_list_fini(out);
	return reader_failed(reader, rc, FAILED);
}

int
reader_incident(struct reader *reader, uint32_t id, struct reader_incident_list *out)
{
	struct incident_read read = {&READER_INCIDENTS_ALL, out};
	struct sql_call call = sql_prepare(&reader->sql, INCIDENT_COLUMNS " WHERE i.id = ?");
	int rc;

	*out = (struct reader_incident_list){0};
	sql_put_int(&call, id);
	rc = SQL_COLLECT(&call, out, read_incident, &read);
	if (rc != 0)
		reader_incident_list_fini(out);
	if (rc != 0 || out->count > 0)
		return reader_failed(reader, rc, FAILED);
	snprintf(reader->message, sizeof(reader->message), "there is no incident %" PRIu32, id);
	return ERR_NOTFOUND;
}

static int
read_device(struct sql_call *call, void *item, void *arg)
{
	struct reader_incident_device *out = item;
	int rc = 0;

	*out = (struct reader_incident_device){
		.incident = (uint32_t)sql_int(call, 0),
		.outage = outage_row_read(call, 1),
		.left_ms = sql_int(call, 4),
		.name = reader_text(arg, call, 5, &rc),
		.address = reader_text(arg, call, 6, &rc),
		.site = reader_text(arg, call, 7, &rc),
		.kind = reader_kind(sql_text(call, 8)),
	};
	return rc;
}

int
reader_incident_devices(struct reader *reader, uint32_t id, struct reader_incident_device_list *out)
{
	struct sql_call call = sql_prepare(
		&reader->sql, "SELECT x.incident, x.device, x.since, x.until, x.left_at, d.name,"
			      " d.address, d.site, d.kind FROM incident_device x"
			      " LEFT JOIN device d ON d.id = x.device WHERE x.incident = ?"
			      " ORDER BY x.left_at > 0, x.device");
	int rc;

	*out = (struct reader_incident_device_list){0};
	sql_put_int(&call, id);
	rc = SQL_COLLECT(&call, out, read_device, &out->text);
	if (rc != 0)
		reader_incident_device_list_fini(out);
	return reader_failed(reader, rc, FAILED);
}

static int
read_alt(struct sql_call *call, void *item, void *arg)
{
	struct reader_incident_alt *out = item;
	int rc = 0;

	*out = (struct reader_incident_alt){
		.alt = {verdict_row_read(call, 0), blame_row_read(call, 1),
			(float)sql_real(call, 4)},
		.name = reader_text(arg, call, 3, &rc),
	};
	return rc;
}

int
reader_incident_alts(struct reader *reader, uint32_t id, struct reader_incident_alt_list *out)
{
	struct sql_call call =
		sql_prepare(&reader->sql, "SELECT verdict, " BLAME_COLUMNS ", share"
					  " FROM incident_alt WHERE incident = ? ORDER BY n");
	int rc;

	*out = (struct reader_incident_alt_list){0};
	sql_put_int(&call, id);
	rc = SQL_COLLECT(&call, out, read_alt, &out->text);
	if (rc != 0)
		reader_incident_alt_list_fini(out);
	return reader_failed(reader, rc, FAILED);
}

static int
read_step(struct sql_call *call, void *item, void *arg)
{
	struct reader_incident_step *out = item;
	int rc = 0;

	*out = (struct reader_incident_step){
		.number = (uint32_t)sql_int(call, 0),
		.at_ms = sql_int(call, 1),
		.step = step_row_read(call, 2),
		.verdict = verdict_row_read(call, 3),
		.blame = blame_row_read(call, 4),
		.blame_name = reader_text(arg, call, 6, &rc),
		.team = team_row_read(call, 7),
		.confidence = (float)sql_real(call, 8),
		.is_alert = sql_int(call, 9) != 0,
		.devices = (uint32_t)sql_int(call, 10),
		.other = (uint32_t)sql_int(call, 11),
		.note = reader_text(arg, call, 12, &rc),
		.by = reader_text(arg, call, 13, &rc),
		.has_new_lines = sql_int(call, 14) != 0,
	};
	return rc;
}

int
reader_incident_steps(struct reader *reader, uint32_t id, struct reader_incident_step_list *out)
{
	struct sql_call call = sql_prepare(
		&reader->sql, "SELECT number, at, step, verdict, " BLAME_COLUMNS ", team,"
			      " confidence, alert, devices, other, note, said_by,"
			      " lines <> lag(lines, 1, 0) OVER (ORDER BY number)"
			      " FROM incident_step WHERE incident = ? ORDER BY number");
	int rc;

	*out = (struct reader_incident_step_list){0};
	sql_put_int(&call, id);
	rc = SQL_COLLECT(&call, out, read_step, &out->text);
	if (rc != 0)
		reader_incident_step_list_fini(out);
	return reader_failed(reader, rc, FAILED);
}

static int
read_line(struct sql_call *call, void *item, void *arg)
{
	(void)arg;
	line_row_read(call, 0, item);
	return 0;
}

int
reader_incident_lines(struct reader *reader, uint32_t id, uint32_t step, enum incident_lines which,
		      struct evidence_line_list *out)
{
	struct sql_call call = sql_prepare(
		&reader->sql, "SELECT " LINE_COLUMNS " FROM incident_line WHERE incident = ?1"
			      " AND step = (SELECT lines FROM incident_step WHERE incident = ?1"
			      " AND (?2 = 0 OR number <= ?2) ORDER BY number DESC LIMIT 1)"
			      " AND decider = ?3 ORDER BY n");
	int rc;

	*out = (struct evidence_line_list){0};
	sql_put_int(&call, id);
	sql_put_int(&call, step);
	sql_put_int(&call, which == INCIDENT_DECIDERS);
	rc = SQL_COLLECT(&call, out, read_line, NULL);
	if (rc != 0)
		evidence_line_list_fini(out);
	return reader_failed(reader, rc, FAILED);
}
