/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Not read yet: QFDB, VLAN_FDB, FDB.
 */
#include "view_impl.h"

const struct view_impl view_impl_QFDB = {
	.spec = {.table = VIEW_TABLE_QFDB, .part = VIEW_FDB, .name = "QFDB"}};
const struct view_impl view_impl_VLAN_FDB = {
	.spec = {.table = VIEW_TABLE_VLAN_FDB, .part = VIEW_FDB, .name = "VLAN_FDB"}};
const struct view_impl view_impl_FDB = {
	.spec = {.table = VIEW_TABLE_FDB, .part = VIEW_FDB, .name = "FDB"}};

int
view_finish_fdb(struct view_builder *builder, struct switch_view *view)
{
	(void)builder;
	(void)view;
	return 0;
}

size_t
view_fdb_vlans(const struct view_builder *builder, uint16_t *vlans, size_t max)
{
	(void)builder;
	(void)vlans;
	(void)max;
	return 0;
}
