/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Credentials as values: names of the SNMPv3 protocols, comparison, and the end of their secrets.
 * Reading them from files is conf's.
 */
#include "keepwatch/credential.h"

#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#define X(name, text) [SNMP_AUTH_##name] = text,
static const char *const auth_names[SNMP_AUTH_COUNT] = {SNMP_AUTH_PROTOCOLS(X)};
#undef X
#define X(name, text) [SNMP_PRIV_##name] = text,
static const char *const priv_names[SNMP_PRIV_COUNT] = {SNMP_PRIV_PROTOCOLS(X)};
#undef X

/* Whether two names are the same but for case, dashes, underscores and blanks. */
static bool
is_same_name(const char *a, const char *b)
{
	for (;;) {
		while (*a == '-' || *a == '_' || *a == ' ')
			a++;
		while (*b == '-' || *b == '_' || *b == ' ')
			b++;
		if (tolower((unsigned char)*a) != tolower((unsigned char)*b))
			return false;
		if (*a == '\0')
			return true;
		a++;
		b++;
	}
}

int
snmp_auth_parse(const char *text, enum snmp_auth *out)
{
	/* Without a number SHA is SHA-1, as in net-snmp and most switches. */
	if (is_same_name(text, "SHA"))
		text = "SHA-1";
	for (int i = 0; i < SNMP_AUTH_COUNT; i++) {
		if (is_same_name(text, auth_names[i])) {
			*out = (enum snmp_auth)i;
			return 0;
		}
	}
	return ERR_NOTFOUND;
}

int
snmp_priv_parse(const char *text, enum snmp_priv *out)
{
	if (is_same_name(text, "AES"))
		text = "AES-128";
	for (int i = 0; i < SNMP_PRIV_COUNT; i++) {
		if (is_same_name(text, priv_names[i])) {
			*out = (enum snmp_priv)i;
			return 0;
		}
	}
	return ERR_NOTFOUND;
}

const char *
snmp_auth_name(enum snmp_auth auth)
{
	return (unsigned)auth < SNMP_AUTH_COUNT ? auth_names[auth] : "?";
}

const char *
snmp_priv_name(enum snmp_priv priv)
{
	return (unsigned)priv < SNMP_PRIV_COUNT ? priv_names[priv] : "?";
}

static bool
text_equal(const char *a, const char *b)
{
	return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static bool
web_equal(const struct credential_web *a, const struct credential_web *b)
{
	return a->is_set == b->is_set && text_equal(a->username, b->username) &&
	       secret_equal(a->password, b->password) && a->allow_basic == b->allow_basic;
}

static bool
snmp_equal(const struct credential_snmp *a, const struct credential_snmp *b)
{
	return a->version == b->version && secret_equal(a->community, b->community) &&
	       text_equal(a->user, b->user) && a->auth == b->auth &&
	       secret_equal(a->auth_password, b->auth_password) && a->priv == b->priv &&
	       secret_equal(a->priv_password, b->priv_password) &&
	       text_equal(a->context, b->context) && a->port == b->port;
}

bool
credential_equal(const struct credential *a, const struct credential *b)
{
	return text_equal(a->name, b->name) && snmp_equal(&a->snmp, &b->snmp) &&
	       web_equal(&a->onvif, &b->onvif) && web_equal(&a->http, &b->http);
}

int
credential_password_name(const char *device, char out[CREDENTIAL_FILE_SIZE])
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	static const char hex[] = "0123456789ABCDEF";
	char name[CREDENTIAL_FILE_SIZE];
	size_t len = 0;

	for (const char *p = device; *p != '\0'; p++) {
		bool is_plain = strchr(plain, *p) != NULL && (*p != '.' || p > device);

		if (len + (is_plain ? 1 : 3) >= sizeof(name))
			return ERR_TOOBIG;
		if (is_plain) {
			name[len++] = *p;
			continue;
		}
		name[len++] = '%';
		name[len++] = hex[(unsigned char)*p >> 4];
		name[len++] = hex[(unsigned char)*p & 15];
	}
	if (len == 0)
		return ERR_INVAL;
	memcpy(out, name, len);
	out[len] = '\0';
	return 0;
}

static void
web_fini(struct credential_web *web)
{
	free(web->username);
	secret_free(web->password);
	free(web->password_path);
	free(web->password_dir);
}

void
credential_fini(struct credential *credential)
{
	free(credential->name);
	secret_free(credential->snmp.community);
	free(credential->snmp.user);
	secret_free(credential->snmp.auth_password);
	secret_free(credential->snmp.priv_password);
	free(credential->snmp.context);
	web_fini(&credential->onvif);
	web_fini(&credential->http);
	*credential = (struct credential){0};
}
