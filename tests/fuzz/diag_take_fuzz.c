/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The diagnosis fed with anything: evidence of a small network, with values in and out of range, in
 * any order and from any time, between ticks. What it tells must hold together: an incident is
 * opened once, before anything else is told of it, and ends once; devices ascend; what is said can
 * be put into words.
 */
#include "keepwatch/diag.h"
#include "keepwatch/mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static const int64_t START_MS = 1700000000000;
enum {
	NODES = 32,
	FIRST_SWITCH = 2,  /* 1 the monitor, 2 wan, 3 core, 4 and 5 distribution, 6 to 9 access */
	FIRST_DEVICE = 10, /* four an access switch */
	LAST_DEVICE = 25,
	INCIDENTS_MAX = 4096,
	STEPS_MAX = 3000,
};

enum life { UNBORN, OPEN, OVER, MUTED };

struct world {
	struct diag *diag;
	int64_t now_ms;
	const uint8_t *data;
	size_t left;
	enum life life[INCIDENTS_MAX];
};

static uint32_t
take(struct world *w, unsigned bytes)
{
	uint32_t value = 0;

	while (bytes-- > 0 && w->left > 0) {
		value = value << 8 | *w->data++;
		w->left--;
	}
	return value;
}

static const char *
name(void *owner, enum blame_type type, uint32_t id)
{
	(void)owner;
	(void)type;
	return id == 0 ? "" : "node";
}

static void
say(const struct diag_reason *reasons, size_t count)
{
	char text[EVIDENCE_TEXT_SIZE];

	for (size_t i = 0; i < count; i++) {
		diag_words(&reasons[i], name, NULL, -1, text, sizeof(text));
		diag_words(&reasons[i], name, NULL, START_MS, text, 1 + i % sizeof(text));
	}
}

static void
must(bool is_so)
{
	if (!is_so)
		abort();
}

static void
check(struct world *w, const struct diag_event *e)
{
	bool is_end = e->step == INCIDENT_CLOSED || e->step == INCIDENT_ADOPTED;

	must(e->incident > 0 && e->step < INCIDENT_STEP_COUNT && e->verdict < VERDICT_COUNT);
	must(e->team < TEAM_COUNT && e->confidence >= 0 && e->confidence <= 1);
	must(e->alt_count <= INCIDENT_ALTS_MAX && e->device_count <= NODES);
	for (size_t i = 1; i < e->device_count; i++)
		must(e->devices[i - 1].device < e->devices[i].device);
	for (size_t i = 1; i < e->alt_count; i++)
		must(e->alts[i - 1].share >= e->alts[i].share);
	say(e->reasons, e->reason_count);
	say(e->deciders, e->decider_count);
	must(e->step != INCIDENT_CLOSED || e->other == 0);
	must(e->step != INCIDENT_ADOPTED || (e->other != 0 && e->other != e->incident));
	must(!e->is_alert || e->step == INCIDENT_OPENED || e->step == INCIDENT_REBLAMED);
	if (e->incident >= INCIDENTS_MAX)
		return;
	must(w->life[e->incident] == (e->step == INCIDENT_OPENED ? UNBORN : OPEN));
	w->life[e->incident] = is_end ? OVER : OPEN;
	if (e->step == INCIDENT_ADOPTED && e->other < INCIDENTS_MAX)
		must(w->life[e->other] == OPEN || w->life[e->other] == MUTED);
}

static void
tick(struct world *w, int64_t ms)
{
	const struct diag_event *e;
	struct diag_ask asks[16];
	struct diag_figures figures;
	size_t n;

	w->now_ms += ms;
	if (diag_tick(w->diag, w->now_ms) != 0)
		return;
	while ((e = diag_next(w->diag)) != NULL)
		check(w, e);
	n = diag_asks(w->diag, asks, MEM_COUNT(asks));
	for (size_t i = 1; i < n; i++)
		must(asks[i - 1].gain >= asks[i].gain);
	diag_describe(w->diag, &figures);
	must(figures.devices <= figures.nodes);
}

static void
put(struct world *w, struct evidence *e)
{
	(void)diag_take(w->diag, e);
}

static void
build(struct world *w)
{
	for (uint32_t id = 1; id <= LAST_DEVICE; id++) {
		struct evidence e = {.kind = EVIDENCE_NODE, .node = id, .at_ms = w->now_ms};
		struct evidence_node *n = &e.info;

		n->has_ping = true;
		n->has_snmp = id >= FIRST_SWITCH && id != 9;
		n->uses_poe = id >= FIRST_DEVICE;
		n->mac = 0x020000000000 + id;
		n->ip4 = 0x0a000000 + id;
		n->site = 1;
		n->parent_count = id > 1;
		n->zone = id >= 6 && id <= 7 ? 3 : 0;
		n->role = id == 1   ? NODE_MONITOR
			  : id == 2 ? NODE_WAN
			  : id == 3 ? NODE_CORE
			  : id <= 5 ? NODE_DIST
			  : id <= 9 ? NODE_ACCESS
				    : NODE_DEVICE;
		n->parents[0].node = id <= 3   ? id - 1
				     : id <= 5 ? 3
				     : id <= 9 ? 4 + id % 2
					       : 6 + (id - FIRST_DEVICE) / 4;
		n->parents[0].port = id;
		if (id == 8) {
			n->parent_count = 2;
			n->parents[1] = (struct evidence_parent){.node = 5, .port = 8};
		}
		put(w, &e);
	}
}

static void
poll_one(struct world *w, uint32_t id, bool is_alive, uint8_t how, int64_t at)
{
	struct evidence e = {.node = id, .at_ms = at};

	if (id >= FIRST_DEVICE) {
		e.kind = EVIDENCE_POLL;
		e.poll.sent = 3;
		e.poll.answered = is_alive ? 3 - how % 3 : 0;
		e.poll.service[0] = how % (SERVICE_STATE_COUNT + 1);
		e.poll.service[1] = how / 8 % SERVICE_STATE_COUNT;
		if (!is_alive)
			memset(e.poll.service, SERVICE_TIMEOUT, 2);
	} else {
		e.kind = EVIDENCE_SWITCH;
		e.sw.sent = 3;
		e.sw.answered = is_alive ? 3 : 0;
		e.sw.snmp = is_alive && how % 3 != 0 ? SNMP_STATE_OK : SNMP_STATE_TIMEOUT;
		e.sw.is_walk = how % 2 != 0;
		e.sw.has_uptime = true;
		e.sw.uptime_s = how * 40U;
	}
	put(w, &e);
}

/* Some cycles in which a part of the network is silent. */
static void
cycles(struct world *w)
{
	uint32_t silent = take(w, 4), count = take(w, 1) % 16, how = take(w, 1);

	for (uint32_t c = 0; c < count; c++)
		for (uint32_t quarter = 0; quarter < 4; quarter++) {
			for (uint32_t id = FIRST_SWITCH + quarter; id <= LAST_DEVICE; id += 4)
				poll_one(w, id, !(silent >> id & 1), (uint8_t)how,
					 w->now_ms + 15000 - id * 100);
			tick(w, 15000);
		}
}

static int64_t
some_time(struct world *w)
{
	uint32_t how = take(w, 1);

	if (how == 255)
		return (int64_t)((uint64_t)take(w, 4) << 32 | take(w, 4));
	if (how > 250)
		return w->now_ms + take(w, 4);
	return w->now_ms - (int64_t)how * 1000;
}

static void
one_evidence(struct world *w)
{
	mac_addr macs[EVIDENCE_MACS_MAX];
	struct evidence e = {.kind = (uint8_t)take(w, 1) % (EVIDENCE_KIND_COUNT + 1)};
	uint32_t size;

	e.node = take(w, 1) % NODES;
	e.at_ms = some_time(w);
	switch (e.kind) {
	case EVIDENCE_NODE:
		e.info.role = (uint8_t)take(w, 1) % (NODE_ROLE_COUNT + 1);
		e.info.has_snmp = e.info.has_ping = e.info.uses_poe = take(w, 1) & 1;
		e.info.parent_count = (uint8_t)take(w, 1) % (EVIDENCE_PARENTS_MAX + 2);
		for (unsigned i = 0; i < EVIDENCE_PARENTS_MAX; i++)
			e.info.parents[i] = (struct evidence_parent){take(w, 1) % NODES, i};
		e.info.site = take(w, 1) % 3;
		e.info.zone = take(w, 1) % 3;
		e.info.period_ms = take(w, 1) % 2 ? take(w, 4) : 0;
		e.info.mac = 0x020000000000 + take(w, 1) % NODES;
		e.info.ip4 = take(w, 1) % NODES;
		break;
	case EVIDENCE_PLACE:
		e.place.parent = (struct evidence_parent){take(w, 1) % NODES, take(w, 1)};
		e.place.is_seen = take(w, 1) & 1;
		break;
	case EVIDENCE_PORT:
		memset(macs, 0, sizeof(macs));
		e.port = (struct evidence_port){
			.port = take(w, 1) % NODES,
			.is_up = take(w, 1) & 1,
			.is_admin_down = take(w, 1) & 1,
			.poe = (uint8_t)take(w, 1) % (POE_STATE_COUNT + 1),
			.has_macs = take(w, 1) & 1,
			.is_single = take(w, 1) & 1,
			.changed_ms = take(w, 1) & 1 ? some_time(w) : 0,
			.errors = take(w, 2),
			.mac_count = (uint16_t)(take(w, 1) % 3),
			.macs = macs,
		};
		for (unsigned i = 0; i < 2; i++)
			macs[i] = 0x020000000000 + take(w, 1) % NODES;
		break;
	case EVIDENCE_MAINTENANCE:
		e.window.from_ms = some_time(w);
		e.window.to_ms =
			e.window.from_ms > 0 ? e.window.from_ms / 2 + w->now_ms / 2 : some_time(w);
		break;
	case EVIDENCE_BOOT:
	case EVIDENCE_CLOCK:
		e.boot_ms = some_time(w);
		break;
	case EVIDENCE_MOVE:
		e.move.from = (struct evidence_parent){take(w, 1) % NODES, take(w, 1)};
		e.move.to = (struct evidence_parent){take(w, 1) % NODES, take(w, 1)};
		break;
	case EVIDENCE_ARP:
		e.arp.ip4 = 0x0a000000 + take(w, 1) % NODES;
		e.arp.mac = 0x020000000000 + take(w, 1) % NODES;
		break;
	default: /* polls, traps and the like: any bytes */
		size = sizeof(e.poll) > sizeof(e.sw) ? sizeof(e.poll) : sizeof(e.sw);
		if (e.kind == EVIDENCE_SWITCH) {
			e.sw.is_walk = take(w, 1) & 1;
			e.sw.has_uptime = take(w, 1) & 1;
			e.sw.sent = (uint8_t)take(w, 1);
			e.sw.answered = (uint8_t)take(w, 1);
			e.sw.snmp = (uint8_t)take(w, 1) % 4;
			e.sw.uptime_s = take(w, 4);
			break;
		}
		for (uint32_t i = 0; i < size && i < w->left; i++)
			((uint8_t *)&e.poll)[i] = (uint8_t)take(w, 1);
		break;
	}
	put(w, &e);
}

static void
restore(struct world *w)
{
	struct diag_memory memory = {
		.node = take(w, 1) % NODES,
		.was_up = take(w, 1) & 1,
		.last_ok_ms = some_time(w),
	};
	struct incident_device devices[2];
	uint32_t number = 1 + take(w, 1) % 16;
	enum verdict verdict = (enum verdict)(take(w, 1) % VERDICT_COUNT);
	struct blame blame = {.type = (uint8_t)take(w, 1) % 3, .id = take(w, 1) % NODES};

	if (memory.last_ok_ms < 0)
		memory.last_ok_ms = 0;
	memory.down_since_ms = memory.last_ok_ms != 0 && take(w, 1) & 1 ? memory.last_ok_ms + 1 : 0;
	(void)diag_restore_node(w->diag, &memory);
	for (unsigned i = 0; i < 2; i++)
		devices[i] = (struct incident_device){
			.device = take(w, 1) % NODES, .since_ms = w->now_ms, .until_ms = 0};
	if (w->life[number] == UNBORN &&
	    diag_restore_incident(w->diag, number, verdict, &blame, w->now_ms - 60000, 0.5F,
				  devices, take(w, 1) % 3) == 0)
		w->life[number] = OPEN;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct world *w = calloc(1, sizeof(*w));
	uint32_t number;

	if (w == NULL)
		return 0;
	w->data = data;
	w->left = size;
	w->now_ms = START_MS;
	w->diag = diag_new(&diag_default_params);
	if (w->diag == NULL)
		goto out;
	build(w);
	/* As after a restart: first what is remembered. */
	for (uint32_t n = take(w, 1) % 8; n < 4; n++)
		restore(w);
	for (unsigned step = 0; step < STEPS_MAX && w->left > 0; step++)
		switch (take(w, 1) % 8) {
		case 0:
		case 1:
			cycles(w);
			break;
		case 2:
			tick(w, take(w, 1) * 1000);
			break;
		case 3:
			number = take(w, 1);
			if (diag_overturn(w->diag, number, VERDICT_DEVICE_HW) == 0) {
				must(w->life[number] == OPEN || w->life[number] == MUTED);
				w->life[number] = MUTED;
			}
			break;
		default:
			one_evidence(w);
			break;
		}
	tick(w, 15000);
out:
	diag_free(w->diag);
	free(w);
	return 0;
}
