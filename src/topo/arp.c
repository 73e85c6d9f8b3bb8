/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which MAC an address has, as routers and the monitor's own host say. All rows are kept, by
 * address, so that a device that is put later finds its own. A MAC that answers for several devices
 * of the fleet is a router or a proxy (RFC 1027), and no evidence.
 */
#include "topo_impl.h"

#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

enum { PROXY_MIN = 3 };

static int
arp_compare(const void *a, const void *b)
{
	const struct arp_row *x = a, *y = b;
	int order = (int)x->ip.family - (int)y->ip.family;

	if (order == 0)
		order = memcmp(x->ip.bytes, y->ip.bytes, sizeof(x->ip.bytes));
	if (order == 0)
		order = x->mac < y->mac ? -1 : x->mac > y->mac;
	return order;
}

static int
mac_compare(const void *a, const void *b)
{
	const mac_addr *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static uint32_t
device_of_ip(const struct topo *topo, const struct ipaddr *ip)
{
	uint32_t dev = map64_get(&topo->by_ip, topo_ip_key(ip));

	if (dev == MAP64_NONE || topo->devs[dev].ip.family != ip->family ||
	    memcmp(topo->devs[dev].ip.bytes, ip->bytes, sizeof(ip->bytes)) != 0)
		return NONE32;
	return dev;
}

/* The MACs that have at least PROXY_MIN devices' addresses in this table, sorted. */
static size_t
proxies_find(const struct topo *topo, const struct arp_row *rows, size_t count, mac_addr *macs)
{
	size_t fleet = 0, proxies = 0;

	for (size_t i = 0; i < count; i++) {
		if (device_of_ip(topo, &rows[i].ip) != NONE32)
			macs[fleet++] = rows[i].mac;
	}
	qsort(macs, fleet, sizeof(*macs), mac_compare);
	for (size_t i = 0, end; i < fleet; i = end) {
		for (end = i + 1; end < fleet && macs[end] == macs[i];)
			end++;
		if (end - i >= PROXY_MIN)
			macs[proxies++] = macs[i];
	}
	return proxies;
}

static bool
is_proxy(const mac_addr *proxies, size_t count, mac_addr mac)
{
	return count > 0 && bsearch(&mac, proxies, count, sizeof(mac), mac_compare) != NULL;
}

static int
claim(struct topo *topo, const struct arp_row *row, int32_t origin, int64_t at_ms)
{
	uint32_t dev = device_of_ip(topo, &row->ip), station;

	if (dev == NONE32)
		return 0;
	station = topo_station_get(topo, row->mac);
	if (station == NONE32)
		return ERR_NOMEM;
	return topo_claim_add(topo, dev, station, origin, at_ms);
}

static void
unclaim(struct topo *topo, const struct arp_row *row, int32_t origin)
{
	uint32_t dev = device_of_ip(topo, &row->ip);
	uint32_t station = topo_station_find(topo, row->mac);

	if (dev != NONE32 && station != MAP64_NONE)
		topo_claim_drop(topo, dev, station, origin);
}

/* Replaces a table: the new claims first, so that one that stays is never let go between. */
static int
table_replace(struct topo *topo, struct arp_row **slot, size_t *slot_count, struct arp_row *rows,
	      size_t count, int32_t origin, bool is_cut, int64_t at_ms)
{
	mac_addr *proxies = calloc(count + 1, sizeof(*proxies));
	size_t proxy_count, k = 0;
	int err = 0;

	if (proxies == NULL)
		return ERR_NOMEM;
	proxy_count = proxies_find(topo, rows, count, proxies);
	for (size_t i = 0; i < count && err == 0; i++) {
		while (k < *slot_count && arp_compare(&(*slot)[k], &rows[i]) < 0)
			k++;
		if (is_proxy(proxies, proxy_count, rows[i].mac))
			unclaim(topo, &rows[i], origin);
		else
			err = claim(topo, &rows[i], origin, at_ms);
	}
	k = 0;
	for (size_t i = 0; i < *slot_count && err == 0 && !is_cut; i++) {
		while (k < count && arp_compare(&rows[k], &(*slot)[i]) < 0)
			k++;
		if (k == count || arp_compare(&rows[k], &(*slot)[i]) != 0)
			unclaim(topo, &(*slot)[i], origin);
	}
	free(proxies);
	if (err != 0)
		return err;
	free(*slot);
	*slot = rows;
	*slot_count = count;
	return 0;
}

static struct arp_row *
rows_make(const struct view_arp *arp, size_t count, size_t *out)
{
	struct arp_row *rows = calloc(count + 1, sizeof(*rows));
	size_t kept = 0;

	if (rows == NULL)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (!mac_is_station(arp[i].mac) || topo_mac_is_virtual(arp[i].mac) ||
		    arp[i].ip.family == 0)
			continue;
		rows[kept].ip = arp[i].ip;
		rows[kept].ip.scope_id = 0;
		rows[kept].if_index = arp[i].if_index;
		rows[kept++].mac = arp[i].mac;
	}
	qsort(rows, kept, sizeof(*rows), arp_compare);
	*out = kept;
	return rows;
}

static uint64_t
rows_hash(const struct arp_row *rows, size_t count, enum view_trust trust)
{
	uint64_t hash = TOPO_HASH_START ^ (uint64_t)trust;

	for (size_t i = 0; i < count; i++) {
		hash = topo_hash(hash, rows[i].ip.bytes, sizeof(rows[i].ip.bytes));
		hash = topo_hash(hash, &rows[i].mac, sizeof(rows[i].mac));
		hash = topo_hash(hash, &rows[i].if_index, sizeof(rows[i].if_index));
		hash = topo_hash(hash, &rows[i].if_index, sizeof(rows[i].if_index));
	}
	return hash;
}

int
topo_arp_take(struct topo *topo, uint32_t n, const struct switch_view *view, int64_t at_ms)
{
	struct node *node = topo->nodes[n];
	bool is_cut = view->trust[VIEW_ARP] == VIEW_CUT;
	struct arp_row *rows;
	size_t count;
	uint64_t hash;
	int err;

	if (view->trust[VIEW_ARP] != VIEW_WHOLE && !is_cut)
		return 0;
	rows = rows_make(view->arp, view->arp_count, &count);
	if (rows == NULL)
		return ERR_NOMEM;
	node->arp_ms = at_ms;
	hash = rows_hash(rows, count, view->trust[VIEW_ARP]);
	if (hash == node->hashes[VIEW_ARP]) {
		free(rows);
		return 0;
	}
	err = table_replace(topo, &node->arp, &node->arp_count, rows, count,
			    ORIGIN_ARP - (int32_t)n, is_cut, at_ms);
	if (err != 0) {
		free(rows);
		return err;
	}
	node->hashes[VIEW_ARP] = hash;
	node->is_arp_wide = false;
	for (size_t i = 1; i < count && !node->is_arp_wide; i++)
		node->is_arp_wide = rows[i].if_index != rows[0].if_index;
	return 0;
}

int
topo_host_arp_put(struct topo *topo, const struct view_arp *arp, size_t count, int64_t at_ms)
{
	size_t kept;
	struct arp_row *rows = rows_make(arp, count, &kept);
	int err;

	if (rows == NULL)
		return ERR_NOMEM;
	(void)topo_seconds(topo, at_ms);
	topo->host_arp_ms = at_ms;
	err = table_replace(topo, &topo->host_arp, &topo->host_arp_count, rows, kept, ORIGIN_HOST,
			    false, at_ms);
	if (err != 0)
		free(rows);
	return err;
}

size_t
topo_arp_first(const struct arp_row *rows, size_t count, const struct ipaddr *ip)
{
	struct arp_row key = {.ip = *ip};
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (arp_compare(&rows[middle], &key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* What the tables that came before the device say of its address. */
int
topo_arp_claims_of(struct topo *topo, uint32_t dev)
{
	int err = 0;

	for (size_t n = 0; n <= topo->node_count && err == 0; n++) {
		bool is_host = n == topo->node_count;
		const struct arp_row *rows = is_host ? topo->host_arp : topo->nodes[n]->arp;
		size_t count = is_host ? topo->host_arp_count : topo->nodes[n]->arp_count;
		int32_t origin = is_host ? ORIGIN_HOST : ORIGIN_ARP - (int32_t)n;

		topo_claims_drop(topo, dev, origin, NULL, 0);
		for (size_t i = topo_arp_first(rows, count, &topo->devs[dev].ip);
		     i < count && device_of_ip(topo, &rows[i].ip) == dev && err == 0; i++)
			err = claim(topo, &rows[i], origin, topo->now_ms);
	}
	return err;
}
