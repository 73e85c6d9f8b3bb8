/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Shared datagram sockets against real ones of the kernel on loopback: batches, small receive
 * buffers, failures of single datagrams, ICMP errors, closing from within a callback.
 */
#include "keepwatch/clock.h"
#include "keepwatch/dgram.h"
#include "keepwatch/err.h"

#include "../net/udp_peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>
#include <cmocka.h>

enum { SENT_MAX = 8192 };

struct fixture {
	uv_loop_t uv;
	struct net_loop *loop;
	struct dgram *dgram;
	struct net_timer deadline;
	bool is_over;
	bool close_on_receive;
	size_t want; /* stop when so many were received */
	/* what happened */
	size_t received, sent_ok, sent_failed, failures;
	int last_rc;
	uint64_t last_cookie;
	uint64_t last_sent_ns, last_received_ns;
	struct ipaddr from;
	uint16_t from_port;
	char text[32];
	uint8_t cookies[SENT_MAX];
	struct dgram_failure failure;
	struct ipaddr failure_who;
};

static void
on_deadline(struct net_timer *timer)
{
	((struct fixture *)((char *)timer - offsetof(struct fixture, deadline)))->is_over = true;
}

static void
on_received(void *arg, const struct ipaddr *from, uint16_t port, const uint8_t *data, size_t len,
	    uint64_t at_ns)
{
	struct fixture *f = arg;

	f->received++;
	f->from = *from;
	f->from_port = port;
	f->last_received_ns = at_ns;
	memcpy(f->text, data, len < sizeof(f->text) - 1 ? len : sizeof(f->text) - 1);
	if (f->close_on_receive) {
		dgram_close(f->dgram);
		f->dgram = NULL;
		f->is_over = true;
	}
}

static void
on_sent(void *arg, uint64_t cookie, int rc, uint64_t at_ns)
{
	struct fixture *f = arg;

	if (rc == 0)
		f->sent_ok++;
	else
		f->sent_failed++;
	f->last_rc = rc != 0 ? rc : f->last_rc;
	f->last_cookie = cookie;
	f->last_sent_ns = at_ns;
	if (cookie < SENT_MAX)
		f->cookies[cookie]++;
}

static void
on_failed(void *arg, const struct dgram_failure *failure)
{
	struct fixture *f = arg;

	f->failures++;
	f->failure = *failure;
}

static const struct dgram_ops ops = {on_received, on_sent, on_failed};

static int
setup(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));

	assert_int_equal(uv_loop_init(&f->uv), 0);
	assert_int_equal(net_loop_open(&f->loop, &f->uv, 10), 0);
	net_timer_init(&f->deadline, on_deadline);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	net_timer_stop(f->loop, &f->deadline);
	dgram_close(f->dgram);
	net_loop_close(f->loop);
	uv_run(&f->uv, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->uv), 0);
	test_free(f);
	return 0;
}

static bool
open_udp(struct fixture *f, int family, size_t receive_size)
{
	int fd = dgram_udp_socket(family);

	if (fd < 0)
		return false;
	assert_int_equal(dgram_open(&f->dgram, f->loop, fd, receive_size, &ops, f), 0);
	return true;
}

/* Runs the loop until `done` holds or a deadline passed. */
#define RUN_UNTIL(f, done)                                        \
	do {                                                      \
		(f)->is_over = false;                             \
		net_timer_start((f)->loop, &(f)->deadline, 5000); \
		while (!(done) && !(f)->is_over)                  \
			uv_run(&(f)->uv, UV_RUN_ONCE);            \
		net_timer_stop((f)->loop, &(f)->deadline);        \
	} while (0)

static void
round_trip(struct fixture *f, const char *text)
{
	struct ipaddr to = peer_address(text);
	uint64_t begin_ns = clock_mono_ns();
	uint16_t port;
	int fd = udp_peer_open(text, &port);

	if (fd < 0 || !open_udp(f, to.family, 2048)) {
		if (fd >= 0)
			close(fd);
		skip();
	}
	assert_int_equal(dgram_send(f->dgram, &to, port, "hello", 5, 77), 0);
	assert_int_equal(f->sent_ok, 0); /* never from within dgram_send */
	assert_int_equal(dgram_queued(f->dgram), 1);
	dgram_expect(f->dgram, 1);
	RUN_UNTIL(f, f->sent_ok == 1);
	assert_int_equal(f->last_cookie, 77);
	assert_int_equal(udp_peer_echo(fd), 1);
	RUN_UNTIL(f, f->received == 1);
	dgram_expect(f->dgram, -1);
	assert_int_equal(f->received, 1);
	assert_string_equal(f->text, "hello");
	assert_true(ipaddr_equal(&f->from, &to));
	assert_int_equal(f->from_port, port);
	assert_true(f->last_sent_ns > begin_ns);
	assert_true(f->last_received_ns >= f->last_sent_ns);
	assert_true(f->last_received_ns < clock_mono_ns());
	close(fd);
}

static void
paced_round_trip(void **state)
{
	round_trip(*state, "127.0.0.1");
}

static void
eager_round_trip(void **state)
{
	struct fixture *f = *state;

	net_loop_set_eager(f->loop, true);
	round_trip(f, "127.0.0.1");
}

static void
round_trip_over_ipv6(void **state)
{
	round_trip(*state, "::1");
}

/* An idle loop must sleep; a paced one with something in flight must not. */
static void
it_ticks_only_while_replies_are_awaited(void **state)
{
	struct fixture *f = *state;
	uint64_t before;

	assert_true(open_udp(f, 4, 2048));
	before = net_loop_ticks(f->loop);
	RUN_UNTIL(f, !uv_loop_alive(&f->uv) || net_loop_ticks(f->loop) > before + 20);
	assert_in_range(net_loop_ticks(f->loop) - before, 0, 10);
	dgram_expect(f->dgram, 1);
	before = net_loop_ticks(f->loop);
	RUN_UNTIL(f, net_loop_ticks(f->loop) > before + 20);
	assert_false(f->is_over);
	dgram_expect(f->dgram, -1);
}

/* 4,000 datagrams to ourselves through a buffer that holds about a hundred. */
static void
a_burst_fits_a_small_receive_buffer(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_storage name;
	socklen_t len = sizeof(name);
	const int small = 64 * 1024;
	struct ipaddr to;
	uint16_t port;
	int fd = dgram_udp_socket(4);
	uint8_t data[64] = {0};

	assert_true(fd >= 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &len), 0);
	ipaddr_from_sockaddr((struct sockaddr *)&name, &to, &port);
	to = peer_address("127.0.0.1");
	assert_int_equal(dgram_open(&f->dgram, f->loop, fd, 2048, &ops, f), 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	dgram_expect(f->dgram, 1);
	for (uint64_t i = 0; i < 4000; i++)
		assert_int_equal(dgram_send(f->dgram, &to, port, data, sizeof(data), i), 0);
	RUN_UNTIL(f, f->received == 4000);
	dgram_expect(f->dgram, -1);
	assert_int_equal(f->received, 4000);
	assert_int_equal(dgram_stats(f->dgram).dropped, 0);
	for (size_t i = 0; i < 4000; i++)
		assert_int_equal(f->cookies[i], 1);
}

static void
what_the_kernel_drops_is_counted(void **state)
{
	struct fixture *f = *state;
	struct sockaddr_storage name;
	socklen_t len = sizeof(name);
	const int small = 4096;
	struct ipaddr to;
	uint16_t port, peer_port;
	uint8_t data[512] = {0};
	int fd = dgram_udp_socket(4), other = udp_peer_open("127.0.0.1", &peer_port);

	assert_true(fd >= 0 && other >= 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &len), 0);
	ipaddr_from_sockaddr((struct sockaddr *)&name, &to, &port);
	to = peer_address("127.0.0.1");
	len = ipaddr_to_sockaddr(&to, port, &name);
	assert_int_equal(dgram_open(&f->dgram, f->loop, fd, 2048, &ops, f), 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small)), 0);
	for (int i = 0; i < 100; i++)
		sendto(other, data, sizeof(data), 0, (struct sockaddr *)&name, len);
	dgram_expect(f->dgram, 1);
	RUN_UNTIL(f, f->received > 0);
	/* The counter travels with the next datagram. */
	sendto(other, data, sizeof(data), 0, (struct sockaddr *)&name, len);
	RUN_UNTIL(f, dgram_stats(f->dgram).dropped > 0);
	dgram_expect(f->dgram, -1);
	assert_int_equal(dgram_stats(f->dgram).dropped + f->received, 101);
	close(other);
}

/* 255.255.255.255 without SO_BROADCAST is refused by the kernel: EACCES. */
static void
one_bad_datagram_does_not_hold_up_the_rest(void **state)
{
	struct fixture *f = *state;
	struct ipaddr good = peer_address("127.0.0.1"), bad = peer_address("255.255.255.255");
	uint16_t port;
	int fd = udp_peer_open("127.0.0.1", &port);

	assert_true(open_udp(f, 4, 2048));
	for (uint64_t i = 0; i < 9; i++)
		assert_int_equal(dgram_send(f->dgram, i % 3 == 1 ? &bad : &good, port, "x", 1, i),
				 0);
	RUN_UNTIL(f, f->sent_ok + f->sent_failed == 9);
	assert_int_equal(f->sent_ok, 6);
	assert_int_equal(f->sent_failed, 3);
	assert_int_equal(f->last_rc, ERR_PERM);
	assert_int_equal(dgram_stats(f->dgram).send_errors, 3);
	assert_int_equal(udp_peer_echo(fd), 6);
	close(fd);
}

/* Nobody listens: the kernel answers port unreachable; datagrams to others go out all the same. */
static void
port_unreachable(struct fixture *f, const char *text, uint8_t want_type, uint8_t want_code)
{
	struct ipaddr to = peer_address(text);
	uint16_t closed_port, port;
	int closed = udp_peer_open(text, &closed_port), fd = udp_peer_open(text, &port);

	if (fd < 0 || !open_udp(f, to.family, 2048))
		skip();
	close(closed);
	dgram_expect(f->dgram, 1);
	for (uint64_t i = 0; i < 200; i++)
		assert_int_equal(
			dgram_send(f->dgram, &to, i % 2 ? closed_port : port, "quoted", 6, i), 0);
	RUN_UNTIL(f, f->sent_ok == 200 && f->failures > 0);
	dgram_expect(f->dgram, -1);
	assert_int_equal(f->sent_ok, 200);
	assert_true(f->failures > 0);
	assert_int_equal(f->failure.rc, ERR_REFUSED);
	assert_true(ipaddr_equal(&f->failure.to, &to));
	assert_int_equal(f->failure.port, closed_port);
	assert_true(ipaddr_equal(&f->failure.who, &to));
	assert_int_equal(f->failure.type, want_type);
	assert_int_equal(f->failure.code, want_code);
	assert_int_equal(f->failure.len, 6);
	assert_int_equal(udp_peer_echo(fd), 100);
	close(fd);
}

static void
port_unreachable_is_told(void **state)
{
	port_unreachable(*state, "127.0.0.1", 3, 3);
}

static void
port_unreachable_is_told_eagerly(void **state)
{
	struct fixture *f = *state;

	net_loop_set_eager(f->loop, true);
	port_unreachable(f, "127.0.0.1", 3, 3);
	/* The error did not make it deaf. */
	f->sent_ok = 0;
	f->received = 0;
	dgram_close(f->dgram);
	f->dgram = NULL;
	round_trip(f, "127.0.0.1");
}

static void
port_unreachable_is_told_over_ipv6(void **state)
{
	port_unreachable(*state, "::1", 1, 4);
}

static void
limits_of_the_queue(void **state)
{
	struct fixture *f = *state;
	struct ipaddr to = peer_address("127.0.0.1"), other = peer_address("::1");
	static uint8_t big[DGRAM_SIZE_MAX + 1];

	assert_true(open_udp(f, 4, 2048));
	assert_int_equal(dgram_send(f->dgram, &to, 9, big, sizeof(big), 0), ERR_TOOBIG);
	assert_int_equal(dgram_send(f->dgram, &other, 9, big, 1, 0), ERR_INVAL);
	for (uint64_t i = 0; i < DGRAM_QUEUE; i++)
		assert_int_equal(dgram_send(f->dgram, &to, 9, big, 1, i), 0);
	assert_int_equal(dgram_send(f->dgram, &to, 9, big, 1, 0), ERR_FULL);
	assert_int_equal(dgram_queued(f->dgram), DGRAM_QUEUE);
}

static void
it_may_be_closed_by_its_callback(void **state)
{
	struct fixture *f = *state;
	struct ipaddr to = peer_address("127.0.0.1");
	uint16_t port;
	int fd = udp_peer_open("127.0.0.1", &port);

	assert_true(open_udp(f, 4, 2048));
	for (uint64_t i = 0; i < 10; i++)
		assert_int_equal(dgram_send(f->dgram, &to, port, "x", 1, i), 0);
	dgram_expect(f->dgram, 1);
	RUN_UNTIL(f, f->sent_ok == 10);
	f->close_on_receive = true;
	assert_int_equal(udp_peer_echo(fd), 10);
	RUN_UNTIL(f, f->dgram == NULL);
	assert_int_equal(f->received, 1);
	close(fd);
}

static void
a_long_datagram_is_cut(void **state)
{
	struct fixture *f = *state;
	struct ipaddr to = peer_address("127.0.0.1");
	uint16_t port;
	int fd = udp_peer_open("127.0.0.1", &port);

	assert_true(open_udp(f, 4, 4));
	assert_int_equal(dgram_send(f->dgram, &to, port, "truncated", 9, 0), 0);
	dgram_expect(f->dgram, 1);
	RUN_UNTIL(f, f->sent_ok == 1);
	assert_int_equal(udp_peer_echo(fd), 1);
	RUN_UNTIL(f, f->received == 1);
	dgram_expect(f->dgram, -1);
	assert_string_equal(f->text, "trun");
	close(fd);
}

/* How far the wall clock that the program reads is from the one by which the kernel stamps. */
static int64_t wall_step_s;

/* Stands in for the C library's. */
int
clock_gettime(clockid_t id, struct timespec *ts)
{
	long rc = syscall(SYS_clock_gettime, id, ts);

	if (id == CLOCK_REALTIME)
		ts->tv_sec += wall_step_s;
	return (int)rc;
}

/* The wall clock is set after the kernel has stamped an answer and before we read it. */
static void
steps_of_the_wall_clock_do_not_show(void **state)
{
	static const int64_t steps_s[] = {0, -3600, 0, 3600, 0};
	struct fixture *f = *state;
	struct ipaddr to = peer_address("127.0.0.1");
	uint16_t port;
	int fd = udp_peer_open("127.0.0.1", &port);

	assert_true(open_udp(f, 4, 2048));
	for (size_t i = 0; i < 5; i++) {
		uint64_t echoed_ns, back_ns;

		f->sent_ok = f->received = 0;
		assert_int_equal(dgram_send(f->dgram, &to, port, "x", 1, 0), 0);
		RUN_UNTIL(f, f->sent_ok == 1);
		echoed_ns = clock_mono_ns();
		assert_int_equal(udp_peer_echo(fd), 1);
		back_ns = clock_mono_ns();
		wall_step_s = steps_s[i]; /* the kernel's clock stays: to us, its stamps are old */
		dgram_expect(f->dgram, 1);
		RUN_UNTIL(f, f->received == 1);
		dgram_expect(f->dgram, -1);
		assert_in_range(f->last_received_ns, echoed_ns, back_ns);
	}
	close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(paced_round_trip),
		TEST(eager_round_trip),
		TEST(round_trip_over_ipv6),
		TEST(it_ticks_only_while_replies_are_awaited),
		TEST(a_burst_fits_a_small_receive_buffer),
		TEST(what_the_kernel_drops_is_counted),
		TEST(one_bad_datagram_does_not_hold_up_the_rest),
		TEST(port_unreachable_is_told),
		TEST(port_unreachable_is_told_eagerly),
		TEST(port_unreachable_is_told_over_ipv6),
		TEST(limits_of_the_queue),
		TEST(it_may_be_closed_by_its_callback),
		TEST(a_long_datagram_is_cut),
		TEST(steps_of_the_wall_clock_do_not_show),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
