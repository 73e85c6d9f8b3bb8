/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What hangs on what: the result of the inference, as it is stored, shown and reasoned with.
 * A link says that a device (camera, door, switch, router) is reached by a port of its parent. The
 * parent is a switch or router of the fleet, or, where nobody can be asked, only a name that others
 * tell of. Every device has at most one link that holds; redundant paths are links with is_spare.
 */
#ifndef KEEPWATCH_TOPOLOGY_H
#define KEEPWATCH_TOPOLOGY_H

#include "keepwatch/mac.h"
#include "keepwatch/switch_view.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a link is known; the best of what supports it. */
#define TOPO_SOURCES(X)                                                              \
	X(NONE, "none")                                                              \
	X(DECLARED, "declared") /* the fleet file says so */                         \
	X(LLDP, "lldp")                                                              \
	X(CDP, "cdp")                                                                \
	X(FDB, "fdb")		    /* the port where the device's MAC is learned */ \
	X(ARP, "arp")		    /* only which router or VLAN it is behind */     \
	X(ROUTE, "route")	    /* a router whose interface has its network */   \
	X(REMEMBERED, "remembered") /* seen formerly, not contradicted since */

enum topo_source {
#define X(name, text) TOPO_##name,
	TOPO_SOURCES(X)
#undef X
		TOPO_SOURCE_COUNT
};

/* What is between the port and the device. */
#define TOPO_VIAS(X)                                                                               \
	X(DIRECT, "direct")	  /* nothing that could be seen */                                 \
	X(SHARED, "shared")	  /* a few MACs on the port: a phone, a daisy chain, two ports */  \
	X(UNMANAGED, "unmanaged") /* a switch that cannot be asked: several devices on the port */ \
	X(NAMED, "named")	  /* the same, but LLDP or CDP tells its name */                   \
	X(WIRELESS, "wireless")	  /* behind a wireless bridge or access point */

enum topo_via {
#define X(name, text) VIA_##name,
	TOPO_VIAS(X)
#undef X
		TOPO_VIA_COUNT
};

enum {
	TOPO_CONFIDENCE_MAX = 100,
	TOPO_CONFIDENCE_HIGH = 80, /* from here a link may support a blame */
	TOPO_CONFIDENCE_LOW = 50,  /* below, it is a guess among others */
	TOPO_WHY = 160,
};

/* Ids are those of the store: stable over reloads and restarts. 0: none. */
struct topo_link {
	uint32_t device;      /* what hangs there */
	uint32_t parent;      /* switch or router; 0: not in the fleet, see parent_name */
	uint32_t if_index;    /* port of the parent; 0 if not known */
	uint32_t device_if;   /* port of the device that looks up, for switches; 0 not known */
	uint8_t source, via;  /* enum topo_source, enum topo_via */
	uint8_t confidence;   /* percent: how often a link so known is right */
	bool is_spare;	      /* a second path that spanning tree blocks or that stands by */
	bool is_contradicted; /* declared, but seen elsewhere: see seen_parent */
	uint16_t vlan;	      /* 0 not known */
	uint16_t shared;      /* stations seen on the port beside this one */
	/* Where it is seen if it is contradicted, else 0 and "". */
	uint32_t seen_parent, seen_if_index;
	mac_addr mac;			     /* by which it was found; 0 */
	int64_t first_seen_ms, confirmed_ms; /* of this device at this port */
	char port[VIEW_TEXT];		     /* name of the parent's port, "" not known */
	char device_port[VIEW_TEXT];	     /* name of the device's own port, "" not known */
	char parent_name[VIEW_TEXT]; /* of a parent that is not in the fleet, or of what is between
					(VIA_NAMED); "" */
	char seen_port[VIEW_TEXT];   /* name of the port where it is seen */
	char why[TOPO_WHY];	     /* the evidence in plain words */
};

/* What a port of a switch is for. */
#define TOPO_ROLES(X)                                                       \
	X(UNKNOWN, "unknown")                                               \
	X(EDGE, "edge")		/* devices, no switch that can be asked */  \
	X(UPLINK, "uplink")	/* towards the monitor */                   \
	X(DOWNLINK, "downlink") /* towards another switch */                \
	X(MEMBER, "member")	/* of an aggregation, which has the role */ \
	X(UNUSED, "unused")	/* down, and nothing was seen there */

enum topo_role {
#define X(name, text) ROLE_##name,
	TOPO_ROLES(X)
#undef X
		TOPO_ROLE_COUNT
};

/* A port as it is stored and shown. */
struct topo_port {
	uint32_t if_index, lag;
	uint8_t role;	     /* enum topo_role */
	uint8_t admin, oper; /* RFC 2863 */
	uint8_t duplex;	     /* enum view_duplex */
	uint8_t stp;	     /* enum view_stp_state */
	uint8_t poe_status;  /* enum view_poe_status */
	int8_t poe_class;    /* -1 not known */
	bool poe_overload;
	uint16_t pvid;
	uint32_t poe_mw; /* VIEW_UNKNOWN_MW */
	/* pethPsePortGroupIndex, pethPsePortIndex (RFC 3621), as its traps name the port; 0: none.
	 * Not stored. */
	uint32_t poe_group, poe_index;
	uint32_t stations; /* MACs learned on it */
	uint64_t speed_mbps;
	int64_t changed_ms; /* wall clock of the last link change; 0 not known */
	char name[VIEW_TEXT], alias[VIEW_TEXT];
	char neighbour[VIEW_LONG_TEXT]; /* "core Gi1/0/1 (lldp)"; several with "; " between */
};

/* What has happened, with the words for it in `from` and `to`. */
#define TOPO_EVENTS(X)                                                                             \
	X(MOVED, "moved")		/* device: another port */                                 \
	X(REPLACED, "replaced")		/* device: another MAC or serial under the same address */ \
	X(DUPLICATE_IP, "duplicate-ip") /* device: two MACs claim its address */                   \
	X(NEW_MAC, "new-mac")		/* parent and port: a station not seen there before */     \
	X(SWITCH_REPLACED, "switch-replaced") /* switch: other chassis, serial or MAC */           \
	X(UPLINK_CHANGED, "uplink-changed")   /* switch: another parent or port */                 \
	X(WRONG_VLAN, "wrong-vlan")	      /* device: on a VLAN that its kind may not be on */  \
	X(VLAN_RIGHT, "vlan-right")	      /* and back */                                       \
	X(CONTRADICTED, "contradicted")	      /* device: declared upstream is not what is seen */  \
	X(AGREED, "agreed")		      /* and back */

enum topo_event_type {
#define X(name, text) TOPO_EVENT_##name,
	TOPO_EVENTS(X)
#undef X
		TOPO_EVENT_COUNT
};

struct topo_event {
	enum topo_event_type type;
	uint32_t device;			       /* of the fleet; for NEW_MAC the switch */
	int64_t at_ms;				       /* when it was measured */
	char from[VIEW_LONG_TEXT], to[VIEW_LONG_TEXT]; /* "acc1 p3", a MAC, a VLAN; "" */
	char detail[TOPO_WHY];			       /* the evidence */
};

/* What a switch is known by: if it changes, it is another one. Any may be "" or 0: not told. */
struct topo_identity {
	uint32_t device;
	mac_addr bridge_mac;
	char chassis_id[VIEW_TEXT], serial[VIEW_TEXT];
};

/* A station that was seen on an edge port with a camera or door: the next new one is an event. */
struct topo_station {
	uint32_t device; /* the switch */
	uint32_t if_index;
	mac_addr mac;
	int64_t first_seen_ms;
};

const char *topo_source_name(enum topo_source source);
const char *topo_via_name(enum topo_via via);
const char *topo_role_name(enum topo_role role);
const char *topo_event_type_name(enum topo_event_type type);
/* ERR_NOTFOUND. */
int topo_source_parse(const char *text, enum topo_source *out);
int topo_via_parse(const char *text, enum topo_via *out);
int topo_role_parse(const char *text, enum topo_role *out);
/* True if both are seen elsewhere than declared at the same port, or neither is. */
bool topo_link_same_seen(const struct topo_link *a, const struct topo_link *b);
/* True if the two say the same but for confirmed_ms: nothing to store. */
bool topo_link_same(const struct topo_link *a, const struct topo_link *b);
bool topo_port_same(const struct topo_port *a, const struct topo_port *b);

#endif
