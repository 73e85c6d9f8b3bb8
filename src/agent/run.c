/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From a due item to a run, and from its end to states: what has changed is told to the store by
 * event.c, and the schedule is told when to look again.
 */
#include "agent.h"
#include "audit.h"
#include "diagnosis.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/log.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

bool
agent_set_detail(struct agent_probe *probe, const char *detail)
{
	if (strcmp(probe->detail == NULL ? "" : probe->detail, detail) == 0)
		return false;
	free(probe->detail);
	/* Out of memory it is missing, no more. */
	probe->detail = detail[0] == '\0' ? NULL : strdup(detail);
	return true;
}

/* The words of the probe that gives the device its reason; none for one that is up. */
static const char *
device_detail(const struct agent *agent, const struct agent_device *device)
{
	for (size_t i = 0; i < device->probe_count && device->health.state != HEALTH_UP; i++) {
		const struct agent_probe *probe = &agent->table->probes[device->first_probe + i];

		if (probe->health.state != HEALTH_UP && probe->detail != NULL &&
		    probe->health.reason == device->health.reason)
			return probe->detail;
	}
	return "";
}

static void
expedite_others(struct agent *agent, const struct agent_device *device,
		const struct agent_probe *probe)
{
	struct agent_table *table = agent->table;

	for (size_t i = 0; i < device->probe_count; i++) {
		size_t index = device->first_probe + i;
		struct agent_probe *other = &table->probes[index];

		/* What is slow and tells of others waits; topology is asked for when the switch is
		 * back. */
		if (other == probe || other->is_running ||
		    !probe_tells_health(other->target.settings->probe))
			continue;
		other->is_expected = true;
		sched_expedite(table->sched, (sched_id)index);
	}
}

void
agent_probe_now(struct agent *agent, struct agent_device *device)
{
	expedite_others(agent, device, NULL);
	agent_topology_now(agent, device);
	net_loop_kick(agent->loop);
}

/* What could not be looked at while the device was away is looked at now that it is back. */
static void
audit_now(struct agent *agent, const struct agent_device *device)
{
	for (size_t i = 0; i < device->probe_count; i++) {
		size_t index = device->first_probe + i;
		const struct agent_probe *probe = &agent->table->probes[index];

		if (probe->target.settings->probe == PROBE_EXPOSURE && !probe->is_running &&
		    probe->outcome == OUTCOME_FAIL)
			sched_expedite(agent->table->sched, (sched_id)index);
	}
}

static void
update_device(struct agent *agent, struct agent_device *device, bool is_retold, int64_t at_ms)
{
	struct health_input inputs[PROBE_COUNT];
	struct health_change change;
	bool has_health = false;
	size_t count = 0;

	for (size_t i = 0; i < device->probe_count; i++)
		has_health |= probe_tells_health(
			agent->table->probes[device->first_probe + i].target.settings->probe);
	for (size_t i = 0; i < device->probe_count; i++) {
		const struct agent_probe *probe = &agent->table->probes[device->first_probe + i];

		/* It comes too seldom to say whether the device is well. */
		if (has_health && !probe_tells_health(probe->target.settings->probe))
			continue;
		inputs[count++] = (struct health_input){
			.probe = &probe->health,
			.is_reachability = probe->target.settings->probe == PROBE_ICMP,
			.is_pending = probe->is_expected || probe->run_ms == 0,
		};
	}
	change = health_device_update(&device->health, inputs, count, at_ms, AGENT_HOLD_MS);
	if (is_retold || change.is_changed || change.flapping_started || change.flapping_stopped ||
	    device->stored_reason != device->health.reason)
		agent_note_device(agent, device, &change, device_detail(agent, device), at_ms);
	if (!change.is_changed)
		return;
	agent_topology_state(agent, device, at_ms);
	if (change.to == HEALTH_DOWN)
		agent_resolve_soon(device);
	else if (change.from == HEALTH_DOWN) {
		agent_topology_now(agent, device);
		audit_now(agent, device);
	}
}

/* A probe that begins to fail, or one that comes back, makes the others of its device worth asking.
 */
static bool
is_news(const struct health_change *change, const struct agent_probe *probe)
{
	if (change->is_changed)
		return change->from == HEALTH_DOWN || change->to == HEALTH_DOWN;
	return change->is_unsettled && probe->health.streak == 1 &&
	       probe->health.last == HEALTH_DOWN;
}

/* A service that fails while its device lives is looked at no less often: how it fails, and when it
 * is back, is evidence. What is silent altogether is asked less. */
static enum sched_verdict
verdict_of(const struct agent *agent, const struct health_change *change,
	   const struct agent_probe *probe, enum outcome outcome)
{
	enum health health = (enum health)agent->table->devices[probe->device].health.state;

	/* Once a day is enough, and more would look like an attack. */
	if (probe->target.settings->probe == PROBE_EXPOSURE)
		return SCHED_STEADY;
	if (change->is_unsettled)
		return SCHED_UNSETTLED;
	if (outcome == OUTCOME_OK || probe->health.state == HEALTH_UP)
		return SCHED_STEADY;
	return agent->diagnosis != NULL && health != HEALTH_DOWN ? SCHED_STEADY : SCHED_FAILING;
}

static void
take_result(struct agent *agent, struct agent_device *device, struct agent_probe *probe,
	    struct probe_result *result)
{
	bool is_tried = result->outcome != OUTCOME_ERROR, is_new = false, is_told;
	struct health_change change =
		health_probe_update(&probe->health, &agent->health_params, result->outcome,
				    result->reason, result->at_ms);

	if (is_tried) {
		rollup_add(&probe->acc, result->outcome != OUTCOME_FAIL, result->sent, result->lost,
			   result->rtt_us);
		if (result->rtt_us != RTT_NONE)
			probe->rtt_us = result->rtt_us;
	}
	agent_topology_result(agent, device, probe, result);
	/* First: what is stored leaves the result. */
	agent_audit_result(agent, device, probe, result);
	agent_note_facts(agent, device, probe, result);
	probe->run_ms = result->at_ms;
	probe->outcome = (uint8_t)result->outcome;
	probe->is_unsaved = true;
	if (result->outcome == OUTCOME_OK || result->outcome == OUTCOME_DEGRADED)
		probe->answer_ms = result->at_ms;
	if (probe->health.state == HEALTH_UP)
		(void)agent_set_detail(probe, "");
	else if (result->outcome != OUTCOME_OK)
		is_new = agent_set_detail(probe, result->detail);
	is_told = agent_note_probe(agent, device, probe, &change, result, is_new);
	/* First: a device's change waits for the results that are now on their way. */
	if (is_tried && is_news(&change, probe))
		expedite_others(agent, device, probe);
	update_device(agent, device, is_told && !change.is_changed, result->at_ms);
	agent_diagnosis_result(agent, device, probe, result);
	sched_done(agent->table->sched, (sched_id)(probe - agent->table->probes),
		   net_loop_now_ms(agent->loop),
		   verdict_of(agent, &change, probe, result->outcome));
}

static void
on_ended(struct probe_run *run, void *arg)
{
	struct agent *agent = arg;
	struct agent_probe *probe = (struct agent_probe *)(void *)run->target;
	struct agent_device *device = &agent->table->devices[probe->device];

	probe->run = NULL;
	probe->is_running = false;
	probe->is_expected = false;
	if (run->result.reason == REASON_CANCELED && run->result.outcome == OUTCOME_ERROR)
		sched_done(agent->table->sched, (sched_id)(probe - agent->table->probes),
			   net_loop_now_ms(agent->loop), SCHED_STEADY);
	else
		take_result(agent, device, probe, &run->result);
	if (probe->wants_whole || probe->wants_brief)
		sched_expedite(agent->table->sched, (sched_id)(probe - agent->table->probes));
	probe_run_free(run);
}

/* A device whose name has no address yet: a result without a run. */
static void
fail_unresolved(struct agent *agent, struct agent_probe *probe)
{
	struct probe_result result;

	result_init(&result);
	result.at_ms = clock_wall_ms();
	result_set(&result, OUTCOME_ERROR, REASON_RESOLVE, "no address for '%s'",
		   probe->target.device->address);
	probe->is_expected = false;
	take_result(agent, &agent->table->devices[probe->device], probe, &result);
	result_fini(&result);
}

/*
 * The ports of a switch alone are read if that is asked for: it takes a second, and all of it may
 * take a minute. What is due besides is read after it, and is not put off for ever.
 */
static void
choose_extent(struct agent_probe *probe, int64_t now_ms)
{
	int64_t interval_ms = probe->target.settings->interval_ms;
	bool is_due = probe->whole_ms == 0 || now_ms - probe->whole_ms >= interval_ms;
	bool is_late = probe->whole_ms == 0 || now_ms - probe->whole_ms >= 2 * interval_ms;

	if (probe->target.settings->probe != PROBE_TOPOLOGY)
		return;
	probe->target.is_brief = probe->wants_brief && !is_late;
	probe->wants_brief = false;
	if (probe->target.is_brief) {
		probe->wants_whole = probe->wants_whole || is_due;
		return;
	}
	probe->wants_whole = false;
	probe->whole_ms = now_ms;
}

/* A restart or reload begins the schedule anew; who was audited lately is not audited again. */
static bool
is_too_soon(const struct agent_probe *probe)
{
	const struct probe_settings *settings = probe->target.settings;
	int64_t ago_ms = clock_wall_ms() - probe->run_ms;

	return settings->probe == PROBE_EXPOSURE && !probe->is_expected && probe->run_ms != 0 &&
	       probe->outcome == OUTCOME_OK && ago_ms >= 0 && ago_ms < settings->interval_ms / 2;
}

static void
start_run(struct agent *agent, struct agent_probe *probe)
{
	struct probe_run *run;

	assert(!probe->is_running);
	if (is_too_soon(probe)) {
		sched_done(agent->table->sched, (sched_id)(probe - agent->table->probes),
			   net_loop_now_ms(agent->loop), SCHED_STEADY);
		return;
	}
	if (probe->target.ip.family == 0) {
		fail_unresolved(agent, probe);
		return;
	}
	choose_extent(probe, clock_wall_ms());
	probe->is_running = true;
	run = probe_run_start(&agent->env, &probe->target, clock_wall_ms(), on_ended, agent);
	if (run == NULL) {
		probe->is_running = false;
		log_error("agent", "%s %s: run not started: %s", probe->target.device->name,
			  probe_spec(probe->target.settings->probe)->name, err_text(ERR_NOMEM));
		sched_done(agent->table->sched, (sched_id)(probe - agent->table->probes),
			   net_loop_now_ms(agent->loop), SCHED_STEADY);
		return;
	}
	/* It may have ended within the call; then it is gone. */
	if (probe->is_running)
		probe->run = run;
}

void
agent_start_due(struct agent *agent)
{
	struct agent_table *table = agent->table;
	uint64_t now_ms = net_loop_now_ms(agent->loop);
	sched_id id;

	while (!agent->is_stopping && (id = sched_next(table->sched, now_ms)) != SCHED_NO_ID)
		start_run(agent, &table->probes[id]);
}
