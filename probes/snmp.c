/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SNMP: sysUpTime at each run, which tells that the agent answers and whether it has restarted; now
 * and then the system group with the firmware, and the interfaces. Switches are asked in the same
 * breath whether their topology has changed.
 */
#include "keepwatch/probe_kinds.h"

#include "snmp_agent.h"
#include "snmp_change.h"
#include "snmp_firmware.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/mac.h"
#include "keepwatch/mib.h"
#include "keepwatch/snmpc.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	WALK_MS_MIN = 10000, /* what a large table on a slow agent may take */
	RETRY_MS = 60000,    /* a table that was read in part is tried again after this */
};

/* Across runs. */
struct snmp_memory {
	struct snmpc_peer *peer;
	struct mib_uptime uptime;
	uint64_t system_due_ms, interfaces_due_ms; /* monotonic; 0: now */
	uint32_t interfaces;			   /* as last read in full */
	struct snmp_change change;
	uint8_t firmware_silences; /* see snmp_firmware_start */
};

/* Bits of snmp_state.asked. */
enum {
	ASKED_UPTIME = 1 << MIB_SYS_UPTIME,
	ASKED_SYSTEM = (1 << MIB_SYS_COUNT) - 1,
	ASKED_COUNT = MIB_SYS_COUNT + SNMP_CHANGE_COUNT,
	ASKED_CHANGE = ((1 << ASKED_COUNT) - 1) & ~ASKED_SYSTEM,
};

struct snmp_state {
	struct snmpc_request request;
	struct snmpc_walk walk;
	struct probe_run *run;
	struct oid_ref oids[ASKED_COUNT];
	struct snmp_firmware firmware;
	struct mib_if_table table;
	uint32_t asked; /* bit 1 << enum mib_system_item, and MIB_SYS_COUNT + of snmp_change_oids */
	bool was_cut;	/* more interfaces than are taken */
};

static struct snmp_state *
state_of(struct probe_run *run)
{
	return (struct snmp_state *)(void *)run->state;
}

static uint32_t
walk_ms(const struct probe_settings *settings)
{
	uint32_t ms = 4 * snmp_agent_exchange_ms(settings);

	return ms < WALK_MS_MIN ? WALK_MS_MIN : ms;
}

/* The engine's discovery, its time and the question; then the firmware, and the walk with its last
 * exchange. */
static uint32_t
snmp_budget_ms(const struct probe_settings *settings)
{
	uint32_t ms = 3 * snmp_agent_exchange_ms(settings);

	if (settings_option(settings, OPT_SNMP_INTERFACES)->number > 0)
		ms += walk_ms(settings) + snmp_agent_exchange_ms(settings);
	if (settings_option(settings, OPT_SNMP_SYSTEM)->number > 0)
		ms += snmp_firmware_budget_ms(settings);
	return ms;
}

static void
finish(struct probe_run *run)
{
	mib_if_table_fini(&state_of(run)->table);
	probe_run_done(run);
}

static bool
is_due(const struct probe_run *run, enum option_id interval, uint64_t due_ms)
{
	return probe_option(run, interval) > 0 && net_loop_now_ms(run->env->loop) >= due_ms;
}

static uint64_t
next_due_ms(const struct probe_run *run, enum option_id interval)
{
	return net_loop_now_ms(run->env->loop) + (uint64_t)probe_option(run, interval);
}

/* ---- interfaces */

static void
add_interface(struct probe_run *run, const struct mib_if *row)
{
	struct fact_list *facts = &run->result.facts;
	char mac[MAC_TEXT_SIZE], index[16], name[sizeof(row->name) + 8],
		speed[32] = "", alias[sizeof(row->alias) + 4] = "";

	snprintf(index, sizeof(index), "%u", row->index);
	snprintf(name, sizeof(name), "%s", row->name[0] != '\0' ? row->name : index);
	if (row->speed_mbps > 0)
		snprintf(speed, sizeof(speed), " %" PRIu64 "M", row->speed_mbps);
	if (row->alias[0] != '\0')
		snprintf(alias, sizeof(alias), " (%s)", row->alias);
	if (fact_addf(facts, FACT_IF_STATE, index, "%s %s/%s%s%s", name,
		      mib_if_status_name(row->admin), mib_if_status_name(row->oper), speed,
		      alias) == ERR_TOOBIG)
		state_of(run)->was_cut = true;
	if ((row->has & 1u << MIB_IF_PHYS_ADDRESS) &&
	    fact_add(facts, FACT_MAC, name, mac_format(mac_from_bytes(row->mac), mac)) ==
		    ERR_TOOBIG)
		state_of(run)->was_cut = true;
}

/*
 * Only a table that was read to its end replaces the known one; and none at all where there was one
 * is doubt: walks come back empty from agents under load.
 */
static void
take_interfaces(struct probe_run *run, const struct snmpc_walk *walk)
{
	struct snmp_state *state = state_of(run);
	struct snmp_memory *memory = run->target->memory;
	bool is_whole = walk->complete && !state->was_cut;

	memory->interfaces_due_ms = next_due_ms(run, OPT_SNMP_INTERFACES);
	if (is_whole && state->table.count == 0 && memory->interfaces > 0)
		is_whole = false;
	for (size_t i = 0; i < state->table.count; i++)
		add_interface(run, &state->table.items[i]);
	is_whole = is_whole && !state->was_cut;
	if (is_whole) {
		memory->interfaces = (uint32_t)state->table.count;
		fact_addf(&run->result.facts, FACT_INTERFACES, NULL, "%zu", state->table.count);
		run->result.complete |= (uint64_t)1 << FACT_IF_STATE | (uint64_t)1 << FACT_MAC;
		return;
	}
	if (memory->interfaces_due_ms > net_loop_now_ms(run->env->loop) + RETRY_MS)
		memory->interfaces_due_ms = net_loop_now_ms(run->env->loop) + RETRY_MS;
	result_set(&run->result, OUTCOME_OK, REASON_NONE,
		   "interface table read only in part (%zu rows)%s%s", state->table.count,
		   walk->reason != REASON_NONE ? ": " : "", reason_text(walk->reason));
}

static bool
on_varbind(struct snmpc_walk *walk, size_t column, const struct varbind *vb)
{
	struct snmp_state *state =
		(struct snmp_state *)((char *)walk - offsetof(struct snmp_state, walk));
	int rc = mib_if_table_add(&state->table, (enum mib_if_column)column, vb);

	if (rc == ERR_NOMEM || rc == ERR_TOOBIG)
		state->was_cut = true;
	return true; /* a row without sense does no harm to the others */
}

static void
on_walked(struct snmpc_walk *walk)
{
	struct snmp_state *state =
		(struct snmp_state *)((char *)walk - offsetof(struct snmp_state, walk));
	struct probe_run *run = state->run;

	snmp_agent_count(run, walk->sent, walk->lost);
	probe_trace(run, "snmp: interfaces: %zu rows, %u values in %u exchanges%s%s%s",
		    state->table.count, walk->varbinds, walk->exchanges,
		    walk->complete ? "" : ", not to the end",
		    walk->reason != REASON_NONE ? ": " : "", reason_text(walk->reason));
	take_interfaces(run, walk);
	finish(run);
}

static void
read_interfaces(struct probe_run *run)
{
	struct snmp_state *state = state_of(run);
	struct snmp_memory *memory = run->target->memory;
	const struct probe_settings *settings = run->target->settings;

	if (!is_due(run, OPT_SNMP_INTERFACES, memory->interfaces_due_ms)) {
		finish(run);
		return;
	}
	state->walk.peer = memory->peer;
	state->walk.columns = mib_if_columns;
	state->walk.column_count = MIB_IF_COLUMNS;
	state->walk.max_repetitions = (uint8_t)probe_option(run, OPT_SNMP_MAX_REPETITIONS);
	state->walk.retries = snmp_agent_retries(settings);
	state->walk.timeout_ms = settings->timeout_ms;
	state->walk.max_ms = walk_ms(settings);
	state->walk.varbind = on_varbind;
	state->walk.done = on_walked;
	if (snmpc_walk_start(&state->walk) != 0)
		finish(run); /* out of memory: the next run tries again */
}

/* ---- changes of the topology */

static bool
is_asked_for_change(const struct probe_run *run)
{
	enum device_kind kind = run->target->device->kind;

	return kind == KIND_SWITCH || kind == KIND_ROUTER;
}

static void
take_changes(struct probe_run *run, const struct snmpc_reply *reply)
{
	struct snmp_memory *memory = run->target->memory;

	for (size_t i = 0; i < reply->count; i++) {
		if (snmp_change_take(&memory->change, &reply->varbinds[i]))
			run->result.has_topology_change = true;
	}
	if (run->result.has_topology_change)
		probe_trace(run, "snmp: its topology has changed");
}

/* ---- the system group */

static void
add_system(struct probe_run *run, const struct mib_system *system)
{
	struct fact_list *facts = &run->result.facts;

	if (system->has & 1u << MIB_SYS_DESCR)
		fact_add(facts, FACT_SYS_DESCR, NULL, system->descr);
	if (system->has & 1u << MIB_SYS_OBJECT_ID)
		fact_add(facts, FACT_SYS_OBJECT_ID, NULL, system->object_id);
	if (system->has & 1u << MIB_SYS_CONTACT)
		fact_add(facts, FACT_SYS_CONTACT, NULL, system->contact);
	if (system->has & 1u << MIB_SYS_NAME)
		fact_add(facts, FACT_HOSTNAME, NULL, system->name);
	if (system->has & 1u << MIB_SYS_LOCATION)
		fact_add(facts, FACT_SYS_LOCATION, NULL, system->location);
}

static void
add_engine(struct probe_run *run, const struct snmpc_engine *engine)
{
	char hex[2 * SNMPC_ENGINE_ID_MAX + 1];

	if (engine->id_len == 0)
		return;
	for (size_t i = 0; i < engine->id_len; i++)
		snprintf(hex + 2 * i, 3, "%02x", engine->id[i]);
	fact_add(&run->result.facts, FACT_ENGINE_ID, NULL, hex);
}

static void
add_boot_time(struct probe_run *run, uint32_t ticks, const struct snmpc_engine *engine,
	      bool with_inventory)
{
	struct snmp_memory *memory = run->target->memory;
	char iso[CLOCK_ISO_SIZE], up[CLOCK_DURATION_SIZE];
	enum mib_uptime_change change =
		mib_uptime_update(&memory->uptime, ticks, engine->time_s, clock_wall_ms(),
				  net_loop_now_ms(run->env->loop));

	if (change == MIB_UPTIME_RESTARTED) {
		memory->system_due_ms = memory->interfaces_due_ms = 0; /* new firmware? */
		snmp_change_restart(&memory->change);
		run->result.has_topology_change = is_asked_for_change(run);
	}
	/* What was told already is told again with the inventory, not with every poll. */
	if (change == MIB_UPTIME_STEADY && !with_inventory)
		return;
	clock_format_iso(memory->uptime.boot_ms, iso, sizeof(iso));
	/* To the second, as the fact is declared. */
	if (strlen(iso) == sizeof("2026-03-01T14:02:11.123Z") - 1)
		memcpy(iso + sizeof("2026-03-01T14:02:11") - 1, "Z", 2);
	fact_add(&run->result.facts, FACT_BOOT_TIME, NULL, iso);
	probe_trace(run, "snmp: up for %s%s",
		    clock_format_duration((int64_t)ticks * 10, up, sizeof(up)),
		    change == MIB_UPTIME_RESTARTED ? ", it has restarted" : "");
}

/* ---- the question */

static void ask(struct probe_run *run);

/* A v1 agent refuses the whole question for one object that it lacks: the others are asked anew.
 * What it has not that is asked for at each run is not asked for again. */
static bool
ask_less(struct probe_run *run, const struct snmpc_reply *reply)
{
	struct snmp_state *state = state_of(run);
	struct snmp_memory *memory = run->target->memory;
	uint32_t at = reply->error_index, before = state->asked, gone;

	if (reply->error_status == SNMPC_NO_SUCH_NAME && at > 1 && at <= state->request.oid_count) {
		for (int i = 0; i < ASKED_COUNT; i++) {
			if ((before & 1u << i) && --at == 0)
				state->asked &= ~(1u << i);
		}
	} else if ((before & ASKED_SYSTEM) != ASKED_UPTIME) {
		state->asked &= ASKED_UPTIME | ASKED_CHANGE;
	} else if (before != ASKED_UPTIME) {
		state->asked = ASKED_UPTIME;
	} else {
		return false;
	}
	gone = before & ~state->asked & ASKED_CHANGE;
	memory->change.lacks |= (uint8_t)(gone >> MIB_SYS_COUNT);
	ask(run);
	return true;
}

static void
on_reply(struct snmpc_request *request, const struct snmpc_reply *reply)
{
	struct snmp_state *state = (struct snmp_state *)request;
	struct probe_run *run = state->run;
	struct snmp_memory *memory = run->target->memory;
	struct mib_system system; /* of 1.3 KB, only what it has is looked at */
	struct snmpc_engine engine;
	bool with_inventory;

	snmp_agent_count(run, reply->sent, reply->lost);
	if (reply->rtt_us != UINT32_MAX)
		run->result.rtt_us = reply->rtt_us;
	snmp_agent_note_login(run, reply->reason);
	if (reply->reason != REASON_NONE) {
		probe_trace(run, "snmp: %s", reason_text(reply->reason));
		snmp_agent_explain(run, reply);
		finish(run);
		return;
	}
	probe_trace(run, "snmp: %zu values in %.3f ms, error-status %u", reply->count,
		    run->result.rtt_us / 1000.0, reply->error_status);
	if (reply->error_status != 0) {
		if (ask_less(run, reply))
			return;
		result_set(&run->result, OUTCOME_DEGRADED, REASON_FAULT, "error-status %u",
			   reply->error_status);
		finish(run);
		return;
	}
	system.has = 0;
	for (size_t i = 0; i < reply->count; i++)
		mib_system_add(&system, &reply->varbinds[i]);
	if (!(system.has & 1u << MIB_SYS_UPTIME)) {
		result_set(&run->result, OUTCOME_DEGRADED, REASON_NOT_SERVED,
			   "no sysUpTime; is the system group in the agent's view?");
		finish(run);
		return;
	}
	result_ok(&run->result);
	run->result.uptime_s = system.uptime_cs / 100;
	run->result.has_uptime = true;
	snmpc_peer_engine(memory->peer, &engine);
	with_inventory = (state->asked & ASKED_SYSTEM) != ASKED_UPTIME;
	if (with_inventory) {
		memory->system_due_ms = next_due_ms(run, OPT_SNMP_SYSTEM);
		add_engine(run, &engine);
	}
	add_boot_time(run, system.uptime_cs, &engine, with_inventory);
	take_changes(run, reply);
	add_system(run, &system);
	if (with_inventory)
		snmp_firmware_start(&state->firmware, run, memory->peer, &system,
				    &memory->firmware_silences, read_interfaces);
	else
		read_interfaces(run);
}

static void
ask(struct probe_run *run)
{
	struct snmp_state *state = state_of(run);
	const struct probe_settings *settings = run->target->settings;
	struct snmp_memory *memory = run->target->memory;
	int rc;

	state->request.oid_count = 0;
	for (int i = 0; i < ASKED_COUNT; i++) {
		if (state->asked & 1u << i)
			state->oids[state->request.oid_count++] =
				i < MIB_SYS_COUNT ? mib_system_oids[i]
						  : snmp_change_oids[i - MIB_SYS_COUNT];
	}
	state->request.peer = memory->peer;
	state->request.op = SNMPC_GET;
	state->request.oids = state->oids;
	state->request.retries = snmp_agent_retries(settings);
	state->request.timeout_ms = settings->timeout_ms;
	state->request.done = on_reply;
	rc = snmpc_start(&state->request);
	if (rc != 0) {
		result_set(&run->result, OUTCOME_ERROR, REASON_LOCAL, "%s", err_text(rc));
		finish(run);
	}
}

static void
snmp_start(struct probe_run *run)
{
	struct snmp_state *state = state_of(run);
	struct snmp_memory *memory = run->target->memory;

	state->run = run;
	mib_if_table_init(&state->table);
	if (memory == NULL)
		run->target->memory = memory = calloc(1, sizeof(*memory));
	if (memory == NULL) {
		result_set(&run->result, OUTCOME_ERROR, REASON_LOCAL, "%s", err_text(ERR_NOMEM));
		finish(run);
		return;
	}
	if (!snmp_agent_peer(run, &memory->peer, (uint16_t)probe_option(run, OPT_SNMP_PORT))) {
		finish(run);
		return;
	}
	state->asked = ASKED_UPTIME;
	if (is_due(run, OPT_SNMP_SYSTEM, memory->system_due_ms))
		state->asked = ASKED_SYSTEM;
	if (is_asked_for_change(run))
		state->asked |= (uint32_t)(SNMP_CHANGE_ALL & ~memory->change.lacks)
				<< MIB_SYS_COUNT;
	ask(run);
}

static void
snmp_cancel(struct probe_run *run)
{
	struct snmp_state *state = state_of(run);

	snmpc_cancel(&state->request);
	snmpc_walk_cancel(&state->walk);
	snmp_firmware_cancel(&state->firmware);
	mib_if_table_fini(&state->table);
}

static void
snmp_forget(struct probe_target *target)
{
	struct snmp_memory *memory = target->memory;

	if (memory == NULL)
		return;
	snmpc_peer_free(memory->peer);
	free(memory);
	target->memory = NULL;
}

static void
snmp_restore(struct probe_target *target, const struct fact_list *facts)
{
	const char *boot_time = fact_get(facts, FACT_BOOT_TIME, NULL);
	const char *interfaces = fact_get(facts, FACT_INTERFACES, NULL);
	struct snmp_memory *memory = target->memory;
	int64_t boot_ms;

	if (memory == NULL)
		memory = calloc(1, sizeof(*memory));
	if (memory == NULL)
		return;
	target->memory = memory;
	if (boot_time != NULL && clock_parse_time(boot_time, &boot_ms) == 0)
		mib_uptime_restore(&memory->uptime, boot_ms);
	if (interfaces != NULL)
		memory->interfaces = (uint32_t)strtoul(interfaces, NULL, 10);
}

const struct probe_ops probe_snmp_ops = {
	.id = PROBE_SNMP,
	.state_size = sizeof(struct snmp_state),
	.start = snmp_start,
	.cancel = snmp_cancel,
	.budget_ms = snmp_budget_ms,
	.forget = snmp_forget,
	.restore = snmp_restore,
};
