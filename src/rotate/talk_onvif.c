/* SPDX-License-Identifier: GPL-3.0-or-later */
/*
 * By ONVIF: GetUsers proves a login, because its access class READ_SYSTEM_SECRET (Core 5.9.4) is
 * nobody's but an administrator's; SetUser sets the password. The clock comes first: WS-Security is
 * signed by the device's.
 */
#include "talk.h"

#include "keepwatch/clock.h"
#include "keepwatch/err.h"

#include <errno.h>
#include <string.h>
#include <sys/random.h>

int
talk_onvif_send(struct rotate_talk *talk, enum onvif_op op)
{
	struct onvif_set_user user = {.username = talk->account, .level = talk->level};
	struct onvif_request request = {.op = op, .set_user = &user};
	struct http_request http = {.path = talk->place.path,
				    .content_type = onvif_content_type(op),
				    .max_body = ONVIF_BODY_MAX};
	struct onvif_wsse wsse = {0};
	struct buf body;
	int rc;

	buf_init(&body, ONVIF_REQUEST_MAX);
	rc = onvif_reserve(&body);
	if (rc != 0)
		return rc;
	if (talk->set != NULL)
		user.password = secret_text(talk->set);
	if (talk->asked_by == TALK_WSSE || talk->asked_by == TALK_BOTH) {
		wsse.username = talk->account;
		wsse.password = secret_text(talk->with);
		wsse.created_ms = clock_wall_ms();
		if (talk->has_offset && !talk->signs_zero)
			wsse.created_ms += talk->offset_ms;
		if (getrandom(wsse.nonce, sizeof(wsse.nonce), 0) != (ssize_t)sizeof(wsse.nonce))
			rc = ERR_IO;
		request.wsse = &wsse;
	}
	if (rc == 0)
		rc = onvif_write_request(talk->writer, &request, &body);
	http.body = body.data;
	http.body_len = body.len;
	if (rc == 0)
		rc = talk_send(talk, &http);
	onvif_wipe(&body);
	buf_fini(&body);
	return rc;
}

/* ---- what an answer says */

static bool
is_login_fault(const struct onvif_reply *reply, int status)
{
	if (reply->kind == ONVIF_REPLY_FAULT)
		return reply->fault.what == ONVIF_FAULT_NOT_AUTHORIZED ||
		       reply->fault.what == ONVIF_FAULT_CLOCK ||
		       (status == 401 && reply->fault.what != ONVIF_FAULT_LOCKED_OUT);
	return reply->kind == ONVIF_REPLY_REFUSED && (status == 401 || status == 403);
}

static const char *
words_of(const struct onvif_reply *reply)
{
	if (reply->kind == ONVIF_REPLY_REFUSED)
		return onvif_refusal_text(reply->refusal);
	if (reply->kind == ONVIF_REPLY_OK)
		return "";
	if (reply->fault.reason[0] != '\0')
		return reply->fault.reason;
	return reply->fault.subcode[0] != '\0' ? reply->fault.subcode
					       : onvif_fault_text(reply->fault.what);
}

static void
on_clock(struct rotate_talk *talk, const struct http_reply *http, const struct onvif_reply *reply)
{
	int rc;

	if (reply->kind == ONVIF_REPLY_OK && reply->u.time.has_utc) {
		talk->has_offset = true;
		talk->offset_ms =
			reply->u.time.utc_ms - clock_wall_ms() + http->first_byte_us / 2000;
	}
	talk->what = TALK_HELLO;
	rc = talk_onvif_send(talk, ONVIF_GET_USERS);
	if (rc != 0)
		talk_done(talk, ANSWER_FAILED, "%s", err_text(rc));
}

/* Without a login it must be refused, and the refusal shows which login it wants. */
static void
on_hello(struct rotate_talk *talk, const struct http_reply *http, const struct onvif_reply *reply)
{
	bool is_missing = reply->kind == ONVIF_REPLY_REFUSED &&
			  (http->status == 404 || http->status == 405 || http->status == 501);
	enum talk_way way = TALK_WSSE;

	if (reply->kind == ONVIF_REPLY_OK) {
		talk_done(talk, ANSWER_OPEN, "GetUsers without a login");
		return;
	}
	if (is_missing || (reply->kind == ONVIF_REPLY_FAULT &&
			   reply->fault.what == ONVIF_FAULT_ACTION_NOT_SUPPORTED)) {
		talk_done(talk, ANSWER_UNSUPPORTED, "GetUsers: %s",
			  is_missing ? "there is no such service" : words_of(reply));
		return;
	}
	if (!is_login_fault(reply, http->status) &&
	    (reply->kind != ONVIF_REPLY_FAULT || reply->fault.what == ONVIF_FAULT_BUSY ||
	     reply->fault.what == ONVIF_FAULT_RECEIVER_OTHER)) {
		talk_done(talk, ANSWER_SILENCE, "HTTP %d: %s", http->status, words_of(reply));
		return;
	}
	if (http->status == 401 && http->digest_offered)
		way = talk->way == TALK_BOTH ? TALK_BOTH : TALK_DIGEST;
	else if (http->status == 401 && http->basic_offered && talk->allow_basic)
		way = TALK_BASIC;
	talk->way = way;
	talk_done(talk, ANSWER_YES, "%s", "");
}

static void
note_account(struct rotate_talk *talk, const struct onvif_users *users)
{
	talk->lists_account = false;
	for (size_t i = 0; i < users->count; i++) {
		if (strcmp(users->items[i].name, talk->account) != 0)
			continue;
		talk->lists_account = true;
		talk->level = users->items[i].level;
	}
	/* A level of the vendor's own: GetUsers was answered, so it is an administrator's. */
	if (talk->level == ONVIF_LEVEL_UNKNOWN)
		talk->level = ONVIF_LEVEL_ADMINISTRATOR;
}

/* HTTP took the login and SOAP wants one of its own; or the clock is another than it says. */
static bool
can_retry(struct rotate_talk *talk, const struct http_reply *http, const struct onvif_reply *reply)
{
	if (talk->has_retried)
		return false;
	if (talk->asked_by == TALK_DIGEST && http->status != 401 && http->logins > 0) {
		talk->way = talk->asked_by = TALK_BOTH;
		return true;
	}
	if (reply->kind == ONVIF_REPLY_FAULT && reply->fault.what == ONVIF_FAULT_CLOCK &&
	    talk->has_offset) {
		talk->signs_zero = !talk->signs_zero;
		return true;
	}
	return false;
}

static void
on_login(struct rotate_talk *talk, const struct http_reply *http, const struct onvif_reply *reply)
{
	if (reply->kind == ONVIF_REPLY_OK) {
		note_account(talk, &reply->u.users);
		talk_done(talk, talk->lists_account ? ANSWER_YES : ANSWER_NO_ACCOUNT, "%s", "");
	} else if (is_login_fault(reply, http->status)) {
		bool is_clock =
			reply->kind == ONVIF_REPLY_FAULT && reply->fault.what == ONVIF_FAULT_CLOCK;

		if (can_retry(talk, http, reply)) {
			talk->has_retried = true;
			if (talk_onvif_send(talk, ONVIF_GET_USERS) == 0)
				return;
		}
		talk_done(talk, is_clock ? ANSWER_SILENCE : ANSWER_NO, "%s", words_of(reply));
	} else if (reply->kind == ONVIF_REPLY_FAULT &&
		   reply->fault.what == ONVIF_FAULT_LOCKED_OUT) {
		talk_done(talk, ANSWER_LOCKED, "%s", words_of(reply));
	} else if (reply->kind == ONVIF_REPLY_FAULT &&
		   reply->fault.what == ONVIF_FAULT_ACTION_NOT_SUPPORTED) {
		talk_done(talk, ANSWER_UNSUPPORTED, "GetUsers: %s", words_of(reply));
	} else {
		talk_done(talk, ANSWER_SILENCE, "HTTP %d: %s", http->status, words_of(reply));
	}
}

static void
on_set(struct rotate_talk *talk, const struct http_reply *http, const struct onvif_reply *reply)
{
	if (reply->kind == ONVIF_REPLY_OK) {
		talk_done(talk, ANSWER_YES, "%s", "");
	} else if (is_login_fault(reply, http->status)) {
		talk_done(talk, ANSWER_NO, "%s", words_of(reply));
	} else if (reply->kind == ONVIF_REPLY_REFUSED) {
		talk_done(talk, ANSWER_SILENCE, "HTTP %d: %s", http->status, words_of(reply));
	} else if (reply->fault.what == ONVIF_FAULT_LOCKED_OUT) {
		talk_done(talk, ANSWER_LOCKED, "%s", words_of(reply));
	} else {
		const char *meaning = onvif_fault_text(reply->fault.what);

		talk_done(talk, ANSWER_RULES, "%s: %s%s%.60s%s", meaning, words_of(reply),
			  reply->fault.subcode[0] != '\0' ? " (" : "", reply->fault.subcode,
			  reply->fault.subcode[0] != '\0' ? ")" : "");
	}
}

void
talk_onvif_reply(struct rotate_talk *talk, const struct http_reply *http)
{
	static const enum onvif_op ops[] = {
		[TALK_CLOCK] = ONVIF_GET_SYSTEM_DATE_AND_TIME,
		[TALK_HELLO] = ONVIF_GET_USERS,
		[TALK_LOGIN] = ONVIF_GET_USERS,
		[TALK_SET] = ONVIF_SET_USER,
	};
	struct onvif_reply reply;

	if (onvif_read_reply(ops[talk->what], http->body->data != NULL ? http->body->data : "",
			     http->body->len, &reply) != 0) {
		talk_done(talk, talk->what == TALK_SET ? ANSWER_SILENCE : ANSWER_FAILED, "%s",
			  err_text(ERR_NOMEM));
		return;
	}
	switch (talk->what) {
	case TALK_CLOCK:
		on_clock(talk, http, &reply);
		break;
	case TALK_HELLO:
		on_hello(talk, http, &reply);
		break;
	case TALK_LOGIN:
		on_login(talk, http, &reply);
		break;
	case TALK_SET:
		on_set(talk, http, &reply);
		break;
	case TALK_IDLE:
		break;
	}
	onvif_reply_fini(&reply);
}
