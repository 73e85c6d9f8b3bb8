/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a router knows of addresses: ipNetToMediaTable (RFC 1213, 4293) and ipNetToPhysicalTable
 * (RFC 4293), which has IPv6 too. Both become one list.
 */
#include "view_impl.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <string.h>

#define NET_TO_MEDIA	1, 3, 6, 1, 2, 1, 4, 22, 1
#define NET_TO_PHYSICAL 1, 3, 6, 1, 2, 1, 4, 35, 1

static const uint32_t oid_media_phys[] = {NET_TO_MEDIA, 2}, oid_media_type[] = {NET_TO_MEDIA, 4},
		      oid_phys[] = {NET_TO_PHYSICAL, 4}, oid_type[] = {NET_TO_PHYSICAL, 6};

static const struct oid_ref media_columns[] = {OID_REF(oid_media_phys), OID_REF(oid_media_type)},
			    columns[] = {OID_REF(oid_phys), OID_REF(oid_type)};

enum { COLUMN_PHYS, COLUMN_TYPE };
enum { TYPE_INVALID = 2 }; /* ipNetToMediaType, ipNetToPhysicalType */
/* InetAddressType, RFC 4001. */
enum { INET_IPV4 = 1, INET_IPV6 = 2, INET_IPV4Z = 3, INET_IPV6Z = 4 };

struct arp_key {
	uint32_t if_index, scope_id, family;
	uint8_t bytes[16];
};

struct arp_row {
	struct arp_key key;
	uint32_t mac_high, mac_low;
	bool is_invalid;
};

static int
arp_put(struct view_builder *builder, enum view_table table, const struct arp_key *key,
	size_t column, const struct varbind *vb)
{
	uint32_t type = 0;
	mac_addr mac = MAC_NONE;
	struct arp_row *row;
	void *item;
	int rc;

	if (column == COLUMN_TYPE && !view_u32(vb, &type))
		return ERR_SYNTAX;
	/* No MAC: incomplete, or a link without such (a tunnel, broadcast). No row is made of it.
	 */
	if (column == COLUMN_PHYS && !view_mac(vb, &mac))
		return vb->type == VB_OCTETS ? 0 : ERR_SYNTAX;
	if (column == COLUMN_TYPE && type != TYPE_INVALID)
		return 0;
	rc = view_rows_get(&builder->rows[table], key, &item);
	if (rc != 0)
		return rc;
	row = item;
	if (column == COLUMN_TYPE) {
		row->is_invalid = true;
	} else {
		row->mac_high = (uint32_t)(mac >> 32);
		row->mac_low = (uint32_t)mac;
	}
	return 0;
}

static bool
arp_bytes(struct arp_key *key, const uint32_t *ids, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		if (ids[i] > 0xff)
			return false;
		key->bytes[i] = (uint8_t)ids[i];
	}
	key->family = len == 4 ? 4 : 6;
	return true;
}

/* Index: ipNetToMediaIfIndex, ipNetToMediaNetAddress. */
static int
media_add(struct view_builder *builder, size_t column, const struct varbind *vb)
{
	size_t len;
	const uint32_t *index = view_index(&view_impl_ARP.spec, column, vb, &len);
	struct arp_key key = {0};

	if (index == NULL || len != 5 || !arp_bytes(&key, index + 1, 4))
		return ERR_SYNTAX;
	key.if_index = index[0];
	return arp_put(builder, VIEW_TABLE_ARP, &key, column, vb);
}

/* The address after its type: with its length before it, or (agents that take it for fixed in
 * length) without. An address with a zone has the zone in its last four bytes. */
static bool
physical_address(struct arp_key *key, uint32_t type, const uint32_t *ids, size_t len)
{
	bool has_zone = type == INET_IPV4Z || type == INET_IPV6Z;
	size_t size = type == INET_IPV4 || type == INET_IPV4Z ? 4 : 16;
	size_t all = size + (has_zone ? 4 : 0);
	uint32_t zone = 0;

	if (type < INET_IPV4 || type > INET_IPV6Z)
		return false;
	if (len == all + 1) {
		if (ids[0] != all)
			return false;
		ids++;
	} else if (len != all) {
		return false;
	}
	for (size_t i = size; i < all; i++) {
		if (ids[i] > 0xff)
			return false;
		zone = zone << 8 | ids[i];
	}
	/* The zone of a link-local address (RFC 4007); of others it means nothing. */
	if (!arp_bytes(key, ids, size))
		return false;
	if (size == 16 && key->bytes[0] == 0xfe && (key->bytes[1] & 0xc0) == 0x80)
		key->scope_id = zone;
	return true;
}

static int
physical_add(struct view_builder *builder, size_t column, const struct varbind *vb)
{
	size_t len;
	const uint32_t *index = view_index(&view_impl_ARP2.spec, column, vb, &len);
	struct arp_key key = {0};

	if (index == NULL || len < 2 || !physical_address(&key, index[1], index + 2, len - 2))
		return ERR_SYNTAX;
	key.if_index = index[0];
	return arp_put(builder, VIEW_TABLE_ARP2, &key, column, vb);
}

const struct view_impl view_impl_ARP = {
	.spec = {.table = VIEW_TABLE_ARP,
		 .part = VIEW_ARP,
		 .name = "ipNetToMediaTable",
		 .columns = media_columns,
		 .column_count = MEM_COUNT(media_columns),
		 .max_rows = VIEW_ARP_MAX,
		 .add = media_add},
	.item_size = sizeof(struct arp_row),
	.key_size = sizeof(struct arp_key),
};

const struct view_impl view_impl_ARP2 = {
	.spec = {.table = VIEW_TABLE_ARP2,
		 .part = VIEW_ARP,
		 .name = "ipNetToPhysicalTable",
		 .columns = columns,
		 .column_count = MEM_COUNT(columns),
		 .max_rows = VIEW_ARP_MAX,
		 .add = physical_add},
	.item_size = sizeof(struct arp_row),
	.key_size = sizeof(struct arp_key),
};

static bool
arp_is_told(const struct arp_row *row)
{
	return row != NULL && !row->is_invalid && (row->mac_high | row->mac_low) != 0;
}

/*
 * ipNetToMediaTable first; of its successor what that does not have, which is IPv6. Where they
 * differ about an address, the older table is right: net-snmp's ipNetToPhysicalTable keeps rows
 * that have long changed, and spoils them.
 */
int
view_finish_arp(struct view_builder *builder, struct switch_view *view)
{
	static const enum view_table tables[] = {VIEW_TABLE_ARP, VIEW_TABLE_ARP2};
	const struct view_rows *older = &builder->rows[VIEW_TABLE_ARP];
	size_t all = older->count + builder->rows[VIEW_TABLE_ARP2].count;
	int rc = mem_grow(&view->arp, &view->arp_cap, all < VIEW_ARP_MAX ? all : VIEW_ARP_MAX,
			  sizeof(*view->arp));

	if (rc != 0)
		return rc;
	for (size_t t = 0; t < MEM_COUNT(tables); t++) {
		const struct view_rows *rows = &builder->rows[tables[t]];

		for (size_t i = 0; i < rows->count && view->arp_count < VIEW_ARP_MAX; i++) {
			const struct arp_row *row = view_rows_at(rows, i);
			struct view_arp *arp = &view->arp[view->arp_count];

			if (!arp_is_told(row) ||
			    (rows != older && arp_is_told(view_rows_find(older, &row->key))))
				continue;
			memset(arp, 0, sizeof(*arp));
			arp->ip.family = (uint8_t)row->key.family;
			arp->ip.scope_id = row->key.scope_id;
			memcpy(arp->ip.bytes, row->key.bytes, sizeof(arp->ip.bytes));
			arp->mac = (mac_addr)row->mac_high << 32 | row->mac_low;
			arp->if_index = row->key.if_index;
			view->arp_count++;
		}
	}
	return 0;
}
