/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the core of the diagnosis costs for a large fleet: CPU of each piece of evidence, the worst
 * tick when all is well, when a site or everything goes dark and when it comes back, and memory.
 * See run.sh.
 */
#include "fleet.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { TAKE_LIMIT_NS = 1000, TICK_LIMIT_MS = 20, BYTES_LIMIT = 512, START_S = 1700000040 };

struct bench {
	struct fleet *fleet;
	struct diag *diag;
	int64_t now_ms, tick_ms;
};

/* Of one stretch of time. */
struct measured {
	size_t pieces, ticks, events;
	uint64_t take_ns, tick_ns, worst_ns;
	struct diag_figures most; /* held */
};

/* CPU time: others may be working on the machine. */
static uint64_t
now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
}

static void
check(int rc)
{
	if (rc != 0) {
		fprintf(stderr, "diag_bench: failed with %d\n", rc);
		exit(1);
	}
}

static void
tick(struct bench *b, struct measured *m)
{
	struct diag_figures held;
	uint64_t begin = now_ns(), took;

	check(diag_tick(b->diag, b->now_ms));
	took = now_ns() - begin;
	m->tick_ns += took;
	m->worst_ns = took > m->worst_ns ? took : m->worst_ns;
	m->ticks++;
	while (diag_next(b->diag) != NULL)
		m->events++;
	diag_describe(b->diag, &held);
	if (held.bytes > m->most.bytes)
		m->most = held;
}

static struct measured
run(struct bench *b, int64_t minutes, enum darkness darkness)
{
	int64_t end_ms = b->now_ms + minutes * 60000;
	struct measured m = {0};

	while (b->now_ms < end_ms) {
		const struct evidence *pieces;
		size_t count =
			fleet_watch(b->fleet, b->now_ms, b->now_ms + b->tick_ms, darkness, &pieces);
		uint64_t begin = now_ns();

		for (size_t i = 0; i < count; i++)
			check(diag_take(b->diag, &pieces[i]));
		m.take_ns += now_ns() - begin;
		m.pieces += count;
		b->now_ms += b->tick_ms;
		tick(b, &m);
	}
	return m;
}

static void
print(const struct bench *b, const char *what, const struct measured *m)
{
	const char *seconds = b->tick_ms == 1000 ? "1s" : "15s";

	printf("FIGURE diag-take-us-%s-%s %.3f (limit %.0f), %zu pieces\n", what, seconds,
	       (double)m->take_ns / (double)m->pieces / 1e3, TAKE_LIMIT_NS / 1e3, m->pieces);
	printf("FIGURE diag-all-us-%s-%s %.3f with its share of the ticks\n", what, seconds,
	       (double)(m->take_ns + m->tick_ns) / (double)m->pieces / 1e3);
	printf("FIGURE diag-worst-tick-ms-%s-%s %.2f (limit %d), mean %.3f, %zu events\n", what,
	       seconds, (double)m->worst_ns / 1e6, TICK_LIMIT_MS,
	       (double)m->tick_ns / (double)m->ticks / 1e6, m->events);
	printf("FIGURE diag-bytes-%s-%s %.0f of each device (limit %d), %zu incidents\n", what,
	       seconds, (double)m->most.bytes / (double)m->most.devices, BYTES_LIMIT,
	       m->most.incidents);
}

static void
measure(int64_t tick_ms)
{
	static const struct {
		const char *name;
		enum darkness darkness;
	} acts[] = {
		{"site", DARK_SITE},
		{"all-dark", DARK_ALL},
		{"all-devices", DARK_DEVICES},
	};
	struct bench b = {
		.fleet = fleet_new(),
		.diag = diag_new(&diag_default_params),
		.now_ms = INT64_C(1000) * START_S,
		.tick_ms = tick_ms,
	};
	struct measured m;
	char name[32];

	if (b.fleet == NULL || b.diag == NULL)
		check(-1);
	check(fleet_declare(b.fleet, b.diag, b.now_ms));
	m = run(&b, 15, DARK_NONE);
	print(&b, "healthy", &m);
	for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++) {
		m = run(&b, 15, acts[i].darkness);
		print(&b, acts[i].name, &m);
		m = run(&b, 15, DARK_NONE);
		snprintf(name, sizeof(name), "after-%s", acts[i].name);
		print(&b, name, &m);
	}
	diag_free(b.diag);
	fleet_free(b.fleet);
}

int
main(void)
{
	printf("%d sites, %d switches, %d devices\n", FLEET_SITES, FLEET_SWITCHES, FLEET_DEVICES);
	measure(15000);
	measure(1000);
	return 0;
}
