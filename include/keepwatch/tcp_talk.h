/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A conversation over one TCP connection on the loop, within bounds of time and of bytes: for the
 * small protocols that no library speaks for us. What is said is the caller's business. At the end
 * the connection is reset (SO_LINGER 0), so that neither side keeps TIME_WAIT.
 */
#ifndef KEEPWATCH_TCP_TALK_H
#define KEEPWATCH_TCP_TALK_H

#include "keepwatch/ipaddr.h"
#include "keepwatch/net_loop.h"

#include <stddef.h>
#include <stdint.h>

struct tcp_talk;

struct tcp_talk_options {
	struct ipaddr to;
	uint16_t port;
	uint32_t timeout_ms; /* of the whole conversation; must not be 0 */
	size_t max_bytes;    /* heard in all; must not be 0 */
	void (*connected)(void *arg);
	/* Bytes are borrowed until return. */
	void (*received)(void *arg, const void *data, size_t len);
	/*
	 * Once, unless tcp_talk_close came first; the talk is gone then. 0: the peer has closed;
	 * ERR_REFUSED (also: reset by the peer), ERR_UNREACH, ERR_TIMEOUT, ERR_TOOBIG (max_bytes),
	 * ERR_NOMEM, ERR_IO.
	 */
	void (*ended)(void *arg, int rc);
	void *arg;
};

/* Callbacks come later, from the loop, never from within. ERR_INVAL, ERR_NOMEM, ERR_IO. */
int tcp_talk_open(struct tcp_talk **out, struct net_loop *loop,
		  const struct tcp_talk_options *options);
/* Copies; after `connected`. ERR_NOMEM, ERR_IO; the talk stays open then. */
int tcp_talk_send(struct tcp_talk *talk, const void *data, size_t len);
/* Without `ended`; from within callbacks too. NULL is fine. */
void tcp_talk_close(struct tcp_talk *talk);

#endif
