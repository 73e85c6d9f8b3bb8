/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of the engine share: icmp.c (sending), icmp_request.c (life of a request),
 * icmp_receive.c and icmp_socket.c.
 */
#ifndef KEEPWATCH_NET_ICMP_INTERNAL_H
#define KEEPWATCH_NET_ICMP_INTERNAL_H

#include "keepwatch/dgram.h"
#include "keepwatch/icmp.h"

/* icmp_echo_private.state */
enum { ECHO_IDLE, ECHO_WAITING, ECHO_QUEUED, ECHO_PAUSING };

/* A place in the table of requests in flight; the sequence number names it. */
union icmp_slot {
	struct icmp_echo *echo;
	uintptr_t free_next; /* index * 2 + 1: odd, unlike a pointer */
};

/* The requests of one address family. */
struct icmp_channel {
	struct icmp_engine *engine;
	struct dgram *dgram; /* NULL if the family has none */
	enum icmp_socket kind;
	uint8_t family;
	uint16_t seq_key; /* random: sequence = slot ^ seq_key */
	/* Requests whose next echo is to be sent. */
	struct icmp_echo *first, *last;
	size_t waiting;
	union icmp_slot *slots;
	size_t slot_cap, slot_high;   /* slots from slot_high on were never used */
	size_t free_first, free_last; /* a queue, so that a slot rests as long as it can */
	size_t in_flight, free_count;
};

struct icmp_engine {
	struct net_hook flush; /* first */
	struct net_loop *loop;
	struct icmp_channel channels[2]; /* IPv4, IPv6 */
	uint64_t ignored;
	uint64_t pool[64]; /* random */
	size_t pool_left;
	uint8_t packet[8 + ICMP_ECHO_SIZE_MAX]; /* payload pattern, filled once */
};

uint64_t icmp_random(struct icmp_engine *engine);

/* A free slot for a request; ERR_FULL, ERR_NOMEM. */
int icmp_slot_take(struct icmp_channel *channel, struct icmp_echo *echo);
/* The request in a slot; NULL if there is none. */
struct icmp_echo *icmp_slot_get(const struct icmp_channel *channel, size_t slot);
/* Takes a request off the list of those that wait to be sent. */
void icmp_stop_waiting(struct icmp_channel *channel, struct icmp_echo *echo);
/* Echo n is answered or lost for good. The request may be gone on return. */
void icmp_settle(struct icmp_echo *echo, unsigned n);
/* Echo n is lost, and somebody said why. who NULL: our own kernel. The request may be gone on
 * return. */
void icmp_fail(struct icmp_echo *echo, unsigned n, int rc, const struct ipaddr *who, uint8_t type,
	       uint8_t code);

/* The dgram's callbacks; arg is the channel. */
void icmp_received(void *arg, const struct ipaddr *from, uint16_t port, const uint8_t *data,
		   size_t len, uint64_t at_ns);
void icmp_failed(void *arg, const struct dgram_failure *failure);

/*
 * Opens the socket of a family: raw unless no_raw, else a ping socket. The fd and its kind, or a
 * negative code; the reasons are logged, the lack of permission unless is_told.
 */
int icmp_socket_open(int family, bool no_raw, bool is_told, enum icmp_socket *kind);

#endif
