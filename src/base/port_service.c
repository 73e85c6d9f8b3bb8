/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of services, and the reader of port lists.
 */
#include "keepwatch/port_service.h"

#include "keepwatch/err.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	uint16_t port; /* 0: only by name */
	struct port_service service;
} services[] = {
	{21, {"ftp", PORT_SPEAKS_OTHER}},
	{22, {"ssh", PORT_SPEAKS_OTHER}},
	{23, {"telnet", PORT_SPEAKS_OTHER}},
	{25, {"smtp", PORT_SPEAKS_OTHER}},
	{53, {"dns", PORT_SPEAKS_OTHER}},
	{80, {"http", PORT_SPEAKS_HTTP}},
	{81, {"http", PORT_SPEAKS_HTTP}},
	{88, {"http", PORT_SPEAKS_HTTP}},
	{111, {"sunrpc", PORT_SPEAKS_OTHER}},
	{135, {"msrpc", PORT_SPEAKS_OTHER}},
	{139, {"netbios-ssn", PORT_SPEAKS_OTHER}},
	{443, {"https", PORT_SPEAKS_HTTPS}},
	{445, {"smb", PORT_SPEAKS_OTHER}},
	{512, {"rexec", PORT_SPEAKS_OTHER}},
	{513, {"rlogin", PORT_SPEAKS_OTHER}},
	{514, {"rsh", PORT_SPEAKS_OTHER}},
	{554, {"rtsp", PORT_SPEAKS_RTSP}},
	{636, {"ldaps", PORT_SPEAKS_TLS}},
	{873, {"rsync", PORT_SPEAKS_OTHER}},
	{1883, {"mqtt", PORT_SPEAKS_OTHER}},
	{2323, {"telnet", PORT_SPEAKS_OTHER}},
	{3306, {"mysql", PORT_SPEAKS_OTHER}},
	{3389, {"rdp", PORT_SPEAKS_OTHER}},
	{5000, {"upnp", PORT_SPEAKS_OTHER}},
	{5432, {"postgresql", PORT_SPEAKS_OTHER}},
	{5555, {"adb", PORT_SPEAKS_OTHER}},
	{5900, {"vnc", PORT_SPEAKS_OTHER}},
	{6379, {"redis", PORT_SPEAKS_OTHER}},
	{8000, {"hikvision-sdk", PORT_SPEAKS_OTHER}},
	{8080, {"http", PORT_SPEAKS_HTTP}},
	{8443, {"https", PORT_SPEAKS_HTTPS}},
	{8554, {"rtsp", PORT_SPEAKS_RTSP}},
	{8883, {"mqtts", PORT_SPEAKS_TLS}},
	{9000, {"reolink-sdk", PORT_SPEAKS_OTHER}},
	{9527, {"dvr-console", PORT_SPEAKS_OTHER}},
	{9530, {"dvr-backdoor", PORT_SPEAKS_OTHER}},
	{34567, {"xiongmai-sdk", PORT_SPEAKS_OTHER}},
	{37777, {"dahua-sdk", PORT_SPEAKS_OTHER}},
	{49152, {"upnp", PORT_SPEAKS_OTHER}},
	{52869, {"upnp", PORT_SPEAKS_OTHER}},
	{0, {"tls", PORT_SPEAKS_TLS}},
	{0, {"unknown", PORT_SPEAKS_OTHER}}, /* the last one */
};
enum { SERVICES = sizeof(services) / sizeof(services[0]) };

const struct port_service *
port_service(uint16_t port)
{
	for (size_t i = 0; i < SERVICES; i++) {
		if (services[i].port == port && port != 0)
			return &services[i].service;
	}
	return &services[SERVICES - 1].service;
}

static const struct port_service *
find(const char *name, size_t len)
{
	for (size_t i = 0; i < SERVICES; i++) {
		if (strlen(services[i].service.name) == len &&
		    memcmp(services[i].service.name, name, len) == 0)
			return &services[i].service;
	}
	return NULL;
}

static int
read_port(const char **text, unsigned long *out)
{
	char *end;

	if (!isdigit((unsigned char)**text))
		return ERR_SYNTAX;
	*out = strtoul(*text, &end, 10);
	if (*out == 0 || *out > UINT16_MAX || end - *text > 6)
		return ERR_RANGE;
	*text = end;
	return 0;
}

static bool
has_port(const struct port_item *items, size_t count, unsigned long port)
{
	for (size_t i = 0; i < count; i++) {
		if (items[i].port == port)
			return true;
	}
	return false;
}

/* One member: "22", "8000-8010", "10443=https". */
static int
read_member(const char **text, struct port_item *out, size_t *count)
{
	const struct port_service *service = NULL;
	unsigned long first, last;
	int rc = read_port(text, &first);

	last = first;
	if (rc == 0 && **text == '-') {
		(*text)++;
		rc = read_port(text, &last);
		if (rc == 0 && last < first)
			rc = ERR_RANGE;
	}
	if (rc == 0 && **text == '=') {
		size_t len = strcspn(++*text, ", ");

		service = find(*text, len);
		*text += len;
		if (service == NULL)
			rc = ERR_NOTFOUND;
	}
	if (rc != 0)
		return rc;
	for (unsigned long port = first; port <= last; port++) {
		if (has_port(out, *count, port))
			continue;
		if (*count == PORT_LIST_MAX)
			return ERR_TOOBIG;
		out[(*count)++] = (struct port_item){
			(uint16_t)port, service != NULL ? service : port_service((uint16_t)port)};
	}
	return 0;
}

int
port_list_parse(const char *text, struct port_item *out, size_t *count)
{
	struct port_item items[PORT_LIST_MAX];
	size_t found = 0;

	for (;;) {
		int rc = read_member(&text, items, &found);

		if (rc != 0)
			return rc;
		if (*text == '\0')
			break;
		if (*text++ != ',')
			return ERR_SYNTAX;
		text += strspn(text, " ");
	}
	memcpy(out, items, found * sizeof(*out));
	*count = found;
	return 0;
}
