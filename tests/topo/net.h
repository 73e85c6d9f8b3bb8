/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A network that fits on a hand, for tests of the inference: a core, two access switches, cameras
 * c1 to c4.
 */
#ifndef KEEPWATCH_TESTS_TOPO_NET_H
#define KEEPWATCH_TESTS_TOPO_NET_H

#include "keepwatch/topo.h"

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

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

#define CORE_PORTS "p1 101,p2 102,"
#define ACC_PORTS  "p1 1,p2 2,p3 3,p4 4,up1 9,"
#define CORE_LLDP  CORE_PORTS "101 > acc1 up1,102 > acc2 up1,"
#define ACC1_LLDP  ACC_PORTS "9 > core p1,9 core,"
#define ACC2_LLDP  ACC_PORTS "9 > core p2,9 core,"

/* The MAC of whatever has this name. */
mac_addr net_mac(const char *name);
void net_device(struct net *net, uint32_t id, const char *name, enum device_kind kind,
		uint32_t upstream, const char *port);
void net_open(struct net *net);
void net_open_with(struct net *net, const struct topo_params *params);
/* Views are written as short texts, with commas between:
 *   "p1 5"          port p1 has ifIndex 5 and is up; "p1 5 down" is down; "p1 5 lag 9" is a member
 *   "5 c1"          the FDB has the MAC of c1 on ifIndex 5; "5 c1 v20" in VLAN 20
 *   "5 > acc1 up1"  a neighbour is heard on 5: device acc1, its port up1; "5 > phone:x" a
 * telephone, "5 > bridge:x" a switch that is not of the fleet
 */
void net_view(struct net *net, uint32_t id, const char *name, const char *text);
/* Counts the events. */
void net_update(struct net *net);
/* Reads all three; NULL: as ever, c1 and c2 on acc1 p1 and p2, c3 and c4 on acc2. */
void net_round(struct net *net, const char *core, const char *acc1, const char *acc2);
void net_assert_at(const struct net *net, uint32_t id, uint32_t parent, const char *port,
		   unsigned least);
void net_assert_still(const struct net *net);

#endif
