/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The life of an echo request: it waits for the flush, gets a slot that its sequence number names,
 * and ends when every echo is settled or the last one's time is up.
 */
#include "icmp_internal.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <assert.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

uint64_t
icmp_random(struct icmp_engine *engine)
{
	if (engine->pool_left == 0) {
		/* Up to 256 bytes come whole once the kernel's pool is ready, getrandom(2). */
		while (getrandom(engine->pool, 256, 0) != 256)
			continue;
		engine->pool_left = 32;
	}
	return engine->pool[--engine->pool_left];
}

int
icmp_slot_take(struct icmp_channel *channel, struct icmp_echo *echo)
{
	size_t slot;

	/* A rested slot first, unless the table is so small that rests would be short. */
	if (channel->free_count > 256 ||
	    (channel->free_count > 0 && channel->slot_high == ICMP_ECHO_IN_FLIGHT_MAX)) {
		slot = channel->free_first;
		channel->free_first = channel->slots[slot].free_next / 2;
		channel->free_count--;
	} else {
		if (channel->slot_high == ICMP_ECHO_IN_FLIGHT_MAX)
			return ERR_FULL;
		if (mem_grow(&channel->slots, &channel->slot_cap, channel->slot_high + 1,
			     sizeof(*channel->slots)) != 0)
			return ERR_NOMEM;
		slot = channel->slot_high++;
	}
	channel->slots[slot].echo = echo;
	echo->p.slot = (uint32_t)slot;
	channel->in_flight++;
	dgram_expect(channel->dgram, 1);
	return 0;
}

static void
slot_give(struct icmp_channel *channel, size_t slot)
{
	if (channel->free_count++ == 0)
		channel->free_first = slot;
	else
		channel->slots[channel->free_last].free_next = slot * 2 + 1;
	channel->free_last = slot;
	channel->slots[slot].free_next = 1;
	channel->in_flight--;
	dgram_expect(channel->dgram, -1);
}

struct icmp_echo *
icmp_slot_get(const struct icmp_channel *channel, size_t slot)
{
	if (slot >= channel->slot_high || (channel->slots[slot].free_next & 1) != 0)
		return NULL;
	return channel->slots[slot].echo;
}

static struct icmp_channel *
channel_of(const struct icmp_echo *echo)
{
	return &echo->p.engine->channels[echo->to.family == 6];
}

static void on_timer(struct net_timer *timer);

static void
wait_to_send(struct icmp_channel *channel, struct icmp_echo *echo)
{
	echo->p.state = ECHO_WAITING;
	echo->p.wait.next = NULL;
	echo->p.wait.prev = channel->last;
	if (channel->last != NULL)
		channel->last->p.wait.next = echo;
	else
		channel->first = echo;
	channel->last = echo;
	channel->waiting++;
}

void
icmp_stop_waiting(struct icmp_channel *channel, struct icmp_echo *echo)
{
	if (echo->p.wait.next != NULL)
		echo->p.wait.next->p.wait.prev = echo->p.wait.prev;
	else
		channel->last = echo->p.wait.prev;
	if (echo->p.wait.prev != NULL)
		echo->p.wait.prev->p.wait.next = echo->p.wait.next;
	else
		channel->first = echo->p.wait.next;
	channel->waiting--;
	net_timer_init(&echo->p.timer, on_timer);
}

void
icmp_echo_cancel(struct icmp_echo *echo)
{
	struct icmp_channel *channel;

	if (echo->p.state == ECHO_IDLE)
		return;
	channel = channel_of(echo);
	if (echo->p.state == ECHO_WAITING)
		icmp_stop_waiting(channel, echo);
	if (echo->p.slot != UINT32_MAX)
		slot_give(channel, echo->p.slot);
	net_timer_stop(echo->p.engine->loop, &echo->p.timer);
	echo->p.state = ECHO_IDLE;
}

static void
finish(struct icmp_echo *echo)
{
	icmp_echo_cancel(echo);
	echo->done(echo);
}

void
icmp_settle(struct icmp_echo *echo, unsigned n)
{
	echo->p.settled |= 1U << n;
	if (echo->sent == echo->count && echo->p.settled == (1U << echo->count) - 1)
		finish(echo);
}

void
icmp_fail(struct icmp_echo *echo, unsigned n, int rc, const struct ipaddr *who, uint8_t type,
	  uint8_t code)
{
	echo->is_unreachable = true;
	echo->p.error_rc = (int8_t)rc;
	echo->p.error_type = type;
	echo->p.error_code = code;
	echo->p.error_family = who == NULL ? 0 : who->family;
	if (who != NULL)
		memcpy(echo->p.error_who, who->bytes, sizeof(echo->p.error_who));
	icmp_settle(echo, n);
}

/* The pause before the next echo, or the time of the last one, is over. */
static void
on_timer(struct net_timer *timer)
{
	struct icmp_echo *echo =
		(struct icmp_echo *)((char *)timer - offsetof(struct icmp_echo, p.timer));

	if (echo->sent < echo->count && echo->p.state == ECHO_PAUSING)
		wait_to_send(channel_of(echo), echo);
	else
		finish(echo);
}

int
icmp_echo_start(struct icmp_engine *engine, struct icmp_echo *echo)
{
	struct icmp_channel *channel = &engine->channels[echo->to.family == 6];

	if (echo->count < 1 || echo->count > ICMP_ECHO_COUNT_MAX ||
	    echo->size < ICMP_ECHO_SIZE_MIN || echo->size > ICMP_ECHO_SIZE_MAX ||
	    echo->timeout_ms < 1 || echo->timeout_ms > ICMP_ECHO_TIMEOUT_MAX_MS)
		return ERR_INVAL;
	if (channel->dgram == NULL || channel->family != echo->to.family)
		return ERR_UNSUPPORTED;
	assert(echo->p.state == ECHO_IDLE);
	echo->sent = echo->received = 0;
	echo->is_unreachable = false;
	echo->rtt_min_us = echo->rtt_max_us = 0;
	echo->p.rtt_sum_us = 0;
	echo->p.settled = 0;
	echo->p.slot = UINT32_MAX;
	echo->p.engine = engine;
	echo->p.nonce = icmp_random(engine);
	wait_to_send(channel, echo);
	if (channel->waiting == 1)
		net_loop_kick(engine->loop);
	return 0;
}
