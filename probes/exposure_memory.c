/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the exposure probe keeps of a device between its runs: who answered SNMP, and what a port
 * offered. Of what could not be asked this time the former answer stands.
 */
#include "exposure_impl.h"

#include <stdlib.h>
#include <string.h>

enum { SAID_MAX = 64 };

/* "where NUL words": of SNMP who answered ("v2c public"), of ports what they offered. */
struct exposure_memory {
	char **said;
	size_t count;
};

static size_t
find(const struct exposure_memory *memory, const char *where)
{
	size_t i = 0;

	while (i < memory->count && strcmp(memory->said[i], where) != 0)
		i++;
	return i;
}

const char *
exposure_recall(const struct probe_target *target, const char *where)
{
	const struct exposure_memory *memory = target->memory;
	size_t i = memory != NULL ? find(memory, where) : 0;

	return memory != NULL && i < memory->count ? memory->said[i] + strlen(memory->said[i]) + 1
						   : NULL;
}

/* Without memory nothing is kept: the next run is as the first. */
void
exposure_remember(struct probe_target *target, const char *where, const char *words)
{
	struct exposure_memory *memory = target->memory;
	const char *old = exposure_recall(target, where);
	size_t where_size = strlen(where) + 1, words_size = strlen(words) + 1, i;
	char *text, **grown;

	if (old != NULL && strcmp(old, words) == 0)
		return;
	if (memory == NULL)
		memory = target->memory = calloc(1, sizeof(*memory));
	if (memory == NULL)
		return;
	i = find(memory, where);
	text = malloc(where_size + words_size);
	if (text == NULL)
		return;
	memcpy(text, where, where_size);
	memcpy(text + where_size, words, words_size);
	if (i < memory->count) {
		free(memory->said[i]);
		memory->said[i] = text;
		return;
	}
	grown = i < SAID_MAX ? reallocarray(memory->said, i + 1, sizeof(*grown)) : NULL;
	if (grown == NULL) {
		free(text);
		return;
	}
	memory->said = grown;
	memory->said[memory->count++] = text;
}

bool
exposure_has_offered(const struct probe_target *target, const char *where, const char *word)
{
	const char *p = exposure_recall(target, where);
	size_t len = strlen(word), n;

	for (; p != NULL && *p != '\0'; p += n + (p[n] == ' ')) {
		n = strcspn(p, " ");
		if (n == len && memcmp(p, word, len) == 0)
			return true;
	}
	return false;
}

void
exposure_forget(struct probe_target *target)
{
	struct exposure_memory *memory = target->memory;

	for (size_t i = 0; memory != NULL && i < memory->count; i++)
		free(memory->said[i]);
	if (memory != NULL)
		free(memory->said);
	free(memory);
	target->memory = NULL;
}

void
exposure_restore(struct probe_target *target, const struct fact_list *facts)
{
	for (size_t i = 0; i < facts->count; i++) {
		const struct fact *fact = &facts->items[i];

		if (fact->key == FACT_SNMP_ACCESS || fact->key == FACT_HTTP_AUTH ||
		    fact->key == FACT_TLS_VERSIONS)
			exposure_remember(target, fact->instance, fact->value);
	}
}
