/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TCP conversations on libuv streams. A talk belongs to its owner until it has ended or was closed,
 * and to libuv until its handle is; in between it calls nobody.
 */
#include "keepwatch/tcp_talk.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum { READ_SIZE = 4096 };

struct tcp_talk {
	uv_tcp_t tcp; /* first */
	uv_connect_t connect;
	struct net_timer timer;
	struct net_loop *loop;
	struct tcp_talk_options options;
	size_t heard;
	int rc; /* of a connect that failed at once */
	bool is_closed;
	char buffer[READ_SIZE];
};

struct talk_write {
	uv_write_t request; /* first */
	char bytes[];
};

static void
on_closed(uv_handle_t *handle)
{
	free(handle);
}

void
tcp_talk_close(struct tcp_talk *talk)
{
	if (talk == NULL || talk->is_closed)
		return;
	talk->is_closed = true;
	net_timer_stop(talk->loop, &talk->timer);
	/* Not possible while it connects: then it is closed without a word having been said. */
	if (uv_tcp_close_reset(&talk->tcp, on_closed) != 0)
		uv_close((uv_handle_t *)&talk->tcp, on_closed);
}

static void
finish(struct tcp_talk *talk, int rc)
{
	void (*ended)(void *arg, int rc) = talk->options.ended;
	void *arg = talk->options.arg;

	tcp_talk_close(talk);
	ended(arg, rc);
}

static int
code_of(int status)
{
	switch (status) {
	case UV_EOF:
		return 0;
	case UV_ECONNREFUSED:
	case UV_ECONNRESET:
	case UV_EPIPE:
		return ERR_REFUSED;
	case UV_EHOSTUNREACH:
	case UV_ENETUNREACH:
		return ERR_UNREACH;
	case UV_ETIMEDOUT:
		return ERR_TIMEOUT;
	case UV_ENOMEM:
	case UV_ENOBUFS:
		return ERR_NOMEM;
	default:
		return ERR_IO;
	}
}

static void
on_timer(struct net_timer *timer)
{
	struct tcp_talk *talk =
		(struct tcp_talk *)((char *)timer - offsetof(struct tcp_talk, timer));

	finish(talk, talk->rc != 0 ? talk->rc : ERR_TIMEOUT);
}

static void
on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *buf)
{
	struct tcp_talk *talk = (struct tcp_talk *)handle;

	(void)suggested;
	*buf = uv_buf_init(talk->buffer, sizeof(talk->buffer));
}

static void
on_read(uv_stream_t *stream, ssize_t len, const uv_buf_t *buf)
{
	struct tcp_talk *talk = (struct tcp_talk *)stream;

	if (talk->is_closed || len == 0)
		return;
	if (len < 0) {
		finish(talk, code_of((int)len));
		return;
	}
	if ((size_t)len > talk->options.max_bytes - talk->heard) {
		finish(talk, ERR_TOOBIG);
		return;
	}
	talk->heard += (size_t)len;
	talk->options.received(talk->options.arg, buf->base, (size_t)len);
}

static void
on_connect(uv_connect_t *connect, int status)
{
	struct tcp_talk *talk = (struct tcp_talk *)connect->handle;

	if (talk->is_closed)
		return;
	if (status == 0)
		status = uv_read_start((uv_stream_t *)&talk->tcp, on_alloc, on_read);
	if (status != 0)
		finish(talk, code_of(status));
	else
		talk->options.connected(talk->options.arg);
}

static void
on_written(uv_write_t *request, int status)
{
	struct tcp_talk *talk = (struct tcp_talk *)request->handle;

	free(request);
	if (status != 0 && !talk->is_closed)
		finish(talk, code_of(status));
}

int
tcp_talk_send(struct tcp_talk *talk, const void *data, size_t len)
{
	struct talk_write *write = malloc(sizeof(*write) + len);
	uv_buf_t buf;

	if (write == NULL)
		return ERR_NOMEM;
	memcpy(write->bytes, data, len);
	buf = uv_buf_init(write->bytes, (unsigned)len);
	if (uv_write(&write->request, (uv_stream_t *)&talk->tcp, &buf, 1, on_written) != 0) {
		free(write);
		return ERR_IO;
	}
	return 0;
}

int
tcp_talk_open(struct tcp_talk **out, struct net_loop *loop, const struct tcp_talk_options *options)
{
	struct sockaddr_storage to;
	struct tcp_talk *talk;
	int status;

	if ((options->to.family != 4 && options->to.family != 6) || options->port == 0 ||
	    options->timeout_ms == 0 || options->max_bytes == 0)
		return ERR_INVAL;
	talk = calloc(1, sizeof(*talk));
	if (talk == NULL)
		return ERR_NOMEM;
	talk->loop = loop;
	talk->options = *options;
	net_timer_init(&talk->timer, on_timer);
	if (uv_tcp_init(net_loop_uv(loop), &talk->tcp) != 0) {
		free(talk);
		return ERR_IO;
	}
	ipaddr_to_sockaddr(&options->to, options->port, &to);
	status = uv_tcp_connect(&talk->connect, &talk->tcp, (struct sockaddr *)&to, on_connect);
	/* What fails at once is told later, as everything is. */
	if (status != 0)
		talk->rc = code_of(status);
	net_timer_start(loop, &talk->timer, status != 0 ? 0 : options->timeout_ms);
	*out = talk;
	return 0;
}
