/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Port names that are one port, that may be one, and that are not.
 */
#include "keepwatch/mem.h"
#include "keepwatch/port_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct pair {
	const char *a, *b;
	enum port_name_match expected;
};

static const struct pair pairs[] = {
	{"GigabitEthernet1/0/13", "Gi1/0/13", PORT_NAME_SAME},
	{"GigabitEthernet1/0/13", "gi1/0/13", PORT_NAME_SAME},
	{"Gig 1/0/13", "gi1/0/13", PORT_NAME_SAME},
	{"GigabitEth1/0/13", "GE1/0/13", PORT_NAME_SAME},
	{"TenGigabitEthernet1/1/1", "Te1/1/1", PORT_NAME_SAME},
	{"Ten-GigabitEthernet1/0/49", "XGE1/0/49", PORT_NAME_SAME},
	{"TenGigE0/0/0/1", "Te0/0/0/1", PORT_NAME_SAME},
	{"FastEthernet0/1", "Fa0/1", PORT_NAME_SAME},
	{"Ethernet1/1", "Eth1/1", PORT_NAME_SAME},
	{"Ethernet1/1", "Et1/1", PORT_NAME_SAME},
	{"Port-channel1", "Po1", PORT_NAME_SAME},
	{"port-channel 1", "po1", PORT_NAME_SAME},
	{"Bridge-Aggregation2", "BAGG2", PORT_NAME_SAME},
	{"TwentyFiveGigE1/0/1", "Twe1/0/1", PORT_NAME_SAME},
	{"ge-0/0/3", "ge-0/0/3.0", PORT_NAME_SAME},
	{"gi1/0/01", "gi1/0/1", PORT_NAME_SAME},
	{"A13", "a13", PORT_NAME_SAME},
	{"swp7", "SWP7", PORT_NAME_SAME},
	{"Port 13", "port13", PORT_NAME_SAME},
	{"13", "13", PORT_NAME_SAME},
	{"uplink", "Uplink", PORT_NAME_SAME},
	{"gi0", "GigabitEthernet0", PORT_NAME_SAME},
	{"port 13", "13", PORT_NAME_NUMBER},
	{"1/0/13", "Gi1/0/13", PORT_NAME_NUMBER},
	{"13", "A13", PORT_NAME_NUMBER},
	{"Gi1/0/13", "Te1/0/13", PORT_NAME_DIFFERENT},
	{"Gi1/0/13", "Fa1/0/13", PORT_NAME_DIFFERENT},
	{"Gi1/0/13", "Gi1/0/1", PORT_NAME_DIFFERENT},
	{"Gi1/0/13", "Gi1/0/130", PORT_NAME_DIFFERENT},
	{"gi1/0/10", "gi1/0/1", PORT_NAME_DIFFERENT},
	{"Gi1/0/13", "Gi1/0/13.100", PORT_NAME_DIFFERENT},
	{"Po1", "Port 1", PORT_NAME_NUMBER},
	{"A13", "B13", PORT_NAME_DIFFERENT},
	{"port 13", "14", PORT_NAME_DIFFERENT},
	{"port", "interface", PORT_NAME_DIFFERENT},
	{"", "port 1", PORT_NAME_DIFFERENT},
	{"TwoGigabitEthernet1/0/1", "TwentyFiveGigE1/0/1", PORT_NAME_DIFFERENT},
};

static void
test_pairs(void **state)
{
	(void)state;
	for (size_t i = 0; i < MEM_COUNT(pairs); i++) {
		const struct pair *pair = &pairs[i];

		if (port_name_match(pair->a, pair->b) != pair->expected ||
		    port_name_match(pair->b, pair->a) != pair->expected)
			fail_msg("'%s' and '%s': %d and %d, expected %d", pair->a, pair->b,
				 (int)port_name_match(pair->a, pair->b),
				 (int)port_name_match(pair->b, pair->a), (int)pair->expected);
		assert_int_equal(port_name_same(pair->a, pair->b),
				 pair->expected == PORT_NAME_SAME);
	}
	assert_false(port_name_same("", ""));
}

static void
test_canonical(void **state)
{
	char out[PORT_NAME_SIZE];
	char longest[300];

	(void)state;
	assert_string_equal(port_name_canonical("GigabitEthernet1/0/13", out), "gi1/0/13");
	assert_string_equal(port_name_canonical("Port-channel 07", out), "po7");
	assert_string_equal(port_name_canonical("Uplink-A", out), "uplinka");
	assert_string_equal(port_name_canonical("", out), "");
	memset(longest, 'x', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(strlen(port_name_canonical(longest, out)), PORT_NAME_SIZE - 1);
	memset(longest, '7', sizeof(longest) - 1);
	memset(longest, 'y', 40);
	assert_int_equal(strlen(port_name_canonical(longest, out)), PORT_NAME_SIZE - 1);
	assert_int_equal(port_name_match(longest, longest), PORT_NAME_SAME);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pairs),
		cmocka_unit_test(test_canonical),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
