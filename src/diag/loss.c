/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A part of the packets is lost: the median loss of the devices below a node, against what is usual
 * at its site. A median, because some devices are always bad; once a cycle, because polls come once
 * a cycle. The highest node is blamed whose parts are all bad.
 */
#include "engine.h"

#include "keepwatch/err.h"

#include <stdlib.h>

/* A third of all echoes: cameras stop to work there. And so much more than usual at the site. */
#define LOSS_BAD     0.3
#define LOSS_EXTRA   0.2
#define LOSS_UNKNOWN 0.1 /* usual loss before any is known */
/* The usual loss follows slowly, and not into a degradation. */
#define BASE_RATE  0.1
#define BASE_LEARN 0.12
#define OWN_BAD	   0.25 /* of the node's own echoes: it is behind the bad link itself */
enum {
	POLLS = 6, /* newest ones of each device */
	POLLS_WANTED = 4,
	DEVICES_WANTED = 2,
	ROUNDS_WANTED = 4,  /* cycles that it lasts before it is told */
	UPLINK_ERRORS = 60, /* errors of its uplink port in that time that say it is the link */
	ERROR_CYCLES = 6,
};

/* What a round knows of a node; < 0: nothing. */
struct level {
	double *median; /* by infra index */
	bool *is_bad, *is_top;
};

static int
compare_doubles(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return left < right ? -1 : left > right;
}

/* Mean loss of the newest polls that were answered; < 0: too few, or not pinged. */
static double
loss_of(const struct node *n, unsigned wanted)
{
	unsigned count = 0, pinged = 0;
	double sum = 0;

	for (unsigned k = 0; k < n->ring_count && k < POLLS; k++) {
		const struct poll *p = poll_back(n, k);

		if (!p->alive)
			continue;
		count++;
		pinged += p->loss < LOSS_SCALE;
		sum += (double)p->loss / LOSS_SCALE;
	}
	return count >= wanted && pinged > 0 ? sum / count : -1;
}

/* Of an access switch. Of two devices the better one counts. */
static double
median_below(const struct diag *d, const struct infra *i, double *scratch)
{
	const struct node *c;
	size_t n = 0;

	EACH_DEVICE(d, i, c)
	{
		double loss = loss_of(c, POLLS_WANTED);

		if (loss >= 0)
			scratch[n++] = loss;
	}
	if (n < DEVICES_WANTED)
		return -1;
	qsort(scratch, n, sizeof(*scratch), compare_doubles);
	return n > 2 ? scratch[n / 2] : scratch[0];
}

/* Of the nodes below. */
static double
median_of_kids(const struct diag *d, const struct infra *i, const double *median, double *scratch)
{
	const struct node *c;
	size_t n = 0;

	EACH_KID(d, i, c)
	{
		if (median[c->infra] >= 0)
			scratch[n++] = median[c->infra];
	}
	if (n == 0)
		return -1;
	qsort(scratch, n, sizeof(*scratch), compare_doubles);
	return scratch[(n - 1) / 2];
}

static void
learn_bases(struct diag *d, const double *median, double *scratch)
{
	for (uint32_t s = 0; s < d->site_count; s++) {
		struct site *site = &d->sites[s];
		double usual;
		size_t n = 0;

		for (uint32_t k = 0; k < site->access_count; k++) {
			double loss = median[node_at(d, site->access[k])->infra];

			if (loss >= 0)
				scratch[n++] = loss;
		}
		if (n == 0)
			continue;
		qsort(scratch, n, sizeof(*scratch), compare_doubles);
		usual = scratch[n / 2];
		if (site->base < 0)
			site->base = usual;
		else if (usual < site->base + BASE_LEARN)
			site->base += BASE_RATE * (usual - site->base);
	}
}

static double
base_of(const struct diag *d, const struct node *v)
{
	if (v->site == NONE || d->sites[v->site].base < 0)
		return LOSS_UNKNOWN;
	return d->sites[v->site].base;
}

static unsigned
count_kids(const struct diag *d, const struct infra *i, const struct level *level, bool bad_only)
{
	const struct node *c;
	unsigned n = 0;

	EACH_KID(d, i, c)
	n += bad_only ? level->is_bad[c->infra] : level->median[c->infra] >= 0;
	return n;
}

/* Its own echoes: does it sit behind the bad link, or is the link below it? */
static bool
is_lossy_itself(const struct node *n)
{
	return loss_of(n, 1) >= OWN_BAD;
}

/* The node to blame for v's loss; NULL: another one will be found for it. */
static const struct node *
top_of(const struct diag *d, const struct node *v, const struct level *level)
{
	const struct node *up = v->parent == NONE ? NULL : node_at(d, v->parent);

	/* A chain, with one switch below another: who of the two? */
	if (v->role != NODE_ACCESS && count_kids(d, infra_of(d, v), level, false) == 1) {
		if (!is_lossy_itself(v))
			return NULL;
	} else if (v->role == NODE_ACCESS && up && level->is_bad[up->infra] &&
		   count_kids(d, infra_of(d, up), level, false) == 1 && is_lossy_itself(up)) {
		return NULL;
	}
	while (v->parent != NONE) {
		up = node_at(d, v->parent);
		if (up->role == NODE_MONITOR || !level->is_bad[up->infra] ||
		    count_kids(d, infra_of(d, up), level, true) < 2)
			break;
		v = up;
	}
	/* What the core suffers, and nothing else on the site's way, is the site's connection. */
	if (v->role == NODE_CORE && v->parent != NONE && node_at(d, v->parent)->role == NODE_WAN)
		v = node_at(d, v->parent);
	return v;
}

/* Devices below that are reachable only in part, ascending. */
static int
devices_below(struct diag *d, const struct infra *i, struct list *out)
{
	const struct node *c;
	int rc = 0;

	EACH_DEVICE(d, i, c)
	{
		if (c->ever)
			rc = list_add(out, index_of(d, c));
		if (rc < 0)
			return rc;
	}
	EACH_KID(d, i, c)
	{
		rc = devices_below(d, infra_of(d, c), out);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static unsigned
uplink_errors(const struct diag *d, const struct infra *i)
{
	unsigned errors = 0;

	for (unsigned p = 0; p < i->parent_count; p++) {
		const struct node *up = tree_find(d, i->parents[p].node);

		if (up && !is_device(up) && i->parents[p].port)
			errors += port_errors(infra_of(d, up), i->parents[p].port,
					      d->now - ERROR_CYCLES * d->C);
	}
	return errors;
}

static int
tell(struct diag *d, struct infra *i, double median)
{
	const struct node *v = node_at(d, i->node), *blamed = v;
	bool is_wan = v->role == NODE_WAN || v->role == NODE_CORE;
	unsigned errors = uplink_errors(d, i);
	struct list *devices = &d->scratch[0];
	struct draft draft = {.onset = d->now - ROUNDS_WANTED * d->C};
	struct diag_reason *r;
	int rc;

	if (i->incidents[FAM_LOSS])
		draft.onset = i->incidents[FAM_LOSS]->onset;
	if (is_wan && v->site != NONE && d->sites[v->site].wan != NONE)
		blamed = node_at(d, d->sites[v->site].wan);
	devices->n = 0;
	rc = devices_below(d, i, devices);
	if (rc < 0)
		return rc;
	list_sort(devices);
	draft.devices = devices->v;
	draft.device_count = devices->n;
	draft_blame(d, &draft, is_wan ? VERDICT_WAN : VERDICT_UPLINK, blamed,
		    errors > UPLINK_ERRORS ? 0.8 : 0.65);
	r = draft_reason(d, &draft, REASON_LOSS_BELOW, v, 4);
	r->x = median;
	r->of = base_of(d, v);
	r->at_ms = diag_ms(d, draft.onset);
	if (errors > 0) {
		r = draft_reason(d, &draft, REASON_LOSS_PORT_ERRORS, v,
				 errors > UPLINK_ERRORS ? 3 : 0);
		r->n = errors;
	}
	if (!is_wan) {
		draft_alt(d, &draft, VERDICT_SWITCH_FLAP, v, 0.2);
		draft_alt(d, &draft, VERDICT_SWITCH_DOWN, v, 0.1);
		r = draft_decider(d, &draft, REASON_ASK_PARENT_PORT,
				  v->parent == NONE ? v : node_at(d, v->parent));
		r->port = i->parent_count ? i->parents[0].port : 0;
	}
	return incident_emit(d, FAM_LOSS, i->node, &draft, &i->incidents[FAM_LOSS]);
}

/* Hidden by an outage, not healed: nothing is concluded. */
static bool
is_hidden(const struct diag *d, const struct infra *i)
{
	const struct node *v = node_at(d, i->node), *c;

	if (is_below_outage(d, v, true))
		return true;
	EACH_KID(d, i, c)
	{
		if (infra_of(d, c)->outage.is_on)
			return true;
	}
	return false;
}

static int
count_round(struct diag *d, struct infra *i, const struct level *level)
{
	size_t at = (size_t)(i - d->infras);
	int rc = 0;

	if (level->is_top[at]) {
		if (i->loss_score < LOSS_SCORE_MAX)
			i->loss_score++;
		if (i->loss_score >= ROUNDS_WANTED && !i->incidents[FAM_FLAP])
			rc = tell(d, i, level->median[at]);
		return rc;
	}
	if (i->loss_score == 0 || is_hidden(d, i))
		return 0;
	/* Healing shows within the polls that are averaged: two rounds for one. */
	i->loss_score = i->loss_score > 2 ? i->loss_score - 2 : 0;
	if (i->loss_score == 0 && i->incidents[FAM_LOSS]) {
		rc = incident_close(d, i->incidents[FAM_LOSS], NULL, REASON_LOSS_FINE);
		i->incidents[FAM_LOSS] = NULL;
	}
	return rc;
}

static int
round_of(struct diag *d)
{
	size_t room = (d->node_count > d->infra_count ? d->node_count : d->infra_count) + 1;
	struct level level = {
		.median = arena_take(d->arena, d->infra_count * sizeof(double)),
		.is_bad = arena_take(d->arena, d->infra_count * sizeof(bool)),
		.is_top = arena_take(d->arena, d->infra_count * sizeof(bool)),
	};
	double *scratch = arena_take(d->arena, room * sizeof(double));
	int rc;

	if (!level.median || !level.is_bad || !level.is_top || !scratch)
		return ERR_NOMEM;
	rc = tree_order(d);
	if (rc < 0)
		return rc;
	for (size_t k = d->order.n; k-- > 0;) {
		const struct infra *i = &d->infras[d->order.v[k]];

		level.median[d->order.v[k]] = node_at(d, i->node)->role == NODE_ACCESS
						      ? median_below(d, i, scratch)
						      : median_of_kids(d, i, level.median, scratch);
	}
	learn_bases(d, level.median, scratch);
	for (uint32_t k = 0; k < d->infra_count; k++) {
		const struct node *v = node_at(d, d->infras[k].node);

		level.is_bad[k] = v->role != NODE_MONITOR && level.median[k] > LOSS_BAD &&
				  level.median[k] > base_of(d, v) + LOSS_EXTRA;
	}
	for (uint32_t k = 0; k < d->infra_count; k++) {
		const struct node *top;

		if (!level.is_bad[k])
			continue;
		top = top_of(d, node_at(d, d->infras[k].node), &level);
		if (top)
			level.is_top[top->infra] = true;
	}
	for (uint32_t k = 0; k < d->infra_count && rc == 0; k++)
		rc = count_round(d, &d->infras[k], &level);
	return rc;
}

int
tick_loss(struct diag *d)
{
	if (d->loss_at == NEVER || d->loss_at > d->now)
		d->loss_at = d->now;
	if (d->now - d->loss_at < d->C || d->monitor.trouble != MONITOR_FINE)
		return 0;
	/* A grid of its own: it does not shift with how often ticks come. */
	d->loss_at += (d->now - d->loss_at) / d->C * d->C;
	return round_of(d);
}
