/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The exposure probe's ports: what is known, what is doubtful, and the pace. Connects are played by
 * the test (linked in place of net's); TLS, HTTP and SNMP are in tests/scenario/exposure.sh,
 * against real peers.
 */
#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/http.h"
#include "keepwatch/mem.h"
#include "keepwatch/onvif.h"
#include "keepwatch/probe_kinds.h"
#include "keepwatch/snmpc.h"
#include "keepwatch/tcp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

enum { OPTIONS_MAX = 8, CONNECTS_MAX = 128, GAP_MS = 20, TAKES_MS = 50 };

struct fixture {
	uv_loop_t uv;
	struct probe_env env;
	struct fleet fleet;
	struct site site;
	struct device device;
	struct probe_settings settings;
	struct option_value options[OPTIONS_MAX];
	struct probe_target target;
	struct probe_result result; /* of the run that ended */
	int ends;
	/* what the connects come to, in their order; the last one goes on */
	const int *script;
	size_t script_len, connects;
	uint16_t ports[CONNECTS_MAX];
	uint64_t begun_ms[CONNECTS_MAX];
	unsigned active, peak;
};

/* The prober that the probe is given is the fixture itself. */
int __wrap_tcp_connect_start(struct tcp_prober *prober, struct tcp_connect *connect);
void __wrap_tcp_connect_cancel(struct tcp_connect *connect);

static void
on_time(struct net_timer *timer)
{
	struct tcp_connect *connect =
		(struct tcp_connect *)((char *)timer - offsetof(struct tcp_connect, p.timer));

	((struct fixture *)(void *)connect->p.prober)->active--;
	connect->p.state = 0;
	connect->done(connect);
}

int
__wrap_tcp_connect_start(struct tcp_prober *prober, struct tcp_connect *connect)
{
	struct fixture *f = (struct fixture *)(void *)prober;
	size_t i = f->connects++;

	assert_true(i < CONNECTS_MAX);
	f->ports[i] = connect->port;
	f->begun_ms[i] = clock_mono_ms();
	f->active++;
	f->peak = f->active > f->peak ? f->active : f->peak;
	connect->rc = f->script[i < f->script_len ? i : f->script_len - 1];
	connect->rtt_us = connect->rc == 0 || connect->rc == ERR_REFUSED ? 1000 : 0;
	connect->p.prober = prober;
	connect->p.state = 1;
	net_timer_init(&connect->p.timer, on_time);
	net_timer_start(f->env.loop, &connect->p.timer, TAKES_MS);
	return 0;
}

void
__wrap_tcp_connect_cancel(struct tcp_connect *connect)
{
	struct fixture *f = (struct fixture *)(void *)connect->p.prober;

	if (connect->p.state == 0)
		return;
	net_timer_stop(f->env.loop, &connect->p.timer);
	connect->p.state = 0;
	f->active--;
}

static void
set_option(struct fixture *f, enum option_id option, const char *text)
{
	struct option_value *value = &f->options[option - probe_spec(PROBE_EXPOSURE)->first_option];

	free(value->text);
	value->text = NULL;
	assert_int_equal(option_parse(option_spec(option), text, value, NULL, 0), 0);
}

static int
setup(void **state)
{
	const struct probe_spec *spec = probe_spec(PROBE_EXPOSURE);
	struct fixture *f = test_calloc(1, sizeof(*f));

	assert_int_equal(uv_loop_init(&f->uv), 0);
	assert_int_equal(net_loop_open(&f->env.loop, &f->uv, 5), 0);
	net_loop_set_eager(f->env.loop, true);
	f->env.tcp = (struct tcp_prober *)(void *)f;
	assert_int_equal(http_client_open(&f->env.http, f->env.loop, NULL), 0);
	assert_int_equal(onvif_writer_new(&f->env.onvif), 0);
	assert_int_equal(snmpc_open(&f->env.snmp, f->env.loop), 0);
	for (size_t i = 0; i < probe_option_count(PROBE_EXPOSURE); i++)
		set_option(f, spec->first_option + i,
			   option_spec(spec->first_option + i)->fallback);
	set_option(f, OPT_EXPOSURE_GAP, "20ms");
	f->settings = (struct probe_settings){
		.probe = PROBE_EXPOSURE, .timeout_ms = 100, .options = f->options};
	f->device = (struct device){
		.name = "cam",
		.address = "127.0.0.1",
		.site = SITE_NONE,
		.credentials = {CREDENTIAL_NONE, CREDENTIAL_NONE, CREDENTIAL_NONE},
	};
	assert_int_equal(ipaddr_parse("127.0.0.1", &f->device.ip), 0);
	f->site.name = (char *)(uintptr_t) "hq";
	f->fleet.sites = &f->site;
	f->fleet.site_count = 1;
	f->target = (struct probe_target){
		.fleet = &f->fleet,
		.device = &f->device,
		.settings = &f->settings,
		.ip = f->device.ip,
	};
	result_init(&f->result);
	*state = f;
	return 0;
}

static int
teardown(void **state)
{
	struct fixture *f = *state;

	probe_exposure_ops.forget(&f->target);
	for (size_t i = 0; i < OPTIONS_MAX; i++)
		free(f->options[i].text);
	onvif_writer_free(f->env.onvif);
	snmpc_close(f->env.snmp);
	http_client_close(f->env.http);
	net_loop_close(f->env.loop);
	uv_run(&f->uv, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&f->uv), 0);
	result_fini(&f->result);
	test_free(f);
	return 0;
}

static void
on_ended(struct probe_run *run, void *arg)
{
	struct fixture *f = arg;

	f->ends++;
	result_fini(&f->result);
	f->result = run->result;
	result_init(&run->result);
	probe_run_free(run);
}

static void
run(struct fixture *f, const char *ports, const int *script, size_t len)
{
	uint64_t until = clock_mono_ms() + 20000;

	set_option(f, OPT_EXPOSURE_PORTS, ports);
	f->script = script;
	f->script_len = len;
	f->connects = 0;
	f->ends = 0;
	assert_non_null(probe_run_start(&f->env, &f->target, clock_wall_ms(), on_ended, f));
	while (f->ends == 0 && clock_mono_ms() < until)
		uv_run(&f->uv, UV_RUN_ONCE);
	assert_int_equal(f->ends, 1);
	assert_int_equal(f->active, 0);
}

#define RUN(f, ports, ...) \
	run(f, ports, (const int[]){__VA_ARGS__}, sizeof((int[]){__VA_ARGS__}) / sizeof(int))

static void
expect(const struct fixture *f, enum fact_key key, const char *instance, const char *value)
{
	const char *got = fact_get(&f->result.facts, key, instance);

	if (got == NULL || strcmp(got, value) != 0)
		fail_msg("%s %s is '%s', not '%s'", fact_name(key), instance,
			 got == NULL ? "(none)" : got, value);
}

static bool
is_complete(const struct fixture *f, enum fact_key key)
{
	return (f->result.complete & 1ull << key) != 0;
}

static void
test_known(void **state)
{
	struct fixture *f = *state;

	/* the last one is silent: whether the device lives is asked at one that answered */
	RUN(f, "22,23,9999", 0, ERR_REFUSED, ERR_TIMEOUT, 0);
	assert_int_equal(f->result.outcome, OUTCOME_OK);
	assert_string_equal(f->result.detail, "1 of 3 ports open");
	assert_int_equal(f->connects, 4);
	assert_int_equal(f->ports[3], 22);
	expect(f, FACT_OPEN_PORT, "22", "ssh");
	assert_null(fact_get(&f->result.facts, FACT_OPEN_PORT, "23"));
	assert_null(fact_get(&f->result.facts, FACT_OPEN_PORT, "9999"));
	expect(f, FACT_AUDITED, "ports", "checked");
	expect(f, FACT_AUDITED, "tls", "checked");
	/* none is open, and that is known: what was found there before is gone */
	expect(f, FACT_AUDITED, "http", "checked");
	expect(f, FACT_AUDITED, "anonymous", "checked");
	assert_true(is_complete(f, FACT_HTTP_AUTH));
	assert_true(is_complete(f, FACT_ANONYMOUS));
	assert_true(is_complete(f, FACT_OPEN_PORT));
	assert_true(is_complete(f, FACT_TLS_VERSIONS));
	assert_true(is_complete(f, FACT_AUDITED));
	assert_int_equal(f->result.rtt_us, 1000);
	/* silence before an answer needs no such question */
	RUN(f, "22,23", ERR_TIMEOUT, ERR_REFUSED);
	assert_int_equal(f->connects, 2);
	assert_true(is_complete(f, FACT_OPEN_PORT));
	assert_string_equal(f->result.detail, "0 of 2 ports open");
}

static void
test_nothing_answers(void **state)
{
	struct fixture *f = *state;

	RUN(f, "22,23,443", ERR_TIMEOUT, ERR_UNREACH, ERR_TIMEOUT);
	assert_int_equal(f->result.outcome, OUTCOME_FAIL);
	assert_int_equal(f->result.reason, REASON_TIMEOUT);
	assert_string_equal(f->result.detail, "none of 3 ports answered");
	expect(f, FACT_AUDITED, "ports", "none of 3 ports answered");
	expect(f, FACT_AUDITED, "tls", "no port answered");
	/* what was known stays */
	assert_false(is_complete(f, FACT_OPEN_PORT));
	assert_false(is_complete(f, FACT_TLS_KEY));
	assert_false(is_complete(f, FACT_HTTP_AUTH));
	assert_false(is_complete(f, FACT_ANONYMOUS));
	assert_false(is_complete(f, FACT_SNMP_ACCESS));
}

static void
test_falls_silent(void **state)
{
	struct fixture *f = *state;

	RUN(f, "22,23,24", 0, ERR_TIMEOUT, ERR_TIMEOUT, ERR_TIMEOUT);
	assert_int_equal(f->connects, 4);
	expect(f, FACT_OPEN_PORT, "22", "ssh");
	expect(f, FACT_AUDITED, "ports", "the device fell silent meanwhile");
	assert_false(is_complete(f, FACT_OPEN_PORT));
	assert_false(is_complete(f, FACT_TLS_VERSIONS));
	assert_false(is_complete(f, FACT_ANONYMOUS));
}

static void
test_own_failure(void **state)
{
	struct fixture *f = *state;

	RUN(f, "22,23,24", ERR_REFUSED, ERR_FULL, ERR_REFUSED);
	expect(f, FACT_AUDITED, "ports", "the monitoring host could not try 1 of them");
	assert_false(is_complete(f, FACT_OPEN_PORT));
}

static void
test_pace(void **state)
{
	struct fixture *f = *state;

	RUN(f, "1000-1019", ERR_REFUSED);
	assert_int_equal(f->connects, 20);
	assert_int_equal(f->peak, 2);
	for (size_t i = 1; i < f->connects; i++) {
		assert_true(f->begun_ms[i] - f->begun_ms[i - 1] >= GAP_MS);
		assert_int_equal(f->ports[i], 1000 + i);
	}
}

static void
test_permission(void **state)
{
	struct fixture *f = *state;
	struct option_value own = {.number = 8080};
	struct probe_settings tcp = {.probe = PROBE_TCP, .options = &own};
	const struct probe_settings *probes[] = {&f->settings, &tcp};

	f->device.site = 0;
	RUN(f, "22,23", 0);
	assert_int_equal(f->connects, 0);
	assert_int_equal(f->result.outcome, OUTCOME_ERROR);
	assert_string_equal(f->result.detail,
			    "nothing to look at: site hq does not allow it (audit: ports)");
	expect(f, FACT_AUDITED, "snmp", "site hq does not allow it (audit: communities)");
	/* only what another probe uses */
	f->device.probes = probes;
	f->device.probe_count = MEM_COUNT(probes);
	RUN(f, "22,23", ERR_REFUSED);
	assert_int_equal(f->connects, 1);
	assert_int_equal(f->ports[0], 8080);
	expect(f, FACT_AUDITED, "ports", "site hq does not allow it (audit: ports)");
	expect(f, FACT_AUDITED, "tls", "no port of TLS is known");
	expect(f, FACT_AUDITED, "http", "no port of HTTP is known");
	assert_false(is_complete(f, FACT_OPEN_PORT));
	assert_false(is_complete(f, FACT_TLS_VERSIONS));
	assert_false(is_complete(f, FACT_HTTP_AUTH));
	/* allowed: both, each once */
	f->site.audit_ports = true;
	RUN(f, "22,8080", ERR_REFUSED);
	assert_int_equal(f->connects, 2);
	expect(f, FACT_AUDITED, "ports", "checked");
}

static void
test_bad_list(void **state)
{
	struct fixture *f = *state;

	RUN(f, "22;23", 0);
	assert_int_equal(f->result.outcome, OUTCOME_ERROR);
	assert_int_equal(f->connects, 0);
}

static void
test_time_is_over(void **state)
{
	struct fixture *f = *state;

	set_option(f, OPT_EXPOSURE_MAX_TIME, "1s");
	RUN(f, "1000-1060", 0);
	expect(f, FACT_AUDITED, "ports", "not done within max_time");
	expect(f, FACT_AUDITED, "snmp", "not done within max_time");
	assert_false(is_complete(f, FACT_OPEN_PORT));
	assert_true(f->connects < 60);
}

static void
test_cancelled(void **state)
{
	static const int open[] = {0};
	struct fixture *f = *state;
	struct probe_run *going;

	f->script = open;
	f->script_len = 1;
	going = probe_run_start(&f->env, &f->target, clock_wall_ms(), on_ended, f);
	assert_non_null(going);
	while (f->active < 2)
		uv_run(&f->uv, UV_RUN_ONCE);
	probe_run_cancel(going);
	assert_int_equal(f->ends, 1);
	assert_int_equal(f->active, 0);
	assert_int_equal(f->result.reason, REASON_CANCELED);
}

int
main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_known),	 TEST(test_nothing_answers),
		TEST(test_falls_silent), TEST(test_own_failure),
		TEST(test_pace),	 TEST(test_permission),
		TEST(test_bad_list),	 TEST(test_time_is_over),
		TEST(test_cancelled),
	};
#undef TEST

	return cmocka_run_group_tests(tests, NULL, NULL);
}
