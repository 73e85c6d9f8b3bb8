/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading what devices are, and with which readings they became something else.
 */
#include "device_places.h"
#include "keepwatch/err.h"
#include "keepwatch/reader_audit.h"
#include "reader.h"

#include <stdlib.h>

static const enum fact_key part_keys[UNIT_PARTS] = {
	[UNIT_VENDOR] = FACT_VENDOR,	 [UNIT_MODEL] = FACT_MODEL,
	[UNIT_FIRMWARE] = FACT_FIRMWARE, [UNIT_SERIAL] = FACT_SERIAL,
	[UNIT_HARDWARE] = FACT_HARDWARE,
};

static int
find_part(enum fact_key key)
{
	for (int part = 0; part < UNIT_PARTS; part++) {
		if (part_keys[part] == key)
			return part;
	}
	return -1;
}

static uint64_t
unit_keys(void)
{
	uint64_t keys = UINT64_C(1) << FACT_SOURCE;

	for (int part = 0; part < UNIT_PARTS; part++)
		keys |= UINT64_C(1) << part_keys[part];
	return keys;
}

/* The first fact of a device in a list by device. */
static size_t
find_first(const struct reader_fact_list *facts, uint32_t device)
{
	size_t low = 0, high = facts->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (facts->items[middle].device < device)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* What the same probe says of where it has a part from; else the probe itself. */
static const char *
find_source(const struct reader_fact_list *facts, const struct reader_fact *fact)
{
	for (size_t i = find_first(facts, fact->device);
	     i < facts->count && facts->items[i].device == fact->device; i++) {
		const struct reader_fact *f = &facts->items[i];

		if (f->key == FACT_SOURCE && f->gone_ms == 0 &&
		    strcmp(f->instance, fact_name(fact->key)) == 0 &&
		    strcmp(f->probe, fact->probe) == 0)
			return f->value;
	}
	return fact->probe;
}

/* A copy in an arena; sets *rc when out of memory. */
static char *
copy(struct mem_arena *arena, const char *text, int *rc)
{
	char *out = arena_strdup(arena, text);

	if (out == NULL)
		*rc = ERR_NOMEM;
	return out;
}

static int
add_unit(struct reader_unit_list *out, const struct reader_device *d)
{
	struct reader_unit unit = {.device = d->id, .kind = d->kind};
	int rc = 0;

	unit.name = copy(&out->text, d->name, &rc);
	unit.address = copy(&out->text, d->address, &rc);
	unit.site = copy(&out->text, d->site, &rc);
	unit.owner = copy(&out->text, d->owner, &rc);
	for (int part = 0; part < UNIT_PARTS; part++)
		unit.parts[part].value = unit.parts[part].source = copy(&out->text, "", &rc);
	if (rc == 0)
		rc = READER_GROW(out);
	if (rc == 0)
		out->items[out->count++] = unit;
	return rc;
}

static int
add_value(struct reader_unit_list *out, size_t at, const struct reader_fact_list *facts,
	  const struct reader_fact *fact)
{
	int part = find_part(fact->key), rc = 0;

	if (part < 0 || fact->is_shadowed || fact->instance[0] != '\0')
		return 0;
	out->items[at].parts[part] = (struct reader_unit_value){
		.value = copy(&out->text, fact->value, &rc),
		.source = copy(&out->text, find_source(facts, fact), &rc),
		.first_seen_ms = fact->first_seen_ms,
		.last_seen_ms = fact->last_seen_ms,
		.changed_ms = fact->changed_ms,
	};
	return rc;
}

int
reader_units(struct reader *reader, const struct reader_filter *filter,
	     struct reader_unit_list *out)
{
	struct reader_device_list devices = {0};
	struct reader_fact_list facts = {0};
	struct device_places places = {0};
	int rc = reader_begin(reader);

	*out = (struct reader_unit_list){0};
	if (rc != 0)
		return rc;
	rc = reader_devices(reader, filter, &devices);
	if (rc == 0)
		rc = reader_facts(reader, filter, unit_keys(), false, &facts);
	reader_end(reader);
	if (rc != 0)
		goto out;
	rc = device_places_init(&places, &devices);
	for (size_t i = 0; i < devices.count && rc == 0; i++)
		rc = add_unit(out, &devices.items[i]);
	for (size_t i = 0; i < facts.count && rc == 0; i++) {
		size_t at = device_places_find(&places, facts.items[i].device);

		if (at != SIZE_MAX)
			rc = add_value(out, at, &facts, &facts.items[i]);
	}
	if (rc != 0)
		reader_failed(reader, rc, "devices cannot be read");
out:
	free(places.items);
	reader_fact_list_fini(&facts);
	reader_device_list_fini(&devices);
	if (rc != 0)
		reader_unit_list_fini(out);
	return rc;
}

/* ---- changes: read newest first, so that what stayed is known from what came after */

struct change_read {
	const struct reader_fact_list *facts;
	struct reader_unit_change_list *out;
	const char *values[UNIT_PARTS]; /* that the probe knew after the reading; in the arena */
};

/* A fact of a device and probe, also one that is gone; NULL. */
static const struct reader_fact *
find_fact(const struct reader_fact_list *facts, uint32_t device, const char *probe,
	  enum fact_key key)
{
	for (size_t i = find_first(facts, device);
	     i < facts->count && facts->items[i].device == device; i++) {
		const struct reader_fact *f = &facts->items[i];

		if (f->key == key && f->instance[0] == '\0' && strcmp(f->probe, probe) == 0)
			return f;
	}
	return NULL;
}

/* Begins with what a probe knows of a device now. */
static int
begin_values(struct change_read *read, uint32_t device, const char *probe)
{
	int rc = 0;

	for (int part = 0; part < UNIT_PARTS; part++) {
		const struct reader_fact *f =
			find_fact(read->facts, device, probe, part_keys[part]);

		read->values[part] = copy(&read->out->text, f == NULL ? "" : f->value, &rc);
	}
	return rc;
}

/* The reading that a row belongs to: the one before it in the list, or a new one. */
static int
find_change(struct change_read *read, struct sql_call *call, struct reader_unit_change **change)
{
	struct reader_unit_change_list *out = read->out;
	struct reader_unit_change *last = out->count == 0 ? NULL : &out->items[out->count - 1];
	uint32_t device = (uint32_t)sql_int(call, 0);
	const char *probe = sql_text(call, 1);
	struct reader_unit_change made = {.device = device, .at_ms = sql_int(call, 2)};
	bool is_known = last != NULL && last->device == device && strcmp(last->probe, probe) == 0;
	int rc = 0;

	*change = last;
	if (is_known && last->at_ms == made.at_ms)
		return 0;
	if (!is_known)
		rc = begin_values(read, device, probe);
	made.kind = reader_kind(sql_text(call, 7));
	made.name = reader_text(&out->text, call, 8, &rc);
	made.site = reader_text(&out->text, call, 9, &rc);
	made.probe = reader_text(&out->text, call, 1, &rc);
	for (int part = 0; part < UNIT_PARTS; part++)
		made.from[part] = made.to[part] = (char *)(uintptr_t)read->values[part];
	if (rc == 0)
		rc = READER_GROW(out);
	if (rc != 0)
		return rc;
	out->items[out->count] = made;
	*change = &out->items[out->count++];
	return 0;
}

static int
add_change(struct change_read *read, struct sql_call *call)
{
	struct reader_unit_change *change;
	const struct reader_fact *fact;
	int64_t after_ms = sql_int(call, 6);
	enum fact_key key;
	int part, rc;

	if (fact_parse(sql_text(call, 3), &key) != 0 || (part = find_part(key)) < 0)
		return 0;
	fact = find_fact(read->facts, (uint32_t)sql_int(call, 0), sql_text(call, 1), key);
	if (fact != NULL && fact->gone_ms == 0 && fact->is_shadowed)
		return 0;
	rc = find_change(read, call, &change);
	if (rc != 0)
		return rc;
	change->from[part] = reader_text(&read->out->text, call, 4, &rc);
	change->to[part] = reader_text(&read->out->text, call, 5, &rc);
	change->changed |= 1U << part;
	if (after_ms > change->after_ms)
		change->after_ms = after_ms;
	read->values[part] = change->from[part];
	return rc;
}

static int
compare_changes(const void *left, const void *right)
{
	const struct reader_unit_change *a = left, *b = right;

	if (a->at_ms != b->at_ms)
		return a->at_ms < b->at_ms ? -1 : 1;
	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	return strcmp(a->probe, b->probe);
}

int
reader_unit_changes(struct reader *reader, const struct reader_filter *filter, int64_t since_ms,
		    struct reader_unit_change_list *out)
{
	struct reader_fact_list facts = {0};
	struct change_read read = {.facts = &facts, .out = out};
	struct sql_call call;
	int rc = reader_begin(reader);

	*out = (struct reader_unit_change_list){0};
	if (rc != 0)
		return rc;
	rc = reader_facts(reader, filter, unit_keys(), true, &facts);
	if (rc != 0)
		goto out;
	call = sql_prepare(&reader->sql,
			   "SELECT u.device, n.name, u.at, u.key, u.from_value, u.to_value,"
			   " u.last_seen, d.kind, d.name, d.site FROM" READER_FROM
			   "JOIN unit_change u ON u.device = d.id JOIN probe n ON n.id = u.probe"
			   " WHERE" READER_WHERE "AND u.at >= ?8"
			   " ORDER BY u.device, n.name, u.at DESC");
	reader_put_filter(&call, filter);
	sql_put_int(&call, since_ms);
	while (rc == 0 && sql_row(&call))
		rc = add_change(&read, &call);
	if (sql_done(&call) != 0)
		rc = call.rc;
	reader_failed(reader, rc, "changes of firmware cannot be read");
out:
	reader_end(reader);
	reader_fact_list_fini(&facts);
	if (rc != 0)
		reader_unit_change_list_fini(out);
	else if (out->count > 1)
		qsort(out->items, out->count, sizeof(*out->items), compare_changes);
	return rc;
}
