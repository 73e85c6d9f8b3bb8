/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The declared fleet: an array of devices, the arena that holds what they point to, and a compact
 * index by name (open addressing over device numbers, four bytes a slot).
 */
#include "keepwatch/fleet.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct fleet_own {
	struct mem_arena arena;
	size_t device_cap;
	uint32_t *slots; /* number of a device + 1, 0 is free; NULL before fleet_seal */
	uint32_t mask;	 /* slots less one; a power of two less one */
};

struct fleet *
fleet_new(void)
{
	struct fleet *fleet = calloc(1, sizeof(*fleet));

	if (fleet == NULL)
		return NULL;
	fleet->own = calloc(1, sizeof(*fleet->own));
	if (fleet->own == NULL) {
		free(fleet);
		return NULL;
	}
	arena_init(&fleet->own->arena);
	return fleet;
}

void
fleet_free(struct fleet *fleet)
{
	if (fleet == NULL)
		return;
	for (size_t i = 0; i < fleet->credential_count; i++)
		credential_fini(&fleet->credentials[i]);
	secret_pool_free(fleet->secrets);
	arena_fini(&fleet->own->arena);
	free(fleet->own->slots);
	free(fleet->own);
	free(fleet->devices);
	free(fleet);
}

void *
fleet_alloc(struct fleet *fleet, size_t size)
{
	return arena_alloc(&fleet->own->arena, size);
}

char *
fleet_strdup(struct fleet *fleet, const char *text)
{
	return arena_strdup(&fleet->own->arena, text);
}

size_t
fleet_memory(const struct fleet *fleet)
{
	const struct fleet_own *own = fleet->own;

	return sizeof(*fleet) + sizeof(*own) + own->arena.used +
	       own->device_cap * sizeof(struct device) +
	       (own->slots != NULL ? ((size_t)own->mask + 1) * sizeof(*own->slots) : 0);
}

struct device *
fleet_add_device(struct fleet *fleet)
{
	struct device *device;

	assert(fleet->own->slots == NULL);
	if (fleet->device_count >= UINT32_MAX / 4 ||
	    mem_grow(&fleet->devices, &fleet->own->device_cap, fleet->device_count + 1,
		     sizeof(*device)) != 0)
		return NULL;
	device = &fleet->devices[fleet->device_count++];
	*device = (struct device){
		.owner = "",
		.site = SITE_NONE,
		.credentials = {CREDENTIAL_NONE, CREDENTIAL_NONE, CREDENTIAL_NONE},
	};
	return device;
}

/* The slot that holds the name, or the free one where it belongs. */
static uint32_t *
slot_of(const struct fleet *fleet, const char *name)
{
	const struct fleet_own *own = fleet->own;

	for (uint32_t at = mem_hash_text(name);; at++) {
		uint32_t *slot = &own->slots[at & own->mask];

		if (*slot == 0 || strcmp(fleet->devices[*slot - 1].name, name) == 0)
			return slot;
	}
}

int
fleet_seal(struct fleet *fleet)
{
	struct fleet_own *own = fleet->own;
	size_t slots = 16;

	while (slots < fleet->device_count + fleet->device_count / 2)
		slots *= 2;
	free(own->slots);
	own->slots = calloc(slots, sizeof(*own->slots));
	if (own->slots == NULL)
		return ERR_NOMEM;
	own->mask = (uint32_t)(slots - 1);
	for (size_t i = 0; i < fleet->device_count; i++) {
		uint32_t *slot = slot_of(fleet, fleet->devices[i].name);

		if (*slot != 0) {
			free(own->slots);
			own->slots = NULL;
			return ERR_EXISTS;
		}
		*slot = (uint32_t)i + 1;
	}
	if (fleet->device_count > 0 && fleet->device_count < own->device_cap) {
		struct device *fitted =
			realloc(fleet->devices, fleet->device_count * sizeof(*fitted));

		if (fitted != NULL) {
			fleet->devices = fitted;
			own->device_cap = fleet->device_count;
		}
	}
	return 0;
}

const struct device *
fleet_find(const struct fleet *fleet, const char *name)
{
	uint32_t slot = fleet->own->slots == NULL ? 0 : *slot_of(fleet, name);

	return slot == 0 ? NULL : &fleet->devices[slot - 1];
}

const struct credential *
device_credential(const struct fleet *fleet, const struct device *device, enum credential_use use)
{
	uint16_t i = device->credentials[use];

	return i == CREDENTIAL_NONE ? NULL : &fleet->credentials[i];
}

static bool
has_credential(const struct device *device, enum credential_use use)
{
	return device->credentials[use] != CREDENTIAL_NONE;
}

bool
device_can_probe(const struct device *device, enum probe_id probe)
{
	switch (probe_spec(probe)->needs) {
	case NEEDS_SNMP:
		return has_credential(device, USE_SNMP);
	case NEEDS_ONVIF:
		return has_credential(device, USE_ONVIF);
	case NEEDS_HTTP:
		return has_credential(device, USE_HTTP);
	case NEEDS_NOTHING:
	case NEEDS_NEITHER:
		break;
	}
	return true;
}

uint32_t
device_default_probes(const struct device *device)
{
	bool has_login = has_credential(device, USE_SNMP) || has_credential(device, USE_ONVIF);
	uint32_t probes = 0;

	for (int id = 0; id < PROBE_COUNT; id++) {
		const struct probe_spec *spec = probe_spec((enum probe_id)id);

		if ((spec->default_kinds & 1U << device->kind) &&
		    device_can_probe(device, (enum probe_id)id) &&
		    !(spec->needs == NEEDS_NEITHER && has_login))
			probes |= 1U << id;
	}
	return probes;
}

const char *
device_site_name(const struct fleet *fleet, const struct device *device)
{
	return device->site == SITE_NONE ? "" : fleet->sites[device->site].name;
}

const struct option_value *
settings_option(const struct probe_settings *settings, enum option_id option)
{
	size_t first = (size_t)probe_spec(settings->probe)->first_option;

	assert((size_t)option >= first &&
	       (size_t)option - first < probe_option_count(settings->probe));
	return &settings->options[(size_t)option - first];
}
