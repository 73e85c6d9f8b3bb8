/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The fake agent's bytes, and the lab around it.
 */
#include "agent.h"

#include "keepwatch/clock.h"
#include "keepwatch/mem.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { RUN_LIMIT_MS = 20000 };

const uint32_t uptime_oid[9] = {1, 3, 6, 1, 2, 1, 1, 3, 0};
const struct oid_ref uptime_ref[1] = {OID_REF(uptime_oid)};

/* ---- bytes */

void
agent_put_varbind(struct out *out, const uint32_t *ids, size_t len, uint8_t type, int64_t value)
{
	size_t end = out->at;

	if (type == VB_INTEGER || type == VB_TIMETICKS)
		out_int(out, type, (uint32_t)value);
	else
		out_put(out, type, "", 0);
	out_oid(out, ids, len);
	out_wrap(out, 0x30, end);
}

void
agent_begin(struct out *out)
{
	out_begin(out);
}

/* Around the varbinds written so far. */
void
agent_finish(struct out *out, const struct asked *asked, uint32_t status, uint32_t index)
{
	size_t end = sizeof(out->bytes);
	uint32_t id = (uint32_t)asked->bytes[asked->id_at] << 24 |
		      (uint32_t)asked->bytes[asked->id_at + 1] << 16 |
		      (uint32_t)asked->bytes[asked->id_at + 2] << 8 |
		      asked->bytes[asked->id_at + 3];

	out_wrap(out, 0x30, end);
	out_int(out, VB_INTEGER, index);
	out_int(out, VB_INTEGER, status);
	out_int(out, VB_INTEGER, id);
	out_wrap(out, 0xa2, end);
	out_put(out, VB_OCTETS, "public", 6);
	out_put(out, VB_INTEGER, &asked->bytes[4], 1); /* the version */
	out_wrap(out, 0x30, end);
}

void
agent_send(int fd, const struct asked *asked, const struct out *out, size_t len)
{
	assert_int_equal(sendto(fd, out->bytes + out->at, len, 0,
				(const struct sockaddr *)&asked->from, sizeof(asked->from)),
			 len);
}

void
agent_answer(struct lab *lab, const struct asked *asked, uint32_t ticks)
{
	struct out out;

	agent_begin(&out);
	agent_put_varbind(&out, uptime_oid, MEM_COUNT(uptime_oid), VB_TIMETICKS, ticks);
	agent_finish(&out, asked, 0, 0);
	agent_send(lab->fd, asked, &out, sizeof(out.bytes) - out.at);
}

/* ---- the lab */

int
lab_udp_socket(uint16_t *port)
{
	struct sockaddr_in addr = {.sin_family = AF_INET};
	socklen_t len = sizeof(addr);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	addr.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
	*port = ntohs(addr.sin_port);
	return fd;
}

static size_t
header(const uint8_t *bytes, size_t at)
{
	return bytes[at + 1] & 0x80 ? 2 + (bytes[at + 1] & 0x7f) : 2;
}

static void
on_heard(uv_poll_t *poll, int status, int events)
{
	struct lab *lab = poll->data;
	struct asked asked;
	socklen_t len = sizeof(asked.from);
	ssize_t n;

	(void)status;
	(void)events;
	while ((n = recvfrom(lab->fd, asked.bytes, sizeof(asked.bytes), 0,
			     (struct sockaddr *)&asked.from, &len)) > 0) {
		size_t at = header(asked.bytes, 0); /* the message, then the version */

		asked.len = (size_t)n;
		assert_int_equal(at, 2); /* the tests' requests are short */
		at += 3;
		at += 2 + asked.bytes[at + 1]; /* the community */
		asked.pdu_at = at;
		asked.id_at = at + header(asked.bytes, at) + 2;
		lab->heard++;
		lab->behave(lab, &asked);
	}
}

void
lab_make_peer(struct lab *lab, enum snmp_version_id version)
{
	struct ipaddr ip;

	snmpc_peer_free(lab->peer);
	lab->peer = NULL;
	lab->credential.snmp.version = version;
	assert_int_equal(ipaddr_parse("127.0.0.1", &ip), 0);
	assert_int_equal(snmpc_peer_new(&lab->peer, lab->snmpc, &ip, lab->port, &lab->credential),
			 0);
	assert_true(snmpc_peer_is(lab->peer, &ip, lab->port, &lab->credential));
	assert_false(snmpc_peer_is(lab->peer, &ip, 161, &lab->credential));
}

int
lab_setup(void **state)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	uint16_t port;

	assert_non_null(lab);
	assert_int_equal(uv_loop_init(&lab->uv), 0);
	assert_int_equal(net_loop_open(&lab->loop, &lab->uv, 10), 0);
	net_loop_set_eager(lab->loop, true);
	assert_int_equal(snmpc_open(&lab->snmpc, lab->loop), 0);
	assert_int_equal(secret_new(&lab->credential.snmp.community, "public", 6), 0);
	lab->fd = lab_udp_socket(&lab->port);
	lab->other_fd = lab_udp_socket(&port);
	uv_poll_init(&lab->uv, &lab->poll, lab->fd);
	lab->poll.data = lab;
	uv_poll_start(&lab->poll, UV_READABLE, on_heard);
	lab_make_peer(lab, SNMP_V2C);
	*state = lab;
	return 0;
}

int
lab_teardown(void **state)
{
	struct lab *lab = *state;

	snmpc_peer_free(lab->peer);
	assert_int_equal(snmpc_stats(lab->snmpc).in_flight, 0);
	snmpc_close(lab->snmpc);
	net_loop_close(lab->loop);
	uv_close((uv_handle_t *)&lab->poll, NULL);
	uv_run(&lab->uv, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&lab->uv), 0);
	close(lab->fd);
	close(lab->other_fd);
	credential_fini(&lab->credential);
	free(lab);
	return 0;
}

void
lab_run_until(struct lab *lab, unsigned done)
{
	uint64_t limit_ms = clock_mono_ms() + RUN_LIMIT_MS;

	net_loop_kick(lab->loop);
	while (lab->done < done && clock_mono_ms() < limit_ms)
		uv_run(&lab->uv, UV_RUN_ONCE);
	assert_int_equal(lab->done, done);
}

void
lab_on_done(struct snmpc_request *request, const struct snmpc_reply *reply)
{
	struct lab *lab = (struct lab *)((char *)request - offsetof(struct lab, request));

	assert_false(snmpc_is_active(request));
	lab->done++;
	lab->reason = reply->reason;
	lab->error_status = reply->error_status;
	lab->count = reply->count;
	lab->sent = reply->sent;
	lab->lost = reply->lost;
	lab->rtt_us = reply->rtt_us;
	lab->number = reply->count > 0 ? (int64_t)reply->varbinds[0].unsigned_number : -1;
}

void
lab_get(struct lab *lab, uint16_t retries, uint32_t timeout_ms)
{
	lab->request.peer = lab->peer;
	lab->request.op = SNMPC_GET;
	lab->request.oids = uptime_ref;
	lab->request.oid_count = 1;
	lab->request.retries = retries;
	lab->request.timeout_ms = timeout_ms;
	lab->request.done = lab_on_done;
	assert_int_equal(snmpc_start(&lab->request), 0);
	assert_true(snmpc_is_active(&lab->request));
	assert_int_equal(lab->done, 0); /* never from within */
	lab_run_until(lab, 1);
}
