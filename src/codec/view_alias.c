/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * entAliasMappingTable of ENTITY-MIB (RFC 6933): which physical port is which interface. Some
 * vendors number PoE by entPhysicalIndex.
 */
#include "view_impl.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

static const uint32_t oid_identifier[] = {1, 3, 6, 1, 2, 1, 47, 1, 3, 2, 1, 2};
static const struct oid_ref alias_columns[] = {OID_REF(oid_identifier)};

struct alias_row {
	uint32_t entity; /* the key */
	uint32_t if_index;
};

static int
alias_add(struct view_builder *builder, size_t column, const struct varbind *vb)
{
	/* The value is an instance of any column of ifTable; ifIndex is what is used. */
	static const uint32_t if_entry[] = {1, 3, 6, 1, 2, 1, 2, 2, 1};
	const size_t arcs = MEM_COUNT(if_entry);
	size_t len;
	const uint32_t *index = view_index(&view_impl_ENTITY_ALIAS.spec, column, vb, &len);
	void *item;
	int rc;

	if (index == NULL || len != 2 || vb->type != VB_OID)
		return ERR_SYNTAX;
	if (vb->value_oid_len != arcs + 2 ||
	    !oid_has_prefix(vb->value_oid, vb->value_oid_len, if_entry, arcs))
		return 0; /* an entity may be something else: a chassis, a bridge */
	rc = view_rows_get(&builder->rows[VIEW_TABLE_ENTITY_ALIAS], index, &item);
	if (rc == 0 && ((struct alias_row *)item)->if_index == 0)
		((struct alias_row *)item)->if_index = vb->value_oid[arcs + 1];
	return rc;
}

/* Of use where Cisco numbers PoE by entity; its Small Business switches (9.6) do not. */
static bool
alias_wants(const struct view_builder *builder)
{
	enum { ENTERPRISE_CISCO = 9, SMALL_BUSINESS = 6, PRODUCTS = 7 };
	const struct view_scalars *scalars = &builder->scalars;

	if (scalars->enterprise != ENTERPRISE_CISCO ||
	    (scalars->object_id_len > PRODUCTS && scalars->object_ids[PRODUCTS] == SMALL_BUSINESS))
		return false;
	return builder->trust[VIEW_TABLE_POE_CISCO] == VIEW_NOT_READ ||
	       builder->rows[VIEW_TABLE_POE_CISCO].count > 0;
}

const struct view_impl view_impl_ENTITY_ALIAS = {
	.spec = {.table = VIEW_TABLE_ENTITY_ALIAS,
		 .part = VIEW_ENTITIES,
		 .name = "entAliasMappingTable",
		 .columns = alias_columns,
		 .column_count = MEM_COUNT(alias_columns),
		 .max_rows = VIEW_PORTS_MAX,
		 .add = alias_add},
	.item_size = sizeof(struct alias_row),
	.key_size = sizeof(uint32_t),
	.wants = alias_wants,
};

uint32_t
view_entity_if(const struct view_builder *builder, uint32_t entity)
{
	const struct alias_row *row =
		view_rows_find(&builder->rows[VIEW_TABLE_ENTITY_ALIAS], &entity);

	return row == NULL ? 0 : row->if_index;
}
