/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * dot1dBasePortIfIndex (RFC 4188): bridge ports to interfaces. Old Cisco IOS serves it per VLAN,
 * with the ports of that VLAN only; there each VLAN has a map of its own.
 */
#include "view_port_numbers.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

static const uint32_t oid_if_index[] = {1, 3, 6, 1, 2, 1, 17, 1, 4, 1, 2};

static const struct oid_ref columns[] = {OID_REF(oid_if_index)};

/* All contexts together; no VLAN has this number. */
enum { ANY_VLAN = 0xffff, BASE_ROWS_MAX = 8 * VIEW_PORTS_MAX };

struct base_row {
	uint32_t vlan, base_port; /* key */
	uint32_t if_index;	  /* 0: none; of ANY_VLAN also if the contexts contradict */
	bool is_known;
};

static int
base_put(struct view_builder *builder, uint32_t vlan, uint32_t base_port, uint32_t if_index)
{
	const uint32_t key[] = {vlan, base_port};
	struct base_row *row;
	void *item;
	int rc = view_rows_get(&builder->rows[VIEW_TABLE_BASE_PORT], key, &item);

	if (rc != 0)
		return rc;
	row = item;
	if (vlan == ANY_VLAN && row->is_known && row->if_index != if_index)
		if_index = 0;
	row->if_index = if_index;
	row->is_known = true;
	return 0;
}

static int
base_add(struct view_builder *builder, size_t column, const struct varbind *vb)
{
	size_t len;
	const uint32_t *index = view_index(&view_impl_BASE_PORT.spec, column, vb, &len);
	uint32_t if_index;
	int rc;

	if (index == NULL || len != 1 || !view_u32(vb, &if_index))
		return ERR_SYNTAX;
	/* Avaya VSP 8608 has 0 in all rows: as if there were none. */
	if (if_index == 0)
		return 0;
	rc = base_put(builder, builder->vlan, index[0], if_index);
	if (rc == 0 && builder->vlan != 0)
		rc = base_put(builder, ANY_VLAN, index[0], if_index);
	return rc;
}

static void
base_begin(struct view_builder *builder, uint16_t vlan)
{
	struct view_rows *rows = &builder->rows[VIEW_TABLE_BASE_PORT];

	if (vlan == 0) {
		view_rows_clear(rows);
		return;
	}
	for (size_t i = 0; i < rows->count; i++) {
		struct base_row *row = view_rows_at(rows, i);

		if (row->vlan == vlan)
			row->if_index = 0;
	}
}

static uint32_t
base_find(const struct view_builder *builder, uint32_t vlan, uint32_t base_port)
{
	const uint32_t key[] = {vlan, base_port};
	const struct base_row *row = view_rows_find(&builder->rows[VIEW_TABLE_BASE_PORT], key);

	return row == NULL ? 0 : row->if_index;
}

const struct view_impl view_impl_BASE_PORT = {
	.spec = {.table = VIEW_TABLE_BASE_PORT,
		 .part = VIEW_FDB,
		 .name = "dot1dBasePortTable",
		 .columns = columns,
		 .column_count = MEM_COUNT(columns),
		 .max_rows = BASE_ROWS_MAX,
		 .add = base_add},
	.item_size = sizeof(struct base_row),
	.key_size = 2 * sizeof(uint32_t),
	.begin = base_begin,
};

uint32_t
view_base_port_if_in(const struct view_builder *builder, uint16_t vlan, uint32_t base_port)
{
	return base_find(builder, vlan, base_port);
}

uint32_t
view_base_port_if(const struct view_builder *builder, uint32_t base_port)
{
	uint32_t if_index = base_find(builder, 0, base_port);

	return if_index != 0 ? if_index : base_find(builder, ANY_VLAN, base_port);
}

/* VOSS serves a row for each port, all with the value 0: that is no map. */
bool
view_base_ports_told(const struct view_builder *builder)
{
	const struct view_rows *rows = &builder->rows[VIEW_TABLE_BASE_PORT];

	for (size_t i = 0; i < rows->count; i++) {
		const struct base_row *row = view_rows_at(rows, i);

		if (row->if_index != 0)
			return true;
	}
	return false;
}

/* Bridges of their own on one device number their ports alike (RouterOS): the first stays. */
int
view_finish_base_ports(struct view_builder *builder, struct switch_view *view)
{
	const struct view_rows *rows = &builder->rows[VIEW_TABLE_BASE_PORT];

	for (size_t i = 0; i < rows->count; i++) {
		const struct base_row *row = view_rows_at(rows, i);
		struct view_port *port;

		if (row->if_index == 0 || (row->vlan != 0 && row->vlan != ANY_VLAN))
			continue;
		port = switch_view_port(view, row->if_index);
		if (port != NULL && port->base_port == 0)
			port->base_port = row->base_port;
	}
	return 0;
}
