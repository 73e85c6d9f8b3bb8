/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The probes that only ask whether somebody is there, icmp and tcp, through the runner: what they
 * make of answers, loss, slowness, silence, refusal and of missing permission.
 */
#include "keepwatch/clock.h"
#include "keepwatch/icmp.h"
#include "keepwatch/probe_kinds.h"
#include "keepwatch/tcp.h"

#include "../net/far_end.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

enum { OPTIONS_MAX = 8 };

struct fixture {
	uv_loop_t uv;
	struct probe_env env;
	struct probe_settings settings;
	struct option_value options[OPTIONS_MAX];
	struct probe_target target;
	struct probe_result result; /* of the run that ended */
	int ends, tun;
	char trace[2048];
};

static void
on_trace(void *arg, const char *line)
{
	struct fixture *f = arg;

	size_t len = strlen(f->trace);

	snprintf(f->trace + len, sizeof(f->trace) - len, "%s\n", line);
}

static int
setup(void **state)
{
	struct fixture *f = test_calloc(1, sizeof(*f));

	assert_int_equal(uv_loop_init(&f->uv), 0);
	assert_int_equal(net_loop_open(&f->env.loop, &f->uv, 20), 0);
	f->env.trace = on_trace;
	f->env.trace_arg = f;
	f->tun = -1;
	result_init(&f->result);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	icmp_engine_close(f->env.icmp);
	tcp_prober_close(f->env.tcp);
	net_loop_close(f->env.loop);
	uv_run(&f->uv, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->uv), 0);
	result_fini(&f->result);
	if (f->tun >= 0)
		close(f->tun);
	test_free(f);
	return 0;
}

/* The defaults of probes.def, a timeout of 150 ms and one retry. */
static void
settle_on(struct fixture *f, enum probe_id probe, const char *ip)
{
	const struct probe_spec *spec = probe_spec(probe);

	for (size_t i = 0; i < probe_option_count(probe); i++) {
		const struct option_spec *option = option_spec(spec->first_option + i);

		assert_int_not_equal(option->type, OPTION_STRING);
		assert_int_equal(option_parse(option, option->fallback, &f->options[i], NULL, 0),
				 0);
	}
	f->settings = (struct probe_settings){
		.probe = probe, .timeout_ms = 150, .retries = 1, .options = f->options};
	f->target.settings = &f->settings;
	assert_int_equal(ipaddr_parse(ip, &f->target.ip), 0);
}

static void
set_option(struct fixture *f, enum option_id option, int64_t number)
{
	f->options[option - probe_spec(f->settings.probe)->first_option].number = number;
}

static void
on_ended(struct probe_run *run, void *arg)
{
	struct fixture *f = arg;

	f->ends++;
	f->result = run->result;
	result_init(&run->result);
	probe_run_free(run);
}

static void
run_probe(struct fixture *f)
{
	uint32_t budget_ms = probe_run_budget_ms(&f->settings);

	f->ends = 0;
	f->trace[0] = '\0';
	assert_non_null(probe_run_start(&f->env, &f->target, clock_wall_ms(), on_ended, f));
	while (f->ends == 0)
		uv_run(&f->uv, UV_RUN_ONCE);
	assert_int_equal(f->ends, 1);
	/* It ends by itself, not by the runner's deadline. */
	assert_in_range(f->result.took_ms, 0, budget_ms);
	assert_null(strstr(f->result.detail, "not finished"));
}

#define ASSERT_RESULT(f, want_outcome, want_reason)                                 \
	do {                                                                        \
		assert_string_equal(outcome_name((f)->result.outcome),              \
				    outcome_name(OUTCOME_##want_outcome));          \
		assert_string_equal(reason_name((f)->result.reason), #want_reason); \
	} while (0)

static void
open_icmp(struct fixture *f)
{
	if (icmp_engine_open(&f->env.icmp, f->env.loop) != 0)
		skip();
}

static void
icmp_up(void **state)
{
	struct fixture *f = *state;

	open_icmp(f);
	settle_on(f, PROBE_ICMP, "127.0.0.1");
	set_option(f, OPT_ICMP_COUNT, 3);
	set_option(f, OPT_ICMP_GAP, 10);
	run_probe(f);
	ASSERT_RESULT(f, OK, NONE);
	assert_int_equal(f->result.sent, 3);
	assert_int_equal(f->result.lost, 0);
	assert_in_range(f->result.rtt_us, 1, 150000);
	assert_non_null(strstr(f->trace, "3 of 3 answered"));
}

static void
icmp_silent(void **state)
{
	struct fixture *f = *state;
	uint64_t begin_ms = clock_mono_ms();

	f->tun = far_end_open();
	if (f->tun < 0)
		skip();
	open_icmp(f);
	settle_on(f, PROBE_ICMP, "10.1.2.3");
	run_probe(f);
	ASSERT_RESULT(f, FAIL, TIMEOUT);
	/* One echo, and one retry. */
	assert_int_equal(f->result.sent, 2);
	assert_int_equal(f->result.lost, 2);
	assert_int_equal(f->result.rtt_us, RTT_NONE);
	assert_true(clock_mono_ms() - begin_ms >= 300);
	assert_non_null(strstr(f->result.detail, "2 of 2 lost"));
}

/* The far end answers from the n-th request on. */
struct answerer {
	uv_poll_t poll;
	int tun, requests, answer_from;
	int64_t delay_ms;
};

static void
on_tun(uv_poll_t *poll, int status, int events)
{
	struct answerer *answerer = poll->data;
	uint8_t data[2048], swap[4];
	ssize_t n;

	(void)status;
	(void)events;
	while ((n = read(answerer->tun, data, sizeof(data))) > 0) {
		uint32_t sum;

		if (n < 28 || data[0] != 0x45 || data[9] != 1 || data[20] != 8 ||
		    ++answerer->requests < answerer->answer_from)
			continue;
		memcpy(swap, data + 12, 4);
		memcpy(data + 12, data + 16, 4);
		memcpy(data + 16, swap, 4);
		data[20] = 0;
		sum = (uint32_t)(data[22] << 8 | data[23]) + 0x0800; /* RFC 1624 */
		sum = (sum & 0xffff) + (sum >> 16);
		data[22] = (uint8_t)(sum >> 8);
		data[23] = (uint8_t)sum;
		if (answerer->delay_ms > 0)
			usleep((useconds_t)answerer->delay_ms * 1000);
		assert_int_equal(write(answerer->tun, data, (size_t)n), n);
	}
}

static void
run_with_answerer(struct fixture *f, int count, int answer_from, int64_t delay_ms)
{
	struct answerer answerer = {.answer_from = answer_from, .delay_ms = delay_ms};

	f->tun = answerer.tun = far_end_open();
	if (f->tun < 0)
		skip();
	open_icmp(f);
	assert_int_equal(uv_poll_init(&f->uv, &answerer.poll, f->tun), 0);
	answerer.poll.data = &answerer;
	assert_int_equal(uv_poll_start(&answerer.poll, UV_READABLE, on_tun), 0);
	settle_on(f, PROBE_ICMP, "10.1.2.3");
	set_option(f, OPT_ICMP_COUNT, count);
	set_option(f, OPT_ICMP_GAP, 10);
	set_option(f, OPT_ICMP_MAX_RTT, 5);
	run_probe(f);
	uv_close((uv_handle_t *)&answerer.poll, NULL);
	uv_run(&f->uv, UV_RUN_NOWAIT);
}

static void
icmp_retry_helps(void **state)
{
	struct fixture *f = *state;

	run_with_answerer(f, 1, 2, 0);
	ASSERT_RESULT(f, OK, NONE);
	assert_int_equal(f->result.sent, 2);
	assert_int_equal(f->result.lost, 1);
	assert_string_equal(f->result.detail, "1 of 2 lost");
}

static void
icmp_loses_most(void **state)
{
	struct fixture *f = *state;

	run_with_answerer(f, 5, 4, 0);
	ASSERT_RESULT(f, DEGRADED, LOSS);
	assert_string_equal(f->result.detail, "3 of 5 lost");
}

static void
icmp_is_slow(void **state)
{
	struct fixture *f = *state;

	run_with_answerer(f, 1, 1, 20);
	ASSERT_RESULT(f, DEGRADED, SLOW);
	assert_in_range(f->result.rtt_us, 20000, 150000);
}

static void
icmp_without_route(void **state)
{
	struct fixture *f = *state;

	f->tun = far_end_open();
	if (f->tun < 0)
		skip();
	open_icmp(f);
	settle_on(f, PROBE_ICMP, "192.0.2.1");
	run_probe(f);
	ASSERT_RESULT(f, FAIL, UNREACHABLE);
	assert_non_null(strstr(f->result.detail, "no route from the monitoring host"));
}

static void
icmp_without_permission(void **state)
{
	struct fixture *f = *state;

	settle_on(f, PROBE_ICMP, "127.0.0.1");
	run_probe(f);
	ASSERT_RESULT(f, ERROR, LOCAL);
	assert_non_null(strstr(f->result.detail, "CAP_NET_RAW"));
	assert_non_null(strstr(f->result.detail, "ping_group_range"));
}

static void
icmp_cancelled(void **state)
{
	struct fixture *f = *state;
	struct probe_run *run;

	open_icmp(f);
	settle_on(f, PROBE_ICMP, "127.0.0.1");
	run = probe_run_start(&f->env, &f->target, clock_wall_ms(), on_ended, f);
	assert_non_null(run);
	probe_run_cancel(run);
	assert_int_equal(f->ends, 1);
	ASSERT_RESULT(f, ERROR, CANCELED);
}

/* ---- tcp */

static int
tcp_port(struct fixture *f, int backlog, int64_t *port)
{
	struct sockaddr_in in = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&in, len), 0);
	if (backlog >= 0)
		assert_int_equal(listen(fd, backlog), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &len), 0);
	*port = ntohs(in.sin_port);
	assert_int_equal(tcp_prober_open(&f->env.tcp, f->env.loop, TCP_SOCKETS), 0);
	settle_on(f, PROBE_TCP, "127.0.0.1");
	set_option(f, OPT_TCP_PORT, *port);
	return fd;
}

static void
tcp_up(void **state)
{
	struct fixture *f = *state;
	int64_t port;
	int fd = tcp_port(f, 4, &port);

	run_probe(f);
	ASSERT_RESULT(f, OK, NONE);
	assert_in_range(f->result.rtt_us, 1, 150000);
	assert_int_equal(f->result.sent, 1);
	assert_int_equal(f->result.lost, 0);
	close(fd);
}

static void
tcp_refused(void **state)
{
	struct fixture *f = *state;
	int64_t port;
	int fd = tcp_port(f, -1, &port);

	run_probe(f);
	ASSERT_RESULT(f, FAIL, REFUSED);
	assert_int_equal(f->result.sent, 1); /* a refusal is not asked again */
	close(fd);
}

static void
tcp_silent(void **state)
{
	struct fixture *f = *state;

	f->tun = far_end_open();
	if (f->tun < 0)
		skip();
	assert_int_equal(tcp_prober_open(&f->env.tcp, f->env.loop, TCP_SOCKETS), 0);
	settle_on(f, PROBE_TCP, "10.1.2.3");
	run_probe(f);
	ASSERT_RESULT(f, FAIL, TIMEOUT);
	assert_int_equal(f->result.sent, 2);
	assert_int_equal(f->result.lost, 2);
	assert_int_equal(f->result.rtt_us, RTT_NONE);
}

static void
tcp_cancelled(void **state)
{
	struct fixture *f = *state;
	struct probe_run *run;
	int64_t port;
	int fd = tcp_port(f, 4, &port);

	run = probe_run_start(&f->env, &f->target, clock_wall_ms(), on_ended, f);
	assert_non_null(run);
	net_loop_tick(f->env.loop);
	probe_run_cancel(run);
	assert_int_equal(f->ends, 1);
	ASSERT_RESULT(f, ERROR, CANCELED);
	close(fd);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(icmp_up),
		TEST(icmp_without_permission),
		TEST(icmp_cancelled),
		TEST(tcp_up),
		TEST(tcp_refused),
		TEST(tcp_cancelled),
		TEST(icmp_silent),
		TEST(icmp_retry_helps),
		TEST(icmp_loses_most),
		TEST(icmp_is_slow),
		TEST(icmp_without_route),
		TEST(tcp_silent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
