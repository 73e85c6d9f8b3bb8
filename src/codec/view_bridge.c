/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Not read yet: BASE_PORT.
 */
#include "view_impl.h"

const struct view_impl view_impl_BASE_PORT = {
	.spec = {.table = VIEW_TABLE_BASE_PORT, .part = VIEW_FDB, .name = "BASE_PORT"}};

int
view_finish_base_ports(struct view_builder *builder, struct switch_view *view)
{
	(void)builder;
	(void)view;
	return 0;
}

uint32_t
view_base_port_if(const struct view_builder *builder, uint32_t base_port)
{
	(void)builder;
	(void)base_port;
	return 0;
}
