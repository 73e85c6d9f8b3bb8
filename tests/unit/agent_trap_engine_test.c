/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Our engineID and engineBoots over restarts: the same, and one more each time; another engine if
 * the file is not what it should be.
 */
#include "../../src/agent/traps.h"

#include "keepwatch/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct lab {
	char dir[32], database[64], file[64];
	uint8_t id[TRAP_ENGINE_ID_MAX];
	size_t len;
	uint32_t boots;
	char message[256];
};

static int
setup(void **state)
{
	struct lab *lab = calloc(1, sizeof(*lab));

	assert_non_null(lab);
	snprintf(lab->dir, sizeof(lab->dir), "/tmp/kw-engine.XXXXXX");
	assert_non_null(mkdtemp(lab->dir));
	snprintf(lab->database, sizeof(lab->database), "%s/keepwatch.db", lab->dir);
	snprintf(lab->file, sizeof(lab->file), "%s/engine", lab->dir);
	*state = lab;
	return 0;
}

static int
teardown(void **state)
{
	struct lab *lab = *state;

	(void)unlink(lab->file);
	assert_int_equal(rmdir(lab->dir), 0); /* nothing else was left in it */
	free(lab);
	return 0;
}

static int
load(struct lab *lab)
{
	return trap_engine_load(lab->database, lab->id, &lab->len, &lab->boots, lab->message,
				sizeof(lab->message));
}

static void
boots_grow_and_the_id_stays(void **state)
{
	struct lab *lab = *state;
	uint8_t first[TRAP_ENGINE_ID_MAX];
	struct stat st;

	assert_int_equal(load(lab), 0);
	assert_int_equal(lab->boots, 1);
	/* RFC 3411: 5 to 32 octets, the first bit set, neither all zeros nor all ones. */
	assert_true(lab->len >= 5 && lab->len <= 32 && (lab->id[0] & 0x80) != 0);
	memcpy(first, lab->id, lab->len);
	assert_int_equal(stat(lab->file, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	for (uint32_t boots = 2; boots < 5; boots++) {
		memset(lab->id, 0, sizeof(lab->id));
		assert_int_equal(load(lab), 0);
		assert_int_equal(lab->boots, boots);
		assert_memory_equal(lab->id, first, lab->len);
	}
}

static void
write_text(const struct lab *lab, const char *text)
{
	FILE *out = fopen(lab->file, "we");

	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static void
a_damaged_file_makes_another_engine(void **state)
{
	static const char *const wrong[] = {
		"",
		"keepwatch-engine",
		"keepwatch-engine 80001f8805 7\n",
		"keepwatch-engine 80001f8805000102030405060708090a0b\n",
		"keepwatch-engine 80001f8805000102030405060708090a0b 7",
		"keepwatch-engine 80001f8805000102030405060708090a0b -7\n",
		"keepwatch-engine 80001f8805000102030405060708090a0g 7\n",
		"keepwatch-engine 80001f8804000102030405060708090a0b 7\n",
		"keepwatch-engine 80001f8805000102030405060708090a0b 2147483647\n",
		"keepwatch-engine 80001f8805000102030405060708090a0b 99999999999\n",
	};
	static const uint8_t id[] = {0x80, 0, 0x1f, 0x88, 5, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
	struct lab *lab = *state;

	write_text(lab, "keepwatch-engine 80001f8805000102030405060708090a0b 7\n");
	assert_int_equal(load(lab), 0);
	assert_int_equal(lab->boots, 8);
	assert_memory_equal(lab->id, id, sizeof(id));
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		write_text(lab, wrong[i]);
		assert_int_equal(load(lab), 0);
		assert_int_equal(lab->boots, 1);
		assert_memory_not_equal(lab->id, id, sizeof(id));
	}
}

static void
what_cannot_be_written_is_said(void **state)
{
	struct lab *lab = *state;

	snprintf(lab->database, sizeof(lab->database), "/nonexistent/keepwatch.db");
	assert_int_not_equal(load(lab), 0);
	assert_non_null(strstr(lab->message, "/nonexistent/engine: "));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(boots_grow_and_the_id_stays),
		TEST(a_damaged_file_makes_another_engine),
		TEST(what_cannot_be_written_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
