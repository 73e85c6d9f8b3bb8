/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What comes back: which echo a reply or an ICMP error belongs to, if any.
 */
#include "icmp_internal.h"

#include "keepwatch/err.h"
#include "keepwatch/icmp_packet.h"

#include <string.h>

/* The request to which a message belongs, and which of its echoes; NULL if it is none of ours. */
static struct icmp_echo *
match(struct icmp_channel *channel, const struct icmp_packet *packet, const struct ipaddr *peer,
      unsigned *out)
{
	struct icmp_echo *echo = icmp_slot_get(channel, packet->seq ^ channel->seq_key);
	bool has_nonce = packet->payload_len > sizeof(echo->p.nonce);
	unsigned n = 0;

	if (echo == NULL || echo->sent == 0 ||
	    memcmp(echo->to.bytes, peer->bytes, sizeof(peer->bytes)) != 0)
		return NULL;
	if (echo->to.scope_id != 0 && peer->scope_id != 0 && echo->to.scope_id != peer->scope_id)
		return NULL;
	if (packet->kind == ICMP_PACKET_REPLY && !has_nonce)
		return NULL;
	if (has_nonce) {
		if (memcmp(packet->payload, &echo->p.nonce, sizeof(echo->p.nonce)) != 0)
			return NULL;
		n = packet->payload[sizeof(echo->p.nonce)];
	}
	if (channel->kind == ICMP_SOCKET_RAW) {
		unsigned named = (uint16_t)(packet->id - (echo->p.nonce >> 48));

		if (has_nonce && named != n)
			return NULL;
		n = named;
	} else if (!has_nonce) {
		n = echo->sent - 1U; /* a router that quotes only the 8 bytes of RFC 792 */
	}
	if (n >= echo->sent || (echo->p.settled & 1U << n) != 0)
		return NULL;
	/* Not sent yet, so nobody can have answered it. */
	if (n == echo->sent - 1U && echo->p.state == ECHO_QUEUED)
		return NULL;
	*out = n;
	return echo;
}

static void
answered(struct icmp_echo *echo, unsigned n, uint64_t at_ns)
{
	int32_t rtt = (int32_t)((uint32_t)(at_ns / 1000) - echo->p.sent_us[n]);
	uint32_t rtt_us = rtt < 1 ? 1 : (uint32_t)rtt;

	if (rtt_us <= (uint64_t)echo->timeout_ms * 1000) {
		if (echo->received == 0 || rtt_us < echo->rtt_min_us)
			echo->rtt_min_us = rtt_us;
		if (rtt_us > echo->rtt_max_us)
			echo->rtt_max_us = rtt_us;
		if (__builtin_add_overflow(echo->p.rtt_sum_us, rtt_us, &echo->p.rtt_sum_us))
			echo->p.rtt_sum_us = UINT32_MAX;
		echo->received++;
	} else {
		echo->p.engine->ignored++;
	}
	icmp_settle(echo, n);
}

void
icmp_received(void *arg, const struct ipaddr *from, uint16_t port, const uint8_t *data, size_t len,
	      uint64_t at_ns)
{
	struct icmp_channel *channel = arg;
	bool is_raw = channel->kind == ICMP_SOCKET_RAW;
	struct icmp_packet packet;
	struct icmp_echo *echo = NULL;
	unsigned n = 0;

	(void)port;
	if (icmp_packet_decode(&packet, channel->family, is_raw && channel->family == 4, is_raw,
			       data, len) == 0)
		echo = match(channel, &packet, packet.kind == ICMP_PACKET_ERROR ? &packet.to : from,
			     &n);
	if (echo == NULL)
		channel->engine->ignored++;
	else if (packet.kind == ICMP_PACKET_ERROR)
		icmp_fail(echo, n, ERR_UNREACH, from, packet.type, packet.code);
	else
		answered(echo, n, at_ns);
}

/* Ping sockets only. */
void
icmp_failed(void *arg, const struct dgram_failure *failure)
{
	struct icmp_channel *channel = arg;
	struct icmp_packet packet;
	struct icmp_echo *echo;
	unsigned n;

	if (icmp_packet_decode_quote(&packet, channel->family, failure->data, failure->len) != 0)
		return;
	echo = match(channel, &packet, &failure->to, &n);
	if (echo != NULL)
		icmp_fail(echo, n, ERR_UNREACH, failure->who.family == 0 ? NULL : &failure->who,
			  failure->type, failure->code);
}
