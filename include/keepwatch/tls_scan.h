/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What a TLS service offers: one handshake for each version, newest first, and the certificate that
 * it presents. Nobody is authenticated, nothing is sent after a handshake, and what old and weak
 * things are spoken here (security level 0) is spoken by the scan alone. A hostile peer is bounded
 * in time, bytes, and in the size of the keys that are worked with.
 */
#ifndef KEEPWATCH_TLS_SCAN_H
#define KEEPWATCH_TLS_SCAN_H

#include "keepwatch/http.h"
#include "keepwatch/ipaddr.h"
#include "keepwatch/net_loop.h"

#include <stdbool.h>
#include <stdint.h>

/* In the order in which they are tried; the texts are OpenSSL's names of them. */
#define TLS_SCAN_VERSIONS(X) \
	X(1_3, "TLSv1.3")    \
	X(1_2, "TLSv1.2")    \
	X(1_1, "TLSv1.1")    \
	X(1_0, "TLSv1.0")    \
	X(SSL3, "SSLv3")

enum tls_scan_version {
#define X(name, text) TLS_SCAN_##name,
	TLS_SCAN_VERSIONS(X)
#undef X
		TLS_SCAN_COUNT
};
const char *tls_scan_version_name(enum tls_scan_version version);

enum {
	TLS_SCAN_TEXT_SIZE = 256,
	TLS_SCAN_NAMES_SIZE = 1024,
	TLS_SCAN_NAMES_MAX = 32,
	TLS_SCAN_BYTES_MAX = 64 * 1024, /* heard in one handshake */
	TLS_SCAN_CERT_MAX = 32 * 1024,	/* of the peer's chain */
};

/* The peer's own certificate, of the newest version that presented one. */
struct tls_scan_cert {
	char key[TLS_KEY_SIZE];		 /* sha256//BASE64 of the public key, as for pins */
	char key_type[32];		 /* "RSA 2048", "EC 256", "ED25519 256"; "" unknown */
	char signature[64];		 /* sha256WithRSAEncryption; "" unknown */
	char names[TLS_SCAN_NAMES_SIZE]; /* common names, then subjectAltNames, each once, ", " */
	char issuer[TLS_SCAN_TEXT_SIZE]; /* RFC 4514; "self-signed" if it is */
	int64_t not_before_ms, not_after_ms; /* wall clock; 0 unknown */
};

struct tls_scan_result {
	unsigned offered; /* bits 1 << version: the peer chose it */
	unsigned refused; /* the peer said no, by an alert, another version or a close */
	/* neither: no answer, or nothing that is TLS */
	bool has_cert;
	struct tls_scan_cert cert;
	unsigned handshakes;
	/* Why the last version that is neither offered nor refused is not known: ERR_TIMEOUT,
	 * ERR_REFUSED, ERR_UNREACH, ERR_SYNTAX (not TLS), ERR_TOOBIG, ERR_IO; 0 if all are. */
	int rc;
	char words[HTTP_ERROR_SIZE]; /* the same for a person */
};

struct tls_scan;

struct tls_scan_options {
	struct ipaddr to;
	uint16_t port;
	const char *host;    /* SNI (RFC 6066 section 3), copied; NULL: none */
	uint32_t timeout_ms; /* of one handshake; silence is asked once more */
	uint32_t gap_ms;     /* between two connections */
	/* Once, from the loop; the result is borrowed until return; the scan is gone then. */
	void (*done)(void *arg, const struct tls_scan_result *result);
	void *arg;
};

/* ERR_INVAL, ERR_NOMEM. */
int tls_scan_start(struct tls_scan **out, struct net_loop *loop,
		   const struct tls_scan_options *options);
/* Without `done`. NULL is fine. */
void tls_scan_cancel(struct tls_scan *scan);

#endif
