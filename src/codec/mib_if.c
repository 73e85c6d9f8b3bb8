/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Interfaces: ifTable and ifXTable of IF-MIB (RFC 2863) become one table by ifIndex.
 */
#include "keepwatch/mib.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

#define IF_ENTRY  1, 3, 6, 1, 2, 1, 2, 2, 1
#define IFX_ENTRY 1, 3, 6, 1, 2, 1, 31, 1, 1, 1

static const uint32_t oid_descr[] = {IF_ENTRY, 2}, oid_type[] = {IF_ENTRY, 3},
		      oid_speed[] = {IF_ENTRY, 5}, oid_phys[] = {IF_ENTRY, 6},
		      oid_admin[] = {IF_ENTRY, 7}, oid_oper[] = {IF_ENTRY, 8},
		      oid_name[] = {IFX_ENTRY, 1}, oid_high_speed[] = {IFX_ENTRY, 15},
		      oid_alias[] = {IFX_ENTRY, 18};

const struct oid_ref mib_if_columns[MIB_IF_COLUMNS] = {
	[MIB_IF_DESCR] = OID_REF(oid_descr),	    [MIB_IF_TYPE] = OID_REF(oid_type),
	[MIB_IF_SPEED] = OID_REF(oid_speed),	    [MIB_IF_PHYS_ADDRESS] = OID_REF(oid_phys),
	[MIB_IF_ADMIN_STATUS] = OID_REF(oid_admin), [MIB_IF_OPER_STATUS] = OID_REF(oid_oper),
	[MIB_IF_NAME] = OID_REF(oid_name),	    [MIB_IF_HIGH_SPEED] = OID_REF(oid_high_speed),
	[MIB_IF_ALIAS] = OID_REF(oid_alias),
};

void
mib_if_table_init(struct mib_if_table *table)
{
	memset(table, 0, sizeof(*table));
}

void
mib_if_table_fini(struct mib_if_table *table)
{
	free(table->items);
	mib_if_table_init(table);
}

/* The row of an ifIndex, made if it is not there. Rows come in order: the last is tried first. */
static int
mib_if_row(struct mib_if_table *table, uint32_t index, struct mib_if **out)
{
	size_t low = 0, high = table->count;
	int rc;

	if (high > 0 && table->items[high - 1].index < index)
		low = high;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (table->items[middle].index < index)
			low = middle + 1;
		else
			high = middle;
	}
	if (low < table->count && table->items[low].index == index) {
		*out = &table->items[low];
		return 0;
	}
	if (table->count == MIB_IF_MAX)
		return ERR_TOOBIG;
	rc = mem_grow(&table->items, &table->cap, table->count + 1, sizeof(*table->items));
	if (rc != 0)
		return rc;
	memmove(&table->items[low + 1], &table->items[low],
		(table->count - low) * sizeof(*table->items));
	table->count++;
	memset(&table->items[low], 0, sizeof(table->items[low]));
	table->items[low].index = index;
	*out = &table->items[low];
	return 0;
}

static bool
mib_if_mac(uint8_t mac[6], const struct varbind *vb)
{
	bool is_zero = true, is_ones = true;

	if (vb->bytes_len != 6)
		return false;
	for (size_t i = 0; i < 6; i++) {
		is_zero = is_zero && vb->bytes[i] == 0;
		is_ones = is_ones && vb->bytes[i] == 0xff;
	}
	if (is_zero || is_ones)
		return false;
	memcpy(mac, vb->bytes, 6);
	return true;
}

static enum varbind_type
mib_if_syntax(enum mib_if_column column)
{
	switch (column) {
	case MIB_IF_TYPE:
	case MIB_IF_ADMIN_STATUS:
	case MIB_IF_OPER_STATUS:
		return VB_INTEGER;
	case MIB_IF_SPEED:
	case MIB_IF_HIGH_SPEED:
		return VB_GAUGE32;
	default:
		return VB_OCTETS;
	}
}

static uint8_t
mib_if_status(int64_t number)
{
	return number >= 1 && number <= 7 ? (uint8_t)number : 4;
}

int
mib_if_table_add(struct mib_if_table *table, enum mib_if_column column, const struct varbind *vb)
{
	const struct oid_ref *root = &mib_if_columns[column];
	struct mib_if *row;
	int rc;

	if (vb->oid_len != root->len + 1 ||
	    !oid_has_prefix(vb->oid, vb->oid_len, root->ids, root->len) ||
	    vb->type != mib_if_syntax(column))
		return ERR_SYNTAX;
	rc = mib_if_row(table, vb->oid[root->len], &row);
	if (rc != 0)
		return rc;
	switch (column) {
	case MIB_IF_DESCR:
		if (!(row->has & 1u << MIB_IF_NAME))
			varbind_text(vb, row->name, sizeof(row->name));
		break;
	case MIB_IF_NAME:
		if (vb->bytes_len == 0)
			return 0; /* ifDescr is better than nothing */
		varbind_text(vb, row->name, sizeof(row->name));
		break;
	case MIB_IF_ALIAS:
		varbind_text(vb, row->alias, sizeof(row->alias));
		break;
	case MIB_IF_TYPE:
		row->type = (uint32_t)vb->number;
		break;
	case MIB_IF_SPEED:
		/* 2^32-1: too fast for it, ifHighSpeed tells. */
		if (!(row->has & 1u << MIB_IF_HIGH_SPEED))
			row->speed_mbps = vb->unsigned_number / 1000000;
		break;
	case MIB_IF_HIGH_SPEED:
		if (vb->unsigned_number == 0)
			return 0; /* unknown or below 500 kbit/s: ifSpeed may know */
		row->speed_mbps = vb->unsigned_number;
		break;
	case MIB_IF_PHYS_ADDRESS:
		if (!mib_if_mac(row->mac, vb))
			return 0;
		break;
	case MIB_IF_ADMIN_STATUS:
		row->admin = mib_if_status(vb->number);
		break;
	case MIB_IF_OPER_STATUS:
		row->oper = mib_if_status(vb->number);
		break;
	default:
		return ERR_SYNTAX;
	}
	row->has |= 1u << column;
	return 0;
}

const char *
mib_if_status_name(uint8_t status)
{
	static const char *const names[] = {"?",       "up",	  "down",	"testing",
					    "unknown", "dormant", "notPresent", "lowerLayerDown"};

	return status < MEM_COUNT(names) ? names[status] : "?";
}
