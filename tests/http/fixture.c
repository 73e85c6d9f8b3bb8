/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The client's side of the HTTP tests.
 */
#include "fixture.h"

#include "keepwatch/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { GUARD_MS = 20000 };

void
bench_open(struct bench *bench, SSL_CTX *tls, server_script *script, void *arg,
	   const struct http_options *options)
{
	*bench = (struct bench){0};
	assert_int_equal(uv_loop_init(&bench->uv), 0);
	assert_int_equal(net_loop_open(&bench->loop, &bench->uv, 10), 0);
	assert_int_equal(http_client_open(&bench->client, bench->loop, options), 0);
	bench->server = server_start(script, arg, tls);
	bench->request.port = server_port(bench->server);
	bench->request.https = tls != NULL;
	bench->request.path = "/x";
	bench->request.total_timeout_ms = 5000;
	assert_int_equal(ipaddr_parse("127.0.0.1", &bench->request.ip), 0);
}

void
bench_close(struct bench *bench)
{
	http_client_close(bench->client);
	net_loop_close(bench->loop);
	uv_run(&bench->uv, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&bench->uv), 0);
	server_stop(bench->server);
}

void
on_done(void *arg, const struct http_reply *reply)
{
	struct fetch *fetch = arg;

	assert_false(fetch->done);
	fetch->done = true;
	fetch->reply = *reply;
	fetch->body = strdup(reply->body->len == 0 ? "" : reply->body->data);
}

static void
on_tick(uv_timer_t *timer)
{
	(void)timer;
}

void
bench_wait(struct bench *bench, const bool *flag)
{
	uint64_t until = clock_mono_ms() + GUARD_MS;
	uv_timer_t tick;

	/* so that uv_run returns now and then, whatever the client does */
	uv_timer_init(&bench->uv, &tick);
	uv_timer_start(&tick, on_tick, 50, 50);
	while (!*flag && clock_mono_ms() < until)
		uv_run(&bench->uv, UV_RUN_ONCE);
	uv_close((uv_handle_t *)&tick, NULL);
	uv_run(&bench->uv, UV_RUN_NOWAIT);
	assert_true(*flag);
}

struct fetch
fetch(struct bench *bench)
{
	struct fetch fetch = {0};

	assert_int_equal(http_send(bench->client, &bench->request, on_done, &fetch, NULL), 0);
	assert_false(fetch.done);
	bench_wait(bench, &fetch.done);
	return fetch;
}

void
assert_fetch(struct bench *bench, enum reason reason, const char *words)
{
	struct fetch got = fetch(bench);

	if (got.reply.reason != reason || strstr(got.reply.error, words) == NULL)
		fail_msg("got %s \"%s\", wanted %s \"%s\"", reason_name(got.reply.reason),
			 got.reply.error, reason_name(reason), words);
	free(got.body);
}
