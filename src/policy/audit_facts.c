/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What probes have learnt of a device, as far as a rule asks for it; whose word is believed; and
 * the changes that are findings by themselves: a downgrade, another TLS key.
 */
#include "audit_impl.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"
#include "keepwatch/version.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BIT(key) (UINT64_C(1) << FACT_##key)
#define ASKED_FOR                                                                           \
	(BIT(VENDOR) | BIT(MODEL) | BIT(FIRMWARE) | BIT(SERIAL) | BIT(SOURCE) | BIT(USER) | \
	 BIT(CLOCK_OFFSET_MS) | BIT(CLOCK_SOURCE) | BIT(NTP_SERVER) | BIT(AUTH_SCHEME) |    \
	 BIT(DISCOVERY_MODE) | BIT(ANONYMOUS) | BIT(OPEN_PORT) | BIT(TLS_VERSIONS) |        \
	 BIT(TLS_KEY_TYPE) | BIT(TLS_SIGNATURE) | BIT(TLS_NAMES) | BIT(TLS_ISSUER) |        \
	 BIT(TLS_KEY) | BIT(TLS_NOT_AFTER) | BIT(HTTP_AUTH) | BIT(SNMP_ACCESS))

static bool
is_same(const struct audit_fact *fact, enum probe_id probe, enum fact_key key, const char *instance)
{
	return fact->key == key && fact->probe == probe && strcmp(fact->text, instance) == 0;
}

/* What a port presents is known best by the probe that takes any key: one that holds on to a key
 * knows no other. */
static int
rank_of(const struct audit_fact *fact)
{
	bool is_presented = fact->key == FACT_TLS_KEY || fact->key == FACT_TLS_NOT_AFTER;

	return is_presented && fact->probe == PROBE_EXPOSURE ? -1 : fact->rank;
}
/* The fact that is believed: that of the probe whose word counts most. */
static const struct audit_fact *
believed(const struct audit_subject *subject, enum fact_key key, const char *instance)
{
	const struct audit_fact *best = NULL;

	for (size_t i = 0; i < subject->fact_count; i++) {
		const struct audit_fact *fact = subject->facts[i];

		if (fact->key == key && strcmp(fact->text, instance) == 0 &&
		    (best == NULL || rank_of(fact) < rank_of(best)))
			best = fact;
	}
	return best;
}

const char *
audit_fact(const struct audit_subject *subject, enum fact_key key, const char *instance,
	   int64_t *seen_ms)
{
	const struct audit_fact *fact = believed(subject, key, instance);

	if (seen_ms != NULL)
		*seen_ms = fact != NULL ? (int64_t)fact->seen_s * 1000 : 0;
	return fact != NULL ? audit_fact_value(fact) : "";
}

const struct audit_fact *
audit_next_fact(const struct audit_subject *subject, enum fact_key key, size_t *at)
{
	while (*at < subject->fact_count) {
		const struct audit_fact *fact = subject->facts[(*at)++];

		if (fact->key == key && believed(subject, key, fact->text) == fact)
			return fact;
	}
	return NULL;
}

static struct audit_fact *
fact_new(enum probe_id probe, enum fact_key key, const char *instance, const char *value)
{
	size_t instance_len = strlen(instance), value_len = strlen(value);
	struct audit_fact *fact = malloc(sizeof(*fact) + instance_len + value_len + 2);

	if (fact == NULL)
		return NULL;
	fact->key = (uint8_t)key;
	fact->probe = (uint8_t)probe;
	fact->rank = (uint8_t)probe_rank(probe);
	fact->value = (uint16_t)(instance_len + 1);
	memcpy(fact->text, instance, instance_len + 1);
	memcpy(fact->text + fact->value, value, value_len + 1);
	return fact;
}

/* A version older than before on the same unit; of the word that is believed. */
static int
note_downgrade(struct audit_subject *subject, const char *was, const char *now)
{
	const char *vendor = audit_fact(subject, FACT_VENDOR, "", NULL);
	int order;

	if (version_compare(vendor, now, was, &order) != 0 || order >= 0)
		return 0;
	free(subject->downgraded_from);
	subject->downgraded_from = strdup(was);
	return subject->downgraded_from != NULL ? 0 : ERR_NOMEM;
}

static int
note_key(struct audit_subject *subject, const char *port, const char *key)
{
	char text[FINDING_INSTANCE_SIZE];
	char **keys;

	/* Enough of the key to tell it from others. */
	snprintf(text, sizeof(text), "%.12s%s%.28s", port, port[0] != '\0' ? " " : "", key);
	keys = reallocarray(subject->changed_keys, subject->changed_key_count + 1u, sizeof(*keys));
	if (keys == NULL)
		return ERR_NOMEM;
	subject->changed_keys = keys;
	keys[subject->changed_key_count] = strdup(text);
	if (keys[subject->changed_key_count] == NULL)
		return ERR_NOMEM;
	subject->changed_key_count++;
	return 0;
}

void
audit_changed_keys_fini(struct audit_subject *subject)
{
	for (size_t i = 0; i < subject->changed_key_count; i++)
		free(subject->changed_keys[i]);
	free(subject->changed_keys);
	subject->changed_keys = NULL;
	subject->changed_key_count = 0;
}

/* Whether a new value of the clock is another answer than before; else it is no news. */
static bool
is_clock_news(struct audit *audit, struct audit_subject *subject, const char *value)
{
	uint8_t is_now =
		audit_clock_class(audit->policy, subject->clock_class, strtoll(value, NULL, 10));
	bool is_news = is_now != subject->clock_class;

	subject->clock_class = is_now;
	return is_news;
}

struct taking {
	struct audit *audit;
	struct audit_subject *subject;
	enum probe_id probe;
	uint32_t seen_s;
	bool is_restored;
	bool is_new_unit; /* its serial number is another than before */
	bool is_news;
};

static int
take_change(struct taking *taking, const struct audit_fact *old, const struct fact *fact)
{
	struct audit_subject *subject = taking->subject;

	if (taking->is_restored)
		return 0;
	if (fact->key == FACT_FIRMWARE && !taking->is_new_unit &&
	    believed(subject, FACT_FIRMWARE, old->text) == old)
		return note_downgrade(subject, audit_fact_value(old), fact->value);
	if (fact->key == FACT_TLS_KEY)
		return note_key(subject, old->text, fact->value);
	return 0;
}

static int
take_fact(struct taking *taking, const struct fact *fact)
{
	struct audit_subject *subject = taking->subject;
	struct audit_fact *entry;
	size_t i;
	int rc;

	for (i = 0; i < subject->fact_count; i++) {
		if (is_same(subject->facts[i], taking->probe, fact->key, fact->instance))
			break;
	}
	if (i < subject->fact_count &&
	    strcmp(audit_fact_value(subject->facts[i]), fact->value) == 0) {
		subject->facts[i]->seen_s = taking->seen_s;
		subject->facts[i]->is_fresh = true;
		return 0;
	}
	if (i == subject->fact_count &&
	    (i == UINT16_MAX ||
	     mem_grow(&subject->facts, &subject->fact_cap, i + 1, sizeof(void *)) != 0))
		return ERR_NOMEM;
	entry = fact_new(taking->probe, fact->key, fact->instance, fact->value);
	if (entry == NULL)
		return ERR_NOMEM;
	entry->seen_s = taking->seen_s;
	entry->is_fresh = true;
	rc = i < subject->fact_count ? take_change(taking, subject->facts[i], fact) : 0;
	if (i < subject->fact_count)
		free(subject->facts[i]);
	else
		subject->fact_count++;
	subject->facts[i] = entry;
	if (fact->key != FACT_CLOCK_OFFSET_MS || is_clock_news(taking->audit, subject, fact->value))
		taking->is_news = true;
	return rc;
}

/* Facts of this probe that a complete set does not have any more. */
static void
drop_gone(struct taking *taking, uint64_t complete)
{
	struct audit_subject *subject = taking->subject;
	size_t kept = 0;

	for (size_t i = 0; i < subject->fact_count; i++) {
		struct audit_fact *fact = subject->facts[i];

		if (fact->probe == taking->probe && (complete >> fact->key & 1) != 0 &&
		    !fact->is_fresh) {
			free(fact);
			taking->is_news = true;
			continue;
		}
		fact->is_fresh = false;
		subject->facts[kept++] = fact;
	}
	subject->fact_count = (uint16_t)kept;
}

static bool
is_other_serial(const struct taking *taking, const struct fact_list *facts)
{
	const char *now = fact_get(facts, FACT_SERIAL, ""), *was = NULL;

	for (size_t i = 0; i < taking->subject->fact_count; i++) {
		if (is_same(taking->subject->facts[i], taking->probe, FACT_SERIAL, ""))
			was = audit_fact_value(taking->subject->facts[i]);
	}
	return now != NULL && was != NULL && strcmp(now, was) != 0;
}

int
audit_take_facts(struct audit *audit, uint32_t id, enum probe_id probe,
		 const struct fact_list *facts, uint64_t complete, int64_t at_ms, bool is_restored)
{
	struct taking taking = {
		.audit = audit,
		.subject = audit_find(audit, id),
		.probe = probe,
		.seen_s = is_restored ? AUDIT_SEEN_BEFORE_S : (uint32_t)(at_ms / 1000),
		.is_restored = is_restored,
	};
	int rc = 0;

	if (taking.subject == NULL)
		return 0;
	taking.is_new_unit = is_other_serial(&taking, facts);
	for (size_t i = 0; i < facts->count && rc == 0; i++) {
		if ((ASKED_FOR >> facts->items[i].key & 1) != 0)
			rc = take_fact(&taking, &facts->items[i]);
	}
	drop_gone(&taking, rc == 0 ? complete : 0);
	if (taking.is_news || rc != 0)
		audit_mark(audit, taking.subject);
	return rc;
}

void
audit_facts_fini(struct audit_subject *subject)
{
	for (size_t i = 0; i < subject->fact_count; i++)
		free(subject->facts[i]);
	free(subject->facts);
	audit_changed_keys_fini(subject);
}
