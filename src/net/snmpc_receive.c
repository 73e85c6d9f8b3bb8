/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Datagrams in: what was not asked for is dropped before it is read any further. A reply must come
 * from the address and port that was asked and carry the identifier of a request in flight.
 */
#include "snmpc_impl.h"

void
snmpc_respond(struct snmpc_request *request, uint32_t id, const struct ber_pdu *pdu, uint64_t at_ns)
{
	struct snmpc *snmpc = request->peer->snmpc;
	size_t count;

	if (ber_read_varbinds(pdu->varbinds, &snmpc->pool, &count) != 0) {
		snmpc->stats.bad++;
		request->flags |= REQUEST_BAD;
		return;
	}
	snmpc_answered(request, id, at_ns);
	snmpc_end(request, REASON_NONE, pdu, count);
}

/* The request that a datagram with this identifier answers, if it comes from where it should. */
static struct snmpc_request *
snmpc_asked(struct snmpc *snmpc, int32_t id, const struct ipaddr *from, uint16_t port)
{
	struct snmpc_request *request;

	if (id < 0)
		return NULL;
	request = snmpc_slot_get(snmpc, (uint32_t)id);
	if (request == NULL || request->peer->port != port ||
	    !ipaddr_equal(&request->peer->ip, from))
		return NULL;
	/* An attempt that was not made yet cannot be answered. */
	if (request->attempt < 3 && ((uint32_t)id >> 20 & 3) > request->attempt)
		return NULL;
	return request;
}

static void
snmpc_bad(struct snmpc_request *request)
{
	request->peer->snmpc->stats.bad++;
	request->flags |= REQUEST_BAD;
}

void
snmpc_received(void *arg, const struct ipaddr *from, uint16_t port, const uint8_t *data, size_t len,
	       uint64_t at_ns)
{
	/* msgVersion of each enum snmp_version_id; an answer in another one is no answer. */
	static const int32_t versions[] = {-1, 0, 1, 3};
	struct snmpc *snmpc = arg;
	struct snmpc_request *request = NULL;
	struct ber_message message;
	struct ber_pdu pdu;
	int32_t version, id;

	snmpc->stats.received++;
	snmpc->datagram_len = (uint32_t)len;
	if (ber_peek(data, len, &version, &id) == 0)
		request = snmpc_asked(snmpc, id, from, port);
	if (request == NULL || version != versions[request->peer->cred->version]) {
		snmpc->stats.ignored++;
		return;
	}
	if (ber_read_message(data, len, &message) != 0) {
		snmpc_bad(request);
		return;
	}
	if (version == 3) {
		if (message.security_model == 3)
			snmpc_received_v3(request, &message, data, at_ns);
		else
			snmpc_bad(request);
		return;
	}
	if (ber_read_pdu(message.rest, &pdu) != 0 || pdu.type != BER_PDU_RESPONSE ||
	    pdu.request_id != id) {
		snmpc_bad(request);
		return;
	}
	snmpc_respond(request, (uint32_t)id, &pdu, at_ns);
}
