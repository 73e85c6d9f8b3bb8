/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A switch with a dozen devices that are polled by scripts, for tests of failing services: what a
 * script says of a device is given to the diagnosis a poll a minute, and all that it tells is kept.
 */
#ifndef SERVICE_SCRIPT_H
#define SERVICE_SCRIPT_H

#include "keepwatch/diag.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum {
	MONITOR = 1,
	WAN = 2,
	CORE = 3,
	ACCESS = 4,
	FIRST = 10, /* device */
	DEVICES = 12,
	CYCLE = 60000,
	TICK = 15000,
	APART = 3000, /* between the polls of two devices */
	WARM = 12,    /* cycles in which all is well */
	TOLD_MAX = 64,
	STEADY = 100, /* cycles that nothing outlasts */
};
#define MAC	  ((mac_addr)0x020000000000)
#define OTHER_MAC ((mac_addr)0x0600000000aa)
#define SITE	  7U

struct told {
	enum incident_step step;
	enum verdict verdict;
	struct blame blame;
	uint32_t incident;
	bool is_alert;
	size_t devices;
	int64_t at, since;
};

struct world {
	struct diag *diag;
	int64_t now;
	unsigned cycle; /* of the scripts */
	/* Polls of a device, one word a cycle: letters of its services, a digit after them: echoes
	 * answered of three; "-": nothing answers. After its end all is well. */
	const char *scripts[DEVICES];
	struct told told[TOLD_MAX];
	size_t count;
};

static inline void
take(struct world *w, struct evidence *e)
{
	e->seen_ms = w->now;
	assert_int_equal(diag_take(w->diag, e), 0);
}

static inline void
add_node(struct world *w, uint32_t id, enum node_role role, uint32_t parent, uint32_t port)
{
	struct evidence e = {.kind = EVIDENCE_NODE, .node = id, .at_ms = w->now};

	e.info = (struct evidence_node){.role = (uint8_t)role,
					.has_ping = true,
					.parent_count = parent != 0,
					.parents = {{parent, port}},
					.site = SITE,
					.mac = MAC + id,
					.ip4 = 0x7f000000 + id};
	take(w, &e);
}

static inline void
listen(struct world *w)
{
	const struct diag_event *e;

	assert_int_equal(diag_tick(w->diag, w->now), 0);
	while ((e = diag_next(w->diag)) != NULL) {
		assert_true(w->count < TOLD_MAX);
		assert_true(e->reason_count > 0);
		w->told[w->count++] =
			(struct told){e->step,	   e->verdict,	    e->blame, e->incident,
				      e->is_alert, e->device_count, e->at_ms, e->since_ms};
	}
}

static inline const char *
word_of(const char *script, unsigned cycle)
{
	for (; script && cycle > 0; cycle--) {
		script = strchr(script, ' ');
		script += script != NULL;
	}
	return script && *script ? script : "ooo";
}

static inline void
poll_device(struct world *w, unsigned device, const char *word, int64_t at)
{
	struct evidence e = {.kind = EVIDENCE_POLL, .node = FIRST + device, .at_ms = at};
	size_t letters = strcspn(word, " -0123");

	e.poll.sent = 3;
	e.poll.answered = *word == '-' ? 0 : 3;
	for (size_t s = 0; s < letters; s++) {
		enum service_state state;

		assert_int_equal(service_state_parse(word[s], &state), 0);
		e.poll.service[s] = (uint8_t)state;
	}
	if (*word == '-')
		memset(e.poll.service, SERVICE_TIMEOUT, 3);
	else if (word[letters] >= '0' && word[letters] <= '3')
		e.poll.answered = (uint8_t)(word[letters] - '0');
	take(w, &e);
}

/* One cycle: the core's and the switch's ping, each device once, a tick every 15 s. */
static inline void
cycle_once(struct world *w, bool is_script)
{
	int64_t start = w->now;
	unsigned next = 0;

	for (int64_t at = start; at < start + CYCLE; at += APART) {
		if (at == start)
			for (uint32_t id = WAN; id <= ACCESS; id++) {
				struct evidence e = {
					.kind = EVIDENCE_SWITCH, .node = id, .at_ms = at};

				e.sw.sent = e.sw.answered = 3;
				take(w, &e);
			}
		if (next < DEVICES) {
			poll_device(w, next,
				    is_script ? word_of(w->scripts[next], w->cycle) : "ooo", at);
			next++;
		}
		w->now = at + APART;
		if ((w->now - start) % TICK == 0)
			listen(w);
	}
	w->cycle += is_script;
}

static inline void
run(struct world *w, unsigned cycles)
{
	while (cycles-- > 0)
		cycle_once(w, true);
}

static inline int
begin(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_non_null(w);
	w->diag = diag_new(&diag_default_params);
	assert_non_null(w->diag);
	w->now = 1700000000000;
	add_node(w, MONITOR, NODE_MONITOR, 0, 0);
	add_node(w, WAN, NODE_WAN, MONITOR, 0);
	add_node(w, CORE, NODE_CORE, WAN, 0);
	add_node(w, ACCESS, NODE_ACCESS, CORE, 1);
	for (uint32_t i = 0; i < DEVICES; i++)
		add_node(w, FIRST + i, NODE_DEVICE, ACCESS, i + 1);
	for (unsigned i = 0; i < WARM; i++)
		cycle_once(w, false);
	assert_int_equal(w->count, 0);
	*state = w;
	return 0;
}

static inline int
end(void **state)
{
	struct world *w = *state;

	diag_free(w->diag);
	free(w);
	return 0;
}

static inline unsigned
alerts(const struct world *w)
{
	unsigned n = 0;

	for (size_t i = 0; i < w->count; i++)
		n += w->told[i].is_alert;
	return n;
}

static inline const struct told *
last(const struct world *w)
{
	assert_true(w->count > 0);
	return &w->told[w->count - 1];
}

/* All that was told is one incident of this device, alerted once, and closed at the end. */
static inline void
assert_one(const struct world *w, enum verdict verdict, uint32_t node)
{
	assert_true(w->count >= 2);
	assert_int_equal(w->told[0].step, INCIDENT_OPENED);
	assert_int_equal(w->told[0].verdict, verdict);
	assert_int_equal(w->told[0].blame.type, BLAME_NODE);
	assert_int_equal(w->told[0].blame.id, node);
	assert_int_equal(w->told[0].devices, 1);
	for (size_t i = 1; i < w->count; i++)
		assert_int_equal(w->told[i].incident, w->told[0].incident);
	assert_int_equal(last(w)->step, INCIDENT_CLOSED);
	assert_int_equal(alerts(w), 1);
}

/* Polls of the script's device until it was told. */
static inline unsigned
polls_until(const struct world *w, size_t event, int64_t start)
{
	return (unsigned)((w->told[event].at - start + CYCLE - 1) / CYCLE);
}

#endif
