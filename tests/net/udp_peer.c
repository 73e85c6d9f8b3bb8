/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * UDP sockets that play the other side of a datagram test.
 */
#include "udp_peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>
#include <cmocka.h>

struct ipaddr
peer_address(const char *text)
{
	struct ipaddr addr;

	assert_int_equal(ipaddr_parse(text, &addr), 0);
	return addr;
}

int
udp_peer_open(const char *text, uint16_t *port)
{
	struct ipaddr addr = peer_address(text);
	struct sockaddr_storage name;
	socklen_t len = ipaddr_to_sockaddr(&addr, 0, &name);
	int fd = socket(name.ss_family, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&name, len) != 0) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	assert_int_equal(getsockname(fd, (struct sockaddr *)&name, &len), 0);
	assert_int_equal(ipaddr_from_sockaddr((struct sockaddr *)&name, &addr, port), 0);
	return fd;
}

size_t
udp_peer_echo(int fd)
{
	char data[2048];
	struct sockaddr_storage name;
	size_t count = 0;

	for (;;) {
		socklen_t len = sizeof(name);
		ssize_t n = recvfrom(fd, data, sizeof(data), 0, (struct sockaddr *)&name, &len);

		if (n < 0)
			return count;
		assert_int_equal(sendto(fd, data, (size_t)n, 0, (struct sockaddr *)&name, len), n);
		count++;
	}
}
