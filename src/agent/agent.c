/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The agent's life: configuration, sockets, privileges, store, loop, and the orderly end of all
 * that.
 */
#include "agent.h"
#include "audit.h"
#include "diagnosis.h"
#include "traps.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/firmware_rule.h"
#include "keepwatch/http.h"
#include "keepwatch/icmp.h"
#include "keepwatch/log.h"
#include "keepwatch/mem.h"
#include "keepwatch/onvif.h"
#include "keepwatch/snmpc.h"
#include "keepwatch/tcp.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define HOOK_OWNER(hook) \
	((struct agent *)(void *)((char *)(hook)-offsetof(struct agent, schedule_hook)))

enum { RESOLVE_TICK_MS = 1000 };

static void
on_schedule(struct net_hook *hook)
{
	agent_start_due(HOOK_OWNER(hook));
}

static uint64_t
schedule_wanted_ms(struct net_hook *hook)
{
	struct agent *agent = HOOK_OWNER(hook);

	return sched_wanted_ms(agent->table->sched, net_loop_now_ms(agent->loop));
}

/* Replies that the kernel threw away look like silence of the devices: that must be known. */
static void
warn_of_drops(struct agent *agent)
{
	uint64_t dropped = agent->env.icmp == NULL ? 0 : icmp_engine_stats(agent->env.icmp).dropped;

	if (dropped > agent->icmp_dropped)
		log_warn("icmp",
			 "%llu replies were dropped by the kernel because the receive buffer was "
			 "full: "
			 "raise net.core.rmem_max, or give the agent CAP_NET_ADMIN",
			 (unsigned long long)(dropped - agent->icmp_dropped));
	agent->icmp_dropped = dropped;
}

static void
on_commit_timer(uv_timer_t *timer)
{
	warn_of_drops(timer->data);
	agent_topology_tick(timer->data);
	agent_traps_tick(timer->data);
	agent_diagnosis_tick(timer->data);
	agent_audit_tick(timer->data);
	agent_commit_tick(timer->data);
}

static void
on_resolve_timer(uv_timer_t *timer)
{
	agent_resolve_tick(timer->data);
}

static void
on_signal(uv_signal_t *handle, int signum)
{
	struct agent *agent = handle->data;
	char message[1024] = "";

	if (signum == SIGHUP) {
		(void)agent_reload(agent, message, sizeof(message));
		return;
	}
	log_notice("agent", "%s: stopping", signum == SIGTERM ? "SIGTERM" : "SIGINT");
	agent->is_stopping = true;
	uv_stop(&agent->uv);
}

/* As many files as the kernel lets us have: a thousand connections want them. */
static void
raise_file_limit(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < limit.rlim_max) {
		limit.rlim_cur = limit.rlim_max;
		(void)setrlimit(RLIMIT_NOFILE, &limit);
	}
}

/* Everything that touches the wire; what cannot be had is said, and the probes that need it cannot
 * be tried, but the others can. */
static int
open_net(struct agent *agent)
{
	int rc = net_loop_open(&agent->loop, &agent->uv, AGENT_QUANTUM_MS);

	if (rc != 0)
		return rc;
	agent->env.loop = agent->loop;
	/* It says itself why there is no ICMP, and the other probes go on. */
	(void)icmp_engine_open(&agent->env.icmp, agent->loop);
	rc = snmpc_open(&agent->env.snmp, agent->loop);
	if (rc == 0)
		rc = http_client_open(&agent->env.http, agent->loop, NULL);
	if (rc == 0)
		rc = tcp_prober_open(&agent->env.tcp, agent->loop, TCP_SOCKETS);
	if (rc == 0)
		rc = onvif_writer_new(&agent->env.onvif);
	if (rc == 0)
		rc = firmware_rules_new(&agent->env.firmware, NULL);
	return rc;
}

static void
close_net(struct agent *agent)
{
	agent_traps_close(agent);
	firmware_rules_free(agent->env.firmware);
	onvif_writer_free(agent->env.onvif);
	tcp_prober_close(agent->env.tcp);
	http_client_close(agent->env.http);
	snmpc_close(agent->env.snmp);
	icmp_engine_close(agent->env.icmp);
	net_loop_close(agent->loop);
}

static void
start_timers(struct agent *agent)
{
	struct {
		uv_signal_t *handle;
		int signum;
	} signals[] = {
		{&agent->sigterm, SIGTERM}, {&agent->sigint, SIGINT}, {&agent->sighup, SIGHUP}};

	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++) {
		uv_signal_init(&agent->uv, signals[i].handle);
		signals[i].handle->data = agent;
		uv_signal_start(signals[i].handle, on_signal, signals[i].signum);
	}
	uv_timer_init(&agent->uv, &agent->commit_timer);
	agent->commit_timer.data = agent;
	uv_timer_start(&agent->commit_timer, on_commit_timer, 0, AGENT_COMMIT_MS);
	uv_timer_init(&agent->uv, &agent->resolve_timer);
	agent->resolve_timer.data = agent;
	uv_timer_start(&agent->resolve_timer, on_resolve_timer, 0, RESOLVE_TICK_MS);
	agent->schedule_hook = (struct net_hook){
		.run = on_schedule,
		.wanted_ms = schedule_wanted_ms,
	};
	net_loop_add_hook(agent->loop, NET_SCHEDULE, &agent->schedule_hook);
	notify_init(agent);
}

static void
stop_timers(struct agent *agent)
{
	uv_handle_t *const handles[] = {
		(uv_handle_t *)&agent->sigterm,	       (uv_handle_t *)&agent->sigint,
		(uv_handle_t *)&agent->sighup,	       (uv_handle_t *)&agent->commit_timer,
		(uv_handle_t *)&agent->watchdog_timer, (uv_handle_t *)&agent->resolve_timer,
	};

	net_loop_remove_hook(agent->loop, NET_SCHEDULE, &agent->schedule_hook);
	for (size_t i = 0; i < sizeof(handles) / sizeof(handles[0]); i++)
		uv_close(handles[i], NULL);
	/* What would end the process now would take the last commit with it. */
	(void)signal(SIGHUP, SIG_IGN);
}

static int
load_conf(struct agent *agent, struct conf **out)
{
	struct conf_problems problems = {0};
	int rc = conf_load(out, agent->conf_path, NULL, &problems);

	for (size_t i = 0; i < problems.count; i++)
		log_error("conf", "%s:%u:%u: %s", problems.items[i].file, problems.items[i].line,
			  problems.items[i].column, problems.items[i].message);
	if (rc != 0 && problems.count == 0)
		log_error("conf", "%s: %s", agent->conf_path, err_text(rc));
	conf_problems_fini(&problems);
	return rc;
}

/* Runs the loop until a signal ends it, then whatever is still closing. */
static void
run_loop(struct agent *agent)
{
	char summary[128];

	start_timers(agent);
	agent_traps_start(agent);
	snprintf(summary, sizeof(summary), "keepwatchd %s, %zu devices, %zu probes",
		 KEEPWATCH_VERSION, agent->table->device_count, agent->table->probe_count);
	agent_event(agent, EVENT_AGENT_START, summary);
	log_notice("agent", "%s", summary);
	notify_ready(agent);
	net_loop_kick(agent->loop);
	uv_run(&agent->uv, UV_RUN_DEFAULT);
	notify_stopping();
	agent->is_stopping = true;
	stop_timers(agent);
	agent_table_cancel(agent->table);
	/* A commit that is under way is waited for; nothing new is started. */
	while (agent->is_working)
		uv_run(&agent->uv, UV_RUN_ONCE);
	agent_traps_stop(agent);
	agent_diagnosis_close(agent);
	agent_event(agent, EVENT_AGENT_STOP, NULL);
}

static int
start_store(struct agent *agent)
{
	char message[STORE_MESSAGE_SIZE] = "";
	int rc = agent_topology_new(agent);

	if (rc == 0)
		rc = agent_audit_new(agent);
	if (rc == 0)
		rc = agent_commit_init(agent, message, sizeof(message));
	if (rc == 0)
		rc = agent_topology_load(agent, message, sizeof(message));
	if (rc == 0)
		rc = agent_diagnosis_open(agent, message, sizeof(message));
	if (rc == 0)
		rc = agent_audit_load(agent, message, sizeof(message));
	if (rc == 0)
		rc = control_server_open(agent, agent->table->conf->socket_path, agent->group,
					 message, sizeof(message));
	if (rc != 0) {
		log_error("agent", "%s", message[0] != '\0' ? message : err_text(rc));
		notify_failed(message);
	}
	return rc;
}

int
agent_run(const char *conf_path)
{
	struct agent *agent = calloc(1, sizeof(*agent));
	char message[256] = "";
	struct conf *conf = NULL;
	int rc = ERR_NOMEM, code = EXIT_FAILURE;

	if (agent == NULL || uv_loop_init(&agent->uv) != 0)
		goto out;
	raise_file_limit();
	agent->started_ms = agent->reloaded_ms = clock_wall_ms();
	agent->health_params = health_default_params;
	agent->conf_path = strdup(conf_path);
	rc = agent->conf_path == NULL ? ERR_NOMEM : load_conf(agent, &conf);
	if (rc != 0)
		goto out;
	agent->health_params.down_after = conf->down_after;
	agent->health_params.up_after = conf->up_after;
	privileges_make_parent(conf->database, conf->user, conf->group);
	privileges_make_parent(conf->socket_path, conf->user, conf->group);
	rc = open_net(agent);
	if (rc == 0)
		agent_traps_open(agent, conf);
	if (rc == 0)
		rc = privileges_drop(conf->user, conf->group, message, sizeof(message));
	if (rc == 0)
		rc = agent_table_new(&agent->table, conf);
	if (rc != 0) {
		log_error("agent", "cannot start: %s", message[0] != '\0' ? message : err_text(rc));
		conf_free(conf);
		goto out;
	}
	agent->group = mem_strdup(privileges_group(conf->group));
	if (start_store(agent) == 0) {
		run_loop(agent);
		code = EXIT_SUCCESS;
	}
	control_server_close(agent);
	if (agent->store != NULL)
		agent_commit_final(agent);
	/* Nothing is left to be done, and a worker that waits for a name server cannot be stopped:
	 * neither loop nor libuv's threads could be ended before it answers. */
	if (agent->lookups > 0)
		_exit(code);
out:
	if (agent != NULL) {
		agent_diagnosis_close(agent);
		agent_audit_free(agent);
		agent_topology_free(agent);
		agent_table_free(agent->table);
		if (agent->loop != NULL)
			close_net(agent);
		uv_run(&agent->uv, UV_RUN_DEFAULT);
		(void)uv_loop_close(&agent->uv);
		free(agent->conf_path);
		free(agent->group);
	}
	free(agent);
	return code;
}
