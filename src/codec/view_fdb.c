/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Forwarding tables: Q-BRIDGE-MIB (RFC 4363) dot1qTpFdbTable by FDB identifier and MAC, and
 * BRIDGE-MIB (RFC 4188) dot1dTpFdbTable by MAC, which old Cisco IOS serves per VLAN. 20 bytes a
 * row until all is read.
 */
#include "view_port_numbers.h"
#include "view_vlan.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

#define DOT1D_TP_FDB  1, 3, 6, 1, 2, 1, 17, 4, 3, 1
#define DOT1Q_TP_FDB  1, 3, 6, 1, 2, 1, 17, 7, 1, 2, 2, 1
#define DOT1Q_CURRENT 1, 3, 6, 1, 2, 1, 17, 7, 1, 4, 2, 1

static const uint32_t oid_q_port[] = {DOT1Q_TP_FDB, 2}, oid_q_status[] = {DOT1Q_TP_FDB, 3},
		      oid_d_port[] = {DOT1D_TP_FDB, 2}, oid_d_status[] = {DOT1D_TP_FDB, 3},
		      oid_fdb_id[] = {DOT1Q_CURRENT, 3};

static const struct oid_ref q_columns[] = {OID_REF(oid_q_port), OID_REF(oid_q_status)},
			    d_columns[] = {OID_REF(oid_d_port), OID_REF(oid_d_status)},
			    fdb_id_columns[] = {OID_REF(oid_fdb_id)};

enum { COLUMN_PORT, COLUMN_STATUS };
/* In a large table the status would cost as much as all the rest of a reading, to say "learned"
 * of nearly every row; the switch's own addresses are known from elsewhere. */
enum { STATUS_ROWS_MAX = 200 };

struct fdb_row {
	uint32_t id;		    /* dot1qFdbId, or the VLAN of the context */
	uint32_t mac_high, mac_low; /* key up to here */
	uint32_t port;
	uint8_t status; /* enum view_fdb_status; 0 not told */
	bool has_port;
};
enum { FDB_KEY = 3 * sizeof(uint32_t) };

/* A row of either table; RFC 4188: port 0 is one that is not known, such as the switch itself. */
static int
fdb_put(struct view_builder *builder, enum view_table table, uint32_t id, mac_addr mac,
	size_t column, const struct varbind *vb)
{
	const uint32_t key[] = {id, (uint32_t)(mac >> 32), (uint32_t)mac};
	uint32_t number = 0;
	struct fdb_row *row;
	void *item;
	int rc;

	/* A negative port (VRP: -1) is none; any other value than a number is no row. */
	if (!view_u32(vb, &number) && vb->type != VB_INTEGER)
		return ERR_SYNTAX;
	if (!mac_is_station(mac))
		return 0;
	rc = view_rows_get(&builder->rows[table], key, &item);
	if (rc != 0)
		return rc;
	row = item;
	if (column == COLUMN_PORT) {
		row->port = number;
		row->has_port = true;
	} else if (number >= FDB_OTHER && number <= FDB_MGMT) {
		row->status = (uint8_t)number;
	}
	return 0;
}

static int
qfdb_add(struct view_builder *builder, size_t column, const struct varbind *vb)
{
	size_t len;
	const uint32_t *index = view_index(&view_impl_QFDB.spec, column, vb, &len);
	mac_addr mac;

	if (index == NULL || len != 1 + MAC_BYTES || !view_mac_index(index + 1, MAC_BYTES, &mac))
		return ERR_SYNTAX;
	return fdb_put(builder, VIEW_TABLE_QFDB, index[0], mac, column, vb);
}

static int
fdb_add(struct view_builder *builder, size_t column, const struct varbind *vb)
{
	size_t len;
	const uint32_t *index = view_index(&view_impl_FDB.spec, column, vb, &len);
	mac_addr mac;

	if (index == NULL || !view_mac_index(index, len, &mac))
		return ERR_SYNTAX;
	return fdb_put(builder, VIEW_TABLE_FDB, builder->vlan, mac, column, vb);
}

/* Another VLAN's rows stay; those of the same are read anew. */
static void
fdb_begin(struct view_builder *builder, uint16_t vlan)
{
	struct view_rows *rows = &builder->rows[VIEW_TABLE_FDB];

	if (vlan == 0) {
		view_rows_clear(rows);
		return;
	}
	for (size_t i = 0; i < rows->count; i++) {
		struct fdb_row *row = view_rows_at(rows, i);

		if (row->id == vlan)
			row->has_port = false;
	}
}

static bool
fdb_wants(const struct view_builder *builder)
{
	return builder->rows[VIEW_TABLE_QFDB].count == 0;
}

/* dot1qVlanFdbId, by dot1qVlanTimeMark and dot1qVlanIndex. */
struct fdb_id_row {
	uint32_t vlan; /* key */
	uint32_t id;
};

int
view_fdb_id_put(struct view_builder *builder, const uint32_t *index, size_t len,
		const struct varbind *vb)
{
	uint32_t id;
	void *item;
	int rc;

	if (index == NULL || len != 2 || !view_u32(vb, &id))
		return ERR_SYNTAX;
	if (index[1] == 0 || index[1] > VIEW_VLAN_ID_MAX)
		return 0;
	rc = view_rows_get(&builder->rows[VIEW_TABLE_VLAN_FDB], &index[1], &item);
	if (rc == 0)
		((struct fdb_id_row *)item)->id = id;
	return rc;
}

static int
fdb_id_add(struct view_builder *builder, size_t column, const struct varbind *vb)
{
	size_t len;
	const uint32_t *index = view_index(&view_impl_VLAN_FDB.spec, column, vb, &len);

	return view_fdb_id_put(builder, index, len, vb);
}

/* Mostly it has come with the VLANs' lists of ports, which are of the same table. */
static bool
fdb_id_wants(const struct view_builder *builder)
{
	return builder->rows[VIEW_TABLE_QFDB].count > 0 &&
	       (builder->rows[VIEW_TABLE_VLAN_FDB].count == 0 ||
		builder->trust[VIEW_TABLE_VLAN_FDB] != VIEW_NOT_READ);
}

const struct view_impl view_impl_QFDB = {
	.spec = {.table = VIEW_TABLE_QFDB,
		 .part = VIEW_FDB,
		 .name = "dot1qTpFdbTable",
		 .columns = q_columns,
		 .column_count = MEM_COUNT(q_columns),
		 .later = 1u << COLUMN_STATUS,
		 .later_max_rows = STATUS_ROWS_MAX,
		 .max_rows = VIEW_FDB_MAX,
		 .add = qfdb_add},
	.item_size = sizeof(struct fdb_row),
	.key_size = FDB_KEY,
};

const struct view_impl view_impl_FDB = {
	.spec = {.table = VIEW_TABLE_FDB,
		 .part = VIEW_FDB,
		 .name = "dot1dTpFdbTable",
		 .columns = d_columns,
		 .column_count = MEM_COUNT(d_columns),
		 .later = 1u << COLUMN_STATUS,
		 .later_max_rows = STATUS_ROWS_MAX,
		 .max_rows = VIEW_FDB_MAX,
		 .add = fdb_add},
	.item_size = sizeof(struct fdb_row),
	.key_size = FDB_KEY,
	.begin = fdb_begin,
	.wants = fdb_wants,
};

const struct view_impl view_impl_VLAN_FDB = {
	.spec = {.table = VIEW_TABLE_VLAN_FDB,
		 .part = VIEW_FDB,
		 .name = "dot1qVlanFdbId",
		 .columns = fdb_id_columns,
		 .column_count = MEM_COUNT(fdb_id_columns),
		 .max_rows = VIEW_VLAN_ID_MAX + 2, /* some count 0 and 4095 too */
		 .add = fdb_id_add},
	.item_size = sizeof(struct fdb_id_row),
	.key_size = sizeof(uint32_t),
	.wants = fdb_id_wants,
};

/* ---- FDB identifiers to VLANs */

struct fdb_vlan {
	uint32_t id; /* key */
	uint32_t vlan, count;
};

/* By dot1qVlanFdbId, which with shared learning has several VLANs for one identifier. */
static int
fdb_vlans_collect(const struct view_builder *builder, struct view_rows *vlans)
{
	const struct view_rows *rows = &builder->rows[VIEW_TABLE_VLAN_FDB];

	for (size_t i = 0; i < rows->count; i++) {
		const struct fdb_id_row *row = view_rows_at(rows, i);
		struct fdb_vlan *vlan;
		void *item;
		int rc = view_rows_get(vlans, &row->id, &item);

		if (rc != 0)
			return rc;
		vlan = item;
		vlan->vlan = row->vlan;
		vlan->count++;
	}
	return 0;
}

/* 0 if it cannot be told. Without dot1qVlanFdbId, agents of independent learning name the VLAN. */
static uint16_t
fdb_vlan_of(const struct view_rows *vlans, const uint64_t *known, uint32_t id)
{
	const struct fdb_vlan *vlan;

	if (vlans->count == 0)
		return id <= VIEW_VLAN_ID_MAX && (known[id / 64] >> id % 64 & 1) != 0 ? (uint16_t)id
										      : 0;
	vlan = view_rows_find(vlans, &id);
	return vlan != NULL && vlan->count == 1 ? (uint16_t)vlan->vlan : 0;
}

/* ---- finishing */

/* Learned rows tell which numbering is meant; the switch's own addresses are on ports of their
 * own kind. */
static bool
fdb_is_telling(const struct fdb_row *row)
{
	return row->has_port && row->port != 0 &&
	       (row->status == 0 || row->status == FDB_LEARNED || row->status == FDB_OTHER);
}

static int
fdb_numbers(const struct view_builder *builder, const struct switch_view *view,
	    enum view_table table, struct view_port_numbers *numbers)
{
	const struct view_rows *rows = &builder->rows[table];

	for (size_t i = 0; i < rows->count; i++) {
		const struct fdb_row *row = view_rows_at(rows, i);
		int rc;

		if (!fdb_is_telling(row) || (table == VIEW_TABLE_FDB && row->id != 0))
			continue;
		rc = view_port_numbers_note(numbers, 0, row->port);
		if (rc != 0)
			return rc;
	}
	return view_port_numbers_bridge(numbers, builder, view);
}

/* Rows of the default context of an agent that has contexts: Cisco IOS serves VLAN 1 there. */
static uint16_t
fdb_default_vlan(const struct view_builder *builder)
{
	const struct view_rows *rows = &builder->rows[VIEW_TABLE_FDB];

	for (size_t i = 0; i < rows->count; i++) {
		const struct fdb_row *row = view_rows_at(rows, i);

		if (row->id != 0)
			return 1;
	}
	return 0;
}

static int
fdb_compare_macs(const void *a, const void *b)
{
	const mac_addr left = *(const mac_addr *)a, right = *(const mac_addr *)b;

	return left < right ? -1 : left > right;
}

/* Addresses that are the switch's own, for tables whose status was not read. */
static int
fdb_collect_own(const struct switch_view *view, mac_addr **out, size_t *count)
{
	mac_addr *owns = malloc((view->port_count + 2) * sizeof(*owns));
	size_t n = 0;

	if (owns == NULL)
		return ERR_NOMEM;
	owns[n++] = view->bridge_mac;
	owns[n++] = view->chassis_mac;
	for (size_t i = 0; i < view->port_count; i++)
		owns[n++] = view->ports[i].mac;
	qsort(owns, n, sizeof(*owns), fdb_compare_macs);
	*out = owns;
	*count = n;
	return 0;
}

static bool
fdb_is_own(const mac_addr *owns, size_t count, mac_addr mac)
{
	return bsearch(&mac, owns, count, sizeof(*owns), fdb_compare_macs) != NULL;
}

static int
fdb_fill(const struct view_builder *builder, struct switch_view *view, enum view_table table,
	 const struct view_port_numbers *numbers, const struct view_rows *vlans)
{
	mac_addr *owns;
	size_t own_count;
	const struct view_rows *rows = &builder->rows[table];
	uint16_t default_vlan = table == VIEW_TABLE_FDB ? fdb_default_vlan(builder) : 0;
	uint64_t known[VIEW_VLAN_WORDS];
	int rc = mem_grow(&view->fdb, &view->fdb_cap, rows->count, sizeof(*view->fdb));

	if (rc == 0)
		rc = fdb_collect_own(view, &owns, &own_count);
	if (rc != 0)
		return rc;
	view_vlans_known(builder, known);
	for (size_t i = 0; i < rows->count; i++) {
		const struct fdb_row *row = view_rows_at(rows, i);
		struct view_fdb *fdb = &view->fdb[view->fdb_count];

		if (!row->has_port || row->status == FDB_INVALID)
			continue;
		fdb->mac = (mac_addr)row->mac_high << 32 | row->mac_low;
		fdb->status = row->status != 0 ? row->status : FDB_LEARNED;
		if (row->status == 0 && fdb_is_own(owns, own_count, fdb->mac))
			fdb->status = FDB_SELF;
		if (table == VIEW_TABLE_QFDB)
			fdb->vlan = fdb_vlan_of(vlans, known, row->id);
		else
			fdb->vlan = row->id != 0 ? (uint16_t)row->id : default_vlan;
		if (row->port == 0)
			fdb->if_index = 0;
		else if (table == VIEW_TABLE_FDB && row->id != 0)
			fdb->if_index = view_base_port_if_in(builder, (uint16_t)row->id, row->port);
		else
			fdb->if_index = view_port_numbers_if(numbers, 0, row->port);
		/* Not learned, so it took no part in the decision; where it is a base port, so. */
		if (fdb->if_index == 0 && row->port != 0 && !fdb_is_telling(row))
			fdb->if_index = view_base_port_if(builder, row->port);
		view->fdb_count++;
	}
	free(owns);
	return 0;
}

/* Of rows that say the same of a MAC in a VLAN the one with a port is first, then the learned. */
static int
fdb_compare(const void *a, const void *b)
{
	const struct view_fdb *left = a, *right = b;

	if (left->mac != right->mac)
		return left->mac < right->mac ? -1 : 1;
	if (left->vlan != right->vlan)
		return left->vlan < right->vlan ? -1 : 1;
	if ((left->if_index == 0) != (right->if_index == 0))
		return left->if_index == 0 ? 1 : -1;
	if (left->status != right->status)
		return left->status == FDB_LEARNED    ? -1
		       : right->status == FDB_LEARNED ? 1
						      : left->status - right->status;
	return left->if_index < right->if_index ? -1 : left->if_index > right->if_index;
}

/* Rows that say nothing new; where the VLAN is not known, two ports of a MAC are both kept. */
static void
fdb_unique(struct switch_view *view)
{
	size_t kept = 0;

	for (size_t i = 0; i < view->fdb_count; i++) {
		const struct view_fdb *row = &view->fdb[i];
		const struct view_fdb *last = kept == 0 ? NULL : &view->fdb[kept - 1];

		if (last != NULL && last->mac == row->mac && last->vlan == row->vlan &&
		    (last->if_index == row->if_index || row->if_index == 0 || row->vlan != 0))
			continue;
		view->fdb[kept++] = *row;
	}
	view->fdb_count = kept;
}

int
view_finish_fdb(struct view_builder *builder, struct switch_view *view)
{
	enum view_table table =
		builder->rows[VIEW_TABLE_QFDB].count > 0 ? VIEW_TABLE_QFDB : VIEW_TABLE_FDB;
	struct view_port_numbers numbers;
	struct view_rows vlans;
	int rc;

	if (builder->rows[table].count == 0)
		return 0;
	view_port_numbers_init(&numbers);
	view_rows_init(&vlans, sizeof(struct fdb_vlan), sizeof(uint32_t), VIEW_VLAN_ID_MAX);
	rc = fdb_vlans_collect(builder, &vlans);
	if (rc == 0)
		rc = fdb_numbers(builder, view, table, &numbers);
	if (rc == 0)
		rc = fdb_fill(builder, view, table, &numbers, &vlans);
	view_port_numbers_fini(&numbers);
	view_rows_fini(&vlans);
	view_rows_clear(&builder->rows[table]);
	if (rc != 0)
		return rc;
	qsort(view->fdb, view->fdb_count, sizeof(*view->fdb), fdb_compare);
	fdb_unique(view);
	return 0;
}
