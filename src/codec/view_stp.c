/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Not read yet: STP_PORT.
 */
#include "view_impl.h"

const struct view_impl view_impl_STP_PORT = {
	.spec = {.table = VIEW_TABLE_STP_PORT, .part = VIEW_STP, .name = "STP_PORT"}};

int
view_finish_stp(struct view_builder *builder, struct switch_view *view)
{
	(void)builder;
	(void)view;
	return 0;
}
