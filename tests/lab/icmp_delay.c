/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Two ends of a true delay. `respond IFACE DELAY_US` answers every echo request that arrives on an
 * interface that long after the kernel stamped its arrival, and at SIGTERM prints the median delay
 * that it kept. `measure PREFIX COUNT ROUNDS` pings PREFIX.2, PREFIX.3 ... on a paced loop, COUNT
 * at a time, and prints the median round trip. Both in us.
 */
#include "keepwatch/icmp.h"

#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { FRAME_MAX = 256, QUEUE = 1024, SAMPLES = 65536, SPIN_NS = 300000 };

struct samples {
	uint32_t us[SAMPLES];
	size_t count;
};

static int
compare_u32(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

static void
print_median(struct samples *samples, size_t wanted)
{
	qsort(samples->us, samples->count, sizeof(samples->us[0]), compare_u32);
	printf("median %u min %u max %u samples %zu of %zu\n",
	       samples->count == 0 ? 0 : samples->us[samples->count / 2], samples->us[0],
	       samples->count == 0 ? 0 : samples->us[samples->count - 1], samples->count, wanted);
	fflush(stdout);
}

/* ---- respond */

struct frame {
	int64_t stamp_ns;
	size_t len;
	uint8_t data[FRAME_MAX];
};

static int64_t
wall_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int
packet_socket(const char *interface)
{
	struct sockaddr_ll name = {.sll_family = AF_PACKET,
				   .sll_protocol = htons(ETH_P_IP),
				   .sll_ifindex = (int)if_nametoindex(interface)};
	const int on = 1;
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, htons(ETH_P_IP));

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on)) != 0 ||
	    bind(fd, (struct sockaddr *)&name, sizeof(name)) != 0) {
		perror("icmp_delay: packet socket");
		exit(1);
	}
	return fd;
}

/* Turns an echo request into its reply; false for other frames. */
static int
make_reply(uint8_t *data, size_t len)
{
	uint8_t swap[6];
	uint32_t sum;

	if (len < 14 + 28 || data[14] != 0x45 || data[23] != 1 || data[34] != 8)
		return 0;
	memcpy(swap, data, 6);
	memcpy(data, data + 6, 6);
	memcpy(data + 6, swap, 6);
	memcpy(swap, data + 26, 4);
	memcpy(data + 26, data + 30, 4);
	memcpy(data + 30, swap, 4);
	data[34] = 0;
	/* The type went from 8 to 0: RFC 1624. */
	sum = (uint32_t)(data[36] << 8 | data[37]) + 0x0800;
	sum = (sum & 0xffff) + (sum >> 16);
	data[36] = (uint8_t)(sum >> 8);
	data[37] = (uint8_t)sum;
	return 1;
}

static int
receive(int fd, struct frame *frame)
{
	struct sockaddr_ll from;
	union {
		struct cmsghdr align;
		char bytes[128];
	} control;
	struct iovec part = {frame->data, sizeof(frame->data)};
	struct msghdr header = {.msg_name = &from,
				.msg_namelen = sizeof(from),
				.msg_iov = &part,
				.msg_iovlen = 1,
				.msg_control = &control,
				.msg_controllen = sizeof(control)};
	ssize_t n = recvmsg(fd, &header, MSG_DONTWAIT);

	if (n < 0)
		return -1;
	frame->len = (size_t)n;
	frame->stamp_ns = 0;
	for (struct cmsghdr *cmsg = CMSG_FIRSTHDR(&header); cmsg != NULL;
	     cmsg = CMSG_NXTHDR(&header, cmsg)) {
		struct timespec ts;

		if (cmsg->cmsg_level != SOL_SOCKET || cmsg->cmsg_type != SCM_TIMESTAMPNS)
			continue;
		memcpy(&ts, CMSG_DATA(cmsg), sizeof(ts));
		frame->stamp_ns = (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
	}
	return from.sll_pkttype != PACKET_OUTGOING && frame->stamp_ns != 0 &&
	       make_reply(frame->data, frame->len);
}

static void
respond(const char *interface, int64_t delay_ns)
{
	static struct frame queue[QUEUE];
	static struct samples kept;
	size_t head = 0, tail = 0;
	int fd = packet_socket(interface);
	sigset_t set;
	struct timespec none = {0};

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	puts("ready");
	fflush(stdout);
	while (sigtimedwait(&set, NULL, &none) != SIGTERM) {
		int64_t wait_ns = 100000000;
		struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
		struct timespec timeout;

		while (tail - head < QUEUE) {
			int rc = receive(fd, &queue[tail % QUEUE]);

			if (rc < 0)
				break;
			tail += rc > 0;
		}
		if (head < tail) {
			struct frame *frame = &queue[head % QUEUE];
			int64_t now_ns = wall_ns();

			wait_ns = frame->stamp_ns + delay_ns - now_ns;
			if (wait_ns <= 0) {
				if (kept.count < SAMPLES)
					kept.us[kept.count++] =
						(uint32_t)((now_ns - frame->stamp_ns) / 1000);
				if (send(fd, frame->data, frame->len, 0) < 0)
					perror("icmp_delay: send");
				head++;
				continue;
			}
			if (wait_ns < SPIN_NS)
				continue;
			wait_ns -= SPIN_NS;
		}
		timeout = (struct timespec){0, wait_ns};
		ppoll(&poll_fd, 1, &timeout, NULL);
	}
	print_median(&kept, tail);
	close(fd);
}

/* ---- measure */

struct target {
	struct icmp_echo echo; /* first */
	struct samples *samples;
	size_t *left;
};

static void
on_done(struct icmp_echo *echo)
{
	struct target *target = (struct target *)echo;

	if (echo->received > 0 && target->samples->count < SAMPLES)
		target->samples->us[target->samples->count++] = echo->rtt_min_us;
	--*target->left;
}

static int
measure(const char *prefix, size_t count, size_t rounds)
{
	static struct samples samples;
	struct target *targets = calloc(count, sizeof(*targets));
	struct icmp_engine *engine;
	struct net_loop *loop;
	char text[IPADDR_TEXT_SIZE];
	uv_loop_t uv;

	uv_loop_init(&uv);
	if (targets == NULL || net_loop_open(&loop, &uv, 50) != 0 ||
	    icmp_engine_open(&engine, loop) != 0)
		return 1;
	for (size_t round = 0; round < rounds; round++) {
		size_t left = count;

		for (size_t i = 0; i < count; i++) {
			targets[i] = (struct target){.samples = &samples, .left = &left};
			targets[i].echo.done = on_done;
			targets[i].echo.timeout_ms = 1000;
			targets[i].echo.size = 56;
			targets[i].echo.count = 1;
			snprintf(text, sizeof(text), "%s.%zu", prefix, i + 2);
			if (ipaddr_parse(text, &targets[i].echo.to) != 0 ||
			    icmp_echo_start(engine, &targets[i].echo) != 0)
				return 1;
		}
		while (left > 0)
			uv_run(&uv, UV_RUN_ONCE);
	}
	print_median(&samples, count * rounds);
	icmp_engine_close(engine);
	net_loop_close(loop);
	uv_run(&uv, UV_RUN_DEFAULT);
	uv_loop_close(&uv);
	free(targets);
	return 0;
}

int
main(int argc, char **argv)
{
	if (argc == 4 && strcmp(argv[1], "respond") == 0) {
		respond(argv[2], strtoll(argv[3], NULL, 10) * 1000);
		return 0;
	}
	if (argc == 5 && strcmp(argv[1], "measure") == 0)
		return measure(argv[2], strtoul(argv[3], NULL, 10), strtoul(argv[4], NULL, 10));
	fprintf(stderr, "usage: icmp_delay respond IFACE DELAY_US | measure PREFIX COUNT ROUNDS\n");
	return 2;
}
