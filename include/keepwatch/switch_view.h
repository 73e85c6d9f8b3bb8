/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What one switch or router says of itself and of what hangs on it, as plain values, after its
 * numberings (ifIndex, dot1dBasePort, lldpLocPortNum, PoE index) have been brought together: here a
 * port is an ifIndex. Made by codec from SNMP tables, read by the inference of the topology.
 */
#ifndef KEEPWATCH_SWITCH_VIEW_H
#define KEEPWATCH_SWITCH_VIEW_H

#include "keepwatch/ipaddr.h"
#include "keepwatch/mac.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The parts of a view; each is read, doubted and replaced for itself. */
#define VIEW_PARTS(X)                                                                           \
	X(SYSTEM, "system")	    /* scalars */                                               \
	X(PORTS, "interfaces")	    /* IF-MIB, EtherLike-MIB duplex */                          \
	X(LAGS, "aggregation")	    /* IEEE8023-LAG-MIB, ifStackTable */                        \
	X(NEIGHBOURS, "neighbours") /* LLDP-MIB, LLDP-V2-MIB, CISCO-CDP-MIB, each as present */ \
	X(FDB, "forwarding")	    /* Q-BRIDGE-MIB, else BRIDGE-MIB, with the base ports */    \
	X(STP, "spanning-tree")                                                                 \
	X(VLANS, "vlans")                                                                       \
	X(ARP, "arp") /* ipNetToPhysicalTable, ipNetToMediaTable */                             \
	X(POE, "poe")                                                                           \
	X(ENTITIES, "entities")

enum view_part {
#define X(name, text) VIEW_##name,
	VIEW_PARTS(X)
#undef X
		VIEW_PART_COUNT
};

enum view_trust {
	VIEW_NOT_READ, /* not asked for, or it failed: nothing is known, the former is kept */
	VIEW_DOUBTED,  /* much less than before: not to be believed yet, the former is kept */
	VIEW_CUT,      /* true as far as it goes; what is missing is not gone */
	VIEW_WHOLE,    /* all that there is; empty if the switch does not serve it */
};

enum {
	VIEW_TEXT = 64,	       /* bytes of names with their NUL; longer ones are cut */
	VIEW_LONG_TEXT = 256,  /* of descriptions */
	VIEW_PORTS_MAX = 8192, /* rows that are taken of each table */
	VIEW_NEIGHBOURS_MAX = 4096,
	VIEW_FDB_MAX = 131072,
	VIEW_ARP_MAX = 65536,
	VIEW_ENTITIES_MAX = 4096,
	VIEW_VLAN_MEMBERS_MAX = 262144,
	VIEW_PSES_MAX = 64,
	VIEW_VLAN_ID_MAX = 4094, /* IEEE 802.1Q; 0: none or not known */
};
#define VIEW_UNKNOWN_COUNT UINT64_MAX /* a counter that is not served */
#define VIEW_UNKNOWN_MW	   UINT32_MAX

enum view_duplex { DUPLEX_UNKNOWN, DUPLEX_HALF, DUPLEX_FULL };
/* dot1dStpPortState, RFC 4188. */
enum view_stp_state {
	STP_UNKNOWN,
	STP_DISABLED,
	STP_BLOCKING,
	STP_LISTENING,
	STP_LEARNING,
	STP_FORWARDING,
	STP_BROKEN,
};
/* pethPsePortDetectionStatus, RFC 3621. */
enum view_poe_status {
	POE_NONE, /* the port has no PSE */
	POE_DISABLED,
	POE_SEARCHING,
	POE_DELIVERING,
	POE_FAULT,
	POE_TEST,
	POE_OTHER_FAULT,
};

/* Power of one port: pethPsePortTable, and vendors' tables for the watts. */
struct view_poe {
	uint8_t status;	    /* enum view_poe_status */
	bool is_enabled;    /* pethPsePortAdminEnable */
	bool is_overload;   /* denied or cut for want of power, where that is told */
	int8_t power_class; /* 0..8 (IEEE 802.3); -1: not known */
	uint32_t group, index;
	uint32_t mw;	   /* drawn now; VIEW_UNKNOWN_MW */
	uint32_t limit_mw; /* allocated or permitted; VIEW_UNKNOWN_MW */
	uint32_t denied;   /* pethPsePortPowerDeniedCounter */
};

struct view_port {
	uint32_t if_index;
	uint32_t base_port;  /* dot1dBasePort, 0: none */
	uint32_t type;	     /* IANAifType; 0 not known */
	uint32_t lag;	     /* ifIndex of the aggregation it is a member of; 0: none */
	bool is_aggregate;   /* it is such an aggregation */
	uint8_t admin, oper; /* ifAdminStatus, ifOperStatus: 1 up, 2 down ...; 0 not known */
	uint8_t duplex, stp; /* enum view_duplex, enum view_stp_state */
	uint16_t pvid;	     /* dot1qPvid, or the access VLAN by the vendor's table; 0 not known */
	uint16_t voice_vlan; /* 0: none known */
	uint64_t speed_mbps; /* 0 not known */
	uint32_t last_change_cs; /* ifLastChange, in hundredths of the agent's uptime */
	bool has_last_change;
	mac_addr mac;
	uint64_t in_errors, out_errors, in_discards, out_discards; /* VIEW_UNKNOWN_COUNT */
	struct view_poe poe;
	/* Its VLANs: view->vlan_members[vlan_first ...], ascending. */
	uint32_t vlan_first, vlan_count;
	char name[VIEW_TEXT];  /* ifName, else ifDescr; never empty ("if 17" at worst) */
	char descr[VIEW_TEXT]; /* ifDescr */
	char alias[VIEW_TEXT]; /* ifAlias, "" if none */
};

struct view_vlan_member {
	uint16_t vlan;
	bool is_untagged;
};

enum view_protocol { VIEW_LLDP, VIEW_LLDP_V2, VIEW_CDP };

/* lldpRemSysCapEnabled (bits of IEEE 802.1AB-2009 section 8.5.8), and what CDP says in its place.
 */
enum view_caps {
	CAP_OTHER = 1,
	CAP_REPEATER = 2,
	CAP_BRIDGE = 4,
	CAP_WLAN_AP = 8,
	CAP_ROUTER = 16,
	CAP_TELEPHONE = 32,
	CAP_DOCSIS = 64,
	CAP_STATION = 128,
	CAP_CVLAN = 256,
	CAP_SVLAN = 512,
	CAP_TPMR = 1024,
};

struct view_neighbour {
	uint32_t if_index;		/* our port; 0 if it could not be told which */
	uint8_t protocol;		/* enum view_protocol */
	uint8_t chassis_subtype;	/* LldpChassisIdSubtype; 0 for CDP */
	uint8_t port_subtype;		/* LldpPortIdSubtype; 0 for CDP */
	uint16_t caps, caps_supported;	/* enum view_caps; 0 if not told */
	uint16_t vlan;			/* native or port VLAN it announces; 0 */
	mac_addr chassis_mac, port_mac; /* if those ids are MACs (or hold one); else 0 */
	struct ipaddr address;		/* management address; family 0 if none */
	char local_port[VIEW_TEXT];	/* as the agent numbers it: "17", "Gi0/17" */
	char chassis_id[VIEW_TEXT];	/* as text; MACs aa:bb:..; other bytes in hex */
	char port_id[VIEW_TEXT];
	char port_descr[VIEW_TEXT];
	char sys_name[VIEW_TEXT];
	char platform[VIEW_TEXT]; /* cdpCachePlatform */
	char sys_descr[VIEW_LONG_TEXT];
};

/* dot1dTpFdbStatus, dot1qTpFdbStatus. */
enum view_fdb_status { FDB_OTHER = 1, FDB_INVALID, FDB_LEARNED, FDB_SELF, FDB_MGMT };

struct view_fdb {
	mac_addr mac;
	uint32_t if_index; /* 0: its port has no interface (the switch itself, or unmapped) */
	uint16_t vlan;	   /* 0 if the table has none */
	uint8_t status;	   /* enum view_fdb_status */
};

struct view_arp {
	struct ipaddr ip;
	mac_addr mac;
	uint32_t if_index;
};

/* entPhysicalTable, RFC 6933: chassis, stacks, modules and power supplies. */
struct view_entity {
	uint32_t index, contained_in;
	uint8_t entity_class; /* PhysicalClass: 3 chassis, 6 powerSupply, 9 module, 11 stack ... */
	char name[VIEW_TEXT], descr[VIEW_TEXT], serial[VIEW_TEXT], model[VIEW_TEXT],
		hardware[VIEW_TEXT], firmware[VIEW_TEXT], software[VIEW_TEXT], vendor[VIEW_TEXT];
};

/* pethMainPseTable, RFC 3621. */
struct view_pse {
	uint32_t group;
	uint8_t status;		    /* 1 on, 2 off, 3 faulty */
	uint8_t threshold_percent;  /* 0 not known */
	uint32_t power_mw, used_mw; /* nominal, drawn */
};

struct switch_view {
	enum view_trust trust[VIEW_PART_COUNT];
	/* system */
	uint32_t uptime_cs;	    /* sysUpTime at the beginning of the reading */
	mac_addr bridge_mac;	    /* dot1dBaseBridgeAddress */
	mac_addr chassis_mac;	    /* lldpLocChassisId if it is a MAC */
	char chassis_id[VIEW_TEXT]; /* lldpLocChassisId as text */
	char sys_name[VIEW_TEXT];
	char object_id[VIEW_TEXT]; /* sysObjectID, dotted */
	char sys_descr[VIEW_LONG_TEXT];
	uint32_t lldp_change_cs; /* lldpStatsRemTablesLastChangeTime */
	/* spanning tree */
	uint64_t stp_root;    /* bridge identifier: priority << 48 | MAC; 0 none */
	uint32_t stp_root_if; /* ifIndex of the root port; 0: it is the root, or unknown */
	uint32_t stp_root_cost;
	uint32_t stp_changes; /* dot1dStpTopChanges */
	/* tables; sorted by the key in the comment */
	struct view_port *ports; /* if_index */
	size_t port_count, port_cap;
	struct view_neighbour *neighbours; /* if_index, protocol */
	size_t neighbour_count, neighbour_cap;
	struct view_fdb *fdb; /* mac, vlan */
	size_t fdb_count, fdb_cap;
	struct view_arp *arp; /* as read */
	size_t arp_count, arp_cap;
	struct view_entity *entities; /* index */
	size_t entity_count, entity_cap;
	struct view_pse *pses; /* group */
	size_t pse_count, pse_cap;
	struct view_vlan_member *vlan_members;
	size_t vlan_member_count, vlan_member_cap;
};

struct switch_view *switch_view_new(void);	 /* NULL: out of memory */
void switch_view_free(struct switch_view *view); /* NULL is fine */
/* NULL if there is none. The ports must be sorted. */
struct view_port *switch_view_port(const struct switch_view *view, uint32_t if_index);
/* "lldp", "cdp" ... and the names of parts; "?" out of range. */
const char *view_part_name(enum view_part part);
const char *view_protocol_name(enum view_protocol protocol);
const char *view_poe_status_name(enum view_poe_status status);
const char *view_stp_state_name(enum view_stp_state state);

#endif
