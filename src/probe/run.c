/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The life of a probe run: allocated with the probe's own state behind it, started, bounded by a
 * deadline, ended exactly once (done, cancelled or timed out), and freed by whoever awaited its
 * end.
 */
#include "keepwatch/probe.h"

#include "keepwatch/clock.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

/* How much longer than its own budget a run may take before the runner ends it. */
enum { RUN_GRACE_MS = 500 };

#define RUN_OF(member_pointer)                                                            \
	((struct probe_run *)(void *)((char *)(member_pointer)-offsetof(struct probe_run, \
									deadline)))

uint32_t
probe_run_budget_ms(const struct probe_settings *settings)
{
	const struct probe_ops *ops = probe_ops(settings->probe);

	if (ops->budget_ms != NULL)
		return ops->budget_ms(settings);
	return settings->timeout_ms * ((uint32_t)settings->retries + 1);
}

static void
run_end(struct probe_run *run)
{
	assert(!run->has_ended);
	run->has_ended = true;
	net_timer_stop(run->env->loop, &run->deadline);
	run->result.took_ms = (uint32_t)(clock_mono_ms() - run->started_ms);
	run->ended(run, run->ended_arg);
}

static void
on_deadline(struct net_timer *timer)
{
	struct probe_run *run = RUN_OF(timer);

	probe_ops(run->target->settings->probe)->cancel(run);
	result_set(&run->result, OUTCOME_FAIL, REASON_TIMEOUT, "run not finished within %u ms",
		   probe_run_budget_ms(run->target->settings));
	run_end(run);
}

struct probe_run *
probe_run_start(struct probe_env *env, struct probe_target *target, int64_t wall_ms,
		void (*ended)(struct probe_run *run, void *arg), void *arg)
{
	const struct probe_ops *ops = probe_ops(target->settings->probe);
	struct probe_run *run = calloc(1, sizeof(*run) + ops->state_size);

	if (run == NULL)
		return NULL;
	run->target = target;
	run->env = env;
	run->ended = ended;
	run->ended_arg = arg;
	run->started_ms = clock_mono_ms();
	result_init(&run->result);
	run->result.at_ms = wall_ms;
	net_timer_init(&run->deadline, on_deadline);
	net_timer_start(env->loop, &run->deadline,
			probe_run_budget_ms(target->settings) + RUN_GRACE_MS);
	ops->start(run);
	return run;
}

void
probe_run_cancel(struct probe_run *run)
{
	probe_ops(run->target->settings->probe)->cancel(run);
	result_set(&run->result, OUTCOME_ERROR, REASON_CANCELED, "canceled");
	run_end(run);
}

void
probe_run_done(struct probe_run *run)
{
	run_end(run);
}

void
probe_run_free(struct probe_run *run)
{
	if (run == NULL)
		return;
	assert(run->has_ended);
	result_fini(&run->result);
	free(run);
}

void
probe_trace(const struct probe_run *run, const char *fmt, ...)
{
	char line[512];
	va_list ap;

	if (run->env->trace == NULL)
		return;
	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	run->env->trace(run->env->trace_arg, line);
}

int64_t
probe_option(const struct probe_run *run, enum option_id option)
{
	return settings_option(run->target->settings, option)->number;
}

const char *
probe_option_text(const struct probe_run *run, enum option_id option)
{
	return settings_option(run->target->settings, option)->text;
}
