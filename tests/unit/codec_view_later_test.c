/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a reading may leave out: columns that are walked after the others if they are worth it
 * then, and rows behind the last that is wanted.
 */
#include "view_fixture.h"

enum { CHASSIS = 3, PORT = 10 };
enum { C_ENTITY_CLASS, C_ENTITY_DESCR, C_ENTITY_LAST = 9 };

static bool
later(const struct fixture *fixture, enum view_table table)
{
	return view_builder_wants_later(fixture->builder, table);
}

static int
feed_class(struct fixture *fixture, uint32_t index, int entity_class)
{
	return feed_number(fixture->builder, VIEW_TABLE_ENTITY, C_ENTITY_CLASS, FEED_INDEX(index),
			   entity_class);
}

/* A table without columns of that kind has none; each column is in the one walk or the other. */
static void
test_specs(void **state)
{
	(void)state;
	for (int i = 0; i < VIEW_TABLE_COUNT; i++) {
		const struct view_table_spec *spec = view_table_spec((enum view_table)i);
		unsigned all = (1u << spec->column_count) - 1;

		assert_in_range(spec->column_count, 1, 16);
		assert_int_equal(spec->later & ~all, 0);
		assert_int_not_equal(spec->later, all);
		assert_true(spec->later == 0 || spec->later_max_rows > 0);
	}
}

/* Only slow interfaces and old agents need ifSpeed. */
static void
test_speed(void **state)
{
	struct fixture *fixture = *state;

	assert_false(later(fixture, VIEW_TABLE_IF)); /* no rows */
	feed_port(fixture->builder, 1, "p1", "p1", IF_ETHERNET, 1);
	assert_true(later(fixture, VIEW_TABLE_IF));
	feed_number(fixture->builder, VIEW_TABLE_IF, C_HIGH_SPEED, FEED_INDEX(1), 0);
	assert_true(later(fixture, VIEW_TABLE_IF));
	feed_number(fixture->builder, VIEW_TABLE_IF, C_HIGH_SPEED, FEED_INDEX(1), 1000);
	assert_false(later(fixture, VIEW_TABLE_IF));
	/* And it does not replace what is known better. */
	feed_number(fixture->builder, VIEW_TABLE_IF, C_SPEED, FEED_INDEX(1), 10000000);
	finish(fixture);
	assert_int_equal(fixture->view->ports[0].speed_mbps, 1000);
}

/* The status of a large forwarding table costs as much as the table. */
static void
test_fdb_status(void **state)
{
	struct fixture *fixture = *state;

	for (uint8_t last = 1; last <= 200; last++) {
		feed_qfdb(fixture->builder, 1, last, 1);
		feed_fdb(fixture->builder, last, 1);
	}
	assert_true(later(fixture, VIEW_TABLE_QFDB));
	assert_true(later(fixture, VIEW_TABLE_FDB));
	feed_qfdb(fixture->builder, 2, 1, 1);
	assert_false(later(fixture, VIEW_TABLE_QFDB));
	assert_true(later(fixture, VIEW_TABLE_FDB));
	view_builder_begin(fixture->builder, VIEW_TABLE_QFDB, 0);
	assert_false(later(fixture, VIEW_TABLE_QFDB));
}

/* Descriptions of our ports serve where a name is none of an interface. */
static void
test_local_descr(void **state)
{
	struct fixture *fixture = *state;

	feed_port(fixture->builder, 1, "Gi1", "GigabitEthernet1", IF_ETHERNET, 1);
	feed_port(fixture->builder, 2, "Gi2", "GigabitEthernet2", IF_ETHERNET, 1);
	feed_neighbour(fixture->builder, 11, 1, 1, "cam");
	feed_local(fixture->builder, 11, 5, "Gi1", "");
	feed_local(fixture->builder, 12, 5, "unheard of", ""); /* has no neighbour */
	assert_false(later(fixture, VIEW_TABLE_LLDP_LOCAL));
	feed_neighbour(fixture->builder, 13, 1, 3, "phone");
	assert_true(later(fixture, VIEW_TABLE_LLDP_LOCAL)); /* port 13 is not told */
	feed_local(fixture->builder, 13, 7, "Gi2", "");
	assert_false(later(fixture, VIEW_TABLE_LLDP_LOCAL)); /* whatever it is said to be */
	feed_local(fixture->builder, 13, 1, "Gi2", "");
	assert_true(later(fixture, VIEW_TABLE_LLDP_LOCAL)); /* an alias is anybody's */
	feed_local(fixture->builder, 13, 5, "port 2", "");
	assert_true(later(fixture, VIEW_TABLE_LLDP_LOCAL));
}

/* The class tells which rows are wanted: behind the last of them there is nothing more. */
static void
test_entity_enough(void **state)
{
	struct fixture *fixture = *state;
	size_t column;

	assert_int_equal(feed_class(fixture, 1, PORT), 0);
	assert_false(later(fixture, VIEW_TABLE_ENTITY));
	assert_int_equal(feed_text(fixture->builder, VIEW_TABLE_ENTITY, C_ENTITY_DESCR,
				   FEED_INDEX(1), "port"),
			 VIEW_ENOUGH); /* nothing at all is wanted */
	assert_int_equal(feed_class(fixture, 5, CHASSIS), 0);
	assert_int_equal(feed_class(fixture, 6, PORT), 0);
	assert_true(later(fixture, VIEW_TABLE_ENTITY));
	for (column = C_ENTITY_DESCR; column <= C_ENTITY_LAST; column++) {
		struct varbind text = {
			.type = VB_OCTETS, .bytes = (const uint8_t *)"7", .bytes_len = 1};

		assert_int_equal(
			feed(fixture->builder, VIEW_TABLE_ENTITY, column, FEED_INDEX(1), text), 0);
		assert_int_equal(
			feed(fixture->builder, VIEW_TABLE_ENTITY, column, FEED_INDEX(5), text), 0);
	}
	for (column = C_ENTITY_DESCR; column <= C_ENTITY_LAST; column++)
		assert_int_equal(
			feed_text(fixture->builder, VIEW_TABLE_ENTITY, column, FEED_INDEX(6), "7"),
			column == C_ENTITY_LAST ? VIEW_ENOUGH : 0);
	finish(fixture);
	assert_int_equal(fixture->view->entity_count, 1);
	assert_string_equal(fixture->view->entities[0].serial, "7");
}

/* The static lists of a VLAN's ports only where the current ones are not served. */
static void
test_static_lists(void **state)
{
	struct fixture *fixture = *state;
	const enum view_table table = VIEW_TABLE_VLAN_EGRESS;

	assert_int_equal(view_table_spec(table)->later,
			 1u << C_STATIC_EGRESS | 1u << C_STATIC_UNTAGGED);
	assert_true(later(fixture, table));
	feed_bytes(fixture->builder, table, C_EGRESS, FEED_INDEX(0, 7), "\x80", 1);
	assert_false(later(fixture, table));
}

/* What stacks on what, unless the members of all aggregates are known already. */
static void
test_stack(void **state)
{
	struct fixture *fixture = *state;

	feed_ports(fixture->builder, 1, 2, "ge");
	assert_true(view_builder_wants(fixture->builder, VIEW_TABLE_IF_STACK));
	feed_port(fixture->builder, 100, "po1", "Port-channel1", IF_LAG, 1);
	feed_number(fixture->builder, VIEW_TABLE_LAG, 0, FEED_INDEX(2), 0);
	assert_true(view_builder_wants(fixture->builder, VIEW_TABLE_IF_STACK));
	feed_number(fixture->builder, VIEW_TABLE_LAG, 0, FEED_INDEX(2), 100);
	assert_false(view_builder_wants(fixture->builder, VIEW_TABLE_IF_STACK));
	feed_port(fixture->builder, 101, "po2", "Port-channel2", IF_LAG, 1);
	assert_true(view_builder_wants(fixture->builder, VIEW_TABLE_IF_STACK));
}

/* Addresses come with the neighbours; those of agents where none did are asked for. */
static void
test_addresses(void **state)
{
	enum { C_REM_ADDRESS = C_REM_VLAN + 1 };
	struct fixture *fixture = *state;

	assert_false(view_builder_wants(fixture->builder, VIEW_TABLE_LLDP_ADDRESS));
	feed_neighbour(fixture->builder, 1, 1, 1, "cam");
	assert_true(view_builder_wants(fixture->builder, VIEW_TABLE_LLDP_ADDRESS));
	assert_int_equal(feed_number(fixture->builder, VIEW_TABLE_LLDP_REMOTE, C_REM_ADDRESS,
				     FEED_INDEX(0, 1, 1, 1, 4, 192, 0, 2, 9), 2),
			 0);
	assert_false(view_builder_wants(fixture->builder, VIEW_TABLE_LLDP_ADDRESS));
	finish(fixture);
	assert_int_equal(view_named(fixture->view, "cam")->address.bytes[3], 9);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_specs),	TEST(test_speed),	  TEST(test_fdb_status),
		TEST(test_local_descr), TEST(test_entity_enough), TEST(test_static_lists),
		TEST(test_stack),	TEST(test_addresses),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
