/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Neighbours before their ports are known: the raw rows of LLDP-MIB and LLDP-V2-MIB, which differ
 * in their index alone, and what is needed to bring local port numbers to interfaces.
 */
#ifndef KEEPWATCH_CODEC_VIEW_LLDP_H
#define KEEPWATCH_CODEC_VIEW_LLDP_H

#include "view_impl.h"

/* Bytes of an id as they came: what they are is told by a subtype that may come later. */
struct lldp_id {
	uint8_t subtype; /* 0: not told */
	uint8_t len;
	uint8_t bytes[VIEW_TEXT];
};

/* LldpChassisIdSubtype and LldpPortIdSubtype, IEEE 802.1AB-2009 tables 8-2 and 8-3. */
enum lldp_chassis_subtype {
	LLDP_CHASSIS_COMPONENT = 1,
	LLDP_CHASSIS_IF_ALIAS,
	LLDP_CHASSIS_PORT_COMPONENT,
	LLDP_CHASSIS_MAC,
	LLDP_CHASSIS_ADDRESS,
	LLDP_CHASSIS_IF_NAME,
	LLDP_CHASSIS_LOCAL,
};
enum lldp_port_subtype {
	LLDP_PORT_IF_ALIAS = 1,
	LLDP_PORT_COMPONENT,
	LLDP_PORT_MAC,
	LLDP_PORT_ADDRESS,
	LLDP_PORT_IF_NAME,
	LLDP_PORT_CIRCUIT,
	LLDP_PORT_LOCAL,
};

struct lldp_key {
	uint32_t port; /* lldpRemLocalPortNum, lldpV2RemLocalIfIndex */
	uint32_t dest; /* lldpV2RemLocalDestMACAddress: a number; 0 in LLDP-MIB */
	uint32_t index;
};

struct lldp_remote_row {
	struct lldp_key key;
	uint32_t time_mark;
	uint16_t caps, caps_supported, vlan;
	struct lldp_id chassis, port;
	char port_descr[VIEW_TEXT], sys_name[VIEW_TEXT], sys_descr[VIEW_LONG_TEXT];
};

struct lldp_address_row {
	struct lldp_key key;
	uint32_t time_mark;
	struct ipaddr address;
};

struct lldp_local_row {
	uint32_t port; /* the key */
	struct lldp_id id;
	char descr[VIEW_TEXT];
};

/* Columns of lldpLocPortTable and lldpRemTable, in the order in which they are walked. */
enum lldp_local_column { LOCAL_SUBTYPE, LOCAL_ID, LOCAL_DESCR };
enum lldp_remote_column {
	REM_CHASSIS_SUBTYPE,
	REM_CHASSIS,
	REM_PORT_SUBTYPE,
	REM_PORT,
	REM_PORT_DESCR,
	REM_NAME,
	REM_DESCR,
	REM_CAPS_SUPPORTED,
	REM_CAPS,
	REM_VLAN,    /* lldpXdot1RemPortVlanId; not in LLDP-V2 */
	REM_ADDRESS, /* of lldpRemManAddrTable, which is about as long; not in LLDP-V2 */
};
/* An instance, by what follows the column's OID (NULL: none), into the rows of LLDP_LOCAL,
 * LLDP_REMOTE or LLDP_ADDRESS, or of their successors LLDP2_. As view_table_spec.add. */
int lldp_put_local(struct view_builder *builder, enum view_table table,
		   enum lldp_local_column column, const uint32_t *index, size_t len,
		   const struct varbind *varbind);
int lldp_put_remote(struct view_builder *builder, enum view_table table,
		    enum lldp_remote_column column, const uint32_t *index, size_t len,
		    const struct varbind *varbind);
int lldp_put_address(struct view_builder *builder, enum view_table table, const uint32_t *index,
		     size_t len);

void lldp_id_set(struct lldp_id *id, const struct varbind *varbind);
/* As text, and the MAC and the address in it, if there are; subtypes that lie are found out. */
void lldp_chassis_text(const struct lldp_id *id, char *out, size_t size, mac_addr *mac,
		       struct ipaddr *address);
void lldp_port_text(const struct lldp_id *id, char *out, size_t size, mac_addr *mac);
/* A network address with its family in front (IANA AddressFamilyNumbers), or without. */
bool lldp_network_address(const uint8_t *bytes, size_t len, struct ipaddr *out);

/* How well an address serves to reach somebody: 0 not at all. */
int lldp_address_rank(const struct ipaddr *address);

/*
 * One local port that has neighbours, of one table: what the agent says of it, and the interface
 * that it turns out to be.
 */
struct local_port {
	uint32_t number;
	const struct lldp_id *id; /* NULL: not told */
	const char *descr;	  /* "" if not told */
	/* Neighbours' MACs on it, for the proof by the forwarding table. */
	mac_addr macs[2];
	uint32_t if_index; /* the outcome; 0: not known */
};
/* What the numbers of a table are, if they are what its MIB says. */
enum local_numbers { LOCAL_LLDP, LOCAL_LLDP_V2, LOCAL_CDP };
/*
 * Decides for the whole table, by what explains its ports best, and sets their if_index. The view
 * has its ports, their aggregates and its forwarding table. ERR_NOMEM.
 */
int local_ports_map(const struct view_builder *builder, const struct switch_view *view,
		    enum local_numbers numbers, struct local_port *ports, size_t count);

#endif
