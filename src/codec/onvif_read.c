/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ONVIF replies: from the body of an HTTP answer to the typed result of the operation that was
 * asked for, a fault, or the reason why it is not believed. Nothing of libxml2 is left behind.
 */
#include "onvif_read.h"

#include "keepwatch/err.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

void *
onvif_list(struct soap_reader *reader, xmlNode *parent, const char *local, size_t size,
	   size_t *count)
{
	size_t n = 0;
	void *items;

	*count = 0;
	for (xmlNode *node = xml_first(parent, local); node != NULL; node = xml_next(node, local)) {
		if (n == ONVIF_LIST_MAX) {
			reader->oddities |= ONVIF_ODD_LIST_CUT;
			break;
		}
		n++;
	}
	if (n == 0)
		return NULL;
	items = arena_alloc(reader->arena, n * size);
	if (items == NULL)
		reader->no_memory = true;
	else
		*count = n;
	return items;
}

/* GetDeviceInformation, ONVIF Core 8.3.2. An empty value is common; nothing at all is no answer. */
static bool
read_info(struct soap_reader *reader, xmlNode *response, struct onvif_device_info *out)
{
	out->manufacturer = xml_text_at(reader, response, "Manufacturer");
	out->model = xml_text_at(reader, response, "Model");
	out->firmware = xml_text_at(reader, response, "FirmwareVersion");
	out->serial = xml_text_at(reader, response, "SerialNumber");
	out->hardware = xml_text_at(reader, response, "HardwareId");
	out->serial_is_address = onvif_is_address(out->serial);
	return out->manufacturer[0] != '\0' || out->model[0] != '\0' || out->firmware[0] != '\0' ||
	       out->serial[0] != '\0' || out->hardware[0] != '\0';
}

/* GetServices, ONVIF Core 8.1.2. */
static bool
read_services(struct soap_reader *reader, xmlNode *response, struct onvif_services *out)
{
	xmlNode *node = xml_first(response, "Service");

	out->items = onvif_list(reader, response, "Service", sizeof(*out->items), &out->count);
	for (size_t i = 0; i < out->count; i++, node = xml_next(node, "Service")) {
		struct onvif_service *item = &out->items[i];

		item->uri = xml_text_at(reader, node, "Namespace");
		item->id = onvif_service_from_uri(item->uri);
		item->xaddr = xml_text_at(reader, node, "XAddr");
		item->major = xml_int_at(reader, node, "Version/Major", -1);
		item->minor = xml_int_at(reader, node, "Version/Minor", -1);
	}
	return out->count > 0 || reader->no_memory;
}

/* Categories of GetCapabilities (ONVIF Core 8.1.1); the later ones stand within Extension. */
static const struct {
	const char *path;
	enum onvif_service_id id;
} categories[] = {
	{"Device", ONVIF_SERVICE_DEVICE},
	{"Media", ONVIF_SERVICE_MEDIA},
	{"Events", ONVIF_SERVICE_EVENTS},
	{"PTZ", ONVIF_SERVICE_PTZ},
	{"Imaging", ONVIF_SERVICE_IMAGING},
	{"Analytics", ONVIF_SERVICE_ANALYTICS},
	{"Extension/DeviceIO", ONVIF_SERVICE_DEVICE_IO},
	{"Extension/Display", ONVIF_SERVICE_DISPLAY},
	{"Extension/Recording", ONVIF_SERVICE_RECORDING},
	{"Extension/Search", ONVIF_SERVICE_SEARCH},
	{"Extension/Replay", ONVIF_SERVICE_REPLAY},
	{"Extension/Receiver", ONVIF_SERVICE_RECEIVER},
};

static bool
read_capabilities(struct soap_reader *reader, xmlNode *response, struct onvif_services *out)
{
	xmlNode *node = xml_child(reader, response, "Capabilities");

	if (node == NULL)
		return false;
	out->items = arena_alloc(reader->arena, MEM_COUNT(categories) * sizeof(*out->items));
	if (out->items == NULL) {
		reader->no_memory = true;
		return true;
	}
	for (size_t i = 0; i < MEM_COUNT(categories); i++) {
		xmlNode *category = xml_at(reader, node, categories[i].path);
		const char *xaddr = xml_text_at(reader, category, "XAddr");

		if (xaddr[0] == '\0')
			continue;
		out->items[out->count++] = (struct onvif_service){
			.id = categories[i].id,
			.uri = onvif_service_uri(categories[i].id),
			.xaddr = xaddr,
			.major = -1,
			.minor = -1,
		};
	}
	return out->count > 0;
}

/* GetHostname, ONVIF Core 8.2.1. */
static bool
read_hostname(struct soap_reader *reader, xmlNode *response, struct onvif_hostname *out)
{
	xmlNode *node = xml_child(reader, response, "HostnameInformation");

	out->from_dhcp = xml_bool_at(reader, node, "FromDHCP", false);
	out->name = xml_text_at(reader, node, "Name");
	return node != NULL;
}

/* GetProfiles, ONVIF Media 5.2.2. A device without video has none. */
static bool
read_profiles(struct soap_reader *reader, xmlNode *response, struct onvif_profiles *out)
{
	xmlNode *node = xml_first(response, "Profiles");

	out->items = onvif_list(reader, response, "Profiles", sizeof(*out->items), &out->count);
	for (size_t i = 0; i < out->count; i++, node = xml_next(node, "Profiles")) {
		struct onvif_profile *item = &out->items[i];
		xmlNode *encoder = xml_child(reader, node, "VideoEncoderConfiguration");

		item->token = xml_attribute(reader, node, "token");
		item->name = xml_text_at(reader, node, "Name");
		item->encoding = xml_text_at(reader, encoder, "Encoding");
		item->width = xml_int_at(reader, encoder, "Resolution/Width", 0);
		item->height = xml_int_at(reader, encoder, "Resolution/Height", 0);
	}
	return true;
}

static bool
read_response(struct soap_reader *reader, enum onvif_op op, xmlNode *response,
	      struct onvif_reply *out)
{
	switch (op) {
	case ONVIF_GET_SYSTEM_DATE_AND_TIME:
		return onvif_read_time(reader, response, &out->u.time);
	case ONVIF_GET_CAPABILITIES:
		return read_capabilities(reader, response, &out->u.services);
	case ONVIF_GET_SERVICES:
		return read_services(reader, response, &out->u.services);
	case ONVIF_GET_DEVICE_INFORMATION:
		return read_info(reader, response, &out->u.info);
	case ONVIF_GET_NETWORK_INTERFACES:
		return onvif_read_interfaces(reader, response, &out->u.interfaces);
	case ONVIF_GET_HOSTNAME:
		return read_hostname(reader, response, &out->u.hostname);
	case ONVIF_GET_PROFILES:
		return read_profiles(reader, response, &out->u.profiles);
	case ONVIF_GET_DOOR_INFO_LIST:
		return onvif_read_doors(reader, response, &out->u.doors);
	case ONVIF_GET_DOOR_STATE:
		return onvif_read_door_state(reader, response, &out->u.door_state);
	case ONVIF_GET_ACCESS_POINT_INFO_LIST:
		return onvif_read_access_points(reader, response, &out->u.access_points);
	case ONVIF_GET_USERS:
		return onvif_read_users(reader, response, &out->u.users);
	case ONVIF_SET_USER:
		return true;
	case ONVIF_GET_DISCOVERY_MODE:
		return onvif_read_discovery(reader, response, &out->u.discovery);
	case ONVIF_GET_NTP:
		return onvif_read_ntp(reader, response, &out->u.ntp);
	case ONVIF_OP_COUNT:
		break;
	}
	return false;
}

/*
 * By local name; but a declared namespace of another service is another operation (GetProfiles is
 * one of Media and one of Media2). An undeclared or missing one is forgiven.
 */
static bool
is_response(struct soap_reader *reader, const xmlNode *node, enum onvif_op op)
{
	const char *name = onvif_op_name(op);
	const char *uri = xml_uri(node);
	size_t len = strlen(name);

	if (strncmp(xml_local(node), name, len) != 0 ||
	    strcmp(xml_local(node) + len, "Response") != 0)
		return false;
	if (strcmp(uri, onvif_service_uri(onvif_op_service(op))) == 0)
		return true;
	reader->oddities |= ONVIF_ODD_NAMESPACE;
	return uri[0] == '\0' || onvif_service_from_uri(uri) == onvif_op_service(op);
}

int
onvif_read_reply(enum onvif_op op, const void *body, size_t len, struct onvif_reply *out)
{
	struct onvif_reply reply = {.kind = ONVIF_REPLY_REFUSED, .op = op};
	struct soap_reader reader = {.arena = &reply.arena};
	struct soap_doc doc;
	int rc;

	arena_init(&reply.arena);
	rc = soap_open(&reader, body, len, &doc, &reply.refusal);
	if (rc != 0)
		goto fail;
	if (reply.refusal == ONVIF_REFUSED_NONE) {
		if (xml_is(doc.content, "Fault")) {
			reply.kind = ONVIF_REPLY_FAULT;
			soap_read_fault(&reader, doc.content, &reply.fault);
		} else if (!is_response(&reader, doc.content, op)) {
			reply.refusal = ONVIF_REFUSED_WRONG_OPERATION;
		} else if (!read_response(&reader, op, doc.content, &reply)) {
			reply.refusal = ONVIF_REFUSED_INCOMPLETE;
		} else {
			reply.kind = ONVIF_REPLY_OK;
		}
		soap_close(&doc);
	}
	reply.oddities = reader.oddities;
	if (reader.no_memory) {
		rc = ERR_NOMEM;
		goto fail;
	}
	*out = reply;
	return 0;
fail:
	arena_fini(&reply.arena);
	return rc;
}

void
onvif_reply_fini(struct onvif_reply *reply)
{
	arena_fini(&reply->arena);
	*reply = (struct onvif_reply){.kind = ONVIF_REPLY_REFUSED};
}
