/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The incident of an intermittent switch: it takes over what was opened for its parts.
 */
#include "flap.h"

#include "keepwatch/err.h"

#include <math.h>
#include <stdlib.h>

static void
draft_flap(const struct diag *d, const struct infra *i, const struct coincidence *c,
	   unsigned restarts, struct draft *draft)
{
	const struct node *v = node_at(d, i->node);
	const struct dead_run *last = &c->bursts[c->burst_count - 1];
	struct diag_reason *r;

	draft_blame(d, draft, VERDICT_SWITCH_FLAP, v,
		    fmin(0.97, 0.55 + 0.12 * c->burst_count + (restarts >= 2 ? 0.1 : 0)));
	draft->onset = c->bursts[0].first;
	r = draft_reason(d, draft, REASON_SHARED_BURSTS, v, c->llr);
	r->n = c->involved;
	r->of = c->devices;
	r->x = c->burst_count;
	r->at_ms = diag_ms(d, last->first);
	r = draft_reason(d, draft, REASON_BY_CHANCE, v, c->llr);
	r->x = c->llr;
	r = draft_reason(d, draft, REASON_INSIDE_BURSTS, v, 0);
	r->n = c->lost_inside;
	r->of = c->lost;
	r = draft_reason(d, draft, REASON_SITE_RATE, v, 0);
	r->x = c->p0;
	if (c->port && c->involved < c->devices) {
		r = draft_reason(d, draft, REASON_SHARED_PORT, v, log(c->devices + 1));
		r->port = c->port;
	}
	if (restarts > 0) {
		r = draft_reason(d, draft, REASON_RESTARTS, v, restarts >= 2 ? 4 : 1);
		r->n = restarts;
	}
	if (restarts < 2)
		draft_alt(d, draft, VERDICT_UPLINK, v, 0.2);
}

/* The outage that was told of first is this one: it keeps its number. */
static void
take_over(struct diag *d, struct infra *i)
{
	const struct node *v = node_at(d, i->node), *top = flap_top(d, v);

	while (!i->incidents[FAM_FLAP]) {
		struct infra *at = infra_of(d, v);
		struct incident **slot = &at->incidents[FAM_INFRA];

		if (!*slot && at->incidents[FAM_POWER] &&
		    at->incidents[FAM_POWER]->member_count == 1)
			slot = &at->incidents[FAM_POWER];
		if (*slot) {
			i->incidents[FAM_FLAP] = *slot;
			(*slot)->family = FAM_FLAP;
			(*slot)->node = i->node;
			*slot = NULL;
		}
		if (v == top)
			break;
		v = node_at(d, v->parent);
	}
}

/* Incidents that were opened for what was part of it. */
static int
adopt(struct diag *d, struct infra *i, struct incident *flap)
{
	struct node *c;
	int rc = 0;

	if (i->incidents[FAM_INFRA]) {
		rc = incident_close(d, i->incidents[FAM_INFRA], flap, REASON_FLAPS);
		i->incidents[FAM_INFRA] = NULL;
	}
	EACH_DEVICE(d, i, c)
	{
		const struct incident *own = c->incident;

		if (rc < 0)
			break;
		if (!own || c->fails >= FLAP_OWN_FAILS ||
		    (own->verdict != VERDICT_DEVICE_HW && own->verdict != VERDICT_CABLE_PORT))
			continue;
		rc = incident_close(d, c->incident, flap, REASON_EXPLAINED);
		c->incident = NULL;
	}
	return rc;
}

struct flap_state *
flap_state_get(struct diag *d, struct infra *i)
{
	if (!i->flap) {
		i->flap = calloc(1, sizeof(*i->flap));
		d->bytes += i->flap ? sizeof(*i->flap) : 0;
	}
	return i->flap;
}

int
flap_tell(struct diag *d, struct infra *i, const struct coincidence *c, unsigned restarts)
{
	struct list *devices = &d->scratch[0];
	struct draft draft = {0};
	int rc;

	if (!flap_state_get(d, i))
		return ERR_NOMEM;
	i->flap->is_link = false;
	i->flap->first = c->bursts[0].first;
	i->flap->last = c->bursts[c->burst_count - 1].last;
	i->flap->burst_count = c->burst_count;
	for (unsigned b = 0; b < c->burst_count; b++)
		i->flap->bursts[b] = c->bursts[b];
	devices->n = 0;
	for (size_t k = FLAP_SWITCH + 1; k < c->member_count; k++) {
		rc = list_add(devices, c->members[k].node);
		if (rc < 0)
			return rc;
	}
	list_sort(devices);
	draft.devices = devices->v;
	draft.device_count = devices->n;
	draft_flap(d, i, c, restarts, &draft);
	take_over(d, i);
	rc = incident_emit(d, FAM_FLAP, i->node, &draft, &i->incidents[FAM_FLAP]);
	if (rc < 0 || !i->incidents[FAM_FLAP])
		return rc;
	return adopt(d, i, i->incidents[FAM_FLAP]);
}

int
flap_close(struct diag *d, struct infra *i)
{
	struct incident *flap = i->incidents[FAM_FLAP];

	free(i->flap);
	i->flap = NULL;
	i->flap_from = d->now;
	d->bytes -= sizeof(struct flap_state);
	i->incidents[FAM_FLAP] = NULL;
	return flap ? incident_close(d, flap, NULL, REASON_QUIET_NOW) : 0;
}
