/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What dgram.c (queue, sending) and dgram_read.c (receiving) share of a datagram socket.
 */
#ifndef KEEPWATCH_NET_DGRAM_INTERNAL_H
#define KEEPWATCH_NET_DGRAM_INTERNAL_H

#include "keepwatch/dgram.h"

#include <netinet/in.h>
#include <sys/socket.h>

struct dgram_entry {
	uint64_t cookie;
	uint32_t offset, len; /* into bytes */
	socklen_t name_len;
	union {
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} name;
};

struct dgram_reader; /* buffers for recvmmsg */

struct dgram {
	struct net_hook drain; /* first */
	struct net_hook flush;
	struct net_loop *loop;
	uv_poll_t poll;
	int fd;
	int family; /* 4 or 6 */
	bool has_error_queue;
	bool has_errors;  /* as far as poll told */
	bool is_polled;	  /* eager */
	bool is_readable; /* as far as poll told */
	bool has_more;	  /* reading was broken off before the socket was empty */
	bool is_flushing, is_draining, is_closed;
	int busy; /* who must be through before it is freed */
	int expected;
	const struct dgram_ops *ops;
	void *arg;
	struct dgram_stats stats;
	/* The queue: entries [head, tail), their bytes up to used. */
	struct dgram_entry *entries;
	size_t entry_cap, head, tail;
	uint8_t *bytes; /* secret_buffer: SNMP v1 and v2c have the community in the clear */
	size_t byte_cap, used;
	struct dgram_reader *reader;
	uint64_t empty_ns;	/* the socket was seen empty then: what comes is younger */
	int64_t offset_ns;	/* of the wall clock when it was last read */
	uint32_t last_overflow; /* SO_RXQ_OVFL counter */
};

int dgram_reader_init(struct dgram *dgram, size_t receive_size);
void dgram_reader_fini(struct dgram *dgram);
/* CLOCK_REALTIME, of the kernel's stamps, minus CLOCK_MONOTONIC, of ours; the latter in *mono_ns.
 */
int64_t dgram_wall_offset_ns(uint64_t *mono_ns);
/* Reads until the socket is empty, within reason. */
void dgram_drain(struct dgram *dgram);
/* Reads the error queue; how many errors it held. */
int dgram_read_errors(struct dgram *dgram);
/* Drops one hold; frees a closed one that nobody holds. */
void dgram_release(struct dgram *dgram);

#endif
