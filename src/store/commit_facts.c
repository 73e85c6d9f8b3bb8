/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Facts in a commit: compared with what is stored, so that what has not changed costs no write and
 * what has goes to the history. An unchanged fact is noted as seen about once an hour; all facts of
 * a device lie on a page or two, so that this costs one page write an hour and device.
 */
#include "fact_rows.h"

#include "keepwatch/err.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SEEN_EVERY_MS = 3600 * 1000,
	SEEN_SPREAD_MS = 30 * 1000, /* times id % 32: not the whole fleet at once */
	VOLATILE_EVERY_MS = 15 * 60 * 1000,
	VOLATILE_STEP = 500, /* ms of a clock's offset */
	FEW_FACTS = 4,	     /* are looked up one by one */
	VIEW_BYTES_MAX = 64 * 1024,
};

uint64_t
store_fact_event_keys(void)
{
	static const enum fact_key keys[] = {
		FACT_VENDOR,	   FACT_MODEL,	       FACT_FIRMWARE,	   FACT_SERIAL,
		FACT_HARDWARE,	   FACT_HOSTNAME,      FACT_MAC,	   FACT_ADDRESS,
		FACT_SYS_DESCR,	   FACT_SYS_OBJECT_ID, FACT_SYS_CONTACT,   FACT_SYS_LOCATION,
		FACT_CLOCK_SOURCE, FACT_ENGINE_ID,     FACT_INTERFACES,	   FACT_SERVICES,
		FACT_PROFILES,	   FACT_ACCESS_POINT,  FACT_TLS_NOT_AFTER, FACT_HTTP_SERVER,
	};
	uint64_t set = 0;

	for (size_t i = 0; i < MEM_COUNT(keys); i++)
		set |= UINT64_C(1) << keys[i];
	return set;
}

/* FACT_CHANGED, if changes of this key are events. from or to NULL: it came back, it is gone. */
static int
put_change(struct store *store, const struct batch_facts *facts, enum fact_key key,
	   const char *instance, const char *from, const char *to)
{
	char detail[FACT_INSTANCE_MAX + 64];
	struct store_event event = {
		.at_ms = facts->at_ms,
		.type = EVENT_FACT_CHANGED,
		.device = facts->id,
		.probe = (int)facts->probe,
		.from = from,
		.to = to,
		.detail = detail,
	};

	if ((store_fact_event_keys() >> key & 1) == 0)
		return 0;
	snprintf(detail, sizeof(detail), "%s%s%s", fact_name(key), instance[0] == '\0' ? "" : " ",
		 instance);
	return commit_event(store, &event);
}

/*
 * A volatile fact differs a little at every run: written each time, it would cost a page for every
 * device and run. So it is written when it moved by more than a tenth and VOLATILE_STEP, or after a
 * while.
 */
static bool
is_worth_writing(const struct batch_facts *facts, const struct fact *fact,
		 const struct fact_row *stored)
{
	char *new_end, *old_end;
	long long now = strtoll(fact->value, &new_end, 10);
	long long then = strtoll(stored->value, &old_end, 10);
	double moved = fabs((double)now - (double)then);

	if (facts->at_ms - stored->changed_at >= VOLATILE_EVERY_MS ||
	    facts->at_ms < stored->changed_at)
		return true;
	if (*new_end != '\0' || *old_end != '\0')
		return true;
	return moved > VOLATILE_STEP && moved > fabs((double)then) / 10;
}

/* True if it is time to note that a fact is still the same. */
static bool
is_due(const struct batch_facts *facts, const struct fact_row *stored)
{
	return facts->at_ms - stored->last_seen >=
	       SEEN_EVERY_MS + (int64_t)(facts->id % 32) * SEEN_SPREAD_MS;
}

/* stored: NULL if there is nothing yet; marked if the fact only confirms it. */
static int
commit_fact(struct store *store, const struct batch_facts *facts, const struct fact *fact,
	    struct fact_row *stored)
{
	int rc;

	if (stored == NULL)
		return fact_row_add(store, facts, fact);
	if (stored->gone_at == 0 && strcmp(stored->value, fact->value) == 0) {
		stored->is_confirmed = true;
		return 0;
	}
	if (stored->gone_at == 0 && fact_is_volatile(fact->key) &&
	    !is_worth_writing(facts, fact, stored)) {
		stored->is_confirmed = true;
		return 0;
	}
	rc = fact_row_set(store, facts, fact);
	if (rc == 0 && fact_is_of_unit(fact->key, fact->instance) &&
	    strcmp(stored->value, fact->value) != 0)
		rc = fact_unit_change_add(store, facts, stored, fact->value);
	stored->is_confirmed = true;
	stored->last_seen = facts->at_ms;
	if (rc != 0 || fact_is_volatile(fact->key))
		return rc;
	if (stored->gone_at != 0) /* its end is in the history already */
		return put_change(store, facts, fact->key, fact->instance, NULL, fact->value);
	rc = fact_past_add(store, &(struct fact_past){facts->id, facts->probe, stored->key,
						      stored->instance, stored->value,
						      stored->changed_at, facts->at_ms, false});
	if (rc == 0)
		rc = put_change(store, facts, fact->key, fact->instance, stored->value,
				fact->value);
	return rc;
}

/* One instance is no longer there. is_event: because the device says so, not our configuration. */
static int
end_fact(struct store *store, const struct batch_facts *facts, enum fact_key key,
	 const struct fact_row *stored, bool is_event)
{
	int rc = fact_row_gone(store, facts, stored);

	if (rc != 0 || fact_is_volatile(key))
		return rc;
	rc = fact_past_add(store, &(struct fact_past){facts->id, facts->probe, stored->key,
						      stored->instance, stored->value,
						      stored->changed_at, facts->at_ms, true});
	if (rc == 0 && is_event)
		rc = put_change(store, facts, key, stored->instance, stored->value, NULL);
	return rc;
}

/* A stored fact that the list lacks: gone if the list is complete for its key. */
static int
end_missing(struct store *store, const struct batch_facts *facts, const struct fact_row *stored)
{
	enum fact_key key;

	if (stored->gone_at != 0 || fact_parse(stored->key, &key) != 0 ||
	    (facts->complete >> key & 1) == 0)
		return 0;
	return end_fact(store, facts, key, stored, true);
}

/* As the primary key of the table orders them. */
static int
compare_text(const char *key_a, const char *instance_a, const char *key_b, const char *instance_b)
{
	int order = strcmp(key_a, key_b);

	return order != 0 ? order : strcmp(instance_a, instance_b);
}

static int
compare_facts(const void *left, const void *right)
{
	const struct fact *const *a = left, *const *b = right;

	return compare_text(fact_name((*a)->key), (*a)->instance, fact_name((*b)->key),
			    (*b)->instance);
}

/* Goes through what is stored and what was found side by side, both in the same order. */
static int
compare_all(struct store *store, const struct batch_facts *facts, const struct fact **sorted,
	    struct fact_view *view)
{
	size_t count = facts->list.count, at = 0, n = 0;
	int rc = 0;

	while (rc == 0 && (n < count || at < view->count)) {
		struct fact_row *stored = at < view->count ? &view->items[at] : NULL;
		int order = n == count ? 1
			    : stored == NULL
				    ? -1
				    : compare_text(fact_name(sorted[n]->key), sorted[n]->instance,
						   stored->key, stored->instance);

		if (order > 0)
			rc = end_missing(store, facts, stored);
		else
			rc = commit_fact(store, facts, sorted[n], order == 0 ? stored : NULL);
		n += order <= 0;
		at += order >= 0;
	}
	return rc;
}

/* Notes the confirmed ones as seen when that is due: all at once where nothing else is stored. */
static int
note_confirmed(struct store *store, const struct batch_facts *facts, const struct fact_view *view)
{
	size_t due = 0, others = 0;
	int rc = 0;

	for (size_t i = 0; i < view->count; i++) {
		const struct fact_row *stored = &view->items[i];

		due += stored->is_confirmed && is_due(facts, stored);
		others += !stored->is_confirmed && stored->gone_at == 0;
	}
	if (due > 1 && others == 0)
		return fact_rows_seen(store, facts);
	for (size_t i = 0; i < view->count && due > 0 && rc == 0; i++) {
		if (view->items[i].is_confirmed && is_due(facts, &view->items[i]))
			rc = fact_row_seen(store, facts, &view->items[i]);
	}
	return rc;
}

static int
commit_many(struct store *store, const struct batch_facts *facts, struct fact_view *view)
{
	size_t count = facts->list.count;
	const struct fact **sorted = calloc(count + 1, sizeof(struct fact *));
	int rc = sorted == NULL ? ERR_NOMEM : fact_rows_read(store, facts, view);

	for (size_t i = 0; i < count && rc == 0; i++)
		sorted[i] = &facts->list.items[i];
	if (rc == 0) {
		qsort(sorted, count, sizeof(struct fact *), compare_facts);
		rc = compare_all(store, facts, sorted, view);
	}
	if (rc == 0)
		rc = note_confirmed(store, facts, view);
	free(sorted);
	return rc;
}

/* Forgets the rows; the memory of many small lists is given back at once. */
static void
clear_view(struct fact_view *view)
{
	if (view->text.used > VIEW_BYTES_MAX)
		arena_fini(&view->text);
	view->count = 0;
}

static void
view_fini(struct fact_view *view)
{
	arena_fini(&view->text);
	free(view->items);
}

static int
commit_few(struct store *store, const struct batch_facts *facts, struct fact_view *view)
{
	int rc = 0;

	for (size_t i = 0; i < facts->list.count && rc == 0; i++) {
		clear_view(view);
		rc = fact_rows_read_one(store, facts, &facts->list.items[i], view);
		if (rc == 0)
			rc = commit_fact(store, facts, &facts->list.items[i],
					 view->count > 0 ? &view->items[0] : NULL);
		if (rc == 0)
			rc = note_confirmed(store, facts, view);
	}
	return rc;
}

int
commit_facts(struct store *store, const struct store_batch *batch)
{
	struct fact_view view = {0};
	int rc = 0;

	arena_init(&view.text);
	for (size_t i = 0; i < batch->facts.count && rc == 0; i++) {
		const struct batch_facts *facts = &batch->facts.items[i];

		clear_view(&view);
		if (facts->complete == 0 && facts->list.count <= FEW_FACTS) {
			rc = commit_few(store, facts, &view);
			continue;
		}
		rc = commit_many(store, facts, &view);
	}
	view_fini(&view);
	return rc;
}

int
commit_facts_gone(struct store *store, uint32_t device, enum probe_id probe, int64_t at_ms)
{
	const struct batch_facts none = {.id = device, .probe = probe, .at_ms = at_ms};
	struct fact_view view = {0};
	enum fact_key key;
	int rc;

	arena_init(&view.text);
	rc = fact_rows_read(store, &none, &view);
	for (size_t i = 0; i < view.count && rc == 0; i++) {
		if (view.items[i].gone_at == 0 && fact_parse(view.items[i].key, &key) == 0)
			rc = end_fact(store, &none, key, &view.items[i], false);
	}
	view_fini(&view);
	return rc;
}
