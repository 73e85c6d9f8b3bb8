/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Statements on facts and their history. The primary key is named each time (NOT INDEXED), because
 * an index by key would touch other pages.
 */
#include "fact_rows.h"

#include "keepwatch/err.h"

static int
add_row(struct fact_view *view, struct sql_call *call)
{
	struct fact_row row = {
		.key = arena_strdup(&view->text, sql_text(call, 0)),
		.instance = arena_strdup(&view->text, sql_text(call, 1)),
		.value = arena_strdup(&view->text, sql_text(call, 2)),
		.last_seen = sql_int(call, 3),
		.changed_at = sql_int(call, 4),
		.gone_at = sql_int(call, 5),
	};

	if (row.key == NULL || row.instance == NULL || row.value == NULL ||
	    mem_grow(&view->items, &view->cap, view->count + 1, sizeof(row)) != 0)
		return ERR_NOMEM;
	view->items[view->count++] = row;
	return 0;
}

int
fact_rows_read(struct store *store, const struct batch_facts *facts, struct fact_view *view)
{
	struct sql_call call = store_call(
		store, STMT_FACT_LIST,
		"SELECT key, instance, value, last_seen, changed_at, gone_at FROM fact NOT INDEXED"
		" WHERE device = ? AND probe = ? ORDER BY device, probe, key, instance");
	int rc = 0;

	sql_put_int(&call, facts->id);
	sql_put_int(&call, store->probe_numbers[facts->probe]);
	while (rc == 0 && sql_row(&call))
		rc = add_row(view, &call);
	return sql_done(&call) != 0 ? call.rc : rc;
}

int
fact_rows_read_one(struct store *store, const struct batch_facts *facts, const struct fact *fact,
		   struct fact_view *view)
{
	struct sql_call call = store_call(
		store, STMT_FACT_GET,
		"SELECT key, instance, value, last_seen, changed_at, gone_at FROM fact NOT INDEXED"
		" WHERE device = ? AND probe = ? AND key = ? AND instance = ?");
	int rc = 0;

	sql_put_int(&call, facts->id);
	sql_put_int(&call, store->probe_numbers[facts->probe]);
	sql_put_text(&call, fact_name(fact->key));
	sql_put_text(&call, fact->instance);
	if (sql_row(&call))
		rc = add_row(view, &call);
	return sql_done(&call) != 0 ? call.rc : rc;
}

/* Binds device, probe, key, instance, value and time. */
static int
run_with_value(struct store *store, const struct batch_facts *facts, const struct fact *fact,
	       struct sql_call *call)
{
	sql_put_int(call, facts->id);
	sql_put_int(call, store->probe_numbers[facts->probe]);
	sql_put_text(call, fact_name(fact->key));
	sql_put_text(call, fact->instance);
	sql_put_text(call, fact->value);
	sql_put_int(call, facts->at_ms);
	return sql_run(call);
}

/* The same of a row that is stored, but for the value. */
static int
run_at(struct store *store, const struct batch_facts *facts, const struct fact_row *stored,
       struct sql_call *call)
{
	sql_put_int(call, facts->id);
	sql_put_int(call, store->probe_numbers[facts->probe]);
	sql_put_text(call, stored->key);
	sql_put_text(call, stored->instance);
	sql_put_int(call, facts->at_ms);
	return sql_run(call);
}

int
fact_row_add(struct store *store, const struct batch_facts *facts, const struct fact *fact)
{
	struct sql_call call = store_call(
		store, STMT_FACT_PUT,
		"INSERT INTO fact (device, probe, key, instance, value, first_seen, last_seen,"
		" changed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?6)");

	return run_with_value(store, facts, fact, &call);
}

int
fact_row_set(struct store *store, const struct batch_facts *facts, const struct fact *fact)
{
	struct sql_call call =
		store_call(store, STMT_FACT_SET,
			   "UPDATE fact NOT INDEXED SET value = ?5, last_seen = ?6,"
			   " changed_at = ?6, gone_at = 0"
			   " WHERE device = ?1 AND probe = ?2 AND key = ?3 AND instance = ?4");

	return run_with_value(store, facts, fact, &call);
}

int
fact_row_seen(struct store *store, const struct batch_facts *facts, const struct fact_row *stored)
{
	struct sql_call call =
		store_call(store, STMT_FACT_SEEN,
			   "UPDATE fact NOT INDEXED SET last_seen = ?5"
			   " WHERE device = ?1 AND probe = ?2 AND key = ?3 AND instance = ?4");

	return run_at(store, facts, stored, &call);
}

int
fact_rows_seen(struct store *store, const struct batch_facts *facts)
{
	struct sql_call call = store_call(store, STMT_FACT_SEEN_ALL,
					  "UPDATE fact NOT INDEXED SET last_seen = ?3"
					  " WHERE device = ?1 AND probe = ?2 AND gone_at = 0");

	sql_put_int(&call, facts->id);
	sql_put_int(&call, store->probe_numbers[facts->probe]);
	sql_put_int(&call, facts->at_ms);
	return sql_run(&call);
}

int
fact_past_add(struct store *store, const struct fact_past *past)
{
	struct sql_call call = store_call(store, STMT_HISTORY_PUT,
					  "INSERT INTO fact_history (device, probe, key, instance, "
					  "value, since, until, ended)"
					  " VALUES (?, ?, ?, ?, ?, ?, ?, ?)");

	sql_put_int(&call, past->device);
	sql_put_int(&call, store->probe_numbers[past->probe]);
	sql_put_text(&call, past->key);
	sql_put_text(&call, past->instance);
	sql_put_text(&call, past->value);
	sql_put_int(&call, past->since_ms);
	sql_put_int(&call, past->until_ms);
	sql_put_text(&call, past->is_gone ? "gone" : "changed");
	return sql_run(&call);
}

int
fact_row_gone(struct store *store, const struct batch_facts *facts, const struct fact_row *stored)
{
	struct sql_call call =
		store_call(store, STMT_FACT_GONE,
			   "UPDATE fact NOT INDEXED SET gone_at = ?5"
			   " WHERE device = ?1 AND probe = ?2 AND key = ?3 AND instance = ?4");

	return run_at(store, facts, stored, &call);
}

bool
fact_is_of_unit(enum fact_key key, const char *instance)
{
	return instance[0] == '\0' &&
	       (key == FACT_VENDOR || key == FACT_MODEL || key == FACT_FIRMWARE ||
		key == FACT_SERIAL || key == FACT_HARDWARE);
}

int
fact_unit_change_add(struct store *store, const struct batch_facts *facts,
		     const struct fact_row *stored, const char *value)
{
	struct sql_call call = store_call(
		store, STMT_UNIT_CHANGE,
		"INSERT INTO unit_change (device, probe, key, at, from_value, to_value, last_seen)"
		" VALUES (?, ?, ?, ?, ?, ?, ?)"
		" ON CONFLICT DO UPDATE SET to_value = excluded.to_value");

	sql_put_int(&call, facts->id);
	sql_put_int(&call, store->probe_numbers[facts->probe]);
	sql_put_text(&call, stored->key);
	sql_put_int(&call, facts->at_ms);
	sql_put_text(&call, stored->value);
	sql_put_text(&call, value);
	sql_put_int(&call, stored->last_seen);
	return sql_run(&call);
}
