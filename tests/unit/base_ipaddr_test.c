/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Addresses: text in, canonical text out, sockets and back.
 */
#include "keepwatch/err.h"
#include "keepwatch/ipaddr.h"
#include "keepwatch/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <cmocka.h>

static void
addresses_are_understood(void **state)
{
	static const struct {
		const char *text, *canonical;
		int family;
	} rows[] = {
		{"10.77.1.1", "10.77.1.1", 4},
		{"255.255.255.255", "255.255.255.255", 4},
		{"2001:DB8:0:0:0:0:0:1", "2001:db8::1", 6},
		{"[::1]", "::1", 6},
		{"fe80::1%lo", "fe80::1%lo", 6},
		{"fe80::1%4294967295", "fe80::1%4294967295", 6},
		{"::ffff:192.0.2.7", "192.0.2.7", 4},
	};

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(rows); i++) {
		struct ipaddr addr;
		char text[IPADDR_TEXT_SIZE];

		assert_int_equal(ipaddr_parse(rows[i].text, &addr), 0);
		assert_int_equal(addr.family, rows[i].family);
		assert_string_equal(ipaddr_format(&addr, text, sizeof(text)), rows[i].canonical);
	}
}

static void
other_texts_are_refused(void **state)
{
	static const char *const rows[] = {
		"",	     "10.77.1",	  "10.77.1.300", "10.77.1.1.1", "010.1.1.1",
		" 10.1.1.1", "10.1.1.1 ", "[10.1.1.1]",	 "[::1",	"::1]",
		"fe80::1%",  "fe80::1%0", "fe80::1%-1",	 "fe80::1%+1",	"fe80::1%99999999999",
		"1::2::3",   "12345::",	  "cam-1",	 "10.1.1.1/24", "::1%no-such-interface"};
	struct ipaddr addr = {.family = 77};
	char longest[300];

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(rows); i++)
		assert_int_equal(ipaddr_parse(rows[i], &addr), ERR_SYNTAX);
	memset(longest, '1', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_int_equal(ipaddr_parse(longest, &addr), ERR_SYNTAX);
	assert_int_equal(addr.family, 77);
}

static void
sockets_give_the_same_back(void **state)
{
	static const char *const rows[] = {"10.77.1.1", "2001:db8::1", "fe80::1%1",
					   "::ffff:1.2.3.4"};

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(rows); i++) {
		struct sockaddr_storage ss;
		struct ipaddr addr, back;
		uint16_t port = 0;
		socklen_t len;

		assert_int_equal(ipaddr_parse(rows[i], &addr), 0);
		len = ipaddr_to_sockaddr(&addr, 161, &ss);
		assert_int_equal(len, addr.family == 4 ? sizeof(struct sockaddr_in)
						       : sizeof(struct sockaddr_in6));
		assert_int_equal(ipaddr_from_sockaddr((const struct sockaddr *)&ss, &back, &port),
				 0);
		assert_int_equal(port, 161);
		assert_true(ipaddr_equal(&addr, &back));
		assert_int_equal(ipaddr_hash(&addr), ipaddr_hash(&back));
	}
}

static void
others_differ(void **state)
{
	struct ipaddr a, b, none = {0};
	struct sockaddr_storage ss = {.ss_family = AF_UNIX};
	char text[IPADDR_TEXT_SIZE];

	(void)state;
	assert_int_equal(ipaddr_parse("fe80::1%1", &a), 0);
	assert_int_equal(ipaddr_parse("fe80::1%2", &b), 0);
	assert_false(ipaddr_equal(&a, &b));
	assert_int_equal(ipaddr_parse("fe80::2%1", &b), 0);
	assert_false(ipaddr_equal(&a, &b));
	assert_string_equal(ipaddr_format(&none, text, sizeof(text)), "-");
	assert_int_equal(ipaddr_from_sockaddr((const struct sockaddr *)&ss, &a, NULL),
			 ERR_UNSUPPORTED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_understood),
		cmocka_unit_test(other_texts_are_refused),
		cmocka_unit_test(sockets_give_the_same_back),
		cmocka_unit_test(others_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
