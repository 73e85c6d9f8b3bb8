/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * VLANs of ports: PVIDs and port lists in the manners of different makers.
 */
#include "view_fixture.h"

static const struct view_port *
port(const struct fixture *fixture, uint32_t if_index)
{
	const struct view_port *found = switch_view_port(fixture->view, if_index);

	assert_non_null(found);
	return found;
}

/* "10u 20": the VLANs of a port as a text. */
static const char *
vlans(const struct fixture *fixture, uint32_t if_index)
{
	static char text[256];
	const struct view_port *of = port(fixture, if_index);
	size_t used = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < of->vlan_count; i++) {
		const struct view_vlan_member *member =
			&fixture->view->vlan_members[of->vlan_first + i];

		used += (size_t)snprintf(text + used, sizeof(text) - used, "%s%u%s",
					 i == 0 ? "" : " ", member->vlan,
					 member->is_untagged ? "u" : "");
	}
	return text;
}

static void
list(struct fixture *f, size_t column, uint32_t vlan, const void *bytes, size_t len)
{
	if (column >= C_STATIC_EGRESS)
		assert_int_equal(feed_bytes(f->builder, VIEW_TABLE_VLAN_EGRESS, column,
					    FEED_INDEX(vlan), bytes, len),
				 0);
	else
		assert_int_equal(feed_bytes(f->builder, VIEW_TABLE_VLAN_EGRESS, column,
					    FEED_INDEX(0, vlan), bytes, len),
				 0);
}

static void
pvid(struct fixture *f, uint32_t index, int64_t vlan)
{
	assert_int_equal(
		feed_number(f->builder, VIEW_TABLE_VLAN_PORT, C_PVID, FEED_INDEX(index), vlan), 0);
}

static void
test_q_bridge(void **state)
{
	struct fixture *f = *state;

	feed_ports(f->builder, 1001, 10, "1/");
	for (uint32_t i = 1; i <= 10; i++) {
		feed_base(f->builder, i, 1000 + i);
		pvid(f, i, i <= 8 ? 10 : 20);
	}
	/* Port 1 and 10 in VLAN 20, 10 untagged; bits beyond the ports are set too. */
	list(f, C_EGRESS, 20, "\x80\x40\x00\x00\xff\xff", 6);
	list(f, C_UNTAGGED, 20, "\x00\x40\x00\x00\xff\xff", 6);
	list(f, C_EGRESS, 10, "\xff\x80", 2);
	list(f, C_UNTAGGED, 10, "\xff", 1);
	/* The static table is not looked at where there is a current one. */
	list(f, C_STATIC_EGRESS, 99, "\xff", 1);
	finish(f);
	assert_string_equal(vlans(f, 1001), "10u 20");
	assert_string_equal(vlans(f, 1002), "10u");
	assert_string_equal(vlans(f, 1009), "10");
	assert_string_equal(vlans(f, 1010), "20u");
	assert_int_equal(port(f, 1001)->pvid, 10);
	assert_int_equal(port(f, 1010)->pvid, 20);
	assert_int_equal(f->view->vlan_member_count, 11);
}

static void
test_static_table(void **state)
{
	struct fixture *f = *state;

	feed_ports(f->builder, 1, 40, "port");
	for (uint32_t i = 1; i <= 40; i++)
		feed_base(f->builder, i, i);
	list(f, C_STATIC_EGRESS, 5, "\x00\x00\x00\x00\x80", 5);
	list(f, C_STATIC_UNTAGGED, 5, "\x00\x00\x00\x00\x80", 5);
	finish(f);
	assert_string_equal(vlans(f, 33), "5u");
	assert_string_equal(vlans(f, 32), "");
	/* No PVID is served: the one untagged VLAN is it. */
	assert_int_equal(port(f, 33)->pvid, 5);
	assert_int_equal(port(f, 32)->pvid, 0);
}

/* CBS350: dot1qPvid stays 1 on an access port of VLAN 4; a trunk's PVID stays as it is. */
static void
test_stale_pvid(void **state)
{
	struct fixture *f = *state;

	feed_ports(f->builder, 1, 3, "gi1/0/");
	for (uint32_t i = 1; i <= 3; i++) {
		feed_base(f->builder, i, i);
		pvid(f, i, 1);
	}
	list(f, C_EGRESS, 1, "\x40", 1);
	list(f, C_UNTAGGED, 1, "\x40", 1);
	list(f, C_EGRESS, 4, "\xe0", 1);
	list(f, C_UNTAGGED, 4, "\x80", 1);
	finish(f);
	assert_int_equal(port(f, 1)->pvid, 4);
	assert_int_equal(port(f, 2)->pvid, 1);
	assert_int_equal(port(f, 3)->pvid, 1); /* tagged only */
}

/* AOS 6: dot1qPvid by ifIndex, lists by bridge port. */
static void
test_two_numberings(void **state)
{
	struct fixture *f = *state;

	feed_ports(f->builder, 1001, 8, "1/");
	for (uint32_t i = 1; i <= 8; i++) {
		feed_base(f->builder, i, 1000 + i);
		pvid(f, 1000 + i, 30 + i);
	}
	list(f, C_EGRESS, 31, "\x80", 1);
	finish(f);
	assert_int_equal(port(f, 1001)->pvid, 31);
	assert_int_equal(port(f, 1008)->pvid, 38);
	assert_string_equal(vlans(f, 1001), "31");
}

/* Junos ELS: numbers as text; elsewhere the same bytes are bits. */
static void
test_junos_text(void **state)
{
	struct fixture *f = *state;

	feed_object_id(f->builder, FEED_INDEX(2636, 1, 1, 1, 2, 63));
	feed_ports(f->builder, 501, 6, "ge-0/0/");
	for (uint32_t i = 1; i <= 6; i++)
		feed_base(f->builder, 489 + i, 500 + i);
	list(f, C_STATIC_EGRESS, 7, "490, 493,99999999999", 20);
	finish(f);
	assert_string_equal(vlans(f, 501), "7");
	assert_string_equal(vlans(f, 504), "7");
	assert_string_equal(vlans(f, 502), "");
	assert_int_equal(f->view->vlan_member_count, 2);
}

static void
test_cisco_membership(void **state)
{
	struct fixture *f = *state;

	feed_ports(f->builder, 10101, 4, "Gi0/");
	pvid(f, 1, 1);
	feed_base(f->builder, 1, 10101);
	feed_number(f->builder, VIEW_TABLE_VLAN_PORT, C_VM_VLAN, FEED_INDEX(10101), 20);
	feed_number(f->builder, VIEW_TABLE_VLAN_PORT, C_VM_VOICE, FEED_INDEX(10101), 90);
	feed_number(f->builder, VIEW_TABLE_VLAN_PORT, C_VM_VLAN, FEED_INDEX(10102), 0);
	feed_number(f->builder, VIEW_TABLE_VLAN_PORT, C_VM_VOICE, FEED_INDEX(10102), 4096);
	finish(f);
	assert_int_equal(port(f, 10101)->pvid, 20);
	assert_int_equal(port(f, 10101)->voice_vlan, 90);
	assert_string_equal(vlans(f, 10101), "20u 90");
	assert_int_equal(port(f, 10102)->pvid, 0);
	assert_int_equal(port(f, 10102)->voice_vlan, 0);
}

static void
test_torn(void **state)
{
	struct fixture *f = *state;

	assert_int_equal(
		feed_number(f->builder, VIEW_TABLE_VLAN_EGRESS, C_EGRESS, FEED_INDEX(0, 1), 7),
		ERR_SYNTAX);
	assert_int_equal(
		feed_text(f->builder, VIEW_TABLE_VLAN_EGRESS, C_EGRESS, FEED_INDEX(1), "x"),
		ERR_SYNTAX);
	assert_int_equal(feed_number(f->builder, VIEW_TABLE_VLAN_PORT, C_PVID, FEED_INDEX(1, 2), 7),
			 ERR_SYNTAX);
	/* VLANs that there cannot be, and no ports at all. */
	list(f, C_EGRESS, 4095, "\xff", 1);
	list(f, C_EGRESS, 0, "\xff", 1);
	list(f, C_EGRESS, 4094, "\xff", 1);
	pvid(f, 1, 5000);
	finish(f);
	assert_int_equal(f->view->vlan_member_count, 0);
}

/* Every port in every VLAN is more than is kept: what is kept is whole. */
static void
test_too_many(void **state)
{
	struct fixture *f = *state;
	uint8_t all[64];

	memset(all, 0xff, sizeof(all));
	feed_ports(f->builder, 1, 512, "port");
	for (uint32_t i = 1; i <= 512; i++)
		feed_base(f->builder, i, i);
	for (uint32_t vlan = 1; vlan <= VIEW_VLAN_ID_MAX; vlan++)
		list(f, C_EGRESS, vlan, all, sizeof(all));
	finish(f);
	assert_int_equal(f->view->vlan_member_count, VIEW_VLAN_MEMBERS_MAX);
	assert_int_equal(port(f, 512)->vlan_first + port(f, 512)->vlan_count,
			 VIEW_VLAN_MEMBERS_MAX);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_q_bridge),	   TEST(test_static_table), TEST(test_stale_pvid),
		TEST(test_two_numberings), TEST(test_junos_text),   TEST(test_cisco_membership),
		TEST(test_torn),	   TEST(test_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
