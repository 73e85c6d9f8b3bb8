/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Facts in a commit: compared with what is stored, so that what has not changed costs no write and
 * what has goes to the history. An unchanged fact is noted as seen about once an hour; all facts of
 * a device lie on a page or two, so that this costs one page write an hour and device.
 */
#include "store.h"

#include "keepwatch/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SEEN_EVERY_MS = 3600 * 1000,
	SEEN_SPREAD_MS = 30 * 1000, /* times id % 32: not the whole fleet at once */
};

uint64_t
store_fact_event_keys(void)
{
	static const enum fact_key keys[] = {
		FACT_VENDOR,	   FACT_MODEL,	       FACT_FIRMWARE,	   FACT_SERIAL,
		FACT_HARDWARE,	   FACT_HOSTNAME,      FACT_MAC,	   FACT_ADDRESS,
		FACT_SYS_DESCR,	   FACT_SYS_OBJECT_ID, FACT_SYS_CONTACT,   FACT_SYS_LOCATION,
		FACT_CLOCK_SOURCE, FACT_ENGINE_ID,     FACT_INTERFACES,	   FACT_SERVICES,
		FACT_PROFILES,	   FACT_ACCESS_POINT,  FACT_TLS_NOT_AFTER, FACT_HTTP_SERVER,
	};
	uint64_t set = 0;

	for (size_t i = 0; i < MEM_COUNT(keys); i++)
		set |= UINT64_C(1) << keys[i];
	return set;
}

/* What is stored of a fact. */
struct stored {
	bool is_there;
	bool is_same; /* the value */
	int64_t last_seen, changed_at, gone_at;
	char value[FACT_VALUE_MAX + 1];
};

static int
get_stored(struct store *store, const struct batch_facts *facts, const struct fact *fact,
	   struct stored *out)
{
	struct sql_call call =
		store_call(store, STMT_FACT_GET,
			   "SELECT value, last_seen, changed_at, gone_at FROM fact"
			   " WHERE device = ? AND probe = ? AND key = ? AND instance = ?");

	sql_put_int(&call, facts->id);
	sql_put_int(&call, store->probe_numbers[facts->probe]);
	sql_put_text(&call, fact_name(fact->key));
	sql_put_text(&call, fact->instance);
	out->is_there = sql_row(&call);
	if (out->is_there) {
		const char *value = sql_text(&call, 0);

		out->is_same = strcmp(value, fact->value) == 0;
		out->last_seen = sql_int(&call, 1);
		out->changed_at = sql_int(&call, 2);
		out->gone_at = sql_int(&call, 3);
		if (!out->is_same)
			snprintf(out->value, sizeof(out->value), "%s", value);
	}
	return sql_done(&call);
}

/* A new fact, or another value of a known one. */
static int
put_fact(struct store *store, const struct batch_facts *facts, const struct fact *fact)
{
	struct sql_call call = store_call(
		store, STMT_FACT_PUT,
		"INSERT INTO fact (device, probe, key, instance, value, first_seen, last_seen,"
		" changed_at) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?6, ?6)"
		" ON CONFLICT (device, probe, key, instance) DO UPDATE SET value = excluded.value,"
		" last_seen = excluded.last_seen, changed_at = excluded.changed_at, gone_at = 0");

	sql_put_int(&call, facts->id);
	sql_put_int(&call, store->probe_numbers[facts->probe]);
	sql_put_text(&call, fact_name(fact->key));
	sql_put_text(&call, fact->instance);
	sql_put_text(&call, fact->value);
	sql_put_int(&call, facts->at_ms);
	return sql_run(&call);
}

static int
note_seen(struct store *store, const struct batch_facts *facts, const struct fact *fact)
{
	struct sql_call call =
		store_call(store, STMT_FACT_SEEN,
			   "UPDATE fact SET last_seen = ?5"
			   " WHERE device = ?1 AND probe = ?2 AND key = ?3 AND instance = ?4");

	sql_put_int(&call, facts->id);
	sql_put_int(&call, store->probe_numbers[facts->probe]);
	sql_put_text(&call, fact_name(fact->key));
	sql_put_text(&call, fact->instance);
	sql_put_int(&call, facts->at_ms);
	return sql_run(&call);
}

struct past {
	uint32_t device;
	enum probe_id probe;
	const char *key, *instance, *value;
	int64_t since_ms, until_ms;
	bool is_gone;
};

static int
put_history(struct store *store, const struct past *past)
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

/* FACT_CHANGED, if changes of this key are events. from or to NULL: it came back, it is gone. */
static int
put_change(struct store *store, const struct batch_facts *facts, enum fact_key key,
	   const char *instance, const char *from, const char *to)
{
	char detail[FACT_INSTANCE_MAX + 64];
	struct store_event event = {
		.at_ms = facts->at_ms,
		.type = EVENT_FACT_CHANGED,
		.device = facts->id,
		.probe = (int)facts->probe,
		.from = from,
		.to = to,
		.detail = detail,
	};

	if ((store_fact_event_keys() >> key & 1) == 0)
		return 0;
	snprintf(detail, sizeof(detail), "%s%s%s", fact_name(key), instance[0] == '\0' ? "" : " ",
		 instance);
	return commit_event(store, &event);
}

static int
commit_fact(struct store *store, const struct batch_facts *facts, const struct fact *fact)
{
	bool is_volatile = fact_is_volatile(fact->key);
	struct stored stored;
	int64_t age;
	int rc = get_stored(store, facts, fact, &stored);

	if (rc != 0)
		return rc;
	if (!stored.is_there)
		return put_fact(store, facts, fact);
	if (stored.is_same && stored.gone_at == 0) {
		age = facts->at_ms - stored.last_seen;
		if (age < SEEN_EVERY_MS + (int64_t)(facts->id % 32) * SEEN_SPREAD_MS)
			return 0;
		return note_seen(store, facts, fact);
	}
	rc = put_fact(store, facts, fact);
	if (rc != 0 || is_volatile)
		return rc;
	if (stored.gone_at != 0) /* its end is in the history already */
		return put_change(store, facts, fact->key, fact->instance, NULL, fact->value);
	rc = put_history(store, &(struct past){facts->id, facts->probe, fact_name(fact->key),
					       fact->instance, stored.value, stored.changed_at,
					       facts->at_ms, false});
	if (rc == 0)
		rc = put_change(store, facts, fact->key, fact->instance, stored.value, fact->value);
	return rc;
}

/* One instance is no longer there. is_event: because the device says so, not our configuration. */
static int
end_fact(struct store *store, const struct batch_facts *facts, enum fact_key key,
	 const struct past *past, bool is_event)
{
	struct sql_call call =
		store_call(store, STMT_FACT_GONE,
			   "UPDATE fact SET gone_at = ?5"
			   " WHERE device = ?1 AND probe = ?2 AND key = ?3 AND instance = ?4");
	int rc;

	sql_put_int(&call, facts->id);
	sql_put_int(&call, store->probe_numbers[facts->probe]);
	sql_put_text(&call, past->key);
	sql_put_text(&call, past->instance);
	sql_put_int(&call, facts->at_ms);
	rc = sql_run(&call);
	if (rc == 0 && !fact_is_volatile(key))
		rc = put_history(store, past);
	if (rc == 0 && is_event && !fact_is_volatile(key))
		rc = put_change(store, facts, key, past->instance, past->value, NULL);
	return rc;
}

/* A stored instance that the complete list of this key lacks. */
struct missing {
	char *instance, *value;
	int64_t changed_at;
};

static int
find_missing(struct store *store, const struct batch_facts *facts, enum fact_key key,
	     struct mem_arena *text, struct missing **items, size_t *count)
{
	struct sql_call call =
		store_call(store, STMT_FACT_LIST,
			   "SELECT instance, value, changed_at FROM fact"
			   " WHERE device = ? AND probe = ? AND key = ? AND gone_at = 0");
	size_t cap = 0;
	int rc = 0;

	sql_put_int(&call, facts->id);
	sql_put_int(&call, store->probe_numbers[facts->probe]);
	sql_put_text(&call, fact_name(key));
	while (rc == 0 && sql_row(&call)) {
		struct missing m;

		if (fact_get(&facts->list, key, sql_text(&call, 0)) != NULL)
			continue;
		m.instance = arena_strdup(text, sql_text(&call, 0));
		m.value = arena_strdup(text, sql_text(&call, 1));
		m.changed_at = sql_int(&call, 2);
		rc = mem_grow(items, &cap, *count + 1, sizeof(**items));
		if (rc == 0 && (m.instance == NULL || m.value == NULL))
			rc = ERR_NOMEM;
		if (rc == 0)
			(*items)[(*count)++] = m;
	}
	return sql_done(&call) != 0 ? call.rc : rc;
}

static int
end_missing(struct store *store, const struct batch_facts *facts, enum fact_key key, bool is_event)
{
	struct missing *items = NULL;
	struct mem_arena text;
	size_t count = 0;
	int rc;

	arena_init(&text);
	rc = find_missing(store, facts, key, &text, &items, &count);
	for (size_t i = 0; i < count && rc == 0; i++)
		rc = end_fact(store, facts, key,
			      &(struct past){facts->id, facts->probe, fact_name(key),
					     items[i].instance, items[i].value, items[i].changed_at,
					     facts->at_ms, true},
			      is_event);
	free(items);
	arena_fini(&text);
	return rc;
}

int
commit_facts_gone(struct store *store, uint32_t device, enum probe_id probe, int64_t at_ms)
{
	const struct batch_facts none = {.id = device, .probe = probe, .at_ms = at_ms};
	int rc = 0;

	for (int key = 0; key < FACT_COUNT && rc == 0; key++)
		rc = end_missing(store, &none, (enum fact_key)key, false);
	return rc;
}

int
commit_facts(struct store *store, const struct store_batch *batch)
{
	int rc = 0;

	for (size_t i = 0; i < batch->facts.count && rc == 0; i++) {
		const struct batch_facts *facts = &batch->facts.items[i];

		for (size_t n = 0; n < facts->list.count && rc == 0; n++)
			rc = commit_fact(store, facts, &facts->list.items[n]);
		for (int key = 0; key < FACT_COUNT && rc == 0; key++) {
			if ((facts->complete >> key & 1) != 0)
				rc = end_missing(store, facts, (enum fact_key)key, true);
		}
	}
	return rc;
}
