/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A CSAF 2.0 document (OASIS): its product tree, sections 3.1.2 and 3.2.2, and an advisory for each
 * vulnerability, section 3.2.3, with the products that are known to be affected.
 */
#include "advisory_build.h"

#include "keepwatch/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	TITLE_MAX = 160,
	REMEDY_MAX = 300,
	NAME_MAX_LEN = 190,
	DEPTH_MAX = 30,
	PRODUCTS_MAX = 200000
};

/* What a product_id stands for; texts are the document's. */
struct product {
	const char *id;
	const char *vendor, *name;
	const char *version; /* one version; NULL if it is a range or none */
	const char *range;
	const char *hardware; /* of a relationship: on what it is installed */
};

struct tree {
	struct product *items;
	size_t count, cap;
	const char *publisher;
	int error;
};

static void
put_product(struct tree *tree, const struct product *product)
{
	if (tree->error != 0 || product->id == NULL || product->id[0] == '\0')
		return;
	if (tree->count == PRODUCTS_MAX) {
		tree->error = ERR_TOOBIG;
		return;
	}
	tree->error = mem_grow(&tree->items, &tree->cap, tree->count + 1, sizeof(*tree->items));
	if (tree->error == 0)
		tree->items[tree->count++] = *product;
}

static int
by_id(const void *left, const void *right)
{
	return strcmp(((const struct product *)left)->id, ((const struct product *)right)->id);
}

static const struct product *
find_product(const struct tree *tree, const char *id)
{
	struct product key = {.id = id};

	return id == NULL || tree->count == 0
		       ? NULL
		       : bsearch(&key, tree->items, tree->count, sizeof(key), by_id);
}

/* Section 3.1.2.2: what a branch of this category says of the products in it. */
static void
apply_branch(const json_t *branch, struct product *product)
{
	const char *category = json_text(branch, "category"), *name = json_text(branch, "name");

	if (strcmp(category, "vendor") == 0)
		product->vendor = name;
	else if (strcmp(category, "product_name") == 0 ||
		 (strcmp(category, "product_family") == 0 && product->name[0] == '\0'))
		product->name = name;
	else if (strcmp(category, "product_version") == 0)
		product->version = name;
	else if (strcmp(category, "product_version_range") == 0)
		product->range = name;
}

static void
walk_branches(struct tree *tree, const json_t *branches, struct product above, unsigned depth)
{
	if (depth > DEPTH_MAX)
		return;
	for (size_t i = 0; i < json_array_size(branches) && tree->error == 0; i++) {
		const json_t *branch = json_array_get(branches, i);
		const json_t *product = json_object_get(branch, "product");
		struct product here = above;

		apply_branch(branch, &here);
		if (product != NULL) {
			here.id = json_text(product, "product_id");
			if (here.name[0] == '\0')
				here.name = json_text(product, "name");
			put_product(tree, &here);
		}
		walk_branches(tree, json_object_get(branch, "branches"), here, depth + 1);
	}
}

/* Products outside of branches: their CPE name tells more than their own. */
static void
walk_full_names(struct tree *tree, struct advisory_build *build, const json_t *list)
{
	for (size_t i = 0; i < json_array_size(list) && tree->error == 0; i++) {
		const json_t *item = json_array_get(list, i);
		const char *name =
			json_text(json_object_get(item, "product_identification_helper"), "cpe");
		struct product product = {.id = json_text(item, "product_id"),
					  .vendor = tree->publisher,
					  .name = json_text(item, "name")};
		struct cpe cpe;

		if (cpe_read(name, &cpe)) {
			product.vendor = build_text(build, cpe.vendor, NAME_MAX_LEN);
			product.name = build_text(build, cpe.product, NAME_MAX_LEN);
			if (cpe.version[0] != '*' && cpe.version[0] != '-')
				product.version = build_text(build, cpe.version, NAME_MAX_LEN);
		}
		put_product(tree, &product);
	}
}

/* Section 3.2.2.4: a product installed on another. */
static void
walk_relationships(struct tree *tree, const json_t *list)
{
	size_t known = tree->count;
	struct tree others = {.items = tree->items, .count = known};

	for (size_t i = 0; i < json_array_size(list) && tree->error == 0; i++) {
		const json_t *item = json_array_get(list, i);
		const struct product *one, *other;
		struct product product;

		others.items = tree->items;
		one = find_product(&others, json_text(item, "product_reference"));
		other = find_product(&others, json_text(item, "relates_to_product_reference"));
		if (one == NULL || other == NULL)
			continue;
		product = *one;
		product.id = json_text(json_object_get(item, "full_product_name"), "product_id");
		if (strcmp(one->name, other->name) != 0)
			product.hardware = other->name;
		put_product(tree, &product);
	}
}

static int
read_tree(struct tree *tree, struct advisory_build *build, const json_t *document)
{
	const json_t *root = json_object_get(document, "product_tree");
	struct product none = {.vendor = tree->publisher, .name = ""};

	walk_branches(tree, json_object_get(root, "branches"), none, 0);
	walk_full_names(tree, build, json_object_get(root, "full_product_names"));
	if (tree->count > 0)
		qsort(tree->items, tree->count, sizeof(*tree->items), by_id);
	walk_relationships(tree, json_object_get(root, "relationships"));
	if (tree->count > 0)
		qsort(tree->items, tree->count, sizeof(*tree->items), by_id);
	return tree->error;
}

/* ---- vulnerabilities */

enum status { AFFECTED, FIRST, LAST };

static void
put_status(struct advisory_build *build, const struct product *product, enum status status)
{
	struct advisory_range range = {
		.exact = (char *)"", .from = (char *)"", .until = (char *)""};
	char *version = build_text(build, product->version, NAME_MAX_LEN);

	range.vendor = build_text(build, product->vendor, NAME_MAX_LEN);
	range.product = build_text(build, product->name, NAME_MAX_LEN);
	range.hardware = build_text(build, product->hardware, NAME_MAX_LEN);
	if (status == FIRST)
		range.from = version;
	else if (status == LAST)
		range.until = version;
	else if (product->range != NULL && advisory_vers(build, &range, product->range))
		return;
	/* Some write the range as a version: "< V3.2". */
	else if (strpbrk(version, "<>*") != NULL || strncasecmp(version, "all ", 4) == 0) {
		if (advisory_vers(build, &range, version))
			return;
	} else
		range.exact = version;
	build_copy_range(build, &range);
}

static void
put_affected(struct advisory_build *build, const struct tree *tree, const json_t *vulnerability)
{
	static const struct {
		const char *name;
		enum status status;
	} lists[] = {
		{"known_affected", AFFECTED}, {"first_affected", FIRST}, {"last_affected", LAST}};
	const json_t *statuses = json_object_get(vulnerability, "product_status");

	for (size_t i = 0; i < MEM_COUNT(lists); i++) {
		const json_t *list = json_object_get(statuses, lists[i].name);

		for (size_t k = 0; k < json_array_size(list) && build->error == 0; k++) {
			const struct product *product =
				find_product(tree, json_string_value(json_array_get(list, k)));

			if (product != NULL && product->name[0] != '\0')
				put_status(build, product, lists[i].status);
		}
	}
}

static float
score(const json_t *vulnerability)
{
	static const char *const kinds[] = {"cvss_v3", "cvss_v4", "cvss_v2"};
	const json_t *scores = json_object_get(vulnerability, "scores");
	double best = 0;

	for (size_t i = 0; i < json_array_size(scores); i++) {
		for (size_t k = 0; k < MEM_COUNT(kinds); k++) {
			const json_t *number = json_object_get(
				json_object_get(json_array_get(scores, i), kinds[k]), "baseScore");

			if (!json_is_number(number))
				continue;
			if (json_number_value(number) > best && json_number_value(number) <= 10)
				best = json_number_value(number);
			break;
		}
	}
	return (float)best;
}

/* The first of a list whose member "category" is that. */
static const char *
detail(const json_t *list, const char *category, const char *name)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);

		if (strcmp(json_text(item, "category"), category) == 0)
			return json_text(item, name);
	}
	return "";
}

static bool
is_exploited(const json_t *vulnerability)
{
	const char *words =
		detail(json_object_get(vulnerability, "threats"), "exploit_status", "details");
	const char *found = strcasestr(words, "exploited:");

	return found != NULL && strncasecmp(found + 10 + strspn(found + 10, " "), "yes", 3) == 0;
}

static int
read_vulnerability(struct advisory_reader *reader, const struct tree *tree, const json_t *head,
		   const json_t *vulnerability, const char *place)
{
	const json_t *tracking = json_object_get(head, "tracking");
	const char *document = json_text(tracking, "id");
	const char *title = json_text(vulnerability, "title");
	const char *id = json_text(vulnerability, "cve");
	struct advisory_build build;
	struct advisory *advisory = &build.advisory;
	int rc;

	if (id[0] == '\0')
		id = json_text(json_array_get(json_object_get(vulnerability, "ids"), 0), "text");
	advisory_build_init(&build, ADVISORY_CSAF);
	advisory->id = build_text(&build, id[0] != '\0' ? id : document, NAME_MAX_LEN);
	advisory->document = build_text(&build, document, NAME_MAX_LEN);
	advisory->title =
		build_text(&build, title[0] != '\0' ? title : json_text(head, "title"), TITLE_MAX);
	advisory->remedy = build_text(
		&build,
		detail(json_object_get(vulnerability, "remediations"), "vendor_fix", "details"),
		REMEDY_MAX);
	advisory->published_ms = build_time(json_text(tracking, "initial_release_date"));
	advisory->modified_ms = build_time(json_text(tracking, "current_release_date"));
	advisory->is_exploited = is_exploited(vulnerability);
	advisory->cvss = score(vulnerability);
	put_affected(&build, tree, vulnerability);
	rc = advisory_deliver(reader, &build, place);
	advisory_build_fini(&build);
	return rc;
}

int
advisory_read_csaf(struct advisory_reader *reader, const json_t *document, const char *place)
{
	const json_t *head = json_object_get(document, "document");
	const json_t *list = json_object_get(document, "vulnerabilities");
	struct tree tree = {
		.publisher = json_text(json_object_get(head, "publisher"), "name"),
	};
	struct advisory_build names; /* texts of the tree */
	int rc;

	(void)place;
	advisory_build_init(&names, ADVISORY_CSAF);
	rc = read_tree(&tree, &names, document);
	if (rc == 0)
		rc = names.error;
	if (rc == ERR_TOOBIG)
		snprintf(reader->result->words, ADVISORY_WORDS_SIZE,
			 "product_tree: more products than keepwatch takes");
	for (size_t i = 0; i < json_array_size(list) && rc == 0; i++) {
		char where[60];

		snprintf(where, sizeof(where), "/vulnerabilities/%zu", i);
		rc = read_vulnerability(reader, &tree, head, json_array_get(list, i), where);
	}
	free(tree.items);
	advisory_build_fini(&names);
	return rc;
}
