/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The interface of the probes. A probe kind is one file in probes/, one row in probes/probes.def
 * and one `struct probe_ops`. The runner owns the life of a run: it starts it, bounds its time, may
 * cancel it, and is told of its end exactly once.
 */
#ifndef KEEPWATCH_PROBE_H
#define KEEPWATCH_PROBE_H

#include "keepwatch/fleet.h"
#include "keepwatch/net_loop.h"
#include "keepwatch/result.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct icmp_engine;    /* net/icmp */
struct snmpc;	       /* net/snmpc */
struct http_client;    /* net/http */
struct tcp_prober;     /* net/tcp */
struct onvif_writer;   /* codec/onvif: 170 KB, one for all runs of a thread */
struct firmware_rules; /* codec/firmware_rule: the table, parsed */

/* What a probe may use; the same for all runs. Members not opened are NULL. */
struct probe_env {
	struct net_loop *loop;
	struct icmp_engine *icmp;
	struct snmpc *snmp;
	struct http_client *http;
	struct tcp_prober *tcp;
	struct onvif_writer *onvif;
	struct firmware_rules *firmware; /* NULL: SNMP tells of no firmware */
	/* For the one-shot command: what goes on, in words, as it happens. NULL when nobody
	 * listens. */
	void (*trace)(void *arg, const char *line);
	void *trace_arg;
};

/* A (device, probe) pair. Owned by the agent; outlives its runs. */
struct probe_target {
	const struct fleet *fleet;
	const struct device *device;
	const struct probe_settings *settings;
	struct ipaddr ip; /* where to; resolved by the agent when the device is declared by name */
	/*
	 * The probe's own, across runs; NULL at first; freed by ops->forget. A reload moves it to
	 * the target of the new configuration and frees the old one: it must hold no pointer into
	 * fleet, device or settings (credentials are told apart by their generation).
	 */
	void *memory;
	/*
	 * The next run reads only what may have changed a moment ago, at least cost; what it leaves
	 * out is NOT_READ in its result. For probes that have such a part (topology: the state,
	 * errors and power of the ports); others take no notice.
	 */
	bool is_brief;
};

struct probe_run {
	struct probe_target *target;
	struct probe_env *env;
	struct probe_result result; /* filled by the probe, taken by the runner at the end */
	/* the runner's own follow */
	void (*ended)(struct probe_run *run, void *arg);
	void *ended_arg;
	bool has_ended;
	struct net_timer deadline;
	uint64_t started_ms;
	max_align_t state[]; /* ops->state_size bytes, zeroed at start: the probe's own */
};

struct probe_ops {
	enum probe_id id;
	size_t state_size;
	/*
	 * Begins a run. It ends with one call of probe_run_done, from within or later. It should
	 * end by itself within probe_run_budget_ms; a run that does not is cancelled and counts as
	 * TIMEOUT.
	 */
	void (*start)(struct probe_run *run);
	/* Releases all that the run holds; must not call probe_run_done. Called for a started run
	 * that has not ended (reload, stop, deadline). */
	void (*cancel)(struct probe_run *run);
	/* Longest time a run may take in ms, from its settings; NULL: timeout * (retries + 1). */
	uint32_t (*budget_ms)(const struct probe_settings *settings);
	/* Frees target->memory; NULL if the probe keeps none. */
	void (*forget)(struct probe_target *target);
	/* After a start of the agent: what the store knows of the device, to fill target->memory
	 * from. May be NULL. */
	void (*restore)(struct probe_target *target, const struct fact_list *facts);
};

/* The ops of a probe; never NULL. Table in src/probe/registry.c. */
const struct probe_ops *probe_ops(enum probe_id id);

/*
 * Starts a run; `ended` is called exactly once, maybe before return, and then owns the run: it must
 * call probe_run_free. Returns NULL when out of memory (ended is not called).
 */
struct probe_run *probe_run_start(struct probe_env *env, struct probe_target *target,
				  int64_t wall_ms, void (*ended)(struct probe_run *run, void *arg),
				  void *arg);
/* Cancels; `ended` is called with outcome ERROR, reason CANCELED. */
void probe_run_cancel(struct probe_run *run);
void probe_run_free(struct probe_run *run);
/* Called by the probe: the result in run->result is complete. The run must not be touched
 * afterwards. */
void probe_run_done(struct probe_run *run);

uint32_t probe_run_budget_ms(const struct probe_settings *settings);

/* Does nothing unless somebody listens. Never pass a secret. */
void probe_trace(const struct probe_run *run, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Options of the run's settings. */
int64_t probe_option(const struct probe_run *run, enum option_id option);
const char *probe_option_text(const struct probe_run *run, enum option_id option);

#endif
