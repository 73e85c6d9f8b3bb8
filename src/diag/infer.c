/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Where the tree is broken: the best moment tau and the log odds S for every node with something
 * silent below it, from the bottom up, and then, from the top down, the highest nodes that are not
 * to be believed alive.
 */
#include "engine.h"

#include "keepwatch/err.h"

#include <math.h>
#include <string.h>

/* Log prior of a node failing in one window: the larger, the rarer. */
static const double PRIOR[NODE_ROLE_COUNT] = {
	[NODE_MONITOR] = -13, [NODE_WAN] = -11.5,  [NODE_CORE] = -12,
	[NODE_DIST] = -11.5,  [NODE_ACCESS] = -11, [NODE_DEVICE] = -8,
};
static const double PRIOR_MGMT = -9; /* just the management plane */
/* -log P(seen alive | its path is dead): how wrong places are. A documented place is wrong for
 * about one device in ten, one that a switch tells for one in fifty. */
static const double ALIVE_WRITTEN = 2.3, ALIVE_SEEN = 4.0, ALIVE_ITSELF = 4.6, ALIVE_SUBTREE = 3.5;
/* It answered itself long after the moment: no number of silent children outvotes that. */
static const double ALIVE_SINCE = 20;
/* A silent device of which nobody knows where it hangs speaks little against any node. */
static const double UNPLACED_MIN = -2.5;
static const double GATEWAY_LOST = -12, GATEWAY_FINE = 12;
static const double PART_WORTH_TRYING = -3;
static const double SHARED_EXTRA = -0.5; /* a shared cause against a partial one */
static const double IMPOSSIBLE = -1e9;

double
prior_of(const struct node *n)
{
	return PRIOR[n->role];
}

/* Onsets are not precise while the monitor polls late: do both times fall into that? */
static bool
is_blurred(const struct diag *d, dtime onset, dtime tau)
{
	const struct monitor_state *m = &d->monitor;
	bool is_now = m->trouble == MONITOR_OVERLOAD;
	dtime from = is_now ? m->since : m->last_since, end = is_now ? d->now : m->last_end;

	if (m->trouble ? !is_now : m->last_trouble != MONITOR_OVERLOAD)
		return false;
	return onset >= from - d->W && onset <= tau + d->W && tau >= from - d->W &&
	       tau <= end + d->W;
}

/* Its first poll after tau was lost (that it did not answer since tau is known), whenever that was.
 */
static bool
fell_at(const struct node *n, dtime tau)
{
	return n->fails && n->ever && n->onset >= tau - SEC(1);
}

static double
vote_of(const struct diag *d, const struct node *n, dtime tau)
{
	double own;

	if (n->last_ok > tau)
		return is_seen(n) ? ALIVE_SEEN : ALIVE_WRITTEN;
	if (!n->fails || !n->ever)
		return 0;
	if (!fell_at(n, tau) && !is_blurred(d, n->onset, tau))
		return 0; /* not measured since, or silent for a reason of its own */
	own = n->port ? (n->fails < 3 ? PRIOR_ALONE : PRIOR_ALONE_SURE) : UNPLACED_MIN;
	return n->lam > own ? n->lam : own;
}

static double
own_vote(const struct diag *d, const struct node *v, dtime tau)
{
	if (v->role == NODE_MONITOR || !v->ever)
		return 0;
	if (v->last_ok > tau)
		return v->last_ok > tau + d->C ? ALIVE_SINCE : ALIVE_ITSELF;
	if (v->fails && v->onset >= tau - d->W)
		return v->lam > PRIOR_MGMT ? v->lam : PRIOR_MGMT;
	return 0;
}

static double message(struct diag *d, struct node *v, dtime tau);
static double S_of_part(struct diag *d, struct node *v, double S, dtime tau);

/* Log odds that v forwards, against "cut off since tau". */
static double
S_at(struct diag *d, struct node *v, dtime tau)
{
	const struct infra *i = infra_of(d, v);
	double sum = own_vote(d, v, tau);
	struct node *c;

	EACH_DEVICE(d, i, c)
	sum += vote_of(d, c, tau);
	EACH_KID(d, i, c)
	{
		const struct infra *k = infra_of(d, c);

		if (k->active_at == d->round)
			sum += message(d, c, tau);
		else if (k->alive > tau)
			sum += ALIVE_SUBTREE;
	}
	if (v->role == NODE_MONITOR)
		sum += d->monitor.trouble ? GATEWAY_LOST : GATEWAY_FINE;
	return sum;
}

/* What subtree v says to a parent that forwards: v works, v is out, or v is out in part. */
static double
message(struct diag *d, struct node *v, dtime tau)
{
	struct infra *i = infra_of(d, v);
	double S, best;

	for (unsigned k = 0; k < i->memo_count; k++)
		if (i->memo[k].tau == tau)
			return i->memo[k].value;
	S = S_at(d, v, tau);
	best = S > prior_of(v) ? S : prior_of(v);
	if (S < PART_WORTH_TRYING) {
		double part = S_of_part(d, v, S, tau);

		best = part > best ? part : best;
	}
	if (i->has_shared && i->shared_tau - tau < d->W && tau - i->shared_tau < d->W &&
	    i->shared_cost > best)
		best = i->shared_cost;
	best = best < ALIVE_SUBTREE ? best : ALIVE_SUBTREE;
	if (i->memo == NULL)
		i->memo = arena_take(d->arena, MEMO_MAX * sizeof(*i->memo));
	if (i->memo != NULL && i->memo_count < MEMO_MAX) {
		i->memo[i->memo_count].tau = tau;
		i->memo[i->memo_count++].value = (float)best;
	}
	return best;
}

double
subset_cost(const struct diag *d, const struct infra *i, const uint32_t *subset, size_t k, size_t n)
{
	double cost = -log((double)n + 1) - log_choose((double)n, (double)k);
	uint32_t low = UINT32_MAX, high = 0;
	const struct node *c;
	size_t between = 0;
	double run;

	for (size_t s = 0; s < k; s++) {
		uint32_t port = node_at(d, subset[s])->port;

		if (!port || !is_device(node_at(d, subset[s])))
			return cost;
		low = port < low ? port : low;
		high = port > high ? port : high;
	}
	EACH_DEVICE(d, i, c)
	between += c->ever && c->port >= low && c->port <= high;
	run = -2 * log(n > 2 ? (double)n : 2);
	return between == k && run > cost ? run : cost;
}

/* The best score of "only the silent children of v are cut off", on the scale of S. */
static double
S_of_part(struct diag *d, struct node *v, double S, dtime tau)
{
	const struct infra *i = infra_of(d, v);
	struct list *K = &d->scratch[0];
	size_t n = 0, before = K->n, k;
	double lost = 0, cost;
	struct node *c;

	if (v->role == NODE_MONITOR)
		return IMPOSSIBLE;
	EACH_DEVICE(d, i, c)
	{
		bool is_lost = !(c->last_ok > tau) && fell_at(c, tau);

		n += c->last_ok > tau || is_lost;
		if (is_lost) {
			lost += vote_of(d, c, tau);
			if (list_add(K, c_i))
				d->is_failed = true;
		}
	}
	EACH_KID(d, i, c)
	{
		const struct infra *k2 = infra_of(d, c);

		if (k2->active_at == d->round) {
			n++;
			if (message(d, c, tau) <= prior_of(c)) {
				lost += prior_of(c);
				if (list_add(K, c_i))
					d->is_failed = true;
			}
		} else {
			n += k2->alive > tau;
		}
	}
	k = K->n - before;
	cost = k ? subset_cost(d, i, K->v + before, k, n) : 0;
	K->n = before;
	return k ? S - lost + PRIOR_PART + cost : IMPOSSIBLE;
}

/* ---- moments to try */

static int
add_onsets(struct diag *d, const struct node *v, struct list *out)
{
	const struct infra *i = infra_of(d, v);
	const struct node *c;
	int rc = 0;

	EACH_DEVICE(d, i, c)
	if (c->is_failing && c->ever && c->fails)
		rc |= list_add(out, (uint32_t)(c->onset - NEVER));
	EACH_KID(d, i, c)
	{
		const struct infra *k = infra_of(d, c);

		if (k->active_at == d->round && k->has_best)
			rc |= list_add(out, (uint32_t)(k->best_tau - NEVER));
	}
	if (v->is_failing && v->ever && v->fails)
		rc |= list_add(out, (uint32_t)(v->onset - NEVER));
	return rc;
}

/* What an outage of v since tau would leave unexplained: those that fell silent shortly before.
 * Both hypotheses about tau have to bear it, but another tau may not have to. */
static double
unexplained(const struct diag *d, const struct infra *i, dtime tau)
{
	const struct node *c;
	double cost = 0;

	EACH_DEVICE(d, i, c)
	if (c->is_failing && c->ever && c->onset < tau - SEC(1) && c->onset >= tau - d->W)
		cost += c->lam > PRIOR_ALONE ? -c->lam : -PRIOR_ALONE;
	EACH_KID(d, i, c)
	{
		const struct infra *k = infra_of(d, c);

		if (k->active_at == d->round && k->has_best && k->best_S < prior_of(c) &&
		    k->best_tau < tau - SEC(1) && k->best_tau >= tau - d->W)
			cost -= prior_of(c);
	}
	return cost;
}

static int
best_of(struct diag *d, struct node *v)
{
	double best = 0;
	struct infra *i = infra_of(d, v);
	struct list *L = &d->scratch[1];
	size_t n = 0, count;

	L->n = 0;
	if (add_onsets(d, v, L))
		return ERR_NOMEM;
	list_sort(L);
	for (size_t k = 0; k < L->n; k++)
		if (!n || L->v[k] != L->v[n - 1])
			L->v[n++] = L->v[k];
	if (!n)
		return 0;
	count = n > TAUS_MAX ? TAUS_MAX : n;
	i->has_best = false;
	for (size_t k = 0; k < count; k++) {
		/* Evenly spread quantiles when there are many. */
		size_t at = n > TAUS_MAX ? k * (n - 1) / (TAUS_MAX - 1) : k;
		dtime tau = (dtime)L->v[at] + NEVER;
		double S = S_at(d, v, tau), whole = S + unexplained(d, i, tau);

		if (!i->has_best || whole < best) {
			i->has_best = true;
			best = whole;
			i->best_S = (float)S;
			i->best_tau = tau;
		}
	}
	return 0;
}

static void
wake(struct diag *d, struct infra *i)
{
	i->active_at = d->round;
	i->has_best = i->has_shared = i->is_blamed = false;
	i->memo_count = 0;
	i->memo = NULL;
}

/* All with something silent at or below them, parents before children. */
static int
activate(struct diag *d)
{
	d->active.n = 0;
	for (size_t f = 0; f < d->failing.n; f++) {
		const struct node *n = node_at(d, d->failing.v[f]), *a;

		if (!n->ever)
			continue;
		if (!is_device(n))
			wake(d, infra_of(d, n));
		EACH_UP(d, n, a)
		{
			if (infra_of(d, a)->active_at == d->round)
				break;
			wake(d, infra_of(d, a));
		}
	}
	for (size_t k = 0; k < d->order.n; k++)
		if (d->infras[d->order.v[k]].active_at == d->round &&
		    list_add(&d->active, d->order.v[k]))
			return ERR_NOMEM;
	return 0;
}

bool
zones_agree(const struct node *a, const struct node *b)
{
	return a->zone == b->zone || !a->zone || !b->zone;
}

static bool
is_suspect(struct diag *d, struct node *v)
{
	const struct infra *i = infra_of(d, v);

	return i->has_best && i->best_S < prior_of(v) &&
	       S_of_part(d, v, i->best_S, i->best_tau) < prior_of(v);
}

/* Switches that may share a power supply and stopped together cost one event, not one each. */
static void
share_causes(struct diag *d, const struct list *suspects)
{
	for (size_t a = 0; a < suspects->n; a++) {
		struct infra *i = &d->infras[suspects->v[a]];

		for (size_t b = a + 1; b < suspects->n; b++) {
			struct infra *k = &d->infras[suspects->v[b]];
			const struct node *x = node_at(d, i->node), *y = node_at(d, k->node);

			if (k->best_tau - i->best_tau > d->C)
				break;
			if (x->site != y->site || !zones_agree(x, y))
				continue;
			if (!i->has_shared) {
				i->has_shared = true;
				i->shared_cost = (float)(PRIOR_PART + SHARED_EXTRA);
				i->shared_tau = i->best_tau;
			}
			k->has_shared = true;
			k->shared_cost = -0.01f;
			k->shared_tau = k->best_tau;
		}
	}
}

static void
sort_by_tau(const struct diag *d, struct list *L)
{
	for (size_t a = 1; a < L->n; a++) {
		uint32_t v = L->v[a];
		size_t b = a;

		while (b > 0 && d->infras[L->v[b - 1]].best_tau > d->infras[v].best_tau) {
			L->v[b] = L->v[b - 1];
			b--;
		}
		L->v[b] = v;
	}
}

int
infer(struct diag *d)
{
	struct list *suspects = &d->scratch[2];
	int rc;

	if (!d->failing.n) {
		d->active.n = 0;
		return 0;
	}
	rc = activate(d);
	suspects->n = 0;
	for (size_t k = d->active.n; k-- > 0 && !rc;) {
		struct infra *i = &d->infras[d->active.v[k]];
		struct node *v = node_at(d, i->node);

		if (v->role != NODE_ACCESS)
			continue;
		rc = best_of(d, v);
		if (!rc && is_suspect(d, v))
			rc = list_add(suspects, d->active.v[k]);
	}
	if (rc)
		return rc;
	sort_by_tau(d, suspects);
	share_causes(d, suspects);
	for (size_t k = 0; k < d->active.n; k++)
		d->infras[d->active.v[k]].memo_count = 0;
	for (size_t k = d->active.n; k-- > 0 && !rc;) {
		struct infra *i = &d->infras[d->active.v[k]];

		if (!i->has_best)
			rc = best_of(d, node_at(d, i->node));
	}
	for (size_t k = 0; k < d->active.n; k++) {
		struct infra *i = &d->infras[d->active.v[k]];
		struct node *v = node_at(d, i->node);
		const struct node *a;
		bool is_covered = false;

		EACH_UP(d, v, a)
		if (infra_of(d, a)->active_at == d->round && infra_of(d, a)->is_blamed)
			is_covered = true;
		i->is_blamed = !is_covered && is_suspect(d, v);
	}
	return rc;
}

int
dead_under(struct diag *d, const struct node *v, dtime tau, struct list *out)
{
	const struct monitor_state *m = &d->monitor;
	const struct infra *i = infra_of(d, v);
	const struct node *c;
	int rc = 0;

	if (is_blurred(d, tau, tau))
		tau = (m->trouble ? m->since : m->last_since) - d->W;
	EACH_DEVICE(d, i, c)
	if (c->fails && c->ever && c->onset >= tau - SEC(1))
		rc |= list_add(out, c_i);
	EACH_KID(d, i, c)
	rc |= dead_under(d, c, tau, out);
	return rc;
}
