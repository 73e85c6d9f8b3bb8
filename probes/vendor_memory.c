/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the probe `vendor` keeps of a device between its runs, and across restarts of the agent:
 * which interface answers, the login that must not be tried, the key of a device trusted on first
 * use.
 */
#include "tls_facts.h"
#include "vendor_impl.h"

#include "keepwatch/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct vendor_memory *
vendor_memory_of(struct probe_target *target)
{
	struct vendor_memory *memory = target->memory;

	if (memory != NULL)
		return memory;
	memory = calloc(1, sizeof(*memory));
	if (memory != NULL)
		memory->api = VENDOR_API_COUNT;
	target->memory = memory;
	return memory;
}

void
vendor_memory_forget(struct probe_target *target)
{
	free(target->memory);
	target->memory = NULL;
}

/* The interface by what it is called where facts come from it, else by the vendor. */
static enum vendor_api
known_api(const struct fact_list *facts)
{
	static const char *const names[VENDOR_API_COUNT] = {
#define X(name, text) text,
		VENDOR_APIS(X)
#undef X
	};
	const char *told = fact_get(facts, FACT_SOURCE, fact_name(FACT_FIRMWARE));

	if (told == NULL)
		told = fact_get(facts, FACT_VENDOR, NULL);
	for (int api = 0; told != NULL && api < VENDOR_API_COUNT; api++) {
		if (strncmp(told, names[api], strlen(names[api])) == 0)
			return (enum vendor_api)api;
	}
	return VENDOR_API_COUNT;
}

void
vendor_memory_restore(struct probe_target *target, const struct fact_list *facts)
{
	struct vendor_memory *memory = vendor_memory_of(target);
	const char *key = probe_known_tls_key(target, OPT_VENDOR_SCHEME, OPT_VENDOR_PORT, facts);

	if (memory == NULL)
		return;
	memory->api = known_api(facts);
	login_hold_restore(&memory->hold, facts);
	if (key != NULL)
		snprintf(memory->tls_key, sizeof(memory->tls_key), "%s", key);
}
