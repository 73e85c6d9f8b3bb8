/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading what the firmware rules ask for: scalars by GET in small batches, then columns by one
 * walk, twice at most.
 */
#include "snmp_firmware.h"

#include "snmp_agent.h"

#include "keepwatch/mem.h"

#include <stddef.h>
#include <string.h>

enum { READ_MS_MIN = 5000, WALK_REPETITIONS = 10 };

static void go_on(struct snmp_firmware *firmware);
static void ask_batch(struct snmp_firmware *firmware);

/* One exchange begins before this is over; it is counted apart. */
static uint32_t
read_ms(const struct probe_settings *settings)
{
	uint32_t ms = 3 * snmp_agent_exchange_ms(settings);

	return ms < READ_MS_MIN ? READ_MS_MIN : ms;
}

uint32_t
snmp_firmware_budget_ms(const struct probe_settings *settings)
{
	return read_ms(settings) + snmp_agent_exchange_ms(settings);
}

/* ---- the end */

static void
add_facts(struct snmp_firmware *firmware)
{
	static const enum fact_key keys[FIRMWARE_ITEM_COUNT] = {
		[FIRMWARE_FIRMWARE] = FACT_FIRMWARE, [FIRMWARE_MODEL] = FACT_MODEL,
		[FIRMWARE_SERIAL] = FACT_SERIAL,     [FIRMWARE_HARDWARE] = FACT_HARDWARE,
		[FIRMWARE_VENDOR] = FACT_VENDOR,
	};
	struct fact_list *facts = &firmware->run->result.facts;
	struct firmware_found found[FIRMWARE_ITEM_COUNT];

	if (firmware_read_conclude(firmware->reading, found) != 0)
		return; /* out of memory: the next reading tries again */
	for (int i = 0; i < FIRMWARE_ITEM_COUNT; i++) {
		if (found[i].value == NULL)
			continue;
		fact_add(facts, keys[i], NULL, found[i].value);
		if (found[i].source != NULL)
			fact_add(facts, FACT_SOURCE, fact_name(keys[i]), found[i].source);
		probe_trace(firmware->run, "snmp: %s %s%s%s", fact_name(keys[i]), found[i].value,
			    found[i].source != NULL ? " by " : "",
			    found[i].source != NULL ? found[i].source : "");
	}
}

static void
finish(struct snmp_firmware *firmware, bool is_whole)
{
	struct probe_run *run = firmware->run;

	if (is_whole)
		add_facts(firmware);
	firmware_read_free(firmware->reading);
	firmware->reading = NULL;
	firmware->done(run);
}

/* Silence, and what else has no place in a reading. */
static void
give_up(struct snmp_firmware *firmware, enum reason reason)
{
	bool is_its_way;

	if (reason == REASON_TIMEOUT && *firmware->silences < SNMP_FIRMWARE_SILENCES)
		++*firmware->silences;
	is_its_way = *firmware->silences == SNMP_FIRMWARE_SILENCES;
	probe_trace(firmware->run, "snmp: firmware is %s: %s",
		    is_its_way ? "told as far as it was read" : "not told of", reason_text(reason));
	finish(firmware, is_its_way);
}

static bool
is_late(const struct snmp_firmware *firmware)
{
	return net_loop_now_ms(firmware->run->env->loop) >= firmware->deadline_ms;
}

/* ---- columns */

static bool
on_varbind(struct snmpc_walk *walk, size_t column, const struct varbind *vb)
{
	struct snmp_firmware *firmware =
		(struct snmp_firmware *)((char *)walk - offsetof(struct snmp_firmware, walk));

	bool is_next_row = column <= firmware->column;

	(void)walk;
	firmware->column = column;
	/* Once a row: its columns come side by side. */
	if (is_next_row && firmware_read_is_enough(firmware->reading))
		return false;
	firmware_read_take(firmware->reading, vb);
	return true;
}

static void
on_walked(struct snmpc_walk *walk)
{
	struct snmp_firmware *firmware =
		(struct snmp_firmware *)((char *)walk - offsetof(struct snmp_firmware, walk));

	/* Columns that it refuses, or does not order, it has not. */
	if (walk->reason != REASON_NONE && walk->reason != REASON_FAULT &&
	    walk->reason != REASON_BAD_REPLY) {
		give_up(firmware, walk->reason);
		return;
	}
	if (walk->was_cut && is_late(firmware)) {
		give_up(firmware, REASON_TIMEOUT);
		return;
	}
	snmp_agent_count(firmware->run, walk->sent, walk->lost);
	probe_trace(firmware->run, "snmp: %u values of %u columns in %u exchanges", walk->varbinds,
		    walk->column_count, walk->exchanges);
	go_on(firmware);
}

static void
walk_columns(struct snmp_firmware *firmware)
{
	const struct probe_settings *settings = firmware->run->target->settings;
	int64_t repetitions = probe_option(firmware->run, OPT_SNMP_MAX_REPETITIONS);

	firmware->walk = (struct snmpc_walk){
		.peer = firmware->peer,
		.columns = firmware->ask.columns,
		.column_count = (uint8_t)firmware->ask.column_count,
		/* the row that is looked for is among the first */
		.max_repetitions = repetitions > 0 && repetitions < WALK_REPETITIONS
					   ? (uint8_t)repetitions
					   : WALK_REPETITIONS,
		.retries = snmp_agent_retries(settings),
		.timeout_ms = settings->timeout_ms,
		.max_ms = (uint32_t)(firmware->deadline_ms -
				     net_loop_now_ms(firmware->run->env->loop)),
		.max_varbinds = FIRMWARE_ROWS_MAX * (uint32_t)firmware->ask.column_count,
		.varbind = on_varbind,
		.done = on_walked,
	};
	firmware->ask.column_count = 0;
	firmware->column = 0;
	if (snmpc_walk_start(&firmware->walk) != 0)
		give_up(firmware, REASON_LOCAL);
}

/* ---- scalars */

static void
drop(struct snmp_firmware *firmware, size_t at, size_t count)
{
	firmware->count = (uint8_t)(firmware->count - count);
	memmove(&firmware->batch[at], &firmware->batch[at + count],
		(firmware->count - at) * sizeof(firmware->batch[0]));
}

/* An agent refuses a whole request for one object that it lacks (v1) or chokes on: that one is left
 * out; if it does not say which, smaller requests find out. */
static void
ask_less(struct snmp_firmware *firmware, uint32_t error_index)
{
	uint8_t asked = firmware->request.oid_count;

	if (error_index >= 1 && error_index <= asked)
		drop(firmware, error_index - 1, 1);
	else if (asked > 1)
		firmware->size = asked / 2;
	else
		drop(firmware, 0, 1);
}

static void
on_reply(struct snmpc_request *request, const struct snmpc_reply *reply)
{
	struct snmp_firmware *firmware =
		(struct snmp_firmware *)((char *)request - offsetof(struct snmp_firmware, request));

	if (reply->reason != REASON_NONE) {
		give_up(firmware, reply->reason);
		return;
	}
	snmp_agent_count(firmware->run, reply->sent, reply->lost);
	if (reply->error_status != 0) {
		ask_less(firmware, reply->error_index);
	} else {
		for (size_t i = 0; i < reply->count; i++)
			firmware_read_take(firmware->reading, &reply->varbinds[i]);
		drop(firmware, 0, request->oid_count);
	}
	ask_batch(firmware);
}

/* What is left of the batch, or the next one, or what comes behind the last. */
static void
ask_batch(struct snmp_firmware *firmware)
{
	const struct firmware_ask *ask = &firmware->ask;
	const struct probe_settings *settings = firmware->run->target->settings;

	while (firmware->count < SNMP_FIRMWARE_BATCH && firmware->next < ask->scalar_count)
		firmware->batch[firmware->count++] = ask->scalars[firmware->next++];
	if (firmware->count == 0 && ask->column_count == 0) {
		go_on(firmware);
		return;
	}
	if (is_late(firmware)) {
		give_up(firmware, REASON_TIMEOUT);
		return;
	}
	if (firmware->count == 0) {
		walk_columns(firmware);
		return;
	}
	firmware->request.peer = firmware->peer;
	firmware->request.op = SNMPC_GET;
	firmware->request.oids = firmware->batch;
	firmware->request.oid_count =
		firmware->count < firmware->size ? firmware->count : firmware->size;
	firmware->request.retries = snmp_agent_retries(settings);
	firmware->request.timeout_ms = settings->timeout_ms;
	firmware->request.done = on_reply;
	if (snmpc_start(&firmware->request) != 0)
		give_up(firmware, REASON_LOCAL);
}

/* ---- rounds */

static void
go_on(struct snmp_firmware *firmware)
{
	if (!firmware_read_next(firmware->reading, &firmware->ask)) {
		*firmware->silences = 0;
		finish(firmware, true);
		return;
	}
	firmware->next = 0;
	firmware->count = 0;
	ask_batch(firmware);
}

void
snmp_firmware_start(struct snmp_firmware *firmware, struct probe_run *run, struct snmpc_peer *peer,
		    const struct mib_system *system, uint8_t *silences,
		    void (*done)(struct probe_run *run))
{
	const struct firmware_rules *rules = run->env->firmware;

	firmware->run = run;
	firmware->peer = peer;
	firmware->done = done;
	firmware->silences = silences;
	firmware->size = SNMP_FIRMWARE_BATCH;
	firmware->deadline_ms = net_loop_now_ms(run->env->loop) + read_ms(run->target->settings);
	if (rules == NULL ||
	    firmware_read_new(&firmware->reading, rules,
			      system->has & 1u << MIB_SYS_OBJECT_ID ? system->object_id : "",
			      system->has & 1u << MIB_SYS_DESCR ? system->descr : "",
			      system->has & 1u << MIB_SYS_NAME ? system->name : "") != 0) {
		done(run);
		return;
	}
	go_on(firmware);
}

void
snmp_firmware_cancel(struct snmp_firmware *firmware)
{
	if (firmware->reading == NULL)
		return;
	snmpc_cancel(&firmware->request);
	snmpc_walk_cancel(&firmware->walk);
	firmware_read_free(firmware->reading);
	firmware->reading = NULL;
}
