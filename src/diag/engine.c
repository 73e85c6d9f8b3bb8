/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The engine as a whole: evidence goes to those who keep it, a tick asks the parts in turn for
 * their conclusions, and events wait in a queue.
 */
#include "engine.h"

#include "keepwatch/err.h"

#include <stdlib.h>

const struct diag_params diag_default_params = {.cycle_ms = 60000, .first_id = 1};

enum { EPOCH_MARGIN_MS = 86400000, CYCLE_MIN_MS = 1000, CYCLE_MAX_MS = 3600000 };

dtime
diag_time(const struct diag *d, int64_t ms)
{
	int64_t t;

	if (__builtin_sub_overflow(ms, d->epoch_ms, &t))
		t = ms < 0 ? INT64_MIN : INT64_MAX;
	t /= 100;
	if (t <= NEVER)
		return NEVER + 1;
	return t >= FOREVER ? FOREVER - 1 : (dtime)t;
}

int64_t
diag_ms(const struct diag *d, dtime t)
{
	return t == NEVER ? 0 : d->epoch_ms + (int64_t)t * 100;
}

static void
set_epoch(struct diag *d, int64_t ms)
{
	if (d->has_epoch)
		return;
	d->has_epoch = true;
	d->epoch_ms = ms > INT64_MIN + EPOCH_MARGIN_MS ? ms - EPOCH_MARGIN_MS : INT64_MIN;
	d->now = d->started = diag_time(d, ms);
}

static uint64_t
key_id(const struct node *n)
{
	return n->id;
}

static uint64_t
key_mac(const struct node *n)
{
	return n->mac;
}

static uint64_t
key_ip(const struct node *n)
{
	return n->ip4;
}

struct diag *
diag_new(const struct diag_params *params)
{
	struct diag *d = calloc(1, sizeof(*d));

	if (!d)
		return NULL;
	d->params = *params;
	if (d->params.cycle_ms < CYCLE_MIN_MS)
		d->params.cycle_ms = CYCLE_MIN_MS;
	if (d->params.cycle_ms > CYCLE_MAX_MS)
		d->params.cycle_ms = CYCLE_MAX_MS;
	d->C = (dtime)(d->params.cycle_ms / 100);
	d->W = d->C * 4 / 3;
	d->monitor_node = NONE;
	d->monitor.last_since = d->monitor.last_end = NEVER;
	d->next_number = params->first_id;
	d->loss_at = NEVER;
	d->by_id = index_new(&d->nodes, key_id);
	d->by_mac = index_new(&d->nodes, key_mac);
	d->by_ip = index_new(&d->nodes, key_ip);
	d->arena = arena_new();
	if (!d->by_id || !d->by_mac || !d->by_ip || !d->arena) {
		diag_free(d);
		return NULL;
	}
	return d;
}

static void
free_infra(struct infra *i)
{
	for (uint32_t p = 0; p < i->port_count; p++)
		free(i->ports[p].errors);
	free(i->ports);
	free(i->flap);
}

void
diag_free(struct diag *d)
{
	if (!d)
		return;
	while (d->incidents)
		incident_free(d, d->incidents);
	for (uint32_t n = 0; n < d->node_count; n++) {
		free(d->nodes[n].runs);
		free(d->nodes[n].svc);
	}
	for (uint32_t i = 0; i < d->infra_count; i++)
		free_infra(&d->infras[i]);
	for (uint32_t s = 0; s < d->site_count; s++)
		free(d->sites[s].access);
	for (size_t l = 0; l < sizeof(d->scratch) / sizeof(d->scratch[0]); l++)
		free(d->scratch[l].v);
	free(d->order.v);
	free(d->failing.v);
	free(d->unplaced.v);
	free(d->svc_bad.v);
	free(d->moves.v);
	free(d->active.v);
	free(d->nodes);
	free(d->infras);
	free(d->sites);
	free(d->windows);
	free(d->events);
	index_free(d->by_id);
	index_free(d->by_mac);
	index_free(d->by_ip);
	arena_free(d->arena);
	free(d);
}

static void
forget_events(struct diag *d)
{
	d->event_count = d->event_next = 0;
	arena_reset(d->arena);
}

int
diag_take(struct diag *d, const struct evidence *e)
{
	struct node *n;
	int rc;

	set_epoch(d, e->at_ms);
	if (d->is_order_stale && e->kind != EVIDENCE_NODE && e->kind != EVIDENCE_PLACE) {
		rc = tree_order(d);
		if (rc)
			return rc;
	}
	switch (e->kind) {
	case EVIDENCE_POLL:
		return subject_take_device(d, e);
	case EVIDENCE_PORT:
		return intake_port(d, e);
	case EVIDENCE_SWITCH:
		return intake_switch(d, e);
	case EVIDENCE_MONITOR:
		return intake_monitor(d, e);
	case EVIDENCE_TRAP:
		return intake_trap(d, e);
	case EVIDENCE_ARP:
		return intake_arp(d, e);
	case EVIDENCE_NODE:
		return tree_node(d, e);
	case EVIDENCE_GONE:
		if (d->event_next == d->event_count)
			forget_events(d);
		return tree_gone(d, e);
	case EVIDENCE_PLACE:
		return tree_place(d, e);
	case EVIDENCE_MAINTENANCE:
		return intake_window(d, e);
	case EVIDENCE_MOVE:
		return intake_move(d, e);
	case EVIDENCE_BOOT:
	case EVIDENCE_DUPLICATE:
	case EVIDENCE_CLOCK:
		n = tree_find(d, e->node);
		if (!n)
			return ERR_NOTFOUND;
		if (e->kind == EVIDENCE_BOOT)
			n->boot = diag_time(d, e->boot_ms);
		else if (e->kind == EVIDENCE_DUPLICATE)
			return service_duplicate(d, n, diag_time(d, e->at_ms));
		return 0;
	default:
		return ERR_RANGE;
	}
}

int
diag_tick(struct diag *d, int64_t now_ms)
{
	int (*const parts[])(struct diag *) = {
		tree_order, tick_monitor, infer,     tick_infra,   tick_link,
		tick_flap,  tick_loss,	  tick_mgmt, tick_devices, tick_services,
	};
	dtime now;
	int rc = 0;

	set_epoch(d, now_ms);
	now = diag_time(d, now_ms);
	d->now = now > d->now ? now : d->now;
	d->round++;
	/* What a node that went away has closed since the last tick is not told yet. */
	if (d->event_next == d->event_count)
		forget_events(d);
	for (size_t k = 0; k < sizeof(parts) / sizeof(parts[0]) && !rc; k++)
		rc = parts[k](d);
	if (d->is_failed && !rc)
		rc = ERR_NOMEM;
	d->is_failed = false;
	return rc;
}

const struct diag_event *
diag_next(struct diag *d)
{
	return d->event_next < d->event_count ? &d->events[d->event_next++] : NULL;
}

void
diag_describe(const struct diag *d, struct diag_figures *out)
{
	*out = (struct diag_figures){.nodes = d->node_count, .failing = d->failing.n};
	for (const struct incident *i = d->incidents; i; i = i->next) {
		out->incidents += i->is_told;
		out->bytes += sizeof(*i) + (i->device_cap + i->member_count) * sizeof(uint32_t);
	}
	for (uint32_t i = 0; i < d->infra_count; i++)
		if (d->infras[i].flap)
			out->bytes += sizeof(*d->infras[i].flap);
	for (uint32_t s = 0; s < d->site_count; s++)
		out->bytes += d->sites[s].access_cap * sizeof(uint32_t);
	for (size_t l = 0; l < sizeof(d->scratch) / sizeof(d->scratch[0]); l++)
		out->bytes += d->scratch[l].cap * sizeof(uint32_t);
	for (uint32_t n = 0; n < d->node_count; n++)
		out->devices += is_device(&d->nodes[n]);
	out->bytes += d->bytes + d->node_cap * sizeof(*d->nodes) +
		      d->infra_cap * sizeof(*d->infras) + d->site_cap * sizeof(*d->sites) +
		      index_bytes(d->by_id) + index_bytes(d->by_mac) + index_bytes(d->by_ip) +
		      arena_bytes(d->arena) + d->event_cap * sizeof(*d->events) +
		      d->window_cap * sizeof(*d->windows) +
		      (d->failing.cap + d->active.cap + d->order.cap + d->svc_bad.cap +
		       d->moves.cap + d->unplaced.cap) *
			      sizeof(uint32_t);
}
