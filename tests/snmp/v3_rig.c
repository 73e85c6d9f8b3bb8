/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The rig of the tests of SNMPv3 exchanges.
 */
#include "v3_rig.h"

#include "keepwatch/clock.h"
#include "keepwatch/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { V3_RUN_LIMIT_MS = 20000 };

static const uint32_t uptime_ids[] = {1, 3, 6, 1, 2, 1, 1, 3, 0};
static const struct oid_ref uptime_ref[] = {OID_REF(uptime_ids)};

int
v3_setup(void **state)
{
	struct v3_lab *lab = calloc(1, sizeof(*lab));

	assert_non_null(lab);
	lab->fd = -1;
	assert_int_equal(uv_loop_init(&lab->uv), 0);
	assert_int_equal(net_loop_open(&lab->loop, &lab->uv, 10), 0);
	net_loop_set_eager(lab->loop, true);
	assert_int_equal(snmpc_open(&lab->snmpc, lab->loop), 0);
	*state = lab;
	return 0;
}

int
v3_teardown(void **state)
{
	struct v3_lab *lab = *state;

	for (size_t i = 0; i < V3_SIDES; i++) {
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

struct v3_side *
v3_open_side(struct v3_lab *lab, size_t i, const char *ip, const char *engine_id, const char *user,
	     const char *password)
{
	struct v3_side *side = &lab->sides[i];

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

struct v3_side *
v3_open_one(struct v3_lab *lab)
{
	return v3_open_side(lab, 0, "127.0.0.1", "\x80xxx\4real", "monitor", "password1");
}

static void
on_done(struct snmpc_request *request, const struct snmpc_reply *reply)
{
	struct v3_side *side =
		(struct v3_side *)((char *)request - offsetof(struct v3_side, request));

	side->done++;
	side->reason = reply->reason;
	side->sent = reply->sent;
	side->lost = reply->lost;
	side->rtt_us = reply->rtt_us;
	side->ticks = reply->count > 0 ? reply->varbinds[0].unsigned_number : 0;
}

void
v3_start(struct v3_side *side, uint32_t timeout_ms)
{
	side->done = 0;
	side->request = (struct snmpc_request){
		.peer = side->peer,
		.oids = uptime_ref,
		.oid_count = 1,
		.retries = side->retries,
		.timeout_ms = timeout_ms,
		.done = on_done,
	};
	assert_int_equal(snmpc_start(&side->request), 0);
}

void
v3_await(struct v3_lab *lab, const struct v3_side *side)
{
	uint64_t limit_ms = clock_mono_ms() + V3_RUN_LIMIT_MS;

	net_loop_kick(lab->loop);
	while (side->done == 0 && clock_mono_ms() < limit_ms)
		uv_run(&lab->uv, UV_RUN_ONCE);
	assert_int_equal(side->done, 1);
}

void
v3_get(struct v3_lab *lab, struct v3_side *side, uint32_t timeout_ms)
{
	v3_start(side, timeout_ms);
	v3_await(lab, side);
}

void
v3_assert_answered(const struct v3_side *side)
{
	assert_string_equal(reason_name(side->reason), reason_name(REASON_NONE));
	assert_int_equal(side->ticks, side->agent.ticks);
}

void
v3_assert_engine(const struct v3_side *side)
{
	struct snmpc_engine engine;

	snmpc_peer_engine(side->peer, &engine);
	assert_int_equal(engine.id_len, side->agent.engine_id_len);
	assert_memory_equal(engine.id, side->agent.engine_id, engine.id_len);
	assert_int_equal(engine.boots, side->agent.boots);
	assert_in_range(engine.time_s, side->agent.time_s, side->agent.time_s + 30);
}
