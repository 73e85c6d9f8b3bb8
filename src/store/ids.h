/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The inside of store_ids, for the load.
 */
#ifndef KEEPWATCH_STORE_IDS_H
#define KEEPWATCH_STORE_IDS_H

#include "keepwatch/err.h"
#include "keepwatch/store_batch.h"
#include "series.h"

/* What the ids of packed rows can name: 65536 chunks. */
enum { STORE_ID_MAX = 65536 * SERIES_DEVICES };

/* A name with the id it has in the database. ERR_NOMEM. */
int store_ids_put(struct store_ids *ids, const char *name, uint32_t id);

#endif
