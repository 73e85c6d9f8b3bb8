/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The steps of a run: which operation each is, for which devices and runs, and at which path.
 */
#include "onvif_impl.h"

enum onvif_op
onvif_step_op(enum onvif_step step)
{
	static const enum onvif_op ops[] = {
		[ONVIF_STEP_CLOCK] = ONVIF_GET_SYSTEM_DATE_AND_TIME,
		[ONVIF_STEP_SERVICES] = ONVIF_GET_SERVICES,
		[ONVIF_STEP_CAPABILITIES] = ONVIF_GET_CAPABILITIES,
		[ONVIF_STEP_INFO] = ONVIF_GET_DEVICE_INFORMATION,
		[ONVIF_STEP_HOSTNAME] = ONVIF_GET_HOSTNAME,
		[ONVIF_STEP_INTERFACES] = ONVIF_GET_NETWORK_INTERFACES,
		[ONVIF_STEP_PROFILES] = ONVIF_GET_PROFILES,
		[ONVIF_STEP_USERS] = ONVIF_GET_USERS,
		[ONVIF_STEP_DISCOVERY_MODE] = ONVIF_GET_DISCOVERY_MODE,
		[ONVIF_STEP_NTP] = ONVIF_GET_NTP,
		[ONVIF_STEP_DOORS] = ONVIF_GET_DOOR_INFO_LIST,
		[ONVIF_STEP_ACCESS_POINTS] = ONVIF_GET_ACCESS_POINT_INFO_LIST,
		[ONVIF_STEP_DOOR_STATES] = ONVIF_GET_DOOR_STATE,
	};

	return ops[step];
}

const char *
onvif_step_audit(enum onvif_step step)
{
	switch (step) {
	case ONVIF_STEP_USERS:
		return "users";
	case ONVIF_STEP_DISCOVERY_MODE:
		return "discovery";
	case ONVIF_STEP_NTP:
		return "ntp";
	default:
		return NULL;
	}
}

const char *
onvif_step_path(const struct onvif_state *st)
{
	const struct onvif_memory *memory = st->memory;
	enum device_kind kind = st->run->target->device->kind;
	bool has_doors = kind == KIND_DOOR || kind == KIND_INTERCOM;
	const char *device_path = probe_option_text(st->run, OPT_ONVIF_PATH);

	switch (st->step) {
	case ONVIF_STEP_CLOCK:
		return device_path;
	case ONVIF_STEP_CAPABILITIES:
		return st->inventory && !st->has_services ? device_path : NULL;
	case ONVIF_STEP_SERVICES:
	case ONVIF_STEP_INFO:
	case ONVIF_STEP_HOSTNAME:
	case ONVIF_STEP_INTERFACES:
	case ONVIF_STEP_USERS:
	case ONVIF_STEP_DISCOVERY_MODE:
	case ONVIF_STEP_NTP:
		return st->inventory ? device_path : NULL;
	case ONVIF_STEP_PROFILES:
		return st->inventory ? memory->media_path : NULL;
	case ONVIF_STEP_DOORS:
		return st->inventory && has_doors ? memory->door_path : NULL;
	case ONVIF_STEP_ACCESS_POINTS:
		return st->inventory && has_doors ? memory->access_path : NULL;
	case ONVIF_STEP_DOOR_STATES:
		return has_doors && st->door < memory->door_count && st->door < ONVIF_DOORS_MAX
			       ? memory->door_path
			       : NULL;
	case ONVIF_STEP_END:
		break;
	}
	return NULL;
}

bool
onvif_step_is_last(const struct onvif_state *st)
{
	size_t doors = st->memory->door_path == NULL ? 0 : st->memory->door_count;

	if (st->step == ONVIF_STEP_CLOCK)
		return !st->inventory && doors == 0;
	return st->step == ONVIF_STEP_DOOR_STATES && st->door + 1 == doors;
}
