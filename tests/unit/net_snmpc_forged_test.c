/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SNMPv3 with somebody else on the wire: who sees the requests and answers before the agent does,
 * who guesses, and agents that answer at another level or something else. What is not authentic
 * never counts as data and never changes what is believed of an engine; while the agent answers, it
 * changes nothing at all.
 */
#include "../snmp/v3_rig.h"

#include "keepwatch/clock.h"
#include "keepwatch/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

static void
speak_first(struct v3_agent *agent, const struct v3_asked *asked)
{
	struct v3_lab *lab = agent->arg;
	struct v3_message message = v3_agent_message(agent, asked, lab->kind);
	struct v3_agent from = *agent;

	if (lab->fd >= 0)
		from.fd = lab->fd;
	message.boots = 99;
	message.time_s = 5;
	message.ticks = 666;
	if (lab->has_no_id)
		message.msg_id ^= 0x00400000; /* one bit of the random ones */
	v3_agent_send(&from, asked, &message);
	message.level = V3_AUTH;
	message.is_forged = true;
	v3_agent_send(&from, asked, &message);
}

/* Whatever is forged, before each answer of the agent: the agent's answer is what counts. */
static void
test_forgeries_lose(void **state)
{
	struct v3_lab *lab = *state;
	struct v3_side *side = v3_open_one(lab);
	uint64_t begin_ms;

	v3_get(lab, side, 2000);
	side->agent.before = speak_first;
	for (lab->kind = V3_RESPONSE; lab->kind <= V3_DECRYPTION_ERROR; lab->kind++) {
		side->agent.heard = 0;
		v3_get(lab, side, 2000);
		v3_assert_answered(side);
		v3_assert_engine(side);
		assert_int_equal(side->agent.heard, 1);
		assert_int_equal(side->sent, 1);
		assert_int_equal(side->lost, 0);
	}
	/* When the agent says nothing, the request ends as the report says, long before it would
	 * time out. */
	side->agent.is_silent = true;
	lab->kind = V3_UNKNOWN_USER;
	begin_ms = clock_mono_ms();
	v3_get(lab, side, 15000);
	assert_in_range(clock_mono_ms() - begin_ms, 200, 10000);
	assert_int_equal(side->reason, REASON_UNKNOWN_USER);
	assert_int_equal(snmpc_outcome(side->reason), OUTCOME_DEGRADED);
	assert_int_equal(side->sent, 1);
	assert_int_equal(side->lost, 0);
	assert_in_range(side->rtt_us, 1, 10000000);
	/* Nothing of it is left. */
	side->agent.is_silent = false;
	side->agent.before = NULL;
	v3_get(lab, side, 2000);
	v3_assert_answered(side);
	v3_assert_engine(side);
	assert_int_equal(side->sent, 1);
}

/* The first attempt is lost; to the second there are two forgeries, and then the answer. */
static void
speak_twice(struct v3_agent *agent, const struct v3_asked *asked)
{
	agent->is_silent = agent->heard == 1;
	if (agent->is_silent)
		return;
	speak_first(agent, asked);
	speak_first(agent, asked);
}

static void
test_loss_is_counted_once(void **state)
{
	struct v3_lab *lab = *state;
	struct v3_side *side = v3_open_one(lab);

	v3_get(lab, side, 2000);
	lab->kind = V3_UNKNOWN_USER;
	side->agent.before = speak_twice;
	side->agent.heard = 0;
	side->retries = 1;
	v3_get(lab, side, 2000);
	v3_assert_answered(side);
	assert_int_equal(side->sent, 2);
	assert_int_equal(side->lost, 1);
}

/* At the first contact nothing is known yet: the engine is found all the same. */
static void
test_first_contact(void **state)
{
	for (unsigned kind = V3_RESPONSE; kind <= V3_DECRYPTION_ERROR; kind++) {
		struct v3_lab *lab = *state;
		struct v3_side *side = v3_open_one(lab);

		lab->kind = (enum v3_kind)kind;
		side->agent.before = speak_first;
		v3_get(lab, side, 2000);
		v3_assert_answered(side);
		v3_assert_engine(side);
		assert_int_equal(v3_teardown(state), 0);
		assert_int_equal(v3_setup(state), 0);
	}
}

static int
bind_to(const char *ip, uint16_t port)
{
	struct sockaddr_storage addr;
	struct ipaddr any;
	socklen_t len;
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	assert_int_equal(ipaddr_parse(ip, &any), 0);
	len = ipaddr_to_sockaddr(&any, port, &addr);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, len), 0);
	return fd;
}

/* Nothing that this attacker says is heard at all. */
static void
assert_not_heard(struct v3_lab *lab, struct v3_side *side)
{
	uint64_t ignored = snmpc_stats(lab->snmpc).ignored;

	side->agent.before = speak_first;
	side->agent.is_silent = true;
	for (lab->kind = V3_RESPONSE; lab->kind <= V3_DECRYPTION_ERROR; lab->kind++) {
		v3_get(lab, side, 50);
		assert_int_equal(side->reason, REASON_TIMEOUT);
		assert_int_equal(side->rtt_us, UINT32_MAX);
	}
	assert_int_equal(snmpc_stats(lab->snmpc).ignored, ignored + 14);
	assert_int_equal(snmpc_stats(lab->snmpc).bad, 0);
	if (lab->fd >= 0)
		close(lab->fd);
	lab->fd = -1;
}

/* From another port or address, or without the request's identifier. */
static void
test_blind(void **state)
{
	struct v3_lab *lab = *state;
	struct v3_side *side = v3_open_one(lab);

	v3_get(lab, side, 2000);
	lab->fd = bind_to("127.0.0.1", 0);
	assert_not_heard(lab, side);
	lab->fd = bind_to("127.0.0.3", side->agent.port);
	assert_not_heard(lab, side);
	lab->has_no_id = true;
	assert_not_heard(lab, side);
	side->agent.is_silent = false;
	side->agent.before = NULL;
	v3_get(lab, side, 2000);
	v3_assert_answered(side);
	v3_assert_engine(side);
}

/* By who has the key: authentic, but not encrypted as was asked. */
static void
test_lower_level(void **state)
{
	struct v3_lab *lab = *state;
	struct v3_side *side = v3_open_one(lab);

	for (uint8_t level = 0; level <= V3_AUTH; level++) {
		side->agent.reply_level = level;
		v3_get(lab, side, 100);
		assert_int_equal(side->reason, REASON_TIMEOUT);
		assert_int_equal(side->ticks, 0);
	}
	side->agent.reply_level = V3_AUTH | V3_PRIV;
	v3_get(lab, side, 2000);
	v3_assert_answered(side);
}

/* From a confused agent: authentic and encrypted, but not what was asked for. */
static void
answer_something_else(struct v3_agent *agent, const struct v3_asked *asked)
{
	struct v3_message message = v3_agent_message(agent, asked, V3_RESPONSE);
	struct v3_message other;

	message.level = agent->level;
	message.ticks = 666;
	other = message;
	other.request_id ^= 1;
	v3_agent_send(agent, asked, &other);
	other = message;
	other.context = "elsewhere";
	v3_agent_send(agent, asked, &other);
	other = message;
	other.has_other_scope = true;
	v3_agent_send(agent, asked, &other);
}

static void
test_something_else(void **state)
{
	struct v3_lab *lab = *state;
	struct v3_side *side = v3_open_one(lab);

	for (uint8_t level = 0; level <= (V3_AUTH | V3_PRIV); level++) {
		struct credential_snmp *snmp = &side->credential.snmp;

		if (level == V3_PRIV)
			continue;
		snmp->auth = level & V3_AUTH ? SNMP_AUTH_SHA256 : SNMP_AUTH_NONE;
		snmp->priv = level & V3_PRIV ? SNMP_PRIV_AES128 : SNMP_PRIV_NONE;
		snmpc_peer_free(side->peer);
		assert_int_equal(snmpc_peer_new(&side->peer, lab->snmpc, &side->agent.ip,
						side->agent.port, &side->credential),
				 0);
		side->agent.level = side->agent.reply_level = level;
		side->agent.before = NULL;
		v3_get(lab, side, 2000);
		v3_assert_answered(side);
		side->agent.before = answer_something_else;
		v3_get(lab, side, 2000);
		v3_assert_answered(side);
	}
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, v3_setup, v3_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_forgeries_lose),	 TEST(test_first_contact),
		TEST(test_loss_is_counted_once), TEST(test_blind),
		TEST(test_lower_level),		 TEST(test_something_else),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
