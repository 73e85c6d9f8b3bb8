/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The inside of a batch: plain arrays by kind of content, strings in one arena. A batch that others
 * were appended to is a chain of them.
 */
#ifndef KEEPWATCH_STORE_BATCH_INSIDE_H
#define KEEPWATCH_STORE_BATCH_INSIDE_H

#include "keepwatch/mem.h"
#include "keepwatch/store_batch.h"

struct batch_device {
	uint32_t id;
	bool is_removed; /* then only at_ms counts */
	enum device_kind kind;
	int64_t at_ms;
	const char *name, *address, *site, *owner, *upstream_switch, *upstream_port, *tags;
};

enum { BATCH_DEVICE = -1 }; /* as probe of a state: the device's own */

struct batch_state {
	uint32_t id;
	int probe; /* enum probe_id or BATCH_DEVICE */
	bool is_gone;
	uint8_t health, reason;
	bool is_flapping, was_up;
	uint32_t flips;
	int64_t since_ms;
	const char *detail;
};

struct batch_last {
	uint32_t id;
	enum probe_id probe;
	struct store_last last;
};

struct batch_facts {
	uint32_t id;
	enum probe_id probe;
	int64_t at_ms;
	uint64_t complete;
	struct fact_list list;
};

struct batch_rollup {
	uint32_t id;
	enum probe_id probe;
	int64_t start_ms;
	struct rollup_acc acc;
};

#define BATCH_ARRAY(type)     \
	struct {              \
		type *items;  \
		size_t count; \
		size_t cap;   \
	}

struct store_batch {
	struct store_batch *next; /* appended */
	struct mem_arena text;
	size_t fact_bytes;
	BATCH_ARRAY(struct batch_device) devices;
	BATCH_ARRAY(struct batch_state) states;
	BATCH_ARRAY(struct batch_last) lasts;
	BATCH_ARRAY(struct batch_facts) facts;
	BATCH_ARRAY(struct store_event) events;
	BATCH_ARRAY(struct batch_rollup) rollups;
	int64_t heartbeat_ms, config_loaded_ms;
};

#endif
