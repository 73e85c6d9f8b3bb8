/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the agent has learnt of the devices that are to be rotated: logins that it holds back, TLS
 * keys that it trusts, vendors.
 */
#include "password_rotate.h"

#include "keepwatch/reader.h"

#include <stdio.h>
#include <string.h>

static bool
is_refused(enum reason reason)
{
	return reason == REASON_AUTH || reason == REASON_AUTH_HELD || reason == REASON_LOCKED;
}

/*
 * Trust on first use means the key that the agent has seen first. Without one, nobody knows who
 * would be told the new password.
 */
static void
note_key(struct rotate_plan *plan, struct rotate_target *target, struct rotate_place *place,
	 uint32_t id, const struct reader_fact_list *facts)
{
	char port[8];

	if (place->path == NULL || !place->https || place->trust != TLS_TRUST_TOFU)
		return;
	snprintf(port, sizeof(port), "%u", place->port != 0 ? place->port : 443U);
	for (size_t i = 0; i < facts->count; i++) {
		const struct reader_fact *fact = &facts->items[i];

		if (fact->device == id && fact->key == FACT_TLS_KEY &&
		    strcmp(fact->instance, port) == 0)
			place->pin = arena_strdup(&plan->arena, fact->value);
	}
	if (place->pin == NULL && target->skip == NULL)
		target->skip = "trust is tofu, and the agent has not seen its TLS key yet: nobody "
			       "knows who would be told the new password";
}

/* A login that the agent holds back is not tried here either; and whose device it is. */
static void
note_known(struct rotate_plan *plan, size_t t, uint32_t id, const struct reader_probe_list *probes,
	   const struct reader_fact_list *facts)
{
	for (size_t i = 0; i < probes->count; i++) {
		const struct reader_probe *probe = &probes->items[i];

		plan->held[t] |= probe->device == id && is_refused(probe->reason) &&
				 strcmp(probe->probe, "snmp") != 0;
	}
	for (size_t i = 0; i < facts->count; i++) {
		if (facts->items[i].device == id && facts->items[i].key == FACT_VENDOR &&
		    !facts->items[i].is_shadowed)
			plan->vendors[t] = arena_strdup(&plan->arena, facts->items[i].value);
	}
	note_key(plan, &plan->targets[t], &plan->targets[t].place, id, facts);
	note_key(plan, &plan->targets[t], &plan->targets[t].other, id, facts);
	/* What was left is to be settled whatever the agent believes. */
	if (plan->held[t] && plan->targets[t].skip == NULL && !plan->is_resume)
		plan->targets[t].skip = "the agent's login is refused, and held back against "
					"lockout: give the right password first";
}

/* Without a database nothing is known, and that is no error. */
void
rotate_plan_ask_store(struct rotate_plan *plan)
{
	struct reader_device_list devices = {0};
	struct reader_probe_list probes = {0};
	struct reader_fact_list facts = {0};
	char message[READER_MESSAGE_SIZE];
	struct reader *reader = NULL;
	int rc;

	if (reader_open(&reader, plan->conf->database, message, sizeof(message)) != 0) {
		for (size_t t = 0; t < plan->count; t++) {
			note_key(plan, &plan->targets[t], &plan->targets[t].place, 0, &facts);
			note_key(plan, &plan->targets[t], &plan->targets[t].other, 0, &facts);
		}
		return;
	}
	rc = reader_devices(reader, NULL, &devices);
	if (rc == 0)
		rc = reader_probes(reader, NULL, &probes);
	if (rc == 0)
		rc = reader_facts(reader, NULL, 1ULL << FACT_VENDOR | 1ULL << FACT_TLS_KEY, false,
				  &facts);
	for (size_t t = 0; t < plan->count && rc == 0; t++) {
		for (size_t i = 0; i < devices.count; i++) {
			if (strcmp(devices.items[i].name, plan->targets[t].name) == 0)
				note_known(plan, t, devices.items[i].id, &probes, &facts);
		}
	}
	reader_fact_list_fini(&facts);
	reader_probe_list_fini(&probes);
	reader_device_list_fini(&devices);
	reader_close(reader);
}
