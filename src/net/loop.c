/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The tick: one libuv timer, aligned to the quantum, under one timing wheel. What is done in a tick
 * is the business of the hooks.
 */
#include "keepwatch/net_loop.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"

#include <assert.h>
#include <stdlib.h>

struct net_loop {
	uv_loop_t *uv;
	uv_timer_t timer;
	uint32_t quantum_ms;
	bool is_eager, in_tick, is_closing;
	uint64_t now_ms;   /* begin of the current or last tick */
	uint64_t armed_ms; /* when the timer is to wake us; UINT64_MAX: it is not running */
	uint64_t ticks;
	struct wheel wheel; /* of 1 ms; the quantum comes from the wake-ups */
	struct net_hook *hooks[NET_PHASES];
	struct net_hook *cursor; /* the hook to run next, while hooks run */
};

static void
on_timer(uv_timer_t *timer)
{
	struct net_loop *loop = timer->data;

	loop->armed_ms = UINT64_MAX;
	net_loop_tick(loop);
}

int
net_loop_open(struct net_loop **out, uv_loop_t *uv, uint32_t quantum_ms)
{
	struct net_loop *loop;

	if (quantum_ms < 1 || quantum_ms > 1000)
		return ERR_RANGE;
	loop = calloc(1, sizeof(*loop));
	if (loop == NULL)
		return ERR_NOMEM;
	loop->uv = uv;
	loop->quantum_ms = quantum_ms;
	loop->now_ms = clock_mono_ms();
	loop->armed_ms = UINT64_MAX;
	wheel_init(&loop->wheel, loop->now_ms, 1);
	uv_timer_init(uv, &loop->timer); /* cannot fail */
	loop->timer.data = loop;
	*out = loop;
	return 0;
}

static void
on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

void
net_loop_close(struct net_loop *loop)
{
	if (loop == NULL)
		return;
	assert(!loop->is_closing);
	loop->is_closing = true;
	uv_close((uv_handle_t *)&loop->timer, on_closed);
}

uv_loop_t *
net_loop_uv(struct net_loop *loop)
{
	return loop->uv;
}

uint64_t
net_loop_now_ms(const struct net_loop *loop)
{
	return loop->in_tick ? loop->now_ms : clock_mono_ms();
}

/* When to wake for something wanted at want_ms, if the time is at least least_ms. */
static uint64_t
align(const struct net_loop *loop, uint64_t want_ms, uint64_t least_ms)
{
	uint64_t at = want_ms > least_ms ? want_ms : least_ms;

	return loop->is_eager ? at
			      : (at + loop->quantum_ms - 1) / loop->quantum_ms * loop->quantum_ms;
}

static void
arm(struct net_loop *loop, uint64_t least_ms)
{
	uint64_t want_ms = wheel_next_ms(&loop->wheel);
	uint64_t at, uv_ms;

	if (loop->is_closing)
		return;
	for (int phase = 0; phase < NET_PHASES; phase++) {
		for (struct net_hook *hook = loop->hooks[phase]; hook != NULL; hook = hook->next) {
			uint64_t ms = hook->wanted_ms == NULL ? UINT64_MAX : hook->wanted_ms(hook);

			if (ms < want_ms)
				want_ms = ms;
		}
	}
	if (want_ms == UINT64_MAX) {
		uv_timer_stop(&loop->timer);
		loop->armed_ms = UINT64_MAX;
		return;
	}
	at = align(loop, want_ms, least_ms);
	if (at == loop->armed_ms)
		return;
	loop->armed_ms = at;
	/* libuv adds the delay to its cached time of the same clock, so this is exact even when
	 * that is old. */
	uv_ms = uv_now(loop->uv);
	uv_timer_start(&loop->timer, on_timer, at > uv_ms ? at - uv_ms : 0, 0);
}

static void
run_hooks(struct net_loop *loop, enum net_phase phase)
{
	struct net_hook *hook;

	for (loop->cursor = loop->hooks[phase]; (hook = loop->cursor) != NULL;) {
		loop->cursor = hook->next;
		hook->run(hook);
	}
}

void
net_loop_tick(struct net_loop *loop)
{
	struct wheel_node *node;

	if (loop->in_tick || loop->is_closing)
		return;
	loop->in_tick = true;
	loop->ticks++;
	loop->now_ms = clock_mono_ms();
	run_hooks(loop, NET_DRAIN);
	while ((node = wheel_expire(&loop->wheel, loop->now_ms)) != NULL) {
		struct net_timer *timer = (struct net_timer *)node;

		timer->fire(timer);
	}
	run_hooks(loop, NET_SCHEDULE);
	run_hooks(loop, NET_FLUSH);
	loop->in_tick = false;
	arm(loop, clock_mono_ms() + 1);
}

void
net_loop_kick(struct net_loop *loop)
{
	if (!loop->in_tick)
		arm(loop, clock_mono_ms());
}

void
net_loop_set_eager(struct net_loop *loop, bool eager)
{
	if (loop->is_eager == eager)
		return;
	loop->is_eager = eager;
	for (int phase = 0; phase < NET_PHASES; phase++) {
		for (struct net_hook *hook = loop->hooks[phase]; hook != NULL; hook = hook->next) {
			if (hook->eager_changed != NULL)
				hook->eager_changed(hook, eager);
		}
	}
	net_loop_kick(loop);
}

bool
net_loop_is_eager(const struct net_loop *loop)
{
	return loop->is_eager;
}

uint64_t
net_loop_ticks(const struct net_loop *loop)
{
	return loop->ticks;
}

void
net_timer_init(struct net_timer *timer, void (*fire)(struct net_timer *timer))
{
	wheel_node_init(&timer->node);
	timer->fire = fire;
}

static void
start_at(struct net_loop *loop, struct net_timer *timer, uint64_t when_ms)
{
	wheel_arm(&loop->wheel, &timer->node, when_ms);
	if (!loop->in_tick) {
		uint64_t now_ms = clock_mono_ms();

		if (align(loop, when_ms, now_ms) < loop->armed_ms)
			arm(loop, now_ms);
	}
}

void
net_timer_start(struct net_loop *loop, struct net_timer *timer, uint64_t delay_ms)
{
	uint64_t when_ms;

	/* One more, because the time is cut to whole ms: never early. */
	if (__builtin_add_overflow(clock_mono_ms() + (delay_ms > 0), delay_ms, &when_ms))
		when_ms = UINT64_MAX / 2;
	start_at(loop, timer, when_ms);
}

void
net_timer_start_at(struct net_loop *loop, struct net_timer *timer, uint64_t at_ns)
{
	start_at(loop, timer, at_ns / 1000000 + (at_ns % 1000000 != 0));
}

void
net_timer_stop(struct net_loop *loop, struct net_timer *timer)
{
	wheel_disarm(&loop->wheel, &timer->node);
}

void
net_loop_add_hook(struct net_loop *loop, enum net_phase phase, struct net_hook *hook)
{
	struct net_hook **slot = &loop->hooks[phase];

	while (*slot != NULL)
		slot = &(*slot)->next;
	hook->next = NULL;
	*slot = hook;
	net_loop_kick(loop);
}

void
net_loop_remove_hook(struct net_loop *loop, enum net_phase phase, struct net_hook *hook)
{
	if (loop->cursor == hook)
		loop->cursor = hook->next;
	for (struct net_hook **slot = &loop->hooks[phase]; *slot != NULL; slot = &(*slot)->next) {
		if (*slot == hook) {
			*slot = hook->next;
			break;
		}
	}
}
