/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of addresses: open addressing, at most half full, asked of every datagram. It is made
 * of the whole fleet when the fleet changes, and now and then where names may have moved.
 */
#include "trap_known.h"

#include "keepwatch/clock.h"

#include <stdlib.h>

enum { AGAIN_MS = 30000 };
#define NO_DEVICE UINT32_MAX

void
trap_known_free(struct agent_traps *traps)
{
	free(traps->known);
	free(traps->next_device);
	traps->known = NULL;
	traps->next_device = NULL;
	traps->known_cap = 0;
	traps->table = NULL;
}

/* Its slot, or the free one where it would be. */
static struct trap_known *
slot_of(struct agent_traps *traps, const struct ipaddr *ip)
{
	size_t i = (ipaddr_hash(ip) * 2654435761U) & (traps->known_cap - 1);

	while (traps->known[i].ip.family != 0 && !ipaddr_equal(&traps->known[i].ip, ip))
		i = (i + 1) & (traps->known_cap - 1);
	return &traps->known[i];
}

static const struct ipaddr *
address_of(const struct agent_table *table, const struct agent_device *device)
{
	return device->probe_count == 0 ? &device->device->ip
					: &table->probes[device->first_probe].target.ip;
}

static void
add_devices(struct agent_traps *traps, const struct agent_table *table)
{
	/* From the last to the first, so that the first of an address comes first. */
	for (size_t i = table->device_count; i-- > 0;) {
		const struct ipaddr *ip = address_of(table, &table->devices[i]);
		struct trap_known *known;

		traps->next_device[i] = NO_DEVICE;
		if (ip->family == 0)
			continue;
		known = slot_of(traps, ip);
		if (known->ip.family != 0)
			traps->next_device[i] = known->device;
		known->ip = *ip;
		known->device = (uint32_t)i;
	}
}

static bool
make(struct agent_traps *traps)
{
	const struct agent_table *table = traps->agent->table;
	const struct trap_settings *settings = &table->conf->traps;
	size_t cap = 16;

	trap_known_free(traps);
	while (cap < 2 * (table->device_count + settings->forwarder_count))
		cap *= 2;
	traps->known = calloc(cap, sizeof(*traps->known));
	traps->next_device = calloc(table->device_count + 1, sizeof(*traps->next_device));
	if (traps->known == NULL || traps->next_device == NULL) {
		trap_known_free(traps);
		return false;
	}
	traps->known_cap = cap;
	add_devices(traps, table);
	for (size_t i = 0; i < settings->forwarder_count; i++) {
		struct trap_known *known = slot_of(traps, &settings->forwarders[i]);

		if (known->ip.family == 0)
			known->device = NO_DEVICE;
		known->ip = settings->forwarders[i];
		known->is_forwarder = true;
	}
	traps->table = table;
	traps->known_ms = clock_mono_ms();
	return true;
}

static const struct trap_known *
look_up(struct agent_traps *traps, const struct ipaddr *ip)
{
	const struct agent_table *table = traps->agent->table;
	const struct trap_known *known;

	if ((traps->table != table ||
	     (table->named_count > 0 && clock_mono_ms() - traps->known_ms >= AGAIN_MS)) &&
	    !make(traps))
		return NULL;
	known = slot_of(traps, ip);
	return known->ip.family == 0 ? NULL : known;
}

enum trap_source
trap_source_of(struct agent_traps *traps, const struct ipaddr *ip)
{
	const struct trap_known *known = look_up(traps, ip);

	if (known == NULL)
		return TRAP_UNKNOWN;
	return known->is_forwarder ? TRAP_FORWARDER : TRAP_DEVICE;
}

const struct agent_device *
trap_device(struct agent_traps *traps, const struct ipaddr *ip)
{
	const struct trap_known *known = look_up(traps, ip);
	const struct agent_table *table = traps->agent->table;

	if (known == NULL || known->device == NO_DEVICE)
		return NULL;
	for (uint32_t i = known->device; i != NO_DEVICE; i = traps->next_device[i]) {
		if (table->devices[i].device->credentials[USE_SNMP] != CREDENTIAL_NONE)
			return &table->devices[i];
	}
	return &table->devices[known->device];
}

const struct credential_snmp *
trap_credential_of(struct agent_traps *traps, const struct ipaddr *ip, size_t n)
{
	const struct trap_known *known = look_up(traps, ip);
	const struct conf *conf = traps->agent->table->conf;
	uint32_t i = known == NULL ? NO_DEVICE : known->device;

	for (; i != NO_DEVICE; i = traps->next_device[i]) {
		const struct credential *credential = device_credential(
			conf->fleet, traps->agent->table->devices[i].device, USE_SNMP);

		if (credential != NULL && credential->snmp.version != SNMP_NONE && n-- == 0)
			return &credential->snmp;
	}
	if (n < conf->traps.credential_count)
		return &conf->fleet->credentials[conf->traps.credentials[n]].snmp;
	return NULL;
}
