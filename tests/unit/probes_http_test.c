/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The HTTP probe: statuses as configured, TLS keys remembered, silence and refusal told apart.
 */
#include "../http/rig.h"
#include "../http/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct host {
	int status; /* 0: silence; -1: closes */
	unsigned requests;
	bool wants_login, saw_login;
};

static void
script(struct server_conn *conn, void *arg)
{
	struct host *site = arg;
	char login[64];

	while (server_read(conn)) {
		site->requests++;
		server_header(conn, "Authorization", login, sizeof(login));
		site->saw_login |= login[0] != '\0';
		if (site->status == 0)
			server_stall(conn);
		if (site->status <= 0)
			return;
		server_reply(conn, site->status,
			     site->wants_login ? "WWW-Authenticate: Basic realm=\"x\"\r\n" : "",
			     "text/html", "<html/>");
	}
}

static void
check(int status, const char *list, enum outcome outcome, enum reason reason, const char *words)
{
	struct host site = {.status = status};
	struct server *server = server_start(script, &site, NULL);
	struct rig rig;

	rig_open(&rig, PROBE_HTTP, KIND_SERVER, server_port(server));
	if (list != NULL)
		rig_option(&rig, OPT_HTTP_STATUS, list);
	rig_option(&rig, OPT_HTTP_PATH, "/health?x=1");
	rig_run(&rig);
	rig_expect(&rig, outcome, reason, words);
	if (status > 0) {
		assert_string_equal(rig_fact(&rig, FACT_HTTP_SERVER, NULL), "scripted/1");
		assert_true(rig.result.rtt_us != RTT_NONE);
	} else {
		assert_true(rig.result.rtt_us == RTT_NONE);
	}
	assert_int_equal(rig.result.sent, 1);
	rig_close(&rig);
	server_stop(server);
	assert_int_equal(site.requests, 1);
}

static void
test_statuses(void **state)
{
	(void)state;
	check(200, NULL, OUTCOME_OK, REASON_NONE, "HTTP 200, first byte after");
	check(302, NULL, OUTCOME_OK, REASON_NONE, "HTTP 302");
	check(401, NULL, OUTCOME_OK, REASON_NONE, "HTTP 401");
	check(404, NULL, OUTCOME_DEGRADED, REASON_HTTP_STATUS, "HTTP 404, expected 200-399");
	check(500, NULL, OUTCOME_DEGRADED, REASON_HTTP_STATUS, "HTTP 500");
	check(503, "200, 500-503", OUTCOME_OK, REASON_NONE, "HTTP 503");
	check(504, "200, 500-503", OUTCOME_DEGRADED, REASON_HTTP_STATUS, "");
	check(200, "200,OK", OUTCOME_ERROR, REASON_LOCAL, "no list of statuses");
	check(200, "299-200", OUTCOME_ERROR, REASON_LOCAL, "no list of statuses");
	check(-1, NULL, OUTCOME_FAIL, REASON_RESET, "closed without a reply");
}

static void
test_silence_and_retry(void **state)
{
	struct host site = {.status = 0};
	struct server *server = server_start(script, &site, NULL);
	struct rig rig;

	(void)state;
	rig_open(&rig, PROBE_HTTP, KIND_SERVER, server_port(server));
	rig.settings.timeout_ms = 300;
	rig.settings.retries = 2;
	rig_run(&rig);
	rig_expect(&rig, OUTCOME_FAIL, REASON_TIMEOUT, "TCP connects, HTTP stalls");
	assert_int_equal(rig.result.sent, 3);
	assert_int_equal(rig.result.lost, 3);
	rig_run_cancelled(&rig);
	server_stop(server);
	rig_run(&rig);
	rig_expect(&rig, OUTCOME_FAIL, REASON_REFUSED, "refused");
	rig_close(&rig);
	assert_in_range(site.requests, 3, 4);
}

static void
test_never_logs_in(void **state)
{
	struct host site = {.status = 401, .wants_login = true};
	struct server *server = server_start(script, &site, NULL);
	struct rig rig;

	(void)state;
	rig_open(&rig, PROBE_HTTP, KIND_SERVER, server_port(server));
	rig_password(&rig, "secret");
	rig.device.credentials[USE_HTTP] = 0;
	rig.credential.http = rig.credential.onvif;
	rig.credential.http.allow_basic = true;
	rig_run(&rig);
	rig_expect(&rig, OUTCOME_OK, REASON_NONE, "HTTP 401");
	rig_close(&rig);
	server_stop(server);
	assert_false(site.saw_login);
}

static void
test_tls(void **state)
{
	struct host site = {.status = 200};
	struct server_cert cert, other;
	struct server *server, *after;
	char pin[64], port[8];
	struct rig rig;

	(void)state;
	server_cert_make(&cert, "DNS:x", 30, NULL);
	server_cert_make(&other, "DNS:x", 30, NULL);
	server_cert_pin(&cert, pin);
	server = server_start(script, &site, server_tls(&cert));
	after = server_start(script, &site, server_tls(&other));
	rig_open(&rig, PROBE_HTTP, KIND_SERVER, server_port(server));
	snprintf(port, sizeof(port), "%u", server_port(server));
	rig_option(&rig, OPT_HTTP_SCHEME, "https");
	rig_run(&rig);
	rig_expect(&rig, OUTCOME_DEGRADED, REASON_TLS_UNTRUSTED, "self-signed");
	rig_option(&rig, OPT_HTTP_TRUST, "pin");
	rig_run(&rig);
	rig_expect(&rig, OUTCOME_ERROR, REASON_LOCAL, "not sent");
	rig_option(&rig, OPT_HTTP_PIN, pin);
	rig_run(&rig);
	rig_expect(&rig, OUTCOME_OK, REASON_NONE, "");
	assert_string_equal(rig_fact(&rig, FACT_TLS_KEY, port), pin);
	assert_int_equal(strlen(rig_fact(&rig, FACT_TLS_NOT_AFTER, port)), 24);
	rig_option(&rig, OPT_HTTP_TRUST, "tofu");
	rig_run(&rig);
	rig_expect(&rig, OUTCOME_OK, REASON_NONE, "");
	rig_restart(&rig);
	site.requests = 0;
	snprintf(port, sizeof(port), "%u", server_port(after));
	rig_option(&rig, OPT_HTTP_PORT, port);
	server_cert_pin(&other, pin);
	rig_run(&rig);
	rig_expect(&rig, OUTCOME_DEGRADED, REASON_TLS_PIN, pin);
	assert_string_equal(rig_fact(&rig, FACT_TLS_KEY, port), "");
	assert_int_equal(site.requests, 0);
	rig_close(&rig);
	server_stop(server);
	server_stop(after);
	server_cert_free(&cert);
	server_cert_free(&other);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_statuses),
		cmocka_unit_test(test_silence_and_retry),
		cmocka_unit_test(test_never_logs_in),
		cmocka_unit_test(test_tls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
