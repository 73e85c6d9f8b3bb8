/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the diagnosis knows: nodes with their last polls, switches with their ports, sites, the
 * monitor, open incidents; and the draft of a verdict. engine.h says how it reasons.
 *
 * Log odds are in nats. Times are tenths of a second since the engine's epoch.
 */
#ifndef KEEPWATCH_DIAG_STATE_H
#define KEEPWATCH_DIAG_STATE_H

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

/* Services of a device that is reachable. */
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

/* What drops out together below a switch. */
struct flap_state {
	dtime first, last; /* of the bursts */
	struct dead_run bursts[BURSTS_MAX];
	uint32_t burst_count;
	bool is_link; /* told by the link above that comes and goes */
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

#endif
