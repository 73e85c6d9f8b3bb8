/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A switch whose management is dead though it forwards is no outage: it is told as a note. One that
 * fell silent while it was cut off anyway, and nothing behind it came back, is a switch that is
 * down.
 */
#include "engine.h"

#include "keepwatch/err.h"

/* Polls that must be lost, and SNMP timeouts in a row with a ping that works. */
enum { LOST_MIN = 3, SNMP_LOST_MIN = 5 };
/* Log likelihood of its lost polls if it answered: a switch that is asked by SNMP alone must lose
 * more. */
static const double LOST_ENOUGH = -11;
#define MGMT_AGE(d)  ((d)->C * 5 / 2)
#define ALONE_AGE(d) ((d)->C * 4)

/* Something behind v has answered after t. */
static bool
forwards_after(const struct diag *d, const struct node *v, dtime t)
{
	const struct infra *i = infra_of(d, v);
	const struct node *c;

	EACH_DEVICE(d, i, c)
	if (c->last_ok > t)
		return true;
	EACH_KID(d, i, c)
	if (infra_of(d, c)->alive > t)
		return true;
	return false;
}

/* Nothing behind v answers, and v's parent does since. */
static bool
is_cut_with_all(const struct diag *d, const struct node *v)
{
	const struct infra *i = infra_of(d, v);
	const struct node *c, *parent = node_at(d, v->parent);

	if ((i->devices == NONE && i->kids == NONE) || parent->role == NODE_MONITOR ||
	    infra_of(d, parent)->alive <= v->onset)
		return false;
	EACH_DEVICE(d, i, c)
	if (!c->fails && c->ever)
		return false;
	EACH_KID(d, i, c)
	if (!c->fails && c->ever && !infra_of(d, c)->outage.is_on)
		return false;
	return true;
}

static bool
is_lossy(const struct diag *d, const struct node *v)
{
	const struct node *a;

	if (infra_of(d, v)->incidents[FAM_LOSS])
		return true;
	EACH_UP(d, v, a)
	if (infra_of(d, a)->incidents[FAM_LOSS])
		return true;
	return false;
}

static int
tell_mgmt(struct diag *d, struct infra *i, struct node *v, dtime onset)
{
	struct draft draft = {.onset = onset};
	bool is_snmp = !v->fails;

	draft_blame(d, &draft, VERDICT_MGMT_AGENT, v, 0.9);
	draft_reason(d, &draft, is_snmp ? REASON_SNMP_SILENT : REASON_MGMT_SILENT, v, 5)->at_ms =
		diag_ms(d, onset);
	if (i->devices != NONE || i->kids != NONE)
		draft_reason(d, &draft, REASON_STILL_FORWARDS, v, 5);
	return incident_emit(d, FAM_MGMT, i->node, &draft, &i->incidents[FAM_MGMT]);
}

static int
tell_cut(struct diag *d, struct infra *i, struct node *v)
{
	struct draft draft = {.onset = v->onset};

	draft_blame(d, &draft, VERDICT_SWITCH_DOWN, v, 0.55);
	draft_reason(d, &draft, REASON_ALREADY_CUT, v, 2)->at_ms = diag_ms(d, v->onset);
	draft_alt(d, &draft, VERDICT_MGMT_AGENT, v, 0.3);
	draft_alt(d, &draft, VERDICT_UPLINK, v, 0.15);
	draft_decider(d, &draft, REASON_ASK_LOOK, v);
	return incident_emit(d, FAM_INFRA, i->node, &draft, &i->incidents[FAM_INFRA]);
}

static int
look_at(struct diag *d, struct infra *i)
{
	struct node *v = node_at(d, i->node);
	bool is_open = i->incidents[FAM_MGMT] != NULL;
	dtime after, onset = NEVER;

	if (!is_open && !v->fails && i->snmp_fails < SNMP_LOST_MIN)
		return 0;
	if (!is_below_outage(d, v, true) && !d->monitor.trouble && !i->incidents[FAM_FLAP]) {
		after = outage_end(d, v, true, 0, -1);
		after = after > v->last_ok ? after : v->last_ok;
		if (v->ever && v->fails && v->lam < LOST_ENOUGH &&
		    subject_lost(v, after + 1, FOREVER) >= LOST_MIN &&
		    d->now - v->onset > MGMT_AGE(d) &&
		    forwards_after(d, v, v->onset + d->W > after ? v->onset + d->W : after) &&
		    maintenance_of(d, v, v->onset) == NONE)
			onset = v->onset;
		else if (v->ever && v->fails >= LOST_MIN && d->now - v->onset > ALONE_AGE(d) &&
			 is_cut_with_all(d, v))
			return tell_cut(d, i, v);
		else if (i->snmp_fails >= SNMP_LOST_MIN && !is_lossy(d, v) && i->snmp_ever &&
			 !v->fails && v->ever)
			onset = i->snmp_at;
	}
	if (onset != NEVER)
		return tell_mgmt(d, i, v, onset);
	if (is_open && ((!v->fails && !i->snmp_fails) || i->outage.is_on))
		return incident_close(d, i->incidents[FAM_MGMT], i->incidents[FAM_INFRA],
				      REASON_MGMT_FINE);
	return 0;
}

/* An incident that tell_cut opened: its node answers again, and no outage holds it open. */
static int
end_cut(struct diag *d, struct infra *i)
{
	struct incident *own = i->incidents[FAM_INFRA];

	if (own && !i->outage.is_on && !node_at(d, i->node)->fails)
		return incident_close(d, own, NULL, REASON_WHOLE_AGAIN);
	return 0;
}

int
tick_mgmt(struct diag *d)
{
	int rc = 0;

	for (size_t k = 0; k < d->order.n && !rc; k++) {
		struct infra *i = &d->infras[d->order.v[k]];

		if (node_at(d, i->node)->role == NODE_MONITOR)
			continue;
		rc = end_cut(d, i);
		if (!rc)
			rc = look_at(d, i);
	}
	return rc;
}
