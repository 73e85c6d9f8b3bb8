/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The control socket's server: one request a connection, bounded in number, size and time, so that
 * no client can hold the agent up.
 */
#include "agent.h"

#include "keepwatch/err.h"
#include "keepwatch/log.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum { CLIENTS_MAX = 128, CLIENT_TIMEOUT_MS = 5000, BACKLOG = 128 };

struct client {
	uv_pipe_t pipe; /* first */
	uv_timer_t timer;
	uv_write_t write;
	struct control_server *server;
	struct client *next, **slot;
	char request[CONTROL_REQUEST_MAX];
	size_t len;
	struct buf answer;
	unsigned open_handles;
	bool is_closing;
};

struct control_server {
	uv_pipe_t pipe; /* first */
	struct agent *agent;
	char *path;
	struct client *clients;
	size_t client_count;
};

static void
on_client_closed(uv_handle_t *handle)
{
	struct client *client = handle->data;

	if (--client->open_handles > 0)
		return;
	buf_fini(&client->answer);
	free(client);
}

static void
client_close(struct client *client)
{
	if (client->is_closing)
		return;
	client->is_closing = true;
	*client->slot = client->next;
	if (client->next != NULL)
		client->next->slot = client->slot;
	client->server->client_count--;
	uv_close((uv_handle_t *)&client->pipe, on_client_closed);
	uv_close((uv_handle_t *)&client->timer, on_client_closed);
}

static void
on_client_timeout(uv_timer_t *timer)
{
	client_close(timer->data);
}

static void
on_written(uv_write_t *write, int status)
{
	(void)status;
	client_close(write->data);
}

/* Who asks, as the kernel knows it (unix(7), SO_PEERCRED). */
static uint32_t
peer_uid(const struct client *client)
{
	struct ucred peer = {.uid = UINT32_MAX};
	socklen_t len = sizeof(peer);
	uv_os_fd_t fd;

	if (uv_fileno((const uv_handle_t *)&client->pipe, &fd) != 0 ||
	    getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) != 0)
		return UINT32_MAX;
	return peer.uid;
}

static void
answer(struct client *client)
{
	struct control_request request;
	struct buf body;
	uv_buf_t out;
	int code = 1;

	buf_init(&body, CONTROL_ANSWER_MAX);
	if (control_request_parse(client->request, &request) != 0)
		buf_puts(&body, "malformed request\n");
	else
		code = agent_answer(client->server->agent, &request, peer_uid(client), &body);
	if (body.error != 0) {
		code = 1;
		buf_reset(&body);
		buf_puts(&body, "the answer is too long\n");
	}
	buf_printf(&client->answer, CONTROL_GREETING "%d %zu\n", code, body.len);
	buf_put(&client->answer, body.data, body.len);
	buf_fini(&body);
	out = uv_buf_init(client->answer.data, (unsigned)client->answer.len);
	client->write.data = client;
	if (client->answer.error != 0 ||
	    uv_write(&client->write, (uv_stream_t *)&client->pipe, &out, 1, on_written) != 0)
		client_close(client);
}

static void
on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *out)
{
	struct client *client = handle->data;

	(void)suggested;
	*out = uv_buf_init(client->request + client->len,
			   (unsigned)(sizeof(client->request) - client->len));
}

static void
on_read(uv_stream_t *stream, ssize_t n, const uv_buf_t *in)
{
	struct client *client = stream->data;
	char *end;

	(void)in;
	if (n < 0) {
		client_close(client);
		return;
	}
	client->len += (size_t)n;
	end = memchr(client->request, '\n', client->len);
	if (end != NULL) {
		uv_read_stop(stream);
		*end = '\0';
		answer(client);
	} else if (client->len == sizeof(client->request)) {
		client_close(client);
	}
}

/* Room for one more: who has been here longest, and has neither asked nor read, is the least loss.
 */
static void
close_oldest(struct control_server *server)
{
	struct client *client = server->clients;

	while (client->next != NULL)
		client = client->next;
	client_close(client);
}

static void
on_connection(uv_stream_t *stream, int status)
{
	struct control_server *server = stream->data;
	struct client *client;

	if (status != 0)
		return;
	client = calloc(1, sizeof(*client));
	if (client == NULL)
		return;
	if (server->client_count == CLIENTS_MAX)
		close_oldest(server);
	client->server = server;
	buf_init(&client->answer, CONTROL_ANSWER_MAX + 64);
	uv_pipe_init(stream->loop, &client->pipe, 0);
	uv_timer_init(stream->loop, &client->timer);
	client->open_handles = 2;
	client->pipe.data = client->timer.data = client;
	client->next = server->clients;
	client->slot = &server->clients;
	if (client->next != NULL)
		client->next->slot = &client->next;
	server->clients = client;
	server->client_count++;
	if (uv_accept(stream, (uv_stream_t *)&client->pipe) != 0 ||
	    uv_read_start((uv_stream_t *)&client->pipe, on_alloc, on_read) != 0) {
		client_close(client);
		return;
	}
	uv_timer_start(&client->timer, on_client_timeout, CLIENT_TIMEOUT_MS, 0);
}

/* Whether somebody listens at the socket: an agent with another database, then. */
static bool
is_in_use(const struct sockaddr_un *sun)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool is_used = fd >= 0 && (connect(fd, (const struct sockaddr *)sun, sizeof(*sun)) == 0 ||
				   errno == EAGAIN);

	if (fd >= 0)
		close(fd);
	return is_used;
}

/* Binds a listening socket at path, 0660 and of that group. A stale socket is replaced. */
static int
bind_socket(const char *path, const char *group, char *message, size_t message_size)
{
	struct sockaddr_un sun = {.sun_family = AF_UNIX};
	const struct group *gr = group == NULL ? NULL : getgrnam(group);
	struct stat st;
	mode_t mask;
	int fd, rc;

	if (strlen(path) >= sizeof(sun.sun_path)) {
		snprintf(message, message_size, "socket path is longer than %zu bytes: %s",
			 sizeof(sun.sun_path) - 1, path);
		return ERR_TOOBIG;
	}
	memcpy(sun.sun_path, path, strlen(path) + 1);
	if (lstat(path, &st) == 0) {
		if (!S_ISSOCK(st.st_mode)) {
			snprintf(message, message_size, "%s is there and is not a socket", path);
			return ERR_EXISTS;
		}
		if (is_in_use(&sun)) {
			snprintf(
				message, message_size,
				"another agent listens on %s; give this one a `socket:` of its own",
				path);
			return ERR_BUSY;
		}
		(void)unlink(path);
	}
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return err_from_errno(errno);
	mask = umask(0117);
	rc = bind(fd, (struct sockaddr *)&sun, sizeof(sun));
	umask(mask);
	if (rc != 0) {
		rc = err_from_errno(errno);
		snprintf(message, message_size, "cannot make the control socket %s: %s", path,
			 strerror(errno));
		close(fd);
		return rc;
	}
	/* Without the group, or the right to give it away, only the agent's own group may use it.
	 */
	if (gr != NULL && chown(path, (uid_t)-1, gr->gr_gid) != 0)
		log_warn("control", "%s: group '%s' not set: %s", path, group, strerror(errno));
	return fd;
}

int
control_server_open(struct agent *agent, const char *path, const char *group, char *message,
		    size_t message_size)
{
	struct control_server *server = calloc(1, sizeof(*server));
	int fd, rc;

	if (server == NULL)
		return ERR_NOMEM;
	server->agent = agent;
	server->path = strdup(path);
	fd = bind_socket(path, group, message, message_size);
	if (fd < 0 || server->path == NULL) {
		free(server->path);
		free(server);
		return fd < 0 ? fd : ERR_NOMEM;
	}
	uv_pipe_init(&agent->uv, &server->pipe, 0);
	server->pipe.data = server;
	rc = uv_pipe_open(&server->pipe, fd);
	if (rc == 0)
		rc = uv_listen((uv_stream_t *)&server->pipe, BACKLOG, on_connection);
	agent->control = server;
	if (rc != 0) {
		snprintf(message, message_size, "cannot listen on %s: %s", path, uv_strerror(rc));
		return ERR_IO;
	}
	return 0;
}

static void
on_server_closed(uv_handle_t *handle)
{
	struct control_server *server = handle->data;

	free(server->path);
	free(server);
}

void
control_server_close(struct agent *agent)
{
	struct control_server *server = agent->control;

	if (server == NULL)
		return;
	agent->control = NULL;
	while (server->clients != NULL)
		client_close(server->clients);
	(void)unlink(server->path);
	uv_close((uv_handle_t *)&server->pipe, on_server_closed);
}
