/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Numbers of sites and power zones: made of their names, so that what is stored of an incident
 * means the same after a restart.
 */
#include "../../src/agent/diagnosis.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <cmocka.h>

static void
a_name_has_the_same_number_at_all_times(void **state)
{
	struct diagnosis_names before = {0}, after = {0};
	uint32_t hq = diagnosis_name_id(&before, "hq"), depot = diagnosis_name_id(&before, "depot");

	(void)state;
	assert_int_not_equal(hq, 0);
	assert_int_not_equal(hq, depot);
	assert_int_equal(diagnosis_name_id(&before, "hq"), hq);
	assert_int_equal(before.count, 2);
	/* In another order, after a restart. */
	assert_int_equal(diagnosis_name_id(&after, "depot"), depot);
	assert_int_equal(diagnosis_name_id(&after, "hq"), hq);
	diagnosis_names_fini(&before);
	diagnosis_names_fini(&after);
}

/* What connects a site is numbered by the site: that is no device, and not the monitor. */
static void
no_number_is_that_of_a_device(void **state)
{
	struct diagnosis_names names = {0};
	char name[16];

	(void)state;
	for (unsigned i = 0; i < 2000; i++) {
		uint32_t id;

		snprintf(name, sizeof(name), "site-%u", i);
		id = diagnosis_name_id(&names, name);
		assert_true(id > 0 && id < DIAGNOSIS_WAN);
		assert_int_not_equal(DIAGNOSIS_WAN | id, DIAGNOSIS_MONITOR);
	}
	for (size_t i = 0; i < names.count; i++) {
		for (size_t k = i + 1; k < names.count; k++)
			assert_int_not_equal(names.items[i].id, names.items[k].id);
	}
	diagnosis_names_fini(&names);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_has_the_same_number_at_all_times),
		cmocka_unit_test(no_number_is_that_of_a_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
