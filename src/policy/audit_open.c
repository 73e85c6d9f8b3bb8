/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is found now, held against what was found before: from the difference come the steps that
 * are told.
 */
#include "audit_impl.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct finding *
find_wanted(struct audit *audit, enum finding_rule rule, const char *instance)
{
	for (size_t i = 0; i < audit->wanted_count; i++) {
		struct finding *finding = &audit->wanted[i];

		if (finding->rule == rule && strcmp(finding->instance, instance) == 0)
			return finding;
	}
	return NULL;
}

static void
want(struct audit_eval *eval, enum finding_rule rule, const char *instance,
     enum finding_severity severity, int64_t seen_ms, double value, double limit, const char *fmt,
     va_list ap)
{
	struct audit *audit = eval->audit;
	char cut[FINDING_INSTANCE_SIZE];
	struct finding *finding;

	if (!audit_policy_has_rule(eval->policy, rule))
		return;
	snprintf(cut, sizeof(cut), "%s", instance);
	finding = find_wanted(audit, rule, cut);
	if (finding != NULL && finding->severity >= severity)
		return;
	if (finding == NULL) {
		if (mem_grow(&audit->wanted, &audit->wanted_cap, audit->wanted_count + 1,
			     sizeof(*finding)) != 0) {
			audit->is_out_of_memory = true;
			return;
		}
		finding = &audit->wanted[audit->wanted_count++];
	}
	*finding = (struct finding){
		.rule = rule,
		.severity = severity,
		.node = eval->subject->id,
		.since_ms = eval->now_ms,
		.confirmed_ms = seen_ms != 0 ? seen_ms : eval->now_ms,
		.value = value,
		.limit = limit,
	};
	memcpy(finding->instance, cut, sizeof(cut));
	vsnprintf(finding->evidence, sizeof(finding->evidence), fmt, ap);
}

void
audit_want(struct audit_eval *eval, enum finding_rule rule, const char *instance, int64_t seen_ms,
	   double value, double limit, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	want(eval, rule, instance, audit_policy_severity(eval->policy, rule), seen_ms, value, limit,
	     fmt, ap);
	va_end(ap);
}

void
audit_want_as(struct audit_eval *eval, enum finding_rule rule, const char *instance,
	      enum finding_severity severity, int64_t seen_ms, double value, double limit,
	      const char *fmt, ...)
{
	va_list ap;

	if (eval->policy->severities[rule] < FINDING_SEVERITY_COUNT)
		severity = audit_policy_severity(eval->policy, rule);
	va_start(ap, fmt);
	want(eval, rule, instance, severity, seen_ms, value, limit, fmt, ap);
	va_end(ap);
}

/* ---- against what is open */

static const char *
instance_of(const struct audit_open *open)
{
	return open->instance != NULL ? open->instance : "";
}

static struct audit_open *
find_open(const struct audit_subject *subject, const struct finding *finding)
{
	for (size_t i = 0; i < subject->open_count; i++) {
		struct audit_open *open = &subject->open[i];

		if (open->rule == (uint8_t)finding->rule && open->port == finding->port &&
		    strcmp(instance_of(open), finding->instance) == 0)
			return open;
	}
	return NULL;
}

static struct audit_open *
add_open(struct audit_subject *subject, const struct finding *finding)
{
	struct audit_open *open;
	char *instance = NULL;

	if (subject->open_count == UINT16_MAX ||
	    mem_grow(&subject->open, &subject->open_cap, subject->open_count + 1u, sizeof(*open)) !=
		    0)
		return NULL;
	if (finding->instance[0] != '\0') {
		instance = strdup(finding->instance);
		if (instance == NULL)
			return NULL;
	}
	open = &subject->open[subject->open_count++];
	*open = (struct audit_open){
		.rule = (uint8_t)finding->rule,
		.severity = (uint8_t)finding->severity,
		.port = finding->port,
		.evidence = mem_hash_text(finding->evidence),
		.since_ms = finding->since_ms,
		.confirmed_ms = finding->confirmed_ms,
		.told_ms = finding->confirmed_ms,
		.instance = instance,
	};
	return open;
}

int
audit_restore(struct audit *audit, const struct finding *finding)
{
	struct audit_subject *subject = audit_find(audit, finding->node);

	if (subject == NULL || finding->rule < RULE_AUDIT_FIRST || finding->rule >= RULE_COUNT ||
	    finding->resolved_ms != 0 || find_open(subject, finding) != NULL)
		return 0;
	return add_open(subject, finding) != NULL ? 0 : ERR_NOMEM;
}

/* A finding that holds: new, other than before, or merely still so. */
static void
settle_wanted(struct audit_eval *eval, struct finding *finding, audit_emit *emit, void *arg)
{
	struct audit_open *open = find_open(eval->subject, finding);
	uint32_t evidence = mem_hash_text(finding->evidence);
	bool is_changed;

	if (open == NULL) {
		if (finding->confirmed_ms <= AUDIT_SEEN_BEFORE_S * 1000)
			finding->confirmed_ms = eval->now_ms;
		open = add_open(eval->subject, finding);
		if (open == NULL) {
			eval->audit->is_out_of_memory = true;
			return;
		}
		open->is_wanted = true;
		emit(arg, AUDIT_OPENED, finding);
		return;
	}
	is_changed = open->severity != (uint8_t)finding->severity || open->evidence != evidence;
	open->is_wanted = true;
	open->severity = (uint8_t)finding->severity;
	open->evidence = evidence;
	if (finding->confirmed_ms > open->confirmed_ms)
		open->confirmed_ms = finding->confirmed_ms;
	finding->since_ms = open->since_ms;
	finding->confirmed_ms = open->confirmed_ms;
	if (!is_changed && open->confirmed_ms - open->told_ms < AUDIT_CONFIRM_MS)
		return;
	open->told_ms = open->confirmed_ms;
	emit(arg, is_changed ? AUDIT_CHANGED : AUDIT_CONFIRMED, finding);
}

/* Why it is none any more: the rule's or the device's end, or that it is not so any more. */
static void
settle_over(const struct audit_eval *eval, const struct audit_open *open, audit_emit *emit,
	    void *arg)
{
	enum finding_rule rule = (enum finding_rule)open->rule;
	struct finding finding = {
		.rule = rule,
		.severity = (enum finding_severity)open->severity,
		.node = eval->subject->id,
		.port = open->port,
		.since_ms = open->since_ms,
		.confirmed_ms = open->confirmed_ms,
		.resolved_ms = eval->now_ms,
	};
	const char *why = "found no longer";

	if (eval->subject->is_removed)
		why = "the device has left the fleet file";
	else if (!audit_policy_has_rule(eval->policy, rule))
		why = "the policy does not ask for it any more";
	snprintf(finding.instance, sizeof(finding.instance), "%s", instance_of(open));
	snprintf(finding.evidence, sizeof(finding.evidence), "%s", why);
	emit(arg, AUDIT_RESOLVED, &finding);
}

void
audit_settle(struct audit_eval *eval, audit_emit *emit, void *arg)
{
	struct audit_subject *subject = eval->subject;
	size_t kept = 0;

	for (size_t i = 0; i < subject->open_count; i++)
		subject->open[i].is_wanted = false;
	for (size_t i = 0; i < eval->audit->wanted_count; i++)
		settle_wanted(eval, &eval->audit->wanted[i], emit, arg);
	if (eval->audit->is_out_of_memory)
		return;
	for (size_t i = 0; i < subject->open_count; i++) {
		if (subject->open[i].is_wanted) {
			subject->open[kept++] = subject->open[i];
			continue;
		}
		settle_over(eval, &subject->open[i], emit, arg);
		free(subject->open[i].instance);
	}
	subject->open_count = (uint16_t)kept;
}

void
audit_open_fini(struct audit_subject *subject)
{
	for (size_t i = 0; i < subject->open_count; i++)
		free(subject->open[i].instance);
	free(subject->open);
}
