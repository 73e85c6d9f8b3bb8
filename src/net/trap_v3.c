/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SNMPv3 notifications. Of a trap the sender is authoritative (RFC 3412 section 6.4): its engine's
 * boots and time are remembered, and what is older is refused as the receiver of RFC 3414 section
 * 3.2 step 7b does. Of an inform we are: reports tell the sender our engineID and time, and step 7a
 * is ours. Answers go only to sources that somebody knows.
 */
#include "trap_impl.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

/* usmStats (RFC 3414 section 5). */
enum {
	STATS_UNSUPPORTED_SEC_LEVELS = 1,
	STATS_NOT_IN_TIME_WINDOWS = 2,
	STATS_UNKNOWN_USER_NAMES = 3,
	STATS_UNKNOWN_ENGINE_IDS = 4,
	STATS_WRONG_DIGESTS = 5,
	STATS_DECRYPTION_ERRORS = 6,
};

/* A message on its way through RFC 3414 section 3.2. */
struct trap_work {
	struct trap_receiver *receiver;
	const struct trap_origin *origin;
	const struct ber_message *message;
	const uint8_t *data;
	uint8_t level;
	bool is_ours; /* we are authoritative */
	struct snmpc_cred *cred;
};

static bool
is_bytes(struct ber_span span, const void *bytes, size_t len)
{
	return span.len == len && memcmp(span.data, bytes, len) == 0;
}

static uint32_t
our_time_s(const struct trap_receiver *receiver)
{
	uint64_t time_s = (clock_mono_ms() - receiver->started_ms) / 1000;

	return time_s > INT32_MAX ? INT32_MAX : (uint32_t)time_s;
}

/* Ourselves as an engine, with the keys of a credential. */
static int
our_usm(const struct trap_receiver *receiver, const struct snmpc_cred *cred, struct snmpc_usm *usm)
{
	memset(usm, 0, sizeof(*usm));
	memcpy(usm->id, receiver->engine_id, receiver->engine_id_len);
	usm->id_len = receiver->engine_id_len;
	usm->boots = receiver->boots;
	usm->time_s = our_time_s(receiver);
	usm->at_ms = clock_mono_ms();
	usm->is_synced = true;
	return cred == NULL ? 0 : snmpc_usm_localize(cred, usm);
}

static void
answer(const struct trap_work *work, const struct trap_answer *part)
{
	struct trap_receiver *receiver = work->receiver;
	struct trap_answer what = *part;
	struct snmpc_usm usm;
	const uint8_t *data;
	size_t len;

	what.msg_id = work->message->msg_id;
	what.usm = &usm;
	if (our_usm(receiver, what.cred, &usm) == 0) {
		what.boots = usm.boots;
		what.time_s = usm.time_s;
		if (trap_encode(receiver->snmpc->codec, &what, &data, &len) == 0) {
			trap_send(work->origin, data, len);
			receiver->stats.reports += what.stat != 0;
		}
	}
	secret_wipe(&usm, sizeof(usm));
}

/* A report, to who may be told (RFC 3412 section 7.1.3: the message says so). */
static void
report(const struct trap_work *work, uint32_t stat)
{
	struct trap_answer what = {.stat = stat, .stat_count = ++work->receiver->usm_stats[stat]};

	if ((work->message->msg_flags & SNMPC_REPORTABLE) == 0 ||
	    work->receiver->engine_id_len == 0)
		return;
	/* The time is told under our digest, else nobody may believe it. */
	if (stat == STATS_NOT_IN_TIME_WINDOWS) {
		what.cred = work->cred;
		what.level = SNMPC_AUTH;
	}
	answer(work, &what);
}

static void
refuse(const struct trap_work *work, enum reason reason)
{
	trap_tell(work->receiver, work->origin, &work->origin->ip, SNMP_V3, NULL, reason);
}

/* The credential that it is to be judged by: of this user, and at its level. */
static enum reason
find_credential(struct trap_work *work)
{
	enum reason reason = REASON_NO_CREDENTIAL;
	struct snmpc_cred *cred;

	for (size_t n = 0; trap_credential(work->receiver, &work->origin->ip, n, &cred); n++) {
		if (reason == REASON_NO_CREDENTIAL)
			reason = REASON_UNKNOWN_USER;
		if (cred == NULL || cred->version != SNMP_V3 ||
		    !is_bytes(work->message->user, cred->user, strlen(cred->user)))
			continue;
		if (cred->level == work->level) {
			work->cred = cred;
			return REASON_NONE;
		}
		reason = REASON_SECURITY_LEVEL;
	}
	return reason;
}

/* ---- engines of senders */

static struct trap_engine **
engine_slot(const struct trap_work *work)
{
	struct trap_receiver *receiver = work->receiver;
	const struct ber_span *id = &work->message->engine_id;
	uint64_t h = receiver->seed ^ ipaddr_hash(&work->origin->ip);
	struct trap_engine **link;

	h = mem_hash64(h, id->data, id->len);
	link = &receiver->engines[(h ^ h >> 32) % TRAP_ENGINE_BUCKETS];
	while (*link != NULL &&
	       ((*link)->cred != work->cred || !ipaddr_equal(&(*link)->from, &work->origin->ip) ||
		!is_bytes(*id, (*link)->usm.id, (*link)->usm.id_len)))
		link = &(*link)->next;
	return link;
}

void
trap_engines_free(struct trap_receiver *receiver)
{
	for (size_t i = 0; i < TRAP_ENGINE_BUCKETS; i++) {
		while (receiver->engines[i] != NULL) {
			struct trap_engine *engine = receiver->engines[i];

			receiver->engines[i] = engine->next;
			secret_wipe(engine, sizeof(*engine));
			free(engine);
		}
	}
	receiver->engine_count = 0;
}

/* The newest authentic time counts (RFC 3414 section 3.2 step 7b 1). */
static void
sync_time(struct trap_engine *engine, const struct ber_message *message)
{
	struct snmpc_usm *usm = &engine->usm;
	uint32_t boots = (uint32_t)message->engine_boots, time_s = (uint32_t)message->engine_time;

	if (usm->is_synced &&
	    (boots < usm->boots || (boots == usm->boots && time_s <= usm->time_s)))
		return;
	usm->boots = boots;
	usm->time_s = time_s;
	usm->at_ms = clock_mono_ms();
	usm->is_synced = true;
}

/* ---- authentic messages */

static void
respond(const struct trap_work *work, const struct ber_scope *scope, int32_t request_id)
{
	struct trap_answer what = {.cred = work->cred,
				   .level = work->level,
				   .request_id = request_id,
				   .pdu = scope->pdu,
				   .context = scope->context,
				   .context_engine = scope->engine_id};

	answer(work, &what);
}

/* What is in an authentic message, or in one of a user without keys. */
static void
take_scoped(const struct trap_work *work, struct ber_span scoped)
{
	struct trap_receiver *receiver = work->receiver;
	struct trap_content content;
	struct ber_scope scope;
	struct ipaddr about;

	if (ber_read_scoped(scoped, &scope) != 0) {
		/* Right digest, but no sense in it: the privacy keys differ. */
		report(work, STATS_DECRYPTION_ERRORS);
		refuse(work, REASON_DECRYPTION);
		return;
	}
	/* An inform is for an engine that is ours, a trap is from one that is not. */
	if (scope.engine_id.len > TRAP_ENGINE_ID_MAX || scope.context.len > TRAP_ENGINE_ID_MAX ||
	    trap_read_pdu(scope.pdu, 3, &receiver->pool, &content) != 0 ||
	    content.is_inform != work->is_ours) {
		receiver->stats.malformed++;
		return;
	}
	if (content.is_inform)
		respond(work, &scope, content.request_id);
	if (trap_is_repeated(receiver, &work->origin->ip, work->data, work->message->total))
		return;
	about = trap_about(receiver, work->origin, &content);
	trap_tell(receiver, work->origin, &about, SNMP_V3, &content, REASON_NONE);
}

static void
refuse_opened(const struct trap_work *work, enum snmpc_usm_check check)
{
	switch (check) {
	case USM_NOT_AUTHENTIC:
		report(work, STATS_WRONG_DIGESTS);
		refuse(work, REASON_WRONG_DIGEST);
		break;
	case USM_NOT_DECRYPTED:
		report(work, STATS_DECRYPTION_ERRORS);
		refuse(work, REASON_DECRYPTION);
		break;
	case USM_STALE:
		if (work->is_ours)
			report(work, STATS_NOT_IN_TIME_WINDOWS);
		/* Every sender of informs begins with a time that it does not know. */
		if (!work->is_ours || work->message->engine_boots != 0)
			refuse(work, REASON_TIME_WINDOW);
		break;
	default:
		work->receiver->stats.malformed++;
	}
}

/* RFC 3414 section 3.2 step 7a: both ways, unlike for who is not authoritative. */
static bool
is_in_our_window(const struct trap_work *work)
{
	int64_t apart = (int64_t)work->message->engine_time - our_time_s(work->receiver);

	return (uint32_t)work->message->engine_boots == work->receiver->boots &&
	       apart <= SNMPC_TIME_WINDOW_S && apart >= -SNMPC_TIME_WINDOW_S;
}

static void
open_inform(const struct trap_work *work)
{
	struct trap_receiver *receiver = work->receiver;
	enum snmpc_usm_check check = USM_MALFORMED;
	struct ber_span scoped = {NULL, 0};
	struct snmpc_usm usm;

	if (our_usm(receiver, work->cred, &usm) == 0)
		check = snmpc_usm_open(receiver->snmpc->codec, work->cred, &usm, work->message,
				       work->data, clock_mono_ms(), receiver->snmpc->plain,
				       &scoped);
	secret_wipe(&usm, sizeof(usm));
	if (check == USM_AUTHENTIC && !is_in_our_window(work))
		check = USM_STALE;
	if (check == USM_AUTHENTIC)
		take_scoped(work, scoped);
	else
		refuse_opened(work, check);
}

static void
open_trap(const struct trap_work *work)
{
	struct trap_receiver *receiver = work->receiver;
	struct trap_engine **slot = engine_slot(work), *engine = *slot;
	enum snmpc_usm_check check = USM_MALFORMED;
	struct ber_span scoped = {NULL, 0};

	if (engine == NULL) {
		engine = calloc(1, sizeof(*engine));
		if (engine == NULL)
			return;
		engine->from = work->origin->ip;
		engine->cred = work->cred;
		engine->usm.id_len = (uint8_t)work->message->engine_id.len;
		memcpy(engine->usm.id, work->message->engine_id.data, engine->usm.id_len);
		if (snmpc_usm_localize(work->cred, &engine->usm) != 0)
			goto out;
	}
	check = snmpc_usm_open(receiver->snmpc->codec, work->cred, &engine->usm, work->message,
			       work->data, clock_mono_ms(), receiver->snmpc->plain, &scoped);
	if (check == USM_AUTHENTIC) {
		sync_time(engine, work->message);
		/* Only who has the keys gets an entry. */
		if (*slot == NULL && receiver->engine_count < TRAP_ENGINES_MAX) {
			*slot = engine;
			receiver->engine_count++;
		}
	}
out:
	if (*slot != engine) {
		secret_wipe(engine, sizeof(*engine));
		free(engine);
	}
	if (check == USM_AUTHENTIC)
		take_scoped(work, scoped);
	else
		refuse_opened(work, check);
}

void
trap_message_v3(struct trap_receiver *receiver, const struct trap_origin *origin,
		const struct ber_message *message, const uint8_t *data)
{
	enum { USM = 3 };
	struct trap_work work = {
		.receiver = receiver,
		.origin = origin,
		.message = message,
		.data = data,
		.level = message->msg_flags & (SNMPC_AUTH | SNMPC_PRIV),
		.is_ours =
			receiver->engine_id_len > 0 &&
			is_bytes(message->engine_id, receiver->engine_id, receiver->engine_id_len),
	};
	enum reason reason;

	if (message->security_model != USM || work.level == SNMPC_PRIV ||
	    message->engine_id.len > TRAP_ENGINE_ID_MAX) {
		receiver->stats.malformed++;
		return;
	}
	/* What asks for reports is meant for an engine that is not ours, or for none that the
	 * sender knows yet: that is how it finds us (RFC 3414 section 4). */
	if (!work.is_ours && (message->msg_flags & SNMPC_REPORTABLE) != 0) {
		report(&work, STATS_UNKNOWN_ENGINE_IDS);
		return;
	}
	/* RFC 3411: an engineID has at least five octets. */
	if (message->engine_id.len < 5) {
		receiver->stats.malformed++;
		return;
	}
	reason = find_credential(&work);
	if (reason != REASON_NONE) {
		report(&work, reason == REASON_SECURITY_LEVEL ? STATS_UNSUPPORTED_SEC_LEVELS
							      : STATS_UNKNOWN_USER_NAMES);
		refuse(&work, reason);
	} else if (work.level == 0) {
		take_scoped(&work, message->rest);
	} else if (work.is_ours) {
		open_inform(&work);
	} else {
		open_trap(&work);
	}
}
