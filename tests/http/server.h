/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * A scripted HTTP peer for tests: a thread per connection runs a script that reads requests and
 * answers, or does not, as no real server would. It computes Digest challenges by itself.
 */
#ifndef KEEPWATCH_TESTS_HTTP_SERVER_H
#define KEEPWATCH_TESTS_HTTP_SERVER_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SERVER_REQUEST_MAX = 64 * 1024, SERVER_CONNS_MAX = 4096 };

struct server;

struct server_conn {
	struct server *server;
	int fd;
	SSL *ssl;			      /* NULL: plain */
	unsigned number;		      /* connections are counted from 0 */
	char request[SERVER_REQUEST_MAX + 1]; /* the last one, headers and body, NUL-terminated */
	size_t request_len;
	const char *body; /* into request */
};

/* The script of one connection, in a thread of its own; the connection is closed when it returns.
 */
typedef void server_script(struct server_conn *conn, void *arg);

/* On a port of 127.0.0.1 that the kernel picks. ctx may be NULL. Fails the test if it cannot. */
struct server *server_start(server_script *script, void *arg, SSL_CTX *ctx);
uint16_t server_port(const struct server *server);
unsigned server_connections(struct server *server);
/* Ends the scripts by shutting their sockets down, waits for them and frees. */
void server_stop(struct server *server);

/* The next request with its body by Content-Length; false when the peer has gone. */
bool server_read(struct server_conn *conn);
/* Blocks until the peer goes away or the server is stopped. */
void server_stall(struct server_conn *conn);
bool server_send(struct server_conn *conn, const void *data, size_t len);
bool server_sendf(struct server_conn *conn, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
/* A whole reply. extra: further header lines, each with its CRLF. */
bool server_reply(struct server_conn *conn, int status, const char *extra, const char *type,
		  const char *body);
/* Value of a request header, copied, "" if missing. */
void server_header(const struct server_conn *conn, const char *name, char *out, size_t size);

/*
 * True if the request carries the right Digest login (RFC 7616 section 3.4, qop auth).
 * algorithm: "MD5" or "SHA-256".
 */
bool server_digest_is_right(const struct server_conn *conn, const char *algorithm, const char *user,
			    const char *password, const char *nonce);

/* A key with a certificate; days may be negative: expired. issuer NULL: self-signed. */
struct server_cert {
	EVP_PKEY *key;
	X509 *cert;
};
void server_cert_make(struct server_cert *out, const char *san, int days,
		      const struct server_cert *issuer);
void server_cert_free(struct server_cert *cert);
SSL_CTX *server_tls(const struct server_cert *cert);
/* "sha256//..." of the key, computed apart from the code under test. */
void server_cert_pin(const struct server_cert *cert, char out[64]);
/* Writes the certificate as PEM. */
void server_cert_write(const struct server_cert *cert, const char *path);

#endif
