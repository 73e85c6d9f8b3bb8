/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * libcurl's multi interface on libuv: a uv_poll for each socket that libcurl wants watched, and one
 * uv_timer for its timeouts. Nothing here knows what is transferred.
 */
#include "http_impl.h"

#include "keepwatch/err.h"

#include <stdlib.h>

struct http_socket {
	uv_poll_t poll;
	struct http_client *client;
	curl_socket_t fd;
};

static void
release(struct http_client *client)
{
	if (--client->handles == 0)
		free(client);
}

static void
on_socket_closed(uv_handle_t *handle)
{
	struct http_socket *sock = handle->data;

	release(sock->client);
	free(sock);
}

static void
on_timer_closed(uv_handle_t *handle)
{
	release(handle->data);
}

static void
on_readiness(uv_poll_t *poll, int status, int events)
{
	struct http_socket *sock = poll->data;
	struct http_client *client = sock->client;
	int running, flags = 0;

	/*
	 * libuv stops at POLLERR. libcurl is to find the error by itself: told of it by
	 * CURL_CSELECT_ERR it would not try a silently closed keep-alive connection again.
	 */
	if (status < 0)
		flags = CURL_CSELECT_IN | CURL_CSELECT_OUT;
	if ((events & UV_READABLE) != 0)
		flags |= CURL_CSELECT_IN;
	if ((events & UV_WRITABLE) != 0)
		flags |= CURL_CSELECT_OUT;
	/* sock may be gone afterwards */
	curl_multi_socket_action(client->multi, sock->fd, flags, &running);
	http_client_collect(client);
}

static void
on_timer(uv_timer_t *timer)
{
	struct http_client *client = timer->data;
	int running;

	curl_multi_socket_action(client->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	http_client_collect(client);
}

static struct http_socket *
socket_new(struct http_client *client, curl_socket_t fd)
{
	struct http_socket *sock = calloc(1, sizeof(*sock));

	if (sock == NULL)
		return NULL;
	if (uv_poll_init_socket(net_loop_uv(client->loop), &sock->poll, fd) != 0) {
		free(sock);
		return NULL;
	}
	sock->poll.data = sock;
	sock->client = client;
	sock->fd = fd;
	client->handles++;
	curl_multi_assign(client->multi, fd, sock);
	return sock;
}

/* CURLMOPT_SOCKETFUNCTION. A failure here ends in the transfer's own timeout. */
static int
watch_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct http_client *client = arg;
	struct http_socket *sock = socket_arg;
	int events = 0;

	(void)easy;
	if (what == CURL_POLL_REMOVE) {
		if (sock != NULL) {
			uv_poll_stop(&sock->poll);
			uv_close((uv_handle_t *)&sock->poll, on_socket_closed);
			curl_multi_assign(client->multi, fd, NULL);
		}
		return 0;
	}
	if (sock == NULL)
		sock = socket_new(client, fd);
	if (sock == NULL)
		return 0;
	if ((what & CURL_POLL_IN) != 0)
		events |= UV_READABLE;
	if ((what & CURL_POLL_OUT) != 0)
		events |= UV_WRITABLE;
	uv_poll_start(&sock->poll, events, on_readiness);
	return 0;
}

/* CURLMOPT_TIMERFUNCTION. libcurl must not be entered from here, so 0 is the next iteration. */
static int
set_timer(CURLM *multi, long timeout_ms, void *arg)
{
	struct http_client *client = arg;

	(void)multi;
	if (client->is_closing)
		return 0;
	if (timeout_ms < 0)
		uv_timer_stop(&client->timer);
	else
		uv_timer_start(&client->timer, on_timer, (uint64_t)timeout_ms, 0);
	return 0;
}

int
http_poll_init(struct http_client *client)
{
	if (uv_timer_init(net_loop_uv(client->loop), &client->timer) != 0)
		return ERR_NOMEM;
	client->timer.data = client;
	client->handles = 1;
	curl_multi_setopt(client->multi, CURLMOPT_SOCKETFUNCTION, watch_socket);
	curl_multi_setopt(client->multi, CURLMOPT_SOCKETDATA, client);
	curl_multi_setopt(client->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	curl_multi_setopt(client->multi, CURLMOPT_TIMERDATA, client);
	return 0;
}

void
http_poll_fini(struct http_client *client)
{
	uv_timer_stop(&client->timer);
	uv_close((uv_handle_t *)&client->timer, on_timer_closed);
}
