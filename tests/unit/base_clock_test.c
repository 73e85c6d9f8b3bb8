/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Times, durations and sizes as people write them, and what is refused.
 */
#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>
#include <cmocka.h>

static void
durations_are_understood(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {
		{"0", 0},
		{"0s", 0},
		{"500ms", 500},
		{"60s", 60000},
		{"5m", 300000},
		{"5 min", 300000},
		{"10 minutes", 600000},
		{"2h", 7200000},
		{"1d", 86400000},
		{"1w", 604800000},
		{"1y", INT64_C(31536000000)},
		{"1h30m", 5400000},
		{"1h 30m", 5400000},
		{"1.5h", 5400000},
		{".5s", 500},
		{"0.1s", 100},
	};

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(rows); i++) {
		int64_t ms = -1;

		assert_int_equal(clock_parse_duration(rows[i].text, &ms), 0);
		assert_int_equal(ms, rows[i].ms);
	}
}

static void
other_durations_are_refused(void **state)
{
	static const char *const rows[] = {"",	    "60",   "s",   "-5s", "+5s", "5 s x", "1e3s",
					   "0x5s",  "5S",   " 5s", "5s ", "nan", "inf",	  "5,5s",
					   "1..5s", "5 5s", "5mm", "1s;", ".",	 ".s"};
	int64_t ms = 77;

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(rows); i++)
		assert_int_equal(clock_parse_duration(rows[i], &ms), ERR_SYNTAX);
	assert_int_equal(clock_parse_duration("99999999999999999999w", &ms), ERR_RANGE);
	assert_int_equal(ms, 77);
}

static void
durations_are_shown_short(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {
		{0, "0ms"},	      {250, "250ms"},	      {1500, "1s 500ms"},
		{42000, "42s"},	      {42123, "42s"},	      {60000, "1m"},
		{303000, "5m 3s"},    {11400000, "3h 10m"},   {86400000, "1d"},
		{-1500, "-1s 500ms"}, {1051200000, "12d 4h"}, {INT64_MIN, "-106751991167d 7h"},
	};
	char text[CLOCK_DURATION_SIZE];

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(rows); i++)
		assert_string_equal(clock_format_duration(rows[i].ms, text, sizeof(text)),
				    rows[i].text);
}

static void
sizes_are_understood(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} rows[] = {{"512", 512},	{"64k", 65536},		  {"64KiB", 65536},
		    {"10MB", 10000000}, {"2G", 2147483648},	  {"1.5k", 1536},
		    {"64 KiB", 65536},	{"1T", 1099511627776ULL}, {"0", 0}};
	static const char *const wrong[] = {"", "k", "-1", "1x", "1 k b", "0x10", "1e3", "kB1"};
	uint64_t bytes;

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(rows); i++) {
		bytes = 1;
		assert_int_equal(clock_parse_size(rows[i].text, &bytes), 0);
		assert_int_equal(bytes, rows[i].bytes);
	}
	for (size_t i = 0; i < MEM_COUNT(wrong); i++)
		assert_int_equal(clock_parse_size(wrong[i], &bytes), ERR_SYNTAX);
	assert_int_equal(clock_parse_size("9999999T", &bytes), ERR_RANGE);
}

static void
times_are_understood(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"2026-03-01T14:02:11.123Z", INT64_C(1772373731123)},
		{"2026-03-01T14:02:11.1239z", INT64_C(1772373731123)},
		{"2026-03-01t15:02:11+01:00", INT64_C(1772373731000)},
		{"2026-03-01T09:32:11-04:30", INT64_C(1772373731000)},
		{"2026-03-01T14:02Z", INT64_C(1772373720000)},
		{"2024-02-29T00:00:00Z", INT64_C(1709164800000)},
		{"2016-12-31T23:59:60Z", INT64_C(1483228800000)},
		/* local time, one hour ahead of UTC in this test */
		{"2026-03-01", INT64_C(1772319600000)},
		{"2026-03-01 14:02", INT64_C(1772370120000)},
		{"2026-03-01 14:02:11", INT64_C(1772370131000)},
		{"1969-12-31T23:59:59.5Z", -500},
	};

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(rows); i++) {
		int64_t ms = 1;

		assert_int_equal(clock_parse_time(rows[i].text, &ms), 0);
		assert_int_equal(ms, rows[i].ms);
	}
}

static void
other_times_are_refused(void **state)
{
	static const char *const wrong[] = {"",
					    "now",
					    "2026",
					    "2026-3-1",
					    "+026-03-01",
					    "2026- 3-01",
					    "2026-03-01T",
					    "2026-03-01T14",
					    "2026-03-01T14:2",
					    "2026-03-01T14:02:11.Z",
					    "2026-03-01T14:02:11+1:00",
					    "2026-03-01T14:02:11+01: 0",
					    "2026-03-01T14:02:11+0100",
					    "2026-03-01Z",
					    "2026-03-01 14:02 x"};
	static const char *const impossible[] = {
		"2026-02-30",	    "2026-02-29",	   "2026-13-01", "2026-00-01",
		"2026-01-00",	    "2100-02-29",	   "2026-01-32", "2026-01-01 24:00",
		"2026-01-01 00:60", "2026-01-01T00:00:61Z"};
	int64_t ms = 77;

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(wrong); i++)
		assert_int_equal(clock_parse_time(wrong[i], &ms), ERR_SYNTAX);
	for (size_t i = 0; i < MEM_COUNT(impossible); i++)
		assert_int_equal(clock_parse_time(impossible[i], &ms), ERR_RANGE);
	assert_int_equal(ms, 77);
}

static void
times_are_shown(void **state)
{
	char text[CLOCK_ISO_SIZE];
	int64_t back = 0;

	(void)state;
	assert_string_equal(clock_format_iso(1772373731123, text, sizeof(text)),
			    "2026-03-01T14:02:11.123Z");
	assert_string_equal(clock_format_iso(-1, text, sizeof(text)), "1969-12-31T23:59:59.999Z");
	assert_string_equal(clock_format_iso(INT64_MAX, text, sizeof(text)), "?");
	assert_string_equal(clock_format_local(1772373731123, text, sizeof(text)),
			    "2026-03-01 15:02:11");
	for (int64_t ms = -100000000000; ms < 4000000000000; ms += 98765432101) {
		clock_format_iso(ms, text, sizeof(text));
		assert_int_equal(clock_parse_time(text, &back), 0);
		assert_int_equal(back, ms);
	}
}

static void
clocks_go_on(void **state)
{
	uint64_t before = clock_mono_ns(), after = clock_mono_ns();

	(void)state;
	assert_true(after >= before);
	assert_true(clock_mono_ms() >= after / 1000000);
	assert_true(clock_wall_ms() > INT64_C(1600000000000));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_are_understood),
		cmocka_unit_test(other_durations_are_refused),
		cmocka_unit_test(durations_are_shown_short),
		cmocka_unit_test(sizes_are_understood),
		cmocka_unit_test(times_are_understood),
		cmocka_unit_test(other_times_are_refused),
		cmocka_unit_test(times_are_shown),
		cmocka_unit_test(clocks_go_on),
	};

	/* A decimal comma, where the locale exists, must not change what a file means. */
	setlocale(LC_ALL, "de_DE.UTF-8");
	setenv("TZ", "XST-1", 1); /* POSIX: one hour east */
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
