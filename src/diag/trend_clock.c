/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Clocks that drift. Devices tell whole seconds (ONVIF GetSystemDateAndTime), so readings of six
 * hours are averaged and the rate is the median of pairwise slopes. A single reading far off is an
 * outlier; two that agree are a step (NTP, a person, a restart), from where all is measured anew.
 * A clock that NTP keeps near is healthy, however badly it would run by itself.
 */
#include "trend_impl.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
	SLOT_MS = 6 * TREND_HOUR,
	UNIT_MS = 100,
	STEP_MS = 3000,	       /* more than whole seconds and a slow answer make */
	OFFSET_MS = 30 * 1000, /* pictures of two cameras no longer go together */
	OFFSET_GOOD_MS = 10 * 1000,
	CRITICAL_MS = 300 * 1000, /* logins that are signed with the time fail (WS-Security) */
	DRIFTED_MS = 3000,
	POINTS_LEAST = 5,
	DAYS_AHEAD = 14,
	SLOTS_DAY = 4,
	RATE_LEAST = 8 * UNIT_MS, /* ms a day: 9 ppm, what any quartz does */
};

static uint16_t
slot_of(int64_t at_ms)
{
	return (uint16_t)(at_ms / SLOT_MS);
}

static void
restart(struct trend_clock *clock, int64_t offset_ms, uint16_t slot)
{
	*clock =
		(struct trend_clock){.base_ms = (int32_t)offset_ms, .slot = slot, .is_known = true};
	for (size_t i = 0; i < TREND_POINTS; i++)
		clock->point[i] = TREND_NO_POINT;
}

static int16_t
mean_of(const struct trend_clock *clock)
{
	if (clock->count == 0)
		return TREND_NO_POINT;
	return (int16_t)(clock->sum / clock->count);
}

static void
close_slots(struct trend_clock *clock, uint16_t slot)
{
	uint16_t steps = (uint16_t)(slot - clock->slot);

	for (uint16_t i = 0; i < steps && i <= TREND_POINTS; i++) {
		for (size_t k = 1; k < TREND_POINTS; k++)
			clock->point[k - 1] = clock->point[k];
		clock->point[TREND_POINTS - 1] = i == 0 ? mean_of(clock) : TREND_NO_POINT;
	}
	clock->sum = clock->count = 0;
	clock->slot = slot;
}

/* In units from the base, and how many slots ago. */
static int
newest(const struct trend_clock *clock, unsigned *ago)
{
	int level = mean_of(clock);

	*ago = 0;
	while (level == TREND_NO_POINT && *ago < TREND_POINTS)
		level = clock->point[TREND_POINTS - ++*ago];
	return level == TREND_NO_POINT ? 0 : level;
}

void
trend_clock_add(struct trend_clock *clock, int64_t offset_ms, int64_t at_ms)
{
	uint16_t slot = slot_of(at_ms);
	int64_t units = (offset_ms - clock->base_ms) / UNIT_MS, off;
	double slope, distance;
	int order, points;
	unsigned ago;

	if (!clock->is_known) {
		restart(clock, offset_ms, slot);
		units = 0;
	}
	if ((int16_t)(slot - clock->slot) < 0)
		return;
	if (slot != clock->slot)
		close_slots(clock, slot);
	off = (units - newest(clock, &ago)) * UNIT_MS;
	if (ago > 0 &&
	    trend_slope(clock->point, TREND_POINTS, 3, &slope, &distance, &order, &points))
		off -= (int64_t)(slope * ago) * UNIT_MS;
	if (llabs(off) > STEP_MS || llabs(units) > INT16_MAX / 2) {
		if (clock->is_odd && llabs(offset_ms - clock->odd_ms) <= STEP_MS) {
			restart(clock, offset_ms, slot);
			clock->count = 1;
			return;
		}
		clock->is_odd = true;
		clock->odd_ms = (int32_t)offset_ms;
		return;
	}
	clock->is_odd = false;
	if (clock->count < UINT16_MAX) {
		clock->count++;
		clock->sum += (int32_t)units;
	}
}

static const char *
words(double ms, char *out, size_t size)
{
	double s = fabs(ms) / 1000;

	if (s < 120)
		snprintf(out, size, "%.1f s %s", s, ms < 0 ? "slow" : "fast");
	else if (s < 7200)
		snprintf(out, size, "%.1f min %s", s / 60, ms < 0 ? "slow" : "fast");
	else
		snprintf(out, size, "%.1f h %s", s / 3600, ms < 0 ? "slow" : "fast");
	return out;
}

void
trend_clock_claim(struct trend *trend, uint32_t index, struct trend_claim *claim)
{
	const struct trend_clock *clock = &trend_at(trend, index)->clock;
	double slope = 0, distance = 0, offset, a_day = 0, ahead = -1;
	int16_t line[TREND_POINTS];
	int order, points;
	unsigned ago, readings = clock->count;
	char now[32], rate[128] = "";

	*claim = (struct trend_claim){.view = TREND_UNKNOWN};
	if (!clock->is_known || (uint16_t)(slot_of(trend->now_ms) - clock->slot) > SLOTS_DAY)
		return;
	for (size_t i = 0; i < TREND_POINTS; i++) {
		line[i] = clock->point[i];
		readings += line[i] != TREND_NO_POINT;
	}
	if (readings < 3)
		return;
	offset = clock->base_ms + (double)newest(clock, &ago) * UNIT_MS;
	/* A quarter of a second is lost in what is told as whole seconds; the rate must be more
	 * than what is left of that. */
	if (fabs(offset) >= DRIFTED_MS &&
	    trend_slope(line, TREND_POINTS, POINTS_LEAST, &slope, &distance, &order, &points) &&
	    abs(order) * 2 > points * (points - 1) / 2 &&
	    fabs(slope) * (points - 1) > fmax(4 * distance, 10))
		a_day = slope * SLOTS_DAY * UNIT_MS;
	if (fabs(a_day) >= RATE_LEAST && a_day * offset > 0 && fabs(offset) >= DRIFTED_MS)
		ahead = fmax(0, (OFFSET_MS - fabs(offset)) / fabs(a_day));
	claim->view = fabs(offset) > OFFSET_GOOD_MS || ahead >= 0 ? TREND_FAIR : TREND_GOOD;
	if (fabs(offset) < OFFSET_MS && !(ahead >= 0 && ahead <= DAYS_AHEAD))
		return;
	if (a_day != 0 && ahead > 0)
		snprintf(rate, sizeof(rate),
			 ", %+.1f s a day; %d s off in about %.0f days at this rate", a_day / 1000,
			 OFFSET_MS / 1000, fmax(ahead, 1));
	else if (a_day != 0)
		snprintf(rate, sizeof(rate), ", %+.1f s a day", a_day / 1000);
	else if (fabs(offset) > 1000 * 1800 - OFFSET_MS &&
		 fabs(offset - 1800000 * round(offset / 1800000)) < OFFSET_MS)
		snprintf(rate, sizeof(rate),
			 ", and steadily so: by whole half hours, as if it told local time");
	else
		snprintf(rate, sizeof(rate), ", steadily: nothing sets it");
	claim->view = TREND_BAD;
	claim->value = offset / 1000;
	claim->limit = OFFSET_MS / 1000.0;
	claim->severity = fabs(offset) >= CRITICAL_MS ? FINDING_CRITICAL : FINDING_WARNING;
	snprintf(claim->text, sizeof(claim->text), "its clock is %s%s",
		 words(offset, now, sizeof(now)), rate);
}
