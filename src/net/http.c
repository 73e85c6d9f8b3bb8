/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The HTTP client of the whole fleet: a libcurl multi handle, a pool of easy handles, a queue for
 * what is beyond the cap, and sessions. 20,000 devices do not mean 20,000 connections: those in
 * flight are capped here, those kept alive by libcurl's connection cache.
 */
#include "http_impl.h"

#include "keepwatch/err.h"
#include "keepwatch/log.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

/*
 * libcurl copies user names and passwords into plain heap memory, and computes logins there. All
 * that it frees is wiped first, except large blocks, which are bodies and socket buffers.
 */
enum { WIPE_MAX = 4096 };

static void
wiping_free(void *p)
{
	size_t size = p == NULL ? 0 : malloc_usable_size(p);

	if (size > 0 && size <= WIPE_MAX)
		explicit_bzero(p, size);
	free(p);
}

static uint32_t
in_flight_cap(uint32_t wanted)
{
	struct rlimit files;

	if (wanted == 0)
		wanted = HTTP_MAX_IN_FLIGHT;
	if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur != RLIM_INFINITY &&
	    wanted > files.rlim_cur / 2) {
		wanted = files.rlim_cur < 4 ? 1 : (uint32_t)(files.rlim_cur / 2);
		log_notice("http", "at most %u requests at a time: the limit of open files is %llu",
			   wanted, (unsigned long long)files.rlim_cur);
	}
	return wanted;
}

int
http_client_open(struct http_client **out, struct net_loop *loop,
		 const struct http_options *options)
{
	static const struct http_options defaults = {0};
	struct http_client *client = calloc(1, sizeof(*client));
	int rc = ERR_NOMEM;

	if (options == NULL)
		options = &defaults;
	if (client == NULL)
		goto out;
	/* The first call of the process decides; it is thread-safe since 7.84. */
	if (curl_global_init_mem(CURL_GLOBAL_ALL, malloc, wiping_free, realloc, strdup, calloc) !=
	    CURLE_OK)
		goto out;
	client->loop = loop;
	client->queue_tail = &client->queue;
	client->max_in_flight = in_flight_cap(options->max_in_flight);
	client->forgets = options->forgets;
	client->pool = calloc(client->max_in_flight, sizeof(*client->pool));
	client->multi = curl_multi_init();
	if (client->pool == NULL || client->multi == NULL)
		goto out;
	rc = tls_store_open(&client->store, options->ca_file);
	if (rc != 0)
		goto out;
	curl_multi_setopt(client->multi, CURLMOPT_MAXCONNECTS,
			  (long)(options->max_idle == 0 ? HTTP_MAX_IDLE : options->max_idle));
	curl_multi_setopt(client->multi, CURLMOPT_PIPELINING, (long)CURLPIPE_NOTHING);
	rc = http_poll_init(client);
	if (rc != 0)
		goto out;
	*out = client;
	client = NULL;
out:
	if (client != NULL) {
		tls_store_close(client->store);
		if (client->multi != NULL)
			curl_multi_cleanup(client->multi);
		free(client->pool);
		free(client);
	}
	return rc;
}

static CURL *
easy_take(struct http_client *client)
{
	return client->pool_count > 0 ? client->pool[--client->pool_count] : curl_easy_init();
}

static void
easy_give(struct http_client *client, CURL *easy)
{
	if (easy == NULL)
		return;
	if (client->is_closing || client->forgets || client->pool_count >= client->max_in_flight) {
		curl_easy_cleanup(easy);
		return;
	}
	curl_easy_reset(easy); /* frees what was a secret, and the Digest state */
	client->pool[client->pool_count++] = easy;
}

static void
unlink_exchange(struct http_exchange *exchange)
{
	struct http_client *client = exchange->client;

	if (exchange->link == NULL)
		return;
	*exchange->link = exchange->next;
	if (exchange->next != NULL)
		exchange->next->link = exchange->link;
	else if (!exchange->is_active)
		client->queue_tail = exchange->link;
	if (exchange->is_active)
		client->stats.in_flight--;
	else
		client->stats.queued--;
	exchange->link = NULL;
}

static void
enqueue(struct http_exchange *exchange)
{
	struct http_client *client = exchange->client;

	exchange->link = client->queue_tail;
	*client->queue_tail = exchange;
	client->queue_tail = &exchange->next;
	client->stats.queued++;
}

static void
activate(struct http_exchange *exchange)
{
	struct http_client *client = exchange->client;

	unlink_exchange(exchange);
	exchange->is_active = true;
	exchange->next = client->active;
	exchange->link = &client->active;
	if (client->active != NULL)
		client->active->link = &exchange->next;
	client->active = exchange;
	client->stats.in_flight++;
}

/* Takes the exchange out of libcurl and gives the easy handle back to its owner. */
static void
detach(struct http_exchange *exchange)
{
	if (exchange->is_active)
		curl_multi_remove_handle(exchange->client->multi, exchange->easy);
	unlink_exchange(exchange);
	if (exchange->session != NULL)
		exchange->session->exchange = NULL;
	else
		easy_give(exchange->client, exchange->easy);
	exchange->easy = NULL;
}

static void
finish(struct http_exchange *exchange, CURLcode code)
{
	http_exchange_conclude(exchange, code);
	detach(exchange);
	exchange->done(exchange->arg, &exchange->reply);
	http_exchange_free(exchange);
}

static int
begin(struct http_exchange *exchange)
{
	activate(exchange);
	return curl_multi_add_handle(exchange->client->multi, exchange->easy) == CURLM_OK
		       ? 0
		       : ERR_NOMEM;
}

static void
start_queued(struct http_client *client)
{
	while (!client->is_closing && client->queue != NULL &&
	       client->stats.in_flight < client->max_in_flight) {
		struct http_exchange *exchange = client->queue;

		if (begin(exchange) != 0)
			finish(exchange, CURLE_OUT_OF_MEMORY);
	}
}

void
http_client_collect(struct http_client *client)
{
	CURLMsg *message;
	int left;

	while (!client->is_closing &&
	       (message = curl_multi_info_read(client->multi, &left)) != NULL) {
		struct http_exchange *exchange = NULL;
		CURLcode code = message->data.result;

		curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **)&exchange);
		if (message->msg == CURLMSG_DONE && exchange != NULL)
			finish(exchange, code);
	}
	start_queued(client);
}

/*
 * The easy handle for a session's next request. It is kept for its Digest nonce, but made to forget
 * where libcurl 7.88 would stumble: it does not answer a challenge if a request without a login
 * came between, and after five silently closed connections of a handle it does not try again.
 */
static CURL *
session_easy(struct http_session *session, const struct http_exchange *exchange)
{
	enum { CONNECTS_MAX = 4 };

	if (session->easy == NULL) {
		session->easy = easy_take(session->client);
	} else if (session->auth != exchange->auth || session->connects >= CONNECTS_MAX) {
		curl_easy_reset(session->easy);
		session->has_nonce = false;
		session->connects = 0;
	}
	session->auth = exchange->auth;
	return session->easy;
}

int
http_send(struct http_client *client, const struct http_request *request,
	  void (*done)(void *arg, const struct http_reply *reply), void *arg,
	  struct http_exchange **out)
{
	struct http_session *session = request->session;
	struct http_exchange *exchange = NULL;
	int rc;

	if (session != NULL && session->exchange != NULL)
		return ERR_BUSY;
	rc = http_exchange_new(&exchange, client, request);
	if (rc != 0)
		return rc;
	exchange->done = done;
	exchange->arg = arg;
	exchange->easy = session != NULL ? session_easy(session, exchange) : easy_take(client);
	if (session != NULL)
		session->exchange = exchange;
	rc = exchange->easy == NULL ? ERR_NOMEM : http_exchange_configure(exchange, request);
	/* A queue while there is room means that finished ones are being handed out: it goes first.
	 */
	if (rc == 0 && client->queue == NULL && client->stats.in_flight < client->max_in_flight)
		rc = begin(exchange);
	else if (rc == 0)
		enqueue(exchange);
	if (rc != 0) {
		detach(exchange);
		http_exchange_free(exchange);
		return rc;
	}
	client->stats.requests++;
	if (out != NULL)
		*out = exchange;
	return 0;
}

void
http_cancel(struct http_exchange *exchange)
{
	if (exchange == NULL)
		return;
	detach(exchange);
	http_exchange_free(exchange);
}

int
http_session_open(struct http_session **out, struct http_client *client)
{
	struct http_session *session = calloc(1, sizeof(*session));

	if (session == NULL)
		return ERR_NOMEM;
	session->client = client;
	*out = session;
	return 0;
}

void
http_session_close(struct http_session *session)
{
	if (session == NULL)
		return;
	http_cancel(session->exchange);
	easy_give(session->client, session->easy);
	free(session);
}

struct http_stats
http_client_stats(const struct http_client *client)
{
	return client->stats;
}

void
http_client_close(struct http_client *client)
{
	if (client == NULL)
		return;
	client->is_closing = true;
	while (client->active != NULL)
		http_cancel(client->active);
	while (client->queue != NULL)
		http_cancel(client->queue);
	while (client->pool_count > 0)
		curl_easy_cleanup(client->pool[--client->pool_count]);
	curl_multi_cleanup(client->multi);
	tls_store_close(client->store);
	free(client->pool);
	client->pool = NULL;
	http_poll_fini(client);
}
