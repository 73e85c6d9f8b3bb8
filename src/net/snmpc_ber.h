/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads SNMP messages from outside: the BER subset of RFC 3417 section 8, within bounds and without
 * allocation. First the envelope, for telling whether a datagram was asked for at all; then the
 * PDU.
 */
#ifndef KEEPWATCH_SNMPC_BER_H
#define KEEPWATCH_SNMPC_BER_H

#include "keepwatch/varbind.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	BER_INTEGER = 0x02,
	BER_OCTETS = 0x04,
	BER_SEQUENCE = 0x30,
	BER_PDU_GET = 0xa0,
	BER_PDU_GETNEXT = 0xa1,
	BER_PDU_RESPONSE = 0xa2,
	BER_PDU_TRAP_V1 = 0xa4,
	BER_PDU_GETBULK = 0xa5,
	BER_PDU_INFORM = 0xa6,
	BER_PDU_TRAP = 0xa7,
	BER_PDU_REPORT = 0xa8,
};

/* A borrowed range of the datagram. */
struct ber_span {
	const uint8_t *data;
	size_t len;
};

struct ber_message {
	size_t total;	 /* octets of the message; the datagram may be longer */
	int32_t version; /* 0 v1, 1 v2c, 3 v3 */
	/* v1, v2c */
	struct ber_span community;
	/* v3: RFC 3412 section 6 and RFC 3414 section 2.4 */
	int32_t msg_id;
	int32_t max_size;
	uint8_t msg_flags; /* 1 auth, 2 priv, 4 reportable */
	int32_t security_model;
	struct ber_span security; /* the OCTET STRING with its header */
	struct ber_span engine_id, user;
	int32_t engine_boots, engine_time;
	/* What follows: the PDU (v1, v2c), the scoped PDU or its ciphertext (v3). */
	struct ber_span rest;
};
/* Version, and msgID (v3) or request-id, of what may be only the beginning of a message. */
int ber_peek(const uint8_t *data, size_t len, int32_t *version, int32_t *id);
/* The envelope of a whole datagram. Bytes behind the message are tolerated (they occur).
 * ERR_TRUNCATED, ERR_SYNTAX, ERR_VERSION. */
int ber_read_message(const uint8_t *data, size_t len, struct ber_message *out);

struct ber_pdu {
	uint8_t type;
	int32_t request_id;
	uint32_t error_status, error_index;
	struct ber_span varbinds; /* the contents of the list */
};
int ber_read_pdu(struct ber_span span, struct ber_pdu *out);

/* The Trap-PDU of RFC 1157 section 4.1.6. */
struct ber_trap_v1 {
	uint32_t enterprise[OID_MAX + 2];
	size_t enterprise_len;
	struct ber_span agent; /* four octets */
	int32_t generic, specific;
	uint32_t time_stamp;
	struct ber_span varbinds; /* the contents of the list */
};
int ber_read_trap_v1(struct ber_span span, struct ber_trap_v1 *out);

struct ber_scope {
	struct ber_span engine_id, context;
	struct ber_span pdu;
};
/* A scoped PDU (RFC 3412 section 6.8). */
int ber_read_scoped(struct ber_span span, struct ber_scope *out);

/* Where varbinds go. Bounded: sub-identifiers and varbinds that a datagram of SNMPC_DATAGRAM_MAX
 * can hold. */
struct ber_pool {
	struct varbind *varbinds;
	size_t varbind_cap;
	uint32_t *ids;
	size_t id_cap;
};
/* Fills the pool from the list; strings point into it. ERR_TRUNCATED, ERR_SYNTAX, ERR_TOOBIG. */
int ber_read_varbinds(struct ber_span list, struct ber_pool *pool, size_t *count);

#endif
