/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * VLANs of the ports: access and voice VLANs, and the members of each VLAN by port.
 */
#include "view_port_numbers.h"
#include "view_vlan.h"

#include "keepwatch/mem.h"

#include <stdlib.h>

struct member {
	uint32_t port; /* place in view->ports */
	uint16_t vlan;
	bool is_untagged;
};

struct members {
	struct member *items;
	size_t count, cap;
};

static int
members_add(struct members *members, size_t port, uint32_t vlan, bool is_untagged)
{
	int rc;

	if (members->count >= VIEW_VLAN_MEMBERS_MAX)
		return 0;
	rc = mem_grow(&members->items, &members->cap, members->count + 1, sizeof(struct member));
	if (rc != 0)
		return rc;
	members->items[members->count++] =
		(struct member){(uint32_t)port, (uint16_t)vlan, is_untagged};
	return 0;
}

static int
member_compare(const void *a, const void *b)
{
	const struct member *left = a, *right = b;

	if (left->port != right->port)
		return left->port < right->port ? -1 : 1;
	if (left->vlan != right->vlan)
		return left->vlan < right->vlan ? -1 : 1;
	return right->is_untagged - left->is_untagged;
}

/* dot1qPvid by bridge port; AOS 6 has ifIndex there, but bridge ports in its lists. */
static int
vlan_port_numbers(const struct view_builder *builder, const struct switch_view *view,
		  struct view_port_numbers *numbers)
{
	const struct view_rows *ports = &builder->rows[VIEW_TABLE_VLAN_PORT];
	int rc = 0;

	for (size_t i = 0; i < ports->count && rc == 0; i++) {
		const struct vlan_port_row *row = view_rows_at(ports, i);

		if (row->column == PORT_PVID)
			rc = view_port_numbers_note(numbers, 0, row->index);
	}
	return rc != 0 ? rc : view_port_numbers_bridge(numbers, builder, view);
}

static int
vlan_list_numbers(const struct view_builder *builder, const struct switch_view *view,
		  bool is_static, struct view_port_numbers *numbers)
{
	const struct view_rows *lists = &builder->rows[VIEW_TABLE_VLAN_EGRESS];
	uint32_t used[LIST_WORDS_MAX] = {0};
	int rc = 0;

	for (size_t i = 0; i < lists->count; i++) {
		const struct vlan_list_row *row = view_rows_at(lists, i);

		if ((row->vlan >= STATIC_VLAN) == is_static)
			used[row->word] |= row->egress;
	}
	for (uint32_t i = 0; i < VIEW_PORTS_MAX && rc == 0; i++) {
		if ((used[i / WORD_BITS] >> i % WORD_BITS & 1) != 0)
			rc = view_port_numbers_note(numbers, 0, i + 1);
	}
	return rc != 0 ? rc : view_port_numbers_list(numbers, builder, view);
}

/* For each bit of a PortList, 1 + place of its port in view->ports, or 0. */
static void
vlan_places(const struct switch_view *view, const struct view_port_numbers *numbers,
	    uint16_t places[VIEW_PORTS_MAX])
{
	for (uint32_t i = 0; i < VIEW_PORTS_MAX; i++) {
		const struct view_port *port =
			switch_view_port(view, view_port_numbers_if(numbers, 0, i + 1));

		places[i] = port == NULL ? 0 : (uint16_t)(port - view->ports + 1);
	}
}

static int
vlan_list_members(const struct vlan_list_row *row, const uint16_t *places, struct members *members)
{
	places += row->word * WORD_BITS;
	for (uint32_t bit = 0; bit < WORD_BITS; bit++) {
		int rc;

		if ((row->egress >> bit & 1) == 0 || places[bit] == 0)
			continue;
		rc = members_add(members, places[bit] - 1u, row->vlan % STATIC_VLAN,
				 (row->untagged >> bit & 1) != 0);
		if (rc != 0)
			return rc;
	}
	return 0;
}

/* dot1qPvid first: the access VLAN of the vendor's table is the better one where both are. */
static int
vlan_port_values(const struct view_builder *builder, struct switch_view *view,
		 const struct view_port_numbers *numbers, struct members *members)
{
	const struct view_rows *rows = &builder->rows[VIEW_TABLE_VLAN_PORT];

	for (uint32_t column = 0; column < PORT_COLUMNS; column++) {
		for (size_t i = 0; i < rows->count; i++) {
			const struct vlan_port_row *row = view_rows_at(rows, i);
			struct view_port *port;
			int rc;

			if (row->column != column)
				continue;
			port = switch_view_port(
				view, column == PORT_PVID
					      ? view_port_numbers_if(numbers, 0, row->index)
					      : row->index);
			if (port == NULL)
				continue;
			if (column == PORT_VOICE)
				port->voice_vlan = (uint16_t)row->vlan;
			else
				port->pvid = (uint16_t)row->vlan;
			if (column == PORT_PVID)
				continue;
			rc = members_add(members, (size_t)(port - view->ports), row->vlan,
					 column == PORT_ACCESS);
			if (rc != 0)
				return rc;
		}
	}
	return 0;
}

static int
members_finish(struct members *members, struct switch_view *view)
{
	const struct member *last = NULL;
	int rc = mem_grow(&view->vlan_members, &view->vlan_member_cap, members->count,
			  sizeof(*view->vlan_members));

	if (rc != 0 || members->count == 0)
		return rc;
	qsort(members->items, members->count, sizeof(*members->items), member_compare);
	for (size_t i = 0; i < members->count; i++) {
		const struct member *member = &members->items[i];
		struct view_port *port = &view->ports[member->port];

		if (last != NULL && last->port == member->port && last->vlan == member->vlan)
			continue;
		if (port->vlan_count++ == 0)
			port->vlan_first = (uint32_t)view->vlan_member_count;
		view->vlan_members[view->vlan_member_count++] =
			(struct view_vlan_member){member->vlan, member->is_untagged};
		last = member;
	}
	return 0;
}

/* A port that is no member of the VLAN of its PVID but untagged in just one: that one counts, the
 * PVID is a left-over (CBS350 keeps dot1qPvid 1 on access ports of other VLANs). */
static void
vlan_pvid_check(struct switch_view *view)
{
	for (size_t i = 0; i < view->port_count; i++) {
		struct view_port *port = &view->ports[i];
		const struct view_vlan_member *members = view->vlan_members + port->vlan_first;
		uint32_t untagged = 0;
		uint16_t vlan = 0;

		for (uint32_t m = 0; m < port->vlan_count; m++) {
			if (members[m].vlan == port->pvid)
				vlan = port->pvid;
			untagged += members[m].is_untagged;
		}
		if (vlan != 0 || untagged != 1)
			continue;
		for (uint32_t m = 0; m < port->vlan_count; m++) {
			if (members[m].is_untagged)
				port->pvid = members[m].vlan;
		}
	}
}

int
view_finish_vlans(struct view_builder *builder, struct switch_view *view)
{
	const struct view_rows *lists = &builder->rows[VIEW_TABLE_VLAN_EGRESS];
	struct members members = {0};
	struct view_port_numbers ports, bits;
	uint16_t places[VIEW_PORTS_MAX];
	bool is_static = true;
	int rc;

	view_port_numbers_init(&ports);
	view_port_numbers_init(&bits);
	/* dot1qVlanCurrentTable has all; the static one only what was configured. */
	for (size_t i = 0; i < lists->count && is_static; i++)
		is_static =
			((const struct vlan_list_row *)view_rows_at(lists, i))->vlan >= STATIC_VLAN;
	rc = vlan_port_numbers(builder, view, &ports);
	if (rc == 0)
		rc = vlan_list_numbers(builder, view, is_static, &bits);
	if (rc == 0)
		rc = vlan_port_values(builder, view, &ports, &members);
	vlan_places(view, &bits, places);
	for (size_t i = 0; i < lists->count && rc == 0; i++) {
		const struct vlan_list_row *row = view_rows_at(lists, i);

		if ((row->vlan >= STATIC_VLAN) == is_static)
			rc = vlan_list_members(row, places, &members);
	}
	if (rc == 0)
		rc = members_finish(&members, view);
	if (rc == 0 && view->vlan_member_count > 0)
		vlan_pvid_check(view);
	view_port_numbers_fini(&ports);
	view_port_numbers_fini(&bits);
	free(members.items);
	return rc;
}
