/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How much a peer is asked for at once. It grows while whole replies come back and stay small
 * enough, and shrinks on tooBig and silence (large replies are fragmented, and some paths and
 * agents lose fragments), down to GETNEXT for agents that choke on GETBULK.
 */
#include "snmpc_walk.h"

enum {
	WALK_BYTES_AIM = 6000, /* a reply twice as large as the last must stay below this */
	WALK_CALM = 32,	       /* whole replies, doubled with each loss; and walks */
	WALK_LOSSES_MAX = 8,
};

bool
snmpc_bulk_shrink(struct snmpc_walk *walk, bool is_stall)
{
	struct snmpc_peer *peer = walk->peer;
	struct snmpc_request *request = &walk->request;
	uint32_t asked = request->oid_count;

	if (request->op == SNMPC_GETBULK) {
		asked *= request->max_repetitions;
		if (is_stall && walk->stalls == 1) { /* if it was not the size, this is forgotten */
			walk->former_bulk = peer->bulk;
			walk->flags = (uint8_t)(walk->flags & ~FLAG_WAS_CAPPED);
			if (peer->bulk_capped)
				walk->flags |= FLAG_WAS_CAPPED;
		}
		peer->bulk_capped = true;
		peer->bulk_calm = 0;
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

void
snmpc_bulk_acquit(struct snmpc_walk *walk)
{
	struct snmpc_peer *peer = walk->peer;

	if (peer->bulk_blamed)
		return;
	peer->no_bulk = false;
	peer->bulk = walk->former_bulk;
	peer->bulk_capped = walk->flags & FLAG_WAS_CAPPED;
}

void
snmpc_bulk_learn(struct snmpc_walk *walk, const struct snmpc_reply *reply)
{
	const struct snmpc_request *request = &walk->request;
	struct snmpc_peer *peer = walk->peer;
	uint32_t asked = (uint32_t)request->oid_count * request->max_repetitions;

	if (walk->stalls > 0 && request->op == SNMPC_GETBULK && peer->bulk_losses < WALK_LOSSES_MAX)
		peer->bulk_losses++; /* less was answered */
	walk->stalls = 0;
	walk->flags &= (uint8_t)~FLAG_SPOKEN;
	if (walk->flags & FLAG_CAREFUL)
		walk->flags = (uint8_t)((walk->flags & ~FLAG_CAREFUL) | FLAG_SPOKEN);
	if (request->op != SNMPC_GETBULK)
		return;
	if (peer->bulk < asked)
		peer->bulk = (uint16_t)asked;
	/* A path that lost something large once may bear it now: it is tried ever more seldom. */
	if (peer->bulk_losses > 0 && peer->bulk_capped &&
	    ++peer->bulk_calm >= WALK_CALM << peer->bulk_losses) {
		peer->bulk_capped = false;
		peer->bulk_calm = 0;
	}
	if (!peer->bulk_capped && reply->count == asked && reply->bytes * 2 <= WALK_BYTES_AIM)
		peer->bulk = (uint16_t)(asked * 2);
}

/* It may have been an outage that made GETBULK look bad: now and then it gets another chance, and
 * is to blame for good if it silences an agent that has just answered. */
void
snmpc_bulk_reconsider(struct snmpc_walk *walk)
{
	struct snmpc_peer *peer = walk->peer;

	/* An error may have been the load, or one instance: GETBULK gets another chance or two. */
	if (!peer->bulk_blamed && peer->bulk_refusals > 0 &&
	    peer->bulk_refusals < WALK_REFUSALS_MAX)
		peer->no_bulk = false;
	if (!peer->no_bulk || peer->bulk_blamed || peer->bulk_refusals > 0 ||
	    ++peer->bulk_calm < WALK_CALM)
		return;
	peer->no_bulk = false;
	peer->bulk = SNMPC_BULK_FIRST / 4;
	peer->bulk_calm = 0;
	if (peer->bulk_losses < WALK_LOSSES_MAX)
		peer->bulk_losses++;
	walk->flags |= FLAG_CAREFUL;
}
