/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What single ONVIF values mean: vendors, MAC addresses, XAddr paths. Works on texts alone.
 */
#include "keepwatch/onvif_reply.h"

#include "keepwatch/err.h"

#include <arpa/inet.h>
#include <string.h>
#include <strings.h>

/* Spellings met in the field, and the vendor's own. Matched whole, without regard to case. */
static const struct {
	const char *given;
	const char *vendor;
} vendors[] = {
	{"AXIS", "Axis"},
	{"AXIS Communications", "Axis"},
	{"AXIS Communications AB", "Axis"},
	{"Bosch", "Bosch"},
	{"Bosch Security Systems", "Bosch"},
	{"HIKVISION", "Hikvision"},
	{"Hangzhou Hikvision", "Hikvision"},
	{"Hangzhou Hikvision Digital Technology Co., Ltd", "Hikvision"},
	{"DAHUA", "Dahua"},
	{"Dahua Technology", "Dahua"},
	{"Hanwha Techwin", "Hanwha"},
	{"Hanwha Vision", "Hanwha"},
	{"SAMSUNG TECHWIN", "Hanwha"},
	{"UNIVIEW", "Uniview"},
	{"Pelco", "Pelco"},
	{"PELCO by Schneider Electric", "Pelco"},
	{"reolink", "Reolink"},
	{"VIVOTEK", "Vivotek"},
	{"VIVOTEK INC.", "Vivotek"},
	{"MOBOTIX", "Mobotix"},
	{"MOBOTIX AG", "Mobotix"},
	{"Avigilon", "Avigilon"},
	{"SONY", "Sony"},
	{"Panasonic", "Panasonic"},
	{"i-PRO", "i-PRO"},
	{"2N", "2N"},
	{"2N TELEKOMUNIKACE", "2N"},
	{"2N TELEKOMUNIKACE a.s.", "2N"},
};

/* What firmware kits leave in Manufacturer where a vendor belongs. */
static const char *const no_vendors[] = {
	"none",
	"null",
	"n/a",
	"na",
	"unknown",
	"default",
	"manufacturer",
	"h264",
	"h.264",
	"h265",
	"h.265",
	"onvif",
	"onvif_ipnc",
	"ipc",
	"ipcam",
	"ip camera",
	"ipcamera",
	"ipnc",
	"camera",
	"network camera",
	"nvt",
	"dvr",
	"nvr",
	"general",
	"generic",
	"oem",
	"-",
	"--",
	"?",
	"0",
};

const char *
onvif_vendor(const char *manufacturer)
{
	if (manufacturer[0] == '\0')
		return NULL;
	for (size_t i = 0; i < MEM_COUNT(no_vendors); i++) {
		if (strcasecmp(manufacturer, no_vendors[i]) == 0)
			return NULL;
	}
	for (size_t i = 0; i < MEM_COUNT(vendors); i++) {
		if (strcasecmp(manufacturer, vendors[i].given) == 0)
			return vendors[i].vendor;
	}
	return manufacturer;
}

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* Six bytes out of groups of `group` digits (or fewer, for pairs); no separator when '\0'. */
static int
parse_groups(const char *text, size_t len, char separator, size_t group, uint8_t mac[6])
{
	size_t at = 0, digits = 0;

	while (at < len && digits < 12) {
		size_t n = 0;
		unsigned value = 0;

		while (at < len && n < group && hex_value(text[at]) >= 0) {
			value = value << 4 | (unsigned)hex_value(text[at++]);
			n++;
		}
		if (n == 0 || (n < group && group != 2) || (separator == '\0' && n < group))
			return ERR_SYNTAX;
		for (size_t i = group; i > 0; i -= 2)
			mac[(digits + group - i) / 2] = (uint8_t)(value >> (i - 2) * 4);
		digits += group;
		if (digits == 12)
			break;
		if (separator != '\0' && (at >= len || text[at++] != separator))
			return ERR_SYNTAX;
	}
	return digits == 12 && at == len ? 0 : ERR_SYNTAX;
}

int
onvif_mac_normalise(const char *text, char out[18])
{
	static const char hex[] = "0123456789abcdef";
	size_t len, sep;
	uint8_t mac[6], any = 0, all = 0xff;
	int rc;

	while (*text == ' ')
		text++;
	len = strlen(text);
	while (len > 0 && text[len - 1] == ' ')
		len--;
	sep = strcspn(text, ":-. ");
	if (sep >= len)
		rc = parse_groups(text, len, '\0', 2, mac);
	else
		rc = parse_groups(text, len, text[sep], sep == 4 ? 4 : 2, mac);
	if (rc != 0)
		return rc;
	for (int i = 0; i < 6; i++) {
		any |= mac[i];
		all &= mac[i];
	}
	/* The group bit (IEEE 802, clause 8.2) covers all ones as well. */
	if (any == 0 || all == 0xff || (mac[0] & 1) != 0)
		return ERR_RANGE;
	for (int i = 0; i < 6; i++) {
		out[3 * i] = hex[mac[i] >> 4];
		out[3 * i + 1] = hex[mac[i] & 15];
		out[3 * i + 2] = i < 5 ? ':' : '\0';
	}
	return 0;
}

int
onvif_xaddr_path(const char *xaddr, char *out, size_t size)
{
	const char *path = xaddr;
	size_t len;

	for (const char *p = xaddr; *p != '\0'; p++) {
		if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f)
			return ERR_SYNTAX;
	}
	if (strncasecmp(xaddr, "http://", 7) == 0 || strncasecmp(xaddr, "https://", 8) == 0) {
		path = strstr(xaddr, "//") + 2;
		if (*path == '\0' || *path == '/')
			return ERR_SYNTAX; /* no authority */
		path += strcspn(path, "/?#");
	} else if (xaddr[0] != '/') {
		return ERR_SYNTAX;
	}
	len = strcspn(path, "#");
	/* "?x" without a path: the slash is to be added; "//" would read as an authority. */
	if (len == 0 || path[0] == '?') {
		if (len + 2 > size)
			return ERR_TOOBIG;
		out[0] = '/';
		memcpy(out + 1, path, len);
		out[len + 1] = '\0';
		return 0;
	}
	while (len > 1 && path[0] == '/' && path[1] == '/')
		path++, len--;
	if (len + 1 > size)
		return ERR_TOOBIG;
	memcpy(out, path, len);
	out[len] = '\0';
	return 0;
}

bool
onvif_is_address(const char *text)
{
	struct in6_addr in6;
	struct in_addr in;

	return inet_pton(AF_INET, text, &in) == 1 || inet_pton(AF_INET6, text, &in6) == 1;
}

bool
onvif_serial_is_address(const char *serial, const char *address)
{
	while (*address != '\0') {
		if (*address == *serial)
			serial++;
		else if (*address != '.')
			return false;
		address++;
	}
	return *serial == '\0';
}
