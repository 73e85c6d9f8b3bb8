/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the fleet file declares wins: it is the link, whatever is seen. If the device is seen
 * elsewhere, and surely, the link is marked as contradicted and says where.
 */
#include "topo_impl.h"

#include "keepwatch/err.h"

#include <string.h>

enum { DECLARED_CONFIDENCE = 90, CONTRADICTED_CONFIDENCE = 60 };

static void
place_words(char *buffer, size_t size, const struct topo *topo, struct place place)
{
	struct words words = words_open(buffer, size);

	words_place(&words, topo, place);
}

static int
verdict_event(struct topo *topo, struct device_state *dev, const struct topo_link *link,
	      const struct finding *found, bool is_contradicted)
{
	struct topo_event *event =
		topo_event_add(topo, is_contradicted ? TOPO_EVENT_CONTRADICTED : TOPO_EVENT_AGREED,
			       dev->id, topo->nodes[found->place.node]->at_ms);
	const struct device_state *up = topo_dev_by_id(topo, dev->upstream);
	struct words words;

	if (event == NULL)
		return ERR_NOMEM;
	words = words_open(event->from, sizeof(event->from));
	words_add(&words, up != NULL ? up->name : "?");
	words_add(&words, link->port[0] != '\0' ? " " : "");
	words_add(&words, link->port);
	place_words(event->to, sizeof(event->to), topo, found->place);
	words = words_open(event->detail, sizeof(event->detail));
	words_number(&words, topo_confidence(found->error));
	words_add(&words, " % sure");
	dev->is_contradicted = is_contradicted;
	return 0;
}

/* Where it is seen instead; without news of it, where it was seen before. */
static void
set_seen(const struct topo *topo, struct topo_link *link, const struct place *place,
	 const struct topo_link *former)
{
	if (place != NULL) {
		const struct node *node = topo->nodes[place->node];
		const struct port *port = &node->ports[place->port];

		link->seen_parent = node->dev != NONE32 ? topo->devs[node->dev].id : 0;
		link->seen_if_index = port->if_index;
		strncpy(link->seen_port, port->name, sizeof(link->seen_port) - 1);
	} else if (former != NULL) {
		link->seen_parent = former->seen_parent;
		link->seen_if_index = former->seen_if_index;
		memcpy(link->seen_port, former->seen_port, sizeof(link->seen_port));
		memcpy(link->why, former->why, sizeof(link->why));
	}
}

int
topo_declared_settle(struct topo *topo, uint32_t d, struct finding *found, bool *is_done)
{
	struct device_state *dev = &topo->devs[d];
	const struct device_state *up = topo_dev_by_id(topo, dev->upstream);
	const struct node *node = up != NULL && up->node != NONE32 ? topo->nodes[up->node] : NULL;
	struct place declared = {NONE32, NONE16};
	bool has_found =
		found->place.node != NONE32 && found->place.port != NONE16 && found->is_fresh;
	bool is_agreed = false, is_against = false;
	struct topo_link link = {.device = dev->id, .source = TOPO_DECLARED};
	struct words words = words_open(link.why, sizeof(link.why));
	int err = 0;

	*is_done = false;
	if (up == NULL)
		return 0;
	if (node != NULL) {
		declared.node = up->node;
		declared.port = topo_port_by_text(node, dev->upstream_port);
		if (declared.port != NONE16)
			declared.port = node->ports[declared.port].agg;
	}
	if (has_found) {
		is_agreed = found->place.node == declared.node &&
			    (declared.port == NONE16 || declared.port == found->place.port);
		is_against = !is_agreed && topo_confidence(found->error) >= TOPO_CONFIDENCE_HIGH;
	}
	/* Twice, or by its neighbour: a single row is not held against what somebody declared. */
	if (is_against && dev->contra_doubt < 2 &&
	    topo->nodes[found->place.node]->fdb_ms != dev->pending_ms) {
		dev->pending_ms = topo->nodes[found->place.node]->fdb_ms;
		dev->contra_doubt++;
	}
	if (!is_against)
		dev->contra_doubt = 0;
	is_against = is_against &&
		     (dev->contra_doubt >= 2 || dev->is_contradicted || found->heard != NULL);
	*is_done = true;
	if (is_agreed && declared.port == NONE16)
		declared = found->place;
	if (declared.node != NONE32 &&
	    (dev->place.node != declared.node || dev->place.port != declared.port))
		topo_attach(topo, d, declared);
	link.parent = up->id;
	if (declared.port != NONE16 && node != NULL) {
		link.if_index = node->ports[declared.port].if_index;
		strncpy(link.port, node->ports[declared.port].name, sizeof(link.port) - 1);
	} else {
		strncpy(link.port, dev->upstream_port, sizeof(link.port) - 1);
	}
	link.is_contradicted = is_against || (dev->is_contradicted && !is_agreed);
	link.confidence = link.is_contradicted ? CONTRADICTED_CONFIDENCE : DECLARED_CONFIDENCE;
	words_add(&words, "declared");
	if (is_agreed) {
		uint8_t seen = topo_confidence(found->error);

		link.confidence = seen > DECLARED_CONFIDENCE ? seen : DECLARED_CONFIDENCE;
		link.via = found->via;
		link.vlan = found->vlan;
		link.shared = found->shared;
		words_add(&words, ", and seen there");
	} else if (link.is_contradicted && has_found) {
		words_add(&words, ", but seen at ");
		words_place(&words, topo, found->place);
		set_seen(topo, &link, &found->place, dev->link);
	} else if (link.is_contradicted) {
		set_seen(topo, &link, NULL, dev->link);
	}
	if (found->station != NONE32)
		link.mac = topo->stations[found->station].mac;
	link.confirmed_ms = is_agreed		? topo->nodes[found->place.node]->fdb_ms
			    : dev->link != NULL ? dev->link->confirmed_ms
						: topo->now_ms;
	link.first_seen_ms = dev->link != NULL && dev->link->parent == link.parent &&
					     dev->link->if_index == link.if_index
				     ? dev->link->first_seen_ms
				     : link.confirmed_ms;
	dev->error = topo_error_of(link.confidence);
	dev->is_settled = true;
	if (is_against && !dev->is_contradicted)
		err = verdict_event(topo, dev, &link, found, true);
	else if (is_agreed && dev->is_contradicted)
		err = verdict_event(topo, dev, &link, found, false);
	return err != 0 ? err : topo_link_emit(topo, dev, &link);
}
