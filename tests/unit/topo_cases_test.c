/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The inference on a small network (tests/topo/net.h): one case for each thing that can be told or
 * can happen.
 */
#include "../topo/net.h"

#include <stdio.h>
#include <string.h>

static void
test_neighbours(void **state)
{
	struct net net;

	(void)state;
	net_open(&net);
	net_round(&net, NULL, NULL, NULL);
	net_round(&net, NULL, NULL, NULL);
	net_assert_at(&net, ACC1, CORE, "p1", 90);
	net_assert_at(&net, ACC2, CORE, "p2", 90);
	assert_string_equal(topo_link_of(net.topo, ACC1)->device_port, "up1");
	net_assert_at(&net, CAM1, ACC1, "p1", TOPO_CONFIDENCE_HIGH);
	net_assert_at(&net, CAM2, ACC1, "p2", TOPO_CONFIDENCE_HIGH);
	net_assert_at(&net, CAM4, ACC2, "p2", TOPO_CONFIDENCE_HIGH);
	assert_null(topo_link_of(net.topo, CORE));
	net_assert_still(&net);
	/* The same again: nothing to store. */
	net_update(&net);
	net_round(&net, NULL, NULL, NULL);
	net_update(&net);
	assert_int_equal(net.changes.link_count, 0);
	assert_int_equal(net.changes.switch_count, 0);
	topo_free(net.topo);
}

/* No LLDP anywhere: the switches' own MACs and those of the cameras tell the tree. */
static void
test_fdb_only(void **state)
{
	struct net net;

	(void)state;
	net_open(&net);
	for (int i = 0; i < 3; i++)
		net_round(&net,
			  CORE_PORTS "m 103,103 mon,101 c1,101 c2,102 c3,102 c4,101 acc1,102 acc2",
			  ACC_PORTS "9 core,9 mon,1 c1,2 c2,9 c3",
			  ACC_PORTS "9 core,9 mon,1 c3,2 c4,9 c1");
	net_assert_at(&net, ACC1, CORE, "p1", TOPO_CONFIDENCE_LOW);
	net_assert_at(&net, ACC2, CORE, "p2", TOPO_CONFIDENCE_LOW);
	net_assert_at(&net, CAM1, ACC1, "p1", TOPO_CONFIDENCE_HIGH);
	net_assert_at(&net, CAM3, ACC2, "p1", TOPO_CONFIDENCE_HIGH);
	net_assert_still(&net);
	topo_free(net.topo);
}

static void
test_move(void **state)
{
	const char *core = CORE_LLDP "102 c1,101 c2,102 c3,102 c4,101 acc1,102 acc2";
	struct net net;

	(void)state;
	net_open(&net);
	for (int i = 0; i < 3; i++)
		net_round(&net, NULL, NULL, NULL);
	/* c1 goes to acc2 p4; its row on acc1 stays for a round. */
	net_round(&net, core, ACC1_LLDP "1 c1,2 c2", ACC2_LLDP "1 c3,2 c4,4 c1");
	net_round(&net, core, ACC1_LLDP "9 c1,2 c2", ACC2_LLDP "1 c3,2 c4,4 c1");
	assert_int_equal(net.events[TOPO_EVENT_MOVED], 1);
	assert_string_equal(net.last[TOPO_EVENT_MOVED].from, "acc1 p1");
	assert_string_equal(net.last[TOPO_EVENT_MOVED].to, "acc2 p4");
	net_assert_at(&net, CAM1, ACC2, "p4", TOPO_CONFIDENCE_LOW);
	net_round(&net, core, ACC1_LLDP "2 c2", ACC2_LLDP "1 c3,2 c4,4 c1");
	assert_int_equal(net.events[TOPO_EVENT_MOVED], 1);
	assert_int_equal(net.events[TOPO_EVENT_REPLACED], 0);
	assert_int_equal(net.events[TOPO_EVENT_NEW_MAC], 0);
	topo_free(net.topo);
}

static void
test_swap(void **state)
{
	struct net net;

	(void)state;
	net_open(&net);
	for (int i = 0; i < 3; i++)
		net_round(&net, NULL, NULL, NULL);
	for (int i = 0; i < 2; i++)
		net_round(&net, NULL, ACC1_LLDP "2 c1,1 c2", NULL);
	assert_int_equal(net.events[TOPO_EVENT_MOVED], 2);
	assert_int_equal(net.events[TOPO_EVENT_REPLACED], 0);
	assert_int_equal(net.events[TOPO_EVENT_NEW_MAC], 0);
	net_assert_at(&net, CAM1, ACC1, "p2", TOPO_CONFIDENCE_LOW);
	net_assert_at(&net, CAM2, ACC1, "p1", TOPO_CONFIDENCE_LOW);
	topo_free(net.topo);
}

static void
test_replaced(void **state)
{
	const char *core = CORE_LLDP "101 n1,101 c2,102 c3,102 c4,101 acc1,102 acc2";
	struct net net;

	(void)state;
	net_open(&net);
	for (int i = 0; i < 3; i++)
		net_round(&net, NULL, NULL, NULL);
	net.arp[0].mac = net_mac("n1");
	for (int i = 0; i < 2; i++)
		net_round(&net, core, ACC1_LLDP "1 n1,2 c2", NULL);
	assert_int_equal(net.events[TOPO_EVENT_REPLACED], 1);
	assert_int_equal(net.last[TOPO_EVENT_REPLACED].device, CAM1);
	assert_int_equal(net.events[TOPO_EVENT_MOVED], 0);
	assert_int_equal(net.events[TOPO_EVENT_DUPLICATE_IP], 0);
	net_assert_at(&net, CAM1, ACC1, "p1", TOPO_CONFIDENCE_LOW);
	assert_true(topo_link_of(net.topo, CAM1)->mac == net_mac("n1"));
	topo_free(net.topo);
}

static void
test_duplicate(void **state)
{
	struct net net;

	(void)state;
	net_open(&net);
	for (int i = 0; i < 3; i++)
		net_round(&net, NULL, NULL, NULL);
	/* c3 answers for c1's address, too. */
	net.arp[0].mac = net_mac("c3");
	for (int i = 0; i < 3; i++)
		net_round(&net, NULL, NULL, NULL);
	assert_int_equal(net.events[TOPO_EVENT_DUPLICATE_IP], 1);
	assert_int_equal(net.last[TOPO_EVENT_DUPLICATE_IP].device, CAM1);
	assert_int_equal(net.events[TOPO_EVENT_REPLACED], 0);
	assert_int_equal(net.events[TOPO_EVENT_MOVED], 0);
	net_assert_at(&net, CAM1, ACC1, "p1", TOPO_CONFIDENCE_HIGH);
	net_assert_at(&net, CAM3, ACC2, "p1", TOPO_CONFIDENCE_HIGH);
	topo_free(net.topo);
}

/* Whose address it is is known after two readings of ARP, even if nothing else happens in between
 * and the second began before the first was worked off. */
static void
test_duplicate_of_late_comer(void **state)
{
	const char *core = CORE_LLDP "101 c1,101 c2,102 c3,102 c4,101 acc1,102 acc2";
	const struct view_arp other = {.ip = {.family = 4, .bytes = {10, 9, 9, 9}},
				       .mac = net_mac("x9")};
	struct view_arp row;
	struct net net;

	(void)state;
	net_open(&net);
	row = net.arp[0];
	net.arp[0] = other;
	for (int i = 0; i < 5; i++)
		net_round(&net, NULL, NULL, NULL);
	net.arp[0] = row;
	net_view(&net, CORE, "core", core);
	net.now_ms += 5000;
	net_update(&net);
	for (int i = 0; i < 3; i++) {
		net_view(&net, ACC1, "acc1", ACC1_LLDP "1 c1,2 c2");
		net_update(&net);
	}
	net.now_ms -= 7000;
	net_view(&net, CORE, "core", core);
	net.now_ms += 7000;
	net_update(&net);
	net.arp[0].mac = net_mac("c3");
	for (int i = 0; i < 3; i++)
		net_round(&net, NULL, NULL, NULL);
	assert_int_equal(net.events[TOPO_EVENT_DUPLICATE_IP], 1);
	assert_int_equal(net.last[TOPO_EVENT_DUPLICATE_IP].device, CAM1);
	topo_free(net.topo);
}

static void
test_stranger(void **state)
{
	struct net net;

	(void)state;
	net_open(&net);
	for (int i = 0; i < 3; i++)
		net_round(&net, NULL, NULL, NULL);
	net_round(&net, NULL, ACC1_LLDP "1 c1,1 x9,2 c2", NULL);
	assert_int_equal(net.events[TOPO_EVENT_NEW_MAC], 1);
	assert_int_equal(net.last[TOPO_EVENT_NEW_MAC].device, ACC1);
	assert_string_equal(net.last[TOPO_EVENT_NEW_MAC].from, "acc1 p1");
	net_round(&net, NULL, ACC1_LLDP "1 c1,2 c2", NULL);
	net_round(&net, NULL, ACC1_LLDP "1 c1,1 x9,2 c2", NULL);
	assert_int_equal(net.events[TOPO_EVENT_NEW_MAC], 1);
	topo_free(net.topo);
}

/* After a restart, what was known is neither forgotten nor told again. */
static void
test_restart(void **state)
{
	struct net net, next;

	(void)state;
	net_open(&net);
	for (int i = 0; i < 3; i++)
		net_round(&net, NULL, NULL, NULL);
	net_open(&next);
	next.now_ms = net.now_ms;
	for (uint32_t id = 1; id <= CAM4; id++) {
		const struct topo_link *link = topo_link_of(net.topo, id);

		if (link != NULL)
			assert_int_equal(topo_restore(next.topo, link), 0);
	}
	net_assert_at(&next, CAM1, ACC1, "p1", TOPO_CONFIDENCE_HIGH);
	for (int i = 0; i < 3; i++)
		net_round(&next, NULL, NULL, NULL);
	net_assert_still(&next);
	net_assert_at(&next, CAM1, ACC1, "p1", TOPO_CONFIDENCE_HIGH);
	net_assert_at(&next, ACC1, CORE, "p1", TOPO_CONFIDENCE_HIGH);
	/* It was moved while nobody looked on. */
	topo_free(net.topo);
	topo_free(next.topo);
}

static void
test_dark(void **state)
{
	uint8_t confidence;
	struct net net;

	(void)state;
	net_open(&net);
	for (int i = 0; i < 3; i++)
		net_round(&net, NULL, NULL, NULL);
	confidence = topo_link_of(net.topo, CAM1)->confidence;
	topo_set_alive(net.topo, CAM1, false, net.now_ms);
	for (int i = 0; i < 5; i++)
		net_round(&net, CORE_LLDP "101 c2,102 c3,102 c4,101 acc1,102 acc2",
			  "p1 1 down,p2 2,p3 3,p4 4,up1 9,9 > core p1,9 core,2 c2", NULL);
	net_assert_at(&net, CAM1, ACC1, "p1", confidence);
	/* One that answers, but is not seen for over a week, is let go. */
	topo_set_alive(net.topo, CAM1, true, net.now_ms);
	net.now_ms += INT64_C(8) * 24 * 3600 * 1000;
	net_round(&net, CORE_LLDP "101 c2,102 c3,102 c4,101 acc1,102 acc2", ACC1_LLDP "2 c2", NULL);
	assert_null(topo_link_of(net.topo, CAM1));
	topo_free(net.topo);
}

static void
test_between(void **state)
{
	const struct topo_link *link;
	struct net net;

	(void)state;
	net_open(&net);
	for (int i = 0; i < 3; i++)
		net_round(&net, NULL, ACC1_LLDP "1 c1,1 phone:desk,1 > phone:desk 1,2 c2",
			  ACC2_LLDP "1 c3,1 c4,1 x1,1 x2,1 > bridge:shed 1");
	link = topo_link_of(net.topo, CAM1);
	net_assert_at(&net, CAM1, ACC1, "p1", TOPO_CONFIDENCE_LOW);
	assert_int_equal(link->via, VIA_SHARED);
	assert_non_null(strstr(link->why, "telephone"));
	link = topo_link_of(net.topo, CAM3);
	net_assert_at(&net, CAM3, ACC2, "p1", TOPO_CONFIDENCE_LOW);
	assert_int_equal(link->via, VIA_NAMED);
	assert_string_equal(link->parent_name, "shed");
	topo_free(net.topo);
}

/* Both cables of an aggregation are one link, at the aggregation. */
static void
test_aggregation(void **state)
{
	struct net net;

	(void)state;
	net_open(&net);
	for (int i = 0; i < 3; i++)
		net_round(&net,
			  "p1 101 lag 200,p3 103 lag 200,po1 200,p2 102,101 > acc1 up1,103 > acc1 "
			  "up2,"
			  "102 > acc2 up1,200 c1,200 c2,102 c3,102 c4,200 acc1,102 acc2",
			  "p1 1,p2 2,up1 9 lag 20,up2 10 lag 20,po1 20,9 > core p1,10 > core p3,"
			  "20 core,1 c1,2 c2,9 c3",
			  NULL);
	net_assert_at(&net, ACC1, CORE, "po1", 90);
	assert_string_equal(topo_link_of(net.topo, ACC1)->device_port, "po1");
	net_assert_at(&net, CAM1, ACC1, "p1", TOPO_CONFIDENCE_HIGH);
	net_assert_still(&net);
	topo_free(net.topo);
}

static void
test_declared(void **state)
{
	struct net net;

	(void)state;
	net_open(&net);
	net_device(&net, CAM1, "c1", KIND_CAMERA, ACC1, "port 3");
	net_device(&net, CAM2, "c2", KIND_CAMERA, ACC1, "2");
	for (int i = 0; i < 4; i++)
		net_round(&net, NULL, NULL, NULL);
	assert_int_equal(topo_link_of(net.topo, CAM2)->source, TOPO_DECLARED);
	net_assert_at(&net, CAM2, ACC1, "p2", 90);
	assert_false(topo_link_of(net.topo, CAM2)->is_contradicted);
	net_device(&net, CAM1, "c1", KIND_CAMERA, ACC1, "p3");
	for (int i = 0; i < 3; i++)
		net_round(&net, NULL, NULL, NULL);
	net_assert_at(&net, CAM1, ACC1, "p3", 1);
	assert_true(topo_link_of(net.topo, CAM1)->is_contradicted);
	assert_non_null(strstr(topo_link_of(net.topo, CAM1)->why, "acc1 p1"));
	assert_int_equal(topo_link_of(net.topo, CAM1)->seen_parent, ACC1);
	assert_int_not_equal(topo_link_of(net.topo, CAM1)->seen_if_index, 0);
	assert_string_equal(topo_link_of(net.topo, CAM1)->seen_port, "p1");
	assert_int_equal(net.events[TOPO_EVENT_CONTRADICTED], 1);
	assert_string_equal(net.last[TOPO_EVENT_CONTRADICTED].to, "acc1 p1");
	assert_non_null(strstr(net.last[TOPO_EVENT_CONTRADICTED].detail, " % sure"));
	for (int i = 0; i < 3; i++)
		net_round(&net, NULL, ACC1_LLDP "3 c1,2 c2", NULL);
	assert_int_equal(net.events[TOPO_EVENT_AGREED], 1);
	assert_false(topo_link_of(net.topo, CAM1)->is_contradicted);
	assert_int_equal(topo_link_of(net.topo, CAM1)->seen_parent, 0);
	assert_string_equal(topo_link_of(net.topo, CAM1)->seen_port, "");
	topo_free(net.topo);
}

static void
test_vlans(void **state)
{
	static uint64_t allowed[64] = {[0] = 1U << 20};
	struct topo_params params = {.security_kinds = 1U << KIND_CAMERA};
	struct net net;

	(void)state;
	params.allowed_vlans[KIND_CAMERA] = allowed;
	net_open_with(&net, &params);
	for (int i = 0; i < 3; i++)
		net_round(&net, NULL, ACC1_LLDP "1 c1 v20,2 c2 v30", ACC2_LLDP "1 c3 v20,2 c4 v20");
	assert_int_equal(net.events[TOPO_EVENT_WRONG_VLAN], 1);
	assert_int_equal(net.last[TOPO_EVENT_WRONG_VLAN].device, CAM2);
	for (int i = 0; i < 3; i++)
		net_round(&net, NULL, ACC1_LLDP "1 c1 v20,2 c2 v20", ACC2_LLDP "1 c3 v20,2 c4 v20");
	assert_int_equal(net.events[TOPO_EVENT_VLAN_RIGHT], 1);
	topo_free(net.topo);
}

/* A router that answers for all is no evidence where anything is. */
static void
test_proxy(void **state)
{
	struct net net;

	(void)state;
	net_open(&net);
	for (int i = 0; i < 4; i++)
		net.arp[i].mac = net_mac("router");
	for (int i = 0; i < 2; i++)
		net_round(&net, CORE_LLDP "101 router,101 acc1,102 acc2", ACC1_LLDP "3 router",
			  NULL);
	for (uint32_t i = 0; i < 4; i++)
		assert_null(topo_link_of(net.topo, CAM1 + i));
	net_assert_still(&net);
	topo_free(net.topo);
}

static void
test_uplink(void **state)
{
	struct net net;

	(void)state;
	net_open(&net);
	for (int i = 0; i < 3; i++)
		net_round(&net, NULL, NULL, NULL);
	/* acc2 is moved from the core to acc1 p4. */
	for (int i = 0; i < 2; i++)
		net_round(&net,
			  "p1 101,p2 102 down,101 > acc1 up1,101 c1,101 c2,101 c3,101 c4,101 "
			  "acc1,101 acc2",
			  ACC1_LLDP "4 > acc2 up1,1 c1,2 c2,4 c3,4 c4,4 acc2",
			  ACC_PORTS "9 > acc1 p4,9 core,9 acc1,1 c3,2 c4");
	assert_int_equal(net.events[TOPO_EVENT_UPLINK_CHANGED], 1);
	assert_string_equal(net.last[TOPO_EVENT_UPLINK_CHANGED].from, "core p2");
	assert_string_equal(net.last[TOPO_EVENT_UPLINK_CHANGED].to, "acc1 p4");
	net_assert_at(&net, CAM3, ACC2, "p1", TOPO_CONFIDENCE_LOW);
	assert_int_equal(net.events[TOPO_EVENT_MOVED], 0);
	topo_free(net.topo);
}

/* The switch that was read first is the root as long as it is the only one, and no longer; where
 * the monitor is shows by its gateway alone, which no FDB has. */
static void
test_first_read(void **state)
{
	const struct ipaddr gateway = {.family = 4, .bytes = {10, 0, 9, 1}};
	const struct view_arp arp = {.ip = gateway, .mac = net_mac("core")};
	const mac_addr monitor = net_mac("monitor");
	struct net net;

	(void)state;
	net_open(&net);
	assert_int_equal(topo_host_arp_put(net.topo, &arp, 1, net.now_ms), 0);
	assert_int_equal(topo_monitor_put(net.topo, &monitor, 1, &gateway, 1, net.now_ms), 0);
	net_view(&net, ACC2, "acc2", ACC2_LLDP "1 c3,2 c4,9 c1,9 c2");
	net_update(&net);
	net_round(&net, NULL, NULL, NULL);
	assert_null(topo_link_of(net.topo, CORE));
	net_assert_at(&net, ACC1, CORE, "p1", TOPO_CONFIDENCE_LOW);
	net_assert_at(&net, ACC2, CORE, "p2", TOPO_CONFIDENCE_LOW);
	net_round(&net, NULL, NULL, NULL);
	net_assert_at(&net, ACC2, CORE, "p2", TOPO_CONFIDENCE_HIGH);
	net_assert_at(&net, CAM3, ACC2, "p1", TOPO_CONFIDENCE_HIGH);
	assert_int_equal(net.events[TOPO_EVENT_MOVED], 0);
	topo_free(net.topo);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_neighbours),
		cmocka_unit_test(test_fdb_only),
		cmocka_unit_test(test_move),
		cmocka_unit_test(test_swap),
		cmocka_unit_test(test_replaced),
		cmocka_unit_test(test_duplicate),
		cmocka_unit_test(test_duplicate_of_late_comer),
		cmocka_unit_test(test_stranger),
		cmocka_unit_test(test_restart),
		cmocka_unit_test(test_dark),
		cmocka_unit_test(test_between),
		cmocka_unit_test(test_aggregation),
		cmocka_unit_test(test_declared),
		cmocka_unit_test(test_vlans),
		cmocka_unit_test(test_proxy),
		cmocka_unit_test(test_uplink),
		cmocka_unit_test(test_first_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
