/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Stations by MAC: on which ports they are sighted, and which device has which MAC. A MAC that
 * several devices claim with equal right is no evidence for any of them.
 */
#include "topo_impl.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

/* Addresses of virtual routers: VRRP (RFC 9568 section 7.3), HSRP 1 and 2, GLBP (Cisco). */
bool
topo_mac_is_virtual(mac_addr mac)
{
	return mac >> 8 == 0x00005e0001U || mac >> 8 == 0x00005e0002U ||
	       mac >> 8 == 0x00000c07acU || mac >> 12 == 0x00000c9ffU || mac >> 24 == 0x0007b4U;
}

uint32_t
topo_station_find(const struct topo *topo, mac_addr mac)
{
	return map64_get(&topo->by_mac, mac);
}

uint32_t
topo_station_get(struct topo *topo, mac_addr mac)
{
	uint32_t station = map64_get(&topo->by_mac, mac);

	if (station != MAP64_NONE)
		return station;
	if (mem_grow(&topo->stations, &topo->station_cap, topo->station_count + 1,
		     sizeof(*topo->stations)) != 0)
		return NONE32;
	station = (uint32_t)topo->station_count;
	if (map64_put(&topo->by_mac, mac, station) != 0)
		return NONE32;
	topo->station_count++;
	topo->stations[station] = (struct station){
		.mac = mac, .claims = NONE32, .owner = NONE32, .ref_cap = REFS_INLINE};
	return station;
}

int
topo_ref_add(struct topo *topo, uint32_t station, uint32_t ref)
{
	struct station *s = &topo->stations[station];
	uint32_t *refs;

	if (s->ref_count == s->ref_cap) {
		uint32_t cap = s->ref_cap * 2;
		uint32_t *many = reallocarray(s->ref_cap > REFS_INLINE ? s->refs.many : NULL, cap,
					      sizeof(*many));

		if (many == NULL)
			return ERR_NOMEM;
		if (s->ref_cap == REFS_INLINE)
			memcpy(many, s->refs.few, sizeof(s->refs.few));
		s->refs.many = many;
		s->ref_cap = cap;
	}
	refs = s->ref_cap > REFS_INLINE ? s->refs.many : s->refs.few;
	refs[s->ref_count++] = ref;
	return s->owner != NONE32 ? topo_dirty(topo, s->owner) : 0;
}

void
topo_ref_remove(struct topo *topo, uint32_t station, uint32_t ref)
{
	struct station *s = &topo->stations[station];
	uint32_t *refs = s->ref_cap > REFS_INLINE ? s->refs.many : s->refs.few;

	for (uint32_t i = 0; i < s->ref_count; i++) {
		if (refs[i] == ref) {
			refs[i] = refs[--s->ref_count];
			break;
		}
	}
	if (s->owner != NONE32)
		(void)topo_dirty(topo, s->owner);
}

/* What a device says of itself counts more than what ARP tables say of it. */
static uint8_t
claim_rank(const struct claim *claim)
{
	return claim->origin >= ORIGIN_NODE ? 2 : 1;
}

/* Devices that claim with the highest rank: one is the owner; of several by ARP, the one that is
 * established keeps it, as a duplicate address or a proxy must not take it away. */
void
topo_owner_settle(struct topo *topo, uint32_t station)
{
	struct station *s = &topo->stations[station];
	uint32_t owner = NONE32, established = NONE32, before = s->owner;
	bool is_shared = false, was_shared = s->is_shared;
	uint8_t rank = 0;

	s->is_node = false;
	for (uint32_t i = s->claims; i != NONE32; i = topo->claims[i].next_of_station) {
		const struct claim *claim = &topo->claims[i];
		uint8_t r = claim_rank(claim);

		if (claim->origin == ORIGIN_NODE)
			s->is_node = true;
		if (r < rank)
			continue;
		if (r > rank) {
			rank = r;
			owner = claim->device;
			established = NONE32;
			is_shared = false;
		} else if (claim->device != owner) {
			is_shared = true;
		}
		if (topo->devs[claim->device].station == station)
			established = claim->device;
	}
	if (is_shared && rank == 1 && established != NONE32) {
		owner = established;
		is_shared = false;
	}
	s->rank = rank;
	s->is_shared = is_shared;
	s->owner = is_shared ? NONE32 : owner;
	if (s->owner == before && is_shared == was_shared)
		return;
	if (s->is_in_heard)
		topo->is_heard_dirty = true;
	if (before != NONE32)
		(void)topo_dirty(topo, before);
	for (uint32_t i = s->claims; i != NONE32; i = topo->claims[i].next_of_station)
		(void)topo_dirty(topo, topo->claims[i].device);
}

int
topo_claim_add(struct topo *topo, uint32_t dev, uint32_t station, int32_t origin, int64_t at_ms)
{
	struct device_state *device = &topo->devs[dev];
	struct claim *claim;
	uint32_t i;

	for (i = device->claims; i != NONE32; i = topo->claims[i].next_of_device) {
		claim = &topo->claims[i];
		if (claim->station == station && claim->origin == origin) {
			claim->at_ms = at_ms;
			return 0;
		}
	}
	if (topo->free_claim != NONE32) {
		i = topo->free_claim;
		topo->free_claim = topo->claims[i].next_of_device;
	} else {
		if (mem_grow(&topo->claims, &topo->claim_cap, topo->claim_count + 1,
			     sizeof(*topo->claims)) != 0)
			return ERR_NOMEM;
		i = (uint32_t)topo->claim_count++;
	}
	topo->claims[i] = (struct claim){
		.device = dev,
		.station = station,
		.origin = origin,
		.at_ms = at_ms,
		.order = ++topo->claim_order,
		.next_of_station = topo->stations[station].claims,
		.next_of_device = device->claims,
	};
	topo->stations[station].claims = i;
	device->claims = i;
	topo_owner_settle(topo, station);
	return topo_dirty(topo, dev);
}

static void
claim_free(struct topo *topo, uint32_t i)
{
	struct claim *claim = &topo->claims[i];
	uint32_t station = claim->station, dev = claim->device;
	uint32_t *link = &topo->stations[station].claims;

	while (*link != i)
		link = &topo->claims[*link].next_of_station;
	*link = claim->next_of_station;
	link = &topo->devs[dev].claims;
	while (*link != i)
		link = &topo->claims[*link].next_of_device;
	*link = claim->next_of_device;
	claim->next_of_device = topo->free_claim;
	topo->free_claim = i;
	topo_owner_settle(topo, station);
	(void)topo_dirty(topo, dev);
}

void
topo_claims_drop(struct topo *topo, uint32_t dev, int32_t origin, const uint32_t *keep,
		 size_t keep_count)
{
	uint32_t next;

	for (uint32_t i = topo->devs[dev].claims; i != NONE32; i = next) {
		bool is_kept = topo->claims[i].origin != origin;

		next = topo->claims[i].next_of_device;
		for (size_t k = 0; k < keep_count && !is_kept; k++)
			is_kept = keep[k] == topo->claims[i].station;
		if (!is_kept)
			claim_free(topo, i);
	}
}

void
topo_claim_drop(struct topo *topo, uint32_t dev, uint32_t station, int32_t origin)
{
	for (uint32_t i = topo->devs[dev].claims; i != NONE32; i = topo->claims[i].next_of_device) {
		if (topo->claims[i].station == station && topo->claims[i].origin == origin) {
			claim_free(topo, i);
			return;
		}
	}
}
