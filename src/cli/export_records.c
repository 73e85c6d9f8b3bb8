/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Exports of what an audit goes by: firmware, passwords, what could be checked, when nobody
 * watched.
 */
#include "export.h"

#include "coverage_sheet.h"
#include "event_sheet.h"
#include "firmware_sheet.h"
#include "password_sheet.h"

#include "keepwatch/err.h"

#include <stdlib.h>

/* Which devices are wanted. */
struct wanted {
	struct reader_device_list devices;
	struct id_place *ids;
	bool is_all;
};

static void
wanted_fini(struct wanted *wanted)
{
	free(wanted->ids);
	reader_device_list_fini(&wanted->devices);
}

/* with_removed: also devices that left the fleet file. */
static int
begin(struct export *export, struct wanted *wanted, bool with_removed)
{
	int rc;

	*wanted = (struct wanted){.is_all = selection_is_all(&export->selection)};
	if (wanted->is_all)
		return 0;
	rc = with_removed ? selection_read_all(&export->selection, &wanted->devices)
			  : selection_read(&export->selection, &wanted->devices);
	if (rc == 0) {
		wanted->ids = ids_sort(&wanted->devices);
		if (wanted->ids != NULL)
			return 0;
		cli_complain(export->cli, "%s", err_text(ERR_NOMEM));
		rc = CLI_UNREADABLE;
	}
	wanted_fini(wanted);
	return rc;
}

/* What --since says: 0 without it. */
static int
since(const struct export *export, int64_t *since_ms)
{
	struct reader_event_query query;
	int rc = event_query_init(export->cli, &query, 0);

	*since_ms = query.since_ms;
	return rc;
}

/* Of what went by: --since, and of removed devices too. */
static int
begin_history(struct export *export, struct wanted *wanted, struct reader_filter *filter,
	      int64_t *since_ms)
{
	int rc = begin(export, wanted, true);

	*filter = READER_FILTER_ANY;
	filter->with_removed = true;
	if (rc != 0)
		return rc;
	rc = since(export, since_ms);
	if (rc != 0)
		wanted_fini(wanted);
	return rc;
}

/* Whether a row of this device is wanted; there is room for it. */
static bool
is_next(struct export *export, const struct wanted *wanted, uint32_t device)
{
	if (!wanted->is_all && ids_find(wanted->ids, wanted->devices.count, device) == SIZE_MAX)
		return false;
	if (export->sheet.row_count >= EXPORT_PIECE_ROWS)
		export_write_piece(export);
	return true;
}

/* Ends the document, or complains of the reader. */
static int
finish(struct export *export, struct wanted *wanted, int rc)
{
	wanted_fini(wanted);
	if (rc != 0)
		return cli_reader_failed(export->cli, rc);
	export_end(export);
	return 0;
}

/* ---- firmware */

/* The newest reading of each device that told another firmware or another unit. */
struct last_change {
	uint32_t device;
	const struct reader_unit_change *change;
};

static int
compare_last(const void *left, const void *right)
{
	const struct last_change *a = left, *b = right;

	if (a->device != b->device)
		return a->device < b->device ? -1 : 1;
	return (a->change->at_ms > b->change->at_ms) - (a->change->at_ms < b->change->at_ms);
}

/* By device; the last of several of one device is the newest. NULL when out of memory. */
static struct last_change *
sort_changes(const struct reader_unit_change_list *changes, size_t *count)
{
	struct last_change *out = calloc(changes->count + 1, sizeof(*out));

	*count = 0;
	for (size_t i = 0; i < changes->count && out != NULL; i++) {
		const struct reader_unit_change *change = &changes->items[i];

		if ((change->changed & (1U << UNIT_FIRMWARE | 1U << UNIT_SERIAL)) != 0)
			out[(*count)++] = (struct last_change){change->device, change};
	}
	if (out != NULL)
		qsort(out, *count, sizeof(*out), compare_last);
	return out;
}

static const struct reader_unit_change *
find_last(const struct last_change *changes, size_t count, uint32_t device)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (changes[middle].device <= device)
			low = middle + 1;
		else
			high = middle;
	}
	return low > 0 && changes[low - 1].device == device ? changes[low - 1].change : NULL;
}

int
export_firmware_run(struct export *export)
{
	struct reader_unit_change_list changes = {0};
	struct reader_unit_list units = {0};
	struct last_change *last = NULL;
	struct wanted wanted;
	size_t count = 0;
	int rc = begin(export, &wanted, false);

	if (rc != 0)
		return rc;
	rc = reader_units(export->cli->reader, NULL, &units);
	if (rc == 0)
		rc = reader_unit_changes(export->cli->reader, NULL, 0, &changes);
	if (rc == 0) {
		last = sort_changes(&changes, &count);
		rc = last == NULL ? ERR_NOMEM : 0;
	}
	for (size_t i = 0; i < units.count && rc == 0; i++)
		if (is_next(export, &wanted, units.items[i].device))
			firmware_sheet_add(&export->sheet, &units.items[i],
					   find_last(last, count, units.items[i].device));
	rc = finish(export, &wanted, rc);
	free(last);
	reader_unit_list_fini(&units);
	reader_unit_change_list_fini(&changes);
	return rc;
}

int
export_firmware_history_run(struct export *export)
{
	struct reader_filter filter;
	struct reader_unit_change_list changes = {0};
	struct wanted wanted;
	int64_t since_ms = 0;
	int rc = begin_history(export, &wanted, &filter, &since_ms);

	if (rc != 0)
		return rc;
	rc = reader_unit_changes(export->cli->reader, &filter, since_ms, &changes);
	for (size_t i = 0; i < changes.count && rc == 0; i++)
		if (is_next(export, &wanted, changes.items[i].device))
			firmware_change_sheet_add(&export->sheet, &changes.items[i]);
	rc = finish(export, &wanted, rc);
	reader_unit_change_list_fini(&changes);
	return rc;
}

/* ---- passwords */

static int
export_ledger(struct export *export, void (*add)(const struct cli *cli, struct sheet *sheet,
						 const struct reader_ledger *ledger))
{
	struct reader_ledger_list ledger = {0};
	struct wanted wanted;
	int rc = begin(export, &wanted, false);

	if (rc != 0)
		return rc;
	rc = reader_ledger(export->cli->reader, NULL, &ledger);
	for (size_t i = 0; i < ledger.count && rc == 0; i++)
		if (is_next(export, &wanted, ledger.items[i].entry.device))
			add(export->cli, &export->sheet, &ledger.items[i]);
	rc = finish(export, &wanted, rc);
	reader_ledger_list_fini(&ledger);
	return rc;
}

static void
add_password(const struct cli *cli, struct sheet *sheet, const struct reader_ledger *ledger)
{
	(void)cli;
	password_sheet_add(sheet, ledger);
}

int
export_passwords_run(struct export *export)
{
	return export_ledger(export, add_password);
}

int
export_credentials_age_run(struct export *export)
{
	return export_ledger(export, password_age_sheet_add);
}

int
export_passwords_history_run(struct export *export)
{
	struct reader_filter filter;
	struct reader_ledger_event_list events = {0};
	struct wanted wanted;
	int64_t since_ms = 0;
	int rc = begin_history(export, &wanted, &filter, &since_ms);

	if (rc != 0)
		return rc;
	rc = reader_ledger_events(export->cli->reader, &filter, since_ms, &events);
	for (size_t i = 0; i < events.count && rc == 0; i++)
		if (is_next(export, &wanted, events.items[i].device))
			password_event_sheet_add(&export->sheet, &events.items[i]);
	rc = finish(export, &wanted, rc);
	reader_ledger_event_list_fini(&events);
	return rc;
}

/* ---- what it rests on */

int
export_coverage_run(struct export *export)
{
	struct reader_coverage_list coverage = {0};
	struct wanted wanted;
	int rc = begin(export, &wanted, false);

	if (rc != 0)
		return rc;
	rc = reader_coverage(export->cli->reader, NULL, &coverage);
	for (size_t i = 0; i < coverage.count && rc == 0; i++)
		if (is_next(export, &wanted, coverage.items[i].device))
			for (int part = 0; part < COVERAGE_PART_COUNT; part++)
				coverage_sheet_add(&export->sheet, &coverage.items[i],
						   (enum coverage_part)part);
	rc = finish(export, &wanted, rc);
	reader_coverage_list_fini(&coverage);
	return rc;
}

int
export_acceptances_run(struct export *export)
{
	struct reader_acceptance_list acceptances = {0};
	struct wanted wanted;
	int rc = begin(export, &wanted, true);

	if (rc != 0)
		return rc;
	rc = reader_acceptances(export->cli->reader, NULL, &acceptances);
	for (size_t i = 0; i < acceptances.count && rc == 0; i++)
		if (is_next(export, &wanted, acceptances.items[i].node))
			acceptance_sheet_add(export->cli, &export->sheet, &acceptances.items[i]);
	rc = finish(export, &wanted, rc);
	reader_acceptance_list_fini(&acceptances);
	return rc;
}

int
export_downtime_run(struct export *export)
{
	struct wanted wanted = {.is_all = true}; /* of no device */
	struct reader_downtime_list downtimes = {0};
	int64_t since_ms = 0;
	int rc = since(export, &since_ms);

	if (rc != 0)
		return rc;
	rc = reader_downtimes(export->cli->reader, since_ms, export->cli->now_ms, &downtimes);
	for (size_t i = 0; i < downtimes.count && rc == 0; i++)
		if (is_next(export, &wanted, 0))
			downtime_sheet_add(export->cli, &export->sheet, &downtimes.items[i]);
	rc = finish(export, &wanted, rc);
	reader_downtime_list_fini(&downtimes);
	return rc;
}
