/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Accounts of a device and how it finds its time and is found: GetUsers (ONVIF Core 8.4.3),
 * GetDiscoveryMode (8.3.7), GetNTP (8.2.5). A password in a reply is noted, never read.
 */
#include "onvif_read.h"

#include <string.h>
#include <strings.h>

static enum onvif_user_level
level_of(const char *text)
{
	for (int i = ONVIF_LEVEL_ADMINISTRATOR; i < ONVIF_LEVEL_COUNT; i++) {
		if (strcasecmp(text, onvif_user_level_name((enum onvif_user_level)i)) == 0)
			return (enum onvif_user_level)i;
	}
	return ONVIF_LEVEL_UNKNOWN;
}

/* A device without accounts answers with an empty list, and is then open to all. */
bool
onvif_read_users(struct soap_reader *reader, xmlNode *response, struct onvif_users *out)
{
	xmlNode *node = xml_first(response, "User");

	out->items = onvif_list(reader, response, "User", sizeof(*out->items), &out->count);
	for (size_t i = 0; i < out->count; i++, node = xml_next(node, "User")) {
		struct onvif_user *user = &out->items[i];
		const xmlNode *password = xml_child(reader, node, "Password");

		user->name = xml_text_at(reader, node, "Username");
		user->level_text = xml_text_at(reader, node, "UserLevel");
		user->level = level_of(user->level_text);
		user->has_password = password != NULL && password->children != NULL;
		if (user->level == ONVIF_LEVEL_UNKNOWN && user->level_text[0] != '\0')
			reader->oddities |= ONVIF_ODD_VALUE;
	}
	return true;
}

bool
onvif_read_discovery(struct soap_reader *reader, xmlNode *response, enum onvif_discovery_mode *out)
{
	const char *text = xml_text_at(reader, response, "DiscoveryMode");

	if (strcasecmp(text, "Discoverable") == 0)
		*out = ONVIF_DISCOVERABLE;
	else if (strcasecmp(text, "NonDiscoverable") == 0)
		*out = ONVIF_NON_DISCOVERABLE;
	else
		reader->oddities |= ONVIF_ODD_VALUE;
	return text[0] != '\0' || reader->no_memory;
}

/* tt:NetworkHost: Type says which of the three is meant; devices fill another one as well. */
static const char *
host_text(struct soap_reader *reader, xmlNode *host)
{
	static const char *const members[] = {"IPv4Address", "IPv6Address", "DNSname"};
	const char *type = xml_text_at(reader, host, "Type");
	const char *text = "";

	if (strcasecmp(type, "DNS") == 0)
		text = xml_text_at(reader, host, "DNSname");
	else if (strcasecmp(type, "IPv6") == 0)
		text = xml_text_at(reader, host, "IPv6Address");
	for (size_t i = 0; i < MEM_COUNT(members) && text[0] == '\0'; i++)
		text = xml_text_at(reader, host, members[i]);
	return text;
}

/* An unset server is written as 0.0.0.0 by some and left empty by others. */
static bool
is_server(const char *text)
{
	return text[0] != '\0' && strcmp(text, "0.0.0.0") != 0 && strcmp(text, "::") != 0;
}

bool
onvif_read_ntp(struct soap_reader *reader, xmlNode *response, struct onvif_ntp *out)
{
	xmlNode *info = xml_child(reader, response, "NTPInformation"), *node;
	const char *list;
	size_t count;

	if (info == NULL)
		return false;
	out->from_dhcp = xml_bool_at(reader, info, "FromDHCP", false);
	list = out->from_dhcp ? "NTPFromDHCP" : "NTPManual";
	out->servers = onvif_list(reader, info, list, sizeof(*out->servers), &count);
	node = xml_first(info, list);
	for (size_t i = 0; i < count; i++, node = xml_next(node, list)) {
		const char *text = host_text(reader, node);

		if (is_server(text))
			out->servers[out->server_count++] = text;
	}
	return true;
}
