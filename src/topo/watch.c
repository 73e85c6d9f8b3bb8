/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rules about what hangs where: VLANs that a kind of device may be on, and stations that nobody
 * knows on the ports of cameras and doors.
 */
#include "topo_impl.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <string.h>

enum { TOLD_PER_PORT = 4, NAME_ROOM = 80 };

bool
topo_vlan_is_wrong(const struct topo *topo, const struct device_state *dev, uint16_t vlan)
{
	const uint64_t *allowed = topo->params.allowed_vlans[dev->kind];

	return allowed != NULL && vlan != 0 && vlan <= VIEW_VLAN_ID_MAX &&
	       (allowed[vlan / 64] >> (vlan % 64) & 1) == 0;
}

int
topo_vlan_check(struct topo *topo, uint32_t d)
{
	struct device_state *dev = &topo->devs[d];
	struct topo_event *event;
	struct words words;
	bool is_wrong;

	if (dev->link == NULL || dev->link->vlan == 0 || dev->place.node == NONE32 ||
	    !dev->is_settled || dev->link->confidence < TOPO_CONFIDENCE_LOW)
		return 0;
	is_wrong = topo_vlan_is_wrong(topo, dev, dev->link->vlan);
	if (is_wrong == dev->is_wrong_vlan) {
		dev->vlan_doubt = 0;
		return 0;
	}
	if (dev->link->confidence < TOPO_CONFIDENCE_HIGH && dev->vlan_doubt == 0) {
		dev->vlan_doubt = 1;
		dev->vlan_ms = dev->link->confirmed_ms;
		return 0;
	}
	if (dev->vlan_doubt > 0 && dev->link->confirmed_ms <= dev->vlan_ms)
		return 0;
	dev->vlan_doubt = 0;
	event = topo_event_add(topo, is_wrong ? TOPO_EVENT_WRONG_VLAN : TOPO_EVENT_VLAN_RIGHT,
			       dev->id, dev->link->confirmed_ms);
	if (event == NULL)
		return ERR_NOMEM;
	dev->is_wrong_vlan = is_wrong;
	words = words_open(event->to, sizeof(event->to));
	words_add(&words, "VLAN ");
	words_number(&words, dev->link->vlan);
	words = words_open(event->detail, sizeof(event->detail));
	words_add(&words, "at ");
	words_place(&words, topo, dev->place);
	words_add(&words, is_wrong ? "; policy does not allow this VLAN for a "
				   : "; policy allows this VLAN for a ");
	words_add(&words, kind_name(dev->kind));
	return 0;
}

int
topo_station_seen(struct topo *topo, uint32_t node, uint16_t port, mac_addr mac, int64_t at_ms)
{
	if (mem_grow(&topo->newcomers, &topo->newcomer_cap, topo->newcomer_count + 1,
		     sizeof(*topo->newcomers)) != 0)
		return ERR_NOMEM;
	topo->newcomers[topo->newcomer_count++] =
		(struct newcomer){.node = node, .port = port, .mac = mac, .at_ms = at_ms};
	return 0;
}

static bool
is_security(const struct topo *topo, const struct device_state *dev)
{
	return (topo->params.security_kinds >> dev->kind & 1) != 0;
}

static int
station_out(struct topo *topo, const struct node *node, uint32_t if_index, mac_addr mac,
	    int64_t at_ms)
{
	uint32_t id = topo->devs[node->dev].id;

	if (topo_known_add(topo, id, if_index, mac) != 0 ||
	    mem_grow(&topo->out_stations, &topo->out_station_cap, topo->out_station_count + 1,
		     sizeof(*topo->out_stations)) != 0)
		return ERR_NOMEM;
	topo->out_stations[topo->out_station_count++] = (struct topo_station){
		.device = id, .if_index = if_index, .mac = mac, .first_seen_ms = at_ms};
	return 0;
}

static int
newcomer_event(struct topo *topo, const struct newcomer *newcomer, unsigned more)
{
	const struct node *node = topo->nodes[newcomer->node];
	struct topo_event *event =
		topo_event_add(topo, TOPO_EVENT_NEW_MAC, topo->devs[node->dev].id, newcomer->at_ms);
	struct words words;

	if (event == NULL)
		return ERR_NOMEM;
	words = words_open(event->from, sizeof(event->from));
	words_place(&words, topo, (struct place){newcomer->node, newcomer->port});
	words = words_open(event->to, sizeof(event->to));
	words_mac(&words, newcomer->mac);
	words = words_open(event->detail, sizeof(event->detail));
	words_add(&words, "not seen before on the port of");
	for (uint32_t d = node->first_attached; d != NONE32; d = topo->devs[d].next_on_node) {
		if (topo->devs[d].place.port == newcomer->port &&
		    is_security(topo, &topo->devs[d]) && words.end - words.at > NAME_ROOM) {
			words_add(&words, " ");
			words_add(&words, topo->devs[d].name);
		}
	}
	if (more > 0) {
		words_add(&words, "; and ");
		words_number(&words, more);
		words_add(&words, " more");
	}
	return 0;
}

static int
newcomer_judge(struct topo *topo, size_t at)
{
	struct newcomer *newcomer = &topo->newcomers[at];
	struct node *node = topo->nodes[newcomer->node];
	struct port *port;
	uint32_t station;
	unsigned before = 0, after = 0;
	int err;

	if (node->dev == NONE32)
		return 0;
	newcomer->port = node->ports[newcomer->port].agg;
	port = &node->ports[newcomer->port];
	if (port->role != ROLE_EDGE || !port->is_watched ||
	    topo_is_known(topo, topo->devs[node->dev].id, port->if_index, newcomer->mac))
		return 0;
	err = station_out(topo, node, port->if_index, newcomer->mac, newcomer->at_ms);
	if (err != 0)
		return err;
	station = topo_station_find(topo, newcomer->mac);
	if (topo->fdb_error > NOISY || topo_is_flickering(topo, UNEASY) ||
	    (station != MAP64_NONE && topo->stations[station].owner != NONE32))
		return 0;
	for (size_t i = 0; i < topo->newcomer_count; i++) {
		if (topo->newcomers[i].node != newcomer->node ||
		    node->ports[topo->newcomers[i].port].agg != newcomer->port)
			continue;
		before += i < at;
		after += i > at;
	}
	if (before >= TOLD_PER_PORT)
		return 0;
	return newcomer_event(topo, newcomer, before + 1 == TOLD_PER_PORT ? after : 0);
}

/* Ports that carry such a device for the first time: what is there belongs there. */
static int
node_learn(struct topo *topo, struct node *node)
{
	bool any = false;
	int err = 0;

	node->is_learning = false;
	for (uint32_t d = node->first_attached; d != NONE32; d = topo->devs[d].next_on_node) {
		const struct device_state *dev = &topo->devs[d];

		if (dev->place.port == NONE16 || !is_security(topo, dev) || dev->link == NULL ||
		    dev->link->confidence < TOPO_CONFIDENCE_LOW ||
		    node->ports[dev->place.port].is_watched ||
		    node->ports[dev->place.port].role != ROLE_EDGE)
			continue;
		node->ports[dev->place.port].is_watched = true;
		node->ports[dev->place.port].is_to_learn = true;
		any = true;
	}
	for (size_t i = 0; any && i < node->port_count; i++)
		node->facts[i].is_to_learn = node->ports[node->facts[i].agg].is_to_learn;
	for (size_t i = 0; any && i < node->port_count; i++)
		node->ports[i].is_to_learn = false;
	for (size_t i = 0; any && i < node->fdb_count && err == 0; i++) {
		const struct port_facts *facts = &node->facts[node->fdb[i].port];
		mac_addr mac = node->fdb[i].key >> 16;
		uint32_t if_index;

		if (!facts->is_to_learn)
			continue;
		if_index = node->ports[facts->agg].if_index;
		if (!topo_is_known(topo, topo->devs[node->dev].id, if_index, mac))
			err = station_out(topo, node, if_index, mac, node->fdb_ms);
	}
	return err;
}

int
topo_watch(struct topo *topo)
{
	int err = 0;

	for (size_t i = 0; i < topo->newcomer_count && err == 0; i++)
		err = newcomer_judge(topo, i);
	topo->newcomer_count = 0;
	for (size_t n = 0; n < topo->node_count && err == 0; n++) {
		if (topo->nodes[n]->is_learning && topo->nodes[n]->readings > 0)
			err = node_learn(topo, topo->nodes[n]);
	}
	return err;
}
