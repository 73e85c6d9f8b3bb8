/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Not read yet: ENTITY.
 */
#include "view_impl.h"

const struct view_impl view_impl_ENTITY = {
	.spec = {.table = VIEW_TABLE_ENTITY, .part = VIEW_ENTITIES, .name = "ENTITY"}};

int
view_finish_entities(struct view_builder *builder, struct switch_view *view)
{
	(void)builder;
	(void)view;
	return 0;
}
