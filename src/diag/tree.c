/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tree that blame moves in: nodes below the one that all their paths share. Devices hang where
 * a switch tells that they are, else where the documents say, else on the core of their site.
 */
#include "engine.h"

#include "keepwatch/err.h"

#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 64, SMALL = 1024 };

struct node *
tree_find(const struct diag *d, uint32_t id)
{
	uint32_t i = index_find(d->by_id, id);

	return i == NONE ? NULL : &d->nodes[i];
}

static uint32_t
site_index(struct diag *d, uint32_t number)
{
	struct site *s;

	for (uint32_t i = 0; i < d->site_count; i++)
		if (d->sites[i].number == number)
			return i;
	if (d->site_count == d->site_cap) {
		uint32_t cap = d->site_cap ? 2 * d->site_cap : 8;
		struct site *grown = realloc(d->sites, cap * sizeof(*grown));

		if (!grown)
			return NONE;
		d->sites = grown;
		d->site_cap = cap;
	}
	s = &d->sites[d->site_count];
	*s = (struct site){
		.number = number,
		.core = NONE,
		.wan = NONE,
		.loss = 0.02,
		.svc_timeout = 0.01,
		.base = -1,
	};
	return d->site_count++;
}

static void
unlink_node(struct diag *d, struct node *n)
{
	struct infra *i;

	if (n->parent == NONE)
		return;
	i = infra_of(d, node_at(d, n->parent));
	if (n->prev != NONE)
		node_at(d, n->prev)->next = n->next;
	else if (is_device(n))
		i->devices = n->next;
	else
		i->kids = n->next;
	if (n->next != NONE)
		node_at(d, n->next)->prev = n->prev;
	if (is_device(n))
		i->device_count--;
	n->parent = n->next = n->prev = NONE;
}

void
tree_attach(struct diag *d, struct node *n, uint32_t parent, uint32_t port)
{
	struct infra *i;
	uint32_t *head;

	n->port = port;
	if (n->parent == parent)
		return;
	unlink_node(d, n);
	if (parent == NONE)
		return;
	i = infra_of(d, node_at(d, parent));
	head = is_device(n) ? &i->devices : &i->kids;
	n->parent = parent;
	n->prev = NONE;
	n->next = *head;
	if (*head != NONE)
		node_at(d, *head)->prev = index_of(d, n);
	*head = index_of(d, n);
	if (is_device(n))
		i->device_count++;
}

/* Where things of a site hang of which nobody knows where. */
static uint32_t
root_of_site(const struct diag *d, const struct node *n)
{
	const struct site *s = &d->sites[n->site];
	uint32_t self = index_of(d, n);

	if (s->core != NONE && s->core != self && n->role > NODE_CORE)
		return s->core;
	if (s->wan != NONE && s->wan != self && n->role > NODE_WAN)
		return s->wan;
	return d->monitor_node == self ? NONE : d->monitor_node;
}

void
tree_detach(struct diag *d, struct node *n)
{
	n->seen = NEVER;
	tree_attach(d, n, root_of_site(d, n), 0);
}

bool
tree_is_below(const struct diag *d, uint32_t node, uint32_t above)
{
	const struct node *a;

	EACH_UP(d, node_at(d, node), a)
	if (a_i == above)
		return true;
	return false;
}

/* ---- the order of switches, and their dominators */

enum { FRESH, VISITING, DONE };

static uint32_t
common(const struct diag *d, uint32_t a, uint32_t b)
{
	while (a != b) {
		const struct node *x = node_at(d, a), *y = node_at(d, b);

		if (infra_of(d, x)->depth >= infra_of(d, y)->depth)
			a = x->parent;
		else
			b = y->parent;
		if (a == NONE || b == NONE)
			return d->monitor_node;
	}
	return a;
}

static int
place_infra(struct diag *d, uint32_t infra, uint8_t *state, unsigned depth)
{
	struct infra *i = &d->infras[infra];
	struct node *n = node_at(d, i->node);
	uint32_t dominator = NONE, root;
	int rc;

	if (state[infra] != FRESH)
		return 0;
	state[infra] = VISITING;
	/* The monitor is the root, whatever it is said to hang on. */
	for (unsigned k = 0; k < i->parent_count && depth < DEPTH_MAX && i->node != d->monitor_node;
	     k++) {
		const struct node *p = tree_find(d, i->parents[k].node);

		if (!p || is_device(p) || p == n)
			continue;
		rc = place_infra(d, p->infra, state, depth + 1);
		if (rc)
			return rc;
		if (state[p->infra] != DONE)
			continue; /* a ring: this path is left out */
		dominator =
			dominator == NONE ? index_of(d, p) : common(d, dominator, index_of(d, p));
		if (dominator == index_of(d, p))
			n->port = i->parents[k].port;
	}
	root = root_of_site(d, n);
	if (dominator == NONE && root != NONE) {
		rc = place_infra(d, node_at(d, root)->infra, state, depth + 1);
		if (rc)
			return rc;
		dominator = state[node_at(d, root)->infra] == DONE ? root : d->monitor_node;
		n->port = 0;
	}
	if (dominator == i->node)
		dominator = NONE;
	i->depth = dominator == NONE ? 0 : (uint8_t)(infra_of(d, node_at(d, dominator))->depth + 1);
	n->parent = NONE;
	tree_attach(d, n, dominator, n->port);
	state[infra] = DONE;
	return list_add(&d->order, infra);
}

int
tree_order(struct diag *d)
{
	uint8_t *state;
	int rc = 0;

	if (!d->is_order_stale)
		return 0;
	state = calloc(d->infra_count + 1, 1);
	if (!state)
		return ERR_NOMEM;
	d->order.n = 0;
	for (uint32_t i = 0; i < d->infra_count; i++)
		d->infras[i].kids = NONE;
	if (d->monitor_node != NONE)
		rc = place_infra(d, node_at(d, d->monitor_node)->infra, state, 0);
	for (uint32_t i = 0; i < d->infra_count && !rc; i++)
		if (!node_at(d, d->infras[i].node)->is_gone)
			rc = place_infra(d, i, state, 0);
	free(state);
	d->is_order_stale = rc != 0;
	return rc;
}

/* ---- nodes come and go */

static struct node *
new_node(struct diag *d, uint32_t id, bool has_infra)
{
	struct node *n;

	if (d->node_count == d->node_cap) {
		/* Many are held for years: little is left over. */
		uint32_t cap = d->node_cap + d->node_cap / (d->node_cap < SMALL ? 2 : 8) + 64;
		struct node *grown = realloc(d->nodes, cap * sizeof(*grown));

		if (!grown)
			return NULL;
		d->nodes = grown;
		d->node_cap = cap;
	}
	if (has_infra && d->infra_count == d->infra_cap) {
		uint32_t cap = d->infra_cap + d->infra_cap / 8 + 16;
		struct infra *grown = realloc(d->infras, cap * sizeof(*grown));

		if (!grown)
			return NULL;
		d->infras = grown;
		d->infra_cap = cap;
	}
	n = &d->nodes[d->node_count];
	*n = (struct node){
		.next = NONE,
		.prev = NONE,
		.last_ok = NEVER,
		.last_at = NEVER,
		.onset = NEVER,
		.seen = NEVER,
		.parent = NONE,
		.id = id,
		.infra = NONE,
		.back = NEVER,
		.boot = NEVER,
		.arp_foreign = NEVER,
		.moved_at = NEVER,
		.back_at = NEVER,
		.asked = NEVER,
	};
	if (index_put(d->by_id, id, d->node_count))
		return NULL;
	d->node_count++;
	if (has_infra) {
		n->infra = d->infra_count;
		d->infras[d->infra_count++] = (struct infra){
			.node = d->node_count - 1,
			.devices = NONE,
			.kids = NONE,
			.alive = NEVER,
			.lost = NEVER,
			.snmp_at = NEVER,
			.walk = NEVER,
			.gasp = NEVER,
			.cold = NEVER,
			.asked = NEVER,
			.asked_ports = NEVER,
		};
	}
	return n;
}

static int
note_role(struct diag *d, struct node *n)
{
	struct site *s = &d->sites[n->site];
	uint32_t self = index_of(d, n);

	switch (n->role) {
	case NODE_MONITOR:
		d->monitor_node = self;
		break;
	case NODE_WAN:
		if (s->wan == NONE)
			s->wan = self;
		break;
	case NODE_CORE:
		if (s->core == NONE)
			s->core = self;
		break;
	case NODE_ACCESS:
		for (uint32_t i = 0; i < s->access_count; i++)
			if (s->access[i] == self)
				return 0;
		if (s->access_count == s->access_cap) {
			uint32_t cap = s->access_cap ? 2 * s->access_cap : 8;
			uint32_t *grown = realloc(s->access, cap * sizeof(*grown));

			if (!grown)
				return ERR_NOMEM;
			s->access = grown;
			s->access_cap = cap;
		}
		s->access[s->access_count++] = self;
		break;
	default:
		break;
	}
	return 0;
}

/* It is no longer what it was: another role, another site, or gone. */
static void
forget_role(struct diag *d, const struct node *n)
{
	struct site *s = &d->sites[n->site];
	uint32_t self = index_of(d, n);

	if (s->wan == self)
		s->wan = NONE;
	if (s->core == self)
		s->core = NONE;
	for (uint32_t i = 0; i < s->access_count; i++)
		if (s->access[i] == self) {
			memmove(&s->access[i], &s->access[i + 1],
				(s->access_count - i - 1) * sizeof(*s->access));
			s->access_count--;
			return;
		}
}

static int
note_keys(struct diag *d, struct node *n, const struct evidence_node *info)
{
	uint32_t self = index_of(d, n);
	int rc = 0;

	if (n->mac != info->mac) {
		if (n->mac && index_find(d->by_mac, n->mac) == self)
			index_remove(d->by_mac, n->mac);
		n->mac = info->mac;
		if (n->mac)
			rc = index_put(d->by_mac, n->mac, self);
	}
	if (!rc && n->ip4 != info->ip4) {
		if (n->ip4 && index_find(d->by_ip, n->ip4) == self)
			index_remove(d->by_ip, n->ip4);
		n->ip4 = info->ip4;
		if (n->ip4)
			rc = index_put(d->by_ip, n->ip4, self);
	}
	return rc;
}

int
tree_node(struct diag *d, const struct evidence *e)
{
	const struct evidence_node *info = &e->info;
	struct node *n = tree_find(d, e->node);
	bool has_infra = info->role != NODE_DEVICE, is_new = !n;
	uint32_t site;

	if (info->role >= NODE_ROLE_COUNT || info->parent_count > EVIDENCE_PARENTS_MAX || !e->node)
		return ERR_RANGE;
	if (info->role != NODE_MONITOR && d->monitor_node == NONE)
		return ERR_NOTFOUND;
	if (n && is_device(n) == has_infra)
		return ERR_RANGE; /* a device does not become a switch: GONE comes between */
	if ((info->role == NODE_MONITOR) !=
	    (n ? index_of(d, n) == d->monitor_node : d->monitor_node == NONE))
		return ERR_RANGE; /* there is one monitor, and it stays it */
	site = site_index(d, info->site);
	if (site == NONE)
		return ERR_NOMEM;
	if (!n)
		n = new_node(d, e->node, has_infra);
	if (!n)
		return ERR_NOMEM;
	if (!is_new && (n->role != info->role || n->site != site))
		forget_role(d, n);
	n->role = info->role;
	n->site = site;
	n->zone = info->zone;
	n->has_snmp = info->has_snmp;
	n->has_ping = info->has_ping;
	n->uses_poe = info->uses_poe;
	n->period = info->period_ms ? info->period_ms / 100 : (uint32_t)d->C;
	if (has_infra) {
		struct infra *i = infra_of(d, n);

		i->parent_count = info->parent_count;
		memcpy(i->parents, info->parents, sizeof(i->parents));
		if (info->poe_budget_mw)
			i->poe_budget_mw = info->poe_budget_mw;
		d->is_order_stale = true;
	} else if (is_new || !is_seen(n)) {
		const struct node *p =
			info->parent_count ? tree_find(d, info->parents[0].node) : NULL;

		if (p && !is_device(p))
			tree_attach(d, n, index_of(d, p), info->parents[0].port);
		else
			tree_detach(d, n);
	}
	if (note_role(d, n) || note_keys(d, n, info))
		return ERR_NOMEM;
	return 0;
}

int
tree_place(struct diag *d, const struct evidence *e)
{
	struct node *n = tree_find(d, e->node);
	const struct evidence_parent *at = &e->place.parent;
	const struct node *p = at->node ? tree_find(d, at->node) : NULL;

	if (!n || (at->node && (!p || is_device(p) || p == n)))
		return ERR_NOTFOUND;
	if (!is_device(n)) {
		struct infra *i = infra_of(d, n);

		i->parent_count = at->node ? 1 : 0;
		i->parents[0] = *at;
		d->is_order_stale = true;
	} else if (p) {
		tree_attach(d, n, index_of(d, p), at->port);
		n->seen = e->place.is_seen ? diag_time(d, e->at_ms) : NEVER;
	} else {
		tree_detach(d, n);
	}
	return 0;
}

/* As tree_detach, when the switch `from` itself goes away. */
static void
detach_from(struct diag *d, struct node *n, uint32_t from)
{
	tree_detach(d, n);
	if (n->parent == from)
		tree_attach(d, n, d->monitor_node, 0);
}

int
tree_gone(struct diag *d, const struct evidence *e)
{
	struct node *n = tree_find(d, e->node);
	struct infra *i;
	uint32_t self;

	if (!n || n->role == NODE_MONITOR)
		return ERR_NOTFOUND;
	self = index_of(d, n);
	i = infra_of(d, n);
	forget_role(d, n);
	incidents_forget(d, self);
	if (i) {
		while (i->devices != NONE)
			detach_from(d, node_at(d, i->devices), self);
		d->is_order_stale = true;
	}
	unlink_node(d, n);
	if (n->is_failing)
		subject_set_failing(d, n, false);
	index_remove(d->by_id, n->id);
	if (n->mac && index_find(d->by_mac, n->mac) == self)
		index_remove(d->by_mac, n->mac);
	if (n->ip4 && index_find(d->by_ip, n->ip4) == self)
		index_remove(d->by_ip, n->ip4);
	n->is_gone = true;
	return i ? tree_order(d) : 0;
}
