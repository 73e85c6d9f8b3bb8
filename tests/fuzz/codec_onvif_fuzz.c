/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ONVIF replies: the first byte chooses the operation, the rest is the body. What comes out must
 * keep the reader's promises: valid UTF-8 without control characters, capped, and all of it owned.
 */
#include "../../src/codec/onvif_tz.h"
#include "keepwatch/buf.h"
#include "keepwatch/onvif_reply.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_text(const char *text)
{
	size_t len = strlen(text);

	if (len > ONVIF_TEXT_MAX)
		abort();
	for (size_t i = 0; i < len;) {
		size_t n = utf8_sequence(text + i, len - i);

		if (n == 0 || (unsigned char)text[i] < 0x20 || text[i] == 0x7f)
			abort();
		i += n;
	}
}

static void
check_pure(const char *text)
{
	char mac[18], path[64];
	struct tz tz;

	if (onvif_mac_normalise(text, mac) == 0 && strlen(mac) != 17)
		abort();
	if (onvif_xaddr_path(text, path, sizeof(path)) == 0 &&
	    (path[0] != '/' || path[1] == '/' || strpbrk(path, " \r\n") != NULL))
		abort();
	if (tz_parse(text, &tz) == 0) {
		tz_offset_at_utc(&tz, 1772366531);
		tz_offset_at_local(&tz, 1772366531);
	}
	onvif_vendor(text);
	onvif_service_from_uri(text);
	onvif_serial_is_address(text, "192.0.2.7");
}

static void
check_ok(const struct onvif_reply *reply)
{
	switch (reply->op) {
	case ONVIF_GET_SYSTEM_DATE_AND_TIME:
		check_text(reply->u.time.tz);
		check_text(reply->u.time.bad_field);
		check_pure(reply->u.time.tz);
		break;
	case ONVIF_GET_CAPABILITIES:
	case ONVIF_GET_SERVICES:
		for (size_t i = 0; i < reply->u.services.count; i++) {
			check_text(reply->u.services.items[i].uri);
			check_text(reply->u.services.items[i].xaddr);
			check_pure(reply->u.services.items[i].xaddr);
		}
		break;
	case ONVIF_GET_DEVICE_INFORMATION:
		check_text(reply->u.info.manufacturer);
		check_text(reply->u.info.model);
		check_text(reply->u.info.firmware);
		check_text(reply->u.info.serial);
		check_text(reply->u.info.hardware);
		check_pure(reply->u.info.manufacturer);
		check_pure(reply->u.info.serial);
		break;
	case ONVIF_GET_NETWORK_INTERFACES:
		for (size_t i = 0; i < reply->u.interfaces.count; i++) {
			const struct onvif_interface *item = &reply->u.interfaces.items[i];

			check_text(item->token);
			check_text(item->name);
			check_text(item->mac);
			for (size_t k = 0; k < item->address_count; k++)
				check_text(item->addresses[k]);
		}
		break;
	case ONVIF_GET_HOSTNAME:
		check_text(reply->u.hostname.name);
		break;
	case ONVIF_GET_PROFILES:
		for (size_t i = 0; i < reply->u.profiles.count; i++) {
			check_text(reply->u.profiles.items[i].token);
			check_text(reply->u.profiles.items[i].name);
			check_text(reply->u.profiles.items[i].encoding);
		}
		break;
	case ONVIF_GET_DOOR_INFO_LIST:
		check_text(reply->u.doors.next_start);
		for (size_t i = 0; i < reply->u.doors.count; i++)
			check_text(reply->u.doors.items[i].token);
		break;
	case ONVIF_GET_DOOR_STATE:
		check_text(onvif_door_word(reply->u.door_state.mode));
		check_text(reply->u.door_state.tamper_reason);
		check_text(reply->u.door_state.fault_reason);
		break;
	case ONVIF_GET_ACCESS_POINT_INFO_LIST:
		check_text(reply->u.access_points.next_start);
		for (size_t i = 0; i < reply->u.access_points.count; i++)
			check_text(reply->u.access_points.items[i].entity);
		break;
	case ONVIF_GET_USERS:
		for (size_t i = 0; i < reply->u.users.count; i++) {
			check_text(reply->u.users.items[i].name);
			check_text(reply->u.users.items[i].level_text);
			check_text(onvif_user_level_name(reply->u.users.items[i].level));
		}
		break;
	case ONVIF_GET_DISCOVERY_MODE:
		if ((unsigned)reply->u.discovery > ONVIF_NON_DISCOVERABLE)
			abort();
		break;
	case ONVIF_GET_NTP:
		for (size_t i = 0; i < reply->u.ntp.server_count; i++)
			check_text(reply->u.ntp.servers[i]);
		break;
	case ONVIF_SET_USER:
		break;
	case ONVIF_OP_COUNT:
		abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct onvif_reply reply;

	if (size == 0)
		return 0;
	/* '0' is the first operation, so that seeds are texts. */
	if (onvif_read_reply((enum onvif_op)((unsigned)(data[0] - '0') % ONVIF_OP_COUNT), data + 1,
			     size - 1, &reply) != 0)
		return 0;
	if (reply.kind == ONVIF_REPLY_OK) {
		check_ok(&reply);
	} else if (reply.kind == ONVIF_REPLY_FAULT) {
		check_text(reply.fault.code);
		check_text(reply.fault.subcode);
		check_text(reply.fault.reason);
		check_text(onvif_fault_text(reply.fault.what));
	} else if (reply.refusal == ONVIF_REFUSED_NONE) {
		abort();
	}
	onvif_reply_fini(&reply);
	return 0;
}
