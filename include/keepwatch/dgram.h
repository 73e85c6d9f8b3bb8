/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A datagram socket shared by the whole fleet: sends in batches (sendmmsg), reads in batches
 * (recvmmsg) at the tick or, on an eager loop, at once; kernel receive timestamps; a receive buffer
 * large enough for a burst of replies; counts what the kernel dropped (SO_RXQ_OVFL).
 */
#ifndef KEEPWATCH_DGRAM_H
#define KEEPWATCH_DGRAM_H

#include "keepwatch/ipaddr.h"
#include "keepwatch/net_loop.h"

#include <stddef.h>
#include <stdint.h>

struct dgram;

enum {
	DGRAM_BATCH = 64,
	DGRAM_QUEUE = 4096, /* datagrams that wait for the kernel */
	DGRAM_SIZE_MAX = 65507,
	DGRAM_RCVBUF = 8 << 20, /* the default 208 KiB gave false "down"s at 512 in flight */
};

/* An ICMP error for a datagram that was sent from this socket (IP_RECVERR, ip(7)). Only UDP and
 * ping sockets have them: a raw socket gets ICMP errors as datagrams. */
struct dgram_failure {
	struct ipaddr to; /* where the datagram went */
	uint16_t port;
	int rc;		     /* ERR_REFUSED (port unreachable) or ERR_UNREACH */
	struct ipaddr who;   /* who says so; family 0 if the kernel itself */
	uint8_t type, code;  /* ICMP, or ICMPv6 for an IPv6 socket; 0 if the kernel itself */
	const uint8_t *data; /* the datagram as far as it was quoted, maybe empty; borrowed */
	size_t len;
};

/* All are called from the loop's tick or from dgram_flush, never from dgram_send. They may call
 * any dgram function, also dgram_close. */
struct dgram_ops {
	/*
	 * Bytes are borrowed until return; what is longer than receive_size is cut. at_ns: arrival
	 * in the kernel on the clock of clock_mono_ns, proof against steps of the wall clock.
	 */
	void (*received)(void *arg, const struct ipaddr *from, uint16_t port, const uint8_t *data,
			 size_t len, uint64_t at_ns);
	/* Once for each dgram_send that returned 0, unless the socket is closed before: 0 and the
	 * time it left (clock_mono_ns, interpolated over the batch), or the code of the failure.
	 * Always before a reply to it is received. May be NULL. */
	void (*sent)(void *arg, uint64_t cookie, int rc, uint64_t at_ns);
	/* Borrowed until return. May be NULL. */
	void (*failed)(void *arg, const struct dgram_failure *failure);
};

struct dgram_stats {
	uint64_t sent, received, send_errors;
	uint64_t dropped; /* by the kernel, our receive buffer was full */
};

/*
 * Takes over fd (non-blocking; UDP, ping or raw ICMP socket); it is closed by dgram_close. arg is
 * passed to ops. 0 or ERR_NOMEM, ERR_IO (fd is then still the caller's).
 */
int dgram_open(struct dgram **out, struct net_loop *loop, int fd, size_t receive_size,
	       const struct dgram_ops *ops, void *arg);
/* Opens an unconnected UDP socket of a family (4 or 6) on any port, for dgram_open. The fd, or a
 * negative code. */
int dgram_udp_socket(int family);
void dgram_close(struct dgram *dgram);

/*
 * Queues a copy, sent at the next flush: the tick's or dgram_flush. ERR_TOOBIG; ERR_FULL when
 * DGRAM_QUEUE are queued; ERR_NOMEM; ERR_INVAL for an address of the other family. port is in host
 * order.
 */
int dgram_send(struct dgram *dgram, const struct ipaddr *to, uint16_t port, const void *data,
	       size_t len, uint64_t cookie);
/*
 * Hands the queue to the kernel, in batches of DGRAM_BATCH; between batches it reads what has come
 * in, so that a burst does not overrun a small receive buffer. What the kernel does not take for
 * want of memory stays queued until the next tick.
 */
void dgram_flush(struct dgram *dgram);
size_t dgram_queued(const struct dgram *dgram);
struct dgram_stats dgram_stats(const struct dgram *dgram);

/* While at least one reply is awaited the loop ticks every quantum to read. Counts must balance. */
void dgram_expect(struct dgram *dgram, int delta);

#endif
