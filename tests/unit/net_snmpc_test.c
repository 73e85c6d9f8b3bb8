/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The command generator against an agent within the test that can be made to answer late, twice,
 * from elsewhere, with wrong identifiers, torn, too big, in circles or not at all. (What a real
 * snmpd does is in tests/lab/snmp-v3.sh.)
 */
#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/mem.h"
#include "keepwatch/snmpc.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { RUN_LIMIT_MS = 20000 };

/* One request as the fake agent sees it. */
struct asked {
	uint8_t bytes[2048];
	size_t len;
	size_t id_at;  /* of the four octets of the request-id */
	size_t pdu_at; /* tag of the PDU */
	struct sockaddr_in from;
};

struct lab {
	uv_loop_t uv;
	struct net_loop *loop;
	struct snmpc *snmpc;
	struct snmpc_peer *peer;
	struct credential credential;
	uv_poll_t poll;
	int fd, other_fd; /* the agent's socket, and one elsewhere */
	uint16_t port;
	void (*behave)(struct lab *lab, const struct asked *asked);
	struct asked kept;
	unsigned heard;
	/* what came of it */
	unsigned done;
	enum reason reason;
	uint32_t error_status, rtt_us;
	uint16_t sent, lost;
	size_t count;
	int64_t number;
	unsigned rows, max_asked;
	uint32_t table_rows; /* of the walked table */
	struct snmpc_request request;
	struct snmpc_walk walk;
};

static const uint32_t uptime_oid[] = {1, 3, 6, 1, 2, 1, 1, 3, 0};
static const struct oid_ref uptime_ref[] = {OID_REF(uptime_oid)};

/* ---- bytes */

struct out {
	uint8_t bytes[16384];
	size_t at; /* written from the end */
};

static void
put(struct out *out, uint8_t tag, const void *bytes, size_t len)
{
	uint8_t *p;

	out->at -= len;
	if (len > 0)
		memmove(out->bytes + out->at, bytes, len);
	p = out->bytes + out->at;
	if (len < 128) {
		*--p = (uint8_t)len;
	} else {
		*--p = (uint8_t)len;
		*--p = (uint8_t)(len >> 8);
		*--p = 0x82;
	}
	*--p = tag;
	out->at = (size_t)(p - out->bytes);
}

/* Wraps what was written since `end` into a constructed value. */
static void
wrap(struct out *out, uint8_t tag, size_t end)
{
	size_t len = end - out->at, at = out->at;

	out->at = end;
	put(out, tag, out->bytes + at, len);
}

static void
put_int(struct out *out, uint8_t tag, int64_t value)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < 8; i++)
		bytes[i] = (uint8_t)((uint64_t)value >> (56 - 8 * i));
	put(out, tag, bytes + 4, 4);
}

static void
put_oid(struct out *out, const uint32_t *ids, size_t len)
{
	uint8_t bytes[5 * OID_MAX];
	size_t n = 0;

	bytes[n++] = (uint8_t)(ids[0] * 40 + ids[1]);
	for (size_t i = 2; i < len; i++) {
		for (int shift = 28; shift > 0; shift -= 7) {
			if (ids[i] >> shift != 0)
				bytes[n++] = (uint8_t)(0x80 | (ids[i] >> shift & 0x7f));
		}
		bytes[n++] = ids[i] & 0x7f;
	}
	put(out, VB_OID, bytes, n);
}

static void
put_varbind(struct out *out, const uint32_t *ids, size_t len, uint8_t type, int64_t value)
{
	size_t end = out->at;

	if (type == VB_INTEGER || type == VB_TIMETICKS)
		put_int(out, type, value);
	else
		put(out, type, "", 0);
	put_oid(out, ids, len);
	wrap(out, 0x30, end);
}

static void
begin(struct out *out)
{
	out->at = sizeof(out->bytes);
}

/* Around the varbinds written so far. */
static void
finish(struct out *out, const struct asked *asked, uint32_t status, uint32_t index)
{
	size_t end = sizeof(out->bytes);
	uint32_t id = (uint32_t)asked->bytes[asked->id_at] << 24 |
		      (uint32_t)asked->bytes[asked->id_at + 1] << 16 |
		      (uint32_t)asked->bytes[asked->id_at + 2] << 8 |
		      asked->bytes[asked->id_at + 3];

	wrap(out, 0x30, end);
	put_int(out, VB_INTEGER, index);
	put_int(out, VB_INTEGER, status);
	put_int(out, VB_INTEGER, id);
	wrap(out, 0xa2, end);
	put(out, VB_OCTETS, "public", 6);
	put(out, VB_INTEGER, &asked->bytes[4], 1); /* the version */
	wrap(out, 0x30, end);
}

static void
reply_from(int fd, const struct asked *asked, const struct out *out, size_t len)
{
	assert_int_equal(sendto(fd, out->bytes + out->at, len, 0,
				(const struct sockaddr *)&asked->from, sizeof(asked->from)),
			 len);
}

static void
answer(struct lab *lab, const struct asked *asked, uint32_t ticks)
{
	struct out out;

	begin(&out);
	put_varbind(&out, uptime_oid, MEM_COUNT(uptime_oid), VB_TIMETICKS, ticks);
	finish(&out, asked, 0, 0);
	reply_from(lab->fd, asked, &out, sizeof(out.bytes) - out.at);
}

/* ---- the lab */

static int
udp_socket(uint16_t *port)
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

static void
make_peer(struct lab *lab, enum snmp_version_id version)
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

static int
setup(void **state)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	uint16_t port;

	assert_non_null(lab);
	assert_int_equal(uv_loop_init(&lab->uv), 0);
	assert_int_equal(net_loop_open(&lab->loop, &lab->uv, 10), 0);
	net_loop_set_eager(lab->loop, true);
	assert_int_equal(snmpc_open(&lab->snmpc, lab->loop), 0);
	assert_int_equal(secret_new(&lab->credential.snmp.community, "public", 6), 0);
	lab->fd = udp_socket(&lab->port);
	lab->other_fd = udp_socket(&port);
	uv_poll_init(&lab->uv, &lab->poll, lab->fd);
	lab->poll.data = lab;
	uv_poll_start(&lab->poll, UV_READABLE, on_heard);
	make_peer(lab, SNMP_V2C);
	*state = lab;
	return 0;
}

static int
teardown(void **state)
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

static void
run_until(struct lab *lab, unsigned done)
{
	uint64_t limit_ms = clock_mono_ms() + RUN_LIMIT_MS;

	net_loop_kick(lab->loop);
	while (lab->done < done && clock_mono_ms() < limit_ms)
		uv_run(&lab->uv, UV_RUN_ONCE);
	assert_int_equal(lab->done, done);
}

static void
on_done(struct snmpc_request *request, const struct snmpc_reply *reply)
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

static void
get(struct lab *lab, uint16_t retries, uint32_t timeout_ms)
{
	lab->request.peer = lab->peer;
	lab->request.op = SNMPC_GET;
	lab->request.oids = uptime_ref;
	lab->request.oid_count = 1;
	lab->request.retries = retries;
	lab->request.timeout_ms = timeout_ms;
	lab->request.done = on_done;
	assert_int_equal(snmpc_start(&lab->request), 0);
	assert_true(snmpc_is_active(&lab->request));
	assert_int_equal(lab->done, 0); /* never from within */
	run_until(lab, 1);
}

/* ---- GET */

static void
behave_well(struct lab *lab, const struct asked *asked)
{
	answer(lab, asked, 4242);
}

static void
test_get(void **state)
{
	struct lab *lab = *state;

	lab->behave = behave_well;
	get(lab, 0, 2000);
	assert_int_equal(lab->reason, REASON_NONE);
	assert_int_equal(lab->count, 1);
	assert_int_equal(lab->number, 4242);
	assert_int_equal(lab->sent, 1);
	assert_int_equal(lab->lost, 0);
	assert_true(lab->rtt_us < 2000000);
	/* The template serves the second one, and another version has its own. */
	lab->done = 0;
	get(lab, 0, 2000);
	assert_int_equal(lab->number, 4242);
	make_peer(lab, SNMP_V1);
	lab->done = 0;
	get(lab, 0, 2000);
	assert_int_equal(lab->number, 4242);
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
	get(lab, 2, 100);
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
	int fd = udp_socket(&port);

	close(fd); /* nobody is there now */
	snmpc_peer_free(lab->peer);
	ipaddr_parse("127.0.0.1", &ip);
	assert_int_equal(snmpc_peer_new(&lab->peer, lab->snmpc, &ip, port, &lab->credential), 0);
	get(lab, 1, 100);
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
		answer(lab, &lab->kept, 1);
}

static void
test_late(void **state)
{
	struct lab *lab = *state;

	lab->behave = behave_late;
	get(lab, 1, 300);
	assert_int_equal(lab->reason, REASON_NONE);
	assert_int_equal(lab->sent, 2);
	assert_int_equal(lab->lost, 0); /* the first was not lost */
	assert_true(lab->rtt_us >= 250000);
	/* What comes after the end belongs to nobody. */
	answer(lab, &lab->kept, 2);
	lab->behave = behave_well;
	lab->done = 0;
	get(lab, 0, 2000);
	assert_int_equal(lab->number, 4242);
	assert_true(snmpc_stats(lab->snmpc).ignored >= 1);
}

static void
behave_twice(struct lab *lab, const struct asked *asked)
{
	answer(lab, asked, 7);
	answer(lab, asked, 8);
}

static void
test_duplicate(void **state)
{
	struct lab *lab = *state;

	lab->behave = behave_twice;
	get(lab, 0, 2000);
	assert_int_equal(lab->number, 7);
	lab->done = 0;
	get(lab, 0, 2000); /* the second 8 is still in the socket or was dropped: not taken */
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
	begin(&out);
	put_varbind(&out, uptime_oid, MEM_COUNT(uptime_oid), VB_TIMETICKS, 666);
	finish(&out, &copy, 0, 0);
	if (kind == 6) /* a request is no answer */
		memcpy(memchr(out.bytes + out.at, 0xa2, 40), "\xa0", 1);
	reply_from(fd, asked, &out, sizeof(out.bytes) - out.at - (kind == 7 ? 1 : 0));
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
	get(lab, 0, 200);
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
	get(lab, 0, 200);
	assert_int_equal(lab->reason, REASON_BAD_REPLY);
	assert_int_equal(snmpc_stats(lab->snmpc).bad, 2);
}

static void
behave_junk(struct lab *lab, const struct asked *asked)
{
	struct out out;
	size_t len;

	begin(&out);
	out.at -= 32; /* behind the message */
	memset(out.bytes + out.at, 0xee, 32);
	{
		struct out message;

		begin(&message);
		put_varbind(&message, uptime_oid, MEM_COUNT(uptime_oid), VB_TIMETICKS, 31);
		finish(&message, asked, 0, 0);
		len = sizeof(message.bytes) - message.at;
		out.at -= len;
		memcpy(out.bytes + out.at, message.bytes + message.at, len);
	}
	reply_from(lab->fd, asked, &out, len + 32);
}

static void
test_junk_behind(void **state)
{
	struct lab *lab = *state;

	lab->behave = behave_junk;
	get(lab, 0, 2000);
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
	lab->request.done = on_done;
	assert_int_equal(snmpc_start(&lab->request), 0);
	snmpc_cancel(&lab->request);
	assert_int_equal(snmpc_stats(lab->snmpc).in_flight, 0);
	lab->behave = behave_well;
	get(lab, 0, 1000);
	assert_int_equal(lab->done, 1);
	lab->request.oid_count = 0;
	assert_int_equal(snmpc_start(&lab->request), ERR_INVAL);
	lab->request.oid_count = 1;
	lab->request.op = SNMPC_GETBULK;
	make_peer(lab, SNMP_V1);
	lab->request.peer = lab->peer;
	assert_int_equal(snmpc_start(&lab->request), ERR_UNSUPPORTED);
}

/* ---- walks of a table with one column: 1.3.6.1.9.1.N */

static const uint32_t column_oid[] = {1, 3, 6, 1, 9, 1};
static const uint32_t behind_oid[] = {1, 3, 6, 1, 9, 2, 0};
static const struct oid_ref column_ref[] = {OID_REF(column_oid)};

static bool
on_row(struct snmpc_walk *walk, size_t column, const struct varbind *vb)
{
	struct lab *lab = (struct lab *)((char *)walk - offsetof(struct lab, walk));

	assert_int_equal(column, 0);
	assert_int_equal(vb->oid[vb->oid_len - 1], lab->rows + 1);
	lab->rows++;
	return true;
}

static void
on_walked(struct snmpc_walk *walk)
{
	struct lab *lab = (struct lab *)((char *)walk - offsetof(struct lab, walk));

	lab->done++;
	lab->reason = walk->reason;
}

static void
walk(struct lab *lab, uint32_t table_rows)
{
	lab->table_rows = table_rows;
	lab->walk = (struct snmpc_walk){
		.peer = lab->peer,
		.columns = column_ref,
		.column_count = 1,
		.timeout_ms = 100,
		.varbind = on_row,
		.done = on_walked,
		.max_varbinds = lab->walk.max_varbinds,
	};
	lab->rows = lab->done = 0;
	assert_int_equal(snmpc_walk_start(&lab->walk), 0);
	run_until(lab, 1);
}

/* The row asked behind: the last octet or two of the OID in the request. */
static uint32_t
cursor_of(const struct asked *asked)
{
	const uint8_t *end = asked->bytes + asked->len - 2; /* before the NULL */

	if (end[-1] == 1 && end[-2] == 9)
		return 0;
	return end[-2] & 0x80 ? (uint32_t)(end[-2] & 0x7f) << 7 | end[-1] : end[-1];
}

static unsigned
repetitions_of(const struct asked *asked)
{
	size_t at = asked->id_at + 4; /* non-repeaters, max-repetitions */

	if (asked->bytes[asked->pdu_at] != 0xa5)
		return 1;
	at += 2 + asked->bytes[at + 1];
	return asked->bytes[at + 1] == 1
		       ? asked->bytes[at + 2]
		       : (unsigned)asked->bytes[at + 2] << 8 | asked->bytes[at + 3];
}

/* Rows [first, first + n) in order, then what is behind the table. */
static void
serve(struct lab *lab, const struct asked *asked, uint32_t first, unsigned n)
{
	struct out out;

	begin(&out);
	for (unsigned i = n; i-- > 0;) {
		uint32_t oid[] = {1, 3, 6, 1, 9, 1, first + i};

		if (first + i <= lab->table_rows)
			put_varbind(&out, oid, MEM_COUNT(oid), VB_INTEGER, i);
		else
			put_varbind(&out, behind_oid, MEM_COUNT(behind_oid), VB_INTEGER, i);
	}
	finish(&out, asked, 0, 0);
	reply_from(lab->fd, asked, &out, sizeof(out.bytes) - out.at);
}

static void
behave_table(struct lab *lab, const struct asked *asked)
{
	unsigned n = repetitions_of(asked);

	if (n > lab->max_asked)
		lab->max_asked = n;
	serve(lab, asked, cursor_of(asked) + 1, n);
}

static void
test_walk(void **state)
{
	struct lab *lab = *state;

	lab->behave = behave_table;
	walk(lab, 500);
	assert_int_equal(lab->reason, REASON_NONE);
	assert_true(lab->walk.complete);
	assert_int_equal(lab->rows, 500);
	assert_true(lab->heard < 10); /* it grew */
	assert_true(lab->max_asked > 40);
	walk(lab, 0);
	assert_true(lab->walk.complete);
	assert_int_equal(lab->rows, 0);
	lab->walk.max_varbinds = 100;
	walk(lab, 500);
	assert_false(lab->walk.complete);
	assert_true(lab->walk.was_cut);
	assert_int_equal(lab->rows, 100);
}

static void
behave_v1_table(struct lab *lab, const struct asked *asked)
{
	uint32_t row = cursor_of(asked) + 1;
	struct out out;

	assert_int_equal(asked->bytes[asked->pdu_at], 0xa1);
	if (row <= lab->table_rows) {
		serve(lab, asked, row, 1);
		return;
	}
	begin(&out);
	put_varbind(&out, column_oid, MEM_COUNT(column_oid), VB_NULL, 0);
	finish(&out, asked, SNMPC_NO_SUCH_NAME, 1);
	reply_from(lab->fd, asked, &out, sizeof(out.bytes) - out.at);
}

static void
test_walk_v1(void **state)
{
	struct lab *lab = *state;

	make_peer(lab, SNMP_V1);
	lab->behave = behave_v1_table;
	walk(lab, 20);
	assert_true(lab->walk.complete);
	assert_int_equal(lab->rows, 20);
	assert_int_equal(lab->heard, 21);
}

static void
behave_too_big(struct lab *lab, const struct asked *asked)
{
	unsigned n = repetitions_of(asked);
	struct out out;

	if (n <= 5) {
		behave_table(lab, asked);
		return;
	}
	begin(&out);
	finish(&out, asked, SNMPC_TOO_BIG, 0);
	reply_from(lab->fd, asked, &out, sizeof(out.bytes) - out.at);
}

static void
test_walk_too_big(void **state)
{
	struct lab *lab = *state;

	lab->behave = behave_too_big;
	walk(lab, 50);
	assert_true(lab->walk.complete);
	assert_int_equal(lab->rows, 50);
	assert_int_equal(lab->max_asked, 5); /* 40, 20, 10, 5: and it stays there */
}

/* GETBULK is too much for it. */
static void
behave_choking(struct lab *lab, const struct asked *asked)
{
	if (asked->bytes[asked->pdu_at] == 0xa1)
		serve(lab, asked, cursor_of(asked) + 1, 1);
}

static void
test_walk_choking(void **state)
{
	struct lab *lab = *state;

	lab->behave = behave_choking;
	walk(lab, 5);
	assert_true(lab->walk.complete);
	assert_int_equal(lab->rows, 5);
	lab->heard = 0;
	walk(lab, 5);
	assert_int_equal(lab->heard, 6); /* remembered */
}

static void
test_walk_silent(void **state)
{
	struct lab *lab = *state;

	lab->behave = behave_silent;
	walk(lab, 5);
	assert_int_equal(lab->reason, REASON_TIMEOUT);
	assert_false(lab->walk.complete);
	assert_true(lab->heard <= 3);
}

/* The tenth row again and again. */
static void
behave_circling(struct lab *lab, const struct asked *asked)
{
	uint32_t row = cursor_of(asked) + 1;

	serve(lab, asked, row > 10 ? 10 : row, row > 10 ? 1 : 10);
}

static void
test_walk_circling(void **state)
{
	struct lab *lab = *state;

	lab->behave = behave_circling;
	walk(lab, 500);
	assert_int_equal(lab->reason, REASON_BAD_REPLY);
	assert_false(lab->walk.complete);
	assert_int_equal(lab->rows, 10);
}

static void
behave_empty(struct lab *lab, const struct asked *asked)
{
	struct out out;

	begin(&out);
	finish(&out, asked, 0, 0);
	reply_from(lab->fd, asked, &out, sizeof(out.bytes) - out.at);
}

static void
test_walk_empty(void **state)
{
	struct lab *lab = *state;

	lab->behave = behave_empty;
	walk(lab, 5);
	assert_int_equal(lab->reason, REASON_BAD_REPLY);
	assert_false(lab->walk.complete);
}

static void
test_walk_cancel(void **state)
{
	struct lab *lab = *state;

	lab->behave = behave_table;
	lab->walk = (struct snmpc_walk){.peer = lab->peer,
					.columns = column_ref,
					.column_count = 1,
					.timeout_ms = 100,
					.varbind = on_row,
					.done = on_walked};
	assert_int_equal(snmpc_walk_start(&lab->walk), 0);
	snmpc_walk_cancel(&lab->walk);
	snmpc_walk_cancel(&lab->walk);
	assert_int_equal(snmpc_stats(lab->snmpc).in_flight, 0);
	assert_int_equal(lab->done, 0);
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
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_get),		 TEST(test_timeout),	 TEST(test_refused),
		TEST(test_late),	 TEST(test_duplicate),	 TEST(test_forged),
		TEST(test_bad),		 TEST(test_junk_behind), TEST(test_cancel),
		TEST(test_walk),	 TEST(test_walk_v1),	 TEST(test_walk_too_big),
		TEST(test_walk_choking), TEST(test_walk_silent), TEST(test_walk_circling),
		TEST(test_walk_empty),	 TEST(test_walk_cancel), TEST(test_credential),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
