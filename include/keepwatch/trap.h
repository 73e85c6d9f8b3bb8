/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Notification receiver: SNMP traps and informs of v1 (RFC 1157), v2c and v3 (RFC 3416 section
 * 4.2.6 and 4.2.7, RFC 3414), heard on UDP sockets of its own. A trap can be forged, and lost: it
 * is a hint to look, never a fact. Nobody can make the agent busy with it: what comes from unknown
 * addresses is dropped unread, what comes too often is dropped by source and over all, and a flood
 * stays in the kernel, which counts what it drops.
 */
#ifndef KEEPWATCH_TRAP_H
#define KEEPWATCH_TRAP_H

#include "keepwatch/credential.h"
#include "keepwatch/ipaddr.h"
#include "keepwatch/kinds.h"
#include "keepwatch/net_loop.h"
#include "keepwatch/varbind.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct snmpc;
struct trap_receiver;

enum {
	TRAP_PORT = 162,
	TRAP_LISTEN_MAX = 16,	 /* sockets */
	TRAP_VARBINDS_MAX = 128, /* of one trap; more of them is no trap that is known */
	TRAP_ENGINE_ID_MAX = 32, /* RFC 3411 SnmpEngineID */
	TRAP_SOURCE_RATE = 20,	 /* messages a second that are read of one source */
	TRAP_SOURCE_BURST = 100,
	TRAP_GLOBAL_RATE = 1000, /* and of all together */
	TRAP_GLOBAL_BURST = 2000,
};

/* A notification as received. Borrowed until the callback returns, with all that it points to. */
struct trap {
	struct ipaddr from; /* where the datagram came from */
	uint16_t port;
	/* Whom it is about: `from`; or, of a forwarder, the v1 agent-addr or snmpTrapAddress (RFC
	 * 3584 section 3.1) that it names. */
	struct ipaddr about;
	enum snmp_version_id version;
	bool is_inform; /* it was answered, if it is authentic */
	/* It showed one of the sender's credentials: the community (which anybody on the way can
	 * read), or user and digest at the credential's level. If not, `refusal` says why, and of a
	 * v3 message there is nothing else: no OID, no varbinds. */
	bool is_authentic;
	enum reason refusal; /* AUTH, UNKNOWN_USER, WRONG_DIGEST, DECRYPTION, SECURITY_LEVEL,
				TIME_WINDOW (a replay), NO_CREDENTIAL */
	const uint32_t *oid; /* snmpTrapOID; of v1 by RFC 3584 section 3.1 */
	size_t oid_len;
	uint32_t uptime;		/* sysUpTime or time-stamp, in hundredths of a second */
	const struct varbind *varbinds; /* without sysUpTime.0 and snmpTrapOID.0 */
	size_t count;
};

/* What a source of traps is. */
enum trap_source { TRAP_UNKNOWN, TRAP_DEVICE, TRAP_FORWARDER };

/* Called from the loop; they must not close the receiver. */
struct trap_ops {
	/* Cheap: asked of every datagram. */
	enum trap_source (*source)(void *arg, const struct ipaddr *from);
	/* The n-th credential (from 0) that one at this address may show; NULL: no more. They stay
	 * as they are until trap_receiver_forget. */
	const struct credential_snmp *(*credential)(void *arg, const struct ipaddr *who, size_t n);
	/* Of a known source, authentic or not. A message repeated is not told again. */
	void (*received)(void *arg, const struct trap *trap);
};

struct trap_address {
	struct ipaddr ip;
	uint16_t port;
};

/*
 * Binds the sockets, while there is the right to ports below 1024. loop and snmpc (whose codec and
 * keys it uses) are borrowed until trap_receiver_close. On failure *failed is the address that
 * could not be had: ERR_BUSY (in use), ERR_PERM, ERR_IO, ERR_NOMEM.
 */
int trap_receiver_open(struct trap_receiver **out, struct net_loop *loop, struct snmpc *snmpc,
		       const struct trap_address *listen, size_t count, const struct trap_ops *ops,
		       void *arg, size_t *failed);
void trap_receiver_close(struct trap_receiver *receiver);
/*
 * Who we are to senders of v3 informs, for which we are authoritative (RFC 3414 section 2.2): the
 * same id for ever, boots larger at every start. Until then v3 informs are not answered.
 */
void trap_receiver_set_engine(struct trap_receiver *receiver, const uint8_t *id, size_t len,
			      uint32_t boots);
/* Credentials have changed: forgets keys and pointers, and the engines of the senders with their
 * times. To be called before the credentials that ops told of are freed. */
void trap_receiver_forget(struct trap_receiver *receiver);
/* The port that a socket has, if it was opened with 0. */
uint16_t trap_receiver_port(const struct trap_receiver *receiver, size_t index);

struct trap_stats {
	uint64_t received;		   /* datagrams read */
	uint64_t kernel_dropped;	   /* SO_RXQ_OVFL */
	uint64_t unknown;		   /* from addresses that are nobody's */
	uint64_t over_source, over_global; /* dropped by the caps on rates */
	uint64_t malformed;
	uint64_t refused;	 /* not authentic */
	uint64_t repeated;	 /* the same message again: a retransmission or a replay */
	uint64_t traps, informs; /* authentic */
	uint64_t reports;	 /* RFC 3414 reports that were sent */
};
struct trap_stats trap_receiver_stats(const struct trap_receiver *receiver);

#endif
