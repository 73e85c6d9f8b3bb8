/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rules about firmware: what the policy asks for, what its vendor still supports, and what is known
 * to be vulnerable.
 */
#include "audit_impl.h"

#include "keepwatch/clock.h"
#include "keepwatch/mem.h"
#include "keepwatch/version.h"

#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	DAY_MS = 24 * 3600 * 1000,
	/* Time that its probes get after a start to tell its firmware. */
	PATIENCE_MS = 10 * 60 * 1000,
};

/* ---- the policy */

/* A vendor is meant under any of its names. */
static bool
is_vendor(const char *pattern, const char *vendor)
{
	return fnmatch(pattern, vendor, FNM_CASEFOLD) == 0 ||
	       fnmatch(version_vendor(pattern), version_vendor(vendor), FNM_CASEFOLD) == 0;
}

static bool
applies(const struct audit_eval *eval, const struct audit_firmware_rule *rule)
{
	if (rule->kinds != 0 && (rule->kinds >> eval->subject->kind & 1) == 0)
		return false;
	if (rule->vendor != NULL && !is_vendor(rule->vendor, eval->vendor))
		return false;
	return rule->model == NULL || fnmatch(rule->model, eval->model, FNM_CASEFOLD) == 0;
}

static void
applying_free(struct audit *audit, struct audit_applying *applying)
{
	HASH_DEL(audit->applying, applying);
	free(applying->rules);
	free(applying);
}

void
audit_applying_fini(struct audit *audit)
{
	struct audit_applying *entry, *next;

	HASH_ITER (hh, audit->applying, entry, next)
		applying_free(audit, entry);
}

static struct audit_applying *
applying_new(const struct audit_eval *eval, const char *key, size_t size)
{
	size_t count = eval->policy->firmware_count;
	struct audit_applying *entry = calloc(1, sizeof(*entry) + size);

	if (entry == NULL)
		return NULL;
	memcpy(entry->key, key, size);
	entry->rules = calloc(count + 1, sizeof(*entry->rules));
	if (entry->rules == NULL) {
		free(entry);
		return NULL;
	}
	for (size_t i = 0; i < count; i++) {
		if (applies(eval, &eval->policy->firmware[i]))
			entry->rules[entry->count++] = (uint32_t)i;
	}
	return entry;
}

/* Of devices that say the same of themselves; NULL when out of memory. */
static const struct audit_applying *
applying_of(struct audit_eval *eval)
{
	struct audit *audit = eval->audit;
	const char *const texts[] = {kind_name((enum device_kind)eval->subject->kind), eval->vendor,
				     eval->model};
	struct audit_applying *entry = NULL;
	const char *starts[MEM_COUNT(texts)];
	char *key = audit_pack(texts, MEM_COUNT(texts), starts);
	size_t size;

	if (key != NULL) {
		size = (size_t)(starts[2] - key) + strlen(starts[2]) + 1;
		HASH_FIND (hh, audit->applying, key, size, entry)
			;
	}
	if (key != NULL && entry == NULL) {
		if (HASH_COUNT(audit->applying) >= AUDIT_KINDS_MAX)
			audit_applying_fini(audit);
		entry = applying_new(eval, key, size);
		if (entry != NULL)
			HASH_ADD(hh, audit->applying, key, size, entry);
		if (entry != NULL && entry->is_lost) {
			free(entry->rules);
			free(entry);
			entry = NULL;
		}
	}
	free(key);
	audit->is_out_of_memory |= entry == NULL;
	return entry;
}

/* "; note" of the rule. */
static const char *
note_of(const struct audit_firmware_rule *rule, char *out, size_t size)
{
	snprintf(out, size, "%s%.80s", rule->note != NULL ? "; " : "",
		 rule->note != NULL ? rule->note : "");
	return out;
}

static void
check_end(struct audit_eval *eval, enum finding_rule rule, int64_t end_ms, const char *what,
	  const struct audit_firmware_rule *from)
{
	char day[CLOCK_ISO_SIZE], note[96];

	if (end_ms == 0 || eval->now_ms < end_ms)
		return;
	audit_want(eval, rule, "", 0, (double)((eval->now_ms - end_ms) / DAY_MS), 0,
		   "%.60s %.60s: %s since %.10s%s", eval->vendor, eval->model, what,
		   clock_format_iso(end_ms, day, sizeof(day)), note_of(from, note, sizeof(note)));
}

/* Which forbidden pattern it is; NULL: none, or nobody can tell. */
static const char *
forbidden_by(const struct audit_eval *eval, const struct audit_firmware_rule *rule)
{
	bool is_match = false;

	for (size_t i = 0; i < rule->forbidden_count; i++) {
		if (version_match(eval->vendor, eval->firmware, rule->forbidden[i], &is_match) ==
			    0 &&
		    is_match)
			return rule->forbidden[i];
	}
	return NULL;
}

static bool
is_approved(const struct audit_eval *eval, const struct audit_firmware_rule *rule)
{
	bool is_match = false;

	for (size_t i = 0; i < rule->approved_count; i++) {
		if (version_match(eval->vendor, eval->firmware, rule->approved[i], &is_match) ==
			    0 &&
		    is_match)
			return true;
	}
	return rule->approved_count == 0;
}

static void
check_version(struct audit_eval *eval, const struct audit_firmware_rule *rule, int64_t seen_ms)
{
	const char *forbidden = forbidden_by(eval, rule), *minimum = rule->minimum;
	char what[128], note[96];
	int order = 0, rc;

	snprintf(what, sizeof(what), "%.40s %.40s runs %.40s", eval->vendor, eval->model,
		 eval->firmware);
	note_of(rule, note, sizeof(note));
	if (forbidden != NULL)
		audit_want(eval, RULE_FIRMWARE_FORBIDDEN, "", seen_ms, 0, 0,
			   "%s: forbidden (%.40s)%s", what, forbidden, note);
	rc = minimum != NULL ? version_compare_bound(eval->vendor, eval->firmware, minimum, &order)
			     : 0;
	if (rc == 0 && order < 0)
		audit_want(eval, RULE_FIRMWARE_OLD, "", seen_ms, 0, 0, "%s, the minimum is %.40s%s",
			   what, minimum, note);
	else if (rc != 0)
		audit_want(eval, RULE_FIRMWARE_UNAPPROVED, "", seen_ms, 0, 0,
			   "%s: cannot be ordered against the minimum %.40s%s", what, minimum,
			   note);
	if (!is_approved(eval, rule))
		audit_want(eval, RULE_FIRMWARE_UNAPPROVED, "", seen_ms, 0, 0,
			   "%s: not approved (%.40s%s)%s", what, rule->approved[0],
			   rule->approved_count > 1 ? " ..." : "", note);
}

/* Seen just now, or before a restart and open since: as long as it is older than it was. */
static void
check_downgrade(struct audit_eval *eval, int64_t seen_ms)
{
	struct audit_subject *subject = eval->subject;
	const char *from = subject->downgraded_from;
	int order;

	for (size_t i = 0; from == NULL && i < subject->open_count; i++) {
		if (subject->open[i].rule == RULE_FIRMWARE_DOWNGRADED)
			from = subject->open[i].instance;
	}
	if (from == NULL)
		return;
	if (version_compare(eval->vendor, eval->firmware, from, &order) == 0 && order < 0) {
		audit_want(eval, RULE_FIRMWARE_DOWNGRADED, from, seen_ms, 0, 0,
			   "%.40s %.40s went from %.48s back to %.48s", eval->vendor, eval->model,
			   from, eval->firmware);
		return;
	}
	free(subject->downgraded_from);
	subject->downgraded_from = NULL;
}

/* Of a kind that has firmware, that has told something of itself, and has had the time to tell
 * more.
 */
static bool
ought_to_tell(const struct audit_eval *eval)
{
	const struct audit_subject *subject = eval->subject;
	bool has_kind = subject->kind != KIND_OTHER && subject->kind != KIND_SERVER;

	for (size_t i = 0; i < subject->open_count; i++) {
		if (subject->open[i].rule == RULE_FIRMWARE_UNKNOWN)
			return has_kind;
	}
	return has_kind && subject->fact_count > 0 &&
	       eval->now_ms - subject->first_ms >= PATIENCE_MS;
}

void
audit_firmware(struct audit_eval *eval)
{
	const struct audit_applying *applying;
	int64_t seen_ms = 0;

	(void)audit_fact(eval->subject, FACT_FIRMWARE, "", &seen_ms);
	if (eval->firmware[0] == '\0' && ought_to_tell(eval))
		audit_want(eval, RULE_FIRMWARE_UNKNOWN, "", 0, 0, 0,
			   "no source tells the firmware of this %s%s%.60s%s%.60s",
			   kind_name((enum device_kind)eval->subject->kind),
			   eval->vendor[0] != '\0' ? ", " : "", eval->vendor,
			   eval->model[0] != '\0' ? " " : "", eval->model);
	applying = applying_of(eval);
	for (size_t i = 0; applying != NULL && i < applying->count; i++) {
		const struct audit_firmware_rule *rule =
			&eval->policy->firmware[applying->rules[i]];

		check_end(eval, RULE_END_OF_SALE, rule->end_of_sale_ms, "no longer sold", rule);
		check_end(eval, RULE_END_OF_SUPPORT, rule->end_of_support_ms, "no longer supported",
			  rule);
		if (eval->firmware[0] != '\0')
			check_version(eval, rule, seen_ms);
	}
	if (eval->firmware[0] != '\0')
		check_downgrade(eval, seen_ms);
}

/* ---- advisories */

static void
matches_free(struct audit *audit, struct audit_matches *matches)
{
	HASH_DEL(audit->matches, matches);
	free(matches->items);
	free(matches);
}

void
audit_matches_fini(struct audit *audit)
{
	struct audit_matches *entry, *next;

	HASH_ITER (hh, audit->matches, entry, next)
		matches_free(audit, entry);
}

/* Worked out once for all devices that say the same of themselves. */
static const struct audit_matches *
matches_of(struct audit_eval *eval)
{
	struct audit *audit = eval->audit;
	const char *const texts[] = {eval->vendor, eval->model, eval->firmware};
	struct advisory_subject subject = {eval->vendor, eval->model, eval->firmware};
	struct advisory_match found[AUDIT_MATCHES];
	struct audit_matches *entry = NULL;
	const char *starts[MEM_COUNT(texts)];
	char *key = audit_pack(texts, MEM_COUNT(texts), starts);
	size_t size, count;

	if (key == NULL)
		goto nomem;
	size = (size_t)(starts[2] - key) + strlen(starts[2]) + 1;
	HASH_FIND (hh, audit->matches, key, size, entry)
		;
	if (entry != NULL)
		goto out;
	if (HASH_COUNT(audit->matches) >= AUDIT_KINDS_MAX)
		audit_matches_fini(audit);
	entry = calloc(1, sizeof(*entry) + size);
	if (entry == NULL)
		goto nomem;
	count = advisory_match(audit->advisories, &subject, found, MEM_COUNT(found));
	entry->count = count < MEM_COUNT(found) ? count : MEM_COUNT(found);
	entry->items = calloc(entry->count + 1, sizeof(*entry->items));
	memcpy(entry->key, key, size);
	if (entry->items != NULL) {
		memcpy(entry->items, found, entry->count * sizeof(*found));
		HASH_ADD(hh, audit->matches, key, size, entry);
	}
	if (entry->items == NULL || entry->is_lost) {
		free(entry->items);
		free(entry);
		entry = NULL;
		goto nomem;
	}
out:
	free(key);
	return entry;
nomem:
	free(key);
	audit->is_out_of_memory = true;
	return NULL;
}

/* CVSS v3.1 section 5: 7.0 and above is high. */
static enum finding_severity
severity_of(const struct advisory_match *match)
{
	if (match->is_exploited)
		return match->is_certain ? FINDING_CRITICAL : FINDING_WARNING;
	return match->advisory->cvss < 7.0F && match->advisory->cvss > 0 ? FINDING_NOTICE
									 : FINDING_WARNING;
}

const char *
audit_where(const struct audit_subject *subject, char *out, size_t size)
{
	int len = 0;

	out[0] = '\0';
	if (subject->parent != NULL && subject->parent[0] != '\0')
		len = snprintf(out, size, "on %.40s%s%.24s", subject->parent,
			       subject->port[0] != '\0' ? " port " : "", subject->port);
	if (subject->vlan != 0 && len >= 0 && (size_t)len < size)
		snprintf(out + len, size - (size_t)len, "%sVLAN %u%s", len > 0 ? ", " : "on ",
			 subject->vlan, subject->is_vlan_shared ? " shared with computers" : "");
	return out;
}

void
audit_advisories(struct audit_eval *eval)
{
	const struct audit_matches *matches;
	int64_t seen_ms = 0;
	char where[128];

	if (eval->audit->advisories == NULL || eval->vendor[0] == '\0' || eval->model[0] == '\0')
		return;
	matches = matches_of(eval);
	if (matches == NULL)
		return;
	(void)audit_fact(eval->subject, FACT_FIRMWARE, "", &seen_ms);
	audit_where(eval->subject, where, sizeof(where));
	for (size_t i = 0; i < matches->count; i++) {
		const struct advisory_match *match = &matches->items[i];

		audit_want_as(eval, match->is_exploited ? RULE_EXPLOITED : RULE_VULNERABLE,
			      match->advisory->id, severity_of(match), seen_ms,
			      (double)match->advisory->cvss, 0, "%s%s%s%s%.150s",
			      match->is_exploited ? "exploited" : "",
			      match->is_exploited && where[0] != '\0' ? ", " : "", where,
			      match->is_exploited || where[0] != '\0' ? ": " : "", match->reason);
	}
}
