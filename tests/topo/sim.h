/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A campus network that is made up: boxes in a tree of cables, frames that are sent along it, and
 * what every switch would then say of itself. Where everything hangs is known here, and nowhere is
 * it taken from the inference that is tested with it. All randomness is of a seed.
 */
#ifndef KEEPWATCH_TESTS_TOPO_SIM_H
#define KEEPWATCH_TESTS_TOPO_SIM_H

#include "keepwatch/kinds.h"
#include "keepwatch/switch_view.h"
#include "keepwatch/topo.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	SIM_NONE = 0xffffffff, /* no box */
	SIM_PORTS_MAX = 140,
	SIM_MACS_MAX = 3,
	SIM_VLANS_MAX = 4,
	SIM_ROUND_S = 600,
};

struct sim_random {
	uint64_t state;
};

uint64_t sim_random(struct sim_random *random);
uint32_t sim_below(struct sim_random *random, uint32_t n); /* n > 0 */
bool sim_chance(struct sim_random *random, unsigned permille);

enum sim_kind {
	SIM_SWITCH, /* managed; perhaps nobody may ask it */
	SIM_ROUTER, /* no bridge: interfaces and ARP */
	SIM_DUMB,   /* unmanaged switch */
	SIM_PHONE,  /* with a port for another device */
	SIM_RADIO,  /* wireless bridge, both ends in one */
	SIM_END,    /* a device of the fleet */
	SIM_PC,	    /* a stranger */
	SIM_MONITOR,
};

struct sim_port {
	uint32_t peer;	  /* box at the other end; SIM_NONE */
	uint16_t lag;	  /* port number of the aggregation that it is a member of; 0 */
	uint16_t members; /* of an aggregation */
	bool is_blocked;  /* by spanning tree */
};

/* Ports are numbered from 1; aggregations follow the physical ones. */
struct sim_box {
	enum sim_kind kind;
	enum device_kind device_kind;
	uint32_t id;	 /* in the fleet; 0: not */
	uint32_t parent; /* in the tree of cables, whose root is the core switch */
	uint16_t parent_port, own_port;
	uint32_t spare; /* a second uplink that is blocked: to which box, from port to port */
	uint16_t spare_port, own_spare_port;
	bool has_snmp, has_lldp, has_cdp, floods_lldp, is_l3;
	bool has_fdb_vlans, fdb_on_member, tells_macs, tells_name, is_dark, is_attached;
	uint8_t style; /* of names and numbers of ports */
	uint8_t vlan;  /* index of its VLAN */
	uint8_t mac_count;
	uint32_t talks_to; /* another box in its VLAN; SIM_NONE */
	mac_addr macs[SIM_MACS_MAX];
	mac_addr told_mac; /* a further one that it says it has, but others say so too; 0 */
	uint32_t ip;	   /* IPv4, host order */
	uint16_t ports, lags, units;
	struct sim_port *port; /* [1 ... ports + lags] */
	char name[24];
	char serial[16];
	/* what it has learned, by (mac, vlan) after sim_learn */
	struct sim_row *rows;
	size_t row_count, row_cap;
};

struct sim_row {
	mac_addr mac;
	uint16_t port;
	uint8_t vlan;	     /* index */
	uint8_t left_rounds; /* until it ages, when not refreshed */
};

struct sim {
	struct sim_random random;
	struct sim_box *boxes;
	size_t count, cap;
	uint32_t core, router, monitor; /* router: whoever routes; SIM_NONE */
	unsigned vlans;
	uint32_t next_id, next_mac, first_ip;
	unsigned broadcast_permille; /* of stations, heard by all switches in a round */
	unsigned round;
	unsigned lldp_permille; /* of switches that speak it */
	/* an address that a second station claims */
	uint32_t duplicate_ip;
	mac_addr duplicate_mac;
};

struct sim_size {
	unsigned distribution, access, ports; /* most of each; access per distribution switch */
	unsigned fill_permille;		      /* of access ports that are used */
	/* For one of many sites: exactly as many as said, behind a router, with numbers of its own.
	 */
	bool is_site;
	uint32_t first_id, first_mac, site;
};

/* Never NULL: the process ends when there is no memory. */
struct sim *sim_new(uint64_t seed, const struct sim_size *size);
void sim_free(struct sim *sim);

/* ---- the tree */
bool sim_is_switch(const struct sim_box *box);
uint32_t sim_if_index(const struct sim_box *box, uint16_t port);
void sim_port_name(const struct sim_box *box, uint16_t port, char out[VIEW_TEXT]);
/* The next box on the way to the monitor and its port that leads back; SIM_NONE at the monitor. */
uint32_t sim_towards_monitor(const struct sim *sim, uint32_t box, uint16_t *port);
void sim_attach(struct sim *sim, uint32_t box, uint32_t parent, uint16_t port);
void sim_detach(struct sim *sim, uint32_t box);
/* A port with nothing on it; 0 if all are used. */
uint16_t sim_free_port(struct sim *sim, uint32_t box);
uint32_t sim_add(struct sim *sim, enum sim_kind kind, unsigned ports);
mac_addr sim_mac(struct sim *sim);

/* Where it hangs. Any of these is right. */
struct sim_place {
	uint32_t parent, if_index;
};
enum { SIM_PLACES_MAX = 8 };
size_t sim_truth(const struct sim *sim, uint32_t box, struct sim_place out[SIM_PLACES_MAX]);

/* ---- time */
/* A round of traffic: all that is lit talks, switches learn and forget. */
void sim_learn(struct sim *sim);

/* ---- what is read */
struct sim_damage {
	unsigned missing_permille, wrong_permille; /* of rows of FDB, neighbours and ARP */
	bool is_persistent;			   /* the same rows in every round */
	uint64_t seed;
};

/* NULL if it cannot be asked. The caller frees it. */
struct switch_view *sim_view(const struct sim *sim, uint32_t box, const struct sim_damage *damage);
struct ipaddr sim_ip(uint32_t ip);

#endif
