/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The link of a switch that comes and goes: the port above tells when it changed, and what is below
 * is lost and found in between. No statistics are needed then.
 */
#include "engine.h"

#include "keepwatch/err.h"

enum {
	BOUNCES_MIN = 3,   /* down, up, and down again: more than one outage */
	BOUNCE_CYCLES = 5, /* within so many */
	STEADY_CYCLES = 3, /* then it is over */
	LOST_DEVICES_MIN = 2,
};

/* The first of the last changes that are near enough to each other; NEVER: too few. */
static dtime
first_bounce(const struct diag *d, const struct infra *i)
{
	dtime first;

	if (i->bounce_count < BOUNCES_MIN)
		return NEVER;
	first = i->bounces[i->bounce_count - BOUNCES_MIN];
	if (i->bounces[i->bounce_count - 1] - first > BOUNCE_CYCLES * d->C ||
	    d->now - i->bounces[i->bounce_count - 1] > STEADY_CYCLES * d->C)
		return NEVER;
	return first;
}

static int
lost_since(struct diag *d, const struct node *v, dtime from, struct list *out)
{
	const struct infra *i = infra_of(d, v);
	const struct node *c;
	int rc = 0;

	EACH_DEVICE(d, i, c)
	{
		bool is_lost = c->ever && c->fails && c->onset >= from;

		for (unsigned k = 0; k < c->run_count && c->ever; k++)
			is_lost = is_lost || c->runs[k].first >= from;
		if (is_lost)
			rc |= list_add(out, c_i);
	}
	EACH_KID(d, i, c)
	rc |= lost_since(d, c, from, out);
	return rc;
}

static int
tell(struct diag *d, struct infra *i, dtime first, const struct list *devices)
{
	const struct node *v = node_at(d, i->node);
	struct draft draft = {.onset = first, .devices = devices->v, .device_count = devices->n};
	struct diag_reason *r;

	if (!i->flap) {
		if (!flap_state_get(d, i))
			return ERR_NOMEM;
		i->flap->first = first;
		i->flap->is_link = true;
	}
	/* What the devices' drop-outs say is more than that. */
	if (!i->flap->is_link && i->incidents[FAM_FLAP])
		return 0;
	i->flap->last = i->bounces[i->bounce_count - 1];
	draft_blame(d, &draft, VERDICT_SWITCH_FLAP, v, 0.6);
	draft_alt(d, &draft, VERDICT_UPLINK, v, 0.4);
	r = draft_reason(d, &draft, REASON_LINK_BOUNCES, node_at(d, v->parent), 6);
	r->port = v->port;
	r->n = i->bounce_count;
	r->at_ms = diag_ms(d, i->bounces[0]);
	r = draft_reason(d, &draft, REASON_LOST_MEANWHILE, v, 3);
	r->n = (double)devices->n;
	draft_decider(d, &draft, REASON_ASK_LOOK, v);
	if (!i->incidents[FAM_FLAP] && i->incidents[FAM_INFRA]) {
		i->incidents[FAM_FLAP] = i->incidents[FAM_INFRA];
		i->incidents[FAM_FLAP]->family = FAM_FLAP;
		i->incidents[FAM_INFRA] = NULL;
	}
	return incident_emit(d, FAM_FLAP, i->node, &draft, &i->incidents[FAM_FLAP]);
}

int
tick_link(struct diag *d)
{
	struct list *devices = &d->scratch[3];
	int rc = 0;

	for (uint32_t k = 0; k < d->infra_count && !rc; k++) {
		struct infra *i = &d->infras[k];
		const struct node *v;
		dtime first;

		if (!i->bounce_count)
			continue;
		v = node_at(d, i->node);
		first = first_bounce(d, i);
		if (first == NEVER || v->parent == NONE || maintenance_of(d, v, first) != NONE ||
		    d->monitor.trouble)
			continue;
		devices->n = 0;
		/* Something below has answered between two losses. */
		if (i->alive <= first || i->lost <= first)
			continue;
		rc = lost_since(d, v, first - d->C, devices);
		if (!rc && devices->n >= LOST_DEVICES_MIN)
			rc = tell(d, i, first, devices);
	}
	return rc;
}
