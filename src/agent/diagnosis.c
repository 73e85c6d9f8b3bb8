/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The diagnosis' life in the agent: start, the tick of a second, reload, figures. The core is
 * src/diag; here is only what feeds it and what carries out what it says.
 */
#include "diagnosis.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/log.h"
#include "keepwatch/mem.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum {
	RECORD_MODE = 0750,
	NODES_SHARE = 4,       /* of a cycle is waited before nodes are looked at again... */
	NODES_PAUSE_MS = 5000, /* ...but not longer than that */
};

void
diagnosis_take(struct agent_diagnosis *diagnosis, struct evidence *evidence)
{
	int rc;

	evidence->seen_ms = clock_wall_ms();
	/* Clocks are set: nothing was measured later than it came. */
	if (evidence->at_ms > evidence->seen_ms)
		evidence->at_ms = evidence->seen_ms;
	if (diagnosis->record != NULL)
		record_take(diagnosis->record, evidence);
	rc = diag_take(diagnosis->diag, evidence);
	if (rc == 0)
		rc = trend_take(diagnosis->trend, evidence);
	if (rc == 0) {
		diagnosis->evidence++;
		return;
	}
	if (diagnosis->refused++ == 0 || rc == ERR_NOMEM)
		log_warn("diagnosis", "evidence %s of %s not taken: %s",
			 evidence_kind_name((enum evidence_kind)evidence->kind),
			 diagnosis_node_name(diagnosis, evidence->node), err_text(rc));
}

struct diagnosis_device *
diagnosis_find(const struct agent_diagnosis *diagnosis, uint32_t id)
{
	uint32_t index = id < diagnosis->by_id_cap ? diagnosis->by_id[id] : 0;

	return index == 0 ? NULL : &diagnosis->devices[index - 1];
}

struct diagnosis_device *
diagnosis_of(const struct agent_diagnosis *diagnosis, const struct agent_device *device)
{
	return &diagnosis->devices[device - diagnosis->agent->table->devices];
}

struct agent_device *
diagnosis_agent_device(const struct agent_diagnosis *diagnosis,
		       const struct diagnosis_device *device)
{
	return &diagnosis->agent->table->devices[device - diagnosis->devices];
}

/* ---- devices of the table */

static int
make_devices(struct agent_diagnosis *diagnosis)
{
	const struct agent_table *table = diagnosis->agent->table;
	size_t most = 0;

	diagnosis->by_id = NULL;
	diagnosis->device_count = diagnosis->by_id_cap = 0;
	diagnosis->devices = calloc(table->device_count + 1, sizeof(*diagnosis->devices));
	if (diagnosis->devices == NULL)
		return ERR_NOMEM;
	diagnosis->device_count = table->device_count;
	for (size_t i = 0; i < table->device_count; i++) {
		diagnosis->devices[i].id = table->devices[i].id;
		diagnosis->devices[i].role = NODE_DEVICE;
		if (table->devices[i].id >= most)
			most = (size_t)table->devices[i].id + 1;
	}
	diagnosis->by_id = calloc(most + 1, sizeof(*diagnosis->by_id));
	if (diagnosis->by_id == NULL)
		return ERR_NOMEM;
	diagnosis->by_id_cap = most;
	for (size_t i = 0; i < table->device_count; i++)
		diagnosis->by_id[table->devices[i].id] = (uint32_t)i + 1;
	return 0;
}

static void
free_devices(struct diagnosis_device *devices, size_t count, uint32_t *by_id)
{
	for (size_t i = 0; i < count; i++)
		diagnosis_ports_free(devices[i].ports);
	free(devices);
	free(by_id);
}

/* ---- recording */

static void
open_record(struct agent_diagnosis *diagnosis)
{
	const struct conf_diagnosis *conf = &diagnosis->agent->table->conf->diagnosis;
	struct record_params params = {
		.dir = conf->record_dir,
		.file_bytes = conf->record_size,
		.total_bytes = conf->record_total,
		.cycle_ms = diagnosis->cycle_ms,
	};
	int rc;

	if (conf->record_dir == NULL)
		return;
	if (mkdir(conf->record_dir, RECORD_MODE) != 0 && errno != EEXIST)
		rc = err_from_errno(errno);
	else
		rc = record_open(&diagnosis->record, &params, clock_wall_ms());
	if (rc != 0)
		log_error("record", "%s: nothing is recorded: %s", conf->record_dir, err_text(rc));
}

/* ---- life */

int
agent_diagnosis_open(struct agent *agent, char *message, size_t message_size)
{
	const struct conf_diagnosis *conf = &agent->table->conf->diagnosis;
	struct diag_params params = diag_default_params;
	struct agent_diagnosis *diagnosis;
	int rc;

	if (!conf->is_enabled)
		return 0;
	agent->diagnosis = diagnosis = calloc(1, sizeof(*diagnosis));
	if (diagnosis == NULL)
		return ERR_NOMEM;
	diagnosis->agent = agent;
	diagnosis->cycle_ms = params.cycle_ms = conf->cycle_ms;
	rc = store_load_incidents(agent->store, NULL, NULL, &params.first_id, message,
				  message_size);
	if (rc != 0)
		return rc;
	diagnosis->diag = diag_new(&params);
	diagnosis->open = open_incidents_new();
	diagnosis->trend = trend_new(params.cycle_ms, diagnosis_node_name, diagnosis);
	if (diagnosis->diag == NULL || diagnosis->trend == NULL || diagnosis->open == NULL)
		return ERR_NOMEM;
	open_incidents_set_next(diagnosis->open, params.first_id);
	return make_devices(diagnosis);
}

void
agent_diagnosis_close(struct agent *agent)
{
	struct agent_diagnosis *diagnosis = agent->diagnosis;

	if (diagnosis == NULL)
		return;
	diagnosis_monitor_stop(diagnosis);
	record_close(diagnosis->record);
	open_incidents_free(diagnosis->open);
	trend_free(diagnosis->trend);
	diag_free(diagnosis->diag);
	free_devices(diagnosis->devices, diagnosis->device_count, diagnosis->by_id);
	free(diagnosis->waiting);
	free(diagnosis->wans);
	free(diagnosis->windows);
	diagnosis_names_fini(&diagnosis->sites);
	diagnosis_names_fini(&diagnosis->zones);
	free(diagnosis);
	agent->diagnosis = NULL;
}

/* The first tick: what is there, what was known of it, and only then what comes. */
static int
begin(struct agent_diagnosis *diagnosis)
{
	char message[STORE_MESSAGE_SIZE] = "";
	int rc;

	open_record(diagnosis);
	diagnosis->is_ready = true;
	diagnosis->are_nodes_dirty = false;
	diagnosis_nodes_tell(diagnosis);
	diagnosis_windows_tell(diagnosis);
	rc = diagnosis_restore(diagnosis, message, sizeof(message));
	if (rc != 0)
		log_error("diagnosis", "what was known is not taken up: %s",
			  message[0] != '\0' ? message : err_text(rc));
	return rc;
}

static void
draw_conclusions(struct agent_diagnosis *diagnosis)
{
	uint64_t started_ns = clock_mono_ns();
	int64_t now_ms = clock_wall_ms();
	int rc;

	if (now_ms < diagnosis->tick_ms)
		now_ms = diagnosis->tick_ms; /* the clock was set back: time stands for a while */
	diagnosis->tick_ms = now_ms;
	rc = diag_tick(diagnosis->diag, now_ms);
	if (rc != 0)
		log_error("diagnosis", "no conclusions: %s", err_text(rc));
	diagnosis->tick_last_us = (uint32_t)((clock_mono_ns() - started_ns) / 1000);
	if (diagnosis->tick_last_us > diagnosis->tick_worst_us)
		diagnosis->tick_worst_us = diagnosis->tick_last_us;
	diagnosis_incidents_tell(diagnosis);
}

/* Links are confirmed all the time in a large fleet; all are looked at. */
static uint64_t
nodes_pause_ms(const struct agent_diagnosis *diagnosis)
{
	return diagnosis->cycle_ms / NODES_SHARE < NODES_PAUSE_MS
		       ? diagnosis->cycle_ms / NODES_SHARE
		       : NODES_PAUSE_MS;
}

void
agent_diagnosis_tick(struct agent *agent)
{
	struct agent_diagnosis *diagnosis = agent->diagnosis;
	struct diag_figures figures;

	if (diagnosis == NULL)
		return;
	if (!diagnosis->is_ready)
		(void)begin(diagnosis);
	diag_describe(diagnosis->diag, &figures);
	diagnosis_monitor_tick(diagnosis, figures.failing > 0);
	if (diagnosis->are_nodes_dirty && clock_mono_ms() >= diagnosis->nodes_at_ms) {
		diagnosis->are_nodes_dirty = false;
		diagnosis->nodes_at_ms = clock_mono_ms() + nodes_pause_ms(diagnosis);
		diagnosis_nodes_tell(diagnosis);
	}
	diagnosis_rounds_tell(diagnosis, false);
	draw_conclusions(diagnosis);
	diagnosis_asks_run(diagnosis);
	diagnosis_findings_tell(diagnosis);
	if (diagnosis->record != NULL)
		record_tick(diagnosis->record, clock_wall_ms());
}

void
agent_diagnosis_links(struct agent *agent)
{
	if (agent->diagnosis != NULL)
		agent->diagnosis->are_nodes_dirty = true;
}

/* ---- reload */

static bool
is_record_same(const struct conf_diagnosis *a, const struct conf_diagnosis *b)
{
	return a->record_size == b->record_size && a->record_total == b->record_total &&
	       strcmp(a->record_dir == NULL ? "" : a->record_dir,
		      b->record_dir == NULL ? "" : b->record_dir) == 0;
}

static void
inherit_devices(struct agent_diagnosis *diagnosis, struct diagnosis_device *old, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct diagnosis_device *into = diagnosis_find(diagnosis, old[i].id);
		struct evidence gone = {.kind = EVIDENCE_GONE, .node = old[i].id};

		if (into != NULL) {
			*into = old[i];
			old[i].ports = NULL;
		} else if (old[i].is_told) {
			gone.at_ms = clock_wall_ms();
			diagnosis_take(diagnosis, &gone);
		}
	}
}

void
agent_diagnosis_settle(struct agent *agent)
{
	if (agent->diagnosis != NULL)
		diagnosis_rounds_tell(agent->diagnosis, true);
}

void
agent_diagnosis_reload(struct agent *agent, const struct agent_table *old)
{
	struct agent_diagnosis *diagnosis = agent->diagnosis;
	const struct conf_diagnosis *now = &agent->table->conf->diagnosis;
	const struct conf_diagnosis *then = &old->conf->diagnosis;
	struct diagnosis_device *devices;
	size_t count;
	uint32_t *by_id;

	if (now->is_enabled != then->is_enabled || now->cycle_ms != then->cycle_ms)
		log_warn("reload", "`diagnosis:` changes only with a restart");
	if (diagnosis == NULL)
		return;
	devices = diagnosis->devices;
	by_id = diagnosis->by_id;
	count = diagnosis->device_count;
	if (make_devices(diagnosis) != 0) {
		log_error("diagnosis", "it ends: out of memory");
		free_devices(devices, count, by_id);
		agent_diagnosis_close(agent);
		return;
	}
	inherit_devices(diagnosis, devices, count);
	free_devices(devices, count, by_id);
	if (!is_record_same(now, then)) {
		record_close(diagnosis->record);
		diagnosis->record = NULL;
		open_record(diagnosis);
		/* The recording begins with what is there. */
		for (size_t i = 0; i < diagnosis->device_count; i++)
			diagnosis->devices[i].is_told = false;
		for (size_t i = 0; i < diagnosis->window_count; i++)
			diagnosis->windows[i].is_told = false;
		diagnosis->wan_count = 0;
		diagnosis->is_monitor_told = false;
	}
	if (diagnosis->is_ready) {
		diagnosis_nodes_tell(diagnosis);
		diagnosis_windows_tell(diagnosis);
	}
}

/* ---- figures */

const struct open_incidents *
agent_diagnosis_open_incidents(const struct agent *agent)
{
	return agent->diagnosis == NULL ? NULL : agent->diagnosis->open;
}

void
agent_diagnosis_describe(const struct agent *agent, struct buf *out)
{
	const struct agent_diagnosis *diagnosis = agent->diagnosis;
	struct diag_figures figures;
	struct record_figures record;

	if (diagnosis == NULL)
		return;
	diag_describe(diagnosis->diag, &figures);
	buf_printf(out,
		   ",\"diagnosis\":{\"incidents\":%zu,\"failing\":%zu,\"nodes\":%zu,\"bytes\":%zu,"
		   "\"trend_bytes\":%zu,\"tick_last_us\":%u,\"tick_worst_us\":%u,"
		   "\"evidence\":%" PRIu64 ",\"refused\":%" PRIu64 ",\"asks\":%" PRIu64
		   ",\"asked\":%" PRIu64,
		   figures.incidents, figures.failing, figures.nodes, figures.bytes,
		   trend_bytes(diagnosis->trend), diagnosis->tick_last_us, diagnosis->tick_worst_us,
		   diagnosis->evidence, diagnosis->refused, diagnosis->asks, diagnosis->asked);
	if (diagnosis->record != NULL) {
		record_describe(diagnosis->record, &record);
		buf_printf(out,
			   ",\"record\":{\"is_writing\":%s,\"bytes\":%" PRIu64 ",\"lines\":%" PRIu64
			   ",\"dropped\":%" PRIu64 "}",
			   record.error == 0 ? "true" : "false", record.bytes, record.lines,
			   record.dropped);
	}
	buf_puts(out, "}");
}
