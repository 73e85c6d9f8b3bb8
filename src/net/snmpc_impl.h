/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of the SNMP command generator share: peers, credentials with their keys, and the
 * steps of one exchange. Only snmpc_lib.c, snmpc_cred.c, snmpc_encode.c and snmpc_usm.c see
 * net-snmp.
 */
#ifndef KEEPWATCH_SNMPC_IMPL_H
#define KEEPWATCH_SNMPC_IMPL_H

#include "keepwatch/dgram.h"
#include "keepwatch/snmpc.h"

#include "snmpc_ber.h"

enum {
	SNMPC_SOCKETS_V4 = 1,
	SNMPC_SOCKETS = SNMPC_SOCKETS_V4 + 1,
	SNMPC_RTO_MIN_MS = 250,
	SNMPC_RTO_MAX_MS = 3000,
	SNMPC_RTO_FIRST_MS = 1000, /* before anything was measured, RFC 6298 section 2.1 */
	SNMPC_KEY_MAX = 64,	   /* SHA-512 */
	SNMPC_PRIV_KEY_MAX = 32,   /* AES-256 */
	SNMPC_TIME_WINDOW_S = 150, /* RFC 3414 section 2.2.3 */
	SNMPC_TEMPLATES = 4,
	SNMPC_BULK_FIRST = 40, /* varbinds of a first GETBULK: fits an Ethernet frame */
};

/* msgFlags, and the level they stand for (RFC 3412 section 6.4). */
enum { SNMPC_AUTH = 1, SNMPC_PRIV = 2, SNMPC_REPORTABLE = 4 };

/* snmpc_request.stage */
enum { STAGE_DISCOVER, STAGE_ASK };
/* snmpc_request.flags */
enum {
	REQUEST_REFUSED = 1,	  /* ICMP port unreachable came back */
	REQUEST_UNREACHABLE = 2,  /* ICMP host or net unreachable, or the send failed */
	REQUEST_BAD = 4,	  /* an answer came that could not be read */
	REQUEST_REDISCOVERED = 8, /* one is allowed */
	REQUEST_RESYNCED = 16,	  /* one is allowed */
	REQUEST_ZERO_TIME = 32,	  /* ask with boots and time 0, for an authentic report of them */
	REQUEST_HELD = 64,	  /* `report` is acted on when the timer fires */
};

/* A request of v1 or v2c as encoded, to be patched with the request-id. */
struct snmpc_template {
	uint8_t *bytes;
	size_t len, id_at; /* id_at: of the four octets of the request-id */
	uint32_t *ids;	   /* the OIDs, each with its length before it */
	size_t id_count;
	uint8_t oid_count;
};

/* A credential as used: shared by all peers that have it, with keys that took 14 ms to make. */
struct snmpc_cred {
	struct snmpc_cred *next;
	uint32_t refs;
	enum snmp_version_id version;
	struct secret *community, *auth_password, *priv_password; /* copies */
	char *user, *context;
	enum snmp_auth auth;
	enum snmp_priv priv;
	uint8_t level; /* SNMPC_AUTH | SNMPC_PRIV */
	uint8_t auth_ku_len, priv_ku_len;
	uint8_t auth_ku[SNMPC_KEY_MAX], priv_ku[SNMPC_KEY_MAX];
	struct snmpc_template templates[SNMPC_TEMPLATES];
	uint8_t next_template;
};

/* An authoritative engine as a peer's requests use it (RFC 3414 section 2.2). */
struct snmpc_usm {
	uint8_t id[SNMPC_ENGINE_ID_MAX];
	uint8_t id_len, auth_key_len, priv_key_len;
	bool is_synced; /* boots and time come from an authentic message */
	uint32_t boots, time_s;
	uint64_t at_ms; /* when time_s was so */
	uint8_t auth_key[SNMPC_KEY_MAX], priv_key[SNMPC_PRIV_KEY_MAX];
};

struct snmpc_peer {
	struct snmpc *snmpc;
	struct snmpc_cred *cred;
	struct snmpc_usm *usm; /* NULL until an exchange has succeeded with it */
	struct ipaddr ip;
	uint16_t port;
	uint8_t socket;
	bool no_bulk;	       /* chokes on GETBULK */
	bool bulk_capped;      /* larger replies were lost or refused */
	bool bulk_blamed;      /* it answered GETNEXT, and GETBULK silenced it: for good */
	uint8_t bulk_refusals; /* walks in which it answered GETBULK with an error */
	uint8_t bulk_losses;   /* times that large replies were lost */
	uint16_t bulk_calm;    /* whole replies since */
	uint16_t bulk;	       /* varbinds it was seen to answer at once; 0: not tried yet */
	uint32_t srtt_us, rttvar_us;
};

/* net-snmp's side. */
struct snmpc_codec;
int snmpc_codec_new(struct snmpc_codec **out);
void snmpc_codec_free(struct snmpc_codec *codec);

struct snmpc {
	struct net_loop *loop;
	struct snmpc_codec *codec;
	struct dgram *sockets[SNMPC_SOCKETS];
	struct snmpc_cred *creds;
	uintptr_t *slots; /* a request, or 2 * next free + 1 */
	uint32_t slot_cap, free_head;
	struct snmpc_stats stats;
	uint16_t random[128];
	uint8_t random_left;
	uint8_t next_socket;
	struct ber_pool pool;
	uint32_t datagram_len; /* of the one being read */
	uint8_t *plain;	       /* of snmpc_usm_open */
};

/* ---- credentials */
int snmpc_cred_get(struct snmpc *snmpc, const struct credential_snmp *credential,
		   struct snmpc_cred **out);
void snmpc_cred_put(struct snmpc *snmpc, struct snmpc_cred *cred);
bool snmpc_cred_is(const struct snmpc_cred *cred, const struct credential_snmp *credential);
/* Keys of the credential for the engine (RFC 3414 section 2.6). ERR_INVAL. */
int snmpc_usm_localize(const struct snmpc_cred *cred, struct snmpc_usm *usm);
/* Wipes. */
void snmpc_usm_free(struct snmpc_usm *usm);
/* snmpEngineTime as it should be by now. */
uint32_t snmpc_usm_time(const struct snmpc_usm *usm, uint64_t now_ms);

enum { SNMPC_CONTEXT_SIZE = 16 };
/* contextName of the request: the credential's, or its VLAN's, which is written to `vlan`. */
const char *snmpc_context(const struct snmpc_cred *cred, const struct snmpc_request *request,
			  char vlan[SNMPC_CONTEXT_SIZE]);

/* ---- messages out: at *data, borrowed until the next call. ERR_NOMEM, ERR_INVAL. */
int snmpc_encode_community(struct snmpc_codec *codec, struct snmpc_cred *cred,
			   const struct snmpc_request *request, uint32_t id, const uint8_t **data,
			   size_t *len);
int snmpc_encode_discovery(struct snmpc_codec *codec, uint32_t id, const uint8_t **data,
			   size_t *len);
/* Once its bytes are handed on: what was encoded may hold a community. */
void snmpc_encode_wipe(struct snmpc_codec *codec);
int snmpc_encode_v3(struct snmpc_codec *codec, const struct snmpc_cred *cred,
		    const struct snmpc_usm *usm, const struct snmpc_request *request, uint32_t id,
		    uint32_t boots, uint32_t time_s, const uint8_t **data, size_t *len);

/* ---- messages in, authenticated or encrypted: USM as RFC 3414 section 3.2 has it */
enum snmpc_usm_check {
	USM_AUTHENTIC,
	USM_NOT_AUTHENTIC,
	USM_STALE, /* authentic, but outside the time window */
	USM_NOT_DECRYPTED,
	USM_MALFORMED,
};
/* plain: 2 * SNMPC_DATAGRAM_MAX octets; scoped gets the scoped PDU, within it. */
enum snmpc_usm_check snmpc_usm_open(struct snmpc_codec *codec, const struct snmpc_cred *cred,
				    const struct snmpc_usm *usm, const struct ber_message *message,
				    const uint8_t *data, uint64_t now_ms, uint8_t *plain,
				    struct ber_span *scoped);

/* ---- the request table (snmpc.c) */
/* The request in flight with this identifier, whatever its attempt; NULL. */
struct snmpc_request *snmpc_slot_get(struct snmpc *snmpc, uint32_t id);
uint32_t snmpc_request_id(const struct snmpc_request *request);
uint16_t snmpc_nonce(struct snmpc *snmpc);
/* Takes it out of the table: it is idle afterwards. */
void snmpc_release(struct snmpc_request *request);
/* The index of an open socket for the family of ip. */
int snmpc_socket(struct snmpc *snmpc, const struct ipaddr *ip, uint8_t *out);

/* ---- the exchange (snmpc_exchange.c) */
/* The first stage of a request that was filed. */
void snmpc_begin(struct snmpc_request *request);
/* Begins a stage: it has its own attempts and identifiers. */
void snmpc_enter(struct snmpc_request *request, uint8_t stage);
/* An authentic answer to the attempt with this id came: counts, and takes the round trip. */
void snmpc_answered(struct snmpc_request *request, uint32_t id, uint64_t at_ns);
/*
 * A report came that is not authentic, which anybody may have sent who saw the request: the agent's
 * own answer, if there is one, gets a usual round trip to overtake it. Only then is it acted on
 * (snmpc_act). The first one counts.
 */
void snmpc_hold(struct snmpc_request *request, enum reason report, uint32_t id, uint64_t at_ns);
/* Ends it: releases and calls `done`. pdu: the response, its varbinds in the pool; NULL if there is
 * none. */
void snmpc_end(struct snmpc_request *request, enum reason reason, const struct ber_pdu *pdu,
	       size_t count);

/* ---- replies (snmpc_receive.c, snmpc_v3.c) */
void snmpc_received(void *arg, const struct ipaddr *from, uint16_t port, const uint8_t *data,
		    size_t len, uint64_t at_ns);
void snmpc_received_v3(struct snmpc_request *request, const struct ber_message *message,
		       const uint8_t *data, uint64_t at_ns);
/* What a report asks for, or the end. */
void snmpc_act(struct snmpc_request *request, enum reason report, bool is_authentic);
/* A response that is what was asked for, once its PDU is read. */
void snmpc_respond(struct snmpc_request *request, uint32_t id, const struct ber_pdu *pdu,
		   uint64_t at_ns);

#endif
