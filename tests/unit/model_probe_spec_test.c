/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The table of probes is consistent, and its option parser takes what people write.
 */
#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/mem.h"
#include "keepwatch/probe_spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void
the_table_is_consistent(void **state)
{
	size_t options = 0;

	(void)state;
	for (int id = 0; id < PROBE_COUNT; id++) {
		const struct probe_spec *spec = probe_spec((enum probe_id)id);
		enum probe_id found;
		int64_t ms;

		assert_int_equal(spec->id, id);
		assert_int_equal(spec->first_option, options);
		assert_int_equal(probe_spec_find(spec->name, &found), 0);
		assert_int_equal(found, id);
		assert_true(strlen(spec->summary) > 0);
		assert_int_equal(spec->default_kinds >> KIND_COUNT, 0);
		if (spec->interval != NULL)
			assert_int_equal(clock_parse_duration(spec->interval, &ms), 0);
		options += probe_option_count((enum probe_id)id);
	}
	assert_int_equal(options, OPTION_COUNT);
}

static void
every_default_is_valid(void **state)
{
	(void)state;
	for (int id = 0; id < PROBE_COUNT; id++) {
		size_t first = (size_t)probe_spec((enum probe_id)id)->first_option;

		for (size_t i = 0; i < probe_option_count((enum probe_id)id); i++) {
			const struct option_spec *spec = option_spec((enum option_id)(first + i));
			struct option_value value = {0};
			enum option_id found;

			assert_int_equal(option_parse(spec, spec->fallback, &value, NULL, 0), 0);
			assert_true((value.text != NULL) == (spec->type == OPTION_STRING));
			free(value.text);
			assert_int_equal(option_find((enum probe_id)id, spec->name, &found), 0);
			assert_int_equal(found, first + i);
			assert_true(strlen(spec->help) > 0);
		}
	}
}

static void
values_are_parsed_by_type(void **state)
{
	static const struct option_spec number = {"n", OPTION_INT, "1", -5, 20, NULL, "n"};
	static const struct option_spec time = {"t", OPTION_DURATION, "1s", 1000, 60000, NULL, "t"};
	static const struct option_spec flag = {"b", OPTION_BOOL, "no", 0, 1, NULL, "b"};
	static const struct option_spec text = {"s", OPTION_STRING, "", 0, 5, NULL, "s"};
	static const struct option_spec choice = {"c", OPTION_ENUM, "a", 0, 0, "a|bc|d", "c"};
	static const struct {
		const struct option_spec *spec;
		const char *text;
		int rc;
		int64_t number;
		const char *expected;
	} rows[] = {
		{&number, "20", 0, 20, ""},
		{&number, "-5", 0, -5, ""},
		{&number, "010", 0, 10, ""},
		{&number, "21", ERR_RANGE, 0, "a whole number from -5 to 20"},
		{&number, "1x", ERR_SYNTAX, 0, "a whole number from -5 to 20"},
		{&number, " 1", ERR_SYNTAX, 0, "a whole number from -5 to 20"},
		{&number, "+1", ERR_SYNTAX, 0, "a whole number from -5 to 20"},
		{&number, "", ERR_SYNTAX, 0, "a whole number from -5 to 20"},
		{&number, "1.5", ERR_SYNTAX, 0, "a whole number from -5 to 20"},
		{&number, "99999999999999999999", ERR_RANGE, 0, "a whole number from -5 to 20"},
		{&time, "1m", 0, 60000, ""},
		{&time, "2m", ERR_RANGE, 0,
		 "a duration from 1s to 1m, written as 500ms, 90s, 5m, 2h or 1d"},
		{&time, "60", ERR_SYNTAX, 0,
		 "a duration from 1s to 1m, written as 500ms, 90s, 5m, 2h or 1d"},
		{&flag, "yes", 0, 1, ""},
		{&flag, "Off", 0, 0, ""},
		{&flag, "TRUE", 0, 1, ""},
		{&flag, "1", ERR_SYNTAX, 0, "yes or no"},
		{&text, "12345", 0, 0, ""},
		{&text, "123456", ERR_RANGE, 0, "text of at most 5 bytes"},
		{&choice, "a", 0, 0, ""},
		{&choice, "BC", 0, 1, ""},
		{&choice, "d", 0, 2, ""},
		{&choice, "b", ERR_NOTFOUND, 0, "one of a, bc, d"},
		{&choice, "", ERR_NOTFOUND, 0, "one of a, bc, d"},
		{&choice, "a|bc", ERR_NOTFOUND, 0, "one of a, bc, d"},
	};

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(rows); i++) {
		struct option_value value = {.number = 77};
		char expected[128] = "";

		assert_int_equal(option_parse(rows[i].spec, rows[i].text, &value, expected,
					      sizeof(expected)),
				 rows[i].rc);
		assert_string_equal(expected, rows[i].expected);
		assert_int_equal(value.number, rows[i].rc == 0 ? rows[i].number : 77);
		if (rows[i].rc == 0 && rows[i].spec->type == OPTION_STRING)
			assert_string_equal(value.text, rows[i].text);
		free(value.text);
	}
}

static void
others_are_not_found(void **state)
{
	enum probe_id probe;
	enum option_id option;

	(void)state;
	assert_int_equal(probe_spec_find("ICMP", &probe), ERR_NOTFOUND);
	assert_int_equal(probe_spec_find("", &probe), ERR_NOTFOUND);
	assert_int_equal(option_find(PROBE_ICMP, "path", &option), ERR_NOTFOUND);
	assert_int_equal(option_find(PROBE_HTTP, "path", &option), 0);
	assert_int_equal(option, OPT_HTTP_PATH);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_consistent),
		cmocka_unit_test(every_default_is_valid),
		cmocka_unit_test(values_are_parsed_by_type),
		cmocka_unit_test(others_are_not_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
