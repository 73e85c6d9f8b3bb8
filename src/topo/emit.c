/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Links go out: only what is new or has changed by more than a shade is told, so that the store is
 * not written with every reading.
 */
#include "topo_impl.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

enum { TOLD_MS = 3600 * 1000 };

static bool
is_same_band(uint8_t a, uint8_t b)
{
	return (a >= TOPO_CONFIDENCE_HIGH) == (b >= TOPO_CONFIDENCE_HIGH) &&
	       (a >= TOPO_CONFIDENCE_LOW) == (b >= TOPO_CONFIDENCE_LOW) && abs(a - b) < 6;
}

int
topo_gone_add(struct topo *topo, const struct topo_link *link)
{
	if (mem_grow(&topo->out_gone, &topo->out_gone_cap, topo->out_gone_count + 1,
		     sizeof(*topo->out_gone)) != 0)
		return ERR_NOMEM;
	topo->out_gone[topo->out_gone_count++] = *link;
	return 0;
}

static int
link_out(struct topo *topo, const struct topo_link *link)
{
	if (mem_grow(&topo->out_links, &topo->out_link_cap, topo->out_link_count + 1,
		     sizeof(*topo->out_links)) != 0)
		return ERR_NOMEM;
	topo->out_links[topo->out_link_count++] = *link;
	return 0;
}

static bool
is_same_end(const struct topo_link *a, const struct topo_link *b)
{
	return a->parent == b->parent && a->if_index == b->if_index;
}

/* Small changes of confidence, or of the words alone, are not worth a row of the store. */
static void
calm(const struct topo_link *former, struct topo_link *next)
{
	if (!is_same_end(former, next))
		return;
	if (is_same_band(former->confidence, next->confidence))
		next->confidence = former->confidence;
	if (former->source == next->source && former->via == next->via &&
	    topo_link_same_seen(former, next) && former->mac == next->mac &&
	    (former->confidence >= TOPO_CONFIDENCE_HIGH) ==
		    (next->confidence >= TOPO_CONFIDENCE_HIGH))
		memcpy(next->why, former->why, sizeof(next->why));
}

int
topo_link_emit(struct topo *topo, struct device_state *dev, const struct topo_link *next)
{
	struct topo_link *link = next->is_spare ? dev->spare : dev->link;
	struct topo_link calmed = *next;
	int err;

	if (link != NULL)
		calm(link, &calmed);
	if (link != NULL && topo_link_same(link, &calmed) &&
	    (next->is_spare || calmed.confirmed_ms - dev->told_ms < TOLD_MS)) {
		link->confirmed_ms = calmed.confirmed_ms;
		return 0;
	}
	if (link != NULL && !is_same_end(link, &calmed)) {
		err = topo_gone_add(topo, link);
		if (err != 0)
			return err;
	}
	if (link == NULL) {
		link = malloc(sizeof(*link));
		if (link == NULL)
			return ERR_NOMEM;
		if (next->is_spare)
			dev->spare = link;
		else
			dev->link = link;
	}
	*link = calmed;
	if (!next->is_spare)
		dev->told_ms = calmed.confirmed_ms;
	return link_out(topo, link);
}

bool
topo_port_is_kin(const struct node *node, uint32_t a, uint32_t b)
{
	uint16_t pa = topo_port_by_index(node, a), pb = topo_port_by_index(node, b);
	const struct port *x, *y;

	if (a == b)
		return true;
	if (pa == NONE16 || pb == NONE16)
		return false;
	x = &node->ports[pa];
	y = &node->ports[pb];
	if (x->former_lag == b || y->former_lag == a ||
	    (x->former_lag != 0 && x->former_lag == y->former_lag))
		return true;
	return x->is_present != y->is_present && x->name[0] != '\0' &&
	       strcmp(x->name, y->name) == 0;
}
