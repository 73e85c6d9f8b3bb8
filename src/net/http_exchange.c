/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One HTTP request: its values as libcurl options, every one of them, because easy handles are used
 * again; the limits on what comes back; and the end of a transfer in words that a person and the
 * health rules understand. The only place that knows CURLE_ codes.
 */
#include "http_impl.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum {
	MAX_RESPONSES = 3,     /* challenge, stale nonce, answer */
	MAX_INFORMATIONAL = 8, /* 1xx (RFC 9110 section 15.2) */
	AUTHORITY_SIZE = 300,
};

int
http_exchange_new(struct http_exchange **out, struct http_client *client,
		  const struct http_request *request)
{
	struct http_exchange *exchange;

	if (request->ip.family == 0 || request->total_timeout_ms == 0)
		return ERR_INVAL;
	if (request->https && request->pin != NULL && request->pin[0] != '\0' &&
	    !http_pin_is_valid(request->pin))
		return ERR_INVAL;
	if (request->https && request->trust == TLS_TRUST_PIN &&
	    (request->pin == NULL || request->pin[0] == '\0'))
		return ERR_INVAL;
	exchange = calloc(1, sizeof(*exchange));
	if (exchange == NULL)
		return ERR_NOMEM;
	exchange->client = client;
	exchange->session = request->session;
	exchange->auth = request->username == NULL ? HTTP_AUTH_NONE : request->auth;
	exchange->https = request->https;
	exchange->tls.trust = request->trust;
	if (request->pin != NULL)
		snprintf(exchange->tls.pin, sizeof(exchange->tls.pin), "%s", request->pin);
	exchange->max_body = request->max_body == 0 ? HTTP_MAX_BODY : request->max_body;
	buf_init(&exchange->body, exchange->max_body);
	exchange->reply.body = &exchange->body;
	*out = exchange;
	return 0;
}

void
http_exchange_free(struct http_exchange *exchange)
{
	if (exchange == NULL)
		return;
	buf_fini(&exchange->body);
	curl_slist_free_all(exchange->headers);
	curl_slist_free_all(exchange->connect_to);
	free(exchange);
}

/* ---- the request */

static bool
is_printable(const char *text, const char *but)
{
	for (; *text != '\0'; text++) {
		if ((unsigned char)*text <= ' ' || (unsigned char)*text >= 0x7f ||
		    strchr(but, *text) != NULL)
			return false;
	}
	return true;
}

/* Only what can be written into a URL without changing its meaning (RFC 3986 section 3). */
static int
write_url(const struct http_request *request, struct buf *url, struct curl_slist **connect_to)
{
	char address[IPADDR_TEXT_SIZE], target[AUTHORITY_SIZE];
	const char *open = request->ip.family == 6 ? "[" : "", *close = *open != '\0' ? "]" : "";
	unsigned port = request->port != 0 ? request->port : request->https ? 443 : 80;
	const char *scheme = request->https ? "https" : "http";
	struct ipaddr as_address;

	ipaddr_format(&request->ip, address, sizeof(address));
	if (request->path == NULL || request->path[0] != '/' ||
	    !is_printable(request->path, "#\\^`{}|\"<>"))
		return ERR_INVAL;
	if (request->host == NULL || ipaddr_parse(request->host, &as_address) == 0) {
		char *zone = strchr(address, '%');

		buf_printf(url, "%s://%s", scheme, open);
		if (zone != NULL) { /* RFC 6874 */
			buf_put(url, address, (size_t)(zone - address));
			buf_printf(url, "%%25%s", zone + 1);
		} else {
			buf_puts(url, address);
		}
		buf_printf(url, "%s:%u%s", close, port, request->path);
		return url->error;
	}
	if (request->host[0] == '\0' || strlen(request->host) > 255 ||
	    !is_printable(request->host, "/?#@:[]\\%^`{}|\"<>"))
		return ERR_INVAL;
	buf_printf(url, "%s://%s:%u%s", scheme, request->host, port, request->path);
	snprintf(target, sizeof(target), "::%s%s%s:%u", open, address, close, port);
	*connect_to = curl_slist_append(NULL, target);
	return *connect_to == NULL ? ERR_NOMEM : url->error;
}

static int
add_header(struct http_exchange *exchange, const char *line)
{
	struct curl_slist *grown;

	if (strpbrk(line, "\r\n") != NULL)
		return ERR_INVAL;
	grown = curl_slist_append(exchange->headers, line);
	if (grown == NULL)
		return ERR_NOMEM;
	exchange->headers = grown;
	return 0;
}

static int
write_headers(struct http_exchange *exchange, const struct http_request *request)
{
	char line[512];
	int rc = add_header(exchange, "Expect:"); /* cameras that never answer 100 exist */

	if (rc == 0 && request->content_type != NULL) {
		if (snprintf(line, sizeof(line), "Content-Type: %s", request->content_type) >=
		    (int)sizeof(line))
			return ERR_INVAL;
		rc = add_header(exchange, line);
	}
	if (rc == 0 && request->last)
		rc = add_header(exchange, "Connection: close");
	for (size_t i = 0; rc == 0 && request->headers != NULL && request->headers[i] != NULL; i++)
		rc = add_header(exchange, request->headers[i]);
	return rc;
}

/* ---- what libcurl calls */

static CURLcode
on_ssl_ctx(CURL *easy, void *ctx, void *arg)
{
	struct http_exchange *exchange = arg;

	(void)easy;
	exchange->reply.connected = true; /* libcurl tells it only after the TLS handshake */
	tls_check_install(ctx, exchange->client->store, &exchange->tls);
	return CURLE_OK;
}

static void
note_challenge(struct http_exchange *exchange, const char *line, size_t len)
{
	static const char name[] = "WWW-Authenticate:";
	char text[512];

	if (len < sizeof(name) - 1 || strncasecmp(line, name, sizeof(name) - 1) != 0)
		return;
	line += sizeof(name) - 1;
	len -= sizeof(name) - 1;
	len = len < sizeof(text) - 1 ? len : sizeof(text) - 1;
	memcpy(text, line, len);
	text[len] = '\0';
	if (strcasestr(text, "digest") != NULL)
		exchange->reply.digest_sha256 = strcasestr(text, "SHA-256") != NULL;
}

/* A status line begins a reply: what came before was a challenge or a 1xx. */
static void
note_status(struct http_exchange *exchange, const char *line, size_t len)
{
	const char *blank = memchr(line, ' ', len);
	bool is_informational =
		blank != NULL && (size_t)(blank - line) + 1 < len && blank[1] == '1';

	if (is_informational) {
		exchange->too_many |= ++exchange->informational > MAX_INFORMATIONAL;
		return;
	}
	exchange->too_many |= ++exchange->responses > MAX_RESPONSES;
	if (exchange->mark_ns != 0)
		exchange->waited_ns = clock_mono_ns() - exchange->mark_ns;
	buf_reset(&exchange->body);
}

/* The connection stands, the request is about to leave: libcurl's own clock of a POST starts when
 * it has been sent and stops in the same step (7.88). */
static int
on_request(void *arg, char *remote, char *local, int remote_port, int local_port)
{
	struct http_exchange *exchange = arg;

	(void)remote, (void)local, (void)remote_port, (void)local_port;
	exchange->mark_ns = clock_mono_ns();
	return CURL_PREREQFUNC_OK;
}

static size_t
on_header(char *line, size_t size, size_t count, void *arg)
{
	struct http_exchange *exchange = arg;
	size_t len = size * count;
	void *tls = NULL;

	exchange->header_bytes += len;
	if (exchange->header_bytes > HTTP_MAX_HEADERS)
		exchange->too_many = true;
	if (len >= 5 && memcmp(line, "HTTP/", 5) == 0)
		note_status(exchange, line, len);
	else
		note_challenge(exchange, line, len);
	exchange->mark_ns = clock_mono_ns();
	if (exchange->https && exchange->tls.info.key[0] == '\0') {
		struct curl_tlssessioninfo *session = NULL;

		curl_easy_getinfo(exchange->easy, CURLINFO_TLS_SSL_PTR, &session);
		tls = session == NULL ? NULL : session->internals;
		if (tls != NULL)
			tls_describe(tls, &exchange->tls.info);
	}
	return exchange->too_many ? 0 : len;
}

static size_t
on_body(char *data, size_t size, size_t count, void *arg)
{
	struct http_exchange *exchange = arg;

	exchange->mark_ns = clock_mono_ns();
	buf_put(&exchange->body, data, size * count);
	return exchange->body.error != 0 ? 0 : size * count;
}

/* ---- options */

static void
set_auth(CURL *easy, enum http_auth auth, const struct http_request *request)
{
	/*
	 * With DIGEST alone libcurl first sends an empty POST to fetch a nonce, which servers that
	 * read the body first answer with a fault. With a second scheme allowed it sends the whole
	 * request and waits for the challenge; Bearer is never used, as there is no token.
	 */
	static const long schemes[] = {
		[HTTP_AUTH_NONE] = (long)CURLAUTH_NONE,
		[HTTP_AUTH_DIGEST] = (long)(CURLAUTH_DIGEST | CURLAUTH_BEARER),
		[HTTP_AUTH_DIGEST_OR_BASIC] =
			(long)(CURLAUTH_DIGEST | CURLAUTH_BASIC | CURLAUTH_BEARER),
		[HTTP_AUTH_BASIC] = (long)CURLAUTH_BASIC,
	};

	curl_easy_setopt(easy, CURLOPT_HTTPAUTH, schemes[auth]);
	curl_easy_setopt(easy, CURLOPT_USERNAME, auth == HTTP_AUTH_NONE ? NULL : request->username);
	curl_easy_setopt(easy, CURLOPT_PASSWORD,
			 auth == HTTP_AUTH_NONE	     ? NULL
			 : request->password == NULL ? ""
						     : secret_text(request->password));
}

static void
set_method(CURL *easy, const struct http_request *request)
{
	const char *method = request->method;

	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, NULL);
	curl_easy_setopt(easy, CURLOPT_NOBODY, 0L);
	curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	if (request->body_len > 0) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body_len);
		curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, request->body);
	}
	if (method == NULL || strcmp(method, request->body_len > 0 ? "POST" : "GET") == 0)
		return;
	if (strcmp(method, "HEAD") == 0)
		curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
	else
		curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, method);
}

static void
set_tls(CURL *easy, struct http_exchange *exchange)
{
	bool by_chain = exchange->tls.trust == TLS_TRUST_SYSTEM;

	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, by_chain ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, by_chain ? 2L : 0L);
	/* The store is ours and is read once; libcurl need not load it for each connection. */
	curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
	/* Checked in the handshake as well; here it also keeps libcurl from using a connection that
	 * was made under another trust. */
	curl_easy_setopt(easy, CURLOPT_PINNEDPUBLICKEY,
			 by_chain || exchange->tls.pin[0] == '\0' ? NULL : exchange->tls.pin);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, on_ssl_ctx);
	curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, exchange);
	curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	curl_easy_setopt(easy, CURLOPT_SSL_ENABLE_ALPN, 0L);
}

static void
set_limits(CURL *easy, const struct http_exchange *exchange, const struct http_request *request)
{
	const char *scheme = request->https ? "https" : "http";

	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, scheme);
	curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_PROXY, "");
	curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(easy, CURLOPT_MAXFILESIZE_LARGE, (curl_off_t)exchange->max_body);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)request->total_timeout_ms);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
			 (long)(request->connect_timeout_ms != 0 ? request->connect_timeout_ms
								 : request->total_timeout_ms));
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, request->last ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, request->fresh ? 1L : 0L);
	curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, 16384L);
}

int
http_exchange_configure(struct http_exchange *exchange, const struct http_request *request)
{
	CURL *easy = exchange->easy;
	struct buf url;
	int rc;

	buf_init(&url, 4096);
	rc = write_url(request, &url, &exchange->connect_to);
	if (rc == 0)
		rc = write_headers(exchange, request);
	if (rc == 0 && curl_easy_setopt(easy, CURLOPT_URL, url.data) != CURLE_OK)
		rc = ERR_NOMEM;
	buf_fini(&url);
	if (rc != 0)
		return rc == ERR_TOOBIG ? ERR_INVAL : rc;
	curl_easy_setopt(easy, CURLOPT_PRIVATE, exchange);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->error);
	curl_easy_setopt(easy, CURLOPT_CONNECT_TO, exchange->connect_to);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, exchange->headers);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "keepwatch/" KEEPWATCH_VERSION);
	curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_request);
	curl_easy_setopt(easy, CURLOPT_PREREQDATA, exchange);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
	set_limits(easy, exchange, request);
	set_method(easy, request);
	set_auth(easy, exchange->auth, request);
	if (request->https)
		set_tls(easy, exchange);
	return 0;
}
