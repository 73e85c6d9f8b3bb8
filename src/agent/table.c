/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tables that follow from a configuration: devices, their probes, the schedule. A reload makes
 * new ones and inherits what is known; nothing is patched in place.
 */
#include "agent.h"
#include "audit.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/log.h"
#include "keepwatch/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
	FIRST_WITHIN_MIN_MS = 1000,
	FIRST_WITHIN_MAX_MS = 30000,
	FIRST_PER_ITEM_MS = 5,
	FIRST_PER_AUDIT_MS = 1000,
	FIRST_AUDIT_MAX_MS = 3600 * 1000,
	JITTER_SHARE = 20, /* of the shortest period */
	JITTER_MAX_MS = 1000,
	BACKOFF_PERIODS = 2, /* longest pause of a failing probe, in periods */
};

/*
 * Over the device's name: phases stay where they are over restarts and reloads, and what a device
 * is asked for at the same interval it is asked for at the same time, so that the answers are of
 * one moment. What takes long keeps to itself.
 */
static uint64_t
item_key(const char *device, enum probe_id probe)
{
	uint64_t h = mem_hash64(MEM_HASH64_START, device, strlen(device) + 1);

	return !probe_tells_health(probe) ? mem_hash64(h, &probe, sizeof(probe)) : h;
}

static void
fill_probe(struct agent_table *table, struct agent_probe *probe, size_t device,
	   const struct probe_settings *settings)
{
	const struct device *declared = &table->conf->fleet->devices[device];

	probe->target.fleet = table->conf->fleet;
	probe->target.device = declared;
	probe->target.settings = settings;
	probe->target.ip = declared->ip;
	probe->device = (uint32_t)device;
	probe->rtt_us = RTT_NONE;
}

static uint32_t
first_within_ms(uint64_t spread_ms, uint32_t max_ms)
{
	return spread_ms < FIRST_WITHIN_MIN_MS ? FIRST_WITHIN_MIN_MS
	       : spread_ms > max_ms	       ? max_ms
					       : (uint32_t)spread_ms;
}

static int
add_items(struct agent_table *table)
{
	uint32_t within = first_within_ms((uint64_t)table->probe_count * FIRST_PER_ITEM_MS,
					  FIRST_WITHIN_MAX_MS);
	/* A run takes its time, and nobody waits for it. */
	uint32_t audit_within = first_within_ms((uint64_t)table->device_count * FIRST_PER_AUDIT_MS,
						FIRST_AUDIT_MAX_MS);

	for (size_t i = 0; i < table->probe_count; i++) {
		const struct agent_probe *probe = &table->probes[i];
		const struct probe_settings *settings = probe->target.settings;
		bool is_icmp = settings->probe == PROBE_ICMP;
		bool is_audit = settings->probe == PROBE_EXPOSURE;
		struct sched_item item = {
			.key = item_key(probe->target.device->name, settings->probe),
			.device = probe->device,
			.site = probe->target.device->site,
			/* An audit that lasts does not keep the others from asking how it is. */
			.is_exclusive = !is_icmp && !is_audit,
			.period_ms = settings->interval_ms,
			/* ICMP is cheap and is what tells that a device is back. */
			.max_pause_ms = is_icmp ? 0 : settings->interval_ms * BACKOFF_PERIODS,
		};

		if (sched_add(table->sched, &item, is_audit ? audit_within : within) != i)
			return ERR_NOMEM;
	}
	return 0;
}

static int
make_sched(struct agent_table *table)
{
	const struct fleet *fleet = table->conf->fleet;
	struct sched_params params = {
		.tick_ms = AGENT_QUANTUM_MS,
		.max_in_flight = table->conf->max_in_flight,
		.quick_retries = UINT32_MAX,
	};
	uint32_t shortest = UINT32_MAX;
	struct sched_site *sites = calloc(fleet->site_count + 1, sizeof(*sites));

	if (sites == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < fleet->site_count; i++) {
		sites[i].max_in_flight = fleet->sites[i].max_in_flight;
		sites[i].max_rate = fleet->sites[i].max_rate;
	}
	for (size_t i = 0; i < table->probe_count; i++) {
		if (table->probes[i].target.settings->interval_ms < shortest)
			shortest = table->probes[i].target.settings->interval_ms;
	}
	params.jitter_ms =
		shortest / JITTER_SHARE < JITTER_MAX_MS ? shortest / JITTER_SHARE : JITTER_MAX_MS;
	table->sched =
		sched_new(&params, sites, fleet->site_count, table->device_count, clock_mono_ms());
	free(sites);
	return table->sched == NULL ? ERR_NOMEM : add_items(table);
}

int
agent_table_new(struct agent_table **out, struct conf *conf)
{
	const struct fleet *fleet = conf->fleet;
	struct agent_table *table = calloc(1, sizeof(*table));
	size_t n = 0;
	int rc = ERR_NOMEM;

	if (table == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < fleet->device_count; i++)
		table->probe_count += fleet->devices[i].probe_count;
	table->device_count = fleet->device_count;
	table->devices = calloc(table->device_count + 1, sizeof(*table->devices));
	table->probes = calloc(table->probe_count + 1, sizeof(*table->probes));
	if (table->devices == NULL || table->probes == NULL)
		goto fail;
	table->conf = conf;
	for (size_t i = 0; i < fleet->device_count; i++) {
		struct agent_device *device = &table->devices[i];

		device->device = &fleet->devices[i];
		device->first_probe = (uint32_t)n;
		device->probe_count = device->device->probe_count;
		table->named_count += device->device->ip.family == 0;
		for (size_t p = 0; p < device->probe_count; p++)
			fill_probe(table, &table->probes[n++], i, device->device->probes[p]);
	}
	rc = make_sched(table);
	if (rc != 0)
		goto fail;
	*out = table;
	return 0;
fail:
	table->conf = NULL; /* still the caller's */
	agent_table_free(table);
	return rc;
}

void
agent_table_free(struct agent_table *table)
{
	if (table == NULL)
		return;
	for (size_t i = 0; table->probes != NULL && i < table->probe_count; i++) {
		struct agent_probe *probe = &table->probes[i];
		if (probe->target.memory != NULL)
			probe_ops(probe->target.settings->probe)->forget(&probe->target);
		free(probe->detail);
	}
	sched_free(table->sched);
	free(table->probes);
	free(table->devices);
	conf_free(table->conf);
	free(table);
}

struct agent_device *
agent_find(const struct agent_table *table, const char *name)
{
	const struct device *device = fleet_find(table->conf->fleet, name);

	return device == NULL ? NULL : &table->devices[device - table->conf->fleet->devices];
}

struct agent_probe *
agent_find_probe(const struct agent_table *table, const struct agent_device *device,
		 enum probe_id id)
{
	for (size_t i = 0; i < device->probe_count; i++) {
		struct agent_probe *probe = &table->probes[device->first_probe + i];
		if (probe->target.settings->probe == id)
			return probe;
	}
	return NULL;
}

/* Whether an audit may look at something now that it was not to look at before. */
static bool
is_other_audit(const struct probe_target *a, const struct probe_target *b)
{
	static const enum option_id lists[] = {OPT_EXPOSURE_PORTS, OPT_EXPOSURE_COMMUNITIES};
	static const struct site none;
	const struct site *x =
		a->device->site == SITE_NONE ? &none : &a->fleet->sites[a->device->site];
	const struct site *y =
		b->device->site == SITE_NONE ? &none : &b->fleet->sites[b->device->site];

	if (a->settings->probe != PROBE_EXPOSURE)
		return false;
	for (size_t i = 0; i < MEM_COUNT(lists); i++) {
		if (strcmp(settings_option(a->settings, lists[i])->text,
			   settings_option(b->settings, lists[i])->text) != 0)
			return true;
	}
	return x->audit_ports != y->audit_ports || x->audit_communities != y->audit_communities;
}

static void
inherit_probe(struct agent_probe *into, struct agent_probe *from, bool same_address)
{
	into->health = from->health;
	into->acc = from->acc;
	into->run_ms = is_other_audit(&into->target, &from->target) ? 0 : from->run_ms;
	into->answer_ms = from->answer_ms;
	into->outcome = from->outcome;
	into->is_unsaved = from->is_unsaved;
	into->rtt_us = from->rtt_us;
	into->is_refused = from->is_refused;
	into->stored_reason = from->stored_reason;
	into->detail = from->detail;
	from->detail = NULL;
	if (!same_address)
		return;
	into->target.ip = from->target.ip;
	/* What a probe remembers holds nothing of the old configuration (probe.h). */
	into->target.memory = from->target.memory;
	from->target.memory = NULL;
}

void
agent_table_inherit(struct agent_table *into, struct agent_table *from)
{
	for (size_t i = 0; i < into->device_count; i++) {
		struct agent_device *device = &into->devices[i];
		struct agent_device *old = agent_find(from, device->device->name);
		bool same_address;

		if (old == NULL)
			continue;
		same_address = strcmp(device->device->address, old->device->address) == 0;
		device->id = old->id;
		device->health = old->health;
		device->stored_reason = old->stored_reason;
		device->is_drifting = old->is_drifting;
		device->clock_offset_ms = old->clock_offset_ms;
		device->boot_ms = old->boot_ms;
		device->topology_at_ms = old->topology_at_ms;
		for (size_t p = 0; p < device->probe_count; p++) {
			struct agent_probe *probe = &into->probes[device->first_probe + p];
			struct agent_probe *old_probe =
				agent_find_probe(from, old, probe->target.settings->probe);

			if (old_probe != NULL)
				inherit_probe(probe, old_probe, same_address);
		}
	}
}

void
agent_table_cancel(struct agent_table *table)
{
	for (size_t i = 0; i < table->probe_count; i++) {
		if (table->probes[i].run != NULL)
			probe_run_cancel(table->probes[i].run);
	}
}

static void
restore_health(struct health_probe *health, const struct store_state *state)
{
	health->state = (uint8_t)state->health;
	health->reason = (uint8_t)state->reason;
	health->since_ms = state->since_ms;
	health->is_flapping = state->is_flapping;
	health->was_up = state->was_up;
	health->flips = state->flips;
	health->last = (uint8_t)state->health;
	health->seen = state->flips != 0 ? HEALTH_FLAP_WINDOW : 1;
}

static int
restore_facts(struct agent *agent, struct agent_device *device, struct agent_probe *probe,
	      const struct fact_list *facts)
{
	const struct agent_table *table = agent->table;
	const struct probe_ops *ops = probe_ops(probe->target.settings->probe);
	const char *boot = fact_get(facts, FACT_BOOT_TIME, "");
	const char *offset = fact_get(facts, FACT_CLOCK_OFFSET_MS, "");

	if (boot != NULL && clock_parse_time(boot, &device->boot_ms) != 0)
		device->boot_ms = 0;
	if (offset != NULL) {
		int64_t limit = table->conf->clock_warning_ms;

		device->clock_offset_ms = strtoll(offset, NULL, 10);
		device->is_drifting = limit > 0 && llabs(device->clock_offset_ms) >= limit;
	}
	if (ops->restore != NULL)
		ops->restore(&probe->target, facts);
	agent_topology_restore(agent, device, probe, facts);
	return agent_audit_restore(agent, device, probe->target.settings->probe, facts);
}

/* Takes over what the store knows of one device. */
static int
on_known(void *arg, const struct store_known *known)
{
	struct agent *agent = arg;
	struct agent_table *table = agent->table;
	struct agent_device *device = agent_find(table, known->name);
	int64_t now_ms = agent->started_ms;
	int rc = 0;

	if (device == NULL) {
		if (!known->is_removed) {
			struct store_event event = {.at_ms = now_ms,
						    .type = EVENT_DEVICE_REMOVED,
						    .device = known->id,
						    .probe = -1};
			rc = store_batch_device_removed(agent->batch, known->id, now_ms);
			if (rc == 0)
				rc = store_batch_event(agent->batch, &event);
		}
		return rc;
	}
	device->id = known->id;
	device->health.state = (uint8_t)known->state.health;
	device->health.reason = device->stored_reason = (uint8_t)known->state.reason;
	device->health.since_ms = known->state.since_ms;
	device->health.is_flapping = known->state.is_flapping;
	rc = agent_audit_device(agent, device);
	for (size_t i = 0; rc == 0 && i < known->probe_count; i++) {
		struct agent_probe *probe = agent_find_probe(table, device, known->probes[i].probe);

		if (probe == NULL) {
			rc = store_batch_probe_gone(agent->batch, known->id, known->probes[i].probe,
						    now_ms);
			continue;
		}
		restore_health(&probe->health, &known->probes[i].state);
		probe->stored_reason = probe->health.reason;
		(void)agent_set_detail(probe, known->probes[i].state.detail);
		rc = restore_facts(agent, device, probe, known->probes[i].facts);
	}
	return rc;
}

int
agent_table_load(struct agent *agent, char *message, size_t message_size)
{
	struct agent_table *table = agent->table;
	const struct fleet *fleet = table->conf->fleet;
	int rc = store_load(agent->store, &agent->ids, on_known, agent, message, message_size);

	for (size_t i = 0; rc == 0 && i < table->device_count; i++) {
		struct agent_device *device = &table->devices[i];

		if (device->id == 0) {
			struct store_event event = {.at_ms = agent->started_ms,
						    .type = EVENT_DEVICE_ADDED,
						    .probe = -1};
			device->id = store_ids_get(&agent->ids, device->device->name);
			event.device = device->id;
			if (device->id == 0)
				rc = ERR_NOMEM;
			if (rc == 0)
				rc = store_batch_device(agent->batch, device->id, fleet,
							device->device, agent->started_ms);
			if (rc == 0)
				rc = store_batch_event(agent->batch, &event);
			if (rc == 0)
				rc = agent_audit_device(agent, device);
			continue;
		}
		rc = store_batch_device(agent->batch, device->id, fleet, device->device,
					agent->started_ms);
	}
	if (rc != 0 && message[0] == '\0')
		snprintf(message, message_size, "%s", err_text(rc));
	return rc;
}
