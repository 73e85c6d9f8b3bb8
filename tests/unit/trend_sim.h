/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A fleet for tests of early warning: sites with a router, a core switch, access switches and
 * cameras, with the noise that healthy ones make, and degradations put on top. Own random numbers:
 * every run is the same.
 */
#ifndef TREND_SIM_H
#define TREND_SIM_H

#include "keepwatch/trend.h"

#include <stdlib.h>
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
	SIM_ACCESS = 4,	 /* switches of a site */
	SIM_PORTS = 25,	 /* cameras of a switch */
	SIM_SITE = 1000, /* ids: site * SIM_SITE + ..., WAN 1, core 2, access 10.., camera 100.. */
	SIM_MINUTE = 60 * 1000,
	SIM_HOUR = 60 * SIM_MINUTE,
	SIM_WALK_MS = 10 * SIM_MINUTE,
};
#define SIM_DAY	  (24 * (int64_t)SIM_HOUR)
#define SIM_START (20000 * SIM_DAY) /* a Saturday + 1: midnight UTC */

struct sim_camera {
	double loss, extra_loss;
	double rtt_us, extra_rtt_us;
	double drift_ms; /* a day, that NTP takes away every day if is_synced */
	double offset_ms;
	int64_t down_until_ms, boot_ms, next_boot_ms;
	uint32_t power_mw;
	bool is_synced, tells_boot;
};

struct sim_switch {
	int64_t boot_ms, down_until_ms;
	uint32_t used_mw, extra_mw, errors[SIM_PORTS];
};

struct sim {
	struct trend *trend;
	uint64_t random;
	uint32_t sites, cycle_ms;
	int64_t now_ms;
	struct sim_camera *cameras;
	struct sim_switch *switches;
	double *site_loss;
	bool is_quiet; /* no restarts, bursts and the like */
	unsigned opened[RULE_COUNT], resolved[RULE_COUNT], told;
	struct finding last[RULE_COUNT]; /* opened or told */
	bool prints;
	struct sim_open {
		enum finding_rule rule;
		uint32_t node, port;
	} open[4096];
	size_t open_count;
};

static inline double
sim_uniform(struct sim *sim)
{
	sim->random ^= sim->random << 13;
	sim->random ^= sim->random >> 7;
	sim->random ^= sim->random << 17;
	return (double)(sim->random >> 11) / 9007199254740992.0;
}

static inline const char *
sim_name(void *owner, uint32_t node)
{
	static _Thread_local char names[4][24];
	static _Thread_local unsigned at;
	char *name = names[at++ % 4];

	(void)owner;
	snprintf(name, sizeof(names[0]), "%s-%u",
		 node % SIM_SITE >= 100	 ? "cam"
		 : node % SIM_SITE >= 10 ? "acc"
					 : "core",
		 node);
	return name;
}

static inline uint32_t
sim_camera_id(uint32_t camera)
{
	uint32_t of_site = SIM_ACCESS * SIM_PORTS;

	return (camera / of_site + 1) * SIM_SITE + 100 + camera % of_site;
}

static inline uint32_t
sim_switch_id(uint32_t sw)
{
	return (sw / SIM_ACCESS + 1) * SIM_SITE + 10 + sw % SIM_ACCESS;
}

static inline void
sim_take(struct sim *sim, const struct evidence *evidence)
{
	assert_int_equal(trend_take(sim->trend, evidence), 0);
}

static inline void
sim_node(struct sim *sim, uint32_t id, enum node_role role, uint32_t parent, uint32_t port)
{
	struct evidence evidence = {.kind = EVIDENCE_NODE,
				    .node = id,
				    .at_ms = sim->now_ms,
				    .info = {.role = (uint8_t)role, .has_ping = true}};

	if (parent != 0) {
		evidence.info.parent_count = 1;
		evidence.info.parents[0] = (struct evidence_parent){parent, port};
	}
	sim_take(sim, &evidence);
}

static inline void
sim_tell_nodes(struct sim *sim)
{
	sim_node(sim, 1, NODE_MONITOR, 0, 0);
	for (uint32_t s = 0; s < sim->sites; s++) {
		uint32_t base = (s + 1) * SIM_SITE;

		sim_node(sim, base + 1, NODE_WAN, 1, 0);
		sim_node(sim, base + 2, NODE_CORE, base + 1, 0);
		for (uint32_t a = 0; a < SIM_ACCESS; a++)
			sim_node(sim, base + 10 + a, NODE_ACCESS, base + 2, a + 1);
		for (uint32_t c = 0; c < SIM_ACCESS * SIM_PORTS; c++)
			sim_node(sim, base + 100 + c, NODE_DEVICE, base + 10 + c / SIM_PORTS,
				 c % SIM_PORTS + 1);
	}
}

static inline void
sim_init(struct sim *sim, uint32_t sites, uint32_t cycle_ms, uint64_t seed)
{
	uint32_t cameras = sites * SIM_ACCESS * SIM_PORTS;

	memset(sim, 0, sizeof(*sim));
	sim->random = seed;
	sim->sites = sites;
	sim->cycle_ms = cycle_ms;
	sim->now_ms = SIM_START;
	sim->trend = trend_new(cycle_ms, sim_name, NULL);
	sim->cameras = calloc(cameras, sizeof(*sim->cameras));
	sim->switches = calloc(sites * SIM_ACCESS, sizeof(*sim->switches));
	sim->site_loss = calloc(sites, sizeof(*sim->site_loss));
	assert_non_null(sim->trend);
	assert_non_null(sim->cameras);
	assert_non_null(sim->switches);
	assert_non_null(sim->site_loss);
	for (uint32_t c = 0; c < cameras; c++) {
		struct sim_camera *camera = &sim->cameras[c];
		double u = sim_uniform(sim);

		camera->loss = 0.02 * u * u * u; /* most next to none, some 2 % */
		camera->rtt_us = 400 * exp2(6 * sim_uniform(sim));
		camera->drift_ms = 4000 * (sim_uniform(sim) - 0.5);
		camera->is_synced = true;
		camera->tells_boot = sim_uniform(sim) < 0.7;
		camera->boot_ms = sim->now_ms - (int64_t)(100 * SIM_DAY * sim_uniform(sim));
		camera->next_boot_ms =
			sim->now_ms + (int64_t)(-log(1 - sim_uniform(sim)) * 30 * (double)SIM_DAY);
		camera->power_mw = (uint32_t)(4000 + 4000 * sim_uniform(sim));
		sim->switches[c / SIM_PORTS].used_mw += camera->power_mw;
	}
	for (uint32_t i = 0; i < sites * SIM_ACCESS; i++)
		sim->switches[i].boot_ms = sim->now_ms - 50 * SIM_DAY;
	sim_tell_nodes(sim);
}

static inline void
sim_fini(struct sim *sim)
{
	trend_free(sim->trend);
	free(sim->cameras);
	free(sim->switches);
	free(sim->site_loss);
}

/* 0 at night, 1 at the busiest hour of a working day. */
static inline double
sim_busy(int64_t at_ms)
{
	double hour = (double)(at_ms % SIM_DAY) / SIM_HOUR;
	double busy = hour < 6 || hour > 20 ? 0 : sin((hour - 6) / 14 * 3.14159265);

	return at_ms / SIM_DAY % 7 < 2 ? busy * 0.3 : busy;
}

/* Evidence comes up to 90 s late, and a little out of order. */
static inline void
sim_poll(struct sim *sim, uint32_t c)
{
	struct sim_camera *camera = &sim->cameras[c];
	const struct sim_switch *sw = &sim->switches[c / SIM_PORTS];
	uint32_t site = c / (SIM_ACCESS * SIM_PORTS);
	int64_t at_ms = sim->now_ms - (int64_t)(sim_uniform(sim) * 90000);
	double loss = camera->loss + camera->extra_loss + sim->site_loss[site], noise;
	struct evidence evidence = {
		.kind = EVIDENCE_POLL, .node = sim_camera_id(c), .at_ms = at_ms};

	evidence.poll.sent = 3;
	memset(evidence.poll.service, SERVICE_NONE, sizeof(evidence.poll.service));
	if (at_ms < camera->down_until_ms || at_ms < sw->down_until_ms) {
		evidence.poll.service[0] = SERVICE_TIMEOUT;
		sim_take(sim, &evidence);
		return;
	}
	for (unsigned i = 0; i < 3; i++)
		if (sim_uniform(sim) >= loss)
			evidence.poll.answered++;
	/* Sum of two: a peak with tails; some are far off. */
	noise = (sim_uniform(sim) + sim_uniform(sim) - 1) * 0.4;
	if (sim_uniform(sim) < 0.02)
		noise += 3;
	evidence.poll.rtt_us = (uint32_t)((camera->rtt_us * (1 + sim_busy(at_ms) * (1 + site % 3)) +
					   camera->extra_rtt_us) *
					  exp2(noise));
	sim_take(sim, &evidence);
}

static inline void
sim_walk(struct sim *sim, uint32_t i)
{
	struct sim_switch *sw = &sim->switches[i];
	struct evidence evidence = {
		.kind = EVIDENCE_SWITCH, .node = sim_switch_id(i), .at_ms = sim->now_ms};
	double lamps = 1 + 0.25 * (1 - sim_busy(sim->now_ms)) + 0.03 * sim_uniform(sim);

	evidence.sw.sent = 3;
	if (sim->now_ms < sw->down_until_ms) {
		evidence.sw.snmp = SNMP_STATE_TIMEOUT;
		sim_take(sim, &evidence);
		return;
	}
	evidence.sw.answered = (uint8_t)(3 - (sim_uniform(sim) < 0.03));
	evidence.sw.rtt_us = (uint32_t)(1000 * exp2(4 * sim_uniform(sim)));
	/* Some walks fail. */
	evidence.sw.snmp = sim_uniform(sim) < 0.03 ? SNMP_STATE_TIMEOUT : SNMP_STATE_OK;
	evidence.sw.is_walk = evidence.sw.snmp == SNMP_STATE_OK;
	evidence.sw.has_uptime = true;
	evidence.sw.uptime_s = (uint32_t)((sim->now_ms - sw->boot_ms) / 1000);
	evidence.sw.poe_used_mw = (uint32_t)(sw->used_mw * lamps) + sw->extra_mw;
	evidence.sw.poe_budget_mw = 300000;
	sim_take(sim, &evidence);
	if (!evidence.sw.is_walk)
		return;
	for (uint32_t p = 0; p < SIM_PORTS; p++) {
		const struct sim_camera *camera = &sim->cameras[i * SIM_PORTS + p];
		struct evidence row = {
			.kind = EVIDENCE_PORT, .node = evidence.node, .at_ms = evidence.at_ms};

		row.port.port = p + 1;
		row.port.is_up = true;
		row.port.changed_ms = camera->boot_ms > sw->boot_ms ? camera->boot_ms : sw->boot_ms;
		row.port.errors = sw->errors[p];
		sw->errors[p] = 0;
		if (!sim->is_quiet && sim_uniform(sim) < 0.003)
			row.port.errors += (uint32_t)(sim_uniform(sim) * 30);
		sim_take(sim, &row);
	}
}

static inline void
sim_restart(struct sim *sim, struct sim_camera *camera)
{
	camera->boot_ms = sim->now_ms;
	camera->down_until_ms = sim->now_ms + 50000 + (int64_t)(50000 * sim_uniform(sim));
}

/* What happens to healthy ones. */
static inline void
sim_life(struct sim *sim)
{
	uint32_t cameras = sim->sites * SIM_ACCESS * SIM_PORTS;
	double step = (double)sim->cycle_ms / (double)SIM_DAY;

	for (uint32_t c = 0; c < cameras; c++)
		if (sim->now_ms >= sim->cameras[c].next_boot_ms) {
			sim_restart(sim, &sim->cameras[c]);
			sim->cameras[c].next_boot_ms =
				sim->now_ms +
				(int64_t)(-log(1 - sim_uniform(sim)) * 30 * (double)SIM_DAY);
		}
	for (uint32_t s = 0; s < sim->sites; s++) {
		/* Twice a day the line of a site loses some for a cycle or a few. */
		if (sim_uniform(sim) < 0.1)
			sim->site_loss[s] = 0;
		if (sim_uniform(sim) < 2 * step)
			sim->site_loss[s] = 0.08 * sim_uniform(sim);
	}
	for (uint32_t i = 0; i < sim->sites * SIM_ACCESS; i++)
		if (sim_uniform(sim) < step / 30) { /* power, or new firmware */
			sim->switches[i].boot_ms = sim->now_ms;
			sim->switches[i].down_until_ms = sim->now_ms + 120000;
			for (uint32_t p = 0; p < SIM_PORTS; p++)
				sim_restart(sim, &sim->cameras[i * SIM_PORTS + p]);
		}
}

static inline size_t
sim_find_open(const struct sim *sim, const struct finding *finding)
{
	size_t i = 0;

	while (i < sim->open_count &&
	       (sim->open[i].rule != finding->rule || sim->open[i].node != finding->node ||
		sim->open[i].port != finding->port))
		i++;
	return i;
}

static inline void
sim_drain(struct sim *sim)
{
	const struct finding *finding;

	while ((finding = trend_next(sim->trend)) != NULL) {
		size_t at = sim_find_open(sim, finding);
		bool is_new = at == sim->open_count, is_over = finding->resolved_ms != 0;

		sim->told++;
		if (sim->prints && (is_new || is_over))
			printf("# day %.2f %s%s of %s: %s\n",
			       (double)(sim->now_ms - SIM_START) / (double)SIM_DAY,
			       is_over ? "resolved: " : "", finding_rule_name(finding->rule),
			       sim_name(NULL, finding->node), finding->evidence);
		if (is_over) {
			assert_false(is_new);
			sim->resolved[finding->rule]++;
			sim->open[at] = sim->open[--sim->open_count];
			continue;
		}
		sim->last[finding->rule] = *finding;
		if (!is_new)
			continue;
		assert_true(sim->open_count < sizeof(sim->open) / sizeof(sim->open[0]));
		sim->open[sim->open_count++] =
			(struct sim_open){finding->rule, finding->node, finding->port};
		sim->opened[finding->rule]++;
	}
}

/* One cycle of everything. */
static inline void
sim_step(struct sim *sim)
{
	uint32_t cameras = sim->sites * SIM_ACCESS * SIM_PORTS;
	bool is_hour = sim->now_ms / SIM_HOUR != (sim->now_ms + sim->cycle_ms) / SIM_HOUR;
	bool is_day = sim->now_ms / SIM_DAY != (sim->now_ms + sim->cycle_ms) / SIM_DAY;

	sim->now_ms += sim->cycle_ms;
	if (!sim->is_quiet)
		sim_life(sim);
	for (uint32_t c = 0; c < cameras; c++) {
		struct sim_camera *camera = &sim->cameras[c];
		struct evidence evidence = {.node = sim_camera_id(c), .at_ms = sim->now_ms};

		sim_poll(sim, c);
		camera->offset_ms += camera->drift_ms * sim->cycle_ms / (double)SIM_DAY;
		if (is_day && camera->is_synced)
			camera->offset_ms = 0;
		if (!is_hour)
			continue;
		evidence.kind = EVIDENCE_CLOCK; /* whole seconds, as devices tell it */
		evidence.clock_ms =
			(int64_t)floor((camera->offset_ms + 1000 * sim_uniform(sim)) / 1000) * 1000;
		sim_take(sim, &evidence);
		if (!camera->tells_boot)
			continue;
		evidence.kind = EVIDENCE_BOOT;
		evidence.boot_ms = camera->boot_ms + (int64_t)(4000 * sim_uniform(sim)) - 2000;
		sim_take(sim, &evidence);
	}
	if (sim->now_ms % SIM_WALK_MS < sim->cycle_ms)
		for (uint32_t i = 0; i < sim->sites * SIM_ACCESS; i++)
			sim_walk(sim, i);
	assert_int_equal(trend_tick(sim->trend, sim->now_ms), 0);
	sim_drain(sim);
}

static inline void
sim_run(struct sim *sim, int64_t for_ms)
{
	for (int64_t end_ms = sim->now_ms + for_ms; sim->now_ms < end_ms;)
		sim_step(sim);
}

#endif
