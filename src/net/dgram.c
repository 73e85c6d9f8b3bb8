/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A datagram socket on the loop: its queue, its sending, its place in the tick. Reading is in
 * dgram_read.c.
 */
#include "dgram_internal.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/secret.h"
#include "keepwatch/mem.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	QUEUE_BYTES_MAX = 8 << 20,
	SEND_RETRIES = 4, /* a pending ICMP error of another datagram fails a send, ip(7) */
};

int
dgram_udp_socket(int family)
{
	struct sockaddr_storage any;
	const struct ipaddr addr = {.family = (uint8_t)family};
	const int on = 1;
	socklen_t len = ipaddr_to_sockaddr(&addr, 0, &any);
	int fd = socket(any.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return err_from_errno(errno);
	if ((family == 6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) != 0) ||
	    bind(fd, (struct sockaddr *)&any, len) != 0) {
		int rc = err_from_errno(errno);

		close(fd);
		return rc;
	}
	return fd;
}

/* The socket's options; those that only make it better may fail. */
static int
set_options(struct dgram *dgram)
{
	const int on = 1, rcvbuf = DGRAM_RCVBUF, sndbuf = DGRAM_RCVBUF / 4;
	int domain, type;
	socklen_t len = sizeof(domain);

	if (getsockopt(dgram->fd, SOL_SOCKET, SO_DOMAIN, &domain, &len) != 0 ||
	    getsockopt(dgram->fd, SOL_SOCKET, SO_TYPE, &type, &len) != 0)
		return ERR_IO;
	dgram->family = domain == AF_INET6 ? 6 : 4;
	if (setsockopt(dgram->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) != 0)
		return ERR_IO;
	setsockopt(dgram->fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof(on));
	/* Beyond net.core.rmem_max with CAP_NET_ADMIN; else what rmem_max allows. */
	if (setsockopt(dgram->fd, SOL_SOCKET, SO_RCVBUFFORCE, &rcvbuf, sizeof(rcvbuf)) != 0)
		setsockopt(dgram->fd, SOL_SOCKET, SO_RCVBUF, &rcvbuf, sizeof(rcvbuf));
	if (setsockopt(dgram->fd, SOL_SOCKET, SO_SNDBUFFORCE, &sndbuf, sizeof(sndbuf)) != 0)
		setsockopt(dgram->fd, SOL_SOCKET, SO_SNDBUF, &sndbuf, sizeof(sndbuf));
	if (type == SOCK_RAW)
		return 0;
	dgram->has_error_queue =
		dgram->family == 6
			? setsockopt(dgram->fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on)) == 0
			: setsockopt(dgram->fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on)) == 0;
	return 0;
}

static void on_poll(uv_poll_t *poll, int status, int events);

static void
poll_start(struct dgram *dgram)
{
	dgram->is_polled = uv_poll_start(&dgram->poll, UV_READABLE, on_poll) == 0;
	dgram->is_readable = true;
	uv_unref((uv_handle_t *)&dgram->poll); /* timeouts keep the loop alive */
}

static void
on_poll(uv_poll_t *poll, int status, int events)
{
	struct dgram *dgram = poll->data;

	(void)events;
	dgram->is_readable = true;
	if (status < 0) { /* libuv stops a handle that has ICMP errors to be read */
		dgram->has_errors = true;
		poll_start(dgram);
	}
	net_loop_tick(dgram->loop);
}

static void
drain_eager_changed(struct net_hook *hook, bool is_eager)
{
	struct dgram *dgram = (struct dgram *)hook;

	if (is_eager) {
		poll_start(dgram);
	} else {
		uv_poll_stop(&dgram->poll);
		dgram->is_polled = false;
	}
}

static void
drain_run(struct net_hook *hook)
{
	struct dgram *dgram = (struct dgram *)hook;

	if (dgram->has_more || (dgram->is_polled ? dgram->is_readable : dgram->expected > 0))
		dgram_drain(dgram);
}

static uint64_t
drain_wanted(struct net_hook *hook)
{
	const struct dgram *dgram = (const struct dgram *)hook;

	return dgram->has_more || (dgram->expected > 0 && !dgram->is_polled) ? 0 : UINT64_MAX;
}

static struct dgram *
from_flush(struct net_hook *hook)
{
	return (struct dgram *)((char *)hook - offsetof(struct dgram, flush));
}

static void
flush_run(struct net_hook *hook)
{
	dgram_flush(from_flush(hook));
}

static uint64_t
flush_wanted(struct net_hook *hook)
{
	return dgram_queued(from_flush(hook)) > 0 ? 0 : UINT64_MAX;
}

int
dgram_open(struct dgram **out, struct net_loop *loop, int fd, size_t receive_size,
	   const struct dgram_ops *ops, void *arg)
{
	struct dgram *dgram = calloc(1, sizeof(*dgram));
	int rc = ERR_NOMEM;

	if (dgram == NULL)
		return ERR_NOMEM;
	dgram->loop = loop;
	dgram->fd = fd;
	dgram->ops = ops;
	dgram->arg = arg;
	dgram->offset_ns = dgram_wall_offset_ns(&dgram->empty_ns);
	rc = dgram_reader_init(dgram, receive_size);
	if (rc != 0)
		goto out;
	rc = set_options(dgram);
	if (rc != 0)
		goto out;
	if (uv_poll_init(net_loop_uv(loop), &dgram->poll, fd) != 0) {
		rc = ERR_IO;
		goto out;
	}
	dgram->poll.data = dgram;
	dgram->drain.run = drain_run;
	dgram->drain.wanted_ms = drain_wanted;
	dgram->drain.eager_changed = drain_eager_changed;
	dgram->flush.run = flush_run;
	dgram->flush.wanted_ms = flush_wanted;
	if (net_loop_is_eager(loop))
		poll_start(dgram);
	net_loop_add_hook(loop, NET_DRAIN, &dgram->drain);
	net_loop_add_hook(loop, NET_FLUSH, &dgram->flush);
	*out = dgram;
	return 0;
out:
	dgram_reader_fini(dgram);
	free(dgram);
	return rc;
}

/* Frees it when libuv is through with it and no callback of ours is on the stack. */
void
dgram_release(struct dgram *dgram)
{
	if (--dgram->busy > 0 || !dgram->is_closed)
		return;
	dgram_reader_fini(dgram);
	free(dgram->entries);
	secret_buffer_free(dgram->bytes, dgram->byte_cap);
	free(dgram);
}

static void
on_closed(uv_handle_t *handle)
{
	dgram_release(handle->data);
}

void
dgram_close(struct dgram *dgram)
{
	if (dgram == NULL)
		return;
	assert(!dgram->is_closed);
	net_loop_remove_hook(dgram->loop, NET_DRAIN, &dgram->drain);
	net_loop_remove_hook(dgram->loop, NET_FLUSH, &dgram->flush);
	dgram->is_closed = true;
	dgram->busy++;
	uv_close((uv_handle_t *)&dgram->poll, on_closed);
	close(dgram->fd);
	dgram->fd = -1;
}

int
dgram_send(struct dgram *dgram, const struct ipaddr *to, uint16_t port, const void *data,
	   size_t len, uint64_t cookie)
{
	struct dgram_entry *entry;
	struct sockaddr_storage name;
	bool was_empty = dgram->head == dgram->tail;

	if (len > DGRAM_SIZE_MAX)
		return ERR_TOOBIG;
	if (to->family != dgram->family)
		return ERR_INVAL;
	if (was_empty) {
		dgram->head = dgram->tail = 0;
		dgram->used = 0;
	}
	if (dgram->tail - dgram->head >= DGRAM_QUEUE || dgram->tail >= 2 * DGRAM_QUEUE ||
	    dgram->used + len > QUEUE_BYTES_MAX)
		return ERR_FULL;
	if (mem_grow(&dgram->entries, &dgram->entry_cap, dgram->tail + 1, sizeof(*entry)) != 0 ||
	    secret_buffer_grow(&dgram->bytes, &dgram->byte_cap, dgram->used + len) != 0)
		return ERR_NOMEM;
	entry = &dgram->entries[dgram->tail++];
	entry->cookie = cookie;
	entry->offset = (uint32_t)dgram->used;
	entry->len = (uint32_t)len;
	entry->name_len = ipaddr_to_sockaddr(to, port, &name);
	memcpy(&entry->name, &name, entry->name_len);
	memcpy(dgram->bytes + dgram->used, data, len);
	dgram->used += len;
	if (was_empty)
		net_loop_kick(dgram->loop);
	return 0;
}

/* Takes the first n entries off the queue and tells their owner. */
static void
report_sent(struct dgram *dgram, size_t n, int rc, uint64_t begin_ns, uint64_t end_ns)
{
	uint64_t cookies[DGRAM_BATCH];

	for (size_t i = 0; i < n; i++)
		cookies[i] = dgram->entries[dgram->head + i].cookie;
	dgram->head += n;
	if (rc == 0)
		dgram->stats.sent += n;
	else
		dgram->stats.send_errors += n;
	if (dgram->ops->sent == NULL)
		return;
	for (size_t i = 0; i < n && !dgram->is_closed; i++)
		dgram->ops->sent(dgram->arg, cookies[i], rc,
				 begin_ns + (end_ns - begin_ns) * (2 * i + 1) / (2 * n));
}

/* One batch. False when the kernel takes no more for now. */
static bool
send_batch(struct dgram *dgram, int *retries)
{
	struct mmsghdr messages[DGRAM_BATCH];
	struct iovec parts[DGRAM_BATCH];
	size_t n = dgram->tail - dgram->head;
	uint64_t begin_ns, end_ns;
	int sent;

	if (n > DGRAM_BATCH)
		n = DGRAM_BATCH;
	for (size_t i = 0; i < n; i++) {
		struct dgram_entry *entry = &dgram->entries[dgram->head + i];

		parts[i] = (struct iovec){dgram->bytes + entry->offset, entry->len};
		messages[i].msg_hdr = (struct msghdr){.msg_name = &entry->name,
						      .msg_namelen = entry->name_len,
						      .msg_iov = &parts[i],
						      .msg_iovlen = 1};
	}
	begin_ns = clock_mono_ns();
	sent = sendmmsg(dgram->fd, messages, (unsigned)n, MSG_DONTWAIT | MSG_NOSIGNAL);
	end_ns = clock_mono_ns();
	if (sent > 0) {
		*retries = SEND_RETRIES;
		report_sent(dgram, (size_t)sent, 0, begin_ns, end_ns);
		return true;
	}
	if (errno == EINTR)
		return true;
	if (errno == EAGAIN || errno == ENOBUFS || errno == ENOMEM)
		return false;
	/* The error is this datagram's own (no route, a firewall's EPERM), or the pending ICMP
	 * error of an earlier one: reading the error queue tells, by doing away with the latter. */
	if (dgram->has_error_queue && (*retries)-- > 0) {
		int cause = errno;

		if (dgram_read_errors(dgram) > 0 || cause == ECONNREFUSED)
			return true;
		errno = cause;
	}
	*retries = SEND_RETRIES;
	report_sent(dgram, 1, err_from_errno(errno), end_ns, end_ns);
	return true;
}

/* Moves what the kernel did not take to the front. */
static void
compact(struct dgram *dgram)
{
	size_t n = dgram->tail - dgram->head;
	uint32_t gone;

	if (n == 0 || dgram->head == 0)
		return;
	gone = dgram->entries[dgram->head].offset;
	memmove(dgram->entries, dgram->entries + dgram->head, n * sizeof(*dgram->entries));
	memmove(dgram->bytes, dgram->bytes + gone, dgram->used - gone);
	for (size_t i = 0; i < n; i++)
		dgram->entries[i].offset -= gone;
	dgram->head = 0;
	dgram->tail = n;
	dgram->used -= gone;
}

void
dgram_flush(struct dgram *dgram)
{
	int retries = SEND_RETRIES;

	if (dgram->is_flushing || dgram->is_closed)
		return;
	dgram->is_flushing = true;
	dgram->busy++;
	while (!dgram->is_closed && dgram->head < dgram->tail && send_batch(dgram, &retries)) {
		if (!dgram->is_closed && dgram->expected > 0)
			dgram_drain(dgram);
	}
	dgram->is_flushing = false;
	if (!dgram->is_closed)
		compact(dgram);
	dgram_release(dgram);
}

size_t
dgram_queued(const struct dgram *dgram)
{
	return dgram->tail - dgram->head;
}

struct dgram_stats
dgram_stats(const struct dgram *dgram)
{
	return dgram->stats;
}

void
dgram_expect(struct dgram *dgram, int delta)
{
	dgram->expected += delta;
	assert(dgram->expected >= 0);
	if (delta > 0 && dgram->expected == delta)
		net_loop_kick(dgram->loop);
}
