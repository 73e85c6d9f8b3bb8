/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What drops out together, though never for long: a switch that hangs or restarts now and then is
 * told from the drop-outs of the devices on it, without anything from the switch itself. Drop-outs
 * that overlap make a burst; devices that take part again and again, at odds that chance does not
 * have, convict the switch. The device that drops out most is left out of the account: one bad
 * camera must not incriminate the switch.
 */
#include "flap.h"

#include "keepwatch/err.h"

#include <math.h>
#include <stdlib.h>

/* Nats: to be believed with three bursts; with two. Two bursts could be one visit of somebody with
 * a plug in his hand, so the coincidence has to be better. */
#define CONVINCED_THREE 6.0
#define CONVINCED_TWO	8.0
enum {
	RECENT_CYCLES = 3, /* a lost poll makes its switch worth a look for so long */
	STEADY_CYCLES = 3, /* a link that came and went is over then */
	HEALTHY_CYCLES = 2,
	QUIET_CYCLES = 20, /* then it is over: three times the usual gap of bursts */
	MIN_AGE_CYCLES = 2,
	UPPER_OUTAGES = 3,
	ALONE_CYCLES = 2, /* so long nothing speaks for what is above the switch */
	LOSS_ROUNDS = 2,  /* of loss.c */
};

static bool
is_hidden(const struct diag *d, const struct node *v)
{
	const struct node *a;

	if (d->monitor.trouble != MONITOR_FINE)
		return true;
	EACH_UP(d, flap_top(d, v), a)
	{
		const struct infra *i = infra_of(d, a);

		if (i && i->incidents[FAM_INFRA])
			return true;
	}
	return false;
}

/* Packets are lost all the time on its way, not in bursts. */
static bool
is_lossy(const struct diag *d, const struct infra *i)
{
	const struct node *a;

	if (i->incidents[FAM_LOSS] || i->loss_score >= LOSS_ROUNDS)
		return true;
	EACH_UP(d, node_at(d, i->node), a)
	{
		const struct infra *up = infra_of(d, a);

		if (up->incidents[FAM_LOSS] || up->loss_score >= LOSS_ROUNDS)
			return true;
	}
	return false;
}

/* The switch's parent has forwarded since `at`: what the switch suffers is its own. */
static bool
is_alone(const struct diag *d, const struct node *v, dtime at)
{
	const struct node *top = flap_top(d, v), *up, *c;

	if (top->parent == NONE || d->now - at > ALONE_CYCLES * d->C)
		return true;
	up = node_at(d, top->parent);
	if (up->role == NODE_MONITOR || up->last_ok > at)
		return true;
	EACH_KID(d, infra_of(d, up), c)
	{
		if (c != top && infra_of(d, c)->alive > at)
			return true;
	}
	EACH_DEVICE(d, infra_of(d, up), c)
	{
		if (c->last_ok > at)
			return true;
	}
	return false;
}

/* Another switch of the site drops out at these times, at better odds: devices that nobody has seen
 * here may hang there. */
static bool
is_of_neighbour(struct diag *d, const struct infra *i, const struct coincidence *c, int *rc)
{
	const struct node *v = node_at(d, i->node);
	const struct site *s = v->site == NONE ? NULL : &d->sites[v->site];
	bool is_found = false;

	for (size_t k = FLAP_SWITCH + 1; k < c->member_count; k++) {
		if (c->members[k].bursts > 0 && is_seen(node_at(d, c->members[k].node)))
			return false;
	}
	for (uint32_t k = 0; s && k < s->access_count && !is_found && *rc == 0; k++) {
		struct infra *other = infra_of(d, node_at(d, s->access[k]));
		unsigned same = 0;
		struct coincidence o;

		if (other == i || other->flap || other->lost < c->bursts[0].first ||
		    !flap_weigh(d, other, &o, rc) || o.llr <= c->llr)
			continue;
		for (unsigned b = 0; b < c->burst_count; b++) {
			for (unsigned k2 = 0; k2 < o.burst_count; k2++)
				same += c->bursts[b].first <= o.bursts[k2].last + d->C / 2 &&
					c->bursts[b].last >= o.bursts[k2].first - d->C / 2;
		}
		is_found = same >= 2;
	}
	return is_found;
}

static unsigned
restarts_of(const struct diag *d, const struct infra *i)
{
	unsigned n = 0;

	for (unsigned k = 0; k < i->reset_count; k++)
		n += i->resets[k] > d->now - FLAP_HISTORY_CYCLES * d->C;
	return n;
}

static bool
is_convincing(const struct diag *d, const struct coincidence *c, unsigned restarts)
{
	if (d->now - c->bursts[0].first <= MIN_AGE_CYCLES * d->C)
		return false;
	if (c->convicting >= 3)
		return c->llr > CONVINCED_THREE;
	if (c->convicting < 2)
		return false;
	return c->llr > CONVINCED_TWO || (restarts >= 2 && c->llr > CONVINCED_THREE);
}

/* Between two bursts all works: it is told, once it has lasted a little. */
static int
note_health(struct diag *d, struct infra *i)
{
	struct incident *flap = i->incidents[FAM_FLAP];
	dtime quiet = d->now - i->flap->last;

	if (!flap)
		return 0;
	for (uint32_t k = 0; k < flap->device_count; k++) {
		if (node_at(d, flap->devices[k])->fails)
			quiet = 0;
	}
	if (quiet > HEALTHY_CYCLES * d->C)
		return incident_heal(d, flap);
	flap->is_relapsed = flap->is_healed;
	return 0;
}

static int
look_at(struct diag *d, struct infra *i)
{
	const struct node *v = node_at(d, i->node);
	unsigned restarts = restarts_of(d, i);
	struct coincidence c;
	int rc = 0;

	if (i->flap)
		rc = note_health(d, i);
	if (rc)
		return rc;
	if (!is_hidden(d, v) && flap_weigh(d, i, &c, &rc) && is_convincing(d, &c, restarts) &&
	    (i->flap || (!is_lossy(d, i) && is_alone(d, v, c.bursts[c.burst_count - 1].first) &&
			 !is_of_neighbour(d, i, &c, &rc))) &&
	    rc == 0)
		rc = flap_tell(d, i, &c, restarts);
	if (rc == 0 && i->flap &&
	    d->now - i->flap->last > (i->flap->is_link ? STEADY_CYCLES : QUIET_CYCLES) * d->C)
		rc = flap_close(d, i);
	return rc;
}

/* Devices below that dropped out in one of the bursts; counted only, until there is room. */
static void
take_below(const struct diag *d, const struct infra *i, struct coincidence *c)
{
	const struct node *n;

	EACH_DEVICE(d, i, n)
	{
		bool is_hit = false;

		for (unsigned r = 0; r < n->run_count; r++) {
			for (unsigned b = 0; b < c->burst_count; b++)
				is_hit |= n->runs[r].first <= c->bursts[b].last &&
					  n->runs[r].last >= c->bursts[b].first;
		}
		c->devices += !c->members && n->ever;
		if (is_hit && c->members)
			c->members[c->member_count] = (struct member){.node = index_of(d, n)};
		c->member_count += is_hit;
	}
	EACH_KID(d, i, n)
	take_below(d, infra_of(d, n), c);
}

/* What stands above others is seen to be out as a whole: again and again is one fault. */
static int
look_at_upper(struct diag *d, struct infra *i)
{
	const struct node *v = node_at(d, i->node);
	dtime from = d->now - FLAP_HISTORY_CYCLES * d->C;
	struct coincidence c = {0};

	for (unsigned k = 0; k < i->past_count; k++) {
		const struct past *p = &i->past[k];

		if (p->was_told && p->from > from && p->from > i->flap_from &&
		    !flap_is_excused(d, v, p->from))
			c.bursts[c.burst_count++] = (struct dead_run){p->from, p->to, 1};
	}
	if (!is_hidden(d, v) && c.burst_count >= UPPER_OUTAGES) {
		take_below(d, i, &c);
		c.members = arena_take(d->arena, (c.member_count + 1) * sizeof(*c.members));
		if (!c.members)
			return ERR_NOMEM;
		c.member_count = FLAP_SWITCH + 1;
		take_below(d, i, &c);
		c.involved = c.lost = c.lost_inside = (unsigned)c.member_count - 1;
		c.llr = (c.burst_count - 1) * -prior_of(v);
		return flap_tell(d, i, &c, restarts_of(d, i));
	}
	if (i->flap && d->now - i->flap->last > QUIET_CYCLES * d->C)
		return flap_close(d, i);
	return 0;
}

int
tick_flap(struct diag *d)
{
	for (uint32_t k = 0; k < d->infra_count; k++) {
		struct infra *i = &d->infras[k];
		uint8_t role = node_at(d, i->node)->role;
		int rc = 0;

		if ((role == NODE_DIST || role == NODE_CORE) &&
		    (i->flap || i->past_count >= UPPER_OUTAGES))
			rc = look_at_upper(d, i);
		if (rc < 0)
			return rc;
		if (!i->flap && i->lost < d->now - RECENT_CYCLES * d->C)
			continue;
		if (role != NODE_ACCESS)
			continue;
		rc = look_at(d, i);
		if (rc < 0)
			return rc;
	}
	return 0;
}

bool
flap_burst_at(const struct flap_state *flap, dtime at, dtime slack)
{
	for (unsigned b = 0; b < flap->burst_count; b++) {
		if (at >= flap->bursts[b].first - slack && at <= flap->bursts[b].last + slack)
			return true;
	}
	return false;
}

bool
flap_hit(const struct diag *d, uint32_t site, dtime at, dtime slack)
{
	const struct site *s = site == NONE ? NULL : &d->sites[site];

	for (uint32_t k = 0; s && k < s->access_count; k++) {
		const struct flap_state *flap = infra_of(d, node_at(d, s->access[k]))->flap;

		if (flap && flap_burst_at(flap, at, slack))
			return true;
	}
	return false;
}

/* For the device that drops out by itself (lone.c): its switch is under suspicion. */
bool
flap_is_suspected(struct diag *d, struct infra *i, int *rc)
{
	struct coincidence c;

	return flap_weigh(d, i, &c, rc) && c.llr > CONVINCED_THREE / 2;
}
