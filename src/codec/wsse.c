/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The digest of a WS-Security UsernameToken. SHA-1 is what the profile prescribes; nothing else
 * here rests on it.
 */
#include "keepwatch/onvif.h"

#include "keepwatch/err.h"
#include "keepwatch/secret.h"

#include <openssl/evp.h>
#include <string.h>

enum { SHA1_SIZE = 20 };

int
wsse_password_digest(const uint8_t *nonce, size_t nonce_len, const char *created,
		     const char *password, char out[29])
{
	unsigned char digest[SHA1_SIZE];
	unsigned int size = 0;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int rc = ERR_NOMEM;

	if (ctx == NULL)
		return ERR_NOMEM;
	if (EVP_DigestInit_ex(ctx, EVP_sha1(), NULL) == 1 &&
	    EVP_DigestUpdate(ctx, nonce, nonce_len) == 1 &&
	    EVP_DigestUpdate(ctx, created, strlen(created)) == 1 &&
	    EVP_DigestUpdate(ctx, password, strlen(password)) == 1 &&
	    EVP_DigestFinal_ex(ctx, digest, &size) == 1 && size == SHA1_SIZE) {
		EVP_EncodeBlock((unsigned char *)out, digest, SHA1_SIZE);
		rc = 0;
	}
	EVP_MD_CTX_free(ctx);
	secret_wipe(digest, sizeof(digest));
	return rc;
}
