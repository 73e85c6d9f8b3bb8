/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * TCP connects on the loop: a bounded number of sockets, the rest waits in line. A socket lives as
 * long as libuv holds its poll handle, which is longer than the connect it served.
 */
#include "keepwatch/tcp.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"

#include <assert.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECT_IDLE, CONNECT_WAITING, CONNECT_RUNNING };

struct tcp_prober {
	struct net_hook schedule; /* first */
	struct net_loop *loop;
	size_t max_sockets, sockets;
	struct tcp_connect *first, *last; /* waiting */
	size_t waiting;
};

struct tcp_socket {
	uv_poll_t poll;
	struct tcp_connect *connect;
	int fd;
	uint64_t begin_ns;
};

static void
line_up(struct tcp_prober *prober, struct tcp_connect *connect)
{
	connect->p.state = CONNECT_WAITING;
	connect->p.next = NULL;
	connect->p.prev = prober->last;
	if (prober->last != NULL)
		prober->last->p.next = connect;
	else
		prober->first = connect;
	prober->last = connect;
	prober->waiting++;
}

static void
leave_line(struct tcp_prober *prober, struct tcp_connect *connect)
{
	if (connect->p.next != NULL)
		connect->p.next->p.prev = connect->p.prev;
	else
		prober->last = connect->p.prev;
	if (connect->p.prev != NULL)
		connect->p.prev->p.next = connect->p.next;
	else
		prober->first = connect->p.next;
	prober->waiting--;
}

static void
on_closed(uv_handle_t *handle)
{
	free(handle->data);
}

static void
close_socket(struct tcp_prober *prober, struct tcp_socket *sock)
{
	const struct linger reset = {.l_onoff = 1, .l_linger = 0};

	setsockopt(sock->fd, SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
	sock->connect = NULL;
	uv_close((uv_handle_t *)&sock->poll, on_closed);
	close(sock->fd);
	prober->sockets--;
	if (prober->waiting > 0)
		net_loop_kick(prober->loop);
}

void
tcp_connect_cancel(struct tcp_connect *connect)
{
	struct tcp_prober *prober = connect->p.prober;

	if (connect->p.state == CONNECT_IDLE)
		return;
	if (connect->p.state == CONNECT_WAITING)
		leave_line(prober, connect);
	net_timer_stop(prober->loop, &connect->p.timer);
	if (connect->p.socket != NULL)
		close_socket(prober, connect->p.socket);
	connect->p.socket = NULL;
	connect->p.state = CONNECT_IDLE;
}

static void
finish(struct tcp_connect *connect, int rc, uint32_t rtt_us)
{
	tcp_connect_cancel(connect);
	connect->rc = rc;
	connect->rtt_us = rtt_us;
	connect->done(connect);
}

static void
on_timer(struct net_timer *timer)
{
	finish((struct tcp_connect *)((char *)timer - offsetof(struct tcp_connect, p.timer)),
	       ERR_TIMEOUT, 0);
}

/* Two ends of one socket: a connect to a local port that nobody listens on may be given that very
 * port as its own (simultaneous open, RFC 9293 section 3.5). */
static bool
is_to_itself(int fd)
{
	struct sockaddr_storage own, peer;
	socklen_t own_len = sizeof(own), peer_len = sizeof(peer);
	struct ipaddr own_addr, peer_addr;
	uint16_t own_port, peer_port;

	return getsockname(fd, (struct sockaddr *)&own, &own_len) == 0 &&
	       getpeername(fd, (struct sockaddr *)&peer, &peer_len) == 0 &&
	       ipaddr_from_sockaddr((struct sockaddr *)&own, &own_addr, &own_port) == 0 &&
	       ipaddr_from_sockaddr((struct sockaddr *)&peer, &peer_addr, &peer_port) == 0 &&
	       own_port == peer_port && ipaddr_equal(&own_addr, &peer_addr);
}

/* The kernel's measure of the handshake is free of our own delays; not taken when a SYN was lost,
 * because then it is not the time that a client waits. */
static uint32_t
handshake_us(int fd, uint32_t measured_us)
{
	struct tcp_info info;
	socklen_t len = sizeof(info);

	memset(&info, 0, sizeof(info));
	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 && info.tcpi_rtt > 0 &&
	    info.tcpi_total_retrans == 0 && info.tcpi_rtt < measured_us)
		return info.tcpi_rtt;
	return measured_us;
}

static int
classify(int errnum)
{
	return errnum == ECONNRESET || errnum == EPIPE ? ERR_REFUSED : err_from_errno(errnum);
}

/* The handshake is over: errnum 0 or why not. */
static void
settle(struct tcp_socket *sock, int errnum)
{
	uint64_t took_us = (clock_mono_ns() - sock->begin_ns) / 1000;
	uint32_t rtt_us = took_us < 1 ? 1 : took_us > UINT32_MAX ? UINT32_MAX : (uint32_t)took_us;
	int rc = errnum == 0 ? 0 : classify(errnum);

	if (rc == 0 && is_to_itself(sock->fd))
		rc = ERR_REFUSED;
	else if (rc == 0)
		rtt_us = handshake_us(sock->fd, rtt_us);
	finish(sock->connect, rc, rc == 0 || rc == ERR_REFUSED ? rtt_us : 0);
}

static void
on_poll(uv_poll_t *poll, int status, int events)
{
	struct tcp_socket *sock = poll->data;
	int errnum = 0;
	socklen_t len = sizeof(errnum);

	(void)status; /* libuv says EBADF for any POLLERR; the socket knows better */
	(void)events;
	if (getsockopt(sock->fd, SOL_SOCKET, SO_ERROR, &errnum, &len) != 0)
		errnum = errno;
	settle(sock, errnum);
}

/* Starts the handshake of one whose turn has come; may finish it. */
static void
begin(struct tcp_prober *prober, struct tcp_connect *connect_)
{
	struct sockaddr_storage name;
	socklen_t len = ipaddr_to_sockaddr(&connect_->to, connect_->port, &name);
	struct tcp_socket *sock = calloc(1, sizeof(*sock));
	int fd = -1, rc = ERR_NOMEM;

	if (sock == NULL)
		goto fail;
	fd = socket(name.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP);
	if (fd < 0) {
		rc = err_from_errno(errno);
		goto fail;
	}
	if (uv_poll_init(net_loop_uv(prober->loop), &sock->poll, fd) != 0) {
		rc = ERR_IO;
		goto fail;
	}
	/* From here on it belongs to libuv and the connect. */
	sock->poll.data = sock;
	sock->fd = fd;
	sock->connect = connect_;
	connect_->p.socket = sock;
	connect_->p.state = CONNECT_RUNNING;
	prober->sockets++;
	sock->begin_ns = clock_mono_ns();
	if (connect(fd, (struct sockaddr *)&name, len) == 0) {
		settle(sock, 0);
	} else if (errno != EINPROGRESS) {
		settle(sock, errno);
	} else if (uv_poll_start(&sock->poll, UV_WRITABLE, on_poll) != 0) {
		finish(connect_, ERR_IO, 0);
	} else {
		net_timer_start(prober->loop, &connect_->p.timer, connect_->timeout_ms);
	}
	return;
fail:
	if (fd >= 0)
		close(fd);
	free(sock);
	finish(connect_, rc, 0);
}

static void
schedule_run(struct net_hook *hook)
{
	struct tcp_prober *prober = (struct tcp_prober *)hook;
	/* What done callbacks start waits for the next tick. */
	size_t left = prober->waiting;

	while (left-- > 0 && prober->first != NULL && prober->sockets < prober->max_sockets) {
		struct tcp_connect *connect_ = prober->first;

		leave_line(prober, connect_);
		connect_->p.state = CONNECT_RUNNING;
		begin(prober, connect_);
	}
}

static uint64_t
schedule_wanted(struct net_hook *hook)
{
	const struct tcp_prober *prober = (const struct tcp_prober *)hook;

	return prober->waiting > 0 && prober->sockets < prober->max_sockets ? 0 : UINT64_MAX;
}

int
tcp_prober_open(struct tcp_prober **out, struct net_loop *loop, size_t max_sockets)
{
	struct tcp_prober *prober;

	if (max_sockets == 0)
		return ERR_RANGE;
	prober = calloc(1, sizeof(*prober));
	if (prober == NULL)
		return ERR_NOMEM;
	prober->loop = loop;
	prober->max_sockets = max_sockets;
	prober->schedule.run = schedule_run;
	prober->schedule.wanted_ms = schedule_wanted;
	net_loop_add_hook(loop, NET_SCHEDULE, &prober->schedule);
	*out = prober;
	return 0;
}

void
tcp_prober_close(struct tcp_prober *prober)
{
	if (prober == NULL)
		return;
	assert(prober->sockets == 0 && prober->waiting == 0);
	net_loop_remove_hook(prober->loop, NET_SCHEDULE, &prober->schedule);
	free(prober);
}

int
tcp_connect_start(struct tcp_prober *prober, struct tcp_connect *connect)
{
	assert(connect->p.state == CONNECT_IDLE);
	if ((connect->to.family != 4 && connect->to.family != 6) || connect->port == 0 ||
	    connect->timeout_ms < 1 || connect->timeout_ms > TCP_TIMEOUT_MAX_MS)
		return ERR_INVAL;
	connect->rc = 0;
	connect->rtt_us = 0;
	connect->p.prober = prober;
	connect->p.socket = NULL;
	net_timer_init(&connect->p.timer, on_timer);
	line_up(prober, connect);
	if (prober->waiting == 1)
		net_loop_kick(prober->loop);
	return 0;
}

size_t
tcp_prober_sockets(const struct tcp_prober *prober)
{
	return prober->sockets;
}
