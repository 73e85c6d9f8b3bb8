/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The class of one silent device: what its switch port, its PoE, its errors and its last words say
 * for a dead device, a hung one, a cable, a PoE port, or a PoE budget (a naive Bayes table of
 * facets that were measured after the onset; a facet that was not measured says nothing).
 */
#include "engine.h"

#include <math.h>
#include <string.h>

enum { DEAD, HANG, CABLE, POE, BUDGET, CAUSES };

/* How often each is the cause when nothing more is known: log of about 33, 18, 27, 7 and 5 %. */
static const double PRIOR[CAUSES] = {-1.1, -1.7, -1.3, -2.6, -3.0};
/* P(facet | cause); a table's slip or a late change is taken as 2 to 3 in a hundred. */
static const double P_LINK_UP[CAUSES] = {.03, .97, .03, .03, .03};
static const double P_LINK_DOWN[CAUSES] = {.97, .03, .97, .97, .97};
static const double P_POE[CAUSES][4] = {
	/* on, searching, fault, denied */
	[DEAD] = {.08, .85, .05, .02},	 [HANG] = {.95, .03, .01, .01},
	[CABLE] = {.03, .94, .02, .01},	 [POE] = {.02, .08, .85, .05},
	[BUDGET] = {.02, .08, .02, .88},
};
static const double P_ERRORS[CAUSES] = {.03, .03, .6, .05, .03};
static const double P_NO_ERRORS[CAUSES] = {.97, .97, .5, .95, .97};
static const double SICK_BEFORE = 8; /* odds of the device itself, if its services failed first */
enum { ERRORS_MIN = 15, ERROR_CYCLES = 7 };
static const double SHUT_BY_HAND = 5; /* log odds of the port, if its administrator shut it */
static const double ALT_MIN = 0.1;

static void
weigh(double h[CAUSES], const double p[CAUSES])
{
	for (unsigned c = 0; c < CAUSES; c++)
		h[c] += log(p[c]);
}

static struct diag_reason *
port_reason(const struct diag *d, struct draft *draft, enum reason_what what, const struct node *sw,
	    uint32_t port, double weight)
{
	struct diag_reason *r = draft_reason(d, draft, what, sw, weight);

	r->port = port;
	return r;
}

static void
weigh_poe(const struct diag *d, const struct node *n, const struct node *sw, const struct port *p,
	  double h[CAUSES], struct draft *draft)
{
	static const enum reason_what whats[] = {REASON_POE_ON, REASON_POE_SEARCHING,
						 REASON_POE_FAULT, REASON_POE_DENIED};
	unsigned state;

	if (!n->uses_poe || p->poe == POE_STATE_NONE)
		return;
	state = p->poe - POE_STATE_ON;
	for (unsigned c = 0; c < CAUSES; c++)
		h[c] += log(P_POE[c][state]);
	port_reason(d, draft, whats[state], sw, n->port, 3);
}

static void
weigh_port(const struct diag *d, const struct node *n, const struct node *sw, const struct port *p,
	   dtime onset, double h[CAUSES], struct draft *draft)
{
	unsigned errors = port_errors(infra_of(d, sw), n->port, onset - ERROR_CYCLES * d->C);
	struct diag_reason *r;

	if (p->is_up) {
		weigh(h, P_LINK_UP);
		port_reason(d, draft, REASON_LINK_UP, sw, n->port, 3.5);
	} else {
		weigh(h, P_LINK_DOWN);
		r = port_reason(d, draft, p->is_admin_down ? REASON_ADMIN_DOWN : REASON_LINK_DOWN,
				sw, n->port, 3.5);
		r->at_ms = diag_ms(d, p->changed);
	}
	if (p->is_admin_down) {
		draft->team = TEAM_IT_NETWORK;
		h[CABLE] += SHUT_BY_HAND;
	}
	weigh_poe(d, n, sw, p, h, draft);
	weigh(h, errors > ERRORS_MIN ? P_ERRORS : P_NO_ERRORS);
	if (errors > ERRORS_MIN) {
		r = port_reason(d, draft, REASON_PORT_ERRORS, sw, n->port, 3);
		r->n = errors;
	} else {
		port_reason(d, draft, REASON_NO_ERRORS, sw, n->port, 0.6);
	}
}

/* Its services answered with errors before it fell silent. */
static bool
was_sick(const struct node *n, dtime onset)
{
	for (unsigned k = 0; k < n->ring_count; k++)
		if (poll_back(n, k)->at < onset && poll_count(poll_back(n, k), SERVICE_ERROR))
			return true;
	return false;
}

static void
fill(const struct diag *d, const struct node *n, const double h[CAUSES], struct draft *draft)
{
	static const enum verdict verdicts[] = {VERDICT_DEVICE_HW, VERDICT_CABLE_PORT,
						VERDICT_POE_PORT, VERDICT_POE_BUDGET};
	double max = h[0], sum = 0, p[CAUSES], share[4];
	unsigned best = 0;

	for (unsigned c = 1; c < CAUSES; c++)
		max = h[c] > max ? h[c] : max;
	for (unsigned c = 0; c < CAUSES; c++)
		sum += p[c] = exp(h[c] - max);
	share[0] = (p[DEAD] + p[HANG]) / sum;
	share[1] = p[CABLE] / sum;
	share[2] = p[POE] / sum;
	share[3] = p[BUDGET] / sum;
	for (unsigned v = 1; v < 4; v++)
		best = share[v] > share[best] ? v : best;
	draft_blame(d, draft, verdicts[best], n, share[best]);
	for (unsigned v = 0; v < 4; v++)
		if (v != best && share[v] > ALT_MIN)
			draft_alt(d, draft, verdicts[v], n, share[v]);
}

bool
classify_device(const struct diag *d, const struct node *n, dtime onset, struct draft *draft)
{
	const struct node *sw = n->parent == NONE ? NULL : node_at(d, n->parent);
	const struct port *p = sw && n->port ? port_find(infra_of(d, sw), n->port) : NULL;
	bool is_fresh = p && is_seen(n) && port_read(d, n) > onset;
	double h[CAUSES];

	memcpy(h, PRIOR, sizeof(h));
	if (is_fresh) {
		weigh_port(d, n, sw, p, onset, h, draft);
	} else if (!n->port) {
		draft_reason(d, draft, REASON_PLACE_UNKNOWN, n, 0);
		draft_decider(d, draft, REASON_ASK_PLACE, n);
	} else if (sw && sw->has_snmp) {
		port_reason(d, draft, REASON_PORT_NOT_READ, sw, n->port, 0);
		draft_decider(d, draft, REASON_ASK_PORT, sw)->port = n->port;
	} else {
		draft_reason(d, draft, REASON_PORT_UNREADABLE, sw, 0);
	}
	if (was_sick(n, onset)) {
		h[DEAD] += log(SICK_BEFORE);
		h[HANG] += log(SICK_BEFORE);
		draft_reason(d, draft, REASON_ERRORS_BEFORE, n, log(SICK_BEFORE));
	}
	fill(d, n, h, draft);
	if (draft->alt_count) {
		draft_decider(d, draft, REASON_ASK_LOOK, n);
		draft_decider(d, draft, REASON_ASK_SWAP, n);
	}
	return is_fresh;
}
