/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Packed rows: what one database row holds of the series of SERIES_DEVICES neighbouring devices.
 * Pure bytes <-> values; the decoder accepts any bytes and refuses what the encoder cannot have
 * written.
 *
 * Format 1 (numbers are LEB128 varints unless they are called a byte):
 *   byte 1
 *   n, then n times: probe, runs, up, sent, lost, rtt_count     what most series of a probe have
 *   until the end, by (device, probe) ascending:
 *     key = device step * 64 + probe * 2 + differs               usually one byte
 *     if differs: runs, up, sent, lost, rtt_count
 *     if rtt_count > 0: min, avg - min, max - avg
 * "device step" is the distance to the device before, the first one's to the first of the chunk.
 * Last runs (format 2):
 *   byte 2, base time
 *   until the end: key as above (differs = the run was not answered), (rtt + 1) * 4 + outcome with
 *   rtt + 1 = 0 for none, base - run time; if differs: 0 or base - answer time + 1
 */
#ifndef KEEPWATCH_STORE_SERIES_H
#define KEEPWATCH_STORE_SERIES_H

#include "keepwatch/buf.h"
#include "keepwatch/rollup.h"
#include "keepwatch/store_batch.h"

#include <stddef.h>
#include <stdint.h>

enum {
	SERIES_DEVICES = 64, /* in a row: about 800 bytes, so several rows share a page */
	SERIES_PROBES = 32,
	SERIES_MAX = SERIES_DEVICES * SERIES_PROBES, /* in a row */
};

/* One series in a chunk: the device's id modulo SERIES_DEVICES, the probe's number in the database.
 */
struct series_point {
	uint8_t device, probe;
	struct rollup_point point; /* start_ms is not in the row */
};

struct series_last {
	uint8_t device, probe;
	struct store_last last;
};

/* Appends the packed form; items ascend by (device, probe) without doubles. Errors: out->error. */
void series_pack(struct buf *out, const struct series_point *items, size_t count);
/* *count <= SERIES_MAX items into out (room for that many). ERR_PROTO, ERR_VERSION. */
int series_unpack(const void *data, size_t len, struct series_point *out, size_t *count);

void series_pack_last(struct buf *out, const struct series_last *items, size_t count);
int series_unpack_last(const void *data, size_t len, struct series_last *out, size_t *count);

/*
 * Merges b into a (room for SERIES_MAX), both ascending: the same series are added up, or for last
 * runs the later one wins. Doubles within b are fine. Returns the new count.
 */
size_t series_merge(struct series_point *a, size_t a_count, const struct series_point *b,
		    size_t b_count);
size_t series_merge_last(struct series_last *a, size_t a_count, const struct series_last *b,
			 size_t b_count);

#endif
