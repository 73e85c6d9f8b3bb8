/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Between weighing coincident drop-outs (flap.c) and telling of them (flap_tell.c).
 */
#ifndef KEEPWATCH_DIAG_FLAP_H
#define KEEPWATCH_DIAG_FLAP_H

#include "engine.h"

enum {
	FLAP_HISTORY_CYCLES = 40,
	FLAP_OWN_FAILS = 8, /* lost polls in a row: down by itself, not in bursts */
};

struct span {
	dtime from, to;
	unsigned who; /* index of its member */
};

/* Member 0 is the switch itself, which does not choose where it is. */
enum { FLAP_SWITCH };

struct member {
	uint32_t node, port;
	unsigned runs, bursts; /* drop-outs; shared ones */
	unsigned stamp;	       /* the burst that counted it last, from 1 */
	bool is_worst;	       /* drops out most: not counted */
};

/* The drop-outs of the devices of one switch. */
struct coincidence {
	struct member *members;
	struct span *spans; /* by time */
	struct dead_run
		bursts[BURSTS_MAX]; /* shared ones, oldest first; polls: of how many members */
	size_t member_count, span_count;
	unsigned burst_count;
	unsigned devices;	    /* that could have taken part */
	unsigned involved;	    /* that did */
	unsigned lost, lost_inside; /* drop-outs, and those in shared bursts */
	unsigned own;		    /* bursts in which the switch itself did not answer */
	unsigned crowds;	    /* bursts with more at once than chance has */
	unsigned convicting;	    /* bursts that the odds rest on */
	uint32_t port;		    /* all that recur are behind it; 0: they are not */
	double p0, llr;
};

/* The highest node that carries nothing but v: an outage of it is one of v. */
const struct node *flap_top(const struct diag *d, const struct node *v);
/* A burst of v then belongs to an outage above, to trouble of the monitor, or was announced. */
bool flap_is_excused(const struct diag *d, const struct node *v, dtime from);
/* A burst covers that moment, widened. */
bool flap_burst_at(const struct flap_state *flap, dtime at, dtime slack);
/* The odds that a common cause has over chance. False: nothing to see, or *rc. */
bool flap_weigh(struct diag *d, const struct infra *i, struct coincidence *c, int *rc);
/* The incident of switch i: opened, or grown. ERR_NOMEM. */
int flap_tell(struct diag *d, struct infra *i, const struct coincidence *c, unsigned restarts);
int flap_close(struct diag *d, struct infra *i);

#endif
