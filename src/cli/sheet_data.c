/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A sheet as CSV or JSON: raw values, times in UTC.
 */
#include "sheet.h"

#include "csv.h"
#include "json.h"
#include "out.h"

#include "keepwatch/buf.h"
#include "keepwatch/clock.h"

#include <string.h>

enum { ROW_MAX = 64 << 20, FLUSH_AT = 64 << 10 };

/* "a; b" and "x=1; y=2". A semicolon within a value stays: JSON has the exact value. */
static void
csv_pairs(struct csv *csv, const struct cell *cell)
{
	struct buf text;

	buf_init(&text, ROW_MAX);
	for (size_t i = 0; i < cell->pair_count; i++) {
		if (i > 0)
			buf_puts(&text, "; ");
		if (cell->pairs[i].key != NULL) {
			buf_puts(&text, cell->pairs[i].key);
			buf_puts(&text, "=");
		}
		buf_puts(&text, cell->pairs[i].value);
	}
	csv_text(csv, text.data != NULL ? text.data : "");
	if (text.error != 0)
		csv->buf->error = text.error;
	buf_fini(&text);
}

static void
csv_cell(struct csv *csv, const struct cell *cell, enum cell_type type)
{
	char time[CLOCK_ISO_SIZE];

	if (!cell->is_set) {
		csv_empty(csv);
		return;
	}
	switch (type) {
	case CELL_TEXT:
	case CELL_STATE:
		csv_text(csv, cell->text);
		break;
	case CELL_TIME:
		csv_plain(csv, clock_format_iso(cell->number, time, sizeof(time)));
		break;
	case CELL_BOOL:
		csv_plain(csv, cell->number ? "true" : "false");
		break;
	case CELL_LIST:
	case CELL_MAP:
		csv_pairs(csv, cell);
		break;
	case CELL_COUNT:
	case CELL_DURATION:
	case CELL_OFFSET:
	case CELL_RTT:
		csv_number(csv, cell->number);
		break;
	}
}

static void
flush(struct buf *buf, struct out *out)
{
	if (buf->len > 0)
		out_put(out, buf->data, buf->len);
	buf->len = 0;
}

void
sheet_write_csv(const struct sheet *sheet, struct out *out, bool has_header)
{
	struct buf buf;
	struct csv csv;

	buf_init(&buf, ROW_MAX);
	csv_init(&csv, &buf);
	if (has_header) {
		for (size_t i = 0; i < sheet->selected_count; i++)
			csv_plain(&csv, sheet->columns[sheet->selected[i]].name);
		csv_end_row(&csv);
	}
	for (size_t k = 0; k < sheet_height(sheet); k++) {
		size_t row = sheet_row_at(sheet, k);

		for (size_t i = 0; i < sheet->selected_count; i++) {
			size_t column = sheet->selected[i];

			csv_cell(&csv, sheet_cell(sheet, row, column),
				 sheet->columns[column].type);
		}
		csv_end_row(&csv);
		if (buf.len > FLUSH_AT)
			flush(&buf, out);
	}
	flush(&buf, out);
	out_fail(out, buf.error);
	buf_fini(&buf);
}

static void
json_cell(struct json *json, const struct column *column, const struct cell *cell)
{
	if (!cell->is_set && column->type != CELL_LIST && column->type != CELL_MAP) {
		json_null(json, column->name);
		return;
	}
	switch (column->type) {
	case CELL_TEXT:
	case CELL_STATE:
		json_text(json, column->name, cell->text);
		break;
	case CELL_TIME:
		json_time(json, column->name, cell->number);
		break;
	case CELL_BOOL:
		json_bool(json, column->name, cell->number != 0);
		break;
	case CELL_LIST:
		json_flat_array(json, column->name);
		for (size_t i = 0; i < cell->pair_count; i++)
			json_text(json, NULL, cell->pairs[i].value);
		json_end_array(json);
		break;
	case CELL_MAP:
		json_flat_object(json, column->name);
		for (size_t i = 0; i < cell->pair_count; i++)
			json_text(json, cell->pairs[i].key, cell->pairs[i].value);
		json_end_object(json);
		break;
	case CELL_COUNT:
	case CELL_DURATION:
	case CELL_OFFSET:
	case CELL_RTT:
		json_number(json, column->name, cell->number);
		break;
	}
}

void
sheet_write_json_rows(const struct sheet *sheet, struct json *json)
{
	for (size_t k = 0; k < sheet_height(sheet); k++) {
		size_t row = sheet_row_at(sheet, k);

		json_flat_object(json, NULL);
		for (size_t i = 0; i < sheet->selected_count; i++) {
			size_t column = sheet->selected[i];

			json_cell(json, &sheet->columns[column], sheet_cell(sheet, row, column));
		}
		json_end_object(json);
	}
}

void
sheet_write_json(const struct sheet *sheet, struct json *json, const char *key)
{
	json_array(json, key);
	sheet_write_json_rows(sheet, json);
	json_end_array(json);
}
