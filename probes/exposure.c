/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The exposure probe: what a device offers to the network, and what it answers to anybody. It looks
 * and tells; what is wrong with it is judged elsewhere. Once a day, at a pace that no device minds,
 * and only where the site, or whoever chose the probe for a device without a site, allows it.
 */
#include "exposure_impl.h"

#include "keepwatch/clock.h"
#include "keepwatch/probe_kinds.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { GRACE_MS = 1000 };

struct fact_list *
exposure_facts(struct exposure *x)
{
	return &x->run->result.facts;
}

const char *
exposure_where(const struct exposure_web *web, char out[EXPOSURE_WHERE_SIZE])
{
	snprintf(out, EXPOSURE_WHERE_SIZE, "%s:%u", web->https ? "https" : "http",
		 web->port->item.port);
	return out;
}

static const char *
part_name(enum exposure_part part)
{
	static const char *const names[] = {
#define X(name, text) text,
		EXPOSURE_PARTS(X)
#undef X
	};

	return names[part];
}

/* ---- the end */

static void
release(struct exposure *x)
{
	struct net_loop *loop = x->run->env->loop;

	net_timer_stop(loop, &x->pause);
	net_timer_stop(loop, &x->limit);
	exposure_ports_cancel(x);
	tls_scan_cancel(x->tls);
	x->tls = NULL;
	http_cancel(x->exchange);
	x->exchange = NULL;
	tcp_talk_close(x->talk);
	x->talk = NULL;
	buf_fini(&x->heard);
	exposure_snmp_end(x);
}

static void
set_complete(struct exposure *x, enum exposure_part part, uint64_t keys)
{
	if (x->why[part][0] == '\0' && !x->is_cut[part])
		x->run->result.complete |= keys;
}

static void
tell_coverage(struct exposure *x)
{
	for (int part = 0; part < EXPOSURE_PART_COUNT; part++)
		fact_add(exposure_facts(x), FACT_AUDITED, part_name((enum exposure_part)part),
			 x->why[part][0] == '\0' ? "checked" : x->why[part]);
	x->run->result.complete |= 1ull << FACT_AUDITED;
	set_complete(x, EXPOSURE_PORTS, 1ull << FACT_OPEN_PORT);
	set_complete(x, EXPOSURE_TLS,
		     1ull << FACT_TLS_VERSIONS | 1ull << FACT_TLS_KEY_TYPE |
			     1ull << FACT_TLS_SIGNATURE | 1ull << FACT_TLS_NAMES |
			     1ull << FACT_TLS_ISSUER | 1ull << FACT_TLS_KEY |
			     1ull << FACT_TLS_NOT_AFTER);
	set_complete(x, EXPOSURE_HTTP, 1ull << FACT_HTTP_AUTH);
	set_complete(x, EXPOSURE_ANONYMOUS, 1ull << FACT_ANONYMOUS);
	set_complete(x, EXPOSURE_SNMP, 1ull << FACT_SNMP_ACCESS);
}

static void
conclude(struct exposure *x)
{
	struct probe_run *run = x->run;

	exposure_tell_webs(x);
	tell_coverage(x);
	release(x);
	if (x->has_answered)
		result_set(&run->result, OUTCOME_OK, REASON_NONE, "%zu of %zu ports open", x->open,
			   x->port_count);
	else if (x->port_count == 0)
		result_set(&run->result, OUTCOME_ERROR, REASON_LOCAL, "nothing to look at: %.100s",
			   x->why[EXPOSURE_PORTS]);
	else
		result_set(&run->result, OUTCOME_FAIL, REASON_TIMEOUT, "%.120s",
			   x->why[EXPOSURE_PORTS]);
	probe_run_done(run);
}

/* ---- from part to part */

static void
begin_part(struct exposure *x)
{
	static void (*const parts[EXPOSURE_PART_COUNT])(struct exposure * x) = {
		[EXPOSURE_PORTS] = exposure_ports, [EXPOSURE_TLS] = exposure_tls,
		[EXPOSURE_HTTP] = exposure_http,   [EXPOSURE_ANONYMOUS] = exposure_open,
		[EXPOSURE_SNMP] = exposure_snmp,
	};

	x->at = 0;
	x->why[x->part][0] = '\0';
	parts[x->part](x);
}

static void
next_part(struct exposure *x)
{
	x->part++;
	if (x->part == EXPOSURE_PART_COUNT)
		conclude(x);
	else
		begin_part(x);
}

void
exposure_part_done(struct exposure *x, const char *why)
{
	snprintf(x->why[x->part], sizeof(x->why[x->part]), "%.*s", RESULT_DETAIL_SIZE - 1,
		 why == NULL ? "" : why);
	probe_trace(x->run, "exposure: %s: %s", part_name(x->part), why == NULL ? "checked" : why);
	exposure_pause(x, next_part);
}

static void
on_pause(struct net_timer *timer)
{
	struct exposure *x =
		(struct exposure *)(void *)((char *)timer - offsetof(struct exposure, pause));

	x->next(x);
}

void
exposure_pause(struct exposure *x, void (*next)(struct exposure *x))
{
	x->next = next;
	net_timer_start(x->run->env->loop, &x->pause,
			(uint64_t)probe_option(x->run, OPT_EXPOSURE_GAP));
}

/* What was not reached is said to be so; what was begun is not complete. */
static void
on_limit(struct net_timer *timer)
{
	struct exposure *x =
		(struct exposure *)(void *)((char *)timer - offsetof(struct exposure, limit));

	for (int part = (int)x->part; part < EXPOSURE_PART_COUNT; part++)
		snprintf(x->why[part], sizeof(x->why[part]), "not done within max_time");
	conclude(x);
}

/* ---- the interface of probes */

static uint32_t
exposure_budget_ms(const struct probe_settings *settings)
{
	return (uint32_t)settings_option(settings, OPT_EXPOSURE_MAX_TIME)->number + GRACE_MS;
}

static void
choose_extent(struct exposure *x)
{
	const struct probe_target *target = x->run->target;

	if (target->device->site != SITE_NONE)
		x->site = &target->fleet->sites[target->device->site];
	/* Without a site there is nobody to ask but whoever chose the probe for the device. */
	x->may_try_ports = x->site == NULL || x->site->audit_ports;
	x->may_guess = x->site != NULL && x->site->audit_communities;
}

static void
exposure_start(struct probe_run *run)
{
	struct exposure *x = (struct exposure *)(void *)run->state;
	const struct probe_env *env = run->env;

	x->run = run;
	if (env->tcp == NULL || env->http == NULL || env->onvif == NULL || env->snmp == NULL) {
		result_set(&run->result, OUTCOME_ERROR, REASON_LOCAL,
			   "TCP, HTTP, ONVIF or SNMP is not opened");
		probe_run_done(run);
		return;
	}
	buf_init(&x->heard, RTSP_HEAD_MAX);
	net_timer_init(&x->pause, on_pause);
	net_timer_init(&x->limit, on_limit);
	choose_extent(x);
	if (!exposure_list_ports(x)) {
		result_set(&run->result, OUTCOME_ERROR, REASON_LOCAL,
			   "ports: no list such as 22,80,8000-8010,10443=https");
		probe_run_done(run);
		return;
	}
	for (int part = 0; part < EXPOSURE_PART_COUNT; part++)
		snprintf(x->why[part], sizeof(x->why[part]), "not reached");
	net_timer_start(env->loop, &x->limit, (uint64_t)probe_option(run, OPT_EXPOSURE_MAX_TIME));
	begin_part(x);
}

static void
exposure_cancel(struct probe_run *run)
{
	release((struct exposure *)(void *)run->state);
}

const struct probe_ops probe_exposure_ops = {
	.id = PROBE_EXPOSURE,
	.state_size = sizeof(struct exposure),
	.start = exposure_start,
	.cancel = exposure_cancel,
	.budget_ms = exposure_budget_ms,
	.forget = exposure_forget,
	.restore = exposure_restore,
};
