/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Life of the inference, its devices, and what it answers. The work is in the other files:
 * view.c, fdb.c, heard.c and arp.c take evidence in; edges.c, tree.c and roles.c join the
 * switches; attach.c finds the devices' ports; links.c and events.c say what has changed.
 */
#include "topo_impl.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

enum { FDB_AGE_MS = 15 * 60 * 1000 };
#define LINK_AGE_MS ((int64_t)7 * 24 * 3600 * 1000)

void
topo_set_params(struct topo *topo, const struct topo_params *params)
{
	topo->params = *params;
	if (topo->params.fdb_age_ms <= 0)
		topo->params.fdb_age_ms = FDB_AGE_MS;
	if (topo->params.link_age_ms <= 0)
		topo->params.link_age_ms = LINK_AGE_MS;
	topo->is_all_dirty = true;
}

struct topo *
topo_new(const struct topo_params *params)
{
	struct topo *topo = calloc(1, sizeof(*topo));

	if (topo == NULL)
		return NULL;
	topo->free_claim = NONE32;
	topo->root = topo->former_root = NONE32;
	topo->hour = -1;
	topo->fdb_error = 0.005;
	topo->lldp_error = 0.003;
	topo_scores_set(topo);
	topo_set_params(topo, params);
	return topo;
}

static void
node_free(struct node *node)
{
	if (node == NULL)
		return;
	for (size_t i = 0; i < node->port_count; i++)
		free(node->ports[i].text);
	free(node->ports);
	free(node->facts);
	free(node->order);
	free(node->fdb);
	free(node->fences);
	free(node->heard);
	free(node->heard_text);
	free(node->arp);
	free(node->told);
	free(node);
}

static void
device_free(struct device_state *dev)
{
	free(dev->name);
	free(dev->upstream_port);
	free(dev->serial);
	free(dev->serial_doubt);
	free(dev->link);
	free(dev->spare);
}

void
topo_free(struct topo *topo)
{
	if (topo == NULL)
		return;
	for (size_t i = 0; i < topo->node_count; i++)
		node_free(topo->nodes[i]);
	for (size_t i = 0; i < topo->dev_count; i++)
		device_free(&topo->devs[i]);
	for (size_t i = 0; i < topo->station_count; i++) {
		if (topo->stations[i].ref_cap > REFS_INLINE)
			free(topo->stations[i].refs.many);
	}
	map64_fini(&topo->by_id);
	map64_fini(&topo->by_mac);
	map64_fini(&topo->by_ip);
	map64_fini(&topo->by_name);
	map64_fini(&topo->known);
	free(topo->devs);
	free(topo->nodes);
	free(topo->stations);
	free(topo->claims);
	free(topo->host_arp);
	free(topo->dirty);
	free(topo->edges);
	free(topo->out_links);
	free(topo->out_gone);
	free(topo->out_events);
	free(topo->out_switches);
	free(topo->out_stations);
	free(topo->queued);
	free(topo->newcomers);
	free(topo->waiting);
	free(topo->scratch);
	free(topo);
}

struct device_state *
topo_dev_by_id(const struct topo *topo, uint32_t id)
{
	uint32_t dev = id != 0 ? map64_get(&topo->by_id, id) : MAP64_NONE;

	return dev != MAP64_NONE ? &topo->devs[dev] : NULL;
}

struct node *
topo_node_of(const struct topo *topo, uint32_t dev)
{
	uint32_t node = dev != NONE32 ? topo->devs[dev].node : NONE32;

	return node != NONE32 ? topo->nodes[node] : NULL;
}

int
topo_dirty(struct topo *topo, uint32_t dev)
{
	if (topo->devs[dev].is_dirty)
		return 0;
	if (mem_grow(&topo->dirty, &topo->dirty_cap, topo->dirty_count + 1, sizeof(*topo->dirty)) !=
	    0) {
		topo->is_all_dirty = true;
		return ERR_NOMEM;
	}
	topo->devs[dev].is_dirty = true;
	topo->dirty[topo->dirty_count++] = dev;
	return 0;
}

/* It is looked at again in the next update. */
int
topo_wait(struct topo *topo, uint32_t dev)
{
	if (mem_grow(&topo->waiting, &topo->waiting_cap, topo->waiting_count + 1,
		     sizeof(*topo->waiting)) != 0)
		return ERR_NOMEM;
	topo->waiting[topo->waiting_count++] = dev;
	return 0;
}

/* All devices whose link ends at this node. */
int
topo_dirty_node(struct topo *topo, const struct node *node)
{
	int err = 0;

	for (uint32_t dev = node->first_attached; dev != NONE32 && err == 0;
	     dev = topo->devs[dev].next_on_node)
		err = topo_dirty(topo, dev);
	return err;
}

uint32_t
topo_seconds(struct topo *topo, int64_t at_ms)
{
	if (!topo->has_epoch) {
		/* What is restored is older than the first evidence. */
		topo->epoch_ms = at_ms - 1000;
		topo->has_epoch = true;
	}
	return at_ms > topo->epoch_ms ? (uint32_t)((at_ms - topo->epoch_ms) / 1000) : 0;
}

static int
text_put(char **slot, const char *text)
{
	char *copy = mem_strdup(text != NULL ? text : "");

	if (copy == NULL)
		return ERR_NOMEM;
	free(*slot);
	*slot = copy;
	return 0;
}

static int
device_new(struct topo *topo, uint32_t id, uint32_t *out)
{
	uint32_t dev = (uint32_t)topo->dev_count;

	if (mem_grow(&topo->devs, &topo->dev_cap, topo->dev_count + 1, sizeof(*topo->devs)) != 0 ||
	    map64_put(&topo->by_id, id, dev) != 0)
		return ERR_NOMEM;
	topo->devs[dev] = (struct device_state){
		.id = id,
		.node = NONE32,
		.claims = NONE32,
		.station = NONE32,
		.place = {NONE32, NONE16},
		.pending = {NONE32, NONE16},
		.moved_from = {NONE32, NONE16},
		.next_on_node = NONE32,
		.prev_on_node = NONE32,
		.replace_station = NONE32,
		.duplicate_station = NONE32,
		.error = 1,
	};
	topo->dev_count++;
	*out = dev;
	return 0;
}

int
topo_device_put(struct topo *topo, const struct topo_device *device)
{
	uint32_t dev = map64_get(&topo->by_id, device->id);
	struct device_state *d;
	bool is_new_ip;

	if (dev == MAP64_NONE && device_new(topo, device->id, &dev) != 0)
		return ERR_NOMEM;
	d = &topo->devs[dev];
	if (text_put(&d->name, device->name) != 0 ||
	    text_put(&d->upstream_port, device->upstream_port) != 0 ||
	    topo_name_add(topo, d->name, dev) != 0)
		return ERR_NOMEM;
	d->is_used = true;
	d->kind = device->kind;
	if (d->upstream != device->upstream)
		topo->is_tree_dirty = true;
	d->upstream = device->upstream;
	is_new_ip = !ipaddr_equal(&d->ip, &device->ip);
	if (is_new_ip && d->has_ip && map64_get(&topo->by_ip, topo_ip_key(&d->ip)) == dev)
		map64_remove(&topo->by_ip, topo_ip_key(&d->ip));
	d->ip = device->ip;
	d->has_ip = device->ip.family != 0;
	topo->is_heard_dirty = true;
	if (d->has_ip && is_new_ip) {
		if (map64_put(&topo->by_ip, topo_ip_key(&d->ip), dev) != 0 ||
		    topo_arp_claims_of(topo, dev) != 0)
			return ERR_NOMEM;
	}
	return topo_dirty(topo, dev);
}

static void
node_forget(struct topo *topo, uint32_t n)
{
	struct node *node = topo->nodes[n];

	topo_heard_drop(topo, node);
	for (size_t i = 0; i < node->fdb_count; i++) {
		uint32_t station = topo_station_find(topo, node->fdb[i].key >> 16);

		if (station != MAP64_NONE)
			topo_ref_remove(topo, station, ref_make(n, node->fdb[i].port));
	}
	node->fdb_count = 0;
	for (size_t i = 0; i < node->arp_count; i++) {
		uint32_t dev = map64_get(&topo->by_ip, topo_ip_key(&node->arp[i].ip));

		if (dev != MAP64_NONE)
			topo_claims_drop(topo, dev, ORIGIN_ARP - (int32_t)n, NULL, 0);
	}
	node->arp_count = 0;
	while (node->first_attached != NONE32) {
		uint32_t dev = node->first_attached;

		topo_detach(topo, dev);
		(void)topo_dirty(topo, dev);
	}
	node->dev = NONE32;
	topo->is_tree_dirty = true;
}

void
topo_device_remove(struct topo *topo, uint32_t id)
{
	uint32_t dev = map64_get(&topo->by_id, id);
	struct device_state *d;

	if (dev == MAP64_NONE)
		return;
	d = &topo->devs[dev];
	while (d->claims != NONE32)
		topo_claim_drop(topo, dev, topo->claims[d->claims].station,
				topo->claims[d->claims].origin);
	topo_detach(topo, dev);
	if (d->node != NONE32)
		node_forget(topo, d->node);
	while (d->heard != NULL) {
		struct heard *heard = d->heard;

		d->heard = heard->next;
		heard->next = NULL;
		heard->target = NONE32;
	}
	if (d->has_ip && map64_get(&topo->by_ip, topo_ip_key(&d->ip)) == dev)
		map64_remove(&topo->by_ip, topo_ip_key(&d->ip));
	if (d->name != NULL)
		topo_name_remove(topo, d->name, dev);
	map64_remove(&topo->by_id, id);
	topo->answered -= d->is_answered;
	topo->oddly_answered -= d->is_oddly_answered;
	topo->agreeing -= d->agreeing;
	topo->opposing -= d->opposing;
	if (d->lldp_verdict > 0)
		topo->lldp_agreeing--;
	if (d->lldp_verdict < 0)
		topo->lldp_opposing--;
	device_free(d);
	/* The place in devs stays empty: indexes are for ever. */
	*d = (struct device_state){.node = NONE32,
				   .claims = NONE32,
				   .station = NONE32,
				   .place = {NONE32, NONE16},
				   .next_on_node = NONE32,
				   .prev_on_node = NONE32};
	topo->is_heard_dirty = true;
}

void
topo_set_alive(struct topo *topo, uint32_t id, bool is_alive, int64_t at_ms)
{
	struct device_state *d = topo_dev_by_id(topo, id);

	if (d == NULL || d->is_dark == !is_alive)
		return;
	d->is_dark = !is_alive;
	d->dark_ms = at_ms;
	(void)topo_dirty(topo, (uint32_t)(d - topo->devs));
}

int
topo_macs_put(struct topo *topo, uint32_t id, int origin, const struct topo_mac *macs, size_t count,
	      int64_t at_ms)
{
	uint32_t dev = map64_get(&topo->by_id, id), keep[64];
	size_t kept = 0;

	if (dev == MAP64_NONE)
		return ERR_NOTFOUND;
	for (size_t i = 0; i < count && kept < MEM_COUNT(keep); i++) {
		uint32_t station;

		if (!mac_is_station(macs[i].mac) || topo_mac_is_virtual(macs[i].mac))
			continue;
		station = topo_station_get(topo, macs[i].mac);
		if (station == NONE32 || topo_claim_add(topo, dev, station, origin, at_ms) != 0)
			return ERR_NOMEM;
		keep[kept++] = station;
	}
	topo_claims_drop(topo, dev, origin, keep, kept);
	return 0;
}

int
topo_monitor_put(struct topo *topo, const mac_addr *macs, size_t mac_count,
		 const struct ipaddr *gateways, size_t gateway_count, int64_t at_ms)
{
	bool is_same = true;

	(void)topo_seconds(topo, at_ms);
	if (mac_count > MONITOR_MAX)
		mac_count = MONITOR_MAX;
	if (gateway_count > MONITOR_MAX)
		gateway_count = MONITOR_MAX;
	is_same = mac_count == topo->monitor_mac_count && gateway_count == topo->gateway_count;
	for (size_t i = 0; i < mac_count; i++) {
		is_same = is_same && topo->monitor_macs[i] == macs[i];
		topo->monitor_macs[i] = macs[i];
	}
	for (size_t i = 0; i < gateway_count; i++) {
		is_same = is_same && ipaddr_equal(&topo->gateways[i], &gateways[i]);
		topo->gateways[i] = gateways[i];
	}
	topo->monitor_mac_count = mac_count;
	topo->gateway_count = gateway_count;
	topo->is_tree_dirty = topo->is_tree_dirty || !is_same;
	return 0;
}

const struct topo_link *
topo_link_of(const struct topo *topo, uint32_t id)
{
	const struct device_state *d = topo_dev_by_id(topo, id);

	return d != NULL ? d->link : NULL;
}

const struct topo_link *
topo_spare_of(const struct topo *topo, uint32_t id)
{
	const struct device_state *d = topo_dev_by_id(topo, id);

	return d != NULL ? d->spare : NULL;
}

/* Who has the MAC that the host knows of an address; 0: nobody of the fleet. */
static uint32_t
host_arp_owner(const struct topo *topo, const struct ipaddr *ip)
{
	for (size_t i = 0; i < topo->host_arp_count; i++) {
		uint32_t station, owner;

		if (!ipaddr_equal(&topo->host_arp[i].ip, ip))
			continue;
		station = topo_station_find(topo, topo->host_arp[i].mac);
		owner = station == NONE32 ? NONE32 : topo->stations[station].owner;
		if (owner != NONE32)
			return topo->devs[owner].id;
	}
	return 0;
}

uint32_t
topo_gateway_of(const struct topo *topo)
{
	for (size_t k = 0; k < topo->gateway_count; k++) {
		uint32_t dev = map64_get(&topo->by_ip, topo_ip_key(&topo->gateways[k]));
		uint32_t id = dev < topo->dev_count ? topo->devs[dev].id
						    : host_arp_owner(topo, &topo->gateways[k]);

		if (id != 0)
			return id;
	}
	return 0;
}

bool
topo_identity_of(const struct topo *topo, uint32_t id, struct topo_identity *out)
{
	const struct device_state *d = topo_dev_by_id(topo, id);

	if (d == NULL || d->node == NONE32)
		return false;
	*out = topo->nodes[d->node]->identity;
	out->device = id;
	return out->bridge_mac != 0 || out->chassis_id[0] != '\0' || out->serial[0] != '\0';
}

struct topo_event *
topo_event_add(struct topo *topo, enum topo_event_type type, uint32_t device, int64_t at_ms)
{
	struct topo_event *event;

	if (mem_grow(&topo->queued, &topo->queued_cap, topo->queued_count + 1,
		     sizeof(*topo->queued)) != 0)
		return NULL;
	event = &topo->queued[topo->queued_count++];
	*event = (struct topo_event){.type = type, .device = device, .at_ms = at_ms};
	return event;
}

static size_t
node_memory(const struct node *node)
{
	size_t total =
		sizeof(*node) + node->port_cap * (sizeof(*node->ports) + sizeof(*node->facts)) +
		node->port_count * (sizeof(*node->order) + 64) +
		node->fdb_cap * sizeof(*node->fdb) + node->fence_cap * sizeof(*node->fences) +
		node->heard_count * (sizeof(*node->heard) + 96) +
		node->arp_count * sizeof(*node->arp) + node->told_cap * sizeof(*node->told);

	return total;
}

size_t
topo_memory(const struct topo *topo)
{
	size_t total = sizeof(*topo) + topo->dev_cap * sizeof(*topo->devs) +
		       topo->station_cap * sizeof(*topo->stations) +
		       topo->claim_cap * sizeof(*topo->claims) +
		       topo->edge_cap * sizeof(*topo->edges) +
		       topo->out_link_cap * sizeof(*topo->out_links) +
		       topo->scratch_cap * sizeof(*topo->scratch);
	const struct map64 *maps[] = {&topo->by_id, &topo->by_mac, &topo->by_ip, &topo->by_name,
				      &topo->known};

	for (size_t i = 0; i < MEM_COUNT(maps); i++)
		total += maps[i]->cap * sizeof(*maps[i]->slots);
	for (size_t i = 0; i < topo->node_count; i++)
		total += node_memory(topo->nodes[i]);
	for (size_t i = 0; i < topo->dev_count; i++) {
		total += topo->devs[i].link != NULL ? sizeof(struct topo_link) : 0;
		total += topo->devs[i].name != NULL ? 32 : 0;
	}
	for (size_t i = 0; i < topo->station_count; i++) {
		if (topo->stations[i].ref_cap > REFS_INLINE)
			total += topo->stations[i].ref_cap * sizeof(uint32_t);
	}
	return total;
}
