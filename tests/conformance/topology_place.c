/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One switch alone, and its edge devices declared as a fleet: which ports does the inference give
 * them if it sees one half of what is known?
 */
#include "topology_place.h"

#include "keepwatch/probe_spec.h"
#include "keepwatch/topo.h"

#include <stdlib.h>
#include <string.h>

enum { DEVICES_MAX = 256, SWITCH_ID = 1, FIRST_ID = 2 };
#define AT_MS INT64_C(1700000000000)

struct expected {
	mac_addr mac;
	uint32_t if_index;
};

/* No switch or router, but perhaps what cameras, phones and access points call themselves. */
static bool
is_edge(const struct view_neighbour *neighbour)
{
	return neighbour->protocol != VIEW_CDP && neighbour->if_index != 0 &&
	       ((neighbour->caps & (CAP_BRIDGE | CAP_ROUTER | CAP_REPEATER)) == 0 ||
		(neighbour->caps & (CAP_TELEPHONE | CAP_WLAN_AP)) != 0);
}

/* The only port on which a MAC is learned; 0 if there are several or none. */
static uint32_t
learned_on(const struct switch_view *view, mac_addr mac)
{
	uint32_t if_index = 0;

	for (size_t i = 0; i < view->fdb_count; i++) {
		const struct view_fdb *row = &view->fdb[i];

		if (row->mac != mac || row->if_index == 0 || row->status != FDB_LEARNED)
			continue;
		if (if_index != 0 && if_index != row->if_index)
			return 0;
		if_index = row->if_index;
	}
	return if_index;
}

static size_t
told_twice(const struct switch_view *view, bool is_lldp_hidden, struct expected *out)
{
	size_t count = 0;

	for (size_t i = 0; i < view->neighbour_count && count < DEVICES_MAX; i++) {
		const struct view_neighbour *neighbour = &view->neighbours[i];
		mac_addr mac = neighbour->port_mac != MAC_NONE ? neighbour->port_mac
							       : neighbour->chassis_mac;
		uint32_t if_index = learned_on(view, mac);
		bool is_known = mac == MAC_NONE || if_index == 0 || !is_edge(neighbour);

		for (size_t k = 0; k < count && !is_known; k++)
			is_known = out[k].mac == mac;
		if (is_known)
			continue;
		out[count].mac = mac;
		out[count++].if_index = is_lldp_hidden ? neighbour->if_index : if_index;
	}
	return count;
}

/* MACs that share their port with no other one and that LLDP and CDP do not call a switch. */
static size_t
told_alone(const struct switch_view *view, struct expected *out)
{
	size_t count = 0;

	for (size_t i = 0; i < view->fdb_count && count < DEVICES_MAX; i++) {
		const struct view_fdb *row = &view->fdb[i];
		const struct view_port *port = switch_view_port(view, row->if_index);
		bool is_alone = port != NULL && row->status == FDB_LEARNED && !port->is_aggregate &&
				port->lag == 0 && port->oper != 2 && !mac_is_local(row->mac) &&
				learned_on(view, row->mac) == row->if_index;

		for (size_t k = 0; k < view->fdb_count && is_alone; k++)
			is_alone = view->fdb[k].if_index != row->if_index ||
				   view->fdb[k].mac == row->mac;
		for (size_t k = 0; k < view->neighbour_count && is_alone; k++)
			is_alone = view->neighbours[k].if_index != row->if_index ||
				   is_edge(&view->neighbours[k]);
		for (size_t k = 0; k < count && is_alone; k++)
			is_alone = out[k].mac != row->mac;
		if (!is_alone)
			continue;
		out[count].mac = row->mac;
		out[count++].if_index = row->if_index;
	}
	return count;
}

static int
place(FILE *out, const char *how, const struct switch_view *view, const struct expected *expected,
      size_t count)
{
	struct topo_params params = {.fdb_age_ms = 900000, .link_age_ms = 604800000};
	struct topo *topo = topo_new(&params);
	struct topo_device device = {.id = SWITCH_ID, .name = "switch", .kind = KIND_SWITCH};
	struct topo_changes changes;
	char name[MAC_TEXT_SIZE];
	int rc = -1;

	if (topo == NULL || topo_device_put(topo, &device) != 0)
		goto out;
	for (size_t i = 0; i < count; i++) {
		struct topo_mac mac = {.mac = expected[i].mac};

		device.id = (uint32_t)(FIRST_ID + i);
		device.name = mac_format(mac.mac, name);
		device.kind = KIND_CAMERA;
		if (topo_device_put(topo, &device) != 0 ||
		    topo_macs_put(topo, device.id, PROBE_ONVIF, &mac, 1, AT_MS) != 0)
			goto out;
	}
	if (topo_view_put(topo, SWITCH_ID, view, AT_MS) != 0 ||
	    topo_update(topo, AT_MS + 1000, &changes) != 0)
		goto out;
	for (size_t i = 0; i < count; i++) {
		const struct topo_link *link = topo_link_of(topo, (uint32_t)(FIRST_ID + i));
		bool is_here = link != NULL && link->parent == SWITCH_ID;

		fprintf(out, "place\t%s\t%s\t%u\t%u\t%u\n", how, mac_format(expected[i].mac, name),
			expected[i].if_index, is_here ? link->if_index : 0,
			is_here ? link->confidence : 0);
	}
	rc = 0;
out:
	topo_free(topo);
	return rc;
}

int
topology_place(FILE *out, const struct switch_view *view)
{
	struct expected *expected = calloc(DEVICES_MAX, sizeof(*expected));
	struct switch_view half = *view;
	int rc = -1;

	if (expected == NULL)
		return -1;
	half.neighbour_count = 0;
	rc = place(out, "fdb", &half, expected, told_twice(view, true, expected));
	half = *view;
	half.fdb_count = 0;
	if (rc == 0)
		rc = place(out, "lldp", &half, expected, told_twice(view, false, expected));
	if (rc == 0)
		rc = place(out, "alone", view, expected, told_alone(view, expected));
	free(expected);
	return rc;
}
