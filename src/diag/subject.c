/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What is known of one probed address: its last polls in the order in which they were measured,
 * since when it is silent, and its last drop-outs.
 */
#include "engine.h"

#include "keepwatch/err.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A whole poll (three echoes and the services) of a reachable device is lost at least this often;
 * and the chance grows with the loss of the site: five tries for a device, three for a switch's
 * ping. */
static const double MISS_FLOOR = 0.004;
enum { MISS_TRIES_DEVICE = 5, MISS_TRIES_SWITCH = 3 };
/* The same for a switch that only answers SNMP: one request, one retry. */
static const double MISS_SNMP_ONLY = 0.12;
static const double LATE_MISS = 0.6;  /* while the monitor is overloaded */
static const double SITE_RATE = 0.02; /* weight of a new poll in a site's averages */
static const double SVC_RATE = 0.01;  /* in that of timeouts: they are rare */

/* q, or the overloaded monitor's. */
static double
miss_of(const struct diag *d, double q)
{
	return d->monitor.trouble == MONITOR_OVERLOAD ? LATE_MISS : q;
}

unsigned
poll_count(const struct poll *p, enum service_state state)
{
	unsigned n = 0;

	for (unsigned s = 0; s < EVIDENCE_SERVICES; s++)
		n += poll_service(p, s) == state;
	return n;
}

void
subject_set_failing(struct diag *d, struct node *n, bool is_failing)
{
	if (is_failing == n->is_failing)
		return;
	if (is_failing) {
		if (list_add(&d->failing, index_of(d, n))) {
			d->is_failed = true;
			return;
		}
		n->fail_pos = (uint32_t)d->failing.n - 1;
	} else {
		uint32_t last = d->failing.v[--d->failing.n];

		d->failing.v[n->fail_pos] = last;
		node_at(d, last)->fail_pos = n->fail_pos;
	}
	n->is_failing = is_failing;
}

static void
ring_insert(struct node *n, const struct poll *poll)
{
	unsigned back = 0;

	while (back < n->ring_count && poll_back(n, back)->at > poll->at)
		back++;
	if (back == RING)
		return; /* older than all that is looked at */
	n->ring_head = (uint8_t)((n->ring_head + 1) % RING);
	if (n->ring_count < RING)
		n->ring_count++;
	for (unsigned i = 0; i < back; i++)
		*poll_back(n, i) = *poll_back(n, i + 1);
	*poll_back(n, back) = *poll;
}

static int
add_run(struct diag *d, struct node *n, const struct dead_run *run)
{
	unsigned pos = n->run_count;

	if (few_grow(d, &n->runs, n->run_count, RUNS_MAX, sizeof(*n->runs)))
		return ERR_NOMEM;
	while (pos > 0 && n->runs[pos - 1].first > run->first)
		pos--;
	if (n->run_count == RUNS_MAX) {
		if (pos == 0)
			return 0;
		memmove(n->runs, n->runs + 1, (RUNS_MAX - 1) * sizeof(*n->runs));
		n->run_count--;
		pos--;
	}
	memmove(&n->runs[pos + 1], &n->runs[pos], (n->run_count - pos) * sizeof(*n->runs));
	n->runs[pos] = *run;
	n->run_count++;
	return 0;
}

/* It has answered between the two, or that is too long ago to tell. */
static bool
has_answered(const struct node *n, dtime from, dtime to)
{
	for (unsigned k = 0; k < n->ring_count; k++) {
		const struct poll *p = poll_back(n, k);

		if (p->at <= from)
			return false;
		if (p->alive && p->at < to)
			return true;
	}
	return n->ring_count == RING;
}

/* A lost poll that comes late belongs to the run that it borders on, and may close a gap. */
static bool
join_run(struct node *n, dtime at)
{
	struct dead_run *before = NULL, *after = NULL;

	for (unsigned r = 0; r < n->run_count; r++) {
		if (n->runs[r].last < at)
			before = &n->runs[r];
		else if (!after)
			after = &n->runs[r];
	}
	if (before && has_answered(n, before->last, at))
		before = NULL;
	if (after && has_answered(n, at, after->first))
		after = NULL;
	if (before && after) {
		before->last = after->last;
		before->polls += after->polls + 1;
		memmove(after, after + 1,
			(size_t)(&n->runs[n->run_count] - (after + 1)) * sizeof(*after));
		n->run_count--;
	} else if (before) {
		before->last = at;
		before->polls++;
	} else if (after) {
		after->first = at;
		after->polls++;
	}
	return before || after;
}

static int
note_lost(struct diag *d, struct node *n, dtime at)
{
	struct dead_run *last = n->run_count ? &n->runs[n->run_count - 1] : NULL;

	if (last && n->last_ok < last->last && at > n->last_ok) {
		last->first = at < last->first ? at : last->first;
		last->last = at > last->last ? at : last->last;
		last->polls++;
		return 0;
	}
	for (unsigned r = 0; r < n->run_count; r++)
		if (at >= n->runs[r].first && at <= n->runs[r].last) {
			n->runs[r].polls++;
			return 0;
		}
	if (join_run(n, at))
		return 0;
	return add_run(d, n, &(struct dead_run){.first = at, .last = at, .polls = 1});
}

int
subject_restore_run(struct diag *d, struct node *n, dtime from, dtime back)
{
	dtime last = back - (dtime)n->period;
	struct dead_run run = {.first = from, .last = last > from ? last : from};

	for (unsigned r = 0; r < n->run_count; r++)
		if (from <= n->runs[r].last && back > n->runs[r].first)
			return 0; /* it is known */
	if (back <= from)
		return 0;
	run.polls = (uint32_t)(run.last - from) / (n->period ? n->period : 1) + 1;
	if (add_run(d, n, &run))
		return ERR_NOMEM;
	if (n->back < back)
		n->back = back;
	return 0;
}

static void
recount(struct node *n)
{
	unsigned i;

	n->onset = NEVER;
	for (i = 0; i < n->ring_count && !poll_back(n, i)->alive; i++)
		n->onset = poll_back(n, i)->at;
	n->fails = (uint16_t)i;
	if (i && i == n->ring_count && n->run_count && n->runs[n->run_count - 1].first < n->onset &&
	    n->runs[n->run_count - 1].first > n->last_ok)
		n->onset = n->runs[n->run_count - 1].first;
}

static void
note_alive(struct diag *d, struct node *n, dtime at)
{
	const struct node *a;
	struct infra *i = infra_of(d, n);

	if (at > n->last_ok) {
		n->last_ok = at;
		if (n->run_count && n->back < n->runs[n->run_count - 1].last)
			n->back = at;
	}
	n->ever = true;
	if (i && i->alive >= at)
		return;
	if (i)
		i->alive = at;
	EACH_UP(d, n, a)
	{
		struct infra *up = infra_of(d, a);

		if (up->alive >= at)
			break;
		up->alive = at;
	}
}

int
subject_poll(struct diag *d, struct node *n, const struct poll *poll, double llr)
{
	const struct poll *newest = n->ring_count ? poll_back(n, 0) : NULL;
	int rc = 0;

	if (!poll->alive && monitor_lost(d, poll->at))
		return 0;
	if (!poll->alive && newest && !newest->alive && poll->at >= newest->at &&
	    poll->at - newest->at < (dtime)n->period / 6) {
		n->last_at = poll->at; /* a quick retry is no independent poll */
		n->runs[n->run_count - 1].last = poll->at;
		return 0;
	}
	ring_insert(n, poll);
	n->last_at = poll_back(n, 0)->at;
	if (poll->alive) {
		note_alive(d, n, poll->at);
	} else {
		rc = note_lost(d, n, poll->at);
		if (is_device(n) && n->parent != NONE) {
			struct infra *i = infra_of(d, node_at(d, n->parent));

			i->lost = poll->at > i->lost ? poll->at : i->lost;
		}
	}
	recount(n);
	n->lam = (float)(llr * n->fails);
	subject_set_failing(d, n, n->fails > 0);
	return rc;
}

/* Nothing but NONE (0) and OK (1). */
static bool
is_well(const struct poll *p)
{
	return (p->svc & ~0x249) == 0;
}

/* A service that is dead says nothing of the path: only those count that answered before. */
static void
note_site(struct site *s, double loss, const struct poll *p, const struct poll *before)
{
	unsigned timeouts = 0, probed = 0;

	s->loss += SITE_RATE * (loss - s->loss);
	if (before && before->svc == p->svc && p->svc && is_well(p)) {
		s->svc_timeout -= SVC_RATE * s->svc_timeout; /* as nearly always */
		return;
	}
	for (unsigned k = 0; before && k < EVIDENCE_SERVICES; k++) {
		if (poll_service(before, k) != SERVICE_OK || poll_service(p, k) == SERVICE_NONE)
			continue;
		probed++;
		timeouts += poll_service(p, k) == SERVICE_TIMEOUT;
	}
	if (probed && (timeouts < probed || probed == 1))
		s->svc_timeout += SVC_RATE * ((double)timeouts / probed - s->svc_timeout);
}

/* A service that was asked for apart from the ping: goes with the poll that is there. */
static int
lone_service(struct diag *d, struct node *n, const struct poll *p)
{
	struct poll *newest = n->ring_count ? poll_back(n, 0) : NULL;

	if (!newest || !newest->alive || abs(p->at - newest->at) > (dtime)n->period)
		return 0;
	for (unsigned s = 0; s < EVIDENCE_SERVICES; s++)
		if (poll_service(p, s) != SERVICE_NONE) {
			newest->svc &= (uint16_t) ~(7u << 3 * s);
			newest->svc |= (uint16_t)((unsigned)poll_service(p, s) << 3 * s);
		}
	return service_update(d, n);
}

int
subject_take_device(struct diag *d, const struct evidence *e)
{
	struct node *n = tree_find(d, e->node);
	const struct evidence_poll *in = &e->poll;
	struct poll p = {.at = diag_time(d, e->at_ms)};
	bool all_ok = true, was_ok, answered = in->answered > 0;
	struct site *s;
	double loss, llr = 0;
	int rc;

	if (!n || !is_device(n))
		return ERR_NOTFOUND;
	if (in->answered > in->sent)
		return ERR_RANGE;
	for (unsigned k = 0; k < EVIDENCE_SERVICES; k++) {
		if (in->service[k] >= SERVICE_STATE_COUNT)
			return ERR_RANGE;
		p.svc |= (uint16_t)(in->service[k] << 3 * k);
		answered |= in->service[k] != SERVICE_NONE && in->service[k] != SERVICE_TIMEOUT;
		all_ok &= in->service[k] == SERVICE_NONE || in->service[k] == SERVICE_OK;
	}
	s = &d->sites[n->site];
	was_ok = !n->ring_count || is_well(poll_back(n, 0));
	p.alive = answered;
	n->pinged |= in->answered > 0;
	if (!in->sent && !answered && n->pinged)
		return lone_service(d, n, &p);
	loss = in->answered < in->sent ? 1 - (double)in->answered / in->sent : 0;
	if (loss > 0)
		p.loss = (uint8_t)lrint(loss * LOSS_SCALE);
	if (answered && loss < 1)
		note_site(s, loss, &p, n->ring_count ? poll_back(n, 0) : NULL);
	/* Only silence is weighed. */
	if (!answered || n->fails)
		llr = log(miss_of(d, MISS_FLOOR + pow(s->loss, MISS_TRIES_DEVICE)));
	rc = subject_poll(d, n, &p, llr);
	if (!rc && answered && (!all_ok || !was_ok || n->svc || n->arp_foreign != NEVER))
		rc = service_update(d, n);
	return rc;
}

int
subject_take_switch(struct diag *d, struct node *n, const struct evidence_switch *in, dtime at)
{
	struct poll p = {.at = at, .alive = in->answered > 0 || in->snmp == SNMP_STATE_OK};
	double q;

	if (!in->sent && in->snmp == SNMP_STATE_NONE)
		return 0;
	q = in->sent ? MISS_FLOOR + pow(d->sites[n->site].loss, MISS_TRIES_SWITCH) : MISS_SNMP_ONLY;
	if (in->sent && in->answered)
		p.loss = (uint8_t)lrint((1 - (double)in->answered / in->sent) * LOSS_SCALE);
	return subject_poll(d, n, &p, log(miss_of(d, q)));
}

/* About how many were lost before `ring`, where the ring begins: as many as fit into the dead runs.
 */
static unsigned
lost_before(const struct node *n, dtime from, dtime to, dtime ring)
{
	unsigned count = 0;

	to = to < ring ? to : ring - 1;
	for (unsigned r = 0; r < n->run_count; r++) {
		dtime first = n->runs[r].first > from ? n->runs[r].first : from;
		dtime last = n->runs[r].last < to ? n->runs[r].last : to;

		if (first <= last && n->period)
			count += (unsigned)(last - first) / n->period + 1;
	}
	return count;
}

unsigned
subject_lost(const struct node *n, dtime from, dtime to)
{
	unsigned count = 0;

	for (unsigned i = 0; i < n->ring_count; i++) {
		const struct poll *p = poll_back(n, i);

		count += !p->alive && p->at >= from && p->at <= to;
	}
	if (n->ring_count == RING && poll_back(n, RING - 1)->at > from)
		count += lost_before(n, from, to, poll_back(n, RING - 1)->at);
	return count;
}

void
subject_forget_lost(struct diag *d, struct node *n, dtime from, dtime to)
{
	float each = n->fails ? n->lam / (float)n->fails : 0;
	struct dead_run *last = n->run_count ? &n->runs[n->run_count - 1] : NULL;
	struct poll kept[RING];
	unsigned count = 0;

	for (unsigned k = n->ring_count; k-- > 0;) {
		const struct poll *p = poll_back(n, k);

		if (p->alive || p->at < from || p->at > to)
			kept[count++] = *p;
	}
	if (count == n->ring_count)
		return;
	memcpy(n->ring, kept, count * sizeof(kept[0]));
	n->ring_count = (uint8_t)count;
	n->ring_head = (uint8_t)(count ? count - 1 : 0);
	if (last && last->first >= from && last->first <= to) {
		if (last->last <= to) {
			n->run_count--;
		} else {
			last->first = last->last;
			last->polls = 0;
			for (unsigned k = 0; k < count && !poll_back(n, k)->alive; k++) {
				last->first = poll_back(n, k)->at;
				last->polls++;
			}
		}
	}
	recount(n);
	n->lam = each * n->fails;
	subject_set_failing(d, n, n->fails > 0);
}
