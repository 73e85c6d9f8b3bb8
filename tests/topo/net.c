/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The small network of net.h: its views from texts, its rounds, and what is asked of it.
 */
#include "net.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* "c1" is 02-free and stable: the letter and the number make the MAC. */
mac_addr
net_mac(const char *name)
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

void
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

void
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
		net->arp[i] = (struct view_arp){.ip = ip_of(CAM1 + i), .mac = net_mac(name)};
	}
	net->arp_count = 4;
}

void
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

	*row = (struct view_neighbour){.if_index = if_index, .chassis_mac = net_mac(who)};
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
void
net_view(struct net *net, uint32_t id, const char *name, const char *text)
{
	struct switch_view *view = switch_view_new();
	char *copy = strdup(text), *rest = copy, *line;

	assert_non_null(view);
	view->ports = calloc(64, sizeof(*view->ports));
	view->fdb = calloc(64, sizeof(*view->fdb));
	view->neighbours = calloc(64, sizeof(*view->neighbours));
	view->arp = calloc(64, sizeof(*view->arp));
	for (int i = 0; i < VIEW_PART_COUNT; i++)
		view->trust[i] = VIEW_WHOLE;
	view->bridge_mac = view->chassis_mac = net_mac(name);
	snprintf(view->sys_name, sizeof(view->sys_name), "%s", name);
	while ((line = strsep(&rest, ",")) != NULL) {
		char a[32] = "", b[32] = "", c[32] = "", d[32] = "";

		sscanf(line, "%31s %31s %31s %31s", a, b, c, d);
		if (a[0] >= '0' && a[0] <= '9' && b[0] == '>') {
			view_heard_add(view, (uint32_t)strtoul(a, NULL, 10), c, d);
		} else if (a[0] >= '0' && a[0] <= '9') {
			view->fdb[view->fdb_count++] = (struct view_fdb){
				.mac = net_mac(b),
				.if_index = (uint32_t)strtoul(a, NULL, 10),
				.vlan = (uint16_t)(c[0] == 'v' ? strtoul(c + 1, NULL, 10) : 1),
				.status = FDB_LEARNED};
		} else {
			struct view_port *port =
				view_port_add(view, (uint32_t)strtoul(b, NULL, 10), a);

			port->oper = strcmp(c, "down") == 0 ? 2 : 1;
			port->stp = strcmp(c, "blocked") == 0 ? STP_BLOCKING : STP_FORWARDING;
			port->lag = strcmp(c, "lag") == 0 ? (uint32_t)strtoul(d, NULL, 10) : 0;
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

void
net_update(struct net *net)
{
	assert_int_equal(topo_update(net->topo, net->now_ms, &net->changes), 0);
	for (size_t i = 0; i < net->changes.event_count; i++) {
		net->events[net->changes.events[i].type]++;
		net->last[net->changes.events[i].type] = net->changes.events[i];
	}
}

/* c1 and c2 on acc1, c3 and c4 on acc2. */
void
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

void
net_assert_at(const struct net *net, uint32_t id, uint32_t parent, const char *port, unsigned least)
{
	const struct topo_link *link = topo_link_of(net->topo, id);

	assert_non_null(link);
	assert_int_equal(link->parent, parent);
	assert_string_equal(link->port, port);
	if (link->confidence < least)
		fail_msg("%u at %s: %u %% (%s)", id, port, link->confidence, link->why);
}

void
net_assert_still(const struct net *net)
{
	for (int i = 0; i < TOPO_EVENT_COUNT; i++) {
		if (net->events[i] != 0)
			fail_msg("%s of %u: %s -> %s (%s)",
				 topo_event_type_name((enum topo_event_type)i), net->last[i].device,
				 net->last[i].from, net->last[i].to, net->last[i].detail);
	}
}
