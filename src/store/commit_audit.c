/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an audit leaves behind, in a commit: findings that only go on, acceptances, the ledger of
 * passwords. All of it may be committed again: nothing is added twice, nothing older overwrites.
 */
#include "store.h"

#include "keepwatch/err.h"

static int
put_confirmed(struct store *store, const struct batch_confirmed *c, const char *rule)
{
	struct sql_call call =
		store_call(store, STMT_CONFIRMED_PUT,
			   "INSERT INTO finding_confirmed (node, rule, at) SELECT ?1, ?2, ?3"
			   " WHERE EXISTS (SELECT 1 FROM device WHERE id = ?1)"
			   " ON CONFLICT (node, rule) DO UPDATE SET at = excluded.at"
			   " WHERE at < excluded.at");

	sql_put_int(&call, c->node);
	sql_put_text(&call, rule);
	sql_put_int(&call, c->at_ms);
	return sql_run(&call);
}

int
commit_confirmed(struct store *store, const struct store_batch *batch)
{
	const uint64_t all = STORE_AUDIT_RULES & (~UINT64_C(0) >> (64 - RULE_COUNT));
	int rc = 0;

	for (size_t i = 0; i < batch->confirmed.count && rc == 0; i++) {
		const struct batch_confirmed *c = &batch->confirmed.items[i];
		uint64_t rest = c->rules;

		if ((rest & all) == all) {
			rc = put_confirmed(store, c, "");
			rest &= ~all;
		}
		for (int rule = 0; rule < RULE_COUNT && rc == 0; rule++) {
			if ((rest >> rule & 1) != 0)
				rc = put_confirmed(store, c,
						   finding_rule_name((enum finding_rule)rule));
		}
	}
	return rc;
}

static int
put_acceptance(struct store *store, const struct store_acceptance *a)
{
	struct sql_call call = store_call(
		store, STMT_ACCEPTANCE_PUT,
		"INSERT INTO finding_acceptance (rule, node, port, instance, name, at, until, who,"
		" why) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");

	sql_put_text(&call, finding_rule_name(a->rule));
	sql_put_int(&call, a->node);
	sql_put_int(&call, a->port);
	sql_put_text(&call, a->instance);
	sql_put_text(&call, a->name);
	sql_put_int(&call, a->at_ms);
	sql_put_int(&call, a->until_ms);
	sql_put_text(&call, a->who);
	sql_put_text(&call, a->why);
	return sql_run(&call);
}

static int
withdraw(struct store *store, const struct store_acceptance *a)
{
	struct sql_call call =
		store_call(store, STMT_ACCEPTANCE_WITHDRAW,
			   "UPDATE finding_acceptance SET withdrawn = ?5, withdrawn_by = ?6,"
			   " withdrawn_why = ?7 WHERE node = ?2 AND rule = ?1 AND port = ?3"
			   " AND instance = ?4 AND withdrawn = 0 AND at <= ?5");

	sql_put_text(&call, finding_rule_name(a->rule));
	sql_put_int(&call, a->node);
	sql_put_int(&call, a->port);
	sql_put_text(&call, a->instance);
	sql_put_int(&call, a->at_ms);
	sql_put_text(&call, a->who);
	sql_put_text(&call, a->why);
	return sql_run(&call);
}

int
commit_acceptances(struct store *store, const struct store_batch *batch)
{
	int rc = 0;

	for (size_t i = 0; i < batch->acceptances.count && rc == 0; i++) {
		const struct batch_acceptance *item = &batch->acceptances.items[i];

		rc = item->is_withdrawn ? withdraw(store, &item->acceptance)
					: put_acceptance(store, &item->acceptance);
	}
	return rc;
}

#define LEDGER_VALUES                                                                        \
	"(proof, first_proven, last_proven, change, changed_after, changed_before, refused," \
	" default_found, who, why)"
#define LEDGER_GIVEN                                                                     \
	"(excluded.proof, excluded.first_proven, excluded.last_proven, excluded.change," \
	" excluded.changed_after, excluded.changed_before, excluded.refused,"            \
	" excluded.default_found, excluded.who, excluded.why)"

int
commit_ledger(struct store *store, const struct store_batch *batch)
{
	int rc = 0;

	for (size_t i = 0; i < batch->ledger.count && rc == 0; i++) {
		const struct batch_ledger *l = &batch->ledger.items[i];
		struct sql_call call = store_call(
			store, STMT_LEDGER_PUT,
			"INSERT INTO password_ledger (device, use, account, proof, first_proven,"
			" last_proven, change, changed_after, changed_before, refused,"
			" default_found, who, why) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
			" ON CONFLICT (device, use, account) DO UPDATE SET " LEDGER_VALUES
			" = " LEDGER_GIVEN " WHERE " LEDGER_VALUES " IS NOT " LEDGER_GIVEN);

		sql_put_int(&call, l->device);
		sql_put_text(&call, ledger_use_name(l->use));
		sql_put_text(&call, l->account);
		sql_put_text(&call, l->proof);
		sql_put_int(&call, l->first_proven_ms);
		sql_put_int(&call, l->last_proven_ms);
		sql_put_text(&call, ledger_change_name((enum ledger_change)l->change));
		sql_put_int(&call, l->changed_after_ms);
		sql_put_int(&call, l->changed_before_ms);
		sql_put_int(&call, l->refused_ms);
		sql_put_int(&call, l->default_found_ms);
		sql_put_text(&call, l->who);
		sql_put_text(&call, l->why);
		rc = sql_run(&call);
	}
	return rc;
}

int
commit_ledger_events(struct store *store, const struct store_batch *batch)
{
	int rc = 0;

	for (size_t i = 0; i < batch->ledger_events.count && rc == 0; i++) {
		const struct store_ledger_event *e = &batch->ledger_events.items[i];
		struct sql_call call =
			store_call(store, STMT_LEDGER_EVENT,
				   "INSERT INTO password_event (device, use, account, at, event,"
				   " changed_after, changed_before, proof, who, why)"
				   " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING");

		sql_put_int(&call, e->device);
		sql_put_text(&call, ledger_use_name(e->use));
		sql_put_text(&call, e->account);
		sql_put_int(&call, e->at_ms);
		sql_put_text(&call, ledger_event_name(e->event));
		sql_put_int(&call, e->after_ms);
		sql_put_int(&call, e->before_ms);
		sql_put_text(&call, e->proof);
		sql_put_text(&call, e->who);
		sql_put_text(&call, e->why);
		rc = sql_run(&call);
	}
	return rc;
}
