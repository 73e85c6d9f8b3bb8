/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Several devices of one switch that fell silent together while others on it answer: the PoE
 * budget, a line card, a bank of ports. Told as one incident when coincidence is the worse
 * explanation.
 */
#include "engine.h"

#include "keepwatch/err.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define AGE_HELD(d)   ((d)->C * 9 / 2) /* longest wait for a group to be confirmed */
#define AGE_DENIED(d) ((d)->C * 6 / 5) /* of one whose ports say that power was denied */

enum { LAST_POLLS = 3 }; /* lost since the others are back: it has a fault of its own */

struct group {
	dtime tau;
	size_t denied, members; /* members: all in list */
	bool is_found;
};

static const struct port *
row_of(const struct diag *d, const struct node *n)
{
	return n->port ? port_find(infra_of(d, node_at(d, n->parent)), n->port) : NULL;
}

static bool
is_denied(const struct diag *d, const struct node *n)
{
	const struct port *p = row_of(d, n);

	return p && is_seen(n) && p->poe == POE_STATE_DENIED;
}

/* First answer of a device of the switch that was out at or after tau, and is back: NEVER if none.
 */
static dtime
first_back(const struct diag *d, const struct infra *i, dtime tau)
{
	const struct node *c;
	dtime first = NEVER;

	EACH_DEVICE(d, i, c)
	if (c->ever && !c->fails && c->run_count && c->runs[c->run_count - 1].last >= tau &&
	    (first == NEVER || c->back < first))
		first = c->back;
	return first;
}

/* Those of left[from, to) (one switch's, by onset) that fell within the window after the first one.
 * Some came back already: who did not lose two more polls since may be coming back too. */
static int
take_window(struct diag *d, const struct infra *i, const uint32_t *left, size_t from, size_t to,
	    struct list *K, size_t *next)
{
	dtime tau = node_at(d, left[from])->onset, back = first_back(d, i, tau);

	K->n = 0;
	for (*next = from; *next < to && node_at(d, left[*next])->onset <= tau + d->W; ++*next) {
		const struct node *n = node_at(d, left[*next]);

		if (back != NEVER && subject_lost(n, back + 1, FOREVER) < 2)
			continue;
		if (list_add(K, left[*next]))
			return ERR_NOMEM;
	}
	return 0;
}

/* Is one cause the better explanation for K? as_sure: if each had lost as many polls as make it
 * sure. */
static bool
is_common(const struct diag *d, const struct infra *i, const struct list *K, dtime tau,
	  double price, bool as_sure)
{
	size_t alive = 0, lasting = 0;
	double alone = 0;
	const struct node *c;

	EACH_DEVICE(d, i, c)
	alive += c->ever && c->last_ok > tau;
	for (size_t k = 0; k < K->n; k++) {
		const struct node *n = node_at(d, K->v[k]);

		lasting += as_sure || n->fails >= 2;
		alone += n->fails < 3 && !as_sure ? PRIOR_ALONE : PRIOR_ALONE_SURE;
	}
	if (lasting < 2 || d->monitor.trouble || monitor_hit(d, tau))
		return false;
	return PRIOR_PART + subset_cost(d, i, K->v, K->n, K->n + alive) - price > alone;
}

/* Devices of the site of which nobody knows where they hang, silent since the same time: they may
 * hang here, which is worth as many nats as the site has switches to choose from. Adds those, and
 * their price. */
static int
take_unplaced(struct diag *d, const struct node *v, dtime tau, struct list *K, double *price)
{
	const struct site *s = &d->sites[v->site];
	double each = log(s->access_count ? (double)s->access_count : 1);

	*price = 0;
	for (size_t f = 0; f < d->unplaced.n; f++) {
		const struct node *n = node_at(d, d->unplaced.v[f]);

		if (n->site != v->site || n->explained == d->round || n->incident ||
		    n->onset < tau - d->W || n->onset > tau + d->W)
			continue;
		*price += each;
		if (list_add(K, d->unplaced.v[f]))
			return ERR_NOMEM;
	}
	return 0;
}

static int
find_unplaced(struct diag *d)
{
	d->unplaced.n = 0;
	for (size_t f = 0; f < d->failing.n; f++) {
		const struct node *n = node_at(d, d->failing.v[f]);

		if (is_device(n) && n->ever && !n->port && list_add(&d->unplaced, d->failing.v[f]))
			return ERR_NOMEM;
	}
	return 0;
}

/* A group that more polls may confirm: its members are not told of one by one until then. */
static void
hold(struct diag *d, const struct list *K, dtime tau)
{
	if (d->now - tau < AGE_HELD(d))
		for (size_t k = 0; k < K->n; k++)
			node_at(d, K->v[k])->explained = d->round;
}

/* Power was denied to some: those of the others that are silent belong to it, unless their own port
 * was read and says something else. */
static int
take_denied(struct diag *d, const uint32_t *left, size_t from, size_t to, struct list *K)
{
	struct list *in = &d->scratch[1];

	in->n = 0;
	for (size_t k = from; k < to; k++) {
		const struct node *n = node_at(d, left[k]);
		bool is_in = list_has(K, left[k]);
		bool is_read = is_seen(n) && port_read(d, n) > n->onset;

		if ((is_in && !is_read) || is_denied(d, n))
			if (list_add(in, left[k]))
				return ERR_NOMEM;
	}
	K->n = 0;
	for (size_t k = 0; k < in->n; k++)
		if (list_add(K, in->v[k]))
			return ERR_NOMEM;
	return 0;
}

static int
find_group(struct diag *d, const struct infra *i, const uint32_t *left, size_t from, size_t to,
	   struct list *out, struct group *g)
{
	struct list *K = &d->scratch[0];
	int rc = 0;

	*g = (struct group){0};
	out->n = 0;
	for (size_t k = from, next; k < to && !rc; k = next > k ? next : k + 1) {
		dtime tau = node_at(d, left[k])->onset;
		size_t denied = 0, placed;
		double price = 0;

		rc = take_window(d, i, left, k, to, K, &next);
		for (size_t m = 0; m < K->n; m++)
			denied += is_denied(d, node_at(d, K->v[m]));
		placed = K->n;
		if (!rc && placed && !denied)
			rc = take_unplaced(d, node_at(d, i->node), tau, K, &price);
		if (rc || !placed)
			continue;
		if (denied) {
			rc = take_denied(d, left, from, to, K);
		} else if (K->n < 2) {
			continue;
		} else if (!is_common(d, i, K, tau, price, false)) {
			if (is_common(d, i, K, tau, price, true))
				hold(d, K, tau);
			continue;
		}
		g->is_found = true;
		g->tau = tau;
		g->denied = denied;
		out->n = 0;
		for (size_t m = 0; m < K->n && !rc; m++)
			rc = list_add(out, K->v[m]);
	}
	return rc;
}

static int
tell_group(struct diag *d, struct infra *i, struct node *v, const struct group *g,
	   const struct list *K)
{
	struct draft draft = {.onset = g->tau, .devices = K->v, .device_count = K->n};
	struct incident **slot = &i->incidents[FAM_PART];
	struct diag_reason *r;
	const struct node *c;
	size_t ever = 0;
	int rc;

	draft_blame(d, &draft, VERDICT_POE_BUDGET, v, g->denied ? 0.95 : 0.6);
	EACH_DEVICE(d, i, c)
	ever += c->ever;
	r = draft_reason(d, &draft, REASON_GROUP_SILENT, v, 4);
	r->n = (double)K->n;
	r->of = (double)ever;
	r->x = d->W / 10.0;
	r->at_ms = diag_ms(d, g->tau);
	if (g->denied) {
		r = draft_reason(d, &draft, REASON_BUDGET, v, 6);
		r->n = (double)g->denied;
		r->x = i->poe_used_mw / 1000.0;
		r->of = i->poe_budget_mw / 1000.0;
	} else {
		draft_alt(d, &draft, VERDICT_SWITCH_DOWN, v, 0.2);
		draft_alt(d, &draft, VERDICT_SWITCH_FLAP, v, 0.15);
		draft_decider(d, &draft, REASON_ASK_POWER, v);
		draft_decider(d, &draft, REASON_ASK_LOOK, v);
	}
	rc = incident_emit(d, FAM_PART, i->node, &draft, slot);
	if (rc)
		return rc;
	(*slot)->tau = g->tau;
	for (size_t k = 0; k < K->n && !rc; k++)
		if (node_at(d, K->v[k])->incident)
			rc = incident_close(d, node_at(d, K->v[k])->incident, *slot,
					    REASON_GROUPED);
	return rc;
}

/* What fell with an outage of the switch, or of something above it, and comes back bit by bit after
 * it, is no group of its own; but ports that say that power was denied are. */
static bool
was_outage(const struct diag *d, const struct infra *i, const struct node *v, const struct group *g)
{
	if (i->outage.is_on && i->outage.is_confirmed)
		return true;
	return !g->denied && outage_told_end(d, v, true, g->tau, d->W) != NEVER;
}

static int
by_onset(const void *a, const void *b, void *diag)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	const struct node *m = node_at(diag, x), *n = node_at(diag, y);

	if (m->parent != n->parent)
		return m->parent < n->parent ? -1 : 1;
	if (m->onset != n->onset)
		return m->onset < n->onset ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* Closes groups that have recovered, and marks who is explained by those that stand. */
static int
look_after(struct diag *d, struct infra *i, const struct group *found)
{
	struct incident *own = i->incidents[FAM_PART];
	const struct node *last = NULL;
	size_t silent = 0;
	dtime back = NEVER;

	for (uint32_t k = 0; k < own->device_count; k++) {
		const struct node *n = node_at(d, own->devices[k]);

		silent += n->fails > 0;
		if (n->fails)
			last = n;
		else if (n->back > back)
			back = n->back;
	}
	/* The last one may be coming back too. */
	if (last && back != NEVER && subject_lost(last, back + 1, FOREVER) < LAST_POLLS)
		silent = silent < 2 ? 2 : silent;
	if (silent < (found && found->denied ? 1u : 2u) || i->incidents[FAM_FLAP])
		return incident_close(d, own, i->incidents[FAM_FLAP], REASON_WHOLE_AGAIN);
	for (uint32_t k = 0; k < own->device_count; k++)
		node_at(d, own->devices[k])->explained = d->round;
	return 0;
}

int
tick_groups(struct diag *d, struct list *left)
{
	struct list *K = &d->scratch[3];
	struct group g;
	size_t to;
	int rc = find_unplaced(d);

	if (left->n)
		qsort_r(left->v, left->n, sizeof(*left->v), by_onset, d);
	for (size_t from = 0; from < left->n && !rc; from = to) {
		struct node *v = node_at(d, node_at(d, left->v[from])->parent);
		struct infra *i = infra_of(d, v);

		for (to = from; to < left->n && node_at(d, left->v[to])->parent == i->node; to++)
			;
		if (v->role != NODE_ACCESS)
			continue;
		rc = find_group(d, i, left->v, from, to, K, &g);
		if (rc || !g.is_found || monitor_quiet(d, g.tau) || i->incidents[FAM_FLAP] ||
		    d->now - g.tau < (g.denied ? AGE_DENIED(d) : TELL_AGE(d)) ||
		    was_outage(d, i, v, &g))
			continue;
		if (i->incidents[FAM_PART])
			rc = keep_affected(i->incidents[FAM_PART], K);
		if (!rc)
			rc = tell_group(d, i, v, &g, K);
	}
	for (size_t k = 0; k < d->order.n && !rc; k++) {
		struct infra *i = &d->infras[d->order.v[k]];

		if (i->incidents[FAM_PART]) {
			const struct incident *own = i->incidents[FAM_PART];
			struct group now = {0};

			for (uint32_t x = 0; x < own->device_count; x++)
				now.denied += is_denied(d, node_at(d, own->devices[x]));
			rc = look_after(d, i, &now);
		}
	}
	return rc;
}
