/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * An HTTP client on a loop of its own against a scripted peer, for unit tests.
 */
#ifndef KEEPWATCH_TESTS_HTTP_FIXTURE_H
#define KEEPWATCH_TESTS_HTTP_FIXTURE_H

#include "keepwatch/http.h"

#include "server.h"

struct bench {
	uv_loop_t uv;
	struct net_loop *loop;
	struct http_client *client;
	struct server *server;
	struct http_request request;
};

struct fetch {
	bool done;
	struct http_reply reply;
	char *body; /* owned; "" if there was none */
};

/* tls NULL: plain HTTP. The request is preset for the peer. */
void bench_open(struct bench *bench, SSL_CTX *tls, server_script *script, void *arg,
		const struct http_options *options);
void bench_close(struct bench *bench);
/* Runs the loop until the flag is set; fails the test after 20 s. */
void bench_wait(struct bench *bench, const bool *flag);
/* A done callback for a struct fetch. */
void on_done(void *arg, const struct http_reply *reply);
/* Sends bench->request and waits for its reply. */
struct fetch fetch(struct bench *bench);
/* The same, of which reason and words of the error are expected. */
void assert_fetch(struct bench *bench, enum reason reason, const char *words);

#endif
