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
/* A device's path may be worse than the site's mean: so many requests of the mean are set against
 * what its other services suffered. */
#define PRIOR_REQUESTS 6
/* Nats that convince. Answers that are wrong are rare: e^11 to 1 is one mistake in some ten
 * thousand device-days. Timeouts come with losses, and there are about a million looks an hour in a
 * large fleet: e^15. */
#define CONVINCED      11.0
#define CONVINCED_SOFT 15.0
enum {
	BAD_MIN = 3,	 /* polls; fewer may be a restart */
	DUP_RECENT = 6,	 /* polls that are looked at beside a foreign MAC */
	DUP_CHANGES = 3, /* right-wrong-right-wrong; one reboot makes two */
	ARP_CYCLES = 15, /* a foreign MAC is news for so long */
	QUIET_MAX = 20,	 /* cycles: never waits longer before it is closed */
};
/* Closed when so many good polls in a row would have come by chance once in a hundred. */
#define QUIET_NATS 4.6

/* No service is anything but NONE (0) or OK (1). */
#define SVC_WRONG_BITS 0xDB6
static_assert(SERVICE_NONE == 0 && SERVICE_OK == 1 && EVIDENCE_SERVICES == 4, "bits of poll.svc");

static bool
is_fine(const struct poll *p)
{
	return (p->svc & SVC_WRONG_BITS) == 0;
}

static bool
is_hard(enum service_state s)
{
	return s == SERVICE_REFUSED || s == SERVICE_AUTH || s == SERVICE_TLS || s == SERVICE_ERROR;
}

/* Another device answers: connections or logins refused on several services at once. */
static bool
is_stranger(const struct poll *p)
{
	return poll_count(p, SERVICE_REFUSED) + poll_count(p, SERVICE_AUTH) >= 2;
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

/* Chance that a request to a sound service times out, by site and by the device's own echoes. */
static double
timeout_chance(const struct diag *d, const struct node *n, const struct poll *const *polls,
	       unsigned count)
{
	double q = P_SOFT, loss = 0;
	unsigned pinged = 0;

	if (n->site != NONE && d->sites[n->site].svc_timeout * 1.5 > q)
		q = d->sites[n->site].svc_timeout * 1.5;
	for (unsigned i = 0; i < count; i++) {
		if (polls[i]->loss >= LOSS_SCALE)
			continue;
		loss += (double)polls[i]->loss / LOSS_SCALE;
		pinged++;
	}
	if (pinged > 0) {
		loss /= pinged;
		/* A request and its repetition must both be lost. */
		if (1.3 * loss * loss > q)
			q = 1.3 * loss * loss;
	}
	return q < P_SOFT_MAX ? q : P_SOFT_MAX;
}

/* The same, with what the other services suffered while this one worked: a bad path hits all. */
static double
timeout_chance_beside(const struct poll *const *polls, unsigned count, unsigned service, double q)
{
	double lost = q * PRIOR_REQUESTS, asked = PRIOR_REQUESTS;

	for (unsigned i = 0; i < count; i++) {
		if (poll_service(polls[i], service) != SERVICE_OK)
			continue;
		for (unsigned s = 0; s < EVIDENCE_SERVICES; s++) {
			enum service_state state = poll_service(polls[i], s);

			if (s == service || state == SERVICE_NONE)
				continue;
			asked++;
			lost += state == SERVICE_TIMEOUT;
		}
	}
	return fmax(q, fmin(lost / asked, P_SOFT_MAX));
}

/* Polls, counted from the newest, that convince that this service fails: 0 if none do. */
static unsigned
window_of(const struct poll *const *polls, unsigned count, unsigned service, double q)
{
	static const unsigned widths[] = {4, 6, 8, 10};
	unsigned newest = 0;

	while (newest < count && poll_service(polls[newest], service) == SERVICE_NONE)
		newest++;
	if (newest + 1 < count && poll_service(polls[newest], service) == SERVICE_OK &&
	    poll_service(polls[newest + 1], service) == SERVICE_OK)
		return 0;
	q = timeout_chance_beside(polls, count, service, q);
	for (unsigned w = 0; w < sizeof(widths) / sizeof(widths[0]); w++) {
		unsigned width = widths[w] < count ? widths[w] : count, hard = 0, soft = 0, ok = 0;
		double llr;

		for (unsigned i = 0; i < width; i++) {
			enum service_state state = poll_service(polls[i], service);

			hard += is_hard(state);
			soft += state == SERVICE_TIMEOUT;
			ok += state == SERVICE_OK;
		}
		llr = hard * log(P_BAD / P_HARD) + soft * log(P_BAD / q) +
		      ok * log((1 - P_BAD) / (1 - q));
		if (hard + soft >= BAD_MIN && llr > (hard >= 2 ? CONVINCED : CONVINCED_SOFT))
			return width;
		if (width == count)
			break;
	}
	return 0;
}

/* Right and wrong in turns, without the device having been away: a start refuses at first. */
static bool
alternates(const struct node *n)
{
	unsigned changes = 0, good = 0, strange = 0;
	int last = -1;

	for (unsigned i = n->ring_count; i-- > 0;) {
		const struct poll *p = poll_back(n, i);
		bool after_loss = i + 1 < n->ring_count && !poll_back(n, i + 1)->alive;
		int now;

		if (!p->alive || p->svc == 0 || after_loss)
			continue;
		if (is_stranger(p))
			now = 1;
		else if (is_fine(p))
			now = 0;
		else
			continue;
		if (now == 0 && last < 0)
			continue;
		strange += now == 1;
		good += now == 0;
		changes += last >= 0 && now != last;
		last = now;
	}
	return changes >= DUP_CHANGES && good >= 2 && strange >= 2;
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
judge(const struct diag *d, const struct node *n, const struct poll *const *polls, unsigned count,
      dtime *onset)
{
	double q = timeout_chance(d, n, polls, count);
	unsigned width = 0, login = 0, other = 0;
	enum verdict verdict = VERDICT_UNDETERMINED;
	bool is_dup;

	for (unsigned s = 0; s < EVIDENCE_SERVICES; s++) {
		unsigned w = window_of(polls, count, s, q);

		for (unsigned i = 0; i < w; i++) {
			enum service_state state = poll_service(polls[i], s);

			login += state == SERVICE_AUTH || state == SERVICE_TLS;
			other += state == SERVICE_REFUSED || state == SERVICE_ERROR;
			if (state > SERVICE_OK && polls[i]->at < *onset)
				*onset = polls[i]->at;
		}
		width = w > width ? w : width;
	}
	if (width > 0)
		verdict = login >= BAD_MIN && login > other ? VERDICT_CREDENTIALS
							    : VERDICT_DEVICE_SERVICE;
	is_dup = has_foreign_mac(d, n, polls, count) || alternates(n);
	for (unsigned i = 0; is_dup && i < count; i++) {
		if (!is_fine(polls[i]) && polls[i]->at < *onset &&
		    polls[i]->at >= polls[0]->at - RING * d->C)
			*onset = polls[i]->at;
	}
	return is_dup ? VERDICT_DUP_IP : verdict;
}

/* Good polls in a row, and are there enough of them to believe that it is over? */
static bool
is_over(const struct diag *d, const struct node *n, const struct poll *const *polls, unsigned count)
{
	/* Two devices share the answers by halves, until more is known. */
	double prior = n->svc->verdict == VERDICT_DUP_IP ? 2 : 0.5;
	double rate = (n->svc->count + prior) / (n->svc->polls + 2 * prior);
	double need = QUIET_NATS / -log(1 - fmin(rate, 0.99));
	unsigned good = 0;

	while (good < count && is_fine(polls[good]))
		good++;
	need = fmax(2, fmin(need, QUIET_MAX));
	if (count == 0 || good == 0)
		return false;
	/* Longer than the ring: by time since the last bad one. */
	if (polls[0]->at - n->svc->last_bad < (dtime)(need * 0.9 * d->C) ||
	    good < fmin(need, count))
		return false;
	return n->svc->verdict != VERDICT_DUP_IP || n->arp_foreign == NEVER ||
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
	*n->svc = (struct svc_state){
		.verdict = verdict, .onset = onset, .last_poll = NEVER, .last_bad = NEVER};
	return 0;
}

int
service_update(struct diag *d, struct node *n)
{
	const struct poll *polls[RING];
	enum verdict verdict;
	dtime onset = FOREVER;
	unsigned count, bad = 0;
	int rc;

	/* Nearly every poll of a fleet ends here. */
	if (!n->svc) {
		for (unsigned i = 0; i < RING; i++)
			bad += n->ring[i].alive && !is_fine(&n->ring[i]);
		if (bad < 2 && n->arp_foreign == NEVER)
			return 0;
	}
	count = collect(n, polls);
	if (count == 0)
		return 0;
	if (n->svc)
		count_poll(n->svc, polls[0]);
	verdict = judge(d, n, polls, count, &onset);
	if (n->svc)
		n->svc->is_over = is_over(d, n, polls, count);
	if (verdict == VERDICT_UNDETERMINED || onset == FOREVER)
		return 0;
	if (!n->svc) {
		/* What is over does not begin again by itself. */
		if (is_fine(polls[0]) && (count < 2 || is_fine(polls[1])))
			return 0;
		rc = begin(d, n, verdict, onset);
		if (rc < 0)
			return rc;
		for (unsigned i = count; i-- > 0;)
			if (polls[i]->at >= onset)
				count_poll(n->svc, polls[i]);
	}
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
