/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbers as people read them.
 */
#include "human.h"

#include "keepwatch/clock.h"

#include <stdio.h>

const char *
human_rtt(uint32_t rtt_us, char *out, size_t size)
{
	if (rtt_us < 10000)
		snprintf(out, size, "%.2f ms", rtt_us / 1000.0);
	else if (rtt_us < 100000)
		snprintf(out, size, "%.1f ms", rtt_us / 1000.0);
	else if (rtt_us < 1000000)
		snprintf(out, size, "%.0f ms", rtt_us / 1000.0);
	else
		snprintf(out, size, "%.1f s", rtt_us / 1000000.0);
	return out;
}

const char *
human_offset(int64_t offset_ms, char *out, size_t size)
{
	char text[CLOCK_DURATION_SIZE];
	char sign = offset_ms < 0 ? '-' : '+';
	int64_t ms = offset_ms < 0 ? -(offset_ms + 1) + 1 : offset_ms;

	if (offset_ms == INT64_MIN)
		ms = INT64_MAX;
	if (ms < 1000)
		snprintf(out, size, "%c%lld ms", sign, (long long)ms);
	else if (ms < 60000)
		snprintf(out, size, "%c%.1f s", sign, (double)ms / 1000.0);
	else
		snprintf(out, size, "%c%s", sign, clock_format_duration(ms, text, sizeof(text)));
	return out;
}

const char *
human_percent(uint64_t part, uint64_t whole, char *out, size_t size)
{
	double percent = whole == 0 ? 0 : (double)part * 100.0 / (double)whole;

	if (whole == 0)
		snprintf(out, size, "-");
	else if (part == whole || part == 0)
		snprintf(out, size, "%.0f %%", percent);
	else if (percent > 99.99)
		snprintf(out, size, "99.99 %%");
	else if (percent < 0.01)
		snprintf(out, size, "0.01 %%");
	else
		snprintf(out, size, "%.2f %%", percent);
	return out;
}

int
human_share(double share)
{
	int percent = (int)(share * 100 + 0.5);

	if (share <= 0 || share >= 1)
		return share <= 0 ? 0 : 100;
	return percent < 1 ? 1 : percent > 99 ? 99 : percent;
}

const char *
human_duration(int64_t ms, char *out, size_t size)
{
	return clock_format_duration(ms < 1000 ? ms : ms - ms % 1000, out, size);
}

const char *
human_age(int64_t then_ms, int64_t now_ms, char *out, size_t size)
{
	int64_t age_ms = now_ms > then_ms ? now_ms - then_ms : 0;

	if (then_ms == 0)
		snprintf(out, size, "-");
	else if (age_ms < 1000)
		snprintf(out, size, "0s");
	else
		human_duration(age_ms, out, size);
	return out;
}
