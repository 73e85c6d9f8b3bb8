/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Who is heard, and who is believed to be who he says: sources that somebody knows, within their
 * rates, with a community that is one of theirs. The order is by cost: an unknown source costs one
 * look-up, a source that says too much another.
 */
#include "trap_impl.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { MILLI = 1000 };

/* Secrets are compared in a time that tells only their length. */
static bool
is_community(const struct secret *community, struct ber_span shown)
{
	const char *text = secret_text(community);
	size_t len = secret_len(community);
	uint8_t difference = 0;

	if (shown.len != len)
		return false;
	for (size_t i = 0; i < len; i++)
		difference |= (uint8_t)((uint8_t)text[i] ^ shown.data[i]);
	return difference == 0;
}

/* Of a source, with a seed: which of them share a slot cannot be chosen from outside. */
static uint64_t
source_key(const struct trap_receiver *receiver, const struct ipaddr *ip)
{
	uint64_t h = mem_hash64(receiver->seed, ip->bytes, sizeof(ip->bytes));

	h = mem_hash64(h, &ip->scope_id, sizeof(ip->scope_id));
	h ^= h >> 29;
	h *= UINT64_C(0xbf58476d1ce4e5b9);
	h ^= h >> 32;
	return h | 1;
}

static bool
take(struct trap_bucket *bucket, uint64_t now_ms, uint32_t rate, uint32_t burst)
{
	uint64_t milli = bucket->milli + (now_ms - bucket->refilled_ms) * rate;

	bucket->milli = milli > burst * MILLI ? burst * MILLI : (uint32_t)milli;
	bucket->refilled_ms = now_ms;
	if (bucket->milli < MILLI)
		return false;
	bucket->milli -= MILLI;
	return true;
}

static bool
is_within_rates(struct trap_receiver *receiver, const struct ipaddr *from)
{
	uint64_t key = source_key(receiver, from), now_ms = clock_mono_ms();
	struct trap_bucket *bucket = &receiver->sources[key / 2 % TRAP_SOURCES];

	if (bucket->key != key)
		*bucket = (struct trap_bucket){key, TRAP_SOURCE_BURST * MILLI, now_ms};
	if (!take(bucket, now_ms, TRAP_SOURCE_RATE, TRAP_SOURCE_BURST)) {
		receiver->stats.over_source++;
		return false;
	}
	if (!take(&receiver->global, now_ms, TRAP_GLOBAL_RATE, TRAP_GLOBAL_BURST)) {
		receiver->stats.over_global++;
		return false;
	}
	return true;
}

bool
trap_is_repeated(struct trap_receiver *receiver, const struct ipaddr *from, const uint8_t *data,
		 size_t len)
{
	uint64_t h = mem_hash64(source_key(receiver, from), data, len), now_ms = clock_mono_ms();
	size_t slot = (h ^ h >> 32) % TRAP_SEEN;

	if (receiver->seen[slot].hash == h && now_ms - receiver->seen[slot].at_ms < TRAP_SEEN_MS) {
		receiver->stats.repeated++;
		return true;
	}
	receiver->seen[slot].hash = h;
	receiver->seen[slot].at_ms = now_ms;
	return false;
}

bool
trap_credential(struct trap_receiver *receiver, const struct ipaddr *who, size_t n,
		struct snmpc_cred **out)
{
	const struct credential_snmp *from;

	if (n >= TRAP_CREDENTIALS_MAX)
		return false;
	from = receiver->ops->credential(receiver->arg, who, n);
	if (from == NULL)
		return false;
	for (size_t i = 0; i < receiver->cred_count; i++) {
		if (receiver->creds[i].from == from) {
			*out = receiver->creds[i].cred;
			return true;
		}
	}
	*out = NULL;
	if (mem_grow(&receiver->creds, &receiver->cred_cap, receiver->cred_count + 1,
		     sizeof(*receiver->creds)) != 0)
		return true;
	if (snmpc_cred_get(receiver->snmpc, from, out) != 0)
		*out = NULL;
	receiver->creds[receiver->cred_count++] = (struct trap_cred){from, *out};
	return true;
}

struct ipaddr
trap_about(struct trap_receiver *receiver, const struct trap_origin *origin,
	   const struct trap_content *content)
{
	if (content->agent.family != 0 &&
	    receiver->ops->source(receiver->arg, &origin->ip) == TRAP_FORWARDER)
		return content->agent;
	return origin->ip;
}

void
trap_tell(struct trap_receiver *receiver, const struct trap_origin *origin,
	  const struct ipaddr *about, enum snmp_version_id version,
	  const struct trap_content *content, enum reason refusal)
{
	struct trap trap = {
		.from = origin->ip,
		.port = origin->port,
		.about = *about,
		.version = version,
		.is_authentic = refusal == REASON_NONE,
		.refusal = refusal,
	};

	if (content != NULL) {
		trap.is_inform = content->is_inform;
		trap.oid = content->oid;
		trap.oid_len = content->oid_len;
		trap.uptime = content->uptime;
		trap.varbinds = content->varbinds;
		trap.count = content->count;
	}
	if (refusal != REASON_NONE)
		receiver->stats.refused++;
	else if (trap.is_inform)
		receiver->stats.informs++;
	else
		receiver->stats.traps++;
	receiver->ops->received(receiver->arg, &trap);
}

/* RFC 3416 section 4.2.7: the response is the inform with another type of PDU. */
static void
respond_v2(const struct trap_origin *origin, const struct ber_message *message, const uint8_t *data)
{
	uint8_t copy[SNMPC_DATAGRAM_MAX];

	memcpy(copy, data, message->total);
	copy[message->rest.data - data] = BER_PDU_RESPONSE;
	trap_send(origin, copy, message->total);
}

/* Why it shows no credential of whom it is about, if so. */
static enum reason
check_community(struct trap_receiver *receiver, const struct ipaddr *about,
		const struct ber_message *message)
{
	enum reason refusal = REASON_NO_CREDENTIAL;
	struct snmpc_cred *cred;

	for (size_t n = 0; trap_credential(receiver, about, n, &cred); n++) {
		if (cred == NULL)
			continue;
		refusal = REASON_AUTH;
		/* A device that is asked by v2c may send v1 traps: many do. Not one of v3. */
		if (cred->version != SNMP_V3 && is_community(cred->community, message->community))
			return REASON_NONE;
	}
	return refusal;
}

static void
message_community(struct trap_receiver *receiver, const struct trap_origin *origin,
		  const struct ber_message *message, const uint8_t *data)
{
	enum snmp_version_id version = message->version == 0 ? SNMP_V1 : SNMP_V2C;
	struct trap_content content;
	struct ipaddr about;
	enum reason refusal;

	if (trap_read_pdu(message->rest, message->version, &receiver->pool, &content) != 0) {
		receiver->stats.malformed++;
		return;
	}
	about = trap_about(receiver, origin, &content);
	refusal = check_community(receiver, &about, message);
	if (refusal == REASON_NONE && content.is_inform) {
		respond_v2(origin, message, data);
		/* Sent again because our answer was lost. */
		if (trap_is_repeated(receiver, &origin->ip, data, message->total))
			return;
	}
	trap_tell(receiver, origin, &about, version, &content, refusal);
}

void
trap_message(struct trap_receiver *receiver, const struct trap_origin *origin, const uint8_t *data,
	     size_t len)
{
	struct ber_message message;

	if (receiver->ops->source(receiver->arg, &origin->ip) == TRAP_UNKNOWN) {
		receiver->stats.unknown++;
		return;
	}
	if (!is_within_rates(receiver, &origin->ip))
		return;
	if (len > SNMPC_DATAGRAM_MAX || ber_read_message(data, len, &message) != 0) {
		receiver->stats.malformed++;
		return;
	}
	if (message.version == 3)
		trap_message_v3(receiver, origin, &message, data);
	else
		message_community(receiver, origin, &message, data);
}

int
trap_receiver_open(struct trap_receiver **out, struct net_loop *loop, struct snmpc *snmpc,
		   const struct trap_address *listen, size_t count, const struct trap_ops *ops,
		   void *arg, size_t *failed)
{
	struct trap_receiver *receiver;
	int rc = ERR_NOMEM;

	*failed = 0;
	if (count > TRAP_LISTEN_MAX)
		return ERR_INVAL;
	receiver = calloc(1, sizeof(*receiver));
	if (receiver == NULL)
		return ERR_NOMEM;
	receiver->loop = loop;
	receiver->snmpc = snmpc;
	receiver->ops = ops;
	receiver->arg = arg;
	receiver->global.milli = TRAP_GLOBAL_BURST * MILLI;
	receiver->global.refilled_ms = receiver->started_ms = clock_mono_ms();
	if (getrandom(&receiver->seed, sizeof(receiver->seed), GRND_NONBLOCK) < 0)
		receiver->seed = clock_mono_ns();
	receiver->sources = calloc(TRAP_SOURCES, sizeof(*receiver->sources));
	receiver->seen = calloc(TRAP_SEEN, sizeof(*receiver->seen));
	if (receiver->sources != NULL && receiver->seen != NULL)
		rc = trap_sockets_open(receiver, listen, count, failed);
	if (rc != 0) {
		trap_receiver_close(receiver);
		return rc;
	}
	*out = receiver;
	return 0;
}

void
trap_receiver_forget(struct trap_receiver *receiver)
{
	trap_engines_free(receiver);
	for (size_t i = 0; i < receiver->cred_count; i++) {
		if (receiver->creds[i].cred != NULL)
			snmpc_cred_put(receiver->snmpc, receiver->creds[i].cred);
	}
	receiver->cred_count = 0;
}

void
trap_receiver_close(struct trap_receiver *receiver)
{
	if (receiver == NULL)
		return;
	trap_receiver_forget(receiver);
	free(receiver->creds);
	free(receiver->sources);
	free(receiver->seen);
	trap_sockets_close(receiver);
}

void
trap_receiver_set_engine(struct trap_receiver *receiver, const uint8_t *id, size_t len,
			 uint32_t boots)
{
	if (len > TRAP_ENGINE_ID_MAX)
		len = TRAP_ENGINE_ID_MAX;
	memcpy(receiver->engine_id, id, len);
	receiver->engine_id_len = (uint8_t)len;
	receiver->boots = boots;
	receiver->started_ms = clock_mono_ms();
}

struct trap_stats
trap_receiver_stats(const struct trap_receiver *receiver)
{
	return receiver->stats;
}
