/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Threshold ranges, with the examples of the Monitoring Plugins Development Guidelines.
 */
#include "keepwatch/range.h"

#include "keepwatch/err.h"

#include <stdarg.h>
#include <stdlib.h>
#include <stddef.h>
#include <setjmp.h>
#include <cmocka.h>

static void
test_alerts(void **state)
{
	static const struct {
		const char *text;
		double value;
		int alerts;
	} rows[] = {
		{"10", -1, 1},	  {"10", 0, 0},	     {"10", 10, 0},	{"10", 10.5, 1},
		{"10:", 9, 1},	  {"10:", 10, 0},    {"10:", 1e9, 0},	{"~:10", -5, 0},
		{"~:10", 11, 1},  {"10:20", 9, 1},   {"10:20", 20, 0},	{"10:20", 21, 1},
		{"@10:20", 9, 0}, {"@10:20", 10, 1}, {"@10:20", 20, 1}, {"@10:20", 21, 0},
		{"0", 0, 0},	  {"0", 1, 1},	     {"-5:5", -3, 0},	{"@0", 0, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct range range;

		assert_int_equal(range_parse(rows[i].text, &range), 0);
		assert_int_equal(range_alerts(&range, rows[i].value), rows[i].alerts);
	}
}

static void
test_refused(void **state)
{
	static const char *const syntax[] = {"",    "@",   ":", "a",   "1:2:3", "1:b", "0x10",
					     "inf", "nan", "~", "1,5", " 1",	"1 "};
	struct range range;

	(void)state;
	for (size_t i = 0; i < sizeof(syntax) / sizeof(syntax[0]); i++)
		assert_int_equal(range_parse(syntax[i], &range), ERR_SYNTAX);
	assert_int_equal(range_parse("20:10", &range), ERR_RANGE);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_alerts),
		cmocka_unit_test(test_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
