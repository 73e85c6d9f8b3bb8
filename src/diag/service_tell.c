/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Incidents of services that fail though the device answers: one per device, or one per site for
 * logins that are refused on many of its devices since the same minutes.
 */
#include "engine.h"

#include <stdlib.h>

/* Nats that such a state is known with: it was tested before it came here (service.c). */
#define KNOWN_WITH 11.0
enum {
	MIXED_MIN = 6,	  /* if it seems to be another device: would it alternate? */
	GROUP_BEFORE = 3, /* cycles: credentials are rolled out over a site within minutes */
	GROUP_AFTER = 4,
	DUP_STALE = 15,	  /* cycles in which a second claim was not seen */
	REFUSALS_MIN = 2, /* polls: one may be by chance */
	LOSS_LEVELS = 4,  /* ancestors whose loss explains timeouts */
};

static void
forget(struct diag *d, struct node *n)
{
	if (!n->svc)
		return;
	free(n->svc);
	n->svc = NULL;
	d->bytes -= sizeof(struct svc_state);
}

/* Losses above it explain timeouts, but not refusals. */
static bool
is_lossy(const struct diag *d, const struct node *n)
{
	struct node *a;
	unsigned level = 0, refusals = 0;

	for (unsigned i = 0; i < n->ring_count; i++) {
		const struct poll *p = poll_back(n, i);

		refusals += p->at >= n->svc->onset &&
			    poll_count(p, SERVICE_REFUSED) + poll_count(p, SERVICE_ERROR) > 0;
	}
	if (refusals >= REFUSALS_MIN)
		return false;
	EACH_UP(d, n, a)
	{
		const struct infra *i = infra_of(d, a);

		if (level++ == LOSS_LEVELS)
			break;
		if (i && i->incidents[FAM_LOSS])
			return true;
	}
	return false;
}

/* It may be told now: enough polls, no trouble of our own, no window. */
static bool
is_ready(const struct diag *d, const struct node *n)
{
	const struct svc_state *svc = n->svc;

	if (n->fails > 0 || n->overturned || svc->is_over ||
	    (svc->count < (svc->is_mixed ? MIXED_MIN : SERVICE_BAD_MIN) &&
	     svc->verdict != VERDICT_DUP_IP) ||
	    monitor_quiet(d, svc->onset) || monitor_hit(d, svc->onset))
		return false;
	if (svc->verdict == VERDICT_DEVICE_SERVICE && is_lossy(d, n))
		return false;
	return maintenance_of(d, n, svc->onset) == NONE;
}

static void
draft_service(const struct diag *d, const struct node *n, struct draft *draft)
{
	const struct svc_state *svc = n->svc;
	bool is_dup = svc->verdict == VERDICT_DUP_IP;
	bool has_mac = is_dup && n->arp_foreign != NEVER;
	struct diag_reason *r;

	draft_blame(d, draft, svc->verdict, n, is_dup && !has_mac ? 0.65 : 0.9);
	if (has_mac) {
		r = draft_reason(d, draft, REASON_FOREIGN_MAC, n, KNOWN_WITH);
		r->at_ms = diag_ms(d, n->arp_foreign);
	} else if (is_dup) {
		draft_reason(d, draft, REASON_ALTERNATES, n, KNOWN_WITH);
		draft_alt(d, draft, VERDICT_DEVICE_SERVICE, n, 0.25);
		draft_alt(d, draft, VERDICT_CREDENTIALS, n, 0.1);
		draft_decider(d, draft, REASON_ASK_ARP, n);
	}
	r = draft_reason(d, draft, REASON_SERVICES_BAD, n, is_dup ? 0 : KNOWN_WITH);
	r->n = svc->count;
	r->of = svc->polls + svc->since_bad;
	r->at_ms = diag_ms(d, svc->onset);
}

static int
emit_single(struct diag *d, struct node *n)
{
	uint32_t self = index_of(d, n);
	struct draft draft = {.onset = n->svc->onset, .devices = &self, .device_count = 1};

	draft_service(d, n, &draft);
	n->svc->is_new = false;
	return incident_emit(d, FAM_SERVICE, self, &draft, &n->svc->incident);
}

/* The group of its site that began with it; NULL: it is the first. */
static struct incident *
group_of(const struct diag *d, const struct node *n)
{
	for (struct incident *i = d->incidents; i; i = i->next) {
		if (i->family == FAM_CREDENTIALS && i->node != NONE &&
		    d->nodes[i->node].site == n->site &&
		    n->svc->onset >= i->range_from - GROUP_BEFORE * d->C &&
		    n->svc->onset <= i->range_to + GROUP_AFTER * d->C)
			return i;
	}
	return NULL;
}

/* It is in the group, or joins it now: `first` was the first that did. */
static bool
is_member(const struct diag *d, const struct incident *group, const struct node *first,
	  const struct node *n)
{
	dtime from = group ? group->range_from : first->svc->onset;
	dtime to = group ? group->range_to : first->svc->onset;

	if (n == first || (group && n->svc->incident == group))
		return true;
	return !n->svc->incident && n->svc->verdict == VERDICT_CREDENTIALS &&
	       n->site == first->site && n->svc->onset >= from - GROUP_BEFORE * d->C &&
	       n->svc->onset <= to + GROUP_AFTER * d->C && is_ready(d, n);
}

static void
draft_group(const struct diag *d, const struct list *members, struct draft *draft)
{
	const struct node *first = node_at(d, members->v[0]);
	bool is_site = members->n > 1 && first->site != NONE;
	struct diag_reason *r;

	draft->devices = members->v;
	draft->device_count = members->n;
	draft_blame(d, draft, VERDICT_CREDENTIALS, first, 0.92);
	if (is_site)
		draft->blame = (struct blame){BLAME_SITE, d->sites[first->site].number};
	r = draft_reason(d, draft, is_site ? REASON_LOGIN_REFUSED : REASON_LOGIN_REFUSED_BY, first,
			 KNOWN_WITH * (double)members->n);
	r->n = (double)members->n;
	r->at_ms = diag_ms(d, draft->onset);
}

/* Tells a group with all that are in it and that join it now. */
static int
emit_group(struct diag *d, struct incident *group, struct node *first)
{
	struct list *members = &d->scratch[0];
	struct draft draft = {.onset = first->svc->onset};
	struct incident *out = group;
	dtime last = first->svc->onset;
	int rc;

	members->n = 0;
	for (size_t i = 0; i < d->svc_bad.n; i++) {
		struct node *n = node_at(d, d->svc_bad.v[i]);

		if (!is_member(d, group, first, n))
			continue;
		rc = list_add(members, d->svc_bad.v[i]);
		if (rc < 0)
			return rc;
		draft.onset = n->svc->onset < draft.onset ? n->svc->onset : draft.onset;
		last = n->svc->onset > last ? n->svc->onset : last;
	}
	draft_group(d, members, &draft);
	rc = incident_emit(d, FAM_CREDENTIALS, group ? group->node : index_of(d, first), &draft,
			   &out);
	if (rc < 0 || !out)
		return rc;
	out->range_from = draft.onset;
	out->range_to = last;
	for (size_t i = 0; i < members->n; i++) {
		node_at(d, members->v[i])->svc->incident = out;
		node_at(d, members->v[i])->svc->is_new = false;
	}
	return 0;
}

/* The incident it is in, if nobody else is. */
static bool
is_alone(const struct diag *d, const struct node *n)
{
	for (size_t i = 0; i < d->svc_bad.n; i++) {
		const struct node *other = node_at(d, d->svc_bad.v[i]);

		if (other != n && other->svc && other->svc->incident == n->svc->incident)
			return false;
	}
	return true;
}

static int
tell(struct diag *d, struct node *n)
{
	struct svc_state *svc = n->svc;
	enum family family = svc->verdict == VERDICT_CREDENTIALS ? FAM_CREDENTIALS : FAM_SERVICE;

	if (svc->incident && svc->incident->family != family) {
		/* Another class: the same incident, if it is its own. */
		if (is_alone(d, n) && (family == FAM_SERVICE || !group_of(d, n))) {
			svc->incident->family = family;
			svc->incident->node = index_of(d, n);
			svc->incident->range_from = svc->incident->range_to = svc->onset;
		} else if (svc->incident->family == FAM_SERVICE) {
			int rc = incident_close(d, svc->incident, group_of(d, n), REASON_GROUPED);

			svc->incident = NULL;
			if (rc < 0)
				return rc;
		} else {
			svc->incident = NULL;
		}
	}
	if (family == FAM_SERVICE)
		return emit_single(d, n);
	return emit_group(d, svc->incident ? svc->incident : group_of(d, n), n);
}

/* Takes a device out; its incident goes with its last one. */
static int
leave(struct diag *d, size_t at)
{
	struct node *n = node_at(d, d->svc_bad.v[at]);
	int rc = 0;

	if (n->svc && n->svc->incident && is_alone(d, n))
		rc = incident_close(d, n->svc->incident, NULL,
				    n->svc->verdict == VERDICT_CREDENTIALS ? REASON_LOGIN_FINE
									   : REASON_SERVICES_FINE);
	forget(d, n);
	d->svc_bad.v[at] = d->svc_bad.v[--d->svc_bad.n];
	return rc;
}

struct incident *
service_hand_over(struct diag *d, struct node *n)
{
	struct incident *incident = n->svc ? n->svc->incident : NULL;

	if (!incident || n->svc->verdict != VERDICT_DEVICE_SERVICE ||
	    incident->family != FAM_SERVICE)
		return NULL;
	n->svc->incident = NULL;
	n->svc->is_over = true;
	incident->family = FAM_DEVICE;
	incident->node = index_of(d, n);
	return incident;
}

/* Nobody has confirmed lately that two claim its address, and no poll of it says anything. */
static bool
is_stale(const struct diag *d, const struct node *n)
{
	return n->svc->verdict == VERDICT_DUP_IP && n->svc->last_poll <= n->svc->onset &&
	       d->now - n->svc->onset > DUP_STALE * d->C &&
	       (n->arp_foreign == NEVER || d->now - n->arp_foreign > DUP_STALE * d->C);
}

int
tick_services(struct diag *d)
{
	int rc = 0;

	if (d->svc_bad.n == 0)
		return 0;
	for (size_t i = d->svc_bad.n; i-- > 0 && rc == 0;) {
		struct node *n = node_at(d, d->svc_bad.v[i]);

		if (!n->svc || n->is_gone || n->svc->is_over || is_stale(d, n))
			rc = leave(d, i);
	}
	list_sort(&d->svc_bad);
	for (size_t i = 0; i < d->svc_bad.n && rc == 0; i++) {
		struct node *n = node_at(d, d->svc_bad.v[i]);

		if ((!n->svc->incident || n->svc->is_new) && is_ready(d, n))
			rc = tell(d, n);
	}
	return rc;
}
