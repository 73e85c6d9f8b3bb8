/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Spanning tree by BRIDGE-MIB (RFC 4188): the state of each port, the root and the way to it.
 */
#include "view_port_numbers.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

static const uint32_t oid_state[] = {1, 3, 6, 1, 2, 1, 17, 2, 15, 1, 3};

static const struct oid_ref columns[] = {OID_REF(oid_state)};

struct stp_row {
	uint32_t port; /* key: dot1dStpPort */
	uint32_t state;
};

static int
stp_add(struct view_builder *builder, size_t column, const struct varbind *vb)
{
	size_t len;
	const uint32_t *index = view_index(&view_impl_STP_PORT.spec, column, vb, &len);
	uint32_t state;
	void *item;
	int rc;

	if (index == NULL || len != 1 || !view_u32(vb, &state))
		return ERR_SYNTAX;
	rc = view_rows_get(&builder->rows[VIEW_TABLE_STP_PORT], index, &item);
	if (rc == 0)
		((struct stp_row *)item)->state = state <= STP_BROKEN ? state : STP_UNKNOWN;
	return rc;
}

const struct view_impl view_impl_STP_PORT = {
	.spec = {.table = VIEW_TABLE_STP_PORT,
		 .part = VIEW_STP,
		 .name = "dot1dStpPortTable",
		 .columns = columns,
		 .column_count = MEM_COUNT(columns),
		 .max_rows = VIEW_PORTS_MAX,
		 .add = stp_add},
	.item_size = sizeof(struct stp_row),
	.key_size = sizeof(uint32_t),
};

int
view_finish_stp(struct view_builder *builder, struct switch_view *view)
{
	const struct view_rows *rows = &builder->rows[VIEW_TABLE_STP_PORT];
	const struct view_scalars *scalars = &builder->scalars;
	struct view_port_numbers numbers;
	int rc = 0;

	view->stp_root = scalars->stp_root;
	view->stp_root_cost = scalars->stp_root_cost;
	view->stp_changes = scalars->stp_changes;
	view_port_numbers_init(&numbers);
	for (size_t i = 0; i < rows->count && rc == 0; i++)
		rc = view_port_numbers_note(&numbers, 0,
					    ((const struct stp_row *)view_rows_at(rows, i))->port);
	/* dot1dStpRootPort is 0 on the root itself. */
	if (rc == 0 && scalars->stp_root_port != 0)
		rc = view_port_numbers_note(&numbers, 0, scalars->stp_root_port);
	if (rc == 0)
		rc = view_port_numbers_bridge(&numbers, builder, view);
	if (rc != 0)
		goto out;
	if (scalars->stp_root_port != 0)
		view->stp_root_if = view_port_numbers_if(&numbers, 0, scalars->stp_root_port);
	for (size_t i = 0; i < rows->count; i++) {
		const struct stp_row *row = view_rows_at(rows, i);
		struct view_port *port =
			switch_view_port(view, view_port_numbers_if(&numbers, 0, row->port));

		if (port != NULL && row->state != STP_UNKNOWN)
			port->stp = (uint8_t)row->state;
	}
out:
	view_port_numbers_fini(&numbers);
	return rc;
}
