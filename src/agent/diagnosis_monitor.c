/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The monitor's check of itself: does its own gateway answer, and do its timers run on time. If
 * they do not, the silence of others means little.
 */
#include "diagnosis.h"
#include "topology.h"

#include "keepwatch/clock.h"
#include "keepwatch/log.h"

#include <string.h>

enum {
	CHECK_ECHOES = 3,
	CHECK_TIMEOUT_MS = 1000,
	CHECK_GAP_MS = 100,
	CHECK_SIZE = 56,
	CHECK_SHARE = 4,     /* of a cycle is waited between checks while something fails */
	LAG_WORTH_MS = 2000, /* is told at once */
};

static void
tell(struct agent_diagnosis *diagnosis, int64_t at_ms, unsigned sent, unsigned answered)
{
	struct diagnosis_monitor *monitor = &diagnosis->monitor;
	struct evidence evidence = {
		.kind = EVIDENCE_MONITOR,
		.node = DIAGNOSIS_MONITOR,
		.at_ms = at_ms,
		.monitor = {(uint8_t)sent, (uint8_t)answered, monitor->lag_ms},
	};

	monitor->lag_ms = 0;
	diagnosis_take(diagnosis, &evidence);
}

static void
on_checked(struct icmp_echo *echo)
{
	struct diagnosis_monitor *monitor = (struct diagnosis_monitor *)(void *)echo;
	struct agent_diagnosis *diagnosis = monitor->agent->diagnosis;
	int64_t at_ms = clock_wall_ms() - (echo->received > 0 ? 0 : CHECK_TIMEOUT_MS);

	monitor->is_running = false;
	monitor->has_answered = monitor->has_answered || echo->received > 0;
	monitor->is_suspicious = monitor->has_answered && echo->received == 0;
	/* A gateway that has never answered does not answer pings. */
	tell(diagnosis, at_ms, monitor->has_answered ? echo->sent : 0, echo->received);
}

/* False if nothing can be sent. */
static bool
start_check(struct agent_diagnosis *diagnosis)
{
	struct diagnosis_monitor *monitor = &diagnosis->monitor;
	const struct ipaddr *gateway = &diagnosis->agent->topology->gateway;

	if (!monitor->is_gateway_used || gateway->family == 0 || diagnosis->agent->env.icmp == NULL)
		return false;
	if (!ipaddr_equal(gateway, &monitor->gateway)) {
		monitor->gateway = *gateway;
		monitor->has_answered = false;
	}
	monitor->agent = diagnosis->agent;
	memset(&monitor->echo, 0, sizeof(monitor->echo));
	monitor->echo.to = *gateway;
	monitor->echo.done = on_checked;
	monitor->echo.timeout_ms = CHECK_TIMEOUT_MS;
	monitor->echo.gap_ms = CHECK_GAP_MS;
	monitor->echo.size = CHECK_SIZE;
	monitor->echo.count = CHECK_ECHOES;
	monitor->is_running = icmp_echo_start(diagnosis->agent->env.icmp, &monitor->echo) == 0;
	return monitor->is_running;
}

/* How late the tick of a second comes: so late come timeouts and answers, too. */
static void
note_lag(struct diagnosis_monitor *monitor, uint64_t now_ms)
{
	uint64_t late_ms = 0;

	if (monitor->tick_at_ms != 0 && now_ms > monitor->tick_at_ms)
		late_ms = now_ms - monitor->tick_at_ms;
	monitor->tick_at_ms = now_ms + AGENT_COMMIT_MS;
	if (late_ms > monitor->lag_ms)
		monitor->lag_ms = late_ms > UINT32_MAX ? UINT32_MAX : (uint32_t)late_ms;
}

void
diagnosis_monitor_tick(struct agent_diagnosis *diagnosis, bool is_failing)
{
	struct diagnosis_monitor *monitor = &diagnosis->monitor;
	uint64_t now_ms = clock_mono_ms(), soon_ms = diagnosis->cycle_ms / CHECK_SHARE;

	note_lag(monitor, now_ms);
	if (monitor->lag_ms >= LAG_WORTH_MS) {
		log_warn("diagnosis", "the agent was held up for %u ms", monitor->lag_ms);
		tell(diagnosis, clock_wall_ms(), 0, 0);
	}
	if (monitor->is_running)
		return;
	if ((is_failing || monitor->is_suspicious) && monitor->check_at_ms > now_ms + soon_ms)
		monitor->check_at_ms =
			now_ms + (monitor->is_suspicious ? AGENT_COMMIT_MS : soon_ms);
	if (now_ms < monitor->check_at_ms)
		return;
	monitor->check_at_ms = now_ms + diagnosis->cycle_ms;
	if (!start_check(diagnosis))
		tell(diagnosis, clock_wall_ms(), 0, 0);
}

void
diagnosis_monitor_stop(struct agent_diagnosis *diagnosis)
{
	if (diagnosis->monitor.is_running)
		icmp_echo_cancel(&diagnosis->monitor.echo);
	diagnosis->monitor.is_running = false;
}
