/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The nodes of early warning, and where each piece of evidence goes. How the rules reason is told
 * in their files: trend_loss.c, trend_rtt.c, trend_port.c, trend_poe.c, trend_often.c,
 * trend_clock.c.
 */
#include "trend_impl.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

enum {
	LATE_S = 600,		/* polls that come later than that are not counted */
	RUN_ECHOES = 3,		/* lost in a row that make a drop-out */
	SERVICES_AS_ECHOES = 2, /* where nothing but services is asked */
	DROP_MINUTES = 5,	/* longer ones are outages */
	LAG_MS = 2000,
	JUDGE_MS = 5 * TREND_MINUTE,
	SLOTS_START = 64,
};

/* A run of lost echoes is over. */
static void
end_run(const struct trend *trend, struct trend_node *node, uint16_t minute)
{
	uint32_t longest = trend->cycle_ms / TREND_MINUTE * 5;

	if (longest < DROP_MINUTES)
		longest = DROP_MINUTES;
	if (node->run >= RUN_ECHOES && trend_age(node->run_start, minute) <= longest)
		trend_times_add(&node->drops, node->run_start, 0);
	else if (node->run >= RUN_ECHOES)
		node->out_start = node->run_start;
	node->run = 0;
}

static void
take_poll(struct trend *trend, uint32_t index, int64_t at_ms, const struct evidence_poll *poll)
{
	struct trend_node *node = trend_at(trend, index);
	uint32_t at_s = (uint32_t)(at_ms / 1000), hour = (uint32_t)(at_ms / TREND_HOUR);
	bool is_answered = poll->answered > 0, is_asked = poll->sent > 0;
	uint16_t minute = trend_minute(at_ms);

	for (size_t i = 0; i < EVIDENCE_SERVICES; i++) {
		is_asked = is_asked || poll->service[i] != SERVICE_NONE;
		is_answered = is_answered || (poll->service[i] != SERVICE_NONE &&
					      poll->service[i] != SERVICE_TIMEOUT);
	}
	if (!is_asked || at_ms < trend->doubt_ms || trend_is_out(trend, index) ||
	    at_s + LATE_S < node->last_s)
		return;
	if (hour > node->hour) {
		trend_loss_roll(&node->loss, node->hour, hour);
		trend_rtt_roll(&node->rtt, node->hour, hour);
		node->hour = hour;
	}
	if (poll->answered > 0) {
		trend_loss_add(&node->loss, hour, minute, poll->sent,
			       (unsigned)(poll->sent - poll->answered));
		if (poll->rtt_us > 0)
			trend_rtt_add(&node->rtt, poll->rtt_us);
	}
	if (at_s < node->last_s)
		return;
	node->last_s = at_s;
	if (is_answered) {
		end_run(trend, node, minute);
		return;
	}
	if (node->run == 0)
		node->run_start = minute;
	if (node->run < UINT8_MAX - 16)
		node->run = (uint8_t)(node->run +
				      (poll->sent > 0 ? (poll->sent & 15) : SERVICES_AS_ECHOES));
}

static int
take_switch(struct trend *trend, uint32_t index, int64_t at_ms, const struct evidence_switch *said)
{
	struct evidence_poll poll = {
		.sent = said->sent, .answered = said->answered, .rtt_us = said->rtt_us};
	struct trend_node *node = trend_at(trend, index);

	if (said->snmp == SNMP_STATE_OK && trend_switch_of(trend, node) == NULL)
		return ERR_NOMEM;
	if (said->snmp == SNMP_STATE_OK)
		poll.service[0] = SERVICE_OK;
	take_poll(trend, index, at_ms, &poll);
	if (said->snmp != SNMP_STATE_OK)
		return 0;
	node->sw->walks += said->is_walk;
	if (said->has_uptime)
		trend_uptime_add(trend, index, said->uptime_s, at_ms);
	if (!trend_is_out(trend, index))
		trend_poe_add(node->sw, said, at_ms);
	return 0;
}

int
trend_take(struct trend *trend, const struct evidence *evidence)
{
	uint32_t index;

	if (evidence->kind == EVIDENCE_NODE)
		return evidence->node == 0
			       ? ERR_RANGE
			       : trend_take_node(trend, evidence->node, &evidence->info);
	if (evidence->node == 0)
		return 0;
	index = trend_find(trend, evidence->node);
	if (index == TREND_NONE)
		return ERR_NOTFOUND;
	switch (evidence->kind) {
	case EVIDENCE_GONE:
		trend_take_gone(trend, index);
		return 0;
	case EVIDENCE_PLACE:
		trend_hang(trend, index, trend_find(trend, evidence->place.parent.node),
			   evidence->place.parent.port);
		return 0;
	case EVIDENCE_POLL:
		if (evidence->poll.answered > evidence->poll.sent)
			return ERR_RANGE;
		take_poll(trend, index, evidence->at_ms, &evidence->poll);
		return 0;
	case EVIDENCE_SWITCH:
		if (evidence->sw.answered > evidence->sw.sent)
			return ERR_RANGE;
		return take_switch(trend, index, evidence->at_ms, &evidence->sw);
	case EVIDENCE_PORT:
		return trend_port_add(trend, trend_at(trend, index), &evidence->port,
				      evidence->at_ms);
	case EVIDENCE_TRAP:
		return evidence->trap.hint == TRAP_HINT_LINK_UP && evidence->trap.port != 0
			       ? trend_port_flap(trend, trend_at(trend, index), evidence->trap.port,
						 evidence->at_ms)
			       : 0;
	case EVIDENCE_MONITOR:
		/* Our own trouble is nobody's trend. */
		if (evidence->monitor.answered < evidence->monitor.sent ||
		    evidence->monitor.lag_ms > LAG_MS)
			trend->doubt_ms = evidence->at_ms + 2 * (int64_t)trend->cycle_ms;
		return 0;
	case EVIDENCE_MAINTENANCE:
		return trend_take_window(trend, index, &evidence->window);
	case EVIDENCE_BOOT:
		trend_boot_add(trend, index, evidence->boot_ms, evidence->at_ms);
		return 0;
	case EVIDENCE_CLOCK:
		if (evidence->clock_ms > INT32_MAX || evidence->clock_ms < INT32_MIN)
			return ERR_RANGE;
		trend_clock_add(&trend_at(trend, index)->clock, evidence->clock_ms,
				evidence->at_ms);
		return 0;
	default:
		return 0;
	}
}

void
trend_set_out(struct trend *trend, uint32_t id, bool is_out)
{
	uint32_t index = trend_find(trend, id);
	struct trend_node *node;

	if (index == TREND_NONE)
		return;
	node = trend_at(trend, index);
	if (is_out && !(node->flags & TREND_OUT)) {
		node->out_start = node->run > 0 ? node->run_start : trend_minute(trend->now_ms);
		node->run = 0;
	}
	node->flags = (uint8_t)(is_out ? node->flags | TREND_OUT : node->flags & ~TREND_OUT);
}

static int
judge_ports(struct trend *trend, uint32_t index, struct trend_node *node)
{
	struct trend_claim claim;
	int rc = 0;

	trend_ports_settle(trend, node);
	for (struct trend_port *port = node->sw->ports; rc == 0 && port != NULL;
	     port = port->next) {
		trend_port_claim(trend, index, port, &claim);
		rc = trend_judge(trend, RULE_PORT_ERRORS, index, port->port, &claim);
		if (rc < 0)
			break;
		trend_flaps_claim(trend, index, port, &claim);
		rc = trend_judge(trend, RULE_LINK_FLAPS, index, port->port, &claim);
	}
	return rc;
}

static int
judge_node(struct trend *trend, uint32_t index)
{
	struct trend_node *node = trend_at(trend, index);
	struct trend_claim claim;
	int rc;

	if (node->flags & TREND_GONE)
		return trend_drop_all(trend, index, "no longer watched");
	trend_reboots_claim(trend, index, &claim);
	rc = trend_judge(trend, RULE_REBOOTS, index, 0, &claim);
	if (rc < 0)
		return rc;
	trend_drops_claim(trend, index, &claim);
	rc = trend_judge(trend, RULE_DROPOUTS, index, 0, &claim);
	if (rc < 0)
		return rc;
	if (node->sw != NULL) {
		rc = judge_ports(trend, index, node);
		if (rc < 0)
			return rc;
	}
	/* Slopes take time, and days to change: each once an hour, in turn. */
	if ((index + trend->now_ms / JUDGE_MS) % (TREND_HOUR / JUDGE_MS) != 0)
		return 0;
	trend_clock_claim(trend, index, &claim);
	rc = trend_judge(trend, RULE_CLOCK_DRIFT, index, 0, &claim);
	if (rc < 0 || node->sw == NULL)
		return rc;
	trend_poe_claim(trend, index, &claim);
	return trend_judge(trend, RULE_POE_NEAR_BUDGET, index, 0, &claim);
}

int
trend_tick(struct trend *trend, int64_t now_ms)
{
	int rc = 0;

	trend_found_begin(trend);
	trend->now_ms = now_ms;
	trend_look_at_windows(trend, now_ms);
	if (now_ms / JUDGE_MS == trend->judged_ms / JUDGE_MS)
		return 0;
	trend->judged_ms = now_ms;
	/* First restarts: drop-outs are weighed against them. */
	for (uint32_t i = 0; i < trend->node_count; i++) {
		trend_uptime_settle(trend, i);
		trend_drops_settle(trend, i);
	}
	for (uint32_t i = 0; rc == 0 && i < trend->node_count; i++)
		rc = judge_node(trend, i);
	if (rc == 0)
		rc = trend_judge_tree(trend, RULE_LOSS_RISING);
	if (rc == 0)
		rc = trend_judge_tree(trend, RULE_RTT_RISING);
	return rc;
}

struct trend *
trend_new(uint32_t cycle_ms, trend_name_fn name, void *owner)
{
	struct trend *trend = calloc(1, sizeof(*trend));

	if (trend == NULL)
		return NULL;
	trend->slot_count = SLOTS_START;
	trend->slots = calloc(trend->slot_count, sizeof(*trend->slots));
	if (trend->slots == NULL) {
		free(trend);
		return NULL;
	}
	trend->cycle_ms = cycle_ms;
	trend->name = name;
	trend->owner = owner;
	return trend;
}

void
trend_free(struct trend *trend)
{
	if (trend == NULL)
		return;
	trend_found_begin(trend);
	for (uint32_t i = 0; i < trend->node_count; i++) {
		struct trend_node *node = trend_at(trend, i);

		trend_found_free(trend, node);
		while (node->sw != NULL && node->sw->ports != NULL) {
			struct trend_port *port = node->sw->ports;

			node->sw->ports = port->next;
			free(port);
		}
		free(node->sw);
	}
	for (size_t i = 0; i * TREND_BLOCK < trend->node_count; i++)
		free(trend->blocks[i]);
	free(trend->blocks);
	free(trend->slots);
	free(trend->windows);
	free(trend->tally);
	free(trend->queue);
	free(trend);
}

size_t
trend_bytes(const struct trend *trend)
{
	size_t blocks = (trend->node_count + TREND_BLOCK - 1) / TREND_BLOCK;

	return sizeof(*trend) + blocks * TREND_BLOCK * sizeof(struct trend_node) +
	       trend->block_cap * sizeof(*trend->blocks) +
	       trend->slot_count * sizeof(*trend->slots) +
	       trend->window_cap * sizeof(*trend->windows) +
	       trend->tally_cap * sizeof(*trend->tally) + trend->queue_cap * sizeof(*trend->queue) +
	       trend->found_count * sizeof(struct trend_found) +
	       trend->switch_count * sizeof(struct trend_switch) +
	       trend->port_count * sizeof(struct trend_port);
}
