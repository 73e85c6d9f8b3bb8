/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Object identifiers: prefix, order and text.
 */
#include "keepwatch/err.h"
#include "keepwatch/varbind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
test_prefix(void **state)
{
	const uint32_t oid[] = {1, 3, 6, 1};
	const uint32_t other[] = {1, 3, 7};

	(void)state;
	assert_true(oid_has_prefix(oid, 4, oid, 4));
	assert_true(oid_has_prefix(oid, 4, oid, 2));
	assert_true(oid_has_prefix(oid, 4, NULL, 0));
	assert_true(oid_has_prefix(NULL, 0, NULL, 0));
	assert_false(oid_has_prefix(oid, 3, oid, 4));
	assert_false(oid_has_prefix(oid, 4, other, 3));
}

static void
test_compare(void **state)
{
	const uint32_t a[] = {1, 3, 6}, b[] = {1, 3, 6, 0}, c[] = {1, 4}, d[] = {1, UINT32_MAX};

	(void)state;
	assert_int_equal(oid_compare(a, 3, a, 3), 0);
	assert_true(oid_compare(a, 3, b, 4) < 0);
	assert_true(oid_compare(b, 4, a, 3) > 0);
	assert_true(oid_compare(b, 4, c, 2) < 0);
	assert_true(oid_compare(d, 2, c, 2) > 0);
	assert_true(oid_compare(NULL, 0, a, 1) < 0);
}

static void
test_text(void **state)
{
	uint32_t oid[OID_MAX];
	size_t len = 99;
	char text[32], tiny[8];

	(void)state;
	assert_int_equal(oid_parse(".1.3.6.1.4.1.4294967295", oid, OID_MAX, &len), 0);
	assert_int_equal(len, 7);
	assert_int_equal(oid[6], UINT32_MAX);
	assert_string_equal(oid_format(oid, len, text, sizeof(text)), "1.3.6.1.4.1.4294967295");
	/* Cut between sub-identifiers, never within one. */
	assert_string_equal(oid_format(oid, len, tiny, sizeof(tiny)), "1.3.6.1");
	assert_string_equal(oid_format(oid, 0, text, sizeof(text)), "");
	assert_int_equal(oid_parse("0", oid, 1, &len), 0);
	assert_int_equal(len, 1);
}

static void
test_text_refused(void **state)
{
	static const char *const bad[] = {
		"",	".",	"1.",	 "1..2",	 "..1",		 "1.x",
		"-1.3", "1 .3", "1.3\n", "1.4294967296", "1.00000000001"};
	uint32_t oid[4];
	size_t len = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(oid_parse(bad[i], oid, 4, &len), ERR_SYNTAX);
	assert_int_equal(oid_parse("1.2.3.4.5", oid, 4, &len), ERR_TOOBIG);
	assert_int_equal(len, 77);
}

static void
test_octets(void **state)
{
	const struct varbind vb = {
		.type = VB_OCTETS, .bytes = (const uint8_t *)"a\0b\0\0", .bytes_len = 5};
	const struct varbind none = {.type = VB_OCTETS};
	char out[8], tiny[3];

	(void)state;
	assert_string_equal(varbind_text(&vb, out, sizeof(out)), "a b");
	assert_string_equal(varbind_text(&vb, tiny, sizeof(tiny)), "a ");
	assert_string_equal(varbind_text(&none, out, sizeof(out)), "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_prefix), cmocka_unit_test(test_compare),
		cmocka_unit_test(test_text),   cmocka_unit_test(test_text_refused),
		cmocka_unit_test(test_octets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
