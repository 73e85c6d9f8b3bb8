/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Port lists as people write them.
 */
#include "keepwatch/err.h"
#include "keepwatch/mem.h"
#include "keepwatch/port_service.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static void
test_services(void **state)
{
	(void)state;
	assert_string_equal(port_service(23)->name, "telnet");
	assert_int_equal(port_service(443)->speaks, PORT_SPEAKS_HTTPS);
	assert_string_equal(port_service(37777)->name, "dahua-sdk");
	assert_string_equal(port_service(12345)->name, "unknown");
	assert_string_equal(port_service(0)->name, "unknown");
}

static void
test_list(void **state)
{
	struct port_item items[PORT_LIST_MAX];
	size_t count = 0;

	(void)state;
	assert_int_equal(port_list_parse("80, 22-24,10443=https,22,5=tls", items, &count), 0);
	assert_int_equal(count, 6);
	assert_int_equal(items[0].port, 80);
	assert_int_equal(items[3].port, 24);
	assert_string_equal(items[3].service->name, "unknown");
	assert_int_equal(items[4].port, 10443);
	assert_int_equal(items[4].service->speaks, PORT_SPEAKS_HTTPS);
	assert_int_equal(items[5].service->speaks, PORT_SPEAKS_TLS);
	assert_int_equal(port_list_parse("65472-65535", items, &count), 0);
	assert_int_equal(count, PORT_LIST_MAX);
}

static void
test_mistakes(void **state)
{
	static const struct {
		const char *text;
		int rc;
	} rows[] = {
		{"", ERR_SYNTAX},      {"22,", ERR_SYNTAX},	      {",22", ERR_SYNTAX},
		{"22 23", ERR_SYNTAX}, {"22-", ERR_SYNTAX},	      {"-22", ERR_SYNTAX},
		{"0", ERR_RANGE},      {"65536", ERR_RANGE},	      {"9999999999999", ERR_RANGE},
		{"30-20", ERR_RANGE},  {"22=nonsense", ERR_NOTFOUND}, {"22=", ERR_NOTFOUND},
		{"1-65", ERR_TOOBIG},  {"ssh", ERR_SYNTAX},	      {"22;23", ERR_SYNTAX},
	};
	struct port_item items[PORT_LIST_MAX];
	size_t count = 77;

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(rows); i++)
		assert_int_equal(port_list_parse(rows[i].text, items, &count), rows[i].rc);
	assert_int_equal(count, 77);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_services),
		cmocka_unit_test(test_list),
		cmocka_unit_test(test_mistakes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
