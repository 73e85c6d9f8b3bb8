/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The HTTP side of a simulated device: a small HTTP/1.1 server of our own, plain or over TLS,
 * because it must be able to do what a proper one refuses to. One call serves one connection.
 */
#include "fake.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { HEAD_MAX = 65536, BODY_MAX = 1 << 20, IDLE_MS = 60000 };

struct connection {
	struct fake_device *device;
	int fd;
	SSL *ssl;
	char *in; /* HEAD_MAX + BODY_MAX + 1 bytes */
	size_t in_len;
	bool close_next; /* the next request meets a close */
};

static void
pause_ms(int64_t ms)
{
	struct timespec ts = {.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000};

	nanosleep(&ts, NULL);
}

/* Bytes read, 0 at the end, -1 on failure or after IDLE_MS. */
static ssize_t
receive(struct connection *c, char *out, size_t size)
{
	struct pollfd pfd = {.fd = c->fd, .events = POLLIN};

	if (c->ssl != NULL && SSL_pending(c->ssl) > 0)
		return SSL_read(c->ssl, out, (int)size);
	if (poll(&pfd, 1, IDLE_MS) <= 0)
		return -1;
	return c->ssl != NULL ? SSL_read(c->ssl, out, (int)size) : recv(c->fd, out, size, 0);
}

static bool
transmit(struct connection *c, const char *data, size_t len)
{
	while (len > 0) {
		int chunk = len > 65536 ? 65536 : (int)len;
		ssize_t n = c->ssl != NULL ? SSL_write(c->ssl, data, chunk)
					   : send(c->fd, data, (size_t)chunk, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		data += n;
		len -= (size_t)n;
	}
	return true;
}

/* Until the peer goes away, or at most IDLE_MS. */
static void
wait_for_close(struct connection *c)
{
	int64_t until = fake_now_ms() + IDLE_MS;
	char sink[4096];

	while (fake_now_ms() < until && receive(c, sink, sizeof(sink)) > 0)
		continue;
}

static bool
header(const char *head, const char *name, char *out, size_t size)
{
	size_t len = strlen(name);

	for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line, "\r\n")) {
		line += 2;
		if (strncasecmp(line, name, len) != 0 || line[len] != ':')
			continue;
		line += len + 1;
		line += strspn(line, " \t");
		snprintf(out, size, "%.*s", (int)strcspn(line, "\r\n"), line);
		return true;
	}
	return false;
}

/* Reads one request; false when there is none. The body is in c->in after the head. */
static bool
read_request(struct connection *c, struct fake_request *request, size_t *used)
{
	char *end = NULL, text[64];
	size_t head_len, body_len = 0;
	ssize_t n;

	for (;;) {
		c->in[c->in_len] = '\0';
		end = memmem(c->in, c->in_len, "\r\n\r\n", 4);
		if (end != NULL)
			break;
		if (c->in_len >= HEAD_MAX)
			return false;
		n = receive(c, c->in + c->in_len, HEAD_MAX - c->in_len);
		if (n <= 0)
			return false;
		c->in_len += (size_t)n;
	}
	head_len = (size_t)(end - c->in) + 4;
	end[2] = '\0';
	if (sscanf(c->in, "%15s %255s", request->method, request->target) != 2)
		return false;
	header(c->in, "Host", request->host, sizeof(request->host));
	header(c->in, "Authorization", request->authorization, sizeof(request->authorization));
	if (header(c->in, "Content-Length", text, sizeof(text)))
		body_len = strtoul(text, NULL, 10);
	if (header(c->in, "Expect", text, sizeof(text)) &&
	    !transmit(c, "HTTP/1.1 100 Continue\r\n\r\n", 25))
		return false;
	if (body_len > BODY_MAX)
		return false;
	while (c->in_len < head_len + body_len) {
		n = receive(c, c->in + c->in_len, head_len + body_len - c->in_len);
		if (n <= 0)
			return false;
		c->in_len += (size_t)n;
	}
	request->body = strndup(c->in + head_len, body_len);
	request->body_len = body_len;
	*used = head_len + body_len;
	return request->body != NULL;
}

static const char *
reason_phrase(int status)
{
	switch (status) {
	case 200:
		return "OK";
	case 302:
		return "Found";
	case 400:
		return "Bad Request";
	case 401:
		return "Unauthorized";
	case 404:
		return "Not Found";
	case 503:
		return "Service Unavailable";
	default:
		return "Internal Server Error";
	}
}

static void
reset_connection(struct connection *c)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 0};

	setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger));
}

/* Sends the reply in the given way; true if the connection may go on. */
static bool
send_reply(struct connection *c, struct fake_request *request, enum fake_transport how)
{
	char head[4096], chunk[32];
	const char *body = request->reply != NULL ? request->reply : "";
	size_t len = request->reply_len, half = len / 2, stated = len;
	int used;

	if (how == FAKE_SEND_NOTHING) {
		wait_for_close(c);
		return false;
	}
	if (how == FAKE_SEND_LENGTH_LONG)
		stated = len + 1000;
	if (how == FAKE_SEND_LENGTH_SHORT)
		stated = half;
	used = snprintf(head, sizeof(head),
			"HTTP/1.1 %d %s\r\nServer: simulated\r\nContent-Type: %s\r\n%s%s",
			request->status, reason_phrase(request->status),
			strncmp(body, "<?xml", 5) != 0 ? "text/html"
						       : "application/soap+xml; charset=utf-8",
			request->status == 401 ? request->challenges : "",
			request->status == 302 ? "Location: http://192.0.2.77/other\r\n" : "");
	if (how == FAKE_SEND_CHUNKED)
		used += snprintf(head + used, sizeof(head) - (size_t)used,
				 "Transfer-Encoding: chunked\r\n\r\n");
	else if (how == FAKE_SEND_NO_LENGTH)
		used += snprintf(head + used, sizeof(head) - (size_t)used,
				 "Connection: close\r\n\r\n");
	else if (how != FAKE_SEND_HUGE_HEADER)
		used += snprintf(head + used, sizeof(head) - (size_t)used,
				 "Content-Length: %zu\r\n\r\n", stated);
	if (!transmit(c, head, (size_t)used))
		return false;
	switch (how) {
	case FAKE_SEND_TORN:
	case FAKE_SEND_RESET:
		transmit(c, body, half);
		if (how == FAKE_SEND_RESET)
			reset_connection(c);
		return false;
	case FAKE_SEND_TRICKLE:
		for (size_t i = 0; i < len; i++) {
			if (!transmit(c, body + i, 1))
				return false;
			pause_ms(200);
		}
		return true;
	case FAKE_SEND_LENGTH_LONG:
		transmit(c, body, len);
		wait_for_close(c);
		return false;
	case FAKE_SEND_LENGTH_SHORT:
	case FAKE_SEND_NO_LENGTH:
		transmit(c, body, len);
		return false;
	case FAKE_SEND_CHUNKED:
		for (size_t at = 0; at < len; at += 100) {
			size_t some = len - at < 100 ? len - at : 100;

			snprintf(chunk, sizeof(chunk), "%zx\r\n", some);
			if (!transmit(c, chunk, strlen(chunk)) || !transmit(c, body + at, some) ||
			    !transmit(c, "\r\n", 2))
				return false;
		}
		return transmit(c, "0\r\n\r\n", 5);
	case FAKE_SEND_HUGE_HEADER:
		memset(head, 'x', sizeof(head));
		for (int i = 0; i < 512; i++)
			if (!transmit(c, "X-Fill: ", 8) || !transmit(c, head, sizeof(head)) ||
			    !transmit(c, "\r\n", 2))
				return false;
		return false;
	case FAKE_SEND_CLOSE_LATER:
		c->close_next = true;
		return transmit(c, body, len);
	default:
		return transmit(c, body, len);
	}
}

static void
answer(struct fake_request *request)
{
	static const char page[] = "<html><body>Simulated device</body></html>";

	const char *auth = request->settings.auth;
	bool is_post = strcmp(request->method, "POST") == 0;

	if (fake_user_answer(request) || fake_vendor_answer(request))
		return;
	/* HTTP clients that know of Digest send an empty POST first, to be challenged */
	if (is_post && (request->body_len > 0 || strcmp(auth, "wsse") == 0)) {
		fake_soap_answer(request);
		return;
	}
	request->status = (int)request->settings.http_status;
	request->reply = strdup(page);
	request->reply_len = request->reply != NULL ? sizeof(page) - 1 : 0;
	/* a plain page is protected by what HTTP offers, never by WSSE */
	if (strcmp(auth, "wsse") != 0 && (is_post || strcmp(auth, "either") != 0) &&
	    fake_login(request, NULL) != FAKE_LOGIN_OK)
		request->status = 401;
}

/* Serves one request; true if the connection may go on. */
static bool
serve_one(struct connection *c)
{
	struct fake_request request = {.device = c->device};
	struct fake_device *device = c->device;
	enum fake_transport how;
	size_t used = 0;
	bool more = false, is_silent;

	if (!read_request(c, &request, &used))
		goto out;
	if (c->close_next)
		goto out;
	pthread_mutex_lock(&device->lock);
	request.settings = device->settings;
	device->counters.requests++;
	is_silent = device->silent_until_ms > fake_now_ms();
	pthread_mutex_unlock(&device->lock);
	if (is_silent) { /* it restarts */
		reset_connection(c);
		goto out;
	}
	answer(&request);
	pthread_mutex_lock(&device->lock);
	if (request.status == 200)
		device->counters.ok++;
	snprintf(device->last_operation, sizeof(device->last_operation), "%s", request.operation);
	pthread_mutex_unlock(&device->lock);
	if (request.settings.delay_ms > 0)
		pause_ms(request.settings.delay_ms);
	if (request.drop)
		goto out;
	how = fake_misbehave(&request);
	more = send_reply(c, &request, how);
	memmove(c->in, c->in + used, c->in_len - used);
	c->in_len -= used;
out:
	free(request.body);
	free(request.reply);
	return more;
}

void
fake_http_serve(struct fake_device *device, int fd)
{
	struct connection c = {.device = device, .fd = fd};
	struct timeval limit = {.tv_sec = IDLE_MS / 1000};
	const int on = 1;
	SSL_CTX *tls;

	setsockopt(fd, SOL_TCP, TCP_NODELAY, &on, sizeof(on));
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	pthread_mutex_lock(&device->lock);
	device->counters.connections++;
	if (++device->counters.open > device->counters.open_peak)
		device->counters.open_peak = device->counters.open;
	tls = device->tls;
	if (tls != NULL)
		SSL_CTX_up_ref(tls);
	pthread_mutex_unlock(&device->lock);
	c.in = malloc(HEAD_MAX + BODY_MAX + 1);
	if (c.in == NULL)
		goto out;
	if (tls != NULL) {
		c.ssl = SSL_new(tls);
		if (c.ssl == NULL || SSL_set_fd(c.ssl, fd) != 1 || SSL_accept(c.ssl) != 1)
			goto out;
	}
	while (serve_one(&c))
		continue;
out:
	SSL_free(c.ssl);
	SSL_CTX_free(tls);
	free(c.in);
	close(fd);
	pthread_mutex_lock(&device->lock);
	device->counters.open--;
	pthread_mutex_unlock(&device->lock);
}
