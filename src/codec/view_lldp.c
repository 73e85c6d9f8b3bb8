/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tables of LLDP-MIB (IEEE 802.1AB-2005) and LLDP-V2-MIB (IEEE 802.1AB-2009): local ports,
 * neighbours, and their management addresses. Rows are kept raw; view_neighbour.c makes sense of
 * them.
 */
#include "view_lldp.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdio.h>
#include <string.h>

#define LLDP_LOCAL    1, 0, 8802, 1, 1, 2, 1, 3, 7, 1
#define LLDP_REMOTE   1, 0, 8802, 1, 1, 2, 1, 4, 1, 1
#define LLDP_ADDRESS  1, 0, 8802, 1, 1, 2, 1, 4, 2, 1
#define LLDP_DOT1     1, 0, 8802, 1, 1, 2, 1, 5, 32962, 1, 3, 1, 1
#define LLDP2_LOCAL   1, 3, 111, 2, 802, 1, 1, 13, 1, 3, 7, 1
#define LLDP2_REMOTE  1, 3, 111, 2, 802, 1, 1, 13, 1, 4, 1, 1
#define LLDP2_ADDRESS 1, 3, 111, 2, 802, 1, 1, 13, 1, 4, 2, 1

#define COLUMN(name, ...) static const uint32_t oid_##name[] = {__VA_ARGS__}
COLUMN(local_subtype, LLDP_LOCAL, 2);
COLUMN(local_id, LLDP_LOCAL, 3);
COLUMN(local_descr, LLDP_LOCAL, 4);
COLUMN(rem_chassis_subtype, LLDP_REMOTE, 4);
COLUMN(rem_chassis, LLDP_REMOTE, 5);
COLUMN(rem_port_subtype, LLDP_REMOTE, 6);
COLUMN(rem_port, LLDP_REMOTE, 7);
COLUMN(rem_port_descr, LLDP_REMOTE, 8);
COLUMN(rem_name, LLDP_REMOTE, 9);
COLUMN(rem_descr, LLDP_REMOTE, 10);
COLUMN(rem_caps_supported, LLDP_REMOTE, 11);
COLUMN(rem_caps, LLDP_REMOTE, 12);
COLUMN(rem_vlan, LLDP_DOT1, 1);
COLUMN(address, LLDP_ADDRESS, 3);
COLUMN(local2_subtype, LLDP2_LOCAL, 2);
COLUMN(local2_id, LLDP2_LOCAL, 3);
COLUMN(local2_descr, LLDP2_LOCAL, 4);
COLUMN(rem2_chassis_subtype, LLDP2_REMOTE, 5);
COLUMN(rem2_chassis, LLDP2_REMOTE, 6);
COLUMN(rem2_port_subtype, LLDP2_REMOTE, 7);
COLUMN(rem2_port, LLDP2_REMOTE, 8);
COLUMN(rem2_port_descr, LLDP2_REMOTE, 9);
COLUMN(rem2_name, LLDP2_REMOTE, 10);
COLUMN(rem2_descr, LLDP2_REMOTE, 11);
COLUMN(rem2_caps_supported, LLDP2_REMOTE, 12);
COLUMN(rem2_caps, LLDP2_REMOTE, 13);
COLUMN(address2, LLDP2_ADDRESS, 3);

static const struct oid_ref local_columns[] = {
	OID_REF(oid_local_subtype),
	OID_REF(oid_local_id),
	OID_REF(oid_local_descr),
};
static const struct oid_ref local2_columns[] = {
	OID_REF(oid_local2_subtype),
	OID_REF(oid_local2_id),
	OID_REF(oid_local2_descr),
};
static const struct oid_ref remote_columns[] = {
	OID_REF(oid_rem_chassis_subtype),
	OID_REF(oid_rem_chassis),
	OID_REF(oid_rem_port_subtype),
	OID_REF(oid_rem_port),
	OID_REF(oid_rem_port_descr),
	OID_REF(oid_rem_name),
	OID_REF(oid_rem_descr),
	OID_REF(oid_rem_caps_supported),
	OID_REF(oid_rem_caps),
	OID_REF(oid_rem_vlan),
	OID_REF(oid_address),
};
static const struct oid_ref remote2_columns[] = {
	OID_REF(oid_rem2_chassis_subtype),
	OID_REF(oid_rem2_chassis),
	OID_REF(oid_rem2_port_subtype),
	OID_REF(oid_rem2_port),
	OID_REF(oid_rem2_port_descr),
	OID_REF(oid_rem2_name),
	OID_REF(oid_rem2_descr),
	OID_REF(oid_rem2_caps_supported),
	OID_REF(oid_rem2_caps),
};
static const struct oid_ref address_columns[] = {OID_REF(oid_address)};
static const struct oid_ref address2_columns[] = {OID_REF(oid_address2)};

int
lldp_put_local(struct view_builder *builder, enum view_table table, enum lldp_local_column column,
	       const uint32_t *index, size_t len, const struct varbind *vb)
{
	uint32_t subtype = 0;
	void *item;
	struct lldp_local_row *row;
	int rc;

	if (index == NULL || len != 1)
		return ERR_SYNTAX;
	if (column == LOCAL_SUBTYPE ? !view_u32(vb, &subtype) || subtype > UINT8_MAX
				    : vb->type != VB_OCTETS)
		return ERR_SYNTAX;
	rc = view_rows_get(&builder->rows[table], index, &item);
	if (rc != 0)
		return rc;
	row = item;
	if (column == LOCAL_SUBTYPE)
		row->id.subtype = (uint8_t)subtype;
	else if (column == LOCAL_ID)
		lldp_id_set(&row->id, vb);
	else
		view_text(vb, row->descr, sizeof(row->descr));
	return 0;
}

/*
 * TimeMark, port, (destination,) index, and what follows: of an entry that changed, the agent may
 * still show the former one under its own TimeMark (RFC 4502 TimeFilter); the newest wins. *out
 * NULL: this one is older.
 */
static int
remote_row(struct view_rows *rows, const uint32_t *index, bool is_v2, void **out)
{
	/* Of all kinds of rows. */
	struct head {
		struct lldp_key key;
		uint32_t time_mark;
	} * head;
	struct lldp_key key = {.port = index[1], .dest = is_v2 ? index[2] : 0};
	int rc;

	key.index = is_v2 ? index[3] : index[2];
	rc = view_rows_get(rows, &key, out);
	if (rc != 0)
		return rc;
	head = *out;
	if (index[0] < head->time_mark) {
		*out = NULL;
	} else if (index[0] > head->time_mark) {
		memset(*out, 0, rows->item_size);
		head->key = key;
		head->time_mark = index[0];
	}
	return 0;
}

/*
 * LldpSystemCapabilitiesMap: BITS, the first bit is the highest of the first byte. One or two
 * bytes; more are hex digits ("28 00") of an agent that formats what it should only hand out.
 */
static uint16_t
remote_caps(const struct varbind *vb)
{
	uint8_t bytes[2] = {0};
	uint16_t caps = 0;

	if (vb->bytes_len > 2) {
		char text[8] = "";
		unsigned high = 0, low = 0;

		view_text(vb, text, sizeof(text));
		if (sscanf(text, "%2x%2x", &high, &low) < 1)
			return 0;
		bytes[0] = (uint8_t)high;
		bytes[1] = (uint8_t)low;
	} else if (vb->bytes_len > 0) {
		memcpy(bytes, vb->bytes, vb->bytes_len);
	}
	for (size_t bit = 0; bit < 11; bit++) {
		if (bytes[bit / 8] >> (7 - bit % 8) & 1)
			caps |= (uint16_t)(1u << bit);
	}
	return caps;
}

static void
remote_octets(struct lldp_remote_row *row, enum lldp_remote_column column, const struct varbind *vb)
{
	switch (column) {
	case REM_CHASSIS:
		lldp_id_set(&row->chassis, vb);
		break;
	case REM_PORT:
		lldp_id_set(&row->port, vb);
		break;
	case REM_PORT_DESCR:
		view_text(vb, row->port_descr, sizeof(row->port_descr));
		break;
	case REM_NAME:
		view_text(vb, row->sys_name, sizeof(row->sys_name));
		break;
	case REM_DESCR:
		view_text(vb, row->sys_descr, sizeof(row->sys_descr));
		break;
	case REM_CAPS_SUPPORTED:
		row->caps_supported = remote_caps(vb);
		break;
	case REM_CAPS:
		row->caps = remote_caps(vb);
		break;
	default:
		break;
	}
}

int
lldp_put_remote(struct view_builder *builder, enum view_table table, enum lldp_remote_column column,
		const uint32_t *index, size_t len, const struct varbind *vb)
{
	bool is_v2 = table == VIEW_TABLE_LLDP2_REMOTE;
	bool is_number =
		column == REM_CHASSIS_SUBTYPE || column == REM_PORT_SUBTYPE || column == REM_VLAN;
	uint32_t number = 0;
	void *item;
	struct lldp_remote_row *row;
	int rc;

	if (index == NULL || len != (is_v2 ? 4u : 3u))
		return ERR_SYNTAX;
	if (is_number ? !view_u32(vb, &number) : vb->type != VB_OCTETS)
		return ERR_SYNTAX;
	/* The VLAN alone makes no neighbour. */
	rc = remote_row(&builder->rows[table], index, is_v2, &item);
	if (rc != 0 || item == NULL)
		return rc;
	row = item;
	if (!is_number)
		remote_octets(row, column, vb);
	else if (column == REM_CHASSIS_SUBTYPE)
		row->chassis.subtype = number <= UINT8_MAX ? (uint8_t)number : 0;
	else if (column == REM_PORT_SUBTYPE)
		row->port.subtype = number <= UINT8_MAX ? (uint8_t)number : 0;
	else if (number <= VIEW_VLAN_ID_MAX)
		row->vlan = (uint16_t)number;
	return 0;
}

/* The address is in the index: its family, its length, its bytes; some agents leave out the
 * length. */
static bool
address_index(const uint32_t *ids, size_t len, struct ipaddr *out)
{
	uint8_t bytes[17];
	size_t n;

	if (len < 2 || ids[0] > UINT8_MAX)
		return false;
	bytes[0] = (uint8_t)ids[0];
	n = len - 1;
	ids++;
	if (ids[0] == n - 1) {
		ids++;
		n--;
	}
	if (n + 1 > sizeof(bytes))
		return false;
	for (size_t i = 0; i < n; i++) {
		if (ids[i] > UINT8_MAX)
			return false;
		bytes[i + 1] = (uint8_t)ids[i];
	}
	return lldp_network_address(bytes, n + 1, out);
}

int
lldp_put_address(struct view_builder *builder, enum view_table table, const uint32_t *index,
		 size_t len)
{
	bool is_v2 = table == VIEW_TABLE_LLDP2_ADDRESS;
	size_t keys = is_v2 ? 4 : 3;
	struct ipaddr address;
	void *item;
	struct lldp_address_row *row;
	int rc;

	if (index == NULL || len < keys + 2)
		return ERR_SYNTAX;
	if (!address_index(index + keys, len - keys, &address))
		return 0; /* of a family that is of no use here */
	rc = remote_row(&builder->rows[table], index, is_v2, &item);
	if (rc != 0 || item == NULL)
		return rc;
	row = item;
	if (lldp_address_rank(&address) > lldp_address_rank(&row->address))
		row->address = address;
	return 0;
}

static int
local_add(struct view_builder *builder, enum view_table table, size_t column,
	  const struct varbind *vb)
{
	size_t len;
	const uint32_t *index = view_index(view_table_spec(table), column, vb, &len);

	return lldp_put_local(builder, table, (enum lldp_local_column)column, index, len, vb);
}

static int
remote_add(struct view_builder *builder, enum view_table table, size_t column,
	   const struct varbind *vb)
{
	size_t len;
	const uint32_t *index = view_index(view_table_spec(table), column, vb, &len);

	if (column == REM_ADDRESS)
		return lldp_put_address(builder, VIEW_TABLE_LLDP_ADDRESS, index, len);
	return lldp_put_remote(builder, table, (enum lldp_remote_column)column, index, len, vb);
}

static int
address_add(struct view_builder *builder, enum view_table table, size_t column,
	    const struct varbind *vb)
{
	size_t len;
	const uint32_t *index = view_index(view_table_spec(table), column, vb, &len);

	return lldp_put_address(builder, table, index, len);
}

#define ADD(function, table)                                                       \
	static int function##_##table(struct view_builder *builder, size_t column, \
				      const struct varbind *vb)                    \
	{                                                                          \
		return function(builder, VIEW_TABLE_##table, column, vb);          \
	}
ADD(local_add, LLDP_LOCAL)
ADD(local_add, LLDP2_LOCAL)
ADD(remote_add, LLDP_REMOTE)
ADD(remote_add, LLDP2_REMOTE)
ADD(address_add, LLDP_ADDRESS)
ADD(address_add, LLDP2_ADDRESS)
#undef ADD

/* Without neighbours their addresses and our ports are of no use, and LLDP-V2 is only looked at
 * where the older MIB has nothing. */
static bool
has_remote(const struct view_builder *builder)
{
	return builder->rows[VIEW_TABLE_LLDP_REMOTE].count > 0 && !builder->is_lldp_copied;
}

/* What kind of name it is, and a description, serve where the names of the ports with neighbours
 * are none of interfaces. */
static bool
wants_descr(const struct view_builder *builder, enum view_table local, enum view_table remote)
{
	enum { REMOTES_MAX = 256 };
	const struct view_rows *rows = &builder->rows[remote];

	if (rows->count > REMOTES_MAX)
		return true;
	for (size_t i = 0; i < rows->count; i++) {
		const struct lldp_remote_row *row = view_rows_at(rows, i);
		const struct lldp_local_row *port =
			view_rows_find(&builder->rows[local], &row->key.port);
		char name[VIEW_TEXT];
		mac_addr mac;

		if (port == NULL || port->id.subtype == LLDP_PORT_IF_ALIAS)
			return true;
		lldp_port_text(&port->id, name, sizeof(name), &mac);
		if (name[0] == '\0' || !view_if_is_named(builder, name))
			return true;
	}
	return false;
}

static bool
wants_local_descr(const struct view_builder *builder)
{
	return wants_descr(builder, VIEW_TABLE_LLDP_LOCAL, VIEW_TABLE_LLDP_REMOTE);
}

static bool
wants_local2_descr(const struct view_builder *builder)
{
	return wants_descr(builder, VIEW_TABLE_LLDP2_LOCAL, VIEW_TABLE_LLDP2_REMOTE);
}

/* Mostly they have come with the neighbours. */
static bool
wants_address(const struct view_builder *builder)
{
	return has_remote(builder) && (builder->rows[VIEW_TABLE_LLDP_ADDRESS].count == 0 ||
				       builder->trust[VIEW_TABLE_LLDP_ADDRESS] != VIEW_NOT_READ);
}

static bool
has_no_remote(const struct view_builder *builder)
{
	return !has_remote(builder);
}

static bool
has_remote2(const struct view_builder *builder)
{
	return builder->rows[VIEW_TABLE_LLDP2_REMOTE].count > 0 && !builder->is_lldp_copied;
}

#define IMPL(TABLE, text, cols, max, add_function, row, key, wants_function) \
	const struct view_impl view_impl_##TABLE = {                         \
		.spec = {.table = VIEW_TABLE_##TABLE,                        \
			 .part = VIEW_NEIGHBOURS,                            \
			 .name = text,                                       \
			 .columns = cols,                                    \
			 .column_count = MEM_COUNT(cols),                    \
			 .max_rows = max,                                    \
			 .add = add_function},                               \
		.item_size = sizeof(struct row),                             \
		.key_size = key,                                             \
		.wants = wants_function,                                     \
	}
IMPL(LLDP_REMOTE, "lldpRemTable", remote_columns, VIEW_NEIGHBOURS_MAX, remote_add_LLDP_REMOTE,
     lldp_remote_row, sizeof(struct lldp_key), NULL);
IMPL(LLDP_ADDRESS, "lldpRemManAddrTable", address_columns, VIEW_NEIGHBOURS_MAX,
     address_add_LLDP_ADDRESS, lldp_address_row, sizeof(struct lldp_key), wants_address);
IMPL(LLDP2_REMOTE, "lldpV2RemTable", remote2_columns, VIEW_NEIGHBOURS_MAX, remote_add_LLDP2_REMOTE,
     lldp_remote_row, sizeof(struct lldp_key), has_no_remote);
IMPL(LLDP2_ADDRESS, "lldpV2RemManAddrTable", address2_columns, VIEW_NEIGHBOURS_MAX,
     address_add_LLDP2_ADDRESS, lldp_address_row, sizeof(struct lldp_key), has_remote2);

#define LOCAL_IMPL(TABLE, text, cols, wants_function, wants_later_function) \
	const struct view_impl view_impl_##TABLE = {                        \
		.spec = {.table = VIEW_TABLE_##TABLE,                       \
			 .part = VIEW_NEIGHBOURS,                           \
			 .name = text,                                      \
			 .columns = cols,                                   \
			 .column_count = MEM_COUNT(cols),                   \
			 .max_rows = VIEW_PORTS_MAX,                        \
			 .later = 1u << LOCAL_SUBTYPE | 1u << LOCAL_DESCR,  \
			 .later_max_rows = VIEW_PORTS_MAX,                  \
			 .add = local_add_##TABLE},                         \
		.item_size = sizeof(struct lldp_local_row),                 \
		.key_size = sizeof(uint32_t),                               \
		.wants = wants_function,                                    \
		.wants_later = wants_later_function,                        \
	}
LOCAL_IMPL(LLDP_LOCAL, "lldpLocPortTable", local_columns, has_remote, wants_local_descr);
LOCAL_IMPL(LLDP2_LOCAL, "lldpV2LocPortTable", local2_columns, has_remote2, wants_local2_descr);
