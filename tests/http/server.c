/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The scripted HTTP peer: sockets, threads, requests.
 */
#include "server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <openssl/evp.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

struct worker {
	struct server_conn conn;
	pthread_t thread;
	struct worker *next;
};

struct server {
	int fd;
	uint16_t port;
	server_script *script;
	void *arg;
	SSL_CTX *ctx;
	pthread_t thread;
	pthread_mutex_t lock;
	struct worker *workers;
	unsigned connections;
	bool stopping;
};

/* A failing set-up must fail the test, in release builds too. */
static void
need(bool ok, const char *what)
{
	if (!ok) {
		perror(what);
		abort();
	}
}

static void *
run_worker(void *arg)
{
	struct worker *worker = arg;
	struct server_conn *conn = &worker->conn;
	struct server *server = conn->server;

	if (server->ctx != NULL) {
		conn->ssl = SSL_new(server->ctx);
		SSL_set_fd(conn->ssl, conn->fd);
		if (SSL_accept(conn->ssl) == 1)
			server->script(conn, server->arg);
		SSL_shutdown(conn->ssl);
		SSL_free(conn->ssl);
	} else {
		server->script(conn, server->arg);
	}
	pthread_mutex_lock(&server->lock);
	close(conn->fd);
	conn->fd = -1;
	pthread_mutex_unlock(&server->lock);
	return NULL;
}

static void *
run_server(void *arg)
{
	struct server *server = arg;
	int fd;

	while ((fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC)) >= 0) {
		struct worker *worker = calloc(1, sizeof(*worker));

		need(worker != NULL, "calloc");
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
		worker->conn.server = server;
		worker->conn.fd = fd;
		pthread_mutex_lock(&server->lock);
		worker->conn.number = server->connections++;
		worker->next = server->workers;
		server->workers = worker;
		if (server->stopping)
			shutdown(fd, SHUT_RDWR);
		need(pthread_create(&worker->thread, NULL, run_worker, worker) == 0, "thread");
		pthread_mutex_unlock(&server->lock);
	}
	return NULL;
}

struct server *
server_start(server_script *script, void *arg, SSL_CTX *ctx)
{
	struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	struct server *server = calloc(1, sizeof(*server));
	socklen_t len = sizeof(sin);

	need(server != NULL, "calloc");
	signal(SIGPIPE, SIG_IGN);
	server->script = script;
	server->arg = arg;
	server->ctx = ctx;
	pthread_mutex_init(&server->lock, NULL);
	server->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	need(server->fd >= 0, "socket");
	need(bind(server->fd, (struct sockaddr *)&sin, sizeof(sin)) == 0, "bind");
	need(listen(server->fd, 512) == 0, "listen");
	need(getsockname(server->fd, (struct sockaddr *)&sin, &len) == 0, "getsockname");
	server->port = ntohs(sin.sin_port);
	need(pthread_create(&server->thread, NULL, run_server, server) == 0, "thread");
	return server;
}

uint16_t
server_port(const struct server *server)
{
	return server->port;
}

unsigned
server_connections(struct server *server)
{
	unsigned count;

	pthread_mutex_lock(&server->lock);
	count = server->connections;
	pthread_mutex_unlock(&server->lock);
	return count;
}

void
server_stop(struct server *server)
{
	struct worker *next;

	if (server == NULL)
		return;
	pthread_mutex_lock(&server->lock);
	server->stopping = true;
	for (struct worker *worker = server->workers; worker != NULL; worker = worker->next) {
		if (worker->conn.fd >= 0)
			shutdown(worker->conn.fd, SHUT_RDWR);
	}
	pthread_mutex_unlock(&server->lock);
	shutdown(server->fd, SHUT_RDWR);
	pthread_join(server->thread, NULL);
	for (struct worker *worker = server->workers; worker != NULL; worker = next) {
		next = worker->next;
		pthread_join(worker->thread, NULL);
		free(worker);
	}
	close(server->fd);
	pthread_mutex_destroy(&server->lock);
	if (server->ctx != NULL)
		SSL_CTX_free(server->ctx);
	free(server);
}

static int
conn_recv(struct server_conn *conn, char *out, size_t size)
{
	return conn->ssl != NULL ? SSL_read(conn->ssl, out, (int)size)
				 : (int)recv(conn->fd, out, size, 0);
}

bool
server_read(struct server_conn *conn)
{
	size_t want = 0;

	conn->request_len = 0;
	conn->request[0] = '\0';
	conn->body = NULL;
	while (conn->body == NULL || conn->request_len < want) {
		int n = conn_recv(conn, conn->request + conn->request_len,
				  SERVER_REQUEST_MAX - conn->request_len);

		if (n <= 0)
			return false;
		conn->request_len += (size_t)n;
		conn->request[conn->request_len] = '\0';
		if (conn->body == NULL) {
			char *end = strstr(conn->request, "\r\n\r\n");
			char length[32];

			if (end == NULL)
				continue;
			conn->body = end + 4;
			server_header(conn, "Content-Length", length, sizeof(length));
			want = (size_t)(conn->body - conn->request) + strtoul(length, NULL, 10);
		}
	}
	return true;
}

void
server_stall(struct server_conn *conn)
{
	char bytes[256];

	while (conn_recv(conn, bytes, sizeof(bytes)) > 0)
		continue;
}

bool
server_send(struct server_conn *conn, const void *data, size_t len)
{
	const char *p = data;

	while (len > 0) {
		int n = conn->ssl != NULL ? SSL_write(conn->ssl, p, (int)len)
					  : (int)send(conn->fd, p, len, MSG_NOSIGNAL);

		if (n <= 0)
			return false;
		p += n;
		len -= (size_t)n;
	}
	return true;
}

bool
server_sendf(struct server_conn *conn, const char *fmt, ...)
{
	char *text = NULL;
	va_list ap;
	bool ok;
	int len;

	va_start(ap, fmt);
	len = vasprintf(&text, fmt, ap);
	va_end(ap);
	ok = len >= 0 && server_send(conn, text, (size_t)len);
	free(text);
	return ok;
}

bool
server_reply(struct server_conn *conn, int status, const char *extra, const char *type,
	     const char *body)
{
	return server_sendf(conn,
			    "HTTP/1.1 %d Status\r\nServer: scripted/1\r\nContent-Type: %s\r\n%s"
			    "Content-Length: %zu\r\n\r\n%s",
			    status, type, extra == NULL ? "" : extra, strlen(body), body);
}

void
server_header(const struct server_conn *conn, const char *name, char *out, size_t size)
{
	size_t len = strlen(name);
	const char *line = conn->request;

	out[0] = '\0';
	while ((line = strstr(line, "\r\n")) != NULL && strncmp(line, "\r\n\r\n", 4) != 0) {
		line += 2;
		if (strncasecmp(line, name, len) == 0 && line[len] == ':') {
			const char *value = line + len + 1 + strspn(line + len + 1, " ");

			snprintf(out, size, "%.*s", (int)strcspn(value, "\r"), value);
			return;
		}
	}
}

/* ---- Digest */

static void
hash_hex(const char *algorithm, const char *text, char *out)
{
	const EVP_MD *md = strcmp(algorithm, "MD5") == 0 ? EVP_md5() : EVP_sha256();
	unsigned char digest[EVP_MAX_MD_SIZE];
	unsigned int len;

	need(EVP_Digest(text, strlen(text), digest, &len, md, NULL) == 1, "digest");
	for (unsigned int i = 0; i < len; i++)
		snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static void
directive(const char *login, const char *name, char *out, size_t size)
{
	size_t len = strlen(name);
	const char *p = login;

	out[0] = '\0';
	while ((p = strstr(p, name)) != NULL) {
		if ((p > login && (p[-1] == ' ' || p[-1] == ',')) && p[len] == '=') {
			p += len + 1;
			if (*p == '"')
				snprintf(out, size, "%.*s", (int)strcspn(p + 1, "\""), p + 1);
			else
				snprintf(out, size, "%.*s", (int)strcspn(p, ", "), p);
			return;
		}
		p += len;
	}
}

bool
server_digest_is_right(const struct server_conn *conn, const char *algorithm, const char *user,
		       const char *password, const char *nonce)
{
	char login[2048], realm[128], uri[512], nc[32], cnonce[256], response[129],
		given_nonce[256], username[256], given_algorithm[32], qop[32];
	char ha1[129] = "", ha2[129] = "", expected[129] = "", text[2048], method[16];

	server_header(conn, "Authorization", login, sizeof(login));
	if (strncmp(login, "Digest ", 7) != 0)
		return false;
	directive(login, "realm", realm, sizeof(realm));
	directive(login, "uri", uri, sizeof(uri));
	directive(login, "nc", nc, sizeof(nc));
	directive(login, "cnonce", cnonce, sizeof(cnonce));
	directive(login, "response", response, sizeof(response));
	directive(login, "nonce", given_nonce, sizeof(given_nonce));
	directive(login, "username", username, sizeof(username));
	directive(login, "algorithm", given_algorithm, sizeof(given_algorithm));
	directive(login, "qop", qop, sizeof(qop));
	snprintf(method, sizeof(method), "%.*s", (int)strcspn(conn->request, " "), conn->request);
	snprintf(text, sizeof(text), "%s:%s:%s", user, realm, password);
	hash_hex(algorithm, text, ha1);
	snprintf(text, sizeof(text), "%s:%s", method, uri);
	hash_hex(algorithm, text, ha2);
	snprintf(text, sizeof(text), "%s:%s:%s:%s:%s:%s", ha1, nonce, nc, cnonce, qop, ha2);
	hash_hex(algorithm, text, expected);
	return strcmp(response, expected) == 0 && strcmp(given_nonce, nonce) == 0 &&
	       strcmp(username, user) == 0 && strcmp(qop, "auth") == 0 &&
	       strcasecmp(given_algorithm, algorithm) == 0;
}
