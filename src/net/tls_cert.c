/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Reads certificates of peers that nobody trusts: every text is cut to its bound, and what is
 * worked with (one signature, of a certificate by its own key) is bounded by the size of that key.
 */
#include "tls_cert.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

enum { SELF_CHECK_BITS_MAX = 8192, NAME_SIZE = 256 };

void
tls_cert_key(X509 *cert, char out[TLS_KEY_SIZE])
{
	static const char prefix[] = "sha256//";
	unsigned char digest[EVP_MAX_MD_SIZE], *der = NULL;
	unsigned int digest_len = 0;
	int len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(cert), &der);

	out[0] = '\0';
	if (len > 0 && EVP_Digest(der, (size_t)len, digest, &digest_len, EVP_sha256(), NULL) == 1 &&
	    digest_len == 32) {
		memcpy(out, prefix, sizeof(prefix));
		EVP_EncodeBlock((unsigned char *)out + sizeof(prefix) - 1, digest, 32);
	}
	OPENSSL_free(der);
}

int64_t
tls_cert_time_ms(const ASN1_TIME *time)
{
	struct tm tm;

	return ASN1_TIME_to_tm(time, &tm) == 1 ? (int64_t)timegm(&tm) * 1000 : 0;
}

static void
read_key_type(X509 *cert, struct tls_scan_cert *out)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);
	const char *name = key == NULL ? NULL : EVP_PKEY_get0_type_name(key);

	out->key_type[0] = '\0';
	if (name != NULL)
		snprintf(out->key_type, sizeof(out->key_type), "%.20s %d", name,
			 EVP_PKEY_get_bits(key));
}

static void
read_signature(X509 *cert, struct tls_scan_cert *out)
{
	int nid = X509_get_signature_nid(cert), digest = NID_undef;

	out->signature[0] = '\0';
	if (nid == NID_undef)
		return;
	snprintf(out->signature, sizeof(out->signature), "%.40s", OBJ_nid2ln(nid));
	/* RSASSA-PSS (RFC 4055) has its digest in its parameters. */
	if (nid == NID_rsassaPss && X509_get_signature_info(cert, &digest, NULL, NULL, NULL) == 1 &&
	    digest != NID_undef)
		snprintf(out->signature, sizeof(out->signature), "%.30s %.20s", OBJ_nid2ln(nid),
			 OBJ_nid2sn(digest));
}

/* Behind the names that are there, unless it is one of them or there are enough. */
static void
add_name(struct tls_scan_cert *out, unsigned *count, const unsigned char *text, int len)
{
	char name[NAME_SIZE];
	size_t used = strlen(out->names), n = 0;
	const char *at;

	for (int i = 0; i < len && n + 1 < sizeof(name); i++)
		name[n++] =
			(char)(text[i] < ' ' || text[i] == 0x7f || text[i] == ',' ? '?' : text[i]);
	name[n] = '\0';
	if (n == 0 || *count >= TLS_SCAN_NAMES_MAX || used + n + 3 > sizeof(out->names))
		return;
	for (at = out->names; (at = strcasestr(at, name)) != NULL; at += n) {
		bool begins = at == out->names || at[-1] == ' ';

		if (begins && (at[n] == '\0' || at[n] == ','))
			return;
	}
	snprintf(out->names + used, sizeof(out->names) - used, "%s%s", used == 0 ? "" : ", ", name);
	(*count)++;
}

static void
add_string(struct tls_scan_cert *out, unsigned *count, const ASN1_STRING *string)
{
	unsigned char *text = NULL;
	int len = ASN1_STRING_to_UTF8(&text, string);

	if (len > 0)
		add_name(out, count, text, len);
	OPENSSL_free(text);
}

static void
add_address(struct tls_scan_cert *out, unsigned *count, const ASN1_OCTET_STRING *octets)
{
	const unsigned char *data = ASN1_STRING_get0_data(octets);
	struct ipaddr ip = {0};
	char address[IPADDR_TEXT_SIZE];
	int len = ASN1_STRING_length(octets);

	if (len != 4 && len != 16)
		return;
	ip.family = len == 4 ? 4 : 6;
	memcpy(ip.bytes, data, (size_t)len);
	ipaddr_format(&ip, address, sizeof(address));
	add_name(out, count, (const unsigned char *)address, (int)strlen(address));
}

static void
read_names(X509 *cert, struct tls_scan_cert *out)
{
	X509_NAME *subject = X509_get_subject_name(cert);
	GENERAL_NAMES *alternatives = X509_get_ext_d2i(cert, NID_subject_alt_name, NULL, NULL);
	unsigned count = 0;
	int i = -1;

	out->names[0] = '\0';
	while ((i = X509_NAME_get_index_by_NID(subject, NID_commonName, i)) >= 0)
		add_string(out, &count, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, i)));
	for (int k = 0; k < sk_GENERAL_NAME_num(alternatives); k++) {
		const GENERAL_NAME *name = sk_GENERAL_NAME_value(alternatives, k);

		if (name->type == GEN_DNS)
			add_string(out, &count, name->d.dNSName);
		else if (name->type == GEN_IPADD)
			add_address(out, &count, name->d.iPAddress);
	}
	GENERAL_NAMES_free(alternatives);
}

static bool
is_self_signed(X509 *cert)
{
	EVP_PKEY *key = X509_get0_pubkey(cert);

	return X509_NAME_cmp(X509_get_subject_name(cert), X509_get_issuer_name(cert)) == 0 &&
	       key != NULL && EVP_PKEY_get_bits(key) <= SELF_CHECK_BITS_MAX &&
	       X509_verify(cert, key) == 1;
}

static void
read_issuer(X509 *cert, struct tls_scan_cert *out)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text;
	long len;

	snprintf(out->issuer, sizeof(out->issuer), "%s", is_self_signed(cert) ? "self-signed" : "");
	if (out->issuer[0] == '\0' && bio != NULL &&
	    X509_NAME_print_ex(bio, X509_get_issuer_name(cert), 0,
			       XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) >= 0) {
		len = BIO_get_mem_data(bio, &text);
		snprintf(out->issuer, sizeof(out->issuer), "%.*s", (int)len, text);
	}
	BIO_free(bio);
}

void
tls_cert_read(X509 *cert, struct tls_scan_cert *out)
{
	tls_cert_key(cert, out->key);
	read_key_type(cert, out);
	read_signature(cert, out);
	read_names(cert, out);
	read_issuer(cert, out);
	out->not_before_ms = tls_cert_time_ms(X509_get0_notBefore(cert));
	out->not_after_ms = tls_cert_time_ms(X509_get0_notAfter(cert));
}
