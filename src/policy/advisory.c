/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The set of advisories: copies, what replaces what, and the index by vendor and product, so that
 * a device meets only what may concern it.
 */
#include "advisory_impl.h"

#include "version_parse.h"

#include "keepwatch/err.h"
#include "keepwatch/version.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST_BUCKETS = 1024 };

static const char *const source_names[] = {
#define X(name, text) text,
	ADVISORY_SOURCES(X)
#undef X
};

const char *
advisory_source_name(enum advisory_source source)
{
	return source < ADVISORY_SOURCE_COUNT ? source_names[source] : "?";
}

int
advisory_source_parse(const char *text, enum advisory_source *out)
{
	for (size_t i = 0; text != NULL && i < MEM_COUNT(source_names); i++) {
		if (strcmp(source_names[i], text) == 0) {
			*out = (enum advisory_source)i;
			return 0;
		}
	}
	return ERR_NOTFOUND;
}

int
advisory_set_new(struct advisory_set **out)
{
	struct advisory_set *set = calloc(1, sizeof(*set));

	if (set == NULL)
		return ERR_NOMEM;
	arena_init(&set->arena);
	set->ids = calloc(FIRST_BUCKETS, sizeof(*set->ids));
	set->buckets = calloc(FIRST_BUCKETS, sizeof(*set->buckets));
	set->id_buckets = set->bucket_count = FIRST_BUCKETS;
	if (set->ids == NULL || set->buckets == NULL) {
		advisory_set_free(set);
		return ERR_NOMEM;
	}
	*out = set;
	return 0;
}

void
advisory_set_free(struct advisory_set *set)
{
	if (set == NULL)
		return;
	arena_fini(&set->arena);
	free(set->items);
	free(set->order);
	free(set->ids);
	free(set->entries);
	free(set->buckets);
	free(set);
}

size_t
advisory_set_count(const struct advisory_set *set)
{
	return set->live;
}

const struct advisory *
advisory_set_at(const struct advisory_set *set, size_t i)
{
	return i < set->live ? &set->items[set->order[i]].advisory : NULL;
}

uint32_t
advisory_first(const struct advisory_set *set, const char *id)
{
	return set->ids[mem_hash_text(id) & (set->id_buckets - 1)];
}

bool
advisory_set_is_exploited(const struct advisory_set *set, const char *id)
{
	for (uint32_t at = advisory_first(set, id); at != 0; at = set->items[at - 1].next) {
		const struct advisory_item *item = &set->items[at - 1];

		if (!item->is_dead && item->advisory.is_exploited &&
		    strcmp(item->advisory.id, id) == 0)
			return true;
	}
	return false;
}

/* ---- the index */

static int
rehash_ids(struct advisory_set *set)
{
	size_t count = set->id_buckets * 4;
	uint32_t *ids = calloc(count, sizeof(*ids));

	if (ids == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < set->count; i++) {
		uint32_t *head = &ids[mem_hash_text(set->items[i].advisory.id) & (count - 1)];

		set->items[i].next = *head;
		*head = (uint32_t)i + 1;
	}
	free(set->ids);
	set->ids = ids;
	set->id_buckets = count;
	return 0;
}

static int
rehash_entries(struct advisory_set *set)
{
	size_t count = set->bucket_count * 4;
	uint32_t *buckets = calloc(count, sizeof(*buckets));

	if (buckets == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < set->entry_count; i++) {
		uint32_t *head = &buckets[set->entries[i].hash & (count - 1)];

		set->entries[i].next = *head;
		*head = (uint32_t)i + 1;
	}
	free(set->buckets);
	set->buckets = buckets;
	set->bucket_count = count;
	return 0;
}

static int
put_entry(struct advisory_set *set, uint32_t hash, uint32_t item, uint32_t range)
{
	struct advisory_entry *entry;
	uint32_t *head;
	int rc = 0;

	if (set->entry_count >= set->bucket_count)
		rc = rehash_entries(set);
	if (rc == 0)
		rc = mem_grow(&set->entries, &set->entry_cap, set->entry_count + 1,
			      sizeof(*set->entries));
	if (rc != 0)
		return rc;
	head = &set->buckets[hash & (set->bucket_count - 1)];
	entry = &set->entries[set->entry_count++];
	*entry = (struct advisory_entry){hash, *head, item, range};
	*head = (uint32_t)set->entry_count;
	return 0;
}

static int
index_range(struct advisory_set *set, uint32_t item, uint32_t number)
{
	const struct advisory_range *range = &set->items[item].advisory.ranges[number];
	const char *vendor = version_vendor(range->vendor);
	char key[ADVISORY_KEY_SIZE], bare[ADVISORY_KEY_SIZE];
	struct version version;
	uint32_t hash = 0;
	int rc;

	if (advisory_is_family(range->product))
		return put_entry(set, advisory_vendor_hash(vendor), item, number);
	if (!advisory_key(range->product, key))
		return 0;
	if (range->exact[0] != '\0' &&
	    version_read(version_scheme(vendor), range->exact, &version) == 0 && version.count > 0)
		hash = version_hash(&version);
	rc = put_entry(set, advisory_hash(vendor, key, hash), item, number);
	if (rc == 0 && advisory_key_bare(range->product, bare))
		rc = put_entry(set, advisory_hash(vendor, bare, hash), item, number);
	return rc;
}

struct loose {
	struct advisory_set *set;
	const char *vendor;
	uint32_t item;
};

static int
index_loose(void *arg, const char *key)
{
	struct loose *loose = arg;

	return put_entry(loose->set, advisory_hash(loose->vendor, key, 0), loose->item,
			 ADVISORY_NO_RANGE);
}

static int
index_item(struct advisory_set *set, uint32_t item)
{
	const struct advisory *advisory = &set->items[item].advisory;
	struct loose loose = {set, version_vendor(advisory->vendor), item};
	bool is_general = false;
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < advisory->range_count; i++)
		rc = index_range(set, item, i);
	if (rc != 0 || advisory->range_count > 0 || advisory->vendor[0] == '\0')
		return rc;
	rc = advisory_loose_keys(advisory->product, index_loose, &loose, &is_general);
	if (rc == 0 && is_general)
		rc = put_entry(set, advisory_vendor_hash(loose.vendor), item, ADVISORY_NO_RANGE);
	return rc;
}

/* ---- copies */

static char *
copy_text(struct advisory_set *set, const char *text, bool *is_short)
{
	char *copy;

	if (text == NULL || text[0] == '\0')
		return (char *)"";
	copy = arena_strdup(&set->arena, text);
	*is_short = *is_short || copy == NULL;
	return copy;
}

static int
copy_advisory(struct advisory_set *set, const struct advisory *from, struct advisory *to)
{
	bool is_short = false;

	*to = *from;
	to->id = copy_text(set, from->id, &is_short);
	to->document = copy_text(set, from->document, &is_short);
	to->title = copy_text(set, from->title, &is_short);
	to->remedy = copy_text(set, from->remedy, &is_short);
	to->vendor = copy_text(set, from->vendor, &is_short);
	to->product = copy_text(set, from->product, &is_short);
	to->ranges = arena_alloc(&set->arena, (from->range_count + 1) * sizeof(*to->ranges));
	if (to->ranges == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < from->range_count; i++) {
		const struct advisory_range *range = &from->ranges[i];
		const struct advisory_range *before = i > 0 ? &from->ranges[i - 1] : NULL;
		struct advisory_range *copy = &to->ranges[i];

		*copy = *range;
		/* Lists of versions of one product are the rule: its names once. */
		copy->vendor = before != NULL && strcmp(before->vendor, range->vendor) == 0
				       ? copy[-1].vendor
				       : copy_text(set, range->vendor, &is_short);
		copy->product = before != NULL && strcmp(before->product, range->product) == 0
					? copy[-1].product
					: copy_text(set, range->product, &is_short);
		copy->hardware = before != NULL && strcmp(before->hardware, range->hardware) == 0
					 ? copy[-1].hardware
					 : copy_text(set, range->hardware, &is_short);
		copy->exact = copy_text(set, range->exact, &is_short);
		copy->from = copy_text(set, range->from, &is_short);
		copy->until = copy_text(set, range->until, &is_short);
	}
	return is_short ? ERR_NOMEM : 0;
}

static struct advisory_item *
find_same(const struct advisory_set *set, const struct advisory *advisory)
{
	for (uint32_t at = advisory_first(set, advisory->id); at != 0;
	     at = set->items[at - 1].next) {
		struct advisory_item *item = &set->items[at - 1];

		if (!item->is_dead && item->advisory.source == advisory->source &&
		    strcmp(item->advisory.id, advisory->id) == 0 &&
		    strcmp(item->advisory.document, advisory->document) == 0)
			return item;
	}
	return NULL;
}

int
advisory_set_put(struct advisory_set *set, const struct advisory *advisory,
		 enum advisory_added *what)
{
	struct advisory_item *same = find_same(set, advisory), *item;
	size_t same_at = same != NULL ? (size_t)(same - set->items) : 0;
	uint32_t *head;
	int rc = 0;

	if (same != NULL && same->advisory.modified_ms > advisory->modified_ms) {
		*what = ADVISORY_LEFT;
		return 0;
	}
	if (set->count >= UINT32_MAX - 1)
		return ERR_NOMEM;
	if (set->count >= set->id_buckets)
		rc = rehash_ids(set);
	if (rc == 0)
		rc = mem_grow(&set->items, &set->cap, set->count + 1, sizeof(*set->items));
	if (rc == 0)
		rc = mem_grow(&set->order, &set->order_cap, set->live + 1, sizeof(*set->order));
	if (rc != 0)
		return rc;
	item = &set->items[set->count];
	memset(item, 0, sizeof(*item));
	rc = copy_advisory(set, advisory, &item->advisory);
	if (rc != 0)
		return rc;
	head = &set->ids[mem_hash_text(advisory->id) & (set->id_buckets - 1)];
	item->next = *head;
	*head = (uint32_t)++set->count;
	rc = index_item(set, (uint32_t)set->count - 1);
	if (rc != 0) {
		/* What is half indexed is as if it had not come. */
		set->items[set->count - 1].is_dead = true;
		return rc;
	}
	*what = same != NULL ? ADVISORY_REPLACED : ADVISORY_NEW;
	item->place = same != NULL ? set->items[same_at].place : (uint32_t)set->live++;
	set->order[item->place] = (uint32_t)set->count - 1;
	if (same != NULL)
		set->items[same_at].is_dead = true;
	return 0;
}

int
advisory_set_add(struct advisory_set *set, const struct advisory *advisory)
{
	enum advisory_added what;

	return advisory_set_put(set, advisory, &what);
}
