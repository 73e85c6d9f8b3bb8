/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reasons in plain words: every sentence is filled in wholly, optional parts go, and what does not
 * fit is cut between characters.
 */
#include "keepwatch/diag.h"
#include "keepwatch/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

enum what {
#define R(name, text) WHAT_##name,
#include "../../src/diag/reasons.def"
#undef R
	WHAT_COUNT
};

static const char *
name_of(void *owner, enum blame_type type, uint32_t id)
{
	(void)type;
	if (id == 1)
		return "hq-acc-3";
	return id == 2 ? "hq-core" : owner ? owner : "";
}

static struct diag_reason
full(enum what what)
{
	return (struct diag_reason){.what = (uint16_t)what,
				    .node = 1,
				    .other = 2,
				    .port = 7,
				    .at_ms = 61000,
				    .n = 6,
				    .of = 8,
				    .x = 40};
}

static void
test_every_sentence_is_filled(void **state)
{
	char text[EVIDENCE_TEXT_SIZE];

	(void)state;
	for (unsigned i = 1; i < WHAT_COUNT; i++) {
		struct diag_reason reason = full((enum what)i), empty = {.what = (uint16_t)i};

		diag_words(&reason, name_of, NULL, 0, text, sizeof(text));
		assert_true(strlen(text) > 5 && strlen(text) < sizeof(text) - 1);
		assert_null(strpbrk(text, "{}[]"));
		assert_null(strstr(text, "unknown time"));
		diag_words(&empty, name_of, "x", 0, text, sizeof(text));
		assert_null(strpbrk(text, "{}[]"));
	}
}

static void
test_figures_names_and_times(void **state)
{
	struct diag_reason reason = full(WHAT_SILENT_BELOW);
	char text[EVIDENCE_TEXT_SIZE];

	(void)state;
	assert_string_equal(diag_words(&reason, name_of, NULL, 1000, text, sizeof(text)),
			    "6 of 8 devices on hq-acc-3 silent within 40 s, since 60 s");
	setenv("TZ", "UTC0", 1);
	tzset();
	diag_words(&reason, name_of, NULL, -1, text, sizeof(text));
	assert_non_null(strstr(text, "since 00:01:01"));

	reason = full(WHAT_LOSS_BELOW);
	reason.x = 0.425;
	reason.of = 0.02;
	assert_string_equal(diag_words(&reason, name_of, NULL, 0, text, sizeof(text)),
			    "median loss below hq-acc-3 is 42.5%, elsewhere 2%");
	reason = full(WHAT_MOVED);
	reason.node = 3;
	assert_string_equal(diag_words(&reason, name_of, "cam 9", 0, text, sizeof(text)),
			    "the MAC of cam 9 is now learned on port 7 of hq-core");
}

static void
test_optional_part_goes(void **state)
{
	struct diag_reason reason = full(WHAT_LINK_DOWN);
	char text[EVIDENCE_TEXT_SIZE];

	(void)state;
	assert_string_equal(diag_words(&reason, name_of, NULL, 0, text, sizeof(text)),
			    "port 7 of hq-acc-3 lost link at 61 s");
	reason.at_ms = 0;
	assert_string_equal(diag_words(&reason, name_of, NULL, 0, text, sizeof(text)),
			    "port 7 of hq-acc-3 lost link");
}

static void
test_cut_between_characters(void **state)
{
	struct diag_reason reason = full(WHAT_MOVED);
	char text[32];

	(void)state;
	reason.node = 3;
	diag_words(&reason, name_of,
		   "K\xC3\xBC"
		   "che",
		   0, text, 13);
	assert_string_equal(text, "the MAC of K");
	diag_words(&reason, name_of, NULL, 0, text, 1);
	assert_string_equal(text, "");
	reason.what = 60000;
	assert_string_equal(diag_words(&reason, name_of, NULL, 0, text, sizeof(text)), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_sentence_is_filled),
		cmocka_unit_test(test_figures_names_and_times),
		cmocka_unit_test(test_optional_part_goes),
		cmocka_unit_test(test_cut_between_characters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
