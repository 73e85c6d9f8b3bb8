/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where no switch has a device's MAC: the router whose ARP table has its address, or whose
 * interface has its neighbours' addresses. That is no port, only the way to it.
 */
#include "topo_impl.h"

#include <string.h>

#define ARP_ERROR   0.3 /* 23 percent */
#define ROUTE_ERROR 0.5

enum { NET_V4 = 3, NET_V6 = 8 }; /* bytes of an address that one network has in common, at least */

/* Neighbours on several interfaces, or it is said to be one. What is only a host, as most switches
 * are, has an ARP table too. */
static bool
is_router(const struct topo *topo, const struct node *node)
{
	return node->dev != NONE32 && node->arp_count > 0 &&
	       (node->is_arp_wide || topo->devs[node->dev].kind == KIND_ROUTER);
}

void
topo_routers_list(struct topo *topo)
{
	topo->router_count = 0;
	for (uint32_t n = 0; n < topo->node_count && topo->router_count < ROUTERS_MAX; n++) {
		if (is_router(topo, topo->nodes[n]))
			topo->routers[topo->router_count++] = n;
	}
}

static bool
is_in_network(const struct ipaddr *a, const struct ipaddr *b)
{
	return a->family == b->family &&
	       memcmp(a->bytes, b->bytes, a->family == 4 ? NET_V4 : NET_V6) == 0;
}

/* A switch that hangs on nothing is behind a router only if that is part of the whole. */
static bool
may_be_behind(const struct topo *topo, const struct device_state *dev, uint32_t router)
{
	const struct node *node = topo->nodes[router];

	if (dev->node == NONE32)
		return true;
	return router != dev->node && topo->root != NONE32 &&
	       node->component != topo->nodes[dev->node]->component &&
	       node->component == topo->nodes[topo->root]->component;
}

static void
take(struct finding *out, uint32_t router, uint32_t if_index, enum topo_source source)
{
	out->place = (struct place){router, NONE16};
	out->if_index = if_index;
	out->source = (uint8_t)source;
	out->via = VIA_DIRECT;
	out->error = source == TOPO_ARP ? ARP_ERROR : ROUTE_ERROR;
	out->is_fresh = true;
}

/* Its own row: of the table that has it and the fewest others, as that is the nearest. */
static void
by_row(const struct topo *topo, const struct device_state *dev, struct finding *out)
{
	for (uint32_t i = dev->claims; i != NONE32; i = topo->claims[i].next_of_device) {
		const struct claim *claim = &topo->claims[i];
		uint32_t n = (uint32_t)(ORIGIN_ARP - claim->origin);
		const struct node *node;
		size_t row;

		if (claim->origin > ORIGIN_ARP || n >= topo->node_count ||
		    topo->stations[claim->station].owner != (uint32_t)(dev - topo->devs))
			continue;
		node = topo->nodes[n];
		if (!is_router(topo, node) || !may_be_behind(topo, dev, n) ||
		    (out->place.node != NONE32 &&
		     topo->nodes[out->place.node]->arp_count >= node->arp_count))
			continue;
		row = topo_arp_first(node->arp, node->arp_count, &dev->ip);
		take(out, n, row < node->arp_count ? node->arp[row].if_index : 0, TOPO_ARP);
	}
}

/* Rows of its network, on both sides of where its own would be if there are, are on one
 * interface. */
static void
by_network(const struct topo *topo, const struct device_state *dev, struct finding *out)
{
	uint32_t found = NONE32, if_index = 0;

	for (size_t i = 0; i < topo->router_count; i++) {
		const struct node *node = topo->nodes[topo->routers[i]];
		size_t row = topo_arp_first(node->arp, node->arp_count, &dev->ip);
		const struct arp_row *before = row > 0 ? &node->arp[row - 1] : NULL;
		const struct arp_row *after = row < node->arp_count ? &node->arp[row] : NULL;

		if (before != NULL && !is_in_network(&before->ip, &dev->ip))
			before = NULL;
		if (after != NULL && !is_in_network(&after->ip, &dev->ip))
			after = NULL;
		if ((before == NULL && after == NULL) ||
		    (before != NULL && before->if_index == 0) ||
		    (after != NULL && after->if_index == 0) ||
		    (before != NULL && after != NULL && before->if_index != after->if_index))
			continue;
		/* Two that have it: which of them is not known. */
		if (found != NONE32)
			return;
		found = topo->routers[i];
		if_index = before != NULL ? before->if_index : after->if_index;
	}
	if (found != NONE32)
		take(out, found, if_index, TOPO_ROUTE);
}

void
topo_router_find(struct topo *topo, const struct device_state *dev, struct finding *out)
{
	by_row(topo, dev, out);
	if (out->place.node == NONE32 && dev->has_ip && dev->node == NONE32)
		by_network(topo, dev, out);
}
