/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Notifications from outside. The first byte chooses: 0 the decoder of v1 and v2c, what the rules
 * find in it, and net-snmp's parser for comparison; 1 the receiver as a whole, with users at each
 * level and a known engine of ours; 2 a decrypted PDU.
 */
#include "../../src/net/trap_impl.h"

#include "keepwatch/clock.h"
#include "keepwatch/log.h"
#include "keepwatch/trap_rule.h"

#include <net-snmp/net-snmp-config.h>
#include <net-snmp/net-snmp-includes.h>

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

enum { MODE_DECODE, MODE_RECEIVE, MODE_PDU, CREDENTIALS = 3 };

struct bench {
	uv_loop_t uv;
	struct net_loop *loop;
	struct snmpc *snmpc;
	struct trap_receiver *receiver;
	struct credential_snmp credentials[CREDENTIALS];
	struct trap_origin origin;
	struct trap_pool pool;
};

static void
use(const struct varbind *varbinds, size_t count, const uint32_t *oid, size_t oid_len)
{
	struct trap_rule own = {.name = "own",
				.oid = (const uint32_t[]){1, 3},
				.oid_len = 2,
				.is_subtree = true,
				.subject = TRAP_SUBJECT_INTERFACE};
	struct trap_details details;
	char text[128];

	if (oid_len > OID_MAX + 2)
		abort();
	(void)trap_rule_find(&own, 1, oid, oid_len);
	for (int subject = 0; subject < TRAP_SUBJECT_COUNT; subject++) {
		own.subject = (uint8_t)subject;
		trap_read_details(&own, varbinds, count, &details);
		trap_describe(&own, &details, text, sizeof(text));
		if (strlen(text) >= sizeof(text))
			abort();
		for (const char *c = text; *c != '\0'; c++) {
			if (*c < ' ' || *c > '~')
				abort();
		}
	}
}

static enum trap_source
on_source(void *arg, const struct ipaddr *from)
{
	(void)arg;
	(void)from;
	return TRAP_FORWARDER;
}

static const struct credential_snmp *
on_credential(void *arg, const struct ipaddr *who, size_t n)
{
	struct bench *bench = arg;

	(void)who;
	return n < CREDENTIALS ? &bench->credentials[n] : NULL;
}

static void
on_trap(void *arg, const struct trap *trap)
{
	(void)arg;
	if (trap->is_authentic != (trap->refusal == REASON_NONE) ||
	    trap->count > TRAP_VARBINDS_MAX + 2)
		abort();
	if (trap->is_authentic && trap->oid_len < 2)
		abort();
	use(trap->varbinds, trap->count, trap->oid, trap->oid_len);
}

static void
open_bench(struct bench *bench)
{
	static const struct trap_ops ops = {on_source, on_credential, on_trap};
	static const uint8_t engine[] = {0x80, 0, 0x1f, 0x88, 5, 'f', 'u', 'z', 'z'};
	struct trap_address listen = {.port = 0};
	struct sockaddr_in *name = (struct sockaddr_in *)(void *)&bench->origin.name;
	size_t failed;

	uv_loop_init(&bench->uv);
	ipaddr_parse("127.0.0.1", &listen.ip);
	if (net_loop_open(&bench->loop, &bench->uv, 50) != 0 ||
	    snmpc_open(&bench->snmpc, bench->loop) != 0 ||
	    trap_receiver_open(&bench->receiver, bench->loop, bench->snmpc, &listen, 1, &ops, bench,
			       &failed) != 0)
		abort();
	trap_receiver_set_engine(bench->receiver, engine, sizeof(engine), 3);
	bench->credentials[0].version = SNMP_V2C;
	secret_new(&bench->credentials[0].community, "public", 6);
	for (size_t i = 1; i < CREDENTIALS; i++) {
		bench->credentials[i].version = SNMP_V3;
		bench->credentials[i].user = strdup(i == 1 ? "fuzz" : "priv");
	}
	bench->credentials[2].auth = SNMP_AUTH_SHA256;
	bench->credentials[2].priv = SNMP_PRIV_AES128;
	secret_new(&bench->credentials[2].auth_password, "password1", 9);
	secret_new(&bench->credentials[2].priv_password, "password2", 9);
	/* Answers go to the discard port of this host. */
	bench->origin.socket = &bench->receiver->sockets[0];
	bench->origin.ip = listen.ip;
	bench->origin.port = 9;
	name->sin_family = AF_INET;
	name->sin_port = htons(9);
	name->sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	bench->origin.name_len = sizeof(*name);
}

/* What both take must mean the same. */
static void
compare(const uint8_t *data, size_t size, const struct trap_content *ours, int32_t version)
{
	netsnmp_session session;
	netsnmp_pdu *theirs = snmp_pdu_create(0);
	uint8_t *copy = malloc(size + 1);
	size_t count = 0;

	if (theirs == NULL || copy == NULL)
		abort();
	memcpy(copy, data, size);
	snmp_sess_init(&session);
	session.version = version == 0 ? SNMP_VERSION_1 : SNMP_VERSION_2c;
	if (snmp_parse(NULL, &session, theirs, copy, size) == 0) {
		for (const netsnmp_variable_list *v = theirs->variables; v != NULL;
		     v = v->next_variable)
			count++;
		if (version == 0 && (theirs->command != SNMP_MSG_TRAP || count != ours->count ||
				     (uint32_t)theirs->time != ours->uptime))
			abort();
		if (version == 1 && ((theirs->command == SNMP_MSG_INFORM) != ours->is_inform ||
				     theirs->reqid != ours->request_id || count < ours->count + 1))
			abort();
	}
	snmp_free_pdu(theirs);
	free(copy);
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
	return "leak:mem_strdup\n";
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bench *bench; /* made once: a credential takes 14 ms */
	struct ber_message message;
	struct trap_content content;
	uint8_t *copy;

	if (bench == NULL) {
		log_set_sink(no_log, NULL);
		bench = calloc(1, sizeof(*bench));
		if (bench == NULL)
			abort();
		open_bench(bench);
	}
	if (size < 1 || size - 1 > SNMPC_DATAGRAM_MAX)
		return 0;
	/* Of its very size, so that a sanitizer sees every octet read behind it. */
	copy = malloc(size - 1 > 0 ? size - 1 : 1);
	if (copy == NULL)
		abort();
	memcpy(copy, data + 1, size - 1);
	if (data[0] == MODE_DECODE) {
		if (trap_decode(copy, size - 1, &bench->pool, &message, &content) == 0) {
			use(content.varbinds, content.count, content.oid, content.oid_len);
			compare(copy, size - 1, &content, message.version);
		}
	} else if (data[0] == MODE_RECEIVE) {
		/* Each as if it were the first one. */
		memset(bench->receiver->sources, 0,
		       TRAP_SOURCES * sizeof(*bench->receiver->sources));
		bench->receiver->global.milli = TRAP_GLOBAL_BURST * 1000;
		trap_message(bench->receiver, &bench->origin, copy, size - 1);
	} else if (data[0] == MODE_PDU) {
		struct ber_span span = {copy, size - 1};

		if (trap_read_pdu(span, 3, &bench->pool, &content) == 0)
			use(content.varbinds, content.count, content.oid, content.oid_len);
	}
	free(copy);
	return 0;
}
