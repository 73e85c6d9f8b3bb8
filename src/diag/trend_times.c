/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Small statistics: the minutes of rare events, counted and compared; and the slope of a few
 * points by Theil and Sen, which one point in four that is wrong does not move.
 */
#include "trend_impl.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { SCHEDULE_LEAST = 3, SCHEDULE_MINUTES = 6, AHEAD_MINUTES = 60 };

uint16_t
trend_minute(int64_t at_ms)
{
	uint16_t minute = (uint16_t)(at_ms / TREND_MINUTE);

	return minute == 0 ? 1 : minute;
}

uint32_t
trend_age(uint16_t minute, uint16_t now)
{
	uint16_t age = (uint16_t)(now - minute);

	return age > UINT16_MAX - AHEAD_MINUTES ? 0 : age;
}

static uint32_t
distance(uint16_t a, uint16_t b)
{
	uint16_t forth = (uint16_t)(a - b), back = (uint16_t)(b - a);

	return forth < back ? forth : back;
}

bool
trend_times_has(const struct trend_times *times, uint16_t minute, uint32_t apart)
{
	for (size_t i = 0; i < TREND_TIMES; i++)
		if (times->minute[i] != 0 && distance(times->minute[i], minute) <= apart)
			return true;
	return false;
}

void
trend_times_add(struct trend_times *times, uint16_t minute, uint32_t apart)
{
	if (trend_times_has(times, minute, apart))
		return;
	memmove(&times->minute[1], &times->minute[0], sizeof(times->minute[0]) * (TREND_TIMES - 1));
	times->minute[0] = minute;
}

size_t
trend_times_ages(const struct trend_times *times, uint16_t now, uint32_t ages[TREND_TIMES])
{
	size_t count = 0;

	for (size_t i = 0; i < TREND_TIMES; i++)
		if (times->minute[i] != 0)
			ages[count++] = trend_age(times->minute[i], now);
	return count;
}

bool
trend_times_expire(struct trend_times *times, uint16_t now, uint32_t most)
{
	bool is_left = false;

	for (size_t i = 0; i < TREND_TIMES; i++) {
		if (times->minute[i] != 0 && trend_age(times->minute[i], now) > most)
			times->minute[i] = 0;
		is_left = is_left || times->minute[i] != 0;
	}
	return is_left;
}

unsigned
trend_count(const uint32_t *ages, size_t count, uint32_t within)
{
	unsigned sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += ages[i] < within;
	return sum;
}

bool
trend_is_schedule(const uint32_t *ages, size_t count)
{
	uint32_t first;

	if (count < SCHEDULE_LEAST)
		return false;
	first = ages[0] % TREND_DAY_MINUTES;
	for (size_t i = 1; i < count; i++) {
		uint32_t apart = (ages[i] % TREND_DAY_MINUTES + TREND_DAY_MINUTES - first) %
				 TREND_DAY_MINUTES;

		if (apart > SCHEDULE_MINUTES && apart < TREND_DAY_MINUTES - SCHEDULE_MINUTES)
			return false;
		/* Three in one hour are no schedule. */
		if (ages[i] / 60 == ages[0] / 60)
			return false;
	}
	return true;
}

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), compare);
	return count % 2 == 1 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

bool
trend_slope(const int16_t *y, size_t count, size_t least, double *slope, double *distance_out,
	    int *order, int *points)
{
	double slopes[TREND_POINTS * (TREND_POINTS - 1) / 2], rests[TREND_POINTS];
	size_t pairs = 0, known = 0;
	double level;

	*order = 0;
	for (size_t i = 0; i < count; i++) {
		known += y[i] != TREND_NO_POINT;
		for (size_t j = 0; j < i; j++) {
			if (y[i] == TREND_NO_POINT || y[j] == TREND_NO_POINT)
				continue;
			slopes[pairs++] = (double)(y[i] - y[j]) / (double)(i - j);
			*order += (y[i] > y[j]) - (y[i] < y[j]);
		}
	}
	*points = (int)known;
	if (known < least || pairs == 0)
		return false;
	*slope = median(slopes, pairs);
	known = 0;
	for (size_t i = 0; i < count; i++)
		if (y[i] != TREND_NO_POINT)
			rests[known++] = y[i] - *slope * (double)i;
	level = median(rests, known);
	for (size_t i = 0; i < known; i++)
		rests[i] = fabs(rests[i] - level);
	*distance_out = median(rests, known);
	return true;
}
