/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the ONVIF probe keeps of a device between its runs, and across restarts of the agent: the
 * login that works, the login that must not be tried, the key of a device trusted on first use.
 */
#include "login_hold.h"
#include "onvif_impl.h"
#include "tls_facts.h"

#include "keepwatch/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct onvif_memory *
onvif_memory_of(struct probe_target *target)
{
	if (target->memory == NULL)
		target->memory = calloc(1, sizeof(struct onvif_memory));
	return target->memory;
}

bool
onvif_memory_set(char **slot, const char *text)
{
	char *copy = text == NULL ? NULL : strdup(text);

	if (text != NULL && copy == NULL)
		return false;
	free(*slot);
	*slot = copy;
	return true;
}

void
onvif_memory_drop_doors(struct onvif_memory *memory)
{
	for (size_t i = 0; i < memory->door_count; i++) {
		free(memory->doors[i].token);
		free(memory->doors[i].name);
	}
	free(memory->doors);
	memory->doors = NULL;
	memory->door_count = 0;
}

bool
onvif_memory_add_door(struct onvif_memory *memory, const char *token, const char *name)
{
	struct onvif_door_memory door = {strdup(token), strdup(name)}, *grown;

	grown = door.token == NULL || door.name == NULL
			? NULL
			: reallocarray(memory->doors, memory->door_count + 1, sizeof(*grown));
	if (grown == NULL) {
		free(door.token);
		free(door.name);
		return false;
	}
	memory->doors = grown;
	memory->doors[memory->door_count++] = door;
	return true;
}

void
onvif_memory_forget(struct probe_target *target)
{
	struct onvif_memory *memory = target->memory;

	if (memory == NULL)
		return;
	onvif_memory_drop_doors(memory);
	free(memory->tls_key);
	free(memory->media_path);
	free(memory->door_path);
	free(memory->access_path);
	free(memory);
	target->memory = NULL;
}

void
onvif_memory_restore(struct probe_target *target, const struct fact_list *facts)
{
	struct onvif_memory *memory = onvif_memory_of(target);
	const char *login = fact_get(facts, FACT_AUTH_SCHEME, NULL);
	struct login_hold hold;
	const char *key = probe_known_tls_key(target, OPT_ONVIF_SCHEME, OPT_ONVIF_PORT, facts);

	if (memory == NULL)
		return;
	if (login != NULL)
		memory->login = onvif_login_from_name(login);
	if (login_hold_restore(&hold, facts)) {
		memory->hold_until_ms = hold.until_ms;
		memory->refusals = hold.refusals;
		memory->locked = hold.is_locked;
	}
	if (key != NULL)
		onvif_memory_set(&memory->tls_key, key);
}
