/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Services of devices that are reachable: what fails though the device answers. A test per service
 * over the last polls tells failures from the losses of a bad path; logins that are refused on many
 * devices of a site at once are one incident; right and wrong answers in turns, or a foreign MAC,
 * are two devices with one address.
 */
#include "engine.h"

#include "keepwatch/err.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

/* A failing service still answers now and then, and a sound one answers wrongly by itself. */
#define P_BAD	   0.9
#define P_HARD	   0.002 /* refused, login, TLS, error of a sound service: practically never */
#define P_SOFT	   0.006 /* timeouts on a clean path: measured, and the least that is believed */
#define P_SOFT_MAX 0.6
#define MARGIN	   1.5 /* the measured share of timeouts is an average over devices */
/* A request and its repetition must both be lost, on the way there or back. */
#define LOST_TWICE 1.4
/* Polls that the site's loss counts beside the device's own. */
#define PRIOR_POLLS 4
/* Requests that the expected share counts beside those of the services that work. */
#define PRIOR_REQUESTS 6
/* Nats. A fleet is looked at some million times an hour, and few faults are there to be found:
 * e^14 to 1, which three timeouts in a row on a clean path are. Each service that is said to fail
 * might be one by chance. */
#define CONVINCED    13.9
#define SERVICE_COST 1.0
#define SURER	     6.0 /* nats to change one's mind */
enum {
	DUP_RECENT = 6,	 /* polls that are looked at beside a foreign MAC */
	DUP_CHANGES = 3, /* right-wrong-right-wrong; one reboot makes two */
	ARP_CYCLES = 15, /* a foreign MAC is news for so long */
	QUIET_MAX = 20,	 /* cycles: never waits longer before it is closed */
};
/* Closed when so many good polls in a row would have come by chance once in a hundred; of two that
 * share an address the turns are longer, and once in a thousand. */
#define QUIET_NATS     4.6
#define QUIET_NATS_DUP 7.0
#define OWN_AGAIN      2.5 /* polls, if tables say that it is over */

/* No service is anything but NONE (0) or OK (1). */
#define SVC_WRONG_BITS 0xDB6
static_assert(SERVICE_NONE == 0 && SERVICE_OK == 1 && EVIDENCE_SERVICES == 4, "bits of poll.svc");

static bool
is_fine(const struct poll *p)
{
	return (p->svc & SVC_WRONG_BITS) == 0;
}

/* Another device answers: connections or logins refused on several services at once. */
static bool
is_stranger(const struct poll *p)
{
	return poll_count(p, SERVICE_REFUSED) + poll_count(p, SERVICE_AUTH) >= 2;
}

/* One of its services asks for a login, another one is not there: not what a device does whose
 * server has failed. */
static bool
is_mixed(const struct poll *p)
{
	return poll_count(p, SERVICE_REFUSED) > 0 && poll_count(p, SERVICE_AUTH) > 0;
}

/* As it should be, but for losses. */
static bool
is_right(const struct poll *p)
{
	unsigned right = poll_count(p, SERVICE_OK), late = poll_count(p, SERVICE_TIMEOUT);

	return right > late && right + late + poll_count(p, SERVICE_NONE) == EVIDENCE_SERVICES;
}

/* Alive polls that probed services, newest first. */
static unsigned
collect(const struct node *n, const struct poll *out[RING])
{
	unsigned count = 0;

	for (unsigned i = 0; i < n->ring_count; i++) {
		const struct poll *p = poll_back(n, i);

		if (p->alive && p->svc != 0)
			out[count++] = p;
	}
	return count;
}

/* ---- what fails: one service or several, since some poll */

/* An explanation, and the best that can be said for it. */
struct claim {
	enum verdict verdict; /* DEVICE_SERVICE, CREDENTIALS */
	double llr;	      /* against a sound device on a bad path; 0: nothing */
	unsigned width;	      /* polls since the onset, newest first */
	unsigned services;    /* bits */
	bool is_hard;	      /* not by timeouts alone */
	dtime onset;
};

/* The polls that are looked at, and how likely a timeout is in each. */
struct looks {
	const struct poll *polls[RING];
	double q[RING];
	unsigned count;
};

static bool
is_of(enum verdict verdict, enum service_state state)
{
	if (state == SERVICE_AUTH || state == SERVICE_TLS)
		return verdict == VERDICT_CREDENTIALS;
	return verdict == VERDICT_DEVICE_SERVICE && state > SERVICE_OK;
}

/* Chance that a request to a sound service times out, by what the site measured, by the device's
 * own echoes, and by those of the very poll. */
static void
expect_timeouts(const struct diag *d, const struct node *n, struct looks *w)
{
	const struct site *site = n->site == NONE ? NULL : &d->sites[n->site];
	double loss = site ? site->loss * PRIOR_POLLS : 0, q = P_SOFT;
	unsigned pinged = site ? PRIOR_POLLS : 0;

	for (unsigned i = 0; i < w->count; i++) {
		if (w->polls[i]->loss >= LOSS_SCALE)
			continue;
		loss += (double)w->polls[i]->loss / LOSS_SCALE;
		pinged++;
	}
	loss = pinged ? loss / pinged : 0;
	q = fmax(q, LOST_TWICE * loss * loss);
	if (site)
		q = fmax(q, site->svc_timeout * MARGIN);
	for (unsigned i = 0; i < w->count; i++) {
		double here = (loss + (double)w->polls[i]->loss / LOSS_SCALE) / 2;

		if (w->polls[i]->loss >= LOSS_SCALE)
			here = 0;
		w->q[i] = fmin(fmax(q, LOST_TWICE * here * here), P_SOFT_MAX);
	}
}

static double
llr_of(enum verdict verdict, enum service_state state, double q)
{
	if (state == SERVICE_NONE)
		return 0;
	if (state == SERVICE_OK)
		return log((1 - P_BAD) / (1 - q));
	if (!is_of(verdict, state))
		return 0; /* as likely with it as without */
	return log(P_BAD / (state == SERVICE_TIMEOUT ? q : P_HARD));
}

/* The moment and the services that explain most. */
static struct claim
weigh(const struct looks *w, enum verdict verdict, double q_least)
{
	struct claim best = {.verdict = verdict, .onset = FOREVER};
	double sums[EVIDENCE_SERVICES] = {0};
	unsigned hits[RING] = {0}, hard = 0;

	for (unsigned i = 0; i < w->count; i++) {
		double llr = 0;
		unsigned services = 0, bad = 0;

		for (unsigned s = 0; s < EVIDENCE_SERVICES; s++) {
			enum service_state state = poll_service(w->polls[i], s);

			sums[s] += llr_of(verdict, state, fmax(w->q[i], q_least));
			hits[i] |= (unsigned)is_of(verdict, state) << s;
			hard |= (unsigned)(is_of(verdict, state) && state != SERVICE_TIMEOUT) << s;
			if (sums[s] <= SERVICE_COST)
				continue;
			services |= 1u << s;
			llr += sums[s] - SERVICE_COST;
		}
		for (unsigned k = 0; k <= i; k++)
			bad += (hits[k] & services) != 0;
		if (bad < SERVICE_BAD_MIN || !(hits[i] & services) || llr <= best.llr)
			continue;
		best.llr = llr;
		best.width = i + 1;
		best.services = services;
		best.is_hard = (hard & services) != 0;
		best.onset = w->polls[i]->at;
	}
	return best;
}

/* The same, knowing how the other services fared: a bad path hits all of them. */
static struct claim
weigh_beside(const struct looks *w, enum verdict verdict)
{
	struct claim claim = weigh(w, verdict, 0);
	double asked = PRIOR_REQUESTS, lost;

	if (claim.llr <= CONVINCED)
		return claim;
	lost = w->q[0] * PRIOR_REQUESTS;
	for (unsigned i = 0; i < claim.width; i++) {
		for (unsigned s = 0; s < EVIDENCE_SERVICES; s++) {
			enum service_state state = poll_service(w->polls[i], s);

			if ((claim.services >> s & 1) || state == SERVICE_NONE)
				continue;
			asked++;
			lost += state == SERVICE_TIMEOUT;
		}
	}
	return weigh(w, verdict, fmin(lost / asked, P_SOFT_MAX));
}

/* Polls since the onset in which a login was refused. */
static unsigned
login_polls(const struct looks *w, unsigned width)
{
	unsigned count = 0;

	for (unsigned i = 0; i < width; i++)
		count += poll_count(w->polls[i], SERVICE_AUTH) +
				 poll_count(w->polls[i], SERVICE_TLS) >
			 0;
	return count;
}

/* ---- two devices with one address */

/* Right and wrong in turns, without the device having been away: a start refuses at first. Twice
 * wrong is enough if nothing was right then, or if it answered like a device of another kind. */
static bool
alternates(const struct node *n)
{
	unsigned changes = 0, strange = 0, whole = 0, mixed = 0, refused = 0;
	int last = -1;

	for (unsigned i = n->ring_count; i-- > 0;) {
		const struct poll *p = poll_back(n, i);
		bool after_loss = i + 1 < n->ring_count && !poll_back(n, i + 1)->alive;
		bool is_silent =
			poll_count(p, SERVICE_OK) == 0 && poll_count(p, SERVICE_ERROR) == 0;
		int now;

		if (!p->alive || p->svc == 0 || after_loss)
			continue;
		if (is_stranger(p) || (is_silent && strange > 0))
			now = 1;
		else if (is_right(p))
			now = 0;
		else
			continue;
		if (now == 0 && last < 0)
			continue;
		strange += now == 1;
		whole += now == 1 && is_silent;
		mixed += now == 1 && is_mixed(p);
		refused += poll_count(p, SERVICE_REFUSED) > 0;
		changes += last >= 0 && now != last;
		last = now;
	}
	if (whole < strange && mixed == 0)
		return changes > DUP_CHANGES; /* one that fails may work for a while */
	return changes >= DUP_CHANGES || (changes == DUP_CHANGES - 1 && refused > 0);
}

/* Another MAC answered lately, and so do its services: at least one wrong poll, and either a
 * second one, or a right one after it. */
static bool
has_foreign_mac(const struct diag *d, const struct node *n, const struct poll *const *polls,
		unsigned count)
{
	unsigned bad = 0;

	if (n->arp_foreign == NEVER || count == 0 ||
	    n->arp_foreign < polls[0]->at - ARP_CYCLES * d->C)
		return false;
	for (unsigned i = 0; i < count && i < DUP_RECENT; i++) {
		if (polls[i]->at < n->arp_foreign - d->W)
			break;
		bad += !is_fine(polls[i]);
	}
	return bad >= 2 || (bad == 1 && is_fine(polls[0]));
}

/* What the polls say; *onset: the first poll that said so. VERDICT_UNDETERMINED: nothing. */
static enum verdict
judge(const struct diag *d, const struct node *n, const struct looks *w, dtime *onset)
{
	struct claim service = weigh_beside(w, VERDICT_DEVICE_SERVICE);
	struct claim login = weigh_beside(w, VERDICT_CREDENTIALS);
	enum verdict before = n->svc ? n->svc->verdict : VERDICT_UNDETERMINED;
	double lead = login.llr - service.llr;

	if (has_foreign_mac(d, n, w->polls, w->count) || alternates(n)) {
		*onset = FOREVER;
		for (unsigned i = 0; i < w->count; i++)
			if (!is_right(w->polls[i]) && w->polls[i]->at < *onset)
				*onset = w->polls[i]->at;
		return VERDICT_DUP_IP;
	}
	if (before == VERDICT_CREDENTIALS)
		lead += SURER;
	else if (before == VERDICT_DEVICE_SERVICE)
		lead -= SURER;
	if (login.llr > CONVINCED && (lead > 0 || !service.is_hard)) {
		*onset = login.onset;
		return VERDICT_CREDENTIALS;
	}
	/* Timeouts among refused logins: wait for what it becomes. */
	if (service.llr > CONVINCED && (service.is_hard || login_polls(w, service.width) < 2)) {
		*onset = service.onset;
		return VERDICT_DEVICE_SERVICE;
	}
	return VERDICT_UNDETERMINED;
}

/* Tables of neighbours had the other's MAC and have its own now, and no poll tells more of it. */
static bool
is_own_again(const struct node *n)
{
	return n->svc->count <= 1 && n->arp_foreign != NEVER && n->svc->arp_own > n->arp_foreign;
}

/* Good polls in a row, and are there enough of them to believe that it is over? */
static bool
is_over(const struct diag *d, const struct node *n, const struct poll *const *polls, unsigned count)
{
	bool is_dup = n->svc->verdict == VERDICT_DUP_IP;
	/* Two devices share the answers by halves, until more is known. */
	double prior = is_dup ? 2 : 0.5;
	double rate = (n->svc->count + prior) / (n->svc->polls + 2 * prior);
	double need = (is_dup ? QUIET_NATS_DUP : QUIET_NATS) / -log(1 - fmin(rate, 0.99));
	unsigned good = 0;

	while (good < count && is_fine(polls[good]))
		good++;
	if (is_dup && is_own_again(n))
		need = OWN_AGAIN;
	need = fmax(2, fmin(need, QUIET_MAX));
	if (count == 0 || good == 0)
		return false;
	/* Longer than the ring: by time since the last bad one. */
	if (polls[0]->at - n->svc->last_bad < (dtime)(need * 0.9 * d->C) ||
	    good < fmin(need, count))
		return false;
	return !is_dup || n->arp_foreign == NEVER ||
	       polls[0]->at - n->arp_foreign >= (dtime)(need * d->C);
}

/* Counts a poll for the rate of bad ones up to the last bad one. */
static void
count_poll(struct svc_state *svc, const struct poll *newest)
{
	if (newest->at <= svc->last_poll)
		return;
	svc->last_poll = newest->at;
	if (svc->since_bad < UINT16_MAX)
		svc->since_bad++;
	if (is_fine(newest) || svc->polls > UINT16_MAX - svc->since_bad)
		return;
	svc->polls = (uint16_t)(svc->polls + svc->since_bad);
	svc->count++;
	svc->since_bad = 0;
	svc->last_bad = newest->at;
}

static int
begin(struct diag *d, struct node *n, enum verdict verdict, dtime onset)
{
	int rc = list_add(&d->svc_bad, index_of(d, n));

	if (rc < 0)
		return rc;
	n->svc = calloc(1, sizeof(*n->svc));
	if (!n->svc) {
		d->svc_bad.n--;
		return ERR_NOMEM;
	}
	d->bytes += sizeof(*n->svc);
	*n->svc = (struct svc_state){.verdict = verdict,
				     .onset = onset,
				     .last_poll = NEVER,
				     .last_bad = NEVER,
				     .arp_own = NEVER};
	return 0;
}

int
service_update(struct diag *d, struct node *n)
{
	struct looks w;
	enum verdict verdict;
	dtime onset = FOREVER;
	unsigned bad = 0;
	int rc;

	/* Nearly every poll of a fleet ends here. */
	if (!n->svc) {
		for (unsigned i = 0; i < RING; i++)
			bad += n->ring[i].alive && !is_fine(&n->ring[i]);
		if (bad < 2 && n->arp_foreign == NEVER)
			return 0;
	}
	w.count = collect(n, w.polls);
	if (w.count == 0)
		return 0;
	expect_timeouts(d, n, &w);
	if (n->svc)
		count_poll(n->svc, w.polls[0]);
	verdict = judge(d, n, &w, &onset);
	if (n->svc) {
		n->svc->is_over = is_over(d, n, w.polls, w.count);
		n->svc->is_mixed |= is_mixed(w.polls[0]);
	}
	if (verdict == VERDICT_UNDETERMINED || onset == FOREVER)
		return 0;
	if (!n->svc) {
		/* What is over does not begin again by itself. */
		if (is_fine(w.polls[0]) && (w.count < 2 || is_fine(w.polls[1])))
			return 0;
		rc = begin(d, n, verdict, onset);
		if (rc < 0)
			return rc;
		for (unsigned i = w.count; i-- > 0;) {
			if (w.polls[i]->at < onset)
				continue;
			count_poll(n->svc, w.polls[i]);
			n->svc->is_mixed |= is_mixed(w.polls[i]);
		}
	}
	/* A late result may tell of an earlier beginning. */
	if (onset < n->svc->onset && verdict == n->svc->verdict)
		n->svc->onset = onset;
	if (onset >= n->svc->onset - d->C && verdict != n->svc->verdict &&
	    n->svc->verdict != VERDICT_DUP_IP) {
		n->svc->verdict = verdict;
		n->svc->is_new = true;
	}
	return 0;
}

/* Whoever says so has looked at both: no poll needs to fail for it. */
int
service_duplicate(struct diag *d, struct node *n, dtime at)
{
	int rc = n->svc ? 0 : begin(d, n, VERDICT_DUP_IP, at);

	if (rc < 0)
		return rc;
	n->arp_foreign = at > n->arp_foreign ? at : n->arp_foreign;
	n->svc->last_bad = at > n->svc->last_bad ? at : n->svc->last_bad;
	n->svc->is_new |= n->svc->verdict != VERDICT_DUP_IP;
	n->svc->verdict = VERDICT_DUP_IP;
	n->svc->is_over = false;
	return 0;
}
