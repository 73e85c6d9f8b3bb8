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

enum { CONTROL_HEAD_MAX = 64 }; /* longest first line of an answer */

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

/* Cuts the greeting off the answer. ERR_TRUNCATED: there is more to come. */
static int
parse_answer(struct buf *answer, int *code)
{
	const char *end = answer->len == 0 ? NULL : memchr(answer->data, '\n', answer->len);
	size_t head, len;
	int value, used = 0;

	if (end == NULL)
		return answer->len < CONTROL_HEAD_MAX ? ERR_TRUNCATED : ERR_PROTO;
	head = (size_t)(end - answer->data) + 1;
	if (sscanf(answer->data, CONTROL_GREETING "%d %zu%n", &value, &len, &used) != 2 ||
	    (size_t)used + 1 != head)
		return ERR_PROTO;
	if (answer->len - head < len)
		return ERR_TRUNCATED;
	memmove(answer->data, answer->data + head, len);
	answer->data[len] = '\0';
	answer->len = len;
	*code = value;
	return 0;
}

/* Reads until the answer is whole; its end need not be waited for. */
static int
receive_answer(int fd, struct buf *answer, int *code, uint64_t deadline_ms)
{
	char chunk[4096];

	for (;;) {
		ssize_t n = recv(fd, chunk, sizeof(chunk), 0);
		int rc;

		if (n == 0)
			return answer->len == 0 ? ERR_PROTO : ERR_TRUNCATED;
		if (n > 0) {
			buf_put(answer, chunk, (size_t)n);
			if (answer->error != 0)
				return answer->error;
			rc = parse_answer(answer, code);
			if (rc != ERR_TRUNCATED)
				return rc;
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

int
control_call(const char *socket_path, const char *request, int timeout_ms, int *code,
	     struct buf *answer)
{
	uint64_t deadline_ms = clock_mono_ms() + (uint64_t)timeout_ms;
	char line[CONTROL_REQUEST_MAX];
	int len = snprintf(line, sizeof(line), "%s\n", request);
	int fd, rc;

	if (len < 0 || (size_t)len >= sizeof(line))
		return ERR_TOOBIG;
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_from_errno(errno);
	rc = connect_unix(fd, socket_path, deadline_ms);
	if (rc == 0)
		rc = send_all(fd, line, (size_t)len, deadline_ms);
	if (rc == 0)
		rc = receive_answer(fd, answer, code, deadline_ms);
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
