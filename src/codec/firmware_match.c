/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The values that were read of one device, and which rows of the table they satisfy.
 */
#include "firmware_impl.h"

#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

struct firmware_asked *
firmware_find_asked(struct firmware_read *reading, const struct oid_ref *oid)
{
	for (size_t i = 0; i < reading->asked_count; i++) {
		struct firmware_asked *asked = &reading->asked[i];

		if (oid_compare(asked->oid.ids, asked->oid.len, oid->ids, oid->len) == 0)
			return asked;
	}
	return NULL;
}

static const struct firmware_value *
find_value(const struct firmware_asked *asked, const struct oid_ref *index)
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
keep_value(struct firmware_read *reading, struct firmware_asked *asked, const struct varbind *vb)
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
		struct firmware_asked *asked = &reading->asked[i];
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
	const struct firmware_asked *asked;

	if (part->source < FIRMWARE_SCALAR)
		return firmware_clean_text(reading->at_hand[part->source],
					   strlen(reading->at_hand[part->source]), out, size);
	asked = firmware_find_asked(reading, &part->oid);
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
const struct firmware_part *
firmware_leading_column(const struct firmware_rule *rule)
{
	for (size_t i = 0; i < rule->part_count; i++) {
		if (rule->parts[i].source == FIRMWARE_COLUMN)
			return &rule->parts[i];
	}
	return NULL;
}

bool
firmware_yields(struct firmware_read *reading, const struct firmware_rule *rule,
		char out[FIRMWARE_VALUE_MAX + 1])
{
	const struct firmware_part *column = firmware_leading_column(rule);
	const struct firmware_asked *asked;

	if (column == NULL)
		return join(reading, rule, NULL, out);
	asked = firmware_find_asked(reading, &column->oid);
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
size_t
firmware_longest_prefix(struct firmware_read *reading, enum firmware_item item)
{
	size_t longest = 0;

	for (size_t i = 0; i < reading->candidate_count; i++) {
		const struct firmware_candidate *candidate = &reading->candidates[i];

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
const struct firmware_rule *
firmware_next_rule(struct firmware_read *reading, enum firmware_item item, size_t prefix_len,
		   size_t *at)
{
	while (*at < reading->candidate_count) {
		const struct firmware_candidate *candidate = &reading->candidates[(*at)++];

		if (candidate->rule->item == item && candidate->prefix_len == prefix_len &&
		    conditions_hold(reading, candidate->rule))
			return candidate->rule;
	}
	return NULL;
}
