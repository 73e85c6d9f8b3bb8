/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Not read yet: POE_PORT, POE_MAIN, POE_VENDOR, POE_CISCO.
 */
#include "view_impl.h"

const struct view_impl view_impl_POE_PORT = {
	.spec = {.table = VIEW_TABLE_POE_PORT, .part = VIEW_POE, .name = "POE_PORT"}};
const struct view_impl view_impl_POE_MAIN = {
	.spec = {.table = VIEW_TABLE_POE_MAIN, .part = VIEW_POE, .name = "POE_MAIN"}};
const struct view_impl view_impl_POE_VENDOR = {
	.spec = {.table = VIEW_TABLE_POE_VENDOR, .part = VIEW_POE, .name = "POE_VENDOR"}};
const struct view_impl view_impl_POE_CISCO = {
	.spec = {.table = VIEW_TABLE_POE_CISCO, .part = VIEW_POE, .name = "POE_CISCO"}};

int
view_finish_poe(struct view_builder *builder, struct switch_view *view)
{
	(void)builder;
	(void)view;
	return 0;
}
