/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the diagnosis reasons from: one piece of evidence, with the time at which it was measured.
 * Made by the agent from results, views, links and traps; written to and read from recordings;
 * taken by diag and trend. A plain value; pointers in it are borrowed for the call.
 */
#ifndef KEEPWATCH_EVIDENCE_H
#define KEEPWATCH_EVIDENCE_H

#include "keepwatch/mac.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Kinds, and their names in recordings. */
#define EVIDENCE_KINDS(X)                                                              \
	X(NODE, "node")	    /* there is such a node, and this is where it should be */ \
	X(GONE, "gone")	    /* the node is no longer watched */                        \
	X(PLACE, "place")   /* where the node hangs, as it is seen now */              \
	X(POLL, "poll")	    /* an address was probed: ping and services */             \
	X(SWITCH, "switch") /* management of a switch was asked */                     \
	X(PORT, "port")	    /* a row of a switch's port table */                       \
	X(TRAP, "trap")                                                                \
	X(ARP, "arp")		      /* a router's entry for the node's address */    \
	X(MONITOR, "monitor")	      /* self-check of the monitor */                  \
	X(MAINTENANCE, "maintenance") /* an announced window */                        \
	X(BOOT, "boot")		      /* the device tells when it started */           \
	X(CLOCK, "clock")	      /* the device's clock against ours */            \
	X(MOVE, "move")		      /* the topology says: it now hangs elsewhere */  \
	X(DUPLICATE, "duplicate")     /* the topology says: two claim its address */

enum evidence_kind {
#define X(name, text) EVIDENCE_##name,
	EVIDENCE_KINDS(X)
#undef X
		EVIDENCE_KIND_COUNT
};

/* Part that a node plays in the tree, from the monitor down. */
#define NODE_ROLES(X)                                                            \
	X(MONITOR, "monitor")                                                    \
	X(WAN, "wan")	    /* what connects a site: router, tunnel, provider */ \
	X(CORE, "core")	    /* the switch that all of a site hangs on */         \
	X(DIST, "dist")	    /* a switch with switches behind it */               \
	X(ACCESS, "access") /* a switch with devices behind it */                \
	X(DEVICE, "device") /* camera, door controller ... */

enum node_role {
#define X(name, text) NODE_##name,
	NODE_ROLES(X)
#undef X
		NODE_ROLE_COUNT
};

enum {
	EVIDENCE_PARENTS_MAX = 4,
	EVIDENCE_MACS_MAX = 64, /* of one port row; a port with more is a downlink */
	EVIDENCE_SERVICES = 4,	/* of one device that are told apart: HTTP, ONVIF, RTSP, other */
};

struct evidence_parent {
	uint32_t node;
	uint32_t port; /* of the parent; 0 not known */
};

struct evidence_node {
	uint8_t role;		 /* enum node_role */
	bool has_snmp, has_ping; /* can be expected to answer that */
	bool uses_poe;
	uint8_t parent_count; /* 0: nobody knows where it hangs; 2: dual-homed */
	struct evidence_parent parents[EVIDENCE_PARENTS_MAX];
	uint32_t site, zone;	/* numbers given by the owner; zone 0: power zone not known */
	uint32_t ports;		/* of an access switch; 0 not known */
	uint32_t poe_budget_mw; /* 0 not known */
	uint32_t period_ms;	/* between two polls; 0: as the engine's cycle */
	mac_addr mac;		/* 0 not known */
	uint32_t ip4;		/* host byte order; 0 not known: only compared */
	const char *name, *site_name, *zone_name; /* may be NULL */
};

struct evidence_place {
	struct evidence_parent parent; /* node 0: not known any more */
	bool is_seen; /* a switch tells (FDB, LLDP, CDP); false: only written down */
};

/* How a service answered. Letters as in recordings. */
#define SERVICE_STATES(X)                                 \
	X(NONE, '-') /* not probed */                     \
	X(OK, 'o')   /* as it should */                   \
	X(TIMEOUT, 't')                                   \
	X(REFUSED, 'r') /* connection refused or reset */ \
	X(AUTH, 'a')	/* login refused */               \
	X(TLS, 's')	/* TLS or certificate */          \
	X(ERROR, 'e')	/* answers with an error, HTTP 5xx */

enum service_state {
#define X(name, letter) SERVICE_##name,
	SERVICE_STATES(X)
#undef X
		SERVICE_STATE_COUNT
};

struct evidence_poll {
	uint8_t sent, answered;		    /* echo requests; sent 0: not pinged */
	uint8_t service[EVIDENCE_SERVICES]; /* enum service_state */
	uint32_t rtt_us;		    /* 0 not known */
};

enum snmp_state { SNMP_STATE_NONE, SNMP_STATE_OK, SNMP_STATE_TIMEOUT };

struct evidence_switch {
	uint8_t sent, answered; /* echo requests; sent 0: not pinged */
	uint8_t snmp;		/* enum snmp_state */
	bool is_walk;		/* OK, and its ports were read: those not told are unchanged */
	bool has_uptime;
	uint32_t uptime_s;		     /* sysUpTime */
	uint32_t poe_used_mw, poe_budget_mw; /* budget 0: not known */
	uint32_t rtt_us;
};

#define POE_STATES(X)             \
	X(NONE, "na")             \
	X(ON, "on")               \
	X(SEARCHING, "searching") \
	X(FAULT, "fault")         \
	X(DENIED, "denied") /* for want of power */

enum poe_state {
#define X(name, text) POE_STATE_##name,
	POE_STATES(X)
#undef X
		POE_STATE_COUNT
};

struct evidence_port {
	uint32_t port;
	bool is_up, is_admin_down;
	uint8_t poe;	    /* enum poe_state */
	bool has_macs;	    /* `macs` was read with it */
	bool is_single;	    /* read by itself, not as part of a walk */
	int64_t changed_ms; /* when its link changed last; 0 not known or never */
	uint32_t errors;    /* since the reading before */
	uint32_t power_mw;
	uint16_t mac_count;
	const mac_addr *macs;
};

#define TRAP_HINTS(X)              \
	X(LINK_DOWN, "linkDown")   \
	X(LINK_UP, "linkUp")       \
	X(COLD_START, "coldStart") \
	X(DYING_GASP, "dyingGasp") \
	X(POE_USAGE, "poeUsageOn")

enum trap_hint {
#define X(name, text) TRAP_HINT_##name,
	TRAP_HINTS(X)
#undef X
		TRAP_HINT_COUNT
};

struct evidence_trap {
	uint8_t hint;  /* enum trap_hint */
	uint32_t port; /* 0: none */
};

struct evidence_arp {
	uint32_t ip4; /* of whom it speaks, if `node` of the evidence is 0 */
	mac_addr mac;
};

struct evidence_monitor {
	uint8_t sent, answered; /* echo requests to the monitor's own gateway; sent 0: has none */
	uint32_t lag_ms;	/* how late probes leave */
};

/* Announced again with the same begin, it has another end; before its begin: it is withdrawn. */
struct evidence_window {
	int64_t from_ms, to_ms;
};

struct evidence_move {
	struct evidence_parent from, to; /* node 0: not known */
};

struct evidence {
	uint8_t kind;	 /* enum evidence_kind */
	uint32_t node;	 /* never 0, but for ARP */
	int64_t at_ms;	 /* when it was measured */
	int64_t seen_ms; /* when it came; for recordings */
	union {
		struct evidence_node info;
		struct evidence_place place;
		struct evidence_poll poll;
		struct evidence_switch sw;
		struct evidence_port port;
		struct evidence_trap trap;
		struct evidence_arp arp;
		struct evidence_monitor monitor;
		struct evidence_window window;
		struct evidence_move move;
		int64_t boot_ms;  /* BOOT */
		int64_t clock_ms; /* CLOCK: device minus monitor */
	};
};

const char *evidence_kind_name(enum evidence_kind kind);
int evidence_kind_parse(const char *text, enum evidence_kind *out); /* ERR_NOTFOUND, as all below */
const char *node_role_name(enum node_role role);
int node_role_parse(const char *text, enum node_role *out);
char service_state_letter(enum service_state state);
int service_state_parse(char letter, enum service_state *out);
const char *poe_state_name(enum poe_state state);
int poe_state_parse(const char *text, enum poe_state *out);
const char *trap_hint_name(enum trap_hint hint);
int trap_hint_parse(const char *text, enum trap_hint *out);

#endif
