/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Certificates from anywhere: whatever OpenSSL takes for one is told in texts that are bounded,
 * ended, and free of control characters.
 */
#include "../../src/net/tls_cert.h"

#include <assert.h>
#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_text(const char *text, size_t size)
{
	const char *end = memchr(text, '\0', size);

	assert(end != NULL);
	for (; text < end; text++)
		assert((unsigned char)*text >= ' ' && *text != 0x7f);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tls_scan_cert cert;
	const unsigned char *at = data;
	X509 *x509 = size > TLS_SCAN_CERT_MAX ? NULL : d2i_X509(NULL, &at, (long)size);

	if (x509 == NULL)
		return 0;
	memset(&cert, 0xa5, sizeof(cert));
	tls_cert_read(x509, &cert);
	check_text(cert.key, sizeof(cert.key));
	check_text(cert.key_type, sizeof(cert.key_type));
	check_text(cert.signature, sizeof(cert.signature));
	check_text(cert.names, sizeof(cert.names));
	check_text(cert.issuer, sizeof(cert.issuer));
	X509_free(x509);
	return 0;
}
