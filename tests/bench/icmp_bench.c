/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Pings N addresses of 127.0.0.0/8 once each through the ICMP engine, as a burst or paced over some
 * seconds on a paced loop, and prints what came back and what a request in flight costs in memory.
 * `icmp_bench cpu COMMAND...` runs a command and prints its CPU time, for a fair comparison.
 */
#include "keepwatch/clock.h"
#include "keepwatch/icmp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

struct bench {
	struct net_hook schedule; /* first */
	struct net_loop *loop;
	struct icmp_engine *engine;
	size_t count, started, done, answered;
	uint64_t begin_ms, span_ms; /* span 0: a burst */
	uint64_t rtt_sum_us;
};

struct target {
	struct icmp_echo echo; /* first */
	struct bench *bench;
};

static void
on_done(struct icmp_echo *echo)
{
	struct bench *bench = ((struct target *)echo)->bench;

	bench->done++;
	bench->answered += echo->received;
	bench->rtt_sum_us += icmp_echo_rtt_avg_us(echo);
}

struct fleet_of_targets {
	struct bench bench; /* first */
	struct target *targets;
};

static uint64_t
due_ms(const struct bench *bench)
{
	return bench->begin_ms + bench->started * bench->span_ms / bench->count;
}

static void
schedule_run(struct net_hook *hook)
{
	struct bench *bench = (struct bench *)hook;
	struct fleet_of_targets *fleet = (struct fleet_of_targets *)hook;
	uint64_t now_ms = clock_mono_ms();

	while (bench->started < bench->count && due_ms(bench) <= now_ms) {
		struct target *target = &fleet->targets[bench->started++];

		if (icmp_echo_start(bench->engine, &target->echo) != 0)
			exit(1);
	}
}

static uint64_t
schedule_wanted(struct net_hook *hook)
{
	const struct bench *bench = (const struct bench *)hook;

	return bench->started < bench->count ? due_ms(bench) : UINT64_MAX;
}

static size_t
resident_bytes(void)
{
	char line[256];
	unsigned long pages = 0, resident = 0;
	FILE *file = fopen("/proc/self/statm", "r");

	if (file != NULL && fgets(line, sizeof(line), file) != NULL)
		sscanf(line, "%lu %lu", &pages, &resident);
	if (file != NULL)
		fclose(file);
	return resident * (size_t)sysconf(_SC_PAGESIZE);
}

static void
fill(struct target *target, struct bench *bench, size_t i, uint8_t net)
{
	*target = (struct target){.bench = bench,
				  .echo = {.to = {.family = 4, .bytes = {127, net}},
					   .done = on_done,
					   .timeout_ms = 2000,
					   .gap_ms = 100,
					   .size = 56,
					   .count = 1}};
	target->echo.to.bytes[2] = (uint8_t)(i / 250);
	target->echo.to.bytes[3] = (uint8_t)(i % 250 + 1);
}

static int
run(size_t count, uint64_t span_ms, uint8_t net)
{
	struct fleet_of_targets fleet = {
		.bench = {.schedule = {.run = schedule_run, .wanted_ms = schedule_wanted},
			  .count = count,
			  .span_ms = span_ms}};
	struct bench *bench = &fleet.bench;
	struct rusage usage;
	uv_loop_t uv;

	uv_loop_init(&uv);
	if (net_loop_open(&bench->loop, &uv, 50) != 0 ||
	    icmp_engine_open(&bench->engine, bench->loop) != 0)
		return 1;
	fleet.targets = calloc(count, sizeof(*fleet.targets));
	if (fleet.targets == NULL)
		return 1;
	for (size_t i = 0; i < count; i++)
		fill(&fleet.targets[i], bench, i, net);
	bench->begin_ms = clock_mono_ms();
	net_loop_add_hook(bench->loop, NET_SCHEDULE, &bench->schedule);
	uv_run(&uv, UV_RUN_DEFAULT);
	getrusage(RUSAGE_SELF, &usage);
	printf("answered %zu of %zu, mean RTT %.1f us, dropped %llu, ticks %llu, wall %llu ms\n",
	       bench->answered, count,
	       bench->answered == 0 ? 0.0 : (double)bench->rtt_sum_us / (double)bench->answered,
	       (unsigned long long)icmp_engine_stats(bench->engine).dropped,
	       (unsigned long long)net_loop_ticks(bench->loop),
	       (unsigned long long)(clock_mono_ms() - bench->begin_ms));
	net_loop_remove_hook(bench->loop, NET_SCHEDULE, &bench->schedule);
	icmp_engine_close(bench->engine);
	net_loop_close(bench->loop);
	uv_run(&uv, UV_RUN_DEFAULT);
	uv_loop_close(&uv);
	free(fleet.targets);
	return bench->answered == count ? 0 : 1;
}

/*
 * Resident bytes per request in flight, its own struct included. For it, 10.0.0.0/8 must be a
 * network that swallows all (icmp.sh makes one).
 */
static int
memory(size_t count)
{
	struct bench bench = {.count = count};
	struct target *warm, *targets;
	struct icmp_echo *probe;
	size_t before, after;
	uv_loop_t uv;

	uv_loop_init(&uv);
	if (net_loop_open(&bench.loop, &uv, 50) != 0 ||
	    icmp_engine_open(&bench.engine, bench.loop) != 0)
		return 1;
	/* What is there however many targets there are: queues and receive buffers. */
	warm = calloc(1000, sizeof(*warm));
	targets = calloc(count, sizeof(*targets));
	if (warm == NULL || targets == NULL)
		return 1;
	for (size_t i = 0; i < 1000; i++) {
		fill(&warm[i], &bench, i, 2);
		icmp_echo_start(bench.engine, &warm[i].echo);
	}
	uv_run(&uv, UV_RUN_DEFAULT);
	before = resident_bytes();
	for (size_t i = 0; i < count; i++) {
		fill(&targets[i], &bench, i, 3);
		targets[i].echo.to.bytes[0] = 10;
		icmp_echo_start(bench.engine, &targets[i].echo);
	}
	probe = &targets[count - 1].echo;
	while (probe->sent == 0)
		uv_run(&uv, UV_RUN_ONCE);
	after = resident_bytes();
	printf("in flight %zu, resident bytes per target %.1f (of them the request itself %zu)\n",
	       count - (bench.done - 1000),
	       (double)(after - before) / (double)count - sizeof(struct bench *),
	       sizeof(struct icmp_echo));
	for (size_t i = 0; i < count; i++)
		icmp_echo_cancel(&targets[i].echo);
	icmp_engine_close(bench.engine);
	net_loop_close(bench.loop);
	uv_run(&uv, UV_RUN_DEFAULT);
	uv_loop_close(&uv);
	free(targets);
	free(warm);
	return 0;
}

static int
cpu(char **command)
{
	struct rusage usage;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		execvp(command[0], command);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
		return 1;
	printf("CPU %lld us (user %lld, system %lld)\n",
	       (long long)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000000 +
		       usage.ru_utime.tv_usec + usage.ru_stime.tv_usec,
	       (long long)usage.ru_utime.tv_sec * 1000000 + usage.ru_utime.tv_usec,
	       (long long)usage.ru_stime.tv_sec * 1000000 + usage.ru_stime.tv_usec);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}

int
main(int argc, char **argv)
{
	if (argc >= 3 && strcmp(argv[1], "cpu") == 0)
		return cpu(argv + 2);
	if (argc == 4 && strcmp(argv[1], "run") == 0)
		return run(strtoul(argv[2], NULL, 10), strtoul(argv[3], NULL, 10), 1);
	if (argc == 3 && strcmp(argv[1], "memory") == 0)
		return memory(strtoul(argv[2], NULL, 10));
	fprintf(stderr, "usage: icmp_bench run COUNT SPAN_MS | memory COUNT | cpu COMMAND...\n");
	return 2;
}
