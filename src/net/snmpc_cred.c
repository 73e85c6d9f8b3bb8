/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Credentials in use. A passphrase costs 14 ms to hash (RFC 3414 appendix A.2), so that is done
 * once for a credential and not for each device; localizing the key for an engine costs about 1 us.
 */
#include "snmpc_codec.h"

#include "keepwatch/err.h"
#include "keepwatch/secret.h"
#include "keepwatch/mem.h"

#include <stdlib.h>
#include <string.h>

int
snmpc_auth_type(enum snmp_auth auth)
{
	static const int types[SNMP_AUTH_COUNT] = {
		[SNMP_AUTH_NONE] = NETSNMP_USMAUTH_NOAUTH,
		[SNMP_AUTH_MD5] = NETSNMP_USMAUTH_HMACMD5,
		[SNMP_AUTH_SHA1] = NETSNMP_USMAUTH_HMACSHA1,
		[SNMP_AUTH_SHA224] = NETSNMP_USMAUTH_HMAC128SHA224,
		[SNMP_AUTH_SHA256] = NETSNMP_USMAUTH_HMAC192SHA256,
		[SNMP_AUTH_SHA384] = NETSNMP_USMAUTH_HMAC256SHA384,
		[SNMP_AUTH_SHA512] = NETSNMP_USMAUTH_HMAC384SHA512,
	};

	return types[auth];
}

int
snmpc_priv_type(enum snmp_priv priv)
{
	static const int types[SNMP_PRIV_COUNT] = {
		[SNMP_PRIV_NONE] = USM_CREATE_USER_PRIV_NONE,
		[SNMP_PRIV_DES] = USM_CREATE_USER_PRIV_DES,
		[SNMP_PRIV_AES128] = USM_CREATE_USER_PRIV_AES,
		[SNMP_PRIV_AES192] = USM_CREATE_USER_PRIV_AES192,
		[SNMP_PRIV_AES256] = USM_CREATE_USER_PRIV_AES256,
		[SNMP_PRIV_AES192C] = USM_CREATE_USER_PRIV_AES192_CISCO,
		[SNMP_PRIV_AES256C] = USM_CREATE_USER_PRIV_AES256_CISCO,
	};

	return types[priv];
}

static const char *
snmpc_text(const char *text)
{
	return text != NULL ? text : "";
}

bool
snmpc_cred_is(const struct snmpc_cred *cred, const struct credential_snmp *credential)
{
	if (cred->version != credential->version)
		return false;
	if (cred->version != SNMP_V3)
		return secret_equal(cred->community, credential->community);
	return cred->auth == credential->auth && cred->priv == credential->priv &&
	       strcmp(cred->user, snmpc_text(credential->user)) == 0 &&
	       strcmp(cred->context, snmpc_text(credential->context)) == 0 &&
	       secret_equal(cred->auth_password, credential->auth_password) &&
	       secret_equal(cred->priv_password, credential->priv_password);
}

static int
snmpc_copy_secret(struct secret **out, const struct secret *secret)
{
	if (secret == NULL)
		return 0;
	return secret_new(out, secret_text(secret), secret_len(secret));
}

static int
snmpc_hash(enum snmp_auth auth, const struct secret *password, uint8_t *ku, uint8_t *ku_len)
{
	size_t oid_len = 0, len = SNMPC_KEY_MAX;
	const oid *protocol = sc_get_auth_oid(snmpc_auth_type(auth), &oid_len);

	if (password == NULL || protocol == NULL ||
	    generate_Ku(protocol, (u_int)oid_len, (const u_char *)secret_text(password),
			secret_len(password), ku, &len) != SNMPERR_SUCCESS)
		return ERR_INVAL;
	*ku_len = (uint8_t)len;
	return 0;
}

static void
snmpc_cred_free(struct snmpc_cred *cred)
{
	for (size_t i = 0; i < SNMPC_TEMPLATES; i++) {
		struct snmpc_template *template = &cred->templates[i];

		secret_buffer_free(template->bytes, template->len);
		free(template->ids);
	}
	secret_free(cred->community);
	secret_free(cred->auth_password);
	secret_free(cred->priv_password);
	free(cred->user);
	free(cred->context);
	secret_buffer_free(cred, sizeof(*cred));
}

static int
snmpc_cred_fill(struct snmpc_cred *cred, const struct credential_snmp *credential)
{
	int rc;

	cred->version = credential->version;
	if (cred->version != SNMP_V3) {
		if (credential->community == NULL)
			return ERR_INVAL;
		return snmpc_copy_secret(&cred->community, credential->community);
	}
	if (credential->priv != SNMP_PRIV_NONE && credential->auth == SNMP_AUTH_NONE)
		return ERR_INVAL; /* RFC 3411 section 3.4.3 knows no such level */
	cred->auth = credential->auth;
	cred->priv = credential->priv;
	cred->user = mem_strdup(snmpc_text(credential->user));
	cred->context = mem_strdup(snmpc_text(credential->context));
	if (cred->user == NULL || cred->context == NULL)
		return ERR_NOMEM;
	rc = snmpc_copy_secret(&cred->auth_password, credential->auth_password);
	if (rc == 0)
		rc = snmpc_copy_secret(&cred->priv_password, credential->priv_password);
	if (rc == 0 && cred->auth != SNMP_AUTH_NONE) {
		cred->level |= SNMPC_AUTH;
		rc = snmpc_hash(cred->auth, cred->auth_password, cred->auth_ku, &cred->auth_ku_len);
	}
	if (rc == 0 && cred->priv != SNMP_PRIV_NONE) {
		cred->level |= SNMPC_PRIV;
		rc = snmpc_hash(cred->auth, cred->priv_password, cred->priv_ku, &cred->priv_ku_len);
	}
	return rc;
}

int
snmpc_cred_get(struct snmpc *snmpc, const struct credential_snmp *credential,
	       struct snmpc_cred **out)
{
	struct snmpc_cred *cred;
	int rc;

	if (credential->version == SNMP_NONE)
		return ERR_INVAL;
	for (cred = snmpc->creds; cred != NULL; cred = cred->next) {
		if (snmpc_cred_is(cred, credential)) {
			cred->refs++;
			*out = cred;
			return 0;
		}
	}
	cred = secret_buffer(sizeof(*cred)); /* keys made of a passphrase are as good as it */
	if (cred == NULL)
		return ERR_NOMEM;
	rc = snmpc_cred_fill(cred, credential);
	if (rc != 0) {
		snmpc_cred_free(cred);
		return rc;
	}
	cred->refs = 1;
	cred->next = snmpc->creds;
	snmpc->creds = cred;
	*out = cred;
	return 0;
}

void
snmpc_cred_put(struct snmpc *snmpc, struct snmpc_cred *cred)
{
	struct snmpc_cred **link;

	if (--cred->refs > 0)
		return;
	for (link = &snmpc->creds; *link != cred; link = &(*link)->next)
		;
	*link = cred->next;
	snmpc_cred_free(cred);
}

/* The privacy key is made with the authentication protocol's hash and may be too short for AES-192
 * and AES-256: net-snmp extends it (Blumenthal's draft, or Reeder's as Cisco does). */
static int
snmpc_localize_priv(const struct snmpc_cred *cred, oid *hash, size_t hash_len,
		    struct snmpc_usm *usm)
{
	int type = snmpc_priv_type(cred->priv);
	/* DES takes a key and a pre-IV from it (RFC 3414 section 8.1.1.1). */
	int need = cred->priv == SNMP_PRIV_DES ? 16 : sc_get_proper_priv_length_bytype(type);
	size_t len = SNMPC_KEY_MAX;
	u_char *key;
	int rc = ERR_INVAL;

	if (need <= 0 || need > SNMPC_PRIV_KEY_MAX)
		return ERR_INVAL;
	key = calloc(1, SNMPC_KEY_MAX);
	if (key == NULL)
		return ERR_NOMEM;
	if (generate_kul(hash, (u_int)hash_len, usm->id, usm->id_len, cred->priv_ku,
			 cred->priv_ku_len, key, &len) == SNMPERR_SUCCESS &&
	    netsnmp_extend_kul((u_int)need, hash, (u_int)hash_len, type, usm->id, usm->id_len, &key,
			       &len, SNMPC_KEY_MAX) == SNMPERR_SUCCESS &&
	    len >= (size_t)need) {
		memcpy(usm->priv_key, key, (size_t)need);
		usm->priv_key_len = (uint8_t)need;
		rc = 0;
	}
	secret_wipe(key, SNMPC_KEY_MAX);
	free(key);
	return rc;
}

int
snmpc_usm_localize(const struct snmpc_cred *cred, struct snmpc_usm *usm)
{
	size_t hash_len = 0, len = SNMPC_KEY_MAX;
	oid *hash;

	if (cred->auth == SNMP_AUTH_NONE)
		return 0;
	hash = sc_get_auth_oid(snmpc_auth_type(cred->auth), &hash_len);
	if (hash == NULL || generate_kul(hash, (u_int)hash_len, usm->id, usm->id_len, cred->auth_ku,
					 cred->auth_ku_len, usm->auth_key, &len) != SNMPERR_SUCCESS)
		return ERR_INVAL;
	usm->auth_key_len = (uint8_t)len;
	if (cred->priv == SNMP_PRIV_NONE)
		return 0;
	return snmpc_localize_priv(cred, hash, hash_len, usm);
}

void
snmpc_usm_free(struct snmpc_usm *usm)
{
	if (usm == NULL)
		return;
	secret_wipe(usm, sizeof(*usm));
	free(usm);
}

uint32_t
snmpc_usm_time(const struct snmpc_usm *usm, uint64_t now_ms)
{
	uint64_t time_s = usm->time_s;

	if (now_ms > usm->at_ms)
		time_s += (now_ms - usm->at_ms) / 1000;
	return time_s > INT32_MAX ? INT32_MAX : (uint32_t)time_s;
}
