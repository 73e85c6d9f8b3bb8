/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of the diagnosis do for each other. How it reasons:
 *
 * Nodes stand in the tree of dominators of the documented and seen topology: a dual-homed switch
 * hangs below the lowest node that both its paths share. For a node v and a moment tau, S(v, tau)
 * is the log odds of "v forwards" against "everything below v has been cut off since tau": each
 * device below votes, as alive (an answer measured after tau) or as lost (silent since about tau),
 * switches vote with their own management and with what their own subtree says. The highest node
 * whose S falls below its prior is to blame, unless a part of it explains the silence better. What
 * no node above explains is looked at device by device, with what its switch port, its services and
 * its history say. Nothing here depends on names, and all times are those of the measurement.
 */
#ifndef KEEPWATCH_DIAG_ENGINE_H
#define KEEPWATCH_DIAG_ENGINE_H

#include "state.h"

/* ---- engine.c */
dtime diag_time(const struct diag *d, int64_t ms); /* clamped */
int64_t diag_ms(const struct diag *d, dtime t);	   /* 0 for NEVER */

/* ---- util.c */
int list_add(struct list *list, uint32_t value); /* ERR_NOMEM */
void list_sort(struct list *list);
void index_sort(uint32_t *v, size_t n);	      /* ascending */
void list_drop(struct list *list, size_t at); /* order is kept */
bool list_has(const struct list *list, uint32_t value);
double log_choose(double n, double k);
double logistic(double x);
/* Makes room for one more in a list of at most `most` that is never emptied, and of which there are
 * many: none until the first, then 2, 4, 8 ... Counted in d->bytes. ERR_NOMEM. */
int few_grow(struct diag *d, void *items, unsigned count, unsigned most, size_t size);
/* Memory that lives until the next tick; zeroed; NULL: out of memory. */
struct arena *arena_new(void);
void arena_free(struct arena *arena);
void arena_reset(struct arena *arena);
void *arena_take(struct arena *arena, size_t size);
size_t arena_bytes(const struct arena *arena);
/* Which node has this key: those of the nodes themselves, which must not change while they are in
 * the table. */
struct index_table *index_new(struct node *const *nodes, uint64_t (*key)(const struct node *));
void index_free(struct index_table *t);
uint32_t index_find(const struct index_table *t, uint64_t key);	    /* NONE */
int index_put(struct index_table *t, uint64_t key, uint32_t value); /* ERR_NOMEM; replaces */
void index_remove(struct index_table *t, uint64_t key);
size_t index_bytes(const struct index_table *t);

/* ---- tree.c */
int tree_node(struct diag *d, const struct evidence *e);
int tree_gone(struct diag *d, const struct evidence *e);
int tree_place(struct diag *d, const struct evidence *e);
struct node *tree_find(const struct diag *d, uint32_t id); /* NULL */
void tree_attach(struct diag *d, struct node *n, uint32_t parent, uint32_t port);
/* To the core of its site (or what stands for it): nobody knows where it is. */
void tree_detach(struct diag *d, struct node *n);
int tree_order(struct diag *d); /* brings d->order and depths up to date */
bool tree_is_below(const struct diag *d, uint32_t node, uint32_t above); /* strictly */

/* ---- subject.c */
/* A poll of an address: alive or not, services, share of echoes lost; llr: log P(lost | reachable).
 */
int subject_poll(struct diag *d, struct node *n, const struct poll *poll, double llr);
int subject_take_device(struct diag *d, const struct evidence *e);
int subject_take_switch(struct diag *d, struct node *n, const struct evidence_switch *in, dtime at);
/* It was out before a restart, from its first lost poll until it answered. ERR_NOMEM. */
int subject_restore_run(struct diag *d, struct node *n, dtime from, dtime back);
/* Polls lost in [from, to] are forgotten. */
void subject_forget_lost(struct diag *d, struct node *n, dtime from, dtime to);
void subject_set_failing(struct diag *d, struct node *n, bool is_failing);
/* Lost polls measured in [from, to]. */
unsigned subject_lost(const struct node *n, dtime from, dtime to);
/* How many services the poll found in this state. */
unsigned poll_count(const struct poll *p, enum service_state state);

/* ---- intake.c */
int intake_switch(struct diag *d, const struct evidence *e);
int intake_port(struct diag *d, const struct evidence *e);
int intake_trap(struct diag *d, const struct evidence *e);
int intake_arp(struct diag *d, const struct evidence *e);
int intake_monitor(struct diag *d, const struct evidence *e);
int intake_window(struct diag *d, const struct evidence *e);
int intake_move(struct diag *d, const struct evidence *e);
struct port *port_find(const struct infra *i, uint32_t port); /* NULL */
/* Errors of a port's readings after `from`. */
unsigned port_errors(const struct infra *i, uint32_t port, dtime from);
/* When the port of a node was read last, by walk or by itself; NEVER. */
dtime port_read(const struct diag *d, const struct node *n);

/* ---- infer.c */
/* Log priors in one window. A device that is silent by itself; surer after three polls. */
#define PRIOR_ALONE	 (-8.0)
#define PRIOR_ALONE_SURE (-10.0)
#define PRIOR_PART	 (-11.5) /* some devices of a switch by one cause */
int infer(struct diag *d);
double prior_of(const struct node *n);
/* log P(just this subset of n devices), by count or as a run of ports. */
double subset_cost(const struct diag *d, const struct infra *i, const uint32_t *subset, size_t k,
		   size_t n);
/* Adds the silent devices below v since about tau. */
int dead_under(struct diag *d, const struct node *v, dtime tau, struct list *out);
bool zones_agree(const struct node *a, const struct node *b);

/* ---- outage.c */
int tick_infra(struct diag *d);
/* Is any ancestor (or, with_self, n) held to be out now? */
bool is_below_outage(const struct diag *d, const struct node *n, bool with_self);
/* Newest end (or now) of outages of n's ancestors (with_self: and of itself); NEVER: none. Only
 * those that cover `at` widened by slack; slack < 0: all. */
dtime outage_end(const struct diag *d, const struct node *n, bool with_self, dtime at, dtime slack);
/* The same of outages that were confirmed. */
dtime outage_told_end(const struct diag *d, const struct node *n, bool with_self, dtime at,
		      dtime slack);
bool in_outage(const struct diag *d, const struct node *n, dtime at, dtime before, dtime after);

/* ---- outage_tell.c */
struct outage_known {
	size_t devices, measured;
};
/* Counts the devices below v that have ever answered, and those measured since tau. */
void outage_known(struct diag *d, const struct node *v, dtime tau, struct outage_known *out);
/* Opens or changes the incident of an outage with these devices (node indices). */
int outage_tell(struct diag *d, struct infra *i, const struct list *devices);
/* Adds the devices that the incident has had: who was affected stays so until it is closed. */
int keep_affected(const struct incident *i, struct list *devices);

/* ---- power.c */
enum { POWER_GROUP_MAX = 64 };
struct power_group {
	uint32_t members[POWER_GROUP_MAX]; /* switches */
	uint32_t count;
	uint32_t zone; /* 0: none is recorded */
};
/* The switches that stopped together with `first` and are not grouped yet. */
void power_gather(const struct diag *d, const struct infra *first, uint32_t *grouped_at,
		  struct power_group *g);
int power_tell(struct diag *d, const struct power_group *g);

/* ---- monitor.c */
int tick_monitor(struct diag *d);
/* Nothing new is opened for what began at `onset`: the monitor itself was in trouble. */
bool monitor_quiet(const struct diag *d, dtime onset);
/* A poll that was lost then says nothing: the monitor was in trouble, which is over. */
bool monitor_lost(const struct diag *d, dtime at);
/* The trouble is over: what was lost in it is forgotten. */
void monitor_ended(struct diag *d);
/* A time falls into trouble of the monitor, widened by the window. */
bool monitor_hit(const struct diag *d, dtime at);
/* Announced window that covers n (or an ancestor) and the onset; its node or NONE. */
uint32_t maintenance_of(const struct diag *d, const struct node *n, dtime onset);

/* ---- service.c, service_tell.c: services of devices that are reachable */
enum { SERVICE_BAD_MIN = 3 }; /* polls; fewer may be a restart */
/* A device with failing services went silent: its FAM_SERVICE incident, if any, becomes the
 * FAM_DEVICE one and is re-blamed in place. Called before the latter is opened; NULL: none. */
struct incident *service_hand_over(struct diag *d, struct node *n);
int service_update(struct diag *d, struct node *n); /* after a poll with services */
/* The topology says that two claim the node's address. */
int service_duplicate(struct diag *d, struct node *n, dtime at);
int tick_services(struct diag *d);

/* ---- flap.c, flap_tell.c: what drops out together, though never for long */
/* The switch's flap state, which is made if there is none. NULL: out of memory. */
struct flap_state *flap_state_get(struct diag *d, struct infra *i);
int tick_flap(struct diag *d);
/* link.c: the link of a switch that comes and goes. */
int tick_link(struct diag *d);
/* A device that drops out by itself again and again: adds the incidents. */
int tick_lone(struct diag *d);
/* Drop-outs of its devices coincide, though not yet enough to tell. */
bool flap_is_suspected(struct diag *d, struct infra *i, int *rc);
/* True if `at` falls into a shared burst of an open flap incident of the site. */
bool flap_hit(const struct diag *d, uint32_t site, dtime at, dtime slack);

/* ---- loss.c: a part of the packets is lost */
enum { LOSS_SCORE_MAX = 12 }; /* of infra.loss_score: it waits so long for enough polls */
int tick_loss(struct diag *d);

/* ---- mgmt.c */
int tick_mgmt(struct diag *d);

/* ---- devices.c, group.c, single.c: devices that nothing above explains */
/* Silence of one device that is told; a group is told no later, or its members would be alone. */
#define TELL_AGE(d) ((d)->C * 5 / 2)
int tick_devices(struct diag *d);
int tick_groups(struct diag *d, struct list *left);
/* Class of a silent device from what its port and its history say: fills verdict, confidence,
 * reasons, alternatives and deciders of the draft. True if its port was read after the onset. */
bool classify_device(const struct diag *d, const struct node *n, dtime onset, struct draft *draft);

/* ---- incident.c */
struct incident *incident_find(const struct diag *d, enum family family, uint32_t node);
/* Opens, re-blames, grows or refines *slot, which is where the owner keeps it; NULL there: a new
 * one is made and put there. ERR_NOMEM. */
int incident_emit(struct diag *d, enum family family, uint32_t node, const struct draft *draft,
		  struct incident **slot);
/* An incident that is not told yet: a group that gathers. NULL: out of memory. */
struct incident *incident_make(struct diag *d, enum family family, uint32_t node);
/* What is blamed works again; the incident stays open, as it may come back. Told once. */
int incident_heal(struct diag *d, struct incident *incident);
/* Closes, clears the owner's pointers and frees; by: the incident that explains it, or NULL. */
int incident_close(struct diag *d, struct incident *incident, const struct incident *by,
		   enum reason_what why);
/* The node goes away: its incidents are closed. */
void incidents_forget(struct diag *d, uint32_t node);
void incident_free(struct diag *d, struct incident *incident);
/* Appends a reason; more than REASONS_MAX are left out. Returns it to be filled further. */
struct diag_reason *draft_reason(const struct diag *d, struct draft *draft, enum reason_what what,
				 const struct node *node, double weight);
struct diag_reason *draft_decider(const struct diag *d, struct draft *draft, enum reason_what what,
				  const struct node *node);
void draft_alt(const struct diag *d, struct draft *draft, enum verdict verdict,
	       const struct node *node, double share);
void draft_blame(const struct diag *d, struct draft *draft, enum verdict verdict,
		 const struct node *node, double confidence);

#endif
