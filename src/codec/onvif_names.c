/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names of ONVIF operations, services, refusals and door states, and the media types of requests.
 */
#include "keepwatch/onvif.h"
#include "keepwatch/onvif_reply.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define TDS "http://www.onvif.org/ver10/device/wsdl"
#define TRT "http://www.onvif.org/ver10/media/wsdl"
#define TDC "http://www.onvif.org/ver10/doorcontrol/wsdl"
#define TAC "http://www.onvif.org/ver10/accesscontrol/wsdl"
/* Clause 6.5.2 of SOAP 1.2 part 2: the action is a parameter of the media type. */
#define MEDIA_TYPE(uri, op) "application/soap+xml; charset=utf-8; action=\"" uri "/" op "\""

static const struct {
	const char *name;
	enum onvif_service_id service;
} ops[ONVIF_OP_COUNT] = {
#define X(name, text, service) [ONVIF_##name] = {text, ONVIF_SERVICE_##service},
	ONVIF_OPS(X)
#undef X
};

static const char *const content_types[ONVIF_OP_COUNT] = {
	[ONVIF_GET_SYSTEM_DATE_AND_TIME] = MEDIA_TYPE(TDS, "GetSystemDateAndTime"),
	[ONVIF_GET_CAPABILITIES] = MEDIA_TYPE(TDS, "GetCapabilities"),
	[ONVIF_GET_SERVICES] = MEDIA_TYPE(TDS, "GetServices"),
	[ONVIF_GET_DEVICE_INFORMATION] = MEDIA_TYPE(TDS, "GetDeviceInformation"),
	[ONVIF_GET_NETWORK_INTERFACES] = MEDIA_TYPE(TDS, "GetNetworkInterfaces"),
	[ONVIF_GET_HOSTNAME] = MEDIA_TYPE(TDS, "GetHostname"),
	[ONVIF_GET_PROFILES] = MEDIA_TYPE(TRT, "GetProfiles"),
	[ONVIF_GET_DOOR_INFO_LIST] = MEDIA_TYPE(TDC, "GetDoorInfoList"),
	[ONVIF_GET_DOOR_STATE] = MEDIA_TYPE(TDC, "GetDoorState"),
	[ONVIF_GET_ACCESS_POINT_INFO_LIST] = MEDIA_TYPE(TAC, "GetAccessPointInfoList"),
	[ONVIF_GET_USERS] = MEDIA_TYPE(TDS, "GetUsers"),
	[ONVIF_SET_USER] = MEDIA_TYPE(TDS, "SetUser"),
	[ONVIF_GET_DISCOVERY_MODE] = MEDIA_TYPE(TDS, "GetDiscoveryMode"),
	[ONVIF_GET_NTP] = MEDIA_TYPE(TDS, "GetNTP"),
};

static const struct {
	const char *name;
	const char *uri;
} services[ONVIF_SERVICE_COUNT] = {
#define X(name, text, uri) [ONVIF_SERVICE_##name] = {text, uri},
	ONVIF_SERVICES(X)
#undef X
};

static const char *const refusals[ONVIF_REFUSED_COUNT] = {
#define X(name, text) [ONVIF_REFUSED_##name] = text,
	ONVIF_REFUSALS(X)
#undef X
};

static const char *const faults[ONVIF_FAULT_COUNT] = {
#define X(name, text) [ONVIF_FAULT_##name] = text,
	ONVIF_FAULTS(X)
#undef X
};

static const char *const door_words[ONVIF_DOOR_WORD_COUNT] = {
#define X(name, text) [ONVIF_DOOR_##name] = text,
	ONVIF_DOOR_WORDS(X)
#undef X
};

static const char *const user_levels[ONVIF_LEVEL_COUNT] = {
#define X(name, text) [ONVIF_LEVEL_##name] = text,
	ONVIF_USER_LEVELS(X)
#undef X
};

const char *
onvif_user_level_name(enum onvif_user_level level)
{
	return (unsigned)level < ONVIF_LEVEL_COUNT ? user_levels[level] : "";
}

const char *
onvif_op_name(enum onvif_op op)
{
	return (unsigned)op < ONVIF_OP_COUNT ? ops[op].name : "?";
}

enum onvif_service_id
onvif_op_service(enum onvif_op op)
{
	return (unsigned)op < ONVIF_OP_COUNT ? ops[op].service : ONVIF_SERVICE_OTHER;
}

const char *
onvif_service_name(enum onvif_service_id id)
{
	return (unsigned)id < ONVIF_SERVICE_COUNT ? services[id].name : "?";
}

const char *
onvif_service_uri(enum onvif_service_id id)
{
	return (unsigned)id < ONVIF_SERVICE_COUNT ? services[id].uri : "";
}

enum onvif_service_id
onvif_service_from_uri(const char *uri)
{
	size_t len = strlen(uri);

	/* A trailing slash and other case are seen in the field and mean nothing. */
	if (len > 0 && uri[len - 1] == '/')
		len--;
	for (int i = ONVIF_SERVICE_OTHER + 1; i < ONVIF_SERVICE_COUNT; i++) {
		if (strlen(services[i].uri) == len && strncasecmp(services[i].uri, uri, len) == 0)
			return (enum onvif_service_id)i;
	}
	return ONVIF_SERVICE_OTHER;
}

const char *
onvif_content_type(enum onvif_op op)
{
	return (unsigned)op < ONVIF_OP_COUNT ? content_types[op] : "application/soap+xml";
}

const char *
onvif_refusal_text(enum onvif_refusal refusal)
{
	return (unsigned)refusal < ONVIF_REFUSED_COUNT ? refusals[refusal] : "?";
}

const char *
onvif_fault_text(enum onvif_fault_class what)
{
	return (unsigned)what < ONVIF_FAULT_COUNT ? faults[what] : "?";
}

const char *
onvif_door_word(enum onvif_door_word word)
{
	return (unsigned)word < ONVIF_DOOR_WORD_COUNT ? door_words[word] : "?";
}
