/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rollups in memory: what is kept of many samples of one series, a (device, probe) pair, for one
 * period. Pure. The agent keeps one accumulator a series, adds each result to it, and moves them
 * into a batch when the period ends; the store merges and packs them.
 */
#ifndef KEEPWATCH_ROLLUP_H
#define KEEPWATCH_ROLLUP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum rollup_tier { ROLLUP_5MIN, ROLLUP_HOUR, ROLLUP_TIERS };

/* 24 bytes a series. Zeroed means empty. Counters stop at their largest value. */
struct rollup_acc {
	uint16_t runs; /* that could be tried */
	uint16_t up;   /* of those: answered, maybe degraded */
	uint16_t sent, lost;
	uint32_t rtt_min_us, rtt_max_us;
	uint64_t rtt_count : 16, rtt_sum_us : 48;
};

_Static_assert(sizeof(struct rollup_acc) == 24, "one accumulator a series of the whole fleet");

/* One period of one series: an accumulator as stored and read. Counters are wider for hours. */
struct rollup_point {
	int64_t start_ms; /* of the period, wall clock; a multiple of rollup_tier_ms since 1970 */
	uint32_t runs, up, sent, lost;
	uint32_t rtt_count; /* 0: nothing answered, the next three mean nothing */
	uint32_t rtt_min_us, rtt_avg_us, rtt_max_us;
};

/* Length of a period in ms: 300000 or 3600000. */
int64_t rollup_tier_ms(enum rollup_tier tier);
/* Start of the period that holds a time; rounds down, also before 1970. */
int64_t rollup_start_ms(enum rollup_tier tier, int64_t wall_ms);

bool rollup_is_empty(const struct rollup_acc *acc);
/*
 * Adds one run of a probe. is_up: it was answered (outcome OK or DEGRADED). A run with outcome
 * ERROR was not tried and is not added. rtt_us: RTT_NONE (UINT32_MAX) if nothing answered.
 */
void rollup_add(struct rollup_acc *acc, bool is_up, uint16_t sent, uint16_t lost, uint32_t rtt_us);
void rollup_to_point(const struct rollup_acc *acc, int64_t start_ms, struct rollup_point *out);
/* Adds `from` to `into` (whose start stays): another part of the same period, or of a longer one.
 */
void rollup_merge(struct rollup_point *into, const struct rollup_point *from);

#endif
