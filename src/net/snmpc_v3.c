/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SNMPv3 replies: the engine's discovery (RFC 3414 section 4), its time window, and what the agent
 * reports. Nothing that is not authentic changes what is believed of an engine: an engine heard of
 * in a report is a candidate that belongs to the request, until an exchange with it has succeeded.
 *
 * Who sees requests with authentication and answers first can delay their end by a usual round
 * trip; if the agent's answer is lost or slower, one run ends with the reason that was reported
 * (degraded, not down), and at a first contact with ENGINE_ID. At noAuthNoPriv, as with v1 and v2c,
 * such an attacker can say anything.
 */
#include "snmpc_impl.h"

#include "keepwatch/log.h"

#include <stdlib.h>
#include <string.h>

/* usmStats (RFC 3414 section 5): 1.3.6.1.6.3.15.1.1.N.0 */
enum {
	USM_STATS_UNSUPPORTED_SEC_LEVELS = 1,
	USM_STATS_NOT_IN_TIME_WINDOWS = 2,
	USM_STATS_UNKNOWN_USER_NAMES = 3,
	USM_STATS_UNKNOWN_ENGINE_IDS = 4,
	USM_STATS_WRONG_DIGESTS = 5,
	USM_STATS_DECRYPTION_ERRORS = 6,
	SNMP_UNKNOWN_CONTEXTS = 7, /* snmpUnknownContexts, RFC 3413: ours, to have one list */
	REPORT_OTHER = 0,
};

static const uint32_t usm_stats[] = {1, 3, 6, 1, 6, 3, 15, 1, 1};
static const uint32_t unknown_contexts[] = {1, 3, 6, 1, 6, 3, 12, 1, 5};

/* What a report counts; its one varbind names it. */
static int
snmpc_report_kind(struct snmpc *snmpc, const struct ber_pdu *pdu)
{
	const struct varbind *vb = snmpc->pool.varbinds;
	size_t count;

	if (ber_read_varbinds(pdu->varbinds, &snmpc->pool, &count) != 0 || count == 0)
		return REPORT_OTHER;
	if (oid_has_prefix(vb->oid, vb->oid_len, unknown_contexts, 9))
		return SNMP_UNKNOWN_CONTEXTS;
	if (vb->oid_len < 10 || !oid_has_prefix(vb->oid, vb->oid_len, usm_stats, 9) ||
	    vb->oid[9] > USM_STATS_DECRYPTION_ERRORS)
		return REPORT_OTHER;
	return (int)vb->oid[9];
}

static void
snmpc_bad(struct snmpc_request *request, enum reason reason)
{
	request->peer->snmpc->stats.bad++;
	if (reason == REASON_NONE)
		request->flags |= REQUEST_BAD;
	else if (!(request->flags & REQUEST_HELD))
		request->report = (uint8_t)reason;
}

static void
snmpc_ignore(struct snmpc_request *request)
{
	request->peer->snmpc->stats.ignored++;
}

static bool
snmpc_is_bytes(struct ber_span span, const void *bytes, size_t len)
{
	return span.len == len && memcmp(span.data, bytes, len) == 0;
}

/* The engine that the request was sent to; NULL while it is being discovered for the first time. */
static struct snmpc_usm *
snmpc_engine_asked(const struct snmpc_request *request)
{
	return request->candidate != NULL ? request->candidate : request->peer->usm;
}

/* The engine of a report becomes the candidate, with its time as a first guess. */
static void
snmpc_discovered(struct snmpc_request *request, const struct ber_message *message, uint64_t at_ns)
{
	struct snmpc_peer *peer = request->peer;
	struct snmpc_usm *usm;

	if (message->engine_id.len == 0 || message->engine_id.len > SNMPC_ENGINE_ID_MAX) {
		snmpc_bad(request, REASON_ENGINE_ID);
		return;
	}
	snmpc_answered(request, (uint32_t)message->msg_id, at_ns);
	usm = calloc(1, sizeof(*usm));
	if (usm == NULL) {
		snmpc_end(request, REASON_LOCAL, NULL, 0);
		return;
	}
	memcpy(usm->id, message->engine_id.data, message->engine_id.len);
	usm->id_len = (uint8_t)message->engine_id.len;
	usm->boots = (uint32_t)message->engine_boots;
	usm->time_s = (uint32_t)message->engine_time;
	usm->at_ms = net_loop_now_ms(peer->snmpc->loop);
	snmpc_usm_free(request->candidate);
	request->candidate = usm;
	if (snmpc_usm_localize(peer->cred, usm) != 0) {
		snmpc_end(request, REASON_LOCAL, NULL, 0);
		return;
	}
	snmpc_enter(request, STAGE_ASK);
}

/* The exchange has proved the candidate. */
static void
snmpc_believe(struct snmpc_request *request)
{
	struct snmpc_peer *peer = request->peer;

	if (request->candidate == NULL)
		return;
	snmpc_usm_free(peer->usm);
	peer->usm = request->candidate;
	request->candidate = NULL;
}

/* RFC 3414 section 3.2 step 7 b 1: the newest authentic time counts. */
static void
snmpc_sync(struct snmpc *snmpc, struct snmpc_usm *usm, const struct ber_message *message)
{
	uint32_t boots = (uint32_t)message->engine_boots, time_s = (uint32_t)message->engine_time;

	if (usm->is_synced &&
	    (boots < usm->boots || (boots == usm->boots && time_s <= usm->time_s)))
		return;
	usm->boots = boots;
	usm->time_s = time_s;
	usm->at_ms = net_loop_now_ms(snmpc->loop);
	usm->is_synced = true;
}

static void
snmpc_reported(struct snmpc_request *request, const struct ber_message *message, int kind,
	       bool is_authentic, uint64_t at_ns)
{
	static const uint8_t reasons[] = {
		[REPORT_OTHER] = REASON_FAULT,
		[USM_STATS_UNSUPPORTED_SEC_LEVELS] = REASON_SECURITY_LEVEL,
		[USM_STATS_NOT_IN_TIME_WINDOWS] = REASON_TIME_WINDOW,
		[USM_STATS_UNKNOWN_USER_NAMES] = REASON_UNKNOWN_USER,
		[USM_STATS_UNKNOWN_ENGINE_IDS] = REASON_ENGINE_ID,
		[USM_STATS_WRONG_DIGESTS] = REASON_WRONG_DIGEST,
		[USM_STATS_DECRYPTION_ERRORS] = REASON_DECRYPTION,
		[SNMP_UNKNOWN_CONTEXTS] = REASON_NOT_SERVED,
	};

	if (!is_authentic) {
		snmpc_hold(request, (enum reason)reasons[kind], (uint32_t)message->msg_id, at_ns);
		return;
	}
	snmpc_answered(request, (uint32_t)message->msg_id, at_ns);
	snmpc_act(request, (enum reason)reasons[kind], true);
}

void
snmpc_act(struct snmpc_request *request, enum reason report, bool is_authentic)
{
	if (report == REASON_ENGINE_ID && !(request->flags & REQUEST_REDISCOVERED)) {
		request->flags |= REQUEST_REDISCOVERED;
		snmpc_usm_free(request->candidate);
		request->candidate = NULL;
		snmpc_enter(request, STAGE_DISCOVER);
		return;
	}
	if (report == REASON_TIME_WINDOW && !(request->flags & REQUEST_RESYNCED)) {
		if (is_authentic) {
			request->flags |= REQUEST_RESYNCED;
			request->flags &= (uint8_t)~REQUEST_ZERO_TIME;
			snmpc_enter(request, STAGE_ASK);
			return;
		}
		/* Time 0 draws an authentic report (RFC 3414 section 4). */
		if (!(request->flags & REQUEST_ZERO_TIME)) {
			request->flags |= REQUEST_ZERO_TIME;
			snmpc_enter(request, STAGE_ASK);
			return;
		}
	}
	snmpc_end(request, report, NULL, 0);
}

/* RFC 3412 section 7.2.10: a response must be of the request's engine, context and level. */
static bool
snmpc_is_response(const struct snmpc_request *request, const struct ber_message *message,
		  const struct ber_scope *scope, const struct ber_pdu *pdu)
{
	const struct snmpc_peer *peer = request->peer;
	const struct snmpc_usm *usm = snmpc_engine_asked(request);
	char vlan[SNMPC_CONTEXT_SIZE];
	const char *context = snmpc_context(peer->cred, request, vlan);

	return pdu->type == BER_PDU_RESPONSE && pdu->request_id == message->msg_id &&
	       (message->msg_flags & (SNMPC_AUTH | SNMPC_PRIV)) == peer->cred->level &&
	       snmpc_is_bytes(message->engine_id, usm->id, usm->id_len) &&
	       snmpc_is_bytes(scope->engine_id, usm->id, usm->id_len) &&
	       snmpc_is_bytes(scope->context, context, strlen(context));
}

/* Neither authenticated nor encrypted: a report, or the response at noAuthNoPriv. */
static void
snmpc_received_plain(struct snmpc_request *request, const struct ber_message *message,
		     uint64_t at_ns)
{
	struct snmpc_peer *peer = request->peer;
	struct snmpc *snmpc = peer->snmpc;
	struct ber_scope scope;
	struct ber_pdu pdu;

	if (ber_read_scoped(message->rest, &scope) != 0 || ber_read_pdu(scope.pdu, &pdu) != 0) {
		snmpc_bad(request, REASON_NONE);
		return;
	}
	if (pdu.type == BER_PDU_REPORT) {
		int kind = snmpc_report_kind(snmpc, &pdu);

		if (request->stage == STAGE_DISCOVER && kind == USM_STATS_UNKNOWN_ENGINE_IDS)
			snmpc_discovered(request, message, at_ns);
		else
			snmpc_reported(request, message, kind, false, at_ns);
		return;
	}
	if (request->stage != STAGE_ASK || !snmpc_is_response(request, message, &scope, &pdu)) {
		snmpc_ignore(request);
		return;
	}
	snmpc_believe(request);
	snmpc_respond(request, (uint32_t)message->msg_id, &pdu, at_ns);
}

/*
 * Authentic but older than what was authentic before: a replay, or an agent whose engineBoots went
 * back (a device reset to its factory state). Its own report to our msgID says which: then this
 * request fails visibly, and the next takes the engine's time anew.
 */
static void
snmpc_stale(struct snmpc_request *request, const struct ber_message *message, uint64_t at_ns)
{
	struct snmpc_peer *peer = request->peer;
	char ip[IPADDR_TEXT_SIZE];
	struct ber_scope scope;
	struct ber_pdu pdu;

	if ((message->msg_flags & SNMPC_PRIV) != 0 || request->candidate != NULL ||
	    ber_read_scoped(message->rest, &scope) != 0 || ber_read_pdu(scope.pdu, &pdu) != 0 ||
	    pdu.type != BER_PDU_REPORT ||
	    snmpc_report_kind(peer->snmpc, &pdu) != USM_STATS_NOT_IN_TIME_WINDOWS) {
		snmpc_bad(request, REASON_TIME_WINDOW);
		return;
	}
	log_notice("snmp", "%s: engineBoots or engineTime went back, from %u/%u to %d/%d",
		   ipaddr_format(&peer->ip, ip, sizeof(ip)), peer->usm->boots,
		   snmpc_usm_time(peer->usm, net_loop_now_ms(peer->snmpc->loop)),
		   message->engine_boots, message->engine_time);
	snmpc_answered(request, (uint32_t)message->msg_id, at_ns);
	peer->usm->boots = (uint32_t)message->engine_boots;
	peer->usm->time_s = (uint32_t)message->engine_time;
	peer->usm->at_ms = net_loop_now_ms(peer->snmpc->loop);
	snmpc_end(request, REASON_TIME_WINDOW, NULL, 0);
}

static void
snmpc_received_scoped(struct snmpc_request *request, const struct ber_message *message,
		      struct ber_span scoped, uint64_t at_ns)
{
	struct snmpc_peer *peer = request->peer;
	uint8_t level = message->msg_flags & (SNMPC_AUTH | SNMPC_PRIV);
	struct ber_scope scope;
	struct ber_pdu pdu;

	if (ber_read_scoped(scoped, &scope) != 0 || ber_read_pdu(scope.pdu, &pdu) != 0) {
		/* Right digest, but no sense in it: the privacy keys differ. */
		snmpc_bad(request, level & SNMPC_PRIV ? REASON_DECRYPTION : REASON_NONE);
		return;
	}
	if (pdu.type == BER_PDU_REPORT) {
		snmpc_reported(request, message, snmpc_report_kind(peer->snmpc, &pdu), true, at_ns);
		return;
	}
	if (!snmpc_is_response(request, message, &scope, &pdu)) {
		snmpc_ignore(request);
		return;
	}
	snmpc_believe(request);
	snmpc_respond(request, (uint32_t)message->msg_id, &pdu, at_ns);
}

void
snmpc_received_v3(struct snmpc_request *request, const struct ber_message *message,
		  const uint8_t *data, uint64_t at_ns)
{
	struct snmpc_peer *peer = request->peer;
	struct snmpc *snmpc = peer->snmpc;
	struct snmpc_usm *usm = snmpc_engine_asked(request);
	uint8_t level = message->msg_flags & (SNMPC_AUTH | SNMPC_PRIV);
	struct ber_span scoped;

	if (level == 0) {
		snmpc_received_plain(request, message, at_ns);
		return;
	}
	if (level == SNMPC_PRIV || (level & ~peer->cred->level) != 0 ||
	    request->stage != STAGE_ASK ||
	    !snmpc_is_bytes(message->engine_id, usm->id, usm->id_len)) {
		snmpc_ignore(request);
		return;
	}
	switch (snmpc_usm_open(snmpc->codec, peer->cred, usm, message, data,
			       net_loop_now_ms(snmpc->loop), snmpc->plain, &scoped)) {
	case USM_AUTHENTIC:
		snmpc_sync(snmpc, usm, message);
		snmpc_received_scoped(request, message, scoped, at_ns);
		break;
	case USM_NOT_AUTHENTIC:
		snmpc_bad(request, REASON_WRONG_DIGEST);
		break;
	case USM_STALE:
		snmpc_stale(request, message, at_ns);
		break;
	case USM_NOT_DECRYPTED:
		snmpc_bad(request, REASON_DECRYPTION);
		break;
	case USM_MALFORMED:
		snmpc_bad(request, REASON_NONE);
		break;
	}
}
