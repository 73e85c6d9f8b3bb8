/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ENTITY-MIB (RFC 6933) entPhysicalTable: what the device is made of and its serial numbers.
 * Sensors, fans, ports and containers, which are most of it, are dropped while they are read.
 */
#include "view_impl.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

#define ENTITY 1, 3, 6, 1, 2, 1, 47, 1, 1, 1, 1

/* The class first: without it the others of a row are not taken. */
#define ENTITY_COLUMNS(X)          \
	X(CLASS, 5, entity_class)  \
	X(DESCR, 2, descr)         \
	X(CONTAINED, 4, contained) \
	X(NAME, 7, name)           \
	X(HARDWARE, 8, hardware)   \
	X(FIRMWARE, 9, firmware)   \
	X(SOFTWARE, 10, software)  \
	X(SERIAL, 11, serial)      \
	X(VENDOR, 12, vendor)      \
	X(MODEL, 13, model)

enum entity_column {
#define X(name, arc, member) COLUMN_##name,
	ENTITY_COLUMNS(X)
#undef X
		COLUMN_COUNT
};

#define X(name, arc, member) static const uint32_t oid_##member[] = {ENTITY, arc};
ENTITY_COLUMNS(X)
#undef X

static const struct oid_ref columns[COLUMN_COUNT] = {
#define X(name, arc, member) [COLUMN_##name] = OID_REF(oid_##member),
	ENTITY_COLUMNS(X)
#undef X
};

/* PhysicalClass. */
enum { CLASS_CHASSIS = 3, CLASS_POWER_SUPPLY = 6, CLASS_MODULE = 9, CLASS_STACK = 11 };

struct entity_row {
	uint32_t index; /* key */
	/* In the first row, of all: the highest index that is wanted, and which columns have passed
	 * it (bit 1 << column). */
	uint32_t highest;
	uint16_t passed;
	struct view_entity entity;
};

static int
entity_class(struct view_builder *builder, uint32_t index, const struct varbind *vb)
{
	struct entity_row *row;
	uint32_t number;
	void *item;
	int rc;

	if (!view_u32(vb, &number))
		return ERR_SYNTAX;
	if (number != CLASS_CHASSIS && number != CLASS_POWER_SUPPLY && number != CLASS_MODULE &&
	    number != CLASS_STACK)
		return 0;
	rc = view_rows_get(&builder->rows[VIEW_TABLE_ENTITY], &index, &item);
	if (rc != 0)
		return rc;
	row = item;
	row->entity.index = index;
	row->entity.entity_class = (uint8_t)number;
	row = view_rows_at(&builder->rows[VIEW_TABLE_ENTITY], 0);
	if (index > row->highest)
		row->highest = index;
	return 0;
}

/* A row that is not wanted: once all columns are past the last that is, there is nothing more. */
static int
entity_pass(struct view_builder *builder, size_t column, uint32_t index)
{
	const uint16_t all = ((1u << COLUMN_COUNT) - 1) & ~(1u << COLUMN_CLASS);
	const struct view_rows *rows = &builder->rows[VIEW_TABLE_ENTITY];
	struct entity_row *first;

	if (rows->count == 0)
		return VIEW_ENOUGH;
	first = view_rows_at(rows, 0);
	if (index > first->highest)
		first->passed |= (uint16_t)(1u << column);
	return first->passed == all ? VIEW_ENOUGH : 0;
}

static char *
entity_text(struct view_entity *entity, enum entity_column column)
{
	switch (column) {
	case COLUMN_DESCR:
		return entity->descr;
	case COLUMN_NAME:
		return entity->name;
	case COLUMN_HARDWARE:
		return entity->hardware;
	case COLUMN_FIRMWARE:
		return entity->firmware;
	case COLUMN_SOFTWARE:
		return entity->software;
	case COLUMN_SERIAL:
		return entity->serial;
	case COLUMN_VENDOR:
		return entity->vendor;
	case COLUMN_MODEL:
		return entity->model;
	default:
		return NULL;
	}
}

static int
entity_add(struct view_builder *builder, size_t column, const struct varbind *vb)
{
	size_t len;
	const uint32_t *index = view_index(&view_impl_ENTITY.spec, column, vb, &len);
	struct entity_row *row;
	char *text;

	if (index == NULL || len != 1)
		return ERR_SYNTAX;
	if (column == COLUMN_CLASS)
		return entity_class(builder, index[0], vb);
	row = view_rows_find(&builder->rows[VIEW_TABLE_ENTITY], index);
	if (row == NULL)
		return entity_pass(builder, column, index[0]);
	if (column == COLUMN_CONTAINED)
		return view_u32(vb, &row->entity.contained_in) ? 0 : ERR_SYNTAX;
	text = entity_text(&row->entity, (enum entity_column)column);
	return text != NULL && view_text(vb, text, VIEW_TEXT) ? 0 : ERR_SYNTAX;
}

const struct view_impl view_impl_ENTITY = {
	.spec = {.table = VIEW_TABLE_ENTITY,
		 .part = VIEW_ENTITIES,
		 .name = "entPhysicalTable",
		 .columns = columns,
		 .column_count = COLUMN_COUNT,
		 .max_rows = VIEW_ENTITIES_MAX,
		 .later = ((1u << COLUMN_COUNT) - 1) & ~(1u << COLUMN_CLASS),
		 .later_max_rows = VIEW_ENTITIES_MAX,
		 .add = entity_add},
	.item_size = sizeof(struct entity_row),
	.key_size = sizeof(uint32_t),
};

static int
entity_compare(const void *a, const void *b)
{
	const struct view_entity *left = a, *right = b;

	return left->index < right->index ? -1 : left->index > right->index;
}

int
view_finish_entities(struct view_builder *builder, struct switch_view *view)
{
	const struct view_rows *rows = &builder->rows[VIEW_TABLE_ENTITY];
	int rc = mem_grow(&view->entities, &view->entity_cap, rows->count, sizeof(*view->entities));

	if (rc != 0 || rows->count == 0)
		return rc;
	for (size_t i = 0; i < rows->count; i++)
		view->entities[view->entity_count++] =
			((const struct entity_row *)view_rows_at(rows, i))->entity;
	qsort(view->entities, view->entity_count, sizeof(*view->entities), entity_compare);
	return 0;
}
