/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TCP connect to one port: does somebody accept, and how fast. Silence is asked again, as often as
 * `retries` says; a refusal is an answer.
 */
#include "keepwatch/probe_kinds.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/tcp.h"

#include <stddef.h>

enum { TICK_ALLOWANCE_MS = 120 }; /* what a paced loop may add to an attempt */

struct tcp_state {
	struct tcp_connect connect; /* first */
	struct probe_run *run;
	uint16_t attempts;
};

static struct tcp_state *
state_of(struct probe_run *run)
{
	return (struct tcp_state *)(void *)run->state;
}

static uint32_t
tcp_budget_ms(const struct probe_settings *settings)
{
	return (settings->timeout_ms + TICK_ALLOWANCE_MS) * ((uint32_t)settings->retries + 1);
}

static void
judge(struct probe_run *run, const struct tcp_state *state)
{
	struct probe_result *result = &run->result;
	unsigned port = state->connect.port;
	char timeout[CLOCK_DURATION_SIZE];

	result->sent = state->attempts;
	result->lost = state->attempts;
	if (state->connect.rtt_us > 0) {
		result->rtt_us = state->connect.rtt_us;
		result->lost--;
	}
	switch (state->connect.rc) {
	case 0:
		result_ok(result);
		break;
	case ERR_REFUSED:
		result_set(result, OUTCOME_FAIL, REASON_REFUSED, "port %u refuses", port);
		break;
	case ERR_UNREACH:
		result_set(result, OUTCOME_FAIL, REASON_UNREACHABLE, "port %u", port);
		break;
	case ERR_TIMEOUT:
		result_set(result, OUTCOME_FAIL, REASON_TIMEOUT,
			   "port %u does not answer within %s", port,
			   clock_format_duration(run->target->settings->timeout_ms, timeout,
						 sizeof(timeout)));
		break;
	default:
		result_set(result, OUTCOME_ERROR, REASON_LOCAL,
			   "the monitoring host cannot connect: %s", err_text(state->connect.rc));
		break;
	}
}

static void
attempt(struct tcp_state *state)
{
	struct probe_run *run = state->run;
	char to[IPADDR_TEXT_SIZE];
	int rc;

	state->attempts++;
	probe_trace(run, "tcp: connecting to %s port %u, attempt %u of %u",
		    ipaddr_format(&state->connect.to, to, sizeof(to)), state->connect.port,
		    state->attempts, run->target->settings->retries + 1U);
	rc = tcp_connect_start(run->env->tcp, &state->connect);
	if (rc == 0)
		return;
	result_set(&run->result, OUTCOME_ERROR, REASON_LOCAL, "cannot connect: %s", err_text(rc));
	probe_run_done(run);
}

static void
on_done(struct tcp_connect *connect)
{
	struct tcp_state *state = (struct tcp_state *)connect;
	struct probe_run *run = state->run;

	if (connect->rtt_us > 0)
		probe_trace(run, "tcp: %s after %.3f ms",
			    connect->rc == 0 ? "connected" : "refused", connect->rtt_us / 1000.0);
	else
		probe_trace(run, "tcp: %s", err_text(connect->rc));
	if ((connect->rc == ERR_TIMEOUT || connect->rc == ERR_UNREACH) &&
	    state->attempts <= run->target->settings->retries) {
		attempt(state);
		return;
	}
	judge(run, state);
	probe_run_done(run);
}

static void
tcp_start(struct probe_run *run)
{
	struct tcp_state *state = state_of(run);

	state->run = run;
	if (run->env->tcp == NULL) {
		result_set(&run->result, OUTCOME_ERROR, REASON_LOCAL, "TCP prober not available");
		probe_run_done(run);
		return;
	}
	state->connect.to = run->target->ip;
	state->connect.port = (uint16_t)probe_option(run, OPT_TCP_PORT);
	state->connect.timeout_ms = run->target->settings->timeout_ms;
	state->connect.done = on_done;
	attempt(state);
}

static void
tcp_cancel(struct probe_run *run)
{
	tcp_connect_cancel(&state_of(run)->connect);
}

const struct probe_ops probe_tcp_ops = {
	.id = PROBE_TCP,
	.state_size = sizeof(struct tcp_state),
	.start = tcp_start,
	.cancel = tcp_cancel,
	.budget_ms = tcp_budget_ms,
};
