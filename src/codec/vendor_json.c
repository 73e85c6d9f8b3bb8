/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * JSON replies: Axis (VAPIX), 2N (HTTP API) and Hanwha (SUNAPI). jansson parses; nothing of it is
 * left behind.
 */
#include "vendor_read.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* json_decref; NULL with *refusal set. Duplicate keys: the last one counts, as in most readers. */
static json_t *
parse(struct soap_reader *reader, const char *body, size_t len, enum vendor_refusal *refusal)
{
	json_error_t error;
	json_t *root = json_loadb(body, len, JSON_DISABLE_EOF_CHECK, &error);

	/* jansson says in words what is wrong with a text, and nothing when memory ran out. */
	if (root == NULL && error.text[0] == '\0')
		reader->no_memory = true;
	*refusal = json_is_object(root) ? VENDOR_REFUSED_NONE : VENDOR_REFUSED_MALFORMED;
	if (*refusal != VENDOR_REFUSED_NONE) {
		json_decref(root);
		root = NULL;
	}
	return root;
}

static const char *
text_of(struct soap_reader *reader, const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_string(value)
		       ? xml_keep_text(reader, json_string_value(value), json_string_length(value))
		       : "";
}

/* Axis and 2N write numbers as strings or as numbers, by version. */
static int64_t
number_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	long long number;
	char *end;

	if (json_is_integer(value))
		return json_integer_value(value) < 0 ? -1 : json_integer_value(value);
	if (!json_is_string(value))
		return -1;
	number = strtoll(json_string_value(value), &end, 10);
	return end == json_string_value(value) || *end != '\0' || number < 0 ? -1 : number;
}

static enum vendor_answer
answer_of(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);
	const char *text = json_is_string(value) ? json_string_value(value) : "";

	if (json_is_true(value) || strcasecmp(text, "yes") == 0)
		return VENDOR_YES;
	return json_is_false(value) || strcasecmp(text, "no") == 0 ? VENDOR_NO : VENDOR_UNKNOWN;
}

/* VAPIX: {"data": {...}} or {"error": {"code": 2003, "message": "..."}}. */
static const json_t *
axis_data(struct soap_reader *reader, const json_t *root, struct vendor_reply *out,
	  enum vendor_refusal *refusal)
{
	const json_t *error = json_object_get(root, "error");
	const json_t *data = json_object_get(root, "data");

	if (json_is_object(error)) {
		out->error = text_of(reader, error, "message");
		*refusal = VENDOR_REFUSED_DEVICE;
		return NULL;
	}
	if (!json_is_object(data)) {
		*refusal = VENDOR_REFUSED_OTHER;
		return NULL;
	}
	return data;
}

enum vendor_refusal
vendor_read_axis_info(struct soap_reader *reader, const char *body, size_t len,
		      struct vendor_reply *out)
{
	enum vendor_refusal refusal;
	json_t *root = parse(reader, body, len, &refusal);
	const json_t *data = NULL, *list;

	if (root != NULL)
		data = axis_data(reader, root, out, &refusal);
	if (data == NULL)
		goto out;
	list = json_object_get(data, "propertyList");
	out->vendor = onvif_vendor(text_of(reader, list, "Brand"));
	if (out->vendor == NULL)
		out->vendor = "";
	out->model = text_of(reader, list, "ProdNbr");
	out->firmware = text_of(reader, list, "Version");
	out->serial = text_of(reader, list, "SerialNumber");
	out->hardware = text_of(reader, list, "HardwareID");
	/* The serial number of an Axis device is its MAC address. */
	onvif_mac_normalise(out->serial, out->mac);
	if (out->model[0] == '\0' && out->firmware[0] == '\0' && out->serial[0] == '\0')
		refusal = VENDOR_REFUSED_INCOMPLETE;
out:
	json_decref(root);
	return refusal;
}

enum vendor_refusal
vendor_read_axis_ready(struct soap_reader *reader, const char *body, size_t len,
		       struct vendor_reply *out)
{
	enum vendor_refusal refusal;
	json_t *root = parse(reader, body, len, &refusal);
	const json_t *data = NULL;

	if (root != NULL)
		data = axis_data(reader, root, out, &refusal);
	if (data == NULL)
		goto out;
	out->vendor = "Axis";
	out->is_ready = answer_of(data, "systemready");
	out->needs_setup = answer_of(data, "needsetup");
	out->uptime_s = number_of(data, "uptime");
	if (out->is_ready == VENDOR_UNKNOWN)
		refusal = VENDOR_REFUSED_INCOMPLETE;
out:
	json_decref(root);
	return refusal;
}

/* {"success": true, "result": {...}} or {"success": false, "error": {"description": "..."}} */
enum vendor_refusal
vendor_read_two_n(struct soap_reader *reader, const char *body, size_t len,
		  struct vendor_reply *out)
{
	enum vendor_refusal refusal;
	json_t *root = parse(reader, body, len, &refusal);
	const json_t *result;

	if (root == NULL)
		goto out;
	if (json_is_false(json_object_get(root, "success"))) {
		out->error = text_of(reader, json_object_get(root, "error"), "description");
		refusal = VENDOR_REFUSED_DEVICE;
		goto out;
	}
	result = json_object_get(root, "result");
	if (!json_is_object(result)) {
		refusal = VENDOR_REFUSED_OTHER;
		goto out;
	}
	out->vendor = "2N";
	out->model = text_of(reader, result, "variant");
	out->firmware = text_of(reader, result, "swVersion");
	out->serial = text_of(reader, result, "serialNumber");
	out->hardware = text_of(reader, result, "hwVersion");
	out->name = text_of(reader, result, "deviceName");
	onvif_mac_normalise(text_of(reader, result, "macAddr"), out->mac);
	out->uptime_s = number_of(result, "upTime");
	if (out->model[0] == '\0' && out->firmware[0] == '\0' && out->serial[0] == '\0')
		refusal = VENDOR_REFUSED_INCOMPLETE;
out:
	json_decref(root);
	return refusal;
}

/* {"Model": ...} or {"Response": "Fail", "Error": {"Code": 600, "Details": "..."}} */
enum vendor_refusal
vendor_read_hanwha_json(struct soap_reader *reader, const char *body, size_t len,
			struct vendor_reply *out)
{
	enum vendor_refusal refusal;
	json_t *root = parse(reader, body, len, &refusal);
	const json_t *error;

	if (root == NULL)
		goto out;
	error = json_object_get(root, "Error");
	if (json_is_object(error)) {
		out->error = text_of(reader, error, "Details");
		refusal = VENDOR_REFUSED_DEVICE;
		goto out;
	}
	out->model = text_of(reader, root, "Model");
	out->firmware = text_of(reader, root, "FirmwareVersion");
	out->serial = text_of(reader, root, "SerialNumber");
	out->name = text_of(reader, root, "DeviceName");
	onvif_mac_normalise(text_of(reader, root, "ConnectedMACAddress"), out->mac);
	if (out->model[0] == '\0' && out->firmware[0] == '\0' && out->serial[0] == '\0')
		refusal = VENDOR_REFUSED_OTHER;
	else
		out->vendor = "Hanwha";
out:
	json_decref(root);
	return refusal;
}
