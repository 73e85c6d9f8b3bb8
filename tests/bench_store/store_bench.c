/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the store costs: store_bench ticks|beside|load|day|topology DATABASE DEVICES. See run.sh.
 */
#include "fleet.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define START INT64_C(1700000100000) /* begins a 5-minute period */

enum { TICKS = 200, DAY_PERIODS = 288 };

static int
compare(const void *left, const void *right)
{
	const uint64_t *a = left, *b = right;

	return (*a > *b) - (*a < *b);
}

/* Prints median, 95th percentile and worst of times in us; returns the median. */
static uint64_t
print_times(const char *name, uint64_t *times, size_t count, const char *limit)
{
	qsort(times, count, sizeof(*times), compare);
	printf("FIGURE %s-ms %.2f%s\n", name, (double)times[count / 2] / 1000, limit);
	printf("FIGURE %s-p95-ms %.2f worst %.2f best %.2f\n", name,
	       (double)times[count * 95 / 100] / 1000, (double)times[count - 1] / 1000,
	       (double)times[0] / 1000);
	return times[count / 2];
}

static void
maintain(struct bench *b, uint64_t *worst)
{
	struct store_retention keep = {INT64_C(30) * 86400000, INT64_C(730) * 86400000,
				       INT64_C(365) * 86400000};
	char message[STORE_MESSAGE_SIZE] = "";
	bool more = true;

	while (more) {
		uint64_t begin = bench_wall_us();

		bench_check(
			store_maintain(b->store, &keep, b->now_ms, &more, message, sizeof(message)),
			"maintain", message);
		begin = bench_wall_us() - begin;
		if (worst != NULL && begin > *worst)
			*worst = begin;
	}
}

/*
 * One in a hundred devices changes state, with those of its two probes and three events. Half of
 * them went down; the others came back and brought their twelve facts, one in ten with a new
 * firmware.
 */
static void
fill_tick(struct bench *b, struct store_batch *batch, unsigned tick)
{
	uint32_t changed = b->devices / 100;

	for (uint32_t i = 0; i < changed; i++) {
		uint32_t id = 1 + bench_random(b, b->devices);

		bench_change(b, batch, id, i % 2 == 0 ? HEALTH_DOWN : HEALTH_UP);
		if (i % 2 != 0)
			bench_inventory(b, batch, id, i % 20 == 1 ? tick + 1 : 0);
	}
	bench_check(store_batch_heartbeat(batch, b->now_ms, 0), "heartbeat", "");
}

static uint64_t
run_ticks(struct bench *b, const char *name, const char *limit)
{
	uint64_t times[TICKS], build = 0, cpu = bench_cpu_us(), worst = 0;

	for (unsigned tick = 0; tick < TICKS; tick++) {
		struct store_batch *batch = bench_batch();
		uint64_t begin = bench_cpu_us();

		b->now_ms += 10000;
		fill_tick(b, batch, tick);
		build += bench_cpu_us() - begin;
		times[tick] = bench_commit(b, batch);
		if (tick % 10 == 9)
			maintain(b, &worst);
	}
	cpu = bench_cpu_us() - cpu;
	printf("FIGURE %s-cpu-ms %.2f, of which building the batch %.2f\n", name,
	       (double)cpu / TICKS / 1000, (double)build / TICKS / 1000);
	printf("FIGURE %s-maintain-worst-ms %.2f\n", name, (double)worst / 1000);
	return print_times(name, times, TICKS, limit);
}

/* In batches of a thousand devices, so that the first start needs no memory for all at once. */
static void
fill_fleet(struct bench *b)
{
	uint64_t begin = bench_wall_us(), commits = 0;
	size_t bytes = 0;

	for (uint32_t first = 0; first < b->devices; first += 1000) {
		struct store_batch *batch = bench_batch();

		bench_declare(b, batch, first, 1000);
		bytes += store_batch_bytes(batch);
		commits += bench_commit(b, batch);
		maintain(b, NULL);
	}
	printf("FIGURE store-first-fill-ms %.0f, of which commits %.0f (%zu bytes of batch a "
	       "device)\n",
	       (double)(bench_wall_us() - begin) / 1000, (double)commits / 1000,
	       bytes / b->devices);
}

static void
measure_ticks(struct bench *b)
{
	uint64_t rollups[20], lasts[20];
	size_t rss = bench_rss();

	fill_fleet(b);
	run_ticks(b, "store-tick", " (limit 10)");
	for (int i = 0; i < 20; i++) {
		struct store_batch *batch = bench_batch();

		b->now_ms += 300000;
		bench_rollups(b, batch);
		rollups[i] = bench_commit(b, batch);
		batch = bench_batch();
		bench_last_runs(b, batch);
		lasts[i] = bench_commit(b, batch);
		maintain(b, NULL);
	}
	print_times("store-5min-rollups", rollups, 20, "");
	print_times("store-last-runs", lasts, 20, "");
	printf("FIGURE store-rss-grown-bytes %zu\n", bench_rss() - rss);
}

/* Reads whole reports without a pause until it is ended; reports them a second to `out`. */
static void
read_for_ever(const char *path)
{
	char message[READER_MESSAGE_SIZE] = "";
	struct reader *reader;

	bench_check(reader_open(&reader, path, message, sizeof(message)), "reader", message);
	for (;;) {
		struct reader_device_list devices;
		struct reader_count_list counts;

		bench_check(reader_begin(reader), "begin", reader_error(reader));
		bench_check(reader_devices(reader, NULL, &devices), "devices",
			    reader_error(reader));
		bench_check(reader_counts(reader, NULL, &counts), "counts", reader_error(reader));
		reader_end(reader);
		reader_device_list_fini(&devices);
		reader_count_list_fini(&counts);
	}
}

/* The same ticks without a reader and beside one that reads all the time: does it hold them up? */
static void
measure_beside(struct bench *b)
{
	uint64_t alone, beside;
	pid_t pid;

	fill_fleet(b);
	alone = run_ticks(b, "store-tick-alone", "");
	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		read_for_ever(b->path);
		_exit(0);
	}
	beside = run_ticks(b, "store-tick-beside-reader", "");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	printf("FIGURE store-tick-beside-reader-ratio %.2f\n", (double)beside / (double)alone);
}

static int
count_facts(void *arg, const struct store_known *known)
{
	for (size_t i = 0; i < known->probe_count; i++)
		*(size_t *)arg += known->probes[i].facts->count;
	return 0;
}

/* A start with a full database: opening, and reading all that is known. */
static void
measure_load(const char *path, uint32_t devices)
{
	char message[STORE_MESSAGE_SIZE] = "";
	size_t facts = 0, rss = bench_rss();
	uint64_t begin = bench_wall_us();
	struct bench b;
	struct reader_device_list list;
	struct reader_spread_list spread;
	struct reader *reader;

	bench_open(&b, path, devices, START);
	printf("FIGURE store-open-ms %.0f\n", (double)(bench_wall_us() - begin) / 1000);
	begin = bench_wall_us();
	bench_check(store_load(b.store, &b.ids, count_facts, &facts, message, sizeof(message)),
		    "load", message);
	printf("FIGURE store-load-ms %.0f (%zu facts)\n", (double)(bench_wall_us() - begin) / 1000,
	       facts);
	printf("FIGURE store-load-rss-bytes-per-device %zu\n", (bench_rss() - rss) / devices);
	bench_check(reader_open(&reader, path, message, sizeof(message)), "reader", message);
	begin = bench_wall_us();
	bench_check(reader_devices(reader, NULL, &list), "devices", reader_error(reader));
	printf("FIGURE reader-devices-ms %.0f\n", (double)(bench_wall_us() - begin) / 1000);
	begin = bench_wall_us();
	bench_check(reader_spread(reader, NULL, FACT_FIRMWARE, &spread), "spread",
		    reader_error(reader));
	printf("FIGURE reader-firmware-spread-ms %.0f\n", (double)(bench_wall_us() - begin) / 1000);
	reader_device_list_fini(&list);
	reader_spread_list_fini(&spread);
	reader_close(reader);
	bench_close(&b);
}

/* Two in a hundred devices go down and come back in a day; half a percent gets a new firmware. */
static void
live_period(struct bench *b, struct store_batch *batch, unsigned period)
{
	uint32_t changes = b->devices * 2 / 100;

	for (uint32_t i = 0; i < b->devices; i++) {
		/* the inventory is read every 15 minutes, spread over the fleet */
		if (i % 3 == period % 3)
			bench_inventory(b, batch, i + 1, i % 200 == 0 && period > i % DAY_PERIODS);
	}
	for (uint32_t i = period; i < changes; i += DAY_PERIODS) {
		bench_change(b, batch, 1 + i * 50, HEALTH_DOWN);
		b->now_ms += 1000;
		bench_change(b, batch, 1 + i * 50, HEALTH_UP);
	}
	bench_last_runs(b, batch);
}

static uint64_t
used_bytes(struct bench *b)
{
	struct store_size size;

	store_get_size(b->store, &size);
	return size.database_bytes - size.free_bytes;
}

/* 24 hours of a fleet at 60 s, as fast as it goes. */
static void
measure_day(struct bench *b)
{
	uint64_t before, after, cpu, worst = 0, wal = 0;
	struct store_size size;

	fill_fleet(b);
	before = used_bytes(b);
	cpu = bench_cpu_us();
	for (unsigned period = 0; period < DAY_PERIODS; period++) {
		struct store_batch *batch = bench_batch();

		b->now_ms = START + (int64_t)period * 300000;
		bench_rollups(b, batch);
		live_period(b, batch, period);
		bench_commit(b, batch);
		store_get_size(b->store, &size);
		if (size.wal_bytes > wal)
			wal = size.wal_bytes;
		maintain(b, &worst);
	}
	b->now_ms += 1200000;
	maintain(b, &worst);
	cpu = bench_cpu_us() - cpu;
	after = used_bytes(b);
	printf("FIGURE store-day-first-bytes %" PRIu64 "\n", before);
	printf("FIGURE store-day-growth-mb %.1f\n", (double)(after - before) / 1e6);
	printf("FIGURE store-day-wal-most-mb %.1f\n", (double)wal / 1e6);
	printf("FIGURE store-day-cpu-s %.1f\n", (double)cpu / 1e6);
	printf("FIGURE store-day-maintain-worst-ms %.1f\n", (double)worst / 1000);
}

int
main(int argc, char **argv)
{
	struct bench b;

	if (argc != 4) {
		fprintf(stderr, "usage: store_bench ticks|beside|load|day|topology|incidents|audit"
				" DATABASE DEVICES\n");
		return 2;
	}
	if (strcmp(argv[1], "load") == 0) {
		measure_load(argv[2], (uint32_t)strtoul(argv[3], NULL, 10));
		return 0;
	}
	bench_open(&b, argv[2], (uint32_t)strtoul(argv[3], NULL, 10), START);
	if (strcmp(argv[1], "ticks") == 0)
		measure_ticks(&b);
	else if (strcmp(argv[1], "beside") == 0)
		measure_beside(&b);
	else if (strcmp(argv[1], "day") == 0)
		measure_day(&b);
	else if (strcmp(argv[1], "topology") == 0)
		measure_topology(&b);
	else if (strcmp(argv[1], "incidents") == 0)
		measure_incidents(&b);
	else if (strcmp(argv[1], "audit") == 0)
		measure_audit(&b);
	bench_close(&b);
	return 0;
}
