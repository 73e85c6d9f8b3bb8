/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * One ONVIF request: its bytes, its login, its transfer, and what the reply means. The class of an
 * answer comes from the SOAP fault; the HTTP status decides only where there is no SOAP.
 */
#include "onvif_impl.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

static void
verdict(struct onvif_state *st, enum onvif_verdict what, enum reason reason, const char *words)
{
	st->verdict = what;
	st->reason = reason;
	snprintf(st->words, sizeof(st->words), "%.*s", (int)sizeof(st->words) - 1, words);
}

static void
judge_fault(struct onvif_state *st, const struct onvif_fault *fault, int status)
{
	char words[RESULT_DETAIL_SIZE];
	const char *said = fault->reason[0] != '\0' ? fault->reason : fault->subcode;

	snprintf(words, sizeof(words), "%s%s%.*s", onvif_fault_text(fault->what),
		 said[0] == '\0' ? "" : ": ", 100, said);
	switch (fault->what) {
	case ONVIF_FAULT_CLOCK:
		st->is_clock_fault = true;
		verdict(st, ONVIF_CALL_NOT_AUTHORIZED, REASON_AUTH, words);
		break;
	case ONVIF_FAULT_NOT_AUTHORIZED:
		verdict(st, ONVIF_CALL_NOT_AUTHORIZED, REASON_AUTH, words);
		break;
	case ONVIF_FAULT_LOCKED_OUT:
		verdict(st, ONVIF_CALL_LOCKED, REASON_LOCKED, words);
		break;
	case ONVIF_FAULT_ACTION_NOT_SUPPORTED:
		verdict(st, ONVIF_CALL_NOT_SUPPORTED, REASON_FAULT, words);
		break;
	default:
		/* gSOAP servers wrap an HTTP 401 into a fault of their own */
		if (status == 401)
			verdict(st, ONVIF_CALL_NOT_AUTHORIZED, REASON_AUTH, words);
		else
			verdict(st, ONVIF_CALL_BAD, REASON_FAULT, words);
	}
}

/* The body is no SOAP: only the status can tell. */
static void
judge_status(struct onvif_state *st, int status, enum onvif_refusal refusal)
{
	char words[64];

	snprintf(words, sizeof(words), "HTTP %d%s", status,
		 status >= 300 && status < 400 ? ", redirects are not followed" : "");
	if (status == 401 || status == 403)
		verdict(st, ONVIF_CALL_NOT_AUTHORIZED, REASON_AUTH, words);
	else if (status == 404 || status == 405 || status == 501)
		verdict(st, ONVIF_CALL_BAD, REASON_NOT_SERVED, words);
	else if (status < 200 || status >= 300)
		verdict(st, ONVIF_CALL_BAD, REASON_HTTP_STATUS, words);
	else
		verdict(st, ONVIF_CALL_BAD, REASON_BAD_REPLY, onvif_refusal_text(refusal));
}

static void
note_transfer(struct onvif_state *st, const struct http_reply *http)
{
	struct probe_result *result = &st->run->result;
	uint32_t rtt_us = http->connect_us != 0 ? http->connect_us : http->first_byte_us;

	result->sent++;
	if (http->reason != REASON_NONE)
		result->lost++;
	if (http->status != 0 && rtt_us < result->rtt_us)
		result->rtt_us = rtt_us;
	if (http->reason == REASON_NONE &&
	    probe_note_tls_key(st->run, OPT_ONVIF_PORT, &http->tls) &&
	    st->memory->tls_key == NULL && probe_option(st->run, OPT_ONVIF_TRUST) == TLS_TRUST_TOFU)
		onvif_memory_set(&st->memory->tls_key, http->tls.key);
}

static void
judge_failure(struct onvif_state *st, const struct http_reply *http)
{
	char words[RESULT_DETAIL_SIZE];

	if (http->reason == REASON_TLS_PIN)
		snprintf(words, sizeof(words), "%.60s: %s", http->error, http->tls.key);
	else
		snprintf(words, sizeof(words), "%s", http->error);
	verdict(st, ONVIF_CALL_NO_REPLY, http->reason, words);
}

static void
on_reply(void *arg, const struct http_reply *http)
{
	struct onvif_state *st = arg;
	int64_t now_ms = clock_wall_ms();
	struct onvif_reply reply;
	int rc;

	note_transfer(st, http);
	st->middle_ms = now_ms - http->first_byte_us / 2000;
	st->digest_offered = http->status == 401 && http->digest_offered;
	st->basic_offered = http->status == 401 && http->basic_offered;
	st->has_http_login = http->logins > 0;
	st->is_clock_fault = false;
	if (http->reason != REASON_NONE) {
		judge_failure(st, http);
		probe_trace(st->run, "%s: %s", onvif_op_name(st->op), st->words);
		onvif_call_done(st, NULL);
		return;
	}
	rc = onvif_read_reply(st->op, http->body->data == NULL ? "" : http->body->data,
			      http->body->len, &reply);
	if (rc != 0) {
		verdict(st, ONVIF_CALL_NO_REPLY, REASON_LOCAL, err_text(rc));
		onvif_call_done(st, NULL);
		return;
	}
	if (reply.kind == ONVIF_REPLY_OK)
		verdict(st, ONVIF_CALL_OK, REASON_NONE, "ok");
	else if (reply.kind == ONVIF_REPLY_FAULT)
		judge_fault(st, &reply.fault, http->status);
	else
		judge_status(st, http->status, reply.refusal);
	probe_trace(st->run, "%s, login %s: HTTP %d in %u us, %s", onvif_op_name(st->op),
		    onvif_login_name(st->way), http->status, http->total_us, st->words);
	onvif_call_done(st, &reply);
	onvif_reply_fini(&reply);
}

static int
write_body(struct onvif_state *st, struct buf *body)
{
	bool signs = st->way == ONVIF_LOGIN_WSSE || st->way == ONVIF_LOGIN_BOTH;
	struct onvif_request request = {.op = st->op};
	struct onvif_wsse wsse = {0};
	int rc;

	if (signs) {
		wsse.username = st->web->username;
		wsse.password = secret_text(st->web->password);
		wsse.created_ms = clock_wall_ms();
		if (st->has_offset && !st->sign_offset_zero)
			wsse.created_ms += st->offset_ms;
		if (getrandom(wsse.nonce, sizeof(wsse.nonce), 0) != (ssize_t)sizeof(wsse.nonce))
			return ERR_IO;
		request.wsse = &wsse;
	}
	if (st->op == ONVIF_GET_DOOR_STATE)
		request.token = st->memory->doors[st->door].token;
	if (st->op == ONVIF_GET_DOOR_INFO_LIST || st->op == ONVIF_GET_ACCESS_POINT_INFO_LIST) {
		request.limit = ONVIF_PAGE_LIMIT;
		request.start_reference = st->next_start;
	}
	rc = onvif_write_request(st->run->env->onvif, &request, body);
	secret_wipe(&wsse, sizeof(wsse));
	return rc;
}

static void
set_login(struct onvif_state *st, struct http_request *request)
{
	static const enum http_auth auths[ONVIF_LOGIN_COUNT] = {
		[ONVIF_LOGIN_DIGEST] = HTTP_AUTH_DIGEST,
		[ONVIF_LOGIN_BOTH] = HTTP_AUTH_DIGEST,
		[ONVIF_LOGIN_BASIC] = HTTP_AUTH_BASIC,
	};

	request->auth = auths[st->way];
	if (request->auth != HTTP_AUTH_NONE) {
		request->username = st->web->username;
		request->password = st->web->password;
	}
}

const struct tls_options onvif_tls_options = {OPT_ONVIF_SCHEME, OPT_ONVIF_TRUST, OPT_ONVIF_PIN};

int
onvif_call(struct onvif_state *st, enum onvif_op op, const char *path, bool is_last)
{
	const struct probe_target *target = st->run->target;
	uint64_t now_ms = clock_mono_ms(), left_ms;
	struct http_request request = {0};
	struct buf body;
	int rc;

	if (now_ms >= st->deadline_ms)
		return ERR_TIMEOUT;
	left_ms = st->deadline_ms - now_ms;
	st->op = op;
	st->path = path;
	st->is_last = is_last;
	buf_init(&body, ONVIF_REQUEST_MAX);
	rc = write_body(st, &body);
	if (rc != 0)
		goto out;
	request.session = st->session;
	request.host = target->device->ip.family == 0 ? target->device->address : NULL;
	request.ip = target->ip;
	request.port = (uint16_t)probe_option(st->run, OPT_ONVIF_PORT);
	request.path = path;
	request.content_type = onvif_content_type(op);
	request.body = body.data;
	request.body_len = body.len;
	request.max_body = ONVIF_BODY_MAX;
	request.total_timeout_ms = target->settings->timeout_ms;
	if (request.total_timeout_ms > left_ms)
		request.total_timeout_ms = (uint32_t)left_ms;
	request.last = is_last;
	probe_set_trust(st->run, &onvif_tls_options, st->memory->tls_key, &request);
	set_login(st, &request);
	rc = http_send(st->run->env->http, &request, on_reply, st, NULL);
out:
	buf_fini(&body);
	return rc;
}
