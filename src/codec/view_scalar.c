/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The scalars of a switch: SNMPv2-MIB (RFC 3418), BRIDGE-MIB (RFC 4188), and what the LLDP MIBs
 * say of the agent itself.
 */
#include "view_lldp.h"

#include "keepwatch/mem.h"

#include <ctype.h>
#include <string.h>

#define SYSTEM	      1, 3, 6, 1, 2, 1, 1
#define BASE_BRIDGE   1, 3, 6, 1, 2, 1, 17, 1
#define STP	      1, 3, 6, 1, 2, 1, 17, 2
#define LLDP_OBJECTS  1, 0, 8802, 1, 1, 2, 1
#define LLDP2_OBJECTS 1, 3, 111, 2, 802, 1, 1, 13, 1

#define SCALARS(X)                                  \
	X(UPTIME, SYSTEM, 3, 0)                     \
	X(DESCR, SYSTEM, 1, 0)                      \
	X(OBJECT_ID, SYSTEM, 2, 0)                  \
	X(NAME, SYSTEM, 5, 0)                       \
	X(BRIDGE_ADDRESS, BASE_BRIDGE, 1, 0)        \
	X(STP_CHANGES, STP, 4, 0)                   \
	X(STP_ROOT, STP, 5, 0)                      \
	X(STP_ROOT_COST, STP, 6, 0)                 \
	X(STP_ROOT_PORT, STP, 7, 0)                 \
	X(LLDP_CHANGE, LLDP_OBJECTS, 2, 1, 0)       \
	X(CHASSIS_SUBTYPE, LLDP_OBJECTS, 3, 1, 0)   \
	X(CHASSIS_ID, LLDP_OBJECTS, 3, 2, 0)        \
	X(LLDP2_CHANGE, LLDP2_OBJECTS, 2, 1, 0)     \
	X(CHASSIS_SUBTYPE2, LLDP2_OBJECTS, 3, 1, 0) \
	X(CHASSIS_ID2, LLDP2_OBJECTS, 3, 2, 0)

enum scalar {
#define X(name, ...) SCALAR_##name,
	SCALARS(X)
#undef X
		SCALAR_COUNT
};

#define X(name, ...) static const uint32_t oid_##name[] = {__VA_ARGS__};
SCALARS(X)
#undef X

const struct oid_ref view_scalar_oids[] = {
#define X(name, ...) OID_REF(oid_##name),
	SCALARS(X)
#undef X
};
const size_t view_scalar_count = SCALAR_COUNT;

static void
scalar_object_id(struct view_scalars *scalars, const struct varbind *vb)
{
	static const uint32_t enterprises[] = {1, 3, 6, 1, 4, 1};
	const size_t arcs = MEM_COUNT(enterprises);

	if (vb->type != VB_OID)
		return;
	oid_format(vb->value_oid, vb->value_oid_len, scalars->object_id,
		   sizeof(scalars->object_id));
	scalars->object_id_len = vb->value_oid_len;
	if (scalars->object_id_len > MEM_COUNT(scalars->object_ids))
		scalars->object_id_len = MEM_COUNT(scalars->object_ids);
	memcpy(scalars->object_ids, vb->value_oid,
	       scalars->object_id_len * sizeof(*scalars->object_ids));
	scalars->enterprise =
		vb->value_oid_len > arcs &&
				oid_has_prefix(vb->value_oid, vb->value_oid_len, enterprises, arcs)
			? vb->value_oid[arcs]
			: 0;
}

static bool
scalar_hex(const uint8_t *bytes, size_t len, uint64_t *out)
{
	static const char digits[] = "0123456789abcdef";
	uint64_t number = 0;

	for (size_t i = 0; i < len; i++) {
		const char *digit = bytes[i] == 0 ? NULL : strchr(digits, tolower(bytes[i]));

		if (digit == NULL)
			return false;
		number = number << 4 | (uint64_t)(digit - digits);
	}
	*out = number;
	return true;
}

/* FS S5800 (Centec) writes it as 16 hex digits. BridgeId, RFC 4188 section 4: two bytes of priority
 * and a MAC. */
static void
scalar_stp_root(struct view_scalars *scalars, const struct varbind *vb)
{
	uint64_t id = 0;

	if (vb->type != VB_OCTETS)
		return;
	if (vb->bytes_len == 8) {
		for (size_t i = 0; i < 8; i++)
			id = id << 8 | vb->bytes[i];
	} else if (vb->bytes_len != 16 || !scalar_hex(vb->bytes, 16, &id)) {
		return;
	}
	scalars->stp_root = id;
	scalars->has_stp = true;
}

static void
scalar_chassis(uint8_t *bytes, size_t *len, const struct varbind *vb)
{
	if (vb->type != VB_OCTETS)
		return;
	*len = vb->bytes_len < VIEW_TEXT ? vb->bytes_len : VIEW_TEXT;
	if (*len > 0)
		memcpy(bytes, vb->bytes, *len);
}

static void
scalar_number(uint32_t *out, const struct varbind *vb)
{
	uint32_t number;

	if (view_u32(vb, &number))
		*out = number;
}

static void
scalar_subtype(uint8_t *out, const struct varbind *vb)
{
	uint32_t number;

	if (view_u32(vb, &number) && number <= UINT8_MAX)
		*out = (uint8_t)number;
}

static void
scalar_take(struct view_scalars *scalars, enum scalar scalar, const struct varbind *vb)
{
	switch (scalar) {
	case SCALAR_UPTIME:
		scalar_number(&scalars->uptime_cs, vb);
		break;
	case SCALAR_DESCR:
		view_text(vb, scalars->sys_descr, sizeof(scalars->sys_descr));
		break;
	case SCALAR_OBJECT_ID:
		scalar_object_id(scalars, vb);
		break;
	case SCALAR_NAME:
		view_text(vb, scalars->sys_name, sizeof(scalars->sys_name));
		break;
	case SCALAR_BRIDGE_ADDRESS:
		view_mac(vb, &scalars->bridge_mac);
		break;
	case SCALAR_STP_CHANGES:
		scalar_number(&scalars->stp_changes, vb);
		break;
	case SCALAR_STP_ROOT:
		scalar_stp_root(scalars, vb);
		break;
	case SCALAR_STP_ROOT_COST:
		scalar_number(&scalars->stp_root_cost, vb);
		break;
	case SCALAR_STP_ROOT_PORT:
		scalar_number(&scalars->stp_root_port, vb);
		break;
	case SCALAR_LLDP_CHANGE:
		scalar_number(&scalars->lldp_change_cs, vb);
		break;
	case SCALAR_CHASSIS_SUBTYPE:
		scalar_subtype(&scalars->chassis_subtype, vb);
		break;
	case SCALAR_CHASSIS_ID:
		scalar_chassis(scalars->chassis_bytes, &scalars->chassis_len, vb);
		break;
	case SCALAR_LLDP2_CHANGE:
		scalar_number(&scalars->lldp2_change_cs, vb);
		break;
	case SCALAR_CHASSIS_SUBTYPE2:
		scalar_subtype(&scalars->chassis_subtype2, vb);
		break;
	case SCALAR_CHASSIS_ID2:
		scalar_chassis(scalars->chassis_bytes2, &scalars->chassis_len2, vb);
		break;
	default:
		break;
	}
}

void
view_builder_scalar(struct view_builder *builder, const struct varbind *vb)
{
	for (size_t i = 0; i < view_scalar_count; i++) {
		const struct oid_ref *ref = &view_scalar_oids[i];

		if (oid_compare(vb->oid, vb->oid_len, ref->ids, ref->len) == 0) {
			scalar_take(&builder->scalars, (enum scalar)i, vb);
			return;
		}
	}
}

int
view_finish_system(struct view_builder *builder, struct switch_view *view)
{
	const struct view_scalars *scalars = &builder->scalars;
	struct lldp_id id = {.subtype = scalars->chassis_subtype,
			     .len = (uint8_t)scalars->chassis_len};
	struct ipaddr address;

	memcpy(id.bytes, scalars->chassis_bytes, sizeof(id.bytes));
	if (id.len == 0) {
		id.subtype = scalars->chassis_subtype2;
		id.len = (uint8_t)scalars->chassis_len2;
		memcpy(id.bytes, scalars->chassis_bytes2, sizeof(id.bytes));
	}
	if (id.len > 0)
		lldp_chassis_text(&id, view->chassis_id, sizeof(view->chassis_id),
				  &view->chassis_mac, &address);
	view->uptime_cs = scalars->uptime_cs;
	view->bridge_mac = scalars->bridge_mac;
	memcpy(view->sys_name, scalars->sys_name, sizeof(view->sys_name));
	memcpy(view->object_id, scalars->object_id, sizeof(view->object_id));
	memcpy(view->sys_descr, scalars->sys_descr, sizeof(view->sys_descr));
	view->lldp_change_cs =
		scalars->lldp_change_cs != 0 ? scalars->lldp_change_cs : scalars->lldp2_change_cs;
	return 0;
}
