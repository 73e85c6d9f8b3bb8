/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A builder and its view for tests of the tables of bridges, routers and power; and whom the agent
 * says it is.
 */
#ifndef KEEPWATCH_TESTS_VIEW_FIXTURE_H
#define KEEPWATCH_TESTS_VIEW_FIXTURE_H

#include "view_feed.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { IF_ETHERNET = 6, IF_LOOPBACK = 24, IF_VLAN = 136, IF_LAG = 161 };
enum { C_BASE_IF };
enum { C_FDB_PORT, C_FDB_STATUS };
enum { C_STP_STATE };
enum { C_PVID, C_VM_VLAN, C_VM_VOICE };
enum { C_EGRESS, C_UNTAGGED, C_STATIC_EGRESS, C_STATIC_UNTAGGED, C_LIST_FDB_ID };
enum { C_ARP_PHYS, C_ARP_TYPE };
enum { C_POE_STATUS, C_POE_ADMIN, C_POE_CLASS, C_POE_DENIED };
enum { C_PSE_POWER, C_PSE_STATUS, C_PSE_USED, C_PSE_THRESHOLD };
enum { C_CPE_MW, C_CPE_LIMIT, C_CPE_STATUS, C_CPE_ENTITY, C_CPE_USED };

struct fixture {
	struct view_builder *builder;
	struct switch_view *view;
};

static inline int
setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));

	if (fixture == NULL)
		return -1;
	fixture->builder = view_builder_new();
	*state = fixture;
	return fixture->builder == NULL ? -1 : 0;
}

static inline int
teardown(void **state)
{
	struct fixture *fixture = *state;

	view_builder_free(fixture->builder);
	switch_view_free(fixture->view);
	free(fixture);
	return 0;
}

static inline void
finish(struct fixture *fixture)
{
	for (int i = 0; i < VIEW_TABLE_COUNT; i++)
		view_builder_end(fixture->builder, (enum view_table)i, VIEW_WHOLE);
	assert_int_equal(view_builder_finish(fixture->builder, &fixture->view), 0);
}

/* sysObjectID 1.3.6.1.4.1.ids... */
static inline void
feed_object_id(struct view_builder *builder, const uint32_t *ids, size_t len)
{
	static const uint32_t oid[] = {1, 3, 6, 1, 2, 1, 1, 2, 0};
	uint32_t value[OID_MAX] = {1, 3, 6, 1, 4, 1};
	struct varbind vb = {.oid = oid,
			     .oid_len = MEM_COUNT(oid),
			     .type = VB_OID,
			     .value_oid = value,
			     .value_oid_len = 6 + len};

	memcpy(value + 6, ids, len * sizeof(*ids));
	view_builder_scalar(builder, &vb);
}

/* Ports first .. first + count - 1, named FORMAT with 1 .. count. */
static inline void
feed_ports(struct view_builder *builder, uint32_t first, uint32_t count, const char *prefix)
{
	for (uint32_t i = 0; i < count; i++) {
		char name[VIEW_TEXT];

		snprintf(name, sizeof(name), "%s%u", prefix, i + 1);
		feed_port(builder, first + i, name, name, IF_ETHERNET, 1);
	}
}

/* The station 02:00:00:00:00:LAST on a port of dot1qTpFdbTable. */
static inline int
feed_qfdb(struct view_builder *builder, uint32_t id, uint8_t last, int64_t port)
{
	return feed_number(builder, VIEW_TABLE_QFDB, C_FDB_PORT,
			   FEED_INDEX(id, 2, 0, 0, 0, 0, last), port);
}

static inline int
feed_fdb(struct view_builder *builder, uint8_t last, int64_t port)
{
	return feed_number(builder, VIEW_TABLE_FDB, C_FDB_PORT, FEED_INDEX(2, 0, 0, 0, 0, last),
			   port);
}

static inline void
feed_base(struct view_builder *builder, uint32_t base, uint32_t if_index)
{
	feed_number(builder, VIEW_TABLE_BASE_PORT, C_BASE_IF, FEED_INDEX(base), if_index);
}

static inline const struct view_fdb *
fdb_of(const struct switch_view *view, uint8_t last)
{
	for (size_t i = 0; i < view->fdb_count; i++) {
		if (view->fdb[i].mac == (mac_addr)0x020000000000 + last)
			return &view->fdb[i];
	}
	return NULL;
}

/* On which interface the neighbour is. */
static inline uint32_t
port_of(const struct fixture *fixture, const char *name)
{
	const struct view_neighbour *neighbour = view_named(fixture->view, name);

	assert_non_null(neighbour);
	return neighbour->if_index;
}

#endif
