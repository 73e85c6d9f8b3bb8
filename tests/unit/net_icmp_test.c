/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * ICMP echo against this machine's own kernel. Addresses that do not answer, unreachable ones and
 * spoofed answers need root: they come from a network namespace of the test's own, in which a TUN
 * device hands every packet to the test.
 */
#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/icmp.h"
#include "keepwatch/icmp_packet.h"

#include "../net/far_end.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

enum { MANY = 3000 };

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

struct fixture {
	uv_loop_t uv;
	struct net_loop *loop;
	struct icmp_engine *engine;
	struct net_timer deadline;
	bool is_over;
	uv_poll_t tun_poll;
	int tun;
	bool has_tun;
	enum behaviour behaviour;
	size_t requests;
	uint8_t first[2048];
	size_t first_len;
};

struct target {
	struct icmp_echo echo; /* first */
	int dones, again;
	struct target *also_cancel;
};

static struct ipaddr
address(const char *text)
{
	struct ipaddr addr;

	assert_int_equal(ipaddr_parse(text, &addr), 0);
	return addr;
}

static void
on_done(struct icmp_echo *echo)
{
	struct target *target = (struct target *)echo;

	target->dones++;
	if (target->also_cancel != NULL)
		icmp_echo_cancel(&target->also_cancel->echo);
	if (target->again > 0) {
		target->again--;
		assert_int_equal(icmp_echo_start(echo->p.engine, echo), 0);
	}
}

static void
target_init(struct target *target, const char *text)
{
	memset(target, 0, sizeof(*target));
	target->echo = (struct icmp_echo){.to = address(text),
					  .done = on_done,
					  .timeout_ms = 400,
					  .gap_ms = 20,
					  .size = 56,
					  .count = 3};
}

static void
on_deadline(struct net_timer *timer)
{
	((struct fixture *)((char *)timer - offsetof(struct fixture, deadline)))->is_over = true;
}

static int
setup(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));

	assert_int_equal(uv_loop_init(&f->uv), 0);
	assert_int_equal(net_loop_open(&f->loop, &f->uv, 10), 0);
	net_timer_init(&f->deadline, on_deadline);
	f->tun = -1;
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	icmp_engine_close(f->engine);
	net_timer_stop(f->loop, &f->deadline);
	net_loop_close(f->loop);
	if (f->has_tun) {
		uv_close((uv_handle_t *)&f->tun_poll, NULL);
		uv_run(&f->uv, UV_RUN_DEFAULT);
		close(f->tun);
	}
	uv_run(&f->uv, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->uv), 0);
	test_free(f);
	return 0;
}

static void
open_engine(struct fixture *f)
{
	if (icmp_engine_open(&f->engine, f->loop) != 0)
		skip();
}

static void
run_until_done(struct fixture *f, struct target *target, int dones)
{
	f->is_over = false;
	net_timer_start(f->loop, &f->deadline, 10000);
	while (target->dones < dones && !f->is_over)
		uv_run(&f->uv, UV_RUN_ONCE);
	net_timer_stop(f->loop, &f->deadline);
	assert_int_equal(target->dones, dones);
}

/* Starts it, and waits until it is done. */
static void
ping(struct fixture *f, struct target *target)
{
	assert_int_equal(icmp_echo_start(f->engine, &target->echo), 0);
	assert_int_equal(target->dones, 0);
	run_until_done(f, target, 1);
}

static void
assert_all_answered(const struct target *target)
{
	const struct icmp_echo *echo = &target->echo;

	assert_int_equal(echo->sent, echo->count);
	assert_int_equal(echo->received, echo->count);
	assert_false(echo->is_unreachable);
	assert_in_range(echo->rtt_min_us, 1, icmp_echo_rtt_avg_us(echo));
	assert_in_range(icmp_echo_rtt_avg_us(echo), 1, echo->rtt_max_us);
	assert_in_range(echo->rtt_max_us, 1, 400000);
}

/* ---- on loopback */

static void
loopback_answers(struct fixture *f, const char *text)
{
	static const uint16_t sizes[] = {ICMP_ECHO_SIZE_MIN, 57, ICMP_ECHO_SIZE_MAX};
	struct target target;

	if (icmp_engine_socket(f->engine, address(text).family) == ICMP_SOCKET_NONE)
		skip();
	for (size_t i = 0; i < 3; i++) {
		target_init(&target, text);
		target.echo.size = sizes[i];
		ping(f, &target);
		assert_all_answered(&target);
	}
}

static void
ipv4_loopback_answers(void **state)
{
	open_engine(*state);
	loopback_answers(*state, "127.0.0.1");
}

static void
ipv6_loopback_answers(void **state)
{
	struct fixture *f = *state;

	open_engine(f);
	net_loop_set_eager(f->loop, true);
	loopback_answers(f, "::1");
}

static void
thousands_at_once(void **state)
{
	struct fixture *f = *state;
	struct target *targets = test_calloc(MANY, sizeof(*targets));
	size_t answered = 0;

	open_engine(f);
	for (size_t i = 0; i < MANY; i++) {
		target_init(&targets[i], "127.9.0.1");
		targets[i].echo.to.bytes[2] = (uint8_t)(i / 200);
		targets[i].echo.to.bytes[3] = (uint8_t)(i % 200 + 1);
		targets[i].echo.count = 1;
		targets[i].echo.timeout_ms = 5000;
		assert_int_equal(icmp_echo_start(f->engine, &targets[i].echo), 0);
	}
	for (size_t i = 0; i < MANY; i++) {
		run_until_done(f, &targets[i], 1);
		answered += targets[i].echo.received;
	}
	assert_int_equal(answered, MANY);
	assert_int_equal(icmp_engine_stats(f->engine).dropped, 0);
	test_free(targets);
}

static void
it_can_be_started_again_by_its_callback(void **state)
{
	struct fixture *f = *state;
	struct target target;

	open_engine(f);
	target_init(&target, "127.0.0.1");
	target.again = 50;
	assert_int_equal(icmp_echo_start(f->engine, &target.echo), 0);
	run_until_done(f, &target, 51);
	assert_all_answered(&target);
}

static void
a_cancelled_one_is_never_done(void **state)
{
	struct fixture *f = *state;
	struct target waiting, flying, other, peer;

	open_engine(f);
	target_init(&waiting, "127.0.0.2");
	target_init(&flying, "127.0.0.3");
	target_init(&other, "127.0.0.4");
	target_init(&peer, "127.0.0.5");
	flying.echo.gap_ms = 60;
	other.also_cancel = &flying;
	peer.echo.gap_ms = 100;
	assert_int_equal(icmp_echo_start(f->engine, &waiting.echo), 0);
	icmp_echo_cancel(&waiting.echo);
	icmp_echo_cancel(&waiting.echo);
	assert_int_equal(icmp_echo_start(f->engine, &flying.echo), 0);
	assert_int_equal(icmp_echo_start(f->engine, &peer.echo), 0);
	ping(f, &other);
	run_until_done(f, &peer, 1);
	assert_int_equal(waiting.dones, 0);
	assert_int_equal(flying.dones, 0);
	assert_in_range(flying.echo.sent, 1, 2);
}

static void
bad_requests_are_refused(void **state)
{
	struct fixture *f = *state;
	struct target target;

	open_engine(f);
	target_init(&target, "127.0.0.1");
	target.echo.count = 0;
	assert_int_equal(icmp_echo_start(f->engine, &target.echo), ERR_INVAL);
	target.echo.count = ICMP_ECHO_COUNT_MAX + 1;
	assert_int_equal(icmp_echo_start(f->engine, &target.echo), ERR_INVAL);
	target.echo.count = ICMP_ECHO_COUNT_MAX;
	target.echo.size = ICMP_ECHO_SIZE_MIN - 1;
	assert_int_equal(icmp_echo_start(f->engine, &target.echo), ERR_INVAL);
	target.echo.size = ICMP_ECHO_SIZE_MIN;
	target.echo.timeout_ms = 0;
	assert_int_equal(icmp_echo_start(f->engine, &target.echo), ERR_INVAL);
	target.echo.timeout_ms = 100;
	target.echo.to.family = 0;
	assert_int_equal(icmp_echo_start(f->engine, &target.echo), ERR_UNSUPPORTED);
}

/* The most echoes that a request can have, each settled once. */
static void
twenty_echoes(void **state)
{
	struct fixture *f = *state;
	struct target target;

	open_engine(f);
	target_init(&target, "127.0.0.1");
	target.echo.count = ICMP_ECHO_COUNT_MAX;
	target.echo.gap_ms = 0;
	ping(f, &target);
	assert_all_answered(&target);
}

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
send_reply(struct fixture *f, const uint8_t *request, size_t len)
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
send_unreachable(struct fixture *f, const uint8_t *request, size_t len)
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
	struct fixture *f = poll->data;
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
enter_network(struct fixture *f, enum behaviour behaviour)
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
ping_far(struct fixture *f, struct target *target, enum behaviour behaviour)
{
	enter_network(f, behaviour);
	open_engine(f);
	target_init(target, "10.1.2.3");
	ping(f, target);
}

static void
a_far_end_answers(void **state)
{
	struct target target;

	ping_far(*state, &target, ANSWER);
	assert_all_answered(&target);
}

static void
silence_is_loss(void **state)
{
	struct fixture *f = *state;
	struct target target;
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
	struct fixture *f = *state;
	struct target target;

	ping_far(f, &target, ANSWER_TWICE);
	assert_all_answered(&target);
	assert_in_range(icmp_engine_stats(f->engine).ignored, 2, 3);
}

static void
ignored_answers(struct fixture *f, enum behaviour behaviour)
{
	struct target target;

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
	struct fixture *f = *state;
	struct target target;

	ping_far(f, &target, ANSWER_SECOND);
	assert_int_equal(target.echo.sent, 3);
	assert_int_equal(target.echo.received, 1);
	assert_int_equal(target.echo.rtt_min_us, target.echo.rtt_max_us);
}

/* The answer to echo 0 comes when echo 1 is sent: after 300 ms, later than its 100. */
static void
a_late_answer_does_not_count(void **state)
{
	struct fixture *f = *state;
	struct target target;

	enter_network(f, ANSWER_FIRST_LATE);
	open_engine(f);
	target_init(&target, "10.1.2.3");
	target.echo.count = 2;
	target.echo.gap_ms = 300;
	target.echo.timeout_ms = 100;
	ping(f, &target);
	assert_int_equal(target.echo.received, 0);
	/* In time, it would have counted, with its own round trip. */
	f->requests = 0;
	target_init(&target, "10.1.2.3");
	target.echo.count = 2;
	target.echo.gap_ms = 100;
	target.echo.timeout_ms = 2000;
	ping(f, &target);
	assert_int_equal(target.echo.received, 1);
	assert_in_range(target.echo.rtt_min_us, 100000, 1000000);
}

static void
unreachable_is_told_with_who_said_so(void **state)
{
	struct fixture *f = *state;
	struct target target;
	struct icmp_unreachable why;
	struct ipaddr router = address("10.0.0.254");
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
	struct target target;

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
	struct fixture *f = *state;
	struct target target;
	struct icmp_unreachable why;

	enter_network(f, ANSWER);
	open_engine(f);
	target_init(&target, "192.0.2.1");
	ping(f, &target);
	assert_int_equal(target.echo.sent, 3);
	assert_true(icmp_echo_unreachable(&target.echo, &why));
	assert_int_equal(why.rc, ERR_UNREACH);
	assert_int_equal(why.who.family, 0);
}

/* ---- ping sockets; the namespace's own ping_group_range admits us */

static void
open_ping_engine(struct fixture *f)
{
	if (write_text("/proc/sys/net/ipv4/ping_group_range", "0 0") != 0)
		skip();
	assert_int_equal(icmp_engine_open_ping(&f->engine, f->loop), 0);
	assert_int_equal(icmp_engine_socket(f->engine, 4), ICMP_SOCKET_PING);
}

static void
ping_sockets_do_as_well(void **state)
{
	struct fixture *f = *state;
	struct target target;
	struct icmp_unreachable why;
	struct ipaddr router = address("10.0.0.254");

	enter_network(f, ANSWER);
	open_ping_engine(f);
	target_init(&target, "10.1.2.3");
	ping(f, &target);
	assert_all_answered(&target);
	target_init(&target, "127.0.0.1");
	ping(f, &target);
	assert_all_answered(&target);
	if (icmp_engine_socket(f->engine, 6) != ICMP_SOCKET_NONE) {
		target_init(&target, "::1");
		ping(f, &target);
		assert_all_answered(&target);
	}
	f->behaviour = ANSWER_WRONG_NONCE;
	target_init(&target, "10.1.2.3");
	ping(f, &target);
	assert_int_equal(target.echo.received, 0);
	f->behaviour = UNREACHABLE;
	target_init(&target, "10.1.2.3");
	ping(f, &target);
	assert_int_equal(target.echo.received, 0);
	assert_true(icmp_echo_unreachable(&target.echo, &why));
	assert_true(ipaddr_equal(&why.who, &router));
	f->behaviour = ANSWER;
	target_init(&target, "10.1.2.3");
	ping(f, &target);
	assert_all_answered(&target);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ipv4_loopback_answers),
		TEST(ipv6_loopback_answers),
		TEST(thousands_at_once),
		TEST(it_can_be_started_again_by_its_callback),
		TEST(a_cancelled_one_is_never_done),
		TEST(bad_requests_are_refused),
		TEST(twenty_echoes),
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
