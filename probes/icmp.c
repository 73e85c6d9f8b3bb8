/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ICMP echo: is the device reachable, how many echoes are lost, how long does one take. An attempt
 * is `count` echoes; while none was answered it is repeated, as often as `retries` says.
 */
#include "keepwatch/probe_kinds.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/icmp.h"

#include <inttypes.h>
#include <stdio.h>

/* What a paced loop may add to each pause of an attempt. */
enum { TICK_ALLOWANCE_MS = 60 };

struct icmp_state {
	struct icmp_echo echo; /* first */
	struct net_timer pause;
	struct probe_run *run;
	uint32_t attempt; /* from 1 */
	uint16_t sent, received;
};

static struct icmp_state *
state_of(struct probe_run *run)
{
	return (struct icmp_state *)(void *)run->state;
}

static uint32_t
icmp_budget_ms(const struct probe_settings *settings)
{
	uint32_t gap_ms = (uint32_t)settings_option(settings, OPT_ICMP_GAP)->number;
	uint32_t count = (uint32_t)settings_option(settings, OPT_ICMP_COUNT)->number;

	return ((count - 1) * (gap_ms + TICK_ALLOWANCE_MS) + settings->timeout_ms + gap_ms +
		2 * TICK_ALLOWANCE_MS) *
	       ((uint32_t)settings->retries + 1);
}

static void
judge_silence(struct probe_run *run, const struct icmp_state *state)
{
	struct icmp_unreachable why;
	char who[IPADDR_TEXT_SIZE], timeout[CLOCK_DURATION_SIZE];

	if (!icmp_echo_unreachable(&state->echo, &why)) {
		result_set(&run->result, OUTCOME_FAIL, REASON_TIMEOUT,
			   "%u of %u lost, no answer within %s", state->sent, state->sent,
			   clock_format_duration(run->target->settings->timeout_ms, timeout,
						 sizeof(timeout)));
	} else if (why.who.family != 0) {
		result_set(&run->result, OUTCOME_FAIL, REASON_UNREACHABLE, "%s, says %s",
			   icmp_unreachable_text(run->target->ip.family, why.type, why.code),
			   ipaddr_format(&why.who, who, sizeof(who)));
	} else if (why.rc == ERR_UNREACH) {
		result_set(&run->result, OUTCOME_FAIL, REASON_UNREACHABLE,
			   "no route from the monitoring host");
	} else {
		result_set(&run->result, OUTCOME_ERROR, REASON_LOCAL,
			   "the monitoring host does not send it: %s", err_text(why.rc));
	}
}

static void
judge(struct probe_run *run, const struct icmp_state *state)
{
	struct probe_result *result = &run->result;
	unsigned lost = state->sent - state->received;
	int64_t max_rtt_ms = probe_option(run, OPT_ICMP_MAX_RTT);

	result->sent = state->sent;
	result->lost = (uint16_t)lost;
	if (state->received == 0) {
		judge_silence(run, state);
		return;
	}
	result->rtt_us = icmp_echo_rtt_avg_us(&state->echo);
	if (lost * 100 > (unsigned)probe_option(run, OPT_ICMP_MAX_LOSS) * state->sent)
		result_set(result, OUTCOME_DEGRADED, REASON_LOSS, "%u of %u lost", lost,
			   state->sent);
	else if (max_rtt_ms > 0 && result->rtt_us > max_rtt_ms * 1000)
		result_set(result, OUTCOME_DEGRADED, REASON_SLOW, "%.1f ms, limit %" PRId64 " ms",
			   result->rtt_us / 1000.0, max_rtt_ms);
	else if (lost > 0)
		result_set(result, OUTCOME_OK, REASON_NONE, "%u of %u lost", lost, state->sent);
	else
		result_ok(result);
}

static void
trace_attempt(const struct probe_run *run, const struct icmp_state *state)
{
	const struct icmp_echo *echo = &state->echo;

	if (echo->received > 0)
		probe_trace(run, "icmp: %u of %u answered, rtt min/avg/max %.3f/%.3f/%.3f ms",
			    echo->received, echo->sent, echo->rtt_min_us / 1000.0,
			    icmp_echo_rtt_avg_us(echo) / 1000.0, echo->rtt_max_us / 1000.0);
	else
		probe_trace(run, "icmp: 0 of %u answered%s", echo->sent,
			    echo->is_unreachable ? ", unreachable" : "");
}

static void
trace_begin(const struct icmp_state *state)
{
	const struct probe_run *run = state->run;
	char to[IPADDR_TEXT_SIZE];

	if (run->env->trace == NULL)
		return; /* writing the address is a noticeable part of a run */
	probe_trace(run, "icmp: %u echo requests of %u bytes to %s, attempt %u of %u",
		    state->echo.count, state->echo.size,
		    ipaddr_format(&state->echo.to, to, sizeof(to)), state->attempt,
		    run->target->settings->retries + 1U);
}

static void
attempt(struct icmp_state *state)
{
	struct probe_run *run = state->run;
	int rc;

	state->attempt++;
	trace_begin(state);
	rc = icmp_echo_start(run->env->icmp, &state->echo);
	if (rc == 0)
		return;
	result_set(&run->result, OUTCOME_ERROR, REASON_LOCAL,
		   rc == ERR_UNSUPPORTED ? "no ICMP socket for IPv%u" : "IPv%u echo: bad settings",
		   run->target->ip.family);
	probe_run_done(run);
}

static void
on_pause_over(struct net_timer *timer)
{
	attempt((struct icmp_state *)((char *)timer - offsetof(struct icmp_state, pause)));
}

static void
on_done(struct icmp_echo *echo)
{
	struct icmp_state *state = (struct icmp_state *)echo;
	struct probe_run *run = state->run;

	state->sent = (uint16_t)(state->sent + echo->sent);
	state->received = (uint16_t)(state->received + echo->received);
	trace_attempt(run, state);
	/* The pause is for what comes back at once: an answer that it is unreachable. */
	if (echo->received == 0 && state->attempt <= run->target->settings->retries) {
		net_timer_start(run->env->loop, &state->pause, echo->gap_ms);
		return;
	}
	judge(run, state);
	probe_run_done(run);
}

static void
icmp_start(struct probe_run *run)
{
	struct icmp_state *state = state_of(run);

	state->run = run;
	net_timer_init(&state->pause, on_pause_over);
	if (run->env->icmp == NULL) {
		result_set(&run->result, OUTCOME_ERROR, REASON_LOCAL,
			   "no permission to send echo requests (CAP_NET_RAW or "
			   "net.ipv4.ping_group_range)");
		probe_run_done(run);
		return;
	}
	state->echo.to = run->target->ip;
	state->echo.done = on_done;
	state->echo.timeout_ms = run->target->settings->timeout_ms;
	state->echo.gap_ms = (uint16_t)probe_option(run, OPT_ICMP_GAP);
	state->echo.size = (uint16_t)probe_option(run, OPT_ICMP_SIZE);
	state->echo.count = (uint8_t)probe_option(run, OPT_ICMP_COUNT);
	attempt(state);
}

static void
icmp_cancel(struct probe_run *run)
{
	struct icmp_state *state = state_of(run);

	icmp_echo_cancel(&state->echo);
	net_timer_stop(run->env->loop, &state->pause);
}

const struct probe_ops probe_icmp_ops = {
	.id = PROBE_ICMP,
	.state_size = sizeof(struct icmp_state),
	.start = icmp_start,
	.cancel = icmp_cancel,
	.budget_ms = icmp_budget_ms,
};
