/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What persons accept, and figures over what is open.
 */
#include "audit_impl.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_SIZE = 128 };

/* ---- acceptances */

static size_t
make_key(enum finding_rule rule, uint32_t node, uint32_t port, const char *instance,
	 char out[KEY_SIZE])
{
	return (size_t)snprintf(out, KEY_SIZE, "%d %u %u %.63s", (int)rule, node, port, instance);
}

static struct audit_accepted *
find_accepted(const struct audit *audit, const char *key)
{
	struct audit_accepted *entry = NULL;

	HASH_FIND_STR(audit->accepted, key, entry);
	return entry;
}

int
audit_accept(struct audit *audit, const struct audit_acceptance *acceptance)
{
	char key[KEY_SIZE];
	size_t len = make_key(acceptance->rule, acceptance->node, acceptance->port,
			      acceptance->instance, key);
	struct audit_accepted *entry = find_accepted(audit, key);

	if (entry == NULL) {
		entry = calloc(1, sizeof(*entry) + len + 1);
		if (entry == NULL)
			return ERR_NOMEM;
		memcpy(entry->key, key, len + 1);
		HASH_ADD_STR(audit->accepted, key, entry);
		if (entry->is_lost) {
			free(entry);
			return ERR_NOMEM;
		}
	}
	entry->until_ms = acceptance->until_ms;
	return 0;
}

void
audit_reopen(struct audit *audit, const struct audit_acceptance *acceptance)
{
	char key[KEY_SIZE];
	struct audit_accepted *entry;

	make_key(acceptance->rule, acceptance->node, acceptance->port, acceptance->instance, key);
	entry = find_accepted(audit, key);
	if (entry == NULL)
		return;
	HASH_DEL(audit->accepted, entry);
	free(entry);
}

bool
audit_is_accepted(const struct audit *audit, uint32_t node, const struct audit_open *open,
		  int64_t now_ms)
{
	char key[KEY_SIZE];
	const struct audit_accepted *entry;

	if (audit->accepted == NULL)
		return false;
	make_key((enum finding_rule)open->rule, node, open->port,
		 open->instance != NULL ? open->instance : "", key);
	entry = find_accepted(audit, key);
	return entry != NULL && (entry->until_ms == 0 || now_ms < entry->until_ms);
}

void
audit_accepted_fini(struct audit *audit)
{
	struct audit_accepted *entry, *next;

	HASH_ITER (hh, audit->accepted, entry, next) {
		HASH_DEL(audit->accepted, entry);
		free(entry);
	}
}

/* ---- figures */

int
audit_score(size_t devices, size_t critical, size_t warning, size_t notice)
{
	size_t tenths;

	if (devices == 0)
		return 100;
	tenths = 10 * (devices - critical - warning - notice) + 5 * warning + 9 * notice;
	return (int)(tenths * 10 / devices);
}

static bool
is_meant(const struct audit_subject *subject, const struct audit_filter *filter)
{
	return !subject->is_removed &&
	       (filter->site == NULL || strcmp(filter->site, subject->site) == 0) &&
	       (filter->owner == NULL || strcmp(filter->owner, subject->owner) == 0) &&
	       (filter->device == NULL || strcmp(filter->device, subject->name) == 0);
}

struct counting {
	const struct audit *audit;
	const struct audit_filter *filter;
	int64_t now_ms;
	struct audit_count *out;
	size_t worst[FINDING_SEVERITY_COUNT]; /* devices by their worst finding */
	size_t by_rule[RULE_COUNT];	      /* devices that break it */
	int worst_severity;		      /* of all; -1: none yet */
};

static void
count_open(struct counting *counting, const struct audit_subject *subject,
	   const struct audit_open *open, uint64_t *rules, int *severity)
{
	struct audit_count *out = counting->out;

	if (counting->filter->rules != 0 && (counting->filter->rules >> open->rule & 1) == 0)
		return;
	if (audit_is_accepted(counting->audit, subject->id, open, counting->now_ms)) {
		out->accepted++;
		return;
	}
	out->open[open->severity]++;
	*rules |= UINT64_C(1) << open->rule;
	if (open->severity > *severity)
		*severity = open->severity;
	if (open->severity <= counting->worst_severity)
		return;
	counting->worst_severity = open->severity;
	out->worst_rule = (enum finding_rule)open->rule;
	snprintf(out->worst_device, sizeof(out->worst_device), "%s", subject->name);
	snprintf(out->worst_instance, sizeof(out->worst_instance), "%s",
		 open->instance != NULL ? open->instance : "");
}

static void
count_subject(struct counting *counting, const struct audit_subject *subject)
{
	uint64_t rules = 0;
	int severity = -1;

	counting->out->devices++;
	for (size_t i = 0; i < subject->open_count; i++)
		count_open(counting, subject, &subject->open[i], &rules, &severity);
	if (severity < 0)
		return;
	counting->out->breaking++;
	counting->worst[severity]++;
	for (int rule = 0; rule < RULE_COUNT; rule++)
		counting->by_rule[rule] += rules >> rule & 1;
}

void
audit_count(const struct audit *audit, const struct audit_filter *filter, int64_t now_ms,
	    struct audit_count *out)
{
	struct counting counting = {
		.audit = audit,
		.filter = filter,
		.now_ms = now_ms,
		.out = out,
		.worst_severity = -1,
	};
	const struct audit_subject *subject;

	*out = (struct audit_count){.worst_rule = RULE_COUNT};
	subject = filter->id != 0 ? audit_find(audit, filter->id) : NULL;
	if (subject != NULL && is_meant(subject, filter))
		count_subject(&counting, subject);
	for (size_t i = 0; filter->id == 0 && i < audit->count; i++) {
		if (is_meant(audit->subjects[i], filter))
			count_subject(&counting, audit->subjects[i]);
	}
	if (out->worst_rule < RULE_COUNT)
		out->worst_count = counting.by_rule[out->worst_rule];
	out->score = audit_score(out->devices, counting.worst[FINDING_CRITICAL],
				 counting.worst[FINDING_WARNING], counting.worst[FINDING_NOTICE]);
}
