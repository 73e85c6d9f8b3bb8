/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ONVIF operations and services, and their requests as SOAP 1.2 bytes. Replies are in
 * keepwatch/onvif_reply.h. Pure: no sockets, no clock, no randomness.
 */
#ifndef KEEPWATCH_ONVIF_H
#define KEEPWATCH_ONVIF_H

#include "keepwatch/buf.h"

#include <stddef.h>
#include <stdint.h>

/* Services by the namespace in which GetServices names them (ONVIF Core 5.5, service namespaces).
 */
#define ONVIF_SERVICES(X)                                                                   \
	X(OTHER, "other", "")                                                               \
	X(DEVICE, "device", "http://www.onvif.org/ver10/device/wsdl")                       \
	X(MEDIA, "media", "http://www.onvif.org/ver10/media/wsdl")                          \
	X(MEDIA2, "media2", "http://www.onvif.org/ver20/media/wsdl")                        \
	X(EVENTS, "events", "http://www.onvif.org/ver10/events/wsdl")                       \
	X(PTZ, "ptz", "http://www.onvif.org/ver20/ptz/wsdl")                                \
	X(IMAGING, "imaging", "http://www.onvif.org/ver20/imaging/wsdl")                    \
	X(ANALYTICS, "analytics", "http://www.onvif.org/ver20/analytics/wsdl")              \
	X(DEVICE_IO, "deviceio", "http://www.onvif.org/ver10/deviceIO/wsdl")                \
	X(DISPLAY, "display", "http://www.onvif.org/ver10/display/wsdl")                    \
	X(RECORDING, "recording", "http://www.onvif.org/ver10/recording/wsdl")              \
	X(SEARCH, "search", "http://www.onvif.org/ver10/search/wsdl")                       \
	X(REPLAY, "replay", "http://www.onvif.org/ver10/replay/wsdl")                       \
	X(RECEIVER, "receiver", "http://www.onvif.org/ver10/receiver/wsdl")                 \
	X(THERMAL, "thermal", "http://www.onvif.org/ver10/thermal/wsdl")                    \
	X(PROVISIONING, "provisioning", "http://www.onvif.org/ver10/provisioning/wsdl")     \
	X(SECURITY, "security", "http://www.onvif.org/ver10/advancedsecurity/wsdl")         \
	X(ACCESS_CONTROL, "accesscontrol", "http://www.onvif.org/ver10/accesscontrol/wsdl") \
	X(DOOR_CONTROL, "doorcontrol", "http://www.onvif.org/ver10/doorcontrol/wsdl")       \
	X(ACCESS_RULES, "accessrules", "http://www.onvif.org/ver10/accessrules/wsdl")       \
	X(CREDENTIAL, "credential", "http://www.onvif.org/ver10/credential/wsdl")           \
	X(SCHEDULE, "schedule", "http://www.onvif.org/ver10/schedule/wsdl")

enum onvif_service_id {
#define X(name, text, uri) ONVIF_SERVICE_##name,
	ONVIF_SERVICES(X)
#undef X
		ONVIF_SERVICE_COUNT
};

/* Operations, with the service that serves them. */
#define ONVIF_OPS(X)                                                            \
	X(GET_SYSTEM_DATE_AND_TIME, "GetSystemDateAndTime", DEVICE)             \
	X(GET_CAPABILITIES, "GetCapabilities", DEVICE)                          \
	X(GET_SERVICES, "GetServices", DEVICE)                                  \
	X(GET_DEVICE_INFORMATION, "GetDeviceInformation", DEVICE)               \
	X(GET_NETWORK_INTERFACES, "GetNetworkInterfaces", DEVICE)               \
	X(GET_HOSTNAME, "GetHostname", DEVICE)                                  \
	X(GET_PROFILES, "GetProfiles", MEDIA)                                   \
	X(GET_DOOR_INFO_LIST, "GetDoorInfoList", DOOR_CONTROL)                  \
	X(GET_DOOR_STATE, "GetDoorState", DOOR_CONTROL)                         \
	X(GET_ACCESS_POINT_INFO_LIST, "GetAccessPointInfoList", ACCESS_CONTROL) \
	X(GET_USERS, "GetUsers", DEVICE)                                        \
	X(SET_USER, "SetUser", DEVICE)                                          \
	X(GET_DISCOVERY_MODE, "GetDiscoveryMode", DEVICE)                       \
	X(GET_NTP, "GetNTP", DEVICE)

enum onvif_op {
#define X(name, text, service) ONVIF_##name,
	ONVIF_OPS(X)
#undef X
		ONVIF_OP_COUNT
};

const char *onvif_op_name(enum onvif_op op);
enum onvif_service_id onvif_op_service(enum onvif_op op);
const char *onvif_service_name(enum onvif_service_id id); /* "media" */
const char *onvif_service_uri(enum onvif_service_id id);
/* The service of a namespace; ONVIF_SERVICE_OTHER if it is none of those above. */
enum onvif_service_id onvif_service_from_uri(const char *uri);
/* Value of the HTTP header Content-Type, with the action that SOAP 1.2 puts there. Static storage.
 */
const char *onvif_content_type(enum onvif_op op);

/* ---- requests */

enum {
	ONVIF_NONCE_SIZE = 16,
	ONVIF_USERNAME_MAX = 256,
	ONVIF_TOKEN_MAX = 256,
	ONVIF_PASSWORD_MAX = 1024, /* of SetUser; devices take far less */
	ONVIF_REQUEST_MAX = 16384, /* bytes a request has at most: a good cap for `out` */
};

/* UsernameToken with PasswordDigest (WSS UsernameToken Profile 1.0/1.1 section 3.1). */
struct onvif_wsse {
	const char *username;
	const char *password; /* secret_text(); borrowed for the call */
	int64_t created_ms;   /* the DEVICE's time: ours plus its offset, ms since 1970 UTC */
	uint8_t nonce[ONVIF_NONCE_SIZE]; /* fresh and random for each request; from the caller */
};

/* tt:UserLevel (ONVIF Core, 5.12 and 8.4: the roles of the default access policy). */
#define ONVIF_USER_LEVELS(X)              \
	X(UNKNOWN, "")                    \
	X(ADMINISTRATOR, "Administrator") \
	X(OPERATOR, "Operator")           \
	X(USER, "User")                   \
	X(ANONYMOUS, "Anonymous")         \
	X(EXTENDED, "Extended")

enum onvif_user_level {
#define X(name, text) ONVIF_LEVEL_##name,
	ONVIF_USER_LEVELS(X)
#undef X
		ONVIF_LEVEL_COUNT
};
/* As the schema spells it; "" for UNKNOWN. */
const char *onvif_user_level_name(enum onvif_user_level level);

/* SetUser of one account (ONVIF Core 8.4.5). All is borrowed for the call. */
struct onvif_set_user {
	const char *username;
	const char *password; /* secret_text(); NULL leaves it as it is */
	enum onvif_user_level
		level; /* mandatory: that of GetUsers, so that only the password changes */
};

struct onvif_request {
	enum onvif_op op;
	const struct onvif_wsse *wsse; /* NULL: no Security header */
	const char *token;	       /* GetDoorState: the door's token; else ignored */
	const char *start_reference;   /* Get...InfoList: next_start of the reply before, or NULL */
	int limit; /* Get...InfoList: at most this many; 0: as the device likes */
	const struct onvif_set_user *set_user; /* SetUser; else ignored */
};

struct onvif_writer; /* opaque; about 170 KB; one per thread */

int onvif_writer_new(struct onvif_writer **out); /* ERR_NOMEM */
void onvif_writer_free(struct onvif_writer *writer);
/*
 * Appends the whole SOAP 1.2 envelope to out. ERR_NOMEM, ERR_TOOBIG (out's cap), ERR_INVAL (no
 * token where the operation needs one, a text longer than its maximum or not UTF-8, created_ms
 * outside the years 1970..9999; SetUser without user name or level, or with a password that XML
 * cannot carry). With SetUser the bytes hold a secret: out must have its memory beforehand
 * (onvif_reserve), and is to be wiped (onvif_wipe); the writer keeps nothing of it.
 */
int onvif_write_request(struct onvif_writer *writer, const struct onvif_request *request,
			struct buf *out);
/* Allocates all that a request can need, so that growing leaves no copies behind. ERR_NOMEM. */
int onvif_reserve(struct buf *out);
/* Overwrites and empties. */
void onvif_wipe(struct buf *out);

/*
 * Base64(SHA1(nonce + created + password)), 28 characters and a NUL. created is the text as sent.
 * ERR_NOMEM if the digest cannot be computed.
 */
int wsse_password_digest(const uint8_t *nonce, size_t nonce_len, const char *created,
			 const char *password, char out[29]);

#endif
