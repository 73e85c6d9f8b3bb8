/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Firmware as rows: what every device has and with which reading it came; and all such readings.
 */
#ifndef CLI_FIRMWARE_SHEET_H
#define CLI_FIRMWARE_SHEET_H

#include "cli.h"

#include "keepwatch/reader_audit.h"

extern const struct column firmware_columns[];
extern const size_t firmware_column_count;
extern const struct column firmware_change_columns[];
extern const size_t firmware_change_column_count;

/* What a reading that told something else means. */
#define FIRMWARE_CHANGES(X)                                                                   \
	X(UPGRADE, "upgrade")                                                                 \
	X(DOWNGRADE, "downgrade")                                                             \
	X(REPLACED, "replaced") /* another serial number: another unit under the same name */ \
	X(CHANGED, "changed")	/* versions that nobody can order, or another part of it */

enum firmware_change {
#define X(name, text) FIRMWARE_##name,
	FIRMWARE_CHANGES(X)
#undef X
		FIRMWARE_CHANGE_COUNT
};
const char *firmware_change_name(enum firmware_change change);
enum firmware_change firmware_change_of(const struct reader_unit_change *change);

/* Texts are borrowed, and must outlive the sheet or its next sheet_clear. last: the newest reading
 * that told another firmware or another unit; NULL if none ever did. */
void firmware_sheet_add(struct sheet *sheet, const struct reader_unit *unit,
			const struct reader_unit_change *last);
void firmware_change_sheet_add(struct sheet *sheet, const struct reader_unit_change *change);

#endif
