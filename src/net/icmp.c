/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The ICMP echo engine: its sockets, and sending what waits at the flush of a tick.
 */
#include "icmp_internal.h"

#include "keepwatch/err.h"
#include "keepwatch/icmp_packet.h"
#include "keepwatch/mem.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { RECEIVE_SIZE = 60 + ICMP_PACKET_HEADER + ICMP_ECHO_SIZE_MAX + 60 };

/* What tells a dgram's cookie apart from that of an earlier request in the same slot. */
static uint64_t
cookie_of(const struct icmp_echo *echo, unsigned n)
{
	return echo->p.nonce << 32 | (uint64_t)n << 24 | echo->p.slot;
}

/* Queues the next echo of the first waiting request. False when there is no room. */
static bool
send_first(struct icmp_channel *channel)
{
	struct icmp_engine *engine = channel->engine;
	struct icmp_echo *echo = channel->first;
	uint8_t *payload = engine->packet + ICMP_PACKET_HEADER;
	unsigned n = echo->sent;
	int rc;

	if (echo->p.slot == UINT32_MAX && icmp_slot_take(channel, echo) != 0)
		return false;
	memcpy(payload, &echo->p.nonce, sizeof(echo->p.nonce));
	payload[sizeof(echo->p.nonce)] = (uint8_t)n;
	/* A ping socket puts its own identifier into the packet. */
	icmp_packet_request(engine->packet, echo->size, channel->family,
			    (uint16_t)((echo->p.nonce >> 48) + n),
			    (uint16_t)(echo->p.slot ^ channel->seq_key));
	rc = dgram_send(channel->dgram, &echo->to, 0, engine->packet,
			ICMP_PACKET_HEADER + (size_t)echo->size, cookie_of(echo, n));
	if (rc != 0)
		return false;
	icmp_stop_waiting(channel, echo);
	echo->sent++;
	echo->p.state = ECHO_QUEUED;
	/* Starts anew when it has left; this one is for a kernel that never takes it. */
	net_timer_start_at(engine->loop, &echo->p.timer,
			   (net_loop_now_ms(engine->loop) + echo->timeout_ms) * 1000000);
	return true;
}

/* All that waited when the tick came to the flush; what their callbacks start waits for the next.
 */
static void
flush_channel(struct icmp_channel *channel)
{
	size_t left = channel->waiting;

	while (left > 0 && channel->first != NULL) {
		for (size_t n = 0; n < DGRAM_BATCH && left > 0 && channel->first != NULL; n++) {
			if (!send_first(channel)) {
				left = 0;
				break;
			}
			left--;
		}
		dgram_flush(channel->dgram);
		if (dgram_queued(channel->dgram) > 0)
			break; /* the kernel takes no more for now */
	}
}

static void
flush_run(struct net_hook *hook)
{
	struct icmp_engine *engine = (struct icmp_engine *)hook;

	for (size_t i = 0; i < MEM_COUNT(engine->channels); i++) {
		if (engine->channels[i].waiting > 0)
			flush_channel(&engine->channels[i]);
	}
}

static uint64_t
flush_wanted(struct net_hook *hook)
{
	const struct icmp_engine *engine = (const struct icmp_engine *)hook;

	return engine->channels[0].waiting > 0 || engine->channels[1].waiting > 0 ? 0 : UINT64_MAX;
}

static void
on_sent(void *arg, uint64_t cookie, int rc, uint64_t at_ns)
{
	struct icmp_channel *channel = arg;
	struct icmp_echo *echo = icmp_slot_get(channel, cookie & 0xffffff);
	unsigned n = (cookie >> 24) & 0xff;

	if (echo == NULL || cookie_of(echo, n) != cookie || echo->p.state != ECHO_QUEUED)
		return; /* cancelled meanwhile */
	echo->p.sent_us[n] = (uint32_t)(at_ns / 1000);
	echo->p.state = ECHO_PAUSING;
	net_timer_start_at(channel->engine->loop, &echo->p.timer,
			   at_ns + 1000000 * (uint64_t)(echo->sent < echo->count
								? echo->gap_ms
								: echo->timeout_ms));
	if (rc != 0)
		icmp_fail(echo, n, rc, NULL, 0, 0);
}

static int
open_channel(struct icmp_engine *engine, int family, bool no_raw, bool is_told)
{
	static const struct dgram_ops ops = {
		.received = icmp_received, .sent = on_sent, .failed = icmp_failed};
	struct icmp_channel *channel = &engine->channels[family == 6];
	int fd = icmp_socket_open(family, no_raw, is_told, &channel->kind);
	int rc;

	if (fd < 0)
		return fd;
	channel->engine = engine;
	channel->family = (uint8_t)family;
	channel->seq_key = (uint16_t)icmp_random(engine);
	rc = dgram_open(&channel->dgram, engine->loop, fd, RECEIVE_SIZE, &ops, channel);
	if (rc != 0) {
		channel->kind = ICMP_SOCKET_NONE;
		close(fd);
	}
	return rc;
}

static int
open_engine(struct icmp_engine **out, struct net_loop *loop, bool no_raw)
{
	struct icmp_engine *engine = calloc(1, sizeof(*engine));
	int rc4, rc6;

	if (engine == NULL)
		return ERR_NOMEM;
	engine->loop = loop;
	for (size_t i = ICMP_PACKET_HEADER; i < sizeof(engine->packet); i++)
		engine->packet[i] = (uint8_t)i;
	rc4 = open_channel(engine, 4, no_raw, false);
	rc6 = open_channel(engine, 6, no_raw, rc4 == ERR_PERM);
	if (rc4 != 0 && rc6 != 0) {
		free(engine);
		return rc4;
	}
	engine->flush.run = flush_run;
	engine->flush.wanted_ms = flush_wanted;
	net_loop_add_hook(loop, NET_FLUSH, &engine->flush);
	*out = engine;
	return 0;
}

int
icmp_engine_open(struct icmp_engine **out, struct net_loop *loop)
{
	return open_engine(out, loop, false);
}

int
icmp_engine_open_ping(struct icmp_engine **out, struct net_loop *loop)
{
	return open_engine(out, loop, true);
}

void
icmp_engine_close(struct icmp_engine *engine)
{
	if (engine == NULL)
		return;
	net_loop_remove_hook(engine->loop, NET_FLUSH, &engine->flush);
	for (size_t i = 0; i < MEM_COUNT(engine->channels); i++) {
		struct icmp_channel *channel = &engine->channels[i];

		assert(channel->in_flight == 0 && channel->waiting == 0);
		dgram_close(channel->dgram);
		free(channel->slots);
	}
	free(engine);
}

enum icmp_socket
icmp_engine_socket(const struct icmp_engine *engine, int family)
{
	return engine->channels[family == 6].kind;
}

struct icmp_engine_stats
icmp_engine_stats(const struct icmp_engine *engine)
{
	struct icmp_engine_stats all = {.ignored = engine->ignored};

	for (size_t i = 0; i < MEM_COUNT(engine->channels); i++) {
		const struct icmp_channel *channel = &engine->channels[i];

		if (channel->dgram != NULL) {
			struct dgram_stats stats = dgram_stats(channel->dgram);

			all.sent += stats.sent;
			all.received += stats.received;
			all.dropped += stats.dropped;
		}
	}
	return all;
}
