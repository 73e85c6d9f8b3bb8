/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The life of a reading: tables begin, take their rows and end; then their numberings are brought
 * together, one part after the other. What the tables mean is in the file of each.
 */
#include "view_impl.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>

static const struct view_impl *
builder_impl(enum view_table table)
{
	static const struct view_impl *const impls[VIEW_TABLE_COUNT] = {
#define X(name, part) [VIEW_TABLE_##name] = &view_impl_##name,
		VIEW_TABLES(X)
#undef X
	};

	return impls[table];
}

const struct view_table_spec *
view_table_spec(enum view_table table)
{
	return &builder_impl(table)->spec;
}

struct view_builder *
view_builder_new(void)
{
	struct view_builder *builder = calloc(1, sizeof(*builder));

	if (builder == NULL)
		return NULL;
	for (int i = 0; i < VIEW_TABLE_COUNT; i++) {
		const struct view_impl *impl = builder_impl((enum view_table)i);

		view_rows_init(&builder->rows[i], impl->item_size, impl->key_size,
			       impl->spec.max_rows);
	}
	return builder;
}

void
view_builder_free(struct view_builder *builder)
{
	if (builder == NULL)
		return;
	for (int i = 0; i < VIEW_TABLE_COUNT; i++) {
		const struct view_impl *impl = builder_impl((enum view_table)i);

		if (impl->fini != NULL)
			impl->fini(builder);
		view_rows_fini(&builder->rows[i]);
	}
	free(builder);
}

void
view_builder_begin(struct view_builder *builder, enum view_table table, uint16_t vlan)
{
	const struct view_impl *impl = builder_impl(table);

	builder->vlan = vlan;
	builder->trust[table] = VIEW_NOT_READ;
	if (impl->begin != NULL)
		impl->begin(builder, vlan);
	else
		view_rows_clear(&builder->rows[table]);
}

int
view_builder_add(struct view_builder *builder, enum view_table table, size_t column,
		 const struct varbind *varbind)
{
	const struct view_table_spec *spec = view_table_spec(table);
	int rc;

	if (column >= spec->column_count)
		return ERR_INVAL;
	rc = spec->add(builder, column, varbind);
	if (rc == ERR_SYNTAX)
		builder->bad_rows++;
	return rc;
}

void
view_builder_end(struct view_builder *builder, enum view_table table, enum view_trust trust)
{
	builder->trust[table] = (uint8_t)trust;
}

uint32_t
view_builder_rows(const struct view_builder *builder, enum view_table table)
{
	const struct view_impl *impl = builder_impl(table);

	return impl->count != NULL ? impl->count(builder) : (uint32_t)builder->rows[table].count;
}

uint32_t
view_builder_bad_rows(const struct view_builder *builder)
{
	return builder->bad_rows;
}

bool
view_builder_wants(const struct view_builder *builder, enum view_table table)
{
	const struct view_impl *impl = builder_impl(table);

	return impl->spec.column_count > 0 && (impl->wants == NULL || impl->wants(builder));
}

bool
view_builder_wants_later(const struct view_builder *builder, enum view_table table)
{
	const struct view_impl *impl = builder_impl(table);
	uint32_t rows = view_builder_rows(builder, table);

	return impl->spec.later != 0 && (rows > 0 || impl->is_later_of_empty) &&
	       rows <= impl->spec.later_max_rows &&
	       (impl->wants_later == NULL || impl->wants_later(builder));
}

size_t
view_builder_fdb_vlans(const struct view_builder *builder, uint16_t *vlans, size_t max)
{
	return view_fdb_vlans(builder, vlans, max);
}

/* The least trust of the tables of a part that were wanted. */
static void
builder_trust(const struct view_builder *builder, struct switch_view *view)
{
	bool is_told[VIEW_PART_COUNT] = {false};

	view->trust[VIEW_SYSTEM] = VIEW_WHOLE;
	for (int i = 0; i < VIEW_TABLE_COUNT; i++) {
		enum view_table table = (enum view_table)i;
		enum view_part part = view_table_spec(table)->part;
		enum view_trust trust = (enum view_trust)builder->trust[table];

		/* Read although it is not wanted any more: it counts as it was read. */
		if (trust == VIEW_NOT_READ && !view_builder_wants(builder, table))
			continue;
		if (!is_told[part] || trust < view->trust[part])
			view->trust[part] = trust;
		is_told[part] = true;
	}
}

int
view_builder_finish(struct view_builder *builder, struct switch_view **out)
{
	static int (*const finish[])(struct view_builder *, struct switch_view *) = {
		view_finish_system, view_finish_ports, view_finish_base_ports, view_finish_lags,
		view_finish_fdb,    view_finish_stp,   view_finish_neighbours, view_finish_vlans,
		view_finish_arp,    view_finish_poe,   view_finish_entities,
	};
	struct switch_view *view = switch_view_new();

	if (view == NULL)
		return ERR_NOMEM;
	/* First: what is wanted is told by the rows, which are taken out below. */
	builder_trust(builder, view);
	for (size_t i = 0; i < MEM_COUNT(finish); i++) {
		int rc = finish[i](builder, view);

		if (rc != 0) {
			switch_view_free(view);
			return rc;
		}
	}
	*out = view;
	return 0;
}
