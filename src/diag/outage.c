/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Outages of switches, sites and power zones: from a first suspicion over a confirmed verdict to
 * its end, which waits for a while so that the restart times can still tell what it was.
 */
#include "engine.h"

#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

/* After that long the silence counts as confirmed though not everybody was measured: one cycle, and
 * what probes need at most. */
#define CONFIRM_AGE(d) ((d)->C + (d)->C * 5 / 12)
#define SETTLE(d)      ((d)->C / 4)	/* a suspicion stands at least that long */
#define FACT_AFTER(d)  ((d)->C)		/* until then the restart of a switch is heard of */
#define CLOSE_AFTER(d) ((d)->C * 5 / 2) /* an end is believed */
static const double KNOWN_SHARE = 0.9;	/* of the devices below measured since: confirmed */

bool
is_below_outage(const struct diag *d, const struct node *n, bool with_self)
{
	const struct node *a;

	if (with_self && !is_device(n) && infra_of(d, n)->outage.is_on)
		return true;
	EACH_UP(d, n, a)
	if (infra_of(d, a)->outage.is_on)
		return true;
	return false;
}

/* Newest end of the outages of one node that cover `at`, widened; end of one that lasts is now. */
static dtime
end_of(const struct diag *d, const struct infra *i, dtime at, dtime slack, bool only_told)
{
	const struct outage *o = &i->outage;
	dtime newest = NEVER;

	for (unsigned k = 0; k < i->past_count; k++) {
		const struct past *p = &i->past[k];

		if (only_told && !p->was_told)
			continue;
		if (slack < 0 || (at >= p->from - slack && at <= p->to + slack))
			newest = p->to > newest ? p->to : newest;
	}
	if (o->is_on && (o->is_confirmed || !only_told)) {
		dtime to = o->end == NEVER ? d->now : o->end;

		if (slack < 0 || (at >= o->tau - slack && at <= to + slack))
			newest = to > newest ? to : newest;
	}
	return newest;
}

static dtime
newest_end(const struct diag *d, const struct node *n, bool with_self, dtime at, dtime slack,
	   bool only_told)
{
	dtime newest = NEVER, end;
	const struct node *a;

	if (with_self && !is_device(n))
		newest = end_of(d, infra_of(d, n), at, slack, only_told);
	EACH_UP(d, n, a)
	{
		end = end_of(d, infra_of(d, a), at, slack, only_told);
		newest = end > newest ? end : newest;
	}
	return newest;
}

dtime
outage_end(const struct diag *d, const struct node *n, bool with_self, dtime at, dtime slack)
{
	return newest_end(d, n, with_self, at, slack, false);
}

dtime
outage_told_end(const struct diag *d, const struct node *n, bool with_self, dtime at, dtime slack)
{
	return newest_end(d, n, with_self, at, slack, true);
}

bool
in_outage(const struct diag *d, const struct node *n, dtime at, dtime before, dtime after)
{
	const struct node *a;

	EACH_UP(d, n, a)
	{
		const struct infra *i = infra_of(d, a);
		const struct outage *o = &i->outage;

		for (unsigned k = 0; k < i->past_count; k++)
			if (at >= i->past[k].from - before && at <= i->past[k].to + after)
				return true;
		if (o->is_on && at >= o->tau - before &&
		    at <= (o->end == NEVER ? d->now : o->end) + after)
			return true;
	}
	return false;
}

/* ---- records */

static void
note_past(struct infra *i)
{
	const struct outage *o = &i->outage;

	if (i->past_count == PAST_MAX) {
		memmove(i->past, i->past + 1, (PAST_MAX - 1) * sizeof(*i->past));
		i->past_count--;
	}
	i->past[i->past_count++] =
		(struct past){.from = o->tau, .to = o->end, .was_told = o->is_confirmed};
}

static int
close_outage(struct diag *d, struct infra *i, const struct incident *by)
{
	struct incident *power = i->incidents[FAM_POWER];
	enum reason_what why = by ? REASON_LARGER : REASON_WHOLE_AGAIN;

	note_past(i);
	i->outage.is_on = false;
	if (power) {
		for (uint32_t m = 0; m < power->member_count; m++)
			if (infra_of(d, node_at(d, power->members[m]))->outage.is_on)
				return 0;
		return incident_close(d, power, by, why);
	}
	if (i->incidents[FAM_INFRA])
		return incident_close(d, i->incidents[FAM_INFRA], by, why);
	return 0;
}

/* Blamed in this tick: the outage goes on, or is another one, which ends the one before. */
static int
note_blamed(struct diag *d, struct infra *i)
{
	struct outage *o = &i->outage;
	const struct node *v = node_at(d, i->node);
	int rc = 0;

	if (o->is_on && abs(i->best_tau - o->tau) > 3 * d->W && v->last_ok > o->tau + d->W) {
		o->end = o->end == NEVER ? i->best_tau : o->end;
		rc = close_outage(d, i, NULL);
	}
	if (!o->is_on)
		*o = (struct outage){.is_on = true, .tau = i->best_tau, .since = d->now};
	o->tau = i->best_tau < o->tau ? i->best_tau : o->tau;
	o->S = i->best_S;
	o->end = NEVER;
	return rc;
}

static bool
is_switch(const struct node *v)
{
	return v->role == NODE_ACCESS || v->role == NODE_DIST;
}

/* A record whose node is not blamed in this tick: hidden, swallowed by a larger one, or over. */
static int
look_after(struct diag *d, struct infra *i)
{
	struct outage *o = &i->outage;
	const struct node *v = node_at(d, i->node), *a, *nearest = NULL;
	dtime above = FOREVER;
	bool is_told = i->incidents[FAM_INFRA] != NULL;

	EACH_UP(d, v, a)
	{
		const struct infra *k = infra_of(d, a);

		if (k->active_at != d->round || !k->is_blamed)
			continue;
		nearest = nearest ? nearest : a;
		above = k->best_tau < above ? k->best_tau : above;
	}
	if (nearest) {
		struct incident *larger = infra_of(d, nearest)->incidents[FAM_INFRA];

		if (!larger && o->is_confirmed && v->last_ok < o->tau)
			return 0; /* a larger suspicion that is not confirmed yet */
		if (above > o->tau + d->W && is_told) {
			o->is_masked = true;
			return 0;
		}
		if (o->end == NEVER)
			o->end = d->now;
		if (!larger && is_told)
			return 0; /* wait for it: it will take the incident over */
		return close_outage(d, i, larger);
	}
	if (o->is_masked) {
		o->is_masked = false;
		if (v->last_ok < o->tau) {
			o->end = NEVER;
			return 0;
		}
	}
	if (o->end == NEVER)
		o->end = d->now;
	if (i->incidents[FAM_INFRA] && incident_heal(d, i->incidents[FAM_INFRA]))
		return ERR_NOMEM;
	if (d->now - o->end > (is_told || i->incidents[FAM_POWER] ? CLOSE_AFTER(d)
			       : is_switch(v)			  ? FACT_AFTER(d)
								  : SETTLE(d)))
		return close_outage(d, i, NULL);
	return 0;
}

/* ---- is it sure enough? */

/* What v hangs on has answered since, or cannot be asked but through v. */
static bool
is_parent_known(const struct diag *d, const struct node *v, dtime tau)
{
	const struct node *p = v->parent == NONE ? NULL : node_at(d, v->parent);
	const struct infra *i = p ? infra_of(d, p) : NULL;

	if (!p || p->role == NODE_MONITOR || i->alive > tau)
		return true;
	return !p->ever && i->devices == NONE && v->next == NONE && v->prev == NONE;
}

static bool
is_ready(struct diag *d, const struct infra *i)
{
	const struct outage *o = &i->outage;
	const struct node *v = node_at(d, i->node), *c;
	struct outage_known known = {0};

	if (d->now - o->tau > CONFIRM_AGE(d))
		return true;
	if (d->now - o->since < SETTLE(d) || (v->ever && v->last_at <= o->tau) ||
	    !is_parent_known(d, v, o->tau))
		return false;
	EACH_KID(d, i, c)
	if (c->ever && c->last_at <= o->tau)
		return false;
	outage_known(d, v, o->tau, &known);
	return (double)known.measured > KNOWN_SHARE * (double)known.devices || !known.devices;
}

/* ---- the tick */

/* Something above v was out when v fell silent, and is back only now: what is below comes back bit
 * by bit, and is not to blame until it had its time. */
static bool
is_recovering(const struct diag *d, const struct node *v, dtime tau)
{
	dtime end = outage_told_end(d, v, false, tau, d->W);

	return end != NEVER && d->now - end < CLOSE_AFTER(d);
}

/* Devices that were out with v and are back. */
static int
were_out(struct diag *d, const struct node *v, const struct outage *o, struct list *out)
{
	const struct infra *i = infra_of(d, v);
	const struct node *c;
	int rc = 0;

	EACH_DEVICE(d, i, c)
	for (unsigned k = 0; k < c->run_count; k++)
		if (c->runs[k].first >= o->tau - SEC(1) && c->runs[k].first <= o->end) {
			rc |= list_add(out, c_i);
			break;
		}
	EACH_KID(d, i, c)
	rc |= were_out(d, c, o, out);
	return rc;
}

/* An outage that was over before it could be told is a fact if the switch has restarted in it, or
 * its link was seen to go, and more than one device was out with it. */
static bool
is_fact(struct diag *d, const struct infra *i)
{
	const struct outage *o = &i->outage;
	const struct node *v = node_at(d, i->node);
	struct list *devices = &d->scratch[3];
	dtime from = o->tau - d->C / 2, to = o->end + d->C / 2;
	bool is_fact = i->cold >= from && i->cold <= to;

	if (!is_switch(v))
		return false;
	for (unsigned k = 0; k < i->reset_count; k++)
		is_fact = is_fact || (i->resets[k] >= from && i->resets[k] <= to);
	for (unsigned k = 0; k < i->parent_count; k++) {
		const struct node *up = tree_find(d, i->parents[k].node);
		const struct port *p = !up || is_device(up)
					       ? NULL
					       : port_find(infra_of(d, up), i->parents[k].port);

		is_fact = is_fact || (p && p->changed >= from && p->changed <= to);
	}
	devices->n = 0;
	return is_fact && were_out(d, v, o, devices) == 0 && devices->n >= 2;
}

static bool
is_telling(struct diag *d, struct infra *i)
{
	struct outage *o = &i->outage;
	const struct node *v = node_at(d, i->node);
	bool is_told = i->incidents[FAM_INFRA] || i->incidents[FAM_POWER];
	bool ready;

	if (!o->is_on || o->is_masked || monitor_quiet(d, o->tau))
		return false;
	if (!is_told && is_recovering(d, v, o->tau))
		return false;
	if (!is_told && o->end != NEVER && !i->incidents[FAM_FLAP])
		return is_fact(d, i);
	ready = is_told || is_ready(d, i);
	if (ready && o->end == NEVER)
		o->is_confirmed = true;
	if (!ready || i->incidents[FAM_FLAP])
		return false;
	if (o->end != NEVER)
		return i->incidents[FAM_INFRA] &&
		       i->incidents[FAM_INFRA]->verdict != VERDICT_MAINTENANCE;
	return true;
}

static int
tell_all(struct diag *d, uint32_t *grouped_at)
{
	struct list *devices = &d->scratch[3];
	struct power_group g;
	int rc = 0;

	for (size_t k = 0; k < d->order.n && !rc; k++) {
		struct infra *i = &d->infras[d->order.v[k]];
		const struct incident *own;
		struct node *v = node_at(d, i->node);

		if (!i->outage.is_on || grouped_at[d->order.v[k]])
			continue;
		if (v->role == NODE_ACCESS && maintenance_of(d, v, i->outage.tau) == NONE) {
			power_gather(d, i, grouped_at, &g);
			if (g.count > 1) {
				bool ready = true;

				for (uint32_t m = 0; m < g.count; m++) {
					struct infra *x = infra_of(d, node_at(d, g.members[m]));

					grouped_at[x - d->infras] = 1;
					ready &= is_telling(d, x);
				}
				if (ready)
					rc = power_tell(d, &g);
				continue;
			}
		}
		if (i->incidents[FAM_POWER] || !is_telling(d, i))
			continue;
		own = i->incidents[FAM_INFRA];
		devices->n = 0;
		if (i->outage.end == NEVER)
			rc = dead_under(d, v, i->outage.tau, devices);
		else if (!own)
			rc = were_out(d, v, &i->outage, devices);
		if (own && !rc)
			rc = keep_affected(own, devices);
		if (!rc)
			rc = outage_tell(d, i, devices);
	}
	return rc;
}

int
tick_infra(struct diag *d)
{
	uint32_t *grouped_at;
	bool is_any = false;
	int rc = 0;

	for (size_t k = 0; k < d->active.n && !rc; k++)
		if (d->infras[d->active.v[k]].is_blamed)
			rc = note_blamed(d, &d->infras[d->active.v[k]]);
	for (size_t k = 0; k < d->order.n && !rc; k++) {
		struct infra *i = &d->infras[d->order.v[k]];
		bool is_blamed = i->active_at == d->round && i->is_blamed;

		if (i->outage.is_on && !is_blamed)
			rc = look_after(d, i);
		is_any |= i->outage.is_on;
	}
	if (rc || !is_any)
		return rc;
	grouped_at = calloc(d->infra_count, sizeof(*grouped_at));
	if (!grouped_at)
		return ERR_NOMEM;
	rc = tell_all(d, grouped_at);
	free(grouped_at);
	return rc;
}
