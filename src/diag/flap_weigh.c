/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The odds that the drop-outs of a switch's devices have a common cause. Drop-outs that overlap
 * make a burst. Two things convict: more devices at once than chance has, and the same ones again
 * and again. The device that drops out most is left out of the account: one bad camera must not
 * incriminate the switch.
 */
#include "flap.h"

#include "keepwatch/err.h"

#include <math.h>
#include <stdlib.h>

/* Two lost polls belong to one burst if they are this near, in cycles: devices are polled once a
 * cycle, so those that a short burst hits are seen within one. */
#define BURST_SLACK 0.75
/* A burst every e^2.5 = 12 cycles is what an intermittent switch is expected to have. */
#define BURST_COST 2.5
/* In a burst as long as a cycle every device should be hit; some 30 % answer in its gaps. */
#define LONG_HIT_COST 0.36
#define MISS_MAX      0.5
/* A poll takes some seconds, and so may hit a burst a little off its measured time. */
#define POLL_SECONDS 20
/* Chance that a poll begins a drop-out for no reason: bounds, and what it is before anything is
 * known (half a drop-out in 150 polls). */
#define P0_MIN	 0.002
#define P0_MAX	 0.3
#define P0_RUNS	 0.5
#define P0_POLLS 150
/* The same for the answers of a switch that answers nothing but SNMP; and nats for asking whether
 * it suffers itself. */
#define OWN_SNMP_ONLY 0.12
#define OWN_COST      0.7
enum {
	OWN_FAILS_TOLD = 6,
	OUTAGE_SECONDS = 90, /* after an outage above, what is below comes back bit by bit */
};

static int
compare_spans(const void *a, const void *b)
{
	const struct span *left = a, *right = b;

	if (left->from != right->from)
		return left->from < right->from ? -1 : 1;
	if (left->to != right->to)
		return left->to < right->to ? -1 : 1;
	return left->who < right->who ? -1 : left->who > right->who;
}

/* It is down by itself: says nothing of bursts. */
static bool
is_down_itself(const struct node *n)
{
	return n->fails > FLAP_OWN_FAILS ||
	       (n->incident && n->incident->is_told && n->fails > OWN_FAILS_TOLD);
}

/* Drop-outs of the site's other access switches per poll: what chance does here. */
static double
background(const struct diag *d, const struct infra *self, uint32_t site, dtime from)
{
	const struct site *s = site == NONE ? NULL : &d->sites[site];
	double runs = P0_RUNS, polls = P0_POLLS;
	const struct node *c;

	for (uint32_t k = 0; s && k < s->access_count; k++) {
		const struct infra *i = infra_of(d, node_at(d, s->access[k]));

		if (!i || i == self)
			continue;
		polls += i->device_count * (double)(d->now - from) / d->C;
		if (i->lost < from)
			continue;
		EACH_DEVICE(d, i, c)
		{
			for (unsigned r = 0; r < c->run_count; r++)
				runs += c->runs[r].last > from;
		}
	}
	return fmin(P0_MAX, fmax(P0_MIN, runs / polls));
}

/* The highest node that carries nothing but v: an outage of it is one of v. */
const struct node *
flap_top(const struct diag *d, const struct node *v)
{
	const struct node *up;

	for (; v->parent != NONE; v = up) {
		up = node_at(d, v->parent);
		if (up->role != NODE_DIST && up->role != NODE_CORE)
			break;
		if (infra_of(d, up)->devices != NONE ||
		    node_at(d, infra_of(d, up)->kids)->next != NONE)
			break;
	}
	return v;
}

/* It belongs to an outage above, to trouble of the monitor, or was announced. */
bool
flap_is_excused(const struct diag *d, const struct node *v, dtime from)
{
	return monitor_hit(d, from) || maintenance_of(d, v, from) != NONE ||
	       outage_told_end(d, flap_top(d, v), false, from, SEC(OUTAGE_SECONDS)) != NEVER;
}

/* Whose place nobody has seen, and who drops out with another switch that flaps, is likely there.
 */
static bool
is_of_another(const struct diag *d, const struct node *n, dtime at)
{
	const struct site *s = n->site == NONE ? NULL : &d->sites[n->site];

	for (uint32_t k = 0; s && !is_seen(n) && k < s->access_count; k++) {
		const struct flap_state *flap = infra_of(d, node_at(d, s->access[k]))->flap;

		if (flap && s->access[k] != n->parent && flap_burst_at(flap, at, SEC(POLL_SECONDS)))
			return true;
	}
	return false;
}

static void
take_runs(struct coincidence *out, const struct diag *d, const struct node *n, dtime from)
{
	struct member *m = &out->members[out->member_count];

	*m = (struct member){.node = index_of(d, n), .port = n->port};
	for (unsigned r = 0; r < n->run_count; r++) {
		if (n->runs[r].first < from ||
		    (is_device(n) && is_of_another(d, n, n->runs[r].first)))
			continue;
		m->runs++;
		out->spans[out->span_count++] = (struct span){n->runs[r].first, n->runs[r].last,
							      (unsigned)out->member_count};
	}
}

/* The switch's own answers are a witness, unless its management is dead. */
static bool
is_witness(const struct node *v)
{
	return v->ever && v->run_count && !is_down_itself(v);
}

/* The drop-outs since `from`. False: too few to look further, or out of memory (*rc). */
static bool
collect(struct diag *d, const struct infra *i, dtime from, struct coincidence *out, int *rc)
{
	const struct node *v = node_at(d, i->node), *c;
	bool has_witness = is_witness(v);
	unsigned recurring = has_witness && v->run_count >= 2;
	size_t spans = has_witness ? v->run_count : 0, members = 1;

	EACH_DEVICE(d, i, c)
	{
		if (!c->ever || is_down_itself(c))
			continue;
		out->devices++;
		members += c->run_count > 0;
		spans += c->run_count;
		recurring += c->run_count >= 2;
	}
	/* A single one that comes back may be a bad camera. */
	if (recurring < 2)
		return false;
	out->members = arena_take(d->arena, members * sizeof(*out->members));
	out->spans = arena_take(d->arena, spans * sizeof(*out->spans));
	if (!out->members || !out->spans) {
		*rc = ERR_NOMEM;
		return false;
	}
	if (has_witness)
		take_runs(out, d, v, from);
	out->member_count = FLAP_SWITCH + 1;
	EACH_DEVICE(d, i, c)
	{
		if (!c->ever || is_down_itself(c) || !c->run_count)
			continue;
		take_runs(out, d, c, from);
		out->member_count += out->members[out->member_count].runs > 0;
	}
	qsort(out->spans, out->span_count, sizeof(*out->spans), compare_spans);
	return out->member_count > FLAP_SWITCH + 1;
}

/* Drop-outs that overlap, give or take; those of one member alone are none. */
static void
find_bursts(const struct diag *d, const struct node *v, struct coincidence *c)
{
	dtime slack = (dtime)(BURST_SLACK * d->C);
	unsigned stamp = 0;

	for (size_t s = 0, end; s < c->span_count; s = end) {
		struct dead_run burst = {.first = c->spans[s].from, .last = c->spans[s].to};

		stamp++;
		for (end = s;
		     end < c->span_count && (end == s || c->spans[end].from <= burst.last + slack);
		     end++) {
			struct member *m = &c->members[c->spans[end].who];

			if (c->spans[end].to > burst.last)
				burst.last = c->spans[end].to;
			burst.polls += m->stamp != stamp;
			m->stamp = stamp;
		}
		if (flap_is_excused(d, v, burst.first))
			continue;
		c->lost += (unsigned)(end - s);
		if (burst.polls < 2)
			continue;
		c->lost_inside += (unsigned)(end - s);
		for (size_t k = 0; k < c->member_count; k++)
			c->members[k].bursts += c->members[k].stamp == stamp;
		if (c->burst_count == BURSTS_MAX) {
			for (unsigned k = 1; k < BURSTS_MAX; k++)
				c->bursts[k - 1] = c->bursts[k];
			c->burst_count--;
		}
		c->bursts[c->burst_count++] = burst;
	}
	c->own = c->members[FLAP_SWITCH].bursts;
}

/* Devices that came back in shared bursts, without the one that drops out most. Their number; the
 * others' bursts are set to 0. */
static unsigned
find_core(struct coincidence *c)
{
	struct member *worst = NULL;
	unsigned core = 0;

	c->port = 0;
	for (size_t k = FLAP_SWITCH + 1; k < c->member_count; k++) {
		struct member *m = &c->members[k];

		c->involved += m->bursts > 0;
		if (m->bursts > 0 && (!worst || m->runs > worst->runs))
			worst = m;
	}
	if (worst) {
		c->port = worst->port;
		worst->is_worst = true;
	}
	for (size_t k = FLAP_SWITCH + 1; k < c->member_count; k++) {
		struct member *m = &c->members[k];

		if (m->bursts > 0 && m->port != c->port)
			c->port = 0;
		if (m == worst || m->bursts < 2)
			m->bursts = 0;
		core += m->bursts > 0;
	}
	return core;
}

struct hits {
	unsigned core, others; /* others: all but the worst */
	bool own;
};

/* Who took part in this burst. */
static struct hits
hits_of(const struct coincidence *c, const struct dead_run *burst)
{
	struct hits hits = {0};

	for (size_t k = 0; k < c->member_count; k++)
		c->members[k].stamp = 0;
	for (size_t s = 0; s < c->span_count && c->spans[s].from <= burst->last; s++) {
		struct member *m = &c->members[c->spans[s].who];

		if (c->spans[s].from < burst->first || m->stamp)
			continue;
		m->stamp = 1;
		if (c->spans[s].who == FLAP_SWITCH)
			hits.own = true;
		else
			hits.others += !m->is_worst;
		hits.core += m->bursts > 0 && c->spans[s].who != FLAP_SWITCH;
	}
	return hits;
}

/* Devices of the switch on this port. */
static unsigned
on_port(const struct diag *d, const struct infra *i, uint32_t port)
{
	const struct node *c;
	unsigned n = 0;

	EACH_DEVICE(d, i, c)
	n += c->ever && c->port == port;
	return n;
}

/* Which of the devices it is: any subset of that size, or those of one port. */
static double
choice_cost(const struct diag *d, const struct infra *i, const struct coincidence *c, unsigned core)
{
	double cost = log(c->devices + 1) + log_choose(c->devices, core), port_cost;
	unsigned sharing;

	if (c->port == 0)
		return cost;
	sharing = on_port(d, i, c->port);
	port_cost = log(c->devices + 1) + log(sharing + 1) + log_choose(sharing, core);
	return fmin(cost, port_cost);
}

/* Chance that the switch itself does not answer, for no reason: what it does outside of bursts. */
static double
own_chance(const struct diag *d, const struct node *v, const struct coincidence *c)
{
	const struct member *self = &c->members[FLAP_SWITCH];
	double alone = self->runs - self->bursts + P0_RUNS;
	double polls =
		(double)(FLAP_HISTORY_CYCLES * d->C) / (v->period ? v->period : (uint32_t)d->C);

	return fmax(v->has_ping ? c->p0 : OWN_SNMP_ONLY, alone / polls);
}

/* More at once than chance has: log odds of k devices, the worst of all not counted, in one burst
 * of a switch with n. A burst hits any number of them. */
static double
crowd(const struct coincidence *c, unsigned k, double chance)
{
	double mean = c->devices * chance, tail;

	if (k == 0)
		return 0;
	tail = k * log(mean) - mean - lgamma(k + 1.0);
	return -fmin(0, tail) - log(c->devices + 1) - BURST_COST;
}

bool
flap_weigh(struct diag *d, const struct infra *i, struct coincidence *c, int *rc)
{
	dtime from = d->now - FLAP_HISTORY_CYCLES * d->C;
	const struct node *v = node_at(d, i->node);
	double own = -OWN_COST, own_chance_once, same = 0, crowds = 0;
	unsigned core;

	*c = (struct coincidence){0};
	if (!collect(d, i, from > i->flap_from ? from : i->flap_from, c, rc))
		return false;
	find_bursts(d, v, c);
	if (c->burst_count < 2)
		return false;
	core = find_core(c);
	c->p0 = background(d, i, v->site, from);
	same = -choice_cost(d, i, c, core);
	own_chance_once = own_chance(d, v, c);
	for (unsigned b = 0; b < c->burst_count; b++) {
		/* Cycles that it lasts: a short one cannot hit all, a long one chance hits oftener.
		 */
		double cycles =
			(double)(c->bursts[b].last - c->bursts[b].first + SEC(POLL_SECONDS)) / d->C;
		double chance = fmin(0.9, c->p0 * fmax(1, cycles));
		double miss = log(1 - fmin(MISS_MAX, cycles));
		struct hits hits = hits_of(c, &c->bursts[b]);
		double of_crowd = crowd(c, hits.others, chance);

		same += hits.core * (-log(chance) - (cycles >= 1 ? LONG_HIT_COST : 0)) +
			(core - hits.core) * miss - BURST_COST;
		own += hits.own ? -log(fmin(0.9, own_chance_once * fmax(1, cycles))) : miss;
		if (of_crowd > 0) {
			crowds += of_crowd;
			c->crowds++;
		}
	}
	c->llr = fmax(core ? same : -OWN_COST, crowds);
	/* A part of a switch can fail while its management does not notice. */
	c->llr += fmax(0, own);
	c->convicting = core && same >= crowds ? c->burst_count : c->crowds;
	if (c->own > c->convicting)
		c->convicting = c->own;
	return true;
}
