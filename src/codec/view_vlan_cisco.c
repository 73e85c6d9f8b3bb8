/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CISCO-VTP-MIB: which VLANs there are; and in which of them old IOS must be asked for a
 * forwarding table, since it serves BRIDGE-MIB per VLAN (community@VLAN, context vlan-N).
 */
#include "view_port_numbers.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

static const uint32_t oid_state[] = {1, 3, 6, 1, 4, 1, 9, 9, 46, 1, 3, 1, 1, 2};

static const struct oid_ref columns[] = {OID_REF(oid_state)};

enum { ENTERPRISE_CISCO = 9, VTP_OPERATIONAL = 1, LEGACY_FIRST = 1002, LEGACY_LAST = 1005 };

struct vtp_row {
	uint32_t vlan; /* key */
	uint32_t state;
};

/* Index: managementDomainIndex, vtpVlanIndex. */
static int
vtp_add(struct view_builder *builder, size_t column, const struct varbind *vb)
{
	size_t len;
	const uint32_t *index = view_index(&view_impl_CISCO_VLAN.spec, column, vb, &len);
	uint32_t state;
	void *item;
	int rc;

	if (index == NULL || len != 2 || !view_u32(vb, &state))
		return ERR_SYNTAX;
	if (index[1] == 0 || index[1] > VIEW_VLAN_ID_MAX ||
	    (index[1] >= LEGACY_FIRST && index[1] <= LEGACY_LAST))
		return 0;
	rc = view_rows_get(&builder->rows[VIEW_TABLE_CISCO_VLAN], &index[1], &item);
	if (rc == 0)
		((struct vtp_row *)item)->state = state;
	return rc;
}

static bool
vtp_wants(const struct view_builder *builder)
{
	return builder->scalars.enterprise == ENTERPRISE_CISCO;
}

const struct view_impl view_impl_CISCO_VLAN = {
	.spec = {.table = VIEW_TABLE_CISCO_VLAN,
		 .part = VIEW_VLANS,
		 .name = "vtpVlanTable",
		 .columns = columns,
		 .column_count = MEM_COUNT(columns),
		 .max_rows = VIEW_VLAN_ID_MAX,
		 .add = vtp_add},
	.item_size = sizeof(struct vtp_row),
	.key_size = sizeof(uint32_t),
	.wants = vtp_wants,
};

static bool
bit_is_set(const uint64_t *bits, uint32_t vlan)
{
	return (bits[vlan / 64] >> vlan % 64 & 1) != 0;
}

/* VLANs of access ports, and whether ports of others than VLAN 1 lack a bridge port in what the
 * default context, which is VLAN 1, has told. */
static bool
cisco_access(const struct view_builder *builder, uint64_t used[VIEW_VLAN_WORDS])
{
	const struct view_rows *bases = &builder->rows[VIEW_TABLE_BASE_PORT];
	uint32_t vlan, if_index;
	struct view_rows known;
	size_t missing = 0, present = 0;

	view_rows_init(&known, sizeof(uint32_t), sizeof(uint32_t), 8 * VIEW_PORTS_MAX);
	for (size_t i = 0; i < bases->count; i++) {
		const uint32_t *row = view_rows_at(bases, i); /* VLAN, base port, ifIndex */
		void *item;

		if (row[0] == 0 && view_rows_get(&known, &row[2], &item) != 0)
			break;
	}
	for (size_t i = 0; (vlan = view_vlan_access_at(builder, i, &if_index)) != 0; i++) {
		if (if_index == 0)
			continue;
		used[vlan / 64] |= (uint64_t)1 << vlan % 64;
		if (vlan == 1)
			continue;
		if (view_rows_find(&known, &if_index) == NULL)
			missing++;
		else
			present++;
	}
	view_rows_fini(&known);
	return missing > present;
}

size_t
view_fdb_vlans(const struct view_builder *builder, uint16_t *vlans, size_t max)
{
	const struct view_rows *rows = &builder->rows[VIEW_TABLE_CISCO_VLAN];
	bool is_empty = builder->rows[VIEW_TABLE_FDB].count == 0;
	uint64_t used[VIEW_VLAN_WORDS] = {0}, others[VIEW_VLAN_WORDS] = {0};
	const uint64_t *const order[] = {used, others};
	size_t count = 0;

	if (builder->scalars.enterprise != ENTERPRISE_CISCO ||
	    builder->rows[VIEW_TABLE_QFDB].count > 0)
		return 0;
	if (!cisco_access(builder, used) && !is_empty)
		return 0;
	/* VLANs that trunks alone carry come last: `max` cuts them first. */
	for (size_t i = 0; i < rows->count; i++) {
		const struct vtp_row *row = view_rows_at(rows, i);

		if (row->state != VTP_OPERATIONAL)
			used[row->vlan / 64] &= ~((uint64_t)1 << row->vlan % 64);
		else if (!bit_is_set(used, row->vlan))
			others[row->vlan / 64] |= (uint64_t)1 << row->vlan % 64;
	}
	for (size_t pass = 0; pass < MEM_COUNT(order); pass++) {
		for (uint32_t vlan = 1; vlan <= VIEW_VLAN_ID_MAX && count < max; vlan++) {
			if ((vlan == 1 && !is_empty) || !bit_is_set(order[pass], vlan))
				continue;
			vlans[count++] = (uint16_t)vlan;
		}
	}
	return count;
}
