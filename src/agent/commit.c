/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Batches on their way to the store: filled on the loop, committed once a second by a worker, kept
 * and tried again when the disk is full. Memory is bounded: first what comes again by itself
 * (facts, last runs) is left out, at the hard limit everything, and both are said.
 */
#include "agent.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/log.h"

#include <malloc.h>
#include <stdio.h>

enum {
	RETRY_FIRST_MS = 1000,
	RETRY_MAX_MS = 60000,
	TRIM_BYTES = 1 << 20, /* after a batch of that size its memory goes back to the system */
};

bool
agent_batch_open(struct agent *agent, bool is_vital)
{
	size_t bytes = store_batch_bytes(agent->batch);

	if (agent->in_work != NULL)
		bytes += store_batch_bytes(agent->in_work);
	if (bytes < AGENT_MEMORY_SOFT || (is_vital && bytes < AGENT_MEMORY_HARD)) {
		agent->is_dropping = agent->is_dropping && bytes >= AGENT_MEMORY_SOFT;
		return true;
	}
	if (!agent->is_dropping)
		log_error("store",
			  "%zu MiB of changes wait for the database: leaving out what "
			  "comes again by itself%s",
			  bytes >> 20, bytes >= AGENT_MEMORY_HARD ? ", and events" : "");
	agent->is_dropping = true;
	agent->dropped++;
	return false;
}

static void
move_rollups(struct agent *agent, int64_t now_ms)
{
	struct agent_table *table = agent->table;
	int64_t start_ms = rollup_start_ms(ROLLUP_5MIN, now_ms);

	if (agent->rollup_start_ms == 0)
		agent->rollup_start_ms = start_ms;
	if (start_ms == agent->rollup_start_ms && !agent->is_stopping)
		return;
	for (size_t i = 0; i < table->probe_count; i++) {
		struct agent_probe *probe = &table->probes[i];

		if (rollup_is_empty(&probe->acc) || !agent_batch_open(agent, true))
			continue;
		if (store_batch_rollup(agent->batch, table->devices[probe->device].id,
				       probe->target.settings->probe, agent->rollup_start_ms,
				       &probe->acc) != 0) {
			log_error("store", "rollups kept for the next period: out of memory");
			return;
		}
		probe->acc = (struct rollup_acc){0};
	}
	agent->rollup_start_ms = start_ms;
}

bool
agent_save_last_run(struct agent *agent, struct agent_probe *probe)
{
	struct store_last last = {
		.outcome = (enum outcome)probe->outcome,
		.rtt_us = probe->rtt_us,
		.run_ms = probe->run_ms,
		.answer_ms = probe->answer_ms,
	};

	if (!agent_batch_open(agent, false) ||
	    store_batch_last(agent->batch, agent->table->devices[probe->device].id,
			     probe->target.settings->probe, &last) != 0)
		return false;
	probe->is_unsaved = false;
	return true;
}

/* Last runs are packed many to a row: written together, now and then, they cost next to nothing. */
static void
move_last_runs(struct agent *agent)
{
	struct agent_table *table = agent->table;

	for (size_t i = 0; i < table->probe_count; i++) {
		if (table->probes[i].is_unsaved && !agent_save_last_run(agent, &table->probes[i]))
			return;
	}
}

static void
work_commit(uv_work_t *work)
{
	struct agent *agent = work->data;
	uint64_t start_ns = clock_mono_ns();

	agent->work_rc = store_commit(agent->store, agent->in_work, agent->work_message,
				      sizeof(agent->work_message));
	agent->work_us = (clock_mono_ns() - start_ns) / 1000;
}

static void
work_maintain(uv_work_t *work)
{
	struct agent *agent = work->data;
	agent->work_rc =
		store_maintain(agent->store, &agent->retention, clock_wall_ms(), &agent->work_more,
			       agent->work_message, sizeof(agent->work_message));
}

/* A failed batch stays in front; what came since is put behind it before the next try. */
static void
commit_failed(struct agent *agent)
{
	uint64_t now_ms = clock_mono_ms();

	agent->commits.failed++;
	if (agent->work_rc == ERR_INVAL) {
		/* A bug of ours: it would fail for ever, and everything after it. */
		log_error("store", "%s; this batch is given up", agent->work_message);
		store_batch_free(agent->in_work);
		agent->in_work = NULL;
		return;
	}
	agent->retry_pause_ms = agent->retry_pause_ms == 0 ? RETRY_FIRST_MS
				: agent->retry_pause_ms < RETRY_MAX_MS / 2
					? agent->retry_pause_ms * 2
					: RETRY_MAX_MS;
	agent->retry_at_ms = now_ms + agent->retry_pause_ms;
	log_error("store", "%s; nothing is lost, next try in %u s", agent->work_message,
		  agent->retry_pause_ms / 1000);
}

static void
commit_done(struct agent *agent)
{
	size_t bytes;

	if (agent->retry_pause_ms != 0)
		log_notice("store", "the database takes changes again");
	agent->retry_pause_ms = 0;
	agent->retry_at_ms = 0;
	agent->commits.done++;
	agent->commits.last_us = (uint32_t)agent->work_us;
	if (agent->work_us > agent->commits.worst_us)
		agent->commits.worst_us = (uint32_t)agent->work_us;
	bytes = store_batch_bytes(agent->in_work);
	store_batch_free(agent->in_work);
	agent->in_work = NULL;
	if (bytes >= TRIM_BYTES)
		(void)malloc_trim(0);
}

static void
after_work(uv_work_t *work, int status)
{
	struct agent *agent = work->data;

	agent->is_working = false;
	if (status == UV_ECANCELED)
		return;
	if (agent->work_is_maintenance) {
		if (agent->work_rc != 0)
			log_error("store", "housekeeping: %s", agent->work_message);
		if (agent->work_more)
			agent->maintain_at_ms = clock_mono_ms();
	} else if (agent->work_rc != 0) {
		commit_failed(agent);
	} else {
		commit_done(agent);
	}
}

static void
start_work(struct agent *agent, bool is_maintenance)
{
	agent->is_working = true;
	agent->work_is_maintenance = is_maintenance;
	agent->work_more = false;
	agent->work.data = agent;
	agent->retention = (struct store_retention){
		.keep_5min_ms = agent->table->conf->keep_5min_ms,
		.keep_hourly_ms = agent->table->conf->keep_hourly_ms,
		.keep_events_ms = agent->table->conf->keep_events_ms,
	};
	if (uv_queue_work(&agent->uv, &agent->work, is_maintenance ? work_maintain : work_commit,
			  after_work) != 0) {
		agent->is_working = false;
		log_error("store", "no worker for the database");
	}
}

/* Makes in_work the batch to commit; false if there is none or not yet. */
static bool
take_batch(struct agent *agent)
{
	struct store_batch *fresh;

	if (agent->in_work != NULL) {
		if (clock_mono_ms() < agent->retry_at_ms)
			return false;
		if (store_batch_append(agent->in_work, agent->batch) != 0)
			log_error("store", "changes wait for the next commit: out of memory");
		return true;
	}
	if (store_batch_is_empty(agent->batch))
		return false;
	fresh = store_batch_new();
	if (fresh == NULL)
		return false;
	agent->in_work = agent->batch;
	agent->batch = fresh;
	return true;
}

void
agent_commit_tick(struct agent *agent)
{
	uint64_t mono_ms = clock_mono_ms();
	int64_t wall_ms = clock_wall_ms();

	move_rollups(agent, wall_ms);
	if (mono_ms >= agent->heartbeat_at_ms) {
		agent->heartbeat_at_ms = mono_ms + AGENT_HEARTBEAT_MS;
		move_last_runs(agent);
		if (agent_batch_open(agent, false))
			(void)store_batch_heartbeat(agent->batch, wall_ms, agent->reloaded_ms);
	}
	if (agent->is_working)
		return;
	if (take_batch(agent)) {
		start_work(agent, false);
	} else if (mono_ms >= agent->maintain_at_ms) {
		agent->maintain_at_ms = mono_ms + AGENT_MAINTAIN_MS;
		start_work(agent, true);
	}
}

int
agent_commit_init(struct agent *agent, char *message, size_t message_size)
{
	const struct conf *conf = agent->table->conf;
	struct store_options options = {
		.group = agent->group,
		.create = true,
		.version = KEEPWATCH_VERSION,
		.now_ms = agent->started_ms,
	};
	int rc;

	agent->batch = store_batch_new();
	if (agent->batch == NULL) {
		snprintf(message, message_size, "%s", err_text(ERR_NOMEM));
		return ERR_NOMEM;
	}
	store_ids_init(&agent->ids);
	rc = store_open(&agent->store, conf->database, &options, message, message_size);
	if (rc == 0)
		rc = agent_table_load(agent, message, message_size);
	/* Not in the first seconds, when there is enough to do. */
	agent->maintain_at_ms = clock_mono_ms() + AGENT_MAINTAIN_MS;
	return rc;
}

void
agent_commit_final(struct agent *agent)
{
	int rc = 0;

	move_rollups(agent, clock_wall_ms());
	move_last_runs(agent);
	agent->retry_at_ms = 0;
	if (take_batch(agent)) {
		rc = store_commit(agent->store, agent->in_work, agent->work_message,
				  sizeof(agent->work_message));
		if (rc != 0)
			log_error("store", "%s; the last changes are lost", agent->work_message);
	}
	store_batch_free(agent->in_work);
	agent->in_work = NULL;
	store_batch_free(agent->batch);
	agent->batch = NULL;
	store_ids_fini(&agent->ids);
	store_close(agent->store, clock_wall_ms());
	agent->store = NULL;
}
