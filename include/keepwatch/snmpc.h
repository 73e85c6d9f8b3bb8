/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SNMP command generator (RFC 3413 section 3.1) for a whole fleet over a few shared UDP sockets:
 * v1 (RFC 1157), v2c (RFC 1901, 3416) and v3 with USM (RFC 3412, 3414, 3826, 7860). All of it runs
 * on the loop's thread. Nothing of net-snmp is seen outside: results are plain varbinds.
 */
#ifndef KEEPWATCH_SNMPC_H
#define KEEPWATCH_SNMPC_H

#include "keepwatch/credential.h"
#include "keepwatch/ipaddr.h"
#include "keepwatch/kinds.h"
#include "keepwatch/net_loop.h"
#include "keepwatch/varbind.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct snmpc;
/* What is known of one agent: round-trip time, engine, keys. At most 512 bytes v2c, 1 KiB v3. */
struct snmpc_peer;

enum {
	SNMPC_PORT = 161,
	SNMPC_OIDS_MAX = 16,	    /* OIDs of one request, columns of one walk */
	SNMPC_ATTEMPTS_MAX = 16,    /* of one request */
	SNMPC_ENGINE_ID_MAX = 32,   /* RFC 3411 SnmpEngineID */
	SNMPC_DATAGRAM_MAX = 12032, /* longest reply read, and msgMaxSize of our v3 requests */
};

/* The loop is borrowed until snmpc_close. ERR_NOMEM, ERR_IO. */
int snmpc_open(struct snmpc **out, struct net_loop *loop);
/* After all requests have ended or were cancelled; peers may be freed before or after. */
void snmpc_close(struct snmpc *snmpc);

struct snmpc_stats {
	uint64_t requests, sent, received; /* requests started; datagrams */
	uint64_t ignored; /* not asked for: late, duplicate, wrong source, wrong identifiers */
	uint64_t bad;	  /* asked for, but malformed or not authentic */
	uint32_t in_flight;
};
struct snmpc_stats snmpc_stats(const struct snmpc *snmpc);

/*
 * port 0: the credential's, else 161. What is needed of the credential is copied (passwords are
 * hashed once per credential and then shared). ERR_NOMEM; ERR_INVAL if the credential holds no SNMP
 * or a password that USM does not take (fewer than 8 characters, RFC 3414 section 11.2); ERR_IO if
 * there is no socket for the address family.
 */
int snmpc_peer_new(struct snmpc_peer **out, struct snmpc *snmpc, const struct ipaddr *ip,
		   uint16_t port, const struct credential *credential);
/* NULL is fine. Its requests must have ended. Keys are wiped. */
void snmpc_peer_free(struct snmpc_peer *peer);
/* True if snmpc_peer_new with these would make the same peer: else free it and make a new one. */
bool snmpc_peer_is(const struct snmpc_peer *peer, const struct ipaddr *ip, uint16_t port,
		   const struct credential *credential);
/* The engine as authenticated or, at noAuthNoPriv, as claimed. len 0 if none is known. */
struct snmpc_engine {
	uint8_t id[SNMPC_ENGINE_ID_MAX];
	uint8_t id_len;
	uint32_t boots, time_s; /* snmpEngineBoots, snmpEngineTime extrapolated to now */
};
void snmpc_peer_engine(const struct snmpc_peer *peer, struct snmpc_engine *out);

/*
 * SET (RFC 3416 section 4.2.5) is there to ask whether it would be allowed: give it objects that do
 * not exist, with an INTEGER 0 each. It has no retries of its own: what is lost is not asked again.
 */
enum snmpc_op { SNMPC_GET, SNMPC_GETNEXT, SNMPC_GETBULK, SNMPC_SET };

/* What came of a request. Borrowed until `done` returns, with all that it points to. */
struct snmpc_reply {
	/*
	 * REASON_NONE: the agent answered; see error_status. Else TIMEOUT, REFUSED or UNREACHABLE
	 * (ICMP says so and nothing ever answered), BAD_REPLY, LOCAL, or of the USM: UNKNOWN_USER,
	 * WRONG_DIGEST, DECRYPTION, SECURITY_LEVEL, TIME_WINDOW, ENGINE_ID. A report that is not
	 * authentic counts only if nothing better comes within a usual round trip.
	 */
	enum reason reason;
	uint32_t error_status, error_index; /* RFC 3416 section 3; error_index from 1 */
	const struct varbind *varbinds;
	size_t count;
	uint32_t bytes;	     /* of the datagram */
	uint32_t rtt_us;     /* of the exchange that answered; UINT32_MAX if none did */
	uint16_t sent, lost; /* datagrams sent, and those of them that nothing answered */
};

/* RFC 3416 section 3 error-status values that matter here. */
enum {
	SNMPC_TOO_BIG = 1,
	SNMPC_NO_SUCH_NAME = 2,
	SNMPC_GEN_ERR = 5,
	SNMPC_NO_ACCESS = 6,
	SNMPC_NO_CREATION = 11,
	SNMPC_NOT_WRITABLE = 17,
};

/* OK, DEGRADED (it answers, but not what it should), FAIL or ERROR (ours). */
enum outcome snmpc_outcome(enum reason reason);

/* Embedded in its owner, zeroed before its first use. The caller fills the first part and keeps
 * `oids` until the end. */
struct snmpc_request {
	struct snmpc_peer *peer;
	enum snmpc_op op;
	const struct oid_ref *oids;
	uint8_t oid_count;	 /* 1..SNMPC_OIDS_MAX */
	uint8_t max_repetitions; /* of GETBULK; there are no non-repeaters */
	uint16_t retries;	 /* further attempts; at most SNMPC_ATTEMPTS_MAX - 1 */
	uint32_t timeout_ms; /* what the last attempt waits; earlier ones wait the RTO if shorter */
	/* 0; or asks in the context of this VLAN, as old Cisco IOS serves BRIDGE-MIB: community
	 * "COMMUNITY@VLAN", with v3 contextName "vlan-VLAN" in place of the credential's. */
	uint16_t vlan;
	void (*done)(struct snmpc_request *request, const struct snmpc_reply *reply);
	/* snmpc's own follow */
	struct net_timer timer;
	uint32_t slot;	 /* of the request table */
	uint16_t nonce;	 /* the random bits of the request-id; 0 while idle */
	uint8_t attempt; /* of this exchange, from 0 */
	uint8_t stage;	 /* discovery, time, the question */
	uint8_t flags;
	uint8_t report; /* last report, as enum reason */
	uint16_t sent, lost;
	uint32_t rtt_us;
	struct snmpc_usm *candidate; /* an engine not proved yet */
	uint64_t sent_ns[4];	     /* when each of the last four attempts left (CLOCK_REALTIME) */
};

/*
 * Sends; `done` is called exactly once, later, from the loop, unless the request is cancelled.
 * Then the request may be reused or freed, from within `done` too. ERR_INVAL, ERR_FULL (2^20 in
 * flight), ERR_NOMEM, ERR_UNSUPPORTED (GETBULK with v1): `done` is not called.
 */
int snmpc_start(struct snmpc_request *request);
/* Ends it without `done`. A request that is not in flight may be cancelled, if it was zeroed or
 * used before. */
void snmpc_cancel(struct snmpc_request *request);
bool snmpc_is_active(const struct snmpc_request *request);

/*
 * Walks the columns of one or several tables side by side (RFC 3416 section 4.2.3): GETBULK with as
 * many repetitions as the agent proves to bear, halved on tooBig and silence, down to GETNEXT for
 * v1 and for agents that choke on GETBULK. Columns need not be of the same length. A column whose
 * OIDs do not increase, or that the agent refuses, ends there; the others are read on.
 */
struct snmpc_walk {
	struct snmpc_peer *peer;
	const struct oid_ref *columns; /* borrowed until the end */
	uint8_t column_count;	       /* 1..SNMPC_OIDS_MAX */
	uint8_t max_repetitions;       /* 0: up to 255 */
	uint16_t retries;
	uint32_t timeout_ms;   /* of one attempt */
	uint32_t max_ms;       /* of the whole walk; 0: no bound */
	uint32_t max_varbinds; /* 0: 65536 */
	uint32_t gap_ms;       /* from a reply's arrival to the next request, at least */
	uint16_t vlan;	       /* as in snmpc_request */
	bool is_resumable;     /* keeps its place when it ends: see snmpc_walk_resume */
	/* Begins behind this index in each column, at 0 length at their beginning. Borrowed until
	 * snmpc_walk_start returns. */
	const uint32_t *from;
	uint8_t from_len;
	bool is_careful; /* begins with GETNEXT: silence then ends it, and is not for the size */
	/* Every instance, in order within its column. False ends the walk (reason NONE, not
	 * complete). It must not cancel the walk. */
	bool (*varbind)(struct snmpc_walk *walk, size_t column, const struct varbind *varbind);
	/* Exactly once, from the loop, unless cancelled. */
	void (*done)(struct snmpc_walk *walk);
	/* the result */
	enum reason reason;    /* as in snmpc_reply; BAD_REPLY also for OIDs that do not increase,
				  FAULT for a refusal, see error_status */
	bool complete;	       /* every column was read to its end */
	bool was_cut;	       /* stopped by max_ms or max_varbinds */
	uint32_t error_status; /* that ended it */
	uint32_t varbinds;     /* delivered */
	uint32_t exchanges;
	uint32_t rtt_us; /* of the first exchange */
	uint16_t sent, lost;
	/* snmpc's own follow */
	struct snmpc_request request;
	struct net_timer timer; /* the gap */
	struct snmpc_cursors *cursors;
	uint64_t started_ms, asked_ms;
	uint32_t idle_ms; /* between the last reply and its reading */
	uint8_t width;	  /* columns asked at once */
	uint8_t stalls;	  /* silences and refusals in a row */
	uint8_t flags;
	uint16_t former_bulk; /* before the stalls */
};
/* As snmpc_start. */
int snmpc_walk_start(struct snmpc_walk *walk);
/*
 * Goes on behind the last instance that came, with a small question first; for a walk that
 * is_resumable and has ended before its columns did. Results go on counting, and so does max_ms.
 * ERR_INVAL if it cannot be; else as snmpc_start.
 */
int snmpc_walk_resume(struct snmpc_walk *walk);
bool snmpc_walk_can_resume(const struct snmpc_walk *walk);
/* The index behind which it would go on, of the first column that has not ended: its length, 0 if
 * there is none or it is longer than max. For a later walk's `from`. */
uint8_t snmpc_walk_place(const struct snmpc_walk *walk, uint32_t *index, uint8_t max);
/* Ends it without `done`, and lets go of its place; one that is not in flight may be cancelled if
 * it was zeroed. */
void snmpc_walk_cancel(struct snmpc_walk *walk);

#endif
