/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Traps and informs as values: v1 traps become what v2 would have sent (RFC 3584 section 3.1).
 */
#include "trap_decode.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <string.h>

static const uint32_t sys_uptime[] = {1, 3, 6, 1, 2, 1, 1, 3, 0};
static const uint32_t snmp_trap_oid[] = {1, 3, 6, 1, 6, 3, 1, 1, 4, 1, 0};
static const uint32_t snmp_trap_address[] = {1, 3, 6, 1, 6, 3, 18, 1, 3, 0};

static bool
is_named(const struct varbind *vb, const uint32_t *oid, size_t len)
{
	return oid_compare(vb->oid, vb->oid_len, oid, len) == 0;
}

static struct ipaddr
ipv4_of(const uint8_t *bytes)
{
	struct ipaddr ip = {.family = 4};

	memcpy(ip.bytes, bytes, 4);
	/* 0.0.0.0: the agent does not know, or speaks IPv6 only. */
	if (bytes[0] == 0 && bytes[1] == 0 && bytes[2] == 0 && bytes[3] == 0)
		ip.family = 0;
	return ip;
}

static int
read_varbinds(struct ber_span list, struct trap_pool *pool, struct trap_content *out)
{
	struct ber_pool ber = {.varbinds = pool->varbinds,
			       .varbind_cap = MEM_COUNT(pool->varbinds),
			       .ids = pool->ids,
			       .id_cap = MEM_COUNT(pool->ids)};
	int rc = ber_read_varbinds(list, &ber, &out->count);

	out->varbinds = pool->varbinds;
	return rc;
}

/* A proxy tells whom it speaks for (RFC 3584 section 3.1 step 4). */
static void
find_address(struct trap_content *out)
{
	for (size_t i = 0; i < out->count; i++) {
		const struct varbind *vb = &out->varbinds[i];

		if (vb->type == VB_IPADDRESS &&
		    is_named(vb, snmp_trap_address, MEM_COUNT(snmp_trap_address)))
			out->agent = ipv4_of(vb->bytes);
	}
}

static int
read_v1(struct ber_span span, struct trap_pool *pool, struct trap_content *out)
{
	static const uint32_t snmp_traps[] = {1, 3, 6, 1, 6, 3, 1, 1, 5};
	enum { ENTERPRISE_SPECIFIC = 6 };
	struct ber_trap_v1 trap = {0};
	int rc = ber_read_trap_v1(span, &trap);

	if (rc == 0)
		rc = read_varbinds(trap.varbinds, pool, out);
	if (rc != 0)
		return rc;
	if (trap.generic < 0 || trap.generic > ENTERPRISE_SPECIFIC ||
	    trap.enterprise_len > OID_MAX - 2)
		return ERR_SYNTAX;
	if (trap.generic == ENTERPRISE_SPECIFIC) {
		memcpy(pool->oid, trap.enterprise, trap.enterprise_len * sizeof(*pool->oid));
		out->oid_len = trap.enterprise_len;
		pool->oid[out->oid_len++] = 0;
		pool->oid[out->oid_len++] = (uint32_t)trap.specific;
	} else {
		memcpy(pool->oid, snmp_traps, sizeof(snmp_traps));
		out->oid_len = MEM_COUNT(snmp_traps);
		pool->oid[out->oid_len++] = (uint32_t)trap.generic + 1;
	}
	out->oid = pool->oid;
	out->uptime = trap.time_stamp;
	out->agent = ipv4_of(trap.agent.data);
	return 0;
}

static int
read_v2(struct ber_span span, struct trap_pool *pool, struct trap_content *out)
{
	const struct varbind *vb = pool->varbinds;
	struct ber_pdu pdu;
	size_t used = 0;
	int rc = ber_read_pdu(span, &pdu);

	if (rc != 0)
		return rc;
	if (pdu.type != BER_PDU_TRAP && pdu.type != BER_PDU_INFORM)
		return ERR_UNSUPPORTED;
	rc = read_varbinds(pdu.varbinds, pool, out);
	if (rc != 0)
		return rc;
	out->is_inform = pdu.type == BER_PDU_INFORM;
	out->request_id = pdu.request_id;
	/* An inform is answered with its own bytes: they must be those of an answer. */
	if (out->is_inform && (pdu.error_status != 0 || pdu.error_index != 0))
		return ERR_SYNTAX;
	/* RFC 3416 section 4.2.6: first sysUpTime.0, then snmpTrapOID.0. Some leave out the first.
	 */
	if (used < out->count && vb[used].type == VB_TIMETICKS &&
	    is_named(&vb[used], sys_uptime, MEM_COUNT(sys_uptime)))
		out->uptime = (uint32_t)vb[used++].unsigned_number;
	if (used == out->count || vb[used].type != VB_OID ||
	    !is_named(&vb[used], snmp_trap_oid, MEM_COUNT(snmp_trap_oid)) ||
	    vb[used].value_oid_len < 2)
		return ERR_SYNTAX;
	out->oid = vb[used].value_oid;
	out->oid_len = vb[used++].value_oid_len;
	out->varbinds += used;
	out->count -= used;
	find_address(out);
	return 0;
}

int
trap_read_pdu(struct ber_span pdu, int32_t version, struct trap_pool *pool,
	      struct trap_content *out)
{
	memset(out, 0, sizeof(*out));
	if (pdu.len == 0)
		return ERR_TRUNCATED;
	if (version != 0)
		return read_v2(pdu, pool, out);
	return pdu.data[0] == BER_PDU_TRAP_V1 ? read_v1(pdu, pool, out) : ERR_UNSUPPORTED;
}

int
trap_decode(const uint8_t *data, size_t len, struct trap_pool *pool, struct ber_message *message,
	    struct trap_content *out)
{
	int rc = ber_read_message(data, len, message);

	if (rc != 0)
		return rc;
	if (message->version != 0 && message->version != 1)
		return ERR_VERSION;
	return trap_read_pdu(message->rest, message->version, pool, out);
}
