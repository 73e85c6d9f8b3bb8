/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Walks: several columns side by side, each with its cursor. Agents are taken as they are: what one
 * column does wrong ends that column, not its neighbours. How much is asked for at once:
 * snmpc_bulk.c.
 */
#include "snmpc_walk.h"

#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

enum { WALK_VARBINDS_MAX = 65536 };

struct snmpc_cursor {
	uint32_t ids[OID_MAX];
	size_t len;
	bool ended;
};

struct snmpc_cursors {
	struct oid_ref asked[SNMPC_OIDS_MAX]; /* of the request in flight */
	uint8_t column[SNMPC_OIDS_MAX];	      /* of each of them */
	struct snmpc_cursor columns[];
};

static void snmpc_walk_next(struct snmpc_walk *walk);

static void
snmpc_walk_end(struct snmpc_walk *walk, enum reason reason)
{
	walk->reason = reason;
	if (!walk->is_resumable || walk->complete) {
		free(walk->cursors);
		walk->cursors = NULL;
	}
	walk->done(walk);
}

/* Every column has come to an end of some kind. */
static void
snmpc_walk_finish(struct snmpc_walk *walk)
{
	enum reason reason = REASON_NONE;

	if (walk->flags & FLAG_ASTRAY)
		reason = REASON_BAD_REPLY;
	else if (walk->flags & FLAG_REFUSED)
		reason = REASON_FAULT;
	walk->complete = reason == REASON_NONE;
	snmpc_walk_end(walk, reason);
}

/* Silence, or an answer without sense. The agent answered something before, or the caller would not
 * walk it: so it may be the size that it chokes on. */
static void
snmpc_walk_stalled(struct snmpc_walk *walk, enum reason reason)
{
	struct snmpc_peer *peer = walk->peer;

	if (walk->request.op == SNMPC_GETBULK && (walk->flags & FLAG_SPOKEN)) {
		walk->flags &= (uint8_t)~FLAG_SPOKEN;
		walk->stalls++;
		peer->no_bulk = peer->bulk_blamed = true;
		snmpc_walk_next(walk);
		return;
	}
	if (walk->stalls++ < WALK_STALLS_MAX && walk->request.op == SNMPC_GETBULK &&
	    snmpc_bulk_shrink(walk, true)) {
		snmpc_walk_next(walk);
		return;
	}
	if (walk->request.op == SNMPC_GETNEXT && walk->stalls > WALK_STALLS_MAX)
		snmpc_bulk_acquit(walk);
	snmpc_walk_end(walk, reason);
}

/* An error in answer to GETNEXT is about an instance: its column ends. Which one it is, is found
 * out by asking for less if the agent does not say. */
static void
snmpc_walk_refused_column(struct snmpc_walk *walk, const struct snmpc_reply *reply)
{
	struct snmpc_request *request = &walk->request;
	struct snmpc_cursors *cursors = walk->cursors;
	size_t at = reply->error_index;

	if (request->oid_count == 1)
		at = 1;
	if (at == 0 || at > request->oid_count) {
		walk->width = (uint8_t)((request->oid_count + 1) / 2);
		snmpc_walk_next(walk);
		return;
	}
	cursors->columns[cursors->column[at - 1]].ended = true;
	walk->flags |= FLAG_REFUSED;
	walk->width = walk->column_count;
	if (!walk->peer->bulk_blamed && walk->peer->bulk_refusals < WALK_REFUSALS_MAX)
		walk->peer->no_bulk = false; /* it was that instance */
	snmpc_walk_next(walk);
}

static void
snmpc_walk_refused(struct snmpc_walk *walk, const struct snmpc_reply *reply)
{
	struct snmpc_cursors *cursors = walk->cursors;
	struct snmpc_request *request = &walk->request;

	walk->error_status = reply->error_status;
	switch (reply->error_status) {
	case SNMPC_TOO_BIG:
		if (snmpc_bulk_shrink(walk, false)) {
			snmpc_walk_next(walk);
			return;
		}
		break;
	case SNMPC_NO_SUCH_NAME: /* v1: the end of the MIB view; RFC 1157 section 4.1.3 */
		if (reply->error_index >= 1 && reply->error_index <= request->oid_count) {
			cursors->columns[cursors->column[reply->error_index - 1]].ended = true;
			walk->error_status = 0;
			snmpc_walk_next(walk);
			return;
		}
		break;
	default:
		if (request->op == SNMPC_GETBULK) {
			if (!(walk->flags & FLAG_COUNTED) && walk->peer->bulk_refusals < UINT8_MAX)
				walk->peer->bulk_refusals++;
			walk->flags |= FLAG_COUNTED;
			walk->peer->no_bulk = true;
			snmpc_walk_next(walk);
			return;
		}
		break;
	}
	snmpc_walk_refused_column(walk, reply);
}

enum walk_step { WALK_ON, WALK_STOP, WALK_ASTRAY };

static enum walk_step
snmpc_walk_take(struct snmpc_walk *walk, size_t column, const struct varbind *vb)
{
	struct snmpc_cursor *cursor = &walk->cursors->columns[column];
	const struct oid_ref *root = &walk->columns[column];

	if (cursor->ended)
		return WALK_ON;
	if (vb->type == VB_END_OF_MIB_VIEW || vb->type == VB_NO_SUCH_OBJECT ||
	    vb->type == VB_NO_SUCH_INSTANCE) {
		cursor->ended = true;
		return WALK_ON;
	}
	/* An agent that does not move on would be walked for ever. */
	if (oid_compare(vb->oid, vb->oid_len, cursor->ids, cursor->len) <= 0)
		return WALK_ASTRAY;
	if (!oid_has_prefix(vb->oid, vb->oid_len, root->ids, root->len)) {
		cursor->ended = true;
		return WALK_ON;
	}
	memcpy(cursor->ids, vb->oid, vb->oid_len * sizeof(*vb->oid));
	cursor->len = vb->oid_len;
	walk->varbinds++;
	if (!walk->varbind(walk, column, vb))
		return WALK_STOP;
	if (walk->varbinds >= (walk->max_varbinds != 0 ? walk->max_varbinds : WALK_VARBINDS_MAX)) {
		walk->was_cut = true;
		return WALK_STOP;
	}
	return WALK_ON;
}

/* How long the agent has had peace since its reply arrived, which a paced loop reads later. */
static uint32_t
snmpc_walk_idle(const struct snmpc_walk *walk, const struct snmpc_reply *reply)
{
	uint64_t since_ms = net_loop_now_ms(walk->peer->snmpc->loop) - walk->asked_ms;

	if (reply->sent != 1 || reply->rtt_us == UINT32_MAX || since_ms < reply->rtt_us / 1000 + 1)
		return 0;
	since_ms -= reply->rtt_us / 1000 + 1;
	return since_ms < UINT32_MAX ? (uint32_t)since_ms : UINT32_MAX;
}

/* Some agents lose their way only in GETBULK: then the rest is asked for one by one, and nothing
 * more of this reply is taken. Else the column ends. */
static bool
snmpc_walk_astray(struct snmpc_walk *walk, size_t column)
{
	if (walk->request.op == SNMPC_GETBULK) {
		walk->flags |= FLAG_ONE_BY_ONE;
		return true;
	}
	walk->cursors->columns[column].ended = true;
	walk->flags |= FLAG_ASTRAY;
	return false;
}

static void
snmpc_walk_replied(struct snmpc_request *request, const struct snmpc_reply *reply)
{
	struct snmpc_walk *walk =
		(struct snmpc_walk *)((char *)request - offsetof(struct snmpc_walk, request));

	walk->exchanges++;
	walk->idle_ms = snmpc_walk_idle(walk, reply);
	walk->sent = (uint16_t)(walk->sent + reply->sent);
	walk->lost = (uint16_t)(walk->lost + reply->lost);
	if (walk->rtt_us == UINT32_MAX)
		walk->rtt_us = reply->rtt_us;
	if (reply->reason == REASON_TIMEOUT || reply->reason == REASON_BAD_REPLY) {
		snmpc_walk_stalled(walk, reply->reason);
		return;
	}
	if (reply->reason != REASON_NONE) {
		snmpc_walk_end(walk, reply->reason);
		return;
	}
	if (reply->error_status != 0) {
		snmpc_walk_refused(walk, reply);
		return;
	}
	if (reply->count == 0 ||
	    (request->op == SNMPC_GETNEXT && reply->count != request->oid_count)) {
		snmpc_walk_stalled(walk, REASON_BAD_REPLY);
		return;
	}
	/* RFC 3416 section 4.2.3: repetition by repetition, in each the columns in their order; the
	 * agent may stop anywhere. */
	for (size_t i = 0; i < reply->count; i++) {
		size_t column = walk->cursors->column[i % request->oid_count];
		enum walk_step step = snmpc_walk_take(walk, column, &reply->varbinds[i]);

		if (step == WALK_STOP) {
			snmpc_walk_end(walk, REASON_NONE);
			return;
		}
		if (step == WALK_ASTRAY && snmpc_walk_astray(walk, column))
			break;
	}
	snmpc_bulk_learn(walk, reply);
	snmpc_walk_next(walk);
}

/* Columns that go on, as many as may be asked at once. */
static uint8_t
snmpc_walk_collect(struct snmpc_walk *walk)
{
	struct snmpc_cursors *cursors = walk->cursors;
	uint8_t count = 0;

	for (uint8_t i = 0; i < walk->column_count && count < walk->width; i++) {
		struct snmpc_cursor *cursor = &cursors->columns[i];

		if (cursor->ended)
			continue;
		cursors->column[count] = i;
		cursors->asked[count].ids = cursor->ids;
		cursors->asked[count].len = cursor->len;
		count++;
	}
	return count;
}

static int
snmpc_walk_ask(struct snmpc_walk *walk, uint8_t count)
{
	struct snmpc_peer *peer = walk->peer;
	struct snmpc_request *request = &walk->request;
	uint32_t limit = walk->max_repetitions != 0 ? walk->max_repetitions : 255;
	uint32_t repetitions = (peer->bulk != 0 ? peer->bulk : SNMPC_BULK_FIRST) / count;

	memset(request, 0, sizeof(*request));
	request->peer = peer;
	request->oids = walk->cursors->asked;
	request->oid_count = count;
	request->retries = walk->retries;
	request->timeout_ms = walk->timeout_ms;
	request->done = snmpc_walk_replied;
	request->op = SNMPC_GETNEXT;
	request->vlan = walk->vlan;
	walk->asked_ms = net_loop_now_ms(peer->snmpc->loop);
	if (peer->cred->version != SNMP_V1 && !peer->no_bulk &&
	    !(walk->flags & (FLAG_ONE_BY_ONE | FLAG_CAREFUL))) {
		request->op = SNMPC_GETBULK;
		if (repetitions > limit)
			repetitions = limit;
		request->max_repetitions = repetitions > 0 ? (uint8_t)repetitions : 1;
	}
	return snmpc_start(request);
}

static void
snmpc_walk_next(struct snmpc_walk *walk)
{
	uint8_t count = snmpc_walk_collect(walk);
	uint64_t now_ms = net_loop_now_ms(walk->peer->snmpc->loop);

	if (count == 0) {
		snmpc_walk_finish(walk);
		return;
	}
	if (walk->max_ms != 0 && now_ms - walk->started_ms >= walk->max_ms) {
		walk->was_cut = true;
		snmpc_walk_end(walk, REASON_NONE);
		return;
	}
	if (walk->idle_ms < walk->gap_ms) {
		net_timer_start(walk->peer->snmpc->loop, &walk->timer,
				walk->gap_ms - walk->idle_ms);
		return;
	}
	if (snmpc_walk_ask(walk, count) != 0)
		snmpc_walk_end(walk, REASON_LOCAL);
}

static void
snmpc_walk_gap_over(struct net_timer *timer)
{
	struct snmpc_walk *walk =
		(struct snmpc_walk *)((char *)timer - offsetof(struct snmpc_walk, timer));

	if (snmpc_walk_ask(walk, snmpc_walk_collect(walk)) != 0)
		snmpc_walk_end(walk, REASON_LOCAL);
}

int
snmpc_walk_start(struct snmpc_walk *walk)
{
	int rc;

	if (walk->column_count == 0 || walk->column_count > SNMPC_OIDS_MAX)
		return ERR_INVAL;
	for (size_t i = 0; i < walk->column_count; i++) {
		if (walk->columns[i].len < 2 || walk->columns[i].len + walk->from_len > OID_MAX)
			return ERR_INVAL;
	}
	walk->cursors = calloc(1, sizeof(*walk->cursors) +
					  walk->column_count * sizeof(struct snmpc_cursor));
	if (walk->cursors == NULL)
		return ERR_NOMEM;
	for (size_t i = 0; i < walk->column_count; i++) {
		struct snmpc_cursor *cursor = &walk->cursors->columns[i];

		cursor->len = walk->columns[i].len;
		memcpy(cursor->ids, walk->columns[i].ids, cursor->len * sizeof(*cursor->ids));
		for (uint8_t k = 0; k < walk->from_len; k++)
			cursor->ids[cursor->len++] = walk->from[k];
	}
	walk->reason = REASON_NONE;
	walk->complete = walk->was_cut = false;
	walk->error_status = walk->varbinds = walk->exchanges = 0;
	walk->rtt_us = UINT32_MAX;
	walk->sent = walk->lost = 0;
	walk->stalls = 0;
	walk->width = walk->column_count;
	walk->flags = walk->is_careful ? FLAG_CAREFUL : 0;
	walk->started_ms = net_loop_now_ms(walk->peer->snmpc->loop);
	net_timer_init(&walk->timer, snmpc_walk_gap_over);
	snmpc_bulk_reconsider(walk);
	rc = snmpc_walk_ask(walk, snmpc_walk_collect(walk));
	if (rc != 0) {
		free(walk->cursors);
		walk->cursors = NULL;
	}
	return rc;
}

bool
snmpc_walk_can_resume(const struct snmpc_walk *walk)
{
	if (walk->cursors == NULL || snmpc_is_active(&walk->request))
		return false;
	for (uint8_t i = 0; i < walk->column_count; i++) {
		if (!walk->cursors->columns[i].ended)
			return true;
	}
	return false;
}

int
snmpc_walk_resume(struct snmpc_walk *walk)
{
	if (!snmpc_walk_can_resume(walk))
		return ERR_INVAL;
	walk->reason = REASON_NONE;
	walk->was_cut = false;
	walk->error_status = 0;
	walk->stalls = 0;
	walk->width = walk->column_count;
	walk->flags = (uint8_t)((walk->flags & ~FLAG_SPOKEN) | FLAG_CAREFUL);
	return snmpc_walk_ask(walk, snmpc_walk_collect(walk));
}

uint8_t
snmpc_walk_place(const struct snmpc_walk *walk, uint32_t *index, uint8_t max)
{
	for (uint8_t i = 0; walk->cursors != NULL && i < walk->column_count; i++) {
		const struct snmpc_cursor *cursor = &walk->cursors->columns[i];
		size_t root = walk->columns[i].len, len = cursor->len - root;

		if (cursor->ended)
			continue;
		if (len > max)
			return 0;
		memcpy(index, cursor->ids + root, len * sizeof(*index));
		return (uint8_t)len;
	}
	return 0;
}

void
snmpc_walk_cancel(struct snmpc_walk *walk)
{
	snmpc_cancel(&walk->request);
	if (walk->cursors != NULL)
		net_timer_stop(walk->peer->snmpc->loop, &walk->timer);
	free(walk->cursors);
	walk->cursors = NULL;
}
