/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * HTTP logins of the client: Digest with MD5 and SHA-256 against a peer that computes them by
 * itself, Basic only if allowed, and how many logins a refusal costs.
 */
#include "../http/fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct login {
	const char *algorithm; /* of the challenge; NULL: Basic */
	const char *password;
	bool always_stale;
	unsigned requests, logins, accepted, empty;
};

static void
script_login(struct server_conn *conn, void *arg)
{
	struct login *login = arg;
	char given[512], challenge[256];

	while (server_read(conn)) {
		login->requests++;
		login->empty += conn->body[0] == '\0';
		server_header(conn, "Authorization", given, sizeof(given));
		login->logins += given[0] != '\0';
		if (login->algorithm == NULL
			    ? strcmp(given, "Basic bW9uaXRvcjpzZWNyZXQ=") == 0
			    : !login->always_stale &&
				      server_digest_is_right(conn, login->algorithm, "monitor",
							     login->password, "n0nce")) {
			login->accepted++;
			server_reply(conn, 200, "", "text/plain", "in");
			continue;
		}
		if (login->algorithm == NULL)
			snprintf(challenge, sizeof(challenge),
				 "WWW-Authenticate: Basic realm=\"cam\"\r\n");
		else
			snprintf(challenge, sizeof(challenge),
				 "WWW-Authenticate: Digest realm=\"cam\", qop=\"auth\", "
				 "nonce=\"n0nce\", algorithm=%s%s\r\n",
				 login->algorithm, login->always_stale ? ", stale=true" : "");
		server_reply(conn, 401, challenge, "text/plain", "out");
	}
}

static struct secret *
secret_of(const char *text)
{
	struct secret *secret = NULL;

	assert_int_equal(secret_new(&secret, text, strlen(text)), 0);
	return secret;
}

static void
check_digest(const char *algorithm)
{
	struct login login = {.algorithm = algorithm, .password = "secret"};
	struct secret *right = secret_of("secret"), *wrong = secret_of("wrong");
	struct http_session *session = NULL;
	struct bench bench;
	struct fetch got;

	bench_open(&bench, NULL, script_login, &login, NULL);
	bench.request.body = "<x/>";
	bench.request.body_len = 4;
	bench.request.auth = HTTP_AUTH_DIGEST;
	bench.request.username = "monitor";
	bench.request.password = right;
	assert_int_equal(http_session_open(&session, bench.client), 0);
	bench.request.session = session;
	for (unsigned i = 0; i < 3; i++) {
		got = fetch(&bench);
		assert_int_equal(got.reply.status, 200);
		assert_string_equal(got.body, "in");
		assert_int_equal(got.reply.logins, 1);
		assert_int_equal(got.reply.digest_sha256, i == 0 && strcmp(algorithm, "MD5") != 0);
		free(got.body);
	}
	http_session_close(session);
	/* the challenge is fetched once, with the whole body, and its nonce used again */
	assert_int_equal(login.requests, 4);
	assert_int_equal(login.logins, 3);
	assert_int_equal(login.empty, 0);

	/* a request without a login in between does not confuse it */
	assert_int_equal(http_session_open(&session, bench.client), 0);
	bench.request.session = session;
	for (int i = 0; i < 4; i++) {
		bench.request.auth = i == 1 ? HTTP_AUTH_NONE : HTTP_AUTH_DIGEST;
		got = fetch(&bench);
		assert_int_equal(got.reply.status, i == 1 ? 401 : 200);
		free(got.body);
	}
	http_session_close(session);
	login.requests = 4;
	login.logins = 3;

	bench.request.session = NULL;
	bench.request.password = wrong;
	got = fetch(&bench);
	assert_int_equal(got.reply.reason, REASON_NONE);
	assert_int_equal(got.reply.status, 401);
	assert_true(got.reply.digest_offered);
	assert_int_equal(got.reply.logins, 1);
	assert_string_equal(got.body, "out");
	free(got.body);
	assert_int_equal(login.requests, 6);
	assert_int_equal(login.logins, 4); /* one wrong password, one login */

	bench.request.auth = HTTP_AUTH_NONE;
	got = fetch(&bench);
	assert_int_equal(got.reply.logins, 0);
	assert_true(got.reply.digest_offered);
	free(got.body);
	assert_int_equal(login.logins, 4);
	bench_close(&bench);
	secret_free(right);
	secret_free(wrong);
}

static void
test_digest(void **state)
{
	(void)state;
	check_digest("MD5");
	check_digest("SHA-256");
}

static void
test_stale_for_ever(void **state)
{
	struct login login = {.algorithm = "MD5", .password = "secret", .always_stale = true};
	struct secret *secret = secret_of("secret");
	struct bench bench;

	(void)state;
	bench_open(&bench, NULL, script_login, &login, NULL);
	bench.request.auth = HTTP_AUTH_DIGEST;
	bench.request.username = "monitor";
	bench.request.password = secret;
	assert_fetch(&bench, REASON_BAD_REPLY, "again and again");
	bench_close(&bench);
	assert_true(login.logins <= 3);
	secret_free(secret);
}

static void
test_basic_only_if_allowed(void **state)
{
	struct login login = {.password = "secret"};
	struct secret *secret = secret_of("secret");
	struct bench bench;
	struct fetch got;

	(void)state;
	bench_open(&bench, NULL, script_login, &login, NULL);
	bench.request.username = "monitor";
	bench.request.password = secret;
	bench.request.auth = HTTP_AUTH_DIGEST;
	got = fetch(&bench);
	assert_int_equal(got.reply.status, 401);
	assert_true(got.reply.basic_offered);
	free(got.body);
	assert_int_equal(login.logins, 0);
	bench.request.auth = HTTP_AUTH_DIGEST_OR_BASIC;
	got = fetch(&bench);
	assert_int_equal(got.reply.status, 200);
	assert_int_equal(got.reply.logins, 1);
	free(got.body);
	assert_int_equal(login.accepted, 1);
	bench_close(&bench);
	secret_free(secret);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_digest),
		cmocka_unit_test(test_stale_for_ever),
		cmocka_unit_test(test_basic_only_if_allowed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
