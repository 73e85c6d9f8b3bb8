/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What reading switches costs the process that reads them:
 *   topology_bench once PORT COMMUNITY
 *   topology_bench burst PORT COMMUNITY SWITCHES
 *   topology_bench paced PORT COMMUNITY SWITCHES SECONDS
 *   topology_bench decode FILE ROUNDS
 * The agents are at 127.1.0.1 and on (tests/snmp/player on 127.0.0.0/8). `once` reads a switch
 * three times and prints the requests of each reading; `burst` reads all switches as fast as they
 * answer, 64 at a time; `paced` spreads one reading of each over SECONDS on a loop that ticks as
 * the agent's does, after a reading of each that fills the probe's memory, as in an agent that has
 * run for a while. Prints "cpu_us X answered N of M".
 */
#include "decode.h"

#include "../conformance/topology_target.h"

#include "keepwatch/clock.h"
#include "keepwatch/snmpc.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { WINDOW = 64, QUANTUM_MS = 100 }; /* the tick of the agent */

struct bench {
	struct net_hook schedule; /* first */
	uv_loop_t uv;
	struct probe_env env;
	struct topology_settings settings;
	struct fleet *fleet;
	struct probe_target *targets;
	size_t count, started, done, answered;
	uint64_t begin_ms, span_ms; /* span 0: a burst */
	uint32_t sent, stations, took_ms;
};

static void next(struct bench *bench);

static void
on_ended(struct probe_run *run, void *arg)
{
	struct bench *bench = arg;

	bench->done++;
	bench->sent = run->result.sent;
	bench->took_ms = run->result.took_ms;
	bench->stations = run->result.view == NULL ? 0 : (uint32_t)run->result.view->fdb_count;
	bench->answered += run->result.outcome == OUTCOME_OK && bench->stations > 0;
	probe_run_free(run);
	if (bench->span_ms == 0 && bench->started < bench->count)
		next(bench);
	if (bench->done == bench->count)
		uv_stop(&bench->uv);
}

static void
next(struct bench *bench)
{
	struct probe_target *target = &bench->targets[bench->started++];

	if (probe_run_start(&bench->env, target, clock_wall_ms(), on_ended, bench) == NULL)
		abort();
}

static uint64_t
due_ms(const struct bench *bench)
{
	return bench->begin_ms + bench->started * bench->span_ms / bench->count;
}

static void
schedule_run(struct net_hook *hook)
{
	struct bench *bench = (struct bench *)hook;
	uint64_t now_ms = clock_mono_ms();

	while (bench->span_ms > 0 && bench->started < bench->count && due_ms(bench) <= now_ms)
		next(bench);
}

static uint64_t
schedule_wanted(struct net_hook *hook)
{
	struct bench *bench = (struct bench *)hook;

	return bench->span_ms > 0 && bench->started < bench->count ? due_ms(bench) : UINT64_MAX;
}

/* One reading of each switch. */
static void
run(struct bench *bench, uint64_t span_ms)
{
	bench->started = bench->done = bench->answered = 0;
	bench->span_ms = span_ms;
	bench->begin_ms = clock_mono_ms();
	net_loop_set_eager(bench->env.loop, span_ms == 0);
	for (size_t i = 0; span_ms == 0 && i < WINDOW && bench->started < bench->count; i++)
		next(bench);
	net_loop_kick(bench->env.loop);
	while (bench->done < bench->count)
		uv_run(&bench->uv, UV_RUN_DEFAULT);
}

static int
open_bench(struct bench *bench, uint16_t port, const char *community, size_t count)
{
	bench->schedule.run = schedule_run;
	bench->schedule.wanted_ms = schedule_wanted;
	bench->count = count;
	bench->fleet = topology_fleet_new(community, port, count);
	bench->targets = calloc(count, sizeof(*bench->targets));
	if (bench->fleet == NULL || bench->targets == NULL ||
	    topology_settings_init(&bench->settings) != 0 || uv_loop_init(&bench->uv) != 0 ||
	    net_loop_open(&bench->env.loop, &bench->uv, QUANTUM_MS) != 0 ||
	    snmpc_open(&bench->env.snmp, bench->env.loop) != 0)
		return -1;
	net_loop_add_hook(bench->env.loop, NET_SCHEDULE, &bench->schedule);
	for (size_t i = 0; i < count; i++) {
		uint32_t address = htonl(0x7f010001u + (uint32_t)i);
		struct probe_target *target = &bench->targets[i];

		target->fleet = bench->fleet;
		target->device = &bench->fleet->devices[i];
		target->settings = &bench->settings.settings;
		target->ip.family = 4;
		memcpy(target->ip.bytes, &address, sizeof(address));
	}
	return 0;
}

static void
close_bench(struct bench *bench)
{
	for (size_t i = 0; i < bench->count; i++)
		probe_ops(PROBE_TOPOLOGY)->forget(&bench->targets[i]);
	net_loop_remove_hook(bench->env.loop, NET_SCHEDULE, &bench->schedule);
	snmpc_close(bench->env.snmp);
	net_loop_close(bench->env.loop);
	uv_run(&bench->uv, UV_RUN_DEFAULT);
	uv_loop_close(&bench->uv);
	fleet_free(bench->fleet);
	free(bench->targets);
}

static uint64_t
cpu_us(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return ((uint64_t)usage.ru_utime.tv_sec + (uint64_t)usage.ru_stime.tv_sec) * 1000000 +
	       (uint64_t)usage.ru_utime.tv_usec + (uint64_t)usage.ru_stime.tv_usec;
}

static void
read_thrice(struct bench *bench)
{
	for (int i = 1; i <= 3; i++) {
		run(bench, 0);
		printf("reading %d: requests %u stations %u ms %u\n", i, bench->sent,
		       bench->stations, bench->took_ms);
	}
}

int
main(int argc, char **argv)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	const char *mode = argc > 3 ? argv[1] : "";
	uint64_t before;
	size_t count;

	if (bench == NULL || argc < 4)
		return 2;
	if (strcmp(mode, "decode") == 0)
		return decode_bench(argv[2], strtoul(argv[3], NULL, 10));
	count = argc > 4 ? strtoul(argv[4], NULL, 10) : 1;
	if (open_bench(bench, (uint16_t)strtoul(argv[2], NULL, 10), argv[3], count) != 0)
		return 1;
	if (strcmp(mode, "once") == 0) {
		read_thrice(bench);
	} else {
		bool is_paced = strcmp(mode, "paced") == 0 && argc > 5;

		if (!is_paced && topology_settings_set(&bench->settings, "gap=0") != 0)
			return 1;
		run(bench, 0);
		before = cpu_us();
		run(bench, is_paced ? strtoul(argv[5], NULL, 10) * 1000 : 0);
		printf("cpu_us %.1f answered %zu of %zu\n",
		       (double)(cpu_us() - before) / (double)count, bench->answered, count);
	}
	close_bench(bench);
	free(bench);
	return 0;
}
