/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * GetNetworkInterfaces (ONVIF Core 8.2.6): MAC and IP addresses.
 */
#include "onvif_read.h"

#include <stdio.h>
#include <string.h>

enum { ADDRESSES_MAX = 32, ADDRESS_SIZE = 64 };

struct addresses {
	const char *items[ADDRESSES_MAX];
	size_t count;
};

/* One tt:PrefixedIPv4Address or IPv6Address; what is no address, or none ("0.0.0.0"), is left out.
 */
static void
add_address(struct soap_reader *reader, xmlNode *node, struct addresses *list)
{
	const char *address = xml_text_at(reader, node, "Address");
	int prefix = xml_int_at(reader, node, "PrefixLength", -1);
	char text[ADDRESS_SIZE];
	char *kept;

	if (address[0] == '\0' || strcmp(address, "0.0.0.0") == 0 || strcmp(address, "::") == 0)
		return;
	if (!onvif_is_address(address)) {
		reader->oddities |= ONVIF_ODD_VALUE;
		return;
	}
	if (prefix >= 0 && prefix <= (strchr(address, ':') != NULL ? 128 : 32))
		snprintf(text, sizeof(text), "%s/%d", address, prefix);
	else
		snprintf(text, sizeof(text), "%s", address);
	for (size_t i = 0; i < list->count; i++) {
		if (strcmp(list->items[i], text) == 0)
			return;
	}
	if (list->count == ADDRESSES_MAX) {
		reader->oddities |= ONVIF_ODD_LIST_CUT;
		return;
	}
	kept = arena_strdup(reader->arena, text);
	if (kept == NULL)
		reader->no_memory = true;
	else
		list->items[list->count++] = kept;
}

static void
read_addresses(struct soap_reader *reader, xmlNode *node, struct onvif_interface *out)
{
	static const char *const kinds[] = {"Manual", "FromDHCP", "FromRA", "LinkLocal"};
	static const char *const families[] = {"IPv4", "IPv6"};
	struct addresses list = {.count = 0};

	for (size_t f = 0; f < MEM_COUNT(families); f++) {
		xmlNode *family = xml_child(reader, node, families[f]);
		xmlNode *config = xml_child(reader, family, "Config");

		if (!xml_bool_at(reader, family, "Enabled", true))
			continue;
		for (size_t k = 0; k < MEM_COUNT(kinds); k++) {
			for (xmlNode *a = xml_first(config, kinds[k]); a != NULL;
			     a = xml_next(a, kinds[k]))
				add_address(reader, a, &list);
		}
	}
	if (list.count == 0)
		return;
	out->addresses = arena_alloc(reader->arena, list.count * sizeof(*out->addresses));
	if (out->addresses == NULL) {
		reader->no_memory = true;
		return;
	}
	memcpy(out->addresses, list.items, list.count * sizeof(*out->addresses));
	out->address_count = list.count;
}

bool
onvif_read_interfaces(struct soap_reader *reader, xmlNode *response, struct onvif_interfaces *out)
{
	xmlNode *node = xml_first(response, "NetworkInterfaces");

	out->items =
		onvif_list(reader, response, "NetworkInterfaces", sizeof(*out->items), &out->count);
	for (size_t i = 0; i < out->count; i++, node = xml_next(node, "NetworkInterfaces")) {
		struct onvif_interface *item = &out->items[i];
		const char *mac = xml_text_at(reader, node, "Info/HwAddress");

		item->token = xml_attribute(reader, node, "token");
		item->name = xml_text_at(reader, node, "Info/Name");
		item->enabled = xml_bool_at(reader, node, "Enabled", true);
		if (mac[0] != '\0' && onvif_mac_normalise(mac, item->mac) != 0)
			reader->oddities |= ONVIF_ODD_VALUE;
		read_addresses(reader, node, item);
	}
	return true;
}
