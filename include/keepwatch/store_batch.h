/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the agent hands to the store: ids of devices, and batches of changes. Pure memory, no
 * database: made on the loop thread, committed by a worker. Everything is copied into the batch
 * unless it says that it is taken. Functions that add return 0 or ERR_NOMEM, in which case the
 * batch is as before. Times are wall clock, ms since 1970.
 */
#ifndef KEEPWATCH_STORE_BATCH_H
#define KEEPWATCH_STORE_BATCH_H

#include "keepwatch/fleet.h"
#include "keepwatch/kinds.h"
#include "keepwatch/result.h"
#include "keepwatch/rollup.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Names to ids. Ids are given out here, in memory, without asking the database: a new name gets the
 * next number, and the row is written when the device is declared in a batch. Never reused.
 */
struct store_ids {
	struct store_id *by_name;
	uint32_t next;
};

void store_ids_init(struct store_ids *ids);
void store_ids_fini(struct store_ids *ids);
/* The id of a device (> 0), a new one if the name is unknown; 0 when out of memory. */
uint32_t store_ids_get(struct store_ids *ids, const char *name);
/* 0 if the name is unknown. */
uint32_t store_ids_find(const struct store_ids *ids, const char *name);

/* State of a device or of one of its probes, as after hysteresis. */
struct store_state {
	enum health health;
	enum reason reason;
	int64_t since_ms;
	bool is_flapping;
	bool was_up;	/* probe: has ever answered */
	uint32_t flips; /* probe: memory of the flap detector, kept as it is */
	char detail[RESULT_DETAIL_SIZE];
};

/* The last run of a probe; written packed, cheap enough for every run. */
struct store_last {
	enum outcome outcome;
	uint32_t rtt_us;   /* RTT_NONE if there was none */
	int64_t run_ms;	   /* when it ran */
	int64_t answer_ms; /* when it was last answered; 0: not known, the stored one stays */
};

struct store_event {
	int64_t at_ms;
	enum event_type type;
	uint32_t device;       /* 0: the agent itself */
	int probe;	       /* enum probe_id, or -1 */
	const char *from, *to; /* NULL if there is none */
	enum reason reason;
	const char *detail; /* NULL if there is none */
};

struct store_batch;

/* NULL: out of memory. */
struct store_batch *store_batch_new(void);
void store_batch_free(struct store_batch *batch);
bool store_batch_is_empty(const struct store_batch *batch);
/* Memory held, in bytes: what the agent bounds while commits fail. */
size_t store_batch_bytes(const struct store_batch *batch);
/* Moves everything of `from` behind what is in `into`; `from` is left empty. */
int store_batch_append(struct store_batch *into, struct store_batch *from);

/* Declares a device (new, changed or unchanged: only what differs is written) or that it is no
 * longer in the fleet file. */
int store_batch_device(struct store_batch *batch, uint32_t id, const struct fleet *fleet,
		       const struct device *device, int64_t at_ms);
int store_batch_device_removed(struct store_batch *batch, uint32_t id, int64_t at_ms);

int store_batch_device_state(struct store_batch *batch, uint32_t id,
			     const struct store_state *state);
int store_batch_probe_state(struct store_batch *batch, uint32_t id, enum probe_id probe,
			    const struct store_state *state);
/* The device is no longer probed so: its state is forgotten, its facts are gone. */
int store_batch_probe_gone(struct store_batch *batch, uint32_t id, enum probe_id probe,
			   int64_t at_ms);
int store_batch_last(struct store_batch *batch, uint32_t id, enum probe_id probe,
		     const struct store_last *last);

/*
 * The facts of one result; every probe has its own view of a device. The list is taken and left
 * empty. What is stored already costs no write, but that an hour after the last it is noted as
 * seen. A changed value goes to the history, unless its key is volatile, and makes a FACT_CHANGED
 * event (detail "firmware" or "mac eth0", from, to) if the key is in store_fact_event_keys: the
 * agent writes no such event itself. Keys in `complete` (bit 1 << key): stored instances that the
 * list lacks are gone. An empty list with complete 0 is no batch content.
 */
int store_batch_facts(struct store_batch *batch, uint32_t id, enum probe_id probe, int64_t at_ms,
		      struct fact_list *facts, uint64_t complete);
/*
 * Keys whose change is an event: what a device is and how it is set up. Not those that move by
 * nature or have an event of their own (boot time, ports, doors, clock, login, TLS key).
 */
uint64_t store_fact_event_keys(void);

int store_batch_event(struct store_batch *batch, const struct store_event *event);

/* One series' share of the period that holds at_ms. The same series may come again for a period (a
 * restart in its middle): the parts are added up. Empty accumulators are skipped. */
int store_batch_rollup(struct store_batch *batch, uint32_t id, enum probe_id probe, int64_t at_ms,
		       const struct rollup_acc *acc);

/* The agent lives. config_loaded_ms 0: unchanged. */
int store_batch_heartbeat(struct store_batch *batch, int64_t at_ms, int64_t config_loaded_ms);

#endif
