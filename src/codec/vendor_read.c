/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Vendors' own interfaces: what to ask, and which reader an answer goes to.
 */
#include "vendor_read.h"

#include "keepwatch/err.h"

#include <string.h>
#include <strings.h>

static const struct vendor_query queries[VENDOR_SOURCE_COUNT] = {
#define X(name, method, path, body) [VENDOR_##name] = {method, path, body},
	VENDOR_SOURCES(X)
#undef X
};

static const char *const refusals[VENDOR_REFUSED_COUNT] = {
#define X(name, text) [VENDOR_REFUSED_##name] = text,
	VENDOR_REFUSALS(X)
#undef X
};

const struct vendor_query *
vendor_query(enum vendor_source source)
{
	return &queries[source];
}

const char *
vendor_source_text(enum vendor_source source)
{
	static const char *const texts[VENDOR_SOURCE_COUNT] = {
		[VENDOR_AXIS_INFO] = "Axis basicdeviceinfo.cgi",
		[VENDOR_AXIS_READY] = "Axis systemready.cgi",
		[VENDOR_HIKVISION_INFO] = "Hikvision ISAPI deviceInfo",
		[VENDOR_DAHUA_INFO] = "Dahua magicBox getSystemInfo",
		[VENDOR_DAHUA_VERSION] = "Dahua magicBox getSoftwareVersion",
		[VENDOR_TWO_N_INFO] = "2N /api/system/info",
		[VENDOR_AXIS_PARAM] = "Axis param.cgi",
		[VENDOR_HANWHA_INFO] = "Hanwha SUNAPI deviceinfo",
	};

	return (unsigned)source < VENDOR_SOURCE_COUNT ? texts[source] : "?";
}

const char *
vendor_refusal_text(enum vendor_refusal refusal)
{
	return (unsigned)refusal < VENDOR_REFUSED_COUNT ? refusals[refusal] : "?";
}

static enum vendor_refusal
read_source(struct soap_reader *reader, enum vendor_source source, const char *body, size_t len,
	    struct vendor_reply *out)
{
	switch (source) {
	case VENDOR_AXIS_INFO:
		return vendor_read_axis_info(reader, body, len, out);
	case VENDOR_AXIS_READY:
		return vendor_read_axis_ready(reader, body, len, out);
	case VENDOR_HIKVISION_INFO:
		return vendor_read_hikvision(reader, body, len, out);
	case VENDOR_DAHUA_INFO:
	case VENDOR_DAHUA_VERSION:
		return vendor_read_dahua(reader, body, len, out);
	case VENDOR_TWO_N_INFO:
		return vendor_read_two_n(reader, body, len, out);
	case VENDOR_AXIS_PARAM:
		return vendor_read_axis_param(reader, body, len, out);
	case VENDOR_HANWHA_INFO:
		return vendor_read_hanwha(reader, body, len, out);
	case VENDOR_SOURCE_COUNT:
		break;
	}
	return VENDOR_REFUSED_OTHER;
}

/* What all replies share: emptiness, size, and login pages where an interface is missing. */
static enum vendor_refusal
check_body(const char **body, size_t *len)
{
	if (*len > VENDOR_BODY_MAX)
		return VENDOR_REFUSED_TOO_BIG;
	if (*len >= 3 && memcmp(*body, "\xef\xbb\xbf", 3) == 0) {
		*body += 3;
		*len -= 3;
	}
	while (*len > 0 && strchr(" \t\r\n", **body) != NULL && **body != '\0') {
		++*body;
		--*len;
	}
	if (*len == 0)
		return VENDOR_REFUSED_EMPTY;
	if ((*len >= 5 && strncasecmp(*body, "<html", 5) == 0) ||
	    (*len >= 14 && strncasecmp(*body, "<!doctype html", 14) == 0))
		return VENDOR_REFUSED_HTML;
	return VENDOR_REFUSED_NONE;
}

int
vendor_read_reply(enum vendor_source source, const void *body, size_t len, struct vendor_reply *out)
{
	struct vendor_reply reply = {
		.error = "",
		.vendor = "",
		.model = "",
		.firmware = "",
		.serial = "",
		.hardware = "",
		.name = "",
		.uptime_s = -1,
	};
	struct soap_reader reader = {.arena = &reply.arena};
	const char *text = body;

	arena_init(&reply.arena);
	reply.refusal = check_body(&text, &len);
	if (reply.refusal == VENDOR_REFUSED_NONE)
		reply.refusal = read_source(&reader, source, text, len, &reply);
	if (reader.no_memory) {
		arena_fini(&reply.arena);
		return ERR_NOMEM;
	}
	*out = reply;
	return 0;
}

void
vendor_reply_fini(struct vendor_reply *reply)
{
	arena_fini(&reply->arena);
	*reply = (struct vendor_reply){.refusal = VENDOR_REFUSED_EMPTY};
}
