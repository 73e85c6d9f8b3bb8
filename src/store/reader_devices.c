/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading devices, their probes, and how many there are of what.
 */
#include "reader.h"

#include "keepwatch/err.h"
#include "last_row.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define DEVICE_COLUMNS                                                                          \
	"SELECT d.id, d.kind, d.name, d.address, d.site, d.owner, d.upstream_switch,"           \
	" d.upstream_port, d.tags, d.declared_at, d.removed_at, coalesce(s.health, 'unknown')," \
	" coalesce(s.reason, 'NONE'), coalesce(s.since, d.declared_at), s.detail,"              \
	" coalesce(s.flapping, 0) FROM" READER_FROM

int
reader_lasts(struct reader *reader, uint32_t chunk, size_t *count)
{
	struct sql_call call = sql_prepare(&reader->sql, LAST_ROW);

	return last_row_read(&call, chunk, reader->lasts, count);
}

static int
read_devices(struct sql_call *call, struct reader_device_list *out)
{
	int rc = 0;

	while (rc == 0 && sql_row(call)) {
		struct reader_device d = {
			.id = (uint32_t)sql_int(call, 0),
			.kind = reader_kind(sql_text(call, 1)),
			.name = reader_text(&out->text, call, 2, &rc),
			.address = reader_text(&out->text, call, 3, &rc),
			.site = reader_text(&out->text, call, 4, &rc),
			.owner = reader_text(&out->text, call, 5, &rc),
			.upstream_switch = reader_text(&out->text, call, 6, &rc),
			.upstream_port = reader_text(&out->text, call, 7, &rc),
			.tags = reader_text(&out->text, call, 8, &rc),
			.declared_ms = sql_int(call, 9),
			.removed_ms = sql_int(call, 10),
			.health = reader_health(sql_text(call, 11)),
			.reason = reader_reason(sql_text(call, 12)),
			.since_ms = sql_int(call, 13),
			.detail = reader_text(&out->text, call, 14, &rc),
			.is_flapping = sql_int(call, 15) != 0,
		};

		if (rc == 0)
			rc = READER_GROW(out);
		if (rc == 0)
			out->items[out->count++] = d;
	}
	return sql_done(call) != 0 ? call->rc : rc;
}

/* A device of the list by id, from an index that is sorted by id. */
static int
compare_ids(const void *left, const void *right)
{
	const struct reader_device *const *a = left, *const *b = right;

	return ((*a)->id > (*b)->id) - ((*a)->id < (*b)->id);
}

/* The latest run and answer over all probes, from the packed rows. */
static int
add_last_runs(struct reader *reader, struct reader_device_list *out)
{
	struct reader_device **by_id;
	uint32_t chunk = UINT32_MAX;
	size_t lasts = 0, at = 0;
	int rc = 0;

	if (out->count == 0)
		return 0;
	by_id = calloc(out->count, sizeof(struct reader_device *));
	if (by_id == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < out->count; i++)
		by_id[i] = &out->items[i];
	qsort(by_id, out->count, sizeof(*by_id), compare_ids);
	for (size_t i = 0; i < out->count && rc == 0; i++) {
		struct reader_device *d = by_id[i];

		if (d->id / SERIES_DEVICES != chunk) {
			chunk = d->id / SERIES_DEVICES;
			at = 0;
			rc = reader_lasts(reader, chunk, &lasts);
		}
		for (; at < lasts && reader->lasts[at].device <= d->id % SERIES_DEVICES; at++) {
			const struct store_last *last = &reader->lasts[at].last;

			if (reader->lasts[at].device != d->id % SERIES_DEVICES)
				continue;
			if (last->run_ms > d->run_ms)
				d->run_ms = last->run_ms;
			if (last->answer_ms > d->answer_ms)
				d->answer_ms = last->answer_ms;
		}
	}
	free(by_id);
	return rc;
}

int
reader_devices(struct reader *reader, const struct reader_filter *filter,
	       struct reader_device_list *out)
{
	struct sql_call call;
	int rc = reader_begin(reader);

	*out = (struct reader_device_list){0};
	if (rc != 0)
		return rc;
	call = sql_prepare(&reader->sql, reader_is_one(filter)
						 ? DEVICE_COLUMNS "WHERE" READER_WHERE READER_ONE
						 : DEVICE_COLUMNS "WHERE" READER_WHERE
								  "ORDER BY d.site, d.name");
	reader_put_filter(&call, filter);
	rc = read_devices(&call, out);
	if (rc == 0)
		rc = add_last_runs(reader, out);
	reader_end(reader);
	if (rc != 0)
		reader_device_list_fini(out);
	return reader_failed(reader, rc, "devices cannot be read");
}

/* Those that match in the best way: name before address, declared before removed. */
static int
find_by(struct reader *reader, const char *text, const char *key, struct reader_device_list *out)
{
	struct sql_call call = sql_prepare(&reader->sql, text);

	sql_put_text(&call, key);
	return read_devices(&call, out);
}

int
reader_find(struct reader *reader, const char *name_or_address, struct reader_device_list *out)
{
	int rc = reader_begin(reader);

	*out = (struct reader_device_list){0};
	if (rc != 0)
		return rc;
	rc = find_by(reader, DEVICE_COLUMNS "WHERE d.name = ?", name_or_address, out);
	if (rc == 0 && out->count == 0)
		rc = find_by(reader,
			     DEVICE_COLUMNS "WHERE d.address = ? AND d.removed_at = 0"
					    " ORDER BY d.name",
			     name_or_address, out);
	if (rc == 0 && out->count == 0)
		rc = find_by(reader,
			     DEVICE_COLUMNS "WHERE d.address = ? AND d.removed_at > 0"
					    " ORDER BY d.name",
			     name_or_address, out);
	if (rc == 0)
		rc = add_last_runs(reader, out);
	reader_end(reader);
	if (rc != 0) {
		reader_device_list_fini(out);
		return reader_failed(reader, rc, "devices cannot be read");
	}
	if (out->count == 0) {
		snprintf(reader->message, sizeof(reader->message),
			 "no device has the name or address \"%s\"", name_or_address);
		return ERR_NOTFOUND;
	}
	if (out->count > 1) {
		snprintf(reader->message, sizeof(reader->message),
			 "%zu devices have the address %s: name one", out->count, name_or_address);
		return ERR_EXISTS;
	}
	return 0;
}

/* What the packed row says of the last run of one probe. */
static void
add_last(struct reader *reader, size_t lasts, uint8_t number, struct reader_probe *probe)
{
	for (size_t i = 0; i < lasts; i++) {
		if (reader->lasts[i].device == probe->device % SERIES_DEVICES &&
		    reader->lasts[i].probe == number) {
			probe->outcome = reader->lasts[i].last.outcome;
			probe->run_ms = reader->lasts[i].last.run_ms;
			probe->answer_ms = reader->lasts[i].last.answer_ms;
			probe->rtt_us = reader->lasts[i].last.rtt_us;
		}
	}
}

#define PROBE_COLUMNS                                                                         \
	"SELECT p.device, n.name, p.health, p.reason, p.since, p.detail, p.flapping, p.probe" \
	" FROM" READER_FROM "JOIN state p ON p.device = d.id JOIN probe n ON n.id = p.probe"  \
	" WHERE" READER_WHERE
#define PROBE_ORDER "ORDER BY p.device, p.probe"

static int
read_probes(struct reader *reader, const struct reader_filter *filter,
	    struct reader_probe_list *out)
{
	struct sql_call call = sql_prepare(
		&reader->sql, reader_is_one(filter) ? PROBE_COLUMNS READER_ONE PROBE_ORDER
						    : PROBE_COLUMNS PROBE_ORDER);
	uint32_t chunk = UINT32_MAX;
	size_t lasts = 0;
	int rc = 0;

	reader_put_filter(&call, filter);
	while (rc == 0 && sql_row(&call)) {
		struct reader_probe p = {
			.device = (uint32_t)sql_int(&call, 0),
			.probe = reader_text(&out->text, &call, 1, &rc),
			.health = reader_health(sql_text(&call, 2)),
			.reason = reader_reason(sql_text(&call, 3)),
			.since_ms = sql_int(&call, 4),
			.detail = reader_text(&out->text, &call, 5, &rc),
			.is_flapping = sql_int(&call, 6) != 0,
			.rtt_us = RTT_NONE,
		};

		if (rc == 0 && p.device / SERIES_DEVICES != chunk) {
			chunk = p.device / SERIES_DEVICES;
			rc = reader_lasts(reader, chunk, &lasts);
		}
		add_last(reader, lasts, (uint8_t)sql_int(&call, 7), &p);
		if (rc == 0)
			rc = READER_GROW(out);
		if (rc == 0)
			out->items[out->count++] = p;
	}
	return sql_done(&call) != 0 ? call.rc : rc;
}

int
reader_probes(struct reader *reader, const struct reader_filter *filter,
	      struct reader_probe_list *out)
{
	int rc = reader_begin(reader);

	*out = (struct reader_probe_list){0};
	if (rc != 0)
		return rc;
	rc = read_probes(reader, filter, out);
	reader_end(reader);
	if (rc != 0)
		reader_probe_list_fini(out);
	return reader_failed(reader, rc, "states of probes cannot be read");
}
