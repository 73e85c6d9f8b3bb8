/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Trouble of the monitor itself: while its own gateway or its scheduler fails, nobody is blamed.
 * And the windows that were announced.
 */
#include "engine.h"

#include "keepwatch/err.h"

#define TELL_AFTER(d) ((d)->C * 3 / 4) /* trouble that lasts that long is told */
#define AFTERMATH(d)  ((d)->C * 3 / 2) /* until everybody has been polled again */

int
tick_monitor(struct diag *d)
{
	const struct monitor_state *m = &d->monitor;
	struct incident *i = incident_find(d, FAM_MONITOR, d->monitor_node);
	struct draft draft = {.onset = m->since};
	struct list *devices = &d->scratch[3];
	bool is_nic = m->trouble == MONITOR_NIC;
	struct diag_reason *r;

	if (!m->trouble) {
		if (i && (m->last_end == NEVER || d->now - m->last_end > d->C))
			return incident_close(d, i, NULL, REASON_MONITOR_FINE);
		return 0;
	}
	if (d->now - m->since <= TELL_AFTER(d))
		return 0;
	devices->n = 0;
	for (size_t k = 0; k < d->failing.n; k++)
		if (is_device(node_at(d, d->failing.v[k])) && node_at(d, d->failing.v[k])->ever &&
		    list_add(devices, d->failing.v[k]))
			return ERR_NOMEM;
	if (i && keep_affected(i, devices))
		return ERR_NOMEM;
	draft.devices = devices->v;
	draft.device_count = devices->n;
	draft_blame(d, &draft, VERDICT_MONITOR, node_at(d, d->monitor_node), is_nic ? 0.97 : 0.9);
	r = draft_reason(d, &draft, is_nic ? REASON_GATEWAY_LOST : REASON_PROBES_LATE,
			 node_at(d, d->monitor_node), 8);
	r->at_ms = diag_ms(d, m->since);
	r->x = m->lags[0] / 1000.0;
	draft_decider(d, &draft, REASON_ASK_MONITOR, node_at(d, d->monitor_node));
	return incident_emit(d, FAM_MONITOR, d->monitor_node, &draft, &i);
}

bool
monitor_quiet(const struct diag *d, dtime onset)
{
	const struct monitor_state *m = &d->monitor;

	if (m->trouble == MONITOR_NIC)
		return onset >= m->since - d->W;
	return m->last_end != NEVER && d->now - m->last_end < AFTERMATH(d) &&
	       onset >= m->last_since - d->W;
}

bool
monitor_hit(const struct diag *d, dtime at)
{
	const struct monitor_state *m = &d->monitor;

	if (m->trouble && at >= m->since - d->W)
		return true;
	return m->last_end != NEVER && at >= m->last_since - d->W && at <= m->last_end + d->W;
}

uint32_t
maintenance_of(const struct diag *d, const struct node *n, dtime onset)
{
	for (size_t k = 0; k < d->window_count; k++) {
		const struct window *w = &d->windows[k];

		if (onset >= w->from - d->C && onset <= w->to && d->now <= w->to + 2 * d->C &&
		    (w->node == index_of(d, n) || tree_is_below(d, index_of(d, n), w->node)))
			return w->node;
	}
	return NONE;
}

bool
monitor_lost(const struct diag *d, dtime at)
{
	const struct monitor_state *m = &d->monitor;

	return m->last_end != NEVER && at >= m->last_since - d->C && at <= m->last_end;
}

void
monitor_ended(struct diag *d)
{
	const struct monitor_state *m = &d->monitor;

	/* The list shrinks while it is walked. */
	for (size_t f = d->failing.n; f-- > 0;)
		if (f < d->failing.n)
			subject_forget_lost(d, node_at(d, d->failing.v[f]), m->last_since - d->C,
					    m->last_end);
	for (uint32_t k = 0; k < d->infra_count; k++)
		d->infras[k].snmp_fails = 0;
}
