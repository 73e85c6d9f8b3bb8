/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Vendors that serve the tables of LLDP in their own tree alone: Nokia's TIMETRA-LLDP-MIB, which is
 * made like LLDP-V2-MIB (its port is an ifIndex), and NMS-LLDP-MIB of BDCOM and PBN, a LLDP-MIB
 * below another root. Their rows become those of the MIB that they are like.
 */
#include "view_lldp.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

enum { ENTERPRISE_BDCOM = 3320, ENTERPRISE_TIMETRA = 6527, ENTERPRISE_PBN = 11606 };
#define TIMETRA_LLDP 1, 3, 6, 1, 4, 1, 6527, 3, 1, 2, 59
#define BDCOM_LLDP   1, 3, 6, 1, 4, 1, 3320, 127, 1
#define PBN_LLDP     1, 3, 6, 1, 4, 1, 11606, 10, 127, 1

/* lldpRemTable from its column 4 on, in the order of enum lldp_remote_column; then the rest. */
#define COPY_REMOTE(X, name, ...)              \
	X(name##_4, __VA_ARGS__, 4, 1, 1, 4)   \
	X(name##_5, __VA_ARGS__, 4, 1, 1, 5)   \
	X(name##_6, __VA_ARGS__, 4, 1, 1, 6)   \
	X(name##_7, __VA_ARGS__, 4, 1, 1, 7)   \
	X(name##_8, __VA_ARGS__, 4, 1, 1, 8)   \
	X(name##_9, __VA_ARGS__, 4, 1, 1, 9)   \
	X(name##_10, __VA_ARGS__, 4, 1, 1, 10) \
	X(name##_11, __VA_ARGS__, 4, 1, 1, 11) \
	X(name##_12, __VA_ARGS__, 4, 1, 1, 12) \
	X(name##_address, __VA_ARGS__, 4, 2, 1, 3)
#define COPY_LOCAL(X, name, ...)                         \
	X(name##_local_subtype, __VA_ARGS__, 3, 7, 1, 2) \
	X(name##_local_id, __VA_ARGS__, 3, 7, 1, 3)      \
	X(name##_local_descr, __VA_ARGS__, 3, 7, 1, 4)
enum { COPY_ADDRESS = REM_CAPS + 1, COPY_LOCAL_FIRST };

#define OID(name, ...)	  static const uint32_t oid_##name[] = {__VA_ARGS__};
#define COLUMN(name, ...) OID_REF(oid_##name),
COPY_REMOTE(OID, timetra, TIMETRA_LLDP)
COPY_REMOTE(OID, bdcom, BDCOM_LLDP)
COPY_LOCAL(OID, bdcom, BDCOM_LLDP)
COPY_REMOTE(OID, pbn, PBN_LLDP)
COPY_LOCAL(OID, pbn, PBN_LLDP)

static const struct oid_ref timetra_columns[] = {COPY_REMOTE(COLUMN, timetra, TIMETRA_LLDP)};
static const struct oid_ref bdcom_columns[] = {COPY_REMOTE(COLUMN, bdcom, BDCOM_LLDP)
						       COPY_LOCAL(COLUMN, bdcom, BDCOM_LLDP)};
static const struct oid_ref pbn_columns[] = {COPY_REMOTE(COLUMN, pbn, PBN_LLDP)
						     COPY_LOCAL(COLUMN, pbn, PBN_LLDP)};

static int
copy_add(struct view_builder *builder, const struct view_table_spec *spec, size_t column,
	 const struct varbind *vb)
{
	bool is_v2 = spec->table == VIEW_TABLE_LLDP_TIMETRA;
	size_t len;
	const uint32_t *index = view_index(spec, column, vb, &len);

	builder->is_lldp_copied = true;
	if (column < COPY_ADDRESS)
		return lldp_put_remote(builder,
				       is_v2 ? VIEW_TABLE_LLDP2_REMOTE : VIEW_TABLE_LLDP_REMOTE,
				       (enum lldp_remote_column)column, index, len, vb);
	if (column == COPY_ADDRESS)
		return lldp_put_address(builder,
					is_v2 ? VIEW_TABLE_LLDP2_ADDRESS : VIEW_TABLE_LLDP_ADDRESS,
					index, len);
	return lldp_put_local(builder, VIEW_TABLE_LLDP_LOCAL,
			      (enum lldp_local_column)(column - COPY_LOCAL_FIRST), index, len, vb);
}

static void
copy_begin(struct view_builder *builder, uint16_t vlan)
{
	static const enum view_table tables[] = {
		VIEW_TABLE_LLDP_REMOTE,	 VIEW_TABLE_LLDP_LOCAL,	   VIEW_TABLE_LLDP_ADDRESS,
		VIEW_TABLE_LLDP2_REMOTE, VIEW_TABLE_LLDP2_ADDRESS,
	};

	(void)vlan;
	for (size_t i = 0; i < MEM_COUNT(tables) && builder->is_lldp_copied; i++)
		view_rows_clear(&builder->rows[tables[i]]);
	builder->is_lldp_copied = false;
}

static uint32_t
copy_count(const struct view_builder *builder)
{
	if (!builder->is_lldp_copied)
		return 0;
	return (uint32_t)(builder->rows[VIEW_TABLE_LLDP_REMOTE].count +
			  builder->rows[VIEW_TABLE_LLDP2_REMOTE].count);
}

static bool
copy_wants(const struct view_builder *builder, uint32_t enterprise)
{
	return builder->scalars.enterprise == enterprise &&
	       (builder->is_lldp_copied || (builder->rows[VIEW_TABLE_LLDP_REMOTE].count == 0 &&
					    builder->rows[VIEW_TABLE_LLDP2_REMOTE].count == 0));
}

#define IMPL(TABLE, text, cols, vendor)                                        \
	static int add_##TABLE(struct view_builder *builder, size_t column,    \
			       const struct varbind *vb)                       \
	{                                                                      \
		return copy_add(builder, &view_impl_##TABLE.spec, column, vb); \
	}                                                                      \
	static bool wants_##TABLE(const struct view_builder *builder)          \
	{                                                                      \
		return copy_wants(builder, vendor);                            \
	}                                                                      \
	const struct view_impl view_impl_##TABLE = {                           \
		.spec = {.table = VIEW_TABLE_##TABLE,                          \
			 .part = VIEW_NEIGHBOURS,                              \
			 .name = text,                                         \
			 .columns = cols,                                      \
			 .column_count = MEM_COUNT(cols),                      \
			 .max_rows = VIEW_NEIGHBOURS_MAX,                      \
			 .add = add_##TABLE},                                  \
		.begin = copy_begin,                                           \
		.count = copy_count,                                           \
		.wants = wants_##TABLE,                                        \
	};
IMPL(LLDP_TIMETRA, "tmnxLldpRemTable", timetra_columns, ENTERPRISE_TIMETRA)
IMPL(LLDP_BDCOM, "lldpRemTable of NMS-LLDP-MIB", bdcom_columns, ENTERPRISE_BDCOM)
IMPL(LLDP_PBN, "lldpRemTable of NMS-LLDP-MIB", pbn_columns, ENTERPRISE_PBN)
