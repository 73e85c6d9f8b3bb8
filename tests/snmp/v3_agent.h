/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An SNMPv3 agent with one user (SHA-256, AES-128) that really checks digest, level and time window
 * and really encrypts, for what no snmpd can be made to do: an attacker who speaks before it, a
 * reply at another level, an engineID that another agent has too.
 */
#ifndef KEEPWATCH_TESTS_SNMP_V3_AGENT_H
#define KEEPWATCH_TESTS_SNMP_V3_AGENT_H

#include "../../src/net/snmpc_ber.h"
#include "out.h"

#include "keepwatch/credential.h"
#include "keepwatch/ipaddr.h"

#include <stdbool.h>
#include <uv.h>

enum { V3_AUTH = 1, V3_PRIV = 2, V3_KEY_LEN = 32, V3_USM_STATS = 7 };

/* usmStats, RFC 3414 section 5; V3_RESPONSE is no report. */
enum v3_kind {
	V3_RESPONSE,
	V3_UNSUPPORTED_LEVEL,
	V3_NOT_IN_TIME_WINDOW,
	V3_UNKNOWN_USER,
	V3_UNKNOWN_ENGINE,
	V3_WRONG_DIGEST,
	V3_DECRYPTION_ERROR,
};

struct v3_asked {
	struct ber_message message; /* points into bytes */
	uint8_t bytes[2048];
	size_t len;
	int32_t request_id; /* 0 if it could not be read */
	char context[40];   /* contextName that was asked in */
	struct sockaddr_storage from;
	socklen_t from_len;
};

struct v3_agent {
	int fd;
	uv_poll_t poll;
	struct ipaddr ip;
	uint16_t port;
	uint8_t engine_id[32];
	size_t engine_id_len;
	const char *user;
	uint8_t auth_key[V3_KEY_LEN], priv_key[V3_KEY_LEN];
	uint8_t level; /* that the user must have */
	uint32_t boots, time_s;
	uint32_t ticks;	     /* sysUpTime, the value of whatever is asked */
	uint8_t reply_level; /* of responses */
	bool is_silent;	     /* says only what `before` says */
	unsigned heard, answered, reports[V3_USM_STATS];
	/* May be NULL: is called before a request is answered. */
	void (*before)(struct v3_agent *agent, const struct v3_asked *asked);
	void *arg;
};

/* The agent's passwords are PASSWORD and the same again. Asserts. */
void v3_agent_open(struct v3_agent *agent, uv_loop_t *uv, const char *ip, const char *engine_id,
		   const char *user, const char *password);
/* The memory may go when the uv loop has run. */
void v3_agent_close(struct v3_agent *agent);
/* What the monitor must have to be let in. */
void v3_agent_credential(struct credential *credential, const char *user, const char *password);

struct v3_message {
	enum v3_kind kind;
	uint8_t level;		  /* V3_AUTH | V3_PRIV; the digest is right if the key is */
	const uint8_t *engine_id; /* NULL: the agent's */
	size_t engine_id_len;
	uint32_t boots, time_s;
	uint32_t msg_id, request_id;
	uint32_t ticks;
	bool is_forged;	      /* the digest is made without the key */
	const char *context;  /* contextName; NULL: none */
	bool has_other_scope; /* contextEngineID is another one */
};
/* As the agent would answer. */
struct v3_message v3_agent_message(const struct v3_agent *agent, const struct v3_asked *asked,
				   enum v3_kind kind);
void v3_agent_send(struct v3_agent *agent, const struct v3_asked *asked,
		   const struct v3_message *message);

#endif
