/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What was known before a restart: who was silent since when, and which incidents are open. They go
 * on under their numbers, and nobody is alerted again.
 */
#include "engine.h"

#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

enum {
	LOST_BEFORE = 3, /* polls that a device that was down is taken to have lost */
};

int
diag_restore_node(struct diag *d, const struct diag_memory *memory)
{
	struct node *n = tree_find(d, memory->node);
	struct poll p = {.loss = LOSS_SCALE};
	dtime since;

	if (!n)
		return ERR_NOTFOUND;
	if (!memory->was_up)
		return 0;
	p.at = diag_time(d, memory->last_ok_ms ? memory->last_ok_ms : memory->down_since_ms - 1);
	p.alive = true;
	p.loss = 0;
	if (subject_poll(d, n, &p, 0))
		return ERR_NOMEM;
	if (!memory->down_since_ms)
		return 0;
	since = diag_time(d, memory->down_since_ms);
	for (int k = 0; k < LOST_BEFORE; k++) {
		p = (struct poll){.at = since + k * (dtime)n->period, .loss = LOSS_SCALE};
		if (p.at > d->now)
			break;
		if (subject_poll(d, n, &p, -5))
			return ERR_NOMEM;
	}
	return 0;
}

static enum family
family_of(enum verdict verdict, const struct node *n)
{
	bool is_infra = n && !is_device(n);

	switch (verdict) {
	case VERDICT_MONITOR:
		return FAM_MONITOR;
	case VERDICT_MGMT_AGENT:
		return is_infra ? FAM_MGMT : FAM_DEVICE;
	case VERDICT_SWITCH_FLAP:
		return is_infra ? FAM_FLAP : FAM_DEVICE;
	case VERDICT_POE_BUDGET:
		return is_infra ? FAM_PART : FAM_DEVICE;
	case VERDICT_POWER_LOSS:
		return is_infra ? FAM_POWER : FAM_DEVICE;
	case VERDICT_MOVED:
		return FAM_MOVED;
	case VERDICT_DEVICE_SERVICE:
	case VERDICT_DUP_IP:
		return FAM_SERVICE;
	case VERDICT_CREDENTIALS:
		return FAM_CREDENTIALS;
	default:
		return is_infra ? FAM_INFRA : FAM_DEVICE;
	}
}

/* A link whose devices answer loses packets; it is not out. */
static bool
is_loss(const struct diag *d, const struct incident *i, const struct node *n)
{
	uint32_t silent = 0;

	for (uint32_t k = 0; k < i->device_count; k++)
		silent += node_at(d, i->devices[k])->fails > 0;
	return (i->verdict == VERDICT_UPLINK || i->verdict == VERDICT_WAN) && !n->fails &&
	       2 * silent < i->device_count;
}

/* A device whose services were bad: they are until they answer rightly. */
static int
resume_service(struct diag *d, uint32_t device, struct incident *i)
{
	struct node *n = node_at(d, device);

	if (!n->svc) {
		n->svc = calloc(1, sizeof(*n->svc));
		if (!n->svc || list_add(&d->svc_bad, device))
			return ERR_NOMEM;
		d->bytes += sizeof(*n->svc);
	}
	n->svc->verdict = i->verdict;
	n->svc->onset = i->onset;
	n->svc->count = LOST_BEFORE;
	n->svc->arp_own = NEVER;
	n->svc->incident = i;
	return 0;
}

static int
resume(struct diag *d, struct incident *i, struct node *n)
{
	struct infra *f = n ? infra_of(d, n) : NULL;

	switch (i->family) {
	case FAM_MONITOR: /* until its next self-check says otherwise */
		d->monitor.trouble = MONITOR_NIC;
		d->monitor.since = i->onset;
		d->monitor.gateway_ever = true;
		return 0;
	case FAM_DEVICE:
		if (n)
			n->incident = i;
		return 0;
	case FAM_SERVICE: /* of one device, whatever was stored */
		return n && is_device(n) ? resume_service(d, i->node, i) : 0;
	case FAM_CREDENTIALS:
		/* The last that joined a group may not have been told of. */
		i->range_to = d->now > i->onset ? d->now : i->onset;
		for (uint32_t k = 0; k < i->device_count; k++)
			if (resume_service(d, i->devices[k], i))
				return ERR_NOMEM;
		return 0;
	case FAM_POWER:
		i->members = malloc(sizeof(*i->members));
		if (!i->members || !f)
			return i->members ? 0 : ERR_NOMEM;
		i->members[0] = i->node;
		i->member_count = 1;
		break;
	case FAM_INFRA:
		if (!n || !is_loss(d, i, n))
			break;
		i->family = FAM_LOSS;
		f->loss_score = LOSS_SCORE_MAX;
		f->incidents[FAM_LOSS] = i;
		return 0;
	default:
		if (!f || i->family >= FAM_COUNT_INFRA)
			return 0;
		f->incidents[i->family] = i;
		if (i->family != FAM_FLAP)
			return 0;
		/* Quiet from now on, unless it is seen to drop out again. */
		if (!flap_state_get(d, f))
			return ERR_NOMEM;
		f->flap->first = i->onset;
		f->flap->last = d->now;
		return 0;
	}
	if (!f)
		return 0;
	f->incidents[i->family] = i;
	f->outage = (struct outage){.is_on = true,
				    .is_confirmed = true,
				    .tau = i->onset,
				    .since = i->onset,
				    .end = NEVER};
	return 0;
}

/* The switch by which an incident of a power zone is kept. */
static struct node *
switch_of_zone(struct diag *d, uint32_t zone)
{
	for (size_t k = 0; k < d->order.n; k++) {
		struct node *n = node_at(d, d->infras[d->order.v[k]].node);

		if (n->role == NODE_ACCESS && n->zone == zone)
			return n;
	}
	return NULL;
}

/* Indices ascend, whatever the ids do. */
static void
add_device(struct incident *i, uint32_t index)
{
	uint32_t pos = i->device_count;

	while (pos > 0 && i->devices[pos - 1] > index)
		pos--;
	if (pos > 0 && i->devices[pos - 1] == index)
		return;
	memmove(&i->devices[pos + 1], &i->devices[pos],
		(i->device_count - pos) * sizeof(*i->devices));
	i->devices[pos] = index;
	i->device_count++;
}

/* That it was out goes on being told, even if it was back before the restart. */
static int
resume_outage(struct diag *d, struct node *n, const struct incident_device *known)
{
	if (known->since_ms == 0 || n->fails > 0 || !n->ever)
		return 0;
	return subject_restore_run(d, n, diag_time(d, known->since_ms),
				   known->until_ms ? diag_time(d, known->until_ms) : n->last_ok);
}

int
diag_restore_incident(struct diag *d, uint32_t number, enum verdict verdict,
		      const struct blame *blame, int64_t since_ms, float confidence,
		      const struct incident_device *devices, size_t device_count)
{
	struct node *n = NULL;
	struct incident *i;

	if (tree_order(d))
		return ERR_NOMEM;
	if (blame->type == BLAME_NODE)
		n = tree_find(d, blame->id);
	else if (blame->type == BLAME_ZONE)
		n = switch_of_zone(d, blame->id);
	if (!n && device_count)
		n = tree_find(d, devices[0].device);
	if (!n)
		return ERR_NOTFOUND;
	i = incident_make(d, family_of(verdict, n), index_of(d, n));
	if (!i)
		return ERR_NOMEM;
	i->devices = malloc((device_count + 1) * sizeof(*i->devices));
	if (!i->devices) {
		incident_free(d, i);
		return ERR_NOMEM;
	}
	for (size_t k = 0; k < device_count; k++) {
		struct node *m = tree_find(d, devices[k].device);

		if (!m)
			continue;
		add_device(i, index_of(d, m));
		if (resume_outage(d, m, &devices[k])) {
			incident_free(d, i);
			return ERR_NOMEM;
		}
	}
	i->device_cap = (uint32_t)device_count + 1;
	i->number = number;
	i->is_told = true;
	i->verdict = verdict;
	i->blame = *blame;
	i->confidence = confidence;
	i->onset = i->tau = i->range_from = i->range_to = diag_time(d, since_ms);
	i->opened = i->onset;
	i->alerted = verdict_team(verdict);
	if (number >= d->next_number)
		d->next_number = number + 1;
	return resume(d, i, n);
}
