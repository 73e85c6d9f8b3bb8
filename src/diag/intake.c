/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What switches, routers, traps and the monitor itself tell, put where the conclusions look for it.
 */
#include "engine.h"

#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

static const dtime UPTIME_SLACK = SEC(30); /* between two estimates of one start */
static const dtime MOVE_SLACK = SEC(30);   /* a walk that began before the other ended */
enum {
	WALKS_TO_TRUST = 3, /* a table that never had the MAC in so many walks: it is not there */
	LAG_LIMIT_MS = 4000,
	MOVE_START_CYCLES = 4, /* before that, the place may just not have been read yet */
};

static void
note_uptime(struct infra *i, dtime at, uint32_t uptime_s)
{
	int64_t since = (int64_t)at - (int64_t)uptime_s * 10;
	dtime boot = since < NEVER + 1 ? NEVER + 1 : (dtime)since;

	if (!i->has_uptime) {
		i->has_uptime = true;
		i->up_since = boot;
		i->uptime_at = at;
		i->uptime_s = uptime_s;
		return;
	}
	/* A later reading that is smaller is a restart, however young the switch was. */
	if (boot > i->up_since + UPTIME_SLACK || (at > i->uptime_at && uptime_s < i->uptime_s)) {
		if (i->reset_count == RESETS_MAX) {
			memmove(i->resets, i->resets + 1, (RESETS_MAX - 1) * sizeof(dtime));
			i->reset_count--;
		}
		i->resets[i->reset_count++] = boot;
	}
	i->up_since = boot > i->up_since ? boot : i->up_since;
	if (at > i->uptime_at) {
		i->uptime_at = at;
		i->uptime_s = uptime_s;
	}
}

/* Devices that are written down for this switch, answer, and are not in its tables: nobody knows
 * where they are. */
static void
drop_unseen(struct diag *d, struct node *sw)
{
	uint32_t next;

	for (uint32_t k = infra_of(d, sw)->devices; k != NONE; k = next) {
		struct node *n = node_at(d, k);

		next = n->next;
		if (!is_seen(n) && n->port && !n->fails && n->ever)
			tree_detach(d, n);
	}
}

int
intake_switch(struct diag *d, const struct evidence *e)
{
	struct node *n = tree_find(d, e->node);
	const struct evidence_switch *in = &e->sw;
	dtime at = diag_time(d, e->at_ms);
	struct infra *i;

	if (!n || is_device(n))
		return ERR_NOTFOUND;
	if (in->answered > in->sent)
		return ERR_RANGE;
	i = infra_of(d, n);
	if (subject_take_switch(d, n, in, at))
		return ERR_NOMEM;
	if (in->poe_budget_mw && at >= i->snmp_at) {
		i->poe_budget_mw = in->poe_budget_mw;
		i->poe_used_mw = in->poe_used_mw;
	}
	if (in->snmp == SNMP_STATE_OK) {
		i->snmp_at = at > i->snmp_at ? at : i->snmp_at;
		i->snmp_fails = 0;
		i->snmp_ever = true;
		if (in->has_uptime)
			note_uptime(i, at, in->uptime_s);
		if (in->is_walk) {
			i->walk = at > i->walk ? at : i->walk;
			if (++i->walks == WALKS_TO_TRUST && i->has_fdb)
				drop_unseen(d, n);
		}
	} else if (in->snmp == SNMP_STATE_TIMEOUT && at > i->snmp_at && !monitor_lost(d, at)) {
		/* A switch that is silent altogether says nothing of its SNMP agent. */
		i->snmp_fails = in->answered || !in->sent ? i->snmp_fails + 1 : 0;
	}
	return 0;
}

struct port *
port_find(const struct infra *i, uint32_t port)
{
	uint32_t lo = 0, hi = i->port_count;

	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;

		if (i->ports[mid].port < port)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo < i->port_count && i->ports[lo].port == port ? &i->ports[lo] : NULL;
}

static struct port *
port_make(struct diag *d, struct infra *i, uint32_t number)
{
	struct port *p = port_find(i, number);
	uint32_t pos = 0;

	if (p)
		return p;
	if (i->port_count == i->port_cap) {
		uint32_t cap = i->port_cap + (i->port_cap / 8 > 8 ? i->port_cap / 8 : 8);
		struct port *grown = realloc(i->ports, cap * sizeof(*grown));

		if (!grown)
			return NULL;
		d->bytes += (cap - i->port_cap) * sizeof(*grown);
		i->ports = grown;
		i->port_cap = cap;
	}
	while (pos < i->port_count && i->ports[pos].port < number)
		pos++;
	memmove(&i->ports[pos + 1], &i->ports[pos], (i->port_count - pos) * sizeof(*i->ports));
	i->port_count++;
	p = &i->ports[pos];
	*p = (struct port){.port = number, .at = NEVER, .read = NEVER, .changed = NEVER};
	return p;
}

static int
note_errors(struct diag *d, struct port *p, dtime at, uint32_t errors)
{
	if (!errors)
		return 0;
	if (few_grow(d, &p->errors, p->error_count, PORT_ERRORS, sizeof(*p->errors)))
		return ERR_NOMEM;
	if (p->error_count == PORT_ERRORS) {
		memmove(p->errors, p->errors + 1, (PORT_ERRORS - 1) * sizeof(*p->errors));
		p->error_count--;
	}
	p->errors[p->error_count++] = (struct port_error){.at = at, .count = errors};
	return 0;
}

unsigned
port_errors(const struct infra *i, uint32_t port, dtime from)
{
	const struct port *p = port_find(i, port);
	unsigned sum = 0;

	for (unsigned k = 0; p && k < p->error_count; k++)
		if (p->errors[k].at > from)
			sum += p->errors[k].count;
	return sum;
}

dtime
port_read(const struct diag *d, const struct node *n)
{
	const struct infra *i;
	const struct port *p;

	if (n->parent == NONE || !n->port)
		return NEVER;
	i = infra_of(d, node_at(d, n->parent));
	p = port_find(i, n->port);
	return p && p->read > i->walk ? p->read : i->walk;
}

/* A MAC is learned on an edge port: its device is there, and may have been elsewhere before. */
static int
learn(struct diag *d, struct node *sw, const struct port *p, dtime at, mac_addr mac)
{
	uint32_t index = index_find(d->by_mac, mac);
	struct node *n = index == NONE ? NULL : node_at(d, index);
	uint32_t here = index_of(d, sw);

	if (!n || !is_device(n))
		return 0;
	if (n->parent != here || n->port != p->port) {
		bool moved = is_seen(n) ? at > n->seen + MOVE_SLACK
					: p->changed != NEVER &&
						  at > d->started + MOVE_START_CYCLES * d->C;

		if (moved) {
			n->moved_at = at;
			n->moved_from = n->parent;
			n->moved_from_port = n->port;
			if (!list_has(&d->moves, index) && list_add(&d->moves, index))
				return ERR_NOMEM;
		}
		tree_attach(d, n, here, p->port);
	}
	n->seen = at > n->seen ? at : n->seen;
	return 0;
}

/* The link of a port changed again: that of the switch behind it did. */
static void
note_bounce(struct diag *d, const struct node *above, uint32_t port, dtime at)
{
	const struct infra *i = infra_of(d, above);
	const struct node *c;

	EACH_KID(d, i, c)
	{
		struct infra *k = infra_of(d, c);

		if (c->port != port)
			continue;
		if (k->bounce_count && k->bounces[k->bounce_count - 1] >= at)
			continue;
		if (k->bounce_count == BOUNCES_MAX) {
			memmove(k->bounces, k->bounces + 1, (BOUNCES_MAX - 1) * sizeof(dtime));
			k->bounce_count--;
		}
		k->bounces[k->bounce_count++] = at;
	}
}

int
intake_port(struct diag *d, const struct evidence *e)
{
	struct node *n = tree_find(d, e->node);
	const struct evidence_port *in = &e->port;
	dtime at = diag_time(d, e->at_ms);
	struct infra *i;
	struct port *p;

	if (!n || is_device(n))
		return ERR_NOTFOUND;
	if (in->poe >= POE_STATE_COUNT || in->mac_count > EVIDENCE_MACS_MAX)
		return ERR_RANGE;
	i = infra_of(d, n);
	p = port_make(d, i, in->port);
	if (!p || note_errors(d, p, at, in->errors))
		return ERR_NOMEM;
	if (in->is_single && at > p->read)
		p->read = at;
	if (p->at > at)
		return 0;
	p->at = at;
	p->is_up = in->is_up;
	p->is_admin_down = in->is_admin_down;
	p->poe = in->poe;
	p->power_mw = in->power_mw;
	if (in->changed_ms) {
		dtime changed = diag_time(d, in->changed_ms);

		if (p->changed != NEVER && changed > p->changed + SEC(1) && changed > d->started)
			note_bounce(d, n, in->port, changed);
		p->changed = changed;
	}
	if (!in->has_macs)
		return 0;
	i->has_fdb = true;
	for (unsigned k = 0; k < in->mac_count; k++)
		if (learn(d, n, p, at, in->macs[k]))
			return ERR_NOMEM;
	return 0;
}

int
intake_trap(struct diag *d, const struct evidence *e)
{
	struct node *n = tree_find(d, e->node);
	dtime at = diag_time(d, e->at_ms);
	struct infra *i;

	if (!n)
		return ERR_NOTFOUND;
	if (e->trap.hint >= TRAP_HINT_COUNT)
		return ERR_RANGE;
	i = infra_of(d, n);
	if (!i)
		return 0;
	if (e->trap.hint == TRAP_HINT_DYING_GASP)
		i->gasp = at > i->gasp ? at : i->gasp;
	else if (e->trap.hint == TRAP_HINT_COLD_START)
		i->cold = at > i->cold ? at : i->cold;
	return 0;
}

int
intake_arp(struct diag *d, const struct evidence *e)
{
	struct node *n = NULL;
	dtime at = diag_time(d, e->at_ms);

	if (e->node) {
		n = tree_find(d, e->node);
	} else {
		uint32_t index = index_find(d->by_ip, e->arp.ip4);

		n = index == NONE ? NULL : node_at(d, index);
	}
	if (!n || !n->mac)
		return 0;
	if (e->arp.mac != n->mac && at > n->arp_foreign)
		n->arp_foreign = at;
	else if (e->arp.mac == n->mac && n->svc && at > n->svc->arp_own)
		n->svc->arp_own = at;
	return 0;
}

int
intake_move(struct diag *d, const struct evidence *e)
{
	struct node *n = tree_find(d, e->node);
	const struct node *from = tree_find(d, e->move.from.node);

	if (!n || !is_device(n))
		return ERR_NOTFOUND;
	n->moved_at = diag_time(d, e->at_ms);
	n->moved_from = from ? index_of(d, from) : NONE;
	n->moved_from_port = e->move.from.port;
	if (list_has(&d->moves, index_of(d, n)))
		return 0;
	return list_add(&d->moves, index_of(d, n));
}

int
intake_monitor(struct diag *d, const struct evidence *e)
{
	struct monitor_state *m = &d->monitor;
	const struct evidence_monitor *in = &e->monitor;
	dtime at = diag_time(d, e->at_ms);
	uint32_t low, high;

	m->lags[1] = m->lags[0];
	m->lags[0] = in->lag_ms;
	if (m->lag_count < 2)
		m->lag_count++;
	low = m->lags[0] < m->lags[1] ? m->lags[0] : m->lags[1];
	high = m->lags[0] > m->lags[1] ? m->lags[0] : m->lags[1];
	m->gateway_ever |= in->answered > 0;
	if (in->sent && !in->answered && m->gateway_ever) {
		if (!m->trouble) {
			m->trouble = MONITOR_NIC;
			m->since = at;
		}
	} else if (m->lag_count == 2 && low > LAG_LIMIT_MS) {
		if (!m->trouble) {
			m->trouble = MONITOR_OVERLOAD;
			m->since = at - d->C / 2;
		}
	} else if (m->trouble && high < LAG_LIMIT_MS) {
		m->last_trouble = m->trouble;
		m->last_since = m->since;
		m->last_end = at;
		m->trouble = MONITOR_FINE;
		monitor_ended(d);
	}
	return 0;
}

int
intake_window(struct diag *d, const struct evidence *e)
{
	const struct node *n = tree_find(d, e->node);
	dtime from = diag_time(d, e->window.from_ms), to = diag_time(d, e->window.to_ms);
	struct window *w;

	if (!n)
		return ERR_NOTFOUND;
	for (size_t k = 0; k < d->window_count; k++)
		if (d->windows[k].node == index_of(d, n) && d->windows[k].from == from) {
			d->windows[k].to = to;
			return 0;
		}
	if (d->window_count == d->window_cap) {
		size_t cap = d->window_cap ? 2 * d->window_cap : 8;
		struct window *grown = realloc(d->windows, cap * sizeof(*grown));

		if (!grown)
			return ERR_NOMEM;
		d->windows = grown;
		d->window_cap = cap;
	}
	w = &d->windows[d->window_count++];
	w->node = index_of(d, n);
	w->from = from;
	w->to = to;
	return 0;
}
