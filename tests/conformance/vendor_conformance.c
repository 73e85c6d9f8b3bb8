/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * vendor_conformance AXIS.json ISAPI.xml DUMP.json...: reads captured replies of vendors' own
 * interfaces. The dumps hold Hikvision's DeviceInfo as JSON: it is written back as XML, read, and
 * compared with the JSON.
 */
#include "tap.h"

#include "keepwatch/buf.h"
#include "keepwatch/mem.h"
#include "keepwatch/vendor.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool
same(const char *what, const char *expected, const char *got)
{
	if (strcmp(expected, got) == 0)
		return true;
	tap_note("DISAGREES %s: expected \"%s\", got \"%s\"", what, expected, got);
	return false;
}

static const char *
member(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static void
check_axis(struct tap *tap, const char *path)
{
	struct vendor_reply r;
	size_t len = 0;
	char *body = read_whole(path, &len);
	json_t *root = json_load_file(path, 0, NULL);
	json_t *list = json_object_get(json_object_get(root, "data"), "propertyList");
	bool is_ok = body != NULL && list != NULL &&
		     vendor_read_reply(VENDOR_AXIS_INFO, body, len, &r) == 0;

	if (is_ok) {
		is_ok = r.refusal == VENDOR_REFUSED_NONE && same("vendor", "Axis", r.vendor) &&
			same("model", member(list, "ProdNbr"), r.model) &&
			same("firmware", member(list, "Version"), r.firmware) &&
			same("serial", member(list, "SerialNumber"), r.serial) &&
			same("hardware", member(list, "HardwareID"), r.hardware);
		tap_result(tap, is_ok, "axis basicdeviceinfo.cgi: %s %s", r.model, r.firmware);
		vendor_reply_fini(&r);
	} else {
		tap_result(tap, false, "axis basicdeviceinfo.cgi cannot be read");
	}
	json_decref(root);
	free(body);
}

/* The dumps' MACs were made up by those who published them; some are group addresses, which no
 * interface has and the reader drops. */
static const char *
usable_mac(const json_t *info)
{
	const char *mac = member(info, "macAddress");

	return (strtol(mac, NULL, 16) & 1) != 0 ? "" : mac;
}

/* Compares with the JSON if there is one. */
static void
check_hikvision(struct tap *tap, const char *name, const char *body, size_t len, const json_t *info)
{
	struct vendor_reply r;
	char firmware[256];
	bool is_ok;

	if (vendor_read_reply(VENDOR_HIKVISION_INFO, body, len, &r) != 0) {
		tap_result(tap, false, "%s: out of memory", name);
		return;
	}
	is_ok = r.refusal == VENDOR_REFUSED_NONE && r.model[0] != '\0' && r.serial[0] != '\0';
	if (info == NULL)
		is_ok = is_ok && strlen(r.mac) == 17;
	if (is_ok && info != NULL) {
		snprintf(firmware, sizeof(firmware), "%s %s", member(info, "firmwareVersion"),
			 member(info, "firmwareReleasedDate"));
		is_ok = same("model", member(info, "model"), r.model) &&
			same("serial", member(info, "serialNumber"), r.serial) &&
			same("firmware", firmware, r.firmware) &&
			same("name", member(info, "deviceName"), r.name) &&
			same("MAC", usable_mac(info), r.mac);
	}
	tap_result(tap, is_ok, "hikvision %s: %s %s, MAC %s", name, r.model, r.firmware, r.mac);
	vendor_reply_fini(&r);
}

static void
check_dump(struct tap *tap, const char *path)
{
	const char *name = strrchr(path, '/') != NULL ? strrchr(path, '/') + 1 : path;
	json_t *root = json_load_file(path, 0, NULL);
	json_t *api = json_object_get(json_object_get(root, "data"), "ISAPI");
	json_t *reply = json_object_get(json_object_get(api, "System/deviceInfo"), "response");
	json_t *info = json_object_get(reply, "DeviceInfo");
	struct buf xml;
	const char *key;
	json_t *value;

	buf_init(&xml, VENDOR_BODY_MAX);
	buf_puts(&xml, "<DeviceInfo xmlns=\"http://www.hikvision.com/ver20/XMLSchema\">");
	json_object_foreach(info, key, value)
	{
		if (key[0] != '@' && json_is_string(value))
			buf_printf(&xml, "<%s>%s</%s>", key, json_string_value(value), key);
	}
	buf_puts(&xml, "</DeviceInfo>");
	if (info == NULL)
		tap_result(tap, false, "hikvision %s has no DeviceInfo", name);
	else
		check_hikvision(tap, name, xml.data, xml.len, info);
	buf_fini(&xml);
	json_decref(root);
}

int
main(int argc, char **argv)
{
	struct tap tap = {0};
	size_t len = 0;
	char *body;

	if (argc < 4) {
		fprintf(stderr, "usage: %s AXIS.json ISAPI.xml DUMP.json...\n", argv[0]);
		return 2;
	}
	check_axis(&tap, argv[1]);
	body = read_whole(argv[2], &len);
	check_hikvision(&tap, "deviceInfo", body != NULL ? body : "", len, NULL);
	free(body);
	for (int i = 3; i < argc; i++)
		check_dump(&tap, argv[i]);
	printf("1..%d\n", tap.count);
	return tap.failed == 0 ? 0 : 1;
}
