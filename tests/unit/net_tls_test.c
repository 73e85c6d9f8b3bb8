/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How HTTPS peers are known: refused by default unless their chain and name fit, a pinned key,
 * the key seen first. Certificates are made here, each time.
 */
#include "../http/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

struct tls_bench {
	struct bench bench;
	unsigned requests; /* that reached the peer: secrets may be in them */
	char ca_path[64];
	struct server_cert ca, cert;
	char pin[64];
};

static void
script_count(struct server_conn *conn, void *arg)
{
	unsigned *requests = arg;

	while (server_read(conn)) {
		(*requests)++;
		server_reply(conn, 200, "", "text/plain", "secure");
	}
}

/* with_ca: the client knows the issuer, and the certificate is of the issuer. */
static void
tls_open(struct tls_bench *tls, const char *san, int days, bool with_ca)
{
	struct http_options options = {0};
	int fd;

	memset(tls, 0, sizeof(*tls));
	snprintf(tls->ca_path, sizeof(tls->ca_path), "/tmp/kw-tls-test-XXXXXX");
	fd = mkstemp(tls->ca_path);
	assert_true(fd >= 0);
	close(fd);
	server_cert_make(&tls->ca, NULL, 100, NULL);
	server_cert_write(&tls->ca, tls->ca_path);
	options.ca_file = with_ca ? tls->ca_path : NULL;
	server_cert_make(&tls->cert, san, days, with_ca ? &tls->ca : NULL);
	server_cert_pin(&tls->cert, tls->pin);
	bench_open(&tls->bench, server_tls(&tls->cert), script_count, &tls->requests, &options);
	tls->bench.request.host = "cam-1.example";
}

static void
tls_close(struct tls_bench *tls)
{
	bench_close(&tls->bench);
	server_cert_free(&tls->cert);
	server_cert_free(&tls->ca);
	unlink(tls->ca_path);
}

static void
test_chain_and_name(void **state)
{
	struct tls_bench tls;
	struct fetch got;

	(void)state;
	tls_open(&tls, "DNS:cam-1.example,IP:127.0.0.1", 30, true);
	got = fetch(&tls.bench);
	assert_int_equal(got.reply.reason, REASON_NONE);
	assert_string_equal(got.body, "secure");
	assert_true(got.reply.tls.is_verified);
	assert_string_equal(got.reply.tls.key, tls.pin);
	assert_string_equal(got.reply.tls.verify_text, "");
	assert_true(got.reply.tls.not_after_ms > 0);
	assert_int_not_equal(got.reply.tls_us, 0);
	assert_int_not_equal(got.reply.connect_us, 0);
	free(got.body);
	/* what is known of the peer does not get lost on a kept-alive connection */
	got = fetch(&tls.bench);
	assert_true(got.reply.reused);
	assert_string_equal(got.reply.tls.key, tls.pin);
	assert_true(got.reply.tls.is_verified);
	free(got.body);
	tls.bench.request.host = "127.0.0.1";
	assert_fetch(&tls.bench, REASON_NONE, "");
	assert_int_equal(tls.requests, 3);
	tls.bench.request.host = "cam-2.example";
	assert_fetch(&tls.bench, REASON_TLS_UNTRUSTED, "another name");
	assert_int_equal(tls.requests, 3);
	tls_close(&tls);
}

static void
test_refused_by_default(void **state)
{
	static const struct {
		bool with_ca;
		int days;
		const char *words;
	} cases[] = {
		{false, 30, "self-signed"},
		{true, -1, "expired"},
	};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct tls_bench tls;
		struct fetch got;

		tls_open(&tls, "DNS:cam-1.example", cases[i].days, cases[i].with_ca);
		got = fetch(&tls.bench);
		assert_int_equal(got.reply.reason, REASON_TLS_UNTRUSTED);
		assert_non_null(strstr(got.reply.error, cases[i].words));
		assert_false(got.reply.tls.is_verified);
		/* a person is told which key it was */
		assert_string_equal(got.reply.tls.key, tls.pin);
		free(got.body);
		assert_int_equal(tls.requests, 0);
		tls_close(&tls);
	}
}

static void
test_pin(void **state)
{
	static const char wrong[] = "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";
	struct tls_bench tls;
	struct fetch got;

	(void)state;
	tls_open(&tls, "DNS:other.example", -1, false);
	tls.bench.request.trust = TLS_TRUST_PIN;
	tls.bench.request.pin = tls.pin;
	got = fetch(&tls.bench);
	assert_int_equal(got.reply.reason, REASON_NONE);
	assert_false(got.reply.tls.is_verified);
	assert_string_not_equal(got.reply.tls.verify_text, "");
	free(got.body);
	/* the open connection must not serve where another key is expected */
	tls.bench.request.pin = wrong;
	got = fetch(&tls.bench);
	assert_int_equal(got.reply.reason, REASON_TLS_PIN);
	assert_string_equal(got.reply.tls.key, tls.pin);
	free(got.body);
	tls.bench.request.trust = TLS_TRUST_SYSTEM;
	assert_fetch(&tls.bench, REASON_TLS_UNTRUSTED, "");
	assert_int_equal(tls.requests, 1);
	tls_close(&tls);
}

static void
test_tofu(void **state)
{
	struct tls_bench tls;
	struct fetch got;
	char seen[TLS_KEY_SIZE];
	struct server_cert other;

	(void)state;
	tls_open(&tls, "DNS:whatever.example", 30, false);
	tls.bench.request.trust = TLS_TRUST_TOFU;
	tls.bench.request.last = true;
	got = fetch(&tls.bench);
	assert_int_equal(got.reply.reason, REASON_NONE);
	assert_string_equal(got.reply.tls.key, tls.pin);
	memcpy(seen, got.reply.tls.key, sizeof(seen));
	free(got.body);
	tls.bench.request.pin = seen;
	assert_fetch(&tls.bench, REASON_NONE, "");
	assert_int_equal(tls.requests, 2);
	/* the device comes back with another key */
	server_stop(tls.bench.server);
	server_cert_make(&other, "DNS:whatever.example", 30, NULL);
	tls.bench.server = server_start(script_count, &tls.requests, server_tls(&other));
	tls.bench.request.port = server_port(tls.bench.server);
	got = fetch(&tls.bench);
	assert_int_equal(got.reply.reason, REASON_TLS_PIN);
	assert_string_not_equal(got.reply.tls.key, seen);
	assert_true(http_pin_is_valid(got.reply.tls.key));
	free(got.body);
	assert_int_equal(tls.requests, 2);
	server_cert_free(&other);
	tls_close(&tls);
}

static void
script_mute(struct server_conn *conn, void *arg)
{
	(void)arg;
	server_stall(conn);
}

static void
script_plain(struct server_conn *conn, void *arg)
{
	(void)arg;
	server_sendf(conn, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
	server_stall(conn);
}

static void
test_no_tls_at_all(void **state)
{
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, script_plain, NULL, NULL);
	bench.request.https = true;
	assert_fetch(&bench, REASON_TLS, "");
	bench_close(&bench);
	bench_open(&bench, NULL, script_mute, NULL, NULL);
	bench.request.https = true;
	bench.request.total_timeout_ms = 300;
	assert_fetch(&bench, REASON_TIMEOUT, "TCP connects, TLS stalls");
	bench_close(&bench);
}

static void
test_pin_syntax(void **state)
{
	(void)state;
	assert_true(http_pin_is_valid("sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="));
	assert_false(http_pin_is_valid("sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"));
	assert_false(http_pin_is_valid("sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=x"));
	assert_false(http_pin_is_valid("/etc/passwd"));
	assert_false(http_pin_is_valid(""));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_chain_and_name),
		cmocka_unit_test(test_refused_by_default),
		cmocka_unit_test(test_pin),
		cmocka_unit_test(test_tofu),
		cmocka_unit_test(test_no_tls_at_all),
		cmocka_unit_test(test_pin_syntax),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
