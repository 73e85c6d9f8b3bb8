/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The heartbeat of everything that touches the wire: one libuv timer that wakes a paced agent no
 * more often than once a quantum, and then does all that is due: drain sockets, expire timeouts,
 * start what the scheduler names, flush what is to be sent. Wake-ups dominate the cost of a paced
 * agent; a quantum of 50 ms costs a third of one of 10 ms. With nothing in flight and nothing due
 * it sleeps until something is.
 */
#ifndef KEEPWATCH_NET_LOOP_H
#define KEEPWATCH_NET_LOOP_H

#include "keepwatch/wheel.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

struct net_loop;

/* quantum_ms: 1..1000. The uv loop is borrowed. ERR_NOMEM, ERR_RANGE. */
int net_loop_open(struct net_loop **out, uv_loop_t *uv, uint32_t quantum_ms);
/* After everything opened on it was closed; the memory goes when libuv has closed the handles. */
void net_loop_close(struct net_loop *loop);
uv_loop_t *net_loop_uv(struct net_loop *loop);

/* Monotonic time in ms, the same clock as clock_mono_ms; within a tick that of its begin. */
uint64_t net_loop_now_ms(const struct net_loop *loop);

/*
 * A timeout; embedded in its owner. Counted from the call (not from the begin of the tick), never
 * early, late by up to the quantum; 1 ms on an eager loop.
 */
struct net_timer {
	struct wheel_node node; /* first */
	void (*fire)(struct net_timer *timer);
};
void net_timer_init(struct net_timer *timer, void (*fire)(struct net_timer *timer));
void net_timer_start(struct net_loop *loop, struct net_timer *timer, uint64_t delay_ms);
/* At a time of clock_mono_ns: spares reading the clock where one is at hand. */
void net_timer_start_at(struct net_loop *loop, struct net_timer *timer, uint64_t at_ns);
void net_timer_stop(struct net_loop *loop, struct net_timer *timer);

/* What runs at every tick, in this order of phases. */
enum net_phase {
	NET_DRAIN, /* read sockets: replies come before the timeouts they would have caused */
	/* (timers fire here) */
	NET_SCHEDULE, /* start new runs */
	NET_FLUSH,    /* hand queued datagrams to the kernel */
	NET_PHASES
};

/* Embedded in its owner; within a phase hooks run in the order in which they were added. A hook
 * may remove itself or another while it runs. */
struct net_hook {
	struct net_hook *next;
	void (*run)(struct net_hook *hook);
	/* May be NULL: the hook never asks for a tick. Monotonic ms before which the hook need not
	 * run; 0: at the next tick; UINT64_MAX: not at all. Asked after every tick and kick. */
	uint64_t (*wanted_ms)(struct net_hook *hook);
	/* May be NULL. The loop was made eager, or paced again. */
	void (*eager_changed)(struct net_hook *hook, bool is_eager);
};
void net_loop_add_hook(struct net_loop *loop, enum net_phase phase, struct net_hook *hook);
void net_loop_remove_hook(struct net_loop *loop, enum net_phase phase, struct net_hook *hook);

/* Recomputes the next wake-up: after work was queued from outside a tick. */
void net_loop_kick(struct net_loop *loop);
/* Runs a whole tick at once, from outside a tick; within one it does nothing. */
void net_loop_tick(struct net_loop *loop);
/*
 * Eager: sockets are also polled by libuv, so that a reply is read at once, and wake-ups are not
 * aligned to the quantum: for one-shot commands and bursts. Paced agents leave it off.
 */
void net_loop_set_eager(struct net_loop *loop, bool eager);
bool net_loop_is_eager(const struct net_loop *loop);
/* Ticks since it was opened. */
uint64_t net_loop_ticks(const struct net_loop *loop);

#endif
