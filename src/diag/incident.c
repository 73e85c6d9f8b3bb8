/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Incidents as the engine keeps them, and the events that tell of them: one incident a cause, whose
 * blame may change while its number stays. A person is alerted when it opens, and again only when
 * it becomes another team's job.
 */
#include "engine.h"

#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

/* Another set of devices is told when a fifth of them has changed. */
enum { GROWN_PART = 5 };
static const float REFINED_STEP = 0.15f; /* of confidence */

struct incident *
incident_find(const struct diag *d, enum family family, uint32_t node)
{
	const struct node *n = node == NONE ? NULL : node_at(d, node);

	if (n && family < FAM_COUNT_INFRA)
		return n->infra == NONE ? NULL : infra_of(d, n)->incidents[family];
	if (n && family == FAM_DEVICE)
		return n->incident;
	for (struct incident *i = d->incidents; i; i = i->next)
		if (i->family == family && i->node == node)
			return i;
	return NULL;
}

static struct incident *
by_number(const struct diag *d, uint32_t number)
{
	for (struct incident *i = d->incidents; i; i = i->next)
		if (i->is_told && i->number == number)
			return i;
	return NULL;
}

struct incident *
incident_make(struct diag *d, enum family family, uint32_t node)
{
	struct incident *i = calloc(1, sizeof(*i));

	if (!i)
		return NULL;
	i->family = family;
	i->node = node;
	i->onset = i->opened = i->tau = i->range_from = i->range_to = NEVER;
	i->alerted = TEAM_NONE;
	i->next = d->incidents;
	if (i->next)
		i->next->prev = i;
	d->incidents = i;
	return i;
}

static void
forget_pointers(struct diag *d, const struct incident *incident)
{
	struct node *n = incident->node == NONE ? NULL : node_at(d, incident->node);

	if (n && !is_device(n))
		for (unsigned f = 0; f < FAM_COUNT_INFRA; f++)
			if (infra_of(d, n)->incidents[f] == incident)
				infra_of(d, n)->incidents[f] = NULL;
	for (uint32_t m = 0; m < incident->member_count; m++) {
		struct infra *i = infra_of(d, node_at(d, incident->members[m]));

		if (i && i->incidents[FAM_POWER] == incident)
			i->incidents[FAM_POWER] = NULL;
	}
	if (n && n->incident == incident)
		n->incident = NULL;
	if (incident->family != FAM_SERVICE && incident->family != FAM_CREDENTIALS)
		return;
	if (n && n->svc && n->svc->incident == incident)
		n->svc->incident = NULL;
	for (size_t k = 0; k < d->svc_bad.n; k++) {
		struct svc_state *svc = node_at(d, d->svc_bad.v[k])->svc;

		if (svc && svc->incident == incident)
			svc->incident = NULL;
	}
}

void
incident_free(struct diag *d, struct incident *i)
{
	forget_pointers(d, i);
	if (i->next)
		i->next->prev = i->prev;
	if (i->prev)
		i->prev->next = i->next;
	else
		d->incidents = i->next;
	free(i->devices);
	free(i->members);
	free(i);
}

/* ---- events */

static struct diag_event *
new_event(struct diag *d, const struct incident *i, enum incident_step step)
{
	struct diag_event *e;

	if (d->event_count == d->event_cap) {
		size_t cap = d->event_cap ? 2 * d->event_cap : 16;
		struct diag_event *grown = realloc(d->events, cap * sizeof(*grown));

		if (!grown)
			return NULL;
		d->events = grown;
		d->event_cap = cap;
	}
	e = &d->events[d->event_count++];
	*e = (struct diag_event){
		.step = step,
		.at_ms = diag_ms(d, d->now),
		.incident = i->number,
		.verdict = i->verdict,
		.blame = i->blame,
		.team = verdict_team(i->verdict),
		.confidence = i->confidence,
		.since_ms = diag_ms(d, i->onset),
	};
	return e;
}

static int
by_device(const void *a, const void *b)
{
	const struct incident_device *x = a, *y = b;

	return x->device < y->device ? -1 : x->device > y->device;
}

static int
tell_devices(struct diag *d, struct diag_event *e, const struct incident *i)
{
	struct incident_device *out = arena_take(d->arena, (i->device_count + 1) * sizeof(*out));

	if (!out)
		return ERR_NOMEM;
	for (uint32_t k = 0; k < i->device_count; k++) {
		const struct node *n = node_at(d, i->devices[k]);
		const struct dead_run *last = n->run_count ? &n->runs[n->run_count - 1] : NULL;

		out[k].device = n->id;
		if (n->fails) {
			out[k].since_ms = diag_ms(d, n->onset);
		} else if (last && last->last >= i->onset) {
			out[k].since_ms = diag_ms(d, last->first);
			out[k].until_ms = diag_ms(d, n->back);
		}
	}
	qsort(out, i->device_count, sizeof(*out), by_device);
	e->devices = out;
	e->device_count = i->device_count;
	return 0;
}

static int
by_weight(const void *a, const void *b)
{
	const struct diag_reason *x = a, *y = b;
	float wx = x->weight < 0 ? -x->weight : x->weight;
	float wy = y->weight < 0 ? -y->weight : y->weight;

	return wx < wy ? 1 : wx > wy ? -1 : (int)x->what - (int)y->what;
}

static void *
copy(struct diag *d, const void *from, size_t size)
{
	void *to = arena_take(d->arena, size + 1);

	if (to)
		memcpy(to, from, size);
	return to;
}

static int
tell_draft(struct diag *d, struct diag_event *e, const struct draft *draft)
{
	struct diag_reason *reasons =
		copy(d, draft->reasons, draft->reason_count * sizeof(*reasons));

	e->alts = copy(d, draft->alts, draft->alt_count * sizeof(*draft->alts));
	e->deciders = copy(d, draft->deciders, draft->decider_count * sizeof(*draft->deciders));
	if (!reasons || !e->alts || !e->deciders)
		return ERR_NOMEM;
	qsort(reasons, draft->reason_count, sizeof(*reasons), by_weight);
	e->reasons = reasons;
	e->reason_count = draft->reason_count;
	e->alt_count = draft->alt_count;
	e->decider_count = draft->decider_count;
	return 0;
}

/* ---- opening and changing */

/* Takes the devices over; how many have come or gone. */
static int
set_devices(struct incident *i, const uint32_t *devices, size_t count, size_t *changed)
{
	uint32_t *sorted = malloc((count + 1) * sizeof(*sorted));
	size_t a = 0, b = 0, n = 0;

	if (!sorted)
		return ERR_NOMEM;
	if (count)
		memcpy(sorted, devices, count * sizeof(*sorted));
	index_sort(sorted, count);
	for (size_t k = 0; k < count; k++)
		if (!n || sorted[k] != sorted[n - 1])
			sorted[n++] = sorted[k];
	*changed = 0;
	while (a < i->device_count || b < n) {
		if (b == n || (a < i->device_count && i->devices[a] < sorted[b])) {
			a++;
			++*changed;
		} else if (a == i->device_count || sorted[b] < i->devices[a]) {
			b++;
			++*changed;
		} else {
			a++;
			b++;
		}
	}
	free(i->devices);
	i->devices = sorted;
	i->device_count = (uint32_t)n;
	i->device_cap = (uint32_t)count + 1;
	return 0;
}

static bool
wants_alert(const struct incident *i, const struct draft *draft)
{
	enum team team = draft->team ? draft->team : verdict_team(draft->verdict);

	return !draft->no_alert && draft->verdict != VERDICT_MAINTENANCE && team != i->alerted;
}

int
incident_emit(struct diag *d, enum family family, uint32_t node, const struct draft *draft,
	      struct incident **slot)
{
	struct incident *i = *slot;
	size_t before, changed;
	enum incident_step step;
	struct diag_event *e;

	if (!i) {
		i = *slot = incident_make(d, family, node);
		if (!i)
			return ERR_NOMEM;
	}
	before = i->device_count;
	if (set_devices(i, draft->devices, draft->device_count, &changed))
		return ERR_NOMEM;
	if (!i->is_told)
		step = INCIDENT_OPENED;
	else if (i->verdict != draft->verdict || i->blame.type != draft->blame.type ||
		 i->blame.id != draft->blame.id)
		step = INCIDENT_REBLAMED;
	else if ((changed && changed * GROWN_PART >= before) || i->is_relapsed)
		step = INCIDENT_GROWN;
	else if (draft->confidence - i->confidence > REFINED_STEP ||
		 i->confidence - draft->confidence > REFINED_STEP)
		step = INCIDENT_REFINED;
	else
		return 0;
	i->verdict = draft->verdict;
	i->blame = draft->blame;
	i->confidence = (float)draft->confidence;
	i->onset = draft->onset;
	i->is_healed = i->is_healed && step == INCIDENT_REFINED;
	i->is_relapsed = false;
	if (i->is_muted)
		return 0;
	if (!i->is_told) {
		i->is_told = true;
		i->opened = d->now;
		i->number = d->next_number++;
	}
	e = new_event(d, i, step);
	if (!e)
		return ERR_NOMEM;
	if (draft->team)
		e->team = draft->team;
	e->is_alert =
		(step == INCIDENT_OPENED || step == INCIDENT_REBLAMED) && wants_alert(i, draft);
	if (e->is_alert)
		i->alerted = e->team;
	if (tell_devices(d, e, i))
		return ERR_NOMEM;
	return tell_draft(d, e, draft);
}

int
incident_heal(struct diag *d, struct incident *i)
{
	struct draft draft = {.verdict = i->verdict};
	struct diag_event *e;
	int rc;

	if (!i->is_told || i->is_muted || i->is_healed)
		return 0;
	i->is_healed = true;
	e = new_event(d, i, INCIDENT_HEALED);
	if (!e)
		return ERR_NOMEM;
	draft_reason(d, &draft, REASON_HEALED, i->node == NONE ? NULL : node_at(d, i->node), 0)
		->at_ms = diag_ms(d, d->now);
	rc = tell_devices(d, e, i);
	return rc ? rc : tell_draft(d, e, &draft);
}

int
incident_close(struct diag *d, struct incident *i, const struct incident *by, enum reason_what why)
{
	struct draft draft = {.verdict = i->verdict};
	struct diag_event *e;
	int rc = 0;

	if (i->is_told && !i->is_muted) {
		struct diag_reason *r;

		if (by && (!by->is_told || by == i))
			by = NULL;
		e = new_event(d, i, by ? INCIDENT_ADOPTED : INCIDENT_CLOSED);
		if (!e)
			return ERR_NOMEM;
		e->other = by ? by->number : 0;
		r = draft_reason(d, &draft, why, i->node == NONE ? NULL : node_at(d, i->node), 0);
		r->at_ms = diag_ms(d, d->now);
		rc = tell_devices(d, e, i);
		if (!rc)
			rc = tell_draft(d, e, &draft);
	}
	incident_free(d, i);
	return rc;
}

void
incidents_forget(struct diag *d, uint32_t node)
{
	struct incident *i = d->incidents, *next;

	for (; i; i = next) {
		next = i->next;
		for (uint32_t k = 0; k < i->device_count; k++)
			if (i->devices[k] == node) {
				memmove(&i->devices[k], &i->devices[k + 1],
					(i->device_count - k - 1) * sizeof(*i->devices));
				i->device_count--;
				break;
			}
		if (i->node == node && incident_close(d, i, NULL, REASON_NOT_WATCHED))
			d->is_failed = true;
	}
}

int
diag_overturn(struct diag *d, uint32_t number, enum verdict cause)
{
	struct incident *i = by_number(d, number);

	(void)cause; /* what it was is history: it does not change what is seen now */
	if (!i)
		return ERR_NOTFOUND;
	i->is_muted = true;
	return 0;
}

/* ---- drafts */

struct diag_reason *
draft_reason(const struct diag *d, struct draft *draft, enum reason_what what,
	     const struct node *node, double weight)
{
	struct diag_reason *r;

	(void)d;
	if (draft->reason_count == REASONS_MAX)
		draft->reason_count--; /* the last one gives way */
	r = &draft->reasons[draft->reason_count++];
	*r = (struct diag_reason){
		.what = (uint16_t)what, .node = node ? node->id : 0, .weight = (float)weight};
	return r;
}

struct diag_reason *
draft_decider(const struct diag *d, struct draft *draft, enum reason_what what,
	      const struct node *node)
{
	struct diag_reason *r;

	(void)d;
	if (draft->decider_count == DECIDERS_MAX)
		draft->decider_count--;
	r = &draft->deciders[draft->decider_count++];
	*r = (struct diag_reason){.what = (uint16_t)what, .node = node ? node->id : 0};
	return r;
}

void
draft_alt(const struct diag *d, struct draft *draft, enum verdict verdict, const struct node *node,
	  double share)
{
	size_t at = draft->alt_count;

	(void)d;
	if (draft->alt_count == INCIDENT_ALTS_MAX)
		return;
	while (at > 0 && draft->alts[at - 1].share < share) {
		draft->alts[at] = draft->alts[at - 1];
		at--;
	}
	draft->alts[at] = (struct verdict_alt){
		.verdict = verdict,
		.blame = {.type = BLAME_NODE, .id = node->id},
		.share = (float)share,
	};
	draft->alt_count++;
}

void
draft_blame(const struct diag *d, struct draft *draft, enum verdict verdict,
	    const struct node *node, double confidence)
{
	(void)d;
	draft->verdict = verdict;
	draft->blame = (struct blame){.type = BLAME_NODE, .id = node->id};
	draft->confidence = confidence;
}
