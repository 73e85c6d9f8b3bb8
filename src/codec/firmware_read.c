/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The reading of one device by the firmware rules: which rows are for it, what they need, and what
 * follows from the values.
 */
#include "firmware_impl.h"

#include "keepwatch/buf.h"
#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

/* ---- which rows */

static bool
prefix_length(const struct firmware_rule *rule, const uint32_t *oid, size_t len, size_t *out)
{
	bool is_for = false;

	*out = 0;
	for (size_t i = 0; i < rule->prefix_count; i++) {
		const struct oid_ref *prefix = &rule->prefixes[i];

		if (!oid_has_prefix(oid, len, prefix->ids, prefix->len))
			continue;
		is_for = true;
		if (prefix->len > *out)
			*out = prefix->len;
	}
	return is_for;
}

/* As far as sysDescr tells. */
static bool
descr_agrees(const struct firmware_rule *rule, const char *descr)
{
	for (size_t i = 0; i < rule->condition_count; i++) {
		const struct firmware_condition *condition = &rule->conditions[i];
		bool is = condition->kind != FIRMWARE_HAS &&
			  regexec(condition->pattern, descr, 0, NULL, 0) == 0;

		if (condition->kind != FIRMWARE_HAS && is != (condition->kind == FIRMWARE_DESCR_IS))
			return false;
	}
	return true;
}

/* The rule with its parts' identifiers in full; itself if they are. NULL: no memory. */
static const struct firmware_rule *
in_full(struct firmware_read *reading, const struct firmware_rule *rule, const uint32_t *oid,
	size_t len)
{
	struct firmware_rule *copy = NULL;

	for (size_t i = 0; i < rule->part_count; i++) {
		const struct oid_ref *rest = &rule->parts[i].oid;
		size_t up = rule->parts[i].relative, keep = up > 0 && len >= up ? len - up + 1 : 0;
		uint32_t *ids;

		if (up == 0)
			continue;
		if (copy == NULL && (copy = arena_alloc(&reading->arena, sizeof(*copy))) != NULL)
			*copy = *rule;
		ids = arena_alloc(&reading->arena, (keep + rest->len) * sizeof(*ids));
		if (copy == NULL || ids == NULL)
			return NULL;
		memcpy(ids, oid, keep * sizeof(*ids));
		memcpy(ids + keep, rest->ids, rest->len * sizeof(*ids));
		copy->parts[i].oid = (struct oid_ref){ids, keep + rest->len};
	}
	return copy != NULL ? copy : rule;
}

static int
choose(struct firmware_read *reading, const struct firmware_rules *rules, const char *object_id)
{
	uint32_t oid[OID_MAX];
	size_t len = 0;
	int rc;

	if (oid_parse(object_id, oid, OID_MAX, &len) != 0)
		len = 0;
	for (size_t i = 0; i < rules->count; i++) {
		struct firmware_candidate candidate = {.rule = &rules->items[i]};

		if (!prefix_length(candidate.rule, oid, len, &candidate.prefix_len) ||
		    !descr_agrees(candidate.rule, reading->at_hand[FIRMWARE_SYS_DESCR]))
			continue;
		candidate.rule = in_full(reading, candidate.rule, oid, len);
		if (candidate.rule == NULL)
			return ERR_NOMEM;
		rc = mem_grow(&reading->candidates, &reading->candidate_cap,
			      reading->candidate_count + 1, sizeof(candidate));
		if (rc != 0)
			return rc;
		reading->candidates[reading->candidate_count++] = candidate;
	}
	return 0;
}

/* What is not UTF-8 is no end here, as it is of a field: some agents have such ends of lines. */
static const char *
keep_clean(struct firmware_read *reading, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = arena_strdup(&reading->arena, text);

	if (copy == NULL)
		return NULL;
	for (size_t at = 0; at + 1 < size;) {
		size_t n = utf8_sequence(copy + at, size - 1 - at);

		if (n == 0)
			copy[at] = ' ';
		at += n > 0 ? n : 1;
	}
	firmware_clean_text(copy, size - 1, copy, size);
	return copy;
}

int
firmware_read_new(struct firmware_read **out, const struct firmware_rules *rules,
		  const char *sys_object_id, const char *sys_descr, const char *sys_name)
{
	struct firmware_read *reading = calloc(1, sizeof(*reading));
	int rc = ERR_NOMEM;

	if (reading == NULL)
		return rc;
	arena_init(&reading->arena);
	reading->at_hand[FIRMWARE_SYS_DESCR] = keep_clean(reading, sys_descr);
	reading->at_hand[FIRMWARE_SYS_OBJECT_ID] = keep_clean(reading, sys_object_id);
	reading->at_hand[FIRMWARE_SYS_NAME] = keep_clean(reading, sys_name);
	for (size_t i = 0; i < FIRMWARE_SCALAR; i++) {
		if (reading->at_hand[i] == NULL)
			goto out;
	}
	rc = choose(reading, rules, sys_object_id);
out:
	if (rc == 0)
		*out = reading;
	else
		firmware_read_free(reading);
	return rc;
}

void
firmware_read_free(struct firmware_read *reading)
{
	if (reading == NULL)
		return;
	for (size_t i = 0; i < reading->asked_count; i++)
		free(reading->asked[i].values);
	free(reading->candidates);
	arena_fini(&reading->arena);
	free(reading);
}

/* ---- what to ask */

static void
ask_for(struct firmware_read *reading, const struct oid_ref *oid, bool is_column)
{
	struct firmware_ask *ask = &reading->ask;

	if (oid->len == 0 || firmware_find_asked(reading, oid) != NULL ||
	    (is_column ? ask->column_count == FIRMWARE_COLUMNS_MAX
		       : ask->scalar_count == FIRMWARE_SCALARS_MAX))
		return;
	reading->asked[reading->asked_count++] =
		(struct firmware_asked){.oid = *oid, .is_column = is_column};
	if (is_column)
		reading->columns[ask->column_count++] = *oid;
	else
		reading->scalars[ask->scalar_count++] = *oid;
}

static void
ask_parts(struct firmware_read *reading, const struct firmware_rule *rule, bool with_columns)
{
	for (size_t i = 0; i < rule->part_count; i++) {
		const struct firmware_part *part = &rule->parts[i];

		if (part->source == FIRMWARE_SCALAR)
			ask_for(reading, &part->oid, false);
		if (part->source == FIRMWARE_COLUMN && with_columns) {
			ask_for(reading, &part->select, true);
			ask_for(reading, &part->oid, true);
		}
	}
}

/* What conditions wait for, of rows that may overrule the best of those known to count, and the
 * scalars of these. */
static void
ask_first(struct firmware_read *reading, enum firmware_item item)
{
	size_t prefix_len = firmware_longest_prefix(reading, item), at = 0;
	const struct firmware_rule *rule;

	while ((rule = firmware_next_rule(reading, item, prefix_len, &at)) != NULL)
		ask_parts(reading, rule, false);
	for (size_t i = 0; i < reading->candidate_count; i++) {
		const struct firmware_candidate *candidate = &reading->candidates[i];

		rule = candidate->rule;
		if (rule->item != item || candidate->prefix_len < prefix_len)
			continue;
		for (size_t j = 0; j < rule->condition_count; j++)
			ask_for(reading, &rule->conditions[j].oid, false);
	}
}

/* What else the rows need that come before the first that yields. */
static void
ask_then(struct firmware_read *reading, enum firmware_item item)
{
	size_t prefix_len = firmware_longest_prefix(reading, item), at = 0;
	const struct firmware_rule *rule;
	char value[FIRMWARE_VALUE_MAX + 1];

	while ((rule = firmware_next_rule(reading, item, prefix_len, &at)) != NULL &&
	       !firmware_yields(reading, rule, value))
		ask_parts(reading, rule, true);
}

bool
firmware_read_next(struct firmware_read *reading, struct firmware_ask *ask)
{
	reading->ask =
		(struct firmware_ask){.scalars = reading->scalars, .columns = reading->columns};
	while (reading->round < 2) {
		bool is_first = reading->round++ == 0;

		for (int i = 0; i < FIRMWARE_ITEM_COUNT; i++) {
			if (is_first)
				ask_first(reading, (enum firmware_item)i);
			else
				ask_then(reading, (enum firmware_item)i);
		}
		if (reading->ask.scalar_count > 0 || reading->ask.column_count > 0) {
			*ask = reading->ask;
			return true;
		}
	}
	return false;
}

bool
firmware_read_is_enough(struct firmware_read *reading)
{
	char value[FIRMWARE_VALUE_MAX + 1];

	for (int i = 0; i < FIRMWARE_ITEM_COUNT; i++) {
		size_t prefix_len = firmware_longest_prefix(reading, (enum firmware_item)i), at = 0;
		const struct firmware_rule *rule;

		while ((rule = firmware_next_rule(reading, (enum firmware_item)i, prefix_len,
						  &at)) != NULL &&
		       !firmware_yields(reading, rule, value)) {
			if (firmware_leading_column(rule) != NULL)
				return false; /* its row may still come */
		}
	}
	return true;
}

/* ---- the conclusion */

static int
conclude_item(struct firmware_read *reading, enum firmware_item item, struct firmware_found *out,
	      const char **vendor)
{
	size_t prefix_len = firmware_longest_prefix(reading, item), at = 0;
	const struct firmware_rule *rule;
	char value[FIRMWARE_VALUE_MAX + 1];

	*vendor = NULL;
	while ((rule = firmware_next_rule(reading, item, prefix_len, &at)) != NULL) {
		if (item == FIRMWARE_VENDOR) {
			*out = (struct firmware_found){rule->vendor, NULL, rule->line};
			return 0;
		}
		if (!firmware_yields(reading, rule, value))
			continue;
		out->value = arena_strdup(&reading->arena, value);
		out->source = rule->object;
		out->line = rule->line;
		*vendor = rule->vendor;
		return out->value != NULL ? 0 : ERR_NOMEM;
	}
	return 0;
}

int
firmware_read_conclude(struct firmware_read *reading, struct firmware_found *out)
{
	const struct firmware_found unknown = {NULL, NULL, 0};
	struct firmware_found found[FIRMWARE_ITEM_COUNT] = {{NULL, NULL, 0}};
	const char *vendors[FIRMWARE_ITEM_COUNT] = {NULL}, *believed = NULL;
	int rc;

	for (int i = 0; i < FIRMWARE_ITEM_COUNT; i++) {
		rc = conclude_item(reading, (enum firmware_item)i, &found[i], &vendors[i]);
		if (rc != 0)
			return rc;
		if (believed == NULL)
			believed = vendors[i];
	}
	for (int i = 0; believed != NULL && i < FIRMWARE_VENDOR; i++) {
		if (vendors[i] != NULL && strcmp(vendors[i], believed) != 0)
			found[i] = unknown;
	}
	if (believed != NULL)
		found[FIRMWARE_VENDOR].value = believed;
	memcpy(out, found, sizeof(found));
	return 0;
}
