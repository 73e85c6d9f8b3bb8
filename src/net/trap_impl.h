/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of the notification receiver share: its sockets (trap_socket.c), who is heard and
 * believed (trap.c), and the User-based Security Model on the receiving side (trap_v3.c, with
 * trap_encode.c for what net-snmp writes).
 */
#ifndef KEEPWATCH_NET_TRAP_IMPL_H
#define KEEPWATCH_NET_TRAP_IMPL_H

#include "keepwatch/trap.h"

#include "snmpc_impl.h"
#include "trap_decode.h"

#include <netinet/in.h>

enum {
	TRAP_SOURCES = 4096,   /* slots of buckets */
	TRAP_SEEN = 4096,      /* slots of messages that were told */
	TRAP_SEEN_MS = 300000, /* twice the time window: a replay within it is known */
	TRAP_ENGINES_MAX = 65536,
	TRAP_ENGINE_BUCKETS = 1024,
	TRAP_CREDENTIALS_MAX = 16, /* that one sender is tried with */
};

struct trap_bucket {
	uint64_t key;	/* hash of the source; 0: free */
	uint32_t milli; /* thousandths of a message */
	uint64_t refilled_ms;
};

/* An engine that has sent something authentic. */
struct trap_engine {
	struct trap_engine *next;
	struct ipaddr from;
	const struct snmpc_cred *cred;
	struct snmpc_usm usm;
};

/* A credential in use, with its keys. */
struct trap_cred {
	const struct credential_snmp *from; /* as told by ops; borrowed */
	struct snmpc_cred *cred;	    /* NULL: of no use (no SNMP, or a password too short) */
};

struct trap_socket {
	uv_poll_t poll;
	struct trap_receiver *receiver;
	int fd;
	uint8_t family;
	uint32_t overflow; /* SO_RXQ_OVFL counter */
};

/* Where a message came from, and how an answer gets back from the address that was written to. */
struct trap_origin {
	struct trap_socket *socket;
	struct sockaddr_storage name;
	socklen_t name_len;
	union {
		struct in_pktinfo in;
		struct in6_pktinfo in6;
	} to;
	bool has_to;
	struct ipaddr ip;
	uint16_t port;
};

struct trap_reader; /* buffers for recvmmsg */

struct trap_receiver {
	struct net_loop *loop;
	struct snmpc *snmpc;
	const struct trap_ops *ops;
	void *arg;
	struct trap_socket sockets[TRAP_LISTEN_MAX];
	size_t socket_count;
	uv_timer_t pause;
	bool has_pause, is_paused, is_closed;
	unsigned open_handles;
	struct trap_reader *reader;
	struct trap_stats stats;
	struct trap_bucket global, *sources;
	uint64_t seed;
	struct trap_pool pool;
	/* who we are */
	uint8_t engine_id[TRAP_ENGINE_ID_MAX];
	uint8_t engine_id_len; /* 0: not told yet */
	uint32_t boots;
	uint64_t started_ms; /* of engineTime */
	uint32_t usm_stats[8];
	struct trap_engine *engines[TRAP_ENGINE_BUCKETS];
	size_t engine_count;
	struct trap_cred *creds;
	size_t cred_count, cred_cap;
	struct {
		uint64_t hash, at_ms;
	} * seen;
};

/* ---- trap_socket.c */
int trap_sockets_open(struct trap_receiver *receiver, const struct trap_address *listen,
		      size_t count, size_t *failed);
/* Frees the receiver when libuv is through with the last handle. */
void trap_sockets_close(struct trap_receiver *receiver);
void trap_send(const struct trap_origin *origin, const uint8_t *data, size_t len);

/* ---- trap.c */
void trap_message(struct trap_receiver *receiver, const struct trap_origin *origin,
		  const uint8_t *data, size_t len);
/* The n-th credential to try for this sender, with keys; NULL past the end. *out may be NULL for
 * one of no use. */
bool trap_credential(struct trap_receiver *receiver, const struct ipaddr *who, size_t n,
		     struct snmpc_cred **out);
/* True if the same bytes were noted within TRAP_SEEN_MS; notes them. */
bool trap_is_repeated(struct trap_receiver *receiver, const struct ipaddr *from,
		      const uint8_t *data, size_t len);
/* Tells the owner. content NULL: it could not be read or must not be. */
void trap_tell(struct trap_receiver *receiver, const struct trap_origin *origin,
	       const struct ipaddr *about, enum snmp_version_id version,
	       const struct trap_content *content, enum reason refusal);
/* Whom the content is about: the source, or whom a forwarder names. */
struct ipaddr trap_about(struct trap_receiver *receiver, const struct trap_origin *origin,
			 const struct trap_content *content);

/* ---- trap_v3.c */
void trap_message_v3(struct trap_receiver *receiver, const struct trap_origin *origin,
		     const struct ber_message *message, const uint8_t *data);
void trap_engines_free(struct trap_receiver *receiver);

/* ---- trap_encode.c: at *data, borrowed until the next call. ERR_NOMEM, ERR_INVAL, ERR_SYNTAX. */
struct trap_answer {
	const struct snmpc_cred *cred; /* NULL: noAuthNoPriv without user */
	const struct snmpc_usm *usm;   /* we, with the keys of cred */
	uint8_t level;
	int32_t msg_id, request_id;
	uint32_t boots, time_s;
	/* a report: 1.3.6.1.6.3.15.1.1.`stat`.0 with its count; 0: a response */
	uint32_t stat, stat_count;
	/* a response: what it answers */
	struct ber_span pdu, context, context_engine;
};
int trap_encode(struct snmpc_codec *codec, const struct trap_answer *answer, const uint8_t **data,
		size_t *len);

#endif
