/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SNMPv3 exchanges with agents that really authenticate and encrypt: over IPv6, with one engineID
 * for two agents, and with somebody who sees the requests and answers before the agent does. (What
 * a real snmpd does is in tests/lab/snmp-v3.sh.)
 */
#include "../snmp/v3_agent.h"

#include "keepwatch/clock.h"
#include "keepwatch/mem.h"
#include "keepwatch/snmpc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { SIDES = 2, RUN_LIMIT_MS = 20000 };

static const uint32_t uptime_ids[] = {1, 3, 6, 1, 2, 1, 1, 3, 0};
static const struct oid_ref uptime_ref[] = {OID_REF(uptime_ids)};

struct side {
	struct v3_agent agent;
	struct credential credential;
	struct snmpc_peer *peer;
	struct snmpc_request request;
	bool is_open;
	unsigned done;
	enum reason reason;
	uint64_t ticks;
	uint16_t sent, lost;
	uint32_t rtt_us;
};

struct lab {
	uv_loop_t uv;
	struct net_loop *loop;
	struct snmpc *snmpc;
	struct side sides[SIDES];
	/* of the attacker */
	enum v3_kind kind;
	bool is_elsewhere; /* speaks from the other agent's address */
	bool has_no_id;	   /* does not know the msgID */
};

static int
setup(void **state)
{
	struct lab *lab = calloc(1, sizeof(*lab));

	assert_non_null(lab);
	assert_int_equal(uv_loop_init(&lab->uv), 0);
	assert_int_equal(net_loop_open(&lab->loop, &lab->uv, 10), 0);
	net_loop_set_eager(lab->loop, true);
	assert_int_equal(snmpc_open(&lab->snmpc, lab->loop), 0);
	*state = lab;
	return 0;
}

static int
teardown(void **state)
{
	struct lab *lab = *state;

	for (size_t i = 0; i < SIDES; i++) {
		if (!lab->sides[i].is_open)
			continue;
		snmpc_cancel(&lab->sides[i].request);
		snmpc_peer_free(lab->sides[i].peer);
		v3_agent_close(&lab->sides[i].agent);
		credential_fini(&lab->sides[i].credential);
	}
	assert_int_equal(snmpc_stats(lab->snmpc).in_flight, 0);
	snmpc_close(lab->snmpc);
	net_loop_close(lab->loop);
	uv_run(&lab->uv, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&lab->uv), 0);
	free(lab);
	return 0;
}

static struct side *
open_side(struct lab *lab, size_t i, const char *ip, const char *engine_id, const char *user,
	  const char *password)
{
	struct side *side = &lab->sides[i];

	v3_agent_open(&side->agent, &lab->uv, ip, engine_id, user, password);
	side->agent.arg = lab;
	side->agent.ticks = 1000 + (uint32_t)i;
	v3_agent_credential(&side->credential, user, password);
	assert_int_equal(snmpc_peer_new(&side->peer, lab->snmpc, &side->agent.ip, side->agent.port,
					&side->credential),
			 0);
	side->is_open = true;
	return side;
}

static struct side *
open_one(struct lab *lab)
{
	return open_side(lab, 0, "127.0.0.1", "\x80xxx\4real", "monitor", "password1");
}

static void
on_done(struct snmpc_request *request, const struct snmpc_reply *reply)
{
	struct side *side = (struct side *)((char *)request - offsetof(struct side, request));

	side->done++;
	side->reason = reply->reason;
	side->sent = reply->sent;
	side->lost = reply->lost;
	side->rtt_us = reply->rtt_us;
	side->ticks = reply->count > 0 ? reply->varbinds[0].unsigned_number : 0;
}

static void
start(struct side *side, uint32_t timeout_ms)
{
	side->done = 0;
	side->request = (struct snmpc_request){
		.peer = side->peer,
		.oids = uptime_ref,
		.oid_count = 1,
		.timeout_ms = timeout_ms,
		.done = on_done,
	};
	assert_int_equal(snmpc_start(&side->request), 0);
}

static void
await(struct lab *lab, const struct side *side)
{
	uint64_t limit_ms = clock_mono_ms() + RUN_LIMIT_MS;

	net_loop_kick(lab->loop);
	while (side->done == 0 && clock_mono_ms() < limit_ms)
		uv_run(&lab->uv, UV_RUN_ONCE);
	assert_int_equal(side->done, 1);
}

static void
get(struct lab *lab, struct side *side, uint32_t timeout_ms)
{
	start(side, timeout_ms);
	await(lab, side);
}

static void
assert_answered(const struct side *side)
{
	assert_string_equal(reason_name(side->reason), reason_name(REASON_NONE));
	assert_int_equal(side->ticks, side->agent.ticks);
}

/* What is believed of the engine is what the agent is. */
static void
assert_engine(const struct side *side)
{
	struct snmpc_engine engine;

	snmpc_peer_engine(side->peer, &engine);
	assert_int_equal(engine.id_len, side->agent.engine_id_len);
	assert_memory_equal(engine.id, side->agent.engine_id, engine.id_len);
	assert_int_equal(engine.boots, side->agent.boots);
	assert_in_range(engine.time_s, side->agent.time_s, side->agent.time_s + 30);
}

static bool
has_ipv6(void)
{
	struct sockaddr_storage addr;
	struct ipaddr ip;
	int fd = socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	bool is_there;

	assert_int_equal(ipaddr_parse("::1", &ip), 0);
	is_there = fd >= 0 &&
		   bind(fd, (struct sockaddr *)&addr, ipaddr_to_sockaddr(&ip, 0, &addr)) == 0;
	if (fd >= 0)
		close(fd);
	return is_there;
}

static void
test_ipv6(void **state)
{
	struct lab *lab = *state;
	struct side *side;

	if (!has_ipv6())
		skip();
	side = open_side(lab, 0, "::1", "\x80xxx\4six", "monitor", "password1");
	for (unsigned i = 0; i < 3; i++) {
		get(lab, side, 2000);
		assert_answered(side);
		assert_engine(side);
	}
	assert_int_equal(side->agent.heard, 4); /* discovery, and three questions */
	assert_int_equal(side->agent.answered, 3);
}

/* Cloned virtual machines and careless vendors: RFC 3411 says unique, the field does not. */
static void
same_engine(struct lab *lab, const char *ip, const char *other_ip)
{
	struct side *a = open_side(lab, 0, ip, "\x80xxx\4same", "monitor", "password1");
	struct side *b = open_side(lab, 1, other_ip, "\x80xxx\4same", "operator", "password2");

	a->agent.boots = 7;
	a->agent.time_s = 900000;
	b->agent.boots = 2;
	b->agent.time_s = 30;
	for (unsigned i = 0; i < 3; i++) {
		get(lab, a, 2000);
		get(lab, b, 2000);
		assert_answered(a);
		assert_answered(b);
		assert_engine(a);
		assert_engine(b);
	}
	for (unsigned i = 0; i < 5; i++) {
		start(a, 2000);
		start(b, 2000);
		await(lab, a);
		await(lab, b);
		assert_answered(a);
		assert_answered(b);
		assert_engine(a);
		assert_engine(b);
	}
	/* Neither was ever asked with what is the other's. */
	for (size_t i = 0; i < SIDES; i++) {
		assert_int_equal(lab->sides[i].agent.answered, 8);
		assert_int_equal(lab->sides[i].agent.reports[V3_UNKNOWN_ENGINE], 1);
		assert_int_equal(lab->sides[i].agent.heard, 9);
	}
}

static void
test_same_engine_ports(void **state)
{
	same_engine(*state, "127.0.0.1", "127.0.0.1");
}

static void
test_same_engine_addresses(void **state)
{
	same_engine(*state, "127.0.0.1", "127.0.0.2");
}

static void
test_same_engine_families(void **state)
{
	if (!has_ipv6())
		skip();
	same_engine(*state, "127.0.0.1", "::1");
}

/* The same user with other passwords, and one agent that answers for the other. */
static void
test_same_engine_and_user(void **state)
{
	struct lab *lab = *state;
	struct side *a = open_side(lab, 0, "127.0.0.1", "\x80xxx\4same", "monitor", "password1");
	struct side *b = open_side(lab, 1, "127.0.0.2", "\x80xxx\4same", "monitor", "password2");

	for (unsigned i = 0; i < 3; i++) {
		start(b, 2000);
		start(a, 2000);
		await(lab, a);
		await(lab, b);
		assert_answered(a);
		assert_answered(b);
	}
	memcpy(b->agent.auth_key, a->agent.auth_key, V3_KEY_LEN);
	memcpy(b->agent.priv_key, a->agent.priv_key, V3_KEY_LEN);
	get(lab, b, 2000);
	assert_int_equal(b->reason, REASON_WRONG_DIGEST);
	get(lab, a, 2000);
	assert_answered(a);
}

/* ---- the agent's own changes */

static void
test_restarted(void **state)
{
	struct lab *lab = *state;
	struct side *side = open_one(lab);

	get(lab, side, 2000);
	side->agent.boots++;
	side->agent.time_s = 5;
	get(lab, side, 2000);
	assert_answered(side);
	assert_engine(side);
	assert_int_equal(side->agent.reports[V3_NOT_IN_TIME_WINDOW], 1);
	/* Put back to what it was when it was made: visible once, then taken. */
	side->agent.boots = 1;
	get(lab, side, 2000);
	assert_int_equal(side->reason, REASON_TIME_WINDOW);
	get(lab, side, 2000);
	assert_answered(side);
	assert_engine(side);
}

static void
test_replaced(void **state)
{
	struct lab *lab = *state;
	struct side *side = open_one(lab);
	struct v3_agent old;

	get(lab, side, 2000);
	old = side->agent;
	/* Another box at the same address: its key follows from its own engineID. */
	v3_agent_close(&side->agent);
	uv_run(&lab->uv, UV_RUN_NOWAIT);
	v3_agent_open(&side->agent, &lab->uv, "127.0.0.1", "\x80xxx\4newer", "monitor",
		      "password1");
	snmpc_peer_free(side->peer);
	assert_int_equal(snmpc_peer_new(&side->peer, lab->snmpc, &side->agent.ip, side->agent.port,
					&side->credential),
			 0);
	get(lab, side, 2000);
	assert_answered(side);
	/* And with the peer that knows the engine of before. */
	memcpy(side->agent.engine_id, old.engine_id, old.engine_id_len);
	side->agent.engine_id_len = old.engine_id_len;
	memcpy(side->agent.auth_key, old.auth_key, V3_KEY_LEN);
	memcpy(side->agent.priv_key, old.priv_key, V3_KEY_LEN);
	get(lab, side, 2000);
	assert_answered(side);
	assert_engine(side);
	assert_int_equal(side->lost, 0);
}

/* ---- somebody on the way */

static void
speak_first(struct v3_agent *agent, const struct v3_asked *asked)
{
	struct lab *lab = agent->arg;
	struct v3_message message = v3_agent_message(agent, asked, lab->kind);
	struct v3_agent *from = lab->is_elsewhere ? &lab->sides[1].agent : agent;

	message.boots = 99;
	message.time_s = 5;
	message.ticks = 666;
	if (lab->has_no_id)
		message.msg_id ^= 0x00400000; /* one bit of the random ones */
	v3_agent_send(from, asked, &message);
	message.level = V3_AUTH;
	message.is_forged = true;
	v3_agent_send(from, asked, &message);
}

/* Whatever is forged, before each answer of the agent: the agent's answer is what counts. */
static void
test_forgeries_lose(void **state)
{
	struct lab *lab = *state;
	struct side *side = open_one(lab);

	get(lab, side, 2000);
	side->agent.before = speak_first;
	for (lab->kind = V3_RESPONSE; lab->kind <= V3_DECRYPTION_ERROR; lab->kind++) {
		side->agent.heard = 0;
		get(lab, side, 2000);
		assert_answered(side);
		assert_engine(side);
		assert_int_equal(side->agent.heard, 1);
		assert_int_equal(side->sent, 1);
		assert_int_equal(side->lost, 0);
	}
	/* When the agent says nothing, the request ends as the report says, soon. */
	side->agent.is_silent = true;
	lab->kind = V3_UNKNOWN_USER;
	get(lab, side, 10000);
	assert_int_equal(side->reason, REASON_UNKNOWN_USER);
	assert_int_equal(snmpc_outcome(side->reason), OUTCOME_DEGRADED);
	assert_int_equal(side->sent, 1);
	assert_int_equal(side->lost, 0);
	assert_in_range(side->rtt_us, 1, 10000000);
	/* Nothing of it is left. */
	side->agent.is_silent = false;
	side->agent.before = NULL;
	get(lab, side, 2000);
	assert_answered(side);
	assert_engine(side);
	assert_int_equal(side->sent, 1);
}

/* At the first contact nothing is known yet: the engine is found all the same. */
static void
test_first_contact(void **state)
{
	for (unsigned kind = V3_RESPONSE; kind <= V3_DECRYPTION_ERROR; kind++) {
		struct lab *lab = *state;
		struct side *side = open_one(lab);

		lab->kind = (enum v3_kind)kind;
		side->agent.before = speak_first;
		get(lab, side, 2000);
		assert_answered(side);
		assert_engine(side);
		assert_int_equal(teardown(state), 0);
		assert_int_equal(setup(state), 0);
	}
}

/* From another port, or without the request's identifier: not heard at all. */
static void
test_blind(void **state)
{
	struct lab *lab = *state;
	struct side *side = open_one(lab);

	open_side(lab, 1, "127.0.0.1", "\x80xxx\4else", "monitor", "password1");
	get(lab, side, 2000);
	side->agent.before = speak_first;
	side->agent.is_silent = true;
	for (unsigned i = 0; i < 2; i++) {
		uint64_t ignored = snmpc_stats(lab->snmpc).ignored;

		lab->is_elsewhere = i == 0;
		lab->has_no_id = i == 1;
		for (lab->kind = V3_RESPONSE; lab->kind <= V3_DECRYPTION_ERROR; lab->kind++) {
			get(lab, side, 50);
			assert_int_equal(side->reason, REASON_TIMEOUT);
		}
		assert_int_equal(snmpc_stats(lab->snmpc).ignored, ignored + 14);
	}
	assert_int_equal(snmpc_stats(lab->snmpc).bad, 0);
	side->agent.is_silent = false;
	side->agent.before = NULL;
	get(lab, side, 2000);
	assert_answered(side);
	assert_engine(side);
}

/* By who has the key: authentic, but not encrypted as was asked. */
static void
test_lower_level(void **state)
{
	struct lab *lab = *state;
	struct side *side = open_one(lab);

	for (uint8_t level = 0; level <= V3_AUTH; level++) {
		side->agent.reply_level = level;
		get(lab, side, 100);
		assert_int_equal(side->reason, REASON_TIMEOUT);
		assert_int_equal(side->ticks, 0);
	}
	side->agent.reply_level = V3_AUTH | V3_PRIV;
	get(lab, side, 2000);
	assert_answered(side);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_ipv6),
		TEST(test_same_engine_ports),
		TEST(test_same_engine_addresses),
		TEST(test_same_engine_families),
		TEST(test_same_engine_and_user),
		TEST(test_restarted),
		TEST(test_replaced),
		TEST(test_forgeries_lose),
		TEST(test_first_contact),
		TEST(test_blind),
		TEST(test_lower_level),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
