/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What an SNMPv3 peer can be told by messages that are not authentic: it may end a request or make
 * it ask again, but it never changes what is believed of the engine. (Authentic messages, of every
 * protocol, are in tests/lab/snmp-v3.sh.)
 */
#include "../../src/net/snmpc_impl.h"
#include "../snmp/out.h"

#include "keepwatch/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t engine[] = {0x80, 0, 0x1f, 0x88, 4, 'r', 'e', 'a', 'l'};
static const uint8_t forged[] = {0x80, 0, 0x1f, 0x88, 4, 'f', 'a', 'k', 'e', '!'};
static const uint32_t oid_ids[] = {1, 3, 6, 1, 2, 1, 1, 3, 0};
static const struct oid_ref oid_refs[] = {OID_REF(oid_ids)};

struct lab {
	uv_loop_t uv;
	struct net_loop *loop;
	struct snmpc *snmpc;
	struct snmpc_peer *peer;
	struct credential credential;
	struct ipaddr ip;
	struct snmpc_request request; /* in flight, with a known engine */
	unsigned done;
	enum reason reason;
};

static void
on_done(struct snmpc_request *request, const struct snmpc_reply *reply)
{
	struct lab *lab = (struct lab *)((char *)request - offsetof(struct lab, request));

	lab->done++;
	lab->reason = reply->reason;
}

static int
setup(void **state)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	struct credential_snmp *snmp;

	assert_non_null(lab);
	uv_loop_init(&lab->uv);
	assert_int_equal(net_loop_open(&lab->loop, &lab->uv, 50), 0);
	assert_int_equal(snmpc_open(&lab->snmpc, lab->loop), 0);
	ipaddr_parse("127.0.0.1", &lab->ip);
	snmp = &lab->credential.snmp;
	snmp->version = SNMP_V3;
	snmp->user = strdup("monitor");
	snmp->auth = SNMP_AUTH_SHA256;
	snmp->priv = SNMP_PRIV_AES128;
	secret_new(&snmp->auth_password, "password1", 9);
	secret_new(&snmp->priv_password, "password2", 9);
	assert_int_equal(snmpc_peer_new(&lab->peer, lab->snmpc, &lab->ip, 9, &lab->credential), 0);
	lab->peer->usm = calloc(1, sizeof(*lab->peer->usm));
	assert_non_null(lab->peer->usm);
	memcpy(lab->peer->usm->id, engine, sizeof(engine));
	lab->peer->usm->id_len = sizeof(engine);
	lab->peer->usm->boots = 3;
	lab->peer->usm->time_s = 1000;
	lab->peer->usm->at_ms = net_loop_now_ms(lab->loop);
	lab->peer->usm->is_synced = true;
	assert_int_equal(snmpc_usm_localize(lab->peer->cred, lab->peer->usm), 0);
	lab->request.peer = lab->peer;
	lab->request.oids = oid_refs;
	lab->request.oid_count = 1;
	lab->request.timeout_ms = 100;
	lab->request.done = on_done;
	assert_int_equal(snmpc_start(&lab->request), 0);
	*state = lab;
	return 0;
}

static int
teardown(void **state)
{
	struct lab *lab = *state;

	/* Whatever was said, the engine is the one that was proved. */
	assert_non_null(lab->peer->usm);
	assert_int_equal(lab->peer->usm->id_len, sizeof(engine));
	assert_memory_equal(lab->peer->usm->id, engine, sizeof(engine));
	assert_int_equal(lab->peer->usm->boots, 3);
	assert_int_equal(lab->peer->usm->time_s, 1000);
	assert_true(lab->peer->usm->is_synced);
	snmpc_cancel(&lab->request);
	snmpc_peer_free(lab->peer);
	assert_int_equal(snmpc_stats(lab->snmpc).in_flight, 0);
	snmpc_close(lab->snmpc);
	net_loop_close(lab->loop);
	uv_run(&lab->uv, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&lab->uv), 0);
	credential_fini(&lab->credential);
	free(lab);
	return 0;
}

/* An unauthenticated message to the request: a report of usmStats `kind`, or a response if 0. */
static void
say(struct lab *lab, uint8_t flags, uint8_t kind, const uint8_t *id, size_t id_len, uint32_t boots)
{
	const uint8_t name[] = {0x2b, 6, 1, 6, 3, 15, 1, 1, kind, 0};
	const uint8_t zero[24] = {0};
	uint32_t request_id = snmpc_request_id(&lab->request);
	struct out out = {.at = sizeof(out.bytes)};
	size_t end = out.at;

	out_put(&out, VB_COUNTER32, "\1", 1);
	out_put(&out, VB_OID, name, sizeof(name));
	out_wrap(&out, BER_SEQUENCE, end);
	out_wrap(&out, BER_SEQUENCE, end);
	out_int(&out, BER_INTEGER, 0);
	out_int(&out, BER_INTEGER, 0);
	out_int(&out, BER_INTEGER, request_id);
	out_wrap(&out, kind != 0 ? BER_PDU_REPORT : BER_PDU_RESPONSE, end);
	out_put(&out, BER_OCTETS, "", 0);
	out_put(&out, BER_OCTETS, id, id_len);
	out_wrap(&out, BER_SEQUENCE, end);
	end = out.at;
	out_put(&out, BER_OCTETS, "", 0);
	out_put(&out, BER_OCTETS, zero, flags & SNMPC_AUTH ? sizeof(zero) : 0);
	out_put(&out, BER_OCTETS, "monitor", 7);
	out_int(&out, BER_INTEGER, 5000);
	out_int(&out, BER_INTEGER, boots);
	out_put(&out, BER_OCTETS, id, id_len);
	out_wrap(&out, BER_SEQUENCE, end);
	out_wrap(&out, BER_OCTETS, end);
	end = out.at;
	out_put(&out, BER_INTEGER, "\3", 1);
	out_put(&out, BER_OCTETS, &flags, 1);
	out_int(&out, BER_INTEGER, 65507);
	out_int(&out, BER_INTEGER, request_id);
	out_wrap(&out, BER_SEQUENCE, end);
	out_put(&out, BER_INTEGER, "\3", 1);
	out_wrap(&out, BER_SEQUENCE, sizeof(out.bytes));
	snmpc_received(lab->snmpc, &lab->ip, 9, out.bytes + out.at, sizeof(out.bytes) - out.at, 1);
}

/* A report is acted on when nothing better came in time. */
static void
let_act(struct lab *lab)
{
	assert_true(lab->request.flags & REQUEST_HELD);
	while (snmpc_is_active(&lab->request) && (lab->request.flags & REQUEST_HELD))
		uv_run(&lab->uv, UV_RUN_ONCE);
}

static void
test_reports_end_it(void **state)
{
	static const struct {
		uint8_t kind;
		enum reason reason;
	} cases[] = {{1, REASON_SECURITY_LEVEL},
		     {3, REASON_UNKNOWN_USER},
		     {5, REASON_WRONG_DIGEST},
		     {6, REASON_DECRYPTION}};
	struct lab *lab = *state;

	for (size_t i = 0; i < MEM_COUNT(cases); i++) {
		say(lab, 0, cases[i].kind, engine, sizeof(engine), 3);
		assert_int_equal(lab->done, i);
		let_act(lab);
		assert_int_equal(lab->done, i + 1);
		assert_int_equal(lab->reason, cases[i].reason);
		assert_int_equal(snmpc_start(&lab->request), 0);
	}
}

static void
test_unknown_engine(void **state)
{
	struct lab *lab = *state;

	/* Asks for the engine once, believes what it hears for this request only ... */
	say(lab, 0, 4, forged, sizeof(forged), 9);
	assert_int_equal(lab->request.stage, STAGE_ASK);
	let_act(lab);
	assert_int_equal(lab->request.stage, STAGE_DISCOVER);
	say(lab, 0, 4, forged, sizeof(forged), 9);
	assert_int_equal(lab->request.stage, STAGE_ASK);
	assert_non_null(lab->request.candidate);
	assert_int_equal(lab->request.candidate->id_len, sizeof(forged));
	assert_false(lab->request.candidate->is_synced);
	/* ... and not for ever. */
	say(lab, 0, 4, engine, sizeof(engine), 9);
	let_act(lab);
	assert_int_equal(lab->done, 1);
	assert_int_equal(lab->reason, REASON_ENGINE_ID);
	assert_null(lab->request.candidate);
}

static void
test_time_window(void **state)
{
	struct lab *lab = *state;

	/* It asks with time 0, to which an agent answers authentically, and once only. */
	say(lab, 0, 2, engine, sizeof(engine), INT32_MAX);
	let_act(lab);
	assert_int_equal(lab->done, 0);
	assert_true(lab->request.flags & REQUEST_ZERO_TIME);
	say(lab, 0, 2, engine, sizeof(engine), INT32_MAX);
	let_act(lab);
	assert_int_equal(lab->done, 1);
	assert_int_equal(lab->reason, REASON_TIME_WINDOW);
}

static void
test_downgrade(void **state)
{
	struct lab *lab = *state;

	say(lab, 0, 0, engine, sizeof(engine), 3);
	assert_int_equal(lab->done, 0);
	assert_int_equal(snmpc_stats(lab->snmpc).ignored, 1);
	/* Says that it is authentic, and is not. */
	say(lab, SNMPC_AUTH, 0, engine, sizeof(engine), 7);
	assert_int_equal(lab->done, 0);
	assert_int_equal(snmpc_stats(lab->snmpc).bad, 1);
	say(lab, SNMPC_AUTH, 2, engine, sizeof(engine), 7);
	assert_int_equal(snmpc_stats(lab->snmpc).bad, 2);
	/* Of another engine; and encrypted without authentication, which there is not. */
	say(lab, SNMPC_AUTH, 0, forged, sizeof(forged), 7);
	say(lab, SNMPC_PRIV, 0, engine, sizeof(engine), 3);
	assert_int_equal(snmpc_stats(lab->snmpc).ignored, 3);
	assert_int_equal(lab->done, 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_reports_end_it),
		TEST(test_unknown_engine),
		TEST(test_time_window),
		TEST(test_downgrade),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
