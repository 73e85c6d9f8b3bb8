/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Interfaces, their counters and aggregates, scalars, and the life of a reading: what is wanted,
 * what is dropped, what may be trusted.
 */
#include "view_feed.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

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

	assert_int_equal(view_builder_finish(builder, &view), 0);
	view_builder_free(builder);
	return view;
}

static int
feed_gauge(struct view_builder *builder, enum view_table table, size_t column, uint32_t index,
	   uint64_t number)
{
	return feed(builder, table, column, FEED_INDEX(index),
		    (struct varbind){.type = VB_GAUGE32, .unsigned_number = number});
}

static void
test_port(void **state)
{
	const uint8_t mac[6] = {2, 0, 0, 0, 0, 1};
	struct view_builder *builder = view_builder_new();
	struct switch_view *view;
	const struct view_port *port;

	(void)state;
	/* Not in order, and the description before the name. */
	feed_port(builder, 20, "", "port 20", 6, 7);
	feed_port(builder, 10, "Gi1/0/10", "GigabitEthernet1/0/10", 6, 1);
	feed_text(builder, VIEW_TABLE_IF, C_ALIAS, FEED_INDEX(10), "  Gate\thouse \x01");
	feed_bytes(builder, VIEW_TABLE_IF, C_PHYS, FEED_INDEX(10), mac, 6);
	feed_gauge(builder, VIEW_TABLE_IF, C_SPEED, 10, 4294967295u);
	feed_gauge(builder, VIEW_TABLE_IF, C_HIGH_SPEED, 10, 10000);
	feed_number(builder, VIEW_TABLE_IF, C_DUPLEX, FEED_INDEX(10), 3);
	feed_text(builder, VIEW_TABLE_IF, C_SPEED, FEED_INDEX(20), "100000000");
	feed_bytes(builder, VIEW_TABLE_IF, C_PHYS, FEED_INDEX(20), "\0\0\0\0\0\0", 6);
	feed_number(builder, VIEW_TABLE_IF, C_TYPE, FEED_INDEX(30), 24);
	feed_gauge(builder, VIEW_TABLE_IF_COUNTERS, 0, 10, 4400);
	feed_gauge(builder, VIEW_TABLE_IF_COUNTERS, 2, 10, 17);
	feed_gauge(builder, VIEW_TABLE_IF_COUNTERS, 2, 99, 1); /* of no interface */
	view = finish(builder);
	assert_int_equal(view->port_count, 3);
	port = switch_view_port(view, 10);
	assert_string_equal(port->name, "Gi1/0/10");
	assert_string_equal(port->descr, "GigabitEthernet1/0/10");
	assert_string_equal(port->alias, "Gate house");
	assert_int_equal(port->mac, 0x020000000001);
	assert_int_equal(port->speed_mbps, 10000);
	assert_int_equal(port->duplex, DUPLEX_FULL);
	assert_int_equal(port->admin, 1);
	assert_int_equal(port->oper, 1);
	assert_true(port->has_last_change);
	assert_int_equal(port->last_change_cs, 4400);
	assert_int_equal(port->in_errors, 17);
	assert_true(port->out_errors == VIEW_UNKNOWN_COUNT);
	assert_int_equal(port->poe.power_class, -1);
	assert_true(port->poe.mw == VIEW_UNKNOWN_MW);
	port = switch_view_port(view, 20);
	assert_string_equal(port->name, "port 20");
	assert_int_equal(port->oper, 7);
	assert_int_equal(port->mac, 0);
	assert_int_equal(port->speed_mbps, 100);
	assert_false(port->has_last_change);
	assert_string_equal(switch_view_port(view, 30)->name, "if 30");
	switch_view_free(view);
}

static void
test_lacp(void **state)
{
	struct view_builder *builder = view_builder_new();
	struct switch_view *view;

	(void)state;
	for (uint32_t i = 1; i <= 5; i++)
		feed_port(builder, i, "", "port", 6, 1);
	feed_port(builder, 1000, "ae0", "ae0", 161, 1);
	feed_port(builder, 1001, "ae1", "ae1", 161, 2);
	/* Columns: attached, selected. */
	feed_number(builder, VIEW_TABLE_LAG, 0, FEED_INDEX(1), 1000);
	feed_number(builder, VIEW_TABLE_LAG, 0, FEED_INDEX(2), 1000);
	feed_number(builder, VIEW_TABLE_LAG, 1, FEED_INDEX(2), 1001);
	feed_number(builder, VIEW_TABLE_LAG, 0, FEED_INDEX(3), 0); /* down, and still selects */
	feed_number(builder, VIEW_TABLE_LAG, 1, FEED_INDEX(3), 1001);
	feed_number(builder, VIEW_TABLE_LAG, 0, FEED_INDEX(4), 4); /* for itself */
	feed_number(builder, VIEW_TABLE_LAG, 1, FEED_INDEX(4), 4);
	feed_number(builder, VIEW_TABLE_LAG, 0, FEED_INDEX(5), 777); /* no such interface */
	feed_port(builder, 6, "", "port", 6, 1);
	feed_number(builder, VIEW_TABLE_LAG, 0, FEED_INDEX(6), 5); /* group 5, not port 5 */
	feed_port(builder, 7, "eth0", "eth0", 6, 1);
	feed_port(builder, 8, "bond0", "bond0", 6, 1);
	feed_number(builder, VIEW_TABLE_LAG, 0, FEED_INDEX(7), 8);
	view = finish(builder);
	assert_int_equal(switch_view_port(view, 1)->lag, 1000);
	assert_int_equal(switch_view_port(view, 2)->lag, 1000);
	assert_int_equal(switch_view_port(view, 3)->lag, 1001);
	assert_int_equal(switch_view_port(view, 4)->lag, 0);
	assert_false(switch_view_port(view, 4)->is_aggregate);
	assert_int_equal(switch_view_port(view, 5)->lag, 0);
	assert_int_equal(switch_view_port(view, 6)->lag, 0);
	assert_false(switch_view_port(view, 5)->is_aggregate);
	assert_int_equal(switch_view_port(view, 7)->lag, 8);
	assert_true(switch_view_port(view, 1000)->is_aggregate);
	switch_view_free(view);
}

static void
test_stack(void **state)
{
	struct view_builder *builder = view_builder_new();
	struct switch_view *view;

	(void)state;
	feed_port(builder, 1, "Gi0/1", "GigabitEthernet0/1", 6, 1);
	feed_port(builder, 2, "Gi0/2", "GigabitEthernet0/2", 6, 1);
	feed_port(builder, 3, "Gi0/3", "GigabitEthernet0/3", 6, 1);
	feed_port(builder, 4, "ge-0/0/4", "ge-0/0/4", 6, 1);
	feed_port(builder, 20, "Vl1", "Vlan1", 53, 1);
	feed_port(builder, 30, "Po1", "Port-channel1", 53, 1);
	feed_port(builder, 31, "Trk1", "Trk1", 161, 1);
	feed_port(builder, 40, "ge-0/0/4.0", "ge-0/0/4.0", 53, 1);
	feed_port(builder, 41, "Tu1", "Tunnel1", 131, 1);
	feed_number(builder, VIEW_TABLE_IF_STACK, 0, FEED_INDEX(0, 20), 1);
	feed_number(builder, VIEW_TABLE_IF_STACK, 0, FEED_INDEX(20, 1), 1);
	feed_number(builder, VIEW_TABLE_IF_STACK, 0, FEED_INDEX(30, 1), 1);
	feed_number(builder, VIEW_TABLE_IF_STACK, 0, FEED_INDEX(31, 2), 1);
	feed_number(builder, VIEW_TABLE_IF_STACK, 0, FEED_INDEX(31, 3), 2); /* not in service */
	feed_number(builder, VIEW_TABLE_IF_STACK, 0, FEED_INDEX(20, 31), 1);
	feed_number(builder, VIEW_TABLE_IF_STACK, 0, FEED_INDEX(40, 4), 1);
	feed_number(builder, VIEW_TABLE_IF_STACK, 0, FEED_INDEX(41, 3), 1);
	assert_int_equal(view_builder_rows(builder, VIEW_TABLE_IF_STACK), 6);
	view = finish(builder);
	assert_int_equal(switch_view_port(view, 1)->lag, 30);
	assert_int_equal(switch_view_port(view, 2)->lag, 31);
	assert_int_equal(switch_view_port(view, 3)->lag, 0);
	assert_int_equal(switch_view_port(view, 4)->lag, 0);
	assert_int_equal(switch_view_port(view, 31)->lag, 0);
	assert_false(switch_view_port(view, 20)->is_aggregate);
	assert_true(switch_view_port(view, 30)->is_aggregate);
	assert_false(switch_view_port(view, 40)->is_aggregate);
	switch_view_free(view);
}

static void
learnt(struct view_builder *builder, uint8_t last, uint32_t port)
{
	feed_number(builder, VIEW_TABLE_QFDB, 0, FEED_INDEX(1, 2, 0, 0, 0, 0, last), port);
	feed_number(builder, VIEW_TABLE_QFDB, 1, FEED_INDEX(1, 2, 0, 0, 0, 0, last), 3);
}

/* No table tells of members: what LLDP hears on a port is learnt on the aggregate. */
static void
test_lag_by_neighbours(void **state)
{
	struct view_builder *builder = view_builder_new();
	struct switch_view *view;

	(void)state;
	for (uint32_t i = 1; i <= 4; i++) {
		char name[] = "gi0/0";

		name[4] = (char)('0' + i);
		feed_port(builder, i, name, name, 6, 1);
		feed_number(builder, VIEW_TABLE_BASE_PORT, 0, FEED_INDEX(i), i);
		feed_local(builder, i, 5, name, "");
		feed_neighbour(builder, i, 1, (uint8_t)(i == 2 ? 1 : i), i == 2 ? "a2" : name);
	}
	feed_port(builder, 1000, "Po1", "Po1", 161, 1);
	feed_number(builder, VIEW_TABLE_BASE_PORT, 0, FEED_INDEX(1000), 1000);
	learnt(builder, 1, 1000); /* the neighbour on ports 1 and 2 */
	learnt(builder, 3, 1000); /* that of port 3, which the spanning tree blocks */
	feed_number(builder, VIEW_TABLE_STP_PORT, 0, FEED_INDEX(3), 2);
	learnt(builder, 4, 1000); /* that of port 4, which learns others */
	learnt(builder, 77, 4);
	view = finish(builder);
	assert_int_equal(switch_view_port(view, 1)->lag, 1000);
	assert_int_equal(switch_view_port(view, 2)->lag, 1000);
	assert_int_equal(switch_view_port(view, 3)->lag, 0);
	assert_int_equal(switch_view_port(view, 4)->lag, 0);
	switch_view_free(view);
}

static void
give_scalar(struct view_builder *builder, const char *oid, struct varbind value)
{
	uint32_t ids[OID_MAX];

	assert_int_equal(oid_parse(oid, ids, OID_MAX, &value.oid_len), 0);
	value.oid = ids;
	view_builder_scalar(builder, &value);
}

static struct varbind
octets(const void *bytes, size_t len)
{
	return (struct varbind){.type = VB_OCTETS, .bytes = bytes, .bytes_len = len};
}

static void
test_scalars(void **state)
{
	static const uint32_t object[] = {1, 3, 6, 1, 4, 1, 9, 1, 1208};
	struct view_builder *builder = view_builder_new();
	struct switch_view *view;

	(void)state;
	assert_true(view_scalar_count <= 16);
	give_scalar(builder, "1.3.6.1.2.1.1.3.0",
		    (struct varbind){.type = VB_TIMETICKS, .unsigned_number = 123456});
	give_scalar(builder, "1.3.6.1.2.1.1.5.0", octets("hq-acc-3\0", 9));
	give_scalar(builder, "1.3.6.1.2.1.1.1.0", octets("IOS\r\nversion", 12));
	give_scalar(builder, "1.3.6.1.2.1.1.2.0",
		    (struct varbind){.type = VB_OID, .value_oid = object, .value_oid_len = 9});
	give_scalar(builder, "1.3.6.1.2.1.17.1.1.0", octets("\x02\0\0\0\0\x09", 6));
	give_scalar(builder, "1.3.6.1.2.1.17.2.5.0", octets("\x80\x01\x02\0\0\0\0\x01", 8));
	give_scalar(builder, "1.3.6.1.2.1.17.2.6.0",
		    (struct varbind){.type = VB_INTEGER, .number = 4});
	give_scalar(builder, "1.0.8802.1.1.2.1.3.1.0",
		    (struct varbind){.type = VB_INTEGER, .number = 4});
	give_scalar(builder, "1.0.8802.1.1.2.1.3.2.0", octets("\x02\0\0\0\0\x08", 6));
	give_scalar(builder, "1.0.8802.1.1.2.1.2.1.0",
		    (struct varbind){.type = VB_NO_SUCH_INSTANCE});
	give_scalar(builder, "1.3.111.2.802.1.1.13.1.2.1.0",
		    (struct varbind){.type = VB_TIMETICKS, .unsigned_number = 77});
	give_scalar(builder, "1.3.6.1.2.1.1.4.0", octets("nobody", 6)); /* not asked for */
	view = finish(builder);
	assert_int_equal(view->uptime_cs, 123456);
	assert_string_equal(view->sys_name, "hq-acc-3");
	assert_string_equal(view->sys_descr, "IOS  version");
	assert_string_equal(view->object_id, "1.3.6.1.4.1.9.1.1208");
	assert_int_equal(view->bridge_mac, 0x020000000009);
	assert_int_equal(view->chassis_mac, 0x020000000008);
	assert_string_equal(view->chassis_id, "02:00:00:00:00:08");
	assert_int_equal(view->lldp_change_cs, 77);
	assert_int_equal(view->trust[VIEW_SYSTEM], VIEW_WHOLE);
	switch_view_free(view);
}

static void
test_specs(void **state)
{
	(void)state;
	for (int i = 0; i < VIEW_TABLE_COUNT; i++) {
		const struct view_table_spec *spec = view_table_spec((enum view_table)i);

		assert_int_equal(spec->table, i);
		assert_non_null(spec->add);
		assert_in_range(spec->column_count, 1, 16);
		assert_in_range(spec->max_rows, 1, VIEW_VLAN_MEMBERS_MAX);
		for (size_t c = 0; c < spec->column_count; c++)
			assert_in_range(spec->columns[c].len, 8, OID_MAX / 2);
	}
}

/* A part is as good as the worst of its tables that were wanted. */
static void
test_trust(void **state)
{
	struct view_builder *builder = view_builder_new();
	struct switch_view *view;

	(void)state;
	view_builder_begin(builder, VIEW_TABLE_IF, 0);
	view_builder_end(builder, VIEW_TABLE_IF, VIEW_WHOLE);
	view_builder_begin(builder, VIEW_TABLE_IF_COUNTERS, 0);
	view_builder_end(builder, VIEW_TABLE_IF_COUNTERS, VIEW_CUT);
	view_builder_begin(builder, VIEW_TABLE_LAG, 0);
	view_builder_end(builder, VIEW_TABLE_LAG, VIEW_WHOLE);
	/* IF_STACK was begun and failed. */
	view_builder_begin(builder, VIEW_TABLE_IF_STACK, 0);
	/* All neighbour tables that are wanted are absent: that is whole. */
	for (int i = 0; i < VIEW_TABLE_COUNT; i++) {
		enum view_table table = (enum view_table)i;

		if (view_table_spec(table)->part == VIEW_NEIGHBOURS &&
		    view_builder_wants(builder, table))
			view_builder_end(builder, table, VIEW_WHOLE);
	}
	view = finish(builder);
	assert_int_equal(view->trust[VIEW_PORTS], VIEW_CUT);
	assert_int_equal(view->trust[VIEW_LAGS], VIEW_NOT_READ);
	assert_int_equal(view->trust[VIEW_NEIGHBOURS], VIEW_WHOLE);
	assert_int_equal(view->trust[VIEW_FDB], VIEW_NOT_READ);
	assert_int_equal(view->trust[VIEW_ARP], VIEW_NOT_READ);
	switch_view_free(view);
}

/* A doubted reading that is read again leaves nothing behind. */
static void
test_begin_again(void **state)
{
	struct view_builder *builder = view_builder_new();
	struct switch_view *view;

	(void)state;
	view_builder_begin(builder, VIEW_TABLE_IF, 0);
	feed_port(builder, 1, "old", "old", 6, 1);
	feed_port(builder, 2, "gone", "gone", 6, 1);
	view_builder_end(builder, VIEW_TABLE_IF, VIEW_DOUBTED);
	view_builder_begin(builder, VIEW_TABLE_IF, 0);
	feed_port(builder, 1, "new", "new", 6, 1);
	view_builder_end(builder, VIEW_TABLE_IF, VIEW_WHOLE);
	assert_int_equal(view_builder_rows(builder, VIEW_TABLE_IF), 1);
	view = finish(builder);
	assert_int_equal(view->port_count, 1);
	assert_string_equal(view->ports[0].name, "new");
	switch_view_free(view);
}

static void
test_bad_and_too_many(void **state)
{
	struct view_builder *builder = view_builder_new();
	struct switch_view *view;
	size_t refused = 0;

	(void)state;
	assert_int_equal(feed_text(builder, VIEW_TABLE_IF, C_NAME, FEED_INDEX(1, 2), "x"),
			 ERR_SYNTAX);
	assert_int_equal(feed_text(builder, VIEW_TABLE_IF, C_NAME, FEED_INDEX(0), "x"), ERR_SYNTAX);
	assert_int_equal(feed_text(builder, VIEW_TABLE_IF, C_OPER, FEED_INDEX(1), "up"),
			 ERR_SYNTAX);
	assert_int_equal(feed_number(builder, VIEW_TABLE_IF, C_TYPE, FEED_INDEX(1), -1),
			 ERR_SYNTAX);
	assert_int_equal(view_builder_rows(builder, VIEW_TABLE_IF), 0);
	for (uint32_t i = 0; i < 100000; i++) {
		/* Odd ones upwards, even ones downwards, each twice. */
		uint32_t index = i % 2 != 0 ? i / 4 + 1 : 4000000000u - i / 4;
		int rc = feed_number(builder, VIEW_TABLE_IF, C_TYPE, FEED_INDEX(index), 6);

		assert_true(rc == 0 || rc == ERR_TOOBIG);
		refused += rc == ERR_TOOBIG;
	}
	assert_in_range(refused, 1, 100000);
	view = finish(builder);
	assert_int_equal(view->port_count, VIEW_PORTS_MAX);
	for (size_t i = 1; i < view->port_count; i++)
		assert_true(view->ports[i - 1].if_index < view->ports[i].if_index);
	switch_view_free(view);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_port),
		cmocka_unit_test(test_lacp),
		cmocka_unit_test(test_stack),
		cmocka_unit_test(test_lag_by_neighbours),
		cmocka_unit_test(test_scalars),
		cmocka_unit_test(test_specs),
		cmocka_unit_test(test_trust),
		cmocka_unit_test(test_begin_again),
		cmocka_unit_test(test_bad_and_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
