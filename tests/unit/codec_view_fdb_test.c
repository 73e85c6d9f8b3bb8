/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Forwarding tables in the manners of different makers: base ports, ifIndex or the number of the
 * panel as port, VLANs by FDB identifier, and old Cisco IOS with a table per VLAN.
 */
#include "view_fixture.h"

static void
check(const struct fixture *fixture, uint8_t last, uint32_t if_index, uint16_t vlan)
{
	const struct view_fdb *row = fdb_of(fixture->view, last);

	assert_non_null(row);
	assert_int_equal(row->if_index, if_index);
	assert_int_equal(row->vlan, vlan);
}

/* Base ports that are no ifIndex; the switch itself on port 0; the CPU on a port of its own. */
static void
test_base_ports(void **state)
{
	struct fixture *f = *state;

	feed_ports(f->builder, 10101, 8, "Gi1/0/");
	for (uint32_t i = 0; i < 8; i++)
		feed_base(f->builder, i + 1, 10108 - i); /* reversed, to be sure */
	assert_int_equal(feed_qfdb(f->builder, 1, 1, 1), 0);
	feed_qfdb(f->builder, 1, 2, 8);
	feed_qfdb(f->builder, 1, 3, 0);
	feed_qfdb(f->builder, 1, 4, 4097);
	feed_qfdb(f->builder, 1, 5, -1);
	finish(f);
	assert_int_equal(f->view->fdb_count, 5);
	check(f, 1, 10108, 0);
	check(f, 2, 10101, 0);
	check(f, 3, 0, 0);
	check(f, 4, 0, 0);
	check(f, 5, 0, 0);
	assert_int_equal(switch_view_port(f->view, 10108)->base_port, 1);
	assert_int_equal(fdb_of(f->view, 1)->status, FDB_LEARNED);
}

/* No dot1dBasePortTable: the port can only be an ifIndex. */
static void
test_without_base_ports(void **state)
{
	struct fixture *f = *state;

	feed_ports(f->builder, 1, 8, "ge");
	for (uint8_t i = 1; i <= 4; i++)
		feed_qfdb(f->builder, 7, i, i + 2);
	finish(f);
	check(f, 1, 3, 0);
	check(f, 4, 6, 0);
}

/* Base ports are served, but dot1qTpFdbPort is an ifIndex: all rows say so, few fit otherwise. */
static void
test_if_index_in_spite_of_base_ports(void **state)
{
	struct fixture *f = *state;

	feed_ports(f->builder, 1, 10, "ether");
	feed_base(f->builder, 1, 2);
	feed_base(f->builder, 3, 4);
	for (uint8_t i = 1; i <= 6; i++)
		feed_qfdb(f->builder, 1, i, i);
	finish(f);
	for (uint8_t i = 1; i <= 6; i++)
		check(f, i, i, 0);
}

/* One row that is no base port does not turn the others into ifIndexes. */
static void
test_one_stray_row(void **state)
{
	struct fixture *f = *state;

	feed_ports(f->builder, 1, 30, "port");
	for (uint32_t i = 1; i <= 20; i++)
		feed_base(f->builder, i, i + 5);
	for (uint8_t i = 1; i <= 9; i++)
		feed_qfdb(f->builder, 1, i, i);
	feed_qfdb(f->builder, 1, 10, 29);
	finish(f);
	check(f, 1, 6, 0);
	check(f, 9, 14, 0);
	check(f, 10, 0, 0);
}

/* TP-Link: ifIndex 49153 .. , base ports the same, but the FDB counts 1 .. as the panel does. */
static void
test_panel_numbers(void **state)
{
	struct fixture *f = *state;

	feed_port(f->builder, 1, "Vlan-interface1", "Vlan-interface1", IF_VLAN, 1);
	feed_ports(f->builder, 49153, 18, "gigabitEthernet 1/0/");
	for (uint32_t i = 49153; i < 49171; i++)
		feed_base(f->builder, i, i);
	for (uint8_t i = 1; i <= 16; i++)
		feed_qfdb(f->builder, 1, i, i);
	finish(f);
	check(f, 1, 49153, 0);
	check(f, 16, 49168, 0);
}

/* Numbers that no hypothesis explains map to nothing. */
static void
test_undecided(void **state)
{
	struct fixture *f = *state;

	feed_ports(f->builder, 1, 4, "port");
	feed_base(f->builder, 100, 1);
	feed_qfdb(f->builder, 1, 1, 554);
	feed_qfdb(f->builder, 1, 2, 558);
	feed_qfdb(f->builder, 1, 3, 2);
	finish(f);
	for (uint8_t i = 1; i <= 3; i++)
		check(f, i, 0, 0);
}

/* The interfaces were cut short: what they lack does not speak against the base ports. */
static void
test_cut_interfaces(void **state)
{
	struct fixture *f = *state;

	feed_ports(f->builder, 1, 3, "Vlan");
	for (uint8_t i = 1; i <= 6; i++) {
		feed_base(f->builder, i, 10100 + i);
		feed_qfdb(f->builder, 1, i, i);
	}
	view_builder_end(f->builder, VIEW_TABLE_IF, VIEW_CUT);
	view_builder_end(f->builder, VIEW_TABLE_QFDB, VIEW_WHOLE);
	assert_int_equal(view_builder_finish(f->builder, &f->view), 0);
	check(f, 1, 10101, 0);
	check(f, 6, 10106, 0);
}

static void
test_all_base_ports_zero(void **state)
{
	struct fixture *f = *state;

	feed_ports(f->builder, 192, 8, "1/");
	for (uint32_t i = 192; i < 200; i++)
		feed_base(f->builder, i, 0);
	for (uint8_t i = 0; i < 6; i++)
		feed_qfdb(f->builder, 1, i, 192 + i);
	feed_qfdb(f->builder, 1, 6, 6144);
	finish(f);
	check(f, 3, 195, 0);
	check(f, 6, 0, 0);
}

static void
test_status(void **state)
{
	struct fixture *f = *state;

	feed_ports(f->builder, 1, 4, "port");
	for (uint8_t i = 1; i <= 5; i++) {
		feed_base(f->builder, i, i);
		feed_qfdb(f->builder, 1, i, i < 5 ? i : 1);
		feed_number(f->builder, VIEW_TABLE_QFDB, C_FDB_STATUS,
			    FEED_INDEX(1, 2, 0, 0, 0, 0, i), i);
	}
	/* A status alone is no row; a group address is no station. */
	feed_number(f->builder, VIEW_TABLE_QFDB, C_FDB_STATUS, FEED_INDEX(1, 2, 0, 0, 0, 0, 9), 3);
	feed_number(f->builder, VIEW_TABLE_QFDB, C_FDB_PORT, FEED_INDEX(1, 1, 0, 0x5e, 0, 0, 9), 3);
	finish(f);
	assert_int_equal(f->view->fdb_count, 4);
	assert_null(fdb_of(f->view, 2)); /* invalid */
	assert_int_equal(fdb_of(f->view, 1)->status, FDB_OTHER);
	assert_int_equal(fdb_of(f->view, 3)->status, FDB_LEARNED);
	assert_int_equal(fdb_of(f->view, 4)->status, FDB_SELF);
	assert_int_equal(fdb_of(f->view, 5)->status, FDB_MGMT);
}

/* No status is read: rows of the switch's own addresses are told by these. */
static void
test_own_addresses(void **state)
{
	struct fixture *f = *state;
	static const uint8_t mac[] = {2, 0, 0, 0, 0, 1};

	feed_ports(f->builder, 1, 4, "port");
	feed_bytes(f->builder, VIEW_TABLE_IF, C_PHYS, FEED_INDEX(2), mac, 6);
	for (uint8_t i = 1; i <= 3; i++) {
		feed_base(f->builder, i, i);
		feed_qfdb(f->builder, 1, i, i);
	}
	finish(f);
	assert_int_equal(fdb_of(f->view, 1)->status, FDB_SELF);
	assert_int_equal(fdb_of(f->view, 2)->status, FDB_LEARNED);
}

static void
map_fdb_id(struct fixture *f, uint32_t vlan, uint32_t id)
{
	feed_number(f->builder, VIEW_TABLE_VLAN_FDB, 0, FEED_INDEX(0, vlan), id);
}

/* FDB identifiers that are not the VLAN; two VLANs that learn together. */
static void
test_fdb_ids(void **state)
{
	struct fixture *f = *state;

	feed_ports(f->builder, 1, 4, "port");
	feed_base(f->builder, 1, 1);
	assert_false(view_builder_wants(f->builder, VIEW_TABLE_VLAN_FDB));
	feed_qfdb(f->builder, 2, 1, 1);
	assert_true(view_builder_wants(f->builder, VIEW_TABLE_VLAN_FDB));
	map_fdb_id(f, 20, 2);
	map_fdb_id(f, 30, 3);
	/* With the lists of ports they come too, and need not be asked for then. */
	feed_number(f->builder, VIEW_TABLE_VLAN_EGRESS, C_LIST_FDB_ID, FEED_INDEX(0, 31), 3);
	assert_false(view_builder_wants(f->builder, VIEW_TABLE_VLAN_FDB));
	assert_false(view_builder_wants(f->builder, VIEW_TABLE_FDB));
	feed_qfdb(f->builder, 3, 2, 1);
	feed_qfdb(f->builder, 20, 3, 1);
	finish(f);
	check(f, 1, 1, 20);
	check(f, 2, 1, 0);
	check(f, 3, 1, 0);
}

/* Without dot1qVlanFdbId the identifier is the VLAN, if there is such a VLAN. */
static void
test_fdb_id_is_vlan(void **state)
{
	struct fixture *f = *state;

	feed_ports(f->builder, 1, 4, "port");
	feed_base(f->builder, 1, 1);
	feed_number(f->builder, VIEW_TABLE_VLAN_PORT, C_PVID, FEED_INDEX(1), 20);
	feed_bytes(f->builder, VIEW_TABLE_VLAN_EGRESS, C_EGRESS, FEED_INDEX(0, 30), "\x80", 1);
	feed_qfdb(f->builder, 20, 1, 1);
	feed_qfdb(f->builder, 30, 2, 1);
	feed_qfdb(f->builder, 40, 3, 1);
	feed_qfdb(f->builder, 70000, 4, 1);
	/* The same MAC in two VLANs is two rows. */
	feed_qfdb(f->builder, 30, 1, 0);
	finish(f);
	assert_int_equal(f->view->fdb_count, 5);
	check(f, 1, 1, 20);
	check(f, 2, 1, 30);
	check(f, 3, 1, 0);
	check(f, 4, 1, 0);
	assert_int_equal(f->view->fdb[1].vlan, 30);
	assert_int_equal(f->view->fdb[1].mac, f->view->fdb[0].mac);
}

static void
vtp(struct fixture *f, uint32_t vlan, int state)
{
	feed_number(f->builder, VIEW_TABLE_CISCO_VLAN, 0, FEED_INDEX(1, vlan), state);
}

/* Old IOS: the default context is VLAN 1; the same base port may be another port elsewhere. */
static void
test_old_ios(void **state)
{
	struct fixture *f = *state;
	uint16_t vlans[8];

	feed_object_id(f->builder, FEED_INDEX(9, 1, 516));
	feed_ports(f->builder, 10101, 24, "Gi0/");
	view_builder_begin(f->builder, VIEW_TABLE_BASE_PORT, 0);
	feed_base(f->builder, 24, 10124);
	view_builder_begin(f->builder, VIEW_TABLE_FDB, 0);
	feed_fdb(f->builder, 1, 24);
	feed_number(f->builder, VIEW_TABLE_VLAN_PORT, C_VM_VLAN, FEED_INDEX(10113), 20);
	feed_number(f->builder, VIEW_TABLE_VLAN_PORT, C_VM_VLAN, FEED_INDEX(10114), 20);
	feed_number(f->builder, VIEW_TABLE_VLAN_PORT, C_VM_VOICE, FEED_INDEX(10114), 90);
	feed_number(f->builder, VIEW_TABLE_VLAN_PORT, C_VM_VLAN, FEED_INDEX(10115), 33);
	assert_true(view_builder_wants(f->builder, VIEW_TABLE_CISCO_VLAN));
	vtp(f, 1, 1);
	vtp(f, 20, 1);
	vtp(f, 30, 1);
	vtp(f, 33, 2); /* suspended */
	vtp(f, 90, 1);
	vtp(f, 1002, 1);
	/* Those of access ports first, then those of trunks; not VLAN 1, which is known. */
	assert_int_equal(view_builder_fdb_vlans(f->builder, vlans, 8), 3);
	assert_int_equal(vlans[0], 20);
	assert_int_equal(vlans[1], 90);
	assert_int_equal(vlans[2], 30);
	assert_int_equal(view_builder_fdb_vlans(f->builder, vlans, 1), 1);

	view_builder_begin(f->builder, VIEW_TABLE_BASE_PORT, 20);
	feed_base(f->builder, 13, 10113);
	feed_base(f->builder, 14, 10114);
	view_builder_begin(f->builder, VIEW_TABLE_FDB, 20);
	feed_fdb(f->builder, 2, 13);
	feed_fdb(f->builder, 3, 14);
	feed_fdb(f->builder, 4, 24); /* no port of this VLAN */
	view_builder_begin(f->builder, VIEW_TABLE_BASE_PORT, 90);
	feed_base(f->builder, 13, 10124);
	view_builder_begin(f->builder, VIEW_TABLE_FDB, 90);
	feed_fdb(f->builder, 2, 13);
	/* Read anew: what was there before is gone. */
	view_builder_begin(f->builder, VIEW_TABLE_FDB, 20);
	feed_fdb(f->builder, 2, 13);
	feed_fdb(f->builder, 4, 24);
	finish(f);
	assert_int_equal(f->view->fdb_count, 4);
	check(f, 1, 10124, 1);
	check(f, 2, 10113, 20);
	assert_int_equal(f->view->fdb[2].vlan, 90);
	assert_int_equal(f->view->fdb[2].if_index, 10124);
	assert_null(fdb_of(f->view, 3));
	check(f, 4, 0, 20);
}

/* An agent that has all VLANs in the default context, or that is no Cisco. */
static void
test_no_contexts(void **state)
{
	struct fixture *f = *state;
	uint16_t vlans[8];

	feed_object_id(f->builder, FEED_INDEX(9, 1, 2494));
	feed_ports(f->builder, 1, 4, "Gi1/0/");
	feed_base(f->builder, 2, 2);
	feed_fdb(f->builder, 1, 2);
	feed_number(f->builder, VIEW_TABLE_VLAN_PORT, C_VM_VLAN, FEED_INDEX(2), 20);
	vtp(f, 20, 1);
	assert_int_equal(view_builder_fdb_vlans(f->builder, vlans, 8), 0);
	view_builder_begin(f->builder, VIEW_TABLE_FDB, 0);
	assert_int_equal(view_builder_fdb_vlans(f->builder, vlans, 8), 1);
	feed_object_id(f->builder, FEED_INDEX(11, 2));
	assert_int_equal(view_builder_fdb_vlans(f->builder, vlans, 8), 0);
}

static void
test_torn(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(feed_number(f->builder, VIEW_TABLE_QFDB, C_FDB_PORT,
				     FEED_INDEX(1, 2, 0, 0, 0, 0), 1),
			 ERR_SYNTAX);
	assert_int_equal(feed_number(f->builder, VIEW_TABLE_QFDB, C_FDB_PORT,
				     FEED_INDEX(1, 2, 0, 0, 0, 0, 256), 1),
			 ERR_SYNTAX);
	assert_int_equal(feed_text(f->builder, VIEW_TABLE_QFDB, C_FDB_PORT,
				   FEED_INDEX(1, 2, 0, 0, 0, 0, 1), "one"),
			 ERR_SYNTAX);
	assert_int_equal(feed_number(f->builder, VIEW_TABLE_FDB, C_FDB_PORT, FEED_INDEX(7), 1),
			 ERR_SYNTAX);
	assert_int_equal(view_builder_bad_rows(f->builder), 4);
	finish(f);
	assert_int_equal(f->view->fdb_count, 0);
}

static void
test_too_many(void **state)
{
	struct fixture *f = *state;
	int rc = 0;

	for (uint32_t i = 0; i <= VIEW_FDB_MAX && rc == 0; i++)
		rc = feed_number(f->builder, VIEW_TABLE_QFDB, C_FDB_PORT,
				 FEED_INDEX(1, 2, 0, 0, i >> 16 & 0xff, i >> 8 & 0xff, i & 0xff),
				 1);
	assert_int_equal(rc, ERR_TOOBIG);
	finish(f);
	assert_int_equal(f->view->fdb_count, VIEW_FDB_MAX);
}

static void
test_stp(void **state)
{
	struct fixture *f = *state;
	static const uint32_t root_port[] = {1, 3, 6, 1, 2, 1, 17, 2, 7, 0};
	struct varbind vb = {
		.oid = root_port, .oid_len = MEM_COUNT(root_port), .type = VB_INTEGER, .number = 3};

	view_builder_scalar(f->builder, &vb);
	feed_ports(f->builder, 101, 4, "port");
	for (uint32_t i = 1; i <= 4; i++) {
		feed_base(f->builder, i, 100 + i);
		feed_number(f->builder, VIEW_TABLE_STP_PORT, C_STP_STATE, FEED_INDEX(i),
			    i == 2 ? STP_BLOCKING : STP_FORWARDING);
	}
	feed_number(f->builder, VIEW_TABLE_STP_PORT, C_STP_STATE, FEED_INDEX(4), 77);
	finish(f);
	assert_int_equal(f->view->stp_root_if, 103);
	assert_int_equal(switch_view_port(f->view, 101)->stp, STP_FORWARDING);
	assert_int_equal(switch_view_port(f->view, 102)->stp, STP_BLOCKING);
	assert_int_equal(switch_view_port(f->view, 104)->stp, STP_UNKNOWN);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_base_ports),
		TEST(test_without_base_ports),
		TEST(test_if_index_in_spite_of_base_ports),
		TEST(test_one_stray_row),
		TEST(test_panel_numbers),
		TEST(test_undecided),
		TEST(test_cut_interfaces),
		TEST(test_all_base_ports_zero),
		TEST(test_status),
		TEST(test_own_addresses),
		TEST(test_fdb_ids),
		TEST(test_fdb_id_is_vlan),
		TEST(test_old_ios),
		TEST(test_no_contexts),
		TEST(test_torn),
		TEST(test_too_many),
		TEST(test_stp),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
