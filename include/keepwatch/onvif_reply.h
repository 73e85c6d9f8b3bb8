/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ONVIF replies read into plain structs. Pure. A device that answers badly is data (a fault or a
 * refusal in the reply), never an error code of ours. All texts are valid UTF-8 without control
 * characters, at most ONVIF_TEXT_MAX bytes, never NULL, and owned by the reply.
 */
#ifndef KEEPWATCH_ONVIF_REPLY_H
#define KEEPWATCH_ONVIF_REPLY_H

#include "keepwatch/mem.h"
#include "keepwatch/onvif.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	ONVIF_BODY_MAX = 1 << 20,   /* bytes of a reply */
	ONVIF_DEPTH_MAX = 64,	    /* elements within each other */
	ONVIF_TAG_MAX = 32 * 1024,  /* bytes of one tag */
	ONVIF_ATTRIBUTES_MAX = 256, /* in one tag */
	ONVIF_ELEMENTS_MAX = 20000, /* in one reply */
	ONVIF_TEXT_MAX = 1024,	    /* bytes of one value; longer ones are cut */
	ONVIF_LIST_MAX = 1024,	    /* members of one list; more set ONVIF_ODD_LIST_CUT */
};

/* Why a body was not believed. */
#define ONVIF_REFUSALS(X)                                                         \
	X(NONE, "")                                                               \
	X(EMPTY, "empty reply")                                                   \
	X(TOO_BIG, "reply larger than 1 MiB")                                     \
	X(NOT_XML, "reply is not XML")                                            \
	X(HTML, "reply is an HTML page")                                          \
	X(DOCTYPE, "reply has a DOCTYPE")                                         \
	X(TAG_TOO_BIG, "a tag in the reply is larger than 32 KiB")                \
	X(TOO_MANY_ATTRIBUTES, "a tag in the reply has more than 256 attributes") \
	X(TOO_DEEP, "reply nested deeper than 64 elements")                       \
	X(TOO_MANY_ELEMENTS, "reply has more than 20000 elements")                \
	X(BAD_CHARACTER, "reply has a NUL or an encoding that is not understood") \
	X(TRUNCATED, "reply ends too early")                                      \
	X(MALFORMED, "reply is malformed XML")                                    \
	X(NO_ENVELOPE, "reply is XML, but no SOAP envelope")                      \
	X(NO_BODY, "SOAP envelope without a body")                                \
	X(EMPTY_BODY, "SOAP body is empty")                                       \
	X(WRONG_OPERATION, "reply to another operation")                          \
	X(INCOMPLETE, "reply lacks what its operation must answer")

enum onvif_refusal {
#define X(name, text) ONVIF_REFUSED_##name,
	ONVIF_REFUSALS(X)
#undef X
		ONVIF_REFUSED_COUNT
};

/* What a fault means for the one who asked: by subcode, then by text (ONVIF Core 5.8.2). */
#define ONVIF_FAULTS(X)                                                                     \
	X(SENDER_OTHER, "request refused")                                                  \
	X(RECEIVER_OTHER, "device failed to answer")                                        \
	X(NOT_AUTHORIZED, "not authorized")                                                 \
	X(CLOCK, "time stamp of the login refused") /* Created too old, or of the future */ \
	X(LOCKED_OUT, "account locked")                                                     \
	X(ACTION_NOT_SUPPORTED, "operation not supported")                                  \
	X(INVALID_ARGS, "argument refused")                                                 \
	X(NOT_FOUND, "no such token") /* NoEntity, NoProfile, NotFound ... */               \
	X(BUSY, "device busy")	      /* OutofMemory, CriticalError, too many sessions */   \
	X(VERSION, "SOAP version or header not understood")                                 \
	X(PASSWORD_RULES, "password refused by the device's rules") /* SetUser */           \
	X(ACCOUNT_FIXED, "account cannot be changed")

enum onvif_fault_class {
#define X(name, text) ONVIF_FAULT_##name,
	ONVIF_FAULTS(X)
#undef X
		ONVIF_FAULT_COUNT
};

struct onvif_fault {
	enum onvif_fault_class what;
	const char *code; /* local name: "Sender", "Receiver"; SOAP 1.1's Client/Server as these */
	const char
		*subcode; /* local names, outer to inner, "/" between: "InvalidArgVal/NoProfile" */
	const char *reason; /* English if there is a choice; else the detail's text; "" if none */
};

/* What had to be forgiven to read a reply; bits of onvif_reply.oddities. */
enum onvif_oddity {
	ONVIF_ODD_TRAILING = 1 << 0,  /* bytes after the envelope */
	ONVIF_ODD_LEADING = 1 << 1,   /* blank lines before it */
	ONVIF_ODD_PREFIX = 1 << 2,    /* undeclared namespace prefix */
	ONVIF_ODD_ENCODING = 1 << 3,  /* bytes that are not of the declared encoding */
	ONVIF_ODD_NAMESPACE = 1 << 4, /* response element or envelope in another namespace */
	ONVIF_ODD_CHARACTER = 1 << 5, /* control characters or a bare ampersand */
	ONVIF_ODD_MULTIPART = 1 << 6, /* MIME multipart (MTOM) */
	ONVIF_ODD_LIST_CUT = 1 << 7,  /* more list members than are kept */
	ONVIF_ODD_VALUE = 1 << 8,     /* a value outside its schema type, read as unknown */
	ONVIF_ODD_DUPLICATE =
		1 << 9, /* an element that may occur once occurs again: first counts */
};

enum onvif_time_source { ONVIF_TIME_UNKNOWN, ONVIF_TIME_MANUAL, ONVIF_TIME_NTP };

enum onvif_time_flag {
	ONVIF_TIME_UTC_MISSING = 1 << 0, /* no UTCDateTime; utc_ms is from LocalDateTime and TZ */
	ONVIF_TIME_UTC_BAD = 1 << 1,	 /* a field out of range; utc_ms as above if has_utc */
	ONVIF_TIME_TZ_BAD = 1 << 2,	 /* TZ is there but is no POSIX TZ string */
	ONVIF_TIME_DAYLIGHT = 1 << 3,	 /* DaylightSavings is true */
	ONVIF_TIME_UTC_IS_LOCAL = 1
				  << 4, /* UTCDateTime equals LocalDateTime though TZ is not UTC */
};

struct onvif_time {
	bool has_utc;
	int64_t utc_ms; /* ms since 1970 UTC; 0 without has_utc */
	enum onvif_time_source source;
	unsigned flags;	       /* ONVIF_TIME_... */
	bool has_tz_offset;    /* TZ understood */
	int32_t tz_offset_s;   /* local minus UTC at that time, with daylight saving */
	const char *tz;	       /* as given; "" if missing */
	const char *bad_field; /* "Month 0", or "" */
};

struct onvif_service {
	enum onvif_service_id id;
	const char *uri;   /* namespace; from GetCapabilities: that of the category */
	const char *xaddr; /* as given, may name another host: see onvif_xaddr_path */
	int major, minor;  /* -1 if not given */
};

struct onvif_services {
	struct onvif_service *items;
	size_t count;
};

struct onvif_device_info {
	const char *manufacturer; /* trimmed, else as given; "" if empty; see onvif_vendor */
	const char *model;
	const char *firmware;
	const char *serial;
	const char *hardware;
	bool serial_is_address; /* the "serial number" is an IP address: no identity */
};

struct onvif_interface {
	const char *token;
	const char *name; /* "" if not given */
	bool enabled;
	char mac[18]; /* aa:bb:cc:dd:ee:ff, or "" if blank, all zero, broadcast or not a MAC */
	const char **addresses; /* "192.0.2.7/24", "fe80::1/64"; prefix only if given */
	size_t address_count;
};

struct onvif_interfaces {
	struct onvif_interface *items;
	size_t count;
};

struct onvif_hostname {
	bool from_dhcp;
	const char *name; /* "" if not given */
};

struct onvif_profile {
	const char *token;
	const char *name;
	const char *encoding; /* "H264", "JPEG" ...; "" without a video encoder */
	int width, height;    /* 0 if not given */
};

struct onvif_profiles {
	struct onvif_profile *items;
	size_t count;
};

/*
 * The words of tdc:DoorState (ONVIF Door Control 5.2: DoorPhysicalState, LockPhysicalState,
 * DoorAlarmState, DoorTamperState, DoorFaultState, DoorMode). ABSENT: the device did not say;
 * OTHER: it said something that its schema type does not have.
 */
#define ONVIF_DOOR_WORDS(X)                  \
	X(ABSENT, "")                        \
	X(OTHER, "?")                        \
	X(UNKNOWN, "Unknown")                \
	X(OPEN, "Open")                      \
	X(CLOSED, "Closed")                  \
	X(FAULT, "Fault")                    \
	X(LOCKED, "Locked")                  \
	X(UNLOCKED, "Unlocked")              \
	X(NORMAL, "Normal")                  \
	X(FORCED_OPEN, "DoorForcedOpen")     \
	X(OPEN_TOO_LONG, "DoorOpenTooLong")  \
	X(NOT_IN_TAMPER, "NotInTamper")      \
	X(TAMPER_DETECTED, "TamperDetected") \
	X(NOT_IN_FAULT, "NotInFault")        \
	X(FAULT_DETECTED, "FaultDetected")   \
	X(ACCESSED, "Accessed")              \
	X(BLOCKED, "Blocked")                \
	X(LOCKED_DOWN, "LockedDown")         \
	X(LOCKED_OPEN, "LockedOpen")         \
	X(DOUBLE_LOCKED, "DoubleLocked")

enum onvif_door_word {
#define X(name, text) ONVIF_DOOR_##name,
	ONVIF_DOOR_WORDS(X)
#undef X
		ONVIF_DOOR_WORD_COUNT
};

const char *onvif_door_word(enum onvif_door_word word);

struct onvif_door_state {
	enum onvif_door_word mode; /* mandatory in the schema; ABSENT all the same if left out */
	enum onvif_door_word door; /* OPEN, CLOSED, FAULT */
	enum onvif_door_word lock; /* LOCKED, UNLOCKED, FAULT */
	enum onvif_door_word double_lock; /* as lock */
	enum onvif_door_word alarm;	  /* NORMAL, FORCED_OPEN, OPEN_TOO_LONG */
	enum onvif_door_word tamper;	  /* NOT_IN_TAMPER, TAMPER_DETECTED */
	enum onvif_door_word fault;	  /* NOT_IN_FAULT, FAULT_DETECTED */
	const char *tamper_reason;	  /* "" if not given */
	const char *fault_reason;
};

struct onvif_door {
	const char *token;
	const char *name;
	const char *description;
};

struct onvif_doors {
	struct onvif_door *items;
	size_t count;
	const char *next_start; /* "" when the list is complete */
};

struct onvif_access_point {
	const char *token;
	const char *name;
	const char *description;
	const char *entity; /* token of what it controls, most often a door */
};

struct onvif_access_points {
	struct onvif_access_point *items;
	size_t count;
	const char *next_start;
};

/* GetUsers never tells passwords; a device that does is told apart (Xiongmai and kin). */
struct onvif_user {
	const char *name;
	enum onvif_user_level level;
	const char *level_text; /* as given: a level that the schema does not have, or "Extended" */
	bool has_password;	/* the reply holds one, which was not read */
};

struct onvif_users {
	struct onvif_user *items;
	size_t count;
};

enum onvif_discovery_mode {
	ONVIF_DISCOVERY_UNKNOWN,
	ONVIF_DISCOVERABLE,
	ONVIF_NON_DISCOVERABLE,
};

struct onvif_ntp {
	bool from_dhcp;
	const char **servers; /* in force: those of DHCP with from_dhcp, else those set by hand */
	size_t server_count;
};

enum onvif_reply_kind {
	ONVIF_REPLY_REFUSED, /* `refusal` says why; nothing else is set */
	ONVIF_REPLY_FAULT,   /* `fault` */
	ONVIF_REPLY_OK,	     /* the member of `u` that belongs to `op` */
};

struct onvif_reply {
	enum onvif_reply_kind kind;
	enum onvif_op op;
	enum onvif_refusal refusal;
	unsigned oddities; /* ONVIF_ODD_... */
	struct onvif_fault fault;
	union {
		struct onvif_time time;			  /* GetSystemDateAndTime */
		struct onvif_services services;		  /* GetCapabilities, GetServices */
		struct onvif_device_info info;		  /* GetDeviceInformation */
		struct onvif_interfaces interfaces;	  /* GetNetworkInterfaces */
		struct onvif_hostname hostname;		  /* GetHostname */
		struct onvif_profiles profiles;		  /* GetProfiles */
		struct onvif_doors doors;		  /* GetDoorInfoList */
		struct onvif_door_state door_state;	  /* GetDoorState */
		struct onvif_access_points access_points; /* GetAccessPointInfoList */
		struct onvif_users users;		  /* GetUsers */
		enum onvif_discovery_mode discovery;	  /* GetDiscoveryMode */
		struct onvif_ntp ntp;			  /* GetNTP */
	} u;
	struct mem_arena arena; /* owns all that the members point to */
};

/*
 * Reads the reply to `op`. HTTP status and headers are not needed: a fault is a fault in 200, 400
 * and 500 alike, and a multipart body shows its boundary. Returns 0, then out is to be given to
 * onvif_reply_fini, or ERR_NOMEM, then there is nothing to release.
 */
int onvif_read_reply(enum onvif_op op, const void *body, size_t len, struct onvif_reply *out);
void onvif_reply_fini(struct onvif_reply *reply);

const char *onvif_refusal_text(enum onvif_refusal refusal);
const char *onvif_fault_text(enum onvif_fault_class what);

/* ---- what the values mean */

/*
 * Vendor of a Manufacturer value: the usual spelling of those we know ("AXIS" is "Axis"), the value
 * itself for others, NULL for those that name no vendor ("", "NONE", "H264", "ONVIF", ...). Borrows
 * from the argument or static.
 */
const char *onvif_vendor(const char *manufacturer);

/*
 * "00-07-5F-..", "00047D123456", "AABB.CCDD.EEFF", "0:7:5f:..." as "aa:bb:cc:dd:ee:ff". ERR_SYNTAX;
 * ERR_RANGE for all zero, all ones and multicast addresses, which name no interface.
 */
int onvif_mac_normalise(const char *text, char out[18]);

/*
 * Path (with query) of an XAddr, to be used at the configured authority: "http://10.0.0.9:8080/a?b"
 * gives "/a?b", no path gives "/". ERR_SYNTAX unless it is an http(s) URL or a path of printable
 * characters without blanks, ERR_TOOBIG if out is too small.
 */
int onvif_xaddr_path(const char *xaddr, char *out, size_t size);

/* True for a dotted IPv4 or an IPv6 address. */
bool onvif_is_address(const char *text);

/*
 * True if a serial number is only the device's IPv4 address, with or without its dots (Reolink E1
 * Zoom: "192168261" at 192.168.2.61), which identifies nothing.
 */
bool onvif_serial_is_address(const char *serial, const char *address);

#endif
