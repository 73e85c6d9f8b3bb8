/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Neighbours that agents serve in their vendors' trees alone: copies of the LLDP MIBs below another
 * root, and what was made in the likeness of CDP.
 */
#include "view_fixture.h"

enum { TIMETRA = 6527, BDCOM = 3320, PBN = 11606, DELL = 674, NETGEAR = 4526, EXTREME = 1916 };
/* Columns of the copies: those of lldpRemTable, and then... */
enum { C_COPY_ADDRESS = 9, C_COPY_LOCAL_SUBTYPE, C_COPY_LOCAL_ID };
enum { C_ISDP_ADDRESS, C_ISDP_VERSION, C_ISDP_DEVICE, C_ISDP_PORT, C_ISDP_PLATFORM, C_ISDP_CAPS };
enum { C_EDP_NAME = 6, C_EDP_VERSION, C_EDP_SLOT, C_EDP_PORT };

static void
be(struct fixture *fixture, uint32_t enterprise)
{
	feed_object_id(fixture->builder, FEED_INDEX(enterprise, 1, 2));
}

/* Only the tables that were wanted have ended. */
static void
finish_wanted(struct fixture *fixture)
{
	for (int i = 0; i < VIEW_TABLE_COUNT; i++) {
		if (view_builder_wants(fixture->builder, (enum view_table)i))
			view_builder_end(fixture->builder, (enum view_table)i, VIEW_WHOLE);
	}
	assert_int_equal(view_builder_finish(fixture->builder, &fixture->view), 0);
	assert_int_equal(fixture->view->trust[VIEW_NEIGHBOURS], VIEW_WHOLE);
}

/* TimeMark, ifIndex, destination address, index; not wanted of others. */
static void
test_timetra(void **state)
{
	static const uint8_t mac[6] = {2, 0, 0, 0, 0, 7};
	struct fixture *fixture = *state;
	const struct view_neighbour *found;
	const enum view_table table = VIEW_TABLE_LLDP_TIMETRA;

	assert_false(view_builder_wants(fixture->builder, table));
	be(fixture, TIMETRA);
	assert_true(view_builder_wants(fixture->builder, table));
	feed_port(fixture->builder, 35684352, "1/1/1", "1/1/1, 10-Gig Ethernet", IF_ETHERNET, 1);
	feed_port(fixture->builder, 35717120, "1/1/2", "1/1/2, 10-Gig Ethernet", IF_ETHERNET, 1);
	view_builder_begin(fixture->builder, table, 0);
	feed_number(fixture->builder, table, C_REM_CHASSIS_SUBTYPE,
		    FEED_INDEX(4711, 35717120, 1, 3), 4);
	feed_bytes(fixture->builder, table, C_REM_CHASSIS, FEED_INDEX(4711, 35717120, 1, 3), mac,
		   6);
	feed_number(fixture->builder, table, C_REM_PORT_SUBTYPE, FEED_INDEX(4711, 35717120, 1, 3),
		    7);
	feed_text(fixture->builder, table, C_REM_PORT, FEED_INDEX(4711, 35717120, 1, 3),
		  "35684352");
	feed_text(fixture->builder, table, C_REM_PORT_DESCR, FEED_INDEX(4711, 35717120, 1, 3),
		  "1/1/1, 10-Gig");
	feed_text(fixture->builder, table, C_REM_NAME, FEED_INDEX(4711, 35717120, 1, 3), "pe-2");
	feed_number(fixture->builder, table, C_COPY_ADDRESS,
		    FEED_INDEX(4711, 35717120, 1, 3, 1, 4, 192, 0, 2, 9), 2);
	/* LLDP-MIB's index is none here. */
	assert_int_equal(feed_text(fixture->builder, table, C_REM_NAME, FEED_INDEX(1, 2, 3), "x"),
			 ERR_SYNTAX);
	assert_int_equal(view_builder_rows(fixture->builder, table), 1);
	finish_wanted(fixture);
	found = view_named(fixture->view, "pe-2");
	assert_non_null(found);
	assert_int_equal(found->if_index, 35717120);
	assert_int_equal(found->chassis_mac, 0x020000000007);
	assert_string_equal(found->port_descr, "1/1/1, 10-Gig");
	assert_int_equal(found->address.family, 4);
	assert_int_equal(found->address.bytes[3], 9);
}

/* LLDP-MIB below another root; the local port's name tells the interface. */
static void
test_copy(struct fixture *fixture, uint32_t enterprise, enum view_table table)
{
	const struct view_neighbour *found;

	be(fixture, enterprise);
	assert_true(view_builder_wants(fixture->builder, table));
	feed_port(fixture->builder, 11, "g0/1", "GigaEthernet0/1", IF_ETHERNET, 1);
	feed_port(fixture->builder, 12, "g0/2", "GigaEthernet0/2", IF_ETHERNET, 1);
	feed_port(fixture->builder, 13, "g0/3", "GigaEthernet0/3", IF_ETHERNET, 1);
	view_builder_begin(fixture->builder, table, 0);
	feed_number(fixture->builder, table, C_REM_CHASSIS_SUBTYPE, FEED_INDEX(0, 2, 1), 7);
	feed_text(fixture->builder, table, C_REM_CHASSIS, FEED_INDEX(0, 2, 1), "cam");
	feed_text(fixture->builder, table, C_REM_NAME, FEED_INDEX(0, 2, 1), "cam");
	feed_number(fixture->builder, table, C_COPY_LOCAL_SUBTYPE, FEED_INDEX(2), 5);
	feed_text(fixture->builder, table, C_COPY_LOCAL_ID, FEED_INDEX(2), "g0/2");
	assert_true(view_builder_wants(fixture->builder, table));
	/* Its local ports were read with it. */
	assert_false(view_builder_wants(fixture->builder, VIEW_TABLE_LLDP_LOCAL));
	assert_false(view_builder_wants(fixture->builder, VIEW_TABLE_LLDP_ADDRESS));
	finish_wanted(fixture);
	found = view_named(fixture->view, "cam");
	assert_non_null(found);
	assert_int_equal(found->if_index, 12);
	assert_string_equal(found->local_port, "g0/2");
}

static void
test_bdcom(void **state)
{
	test_copy(*state, BDCOM, VIEW_TABLE_LLDP_BDCOM);
}

static void
test_pbn(void **state)
{
	test_copy(*state, PBN, VIEW_TABLE_LLDP_PBN);
}

/* Where LLDP-MIB has rows, its copy is not asked for; a second reading replaces the first. */
static void
test_copy_again(void **state)
{
	struct fixture *fixture = *state;

	be(fixture, PBN);
	view_builder_begin(fixture->builder, VIEW_TABLE_LLDP_PBN, 0);
	feed_text(fixture->builder, VIEW_TABLE_LLDP_PBN, C_REM_NAME, FEED_INDEX(0, 1, 1), "old");
	view_builder_begin(fixture->builder, VIEW_TABLE_LLDP_PBN, 0);
	assert_int_equal(view_builder_rows(fixture->builder, VIEW_TABLE_LLDP_PBN), 0);
	feed_neighbour(fixture->builder, 1, 1, 7, "new");
	assert_false(view_builder_wants(fixture->builder, VIEW_TABLE_LLDP_PBN));
	finish_wanted(fixture);
	assert_null(view_named(fixture->view, "old"));
	assert_non_null(view_named(fixture->view, "new"));
}

static void
test_isdp(struct fixture *fixture, uint32_t enterprise, enum view_table table)
{
	const struct view_neighbour *found;

	be(fixture, enterprise);
	assert_true(view_builder_wants(fixture->builder, table));
	feed_ports(fixture->builder, 1, 4, "1/0/");
	/* One of CDP on the same port stays beside it. */
	feed_text(fixture->builder, VIEW_TABLE_CDP, C_CDP_DEVICE, FEED_INDEX(3, 1), "phone");
	view_builder_begin(fixture->builder, table, 0);
	feed_text(fixture->builder, table, C_ISDP_ADDRESS, FEED_INDEX(3, 1), "192.0.2.5");
	feed_text(fixture->builder, table, C_ISDP_DEVICE, FEED_INDEX(3, 1), "dist-1");
	feed_text(fixture->builder, table, C_ISDP_PORT, FEED_INDEX(3, 1), "1/0/6");
	feed_text(fixture->builder, table, C_ISDP_PLATFORM, FEED_INDEX(3, 1), "N4032F");
	feed_text(fixture->builder, table, C_ISDP_CAPS, FEED_INDEX(3, 1), "Router Switch IGMP ");
	assert_int_equal(view_builder_rows(fixture->builder, table), 1);
	finish_wanted(fixture);
	found = view_named(fixture->view, "dist-1");
	assert_non_null(found);
	assert_int_equal(found->protocol, VIEW_CDP);
	assert_int_equal(found->if_index, 3);
	assert_string_equal(found->port_id, "1/0/6");
	assert_string_equal(found->platform, "N4032F");
	assert_int_equal(found->caps, CAP_ROUTER | CAP_BRIDGE);
	assert_int_equal(found->address.bytes[3], 5);
	assert_non_null(view_named(fixture->view, "phone"));
}

static void
test_isdp_dell(void **state)
{
	test_isdp(*state, DELL, VIEW_TABLE_CDP_FASTPATH);
}

static void
test_isdp_netgear(void **state)
{
	test_isdp(*state, NETGEAR, VIEW_TABLE_CDP_VENDOR);
}

/* ifIndex and eight octets with the neighbour's MAC; with their number in front of them too. */
static void
test_edp(void **state)
{
	struct fixture *fixture = *state;
	const struct view_neighbour *found;
	const enum view_table table = VIEW_TABLE_CDP_VENDOR;

	be(fixture, EXTREME);
	feed_ports(fixture->builder, 1001, 4, "1:");
	view_builder_begin(fixture->builder, table, 0);
	feed_text(fixture->builder, table, C_EDP_NAME, FEED_INDEX(1002, 0, 0, 2, 0, 0, 0, 0, 8),
		  "old");
	view_builder_begin(fixture->builder, table, 0);
	feed_text(fixture->builder, table, C_EDP_NAME, FEED_INDEX(1002, 0, 0, 2, 0, 0, 0, 0, 9),
		  "core");
	feed_number(fixture->builder, table, C_EDP_SLOT, FEED_INDEX(1002, 0, 0, 2, 0, 0, 0, 0, 9),
		    2);
	feed_number(fixture->builder, table, C_EDP_PORT, FEED_INDEX(1002, 0, 0, 2, 0, 0, 0, 0, 9),
		    7);
	feed_text(fixture->builder, table, C_EDP_NAME, FEED_INDEX(1003, 8, 0, 0, 2, 0, 0, 0, 0, 10),
		  "edge");
	assert_int_equal(feed_text(fixture->builder, table, C_EDP_NAME, FEED_INDEX(1002, 1), "x"),
			 ERR_SYNTAX);
	finish_wanted(fixture);
	found = view_named(fixture->view, "core");
	assert_non_null(found);
	assert_int_equal(found->if_index, 1002);
	assert_int_equal(found->chassis_mac, 0x020000000009);
	assert_string_equal(found->port_id, "2:7");
	found = view_named(fixture->view, "edge");
	assert_non_null(found);
	assert_int_equal(found->if_index, 1003);
	assert_null(view_named(fixture->view, "old"));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_timetra),    TEST(test_bdcom),     TEST(test_pbn),
		TEST(test_copy_again), TEST(test_isdp_dell), TEST(test_isdp_netgear),
		TEST(test_edp),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
