/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Replies of SNMP agents. The first byte chooses what is awaited: 0 v2c, 1 v3 discovery, 2 v3
 * noAuthNoPriv, 3 v3 authPriv; with 0x10 the identifier of the request in flight is patched in, so
 * that the reply is not dropped at the door; 4 is a decrypted scoped PDU. What our reader and
 * net-snmp's both take of v2c must mean the same.
 */
#include "../../src/net/snmpc_impl.h"

#include "keepwatch/log.h"

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

enum { MODE_V2C, MODE_DISCOVER, MODE_PLAIN, MODE_PRIVATE, MODE_SCOPED, MODES, MODE_PATCH = 0x10 };

struct bench {
	uv_loop_t uv;
	struct net_loop *loop;
	struct snmpc *snmpc;
	struct credential credentials[MODE_SCOPED];
	struct snmpc_peer *peers[MODE_SCOPED];
	struct ipaddr ip;
};

static const uint32_t oid_ids[] = {1, 3, 6, 1, 2, 1, 1, 3, 0};
static const struct oid_ref oid_refs[] = {OID_REF(oid_ids)};
static const uint8_t engine[] = {0x80, 0, 0x1f, 0x88, 4, 'f', 'u', 'z', 'z'};

static void
on_done(struct snmpc_request *request, const struct snmpc_reply *reply)
{
	(void)request;
	for (size_t i = 0; i < reply->count; i++) {
		const struct varbind *vb = &reply->varbinds[i];
		char text[64];

		oid_format(vb->oid, vb->oid_len, text, sizeof(text));
		if (vb->bytes_len > SNMPC_DATAGRAM_MAX)
			abort();
	}
}

static struct snmpc_usm *
known_engine(const struct snmpc_cred *cred)
{
	struct snmpc_usm *usm = calloc(1, sizeof(*usm));

	if (usm == NULL)
		abort();
	memcpy(usm->id, engine, sizeof(engine));
	usm->id_len = sizeof(engine);
	usm->boots = 3;
	usm->time_s = 1000;
	if (snmpc_usm_localize(cred, usm) != 0)
		abort();
	return usm;
}

static void
open_bench(struct bench *bench)
{
	uv_loop_init(&bench->uv);
	if (net_loop_open(&bench->loop, &bench->uv, 50) != 0 ||
	    snmpc_open(&bench->snmpc, bench->loop) != 0)
		abort();
	ipaddr_parse("127.0.0.1", &bench->ip);
	for (size_t i = 0; i < MODE_SCOPED; i++) {
		struct credential_snmp *snmp = &bench->credentials[i].snmp;

		snmp->version = i == MODE_V2C ? SNMP_V2C : SNMP_V3;
		snmp->user = strdup("fuzz");
		secret_new(&snmp->community, "public", 6);
		if (i == MODE_PRIVATE) {
			snmp->auth = SNMP_AUTH_SHA256;
			snmp->priv = SNMP_PRIV_AES128;
			secret_new(&snmp->auth_password, "password1", 9);
			secret_new(&snmp->priv_password, "password2", 9);
		}
		if (snmpc_peer_new(&bench->peers[i], bench->snmpc, &bench->ip, 9,
				   &bench->credentials[i]) != 0)
			abort();
	}
}

/* The four octets of the identifier as ber_peek finds it, if it has four. */
static void
patch_id(uint8_t *data, size_t size, uint32_t id)
{
	int32_t version, old;

	if (ber_peek(data, size, &version, &old) != 0)
		return;
	for (size_t i = 0; i + 6 <= size && i < 64; i++) {
		if (data[i] == 2 && data[i + 1] == 4 &&
		    ((uint32_t)data[i + 2] << 24 | (uint32_t)data[i + 3] << 16 |
		     (uint32_t)data[i + 4] << 8 | data[i + 5]) == (uint32_t)old) {
			for (size_t k = 0; k < 4; k++)
				data[i + 2 + k] = (uint8_t)(id >> (24 - 8 * k));
			return;
		}
	}
}

static void
compare_value(const struct varbind *vb, const netsnmp_variable_list *theirs)
{
	if (vb->oid_len != theirs->name_length && vb->oid_len >= 2)
		abort();
	for (size_t i = 0; i < vb->oid_len; i++) {
		if (vb->oid[i] != theirs->name[i])
			abort();
	}
	if (vb->type == VB_OPAQUE) /* net-snmp looks into it for floats */
		return;
	if ((int)vb->type != theirs->type)
		abort();
	if (vb->type == VB_INTEGER && (int32_t)vb->number == vb->number &&
	    vb->number != *theirs->val.integer)
		abort();
	if ((vb->type == VB_COUNTER32 || vb->type == VB_GAUGE32 || vb->type == VB_TIMETICKS) &&
	    vb->unsigned_number != (uint32_t)*theirs->val.integer)
		abort();
	if ((vb->type == VB_OCTETS || vb->type == VB_IPADDRESS) &&
	    (vb->bytes_len != theirs->val_len ||
	     memcmp(vb->bytes, theirs->val.string, vb->bytes_len) != 0))
		abort();
	if (vb->type == VB_COUNTER64 &&
	    vb->unsigned_number !=
		    ((uint64_t)theirs->val.counter64->high << 32 | theirs->val.counter64->low))
		abort();
}

/* The same bytes by net-snmp's own parser. */
static void
compare(struct bench *bench, const uint8_t *data, size_t size)
{
	struct ber_message message;
	struct ber_pdu pdu;
	netsnmp_session session;
	netsnmp_pdu *theirs;
	uint8_t *copy;
	size_t count;

	if (size > SNMPC_DATAGRAM_MAX || ber_read_message(data, size, &message) != 0 ||
	    message.version != 1 || ber_read_pdu(message.rest, &pdu) != 0 ||
	    ber_read_varbinds(pdu.varbinds, &bench->snmpc->pool, &count) != 0)
		return;
	snmp_sess_init(&session);
	session.version = SNMP_VERSION_2c;
	copy = malloc(size);
	theirs = snmp_pdu_create(0);
	if (copy == NULL || theirs == NULL)
		abort();
	memcpy(copy, data, size);
	if (snmp_parse(NULL, &session, theirs, copy, size) == 0 && theirs->command == pdu.type &&
	    pdu.type == BER_PDU_RESPONSE) {
		const netsnmp_variable_list *variable = theirs->variables;

		if (theirs->reqid != pdu.request_id)
			abort();
		for (size_t i = 0; i < count && variable != NULL; i++) {
			compare_value(&bench->snmpc->pool.varbinds[i], variable);
			variable = variable->next_variable;
		}
	}
	snmp_free_pdu(theirs);
	free(copy);
}

static void
receive(struct bench *bench, unsigned mode, bool patched, const uint8_t *data, size_t size)
{
	struct snmpc_peer *peer = bench->peers[mode];
	struct snmpc_request request;
	uint8_t *copy;

	memset(&request, 0, sizeof(request));
	request.peer = peer;
	request.oids = oid_refs;
	request.oid_count = 1;
	request.timeout_ms = 1000;
	request.retries = 3;
	request.done = on_done;
	if (mode >= MODE_PLAIN && peer->usm == NULL)
		peer->usm = known_engine(peer->cred);
	if (snmpc_start(&request) != 0)
		abort();
	/* Of its very size, so that a sanitizer sees every octet read behind it. */
	copy = malloc(size > 0 ? size : 1);
	if (copy == NULL)
		abort();
	memcpy(copy, data, size);
	if (patched)
		patch_id(copy, size, snmpc_request_id(&request));
	snmpc_received(bench->snmpc, &bench->ip, 9, copy, size, 1);
	/* A report may have begun another stage: the same again. */
	if (snmpc_is_active(&request) && patched) {
		patch_id(copy, size, snmpc_request_id(&request));
		snmpc_received(bench->snmpc, &bench->ip, 9, copy, size, 2);
	}
	snmpc_cancel(&request);
	free(copy);
	if (mode == MODE_DISCOVER) {
		snmpc_usm_free(peer->usm);
		peer->usm = NULL;
	}
}

static void
no_log(void *arg, enum log_level level, const char *tag, const char *message)
{
	(void)arg;
	(void)level;
	(void)tag;
	(void)message;
}

/* The bench lives to the end, and part of it is held from pages of secrets, which the leak checker
 * does not look into. */
const char *
__lsan_default_suppressions(void)
{
	return "leak:mem_strdup\nleak:snmpc_template_fill\n";
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bench *bench; /* made once: a credential takes 14 ms */
	unsigned mode;

	if (bench == NULL) {
		log_set_sink(no_log, NULL);
		bench = calloc(1, sizeof(*bench));
		if (bench == NULL)
			abort();
		open_bench(bench);
	}
	if (size == 0)
		return 0;
	mode = data[0] & 0x0f;
	if (mode == MODE_SCOPED) {
		struct ber_span span = {data + 1, size - 1};
		struct ber_scope scope;
		struct ber_pdu pdu;
		size_t count;

		if (size - 1 <= SNMPC_DATAGRAM_MAX && ber_read_scoped(span, &scope) == 0 &&
		    ber_read_pdu(scope.pdu, &pdu) == 0)
			(void)ber_read_varbinds(pdu.varbinds, &bench->snmpc->pool, &count);
		return 0;
	}
	if (mode >= MODES)
		return 0;
	if (size - 1 > SNMPC_DATAGRAM_MAX)
		return 0;
	if (mode == MODE_V2C)
		compare(bench, data + 1, size - 1);
	receive(bench, mode, (data[0] & MODE_PATCH) != 0, data + 1, size - 1);
	/* What was queued for sending is for nobody. */
	uv_run(&bench->uv, UV_RUN_NOWAIT);
	return 0;
}
