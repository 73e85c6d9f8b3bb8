/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The inference: from the views of the switches, the MACs of the devices and what routers know, to
 * which port every device hangs on. Pure: no I/O, no clock; time comes in with the evidence. What
 * is put in is kept until it is replaced or ages; topo_update then works off what has changed and
 * gives out links, ports and events as data. The same evidence in the same order gives the same
 * bytes.
 */
#ifndef KEEPWATCH_TOPO_H
#define KEEPWATCH_TOPO_H

#include "keepwatch/fleet.h"
#include "keepwatch/ipaddr.h"
#include "keepwatch/topology.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct topo;

struct topo_params {
	int64_t fdb_age_ms;  /* default 15 min: a switch not read for longer is stale evidence */
	int64_t link_age_ms; /* default 7 d: a link not confirmed for longer is let go */
	unsigned security_kinds; /* bits 1 << kind: a new MAC on their edge ports is an event */
	/* Allowed VLANs by kind: bit v of allowed[kind][v / 64]; NULL: any. Borrowed. */
	const uint64_t *allowed_vlans[KIND_COUNT];
};

struct topo *topo_new(const struct topo_params *params); /* NULL: out of memory */
void topo_free(struct topo *topo);
/* After a reload of the configuration. */
void topo_set_params(struct topo *topo, const struct topo_params *params);

/* A device of the fleet; strings are copied. Known ones are updated in place. */
struct topo_device {
	uint32_t id; /* of the store, > 0 */
	const char *name;
	enum device_kind kind;
	struct ipaddr ip;	   /* family 0 not known */
	uint32_t upstream;	   /* id of the declared upstream switch, 0: none */
	const char *upstream_port; /* declared, NULL or "" if not */
};

/* ERR_NOMEM in all that follows: what was put may be in force in part, and is put again.
 * ERR_NOTFOUND where a device is named that was not put. */
int topo_device_put(struct topo *topo, const struct topo_device *device);
void topo_device_remove(struct topo *topo, uint32_t id);

/* A MAC that a device says it has (ONVIF GetNetworkInterfaces, ifPhysAddress). */
struct topo_mac {
	mac_addr mac;
	char interface[VIEW_TEXT]; /* "" if not told */
};
/* All MACs of a device, as `origin` (enum probe_id) tells; replaces what that origin told before.
 * MACs that several devices share, or that are no stations, are no evidence and are left out. */
int topo_macs_put(struct topo *topo, uint32_t id, int origin, const struct topo_mac *macs,
		  size_t count, int64_t at_ms);
/*
 * The serial number that a device tells (ONVIF GetDeviceInformation, entPhysicalSerialNum), or, at
 * the start, the stored one with the time when it was told. Another one is REPLACED: at once if the
 * device was dark in between, else when it is told twice. "" and the like are not told. Switches
 * that have told a view are known by that.
 */
int topo_serial_put(struct topo *topo, uint32_t id, const char *serial, int64_t at_ms);
/* What a neighbour table of the monitor's own host says: all of it, each time. */
int topo_host_arp_put(struct topo *topo, const struct view_arp *arp, size_t count, int64_t at_ms);
/*
 * Where the monitor itself is: the MACs of its own interfaces (an edge port that learned one is
 * where the tree begins) and the addresses of its gateways (whose MAC the host's neighbour table
 * has: the router or switch that owns it is the first hop). All of it, each time.
 */
int topo_monitor_put(struct topo *topo, const mac_addr *macs, size_t mac_count,
		     const struct ipaddr *gateways, size_t gateway_count, int64_t at_ms);
/* What a switch says. Parts with VIEW_NOT_READ and VIEW_DOUBTED leave the former in force; rows of
 * a part that was CUT are added. The view is only read. */
int topo_view_put(struct topo *topo, uint32_t id, const struct switch_view *view, int64_t at_ms);
/* A link of the store, at start: remembered until evidence confirms or refutes it. */
int topo_restore(struct topo *topo, const struct topo_link *link);
/* Identity of a switch as stored, for SWITCH_REPLACED over a restart. */
int topo_restore_switch(struct topo *topo, const struct topo_identity *identity);
/* Stations that were known on a port before the restart: no NEW_MAC for them. */
int topo_restore_station(struct topo *topo, const struct topo_station *station);
/* Whether the device answers (health): a link of one that is dark is not let go for want of
 * confirmation, and stale rows of it count less. */
void topo_set_alive(struct topo *topo, uint32_t id, bool is_alive, int64_t at_ms);

/* What an update brought. Borrowed until the next call on this topo. */
struct topo_changes {
	const struct topo_link *links; /* new or changed ones, also in confirmed_ms by an hour */
	size_t link_count;
	const struct topo_link *gone; /* that hold no longer: device, parent, if_index, is_spare */
	size_t gone_count;
	const struct topo_event *events;
	size_t event_count;
	/* Whose ports or identity have changed: see topo_ports. Also once an hour if they have
	 * not, as long as they are read. */
	const uint32_t *switches;
	size_t switch_count;
	const struct topo_station *stations; /* seen for the first time on a security port */
	size_t station_count;
};
/* Works off what was put since. now_ms: wall clock. */
int topo_update(struct topo *topo, int64_t now_ms, struct topo_changes *out);

/* The link that holds; NULL if nothing is known. Borrowed until the next topo_update. */
const struct topo_link *topo_link_of(const struct topo *topo, uint32_t id);
/* Its second path; NULL if none is known. Borrowed as above. */
const struct topo_link *topo_spare_of(const struct topo *topo, uint32_t id);
/* The device of the fleet that is the monitor's gateway, by its address or MAC; 0: none is. */
uint32_t topo_gateway_of(const struct topo *topo);
/* Ports of a switch as last seen, by if_index. Borrowed until the next topo_update or
 * topo_view_put. */
const struct topo_port *topo_ports(const struct topo *topo, uint32_t id, size_t *count);
/* False if nothing is known of it yet. */
bool topo_identity_of(const struct topo *topo, uint32_t id, struct topo_identity *out);
size_t topo_memory(const struct topo *topo);

#endif
