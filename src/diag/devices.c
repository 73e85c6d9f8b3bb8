/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Devices that are silent though nothing above them explains it: held while something near might,
 * then told one by one; and those that have moved.
 */
#include "engine.h"

#include "keepwatch/err.h"

#include <stdlib.h>

#define PORT_AGE(d)	((d)->C * 5)	 /* longest wait for a reading of its port */
#define NEVER_POLLS	4		 /* of a device that has never answered */
#define NEAR_BEFORE(d)	((d)->C * 5 / 4) /* an onset that belongs to an outage's */
#define MOVE_SETTLE(d)	((d)->C / 4)
#define RETURN_KNOWN(d) ((d)->C * 10)
#define MOVE_STANDS(d)	((d)->C * 1440) /* a move is told that long */
#define FLAP_QUIET(d)	((d)->C * 8)	/* a device that came and went is stable again */
#define BURST_SLACK(d)	((d)->C / 2)
enum { POLLS_MIN = 3, POLLS_HUNG = 4, FLAP_FAILS_MAX = 8 };
static const double SURE = 0.75, SURER_BY = 0.4; /* to change one's mind about a class */

static bool
is_fresh(const struct diag *d, const struct node *n)
{
	return is_seen(n) && port_read(d, n) > n->onset;
}

/* ---- what explains a silent device */

static bool
is_explained(const struct diag *d, const struct node *n)
{
	const struct node *a;

	EACH_UP(d, n, a)
	{
		const struct outage *o = &infra_of(d, a)->outage;

		if (o->is_on && (o->end == NEVER || o->is_masked) &&
		    (n->onset >= o->tau - SEC(1) || monitor_hit(d, n->onset)))
			return true;
	}
	return false;
}

/* It fell silent with an outage of its site, and its place may be wrong. */
static bool
is_near_outage(const struct diag *d, const struct node *n, bool with_ended)
{
	for (size_t k = 0; k < d->order.n; k++) {
		const struct infra *i = &d->infras[d->order.v[k]];
		const struct outage *o = &i->outage;

		if (o->is_on && (with_ended || o->end == NEVER) &&
		    node_at(d, i->node)->site == n->site &&
		    n->onset >= o->tau - (with_ended ? d->W : NEAR_BEFORE(d)) &&
		    (n->onset <= o->tau + d->W || n->last_ok <= o->tau))
			return true;
	}
	return false;
}

static bool
is_near_group(const struct diag *d, const struct node *n)
{
	for (const struct incident *i = d->incidents; i; i = i->next)
		if (i->family == FAM_PART && i->node != n->parent &&
		    node_at(d, i->node)->site == n->site && n->onset >= i->tau - d->W &&
		    n->onset <= i->tau + d->W)
			return true;
	return false;
}

static bool
has_outage(const struct diag *d)
{
	for (size_t k = 0; k < d->order.n; k++)
		if (d->infras[d->order.v[k]].outage.is_on)
			return true;
	return false;
}

static int
collect(struct diag *d, struct list *left)
{
	bool is_any_outage = has_outage(d);

	left->n = 0;
	for (size_t f = 0; f < d->failing.n; f++) {
		struct node *n = node_at(d, d->failing.v[f]);

		if (!is_device(n) || !n->ever || !n->fails)
			continue;
		if ((is_any_outage && is_explained(d, n)) ||
		    (!is_fresh(d, n) && ((is_any_outage && is_near_outage(d, n, true)) ||
					 (!is_seen(n) && is_near_group(d, n)))))
			n->explained = d->round;
		else if (list_add(left, d->failing.v[f]))
			return ERR_NOMEM;
	}
	list_sort(left);
	return 0;
}

/* ---- one device */

static dtime
first_outage_above(const struct diag *d, const struct node *n)
{
	dtime first = FOREVER;
	const struct node *a;

	EACH_UP(d, n, a)
	{
		const struct outage *o = &infra_of(d, a)->outage;

		if (o->is_on && o->tau < first)
			first = o->tau;
	}
	return first;
}

/* It was silent before the monitor itself was in trouble, and after it, but not long enough in
 * either. */
static bool
is_monitor_between(const struct diag *d, const struct node *n)
{
	const struct monitor_state *m = &d->monitor;

	return m->last_end != NEVER && n->onset < m->last_end && n->last_ok < m->last_end &&
	       subject_lost(n, n->onset, m->last_since - d->W) < POLLS_MIN &&
	       subject_lost(n, m->last_end + 1, FOREVER) < POLLS_MIN;
}

/* Its port, read since, still has link: it hangs, or was only slow to answer. */
static bool
has_link(const struct diag *d, const struct node *n)
{
	const struct port *p =
		is_fresh(d, n) ? port_find(infra_of(d, node_at(d, n->parent)), n->port) : NULL;

	return p && p->is_up;
}

static bool
is_held(const struct diag *d, const struct node *n)
{
	const struct node *sw = node_at(d, n->parent);
	const struct infra *i = infra_of(d, sw);
	dtime hold = outage_end(d, n, false, n->onset, d->W);
	bool fresh = is_fresh(d, n);
	dtime above;

	if (monitor_quiet(d, n->onset) || d->monitor.trouble || is_monitor_between(d, n))
		return true;
	if (i->incidents[FAM_FLAP] && n->fails < FLAP_FAILS_MAX)
		return true;
	if (hold != NEVER && subject_lost(n, hold + 1, FOREVER) < POLLS_MIN)
		return true;
	if (!fresh &&
	    (is_near_outage(d, n, true) || (!is_seen(n) && is_near_group(d, n)) ||
	     (n->fails < FLAP_FAILS_MAX && flap_hit(d, n->site, n->onset, BURST_SLACK(d)))))
		return true;
	above = first_outage_above(d, n);
	if (subject_lost(n, n->onset, above - SEC(5)) < (has_link(d, n) ? POLLS_HUNG : POLLS_MIN) ||
	    (above < d->now ? above : d->now) - n->onset < TELL_AGE(d))
		return true;
	if (sw->has_snmp && i->snmp_ever && !fresh && is_seen(n) && d->now - n->onset < PORT_AGE(d))
		return true;
	return n->moved_at != NEVER && n->moved_at > n->onset - d->C;
}

static int
tell_device(struct diag *d, struct node *n, bool was_never)
{
	dtime onset = was_never ? NEVER : n->onset;
	uint32_t self = index_of(d, n);
	struct draft draft = {.onset = was_never ? poll_back(n, n->ring_count - 1)->at : onset,
			      .devices = &self,
			      .device_count = 1};
	const struct infra *i = infra_of(d, node_at(d, n->parent));
	uint32_t window = maintenance_of(d, n, draft.onset);
	struct diag_reason *r;
	const struct node *c;
	unsigned alive = 0;

	r = draft_reason(d, &draft, was_never ? REASON_NEVER_ANSWERED : REASON_DEVICE_SILENT, n, 5);
	r->n = n->fails;
	r->at_ms = diag_ms(d, draft.onset);
	if (node_at(d, n->parent)->role == NODE_ACCESS) {
		EACH_DEVICE(d, i, c)
		alive += c != n && c->ever && c->last_ok > draft.onset;
		if (alive)
			draft_reason(d, &draft, REASON_NEIGHBOURS_FINE, node_at(d, n->parent), 2)
				->n = alive;
	}
	classify_device(d, n, onset, &draft);
	if (draft.verdict == VERDICT_POE_BUDGET && !was_never)
		return 0; /* told for the whole switch */
	if (window != NONE) {
		draft_blame(d, &draft, VERDICT_MAINTENANCE, node_at(d, window), 0.9);
		draft_reason(d, &draft, REASON_IN_WINDOW, node_at(d, window), 5);
	}
	if (!n->incident && draft.verdict != VERDICT_MAINTENANCE)
		n->incident = service_hand_over(d, n);
	return incident_emit(d, FAM_DEVICE, self, &draft, &n->incident);
}

/* ---- the life of a device's incident */

/* Its port has link, since less than a start takes, or the device was not asked since. */
static bool
is_coming_back(const struct diag *d, const struct node *n)
{
	const struct node *sw = node_at(d, n->parent);
	const struct port *p = n->port ? port_find(infra_of(d, sw), n->port) : NULL;

	if (!p || !p->is_up)
		return false;
	return n->last_at <= p->at || (p->changed > n->onset && d->now - p->changed < TELL_AGE(d));
}

static int
change_mind(struct diag *d, struct incident *i, struct node *n)
{
	uint32_t self = index_of(d, n);
	struct draft draft = {.onset = i->onset, .devices = &self, .device_count = 1};
	double old = 0;
	struct diag_reason *r;

	if (is_coming_back(d, n))
		return 0;
	classify_device(d, n, n->onset, &draft);
	if (draft.verdict == i->verdict || draft.verdict == VERDICT_POE_BUDGET ||
	    draft.confidence < SURE)
		return 0;
	for (size_t k = 0; k < draft.alt_count; k++)
		if (draft.alts[k].verdict == i->verdict)
			old = draft.alts[k].share;
	if (draft.confidence - old < SURER_BY)
		return 0;
	r = draft_reason(d, &draft, REASON_DEVICE_SILENT, n, 5);
	r->n = n->fails;
	r->at_ms = diag_ms(d, n->onset);
	return incident_emit(d, FAM_DEVICE, self, &draft, &n->incident);
}

static int
look_after(struct diag *d, struct incident *i)
{
	struct node *n = node_at(d, i->node);
	bool is_plain = i->verdict == VERDICT_DEVICE_HW || i->verdict == VERDICT_CABLE_PORT ||
			i->verdict == VERDICT_POE_PORT;

	if (!n->fails) {
		if (i->is_flapping ? n->run_count &&
					     d->now - n->runs[n->run_count - 1].last > FLAP_QUIET(d)
				   : n->ring_count >= 2 && poll_back(n, 1)->alive)
			return incident_close(
				d, i, NULL, i->is_flapping ? REASON_STABLE : REASON_ANSWERS_AGAIN);
		return 0;
	}
	if (is_plain && !i->is_flapping && n->ever)
		return change_mind(d, i, n);
	if (i->verdict == VERDICT_MAINTENANCE && maintenance_of(d, n, n->onset) == NONE)
		return incident_close(d, i, NULL, REASON_WINDOW_OVER);
	return 0;
}

/* ---- moves */

/* It hangs again where it came from. */
static bool
is_back(const struct diag *d, const struct incident *i)
{
	const struct node *n = node_at(d, i->node);

	return i->origin != NONE && i->origin == n->parent && i->origin_port == n->port;
}

static int
close_returned(struct diag *d, struct incident *i)
{
	node_at(d, i->node)->back_at = d->now;
	return incident_close(d, i, NULL, REASON_MOVED_BACK);
}

static int
tell_move(struct diag *d, struct node *n)
{
	uint32_t self = index_of(d, n);
	struct incident *i = incident_find(d, FAM_MOVED, self);
	struct draft draft = {.onset = n->moved_at, .devices = &self, .device_count = 1};
	const struct node *from = n->moved_from == NONE ? NULL : node_at(d, n->moved_from);
	struct diag_reason *r;
	int rc;

	if (i && i->origin == n->parent && i->origin_port == n->port)
		return close_returned(d, i);
	/* The return itself, told late. */
	if (!i && n->back_at != NEVER && d->now - n->back_at < RETURN_KNOWN(d))
		return 0;
	if (!i && n->incident) {
		i = n->incident; /* what seemed a dead device goes on as the move */
		i->family = FAM_MOVED;
		n->incident = NULL;
	}
	draft_blame(d, &draft, VERDICT_MOVED, n, 0.95);
	r = draft_reason(d, &draft, REASON_MOVED, n, 6);
	r->other = node_at(d, n->parent)->id;
	r->port = n->port;
	r->at_ms = diag_ms(d, n->moved_at);
	if (from) {
		r = draft_reason(d, &draft, REASON_MOVED_FROM, n, 0);
		r->other = from->id;
		r->port = n->moved_from_port;
	}
	rc = incident_emit(d, FAM_MOVED, self, &draft, &i);
	if (!rc && i->origin_port == 0 && i->origin == 0) {
		i->origin = n->moved_from;
		i->origin_port = n->moved_from_port;
	}
	return rc;
}

static int
tick_moves(struct diag *d)
{
	int rc = 0;

	for (size_t k = 0; k < d->moves.n && !rc;) {
		struct node *n = node_at(d, d->moves.v[k]);

		if (d->now - n->moved_at <= MOVE_SETTLE(d)) {
			k++;
			continue;
		}
		list_drop(&d->moves, k);
		if (!n->is_gone)
			rc = tell_move(d, n);
	}
	return rc;
}

/* ---- the tick */

int
tick_devices(struct diag *d)
{
	struct list *left = &d->scratch[2];
	struct incident *next;
	int rc = collect(d, left);

	for (size_t f = 0; f < d->failing.n && !rc; f++) {
		struct node *n = node_at(d, d->failing.v[f]);

		if (is_device(n) && !n->ever && n->fails >= NEVER_POLLS && !n->incident &&
		    !d->monitor.trouble && !is_below_outage(d, n, false))
			rc = tell_device(d, n, true);
	}
	if (!rc)
		rc = tick_groups(d, left);
	for (size_t k = 0; k < left->n && !rc; k++) {
		struct node *n = node_at(d, left->v[k]);

		if (n->explained != d->round && !n->incident && !is_held(d, n))
			rc = tell_device(d, n, false);
	}
	if (!rc)
		rc = tick_lone(d);
	for (struct incident *i = d->incidents; i && !rc; i = next) {
		next = i->next;
		if (i->family == FAM_DEVICE)
			rc = look_after(d, i);
		else if (i->family == FAM_MOVED && i->is_told && is_back(d, i))
			rc = close_returned(d, i);
		else if (i->family == FAM_MOVED && i->is_told &&
			 d->now - i->opened > MOVE_STANDS(d) && !node_at(d, i->node)->fails)
			rc = incident_close(d, i, NULL, REASON_ANSWERS_AGAIN);
	}
	return rc ? rc : tick_moves(d);
}
