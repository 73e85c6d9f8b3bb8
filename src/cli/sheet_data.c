/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A sheet as CSV or JSON: raw values, times in UTC.
 */
#include "sheet.h"

#include "csvw.h"
#include "jsonw.h"
#include "out.h"

#include "keepwatch/buf.h"
#include "keepwatch/clock.h"

#include <stdio.h>
#include <string.h>

enum { ROW_MAX = 64 << 20, FLUSH_AT = 64 << 10 };

/* "a; b" and "x=1; y=2". A semicolon within a value stays: JSON has the exact value. */
static void
csv_pairs(struct csvw *csv, const struct cell *cell)
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
	csvw_text(csv, text.data != NULL ? text.data : "");
	if (text.error != 0)
		csv->buf->error = text.error;
	buf_fini(&text);
}

static void
csv_cell(struct csvw *csv, const struct cell *cell, enum cell_type type)
{
	char time[CLOCK_ISO_SIZE];

	if (!cell->is_set) {
		csvw_empty(csv);
		return;
	}
	switch (type) {
	case CELL_TEXT:
	case CELL_STATE:
		csvw_text(csv, cell->text);
		break;
	case CELL_TIME:
		csvw_plain(csv, clock_format_iso(cell->number, time, sizeof(time)));
		break;
	case CELL_BOOL:
		csvw_plain(csv, cell->number ? "true" : "false");
		break;
	case CELL_LIST:
	case CELL_MAP:
		csv_pairs(csv, cell);
		break;
	case CELL_REAL:
		snprintf(time, sizeof(time), "%.6g", cell->real);
		csvw_plain(csv, time);
		break;
	case CELL_COUNT:
	case CELL_DURATION:
	case CELL_OFFSET:
	case CELL_RTT:
		csvw_number(csv, cell->number);
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
	struct csvw csv;

	buf_init(&buf, ROW_MAX);
	csvw_init(&csv, &buf);
	if (has_header) {
		for (size_t i = 0; i < sheet->selected_count; i++)
			csvw_plain(&csv, sheet->columns[sheet->selected[i]].name);
		csvw_end_row(&csv);
	}
	for (size_t k = 0; k < sheet_height(sheet); k++) {
		size_t row = sheet_row_at(sheet, k);

		for (size_t i = 0; i < sheet->selected_count; i++) {
			size_t column = sheet->selected[i];

			csv_cell(&csv, sheet_cell(sheet, row, column), sheet->columns[column].type);
		}
		csvw_end_row(&csv);
		if (buf.len > FLUSH_AT)
			flush(&buf, out);
	}
	flush(&buf, out);
	out_fail(out, buf.error);
	buf_fini(&buf);
}

static void
json_cell(struct jsonw *json, const struct column *column, const struct cell *cell)
{
	if (!cell->is_set && column->type != CELL_LIST && column->type != CELL_MAP) {
		jsonw_null(json, column->name);
		return;
	}
	switch (column->type) {
	case CELL_TEXT:
	case CELL_STATE:
		jsonw_text(json, column->name, cell->text);
		break;
	case CELL_TIME:
		jsonw_time(json, column->name, cell->number);
		break;
	case CELL_BOOL:
		jsonw_bool(json, column->name, cell->number != 0);
		break;
	case CELL_LIST:
		jsonw_flat_array(json, column->name);
		for (size_t i = 0; i < cell->pair_count; i++)
			jsonw_text(json, NULL, cell->pairs[i].value);
		jsonw_end_array(json);
		break;
	case CELL_MAP:
		jsonw_flat_object(json, column->name);
		for (size_t i = 0; i < cell->pair_count; i++)
			jsonw_text(json, cell->pairs[i].key, cell->pairs[i].value);
		jsonw_end_object(json);
		break;
	case CELL_REAL:
		jsonw_real(json, column->name, cell->real);
		break;
	case CELL_COUNT:
	case CELL_DURATION:
	case CELL_OFFSET:
	case CELL_RTT:
		jsonw_number(json, column->name, cell->number);
		break;
	}
}

void
sheet_write_json_rows(const struct sheet *sheet, struct jsonw *json)
{
	for (size_t k = 0; k < sheet_height(sheet); k++) {
		size_t row = sheet_row_at(sheet, k);

		jsonw_flat_object(json, NULL);
		for (size_t i = 0; i < sheet->selected_count; i++) {
			size_t column = sheet->selected[i];

			json_cell(json, &sheet->columns[column], sheet_cell(sheet, row, column));
		}
		jsonw_end_object(json);
	}
}

void
sheet_write_json(const struct sheet *sheet, struct jsonw *json, const char *key)
{
	jsonw_array(json, key);
	sheet_write_json_rows(sheet, json);
	jsonw_end_array(json);
}
