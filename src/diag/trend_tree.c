/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The nodes of early warning: found by their number, hung into a tree from the monitor down, and
 * the announced windows in which nothing is learnt from them.
 */
#include "trend_impl.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>

static size_t
slot_of(const struct trend *trend, uint32_t id)
{
	size_t i = id * 2654435761U & (trend->slot_count - 1);

	while (trend->slots[i] != 0 && trend_at(trend, trend->slots[i] - 1)->id != id)
		i = (i + 1) & (trend->slot_count - 1);
	return i;
}

uint32_t
trend_find(const struct trend *trend, uint32_t id)
{
	/* 0 is nobody: NONE is that minus one. */
	return trend->slots[slot_of(trend, id)] - 1;
}

static int
grow_slots(struct trend *trend)
{
	uint32_t *slots = calloc(trend->slot_count * 2, sizeof(*slots));

	if (slots == NULL)
		return ERR_NOMEM;
	free(trend->slots);
	trend->slots = slots;
	trend->slot_count *= 2;
	for (uint32_t i = 0; i < trend->node_count; i++)
		trend->slots[slot_of(trend, trend_at(trend, i)->id)] = i + 1;
	return 0;
}

static int
add_node(struct trend *trend, uint32_t id, uint32_t *out)
{
	size_t block = trend->node_count / TREND_BLOCK;
	struct trend_node *node;

	if (mem_grow(&trend->tally, &trend->tally_cap, trend->node_count + 1,
		     sizeof(*trend->tally)) < 0 ||
	    mem_grow(&trend->blocks, &trend->block_cap, block + 1, sizeof(*trend->blocks)) < 0)
		return ERR_NOMEM;
	if (trend->node_count * 4 >= trend->slot_count * 3 && grow_slots(trend) < 0)
		return ERR_NOMEM;
	if (trend->node_count % TREND_BLOCK == 0) {
		trend->blocks[block] = calloc(TREND_BLOCK, sizeof(*node));
		if (trend->blocks[block] == NULL)
			return ERR_NOMEM;
	}
	*out = trend->node_count++;
	node = trend_at(trend, *out);
	node->id = id;
	node->parent = node->child = node->sibling = TREND_NONE;
	trend->slots[slot_of(trend, id)] = *out + 1;
	return 0;
}

static void
unlink_node(struct trend *trend, uint32_t index)
{
	struct trend_node *node = trend_at(trend, index);
	uint32_t *at;

	if (node->parent == TREND_NONE)
		return;
	at = &trend_at(trend, node->parent)->child;
	while (*at != index)
		at = &trend_at(trend, *at)->sibling;
	*at = node->sibling;
	node->parent = node->sibling = TREND_NONE;
}

static unsigned
depth(const struct trend *trend, uint32_t index)
{
	unsigned n = 0;

	for (; index != TREND_NONE && n <= TREND_DEPTH; n++)
		index = trend_at(trend, index)->parent;
	return n;
}

void
trend_hang(struct trend *trend, uint32_t index, uint32_t parent, uint32_t port)
{
	struct trend_node *node = trend_at(trend, index);

	node->port = port;
	if (node->parent == parent)
		return;
	unlink_node(trend, index);
	if (parent == TREND_NONE || depth(trend, parent) >= TREND_DEPTH)
		return;
	/* Contradictory places make a ring: then it hangs nowhere. */
	for (uint32_t up = parent; up != TREND_NONE; up = trend_at(trend, up)->parent)
		if (up == index)
			return;
	node->parent = parent;
	node->sibling = trend_at(trend, parent)->child;
	trend_at(trend, parent)->child = index;
}

/* What two paths have in common: of a dual-homed switch neither parent is to blame alone. */
static uint32_t
common(const struct trend *trend, uint32_t a, uint32_t b)
{
	unsigned da = depth(trend, a), db = depth(trend, b);

	while (a != b && a != TREND_NONE && b != TREND_NONE) {
		if (da >= db) {
			a = trend_at(trend, a)->parent;
			da--;
		} else {
			b = trend_at(trend, b)->parent;
			db--;
		}
	}
	return a == b ? a : TREND_NONE;
}

int
trend_take_node(struct trend *trend, uint32_t id, const struct evidence_node *info)
{
	uint32_t index = trend_find(trend, id), parent = TREND_NONE;
	struct trend_node *node;
	int rc;

	if (info->role >= NODE_ROLE_COUNT || info->parent_count > EVIDENCE_PARENTS_MAX)
		return ERR_RANGE;
	if (index == TREND_NONE) {
		rc = add_node(trend, id, &index);
		if (rc < 0)
			return rc;
	}
	node = trend_at(trend, index);
	node->flags &= (uint8_t)~TREND_GONE;
	node->role = info->role;
	node->zone = info->zone;
	for (size_t i = 0; i < info->parent_count; i++) {
		uint32_t up = trend_find(trend, info->parents[i].node);

		if (up == TREND_NONE)
			continue;
		parent = parent == TREND_NONE ? up : common(trend, parent, up);
	}
	trend_hang(trend, index, parent, info->parent_count == 1 ? info->parents[0].port : 0);
	/* As written down; what the switch tells is believed more. */
	if (info->role != NODE_DEVICE && info->poe_budget_mw != 0) {
		if (trend_switch_of(trend, node) == NULL)
			return ERR_NOMEM;
		if (node->sw->poe_budget_mw == 0)
			node->sw->poe_budget_mw = info->poe_budget_mw;
	}
	return 0;
}

struct trend_switch *
trend_switch_of(struct trend *trend, struct trend_node *node)
{
	if (node->sw == NULL) {
		node->sw = calloc(1, sizeof(*node->sw));
		trend->switch_count += node->sw != NULL;
	}
	return node->sw;
}

bool
trend_is_out(const struct trend *trend, uint32_t index)
{
	for (; index != TREND_NONE; index = trend_at(trend, index)->parent)
		if (trend_at(trend, index)->flags & (TREND_OUT | TREND_MAINTAINED))
			return true;
	return false;
}

bool
trend_is_maintained(const struct trend *trend, uint32_t index, int64_t at_ms)
{
	if (trend->window_count == 0)
		return false;
	for (; index != TREND_NONE; index = trend_at(trend, index)->parent)
		for (size_t i = 0; i < trend->window_count; i++) {
			const struct trend_window *window = &trend->windows[i];

			if (window->node == index && at_ms >= window->from_ms - TREND_MINUTE &&
			    at_ms <= window->to_ms + TREND_MINUTE)
				return true;
		}
	return false;
}

void
trend_take_gone(struct trend *trend, uint32_t index)
{
	struct trend_node *node = trend_at(trend, index);

	/* Its findings are resolved with the next tick. */
	node->flags = TREND_GONE;
	while (node->child != TREND_NONE)
		trend_hang(trend, node->child, node->parent, 0);
	unlink_node(trend, index);
}

int
trend_take_window(struct trend *trend, uint32_t index, const struct evidence_window *window)
{
	for (size_t i = 0; i < trend->window_count; i++)
		if (trend->windows[i].node == index &&
		    trend->windows[i].from_ms == window->from_ms) {
			trend->windows[i].to_ms = window->to_ms;
			return 0;
		}
	if (mem_grow(&trend->windows, &trend->window_cap, trend->window_count + 1,
		     sizeof(*trend->windows)) < 0)
		return ERR_NOMEM;
	trend->windows[trend->window_count++] =
		(struct trend_window){index, window->from_ms, window->to_ms};
	return 0;
}

void
trend_look_at_windows(struct trend *trend, int64_t now_ms)
{
	size_t kept = 0;

	for (size_t i = 0; i < trend->window_count; i++)
		trend_at(trend, trend->windows[i].node)->flags &= (uint8_t)~TREND_MAINTAINED;
	for (size_t i = 0; i < trend->window_count; i++) {
		struct trend_window *window = &trend->windows[i];

		if (now_ms >= window->from_ms && now_ms <= window->to_ms)
			trend_at(trend, window->node)->flags |= TREND_MAINTAINED;
		if (now_ms - window->to_ms <= (int64_t)TREND_MONTH_MINUTES * TREND_MINUTE)
			trend->windows[kept++] = *window;
	}
	trend->window_count = kept;
}
