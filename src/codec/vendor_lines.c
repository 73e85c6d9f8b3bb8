/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Replies in key=value lines: Dahua's magicBox.cgi, Axis's param.cgi, Hanwha's SUNAPI.
 */
#include "vendor_read.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static void
take_line(struct soap_reader *reader, const char *line, size_t len, const struct vendor_key *keys,
	  size_t count)
{
	const char *equals = memchr(line, '=', len);
	size_t key_len;

	if (equals == NULL)
		return;
	key_len = (size_t)(equals - line);
	for (size_t i = 0; i < count; i++) {
		if (strlen(keys[i].key) == key_len && memcmp(keys[i].key, line, key_len) == 0 &&
		    (*keys[i].value)[0] == '\0')
			*keys[i].value = xml_keep_text(reader, equals + 1, len - key_len - 1);
	}
}

enum vendor_refusal
vendor_read_lines(struct soap_reader *reader, const char *body, size_t len,
		  const struct vendor_key *keys, size_t count, const struct vendor_reply *out)
{
	const char *at = body, *end = body + len;

	if (memchr(body, '\0', len) != NULL)
		return VENDOR_REFUSED_MALFORMED;
	while (at < end) {
		const char *eol = memchr(at, '\n', (size_t)(end - at));
		const char *stop = eol != NULL ? eol : end;

		take_line(reader, at, (size_t)(stop - at), keys, count);
		at = eol != NULL ? eol + 1 : end;
	}
	if (out->model[0] != '\0' || out->firmware[0] != '\0' || out->serial[0] != '\0')
		return VENDOR_REFUSED_NONE;
	return memchr(body, '=', len) != NULL ? VENDOR_REFUSED_INCOMPLETE : VENDOR_REFUSED_OTHER;
}

/* The device's own words of an error, up to the end of the line. */
static enum vendor_refusal
keep_error(struct soap_reader *reader, const char *text, size_t len, struct vendor_reply *out)
{
	const char *eol = memchr(text, '\n', len);
	size_t n = eol != NULL ? (size_t)(eol - text) : len;

	out->error = xml_keep_text(reader, text, n < 200 ? n : 200);
	return VENDOR_REFUSED_DEVICE;
}

/* getSoftwareVersion says "2.622.0000000.18.R,build:2019-06-12" in one value. */
enum vendor_refusal
vendor_read_dahua(struct soap_reader *reader, const char *body, size_t len,
		  struct vendor_reply *out)
{
	const struct vendor_key keys[] = {
		{"deviceType", &out->model},	     {"type", &out->model},
		{"version", &out->firmware},	     {"serialNumber", &out->serial},
		{"hardwareVersion", &out->hardware}, {"name", &out->name},
	};
	enum vendor_refusal refusal;

	if (len >= 5 && strncasecmp(body, "Error", 5) == 0) {
		out->error = xml_keep_text(reader, body, len < 200 ? len : 200);
		return VENDOR_REFUSED_DEVICE;
	}
	refusal = vendor_read_lines(reader, body, len, keys, MEM_COUNT(keys), out);
	if (refusal == VENDOR_REFUSED_NONE)
		out->vendor = "Dahua";
	return refusal;
}

/*
 * "root.Brand.ProdNbr=P1346"; a group that the firmware lacks is a line "# Error: ..." among the
 * others.
 */
enum vendor_refusal
vendor_read_axis_param(struct soap_reader *reader, const char *body, size_t len,
		       struct vendor_reply *out)
{
	const char *brand = "";
	const struct vendor_key keys[] = {
		{"root.Brand.Brand", &brand},
		{"root.Brand.ProdNbr", &out->model},
		{"root.Properties.Firmware.Version", &out->firmware},
		{"root.Properties.System.SerialNumber", &out->serial},
		{"root.Properties.System.HardwareID", &out->hardware},
	};
	enum vendor_refusal refusal =
		vendor_read_lines(reader, body, len, keys, MEM_COUNT(keys), out);

	if (refusal != VENDOR_REFUSED_NONE)
		return body[0] == '#' ? keep_error(reader, body, len, out) : refusal;
	out->vendor = onvif_vendor(brand);
	if (out->vendor == NULL)
		out->vendor = "";
	onvif_mac_normalise(out->serial, out->mac);
	return VENDOR_REFUSED_NONE;
}

/* "NG", then "Error Code: 600" and "Error Details: ..." in lines of their own. */
static enum vendor_refusal
hanwha_error(struct soap_reader *reader, const char *body, size_t len, struct vendor_reply *out)
{
	const char *details = memmem(body, len, "Error Details:", 14);

	if (details == NULL)
		return keep_error(reader, body, len, out);
	details += 14;
	return keep_error(reader, details, len - (size_t)(details - body), out);
}

enum vendor_refusal
vendor_read_hanwha(struct soap_reader *reader, const char *body, size_t len,
		   struct vendor_reply *out)
{
	const char *mac = "";
	const struct vendor_key keys[] = {
		{"Model", &out->model},		{"FirmwareVersion", &out->firmware},
		{"SerialNumber", &out->serial}, {"DeviceName", &out->name},
		{"ConnectedMACAddress", &mac},
	};
	enum vendor_refusal refusal;

	if (body[0] == '{')
		return vendor_read_hanwha_json(reader, body, len, out);
	if (len >= 2 && strncmp(body, "NG", 2) == 0)
		return hanwha_error(reader, body, len, out);
	refusal = vendor_read_lines(reader, body, len, keys, MEM_COUNT(keys), out);
	if (refusal != VENDOR_REFUSED_NONE)
		return refusal;
	out->vendor = "Hanwha";
	onvif_mac_normalise(mac, out->mac);
	return VENDOR_REFUSED_NONE;
}
