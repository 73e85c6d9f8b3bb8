/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Telling of an outage: which class it is, what speaks for it, what would decide, and which smaller
 * incidents it explains.
 */
#include "engine.h"

#include "keepwatch/err.h"

#include <math.h>
#include <stdlib.h>

static const double LOG_ODDS_SWITCH = 0.405; /* switches die 60 : 40 against uplinks */
static const double TELLS = 4;	     /* nats of a gasp, a restart, or an uptime that went on */
static const double TELLS_ADMIN = 6; /* a port that was shut down by hand */
static const double TELLS_ERRORS = 3;
static const double TELLS_LINK = 1.5; /* the parent's port still has link: no cut cable */
enum { UPLINK_ERRORS_MIN = 60, ERROR_CYCLES = 7 };

void
outage_known(struct diag *d, const struct node *v, dtime tau, struct outage_known *out)
{
	const struct infra *i = infra_of(d, v);
	const struct node *c;

	EACH_DEVICE(d, i, c)
	{
		out->devices += c->ever;
		out->measured += c->ever && (c->last_at > tau || c->fails);
	}
	EACH_KID(d, i, c)
	outage_known(d, c, tau, out);
}

/* ---- which class */

static void
weigh_uplinks(const struct diag *d, const struct node *v, dtime tau, struct draft *draft,
	      double *odds)
{
	const struct infra *i = infra_of(d, v);

	for (unsigned k = 0; k < i->parent_count; k++) {
		const struct node *up = tree_find(d, i->parents[k].node);
		uint32_t number = i->parents[k].port;
		const struct port *p;
		struct diag_reason *r;
		unsigned errors;
		bool is_fresh;

		if (!up || is_device(up) || !number)
			continue;
		errors = port_errors(infra_of(d, up), number, tau - ERROR_CYCLES * d->C);
		if (errors > UPLINK_ERRORS_MIN) {
			*odds -= TELLS_ERRORS;
			r = draft_reason(d, draft, REASON_UPLINK_ERRORS, up, TELLS_ERRORS);
			r->port = number;
			r->n = errors;
		}
		p = port_find(infra_of(d, up), number);
		is_fresh = p && (p->read > tau || infra_of(d, up)->walk > tau);
		if (!is_fresh)
			continue;
		if (p->is_admin_down && !p->is_up) {
			*odds -= TELLS_ADMIN;
			r = draft_reason(d, draft, REASON_ADMIN_DOWN, up, TELLS_ADMIN);
		} else if (!p->is_up) {
			r = draft_reason(d, draft, REASON_PARENT_PORT_DOWN, up, 0);
			r->at_ms = diag_ms(d, p->changed);
		} else if (i->outage.end == NEVER) {
			*odds += TELLS_LINK;
			r = draft_reason(d, draft, REASON_PARENT_PORT_UP, up, TELLS_LINK);
		} else {
			continue;
		}
		r->port = number;
	}
}

static void
switch_or_uplink(const struct diag *d, const struct node *v, dtime tau, struct draft *draft,
		 double sure)
{
	const struct infra *i = infra_of(d, v);
	double odds = LOG_ODDS_SWITCH, p;
	dtime restart = NEVER;
	enum verdict other;
	bool is_decided;

	if (i->gasp != NEVER && abs(i->gasp - tau) < 2 * d->C) {
		odds += TELLS;
		draft_reason(d, draft, REASON_GASP, v, TELLS)->at_ms = diag_ms(d, i->gasp);
	}
	for (unsigned k = 0; k < i->reset_count; k++)
		if (i->resets[k] > tau - d->C / 2)
			restart = i->resets[k];
	if (restart != NEVER) {
		odds += TELLS;
		draft_reason(d, draft, REASON_REBOOTED, v, TELLS)->at_ms = diag_ms(d, restart);
	} else if (i->snmp_at != NEVER && i->snmp_at > tau + d->C / 2 && !v->fails) {
		odds -= TELLS;
		draft_reason(d, draft, REASON_KEPT_RUNNING, v, TELLS);
	}
	weigh_uplinks(d, v, tau, draft, &odds);
	p = logistic(odds);
	is_decided = odds > 2 || odds < -2;
	draft_blame(d, draft, p >= 0.5 ? VERDICT_SWITCH_DOWN : VERDICT_UPLINK, v,
		    sure * (p >= 0.5 ? p : 1 - p));
	other = p >= 0.5 ? VERDICT_UPLINK : VERDICT_SWITCH_DOWN;
	draft_alt(d, draft, other, v, sure * (p >= 0.5 ? 1 - p : p));
	if (is_decided)
		return;
	if (v->has_snmp)
		draft_decider(d, draft, REASON_ASK_UPTIME, v);
	if (v->port)
		draft_decider(d, draft, REASON_ASK_PARENT_PORT, node_at(d, v->parent))->port =
			v->port;
	draft_decider(d, draft, REASON_ASK_LOOK, v);
}

/* The only switch below v, if it says that it restarted: it was that one, and not v, which cannot
 * be asked itself. */
static const struct node *
sole_restarted(const struct diag *d, const struct node *v, dtime tau)
{
	const struct infra *i = infra_of(d, v);
	const struct node *kid = i->kids == NONE ? NULL : node_at(d, i->kids);

	if (!kid || kid->next != NONE || i->devices != NONE || v->ever)
		return NULL;
	i = infra_of(d, kid);
	if (i->gasp != NEVER && abs(i->gasp - tau) < 2 * d->C)
		return kid;
	return i->reset_count && i->resets[i->reset_count - 1] > tau - d->C / 2 ? kid : NULL;
}

static void
classify(const struct diag *d, const struct node *v, dtime tau, struct draft *draft, double sure)
{
	const struct node *kid;

	switch (v->role) {
	case NODE_MONITOR:
		draft_blame(d, draft, VERDICT_MONITOR, v, sure * 0.95);
		draft_reason(d, draft, REASON_ALL_SILENT, v, 5);
		draft_decider(d, draft, REASON_ASK_MONITOR, v);
		break;
	case NODE_WAN:
		kid = sole_restarted(d, v, tau);
		draft_blame(d, draft, kid ? VERDICT_SWITCH_DOWN : VERDICT_WAN, kid ? kid : v,
			    sure * 0.95);
		break;
	case NODE_CORE:
		draft_blame(d, draft, VERDICT_SWITCH_DOWN, v, sure * 0.85);
		draft_alt(d, draft, VERDICT_UPLINK, v, sure * 0.15);
		break;
	default:
		switch_or_uplink(d, v, tau, draft, sure);
		break;
	}
}

static void
tell_silence(const struct diag *d, const struct node *v, const struct outage *o,
	     struct draft *draft)
{
	const struct infra *i = infra_of(d, v);
	struct diag_reason *r;
	struct outage_known below = {0};
	const struct node *c;
	size_t alive = 0;

	outage_known((struct diag *)d, v, o->tau, &below);
	r = draft_reason(d, draft, REASON_SILENT_BELOW, v, prior_of(v) - o->S);
	r->n = (double)draft->device_count;
	r->of = (double)(below.devices > draft->device_count ? below.devices : draft->device_count);
	r->x = d->W / 10.0;
	r->at_ms = diag_ms(d, o->tau);
	EACH_DEVICE(d, i, c)
	alive += c->last_ok > o->tau;
	EACH_KID(d, i, c)
	alive += infra_of(d, c)->alive > o->tau;
	if (alive && o->end == NEVER)
		draft_reason(d, draft, REASON_STILL_ALIVE, v, -2)->n = (double)alive;
	if (v->fails && v->ever)
		draft_reason(d, draft, REASON_NODE_SILENT, v, 2)->at_ms = diag_ms(d, v->onset);
	if (v->parent != NONE && infra_of(d, node_at(d, v->parent))->alive > o->tau)
		draft_reason(d, draft, REASON_PARENT_FORWARDS, node_at(d, v->parent), 2);
	draft_reason(d, draft, REASON_ODDS, v, 0)->x = -o->S;
}

/* ---- telling */

int
keep_affected(const struct incident *i, struct list *devices)
{
	for (uint32_t k = 0; k < i->device_count; k++)
		if (list_add(devices, i->devices[k]))
			return ERR_NOMEM;
	return 0;
}

/* What the new verdict explains: devices' incidents, and smaller outages below. */
static int
adopt(struct diag *d, const struct node *v, struct incident *by, const struct draft *draft)
{
	struct incident *i, *next;

	for (size_t k = 0; k < draft->device_count; k++) {
		struct node *n = node_at(d, draft->devices[k]);

		if (n->incident && n->incident != by &&
		    incident_close(d, n->incident, by, REASON_EXPLAINED))
			return ERR_NOMEM;
	}
	for (i = d->incidents; i; i = next) {
		const struct infra *k;

		next = i->next;
		if (i == by || (i->family != FAM_INFRA && i->family != FAM_POWER) ||
		    !tree_is_below(d, i->node, index_of(d, v)))
			continue;
		k = infra_of(d, node_at(d, i->node));
		if (k->outage.is_on && abs(k->outage.tau - draft->onset) >= d->W)
			continue;
		if (incident_close(d, i, by, REASON_EXPLAINED))
			return ERR_NOMEM;
	}
	return 0;
}

/* The incident of a smaller outage below v that v's now explains goes on as v's. */
static void
inherit(struct diag *d, const struct node *v, struct incident **slot, dtime tau)
{
	struct incident *best = NULL;

	for (struct incident *i = d->incidents; i && !*slot; i = i->next) {
		const struct infra *k;

		if (i->family != FAM_INFRA || !i->is_told ||
		    !tree_is_below(d, i->node, index_of(d, v)))
			continue;
		k = infra_of(d, node_at(d, i->node));
		if (abs(k->outage.tau - tau) < d->W && (!best || i->number < best->number))
			best = i;
	}
	if (!best)
		return;
	infra_of(d, node_at(d, best->node))->incidents[FAM_INFRA] = NULL;
	best->node = index_of(d, v);
	*slot = best;
}

/* An announced window that covers v, or what stands for v: below a node that never answered itself,
 * and that carries but one switch, that switch is as likely. */
static uint32_t
window_of_outage(const struct diag *d, const struct node *v, dtime tau)
{
	uint32_t window = maintenance_of(d, v, tau);

	while (window == NONE && !v->ever && v->role != NODE_MONITOR) {
		const struct infra *i = infra_of(d, v);

		if (i->devices != NONE || i->kids == NONE || node_at(d, i->kids)->next != NONE)
			break;
		v = node_at(d, i->kids);
		window = maintenance_of(d, v, tau);
	}
	return window;
}

int
outage_tell(struct diag *d, struct infra *i, const struct list *devices)
{
	struct outage *o = &i->outage;
	struct node *v = node_at(d, i->node);
	struct incident **slot = &i->incidents[FAM_INFRA];
	struct draft draft = {.onset = o->tau, .devices = devices->v, .device_count = devices->n};
	double margin = (prior_of(v) - o->S) / 2;
	uint32_t window = window_of_outage(d, v, o->tau);
	int rc;

	classify(d, v, o->tau, &draft, logistic(margin < 8 ? margin : 8));
	tell_silence(d, v, o, &draft);
	if (window != NONE) {
		draft_blame(d, &draft, VERDICT_MAINTENANCE, node_at(d, window), 0.95);
		draft_reason(d, &draft, REASON_IN_WINDOW, node_at(d, window), 5);
	}
	if (v->role == NODE_MONITOR && d->monitor.trouble)
		return 0; /* tick_monitor tells of it */
	inherit(d, v, slot, o->tau);
	if (*slot && (*slot)->is_healed && o->end == NEVER)
		(*slot)->is_relapsed = true;
	rc = incident_emit(d, FAM_INFRA, i->node, &draft, slot);
	if (!rc && window == NONE)
		rc = adopt(d, v, *slot, &draft);
	return rc;
}
