/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * From what a rule says now to a finding: it opens when the rule is sure, is told again when it
 * gets worse or every hour, and is resolved only after it was clearly better for a time that suits
 * the rule. Not knowing neither opens nor resolves.
 */
#include "trend_impl.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Hours of being clearly better. */
static const int quiet_hours[RULE_AUDIT_FIRST] = {
	[RULE_LOSS_RISING] = 2,	     [RULE_RTT_RISING] = 6,  [RULE_PORT_ERRORS] = 12,
	[RULE_POE_NEAR_BUDGET] = 24, [RULE_REBOOTS] = 72,    [RULE_DROPOUTS] = 24,
	[RULE_CLOCK_DRIFT] = 12,     [RULE_LINK_FLAPS] = 24,
};

static struct trend_found *
find(const struct trend_node *node, enum finding_rule rule, uint32_t port)
{
	struct trend_found *found = node->found;

	while (found != NULL && (found->finding.rule != rule || found->finding.port != port))
		found = found->next;
	return found;
}

bool
trend_is_open(const struct trend_node *node, enum finding_rule rule, uint32_t port)
{
	return find(node, rule, port) != NULL;
}

/* Room in the queue for every finding is made when it is created. */
static void
tell(struct trend *trend, struct trend_found *found)
{
	found->told_ms = trend->now_ms;
	if (found->is_queued)
		return;
	found->is_queued = true;
	trend->queue[trend->queue_count++] = found;
}

static int
create(struct trend *trend, struct trend_node *node, const struct finding *finding,
       struct trend_found **out)
{
	struct trend_found *found;

	/* Those resolved in this tick are in the queue as well. */
	if (mem_grow(&trend->queue, &trend->queue_cap, trend->found_count + trend->queue_count + 1,
		     sizeof(*trend->queue)) < 0)
		return ERR_NOMEM;
	found = calloc(1, sizeof(*found));
	if (found == NULL)
		return ERR_NOMEM;
	found->finding = *finding;
	found->next = node->found;
	node->found = found;
	trend->found_count++;
	*out = found;
	return 0;
}

/* The queue frees it. */
static void
resolve(struct trend *trend, struct trend_node *node, struct trend_found *found)
{
	struct trend_found **at = &node->found;

	while (*at != found)
		at = &(*at)->next;
	*at = found->next;
	trend->found_count--;
	found->finding.resolved_ms = trend->now_ms;
	tell(trend, found);
}

int
trend_judge(struct trend *trend, enum finding_rule rule, uint32_t index, uint32_t port,
	    const struct trend_claim *claim)
{
	struct trend_node *node = trend_at(trend, index);
	struct trend_found *found = find(node, rule, port);
	bool is_new = found == NULL, is_worse;
	struct finding *finding;

	if (claim->view == TREND_UNKNOWN || (is_new && claim->view != TREND_BAD))
		return 0;
	if (is_new) {
		struct finding opened = {.rule = rule, .node = node->id, .port = port};
		int rc;

		opened.since_ms = claim->since_ms != 0 ? claim->since_ms : trend->now_ms;
		rc = create(trend, node, &opened, &found);
		if (rc < 0)
			return rc;
	}
	finding = &found->finding;
	if (claim->view == TREND_GOOD) {
		if (found->good_ms == 0)
			found->good_ms = trend->now_ms;
		if (trend->now_ms - found->good_ms >= (int64_t)quiet_hours[rule] * TREND_HOUR)
			resolve(trend, node, found);
		return 0;
	}
	found->good_ms = 0;
	if (claim->view == TREND_FAIR)
		return 0;
	is_worse = is_new || claim->severity > finding->severity;
	finding->confirmed_ms = trend->now_ms;
	if (!is_worse && trend->now_ms - found->told_ms < TREND_HOUR)
		return 0;
	finding->severity = claim->severity;
	finding->value = claim->value;
	finding->limit = claim->limit;
	memcpy(finding->evidence, claim->text, sizeof(finding->evidence));
	tell(trend, found);
	return 0;
}

static int
drop(struct trend *trend, struct trend_node *node, struct trend_found *found, const char *why)
{
	size_t len = strlen(found->finding.evidence);

	snprintf(found->finding.evidence + len, sizeof(found->finding.evidence) - len, "%s%s",
		 len > 0 ? "; " : "", why);
	resolve(trend, node, found);
	return 0;
}

int
trend_drop(struct trend *trend, enum finding_rule rule, uint32_t index, const char *why)
{
	struct trend_node *node = trend_at(trend, index);
	struct trend_found *found = find(node, rule, 0);

	return found == NULL ? 0 : drop(trend, node, found, why);
}

int
trend_drop_all(struct trend *trend, uint32_t index, const char *why)
{
	struct trend_node *node = trend_at(trend, index);

	while (node->found != NULL)
		drop(trend, node, node->found, why);
	return 0;
}

int
trend_restore(struct trend *trend, const struct finding *finding)
{
	uint32_t index = trend_find(trend, finding->node);
	struct trend_found *found;
	struct trend_node *node;
	int rc;

	if (index == TREND_NONE)
		return ERR_NOTFOUND;
	if (finding->rule >= RULE_AUDIT_FIRST || finding->resolved_ms != 0)
		return ERR_RANGE;
	node = trend_at(trend, index);
	if (find(node, finding->rule, finding->port) != NULL)
		return ERR_EXISTS;
	rc = create(trend, node, finding, &found);
	if (rc < 0)
		return rc;
	found->told_ms = finding->confirmed_ms;
	/* What it was held against is what is usual: it was learnt before the restart. */
	if (finding->rule == RULE_LOSS_RISING)
		trend_loss_restore(&node->loss, finding->limit);
	else if (finding->rule == RULE_RTT_RISING)
		trend_rtt_restore(&node->rtt, finding->limit);
	else if (finding->rule == RULE_PORT_ERRORS || finding->rule == RULE_LINK_FLAPS)
		rc = trend_port_of(trend, node, finding->port) == NULL ? ERR_NOMEM : 0;
	return rc;
}

void
trend_found_begin(struct trend *trend)
{
	for (size_t i = 0; i < trend->queue_count; i++) {
		struct trend_found *found = trend->queue[i];

		found->is_queued = false;
		if (found->finding.resolved_ms != 0)
			free(found);
	}
	trend->queue_count = trend->queue_at = 0;
}

const struct finding *
trend_next(struct trend *trend)
{
	return trend->queue_at < trend->queue_count ? &trend->queue[trend->queue_at++]->finding
						    : NULL;
}

void
trend_found_free(struct trend *trend, struct trend_node *node)
{
	while (node->found != NULL) {
		struct trend_found *found = node->found;

		node->found = found->next;
		trend->found_count--;
		free(found);
	}
}
