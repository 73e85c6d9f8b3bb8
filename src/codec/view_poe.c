/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Power over Ethernet: the rows of POWER-ETHERNET-MIB (RFC 3621), by group and port, and of
 * CISCO-POWER-ETHERNET-EXT-MIB.
 */
#include "view_poe.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#define PETH_PORT   1, 3, 6, 1, 2, 1, 105, 1, 1, 1
#define PETH_MAIN   1, 3, 6, 1, 2, 1, 105, 1, 3, 1, 1
#define CPE_OBJECTS 1, 3, 6, 1, 4, 1, 9, 9, 402, 1

static const uint32_t oid_detection[] = {PETH_PORT, 6}, oid_admin[] = {PETH_PORT, 3},
		      oid_class[] = {PETH_PORT, 10}, oid_denied[] = {PETH_PORT, 12},
		      oid_main_power[] = {PETH_MAIN, 2}, oid_main_status[] = {PETH_MAIN, 3},
		      oid_main_used[] = {PETH_MAIN, 4}, oid_main_threshold[] = {PETH_MAIN, 5},
		      oid_consumption[] = {CPE_OBJECTS, 2, 1, 9},
		      oid_allocated[] = {CPE_OBJECTS, 2, 1, 7},
		      oid_additional[] = {CPE_OBJECTS, 2, 1, 5},
		      oid_entity[] = {CPE_OBJECTS, 2, 1, 11},
		      oid_cisco_used[] = {CPE_OBJECTS, 3, 1, 4};

static const struct oid_ref port_columns[] = {OID_REF(oid_detection), OID_REF(oid_admin),
					      OID_REF(oid_class), OID_REF(oid_denied)},
			    main_columns[] = {OID_REF(oid_main_power), OID_REF(oid_main_status),
					      OID_REF(oid_main_used), OID_REF(oid_main_threshold)},
			    cisco_columns[] = {OID_REF(oid_consumption), OID_REF(oid_allocated),
					       OID_REF(oid_additional), OID_REF(oid_entity),
					       OID_REF(oid_cisco_used)};

enum { PORT_STATUS, PORT_ADMIN, PORT_CLASS, PORT_DENIED };
enum { MAIN_POWER, MAIN_STATUS, MAIN_USED, MAIN_THRESHOLD };
enum { CISCO_CONSUMPTION, CISCO_ALLOCATED, CISCO_ADDITIONAL, CISCO_ENTITY, CISCO_USED };

static int
poe_port_add(struct view_builder *builder, size_t column, const struct varbind *vb)
{
	size_t len;
	const uint32_t *index = view_index(&view_impl_POE_PORT.spec, column, vb, &len);
	struct poe_port_row *row;
	uint32_t number;
	void *item;
	int rc;

	if (index == NULL || len != 2 || index[0] == POE_BY_IF || !view_u32(vb, &number))
		return ERR_SYNTAX;
	rc = view_rows_get(&builder->rows[VIEW_TABLE_POE_PORT], index, &item);
	if (rc != 0)
		return rc;
	row = item;
	switch (column) {
	case PORT_STATUS:
		row->status = number;
		break;
	case PORT_ADMIN:
		row->admin = number;
		break;
	case PORT_CLASS:
		row->classification = number;
		break;
	default:
		row->denied = number;
		break;
	}
	return 0;
}

static int
poe_main_add(struct view_builder *builder, size_t column, const struct varbind *vb)
{
	size_t len;
	const uint32_t *index = view_index(&view_impl_POE_MAIN.spec, column, vb, &len);
	struct poe_main_row *row;
	uint32_t number;
	void *item;
	int rc;

	if (index == NULL || len != 1 || !view_u32(vb, &number))
		return ERR_SYNTAX;
	rc = view_rows_get(&builder->rows[VIEW_TABLE_POE_MAIN], index, &item);
	if (rc != 0)
		return rc;
	row = item;
	switch (column) {
	case MAIN_POWER:
		row->power_w = number;
		break;
	case MAIN_STATUS:
		row->status = number;
		break;
	case MAIN_USED:
		row->used_w = number;
		break;
	default:
		row->threshold = number;
		break;
	}
	return 0;
}

/* cpeExtPsePortAdditionalStatus, BITS: deny(0) for want of power, overdraw(1). */
static int
poe_cisco_bits(struct poe_cisco_row *row, const struct varbind *vb)
{
	if (vb->type != VB_OCTETS)
		return ERR_SYNTAX;
	row->is_overload = vb->bytes_len > 0 && (vb->bytes[0] & 0xc0) != 0;
	return 0;
}

static int
poe_cisco_add(struct view_builder *builder, size_t column, const struct varbind *vb)
{
	size_t len;
	const uint32_t *index = view_index(&view_impl_POE_CISCO.spec, column, vb, &len);
	struct poe_cisco_row *row;
	uint32_t key[2], number;
	void *item;
	int rc;

	if (index == NULL || len != (column == CISCO_USED ? 1 : 2) ||
	    (column != CISCO_ADDITIONAL && !view_u32(vb, &number)))
		return ERR_SYNTAX;
	key[0] = index[0];
	key[1] = len == 2 ? index[1] : 0;
	rc = view_rows_get(&builder->rows[VIEW_TABLE_POE_CISCO], key, &item);
	if (rc != 0)
		return rc;
	row = item;
	switch (column) {
	case CISCO_CONSUMPTION:
		row->mw = number;
		row->has_mw = number <= POE_MW_MAX;
		break;
	case CISCO_ALLOCATED:
		row->limit_mw = number;
		row->has_limit = number <= POE_MW_MAX;
		break;
	case CISCO_ADDITIONAL:
		return poe_cisco_bits(row, vb);
	case CISCO_ENTITY:
		row->entity = number;
		break;
	default:
		row->used_mw = number;
		row->has_used = true;
		break;
	}
	return 0;
}

/* Not of Small Business switches, which have RADLAN's tables. */
static bool
poe_cisco_wants(const struct view_builder *builder)
{
	const struct view_scalars *scalars = &builder->scalars;

	return scalars->enterprise == 9 &&
	       !(scalars->object_id_len > 7 && scalars->object_ids[7] == 6) &&
	       (builder->rows[VIEW_TABLE_POE_PORT].count > 0 ||
		builder->rows[VIEW_TABLE_POE_MAIN].count > 0);
}

const struct view_impl view_impl_POE_PORT = {
	.spec = {.table = VIEW_TABLE_POE_PORT,
		 .part = VIEW_POE,
		 .name = "pethPsePortTable",
		 .columns = port_columns,
		 .column_count = MEM_COUNT(port_columns),
		 .max_rows = VIEW_PORTS_MAX,
		 .add = poe_port_add},
	.item_size = sizeof(struct poe_port_row),
	.key_size = 2 * sizeof(uint32_t),
};

const struct view_impl view_impl_POE_MAIN = {
	.spec = {.table = VIEW_TABLE_POE_MAIN,
		 .part = VIEW_POE,
		 .name = "pethMainPseTable",
		 .columns = main_columns,
		 .column_count = MEM_COUNT(main_columns),
		 .max_rows = VIEW_PSES_MAX,
		 .add = poe_main_add},
	.item_size = sizeof(struct poe_main_row),
	.key_size = sizeof(uint32_t),
};

const struct view_impl view_impl_POE_CISCO = {
	.spec = {.table = VIEW_TABLE_POE_CISCO,
		 .part = VIEW_POE,
		 .name = "cpeExtPsePortTable",
		 .columns = cisco_columns,
		 .column_count = MEM_COUNT(cisco_columns),
		 .max_rows = VIEW_PORTS_MAX,
		 .add = poe_cisco_add},
	.item_size = sizeof(struct poe_cisco_row),
	.key_size = 2 * sizeof(uint32_t),
	.wants = poe_cisco_wants,
};
