/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One reading of a switch by the topology probe: what it brings home, what it asks for that, and
 * where it stops.
 */
#include "../snmp/switch_rig.h"

#include "keepwatch/clock.h"
#include "keepwatch/snmpc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { GIGABIT = 1000, ROUND_TRIPS_MAX = 60 };

static uint64_t
bit(enum fact_key key)
{
	return (uint64_t)1 << key;
}

static void
assert_filled(const struct switch_rig *rig)
{
	const struct switch_view *view = rig->result.view;
	size_t mapped = 0;

	ASSERT_OUTCOME(rig, OK, NONE);
	assert_string_equal(rig->result.detail, "");
	assert_non_null(view);
	for (int part = 0; part < VIEW_PART_COUNT; part++)
		assert_int_equal(view->trust[part], VIEW_WHOLE);
	assert_int_equal(view->port_count, 48);
	assert_int_equal(view->fdb_count, 1000);
	assert_int_equal(view->neighbour_count, 8);
	assert_string_equal(view->ports[47].name, "Gi1/0/48");
	assert_int_equal(view->ports[47].speed_mbps, GIGABIT);
	for (size_t i = 0; i < view->fdb_count; i++) {
		const struct view_fdb *row = &view->fdb[i];

		mapped += row->if_index == 101 + (row->mac & 0xffff) % 48;
	}
	assert_int_equal(mapped, 1000);
}

static void
test_whole(void **state)
{
	struct switch_rig *rig = *state;

	switch_rig_fill(rig);
	switch_rig_run(rig);
	assert_filled(rig);
	assert_int_equal(rig->result.lost, 0);
	assert_in_range(rig->result.rtt_us, 1, 600000);
	assert_in_range(rig->sw.heard, 1, ROUND_TRIPS_MAX);
	print_message("first reading: %u round trips\n", rig->sw.heard);
	/* And the next time it knows how much the switch bears at once. */
	rig->sw.heard = 0;
	switch_rig_run(rig);
	assert_filled(rig);
	assert_in_range(rig->sw.heard, 1, ROUND_TRIPS_MAX - 10);
	print_message("later ones: %u\n", rig->sw.heard);
}

/* An agent whose replies fit an Ethernet frame. */
static void
test_small_replies(void **state)
{
	struct switch_rig *rig = *state;

	switch_rig_fill(rig);
	rig->sw.max_bytes = 1400;
	switch_rig_run(rig);
	assert_filled(rig);
	assert_in_range(rig->sw.heard, 1, 100);
}

static void
test_facts(void **state)
{
	struct switch_rig *rig = *state;

	switch_rig_fill(rig);
	switch_rig_run(rig);
	assert_string_equal(switch_rig_fact(rig, FACT_NEIGHBOUR, "Gi1/0/3"), "dev-3 eth0 (lldp)");
	assert_string_equal(switch_rig_fact(rig, FACT_POE_SUPPLY, "1"),
			    "120 of 370 W, threshold 80 %");
	assert_string_equal(switch_rig_fact(rig, FACT_MODULE, "1"),
			    "chassis EX-48P, serial SN0001");
	assert_string_equal(switch_rig_fact(rig, FACT_MODULE, "2"), "(none)");
	assert_string_equal(switch_rig_fact(rig, FACT_STP_ROOT, NULL), "32768/00:16:3e:ff:00:09");
	assert_string_equal(switch_rig_fact(rig, FACT_CHASSIS_ID, NULL), "00:16:3e:ff:00:01");
	assert_string_equal(switch_rig_fact(rig, FACT_BRIDGE_MAC, NULL), "00:16:3e:ff:00:01");
	assert_string_equal(switch_rig_fact(rig, FACT_TABLES, "forwarding"), "(none)");
	assert_int_equal(rig->result.complete, bit(FACT_NEIGHBOUR) | bit(FACT_POE_SUPPLY) |
						       bit(FACT_MODULE) | bit(FACT_TABLES));
}

/* Two neighbours on one port stand beside each other. */
static void
test_joined_neighbours(void **state)
{
	struct switch_rig *rig = *state;

	switch_rig_fill(rig);
	switch_put_number(&rig->sw, 0, "1.0.8802.1.1.2.1.4.1.1.4.0.3.99", UINT32_MAX, VB_INTEGER,
			  7);
	switch_put_text(&rig->sw, "1.0.8802.1.1.2.1.4.1.1.5.0.3.99", UINT32_MAX, "phone");
	switch_put_number(&rig->sw, 0, "1.0.8802.1.1.2.1.4.1.1.6.0.3.99", UINT32_MAX, VB_INTEGER,
			  7);
	switch_put_text(&rig->sw, "1.0.8802.1.1.2.1.4.1.1.7.0.3.99", UINT32_MAX, "port 1");
	switch_rig_run(rig);
	assert_non_null(strstr(switch_rig_fact(rig, FACT_NEIGHBOUR, "Gi1/0/3"), "dev-3 eth0"));
	assert_non_null(strstr(switch_rig_fact(rig, FACT_NEIGHBOUR, "Gi1/0/3"), "; "));
	assert_non_null(
		strstr(switch_rig_fact(rig, FACT_NEIGHBOUR, "Gi1/0/3"), "phone port 1 (lldp)"));
}

/* Nothing changed: nothing to write but what is volatile. */
static void
test_same_again(void **state)
{
	struct switch_rig *rig = *state;
	struct fact_list before = {0};
	uint64_t complete;

	switch_rig_fill(rig);
	switch_rig_run(rig);
	for (size_t i = 0; i < rig->result.facts.count; i++) {
		const struct fact *fact = &rig->result.facts.items[i];

		assert_int_equal(fact_add(&before, fact->key, fact->instance, fact->value), 0);
	}
	complete = rig->result.complete;
	switch_set_number(&rig->sw, "1.3.6.1.2.1.1.3.0", 8700000);
	switch_set_number(&rig->sw, "1.3.6.1.2.1.105.1.3.1.1.4.1", 130);
	switch_rig_run(rig);
	assert_int_equal(rig->result.complete, complete);
	assert_int_equal(rig->result.facts.count, before.count);
	for (size_t i = 0; i < before.count; i++) {
		const struct fact *fact = &before.items[i];

		if (!fact_is_volatile(fact->key))
			assert_string_equal(switch_rig_fact(rig, fact->key, fact->instance),
					    fact->value);
	}
	assert_string_equal(switch_rig_fact(rig, FACT_POE_SUPPLY, "1"),
			    "130 of 370 W, threshold 80 %");
	fact_list_fini(&before);
}

static void
test_v1(void **state)
{
	struct switch_rig *rig = *state;

	switch_put_system(&rig->sw, "1.3.6.1.4.1.32473.7");
	switch_put_ports(&rig->sw, 8);
	switch_put_base_ports(&rig->sw, 0, 8);
	switch_put_qfdb(&rig->sw, 40, 8);
	switch_rig_use(rig, PROBE_TOPOLOGY, SNMP_V1);
	switch_rig_run(rig);
	ASSERT_OUTCOME(rig, OK, NONE);
	assert_string_equal(rig->result.detail, "");
	assert_int_equal(rig->result.view->port_count, 8);
	assert_int_equal(rig->result.view->fdb_count, 40);
	assert_string_equal(rig->result.view->sys_name, "acc-1");
	assert_int_equal(rig->sw.bulks, 0);
	ASSERT_TRUST(rig, POE, WHOLE);
}

/* Tables that are not there cost nothing but the check. */
static void
test_absent(void **state)
{
	struct switch_rig *rig = *state;

	switch_put_system(&rig->sw, "1.3.6.1.4.1.32473.7");
	switch_rig_run(rig);
	ASSERT_OUTCOME(rig, OK, NONE);
	assert_int_equal(rig->sw.gets, 1);
	assert_int_equal(rig->sw.bulks, 0);
	assert_in_range(rig->sw.nexts, 1, 6);
	for (int part = 0; part < VIEW_PART_COUNT; part++)
		assert_int_equal(rig->result.view->trust[part], VIEW_WHOLE);
	assert_int_equal(rig->result.view->port_count, 0);
}

static void
test_options(void **state)
{
	struct switch_rig *rig = *state;

	switch_rig_fill(rig);
	switch_put_number(&rig->sw, 0, "1.3.6.1.2.1.4.22.1.1.101.10.0.0.1", UINT32_MAX, VB_INTEGER,
			  101);
	switch_put_bytes(&rig->sw, 0, "1.3.6.1.2.1.4.22.1.2.101.10.0.0.1", UINT32_MAX,
			 "\x00\x16\x3e\x01\x02\x03", 6);
	switch_rig_run(rig);
	assert_int_equal(rig->result.view->arp_count, 1);
	switch_rig_set(rig, OPT_TOPOLOGY_ARP, 0);
	switch_rig_set(rig, OPT_TOPOLOGY_ENTITIES, 0);
	switch_rig_set(rig, OPT_TOPOLOGY_POE, 0);
	switch_rig_run(rig);
	ASSERT_OUTCOME(rig, OK, NONE);
	assert_string_equal(rig->result.detail, "");
	assert_int_equal(rig->result.view->arp_count, 0);
	ASSERT_TRUST(rig, ARP, NOT_READ);
	ASSERT_TRUST(rig, POE, NOT_READ);
	ASSERT_TRUST(rig, ENTITIES, NOT_READ);
	ASSERT_TRUST(rig, PORTS, WHOLE);
	assert_int_equal(rig->result.complete, bit(FACT_NEIGHBOUR) | bit(FACT_TABLES));
}

/* ---- old Cisco IOS */

static void
put_cisco(struct switch_rig *rig)
{
	switch_put_system(&rig->sw, "1.3.6.1.4.1.9.1.324");
	switch_put_ports(&rig->sw, 8);
	for (uint32_t vlan = 10; vlan <= 30; vlan += 10) {
		switch_put_number(&rig->sw, 0, "1.3.6.1.4.1.9.9.46.1.3.1.1.2.1", vlan, VB_INTEGER,
				  1);
		if (vlan == 30)
			continue; /* it has no bridge: nobody answers there */
		switch_put_base_ports(&rig->sw, (uint16_t)vlan, 8);
		switch_put_fdb(&rig->sw, (uint16_t)vlan, vlan * 10, 12, 8);
	}
	for (uint32_t port = 101; port <= 108; port++)
		switch_put_number(&rig->sw, 0, "1.3.6.1.4.1.9.9.68.1.2.2.1.2", port, VB_INTEGER,
				  port < 105 ? 10 : 20);
}

static void
test_vlan_contexts(void **state)
{
	struct switch_rig *rig = *state;
	size_t of_10 = 0, of_20 = 0;
	unsigned heard;

	put_cisco(rig);
	switch_rig_run(rig);
	ASSERT_OUTCOME(rig, OK, NONE);
	assert_string_equal(rig->result.detail, "");
	ASSERT_TRUST(rig, FDB, WHOLE);
	assert_int_equal(rig->result.view->fdb_count, 24);
	for (size_t i = 0; i < 24; i++) {
		assert_in_range(rig->result.view->fdb[i].if_index, 101, 108);
		of_10 += rig->result.view->fdb[i].vlan == 10;
		of_20 += rig->result.view->fdb[i].vlan == 20;
	}
	assert_int_equal(of_10, 12);
	assert_int_equal(of_20, 12);
	/* The VLAN that does not answer is not waited for again. */
	assert_true(rig->result.lost > 0);
	switch_rig_run(rig);
	assert_int_equal(rig->result.view->fdb_count, 24);
	assert_int_equal(rig->result.lost, 0);
	/* A VLAN's stations that are gone are doubted; and believed the next time. */
	switch_drop(&rig->sw, "1.3.6.1.2.1.17.4.3", 1);
	switch_rig_run(rig);
	ASSERT_TRUST(rig, FDB, DOUBTED);
	switch_rig_run(rig);
	ASSERT_TRUST(rig, FDB, WHOLE);
	heard = rig->sw.heard;
	switch_rig_set(rig, OPT_TOPOLOGY_VLAN_CONTEXTS, 0);
	switch_rig_run(rig);
	assert_int_equal(rig->result.view->fdb_count, 0);
	assert_true(rig->sw.heard - heard < 20);
}

/* ---- bounds */

static void
test_max_rows(void **state)
{
	struct switch_rig *rig = *state;

	switch_rig_fill(rig);
	switch_rig_set(rig, OPT_TOPOLOGY_MAX_ROWS, 100);
	switch_rig_run(rig);
	ASSERT_OUTCOME(rig, OK, NONE);
	ASSERT_TRUST(rig, FDB, CUT);
	ASSERT_TRUST(rig, PORTS, WHOLE);
	assert_in_range(rig->result.view->fdb_count, 90, 110);
	assert_string_equal(rig->result.detail, "forwarding cut");
	assert_string_equal(switch_rig_fact(rig, FACT_TABLES, "forwarding"),
			    "cut: more rows than max_rows");
}

static void
test_max_time(void **state)
{
	struct switch_rig *rig = *state;

	switch_rig_fill(rig);
	rig->sw.max_bytes = 200;
	switch_rig_set(rig, OPT_TOPOLOGY_MAX_TIME, 200);
	switch_rig_set(rig, OPT_TOPOLOGY_GAP, 10);
	switch_rig_run(rig);
	ASSERT_OUTCOME(rig, OK, NONE);
	assert_in_range(rig->result.took_ms, 190, 200 + 5 * 2 * SWITCH_RIG_TIMEOUT_MS);
	ASSERT_TRUST(rig, POE, NOT_READ);
	assert_true(rig->result.view->trust[VIEW_PORTS] < VIEW_WHOLE);
	assert_non_null(strstr(rig->result.detail, "forwarding cut"));
	assert_string_equal(switch_rig_fact(rig, FACT_TABLES, "poe"), "cut: longer than max_time");
}

static void
test_gap(void **state)
{
	struct switch_rig *rig = *state;

	switch_put_system(&rig->sw, "1.3.6.1.4.1.32473.7");
	switch_put_ports(&rig->sw, 12);
	switch_rig_set(rig, OPT_TOPOLOGY_GAP, 20);
	switch_rig_run(rig);
	ASSERT_OUTCOME(rig, OK, NONE);
	assert_true(rig->sw.heard > 3);
	assert_true(rig->sw.min_gap_us >= 10000); /* the reply is on its way some of that time */
}

static void
test_cancel(void **state)
{
	struct switch_rig *rig = *state;

	switch_rig_fill(rig);
	switch_rig_set(rig, OPT_TOPOLOGY_GAP, 1);
	for (unsigned at = 0; at < 20; at += 2) {
		unsigned heard = rig->sw.heard;
		struct probe_run *run = switch_rig_start(rig);

		while (rig->sw.heard < heard + at && rig->ends == 0)
			switch_rig_turn(rig);
		assert_int_equal(rig->ends, 0);
		probe_run_cancel(run);
		assert_int_equal(rig->ends, 1);
		ASSERT_OUTCOME(rig, ERROR, CANCELED);
		assert_null(rig->result.view);
		assert_int_equal(snmpc_stats(rig->env.snmp).in_flight, 0);
	}
}

static void
test_budget(void **state)
{
	struct switch_rig *rig = *state;

	switch_rig_set(rig, OPT_TOPOLOGY_MAX_TIME, 30000);
	assert_in_range(probe_run_budget_ms(&rig->settings), 30000 + 2 * SWITCH_RIG_TIMEOUT_MS,
			30000 + 20 * SWITCH_RIG_TIMEOUT_MS);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, switch_rig_setup, switch_rig_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_whole),
		TEST(test_small_replies),
		TEST(test_facts),
		TEST(test_same_again),
		TEST(test_joined_neighbours),
		TEST(test_v1),
		TEST(test_absent),
		TEST(test_options),
		TEST(test_max_rows),
		TEST(test_max_time),
		TEST(test_gap),
		TEST(test_cancel),
		TEST(test_budget),
		TEST(test_vlan_contexts),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
