/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CISCO-CDP-MIB: cdpCacheTable, and the names that the agent gives its own ports. HP, Axis and
 * others speak CDP too and call themselves by their MAC. Foundry's switches have what they hear of
 * CDP and of their own FDP in snFdpCacheTable, which is made alike.
 */
#include "view_cdp.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <string.h>

#define CDP_CACHE     1, 3, 6, 1, 4, 1, 9, 9, 23, 1, 2, 1, 1
#define CDP_INTERFACE 1, 3, 6, 1, 4, 1, 9, 9, 23, 1, 1, 1, 1

#define FDP_CACHE 1, 3, 6, 1, 4, 1, 1991, 1, 1, 3, 20, 1, 2, 1, 1

#define CDP_COLUMNS(X)                   \
	X(ADDRESS_TYPE, CDP_CACHE, 3)    \
	X(ADDRESS, CDP_CACHE, 4)         \
	X(VERSION, CDP_CACHE, 5)         \
	X(DEVICE_ID, CDP_CACHE, 6)       \
	X(DEVICE_PORT, CDP_CACHE, 7)     \
	X(PLATFORM, CDP_CACHE, 8)        \
	X(CAPABILITIES, CDP_CACHE, 9)    \
	X(NATIVE_VLAN, CDP_CACHE, 11)    \
	X(SYS_NAME, CDP_CACHE, 17)       \
	X(FDP_DEVICE_ID, FDP_CACHE, 3)   \
	X(FDP_ADDRESS, FDP_CACHE, 5)     \
	X(FDP_VERSION, FDP_CACHE, 6)     \
	X(FDP_DEVICE_PORT, FDP_CACHE, 7) \
	X(FDP_PLATFORM, FDP_CACHE, 8)

enum cdp_column {
#define X(name, ...) CDP_##name,
	CDP_COLUMNS(X)
#undef X
};

#define X(name, ...) static const uint32_t oid_##name[] = {__VA_ARGS__};
CDP_COLUMNS(X)
#undef X
static const uint32_t oid_interface_name[] = {CDP_INTERFACE, 6};

static const struct oid_ref cdp_columns[] = {
#define X(name, ...) OID_REF(oid_##name),
	CDP_COLUMNS(X)
#undef X
};
static const struct oid_ref interface_columns[] = {OID_REF(oid_interface_name)};

static uint32_t
cdp_bits(const struct varbind *vb)
{
	uint32_t bits = 0;

	/* Four bytes, the lowest bit last; some agents send fewer. */
	for (size_t i = 0; i < vb->bytes_len && i < 4; i++)
		bits = bits << 8 | vb->bytes[i];
	return bits;
}

static void
cdp_octets(struct cdp_row *row, enum cdp_column column, const struct varbind *vb)
{
	switch (column) {
	case CDP_ADDRESS:
	case CDP_FDP_ADDRESS:
		lldp_id_set(&row->address, vb);
		break;
	case CDP_VERSION:
	case CDP_FDP_VERSION:
		view_text(vb, row->version, sizeof(row->version));
		break;
	case CDP_DEVICE_ID:
	case CDP_FDP_DEVICE_ID:
		lldp_id_set(&row->device, vb);
		break;
	case CDP_DEVICE_PORT:
	case CDP_FDP_DEVICE_PORT:
		lldp_id_set(&row->port, vb);
		break;
	case CDP_PLATFORM:
	case CDP_FDP_PLATFORM:
		view_text(vb, row->platform, sizeof(row->platform));
		break;
	case CDP_CAPABILITIES:
		row->caps = cdp_bits(vb);
		break;
	case CDP_SYS_NAME:
		view_text(vb, row->sys_name, sizeof(row->sys_name));
		break;
	default:
		break;
	}
}

static int
cdp_add(struct view_builder *builder, size_t column, const struct varbind *vb)
{
	bool is_number = column == CDP_ADDRESS_TYPE || column == CDP_NATIVE_VLAN;
	size_t len;
	const uint32_t *index = view_index(&view_impl_CDP.spec, column, vb, &len);
	uint32_t number = 0;
	uint32_t key[3] = {0, 0, column >= CDP_FDP_DEVICE_ID ? CDP_KIND_FDP : CDP_KIND_CDP};
	void *item;
	struct cdp_row *row;
	int rc;

	if (index == NULL || len != 2)
		return ERR_SYNTAX;
	memcpy(key, index, 2 * sizeof(*key));
	if (is_number ? !view_u32(vb, &number) : vb->type != VB_OCTETS)
		return ERR_SYNTAX;
	rc = view_rows_get(&builder->rows[VIEW_TABLE_CDP], key, &item);
	if (rc != 0)
		return rc;
	row = item;
	if (!is_number)
		cdp_octets(row, (enum cdp_column)column, vb);
	else if (column == CDP_ADDRESS_TYPE)
		row->address_type = number;
	else if (number <= VIEW_VLAN_ID_MAX)
		row->vlan = (uint16_t)number;
	return 0;
}

static int
interface_add(struct view_builder *builder, size_t column, const struct varbind *vb)
{
	size_t len;
	const uint32_t *index = view_index(&view_impl_CDP_LOCAL.spec, column, vb, &len);
	void *item;
	struct lldp_local_row *row;
	int rc;

	if (index == NULL || len != 1 || vb->type != VB_OCTETS)
		return ERR_SYNTAX;
	rc = view_rows_get(&builder->rows[VIEW_TABLE_CDP_LOCAL], index, &item);
	if (rc != 0)
		return rc;
	row = item;
	row->id.subtype = LLDP_PORT_IF_NAME;
	lldp_id_set(&row->id, vb);
	return 0;
}

static bool
interface_wants(const struct view_builder *builder)
{
	return builder->rows[VIEW_TABLE_CDP].count > 0;
}

const struct view_impl view_impl_CDP = {
	.spec = {.table = VIEW_TABLE_CDP,
		 .part = VIEW_NEIGHBOURS,
		 .name = "cdpCacheTable",
		 .columns = cdp_columns,
		 .column_count = MEM_COUNT(cdp_columns),
		 .max_rows = VIEW_NEIGHBOURS_MAX,
		 .add = cdp_add},
	.item_size = sizeof(struct cdp_row),
	.key_size = 3 * sizeof(uint32_t),
};

const struct view_impl view_impl_CDP_LOCAL = {
	.spec = {.table = VIEW_TABLE_CDP_LOCAL,
		 .part = VIEW_NEIGHBOURS,
		 .name = "cdpInterfaceName",
		 .columns = interface_columns,
		 .column_count = MEM_COUNT(interface_columns),
		 .max_rows = VIEW_PORTS_MAX,
		 .add = interface_add},
	.item_size = sizeof(struct lldp_local_row),
	.key_size = sizeof(uint32_t),
	.wants = interface_wants,
};

/* CDP capability bits in terms of LLDP's. */
static uint16_t
cdp_caps(uint32_t bits)
{
	static const struct {
		uint32_t cdp;
		uint16_t lldp;
	} map[] = {
		{0x01, CAP_ROUTER},		  /* router */
		{0x02 | 0x04 | 0x08, CAP_BRIDGE}, /* transparent, source-route bridge, switch */
		{0x10, CAP_STATION},		  /* host */
		{0x40, CAP_REPEATER},
		{0x80, CAP_TELEPHONE},
	};
	uint16_t caps = 0;

	for (size_t i = 0; i < MEM_COUNT(map); i++) {
		if (bits & map[i].cdp)
			caps |= map[i].lldp;
	}
	return caps;
}

/* Phones and radios put a word before their MAC: "SEP0011223344AB". */
static mac_addr
cdp_mac_in_name(const char *text)
{
	const size_t digits = 2 * MAC_BYTES;
	size_t len = strlen(text);
	mac_addr mac = MAC_NONE;

	if (len > digits && len <= digits + 4 &&
	    view_mac_bytes((const uint8_t *)text + (len - digits), digits, &mac))
		return mac;
	return MAC_NONE;
}

/* "name(serial)", as Catalyst OS and NX-OS write; sys_name is empty if it is a MAC. */
static void
cdp_name(struct view_neighbour *out)
{
	size_t len = strlen(out->chassis_id);
	char *open = strrchr(out->chassis_id, '(');

	if (out->sys_name[0] != '\0' || out->chassis_mac != MAC_NONE)
		return;
	memcpy(out->sys_name, out->chassis_id, sizeof(out->sys_name));
	if (open != NULL && open > out->chassis_id && out->chassis_id[len - 1] == ')')
		out->sys_name[open - out->chassis_id] = '\0';
}

bool
view_cdp_neighbour(const struct view_builder *builder, size_t i, uint32_t *port,
		   struct view_neighbour *out)
{
	enum { CDP_IP = 1, CDP_IPV6 = 20 }; /* CiscoNetworkProtocol */
	const struct cdp_row *row = view_rows_at(&builder->rows[VIEW_TABLE_CDP], i);
	struct ipaddr address = {0}, unused;

	if (row->device.len == 0 && row->sys_name[0] == '\0')
		return false;
	*port = row->key.if_index;
	out->protocol = VIEW_CDP;
	out->vlan = row->vlan;
	out->caps = out->caps_supported = (uint16_t)(cdp_caps(row->caps) | row->told_caps);
	if (row->address.len == 4 && row->address_type <= CDP_IP) {
		address.family = 4;
		memcpy(address.bytes, row->address.bytes, 4);
	} else if (row->address.len == 16 &&
		   (row->address_type == 0 || row->address_type == CDP_IPV6)) {
		address.family = 6;
		memcpy(address.bytes, row->address.bytes, 16);
	} else {
		address = row->told_address;
	}
	if (lldp_address_rank(&address) > 0)
		out->address = address;
	memcpy(out->sys_name, row->sys_name, sizeof(out->sys_name));
	memcpy(out->platform, row->platform, sizeof(out->platform));
	memcpy(out->sys_descr, row->version, sizeof(out->sys_descr));
	lldp_chassis_text(&row->device, out->chassis_id, sizeof(out->chassis_id), &out->chassis_mac,
			  &unused);
	lldp_port_text(&row->port, out->port_id, sizeof(out->port_id), &out->port_mac);
	view_edp_port(row, out->port_id, sizeof(out->port_id));
	cdp_name(out);
	if (out->chassis_mac == MAC_NONE)
		out->chassis_mac = cdp_mac_in_name(out->chassis_id);
	return true;
}

const struct lldp_id *
view_cdp_local(const struct view_builder *builder, uint32_t port)
{
	const struct lldp_local_row *row =
		view_rows_find(&builder->rows[VIEW_TABLE_CDP_LOCAL], &port);

	return row == NULL ? NULL : &row->id;
}
