/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The command generator as a whole: its sockets and its table of requests in flight. A request-id
 * is 9 random bits, 2 bits of the attempt and 20 bits of the slot in the table: no search, no
 * collision in flight, and a late first reply is known for what it is. At most 20,000 files may be
 * open on a machine, so there is no socket per device.
 */
#include "snmpc_impl.h"

#include "keepwatch/err.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

enum { SLOT_BITS = 20, SLOT_MAX = 1 << SLOT_BITS, SLOT_NONE = UINT32_MAX, NONCE_BITS = 9 };

struct snmpc_request *
snmpc_slot_get(struct snmpc *snmpc, uint32_t id)
{
	uint32_t slot = id & (SLOT_MAX - 1);
	struct snmpc_request *request;

	if (id >> 31 != 0 || slot >= snmpc->slot_cap || (snmpc->slots[slot] & 1) != 0)
		return NULL;
	request = (struct snmpc_request *)snmpc->slots[slot];
	return id >> (SLOT_BITS + 2) == request->nonce ? request : NULL;
}

uint32_t
snmpc_request_id(const struct snmpc_request *request)
{
	return (uint32_t)request->nonce << (SLOT_BITS + 2) |
	       (uint32_t)(request->attempt & 3) << SLOT_BITS | request->slot;
}

/* Never below 2, so that the request-id always takes four octets (a template is patched). */
uint16_t
snmpc_nonce(struct snmpc *snmpc)
{
	for (;;) {
		uint16_t nonce;

		if (snmpc->random_left == 0) {
			if (getrandom(snmpc->random, sizeof(snmpc->random), 0) !=
			    (ssize_t)sizeof(snmpc->random))
				continue; /* a signal; the pool itself is ready since boot */
			snmpc->random_left = sizeof(snmpc->random) / sizeof(snmpc->random[0]);
		}
		nonce = snmpc->random[--snmpc->random_left] & ((1 << NONCE_BITS) - 1);
		if (nonce >= 2)
			return nonce;
	}
}

static int
snmpc_slots_grow(struct snmpc *snmpc)
{
	uint32_t cap = snmpc->slot_cap == 0 ? 64 : snmpc->slot_cap * 2;
	uintptr_t *slots;

	if (snmpc->slot_cap >= SLOT_MAX)
		return ERR_FULL;
	slots = realloc(snmpc->slots, cap * sizeof(*slots));
	if (slots == NULL)
		return ERR_NOMEM;
	for (uint32_t i = snmpc->slot_cap; i < cap; i++)
		slots[i] = (uintptr_t)(i + 1 < cap ? i + 1 : SLOT_NONE) << 1 | 1;
	snmpc->free_head = snmpc->slot_cap;
	snmpc->slots = slots;
	snmpc->slot_cap = cap;
	return 0;
}

int
snmpc_start(struct snmpc_request *request)
{
	struct snmpc_peer *peer = request->peer;
	struct snmpc *snmpc = peer->snmpc;
	int rc;

	assert(!snmpc_is_active(request));
	if (request->oid_count == 0 || request->oid_count > SNMPC_OIDS_MAX ||
	    request->retries >= SNMPC_ATTEMPTS_MAX || request->done == NULL)
		return ERR_INVAL;
	if (request->op == SNMPC_GETBULK && peer->cred->version == SNMP_V1)
		return ERR_UNSUPPORTED;
	if (request->op == SNMPC_SET && request->retries > 0)
		return ERR_INVAL;
	if (snmpc->free_head == SLOT_NONE) {
		rc = snmpc_slots_grow(snmpc);
		if (rc != 0)
			return rc;
	}
	request->slot = snmpc->free_head;
	snmpc->free_head = (uint32_t)(snmpc->slots[request->slot] >> 1);
	snmpc->slots[request->slot] = (uintptr_t)request;
	request->flags = 0;
	request->report = REASON_NONE;
	request->sent = request->lost = 0;
	request->candidate = NULL;
	snmpc->stats.requests++;
	snmpc->stats.in_flight++;
	dgram_expect(snmpc->sockets[peer->socket], 1);
	snmpc_begin(request);
	return 0;
}

void
snmpc_release(struct snmpc_request *request)
{
	struct snmpc_peer *peer = request->peer;
	struct snmpc *snmpc = peer->snmpc;

	net_timer_stop(snmpc->loop, &request->timer);
	snmpc->slots[request->slot] = (uintptr_t)snmpc->free_head << 1 | 1;
	snmpc->free_head = request->slot;
	request->nonce = 0; /* idle */
	snmpc->stats.in_flight--;
	snmpc_usm_free(request->candidate);
	request->candidate = NULL;
	dgram_expect(snmpc->sockets[peer->socket], -1);
}

bool
snmpc_is_active(const struct snmpc_request *request)
{
	return request->nonce != 0;
}

void
snmpc_cancel(struct snmpc_request *request)
{
	if (snmpc_is_active(request))
		snmpc_release(request);
}

static void
snmpc_sent(void *arg, uint64_t cookie, int rc, uint64_t at_ns)
{
	struct snmpc_request *request = snmpc_slot_get(arg, (uint32_t)cookie);

	if (request == NULL)
		return;
	if (rc == 0)
		request->sent_ns[(cookie >> SLOT_BITS) & 3] = at_ns;
	else
		request->flags |= rc == ERR_REFUSED ? REQUEST_REFUSED : REQUEST_UNREACHABLE;
}

/* An ICMP error may be forged, even though it must quote our identifier: all that it does is to
 * name the reason if nothing answers. */
static void
snmpc_failed(void *arg, const struct dgram_failure *failure)
{
	struct snmpc_request *request;
	int32_t version, id;

	if (ber_peek(failure->data, failure->len, &version, &id) != 0 || id < 0)
		return;
	request = snmpc_slot_get(arg, (uint32_t)id);
	if (request == NULL || request->peer->port != failure->port ||
	    !ipaddr_equal(&request->peer->ip, &failure->to))
		return;
	request->flags |= failure->rc == ERR_REFUSED ? REQUEST_REFUSED : REQUEST_UNREACHABLE;
}

int
snmpc_socket(struct snmpc *snmpc, const struct ipaddr *ip, uint8_t *out)
{
	static const struct dgram_ops ops = {snmpc_received, snmpc_sent, snmpc_failed};
	const int dont_fragment = IP_PMTUDISC_DO;
	uint8_t index = SNMPC_SOCKETS_V4;
	int rc, fd;

	if (ip->family == 4)
		index = snmpc->next_socket++ % SNMPC_SOCKETS_V4;
	if (snmpc->sockets[index] == NULL) {
		fd = dgram_udp_socket(ip->family);
		if (fd < 0)
			return fd;
		/* Requests are far below any MTU; a datagram that may not be fragmented needs no
		 * IP identification, which is a tenth of what a send costs. */
		if (ip->family == 4)
			setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &dont_fragment,
				   sizeof(dont_fragment));
		rc = dgram_open(&snmpc->sockets[index], snmpc->loop, fd, SNMPC_DATAGRAM_MAX, &ops,
				snmpc);
		if (rc != 0) {
			close(fd);
			return rc;
		}
	}
	*out = index;
	return 0;
}

int
snmpc_open(struct snmpc **out, struct net_loop *loop)
{
	struct snmpc *snmpc = calloc(1, sizeof(*snmpc));
	int rc = ERR_NOMEM;

	if (snmpc == NULL)
		return ERR_NOMEM;
	snmpc->loop = loop;
	snmpc->free_head = SLOT_NONE;
	/* A varbind takes 7 octets at least, a sub-identifier one. */
	snmpc->pool.varbind_cap = SNMPC_DATAGRAM_MAX / 7;
	snmpc->pool.id_cap = SNMPC_DATAGRAM_MAX + 2;
	snmpc->pool.varbinds = calloc(snmpc->pool.varbind_cap, sizeof(struct varbind));
	snmpc->pool.ids = calloc(snmpc->pool.id_cap, sizeof(uint32_t));
	snmpc->plain = malloc((size_t)2 * SNMPC_DATAGRAM_MAX);
	if (snmpc->pool.varbinds == NULL || snmpc->pool.ids == NULL || snmpc->plain == NULL)
		goto out;
	rc = snmpc_codec_new(&snmpc->codec);
	if (rc != 0)
		goto out;
	*out = snmpc;
	return 0;
out:
	snmpc_close(snmpc);
	return rc;
}

void
snmpc_close(struct snmpc *snmpc)
{
	if (snmpc == NULL)
		return;
	for (size_t i = 0; i < SNMPC_SOCKETS; i++) {
		if (snmpc->sockets[i] != NULL)
			dgram_close(snmpc->sockets[i]);
	}
	snmpc_codec_free(snmpc->codec);
	free(snmpc->slots);
	free(snmpc->pool.varbinds);
	free(snmpc->pool.ids);
	free(snmpc->plain);
	free(snmpc);
}

struct snmpc_stats
snmpc_stats(const struct snmpc *snmpc)
{
	return snmpc->stats;
}
