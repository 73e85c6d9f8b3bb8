/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What of LLDP is in a vendor's MIB alone: neighbours in TPLINK-LLDPINFO-MIB, whose table writes
 * subtypes and capabilities as words and is indexed by ifIndex; and in MIKROTIK-MIB the interface
 * of each neighbour, which RouterOS has all on port 0 in LLDP-MIB.
 */
#include "view_cdp.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <string.h>
#include <strings.h>

enum { ENTERPRISE_TPLINK = 11863, ENTERPRISE_MIKROTIK = 14988 };
#define TPLINK_NEIGHBOUR   1, 3, 6, 1, 4, 1, 11863, 6, 35, 1, 2, 2, 1
#define MIKROTIK_NEIGHBOUR 1, 3, 6, 1, 4, 1, 14988, 1, 1, 11, 1, 1

#define VENDOR_COLUMNS(X)                       \
	X(LOCAL, TPLINK_NEIGHBOUR, 1)           \
	X(CHASSIS_TYPE, TPLINK_NEIGHBOUR, 3)    \
	X(CHASSIS, TPLINK_NEIGHBOUR, 4)         \
	X(PORT_TYPE, TPLINK_NEIGHBOUR, 5)       \
	X(PORT, TPLINK_NEIGHBOUR, 6)            \
	X(PORT_DESCR, TPLINK_NEIGHBOUR, 8)      \
	X(NAME, TPLINK_NEIGHBOUR, 9)            \
	X(DESCR, TPLINK_NEIGHBOUR, 10)          \
	X(CAPS_SUPPORTED, TPLINK_NEIGHBOUR, 11) \
	X(CAPS, TPLINK_NEIGHBOUR, 12)           \
	X(ADDRESS, TPLINK_NEIGHBOUR, 13)        \
	X(INTERFACE, MIKROTIK_NEIGHBOUR, 8)

enum vendor_column {
#define X(name, ...) VENDOR_##name,
	VENDOR_COLUMNS(X)
#undef X
};
#define X(name, ...) static const uint32_t oid_##name[] = {__VA_ARGS__};
VENDOR_COLUMNS(X)
#undef X
static const struct oid_ref vendor_columns[] = {
#define X(name, ...) OID_REF(oid_##name),
	VENDOR_COLUMNS(X)
#undef X
};

struct vendor_row {
	struct {
		uint32_t if_index, index; /* of MikroTik: 0, lldpRemIndex */
	} key;
	uint32_t interface; /* mtxrNeighborInterfaceID, an ifIndex */
	uint16_t caps, caps_supported;
	struct lldp_id local, chassis, port;
	struct ipaddr address;
	char port_descr[VIEW_TEXT], sys_name[VIEW_TEXT], sys_descr[VIEW_LONG_TEXT];
};

static uint8_t
vendor_subtype(const char *word, bool is_port)
{
	static const struct {
		const char *word;
		uint8_t chassis, port;
	} map[] = {
		{"MAC address", LLDP_CHASSIS_MAC, LLDP_PORT_MAC},
		{"Interface name", LLDP_CHASSIS_IF_NAME, LLDP_PORT_IF_NAME},
		{"Interface alias", LLDP_CHASSIS_IF_ALIAS, LLDP_PORT_IF_ALIAS},
		{"Network address", LLDP_CHASSIS_ADDRESS, LLDP_PORT_ADDRESS},
		{"Locally assigned", LLDP_CHASSIS_LOCAL, LLDP_PORT_LOCAL},
		{"Local", LLDP_CHASSIS_LOCAL, LLDP_PORT_LOCAL},
	};

	for (size_t i = 0; i < MEM_COUNT(map); i++) {
		if (strcasecmp(word, map[i].word) == 0)
			return is_port ? map[i].port : map[i].chassis;
	}
	return 0;
}

uint16_t
view_caps_words(const char *words)
{
	static const struct {
		const char *word;
		uint16_t cap;
	} map[] = {
		{"Repeater", CAP_REPEATER}, {"Bridge", CAP_BRIDGE},	  {"WLAN", CAP_WLAN_AP},
		{"Router", CAP_ROUTER},	    {"Telephone", CAP_TELEPHONE}, {"DOCSIS", CAP_DOCSIS},
		{"Station", CAP_STATION},   {"Switch", CAP_BRIDGE},	  {"Host", CAP_STATION},
		{"Phone", CAP_TELEPHONE},
	};
	uint16_t caps = 0;

	for (size_t i = 0; i < MEM_COUNT(map); i++) {
		if (strcasestr(words, map[i].word) != NULL)
			caps |= map[i].cap;
	}
	return caps;
}

/* "10.0.0.1", and "::10.0.0.1" for the same. */
struct ipaddr
view_address_words(const char *text)
{
	struct ipaddr address = {0};

	if (strncmp(text, "::", 2) == 0 && strchr(text, '.') != NULL)
		text += 2;
	if (ipaddr_parse(text, &address) != 0 || lldp_address_rank(&address) == 0)
		memset(&address, 0, sizeof(address));
	return address;
}

static void
vendor_take(struct vendor_row *row, enum vendor_column column, const struct varbind *vb)
{
	char word[VIEW_TEXT] = "";

	view_text(vb, word, sizeof(word));
	switch (column) {
	case VENDOR_LOCAL:
		lldp_id_set(&row->local, vb);
		row->local.subtype = LLDP_PORT_IF_NAME;
		break;
	case VENDOR_CHASSIS_TYPE:
		row->chassis.subtype = vendor_subtype(word, false);
		break;
	case VENDOR_CHASSIS:
		lldp_id_set(&row->chassis, vb);
		break;
	case VENDOR_PORT_TYPE:
		row->port.subtype = vendor_subtype(word, true);
		break;
	case VENDOR_PORT:
		lldp_id_set(&row->port, vb);
		break;
	case VENDOR_PORT_DESCR:
		memcpy(row->port_descr, word, sizeof(word));
		break;
	case VENDOR_NAME:
		memcpy(row->sys_name, word, sizeof(word));
		break;
	case VENDOR_DESCR:
		view_text(vb, row->sys_descr, sizeof(row->sys_descr));
		break;
	case VENDOR_CAPS_SUPPORTED:
		row->caps_supported = view_caps_words(word);
		break;
	case VENDOR_CAPS:
		row->caps = view_caps_words(word);
		break;
	case VENDOR_ADDRESS:
		row->address = view_address_words(word);
		break;
	default:
		break;
	}
}

static int
vendor_add_interface(struct view_builder *builder, const uint32_t *index, size_t len,
		     const struct varbind *vb)
{
	uint32_t key[2] = {0, index[0]}, interface;
	void *item;
	int rc;

	if (len != 1 || !view_u32(vb, &interface))
		return ERR_SYNTAX;
	rc = view_rows_get(&builder->rows[VIEW_TABLE_LLDP_VENDOR], key, &item);
	if (rc == 0)
		((struct vendor_row *)item)->interface = interface;
	return rc;
}

static int
vendor_add(struct view_builder *builder, size_t column, const struct varbind *vb)
{
	size_t len;
	const uint32_t *index = view_index(&view_impl_LLDP_VENDOR.spec, column, vb, &len);
	void *item;
	int rc;

	if (index != NULL && column == VENDOR_INTERFACE)
		return vendor_add_interface(builder, index, len, vb);
	if (index == NULL || len != 2 || index[0] == 0 || vb->type != VB_OCTETS)
		return ERR_SYNTAX;
	rc = view_rows_get(&builder->rows[VIEW_TABLE_LLDP_VENDOR], index, &item);
	if (rc == 0)
		vendor_take(item, (enum vendor_column)column, vb);
	return rc;
}

static bool
vendor_wants(const struct view_builder *builder)
{
	bool has_lldp = builder->rows[VIEW_TABLE_LLDP_REMOTE].count > 0;

	switch (builder->scalars.enterprise) {
	case ENTERPRISE_TPLINK:
		return !has_lldp && builder->rows[VIEW_TABLE_LLDP2_REMOTE].count == 0;
	case ENTERPRISE_MIKROTIK:
		return has_lldp;
	default:
		return false;
	}
}

const struct view_impl view_impl_LLDP_VENDOR = {
	.spec = {.table = VIEW_TABLE_LLDP_VENDOR,
		 .part = VIEW_NEIGHBOURS,
		 .name = "LLDP of the vendor",
		 .columns = vendor_columns,
		 .column_count = MEM_COUNT(vendor_columns),
		 .max_rows = VIEW_NEIGHBOURS_MAX,
		 .add = vendor_add},
	.item_size = sizeof(struct vendor_row),
	.key_size = 2 * sizeof(uint32_t),
	.wants = vendor_wants,
};

bool
view_vendor_neighbour(const struct view_builder *builder, size_t i, uint32_t *port,
		      const struct lldp_id **local, struct view_neighbour *out)
{
	const struct vendor_row *row = view_rows_at(&builder->rows[VIEW_TABLE_LLDP_VENDOR], i);

	if (row->chassis.len == 0 && row->sys_name[0] == '\0')
		return false;
	*port = row->key.if_index;
	*local = &row->local;
	out->protocol = VIEW_LLDP;
	out->chassis_subtype = row->chassis.subtype;
	out->port_subtype = row->port.subtype;
	out->caps = row->caps;
	out->caps_supported = row->caps_supported;
	out->address = row->address;
	memcpy(out->port_descr, row->port_descr, sizeof(out->port_descr));
	memcpy(out->sys_name, row->sys_name, sizeof(out->sys_name));
	memcpy(out->sys_descr, row->sys_descr, sizeof(out->sys_descr));
	lldp_chassis_text(&row->chassis, out->chassis_id, sizeof(out->chassis_id),
			  &out->chassis_mac, &out->address);
	lldp_port_text(&row->port, out->port_id, sizeof(out->port_id), &out->port_mac);
	return true;
}

uint32_t
view_vendor_interface(const struct view_builder *builder, uint32_t index)
{
	const uint32_t key[2] = {0, index};
	const struct vendor_row *row = view_rows_find(&builder->rows[VIEW_TABLE_LLDP_VENDOR], key);

	return row == NULL ? 0 : row->interface;
}
