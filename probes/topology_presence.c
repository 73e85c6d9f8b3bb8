/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which tables a switch serves at all: a GETNEXT on the entries of all that are wanted, 16 in a
 * PDU, so that one that is absent costs no walk of its own. What cannot be told counts as served.
 */
#include "topology_run.h"

#include "keepwatch/err.h"

#include <string.h>

/* The entry of the column's table: the column without its last arc. Columns of one entry are
 * present together. */
static struct oid_ref
presence_entry(const struct oid_ref *column)
{
	return (struct oid_ref){column->ids, column->len - 1};
}

static bool
presence_is_same(const struct oid_ref *a, const struct oid_ref *b)
{
	return a->len == b->len && memcmp(a->ids, b->ids, (a->len - 1) * sizeof(*a->ids)) == 0;
}

static void
presence_collect_table(struct topology_state *state, enum view_table table)
{
	const struct view_table_spec *spec = view_table_spec(table);

	for (uint8_t i = 0; i < spec->column_count; i++) {
		bool is_seen = false;

		for (uint8_t k = 0; k < i && !is_seen; k++)
			is_seen = presence_is_same(&spec->columns[i], &spec->columns[k]);
		if (is_seen || state->asked_count >= TOPOLOGY_PRESENCE_MAX)
			continue;
		state->asked[state->asked_count].table = (uint8_t)table;
		state->asked[state->asked_count].column = i;
		state->asked_count++;
	}
}

static struct oid_ref
presence_oid(const struct topology_state *state, size_t i)
{
	const struct view_table_spec *spec =
		view_table_spec((enum view_table)state->asked[i].table);

	return presence_entry(&spec->columns[state->asked[i].column]);
}

static void
presence_absent(struct topology_state *state, size_t i)
{
	const struct view_table_spec *spec =
		view_table_spec((enum view_table)state->asked[i].table);
	const struct oid_ref *column = &spec->columns[state->asked[i].column];

	for (uint8_t k = 0; k < spec->column_count; k++) {
		if (presence_is_same(&spec->columns[k], column))
			state->present[spec->table] &= (uint16_t) ~(1u << k);
	}
}

static void
presence_take(struct topology_state *state, const struct snmpc_reply *reply)
{
	for (size_t i = 0; i < reply->count && i < state->asked_now; i++) {
		const struct varbind *vb = &reply->varbinds[i];
		struct oid_ref oid = presence_oid(state, state->asked_at + i);

		if (vb->type == VB_END_OF_MIB_VIEW ||
		    (oid_compare(vb->oid, vb->oid_len, oid.ids, oid.len) > 0 &&
		     !oid_has_prefix(vb->oid, vb->oid_len, oid.ids, oid.len)))
			presence_absent(state, state->asked_at + i);
	}
}

/* v1: behind the OID that is named there is nothing (RFC 1157 section 4.1.3), so there is nothing
 * behind those that come later either. */
static bool
presence_end_of_view(struct topology_state *state, const struct snmpc_reply *reply)
{
	size_t kept = state->asked_at, count = state->asked_count;
	struct oid_ref last;

	if (reply->error_status != SNMPC_NO_SUCH_NAME || reply->error_index == 0 ||
	    reply->error_index > state->asked_now)
		return false;
	last = presence_oid(state, state->asked_at + reply->error_index - 1);
	for (size_t i = state->asked_at; i < count; i++) {
		struct oid_ref oid = presence_oid(state, i);

		if (oid_compare(oid.ids, oid.len, last.ids, last.len) >= 0)
			presence_absent(state, i);
		else
			state->asked[kept++] = state->asked[i];
	}
	state->asked_count = kept;
	return true;
}

static void presence_ask(struct probe_run *run);

static void
presence_on_reply(struct snmpc_request *request, const struct snmpc_reply *reply)
{
	struct topology_state *state = (struct topology_state *)request;
	struct probe_run *run = state->run;

	snmp_agent_count(run, reply->sent, reply->lost);
	state->exchanges++;
	if (reply->reason == REASON_NONE && reply->error_status == 0) {
		presence_take(state, reply);
		state->asked_at += state->asked_now;
	} else if (reply->reason != REASON_NONE || !presence_end_of_view(state, reply)) {
		state->asked_at += state->asked_now;
	}
	topology_pause(run, (uint32_t)probe_option(run, OPT_TOPOLOGY_GAP), presence_ask);
}

static void
presence_ask(struct probe_run *run)
{
	struct topology_state *state = topology_state(run);
	struct topology_memory *memory = run->target->memory;

	if (state->asked_at >= state->asked_count || topology_is_late(state)) {
		topology_next_table(run);
		return;
	}
	memset(&state->request, 0, sizeof(state->request));
	state->asked_now = state->asked_count - state->asked_at;
	if (state->asked_now > SNMPC_OIDS_MAX)
		state->asked_now = SNMPC_OIDS_MAX;
	for (size_t i = 0; i < state->asked_now; i++)
		state->oids[i] = presence_oid(state, state->asked_at + i);
	state->request.peer = memory->peer;
	state->request.op = SNMPC_GETNEXT;
	state->request.oids = state->oids;
	state->request.oid_count = (uint8_t)state->asked_now;
	state->request.retries = snmp_agent_retries(run->target->settings);
	state->request.timeout_ms = run->target->settings->timeout_ms;
	state->request.done = presence_on_reply;
	if (snmpc_start(&state->request) != 0)
		topology_next_table(run); /* out of memory: they will say so themselves */
}

void
topology_check_presence(struct probe_run *run)
{
	struct topology_state *state = topology_state(run);
	const struct topology_reader *reader;

	memset(state->present, 0xff, sizeof(state->present));
	for (size_t r = 0; (reader = topology_reader(r)) != NULL; r++) {
		if (reader->is_per_vlan || (reader->is_wanted != NULL && !reader->is_wanted(run)))
			continue;
		for (size_t i = 0; i < reader->count; i++) {
			if (topology_is_of_run(state, reader->tables[i].table) &&
			    view_builder_wants(state->builder, reader->tables[i].table))
				presence_collect_table(state, reader->tables[i].table);
		}
	}
	topology_pause(run, (uint32_t)probe_option(run, OPT_TOPOLOGY_GAP), presence_ask);
}
