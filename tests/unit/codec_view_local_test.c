/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which interface a neighbour's local port is: the numberings of different agents, and those that
 * leave it open.
 */
#include "view_fixture.h"

enum { PROP_VIRTUAL = 53, L2_VLAN = 135 };
enum { UP = 1, DOWN = 2 };

static void
learnt(struct fixture *fixture, uint8_t last, uint32_t base)
{
	assert_int_equal(feed_number(fixture->builder, VIEW_TABLE_QFDB, 0,
				     FEED_INDEX(1, 2, 0, 0, 0, 0, last), base),
			 0);
	feed_number(fixture->builder, VIEW_TABLE_QFDB, 1, FEED_INDEX(1, 2, 0, 0, 0, 0, last), 3);
}

/* net-snmp with lldpd: the number is the ifIndex, and base ports are others. */
static void
test_if_index(void **state)
{
	struct fixture *fixture = *state;

	feed_port(fixture->builder, 1, "lo", "lo", IF_LOOPBACK, UP);
	feed_port(fixture->builder, 2, "eth0", "eth0", IF_ETHERNET, UP);
	feed_port(fixture->builder, 3, "eth1", "eth1", IF_ETHERNET, UP);
	feed_port(fixture->builder, 4, "br0", "br0", IF_ETHERNET, DOWN);
	feed_base(fixture->builder, 2, 4);
	feed_base(fixture->builder, 3, 2);
	feed_neighbour(fixture->builder, 2, 1, 1, "a");
	feed_neighbour(fixture->builder, 3, 1, 2, "b");
	finish(fixture);
	assert_int_equal(port_of(fixture, "a"), 2);
	assert_int_equal(port_of(fixture, "b"), 3);
}

/* Base ports, while the same numbers are VLANs or loopbacks as ifIndex. */
static void
test_base_port(void **state)
{
	struct fixture *fixture = *state;
	char name[16];

	feed_port(fixture->builder, 1, "Vlan1", "Vlan1", PROP_VIRTUAL, UP);
	feed_port(fixture->builder, 2, "Lo0", "Loopback0", IF_LOOPBACK, UP);
	for (uint32_t i = 1; i <= 4; i++) {
		snprintf(name, sizeof(name), "Gi1/0/%u", i);
		feed_port(fixture->builder, 10100 + i, name, name, IF_ETHERNET, UP);
		feed_base(fixture->builder, i, 10100 + i);
	}
	feed_neighbour(fixture->builder, 1, 1, 1, "a");
	feed_neighbour(fixture->builder, 2, 1, 2, "b");
	finish(fixture);
	assert_int_equal(port_of(fixture, "a"), 10101);
	assert_int_equal(port_of(fixture, "b"), 10102);
	assert_string_equal(view_named(fixture->view, "a")->local_port, "1");
}

/* Base ports that are one off from the ifIndex; names that tell nothing. */
static void
feed_ambiguous(struct fixture *fixture)
{
	static const char *const names[] = {"w", "x", "y", "z"};

	for (uint32_t i = 0; i < 4; i++)
		feed_port(fixture->builder, i + 1, names[i], "", IF_ETHERNET, UP);
	feed_base(fixture->builder, 1, 2);
	feed_base(fixture->builder, 2, 3);
	feed_neighbour(fixture->builder, 1, 1, 1, "a");
	feed_neighbour(fixture->builder, 2, 1, 2, "b");
}

/* Both readings are possible, and nothing tells which: no guess. */
static void
test_undecided(void **state)
{
	struct fixture *fixture = *state;

	feed_ambiguous(fixture);
	finish(fixture);
	assert_int_equal(port_of(fixture, "a"), 0);
	assert_int_equal(port_of(fixture, "b"), 0);
	assert_string_equal(view_named(fixture->view, "b")->local_port, "2");
}

/* As before, but the forwarding table knows one of the neighbours. */
static void
test_proof(void **state)
{
	struct fixture *fixture = *state;

	feed_ambiguous(fixture);
	learnt(fixture, 2, 2);
	finish(fixture);
	assert_int_equal(port_of(fixture, "a"), 2);
	assert_int_equal(port_of(fixture, "b"), 3);
}

/* Names beat numbers: both numberings lead to ports that are up. */
static void
test_names(void **state)
{
	struct fixture *fixture = *state;
	char name[32], descr[32];

	for (uint32_t i = 1; i <= 8; i++) {
		snprintf(name, sizeof(name), "GE0/0/%u", i);
		snprintf(descr, sizeof(descr), "GigabitEthernet0/0/%u", i);
		feed_port(fixture->builder, i + 4, name, descr, IF_ETHERNET, UP);
		feed_base(fixture->builder, i, i + 6);
	}
	feed_local(fixture->builder, 5, 5, "GigabitEthernet0/0/5", "");
	feed_local(fixture->builder, 6, 5, "gigabitethernet0/0/6", "");
	feed_local(fixture->builder, 7, 5, "not there", "");
	feed_neighbour(fixture->builder, 5, 1, 1, "a");
	feed_neighbour(fixture->builder, 6, 1, 2, "b");
	feed_neighbour(fixture->builder, 7, 1, 3, "c");
	finish(fixture);
	assert_int_equal(port_of(fixture, "a"), 9);
	assert_int_equal(port_of(fixture, "b"), 10);
	/* The numbers have been contradicted: they are no help for the last. */
	assert_int_equal(port_of(fixture, "c"), 0);
	assert_string_equal(view_named(fixture->view, "c")->local_port, "not there");
}

/* An id that names no interface, and a description that does: ifAlias. */
static void
test_alias(void **state)
{
	struct fixture *fixture = *state;

	feed_port(fixture->builder, 11, "0/1", "unit", IF_ETHERNET, UP);
	feed_port(fixture->builder, 12, "0/2", "unit", IF_ETHERNET, UP);
	feed_text(fixture->builder, VIEW_TABLE_IF, C_ALIAS, FEED_INDEX(11), "Gate house");
	feed_text(fixture->builder, VIEW_TABLE_IF, C_ALIAS, FEED_INDEX(12), "Yard");
	feed_local(fixture->builder, 900, 7, "?", "Gate house");
	feed_local(fixture->builder, 901, 7, "?", "Yard");
	feed_neighbour(fixture->builder, 900, 1, 1, "a");
	feed_neighbour(fixture->builder, 901, 1, 2, "b");
	finish(fixture);
	assert_int_equal(port_of(fixture, "a"), 11);
	assert_int_equal(port_of(fixture, "b"), 12);
}

/* Port ids are MACs: own ones for each port, or the same for all and then of no use. */
static void
test_macs(void **state)
{
	struct fixture *fixture = *state;
	uint8_t mac[6] = {2, 0, 0, 1, 0, 0};

	for (uint32_t i = 1; i <= 3; i++) {
		char name[16];

		snprintf(name, sizeof(name), "ge%u", i);
		feed_port(fixture->builder, 48 + i, name, name, IF_ETHERNET, UP);
		mac[5] = (uint8_t)i;
		feed_bytes(fixture->builder, VIEW_TABLE_IF, C_PHYS, FEED_INDEX(48 + i), mac, 6);
		feed_number(fixture->builder, VIEW_TABLE_LLDP_LOCAL, C_LOC_SUBTYPE,
			    FEED_INDEX(4 - i), 3);
		feed_bytes(fixture->builder, VIEW_TABLE_LLDP_LOCAL, C_LOC_ID, FEED_INDEX(4 - i),
			   mac, 6);
	}
	/* The VLAN interface shares a port's. */
	feed_port(fixture->builder, 1000, "vlan1", "vlan1", L2_VLAN, UP);
	feed_bytes(fixture->builder, VIEW_TABLE_IF, C_PHYS, FEED_INDEX(1000), mac, 6);
	feed_neighbour(fixture->builder, 1, 1, 1, "a");
	feed_neighbour(fixture->builder, 3, 1, 2, "b");
	finish(fixture);
	assert_int_equal(port_of(fixture, "a"), 51);
	assert_int_equal(port_of(fixture, "b"), 49);
	assert_string_equal(view_named(fixture->view, "a")->local_port, "1");
}

/* "g13" is gi1/0/13; "g1" may be one of two. */
static void
test_resemblance(void **state)
{
	struct fixture *fixture = *state;

	feed_port(fixture->builder, 113, "gi1/0/13", "gigabitethernet1/0/13", IF_ETHERNET, UP);
	feed_port(fixture->builder, 114, "gi1/0/14", "gigabitethernet1/0/14", IF_ETHERNET, UP);
	feed_port(fixture->builder, 101, "gi1/0/1", "gigabitethernet1/0/1", IF_ETHERNET, UP);
	feed_port(fixture->builder, 201, "gi2/0/1", "gigabitethernet2/0/1", IF_ETHERNET, UP);
	feed_port(fixture->builder, 301, "te1/0/14", "tengigabitethernet1/0/14", IF_ETHERNET, UP);
	feed_local(fixture->builder, 1, 5, "g13", "");
	feed_local(fixture->builder, 2, 5, "g1", "");
	feed_local(fixture->builder, 3, 5, "g14", "");
	feed_neighbour(fixture->builder, 1, 1, 1, "a");
	feed_neighbour(fixture->builder, 2, 1, 2, "b");
	feed_neighbour(fixture->builder, 3, 1, 3, "c");
	finish(fixture);
	assert_int_equal(port_of(fixture, "a"), 113);
	assert_int_equal(port_of(fixture, "b"), 0);
	assert_int_equal(port_of(fixture, "c"), 114);
}

/* The id is an ifIndex in digits, as Alcatel-Lucent writes it; the number is the base port. */
static void
test_id_number(void **state)
{
	struct fixture *fixture = *state;

	feed_port(fixture->builder, 1001, "1/1", "Port 1/1", IF_ETHERNET, UP);
	feed_port(fixture->builder, 1002, "1/2", "Port 1/2", IF_ETHERNET, UP);
	feed_local(fixture->builder, 1, 7, "1001", "");
	feed_local(fixture->builder, 2, 7, "1002", "");
	feed_neighbour(fixture->builder, 1, 1, 1, "a");
	feed_neighbour(fixture->builder, 2, 1, 2, "b");
	finish(fixture);
	assert_int_equal(port_of(fixture, "a"), 1001);
	assert_int_equal(port_of(fixture, "b"), 1002);
}

/* A neighbour on an aggregate stays there; several on one port are kept. */
static void
test_aggregate_and_many(void **state)
{
	struct fixture *fixture = *state;

	feed_port(fixture->builder, 1, "ge1", "ge1", IF_ETHERNET, UP);
	feed_port(fixture->builder, 2, "ge2", "ge2", IF_ETHERNET, UP);
	feed_port(fixture->builder, 1000, "Po1", "Po1", IF_LAG, UP);
	feed_local(fixture->builder, 1000, 5, "Po1", "");
	feed_local(fixture->builder, 2, 5, "ge2", "");
	feed_neighbour(fixture->builder, 1000, 1, 1, "core");
	feed_neighbour(fixture->builder, 2, 1, 2, "phone");
	feed_neighbour(fixture->builder, 2, 2, 3, "camera");
	finish(fixture);
	assert_int_equal(fixture->view->neighbour_count, 3);
	assert_int_equal(port_of(fixture, "core"), 1000);
	assert_int_equal(port_of(fixture, "phone"), 2);
	assert_int_equal(port_of(fixture, "camera"), 2);
}

/* Port 0 is no port, and two numbers are not one interface. */
static void
test_no_sense(void **state)
{
	struct fixture *fixture = *state;

	feed_port(fixture->builder, 1, "ether1", "ether1", IF_ETHERNET, UP);
	feed_port(fixture->builder, 2, "ether2", "ether2", IF_ETHERNET, UP);
	feed_base(fixture->builder, 0, 1);
	feed_neighbour(fixture->builder, 0, 3, 1, "a");
	feed_neighbour(fixture->builder, 0, 4, 2, "b");
	finish(fixture);
	assert_int_equal(port_of(fixture, "a"), 0);
	assert_int_equal(port_of(fixture, "b"), 0);
}

/* Base ports that lead several local ports to one interface are not what is meant. */
static void
test_collisions(void **state)
{
	struct fixture *fixture = *state;

	feed_port(fixture->builder, 1, "w", "", IF_ETHERNET, UP);
	feed_port(fixture->builder, 2, "x", "", IF_ETHERNET, UP);
	feed_port(fixture->builder, 3, "y", "", IF_ETHERNET, UP);
	feed_base(fixture->builder, 1, 3);
	feed_base(fixture->builder, 2, 3);
	feed_neighbour(fixture->builder, 1, 1, 1, "a");
	feed_neighbour(fixture->builder, 2, 1, 2, "b");
	finish(fixture);
	assert_int_equal(port_of(fixture, "a"), 1);
	assert_int_equal(port_of(fixture, "b"), 2);
}

/* What names leave open is told by numbers only where those never contradict the names. */
static void
test_help(void **state)
{
	struct fixture *fixture = *state;

	for (uint32_t i = 1; i <= 4; i++) {
		char name[8];

		snprintf(name, sizeof(name), "ge.%u", i);
		feed_port(fixture->builder, i, name, name, IF_ETHERNET, UP);
		if (i < 4)
			feed_local(fixture->builder, i, 5, name, "");
	}
	feed_neighbour(fixture->builder, 1, 1, 1, "a");
	feed_neighbour(fixture->builder, 2, 1, 2, "b");
	feed_neighbour(fixture->builder, 4, 1, 4, "d");
	finish(fixture);
	assert_int_equal(port_of(fixture, "a"), 1);
	assert_int_equal(port_of(fixture, "d"), 4);
}

static void
test_no_help(void **state)
{
	struct fixture *fixture = *state;

	for (uint32_t i = 1; i <= 6; i++) {
		char name[8];

		snprintf(name, sizeof(name), "ge.%u", i);
		feed_port(fixture->builder, i, name, name, IF_ETHERNET, UP);
	}
	feed_local(fixture->builder, 1, 5, "ge.1", "");
	feed_local(fixture->builder, 2, 5, "ge.6", ""); /* and not interface 2 */
	feed_neighbour(fixture->builder, 1, 1, 1, "a");
	feed_neighbour(fixture->builder, 2, 1, 2, "b");
	feed_neighbour(fixture->builder, 4, 1, 4, "d");
	finish(fixture);
	assert_int_equal(port_of(fixture, "a"), 1);
	assert_int_equal(port_of(fixture, "b"), 6);
	assert_int_equal(port_of(fixture, "d"), 0);
}

/* CDP counts by ifIndex, even on a port that is down; a name that says otherwise is believed. */
static void
test_cdp_numbers(void **state)
{
	struct fixture *fixture = *state;

	feed_port(fixture->builder, 10101, "Fa0/1", "FastEthernet0/1", IF_ETHERNET, DOWN);
	feed_port(fixture->builder, 10102, "Fa0/2", "FastEthernet0/2", IF_ETHERNET, UP);
	feed_text(fixture->builder, VIEW_TABLE_CDP, C_CDP_DEVICE, FEED_INDEX(10101, 1), "down");
	finish(fixture);
	assert_int_equal(port_of(fixture, "down"), 10101);
}

static void
test_cdp_names(void **state)
{
	struct fixture *fixture = *state;

	feed_port(fixture->builder, 1, "A1", "A1", IF_ETHERNET, UP);
	feed_port(fixture->builder, 2, "A2", "A2", IF_ETHERNET, UP);
	feed_port(fixture->builder, 3, "A3", "A3", IF_ETHERNET, UP);
	feed_text(fixture->builder, VIEW_TABLE_CDP, C_CDP_DEVICE, FEED_INDEX(2, 1), "x");
	feed_text(fixture->builder, VIEW_TABLE_CDP_LOCAL, 0, FEED_INDEX(2), "A3");
	finish(fixture);
	assert_int_equal(port_of(fixture, "x"), 3);
}

/* No interfaces were read: LLDP-MIB numbers mean nothing, those of CDP are ifIndexes. */
static void
test_without_interfaces(void **state)
{
	struct fixture *fixture = *state;

	feed_neighbour(fixture->builder, 7, 1, 1, "a");
	feed_text(fixture->builder, VIEW_TABLE_CDP, C_CDP_DEVICE, FEED_INDEX(8, 1), "b");
	finish(fixture);
	assert_int_equal(port_of(fixture, "a"), 0);
	assert_int_equal(port_of(fixture, "b"), 8);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_if_index),
		TEST(test_base_port),
		TEST(test_undecided),
		TEST(test_proof),
		TEST(test_names),
		TEST(test_alias),
		TEST(test_macs),
		TEST(test_resemblance),
		TEST(test_id_number),
		TEST(test_aggregate_and_many),
		TEST(test_no_sense),
		TEST(test_collisions),
		TEST(test_help),
		TEST(test_no_help),
		TEST(test_cdp_numbers),
		TEST(test_cdp_names),
		TEST(test_without_interfaces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
