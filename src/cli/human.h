/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbers as people read them, for tables only.
 */
#ifndef CLI_HUMAN_H
#define CLI_HUMAN_H

#include <stddef.h>
#include <stdint.h>

enum { HUMAN_SIZE = 48 };

/* "0.08 ms", "1.24 ms", "153 ms", "2.1 s". Returns out. */
const char *human_rtt(uint32_t rtt_us, char *out, size_t size);
/* A clock offset: "+12 ms", "-4.2 s", "+3d 2h". Returns out. */
const char *human_offset(int64_t offset_ms, char *out, size_t size);
/* "100 %", "99.97 %", "0 %": 100 only if it is whole, 0 likewise. Returns out. */
const char *human_percent(uint64_t part, uint64_t whole, char *out, size_t size);
/* A probability in percent: 0 and 100 only if it is sure. */
int human_share(double share);
/* "781ms", from a second on whole seconds: "5s", "3d 2h". Returns out. */
const char *human_duration(int64_t ms, char *out, size_t size);
/* How long ago: "12s"; "-" for time 0; the future counts as now. Returns out. */
const char *human_age(int64_t then_ms, int64_t now_ms, char *out, size_t size);

#endif
