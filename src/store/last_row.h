/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The packed row of the last runs of SERIES_DEVICES neighbouring devices, for the writer and the
 * reader.
 */
#ifndef KEEPWATCH_STORE_LAST_ROW_H
#define KEEPWATCH_STORE_LAST_ROW_H

#include "series.h"
#include "sql.h"

#define LAST_ROW "SELECT data FROM last_run WHERE chunk = ?"

/* Ends a call of LAST_ROW: its runs into out (room for SERIES_MAX), *count 0 if there is no row, or
 * one that tells nothing because it is damaged or of a newer format. */
int last_row_read(struct sql_call *call, uint32_t chunk, struct series_last *out, size_t *count);

#endif
