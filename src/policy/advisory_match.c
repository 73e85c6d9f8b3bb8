/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Which advisories concern a device, and why, in words.
 */
#include "advisory_impl.h"

#include "version_parse.h"

#include "keepwatch/version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct candidate {
	const struct advisory_item *item;
	const struct advisory_range *range; /* NULL: a KEV name without versions */
	bool is_certain;		    /* versions are told */
	bool is_exploited;		    /* by any source */
	float score;			    /* of any source */
};

struct search {
	const struct advisory_set *set;
	const struct advisory_subject *subject;
	const char *vendor; /* keepwatch's name for it */
	char keys[ADVISORY_KEYS][ADVISORY_KEY_SIZE];
	size_t key_count;
	enum version_scheme scheme;
	struct version version;
	bool has_version;
	/* Ranges come in runs of one product: what was found for the one before. */
	const char *last_vendor, *last_product;
	bool is_last;
	struct candidate *found;
	size_t count, cap;
	bool is_out_of_memory;
};

/* ---- one range */

static bool
tells_versions(const struct advisory_range *range)
{
	return range->is_all || range->exact[0] != '\0' || range->from[0] != '\0' ||
	       range->until[0] != '\0';
}

static bool
is_within(const struct search *search, const struct advisory_range *range)
{
	enum version_scheme scheme = search->scheme;
	struct version bound;
	int order;

	if (range->is_all || !tells_versions(range))
		return true;
	if (!search->has_version)
		return false;
	if (range->exact[0] != '\0')
		return version_compare_bound(search->vendor, search->subject->firmware,
					     range->exact, &order) == 0 &&
		       order == 0;
	if (range->from[0] != '\0') {
		if (version_read(scheme, range->from, &bound) != 0 ||
		    version_order(&search->version, &bound, true, &order) != 0 || order < 0 ||
		    (order == 0 && range->is_from_excluded))
			return false;
	}
	if (range->until[0] != '\0') {
		if (version_read(scheme, range->until, &bound) != 0 ||
		    version_order(&search->version, &bound, true, &order) != 0 || order > 0 ||
		    (order == 0 && range->is_until_excluded))
			return false;
	}
	return true;
}

static bool
is_key(const struct search *search, const char *key)
{
	for (size_t i = 0; i < search->key_count; i++) {
		if (strcmp(search->keys[i], key) == 0)
			return true;
	}
	return false;
}

static bool
is_product(const struct search *search, const char *product)
{
	char key[ADVISORY_KEY_SIZE];

	if (!advisory_is_family(product))
		return (advisory_key(product, key) && is_key(search, key)) ||
		       (advisory_key_bare(product, key) && is_key(search, key));
	for (size_t i = 0; i < search->key_count; i++) {
		if (advisory_family_match(product, search->keys[i]))
			return true;
	}
	return false;
}

/*
 * Cisco's hardware is named by series, "catalyst_9300"; devices say "C9300-48T" and, of older
 * series, "WS-C3560G-24TS-S".
 */
static bool
is_cisco_series(const struct search *search, const char *product)
{
	char key[ADVISORY_KEY_SIZE];
	const char *series = key;

	if (strcmp(search->vendor, "Cisco") != 0 || !advisory_key(product, key) ||
	    strcspn(key, "0123456789") == strlen(key))
		return false;
	if (strncmp(key, "catalyst", 8) == 0)
		series = key + 7;
	for (size_t i = 0; i < search->key_count; i++) {
		const char *model = search->keys[i];

		model += strncmp(model, "wsc", 3) == 0 ? 2 : 0;
		if (series != key
			    ? model[0] == 'c' &&
				      strncmp(model + 1, series + 1, strlen(series + 1)) == 0
			    : strncmp(model, series, strlen(series)) == 0 && strlen(series) >= 4)
			return true;
	}
	return false;
}

/* One of the products separated by '|'. */
static bool
is_hardware(const struct search *search, const char *list)
{
	char name[ADVISORY_KEY_SIZE];

	if (list[0] == '\0')
		return true;
	while (*list != '\0') {
		size_t len = strcspn(list, "|");

		if (len < sizeof(name)) {
			memcpy(name, list, len);
			name[len] = '\0';
			if (is_product(search, name) || is_cisco_series(search, name))
				return true;
		}
		list += len + (list[len] == '|');
	}
	return false;
}

static bool
is_vendor(const struct search *search, const char *text)
{
	const char *vendor = version_vendor(text);
	const char *const *kin = advisory_kin(search->vendor);

	if (strcasecmp(vendor, search->vendor) == 0)
		return true;
	for (size_t i = 0; kin[i] != NULL; i++) {
		if (strcmp(kin[i], vendor) == 0)
			return true;
	}
	return false;
}

/* Whether any source tells the versions of this id: then a mere name does not count. */
static bool
has_versions(const struct advisory_set *set, const char *id)
{
	for (uint32_t at = advisory_first(set, id); at != 0; at = set->items[at - 1].next) {
		const struct advisory_item *item = &set->items[at - 1];

		if (!item->is_dead && item->advisory.range_count > 0 &&
		    strcmp(item->advisory.id, id) == 0)
			return true;
	}
	return false;
}

static void
keep(struct search *search, const struct advisory_item *item, const struct advisory_range *range)
{
	if (mem_grow(&search->found, &search->cap, search->count + 1, sizeof(*search->found)) !=
	    0) {
		search->is_out_of_memory = true;
		return;
	}
	search->found[search->count++] = (struct candidate){
		.item = item,
		.range = range,
		.is_certain = range != NULL && tells_versions(range),
	};
}

static bool
is_loose_match(const struct search *search, const struct advisory *advisory)
{
	return is_vendor(search, advisory->vendor) && !has_versions(search->set, advisory->id);
}

static bool
concerns(struct search *search, const struct advisory_range *range)
{
	if (search->last_product == NULL || strcmp(range->product, search->last_product) != 0 ||
	    strcmp(range->vendor, search->last_vendor) != 0) {
		search->last_product = range->product;
		search->last_vendor = range->vendor;
		search->is_last =
			is_product(search, range->product) && is_vendor(search, range->vendor);
	}
	return search->is_last;
}

static void
look_under(struct search *search, uint32_t hash)
{
	const struct advisory_set *set = search->set;

	for (uint32_t at = set->buckets[hash & (set->bucket_count - 1)]; at != 0;
	     at = set->entries[at - 1].next) {
		const struct advisory_entry *entry = &set->entries[at - 1];
		const struct advisory_item *item = &set->items[entry->item];
		const struct advisory_range *range;

		if (entry->hash != hash || item->is_dead)
			continue;
		if (entry->range == ADVISORY_NO_RANGE) {
			if (is_loose_match(search, &item->advisory))
				keep(search, item, NULL);
			continue;
		}
		range = &item->advisory.ranges[entry->range];
		if (concerns(search, range) && is_hardware(search, range->hardware) &&
		    is_within(search, range))
			keep(search, item, range);
	}
}

static void
look_for_vendor(struct search *search, const char *vendor)
{
	uint32_t version = search->has_version ? version_hash(&search->version) : 0;

	look_under(search, advisory_vendor_hash(vendor));
	for (size_t i = 0; i < search->key_count; i++) {
		look_under(search, advisory_hash(vendor, search->keys[i], 0));
		if (version != 0)
			look_under(search, advisory_hash(vendor, search->keys[i], version));
	}
}

/* ---- order, and one an id */

static float
score(const struct advisory_set *set, const struct advisory *advisory)
{
	float best = advisory->cvss;

	if (best > 0)
		return best;
	for (uint32_t at = advisory_first(set, advisory->id); at != 0;
	     at = set->items[at - 1].next) {
		const struct advisory_item *item = &set->items[at - 1];

		if (!item->is_dead && item->advisory.cvss > best &&
		    strcmp(item->advisory.id, advisory->id) == 0)
			best = item->advisory.cvss;
	}
	return best;
}

/* Of the same id the one with versions first, then the source with a score. */
static int
by_id(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;
	int order = strcmp(a->item->advisory.id, b->item->advisory.id);

	if (order == 0)
		order = !a->is_certain - !b->is_certain;
	if (order == 0)
		order = (a->item->advisory.cvss < b->item->advisory.cvss) -
			(a->item->advisory.cvss > b->item->advisory.cvss);
	if (order == 0)
		order = (a->item > b->item) - (a->item < b->item);
	return order != 0 ? order : (a->range > b->range) - (a->range < b->range);
}

static int
by_weight(const void *left, const void *right)
{
	const struct candidate *a = left, *b = right;
	int order = b->is_exploited - a->is_exploited;

	if (order == 0)
		order = (a->score < b->score) - (a->score > b->score);
	return order != 0 ? order : strcmp(a->item->advisory.id, b->item->advisory.id);
}

static size_t
one_an_id(struct search *search)
{
	size_t kept = 0;

	qsort(search->found, search->count, sizeof(*search->found), by_id);
	for (size_t i = 0; i < search->count; i++) {
		if (kept == 0 || strcmp(search->found[kept - 1].item->advisory.id,
					search->found[i].item->advisory.id) != 0)
			search->found[kept++] = search->found[i];
	}
	for (size_t i = 0; i < kept; i++) {
		const struct advisory *advisory = &search->found[i].item->advisory;

		search->found[i].is_exploited =
			advisory_set_is_exploited(search->set, advisory->id);
		search->found[i].score = score(search->set, advisory);
	}
	qsort(search->found, kept, sizeof(*search->found), by_weight);
	return kept;
}

/* ---- words */

static void
range_words(const struct advisory_range *range, char *out, size_t size)
{
	const char *from = range->is_from_excluded ? "above " : "from ";
	const char *until = range->is_until_excluded ? "below " : "up to ";
	bool has_from = range->from[0] != '\0', has_until = range->until[0] != '\0';

	if (range->is_all)
		snprintf(out, size, "is affected in every version");
	else if (!tells_versions(range))
		snprintf(out, size, "may be affected: no versions are told");
	else if (range->exact[0] != '\0')
		snprintf(out, size, "is %.60s, which is affected", range->exact);
	else
		snprintf(out, size, "is %s%.50s%s%s%.50s", has_from ? from : "", range->from,
			 has_from && has_until ? " and " : "", has_until ? until : "",
			 range->until);
}

static void
say_why(const struct search *search, const struct candidate *found, struct advisory_match *out)
{
	const struct advisory *advisory = &found->item->advisory;
	const char *source = advisory_source_name(advisory->source);
	const char *model = search->subject->model != NULL ? search->subject->model : "";
	char words[140];

	if (found->range == NULL) {
		snprintf(out->reason, sizeof(out->reason),
			 "%.30s %.40s may be \"%.60s\", which is exploited; no versions are told "
			 "(%s)",
			 search->vendor, model, advisory->product, source);
		return;
	}
	range_words(found->range, words, sizeof(words));
	snprintf(out->reason, sizeof(out->reason), "%.30s %.40s %.50s %s (%s)", search->vendor,
		 model, search->subject->firmware != NULL ? search->subject->firmware : "", words,
		 source);
}

size_t
advisory_match(const struct advisory_set *set, const struct advisory_subject *subject,
	       struct advisory_match *out, size_t most)
{
	struct search search = {.set = set, .subject = subject};
	const char *const *kin;
	size_t count = 0;

	if (subject->vendor == NULL || subject->vendor[0] == '\0')
		return 0;
	search.vendor = version_vendor(subject->vendor);
	search.key_count = advisory_subject_keys(subject, search.keys);
	search.scheme = version_scheme(search.vendor);
	search.has_version = subject->firmware != NULL &&
			     version_read(search.scheme, subject->firmware, &search.version) == 0;
	look_for_vendor(&search, search.vendor);
	kin = advisory_kin(search.vendor);
	for (size_t i = 0; kin[i] != NULL; i++)
		look_for_vendor(&search, kin[i]);
	if (!search.is_out_of_memory && search.count > 0)
		count = one_an_id(&search);
	for (size_t i = 0; i < count && i < most; i++) {
		const struct candidate *found = &search.found[i];

		memset(&out[i], 0, sizeof(out[i]));
		out[i].advisory = &found->item->advisory;
		out[i].is_exploited = found->is_exploited;
		out[i].is_certain = found->is_certain;
		say_why(&search, found, &out[i]);
	}
	free(search.found);
	return count;
}
