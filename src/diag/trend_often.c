/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rare events that come too often: restarts, and drop-outs that are over before they are outages.
 * Those that others share have a cause elsewhere (power, the switch), those in a maintenance window
 * or always at the same time of day are wanted; of drop-outs, those that plain loss makes are
 * expected. What is left is the node's own.
 */
#include "trend_impl.h"

#include <stdio.h>
#include <stdlib.h>

enum {
	NEAR_MINUTES = 3,
	BOOT_MINUTES = 5, /* a restart and the silence that it makes */
	OTHERS = 2,	  /* that have it at the same time */
	SEEDS = 64,
	WRAP_S = 42949673, /* sysUpTime, RFC 3418: 2^32 hundredths */
	WRAP_NEAR_S = 600,
	BOOT_JITTER_S = 120,
	REBOOTS_WEEK = 3,
	REBOOTS_MONTH = 5,
	DROPS_DAY = 4,
	DROPS_WEEK = 6,
	DROPS_CRITICAL = 8,
	CHILDREN_TELL = 3,
};

static uint32_t
first_child(const struct trend *trend, uint32_t index)
{
	return trend_at(trend, index)->child;
}

static uint32_t
next_child(const struct trend *trend, uint32_t index)
{
	return trend_at(trend, index)->sibling;
}

void
trend_boot_add(struct trend *trend, uint32_t index, int64_t boot_ms, int64_t at_ms)
{
	struct trend_node *node = trend_at(trend, index);
	int32_t minute = (int32_t)(boot_ms / TREND_MINUTE);

	/* What lies ahead, or far before what was told, is a clock that is wrong. */
	if (boot_ms > at_ms + TREND_MINUTE || minute <= node->boot_min + NEAR_MINUTES)
		return;
	if (node->boot_min != 0 && at_ms - boot_ms < (int64_t)TREND_MONTH_MINUTES * TREND_MINUTE)
		trend_times_add(&node->boots, trend_minute(boot_ms), NEAR_MINUTES);
	node->boot_min = minute;
}

void
trend_uptime_add(struct trend *trend, uint32_t index, uint32_t uptime_s, int64_t at_ms)
{
	struct trend_switch *sw = trend_at(trend, index)->sw;
	int64_t expected = sw->uptime_s + (at_ms - sw->uptime_ms) / 1000;

	if (at_ms <= sw->uptime_ms)
		return;
	if (sw->uptime_ms != 0 && uptime_s + BOOT_JITTER_S < expected &&
	    llabs(expected - WRAP_S - uptime_s) > WRAP_NEAR_S)
		sw->pending_boot_ms = at_ms - (int64_t)uptime_s * 1000;
	sw->uptime_s = uptime_s;
	sw->uptime_ms = at_ms;
}

static bool
had_gap(const struct trend_node *node, uint16_t minute)
{
	return trend_times_has(&node->drops, minute, BOOT_MINUTES) ||
	       (node->out_start != 0 && (trend_age(node->out_start, minute) <= BOOT_MINUTES * 2 ||
					 trend_age(minute, node->out_start) <= BOOT_MINUTES)) ||
	       (node->run > 0 && trend_age(node->run_start, minute) <= BOOT_MINUTES * 2);
}

/* A switch whose sysUpTime begins anew while nothing was silent has restarted its agent only. */
void
trend_uptime_settle(struct trend *trend, uint32_t index)
{
	struct trend_node *node = trend_at(trend, index);
	bool is_silent = false, is_known = node->last_s != 0;
	uint16_t minute;

	if (node->sw == NULL || node->sw->pending_boot_ms == 0 ||
	    trend->now_ms - node->sw->pending_boot_ms < BOOT_MINUTES * TREND_MINUTE)
		return;
	minute = trend_minute(node->sw->pending_boot_ms);
	node->sw->pending_boot_ms = 0;
	is_silent = had_gap(node, minute);
	for (uint32_t c = first_child(trend, index); c != TREND_NONE; c = next_child(trend, c)) {
		is_silent = is_silent || had_gap(trend_at(trend, c), minute);
		is_known = is_known || trend_at(trend, c)->last_s != 0;
	}
	if (is_silent || !is_known)
		trend_times_add(&node->boots, minute, NEAR_MINUTES);
}

static int64_t
when(const struct trend *trend, uint16_t minute)
{
	return trend->now_ms -
	       (int64_t)trend_age(minute, trend_minute(trend->now_ms)) * TREND_MINUTE;
}

static bool
is_shared_boot(const struct trend *trend, uint32_t index, uint16_t minute)
{
	const struct trend_node *node = trend_at(trend, index);
	unsigned others = 0;

	for (uint32_t up = node->parent; up != TREND_NONE; up = trend_at(trend, up)->parent)
		if (trend_times_has(&trend_at(trend, up)->boots, minute, BOOT_MINUTES))
			return true;
	if (node->parent != TREND_NONE)
		for (uint32_t c = first_child(trend, node->parent);
		     c != TREND_NONE && others < OTHERS; c = next_child(trend, c))
			others += c != index &&
				  trend_times_has(&trend_at(trend, c)->boots, minute, NEAR_MINUTES);
	for (uint32_t i = 0; node->zone != 0 && i < trend->node_count && others < OTHERS; i++)
		others += i != index && trend_at(trend, i)->zone == node->zone &&
			  trend_times_has(&trend_at(trend, i)->boots, minute, NEAR_MINUTES);
	return others >= OTHERS;
}

void
trend_reboots_claim(struct trend *trend, uint32_t index, struct trend_claim *claim)
{
	struct trend_node *node = trend_at(trend, index);
	uint16_t now = trend_minute(trend->now_ms);
	uint32_t ages[TREND_TIMES];
	unsigned week, month;
	size_t count;

	*claim = (struct trend_claim){.view = TREND_GOOD};
	if (!trend_times_expire(&node->boots, now, TREND_MONTH_MINUTES))
		return;
	count = trend_times_ages(&node->boots, now, ages);
	if (count >= REBOOTS_WEEK) {
		count = 0;
		for (size_t i = 0; i < TREND_TIMES; i++) {
			uint16_t minute = node->boots.minute[i];

			if (minute != 0 &&
			    !trend_is_maintained(trend, index, when(trend, minute)) &&
			    !is_shared_boot(trend, index, minute))
				ages[count++] = trend_age(minute, now);
		}
	}
	week = trend_count(ages, count, TREND_WEEK_MINUTES);
	month = trend_count(ages, count, TREND_MONTH_MINUTES);
	if (trend_count(ages, count, TREND_WEEK_MINUTES / 2) > 0)
		claim->view = TREND_FAIR;
	if ((week < REBOOTS_WEEK && month < REBOOTS_MONTH) || trend_is_schedule(ages, count))
		return;
	/* Two close together are one that took two attempts. */
	claim->view = TREND_BAD;
	claim->value = week;
	claim->limit = REBOOTS_WEEK;
	claim->severity = week >= 2 * REBOOTS_WEEK ||
					  trend_count(ages, count, TREND_DAY_MINUTES) > REBOOTS_WEEK
				  ? FINDING_CRITICAL
				  : FINDING_WARNING;
	for (size_t i = 0; i < count; i++)
		if (claim->since_ms == 0 ||
		    claim->since_ms > trend->now_ms - (int64_t)ages[i] * TREND_MINUTE)
			claim->since_ms = trend->now_ms - (int64_t)ages[i] * TREND_MINUTE;
	snprintf(claim->text, sizeof(claim->text),
		 "restarted %s%u times in 7 days, %u times in the 3 weeks before; the last %.1f d "
		 "ago; not in maintenance, and nothing else restarted with it",
		 week == TREND_TIMES ? "at least " : "", week, month - week,
		 ages[0] / (double)TREND_DAY_MINUTES);
}

/* How many below it lost all at that minute, and of how many. */
static unsigned
silent_below(const struct trend *trend, uint32_t index, uint16_t minute, uint32_t but,
	     unsigned *known)
{
	unsigned silent = 0;

	*known = 0;
	for (uint32_t c = first_child(trend, index); c != TREND_NONE; c = next_child(trend, c)) {
		const struct trend_node *child = trend_at(trend, c);

		if (c == but || child->last_s == 0)
			continue;
		(*known)++;
		silent += trend_times_has(&child->drops, minute, 2) ||
			  (child->out_start != 0 && (trend_age(child->out_start, minute) <= 2 ||
						     trend_age(minute, child->out_start) <= 2));
	}
	return silent;
}

/* Several, and not a few of many by chance. */
static bool
is_common(unsigned silent, unsigned known)
{
	return silent >= OTHERS && silent * 4 >= known;
}

void
trend_drops_settle(struct trend *trend, uint32_t index)
{
	struct trend_node *node = trend_at(trend, index);
	unsigned seeds = 0, known;

	trend_times_expire(&node->drops, trend_minute(trend->now_ms), TREND_WEEK_MINUTES);
	for (uint32_t c = node->child; c != TREND_NONE && seeds < SEEDS; c = next_child(trend, c))
		for (size_t i = 0; i < TREND_TIMES; i++) {
			uint16_t minute = trend_at(trend, c)->drops.minute[i];

			if (minute == 0 || trend_times_has(&node->drops, minute, 2))
				continue;
			seeds++;
			if (is_common(silent_below(trend, index, minute, TREND_NONE, &known),
				      known))
				trend_times_add(&node->drops, minute, 2);
		}
}

static bool
is_own_drop(const struct trend *trend, uint32_t index, uint16_t minute)
{
	const struct trend_node *node = trend_at(trend, index);
	unsigned known, silent;

	if (trend_times_has(&node->boots, minute, BOOT_MINUTES) ||
	    trend_is_maintained(trend, index, when(trend, minute)))
		return false;
	if (node->child != TREND_NONE) {
		silent = silent_below(trend, index, minute, TREND_NONE, &known);
		if (known >= CHILDREN_TELL && !is_common(silent, known))
			return false;
	}
	if (node->parent == TREND_NONE)
		return true;
	if (trend_times_has(&trend_at(trend, node->parent)->drops, minute, 2))
		return false;
	silent = silent_below(trend, node->parent, minute, index, &known);
	return silent < OTHERS && !(silent == 1 && known == 1);
}

void
trend_drops_claim(struct trend *trend, uint32_t index, struct trend_claim *claim)
{
	struct trend_node *node = trend_at(trend, index);
	uint16_t now = trend_minute(trend->now_ms);
	uint32_t ages[TREND_TIMES];
	size_t count;
	unsigned day, week, days = 0;
	double chance, expected;
	char on[64] = "";

	*claim = (struct trend_claim){.view = TREND_GOOD};
	count = trend_times_ages(&node->drops, now, ages);
	if (trend_count(ages, count, TREND_DAY_MINUTES) > 0)
		claim->view = TREND_FAIR;
	if (count < DROPS_DAY)
		return;
	claim->view = TREND_GOOD;
	count = 0;
	for (size_t i = 0; i < TREND_TIMES; i++) {
		uint16_t minute = node->drops.minute[i];

		if (minute != 0 && trend_age(minute, now) < TREND_WEEK_MINUTES &&
		    is_own_drop(trend, index, minute))
			ages[count++] = trend_age(minute, now);
	}
	if (count == 0)
		return;
	day = trend_count(ages, count, TREND_DAY_MINUTES);
	week = trend_count(ages, count, TREND_WEEK_MINUTES);
	for (uint32_t i = 0; i < 7; i++)
		days += trend_count(ages, count, (i + 1) * TREND_DAY_MINUTES) >
			trend_count(ages, count, i * TREND_DAY_MINUTES);
	chance = trend_loss_chance(&node->loss);
	expected = chance * chance * chance * TREND_DAY_MINUTES * TREND_MINUTE /
		   (trend->cycle_ms > 0 ? trend->cycle_ms : TREND_MINUTE);
	if (day > 0)
		claim->view = TREND_FAIR;
	if ((day < DROPS_DAY + 3 * expected &&
	     (week < DROPS_WEEK + 3 * 7 * expected || days < 3)) ||
	    trend_is_schedule(ages, count))
		return;
	if (node->parent != TREND_NONE)
		snprintf(on, sizeof(on), " on %.40s",
			 trend->name(trend->owner, trend_at(trend, node->parent)->id));
	claim->view = TREND_BAD;
	claim->value = day >= DROPS_DAY ? day : week;
	claim->limit = day >= DROPS_DAY ? DROPS_DAY : DROPS_WEEK;
	claim->severity = day >= DROPS_CRITICAL ? FINDING_CRITICAL : FINDING_WARNING;
	for (size_t i = 0; i < count; i++)
		if (claim->since_ms == 0 ||
		    claim->since_ms > trend->now_ms - (int64_t)ages[i] * TREND_MINUTE)
			claim->since_ms = trend->now_ms - (int64_t)ages[i] * TREND_MINUTE;
	snprintf(claim->text, sizeof(claim->text),
		 "%s%u short drop-outs in 24 h, %u in the 6 days before, while its neighbours%s "
		 "answered; %s; plain loss would make %.1f a day",
		 day == TREND_TIMES ? "at least " : "", day, week - day, on,
		 node->child != TREND_NONE ? "what hangs on it dropped out with it"
					   : "each by itself",
		 expected);
}
