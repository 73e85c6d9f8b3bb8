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
	DGRAM_SIZE_MAX = 65507,
	DGRAM_RCVBUF = 8 << 20, /* the default 208 KiB gave false "down"s at 512 in flight */
};

struct dgram_ops {
	/* Bytes are borrowed until return. at_ns: CLOCK_REALTIME of the arrival in the kernel. */
	void (*received)(void *arg, const struct ipaddr *from, uint16_t port, const uint8_t *data,
			 size_t len, uint64_t at_ns);
	/* Once for each dgram_send: 0 and the time it left (CLOCK_REALTIME ns, interpolated over
	 * the batch), or the code of the failure. May be NULL. */
	void (*sent)(void *arg, uint64_t cookie, int rc, uint64_t at_ns);
	/* An ICMP error for a datagram sent to that peer (IP_RECVERR): ERR_REFUSED, ERR_UNREACH.
	 * May be NULL. */
	void (*failed)(void *arg, const struct ipaddr *to, uint16_t port, int rc);
};

struct dgram_stats {
	uint64_t sent, received, send_errors,
		dropped; /* dropped: by the kernel, our buffer was full */
};

/*
 * Takes over fd (bound, non-blocking); it is closed by dgram_close. arg is passed to ops. 0 or
 * ERR_NOMEM, ERR_IO (fd is then still the caller's).
 */
int dgram_open(struct dgram **out, struct net_loop *loop, int fd, size_t receive_size,
	       const struct dgram_ops *ops, void *arg);
/* Opens an unconnected UDP socket of a family (4 or 6) on any port, for dgram_open. A negative
 * code. */
int dgram_udp_socket(int family);
void dgram_close(struct dgram *dgram);

/*
 * Queues a copy; sent when DGRAM_BATCH are queued or at the next flush. ERR_TOOBIG; ERR_FULL when
 * the queue (4096) is full because the kernel takes nothing. port is in host order.
 */
int dgram_send(struct dgram *dgram, const struct ipaddr *to, uint16_t port, const void *data,
	       size_t len, uint64_t cookie);
void dgram_flush(struct dgram *dgram);
struct dgram_stats dgram_stats(const struct dgram *dgram);

/* While at least one reply is awaited the loop ticks every quantum to read. Counts must balance. */
void dgram_expect(struct dgram *dgram, int delta);

#endif
