/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The view of a switch out of anything: instances of all tables in any order, with any index and
 * any value, and then the view is checked for what its readers rely on. A record is a table (its
 * high bit begins the table anew; 127 is a scalar), a column and a type, the length
 * of the index and the index (a byte each, 0xff: four bytes follow), and a value with its length.
 */
#include "keepwatch/err.h"
#include "keepwatch/mem.h"
#include "keepwatch/view_read.h"

#include "keepwatch/buf.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { RECORD_SCALAR = 0x7f };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
read_ids(struct rd *rd, uint32_t *ids, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		uint8_t byte = rd_u8(rd);

		ids[i] = byte == 0xff ? rd_u32be(rd) : byte;
	}
	return count;
}

/* One varbind under `root`; its arrays are the caller's. */
static void
read_varbind(struct rd *rd, const struct oid_ref *root, unsigned type, uint32_t *oid,
	     uint32_t *value_oid, struct varbind *vb)
{
	static const enum varbind_type types[] = {
		VB_INTEGER,   VB_OCTETS, VB_GAUGE32,   VB_OID,	     VB_IPADDRESS,
		VB_COUNTER32, VB_NULL,	 VB_TIMETICKS, VB_COUNTER64, VB_NO_SUCH_INSTANCE,
	};
	uint8_t length = rd_u8(rd), bytes;

	memset(vb, 0, sizeof(*vb));
	vb->type = types[type % MEM_COUNT(types)];
	vb->oid = oid;
	memcpy(oid, root->ids, root->len * sizeof(*oid));
	vb->oid_len = root->len;
	if (length & 0x80)
		vb->oid_len--; /* not of the column */
	else
		vb->oid_len += read_ids(rd, oid + root->len, length % 48);
	bytes = rd_u8(rd);
	if (vb->type == VB_OID) {
		vb->value_oid = value_oid;
		vb->value_oid_len = read_ids(rd, value_oid, bytes % 64);
	} else if (vb->type == VB_OCTETS || vb->type == VB_IPADDRESS) {
		vb->bytes = rd_bytes(rd, bytes);
		vb->bytes_len = vb->bytes != NULL ? bytes : 0;
	} else {
		for (unsigned i = 0; i < bytes % 9; i++)
			vb->unsigned_number = vb->unsigned_number << 8 | rd_u8(rd);
		vb->number = (int64_t)vb->unsigned_number;
	}
}

static void
feed(struct view_builder *builder, struct rd *rd)
{
	while (rd->error == 0 && rd_left(rd) > 0) {
		uint32_t oid[OID_MAX], value_oid[64];
		uint8_t first = rd_u8(rd), second = rd_u8(rd);
		unsigned table = first & 0x7fu;
		const struct view_table_spec *spec;
		struct varbind vb;
		size_t column;

		if (table == RECORD_SCALAR) {
			read_varbind(rd, &view_scalar_oids[(second & 15u) % view_scalar_count],
				     second >> 4, oid, value_oid, &vb);
			view_builder_scalar(builder, &vb);
			continue;
		}
		spec = view_table_spec((enum view_table)(table % VIEW_TABLE_COUNT));
		if (spec->column_count == 0)
			abort();
		if (first & 0x80) {
			view_builder_end(builder, spec->table, VIEW_CUT);
			view_builder_begin(builder, spec->table, second & 3u);
		}
		column = (second & 15u) % spec->column_count;
		read_varbind(rd, &spec->columns[column], second >> 4, oid, value_oid, &vb);
		switch (view_builder_add(builder, spec->table, column, &vb)) {
		case 0:
		case VIEW_ENOUGH:
		case ERR_SYNTAX:
		case ERR_TOOBIG:
			break;
		default:
			abort();
		}
	}
}

static void
check_text(const char *text, size_t size)
{
	size_t len = strnlen(text, size);

	if (len == size)
		abort();
	for (size_t i = 0; i < len;) {
		size_t n = utf8_sequence(text + i, len - i);

		if (n == 0 || (n == 1 && (unsigned char)text[i] < ' '))
			abort();
		i += n;
	}
}

static void
check_ports(const struct switch_view *view)
{
	for (size_t i = 0; i < view->port_count; i++) {
		const struct view_port *port = &view->ports[i];

		if (i > 0 && port->if_index <= view->ports[i - 1].if_index)
			abort();
		if (port->if_index == 0 || port->name[0] == '\0')
			abort();
		if (port->lag != 0 && (switch_view_port(view, port->lag) == NULL ||
				       !switch_view_port(view, port->lag)->is_aggregate ||
				       port->lag == port->if_index))
			abort();
		if (port->vlan_count > view->vlan_member_count ||
		    port->vlan_first > view->vlan_member_count - port->vlan_count)
			abort();
		check_text(port->name, sizeof(port->name));
		check_text(port->descr, sizeof(port->descr));
		check_text(port->alias, sizeof(port->alias));
	}
}

static void
check_rest(const struct switch_view *view)
{
	for (size_t i = 0; i < view->neighbour_count; i++) {
		const struct view_neighbour *neighbour = &view->neighbours[i];

		if (i > 0 && neighbour->if_index < view->neighbours[i - 1].if_index)
			abort();
		if (neighbour->if_index != 0 && view->port_count > 0 &&
		    switch_view_port(view, neighbour->if_index) == NULL)
			abort();
		check_text(neighbour->local_port, sizeof(neighbour->local_port));
		check_text(neighbour->chassis_id, sizeof(neighbour->chassis_id));
		check_text(neighbour->port_id, sizeof(neighbour->port_id));
		check_text(neighbour->sys_name, sizeof(neighbour->sys_name));
		check_text(neighbour->sys_descr, sizeof(neighbour->sys_descr));
	}
	for (size_t i = 1; i < view->fdb_count; i++) {
		const struct view_fdb *one = &view->fdb[i - 1], *other = &view->fdb[i];

		if (one->mac > other->mac || (one->mac == other->mac && one->vlan > other->vlan))
			abort();
	}
	for (size_t i = 0; i < view->vlan_member_count; i++) {
		if (view->vlan_members[i].vlan == 0 ||
		    view->vlan_members[i].vlan > VIEW_VLAN_ID_MAX)
			abort();
	}
	for (size_t i = 1; i < view->entity_count; i++) {
		if (view->entities[i].index <= view->entities[i - 1].index)
			abort();
	}
	for (size_t i = 0; i < view->entity_count; i++)
		check_text(view->entities[i].serial, sizeof(view->entities[i].serial));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct view_builder *builder = view_builder_new();
	struct switch_view *view = NULL;
	uint16_t vlans[16];
	struct rd rd;

	if (builder == NULL)
		return 0;
	rd_init(&rd, data, size);
	feed(builder, &rd);
	for (int i = 0; i < VIEW_TABLE_COUNT; i++) {
		if (view_builder_wants(builder, (enum view_table)i))
			view_builder_end(builder, (enum view_table)i, VIEW_WHOLE);
	}
	if (view_builder_fdb_vlans(builder, vlans, MEM_COUNT(vlans)) > MEM_COUNT(vlans))
		abort();
	if (view_builder_finish(builder, &view) == 0) {
		check_ports(view);
		check_rest(view);
		switch_view_free(view);
	}
	view_builder_free(builder);
	return 0;
}
