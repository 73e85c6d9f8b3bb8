/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading findings and what happened to them.
 */
#include "incident_rows.h"
#include "keepwatch/buf.h"
#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/name_find.h"
#include "keepwatch/reader_incident.h"
#include "reader.h"

/* What is asked for, and the list that it goes to. */
struct finding_read {
	const struct reader_finding_query *query;
	struct reader_finding_list *list;
	int64_t now_ms;
};

/* The acceptance that counts now, or when the finding was resolved. */
#define NEWEST_ACCEPTANCE                                                                  \
	"(SELECT x.id FROM finding_acceptance x WHERE x.node = f.node AND x.rule = f.rule" \
	" AND x.port = f.port AND x.instance = f.instance"                                 \
	" AND (f.resolved = 0 OR x.at <= f.resolved) ORDER BY x.at DESC LIMIT 1)"
#define FINDINGS                                                                              \
	"SELECT " FINDING_COLUMNS ", f.id, coalesce(d.name, f.name), d.site, p.name, d.kind," \
	" f.changes, d.owner, a.id IS NOT NULL, a.at, a.until, a.withdrawn, a.who, a.why"     \
	" FROM finding f LEFT JOIN device d ON d.id = f.node"                                 \
	" LEFT JOIN state s ON s.device = d.id AND s.probe = 0"                               \
	" LEFT JOIN port p ON p.device = f.node AND p.if_index = f.port"                      \
	" LEFT JOIN finding_acceptance a ON a.id = " NEWEST_ACCEPTANCE                        \
	" WHERE (?8 OR (d.id IS NOT NULL AND" READER_WHERE ")) AND f.since < ?10"
#define FINDINGS_ORDER                                                                      \
	" ORDER BY f.resolved > 0, f.resolved = 0 AND a.id IS NOT NULL AND a.withdrawn = 0" \
	" AND (a.until = 0 OR a.until > ?12), CASE f.severity WHEN 'critical' THEN 0"       \
	" WHEN 'warning' THEN 1 ELSE 2 END, f.since DESC, f.id DESC"
enum { COL_ID = 13, COL_ACCEPTANCE = 20 }; /* of FINDINGS */

static const char *const state_names[] = {
#define X(name, text) text,
	FINDING_STATES(X)
#undef X
};

const char *
finding_state_name(enum finding_state state)
{
	return name_of(state_names, MEM_COUNT(state_names), (int)state);
}

int
finding_state_parse(const char *text, enum finding_state *out)
{
	int state = name_find(state_names, MEM_COUNT(state_names), text);

	if (state < 0)
		return state;
	*out = (enum finding_state)state;
	return 0;
}

/* What the newest acceptance says of it. */
static int
read_acceptance(struct sql_call *call, int64_t now_ms, struct mem_arena *text,
		struct reader_finding *out)
{
	int64_t resolved_ms = out->finding.resolved_ms;
	int64_t when_ms = resolved_ms != 0 ? resolved_ms : now_ms;
	int64_t until_ms = sql_int(call, COL_ACCEPTANCE + 2);
	int64_t withdrawn_ms = sql_int(call, COL_ACCEPTANCE + 3);
	bool is_there = sql_int(call, COL_ACCEPTANCE) != 0 &&
			(withdrawn_ms == 0 || (resolved_ms != 0 && withdrawn_ms > resolved_ms));
	bool is_over = until_ms != 0 && until_ms <= when_ms;
	int rc = 0;

	out->state = resolved_ms != 0 ? FINDING_RESOLVED : FINDING_OPEN;
	out->accepted_by = out->accepted_why = arena_strdup(text, "");
	if (out->accepted_by == NULL || !is_there)
		return out->accepted_by == NULL ? ERR_NOMEM : 0;
	if (is_over) {
		out->expired_ms = until_ms;
		return 0;
	}
	if (resolved_ms == 0)
		out->state = FINDING_ACCEPTED;
	out->accepted_ms = sql_int(call, COL_ACCEPTANCE + 1);
	out->accepted_until_ms = until_ms;
	out->accepted_by = reader_text(text, call, COL_ACCEPTANCE + 4, &rc);
	out->accepted_why = reader_text(text, call, COL_ACCEPTANCE + 5, &rc);
	return rc;
}

static bool
is_wanted(const struct reader_finding_query *query, const struct reader_finding *found)
{
	return found->finding.severity >= query->min_severity &&
	       (query->rules == 0 || (query->rules >> found->finding.rule & 1) != 0) &&
	       (query->states == 0 || (query->states >> found->state & 1) != 0);
}

static int
read_finding(struct sql_call *call, void *item, void *arg)
{
	const struct finding_read *read = arg;
	struct mem_arena *text = &read->list->text;
	struct reader_finding *out = item;
	int rc;

	if (read->query->limit != 0 && read->list->count == read->query->limit)
		return SQL_STOP;
	*out = (struct reader_finding){.id = sql_int(call, COL_ID)};
	finding_row_read(call, 0, &out->finding);
	rc = read_acceptance(call, read->now_ms, text, out);
	if (rc != 0)
		return rc;
	if (!is_wanted(read->query, out))
		return SQL_SKIP;
	out->rule_name = reader_text(text, call, 0, &rc);
	out->name = reader_text(text, call, COL_ID + 1, &rc);
	out->site = reader_text(text, call, COL_ID + 2, &rc);
	out->port_name = reader_text(text, call, COL_ID + 3, &rc);
	out->kind = reader_kind(sql_text(call, COL_ID + 4));
	out->changes = (uint32_t)sql_int(call, COL_ID + 5);
	out->owner = reader_text(text, call, COL_ID + 6, &rc);
	return rc;
}

/* Of conditions only those that are asked for, so that an index serves. */
static void
write_query(struct buf *text, const struct reader_finding_query *query)
{
	buf_puts(text, FINDINGS);
	buf_puts(text, query->with_resolved ? " AND (f.resolved = 0 OR f.resolved >= ?9)"
					    : " AND f.resolved = 0");
	if (query->id != 0)
		buf_puts(text, " AND f.id = ?11");
	if (reader_is_one(&query->devices))
		buf_puts(text, " AND f.node = ?6");
	buf_puts(text, FINDINGS_ORDER);
}

int
reader_findings(struct reader *reader, const struct reader_finding_query *query,
		struct reader_finding_list *out)
{
	struct finding_read read = {query, out,
				    query->now_ms != 0 ? query->now_ms : clock_wall_ms()};
	struct sql_call call;
	struct buf text;
	int rc;

	*out = (struct reader_finding_list){0};
	buf_init(&text, READER_QUERY_MAX);
	write_query(&text, query);
	rc = text.error;
	if (rc == 0) {
		call = sql_prepare(&reader->sql, text.data);
		reader_put_past(&call, &query->devices, query->since_ms, query->until_ms);
		if (query->id != 0)
			sql_put_int(&call, query->id);
		else
			sql_put_null(&call);
		sql_put_int(&call, read.now_ms);
		rc = SQL_COLLECT(&call, out, read_finding, &read);
	}
	buf_fini(&text);
	if (rc != 0)
		reader_finding_list_fini(out);
	return reader_failed(reader, rc, "findings cannot be read");
}

static int
read_change(struct sql_call *call, void *item, void *arg)
{
	struct reader_finding_change *out = item;
	int rc = 0;

	*out = (struct reader_finding_change){
		.at_ms = sql_int(call, 0),
		.severity = severity_row_read(call, 1),
		.is_resolved = sql_int(call, 2) != 0,
		.value = sql_real(call, 3),
		.limit = sql_real(call, 4),
		.evidence = reader_text(arg, call, 5, &rc),
	};
	return rc;
}

int
reader_finding_changes(struct reader *reader, int64_t finding,
		       struct reader_finding_change_list *out)
{
	struct sql_call call =
		sql_prepare(&reader->sql, "SELECT at, severity, resolved, value, bound, evidence"
					  " FROM finding_change WHERE finding = ? ORDER BY number");
	int rc;

	*out = (struct reader_finding_change_list){0};
	sql_put_int(&call, finding);
	rc = SQL_COLLECT(&call, out, read_change, &out->text);
	if (rc != 0)
		reader_finding_change_list_fini(out);
	return reader_failed(reader, rc, "the history of a finding cannot be read");
}
