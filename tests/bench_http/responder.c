/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A device that answers every POST at once with one GetDeviceInformation reply; one epoll loop, so
 * that it is never what is measured. Prints its port, ends when its standard input does.
 */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNS_MAX = 1024, REQUEST_MAX = 8192 };

static const char body[] =
	"<?xml version=\"1.0\" encoding=\"UTF-8\"?><s:Envelope "
	"xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" "
	"xmlns:tds=\"http://www.onvif.org/ver10/device/wsdl\"><s:Body>"
	"<tds:GetDeviceInformationResponse><tds:Manufacturer>Bench</tds:Manufacturer>"
	"<tds:Model>B1</tds:Model><tds:FirmwareVersion>1.2.3</tds:FirmwareVersion>"
	"<tds:SerialNumber>0001</tds:SerialNumber><tds:HardwareId>1</tds:HardwareId>"
	"</tds:GetDeviceInformationResponse></s:Body></s:Envelope>";

struct conn {
	size_t len;
	char bytes[REQUEST_MAX + 1];
};

/* Length of the first whole request, 0 if there is none yet. */
static size_t
request_length(const struct conn *conn)
{
	const char *end = strstr(conn->bytes, "\r\n\r\n");
	const char *length = end == NULL ? NULL : strcasestr(conn->bytes, "\r\nContent-Length:");
	size_t total = end == NULL ? 0 : (size_t)(end + 4 - conn->bytes);

	if (length != NULL && length < end)
		total += strtoul(length + 17, NULL, 10);
	return total <= conn->len ? total : 0;
}

static int
serve(int fd, struct conn *conn)
{
	char reply[2048];
	ssize_t n = recv(fd, conn->bytes + conn->len, REQUEST_MAX - conn->len, 0);
	size_t used;
	int len;

	if (n <= 0)
		return -1;
	conn->len += (size_t)n;
	conn->bytes[conn->len] = '\0';
	while ((used = request_length(conn)) > 0) {
		len = snprintf(reply, sizeof(reply),
			       "HTTP/1.1 200 OK\r\nContent-Type: application/soap+xml\r\n"
			       "Content-Length: %zu\r\n\r\n%s",
			       sizeof(body) - 1, body);
		if (send(fd, reply, (size_t)len, MSG_NOSIGNAL) != len)
			return -1;
		memmove(conn->bytes, conn->bytes + used, conn->len - used + 1);
		conn->len -= used;
	}
	return 0;
}

int
main(void)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct epoll_event event = {.events = EPOLLIN}, events[64];
	static struct conn *conns[CONNS_MAX];
	int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), poll = epoll_create1(0),
	    one = 1;
	socklen_t len = sizeof(sin);

	if (bind(listener, (struct sockaddr *)&sin, len) != 0 || listen(listener, 1024) != 0 ||
	    getsockname(listener, (struct sockaddr *)&sin, &len) != 0)
		return 1;
	event.data.fd = listener;
	epoll_ctl(poll, EPOLL_CTL_ADD, listener, &event);
	event.data.fd = STDIN_FILENO;
	epoll_ctl(poll, EPOLL_CTL_ADD, STDIN_FILENO, &event);
	printf("%u\n", ntohs(sin.sin_port));
	fflush(stdout);
	for (;;) {
		int count = epoll_wait(poll, events, 64, -1);

		for (int i = 0; i < count; i++) {
			int fd = events[i].data.fd;

			if (fd == STDIN_FILENO)
				return 0;
			if (fd == listener) {
				fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
				if (fd < 0 || fd >= CONNS_MAX)
					return 1;
				setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
				conns[fd] = calloc(1, sizeof(struct conn));
				event.data.fd = fd;
				epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event);
			} else if (conns[fd] == NULL || serve(fd, conns[fd]) != 0) {
				free(conns[fd]);
				conns[fd] = NULL;
				close(fd);
			}
		}
	}
}
