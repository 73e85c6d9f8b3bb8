/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A notification's bytes as a plain value. Pure: it judges nothing but the form.
 */
#ifndef KEEPWATCH_NET_TRAP_DECODE_H
#define KEEPWATCH_NET_TRAP_DECODE_H

#include "keepwatch/ipaddr.h"
#include "keepwatch/trap.h"

#include "snmpc_ber.h"

/* What is read of a message, until the next one. */
struct trap_pool {
	struct varbind varbinds[TRAP_VARBINDS_MAX + 2];
	uint32_t ids[8192];
	uint32_t oid[OID_MAX + 4]; /* of a v1 trap */
};

struct trap_content {
	bool is_inform;
	int32_t request_id; /* 0 in v1 */
	const uint32_t *oid;
	size_t oid_len;
	uint32_t uptime;
	struct ipaddr agent; /* agent-addr or snmpTrapAddress.0; family 0 if not said */
	const struct varbind *varbinds;
	size_t count;
};

/* The PDU of a message of that msgVersion (0 v1, 1 v2c, 3 v3). ERR_TRUNCATED, ERR_SYNTAX,
 * ERR_TOOBIG; ERR_UNSUPPORTED for a PDU that is no notification. */
int trap_read_pdu(struct ber_span pdu, int32_t version, struct trap_pool *pool,
		  struct trap_content *out);
/* A whole v1 or v2c message. ERR_VERSION for any other. */
int trap_decode(const uint8_t *data, size_t len, struct trap_pool *pool,
		struct ber_message *message, struct trap_content *out);

#endif
