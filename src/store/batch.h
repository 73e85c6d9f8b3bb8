/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The inside of a batch: plain arrays by kind of content, strings in one arena. A batch that others
 * were appended to is a chain of them.
 */
#ifndef KEEPWATCH_STORE_BATCH_INSIDE_H
#define KEEPWATCH_STORE_BATCH_INSIDE_H

#include "keepwatch/mem.h"
#include "keepwatch/store_audit.h"
#include "keepwatch/store_batch.h"
#include "keepwatch/store_incident.h"
#include "keepwatch/topology.h"

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

struct batch_topo_link {
	struct topo_link link;
	bool is_gone;
};

struct batch_ports {
	uint32_t device;
	int64_t at_ms;
	struct topo_port *items; /* owned, by if_index */
	size_t count;
};

/* struct finding without its room for texts: an audit makes a hundred thousand at a time. */
struct batch_finding {
	enum finding_rule rule;
	enum finding_severity severity;
	uint32_t node, port;
	int64_t since_ms, confirmed_ms, resolved_ms;
	double value, limit;
	const char *instance, *evidence, *name;
};

struct batch_confirmed {
	uint32_t node;
	uint64_t rules;
	int64_t at_ms;
};

struct batch_acceptance {
	struct store_acceptance acceptance;
	bool is_withdrawn;
};

/* struct ledger_entry, likewise. */
struct batch_ledger {
	uint32_t device;
	uint8_t use;
	uint8_t change;
	int64_t first_proven_ms, last_proven_ms, changed_after_ms, changed_before_ms;
	int64_t refused_ms, default_found_ms;
	const char *account, *proof, *who, *why;
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
	BATCH_ARRAY(struct batch_topo_link) links; /* in the order in which they came */
	BATCH_ARRAY(struct batch_ports) ports;
	BATCH_ARRAY(struct topo_identity) identities;
	BATCH_ARRAY(struct topo_station) stations;
	size_t port_bytes;
	BATCH_ARRAY(struct store_incident) incidents; /* what they point to is in `text` */
	BATCH_ARRAY(struct batch_finding) findings;
	BATCH_ARRAY(struct batch_confirmed) confirmed;
	BATCH_ARRAY(struct batch_acceptance) acceptances;
	BATCH_ARRAY(struct batch_ledger) ledger;
	BATCH_ARRAY(struct store_ledger_event) ledger_events;
	int64_t heartbeat_ms, config_loaded_ms;
};

/* Room for one more element of an array of the batch. */
#define BATCH_GROW(array) \
	mem_grow(&(array)->items, &(array)->cap, (array)->count + 1, sizeof((array)->items[0]))

/* A copy in the batch; NULL becomes "". NULL: out of memory. */
const char *batch_text(struct store_batch *batch, const char *text);

/* The topology's part of one link of the chain. */
void batch_topology_clear(struct store_batch *batch);
bool batch_topology_is_empty(const struct store_batch *batch);
size_t batch_topology_bytes(const struct store_batch *batch);
/* The same of incidents and findings. */
void batch_incident_clear(struct store_batch *batch);
bool batch_incident_is_empty(const struct store_batch *batch);
size_t batch_incident_bytes(const struct store_batch *batch);
/* And of what an audit leaves behind. has_more: more than that findings go on. */
void batch_audit_clear(struct store_batch *batch);
bool batch_audit_is_empty(const struct store_batch *batch);
bool batch_audit_has_more(const struct store_batch *batch);
size_t batch_audit_bytes(const struct store_batch *batch);

#endif
