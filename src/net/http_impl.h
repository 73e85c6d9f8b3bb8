/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * What the files of the HTTP client share: http.c (client, connections, queue), http_exchange.c
 * (one request and its reply) and http_poll.c (libcurl's sockets and timer on libuv).
 */
#ifndef KEEPWATCH_NET_HTTP_IMPL_H
#define KEEPWATCH_NET_HTTP_IMPL_H

#include "keepwatch/http.h"
#include "tls_verify.h"

#include <curl/curl.h>

struct http_client {
	struct net_loop *loop;
	CURLM *multi;
	X509_STORE *store;
	uv_timer_t timer;
	unsigned handles; /* libuv handles not yet closed, the timer among them */
	struct http_exchange *queue, **queue_tail;
	struct http_exchange *active;
	uint32_t max_in_flight;
	CURL **pool; /* max_in_flight of them at most */
	uint32_t pool_count;
	struct http_stats stats;
	bool is_closing, forgets;
};

struct http_session {
	struct http_client *client;
	CURL *easy; /* NULL until first used; keeps the Digest nonce */
	struct http_exchange *exchange;
	enum http_auth auth; /* of the request before */
	bool has_nonce;	     /* logins go out unasked */
	unsigned connects;   /* made by the easy handle as it is */
};

struct http_exchange {
	struct http_client *client;
	struct http_session *session;	    /* NULL: easy is from the pool */
	struct http_exchange *next, **link; /* in queue or active; *link == this */
	bool is_active;
	CURL *easy;
	struct curl_slist *headers, *connect_to;
	void (*done)(void *arg, const struct http_reply *reply);
	void *arg;
	enum http_auth auth;
	bool https;
	struct tls_check tls;
	struct buf body;
	size_t max_body, header_bytes;
	unsigned responses, informational; /* final replies seen in this transfer; 1xx */
	uint64_t mark_ns;   /* when the request left, or the reply before the present one ended */
	uint64_t waited_ns; /* first byte of the present reply minus mark_ns */
	bool too_many;	    /* replies or header bytes */
	char error[CURL_ERROR_SIZE];
	struct http_reply reply;
};

/* http_poll.c: 0 or ERR_NOMEM. */
int http_poll_init(struct http_client *client);
void http_poll_fini(struct http_client *client); /* the client is freed when all is closed */

/* http_exchange.c */
int http_exchange_new(struct http_exchange **out, struct http_client *client,
		      const struct http_request *request);
/* Sets all options of exchange->easy. ERR_NOMEM, ERR_INVAL. */
int http_exchange_configure(struct http_exchange *exchange, const struct http_request *request);
/* Fills exchange->reply from the end of the transfer. */
void http_exchange_conclude(struct http_exchange *exchange, CURLcode code);
void http_exchange_free(struct http_exchange *exchange); /* the easy handle is not touched */

/* http.c: hands out what libcurl has finished, starts what was queued. */
void http_client_collect(struct http_client *client);

#endif
