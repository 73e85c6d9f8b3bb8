/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What systemd is told (sd_notify(3)), and its watchdog: the loop pets it, so a loop that hangs is
 * restarted.
 */
#include "agent.h"

#include "keepwatch/clock.h"

#include <systemd/sd-daemon.h>

/* Feeds in each period: twice is asked for, and a feed that comes late must not miss it. */
enum { FEEDS_IN_PERIOD = 3 };

static void
on_watchdog(uv_timer_t *timer)
{
	(void)timer;
	(void)sd_notify(0, "WATCHDOG=1");
}

void
notify_init(struct agent *agent)
{
	uint64_t usec = 0, pause_ms;

	uv_timer_init(&agent->uv, &agent->watchdog_timer);
	if (sd_watchdog_enabled(0, &usec) <= 0)
		return;
	pause_ms = usec / 1000 / FEEDS_IN_PERIOD;
	uv_timer_start(&agent->watchdog_timer, on_watchdog, 0, pause_ms == 0 ? 1 : pause_ms);
}

void
notify_ready(struct agent *agent)
{
	(void)sd_notifyf(0, "READY=1\nSTATUS=watching %zu devices with %zu probes",
			 agent->table->device_count, agent->table->probe_count);
}

void
notify_reloading(void)
{
	(void)sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%llu",
			 (unsigned long long)(clock_mono_ns() / 1000));
}

void
notify_stopping(void)
{
	(void)sd_notify(0, "STOPPING=1");
}

void
notify_failed(const char *message)
{
	(void)sd_notifyf(0, "STATUS=%s", message);
}
