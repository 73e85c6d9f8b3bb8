/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Frames along the tree: a switch learns a station on the port where a frame of it came in, and
 * only if one came by; rows age, some only after a while.
 */
#include "sim.h"

#include "keepwatch/mem.h"

#include <stdlib.h>

enum {
	FRESH = 2, /* left_rounds of what was learned in this round */
	LINGERS_PERMILLE = 100,
	DEPTH_MAX = 64,
};

static void
learn(struct sim_box *box, mac_addr mac, uint8_t vlan, uint16_t port)
{
	if (!sim_is_switch(box))
		return;
	if (mem_grow(&box->rows, &box->row_cap, box->row_count + 1, sizeof(*box->rows)) != 0)
		abort();
	box->rows[box->row_count++] = (struct sim_row){mac, port, vlan, FRESH};
}

/* The boxes from a station up to the root; [0] is itself. */
static size_t
climb(const struct sim *sim, uint32_t at, uint32_t path[DEPTH_MAX])
{
	size_t depth = 0;

	for (; at != SIM_NONE && depth < DEPTH_MAX; at = sim->boxes[at].parent)
		path[depth++] = at;
	return depth;
}

/* A frame from one station to another: those on the way learn. */
static void
send_frame(struct sim *sim, uint32_t from, uint32_t to, mac_addr mac, uint8_t vlan)
{
	uint32_t up[DEPTH_MAX], down[DEPTH_MAX];
	size_t ups = climb(sim, from, up), downs = climb(sim, to, down);

	/* the part above where the two ways meet */
	while (ups > 1 && downs > 1 && up[ups - 2] == down[downs - 2]) {
		ups--;
		downs--;
	}
	for (size_t i = 1; i < ups; i++)
		learn(&sim->boxes[up[i]], mac, vlan, sim->boxes[up[i - 1]].parent_port);
	for (size_t i = 0; i + 1 < downs; i++)
		learn(&sim->boxes[down[i]], mac, vlan, sim->boxes[down[i]].own_port);
}

/* A frame to all. */
static void
send_broadcast(struct sim *sim, uint32_t from, mac_addr mac, uint8_t vlan)
{
	uint32_t up[DEPTH_MAX];
	size_t ups = climb(sim, from, up);

	for (size_t i = 0; i < sim->count; i++) {
		struct sim_box *box = &sim->boxes[i];
		size_t n = 0;

		if (!sim_is_switch(box) || !box->is_attached)
			continue;
		while (n < ups && up[n] != i)
			n++;
		if (n == ups)
			learn(box, mac, vlan, box->own_port);
		else if (n > 0)
			learn(box, mac, vlan, sim->boxes[up[n - 1]].parent_port);
	}
}

static void
talk(struct sim *sim, uint32_t at)
{
	const struct sim_box *box = &sim->boxes[at];
	bool is_everywhere = at == sim->router;
	uint32_t gateway = sim->router == SIM_NONE ? sim->monitor : sim->router;

	for (unsigned m = 0; m < box->mac_count; m++) {
		for (unsigned vlan = 0; vlan < sim->vlans; vlan++) {
			if (is_everywhere)
				send_broadcast(sim, at, box->macs[m], (uint8_t)vlan);
			if (is_everywhere || vlan != box->vlan)
				continue;
			send_frame(sim, at, gateway, box->macs[m], box->vlan);
			if (vlan == 0 && sim->boxes[sim->monitor].parent != sim->router)
				send_frame(sim, at, sim->monitor, box->macs[m], box->vlan);
			if (box->talks_to != SIM_NONE)
				send_frame(sim, at, box->talks_to, box->macs[m], box->vlan);
			if (box->kind == SIM_MONITOR ||
			    sim_chance(&sim->random, sim->broadcast_permille))
				send_broadcast(sim, at, box->macs[m], box->vlan);
		}
	}
}

static int
compare_rows(const void *left, const void *right)
{
	const struct sim_row *a = left, *b = right;

	if (a->mac != b->mac)
		return a->mac < b->mac ? -1 : 1;
	if (a->vlan != b->vlan)
		return a->vlan < b->vlan ? -1 : 1;
	return b->left_rounds - a->left_rounds;
}

/* One row of each station: what was learned now stands before what is left from former rounds. */
static void
settle(struct sim_box *box)
{
	size_t kept = 0;

	if (box->row_count == 0)
		return;
	qsort(box->rows, box->row_count, sizeof(*box->rows), compare_rows);
	for (size_t i = 0; i < box->row_count; i++) {
		const struct sim_row *row = &box->rows[i];

		if (kept == 0 || box->rows[kept - 1].mac != row->mac ||
		    box->rows[kept - 1].vlan != row->vlan)
			box->rows[kept++] = *row;
	}
	box->row_count = kept;
}

static void
age(struct sim *sim, struct sim_box *box)
{
	size_t kept = 0;

	for (size_t i = 0; i < box->row_count; i++) {
		struct sim_row row = box->rows[i];

		row.left_rounds =
			row.left_rounds == FRESH && sim_chance(&sim->random, LINGERS_PERMILLE);
		if (row.left_rounds > 0)
			box->rows[kept++] = row;
	}
	box->row_count = kept;
}

void
sim_learn(struct sim *sim)
{
	sim->round++;
	for (size_t i = 0; i < sim->count; i++)
		age(sim, &sim->boxes[i]);
	for (uint32_t i = 0; i < sim->count; i++) {
		const struct sim_box *box = &sim->boxes[i];

		if (!box->is_attached || box->is_dark || box->mac_count == 0)
			continue;
		/* a monitor behind the router is seen by no switch */
		if (box->kind == SIM_MONITOR && box->parent == sim->router &&
		    sim->router != sim->core)
			continue;
		talk(sim, i);
	}
	for (size_t i = 0; i < sim->count; i++)
		settle(&sim->boxes[i]);
}
