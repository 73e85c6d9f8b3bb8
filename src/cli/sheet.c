/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rows and columns: filling, choosing, ordering. How they are written is in sheet_table.c and
 * sheet_data.c.
 */
#include "sheet.h"

#include "human.h"
#include "out.h"

#include "keepwatch/buf.h"
#include "keepwatch/err.h"
#include "keepwatch/near.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

void
sheet_init(struct sheet *sheet, const struct column *columns, size_t count)
{
	memset(sheet, 0, sizeof(*sheet));
	sheet->columns = columns;
	sheet->column_count = count;
	arena_init(&sheet->arena);
}

void
sheet_fini(struct sheet *sheet)
{
	free(sheet->cells);
	free(sheet->parents);
	free(sheet->order);
	arena_fini(&sheet->arena);
	memset(sheet, 0, sizeof(*sheet));
}

void
sheet_clear(struct sheet *sheet)
{
	sheet->row_count = 0;
	free(sheet->order);
	sheet->order = NULL;
	arena_fini(&sheet->arena);
	arena_init(&sheet->arena);
}

struct cell *
sheet_add(struct sheet *sheet)
{
	size_t size = sizeof(struct cell) * sheet->column_count;
	struct cell *row;

	if (sheet->error == 0 &&
	    mem_grow(&sheet->cells, &sheet->cap, sheet->row_count + 1, size) != 0) {
		sheet->error = ERR_NOMEM;
		/* Without even one row: a place to write to that nobody reads. */
		if (sheet->row_count == 0)
			abort();
	}
	if (sheet->error == 0)
		sheet->row_count++;
	row = &sheet->cells[(sheet->row_count - 1) * sheet->column_count];
	memset(row, 0, size);
	return row;
}

struct cell *
sheet_cell(const struct sheet *sheet, size_t row, size_t column)
{
	return &sheet->cells[row * sheet->column_count + column];
}

size_t
sheet_height(const struct sheet *sheet)
{
	size_t count = sheet->row_count - sheet->skip;
	bool cut = sheet->limit != 0 && sheet->limit < count && sheet->parents == NULL;

	return cut ? sheet->limit : count;
}

size_t
sheet_row_at(const struct sheet *sheet, size_t i)
{
	return sheet->order != NULL ? sheet->order[i] : sheet->skip + i;
}

void
cell_set_text(struct cell *cell, const char *text)
{
	cell->is_set = text != NULL && *text != '\0';
	cell->text = text;
}

void
cell_set_copy(struct sheet *sheet, struct cell *cell, const char *text)
{
	if (*text != '\0') {
		text = arena_strdup(&sheet->arena, text);
		if (text == NULL)
			sheet->error = ERR_NOMEM;
	}
	cell_set_text(cell, text);
}

void
cell_set_number(struct cell *cell, int64_t number)
{
	cell->is_set = true;
	cell->number = number;
}

void
cell_set_real(struct cell *cell, double real)
{
	cell->is_set = !isnan(real);
	cell->real = real;
}

void
cell_set_percent(struct cell *cell, double share)
{
	cell_set_number(cell, human_share(share));
}

void
cell_set_time(struct cell *cell, int64_t wall_ms)
{
	if (wall_ms != 0)
		cell_set_number(cell, wall_ms);
}

void
cell_set_age(struct cell *cell, int64_t wall_ms, int64_t now_ms)
{
	if (wall_ms != 0)
		cell_set_number(cell, now_ms > wall_ms ? now_ms - wall_ms : 0);
}

void
cell_set_why(struct sheet *sheet, struct cell *cell, const char *reason, const char *detail)
{
	size_t size = strlen(reason) + strlen(detail) + 3;
	char *text = arena_alloc(&sheet->arena, size);

	if (text == NULL) {
		sheet->error = ERR_NOMEM;
		return;
	}
	snprintf(text, size, "%s%s%s", reason, *reason != '\0' && *detail != '\0' ? ": " : "",
		 detail);
	cell_set_text(cell, text);
}

/* The column of a name of len bytes, or -1. */
static int
find_column(const struct sheet *sheet, const char *name, size_t len)
{
	for (size_t i = 0; i < sheet->column_count; i++) {
		if (strlen(sheet->columns[i].name) == len &&
		    strncasecmp(sheet->columns[i].name, name, len) == 0)
			return (int)i;
	}
	return -1;
}

static int
complain_column(const struct sheet *sheet, const char *name, struct buf *why)
{
	struct near_best best;

	near_init(&best, name);
	for (size_t i = 0; i < sheet->column_count; i++)
		near_try(&best, sheet->columns[i].name);
	buf_puts(why, "no column '");
	buf_put_escaped(why, name, strlen(name));
	buf_puts(why, "'");
	if (best.name != NULL)
		buf_printf(why, "; did you mean %s?", best.name);
	buf_puts(why, " (--columns help lists them)");
	return ERR_NOTFOUND;
}

static bool
is_empty_column(const struct sheet *sheet, size_t column)
{
	for (size_t row = 0; row < sheet->row_count; row++) {
		if (sheet_cell(sheet, row, column)->is_set)
			return false;
	}
	return true;
}

static bool
is_default_column(const struct sheet *sheet, enum sheet_format format, size_t i)
{
	unsigned flags = sheet->columns[i].flags;

	if (format != SHEET_TABLE)
		return !(flags & COLUMN_LISTED);
	return (flags & COLUMN_SHOWN) &&
	       !((flags & COLUMN_HIDDEN_IF_EMPTY) && is_empty_column(sheet, i));
}

static void
select_one(struct sheet *sheet, size_t column)
{
	if (sheet->selected_count < MEM_COUNT(sheet->selected))
		sheet->selected[sheet->selected_count++] = (uint16_t)column;
}

int
sheet_select(struct sheet *sheet, enum sheet_format format, const struct arg_values *names,
	     struct buf *why)
{
	sheet->selected_count = 0;
	sheet->is_chosen = names != NULL && names->count > 0;
	if (names == NULL || names->count == 0) {
		for (size_t i = 0; i < sheet->column_count; i++) {
			if (is_default_column(sheet, format, i))
				select_one(sheet, i);
		}
		return 0;
	}
	for (size_t i = 0; i < names->count; i++) {
		int column = find_column(sheet, names->items[i], strlen(names->items[i]));

		if (column < 0 && strcmp(names->items[i], "all") == 0) {
			for (size_t k = 0; k < sheet->column_count; k++)
				select_one(sheet, k);
			continue;
		}
		if (column < 0)
			return complain_column(sheet, names->items[i], why);
		select_one(sheet, (size_t)column);
	}
	return 0;
}

struct sort_key {
	size_t column;
	int sign;
};

struct sort_by {
	const struct sheet *sheet;
	struct sort_key keys[8];
	size_t count;
};

/* Text with numbers in it in the order of people: cam-2 before cam-10. */
static int
compare_text(const char *a, const char *b)
{
	int rc = strverscmp(a, b);

	return rc < 0 ? -1 : rc > 0;
}

static int
compare_cells(const struct cell *a, const struct cell *b, enum cell_type type)
{
	if (!a->is_set || !b->is_set)
		return a->is_set - b->is_set;
	switch (type) {
	case CELL_TEXT:
	case CELL_STATE:
		return compare_text(a->text, b->text);
	case CELL_LIST:
	case CELL_MAP:
		return a->pair_count == 0 || b->pair_count == 0
			       ? (int)a->pair_count - (int)b->pair_count
			       : compare_text(a->pairs[0].value, b->pairs[0].value);
	case CELL_REAL:
		return a->real < b->real ? -1 : a->real > b->real;
	default:
		return a->number < b->number ? -1 : a->number > b->number;
	}
}

static int
compare_rows(const void *pa, const void *pb, void *arg)
{
	const struct sort_by *by = arg;
	size_t a = *(const size_t *)pa, b = *(const size_t *)pb;

	for (size_t i = 0; i < by->count; i++) {
		size_t column = by->keys[i].column;
		int rc = compare_cells(sheet_cell(by->sheet, a, column),
				       sheet_cell(by->sheet, b, column),
				       by->sheet->columns[column].type);

		if (rc != 0)
			return rc * by->keys[i].sign;
	}
	return a < b ? -1 : a > b;
}

static int
parse_key(const struct sheet *sheet, const char *name, struct sort_key *key, struct buf *why)
{
	size_t len = strlen(name);
	int column;

	key->sign = 1;
	if (*name == '-') {
		key->sign = -1;
		name++;
		len--;
	} else if (len > 5 && strcmp(name + len - 5, ":desc") == 0) {
		key->sign = -1;
		len -= 5;
	} else if (len > 4 && strcmp(name + len - 4, ":asc") == 0) {
		len -= 4;
	}
	column = find_column(sheet, name, len);
	if (column < 0)
		return complain_column(sheet, name, why);
	key->column = (size_t)column;
	return 0;
}

int
sheet_sort(struct sheet *sheet, const struct arg_values *names, struct buf *why)
{
	struct sort_by by = {.sheet = sheet};

	for (size_t i = 0; i < names->count && by.count < MEM_COUNT(by.keys); i++) {
		int rc = parse_key(sheet, names->items[i], &by.keys[by.count], why);

		if (rc != 0)
			return rc;
		by.count++;
	}
	if (by.count == 0 || sheet->row_count == 0)
		return 0;
	sheet->order = malloc(sizeof(*sheet->order) * sheet->row_count);
	if (sheet->order == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < sheet->row_count - sheet->skip; i++)
		sheet->order[i] = sheet->skip + i;
	qsort_r(sheet->order, sheet->row_count - sheet->skip, sizeof(*sheet->order), compare_rows,
		&by);
	return 0;
}

void
sheet_write_help(const struct sheet *sheet, struct out *out)
{
	for (size_t i = 0; i < sheet->column_count; i++)
		out_printf(out, "%-18s %s%s\n", sheet->columns[i].name, sheet->columns[i].help,
			   sheet->columns[i].flags & COLUMN_SHOWN ? " *" : "");
	out_puts(out, "* shown in tables unless --columns says otherwise\n");
}
