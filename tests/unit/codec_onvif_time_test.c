/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The device's clock: what is believed, what is not, and POSIX TZ strings against the C library.
 */
#include "../../src/codec/onvif_tz.h"
#include "keepwatch/err.h"
#include "keepwatch/onvif_reply.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define UTC(y, mo, d, h, mi, s)                                                    \
	"<tt:UTCDateTime><tt:Time><tt:Hour>" #h "</tt:Hour><tt:Minute>" #mi        \
	"</tt:Minute><tt:Second>" #s "</tt:Second></tt:Time><tt:Date><tt:Year>" #y \
	"</tt:Year><tt:Month>" #mo "</tt:Month><tt:Day>" #d "</tt:Day></tt:Date></tt:UTCDateTime>"
#define LOCAL(y, mo, d, h, mi, s)                                                  \
	"<tt:LocalDateTime><tt:Time><tt:Hour>" #h "</tt:Hour><tt:Minute>" #mi      \
	"</tt:Minute><tt:Second>" #s "</tt:Second></tt:Time><tt:Date><tt:Year>" #y \
	"</tt:Year><tt:Month>" #mo "</tt:Month><tt:Day>" #d                        \
	"</tt:Day></tt:Date></tt:LocalDateTime>"
#define TZ(text)    "<tt:TimeZone><tt:TZ>" text "</tt:TZ></tt:TimeZone>"
#define MANUAL	    "<tt:DateTimeType>Manual</tt:DateTimeType>"
#define NTP	    "<tt:DateTimeType>NTP</tt:DateTimeType>"
#define DST(text)   "<tt:DaylightSavings>" text "</tt:DaylightSavings>"
#define NOON_MARCH1 INT64_C(1772366531000) /* date -u -d 2026-03-01T12:02:11Z +%s */

/* The reply is to be given to onvif_reply_fini. */
static const struct onvif_time *
read_time(const char *content, struct onvif_reply *reply)
{
	char body[4096];

	snprintf(body, sizeof(body),
		 "<s:Envelope xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "
		 "xmlns:tds=\"http://www.onvif.org/ver10/device/wsdl\" "
		 "xmlns:tt=\"http://www.onvif.org/ver10/schema\"><s:Body>"
		 "<tds:GetSystemDateAndTimeResponse><tds:SystemDateAndTime>%s"
		 "</tds:SystemDateAndTime></tds:GetSystemDateAndTimeResponse></s:Body>"
		 "</s:Envelope>",
		 content);
	assert_int_equal(
		onvif_read_reply(ONVIF_GET_SYSTEM_DATE_AND_TIME, body, strlen(body), reply), 0);
	assert_int_equal(reply->kind, ONVIF_REPLY_OK);
	return &reply->u.time;
}

static void
test_plain(void **state)
{
	struct onvif_reply reply;
	const struct onvif_time *t =
		read_time(NTP DST("false") TZ("UTC0") UTC(2026, 3, 1, 12, 2, 11), &reply);

	(void)state;
	assert_true(t->has_utc);
	assert_int_equal(t->utc_ms, NOON_MARCH1);
	assert_int_equal(t->source, ONVIF_TIME_NTP);
	assert_int_equal(t->flags, 0);
	assert_true(t->has_tz_offset);
	assert_int_equal(t->tz_offset_s, 0);
	assert_string_equal(t->bad_field, "");
	onvif_reply_fini(&reply);
}

static void
test_bad_fields(void **state)
{
	static const struct {
		const char *content, *field;
	} cases[] = {
		{UTC(2026, 0, 1, 12, 2, 11), "Month 0"},
		{UTC(2026, 13, 1, 12, 2, 11), "Month 13"},
		{UTC(2026, 2, 29, 12, 2, 11), "Day 29"},
		{UTC(2026, 4, 31, 12, 2, 11), "Day 31"},
		{UTC(2026, 3, 0, 12, 2, 11), "Day 0"},
		{UTC(1969, 3, 1, 12, 2, 11), "Year 1969"},
		{UTC(2026, 3, 1, 24, 2, 11), "Hour 24"},
		{UTC(2026, 3, 1, -1, 2, 11), "Hour -1"},
		{UTC(2026, 3, 1, 12, 60, 1), "Minute 60"},
		{UTC(2026, 3, 1, 12, 2, 61), "Second 61"},
		{UTC(99999999999, 3, 1, 12, 2, 1), "Year missing"},
		{UTC(x, 3, 1, 12, 2, 1), "Year missing"},
	};

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(cases); i++) {
		struct onvif_reply reply;
		const struct onvif_time *t = read_time(cases[i].content, &reply);

		assert_false(t->has_utc);
		assert_int_equal(t->utc_ms, 0);
		assert_int_equal(t->flags, ONVIF_TIME_UTC_BAD);
		assert_string_equal(t->bad_field, cases[i].field);
		onvif_reply_fini(&reply);
	}
}

static void
test_leap_day_and_second(void **state)
{
	struct onvif_reply reply;

	(void)state;
	assert_true(read_time(UTC(2028, 2, 29, 0, 0, 0), &reply)->has_utc);
	onvif_reply_fini(&reply);
	assert_true(read_time(UTC(2016, 12, 31, 23, 59, 60), &reply)->has_utc);
	onvif_reply_fini(&reply);
}

static void
test_local_stands_in(void **state)
{
	struct onvif_reply reply;
	const struct onvif_time *t = read_time(MANUAL DST("true") TZ("CET-1CEST,M3.5.0,M10.5.0/3")
						       LOCAL(2026, 3, 1, 13, 2, 11),
					       &reply);

	(void)state;
	assert_true(t->has_utc);
	assert_int_equal(t->utc_ms, NOON_MARCH1);
	assert_int_equal(t->source, ONVIF_TIME_MANUAL);
	assert_int_equal(t->flags, ONVIF_TIME_UTC_MISSING | ONVIF_TIME_DAYLIGHT);
	assert_int_equal(t->tz_offset_s, 3600);
	onvif_reply_fini(&reply);

	/* In July the same zone is two hours ahead. */
	t = read_time(TZ("CET-1CEST,M3.5.0,M10.5.0/3") LOCAL(2026, 7, 1, 13, 0, 0), &reply);
	assert_int_equal(t->utc_ms, INT64_C(1782903600000)); /* 2026-07-01T11:00:00Z */
	onvif_reply_fini(&reply);

	/* A broken UTC time falls back as well. */
	t = read_time(TZ("CET-1") UTC(2026, 0, 1, 12, 2, 11) LOCAL(2026, 3, 1, 13, 2, 11), &reply);
	assert_true(t->has_utc);
	assert_int_equal(t->utc_ms, NOON_MARCH1);
	assert_int_equal(t->flags, ONVIF_TIME_UTC_BAD);
	onvif_reply_fini(&reply);
}

static void
test_local_without_zone_is_no_time(void **state)
{
	struct onvif_reply reply;
	const struct onvif_time *t = read_time(LOCAL(2026, 3, 1, 13, 2, 11), &reply);

	(void)state;
	assert_false(t->has_utc);
	assert_int_equal(t->flags, ONVIF_TIME_UTC_MISSING);
	onvif_reply_fini(&reply);
	t = read_time(TZ("Europe/Berlin") LOCAL(2026, 3, 1, 13, 2, 11), &reply);
	assert_false(t->has_utc);
	assert_int_equal(t->flags, ONVIF_TIME_UTC_MISSING | ONVIF_TIME_TZ_BAD);
	onvif_reply_fini(&reply);
	t = read_time("", &reply);
	assert_false(t->has_utc);
	onvif_reply_fini(&reply);
}

static void
test_local_time_labelled_utc(void **state)
{
	struct onvif_reply reply;
	const struct onvif_time *t = read_time(
		TZ("CST-8") UTC(2026, 3, 1, 20, 0, 0) LOCAL(2026, 3, 1, 20, 0, 0), &reply);

	(void)state;
	assert_int_equal(t->flags, ONVIF_TIME_UTC_IS_LOCAL);
	assert_int_equal(t->tz_offset_s, 8 * 3600);
	onvif_reply_fini(&reply);
	t = read_time(TZ("GMT0") UTC(2026, 3, 1, 20, 0, 0) LOCAL(2026, 3, 1, 20, 0, 0), &reply);
	assert_int_equal(t->flags, 0);
	onvif_reply_fini(&reply);
}

static void
test_zones_agree_with_libc(void **state)
{
	static const char *const zones[] = {
		"UTC0",
		"CST-8",
		"EST5EDT,M3.2.0,M11.1.0",
		"CET-1CEST,M3.5.0,M10.5.0/3",
		"AEST-10AEDT,M10.1.0,M4.1.0/3",
		"<+0330>-3:30",
		"<-03>3",
		"NZST-12NZDT,M9.5.0,M4.1.0/3",
		"ABC4DEF5,J60/0,J300/4",
		"ABC-2DEF,59,299",
		"IST-2IDT,M3.4.4/26,M10.5.0",
		"EST+5:00:00EDT04:00:00,M3.5.0/01:00:00,M10.5.0/02:00:00",
	};

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(zones); i++) {
		struct tz tz;

		assert_int_equal(tz_parse(zones[i], &tz), 0);
		setenv("TZ", zones[i], 1);
		tzset();
		/* 2023..2032 in steps of 97 minutes: each change, leap years and turns of the year.
		 */
		for (time_t t = 1672531200; t < 1988150400; t += 97 * 60) {
			struct tm tm;

			localtime_r(&t, &tm);
			if (tz_offset_at_utc(&tz, t) != tm.tm_gmtoff)
				fail_msg("%s at %lld: %d, libc %ld", zones[i], (long long)t,
					 tz_offset_at_utc(&tz, t), tm.tm_gmtoff);
		}
	}
}

static void
test_no_zones(void **state)
{
	static const char *const bad[] = {
		"",
		"GMT+",
		"AB1",
		"Europe/Berlin",
		"CST6CDT:",
		"UTC+25",
		"<+03",
		"EST5EDT,M3.2.0",
		"EST5EDT,M13.2.0,M11.1.0",
		"EST5EDT,M3.6.0,M11.1.0",
		"EST5EDT,M3.2.7,M11.1.0",
		"EST5EDT,M3.2,M11.1.0",
		"EST5EDT,J0,J366",
		"EST5EDT,M3.2.0,M11.1.0 ",
		"PST",
		"CST8:",
		"CST8:60",
		",",
		"EST5EDT,",
		"EST5EDT,M",
		"EST5EDT,M3",
		"EST5EDT,M3.",
		"EST5EDT,M3.2.0/",
	};
	struct tz tz;

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(bad); i++) {
		if (tz_parse(bad[i], &tz) != ERR_SYNTAX)
			fail_msg("\"%s\" was taken for a zone", bad[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_bad_fields),
		cmocka_unit_test(test_leap_day_and_second),
		cmocka_unit_test(test_local_stands_in),
		cmocka_unit_test(test_local_without_zone_is_no_time),
		cmocka_unit_test(test_local_time_labelled_utc),
		cmocka_unit_test(test_zones_agree_with_libc),
		cmocka_unit_test(test_no_zones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
