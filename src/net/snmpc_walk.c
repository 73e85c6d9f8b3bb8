/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Walks: several columns side by side, each with its cursor. How much is asked at once is learnt
 * per peer: it grows while whole replies come back and stay small enough, and shrinks on tooBig and
 * silence (large replies are fragmented, and some paths and agents lose fragments).
 */
#include "snmpc_impl.h"

#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

enum {
	WALK_BYTES_AIM = 6000, /* a reply twice as large as the last must stay below this */
	WALK_STALLS_MAX = 2,
	WALK_VARBINDS_MAX = 65536,
};

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
	free(walk->cursors);
	walk->cursors = NULL;
	walk->done(walk);
}

/* Fewer at once, then one by one; false if there is nothing less to ask for. */
static bool
snmpc_walk_shrink(struct snmpc_walk *walk, bool is_stall)
{
	struct snmpc_peer *peer = walk->peer;
	struct snmpc_request *request = &walk->request;
	uint32_t asked = request->oid_count;

	if (request->op == SNMPC_GETBULK) {
		asked *= request->max_repetitions;
		peer->bulk_capped = true;
		if (request->max_repetitions > 1 && walk->stalls < 2)
			peer->bulk = (uint16_t)(asked / (is_stall ? 4 : 2));
		else
			peer->no_bulk = true;
		return true;
	}
	if (request->oid_count > 1) {
		walk->width = (uint8_t)((request->oid_count + 1) / 2);
		return true;
	}
	return false;
}

/* Silence, or an answer without sense. The agent answered something before, or the caller would not
 * walk it: so it may be the size that it chokes on. */
static void
snmpc_walk_stalled(struct snmpc_walk *walk, enum reason reason)
{
	if (walk->stalls++ < WALK_STALLS_MAX && walk->request.op == SNMPC_GETBULK &&
	    snmpc_walk_shrink(walk, true)) {
		snmpc_walk_next(walk);
		return;
	}
	if (walk->request.op == SNMPC_GETNEXT)
		walk->peer->no_bulk = false; /* GETBULK was not to blame */
	snmpc_walk_end(walk, reason);
}

static void
snmpc_walk_refused(struct snmpc_walk *walk, const struct snmpc_reply *reply)
{
	struct snmpc_cursors *cursors = walk->cursors;
	struct snmpc_request *request = &walk->request;

	walk->error_status = reply->error_status;
	switch (reply->error_status) {
	case SNMPC_TOO_BIG:
		if (snmpc_walk_shrink(walk, false)) {
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
			walk->peer->no_bulk = true;
			snmpc_walk_next(walk);
			return;
		}
		break;
	}
	snmpc_walk_end(walk, REASON_FAULT);
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

static void
snmpc_walk_learn(struct snmpc_walk *walk, const struct snmpc_reply *reply)
{
	const struct snmpc_request *request = &walk->request;
	struct snmpc_peer *peer = walk->peer;
	uint32_t asked = (uint32_t)request->oid_count * request->max_repetitions;

	walk->stalls = 0;
	if (request->op != SNMPC_GETBULK)
		return;
	if (peer->bulk < asked)
		peer->bulk = (uint16_t)asked;
	if (!peer->bulk_capped && reply->count == asked && reply->bytes * 2 <= WALK_BYTES_AIM)
		peer->bulk = (uint16_t)(asked * 2);
}

static void
snmpc_walk_replied(struct snmpc_request *request, const struct snmpc_reply *reply)
{
	struct snmpc_walk *walk =
		(struct snmpc_walk *)((char *)request - offsetof(struct snmpc_walk, request));

	walk->exchanges++;
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

		if (step != WALK_ON) {
			snmpc_walk_end(walk, step == WALK_STOP ? REASON_NONE : REASON_BAD_REPLY);
			return;
		}
	}
	snmpc_walk_learn(walk, reply);
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
	if (peer->cred->version != SNMP_V1 && !peer->no_bulk) {
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
		walk->complete = true;
		snmpc_walk_end(walk, REASON_NONE);
		return;
	}
	if (walk->max_ms != 0 && now_ms - walk->started_ms >= walk->max_ms) {
		walk->was_cut = true;
		snmpc_walk_end(walk, REASON_NONE);
		return;
	}
	if (snmpc_walk_ask(walk, count) != 0)
		snmpc_walk_end(walk, REASON_LOCAL);
}

int
snmpc_walk_start(struct snmpc_walk *walk)
{
	int rc;

	if (walk->column_count == 0 || walk->column_count > SNMPC_OIDS_MAX)
		return ERR_INVAL;
	for (size_t i = 0; i < walk->column_count; i++) {
		if (walk->columns[i].len < 2 || walk->columns[i].len > OID_MAX)
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
	}
	walk->reason = REASON_NONE;
	walk->complete = walk->was_cut = false;
	walk->error_status = walk->varbinds = walk->exchanges = 0;
	walk->rtt_us = UINT32_MAX;
	walk->sent = walk->lost = 0;
	walk->stalls = 0;
	walk->width = walk->column_count;
	walk->started_ms = net_loop_now_ms(walk->peer->snmpc->loop);
	rc = snmpc_walk_ask(walk, snmpc_walk_collect(walk));
	if (rc != 0) {
		free(walk->cursors);
		walk->cursors = NULL;
	}
	return rc;
}

void
snmpc_walk_cancel(struct snmpc_walk *walk)
{
	snmpc_cancel(&walk->request);
	free(walk->cursors);
	walk->cursors = NULL;
}
