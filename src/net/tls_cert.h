/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A certificate as plain values, for those who look at TLS peers. Inside of src/net only.
 */
#ifndef KEEPWATCH_NET_TLS_CERT_H
#define KEEPWATCH_NET_TLS_CERT_H

#include "keepwatch/tls_scan.h"

#include <openssl/x509.h>

/* "sha256//BASE64" over the SubjectPublicKeyInfo (RFC 5280 section 4.1.2.7; RFC 7469 section 2.4);
 * "" if it cannot be had. */
void tls_cert_key(X509 *cert, char out[TLS_KEY_SIZE]);
/* ms since 1970; 0 if it cannot be read. */
int64_t tls_cert_time_ms(const ASN1_TIME *time);
/* All there is in struct tls_scan_cert. Every text is bounded and free of control characters. */
void tls_cert_read(X509 *cert, struct tls_scan_cert *out);

#endif
