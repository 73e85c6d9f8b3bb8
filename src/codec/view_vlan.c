/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Not read yet: VLAN_PORT, VLAN_EGRESS, CISCO_VLAN.
 */
#include "view_impl.h"

const struct view_impl view_impl_VLAN_PORT = {
	.spec = {.table = VIEW_TABLE_VLAN_PORT, .part = VIEW_VLANS, .name = "VLAN_PORT"}};
const struct view_impl view_impl_VLAN_EGRESS = {
	.spec = {.table = VIEW_TABLE_VLAN_EGRESS, .part = VIEW_VLANS, .name = "VLAN_EGRESS"}};
const struct view_impl view_impl_CISCO_VLAN = {
	.spec = {.table = VIEW_TABLE_CISCO_VLAN, .part = VIEW_VLANS, .name = "CISCO_VLAN"}};

int
view_finish_vlans(struct view_builder *builder, struct switch_view *view)
{
	(void)builder;
	(void)view;
	return 0;
}
