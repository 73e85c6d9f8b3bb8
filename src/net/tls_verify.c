/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Verification of TLS peers. The public key is pinned, not the certificate (RFC 7469 section 2.4),
 * so that a device may renew its certificate. A refused handshake still tells the key that was
 * presented: a person needs it to decide.
 */
#include "tls_verify.h"

#include "tls_cert.h"

#include "keepwatch/err.h"

#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <stdio.h>
#include <string.h>

static const char PIN_PREFIX[] = "sha256//";
enum { PIN_PREFIX_LEN = 8, PIN_BASE64_LEN = 44 };

bool
http_pin_is_valid(const char *pin)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				       "0123456789+/";

	if (strncmp(pin, PIN_PREFIX, PIN_PREFIX_LEN) != 0)
		return false;
	pin += PIN_PREFIX_LEN;
	return strspn(pin, alphabet) == PIN_BASE64_LEN - 1 && pin[PIN_BASE64_LEN - 1] == '=' &&
	       pin[PIN_BASE64_LEN] == '\0';
}

int
tls_store_open(X509_STORE **out, const char *ca_file)
{
	X509_STORE *store = X509_STORE_new();

	if (store == NULL)
		return ERR_NOMEM;
	if (ca_file == NULL ? X509_STORE_set_default_paths(store) != 1
			    : X509_STORE_load_file(store, ca_file) != 1) {
		X509_STORE_free(store);
		return ERR_IO;
	}
	*out = store;
	return 0;
}

void
tls_store_close(X509_STORE *store)
{
	X509_STORE_free(store);
}

static void
describe_cert(X509 *cert, struct http_tls_info *info)
{
	tls_cert_key(cert, info->key);
	info->not_after_ms = tls_cert_time_ms(X509_get0_notAfter(cert));
}

static void
describe_verdict(long error, struct http_tls_info *info)
{
	info->is_verified = error == X509_V_OK;
	snprintf(info->verify_text, sizeof(info->verify_text), "%s",
		 error == X509_V_OK ? "" : X509_verify_cert_error_string(error));
}

/* Called by OpenSSL in place of its own chain building (SSL_CTX_set_cert_verify_callback(3)). */
static int
verify_peer(X509_STORE_CTX *chain, void *arg)
{
	struct tls_check *check = arg;
	X509 *cert = X509_STORE_CTX_get0_cert(chain);
	int verified;

	if (cert == NULL) {
		X509_STORE_CTX_set_error(chain, X509_V_ERR_UNSPECIFIED);
		return 0;
	}
	describe_cert(cert, &check->info);
	verified = X509_verify_cert(chain) == 1;
	if (!verified && X509_STORE_CTX_get_error(chain) == X509_V_OK)
		X509_STORE_CTX_set_error(chain, X509_V_ERR_UNSPECIFIED);
	describe_verdict(X509_STORE_CTX_get_error(chain), &check->info);
	if (check->trust == TLS_TRUST_SYSTEM)
		return verified;
	if (check->info.key[0] == '\0' ||
	    (check->pin[0] != '\0' && strcmp(check->pin, check->info.key) != 0)) {
		check->pin_mismatch = true;
		X509_STORE_CTX_set_error(chain, X509_V_ERR_APPLICATION_VERIFICATION);
		return 0;
	}
	X509_STORE_CTX_set_error(chain, X509_V_OK);
	return 1;
}

void
tls_check_install(SSL_CTX *ctx, X509_STORE *store, struct tls_check *check)
{
	SSL_CTX_set1_cert_store(ctx, store);
	SSL_CTX_set_cert_verify_callback(ctx, verify_peer, check);
	/* Also for PIN and TOFU, where libcurl would have switched verification off: the verdict
	 * above ends the handshake, before a byte of a request is sent. */
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
}

void
tls_describe(SSL *ssl, struct http_tls_info *info)
{
	X509 *cert = SSL_get0_peer_certificate(ssl);

	if (cert == NULL)
		return;
	describe_cert(cert, info);
	describe_verdict(SSL_get_verify_result(ssl), info);
}
