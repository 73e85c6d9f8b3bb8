/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an audit left behind, at start: acceptances that hold, or held until their day; the ledger.
 */
#include "store.h"

#include "audit_rows.h"

static int
load_acceptances(struct store *store, const struct store_audit_handlers *handlers, void *arg)
{
	struct sql_call call = sql_prepare(
		&store->sql,
		"SELECT rule, node, port, instance, name, who, why, at, until"
		" FROM finding_acceptance a WHERE withdrawn = 0 AND NOT EXISTS"
		" (SELECT 1 FROM finding_acceptance b WHERE b.node = a.node AND b.rule = a.rule"
		" AND b.port = a.port AND b.instance = a.instance AND b.at > a.at) ORDER BY id");
	int rc = 0;

	while (rc == 0 && sql_row(&call)) {
		struct store_acceptance acceptance = {
			.node = (uint32_t)sql_int(&call, 1),
			.port = (uint32_t)sql_int(&call, 2),
			.instance = sql_text(&call, 3),
			.name = sql_text(&call, 4),
			.who = sql_text(&call, 5),
			.why = sql_text(&call, 6),
			.at_ms = sql_int(&call, 7),
			.until_ms = sql_int(&call, 8),
		};

		if (finding_rule_parse(sql_text(&call, 0), &acceptance.rule) == 0)
			rc = handlers->acceptance(arg, &acceptance);
	}
	return sql_done(&call) != 0 && rc == 0 ? call.rc : rc;
}

static int
load_ledger(struct store *store, const struct store_audit_handlers *handlers, void *arg)
{
	struct sql_call call = sql_prepare(&store->sql, "SELECT " LEDGER_COLUMNS
							" FROM password_ledger l ORDER BY device");
	struct ledger_entry entry;
	int rc = 0;

	while (rc == 0 && sql_row(&call)) {
		if (ledger_row_read(&call, 0, &entry) == 0)
			rc = handlers->ledger(arg, &entry);
	}
	return sql_done(&call) != 0 && rc == 0 ? call.rc : rc;
}

int
store_load_audit(struct store *store, const struct store_audit_handlers *handlers, void *arg,
		 char *message, size_t message_size)
{
	int rc = 0;

	store->sql.error[0] = '\0';
	if (handlers->acceptance != NULL)
		rc = load_acceptances(store, handlers, arg);
	if (rc == 0 && handlers->ledger != NULL)
		rc = load_ledger(store, handlers, arg);
	if (rc != 0)
		sql_message(&store->sql, "acceptances and the ledger of passwords cannot be read",
			    message, message_size);
	return rc;
}
