/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Inside of advisories: the set with its index, and the keys by which products are found.
 */
#ifndef POLICY_ADVISORY_IMPL_H
#define POLICY_ADVISORY_IMPL_H

#include "keepwatch/advisory.h"
#include "keepwatch/mem.h"

enum {
	ADVISORY_KEY_SIZE = 96, /* a longer product has no key, and matches nothing */
	ADVISORY_KEYS = 12,	/* of a device: its model, and the systems that it may run */
};

/* One way to find a range: under a product's key, or under the vendor alone. */
struct advisory_entry {
	uint32_t hash;
	uint32_t next; /* index + 1 in the bucket; 0: none */
	uint32_t item, range;
};

enum { ADVISORY_NO_RANGE = UINT32_MAX }; /* the entry is a KEV name without versions */

struct advisory_item {
	struct advisory advisory;
	uint32_t next;	/* of the same hash of the id; index + 1 */
	uint32_t place; /* in `order` */
	bool is_dead;	/* replaced */
};

struct advisory_set {
	struct mem_arena arena;
	struct advisory_item *items;
	size_t count, cap;
	uint32_t *order; /* those that are not dead */
	size_t live, order_cap;
	uint32_t *ids; /* buckets, a power of 2 */
	size_t id_buckets;
	struct advisory_entry *entries;
	size_t entry_count, entry_cap;
	uint32_t *buckets;
	size_t bucket_count;
};

/* First item of this id or 0; the next by items[i - 1].next (compare the id). */
uint32_t advisory_first(const struct advisory_set *set, const char *id);

/* A product as keys are: lower case, no punctuation, without "_firmware". False: it has none. */
bool advisory_key(const char *product, char out[ADVISORY_KEY_SIZE]);
bool advisory_key_bare(const char *product, char out[ADVISORY_KEY_SIZE]);
bool advisory_is_family(const char *product); /* holds a wildcard */
/* Whether a key (of a family) means this model's key. */
bool advisory_family_match(const char *family, const char *key);

/* Hashes under which entries lie. version_hash: of ranges that are one version, else 0. */
uint32_t advisory_hash(const char *vendor, const char *key, uint32_t version_hash);
uint32_t advisory_vendor_hash(const char *vendor);

/*
 * The keys of a device: its model, also without the vendor's name before it and what stands in
 * brackets, and the products that stand for the system of such a device. How many.
 */
size_t advisory_subject_keys(const struct advisory_subject *subject,
			     char keys[ADVISORY_KEYS][ADVISORY_KEY_SIZE]);

/* Other vendors under whose name products of this one are found, NULL-terminated. */
const char *const *advisory_kin(const char *vendor);

/*
 * What of a KEV product ("DIR-645 Router", "Multiple Cameras") may be a model: calls back with its
 * keys. True: it names no model, but devices in general.
 */
typedef int (*advisory_key_fn)(void *arg, const char *key);
int advisory_loose_keys(const char *product, advisory_key_fn fn, void *arg, bool *is_general);

#endif
