/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * How an HTTPS peer is known: chain to a store, a pinned public key, or the key seen first. Inside
 * of src/net only: the one place that sees OpenSSL beside the UDP rooms.
 */
#ifndef KEEPWATCH_NET_TLS_VERIFY_H
#define KEEPWATCH_NET_TLS_VERIFY_H

#include "keepwatch/http.h"

#include <openssl/ssl.h>

struct tls_check {
	enum tls_trust trust;
	char pin[TLS_KEY_SIZE]; /* "": none yet (TOFU) */
	bool pin_mismatch;	/* set by the check */
	struct http_tls_info info;
};

/* The roots of trust: a PEM bundle, or the system's. ERR_NOMEM, ERR_IO. */
int tls_store_open(X509_STORE **out, const char *ca_file);
void tls_store_close(X509_STORE *store);

/*
 * Makes connections of ctx check their peer as `check` says and write down what they saw. check
 * must live as long as handshakes may happen: renegotiation is switched off.
 */
void tls_check_install(SSL_CTX *ctx, X509_STORE *store, struct tls_check *check);

/* For a connection whose handshake happened earlier. */
void tls_describe(SSL *ssl, struct http_tls_info *info);

#endif
