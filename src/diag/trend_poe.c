/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * PoE near its budget (RFC 3621, pethMainPseConsumptionPower and pethMainPsePower). Cameras take
 * more at night, for their lamps, so days are compared by their peaks. Near is nine tenths; earlier
 * if the peaks of five days or more grow, without doubt, so that the budget is reached in two
 * weeks.
 */
#include "trend_impl.h"

#include <math.h>
#include <stdio.h>

#define LEVEL_STEP 0.2F /* of the way to a reading: one that is wrong is no peak */

enum {
	READINGS_LEAST = 6,
	NEAR = 900, /* per mille */
	FAIR = 850,
	FULL = 970,
	TREND_FROM = 600,
	DAYS_LEAST = 5,
	DAYS_AHEAD = 14,
	DAYS_CRITICAL = 2,
};

static uint32_t
day_of(int64_t at_ms)
{
	return (uint32_t)(at_ms / TREND_MINUTE / TREND_DAY_MINUTES);
}

void
trend_poe_add(struct trend_switch *sw, const struct evidence_switch *said, int64_t at_ms)
{
	uint32_t budget_mw = said->poe_budget_mw != 0 ? said->poe_budget_mw : sw->poe_budget_mw;
	uint32_t day = day_of(at_ms);
	uint16_t *peak = &sw->poe_peak[day % TREND_DAYS];
	float x;

	if (budget_mw == 0 || said->poe_used_mw == 0 || day < sw->poe_day)
		return;
	if (budget_mw != sw->poe_budget_mw) {
		/* A supply was added or has failed: what was is not comparable. */
		for (size_t i = 0; i < TREND_DAYS; i++)
			sw->poe_peak[i] = 0;
		sw->poe_readings = 0;
		sw->poe_budget_mw = budget_mw;
	}
	for (; sw->poe_day < day; sw->poe_day++) {
		if (day - sw->poe_day > TREND_DAYS)
			sw->poe_day = day - TREND_DAYS;
		sw->poe_peak[(sw->poe_day + 1) % TREND_DAYS] = 0;
	}
	x = fminf(2000, 1000.0F * (float)said->poe_used_mw / (float)budget_mw);
	sw->poe_level =
		sw->poe_readings == 0 ? x : sw->poe_level + LEVEL_STEP * (x - sw->poe_level);
	sw->poe_used_mw = said->poe_used_mw;
	if (sw->poe_readings < READINGS_LEAST)
		sw->poe_readings++;
	if (sw->poe_readings >= READINGS_LEAST && sw->poe_level > *peak)
		*peak = (uint16_t)(sw->poe_level < 1 ? 1 : sw->poe_level);
}

/* Pairs of n points that must rise for a chance below one in a hundred (Kendall, 1970). */
static int
sure_order(int points)
{
	static const int least[] = {[5] = 10, [6] = 13, [7] = 15, [8] = 18};

	return points < 5 ? 99 : least[points > 8 ? 8 : points];
}

void
trend_poe_claim(struct trend *trend, uint32_t index, struct trend_claim *claim)
{
	const struct trend_switch *sw = trend_at(trend, index)->sw;
	uint32_t today = day_of(trend->now_ms);
	double slope = 0, distance = 0, ahead = -1;
	int16_t peaks[TREND_DAYS];
	int order, points, peak, first = 0;
	char rate[96] = "";

	*claim = (struct trend_claim){.view = TREND_UNKNOWN};
	if (sw->poe_readings < READINGS_LEAST || today - sw->poe_day > 1 ||
	    trend_is_out(trend, index))
		return;
	for (uint32_t i = 0; i < TREND_DAYS; i++) {
		uint32_t day = today - (TREND_DAYS - 1 - i);
		uint16_t at = day > sw->poe_day || day + TREND_DAYS <= sw->poe_day
				      ? 0
				      : sw->poe_peak[day % TREND_DAYS];

		peaks[i] = at == 0 ? TREND_NO_POINT : (int16_t)at;
		first = first == 0 ? at : first;
	}
	/* The day is not over: its peak is still to come, unless it is higher already. */
	peak = peaks[TREND_DAYS - 1] > peaks[TREND_DAYS - 2] ? peaks[TREND_DAYS - 1]
							     : peaks[TREND_DAYS - 2];
	if (peak == TREND_NO_POINT)
		return;
	if (peaks[TREND_DAYS - 1] < peaks[TREND_DAYS - 2])
		peaks[TREND_DAYS - 1] = TREND_NO_POINT;
	if (trend_slope(peaks, TREND_DAYS, DAYS_LEAST, &slope, &distance, &order, &points) &&
	    order >= sure_order(points) && slope * (points - 1) > 4 * distance && slope >= 1)
		ahead = (1000 - peak) / slope;
	claim->view = peak >= FAIR || (ahead >= 0 && peak >= TREND_FROM) ? TREND_FAIR : TREND_GOOD;
	if (peak < NEAR && !(ahead >= 0 && ahead <= DAYS_AHEAD && peak >= TREND_FROM))
		return;
	if (ahead >= 0)
		snprintf(rate, sizeof(rate),
			 ", day's peak %.1f %% -> %.1f %% over %d d; reaches the budget in about "
			 "%.0f days at this rate",
			 first / 10.0, peak / 10.0, points - 1, fmax(ahead, 1));
	claim->view = TREND_BAD;
	claim->value = peak / 10.0;
	claim->limit = NEAR / 10.0;
	claim->severity = peak >= FULL || (ahead >= 0 && ahead <= DAYS_CRITICAL) ? FINDING_CRITICAL
										 : FINDING_WARNING;
	snprintf(claim->text, sizeof(claim->text), "PoE %.0f of %.0f W, at the peak %.0f %%%s",
		 sw->poe_used_mw / 1000.0, sw->poe_budget_mw / 1000.0, peak / 10.0, rate);
}
