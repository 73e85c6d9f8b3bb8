/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What sysUpTime says: when the agent started, and whether it has restarted since. The counter has
 * 32 bits of hundredths of a second and starts over after 497 days; the agent's clock drifts, ours
 * may be stepped, and replies are late by their round trip.
 */
#include "keepwatch/mib.h"

#include <string.h>

enum {
	UPTIME_JITTER_MS = 2000,
	UPTIME_DRIFT_DIVISOR = 500, /* 0.2 %: worse clocks are not called clocks */
	UPTIME_WALL_DIVISOR = 5000, /* 0.02 % of the whole uptime, where nothing was measured */
};

static const int64_t wrap_ms = (int64_t)((uint64_t)UINT32_MAX + 1) * 10;

static int64_t
mib_abs(int64_t value)
{
	return value < 0 ? -value : value;
}

static int64_t
mib_seconds(int64_t ms)
{
	int64_t rest = ((ms % 1000) + 1000) % 1000;

	return ms - rest + (rest >= 500 ? 1000 : 0);
}

/* How often the counter had wrapped, if snmpEngineTime has run as long: it counts 68 years. */
static uint32_t
mib_wraps(uint32_t ticks, uint32_t engine_time_s)
{
	int64_t rest_ms = (int64_t)engine_time_s * 1000 - (int64_t)ticks * 10;
	int64_t wraps;

	if (rest_ms < wrap_ms / 2)
		return 0;
	wraps = (rest_ms + wrap_ms / 2) / wrap_ms;
	/* An engine that started long before the agent's uptime says nothing of it. */
	return mib_abs(rest_ms - wraps * wrap_ms) < 60000 ? (uint32_t)wraps : 0;
}

static void
mib_uptime_set(struct mib_uptime *uptime, uint32_t ticks, uint32_t wraps, int64_t wall_ms,
	       uint64_t mono_ms)
{
	uptime->is_known = true;
	uptime->is_estimate = false;
	uptime->ticks = ticks;
	uptime->wraps = wraps;
	uptime->at_mono_ms = mono_ms;
	uptime->at_wall_ms = wall_ms;
	uptime->boot_ms = mib_seconds(wall_ms - (int64_t)ticks * 10 - (int64_t)wraps * wrap_ms);
}

/* Nothing but the boot time is known: is it still the same? */
static enum mib_uptime_change
mib_uptime_compare(struct mib_uptime *uptime, uint32_t ticks, uint32_t engine_time_s,
		   int64_t wall_ms, uint64_t mono_ms)
{
	int64_t known_ms = uptime->boot_ms, up_ms = wall_ms - known_ms;
	uint32_t wraps = mib_wraps(ticks, engine_time_s);

	if (wraps == 0 && up_ms > (int64_t)ticks * 10)
		wraps = (uint32_t)((up_ms - (int64_t)ticks * 10 + wrap_ms / 2) / wrap_ms);
	mib_uptime_set(uptime, ticks, wraps, wall_ms, mono_ms);
	if (mib_abs(uptime->boot_ms - known_ms) <=
	    UPTIME_JITTER_MS + mib_abs(up_ms) / UPTIME_WALL_DIVISOR) {
		uptime->boot_ms = known_ms;
		return MIB_UPTIME_STEADY;
	}
	mib_uptime_set(uptime, ticks, mib_wraps(ticks, engine_time_s), wall_ms, mono_ms);
	return MIB_UPTIME_RESTARTED;
}

/* True if the counter went on for as long as has passed, maybe over its end. */
static bool
mib_uptime_went_on(struct mib_uptime *uptime, uint32_t ticks, int64_t elapsed_ms)
{
	int64_t slack_ms = UPTIME_JITTER_MS + mib_abs(elapsed_ms) / UPTIME_DRIFT_DIVISOR;
	int64_t error_ms = (int64_t)ticks * 10 - (int64_t)uptime->ticks * 10 - elapsed_ms;

	if (mib_abs(error_ms) <= slack_ms)
		return true;
	if (mib_abs(error_ms + wrap_ms) > slack_ms)
		return false;
	uptime->wraps++;
	return true;
}

/* A counter that stood still or ran slow, as one of a paused virtual machine, but did not begin
 * anew. */
static bool
mib_uptime_lagged(const struct mib_uptime *uptime, uint32_t ticks, int64_t elapsed_ms)
{
	return ticks >= uptime->ticks && (int64_t)ticks * 10 > elapsed_ms + UPTIME_JITTER_MS;
}

enum mib_uptime_change
mib_uptime_update(struct mib_uptime *uptime, uint32_t ticks, uint32_t engine_time_s,
		  int64_t wall_ms, uint64_t mono_ms)
{
	if (!uptime->is_known) {
		mib_uptime_set(uptime, ticks, mib_wraps(ticks, engine_time_s), wall_ms, mono_ms);
		return MIB_UPTIME_FIRST;
	}
	if (uptime->is_estimate)
		return mib_uptime_compare(uptime, ticks, engine_time_s, wall_ms, mono_ms);
	/* The wall clock may be stepped, the monotonic one stands still while the machine sleeps.
	 */
	if (!mib_uptime_went_on(uptime, ticks, (int64_t)(mono_ms - uptime->at_mono_ms)) &&
	    !mib_uptime_went_on(uptime, ticks, wall_ms - uptime->at_wall_ms) &&
	    !mib_uptime_lagged(uptime, ticks, (int64_t)(mono_ms - uptime->at_mono_ms))) {
		mib_uptime_set(uptime, ticks, mib_wraps(ticks, engine_time_s), wall_ms, mono_ms);
		return MIB_UPTIME_RESTARTED;
	}
	uptime->ticks = ticks;
	uptime->at_mono_ms = mono_ms;
	uptime->at_wall_ms = wall_ms;
	return MIB_UPTIME_STEADY;
}

void
mib_uptime_restore(struct mib_uptime *uptime, int64_t boot_ms)
{
	memset(uptime, 0, sizeof(*uptime));
	uptime->is_known = true;
	uptime->is_estimate = true;
	uptime->boot_ms = boot_ms;
}
