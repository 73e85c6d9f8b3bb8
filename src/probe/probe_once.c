/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A loop, and on it only what the one probe needs; eager, since nobody shares it.
 */
#include "keepwatch/probe_once.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/firmware_rule.h"
#include "keepwatch/http.h"
#include "keepwatch/icmp.h"
#include "keepwatch/onvif.h"
#include "keepwatch/probe.h"
#include "keepwatch/snmpc.h"
#include "keepwatch/tcp.h"

#include <stdlib.h>
#include <string.h>

enum { ONCE_QUANTUM_MS = 10, ONCE_SOCKETS = 2 };

struct probe_once {
	uv_loop_t uv;
	struct probe_env env;
	struct probe_result *result; /* where the run that is under way puts it */
	bool has_ended;
};

int
probe_once_open(struct probe_once **out, void (*trace)(void *arg, const char *line),
		void *trace_arg)
{
	struct probe_once *once = calloc(1, sizeof(*once));
	int rc;

	if (once == NULL)
		return ERR_NOMEM;
	if (uv_loop_init(&once->uv) != 0) {
		free(once);
		return ERR_IO;
	}
	once->env.trace = trace;
	once->env.trace_arg = trace_arg;
	rc = net_loop_open(&once->env.loop, &once->uv, ONCE_QUANTUM_MS);
	if (rc != 0) {
		uv_loop_close(&once->uv);
		free(once);
		return rc;
	}
	net_loop_set_eager(once->env.loop, true);
	*out = once;
	return 0;
}

void
probe_once_close(struct probe_once *once)
{
	if (once == NULL)
		return;
	onvif_writer_free(once->env.onvif);
	firmware_rules_free(once->env.firmware);
	tcp_prober_close(once->env.tcp);
	http_client_close(once->env.http);
	snmpc_close(once->env.snmp);
	icmp_engine_close(once->env.icmp);
	net_loop_close(once->env.loop);
	uv_run(&once->uv, UV_RUN_DEFAULT);
	uv_loop_close(&once->uv);
	free(once);
}

/* Opens what a probe needs. Without ICMP sockets the probe itself says so in its result. */
static int
open_for(struct probe_once *once, enum probe_id probe)
{
	struct probe_env *env = &once->env;
	int rc = 0;

	switch (probe) {
	case PROBE_ICMP:
		if (env->icmp == NULL && icmp_engine_open(&env->icmp, env->loop) == ERR_NOMEM)
			rc = ERR_NOMEM;
		break;
	case PROBE_SNMP:
		if (env->firmware == NULL)
			rc = firmware_rules_new(&env->firmware, NULL);
		__attribute__((fallthrough));
	case PROBE_TOPOLOGY:
		if (rc == 0 && env->snmp == NULL)
			rc = snmpc_open(&env->snmp, env->loop);
		break;
	case PROBE_TCP:
		if (env->tcp == NULL)
			rc = tcp_prober_open(&env->tcp, env->loop, ONCE_SOCKETS);
		break;
	case PROBE_ONVIF:
		if (env->onvif == NULL)
			rc = onvif_writer_new(&env->onvif);
		/* and HTTP */
		__attribute__((fallthrough));
	case PROBE_HTTP:
	case PROBE_VENDOR:
		if (rc == 0 && env->http == NULL)
			rc = http_client_open(&env->http, env->loop, NULL);
		break;
	case PROBE_EXPOSURE:
		if (env->tcp == NULL)
			rc = tcp_prober_open(&env->tcp, env->loop, ONCE_SOCKETS);
		if (rc == 0 && env->snmp == NULL)
			rc = snmpc_open(&env->snmp, env->loop);
		if (rc == 0 && env->onvif == NULL)
			rc = onvif_writer_new(&env->onvif);
		if (rc == 0 && env->http == NULL)
			rc = http_client_open(&env->http, env->loop, NULL);
		break;
	case PROBE_COUNT:
		break;
	}
	return rc;
}

static void
ended(struct probe_run *run, void *arg)
{
	struct probe_once *once = arg;

	/* The facts move with the result. */
	*once->result = run->result;
	result_init(&run->result);
	once->has_ended = true;
	probe_run_free(run);
}

int
probe_once_run(struct probe_once *once, const struct fleet *fleet, const struct device *device,
	       const struct probe_settings *settings, const struct ipaddr *ip,
	       struct probe_result *out)
{
	const struct probe_ops *ops = probe_ops(settings->probe);
	struct probe_target target = {
		.fleet = fleet, .device = device, .settings = settings, .ip = *ip};
	int rc = open_for(once, settings->probe);

	if (rc != 0)
		return rc;
	once->result = out;
	once->has_ended = false;
	if (probe_run_start(&once->env, &target, clock_wall_ms(), ended, once) == NULL)
		return ERR_NOMEM;
	net_loop_kick(once->env.loop);
	while (!once->has_ended)
		uv_run(&once->uv, UV_RUN_ONCE);
	if (ops->forget != NULL && target.memory != NULL)
		ops->forget(&target);
	return 0;
}
