/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * VLANs of the ports: Q-BRIDGE-MIB (RFC 4363) dot1qPvid and the egress port lists, and
 * CISCO-VLAN-MEMBERSHIP-MIB, whose rows are by ifIndex and of access ports only.
 */
#include "view_port_numbers.h"
#include "view_vlan.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <ctype.h>
#include <string.h>

#define DOT1Q_VLAN 1, 3, 6, 1, 2, 1, 17, 7, 1, 4
#define CISCO_VM   1, 3, 6, 1, 4, 1, 9, 9, 68, 1

static const uint32_t oid_pvid[] = {DOT1Q_VLAN, 5, 1, 1}, oid_vm_vlan[] = {CISCO_VM, 2, 2, 1, 2},
		      oid_vm_voice[] = {CISCO_VM, 5, 1, 1, 1}, oid_egress[] = {DOT1Q_VLAN, 2, 1, 4},
		      oid_untagged[] = {DOT1Q_VLAN, 2, 1, 5},
		      oid_static_egress[] = {DOT1Q_VLAN, 3, 1, 2},
		      oid_static_untagged[] = {DOT1Q_VLAN, 3, 1, 4},
		      oid_fdb_id[] = {DOT1Q_VLAN, 2, 1, 3};

static const struct oid_ref port_columns[] = {OID_REF(oid_pvid), OID_REF(oid_vm_vlan),
					      OID_REF(oid_vm_voice)};
static const struct oid_ref list_columns[] = {OID_REF(oid_egress), OID_REF(oid_untagged),
					      OID_REF(oid_static_egress),
					      OID_REF(oid_static_untagged), OID_REF(oid_fdb_id)};

enum { LIST_EGRESS, LIST_UNTAGGED, LIST_STATIC_EGRESS, LIST_STATIC_UNTAGGED, LIST_FDB_ID };

static int
vlan_port_add(struct view_builder *builder, size_t column, const struct varbind *vb)
{
	size_t len;
	const uint32_t *index = view_index(&view_impl_VLAN_PORT.spec, column, vb, &len);
	uint32_t key[2], vlan;
	void *item;
	int rc;

	if (index == NULL || len != 1 || !view_u32(vb, &vlan))
		return ERR_SYNTAX;
	/* vmVoiceVlanId: 4095 none, 4096 untagged with priority; vmVlan 0: not yet known. */
	if (vlan == 0 || vlan > VIEW_VLAN_ID_MAX)
		return 0;
	key[0] = (uint32_t)column;
	key[1] = index[0];
	rc = view_rows_get(&builder->rows[VIEW_TABLE_VLAN_PORT], key, &item);
	if (rc == 0)
		((struct vlan_port_row *)item)->vlan = vlan;
	return rc;
}

static int
list_set(struct view_builder *builder, size_t column, uint32_t vlan, uint32_t word, uint32_t bits)
{
	const uint32_t key[] = {column >= LIST_STATIC_EGRESS ? vlan + STATIC_VLAN : vlan, word};
	struct vlan_list_row *row;
	void *item;
	int rc = view_rows_get(&builder->rows[VIEW_TABLE_VLAN_EGRESS], key, &item);

	if (rc != 0)
		return rc;
	row = item;
	if (column == LIST_EGRESS || column == LIST_STATIC_EGRESS)
		row->egress |= bits;
	else
		row->untagged |= bits;
	return 0;
}

static bool
list_is_text(const struct varbind *vb)
{
	for (size_t i = 0; i < vb->bytes_len; i++) {
		if (!isdigit(vb->bytes[i]) && vb->bytes[i] != ',' && vb->bytes[i] != ' ')
			return false;
	}
	return vb->bytes_len > 0;
}

/* Junos (ELS) writes the port numbers as text: "512,513". */
static int
list_add_text(struct view_builder *builder, size_t column, uint32_t vlan, const struct varbind *vb)
{
	uint32_t number = 0;
	int rc = 0;

	for (size_t i = 0; i <= vb->bytes_len && rc == 0; i++) {
		if (i < vb->bytes_len && isdigit(vb->bytes[i])) {
			if (number <= VIEW_PORTS_MAX)
				number = number * 10 + (uint32_t)(vb->bytes[i] - '0');
			continue;
		}
		if (number > 0 && number <= VIEW_PORTS_MAX)
			rc = list_set(builder, column, vlan, (number - 1) / WORD_BITS,
				      1u << (number - 1) % WORD_BITS);
		number = 0;
	}
	return rc;
}

/* PortList, RFC 4363: the highest bit of the first byte is port 1. */
static int
list_add_bits(struct view_builder *builder, size_t column, uint32_t vlan, const struct varbind *vb)
{
	int rc = 0;

	for (uint32_t word = 0; word < LIST_WORDS_MAX && word * 4 < vb->bytes_len; word++) {
		uint32_t bits = 0;

		for (uint32_t i = word * 4; i < word * 4 + 4 && i < vb->bytes_len; i++) {
			for (uint32_t bit = 0; bit < 8; bit++) {
				if ((vb->bytes[i] & 0x80u >> bit) != 0)
					bits |= 1u << ((i - word * 4) * 8 + bit);
			}
		}
		if (bits != 0)
			rc = list_set(builder, column, vlan, word, bits);
		if (rc != 0)
			return rc;
	}
	return 0;
}

static int
vlan_list_add(struct view_builder *builder, size_t column, const struct varbind *vb)
{
	const size_t index_len = column >= LIST_STATIC_EGRESS ? 1 : 2;
	size_t len;
	const uint32_t *index = view_index(&view_impl_VLAN_EGRESS.spec, column, vb, &len);
	uint32_t vlan;
	int rc;

	if (column == LIST_FDB_ID)
		return view_fdb_id_put(builder, index, len, vb);
	if (index == NULL || len != index_len || vb->type != VB_OCTETS)
		return ERR_SYNTAX;
	vlan = index[index_len - 1]; /* after dot1qVlanTimeMark */
	if (vlan == 0 || vlan > VIEW_VLAN_ID_MAX)
		return 0;
	/* A VLAN without ports is one too. */
	rc = list_set(builder, column, vlan, 0, 0);
	if (rc != 0)
		return rc;
	if (builder->scalars.enterprise == 2636 && list_is_text(vb))
		return list_add_text(builder, column, vlan, vb);
	return list_add_bits(builder, column, vlan, vb);
}

const struct view_impl view_impl_VLAN_PORT = {
	.spec = {.table = VIEW_TABLE_VLAN_PORT,
		 .part = VIEW_VLANS,
		 .name = "dot1qPortVlanTable",
		 .columns = port_columns,
		 .column_count = MEM_COUNT(port_columns),
		 .max_rows = PORT_COLUMNS * VIEW_PORTS_MAX,
		 .add = vlan_port_add},
	.item_size = sizeof(struct vlan_port_row),
	.key_size = 2 * sizeof(uint32_t),
};

/* dot1qVlanCurrentTable has all; the static one only what was configured. */
static bool
list_wants_static(const struct view_builder *builder)
{
	return builder->rows[VIEW_TABLE_VLAN_EGRESS].count == 0;
}

const struct view_impl view_impl_VLAN_EGRESS = {
	.spec = {.table = VIEW_TABLE_VLAN_EGRESS,
		 .part = VIEW_VLANS,
		 .name = "dot1qVlanCurrentTable",
		 .columns = list_columns,
		 .column_count = MEM_COUNT(list_columns),
		 .max_rows = LIST_ROWS_MAX,
		 .later = 1u << LIST_STATIC_EGRESS | 1u << LIST_STATIC_UNTAGGED,
		 .later_max_rows = LIST_ROWS_MAX,
		 .add = vlan_list_add},
	.item_size = sizeof(struct vlan_list_row),
	.key_size = 2 * sizeof(uint32_t),
	.wants_later = list_wants_static,
	.is_later_of_empty = true,
};

void
view_vlans_known(const struct view_builder *builder, uint64_t bits[VIEW_VLAN_WORDS])
{
	const struct view_rows *ports = &builder->rows[VIEW_TABLE_VLAN_PORT];
	const struct view_rows *lists = &builder->rows[VIEW_TABLE_VLAN_EGRESS];
	const struct view_rows *cisco = &builder->rows[VIEW_TABLE_CISCO_VLAN];

	memset(bits, 0, VIEW_VLAN_WORDS * sizeof(*bits));
	for (size_t i = 0; i < ports->count; i++) {
		uint32_t vlan = ((const struct vlan_port_row *)view_rows_at(ports, i))->vlan;

		bits[vlan / 64] |= (uint64_t)1 << vlan % 64;
	}
	for (size_t i = 0; i < lists->count; i++) {
		uint32_t vlan =
			((const struct vlan_list_row *)view_rows_at(lists, i))->vlan % STATIC_VLAN;

		bits[vlan / 64] |= (uint64_t)1 << vlan % 64;
	}
	/* Its key is the VLAN (view_vlan_cisco.c). */
	for (size_t i = 0; i < cisco->count; i++) {
		uint32_t vlan = *(const uint32_t *)view_rows_at(cisco, i);

		bits[vlan / 64] |= (uint64_t)1 << vlan % 64;
	}
	bits[0] &= ~(uint64_t)1;
}

uint32_t
view_vlan_access_at(const struct view_builder *builder, size_t i, uint32_t *if_index)
{
	const struct view_rows *rows = &builder->rows[VIEW_TABLE_VLAN_PORT];
	const struct vlan_port_row *row;

	if (i >= rows->count)
		return 0;
	row = view_rows_at(rows, i);
	*if_index = row->column == PORT_PVID ? 0 : row->index;
	return row->vlan;
}
