/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ONVIF replies as facts of a result.
 */
#include "login_hold.h"
#include "onvif_impl.h"

#include "keepwatch/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct fact_list *
facts_of(struct onvif_state *st)
{
	return &st->run->result.facts;
}

void
onvif_note_clock(struct onvif_state *st, const struct onvif_time *time, int64_t middle_ms)
{
	int64_t limit_ms = probe_option(st->run, OPT_ONVIF_MAX_CLOCK_OFFSET);
	char words[CLOCK_DURATION_SIZE];

	if (time->source != ONVIF_TIME_UNKNOWN)
		fact_add(facts_of(st), FACT_CLOCK_SOURCE, NULL,
			 time->source == ONVIF_TIME_NTP ? "ntp" : "manual");
	if (!time->has_utc) {
		snprintf(st->clock_note, sizeof(st->clock_note), "clock is not set%s%.40s",
			 time->bad_field[0] == '\0' ? "" : ": ", time->bad_field);
		return;
	}
	st->has_offset = true;
	/* tt:Time has whole seconds, cut off: half of one is the best guess of the rest. */
	st->offset_ms = time->utc_ms + 500 - middle_ms;
	fact_addf(facts_of(st), FACT_CLOCK_OFFSET_MS, NULL, "%lld", (long long)st->offset_ms);
	if (limit_ms != 0 && llabs(st->offset_ms) > limit_ms)
		snprintf(st->clock_note, sizeof(st->clock_note), "clock is %s %s",
			 clock_format_duration((llabs(st->offset_ms) + 500) / 1000 * 1000, words,
					       sizeof(words)),
			 st->offset_ms < 0 ? "behind" : "ahead");
}

/* A fact and who told it; an empty value is none. */
static void
note_from(struct onvif_state *st, enum fact_key key, const char *value)
{
	fact_add(facts_of(st), key, NULL, value);
	if (fact_get(facts_of(st), key, NULL) != NULL)
		fact_add(facts_of(st), FACT_SOURCE, fact_name(key), "ONVIF GetDeviceInformation");
}

static void
note_info(struct onvif_state *st, const struct onvif_device_info *info)
{
	const char *vendor = onvif_vendor(info->manufacturer);
	char address[IPADDR_TEXT_SIZE];

	ipaddr_format(&st->run->target->ip, address, sizeof(address));
	if (vendor != NULL)
		fact_add(facts_of(st), FACT_VENDOR, NULL, vendor);
	note_from(st, FACT_MODEL, info->model);
	note_from(st, FACT_FIRMWARE, info->firmware);
	note_from(st, FACT_HARDWARE, info->hardware);
	/* Reolink writes 192.168.2.61 as 192168261. */
	if (!info->serial_is_address && !onvif_serial_is_address(info->serial, address))
		note_from(st, FACT_SERIAL, info->serial);
}

static void
note_services(struct onvif_state *st, const struct onvif_services *services)
{
	struct buf text;

	buf_init(&text, FACT_VALUE_MAX);
	for (size_t i = 0; i < services->count; i++) {
		const struct onvif_service *service = &services->items[i];

		if (service->id == ONVIF_SERVICE_OTHER)
			continue;
		buf_printf(&text, "%s%s", text.len == 0 ? "" : ", ",
			   onvif_service_name(service->id));
		if (service->major >= 0)
			buf_printf(&text, " %d.%02d", service->major,
				   service->minor < 0 ? 0 : service->minor);
	}
	if (text.len > 0)
		fact_add(facts_of(st), FACT_SERVICES, NULL, text.data);
	buf_fini(&text);
}

static void
note_interfaces(struct onvif_state *st, const struct onvif_interfaces *interfaces)
{
	for (size_t i = 0; i < interfaces->count; i++) {
		const struct onvif_interface *item = &interfaces->items[i];
		const char *name = item->name[0] != '\0' ? item->name : item->token;
		struct buf text;

		if (item->mac[0] != '\0')
			fact_add(facts_of(st), FACT_MAC, name, item->mac);
		buf_init(&text, FACT_VALUE_MAX);
		for (size_t j = 0; j < item->address_count; j++)
			buf_printf(&text, "%s%s", j == 0 ? "" : ", ", item->addresses[j]);
		if (text.len > 0)
			fact_add(facts_of(st), FACT_ADDRESS, name, text.data);
		buf_fini(&text);
	}
	st->run->result.complete |= 1ull << FACT_MAC | 1ull << FACT_ADDRESS;
}

static void
note_profiles(struct onvif_state *st, const struct onvif_profiles *profiles)
{
	struct buf text;

	buf_init(&text, FACT_VALUE_MAX);
	for (size_t i = 0; i < profiles->count; i++) {
		const struct onvif_profile *profile = &profiles->items[i];

		buf_printf(&text, "%s%s", i == 0 ? "" : ", ",
			   profile->name[0] != '\0' ? profile->name : profile->token);
		if (profile->encoding[0] != '\0')
			buf_printf(&text, " (%s %dx%d)", profile->encoding, profile->width,
				   profile->height);
	}
	if (text.len > 0)
		fact_add(facts_of(st), FACT_PROFILES, NULL, text.data);
	buf_fini(&text);
}

/* "Main entrance: Locked, door Closed, lock Locked, alarm Normal": what the device tells of it. */
static void
note_door_state(struct onvif_state *st, const struct onvif_door_state *state)
{
	const struct onvif_door_memory *door = &st->memory->doors[st->door];
	const struct {
		const char *name;
		enum onvif_door_word word;
		const char *why;
	} parts[] = {
		{"door", state->door, ""},
		{"lock", state->lock, ""},
		{"double lock", state->double_lock, ""},
		{"alarm", state->alarm, ""},
		{"tamper", state->tamper, state->tamper_reason},
		{"fault", state->fault, state->fault_reason},
	};
	struct buf text;

	buf_init(&text, FACT_VALUE_MAX);
	buf_printf(&text, "%.128s: %s", door->name[0] != '\0' ? door->name : door->token,
		   onvif_door_word(state->mode));
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		if (parts[i].word == ONVIF_DOOR_ABSENT)
			continue;
		buf_printf(&text, ", %s %s", parts[i].name, onvif_door_word(parts[i].word));
		if (parts[i].why[0] != '\0')
			buf_printf(&text, " (%.64s)", parts[i].why);
	}
	if (text.error == 0)
		fact_add(facts_of(st), FACT_DOOR, door->token, text.data);
	buf_fini(&text);
}

static void
note_users(struct onvif_state *st, const struct onvif_users *users, bool is_all)
{
	for (size_t i = 0; i < users->count; i++) {
		const struct onvif_user *user = &users->items[i];
		const char *level = user->level != ONVIF_LEVEL_UNKNOWN
					    ? onvif_user_level_name(user->level)
					    : user->level_text;

		if (user->name[0] != '\0')
			fact_add(facts_of(st), FACT_USER, user->name,
				 level[0] != '\0' ? level : "level not told");
	}
	if (is_all)
		st->run->result.complete |= 1ull << FACT_USER;
}

static void
note_ntp(struct onvif_state *st, const struct onvif_ntp *ntp)
{
	struct buf text;

	buf_init(&text, FACT_VALUE_MAX);
	for (size_t i = 0; i < ntp->server_count; i++)
		buf_printf(&text, "%s%s", i == 0 ? "" : ", ", ntp->servers[i]);
	if (text.len > 0 && ntp->from_dhcp)
		buf_puts(&text, " (dhcp)");
	fact_add(facts_of(st), FACT_NTP_SERVER, NULL, text.len == 0 ? "none" : text.data);
	buf_fini(&text);
}

void
onvif_note_reply(struct onvif_state *st, const struct onvif_reply *reply)
{
	switch (reply->op) {
	case ONVIF_GET_SYSTEM_DATE_AND_TIME:
		onvif_note_clock(st, &reply->u.time, st->middle_ms);
		break;
	case ONVIF_GET_SERVICES:
	case ONVIF_GET_CAPABILITIES:
		note_services(st, &reply->u.services);
		break;
	case ONVIF_GET_DEVICE_INFORMATION:
		note_info(st, &reply->u.info);
		break;
	case ONVIF_GET_HOSTNAME:
		fact_add(facts_of(st), FACT_HOSTNAME, NULL, reply->u.hostname.name);
		break;
	case ONVIF_GET_NETWORK_INTERFACES:
		note_interfaces(st, &reply->u.interfaces);
		break;
	case ONVIF_GET_PROFILES:
		note_profiles(st, &reply->u.profiles);
		break;
	case ONVIF_GET_DOOR_STATE:
		note_door_state(st, &reply->u.door_state);
		break;
	case ONVIF_GET_ACCESS_POINT_INFO_LIST:
		for (size_t i = 0; i < reply->u.access_points.count; i++) {
			const struct onvif_access_point *point = &reply->u.access_points.items[i];

			fact_add(facts_of(st), FACT_ACCESS_POINT, point->token,
				 point->name[0] != '\0' ? point->name : point->token);
		}
		break;
	case ONVIF_GET_USERS:
		note_users(st, &reply->u.users, (reply->oddities & ONVIF_ODD_LIST_CUT) == 0);
		break;
	case ONVIF_GET_DISCOVERY_MODE:
		if (reply->u.discovery != ONVIF_DISCOVERY_UNKNOWN)
			fact_add(facts_of(st), FACT_DISCOVERY_MODE, NULL,
				 reply->u.discovery == ONVIF_DISCOVERABLE ? "Discoverable"
									  : "NonDiscoverable");
		break;
	case ONVIF_GET_NTP:
		note_ntp(st, &reply->u.ntp);
		break;
	case ONVIF_GET_DOOR_INFO_LIST: /* their states are the facts */
	case ONVIF_SET_USER:
	case ONVIF_OP_COUNT:
		break;
	}
}

void
onvif_note_login(struct onvif_state *st)
{
	const struct onvif_memory *memory = st->memory;
	const struct login_hold hold = {memory->hold_until_ms, memory->refusals, memory->locked};

	if (memory->login != ONVIF_LOGIN_UNKNOWN)
		fact_add(facts_of(st), FACT_AUTH_SCHEME, NULL, onvif_login_name(memory->login));
	login_hold_note(&hold, &st->run->result);
}
