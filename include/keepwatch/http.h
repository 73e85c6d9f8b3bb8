/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * HTTP/1.1 and HTTPS for the whole fleet on one loop: a request is a value, its reply comes through
 * a callback. Connections, TLS trust, HTTP authentication and every limit are handled here; what a
 * body means is not. Redirects, proxies, cookies and netrc do not exist.
 */
#ifndef KEEPWATCH_HTTP_H
#define KEEPWATCH_HTTP_H

#include "keepwatch/buf.h"
#include "keepwatch/credential.h"
#include "keepwatch/ipaddr.h"
#include "keepwatch/kinds.h"
#include "keepwatch/net_loop.h"
#include "keepwatch/secret.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct http_client;   /* one for the program */
struct http_session;  /* one device's conversation during one run: reuses its Digest nonce */
struct http_exchange; /* a request on its way */

enum {
	HTTP_MAX_IN_FLIGHT = 256, /* default: requests with a connection; further ones queue */
	HTTP_MAX_IDLE = 64,	  /* default: kept-alive connections in all */
	HTTP_MAX_BODY = 1 << 20,  /* default */
	HTTP_MAX_HEADERS = 64 * 1024,
	HTTP_ERROR_SIZE = 120,
	HTTP_TEXT_SIZE = 128,
	TLS_KEY_SIZE = 64, /* "sha256//" and 44 characters of base64, NUL */
};

struct http_options {
	uint32_t max_in_flight; /* 0: HTTP_MAX_IN_FLIGHT; never more than half the files allowed */
	uint32_t max_idle;	/* 0: HTTP_MAX_IDLE */
	const char *ca_file;	/* PEM bundle instead of the system store; NULL: system */
	bool forgets; /* handles are not used again: libcurl keeps the last login in them */
};

/* options may be NULL. ERR_NOMEM; ERR_IO if ca_file cannot be read. */
int http_client_open(struct http_client **out, struct net_loop *loop,
		     const struct http_options *options);
/* Exchanges still running are dropped without their callback. The loop must run once more. */
void http_client_close(struct http_client *client);

struct http_stats {
	uint64_t requests, connections, retried_logins;
	uint32_t in_flight, queued;
};
struct http_stats http_client_stats(const struct http_client *client);

/* What may be sent as a login. */
enum http_auth {
	HTTP_AUTH_NONE,
	HTTP_AUTH_DIGEST,	   /* RFC 7616, MD5 and SHA-256; sent only when challenged */
	HTTP_AUTH_DIGEST_OR_BASIC, /* Basic (RFC 7617) when challenged for it and not for Digest */
	HTTP_AUTH_BASIC,	   /* sent at once */
};

/* Everything is borrowed until http_send returns, except session and password: until done. */
struct http_request {
	struct http_session *session; /* may be NULL; one request at a time on a session */
	bool https;
	const char *host;   /* as configured: Host header, SNI, TLS name check; NULL: the address */
	struct ipaddr ip;   /* where to connect; names are never resolved here */
	uint16_t port;	    /* 0: 80 or 443 */
	const char *path;   /* begins with '/', printable ASCII without blanks; may have a query */
	const char *method; /* NULL: GET, or POST if there is a body */
	const char *content_type;   /* of the body; may be NULL */
	const char *const *headers; /* further "Name: value", NULL-terminated; may be NULL */
	const void *body;
	size_t body_len;
	enum http_auth auth;
	const char *username;
	const struct secret *password;
	enum tls_trust trust;
	/* PIN: mandatory; TOFU: the key remembered, NULL at the first contact. "sha256//BASE64". */
	const char *pin;
	size_t max_body;	     /* 0: HTTP_MAX_BODY */
	uint32_t connect_timeout_ms; /* TCP and TLS; 0: total_timeout_ms */
	uint32_t total_timeout_ms;   /* from leaving the queue; must not be 0 */
	/*
	 * On a connection of its own: libcurl repeats a request when a reused connection dies under
	 * it, which is wrong for one that changes something.
	 */
	bool fresh;
	bool last; /* nothing follows soon: do not hold a connection slot of the device */
};

struct http_tls_info {
	char key[TLS_KEY_SIZE]; /* of the certificate presented; "" if none was seen */
	int64_t not_after_ms;	/* wall clock; 0 unknown */
	bool is_verified;	/* chain to the store, in time (the name is checked apart) */
	char verify_text[HTTP_TEXT_SIZE]; /* what verification said; "" if it was fine */
};

/*
 * reason NONE: a whole HTTP reply with any status. Else: TIMEOUT, REFUSED, UNREACHABLE, RESET, TLS,
 * TLS_UNTRUSTED, TLS_PIN, BAD_REPLY, LOCAL.
 */
struct http_reply {
	enum reason reason;
	bool connected;		     /* TCP connected, whatever came of it then */
	int status;		     /* 0 if none */
	char error[HTTP_ERROR_SIZE]; /* in words; "" for NONE; never a secret */
	struct buf *body;	     /* never NULL; buf_take may be used */
	char content_type[HTTP_TEXT_SIZE];
	char server[HTTP_TEXT_SIZE];
	char location[HTTP_TEXT_SIZE];	    /* of a redirect, which nobody follows; cut to fit */
	bool digest_offered, basic_offered; /* by a challenge in the reply */
	bool digest_sha256;		    /* the challenge asked for SHA-256 */
	unsigned logins;	/* requests that carried an HTTP login: what a lockout counts */
	bool reused;		/* over a kept-alive connection */
	uint32_t connect_us;	/* TCP handshake; 0 if reused or not connected */
	uint32_t tls_us;	/* TLS handshake; 0 if none */
	uint32_t first_byte_us; /* from the end of the last request to its first reply byte */
	uint32_t total_us;
	struct http_tls_info tls;
};

/*
 * Sends; `done` is called exactly once, later (never from within), unless cancelled. The reply is
 * borrowed until done returns. ERR_NOMEM; ERR_INVAL: a path, host or header that cannot be sent,
 * trust PIN without pin, no address, no total timeout; ERR_BUSY: the session has a request. *out
 * (may be NULL) is valid until done.
 */
int http_send(struct http_client *client, const struct http_request *request,
	      void (*done)(void *arg, const struct http_reply *reply), void *arg,
	      struct http_exchange **out);
/* Without its callback. NULL is fine. */
void http_cancel(struct http_exchange *exchange);

int http_session_open(struct http_session **out, struct http_client *client);
/* Cancels its request. NULL is fine. Before http_client_close. */
void http_session_close(struct http_session *session);

/* True for "sha256//" and the base64 of 32 bytes: what `pin` must be. */
bool http_pin_is_valid(const char *pin);

#endif
