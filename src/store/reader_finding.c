/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading findings and what happened to them.
 */
#include "incident_rows.h"
#include "keepwatch/buf.h"
#include "keepwatch/reader_incident.h"
#include "reader.h"

/* What is asked for, and the list that it goes to. */
struct finding_read {
	const struct reader_finding_query *query;
	struct reader_finding_list *list;
};

#define FINDINGS                                                                         \
	"SELECT f.rule, f.severity, f.node, f.port, f.since, f.confirmed, f.resolved,"   \
	" f.value, f.bound, f.evidence, f.id, coalesce(d.name, f.name), d.site, p.name," \
	" d.kind, f.changes FROM finding f LEFT JOIN device d ON d.id = f.node"          \
	" LEFT JOIN state s ON s.device = d.id AND s.probe = 0"                          \
	" LEFT JOIN port p ON p.device = f.node AND p.if_index = f.port"                 \
	" WHERE (?8 OR (d.id IS NOT NULL AND" READER_WHERE ")) AND f.since < ?10"
#define FINDINGS_ORDER                                                     \
	" ORDER BY f.resolved > 0, CASE f.severity WHEN 'critical' THEN 0" \
	" WHEN 'warning' THEN 1 ELSE 2 END, f.since DESC, f.id DESC"

static int
read_finding(struct sql_call *call, void *item, void *arg)
{
	const struct finding_read *read = arg;
	struct mem_arena *text = &read->list->text;
	struct reader_finding *out = item;
	int rc = 0;

	if (read->query->limit != 0 && read->list->count == read->query->limit)
		return SQL_STOP;
	*out = (struct reader_finding){.id = sql_int(call, 10)};
	finding_row_read(call, 0, &out->finding);
	if (out->finding.severity < read->query->min_severity ||
	    (read->query->rules != 0 && (read->query->rules >> out->finding.rule & 1) == 0))
		return SQL_SKIP;
	out->rule_name = reader_text(text, call, 0, &rc);
	out->name = reader_text(text, call, 11, &rc);
	out->site = reader_text(text, call, 12, &rc);
	out->port_name = reader_text(text, call, 13, &rc);
	out->kind = reader_kind(sql_text(call, 14));
	out->changes = (uint32_t)sql_int(call, 15);
	return rc;
}

/* Of conditions only those that are asked for, so that an index serves. */
static void
write_query(struct buf *text, const struct reader_finding_query *query)
{
	buf_puts(text, FINDINGS);
	buf_puts(text, query->with_resolved ? " AND (f.resolved = 0 OR f.resolved >= ?9)"
					    : " AND f.resolved = 0");
	if (reader_is_one(&query->devices))
		buf_puts(text, " AND f.node = ?6");
	buf_puts(text, FINDINGS_ORDER);
}

int
reader_findings(struct reader *reader, const struct reader_finding_query *query,
		struct reader_finding_list *out)
{
	struct finding_read read = {query, out};
	struct reader_filter filter = query->devices;
	struct sql_call call;
	struct buf text;
	int rc;

	*out = (struct reader_finding_list){0};
	buf_init(&text, READER_QUERY_MAX);
	write_query(&text, query);
	rc = text.error;
	if (rc == 0) {
		call = sql_prepare(&reader->sql, text.data);
		filter.with_removed = true;
		reader_put_filter(&call, &filter);
		sql_put_int(&call, reader_is_any(&filter));
		sql_put_int(&call, query->since_ms);
		sql_put_int(&call, query->until_ms == 0 ? INT64_MAX : query->until_ms);
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
