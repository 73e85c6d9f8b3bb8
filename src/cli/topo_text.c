/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Words about places in the network.
 */
#include "topo_text.h"

#include "keepwatch/buf.h"

#include <stdio.h>

enum { PATH_MOST = 64 };

const char *
topo_kind_word(enum device_kind kind, size_t count)
{
	static const char *const several[KIND_COUNT] = {
		[KIND_CAMERA] = "cameras",   [KIND_DOOR] = "doors",
		[KIND_NVR] = "NVRs",	     [KIND_INTERCOM] = "intercoms",
		[KIND_ENCODER] = "encoders", [KIND_SWITCH] = "switches",
		[KIND_ROUTER] = "routers",   [KIND_UPS] = "UPSes",
		[KIND_SERVER] = "servers",   [KIND_OTHER] = "others",
	};

	return count == 1 ? kind_name(kind) : several[kind];
}

void
topo_put_kinds(struct buf *buf, const size_t kinds[KIND_COUNT])
{
	bool is_first = true;

	for (int i = 0; i < KIND_COUNT; i++) {
		if (kinds[i] == 0)
			continue;
		buf_printf(buf, "%s%zu %s", is_first ? "" : ", ", kinds[i],
			   topo_kind_word((enum device_kind)i, kinds[i]));
		is_first = false;
	}
}

void
topo_put_health(struct buf *buf, size_t devices, const size_t by_health[HEALTH_COUNT])
{
	static const enum health worst_first[] = {HEALTH_DOWN, HEALTH_DEGRADED, HEALTH_UNKNOWN};

	buf_printf(buf, "%zu device%s", devices, devices == 1 ? "" : "s");
	for (size_t i = 0; i < MEM_COUNT(worst_first); i++) {
		if (by_health[worst_first[i]] > 0)
			buf_printf(buf, ", %zu %s", by_health[worst_first[i]],
				   health_name(worst_first[i]));
	}
}

void
topo_put_parent(struct buf *buf, const struct topo_tree *tree, const struct topo_link *link)
{
	size_t place = topo_tree_find(tree, link->parent);

	if (place != TREE_NONE)
		buf_puts(buf, tree->nodes[place].name);
	else if (link->parent != 0)
		buf_printf(buf, "device %u, which is gone", link->parent);
	else if (link->parent_name[0] != '\0')
		buf_printf(buf, "%s (not in the fleet)", link->parent_name);
}

bool
topo_put_seen(struct buf *buf, const struct topo_tree *tree, const struct topo_link *link)
{
	size_t place = topo_tree_find(tree, link->seen_parent);

	if (place == TREE_NONE)
		return false;
	buf_printf(buf, "%s%s%s", tree->nodes[place].name, link->seen_port[0] != '\0' ? " " : "",
		   link->seen_port);
	return true;
}

void
topo_put_hidden(struct buf *buf, const struct tree_node *node)
{
	bool is_cdp = node->link->source == TOPO_CDP, is_wireless = node->link->via == VIA_WIRELESS;

	if (node->name[0] != '\0')
		buf_printf(buf, "behind %s%s (%s)", is_wireless ? "wireless " : "", node->name,
			   is_cdp ? "cdp" : "lldp");
	else
		buf_printf(buf, "%s (%zu device%s)",
			   is_wireless ? "wireless bridge or access point" : "unmanaged switch",
			   node->devices, node->devices == 1 ? "" : "s");
}

void
topo_put_name(struct buf *buf, const struct tree_node *node)
{
	switch (node->type) {
	case TREE_DEVICE:
		buf_puts(buf, node->name);
		if (node->device->removed_ms != 0)
			buf_puts(buf, " (left the fleet file)");
		break;
	case TREE_OUTSIDE:
		if (node->name[0] != '\0')
			buf_printf(buf, "%s (not in the fleet)", node->name);
		else
			buf_printf(buf, "device %u, which is gone", node->parent_id);
		break;
	case TREE_HIDDEN:
		topo_put_hidden(buf, node);
		break;
	}
}

void
topo_put_path(struct buf *buf, const struct topo_tree *tree, size_t from, size_t place)
{
	size_t steps[PATH_MOST] = {0}, count = 0;

	while (count < PATH_MOST && place != from && tree->nodes[place].parent != TREE_NONE) {
		steps[count++] = place;
		place = tree->nodes[place].parent;
	}
	if (count == PATH_MOST)
		buf_puts(buf, "... > ");
	for (size_t i = count; i-- > 0;) {
		const struct tree_node *node = &tree->nodes[steps[i]];
		const struct tree_node *above = &tree->nodes[node->parent];

		buf_puts(buf, i + 1 < count ? " > " : "");
		if (above->type == TREE_HIDDEN)
			buf_puts(buf, above->name[0] != '\0'		 ? above->name
				      : above->link->via == VIA_WIRELESS ? "wireless bridge"
									 : "unmanaged switch");
		else
			topo_put_name(buf, above);
		/* The port before what is hidden is told with the switch. */
		if (above->type != TREE_HIDDEN && node->link->port[0] != '\0')
			buf_printf(buf, " %s", node->link->port);
	}
}

const char *
topo_speed(uint64_t mbps, uint8_t duplex, char *out, size_t size)
{
	const char *words = duplex == DUPLEX_FULL ? " full" : duplex == DUPLEX_HALF ? " half" : "";

	if (mbps == 0)
		snprintf(out, size, "%s", *words != '\0' ? words + 1 : "");
	else if (mbps >= 10000 && mbps % 1000 == 0)
		snprintf(out, size, "%llu Gbit/s%s", (unsigned long long)mbps / 1000, words);
	else
		snprintf(out, size, "%llu Mbit/s%s", (unsigned long long)mbps, words);
	return out;
}

const char *
topo_port_state(const struct topo_port *port)
{
	/* ifOperStatus */
	static const char *const states[] = {
		"",	   "up",      "down",	     "testing",
		"unknown", "dormant", "not present", "lower layer down"};

	if (port->admin == 2)
		return "disabled";
	return port->oper < MEM_COUNT(states) ? states[port->oper] : "";
}

const char *
topo_poe(const struct topo_port *port, char *out, size_t size)
{
	char watts[32] = "", class_text[32] = "";
	bool is_on = port->poe_status == POE_DELIVERING;

	if (port->poe_status == POE_NONE) {
		*out = '\0';
		return out;
	}
	if (port->poe_mw != VIEW_UNKNOWN_MW && (is_on || port->poe_mw > 0))
		snprintf(watts, sizeof(watts), "%u.%u W", (port->poe_mw + 50) / 1000,
			 (port->poe_mw + 50) % 1000 / 100);
	if (is_on && port->poe_class >= 0)
		snprintf(class_text, sizeof(class_text), "%sclass %d", *watts != '\0' ? ", " : "",
			 port->poe_class);
	if (is_on && (*watts != '\0' || *class_text != '\0'))
		snprintf(out, size, "%s%s%s", watts, class_text,
			 port->poe_overload ? ", overload" : "");
	else
		snprintf(out, size, "%s%s",
			 view_poe_status_name((enum view_poe_status)port->poe_status),
			 port->poe_overload ? ", overload" : "");
	return out;
}
