/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * POSIX TZ strings. Many devices write "GMT+08:00" and mean east; POSIX says west, and so do we:
 * the reader flags what does not agree with UTCDateTime.
 */
#include "onvif_tz.h"

#include "keepwatch/err.h"

#include <ctype.h>
#include <stddef.h>
#include <string.h>

enum { DAY_S = 86400, HOUR_S = 3600 };

static bool
is_leap(int year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

int
civil_days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

int64_t
civil_days(int year, int month, int day)
{
	int64_t y = year - 1;
	int64_t days = y * 365 + y / 4 - y / 100 + y / 400 - 719162;

	for (int m = 1; m < month; m++)
		days += civil_days_in_month(year, m);
	return days + day - 1;
}

/* Year of a time; the loop runs at most twice. */
static int
civil_year(int64_t seconds)
{
	int64_t days = seconds / DAY_S - (seconds % DAY_S < 0);
	int year = (int)(1970 + days / 366);

	while (civil_days(year + 1, 1, 1) <= days)
		year++;
	while (civil_days(year, 1, 1) > days)
		year--;
	return year;
}

static int
parse_number(const char **at, int max, int *out)
{
	int value = 0, digits = 0;

	for (; isdigit((unsigned char)**at) && digits < 3; ++*at, digits++)
		value = value * 10 + (**at - '0');
	if (digits == 0 || value > max)
		return ERR_SYNTAX;
	*out = value;
	return 0;
}

/* Three or more letters, or anything but ">" within "<>". */
static int
parse_name(const char **at)
{
	const char *p = *at;
	size_t n = 0;

	if (*p == '<') {
		for (p++; isalnum((unsigned char)*p) || *p == '+' || *p == '-'; p++)
			n++;
		if (*p++ != '>')
			return ERR_SYNTAX;
	} else {
		for (; isalpha((unsigned char)*p); p++)
			n++;
	}
	if (n < 3)
		return ERR_SYNTAX;
	*at = p;
	return 0;
}

/* [+-]hh[:mm[:ss]] */
static int
parse_time(const char **at, int max_hours, int32_t *out)
{
	int sign = **at == '-' ? -1 : 1;
	int h = 0, m = 0, s = 0, rc;

	if (**at == '-' || **at == '+')
		++*at;
	rc = parse_number(at, max_hours, &h);
	if (rc == 0 && **at == ':') {
		++*at;
		rc = parse_number(at, 59, &m);
		if (rc == 0 && **at == ':') {
			++*at;
			rc = parse_number(at, 59, &s);
		}
	}
	if (rc == 0)
		*out = sign * (h * HOUR_S + m * 60 + s);
	return rc;
}

static int
parse_rule(const char **at, struct tz_rule *rule)
{
	int rc;

	*rule = (struct tz_rule){.kind = TZ_RULE_DAY, .time_s = 2 * HOUR_S};
	if (*(*at)++ != ',')
		return ERR_SYNTAX;
	if (**at == 'M') {
		rule->kind = TZ_RULE_MONTH;
		++*at;
		rc = parse_number(at, 12, &rule->month);
		if (rc == 0)
			rc = *(*at)++ == '.' ? parse_number(at, 5, &rule->week) : ERR_SYNTAX;
		if (rc == 0)
			rc = *(*at)++ == '.' ? parse_number(at, 6, &rule->day) : ERR_SYNTAX;
		if (rc == 0 && (rule->month == 0 || rule->week == 0))
			rc = ERR_SYNTAX;
	} else if (**at == 'J') {
		rule->kind = TZ_RULE_JULIAN;
		++*at;
		rc = parse_number(at, 365, &rule->day);
		if (rc == 0 && rule->day == 0)
			rc = ERR_SYNTAX;
	} else {
		rc = parse_number(at, 365, &rule->day);
	}
	if (rc == 0 && **at == '/') {
		++*at;
		rc = parse_time(at, 167, &rule->time_s); /* RFC 8536 allows a week */
	}
	return rc;
}

int
tz_parse(const char *text, struct tz *out)
{
	static const struct tz_rule us_start = {TZ_RULE_MONTH, 3, 2, 0, 2 * HOUR_S};
	static const struct tz_rule us_end = {TZ_RULE_MONTH, 11, 1, 0, 2 * HOUR_S};
	struct tz tz = {.start = us_start, .end = us_end};
	const char *at = text;
	int rc = parse_name(&at);

	if (rc != 0)
		return rc;
	if (*at == '\0') { /* "UTC", "GMT": not POSIX, but plain */
		if (strcmp(text, "UTC") != 0 && strcmp(text, "GMT") != 0)
			return ERR_SYNTAX;
		*out = tz;
		return 0;
	}
	rc = parse_time(&at, 24, &tz.std_s);
	if (rc != 0)
		return rc;
	tz.std_s = -tz.std_s; /* POSIX counts west as positive */
	tz.dst_s = tz.std_s;
	if (*at != '\0') {
		rc = parse_name(&at);
		if (rc != 0)
			return rc;
		tz.has_dst = true;
		tz.dst_s = tz.std_s + HOUR_S;
		if (*at != '\0' && *at != ',') {
			rc = parse_time(&at, 24, &tz.dst_s);
			if (rc != 0)
				return rc;
			tz.dst_s = -tz.dst_s;
		}
		/* Without rules, POSIX leaves them to the system: the US rules, as everywhere. */
		if (*at != '\0') {
			rc = parse_rule(&at, &tz.start);
			if (rc == 0)
				rc = parse_rule(&at, &tz.end);
			if (rc != 0 || *at != '\0')
				return ERR_SYNTAX;
		}
	}
	*out = tz;
	return 0;
}

/* When the rule strikes in that year, as local seconds of the time before the change. */
static int64_t
rule_at(const struct tz_rule *rule, int year)
{
	int64_t days;

	if (rule->kind == TZ_RULE_MONTH) {
		int64_t first = civil_days(year, rule->month, 1);
		int weekday = (int)((first + 4) % 7); /* 1970-01-01 was a Thursday */
		int day;

		if (weekday < 0)
			weekday += 7;
		day = 1 + (rule->day - weekday + 7) % 7 + (rule->week - 1) * 7;
		while (day > civil_days_in_month(year, rule->month))
			day -= 7; /* week 5 is the last */
		days = first + day - 1;
	} else {
		days = civil_days(year, 1, 1) + rule->day;
		if (rule->kind == TZ_RULE_JULIAN)
			days += (is_leap(year) && rule->day >= 60) - 1;
	}
	return days * DAY_S + rule->time_s;
}

static bool
is_between(int64_t t, int64_t start, int64_t end)
{
	/* On the southern half daylight saving goes over the turn of the year. */
	return start < end ? t >= start && t < end : t >= start || t < end;
}

int32_t
tz_offset_at_utc(const struct tz *tz, int64_t utc_s)
{
	int year;

	if (!tz->has_dst)
		return tz->std_s;
	year = civil_year(utc_s + tz->std_s);
	return is_between(utc_s, rule_at(&tz->start, year) - tz->std_s,
			  rule_at(&tz->end, year) - tz->dst_s)
		       ? tz->dst_s
		       : tz->std_s;
}

int32_t
tz_offset_at_local(const struct tz *tz, int64_t local_s)
{
	int year;

	if (!tz->has_dst)
		return tz->std_s;
	year = civil_year(local_s);
	return is_between(local_s, rule_at(&tz->start, year), rule_at(&tz->end, year)) ? tz->dst_s
										       : tz->std_s;
}
