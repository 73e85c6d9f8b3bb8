/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The command line, and text fitted to a terminal.
 */
#include "../../src/cli/args.h"
#include "../../src/cli/fit.h"
#include "../../src/cli/human.h"
#include "../../src/cli/term.h"

#include "keepwatch/buf.h"
#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#define PARSE(args, why, ...)                                                          \
	args_parse(args, (int)MEM_COUNT(((const char *[]){"keepwatch", __VA_ARGS__})), \
		   (char **)(uintptr_t)((const char *[]){"keepwatch", __VA_ARGS__, NULL}), why)

static void
args_in_any_order(void **state)
{
	struct args args;
	struct buf why;

	(void)state;
	buf_init(&why, 1024);
	assert_int_equal(PARSE(&args, &why, "-c", "x.yaml", "devices", "cam-*", "--site=hq,lab",
			       "-shere", "--site", "a,,b", "--tree", "--", "-odd"),
			 0);
	assert_string_equal(args.command->name, "devices");
	assert_string_equal(args_value(&args, ARG_CONFIG), "x.yaml");
	assert_int_equal(args.given[ARG_SITE].count, 5);
	assert_string_equal(args.given[ARG_SITE].items[2], "here");
	assert_string_equal(args.given[ARG_SITE].items[4], "b");
	assert_true(args_has(&args, ARG_TREE));
	assert_int_equal(args.operands.count, 2);
	assert_string_equal(args.operands.items[1], "-odd");
	args_fini(&args);
	buf_fini(&why);
}

static void
last_value_counts(void **state)
{
	struct args args;
	struct buf why;

	(void)state;
	buf_init(&why, 1024);
	assert_int_equal(PARSE(&args, &why, "report", "-f", "csv", "--format=json"), 0);
	assert_string_equal(args_value(&args, ARG_FORMAT), "json");
	args_fini(&args);
	buf_fini(&why);
}

#define REFUSED(words, ...)                                                   \
	do {                                                                  \
		struct args args;                                             \
		struct buf why;                                               \
                                                                              \
		buf_init(&why, 1024);                                         \
		assert_int_equal(PARSE(&args, &why, __VA_ARGS__), ERR_INVAL); \
		if (strstr(why.data, words) == NULL)                          \
			fail_msg("'%s' lacks '%s'", why.data, words);         \
		args_fini(&args);                                             \
		buf_fini(&why);                                               \
	} while (0)

static void
complaints_help(void **state)
{
	(void)state;
	REFUSED("did you mean --format?", "devices", "--fromat", "csv");
	REFUSED("did you mean devices?", "devcies");
	REFUSED("unknown option --tree", "report", "--tree");
	REFUSED("needs a value", "devices", "--format");
	REFUSED("takes no value", "devices", "--tree=yes");
	REFUSED("unexpected argument 'extra'", "report", "extra");
	REFUSED("keepwatch show DEVICE", "show");
	REFUSED("follow its name", "--format", "csv", "report");
	REFUSED("\\x1b", "report", "--\x1b[31m");
}

static void
text_is_harmless(void **state)
{
	static const char text[] = "a\x1b[2J\xc2\x9b\xe2\x80\xae\xef\xbb\xbf \xc3\xb6\xff";
	struct buf buf;

	(void)state;
	buf_init(&buf, 1024);
	term_put_text(true, &buf, text, strlen(text));
	assert_string_equal(buf.data,
			    "a\\x1b[2J\\xc2\\x9b\\xe2\\x80\\xae\\xef\\xbb\\xbf \xc3\xb6\\xff");
	buf_reset(&buf);
	term_put_text(false, &buf, "\xc3\xb6z", 3);
	assert_string_equal(buf.data, "\\xc3\\xb6z");
	buf_fini(&buf);
}

static void
sparkline_scales(void **state)
{
	const double values[] = {0, 100, 50, -1, 12};
	struct buf buf;

	(void)state;
	buf_init(&buf, 1024);
	term_put_sparkline(false, &buf, values, 5, 0);
	assert_string_equal(buf.data, "_@+ _");
	buf_reset(&buf);
	term_put_sparkline(true, &buf, values, 2, 0);
	assert_string_equal(buf.data, "▁█");
	buf_fini(&buf);
}

static void
wraps_at_words(void **state)
{
	char *text = fit_wrap("no answer in time: 3 of 3 lost", 12);

	(void)state;
	assert_string_equal(text, "no answer in\ntime: 3 of 3\nlost");
	free(text);
	text = fit_wrap("abcdefghijklmnop q", 5);
	assert_string_equal(text, "abcde\nfghij\nklmno\np q");
	free(text);
	text = fit_wrap("", 5);
	assert_string_equal(text, "");
	free(text);
}

static void
cuts_with_a_mark(void **state)
{
	char *text = fit_cut("Größenwahn", 6, true);

	(void)state;
	assert_string_equal(text, "Größe…");
	free(text);
	text = fit_cut("2001:db8::15", 8, false);
	assert_string_equal(text, "2001:db~");
	free(text);
	text = fit_cut("short", 8, false);
	assert_string_equal(text, "short");
	free(text);
	assert_int_equal(fit_width("日本"), 4);
}

static void
columns_give_way(void **state)
{
	struct fit_column columns[] = {
		{.natural = 20},
		{.natural = 15, .may_cut = true, .yields = 1},
		{.natural = 19, .yields = 3},
		{.natural = 60, .may_wrap = true},
	};

	(void)state;
	fit_columns(columns, 4, 0);
	assert_int_equal(columns[3].width, 60);
	fit_columns(columns, 4, 100);
	assert_false(columns[2].is_gone);
	assert_int_equal(columns[3].width, 100 - 20 - 15 - 19 - 3);
	fit_columns(columns, 4, 70);
	assert_true(columns[2].is_gone);
	assert_int_equal(columns[0].width + columns[1].width + columns[3].width + 2, 70);
	fit_columns(columns, 4, 50);
	assert_true(columns[1].is_gone);
	assert_int_equal(columns[3].width, 29);
}

static void
numbers_for_people(void **state)
{
	char text[HUMAN_SIZE];

	(void)state;
	assert_string_equal(human_rtt(80, text, sizeof(text)), "0.08 ms");
	assert_string_equal(human_rtt(25100, text, sizeof(text)), "25.1 ms");
	assert_string_equal(human_rtt(1234567, text, sizeof(text)), "1.2 s");
	assert_string_equal(human_offset(-61000, text, sizeof(text)), "-1m 1s");
	assert_string_equal(human_offset(140, text, sizeof(text)), "+140 ms");
	human_offset(INT64_MIN, text, sizeof(text));
	assert_string_equal(human_percent(1, 3, text, sizeof(text)), "33.33 %");
	assert_string_equal(human_percent(99999, 100000, text, sizeof(text)), "99.99 %");
	assert_string_equal(human_percent(3, 3, text, sizeof(text)), "100 %");
	assert_string_equal(human_age(1000, 9771 + 1000, text, sizeof(text)), "9s");
	assert_string_equal(human_age(0, 5, text, sizeof(text)), "-");
	assert_string_equal(human_age(9, 5, text, sizeof(text)), "0s");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(args_in_any_order),  cmocka_unit_test(last_value_counts),
		cmocka_unit_test(complaints_help),    cmocka_unit_test(text_is_harmless),
		cmocka_unit_test(sparkline_scales),   cmocka_unit_test(wraps_at_words),
		cmocka_unit_test(cuts_with_a_mark),   cmocka_unit_test(columns_give_way),
		cmocka_unit_test(numbers_for_people),
	};

	setlocale(LC_ALL, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
