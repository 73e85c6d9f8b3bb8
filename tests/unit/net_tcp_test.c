/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TCP connects against listeners of the test's own on loopback: accepted, refused, silent,
 * cancelled, more of them than there are sockets.
 */
#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/tcp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

enum { SOCKETS = 8 };

struct fixture {
	uv_loop_t uv;
	struct net_loop *loop;
	struct tcp_prober *prober;
	struct net_timer deadline;
	bool is_over;
};

struct target {
	struct tcp_connect connect; /* first */
	int dones, again;
	size_t most_sockets;
};

static void
on_done(struct tcp_connect *connect)
{
	struct target *target = (struct target *)connect;

	target->dones++;
	if (target->again > 0) {
		target->again--;
		assert_int_equal(tcp_connect_start(connect->p.prober, connect), 0);
	}
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
	assert_int_equal(tcp_prober_open(&f->prober, f->loop, SOCKETS), 0);
	net_timer_init(&f->deadline, on_deadline);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	tcp_prober_close(f->prober);
	net_loop_close(f->loop);
	uv_run(&f->uv, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->uv), 0);
	test_free(f);
	return 0;
}

/* A listener, or with backlog < 0 a bound port that refuses. */
static int
listener(const char *text, int backlog, uint16_t *port)
{
	struct sockaddr_storage name;
	struct ipaddr addr;
	socklen_t len;
	int fd;

	assert_int_equal(ipaddr_parse(text, &addr), 0);
	len = ipaddr_to_sockaddr(&addr, 0, &name);
	fd = socket(name.ss_family, SOCK_STREAM | SOCK_NONBLOCK, 0);
	if (fd < 0 || bind(fd, (struct sockaddr *)&name, len) != 0 ||
	    (backlog >= 0 && listen(fd, backlog) != 0)) {
		if (fd >= 0)
			close(fd);
		skip();
	}
	assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &len), 0);
	ipaddr_from_sockaddr((struct sockaddr *)&name, &addr, port);
	return fd;
}

static void
target_init(struct target *target, const char *text, uint16_t port)
{
	memset(target, 0, sizeof(*target));
	assert_int_equal(ipaddr_parse(text, &target->connect.to), 0);
	target->connect.port = port;
	target->connect.timeout_ms = 3000;
	target->connect.done = on_done;
}

static void
run_until_done(struct fixture *f, struct target *target, int dones)
{
	f->is_over = false;
	net_timer_start(f->loop, &f->deadline, 10000);
	while (target->dones < dones && !f->is_over) {
		uv_run(&f->uv, UV_RUN_ONCE);
		if (tcp_prober_sockets(f->prober) > target->most_sockets)
			target->most_sockets = tcp_prober_sockets(f->prober);
	}
	net_timer_stop(f->loop, &f->deadline);
	assert_int_equal(target->dones, dones);
}

static void
go(struct fixture *f, struct target *target)
{
	assert_int_equal(tcp_connect_start(f->prober, &target->connect), 0);
	assert_int_equal(target->dones, 0); /* never from within start */
	run_until_done(f, target, 1);
}

static void
accepted(struct fixture *f, const char *text)
{
	struct target target;
	uint16_t port;
	int fd = listener(text, 8, &port), conn;
	char byte;

	target_init(&target, text, port);
	go(f, &target);
	assert_int_equal(target.connect.rc, 0);
	assert_in_range(target.connect.rtt_us, 1, 1000000);
	assert_int_equal(tcp_prober_sockets(f->prober), 0);
	/* The peer sees a reset at once, not a connection that lingers. */
	conn = accept(fd, NULL, NULL);
	if (conn >= 0) {
		assert_int_equal(read(conn, &byte, 1), -1);
		close(conn);
	}
	close(fd);
}

static void
accepted_over_ipv4(void **state)
{
	accepted(*state, "127.0.0.1");
}

static void
accepted_over_ipv6(void **state)
{
	accepted(*state, "::1");
}

static void
refused(void **state)
{
	struct fixture *f = *state;
	struct target target;
	uint16_t port;
	int fd = listener("127.0.0.1", -1, &port);

	target_init(&target, "127.0.0.1", port);
	go(f, &target);
	assert_int_equal(target.connect.rc, ERR_REFUSED);
	assert_true(target.connect.rtt_us > 0);
	close(fd);
}

/* A listener whose queue is full drops further SYNs (tcp(7), listen(2)). */
static int
full_listener(uint16_t *port, int fillers[4])
{
	struct sockaddr_storage name;
	struct ipaddr addr;
	int fd = listener("127.0.0.1", 0, port);
	socklen_t len;

	assert_int_equal(ipaddr_parse("127.0.0.1", &addr), 0);
	len = ipaddr_to_sockaddr(&addr, *port, &name);
	for (int i = 0; i < 4; i++) {
		fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
		(void)connect(fillers[i], (struct sockaddr *)&name, len);
	}
	return fd;
}

static void
silence_times_out(void **state)
{
	struct fixture *f = *state;
	struct target target;
	int fillers[4], fd;
	uint64_t begin_ms;
	uint16_t port;

	fd = full_listener(&port, fillers);
	target_init(&target, "127.0.0.1", port);
	target.connect.timeout_ms = 150;
	begin_ms = clock_mono_ms();
	go(f, &target);
	assert_int_equal(target.connect.rc, ERR_TIMEOUT);
	assert_int_equal(target.connect.rtt_us, 0);
	assert_true(clock_mono_ms() - begin_ms >= 150);
	assert_int_equal(tcp_prober_sockets(f->prober), 0);
	for (int i = 0; i < 4; i++)
		close(fillers[i]);
	close(fd);
}

static void
unreachable(void **state)
{
	struct fixture *f = *state;
	struct target target;

	/* 0.0.0.0/8 other than 0.0.0.0 is no unicast address to Linux; multicast is none for TCP.
	 */
	target_init(&target, "224.0.0.1", 80);
	go(f, &target);
	assert_int_equal(target.connect.rc, ERR_UNREACH);
	assert_int_equal(target.connect.rtt_us, 0);
}

static void
more_than_there_are_sockets(void **state)
{
	struct fixture *f = *state;
	struct target targets[5 * SOCKETS];
	int fillers[4], fd;
	uint16_t port;

	fd = full_listener(&port, fillers);
	for (size_t i = 0; i < 5 * SOCKETS; i++) {
		target_init(&targets[i], "127.0.0.1", port);
		targets[i].connect.timeout_ms = 50;
		assert_int_equal(tcp_connect_start(f->prober, &targets[i].connect), 0);
	}
	for (size_t i = 0; i < 5 * SOCKETS; i++) {
		run_until_done(f, &targets[i], 1);
		assert_int_equal(targets[i].connect.rc, ERR_TIMEOUT);
		assert_in_range(targets[i].most_sockets, 0, SOCKETS);
	}
	assert_int_equal(targets[0].most_sockets, SOCKETS);
	assert_int_equal(tcp_prober_sockets(f->prober), 0);
	for (int i = 0; i < 4; i++)
		close(fillers[i]);
	close(fd);
}

static void
cancelled_ones_are_never_done(void **state)
{
	struct fixture *f = *state;
	struct target running, waiting[SOCKETS], last;
	int fillers[4], fd;
	uint16_t port, open_port;
	int open_fd = listener("127.0.0.1", 8, &open_port);

	fd = full_listener(&port, fillers);
	target_init(&running, "127.0.0.1", port);
	assert_int_equal(tcp_connect_start(f->prober, &running.connect), 0);
	for (size_t i = 0; i < SOCKETS; i++) {
		target_init(&waiting[i], "127.0.0.1", port);
		assert_int_equal(tcp_connect_start(f->prober, &waiting[i].connect), 0);
	}
	target_init(&last, "127.0.0.1", open_port);
	assert_int_equal(tcp_connect_start(f->prober, &last.connect), 0);
	net_loop_tick(f->loop);
	assert_int_equal(tcp_prober_sockets(f->prober), SOCKETS);
	tcp_connect_cancel(&running.connect);
	tcp_connect_cancel(&running.connect);
	for (size_t i = 0; i < SOCKETS; i++)
		tcp_connect_cancel(&waiting[i].connect);
	run_until_done(f, &last, 1);
	assert_int_equal(last.connect.rc, 0);
	assert_int_equal(running.dones, 0);
	for (size_t i = 0; i < SOCKETS; i++)
		assert_int_equal(waiting[i].dones, 0);
	for (int i = 0; i < 4; i++)
		close(fillers[i]);
	close(fd);
	close(open_fd);
}

static void
it_can_be_started_again_by_its_callback(void **state)
{
	struct fixture *f = *state;
	struct target target;
	uint16_t port;
	int fd = listener("127.0.0.1", -1, &port);

	target_init(&target, "127.0.0.1", port);
	target.again = 20;
	assert_int_equal(tcp_connect_start(f->prober, &target.connect), 0);
	run_until_done(f, &target, 21);
	close(fd);
}

static void
bad_requests_are_refused(void **state)
{
	struct fixture *f = *state;
	struct target target;
	struct tcp_prober *none = NULL;

	target_init(&target, "127.0.0.1", 0);
	assert_int_equal(tcp_connect_start(f->prober, &target.connect), ERR_INVAL);
	target.connect.port = 80;
	target.connect.timeout_ms = 0;
	assert_int_equal(tcp_connect_start(f->prober, &target.connect), ERR_INVAL);
	target.connect.timeout_ms = 100;
	target.connect.to.family = 0;
	assert_int_equal(tcp_connect_start(f->prober, &target.connect), ERR_INVAL);
	assert_int_equal(tcp_prober_open(&none, f->loop, 0), ERR_RANGE);
	assert_null(none);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(accepted_over_ipv4),
		TEST(accepted_over_ipv6),
		TEST(refused),
		TEST(silence_times_out),
		TEST(unreachable),
		TEST(more_than_there_are_sockets),
		TEST(cancelled_ones_are_never_done),
		TEST(it_can_be_started_again_by_its_callback),
		TEST(bad_requests_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
