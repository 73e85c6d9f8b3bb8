/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TCP connects for the whole fleet: is there somebody who accepts, and how long does it take.
 * Nothing is sent; a connection is reset at once (SO_LINGER 0), so that neither side keeps
 * TIME_WAIT.
 */
#ifndef KEEPWATCH_TCP_H
#define KEEPWATCH_TCP_H

#include "keepwatch/ipaddr.h"
#include "keepwatch/net_loop.h"

#include <stddef.h>
#include <stdint.h>

struct tcp_prober;

enum {
	TCP_SOCKETS = 512, /* a sensible max_sockets */
	TCP_TIMEOUT_MAX_MS = 600000,
};

/* max_sockets: connects at a time; further ones wait. ERR_NOMEM, ERR_RANGE for 0. */
int tcp_prober_open(struct tcp_prober **out, struct net_loop *loop, size_t max_sockets);
/* All connects must be done or cancelled; not from within a done callback. NULL is accepted. */
void tcp_prober_close(struct tcp_prober *prober);

/* One connect. Embedded in its owner, who zeroes it, fills the first part and keeps it in place
 * until it is done or cancelled. */
struct tcp_connect {
	struct ipaddr to;
	uint16_t port;
	uint32_t timeout_ms; /* from when its turn has come; 1..TCP_TIMEOUT_MAX_MS */
	/* Called once, from the loop, never from tcp_connect_start. May start the same connect
	 * again or free it. */
	void (*done)(struct tcp_connect *connect);

	/* 0; ERR_REFUSED; ERR_UNREACH; ERR_TIMEOUT; or a failure on our side: ERR_FULL (no file
	 * descriptor), ERR_PERM, ERR_IO. */
	int rc;
	uint32_t rtt_us; /* until it was accepted or refused, at least 1; else 0 */

	struct tcp_connect_private {
		struct net_timer timer;
		struct tcp_prober *prober;
		struct tcp_connect *next, *prev; /* while it waits for its turn */
		struct tcp_socket *socket;
		uint8_t state;
	} p;
};

/* ERR_INVAL for a bad request; done is not called then. */
int tcp_connect_start(struct tcp_prober *prober, struct tcp_connect *connect);
/* Forgets it without calling done. Harmless for one that was zeroed, is done or was cancelled. */
void tcp_connect_cancel(struct tcp_connect *connect);
/* Sockets in use now. */
size_t tcp_prober_sockets(const struct tcp_prober *prober);

#endif
