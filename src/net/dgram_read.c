/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Receiving of a datagram socket: batches of recvmmsg with their kernel timestamps, and the error
 * queue in which the kernel keeps ICMP errors (IP_RECVERR).
 */
#include "dgram_internal.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"
#include "keepwatch/secret.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum {
	CONTROL_SIZE = 128,
	/* Against a flood: after so many batches (or errors) other work gets its turn. */
	DRAIN_BATCHES = 512,
	DRAIN_ERRORS = 4096,
};

struct dgram_reader {
	size_t size;  /* of one buffer */
	size_t whole; /* of all this: a secret_buffer, as communities come in */
	struct mmsghdr messages[DGRAM_BATCH];
	struct iovec parts[DGRAM_BATCH];
	union {
		struct sockaddr sa;
		struct sockaddr_in in;
		struct sockaddr_in6 in6;
	} names[DGRAM_BATCH];
	union {
		struct cmsghdr align;
		char bytes[CONTROL_SIZE];
	} controls[DGRAM_BATCH];
	uint8_t buffers[];
};

int
dgram_reader_init(struct dgram *dgram, size_t receive_size)
{
	struct dgram_reader *reader;

	if (receive_size == 0 || receive_size > DGRAM_SIZE_MAX + 1)
		return ERR_INVAL;
	reader = secret_buffer(sizeof(*reader) + receive_size * DGRAM_BATCH);
	if (reader == NULL)
		return ERR_NOMEM;
	reader->size = receive_size;
	reader->whole = sizeof(*reader) + receive_size * DGRAM_BATCH;
	for (size_t i = 0; i < DGRAM_BATCH; i++) {
		reader->parts[i] = (struct iovec){reader->buffers + i * receive_size, receive_size};
		reader->messages[i].msg_hdr =
			(struct msghdr){.msg_name = &reader->names[i],
					.msg_namelen = sizeof(reader->names[i]),
					.msg_iov = &reader->parts[i],
					.msg_iovlen = 1,
					.msg_control = &reader->controls[i],
					.msg_controllen = sizeof(reader->controls[i])};
	}
	dgram->reader = reader;
	return 0;
}

void
dgram_reader_fini(struct dgram *dgram)
{
	if (dgram->reader != NULL)
		secret_buffer_free(dgram->reader, dgram->reader->whole);
	dgram->reader = NULL;
}

int64_t
dgram_wall_offset_ns(uint64_t *mono_ns)
{
	uint64_t before_ns = clock_mono_ns();
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	*mono_ns = clock_mono_ns();
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec -
	       (int64_t)(before_ns / 2 + *mono_ns / 2);
}

/* The kernel's stamp of a message as CLOCK_REALTIME ns, 0 if it has none; counts what was dropped
 * before it. */
static int64_t
read_control(struct dgram *dgram, struct msghdr *header)
{
	int64_t stamp_ns = 0;

	for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(header); cmsg != NULL;
	     cmsg = CMSG_NXTHDR(header, cmsg)) {
		if (cmsg->cmsg_level != SOL_SOCKET)
			continue;
		if (cmsg->cmsg_type == SCM_TIMESTAMPNS) {
			struct timespec ts;

			memcpy(&ts, CMSG_DATA(cmsg), sizeof(ts));
			stamp_ns = (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
		} else if (cmsg->cmsg_type == SO_RXQ_OVFL) {
			uint32_t overflow;

			memcpy(&overflow, CMSG_DATA(cmsg), sizeof(overflow));
			dgram->stats.dropped += overflow - dgram->last_overflow;
			dgram->last_overflow = overflow;
		}
	}
	return stamp_ns;
}

/* The wall clock was set since then if this fails. */
static bool
is_plausible(const struct dgram *dgram, uint64_t at_ns, uint64_t now_ns)
{
	return at_ns <= now_ns && at_ns >= dgram->empty_ns;
}

/* The kernel's stamp on our clock. What was stamped before a step of the wall clock fits the offset
 * before the step. */
static uint64_t
arrival_ns(const struct dgram *dgram, int64_t stamp_ns, int64_t offset_ns, uint64_t now_ns)
{
	uint64_t at_ns = (uint64_t)(stamp_ns - offset_ns);

	if (stamp_ns == 0)
		return now_ns;
	if (is_plausible(dgram, at_ns, now_ns))
		return at_ns;
	at_ns = (uint64_t)(stamp_ns - dgram->offset_ns);
	return is_plausible(dgram, at_ns, now_ns) ? at_ns : now_ns;
}

static void
deliver(struct dgram *dgram, size_t n)
{
	struct dgram_reader *reader = dgram->reader;
	uint64_t now_ns;
	int64_t offset_ns = dgram_wall_offset_ns(&now_ns);

	for (size_t i = 0; i < n; i++) {
		struct msghdr *header = &reader->messages[i].msg_hdr;
		int64_t stamp_ns = read_control(dgram, header);
		struct ipaddr from;
		uint16_t port;

		dgram->stats.received++;
		if (!dgram->is_closed &&
		    ipaddr_from_sockaddr(&reader->names[i].sa, &from, &port) == 0)
			dgram->ops->received(dgram->arg, &from, port, reader->parts[i].iov_base,
					     reader->messages[i].msg_len,
					     arrival_ns(dgram, stamp_ns, offset_ns, now_ns));
		header->msg_namelen = sizeof(reader->names[i]);
		header->msg_controllen = sizeof(reader->controls[i]);
	}
	dgram->offset_ns = offset_ns;
}

void
dgram_drain(struct dgram *dgram)
{
	int rounds = DRAIN_BATCHES;

	if (dgram->is_draining || dgram->is_closed)
		return;
	dgram->is_draining = true;
	dgram->has_more = false;
	dgram->is_readable = false;
	dgram->busy++;
	if (dgram->has_errors) {
		dgram->has_errors = false;
		dgram_read_errors(dgram);
	}
	while (!dgram->is_closed) {
		uint64_t begin_ns = clock_mono_ns();
		int n = recvmmsg(dgram->fd, dgram->reader->messages, DGRAM_BATCH, MSG_DONTWAIT,
				 NULL);

		if (n > 0)
			deliver(dgram, (size_t)n);
		else if (n < 0 && errno != EAGAIN && errno != EINTR && dgram->has_error_queue)
			dgram_read_errors(dgram);
		if (n >= 0 ? n < DGRAM_BATCH : errno == EAGAIN) {
			dgram->empty_ns = begin_ns;
			break;
		}
		if (--rounds == 0) {
			dgram->has_more = true;
			break;
		}
	}
	dgram->is_draining = false;
	dgram_release(dgram);
}

static void
read_error(struct dgram *dgram, struct msghdr *header, const struct cmsghdr *cmsg, size_t len)
{
	struct dgram_failure failure = {.data = header->msg_iov->iov_base, .len = len};
	struct {
		struct sock_extended_err err;
		union {
			struct sockaddr sa;
			struct sockaddr_in6 in6;
		} offender;
	} info = {0};
	size_t info_len = cmsg->cmsg_len - CMSG_LEN(0);

	if (info_len < sizeof(info.err))
		return;
	memcpy(&info, CMSG_DATA(cmsg), info_len < sizeof(info) ? info_len : sizeof(info));
	/* "Fragmentation needed" is advice that the kernel has taken. */
	if (info.err.ee_errno == EMSGSIZE || info.err.ee_errno == 0)
		return;
	if (ipaddr_from_sockaddr(header->msg_name, &failure.to, &failure.port) != 0)
		return;
	if (info.err.ee_origin == SO_EE_ORIGIN_ICMP || info.err.ee_origin == SO_EE_ORIGIN_ICMP6) {
		if (ipaddr_from_sockaddr(&info.offender.sa, &failure.who, NULL) != 0)
			failure.who.family = 0;
		failure.type = info.err.ee_type;
		failure.code = info.err.ee_code;
	} else if (info.err.ee_origin != SO_EE_ORIGIN_LOCAL) {
		return;
	}
	failure.rc = info.err.ee_errno == ECONNREFUSED ? ERR_REFUSED : ERR_UNREACH;
	if (dgram->ops->failed != NULL)
		dgram->ops->failed(dgram->arg, &failure);
}

int
dgram_read_errors(struct dgram *dgram)
{
	int count = 0;

	dgram->busy++;
	while (!dgram->is_closed && count < DRAIN_ERRORS) {
		uint8_t data[1536];
		struct sockaddr_in6 name = {0};
		union {
			struct cmsghdr align;
			char bytes[256];
		} control;
		struct iovec part = {data, sizeof(data)};
		struct msghdr header = {.msg_name = &name,
					.msg_namelen = sizeof(name),
					.msg_iov = &part,
					.msg_iovlen = 1,
					.msg_control = &control,
					.msg_controllen = sizeof(control)};
		ssize_t len = recvmsg(dgram->fd, &header, MSG_ERRQUEUE | MSG_DONTWAIT);

		if (len < 0)
			break;
		count++;
		for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(&header); cmsg != NULL;
		     cmsg = CMSG_NXTHDR(&header, cmsg)) {
			if ((cmsg->cmsg_level == IPPROTO_IP && cmsg->cmsg_type == IP_RECVERR) ||
			    (cmsg->cmsg_level == IPPROTO_IPV6 && cmsg->cmsg_type == IPV6_RECVERR))
				read_error(dgram, &header, cmsg, (size_t)len);
			if (dgram->is_closed)
				break;
		}
	}
	dgram_release(dgram);
	return count;
}
