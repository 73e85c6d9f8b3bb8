/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Services that fail though the device answers: what scripts of polls are taken for, how soon, and
 * what is no fault at all.
 */
#include "service_script.h"

static void
test_a_table_of_one(void **state)
{
	static const struct {
		const char *script;
		enum verdict verdict;
		unsigned polls; /* until it is told */
	} rows[] = {
		{"rrr rrr rrr rrr rrr", VERDICT_DEVICE_SERVICE, 3},
		{"eeo eeo eeo eeo eeo", VERDICT_DEVICE_SERVICE, 3},
		{"eet eet eot eet eet", VERDICT_DEVICE_SERVICE, 3},
		{"ttt ttt ttt ttt ttt", VERDICT_DEVICE_SERVICE, 3},
		{"oot oot oot oot oot", VERDICT_DEVICE_SERVICE, 4},
		{"orr ooo orr orr orr", VERDICT_DEVICE_SERVICE, 4},
		{"aaa aaa aaa aaa aaa", VERDICT_CREDENTIALS, 3},
		{"oss sss oss sos sss", VERDICT_CREDENTIALS, 3},
		{"a a a a a", VERDICT_CREDENTIALS, 3},
		{"oot ooa ooa ooa ooa", VERDICT_CREDENTIALS, 4},
		{"tta ooa tta ooa oaa", VERDICT_CREDENTIALS, 3},
		/* Timeouts alone would do, but for the logins that are refused. */
		{"tta tto tta tta tta", VERDICT_CREDENTIALS, 4},
		{"rrt ttt ooo ooo arr", VERDICT_DUP_IP, 5},
		{"arr arr ooo arr ooo", VERDICT_DUP_IP, 4},
		{"orr ooo orr ooo orr", VERDICT_DUP_IP, 5},
		{"aaa ooo aaa ooo aaa", VERDICT_DUP_IP, 4},
		/* Another kind of device, but it never answers rightly: the turns are awaited. */
		{"arr arr arr arr arr arr arr", VERDICT_DEVICE_SERVICE, 6},
	};

	end(state);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world *w;
		int64_t start;

		begin(state);
		w = *state;
		start = w->now;
		w->scripts[4] = rows[i].script;
		run(w, STEADY);
		if (w->count == 0)
			fail_msg("%s: nothing told", rows[i].script);
		for (size_t k = 0; k < w->count; k++)
			if (w->told[k].verdict != rows[i].verdict)
				fail_msg("%s: %s", rows[i].script,
					 verdict_name(w->told[k].verdict));
		assert_one(w, rows[i].verdict, FIRST + 4);
		if (polls_until(w, 0, start) != rows[i].polls)
			fail_msg("%s: told after %u polls", rows[i].script,
				 polls_until(w, 0, start));
		if (rows[i].script[2] != 't' || rows[i].verdict != VERDICT_CREDENTIALS)
			assert_int_equal(w->told[0].since, start + 4 * APART);
		end(state);
	}
	begin(state);
}

static void
test_what_is_no_fault(void **state)
{
	static const char *const scripts[] = {
		"rrr rrr ooo",		       /* a restart */
		"- - rrr rrr ooo",	       /* one that was seen */
		"eoo ooo ooo ooo ooo ooo oro", /* wrong now and then */
		"- rrr ooo ooo - rrr ooo ooo", /* two restarts are no turns */
		"oot oto too oot oto too oot", /* a bad path hits all services */
		"oot0 oot1 oot1 oot0 oot1",    /* and pings: timeouts are to be expected */
		"ttt ttt - - - ooo",
		"aaa aaa ooo",
	};

	end(state);
	for (size_t i = 0; i < sizeof(scripts) / sizeof(scripts[0]); i++) {
		struct world *w;

		begin(state);
		w = *state;
		w->scripts[2] = scripts[i];
		run(w, 20);
		for (size_t k = 0; k < w->count; k++)
			if (w->told[k].verdict != VERDICT_DEVICE_HW &&
			    w->told[k].verdict != VERDICT_CABLE_PORT)
				fail_msg("%s: %s", scripts[i], verdict_name(w->told[k].verdict));
		end(state);
	}
	begin(state);
}

/* Where a fifth of the packets is lost, services time out everywhere and now and then in a row. */
static void
test_a_lossy_site(void **state)
{
	enum { LONG = 400 };
	struct world *w = *state;
	char *words[DEVICES];
	uint32_t random = 12345;

	for (unsigned i = 0; i < DEVICES; i++) {
		char *at = words[i] = calloc(LONG, 5);

		assert_non_null(at);
		for (unsigned k = 0; k < LONG; k++) {
			unsigned lost = 0;

			for (unsigned s = 0; s < 6; s++) {
				random = random * 1664525 + 1013904223;
				if (s < 3)
					*at++ = random >> 16 < 65536 * 6 / 100 ? 't' : 'o';
				else
					lost += random >> 16 < 65536 / 5;
			}
			*at++ = (char)('3' - lost);
			*at++ = k + 1 < LONG ? ' ' : '\0';
		}
		w->scripts[i] = words[i];
	}
	run(w, LONG);
	for (size_t i = 0; i < w->count; i++)
		assert_int_not_equal(w->told[i].verdict, VERDICT_DEVICE_SERVICE);
	for (unsigned i = 0; i < DEVICES; i++)
		free(words[i]);
}

/* Its own failures are no measure of the site's path: the next one is told as soon. */
static void
test_a_bad_neighbour(void **state)
{
	struct world *w = *state;
	char words[4 * STEADY + 1] = "";
	int64_t start;

	for (unsigned i = 0; i < STEADY; i++)
		memcpy(words + 4 * i, "tot ", 4);
	w->scripts[1] = words;
	run(w, STEADY / 2);
	assert_int_equal(w->count, 1);
	start = w->now;
	w->cycle = 0;
	w->scripts[5] = "tot tot tot tot tot tot";
	run(w, 10);
	assert_true(w->count >= 2);
	assert_int_equal(w->told[1].blame.id, FIRST + 5);
	assert_true(polls_until(w, 1, start) <= 3);
}

int
main(void)
{
#define T(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		T(test_a_table_of_one),
		T(test_what_is_no_fault),
		T(test_a_lossy_site),
		T(test_a_bad_neighbour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
