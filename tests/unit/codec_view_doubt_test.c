/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Local port numbers that only happen to be those of interfaces: what is left open then, and what
 * resolves it.
 */
#include "view_fixture.h"

/* Two ports more than base ports: dot1dBasePort N is ifIndex N + 2. */
static void
feed_offset(struct view_builder *builder)
{
	feed_ports(builder, 1, 8, "ge0/");
	for (uint32_t base = 1; base <= 6; base++)
		feed_base(builder, base, base + 2);
}

/* Base port or ifIndex: nothing tells, even if one of them resolves a port more. */
static void
test_toss_up(void **state)
{
	struct fixture *fixture = *state;

	feed_offset(fixture->builder);
	feed_neighbour(fixture->builder, 2, 1, 2, "two");
	feed_neighbour(fixture->builder, 3, 2, 3, "three");
	feed_neighbour(fixture->builder, 8, 3, 8, "eight");
	finish(fixture);
	assert_int_equal(port_of(fixture, "two"), 0);
	assert_int_equal(port_of(fixture, "three"), 0);
	assert_int_equal(port_of(fixture, "eight"), 0);
}

/* The forwarding table tells. */
static void
test_toss_up_learnt(void **state)
{
	struct fixture *fixture = *state;

	feed_offset(fixture->builder);
	feed_neighbour(fixture->builder, 2, 1, 2, "two");
	feed_neighbour(fixture->builder, 3, 2, 3, "three");
	feed_qfdb(fixture->builder, 1, 2, 2);
	finish(fixture);
	assert_int_equal(port_of(fixture, "two"), 4);
	assert_int_equal(port_of(fixture, "three"), 5);
}

/* All neighbours are learnt elsewhere than the numbers would have it. */
static void
test_refuted(void **state)
{
	struct fixture *fixture = *state;

	feed_ports(fixture->builder, 1, 8, "ge0/");
	feed_neighbour(fixture->builder, 2, 1, 2, "two");
	feed_neighbour(fixture->builder, 3, 2, 3, "three");
	for (uint32_t base = 1; base <= 8; base++)
		feed_base(fixture->builder, base, base);
	feed_qfdb(fixture->builder, 1, 2, 6);
	feed_qfdb(fixture->builder, 1, 3, 7);
	finish(fixture);
	assert_int_equal(port_of(fixture, "two"), 0);
	assert_int_equal(port_of(fixture, "three"), 0);
}

/* The agent calls number 3 "1/2", the interface 3 is "eth1/0/3". */
static void
test_names_against(void **state)
{
	struct fixture *fixture = *state;

	for (uint32_t port = 1; port <= 4; port++) {
		char id[16];

		snprintf(id, sizeof(id), "1/%u", port);
		feed_local(fixture->builder, port + 1, 7, id, "");
	}
	feed_ports(fixture->builder, 1, 8, "8608 module 3/");
	feed_neighbour(fixture->builder, 3, 1, 3, "three");
	feed_neighbour(fixture->builder, 4, 2, 4, "four");
	finish(fixture);
	assert_int_equal(port_of(fixture, "three"), 0);
	assert_int_equal(port_of(fixture, "four"), 0);
}

/* An id that is the number once more says nothing: uplinks are named otherwise. */
static void
test_names_silent(void **state)
{
	struct fixture *fixture = *state;

	feed_ports(fixture->builder, 1, 24, "ge0/");
	feed_ports(fixture->builder, 25, 2, "xe1/");
	feed_local(fixture->builder, 25, 7, "25", "");
	feed_local(fixture->builder, 26, 7, "26", "");
	feed_neighbour(fixture->builder, 25, 1, 25, "up");
	feed_neighbour(fixture->builder, 26, 2, 26, "other");
	finish(fixture);
	assert_int_equal(port_of(fixture, "up"), 25);
	assert_int_equal(port_of(fixture, "other"), 26);
}

/* LLDP-V2 leaves no other number than the ifIndex. */
static void
test_sure(void **state)
{
	struct fixture *fixture = *state;

	feed_offset(fixture->builder);
	feed_text(fixture->builder, VIEW_TABLE_LLDP2_REMOTE, C_REM_NAME, FEED_INDEX(0, 2, 1, 1),
		  "two");
	finish(fixture);
	assert_int_equal(port_of(fixture, "two"), 2);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_toss_up),	  TEST(test_toss_up_learnt), TEST(test_refuted),
		TEST(test_names_against), TEST(test_names_silent),   TEST(test_sure),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
