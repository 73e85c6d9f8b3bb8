/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading what could be checked on each device, and why the rest could not: from the facts that an
 * audit goes by, the states of the probes that bring them, and the ledger of passwords.
 */
#include "device_places.h"
#include "keepwatch/err.h"
#include "keepwatch/name_find.h"
#include "keepwatch/reader_audit.h"
#include "reader.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const part_names[COVERAGE_PART_COUNT] = {
#define X(name, text) text,
	COVERAGE_PARTS(X)
#undef X
};

const char *
coverage_part_name(enum coverage_part part)
{
	return name_of(part_names, COVERAGE_PART_COUNT, (int)part);
}

enum { SOURCES_MAX = 3 };

#define ASKED                                                                         \
	{                                                                             \
		FACT_AUDITED, {"onvif"}, "not asked yet", "no probe that asks for it" \
	}
#define EXPOSED                                                                          \
	{                                                                                \
		FACT_AUDITED, {"exposure"}, "not checked yet", "not probed for exposure" \
	}

/* Which probes check a part, and by which fact: AUDITED of the part's name, or one of its own. */
static const struct source {
	enum fact_key key;
	const char *probes[SOURCES_MAX];
	const char *untold; /* why, if one of them works, and says nothing of it */
	const char *none;   /* if none of them looks at the device */
} sources[COVERAGE_PART_COUNT] = {
	[COVERAGE_FIRMWARE] = {FACT_FIRMWARE,
			       {"onvif", "vendor", "snmp"},
			       "tells no version that is known to be one",
			       "no probe that reads it: has it a credential?"},
	[COVERAGE_PASSWORDS] = {FACT_COUNT,
				{"onvif", "vendor", "snmp"},
				"no login was needed yet",
				"no credential configured"},
	[COVERAGE_USERS] = ASKED,
	[COVERAGE_PORTS] = EXPOSED,
	[COVERAGE_TLS] = EXPOSED,
	[COVERAGE_HTTP] = EXPOSED,
	[COVERAGE_SNMP] = EXPOSED,
	[COVERAGE_ANONYMOUS] = EXPOSED,
	[COVERAGE_DISCOVERY] = ASKED,
	[COVERAGE_NTP] = ASKED,
	[COVERAGE_CLOCK] = {FACT_CLOCK_OFFSET_MS,
			    {"onvif", "vendor", "http"},
			    "tells no time",
			    "no probe that reads its clock"},
};

/* Everything that the lists say, and where it goes. */
struct coverage_read {
	struct reader_device_list devices;
	struct reader_probe_list probes;
	struct reader_fact_list facts;
	struct reader_ledger_list ledger;
	struct device_places places;
	struct reader_coverage_list *out;
	int rc;
};

static char *
copy(struct coverage_read *read, const char *text)
{
	char *out = arena_strdup(&read->out->text, text);

	if (out == NULL)
		read->rc = ERR_NOMEM;
	return out;
}

static struct reader_coverage *
find(struct coverage_read *read, uint32_t device)
{
	size_t at = device_places_find(&read->places, device);

	return at == SIZE_MAX ? NULL : &read->out->items[at];
}

static void
add_devices(struct coverage_read *read)
{
	for (size_t i = 0; i < read->devices.count && read->rc == 0; i++) {
		const struct reader_device *d = &read->devices.items[i];
		struct reader_coverage row = {
			.device = d->id,
			.kind = d->kind,
			.health = d->health,
			.answer_ms = d->answer_ms,
			.name = copy(read, d->name),
			.address = copy(read, d->address),
			.site = copy(read, d->site),
			.owner = copy(read, d->owner),
		};

		if (read->rc == 0)
			read->rc = READER_GROW(read->out);
		if (read->rc == 0)
			read->out->items[read->out->count++] = row;
	}
}

/* A fact that says that a part was checked, or why it was not. */
static void
add_fact(struct coverage_read *read, const struct reader_fact *fact)
{
	bool is_part = fact->key == FACT_AUDITED; /* what any probe has checked is checked */
	struct reader_coverage *row =
		fact->is_shadowed && !is_part ? NULL : find(read, fact->device);

	for (int part = 0; part < COVERAGE_PART_COUNT && row != NULL; part++) {
		struct reader_coverage_part *p = &row->parts[part];

		if (sources[part].key != fact->key ||
		    (is_part && strcmp(fact->instance, part_names[part]) != 0))
			continue;
		if (!is_part || strcmp(fact->value, "checked") == 0) {
			if (fact->last_seen_ms > p->checked_ms)
				p->checked_ms = fact->last_seen_ms;
			p->reason = NULL;
			p->since_ms = 0;
		} else if (p->checked_ms == 0 && p->reason == NULL) {
			p->reason = copy(read, fact->value);
			p->since_ms = fact->changed_ms;
		}
	}
}

/* A part that cannot be checked now may have been, before: until when. */
static void
add_past(struct coverage_read *read, struct reader *reader, const struct reader_filter *filter)
{
	struct sql_call call = sql_prepare(
		&reader->sql,
		"SELECT h.device, h.instance, max(h.until) FROM" READER_FROM
		"JOIN fact_history h ON h.device = d.id AND h.key = 'audited'"
		" AND h.value = 'checked' WHERE" READER_WHERE "GROUP BY h.device, h.instance");

	reader_put_filter(&call, filter);
	while (read->rc == 0 && sql_row(&call)) {
		struct reader_coverage *row = find(read, (uint32_t)sql_int(&call, 0));
		int part = name_find(part_names, COVERAGE_PART_COUNT, sql_text(&call, 1));

		if (row != NULL && part >= 0 && row->parts[part].checked_ms == 0)
			row->parts[part].checked_ms = sql_int(&call, 2);
	}
	if (sql_done(&call) != 0)
		read->rc = reader_failed(reader, call.rc, "history cannot be read");
}

static void
add_ledger(struct coverage_read *read, const struct ledger_entry *entry)
{
	struct reader_coverage *row = find(read, entry->device);
	struct reader_coverage_part *p;
	char words[LEDGER_ACCOUNT_SIZE + 64];

	if (row == NULL)
		return;
	p = &row->parts[COVERAGE_PASSWORDS];
	if (entry->last_proven_ms > p->checked_ms)
		p->checked_ms = entry->last_proven_ms;
	if (entry->refused_ms == 0 || p->reason != NULL)
		return;
	snprintf(words, sizeof(words), "%s: login of %s refused", ledger_use_name(entry->use),
		 entry->account);
	p->reason = copy(read, words);
	p->since_ms = entry->refused_ms;
}

/* The state of a probe of a device; NULL if it is not used there. */
static const struct reader_probe *
find_probe(const struct reader_probe_list *probes, uint32_t device, const char *name)
{
	size_t low = 0, high = probes->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (probes->items[middle].device < device)
			low = middle + 1;
		else
			high = middle;
	}
	for (; low < probes->count && probes->items[low].device == device; low++) {
		if (strcmp(probes->items[low].probe, name) == 0)
			return &probes->items[low];
	}
	return NULL;
}

/* Says why from the probes: nothing if one of them works, and the part was checked. */
static void
explain(struct coverage_read *read, const struct reader_coverage *row, int part,
	struct reader_coverage_part *p)
{
	const struct reader_probe *failed = NULL, *working = NULL;
	char words[RESULT_DETAIL_SIZE + 128];

	for (int i = 0; i < SOURCES_MAX && sources[part].probes[i] != NULL; i++) {
		const struct reader_probe *probe =
			find_probe(&read->probes, row->device, sources[part].probes[i]);

		if (probe == NULL)
			continue;
		if (probe->health == HEALTH_UP || probe->reason == REASON_NONE)
			working = working == NULL ? probe : working;
		else
			failed = failed == NULL ? probe : failed;
	}
	if (working != NULL && p->checked_ms != 0) {
		p->reason = copy(read, "");
		return;
	}
	if (failed != NULL) {
		snprintf(words, sizeof(words), "%s: %s", failed->probe,
			 reason_text(failed->reason));
		p->reason = copy(read, words);
		p->since_ms = failed->since_ms;
		return;
	}
	if (working != NULL)
		snprintf(words, sizeof(words), "%s: %s", working->probe, sources[part].untold);
	else
		snprintf(words, sizeof(words), "%s", sources[part].none);
	p->reason = copy(read, words);
}

static int
read_all(struct reader *reader, const struct reader_filter *filter, struct coverage_read *read)
{
	const uint64_t keys = UINT64_C(1) << FACT_FIRMWARE | UINT64_C(1) << FACT_CLOCK_OFFSET_MS |
			      UINT64_C(1) << FACT_AUDITED;
	int rc = reader_devices(reader, filter, &read->devices);

	if (rc == 0)
		rc = reader_probes(reader, filter, &read->probes);
	if (rc == 0)
		rc = reader_facts(reader, filter, keys, false, &read->facts);
	if (rc == 0)
		rc = reader_ledger(reader, filter, &read->ledger);
	return rc;
}

int
reader_coverage(struct reader *reader, const struct reader_filter *filter,
		struct reader_coverage_list *out)
{
	struct coverage_read read = {.out = out};
	int rc = reader_begin(reader);

	*out = (struct reader_coverage_list){0};
	if (rc != 0)
		return rc;
	rc = read_all(reader, filter, &read);
	if (rc != 0)
		goto out;
	read.rc = device_places_init(&read.places, &read.devices);
	add_devices(&read);
	for (size_t i = 0; i < read.facts.count && read.rc == 0; i++)
		add_fact(&read, &read.facts.items[i]);
	if (read.rc == 0)
		add_past(&read, reader, filter);
	for (size_t i = 0; i < read.ledger.count && read.rc == 0; i++)
		add_ledger(&read, &read.ledger.items[i].entry);
	for (size_t i = 0; i < out->count; i++) {
		for (int part = 0; part < COVERAGE_PART_COUNT && read.rc == 0; part++) {
			if (out->items[i].parts[part].reason == NULL)
				explain(&read, &out->items[i], part, &out->items[i].parts[part]);
		}
	}
	rc = read.rc;
	if (rc == ERR_NOMEM)
		reader_failed(reader, rc, "");
out:
	reader_end(reader);
	free(read.places.items);
	reader_ledger_list_fini(&read.ledger);
	reader_fact_list_fini(&read.facts);
	reader_probe_list_fini(&read.probes);
	reader_device_list_fini(&read.devices);
	if (rc != 0)
		reader_coverage_list_fini(out);
	return rc;
}
