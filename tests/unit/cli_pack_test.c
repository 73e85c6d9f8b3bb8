/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Directories that appear whole or not at all; probabilities and numbers with decimals on their way
 * out.
 */
#include "../../src/cli/human.h"
#include "../../src/cli/out.h"
#include "../../src/cli/pack.h"
#include "../../src/cli/sheet.h"

#include "keepwatch/err.h"

#include <dirent.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

struct place {
	char folder[64], pack[80], file[128];
};

static int
make_place(void **state)
{
	struct place *place = calloc(1, sizeof(*place));

	if (place == NULL)
		return -1;
	snprintf(place->folder, sizeof(place->folder), "/tmp/kw-pack-test-XXXXXX");
	if (mkdtemp(place->folder) == NULL)
		return -1;
	snprintf(place->pack, sizeof(place->pack), "%s/pack", place->folder);
	*state = place;
	return 0;
}

static int
clear_place(void **state)
{
	static const char *const names[] = {"a.txt", "MANIFEST", "late.txt"};
	struct place *place = *state;

	for (size_t i = 0; i < 3; i++) {
		snprintf(place->file, sizeof(place->file), "%s/%s", place->pack, names[i]);
		unlink(place->file);
	}
	rmdir(place->pack);
	unlink(place->pack);
	rmdir(place->folder);
	free(place);
	return 0;
}

static int
is_content(const struct dirent *entry)
{
	return entry->d_name[0] != '.';
}

/* How many entries the folder around the pack has. */
static int
count_entries(const char *folder)
{
	struct dirent **entries = NULL;
	int count = scandir(folder, &entries, is_content, alphasort);

	for (int i = 0; i < count; i++)
		free(entries[i]);
	free(entries);
	return count;
}

static void
write_text(struct pack *pack, const char *name, const char *text)
{
	struct out *out = NULL;

	assert_int_equal(pack_begin(pack, name, &out), 0);
	out_puts(out, text);
	assert_int_equal(pack_end(pack), 0);
}

static void
a_pack_appears_with_its_sums(void **state)
{
	struct place *place = *state;
	struct pack *pack = NULL;
	char line[128] = "";
	FILE *file;

	assert_int_equal(pack_open(&pack, place->pack), 0);
	write_text(pack, "a.txt", "abc");
	assert_int_not_equal(access(place->pack, F_OK), 0);
	assert_int_equal(pack_commit(pack), 0);
	pack_close(pack);
	snprintf(place->file, sizeof(place->file), "%s/MANIFEST", place->pack);
	file = fopen(place->file, "r");
	assert_non_null(file);
	assert_non_null(fgets(line, sizeof(line), file));
	/* FIPS 180-4, example B.1 */
	assert_string_equal(line, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
				  "  a.txt\n");
	assert_null(fgets(line, sizeof(line), file));
	fclose(file);
	assert_int_equal(count_entries(place->folder), 1);
	assert_int_equal(pack_open(&pack, place->pack), ERR_EXISTS);
}

static void
what_is_given_up_leaves_nothing(void **state)
{
	struct place *place = *state;
	struct pack *pack = NULL;
	struct out *out = NULL;

	assert_int_equal(pack_open(&pack, place->pack), 0);
	write_text(pack, "a.txt", "abc");
	assert_int_equal(pack_begin(pack, "b.txt", &out), 0);
	out_puts(out, "half of it");
	pack_close(pack);
	assert_int_equal(count_entries(place->folder), 0);
}

static void
what_came_meanwhile_is_kept(void **state)
{
	struct place *place = *state;
	struct pack *pack = NULL;
	FILE *file;

	assert_int_equal(pack_open(&pack, place->pack), 0);
	write_text(pack, "a.txt", "abc");
	assert_int_equal(mkdir(place->pack, 0700), 0);
	snprintf(place->file, sizeof(place->file), "%s/late.txt", place->pack);
	file = fopen(place->file, "w");
	assert_non_null(file);
	fclose(file);
	assert_int_equal(pack_commit(pack), ERR_EXISTS);
	pack_close(pack);
	assert_int_equal(access(place->file, F_OK), 0);
	assert_int_equal(count_entries(place->folder), 1);
	assert_int_equal(count_entries(place->pack), 1);
}

static void
places_that_are_none_are_refused(void **state)
{
	struct place *place = *state;
	struct pack *pack = NULL;

	assert_int_equal(pack_open(&pack, ""), ERR_INVAL);
	snprintf(place->file, sizeof(place->file), "%s/none/pack", place->folder);
	assert_int_equal(pack_open(&pack, place->file), ERR_NOTFOUND);
	assert_int_equal(symlink(place->folder, place->pack), 0);
	assert_int_equal(pack_open(&pack, place->pack), ERR_INVAL);
	assert_null(pack);
}

static void
only_what_is_sure_is_whole(void **state)
{
	(void)state;
	assert_int_equal(human_share(0), 0);
	assert_int_equal(human_share(0.001), 1);
	assert_int_equal(human_share(0.444), 44);
	assert_int_equal(human_share(0.9999), 99);
	assert_int_equal(human_share(1), 100);
}

static void
numbers_with_decimals_are_numbers(void **state)
{
	static const struct column columns[] = {
		{"value", "VALUE", CELL_REAL, COLUMN_SHOWN, ""},
		{"limit", "LIMIT", CELL_REAL, COLUMN_SHOWN, ""},
	};
	char text[128] = "";
	FILE *stream = fmemopen(text, sizeof(text), "w");
	struct out *out = NULL;
	struct sheet sheet;
	struct cell *row;

	(void)state;
	assert_non_null(stream);
	assert_int_equal(out_open_stream(&out, stream), 0);
	sheet_init(&sheet, columns, 2);
	row = sheet_add(&sheet);
	cell_set_real(&row[0], -4.25);
	cell_set_real(&row[1], NAN);
	sheet_select(&sheet, SHEET_CSV, NULL, NULL);
	sheet_write_csv(&sheet, out, false);
	assert_int_equal(out_finish(out), 0);
	sheet_fini(&sheet);
	out_close(out);
	fclose(stream);
	assert_string_equal(text, "-4.25,\r\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_pack_appears_with_its_sums, make_place,
						clear_place),
		cmocka_unit_test_setup_teardown(what_is_given_up_leaves_nothing, make_place,
						clear_place),
		cmocka_unit_test_setup_teardown(what_came_meanwhile_is_kept, make_place,
						clear_place),
		cmocka_unit_test_setup_teardown(places_that_are_none_are_refused, make_place,
						clear_place),
		cmocka_unit_test(only_what_is_sure_is_whole),
		cmocka_unit_test(numbers_with_decimals_are_numbers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
