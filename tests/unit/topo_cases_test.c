/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The inference on a network that fits on a hand: a core, two access switches, cameras; one case
 * for each thing that can be told or can happen. Views are written as short texts:
 *   "p1 5"          port p1 has ifIndex 5 and is up; "p1 5 down" is down; "p1 5 lag 9" is a member
 *   "5 c1"          the FDB has the MAC of c1 on ifIndex 5; "5 c1 v20" in VLAN 20
 *   "5 > acc1 up1"  a neighbour is heard on 5: device acc1, its port up1; "5 > phone:x" a
 * telephone, "5 > bridge:x" a switch that is not of the fleet
 */
#include "keepwatch/topo.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CORE = 1, ACC1, ACC2, CAM1 = 11, CAM2, CAM3, CAM4, ROUND_MS = 600 * 1000 };
#define START INT64_C(1700000000000)

struct net {
	struct topo *topo;
	struct topo_changes changes;
	int64_t now_ms;
	struct view_arp arp[32];
	size_t arp_count;
	unsigned events[TOPO_EVENT_COUNT];
	struct topo_event last[TOPO_EVENT_COUNT];
};

/* "c1" is 02-free and stable: the letter and the number make the MAC. */
static mac_addr
mac_of(const char *name)
{
	mac_addr mac = 0x00408c000000U;

	for (; *name != '\0'; name++)
		mac = (mac & 0xffffff000000U) | ((mac * 31 + (unsigned char)*name) & 0xffffffU);
	return mac;
}

static struct ipaddr
ip_of(unsigned id)
{
	return (struct ipaddr){.family = 4, .bytes = {10, 0, 0, (uint8_t)id}};
}

static void
net_device(struct net *net, uint32_t id, const char *name, enum device_kind kind, uint32_t upstream,
	   const char *port)
{
	struct topo_device device = {.id = id,
				     .name = name,
				     .kind = kind,
				     .ip = ip_of(id),
				     .upstream = upstream,
				     .upstream_port = port};

	assert_int_equal(topo_device_put(net->topo, &device), 0);
}

static void
net_open_with(struct net *net, const struct topo_params *params)
{
	*net = (struct net){.topo = topo_new(params), .now_ms = START};
	assert_non_null(net->topo);
	net_device(net, CORE, "core", KIND_SWITCH, 0, NULL);
	net_device(net, ACC1, "acc1", KIND_SWITCH, 0, NULL);
	net_device(net, ACC2, "acc2", KIND_SWITCH, 0, NULL);
	for (uint32_t i = 0; i < 4; i++) {
		char name[8];

		snprintf(name, sizeof(name), "c%u", i + 1);
		net_device(net, CAM1 + i, name, KIND_CAMERA, 0, NULL);
		net->arp[i] = (struct view_arp){.ip = ip_of(CAM1 + i), .mac = mac_of(name)};
	}
	net->arp_count = 4;
}

static void
net_open(struct net *net)
{
	const struct topo_params params = {.security_kinds = 1U << KIND_CAMERA};

	net_open_with(net, &params);
}

static struct view_port *
view_port_add(struct switch_view *view, uint32_t if_index, const char *name)
{
	struct view_port *port = &view->ports[view->port_count++];

	*port = (struct view_port){.if_index = if_index,
				   .base_port = if_index,
				   .type = 6,
				   .admin = 1,
				   .oper = 1,
				   .poe = {.power_class = -1, .mw = VIEW_UNKNOWN_MW}};
	snprintf(port->name, sizeof(port->name), "%s", name);
	snprintf(port->descr, sizeof(port->descr), "%s", name);
	return port;
}

static void
view_heard_add(struct switch_view *view, uint32_t if_index, const char *who, const char *port)
{
	struct view_neighbour *row = &view->neighbours[view->neighbour_count++];
	const char *colon = strchr(who, ':');

	*row = (struct view_neighbour){.if_index = if_index, .chassis_mac = mac_of(who)};
	row->caps = strncmp(who, "phone", 5) == 0 ? CAP_TELEPHONE | CAP_BRIDGE
		    : colon != NULL		  ? CAP_BRIDGE
						  : CAP_STATION;
	snprintf(row->sys_name, sizeof(row->sys_name), "%s", colon != NULL ? colon + 1 : who);
	snprintf(row->chassis_id, sizeof(row->chassis_id), "%s", who);
	snprintf(row->port_id, sizeof(row->port_id), "%s", port);
}

static int
compare_ports(const void *a, const void *b)
{
	return (int)((const struct view_port *)a)->if_index -
	       (int)((const struct view_port *)b)->if_index;
}

static int
compare_fdb(const void *a, const void *b)
{
	const struct view_fdb *x = a, *y = b;

	return x->mac != y->mac ? (x->mac < y->mac ? -1 : 1) : x->vlan - y->vlan;
}

/* Puts a view that is written as lines. */
static void
net_view(struct net *net, uint32_t id, const char *name, const char *text)
{
	struct switch_view *view = switch_view_new();
	char *copy = strdup(text), *save = NULL;

	assert_non_null(view);
	view->ports = calloc(64, sizeof(*view->ports));
	view->fdb = calloc(64, sizeof(*view->fdb));
	view->neighbours = calloc(64, sizeof(*view->neighbours));
	view->arp = calloc(64, sizeof(*view->arp));
	for (int i = 0; i < VIEW_PART_COUNT; i++)
		view->trust[i] = VIEW_WHOLE;
	view->bridge_mac = view->chassis_mac = mac_of(name);
	snprintf(view->sys_name, sizeof(view->sys_name), "%s", name);
	for (char *line = strtok_r(copy, ",", &save); line != NULL;
	     line = strtok_r(NULL, ",", &save)) {
		char a[32] = "", b[32] = "", c[32] = "", d[32] = "";

		sscanf(line, "%31s %31s %31s %31s", a, b, c, d);
		if (a[0] >= '0' && a[0] <= '9' && b[0] == '>') {
			view_heard_add(view, (uint32_t)atoi(a), c, d);
		} else if (a[0] >= '0' && a[0] <= '9') {
			view->fdb[view->fdb_count++] =
				(struct view_fdb){.mac = mac_of(b),
						  .if_index = (uint32_t)atoi(a),
						  .vlan = (uint16_t)(c[0] == 'v' ? atoi(c + 1) : 1),
						  .status = FDB_LEARNED};
		} else {
			struct view_port *port = view_port_add(view, (uint32_t)atoi(b), a);

			port->oper = strcmp(c, "down") == 0 ? 2 : 1;
			port->stp = strcmp(c, "blocked") == 0 ? STP_BLOCKING : STP_FORWARDING;
			port->lag = strcmp(c, "lag") == 0 ? (uint32_t)atoi(d) : 0;
		}
	}
	qsort(view->ports, view->port_count, sizeof(*view->ports), compare_ports);
	qsort(view->fdb, view->fdb_count, sizeof(*view->fdb), compare_fdb);
	if (id == CORE) {
		memcpy(view->arp, net->arp, net->arp_count * sizeof(*net->arp));
		view->arp_count = net->arp_count;
	}
	net->now_ms += 1000;
	assert_int_equal(topo_view_put(net->topo, id, view, net->now_ms), 0);
	free(copy);
	switch_view_free(view);
}

static void
net_update(struct net *net)
{
	assert_int_equal(topo_update(net->topo, net->now_ms, &net->changes), 0);
	for (size_t i = 0; i < net->changes.event_count; i++) {
		net->events[net->changes.events[i].type]++;
		net->last[net->changes.events[i].type] = net->changes.events[i];
	}
}

#define CORE_PORTS "p1 101,p2 102,"
#define ACC_PORTS  "p1 1,p2 2,p3 3,p4 4,up1 9,"
#define CORE_LLDP  CORE_PORTS "101 > acc1 up1,102 > acc2 up1,"
#define ACC1_LLDP  ACC_PORTS "9 > core p1,9 core,"
#define ACC2_LLDP  ACC_PORTS "9 > core p2,9 core,"

/* c1 and c2 on acc1, c3 and c4 on acc2. */
static void
net_round(struct net *net, const char *core, const char *acc1, const char *acc2)
{
	net->now_ms += ROUND_MS;
	net_view(net, CORE, "core",
		 core != NULL ? core : CORE_LLDP "101 c1,101 c2,102 c3,102 c4,101 acc1,102 acc2");
	net_update(net);
	net_view(net, ACC1, "acc1", acc1 != NULL ? acc1 : ACC1_LLDP "1 c1,2 c2");
	net_update(net);
	net_view(net, ACC2, "acc2", acc2 != NULL ? acc2 : ACC2_LLDP "1 c3,2 c4");
	net_update(net);
}

static void
assert_at(const struct net *net, uint32_t id, uint32_t parent, const char *port, unsigned least)
{
	const struct topo_link *link = topo_link_of(net->topo, id);

	assert_non_null(link);
	assert_int_equal(link->parent, parent);
	assert_string_equal(link->port, port);
	if (link->confidence < least)
		fail_msg("%u at %s: %u %% (%s)", id, port, link->confidence, link->why);
}

static void
assert_still(const struct net *net)
{
	for (int i = 0; i < TOPO_EVENT_COUNT; i++) {
		if (net->events[i] != 0)
			fail_msg("%s of %u: %s -> %s (%s)",
				 topo_event_type_name((enum topo_event_type)i), net->last[i].device,
				 net->last[i].from, net->last[i].to, net->last[i].detail);
	}
}

static void
test_neighbours(void **state)
{
	struct net net;

	(void)state;
	net_open(&net);
	net_round(&net, NULL, NULL, NULL);
	net_round(&net, NULL, NULL, NULL);
	assert_at(&net, ACC1, CORE, "p1", 90);
	assert_at(&net, ACC2, CORE, "p2", 90);
	assert_string_equal(topo_link_of(net.topo, ACC1)->device_port, "up1");
	assert_at(&net, CAM1, ACC1, "p1", TOPO_CONFIDENCE_HIGH);
	assert_at(&net, CAM2, ACC1, "p2", TOPO_CONFIDENCE_HIGH);
	assert_at(&net, CAM4, ACC2, "p2", TOPO_CONFIDENCE_HIGH);
	assert_null(topo_link_of(net.topo, CORE));
	assert_still(&net);
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
	assert_at(&net, ACC1, CORE, "p1", TOPO_CONFIDENCE_LOW);
	assert_at(&net, ACC2, CORE, "p2", TOPO_CONFIDENCE_LOW);
	assert_at(&net, CAM1, ACC1, "p1", TOPO_CONFIDENCE_HIGH);
	assert_at(&net, CAM3, ACC2, "p1", TOPO_CONFIDENCE_HIGH);
	assert_still(&net);
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
	assert_at(&net, CAM1, ACC2, "p4", TOPO_CONFIDENCE_LOW);
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
	assert_at(&net, CAM1, ACC1, "p2", TOPO_CONFIDENCE_LOW);
	assert_at(&net, CAM2, ACC1, "p1", TOPO_CONFIDENCE_LOW);
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
	net.arp[0].mac = mac_of("n1");
	for (int i = 0; i < 2; i++)
		net_round(&net, core, ACC1_LLDP "1 n1,2 c2", NULL);
	assert_int_equal(net.events[TOPO_EVENT_REPLACED], 1);
	assert_int_equal(net.last[TOPO_EVENT_REPLACED].device, CAM1);
	assert_int_equal(net.events[TOPO_EVENT_MOVED], 0);
	assert_int_equal(net.events[TOPO_EVENT_DUPLICATE_IP], 0);
	assert_at(&net, CAM1, ACC1, "p1", TOPO_CONFIDENCE_LOW);
	assert_true(topo_link_of(net.topo, CAM1)->mac == mac_of("n1"));
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
	net.arp[0].mac = mac_of("c3");
	for (int i = 0; i < 3; i++)
		net_round(&net, NULL, NULL, NULL);
	assert_int_equal(net.events[TOPO_EVENT_DUPLICATE_IP], 1);
	assert_int_equal(net.last[TOPO_EVENT_DUPLICATE_IP].device, CAM1);
	assert_int_equal(net.events[TOPO_EVENT_REPLACED], 0);
	assert_int_equal(net.events[TOPO_EVENT_MOVED], 0);
	assert_at(&net, CAM1, ACC1, "p1", TOPO_CONFIDENCE_HIGH);
	assert_at(&net, CAM3, ACC2, "p1", TOPO_CONFIDENCE_HIGH);
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
	assert_at(&next, CAM1, ACC1, "p1", TOPO_CONFIDENCE_HIGH);
	for (int i = 0; i < 3; i++)
		net_round(&next, NULL, NULL, NULL);
	assert_still(&next);
	assert_at(&next, CAM1, ACC1, "p1", TOPO_CONFIDENCE_HIGH);
	assert_at(&next, ACC1, CORE, "p1", TOPO_CONFIDENCE_HIGH);
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
	assert_at(&net, CAM1, ACC1, "p1", confidence);
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
	assert_at(&net, CAM1, ACC1, "p1", TOPO_CONFIDENCE_LOW);
	assert_int_equal(link->via, VIA_SHARED);
	assert_non_null(strstr(link->why, "telephone"));
	link = topo_link_of(net.topo, CAM3);
	assert_at(&net, CAM3, ACC2, "p1", TOPO_CONFIDENCE_LOW);
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
	assert_at(&net, ACC1, CORE, "po1", 90);
	assert_string_equal(topo_link_of(net.topo, ACC1)->device_port, "po1");
	assert_at(&net, CAM1, ACC1, "p1", TOPO_CONFIDENCE_HIGH);
	assert_still(&net);
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
	assert_at(&net, CAM2, ACC1, "p2", 90);
	assert_false(topo_link_of(net.topo, CAM2)->is_contradicted);
	net_device(&net, CAM1, "c1", KIND_CAMERA, ACC1, "p3");
	for (int i = 0; i < 3; i++)
		net_round(&net, NULL, NULL, NULL);
	assert_at(&net, CAM1, ACC1, "p3", 1);
	assert_true(topo_link_of(net.topo, CAM1)->is_contradicted);
	assert_non_null(strstr(topo_link_of(net.topo, CAM1)->why, "acc1 p1"));
	assert_int_equal(net.events[TOPO_EVENT_CONTRADICTED], 1);
	for (int i = 0; i < 3; i++)
		net_round(&net, NULL, ACC1_LLDP "3 c1,2 c2", NULL);
	assert_int_equal(net.events[TOPO_EVENT_AGREED], 1);
	assert_false(topo_link_of(net.topo, CAM1)->is_contradicted);
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
		net.arp[i].mac = mac_of("router");
	for (int i = 0; i < 2; i++)
		net_round(&net, CORE_LLDP "101 router,101 acc1,102 acc2", ACC1_LLDP "3 router",
			  NULL);
	for (uint32_t i = 0; i < 4; i++)
		assert_null(topo_link_of(net.topo, CAM1 + i));
	assert_still(&net);
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
	assert_at(&net, CAM3, ACC2, "p1", TOPO_CONFIDENCE_LOW);
	assert_int_equal(net.events[TOPO_EVENT_MOVED], 0);
	topo_free(net.topo);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_neighbours),  cmocka_unit_test(test_fdb_only),
		cmocka_unit_test(test_move),	    cmocka_unit_test(test_swap),
		cmocka_unit_test(test_replaced),    cmocka_unit_test(test_duplicate),
		cmocka_unit_test(test_stranger),    cmocka_unit_test(test_restart),
		cmocka_unit_test(test_dark),	    cmocka_unit_test(test_between),
		cmocka_unit_test(test_aggregation), cmocka_unit_test(test_declared),
		cmocka_unit_test(test_vlans),	    cmocka_unit_test(test_proxy),
		cmocka_unit_test(test_uplink),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
