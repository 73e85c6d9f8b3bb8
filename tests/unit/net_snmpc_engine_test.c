/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * SNMPv3 exchanges with agents that really authenticate and encrypt: over IPv6, with one engineID
 * for two agents, and when the engine changes. (What a real snmpd does is in
 * tests/lab/snmp-v3.sh.)
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
	struct v3_lab *lab = *state;
	struct v3_side *side;

	if (!has_ipv6())
		skip();
	side = v3_open_side(lab, 0, "::1", "\x80xxx\4six", "monitor", "password1");
	for (unsigned i = 0; i < 3; i++) {
		v3_get(lab, side, 2000);
		v3_assert_answered(side);
		v3_assert_engine(side);
	}
	assert_int_equal(side->agent.heard, 4); /* discovery, and three questions */
	assert_int_equal(side->agent.answered, 3);
}

/* Cloned virtual machines and careless vendors: RFC 3411 says unique, the field does not. */
static void
same_engine(struct v3_lab *lab, const char *ip, const char *other_ip)
{
	struct v3_side *a = v3_open_side(lab, 0, ip, "\x80xxx\4same", "monitor", "password1");
	struct v3_side *b =
		v3_open_side(lab, 1, other_ip, "\x80xxx\4same", "operator", "password2");

	a->agent.boots = 7;
	a->agent.time_s = 900000;
	b->agent.boots = 2;
	b->agent.time_s = 30;
	for (unsigned i = 0; i < 3; i++) {
		v3_get(lab, a, 2000);
		v3_get(lab, b, 2000);
		v3_assert_answered(a);
		v3_assert_answered(b);
		v3_assert_engine(a);
		v3_assert_engine(b);
	}
	for (unsigned i = 0; i < 5; i++) {
		v3_start(a, 2000);
		v3_start(b, 2000);
		v3_await(lab, a);
		v3_await(lab, b);
		v3_assert_answered(a);
		v3_assert_answered(b);
		v3_assert_engine(a);
		v3_assert_engine(b);
	}
	/* Neither was ever asked with what is the other's. */
	for (size_t i = 0; i < V3_SIDES; i++) {
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
	struct v3_lab *lab = *state;
	struct v3_side *a =
		v3_open_side(lab, 0, "127.0.0.1", "\x80xxx\4same", "monitor", "password1");
	struct v3_side *b =
		v3_open_side(lab, 1, "127.0.0.2", "\x80xxx\4same", "monitor", "password2");

	for (unsigned i = 0; i < 3; i++) {
		v3_start(b, 2000);
		v3_start(a, 2000);
		v3_await(lab, a);
		v3_await(lab, b);
		v3_assert_answered(a);
		v3_assert_answered(b);
	}
	memcpy(b->agent.auth_key, a->agent.auth_key, V3_KEY_LEN);
	memcpy(b->agent.priv_key, a->agent.priv_key, V3_KEY_LEN);
	v3_get(lab, b, 2000);
	assert_int_equal(b->reason, REASON_WRONG_DIGEST);
	v3_get(lab, a, 2000);
	v3_assert_answered(a);
}

/* ---- the agent's own changes */

static void
test_restarted(void **state)
{
	struct v3_lab *lab = *state;
	struct v3_side *side = v3_open_one(lab);

	v3_get(lab, side, 2000);
	side->agent.boots++;
	side->agent.time_s = 5;
	v3_get(lab, side, 2000);
	v3_assert_answered(side);
	v3_assert_engine(side);
	assert_int_equal(side->agent.reports[V3_NOT_IN_TIME_WINDOW], 1);
	/* Put back to what it was when it was made: visible once, then taken. */
	side->agent.boots = 1;
	v3_get(lab, side, 2000);
	assert_int_equal(side->reason, REASON_TIME_WINDOW);
	v3_get(lab, side, 2000);
	v3_assert_answered(side);
	v3_assert_engine(side);
}

static void
test_replaced(void **state)
{
	struct v3_lab *lab = *state;
	struct v3_side *side = v3_open_one(lab);
	struct v3_agent old;

	v3_get(lab, side, 2000);
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
	v3_get(lab, side, 2000);
	v3_assert_answered(side);
	/* And with the peer that knows the engine of before. */
	memcpy(side->agent.engine_id, old.engine_id, old.engine_id_len);
	side->agent.engine_id_len = old.engine_id_len;
	memcpy(side->agent.auth_key, old.auth_key, V3_KEY_LEN);
	memcpy(side->agent.priv_key, old.priv_key, V3_KEY_LEN);
	v3_get(lab, side, 2000);
	v3_assert_answered(side);
	v3_assert_engine(side);
	assert_int_equal(side->lost, 0);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, v3_setup, v3_teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_ipv6),
		TEST(test_same_engine_ports),
		TEST(test_same_engine_addresses),
		TEST(test_same_engine_families),
		TEST(test_same_engine_and_user),
		TEST(test_restarted),
		TEST(test_replaced),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
