/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Results and facts as values. Facts come from devices: they are cleaned here, once, for everybody.
 */
#include "keepwatch/result.h"

#include "keepwatch/buf.h"
#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void
result_init(struct probe_result *result)
{
	*result = (struct probe_result){.rtt_us = RTT_NONE};
}

void
result_fini(struct probe_result *result)
{
	fact_list_fini(&result->facts);
	switch_view_free(result->view);
	result->view = NULL;
}

void
result_ok(struct probe_result *result)
{
	result->outcome = OUTCOME_OK;
	result->reason = REASON_NONE;
	result->detail[0] = '\0';
}

void
result_set(struct probe_result *result, enum outcome outcome, enum reason reason, const char *fmt,
	   ...)
{
	va_list ap;

	result->outcome = outcome;
	result->reason = reason;
	va_start(ap, fmt);
	vsnprintf(result->detail, sizeof(result->detail), fmt, ap);
	va_end(ap);
}

/* A copy without control characters and broken UTF-8, trimmed, at most max bytes. */
static char *
clean_copy(const char *text, size_t max)
{
	size_t len = strlen(text), out = 0;
	char *copy;

	while (len > 0 && (unsigned char)text[0] <= ' ') {
		text++;
		len--;
	}
	while (len > 0 && (unsigned char)text[len - 1] <= ' ')
		len--;
	copy = malloc((len < max ? len : max) + 4);
	if (copy == NULL)
		return NULL;
	for (size_t i = 0; i < len && out < max;) {
		size_t n = utf8_sequence(text + i, len - i);
		unsigned char c = (unsigned char)text[i];

		if (n == 1 && (c < ' ' || c == 0x7f)) {
			copy[out++] = ' ';
		} else if (n == 0 || (n == 2 && c == 0xc2 && (unsigned char)text[i + 1] < 0xa0)) {
			copy[out++] = '?';
		} else {
			if (out + n > max)
				break;
			memcpy(copy + out, text + i, n);
			out += n;
		}
		i += n == 0 ? 1 : n;
	}
	copy[out] = '\0';
	return copy;
}

static struct fact *
fact_find(const struct fact_list *list, enum fact_key key, const char *instance)
{
	for (size_t i = 0; i < list->count; i++) {
		if (list->items[i].key == key && strcmp(list->items[i].instance, instance) == 0)
			return &list->items[i];
	}
	return NULL;
}

int
fact_add(struct fact_list *list, enum fact_key key, const char *instance, const char *value)
{
	char *clean_instance = clean_copy(instance == NULL ? "" : instance, FACT_INSTANCE_MAX);
	char *clean_value = clean_copy(value, FACT_VALUE_MAX);
	struct fact *fact;
	int rc = 0;

	if (clean_instance == NULL || clean_value == NULL) {
		rc = ERR_NOMEM;
		goto out;
	}
	if (clean_value[0] == '\0')
		goto out;
	fact = fact_find(list, key, clean_instance);
	if (fact != NULL) {
		free(fact->value);
		fact->value = clean_value;
		clean_value = NULL;
		goto out;
	}
	if (list->count >= FACTS_MAX) {
		rc = ERR_TOOBIG;
		goto out;
	}
	rc = mem_grow(&list->items, &list->cap, list->count + 1, sizeof(*list->items));
	if (rc != 0)
		goto out;
	list->items[list->count++] = (struct fact){key, clean_instance, clean_value};
	clean_instance = clean_value = NULL;
out:
	free(clean_instance);
	free(clean_value);
	return rc;
}

int
fact_addf(struct fact_list *list, enum fact_key key, const char *instance, const char *fmt, ...)
{
	char value[FACT_VALUE_MAX + 1];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(value, sizeof(value), fmt, ap);
	va_end(ap);
	return fact_add(list, key, instance, value);
}

const char *
fact_get(const struct fact_list *list, enum fact_key key, const char *instance)
{
	const struct fact *fact = fact_find(list, key, instance == NULL ? "" : instance);

	return fact == NULL ? NULL : fact->value;
}

void
fact_list_fini(struct fact_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].instance);
		free(list->items[i].value);
	}
	free(list->items);
	*list = (struct fact_list){0};
}
