/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What vendors have made in the likeness of CDP: ISDP of Broadcom's FASTPATH, which hears CDP too
 * and writes all as text, each vendor below a root of its own; and EDP of Extreme, whose index has
 * the neighbour's MAC. Their rows lie with those of CDP; the port is an ifIndex.
 */
#include "view_cdp.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdio.h>
#include <string.h>

enum {
	ENTERPRISE_DELL = 674,
	ENTERPRISE_EXTREME = 1916,
	ENTERPRISE_BROADCOM = 4413,
	ENTERPRISE_NETGEAR = 4526,
};

/* agentIsdpCacheEntry; extremeEdpEntry. */
#define DELL_ISDP     1, 3, 6, 1, 4, 1, 674, 10895, 5000, 2, 6132, 1, 1, 39, 1, 2, 1, 1
#define BROADCOM_ISDP 1, 3, 6, 1, 4, 1, 4413, 1, 1, 39, 1, 2, 1, 1
#define NETGEAR_ISDP  1, 3, 6, 1, 4, 1, 4526, 10, 39, 1, 2, 1, 1
#define EXTREME_EDP   1, 3, 6, 1, 4, 1, 1916, 1, 13, 2, 1

#define ISDP_COLUMNS(X, name, ...)            \
	X(name##_address, __VA_ARGS__, 3)     \
	X(name##_version, __VA_ARGS__, 5)     \
	X(name##_device, __VA_ARGS__, 6)      \
	X(name##_device_port, __VA_ARGS__, 7) \
	X(name##_platform, __VA_ARGS__, 8)    \
	X(name##_capabilities, __VA_ARGS__, 9)
enum isdp_column {
	ISDP_ADDRESS,
	ISDP_VERSION,
	ISDP_DEVICE,
	ISDP_DEVICE_PORT,
	ISDP_PLATFORM,
	ISDP_CAPABILITIES,
	ISDP_COLUMNS
};
#define EDP_COLUMNS(X)                 \
	X(edp_name, EXTREME_EDP, 3)    \
	X(edp_version, EXTREME_EDP, 4) \
	X(edp_slot, EXTREME_EDP, 5)    \
	X(edp_port, EXTREME_EDP, 6)
/* After the columns of Netgear. */
enum edp_column { EDP_NAME = ISDP_COLUMNS, EDP_VERSION, EDP_SLOT, EDP_PORT };

#define OID(name, ...)	  static const uint32_t oid_##name[] = {__VA_ARGS__};
#define COLUMN(name, ...) OID_REF(oid_##name),
ISDP_COLUMNS(OID, dell, DELL_ISDP)
ISDP_COLUMNS(OID, broadcom, BROADCOM_ISDP)
ISDP_COLUMNS(OID, netgear, NETGEAR_ISDP)
EDP_COLUMNS(OID)
static const struct oid_ref fastpath_columns[] = {
	ISDP_COLUMNS(COLUMN, dell, DELL_ISDP) ISDP_COLUMNS(COLUMN, broadcom, BROADCOM_ISDP)};
static const struct oid_ref vendor_columns[] = {ISDP_COLUMNS(COLUMN, netgear, NETGEAR_ISDP)
							EDP_COLUMNS(COLUMN)};

static void
isdp_take(struct cdp_row *row, enum isdp_column column, const struct varbind *vb)
{
	char words[VIEW_TEXT] = "";

	view_text(vb, words, sizeof(words));
	switch (column) {
	case ISDP_ADDRESS:
		row->told_address = view_address_words(words);
		break;
	case ISDP_VERSION:
		view_text(vb, row->version, sizeof(row->version));
		break;
	case ISDP_DEVICE:
		lldp_id_set(&row->device, vb);
		break;
	case ISDP_DEVICE_PORT:
		lldp_id_set(&row->port, vb);
		break;
	case ISDP_PLATFORM:
		memcpy(row->platform, words, sizeof(words));
		break;
	case ISDP_CAPABILITIES:
		row->told_caps = view_caps_words(words);
		break;
	default:
		break;
	}
}

static int
isdp_add(struct view_builder *builder, enum isdp_column column, const uint32_t *index, size_t len,
	 const struct varbind *vb)
{
	uint32_t key[3] = {0, 0, CDP_KIND_ISDP};
	void *item;
	int rc;

	if (index == NULL || len != 2 || vb->type != VB_OCTETS)
		return ERR_SYNTAX;
	memcpy(key, index, 2 * sizeof(*key));
	rc = view_rows_get(&builder->rows[VIEW_TABLE_CDP], key, &item);
	if (rc == 0)
		isdp_take(item, column, vb);
	return rc;
}

/* ifIndex and extremeEdpNeighborId: eight octets, the last six of them the neighbour's MAC; some
 * agents put their number in front. */
static int
edp_add(struct view_builder *builder, enum edp_column column, const uint32_t *index, size_t len,
	const struct varbind *vb)
{
	enum { EDP_ID = 8 };
	bool is_number = column == EDP_SLOT || column == EDP_PORT;
	uint32_t key[3], number = 0;
	mac_addr mac;
	struct cdp_row *row;
	void *item;
	int rc;

	if (index == NULL || (len != 1 + EDP_ID && (len != 2 + EDP_ID || index[1] != EDP_ID)) ||
	    !view_mac_index(index + len - MAC_BYTES, MAC_BYTES, &mac))
		return ERR_SYNTAX;
	if (is_number ? !view_u32(vb, &number) : vb->type != VB_OCTETS)
		return ERR_SYNTAX;
	key[0] = index[0];
	key[1] = (uint32_t)mac;
	key[2] = CDP_KIND_EDP | (uint32_t)(mac >> 32) << 8;
	rc = view_rows_get(&builder->rows[VIEW_TABLE_CDP], key, &item);
	if (rc != 0)
		return rc;
	row = item;
	row->device.len = MAC_BYTES;
	for (size_t i = 0; i < MAC_BYTES; i++)
		row->device.bytes[i] = (uint8_t)(mac >> (40 - 8 * i));
	if (column == EDP_NAME)
		view_text(vb, row->sys_name, sizeof(row->sys_name));
	else if (column == EDP_VERSION)
		view_text(vb, row->version, sizeof(row->version));
	else if (column == EDP_SLOT)
		row->edp_slot = number;
	else
		row->edp_port = number;
	return 0;
}

void
view_edp_port(const struct cdp_row *row, char *out, size_t size)
{
	if ((row->key.kind & 0xffu) != CDP_KIND_EDP || row->edp_port == 0)
		return;
	if (row->edp_slot != 0)
		snprintf(out, size, "%u:%u", row->edp_slot, row->edp_port);
	else
		snprintf(out, size, "%u", row->edp_port);
}

static bool
vendor_is_own(const struct cdp_row *row)
{
	return (row->key.kind & 0xffu) >= CDP_KIND_ISDP;
}

/* Rows of CDP stay; those of these tables are read anew. */
static void
vendor_begin(struct view_builder *builder, uint16_t vlan)
{
	const struct view_rows *rows = &builder->rows[VIEW_TABLE_CDP];

	(void)vlan;
	for (size_t i = 0; i < rows->count; i++) {
		struct cdp_row *row = view_rows_at(rows, i);

		if (vendor_is_own(row)) {
			row->device.len = 0;
			row->sys_name[0] = '\0';
		}
	}
}

static uint32_t
vendor_count(const struct view_builder *builder)
{
	const struct view_rows *rows = &builder->rows[VIEW_TABLE_CDP];
	uint32_t count = 0;

	for (size_t i = 0; i < rows->count; i++) {
		const struct cdp_row *row = view_rows_at(rows, i);

		count += vendor_is_own(row) && row->device.len > 0;
	}
	return count;
}

static int
fastpath_add(struct view_builder *builder, size_t column, const struct varbind *vb)
{
	size_t len;
	const uint32_t *index = view_index(&view_impl_CDP_FASTPATH.spec, column, vb, &len);

	return isdp_add(builder, (enum isdp_column)(column % ISDP_COLUMNS), index, len, vb);
}

static int
vendor_add(struct view_builder *builder, size_t column, const struct varbind *vb)
{
	size_t len;
	const uint32_t *index = view_index(&view_impl_CDP_VENDOR.spec, column, vb, &len);

	if (column >= EDP_NAME)
		return edp_add(builder, (enum edp_column)column, index, len, vb);
	return isdp_add(builder, (enum isdp_column)column, index, len, vb);
}

static bool
fastpath_wants(const struct view_builder *builder)
{
	return builder->scalars.enterprise == ENTERPRISE_DELL ||
	       builder->scalars.enterprise == ENTERPRISE_BROADCOM;
}

static bool
vendor_wants(const struct view_builder *builder)
{
	return builder->scalars.enterprise == ENTERPRISE_NETGEAR ||
	       builder->scalars.enterprise == ENTERPRISE_EXTREME;
}

#define IMPL(TABLE, text, cols, add_function, wants_function) \
	const struct view_impl view_impl_##TABLE = {          \
		.spec = {.table = VIEW_TABLE_##TABLE,         \
			 .part = VIEW_NEIGHBOURS,             \
			 .name = text,                        \
			 .columns = cols,                     \
			 .column_count = MEM_COUNT(cols),     \
			 .max_rows = VIEW_NEIGHBOURS_MAX,     \
			 .add = add_function},                \
		.begin = vendor_begin,                        \
		.count = vendor_count,                        \
		.wants = wants_function,                      \
	}
IMPL(CDP_FASTPATH, "agentIsdpCacheTable", fastpath_columns, fastpath_add, fastpath_wants);
IMPL(CDP_VENDOR, "agentIsdpCacheTable, extremeEdpTable", vendor_columns, vendor_add, vendor_wants);
