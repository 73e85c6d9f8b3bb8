/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Rising loss. Each echo is weighed by how much likelier it is under a risen loss than under the
 * node's own usual one (a CUSUM, which is the quickest test for a change at a given rate of false
 * alarms); where the sum left zero, the rise began. What is usual is learnt from hours that are
 * past, over weeks. Polls without any answer do not count: they are outages or drop-outs.
 */
#include "trend_impl.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Sure, and how far beyond that the sum may go, so that getting better shows within hours. */
#define CUSUM_SURE 16.0F
#define CUSUM_MOST 24.0F
#define CUSUM_HALF 5.0F
/* As if 200 echoes had been sent before, of which two were lost. */
#define PRIOR_SENT 200.0F
#define PRIOR_LOST 2.0F
#define HOUR_KEEP  0.99588F /* of the baseline: half of it is a week old */
#define LEARN_BAD  0.1F	    /* of a bad hour: what stays bad for weeks is usual */
#define CRITICAL   0.15
#define SOON	   0.30 /* a loss at which video is of no use */

enum { PERSIST_MINUTES = 20, KNOWN_ECHOES = 60, STALE_S = 3600, LOST_MOST = 2 };

static float
usual(const struct trend_loss *loss)
{
	return (loss->base_lost + PRIOR_LOST) / (loss->base_sent + PRIOR_SENT);
}

/* The highest loss that is still taken for the usual one. */
static float
upper(const struct trend_loss *loss)
{
	float p = usual(loss), n = loss->base_sent + PRIOR_SENT;

	return p + 2 * sqrtf(p / n) + 0.005F;
}

static float
risen(float p0)
{
	return fminf(3 * p0 + 0.01F, 0.9F);
}

void
trend_loss_restore(struct trend_loss *loss, double limit)
{
	float p = fmaxf((float)limit - 0.005F, 0.002F);

	loss->base_sent = 5000;
	loss->base_lost = p * (loss->base_sent + PRIOR_SENT) - PRIOR_LOST;
	if (loss->base_lost < 0)
		loss->base_lost = 0;
	/* Neither good nor bad until echoes have told. */
	loss->cusum = (CUSUM_SURE + CUSUM_HALF) / 2;
}

void
trend_loss_roll(struct trend_loss *loss, uint32_t from_hour, uint32_t to_hour)
{
	uint32_t hours = to_hour - from_hour;
	float share = loss->cusum >= CUSUM_SURE / 2 ? LEARN_BAD : 1;

	if (from_hour == 0 || hours > TREND_HOURS)
		hours = TREND_HOURS;
	for (uint32_t i = hours; i-- > 0;) {
		size_t slot = (to_hour - i) % TREND_HOURS;

		loss->base_sent = loss->base_sent * HOUR_KEEP + share * loss->sent[slot];
		loss->base_lost = loss->base_lost * HOUR_KEEP + share * loss->lost[slot];
		loss->sent[slot] = loss->lost[slot] = 0;
	}
}

void
trend_loss_add(struct trend_loss *loss, uint32_t hour, uint16_t minute, unsigned sent,
	       unsigned lost)
{
	size_t slot = hour % TREND_HOURS;
	float p0 = upper(loss), p1 = risen(p0);

	if (loss->sent[slot] > UINT16_MAX - sent)
		return;
	loss->sent[slot] = (uint16_t)(loss->sent[slot] + sent);
	loss->lost[slot] = (uint16_t)(loss->lost[slot] + lost);
	if (loss->cusum <= 0)
		loss->start = minute;
	/* Echoes of one poll go together: a burst tells little more than one of them. */
	loss->cusum += logf((1 - p1) / (1 - p0)) * (float)(sent - lost);
	if (lost > 0)
		loss->cusum += logf(p1 / p0) * (float)(lost < LOST_MOST ? lost : LOST_MOST);
	loss->cusum = fmaxf(0, fminf(loss->cusum, CUSUM_MOST));
}

/* Of the newest hours that together have enough echoes. */
static double
recent(const struct trend_node *node, unsigned *hours)
{
	unsigned sent = 0, lost = 0, i;

	for (i = 0; i < 3 && sent < 2 * KNOWN_ECHOES; i++) {
		size_t slot = (node->hour - i) % TREND_HOURS;

		sent += node->loss.sent[slot];
		lost += node->loss.lost[slot];
	}
	*hours = i;
	return sent == 0 ? 0 : (double)lost / sent;
}

double
trend_loss_chance(const struct trend_loss *loss)
{
	double worst = usual(loss);

	for (size_t i = 0; i < TREND_HOURS; i++)
		if (loss->sent[i] >= KNOWN_ECHOES && worst * loss->sent[i] < loss->lost[i])
			worst = (double)loss->lost[i] / loss->sent[i];
	return worst;
}

enum trend_view
trend_loss_view(const struct trend *trend, const struct trend_node *node)
{
	const struct trend_loss *loss = &node->loss;
	uint32_t sent = 0;

	for (size_t i = 0; i < TREND_HOURS; i++)
		sent += loss->sent[i];
	if (sent < KNOWN_ECHOES || (int64_t)node->last_s * 1000 + STALE_S * 1000 < trend->now_ms)
		return TREND_UNKNOWN;
	if (loss->cusum >= CUSUM_SURE &&
	    trend_age(loss->start, trend_minute(trend->now_ms)) >= PERSIST_MINUTES)
		return TREND_BAD;
	return loss->cusum >= CUSUM_HALF ? TREND_FAIR : TREND_GOOD;
}

/* Sums of the devices below it that have risen, or of itself. */
struct sums {
	double sent[TREND_HOURS], lost[TREND_HOURS]; /* newest first */
	double usual, upper, learnt; /* learnt: echoes that the usual is known from */
	unsigned members;
	uint16_t start;
};

static void
sum_up(const struct trend *trend, uint32_t index, bool is_group, struct sums *sums)
{
	const struct trend_node *node = trend_at(trend, index);
	uint32_t hour = (uint32_t)(trend->now_ms / TREND_HOUR);
	uint16_t now = trend_minute(trend->now_ms);

	if (trend->tally[index].own >= TREND_FAIR) {
		for (uint32_t i = 0; i < TREND_HOURS; i++) {
			uint32_t at = hour - i;

			if (at > node->hour || at + TREND_HOURS <= node->hour)
				continue;
			sums->sent[i] += node->loss.sent[at % TREND_HOURS];
			sums->lost[i] += node->loss.lost[at % TREND_HOURS];
		}
		sums->usual += usual(&node->loss);
		sums->upper += upper(&node->loss);
		sums->learnt += node->loss.base_sent;
		if (sums->members++ == 0 ||
		    trend_age(node->loss.start, now) > trend_age(sums->start, now))
			sums->start = node->loss.start;
	}
	for (uint32_t c = is_group ? node->child : TREND_NONE; c != TREND_NONE;
	     c = trend_at(trend, c)->sibling)
		sum_up(trend, c, true, sums);
}

static double
rate(const struct sums *sums, unsigned from, unsigned to)
{
	double sent = 0, lost = 0;

	for (unsigned i = from; i < to && i < TREND_HOURS; i++) {
		sent += sums->sent[i];
		lost += sums->lost[i];
	}
	return sent < KNOWN_ECHOES ? -1 : lost / sent;
}

void
trend_loss_claim(struct trend *trend, uint32_t index, struct trend_claim *claim)
{
	struct sums sums = {.members = 0};
	const struct trend_tally *tally = &trend->tally[index];
	uint32_t minutes;
	unsigned hours, worse = 0;
	double now, before, gain;
	bool is_learnt;
	char how[48] = "", whom[96], soon[64] = "";

	sum_up(trend, index, tally->is_group, &sums);
	if (sums.members == 0)
		sums.members = 1;
	is_learnt = sums.learnt >= (double)PRIOR_SENT * sums.members;
	minutes = trend_age(sums.start, trend_minute(trend->now_ms));
	hours = (minutes + 59) / 60;
	if (hours < 1)
		hours = 1;
	if (hours > TREND_HOURS - 1)
		hours = TREND_HOURS - 1;
	/* The hour that has begun tells only together with the one before it. */
	now = rate(&sums, 0, sums.sent[0] < sums.sent[1] / 2 ? 2 : 1);
	if (now < 0)
		now = recent(trend_at(trend, index), &(unsigned){0});
	while (worse + 2 < TREND_HOURS && worse < hours && rate(&sums, worse + 2, worse + 3) >= 0 &&
	       rate(&sums, worse + 1, worse + 2) > rate(&sums, worse + 2, worse + 3))
		worse++;
	if (worse >= 2)
		snprintf(how, sizeof(how), ", every hour worse");
	before = sums.usual / sums.members;
	gain = hours >= 2 ? (now - before) / hours : 0;
	if (gain > 0 && worse >= 2 && is_learnt && now < SOON && (SOON - now) / gain < 24)
		snprintf(soon, sizeof(soon), "; at this rate %.0f %% in about %.0f h", SOON * 100,
			 fmax((SOON - now) / gain, 1));
	if (tally->is_group)
		snprintf(whom, sizeof(whom), " on %u of %u nodes below it", tally->half,
			 tally->known);
	else
		trend_neighbours(trend, index, whom, sizeof(whom));
	claim->value = now;
	claim->limit = sums.upper / sums.members;
	claim->since_ms = trend->now_ms - (int64_t)minutes * TREND_MINUTE;
	claim->severity = now >= CRITICAL || soon[0] != '\0' ? FINDING_CRITICAL : FINDING_WARNING;
	if (!is_learnt)
		snprintf(claim->text, sizeof(claim->text),
			 "loss %.1f %% for %u h%s%s; what is usual is not known yet", now * 100,
			 hours, how, whom);
	else
		snprintf(claim->text, sizeof(claim->text),
			 "loss %.1f %% -> %.1f %% over %u h%s%s%s", before * 100, now * 100, hours,
			 how, whom, soon);
}
