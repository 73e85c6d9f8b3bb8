/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Nearest names, and hashes of texts: small things that several rooms stand on.
 */
#include "keepwatch/mem.h"
#include "keepwatch/near.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
near_names(void **state)
{
	struct near_best best;

	(void)state;
	assert_int_equal(near_distance("cam-lobby", "cam-lobyb"), 1);
	assert_int_equal(near_distance("kitten", "sitting"), 3);
	assert_int_equal(near_distance("", "abc"), 3);
	near_init(&best, "cam-loby");
	near_try(&best, "cam-hall");
	near_try(&best, "cam-lobby");
	near_try(&best, "door");
	assert_string_equal(best.name, "cam-lobby");
	near_init(&best, "xyz");
	near_try(&best, "cam-lobby");
	assert_null(best.name);
}

static void
too_long_is_far(void **state)
{
	char text[NEAR_NAME_MAX + 2];

	(void)state;
	memset(text, 'a', sizeof(text));
	text[NEAR_NAME_MAX + 1] = '\0';
	assert_int_equal(near_distance(text, "a"), SIZE_MAX);
	assert_int_equal(near_distance("a", text), SIZE_MAX);
	text[NEAR_NAME_MAX] = '\0';
	assert_int_equal(near_distance(text, "a"), NEAR_NAME_MAX - 1);
}

/* Values of the FNV-1a test suite (draft-eastlake-fnv, 32 and 64 bits). */
static void
hash_is_fnv1a(void **state)
{
	(void)state;
	assert_int_equal(mem_hash(MEM_HASH_START, "", 0), 0x811c9dc5);
	assert_int_equal(mem_hash(MEM_HASH_START, "a", 1), 0xe40c292c);
	assert_int_equal(mem_hash(MEM_HASH_START, "foobar", 6), 0xbf9cf968);
	assert_true(mem_hash64(MEM_HASH64_START, "", 0) == 0xcbf29ce484222325U);
	assert_true(mem_hash64(MEM_HASH64_START, "a", 1) == 0xaf63dc4c8601ec8cU);
	assert_true(mem_hash64(MEM_HASH64_START, "foobar", 6) == 0x85944171f73967e8U);
	assert_true(mem_hash64(mem_hash64(MEM_HASH64_START, "foo", 3), "bar", 3) ==
		    0x85944171f73967e8U);
	assert_int_not_equal(mem_hash_text("cam-1"), mem_hash_text("cam-2"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(near_names),
		cmocka_unit_test(too_long_is_far),
		cmocka_unit_test(hash_is_fnv1a),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
