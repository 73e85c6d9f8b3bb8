/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A fleet of the size that is to be measured, and batches as the agent would make them.
 */
#ifndef KEEPWATCH_TESTS_BENCH_STORE_FLEET_H
#define KEEPWATCH_TESTS_BENCH_STORE_FLEET_H

#include "keepwatch/reader.h"
#include "keepwatch/store.h"

enum { BENCH_FACTS = 12 }; /* of a device */

struct bench {
	const char *path;
	struct store *store;
	struct store_ids ids;
	struct fleet *fleet;
	uint32_t devices;
	uint64_t seed;
	int64_t now_ms;
};

/* Exits with a message when anything fails: a benchmark of failures measures nothing. */
void bench_check(int rc, const char *what, const char *message);
void bench_open(struct bench *b, const char *path, uint32_t devices, int64_t now_ms);
void bench_close(struct bench *b);

/* A number below n, the same in every run. */
uint32_t bench_random(struct bench *b, uint32_t n);
/* Wall and CPU time in us since some moment; CPU of the whole process. */
uint64_t bench_wall_us(void);
uint64_t bench_cpu_us(void);
/* Resident memory in bytes. */
size_t bench_rss(void);

struct store_batch *bench_batch(void);
/* Commits and frees; returns the wall time in us. */
uint64_t bench_commit(struct bench *b, struct store_batch *batch);

/* Some devices with states and facts. */
void bench_declare(struct bench *b, struct store_batch *batch, uint32_t first, uint32_t count);
/* A device and its two probes change state, with events. */
void bench_change(struct bench *b, struct store_batch *batch, uint32_t id, enum health health);
/* The inventory of a device as read again; firmware: its number, 0: the one it had at first. */
void bench_inventory(struct bench *b, struct store_batch *batch, uint32_t id, unsigned firmware);
/* Two series of every device for the period at now_ms, as from five runs on a LAN. */
void bench_rollups(struct bench *b, struct store_batch *batch);
/* The last runs of two probes of every device. */
void bench_last_runs(struct bench *b, struct store_batch *batch);

/* topology.c: all of it. */
void measure_topology(struct bench *b);
/* incidents.c: the same. */
void measure_incidents(struct bench *b);
/* audit.c: the same. */
void measure_audit(struct bench *b);

#endif
