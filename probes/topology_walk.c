/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The walk of one table: which of its columns, and where its rows go.
 */
#include "topology_run.h"

#include "keepwatch/err.h"

static bool
on_varbind(struct snmpc_walk *walk, size_t column, const struct varbind *vb)
{
	struct topology_state *state =
		(struct topology_state *)(void *)((char *)walk -
						  offsetof(struct topology_state, walk));
	int rc = view_builder_add(state->builder, topology_table_of(state), state->column[column],
				  vb);

	if (rc == ERR_TOOBIG)
		state->has_overflown = true;
	if (rc == VIEW_ENOUGH)
		state->has_enough = true;
	if (rc == ERR_NOMEM)
		state->is_out_of_memory = true;
	/* A row without sense does no harm. */
	return rc != ERR_TOOBIG && rc != ERR_NOMEM && rc != VIEW_ENOUGH;
}

uint8_t
topology_columns(struct topology_state *state, const struct view_table_spec *spec, bool are_all)
{
	uint8_t count = 0;

	for (uint8_t i = 0; i < spec->column_count; i++) {
		if (!are_all && !(state->present[spec->table] & 1u << i))
			continue;
		if (((spec->later & 1u << i) != 0) != state->is_later)
			continue;
		state->oids[count] = spec->columns[i];
		state->column[count++] = i;
	}
	return count;
}

int
topology_start_walk(struct probe_run *run, uint8_t columns, void (*done)(struct snmpc_walk *walk))
{
	struct topology_state *state = topology_state(run);
	struct topology_memory *memory = run->target->memory;
	const struct topology_reader *reader = topology_reader_of(state);
	const struct view_table_spec *spec = view_table_spec(topology_table_of(state));
	uint64_t now_ms = net_loop_now_ms(run->env->loop);
	uint64_t rows = (uint64_t)probe_option(run, OPT_TOPOLOGY_MAX_ROWS);
	bool is_long = (reader->longs >> spec->table & 1) != 0;
	uint64_t left_ms = now_ms < state->deadline_ms ? state->deadline_ms - now_ms : 1;
	const struct topology_place *place =
		is_long && !state->is_later ? topology_place_of(memory, spec->table) : NULL;

	if (spec->max_rows != 0 && rows > spec->max_rows)
		rows = spec->max_rows;
	state->tries = 0;
	state->has_overflown = state->is_out_of_memory = state->has_enough = false;
	state->walk = (struct snmpc_walk){
		.peer = memory->peer,
		.columns = state->oids,
		.column_count = columns,
		.max_repetitions = (uint8_t)probe_option(run, OPT_TOPOLOGY_MAX_REPETITIONS),
		.retries = snmp_agent_retries(run->target->settings),
		.timeout_ms = run->target->settings->timeout_ms,
		.max_ms = (uint32_t)(is_long ? left_ms - left_ms / 4 : left_ms),
		.max_varbinds = (uint32_t)(rows + 1) * columns, /* so that all can be there */
		.gap_ms = (uint32_t)probe_option(run, OPT_TOPOLOGY_GAP),
		.vlan = reader->is_per_vlan ? state->vlans[state->vlan] : 0,
		.is_resumable = true,
		.from = place != NULL ? place->index : NULL,
		.from_len = place != NULL ? place->len : 0,
		.is_careful = reader->is_per_vlan && memory->rows[TOPOLOGY_VLAN_FDB] == 0,
		.varbind = on_varbind,
		.done = done,
	};
	state->is_rest = state->walk.from_len > 0;
	return snmpc_walk_start(&state->walk);
}

void
topology_keep_place(struct probe_run *run, enum topology_end end)
{
	struct topology_state *state = topology_state(run);
	const struct topology_reader *reader = topology_reader_of(state);
	struct topology_place *place;

	if ((reader->longs >> topology_table_of(state) & 1) == 0 || state->is_later)
		return;
	place = topology_place_of(run->target->memory, (size_t)topology_table_of(state));
	if (place == NULL)
		return;
	place->table = (uint8_t)topology_table_of(state);
	place->len = 0;
	if (end == END_TIME)
		place->len = snmpc_walk_place(&state->walk, place->index, TOPOLOGY_INDEX);
}
