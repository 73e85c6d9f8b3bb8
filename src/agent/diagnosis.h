/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Diagnosis in the agent, as its files share it: what is watched becomes nodes
 * (diagnosis_nodes.c), results become evidence (diagnosis_poll.c, diagnosis_ports.c,
 * diagnosis_monitor.c), what follows from it goes to the store and the log
 * (diagnosis_incident.c), and what it wants to know is probed (diagnosis_ask.c). The rest of the
 * agent uses the functions at the end; they do nothing if there is no diagnosis.
 */
#ifndef AGENT_DIAGNOSIS_H
#define AGENT_DIAGNOSIS_H

#include "agent.h"
#include "open_incidents.h"
#include "record.h"

#include "keepwatch/diag.h"
#include "keepwatch/icmp.h"
#include "keepwatch/store_incident.h"
#include "keepwatch/trend.h"

/* Numbers of nodes that are no device of the store: above all of those. */
#define DIAGNOSIS_WAN	  UINT32_C(0x80000000) /* and the number of the site */
#define DIAGNOSIS_MONITOR UINT32_MAX

enum {
	DIAGNOSIS_WAIT_MS = 2000, /* for the other results of a device's round */
	DIAGNOSIS_ASKS = 16,	  /* of a tick */
};

/* Results of one device that belong together, until they are told as one. */
struct diagnosis_round {
	int64_t at_ms;	  /* when it was measured: the ping, else the first */
	uint64_t told_ms; /* monotonic: when it is told at the latest; 0: nothing waits */
	uint32_t rtt_us, uptime_s;
	uint8_t sent, answered;
	uint8_t service[EVIDENCE_SERVICES];
	uint8_t snmp; /* enum snmp_state */
	bool has_ping, has_any, has_uptime;
};

struct diagnosis_ports;

struct diagnosis_device {
	uint32_t id;		      /* of the store */
	uint8_t role;		      /* enum node_role; DEVICE: its results are polls */
	bool is_told;		      /* as a node */
	bool uses_poe;		      /* its port has, at some time, fed it */
	uint64_t told_hash;	      /* of the node */
	struct evidence_place place;  /* as told last */
	struct evidence_parent first; /* where it should be */
	struct diagnosis_round round;
	mac_addr mac; /* by which it was found last */
	int64_t boot_ms;
	uint64_t asked_ms[2];	       /* monotonic: when it, and when its ports, were asked for */
	struct diagnosis_ports *ports; /* of a switch; NULL: not read yet */
	uint32_t poe_budget_mw;
};

/* A site or power zone: a number that stays, made of its name. */
struct diagnosis_name {
	uint32_t id;
	char *name;
};

struct diagnosis_names {
	struct diagnosis_name *items;
	size_t count, cap;
};

/* An announced window, of one node. */
struct diagnosis_window {
	uint32_t node;
	bool is_told, is_declared;
	int64_t from_ms, to_ms;
};

/* The self-check (diagnosis_monitor.c). */
struct diagnosis_monitor {
	struct icmp_echo echo;
	struct agent *agent;
	bool is_running;
	bool is_gateway_used;		  /* a device is behind it */
	bool has_answered;		  /* the gateway ever did: else its silence says nothing */
	bool is_suspicious;		  /* the last check failed: it is repeated soon */
	uint64_t check_at_ms, tick_at_ms; /* monotonic */
	uint32_t lag_ms;		  /* worst since it was told last */
	struct ipaddr gateway;		  /* family 0: none */
};

struct agent_diagnosis {
	struct agent *agent;
	struct diag *diag;
	struct trend *trend;
	struct open_incidents *open;
	struct record *record; /* NULL: nothing is recorded */
	bool is_ready;	       /* the nodes are told: evidence is taken */
	bool are_nodes_dirty;
	uint32_t cycle_ms;
	int64_t tick_ms;		  /* wall clock of the last tick: it never goes back */
	struct diagnosis_device *devices; /* in the order of the table */
	size_t device_count;
	uint32_t *by_id; /* index + 1 by id; 0: not in the fleet */
	size_t by_id_cap;
	uint32_t *waiting; /* indexes of devices whose round waits */
	size_t waiting_count, waiting_cap;
	struct diagnosis_names sites, zones;
	uint32_t *wans; /* nodes of sites that are no device, as told */
	size_t wan_count, wan_cap;
	struct diagnosis_window *windows;
	size_t window_count, window_cap;
	bool is_monitor_told;
	struct diagnosis_monitor monitor;
	struct evidence_line lines[STORE_INCIDENT_LINES], deciders[STORE_INCIDENT_LINES];
	uint64_t nodes_at_ms;	       /* monotonic: not before then they are looked at again */
	uint64_t trend_at_ms;	       /* monotonic: the next look at trends */
	char name[INCIDENT_NAME_SIZE]; /* of diagnosis_node_name: until the next one */
	/* figures */
	uint64_t evidence, refused, asks, asked;
	uint32_t tick_last_us, tick_worst_us;
};

/* ---- diagnosis.c */
/* Hands evidence to all who take it; seen_ms is filled. */
void diagnosis_take(struct agent_diagnosis *diagnosis, struct evidence *evidence);
/* NULL if it is not in the fleet. */
struct diagnosis_device *diagnosis_find(const struct agent_diagnosis *diagnosis, uint32_t id);
struct diagnosis_device *diagnosis_of(const struct agent_diagnosis *diagnosis,
				      const struct agent_device *device);
struct agent_device *diagnosis_agent_device(const struct agent_diagnosis *diagnosis,
					    const struct diagnosis_device *device);

/* ---- diagnosis_nodes.c */
/* Tells the nodes and places that are new or have changed, and what is gone. */
void diagnosis_nodes_tell(struct agent_diagnosis *diagnosis);

/* ---- diagnosis_declared.c */
/* Tells the announced windows that are new or have changed, and which are withdrawn. */
void diagnosis_windows_tell(struct agent_diagnosis *diagnosis);
/* `to` is where `from` is seen by a switch above it. */
bool diagnosis_is_same_from_above(const struct agent_diagnosis *diagnosis,
				  const struct evidence_parent *from,
				  const struct evidence_parent *to);
uint32_t diagnosis_site_id(struct agent_diagnosis *diagnosis, uint16_t site);
/* Number of a name, the same at all times; 0: out of memory. */
uint32_t diagnosis_name_id(struct diagnosis_names *names, const char *name);
void diagnosis_names_fini(struct diagnosis_names *names);

/* ---- diagnosis_tree.c: what hangs on what, and which part each plays */
struct diagnosis_tree {
	uint32_t *up;	 /* by index: infrastructure above it, NO_INDEX: none known */
	uint32_t *below; /* infrastructure below it */
	uint8_t *role;	 /* enum node_role */
	uint32_t *wan;	 /* by site, and for those without at the end: index of its router,
			    NO_INDEX: none in the fleet */
	bool *is_local;	 /* by site: the monitor is in it */
	size_t site_count;
};
#define NO_INDEX UINT32_MAX
int diagnosis_tree_make(struct agent_diagnosis *diagnosis, struct diagnosis_tree *out);
void diagnosis_tree_fini(struct diagnosis_tree *tree);
/* The node that connects the site; 0: the monitor is in it. */
uint32_t diagnosis_wan_node(struct agent_diagnosis *diagnosis, const struct diagnosis_tree *tree,
			    size_t site);
/* Index of a device's site, the last for those without. */
size_t diagnosis_site_of(const struct diagnosis_tree *tree, const struct device *device);

/* ---- diagnosis_poll.c */
/* Tells the rounds whose time is over, or (is_all) all of them. */
void diagnosis_rounds_tell(struct agent_diagnosis *diagnosis, bool is_all);

/* ---- diagnosis_ports.c */
void diagnosis_ports_free(struct diagnosis_ports *ports);

/* ---- diagnosis_monitor.c */
void diagnosis_monitor_tick(struct agent_diagnosis *diagnosis, bool is_failing);
void diagnosis_monitor_stop(struct agent_diagnosis *diagnosis);

/* ---- diagnosis_incident.c */
/* What the last tick brought, to the store, the log and the early warning. */
void diagnosis_incidents_tell(struct agent_diagnosis *diagnosis);
void diagnosis_findings_tell(struct agent_diagnosis *diagnosis);
/* Takes up what was stored: devices' states, open incidents, findings. */
int diagnosis_restore(struct agent_diagnosis *diagnosis, char *message, size_t message_size);
const char *diagnosis_node_name(void *owner, uint32_t node);

/* ---- diagnosis_ask.c */
void diagnosis_asks_run(struct agent_diagnosis *diagnosis);
/* Reads the ports of a switch soon, but not again and again. */
void diagnosis_ports_want(struct agent_diagnosis *diagnosis, struct diagnosis_device *d);

/* ---- for the rest of the agent */
/* After agent_topology_load. 0, or a code with a message. */
int agent_diagnosis_open(struct agent *agent, char *message, size_t message_size);
void agent_diagnosis_close(struct agent *agent);
/* Once a second, after agent_topology_tick. */
void agent_diagnosis_tick(struct agent *agent);
/* Before the table is replaced: tells what waits. */
void agent_diagnosis_settle(struct agent *agent);
/* agent->table is the new one; old is still there. */
void agent_diagnosis_reload(struct agent *agent, const struct agent_table *old);
/* A result, once it is known what else of the device is on its way. */
void agent_diagnosis_result(struct agent *agent, const struct agent_device *device,
			    const struct agent_probe *probe, const struct probe_result *result);
/* A view, before it is given away. */
void agent_diagnosis_view(struct agent *agent, const struct agent_device *device,
			  const struct probe_result *result);
void agent_diagnosis_trap(struct agent *agent, const struct agent_device *device, const char *rule,
			  uint32_t if_index);
void agent_diagnosis_event(struct agent *agent, const struct topo_event *event);
/* Rows of a table of neighbours, read at at_ms: a switch's, or the host's own. */
void agent_diagnosis_arp(struct agent *agent, const struct view_arp *rows, size_t count,
			 int64_t at_ms);
/* Links may have changed. */
void agent_diagnosis_links(struct agent *agent);
/* The verb `incident` of the control socket. */
int agent_diagnosis_answer(struct agent *agent, const struct control_request *request, uint32_t uid,
			   struct buf *out);
/* What is open; NULL: there is no diagnosis. */
const struct open_incidents *agent_diagnosis_open_incidents(const struct agent *agent);
/* ,"diagnosis":{...} */
void agent_diagnosis_describe(const struct agent *agent, struct buf *out);

#endif
