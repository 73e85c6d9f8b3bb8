/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Summaries over the fleet: how many devices of what, how values of a fact are spread, which clocks
 * are off.
 */
#include "reader.h"

#include "keepwatch/err.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

int
reader_counts(struct reader *reader, const struct reader_filter *filter,
	      struct reader_count_list *out)
{
	struct sql_call call = sql_prepare(
		&reader->sql, "SELECT d.site, d.kind, coalesce(s.health, 'unknown'), count(*),"
			      " sum(coalesce(s.flapping, 0)) FROM" READER_FROM "WHERE" READER_WHERE
			      "GROUP BY 1, 2, 3 ORDER BY 1, 2, 3");
	int rc = 0;

	*out = (struct reader_count_list){0};
	reader_put_filter(&call, filter);
	while (rc == 0 && sql_row(&call)) {
		struct reader_count c = {
			.site = reader_text(&out->text, &call, 0, &rc),
			.kind = reader_kind(sql_text(&call, 1)),
			.health = reader_health(sql_text(&call, 2)),
			.count = (size_t)sql_int(&call, 3),
			.flapping = (size_t)sql_int(&call, 4),
		};

		if (rc == 0)
			rc = READER_GROW(out);
		if (rc == 0)
			out->items[out->count++] = c;
	}
	if (sql_done(&call) != 0)
		rc = call.rc;
	if (rc != 0)
		reader_count_list_fini(out);
	return reader_failed(reader, rc, "devices cannot be counted");
}

/* A device by its id in a list sorted so; NULL if it is not there. */
static struct reader_spread *
find_row(struct reader_spread *rows, const struct reader_device_list *devices, uint32_t id)
{
	size_t low = 0, high = devices->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (devices->items[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return low < devices->count && devices->items[low].id == id ? &rows[low] : NULL;
}

static int
compare_ids(const void *left, const void *right)
{
	const struct reader_device *a = left, *b = right;

	return (a->id > b->id) - (a->id < b->id);
}

static int
compare_rows(const void *left, const void *right)
{
	const struct reader_spread *a = left, *b = right;
	int order = strcmp(a->vendor, b->vendor);

	if (order == 0)
		order = strcmp(a->model, b->model);
	return order != 0 ? order : strcmp(a->value, b->value);
}

static int
compare_spread(const void *left, const void *right)
{
	const struct reader_spread *a = left, *b = right;
	int order = strcmp(a->vendor, b->vendor);

	if (order == 0)
		order = strcmp(a->model, b->model);
	if (order == 0 && a->count != b->count)
		return a->count > b->count ? -1 : 1;
	return order != 0 ? order : strcmp(a->value, b->value);
}

/* Equal neighbours become one row with their number. */
static int
count_rows(const struct reader_spread *rows, size_t count, struct reader_spread_list *out)
{
	for (size_t i = 0; i < count; i++) {
		struct reader_spread row = {.count = 1};
		int rc;

		if (i > 0 && compare_rows(&rows[i], &rows[i - 1]) == 0) {
			out->items[out->count - 1].count++;
			continue;
		}
		row.vendor = arena_strdup(&out->text, rows[i].vendor);
		row.model = arena_strdup(&out->text, rows[i].model);
		row.value = arena_strdup(&out->text, rows[i].value);
		if (row.vendor == NULL || row.model == NULL || row.value == NULL)
			return ERR_NOMEM;
		rc = READER_GROW(out);
		if (rc != 0)
			return rc;
		out->items[out->count++] = row;
	}
	if (out->count > 1)
		qsort(out->items, out->count, sizeof(*out->items), compare_spread);
	return 0;
}

/* One row a device, from the believed facts; then equal rows are counted. */
static int
spread(const struct reader_device_list *devices, const struct reader_fact_list *facts,
       enum fact_key key, struct reader_spread_list *out)
{
	struct reader_spread *rows = calloc(devices->count, sizeof(*rows));
	char nothing[] = "";
	int rc;

	if (rows == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < devices->count; i++)
		rows[i] = (struct reader_spread){nothing, nothing, nothing, 1};
	for (size_t i = facts->count; i-- > 0;) {
		const struct reader_fact *fact = &facts->items[i];
		struct reader_spread *row = find_row(rows, devices, fact->device);

		if (row == NULL || fact->is_shadowed)
			continue;
		/* backwards: the first instance is the one that stays */
		if (fact->key == FACT_VENDOR)
			row->vendor = fact->value;
		if (fact->key == FACT_MODEL)
			row->model = fact->value;
		if (fact->key == key)
			row->value = fact->value;
	}
	qsort(rows, devices->count, sizeof(*rows), compare_rows);
	rc = count_rows(rows, devices->count, out);
	free(rows);
	return rc;
}

/* Devices, by their numbers, and facts of theirs, of one snapshot. Both lists are the caller's to
 * free, also on failure. */
static int
read_both(struct reader *reader, const struct reader_filter *filter, uint64_t keys,
	  struct reader_device_list *devices, struct reader_fact_list *facts)
{
	int rc = reader_begin(reader);

	if (rc != 0)
		return rc;
	rc = reader_devices(reader, filter, devices);
	if (rc == 0)
		rc = reader_facts(reader, filter, keys, false, facts);
	reader_end(reader);
	if (rc == 0 && devices->count > 0)
		qsort(devices->items, devices->count, sizeof(*devices->items), compare_ids);
	return rc;
}

int
reader_spread(struct reader *reader, const struct reader_filter *filter, enum fact_key key,
	      struct reader_spread_list *out)
{
	uint64_t keys = UINT64_C(1) << FACT_VENDOR | UINT64_C(1) << FACT_MODEL | UINT64_C(1) << key;
	struct reader_device_list devices = {0};
	struct reader_fact_list facts = {0};
	int rc = read_both(reader, filter, keys, &devices, &facts);

	*out = (struct reader_spread_list){0};
	if (rc == 0 && devices.count > 0)
		rc = reader_failed(reader, spread(&devices, &facts, key, out), "no memory");
	reader_device_list_fini(&devices);
	reader_fact_list_fini(&facts);
	if (rc != 0)
		reader_spread_list_fini(out);
	return rc;
}

/* Worst first; the same by name. */
static int
compare_drifts(const void *left, const void *right)
{
	const struct reader_drift *a = left, *b = right;
	uint64_t a_size = (uint64_t)llabs(a->offset_ms), b_size = (uint64_t)llabs(b->offset_ms);

	if (a_size != b_size)
		return a_size > b_size ? -1 : 1;
	return strcmp(a->name, b->name);
}

/* A whole number of ms from a device's fact; false for anything else. */
static bool
parse_offset(const char *text, int64_t *out)
{
	char *end;
	long long value;

	errno = 0;
	value = strtoll(text, &end, 10);
	if (errno != 0 || end == text || *end != '\0' || value == LLONG_MIN)
		return false;
	*out = value;
	return true;
}

/* Adds one device's clock; source: the believed one. */
static int
add_drift(const struct reader_device *device, const struct reader_fact *offset, const char *source,
	  int64_t min_ms, struct reader_drift_list *out)
{
	struct reader_drift drift = {.device = device->id, .seen_ms = offset->last_seen_ms};
	int rc;

	if (!parse_offset(offset->value, &drift.offset_ms) || llabs(drift.offset_ms) < min_ms)
		return 0;
	drift.name = arena_strdup(&out->text, device->name);
	drift.site = arena_strdup(&out->text, device->site);
	drift.source = arena_strdup(&out->text, source);
	if (drift.name == NULL || drift.site == NULL || drift.source == NULL)
		return ERR_NOMEM;
	rc = READER_GROW(out);
	if (rc == 0)
		out->items[out->count++] = drift;
	return rc;
}

/* Devices and facts both ascend by device id. */
static int
drifts(const struct reader_device_list *devices, const struct reader_fact_list *facts,
       int64_t min_ms, struct reader_drift_list *out)
{
	size_t at = 0;
	int rc = 0;

	for (size_t i = 0; i < devices->count && rc == 0; i++) {
		const struct reader_device *device = &devices->items[i];
		const struct reader_fact *offset = NULL;
		const char *source = "";

		for (; at < facts->count && facts->items[at].device <= device->id; at++) {
			const struct reader_fact *fact = &facts->items[at];

			if (fact->device != device->id || fact->is_shadowed)
				continue;
			if (fact->key == FACT_CLOCK_OFFSET_MS && offset == NULL)
				offset = fact;
			if (fact->key == FACT_CLOCK_SOURCE && source[0] == '\0')
				source = fact->value;
		}
		if (offset != NULL)
			rc = add_drift(device, offset, source, min_ms, out);
	}
	if (out->count > 1)
		qsort(out->items, out->count, sizeof(*out->items), compare_drifts);
	return rc;
}

int
reader_drifts(struct reader *reader, const struct reader_filter *filter, int64_t min_ms,
	      struct reader_drift_list *out)
{
	uint64_t keys = UINT64_C(1) << FACT_CLOCK_OFFSET_MS | UINT64_C(1) << FACT_CLOCK_SOURCE;
	struct reader_device_list devices = {0};
	struct reader_fact_list facts = {0};
	int rc = read_both(reader, filter, keys, &devices, &facts);

	*out = (struct reader_drift_list){0};
	if (rc == 0 && devices.count > 0)
		rc = reader_failed(reader, drifts(&devices, &facts, min_ms, out), "no memory");
	reader_device_list_fini(&devices);
	reader_fact_list_fini(&facts);
	if (rc != 0)
		reader_drift_list_fini(out);
	return rc;
}
