/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The sockets of the notification receiver. They are polled, so that a trap is heard at once and an
 * idle agent is not woken; after so many datagrams in a row they rest for a moment, and a flood
 * stays in the kernel, which drops what does not fit and counts it (SO_RXQ_OVFL, socket(7)).
 */
#include "trap_impl.h"

#include "keepwatch/err.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	BATCH = 32,
	BATCHES = 8,   /* in a row */
	PAUSE_MS = 20, /* at most 12,800 datagrams a second are read */
	RCVBUF = 2 << 20,
	CONTROL_SIZE = 128,
};

struct trap_reader {
	struct mmsghdr messages[BATCH];
	struct iovec parts[BATCH];
	struct sockaddr_storage names[BATCH];
	union {
		struct cmsghdr align;
		char bytes[CONTROL_SIZE];
	} controls[BATCH];
	uint8_t buffers[BATCH][SNMPC_DATAGRAM_MAX + 1];
};

static void on_readable(uv_poll_t *poll, int status, int events);

static void
read_control(struct trap_socket *socket, struct msghdr *header, struct trap_origin *origin)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(header); c != NULL; c = CMSG_NXTHDR(header, c)) {
		if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
			uint32_t overflow;

			memcpy(&overflow, CMSG_DATA(c), sizeof(overflow));
			socket->receiver->stats.kernel_dropped += overflow - socket->overflow;
			socket->overflow = overflow;
		} else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
			memcpy(&origin->to.in, CMSG_DATA(c), sizeof(origin->to.in));
			origin->has_to = true;
		} else if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
			memcpy(&origin->to.in6, CMSG_DATA(c), sizeof(origin->to.in6));
			origin->has_to = true;
		}
	}
}

/* One batch; how many datagrams it had. */
static int
read_batch(struct trap_socket *socket)
{
	struct trap_reader *reader = socket->receiver->reader;
	int n;

	for (size_t i = 0; i < BATCH; i++) {
		reader->parts[i] = (struct iovec){reader->buffers[i], sizeof(reader->buffers[i])};
		reader->messages[i].msg_hdr =
			(struct msghdr){.msg_name = &reader->names[i],
					.msg_namelen = sizeof(reader->names[i]),
					.msg_iov = &reader->parts[i],
					.msg_iovlen = 1,
					.msg_control = &reader->controls[i],
					.msg_controllen = sizeof(reader->controls[i])};
	}
	n = recvmmsg(socket->fd, reader->messages, BATCH, MSG_DONTWAIT, NULL);
	for (int i = 0; i < n; i++) {
		struct msghdr *header = &reader->messages[i].msg_hdr;
		struct trap_origin origin = {.socket = socket,
					     .name = reader->names[i],
					     .name_len = header->msg_namelen};

		read_control(socket, header, &origin);
		socket->receiver->stats.received++;
		if (ipaddr_from_sockaddr((const struct sockaddr *)&reader->names[i], &origin.ip,
					 &origin.port) == 0)
			trap_message(socket->receiver, &origin, reader->buffers[i],
				     reader->messages[i].msg_len);
	}
	return n;
}

static void
start_polls(struct trap_receiver *receiver)
{
	for (size_t i = 0; i < receiver->socket_count; i++)
		uv_poll_start(&receiver->sockets[i].poll, UV_READABLE, on_readable);
}

static void
on_rested(uv_timer_t *timer)
{
	struct trap_receiver *receiver = timer->data;

	receiver->is_paused = false;
	start_polls(receiver);
}

static void
on_readable(uv_poll_t *poll, int status, int events)
{
	struct trap_socket *socket = poll->data;
	struct trap_receiver *receiver = socket->receiver;
	int batches = BATCHES;

	(void)status;
	(void)events;
	while (batches > 0) {
		int n = read_batch(socket);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < BATCH)
			return;
		batches--;
	}
	receiver->is_paused = true;
	for (size_t i = 0; i < receiver->socket_count; i++)
		uv_poll_stop(&receiver->sockets[i].poll);
	uv_timer_start(&receiver->pause, on_rested, PAUSE_MS, 0);
}

void
trap_send(const struct trap_origin *origin, const uint8_t *data, size_t len)
{
	union {
		struct cmsghdr align;
		char bytes[CMSG_SPACE(sizeof(struct in6_pktinfo))];
	} control = {0};
	struct iovec part = {(void *)(uintptr_t)data, len};
	struct msghdr header = {.msg_name = (void *)(uintptr_t)&origin->name,
				.msg_namelen = origin->name_len,
				.msg_iov = &part,
				.msg_iovlen = 1};

	/* From the address that was asked, or the asker does not take it for its answer. */
	if (origin->has_to) {
		bool is_v4 = origin->socket->family == 4;
		size_t size = is_v4 ? sizeof(origin->to.in) : sizeof(origin->to.in6);
		struct in_pktinfo v4 = origin->to.in;
		struct cmsghdr *c;

		header.msg_control = &control;
		header.msg_controllen = CMSG_SPACE(size);
		c = CMSG_FIRSTHDR(&header);
		c->cmsg_level = is_v4 ? IPPROTO_IP : IPPROTO_IPV6;
		c->cmsg_type = is_v4 ? IP_PKTINFO : IPV6_PKTINFO;
		c->cmsg_len = CMSG_LEN(size);
		/* By whatever interface the route says (ip(7)). */
		v4.ipi_ifindex = 0;
		v4.ipi_spec_dst = v4.ipi_addr;
		memcpy(CMSG_DATA(c), is_v4 ? (const void *)&v4 : &origin->to.in6, size);
	}
	/* Lost like any datagram if it does not go: the sender asks again. */
	(void)sendmsg(origin->socket->fd, &header, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static int
bind_socket(const struct trap_address *listen)
{
	const int on = 1, rcvbuf = RCVBUF;
	struct sockaddr_storage name;
	socklen_t len = ipaddr_to_sockaddr(&listen->ip, listen->port, &name);
	int fd = socket(name.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int rc;

	if (fd < 0)
		return err_from_errno(errno);
	if (listen->ip.family == 6) {
		setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
		setsockopt(fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof(on));
	} else {
		setsockopt(fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof(on));
	}
	setsockopt(fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on));
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &rcvbuf, sizeof(rcvbuf)) != 0)
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof(rcvbuf));
	if (bind(fd, (const struct sockaddr *)&name, len) != 0) {
		rc = errno == EADDRINUSE ? ERR_BUSY : err_from_errno(errno);
		close(fd);
		return rc;
	}
	return fd;
}

int
trap_sockets_open(struct trap_receiver *receiver, const struct trap_address *listen, size_t count,
		  size_t *failed)
{
	uv_loop_t *uv = net_loop_uv(receiver->loop);

	receiver->reader = malloc(sizeof(*receiver->reader));
	if (receiver->reader == NULL)
		return ERR_NOMEM;
	uv_timer_init(uv, &receiver->pause);
	receiver->pause.data = receiver;
	receiver->has_pause = true;
	for (size_t i = 0; i < count; i++) {
		struct trap_socket *socket = &receiver->sockets[i];

		*failed = i;
		socket->fd = bind_socket(&listen[i]);
		if (socket->fd < 0)
			return socket->fd;
		socket->receiver = receiver;
		socket->family = listen[i].ip.family;
		if (uv_poll_init(uv, &socket->poll, socket->fd) != 0) {
			close(socket->fd);
			return ERR_IO;
		}
		socket->poll.data = socket;
		receiver->socket_count++;
	}
	start_polls(receiver);
	return 0;
}

static void
on_closed(uv_handle_t *handle)
{
	struct trap_receiver *receiver = handle->type == UV_TIMER
						 ? handle->data
						 : ((struct trap_socket *)handle->data)->receiver;

	if (--receiver->open_handles > 0)
		return;
	free(receiver->reader);
	free(receiver);
}

void
trap_sockets_close(struct trap_receiver *receiver)
{
	receiver->is_closed = true;
	if (!receiver->has_pause) { /* nothing was opened */
		free(receiver->reader);
		free(receiver);
		return;
	}
	receiver->open_handles = (unsigned)receiver->socket_count + 1;
	for (size_t i = 0; i < receiver->socket_count; i++) {
		uv_close((uv_handle_t *)&receiver->sockets[i].poll, on_closed);
		close(receiver->sockets[i].fd);
	}
	uv_close((uv_handle_t *)&receiver->pause, on_closed);
}

uint16_t
trap_receiver_port(const struct trap_receiver *receiver, size_t index)
{
	struct sockaddr_storage name;
	socklen_t len = sizeof(name);
	struct ipaddr ip;
	uint16_t port = 0;

	if (index < receiver->socket_count &&
	    getsockname(receiver->sockets[index].fd, (struct sockaddr *)&name, &len) == 0)
		(void)ipaddr_from_sockaddr((const struct sockaddr *)&name, &ip, &port);
	return port;
}
