/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Links as rows: `topology -f csv`, `export topology` and `export topology-history` have the same
 * columns.
 */
#ifndef CLI_LINK_SHEET_H
#define CLI_LINK_SHEET_H

#include "cli.h"

#include "keepwatch/reader_topology.h"

extern const struct column link_columns[];
extern const size_t link_column_count;

/*
 * Adds a row. parent, seen NULL: that one is not among the devices. Texts are borrowed from all and
 * must outlive the sheet, or its next sheet_clear. with_state false: of another time than now.
 */
void link_sheet_add(struct sheet *sheet, const struct reader_device *device,
		    const struct reader_device *parent, const struct reader_device *seen,
		    const struct reader_link *link, bool with_state);

#endif
