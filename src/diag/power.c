/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Several switches that stopped together: one loss of power, if they hang on one power zone or may.
 */
#include "engine.h"

#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

#define TOGETHER(d) ((d)->C) /* switches of one power supply stop within that */

static bool
can_share(const struct diag *d, const struct infra *a, const struct infra *b)
{
	const struct node *x = node_at(d, a->node), *y = node_at(d, b->node);

	return x->site == y->site && zones_agree(x, y) &&
	       abs(a->outage.tau - b->outage.tau) <= TOGETHER(d);
}

int
power_tell(struct diag *d, const struct power_group *g)
{
	struct list *devices = &d->scratch[3];
	struct infra *first = infra_of(d, node_at(d, g->members[0]));
	struct incident *i = NULL;
	struct draft draft = {.onset = FOREVER};
	struct diag_reason *r;
	bool is_over = true;
	int rc = 0;

	for (uint32_t m = 0; m < g->count && !i; m++)
		i = infra_of(d, node_at(d, g->members[m]))->incidents[FAM_POWER];
	for (uint32_t m = 0; m < g->count && !i; m++) {
		struct infra *k = infra_of(d, node_at(d, g->members[m]));

		i = k->incidents[FAM_INFRA]; /* goes on as the zone's */
		k->incidents[FAM_INFRA] = NULL;
	}
	if (!i)
		i = incident_make(d, FAM_POWER, g->members[0]);
	if (!i)
		return ERR_NOMEM;
	i->family = FAM_POWER;
	devices->n = 0;
	for (uint32_t m = 0; m < g->count; m++) {
		struct infra *k = infra_of(d, node_at(d, g->members[m]));
		struct incident *own = k->incidents[FAM_INFRA];

		k->incidents[FAM_POWER] = i;
		draft.onset = k->outage.tau < draft.onset ? k->outage.tau : draft.onset;
		if (k->outage.end == NEVER) {
			is_over = false;
			rc |= dead_under(d, node_at(d, g->members[m]), k->outage.tau, devices);
		}
		if (own)
			rc |= incident_close(d, own, i, REASON_EXPLAINED);
	}
	if (g->count > i->member_count) {
		uint32_t *grown = realloc(i->members, g->count * sizeof(*grown));

		if (!grown)
			return ERR_NOMEM;
		memcpy(grown, g->members, g->count * sizeof(*grown));
		i->members = grown;
		i->member_count = g->count;
	}
	if (rc || is_over)
		return rc;
	if (keep_affected(i, devices))
		return ERR_NOMEM;
	draft.devices = devices->v;
	draft.device_count = devices->n;
	draft_blame(d, &draft, VERDICT_POWER_LOSS, node_at(d, first->node), 0.85);
	draft.blame = i->is_told && i->verdict == VERDICT_POWER_LOSS ? i->blame : draft.blame;
	if (g->zone)
		draft.blame = (struct blame){.type = BLAME_ZONE, .id = g->zone};
	r = draft_reason(d, &draft, g->zone ? REASON_SAME_ZONE : REASON_NO_ZONE, NULL, 6);
	r->n = g->count;
	r->x = TOGETHER(d) / 10.0;
	for (uint32_t m = 0; m < g->count; m++) {
		const struct node *v = node_at(d, g->members[m]);
		const struct infra *k = infra_of(d, v);

		draft_reason(d, &draft, REASON_NODE_SILENT, v, 3)->at_ms =
			diag_ms(d, k->outage.tau);
		draft_alt(d, &draft, VERDICT_SWITCH_DOWN, v, 0.15 / g->count);
	}
	if (first->parent_count && node_at(d, first->node)->parent != NONE)
		draft_reason(d, &draft, REASON_PARENT_FORWARDS,
			     node_at(d, node_at(d, first->node)->parent), 2);
	draft_decider(d, &draft, REASON_ASK_ZONE, NULL);
	rc = incident_emit(d, FAM_POWER, i->node, &draft, &i);
	for (size_t k = 0; k < draft.device_count && !rc; k++) {
		struct node *n = node_at(d, draft.devices[k]);

		if (n->incident)
			rc = incident_close(d, n->incident, i, REASON_EXPLAINED);
	}
	return rc;
}

/* The switches that stopped together with `first` and are not grouped yet. */
void
power_gather(const struct diag *d, const struct infra *first, uint32_t *grouped_at,
	     struct power_group *g)
{
	*g = (struct power_group){0};
	for (size_t k = 0; k < d->order.n && g->count < 64; k++) {
		const struct infra *i = &d->infras[d->order.v[k]];
		const struct node *v = node_at(d, i->node);
		bool fits = i == first;

		if (v->role != NODE_ACCESS || !i->outage.is_on || grouped_at[d->order.v[k]])
			continue;
		fits = fits || can_share(d, first, i);
		for (uint32_t m = 0; m < g->count && fits; m++)
			fits = zones_agree(node_at(d, g->members[m]), v);
		if (!fits || maintenance_of(d, v, i->outage.tau) != NONE)
			continue;
		g->members[g->count++] = i->node;
		g->zone = g->zone ? g->zone : v->zone;
	}
}
