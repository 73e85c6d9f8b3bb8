/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Not read yet: ARP, ARP2.
 */
#include "view_impl.h"

const struct view_impl view_impl_ARP = {
	.spec = {.table = VIEW_TABLE_ARP, .part = VIEW_ARP, .name = "ARP"}};
const struct view_impl view_impl_ARP2 = {
	.spec = {.table = VIEW_TABLE_ARP2, .part = VIEW_ARP, .name = "ARP2"}};

int
view_finish_arp(struct view_builder *builder, struct switch_view *view)
{
	(void)builder;
	(void)view;
	return 0;
}
