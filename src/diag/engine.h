/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside the diagnosis. How it reasons:
 *
 * Nodes stand in the tree of dominators of the documented and seen topology: a dual-homed switch
 * hangs below the lowest node that both its paths share. For a node v and a moment tau, S(v, tau)
 * is the log odds of "v forwards" against "everything below v has been cut off since tau": each
 * device below votes, as alive (an answer measured after tau) or as lost (silent since about tau),
 * switches vote with their own management and with what their own subtree says. The highest node
 * whose S falls below its prior is to blame, unless a part of it explains the silence better. What
 * no node above explains is looked at device by device, with what its switch port, its services and
 * its history say. Nothing here depends on names, and all times are those of the measurement.
 *
 * Log odds are in nats. Times are tenths of a second since the engine's epoch.
 */
#ifndef KEEPWATCH_DIAG_ENGINE_H
#define KEEPWATCH_DIAG_ENGINE_H

#include "keepwatch/diag.h"

typedef int32_t dtime;
#define NEVER	((dtime)(INT32_MIN / 4))
#define FOREVER ((dtime)(INT32_MAX / 4))
#define SEC(s)	((dtime)((s)*10))
#define NONE	UINT32_MAX /* no node, no infra, no site */

enum {
	RING = 10, /* polls of an address that are looked at one by one */
	BOUNCES_MAX = 4,
	RUNS_MAX = 16,	  /* its last dead runs */
	RESETS_MAX = 8,	  /* last restarts of a switch */
	PORT_ERRORS = 12, /* last readings of a port that had errors */
	PAST_MAX = 8,	  /* last outages of a node */
	TAUS_MAX = 8,	  /* moments tried for one node */
	MEMO_MAX = TAUS_MAX * 6,
	LOSS_SCALE = 200, /* poll.loss: 0 none .. LOSS_SCALE all echoes lost */
	BURSTS_MAX = 64,
};

/* ---- state of a probed address (device, or a switch's own management) */

struct poll {
	dtime at;
	uint16_t svc; /* enum service_state, 3 bits each, service 0 lowest */
	uint8_t loss;
	bool alive;
};

/* Consecutive lost polls. */
struct dead_run {
	dtime first, last;
	uint32_t polls;
};

struct node {
	/* hot: read by every vote */
	uint32_t next, prev;	/* siblings of the same kind (device or infra) below `parent` */
	dtime last_ok, last_at; /* NEVER */
	dtime onset;		/* first lost poll after last_ok; NEVER while alive */
	float lam;		/* log likelihood of its lost polls if it were reachable */
	uint16_t fails;		/* lost polls in a row */
	bool ever;		/* it has answered at least once */
	uint8_t role;		/* enum node_role */
	dtime seen;		/* last time that a switch told its place; NEVER: only documented */
	uint32_t parent, port;	/* NONE; port 0: not known */
	uint32_t id, infra, site; /* infra: index, NONE for devices */
	uint32_t zone;		  /* 0: not known */
	uint32_t period;	  /* of its polls, as dtime */
	/* cold */
	dtime back;				   /* first answer after the last dead run */
	dtime boot;				   /* when it started, as it tells; NEVER */
	uint16_t run_count;			   /* in runs, oldest first */
	uint8_t ring_count, ring_head;		   /* ring_head: index of the newest */
	bool has_snmp, has_ping, uses_poe, pinged; /* pinged: has ever answered a ping */
	bool is_failing, is_gone, overturned;
	uint32_t explained; /* == diag.round: something else explains its silence */
	uint32_t fail_pos;  /* in diag.failing */
	struct poll ring[RING];
	struct dead_run *runs;
	struct incident *incident; /* FAM_DEVICE of this device */
	struct svc_state *svc;	   /* service.c; NULL: nothing is wrong */
	mac_addr mac;
	uint32_t ip4;
	dtime arp_foreign; /* another MAC answered for its address; NEVER */
	dtime moved_at;	   /* NEVER */
	dtime back_at;	   /* when it was found back where it came from; NEVER */
	uint32_t moved_from, moved_from_port;
	dtime asked; /* last asked for; NEVER */
};

/* ---- switches, sites, the monitor */

struct port_error {
	dtime at;
	uint32_t count;
};

struct port {
	uint32_t port;
	dtime at;      /* of the row that is held */
	dtime read;    /* last time it was read by itself; walks count by infra.walk */
	dtime changed; /* last change of its link, as the switch tells; NEVER */
	uint8_t poe;   /* enum poe_state */
	bool is_up, is_admin_down;
	uint8_t error_count; /* in errors, oldest first */
	uint32_t power_mw;
	struct port_error *errors; /* of the last PORT_ERRORS readings that had some; NULL none */
};

/* An outage of a node that is over. */
struct past {
	dtime from, to;
	bool was_told; /* it had been confirmed */
};

/* An outage of a node that is believed now. */
struct outage {
	bool is_on;	   /* this record is in use */
	bool is_confirmed; /* enough was measured to say it */
	bool is_masked;	   /* an older fault that a newer, larger one hides */
	dtime tau;	   /* onset */
	dtime since;	   /* when it was first concluded */
	dtime end;	   /* when it seemed over; NEVER: it is not */
	float S;
};

enum family {
	FAM_INFRA, /* a node is out */
	FAM_POWER,
	FAM_FLAP,
	FAM_LOSS, /* degraded */
	FAM_MGMT,
	FAM_PART, /* some devices of a switch */
	FAM_COUNT_INFRA,
	FAM_MONITOR = FAM_COUNT_INFRA,
	FAM_DEVICE,
	FAM_SERVICE,
	FAM_CREDENTIALS,
	FAM_MOVED,
};

struct infra {
	uint32_t node;		/* index of its node */
	uint32_t devices, kids; /* first child of each kind; NONE */
	uint32_t device_count;
	dtime alive; /* newest answer of anything in its subtree, itself included */
	dtime lost;  /* newest lost poll of a device below */
	struct evidence_parent parents[EVIDENCE_PARENTS_MAX]; /* as documented, by caller's ids */
	uint8_t parent_count, depth;
	/* management */
	bool has_fdb;	     /* its port rows tell learned MACs */
	dtime snmp_at;	     /* last answer to SNMP; NEVER */
	dtime walk;	     /* last whole reading of its ports; NEVER */
	uint32_t walks;	     /* how many */
	uint32_t snmp_fails; /* timeouts in a row while it answered ping */
	bool snmp_ever;
	bool has_uptime;
	dtime uptime_at;
	uint32_t uptime_s;	  /* read then */
	dtime up_since;		  /* as sysUpTime says */
	dtime resets[RESETS_MAX]; /* restarts seen, oldest first */
	uint8_t reset_count;
	dtime gasp, cold; /* traps; NEVER */
	uint32_t poe_used_mw, poe_budget_mw;
	struct port *ports; /* ascending */
	uint32_t port_count, port_cap;
	/* conclusions */
	struct outage outage;
	struct past past[PAST_MAX]; /* oldest first */
	uint8_t past_count;
	struct incident *incidents[FAM_COUNT_INFRA];
	struct flap_state *flap;    /* flap.c; NULL: none */
	dtime bounces[BOUNCES_MAX]; /* changes of link of the port above, oldest first */
	uint8_t bounce_count;
	dtime flap_from;    /* bursts before it have been told and closed */
	uint8_t loss_score; /* loss.c: rounds in which it seemed degraded */
	/* of the tick at hand */
	uint32_t active_at; /* == diag.round: something below fails */
	bool has_best, is_blamed;
	float best_S, shared_cost;
	dtime best_tau, shared_tau;
	bool has_shared;
	struct memo {
		dtime tau;
		float value;
	} * memo; /* MEMO_MAX, in the arena, once there is one; of what it said to its parent */
	uint8_t memo_count;
	dtime asked, asked_ports;
};

struct site {
	uint32_t number;    /* as the owner numbers it */
	uint32_t core, wan; /* infra nodes (index of node); NONE */
	double loss;	    /* share of echoes lost by devices that answer */
	double svc_timeout; /* share of service requests that time out */
	double base;	    /* loss.c: usual median loss; < 0: not known */
	uint32_t *access;   /* nodes */
	uint32_t access_count, access_cap;
};

struct window {
	uint32_t node; /* index */
	dtime from, to;
};

enum monitor_trouble { MONITOR_FINE, MONITOR_NIC, MONITOR_OVERLOAD };
struct monitor_state {
	uint8_t trouble,
		last_trouble; /* enum monitor_trouble; of now, and of the last that ended */
	dtime since, last_since, last_end; /* last_*: NEVER if there was none */
	dtime lags_at[2];
	uint32_t lags[2]; /* ms, newest first */
	uint8_t lag_count;
	bool gateway_ever; /* the gateway has answered at least once: one that never does says
			      nothing */
};

/* ---- incidents */

struct incident {
	uint32_t number;
	enum family family;
	uint32_t node;	  /* index of the node that keys it; FAM_POWER: the first member; NONE */
	bool is_told;	  /* it has been opened */
	bool is_muted;	  /* a person has closed it: nothing more is told */
	bool is_flapping; /* FAM_DEVICE: on and off */
	bool is_healed;	  /* it was told that all works again */
	bool is_relapsed; /* but it does not */
	enum verdict verdict;
	struct blame blame;
	float confidence;
	dtime onset;		    /* of the fault */
	dtime opened;		    /* when it was told */
	dtime tau;		    /* FAM_PART: onset of the group */
	dtime range_from, range_to; /* FAM_CREDENTIALS: onsets of its members */
	uint32_t *devices;	    /* node indices, ascending */
	uint32_t device_count, device_cap;
	uint32_t *members; /* FAM_POWER: switches */
	uint32_t member_count;
	enum team alerted;	      /* team that was told last; TEAM_NONE: nobody */
	uint32_t origin, origin_port; /* FAM_MOVED: where it was at first */
	struct incident *next, *prev;
};

/* What one link of the chain says: names and sentences in reasons.def. */
enum reason_what {
#define R(name, text) REASON_##name,
#include "reasons.def"
#undef R
	REASON_WHAT_COUNT
};

/* A list of indices that is used again and again. */
struct list {
	uint32_t *v;
	size_t n, cap;
};

enum { REASONS_MAX = 16, DECIDERS_MAX = 4 };
/* A verdict in the making. */
struct draft {
	enum verdict verdict;
	struct blame blame;
	double confidence;
	dtime onset;
	const uint32_t *devices; /* node indices */
	size_t device_count;
	bool no_alert;
	enum team team; /* TEAM_NONE: by the verdict */
	struct diag_reason reasons[REASONS_MAX];
	size_t reason_count;
	struct diag_reason deciders[DECIDERS_MAX];
	size_t decider_count;
	struct verdict_alt alts[INCIDENT_ALTS_MAX];
	size_t alt_count;
};

struct diag {
	struct diag_params params;
	dtime C, W; /* cycle; window in which onsets of one cause fall */
	int64_t epoch_ms;
	bool has_epoch, is_failed; /* is_failed: memory was wanting during a tick */
	dtime now, started;
	uint32_t round;
	struct node *nodes;
	uint32_t node_count, node_cap;
	struct infra *infras;
	uint32_t infra_count, infra_cap;
	struct list order; /* infra indices, parents before children */
	bool is_order_stale;
	struct site *sites;
	uint32_t site_count, site_cap;
	struct index_table *by_id, *by_mac, *by_ip;
	struct list failing;  /* nodes that lost their last poll */
	struct list unplaced; /* devices of them of which nobody knows where they hang: group.c */
	struct window *windows;
	size_t window_count, window_cap;
	struct monitor_state monitor;
	uint32_t monitor_node; /* index; NONE until told */
	uint32_t next_number;
	struct incident *incidents; /* open ones */
	struct list svc_bad;	    /* nodes with service trouble: service.c */
	struct list moves;	    /* nodes that moved and were not told of yet */
	struct list active;	    /* infra indices of this round, deepest first */
	struct list scratch[4];
	struct diag_event *events;
	size_t event_count, event_cap, event_next;
	struct arena *arena; /* of the events */
	dtime loss_at;	     /* loss.c: last round */
	size_t bytes;	     /* lists of nodes: runs, ports, svc; for diag_describe */
};

static inline struct node *
node_at(const struct diag *d, uint32_t index)
{
	return &d->nodes[index];
}

/* NULL for devices. */
static inline struct infra *
infra_of(const struct diag *d, const struct node *n)
{
	return n->infra == NONE ? NULL : &d->infras[n->infra];
}

static inline uint32_t
index_of(const struct diag *d, const struct node *n)
{
	return (uint32_t)(n - d->nodes);
}

static inline bool
is_device(const struct node *n)
{
	return n->infra == NONE;
}

/* The device is where a switch tells that it is. */
static inline bool
is_seen(const struct node *n)
{
	return n->seen != NEVER;
}

/* Poll i counted from the newest (0); i < ring_count. */
static inline struct poll *
poll_back(const struct node *n, unsigned i)
{
	return (struct poll *)&n->ring[(n->ring_head + RING - i) % RING];
}

static inline enum service_state
poll_service(const struct poll *p, unsigned service)
{
	return (enum service_state)(p->svc >> (3 * service) & 7);
}

#define EACH_DEVICE(d, i, c)                                                                   \
	for (uint32_t c##_i = (i)->devices; c##_i != NONE && ((c) = &(d)->nodes[c##_i], true); \
	     c##_i = (c)->next)
#define EACH_KID(d, i, c)                                                                   \
	for (uint32_t c##_i = (i)->kids; c##_i != NONE && ((c) = &(d)->nodes[c##_i], true); \
	     c##_i = (c)->next)
/* Ancestors of node n, from its parent to the monitor. */
#define EACH_UP(d, n, a)                                                                      \
	for (uint32_t a##_i = (n)->parent; a##_i != NONE && ((a) = &(d)->nodes[a##_i], true); \
	     a##_i = (a)->parent)

/* ---- clock.c-like helpers (engine.c) */
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
void tree_detach_from(struct diag *d, struct node *n, uint32_t from);
int tree_order(struct diag *d); /* brings d->order and depths up to date */
bool tree_is_below(const struct diag *d, uint32_t node, uint32_t above); /* strictly */

/* ---- subject.c */
/* A poll of an address: alive or not, services, share of echoes lost; llr: log P(lost | reachable).
 */
int subject_poll(struct diag *d, struct node *n, const struct poll *poll, double llr);
int subject_take_device(struct diag *d, const struct evidence *e);
int subject_take_switch(struct diag *d, struct node *n, const struct evidence_switch *in, dtime at);
/* Polls lost in [from, to] are forgotten. */
void subject_forget_lost(struct diag *d, struct node *n, dtime from, dtime to);
void subject_set_failing(struct diag *d, struct node *n, bool is_failing);
/* Lost polls measured in [from, to]. */
unsigned subject_lost(const struct node *n, dtime from, dtime to);
/* Letters of a poll into *out (0..3 of the services are probed). */
unsigned poll_count(const struct poll *p, enum service_state state);
double subject_miss(const struct diag *d, double q); /* q, or the overloaded monitor's */

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
int infer(struct diag *d);
/* Log odds that v forwards, against "cut off since tau". */
double infer_S(struct diag *d, struct node *v, dtime tau);
double infer_vote(const struct diag *d, const struct node *n, dtime tau);
/* The best score of "only the silent children of v are cut off", on the scale of S. */
double infer_part(struct diag *d, struct node *v, double S, dtime tau);
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

/* ---- service.c: services of devices that are reachable */
struct svc_state {
	enum verdict verdict; /* DEVICE_SERVICE, CREDENTIALS, DUP_IP */
	dtime onset, last_bad, last_poll;
	dtime arp_own;		   /* its own MAC answered for its address; NEVER */
	uint16_t count, polls;	   /* bad polls since the onset; all, up to the last bad one */
	uint16_t since_bad;	   /* good ones after it */
	bool is_new, is_over;	   /* not told yet; enough good ones */
	bool is_mixed;		   /* some services want a login, and others refuse */
	struct incident *incident; /* FAM_SERVICE, or the FAM_CREDENTIALS group it is in */
};
/* A device with failing services went silent: its FAM_SERVICE incident, if any, becomes the
 * FAM_DEVICE one and is re-blamed in place. Called before the latter is opened; NULL: none. */
struct incident *service_hand_over(struct diag *d, struct node *n);
int service_update(struct diag *d, struct node *n); /* after a poll with services */
/* The topology says that two claim the node's address. */
int service_duplicate(struct diag *d, struct node *n, dtime at);
int tick_services(struct diag *d);

/* ---- flap.c: what drops out together, though never for long */
struct flap_state {
	dtime first, last; /* of the bursts */
	struct dead_run bursts[BURSTS_MAX];
	uint32_t burst_count;
	bool is_link; /* told by the link above that comes and goes */
};
int tick_flap(struct diag *d);
/* link.c: the link of a switch that comes and goes. */
int tick_link(struct diag *d);
/* A device that drops out by itself again and again: adds the incidents. */
int tick_lone(struct diag *d);
/* Drop-outs of its devices coincide, though not yet enough to tell. */
bool flap_is_suspected(struct diag *d, struct infra *i, int *rc);
/* The silent device n fell silent when a neighbour dropped out and came back, or a device of the
 * site that has dropped out with it before: its switch may be to blame, which the next minutes
 * tell. False once it has been silent for longer than a burst is. */
bool flap_might_explain(const struct diag *d, const struct node *n);
/* True if `at` falls into a shared burst of an open flap incident of the site. */
bool flap_hit(const struct diag *d, uint32_t site, dtime at, dtime slack);

/* ---- loss.c: a part of the packets is lost */
int tick_loss(struct diag *d);

/* ---- mgmt.c */
int tick_mgmt(struct diag *d);

/* ---- single.c, group.c: devices that nothing above explains */
int tick_devices(struct diag *d);
int tick_groups(struct diag *d, struct list *left);
/* Class of a silent device from what its port and its history say: fills verdict, confidence,
 * reasons, alternatives and deciders of the draft. True if its port was read after the onset. */
bool classify_device(const struct diag *d, const struct node *n, dtime onset, struct draft *draft);

/* ---- incident.c */
struct incident *incident_find(const struct diag *d, enum family family, uint32_t node);
struct incident *incident_by_number(const struct diag *d, uint32_t number);
/* Opens, re-blames, grows or refines *slot, which is where the owner keeps it; NULL there: a new
 * one is made and put there. ERR_NOMEM. */
int incident_emit(struct diag *d, enum family family, uint32_t node, const struct draft *draft,
		  struct incident **slot);
/* An incident that is not told yet: a group that gathers. NULL: out of memory. */
struct incident *incident_make(struct diag *d, enum family family, uint32_t node);
/* Closes, clears the owner's pointers and frees; by: the incident that explains it, or NULL. */
/* What is blamed works again; the incident stays open, as it may come back. Told once. */
int incident_heal(struct diag *d, struct incident *incident);
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
