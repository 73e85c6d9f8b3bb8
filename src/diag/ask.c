/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The next best probes: those whose answer would move the most belief between a suspected node and
 * its innocence, and the port row that tells a dead device from a cable or a PoE fault. Nobody is
 * asked what was already measured after the suspected moment.
 */
#include "engine.h"

#include <math.h>
#include <stdlib.h>

/* Belief moved by an answer: its vote when alive against its vote when lost. */
static const double BY_ITSELF = 13.6, BY_SWITCH = 8, BY_SEEN = 12, BY_WRITTEN = 10.3;
static const double BY_DEVICE = 1.5, BY_PORT = 2.5, BY_ARP = 1.0;
static const double WORTH = 0.02; /* of a suspicion, at least, while much is silent */
static const double MUCH = -5;
enum { SAMPLE = 4, RETRIES = 3, MOST_WANTED = 256 };
#define FRESH(d)   ((d)->C * 2) /* a suspicion older than that is not asked for any more */
#define BACKOFF(d) ((d)->C / 4)
#define RECENT(d)  ((d)->C / 6)

struct wanted {
	struct diag_ask asks[MOST_WANTED];
	size_t n;
};

static void
want(struct diag *d, struct wanted *w, enum diag_ask_type type, struct node *n, uint32_t port,
     double gain, const struct incident *i)
{
	dtime asked =
		type == DIAG_ASK_PORTS && !is_device(n) ? infra_of(d, n)->asked_ports : n->asked;

	if (w->n == MOST_WANTED || (asked != NEVER && d->now - asked < BACKOFF(d)))
		return;
	for (size_t k = 0; k < w->n; k++)
		if (w->asks[k].type == type && w->asks[k].node == n->id) {
			if (gain > w->asks[k].gain)
				w->asks[k].gain = (float)gain;
			return;
		}
	w->asks[w->n++] = (struct diag_ask){
		.type = type,
		.node = n->id,
		.port = port,
		.gain = (float)gain,
		.incident = i && i->is_told ? i->number : 0,
	};
}

static void
ask_children(struct diag *d, struct wanted *w, const struct infra *i, double worth)
{
	struct node *c;
	unsigned sample = 0;

	EACH_KID(d, i, c)
	if (c->ever && c->last_at <= i->best_tau)
		want(d, w, DIAG_ASK_SWITCH, c, 0, worth * BY_SWITCH, i->incidents[FAM_INFRA]);
	/* First those whose place a switch has told. */
	for (int seen = 1; seen >= 0; seen--)
		EACH_DEVICE(d, i, c)
		{
			if (sample == SAMPLE)
				return;
			if (!c->ever || c->last_at > i->best_tau || is_seen(c) != (seen == 1))
				continue;
			want(d, w, DIAG_ASK_POLL, c, 0, worth * (seen ? BY_SEEN : BY_WRITTEN),
			     i->incidents[FAM_INFRA]);
			sample++;
		}
}

static void
ask_suspects(struct diag *d, struct wanted *w)
{
	for (size_t k = 0; k < d->active.n; k++) {
		struct infra *i = &d->infras[d->active.v[k]];
		struct node *v = node_at(d, i->node);
		double p, worth;

		if (!i->has_best || v->role == NODE_MONITOR || d->now - i->best_tau > FRESH(d))
			continue;
		p = logistic(prior_of(v) - i->best_S);
		worth = p * (1 - p);
		if (i->best_S < MUCH && worth < WORTH)
			worth = WORTH;
		if (worth < 1e-6)
			continue;
		if (v->ever && v->last_at <= i->best_tau)
			want(d, w, DIAG_ASK_SWITCH, v, 0, worth * BY_ITSELF,
			     i->incidents[FAM_INFRA]);
		ask_children(d, w, i, worth);
		if (i->best_S < MUCH && v->parent != NONE && v->port &&
		    node_at(d, v->parent)->has_snmp &&
		    infra_of(d, node_at(d, v->parent))->walk <= i->best_tau)
			want(d, w, DIAG_ASK_PORTS, node_at(d, v->parent), v->port,
			     WORTH * BY_SWITCH, i->incidents[FAM_INFRA]);
	}
}

static void
ask_devices(struct diag *d, struct wanted *w)
{
	for (size_t f = 0; f < d->failing.n && w->n < MOST_WANTED; f++) {
		struct node *n = node_at(d, d->failing.v[f]), *sw;

		if (!is_device(n) || !n->ever || n->parent == NONE)
			continue;
		sw = node_at(d, n->parent);
		if (n->fails < RETRIES && d->now - n->last_at > RECENT(d))
			want(d, w, DIAG_ASK_POLL, n, 0, BY_DEVICE, n->incident);
		if (n->port && sw->has_snmp && port_read(d, n) <= n->onset && !sw->fails &&
		    !infra_of(d, sw)->outage.is_on)
			want(d, w, DIAG_ASK_PORTS, sw, n->port, BY_PORT, n->incident);
	}
	for (size_t k = 0; k < d->svc_bad.n && w->n < MOST_WANTED; k++) {
		struct node *n = node_at(d, d->svc_bad.v[k]);

		const struct incident *i = n->svc ? n->svc->incident : NULL;
		bool is_dup = i && i->verdict == VERDICT_DUP_IP && d->now - i->opened < FRESH(d);

		if (n->svc && (!i || is_dup) && n->arp_foreign == NEVER)
			want(d, w, DIAG_ASK_ARP, n, 0, BY_ARP, i);
	}
}

static int
by_gain(const void *a, const void *b)
{
	const struct diag_ask *x = a, *y = b;

	if (x->gain != y->gain)
		return x->gain < y->gain ? 1 : -1;
	return x->node < y->node ? -1 : x->node > y->node;
}

size_t
diag_asks(struct diag *d, struct diag_ask *out, size_t most)
{
	struct wanted w;

	w.n = 0;
	if (d->monitor.trouble || !most)
		return 0;
	ask_suspects(d, &w);
	ask_devices(d, &w);
	qsort(w.asks, w.n, sizeof(w.asks[0]), by_gain);
	w.n = w.n < most ? w.n : most;
	for (size_t k = 0; k < w.n; k++) {
		struct node *n = tree_find(d, w.asks[k].node);

		out[k] = w.asks[k];
		if (w.asks[k].type == DIAG_ASK_PORTS)
			infra_of(d, n)->asked_ports = d->now;
		else
			n->asked = d->now;
	}
	return w.n;
}
