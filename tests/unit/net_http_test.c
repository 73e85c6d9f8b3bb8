/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The HTTP client against a scripted peer: slow, torn, silent, huge, garbled. Logins are in
 * net_login_test.c, TLS in net_tls_test.c.
 */
#include "keepwatch/err.h"

#include "../http/fixture.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void
script_echo(struct server_conn *conn, void *arg)
{
	(void)arg;
	while (server_read(conn) && server_reply(conn, 200, "", "text/plain", conn->request))
		continue;
}

static void
test_plain(void **state)
{
	static const char *const headers[] = {"X-One: 1", NULL};
	struct bench bench;
	struct fetch got;

	(void)state;
	bench_open(&bench, NULL, script_echo, NULL, NULL);
	bench.request.path = "/a/../b?c=d";
	bench.request.host = "cam-1.example";
	bench.request.headers = headers;
	got = fetch(&bench);
	assert_int_equal(got.reply.reason, REASON_NONE);
	assert_int_equal(got.reply.status, 200);
	assert_string_equal(got.reply.content_type, "text/plain");
	assert_string_equal(got.reply.server, "scripted/1");
	assert_true(got.reply.connected);
	assert_false(got.reply.reused);
	assert_int_not_equal(got.reply.connect_us, 0);
	assert_int_not_equal(got.reply.first_byte_us, 0);
	assert_true(got.reply.total_us >= got.reply.connect_us);
	assert_ptr_equal(strstr(got.body, "GET /a/../b?c=d HTTP/1.1\r\n"), got.body);
	assert_non_null(strstr(got.body, "\r\nHost: cam-1.example:"));
	assert_non_null(strstr(got.body, "\r\nX-One: 1\r\n"));
	assert_null(strstr(got.body, "Authorization"));
	assert_null(strstr(got.body, "Cookie"));
	free(got.body);

	bench.request.body = "<x/>";
	bench.request.body_len = 4;
	bench.request.content_type = "application/soap+xml";
	got = fetch(&bench);
	assert_true(got.reply.reused);
	assert_ptr_equal(strstr(got.body, "POST "), got.body);
	assert_non_null(strstr(got.body, "\r\nContent-Type: application/soap+xml\r\n"));
	assert_null(strstr(got.body, "Expect"));
	assert_string_equal(strstr(got.body, "\r\n\r\n"), "\r\n\r\n<x/>");
	free(got.body);
	assert_int_equal(server_connections(bench.server), 1);

	bench.request.last = true;
	got = fetch(&bench);
	assert_non_null(strstr(got.body, "\r\nConnection: close\r\n"));
	free(got.body);
	got = fetch(&bench);
	assert_false(got.reply.reused);
	free(got.body);
	bench_close(&bench);
}

static void
test_refusals_of_our_own(void **state)
{
	static const char *const paths[] = {"x", "", "/a b", "/a\r\nX: y", "/a#b", "/\x80", NULL};
	static const char *const hosts[] = {"", "a b", "a@b", "a/b", "a:1", "a\r\nb", NULL};
	static const char *const injected[] = {"X: 1\r\nY: 2", NULL};
	struct fetch got = {0};
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, script_echo, NULL, NULL);
	for (size_t i = 0; paths[i] != NULL; i++) {
		bench.request.path = paths[i];
		assert_int_equal(http_send(bench.client, &bench.request, on_done, &got, NULL),
				 ERR_INVAL);
	}
	bench.request.path = "/";
	for (size_t i = 0; hosts[i] != NULL; i++) {
		bench.request.host = hosts[i];
		assert_int_equal(http_send(bench.client, &bench.request, on_done, &got, NULL),
				 ERR_INVAL);
	}
	bench.request.host = NULL;
	bench.request.headers = injected;
	assert_int_equal(http_send(bench.client, &bench.request, on_done, &got, NULL), ERR_INVAL);
	bench.request.headers = NULL;
	bench.request.https = true;
	bench.request.trust = TLS_TRUST_PIN;
	assert_int_equal(http_send(bench.client, &bench.request, on_done, &got, NULL), ERR_INVAL);
	bench.request.pin = "sha256//short";
	assert_int_equal(http_send(bench.client, &bench.request, on_done, &got, NULL), ERR_INVAL);
	assert_int_equal(http_client_stats(bench.client).in_flight, 0);
	assert_false(got.done);
	bench_close(&bench);
}

static void
script_stall(struct server_conn *conn, void *arg)
{
	const char *first = arg;

	if (server_read(conn) && server_send(conn, first, strlen(first)))
		server_stall(conn);
}

static void
script_close(struct server_conn *conn, void *arg)
{
	const char *first = arg;

	if (server_read(conn))
		server_send(conn, first, strlen(first));
}

static void
test_stalls(void **state)
{
	static const struct {
		const char *sent, *words;
	} cases[] = {
		{"", "TCP connects, HTTP stalls"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "stalls after 3 bytes"},
		{"HTTP/1.1 200 OK\r\nContent-Le", "stalls after 0 bytes"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bench bench;

		bench_open(&bench, NULL, script_stall, (void *)(uintptr_t)cases[i].sent, NULL);
		bench.request.total_timeout_ms = 700;
		assert_fetch(&bench, REASON_TIMEOUT, cases[i].words);
		bench_close(&bench);
	}
}

static void
test_torn_and_garbled(void **state)
{
	static const struct {
		const char *sent;
		enum reason reason;
		const char *words;
	} cases[] = {
		{"", REASON_RESET, "closed without a reply"},
		{"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", REASON_RESET, "within"},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", REASON_RESET,
		 "within"},
		{"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab", REASON_BAD_REPLY,
		 "hunk"},
		{"SSH-2.0-dropbear\r\n", REASON_BAD_REPLY, ""},
		{"\x16\x03\x01\x02\x00garbage", REASON_BAD_REPLY, ""},
		{"HTTP/1.1 99999 OK\r\n\r\n", REASON_BAD_REPLY, ""},
		{"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n", REASON_BAD_REPLY, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct bench bench;

		bench_open(&bench, NULL, script_close, (void *)(uintptr_t)cases[i].sent, NULL);
		assert_fetch(&bench, cases[i].reason, cases[i].words);
		bench_close(&bench);
	}
}

static void
test_refused(void **state)
{
	struct bench bench;
	uint16_t port;

	(void)state;
	bench_open(&bench, NULL, script_echo, NULL, NULL);
	port = server_port(bench.server);
	server_stop(bench.server);
	bench.server = NULL;
	bench.request.port = port;
	assert_fetch(&bench, REASON_REFUSED, "refused");
	bench_close(&bench);
}

/* Answers the first request of each connection, and closes at the second without a word. */
static void
script_silent_close(struct server_conn *conn, void *arg)
{
	(void)arg;
	if (server_read(conn) && server_reply(conn, 200, "", "text/plain", "once"))
		server_read(conn);
}

static void
test_silent_close_is_retried_once(void **state)
{
	struct http_session *session = NULL;
	struct bench bench;
	struct fetch got;

	(void)state;
	bench_open(&bench, NULL, script_silent_close, NULL, NULL);
	bench.request.body = "<x/>";
	bench.request.body_len = 4;
	for (unsigned i = 0; i < 20; i++) {
		if (i == 3) { /* as often as it happens in one conversation */
			assert_int_equal(http_session_open(&session, bench.client), 0);
			bench.request.session = session;
		}
		got = fetch(&bench);
		assert_int_equal(got.reply.reason, REASON_NONE);
		assert_string_equal(got.body, "once");
		free(got.body);
		assert_int_equal(server_connections(bench.server), i + 1);
	}
	http_session_close(session);
	bench_close(&bench);
}

/* Answers the first connection, and closes all others without a word. */
static void
script_close_others(struct server_conn *conn, void *arg)
{
	atomic_uint *requests = arg;

	for (bool more = true; more && server_read(conn);) {
		atomic_fetch_add(requests, 1);
		more = conn->number == 0 && atomic_load(requests) == 1 &&
		       server_reply(conn, 200, "", "text/plain", "once");
	}
}

/* What changes something is sent once, whatever becomes of the connection. */
static void
test_fresh_is_never_repeated(void **state)
{
	struct http_session *session = NULL;
	atomic_uint requests = 0;
	struct bench bench;
	struct fetch got;

	(void)state;
	bench_open(&bench, NULL, script_close_others, &requests, NULL);
	bench.request.body = "<x/>";
	bench.request.body_len = 4;
	assert_int_equal(http_session_open(&session, bench.client), 0);
	bench.request.session = session;
	got = fetch(&bench);
	assert_string_equal(got.body, "once");
	free(got.body);
	bench.request.fresh = true;
	for (unsigned i = 1; i < 4; i++) {
		assert_fetch(&bench, REASON_RESET, "connection closed without a reply");
		assert_int_equal(server_connections(bench.server), i + 1);
		assert_int_equal(atomic_load(&requests), i + 1);
	}
	http_session_close(session);
	bench_close(&bench);
}

static void
script_flood(struct server_conn *conn, void *arg)
{
	char block[1024];

	memset(block, 'a', sizeof(block));
	if (!server_read(conn))
		return;
	server_sendf(conn, "HTTP/1.1 200 OK\r\n");
	if (strcmp(arg, "headers") == 0) {
		for (int i = 0; i < 1000 && server_sendf(conn, "X-%d: %.900s\r\n", i, block); i++)
			continue;
		return;
	}
	if (strcmp(arg, "declared") == 0)
		server_sendf(conn, "Content-Length: 99999999\r\n\r\n");
	else
		server_sendf(conn, "\r\n");
	for (int i = 0; i < 4096 && server_send(conn, block, sizeof(block)); i++)
		continue;
}

/* Answers once, then only reads. */
static void
script_stall_second(struct server_conn *conn, void *arg)
{
	(void)arg;
	if (server_read(conn) && server_reply(conn, 200, "", "text/plain", "once"))
		server_stall(conn);
}

static void
test_kept_alive_stall(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, script_stall_second, NULL, NULL);
	assert_fetch(&bench, REASON_NONE, "");
	bench.request.total_timeout_ms = 200;
	assert_fetch(&bench, REASON_TIMEOUT, "TCP connects, HTTP stalls");
	assert_int_equal(server_connections(bench.server), 1);
	bench_close(&bench);
}

static void
test_floods(void **state)
{
	static const char *const kinds[] = {"headers", "declared", "endless"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct bench bench;

		bench_open(&bench, NULL, script_flood, (void *)(uintptr_t)kinds[i], NULL);
		assert_fetch(&bench, REASON_BAD_REPLY, "larger than");
		bench_close(&bench);
	}
}

static void
test_body_cap_is_exact(void **state)
{
	char sent[128] = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n0123456789";
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, script_close, sent, NULL);
	bench.request.max_body = 10;
	assert_fetch(&bench, REASON_NONE, "");
	bench.request.max_body = 9;
	assert_fetch(&bench, REASON_BAD_REPLY, "larger than 9 bytes");
	bench_close(&bench);
}

static void
script_redirect(struct server_conn *conn, void *arg)
{
	unsigned *requests = arg;
	char extra[128];

	snprintf(extra, sizeof(extra), "Location: http://127.0.0.1:%u/other\r\n",
		 server_port(conn->server));
	while (server_read(conn) && server_reply(conn, 302, extra, "text/html", "moved"))
		(*requests)++;
}

static void
test_redirect_is_not_followed(void **state)
{
	unsigned requests = 0;
	struct bench bench;
	struct fetch got;

	(void)state;
	bench_open(&bench, NULL, script_redirect, &requests, NULL);
	got = fetch(&bench);
	assert_int_equal(got.reply.status, 302);
	assert_string_equal(got.body, "moved");
	free(got.body);
	bench_close(&bench);
	assert_int_equal(requests, 1);
}

/* ---- many, cancelled, closed */

struct crowd {
	unsigned waiting, most;
	pthread_mutex_t lock;
};

static void
script_crowd(struct server_conn *conn, void *arg)
{
	struct crowd *crowd = arg;

	while (server_read(conn)) {
		pthread_mutex_lock(&crowd->lock);
		if (++crowd->waiting > crowd->most)
			crowd->most = crowd->waiting;
		pthread_mutex_unlock(&crowd->lock);
		usleep(2000); /* so that they pile up if nothing holds them back */
		pthread_mutex_lock(&crowd->lock);
		crowd->waiting--;
		pthread_mutex_unlock(&crowd->lock);
		server_reply(conn, 200, "", "text/plain", "x");
	}
}

static void
test_cap_and_queue(void **state)
{
	const struct http_options options = {.max_in_flight = 5, .max_idle = 3};
	struct crowd crowd = {.lock = PTHREAD_MUTEX_INITIALIZER};
	struct fetch fetches[60] = {0};
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, script_crowd, &crowd, &options);
	for (size_t i = 0; i < 60; i++)
		assert_int_equal(
			http_send(bench.client, &bench.request, on_done, &fetches[i], NULL), 0);
	assert_int_equal(http_client_stats(bench.client).in_flight, 5);
	assert_int_equal(http_client_stats(bench.client).queued, 55);
	for (size_t i = 0; i < 60; i++) {
		bench_wait(&bench, &fetches[i].done);
		assert_int_equal(fetches[i].reply.status, 200);
		free(fetches[i].body);
	}
	assert_int_equal(http_client_stats(bench.client).in_flight, 0);
	assert_int_equal(http_client_stats(bench.client).queued, 0);
	assert_int_equal(http_client_stats(bench.client).requests, 60);
	bench_close(&bench);
	assert_in_range(crowd.most, 1, 5);
}

static void
test_cancel_and_close(void **state)
{
	const struct http_options options = {.max_in_flight = 2};
	struct http_exchange *exchanges[4] = {0};
	struct http_session *session = NULL;
	struct fetch fetches[4] = {0}, after = {0};
	char nothing[1] = "";
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, script_stall, nothing, &options);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(http_send(bench.client, &bench.request, on_done, &fetches[i],
					   &exchanges[i]),
				 0);
	http_cancel(exchanges[3]); /* queued, the last */
	http_cancel(exchanges[0]); /* active */
	http_cancel(NULL);
	for (int i = 0; i < 20; i++)
		uv_run(&bench.uv, UV_RUN_NOWAIT);
	assert_int_equal(http_client_stats(bench.client).in_flight +
				 http_client_stats(bench.client).queued,
			 2);
	assert_int_equal(http_session_open(&session, bench.client), 0);
	bench.request.session = session;
	assert_int_equal(http_send(bench.client, &bench.request, on_done, &after, NULL), 0);
	assert_int_equal(http_send(bench.client, &bench.request, on_done, &after, NULL), ERR_BUSY);
	http_session_close(session);
	bench_close(&bench); /* two are still there */
	for (size_t i = 0; i < 4; i++)
		assert_false(fetches[i].done);
	assert_false(after.done);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain),
		cmocka_unit_test(test_refusals_of_our_own),
		cmocka_unit_test(test_stalls),
		cmocka_unit_test(test_torn_and_garbled),
		cmocka_unit_test(test_refused),
		cmocka_unit_test(test_silent_close_is_retried_once),
		cmocka_unit_test(test_fresh_is_never_repeated),
		cmocka_unit_test(test_kept_alive_stall),
		cmocka_unit_test(test_floods),
		cmocka_unit_test(test_body_cap_is_exact),
		cmocka_unit_test(test_redirect_is_not_followed),
		cmocka_unit_test(test_cap_and_queue),
		cmocka_unit_test(test_cancel_and_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
