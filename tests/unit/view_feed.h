/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows of tables for tests of the view builder: each call is one instance, as a walk would bring
 * it.
 */
#ifndef KEEPWATCH_TESTS_VIEW_FEED_H
#define KEEPWATCH_TESTS_VIEW_FEED_H

#include "keepwatch/view_read.h"

#include <string.h>

#define FEED_INDEX(...)                    \
	((const uint32_t[]){__VA_ARGS__}), \
		sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t)

static inline int
feed(struct view_builder *builder, enum view_table table, size_t column, const uint32_t *index,
     size_t len, struct varbind value)
{
	const struct oid_ref *root = &view_table_spec(table)->columns[column];
	uint32_t oid[OID_MAX];

	memcpy(oid, root->ids, root->len * sizeof(*oid));
	memcpy(oid + root->len, index, len * sizeof(*oid));
	value.oid = oid;
	value.oid_len = root->len + len;
	return view_builder_add(builder, table, column, &value);
}

static inline int
feed_number(struct view_builder *builder, enum view_table table, size_t column,
	    const uint32_t *index, size_t len, int64_t number)
{
	return feed(builder, table, column, index, len,
		    (struct varbind){.type = VB_INTEGER, .number = number});
}

static inline int
feed_bytes(struct view_builder *builder, enum view_table table, size_t column,
	   const uint32_t *index, size_t len, const void *bytes, size_t bytes_len)
{
	return feed(builder, table, column, index, len,
		    (struct varbind){.type = VB_OCTETS, .bytes = bytes, .bytes_len = bytes_len});
}

static inline int
feed_text(struct view_builder *builder, enum view_table table, size_t column, const uint32_t *index,
	  size_t len, const char *text)
{
	return feed_bytes(builder, table, column, index, len, text, strlen(text));
}

/* Columns of VIEW_TABLE_IF, LLDP_REMOTE, LLDP_LOCAL and CDP as the codec lists them. */
enum { C_DESCR, C_TYPE, C_SPEED, C_PHYS, C_ADMIN, C_OPER, C_NAME, C_HIGH_SPEED, C_ALIAS, C_DUPLEX };
enum {
	C_REM_CHASSIS_SUBTYPE,
	C_REM_CHASSIS,
	C_REM_PORT_SUBTYPE,
	C_REM_PORT,
	C_REM_PORT_DESCR,
	C_REM_NAME,
	C_REM_DESCR,
	C_REM_CAPS_SUPPORTED,
	C_REM_CAPS,
	C_REM_VLAN,
};
enum { C_LOC_SUBTYPE, C_LOC_ID, C_LOC_DESCR };
enum {
	C_CDP_ADDRESS_TYPE,
	C_CDP_ADDRESS,
	C_CDP_VERSION,
	C_CDP_DEVICE,
	C_CDP_PORT,
	C_CDP_PLATFORM,
	C_CDP_CAPS,
	C_CDP_VLAN,
	C_CDP_NAME,
};

/* An interface, up or down. */
static inline void
feed_port(struct view_builder *builder, uint32_t if_index, const char *name, const char *descr,
	  int type, int oper)
{
	feed_text(builder, VIEW_TABLE_IF, C_DESCR, FEED_INDEX(if_index), descr);
	feed_number(builder, VIEW_TABLE_IF, C_TYPE, FEED_INDEX(if_index), type);
	feed_number(builder, VIEW_TABLE_IF, C_ADMIN, FEED_INDEX(if_index), 1);
	feed_number(builder, VIEW_TABLE_IF, C_OPER, FEED_INDEX(if_index), oper);
	feed_text(builder, VIEW_TABLE_IF, C_NAME, FEED_INDEX(if_index), name);
}

/* A neighbour in LLDP-MIB whose chassis is called 02:00:00:00:00:LAST. */
static inline void
feed_neighbour(struct view_builder *builder, uint32_t port, uint32_t index, uint8_t last,
	       const char *name)
{
	const uint8_t mac[6] = {2, 0, 0, 0, 0, last};

	feed_number(builder, VIEW_TABLE_LLDP_REMOTE, C_REM_CHASSIS_SUBTYPE,
		    FEED_INDEX(0, port, index), 4);
	feed_bytes(builder, VIEW_TABLE_LLDP_REMOTE, C_REM_CHASSIS, FEED_INDEX(0, port, index), mac,
		   6);
	feed_text(builder, VIEW_TABLE_LLDP_REMOTE, C_REM_NAME, FEED_INDEX(0, port, index), name);
}

static inline void
feed_local(struct view_builder *builder, uint32_t port, int subtype, const char *id,
	   const char *descr)
{
	feed_number(builder, VIEW_TABLE_LLDP_LOCAL, C_LOC_SUBTYPE, FEED_INDEX(port), subtype);
	feed_text(builder, VIEW_TABLE_LLDP_LOCAL, C_LOC_ID, FEED_INDEX(port), id);
	feed_text(builder, VIEW_TABLE_LLDP_LOCAL, C_LOC_DESCR, FEED_INDEX(port), descr);
}

static inline const struct view_neighbour *
view_named(const struct switch_view *view, const char *name)
{
	for (size_t i = 0; i < view->neighbour_count; i++) {
		if (strcmp(view->neighbours[i].sys_name, name) == 0)
			return &view->neighbours[i];
	}
	return NULL;
}

#endif
