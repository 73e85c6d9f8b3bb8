/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of the inference share: devices, nodes (devices that told a view: switches and
 * routers), stations by MAC with the ports where they were sighted, who claims which MAC, and what
 * neighbours say. Indexes, not pointers, join them: idx of a device in devs, of a node in nodes, of
 * a station in stations; a port is its place in its node's ports, which it keeps for ever.
 */
#ifndef KEEPWATCH_TOPO_IMPL_H
#define KEEPWATCH_TOPO_IMPL_H

#include "keepwatch/topo.h"

#include "map64.h"

#define NONE32	       UINT32_MAX
#define NAME_AMBIGUOUS (UINT32_MAX - 1)
#define NONE16	       ((uint16_t)UINT16_MAX)

enum {
	REFS_INLINE = 4,
	/* A station that more switches see than this (a gateway) is followed no further. */
	REFS_MANY = 256,
	NODES_MAX = 65535,
	CACHE_LINE = 64,
	FENCE = 32,
	LOGS = 64,
	ROUTERS_MAX = 64,
	HOUR_MS = 3600 * 1000,
	MONITOR_MAX = 8,   /* MACs and gateways of the monitor's host */
	ORIGIN_NODE = -1,  /* the device's own view: bridge, chassis and interface MACs */
	ORIGIN_HOST = -2,  /* the monitor's own neighbour table */
	ORIGIN_KEPT = -3,  /* established formerly, whoever tells it now */
	ORIGIN_ARP = -100, /* minus the node whose ARP table it is */
};

#define NOISY  0.03 /* with so many wrong rows, things must be seen more often */
#define UNEASY 0.02 /* with so many, what is seen once is no event */

/* ---- stations */

/* One row of a node's FDB. */
struct fdb_row {
	uint64_t key;	  /* mac << 16 | vlan */
	uint32_t first_s; /* seconds of topo->epoch_ms when it appeared */
	uint16_t port;
	uint16_t spare;
};

/* Where a station was sighted: node << 16 | port. */
struct station {
	mac_addr mac;
	uint32_t claims; /* first of the list, NONE32 */
	uint32_t owner;	 /* device, NONE32: none or several */
	uint32_t ref_count, ref_cap;
	union {
		uint32_t few[REFS_INLINE];
		uint32_t *many;
	} refs;
	uint8_t rank;	  /* of the owner's claim */
	bool is_shared;	  /* several devices claim it: no evidence */
	bool is_node;	  /* of a node itself */
	bool is_in_heard; /* a neighbour's row names it */
};

/* A device has this MAC, says the origin. */
struct claim {
	uint32_t device, station;
	uint32_t next_of_station, next_of_device;
	int32_t origin; /* >= 0: enum probe_id, the device itself; else ORIGIN_* */
	uint32_t order; /* of appearance: the later one wins */
	int64_t at_ms;
};

/* ---- neighbours */
struct heard {
	struct heard *next;    /* of the same target */
	uint32_t node, target; /* target: device, NONE32: not of the fleet */
	uint16_t port;	       /* NONE16: not told */
	uint16_t caps, vlan;
	uint8_t protocol, port_subtype;
	uint32_t first_s;
	mac_addr chassis_mac, port_mac;
	struct ipaddr address;
	const char *chassis_id, *port_id, *port_descr, *sys_name, *platform;
};

struct arp_row {
	struct ipaddr ip;
	uint32_t if_index;
	mac_addr mac;
};

/* ---- nodes */
struct port {
	uint32_t if_index, lag_if;
	uint32_t former_lag; /* of which it is or was a member last */
	uint16_t agg;	     /* the port that stands for it: itself, or its aggregation */
	uint16_t pvid, voice_vlan, base_port;
	uint8_t admin, oper, duplex, stp, role, poe_status;
	int8_t poe_class;
	bool poe_overload, is_present, is_aggregate;
	bool is_segment;   /* switches and perhaps others are behind it, beyond what is not known */
	uint8_t lag_doubt; /* views that it is in no aggregation any more */
	bool is_watched, is_to_learn; /* stations on it are known, are to be taken as known */
	uint32_t tin_low, tin_high;   /* nodes that are reached by it, below */
	uint32_t peer;		      /* the node at its other end; NONE32 */
	uint32_t group_stations;      /* with those of its members */
	/* what follows is not needed for each row */
	uint32_t type, poe_mw, poe_group, poe_index;
	uint64_t speed_mbps;
	int64_t changed_ms;
	mac_addr mac;
	uint32_t stations;		  /* MACs learned on it */
	uint32_t attached;		  /* devices whose link is here */
	uint32_t heard;			  /* rows of neighbours */
	const char *name, *alias, *descr; /* in one block */
	char *text;
};

/* What each row asks of its port: of the one that stands for it. Set with the roles. */
struct port_facts {
	uint32_t tin_low, tin_high;
	uint16_t agg;
	bool is_down, may_hold;
	bool is_to_learn; /* within topo_watch */
};

struct node {
	/* what is needed for each row, in one line of the cache */
	struct port_facts *facts; /* of each of ports */
	struct fdb_row *fdb;
	uint64_t *fences; /* the key of each FENCE-th row, so that few lines of fdb are searched */
	size_t fdb_count;
	int64_t fdb_ms; /* of its last FDB */
	uint32_t parent, tin, tout, component;
	uint16_t up_port, parent_port; /* NONE16: not known */
	bool has_blind_child;	       /* a child whose port is not known */
	uint32_t dev, depth;
	struct port *ports;
	uint32_t mates;
	size_t fdb_cap, fence_cap;
	int64_t at_ms, arp_ms; /* of the last view, of its last ARP */
	uint32_t readings;     /* FDBs believed so far */
	struct topo_identity identity;
	mac_addr chassis_mac;
	char sys_name[VIEW_TEXT];
	struct topo_identity doubt; /* another identity, told once */
	size_t port_count, port_cap;
	uint16_t *order; /* ports by if_index */
	struct heard *heard;
	size_t heard_count;
	char *heard_text;
	struct arp_row *arp; /* by address */
	size_t arp_count;
	bool is_arp_wide; /* of several interfaces */
	uint64_t hashes[VIEW_PART_COUNT];
	uint64_t stp_root;
	uint32_t stp_root_if;
	/* ports */
	struct topo_port *told; /* what topo_ports gave out last */
	size_t told_count, told_cap;
	uint64_t told_hash;
	int64_t told_ms;
	uint32_t bare;	/* edge ports that are up and where nothing was seen */
	uint32_t edges; /* edge ports that are up */
	bool is_told_dirty, is_dirty;
	bool is_learning; /* a camera or door may be new on one of its ports */
	/* the tree */
	uint8_t source; /* of the edge to the parent */
	double error;	/* how likely that edge is wrong */
	/* where it saw the monitor in most readings */
	uint16_t beacon_port;
	uint8_t beacon_count;
	uint32_t beacon_reading;
	uint32_t spare_edge;	 /* in edges; NONE32 */
	uint32_t first_attached; /* list of devices, by next_on_node */
};

/* ---- devices */
struct place {
	uint32_t node;
	uint16_t port; /* NONE16: not known */
};

struct device_state {
	uint32_t id;
	enum device_kind kind;
	bool is_used, is_dirty, is_dark;
	bool has_ip;
	struct ipaddr ip;
	char *name, *upstream_port;
	uint32_t upstream; /* id; 0 */
	uint32_t node;	   /* NONE32 */
	uint32_t claims;
	struct heard *heard;
	uint32_t station; /* of its address, as established; NONE32 */
	/* the link that holds */
	struct topo_link *link, *spare;
	struct place place; /* of the link; node NONE32: none, or not of a node known yet */
	uint32_t next_on_node, prev_on_node;
	double error;
	struct place moved_from; /* a sure one, if the move is told when the new one is sure, too */
	uint8_t confirmations;	 /* independent readings that showed it there */
	int64_t counted_ms, told_ms;
	int64_t dark_ms;
	/* what may come to hold */
	struct place pending;
	uint8_t pending_count;
	int64_t pending_ms;
	/* for the rates of wrong rows */
	uint16_t agreeing, opposing;
	int8_t lldp_verdict; /* 1: neighbour and FDB agree, -1: not */
	char *serial, *serial_doubt;
	int64_t serial_ms, replaced_ms;
	/* events told */
	bool is_wrong_vlan, is_contradicted, is_duplicate, is_settled, is_restored;
	bool is_station_restored, has_answered, is_waiting;
	bool is_answered, is_oddly_answered; /* by ARP; by another MAC than the established */
	int64_t replace_ms, replace_read_ms, vlan_ms, adopted_ms;
	uint8_t vlan_doubt, contra_doubt, replace_doubt;
	uint8_t station_count; /* readings that had it */
	int64_t station_ms;
	uint32_t replace_station, duplicate_station;
	uint8_t duplicate_count;
	int64_t duplicate_ms;
};

/* A row that was not in the FDB before. */
struct newcomer {
	uint32_t node;
	uint16_t port;
	mac_addr mac;
	int64_t at_ms;
};

struct edge {
	uint32_t a, b; /* nodes, a < b */
	uint16_t pa, pb;
	uint8_t ends; /* 1: a tells of it, 2: b does */
	uint8_t protocol;
	bool is_blocked, is_down, is_tree;
	uint32_t agree, seen; /* MACs that speak for it, of those that could */
	double weight;
};

struct topo {
	struct topo_params params;
	int64_t epoch_ms, now_ms, hour;
	bool has_epoch;
	struct device_state *devs;
	size_t dev_count, dev_cap;
	struct node **nodes;
	size_t node_count, node_cap;
	struct station *stations;
	size_t station_count, station_cap;
	struct claim *claims;
	size_t claim_count, claim_cap;
	uint32_t free_claim, claim_order;
	struct map64 by_id, by_mac, by_ip, by_name;
	struct map64 known; /* stations known on security ports: hash of node, port, MAC */
	struct arp_row *host_arp;
	size_t host_arp_count;
	int64_t host_arp_ms;
	struct ipaddr gateways[MONITOR_MAX];
	mac_addr monitor_macs[MONITOR_MAX];
	size_t gateway_count, monitor_mac_count;
	/* work to be done */
	uint32_t *dirty;
	size_t dirty_count, dirty_cap;
	bool is_heard_dirty, is_tree_dirty, is_all_dirty;
	/* rows of FDBs and of neighbours: how many of those that could be checked were wrong */
	uint64_t agreeing, opposing, lldp_agreeing, lldp_opposing;
	double fdb_error, lldp_error;
	uint32_t answered,
		oddly_answered;		 /* devices whose address is in ARP, and with another MAC */
	double score_right, score_wrong; /* of a row; see attach.c */
	double heard_right, heard_wrong; /* of a neighbour's row */
	double crowd[LOGS];		 /* by stations on a port */
	/* rows that were read again, and those of them that were on another port */
	uint64_t reread, changed;
	uint64_t tree_hash;
	struct edge *edges;
	size_t edge_count, edge_cap;
	uint32_t root, former_root;
	uint32_t basis; /* most that any choice of the root could rest on: see root.c */
	uint32_t routers[ROUTERS_MAX]; /* nodes with an ARP table */
	size_t router_count;
	/* what goes out */
	struct topo_link *out_links, *out_gone;
	size_t out_link_count, out_link_cap, out_gone_count, out_gone_cap;
	struct topo_event *out_events;
	size_t out_event_count, out_event_cap;
	uint32_t *out_switches;
	size_t out_switch_count, out_switch_cap;
	struct topo_station *out_stations;
	size_t out_station_count, out_station_cap;
	struct topo_event *queued; /* found while views came in */
	size_t queued_count, queued_cap;
	struct newcomer *newcomers;
	size_t newcomer_count, newcomer_cap;
	uint32_t *waiting; /* devices that wait for a second reading */
	size_t waiting_count, waiting_cap;
	struct fdb_row *scratch;
	size_t scratch_cap;
};

/* Rows come and go, and are on other ports the next time; that they are at odds with the tree may
 * be the tree's fault. */
static inline bool
topo_is_flickering(const struct topo *topo, double error)
{
	return topo->fdb_error >= error &&
	       (double)(topo->changed + 1) > 0.01 * (double)(topo->reread + 100);
}

/* topo.c */
struct device_state *topo_dev_by_id(const struct topo *topo, uint32_t id);
int topo_dirty(struct topo *topo, uint32_t dev);
int topo_dirty_node(struct topo *topo, const struct node *node);
struct node *topo_node_of(const struct topo *topo, uint32_t dev); /* NULL */
uint32_t topo_seconds(struct topo *topo, int64_t at_ms);
struct topo_event *topo_event_add(struct topo *topo, enum topo_event_type type, uint32_t device,
				  int64_t at_ms); /* NULL: out of memory */

/* macs.c */
bool topo_mac_is_virtual(mac_addr mac);
uint32_t topo_station_find(const struct topo *topo, mac_addr mac);
/* NONE32: out of memory. */
uint32_t topo_station_get(struct topo *topo, mac_addr mac);
static inline const uint32_t *
station_refs(const struct station *station)
{
	return station->ref_cap > REFS_INLINE ? station->refs.many : station->refs.few;
}
static inline uint32_t
ref_make(uint32_t node, uint16_t port)
{
	return node << 16 | port;
}
static inline uint32_t
ref_node(uint32_t ref)
{
	return ref >> 16;
}
static inline uint16_t
ref_port(uint32_t ref)
{
	return (uint16_t)(ref & 0xffff);
}
int topo_ref_add(struct topo *topo, uint32_t station, uint32_t ref);
void topo_ref_remove(struct topo *topo, uint32_t station, uint32_t ref);
int topo_claim_add(struct topo *topo, uint32_t dev, uint32_t station, int32_t origin,
		   int64_t at_ms);
/* All of a device by an origin; keeps those of `keep`. */
void topo_claims_drop(struct topo *topo, uint32_t dev, int32_t origin, const uint32_t *keep,
		      size_t keep_count);
void topo_claim_drop(struct topo *topo, uint32_t dev, uint32_t station, int32_t origin);
void topo_owner_settle(struct topo *topo, uint32_t station);

/* names.c */
uint64_t topo_hash(uint64_t hash, const void *data, size_t size);
uint64_t topo_hash_text(uint64_t hash, const char *text);
#define TOPO_HASH_START 0xcbf29ce484222325U
/* Host names: case and domain do not matter; one that several devices have is nobody's. */
int topo_name_add(struct topo *topo, const char *name, uint32_t dev);
void topo_name_remove(struct topo *topo, const char *name, uint32_t dev);
uint32_t topo_dev_by_name(const struct topo *topo, const char *name); /* NONE32 */
uint64_t topo_ip_key(const struct ipaddr *ip);
/* The port of a node that a text names, leniently; NONE16 if none or several. */
uint16_t topo_port_by_text(const struct node *node, const char *text);
uint16_t topo_port_by_index(const struct node *node, uint32_t if_index);
/* The same port under another number: a member of the other, lately at least, or renumbered by a
 * restart. By if_index. */
bool topo_port_is_kin(const struct node *node, uint32_t a, uint32_t b);
uint16_t topo_port_by_mac(const struct node *node, mac_addr mac);
/* Text into a buffer of TOPO_WHY and the like, cut where it ends. */
struct words {
	char *at, *end;
};
struct words words_open(char *buffer, size_t size);
void words_add(struct words *words, const char *text);
void words_number(struct words *words, uint64_t number);
void words_mac(struct words *words, mac_addr mac);
/* "acc1 p3". */
void words_place(struct words *words, const struct topo *topo, struct place place);

/* view.c, fdb.c, heard.c, arp.c: parts of a view */
int topo_ports_take(struct topo *topo, uint32_t node, const struct switch_view *view,
		    int64_t at_ms);
int topo_fdb_take(struct topo *topo, uint32_t node, const struct switch_view *view, int64_t at_ms);
int topo_heard_take(struct topo *topo, uint32_t node, const struct switch_view *view,
		    int64_t at_ms);
int topo_arp_take(struct topo *topo, uint32_t node, const struct switch_view *view, int64_t at_ms);
void topo_heard_drop(struct topo *topo, struct node *node);
void topo_heard_resolve(struct topo *topo);
int topo_arp_claims_of(struct topo *topo, uint32_t dev);
/* The first row of an address, or where it would be. */
size_t topo_arp_first(const struct arp_row *rows, size_t count, const struct ipaddr *ip);
int topo_identity_take(struct topo *topo, uint32_t node, const struct switch_view *view,
		       int64_t at_ms);

/* edges.c, tree.c, roles.c */
int topo_edges_build(struct topo *topo);
int topo_tree_build(struct topo *topo);
/* Where a node sees what the other has beyond itself: the port, and how many speak for it. */
uint16_t topo_port_towards(const struct topo *topo, uint32_t from, uint32_t to, uint16_t to_port,
			   uint32_t *agree, uint32_t *seen);
/* 1: the port leads to the other node; -1: it does not; 0: cannot be told. */
int topo_leads(const struct topo *topo, uint32_t node, uint16_t port, uint32_t to);
bool topo_port_is_tree(const struct node *node, uint16_t port);
void topo_roles_set(struct topo *topo, struct node *node);
bool topo_port_is_between(const struct port *port);
/* Devices may hang on it. */
static inline bool
port_may_hold(const struct port *port)
{
	return !topo_port_is_between(port) || port->is_segment;
}
static inline bool
port_is_down(const struct port *port)
{
	return port->oper == 2 || port->oper == 6 || port->oper == 7 || port->admin == 2;
}

/* attach.c, routers.c */
struct finding {
	struct place place;
	uint8_t source, via;
	double error;
	uint16_t vlan, shared;
	uint32_t station;
	uint16_t agreeing, opposing;
	int8_t lldp_verdict;
	uint32_t if_index; /* of a router's interface, if only that is known */
	bool is_fresh;	   /* evidence speaks for it now */
	bool is_witnessed; /* more than one row speaks for it */
	bool is_doubtful;  /* evidence against the former place */
	uint32_t first_s;
	const struct heard *between; /* what is named between */
	const struct heard *heard;
};
void topo_find_place(struct topo *topo, const struct device_state *dev, struct finding *out);
uint8_t topo_confidence(double error);
/* Behind which interface of a router it is, if no switch has its MAC. */
void topo_router_find(struct topo *topo, const struct device_state *dev, struct finding *out);
void topo_routers_list(struct topo *topo);
static inline bool
source_is_guess(uint8_t source)
{
	return source == TOPO_ARP || source == TOPO_ROUTE;
}
/* After the rates of error have changed. */
void topo_scores_set(struct topo *topo);

double topo_error_of(uint8_t confidence);
double topo_repeat_error(const struct topo *topo);

/* links.c, declared.c, uplinks.c */
int topo_link_settle(struct topo *topo, uint32_t dev, struct finding *found);
int topo_declared_settle(struct topo *topo, uint32_t dev, struct finding *found, bool *is_done);
int topo_uplink_settle(struct topo *topo, uint32_t node);
int topo_root_settle(struct topo *topo, uint32_t dev);
void topo_spares_find(struct topo *topo);
int topo_spare_settle(struct topo *topo, uint32_t node);
void topo_detach(struct topo *topo, uint32_t dev);
void topo_attach(struct topo *topo, uint32_t dev, struct place place);
int topo_link_emit(struct topo *topo, struct device_state *dev, const struct topo_link *next);
int topo_gone_add(struct topo *topo, const struct topo_link *link);

/* addresses.c, watch.c, restore.c, update.c */
int topo_establish(struct topo *topo, uint32_t dev, uint32_t station, bool is_sure);
int topo_replaced_tell(struct topo *topo, struct device_state *dev, const char *from,
		       const char *to, const char *detail, int64_t at_ms);
int topo_address_check(struct topo *topo, uint32_t dev, bool *is_pending);
bool topo_vlan_is_wrong(const struct topo *topo, const struct device_state *dev, uint16_t vlan);
int topo_vlan_check(struct topo *topo, uint32_t dev);
int topo_station_seen(struct topo *topo, uint32_t node, uint16_t port, mac_addr mac, int64_t at_ms);
int topo_watch(struct topo *topo);
bool topo_is_known(const struct topo *topo, uint32_t id, uint32_t if_index, mac_addr mac);
int topo_known_add(struct topo *topo, uint32_t id, uint32_t if_index, mac_addr mac);
void topo_place_sync(struct topo *topo, uint32_t dev);
int topo_node_new(struct topo *topo, uint32_t dev);
int topo_wait(struct topo *topo, uint32_t dev);
void topo_spares_mark(struct topo *topo);
int topo_ports_tell(struct topo *topo, struct node *node);

#endif
