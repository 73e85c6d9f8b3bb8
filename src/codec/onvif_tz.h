/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * POSIX TZ strings (IEEE Std 1003.1, section 8.3), as ONVIF's TimeZone/TZ carries them, and civil
 * time without the C library's time zone state.
 */
#ifndef CODEC_ONVIF_TZ_H
#define CODEC_ONVIF_TZ_H

#include <stdbool.h>
#include <stdint.h>

enum tz_rule_kind { TZ_RULE_MONTH, TZ_RULE_JULIAN, TZ_RULE_DAY };

/* When daylight saving time starts or ends. */
struct tz_rule {
	enum tz_rule_kind kind;
	int month, week, day; /* Mm.w.d; Jn (1..365, no leap day) and n (0..365) only use day */
	int32_t time_s;	      /* of the local time before the change */
};

struct tz {
	int32_t std_s; /* local minus UTC */
	int32_t dst_s;
	bool has_dst;
	struct tz_rule start, end;
};

/* ERR_SYNTAX for anything but a POSIX TZ string; names of zones ("Europe/Berlin") are none. */
int tz_parse(const char *text, struct tz *out);
/* Local minus UTC at a time in UTC, or at a local time (the first of two in the hour that comes
 * twice). Seconds since 1970. */
int32_t tz_offset_at_utc(const struct tz *tz, int64_t utc_s);
int32_t tz_offset_at_local(const struct tz *tz, int64_t local_s);

/* Days since 1970-01-01 in the proleptic Gregorian calendar; month 1..12. */
int64_t civil_days(int year, int month, int day);
int civil_days_in_month(int year, int month);

#endif
