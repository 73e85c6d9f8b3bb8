/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From what was found to the link that holds. A first place is taken as it is; another place than
 * before must be well supported, or be found in two readings, before the device is said to have
 * moved; what is no longer seen is remembered, with falling confidence, until it is too old.
 */
#include "topo_impl.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { INDEPENDENT_MS = 240 * 1000, REMEMBERED_LOW = 30 };

void
topo_detach(struct topo *topo, uint32_t dev)
{
	struct device_state *d = &topo->devs[dev];
	struct node *node = d->place.node != NONE32 ? topo->nodes[d->place.node] : NULL;

	if (node != NULL) {
		if (d->prev_on_node != NONE32)
			topo->devs[d->prev_on_node].next_on_node = d->next_on_node;
		else
			node->first_attached = d->next_on_node;
		if (d->next_on_node != NONE32)
			topo->devs[d->next_on_node].prev_on_node = d->prev_on_node;
		if (d->place.port != NONE16 && node->ports[d->place.port].attached > 0)
			node->ports[d->place.port].attached--;
	}
	d->place = (struct place){NONE32, NONE16};
	d->next_on_node = d->prev_on_node = NONE32;
}

void
topo_attach(struct topo *topo, uint32_t dev, struct place place)
{
	struct device_state *d = &topo->devs[dev];
	struct node *node = topo->nodes[place.node];

	topo_detach(topo, dev);
	d->place = place;
	d->next_on_node = node->first_attached;
	if (node->first_attached != NONE32)
		topo->devs[node->first_attached].prev_on_node = dev;
	node->first_attached = dev;
	if (place.port != NONE16)
		node->ports[place.port].attached++;
}

static bool
is_place(struct place a, struct place b)
{
	return a.node == b.node && a.port == b.port;
}

static int
link_drop(struct topo *topo, uint32_t dev)
{
	struct device_state *d = &topo->devs[dev];
	int err = 0;

	if (d->link != NULL) {
		err = topo_gone_add(topo, d->link);
		free(d->link);
		d->link = NULL;
	}
	topo_detach(topo, dev);
	d->error = 1;
	d->confirmations = 0;
	d->is_settled = false;
	return err;
}

/* The root hangs on nothing. A link of the store waits until its parent has been read again. */
int
topo_root_settle(struct topo *topo, uint32_t dev)
{
	struct device_state *d = &topo->devs[dev];
	const struct node *parent = d->place.node != NONE32 ? topo->nodes[d->place.node] : NULL;

	if (d->link == NULL || d->upstream != 0 ||
	    (d->is_restored && (parent == NULL || parent->at_ms == 0)))
		return 0;
	return link_drop(topo, dev);
}

static void
why_write(const struct topo *topo, const struct finding *found, const struct device_state *dev,
	  char *buffer, size_t size)
{
	struct words words = words_open(buffer, size);

	if (found->heard != NULL) {
		words_add(&words, found->heard->protocol == VIEW_CDP ? "CDP" : "LLDP");
		words_add(&words, " names it there");
	}
	if (found->station != NONE32 && !source_is_guess(found->source) &&
	    found->source != TOPO_REMEMBERED) {
		words_add(&words, found->heard != NULL ? "; " : "");
		words_mac(&words, topo->stations[found->station].mac);
		words_add(&words, found->place.port == NONE16 ? " seen that way from above"
				  : found->heard != NULL      ? " is its MAC"
							      : " learned there");
	}
	if (found->source == TOPO_ARP)
		words_add(&words, "its address is in that ARP table; no switch shows its MAC");
	if (found->source == TOPO_ROUTE)
		words_add(&words, "its network is on that interface; nobody shows its MAC");
	if (found->source == TOPO_REMEMBERED)
		words_add(&words,
			  dev->is_dark ? "last seen there; the device is dark" : "last seen there");
	if (found->agreeing > 0)
		words_add(&words, found->agreeing > 1 ? "; other switches agree"
						      : "; another switch agrees");
	if (found->opposing > found->agreeing)
		words_add(&words, "; other switches see it elsewhere");
	if (found->between != NULL) {
		words_add(&words, "; behind ");
		words_add(&words, (found->between->caps & CAP_TELEPHONE) != 0 ? "telephone " : "");
		words_add(&words, found->between->sys_name[0] != '\0' ? found->between->sys_name
								      : found->between->chassis_id);
	} else if (found->shared > 0) {
		uint16_t voice = found->place.port != NONE16 ? topo->nodes[found->place.node]
								       ->ports[found->place.port]
								       .voice_vlan
							     : 0;

		words_add(&words, voice != 0 ? "; the port has a voice VLAN and another MAC"
				  : found->shared == 1 ? "; one more MAC on the port"
				  : found->shared < 3  ? "; more MACs on the port"
						       : "; many MACs on the port");
	}
}

static void
link_fill(const struct topo *topo, const struct device_state *dev, const struct finding *found,
	  struct topo_link *out)
{
	const struct node *node = topo->nodes[found->place.node];
	uint16_t p = found->place.port != NONE16 ? found->place.port
		     : found->if_index != 0	 ? topo_port_by_index(node, found->if_index)
						 : NONE16;
	const struct port *port = p != NONE16 ? &node->ports[p] : NULL;

	memset(out, 0, sizeof(*out));
	out->device = dev->id;
	out->parent = topo->devs[node->dev].id;
	out->source = found->source;
	out->via = found->via;
	out->confidence = topo_confidence(found->error);
	out->vlan = found->vlan;
	out->shared = found->shared;
	if (port != NULL) {
		out->if_index = port->if_index;
		strncpy(out->port, port->name, sizeof(out->port) - 1);
	}
	if (found->station != NONE32)
		out->mac = topo->stations[found->station].mac;
	if (found->between != NULL)
		strncpy(out->parent_name,
			found->between->sys_name[0] != '\0' ? found->between->sys_name
							    : found->between->chassis_id,
			sizeof(out->parent_name) - 1);
	if (found->heard != NULL && found->heard->port_mac == 0)
		strncpy(out->device_port, found->heard->port_id, sizeof(out->device_port) - 1);
	if (found->place.port == NONE16 && out->confidence >= TOPO_CONFIDENCE_LOW)
		out->confidence = TOPO_CONFIDENCE_LOW;
	why_write(topo, found, dev, out->why, sizeof(out->why));
}

/* When the evidence for this place was read. */
static int64_t
read_at(const struct topo *topo, const struct finding *found)
{
	const struct node *node = topo->nodes[found->place.node];

	if (source_is_guess(found->source))
		return node->arp_ms;
	return found->heard != NULL && node->at_ms > node->fdb_ms ? node->at_ms : node->fdb_ms;
}

/* ---- what holds */

/* What is left of an error after a further reading that says the same. If rows are wrong but never
 * change, readings repeat each other's errors. */
double
topo_repeat_error(const struct topo *topo)
{
	double changed = topo->reread > 0 ? (double)topo->changed / (double)topo->reread : 0;
	double independent = (changed + 0.004) / (topo->fdb_error * 1.5);

	if (independent > 1)
		independent = 1;
	return independent * fmax(0.08, topo->fdb_error * 2) + (1 - independent) * 0.95;
}

/* Each reading that is far enough from the last makes an error less likely; they are not quite
 * independent, as rows live on for some minutes. */
static void
confirm(struct topo *topo, struct device_state *dev, struct finding *found)
{
	int64_t at_ms = read_at(topo, found);
	double factor = topo_repeat_error(topo);

	if (!found->is_fresh || found->place.port == NONE16)
		return;
	if (dev->counted_ms == 0) {
		dev->counted_ms = at_ms;
	} else if (at_ms - dev->counted_ms >= INDEPENDENT_MS && dev->confirmations < 4) {
		dev->counted_ms = at_ms;
		dev->confirmations++;
	}
	for (int i = 0; i < dev->confirmations; i++)
		found->error *= factor;
}

static int
moved_event(struct topo *topo, const struct device_state *dev, struct place from,
	    const struct finding *found)
{
	struct topo_event *event =
		topo_event_add(topo, TOPO_EVENT_MOVED, dev->id, read_at(topo, found));
	struct words words;

	if (event == NULL)
		return ERR_NOMEM;
	words = words_open(event->from, sizeof(event->from));
	words_place(&words, topo, from);
	words = words_open(event->to, sizeof(event->to));
	words_place(&words, topo, found->place);
	why_write(topo, found, dev, event->detail, sizeof(event->detail));
	return 0;
}

/* Where rows are often wrong, a move is told when the new place is as sure as the former was. */
static int
moved_late(struct topo *topo, struct device_state *d, const struct finding *found)
{
	struct place from = d->moved_from;

	if (from.node == NONE32)
		return 0;
	if (is_place(from, found->place)) {
		d->moved_from = (struct place){NONE32, NONE16};
		return 0;
	}
	if (topo_confidence(found->error) < TOPO_CONFIDENCE_HIGH)
		return 0;
	d->moved_from = (struct place){NONE32, NONE16};
	return moved_event(topo, d, from, found);
}

static int
place_take(struct topo *topo, uint32_t dev, struct finding *found)
{
	struct device_state *d = &topo->devs[dev];
	struct topo_link link;
	bool is_new = d->link == NULL || !is_place(d->place, found->place);
	int err;

	if (is_new) {
		topo_attach(topo, dev, found->place);
		d->confirmations = 0;
		d->counted_ms = 0;
		d->is_settled = false;
	}
	d->pending = (struct place){NONE32, NONE16};
	d->pending_count = 0;
	confirm(topo, d, found);
	d->error = found->error;
	link_fill(topo, d, found, &link);
	link.confirmed_ms = read_at(topo, found);
	link.first_seen_ms = link.confirmed_ms;
	if (!is_new && d->link != NULL && d->link->parent == link.parent &&
	    d->link->if_index == link.if_index)
		link.first_seen_ms = d->link->first_seen_ms;
	/* Only what was seen in a second reading can have moved: before, views are still coming in.
	 */
	if (is_new)
		d->adopted_ms = link.confirmed_ms;
	else if (link.confidence >= TOPO_CONFIDENCE_LOW && link.confirmed_ms > d->adopted_ms)
		d->is_settled = true;
	err = moved_late(topo, d, found);
	return err != 0 ? err : topo_link_emit(topo, d, &link);
}

static bool
dev_is_node(const struct topo *topo, uint32_t dev)
{
	return topo->devs[dev].node != NONE32;
}

/* Not seen there now: it keeps its place for a while, if nothing else is known. */
static int
place_remember(struct topo *topo, uint32_t dev, const struct finding *found)
{
	struct device_state *d = &topo->devs[dev];
	struct topo_link link = *d->link;
	int64_t age = topo->now_ms - link.confirmed_ms;
	const struct node *node = d->place.node != NONE32 ? topo->nodes[d->place.node] : NULL;
	uint8_t full = topo_confidence(d->error), confidence;

	if (d->is_dark)
		return 0;
	if (age > topo->params.link_age_ms)
		return link_drop(topo, dev);
	/* After a start, a link of the store stands until its switch has been read again. */
	if (d->is_restored && (node == NULL || node->readings == 0))
		return 0;
	if (age < 0)
		age = 0;
	confidence = full;
	if (full > REMEMBERED_LOW)
		confidence = (uint8_t)(full - (double)(full - REMEMBERED_LOW) * (double)age /
						      (double)topo->params.link_age_ms);
	/* A switch that the tree has lost may be anywhere. */
	if ((found->is_doubtful || dev_is_node(topo, dev)) && confidence > 60)
		confidence = 60;
	/* It answers, so its switch should know it. */
	if (age > topo->params.fdb_age_ms * 2 && confidence >= TOPO_CONFIDENCE_HIGH)
		confidence = TOPO_CONFIDENCE_HIGH - 5;
	link.confidence = confidence;
	if (link.source != TOPO_DECLARED && age >= topo->params.fdb_age_ms * 2)
		link.source = TOPO_REMEMBERED;
	if (link.source == TOPO_REMEMBERED)
		strncpy(link.why, "last seen there, not confirmed since", sizeof(link.why) - 1);
	return topo_link_emit(topo, d, &link);
}

static bool
is_void(const struct topo *topo, struct place place)
{
	return place.node != NONE32 && place.port != NONE16 &&
	       port_is_down(&topo->nodes[place.node]->ports[place.port]);
}

/* Whether another place than that of the link is sure enough. */
static bool
is_move_sure(struct topo *topo, struct device_state *dev, struct finding *found)
{
	int64_t at_ms = read_at(topo, found);
	bool is_old_void = is_void(topo, dev->place);

	if (found->place.port == NONE16)
		return false;
	if (topo_confidence(found->error) >= TOPO_CONFIDENCE_HIGH && topo->fdb_error < NOISY &&
	    (found->heard != NULL || is_old_void || found->agreeing > 0))
		return true;
	if (!is_place(dev->pending, found->place)) {
		dev->pending = found->place;
		dev->pending_count = 1;
		dev->pending_ms = at_ms;
		return false;
	}
	if (at_ms > dev->pending_ms) {
		dev->pending_ms = at_ms;
		dev->pending_count++;
	}
	if (dev->pending_count < (topo->fdb_error < NOISY ? 2 : 3))
		return false;
	/* Seen twice; that it was wrong twice at the same port is the less likely. */
	found->error *= topo_repeat_error(topo);
	return topo_confidence(found->error) >= TOPO_CONFIDENCE_LOW;
}

/* The new place is only nearer: the old port leads there. */
static bool
is_refined(const struct topo *topo, struct place from, struct place to)
{
	return from.node != NONE32 &&
	       (from.port == NONE16 || to.node == from.node ||
		topo_leads(topo, from.node, from.port, to.node) == 1) &&
	       (to.node != from.node || from.port == NONE16);
}

static bool
is_kin(const struct topo *topo, struct place from, struct place to)
{
	const struct node *node;

	if (from.node != to.node || from.node == NONE32 || from.port == NONE16 || to.port == NONE16)
		return false;
	node = topo->nodes[from.node];
	return topo_port_is_kin(node, node->ports[from.port].if_index,
				node->ports[to.port].if_index);
}

int
topo_link_settle(struct topo *topo, uint32_t dev, struct finding *found)
{
	struct device_state *d = &topo->devs[dev];
	bool is_known = d->link != NULL, is_done = false;
	struct place from = d->place;
	int err;

	if (d->upstream != 0) {
		err = topo_declared_settle(topo, dev, found, &is_done);
		if (err != 0 || is_done)
			return err;
	}
	if (found->place.node == NONE32 || (!found->is_fresh && is_known))
		return is_known ? place_remember(topo, dev, found) : 0;
	/* Rows of one that is dark outlive it: they confirm nothing. */
	if (is_known && d->is_dark && is_place(from, found->place))
		return 0;
	if (!is_known || is_place(from, found->place))
		return place_take(topo, dev, found);
	/* A place without a port is worth less than a former one with its port, unless that port is
	 * known by now to lead there. */
	if (found->place.port == NONE16 && d->link->if_index != 0 &&
	    !source_is_guess(d->link->source) &&
	    !(is_refined(topo, from, found->place) && from.port != NONE16 &&
	      topo_port_is_between(&topo->nodes[from.node]->ports[from.port]))) {
		found->is_doubtful = true;
		return place_remember(topo, dev, found);
	}
	if (d->is_restored && from.node == NONE32) {
		/* Its switch is not known yet: is it merely late? */
		if (topo_confidence(found->error) < TOPO_CONFIDENCE_HIGH ||
		    topo_dev_by_id(topo, d->link->parent) != NULL)
			return place_remember(topo, dev, found);
	}
	if (is_refined(topo, from, found->place) || is_kin(topo, from, found->place) ||
	    source_is_guess(d->link->source) ||
	    (!d->is_settled && d->link->confidence < TOPO_CONFIDENCE_HIGH &&
	     found->error < d->error))
		return place_take(topo, dev, found);
	if (!is_move_sure(topo, d, found)) {
		found->is_doubtful = true;
		return place_remember(topo, dev, found);
	}
	if (d->is_settled && !is_void(topo, from) &&
	    (topo->fdb_error >= 2 * NOISY || topo_is_flickering(topo, NOISY))) {
		/* What was not sure before may be put right now. */
		if (d->moved_from.node == NONE32 &&
		    topo_confidence(d->error) >= TOPO_CONFIDENCE_HIGH)
			d->moved_from = from;
		return place_take(topo, dev, found);
	}
	err = d->is_settled ? moved_event(topo, d, from, found) : 0;
	return err != 0 ? err : place_take(topo, dev, found);
}
