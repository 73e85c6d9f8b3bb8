/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A small network for tests of the diagnosis: what is broken in it is said in fields, world_run
 * polls it as the agent does and takes what a tick concludes, and world_says tells all incidents as
 * lines of text:
 *
 *   NUMBER VERDICT BLAME [DEVICES] TEAM open|closed|adopted by N
 *
 * The network: two sites, each behind a router and a core switch (2, 3 and 22, 23). At the first,
 * two distribution switches (4, 5), access switches 10 and 11 behind 4, 12 behind 5, 13 behind
 * both; at the second, access switch 30. Six cameras on each: 100 to 105 on 10, and so on; camera
 * 10x is on port 1 + x.
 */
#ifndef DIAG_WORLD_H
#define DIAG_WORLD_H

#include "keepwatch/diag.h"
#include "keepwatch/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WORLD_START INT64_C(1700000000000)
enum {
	WORLD_NODES = 320,
	WORLD_CAMERAS = 6, /* of an access switch */
	WORLD_CYCLE_S = 60,
	WORLD_INCIDENTS = 64,
	WORLD_EVIDENCE = 60000,
};

/* A node as it really is, and as it is written down. */
struct thing {
	bool exists;
	uint8_t role;
	uint32_t site, zone;
	struct evidence_parent parents[2];  /* as documented */
	uint32_t real_parent[2], real_port; /* as wired; 0 none */
	bool has_snmp;
	/* what is wrong */
	bool is_dead;	   /* does not work: neither answers nor forwards */
	bool is_cut;	   /* its uplink or cable does not; it keeps running */
	bool is_mute;	   /* its management does not answer; it forwards */
	bool is_snmp_mute; /* of that, SNMP alone */
	bool is_hung;	   /* answers nothing, but has link and draws power */
	bool is_admin_down, is_poe_fault, is_poe_denied;
	uint32_t errors; /* a reading, on the port above it */
	uint8_t lost;	 /* echoes of three, of all that passes it */
	char services[3];
	int64_t boot_ms, link_ms;
};

struct told {
	uint32_t number, other;
	struct incident_device devices[WORLD_NODES];
	size_t device_count, alerts;
	enum verdict verdict;
	struct blame blame;
	enum team team;
	enum incident_step last;
	float confidence;
	int64_t opened_ms, closed_ms, since_ms;
};

struct world {
	struct diag *diag;
	int64_t now_ms;
	uint32_t tick_s;
	bool is_answering; /* asks are probed at once */
	bool is_gateway_out;
	uint32_t lag_ms;
	struct thing things[WORLD_NODES];
	struct told told[WORLD_INCIDENTS];
	size_t told_count, event_count, ask_count;
	char log[16384]; /* all events */
	char says[8192];
	/* All that was taken, to be given again. */
	struct evidence *past;
	size_t past_count;
	mac_addr macs[WORLD_NODES];
};

static inline void
world_take(struct world *w, struct evidence e)
{
	if (w->past != NULL) {
		assert_true(w->past_count < WORLD_EVIDENCE);
		w->past[w->past_count++] = e;
	}
	if (w->diag != NULL)
		assert_int_equal(diag_take(w->diag, &e), 0);
}

/* ---- events */

static inline struct told *
world_incident(struct world *w, uint32_t number)
{
	for (size_t i = 0; i < w->told_count; i++)
		if (w->told[i].number == number)
			return &w->told[i];
	assert_true(w->told_count < WORLD_INCIDENTS);
	w->told[w->told_count] = (struct told){.number = number};
	return &w->told[w->told_count++];
}

static inline void
world_hear(struct world *w, const struct diag_event *e)
{
	struct told *t = world_incident(w, e->incident);
	size_t used = strlen(w->log);

	w->event_count++;
	snprintf(w->log + used, sizeof(w->log) - used, "%lld %u %s %s %u/%u %zu %.4f %d\n",
		 (long long)(e->at_ms - WORLD_START) / 1000, e->incident,
		 incident_step_name(e->step), verdict_name(e->verdict), e->blame.type, e->blame.id,
		 e->device_count, (double)e->confidence, e->is_alert);
	assert_true(e->confidence >= 0 && e->confidence <= 1);
	if (e->step == INCIDENT_OPENED) {
		assert_int_equal(t->opened_ms, 0); /* once */
		t->opened_ms = e->at_ms;
	} else {
		assert_true(t->opened_ms != 0 && t->closed_ms == 0);
	}
	t->alerts += e->is_alert;
	t->last = e->step;
	t->since_ms = e->since_ms ? e->since_ms : t->since_ms;
	t->device_count = e->device_count;
	for (size_t i = 0; i < e->device_count; i++) {
		t->devices[i] = e->devices[i];
		assert_true(i == 0 || t->devices[i - 1].device < t->devices[i].device);
	}
	if (e->step == INCIDENT_CLOSED || e->step == INCIDENT_ADOPTED) {
		t->closed_ms = e->at_ms;
		t->other = e->other;
		return;
	}
	t->verdict = e->verdict;
	t->blame = e->blame;
	t->team = e->team;
	t->confidence = e->confidence;
}

static inline size_t
world_put_devices(const struct told *t, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0, last; i < t->device_count; i = last + 1) {
		for (last = i; last + 1 < t->device_count &&
			       t->devices[last + 1].device == t->devices[last].device + 1;
		     last++)
			;
		n += (size_t)snprintf(out + n, size - n, "%s%u", i ? " " : "",
				      t->devices[i].device);
		if (last > i)
			n += (size_t)snprintf(out + n, size - n, "-%u", t->devices[last].device);
	}
	return n;
}

static inline const char *
world_says(struct world *w)
{
	static const char *const types[] = {"", "site ", "zone "};
	char *out = w->says;
	size_t size = sizeof(w->says), n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < w->told_count; i++) {
		const struct told *t = &w->told[i];

		n += (size_t)snprintf(out + n, size - n, "%u %s %s%u [", t->number,
				      verdict_name(t->verdict), types[t->blame.type], t->blame.id);
		n += world_put_devices(t, out + n, size - n);
		n += (size_t)snprintf(out + n, size - n, "] %s ", team_name(t->team));
		if (t->last == INCIDENT_ADOPTED)
			n += (size_t)snprintf(out + n, size - n, "adopted by %u\n", t->other);
		else
			n += (size_t)snprintf(out + n, size - n, "%s\n",
					      t->last == INCIDENT_CLOSED ? "closed" : "open");
	}
	return out;
}

/* ---- the network */

static inline struct evidence
world_node(const struct world *w, uint32_t id)
{
	const struct thing *t = &w->things[id];
	struct evidence e = {.kind = EVIDENCE_NODE, .node = id, .at_ms = w->now_ms};

	e.info = (struct evidence_node){
		.role = t->role,
		.has_ping = true,
		.has_snmp = t->has_snmp,
		.uses_poe = t->role == NODE_DEVICE,
		.parent_count = (uint8_t)((t->parents[0].node != 0) + (t->parents[1].node != 0)),
		.parents = {t->parents[0], t->parents[1]},
		.site = t->site,
		.zone = t->zone,
		.mac = w->macs[id],
		.ip4 = 0x0a000000 + id,
	};
	return e;
}

static inline struct thing *
world_add(struct world *w, uint32_t id, enum node_role role, uint32_t site, uint32_t parent,
	  uint32_t port)
{
	struct thing *t = &w->things[id];

	*t = (struct thing){.exists = true,
			    .role = (uint8_t)role,
			    .site = site,
			    .parents = {{parent, port}},
			    .real_parent = {parent},
			    .real_port = port,
			    .has_snmp =
				    role == NODE_CORE || role == NODE_DIST || role == NODE_ACCESS,
			    .services = "oo",
			    .boot_ms = w->now_ms - INT64_C(864000000)};
	w->macs[id] = 0x020000000000 + id;
	return t;
}

static inline bool
world_is_on(const struct world *w, uint32_t id)
{
	const struct thing *t = &w->things[id];

	return t->exists && !t->is_dead && !t->is_hung && !t->is_poe_fault && !t->is_poe_denied;
}

/* Packets reach it. */
static inline bool
world_is_reached(const struct world *w, uint32_t id)
{
	const struct thing *t = &w->things[id];

	if (id == 1)
		return !w->is_gateway_out;
	if (!world_is_on(w, id) || t->is_cut || t->is_admin_down)
		return false;
	for (unsigned i = 0; i < 2; i++)
		if (t->real_parent[i] && world_is_reached(w, t->real_parent[i]))
			return true;
	return false;
}

/* Echoes of three that are lost on the way to it. */
static inline uint8_t
world_lost(const struct world *w, uint32_t id)
{
	uint8_t lost = 0;

	for (; id != 0; id = w->things[id].real_parent[0])
		if (w->things[id].lost > lost)
			lost = w->things[id].lost;
	return lost;
}

static inline struct evidence
world_port(const struct world *w, uint32_t id)
{
	const struct thing *t = &w->things[id];
	bool has_power = !t->is_dead && !t->is_cut && !t->is_admin_down;
	struct evidence e = {.kind = EVIDENCE_PORT, .node = t->real_parent[0], .at_ms = w->now_ms};

	e.port = (struct evidence_port){
		.port = t->real_port,
		.is_up = (world_is_on(w, id) || t->is_hung) && !t->is_cut && !t->is_admin_down,
		.is_admin_down = t->is_admin_down,
		.changed_ms = t->link_ms,
		.errors = t->errors,
		.poe = t->role != NODE_DEVICE ? POE_STATE_NONE
		       : t->is_poe_fault      ? POE_STATE_FAULT
		       : t->is_poe_denied     ? POE_STATE_DENIED
		       : has_power	      ? POE_STATE_ON
					      : POE_STATE_SEARCHING,
		.has_macs = t->role == NODE_DEVICE,
	};
	if (e.port.has_macs && e.port.is_up && !t->is_hung) {
		e.port.macs = &w->macs[id];
		e.port.mac_count = 1;
	}
	return e;
}

static inline void
world_poll(struct world *w, uint32_t id)
{
	struct thing *t = &w->things[id];
	bool is_reached = world_is_reached(w, id) && !t->is_mute;
	struct evidence e = {.node = id, .at_ms = w->now_ms};

	if (t->role == NODE_MONITOR) {
		e.kind = EVIDENCE_MONITOR;
		e.monitor.sent = 2;
		e.monitor.answered = w->is_gateway_out ? 0 : 2;
		e.monitor.lag_ms = w->lag_ms;
	} else if (t->role == NODE_DEVICE) {
		e.kind = EVIDENCE_POLL;
		e.poll.sent = 3;
		e.poll.answered = (uint8_t)(is_reached ? 3 - world_lost(w, id) : 0);
		for (unsigned s = 0; s < 2; s++) {
			enum service_state state;

			assert_int_equal(service_state_parse(t->services[s], &state), 0);
			e.poll.service[s] = (uint8_t)(is_reached ? state : SERVICE_TIMEOUT);
		}
	} else {
		bool has_snmp = is_reached && !t->is_snmp_mute;

		e.kind = EVIDENCE_SWITCH;
		e.sw.sent = 3;
		e.sw.answered = (uint8_t)(is_reached ? 3 - world_lost(w, id) : 0);
		e.sw.snmp = !t->has_snmp ? SNMP_STATE_NONE
			    : has_snmp	 ? SNMP_STATE_OK
					 : SNMP_STATE_TIMEOUT;
		e.sw.is_walk = e.sw.has_uptime = e.sw.snmp == SNMP_STATE_OK;
		e.sw.uptime_s = (uint32_t)((w->now_ms - t->boot_ms) / 1000);
		for (uint32_t c = 1; c < WORLD_NODES && e.sw.is_walk; c++)
			if (w->things[c].exists && w->things[c].real_parent[0] == id)
				world_take(w, world_port(w, c));
	}
	world_take(w, e);
}

static inline void
world_answer(struct world *w)
{
	struct diag_ask asks[64];
	size_t n = diag_asks(w->diag, asks, 64);

	for (size_t i = 0; i < n; i++) {
		w->ask_count++;
		assert_true(asks[i].node > 0 && asks[i].node < WORLD_NODES);
		assert_true(i == 0 || asks[i - 1].gain >= asks[i].gain);
		if (w->is_answering)
			world_poll(w, asks[i].node);
	}
}

static inline void
world_tick(struct world *w)
{
	const struct diag_event *e;

	assert_int_equal(diag_tick(w->diag, w->now_ms), 0);
	while ((e = diag_next(w->diag)) != NULL)
		world_hear(w, e);
	world_answer(w);
}

/* Second of the cycle at which a node is polled: spread, and the same each time. */
static inline uint32_t
world_phase(uint32_t id)
{
	return id * 37 % WORLD_CYCLE_S;
}

static inline void
world_run(struct world *w, uint32_t seconds)
{
	for (uint32_t s = 0; s < seconds; s++) {
		uint32_t second;

		w->now_ms += 1000;
		second = (uint32_t)((w->now_ms - WORLD_START) / 1000);
		for (uint32_t id = 1; id < WORLD_NODES; id++)
			if (w->things[id].exists && second % WORLD_CYCLE_S == world_phase(id))
				world_poll(w, id);
		if (w->diag != NULL && second % w->tick_s == 0)
			world_tick(w);
	}
}

static inline void
world_minutes(struct world *w, uint32_t minutes)
{
	world_run(w, minutes * 60);
}

static inline void
world_add_access(struct world *w, uint32_t id, uint32_t site, uint32_t a, uint32_t b)
{
	struct thing *t = world_add(w, id, NODE_ACCESS, site, a, id);

	t->real_parent[1] = b;
	if (b != 0)
		t->parents[1] = (struct evidence_parent){b, id};
	for (uint32_t c = 0; c < WORLD_CAMERAS; c++)
		world_add(w, id * 10 + c, NODE_DEVICE, site, id, 1 + c);
}

/* Tells all nodes; the switches come before what hangs on them. */
static inline void
world_tell(struct world *w)
{
	for (uint32_t id = 1; id < WORLD_NODES; id++)
		if (w->things[id].exists)
			world_take(w, world_node(w, id));
}

/* Built, but not told yet. */
static inline struct world *
world_plan(void)
{
	struct world *w = test_calloc(1, sizeof(*w));

	w->now_ms = WORLD_START;
	w->tick_s = 15;
	w->diag = diag_new(&diag_default_params);
	assert_non_null(w->diag);
	world_add(w, 1, NODE_MONITOR, 1, 0, 0);
	for (uint32_t site = 1; site <= 2; site++) {
		uint32_t base = site == 1 ? 0 : 20;

		world_add(w, base + 2, NODE_WAN, site, 1, 0);
		world_add(w, base + 3, NODE_CORE, site, base + 2, 0);
	}
	world_add(w, 4, NODE_DIST, 1, 3, 4);
	world_add(w, 5, NODE_DIST, 1, 3, 5);
	world_add_access(w, 10, 1, 4, 0);
	world_add_access(w, 11, 1, 4, 0);
	world_add_access(w, 12, 1, 5, 0);
	world_add_access(w, 13, 1, 4, 5);
	world_add_access(w, 30, 2, 23, 0);
	return w;
}

/* Told, and well for ten minutes: nothing is said. */
static inline struct world *
world_new(void)
{
	struct world *w = world_plan();

	world_tell(w);
	world_minutes(w, 10);
	assert_string_equal(w->log, "");
	return w;
}

static inline void
world_free(struct world *w)
{
	diag_free(w->diag);
	free(w->past);
	test_free(w);
}

#endif
