/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A sheet as a table or tree for people: cells put into words, fitted to the terminal, and drawn by
 * libsmartcols.
 */
#include "sheet.h"

#include "fit.h"
#include "human.h"
#include "out.h"

#include "keepwatch/buf.h"
#include "keepwatch/clock.h"
#include "keepwatch/err.h"

#include <libsmartcols/libsmartcols.h>
#include <stdlib.h>
#include <string.h>

enum { CELL_MAX = 64 << 10 };

struct drawing {
	const struct sheet *sheet;
	const struct term *term;
	struct libscols_table *table;
	struct libscols_line **lines; /* by row */
	char **texts;		      /* of all cells to be drawn, by place */
	size_t width, height;
	struct fit_column *fits;
	struct buf text; /* of one cell */
};

static enum term_tint
state_tint(const char *state)
{
	if (strcmp(state, "up") == 0 || strcmp(state, "ok") == 0)
		return TINT_GOOD;
	if (strcmp(state, "degraded") == 0)
		return TINT_WARN;
	if (strcmp(state, "down") == 0 || strcmp(state, "fail") == 0)
		return TINT_BAD;
	return TINT_FAINT;
}

static enum term_tint
cell_tint(const struct cell *cell, enum cell_type type)
{
	if (!cell->is_set)
		return TINT_NONE;
	return type == CELL_STATE && cell->tint == TINT_NONE ? state_tint(cell->text)
							     : (enum term_tint)cell->tint;
}

static void
put_pairs(struct drawing *drawing, const struct cell *cell)
{
	bool has_utf8 = drawing->term->has_utf8;

	for (size_t i = 0; i < cell->pair_count; i++) {
		const struct cell_pair *pair = &cell->pairs[i];

		if (i > 0)
			buf_puts(&drawing->text, ", ");
		if (pair->key != NULL) {
			term_put_text(has_utf8, &drawing->text, pair->key, strlen(pair->key));
			buf_puts(&drawing->text, "=");
		}
		term_put_text(has_utf8, &drawing->text, pair->value, strlen(pair->value));
	}
}

/* The words of a cell, into drawing->text. */
static void
put_cell(struct drawing *drawing, const struct cell *cell, enum cell_type type)
{
	char text[HUMAN_SIZE];
	struct buf *buf = &drawing->text;

	switch (type) {
	case CELL_TEXT:
	case CELL_STATE:
		term_put_text(drawing->term->has_utf8, buf, cell->text, strlen(cell->text));
		break;
	case CELL_COUNT:
		buf_printf(buf, "%lld", (long long)cell->number);
		break;
	case CELL_REAL:
		buf_printf(buf, "%.4g", cell->real);
		break;
	case CELL_TIME:
		buf_puts(buf, clock_format_local(cell->number, text, sizeof(text)));
		break;
	case CELL_DURATION:
		buf_puts(buf, human_duration(cell->number, text, sizeof(text)));
		break;
	case CELL_OFFSET:
		buf_puts(buf, human_offset(cell->number, text, sizeof(text)));
		break;
	case CELL_RTT:
		buf_puts(buf, human_rtt((uint32_t)cell->number, text, sizeof(text)));
		break;
	case CELL_BOOL:
		buf_puts(buf, cell->number ? "yes" : "-");
		break;
	case CELL_LIST:
	case CELL_MAP:
		put_pairs(drawing, cell);
		break;
	}
}

/* Puts every cell into words. What is not set is "-": a reader that splits at blanks needs it. */
static int
put_texts(struct drawing *drawing)
{
	const struct sheet *sheet = drawing->sheet;

	for (size_t k = 0; k < drawing->height; k++) {
		for (size_t i = 0; i < drawing->width; i++) {
			size_t column = sheet->selected[i];
			const struct cell *cell = sheet_cell(sheet, sheet_row_at(sheet, k), column);
			char *text;

			buf_reset(&drawing->text);
			if (cell->is_set)
				put_cell(drawing, cell, sheet->columns[column].type);
			if (drawing->text.error == 0 && drawing->text.len == 0)
				buf_puts(&drawing->text, "-");
			if (drawing->text.error != 0)
				return drawing->text.error;
			text = strdup(drawing->text.data);
			if (text == NULL)
				return ERR_NOMEM;
			drawing->texts[k * drawing->width + i] = text;
		}
	}
	return 0;
}

/* Places that the branches before a row's text take: two for each level. */
static size_t
tree_width(const struct sheet *sheet, size_t row)
{
	size_t width = 0;

	if (sheet->parents == NULL)
		return 0;
	for (row = sheet->parents[row]; row != SIZE_MAX; row = sheet->parents[row])
		width += 2;
	return width;
}

static void
fit(struct drawing *drawing, bool has_header)
{
	const struct sheet *sheet = drawing->sheet;

	for (size_t i = 0; i < drawing->width; i++) {
		const struct column *column = &sheet->columns[sheet->selected[i]];
		struct fit_column *fits = &drawing->fits[i];
		bool is_tree = (column->flags & COLUMN_TREE) && sheet->parents != NULL;

		fits->natural = has_header ? fit_width(column->title) : 1;
		for (size_t k = 0; k < drawing->height && drawing->term->width > 0; k++) {
			size_t width = fit_width(drawing->texts[k * drawing->width + i]);

			if (is_tree)
				width += tree_width(sheet, sheet_row_at(sheet, k));
			fits->natural = width > fits->natural ? width : fits->natural;
		}
		fits->may_wrap = column->flags & COLUMN_WRAP;
		fits->may_cut = (column->flags & COLUMN_TRUNC) && !is_tree;
		/* What was asked for by name is not left out. */
		fits->yields = sheet->is_chosen ? 0 : column->flags / COLUMN_YIELDS;
	}
	fit_columns(drawing->fits, drawing->width, drawing->term->width);
}

static size_t
widest_line(const struct libscols_column *column, const char *data, void *arg)
{
	(void)column;
	(void)arg;
	return fit_width(data);
}

/* Cuts off the first line and returns what follows, NULL at the end. */
static char *
next_line(const struct libscols_column *column, char *data, void *arg)
{
	char *end = data != NULL ? strchr(data, '\n') : NULL;

	(void)column;
	(void)arg;
	if (end == NULL)
		return NULL;
	*end = '\0';
	return end + 1;
}

static int
draw_columns(struct drawing *drawing)
{
	const struct sheet *sheet = drawing->sheet;

	for (size_t i = 0; i < drawing->width; i++) {
		const struct column *column = &sheet->columns[sheet->selected[i]];
		struct libscols_column *drawn;
		int flags = 0;

		if (drawing->fits[i].is_gone)
			continue;
		if ((column->flags & COLUMN_TREE) && sheet->parents != NULL)
			flags = SCOLS_FL_TREE;
		else if (column->flags & COLUMN_WRAP)
			flags = SCOLS_FL_WRAP;
		if (column->type == CELL_COUNT || column->type == CELL_REAL ||
		    column->type == CELL_RTT || column->type == CELL_OFFSET)
			flags |= SCOLS_FL_RIGHT;
		drawn = scols_table_new_column(drawing->table, column->title, 0.01, flags);
		if (drawn == NULL)
			return ERR_NOMEM;
		if (flags & SCOLS_FL_WRAP) {
			scols_column_set_wrapfunc(drawn, widest_line, next_line, NULL);
			scols_column_set_safechars(drawn, "\n");
		}
		if (drawing->term->has_color)
			scols_cell_set_color(scols_column_get_header(drawn),
					     term_sequence(TINT_BOLD));
	}
	return 0;
}

/* The text in the width that its column has got. */
static char *
fitted(const struct drawing *drawing, const char *text, size_t place)
{
	const struct fit_column *fits = &drawing->fits[place];

	if (drawing->term->width == 0 || fits->width >= fits->natural)
		return strdup(text);
	return fits->may_wrap ? fit_wrap(text, fits->width)
			      : fit_cut(text, fits->width, drawing->term->has_utf8);
}

static int
draw_cells(struct drawing *drawing, struct libscols_line *line, size_t k, size_t row)
{
	const struct sheet *sheet = drawing->sheet;
	size_t place = 0;

	for (size_t i = 0; i < drawing->width; i++) {
		size_t column = sheet->selected[i];
		enum term_tint tint =
			cell_tint(sheet_cell(sheet, row, column), sheet->columns[column].type);
		struct libscols_cell *drawn;
		char *text;

		if (drawing->fits[i].is_gone)
			continue;
		drawn = scols_line_get_cell(line, place++);
		text = fitted(drawing, drawing->texts[k * drawing->width + i], i);
		if (text == NULL || drawn == NULL || scols_cell_refer_data(drawn, text) != 0) {
			free(text);
			return ERR_NOMEM;
		}
		if (drawing->term->has_color && tint != TINT_NONE)
			scols_cell_set_color(drawn, term_sequence(tint));
	}
	return 0;
}

struct depth {
	size_t place, depth;
};

static int
shallow_first(const void *pa, const void *pb)
{
	const struct depth *a = pa, *b = pb;

	if (a->depth != b->depth)
		return a->depth < b->depth ? -1 : 1;
	return a->place < b->place ? -1 : 1;
}

/* Makes the lines: of a tree, parents before their children, and siblings in their order. */
static int
draw_lines(struct drawing *drawing)
{
	const struct sheet *sheet = drawing->sheet;
	struct depth *depths = malloc(sizeof(*depths) * (drawing->height + 1));

	if (depths == NULL)
		return ERR_NOMEM;
	for (size_t k = 0; k < drawing->height; k++)
		depths[k] = (struct depth){k, tree_width(sheet, sheet_row_at(sheet, k))};
	if (sheet->parents != NULL)
		qsort(depths, drawing->height, sizeof(*depths), shallow_first);
	for (size_t i = 0; i < drawing->height; i++) {
		size_t row = sheet_row_at(sheet, depths[i].place);
		size_t parent = sheet->parents != NULL ? sheet->parents[row] : SIZE_MAX;

		drawing->lines[row] = scols_table_new_line(
			drawing->table, parent != SIZE_MAX ? drawing->lines[parent] : NULL);
		if (drawing->lines[row] == NULL) {
			free(depths);
			return ERR_NOMEM;
		}
	}
	free(depths);
	return 0;
}

static int
draw(struct drawing *drawing, bool has_header)
{
	const struct term *term = drawing->term;
	int rc = put_texts(drawing);

	if (rc != 0)
		return rc;
	fit(drawing, has_header);
	scols_table_enable_noheadings(drawing->table, !has_header);
	scols_table_enable_colors(drawing->table, term->has_color);
	scols_table_enable_ascii(drawing->table, !term->has_utf8);
	/* Cells are harmless and fitted already; smartcols would escape our escapes. */
	scols_table_enable_noencoding(drawing->table, 1);
	scols_table_set_termforce(drawing->table, SCOLS_TERMFORCE_NEVER);
	rc = draw_columns(drawing);
	if (rc == 0)
		rc = draw_lines(drawing);
	for (size_t k = 0; k < drawing->height && rc == 0; k++) {
		size_t row = sheet_row_at(drawing->sheet, k);

		rc = draw_cells(drawing, drawing->lines[row], k, row);
	}
	return rc;
}

/* smartcols fills columns with blanks: at the end of a line they are no use to anybody. */
static void
put_trimmed(struct out *out, const char *text)
{
	while (*text != '\0') {
		size_t whole = strcspn(text, "\n"), len = whole;

		while (len > 0 && text[len - 1] == ' ')
			len--;
		out_put(out, text, len);
		out_puts(out, "\n");
		text += whole + (text[whole] == '\n');
	}
}

void
sheet_write_table(const struct sheet *sheet, struct out *out, const struct term *term,
		  bool has_header)
{
	struct drawing drawing = {.sheet = sheet, .term = term, .table = scols_new_table()};
	char *text = NULL;
	int rc = ERR_NOMEM;

	drawing.height = sheet_height(sheet);
	drawing.width = sheet->selected_count;
	buf_init(&drawing.text, CELL_MAX);
	drawing.texts = calloc(drawing.height * drawing.width + 1, sizeof(char *));
	drawing.fits = calloc(drawing.width + 1, sizeof(*drawing.fits));
	drawing.lines = calloc(sheet->row_count + 1, sizeof(struct libscols_line *));
	if (drawing.table == NULL || drawing.texts == NULL || drawing.fits == NULL ||
	    drawing.lines == NULL)
		goto out;
	rc = draw(&drawing, has_header);
	if (rc == 0 && drawing.width > 0 && drawing.height > 0 &&
	    scols_print_table_to_string(drawing.table, &text) != 0)
		rc = ERR_NOMEM;
	if (rc == 0 && text != NULL)
		put_trimmed(out, text);
out:
	out_fail(out, rc);
	for (size_t i = 0; drawing.texts != NULL && i < drawing.height * drawing.width; i++)
		free(drawing.texts[i]);
	free(text);
	free(drawing.texts);
	free(drawing.fits);
	free(drawing.lines);
	scols_unref_table(drawing.table);
	buf_fini(&drawing.text);
}
