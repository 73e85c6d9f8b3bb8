/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Committing a batch: one transaction, with devices, states, events and heartbeat here; facts and
 * packed rows in their own files.
 */
#include "store.h"

#include "keepwatch/err.h"
#include "keepwatch/reader_audit.h"

#include <stdio.h>

enum { WAL_LIMIT = 32 * 1024 * 1024 }; /* a commit that finds the WAL longer checkpoints */

int
commit_devices(struct store *store, const struct store_batch *batch)
{
	struct sql_call call;
	int rc = 0;

	for (size_t i = 0; i < batch->devices.count && rc == 0; i++) {
		const struct batch_device *d = &batch->devices.items[i];

		if (d->is_removed) {
			call = store_call(store, STMT_DEVICE_REMOVE,
					  "UPDATE device SET removed_at = ?2"
					  " WHERE id = ?1 AND removed_at = 0");
			sql_put_int(&call, d->id);
			sql_put_int(&call, d->at_ms);
			rc = sql_run(&call);
			if (rc == 0 && sqlite3_changes(store->sql.db) > 0)
				rc = commit_links_of_removed(store, d->id);
			continue;
		}
		call = store_call(
			store, STMT_DEVICE_PUT,
			"INSERT INTO device (id, name, address, kind, site, owner, upstream_switch,"
			" upstream_port, tags, declared_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
			" ON CONFLICT (id) DO UPDATE SET address = excluded.address,"
			" kind = excluded.kind, site = excluded.site, owner = excluded.owner,"
			" upstream_switch = excluded.upstream_switch,"
			" upstream_port = excluded.upstream_port, tags = excluded.tags,"
			" removed_at = 0"
			" WHERE (address, kind, site, owner, upstream_switch, upstream_port, tags,"
			" removed_at) IS NOT (excluded.address, excluded.kind, excluded.site,"
			" excluded.owner, excluded.upstream_switch, excluded.upstream_port,"
			" excluded.tags, 0)");
		sql_put_int(&call, d->id);
		sql_put_text(&call, d->name);
		sql_put_text(&call, d->address);
		sql_put_text(&call, kind_name(d->kind));
		sql_put_text(&call, d->site);
		sql_put_text(&call, d->owner);
		sql_put_text(&call, d->upstream_switch);
		sql_put_text(&call, d->upstream_port);
		sql_put_text(&call, d->tags);
		sql_put_int(&call, d->at_ms);
		rc = sql_run(&call);
	}
	return rc;
}

/* Number of a state's probe in the database; 0 is the device itself. */
static int64_t
state_probe(const struct store *store, const struct batch_state *s)
{
	return s->probe == BATCH_DEVICE ? 0 : store->probe_numbers[s->probe];
}

static void
put_state_values(struct store *store, struct sql_call *call, const struct batch_state *s)
{
	sql_put_int(call, s->id);
	sql_put_int(call, state_probe(store, s));
	sql_put_text(call, health_name((enum health)s->health));
	sql_put_text(call, reason_name((enum reason)s->reason));
	sql_put_int(call, s->since_ms);
	sql_put_int(call, s->is_flapping);
	sql_put_int(call, s->was_up);
	sql_put_int(call, s->flips);
	sql_put_text(call, s->detail);
}

/* Nearly always the row is there: an update is cheaper than an insert that meets a conflict. */
static int
put_state(struct store *store, const struct batch_state *s)
{
	struct sql_call call = store_call(
		store, STMT_STATE_SET,
		"UPDATE state SET health = ?3, reason = ?4, since = ?5, flapping = ?6, was_up = ?7,"
		" flips = ?8, detail = ?9 WHERE device = ?1 AND probe = ?2");
	int rc;

	put_state_values(store, &call, s);
	rc = sql_run(&call);
	if (rc != 0 || sqlite3_changes(store->sql.db) > 0)
		return rc;
	call = store_call(store, STMT_STATE_ADD,
			  "INSERT INTO state (device, probe, health, reason, since, flapping,"
			  " was_up, flips, detail) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
	put_state_values(store, &call, s);
	return sql_run(&call);
}

static int
forget_probe(struct store *store, const struct batch_state *s)
{
	struct sql_call call = store_call(store, STMT_STATE_DELETE,
					  "DELETE FROM state WHERE device = ? AND probe = ?");
	int rc;

	sql_put_int(&call, s->id);
	sql_put_int(&call, store->probe_numbers[s->probe]);
	rc = sql_run(&call);
	return rc != 0 ? rc : commit_facts_gone(store, s->id, (enum probe_id)s->probe, s->since_ms);
}

int
commit_states(struct store *store, const struct store_batch *batch)
{
	int rc = 0;

	for (size_t i = 0; i < batch->states.count && rc == 0; i++) {
		const struct batch_state *s = &batch->states.items[i];

		rc = s->is_gone ? forget_probe(store, s) : put_state(store, s);
	}
	return rc;
}

int
commit_event(struct store *store, const struct store_event *event)
{
	struct sql_call call = store_call(store, STMT_EVENT_PUT,
					  "INSERT OR FAIL INTO event (at, device, type, probe, "
					  "from_value, to_value, reason, detail)"
					  " VALUES (?, ?, ?, ?, ?, ?, ?, ?)");

	sql_put_int(&call, event->at_ms);
	if (event->device == 0)
		sql_put_null(&call);
	else
		sql_put_int(&call, event->device);
	sql_put_text(&call, event_name(event->type));
	if (event->probe < 0 || event->probe >= PROBE_COUNT)
		sql_put_null(&call);
	else
		sql_put_int(&call, store->probe_numbers[event->probe]);
	sql_put_text(&call, event->from);
	sql_put_text(&call, event->to);
	sql_put_text(&call, reason_name(event->reason));
	sql_put_text(&call, event->detail);
	return sql_run(&call);
}

int
commit_events(struct store *store, const struct store_batch *batch)
{
	int rc = 0;

	for (size_t i = 0; i < batch->events.count && rc == 0; i++)
		rc = commit_event(store, &batch->events.items[i]);
	return rc;
}

static int
commit_heartbeat(struct store *store, const struct store_batch *batch)
{
	struct sql_call call;
	int rc;

	if (batch->heartbeat_ms == 0 && batch->config_loaded_ms == 0)
		return 0;
	if (batch->heartbeat_ms - store->heartbeat_ms > READER_SILENT_MS) {
		call = store_call(store, STMT_GAP_PUT,
				  "INSERT INTO agent_gap (since, until, kind) SELECT heartbeat_at,"
				  " ?1, ?2 FROM agent WHERE heartbeat_at < ?1 - ?3");
		sql_put_int(&call, batch->heartbeat_ms);
		sql_put_text(&call, downtime_name(DOWNTIME_SILENT));
		sql_put_int(&call, READER_SILENT_MS);
		rc = sql_run(&call);
		if (rc != 0)
			return rc;
	}
	call = store_call(store, STMT_HEARTBEAT,
			  "UPDATE agent SET heartbeat_at = iif(?1 = 0, heartbeat_at, ?1),"
			  " config_loaded_at = iif(?2 = 0, config_loaded_at, ?2)");
	sql_put_int(&call, batch->heartbeat_ms);
	sql_put_int(&call, batch->config_loaded_ms);
	return sql_run(&call);
}

/* A row that an alert may follow from must outlive a power failure; see store_commit. */
static bool
needs_full_sync(const struct store_batch *batch)
{
	for (; batch != NULL; batch = batch->next) {
		if (batch->events.count + batch->devices.count + batch->states.count > 0 ||
		    !batch_incident_is_empty(batch) || batch_audit_has_more(batch))
			return true;
	}
	return false;
}

static int
set_sync(struct store *store, bool is_full)
{
	int rc = 0;

	if (is_full != store->is_fully_synced)
		rc = sql_exec(&store->sql, is_full ? "PRAGMA synchronous = FULL"
						   : "PRAGMA synchronous = NORMAL");
	if (rc == 0)
		store->is_fully_synced = is_full;
	return rc;
}

static int
commit_link(struct store *store, const struct store_batch *batch)
{
	int rc = commit_devices(store, batch);

	if (rc == 0)
		rc = commit_states(store, batch);
	if (rc == 0)
		rc = commit_events(store, batch);
	if (rc == 0)
		rc = commit_facts(store, batch);
	if (rc == 0)
		rc = commit_lasts(store, batch);
	if (rc == 0)
		rc = commit_rollups(store, batch);
	if (rc == 0)
		rc = commit_links(store, batch);
	if (rc == 0)
		rc = commit_ports(store, batch);
	if (rc == 0)
		rc = commit_identities(store, batch);
	if (rc == 0)
		rc = commit_stations(store, batch);
	if (rc == 0)
		rc = commit_incidents(store, batch);
	if (rc == 0)
		rc = commit_findings(store, batch);
	if (rc == 0)
		rc = commit_confirmed(store, batch);
	if (rc == 0)
		rc = commit_acceptances(store, batch);
	if (rc == 0)
		rc = commit_ledger(store, batch);
	if (rc == 0)
		rc = commit_ledger_events(store, batch);
	if (rc == 0)
		rc = commit_heartbeat(store, batch);
	return rc;
}

int
store_commit(struct store *store, const struct store_batch *batch, char *message,
	     size_t message_size)
{
	struct sql_call call;
	int rc;

	if (store_batch_is_empty(batch))
		return 0;
	rc = set_sync(store, needs_full_sync(batch));
	if (rc == 0) {
		call = store_call(store, STMT_BEGIN, "BEGIN IMMEDIATE");
		rc = sql_run(&call);
	}
	for (const struct store_batch *link = batch; link != NULL && rc == 0; link = link->next)
		rc = commit_link(store, link);
	if (rc == 0) {
		call = store_call(store, STMT_COMMIT, "COMMIT");
		rc = sql_run(&call);
	}
	if (rc != 0) {
		sql_message(&store->sql, "batch not written", message, message_size);
		if (!sqlite3_get_autocommit(store->sql.db))
			sqlite3_exec(store->sql.db, "ROLLBACK", NULL, NULL, NULL);
		return rc;
	}
	for (const struct store_batch *link = batch; link != NULL; link = link->next) {
		if (link->heartbeat_ms > store->heartbeat_ms)
			store->heartbeat_ms = link->heartbeat_ms;
	}
	/* Normally store_maintain keeps the WAL short. The batch is stored whatever comes of this.
	 */
	if (store_wal_bytes(store) > WAL_LIMIT)
		store_checkpoint(store, NULL);
	return 0;
}
