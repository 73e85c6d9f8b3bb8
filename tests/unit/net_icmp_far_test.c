/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ICMP echo against a far end of the test's own behind a TUN device (needs root): silence, loss,
 * late, double and spoofed answers, unreachability; over raw and over ping sockets.
 */
#include "keepwatch/clock.h"
#include "keepwatch/err.h"

#include "../net/far_end.h"
#include "../net/icmp_rig.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>
#include <cmocka.h>

/* How the far end behind the TUN device behaves. */
enum behaviour {
	SILENT,
	ANSWER,
	ANSWER_TWICE,
	ANSWER_FROM_ANOTHER,
	ANSWER_WRONG_NONCE,
	ANSWER_WRONG_ID,
	ANSWER_BAD_CHECKSUM,
	ANSWER_SECOND,	      /* only the second echo of a request */
	ANSWER_FIRST_LATE,    /* the first one with the second */
	UNREACHABLE,	      /* as a router says it */
	UNREACHABLE_WRONG_ID, /* somebody who has not seen the request says it */
	UNREACHABLE_SHORT,    /* quoting only what RFC 792 demands */
};

static int
write_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : write(fd, text, strlen(text));

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)strlen(text) ? 0 : -1;
}

/* ---- a network of our own: 10.0.0.0/8 leads into the TUN device */

/* RFC 1071. */
static void
put_checksum(uint8_t *at, const uint8_t *data, size_t len)
{
	uint32_t sum = 0;

	at[0] = at[1] = 0;
	for (size_t i = 0; i + 1 < len; i += 2)
		sum += (uint32_t)(data[i] << 8 | data[i + 1]);
	if (len % 2 != 0)
		sum += (uint32_t)data[len - 1] << 8;
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	at[0] = (uint8_t)(~sum >> 8);
	at[1] = (uint8_t)~sum;
}

static void
send_reply(struct icmp_rig *f, const uint8_t *request, size_t len)
{
	uint8_t reply[2048];

	memcpy(reply, request, len);
	memcpy(reply + 12, request + 16, 4);
	memcpy(reply + 16, request + 12, 4);
	reply[20] = 0; /* echo reply */
	if (f->behaviour == ANSWER_FROM_ANOTHER)
		reply[15] ^= 1;
	if (f->behaviour == ANSWER_WRONG_NONCE)
		reply[28] ^= 1;
	if (f->behaviour == ANSWER_WRONG_ID && reply[25]-- == 0) /* that of the echo before */
		reply[24]--;
	put_checksum(reply + 10, reply, 20);
	put_checksum(reply + 22, reply + 20, len - 20);
	if (f->behaviour == ANSWER_BAD_CHECKSUM)
		reply[len - 1] ^= 1;
	assert_int_equal(write(f->tun, reply, len), len);
}

static void
send_unreachable(struct icmp_rig *f, const uint8_t *request, size_t len)
{
	static const uint8_t router[4] = {10, 0, 0, 254};
	uint8_t error[2048] = {0x45, 0, 0, 0, 0, 0, 0, 0, 64, 1};
	size_t quoted = f->behaviour == UNREACHABLE_SHORT ? 28 : len;

	error[2] = (uint8_t)((28 + quoted) >> 8);
	error[3] = (uint8_t)(28 + quoted);
	memcpy(error + 12, router, 4);
	memcpy(error + 16, request + 12, 4);
	error[20] = 3; /* unreachable */
	error[21] = 1; /* host */
	memcpy(error + 28, request, quoted);
	if (f->behaviour == UNREACHABLE_WRONG_ID)
		error[28 + 24] ^= 1;
	put_checksum(error + 10, error, 20);
	put_checksum(error + 22, error + 20, 8 + quoted);
	assert_int_equal(write(f->tun, error, 28 + quoted), 28 + quoted);
}

static void
on_tun(uv_poll_t *poll, int status, int events)
{
	struct icmp_rig *f = poll->data;
	uint8_t request[2048];
	ssize_t n;

	(void)status;
	(void)events;
	while ((n = read(f->tun, request, sizeof(request))) > 0) {
		size_t len = (size_t)n;

		if (len < 28 || request[0] != 0x45 || request[9] != 1 || request[20] != 8)
			continue;
		if (f->requests++ == 0) {
			memcpy(f->first, request, len);
			f->first_len = len;
		}
		switch (f->behaviour) {
		case SILENT:
			break;
		case ANSWER_TWICE:
			send_reply(f, request, len);
			send_reply(f, request, len);
			break;
		case ANSWER_SECOND:
			if (f->requests == 2)
				send_reply(f, request, len);
			break;
		case ANSWER_FIRST_LATE:
			if (f->requests == 2)
				send_reply(f, f->first, f->first_len);
			break;
		case UNREACHABLE:
		case UNREACHABLE_WRONG_ID:
		case UNREACHABLE_SHORT:
			send_unreachable(f, request, len);
			break;
		default:
			send_reply(f, request, len);
			break;
		}
	}
}

/* Skips the test where namespaces or TUN devices are not allowed. */
static void
enter_network(struct icmp_rig *f, enum behaviour behaviour)
{
	f->tun = far_end_open();
	if (f->tun < 0)
		skip();
	assert_int_equal(uv_poll_init(&f->uv, &f->tun_poll, f->tun), 0);
	f->has_tun = true;
	f->tun_poll.data = f;
	f->behaviour = behaviour;
	assert_int_equal(uv_poll_start(&f->tun_poll, UV_READABLE, on_tun), 0);
	uv_unref((uv_handle_t *)&f->tun_poll);
}

static void
ping_far(struct icmp_rig *f, struct icmp_target *target, enum behaviour behaviour)
{
	enter_network(f, behaviour);
	icmp_rig_open(f);
	icmp_target_init(target, "10.1.2.3");
	icmp_rig_ping(f, target);
}

static void
a_far_end_answers(void **state)
{
	struct icmp_target target;

	ping_far(*state, &target, ANSWER);
	icmp_target_assert_answered(&target);
}

static void
silence_is_loss(void **state)
{
	struct icmp_rig *f = *state;
	struct icmp_target target;
	uint64_t begin_ms = clock_mono_ms();

	ping_far(f, &target, SILENT);
	assert_int_equal(f->requests, 3);
	assert_int_equal(target.echo.sent, 3);
	assert_int_equal(target.echo.received, 0);
	assert_false(target.echo.is_unreachable);
	assert_int_equal(target.echo.rtt_min_us, 0);
	assert_int_equal(icmp_echo_rtt_avg_us(&target.echo), 0);
	/* Two gaps and one timeout, never less. */
	assert_true(clock_mono_ms() - begin_ms >= 440);
}

static void
a_second_answer_counts_once(void **state)
{
	struct icmp_rig *f = *state;
	struct icmp_target target;

	ping_far(f, &target, ANSWER_TWICE);
	icmp_target_assert_answered(&target);
	assert_in_range(icmp_engine_stats(f->engine).ignored, 2, 3);
}

static void
ignored_answers(struct icmp_rig *f, enum behaviour behaviour)
{
	struct icmp_target target;

	ping_far(f, &target, behaviour);
	assert_int_equal(target.echo.received, 0);
	assert_false(target.echo.is_unreachable);
	assert_int_equal(icmp_engine_stats(f->engine).ignored, 3);
}

static void
an_answer_from_another_address_is_ignored(void **state)
{
	ignored_answers(*state, ANSWER_FROM_ANOTHER);
}

static void
an_answer_with_a_wrong_nonce_is_ignored(void **state)
{
	ignored_answers(*state, ANSWER_WRONG_NONCE);
}

static void
an_answer_with_a_wrong_identifier_is_ignored(void **state)
{
	ignored_answers(*state, ANSWER_WRONG_ID);
}

static void
an_answer_with_a_wrong_checksum_is_ignored(void **state)
{
	ignored_answers(*state, ANSWER_BAD_CHECKSUM);
}

static void
one_of_three_answered(void **state)
{
	struct icmp_rig *f = *state;
	struct icmp_target target;

	ping_far(f, &target, ANSWER_SECOND);
	assert_int_equal(target.echo.sent, 3);
	assert_int_equal(target.echo.received, 1);
	assert_int_equal(target.echo.rtt_min_us, target.echo.rtt_max_us);
}

/* The answer to echo 0 comes when echo 1 is sent: after 300 ms, later than its 100. */
static void
a_late_answer_does_not_count(void **state)
{
	struct icmp_rig *f = *state;
	struct icmp_target target;

	enter_network(f, ANSWER_FIRST_LATE);
	icmp_rig_open(f);
	icmp_target_init(&target, "10.1.2.3");
	target.echo.count = 2;
	target.echo.gap_ms = 300;
	target.echo.timeout_ms = 100;
	icmp_rig_ping(f, &target);
	assert_int_equal(target.echo.received, 0);
	/* In time, it would have counted, with its own round trip. */
	f->requests = 0;
	icmp_target_init(&target, "10.1.2.3");
	target.echo.count = 2;
	target.echo.gap_ms = 100;
	target.echo.timeout_ms = 2000;
	icmp_rig_ping(f, &target);
	assert_int_equal(target.echo.received, 1);
	assert_in_range(target.echo.rtt_min_us, 100000, 1000000);
}

static void
unreachable_is_told_with_who_said_so(void **state)
{
	struct icmp_rig *f = *state;
	struct icmp_target target;
	struct icmp_unreachable why;
	struct ipaddr router = icmp_rig_address("10.0.0.254");
	uint64_t begin_ms = clock_mono_ms();

	ping_far(f, &target, UNREACHABLE);
	assert_int_equal(target.echo.received, 0);
	assert_true(icmp_echo_unreachable(&target.echo, &why));
	assert_int_equal(why.rc, ERR_UNREACH);
	assert_true(ipaddr_equal(&why.who, &router));
	assert_string_equal(icmp_unreachable_text(4, why.type, why.code), "host unreachable");
	/* Nothing is left to wait for. */
	assert_true(clock_mono_ms() - begin_ms < 400);
}

static void
a_short_quote_is_enough(void **state)
{
	struct icmp_target target;

	ping_far(*state, &target, UNREACHABLE_SHORT);
	assert_true(target.echo.is_unreachable);
}

static void
a_made_up_unreachable_is_ignored(void **state)
{
	ignored_answers(*state, UNREACHABLE_WRONG_ID);
}

static void
no_route_is_told(void **state)
{
	struct icmp_rig *f = *state;
	struct icmp_target target;
	struct icmp_unreachable why;

	enter_network(f, ANSWER);
	icmp_rig_open(f);
	icmp_target_init(&target, "192.0.2.1");
	icmp_rig_ping(f, &target);
	assert_int_equal(target.echo.sent, 3);
	assert_true(icmp_echo_unreachable(&target.echo, &why));
	assert_int_equal(why.rc, ERR_UNREACH);
	assert_int_equal(why.who.family, 0);
}

/* ---- ping sockets; the namespace's own ping_group_range admits us */

static void
open_ping_engine(struct icmp_rig *f)
{
	if (write_text("/proc/sys/net/ipv4/ping_group_range", "0 0") != 0)
		skip();
	assert_int_equal(icmp_engine_open_ping(&f->engine, f->loop), 0);
	assert_int_equal(icmp_engine_socket(f->engine, 4), ICMP_SOCKET_PING);
}

static void
ping_sockets_do_as_well(void **state)
{
	struct icmp_rig *f = *state;
	struct icmp_target target;
	struct icmp_unreachable why;
	struct ipaddr router = icmp_rig_address("10.0.0.254");

	enter_network(f, ANSWER);
	open_ping_engine(f);
	icmp_target_init(&target, "10.1.2.3");
	icmp_rig_ping(f, &target);
	icmp_target_assert_answered(&target);
	icmp_target_init(&target, "127.0.0.1");
	icmp_rig_ping(f, &target);
	icmp_target_assert_answered(&target);
	if (icmp_engine_socket(f->engine, 6) != ICMP_SOCKET_NONE) {
		icmp_target_init(&target, "::1");
		icmp_rig_ping(f, &target);
		icmp_target_assert_answered(&target);
	}
	f->behaviour = ANSWER_WRONG_NONCE;
	icmp_target_init(&target, "10.1.2.3");
	icmp_rig_ping(f, &target);
	assert_int_equal(target.echo.received, 0);
	f->behaviour = UNREACHABLE;
	icmp_target_init(&target, "10.1.2.3");
	icmp_rig_ping(f, &target);
	assert_int_equal(target.echo.received, 0);
	assert_true(icmp_echo_unreachable(&target.echo, &why));
	assert_true(ipaddr_equal(&why.who, &router));
	f->behaviour = ANSWER;
	icmp_target_init(&target, "10.1.2.3");
	icmp_rig_ping(f, &target);
	icmp_target_assert_answered(&target);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, icmp_rig_setup, icmp_rig_teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_far_end_answers),
		TEST(silence_is_loss),
		TEST(a_second_answer_counts_once),
		TEST(an_answer_from_another_address_is_ignored),
		TEST(an_answer_with_a_wrong_nonce_is_ignored),
		TEST(an_answer_with_a_wrong_identifier_is_ignored),
		TEST(an_answer_with_a_wrong_checksum_is_ignored),
		TEST(one_of_three_answered),
		TEST(a_late_answer_does_not_count),
		TEST(unreachable_is_told_with_who_said_so),
		TEST(a_short_quote_is_enough),
		TEST(a_made_up_unreachable_is_ignored),
		TEST(no_route_is_told),
		TEST(ping_sockets_do_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
