/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading with which findings people live, and when nobody watched.
 */
#include "keepwatch/err.h"
#include "keepwatch/name_find.h"
#include "keepwatch/reader_audit.h"
#include "reader.h"

static int
read_acceptance(struct sql_call *call, void *item, void *arg)
{
	struct mem_arena *text = arg;
	struct reader_acceptance *out = item;
	int rc = 0;

	*out = (struct reader_acceptance){
		.id = sql_int(call, 0),
		.rule = RULE_COUNT,
		.node = (uint32_t)sql_int(call, 2),
		.port = (uint32_t)sql_int(call, 3),
		.at_ms = sql_int(call, 9),
		.until_ms = sql_int(call, 10),
		.withdrawn_ms = sql_int(call, 11),
		.is_replaced = sql_int(call, 14) != 0,
		.is_open = sql_int(call, 15) != 0,
	};
	finding_rule_parse(sql_text(call, 1), &out->rule);
	out->rule_name = reader_text(text, call, 1, &rc);
	out->instance = reader_text(text, call, 4, &rc);
	out->name = reader_text(text, call, 5, &rc);
	out->site = reader_text(text, call, 6, &rc);
	out->who = reader_text(text, call, 7, &rc);
	out->why = reader_text(text, call, 8, &rc);
	out->withdrawn_by = reader_text(text, call, 12, &rc);
	out->withdrawn_why = reader_text(text, call, 13, &rc);
	return rc;
}

#define ACCEPTANCES                                                                          \
	"SELECT a.id, a.rule, a.node, a.port, a.instance, coalesce(d.name, a.name), d.site," \
	" a.who, a.why, a.at, a.until, a.withdrawn, a.withdrawn_by, a.withdrawn_why,"        \
	" EXISTS (SELECT 1 FROM finding_acceptance b WHERE b.node = a.node"                  \
	" AND b.rule = a.rule AND b.port = a.port AND b.instance = a.instance"               \
	" AND b.at > a.at), EXISTS (SELECT 1 FROM finding f WHERE f.node = a.node"           \
	" AND f.rule = a.rule AND f.port = a.port AND f.instance = a.instance"               \
	" AND f.resolved = 0) FROM finding_acceptance a LEFT JOIN device d ON d.id = a.node" \
	" LEFT JOIN state s ON s.device = d.id AND s.probe = 0"                              \
	" WHERE (?8 OR (d.id IS NOT NULL AND" READER_WHERE ")) ORDER BY a.at, a.id"

int
reader_acceptances(struct reader *reader, const struct reader_filter *filter,
		   struct reader_acceptance_list *out)
{
	struct reader_filter all = filter != NULL ? *filter : READER_FILTER_ANY;
	struct sql_call call = sql_prepare(&reader->sql, ACCEPTANCES);
	int rc;

	*out = (struct reader_acceptance_list){0};
	all.with_removed = true;
	reader_put_filter(&call, &all);
	sql_put_int(&call, reader_is_any(&all));
	rc = SQL_COLLECT(&call, out, read_acceptance, &out->text);
	if (rc != 0)
		reader_acceptance_list_fini(out);
	return reader_failed(reader, rc, "acceptances cannot be read");
}

static const char *const downtime_names[] = {
#define X(name, text) text,
	DOWNTIMES(X)
#undef X
};

const char *
downtime_name(enum downtime downtime)
{
	return name_of(downtime_names, MEM_COUNT(downtime_names), (int)downtime);
}

static int
read_downtime(struct sql_call *call, void *item, void *arg)
{
	int kind = name_find(downtime_names, MEM_COUNT(downtime_names), sql_text(call, 2));

	(void)arg;
	*(struct reader_downtime *)item = (struct reader_downtime){
		.from_ms = sql_int(call, 0),
		.until_ms = sql_int(call, 1),
		.kind = kind < 0 ? DOWNTIME_SILENT : (enum downtime)kind,
	};
	return 0;
}

/* The one that goes on, if no agent runs. */
static int
add_present(struct reader *reader, int64_t now_ms, struct reader_downtime_list *out)
{
	struct reader_downtime now = {0};
	struct reader_agent agent;
	int rc = reader_agent(reader, &agent);

	if (rc != 0)
		return rc == ERR_NOTFOUND ? 0 : rc;
	now.from_ms = agent.stopped_ms != 0 ? agent.stopped_ms : agent.heartbeat_ms;
	now.kind = agent.stopped_ms != 0 ? DOWNTIME_STOPPED : DOWNTIME_CRASHED;
	if (now.from_ms >= now_ms ||
	    (agent.stopped_ms == 0 && now_ms - now.from_ms <= READER_SILENT_MS))
		return 0;
	rc = READER_GROW(out);
	if (rc == 0)
		out->items[out->count++] = now;
	return rc;
}

int
reader_downtimes(struct reader *reader, int64_t since_ms, int64_t now_ms,
		 struct reader_downtime_list *out)
{
	struct sql_call call;
	int rc = reader_begin(reader);

	*out = (struct reader_downtime_list){0};
	if (rc != 0)
		return rc;
	call = sql_prepare(&reader->sql, "SELECT since, until, kind FROM agent_gap"
					 " WHERE until > ? AND since < ? ORDER BY since, id");
	sql_put_int(&call, since_ms);
	sql_put_int(&call, now_ms);
	rc = reader_failed(reader, SQL_COLLECT(&call, out, read_downtime, NULL),
			   "when the agent ran cannot be read");
	if (rc == 0)
		rc = add_present(reader, now_ms, out);
	reader_end(reader);
	if (rc != 0)
		reader_downtime_list_fini(out);
	return rc;
}
