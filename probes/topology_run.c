/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One table after the other: walked with one PDU in flight, resumed after silence, read again where
 * it is doubted, and ended with what may be believed of it.
 */
#include "topology_run.h"

#include "keepwatch/err.h"

#include <string.h>

enum {
	RESUMES_MAX = 3,       /* of a table that had begun to answer; else one */
	SILENT_VLANS_MAX = 6,  /* in a row: it has no contexts */
	SILENT_TABLES_MAX = 2, /* in a row: the agent is gone */
};

static const struct topology_reader *const readers[] = {
	&topology_read_interfaces, &topology_read_lag,	     &topology_read_lldp,
	&topology_read_cdp,	   &topology_read_fdb,	     &topology_read_stp,
	&topology_read_vlan,	   &topology_read_fdb_vlans, &topology_read_entity_alias,
	&topology_read_poe,	   &topology_read_arp,	     &topology_read_entity,
};

const struct topology_reader *
topology_reader(size_t i)
{
	return i < MEM_COUNT(readers) ? readers[i] : NULL;
}

bool
topology_is_of_run(const struct topology_state *state, enum view_table table)
{
	enum view_part part = view_table_spec(table)->part;

	return !state->is_brief || part == VIEW_PORTS || part == VIEW_POE ||
	       table == VIEW_TABLE_BASE_PORT || table == VIEW_TABLE_ENTITY_ALIAS;
}

const char *
topology_end_text(enum topology_end end)
{
	static const char *const texts[] = {
#define X(name, trust, text) text,
		TOPOLOGY_ENDS(X)
#undef X
	};

	return texts[end];
}

static enum view_trust
end_trust(enum topology_end end)
{
	static const uint8_t trusts[] = {
#define X(name, trust, text) VIEW_##trust,
		TOPOLOGY_ENDS(X)
#undef X
	};

	return (enum view_trust)trusts[end];
}

bool
topology_is_late(const struct topology_state *state)
{
	return net_loop_now_ms(state->run->env->loop) >= state->deadline_ms;
}

/* ---- pauses */

static void
on_pause_over(struct net_timer *timer)
{
	struct topology_state *state =
		(struct topology_state *)(void *)((char *)timer -
						  offsetof(struct topology_state, pause));

	state->then(state->run);
}

void
topology_pause(struct probe_run *run, uint32_t ms, void (*then)(struct probe_run *run))
{
	struct topology_state *state = topology_state(run);

	state->then = then;
	net_timer_start(run->env->loop, &state->pause, ms);
}

/* ---- the end of a table */

static void
end_table(struct topology_state *state, enum topology_end end)
{
	enum view_table table = topology_table_of(state);
	bool is_vital = topology_reader_of(state)->tables[state->table].is_vital;
	enum view_trust trust = end_trust(end);

	/* Nothing came: then nothing is known, unless others tell enough. */
	if (trust == VIEW_CUT && view_builder_rows(state->builder, table) == 0 && is_vital)
		trust = VIEW_NOT_READ;
	if (trust == VIEW_NOT_READ && !is_vital)
		trust = VIEW_CUT;
	/* Of several VLANs, the worst counts. */
	if (!topology_reader_of(state)->is_per_vlan || state->ends[table] == END_NONE ||
	    state->ends[table] < end)
		state->ends[table] = (uint8_t)end;
	if (topology_reader_of(state)->is_per_vlan && end_trust(state->ends[table]) < trust)
		trust = end_trust(state->ends[table]);
	view_builder_end(state->builder, table, trust);
}

static void
step_on(struct probe_run *run)
{
	struct topology_state *state = topology_state(run);

	state->table++;
	state->is_reread = false;
	topology_next_table(run);
}

/* ---- a walk */

static void walk_table(struct probe_run *run);
static void walk_later(struct probe_run *run);

static enum topology_end
walk_end(const struct topology_state *state, const struct snmpc_walk *walk)
{
	if (state->is_out_of_memory)
		return END_LOCAL;
	if (state->has_overflown)
		return END_ROWS;
	if (walk->complete || state->has_enough)
		return state->is_rest ? END_REST : END_WHOLE;
	if (walk->was_cut)
		return walk->varbinds < walk->max_varbinds ? END_TIME : END_ROWS;
	switch (walk->reason) {
	case REASON_BAD_REPLY:
		return END_ASTRAY;
	case REASON_FAULT:
	case REASON_NOT_SERVED: /* of v3: unknown context */
		return END_REFUSED;
	case REASON_LOCAL:
		return END_LOCAL;
	default:
		return END_SILENT;
	}
}

/* Read to its end: is it true? */
static void
judge_table(struct probe_run *run)
{
	struct topology_state *state = topology_state(run);
	struct topology_memory *memory = run->target->memory;
	enum view_table table = topology_table_of(state);
	uint32_t rows = view_builder_rows(state->builder, table);

	switch (topology_judge(memory, topology_slot(state), &topology_reader_of(state)->doubt,
			       rows)) {
	case DOUBTED_ONCE:
		probe_trace(run, "topology: %s: %u rows, formerly %u%s",
			    view_table_spec(table)->name, rows, memory->rows[topology_slot(state)],
			    state->is_reread ? ": still doubted" : ": it is read again");
		if (!state->is_reread) {
			state->is_reread = true;
			topology_pause(run, run->target->settings->timeout_ms, walk_table);
			return;
		}
		topology_keep_doubt(memory, topology_slot(state));
		end_table(state, END_DOUBTED);
		break;
	case DOUBTED_BEFORE:
	case BELIEVED:
		topology_believe(memory, topology_slot(state), rows);
		end_table(state, END_WHOLE);
		break;
	}
	step_on(run);
}

static void
resume_table(struct probe_run *run)
{
	struct topology_state *state = topology_state(run);

	if (topology_is_late(state) || snmpc_walk_resume(&state->walk) != 0) {
		snmpc_walk_cancel(&state->walk);
		end_table(state, END_SILENT);
		step_on(run);
	}
}

/* Silence, or garbage: the place is kept, and the agent gets time to come back: as long as one
 * waits for it, then twice as long. */
static bool
pause_and_resume(struct probe_run *run)
{
	struct topology_state *state = topology_state(run);
	const struct snmpc_walk *walk = &state->walk;
	uint8_t tries = walk->varbinds > 0 ? RESUMES_MAX : 1;

	if (walk->reason == REASON_NONE || walk->reason == REASON_FAULT ||
	    walk->reason == REASON_LOCAL || walk->reason == REASON_NOT_SERVED)
		return false;
	if (topology_reader_of(state)->is_per_vlan && walk->varbinds == 0)
		return false; /* nobody answers for a context that is not there */
	if (state->tries >= tries || topology_is_late(state) || !snmpc_walk_can_resume(walk))
		return false;
	probe_trace(run, "topology: %s: %s after %u values; it goes on from there soon",
		    view_table_spec(topology_table_of(state))->name, reason_text(walk->reason),
		    walk->varbinds);
	topology_pause(run, run->target->settings->timeout_ms << state->tries++, resume_table);
	return true;
}

/* A VLAN without a bridge of its own; what it lacks is no loss. That a context is gone which was
 * served is seen by the sum of the rows. */
static void
skip_vlan(struct probe_run *run)
{
	struct topology_state *state = topology_state(run);
	struct topology_memory *memory = run->target->memory;

	topology_note_vlan_silence(memory, state->vlans[state->vlan]);
	if (++state->silent_vlans >= SILENT_VLANS_MAX) {
		if (view_builder_rows(state->builder, VIEW_TABLE_FDB) == state->rows_before)
			topology_note_silence(memory, TOPOLOGY_VLAN_FDB, true);
		state->vlan = state->vlan_count - 1;
	}
	end_table(state, END_WHOLE);
	state->table = topology_reader_of(state)->count;
	topology_next_table(run);
}

/* In the context of a VLAN they would cost a request each time. */
static bool
later_is_wanted(const struct topology_state *state)
{
	enum view_table table = topology_table_of(state);

	return !state->is_later && !topology_reader_of(state)->is_per_vlan &&
	       (view_table_spec(table)->later & state->present[table]) != 0 &&
	       view_builder_wants_later(state->builder, table);
}

static void
on_walked(struct snmpc_walk *walk)
{
	struct topology_state *state =
		(struct topology_state *)(void *)((char *)walk -
						  offsetof(struct topology_state, walk));
	struct probe_run *run = state->run;
	struct topology_memory *memory = run->target->memory;
	enum view_table table = topology_table_of(state);
	enum topology_end end;

	if (pause_and_resume(run))
		return;
	end = walk_end(state, walk);
	topology_keep_place(run, end);
	snmp_agent_count(run, walk->sent, walk->lost);
	state->exchanges += walk->exchanges;
	probe_trace(run, "topology: %s: %u rows, %u values in %u exchanges%s%s",
		    view_table_spec(table)->name, view_builder_rows(state->builder, table),
		    walk->varbinds, walk->exchanges, end != END_WHOLE ? ": " : "",
		    topology_end_text(end));
	snmpc_walk_cancel(walk);
	if (topology_reader_of(state)->is_per_vlan && walk->varbinds == 0 &&
	    (end == END_SILENT || end == END_REFUSED)) {
		skip_vlan(run);
		return;
	}
	state->silent_vlans = 0;
	topology_note_silence(memory, topology_slot(state),
			      end == END_SILENT && walk->varbinds == 0);
	if (end == END_SILENT && walk->varbinds == 0)
		state->silent_tables++;
	else
		state->silent_tables = 0;
	if (state->silent_tables >= SILENT_TABLES_MAX)
		state->is_over = true;
	if (end == END_WHOLE && later_is_wanted(state)) {
		topology_pause(run, (uint32_t)probe_option(run, OPT_TOPOLOGY_GAP), walk_later);
		return;
	}
	if (end == END_WHOLE && !topology_reader_of(state)->is_per_vlan) {
		judge_table(run);
		return;
	}
	end_table(state, end);
	step_on(run);
}

static void
begin_walk(struct probe_run *run, uint8_t columns)
{
	if (topology_start_walk(run, columns, on_walked) != 0) {
		end_table(topology_state(run), END_LOCAL);
		step_on(run);
	}
}

static void
walk_table(struct probe_run *run)
{
	struct topology_state *state = topology_state(run);
	struct topology_memory *memory = run->target->memory;
	const struct topology_reader *reader = topology_reader_of(state);
	const struct view_table_spec *spec = view_table_spec(topology_table_of(state));
	/* What was there before is not taken for absent without a second look. */
	bool are_all =
		reader->is_per_vlan || state->is_reread || memory->rows[topology_slot(state)] > 0;
	uint8_t columns;

	state->is_later = false;
	columns = topology_columns(state, spec, false);
	/* Of two tables in one, the agent may serve only that which comes later. */
	if (columns == 0 && !reader->is_per_vlan && !state->is_reread) {
		state->is_later = true;
		columns = topology_columns(state, spec, false);
		state->is_later = columns > 0;
	}
	if (columns == 0 || reader->is_per_vlan || state->is_reread)
		columns = are_all ? topology_columns(state, spec, true) : 0;
	view_builder_begin(state->builder, spec->table,
			   reader->is_per_vlan ? state->vlans[state->vlan] : 0);
	if (columns == 0) { /* not served: empty, and that is all */
		topology_believe(memory, topology_slot(state), 0);
		end_table(state, END_WHOLE);
		step_on(run);
		return;
	}
	begin_walk(run, columns);
}

static void
walk_later(struct probe_run *run)
{
	struct topology_state *state = topology_state(run);

	state->is_later = true;
	begin_walk(run, topology_columns(state, view_table_spec(topology_table_of(state)), false));
}

/* ---- from table to table */

/* The FDBs of the VLANs are judged together, and not read again: that would cost too much. */
static void
judge_vlans(struct probe_run *run)
{
	struct topology_state *state = topology_state(run);
	struct topology_memory *memory = run->target->memory;
	uint32_t rows = view_builder_rows(state->builder, VIEW_TABLE_FDB);

	rows = rows > state->rows_before ? rows - state->rows_before : 0;
	if (state->ends[VIEW_TABLE_FDB] != END_WHOLE ||
	    state->ends[VIEW_TABLE_BASE_PORT] != END_WHOLE)
		return;
	if (topology_judge(memory, TOPOLOGY_VLAN_FDB, &topology_read_fdb_vlans.doubt, rows) !=
	    DOUBTED_ONCE) {
		topology_believe(memory, TOPOLOGY_VLAN_FDB, rows);
		return;
	}
	topology_keep_doubt(memory, TOPOLOGY_VLAN_FDB);
	state->ends[VIEW_TABLE_FDB] = END_DOUBTED;
	view_builder_end(state->builder, VIEW_TABLE_FDB, VIEW_DOUBTED);
}

/* The reader's next round: another VLAN, or another reader. */
static void
next_round(struct probe_run *run)
{
	struct topology_state *state = topology_state(run);
	size_t all;

	state->table = 0;
	if (topology_reader_of(state)->is_per_vlan && ++state->vlan < state->vlan_count)
		return;
	if (topology_reader_of(state)->is_per_vlan && state->vlan_count > 0)
		judge_vlans(run);
	state->reader++;
	if (topology_reader(state->reader) == NULL || !topology_reader_of(state)->is_per_vlan)
		return;
	state->vlan = 0;
	state->rows_before = view_builder_rows(state->builder, VIEW_TABLE_FDB);
	state->vlan_count = 0;
	if (state->is_brief || topology_is_spared(run->target->memory, TOPOLOGY_VLAN_FDB))
		return;
	all = view_builder_fdb_vlans(state->builder, state->vlans, TOPOLOGY_VLANS_MAX);
	for (size_t i = 0; i < all; i++) {
		if (!topology_vlan_is_spared(run->target->memory, state->vlans[i]))
			state->vlans[state->vlan_count++] = state->vlans[i];
	}
}

static bool
reader_is_wanted(struct probe_run *run)
{
	const struct topology_state *state = topology_state(run);
	const struct topology_reader *reader = topology_reader_of(state);

	if (reader->is_per_vlan && state->vlan_count == 0)
		return false;
	return reader->is_wanted == NULL || reader->is_wanted(run);
}

static bool
table_is_wanted(const struct topology_state *state)
{
	if (!topology_is_of_run(state, topology_table_of(state)))
		return false;
	return topology_reader_of(state)->is_per_vlan ||
	       view_builder_wants(state->builder, topology_table_of(state));
}

void
topology_next_table(struct probe_run *run)
{
	struct topology_state *state = topology_state(run);
	struct topology_memory *memory = run->target->memory;

	while (topology_reader(state->reader) != NULL) {
		if (state->table >= topology_reader_of(state)->count || !reader_is_wanted(run)) {
			if (!reader_is_wanted(run))
				state->vlan = state->vlan_count;
			next_round(run);
			continue;
		}
		if (!table_is_wanted(state)) {
			state->table++;
			continue;
		}
		if (!state->is_over && !topology_is_late(state) &&
		    !topology_is_spared(memory, topology_slot(state))) {
			topology_pause(run, (uint32_t)probe_option(run, OPT_TOPOLOGY_GAP),
				       walk_table);
			return;
		}
		view_builder_begin(
			state->builder, topology_table_of(state),
			topology_reader_of(state)->is_per_vlan ? state->vlans[state->vlan] : 0);
		if (state->is_over)
			end_table(state, END_SILENT);
		else
			end_table(state, topology_is_late(state) ? END_TIME : END_SPARED);
		state->table++;
	}
	topology_finish(run);
}

void
topology_init_tables(struct probe_run *run)
{
	struct topology_state *state = topology_state(run);

	memset(state->ends, END_NONE, sizeof(state->ends));
	net_timer_init(&state->pause, on_pause_over);
}

void
topology_run_tables(struct probe_run *run)
{
	struct topology_state *state = topology_state(run);

	state->deadline_ms = net_loop_now_ms(run->env->loop) +
			     (uint64_t)probe_option(run, OPT_TOPOLOGY_MAX_TIME);
	topology_check_presence(run);
}

void
topology_cancel_tables(struct probe_run *run)
{
	struct topology_state *state = topology_state(run);

	net_timer_stop(run->env->loop, &state->pause);
	snmpc_cancel(&state->request);
	snmpc_walk_cancel(&state->walk);
}
