/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Links of the switches: what the tree says becomes their link, and redundant cables become
 * spares. A switch is said to have another uplink only when that is sure, as trees are rebuilt
 * while views come in one by one.
 */
#include "topo_impl.h"

#include "keepwatch/err.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DOUBTED_CONFIDENCE = 60, SILENCE_READINGS = 4 };

static const struct heard *
named_between(const struct topo *topo, const struct node *node, const struct node *parent)
{
	for (size_t i = 0; i < parent->heard_count && node->parent_port != NONE16; i++) {
		const struct heard *heard = &parent->heard[i];

		if (heard->port != NONE16 && parent->ports[heard->port].agg == node->parent_port &&
		    heard->target == NONE32 && (heard->caps & (CAP_BRIDGE | CAP_WLAN_AP)) != 0)
			return heard;
	}
	(void)topo;
	return NULL;
}

static void
uplink_why(const struct node *node, const struct heard *between, char *buffer, size_t size)
{
	struct words words = words_open(buffer, size);

	words_add(&words, node->source == TOPO_DECLARED ? "declared"
			  : node->source == TOPO_CDP	? "CDP names the neighbour"
			  : node->source == TOPO_LLDP	? "LLDP names the neighbour"
							: "what is behind it is learned there");
	if (node->source != TOPO_FDB && node->error < 0.002)
		words_add(&words, "; both ends or their FDBs agree");
	if (between != NULL) {
		words_add(&words, "; behind ");
		words_add(&words,
			  between->sys_name[0] != '\0' ? between->sys_name : between->chassis_id);
	}
}

static void
uplink_fill(const struct topo *topo, const struct node *node, struct topo_link *out)
{
	const struct node *parent = topo->nodes[node->parent];
	const struct heard *between =
		node->source == TOPO_FDB ? named_between(topo, node, parent) : NULL;

	memset(out, 0, sizeof(*out));
	out->device = topo->devs[node->dev].id;
	out->parent = topo->devs[parent->dev].id;
	out->source = node->source;
	out->confidence = topo_confidence(node->error);
	out->mac = node->identity.bridge_mac;
	if (node->parent_port != NONE16) {
		out->if_index = parent->ports[node->parent_port].if_index;
		strncpy(out->port, parent->ports[node->parent_port].name, sizeof(out->port) - 1);
	} else if (out->confidence >= TOPO_CONFIDENCE_HIGH) {
		out->confidence = TOPO_CONFIDENCE_HIGH - 1;
	}
	if (node->up_port != NONE16) {
		out->device_if = node->ports[node->up_port].if_index;
		strncpy(out->device_port, node->ports[node->up_port].name,
			sizeof(out->device_port) - 1);
	}
	if (between != NULL) {
		out->via = (between->caps & CAP_WLAN_AP) != 0 ? VIA_WIRELESS : VIA_NAMED;
		strncpy(out->parent_name,
			between->sys_name[0] != '\0' ? between->sys_name : between->chassis_id,
			sizeof(out->parent_name) - 1);
	} else if (node->mates > 0 && node->parent_port != NONE16) {
		out->via = VIA_UNMANAGED;
		out->shared = (uint16_t)node->mates;
	}
	uplink_why(node, between, out->why, sizeof(out->why));
	out->confirmed_ms = node->at_ms > parent->at_ms ? node->at_ms : parent->at_ms;
	out->first_seen_ms = out->confirmed_ms;
}

/* The new parent lies behind the former port: it was there all the time. */
static bool
is_between(const struct topo *topo, const struct device_state *dev, const struct node *node)
{
	const struct device_state *former = topo_dev_by_id(topo, dev->link->parent);
	uint16_t port;

	if (former == NULL || former->node == NONE32 || former->node == node->parent)
		return false;
	port = topo_port_by_index(topo->nodes[former->node], dev->link->if_index);
	return port == NONE16 ||
	       topo_leads(topo, former->node, topo->nodes[former->node]->ports[port].agg,
			  node->parent) == 1;
}

/* The former parent is beyond the new one's port: less is seen than before, that is all. */
static bool
is_coarser(const struct topo *topo, const struct device_state *dev, const struct node *node)
{
	const struct device_state *former = topo_dev_by_id(topo, dev->link->parent);
	uint16_t port;

	if (node->source != TOPO_FDB || former == NULL || former->node == NONE32 ||
	    former->node == node->parent || node->parent_port == NONE16)
		return false;
	port = topo_port_by_index(topo->nodes[former->node], dev->link->if_index);
	if (port != NONE16 && port_is_down(&topo->nodes[former->node]->ports[port]))
		return false;
	return topo_leads(topo, node->parent, node->parent_port, former->node) == 1;
}

/* How often another uplink must be read before it is believed. Where only FDBs tell, and the former
 * cable is up, stations that are silent for a while look like another way. */
static unsigned
readings_needed(const struct topo *topo, const struct device_state *dev, const struct node *node)
{
	const struct device_state *former = topo_dev_by_id(topo, dev->link->parent);
	unsigned needed = topo->fdb_error < NOISY ? 2 : 3;
	uint16_t port = NONE16;

	if (node->source != TOPO_FDB)
		return needed;
	if (former != NULL && former->node != NONE32)
		port = topo_port_by_index(topo->nodes[former->node], dev->link->if_index);
	if (port != NONE16 && port_is_down(&topo->nodes[former->node]->ports[port]))
		return needed;
	return needed + SILENCE_READINGS;
}

static int
uplink_event(struct topo *topo, const struct device_state *dev, const struct topo_link *link)
{
	struct topo_event *event =
		topo_event_add(topo, TOPO_EVENT_UPLINK_CHANGED, dev->id, link->confirmed_ms);
	const struct topo_link *ends[] = {dev->link, link};

	if (event == NULL)
		return ERR_NOMEM;
	for (int i = 0; i < 2; i++) {
		const struct device_state *parent = topo_dev_by_id(topo, ends[i]->parent);
		struct words words = i == 0 ? words_open(event->from, sizeof(event->from))
					    : words_open(event->to, sizeof(event->to));

		words_add(&words, parent != NULL ? parent->name : ends[i]->parent_name);
		words_add(&words, ends[i]->port[0] != '\0' ? " " : "");
		words_add(&words, ends[i]->port);
	}
	memcpy(event->detail, link->why, sizeof(event->detail));
	return 0;
}

/* Of redundant cables, one is told for each switch: at the end that is further from the root. */
void
topo_spares_find(struct topo *topo)
{
	for (size_t n = 0; n < topo->node_count; n++)
		topo->nodes[n]->spare_edge = NONE32;
	for (uint32_t i = 0; i < topo->edge_count; i++) {
		const struct edge *edge = &topo->edges[i];
		struct node *a = topo->nodes[edge->a], *b = topo->nodes[edge->b];
		struct node *lower = a->depth > b->depth ? a : b;

		if (edge->is_tree || edge->is_down || a->component != b->component ||
		    !(edge->is_blocked || (edge->ends == 3 && edge->weight > 0)) ||
		    lower->parent == NONE32)
			continue;
		/* A cable that shares a port with the tree is no other cable. */
		if ((edge->pa != NONE16 && topo_port_is_tree(a, edge->pa)) ||
		    (edge->pb != NONE16 && topo_port_is_tree(b, edge->pb)))
			continue;
		if (lower->spare_edge == NONE32)
			lower->spare_edge = i;
	}
}

int
topo_spare_settle(struct topo *topo, uint32_t n)
{
	struct node *node = topo->nodes[n];
	struct device_state *dev = &topo->devs[node->dev];
	struct topo_link link = {.device = dev->id, .is_spare = true};
	const struct edge *edge;
	const struct node *peer;
	uint16_t mine, its;
	int err;

	if (node->spare_edge == NONE32) {
		if (dev->spare == NULL)
			return 0;
		err = topo_gone_add(topo, dev->spare);
		free(dev->spare);
		dev->spare = NULL;
		return err;
	}
	edge = &topo->edges[node->spare_edge];
	peer = topo->nodes[edge->a == n ? edge->b : edge->a];
	mine = edge->a == n ? edge->pa : edge->pb;
	its = edge->a == n ? edge->pb : edge->pa;
	link.parent = topo->devs[peer->dev].id;
	link.source = edge->protocol == VIEW_CDP ? TOPO_CDP : TOPO_LLDP;
	link.confidence = edge->ends == 3 ? 90 : 70;
	if (its != NONE16) {
		link.if_index = peer->ports[its].if_index;
		strncpy(link.port, peer->ports[its].name, sizeof(link.port) - 1);
	}
	if (mine != NONE16) {
		link.device_if = node->ports[mine].if_index;
		strncpy(link.device_port, node->ports[mine].name, sizeof(link.device_port) - 1);
	}
	strncpy(link.why,
		edge->is_blocked ? "spanning tree blocks it" : "a second cable between them",
		sizeof(link.why) - 1);
	link.confirmed_ms = node->at_ms;
	link.first_seen_ms = dev->spare != NULL ? dev->spare->first_seen_ms : node->at_ms;
	return topo_link_emit(topo, dev, &link);
}

/* The former holds for the time being, but nobody is to be blamed for it. */
static int
uplink_doubt(struct topo *topo, struct device_state *dev)
{
	struct topo_link link = *dev->link;

	if (link.confidence > DOUBTED_CONFIDENCE)
		link.confidence = DOUBTED_CONFIDENCE;
	return topo_link_emit(topo, dev, &link);
}

int
topo_uplink_settle(struct topo *topo, uint32_t n)
{
	struct node *node = topo->nodes[n];
	struct device_state *dev = &topo->devs[node->dev];
	struct topo_link link;
	bool is_same, is_sure;
	int err;

	uplink_fill(topo, node, &link);
	is_same = dev->link != NULL && dev->link->parent == link.parent &&
		  dev->link->if_index == link.if_index;
	if (is_same) {
		link.first_seen_ms = dev->link->first_seen_ms;
	} else if (dev->link != NULL && dev->is_settled && !is_between(topo, dev, node) &&
		   !(dev->link->parent == link.parent &&
		     topo_port_is_kin(topo->nodes[node->parent], dev->link->if_index,
				      link.if_index)) &&
		   dev->link->confidence >= TOPO_CONFIDENCE_LOW && dev->link->if_index != 0) {
		struct place place = {node->parent, node->parent_port};

		if (is_coarser(topo, dev, node))
			return 0;
		is_sure = link.confidence >= TOPO_CONFIDENCE_HIGH && node->source != TOPO_FDB &&
			  !dev->is_restored && topo->fdb_error < NOISY;
		if (dev->pending.node != place.node || dev->pending.port != place.port) {
			dev->pending = place;
			dev->pending_count = 1;
			dev->pending_ms = link.confirmed_ms;
		} else if (link.confirmed_ms > dev->pending_ms) {
			dev->pending_ms = link.confirmed_ms;
			dev->pending_count++;
		}
		if (!is_sure && (dev->pending_count < readings_needed(topo, dev, node) ||
				 (link.confidence < TOPO_CONFIDENCE_LOW)))
			return uplink_doubt(topo, dev);
		if (link.if_index != 0) {
			err = uplink_event(topo, dev, &link);
			if (err != 0)
				return err;
		}
	}
	if (dev->link == NULL || !is_same || dev->place.node != node->parent ||
	    dev->place.port != node->parent_port)
		topo_attach(topo, node->dev, (struct place){node->parent, node->parent_port});
	dev->pending = (struct place){NONE32, NONE16};
	dev->error = node->error;
	if (!is_same) {
		dev->adopted_ms = node->at_ms;
		dev->is_settled = false;
	} else if (node->at_ms > dev->adopted_ms) {
		dev->is_settled = true;
	}
	dev->is_restored = false;
	return topo_link_emit(topo, dev, &link);
}
