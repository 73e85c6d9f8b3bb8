/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The client's half of the control socket, and the parser of a request. Blocking calls with one
 * deadline over all of them: a hung agent costs the caller no more than its timeout.
 */
#include "keepwatch/control.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Waits until fd is ready for events or the deadline passes. */
static int
wait_ready(int fd, short events, uint64_t deadline_ms)
{
	for (;;) {
		struct pollfd pfd = {.fd = fd, .events = events};
		uint64_t now = clock_mono_ms();
		int n;

		if (now >= deadline_ms)
			return ERR_TIMEOUT;
		n = poll(&pfd, 1, (int)(deadline_ms - now));
		if (n > 0)
			return 0;
		if (n < 0 && errno != EINTR)
			return err_from_errno(errno);
	}
}

static int
send_all(int fd, const char *data, size_t len, uint64_t deadline_ms)
{
	while (len > 0) {
		ssize_t n = send(fd, data, len, MSG_NOSIGNAL);
		int rc;

		if (n > 0) {
			data += n;
			len -= (size_t)n;
			continue;
		}
		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return errno == EPIPE ? ERR_REFUSED : err_from_errno(errno);
		rc = wait_ready(fd, POLLOUT, deadline_ms);
		if (rc != 0)
			return rc;
	}
	return 0;
}

/* Reads until the other side closes. */
static int
receive_all(int fd, struct buf *out, uint64_t deadline_ms)
{
	char chunk[4096];

	for (;;) {
		ssize_t n = recv(fd, chunk, sizeof(chunk), 0);
		int rc;

		if (n == 0)
			return 0;
		if (n > 0) {
			buf_put(out, chunk, (size_t)n);
			if (out->error != 0)
				return out->error;
			continue;
		}
		if (errno != EAGAIN && errno != EINTR)
			return err_from_errno(errno);
		rc = wait_ready(fd, POLLIN, deadline_ms);
		if (rc != 0)
			return rc;
	}
}

static int
connect_unix(int fd, const char *path, uint64_t deadline_ms)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	size_t len = strlen(path);

	if (len >= sizeof(sun.sun_path))
		return ERR_TOOBIG;
	memcpy(sun.sun_path, path, len + 1);
	for (;;) {
		if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0)
			return 0;
		/* EAGAIN: the backlog of a hung agent is full; unix(7) gives no way to wait but to
		 * try. */
		if (errno != EAGAIN && errno != EINTR)
			return err_from_errno(errno);
		if (clock_mono_ms() >= deadline_ms)
			return ERR_TIMEOUT;
		(void)poll(NULL, 0, 20);
	}
}

/* Cuts the greeting off the answer. */
static int
parse_answer(struct buf *answer, int *code)
{
	int value, used = 0;
	size_t len;

	if (answer->len == 0 ||
	    sscanf(answer->data, CONTROL_GREETING "%d %zu\n%n", &value, &len, &used) != 2 ||
	    used == 0 || answer->data[used - 1] != '\n')
		return ERR_PROTO;
	if (answer->len - (size_t)used < len)
		return ERR_TRUNCATED;
	memmove(answer->data, answer->data + used, len);
	answer->data[len] = '\0';
	answer->len = len;
	*code = value;
	return 0;
}

int
control_call(const char *socket_path, const char *request, int timeout_ms, int *code,
	     struct buf *answer)
{
	uint64_t deadline_ms = clock_mono_ms() + (uint64_t)timeout_ms;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int rc;

	if (fd < 0)
		return err_from_errno(errno);
	rc = connect_unix(fd, socket_path, deadline_ms);
	if (rc == 0)
		rc = send_all(fd, request, strlen(request), deadline_ms);
	if (rc == 0)
		rc = send_all(fd, "\n", 1, deadline_ms);
	if (rc == 0)
		rc = receive_all(fd, answer, deadline_ms);
	if (rc == 0)
		rc = parse_answer(answer, code);
	close(fd);
	return rc;
}

int
control_request_parse(char *line, struct control_request *out)
{
	struct control_request request = {0};
	char *rest = line;
	char *word = strsep(&rest, "\t");

	if (*word == '\0')
		return ERR_SYNTAX;
	request.verb = word;
	while ((word = strsep(&rest, "\t")) != NULL) {
		char *equals = strchr(word, '=');

		if (equals == NULL || equals == word)
			return ERR_SYNTAX;
		if (request.field_count == CONTROL_FIELDS_MAX)
			return ERR_TOOBIG;
		*equals = '\0';
		request.fields[request.field_count].name = word;
		request.fields[request.field_count].value = equals + 1;
		request.field_count++;
	}
	*out = request;
	return 0;
}

const char *
control_field(const struct control_request *request, const char *name)
{
	for (size_t i = 0; i < request->field_count; i++) {
		if (strcmp(request->fields[i].name, name) == 0)
			return request->fields[i].value;
	}
	return NULL;
}
