/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ICMP echo for the whole fleet over one shared socket per family: raw with CAP_NET_RAW, else a
 * ping socket (icmp(7), net.ipv4.ping_group_range). RFC 792, RFC 4443 section 4. An answer counts
 * only if identifier, sequence, source and a random nonce in the payload agree; duplicates and late
 * ones are ignored.
 */
#ifndef KEEPWATCH_ICMP_H
#define KEEPWATCH_ICMP_H

#include "keepwatch/ipaddr.h"
#include "keepwatch/net_loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct icmp_engine;

enum {
	ICMP_ECHO_COUNT_MAX = 20,
	ICMP_ECHO_SIZE_MIN = 16, /* payload: holds the nonce */
	ICMP_ECHO_SIZE_MAX = 1400,
	ICMP_ECHO_TIMEOUT_MAX_MS = 600000,
	ICMP_ECHO_IN_FLIGHT_MAX = 65536, /* requests at a time per family; more wait */
};

enum icmp_socket { ICMP_SOCKET_NONE, ICMP_SOCKET_RAW, ICMP_SOCKET_PING };

/*
 * Opens the sockets: before privileges are dropped. 0 when at least one family works. Else the code
 * of the failure, ERR_PERM for want of permission; it is then already logged, with both ways out,
 * and the program goes on without ICMP. ERR_NOMEM.
 */
int icmp_engine_open(struct icmp_engine **out, struct net_loop *loop);
/* The same without raw sockets, as a process without CAP_NET_RAW gets it. */
int icmp_engine_open_ping(struct icmp_engine **out, struct net_loop *loop);
/* All requests must be done or cancelled; not from within a done callback. NULL is accepted. */
void icmp_engine_close(struct icmp_engine *engine);
/* What carries a family (4 or 6). */
enum icmp_socket icmp_engine_socket(const struct icmp_engine *engine, int family);

struct icmp_engine_stats {
	uint64_t sent, received;
	uint64_t ignored; /* datagrams that answered nothing of ours: foreign, spoofed, late, twice
			   */
	uint64_t dropped; /* by the kernel, the receive buffer was full */
};
struct icmp_engine_stats icmp_engine_stats(const struct icmp_engine *engine);

/*
 * One request: `count` echoes. Embedded in its owner, who zeroes it, fills the first part and keeps
 * it in place until it is done or cancelled. The second part is for the owner to read, the third is
 * the engine's.
 */
struct icmp_echo {
	struct ipaddr to;
	/* Called once, from the loop's tick, never from icmp_echo_start. May start the same request
	 * again or free it. */
	void (*done)(struct icmp_echo *echo);
	uint32_t timeout_ms; /* of each echo; 1..ICMP_ECHO_TIMEOUT_MAX_MS */
	uint16_t gap_ms;     /* from one echo to the next */
	uint16_t size;	     /* payload bytes, ICMP_ECHO_SIZE_MIN..MAX */
	uint8_t count;	     /* 1..ICMP_ECHO_COUNT_MAX */

	uint8_t sent;	  /* echoes so far, also those that the kernel refused to send */
	uint8_t received; /* answered in time */
	bool is_unreachable;
	uint32_t rtt_min_us, rtt_max_us; /* of the answered ones, at least 1; 0 if there are none */

	struct icmp_echo_private {
		uint32_t rtt_sum_us;
		union {
			struct net_timer timer;
			struct {
				struct icmp_echo *next, *prev;
			} wait; /* while it waits to be sent */
		};
		struct icmp_engine *engine;
		uint64_t nonce;	  /* random; the top 16 bits are the first identifier */
		uint32_t settled; /* bit n: echo n was answered, failed or late */
		uint32_t slot;
		uint8_t state;
		int8_t error_rc;
		uint8_t error_type, error_code, error_family;
		uint8_t error_who[16];
		uint32_t sent_us[ICMP_ECHO_COUNT_MAX]; /* when echo n left: mono us, low 32 bits */
	} p;
};

/* Starts it. ERR_UNSUPPORTED if no socket carries its family, ERR_INVAL for a bad request; done is
 * not called then. */
int icmp_echo_start(struct icmp_engine *engine, struct icmp_echo *echo);
/* Forgets it without calling done. Harmless for one that was zeroed, is done or was cancelled. */
void icmp_echo_cancel(struct icmp_echo *echo);

/* Mean of the answered ones in us, 0 if there are none. */
uint32_t icmp_echo_rtt_avg_us(const struct icmp_echo *echo);

/* The last reason, beyond silence, for which an echo of the request was lost. */
struct icmp_unreachable {
	int rc;		    /* ERR_UNREACH, ERR_REFUSED; from our own kernel also ERR_PERM, ... */
	struct ipaddr who;  /* family 0: our own kernel */
	uint8_t type, code; /* RFC 792, or RFC 4443 for IPv6; 0, 0 from our own kernel */
};
/* False, and out untouched, unless echo->is_unreachable. */
bool icmp_echo_unreachable(const struct icmp_echo *echo, struct icmp_unreachable *out);
/* RFC 792 and 4443 words: "host unreachable", "administratively prohibited". family 4 or 6. */
const char *icmp_unreachable_text(int family, uint8_t type, uint8_t code);

#endif
