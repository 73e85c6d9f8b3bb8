/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Devices as rows: declaration, state and facts. `devices` and `export inventory` have the same
 * columns.
 */
#ifndef CLI_DEVICE_SHEET_H
#define CLI_DEVICE_SHEET_H

#include "cli.h"

extern const struct column device_columns[];
extern const size_t device_column_count;

/* Column of the name, for trees. */
enum { DEVICE_COLUMN_NAME = 0 };

/*
 * A row for each device. The list must live as long as the sheet, the facts are copied. An exit
 * code after complaining.
 */
int device_sheet_fill(const struct cli *cli, struct sheet *sheet,
		      const struct reader_device_list *devices);
/* Puts each device below its declared upstream, if that is in the sheet. ERR_NOMEM. */
int device_sheet_plant(struct sheet *sheet, const struct reader_device_list *devices);

/* Tags as pairs in the arena of the sheet; count through *count. NULL if there are none. */
const struct cell_pair *device_tags(struct sheet *sheet, const char *json, uint16_t *count);

#endif
