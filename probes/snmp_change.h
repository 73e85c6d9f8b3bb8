/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a switch tells by itself of changes in its topology: four scalars that stand still while
 * nothing happens, asked for with sysUpTime. A difference makes its topology worth reading now.
 */
#ifndef KEEPWATCH_PROBES_SNMP_CHANGE_H
#define KEEPWATCH_PROBES_SNMP_CHANGE_H

#include "keepwatch/varbind.h"

#include <stdbool.h>
#include <stdint.h>

/*
 * lldpStatsRemTablesLastChangeTime (IEEE 802.1AB-2005), ifTableLastChange (RFC 2863),
 * dot1dStpTopChanges (RFC 4188), entLastChangeTime (RFC 6933).
 */
enum { SNMP_CHANGE_COUNT = 4, SNMP_CHANGE_ALL = (1 << SNMP_CHANGE_COUNT) - 1 };
extern const struct oid_ref snmp_change_oids[SNMP_CHANGE_COUNT];

/* Zeroed at first. */
struct snmp_change {
	uint32_t values[SNMP_CHANGE_COUNT];
	uint8_t runs[SNMP_CHANGE_COUNT]; /* in a row that moved; if ignored, that stood still */
	uint8_t known, ignored;		 /* bits 1 << item */
	uint8_t lacks; /* the agent refuses a whole request for it: not asked for again */
};

/*
 * Takes a varbind of a reply; others are passed over. True if it is a change since the run before.
 * One that moves in three runs in a row is ignored (agents that make the value up at each request),
 * until it stands still for half an hour of minutes.
 */
bool snmp_change_take(struct snmp_change *change, const struct varbind *varbind);
/* The agent has restarted: its numbers begin anew. */
void snmp_change_restart(struct snmp_change *change);

#endif
