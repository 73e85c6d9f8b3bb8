/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Names of SNMPv3 protocols as people write them, and equality of credentials.
 */
#include "keepwatch/credential.h"
#include "keepwatch/err.h"
#include "keepwatch/mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static void
protocols_are_understood(void **state)
{
	static const struct {
		const char *text;
		enum snmp_auth auth;
	} auths[] = {
		{"MD5", SNMP_AUTH_MD5},	       {"md5", SNMP_AUTH_MD5},
		{"SHA", SNMP_AUTH_SHA1},       {"sha1", SNMP_AUTH_SHA1},
		{"SHA-1", SNMP_AUTH_SHA1},     {"SHA-224", SNMP_AUTH_SHA224},
		{"sha256", SNMP_AUTH_SHA256},  {"SHA_384", SNMP_AUTH_SHA384},
		{"SHA 512", SNMP_AUTH_SHA512}, {"none", SNMP_AUTH_NONE},
	};
	static const struct {
		const char *text;
		enum snmp_priv priv;
	} privs[] = {
		{"DES", SNMP_PRIV_DES},		{"AES", SNMP_PRIV_AES128},
		{"aes128", SNMP_PRIV_AES128},	{"AES-192", SNMP_PRIV_AES192},
		{"AES256", SNMP_PRIV_AES256},	{"AES-192-C", SNMP_PRIV_AES192C},
		{"aes256c", SNMP_PRIV_AES256C}, {"none", SNMP_PRIV_NONE},
	};
	enum snmp_auth auth = SNMP_AUTH_MD5;
	enum snmp_priv priv = SNMP_PRIV_DES;

	(void)state;
	for (size_t i = 0; i < MEM_COUNT(auths); i++) {
		assert_int_equal(snmp_auth_parse(auths[i].text, &auth), 0);
		assert_int_equal(auth, auths[i].auth);
	}
	for (size_t i = 0; i < MEM_COUNT(privs); i++) {
		assert_int_equal(snmp_priv_parse(privs[i].text, &priv), 0);
		assert_int_equal(priv, privs[i].priv);
	}
	for (int i = 0; i < SNMP_AUTH_COUNT; i++) {
		assert_int_equal(snmp_auth_parse(snmp_auth_name((enum snmp_auth)i), &auth), 0);
		assert_int_equal(auth, i);
	}
	for (int i = 0; i < SNMP_PRIV_COUNT; i++) {
		assert_int_equal(snmp_priv_parse(snmp_priv_name((enum snmp_priv)i), &priv), 0);
		assert_int_equal(priv, i);
	}
	assert_int_equal(snmp_auth_parse("SHA-3", &auth), ERR_NOTFOUND);
	assert_int_equal(snmp_auth_parse("", &auth), ERR_NOTFOUND);
	assert_int_equal(snmp_auth_parse("SHA-2567", &auth), ERR_NOTFOUND);
	assert_int_equal(snmp_priv_parse("3DES", &priv), ERR_NOTFOUND);
	assert_string_equal(snmp_auth_name((enum snmp_auth)99), "?");
	assert_string_equal(snmp_priv_name((enum snmp_priv) - 1), "?");
}

static struct credential
make(void)
{
	struct credential c = {
		.name = strdup("core"),
		.snmp = {.version = SNMP_V3,
			 .user = strdup("monitor"),
			 .auth = SNMP_AUTH_SHA256,
			 .priv = SNMP_PRIV_AES128,
			 .port = 161},
		.onvif = {.is_set = true, .username = strdup("monitor")},
		.generation = 7,
	};

	assert_int_equal(secret_new(&c.snmp.auth_password, "authauth", 8), 0);
	assert_int_equal(secret_new(&c.snmp.priv_password, "privpriv", 8), 0);
	assert_int_equal(secret_new(&c.onvif.password, "geheim", 6), 0);
	return c;
}

static void
equal_in_everything_but_the_generation(void **state)
{
	struct credential a = make(), b = make();

	(void)state;
	b.generation = 8;
	assert_true(credential_equal(&a, &b));
	b.snmp.port = 1161;
	assert_false(credential_equal(&a, &b));
	b.snmp.port = 161;
	b.snmp.priv = SNMP_PRIV_AES256;
	assert_false(credential_equal(&a, &b));
	b.snmp.priv = SNMP_PRIV_AES128;
	b.onvif.allow_basic = true;
	assert_false(credential_equal(&a, &b));
	b.onvif.allow_basic = false;
	b.snmp.context = strdup("");
	assert_false(credential_equal(&a, &b));
	free(b.snmp.context);
	b.snmp.context = NULL;
	assert_true(credential_equal(&a, &b));
	secret_free(b.onvif.password);
	assert_int_equal(secret_new(&b.onvif.password, "geheiM", 6), 0);
	assert_false(credential_equal(&a, &b));
	credential_fini(&a);
	credential_fini(&b);
	credential_fini(&b); /* again, for nothing */
	assert_null(b.name);
}

static void
password_files_are_named_after_devices(void **state)
{
	static const struct {
		const char *device, *name;
	} good[] = {
		{"cam-lobby_1.old", "cam-lobby_1.old"},
		{".rotate", "%2Erotate"},
		{"..", "%2E."},
		{"hq/gate 2", "hq%2Fgate%202"},
		{"100%", "100%25"},
		{"T\xc3\xbcr", "T%C3%BCr"},
	};
	char name[CREDENTIAL_FILE_SIZE] = "as it was", device[129] = "";

	(void)state;
	assert_int_equal(credential_password_name("", name), ERR_INVAL);
	memset(device, '/', 85);
	assert_int_equal(credential_password_name(device, name), 0);
	assert_int_equal(strlen(name), 255);
	memset(device, '/', 86);
	assert_int_equal(credential_password_name(device, name), ERR_TOOBIG);
	assert_int_equal(strlen(name), 255);
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(credential_password_name(good[i].device, name), 0);
		assert_string_equal(name, good[i].name);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(protocols_are_understood),
		cmocka_unit_test(equal_in_everything_but_the_generation),
		cmocka_unit_test(password_files_are_named_after_devices),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
