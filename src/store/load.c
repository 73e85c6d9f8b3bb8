/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the agent goes on from after a start: devices with ids, states and facts, read in one pass
 * over four tables that all are in the order of device ids.
 */
#include "store.h"

#include "ids.h"
#include "keepwatch/err.h"
#include "last_row.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The open queries and the device that is put together. */
struct load {
	struct store *store;
	struct sql_call states, probes, facts;
	bool has_probe, has_fact; /* a row is at hand */
	int64_t chunk;		  /* whose last runs are in store->lasts; -1: none yet */
	size_t last_count, last_at;
	struct store_known_probe known[PROBE_COUNT];
	struct fact_list lists[PROBE_COUNT];
};

static void
read_state(struct sql_call *call, int column, struct store_state *out)
{
	*out = (struct store_state){0};
	/* a name that is not known comes from another version: nothing is known then */
	if (health_parse(sql_text(call, column), &out->health) != 0)
		out->health = HEALTH_UNKNOWN;
	if (reason_parse(sql_text(call, column + 1), &out->reason) != 0)
		out->reason = REASON_NONE;
	out->since_ms = sql_int(call, column + 2);
	out->is_flapping = sql_int(call, column + 3) != 0;
	snprintf(out->detail, sizeof(out->detail), "%s", sql_text(call, column + 4));
}

/* Index of our probe for a number of the database, -1 if this program has none. */
static int
probe_index(const struct store *store, int64_t number)
{
	return number < 0 || number >= SERIES_PROBES ? -1 : store->probe_ids[number];
}

static void
load_probes_of(struct load *load, int64_t device)
{
	for (; load->has_probe && sql_int(&load->probes, 0) <= device;
	     load->has_probe = sql_row(&load->probes)) {
		int p = probe_index(load->store, sql_int(&load->probes, 1));

		if (p < 0 || sql_int(&load->probes, 0) < device)
			continue;
		read_state(&load->probes, 2, &load->known[p].state);
		load->known[p].state.was_up = sql_int(&load->probes, 7) != 0;
		load->known[p].state.flips = (uint32_t)sql_int(&load->probes, 8);
	}
}

static int
load_facts_of(struct load *load, int64_t device)
{
	enum fact_key key;
	int rc = 0;

	for (; rc == 0 && load->has_fact && sql_int(&load->facts, 0) <= device;
	     load->has_fact = sql_row(&load->facts)) {
		int p = probe_index(load->store, sql_int(&load->facts, 1));

		if (p < 0 || sql_int(&load->facts, 0) < device ||
		    fact_parse(sql_text(&load->facts, 2), &key) != 0)
			continue;
		rc = fact_add(&load->lists[p], key, sql_text(&load->facts, 3),
			      sql_text(&load->facts, 4));
	}
	return rc;
}

/* The last runs of the device, which are in the order of devices too. */
static int
load_answer_of(struct load *load, struct store_known *known)
{
	struct store *store = load->store;
	uint32_t chunk = known->id / SERIES_DEVICES, in_chunk = known->id % SERIES_DEVICES;
	int rc;

	if (load->chunk != chunk) {
		struct sql_call call = store_call(store, STMT_LAST_GET, LAST_ROW);

		rc = last_row_read(&call, chunk, store->lasts, &load->last_count);
		if (rc != 0)
			return rc;
		load->chunk = chunk;
		load->last_at = 0;
	}
	for (; load->last_at < load->last_count; load->last_at++) {
		const struct series_last *item = &store->lasts[load->last_at];

		if (item->device > in_chunk)
			break;
		if (item->device == in_chunk && item->last.answer_ms > known->answer_ms)
			known->answer_ms = item->last.answer_ms;
	}
	return 0;
}

static void
clear_device(struct load *load)
{
	for (int p = 0; p < PROBE_COUNT; p++) {
		fact_list_fini(&load->lists[p]);
		load->known[p] = (struct store_known_probe){.probe = (enum probe_id)p};
	}
}

/* Calls each with the device at hand. */
static int
give_device(struct load *load, struct store_known *known,
	    int (*each)(void *arg, const struct store_known *known), void *arg)
{
	struct store_known_probe probes[PROBE_COUNT];
	int rc;

	clear_device(load);
	load_probes_of(load, known->id);
	rc = load_facts_of(load, known->id);
	if (rc == 0)
		rc = load_answer_of(load, known);
	known->probes = probes;
	known->probe_count = 0;
	for (int p = 0; p < PROBE_COUNT; p++) {
		load->known[p].facts = &load->lists[p];
		if (load->known[p].state.since_ms != 0 || load->lists[p].count > 0)
			probes[known->probe_count++] = load->known[p];
	}
	return rc != 0 ? rc : each(arg, known);
}

static int
load_ids(struct store *store, struct store_ids *ids)
{
	struct sql_call call = sql_prepare(&store->sql, "SELECT id, name FROM device");
	int64_t highest = 0;
	int rc = 0;

	while (rc == 0 && sql_row(&call))
		rc = store_ids_put(ids, sql_text(&call, 1), (uint32_t)sql_int(&call, 0));
	if (sql_done(&call) != 0)
		return call.rc;
	if (rc != 0)
		return rc;
	/* the highest that ever was, so that a forgotten device's is not given again */
	rc = sql_get_int(&store->sql, "SELECT seq FROM sqlite_sequence WHERE name = 'device'",
			 &highest);
	if (rc == 0 && highest >= ids->next)
		ids->next = (uint32_t)highest + 1;
	return rc == ERR_NOTFOUND ? 0 : rc;
}

static int
load_devices(struct load *load, int (*each)(void *arg, const struct store_known *known), void *arg)
{
	struct sql *sql = &load->store->sql;
	struct sql_call call = sql_prepare(
		sql, "SELECT id, name, removed_at, health, reason, coalesce(since, 0), flapping,"
		     " detail FROM device LEFT JOIN state ON device = id AND probe = 0"
		     " ORDER BY id");
	int rc = 0;

	load->probes = sql_prepare(sql, "SELECT device, probe, health, reason, since, flapping,"
					" detail, was_up, flips FROM state WHERE probe > 0"
					" ORDER BY device, probe");
	load->facts = sql_prepare(sql, "SELECT device, probe, key, instance, value FROM fact"
				       " WHERE gone_at = 0 ORDER BY device, probe");
	load->has_probe = sql_row(&load->probes);
	load->has_fact = sql_row(&load->facts);
	while (rc == 0 && sql_row(&call)) {
		struct store_known known = {
			.id = (uint32_t)sql_int(&call, 0),
			.name = sql_text(&call, 1),
			.is_removed = sql_int(&call, 2) != 0,
		};

		read_state(&call, 3, &known.state);
		rc = give_device(load, &known, each, arg);
	}
	clear_device(load);
	if (sql_done(&load->facts) != 0 && rc == 0)
		rc = load->facts.rc;
	if (sql_done(&load->probes) != 0 && rc == 0)
		rc = load->probes.rc;
	if (sql_done(&call) != 0 && rc == 0)
		rc = call.rc;
	return rc;
}

int
store_load(struct store *store, struct store_ids *ids,
	   int (*each)(void *arg, const struct store_known *known), void *arg, char *message,
	   size_t message_size)
{
	struct load *load = calloc(1, sizeof(*load));
	int rc = load == NULL ? ERR_NOMEM : 0;

	store->sql.error[0] = '\0';
	if (rc == 0)
		rc = load_ids(store, ids);
	if (rc == 0 && each != NULL) {
		load->store = store;
		load->chunk = -1;
		rc = load_devices(load, each, arg);
	}
	if (rc != 0)
		sql_message(&store->sql, "what was known cannot be read", message, message_size);
	free(load);
	return rc;
}
