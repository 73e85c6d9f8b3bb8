/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The reading of one device by the firmware rules: which rows are for it, what they need, and what
 * follows from the values.
 */
#include "firmware_impl.h"

#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

struct asked {
	struct oid_ref oid; /* the rules' memory */
	bool is_column;
	struct firmware_value *values; /* by ascending index */
	size_t count, cap;
};

/* A row of the table that may be for this device, and how much of its sysObjectID it names. */
struct candidate {
	const struct firmware_rule *rule;
	size_t prefix_len;
};

struct firmware_read {
	struct mem_arena arena;
	const char *at_hand[FIRMWARE_SCALAR]; /* sysDescr, sysObjectID, sysName; cleaned */
	struct candidate *candidates;	      /* in the order of the table */
	size_t candidate_count, candidate_cap;
	struct asked asked[FIRMWARE_SCALARS_MAX * 2 + FIRMWARE_COLUMNS_MAX];
	size_t asked_count;
	unsigned round;
	struct oid_ref scalars[FIRMWARE_SCALARS_MAX], columns[FIRMWARE_COLUMNS_MAX];
	struct firmware_ask ask;
};

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

static int
choose(struct firmware_read *reading, const struct firmware_rules *rules, const char *object_id)
{
	uint32_t oid[OID_MAX];
	size_t len = 0;
	int rc;

	if (oid_parse(object_id, oid, OID_MAX, &len) != 0)
		len = 0;
	for (size_t i = 0; i < rules->count; i++) {
		struct candidate candidate = {.rule = &rules->items[i]};

		if (!prefix_length(candidate.rule, oid, len, &candidate.prefix_len) ||
		    !descr_agrees(candidate.rule, reading->at_hand[FIRMWARE_SYS_DESCR]))
			continue;
		rc = mem_grow(&reading->candidates, &reading->candidate_cap,
			      reading->candidate_count + 1, sizeof(candidate));
		if (rc != 0)
			return rc;
		reading->candidates[reading->candidate_count++] = candidate;
	}
	return 0;
}

static const char *
keep_clean(struct firmware_read *reading, const char *text)
{
	size_t size = strlen(text) + 1;
	char *copy = arena_alloc(&reading->arena, size);

	if (copy != NULL)
		firmware_clean_text(text, size - 1, copy, size);
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

/* ---- values */

static struct asked *
find_asked(struct firmware_read *reading, const struct oid_ref *oid)
{
	for (size_t i = 0; i < reading->asked_count; i++) {
		struct asked *asked = &reading->asked[i];

		if (oid_compare(asked->oid.ids, asked->oid.len, oid->ids, oid->len) == 0)
			return asked;
	}
	return NULL;
}

static const struct firmware_value *
find_value(const struct asked *asked, const struct oid_ref *index)
{
	size_t low = 0, high = asked->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		const struct firmware_value *value = &asked->values[middle];
		int order = oid_compare(value->index.ids, value->index.len, index->ids, index->len);

		if (order == 0)
			return value;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return NULL;
}

static int
keep_value(struct firmware_read *reading, struct asked *asked, const struct varbind *vb)
{
	size_t skip = asked->oid.len, index_len = vb->oid_len - skip;
	struct firmware_value value = {.type = vb->type, .number = vb->unsigned_number};
	const struct firmware_value *last =
		asked->count > 0 ? &asked->values[asked->count - 1] : NULL;
	uint32_t *index = arena_alloc(&reading->arena, (index_len + 1) * sizeof(*index));
	char dotted[FIRMWARE_VALUE_MAX + 1];
	const void *bytes = vb->bytes;
	int rc;

	if (index == NULL)
		return ERR_NOMEM;
	memcpy(index, vb->oid + skip, index_len * sizeof(*index));
	value.index = (struct oid_ref){index, index_len};
	if (last != NULL && oid_compare(last->index.ids, last->index.len, index, index_len) >= 0)
		return 0; /* again, or out of order */
	if (asked->count >= FIRMWARE_ROWS_MAX)
		return 0;
	if (vb->type == VB_INTEGER)
		value.number = (uint64_t)vb->number;
	if (vb->type == VB_OID) {
		bytes = oid_format(vb->value_oid, vb->value_oid_len, dotted, sizeof(dotted));
		value.len = strlen(dotted);
	} else if (vb->type == VB_OCTETS || vb->type == VB_OPAQUE || vb->type == VB_IPADDRESS) {
		value.len = vb->bytes_len < FIRMWARE_VALUE_MAX ? vb->bytes_len : FIRMWARE_VALUE_MAX;
	}
	if (value.len > 0) {
		value.bytes = (uint8_t *)arena_strndup(&reading->arena, bytes, value.len);
		if (value.bytes == NULL)
			return ERR_NOMEM;
	}
	rc = mem_grow(&asked->values, &asked->cap, asked->count + 1, sizeof(value));
	if (rc == 0)
		asked->values[asked->count++] = value;
	return rc;
}

int
firmware_read_take(struct firmware_read *reading, const struct varbind *vb)
{
	switch (vb->type) {
	case VB_NULL:
	case VB_NO_SUCH_OBJECT:
	case VB_NO_SUCH_INSTANCE:
	case VB_END_OF_MIB_VIEW:
		return 0;
	default:
		break;
	}
	for (size_t i = 0; i < reading->asked_count; i++) {
		struct asked *asked = &reading->asked[i];
		int rc;

		if (!oid_has_prefix(vb->oid, vb->oid_len, asked->oid.ids, asked->oid.len) ||
		    (vb->oid_len > asked->oid.len) != asked->is_column)
			continue;
		rc = keep_value(reading, asked, vb);
		if (rc != 0)
			return rc;
	}
	return 0;
}

/* ---- rows against values */

/* The text of a part; index: of the row, for columns. */
static bool
part_text(struct firmware_read *reading, const struct firmware_part *part, enum firmware_form form,
	  const struct oid_ref *index, char *out, size_t size)
{
	static const struct oid_ref none = {NULL, 0};
	const struct firmware_value *value;
	const struct asked *asked;

	if (part->source < FIRMWARE_SCALAR)
		return firmware_clean_text(reading->at_hand[part->source],
					   strlen(reading->at_hand[part->source]), out, size);
	asked = find_asked(reading, &part->oid);
	if (asked == NULL)
		return false;
	value = find_value(asked, part->source == FIRMWARE_COLUMN ? index : &none);
	return value != NULL && firmware_value_text(value, form, out, size);
}

/* The rule's value from all its parts; index as above. */
static bool
join(struct firmware_read *reading, const struct firmware_rule *rule, const struct oid_ref *index,
     char out[FIRMWARE_VALUE_MAX + 1])
{
	char text[FIRMWARE_TEXT_SIZE];
	size_t used = 0;

	for (size_t i = 0; i < rule->part_count; i++) {
		const struct firmware_part *part = &rule->parts[i];
		size_t room = sizeof(text) - used - 1; /* and the blank */

		if (part_text(reading, part, rule->form, index, text + used + (used > 0), room)) {
			if (used > 0)
				text[used] = ' ';
			used += strlen(text + used);
		} else if (!part->is_optional) {
			return false;
		}
	}
	text[used] = '\0';
	return firmware_rule_extract(rule, text, out);
}

static bool
is_selected(struct firmware_read *reading, const struct firmware_part *part,
	    const struct oid_ref *index)
{
	struct firmware_part column = {.source = FIRMWARE_COLUMN, .oid = part->select};
	char text[FIRMWARE_TEXT_SIZE];

	if (part->select.len == 0)
		return true;
	return part_text(reading, &column, FIRMWARE_TEXT, index, text, sizeof(text)) &&
	       regexec(part->select_pattern, text, 0, NULL, 0) == 0;
}

/* The column that tells which rows there are; NULL: the rule has none. */
static const struct firmware_part *
leading_column(const struct firmware_rule *rule)
{
	for (size_t i = 0; i < rule->part_count; i++) {
		if (rule->parts[i].source == FIRMWARE_COLUMN)
			return &rule->parts[i];
	}
	return NULL;
}

static bool
yields(struct firmware_read *reading, const struct firmware_rule *rule,
       char out[FIRMWARE_VALUE_MAX + 1])
{
	const struct firmware_part *column = leading_column(rule);
	const struct asked *asked;

	if (column == NULL)
		return join(reading, rule, NULL, out);
	asked = find_asked(reading, &column->oid);
	for (size_t i = 0; asked != NULL && i < asked->count; i++) {
		const struct oid_ref *index = &asked->values[i].index;

		if (is_selected(reading, column, index) && join(reading, rule, index, out))
			return true;
	}
	return false;
}

/* The conditions that wait for a value; those on sysDescr hold for all candidates. */
static bool
conditions_hold(struct firmware_read *reading, const struct firmware_rule *rule)
{
	char text[FIRMWARE_TEXT_SIZE];

	for (size_t i = 0; i < rule->condition_count; i++) {
		const struct firmware_condition *condition = &rule->conditions[i];
		const struct firmware_part part = {.source = FIRMWARE_SCALAR,
						   .oid = condition->oid};

		if (condition->kind != FIRMWARE_HAS)
			continue;
		if (!part_text(reading, &part, FIRMWARE_TEXT, NULL, text, sizeof(text)) ||
		    (condition->pattern != NULL &&
		     regexec(condition->pattern, text, 0, NULL, 0) != 0))
			return false;
	}
	return true;
}

/* How much of sysObjectID the best rows for an item name. */
static size_t
longest_prefix(struct firmware_read *reading, enum firmware_item item)
{
	size_t longest = 0;

	for (size_t i = 0; i < reading->candidate_count; i++) {
		const struct candidate *candidate = &reading->candidates[i];

		if (candidate->rule->item == item && candidate->prefix_len > longest &&
		    conditions_hold(reading, candidate->rule))
			longest = candidate->prefix_len;
	}
	return longest;
}

/*
 * The next row that counts for the item, from *at on; NULL: none. To walk through all, *at begins
 * with 0.
 */
static const struct firmware_rule *
next_rule(struct firmware_read *reading, enum firmware_item item, size_t prefix_len, size_t *at)
{
	while (*at < reading->candidate_count) {
		const struct candidate *candidate = &reading->candidates[(*at)++];

		if (candidate->rule->item == item && candidate->prefix_len == prefix_len &&
		    conditions_hold(reading, candidate->rule))
			return candidate->rule;
	}
	return NULL;
}

/* ---- what to ask */

static void
ask_for(struct firmware_read *reading, const struct oid_ref *oid, bool is_column)
{
	struct firmware_ask *ask = &reading->ask;

	if (oid->len == 0 || find_asked(reading, oid) != NULL ||
	    (is_column ? ask->column_count == FIRMWARE_COLUMNS_MAX
		       : ask->scalar_count == FIRMWARE_SCALARS_MAX))
		return;
	reading->asked[reading->asked_count++] =
		(struct asked){.oid = *oid, .is_column = is_column};
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
	size_t prefix_len = longest_prefix(reading, item), at = 0;
	const struct firmware_rule *rule;

	while ((rule = next_rule(reading, item, prefix_len, &at)) != NULL)
		ask_parts(reading, rule, false);
	for (size_t i = 0; i < reading->candidate_count; i++) {
		const struct candidate *candidate = &reading->candidates[i];

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
	size_t prefix_len = longest_prefix(reading, item), at = 0;
	const struct firmware_rule *rule;
	char value[FIRMWARE_VALUE_MAX + 1];

	while ((rule = next_rule(reading, item, prefix_len, &at)) != NULL &&
	       !yields(reading, rule, value))
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
		size_t prefix_len = longest_prefix(reading, (enum firmware_item)i), at = 0;
		const struct firmware_rule *rule;

		while ((rule = next_rule(reading, (enum firmware_item)i, prefix_len, &at)) !=
			       NULL &&
		       !yields(reading, rule, value)) {
			if (leading_column(rule) != NULL)
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
	size_t prefix_len = longest_prefix(reading, item), at = 0;
	const struct firmware_rule *rule;
	char value[FIRMWARE_VALUE_MAX + 1];

	*vendor = NULL;
	while ((rule = next_rule(reading, item, prefix_len, &at)) != NULL) {
		if (item == FIRMWARE_VENDOR) {
			*out = (struct firmware_found){rule->vendor, NULL, rule->line};
			return 0;
		}
		if (!yields(reading, rule, value))
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
		if (believed == NULL && vendors[i] != NULL) {
			believed = vendors[i];
			found[FIRMWARE_VENDOR].line = found[i].line;
		}
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
