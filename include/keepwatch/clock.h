/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reading the clocks, and times and durations as people write them. Pure rooms take times as
 * parameters and use only the parsers and formatters.
 */
#ifndef KEEPWATCH_CLOCK_H
#define KEEPWATCH_CLOCK_H

#include <stddef.h>
#include <stdint.h>

enum {
	CLOCK_ISO_SIZE = 32,	  /* "2026-03-01T14:02:11.123Z" and a NUL */
	CLOCK_DURATION_SIZE = 32, /* "12d 4h" and a NUL */
};

/* CLOCK_MONOTONIC in ns; for timeouts and intervals. */
uint64_t clock_mono_ns(void);
/* The same in ms. */
uint64_t clock_mono_ms(void);
/* CLOCK_REALTIME in ms since 1970 UTC; for what is stored and shown. */
int64_t clock_wall_ms(void);

/* UTC with milliseconds and Z (RFC 3339). Returns out. size >= CLOCK_ISO_SIZE. */
const char *clock_format_iso(int64_t wall_ms, char *out, size_t size);
/* Local time "2026-03-01 14:02:11" for tables. Returns out. */
const char *clock_format_local(int64_t wall_ms, char *out, size_t size);
/* RFC 3339 or "2026-03-01", "2026-03-01 14:02[:11]" (local time without Z/offset). ERR_SYNTAX, or
 * ERR_RANGE for what no calendar or clock has, such as 30 February. */
int clock_parse_time(const char *text, int64_t *wall_ms);

/* The two largest units, milliseconds below 10 s only: "250ms", "1s 500ms", "42s", "5m 3s", "3h
 * 10m", "12d 4h". Returns out. */
const char *clock_format_duration(int64_t ms, char *out, size_t size);
/*
 * "500ms", "60s", "5m", "2h", "1d", "1w", "1y" (365 days), "1h30m", "1.5h", "10 minutes"; a number
 * alone is not a duration except 0. ERR_SYNTAX, or ERR_RANGE when it does not fit. Never negative.
 */
int clock_parse_duration(const char *text, int64_t *ms);

/* "512", "64k", "64KiB", "10MB", "2G": bytes, k = 1024 unless written kB/MB/GB (1000). As above. */
int clock_parse_size(const char *text, uint64_t *bytes);

#endif
