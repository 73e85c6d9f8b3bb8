/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A record of NVD's CVE API 2.0: {"cve": {...}} with its configurations. Of a configuration that
 * says "this firmware AND this hardware" the vulnerable CPE names become ranges, the others the
 * hardware on which it is so. What is negated cannot be said by a range and is left out.
 */
#include "advisory_build.h"

#include "keepwatch/err.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { TITLE_MAX = 160, REMEDY_MAX = 300, ID_MAX = 120, TEXT_MAX = 200, HARDWARE_MAX = 64 << 10 };

static bool
is_true(const json_t *object, const char *name)
{
	return json_is_true(json_object_get(object, name));
}

/* ---- CPE names to ranges */

/* "*" and "-" say nothing. */
static bool
says(const char *component)
{
	return component[0] != '\0' && strcmp(component, "*") != 0 && strcmp(component, "-") != 0;
}

static void
put_exact(struct advisory_build *build, struct advisory_range *range, const struct cpe *cpe)
{
	char text[TEXT_MAX];

	/* junos:20.4:r3-s2 is 20.4R3-S2; pan-os:10.1.6:h6 is 10.1.6-h6. */
	snprintf(text, sizeof(text), "%s%s%s", cpe->version,
		 says(cpe->update) && strcasecmp(cpe->vendor, "juniper") != 0 ? "-" : "",
		 says(cpe->update) ? cpe->update : "");
	range->exact = build_text(build, text, sizeof(text));
}

static void
put_bound(struct advisory_build *build, const json_t *match, const char *including,
	  const char *excluding, char **bound, bool *is_excluded)
{
	const char *text = json_text(match, including);

	*is_excluded = text[0] == '\0';
	if (text[0] == '\0')
		text = json_text(match, excluding);
	*bound = build_text(build, text, TEXT_MAX);
	*is_excluded = *is_excluded && (*bound)[0] != '\0';
}

/* "x_firmware" on hardware "x": the one says the other. */
static bool
is_own_hardware(const char *product, const char *hardware)
{
	static const char tail[] = "_firmware";
	size_t len = strlen(product), stem = len - (sizeof(tail) - 1);

	if (len < sizeof(tail) || strcmp(product + stem, tail) != 0)
		return false;
	while (*hardware != '\0') {
		size_t n = strcspn(hardware, "|");

		if (n == stem && strncmp(hardware, product, n) == 0)
			return true;
		hardware += n + (hardware[n] == '|');
	}
	return false;
}

static void
put_match(struct advisory_build *build, const json_t *match, char *hardware)
{
	struct advisory_range *range;
	struct cpe cpe;

	if (!is_true(match, "vulnerable") || !cpe_read(json_text(match, "criteria"), &cpe))
		return;
	range = build_range(build);
	if (range == NULL)
		return;
	range->vendor = build_text(build, cpe.vendor, sizeof(cpe.vendor));
	range->product = build_text(build, cpe.product, sizeof(cpe.product));
	if (!is_own_hardware(cpe.product, hardware))
		range->hardware = hardware;
	put_bound(build, match, "versionStartIncluding", "versionStartExcluding", &range->from,
		  &range->is_from_excluded);
	put_bound(build, match, "versionEndIncluding", "versionEndExcluding", &range->until,
		  &range->is_until_excluded);
	if (range->from[0] != '\0' || range->until[0] != '\0')
		return;
	if (says(cpe.version))
		put_exact(build, range, &cpe);
	else
		range->is_all = strcmp(cpe.version, "*") == 0;
}

/* ---- configurations */

static bool
has_vulnerable(const json_t *node)
{
	const json_t *matches = json_object_get(node, "cpeMatch");

	for (size_t i = 0; i < json_array_size(matches); i++) {
		if (is_true(json_array_get(matches, i), "vulnerable"))
			return true;
	}
	return false;
}

/* The products of a node in which nothing is vulnerable, separated by '|'; "" without any. */
static char *
hardware_of(struct advisory_build *build, const json_t *node)
{
	const json_t *matches = json_object_get(node, "cpeMatch");
	char *list = NULL;
	size_t used = 0;

	for (size_t i = 0; i < json_array_size(matches); i++) {
		const char *criteria = json_text(json_array_get(matches, i), "criteria");
		struct cpe cpe;

		if (!cpe_read(criteria, &cpe) || strchr(cpe.product, '|') != NULL)
			continue;
		if (list == NULL)
			list = arena_alloc(&build->arena, HARDWARE_MAX);
		if (list == NULL) {
			build->error = ERR_NOMEM;
			return (char *)"";
		}
		if (used + strlen(cpe.product) + 2 > HARDWARE_MAX)
			break;
		used += (size_t)snprintf(list + used, HARDWARE_MAX - used, "%s%s",
					 used > 0 ? "|" : "", cpe.product);
	}
	return list != NULL ? list : (char *)"";
}

static void
put_configuration(struct advisory_build *build, const json_t *configuration)
{
	const json_t *nodes = json_object_get(configuration, "nodes");
	bool is_and = strcasecmp(json_text(configuration, "operator"), "AND") == 0;
	char *hardware = (char *)"";

	if (is_true(configuration, "negate"))
		return;
	for (size_t i = 0; i < json_array_size(nodes) && is_and; i++) {
		const json_t *node = json_array_get(nodes, i);

		/* "and not on": no range can say that. */
		if (is_true(node, "negate"))
			return;
		if (hardware[0] == '\0' && !has_vulnerable(node))
			hardware = hardware_of(build, node);
	}
	for (size_t i = 0; i < json_array_size(nodes); i++) {
		const json_t *node = json_array_get(nodes, i);
		const json_t *matches = json_object_get(node, "cpeMatch");

		if (is_true(node, "negate"))
			continue;
		for (size_t k = 0; k < json_array_size(matches) && build->error == 0; k++)
			put_match(build, json_array_get(matches, k), hardware);
	}
}

/* ---- the rest */

static float
score(const json_t *cve)
{
	static const char *const kinds[] = {"cvssMetricV31", "cvssMetricV40", "cvssMetricV30",
					    "cvssMetricV2"};
	const json_t *metrics = json_object_get(cve, "metrics");

	for (size_t i = 0; i < MEM_COUNT(kinds); i++) {
		const json_t *list = json_object_get(metrics, kinds[i]);
		const json_t *chosen = json_array_get(list, 0);
		const json_t *number;

		for (size_t k = 0; k < json_array_size(list); k++) {
			if (strcmp(json_text(json_array_get(list, k), "type"), "Primary") == 0)
				chosen = json_array_get(list, k);
		}
		number = json_object_get(json_object_get(chosen, "cvssData"), "baseScore");
		if (json_is_number(number) && json_number_value(number) > 0 &&
		    json_number_value(number) <= 10)
			return (float)json_number_value(number);
	}
	return 0;
}

static const char *
description(const json_t *cve)
{
	const json_t *list = json_object_get(cve, "descriptions");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *item = json_array_get(list, i);

		if (strncmp(json_text(item, "lang"), "en", 2) == 0)
			return json_text(item, "value");
	}
	return "";
}

int
advisory_read_nvd(struct advisory_reader *reader, const json_t *record, const char *place)
{
	const json_t *cve = json_object_get(record, "cve");
	const json_t *configurations = json_object_get(cve, "configurations");
	struct advisory_build build;
	struct advisory *advisory = &build.advisory;
	int rc;

	if (strcasecmp(json_text(cve, "vulnStatus"), "Rejected") == 0) {
		reader->result->withdrawn++;
		return 0;
	}
	advisory_build_init(&build, ADVISORY_NVD);
	if (!json_is_object(cve))
		build.why = "it has no member cve";
	else if (configurations != NULL && !json_is_array(configurations))
		build.why = "configurations is no array";
	advisory->id = build_text(&build, json_text(cve, "id"), ID_MAX);
	advisory->title = build_text(&build,
				     json_text(cve, "cisaVulnerabilityName")[0] != '\0'
					     ? json_text(cve, "cisaVulnerabilityName")
					     : description(cve),
				     TITLE_MAX);
	advisory->remedy = build_text(&build, json_text(cve, "cisaRequiredAction"), REMEDY_MAX);
	advisory->published_ms = build_time(json_text(cve, "published"));
	advisory->modified_ms = build_time(json_text(cve, "lastModified"));
	advisory->due_ms = build_time(json_text(cve, "cisaActionDue"));
	advisory->is_exploited = json_text(cve, "cisaExploitAdd")[0] != '\0';
	advisory->cvss = score(cve);
	for (size_t i = 0; i < json_array_size(configurations) && build.error == 0; i++)
		put_configuration(&build, json_array_get(configurations, i));
	rc = advisory_deliver(reader, &build, place);
	advisory_build_fini(&build);
	return rc;
}
