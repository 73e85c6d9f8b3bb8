/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Power over Ethernet: which interface a PSE port is, and what vendors add to RFC 3621.
 */
#include "view_fixture.h"

/* Columns of VIEW_TABLE_POE_VENDOR, 2 and 3 that are used here. */
enum { C_SB_POWER, C_SB_LIMIT, C_SB_TEXT, C_NG_POWER = 6, C_NG_FAULT };
enum {
	C_HP_POWER,
	C_HP_OPER = 2,
	C_HW_POWER = 7,
	C_HW_ENABLE,
	C_TP_POWER = 10,
	C_TP_STATUS,
	C_TP_ENABLE,
	C_MT_POWER,
	C_MT_STATUS
};

static const struct view_poe *
poe(const struct fixture *fixture, uint32_t if_index)
{
	const struct view_port *port = switch_view_port(fixture->view, if_index);

	assert_non_null(port);
	return &port->poe;
}

static void
pse(struct fixture *f, uint32_t group, uint32_t index, int status)
{
	feed_number(f->builder, VIEW_TABLE_POE_PORT, C_POE_STATUS, FEED_INDEX(group, index),
		    status);
	feed_number(f->builder, VIEW_TABLE_POE_PORT, C_POE_ADMIN, FEED_INDEX(group, index),
		    status == POE_DISABLED ? 2 : 1);
	feed_number(f->builder, VIEW_TABLE_POE_PORT, C_POE_CLASS, FEED_INDEX(group, index), 4);
}

static size_t
ports_with_poe(const struct fixture *fixture)
{
	size_t count = 0;

	for (size_t i = 0; i < fixture->view->port_count; i++)
		count += fixture->view->ports[i].poe.status != POE_NONE;
	return count;
}

static void
test_standard(void **state)
{
	struct fixture *f = *state;

	feed_ports(f->builder, 1, 8, "port");
	pse(f, 1, 1, POE_DELIVERING);
	pse(f, 1, 2, POE_SEARCHING);
	pse(f, 1, 3, POE_DISABLED);
	pse(f, 1, 4, POE_FAULT);
	feed_number(f->builder, VIEW_TABLE_POE_PORT, C_POE_DENIED, FEED_INDEX(1, 4), 12);
	finish(f);
	assert_int_equal(ports_with_poe(f), 4);
	assert_int_equal(poe(f, 1)->status, POE_DELIVERING);
	assert_int_equal(poe(f, 1)->power_class, 3);
	assert_true(poe(f, 1)->is_enabled);
	assert_int_equal(poe(f, 1)->mw, VIEW_UNKNOWN_MW);
	assert_int_equal(poe(f, 2)->power_class, -1); /* only while it is delivering */
	assert_false(poe(f, 3)->is_enabled);
	assert_int_equal(poe(f, 4)->denied, 12);
	assert_false(poe(f, 4)->is_overload); /* which fault is not told */
	assert_int_equal(poe(f, 5)->status, POE_NONE);
}

/* A stack: group is the unit, the index begins anew; interfaces are numbered otherwise. */
static void
test_units(void **state)
{
	struct fixture *f = *state;

	feed_ports(f->builder, 10101, 24, "Gi1/0/");
	feed_ports(f->builder, 10201, 4, "Te1/1/");
	feed_ports(f->builder, 10601, 24, "Gi2/0/");
	for (uint32_t i = 1; i <= 24; i++) {
		pse(f, 1, i, POE_SEARCHING);
		pse(f, 2, i, i == 7 ? POE_DELIVERING : POE_SEARCHING);
	}
	finish(f);
	assert_int_equal(ports_with_poe(f), 48);
	assert_int_equal(poe(f, 10607)->status, POE_DELIVERING);
	assert_int_equal(poe(f, 10107)->status, POE_SEARCHING);
	assert_int_equal(poe(f, 10201)->status, POE_NONE);
}

/* Catalyst 2960: two ports have the number 1, of different kinds. */
static void
test_kinds(void **state)
{
	struct fixture *f = *state;

	feed_ports(f->builder, 10001, 24, "Fa0/");
	feed_ports(f->builder, 10101, 2, "Gi0/");
	for (uint32_t i = 1; i <= 24; i++)
		pse(f, 1, i, i == 2 ? POE_DELIVERING : POE_SEARCHING);
	finish(f);
	assert_int_equal(ports_with_poe(f), 24);
	assert_int_equal(poe(f, 10002)->status, POE_DELIVERING);
	assert_int_equal(poe(f, 10102)->status, POE_NONE);
}

/* Two families have all the numbers: which, cannot be known. */
static void
test_ambiguous(void **state)
{
	struct fixture *f = *state;

	feed_ports(f->builder, 101, 8, "Gi2/");
	feed_ports(f->builder, 201, 8, "Gi3/");
	for (uint32_t i = 1; i <= 8; i++)
		pse(f, 1, i, POE_SEARCHING);
	finish(f);
	assert_int_equal(ports_with_poe(f), 0);
}

/* Two units, of which the first alone has power. */
static void
test_unit_without_poe(void **state)
{
	struct fixture *f = *state;

	feed_ports(f->builder, 101, 8, "Gi1/0/");
	feed_ports(f->builder, 201, 8, "Gi2/0/");
	for (uint32_t i = 1; i <= 8; i++)
		pse(f, 1, i, POE_SEARCHING);
	finish(f);
	assert_int_equal(ports_with_poe(f), 8);
	assert_int_equal(poe(f, 101)->status, POE_SEARCHING);
}

/* A unit that is not there takes nothing from the other. */
static void
test_absent_unit(void **state)
{
	struct fixture *f = *state;

	feed_ports(f->builder, 10101, 8, "Gi1/0/");
	for (uint32_t i = 1; i <= 8; i++) {
		pse(f, 1, i, POE_SEARCHING);
		pse(f, 3, i, POE_SEARCHING);
	}
	finish(f);
	assert_int_equal(ports_with_poe(f), 8);
}

/* The index is the ifIndex, beyond the first unit too. */
static void
test_if_index(void **state)
{
	struct fixture *f = *state;

	feed_ports(f->builder, 1, 24, "gi1/0/");
	feed_ports(f->builder, 53, 24, "gi2/0/");
	for (uint32_t i = 1; i <= 24; i++) {
		pse(f, 1, i, POE_SEARCHING);
		pse(f, 2, 52 + i, i == 3 ? POE_FAULT : POE_SEARCHING);
	}
	finish(f);
	assert_int_equal(ports_with_poe(f), 48);
	assert_int_equal(poe(f, 55)->status, POE_FAULT);
}

/* The index is the bridge port; names say nothing. */
static void
test_base_port(void **state)
{
	struct fixture *f = *state;
	static const char *const names[] = {"east", "west", "north", "south"};

	for (uint32_t i = 0; i < 4; i++) {
		feed_port(f->builder, 5 + i, names[i], names[i], IF_ETHERNET, 1);
		feed_base(f->builder, i + 1, 5 + i);
		pse(f, 1, i + 1, i == 2 ? POE_DELIVERING : POE_SEARCHING);
	}
	finish(f);
	assert_int_equal(poe(f, 7)->status, POE_DELIVERING);
	assert_int_equal(ports_with_poe(f), 4);
}

/* Junos names begin with 0, its PSE ports may begin with 1: undecided, and nothing is said. */
static void
test_undecided(void **state)
{
	struct fixture *f = *state;

	for (uint32_t i = 0; i < 24; i++) {
		char name[32];

		snprintf(name, sizeof(name), "ge-0/0/%u", i);
		feed_port(f->builder, 501 + i, name, name, IF_ETHERNET, 1);
	}
	for (uint32_t i = 1; i <= 12; i++)
		pse(f, 1, i, POE_SEARCHING);
	finish(f);
	assert_int_equal(ports_with_poe(f), 0);
}

/* Two groups whose numbers would be the same interfaces. */
static void
test_not_distinct(void **state)
{
	struct fixture *f = *state;
	static const char *const names[] = {"east", "west", "north", "south"};

	for (uint32_t i = 0; i < 4; i++) {
		feed_port(f->builder, 1 + i, names[i], names[i], IF_ETHERNET, 1);
		feed_base(f->builder, 1 + i, 1 + i);
		pse(f, 1, i + 1, POE_SEARCHING);
		pse(f, 2, i + 1, POE_SEARCHING);
	}
	finish(f);
	assert_int_equal(ports_with_poe(f), 0);
}

/* What delivers power has links: a numbering after which most have none is refused. */
static void
test_refuted_by_links(void **state)
{
	struct fixture *f = *state;

	for (uint32_t i = 1; i <= 8; i++) {
		char name[32];

		snprintf(name, sizeof(name), "port%u", i);
		feed_port(f->builder, i, name, name, IF_ETHERNET, i == 1 ? 1 : 2);
		pse(f, 1, i, POE_DELIVERING);
	}
	finish(f);
	assert_int_equal(ports_with_poe(f), 0);
}

static void
test_mains(void **state)
{
	struct fixture *f = *state;

	for (uint32_t group = 2; group >= 1; group--) {
		feed_number(f->builder, VIEW_TABLE_POE_MAIN, C_PSE_POWER, FEED_INDEX(group), 370);
		feed_number(f->builder, VIEW_TABLE_POE_MAIN, C_PSE_STATUS, FEED_INDEX(group), 1);
		feed_number(f->builder, VIEW_TABLE_POE_MAIN, C_PSE_USED, FEED_INDEX(group), 42);
		feed_number(f->builder, VIEW_TABLE_POE_MAIN, C_PSE_THRESHOLD, FEED_INDEX(group),
			    80);
	}
	feed_number(f->builder, VIEW_TABLE_POE_CISCO, C_CPE_USED, FEED_INDEX(2), 41870);
	finish(f);
	assert_int_equal(f->view->pse_count, 2);
	assert_int_equal(f->view->pses[0].group, 1);
	assert_int_equal(f->view->pses[0].power_mw, 370000);
	assert_int_equal(f->view->pses[0].used_mw, 42000);
	assert_int_equal(f->view->pses[0].threshold_percent, 80);
	assert_int_equal(f->view->pses[1].used_mw, 41870);
}

/* CISCO-POWER-ETHERNET-EXT-MIB: watts, denial, and the interface by way of the entity. */
static void
test_cisco(void **state)
{
	struct fixture *f = *state;
	static const uint32_t if_oid[] = {1, 3, 6, 1, 2, 1, 2, 2, 1, 1, 0};

	feed_object_id(f->builder, FEED_INDEX(9, 1, 2494));
	feed_ports(f->builder, 9, 4, "AppGigabit");
	for (uint32_t i = 1; i <= 4; i++) {
		uint32_t value[MEM_COUNT(if_oid)];
		const struct varbind alias = {
			.type = VB_OID, .value_oid = value, .value_oid_len = MEM_COUNT(value)};

		memcpy(value, if_oid, sizeof(value));
		value[MEM_COUNT(value) - 1] = 13 - i; /* reversed: only the entities tell */
		feed(f->builder, VIEW_TABLE_ENTITY_ALIAS, 0, FEED_INDEX(1000 + i, 0), alias);
		pse(f, 1, i, i == 4 ? POE_FAULT : POE_DELIVERING);
		feed_number(f->builder, VIEW_TABLE_POE_CISCO, C_CPE_ENTITY, FEED_INDEX(1, i),
			    1000 + i);
		feed_number(f->builder, VIEW_TABLE_POE_CISCO, C_CPE_MW, FEED_INDEX(1, i), 1000 * i);
		feed_number(f->builder, VIEW_TABLE_POE_CISCO, C_CPE_LIMIT, FEED_INDEX(1, i), 15400);
		feed_bytes(f->builder, VIEW_TABLE_POE_CISCO, C_CPE_STATUS, FEED_INDEX(1, i),
			   i == 4 ? "\x80" : "\x20", 1);
	}
	assert_true(view_builder_wants(f->builder, VIEW_TABLE_POE_CISCO));
	assert_false(view_builder_wants(f->builder, VIEW_TABLE_POE_VENDOR));
	finish(f);
	assert_int_equal(poe(f, 12)->mw, 1000);
	assert_int_equal(poe(f, 12)->limit_mw, 15400);
	assert_false(poe(f, 12)->is_overload); /* overdrawLog: no power was taken */
	assert_int_equal(poe(f, 9)->status, POE_FAULT);
	assert_true(poe(f, 9)->is_overload);
}

static void
sb(struct fixture *f, uint32_t index, int64_t mw, const char *text)
{
	feed_number(f->builder, VIEW_TABLE_POE_VENDOR, C_SB_POWER, FEED_INDEX(1, index), mw);
	feed_number(f->builder, VIEW_TABLE_POE_VENDOR, C_SB_LIMIT, FEED_INDEX(1, index), 30000);
	feed_text(f->builder, VIEW_TABLE_POE_VENDOR, C_SB_TEXT, FEED_INDEX(1, index), text);
}

/* RADLAN's table alone: status by its words. */
static void
test_small_business(void **state)
{
	struct fixture *f = *state;

	feed_object_id(f->builder, FEED_INDEX(9, 6, 1, 1006, 24, 5));
	assert_true(view_builder_wants(f->builder, VIEW_TABLE_POE_VENDOR));
	assert_false(view_builder_wants(f->builder, VIEW_TABLE_POE_CISCO));
	feed_ports(f->builder, 1, 8, "gi");
	sb(f, 1, 6852, "Port is on. Valid resistor detected");
	sb(f, 2, 0, "Port is off. User setting");
	sb(f, 3, 0, "Port is off. Overload state");
	sb(f, 4, 0, "Port is off. Detection is in process");
	sb(f, 5, 0, "Port is off. Underload state");
	sb(f, 6, 0, "Port is off. Power budget exceeded");
	finish(f);
	assert_int_equal(poe(f, 1)->status, POE_DELIVERING);
	assert_int_equal(poe(f, 1)->mw, 6852);
	assert_int_equal(poe(f, 1)->limit_mw, 30000);
	assert_int_equal(poe(f, 2)->status, POE_DISABLED);
	assert_false(poe(f, 2)->is_enabled);
	assert_int_equal(poe(f, 3)->status, POE_FAULT);
	assert_true(poe(f, 3)->is_overload);
	assert_int_equal(poe(f, 4)->status, POE_SEARCHING);
	assert_int_equal(poe(f, 5)->status, POE_SEARCHING);
	assert_false(poe(f, 5)->is_overload);
	assert_true(poe(f, 6)->is_overload);
	assert_int_equal(poe(f, 7)->status, POE_NONE);
}

static void
test_fastpath(void **state)
{
	struct fixture *f = *state;

	feed_object_id(f->builder, FEED_INDEX(4526, 100, 4, 33));
	feed_ports(f->builder, 1, 4, "1/0/");
	for (uint32_t i = 1; i <= 4; i++)
		pse(f, 1, i, i == 2 ? POE_FAULT : POE_DELIVERING);
	feed_number(f->builder, VIEW_TABLE_POE_VENDOR, C_NG_POWER, FEED_INDEX(1, 1), 3500);
	feed_number(f->builder, VIEW_TABLE_POE_VENDOR, C_NG_FAULT, FEED_INDEX(1, 1), 0);
	feed_number(f->builder, VIEW_TABLE_POE_VENDOR, C_NG_FAULT, FEED_INDEX(1, 2), 3);
	/* More than a port can give is no power. */
	feed_number(f->builder, VIEW_TABLE_POE_VENDOR, C_NG_POWER, FEED_INDEX(1, 3), 4000000000);
	finish(f);
	assert_int_equal(poe(f, 1)->mw, 3500);
	assert_false(poe(f, 1)->is_overload);
	assert_true(poe(f, 2)->is_overload);
	assert_int_equal(poe(f, 3)->mw, VIEW_UNKNOWN_MW);
}

static void
test_hp(void **state)
{
	struct fixture *f = *state;

	feed_object_id(f->builder, FEED_INDEX(11, 2, 3, 7, 11, 160));
	assert_true(view_builder_wants(f->builder, VIEW_TABLE_POE_VENDOR2));
	assert_false(view_builder_wants(f->builder, VIEW_TABLE_POE_VENDOR));
	assert_false(view_builder_wants(f->builder, VIEW_TABLE_POE_VENDOR3));
	feed_ports(f->builder, 1, 24, "");
	pse(f, 1, 5, POE_DELIVERING);
	pse(f, 1, 6, POE_SEARCHING);
	feed_number(f->builder, VIEW_TABLE_POE_VENDOR2, C_HP_POWER, FEED_INDEX(1, 5), 4400);
	feed_number(f->builder, VIEW_TABLE_POE_VENDOR2, C_HP_OPER, FEED_INDEX(1, 6), 1);
	finish(f);
	assert_int_equal(poe(f, 5)->mw, 4400);
	assert_false(poe(f, 5)->is_overload);
	assert_true(poe(f, 6)->is_overload); /* denied */
	assert_int_equal(poe(f, 6)->status, POE_SEARCHING);
}

/* Tables by ifIndex, and by the number of the port, with units of their own. */
static void
test_other_indexes(void **state)
{
	struct fixture *f = *state;

	feed_object_id(f->builder, FEED_INDEX(14988, 1));
	feed_ports(f->builder, 2, 5, "ether");
	feed_number(f->builder, VIEW_TABLE_POE_VENDOR2, C_MT_STATUS, FEED_INDEX(4), 3);
	feed_number(f->builder, VIEW_TABLE_POE_VENDOR2, C_MT_POWER, FEED_INDEX(4), 88);
	feed_number(f->builder, VIEW_TABLE_POE_VENDOR2, C_MT_STATUS, FEED_INDEX(5), 4);
	feed_number(f->builder, VIEW_TABLE_POE_VENDOR2, C_HW_POWER, FEED_INDEX(2), 5100);
	feed_number(f->builder, VIEW_TABLE_POE_VENDOR2, C_HW_ENABLE, FEED_INDEX(2), 1);
	feed_number(f->builder, VIEW_TABLE_POE_VENDOR2, C_HW_ENABLE, FEED_INDEX(3), 2);
	finish(f);
	assert_int_equal(poe(f, 4)->status, POE_DELIVERING);
	assert_int_equal(poe(f, 4)->mw, 8800);
	assert_true(poe(f, 5)->is_overload);
	assert_int_equal(poe(f, 2)->status, POE_DELIVERING);
	assert_int_equal(poe(f, 2)->mw, 5100);
	assert_int_equal(poe(f, 3)->status, POE_DISABLED);
}

static void
test_tp_link(void **state)
{
	struct fixture *f = *state;

	feed_object_id(f->builder, FEED_INDEX(11863, 5, 100));
	feed_ports(f->builder, 49153, 8, "gigabitEthernet 1/0/");
	for (uint32_t i = 1; i <= 8; i++) {
		feed_number(f->builder, VIEW_TABLE_POE_VENDOR2, C_TP_ENABLE, FEED_INDEX(i), i != 8);
		feed_number(f->builder, VIEW_TABLE_POE_VENDOR2, C_TP_STATUS, FEED_INDEX(i),
			    i == 1   ? 2
			    : i == 2 ? 3
				     : 0);
		feed_number(f->builder, VIEW_TABLE_POE_VENDOR2, C_TP_POWER, FEED_INDEX(i),
			    i == 1 ? 51 : 0);
	}
	finish(f);
	assert_int_equal(poe(f, 49153)->status, POE_DELIVERING);
	assert_int_equal(poe(f, 49153)->mw, 5100);
	assert_true(poe(f, 49154)->is_overload);
	assert_int_equal(poe(f, 49155)->status, POE_SEARCHING);
	assert_int_equal(poe(f, 49160)->status, POE_DISABLED);
}

static void
test_torn(void **state)
{
	struct fixture *f = *state;

	feed_ports(f->builder, 1, 4, "port");
	assert_int_equal(
		feed_number(f->builder, VIEW_TABLE_POE_PORT, C_POE_STATUS, FEED_INDEX(1), 3),
		ERR_SYNTAX);
	assert_int_equal(
		feed_text(f->builder, VIEW_TABLE_POE_PORT, C_POE_STATUS, FEED_INDEX(1, 1), "on"),
		ERR_SYNTAX);
	assert_int_equal(feed_number(f->builder, VIEW_TABLE_POE_PORT, C_POE_STATUS,
				     FEED_INDEX(UINT32_MAX, 1), 3),
			 ERR_SYNTAX);
	assert_int_equal(
		feed_number(f->builder, VIEW_TABLE_POE_VENDOR, C_SB_POWER, FEED_INDEX(1, 2, 3), 3),
		ERR_SYNTAX);
	pse(f, 1, 1, 77);
	finish(f);
	assert_int_equal(ports_with_poe(f), 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_standard),
		TEST(test_kinds),
		TEST(test_ambiguous),
		TEST(test_unit_without_poe),
		TEST(test_units),
		TEST(test_absent_unit),
		TEST(test_if_index),
		TEST(test_base_port),
		TEST(test_undecided),
		TEST(test_not_distinct),
		TEST(test_refuted_by_links),
		TEST(test_mains),
		TEST(test_cisco),
		TEST(test_small_business),
		TEST(test_fastpath),
		TEST(test_hp),
		TEST(test_other_indexes),
		TEST(test_tp_link),
		TEST(test_torn),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
