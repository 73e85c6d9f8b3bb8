/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The order of versions: a table of real pairs (tests/golden/policy/versions.tsv), and that within
 * it the order is one (antisymmetric, transitive); patterns; names of vendors.
 */
#include "keepwatch/err.h"
#include "keepwatch/mem.h"
#include "keepwatch/version.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PAIRS_MAX = 1000, LINE_MAX_LEN = 400, FIELDS = 4 };

struct pair {
	char line[LINE_MAX_LEN];
	const char *vendor, *a, *b;
	char relation;
};

struct table {
	struct pair pairs[PAIRS_MAX];
	size_t count;
};

static int
load(void **state)
{
	struct table *table = calloc(1, sizeof(*table));
	FILE *file = fopen("tests/golden/policy/versions.tsv", "r");
	char line[LINE_MAX_LEN];

	assert_non_null(table);
	assert_non_null(file);
	while (fgets(line, sizeof(line), file) != NULL) {
		struct pair *pair = &table->pairs[table->count];
		char *field[FIELDS], *p = pair->line;
		size_t n = 0;

		if (line[0] == '#')
			continue;
		line[strcspn(line, "\n")] = '\0';
		memcpy(pair->line, line, sizeof(line));
		while (n < FIELDS && (field[n] = strsep(&p, "\t")) != NULL)
			n++;
		if (n != FIELDS || strlen(field[2]) != 1)
			fail_msg("not a row: %s", line);
		pair->vendor = field[0];
		pair->a = field[1];
		pair->relation = field[2][0];
		pair->b = field[3];
		assert_true(++table->count < PAIRS_MAX);
	}
	fclose(file);
	*state = table;
	return 0;
}

static int
unload(void **state)
{
	free(*state);
	return 0;
}

/* '<', '=', '>', or '?' */
static char
relate(const char *vendor, const char *a, const char *b)
{
	int order = 42;
	int rc = version_compare(vendor, a, b, &order);

	if (rc == ERR_UNSUPPORTED) {
		assert_int_equal(order, 42);
		return '?';
	}
	assert_int_equal(rc, 0);
	return order < 0 ? '<' : order == 0 ? '=' : '>';
}

static void
pairs_are_in_the_order_of_their_vendor(void **state)
{
	const struct table *table = *state;
	size_t vendors = 0, wrong = 0;

	for (size_t i = 0; i < table->count; i++) {
		const struct pair *pair = &table->pairs[i];
		char expected = pair->relation == '~' ? '?' : pair->relation;
		char mirrored = expected == '<' ? '>' : expected;
		char got = relate(pair->vendor, pair->a, pair->b);
		char back = relate(pair->vendor, pair->b, pair->a);
		int order = 42;

		if (got != expected || back != mirrored) {
			print_error("%s: %s %c %s, and back %c; expected %c\n", pair->vendor,
				    pair->a, got, pair->b, back, expected);
			wrong++;
		}
		if (pair->relation != '?') {
			int rc = version_compare_bound(pair->vendor, pair->a, pair->b, &order);

			if (rc != 0 || (pair->relation == '<' ? order >= 0 : order != 0)) {
				print_error("%s: bound %s of %s: %d, %d\n", pair->vendor, pair->b,
					    pair->a, rc, order);
				wrong++;
			}
		}
		if (relate(pair->vendor, pair->a, pair->a) != '=')
			wrong++;
		if (!version_vendor_is_known(pair->vendor))
			fail_msg("%s is not known", pair->vendor);
		vendors += i == 0 || strcmp(pair->vendor, pair[-1].vendor) != 0;
	}
	print_message("# %zu pairs, %zu runs of vendors\n", table->count, vendors);
	assert_true(table->count >= 150);
	assert_true(vendors >= 20);
	assert_int_equal(wrong, 0);
}

/* Over all versions of a vendor: a < b and b < c give a < c or no order, never another one. */
static void
it_is_an_order(void **state)
{
	const struct table *table = *state;
	const char **all = calloc(2 * table->count, sizeof(*all));
	size_t checked = 0;

	assert_non_null(all);
	for (size_t start = 0, end; start < table->count; start = end) {
		const char *vendor = table->pairs[start].vendor;
		size_t n = 0;

		for (end = start;
		     end < table->count && strcmp(table->pairs[end].vendor, vendor) == 0; end++) {
			all[n++] = table->pairs[end].a;
			all[n++] = table->pairs[end].b;
		}
		for (size_t i = 0; i < n; i++) {
			for (size_t j = 0; j < n; j++) {
				char ij = relate(vendor, all[i], all[j]);

				if (ij == '?' || ij == '>')
					continue;
				for (size_t k = 0; k < n; k++) {
					char jk = relate(vendor, all[j], all[k]), ik;

					if (jk == '?' || jk == '>')
						continue;
					ik = relate(vendor, all[i], all[k]);
					checked++;
					if (ik == '>' || (ik == '=' && (ij == '<' || jk == '<')) ||
					    (ik == '<' && ij == '=' && jk == '='))
						fail_msg("%s: %s %c %s %c %s, but %c", vendor,
							 all[i], ij, all[j], jk, all[k], ik);
				}
			}
		}
	}
	print_message("# %zu triples\n", checked);
	assert_true(checked > 10000);
	free(all);
}

static void
what_has_no_order_has_none(void **state)
{
	static const char *const rows[][3] = {
		{"", "unknown", "5.4"},
		{NULL, "", "1"},
		{"Axis", "abc", "def"},
		{"", "1.2a", "1.2.1"},
		{"", "1.2b1", "1.2"},
		{"", "5.5", "build 210625"},
		{"", "2.10.540 STD", "2.10.540"},
		{"", "99999999999999999999.1", "1.0"},
	};

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(rows); i++) {
		assert_int_equal(relate(rows[i][0], rows[i][1], rows[i][2]), '?');
		assert_int_equal(relate(rows[i][0], rows[i][2], rows[i][1]), '?');
	}
	assert_int_equal(relate("", "1.05", "1.1"), '?');
	assert_int_equal(relate("", "1.05", "1.5"), '?');
	assert_int_equal(relate("", "1.05", "1.10"), '<');
	assert_int_equal(relate("", "1.05", "2.1"), '<');
	assert_int_equal(relate("", "1.05.1", "1.5.1"), '=');
	assert_int_equal(relate(NULL, "5.4", NULL), '?');
	/* The same text is the same, whatever it is; blanks and a leading V do not count. */
	assert_int_equal(relate("", "GDET", "gdet"), '=');
	assert_int_equal(relate("", "V1.2", " 1.2.0 "), '=');
	/* Without a vendor, forms that only one house has are recognized. */
	assert_int_equal(relate("", "12.2(55)SE3", "12.2(55)SE12"), '<');
	assert_int_equal(relate("", "20.4R3-S2.6", "20.4R3-S10"), '<');
}

static void
patterns_match(void **state)
{
	static const struct {
		const char *vendor, *version, *pattern;
		bool is_match;
	} rows[] = {
		{"Hikvision", "V5.5.61 build 180718", "5.5.61", true},
		{"Hikvision", "V5.5.61 build 180718", "=V5.5.61 build 180718", true},
		{"Hikvision", "V5.5.61 build 180718", "V5.5.61 build 180719", false},
		{"Hikvision", "V5.5.61 build 180718", "<5.5.800", true},
		{"Hikvision", "V5.5.61 build 180718", "<5.5.61", false},
		{"Hikvision", "V5.5.61 build 180718", "<= 5.5.61", true},
		{"Hikvision", "V5.5.61 build 180718", ">5.5.61", false},
		{"Hikvision", "V5.5.61 build 180718", ">=5.5.61", true},
		{"Hikvision", "V5.5.61 build 180718", "<build 210625", true},
		{"Hikvision", "V5.5.800 build 210628", "< build_210625", false},
		{"Hikvision", "V5.5.61 build 180718", "5.5.*", true},
		{"Hikvision", "V5.5.61 build 180718", "v5.4.*", false},
		{"Axis", "5.4.9", "5.4.0..5.4.9", true},
		{"Axis", "5.4.10", "5.4.0..5.4.9", false},
		{"Axis", "5.3.9", "5.4.0 .. 5.4.9", false},
		{"Cisco", "12.2(55)SE12", "<12.2(58)SE", true},
		{"HPE", "K.16.02.0022", "K.*", true},
		{"HPE", "YA.16.02.0022", "K.*", false},
		{"Ubiquiti", "US.v5.43.36.12724", ">=5.43", true},
	};
	bool is_match;

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(rows); i++) {
		is_match = !rows[i].is_match;
		assert_int_equal(version_pattern_check(rows[i].pattern, NULL, 0), 0);
		if (version_match(rows[i].vendor, rows[i].version, rows[i].pattern, &is_match) !=
			    0 ||
		    is_match != rows[i].is_match)
			fail_msg("%s, %s", rows[i].version, rows[i].pattern);
	}
	assert_int_equal(version_match("Cisco", "12.2(55)SE12", "<15.2(2)E", &is_match),
			 ERR_UNSUPPORTED);
	assert_int_equal(version_match("Cisco", "12.2(55)SE12", "<", &is_match), ERR_SYNTAX);
	assert_int_equal(version_match("Cisco", NULL, "<5", &is_match), ERR_UNSUPPORTED);
}

static void
bad_patterns_are_told(void **state)
{
	static const char *const bad[] = {"",	  "<",	 ">=",	 "..5",	   "5..", "a..b",
					  "<5.*", "new", "> <5", "5.*..6", NULL};
	char words[120];

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(bad); i++) {
		words[0] = '\0';
		if (version_pattern_check(bad[i], words, sizeof(words)) != ERR_SYNTAX)
			fail_msg("%s is taken for a pattern", bad[i]);
		assert_true(strlen(words) > 10);
	}
}

static void
vendors_have_one_name(void **state)
{
	static const char *const rows[][2] = {
		{"HIKVISION", "Hikvision"},
		{"hangzhou_hikvision", "Hikvision"},
		{"Hikvision Digital Technology", "Hikvision"},
		{"Hangzhou Hikvision Digital Technology Co., Ltd.", "Hikvision"},
		{"AXIS", "Axis"},
		{"Axis Communications AB", "Axis"},
		{"Cisco Systems, Inc.", "Cisco"},
		{"arubanetworks", "Aruba"},
		{"hp", "HPE"},
		{"paloaltonetworks", "Palo Alto Networks"},
		{"d-link", "D-Link"},
		{"dlink", "D-Link"},
		{"TP-Link Systems Inc.", "TP-Link"},
		{"Robert Bosch GmbH", "Bosch"},
		{"2N Telekomunikace a.s.", "2N"},
		{"Hanwha Vision Co., Ltd.", "Hanwha"},
		{"ui", "Ubiquiti"},
		{"schneider-electric", "Schneider Electric"},
	};

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(rows); i++) {
		assert_string_equal(version_vendor(rows[i][0]), rows[i][1]);
		/* What it says is a name that it knows. */
		assert_string_equal(version_vendor(rows[i][1]), rows[i][1]);
	}
	assert_string_equal(version_vendor("Acme"), "Acme");
	assert_null(version_vendor(NULL));
	assert_false(version_vendor_is_known("microsoft"));
	assert_false(version_vendor_is_known(""));
}

static void
names_of_vendors_are_sorted(void **state)
{
	static const char *const names[][2] = {
#define VENDOR(alias, name) {alias, name},
#include "../../src/policy/version_vendors.def"
#undef VENDOR
	};

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(names); i++) {
		if (i > 0 && strcmp(names[i - 1][0], names[i][0]) >= 0)
			fail_msg("%s is not before %s", names[i - 1][0], names[i][0]);
		/* Found by the search, and a name is one of its own names. */
		assert_string_equal(version_vendor(names[i][0]), names[i][1]);
		assert_string_equal(version_vendor(names[i][1]), names[i][1]);
	}
}

int
main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(pairs_are_in_the_order_of_their_vendor),
		cmocka_unit_test(it_is_an_order),
		cmocka_unit_test(what_has_no_order_has_none),
		cmocka_unit_test(patterns_match),
		cmocka_unit_test(bad_patterns_are_told),
		cmocka_unit_test(vendors_have_one_name),
		cmocka_unit_test(names_of_vendors_are_sorted),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
