/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The system group of SNMPv2-MIB (RFC 3418).
 */
#include "keepwatch/mib.h"

#define X(name, arc, order) static const uint32_t oid_##name[] = {1, 3, 6, 1, 2, 1, 1, arc, 0};
MIB_SYSTEM(X)
#undef X

const struct oid_ref mib_system_oids[MIB_SYS_COUNT] = {
#define X(name, arc, order) [order] = OID_REF(oid_##name),
	MIB_SYSTEM(X)
#undef X
};

static bool
mib_system_take(struct mib_system *system, enum mib_system_item item, const struct varbind *vb)
{
	char *text;

	switch (item) {
	case MIB_SYS_UPTIME:
		if (vb->type != VB_TIMETICKS)
			return false;
		system->uptime_cs = (uint32_t)vb->unsigned_number;
		return true;
	case MIB_SYS_OBJECT_ID:
		if (vb->type != VB_OID)
			return false;
		oid_format(vb->value_oid, vb->value_oid_len, system->object_id,
			   sizeof(system->object_id));
		return true;
	case MIB_SYS_DESCR:
		text = system->descr;
		break;
	case MIB_SYS_CONTACT:
		text = system->contact;
		break;
	case MIB_SYS_NAME:
		text = system->name;
		break;
	case MIB_SYS_LOCATION:
		text = system->location;
		break;
	default:
		return false;
	}
	if (vb->type != VB_OCTETS)
		return false;
	varbind_text(vb, text, MIB_TEXT_SIZE);
	return true;
}

void
mib_system_add(struct mib_system *system, const struct varbind *vb)
{
	for (int i = 0; i < MIB_SYS_COUNT; i++) {
		const struct oid_ref *ref = &mib_system_oids[i];

		if (oid_compare(vb->oid, vb->oid_len, ref->ids, ref->len) != 0)
			continue;
		if (mib_system_take(system, (enum mib_system_item)i, vb))
			system->has |= 1u << i;
		return;
	}
}
