/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What vendors' own interfaces say about a device, for when its ONVIF is off: the requests to make
 * and their replies as plain values. Pure; the HTTP authentication is the caller's.
 */
#ifndef KEEPWATCH_VENDOR_H
#define KEEPWATCH_VENDOR_H

#include "keepwatch/mem.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * VAPIX Basic Device Information and System Ready (Axis; the second needs no login), ISAPI
 * System/deviceInfo (Hikvision), magicBox.cgi (Dahua HTTP API), /api/system/info (2N HTTP API),
 * VAPIX Parameter Management (Axis firmware before 6.50), SUNAPI deviceinfo (Hanwha).
 */
#define VENDOR_SOURCES(X)                                                                   \
	X(AXIS_INFO, "POST", "/axis-cgi/basicdeviceinfo.cgi",                               \
	  "{\"apiVersion\":\"1.0\",\"method\":\"getAllProperties\"}")                       \
	X(AXIS_READY, "POST", "/axis-cgi/systemready.cgi",                                  \
	  "{\"apiVersion\":\"1.0\",\"method\":\"systemready\",\"params\":{\"timeout\":1}}") \
	X(HIKVISION_INFO, "GET", "/ISAPI/System/deviceInfo", NULL)                          \
	X(DAHUA_INFO, "GET", "/cgi-bin/magicBox.cgi?action=getSystemInfo", NULL)            \
	X(DAHUA_VERSION, "GET", "/cgi-bin/magicBox.cgi?action=getSoftwareVersion", NULL)    \
	X(TWO_N_INFO, "GET", "/api/system/info", NULL)                                      \
	X(AXIS_PARAM, "GET",                                                                \
	  "/axis-cgi/param.cgi?action=list&group=Brand,Properties.Firmware,"                \
	  "Properties.System",                                                              \
	  NULL)                                                                             \
	X(HANWHA_INFO, "GET", "/stw-cgi/system.cgi?msubmenu=deviceinfo&action=view", NULL)

enum vendor_source {
#define X(name, method, path, body) VENDOR_##name,
	VENDOR_SOURCES(X)
#undef X
		VENDOR_SOURCE_COUNT
};

struct vendor_query {
	const char *method;
	const char *path;
	const char *body; /* application/json; NULL without one */
};

/* Static storage. */
const struct vendor_query *vendor_query(enum vendor_source source);
/* As FACT_SOURCE has it: "Axis basicdeviceinfo.cgi". Static storage. */
const char *vendor_source_text(enum vendor_source source);

#define VENDOR_REFUSALS(X)                        \
	X(NONE, "")                               \
	X(EMPTY, "empty reply")                   \
	X(TOO_BIG, "reply too large")             \
	X(HTML, "reply is an HTML page")          \
	X(MALFORMED, "reply is malformed")        \
	X(OTHER, "reply to something else")       \
	X(DEVICE, "error reported by the device") \
	X(INCOMPLETE, "reply lacks what was asked for")

enum vendor_refusal {
#define X(name, text) VENDOR_REFUSED_##name,
	VENDOR_REFUSALS(X)
#undef X
		VENDOR_REFUSED_COUNT
};

const char *vendor_refusal_text(enum vendor_refusal refusal);

enum { VENDOR_BODY_MAX = 64 * 1024 }; /* bytes of a reply; real ones have under 4 KiB */

/* Three-valued, for what a reply need not say. */
enum vendor_answer { VENDOR_UNKNOWN, VENDOR_NO, VENDOR_YES };

struct vendor_reply {
	enum vendor_refusal refusal;
	/* Texts as in onvif_reply.h; "" if not given; owned by the reply. */
	const char *error; /* with VENDOR_REFUSED_DEVICE: what the device said */
	const char *vendor;
	const char *model;
	const char *firmware;
	const char *serial;
	const char *hardware;
	const char *name;	     /* that the device was given */
	char mac[18];		     /* aa:bb:cc:dd:ee:ff or "" */
	enum vendor_answer is_ready; /* VENDOR_AXIS_READY */
	enum vendor_answer needs_setup;
	int64_t uptime_s; /* -1 if not given */
	struct mem_arena arena;
};

/* 0, then out is to be given to vendor_reply_fini (a refusal as well), or ERR_NOMEM. */
int vendor_read_reply(enum vendor_source source, const void *body, size_t len,
		      struct vendor_reply *out);
void vendor_reply_fini(struct vendor_reply *reply);

#endif
