/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The agent's own view of itself: what its files share and nobody else sees. Everything here lives
 * on the loop thread; only a batch on its way is touched by a worker (commit.c).
 */
#ifndef KEEPWATCH_AGENT_H
#define KEEPWATCH_AGENT_H

#include "keepwatch/conf.h"
#include "keepwatch/control.h"
#include "keepwatch/health.h"
#include "keepwatch/net_loop.h"
#include "keepwatch/probe.h"
#include "keepwatch/rollup.h"
#include "keepwatch/sched.h"
#include "keepwatch/store.h"
#include "keepwatch/topo.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

enum {
	AGENT_QUANTUM_MS = 100, /* times come from the kernel: a longer tick only saves wake-ups */
	AGENT_COMMIT_MS = 1000,
	AGENT_HEARTBEAT_MS = 10000, /* also of last runs: states are stored at once */
	AGENT_MAINTAIN_MS = 30000,
	AGENT_HOLD_MS = 30000, /* longest time a device's change waits for its other probes */
	AGENT_RESOLVE_MS = 300000,
	AGENT_MEMORY_SOFT =
		64 << 20, /* bytes of uncommitted changes: repeatable ones are left out */
	AGENT_MEMORY_HARD = 256 << 20, /* no more is taken at all */
};

struct agent_probe {
	struct probe_target target; /* first: a run finds its probe by it */
	struct health_probe health;
	struct rollup_acc acc;
	struct probe_run *run; /* NULL while none is in flight */
	int64_t run_ms;	       /* wall clock of the last run; 0: none yet */
	int64_t answer_ms;     /* of the last that was answered */
	uint32_t rtt_us;       /* of the last answered run */
	uint32_t device;       /* index */
	/* Of the two lists of facts stored last (the whole inventory, and what each run learns),
	 * without volatile ones; and when that was, in seconds since 1970. */
	struct {
		uint32_t hash, at_s;
	} stored[2];
	uint8_t outcome; /* enum outcome of the last run */
	bool is_unsaved; /* the last run is not in a batch yet */
	bool is_running;
	bool is_expected;      /* expedited: a fresh result is on its way */
	bool is_refused;       /* its credential was refused last time */
	bool wants_brief;      /* topology: the state of the ports is wanted now */
	bool wants_whole;      /* and all the rest */
	int64_t whole_ms;      /* topology: when all was read last */
	uint8_t stored_reason; /* enum reason of the state, as the store was told */
	uint32_t told_s;       /* when state and detail were stored last, in seconds since 1970 */
	char *detail;	       /* of a state that is not UP; NULL if there is none */
};

struct agent_device {
	const struct device *device;
	struct health_device health;
	uint32_t id; /* in the store */
	uint32_t first_probe;
	uint8_t probe_count;
	bool is_drifting; /* clock offset beyond the configured warning */
	bool is_resolving;
	uint8_t stored_reason;
	int64_t clock_offset_ms; /* as stored last */
	int64_t boot_ms;	 /* last known boot time; 0: none */
	uint64_t resolve_at_ms;	 /* monotonic: when the name is asked for again */
	uint64_t topology_at_ms; /* monotonic: when its topology was read out of turn; 0: never */
};

/* All that follows from one configuration; replaced as a whole on reload. */
struct agent_table {
	struct conf *conf;
	struct agent_device *devices; /* in the order of the fleet */
	struct agent_probe *probes;   /* each device's are consecutive; index = sched_id */
	size_t device_count, probe_count;
	size_t named_count; /* devices declared by name, to be resolved */
	struct sched *sched;
};

/* Results and times of commits, for `status`. */
struct agent_commits {
	uint64_t done, failed;
	uint32_t last_us, worst_us;
};

struct agent {
	uv_loop_t uv;
	struct net_loop *loop;
	struct probe_env env;
	struct agent_table *table;
	char *conf_path;
	struct health_params health_params;
	struct net_hook schedule_hook;
	uv_timer_t commit_timer, watchdog_timer, resolve_timer;
	uv_signal_t sigterm, sigint, sighup;
	bool is_stopping;
	size_t lookups; /* names that are being asked for, of this table or an earlier one */
	int64_t started_ms, reloaded_ms;
	char *group; /* of database and socket; NULL: none */

	uint64_t icmp_dropped; /* replies that the kernel dropped, as warned of last */

	/* commit.c */
	struct store *store;
	struct store_ids ids;
	struct store_batch *batch;   /* being filled */
	struct store_batch *in_work; /* being committed, or failed and to be tried again */
	uv_work_t work;
	bool is_working, work_is_maintenance;
	int work_rc;
	bool work_more;
	uint64_t work_us;
	struct store_retention retention; /* copy for the worker: a reload may replace the table */
	char work_message[STORE_MESSAGE_SIZE];
	uint64_t retry_at_ms; /* monotonic; 0: no failure */
	uint32_t retry_pause_ms;
	uint64_t heartbeat_at_ms, maintain_at_ms;
	int64_t rollup_start_ms;
	uint64_t dropped;
	bool is_dropping;
	struct agent_commits commits;

	/* topology.c */
	struct agent_topology *topology;

	/* diagnosis.c; NULL: it is disabled */
	struct agent_diagnosis *diagnosis;

	/* audit.c */
	struct agent_audit *audit;

	/* control.c */
	struct control_server *control;

	/* traps.c; NULL: they are not received */
	struct agent_traps *traps;
};

/* agent.c: the whole life, from sockets to the last commit. Exit code of the program. */
int agent_run(const char *conf_path);

/* table.c */
/* Takes conf over, unless it fails (ERR_NOMEM). */
int agent_table_new(struct agent_table **out, struct conf *conf);
/* Frees table and conf; nothing may be in flight. */
void agent_table_free(struct agent_table *table);
struct agent_device *agent_find(const struct agent_table *table, const char *name);
/* That probe of a device of the table; NULL: it is not done. */
struct agent_probe *agent_find_probe(const struct agent_table *table,
				     const struct agent_device *device, enum probe_id id);
/* Moves what is known of devices that are in both; `from` is only good for agent_table_free then.
 */
void agent_table_inherit(struct agent_table *into, struct agent_table *from);
/* Fills ids and states from the store; declares all devices in the batch. */
int agent_table_load(struct agent *agent, char *message, size_t message_size);
void agent_table_cancel(struct agent_table *table);

/* reload.c: 0, or a code with the running configuration unchanged (all mistakes are logged). */
int agent_reload(struct agent *agent, char *message, size_t message_size);

/* run.c: the way from a due item to a run, and from its end to states and events. */
void agent_start_due(struct agent *agent);
/* Keeps a copy of what a person should read beside the state; "" for nothing. True if it is new. */
bool agent_set_detail(struct agent_probe *probe, const char *detail);
void agent_probe_now(struct agent *agent, struct agent_device *device);

/* event.c: what is told to the store about a result or change. */
/* is_new: the probe's detail is. True if state or detail were stored. */
bool agent_note_probe(struct agent *agent, struct agent_device *device, struct agent_probe *probe,
		      const struct health_change *change, const struct probe_result *result,
		      bool is_new);
void agent_note_device(struct agent *agent, struct agent_device *device,
		       const struct health_change *change, const char *detail, int64_t at_ms);
void agent_note_facts(struct agent *agent, struct agent_device *device, struct agent_probe *probe,
		      struct probe_result *result);
void agent_event(struct agent *agent, enum event_type type, const char *detail);

/* commit.c */
int agent_commit_init(struct agent *agent, char *message, size_t message_size);
void agent_commit_tick(struct agent *agent);
/* The last commit, in this thread; waits for a worker. */
void agent_commit_final(struct agent *agent);
/* True if there is room for changes of that worth (is_vital: states and events). */
bool agent_batch_open(struct agent *agent, bool is_vital);
/* Puts the probe's last run into the batch; false if there was no room. */
bool agent_save_last_run(struct agent *agent, struct agent_probe *probe);

/* topology.c: what hangs on what. */
/* Before agent_table_load. ERR_NOMEM. */
int agent_topology_new(struct agent *agent);
/* A device as the store knows it. */
void agent_topology_restore(struct agent *agent, const struct agent_device *device,
			    const struct agent_probe *probe, const struct fact_list *facts);
/* After agent_table_load: places the devices and takes up the links that are stored. 0, or a code
 * with a message. */
int agent_topology_load(struct agent *agent, char *message, size_t message_size);
void agent_topology_free(struct agent *agent);
/* After a reload: agent->table is the new one. */
void agent_topology_reload(struct agent *agent, const struct agent_table *old);
/* Takes what a result says of places: its view, its MACs, its hint that something has changed. */
void agent_topology_result(struct agent *agent, struct agent_device *device,
			   const struct agent_probe *probe, struct probe_result *result);
void agent_topology_state(struct agent *agent, const struct agent_device *device, int64_t at_ms);
/* A device that is declared by name has an address, or another one. */
void agent_topology_address(struct agent *agent, const struct agent_device *device);
/* The next runs read all of it, and before that the ports, on which more depends. */
void agent_want_topology(const struct agent *agent, struct agent_probe *probe);
/* Reads the topology of a switch soon, but not again and again. */
void agent_topology_now(struct agent *agent, struct agent_device *device);
/* Works off what has come; once a second. */
void agent_topology_tick(struct agent *agent);
/* The interface that a trap speaks of, by its number, its place in the power supply or its name; 0
 * if none of them is known. */
uint32_t agent_topology_interface(const struct agent *agent, const struct agent_device *at,
				  const struct trap_details *details);
/* What hangs on the port of a switch that a trap speaks of; none if it names no interface. How
 * many. */
size_t agent_topology_devices_at(struct agent *agent, const struct agent_device *at,
				 const struct trap_details *details, struct agent_device **out,
				 size_t most);
/* Figures for `status`, as members of a JSON object, each with a comma before it. */
void agent_topology_describe(const struct agent *agent, struct buf *out);

/* resolve.c */
void agent_resolve_tick(struct agent *agent);
/* A device at whose address nobody answers any more: its name, if it has one, may have moved. */
void agent_resolve_soon(struct agent_device *device);

/* control.c */
int control_server_open(struct agent *agent, const char *path, const char *group, char *message,
			size_t message_size);
void control_server_close(struct agent *agent);

/* answer.c: what the verbs answer to that user. Returns CODE. */
int agent_answer(struct agent *agent, const struct control_request *request, uint32_t uid,
		 struct buf *out);

/* Says what is wrong with a request; CODE of a failure. */
int agent_refuse(struct buf *out, const char *what);
/* Who asks: "NAME (uid N)", the name as the request has it, the number as the kernel does. */
void agent_sign(const struct control_request *request, uint32_t uid, char *out, size_t size);

/* check.c: the verb `check`. Returns an exit code of the plugins. */
int agent_check(struct agent *agent, const struct control_request *request, struct buf *out);

/* notify.c: systemd's notification socket (sd_notify(3)); nothing happens without it. */
void notify_init(struct agent *agent);
void notify_ready(struct agent *agent);
void notify_reloading(void);
void notify_stopping(void);
void notify_failed(const char *message);

/* privileges.c: becomes user and group for good, without any capability; not if it is root and
 * there is no `user`. To be called once the sockets are open, before there is any thread. 0 or
 * ERR_NOTFOUND, ERR_PERM, with a message. */
int privileges_drop(const char *user, const char *group, char *message, size_t message_size);
/* Makes the folder of a file, 0750, for that user and group, unless it is there. */
void privileges_make_parent(const char *path, const char *user, const char *group);
/* The group if there is one of that name and it may be given to files, else NULL (and says so). */
const char *privileges_group(const char *group);

#endif
