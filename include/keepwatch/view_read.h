/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From SNMP rows to the view of a switch. A reading is a list of tables; each table is walked by
 * the probe and its varbinds are handed to the table's `add`. view_builder_finish then brings the
 * numberings together. Pure: nothing here sends anything, and nothing in a reply, however torn or
 * hostile, does more than to be counted as a bad row.
 */
#ifndef KEEPWATCH_VIEW_READ_H
#define KEEPWATCH_VIEW_READ_H

#include "keepwatch/switch_view.h"
#include "keepwatch/varbind.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct view_builder;

/* In the order in which they are read: earlier ones tell what later ones need. */
#define VIEW_TABLES(X)                                                                          \
	X(IF, PORTS)		     /* ifTable, ifXTable, dot3StatsDuplexStatus */             \
	X(IF_COUNTERS, PORTS)	     /* ifInErrors ... , ifLastChange */                        \
	X(LAG, LAGS)		     /* dot3adAggPortTable: attached and selected aggregate */  \
	X(IF_STACK, LAGS)	     /* ifStackTable */                                         \
	X(LLDP_REMOTE, NEIGHBOURS)   /* lldpRemTable */                                         \
	X(LLDP_LOCAL, NEIGHBOURS)    /* lldpLocPortTable */                                     \
	X(LLDP_ADDRESS, NEIGHBOURS)  /* lldpRemManAddrTable */                                  \
	X(LLDP2_REMOTE, NEIGHBOURS)  /* lldpV2RemTable */                                       \
	X(LLDP2_LOCAL, NEIGHBOURS)   /* lldpV2LocPortTable */                                   \
	X(LLDP2_ADDRESS, NEIGHBOURS) /* lldpV2RemManAddrTable */                                \
	X(LLDP_TIMETRA, NEIGHBOURS)  /* tmnxLldpRemTable: LLDP-V2-MIB elsewhere */              \
	X(LLDP_BDCOM, NEIGHBOURS)    /* NMS-LLDP-MIB: LLDP-MIB elsewhere */                     \
	X(LLDP_PBN, NEIGHBOURS)	     /* the same, in another place */                           \
	X(LLDP_VENDOR, NEIGHBOURS)   /* neighbours that LLDP-MIB has not, or not whole */       \
	X(CDP, NEIGHBOURS)	     /* cdpCacheTable, snFdpCacheTable */                       \
	X(CDP_FASTPATH, NEIGHBOURS)  /* agentIsdpCacheTable of Dell and Broadcom */             \
	X(CDP_VENDOR, NEIGHBOURS)    /* the same of Netgear; extremeEdpTable */                 \
	X(CDP_LOCAL, NEIGHBOURS)     /* cdpInterfaceName, for agents whose ifIndex differs */   \
	X(BASE_PORT, FDB)	     /* dot1dBasePortIfIndex */                                 \
	X(QFDB, FDB)		     /* dot1qTpFdbTable */                                      \
	X(VLAN_FDB, FDB)	     /* dot1qVlanFdbId: FDB identifiers to VLANs */             \
	X(FDB, FDB)	      /* dot1dTpFdbTable, where QFDB is empty; per VLAN on old IOS */   \
	X(STP_PORT, STP)      /* dot1dStpPortState */                                           \
	X(VLAN_PORT, VLANS)   /* dot1qPvid, vmVlan of CISCO-VLAN-MEMBERSHIP-MIB */              \
	X(VLAN_EGRESS, VLANS) /* dot1qVlanCurrentTable, else dot1qVlanStaticTable */            \
	X(CISCO_VLAN, VLANS)  /* vtpVlanState: which VLANs there are */                         \
	X(ARP, ARP)	      /* ipNetToMediaPhysAddress */                                     \
	X(ARP2, ARP)	      /* ipNetToPhysicalPhysAddress */                                  \
	X(POE_PORT, POE)      /* pethPsePortTable */                                            \
	X(POE_MAIN, POE)      /* pethMainPseTable */                                            \
	X(POE_VENDOR, POE)    /* milliwatts by port, of the vendors that serve them */          \
	X(POE_VENDOR2, POE)   /* the same, of further vendors: at most one of them is wanted */ \
	X(POE_VENDOR3, POE)   /* the same */                                                    \
	X(POE_CISCO, POE)     /* cpeExtPsePortTable, cpeExtMainPseTable */                      \
	X(ENTITY, ENTITIES)   /* entPhysicalTable */                                            \
	X(ENTITY_ALIAS, ENTITIES) /* entAliasMappingIdentifier: entity to ifIndex */

enum view_table {
#define X(name, part) VIEW_TABLE_##name,
	VIEW_TABLES(X)
#undef X
		VIEW_TABLE_COUNT
};

enum { VIEW_ENOUGH = 1 }; /* from `add` */

/*
 * Columns that are walked side by side: they need not be of one MIB table, but of tables with the
 * same index, or small ones. A table is served if one of their entries (a column without its last
 * arc) has an instance; if none has, it is ended VIEW_WHOLE with no rows.
 */
struct view_table_spec {
	enum view_table table;
	enum view_part part;
	const char *name;	       /* for traces and reports: "dot1qTpFdbTable" */
	const struct oid_ref *columns; /* at most 16 */
	uint8_t column_count;
	uint32_t max_rows; /* of one column */
	/* Bit 1 << column of those that are walked after the others, since only then it is seen
	 * whether they are worth it: view_builder_wants_later. The table is whole without them. */
	uint16_t later;
	uint32_t later_max_rows; /* of a table with more they are never wanted */
	/* Takes one instance. 0; VIEW_ENOUGH if nothing that follows is wanted; ERR_SYNTAX for a
	 * row without sense (counted, the reading goes on); ERR_NOMEM; ERR_TOOBIG past max_rows
	 * (the table is cut). */
	int (*add)(struct view_builder *builder, size_t column, const struct varbind *varbind);
};

const struct view_table_spec *view_table_spec(enum view_table table);

/* Scalars, asked for in one GET before the tables; at most 16. */
extern const struct oid_ref view_scalar_oids[];
extern const size_t view_scalar_count;

struct view_builder *view_builder_new(void); /* NULL: out of memory */
void view_builder_free(struct view_builder *builder);
/* Takes a scalar; exceptions and wrong types are passed over. */
void view_builder_scalar(struct view_builder *builder, const struct varbind *varbind);
/* Begins a table: what was added to it before (a doubted reading) is dropped; `vlan` is the context
 * in which an FDB is read, 0 for none: a second VLAN's rows are added to the first's. */
void view_builder_begin(struct view_builder *builder, enum view_table table, uint16_t vlan);
/* Takes an instance of the table that was begun. As view_table_spec.add. */
int view_builder_add(struct view_builder *builder, enum view_table table, size_t column,
		     const struct varbind *varbind);
/* How a table ended. Rows counted are those of its first column that made sense. */
void view_builder_end(struct view_builder *builder, enum view_table table, enum view_trust trust);
uint32_t view_builder_rows(const struct view_builder *builder, enum view_table table);
uint32_t view_builder_bad_rows(const struct view_builder *builder);
/*
 * Whether a table is worth asking for, after what was read so far: no LLDP-V2 where LLDP-MIB had
 * rows, no dot1dTpFdbTable where Q-BRIDGE had, vendors' tables by sysObjectID.
 */
bool view_builder_wants(const struct view_builder *builder, enum view_table table);
/* Whether the columns `later` of a table are worth asking for, after the others. */
bool view_builder_wants_later(const struct view_builder *builder, enum view_table table);
/* VLANs whose FDB old Cisco IOS serves only in a context of its own (community@VLAN, or context
 * vlan-N with SNMPv3), after the tables of VLANs were read: those of access ports, then those that
 * trunks alone carry; none if the default context, which is VLAN 1, evidently has the ports of all.
 * Returns their number, at most max. */
size_t view_builder_fdb_vlans(const struct view_builder *builder, uint16_t *vlans, size_t max);
/*
 * Maps and sorts. A part has the least trust of its tables that were wanted. Takes the content out
 * of the builder. ERR_NOMEM.
 */
int view_builder_finish(struct view_builder *builder, struct switch_view **out);

#endif
