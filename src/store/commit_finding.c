/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Findings in a commit. One is open of a rule, node, port and instance; that it opens, changes its
 * severity or is resolved goes to its history. What is older than what is stored says nothing new,
 * so that a batch may be committed again.
 */
#include "store.h"

#include "keepwatch/err.h"

enum { CHANGES_MAX = 200 }; /* of a finding; then the older ones are let go, but the first */

struct known {
	int64_t id; /* 0: none */
	int64_t confirmed_ms, changes;
	bool has_severity; /* the same */
	bool is_new;	   /* added with this commit: its row is complete */
};

/* Node, rule, port and instance. */
static void
put_key(struct sql_call *call, const struct batch_finding *f)
{
	sql_put_int(call, f->node);
	sql_put_text(call, finding_rule_name(f->rule));
	sql_put_int(call, f->port);
	sql_put_text(call, f->instance);
}

static int
find_open(struct store *store, const struct batch_finding *f, struct known *out)
{
	struct sql_call call =
		store_call(store, STMT_FINDING_FIND,
			   "SELECT id, confirmed, changes, severity = ?5"
			   " FROM finding WHERE node = ?1 AND rule = ?2 AND port = ?3"
			   " AND instance = ?4 AND resolved = 0");

	put_key(&call, f);
	sql_put_text(&call, finding_severity_name(f->severity));
	if (sql_row(&call))
		*out = (struct known){.id = sql_int(&call, 0),
				      .confirmed_ms = sql_int(&call, 1),
				      .changes = sql_int(&call, 2),
				      .has_severity = sql_int(&call, 3) != 0};
	return sql_done(&call);
}

/* True if it was opened, and resolved, before. */
static int
find_past(struct store *store, const struct batch_finding *f, bool *is_past)
{
	struct sql_call call =
		store_call(store, STMT_FINDING_PAST,
			   "SELECT 1 FROM finding INDEXED BY finding_by_node WHERE node = ?1"
			   " AND rule = ?2 AND port = ?3 AND instance = ?4 AND since = ?5"
			   " AND resolved >= ?6");

	put_key(&call, f);
	sql_put_int(&call, f->since_ms);
	sql_put_int(&call, f->confirmed_ms);
	*is_past = sql_row(&call);
	return sql_done(&call);
}

/* In two statements: an INSERT that looks into its own table first writes a temporary one. */
static int
open_finding(struct store *store, const struct batch_finding *f, struct known *out)
{
	struct sql_call call;
	bool is_past;
	int rc = find_past(store, f, &is_past);

	if (rc != 0 || is_past)
		return rc;
	call = store_call(store, STMT_FINDING_ADD,
			  "INSERT INTO finding (node, rule, port, instance, severity, name, since,"
			  " confirmed, value, bound, evidence, changes)"
			  " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1)");
	put_key(&call, f);
	sql_put_text(&call, finding_severity_name(f->severity));
	sql_put_text(&call, f->name);
	sql_put_int(&call, f->since_ms);
	sql_put_int(&call, f->confirmed_ms);
	sql_put_real(&call, f->value);
	sql_put_real(&call, f->limit);
	sql_put_text(&call, f->evidence);
	rc = sql_run(&call);
	if (rc == 0)
		*out = (struct known){.id = sqlite3_last_insert_rowid(store->sql.db),
				      .confirmed_ms = f->confirmed_ms,
				      .is_new = true};
	return rc;
}

static int
put_finding(struct store *store, const struct batch_finding *f, const struct known *known)
{
	struct sql_call call =
		store_call(store, STMT_FINDING_SET,
			   "UPDATE finding SET severity = ?2, name = ?3, confirmed = ?4,"
			   " resolved = ?5, value = ?6, bound = ?7, evidence = ?8, changes = ?9"
			   " WHERE id = ?1");

	sql_put_int(&call, known->id);
	sql_put_text(&call, finding_severity_name(f->severity));
	sql_put_text(&call, f->name);
	sql_put_int(&call, f->confirmed_ms);
	sql_put_int(&call, f->resolved_ms);
	sql_put_real(&call, f->value);
	sql_put_real(&call, f->limit);
	sql_put_text(&call, f->evidence);
	sql_put_int(&call, known->changes);
	return sql_run(&call);
}

static int
put_change(struct store *store, const struct batch_finding *f, const struct known *known)
{
	struct sql_call call = store_call(
		store, STMT_FINDING_CHANGE,
		"INSERT INTO finding_change (finding, number, at, severity, resolved, value, bound,"
		" evidence) VALUES (?, ?, ?, ?, ?, ?, ?, ?)");
	int rc;

	sql_put_int(&call, known->id);
	sql_put_int(&call, known->changes);
	sql_put_int(&call, f->resolved_ms != 0 ? f->resolved_ms : f->confirmed_ms);
	sql_put_text(&call, finding_severity_name(f->severity));
	sql_put_int(&call, f->resolved_ms != 0);
	sql_put_real(&call, f->value);
	sql_put_real(&call, f->limit);
	sql_put_text(&call, f->evidence);
	rc = sql_run(&call);
	if (rc != 0 || known->changes <= CHANGES_MAX)
		return rc;
	call = store_call(store, STMT_FINDING_THIN,
			  "DELETE FROM finding_change WHERE finding = ? AND number > 1"
			  " AND number <= ?");
	sql_put_int(&call, known->id);
	sql_put_int(&call, known->changes - CHANGES_MAX + 1);
	return sql_run(&call);
}

static int
commit_finding(struct store *store, const struct batch_finding *f)
{
	struct known known = {0};
	int rc = find_open(store, f, &known);

	if (rc == 0 && known.id == 0 && f->resolved_ms == 0)
		rc = open_finding(store, f, &known);
	if (rc != 0 || known.id == 0 || f->confirmed_ms < known.confirmed_ms)
		return rc;
	if (!known.has_severity || f->resolved_ms != 0) {
		known.changes++;
		rc = put_change(store, f, &known);
	}
	return rc != 0 || known.is_new ? rc : put_finding(store, f, &known);
}

int
commit_findings(struct store *store, const struct store_batch *batch)
{
	int rc = 0;

	for (size_t i = 0; i < batch->findings.count && rc == 0; i++)
		rc = commit_finding(store, &batch->findings.items[i]);
	return rc;
}
