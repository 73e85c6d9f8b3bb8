/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the store knew at the start: links, identities and stations, so that a restart neither
 * forgets where a device was nor tells of it again.
 */
#include "topo_impl.h"

#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

static uint64_t
known_key(uint32_t id, uint32_t if_index, mac_addr mac)
{
	uint64_t numbers[] = {id, if_index, mac};
	uint64_t key = topo_hash(TOPO_HASH_START, numbers, sizeof(numbers));

	return key != 0 ? key : 1;
}

bool
topo_is_known(const struct topo *topo, uint32_t id, uint32_t if_index, mac_addr mac)
{
	return map64_get(&topo->known, known_key(id, if_index, mac)) != MAP64_NONE;
}

int
topo_known_add(struct topo *topo, uint32_t id, uint32_t if_index, mac_addr mac)
{
	return map64_put(&topo->known, known_key(id, if_index, mac), 1);
}

int
topo_restore_station(struct topo *topo, const struct topo_station *station)
{
	return topo_known_add(topo, station->device, station->if_index, station->mac);
}

int
topo_restore(struct topo *topo, const struct topo_link *link)
{
	struct device_state *dev = topo_dev_by_id(topo, link->device);
	struct topo_link **slot, *copy;

	if (dev == NULL)
		return ERR_NOTFOUND;
	copy = malloc(sizeof(*copy));
	if (copy == NULL)
		return ERR_NOMEM;
	*copy = *link;
	slot = link->is_spare ? &dev->spare : &dev->link;
	free(*slot);
	*slot = copy;
	if (link->is_spare)
		return 0;
	dev->is_restored = true;
	dev->error = topo_error_of(link->confidence);
	dev->is_settled = link->confidence >= TOPO_CONFIDENCE_LOW;
	dev->is_contradicted = link->is_contradicted;
	dev->told_ms = link->confirmed_ms;
	dev->confirmations = link->confidence >= TOPO_CONFIDENCE_HIGH ? 1 : 0;
	if (mac_is_station(link->mac) && link->parent != 0) {
		uint32_t station = topo_station_get(topo, link->mac);

		if (station == NONE32)
			return ERR_NOMEM;
		dev->is_station_restored = true;
		if (topo_establish(topo, (uint32_t)(dev - topo->devs), station, true) != 0)
			return ERR_NOMEM;
	}
	dev->is_wrong_vlan = topo_vlan_is_wrong(topo, dev, link->vlan);
	return 0;
}

int
topo_restore_switch(struct topo *topo, const struct topo_identity *identity)
{
	uint32_t dev = map64_get(&topo->by_id, identity->device);
	struct node *node;
	int err;

	if (dev == MAP64_NONE)
		return ERR_NOTFOUND;
	if (topo->devs[dev].node == NONE32) {
		err = topo_node_new(topo, dev);
		if (err != 0)
			return err;
	}
	node = topo->nodes[topo->devs[dev].node];
	node->identity = *identity;
	return 0;
}

/* The place of a restored link, once its switch has told its ports. */
void
topo_place_sync(struct topo *topo, uint32_t d)
{
	struct device_state *dev = &topo->devs[d];
	const struct device_state *parent;
	struct place place;

	if (dev->place.node != NONE32 && dev->place.port != NONE16) {
		/* Its port is a member now: that is no other place. */
		place = dev->place;
		place.port = topo->nodes[place.node]->ports[place.port].agg;
		if (place.port != dev->place.port)
			topo_attach(topo, d, place);
	}
	if (dev->link == NULL || dev->place.node != NONE32 || dev->link->parent == 0)
		return;
	parent = topo_dev_by_id(topo, dev->link->parent);
	if (parent == NULL || parent->node == NONE32)
		return;
	place.node = parent->node;
	place.port = topo_port_by_index(topo->nodes[place.node], dev->link->if_index);
	if (source_is_guess(dev->link->source))
		place.port = NONE16;
	else if (dev->link->if_index != 0 && place.port == NONE16)
		return;
	if (place.port != NONE16)
		place.port = topo->nodes[place.node]->ports[place.port].agg;
	topo_attach(topo, d, place);
}
