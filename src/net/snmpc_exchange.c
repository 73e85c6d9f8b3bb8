/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One request's life between its start and its end: attempts, timeouts and the round-trip time that
 * they follow (RFC 6298), for v3 in two stages, the engine's discovery and the question.
 */
#include "snmpc_impl.h"

#include "keepwatch/err.h"

#include <string.h>

static uint32_t
snmpc_rto_ms(const struct snmpc_request *request, uint8_t doublings)
{
	const struct snmpc_peer *peer = request->peer;
	uint64_t rto = SNMPC_RTO_FIRST_MS;

	if (peer->srtt_us != 0)
		rto = ((uint64_t)peer->srtt_us + 4 * (uint64_t)peer->rttvar_us) / 1000;
	if (rto < SNMPC_RTO_MIN_MS)
		rto = SNMPC_RTO_MIN_MS;
	rto <<= doublings < 4 ? doublings : 4;
	if (rto > SNMPC_RTO_MAX_MS)
		rto = SNMPC_RTO_MAX_MS;
	return rto < request->timeout_ms ? (uint32_t)rto : request->timeout_ms;
}

/* Before the last attempt a device gets as long as it usually takes; the last one waits as long as
 * the settings allow. */
static uint32_t
snmpc_wait_ms(const struct snmpc_request *request)
{
	if (request->attempt >= request->retries)
		return request->timeout_ms;
	return snmpc_rto_ms(request, request->attempt);
}

static int
snmpc_encode(struct snmpc_request *request, const uint8_t **data, size_t *len)
{
	struct snmpc_peer *peer = request->peer;
	struct snmpc *snmpc = peer->snmpc;
	const struct snmpc_usm *usm;
	uint32_t id = snmpc_request_id(request);
	uint32_t boots = 0, time_s = 0;

	if (peer->cred->version != SNMP_V3)
		return snmpc_encode_community(snmpc->codec, peer->cred, request, id, data, len);
	if (request->stage == STAGE_DISCOVER)
		return snmpc_encode_discovery(snmpc->codec, id, data, len);
	usm = request->candidate != NULL ? request->candidate : peer->usm;
	if ((request->flags & REQUEST_ZERO_TIME) == 0) {
		boots = usm->boots;
		time_s = snmpc_usm_time(usm, net_loop_now_ms(snmpc->loop));
	}
	return snmpc_encode_v3(snmpc->codec, peer->cred, usm, request, id, boots, time_s, data,
			       len);
}

/* A failure to encode or to queue is ours: the timer ends the request soon, so that `done` never
 * comes from within snmpc_start. */
static void
snmpc_transmit(struct snmpc_request *request)
{
	struct snmpc_peer *peer = request->peer;
	struct snmpc *snmpc = peer->snmpc;
	const uint8_t *data;
	uint32_t wait_ms = snmpc_wait_ms(request);
	size_t len;
	int rc;

	request->sent_ns[request->attempt & 3] = 0;
	rc = snmpc_encode(request, &data, &len);
	if (rc == 0)
		rc = dgram_send(snmpc->sockets[peer->socket], &peer->ip, peer->port, data, len,
				snmpc_request_id(request));
	snmpc_encode_wipe(snmpc->codec);
	if (rc == 0) {
		request->sent++;
		snmpc->stats.sent++;
	} else if (rc != ERR_FULL) { /* a full queue is as good as a lost datagram */
		request->report = REASON_LOCAL;
		request->attempt = SNMPC_ATTEMPTS_MAX;
		wait_ms = 0;
	}
	net_timer_start(snmpc->loop, &request->timer, wait_ms);
}

/* Nothing usable came within the last attempt's time. */
static enum reason
snmpc_silence(const struct snmpc_request *request)
{
	if (request->report != REASON_NONE)
		return (enum reason)request->report;
	if (request->flags & REQUEST_BAD)
		return REASON_BAD_REPLY;
	if (request->flags & REQUEST_REFUSED)
		return REASON_REFUSED;
	if (request->flags & REQUEST_UNREACHABLE)
		return REASON_UNREACHABLE;
	return REASON_TIMEOUT;
}

static void
snmpc_expired(struct net_timer *timer)
{
	struct snmpc_request *request =
		(struct snmpc_request *)((char *)timer - offsetof(struct snmpc_request, timer));

	if (request->flags & REQUEST_HELD) {
		snmpc_act(request, (enum reason)request->report, false);
		return;
	}
	if (request->attempt < request->retries) {
		request->attempt++;
		snmpc_transmit(request);
		return;
	}
	if (request->attempt < SNMPC_ATTEMPTS_MAX)
		request->lost = (uint16_t)(request->lost + request->attempt + 1);
	snmpc_end(request, snmpc_silence(request), NULL, 0);
}

void
snmpc_enter(struct snmpc_request *request, uint8_t stage)
{
	request->stage = stage;
	request->attempt = 0;
	request->report = REASON_NONE;
	request->flags &= (uint8_t)~REQUEST_HELD;
	request->nonce = snmpc_nonce(request->peer->snmpc);
	snmpc_transmit(request);
}

void
snmpc_begin(struct snmpc_request *request)
{
	const struct snmpc_peer *peer = request->peer;

	net_timer_init(&request->timer, snmpc_expired);
	request->rtt_us = UINT32_MAX;
	if (peer->cred->version == SNMP_V3 && peer->usm == NULL)
		snmpc_enter(request, STAGE_DISCOVER);
	else
		snmpc_enter(request, STAGE_ASK);
}

/* RFC 6298 section 2. */
static void
snmpc_measure(struct snmpc_peer *peer, uint32_t rtt_us)
{
	uint32_t delta;

	if (peer->srtt_us == 0) {
		peer->srtt_us = rtt_us > 0 ? rtt_us : 1;
		peer->rttvar_us = rtt_us / 2;
		return;
	}
	delta = rtt_us > peer->srtt_us ? rtt_us - peer->srtt_us : peer->srtt_us - rtt_us;
	peer->rttvar_us = peer->rttvar_us - peer->rttvar_us / 4 + delta / 4;
	peer->srtt_us = peer->srtt_us - peer->srtt_us / 8 + rtt_us / 8;
	if (peer->srtt_us == 0)
		peer->srtt_us = 1;
}

/* The attempts before the one that was answered went unanswered. */
static void
snmpc_count_lost(struct snmpc_request *request, uint32_t id)
{
	uint8_t behind = (uint8_t)((request->attempt - (id >> 20)) & 3);

	if (request->attempt >= behind)
		request->lost = (uint16_t)(request->lost + request->attempt - behind);
}

/* The round trip of the attempt with this id; false if it cannot be told. */
static bool
snmpc_round_trip(struct snmpc_request *request, uint32_t id, uint64_t at_ns)
{
	uint64_t left_ns = request->sent_ns[id >> 20 & 3];

	if (left_ns == 0 || at_ns <= left_ns || at_ns - left_ns >= (uint64_t)60 * 1000000000)
		return false;
	request->rtt_us = (uint32_t)((at_ns - left_ns) / 1000);
	return true;
}

void
snmpc_answered(struct snmpc_request *request, uint32_t id, uint64_t at_ns)
{
	if (!(request->flags & REQUEST_HELD))
		snmpc_count_lost(request, id);
	request->flags &= (uint8_t)~REQUEST_HELD;
	if (snmpc_round_trip(request, id, at_ns))
		snmpc_measure(request->peer, request->rtt_us);
}

void
snmpc_hold(struct snmpc_request *request, enum reason report, uint32_t id, uint64_t at_ns)
{
	if (request->flags & REQUEST_HELD)
		return;
	snmpc_count_lost(request, id);
	snmpc_round_trip(request, id, at_ns);
	request->flags |= REQUEST_HELD;
	request->report = (uint8_t)report;
	net_timer_start(request->peer->snmpc->loop, &request->timer, snmpc_rto_ms(request, 0));
}

void
snmpc_end(struct snmpc_request *request, enum reason reason, const struct ber_pdu *pdu,
	  size_t count)
{
	struct snmpc *snmpc = request->peer->snmpc;
	struct snmpc_reply reply = {
		.reason = reason,
		.rtt_us = request->rtt_us,
		.sent = request->sent,
		.lost = request->lost,
	};

	if (pdu != NULL) {
		reply.error_status = pdu->error_status;
		reply.error_index = pdu->error_index;
		reply.varbinds = snmpc->pool.varbinds;
		reply.count = count;
		reply.bytes = snmpc->datagram_len;
	}
	snmpc_release(request);
	request->done(request, &reply);
}

enum outcome
snmpc_outcome(enum reason reason)
{
	switch (reason) {
	case REASON_NONE:
		return OUTCOME_OK;
	case REASON_TIMEOUT:
	case REASON_REFUSED:
	case REASON_UNREACHABLE:
		return OUTCOME_FAIL;
	case REASON_LOCAL:
	case REASON_NO_CREDENTIAL:
	case REASON_CANCELED:
		return OUTCOME_ERROR;
	default:
		return OUTCOME_DEGRADED;
	}
}
