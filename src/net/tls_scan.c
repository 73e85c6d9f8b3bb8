/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The scan of a TLS service: connection after connection, a version each, silence asked once more.
 * OpenSSL works on memory; the bytes go over a TCP talk, which bounds them and their time. SSLv3,
 * which OpenSSL is built without, is asked for by hand.
 */
#include "tls_cert.h"

#include "keepwatch/err.h"
#include "keepwatch/tcp_talk.h"
#include "keepwatch/tls_scan.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum {
	ASKS = 2,	    /* of one version, on silence */
	SILENT_MAX = 2,	    /* versions, before the rest is not asked for */
	DH_BITS_MAX = 4096, /* larger ones take the loop for too long */
	KEY_BITS_MAX = 8192,
	FIRST_BYTES = 11, /* record header, handshake header, version */
	HOST_SIZE = 256,
};

struct tls_scan {
	struct net_loop *loop;
	struct tls_scan_options options;
	char host[HOST_SIZE];
	struct tls_scan_result result;
	struct net_timer timer; /* the gap */
	SSL_CTX *ctx;
	/* of one handshake */
	enum tls_scan_version version;
	struct tcp_talk *talk;
	SSL *ssl;
	unsigned asks, silent;
	bool is_connected, is_chosen; /* the peer has taken this version */
	uint8_t first[FIRST_BYTES];
	size_t heard;
};

const char *
tls_scan_version_name(enum tls_scan_version version)
{
	static const char *const names[] = {
#define X(name, text) text,
		TLS_SCAN_VERSIONS(X)
#undef X
	};

	return (unsigned)version < TLS_SCAN_COUNT ? names[version] : "?";
}

static int
wire_version(enum tls_scan_version version)
{
	static const int wire[TLS_SCAN_COUNT] = {
		[TLS_SCAN_1_3] = TLS1_3_VERSION, [TLS_SCAN_1_2] = TLS1_2_VERSION,
		[TLS_SCAN_1_1] = TLS1_1_VERSION, [TLS_SCAN_1_0] = TLS1_VERSION,
		[TLS_SCAN_SSL3] = SSL3_VERSION,
	};

	return wire[version];
}

static void ask(struct tls_scan *scan);

static void
hang_up(struct tls_scan *scan)
{
	tcp_talk_close(scan->talk);
	scan->talk = NULL;
	SSL_free(scan->ssl);
	scan->ssl = NULL;
}

void
tls_scan_cancel(struct tls_scan *scan)
{
	if (scan == NULL)
		return;
	hang_up(scan);
	net_timer_stop(scan->loop, &scan->timer);
	SSL_CTX_free(scan->ctx);
	free(scan);
}

static void
end_scan(struct tls_scan *scan)
{
	struct tls_scan_result result = scan->result;
	void (*done)(void *arg, const struct tls_scan_result *result) = scan->options.done;
	void *arg = scan->options.arg;

	tls_scan_cancel(scan);
	done(arg, &result);
}

static void
on_gap(struct net_timer *timer)
{
	ask((struct tls_scan *)(void *)((char *)timer - offsetof(struct tls_scan, timer)));
}

/* ---- what came of a handshake */

static void
next_version(struct tls_scan *scan)
{
	unsigned known = scan->result.offered | scan->result.refused;
	bool is_hopeless =
		known == 0 && (scan->silent >= SILENT_MAX || scan->result.rc == ERR_SYNTAX);

	/* Who refuses the connection refuses the next one as well. */
	is_hopeless |= scan->result.rc == ERR_REFUSED || scan->result.rc == ERR_UNREACH;
	scan->version++;
	scan->asks = 0;
	if (is_hopeless || scan->version == TLS_SCAN_COUNT)
		end_scan(scan);
	else
		net_timer_start(scan->loop, &scan->timer, scan->options.gap_ms);
}

static void
unknown(struct tls_scan *scan, int rc, const char *words)
{
	if (rc == ERR_TIMEOUT && scan->asks < ASKS) {
		net_timer_start(scan->loop, &scan->timer, scan->options.gap_ms);
		return;
	}
	scan->silent += rc == ERR_TIMEOUT;
	scan->result.rc = rc;
	snprintf(scan->result.words, sizeof(scan->result.words), "%s: %.90s",
		 tls_scan_version_name(scan->version), words);
	next_version(scan);
}

/* The record layer of TLS: alert or handshake, of major version 3 (RFC 8446 section 5.1). */
static bool
is_tls(const struct tls_scan *scan)
{
	return scan->heard >= 2 && (scan->first[0] == 0x15 || scan->first[0] == 0x16) &&
	       scan->first[1] == 3;
}

static void
settle(struct tls_scan *scan, int rc)
{
	hang_up(scan);
	if (scan->is_chosen)
		scan->result.offered |= 1u << scan->version;
	else if (rc == ERR_NOMEM || rc == ERR_IO || rc == ERR_TOOBIG || rc == ERR_TIMEOUT ||
		 !scan->is_connected) {
		unknown(scan, rc, err_text(rc));
		return;
	} else if (scan->heard > 0 && !is_tls(scan)) {
		unknown(scan, ERR_SYNTAX, "what answers is not TLS");
		return;
	} else
		scan->result.refused |= 1u << scan->version;
	next_version(scan);
}

/* ---- OpenSSL */

/* Called in place of its chain building, with the certificate that the peer has sent. */
static int
on_cert(X509_STORE_CTX *chain, void *arg)
{
	struct tls_scan *scan = arg;
	X509 *cert = X509_STORE_CTX_get0_cert(chain);
	EVP_PKEY *key = cert == NULL ? NULL : X509_get0_pubkey(cert);

	scan->is_chosen = true;
	if (cert != NULL && !scan->result.has_cert) {
		tls_cert_read(cert, &scan->result.cert);
		scan->result.has_cert = true;
	}
	X509_STORE_CTX_set_error(chain, X509_V_OK);
	return key == NULL || EVP_PKEY_get_bits(key) <= KEY_BITS_MAX;
}

static int
on_security(const SSL *ssl, const SSL_CTX *ctx, int op, int bits, int nid, void *other, void *ex)
{
	(void)ssl, (void)ctx, (void)bits, (void)nid, (void)ex;
	return op != SSL_SECOP_TMP_DH || other == NULL ||
	       EVP_PKEY_get_bits((EVP_PKEY *)other) <= DH_BITS_MAX;
}

/* A ServerHello of the version asked for (RFC 5246 section 7.4.1.3), whatever comes of it then. In
 * TLS 1.3 the field is that of 1.2; there the certificate tells. */
static void
on_message(int is_sent, int version, int type, const void *data, size_t len, SSL *ssl, void *arg)
{
	struct tls_scan *scan = arg;
	const uint8_t *bytes = data;

	(void)version, (void)ssl;
	if (!is_sent && type == SSL3_RT_HANDSHAKE && len >= 6 && bytes[0] == SSL3_MT_SERVER_HELLO &&
	    scan->version != TLS_SCAN_1_3 &&
	    (bytes[4] << 8 | bytes[5]) == wire_version(scan->version))
		scan->is_chosen = true;
}

static int
open_ctx(struct tls_scan *scan)
{
	scan->ctx = SSL_CTX_new(TLS_client_method());
	if (scan->ctx == NULL)
		return ERR_NOMEM;
	SSL_CTX_set_security_level(scan->ctx, 0);
	SSL_CTX_set_security_callback(scan->ctx, on_security);
	SSL_CTX_set_options(scan->ctx, SSL_OP_LEGACY_SERVER_CONNECT | SSL_OP_NO_RENEGOTIATION |
					       SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
	SSL_CTX_set_session_cache_mode(scan->ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(scan->ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(scan->ctx, on_cert, scan);
	SSL_CTX_set_max_cert_list(scan->ctx, TLS_SCAN_CERT_MAX);
	return SSL_CTX_set_cipher_list(scan->ctx, "ALL:COMPLEMENTOFALL") == 1 ? 0 : ERR_NOMEM;
}

static int
open_ssl(struct tls_scan *scan)
{
	BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
	int version = wire_version(scan->version);

	scan->ssl = SSL_new(scan->ctx);
	if (scan->ssl == NULL || in == NULL || out == NULL) {
		BIO_free(in);
		BIO_free(out);
		return ERR_NOMEM;
	}
	SSL_set_bio(scan->ssl, in, out);
	SSL_set_connect_state(scan->ssl);
	SSL_set_msg_callback(scan->ssl, on_message);
	SSL_set_msg_callback_arg(scan->ssl, scan);
	if (SSL_set_min_proto_version(scan->ssl, version) != 1 ||
	    SSL_set_max_proto_version(scan->ssl, version) != 1 ||
	    (scan->host[0] != '\0' && SSL_set_tlsext_host_name(scan->ssl, scan->host) != 1))
		return ERR_NOMEM;
	return 0;
}

static int
flush(struct tls_scan *scan)
{
	char *data;
	long len = BIO_get_mem_data(SSL_get_wbio(scan->ssl), &data);
	int rc = len > 0 ? tcp_talk_send(scan->talk, data, (size_t)len) : 0;

	(void)BIO_reset(SSL_get_wbio(scan->ssl));
	return rc;
}

/* Goes on with the handshake as far as what was heard allows. */
static void
step(struct tls_scan *scan)
{
	int got, why, rc;

	ERR_clear_error();
	got = SSL_do_handshake(scan->ssl);
	why = SSL_get_error(scan->ssl, got);
	ERR_clear_error();
	rc = flush(scan);
	if (got == 1)
		scan->is_chosen = true;
	if (rc != 0)
		settle(scan, rc);
	else if (got == 1 || why != SSL_ERROR_WANT_READ)
		settle(scan, ERR_TLS);
}

/* ---- SSLv3 (RFC 6101 section 5.6.1.2), as far as the choice of the version */

static int
say_ssl3(struct tls_scan *scan)
{
	uint8_t hello[] =
		{
			0x16, 3,    0,	0,    73, /* record: 73 octets */
			1,    0,    0,	69,	  /* ClientHello: 69 octets */
			3,    0,		  /* client_version */
			0,    0,    0,	0,    0,    0,	  0,	0,    0,    0, 0,
			0,    0,    0,	0,    0, /* random */
			0,    0,    0,	0,    0,    0,	  0,	0,    0,    0, 0,
			0,    0,    0,	0,    0,    0, /* no session */
			0,    30,		       /* cipher suites: 15 */
			0,    3,    0,	4,    0,    5,	  0,	6,    0,    8, 0,
			9,    0,    10, 0,    0x13, 0,	  0x15, 0,    0x16, 0, 0x2f,
			0,    0x33, 0,	0x35, 0,    0x39, 0,	0xff, 1,    0, /* no compression */
		};

	_Static_assert(sizeof(hello) == 78, "the lengths above");
	if (getrandom(hello + 11, 32, 0) != 32)
		return ERR_IO;
	return tcp_talk_send(scan->talk, hello, sizeof(hello));
}

static void
hear_ssl3(struct tls_scan *scan)
{
	const uint8_t *first = scan->first;

	if (scan->heard < FIRST_BYTES && (scan->heard < 3 || first[0] == SSL3_RT_HANDSHAKE))
		return;
	scan->is_chosen = first[0] == SSL3_RT_HANDSHAKE && first[1] == 3 && first[2] == 0 &&
			  first[5] == SSL3_MT_SERVER_HELLO && first[9] == 3 && first[10] == 0;
	settle(scan, ERR_TLS);
}

/* ---- one connection */

static void
on_connected(void *arg)
{
	struct tls_scan *scan = arg;
	int rc;

	scan->is_connected = true;
	rc = scan->version == TLS_SCAN_SSL3 ? say_ssl3(scan) : open_ssl(scan);
	if (rc != 0)
		settle(scan, rc);
	else if (scan->version != TLS_SCAN_SSL3)
		step(scan);
}

static void
on_received(void *arg, const void *data, size_t len)
{
	struct tls_scan *scan = arg;
	size_t room = sizeof(scan->first) -
		      (scan->heard < sizeof(scan->first) ? scan->heard : sizeof(scan->first));

	if (room > 0)
		memcpy(scan->first + scan->heard, data, len < room ? len : room);
	scan->heard += len;
	if (scan->version == TLS_SCAN_SSL3)
		hear_ssl3(scan);
	else if (BIO_write(SSL_get_rbio(scan->ssl), data, (int)len) != (int)len)
		settle(scan, ERR_NOMEM);
	else
		step(scan);
}

static void
on_ended(void *arg, int rc)
{
	struct tls_scan *scan = arg;

	scan->talk = NULL;
	settle(scan, rc == 0 || (scan->is_connected && rc == ERR_REFUSED) ? ERR_TLS : rc);
}

static void
ask(struct tls_scan *scan)
{
	struct tcp_talk_options options = {
		.to = scan->options.to,
		.port = scan->options.port,
		.timeout_ms = scan->options.timeout_ms,
		.max_bytes = TLS_SCAN_BYTES_MAX,
		.connected = on_connected,
		.received = on_received,
		.ended = on_ended,
		.arg = scan,
	};
	int rc;

	scan->asks++;
	scan->is_connected = scan->is_chosen = false;
	scan->heard = 0;
	scan->result.handshakes++;
	rc = tcp_talk_open(&scan->talk, scan->loop, &options);
	if (rc != 0)
		settle(scan, rc);
}

int
tls_scan_start(struct tls_scan **out, struct net_loop *loop, const struct tls_scan_options *options)
{
	struct tls_scan *scan;
	int rc;

	if (options->to.family == 0 || options->port == 0 || options->timeout_ms == 0 ||
	    (options->host != NULL && strlen(options->host) >= HOST_SIZE))
		return ERR_INVAL;
	scan = calloc(1, sizeof(*scan));
	if (scan == NULL)
		return ERR_NOMEM;
	scan->loop = loop;
	scan->options = *options;
	scan->options.host = NULL;
	snprintf(scan->host, sizeof(scan->host), "%s", options->host == NULL ? "" : options->host);
	net_timer_init(&scan->timer, on_gap);
	rc = open_ctx(scan);
	if (rc != 0) {
		tls_scan_cancel(scan);
		return rc;
	}
	net_timer_start(loop, &scan->timer, 0);
	*out = scan;
	return 0;
}
