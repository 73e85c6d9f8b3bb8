/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * Opening the ICMP sockets, and saying clearly what is missing when that fails.
 */
#include "icmp_internal.h"

#include "keepwatch/err.h"
#include "keepwatch/log.h"

#include <errno.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Only what concerns us is to wake us: echo replies and the errors (raw(7), RFC 3542 3.2). It also
 * keeps our own requests out, which a raw socket would see on loopback. */
static int
set_filter(int fd, int family)
{
	if (family == 4) {
		/* With DF there is no identification to be drawn (RFC 6864): 5 % of the cost. */
		const int df = IP_PMTUDISC_DO;
		struct icmp_filter filter = {~(1U << ICMP_ECHOREPLY | 1U << ICMP_DEST_UNREACH |
					       1U << ICMP_TIME_EXCEEDED)};

		setsockopt(fd, IPPROTO_IP, IP_MTU_DISCOVER, &df, sizeof(df));
		return setsockopt(fd, SOL_RAW, ICMP_FILTER, &filter, sizeof(filter));
	}
	struct icmp6_filter filter;

	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
	ICMP6_FILTER_SETPASS(ICMP6_DST_UNREACH, &filter);
	ICMP6_FILTER_SETPASS(ICMP6_TIME_EXCEEDED, &filter);
	return setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter));
}

int
icmp_socket_open(int family, bool no_raw, bool is_told, enum icmp_socket *kind)
{
	const int domain = family == 4 ? AF_INET : AF_INET6;
	const int protocol = family == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;
	const int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
	int fd = -1, raw_errno = EPERM;

	if (!no_raw) {
		fd = socket(domain, SOCK_RAW | flags, protocol);
		raw_errno = errno;
	}
	if (fd >= 0) {
		if (set_filter(fd, family) == 0) {
			*kind = ICMP_SOCKET_RAW;
			return fd;
		}
		raw_errno = errno;
		close(fd);
	}
	fd = socket(domain, SOCK_DGRAM | flags, protocol);
	if (fd >= 0) {
		*kind = ICMP_SOCKET_PING;
		return fd;
	}
	if (errno == EAFNOSUPPORT) {
		log_info("icmp", "IPv%d is not supported by this system", family);
		return ERR_UNSUPPORTED;
	}
	if (errno == EACCES || errno == EPERM) {
		if (is_told)
			return ERR_PERM;
		log_warn("icmp",
			 "not allowed to send IPv%d echo requests (raw socket: %s; ping socket: "
			 "%s). Either give the program CAP_NET_RAW (systemd: "
			 "AmbientCapabilities=CAP_NET_RAW; else: setcap cap_net_raw+ep PROGRAM) or "
			 "admit its group %ld to ping sockets (sysctl "
			 "net.ipv4.ping_group_range=\"%ld %ld\"). Going on without",
			 family, strerror(raw_errno), strerror(errno), (long)getegid(),
			 (long)getegid(), (long)getegid());
		return ERR_PERM;
	}
	log_warn("icmp", "no socket for IPv%d echo requests: %s. Going on without", family,
		 strerror(errno));
	return err_from_errno(errno);
}
