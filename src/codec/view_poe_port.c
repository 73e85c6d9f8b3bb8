/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Power over Ethernet of the ports: what RFC 3621, Cisco and other vendors tell of a PSE port, and
 * which interface it is. That is decided for the whole agent; a port of which it is not sure stays
 * without PoE.
 */
#include "view_poe.h"
#include "view_port_numbers.h"

#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

/* All that is known of a PSE port, by its own index. */
struct pse_port {
	uint32_t group, index; /* key */
	uint32_t entity;
	bool is_known; /* poe was begun */
	struct view_poe poe;
};

static int
pse_get(struct view_rows *pses, uint32_t group, uint32_t index, struct pse_port **out)
{
	const uint32_t key[] = {group, index};
	void *item;
	int rc = view_rows_get(pses, key, &item);

	if (rc != 0)
		return rc;
	*out = item;
	if ((*out)->is_known)
		return 0;
	(*out)->is_known = true;
	(*out)->poe.power_class = -1;
	(*out)->poe.mw = (*out)->poe.limit_mw = VIEW_UNKNOWN_MW;
	if (group != POE_BY_IF) {
		(*out)->poe.group = group;
		(*out)->poe.index = index;
	}
	return 0;
}

static int
pse_standard(const struct view_builder *builder, struct view_rows *pses)
{
	const struct view_rows *rows = &builder->rows[VIEW_TABLE_POE_PORT];

	for (size_t i = 0; i < rows->count; i++) {
		const struct poe_port_row *row = view_rows_at(rows, i);
		struct pse_port *pse;
		int rc = pse_get(pses, row->group, row->index, &pse);

		if (rc != 0)
			return rc;
		if (row->status <= POE_OTHER_FAULT)
			pse->poe.status = (uint8_t)row->status;
		pse->poe.is_enabled =
			row->admin == 1 || (row->admin == 0 && row->status > POE_DISABLED);
		pse->poe.denied = row->denied;
		/* class0(1) ..., and only while power is delivered (RFC 3621). */
		if (row->status == POE_DELIVERING && row->classification >= 1 &&
		    row->classification <= 9)
			pse->poe.power_class = (int8_t)(row->classification - 1);
	}
	return 0;
}

/* The status of a vendor where the standard has none; power drawn is power delivered. */
static void
pse_vendor_status(struct view_poe *poe, const struct poe_vendor_row *row)
{
	if (poe->status != POE_NONE)
		return;
	poe->status = row->status;
	if (row->status <= POE_SEARCHING && row->mw != VIEW_UNKNOWN_MW && row->mw > 0)
		poe->status = POE_DELIVERING;
	else if (row->is_disabled)
		poe->status = POE_DISABLED;
	poe->is_enabled = poe->status != POE_NONE && !row->is_disabled;
}

static int
pse_vendor(const struct view_builder *builder, struct view_rows *pses)
{
	const struct poe_vendor_row *row;

	for (size_t i = 0; (row = view_poe_vendor_at(builder, i)) != NULL; i++) {
		struct pse_port *pse;
		int rc = pse_get(pses, row->group, row->index, &pse);

		if (rc != 0)
			return rc;
		if (row->mw != VIEW_UNKNOWN_MW)
			pse->poe.mw = row->mw;
		if (row->limit_mw != VIEW_UNKNOWN_MW)
			pse->poe.limit_mw = row->limit_mw;
		pse_vendor_status(&pse->poe, row);
		pse->poe.is_overload = pse->poe.is_overload || row->is_overload;
	}
	return 0;
}

static int
pse_cisco(const struct view_builder *builder, struct view_rows *pses)
{
	const struct view_rows *rows = &builder->rows[VIEW_TABLE_POE_CISCO];

	for (size_t i = 0; i < rows->count; i++) {
		const struct poe_cisco_row *row = view_rows_at(rows, i);
		struct pse_port *pse;
		int rc;

		if (row->index == 0)
			continue;
		rc = pse_get(pses, row->group, row->index, &pse);
		if (rc != 0)
			return rc;
		if (row->has_mw)
			pse->poe.mw = row->mw;
		if (row->has_limit)
			pse->poe.limit_mw = row->limit_mw;
		pse->poe.is_overload = pse->poe.is_overload || row->is_overload;
		pse->entity = row->entity;
		if (pse->poe.status == POE_NONE && row->has_mw && row->mw > 0) {
			pse->poe.status = POE_DELIVERING;
			pse->poe.is_enabled = true;
		}
	}
	return 0;
}

/* By the vendor's index, or cpeExtPsePortEntPhyIndex, or the numbers. */
static uint32_t
pse_if(const struct view_builder *builder, const struct pse_port *pse,
       const struct view_port_numbers *numbers)
{
	uint32_t if_index = 0;

	if (pse->group == POE_BY_IF)
		return pse->index;
	if (pse->entity != 0)
		if_index = view_entity_if(builder, pse->entity);
	if (if_index == 0 && numbers != NULL)
		if_index = view_port_numbers_if(numbers, pse->group, pse->index);
	return if_index;
}

/* Whether what the numbers say can be: it agrees with the entities that are mapped, and most ports
 * that deliver power have a link. */
static bool
pse_numbers_fit(const struct view_builder *builder, const struct switch_view *view,
		const struct view_rows *pses, const struct view_port_numbers *numbers)
{
	size_t delivering = 0, up = 0;

	for (size_t i = 0; i < pses->count; i++) {
		const struct pse_port *pse = view_rows_at(pses, i);
		uint32_t by_number = view_port_numbers_if(numbers, pse->group, pse->index);
		uint32_t by_entity = pse->entity == 0 ? 0 : view_entity_if(builder, pse->entity);
		const struct view_port *port = switch_view_port(view, by_number);

		if (port == NULL)
			continue;
		if (by_entity != 0 && by_entity != by_number)
			return false;
		if (pse->poe.status == POE_DELIVERING && port->oper != 0) {
			delivering++;
			up += port->oper == 1;
		}
	}
	return delivering < 4 || up * 2 >= delivering;
}

static int
pse_ports(const struct view_builder *builder, struct switch_view *view,
	  const struct view_rows *pses)
{
	struct view_port_numbers numbers;
	bool fits;
	int rc = 0;

	view_port_numbers_init(&numbers);
	for (size_t i = 0; i < pses->count && rc == 0; i++) {
		const struct pse_port *pse = view_rows_at(pses, i);

		if (pse->group != POE_BY_IF)
			rc = view_port_numbers_note(&numbers, pse->group, pse->index);
	}
	if (rc == 0)
		rc = view_port_numbers_poe(&numbers, builder, view);
	if (rc != 0)
		goto out;
	fits = pse_numbers_fit(builder, view, pses, &numbers);
	for (size_t i = 0; i < pses->count; i++) {
		const struct pse_port *pse = view_rows_at(pses, i);
		struct view_port *port =
			switch_view_port(view, pse_if(builder, pse, fits ? &numbers : NULL));

		if (port != NULL && pse->poe.status != POE_NONE)
			port->poe = pse->poe;
	}
out:
	view_port_numbers_fini(&numbers);
	return rc;
}

static int
pse_compare(const void *a, const void *b)
{
	const struct view_pse *left = a, *right = b;

	return left->group < right->group ? -1 : left->group > right->group;
}

static uint32_t
pse_milliwatts(uint32_t watts)
{
	return watts <= UINT32_MAX / 1000 ? watts * 1000 : UINT32_MAX;
}

static int
pse_mains(const struct view_builder *builder, struct switch_view *view)
{
	const struct view_rows *rows = &builder->rows[VIEW_TABLE_POE_MAIN];
	int rc = mem_grow(&view->pses, &view->pse_cap, rows->count, sizeof(*view->pses));

	if (rc != 0 || rows->count == 0)
		return rc;
	for (size_t i = 0; i < rows->count; i++) {
		const struct poe_main_row *row = view_rows_at(rows, i);
		const uint32_t key[] = {row->group, 0};
		const struct poe_cisco_row *cisco =
			view_rows_find(&builder->rows[VIEW_TABLE_POE_CISCO], key);
		struct view_pse *pse = &view->pses[view->pse_count++];

		memset(pse, 0, sizeof(*pse));
		pse->group = row->group;
		pse->status = row->status <= 3 ? (uint8_t)row->status : 0;
		pse->threshold_percent = row->threshold <= 100 ? (uint8_t)row->threshold : 0;
		pse->power_mw = pse_milliwatts(row->power_w);
		pse->used_mw = cisco != NULL && cisco->has_used ? cisco->used_mw
								: pse_milliwatts(row->used_w);
	}
	qsort(view->pses, view->pse_count, sizeof(*view->pses), pse_compare);
	return 0;
}

int
view_finish_poe(struct view_builder *builder, struct switch_view *view)
{
	struct view_rows pses;
	int rc;

	/* Of at most five tables of VIEW_PORTS_MAX rows. */
	view_rows_init(&pses, sizeof(struct pse_port), 2 * sizeof(uint32_t), 5 * VIEW_PORTS_MAX);
	rc = pse_standard(builder, &pses);
	if (rc == 0)
		rc = pse_vendor(builder, &pses);
	if (rc == 0)
		rc = pse_cisco(builder, &pses);
	if (rc == 0)
		rc = pse_ports(builder, view, &pses);
	if (rc == 0)
		rc = pse_mains(builder, view);
	view_rows_fini(&pses);
	return rc;
}
