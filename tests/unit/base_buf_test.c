/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The buffer with its cap and sticky error, escaping for people and for JSON, the bounded reader,
 * arenas and growing arrays.
 */
#include "keepwatch/buf.h"
#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void
it_grows_to_its_cap_and_no_further(void **state)
{
	struct buf buf;
	char *taken;

	(void)state;
	buf_init(&buf, 100);
	for (int i = 0; i < 100; i++)
		buf_put(&buf, "x", 1);
	assert_int_equal(buf.error, 0);
	assert_int_equal(buf.len, 100);
	assert_int_equal(strlen(buf.data), 100);
	buf_put(&buf, "x", 1);
	assert_int_equal(buf.error, ERR_TOOBIG);
	assert_int_equal(buf.len, 100);
	buf_puts(&buf, "");
	assert_int_equal(buf.error, ERR_TOOBIG);
	assert_null(buf_take(&buf));
	assert_int_equal(buf.len, 0);
	buf_printf(&buf, "%s-%d", "p", 7);
	taken = buf_take(&buf);
	assert_string_equal(taken, "p-7");
	free(taken);
	taken = buf_take(&buf);
	assert_string_equal(taken, "");
	free(taken);
	buf_printf(&buf, "%0200d", 1);
	assert_int_equal(buf.error, ERR_TOOBIG);
	buf_reset(&buf);
	buf_put_hex(&buf, "\x00\xff\x1a", 3);
	assert_string_equal(buf.data, "00ff1a");
	buf_fini(&buf);
}

static void
text_is_escaped(void **state)
{
	static const struct {
		const char *in;
		size_t len;
		const char *escaped, *json;
	} rows[] = {
		{"plain", 5, "plain", "\"plain\""},
		{"a\"b\\c", 5, "a\"b\\c", "\"a\\\"b\\\\c\""},
		{"\x1b[31m", 5, "\\x1b[31m", "\"\\u001b[31m\""},
		{"a\nb\t", 4, "a\\x0ab\\x09", "\"a\\nb\\t\""},
		{"n\0l", 3, "n\\x00l", "\"n\\u0000l\""},
		{"T\xc3\xbcr", 4, "T\xc3\xbcr", "\"T\xc3\xbcr\""},
		{"\xc2\x9b"
		 "1m",
		 4, "\\xc2\\x9b1m",
		 "\"\xc2\x9b"
		 "1m\""},
		{"\xff\xc3", 2, "\\xff\\xc3", "\"\xef\xbf\xbd\xef\xbf\xbd\""},
		{"\x7f", 1, "\\x7f", "\"\\u007f\""},
	};

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(rows); i++) {
		struct buf buf;

		buf_init(&buf, 1000);
		buf_put_escaped(&buf, rows[i].in, rows[i].len);
		assert_string_equal(buf.data, rows[i].escaped);
		buf_reset(&buf);
		buf_put_json_string(&buf, rows[i].in, rows[i].len);
		assert_string_equal(buf.data, rows[i].json);
		buf_fini(&buf);
	}
}

static void
utf8_is_checked(void **state)
{
	static const struct {
		const char *text;
		size_t len, n;
	} rows[] = {
		{"", 0, 0},
		{"a", 1, 1},
		{"\xc3\xbc", 2, 2},
		{"\xe2\x82\xac", 3, 3},
		{"\xf0\x9f\x93\xb7", 4, 4},
		{"\xc3", 1, 0},
		{"\xe2\x82", 2, 0},
		{"\x80", 1, 0},
		{"\xc0\x80", 2, 0},
		{"\xc1\xbf", 2, 0},
		{"\xe0\x9f\xbf", 3, 0},
		{"\xed\xa0\x80", 3, 0},
		{"\xf0\x8f\xbf\xbf", 4, 0},
		{"\xf4\x90\x80\x80", 4, 0},
		{"\xf5\x80\x80\x80", 4, 0},
		{"\xf4\x8f\xbf\xbf", 4, 4},
		{"\xc3(", 2, 0},
	};

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(rows); i++)
		assert_int_equal(utf8_sequence(rows[i].text, rows[i].len), rows[i].n);
}

static void
the_reader_stops_at_the_end(void **state)
{
	const uint8_t data[] = {1, 2, 3, 4, 5, 6, 7};
	struct rd rd;

	(void)state;
	rd_init(&rd, data, sizeof(data));
	assert_int_equal(rd_u8(&rd), 1);
	assert_int_equal(rd_u16be(&rd), 0x0203);
	assert_int_equal(rd_u32be(&rd), 0x04050607);
	assert_int_equal(rd.error, 0);
	assert_int_equal(rd_left(&rd), 0);
	assert_int_equal(rd_u8(&rd), 0);
	assert_int_equal(rd.error, ERR_TRUNCATED);
	rd_init(&rd, data, sizeof(data));
	assert_null(rd_bytes(&rd, SIZE_MAX));
	assert_null(rd_bytes(&rd, 1)); /* the error stays */
}

static void
arenas_hand_out_separate_memory(void **state)
{
	struct mem_arena arena;
	char *texts[2000];
	uint64_t *numbers[2000];

	(void)state;
	arena_init(&arena);
	for (size_t i = 0; i < MEM_COUNT(texts); i++) {
		char text[32];

		snprintf(text, sizeof(text), "text %zu", i);
		texts[i] = arena_strdup(&arena, text);
		numbers[i] = arena_alloc(&arena, sizeof(uint64_t) * (1 + i % 5));
		assert_int_equal((uintptr_t)numbers[i] % _Alignof(max_align_t), 0);
		assert_int_equal(*numbers[i], 0);
		memset(numbers[i], 0xff, sizeof(uint64_t) * (1 + i % 5));
		*numbers[i] = i;
	}
	for (size_t i = 0; i < MEM_COUNT(texts); i++) {
		char text[32];

		snprintf(text, sizeof(text), "text %zu", i);
		assert_string_equal(texts[i], text);
		assert_int_equal(*numbers[i], i);
	}
	assert_string_equal(arena_strndup(&arena, "abc", 2), "ab");
	assert_string_equal(arena_strndup(&arena, NULL, 0), "");
	assert_non_null(memset(arena_alloc(&arena, 100000), 1, 100000));
	assert_null(arena_alloc(&arena, SIZE_MAX - 5));
	assert_null(arena_strndup(&arena, "", SIZE_MAX));
	assert_true(arena.used > 100000);
	arena_fini(&arena);
}

static void
arrays_grow(void **state)
{
	int *items = NULL;
	size_t cap = 0;

	(void)state;
	assert_int_equal(mem_grow(&items, &cap, 1, sizeof(*items)), 0);
	assert_true(cap >= 1);
	items[0] = 42;
	assert_int_equal(mem_grow(&items, &cap, 1000, sizeof(*items)), 0);
	assert_true(cap >= 1000);
	assert_int_equal(items[0], 42);
	assert_int_equal(mem_grow(&items, &cap, SIZE_MAX, sizeof(*items)), ERR_NOMEM);
	assert_int_equal(items[0], 42);
	free(items);
	assert_null(mem_strdup(NULL));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(it_grows_to_its_cap_and_no_further),
		cmocka_unit_test(text_is_escaped),
		cmocka_unit_test(utf8_is_checked),
		cmocka_unit_test(the_reader_stops_at_the_end),
		cmocka_unit_test(arenas_hand_out_separate_memory),
		cmocka_unit_test(arrays_grow),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
