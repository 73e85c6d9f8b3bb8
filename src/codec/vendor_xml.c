/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Hikvision's ISAPI (XML).
 */
#include "vendor_read.h"

#include <string.h>

static enum vendor_refusal
from_xml_refusal(enum onvif_refusal refusal)
{
	switch (refusal) {
	case ONVIF_REFUSED_NONE:
		return VENDOR_REFUSED_NONE;
	case ONVIF_REFUSED_EMPTY:
		return VENDOR_REFUSED_EMPTY;
	case ONVIF_REFUSED_TOO_BIG:
		return VENDOR_REFUSED_TOO_BIG;
	case ONVIF_REFUSED_HTML:
		return VENDOR_REFUSED_HTML;
	default:
		return VENDOR_REFUSED_MALFORMED;
	}
}

/* "V5.7.18" and "build 240826" as one, as the same device's ONVIF writes it. */
static const char *
join_firmware(struct soap_reader *reader, const char *version, const char *released)
{
	struct buf text;
	const char *joined;

	if (version[0] == '\0' || released[0] == '\0')
		return version;
	buf_init(&text, ONVIF_TEXT_MAX * 2 + 1);
	buf_printf(&text, "%s %s", version, released);
	if (text.error != 0)
		reader->no_memory = true;
	joined = xml_keep_text(reader, text.data, text.len);
	buf_fini(&text);
	return joined;
}

enum vendor_refusal
vendor_read_hikvision(struct soap_reader *reader, const char *body, size_t len,
		      struct vendor_reply *out)
{
	enum onvif_refusal why;
	xmlDoc *doc = xml_parse_clean(reader, body, len, &why);
	enum vendor_refusal refusal = from_xml_refusal(why);
	xmlNode *root;

	if (doc == NULL)
		return refusal;
	root = xmlDocGetRootElement(doc);
	if (xml_is(root, "ResponseStatus")) {
		out->error = xml_text_at(reader, root, "subStatusCode");
		if (out->error[0] == '\0')
			out->error = xml_text_at(reader, root, "statusString");
		refusal = VENDOR_REFUSED_DEVICE;
		goto out;
	}
	if (!xml_is(root, "DeviceInfo")) {
		refusal = VENDOR_REFUSED_OTHER;
		goto out;
	}
	/* Old firmware has no manufacturer, and OEM devices another one: no guess from the path. */
	out->vendor = onvif_vendor(xml_text_at(reader, root, "manufacturer"));
	if (out->vendor == NULL)
		out->vendor = "";
	out->model = xml_text_at(reader, root, "model");
	out->firmware = join_firmware(reader, xml_text_at(reader, root, "firmwareVersion"),
				      xml_text_at(reader, root, "firmwareReleasedDate"));
	out->serial = xml_text_at(reader, root, "serialNumber");
	out->hardware = xml_text_at(reader, root, "hardwareVersion");
	out->name = xml_text_at(reader, root, "deviceName");
	onvif_mac_normalise(xml_text_at(reader, root, "macAddress"), out->mac);
	if (out->model[0] == '\0' && out->firmware[0] == '\0' && out->serial[0] == '\0')
		refusal = VENDOR_REFUSED_INCOMPLETE;
out:
	xmlFreeDoc(doc);
	return refusal;
}
