/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Change scalars from run to run.
 */
#include "snmp_change.h"

#include "keepwatch/mem.h"

enum { MOVES_MAX = 3, CALM_RUNS = 30 };

static const uint32_t lldp_last_change[] = {1, 0, 8802, 1, 1, 2, 1, 2, 1, 0};
static const uint32_t if_last_change[] = {1, 3, 6, 1, 2, 1, 31, 1, 5, 0};
static const uint32_t stp_changes[] = {1, 3, 6, 1, 2, 1, 17, 2, 4, 0};
static const uint32_t entity_last_change[] = {1, 3, 6, 1, 2, 1, 47, 1, 4, 1, 0};

const struct oid_ref snmp_change_oids[SNMP_CHANGE_COUNT] = {
	OID_REF(lldp_last_change),
	OID_REF(if_last_change),
	OID_REF(stp_changes),
	OID_REF(entity_last_change),
};

static bool
change_note(struct snmp_change *change, size_t i, uint32_t value)
{
	uint8_t bit = (uint8_t)(1u << i);
	bool is_known = change->known & bit, is_ignored = change->ignored & bit;
	bool has_moved = is_known && value != change->values[i];

	change->values[i] = value;
	change->known |= bit;
	if (has_moved == is_ignored) { /* as always */
		change->runs[i] = 0;
		return false;
	}
	change->runs[i]++;
	if (is_ignored && change->runs[i] >= CALM_RUNS) {
		change->ignored &= (uint8_t)~bit;
		change->runs[i] = 0;
	}
	if (is_ignored)
		return false;
	if (change->runs[i] < MOVES_MAX)
		return true;
	change->ignored |= bit;
	change->runs[i] = 0;
	return false;
}

bool
snmp_change_take(struct snmp_change *change, const struct varbind *varbind)
{
	if (varbind->type != VB_TIMETICKS && varbind->type != VB_COUNTER32 &&
	    varbind->type != VB_GAUGE32)
		return false;
	for (size_t i = 0; i < SNMP_CHANGE_COUNT; i++) {
		if (oid_compare(varbind->oid, varbind->oid_len, snmp_change_oids[i].ids,
				snmp_change_oids[i].len) == 0)
			return change_note(change, i, (uint32_t)varbind->unsigned_number);
	}
	return false;
}

void
snmp_change_restart(struct snmp_change *change)
{
	change->known = 0;
	change->lacks = 0;
}
