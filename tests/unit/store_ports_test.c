/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Ports of switches in the store: written where they differ, but not for every watt.
 */
#include "../store/fixture.h"

#include "keepwatch/err.h"
#include "keepwatch/reader_topology.h"
#include "keepwatch/store_topology.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct topo_port
make_port(uint32_t if_index)
{
	struct topo_port port = {
		.if_index = if_index,
		.lag = 1001,
		.role = ROLE_EDGE,
		.admin = 1,
		.oper = 7,
		.duplex = DUPLEX_FULL,
		.stp = STP_FORWARDING,
		.poe_status = POE_DELIVERING,
		.poe_class = 4,
		.poe_overload = true,
		.pvid = 120,
		.poe_mw = 6100,
		.stations = 2,
		.speed_mbps = 10000,
		.changed_ms = AT(-1000),
		.alias = "camera \"gate\"",
		.neighbour = "axis-00408c010203 eth0 (lldp)",
	};

	snprintf(port.name, sizeof(port.name), "gi%u", if_index);
	return port;
}

static void
put_ports(struct fixture *f, uint32_t device, int64_t at_s, const struct topo_port *ports,
	  size_t count)
{
	assert_int_equal(store_batch_ports(f->batch, device, AT(at_s), ports, count), 0);
}

static struct reader_port_list
read_ports(struct fixture *f, uint32_t device)
{
	struct reader_filter filter = READER_FILTER_ANY;
	struct reader *reader = fixture_reader(f);
	struct reader_port_list list;

	filter.device = device;
	assert_int_equal(reader_ports(reader, &filter, &list), 0);
	reader_close(reader);
	return list;
}

static void
test_ports(void **state)
{
	struct fixture *f = *state;
	uint32_t sw = fixture_declare(f, "acc1", KIND_SWITCH, 0);
	uint32_t sw2 = fixture_declare(f, "acc2", KIND_SWITCH, 0);
	struct topo_port ports[] = {make_port(3), make_port(1), make_port(2)};
	struct reader_port_list list;

	ports[2].poe_mw = VIEW_UNKNOWN_MW;
	ports[2].poe_class = -1;
	ports[2].poe_status = POE_NONE;
	ports[2].changed_ms = 0;
	put_ports(f, sw, 0, ports, 3);
	put_ports(f, sw2, 0, ports, 1);
	assert_true(store_batch_bytes(f->batch) > 4 * sizeof(ports[0]));
	fixture_commit(f);
	fixture_reopen(f);
	list = read_ports(f, sw);
	assert_int_equal(list.count, 3);
	assert_true(topo_port_same(&list.items[0].port, &ports[1]));
	assert_true(topo_port_same(&list.items[1].port, &ports[2]));
	assert_true(topo_port_same(&list.items[2].port, &ports[0]));
	assert_int_equal(list.items[0].device, sw);
	assert_true(list.items[0].seen_ms == AT(0));
	reader_port_list_fini(&list);
	assert_int_equal(fixture_sql_int(f->path, "SELECT count(*) FROM port WHERE oper ="
						  " 'lowerLayerDown' AND poe = 'delivering'"),
			 3);
	/* one is missing now, one is new; the other switch is as it was */
	ports[0] = make_port(4);
	put_ports(f, sw, 10, ports, 3);
	fixture_commit(f);
	list = read_ports(f, 0);
	assert_int_equal(list.count, 4);
	assert_int_equal(list.items[2].port.if_index, 4);
	assert_int_equal(list.items[3].port.if_index, 3);
	reader_port_list_fini(&list);
	put_ports(f, sw, 20, NULL, 0);
	fixture_commit(f);
	list = read_ports(f, sw);
	assert_int_equal(list.count, 0);
}

/* True if the port as it is now costs a write, `at_s` after the first. */
static bool
port_writes(struct fixture *f, uint32_t device, int64_t at_s, struct topo_port port)
{
	put_ports(f, device, at_s, &port, 1);
	return fixture_writes(f);
}

static void
test_restless_ports(void **state)
{
	struct fixture *f = *state;
	uint32_t sw = fixture_declare(f, "acc1", KIND_SWITCH, 0);
	struct topo_port port = make_port(1);
	struct reader_port_list list;

	put_ports(f, sw, 0, &port, 1);
	fixture_commit(f);
	assert_false(port_writes(f, sw, 600, port));
	port.poe_mw = 6500; /* less than half a watt */
	port.changed_ms += 9000;
	assert_false(port_writes(f, sw, 1200, port));
	port.poe_mw = 6709; /* a tenth, and more than half a watt */
	assert_false(port_writes(f, sw, 1200, port));
	port.poe_mw = 6710;
	assert_true(port_writes(f, sw, 1800, port));
	port.poe_mw = VIEW_UNKNOWN_MW;
	assert_true(port_writes(f, sw, 1800, port));
	port.stations = 3; /* on an edge port each one counts */
	assert_true(port_writes(f, sw, 2400, port));
	port.stations = 400;
	assert_true(port_writes(f, sw, 2400, port));
	port.stations = 499;
	assert_false(port_writes(f, sw, 2400, port));
	port.changed_ms += 11000; /* the link went down and up */
	assert_true(port_writes(f, sw, 2400, port));
	port.stations = 400;
	assert_false(port_writes(f, sw, 2500, port));
	/* with the hourly note all is made exact */
	assert_true(port_writes(f, sw, 3600 + 31 * 30, port));
	list = read_ports(f, sw);
	assert_int_equal(list.items[0].port.stations, 400);
	assert_true(list.items[0].seen_ms == AT(3600 + 31 * 30));
	reader_port_list_fini(&list);
	assert_false(port_writes(f, sw, 2 * 3600, port));
	snprintf(port.alias, sizeof(port.alias), "yard");
	assert_true(port_writes(f, sw, 2 * 3600, port));
}

int
main(void)
{
#define TEST(test) cmocka_unit_test_setup_teardown(test, fixture_setup, fixture_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_ports),
		TEST(test_restless_ports),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
