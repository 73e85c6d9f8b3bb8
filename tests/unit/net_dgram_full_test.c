/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A datagram socket whose send buffer is full (needs root): what the kernel does not take stays in
 * the queue, in order, fails nobody, and leaves as soon as there is room.
 */
#include "keepwatch/clock.h"
#include "keepwatch/dgram.h"

#include "../net/far_end.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <cmocka.h>

enum { MANY = 200 };

struct witness {
	uint64_t sent, out_of_order, failed;
};

static void
on_received(void *arg, const struct ipaddr *from, uint16_t port, const uint8_t *data, size_t len,
	    uint64_t at_ns)
{
	(void)arg, (void)from, (void)port, (void)data, (void)len, (void)at_ns;
}

static void
on_sent(void *arg, uint64_t cookie, int rc, uint64_t at_ns)
{
	struct witness *witness = arg;

	(void)at_ns;
	witness->out_of_order += cookie != witness->sent;
	witness->sent++;
	witness->failed += rc != 0;
}

static void
a_full_send_buffer_delays_but_loses_nothing(void **state)
{
	static const struct dgram_ops ops = {.received = on_received, .sent = on_sent};
	const int small = 4608; /* the least that the kernel grants, socket(7) */
	struct witness witness = {0};
	struct net_loop *loop;
	struct dgram *dgram;
	struct ipaddr to;
	uint8_t data[400] = {0};
	uint64_t deadline_ms;
	uv_loop_t uv;
	int fd;

	(void)state;
	if (far_end_open_silent_ethernet() != 0)
		skip();
	uv_loop_init(&uv);
	assert_int_equal(net_loop_open(&loop, &uv, 10), 0);
	fd = dgram_udp_socket(4);
	assert_true(fd >= 0);
	assert_int_equal(dgram_open(&dgram, loop, fd, 2048, &ops, &witness), 0);
	assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &small, sizeof(small)), 0);
	assert_int_equal(ipaddr_parse("10.1.2.3", &to), 0);
	for (uint64_t i = 0; i < MANY; i++)
		assert_int_equal(dgram_send(dgram, &to, 9, data, sizeof(data), i), 0);
	for (int i = 0; i < 5; i++)
		net_loop_tick(loop);
	assert_in_range(witness.sent, 1, MANY - 1);
	assert_int_equal(dgram_queued(dgram), MANY - witness.sent);
	assert_int_equal(far_end_make_known("10.1.2.3"), 0);
	deadline_ms = clock_mono_ms() + 5000;
	while (witness.sent < MANY && clock_mono_ms() < deadline_ms)
		uv_run(&uv, UV_RUN_ONCE);
	assert_int_equal(witness.sent, MANY);
	assert_int_equal(witness.out_of_order, 0);
	assert_int_equal(witness.failed, 0);
	assert_int_equal(dgram_queued(dgram), 0);
	dgram_close(dgram);
	net_loop_close(loop);
	uv_run(&uv, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&uv), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_send_buffer_delays_but_loses_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
