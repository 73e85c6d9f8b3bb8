/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Clocks, times, durations and sizes.
 */
#include "keepwatch/clock.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <ctype.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Durations from here on are shown without milliseconds. */
enum { CLOCK_SHOW_MS = 10000 };

uint64_t
clock_mono_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000000000U + (uint64_t)ts.tv_nsec;
}

uint64_t
clock_mono_ms(void)
{
	return clock_mono_ns() / 1000000U;
}

int64_t
clock_wall_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

/* Seconds and the millisecond within, right for times before 1970 too. */
static time_t
split_ms(int64_t wall_ms, int *ms)
{
	int64_t seconds = wall_ms / 1000;

	*ms = (int)(wall_ms % 1000);
	if (*ms < 0) {
		*ms += 1000;
		seconds--;
	}
	return (time_t)seconds;
}

const char *
clock_format_iso(int64_t wall_ms, char *out, size_t size)
{
	struct tm tm;
	int ms;
	time_t t = split_ms(wall_ms, &ms);

	if (gmtime_r(&t, &tm) == NULL || tm.tm_year > 8099) {
		snprintf(out, size, "?");
		return out;
	}
	snprintf(out, size, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", tm.tm_year + 1900, tm.tm_mon + 1,
		 tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, ms);
	return out;
}

const char *
clock_format_local(int64_t wall_ms, char *out, size_t size)
{
	struct tm tm;
	int ms;
	time_t t = split_ms(wall_ms, &ms);

	if (localtime_r(&t, &tm) == NULL || strftime(out, size, "%Y-%m-%d %H:%M:%S", &tm) == 0)
		snprintf(out, size, "?");
	return out;
}

/* Exactly n digits at *s, moved behind them; ERR_SYNTAX. strptime and sscanf also take signs and
 * blanks. */
static int
parse_digits(const char **s, int n, int *out)
{
	int value = 0;

	for (; n > 0; n--, (*s)++) {
		if (!isdigit((unsigned char)**s))
			return ERR_SYNTAX;
		value = value * 10 + (**s - '0');
	}
	*out = value;
	return 0;
}

/* The next character, if it is this one. */
static bool
parse_char(const char **s, char c)
{
	if (**s != c)
		return false;
	(*s)++;
	return true;
}

/* What may follow the date and time: nothing, Z, or +hh:mm / -hh:mm. */
static int
parse_zone(const char *s, bool *has_zone, int *offset_s)
{
	int h = 0, m = 0, sign = *s == '-' ? -1 : 1;

	*has_zone = *s != '\0';
	*offset_s = 0;
	if (*s == '\0' || ((*s == 'Z' || *s == 'z') && s[1] == '\0'))
		return 0;
	if (!parse_char(&s, '+') && !parse_char(&s, '-'))
		return ERR_SYNTAX;
	if (parse_digits(&s, 2, &h) != 0 || !parse_char(&s, ':') || parse_digits(&s, 2, &m) != 0 ||
	    *s != '\0' || h > 23 || m > 59)
		return ERR_SYNTAX;
	*offset_s = sign * (h * 60 + m) * 60;
	return 0;
}

/* "14:02", "14:02:11", "14:02:11.123" at *s, moved behind it. */
static int
parse_clock(const char **s, struct tm *tm, int *ms)
{
	int scale = 100;

	if (parse_digits(s, 2, &tm->tm_hour) != 0 || !parse_char(s, ':') ||
	    parse_digits(s, 2, &tm->tm_min) != 0)
		return ERR_SYNTAX;
	if (!parse_char(s, ':'))
		return 0;
	if (parse_digits(s, 2, &tm->tm_sec) != 0)
		return ERR_SYNTAX;
	if (!parse_char(s, '.'))
		return 0;
	if (!isdigit((unsigned char)**s))
		return ERR_SYNTAX;
	for (; isdigit((unsigned char)**s); (*s)++) {
		*ms += (**s - '0') * scale;
		scale /= 10;
	}
	return 0;
}

static int
days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && is_leap);
}

int
clock_parse_time(const char *text, int64_t *wall_ms)
{
	struct tm tm = {.tm_isdst = -1};
	bool has_zone = false;
	int offset_s = 0, ms = 0, year, month;
	const char *s = text;
	time_t t;

	if (parse_digits(&s, 4, &year) != 0 || !parse_char(&s, '-') ||
	    parse_digits(&s, 2, &month) != 0 || !parse_char(&s, '-') ||
	    parse_digits(&s, 2, &tm.tm_mday) != 0)
		return ERR_SYNTAX;
	if (*s == 'T' || *s == 't' || *s == ' ') {
		s++;
		if (parse_clock(&s, &tm, &ms) != 0 || parse_zone(s, &has_zone, &offset_s) != 0)
			return ERR_SYNTAX;
	} else if (*s != '\0') {
		return ERR_SYNTAX;
	}
	/* A leap second (RFC 3339 section 5.7) is the first of the next minute. */
	if (month < 1 || month > 12 || tm.tm_mday < 1 || tm.tm_mday > days_in_month(year, month) ||
	    tm.tm_hour > 23 || tm.tm_min > 59 || tm.tm_sec > 60)
		return ERR_RANGE;
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	t = has_zone ? timegm(&tm) : mktime(&tm);
	*wall_ms = ((int64_t)t - offset_s) * 1000 + ms;
	return 0;
}

const char *
clock_format_duration(int64_t ms, char *out, size_t size)
{
	static const struct {
		int64_t ms;
		const char *name;
	} units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};
	const char *sign = ms < 0 ? "-" : "";
	int64_t left = ms < 0 ? -(ms + (ms == INT64_MIN)) : ms;

	if (left == 0) {
		snprintf(out, size, "0ms");
		return out;
	}
	if (left >= CLOCK_SHOW_MS)
		left -= left % 1000;
	for (size_t i = 0; i < MEM_COUNT(units); i++) {
		int64_t n = left / units[i].ms;
		int64_t rest;

		if (n == 0)
			continue;
		left -= n * units[i].ms;
		rest = i + 1 < MEM_COUNT(units) ? left / units[i + 1].ms : 0;
		if (rest > 0)
			snprintf(out, size, "%s%lld%s %lld%s", sign, (long long)n, units[i].name,
				 (long long)rest, units[i + 1].name);
		else
			snprintf(out, size, "%s%lld%s", sign, (long long)n, units[i].name);
		break;
	}
	return out;
}

/* A non-negative decimal number at *s, moved behind it; ERR_SYNTAX if there is none. strtod would
 * take exponents, and the point of the locale. */
static int
parse_number(const char **s, double *out)
{
	double value = 0, scale = 1;
	bool any = false;

	for (; isdigit((unsigned char)**s); (*s)++) {
		value = value * 10 + (**s - '0');
		any = true;
	}
	if (**s == '.') {
		(*s)++;
		for (; isdigit((unsigned char)**s); (*s)++) {
			scale /= 10;
			value += (**s - '0') * scale;
			any = true;
		}
	}
	if (!any || !isfinite(value))
		return ERR_SYNTAX;
	*out = value;
	return 0;
}

int
clock_parse_duration(const char *text, int64_t *ms)
{
	static const struct {
		const char *name;
		double ms;
	} units[] = {
		{"ms", 1},	   {"msec", 1},	       {"s", 1e3},	  {"sec", 1e3},
		{"secs", 1e3},	   {"second", 1e3},    {"seconds", 1e3},  {"m", 6e4},
		{"min", 6e4},	   {"mins", 6e4},      {"minute", 6e4},	  {"minutes", 6e4},
		{"h", 36e5},	   {"hr", 36e5},       {"hrs", 36e5},	  {"hour", 36e5},
		{"hours", 36e5},   {"d", 864e5},       {"day", 864e5},	  {"days", 864e5},
		{"w", 6048e5},	   {"week", 6048e5},   {"weeks", 6048e5}, {"y", 31536e6},
		{"year", 31536e6}, {"years", 31536e6},
	};
	const char *s = text;
	double total = 0, n;
	bool any = false;

	if (strcmp(text, "0") == 0) {
		*ms = 0;
		return 0;
	}
	while (*s != '\0') {
		size_t len, i;

		while (*s == ' ' && any)
			s++;
		if (parse_number(&s, &n) != 0)
			return ERR_SYNTAX;
		while (*s == ' ')
			s++;
		for (len = 0; isalpha((unsigned char)s[len]); len++)
			continue;
		for (i = 0; i < MEM_COUNT(units); i++) {
			if (strlen(units[i].name) == len && strncmp(units[i].name, s, len) == 0)
				break;
		}
		if (i == MEM_COUNT(units))
			return ERR_SYNTAX;
		total += n * units[i].ms;
		s += len;
		any = true;
	}
	if (!any)
		return ERR_SYNTAX;
	if (total > 1e15)
		return ERR_RANGE;
	*ms = (int64_t)llround(total);
	return 0;
}

int
clock_parse_size(const char *text, uint64_t *bytes)
{
	static const struct {
		const char *name;
		double factor;
	} units[] = {
		{"", 1},	   {"B", 1},
		{"k", 1024},	   {"K", 1024},
		{"KiB", 1024},	   {"kB", 1e3},
		{"KB", 1e3},	   {"M", 1048576},
		{"MiB", 1048576},  {"MB", 1e6},
		{"G", 1073741824}, {"GiB", 1073741824},
		{"GB", 1e9},	   {"T", 1099511627776},
		{"TB", 1e12},	   {"TiB", 1099511627776},
	};
	const char *s = text;
	double n;

	if (parse_number(&s, &n) != 0)
		return ERR_SYNTAX;
	while (*s == ' ')
		s++;
	for (size_t i = 0; i < MEM_COUNT(units); i++) {
		if (strcmp(s, units[i].name) == 0) {
			if (n * units[i].factor > 9e15)
				return ERR_RANGE;
			*bytes = (uint64_t)llround(n * units[i].factor);
			return 0;
		}
	}
	return ERR_SYNTAX;
}
