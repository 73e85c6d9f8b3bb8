/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Neighbours as real agents describe them: LLDP-MIB, LLDP-V2-MIB, CDP, a vendor's own table, and
 * ids that are not what their subtype says.
 */
#include "view_feed.h"

#include "keepwatch/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static struct switch_view *
finish(struct view_builder *builder)
{
	struct switch_view *view = NULL;

	for (int i = 0; i < VIEW_TABLE_COUNT; i++)
		view_builder_end(builder, (enum view_table)i, VIEW_WHOLE);
	assert_int_equal(view_builder_finish(builder, &view), 0);
	view_builder_free(builder);
	return view;
}

static void
expect_address(const struct view_neighbour *neighbour, const char *text)
{
	char out[IPADDR_TEXT_SIZE];

	assert_string_equal(ipaddr_format(&neighbour->address, out, sizeof(out)), text);
}

static void
test_whole_row(void **state)
{
	const enum view_table t = VIEW_TABLE_LLDP_REMOTE;
	const uint8_t mac[6] = {0, 0x40, 0x8c, 1, 2, 3};
	struct view_builder *builder = view_builder_new();
	const struct view_neighbour *neighbour;
	struct switch_view *view;

	(void)state;
	feed_port(builder, 5, "5", "port 5", 6, 1);
	feed_number(builder, t, C_REM_CHASSIS_SUBTYPE, FEED_INDEX(100, 5, 1), 4);
	feed_bytes(builder, t, C_REM_CHASSIS, FEED_INDEX(100, 5, 1), mac, 6);
	feed_number(builder, t, C_REM_PORT_SUBTYPE, FEED_INDEX(100, 5, 1), 5);
	feed_text(builder, t, C_REM_PORT, FEED_INDEX(100, 5, 1), "eth0");
	feed_text(builder, t, C_REM_PORT_DESCR, FEED_INDEX(100, 5, 1), "LAN");
	feed_text(builder, t, C_REM_NAME, FEED_INDEX(100, 5, 1), "cam-gate");
	feed_text(builder, t, C_REM_DESCR, FEED_INDEX(100, 5, 1), "Network camera\r\nfirmware 1");
	feed_bytes(builder, t, C_REM_CAPS_SUPPORTED, FEED_INDEX(100, 5, 1), "\x28\x00", 2);
	feed_bytes(builder, t, C_REM_CAPS, FEED_INDEX(100, 5, 1), "\x01", 1);
	feed_number(builder, t, C_REM_VLAN, FEED_INDEX(100, 5, 1), 231);
	/* The address is the index; IPv4 is preferred, and what can be reached. */
	feed_number(builder, VIEW_TABLE_LLDP_ADDRESS, 0,
		    FEED_INDEX(100, 5, 1, 2, 16, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
			       0, 7),
		    2);
	feed_number(builder, VIEW_TABLE_LLDP_ADDRESS, 0,
		    FEED_INDEX(100, 5, 1, 1, 4, 169, 254, 1, 1), 2);
	feed_number(builder, VIEW_TABLE_LLDP_ADDRESS, 0, FEED_INDEX(100, 5, 1, 1, 4, 192, 0, 2, 7),
		    2);
	feed_number(builder, VIEW_TABLE_LLDP_ADDRESS, 0,
		    FEED_INDEX(100, 5, 1, 6, 6, 0, 0x40, 0x8c, 1, 2, 3), 2);
	view = finish(builder);
	assert_int_equal(view->neighbour_count, 1);
	neighbour = &view->neighbours[0];
	assert_int_equal(neighbour->if_index, 5);
	assert_int_equal(neighbour->protocol, VIEW_LLDP);
	assert_int_equal(neighbour->chassis_mac, 0x00408c010203);
	assert_string_equal(neighbour->chassis_id, "00:40:8c:01:02:03");
	assert_string_equal(neighbour->port_id, "eth0");
	assert_int_equal(neighbour->port_mac, 0);
	assert_string_equal(neighbour->port_descr, "LAN");
	assert_string_equal(neighbour->sys_name, "cam-gate");
	assert_string_equal(neighbour->sys_descr, "Network camera  firmware 1");
	assert_int_equal(neighbour->caps_supported, CAP_BRIDGE | CAP_ROUTER);
	assert_int_equal(neighbour->caps, CAP_STATION);
	assert_int_equal(neighbour->vlan, 231);
	expect_address(neighbour, "192.0.2.7");
	switch_view_free(view);
}

/* What one chassis id looks like as text, and which MAC is in it. */
static void
expect_chassis(int subtype, const void *bytes, size_t len, const char *text, mac_addr mac)
{
	struct view_builder *builder = view_builder_new();
	struct switch_view *view;

	if (subtype != 0)
		feed_number(builder, VIEW_TABLE_LLDP_REMOTE, C_REM_CHASSIS_SUBTYPE,
			    FEED_INDEX(0, 1, 1), subtype);
	feed_bytes(builder, VIEW_TABLE_LLDP_REMOTE, C_REM_CHASSIS, FEED_INDEX(0, 1, 1), bytes, len);
	view = finish(builder);
	assert_int_equal(view->neighbour_count, 1);
	assert_string_equal(view->neighbours[0].chassis_id, text);
	assert_int_equal(view->neighbours[0].chassis_mac, mac);
	if (subtype == 5)
		expect_address(&view->neighbours[0], text);
	switch_view_free(view);
}

static void
test_chassis_ids(void **state)
{
	(void)state;
	/* A MAC in bytes, in letters, with padding, without a subtype, all of them letters. */
	expect_chassis(4, "\x00\x40\x8c\x01\x02\x03", 6, "00:40:8c:01:02:03", 0x00408c010203);
	expect_chassis(4, "00-40-8C-01-02-03", 17, "00:40:8c:01:02:03", 0x00408c010203);
	expect_chassis(4, "00408c010203\0\0", 14, "00:40:8c:01:02:03", 0x00408c010203);
	expect_chassis(7, "00 40 8C 01 02 03 ", 18, "00:40:8c:01:02:03", 0x00408c010203);
	expect_chassis(0, "\x00\x40\x8c\x01\x02\x03", 6, "00:40:8c:01:02:03", 0x00408c010203);
	expect_chassis(4, "ABCDEF", 6, "41:42:43:44:45:46", 0);
	expect_chassis(7, "switch", 6, "switch", 0);
	/* Text under the subtype of a MAC, and no station's address. */
	expect_chassis(4, "core-switch", 11, "core-switch", 0);
	expect_chassis(4, "\x01\x02\x03\x04\x05\x06", 6, "01:02:03:04:05:06", 0);
	/* Addresses, with their family. */
	expect_chassis(5, "\x01\xc0\x00\x02\x09", 5, "192.0.2.9", 0);
	expect_chassis(5, "\x02\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01", 17, "2001:db8::1", 0);
	/* Neither: hex. Padding and broken UTF-8 in names. */
	expect_chassis(7, "\x01\x02\x03", 3, "01:02:03", 0);
	expect_chassis(7, "cam\0\0\0\0\0", 8, "cam", 0);
	expect_chassis(7, "T\xc3\xbcr", 4, "T\xc3\xbcr", 0);
	expect_chassis(7, "Eingang T\xc3", 10, "Eingang T?", 0);
}

/* The same neighbour under a new TimeMark: the newest row is the whole truth. */
static void
test_time_marks(void **state)
{
	const enum view_table t = VIEW_TABLE_LLDP_REMOTE;
	struct view_builder *builder = view_builder_new();
	struct switch_view *view;

	(void)state;
	feed_text(builder, t, C_REM_CHASSIS, FEED_INDEX(10, 1, 1), "old");
	feed_text(builder, t, C_REM_CHASSIS, FEED_INDEX(20, 1, 1), "new");
	feed_text(builder, t, C_REM_NAME, FEED_INDEX(10, 1, 1), "old-name");
	feed_text(builder, t, C_REM_PORT, FEED_INDEX(20, 1, 1), "p");
	feed_text(builder, t, C_REM_PORT, FEED_INDEX(5, 1, 1), "q");
	assert_int_equal(view_builder_rows(builder, t), 1);
	view = finish(builder);
	assert_int_equal(view->neighbour_count, 1);
	assert_string_equal(view->neighbours[0].chassis_id, "new");
	assert_string_equal(view->neighbours[0].sys_name, "");
	assert_string_equal(view->neighbours[0].port_id, "p");
	switch_view_free(view);
}

/* Empty rows are no neighbours; the same one twice is one. */
static void
test_empty_and_twice(void **state)
{
	const enum view_table t = VIEW_TABLE_LLDP_REMOTE;
	struct view_builder *builder = view_builder_new();
	struct switch_view *view;

	(void)state;
	feed_bytes(builder, t, C_REM_CHASSIS, FEED_INDEX(0, 1, 1), "", 0);
	feed_text(builder, t, C_REM_NAME, FEED_INDEX(0, 1, 1), "");
	feed_number(builder, t, C_REM_VLAN, FEED_INDEX(0, 2, 1), 5);
	feed_neighbour(builder, 3, 1, 9, "twice");
	feed_neighbour(builder, 3, 2, 9, "twice");
	feed_neighbour(builder, 3, 3, 8, "other");
	view = finish(builder);
	assert_int_equal(view->neighbour_count, 2);
	assert_non_null(view_named(view, "twice"));
	assert_non_null(view_named(view, "other"));
	switch_view_free(view);
}

static void
test_lldp_v2(void **state)
{
	const enum view_table t = VIEW_TABLE_LLDP2_REMOTE;
	struct view_builder *builder = view_builder_new();
	struct switch_view *view;
	const struct view_neighbour *neighbour;

	(void)state;
	feed_port(builder, 17, "eth17", "", 6, 1);
	assert_true(view_builder_wants(builder, t));
	assert_false(view_builder_wants(builder, VIEW_TABLE_LLDP2_LOCAL));
	/* Heard by two destination addresses. */
	for (uint32_t dest = 1; dest <= 2; dest++) {
		feed_number(builder, t, C_REM_CHASSIS_SUBTYPE, FEED_INDEX(4, 17, dest, 1), 7);
		feed_text(builder, t, C_REM_CHASSIS, FEED_INDEX(4, 17, dest, 1), "ap");
		feed_text(builder, t, C_REM_NAME, FEED_INDEX(4, 17, dest, 1), "ap-7");
		feed_bytes(builder, t, C_REM_CAPS, FEED_INDEX(4, 17, dest, 1), "\x10\x00", 2);
	}
	feed_number(builder, VIEW_TABLE_LLDP2_ADDRESS, 0,
		    FEED_INDEX(4, 17, 1, 1, 1, 4, 192, 0, 2, 8), 2);
	assert_true(view_builder_wants(builder, VIEW_TABLE_LLDP2_LOCAL));
	view = finish(builder);
	assert_int_equal(view->neighbour_count, 1);
	neighbour = &view->neighbours[0];
	assert_int_equal(neighbour->if_index, 17);
	assert_int_equal(neighbour->protocol, VIEW_LLDP_V2);
	assert_int_equal(neighbour->caps, CAP_WLAN_AP);
	assert_string_equal(neighbour->sys_name, "ap-7");
	switch_view_free(view);
}

static void
test_lldp_v2_not_wanted(void **state)
{
	struct view_builder *builder = view_builder_new();

	(void)state;
	feed_neighbour(builder, 1, 1, 1, "x");
	assert_false(view_builder_wants(builder, VIEW_TABLE_LLDP2_REMOTE));
	assert_true(view_builder_wants(builder, VIEW_TABLE_LLDP_LOCAL));
	/* A doubted reading is dropped. */
	view_builder_begin(builder, VIEW_TABLE_LLDP_REMOTE, 0);
	assert_int_equal(view_builder_rows(builder, VIEW_TABLE_LLDP_REMOTE), 0);
	assert_true(view_builder_wants(builder, VIEW_TABLE_LLDP2_REMOTE));
	view_builder_free(builder);
}

static void
cdp_row(struct view_builder *builder, uint32_t port, const char *device, const char *name)
{
	const enum view_table t = VIEW_TABLE_CDP;

	feed_number(builder, t, C_CDP_ADDRESS_TYPE, FEED_INDEX(port, 1), 1);
	feed_bytes(builder, t, C_CDP_ADDRESS, FEED_INDEX(port, 1), "\xc0\x00\x02\x0a", 4);
	feed_text(builder, t, C_CDP_VERSION, FEED_INDEX(port, 1), "NX-OS\nversion 1");
	feed_text(builder, t, C_CDP_DEVICE, FEED_INDEX(port, 1), device);
	feed_text(builder, t, C_CDP_PORT, FEED_INDEX(port, 1), "Ethernet1/1");
	feed_text(builder, t, C_CDP_PLATFORM, FEED_INDEX(port, 1), "N5K");
	feed_bytes(builder, t, C_CDP_CAPS, FEED_INDEX(port, 1), "\0\0\0\x29", 4);
	feed_number(builder, t, C_CDP_VLAN, FEED_INDEX(port, 1), 99);
	if (name != NULL)
		feed_text(builder, t, C_CDP_NAME, FEED_INDEX(port, 1), name);
}

static void
test_cdp(void **state)
{
	struct view_builder *builder = view_builder_new();
	const struct view_neighbour *neighbour;
	struct switch_view *view;

	(void)state;
	feed_port(builder, 10101, "Gi1/0/1", "GigabitEthernet1/0/1", 6, 1);
	feed_port(builder, 10102, "Gi1/0/2", "GigabitEthernet1/0/2", 6, 1);
	feed_port(builder, 10103, "Gi1/0/3", "GigabitEthernet1/0/3", 6, 1);
	cdp_row(builder, 10101, "core(FOC12345678)", NULL);
	cdp_row(builder, 10102, "SEP00408C010203", NULL);
	cdp_row(builder, 10103, "00408c010204", "cam");
	/* LLDP on the same port: two rows of the same neighbour. */
	feed_neighbour(builder, 10103, 1, 1, "cam");
	view = finish(builder);
	assert_int_equal(view->neighbour_count, 4);
	neighbour = &view->neighbours[0];
	assert_int_equal(neighbour->if_index, 10101);
	assert_int_equal(neighbour->protocol, VIEW_CDP);
	assert_string_equal(neighbour->chassis_id, "core(FOC12345678)");
	assert_string_equal(neighbour->sys_name, "core");
	assert_string_equal(neighbour->port_id, "Ethernet1/1");
	assert_string_equal(neighbour->platform, "N5K");
	assert_string_equal(neighbour->sys_descr, "NX-OS version 1");
	assert_int_equal(neighbour->caps, CAP_ROUTER | CAP_BRIDGE);
	assert_int_equal(neighbour->vlan, 99);
	expect_address(neighbour, "192.0.2.10");
	neighbour = &view->neighbours[1];
	assert_int_equal(neighbour->chassis_mac, 0x00408c010203);
	assert_string_equal(neighbour->sys_name, "SEP00408C010203");
	assert_int_equal(view->neighbours[2].protocol, VIEW_LLDP);
	assert_int_equal(view->neighbours[2].if_index, 10103);
	neighbour = &view->neighbours[3];
	assert_int_equal(neighbour->chassis_mac, 0x00408c010204);
	assert_string_equal(neighbour->sys_name, "cam");
	switch_view_free(view);
}

/* TP-Link's own table, where there is no other. */
static void
test_vendor(void **state)
{
	static const uint32_t object[] = {1, 3, 6, 1, 4, 1, 11863, 5, 100};
	const enum view_table t = VIEW_TABLE_LLDP_VENDOR;
	struct view_builder *builder = view_builder_new();
	const struct view_neighbour *neighbour;
	struct switch_view *view;
	struct varbind vb = {.type = VB_OID, .value_oid = object, .value_oid_len = 9};

	(void)state;
	assert_false(view_builder_wants(builder, t));
	vb.oid = view_scalar_oids[2].ids; /* sysObjectID */
	vb.oid_len = view_scalar_oids[2].len;
	view_builder_scalar(builder, &vb);
	assert_true(view_builder_wants(builder, t));
	feed_port(builder, 49153, "gigabitEthernet 1/0/1", "gigabitEthernet 1/0/1", 6, 1);
	feed_text(builder, t, 0, FEED_INDEX(49153, 1), "1/0/1");
	feed_text(builder, t, 1, FEED_INDEX(49153, 1), "MAC address");
	feed_text(builder, t, 2, FEED_INDEX(49153, 1), "00:40:8C:01:02:03");
	feed_text(builder, t, 3, FEED_INDEX(49153, 1), "Interface name");
	feed_text(builder, t, 4, FEED_INDEX(49153, 1), "eth0");
	feed_text(builder, t, 6, FEED_INDEX(49153, 1), "cam-1");
	feed_text(builder, t, 9, FEED_INDEX(49153, 1), "Bridge Router ");
	feed_text(builder, t, 10, FEED_INDEX(49153, 1), "::192.0.2.31");
	view = finish(builder);
	assert_int_equal(view->neighbour_count, 1);
	neighbour = &view->neighbours[0];
	assert_int_equal(neighbour->if_index, 49153);
	assert_int_equal(neighbour->chassis_mac, 0x00408c010203);
	assert_int_equal(neighbour->chassis_subtype, 4);
	assert_string_equal(neighbour->port_id, "eth0");
	assert_int_equal(neighbour->caps, CAP_BRIDGE | CAP_ROUTER);
	assert_string_equal(neighbour->local_port, "1/0/1");
	expect_address(neighbour, "192.0.2.31");
	switch_view_free(view);
}

/* What Foundry's switches hear, in a table that is made like cdpCacheTable. */
static void
test_fdp(void **state)
{
	enum { FDP_DEVICE = C_CDP_NAME + 1, FDP_ADDRESS, FDP_VERSION, FDP_PORT, FDP_PLATFORM };
	const enum view_table t = VIEW_TABLE_CDP;
	struct view_builder *builder = view_builder_new();
	const struct view_neighbour *neighbour;
	struct switch_view *view;

	(void)state;
	feed_port(builder, 3, "ethernet1/1/3", "GigabitEthernet1/1/3", 6, 1);
	feed_text(builder, t, FDP_DEVICE, FEED_INDEX(3, 1), "icx-2");
	feed_bytes(builder, t, FDP_ADDRESS, FEED_INDEX(3, 1), "\xc0\x00\x02\x14", 4);
	feed_text(builder, t, FDP_PORT, FEED_INDEX(3, 1), "ethernet1/1/24");
	feed_text(builder, t, FDP_PLATFORM, FEED_INDEX(3, 1), "ICX");
	view = finish(builder);
	assert_int_equal(view->neighbour_count, 1);
	neighbour = &view->neighbours[0];
	assert_int_equal(neighbour->if_index, 3);
	assert_string_equal(neighbour->sys_name, "icx-2");
	assert_string_equal(neighbour->port_id, "ethernet1/1/24");
	expect_address(neighbour, "192.0.2.20");
	switch_view_free(view);
}

/* RouterOS: all neighbours are on port 0, and MIKROTIK-MIB has their interfaces. */
static void
test_mikrotik(void **state)
{
	enum { INTERFACE = 11 };
	static const uint32_t object[] = {1, 3, 6, 1, 4, 1, 14988, 1};
	const enum view_table t = VIEW_TABLE_LLDP_VENDOR;
	struct view_builder *builder = view_builder_new();
	struct switch_view *view;
	struct varbind vb = {.type = VB_OID, .value_oid = object, .value_oid_len = 8};

	(void)state;
	vb.oid = view_scalar_oids[2].ids; /* sysObjectID */
	vb.oid_len = view_scalar_oids[2].len;
	view_builder_scalar(builder, &vb);
	assert_false(view_builder_wants(builder, t));
	feed_port(builder, 1, "ether1", "ether1", 6, 1);
	feed_port(builder, 2, "ether2", "ether2", 6, 1);
	feed_neighbour(builder, 0, 3, 1, "a");
	feed_neighbour(builder, 0, 4, 2, "b");
	feed_neighbour(builder, 0, 5, 3, "c");
	assert_true(view_builder_wants(builder, t));
	feed_number(builder, t, INTERFACE, FEED_INDEX(3), 2);
	feed_number(builder, t, INTERFACE, FEED_INDEX(4), 1);
	feed_number(builder, t, INTERFACE, FEED_INDEX(5), 99); /* no such interface */
	view = finish(builder);
	assert_int_equal(view->neighbour_count, 3);
	assert_int_equal(view_named(view, "a")->if_index, 2);
	assert_int_equal(view_named(view, "b")->if_index, 1);
	assert_int_equal(view_named(view, "c")->if_index, 0);
	switch_view_free(view);
}

static void
test_bad_rows(void **state)
{
	const enum view_table t = VIEW_TABLE_LLDP_REMOTE;
	struct view_builder *builder = view_builder_new();

	(void)state;
	assert_int_equal(feed_text(builder, t, C_REM_NAME, FEED_INDEX(1, 2), "short"), ERR_SYNTAX);
	assert_int_equal(feed_text(builder, t, C_REM_NAME, FEED_INDEX(1, 2, 3, 4), "long"),
			 ERR_SYNTAX);
	assert_int_equal(feed_number(builder, t, C_REM_NAME, FEED_INDEX(1, 2, 3), 4), ERR_SYNTAX);
	assert_int_equal(feed_text(builder, t, C_REM_CHASSIS_SUBTYPE, FEED_INDEX(1, 2, 3), "four"),
			 ERR_SYNTAX);
	assert_int_equal(feed_number(builder, VIEW_TABLE_LLDP_ADDRESS, 0, FEED_INDEX(1, 2, 3), 2),
			 ERR_SYNTAX);
	assert_int_equal(feed_text(builder, VIEW_TABLE_CDP, C_CDP_DEVICE, FEED_INDEX(1), "x"),
			 ERR_SYNTAX);
	assert_int_equal(view_builder_add(builder, t, 99, &(struct varbind){0}), ERR_INVAL);
	assert_int_equal(view_builder_bad_rows(builder), 6);
	assert_int_equal(view_builder_rows(builder, t), 0);
	view_builder_free(builder);
}

/* The table is full: it says so, and what it has is kept. */
static void
test_too_many(void **state)
{
	const enum view_table t = VIEW_TABLE_LLDP_REMOTE;
	struct view_builder *builder = view_builder_new();
	struct switch_view *view;
	size_t refused = 0;

	(void)state;
	/* Downwards: no order may be counted on. */
	for (uint32_t i = 100000; i > 0; i--) {
		int rc = feed_text(builder, t, C_REM_NAME, FEED_INDEX(0, i, 1), "n");

		assert_true(rc == 0 || rc == ERR_TOOBIG);
		refused += rc == ERR_TOOBIG;
	}
	assert_int_equal(refused, 100000 - VIEW_NEIGHBOURS_MAX);
	view = finish(builder);
	assert_int_equal(view->neighbour_count, VIEW_NEIGHBOURS_MAX);
	switch_view_free(view);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_whole_row),  cmocka_unit_test(test_chassis_ids),
		cmocka_unit_test(test_time_marks), cmocka_unit_test(test_empty_and_twice),
		cmocka_unit_test(test_lldp_v2),	   cmocka_unit_test(test_lldp_v2_not_wanted),
		cmocka_unit_test(test_cdp),	   cmocka_unit_test(test_vendor),
		cmocka_unit_test(test_fdp),	   cmocka_unit_test(test_mikrotik),
		cmocka_unit_test(test_bad_rows),   cmocka_unit_test(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
