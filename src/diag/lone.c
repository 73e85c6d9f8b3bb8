/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A device that drops out again and again while its neighbours stay up: its cable, if the port
 * counts errors, else itself. Drop-outs that something else explains do not count.
 */
#include "engine.h"

enum {
	HISTORY_CYCLES = 20,
	RECENT_CYCLES = 2, /* only what dropped out just now is looked at */
	RUNS_WANTED = 3,   /* once is a restart, twice a restart after an update */
	POLLS_WANTED = 4,  /* single lost polls are losses */
	SHARED_SITE = 2,   /* drop-outs that two devices of a site do not share by chance */
	ERROR_CYCLES = 12,
	ERRORS_WANTED = 15, /* a sound port has none; a hard restart of a camera makes a few */
	WORN_ERRORS = 60,   /* so many, in so many readings, and one drop-out will do */
	WORN_READINGS = 4,
	TOGETHER_SECONDS = 45,
	FLAP_SECONDS = 40,
	OTHER_SECONDS = 20,
};

/* An outage of something else at the site, for a device that may hang somewhere else. */
static bool
is_elsewhere(const struct diag *d, const struct node *n, dtime at)
{
	if (is_seen(n))
		return false;
	for (uint32_t k = 0; k < d->infra_count; k++) {
		const struct infra *i = &d->infras[k];

		if (node_at(d, i->node)->site != n->site)
			continue;
		for (unsigned p = 0; p < i->past_count; p++) {
			if (at >= i->past[p].from - SEC(OTHER_SECONDS) &&
			    at <= i->past[p].to + SEC(OTHER_SECONDS))
				return true;
		}
	}
	return false;
}

static bool
is_explained(const struct diag *d, const struct node *n, dtime at)
{
	return monitor_hit(d, at) || in_outage(d, n, at, d->W, d->W) ||
	       flap_hit(d, n->site, at, SEC(FLAP_SECONDS)) || is_elsewhere(d, n, at) ||
	       maintenance_of(d, n, at) != NONE;
}

/* c dropped out with this run of another. */
static bool
drops_with(const struct node *c, const struct dead_run *run)
{
	for (unsigned r = 0; r < c->run_count; r++) {
		if (c->runs[r].first >= run->first - SEC(TOGETHER_SECONDS) &&
		    c->runs[r].first <= run->last + SEC(TOGETHER_SECONDS))
			return true;
	}
	return false;
}

/* A neighbour dropped out with this run. */
static bool
is_shared(const struct diag *d, const struct infra *i, const struct node *n,
	  const struct dead_run *run)
{
	const struct node *c;

	EACH_DEVICE(d, i, c)
	{
		if (c != n && drops_with(c, run))
			return true;
	}
	return false;
}

/* Nobody knows where it is, and a device of the site, wherever that is, dropped out with it again
 * and again: they may hang on one switch. */
static bool
has_companion(const struct diag *d, const struct node *n)
{
	const struct site *s = n->site == NONE ? NULL : &d->sites[n->site];
	const struct node *c;

	for (uint32_t k = 0; s && !is_seen(n) && k < s->access_count; k++) {
		EACH_DEVICE(d, infra_of(d, node_at(d, s->access[k])), c)
		{
			unsigned shared = 0;

			for (unsigned r = 0;
			     c != n && c->run_count >= SHARED_SITE && r < n->run_count; r++)
				shared += drops_with(c, &n->runs[r]);
			if (shared >= SHARED_SITE)
				return true;
		}
	}
	return false;
}

/* Its port counts errors all the time. */
static bool
is_worn(const struct diag *d, const struct infra *i, const struct node *n)
{
	const struct port *p = n->port && is_seen(n) ? port_find(i, n->port) : NULL;
	unsigned readings = 0, errors = 0;

	for (unsigned k = 0; p && k < p->error_count; k++) {
		if (p->errors[k].at <= d->now - ERROR_CYCLES * d->C)
			continue;
		readings++;
		errors += p->errors[k].count;
	}
	return readings >= WORN_READINGS && errors >= WORN_ERRORS;
}

static bool
drops_out(const struct diag *d, const struct infra *i, const struct node *n, unsigned *runs,
	  dtime *first)
{
	unsigned polls = 0;

	*runs = 0;
	for (unsigned r = 0; r < n->run_count; r++) {
		const struct dead_run *run = &n->runs[r];

		if (run->last <= d->now - HISTORY_CYCLES * d->C || is_explained(d, n, run->first) ||
		    is_shared(d, i, n, run))
			continue;
		if (*runs == 0)
			*first = run->first;
		++*runs;
		polls += run->polls;
	}
	if (*runs > 0 && is_worn(d, i, n))
		return true;
	return *runs >= RUNS_WANTED && polls >= POLLS_WANTED && !has_companion(d, n);
}

/* Something above it is under suspicion, or it is told of already. */
static bool
is_taken(const struct diag *d, const struct node *n)
{
	const struct node *a;

	if (n->incident || n->overturned || !n->ever || is_below_outage(d, n, false))
		return true;
	EACH_UP(d, n, a)
	{
		const struct infra *i = infra_of(d, a);

		if (i && (i->incidents[FAM_LOSS] || i->incidents[FAM_FLAP]))
			return true;
	}
	return false;
}

static int
tell(struct diag *d, const struct infra *i, struct node *n, unsigned runs, dtime first)
{
	unsigned errors = n->port ? port_errors(i, n->port, d->now - ERROR_CYCLES * d->C) : 0;
	bool is_visible = i->walk != NEVER && is_seen(n), is_cable = errors > ERRORS_WANTED;
	enum verdict verdict = is_cable ? VERDICT_CABLE_PORT : VERDICT_DEVICE_HW;
	const struct node *sw = node_at(d, i->node);
	uint32_t self = index_of(d, n);
	struct draft draft = {.onset = first, .devices = &self, .device_count = 1};
	struct diag_reason *r;
	int rc;

	draft_blame(d, &draft, verdict, n, is_visible ? 0.85 : 0.5);
	r = draft_reason(d, &draft, REASON_DROPS_ALONE, n, 4);
	r->n = runs;
	r->at_ms = diag_ms(d, first);
	if (is_cable) {
		r = draft_reason(d, &draft, REASON_PORT_ERRORS, sw, 3);
		r->port = n->port;
		r->n = errors;
	} else if (is_visible) {
		r = draft_reason(d, &draft, REASON_NO_ERRORS, sw, 1);
		r->port = n->port;
	} else {
		draft_reason(d, &draft, is_seen(n) ? REASON_PORT_UNREADABLE : REASON_PLACE_UNKNOWN,
			     is_seen(n) ? sw : n, 0);
	}
	if (!is_visible) {
		draft_alt(d, &draft, is_cable ? VERDICT_DEVICE_HW : VERDICT_CABLE_PORT, n, 0.4);
		draft_decider(d, &draft, REASON_ASK_SWAP, n);
	}
	rc = incident_emit(d, FAM_DEVICE, self, &draft, &n->incident);
	if (rc == 0 && n->incident)
		n->incident->is_flapping = true;
	return rc;
}

static int
look_at(struct diag *d, struct infra *i)
{
	bool is_suspect = false, is_known = false;
	struct node *n;
	int rc = 0;

	EACH_DEVICE(d, i, n)
	{
		unsigned runs;
		dtime first = d->now;

		if (n->run_count == 0 ||
		    n->runs[n->run_count - 1].last <= d->now - RECENT_CYCLES * d->C ||
		    (n->run_count < RUNS_WANTED && !is_worn(d, i, n)))
			continue;
		if (is_taken(d, n) || !drops_out(d, i, n, &runs, &first))
			continue;
		if (!is_known)
			is_suspect = flap_is_suspected(d, i, &rc);
		is_known = true;
		if (rc == 0 && !is_suspect)
			rc = tell(d, i, n, runs, first);
		if (rc < 0)
			return rc;
	}
	return 0;
}

int
tick_lone(struct diag *d)
{
	if (d->monitor.trouble != MONITOR_FINE)
		return 0;
	for (uint32_t k = 0; k < d->infra_count; k++) {
		struct infra *i = &d->infras[k];
		int rc;

		if (i->lost <= d->now - RECENT_CYCLES * d->C || i->outage.is_on)
			continue;
		rc = look_at(d, i);
		if (rc < 0)
			return rc;
	}
	return 0;
}
