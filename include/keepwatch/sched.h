/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What to probe next. Pure: time is a parameter. Each item (a device's probe) has a period and a
 * phase that is a hash of its key, so that a fleet is spread over its period and keeps its phases:
 * the n-th cycle is due at phase + n * period, however late an earlier one ran (no drift).
 *
 * While a result is unsettled an item is tried again after 1, 2 and 4 s, to decide within seconds;
 * one that keeps failing backs off, doubling up to its longest pause, on its grid. Items that are
 * due but stopped by a cap wait in the order in which they became due.
 */
#ifndef KEEPWATCH_SCHED_H
#define KEEPWATCH_SCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sched;

/* Index of an item, stable until removed. */
typedef uint32_t sched_id;
#define SCHED_NO_ID UINT32_MAX

struct sched_params {
	uint32_t tick_ms;	/* resolution, usually the loop's quantum */
	uint32_t max_in_flight; /* runs of the whole fleet; 0: 4096 */
	uint32_t jitter_ms; /* each due time is moved by up to that much, evenly, never accumulating
			     */
	uint32_t retry_ms;  /* first quick retry, then twice, then four times that; 0: 1000 */
	uint32_t quick_retries; /* how many; UINT32_MAX: 3 */
	uint64_t seed;		/* of phases and jitter */
};

struct sched_site {
	uint32_t max_in_flight; /* 0: 64 */
	uint32_t max_rate;	/* starts a second; 0: 200 */
};

struct sched_item {
	uint64_t key;	       /* stable over restarts: hash of device name and probe */
	uint32_t device;       /* index: at most one run of a device at a time, see is_exclusive */
	uint16_t site;	       /* index of sites, or any value past them: no site cap */
	bool is_exclusive;     /* not together with another exclusive run of its device */
	uint32_t period_ms;    /* >= tick_ms */
	uint32_t max_pause_ms; /* longest back-off; 0: the period (never backs off) */
};

/* sites are copied. devices: number of device indexes. NULL when out of memory. */
struct sched *sched_new(const struct sched_params *params, const struct sched_site *sites,
			size_t site_count, size_t devices, uint64_t now_ms);
void sched_free(struct sched *sched);

/*
 * Adds an item; its first run is due at its phase, but no later than first_within_ms from now (so
 * that a fleet is seen within a minute of its start even if it is polled once an hour). SCHED_NO_ID
 * when out of memory.
 */
sched_id sched_add(struct sched *sched, const struct sched_item *item, uint32_t first_within_ms);

/*
 * The next item to start now, SCHED_NO_ID if none is due or may start. It then counts as in flight
 * until sched_done. Call until none is left.
 */
sched_id sched_next(struct sched *sched, uint64_t now_ms);

/* What a run's result means for the schedule. */
enum sched_verdict {
	SCHED_STEADY,	 /* as it should be: on its grid */
	SCHED_UNSETTLED, /* the state may be about to change: quick retries, to decide within
			    seconds */
	SCHED_FAILING,	 /* known to fail: back off */
};
void sched_done(struct sched *sched, sched_id id, uint64_t now_ms, enum sched_verdict verdict);

/* Due at once (within the caps), without moving its grid: a device came back, a person asked. */
void sched_expedite(struct sched *sched, sched_id id);

/* When sched_next may have something: a time in ms, UINT64_MAX if nothing is scheduled. */
uint64_t sched_wanted_ms(const struct sched *sched, uint64_t now_ms);

struct sched_stats {
	uint32_t items, in_flight, waiting; /* waiting: due, held by a cap */
	uint64_t started;
	uint32_t late_max_ms; /* worst lateness of a start against its due time since the last call
			       */
};
struct sched_stats sched_stats(struct sched *sched);

/* Due time of the item's next run, for tests and `show`. */
uint64_t sched_due_ms(const struct sched *sched, sched_id id);

#endif
