/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The manual says of every probe and option what the table says. Run from the root of the source.
 */
#include "keepwatch/clock.h"
#include "keepwatch/finding.h"
#include "keepwatch/kinds.h"
#include "keepwatch/probe_spec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { MANUAL_MAX = 1 << 18 };

static char *
slurp(const char *path)
{
	FILE *in = fopen(path, "re");
	char *text = malloc(MANUAL_MAX);
	size_t len;

	assert_non_null(in);
	assert_non_null(text);
	len = fread(text, 1, MANUAL_MAX - 1, in);
	text[len] = '\0';
	fclose(in);
	return text;
}

static void
every_probe_is_in_the_manual(void **state)
{
	char *manual = slurp("packaging/man/keepwatch.yaml.5");
	char values[160];
	int missing = 0;

	(void)state;
	for (int id = 0; id < PROBE_COUNT; id++) {
		const struct probe_spec *spec = probe_spec((enum probe_id)id);
		char *text = NULL;
		size_t len = 0;
		FILE *out = open_memstream(&text, &len);

		assert_non_null(out);
		fprintf(out, ".Ss Probe %s\n%s.\n.Bl -tag -width Ds\n", spec->name, spec->summary);
		for (size_t i = 0; i < probe_option_count((enum probe_id)id); i++) {
			const struct option_spec *option =
				option_spec((enum option_id)(spec->first_option + i));

			fprintf(out, ".It Cm %s\n%s\n(%s)\n", option->name, option->help,
				option_describe(option, values, sizeof(values)));
		}
		fprintf(out, ".El\n");
		fclose(out);
		if (strstr(manual, text) == NULL) {
			print_error("not in the manual as it should be:\n%s", text);
			missing++;
		}
		free(text);
	}
	free(manual);
	assert_int_equal(missing, 0);
}

static void
every_kind_is_in_the_manual(void **state)
{
	char *manual = slurp("packaging/man/fleet.csv.5");
	char text[64];

	(void)state;
	for (int kind = 0; kind < KIND_COUNT; kind++) {
		snprintf(text, sizeof(text), ".It Cm %s\n", kind_name((enum device_kind)kind));
		assert_non_null(strstr(manual, text));
	}
	free(manual);
}

static void
every_rule_of_an_audit_is_in_the_manual(void **state)
{
	char *manual = slurp("packaging/man/keepwatch.yaml.5"), *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	(void)state;
	assert_non_null(out);
	fprintf(out, ".Bl -tag -width Ds -compact\n");
	for (int i = RULE_AUDIT_FIRST; i < RULE_COUNT; i++) {
		enum finding_rule rule = (enum finding_rule)i;

		fprintf(out, ".It Cm %s\n%s\n(%s)\n", finding_rule_name(rule),
			finding_rule_words(rule),
			finding_severity_name(finding_rule_severity(rule)));
	}
	fprintf(out, ".El\n");
	fclose(out);
	if (strstr(manual, text) == NULL)
		fail_msg("not in the manual as it should be:\n%s", text);
	free(text);
	free(manual);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_probe_is_in_the_manual),
		cmocka_unit_test(every_kind_is_in_the_manual),
		cmocka_unit_test(every_rule_of_an_audit_is_in_the_manual),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
