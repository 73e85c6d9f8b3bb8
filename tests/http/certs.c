/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Certificates made when a test runs: good, expired, for another name, by an issuer or self-signed.
 */
#include "server.h"

#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void
need(int ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "%s failed\n", what);
		abort();
	}
}

static void
add_extension(X509 *cert, int nid, const char *value)
{
	X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);

	need(extension != NULL && X509_add_ext(cert, extension, -1) == 1, "extension");
	X509_EXTENSION_free(extension);
}

void
server_cert_make(struct server_cert *out, const char *san, int days,
		 const struct server_cert *issuer)
{
	X509 *cert = X509_new();
	X509_NAME *name;
	static const long day = 86400;

	out->key = EVP_EC_gen("P-256");
	need(out->key != NULL && cert != NULL, "key");
	X509_set_version(cert, X509_VERSION_3);
	ASN1_INTEGER_set(X509_get_serialNumber(cert), issuer == NULL ? 1 : 2);
	X509_gmtime_adj(X509_getm_notBefore(cert), -100 * day);
	X509_gmtime_adj(X509_getm_notAfter(cert), days * day);
	X509_set_pubkey(cert, out->key);
	name = X509_get_subject_name(cert);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
				   (const unsigned char *)(san == NULL ? "test issuer" : "test"),
				   -1, -1, 0);
	X509_set_issuer_name(cert, issuer == NULL ? name : X509_get_subject_name(issuer->cert));
	if (san != NULL)
		add_extension(cert, NID_subject_alt_name, san);
	else
		add_extension(cert, NID_basic_constraints, "critical,CA:TRUE");
	need(X509_sign(cert, issuer == NULL ? out->key : issuer->key, EVP_sha256()) > 0, "sign");
	out->cert = cert;
}

void
server_cert_free(struct server_cert *cert)
{
	EVP_PKEY_free(cert->key);
	X509_free(cert->cert);
}

SSL_CTX *
server_tls(const struct server_cert *cert)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_server_method());

	need(ctx != NULL && SSL_CTX_use_certificate(ctx, cert->cert) == 1 &&
		     SSL_CTX_use_PrivateKey(ctx, cert->key) == 1,
	     "server certificate");
	return ctx;
}

void
server_cert_pin(const struct server_cert *cert, char out[64])
{
	unsigned char digest[SHA256_DIGEST_LENGTH], *der = NULL;
	int len = i2d_PUBKEY(cert->key, &der);

	need(len > 0, "public key");
	SHA256(der, (size_t)len, digest);
	memcpy(out, "sha256//", 8);
	EVP_EncodeBlock((unsigned char *)out + 8, digest, sizeof(digest));
	OPENSSL_free(der);
}

void
server_cert_write(const struct server_cert *cert, const char *path)
{
	FILE *file = fopen(path, "w");

	need(file != NULL && PEM_write_X509(file, cert->cert) == 1 && fclose(file) == 0, "PEM");
}
