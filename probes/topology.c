/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Topology: the tables of a switch or router from which it follows what hangs where - interfaces,
 * neighbours, forwarding, VLANs, power - read at leisure, one PDU in flight. This file is the
 * beginning and the end of a run; the tables between are topology_run.c, and one file a reader.
 */
#include "keepwatch/probe_kinds.h"

#include "snmp_agent.h"
#include "topology_impl.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The engine's discovery, its time, the scalars, once more with less; then, when the time for the
 * tables is over, the exchange that is under way. */
static uint32_t
topology_budget_ms(const struct probe_settings *settings)
{
	return (uint32_t)settings_option(settings, OPT_TOPOLOGY_MAX_TIME)->number +
	       5 * snmp_agent_exchange_ms(settings);
}

static void
release(struct probe_run *run)
{
	struct topology_state *state = topology_state(run);

	view_builder_free(state->builder);
	state->builder = NULL;
}

/* ---- the end */

/* What was wanted and is not whole, in words: the parts by how they ended. */
static void
tell_parts(struct probe_run *run)
{
	const struct topology_state *state = topology_state(run);
	char detail[RESULT_DETAIL_SIZE] = "";
	size_t len = 0;

	for (int part = 0; part < VIEW_PART_COUNT; part++) {
		enum topology_end worst = END_WHOLE;
		const char *name = view_part_name((enum view_part)part), *text;

		for (int t = 0; t < VIEW_TABLE_COUNT; t++) {
			if (view_table_spec((enum view_table)t)->part == (enum view_part)part &&
			    state->ends[t] != END_NONE && state->ends[t] > worst)
				worst = (enum topology_end)state->ends[t];
		}
		if (worst == END_WHOLE)
			continue;
		text = topology_end_text(worst);
		fact_add(&run->result.facts, FACT_TABLES, name, text);
		if (len < sizeof(detail))
			len += (size_t)snprintf(detail + len, sizeof(detail) - len, "%s%s %.*s",
						len > 0 ? ", " : "", name, (int)strcspn(text, ":"),
						text);
	}
	if (!state->is_brief)
		run->result.complete |= (uint64_t)1 << FACT_TABLES;
	if (len > 0)
		result_set(&run->result, OUTCOME_OK, REASON_NONE, "%s", detail);
}

static bool
has_rows(const struct switch_view *view)
{
	return view->port_count > 0 || view->neighbour_count > 0 || view->fdb_count > 0;
}

void
topology_finish(struct probe_run *run)
{
	struct topology_state *state = topology_state(run);
	int rc = view_builder_finish(state->builder, &run->result.view);

	if (rc != 0) {
		result_set(&run->result, OUTCOME_ERROR, REASON_LOCAL, "%s", err_text(rc));
	} else if (!state->has_scalars && !has_rows(run->result.view)) {
		result_set(&run->result, OUTCOME_DEGRADED, REASON_NOT_SERVED,
			   "no system group, no tables; are they in the agent's view?");
		switch_view_free(run->result.view);
		run->result.view = NULL;
	} else {
		result_ok(&run->result);
		tell_parts(run);
		topology_add_facts(run);
		probe_trace(run,
			    "topology: %u exchanges: %zu ports, %zu neighbours, %zu stations, %zu "
			    "addresses, %zu entities; %u rows without sense",
			    state->exchanges, run->result.view->port_count,
			    run->result.view->neighbour_count, run->result.view->fdb_count,
			    run->result.view->arp_count, run->result.view->entity_count,
			    view_builder_bad_rows(state->builder));
	}
	release(run);
	probe_run_done(run);
}

/* ---- the scalars: whether it answers at all */

static void
fail(struct probe_run *run)
{
	release(run);
	probe_run_done(run);
}

static void ask_scalars(struct probe_run *run);

/* A v1 agent refuses the whole question for one object that it lacks; others say tooBig. */
static bool
ask_less(struct probe_run *run, const struct snmpc_reply *reply)
{
	struct topology_state *state = topology_state(run);
	size_t at = reply->error_index, count = state->request.oid_count;

	if (count <= 1)
		return false;
	if (reply->error_status == SNMPC_NO_SUCH_NAME && at >= 1 && at <= count) {
		memmove(&state->oids[at - 1], &state->oids[at],
			(count - at) * sizeof(state->oids[0]));
		state->request.oid_count = (uint8_t)(count - 1);
	} else {
		state->request.oid_count = (uint8_t)(count / 2);
	}
	ask_scalars(run);
	return true;
}

static void
on_scalars(struct snmpc_request *request, const struct snmpc_reply *reply)
{
	struct topology_state *state = (struct topology_state *)request;
	struct probe_run *run = state->run;
	size_t values = 0;

	snmp_agent_count(run, reply->sent, reply->lost);
	state->exchanges++;
	if (reply->rtt_us != UINT32_MAX)
		run->result.rtt_us = reply->rtt_us;
	if (reply->reason != REASON_NONE) {
		probe_trace(run, "topology: %s", reason_text(reply->reason));
		snmp_agent_explain(run, reply);
		fail(run);
		return;
	}
	if (reply->error_status != 0) {
		if (ask_less(run, reply))
			return;
		result_set(&run->result, OUTCOME_DEGRADED, REASON_FAULT, "error-status %u",
			   reply->error_status);
		fail(run);
		return;
	}
	for (size_t i = 0; i < reply->count; i++) {
		values += reply->varbinds[i].type < VB_NO_SUCH_OBJECT &&
			  reply->varbinds[i].type != VB_NULL;
		view_builder_scalar(state->builder, &reply->varbinds[i]);
	}
	probe_trace(run, "topology: %zu of %zu scalars in %.3f ms", values, view_scalar_count,
		    run->result.rtt_us / 1000.0);
	state->has_scalars = values > 0;
	topology_run_tables(run);
}

static void
ask_scalars(struct probe_run *run)
{
	struct topology_state *state = topology_state(run);
	struct topology_memory *memory = run->target->memory;
	const struct probe_settings *settings = run->target->settings;
	int rc;

	state->request.peer = memory->peer;
	state->request.op = SNMPC_GET;
	state->request.oids = state->oids;
	state->request.retries = snmp_agent_retries(settings);
	state->request.timeout_ms = settings->timeout_ms;
	state->request.done = on_scalars;
	rc = snmpc_start(&state->request);
	if (rc != 0) {
		result_set(&run->result, OUTCOME_ERROR, REASON_LOCAL, "%s", err_text(rc));
		fail(run);
	}
}

/* Where the agent is asked anyway, unless something else is said. */
static uint16_t
agent_port(const struct probe_run *run)
{
	const struct device *device = run->target->device;
	int64_t port = probe_option(run, OPT_TOPOLOGY_PORT);

	for (size_t i = 0; i < device->probe_count && port == 0; i++) {
		if (device->probes[i]->probe == PROBE_SNMP)
			port = settings_option(device->probes[i], OPT_SNMP_PORT)->number;
	}
	return (uint16_t)port;
}

static void
topology_start(struct probe_run *run)
{
	struct topology_state *state = topology_state(run);
	struct topology_memory *memory = run->target->memory;

	state->run = run;
	state->is_brief = run->target->is_brief;
	topology_init_tables(run);
	if (memory == NULL)
		run->target->memory = memory = calloc(1, sizeof(*memory));
	state->builder = view_builder_new();
	if (memory == NULL || state->builder == NULL) {
		result_set(&run->result, OUTCOME_ERROR, REASON_LOCAL, "%s", err_text(ERR_NOMEM));
		fail(run);
		return;
	}
	if (!snmp_agent_peer(run, &memory->peer, agent_port(run))) {
		fail(run);
		return;
	}
	memory->runs += !state->is_brief; /* what is spared is counted in whole ones */
	memcpy(state->oids, view_scalar_oids, view_scalar_count * sizeof(state->oids[0]));
	state->request.oid_count = (uint8_t)view_scalar_count;
	ask_scalars(run);
}

static void
topology_cancel(struct probe_run *run)
{
	topology_cancel_tables(run);
	release(run);
}

static void
topology_forget(struct probe_target *target)
{
	struct topology_memory *memory = target->memory;

	if (memory == NULL)
		return;
	snmpc_peer_free(memory->peer);
	free(memory);
	target->memory = NULL;
}

const struct probe_ops probe_topology_ops = {
	.id = PROBE_TOPOLOGY,
	.state_size = sizeof(struct topology_state),
	.start = topology_start,
	.cancel = topology_cancel,
	.budget_ms = topology_budget_ms,
	.forget = topology_forget,
};
