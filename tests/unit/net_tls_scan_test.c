/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a scan tells of a TLS service: versions, key, signature, names, expiry; and that peers which
 * send garbage, nothing, or without end are held to their bounds. Certificates are made here.
 */
#include "../http/fixture.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/tls_scan.h"

#include <openssl/rsa.h>
#include <openssl/x509v3.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define BIT(version) (1u << TLS_SCAN_##version)

enum { TIMEOUT_MS = 300, ALL = (1 << TLS_SCAN_COUNT) - 1 };

struct scan {
	bool done;
	struct tls_scan_result result;
};

static void
script_wait(struct server_conn *conn, void *arg)
{
	(void)arg;
	server_stall(conn);
}

static void
on_scanned(void *arg, const struct tls_scan_result *result)
{
	struct scan *scan = arg;

	assert_false(scan->done);
	scan->done = true;
	scan->result = *result;
}

static struct tls_scan_options
options_for(struct bench *bench, struct scan *scan)
{
	return (struct tls_scan_options){
		.to = bench->request.ip,
		.port = bench->request.port,
		.host = "cam-1.example",
		.timeout_ms = TIMEOUT_MS,
		.done = on_scanned,
		.arg = scan,
	};
}

static struct tls_scan_result
scan_bench(struct bench *bench)
{
	struct scan scan = {0};
	struct tls_scan_options options = options_for(bench, &scan);
	struct tls_scan *running;

	assert_int_equal(tls_scan_start(&running, bench->loop, &options), 0);
	bench_wait(bench, &scan.done);
	return scan.result;
}

static struct tls_scan_result
scan_server(SSL_CTX *tls, server_script *script)
{
	struct tls_scan_result result;
	struct bench bench;

	bench_open(&bench, tls, script, NULL, NULL);
	result = scan_bench(&bench);
	bench_close(&bench);
	return result;
}

/* A certificate of another key than the fixture's. */
static struct server_cert
weak_cert(EVP_PKEY *key, const EVP_MD *digest, const char *issuer)
{
	struct server_cert cert;
	X509_NAME *name = X509_NAME_new();

	server_cert_make(&cert, "DNS:cam-1.example,DNS:*.cams.example,IP:10.1.2.3,IP:2001:db8::1",
			 -1, NULL);
	EVP_PKEY_free(cert.key);
	cert.key = key;
	assert_int_equal(X509_set_pubkey(cert.cert, key), 1);
	if (issuer != NULL) {
		X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8, (const unsigned char *)issuer,
					   -1, -1, 0);
		X509_set_issuer_name(cert.cert, name);
	}
	X509_NAME_free(name);
	assert_true(X509_sign(cert.cert, key, digest) > 0);
	return cert;
}

static SSL_CTX *
old_server(const struct server_cert *cert, int version)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	SSL_CTX_set_security_level(ctx, 0);
	assert_int_equal(SSL_CTX_use_certificate(ctx, cert->cert), 1);
	assert_int_equal(SSL_CTX_use_PrivateKey(ctx, cert->key), 1);
	SSL_CTX_set_min_proto_version(ctx, version);
	SSL_CTX_set_max_proto_version(ctx, version);
	SSL_CTX_set_cipher_list(ctx, "ALL:COMPLEMENTOFALL");
	return ctx;
}

static void
test_today(void **state)
{
	struct server_cert ca, cert;
	struct tls_scan_result result;
	char pin[64];

	(void)state;
	server_cert_make(&ca, NULL, 100, NULL);
	server_cert_make(&cert, "DNS:cam-1.example,IP:127.0.0.1", 30, &ca);
	server_cert_pin(&cert, pin);
	result = scan_server(server_tls(&cert), script_wait);
	assert_int_equal(result.offered, BIT(1_3) | BIT(1_2));
	assert_int_equal(result.refused, ALL & ~result.offered);
	assert_int_equal(result.rc, 0);
	assert_int_equal(result.handshakes, TLS_SCAN_COUNT);
	assert_true(result.has_cert);
	assert_string_equal(result.cert.key, pin);
	assert_string_equal(result.cert.key_type, "EC 256");
	assert_string_equal(result.cert.signature, "ecdsa-with-SHA256");
	assert_string_equal(result.cert.names, "test, cam-1.example, 127.0.0.1");
	assert_string_equal(result.cert.issuer, "CN=test issuer");
	assert_true(result.cert.not_after_ms > clock_wall_ms());
	assert_true(result.cert.not_before_ms < clock_wall_ms());
	server_cert_free(&cert);
	server_cert_free(&ca);
}

static void
test_each_old_version(void **state)
{
	static const struct {
		int wire;
		unsigned bit;
	} rows[] = {
		{TLS1_VERSION, BIT(1_0)},
		{TLS1_1_VERSION, BIT(1_1)},
		{TLS1_2_VERSION, BIT(1_2)},
		{TLS1_3_VERSION, BIT(1_3)},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct server_cert cert = weak_cert(EVP_RSA_gen(1024), EVP_sha1(), NULL);
		struct tls_scan_result result =
			scan_server(old_server(&cert, rows[i].wire), script_wait);

		assert_int_equal(result.offered, rows[i].bit);
		assert_int_equal(result.refused, ALL & ~rows[i].bit);
		assert_string_equal(result.cert.key_type, "RSA 1024");
		assert_string_equal(result.cert.signature, "sha1WithRSAEncryption");
		assert_string_equal(result.cert.names, "test, cam-1.example, *.cams.example, "
						       "10.1.2.3, 2001:db8::1");
		assert_string_equal(result.cert.issuer, "self-signed");
		assert_true(result.cert.not_after_ms < clock_wall_ms());
		server_cert_free(&cert);
	}
}

static void
test_weak_things(void **state)
{
	struct server_cert cert;
	struct tls_scan_result result;
	SSL_CTX *ctx;

	(void)state;
	/* named as its own issuer, but not signed by its key */
	cert = weak_cert(EVP_RSA_gen(512), EVP_md5(), "Größer, Inc\n");
	ctx = old_server(&cert, TLS1_VERSION);
	SSL_CTX_set_cipher_list(ctx, "AES128-SHA"); /* without forward secrecy */
	result = scan_server(ctx, script_wait);
	assert_int_equal(result.offered, BIT(1_0));
	assert_string_equal(result.cert.key_type, "RSA 512");
	assert_string_equal(result.cert.signature, "md5WithRSAEncryption");
	assert_string_equal(result.cert.issuer, "O=Größer\\, Inc\\0A");
	server_cert_free(&cert);
	/* anonymous: a version without a certificate */
	server_cert_make(&cert, NULL, 30, NULL);
	ctx = old_server(&cert, TLS1_2_VERSION);
	SSL_CTX_set_cipher_list(ctx, "ADH:AECDH");
	SSL_CTX_set_dh_auto(ctx, 1);
	result = scan_server(ctx, script_wait);
	assert_int_equal(result.offered, BIT(1_2));
	assert_false(result.has_cert);
	/* a client certificate is asked for: nothing of ours is shown */
	ctx = server_tls(&cert);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
	result = scan_server(ctx, script_wait);
	assert_int_equal(result.offered, BIT(1_3) | BIT(1_2));
	assert_true(result.has_cert);
	server_cert_free(&cert);
}

/* ---- peers that are not what they should be */

static void
script_garbage(struct server_conn *conn, void *arg)
{
	(void)arg;
	server_sendf(conn, "HTTP/1.0 400 Bad Request\r\n\r\n");
	server_stall(conn);
}

static void
script_close(struct server_conn *conn, void *arg)
{
	(void)conn, (void)arg;
}

/* Handshake records without end, each announcing a certificate of 16 MB. */
static void
script_endless(struct server_conn *conn, void *arg)
{
	uint8_t record[5 + 4096] = {0x16, 3, 3, 0x10, 0, 11, 0xff, 0xff, 0xff};

	(void)arg;
	while (server_send(conn, record, sizeof(record)))
		continue;
}

/* An SSLv3 ServerHello to whoever asks for SSLv3, an alert to the others. */
static void
script_ssl3(struct server_conn *conn, void *arg)
{
	static const uint8_t hello[] = {0x16, 3, 0, 0, 46, 2, 0, 0, 42, 3, 0, 1, 2};
	static const uint8_t alert[] = {0x15, 3, 0, 0, 2, 2, 70};
	uint8_t asked[512];

	(void)arg;
	if (recv(conn->fd, asked, sizeof(asked), 0) > 10 && asked[10] == 0)
		server_send(conn, hello, sizeof(hello));
	else
		server_send(conn, alert, sizeof(alert));
	server_stall(conn);
}

/* A byte now and then: the whole handshake has one time. */
static void
script_trickle(struct server_conn *conn, void *arg)
{
	static const uint8_t byte = 0x16;

	(void)arg;
	while (server_send(conn, &byte, 1))
		usleep(50 * 1000);
}

static void
test_hostile(void **state)
{
	static const struct {
		server_script *script;
		int rc;
		unsigned offered, refused, handshakes;
	} rows[] = {
		{script_garbage, ERR_SYNTAX, 0, 0, 1},
		{script_wait, ERR_TIMEOUT, 0, 0, 4},
		{script_trickle, ERR_SYNTAX, 0, 0, 1},
		{script_close, 0, 0, ALL, TLS_SCAN_COUNT},
		{script_ssl3, 0, BIT(SSL3), ALL & ~BIT(SSL3), TLS_SCAN_COUNT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t before = clock_mono_ms();
		struct tls_scan_result result = scan_server(NULL, rows[i].script);

		if (result.rc != rows[i].rc || result.offered != rows[i].offered ||
		    result.refused != rows[i].refused || result.handshakes != rows[i].handshakes)
			fail_msg("row %zu: rc %d (%s), offered %x, refused %x, %u handshakes", i,
				 result.rc, result.words, result.offered, result.refused,
				 result.handshakes);
		assert_false(result.has_cert);
		assert_true(clock_mono_ms() - before < 10000);
	}
}

static void
test_endless(void **state)
{
	struct tls_scan_result result = scan_server(NULL, script_endless);

	(void)state;
	assert_int_equal(result.offered, 0);
	assert_false(result.has_cert);
}

static void
test_nobody(void **state)
{
	struct tls_scan_result result;
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, script_close, NULL, NULL);
	bench.request.port = 1; /* tcpmux: nobody has it */
	result = scan_bench(&bench);
	assert_int_equal(result.rc, ERR_REFUSED);
	assert_int_equal(result.handshakes, 1);
	bench_close(&bench);
}

static void
test_cancelled(void **state)
{
	struct scan scan = {0};
	struct tls_scan_options options;
	struct tls_scan *running;
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, script_wait, NULL, NULL);
	options = options_for(&bench, &scan);
	/* before it has connected, and within the handshake */
	assert_int_equal(tls_scan_start(&running, bench.loop, &options), 0);
	tls_scan_cancel(running);
	assert_int_equal(tls_scan_start(&running, bench.loop, &options), 0);
	while (server_connections(bench.server) == 0)
		uv_run(&bench.uv, UV_RUN_ONCE);
	tls_scan_cancel(running);
	tls_scan_cancel(NULL);
	bench_close(&bench);
	assert_false(scan.done);
	options.port = 0;
	assert_int_equal(tls_scan_start(&running, bench.loop, &options), ERR_INVAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_today),	    cmocka_unit_test(test_each_old_version),
		cmocka_unit_test(test_weak_things), cmocka_unit_test(test_hostile),
		cmocka_unit_test(test_endless),	    cmocka_unit_test(test_nobody),
		cmocka_unit_test(test_cancelled),
	};

	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
