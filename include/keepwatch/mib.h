/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * MIB rows: from varbinds to plain structs, without MIB files. SNMPv2-MIB (RFC 3418) system group,
 * IF-MIB (RFC 2863) ifTable and ifXTable, and what sysUpTime says of restarts.
 */
#ifndef KEEPWATCH_MIB_H
#define KEEPWATCH_MIB_H

#include "keepwatch/varbind.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The scalars of the system group, in the order of enum mib_system_item. */
#define MIB_SYSTEM(X)                        \
	X(UPTIME, 3, 0)	   /* sysUpTime */   \
	X(DESCR, 1, 1)	   /* sysDescr */    \
	X(OBJECT_ID, 2, 2) /* sysObjectID */ \
	X(CONTACT, 4, 3)   /* sysContact */  \
	X(NAME, 5, 4)	   /* sysName */     \
	X(LOCATION, 6, 5)  /* sysLocation */

enum mib_system_item {
#define X(name, arc, order) MIB_SYS_##name = order,
	MIB_SYSTEM(X)
#undef X
		MIB_SYS_COUNT
};
/* 1.3.6.1.2.1.1.ARC.0, MIB_SYS_COUNT of them. */
extern const struct oid_ref mib_system_oids[];

enum { MIB_TEXT_SIZE = 256, MIB_IF_MAX = 4096 };

struct mib_system {
	uint32_t has; /* bit 1 << item */
	uint32_t uptime_cs;
	char descr[MIB_TEXT_SIZE], object_id[MIB_TEXT_SIZE], contact[MIB_TEXT_SIZE],
		name[MIB_TEXT_SIZE], location[MIB_TEXT_SIZE];
};
/* Takes one varbind; others than the scalars above, exceptions and wrong types are passed over.
 * Texts lose trailing NULs and are cut to fit. */
void mib_system_add(struct mib_system *system, const struct varbind *varbind);

/* Columns of ifTable (1.3.6.1.2.1.2.2.1) and ifXTable (1.3.6.1.2.1.31.1.1.1) that are read. */
enum mib_if_column {
	MIB_IF_DESCR,
	MIB_IF_TYPE,
	MIB_IF_SPEED,
	MIB_IF_PHYS_ADDRESS,
	MIB_IF_ADMIN_STATUS,
	MIB_IF_OPER_STATUS,
	MIB_IF_NAME,
	MIB_IF_HIGH_SPEED,
	MIB_IF_ALIAS,
	MIB_IF_COLUMNS
};
extern const struct oid_ref mib_if_columns[];

struct mib_if {
	uint32_t index;	     /* ifIndex */
	uint32_t has;	     /* bit 1 << column */
	uint32_t type;	     /* IANAifType */
	uint8_t admin, oper; /* RFC 2863: 1 up, 2 down, 3 testing, 4 unknown, 5 dormant, 6
				notPresent, 7 lowerLayerDown */
	uint8_t mac[6];	     /* if has PHYS_ADDRESS: it had six bytes, not all equal to 0 or 0xff */
	uint64_t speed_mbps; /* ifHighSpeed, else ifSpeed; 0: unknown */
	char name[64];	     /* ifName, else ifDescr */
	char alias[64];
};

struct mib_if_table {
	struct mib_if *items; /* by ascending ifIndex */
	size_t count, cap;
};
void mib_if_table_init(struct mib_if_table *table);
void mib_if_table_fini(struct mib_if_table *table);
/* Takes one instance of a column. ERR_NOMEM; ERR_TOOBIG past MIB_IF_MAX; ERR_SYNTAX if the index or
 * the type of the value is not the column's. */
int mib_if_table_add(struct mib_if_table *table, enum mib_if_column column,
		     const struct varbind *varbind);
/* "up", "down" ...; "?" out of range. */
const char *mib_if_status_name(uint8_t status);

/* When the agent (re)started, from sysUpTime. Zeroed at first; kept by the caller. */
struct mib_uptime {
	bool is_known;
	bool is_estimate;    /* restored: elapsed time is not known, boot_ms is from the store */
	uint32_t ticks;	     /* the last sysUpTime, hundredths of a second */
	uint32_t wraps;	     /* 2^32 ticks are 497 days */
	int64_t boot_ms;     /* wall clock, whole seconds */
	uint64_t at_mono_ms; /* when ticks were read */
	int64_t at_wall_ms;
};
enum mib_uptime_change { MIB_UPTIME_FIRST, MIB_UPTIME_STEADY, MIB_UPTIME_RESTARTED };
/*
 * Takes a sysUpTime. boot_ms stays the same as long as the agent has not restarted, whatever its
 * clock's drift, jitter or a step of our own clock. A restart is an uptime that is behind what has
 * elapsed; 2^32 ticks later than expected is a wrap. engine_time_s (snmpEngineTime, 0 if unknown)
 * tells how often a counter wrapped before it was seen first.
 */
enum mib_uptime_change mib_uptime_update(struct mib_uptime *uptime, uint32_t ticks,
					 uint32_t engine_time_s, int64_t wall_ms, uint64_t mono_ms);
/* From the store, after a start of the monitor: the boot time last known. */
void mib_uptime_restore(struct mib_uptime *uptime, int64_t boot_ms);

#endif
