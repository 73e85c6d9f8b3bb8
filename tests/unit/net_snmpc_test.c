/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Requests of the command generator against an agent that answers late, twice, from elsewhere, with
 * wrong identifiers, torn or not at all. (What a real snmpd does is in tests/lab/snmp-v3.sh.)
 */
#include "../snmp/agent.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void
behave_well(struct lab *lab, const struct asked *asked)
{
	agent_answer(lab, asked, 4242);
}

static void
test_get(void **state)
{
	struct lab *lab = *state;

	lab->behave = behave_well;
	lab_get(lab, 0, 2000);
	assert_int_equal(lab->reason, REASON_NONE);
	assert_int_equal(lab->count, 1);
	assert_int_equal(lab->number, 4242);
	assert_int_equal(lab->sent, 1);
	assert_int_equal(lab->lost, 0);
	assert_true(lab->rtt_us < 2000000);
	/* The template serves the second one, and another version has its own. */
	lab->done = 0;
	lab_get(lab, 0, 2000);
	assert_int_equal(lab->number, 4242);
	lab_make_peer(lab, SNMP_V1);
	lab->done = 0;
	lab_get(lab, 0, 2000);
	assert_int_equal(lab->number, 4242);
}

/* A SetRequest-PDU (RFC 3416 section 3) of INTEGER 0. */
static void
behave_refuse_set(struct lab *lab, const struct asked *asked)
{
	static const uint8_t zero[] = {0x02, 0x01, 0x00};
	struct out out;

	assert_int_equal(asked->bytes[asked->pdu_at], 0xa3);
	assert_memory_equal(asked->bytes + asked->len - sizeof(zero), zero, sizeof(zero));
	agent_begin(&out);
	agent_put_varbind(&out, uptime_oid, MEM_COUNT(uptime_oid), 0x02, 0);
	agent_finish(&out, asked, SNMPC_NOT_WRITABLE, 1);
	agent_send(lab->fd, asked, &out, sizeof(out.bytes) - out.at);
}

static void
test_set(void **state)
{
	struct lab *lab = *state;

	lab->behave = behave_refuse_set;
	lab->request = (struct snmpc_request){
		.peer = lab->peer,
		.op = SNMPC_SET,
		.oids = uptime_ref,
		.oid_count = 1,
		.timeout_ms = 2000,
		.done = lab_on_done,
	};
	assert_int_equal(snmpc_start(&lab->request), 0);
	lab_run_until(lab, 1);
	assert_int_equal(lab->reason, REASON_NONE);
	assert_int_equal(lab->error_status, SNMPC_NOT_WRITABLE);
	lab->request.retries = 1;
	assert_int_equal(snmpc_start(&lab->request), ERR_INVAL);
}

static void
behave_silent(struct lab *lab, const struct asked *asked)
{
	lab->kept = *asked;
}

static void
test_timeout(void **state)
{
	struct lab *lab = *state;

	lab->behave = behave_silent;
	lab_get(lab, 2, 100);
	assert_int_equal(lab->reason, REASON_TIMEOUT);
	assert_int_equal(lab->heard, 3);
	assert_int_equal(lab->sent, 3);
	assert_int_equal(lab->lost, 3);
	assert_int_equal(lab->rtt_us, UINT32_MAX);
}

static void
test_refused(void **state)
{
	struct lab *lab = *state;
	struct ipaddr ip;
	uint16_t port;
	int fd = lab_udp_socket(&port);

	close(fd); /* nobody is there now */
	snmpc_peer_free(lab->peer);
	ipaddr_parse("127.0.0.1", &ip);
	assert_int_equal(snmpc_peer_new(&lab->peer, lab->snmpc, &ip, port, &lab->credential), 0);
	lab_get(lab, 1, 100);
	assert_int_equal(lab->reason, REASON_REFUSED);
	assert_int_equal(lab->sent, 2);
}

/* The first attempt is answered when the second has been sent. */
static void
behave_late(struct lab *lab, const struct asked *asked)
{
	if (lab->heard == 1)
		lab->kept = *asked;
	else
		agent_answer(lab, &lab->kept, 1);
}

static void
test_late(void **state)
{
	struct lab *lab = *state;

	lab->behave = behave_late;
	lab_get(lab, 1, 300);
	assert_int_equal(lab->reason, REASON_NONE);
	assert_int_equal(lab->sent, 2);
	assert_int_equal(lab->lost, 0); /* the first was not lost */
	assert_true(lab->rtt_us >= 250000);
	/* What comes after the end belongs to nobody. */
	agent_answer(lab, &lab->kept, 2);
	lab->behave = behave_well;
	lab->done = 0;
	lab_get(lab, 0, 2000);
	assert_int_equal(lab->number, 4242);
	assert_true(snmpc_stats(lab->snmpc).ignored >= 1);
}

static void
behave_twice(struct lab *lab, const struct asked *asked)
{
	agent_answer(lab, asked, 7);
	agent_answer(lab, asked, 8);
}

static void
test_duplicate(void **state)
{
	struct lab *lab = *state;

	lab->behave = behave_twice;
	lab_get(lab, 0, 2000);
	assert_int_equal(lab->number, 7);
	lab->done = 0;
	lab_get(lab, 0, 2000); /* the second 8 is still in the socket or was dropped: not taken */
	assert_int_equal(lab->number, 7);
}

/* Each forgery first, then nothing: the request must time out. */
static void
forge(struct lab *lab, const struct asked *asked, unsigned kind)
{
	struct asked copy = *asked;
	struct out out;
	int fd = lab->fd;

	if (kind == 0)
		fd = lab->other_fd; /* another port */
	else if (kind == 1)
		copy.bytes[copy.id_at + 3] ^= 1; /* another slot */
	else if (kind == 2)
		copy.bytes[copy.id_at] ^= 1; /* another nonce */
	else if (kind == 3)
		copy.bytes[copy.id_at] |= 0x80; /* a negative request-id */
	else if (kind == 4)
		copy.bytes[copy.id_at + 1] ^= 0x20; /* an attempt that was not made */
	else if (kind == 5)
		copy.bytes[4] = 0; /* v1 */
	agent_begin(&out);
	agent_put_varbind(&out, uptime_oid, MEM_COUNT(uptime_oid), VB_TIMETICKS, 666);
	agent_finish(&out, &copy, 0, 0);
	if (kind == 6) /* a request is no answer */
		memcpy(memchr(out.bytes + out.at, 0xa2, 40), "\xa0", 1);
	agent_send(fd, asked, &out, sizeof(out.bytes) - out.at - (kind == 7 ? 1 : 0));
}

static void
behave_forged(struct lab *lab, const struct asked *asked)
{
	for (unsigned kind = 0; kind < 5; kind++)
		forge(lab, asked, kind);
}

static void
test_forged(void **state)
{
	struct lab *lab = *state;

	lab->behave = behave_forged;
	lab_get(lab, 0, 200);
	assert_int_equal(lab->reason, REASON_TIMEOUT);
	assert_int_equal(snmpc_stats(lab->snmpc).ignored, 5);
	assert_int_equal(snmpc_stats(lab->snmpc).bad, 0);
}

static void
behave_torn(struct lab *lab, const struct asked *asked)
{
	forge(lab, asked, 6);
	forge(lab, asked, 7);
}

static void
test_bad(void **state)
{
	struct lab *lab = *state;

	lab->behave = behave_torn;
	lab_get(lab, 0, 200);
	assert_int_equal(lab->reason, REASON_BAD_REPLY);
	assert_int_equal(snmpc_stats(lab->snmpc).bad, 2);
}

static void
behave_junk(struct lab *lab, const struct asked *asked)
{
	struct out out;
	size_t len;

	agent_begin(&out);
	out.at -= 32; /* behind the message */
	memset(out.bytes + out.at, 0xee, 32);
	{
		struct out message;

		agent_begin(&message);
		agent_put_varbind(&message, uptime_oid, MEM_COUNT(uptime_oid), VB_TIMETICKS, 31);
		agent_finish(&message, asked, 0, 0);
		len = sizeof(message.bytes) - message.at;
		out.at -= len;
		memcpy(out.bytes + out.at, message.bytes + message.at, len);
	}
	agent_send(lab->fd, asked, &out, len + 32);
}

static void
test_junk_behind(void **state)
{
	struct lab *lab = *state;

	lab->behave = behave_junk;
	lab_get(lab, 0, 2000);
	assert_int_equal(lab->reason, REASON_NONE);
	assert_int_equal(lab->number, 31);
}

static void
test_cancel(void **state)
{
	struct lab *lab = *state;

	lab->behave = behave_silent;
	lab->request = (struct snmpc_request){.peer = NULL};
	snmpc_cancel(&lab->request); /* not begun: nothing */
	lab->request.peer = lab->peer;
	lab->request.oids = uptime_ref;
	lab->request.oid_count = 1;
	lab->request.timeout_ms = 50;
	lab->request.done = lab_on_done;
	assert_int_equal(snmpc_start(&lab->request), 0);
	snmpc_cancel(&lab->request);
	assert_int_equal(snmpc_stats(lab->snmpc).in_flight, 0);
	lab->behave = behave_well;
	lab_get(lab, 0, 1000);
	assert_int_equal(lab->done, 1);
	lab->request.oid_count = 0;
	assert_int_equal(snmpc_start(&lab->request), ERR_INVAL);
	lab->request.oid_count = 1;
	lab->request.op = SNMPC_GETBULK;
	lab_make_peer(lab, SNMP_V1);
	lab->request.peer = lab->peer;
	assert_int_equal(snmpc_start(&lab->request), ERR_UNSUPPORTED);
}

static void
test_credential(void **state)
{
	struct lab *lab = *state;
	struct credential v3 = {.snmp = {.version = SNMP_V3, .auth = SNMP_AUTH_MD5}};
	struct credential none = {.name = NULL};
	struct snmpc_peer *peer = NULL;
	struct ipaddr ip;

	ipaddr_parse("127.0.0.1", &ip);
	assert_int_equal(snmpc_peer_new(&peer, lab->snmpc, &ip, 0, &none), ERR_INVAL);
	v3.snmp.user = strdup("monitor");
	secret_new(&v3.snmp.auth_password, "short", 5);
	assert_int_equal(snmpc_peer_new(&peer, lab->snmpc, &ip, 0, &v3), ERR_INVAL);
	assert_null(peer);
	secret_free(v3.snmp.auth_password);
	secret_new(&v3.snmp.auth_password, "long enough", 11);
	assert_int_equal(snmpc_peer_new(&peer, lab->snmpc, &ip, 0, &v3), 0);
	assert_true(snmpc_peer_is(peer, &ip, 161, &v3));
	v3.snmp.auth = SNMP_AUTH_SHA256;
	assert_false(snmpc_peer_is(peer, &ip, 161, &v3));
	snmpc_peer_free(peer);
	credential_fini(&v3);
	assert_int_equal(snmpc_outcome(REASON_NONE), OUTCOME_OK);
	assert_int_equal(snmpc_outcome(REASON_TIMEOUT), OUTCOME_FAIL);
	assert_int_equal(snmpc_outcome(REASON_WRONG_DIGEST), OUTCOME_DEGRADED);
	assert_int_equal(snmpc_outcome(REASON_LOCAL), OUTCOME_ERROR);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, lab_setup, lab_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_get),	    TEST(test_set),	   TEST(test_timeout),
		TEST(test_refused), TEST(test_late),	   TEST(test_duplicate),
		TEST(test_forged),  TEST(test_bad),	   TEST(test_junk_behind),
		TEST(test_cancel),  TEST(test_credential),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
