/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rollups in memory: adding samples, merging parts of a period. Pure; packing is in series.c.
 */
#include "keepwatch/rollup.h"

#include "keepwatch/result.h"

#include <assert.h>

static const int64_t tier_ms[ROLLUP_TIERS] = {
	[ROLLUP_5MIN] = 300000,
	[ROLLUP_HOUR] = 3600000,
};

int64_t
rollup_tier_ms(enum rollup_tier tier)
{
	assert(tier < ROLLUP_TIERS);
	return tier_ms[tier];
}

int64_t
rollup_start_ms(enum rollup_tier tier, int64_t wall_ms)
{
	int64_t length = rollup_tier_ms(tier);
	int64_t rest = wall_ms % length;

	return wall_ms - (rest < 0 ? rest + length : rest);
}

bool
rollup_is_empty(const struct rollup_acc *acc)
{
	return acc->runs == 0;
}

static uint16_t
add16(uint16_t a, uint16_t b)
{
	uint32_t sum = (uint32_t)a + b;

	return sum > UINT16_MAX ? UINT16_MAX : (uint16_t)sum;
}

static uint32_t
add32(uint32_t a, uint32_t b)
{
	uint64_t sum = (uint64_t)a + b;

	return sum > UINT32_MAX ? UINT32_MAX : (uint32_t)sum;
}

void
rollup_add(struct rollup_acc *acc, bool is_up, uint16_t sent, uint16_t lost, uint32_t rtt_us)
{
	acc->runs = add16(acc->runs, 1);
	acc->up = add16(acc->up, is_up);
	acc->sent = add16(acc->sent, sent);
	acc->lost = add16(acc->lost, lost < sent ? lost : sent);
	if (rtt_us == RTT_NONE || acc->rtt_count == UINT16_MAX)
		return;
	/* 65535 times 2^32 us fits into 48 bits */
	if (acc->rtt_count == 0 || rtt_us < acc->rtt_min_us)
		acc->rtt_min_us = rtt_us;
	if (acc->rtt_count == 0 || rtt_us > acc->rtt_max_us)
		acc->rtt_max_us = rtt_us;
	acc->rtt_count++;
	acc->rtt_sum_us += rtt_us;
}

void
rollup_to_point(const struct rollup_acc *acc, int64_t start_ms, struct rollup_point *out)
{
	*out = (struct rollup_point){
		.start_ms = start_ms,
		.runs = acc->runs,
		.up = acc->up,
		.sent = acc->sent,
		.lost = acc->lost,
		.rtt_count = acc->rtt_count,
	};
	if (acc->rtt_count > 0) {
		out->rtt_min_us = acc->rtt_min_us;
		out->rtt_avg_us = (uint32_t)(acc->rtt_sum_us / acc->rtt_count);
		out->rtt_max_us = acc->rtt_max_us;
	}
}

void
rollup_merge(struct rollup_point *into, const struct rollup_point *from)
{
	uint64_t total = (uint64_t)into->rtt_count + from->rtt_count;

	into->runs = add32(into->runs, from->runs);
	into->up = add32(into->up, from->up);
	into->sent = add32(into->sent, from->sent);
	into->lost = add32(into->lost, from->lost);
	if (from->rtt_count == 0)
		return;
	if (into->rtt_count == 0) {
		into->rtt_min_us = from->rtt_min_us;
		into->rtt_avg_us = from->rtt_avg_us;
		into->rtt_max_us = from->rtt_max_us;
	} else {
		/* two products of 32 bits may need 65 bits together */
		unsigned __int128 sum = (unsigned __int128)into->rtt_avg_us * into->rtt_count +
					(unsigned __int128)from->rtt_avg_us * from->rtt_count;

		into->rtt_avg_us = (uint32_t)((sum + total / 2) / total);
		if (from->rtt_min_us < into->rtt_min_us)
			into->rtt_min_us = from->rtt_min_us;
		if (from->rtt_max_us > into->rtt_max_us)
			into->rtt_max_us = from->rtt_max_us;
	}
	into->rtt_count = add32(into->rtt_count, from->rtt_count);
}
