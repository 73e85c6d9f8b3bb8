/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * The end of a transfer: what libcurl knows about it as a struct http_reply, and its error codes as
 * reasons and words that tell a dead device from a hung one.
 */
#include "http_impl.h"

#include "keepwatch/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static void
fail(struct http_reply *reply, enum reason reason, const char *words)
{
	reply->reason = reason;
	snprintf(reply->error, sizeof(reply->error), "%.*s", HTTP_ERROR_SIZE - 1, words);
}

static void
explain_connect(struct http_exchange *exchange)
{
	struct http_reply *reply = &exchange->reply;
	long errnum = 0;

	curl_easy_getinfo(exchange->easy, CURLINFO_OS_ERRNO, &errnum);
	switch (errnum) {
	case ECONNREFUSED:
		fail(reply, REASON_REFUSED, "TCP connection refused");
		break;
	case ECONNRESET:
		fail(reply, REASON_RESET, "TCP connection reset");
		break;
	case EMFILE:
	case ENFILE:
	case EADDRNOTAVAIL:
	case EAFNOSUPPORT:
	case EPERM:
	case EACCES:
		fail(reply, REASON_LOCAL, strerror((int)errnum));
		break;
	default:
		fail(reply, REASON_UNREACHABLE,
		     errnum == 0 ? "cannot be connected" : strerror((int)errnum));
	}
}

static void
explain_timeout(struct http_exchange *exchange)
{
	struct http_reply *reply = &exchange->reply;

	reply->reason = REASON_TIMEOUT;
	if (!reply->connected)
		fail(reply, REASON_TIMEOUT, "TCP does not connect");
	else if (exchange->https && reply->tls_us == 0 && !reply->reused)
		fail(reply, REASON_TIMEOUT, "TCP connects, TLS stalls");
	else if (exchange->responses == 0)
		fail(reply, REASON_TIMEOUT, "TCP connects, HTTP stalls");
	else
		snprintf(reply->error, sizeof(reply->error), "HTTP reply stalls after %zu bytes",
			 exchange->body.len);
}

static void
explain_write(struct http_exchange *exchange)
{
	struct http_reply *reply = &exchange->reply;

	if (exchange->header_bytes > HTTP_MAX_HEADERS)
		fail(reply, REASON_BAD_REPLY, "HTTP headers larger than their limit");
	else if (exchange->too_many)
		fail(reply, REASON_BAD_REPLY, "challenged again and again");
	else if (exchange->body.error == ERR_TOOBIG)
		snprintf(reply->error, sizeof(reply->error), "reply larger than %zu bytes",
			 exchange->max_body);
	else
		fail(reply, REASON_LOCAL, "out of memory");
	if (reply->reason == REASON_NONE)
		reply->reason = REASON_BAD_REPLY;
}

static void
explain_untrusted(struct http_exchange *exchange)
{
	struct http_reply *reply = &exchange->reply;
	const struct http_tls_info *tls = &exchange->tls.info;

	if (exchange->tls.pin_mismatch) {
		fail(reply, REASON_TLS_PIN, "the device presents another key");
		return;
	}
	fail(reply, REASON_TLS_UNTRUSTED,
	     tls->key[0] != '\0' && !tls->is_verified ? tls->verify_text
	     : tls->is_verified			      ? "certificate is for another name"
						      : exchange->error);
}

static void
explain(struct http_exchange *exchange, CURLcode code)
{
	struct http_reply *reply = &exchange->reply;
	const char *words = exchange->error[0] != '\0' ? exchange->error : curl_easy_strerror(code);

	switch (code) {
	case CURLE_OK:
		break;
	case CURLE_OPERATION_TIMEDOUT:
		explain_timeout(exchange);
		break;
	case CURLE_COULDNT_CONNECT:
		explain_connect(exchange);
		break;
	case CURLE_GOT_NOTHING:
		fail(reply, REASON_RESET, "connection closed without a reply");
		break;
	case CURLE_PARTIAL_FILE:
		fail(reply, REASON_RESET, "connection closed within the reply");
		break;
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
		if (strstr(words, "hunk") != NULL) /* "... in chunked-encoding" */
			fail(reply, REASON_BAD_REPLY, words);
		else
			fail(reply, REASON_RESET, "connection reset by the device");
		break;
	case CURLE_WRITE_ERROR:
	case CURLE_FILESIZE_EXCEEDED:
		if (code == CURLE_FILESIZE_EXCEEDED)
			exchange->body.error = ERR_TOOBIG;
		explain_write(exchange);
		break;
	case CURLE_SSL_CONNECT_ERROR:
		fail(reply, REASON_TLS, words);
		break;
	case CURLE_PEER_FAILED_VERIFICATION:
		explain_untrusted(exchange);
		break;
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
		fail(reply, REASON_TLS_PIN, "the device presents another key");
		break;
	case CURLE_OUT_OF_MEMORY:
	case CURLE_FAILED_INIT:
	case CURLE_BAD_FUNCTION_ARGUMENT:
	case CURLE_URL_MALFORMAT:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_ENGINE_INITFAILED:
		fail(reply, REASON_LOCAL, words);
		break;
	default: /* malformed status line, HTTP/0.9, bad lengths, unasked encodings */
		fail(reply, REASON_BAD_REPLY, words);
	}
}

static uint32_t
span_us(curl_off_t from, curl_off_t to)
{
	return to > from ? (uint32_t)(to - from) : 0;
}

static void
note_times(struct http_exchange *exchange)
{
	curl_off_t lookup = 0, connected = 0, tls = 0, pre = 0, total = 0;
	struct http_reply *reply = &exchange->reply;
	CURL *easy = exchange->easy;
	long connections = 0;

	curl_easy_getinfo(easy, CURLINFO_NAMELOOKUP_TIME_T, &lookup);
	curl_easy_getinfo(easy, CURLINFO_CONNECT_TIME_T, &connected);
	curl_easy_getinfo(easy, CURLINFO_APPCONNECT_TIME_T, &tls);
	curl_easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME_T, &pre);
	curl_easy_getinfo(easy, CURLINFO_TOTAL_TIME_T, &total);
	curl_easy_getinfo(easy, CURLINFO_NUM_CONNECTS, &connections);
	exchange->client->stats.connections += (uint64_t)connections;
	if (exchange->session != NULL)
		exchange->session->connects += (unsigned)connections;
	reply->reused = connections == 0 && pre > 0;
	reply->connected |= connected > 0 || pre > 0;
	if (connections > 0) {
		reply->connect_us = span_us(lookup, connected);
		reply->tls_us = span_us(connected, tls);
	}
	reply->total_us = (uint32_t)total;
	/* Of a challenged request only the last wait is a round trip. */
	if (exchange->responses > 0)
		reply->first_byte_us = (uint32_t)(exchange->waited_ns / 1000);
}

static void
copy_text(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%.*s", (int)size - 1, text == NULL ? "" : text);
}

static void
note_logins(struct http_exchange *exchange)
{
	struct http_reply *reply = &exchange->reply;
	struct http_session *session = exchange->session;
	bool unasked = exchange->auth == HTTP_AUTH_BASIC || (session != NULL && session->has_nonce);

	if (exchange->auth == HTTP_AUTH_NONE)
		return;
	reply->logins = exchange->responses;
	if (!unasked && reply->logins > 0)
		reply->logins--;
	if (session != NULL && reply->digest_offered)
		session->has_nonce = reply->logins > 0;
	if (reply->logins > 1)
		exchange->client->stats.retried_logins++;
}

void
http_exchange_conclude(struct http_exchange *exchange, CURLcode code)
{
	struct http_reply *reply = &exchange->reply;
	struct curl_header *header;
	char *content_type = NULL;
	long status = 0, offered = 0;
	CURL *easy = exchange->easy;

	note_times(exchange);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &content_type);
	curl_easy_getinfo(easy, CURLINFO_HTTPAUTH_AVAIL, &offered);
	reply->status = exchange->responses > 0 ? (int)status : 0;
	copy_text(reply->content_type, sizeof(reply->content_type), content_type);
	if (curl_easy_header(easy, "Server", 0, CURLH_HEADER, -1, &header) == CURLHE_OK)
		copy_text(reply->server, sizeof(reply->server), header->value);
	if (curl_easy_header(easy, "Location", 0, CURLH_HEADER, -1, &header) == CURLHE_OK)
		copy_text(reply->location, sizeof(reply->location), header->value);
	reply->digest_offered = (offered & (long)CURLAUTH_DIGEST) != 0;
	reply->basic_offered = (offered & (long)CURLAUTH_BASIC) != 0;
	note_logins(exchange);
	reply->tls = exchange->tls.info;
	explain(exchange, code);
}
