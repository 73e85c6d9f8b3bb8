/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Between the files of a walk: its flags, and how much is asked for at once (snmpc_bulk.c), which
 * is learnt per peer.
 */
#ifndef KEEPWATCH_NET_SNMPC_WALK_H
#define KEEPWATCH_NET_SNMPC_WALK_H

#include "snmpc_impl.h"

enum { WALK_STALLS_MAX = 2, WALK_REFUSALS_MAX = 3 };

/* snmpc_walk.flags */
enum {
	FLAG_ONE_BY_ONE = 1, /* GETBULK led astray: GETNEXT to the end of this walk */
	FLAG_CAREFUL = 2,    /* after silence: the next question is a small one */
	FLAG_SPOKEN = 4,     /* it was answered: if GETBULK is silenced now, that is to blame */
	FLAG_ASTRAY = 8,     /* a column did not increase */
	FLAG_REFUSED = 16,   /* a column was refused */
	FLAG_WAS_CAPPED = 64,
	FLAG_COUNTED = 32, /* as one in which GETBULK was refused */
};

/* At the begin of a walk: GETBULK that looked bad may get another chance. */
void snmpc_bulk_reconsider(struct snmpc_walk *walk);
/* Fewer at once, then one by one; false if there is nothing less to ask for. */
bool snmpc_bulk_shrink(struct snmpc_walk *walk, bool is_stall);
/* Silence to all sizes: it was not the size. */
void snmpc_bulk_acquit(struct snmpc_walk *walk);
/* After an answer that makes sense. */
void snmpc_bulk_learn(struct snmpc_walk *walk, const struct snmpc_reply *reply);

#endif
