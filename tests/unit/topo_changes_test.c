/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What looks like a change and is none, and what is known where no switch has the MAC: on the small
 * network of tests/topo/net.h.
 */
#include "../topo/net.h"

#include "keepwatch/err.h"

#include <stdio.h>
#include <string.h>

static void
rounds(struct net *net, int count, const char *core, const char *acc1, const char *acc2)
{
	for (int i = 0; i < count; i++)
		net_round(net, core, acc1, acc2);
}

/* c4 is seen by nobody, but the core's ARP table has it, or that of its neighbours. */
static void
test_router(void **state)
{
	const struct topo_link *link;
	struct net net;

	(void)state;
	net_open(&net);
	for (int i = 0; i < 4; i++)
		net.arp[i].if_index = 102;
	rounds(&net, 2, NULL, NULL, ACC2_LLDP "1 c3");
	link = topo_link_of(net.topo, CAM4);
	assert_non_null(link);
	assert_int_equal(link->parent, ACC2); /* the core has its row towards acc2 */
	topo_free(net.topo);

	net_open(&net);
	for (int i = 0; i < 4; i++)
		net.arp[i].if_index = 102;
	rounds(&net, 2, CORE_LLDP "101 c1,101 c2,102 c3,101 acc1,102 acc2", NULL, ACC2_LLDP "1 c3");
	/* All on one interface: it is a host like others. */
	link = topo_link_of(net.topo, CAM4);
	assert_true(link == NULL || link->source != TOPO_ARP);
	topo_free(net.topo);

	net_open(&net);
	for (int i = 0; i < 4; i++)
		net.arp[i].if_index = i == 0 ? 101 : 102;
	rounds(&net, 2, CORE_LLDP "101 c1,101 c2,102 c3,101 acc1,102 acc2", NULL, ACC2_LLDP "1 c3");
	link = topo_link_of(net.topo, CAM4);
	assert_non_null(link);
	assert_int_equal(link->source, TOPO_ARP);
	assert_int_equal(link->parent, CORE);
	assert_int_equal(link->if_index, 102);
	assert_int_equal(link->via, VIA_DIRECT);
	assert_true(link->confidence <= 40);
	/* Its own row is gone, those of its network are not. */
	net.arp_count = 3;
	net.now_ms += INT64_C(3600000);
	rounds(&net, 2, CORE_LLDP "101 c1,101 c2,102 c3,101 acc1,102 acc2", NULL, ACC2_LLDP "1 c3");
	link = topo_link_of(net.topo, CAM4);
	assert_non_null(link);
	assert_int_equal(link->source, TOPO_ROUTE);
	assert_int_equal(link->parent, CORE);
	assert_int_equal(link->if_index, 102);
	assert_true(link->confidence <= 40);
	assert_non_null(strstr(link->why, "network"));
	net_assert_still(&net);
	/* And then a switch has it: that is no move. */
	net.arp_count = 4;
	rounds(&net, 2, NULL, NULL, NULL);
	net_assert_at(&net, CAM4, ACC2, "p2", TOPO_CONFIDENCE_HIGH);
	net_assert_still(&net);
	topo_free(net.topo);
}

static void
test_serial(void **state)
{
	struct net net;

	(void)state;
	net_open(&net);
	assert_int_equal(topo_serial_put(net.topo, 99, "ABC", START), ERR_NOTFOUND);
	assert_int_equal(topo_serial_put(net.topo, CAM1, "ACCC8E123456", START), 0);
	rounds(&net, 2, NULL, NULL, NULL);
	/* What is no serial, what is the same, and one that is told once by mistake. */
	assert_int_equal(topo_serial_put(net.topo, CAM1, "0000000", net.now_ms), 0);
	assert_int_equal(topo_serial_put(net.topo, CAM1, "", net.now_ms), 0);
	assert_int_equal(topo_serial_put(net.topo, CAM1, "ACCC8E999999", net.now_ms), 0);
	assert_int_equal(topo_serial_put(net.topo, CAM1, "ACCC8E123456", net.now_ms + 1), 0);
	assert_int_equal(topo_serial_put(net.topo, CAM1, "ACCC8E999999", net.now_ms + 2), 0);
	net_update(&net);
	net_assert_still(&net);
	/* Told twice: another camera. */
	assert_int_equal(topo_serial_put(net.topo, CAM1, "ACCC8E999999", net.now_ms + 3), 0);
	net_update(&net);
	assert_int_equal(net.events[TOPO_EVENT_REPLACED], 1);
	assert_non_null(strstr(net.last[TOPO_EVENT_REPLACED].from, "ACCC8E123456"));
	assert_non_null(strstr(net.last[TOPO_EVENT_REPLACED].to, "ACCC8E999999 at acc1 p1"));
	/* Dark in between: at once; and its MAC, which is another as well, is not told again. */
	net.now_ms += INT64_C(4) * 3600 * 1000;
	topo_set_alive(net.topo, CAM1, false, net.now_ms);
	topo_set_alive(net.topo, CAM1, true, net.now_ms + 1000);
	assert_int_equal(topo_serial_put(net.topo, CAM1, "ACCC8E777777", net.now_ms + 2000), 0);
	net.arp[0].mac = net_mac("other");
	rounds(&net, 3, CORE_LLDP "101 other,101 c2,102 c3,102 c4,101 acc1,102 acc2",
	       ACC1_LLDP "1 other,2 c2", NULL);
	assert_int_equal(net.events[TOPO_EVENT_REPLACED], 2);
	assert_int_equal(net.events[TOPO_EVENT_MOVED], 0);
	topo_free(net.topo);
}

/* Switches of which nothing changes are told once an hour, so that the store knows they are read.
 */
static void
test_hourly(void **state)
{
	struct net net;
	size_t told = 0;

	(void)state;
	net_open(&net);
	rounds(&net, 2, NULL, NULL, NULL);
	for (int i = 0; i < 12; i++) {
		net_round(&net, NULL, NULL, NULL);
		/* of the last update of the round: acc2 */
		told += net.changes.switch_count;
	}
	assert_true(told >= 1 && told <= 3);
	topo_free(net.topo);
}

#define CORE_LAG  "p1 101 lag 201,p2 102,p3 103 lag 201,po1 201,102 > acc2 up1,"
#define CORE_BARE "p1 101,p2 102,p3 103,po1 201,102 > acc2 up1,"

/* Members of an aggregation come and go with the tables they are guessed from. */
static void
test_lag(void **state)
{
	const char *members =
		CORE_LAG "101 > acc1 up1,201 c1,201 c2,102 c3,102 c4,201 acc1,102 acc2";
	const char *bare = CORE_BARE "101 > acc1 up1,101 c1,101 c2,102 c3,102 c4,101 acc1,102 acc2";
	struct net net;

	(void)state;
	net_open(&net);
	rounds(&net, 3, members, NULL, NULL);
	net_assert_at(&net, ACC1, CORE, "po1", TOPO_CONFIDENCE_HIGH);
	for (int i = 0; i < 4; i++) {
		rounds(&net, 2, bare, NULL, NULL);
		rounds(&net, 2, members, NULL, NULL);
	}
	net_assert_at(&net, ACC1, CORE, "po1", TOPO_CONFIDENCE_HIGH);
	net_assert_still(&net);
	/* For good. */
	rounds(&net, 5, bare, NULL, NULL);
	net_assert_at(&net, ACC1, CORE, "p1", TOPO_CONFIDENCE_HIGH);
	net_assert_still(&net);
	topo_free(net.topo);
}

/* After a restart the ports have other numbers, and the same names. */
static void
test_renumbered(void **state)
{
	const char *acc1 = "p1 51,p2 52,p3 53,p4 54,up1 59,59 > core p1,59 core,51 c1,52 c2";
	const char *core = "p1 501,p2 502,501 > acc1 up1,502 > acc2 up1,"
			   "501 c1,501 c2,502 c3,502 c4,501 acc1,502 acc2";
	struct net net;

	(void)state;
	net_open(&net);
	rounds(&net, 3, NULL, NULL, NULL);
	rounds(&net, 3, core, acc1, NULL);
	net_assert_at(&net, CAM1, ACC1, "p1", TOPO_CONFIDENCE_HIGH);
	assert_int_equal(topo_link_of(net.topo, CAM1)->if_index, 51);
	net_assert_at(&net, ACC1, CORE, "p1", TOPO_CONFIDENCE_HIGH);
	assert_int_equal(topo_link_of(net.topo, ACC1)->if_index, 501);
	net_assert_still(&net);
	topo_free(net.topo);
}

/* acc1 passes LLDP on: the core and acc2 hear each other through it. */
static void
test_passed_on(void **state)
{
	const char *core =
		"m 103,p1 101,101 > acc2 up1,103 mon,101 c1,101 c2,101 c3,101 c4,101 acc1,"
		"101 acc2";
	const char *acc1 = ACC_PORTS "9 core,9 mon,1 c1,2 c2,3 acc2,3 c3,3 c4";
	const char *acc2 = ACC_PORTS "9 > core p1,9 core,9 mon,9 acc1,9 c1,9 c2,1 c3,2 c4";
	mac_addr monitor = net_mac("mon");
	struct net net;

	(void)state;
	net_open(&net);
	assert_int_equal(topo_monitor_put(net.topo, &monitor, 1, NULL, 0, START), 0);
	rounds(&net, 3, core, acc1, acc2);
	net_assert_at(&net, ACC1, CORE, "p1", TOPO_CONFIDENCE_LOW);
	net_assert_at(&net, ACC2, ACC1, "p3", 1);
	net_assert_at(&net, CAM3, ACC2, "p1", TOPO_CONFIDENCE_HIGH);
	net_assert_still(&net);
	topo_free(net.topo);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_router),	   cmocka_unit_test(test_serial),
		cmocka_unit_test(test_hourly),	   cmocka_unit_test(test_lag),
		cmocka_unit_test(test_renumbered), cmocka_unit_test(test_passed_on),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
