/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Walks that go on after silence, that leave an agent time between their requests, and requests in
 * the context of a VLAN.
 */
#include "../snmp/switch.h"
#include "../snmp/v3_rig.h"

#include "keepwatch/err.h"
#include "keepwatch/snmpc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { ROWS = 300 };

struct bench {
	uv_loop_t uv;
	struct net_loop *loop;
	struct snmpc *snmpc;
	struct snmpc_peer *peer;
	struct credential credential;
	struct fake_switch sw;
	struct snmpc_walk walk;
	struct snmpc_request request;
	unsigned rows, done;
	enum reason reason;
	uint64_t number;
	bool is_text;
};

static const uint32_t column_oid[] = {1, 3, 6, 1, 9, 1};
static const struct oid_ref column[] = {OID_REF(column_oid)};
static const uint32_t value_oid[] = {1, 3, 6, 1, 9, 7, 0};
static const struct oid_ref value[] = {OID_REF(value_oid)};

static int
setup(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));
	struct ipaddr ip;

	assert_non_null(bench);
	assert_int_equal(uv_loop_init(&bench->uv), 0);
	assert_int_equal(net_loop_open(&bench->loop, &bench->uv, 10), 0);
	net_loop_set_eager(bench->loop, true);
	assert_int_equal(snmpc_open(&bench->snmpc, bench->loop), 0);
	switch_open(&bench->sw, &bench->uv, "public");
	bench->credential.snmp.version = SNMP_V2C;
	assert_int_equal(secret_new(&bench->credential.snmp.community, "public", 6), 0);
	assert_int_equal(ipaddr_parse("127.0.0.1", &ip), 0);
	assert_int_equal(
		snmpc_peer_new(&bench->peer, bench->snmpc, &ip, bench->sw.port, &bench->credential),
		0);
	for (uint32_t i = 1; i <= ROWS; i++)
		switch_put_number(&bench->sw, 0, "1.3.6.1.9.1", i, VB_INTEGER, i);
	*state = bench;
	return 0;
}

static int
teardown(void **state)
{
	struct bench *bench = *state;

	snmpc_walk_cancel(&bench->walk);
	snmpc_cancel(&bench->request);
	snmpc_peer_free(bench->peer);
	snmpc_close(bench->snmpc);
	net_loop_close(bench->loop);
	switch_close(&bench->sw);
	uv_run(&bench->uv, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&bench->uv), 0);
	secret_free(bench->credential.snmp.community);
	free(bench);
	return 0;
}

static bool
on_row(struct snmpc_walk *walk, size_t at, const struct varbind *vb)
{
	struct bench *bench = (struct bench *)((char *)walk - offsetof(struct bench, walk));

	assert_int_equal(at, 0);
	assert_int_equal(vb->number, bench->rows + 1); /* each one once, in order */
	bench->rows++;
	return true;
}

static void
on_walked(struct snmpc_walk *walk)
{
	struct bench *bench = (struct bench *)((char *)walk - offsetof(struct bench, walk));

	bench->done++;
}

static void
await(struct bench *bench)
{
	bench->done = 0;
	net_loop_kick(bench->loop);
	while (bench->done == 0)
		uv_run(&bench->uv, UV_RUN_ONCE);
	assert_int_equal(bench->done, 1);
}

static void
walk(struct bench *bench, bool is_resumable, uint32_t gap_ms)
{
	bench->walk = (struct snmpc_walk){
		.peer = bench->peer,
		.columns = column,
		.column_count = 1,
		.timeout_ms = 50,
		.gap_ms = gap_ms,
		.is_resumable = is_resumable,
		.varbind = on_row,
		.done = on_walked,
	};
	bench->rows = 0;
	assert_int_equal(snmpc_walk_start(&bench->walk), 0);
	await(bench);
}

static void
test_resume(void **state)
{
	struct bench *bench = *state;
	unsigned before;

	switch_aim(&bench->sw, "1.3.6.1.9.1");
	bench->sw.skip = 2;
	bench->sw.lose = 4;
	walk(bench, true, 0);
	assert_int_equal(bench->walk.reason, REASON_TIMEOUT);
	assert_false(bench->walk.complete);
	before = bench->rows;
	assert_in_range(before, 40, ROWS - 1);
	assert_true(snmpc_walk_can_resume(&bench->walk));
	/* Too early: silence once more, and nothing is lost by it. */
	assert_int_equal(snmpc_walk_resume(&bench->walk), 0);
	await(bench);
	assert_int_equal(bench->walk.reason, REASON_TIMEOUT);
	assert_int_equal(bench->rows, before);
	assert_int_equal(snmpc_walk_resume(&bench->walk), 0);
	await(bench);
	assert_int_equal(bench->walk.reason, REASON_NONE);
	assert_true(bench->walk.complete);
	assert_int_equal(bench->rows, ROWS);
	assert_int_equal(bench->walk.varbinds, ROWS);
	assert_int_equal(bench->walk.lost, 4);
	assert_false(snmpc_walk_can_resume(&bench->walk));
	assert_int_equal(snmpc_walk_resume(&bench->walk), ERR_INVAL);
	/* It was not the size: as much as before is asked for at once. */
	before = bench->sw.bulks;
	walk(bench, false, 0);
	assert_true(bench->walk.complete);
	assert_true(bench->sw.bulks - before < 4);
	assert_int_equal(bench->sw.nexts, 3); /* two in silence, one after it */
}

static void
test_not_resumable(void **state)
{
	struct bench *bench = *state;

	switch_aim(&bench->sw, "1.3.6.1.9.1");
	bench->sw.skip = 2;
	bench->sw.lose = 3;
	walk(bench, false, 0);
	assert_int_equal(bench->walk.reason, REASON_TIMEOUT);
	assert_false(snmpc_walk_can_resume(&bench->walk));
	assert_int_equal(snmpc_walk_resume(&bench->walk), ERR_INVAL);
}

static void
test_gap(void **state)
{
	struct bench *bench = *state;

	walk(bench, false, 30);
	assert_true(bench->walk.complete);
	assert_true(bench->sw.heard > 2);
	assert_true(bench->sw.min_gap_us >= 28000);
	/* Amid the gap it may be cancelled. */
	bench->walk.max_varbinds = 0;
	bench->rows = 0;
	assert_int_equal(snmpc_walk_start(&bench->walk), 0);
	net_loop_kick(bench->loop);
	while (bench->rows == 0)
		uv_run(&bench->uv, UV_RUN_ONCE);
	snmpc_walk_cancel(&bench->walk);
	assert_int_equal(snmpc_stats(bench->snmpc).in_flight, 0);
}

static void
on_done(struct snmpc_request *request, const struct snmpc_reply *reply)
{
	struct bench *bench = (struct bench *)((char *)request - offsetof(struct bench, request));

	bench->done++;
	bench->reason = reply->reason;
	bench->number = reply->count > 0 ? (uint64_t)reply->varbinds[0].number : 0;
}

static void
get(struct bench *bench, uint16_t vlan)
{
	bench->request = (struct snmpc_request){
		.peer = bench->peer,
		.oids = value,
		.oid_count = 1,
		.timeout_ms = 50,
		.vlan = vlan,
		.done = on_done,
	};
	assert_int_equal(snmpc_start(&bench->request), 0);
	await(bench);
}

/* The same question with and without: neither is taken for the other. */
static void
test_community_of_a_vlan(void **state)
{
	struct bench *bench = *state;

	switch_put_number(&bench->sw, 0, "1.3.6.1.9.7.0", UINT32_MAX, VB_INTEGER, 1000);
	switch_put_number(&bench->sw, 10, "1.3.6.1.9.7.0", UINT32_MAX, VB_INTEGER, 1010);
	switch_put_number(&bench->sw, 4094, "1.3.6.1.9.7.0", UINT32_MAX, VB_INTEGER, 5094);
	for (unsigned round = 0; round < 2; round++) {
		get(bench, 0);
		assert_int_equal(bench->number, 1000);
		get(bench, 10);
		assert_int_equal(bench->number, 1010);
		get(bench, 4094);
		assert_int_equal(bench->number, 5094);
	}
	get(bench, 11);
	assert_int_equal(bench->reason, REASON_TIMEOUT);
}

/* ---- v3 */

static void
v3_get_in(struct v3_lab *lab, struct v3_side *side, uint16_t vlan)
{
	v3_start(side, 100);
	snmpc_cancel(&side->request);
	side->request.vlan = vlan;
	assert_int_equal(snmpc_start(&side->request), 0);
	v3_await(lab, side);
}

static void
note_context(struct v3_agent *agent, const struct v3_asked *asked)
{
	snprintf(agent->arg, sizeof(asked->context), "%s", asked->context);
}

/* Answers in another context than it was asked in. */
static void
answer_elsewhere(struct v3_agent *agent, const struct v3_asked *asked)
{
	struct v3_message message = v3_agent_message(agent, asked, V3_RESPONSE);

	message.level = V3_AUTH | V3_PRIV;
	message.context = "";
	if (asked->request_id != 0)
		v3_agent_send(agent, asked, &message);
}

static void
test_context_of_a_vlan(void **state)
{
	struct v3_lab *lab = *state;
	struct v3_side *side = v3_open_one(lab);
	char context[64] = "none";
	unsigned heard;

	side->agent.before = note_context;
	side->agent.arg = context;
	v3_get_in(lab, side, 0);
	v3_assert_answered(side);
	assert_string_equal(context, "");
	heard = side->agent.heard;
	v3_get_in(lab, side, 123);
	v3_assert_answered(side);
	assert_string_equal(context, "vlan-123");
	/* No other discovery for it; one was cancelled before it. */
	assert_in_range(side->agent.heard - heard, 1, 2);
	side->agent.before = answer_elsewhere;
	side->agent.is_silent = true;
	v3_get_in(lab, side, 123);
	assert_string_equal(reason_name(side->reason), reason_name(REASON_TIMEOUT));
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_resume),
		TEST(test_not_resumable),
		TEST(test_gap),
		TEST(test_community_of_a_vlan),
		cmocka_unit_test_setup_teardown(test_context_of_a_vlan, v3_setup, v3_teardown),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
