/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the store is told: states when they change, the last run, facts, and events. States, not
 * samples, drive events.
 */
#include "agent.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/log.h"
#include "keepwatch/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An offset that wanders about the limit makes one event, not many: it must fall below this share.
 */
enum { DRIFT_CLEAR_PERCENT = 80 };

enum {
	DETAIL_AGAIN_S = 60,	  /* new words for an old state are stored no more often */
	RESTART_SLACK_MS = 10000, /* clocks, round trips and seconds cut off */
	FACTS_AGAIN_S = 3600,	  /* unchanged facts are confirmed that often */
	OFFSET_STEP_MS =
		1000, /* a clock offset that moved less is not stored: ONVIF tells seconds */
};

static void
put_event(struct agent *agent, const struct store_event *event)
{
	if (agent_batch_open(agent, true) && store_batch_event(agent->batch, event) != 0)
		log_error("agent", "event %s lost: out of memory", event_name(event->type));
}

void
agent_event(struct agent *agent, enum event_type type, const char *detail)
{
	struct store_event event = {
		.at_ms = clock_wall_ms(),
		.type = type,
		.probe = -1,
		.detail = detail,
	};

	put_event(agent, &event);
}

/* Reasons that say that a device refused what it was shown. */
static bool
is_refusal(enum reason reason)
{
	switch (reason) {
	case REASON_AUTH:
	case REASON_AUTH_HELD:
	case REASON_LOCKED:
	case REASON_UNKNOWN_USER:
	case REASON_WRONG_DIGEST:
	case REASON_DECRYPTION:
		return true;
	default:
		return false;
	}
}

static void
note_credential(struct agent *agent, const struct agent_device *device, struct agent_probe *probe,
		const struct probe_result *result)
{
	bool is_refused = is_refusal(result->reason);
	struct store_event event = {
		.at_ms = result->at_ms,
		.device = device->id,
		.probe = (int)probe->target.settings->probe,
		.reason = result->reason,
		.detail = result->detail,
	};

	if (is_refused == probe->is_refused || (!is_refused && result->outcome != OUTCOME_OK))
		return;
	probe->is_refused = is_refused;
	event.type = is_refused ? EVENT_CREDENTIAL_REFUSED : EVENT_CREDENTIAL_ACCEPTED;
	put_event(agent, &event);
}

static void
put_probe_state(struct agent *agent, const struct agent_device *device, struct agent_probe *probe,
		const char *detail)
{
	struct store_state state = {
		.health = (enum health)probe->health.state,
		.reason = (enum reason)probe->health.reason,
		.since_ms = probe->health.since_ms,
		.is_flapping = probe->health.is_flapping,
		.was_up = probe->health.was_up,
		.flips = probe->health.flips,
	};

	probe->stored_reason = probe->health.reason;
	snprintf(state.detail, sizeof(state.detail), "%s", detail);
	if (agent_batch_open(agent, true) &&
	    store_batch_probe_state(agent->batch, device->id, probe->target.settings->probe,
				    &state) != 0)
		log_error("agent", "%s: state not stored: out of memory", device->device->name);
}

bool
agent_note_probe(struct agent *agent, struct agent_device *device, struct agent_probe *probe,
		 const struct health_change *change, const struct probe_result *result, bool is_new)
{
	uint32_t now_s = (uint32_t)(result->at_ms / 1000);
	enum probe_id id = probe->target.settings->probe;
	struct store_event event = {
		.at_ms = result->at_ms,
		.device = device->id,
		.probe = (int)id,
		.reason = change->reason,
		.detail = result->detail,
	};

	note_credential(agent, device, probe, result);
	if (result->reason == REASON_TLS_PIN && change->is_changed) {
		event.type = EVENT_TLS_KEY_CHANGED;
		put_event(agent, &event);
	}
	if (change->is_changed) {
		(void)agent_save_last_run(agent, probe);
		event.type = EVENT_PROBE_STATE;
		event.at_ms = change->since_ms;
		event.from = health_name(change->from);
		event.to = health_name(change->to);
		put_event(agent, &event);
		event.at_ms = result->at_ms;
		event.from = event.to = NULL;
	}
	if (change->flapping_started || change->flapping_stopped) {
		event.type = change->flapping_started ? EVENT_FLAPPING_START : EVENT_FLAPPING_STOP;
		put_event(agent, &event);
	}
	/* A reason may change, or come to an unknown state, without an event; so may the words
	 * beside it, but those that hold a measure would be written with every run. */
	if (!change->is_changed && !change->flapping_started && !change->flapping_stopped &&
	    probe->stored_reason == probe->health.reason &&
	    (!is_new || now_s - probe->told_s < DETAIL_AGAIN_S))
		return false;
	put_probe_state(agent, device, probe, probe->detail == NULL ? "" : probe->detail);
	probe->told_s = now_s;
	return true;
}

void
agent_note_device(struct agent *agent, struct agent_device *device,
		  const struct health_change *change, const char *detail, int64_t at_ms)
{
	struct store_state state = {
		.health = (enum health)device->health.state,
		.reason = (enum reason)device->health.reason,
		.since_ms = device->health.since_ms,
		.is_flapping = device->health.is_flapping,
	};
	struct store_event event = {
		.at_ms = change->is_changed ? change->since_ms : at_ms,
		.device = device->id,
		.probe = -1,
		.reason = change->reason,
		.detail = detail,
	};

	device->stored_reason = device->health.reason;
	snprintf(state.detail, sizeof(state.detail), "%s", detail);
	if (agent_batch_open(agent, true) &&
	    store_batch_device_state(agent->batch, device->id, &state) != 0)
		log_error("agent", "%s: state not stored: out of memory", device->device->name);
	if (change->is_changed) {
		event.type = EVENT_DEVICE_STATE;
		event.from = health_name(change->from);
		event.to = health_name(change->to);
		put_event(agent, &event);
		log_info("health", "%s: %s to %s%s%s", device->device->name, event.from, event.to,
			 change->reason != REASON_NONE ? ": " : "", reason_text(change->reason));
	}
}

static void
note_restart(struct agent *agent, struct agent_device *device, const struct agent_probe *probe,
	     const struct probe_result *result)
{
	const char *text = fact_get(&result->facts, FACT_BOOT_TIME, "");
	char before[CLOCK_ISO_SIZE];
	int64_t boot_ms;
	struct store_event event = {
		.at_ms = result->at_ms,
		.type = EVENT_RESTARTED,
		.device = device->id,
		.probe = (int)probe->target.settings->probe,
		.to = text,
	};

	if (text == NULL || clock_parse_time(text, &boot_ms) != 0)
		return;
	/* It began anew since it was last seen, or, after a start of ours, clearly later than
	 * known. */
	if (device->boot_ms != 0 && boot_ms > device->boot_ms + RESTART_SLACK_MS &&
	    boot_ms > probe->answer_ms - RESTART_SLACK_MS) {
		event.from = clock_format_iso(device->boot_ms, before, sizeof(before));
		put_event(agent, &event);
		log_info("health", "%s: restarted at %s", device->device->name, text);
		agent_topology_now(agent, device);
	}
	device->boot_ms = boot_ms;
}

static void
note_clock(struct agent *agent, struct agent_device *device, const struct agent_probe *probe,
	   const struct probe_result *result)
{
	const char *text = fact_get(&result->facts, FACT_CLOCK_OFFSET_MS, "");
	int64_t limit = agent->table->conf->clock_warning_ms;
	int64_t offset;
	bool is_drifting;
	struct store_event event = {
		.at_ms = result->at_ms,
		.type = EVENT_CLOCK_DRIFT,
		.device = device->id,
		.probe = (int)probe->target.settings->probe,
		.to = text,
	};

	if (text == NULL || limit <= 0)
		return;
	offset = strtoll(text, NULL, 10);
	is_drifting = device->is_drifting ? llabs(offset) >= limit * DRIFT_CLEAR_PERCENT / 100
					  : llabs(offset) >= limit;
	if (is_drifting == device->is_drifting)
		return;
	device->is_drifting = is_drifting;
	event.detail =
		is_drifting ? "clock offset beyond the limit" : "clock offset within the limit";
	put_event(agent, &event);
}

/* Over the facts that do not change by nature. */
static uint32_t
hash_facts(const struct probe_result *result)
{
	uint64_t h = MEM_HASH64_START ^ result->complete;

	for (size_t i = 0; i < result->facts.count; i++) {
		const struct fact *fact = &result->facts.items[i];

		if (fact_is_volatile(fact->key))
			continue;
		h = mem_hash64(h, &fact->key, sizeof(fact->key));
		h = mem_hash64(h, fact->instance, strlen(fact->instance) + 1);
		h = mem_hash64(h, fact->value, strlen(fact->value) + 1);
	}
	return (uint32_t)(h ^ h >> 32);
}

/* What a run learnt again is not worth a row: the store would only look it up and find it there. */
static bool
is_worth_storing(struct agent_device *device, struct agent_probe *probe,
		 const struct probe_result *result)
{
	const char *offset = fact_get(&result->facts, FACT_CLOCK_OFFSET_MS, "");
	uint32_t hash = hash_facts(result), now_s = (uint32_t)(result->at_ms / 1000);
	int64_t offset_ms = offset == NULL ? device->clock_offset_ms : strtoll(offset, NULL, 10);

	for (size_t i = 0; i < 2; i++) {
		if (hash == probe->stored[i].hash &&
		    now_s - probe->stored[i].at_s < FACTS_AGAIN_S &&
		    llabs(offset_ms - device->clock_offset_ms) < OFFSET_STEP_MS)
			return false;
	}
	if (hash != probe->stored[0].hash)
		probe->stored[1] = probe->stored[0];
	probe->stored[0].hash = hash;
	probe->stored[0].at_s = now_s;
	device->clock_offset_ms = offset_ms;
	return true;
}

void
agent_note_facts(struct agent *agent, struct agent_device *device, struct agent_probe *probe,
		 struct probe_result *result)
{
	if (result->facts.count == 0 && result->complete == 0)
		return;
	note_restart(agent, device, probe, result);
	note_clock(agent, device, probe, result);
	if (is_worth_storing(device, probe, result) && agent_batch_open(agent, false) &&
	    store_batch_facts(agent->batch, device->id, probe->target.settings->probe,
			      result->at_ms, &result->facts, result->complete) != 0)
		log_error("agent", "%s: facts not stored: out of memory", device->device->name);
}
