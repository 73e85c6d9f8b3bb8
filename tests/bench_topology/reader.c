/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads many switches as the agent does, on a paced loop:
 *   reader PORT COUNT SPAN_MS
 * COUNT readings by the probe `topology` of agents at 127.1.x.x:PORT, begun evenly over SPAN_MS,
 * then each once more, when it is known what they bear. Prints, of each round, the readings that
 * were whole, the requests of one, and the CPU of this process per reading.
 */
#include "keepwatch/clock.h"
#include "keepwatch/probe.h"
#include "keepwatch/snmpc.h"
#include "keepwatch/switch_view.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

enum { QUANTUM_MS = 100, OPTIONS_MAX = 32, ROUNDS = 2 }; /* the tick of the agent */

struct bench {
	struct net_timer timer;
	uv_loop_t uv;
	struct probe_env env;
	struct fleet *fleet;
	struct probe_settings settings;
	struct option_value options[OPTIONS_MAX];
	struct probe_target *targets;
	size_t count, started, ended, whole, rows;
	uint64_t requests, begin_ms, span_ms;
};

static uint64_t
cpu_us(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return ((uint64_t)usage.ru_utime.tv_sec + (uint64_t)usage.ru_stime.tv_sec) * 1000000 +
	       (uint64_t)usage.ru_utime.tv_usec + (uint64_t)usage.ru_stime.tv_usec;
}

static void
on_ended(struct probe_run *run, void *arg)
{
	struct bench *bench = arg;
	const struct switch_view *view = run->result.view;

	bench->ended++;
	bench->requests += run->result.sent;
	if (view != NULL && run->result.detail[0] == '\0') {
		bench->whole++;
		bench->rows += view->fdb_count;
	}
	probe_run_free(run);
}

static void
on_time(struct net_timer *timer)
{
	struct bench *bench = (struct bench *)timer;
	uint64_t passed_ms = clock_mono_ms() - bench->begin_ms;

	while (bench->started < bench->count &&
	       bench->started * bench->span_ms / bench->count <= passed_ms) {
		if (probe_run_start(&bench->env, &bench->targets[bench->started++], 0, on_ended,
				    bench) == NULL)
			abort();
	}
	if (bench->started < bench->count)
		net_timer_start(bench->env.loop, &bench->timer, QUANTUM_MS);
}

static int
prepare(struct bench *bench, uint16_t port)
{
	const struct probe_spec *spec = probe_spec(PROBE_TOPOLOGY);
	struct credential *credential;
	struct device *device;

	for (size_t i = 0; i < probe_option_count(PROBE_TOPOLOGY); i++) {
		const struct option_spec *option =
			option_spec((enum option_id)(spec->first_option + i));

		if (option_parse(option, option->fallback, &bench->options[i], NULL, 0) != 0)
			return -1;
	}
	bench->settings = (struct probe_settings){.probe = PROBE_TOPOLOGY,
						  .timeout_ms = 2000,
						  .retries = 2,
						  .options = bench->options};
	bench->fleet = fleet_new();
	credential = fleet_alloc(bench->fleet, sizeof(*credential));
	memset(credential, 0, sizeof(*credential));
	bench->fleet->credentials = credential;
	bench->fleet->credential_count = 1;
	credential->name = strdup("switches");
	credential->snmp.version = SNMP_V2C;
	credential->snmp.port = port;
	if (secret_new(&credential->snmp.community, "switch48", 8) != 0)
		return -1;
	device = fleet_add_device(bench->fleet);
	device->name = fleet_strdup(bench->fleet, "switch");
	device->kind = KIND_SWITCH;
	device->credentials[USE_SNMP] = 0;
	return fleet_seal(bench->fleet);
}

static void
place(struct bench *bench, size_t i)
{
	uint32_t address = htonl(0x7f010001u + (uint32_t)i);

	bench->targets[i] = (struct probe_target){.fleet = bench->fleet,
						  .device = &bench->fleet->devices[0],
						  .settings = &bench->settings};
	bench->targets[i].ip.family = 4;
	memcpy(bench->targets[i].ip.bytes, &address, 4);
}

int
main(int argc, char **argv)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	if (argc != 4 || bench == NULL)
		return 2;
	bench->count = strtoul(argv[2], NULL, 10);
	bench->span_ms = strtoul(argv[3], NULL, 10);
	bench->targets = calloc(bench->count, sizeof(*bench->targets));
	if (bench->targets == NULL || uv_loop_init(&bench->uv) != 0 ||
	    net_loop_open(&bench->env.loop, &bench->uv, QUANTUM_MS) != 0 ||
	    snmpc_open(&bench->env.snmp, bench->env.loop) != 0 ||
	    prepare(bench, (uint16_t)strtoul(argv[1], NULL, 10)) != 0)
		return 2;
	for (size_t i = 0; i < bench->count; i++)
		place(bench, i);
	net_timer_init(&bench->timer, on_time);
	for (int round = 1; round <= ROUNDS; round++) {
		uint64_t before_us = cpu_us();

		bench->started = bench->ended = bench->whole = bench->rows = 0;
		bench->requests = 0;
		bench->begin_ms = clock_mono_ms();
		net_timer_start(bench->env.loop, &bench->timer, 0);
		net_loop_kick(bench->env.loop);
		while (bench->ended < bench->count)
			uv_run(&bench->uv, UV_RUN_ONCE);
		printf("round %d whole %zu of %zu stations %zu requests %.1f cpu_us %.0f\n", round,
		       bench->whole, bench->count, bench->rows / bench->count,
		       (double)bench->requests / (double)bench->count,
		       (double)(cpu_us() - before_us) / (double)bench->count);
		fflush(stdout);
	}
	for (size_t i = 0; i < bench->count; i++)
		probe_ops(PROBE_TOPOLOGY)->forget(&bench->targets[i]);
	snmpc_close(bench->env.snmp);
	net_loop_close(bench->env.loop);
	uv_run(&bench->uv, UV_RUN_DEFAULT);
	uv_loop_close(&bench->uv);
	fleet_free(bench->fleet);
	free(bench->targets);
	free(bench);
	return 0;
}
