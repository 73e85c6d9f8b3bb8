/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rising round trips. Where the samples of an hour are is followed robustly (steps of at most one
 * spread, in the logarithm: a doubling is a doubling), and held against what is usual at that time
 * of day. The usual level follows busy days quickly and quiet ones slowly, so that a Monday is not
 * compared with a Sunday; a rise must hold for three hours, stand out of the scatter of hours, and
 * be half as long again and 3 ms longer at the least.
 */
#include "trend_impl.h"

#include <math.h>
#include <stdio.h>

#define STEP	    0.05F /* of the way to a sample: the last twenty count */
#define LOG_UNIT    1024.0F
#define RATIO_LEAST 0.585F /* log2 of 1.5 */
#define RISE_LEAST  3000.0 /* us */
#define SIGMAS	    5.0F
#define LEARN_UP    0.025F /* of the way, an hour: two hours a day fall into a bin */
#define LEARN_DOWN  0.0063F
#define FIRST_UP    0.5F
#define FIRST_DOWN  0.12F
#define SIGMA_STEP  0.02F
#define SIGMA_MOST  0.6F
#define SPREAD_MIN  0.02F

enum {
	SAMPLES_LEAST = 6,
	HOURS_LEAST = 96, /* learnt: four days have a working day in them */
	HOURS_FIRST = 168,
	HOURS_HELD = 3,
	CRITICAL_US = 500 * 1000,
	STALE_S = 3 * 3600,
};

void
trend_rtt_add(struct trend_rtt *rtt, uint32_t rtt_us)
{
	float x = log2f((float)rtt_us), off;

	if (rtt->now <= 0) {
		rtt->now = x;
		rtt->spread = 0.2F;
	}
	off = x - rtt->now;
	rtt->now += STEP * fmaxf(-2 * rtt->spread, fminf(off, 2 * rtt->spread));
	/* At the median of |off| as many are above as below; starts wide after a step. */
	rtt->spread *= fabsf(off) > rtt->spread ? 1 + STEP : 1 - STEP;
	rtt->spread = fmaxf(SPREAD_MIN, fminf(rtt->spread, 2));
	if (rtt->samples < UINT8_MAX)
		rtt->samples++;
}

static size_t
bin_of(uint32_t hour)
{
	return hour % 24 * TREND_BINS / 24;
}

static void
learn(struct trend_rtt *rtt, uint32_t hour, float level)
{
	uint16_t *bin = &rtt->bin[bin_of(hour)];
	bool is_first = rtt->learnt < HOURS_FIRST;
	float off, usual = (float)*bin / LOG_UNIT;

	if (rtt->learnt < UINT16_MAX)
		rtt->learnt++;
	if (*bin == 0) {
		*bin = (uint16_t)(level * LOG_UNIT);
		return;
	}
	off = level - usual;
	/* Quiet days are no scatter, and a rise that may be told is none either. */
	if (is_first || off < RATIO_LEAST)
		rtt->sigma += SIGMA_STEP * (fmaxf(0, fminf(off, SIGMA_MOST)) - rtt->sigma);
	if (is_first)
		usual += off * (off > 0 ? FIRST_UP : FIRST_DOWN);
	else
		usual += off * (off > 0 ? LEARN_UP : LEARN_DOWN);
	*bin = (uint16_t)(usual * LOG_UNIT);
}

void
trend_rtt_roll(struct trend_rtt *rtt, uint32_t from_hour, uint32_t to_hour)
{
	bool is_told = from_hour != 0 && rtt->samples >= SAMPLES_LEAST;

	if (from_hour == 0 || to_hour - from_hour > TREND_HOURS)
		from_hour = to_hour - TREND_HOURS;
	for (uint32_t hour = from_hour; hour < to_hour; hour++)
		rtt->level[hour % TREND_HOURS] = 0;
	if (is_told) {
		rtt->level[from_hour % TREND_HOURS] = (uint16_t)(rtt->now * LOG_UNIT);
		learn(rtt, from_hour, rtt->now);
	}
	rtt->level[to_hour % TREND_HOURS] = 0;
	rtt->samples = 0;
}

void
trend_rtt_restore(struct trend_rtt *rtt, double limit)
{
	float level = log2f((float)fmax(limit, 0.1) * 1000) - RATIO_LEAST;

	for (size_t i = 0; i < TREND_BINS; i++)
		rtt->bin[i] = (uint16_t)(level * LOG_UNIT);
	rtt->learnt = HOURS_FIRST;
}

static float
least_rise(const struct trend_rtt *rtt)
{
	return fmaxf(RATIO_LEAST, SIGMAS * rtt->sigma);
}

/* How far an hour is above the usual, in least rises; negative: not told. */
static float
rise_at(const struct trend_rtt *rtt, uint32_t hour)
{
	float level = (float)rtt->level[hour % TREND_HOURS] / LOG_UNIT;
	float bin = (float)rtt->bin[bin_of(hour)] / LOG_UNIT;

	if (level <= 0 || bin <= 0)
		return -1;
	if (exp2f(level) - exp2f(bin) < RISE_LEAST)
		return 0;
	return fmaxf(0, (level - bin) / least_rise(rtt));
}

enum trend_view
trend_rtt_view(const struct trend *trend, const struct trend_node *node)
{
	const struct trend_rtt *rtt = &node->rtt;
	unsigned above = 0, told = 0;
	float latest = -1;

	if (rtt->learnt < HOURS_LEAST ||
	    (int64_t)node->last_s * 1000 + STALE_S * 1000 < trend->now_ms)
		return TREND_UNKNOWN;
	for (uint32_t i = 1; i <= HOURS_HELD; i++) {
		float rise = rise_at(rtt, node->hour - i);

		if (rise < 0)
			continue;
		if (told++ == 0)
			latest = rise;
		above += rise >= 1;
	}
	if (told == 0)
		return TREND_UNKNOWN;
	if (above == HOURS_HELD)
		return TREND_BAD;
	return latest >= 0.6F ? TREND_FAIR : TREND_GOOD;
}

/* The first below that has risen itself: a group has many, and they agree. */
static uint32_t
example(const struct trend *trend, uint32_t index)
{
	if (trend->tally[index].own == TREND_BAD)
		return index;
	for (uint32_t c = trend_at(trend, index)->child; c != TREND_NONE;
	     c = trend_at(trend, c)->sibling)
		if (trend->tally[c].bad > 0)
			return example(trend, c);
	return index;
}

void
trend_rtt_claim(struct trend *trend, uint32_t index, struct trend_claim *claim)
{
	const struct trend_tally *tally = &trend->tally[index];
	uint32_t who = example(trend, index);
	const struct trend_node *node = trend_at(trend, who);
	const struct trend_rtt *rtt = &node->rtt;
	uint32_t newest = node->hour - 1;
	double now = exp2((float)rtt->level[newest % TREND_HOURS] / LOG_UNIT) / 1000;
	double usual = exp2((float)rtt->bin[bin_of(newest)] / LOG_UNIT) / 1000;
	unsigned hours = 0, worse = 0;
	char whom[128];

	while (hours < TREND_HOURS - 1 && rise_at(rtt, newest - hours) >= 1)
		hours++;
	while (worse + 1 < hours && rtt->level[(newest - worse) % TREND_HOURS] >
					    rtt->level[(newest - worse - 1) % TREND_HOURS])
		worse++;
	if (tally->is_group)
		snprintf(whom, sizeof(whom), " on %.40s, and so on %u of %u nodes below it",
			 trend->name(trend->owner, node->id), tally->half, tally->known);
	else
		trend_neighbours(trend, index, whom, sizeof(whom));
	claim->value = now;
	claim->limit = usual * exp2(least_rise(rtt));
	claim->since_ms = ((int64_t)newest - hours + 1) * TREND_HOUR;
	claim->severity = now * 1000 >= CRITICAL_US ? FINDING_CRITICAL : FINDING_WARNING;
	snprintf(claim->text, sizeof(claim->text),
		 "round trips %.1f ms -> %.1f ms, %.1f times what is usual at this time of day, "
		 "for %s%u h%s%s",
		 usual, now, now / usual, hours == TREND_HOURS - 1 ? "at least " : "", hours,
		 worse + 1 >= hours && hours >= 3 ? ", every hour worse" : "", whom);
}
