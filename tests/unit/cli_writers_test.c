/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * CSV that a spreadsheet cannot run, JSON that is JSON, and sheets: choosing, ordering, limits.
 */
#include "../../src/cli/csvw.h"
#include "../../src/cli/jsonw.h"
#include "../../src/cli/out.h"
#include "../../src/cli/sheet.h"

#include "keepwatch/buf.h"
#include "keepwatch/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void
expect_cell(const char *text, const char *want)
{
	struct buf buf;
	struct csvw csv;

	buf_init(&buf, 1 << 20);
	csvw_init(&csv, &buf);
	csvw_text(&csv, text);
	csvw_end_row(&csv);
	assert_int_equal(buf.error, 0);
	assert_int_equal(strcspn(buf.data, "\r"), buf.len - 2);
	buf.data[buf.len - 2] = '\0';
	assert_string_equal(buf.data, want);
	buf_fini(&buf);
}

static void
csv_plain_text_stays(void **state)
{
	(void)state;
	expect_cell("cam-1", "cam-1");
	expect_cell("", "");
	expect_cell("a=b", "a=b");
	expect_cell("10.77.1.1", "10.77.1.1");
	expect_cell("Gr\xc3\xb6\xc3\x9f"
		    "e",
		    "Gr\xc3\xb6\xc3\x9f"
		    "e");
}

static void
csv_quotes_as_rfc_4180(void **state)
{
	(void)state;
	expect_cell("hall, north", "\"hall, north\"");
	expect_cell("say \"no\"", "\"say \"\"no\"\"\"");
	expect_cell("a;b", "\"a;b\"");
	expect_cell("\"", "\"\"\"\"");
}

static void
csv_formulas_are_text(void **state)
{
	(void)state;
	expect_cell("=1+1", "\"'=1+1\"");
	expect_cell("+1", "\"'+1\"");
	expect_cell("-1", "\"'-1\"");
	expect_cell("@SUM(A1)", "\"'@SUM(A1)\"");
	expect_cell("\xef\xbc\x9d"
		    "1",
		    "\"'\xef\xbc\x9d"
		    "1\"");
	expect_cell("\xef\xbc\x8b"
		    "1",
		    "\"'\xef\xbc\x8b"
		    "1\"");
	expect_cell("\xef\xbc\x8d"
		    "1",
		    "\"'\xef\xbc\x8d"
		    "1\"");
	expect_cell("\xef\xbc\xa0"
		    "1",
		    "\"'\xef\xbc\xa0"
		    "1\"");
	expect_cell("=HYPERLINK(\"http://x\",\"y\")",
		    "\"'=HYPERLINK(\"\"http://x\"\",\"\"y\"\")\"");
	/* behind what a reader may skip */
	expect_cell("  =1", "\"'  =1\"");
	expect_cell("\"=1", "\"'\"\"=1\"");
	expect_cell("\xc2\xa0=1", "\"'\xc2\xa0=1\"");
	expect_cell("\xe3\x80\x80=1", "\"'\xe3\x80\x80=1\"");
	/* where a reader of another locale begins a cell */
	expect_cell("a;=1", "\"a;'=1\"");
	expect_cell("a; =1;-2", "\"a; '=1;'-2\"");
}

static void
csv_control_characters_are_visible(void **state)
{
	(void)state;
	expect_cell("\t=1", "\"'\\x09=1\"");
	expect_cell("\r=1", "\"'\\x0d=1\"");
	expect_cell("\x1b[31m", "\\x1b[31m");
	expect_cell("bad\xff", "bad\\xff");
}

static void
csv_numbers_stay_numbers(void **state)
{
	struct buf buf;
	struct csvw csv;

	(void)state;
	buf_init(&buf, 1024);
	csvw_init(&csv, &buf);
	csvw_number(&csv, -61000);
	csvw_empty(&csv);
	csvw_number(&csv, INT64_MIN);
	csvw_end_row(&csv);
	assert_string_equal(buf.data, "-61000,,-9223372036854775808\r\n");
	buf_fini(&buf);
}

/* Runs `write` with a stream into memory. */
static char *
captured(void (*write)(struct out *out))
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);
	struct out *out = NULL;

	assert_non_null(stream);
	assert_int_equal(out_open_stream(&out, stream), 0);
	write(out);
	assert_int_equal(out_finish(out), 0);
	out_close(out);
	fclose(stream);
	return text;
}

static void
write_some_json(struct out *out)
{
	struct jsonw json;
	struct buf buf;

	buf_init(&buf, 1 << 20);
	jsonw_init(&json, out, &buf);
	jsonw_object(&json, NULL);
	jsonw_text(&json, "a", "q\" \\ \x01 \xff");
	jsonw_text(&json, "n", NULL);
	jsonw_flat_array(&json, "list");
	jsonw_number(&json, NULL, -1);
	jsonw_bool(&json, NULL, true);
	jsonw_flat_object(&json, NULL);
	jsonw_end_object(&json);
	jsonw_end_array(&json);
	jsonw_array(&json, "none");
	jsonw_end_array(&json);
	jsonw_time(&json, "t", 0);
	jsonw_time(&json, "u", 1000);
	jsonw_end_object(&json);
	jsonw_finish(&json);
	assert_int_equal(buf.error, 0);
	buf_fini(&buf);
}

static void
json_is_json(void **state)
{
	char *text = captured(write_some_json);

	(void)state;
	assert_string_equal(text, "{\n"
				  "  \"a\": \"q\\\" \\\\ \\u0001 \xef\xbf\xbd\",\n"
				  "  \"n\": null,\n"
				  "  \"list\": [-1, true, {}],\n"
				  "  \"none\": [],\n"
				  "  \"t\": null,\n"
				  "  \"u\": \"1970-01-01T00:00:01.000Z\"\n"
				  "}\n");
	free(text);
}

static const struct column columns[] = {
	{"name", "NAME", CELL_TEXT, COLUMN_SHOWN | COLUMN_TREE, "its name"},
	{"rtt_us", "RTT", CELL_RTT, COLUMN_SHOWN, "round trip"},
	{"why", "WHY", CELL_TEXT, COLUMN_SHOWN | COLUMN_WRAP | COLUMN_LISTED, "reason"},
	{"hidden", "HIDDEN", CELL_OFFSET, 0, "not by default"},
};

static void
fill_sheet(struct sheet *sheet)
{
	static const char *const names[] = {"cam-10", "cam-2", "door", "core"};
	static const int64_t rtts[] = {1500, 200, -1, 1500};

	sheet_init(sheet, columns, 4);
	for (size_t i = 0; i < 4; i++) {
		struct cell *row = sheet_add(sheet);

		cell_set_text(&row[0], names[i]);
		if (rtts[i] >= 0)
			cell_set_number(&row[1], rtts[i]);
		cell_set_text(&row[2], i == 2 ? "no answer in time, three of three lost" : NULL);
		cell_set_number(&row[3], -(int64_t)i);
	}
}

static struct arg_values
values(const char **items, size_t count)
{
	return (struct arg_values){.items = items, .count = count};
}

static void
write_sorted_csv(struct out *out)
{
	const char *keys[] = {"-rtt_us", "name"};
	struct arg_values by = values(keys, 2);
	struct sheet sheet;
	struct buf why;

	buf_init(&why, 1024);
	fill_sheet(&sheet);
	assert_int_equal(sheet_select(&sheet, SHEET_CSV, NULL, &why), 0);
	assert_int_equal(sheet_sort(&sheet, &by, &why), 0);
	sheet_write_csv(&sheet, out, true);
	sheet_fini(&sheet);
	buf_fini(&why);
}

static void
sheet_sorts_as_people_do(void **state)
{
	char *text = captured(write_sorted_csv);

	(void)state;
	/* Stable, natural, the unset one last in this direction. */
	assert_string_equal(text, "name,rtt_us,hidden\r\n"
				  "cam-10,1500,0\r\ncore,1500,-3\r\ncam-2,200,-1\r\ndoor,,-2\r\n");
	free(text);
}

static void
write_chosen_table(struct out *out)
{
	const char *names[] = {"hidden", "name"};
	struct arg_values chosen = values(names, 2);
	struct term term = {0};
	struct sheet sheet;

	fill_sheet(&sheet);
	sheet.limit = 2;
	assert_int_equal(sheet_select(&sheet, SHEET_TABLE, &chosen, NULL), 0);
	sheet_write_table(&sheet, out, &term, true);
	sheet_fini(&sheet);
}

static void
sheet_shows_what_is_chosen(void **state)
{
	char *text = captured(write_chosen_table);

	(void)state;
	assert_string_equal(text, "HIDDEN NAME\n +0 ms cam-10\n -1 ms cam-2\n");
	free(text);
}

static void
write_narrow_tree(struct out *out)
{
	struct term term = {.width = 40};
	struct sheet sheet;

	fill_sheet(&sheet);
	sheet.parents = malloc(sizeof(size_t) * 4);
	assert_non_null(sheet.parents);
	sheet.parents[0] = 3;
	sheet.parents[1] = 3;
	sheet.parents[2] = SIZE_MAX;
	sheet.parents[3] = SIZE_MAX;
	assert_int_equal(sheet_select(&sheet, SHEET_TABLE, NULL, NULL), 0);
	sheet_write_table(&sheet, out, &term, true);
	sheet_fini(&sheet);
}

static void
sheet_tree_fits_the_terminal(void **state)
{
	char *text = captured(write_narrow_tree);

	(void)state;
	assert_string_equal(text, "NAME         RTT WHY\n"
				  "door           - no answer in time,\n"
				  "                 three of three lost\n"
				  "core     1.50 ms -\n"
				  "|-cam-10 1.50 ms -\n"
				  "`-cam-2  0.20 ms -\n");
	free(text);
}

static void
sheet_knows_near_columns(void **state)
{
	const char *names[] = {"rtt_uss"};
	struct arg_values chosen = values(names, 1);
	struct sheet sheet;
	struct buf why;

	(void)state;
	buf_init(&why, 1024);
	fill_sheet(&sheet);
	assert_int_equal(sheet_select(&sheet, SHEET_TABLE, &chosen, &why), ERR_NOTFOUND);
	assert_non_null(strstr(why.data, "did you mean rtt_us?"));
	sheet_fini(&sheet);
	buf_fini(&why);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(csv_plain_text_stays),
		cmocka_unit_test(csv_quotes_as_rfc_4180),
		cmocka_unit_test(csv_formulas_are_text),
		cmocka_unit_test(csv_control_characters_are_visible),
		cmocka_unit_test(csv_numbers_stay_numbers),
		cmocka_unit_test(json_is_json),
		cmocka_unit_test(sheet_sorts_as_people_do),
		cmocka_unit_test(sheet_shows_what_is_chosen),
		cmocka_unit_test(sheet_tree_fits_the_terminal),
		cmocka_unit_test(sheet_knows_near_columns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
