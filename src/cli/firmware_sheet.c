/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Firmware as rows of a sheet.
 */
#include "firmware_sheet.h"

#include "keepwatch/mem.h"
#include "keepwatch/name_find.h"
#include "keepwatch/version.h"

#include <strings.h>

#define FIRMWARE_COLUMNS(X)                                                                   \
	X(DEVICE, "device", TEXT, "name in the fleet file")                                   \
	X(SITE, "site", TEXT, "site")                                                         \
	X(KIND, "kind", TEXT, "camera, door, switch ...")                                     \
	X(ADDRESS, "address", TEXT, "address in the fleet file")                              \
	X(OWNER, "owner", TEXT, "who looks after it")                                         \
	X(VENDOR, "vendor", TEXT, "vendor that it reports")                                   \
	X(MODEL, "model", TEXT, "model that it reports")                                      \
	X(FIRMWARE, "firmware", TEXT, "firmware that it reports; none: not known")            \
	X(SOURCE, "firmware_source", TEXT, "who told it: operation, path or MIB object")      \
	X(SERIAL, "serial", TEXT, "serial number that it reports")                            \
	X(HARDWARE, "hardware", TEXT, "hardware version that it reports")                     \
	X(FIRST, "first_seen", TIME, "when it first told a version")                          \
	X(SINCE, "since", TIME, "since when it is known to have this one")                    \
	X(CONFIRMED, "confirmed", TIME, "when that was last seen, to about an hour")          \
	X(CHANGE, "change", TEXT, "what came with it: upgrade, downgrade, replaced, changed") \
	X(PREVIOUS, "previous_firmware", TEXT, "firmware before that")                        \
	X(PREVIOUS_SERIAL, "previous_serial", TEXT,                                           \
	  "serial number before that, if it was another")                                     \
	X(AFTER, "changed_after", TIME, "when the former was last seen")                      \
	X(BEFORE, "changed_before", TIME, "when the present was first seen")

enum firmware_column {
#define X(id, name, type, help) COL_##id,
	FIRMWARE_COLUMNS(X)
#undef X
		COL_COUNT
};

#define X(id, name, type, help) {name, name, CELL_##type, COLUMN_SHOWN, help},
const struct column firmware_columns[] = {FIRMWARE_COLUMNS(X)};
#undef X
const size_t firmware_column_count = COL_COUNT;

#define CHANGE_COLUMNS(X)                                                                  \
	X(DEVICE, "device", TEXT, "name in the fleet file")                                \
	X(SITE, "site", TEXT, "site")                                                      \
	X(KIND, "kind", TEXT, "camera, door, switch ...")                                  \
	X(CHANGE, "change", TEXT, "upgrade, downgrade, replaced (another unit), changed")  \
	X(FROM, "firmware_from", TEXT, "firmware before")                                  \
	X(TO, "firmware_to", TEXT, "firmware after")                                       \
	X(MODEL_FROM, "model_from", TEXT, "model before")                                  \
	X(MODEL_TO, "model_to", TEXT, "model after")                                       \
	X(SERIAL_FROM, "serial_from", TEXT, "serial number before")                        \
	X(SERIAL_TO, "serial_to", TEXT, "serial number after")                             \
	X(HARDWARE_FROM, "hardware_from", TEXT, "hardware version before")                 \
	X(HARDWARE_TO, "hardware_to", TEXT, "hardware version after")                      \
	X(AFTER, "changed_after", TIME, "when the former was last seen, to about an hour") \
	X(BEFORE, "changed_before", TIME, "when the new was first seen")                   \
	X(PROBE, "probe", TEXT, "probe that saw it")

enum change_column {
#define X(id, name, type, help) CHANGE_##id,
	CHANGE_COLUMNS(X)
#undef X
		CHANGE_COUNT
};

#define X(id, name, type, help) {name, name, CELL_##type, COLUMN_SHOWN, help},
const struct column firmware_change_columns[] = {CHANGE_COLUMNS(X)};
#undef X
const size_t firmware_change_column_count = CHANGE_COUNT;

static const char *const change_names[] = {
#define X(name, text) text,
	FIRMWARE_CHANGES(X)
#undef X
};

const char *
firmware_change_name(enum firmware_change change)
{
	return name_of(change_names, MEM_COUNT(change_names), (int)change);
}

/* Both are known and are not the same; some firmware writes serial numbers in other letters. */
static bool
is_other(const struct reader_unit_change *change, enum reader_unit_part part)
{
	return *change->from[part] != '\0' && *change->to[part] != '\0' &&
	       strcasecmp(change->from[part], change->to[part]) != 0;
}

enum firmware_change
firmware_change_of(const struct reader_unit_change *change)
{
	const char *vendor = *change->to[UNIT_VENDOR] != '\0' ? change->to[UNIT_VENDOR]
							      : change->from[UNIT_VENDOR];
	int order = 0;

	if (is_other(change, UNIT_SERIAL))
		return FIRMWARE_REPLACED;
	if (!is_other(change, UNIT_FIRMWARE) ||
	    version_compare(vendor, change->from[UNIT_FIRMWARE], change->to[UNIT_FIRMWARE],
			    &order) != 0 ||
	    order == 0)
		return FIRMWARE_CHANGED;
	return order < 0 ? FIRMWARE_UPGRADE : FIRMWARE_DOWNGRADE;
}

void
firmware_sheet_add(struct sheet *sheet, const struct reader_unit *unit,
		   const struct reader_unit_change *last)
{
	const struct reader_unit_value *firmware = &unit->parts[UNIT_FIRMWARE];
	struct cell *row = sheet_add(sheet);

	cell_set_text(&row[COL_DEVICE], unit->name);
	cell_set_text(&row[COL_SITE], unit->site);
	cell_set_text(&row[COL_KIND], kind_name(unit->kind));
	cell_set_text(&row[COL_ADDRESS], unit->address);
	cell_set_text(&row[COL_OWNER], unit->owner);
	cell_set_text(&row[COL_VENDOR], unit->parts[UNIT_VENDOR].value);
	cell_set_text(&row[COL_MODEL], unit->parts[UNIT_MODEL].value);
	cell_set_text(&row[COL_FIRMWARE], firmware->value);
	cell_set_text(&row[COL_SOURCE], firmware->source);
	cell_set_text(&row[COL_SERIAL], unit->parts[UNIT_SERIAL].value);
	cell_set_text(&row[COL_HARDWARE], unit->parts[UNIT_HARDWARE].value);
	cell_set_time(&row[COL_FIRST], firmware->first_seen_ms);
	cell_set_time(&row[COL_SINCE], firmware->changed_ms);
	cell_set_time(&row[COL_CONFIRMED], firmware->last_seen_ms);
	if (last == NULL)
		return;
	cell_set_text(&row[COL_CHANGE], firmware_change_name(firmware_change_of(last)));
	cell_set_text(&row[COL_PREVIOUS], last->from[UNIT_FIRMWARE]);
	if (is_other(last, UNIT_SERIAL))
		cell_set_text(&row[COL_PREVIOUS_SERIAL], last->from[UNIT_SERIAL]);
	cell_set_time(&row[COL_AFTER], last->after_ms);
	cell_set_time(&row[COL_BEFORE], last->at_ms);
}

void
firmware_change_sheet_add(struct sheet *sheet, const struct reader_unit_change *change)
{
	struct cell *row = sheet_add(sheet);

	cell_set_text(&row[CHANGE_DEVICE], change->name);
	cell_set_text(&row[CHANGE_SITE], change->site);
	cell_set_text(&row[CHANGE_KIND], kind_name(change->kind));
	cell_set_text(&row[CHANGE_CHANGE], firmware_change_name(firmware_change_of(change)));
	cell_set_text(&row[CHANGE_FROM], change->from[UNIT_FIRMWARE]);
	cell_set_text(&row[CHANGE_TO], change->to[UNIT_FIRMWARE]);
	cell_set_text(&row[CHANGE_MODEL_FROM], change->from[UNIT_MODEL]);
	cell_set_text(&row[CHANGE_MODEL_TO], change->to[UNIT_MODEL]);
	cell_set_text(&row[CHANGE_SERIAL_FROM], change->from[UNIT_SERIAL]);
	cell_set_text(&row[CHANGE_SERIAL_TO], change->to[UNIT_SERIAL]);
	cell_set_text(&row[CHANGE_HARDWARE_FROM], change->from[UNIT_HARDWARE]);
	cell_set_text(&row[CHANGE_HARDWARE_TO], change->to[UNIT_HARDWARE]);
	cell_set_time(&row[CHANGE_AFTER], change->after_ms);
	cell_set_time(&row[CHANGE_BEFORE], change->at_ms);
	cell_set_text(&row[CHANGE_PROBE], change->probe);
}
