/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Loss and round trips that have risen for many at once are one finding, on the deepest node that
 * all of them have in common; only what rises by itself is told of by itself. A switch whose own
 * answers suffer while devices behind it do not is busy, not lossy: switches answer echoes last.
 */
#include "trend_impl.h"

#include <stdio.h>

enum { GROUP_LEAST = 3, CHILDREN_TELL = 3 };

/* Shares, in tenths, of those below a node. */
enum { GROUP_MOST = 6, GROUP_SOME = 3 };

static enum trend_view
view_of(const struct trend *trend, enum finding_rule rule, const struct trend_node *node)
{
	return rule == RULE_LOSS_RISING ? trend_loss_view(trend, node)
					: trend_rtt_view(trend, node);
}

static uint16_t
capped(unsigned sum)
{
	return (uint16_t)(sum > UINT16_MAX ? UINT16_MAX : sum);
}

static void
tally(struct trend *trend, enum finding_rule rule, uint32_t index, bool is_out)
{
	struct trend_node *node = trend_at(trend, index);
	struct trend_tally *sum = &trend->tally[index];

	is_out = is_out || (node->flags & (TREND_OUT | TREND_MAINTAINED | TREND_GONE));
	*sum = (struct trend_tally){.own = TREND_UNKNOWN};
	if (!is_out)
		sum->own = (uint8_t)view_of(trend, rule, node);
	for (uint32_t c = node->child; c != TREND_NONE; c = trend_at(trend, c)->sibling) {
		const struct trend_tally *below = &trend->tally[c];

		tally(trend, rule, c, is_out);
		sum->known = capped(sum->known + below->known);
		sum->half = capped(sum->half + below->half);
		sum->bad = capped(sum->bad + below->bad);
	}
	/* Those behind it go through it; they know better. */
	if (sum->known >= CHILDREN_TELL && sum->own >= TREND_FAIR &&
	    sum->half * 10 < sum->known * GROUP_MOST)
		sum->own = TREND_GOOD;
	sum->known = capped(sum->known + (sum->own != TREND_UNKNOWN));
	sum->half = capped(sum->half + (sum->own >= TREND_FAIR));
	sum->bad = capped(sum->bad + (sum->own == TREND_BAD));
}

/* Most of those below have risen at least by half, or many of them surely. What was told stays so
 * while some have. */
static bool
agrees(const struct trend *trend, enum finding_rule rule, uint32_t index)
{
	const struct trend_node *node = trend_at(trend, index);
	const struct trend_tally *sum = &trend->tally[index];
	bool is_open = node->role != NODE_DEVICE && trend_is_open(node, rule, 0);

	if (sum->half < GROUP_LEAST)
		return false;
	return sum->half * 10 >= sum->known * (is_open ? GROUP_SOME : GROUP_MOST) ||
	       (sum->bad >= GROUP_LEAST && sum->bad * 10 >= sum->known * GROUP_SOME);
}

static void
fold(struct trend *trend, uint32_t index)
{
	for (uint32_t c = trend_at(trend, index)->child; c != TREND_NONE;
	     c = trend_at(trend, c)->sibling) {
		trend->tally[c].is_folded = true;
		fold(trend, c);
	}
}

static void
find_groups(struct trend *trend, enum finding_rule rule, uint32_t index)
{
	const struct trend_node *node = trend_at(trend, index);
	uint32_t holder = TREND_NONE;

	if (trend->tally[index].bad == 0)
		return;
	if (agrees(trend, rule, index)) {
		unsigned holders = 0;

		for (uint32_t c = node->child; c != TREND_NONE; c = trend_at(trend, c)->sibling)
			if (trend->tally[c].known > 0) {
				holders += trend->tally[c].half > 0;
				holder = trend->tally[c].half > 0 ? c : holder;
			}
		if (holders == 1 && !trend_is_open(node, rule, 0) && agrees(trend, rule, holder)) {
			find_groups(trend, rule, holder);
			return;
		}
		trend->tally[index].is_group = true;
		fold(trend, index);
		return;
	}
	for (uint32_t c = node->child; c != TREND_NONE; c = trend_at(trend, c)->sibling)
		find_groups(trend, rule, c);
}

static int
judge(struct trend *trend, enum finding_rule rule, uint32_t index)
{
	const struct trend_node *node = trend_at(trend, index);
	const struct trend_tally *sum = &trend->tally[index];
	struct trend_claim claim = {.view = (enum trend_view)sum->own};
	bool is_open = trend_is_open(node, rule, 0);

	if (sum->is_folded)
		return is_open ? trend_drop(trend, rule, index,
					    "now told of what its neighbours share")
			       : 0;
	if (sum->is_group)
		claim.view = TREND_BAD;
	else if (node->child != TREND_NONE && sum->known >= GROUP_LEAST)
		claim.view = sum->own == TREND_BAD			 ? TREND_BAD
			     : sum->half * 10 >= sum->known * GROUP_SOME ? TREND_FAIR
									 : TREND_GOOD;
	/* Some neighbours follow: wait whether it is what they share. */
	if (claim.view == TREND_BAD && !sum->is_group && !is_open && node->parent != TREND_NONE) {
		const struct trend_tally *around = &trend->tally[node->parent];

		if (around->half > GROUP_LEAST && around->half * 10 >= around->known * GROUP_SOME)
			return 0;
	}
	if (claim.view == TREND_BAD) {
		if (rule == RULE_LOSS_RISING)
			trend_loss_claim(trend, index, &claim);
		else
			trend_rtt_claim(trend, index, &claim);
	}
	return trend_judge(trend, rule, index, 0, &claim);
}

int
trend_judge_tree(struct trend *trend, enum finding_rule rule)
{
	int rc = 0;

	for (uint32_t i = 0; i < trend->node_count; i++)
		if (trend_at(trend, i)->parent == TREND_NONE)
			tally(trend, rule, i, false);
	for (uint32_t i = 0; i < trend->node_count; i++)
		if (trend_at(trend, i)->parent == TREND_NONE)
			find_groups(trend, rule, i);
	for (uint32_t i = 0; rc == 0 && i < trend->node_count; i++)
		rc = judge(trend, rule, i);
	return rc;
}

void
trend_neighbours(struct trend *trend, uint32_t index, char *out, size_t size)
{
	const struct trend_node *node = trend_at(trend, index);
	unsigned known = 0, same = 0;

	out[0] = '\0';
	if (node->parent == TREND_NONE)
		return;
	for (uint32_t c = trend_at(trend, node->parent)->child; c != TREND_NONE;
	     c = trend_at(trend, c)->sibling) {
		if (c == index)
			continue;
		known += trend->tally[c].own != TREND_UNKNOWN;
		same += trend->tally[c].own >= TREND_FAIR;
	}
	if (known == 0)
		return;
	if (same == 0)
		snprintf(out, size, "; none of %u neighbours on %.40s", known,
			 trend->name(trend->owner, trend_at(trend, node->parent)->id));
	else
		snprintf(out, size, "; %u of %u neighbours on %.40s the same", same, known,
			 trend->name(trend->owner, trend_at(trend, node->parent)->id));
}
