/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The log of an incident: its steps and the lines of evidence of each. A step is known by its
 * moment and kind: committed again it takes its own place.
 */
#include "incident_log.h"

#include "incident_rows.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Nats: the weights of a line move a little with every result, which is no other evidence. */
static const float WEIGHT_SLACK = 0.5F;

struct line_rows {
	struct evidence_line *items;
	size_t count, cap;
};

bool
incident_is_verdict(const struct store_incident *s)
{
	return s->step != INCIDENT_OVERTURNED;
}

int
incident_log_find(struct store *store, const struct store_incident *s, struct log_place *out)
{
	struct sql_call call = store_call(
		store, STMT_STEP_PLACE,
		"WITH own (number) AS (SELECT max(number) FROM incident_step WHERE incident = ?1"
		" AND at = ?2 AND step = ?3)"
		" SELECT coalesce(own.number, steps + 1), own.number IS NOT NULL,"
		" coalesce((SELECT lines FROM incident_step p WHERE p.incident = ?1"
		" AND p.number < coalesce(own.number, steps + 1) ORDER BY p.number DESC LIMIT 1),"
		" 0) FROM incident, own WHERE id = ?1");

	sql_put_int(&call, s->incident);
	sql_put_int(&call, s->at_ms);
	sql_put_text(&call, incident_step_name(s->step));
	if (sql_row(&call)) {
		out->number = sql_int(&call, 0);
		out->is_again = sql_int(&call, 1) != 0;
		out->lines = sql_int(&call, 2);
	}
	return sql_done(&call);
}

/* Counts the evidence in *arg. */
static int
read_line(struct sql_call *call, void *item, void *arg)
{
	size_t *evidence = arg;

	line_row_read(call, 0, item);
	*evidence += sql_int(call, 5) == 0;
	return 0;
}

static bool
are_lines_same(const struct evidence_line *a, const struct evidence_line *b, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (a[i].at_ms != b[i].at_ms || a[i].node != b[i].node || a[i].port != b[i].port ||
		    fabsf(a[i].weight - b[i].weight) > WEIGHT_SLACK ||
		    strcmp(a[i].text, b[i].text) != 0)
			return false;
	}
	return true;
}

/* True if evidence and deciders of a stored step are those given. */
static int
compare_lines(struct store *store, const struct store_incident *s, int64_t step, bool *is_same)
{
	struct sql_call call = store_call(store, STMT_LINE_LIST,
					  "SELECT " LINE_COLUMNS ", decider FROM incident_line"
					  " WHERE incident = ? AND step = ? ORDER BY decider, n");
	struct line_rows rows = {0};
	size_t evidence = 0;
	int rc;

	sql_put_int(&call, s->incident);
	sql_put_int(&call, step);
	rc = SQL_COLLECT(&call, &rows, read_line, &evidence);
	*is_same = rc == 0 && evidence == s->evidence_count &&
		   rows.count == s->evidence_count + s->decider_count &&
		   are_lines_same(rows.items, s->evidence, s->evidence_count) &&
		   are_lines_same(rows.items + s->evidence_count, s->deciders, s->decider_count);
	free(rows.items);
	return rc;
}

static int
put_lines(struct store *store, const struct store_incident *s, int64_t step, bool is_decider)
{
	const struct evidence_line *lines = is_decider ? s->deciders : s->evidence;
	size_t count = is_decider ? s->decider_count : s->evidence_count;
	int rc = 0;

	for (size_t i = 0; i < count && rc == 0; i++) {
		struct sql_call call =
			store_call(store, STMT_LINE_PUT,
				   "INSERT INTO incident_line (incident, step, decider, n,"
				   " " LINE_COLUMNS ") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");

		sql_put_int(&call, s->incident);
		sql_put_int(&call, step);
		sql_put_int(&call, is_decider);
		sql_put_int(&call, (int64_t)i);
		line_row_bind(&call, &lines[i]);
		rc = sql_run(&call);
	}
	return rc;
}

/* The lines of the step at its place, unless those before say the same: then place->lines stays. */
static int
commit_lines(struct store *store, const struct store_incident *s, struct log_place *place)
{
	struct sql_call call;
	bool is_same = false;
	int rc = 0;

	if (s->evidence_count == 0)
		return 0;
	if (place->lines != 0)
		rc = compare_lines(store, s, place->lines, &is_same);
	if (rc != 0 || is_same)
		return rc;
	place->lines = place->number;
	call = store_call(store, STMT_LINE_DELETE,
			  "DELETE FROM incident_line WHERE incident = ? AND step = ?");
	sql_put_int(&call, s->incident);
	sql_put_int(&call, place->number);
	rc = sql_run(&call);
	if (rc == 0)
		rc = put_lines(store, s, place->number, false);
	return rc != 0 ? rc : put_lines(store, s, place->number, true);
}

/* The entry in the log, from what the incident is after it. */
static int
put_step(struct store *store, const struct store_incident *s, const struct log_place *place)
{
	struct sql_call call = store_call(
		store, STMT_STEP_PUT,
		"INSERT OR REPLACE INTO incident_step (incident, number, at, step, verdict,"
		" " BLAME_COLUMNS ", team, confidence, alert, devices, other, note, said_by, lines)"
		" SELECT id, ?2, ?3, ?4, iif(?5 = '', verdict, ?5), " BLAME_COLUMNS
		", team, confidence, ?6, devices, ?7, ?8, ?9, ?10 FROM incident WHERE id = ?1");

	sql_put_int(&call, s->incident);
	sql_put_int(&call, place->number);
	sql_put_int(&call, s->at_ms);
	sql_put_text(&call, incident_step_name(s->step));
	sql_put_text(&call, incident_is_verdict(s) ? "" : verdict_name(s->cause));
	sql_put_int(&call, s->is_alert);
	sql_put_int(&call, s->other);
	sql_put_text(&call, s->note);
	sql_put_text(&call, s->by);
	sql_put_int(&call, place->lines);
	return sql_run(&call);
}

/* One entry of a log that has grown too long is let go, neither the first nor the last, and the
 * lines that it alone had. */
static int
thin_log(struct store *store, const struct store_incident *s, int64_t number)
{
	struct sql_call call;
	int rc;

	if (number <= STORE_INCIDENT_STEPS)
		return 0;
	call = store_call(
		store, STMT_STEP_THIN,
		"DELETE FROM incident_step WHERE incident = ?1 AND number = (SELECT number"
		" FROM incident_step WHERE incident = ?1 AND number > 1 AND number < ?2"
		" ORDER BY alert OR step NOT IN ('grown', 'refined'), number LIMIT 1)"
		" AND (SELECT count(*) FROM incident_step WHERE incident = ?1) > ?3");
	sql_put_int(&call, s->incident);
	sql_put_int(&call, number);
	sql_put_int(&call, STORE_INCIDENT_STEPS);
	rc = sql_run(&call);
	if (rc != 0)
		return rc;
	call = store_call(store, STMT_LINE_THIN,
			  "DELETE FROM incident_line WHERE incident = ?1 AND step NOT IN"
			  " (SELECT lines FROM incident_step WHERE incident = ?1)");
	sql_put_int(&call, s->incident);
	return sql_run(&call);
}

int
incident_log_put(struct store *store, const struct store_incident *s, struct log_place *place)
{
	int rc = commit_lines(store, s, place);

	if (rc == 0)
		rc = put_step(store, s, place);
	return rc != 0 ? rc : thin_log(store, s, place->number);
}
